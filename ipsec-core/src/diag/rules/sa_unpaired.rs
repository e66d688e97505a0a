//! # sa-unpaired
//!
//! An SA has no partner in the other direction.
//!
//! ## What happened
//!
//! SAs go one way, so a connection needs two. Where one stands alone, packets
//! go out and no answer can come in.
//!
//! ## How it is recognised
//!
//! A table of SAs with a row from one gateway to another, and none for the way
//! back.
//!
//! ## What to do
//!
//! Have both made anew. Where keys are made by hand, write the missing one.
//!
//! ## What would prove it
//!
//! The whole table, of both ends.
//!
//! ## References
//!
//! RFC 4301 §4.1; RFC 7296 §2.9.

use crate::diag::catalog::{Scene, only_written};
use crate::diag::{Finding, Who};

rule!("sa-unpaired", "an SA has no partner in the other direction", only_written, "sa_unpaired.rs", advice: advice);

fn advice(finding: Finding, _: &Scene) -> Finding {
    finding
        .who(Who::Local)
        .fix(
            "both ends",
            "Have both SAs made anew; where keys are written by hand, write the missing one.",
        )
        .refs(&["RFC 4301 §4.1"])
}
