//! # ike-source-port
//!
//! A NAT changed the source port, and the peer answers port 500 only.
//!
//! ## What happened
//!
//! A device that translates ports made something else of source port 500, and
//! the peer answers only requests that come from port 500 (or 4500). Old
//! gateways insist on it.
//!
//! ## How it is recognised
//!
//! The first message comes from another port than 500 or 4500 and is never
//! answered.
//!
//! ## What to do
//!
//! Let the NAT keep the source port for this host (static NAT, "IPsec
//! passthrough" off), use NAT traversal on port 4500, or let the peer answer
//! any port.
//!
//! ## What would prove it
//!
//! A capture at the peer's end: the request arrives there, and no answer
//! leaves.
//!
//! ## References
//!
//! RFC 7296 §2.11; RFC 3947 §4; RFC 3715 §2.1.

use crate::diag::finding::responder;
use crate::diag::inquiry::Inquiry;
use crate::diag::refusal::candidates;
use crate::diag::{Finding, Who};
use alloc::format;
use alloc::vec::Vec;

rule!(
    "ike-source-port",
    "a NAT changed the source port, and the peer answers port 500 only",
    check,
    "ike_source_port.rs"
);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    candidates(case, RULE.code, |finding, refusal| {
        let port = refusal.request.ike.route.from.port();
        finding
            .title(format!(
                "{} does not answer requests from source port {port}",
                refusal.sa.responder
            ))
            .who(Who::Path)
            .fix(
                format!("the NAT in front of {}", refusal.sa.initiator),
                "Keep source ports 500 and 4500 for this host.",
            )
            .fix(
                responder(refusal.sa),
                "Answer IKE from any source port (RFC 7296 §2.11 demands it).",
            )
            .refs(&["RFC 7296 §2.11", "RFC 3947 §4"])
    })
}

#[cfg(test)]
mod tests {
    use crate::diag::ladder::{cause, codes};

    #[test]
    fn a_strange_port_and_no_answer() {
        let text = "0.0 a:61234>b:500 INIT q0 x4 every=1";
        assert_eq!(cause(text), Some("ike-source-port"));
    }
    #[test]
    fn near_miss_port_500() {
        assert!(!codes("0.0 a>b INIT q0 x4 every=1").contains(&"ike-source-port"));
    }
}
