//! A million forged first packets, each from an address of its own, take no
//! memory beyond what the gate has from the beginning.
#![cfg(feature = "rustcrypto")]

#[allow(
    clippy::allow_attributes,
    dead_code,
    reason = "each test file uses a part of it"
)]
#[path = "support/heap.rs"]
mod heap;

use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use ipsec_core::crypto::{Random, rustcrypto};
use ipsec_core::ike::cookie::{Gate, Limits, Verdict};
use ipsec_core::time::Instant;
use ipsec_core::wire::registry::ike::Prf;

#[global_allocator]
static ALLOCATOR: heap::Counting = heap::Counting;

struct Fixed;

impl Random for Fixed {
    fn fill(&mut self, out: &mut [u8]) {
        out.fill(0x5a);
    }
}

const FORGED: u32 = 1_000_000;

/// What one gate may take, table and all.
const GATE: usize = 128 * 1024;

/// What the flood may add: nothing but the cookie under way.
const GROWTH: usize = 4096;

/// One test, so that nothing else allocates while it counts.
#[test]
fn a_flood_takes_no_memory() {
    let before = heap::live();
    let prf = rustcrypto::provider().prf(Prf::PRF_HMAC_SHA2_256).unwrap();
    let mut gate = Gate::new(prf, &mut Fixed, Limits::default());
    let at_rest = heap::live() - before;
    assert!(at_rest <= GATE, "{at_rest}");

    heap::forget_peak();
    let mut half_open = 0;
    for forged in 0..FORGED {
        let now = Instant::from_micros(forged.into());
        let from = SocketAddr::new(IpAddr::V4(Ipv4Addr::from_bits(forged)), 500);
        let cookie = [forged.to_be_bytes()[3]; 17];
        let cookie = (forged % 2 == 0).then_some(&cookie[..]);
        let verdict = gate.judge(now, from, [1; 8], &[2; 32], cookie, half_open);
        assert!(!matches!(verdict, Verdict::Ignore(_)), "{verdict:?}");
        half_open += usize::from(verdict == Verdict::Admit);
    }
    let growth = heap::peak() - before - at_rest;
    assert!(growth <= GROWTH, "{growth}");
    assert_eq!(half_open, Limits::default().demand_from);
}
