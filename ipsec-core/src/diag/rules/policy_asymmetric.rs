//! # policy-asymmetric
//!
//! What is required of packets in one direction is not done in the other.
//!
//! ## What happened
//!
//! The policies of the two directions are not mirror images. Answers go in the
//! clear, or come in the clear and are taken: a leak that nobody notices, or a
//! tunnel that works in one direction.
//!
//! ## How it is recognised
//!
//! A list of policies in which the partner of an outbound one is missing, does
//! something else, or lets packets pass unprotected.
//!
//! ## What to do
//!
//! Write the same policy for both directions, and accept nothing in the clear.
//!
//! ## What would prove it
//!
//! The list of policies; a capture of an answer in the clear.
//!
//! ## References
//!
//! RFC 4301 §4.4.1; RFC 4301 §5.2.

use crate::diag::catalog::{Scene, only_written};
use crate::diag::{Finding, Who};

rule!("policy-asymmetric", "one direction is protected and the other is not", only_written, "policy_asymmetric.rs", advice: advice, brings: ["cleartext-return-path", "plaintext-leak"]);

fn advice(finding: Finding, _: &Scene) -> Finding {
    finding
        .who(Who::Local)
        .refs(&["RFC 4301 §4.4.1", "RFC 4301 §5.2"])
}
