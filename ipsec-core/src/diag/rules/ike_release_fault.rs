//! # ike-release-fault
//!
//! The device runs a release with a known fault.
//!
//! ## What happened
//!
//! Some releases are known for SAs that are not renewed when their lifetime is
//! over. The tunnel works after each restart, and stops after the first
//! lifetime.
//!
//! ## How it is recognised
//!
//! The release that the configuration or `show version` names: IOS 12.0(6) and
//! its kin.
//!
//! ## What to do
//!
//! Update. Until then make new keys by hand (`clear crypto sa`).
//!
//! ## What would prove it
//!
//! A capture or a log that is longer than the lifetime and shows no new SA.
//!
//! ## References
//!
//! RFC 7296 §2.8; RFC 2409 §5.5.

use crate::diag::catalog::{Scene, only_written};
use crate::diag::{Finding, Who};

rule!("ike-release-fault", "a release with a known fault", only_written, "ike_release_fault.rs", advice: advice, brings: ["rekey-stall"]);

fn advice(finding: Finding, _: &Scene) -> Finding {
    finding.who(Who::Software).refs(&["RFC 2409 §5.5"])
}
