//! # policy-order
//!
//! A rule never decides, because an earlier one takes all its packets.
//!
//! ## What happened
//!
//! Rules are tried in order, and the first that fits decides. One that stands
//! behind a wider one of the opposite meaning has no effect: what should be let
//! through is dropped, or what should be dropped is let through.
//!
//! ## How it is recognised
//!
//! A packet filter in which an earlier rule takes all packets of a later one
//! and decides otherwise.
//!
//! ## What to do
//!
//! Move the narrower rule before the wider one.
//!
//! ## What would prove it
//!
//! The counters of the filter.
//!
//! ## References
//!
//! RFC 4301 §4.4.1.

use crate::diag::catalog::{Scene, only_written};
use crate::diag::{Finding, Who};

rule!("policy-order", "an earlier rule hides a later one", only_written, "policy_order.rs", advice: advice);

fn advice(finding: Finding, _: &Scene) -> Finding {
    finding.who(Who::Local).refs(&["RFC 4301 §4.4.1"])
}
