//! # ike-fragmentation-one-sided
//!
//! One end sends large IKE messages in parts, and the other takes none.
//!
//! ## What happened
//!
//! IKE fragmentation is forced at one end and switched off at the other.
//! Messages with certificates are then cut by IP, whose fragments many filters
//! drop.
//!
//! ## How it is recognised
//!
//! Two configurations of one tunnel that say so.
//!
//! ## What to do
//!
//! Allow IKE fragmentation at both ends.
//!
//! ## What would prove it
//!
//! Both configurations; a capture of the message that is lost.
//!
//! ## References
//!
//! RFC 7383 §2.3.

use crate::diag::catalog::{Scene, only_written};
use crate::diag::{Finding, Who};

rule!("ike-fragmentation-one-sided", "one end forces IKE fragments that the other does not take", only_written, "ike_fragmentation_one_sided.rs", advice: advice);

fn advice(finding: Finding, _: &Scene) -> Finding {
    finding
        .who(Who::Local)
        .fix(
            "the end that takes no fragments",
            "Allow IKE fragmentation.",
        )
        .refs(&["RFC 7383 §2.3"])
}
