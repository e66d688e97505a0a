//! What the packet path costs beside its cryptography alone, as rows of
//! Markdown (`scripts/esp.sh` puts them beside other programs).
//!
//! AES-128-GCM: `alone` is the provider's algorithm in
//! place, `ESP` a half of an SA, with number, window, lifetime and padding.
//! Every figure is the best of many short rounds, in which the things that are
//! compared take turns, so that a busy machine spoils none of them alone.
//!
//! `cargo bench -p ipsec-core --features aws-lc --bench esp`
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench prints times, and may stop"
)]

use core::hint::black_box;
use ipsec_core::crypto::{AeadKey, CryptoProvider, Secret, rustcrypto, suite};
use ipsec_core::esp::sa::{EspReceiver, EspSender, Job};
use ipsec_core::esp::transform::{EspTransform, Integrity};
use ipsec_core::sa::lifetime::{Lifetime, Limits};
use ipsec_core::sa::sequence::{Numbers, Window};
use ipsec_core::time::Instant;
use ipsec_core::wire::registry::ike::{Encryption as E, Integrity as I};
use ipsec_core::wire::registry::ip::Protocol;
use std::time;

const NOW: Instant = Instant::ZERO;
const SIZES: [usize; 4] = [64, 576, 1420, 8192];
const PACKETS: usize = 32;
const ROUNDS: usize = 1000;

fn main() {
    let asked = std::env::args().skip(1).find(|word| !word.starts_with('-'));
    let wanted = |part| asked.as_deref().is_none_or(|asked| asked == part);
    if wanted("gcm") {
        println!(
            "| AES-128-GCM, ns a packet | seal 64 | 576 | 1420 | 8192 | open 64 | 576 | 1420 | 8192 |"
        );
        println!("|---|---|---|---|---|---|---|---|---|");
        for (name, provider) in providers() {
            gcm(name, provider);
        }
    }
    if wanted("batches") {
        println!("| AES-128-CBC, 32 packets of 1420, a packet | one at a time | together | gain |");
        println!("|---|---|---|---|");
        for (name, provider) in providers() {
            for (mac, suite) in MACS {
                batches(&format!("{name}, {mac}"), provider, suite);
            }
        }
    }
    if wanted("rest") {
        println!("Replay check: {:.1} ns a packet.", replay());
        for (name, provider) in providers() {
            let gain = threads(provider);
            println!("{name}: two threads on two SAs seal {gain:.2} × what one does.");
        }
    }
}

const MACS: [(&str, I); 2] = [
    ("HMAC-SHA1", I::AUTH_HMAC_SHA1_96),
    ("HMAC-SHA2-256", I::AUTH_HMAC_SHA2_256_128),
];

fn providers() -> Vec<(&'static str, &'static CryptoProvider)> {
    vec![
        ("RustCrypto", rustcrypto::provider()),
        #[cfg(feature = "aws-lc")]
        ("AWS-LC", ipsec_core::crypto::aws_lc::provider()),
    ]
}

/// The least nanoseconds a packet that each of `works` takes; `ready` comes
/// before each round, and is not measured.
fn best<const N: usize>(mut works: [Work<'_>; N]) -> [f64; N] {
    let mut least = [f64::MAX; N];
    for _ in 0..ROUNDS {
        for (work, least) in works.iter_mut().zip(&mut least) {
            (work.ready)();
            let start = time::Instant::now();
            (work.run)();
            let took = start.elapsed().as_secs_f64();
            *least = least.min(took);
        }
    }
    least.map(|seconds| seconds * 1e9 / 32.0)
}

/// A round of 32 packets.
struct Work<'a> {
    ready: Box<dyn FnMut() + 'a>,
    run: Box<dyn FnMut() + 'a>,
}

fn transform(provider: &CryptoProvider, cipher: E, key: usize, mac: Option<I>) -> EspTransform {
    let mac = mac.and_then(suite::integrity);
    let keys = [vec![7; key], vec![8; mac.map_or(0, |mac| mac.key)]].map(Secret::new);
    let integrity = mac.map_or(Integrity::None, Integrity::Mac);
    EspTransform::new(provider, cipher, integrity, &keys[0], &keys[1]).unwrap()
}

fn life() -> Lifetime {
    Lifetime::new(NOW, Limits::NONE, Limits::NONE)
}

fn sender(transform: EspTransform) -> EspSender {
    EspSender::new(1, transform, Numbers::Extended, life())
}

fn gcm(name: &str, provider: &'static CryptoProvider) {
    let times = SIZES.map(|size| seal_and_open(provider, size));
    let row = |of: usize, what: &str| {
        let seal = times.iter().map(|(seal, _)| seal[of]);
        let open = times.iter().map(|(_, open)| open[of]);
        let cells: Vec<_> = seal.chain(open).map(|ns| format!("{ns:.0}")).collect();
        println!("| {name}, {what} | {} |", cells.join(" | "));
    };
    row(0, "alone");
    row(1, "ESP");
    let over = |[alone, esp]: [f64; 2]| {
        format!(
            "+{:.0} ns, {:.1} %",
            esp - alone,
            (esp / alone - 1.0) * 100.0
        )
    };
    let seal = times.iter().map(|(seal, _)| over(*seal));
    let open = times.iter().map(|(_, open)| over(*open));
    println!(
        "| {name}, difference | {} |",
        seal.chain(open).collect::<Vec<_>>().join(" | ")
    );
}

/// A round of packets of `size` bytes of plaintext: alone and in ESP.
fn seal_and_open(provider: &'static CryptoProvider, size: usize) -> ([f64; 2], [f64; 2]) {
    let cipher = suite::encryption(E::ENCR_AES_GCM_16).unwrap();
    let key = provider.aead(cipher).unwrap().with_key(&[7; 20]).unwrap();
    let gcm = || transform(provider, E::ENCR_AES_GCM_16, 20, None);
    let mut sa = sender(gcm());
    let room = sa.room(size - 2);
    let len = room.before + size - 2 + room.after;
    let payload = room.before..room.before + size - 2;
    let mut packets = vec![vec![0x5a; len]; PACKETS];
    let mut texts = packets.clone();
    let seal = best([
        Work {
            ready: Box::new(|| {}),
            run: Box::new(|| {
                texts
                    .iter_mut()
                    .for_each(|packet| alone(&*key, packet, true))
            }),
        },
        Work {
            ready: Box::new(|| {}),
            run: Box::new(|| {
                for packet in &mut packets {
                    let sealed = sa.seal_in_place(NOW, Protocol::IPV4, packet, payload.clone());
                    black_box(sealed).unwrap();
                }
            }),
        },
    ]);
    let mut receiver = EspReceiver::new(1, gcm(), Numbers::Extended, 64, life());
    let packets = core::cell::RefCell::new(packets);
    let texts = core::cell::RefCell::new(texts);
    let open = best([
        Work {
            ready: Box::new(|| {
                let mut texts = texts.borrow_mut();
                texts
                    .iter_mut()
                    .for_each(|packet| alone(&*key, packet, true));
            }),
            run: Box::new(|| {
                let mut texts = texts.borrow_mut();
                texts
                    .iter_mut()
                    .for_each(|packet| alone(&*key, packet, false));
            }),
        },
        Work {
            ready: Box::new(|| {
                for packet in packets.borrow_mut().iter_mut() {
                    sa.seal_in_place(NOW, Protocol::IPV4, packet, payload.clone())
                        .unwrap();
                }
            }),
            run: Box::new(|| {
                for packet in packets.borrow_mut().iter_mut() {
                    black_box(receiver.open_in_place(NOW, packet)).unwrap();
                }
            }),
        },
    ]);
    (seal, open)
}

/// The algorithm and nothing else, on the packet's own bytes.
fn alone(key: &dyn AeadKey, packet: &mut [u8], seal: bool) {
    let (head, rest) = packet.split_at_mut(16);
    let (text, icv) = rest.split_at_mut(rest.len() - 16);
    let (aad, iv) = head.split_at(8);
    if seal {
        key.seal(iv, &[aad], text, icv).unwrap();
    } else {
        key.open(iv, &[aad], text, icv).unwrap();
    }
}

/// Packets sealed one by one and together.
fn batches(name: &str, provider: &'static CryptoProvider, mac: I) {
    let cbc = || sender(transform(provider, E::ENCR_AES_CBC, 16, Some(mac)));
    let (mut one, mut all) = (cbc(), cbc());
    let room = one.room(1418);
    let payload = room.before..room.before + 1418;
    let mut singles = vec![vec![0x5a; room.before + 1418 + room.after]; PACKETS];
    let mut together = singles.clone();
    let [alone, batch] = best([
        Work {
            ready: Box::new(|| {}),
            run: Box::new(|| {
                for packet in &mut singles {
                    one.seal_in_place(NOW, Protocol::IPV4, packet, payload.clone())
                        .unwrap();
                }
            }),
        },
        Work {
            ready: Box::new(|| {}),
            run: Box::new(|| {
                let jobs = together
                    .iter_mut()
                    .map(|packet| Job::new(Protocol::IPV4, packet, payload.clone()));
                all.seal_batch(NOW, jobs, |sealed| {
                    black_box(sealed).unwrap();
                });
            }),
        },
    ]);
    println!(
        "| {name} | {alone:.0} ns | {batch:.0} ns | {:.2} × |",
        alone / batch
    );
}

/// Asking the window for a number, and putting it down.
fn replay() -> f64 {
    let mut window = Window::new(1024, Numbers::Extended);
    let mut next = 0_u32;
    let [time] = best([Work {
        ready: Box::new(|| {}),
        run: Box::new(|| {
            for _ in 0..PACKETS {
                next += 1;
                let number = window.number(black_box(next)).unwrap();
                window.accept(number).unwrap();
            }
        }),
    }]);
    time
}

/// How much more two threads seal than one in the same time.
fn threads(provider: &'static CryptoProvider) -> f64 {
    let work = move || {
        let mut sa = sender(transform(provider, E::ENCR_AES_GCM_16, 20, None));
        let room = sa.room(1418);
        let payload = room.before..room.before + 1418;
        let mut packet = vec![0x5a; room.before + 1418 + room.after];
        for _ in 0..20_000 {
            sa.seal_in_place(NOW, Protocol::IPV4, &mut packet, payload.clone())
                .unwrap();
        }
    };
    let timed = |threads: usize| {
        let start = time::Instant::now();
        let all: Vec<_> = (0..threads).map(|_| std::thread::spawn(work)).collect();
        all.into_iter().for_each(|thread| thread.join().unwrap());
        start.elapsed().as_secs_f64()
    };
    let least = |threads| (0..20).map(|_| timed(threads)).fold(f64::MAX, f64::min);
    let (one, two) = (least(1), least(2));
    2.0 * one / two
}
