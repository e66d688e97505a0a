//! # dpd-one-sided
//!
//! Only one end notices that its peer is gone.
//!
//! ## What happened
//!
//! Dead peer detection is switched on at one end. The other keeps the SAs of a
//! peer that restarted, and sends into them until they run out.
//!
//! ## How it is recognised
//!
//! Two configurations of one tunnel of which one never asks a silent peer.
//!
//! ## What to do
//!
//! Switch dead peer detection on at both ends.
//!
//! ## What would prove it
//!
//! Both configurations.
//!
//! ## References
//!
//! RFC 3706; RFC 7296 §2.4.

use crate::diag::catalog::{Scene, only_written};
use crate::diag::{Finding, Who};

rule!("dpd-one-sided", "only one end asks whether the other is alive", only_written, "dpd_one_sided.rs", advice: advice);

fn advice(finding: Finding, _: &Scene) -> Finding {
    finding
        .who(Who::Local)
        .fix("the end that never asks", "Switch dead peer detection on.")
        .refs(&["RFC 3706", "RFC 7296 §2.4"])
}
