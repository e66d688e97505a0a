//! The provider in pure Rust: see `algorithms`.
#![cfg(feature = "rustcrypto")]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

use ipsec_core::crypto::{CryptoProvider, rustcrypto};

mod algorithms;
mod rfc5114;

fn provider() -> &'static CryptoProvider {
    rustcrypto::provider()
}

fn modern() -> &'static CryptoProvider {
    rustcrypto::modern()
}
