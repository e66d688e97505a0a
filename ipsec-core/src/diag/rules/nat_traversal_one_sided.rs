//! # nat-traversal-one-sided
//!
//! One end never wraps ESP into UDP.
//!
//! ## What happened
//!
//! Behind an address translation ESP passes only in UDP, on port 4500, and both
//! ends must be ready for it. Without a translation nothing is wrong.
//!
//! ## How it is recognised
//!
//! Two configurations of one tunnel of which one switches NAT traversal off. It
//! is an error where the other one always wraps.
//!
//! ## What to do
//!
//! Switch NAT traversal on at both ends, and let UDP port 4500 pass.
//!
//! ## What would prove it
//!
//! A capture of the set-up, which shows whether there is a translation.
//!
//! ## References
//!
//! RFC 3947; RFC 3948; RFC 7296 §2.23.

use crate::diag::catalog::{Scene, only_written};
use crate::diag::{Finding, Who};

rule!("nat-traversal-one-sided", "NAT traversal is switched off at one end", only_written, "nat_traversal_one_sided.rs", advice: advice, brings: ["nat-without-nat-t"]);

fn advice(finding: Finding, _: &Scene) -> Finding {
    finding
        .who(Who::Local)
        .fix(
            "the end that switched it off",
            "Switch NAT traversal on, and let UDP port 4500 pass.",
        )
        .refs(&["RFC 3947 §3", "RFC 7296 §2.23"])
}
