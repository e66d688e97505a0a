//! # crypto-acl-not-mirrored
//!
//! What one end protects is not what the other end expects.
//!
//! ## What happened
//!
//! Each end names the packets to be protected in an access list, from its own
//! network to the other one. The list of one end must be that of the other with
//! source and destination exchanged. Where it is not, quick mode is refused, or
//! one end sends in the clear what the other wants protected.
//!
//! ## How it is recognised
//!
//! Two configurations whose lists for one tunnel have no packets in common, or
//! two maps for opposite ends that use one and the same list.
//!
//! ## What to do
//!
//! Write the list of one end anew: source and destination of the other
//! exchanged, line by line.
//!
//! ## What would prove it
//!
//! Both configurations with their access lists; INVALID-ID-INFORMATION in a log
//! or a capture with keys.
//!
//! ## References
//!
//! RFC 2409 §5.5; RFC 7296 §2.9; RFC 4301 §4.4.1.

use crate::diag::catalog::{Scene, only_written};
use crate::diag::{Finding, Who};

rule!("crypto-acl-not-mirrored", "the access lists of the two ends are no mirror images", only_written, "crypto_acl_not_mirrored.rs", advice: advice, brings: ["traffic-selector-mismatch", "plaintext-leak"]);

fn advice(finding: Finding, _: &Scene) -> Finding {
    finding
        .who(Who::Local)
        .fix(
            "either end",
            "Write the access list of the other end with source and destination exchanged.",
        )
        .refs(&["RFC 2409 §5.5", "RFC 7296 §2.9"])
}
