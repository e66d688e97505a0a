//! # lifetime-soft-hard
//!
//! The SA is over before it is renewed.
//!
//! ## What happened
//!
//! An SA has two lifetimes: after the soft one it is renewed, after the hard
//! one it ends. Where the soft one is not the shorter, nothing is ever renewed
//! in time: the tunnel stops for a moment, or for good, whenever the hard one
//! is over.
//!
//! ## How it is recognised
//!
//! A configuration that writes both, the soft one at least as long as the hard
//! one.
//!
//! ## What to do
//!
//! Renew after nine tenths of the hard lifetime, or lengthen that.
//!
//! ## What would prove it
//!
//! The configuration; a log or a capture over one lifetime.
//!
//! ## References
//!
//! RFC 4301 §4.4.2.1; RFC 7296 §2.8.

use crate::diag::catalog::{Scene, only_written};
use crate::diag::{Finding, Who};

rule!("lifetime-soft-hard", "SAs end before they are renewed", only_written, "lifetime_soft_hard.rs", advice: advice, brings: ["rekey-stall", "lifetime-mismatch"]);

fn advice(finding: Finding, _: &Scene) -> Finding {
    finding
        .who(Who::Local)
        .refs(&["RFC 4301 §4.4.2.1", "RFC 7296 §2.8"])
}
