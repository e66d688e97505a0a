//! Any bytes as a packet with AH, and as one that AH is put into: nothing
//! panics, nothing passes that no key made, and what was signed verifies.
#![no_main]

use ipsec_core::crypto::{Secret, rustcrypto, suite};
use ipsec_core::esp::ah::{AhReceiver, AhSender};
use ipsec_core::esp::authentication::AhTransform;
use ipsec_core::esp::transport;
use ipsec_core::sa::lifetime::{Lifetime, Limits};
use ipsec_core::sa::sequence::Numbers;
use ipsec_core::time::Instant;
use ipsec_core::wire::registry::ike::Integrity as I;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((algorithm, data)) = data.split_first() else {
        return;
    };
    let mac = MACS[usize::from(*algorithm) % MACS.len()];
    for spi_at in [24, 44, 52] {
        garbage(mac, spi_at, data);
    }
    there_and_back(mac, data);
});

const MACS: [I; 3] = [
    I::AUTH_HMAC_SHA1_96,
    I::AUTH_HMAC_SHA2_256_128,
    I::AUTH_AES_128_GMAC,
];

fn transform(mac: I) -> AhTransform {
    let mac = suite::integrity(mac).unwrap();
    let key = Secret::new(vec![7; mac.key]);
    AhTransform::new(rustcrypto::provider(), mac, &key).unwrap()
}

fn life() -> Lifetime {
    Lifetime::new(Instant::ZERO, Limits::NONE, Limits::NONE)
}

/// The SPI stands where the shortest heads end.
fn garbage(mac: I, spi_at: usize, data: &[u8]) {
    let spi = data.get(spi_at..).and_then(|rest| rest.first_chunk());
    let spi = spi.map_or(0, |spi| u32::from_be_bytes(*spi));
    let mut receiver = AhReceiver::new(spi, transform(mac), Numbers::Extended, 64, life());
    let checked = receiver.check(Instant::ZERO, data);
    assert!(checked.is_err(), "a packet that no key made");
    assert_eq!(receiver.top(), 0);
}

fn there_and_back(mac: I, data: &[u8]) {
    let mut sender = AhSender::new(1, transform(mac), Numbers::Short, life());
    let mut receiver = AhReceiver::new(1, transform(mac), Numbers::Short, 64, life());
    let room = sender.head_len(data.first().is_some_and(|first| first >> 4 == 6));
    let mut buffer = vec![0; room];
    buffer.extend(data);
    let all = room..buffer.len();
    let Ok(signed) = sender.sign_in_place(Instant::ZERO, &mut buffer, all) else {
        return;
    };
    let packet = &mut buffer[signed];
    let checked = receiver.check(Instant::ZERO, packet).unwrap();
    let (head, next) = (checked.head, checked.next_header);
    let restored = transport::restore(packet, head, next, checked.payload);
    assert!(restored.is_ok_and(|at| at.len() == data.len()) || next.0 == 59);
}
