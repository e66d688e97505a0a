//! The provider over AWS-LC against the same published vectors.
#![cfg(feature = "aws-lc")]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may stop at the first surprise, and prints its counts"
)]

use ipsec_core::crypto::{CryptoProvider, aws_lc};
use tally::{Known, Tally, padded, shared, unhex};

#[path = "vectors/nist.rs"]
mod nist;
#[path = "vectors/tally.rs"]
mod tally;
#[path = "vectors/wycheproof.rs"]
mod wycheproof;

fn provider() -> &'static CryptoProvider {
    aws_lc::provider()
}
