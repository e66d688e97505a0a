//! # lifetime-by-default
//!
//! No lifetime is written, so the device's own holds.
//!
//! ## What happened
//!
//! What is not written, each device fills in by itself: an hour here, eight
//! hours there. That is no fault, but after an exchange of devices, or an
//! update, the two ends may differ.
//!
//! ## How it is recognised
//!
//! A connection that writes no lifetime for its ESP SAs.
//!
//! ## What to do
//!
//! Write the lifetime at both ends.
//!
//! ## What would prove it
//!
//! The configuration.
//!
//! ## References
//!
//! RFC 4301 §4.4.2.1; RFC 2407 §4.5.

use crate::diag::catalog::{Scene, only_written};
use crate::diag::{Finding, Who};

rule!("lifetime-by-default", "no lifetime is written", only_written, "lifetime_by_default.rs", advice: advice);

fn advice(finding: Finding, _: &Scene) -> Finding {
    finding
        .who(Who::Local)
        .fix(
            "both ends",
            "Write the lifetime of the ESP SAs, the same at both.",
        )
        .refs(&["RFC 4301 §4.4.2.1"])
}
