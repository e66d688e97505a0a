//! # firewall-between
//!
//! A packet filter at the gateway drops what the tunnel consists of.
//!
//! ## What happened
//!
//! The access list at the interface towards the peer lets neither IKE (UDP port
//! 500) nor ESP (IP protocol 50) or AH (51) in, or lets one of them in and not
//! the other. Where IKE passes and ESP does not, the tunnel comes up and
//! carries nothing.
//!
//! ## How it is recognised
//!
//! The first rule of the filter that takes such packets of the peer drops them,
//! or none takes them and the filter ends with dropping.
//!
//! ## What to do
//!
//! Permit UDP port 500 (and 4500 behind a NAT) and the protocol from the peer,
//! before the rule that drops them. The fix shows the lines.
//!
//! ## What would prove it
//!
//! The filter and its counters; a capture at both sides of it.
//!
//! ## References
//!
//! RFC 7296 §2; RFC 4303 §2; RFC 3948 §2.

use crate::diag::catalog::{Scene, only_written};
use crate::diag::{Finding, Who};

rule!("firewall-between", "a packet filter drops IKE, ESP or AH", only_written, "firewall_between.rs", advice: advice, brings: ["udp-500-blocked", "esp-blocked", "esp-return-blocked"]);

fn advice(finding: Finding, _: &Scene) -> Finding {
    finding.who(Who::Path).refs(&["RFC 7296 §2", "RFC 4303 §2"])
}
