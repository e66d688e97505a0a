//! The gate of first packets, packet by packet.

use super::*;
use crate::crypto::rustcrypto::provider;
use crate::wire::registry::ike;
use alloc::{format, string::String};

/// Bytes that differ from gate to gate and are the same in every run.
struct Seeded(u8);

impl Random for Seeded {
    fn fill(&mut self, out: &mut [u8]) {
        for (place, at) in out.iter_mut().zip(0_u8..=255) {
            *place = at.wrapping_mul(31) ^ self.0;
        }
    }
}

const NONCE: [u8; 32] = [9; 32];
const SPI: [u8; 8] = [1, 2, 3, 4, 5, 6, 7, 8];
const T0: Instant = Instant::from_seconds(1_000_020, 0);

fn gate(limits: Limits) -> Gate {
    gate_of(1, limits)
}

fn gate_of(seed: u8, limits: Limits) -> Gate {
    let prf = provider().prf(ike::Prf::PRF_HMAC_SHA2_256).unwrap();
    Gate::new(prf, &mut Seeded(seed), limits)
}

fn ask(
    gate: &mut Gate,
    now: Instant,
    from: &str,
    cookie: Option<&[u8]>,
    half_open: usize,
) -> Verdict {
    gate.judge(now, from.parse().unwrap(), SPI, &NONCE, cookie, half_open)
}

fn demanded(verdict: Verdict) -> Cookie {
    match verdict {
        Verdict::Demand(cookie) => cookie,
        other @ (Verdict::Admit | Verdict::Ignore(_)) => panic!("{other:?}"),
    }
}

#[test]
fn the_cookie_is_good_for_what_it_was_made_for_and_nothing_else() {
    let limits = Limits {
        demand_from: 0,
        ..Limits::default()
    };
    let mut gate = gate(limits);
    let from: SocketAddr = "192.0.2.1:500".parse().unwrap();
    let cookie = demanded(gate.judge(T0, from, SPI, &NONCE, None, 0));
    let bytes = cookie.as_bytes();
    assert!((1..=64).contains(&bytes.len()));
    let mut judge = |from: &str, spi, nonce: &[u8], cookie: &[u8]| {
        gate.judge(T0, from.parse().unwrap(), spi, nonce, Some(cookie), 0)
    };
    assert_eq!(judge("192.0.2.1:500", SPI, &NONCE, bytes), Verdict::Admit);
    // Behind a NAT the retry may come from another port.
    assert_eq!(judge("192.0.2.1:1025", SPI, &NONCE, bytes), Verdict::Admit);
    let mut other = NONCE;
    other[31] ^= 1;
    demanded(judge("192.0.2.1:500", SPI, &other, bytes));
    demanded(judge("192.0.2.1:500", SPI, &NONCE[..31], bytes));
    demanded(judge("192.0.2.1:500", [0; 8], &NONCE, bytes));
    demanded(judge("192.0.2.2:500", SPI, &NONCE, bytes));
    for bad in [&[][..], &bytes[..16], &[bytes, &[0]].concat(), &[0; 64]] {
        assert_eq!(demanded(judge("192.0.2.1:500", SPI, &NONCE, bad)), cookie);
    }
    for bit in 0..COOKIE_LEN * 8 {
        let mut bad = bytes.to_vec();
        bad[bit / 8] ^= 1 << (bit % 8);
        demanded(judge("192.0.2.1:500", SPI, &NONCE, &bad));
    }
}

#[test]
fn another_gate_has_other_cookies() {
    let limits = Limits {
        demand_from: 0,
        ..Limits::default()
    };
    let one = demanded(ask(&mut gate_of(1, limits), T0, "192.0.2.1:500", None, 0));
    let other = ask(
        &mut gate_of(2, limits),
        T0,
        "192.0.2.1:500",
        Some(one.as_bytes()),
        0,
    );
    assert_ne!(demanded(other), one);
}

#[test]
fn cookies_live_for_one_to_two_epochs() {
    let mut gate = gate(Limits {
        demand_from: 0,
        ..Limits::default()
    });
    let cookie = demanded(ask(&mut gate, T0, "192.0.2.1:500", None, 0));
    let mut later = |seconds| {
        let now = T0.saturating_add(Duration::from_secs(seconds));
        ask(&mut gate, now, "192.0.2.1:500", Some(cookie.as_bytes()), 0)
    };
    assert_eq!(later(59), Verdict::Admit);
    assert_eq!(later(60), Verdict::Admit);
    assert_eq!(later(119), Verdict::Admit);
    assert_ne!(demanded(later(120)), cookie);
    // The first epoch has none before it, and time may stand still at its end.
    let far = Instant::from_micros(u64::MAX);
    for now in [Instant::ZERO, far] {
        let cookie = demanded(ask(&mut gate, now, "192.0.2.9:500", None, 0));
        let again = ask(&mut gate, now, "192.0.2.9:500", Some(cookie.as_bytes()), 0);
        assert_eq!(again, Verdict::Admit);
    }
}

#[test]
fn half_open_sas_make_cookies_needed_until_they_are_few() {
    let mut gate = gate(Limits::default());
    let mut needs = |half_open| match ask(&mut gate, T0, "192.0.2.1:500", None, half_open) {
        Verdict::Admit => false,
        Verdict::Demand(_) => true,
        Verdict::Ignore(refused) => panic!("{refused:?}"),
    };
    let levels = [0, 99, 100, 99, 51, 50, 99, 100, 9999].map(&mut needs);
    assert_eq!(
        levels,
        [false, false, true, true, true, false, false, true, true]
    );
    let full = ask(&mut gate, T0, "192.0.2.1:500", None, 10_000);
    assert_eq!(full, Verdict::Ignore(Refused::HalfOpenFull));
}

#[test]
fn a_prefix_needs_cookies_on_its_own() {
    let mut gate = gate(Limits::default());
    let burst: Vec<_> = (0..200)
        .map(|_| ask(&mut gate, T0, "192.0.2.1:500", None, 0))
        .collect();
    let admitted = burst
        .iter()
        .filter(|verdict| **verdict == Verdict::Admit)
        .count();
    assert_eq!(admitted, 100);
    assert_eq!(
        ask(&mut gate, T0, "198.51.100.7:500", None, 0),
        Verdict::Admit
    );
    assert!(!gate.is_demanding());
    // 100 a second are forgotten: after half a second it is at the lower mark.
    let later = |millis| T0.saturating_add(Duration::from_millis(millis));
    demanded(ask(&mut gate, later(480), "192.0.2.1:500", None, 0));
    assert_eq!(
        ask(&mut gate, later(600), "192.0.2.1:500", None, 0),
        Verdict::Admit
    );
}

/// Whoever forges an address can make it need cookies, but not be refused.
#[test]
fn forgers_cannot_shut_a_prefix_out() {
    let mut gate = gate(Limits::default());
    let cookie = (0..100_000)
        .filter_map(|_| match ask(&mut gate, T0, "192.0.2.1:500", None, 0) {
            Verdict::Demand(cookie) => Some(cookie),
            Verdict::Admit | Verdict::Ignore(_) => None,
        })
        .last()
        .unwrap();
    let mut own = || ask(&mut gate, T0, "192.0.2.1:500", Some(cookie.as_bytes()), 0);
    let admitted = (0..2000)
        .map(|_| own())
        .filter(|verdict| *verdict == Verdict::Admit)
        .count();
    assert_eq!(admitted, 900);
    assert_eq!(own(), Verdict::Ignore(Refused::PrefixBusy));
}

#[test]
fn an_ipv6_prefix_is_one_source() {
    let mut gate = gate(Limits::default());
    let mut admitted = |format: fn(u16) -> String| {
        (0..200)
            .filter(|n| ask(&mut gate, T0, &format(*n), None, 0) == Verdict::Admit)
            .count()
    };
    assert_eq!(admitted(|n| format!("[2001:db8:0:{n:x}::{n:x}]:500")), 100);
    assert_eq!(admitted(|n| format!("[2001:db8:0:1{n:02x}::1]:500")), 100);
    for bits in [0, 1, 64, 128, 255] {
        let mut gate = gate_of(
            1,
            Limits {
                ipv6_prefix_bits: bits,
                ..Limits::default()
            },
        );
        assert_eq!(
            ask(&mut gate, T0, "[2001:db8::1]:500", None, 0),
            Verdict::Admit
        );
    }
}

#[test]
fn nonces_that_cannot_be() {
    let mut gate = gate(Limits::default());
    let from = "192.0.2.1:500".parse().unwrap();
    for (have, is_one) in [
        (0, false),
        (15, false),
        (16, true),
        (256, true),
        (257, false),
    ] {
        let verdict = gate.judge(T0, from, SPI, &vec![1; have], None, 0);
        let refused = Verdict::Ignore(Refused::NonceLength { have });
        assert_eq!(verdict, if is_one { Verdict::Admit } else { refused });
    }
}

#[test]
fn limits_of_zero_do_not_panic() {
    let zero = Limits {
        demand_from: 0,
        demand_until: 0,
        half_open_max: 0,
        prefix_rate: 0,
        prefix_demand_from: 0,
        prefix_demand_until: 0,
        prefix_max: 0,
        ipv6_prefix_bits: 0,
        secret_lifetime: Duration::ZERO,
    };
    let verdict = ask(&mut gate(zero), T0, "[::1]:500", None, 0);
    assert_eq!(verdict, Verdict::Ignore(Refused::HalfOpenFull));
    let verdict = ask(
        &mut gate(Limits {
            half_open_max: 1,
            ..zero
        }),
        T0,
        "[::1]:500",
        None,
        0,
    );
    demanded(verdict);
}
