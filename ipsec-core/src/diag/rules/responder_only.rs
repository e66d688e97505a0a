//! # responder-only
//!
//! One end can only answer.
//!
//! ## What happened
//!
//! A connection to any address cannot be begun: there is nobody to send to.
//! After the tunnel went down, traffic from this side waits until the other end
//! begins again.
//!
//! ## How it is recognised
//!
//! A connection that names no address of its peer.
//!
//! ## What to do
//!
//! Let the end with the changing address bring the tunnel up and keep it up:
//! start it on boot, and send something now and then.
//!
//! ## What would prove it
//!
//! The configurations of both ends.
//!
//! ## References
//!
//! RFC 4301 §4.4.3; RFC 7296 §2.4.

use crate::diag::catalog::{Scene, only_written};
use crate::diag::{Finding, Who};

rule!("responder-only", "one end is at no fixed address, so that only it can begin", only_written, "responder_only.rs", advice: advice);

fn advice(finding: Finding, _: &Scene) -> Finding {
    finding
        .who(Who::Local)
        .fix(
            "the end with the changing address",
            "Bring the tunnel up at start, and keep it up with a ping each minute or dead peer detection that restarts it.",
        )
        .refs(&["RFC 4301 §4.4.3"])
}
