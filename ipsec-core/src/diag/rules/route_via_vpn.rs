//! # route-via-vpn
//!
//! The same addresses are said to be behind two peers.
//!
//! ## What happened
//!
//! Two tunnels of one device protect packets to networks that overlap. Those to
//! the common part go into one of them, whichever stands first, and never reach
//! the other office.
//!
//! ## How it is recognised
//!
//! Selectors of two connections with different peers that have addresses in
//! common.
//!
//! ## What to do
//!
//! Make the networks disjoint, or the narrower one first, and look into the
//! routing tables of both offices for routes that lead through the other
//! tunnel.
//!
//! ## What would prove it
//!
//! The routing tables and the counters of both SAs.
//!
//! ## References
//!
//! RFC 4301 §4.4.1.

use crate::diag::catalog::{Scene, only_written};
use crate::diag::{Finding, Who};

rule!("route-via-vpn", "networks behind different peers overlap", only_written, "route_via_vpn.rs", advice: advice);

fn advice(finding: Finding, _: &Scene) -> Finding {
    finding
        .who(Who::Local)
        .fix(
            "the end with both tunnels",
            "Make the networks disjoint, or put the narrower one first; add static routes where a routing protocol takes the wrong way.",
        )
        .refs(&["RFC 4301 §4.4.1"])
}
