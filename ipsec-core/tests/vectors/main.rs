//! The provider in pure Rust against published vectors, all of them:
//! Wycheproof and NIST's CAVP, from `../shared/vectors`.
#![cfg(feature = "rustcrypto")]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may stop at the first surprise, and prints its counts"
)]

use ipsec_core::crypto::{CryptoProvider, rustcrypto};
use tally::{Known, Tally, padded, shared, unhex};

mod nist;
mod tally;
mod wycheproof;

fn provider() -> &'static CryptoProvider {
    rustcrypto::provider()
}
