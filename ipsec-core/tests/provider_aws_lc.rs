//! The provider over AWS-LC, held to what holds for the one in pure Rust.
#![cfg(feature = "aws-lc")]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

use ipsec_core::crypto::{CryptoProvider, aws_lc};

#[path = "provider/algorithms.rs"]
mod algorithms;
#[path = "provider/rfc5114.rs"]
mod rfc5114;

fn provider() -> &'static CryptoProvider {
    aws_lc::provider()
}

fn modern() -> &'static CryptoProvider {
    aws_lc::modern()
}
