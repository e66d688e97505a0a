//! # port-protocol-confusion
//!
//! A rule names port 50 or 51, but ESP and AH are protocols.
//!
//! ## What happened
//!
//! ESP and AH are the IP protocols 50 and 51, beside TCP (6) and UDP (17), and
//! have no ports. A rule about port 50 of TCP or UDP neither lets ESP through
//! nor keeps it out.
//!
//! ## How it is recognised
//!
//! A packet filter with a rule for TCP or UDP and the port 50 or 51 alone.
//!
//! ## What to do
//!
//! Name the protocol: `permit esp …`, `permit ahp …`, `-p 50`.
//!
//! ## What would prove it
//!
//! The filter.
//!
//! ## References
//!
//! RFC 4303 §2; RFC 4302 §2; IANA, assigned internet protocol numbers.

use crate::diag::catalog::{Scene, only_written};
use crate::diag::{Finding, Who};

rule!("port-protocol-confusion", "a port is named where a protocol is meant", only_written, "port_protocol_confusion.rs", advice: advice);

fn advice(finding: Finding, _: &Scene) -> Finding {
    finding.who(Who::Path).refs(&["RFC 4303 §2", "RFC 4302 §2"])
}
