//! # crypto-map-per-site
//!
//! Each peer has a crypto map of its own, but an interface takes only one.
//!
//! ## What happened
//!
//! An interface of IOS or ASA holds one crypto map. Applying a second one
//! replaces the first, and the tunnels of the first are gone. A star of several
//! sites needs one map with an entry for each.
//!
//! ## How it is recognised
//!
//! Several maps of different names on one device of which none, or not all, are
//! applied.
//!
//! ## What to do
//!
//! Give all entries the name of one map and a number each, and apply that.
//!
//! ## What would prove it
//!
//! The configuration with its interfaces: maps on different interfaces are in
//! order.
//!
//! ## References
//!
//! RFC 4301 §4.4.1.

use crate::diag::catalog::{Scene, only_written};
use crate::diag::{Finding, Who};

rule!("crypto-map-per-site", "several crypto maps where an interface takes one", only_written, "crypto_map_per_site.rs", advice: advice);

fn advice(finding: Finding, _: &Scene) -> Finding {
    finding.who(Who::Local).refs(&["RFC 4301 §4.4.1"])
}
