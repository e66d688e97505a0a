//! Certificates made with openssl (`tests/data/x509`) and those of strongSwan's
//! fuzzing corpus: read, judged, and compared with what openssl says of them
//! (RFC 5280, RFC 4945).
#![cfg(all(feature = "rustcrypto", feature = "rsa"))]
#![allow(
    clippy::allow_attributes,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test stops at the first surprise and says what it skips"
)]

mod bundles;
mod identities;
mod judging;
mod peers;
mod reading;
#[path = "../support/mod.rs"]
mod support;

use ipsec_core::crypto::{CryptoProvider, rustcrypto};
use ipsec_core::keymat::x509::{Certificate, RevocationList};
use std::path::Path;

fn provider() -> &'static CryptoProvider {
    rustcrypto::provider()
}

fn file(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/x509");
    std::fs::read(folder.join(name)).unwrap()
}

fn certificate(name: &str) -> Certificate {
    Certificate::read(&file(&format!("{name}.der"))).unwrap()
}

fn crl(name: &str) -> RevocationList {
    RevocationList::read(&file(&format!("{name}.crl"))).unwrap()
}

fn shown<T: ToString>(values: &[T]) -> Vec<String> {
    values.iter().map(ToString::to_string).collect()
}
