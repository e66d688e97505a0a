//! ESP and AH packets opened, checked and sealed: against packets that nobody
//! here made, and against everything that can be wrong with one.
#![cfg(feature = "rustcrypto")]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test may stop at the first surprise, and prints its counts"
)]

use ipsec_core::crypto::{Secret, rustcrypto, suite};
use ipsec_core::esp::authentication::AhTransform;
use ipsec_core::esp::transform::{EspTransform, Integrity};
use ipsec_core::wire::registry::ike;

mod ah;
mod ah_by_hand;
#[cfg(feature = "capture")]
mod captures;
mod dpdk;
mod hostile;
mod published;
mod scapy;
mod tshark;
mod way;

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(16)).collect();
    let byte = |two: &[u32]| u8::try_from(two[0] << 4 | two[1]).unwrap();
    digits.chunks_exact(2).map(byte).collect()
}

fn secret(bytes: &[u8]) -> Secret {
    Secret::new(bytes.to_vec())
}

/// An SA of the provider that has all algorithms.
fn esp(cipher: ike::Encryption, integrity: Integrity, keys: (&[u8], &[u8])) -> EspTransform {
    let (encryption, authentication) = (secret(keys.0), secret(keys.1));
    let us = rustcrypto::provider();
    EspTransform::new(us, cipher, integrity, &encryption, &authentication).unwrap()
}

fn ah(integrity: ike::Integrity, key: &[u8]) -> AhTransform {
    AhTransform::new(rustcrypto::provider(), mac(integrity), &secret(key)).unwrap()
}

fn mac(id: ike::Integrity) -> &'static suite::Mac {
    suite::integrity(id).unwrap()
}
