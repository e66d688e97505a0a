//! # crypto-acl-sa-mismatch
//!
//! The SAs that stand are not for the packets that are to be protected.
//!
//! ## What happened
//!
//! The table of SAs shows other networks than the access list or the selectors
//! of the configuration. Packets of the rest have no SA: they are dropped, or
//! go in the clear. Octets that changed places when somebody typed an address
//! are the usual reason.
//!
//! ## How it is recognised
//!
//! A network in a table of SAs lies within one that the configuration protects
//! and is smaller (a warning), or has nothing to do with any (an error). Where
//! the two differ by swapped octets, that is said.
//!
//! ## What to do
//!
//! Correct the network where it is wrong, and have the SAs made anew.
//!
//! ## What would prove it
//!
//! The table of SAs and the configuration of the same device.
//!
//! ## References
//!
//! RFC 4301 §4.4.1; RFC 4301 §4.4.2.

use crate::diag::catalog::{Scene, only_written};
use crate::diag::{Finding, Who};

rule!("crypto-acl-sa-mismatch", "the SAs that stand are not for the packets to be protected", only_written, "crypto_acl_sa_mismatch.rs", advice: advice);

fn advice(finding: Finding, _: &Scene) -> Finding {
    finding
        .who(Who::Local)
        .fix(
            "the end that lists the SA",
            "Correct the network, and have the SAs made anew (`clear crypto sa`).",
        )
        .refs(&["RFC 4301 §4.4.1", "RFC 4301 §4.4.2"])
}
