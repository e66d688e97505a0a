//! # pfs-absent
//!
//! Keys of packets follow from those of the IKE SA.
//!
//! ## What happened
//!
//! Without perfect forward secrecy whoever learns the keys of the IKE SA knows
//! those of all ESP SAs that were made under it. It is a decision, not a fault.
//!
//! ## How it is recognised
//!
//! No proposal for ESP names a Diffie-Hellman group.
//!
//! ## What to do
//!
//! Name a group for ESP at both ends (`set pfs group14`, `esp_proposals =
//! …-modp2048`). One end alone refuses the other.
//!
//! ## What would prove it
//!
//! The configuration.
//!
//! ## References
//!
//! RFC 2409 §8; RFC 7296 §2.12.

use crate::diag::catalog::{Scene, only_written};
use crate::diag::{Finding, Who};

rule!("pfs-absent", "no PFS: keys of packets follow from those of the IKE SA", only_written, "pfs_absent.rs", advice: advice);

fn advice(finding: Finding, _: &Scene) -> Finding {
    finding
        .who(Who::Local)
        .fix(
            "both ends",
            "Name a Diffie-Hellman group for ESP, group 14, 19 or better, at both at once.",
        )
        .refs(&["RFC 7296 §2.12"])
}
