//! # udp-500-blocked
//!
//! UDP port 500 is blocked between the ends.
//!
//! ## What happened
//!
//! A filter forbids UDP 500, the port on which every tunnel begins.
//!
//! ## How it is recognised
//!
//! - A router or the peer answers the first message with ICMP "administratively
//!   prohibited".
//!
//! - The peer answers other traffic, or IKE on port 4500, but nothing on port
//!   500.
//!
//! ## What to do
//!
//! Let UDP 500 pass in both directions between the two addresses, and UDP 4500
//! with it.
//!
//! ## What would prove it
//!
//! The rules of the filter that reports, or a capture behind it.
//!
//! ## References
//!
//! RFC 7296 §2; RFC 792; RFC 1812 §5.2.7.1.

use crate::diag::catalog::Scene;
use crate::diag::finding;
use crate::diag::inquiry::Inquiry;
use crate::diag::path;
use crate::diag::refusal::{Refusal, candidates};
use crate::diag::{Confidence, Finding, Who};
use crate::evidence::IcmpErrorKind;
use alloc::format;
use alloc::vec::Vec;

rule!("udp-500-blocked", "UDP port 500 is blocked between the ends", check, "udp_500_blocked.rs", advice: advice, brings: ["peer-unreachable", "return-path-blocked", "exchange-mode-mismatch", "ike-version-mismatch"]);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    candidates(case, RULE.code, |finding, refusal| {
        with_proof(case, advice(finding, &refusal.scene()), refusal)
    })
}

fn advice(finding: Finding, ends: &Scene) -> Finding {
    let Scene {
        initiator,
        responder,
        ..
    } = ends;
    finding
        .title(format!(
            "UDP 500 is blocked between {initiator} and {responder}"
        ))
        .who(Who::Path)
        .fix(
            "the filter between them",
            format!(
                "Permit UDP 500 and 4500 between {initiator} and {responder}, in both directions."
            ),
        )
        .refs(&["RFC 7296 §2", "RFC 792"])
}

/// A filter that says so, or a peer that answers everything else.
fn with_proof(case: &Inquiry<'_, '_>, mut finding: Finding, refusal: &Refusal<'_, '_>) -> Finding {
    let sa = refusal.sa;
    let mut errors = path::icmp_about(case, sa.initiator, sa.responder);
    if let Some(error) = errors.find(|error| error.fact.kind == IcmpErrorKind::Prohibited) {
        let by = error.fact.tally.route.from.ip();
        let shows = format!("{by} says that this is prohibited");
        finding.confidence = Confidence::Likely;
        return finding
            .weight(76)
            .why("A filter says so by ICMP, which is not authenticated.")
            .cite(finding::filed(error, &error.fact.place, shows));
    }
    let alive = case.clear.iter().find(|flow| {
        let route = flow.fact.tally.route;
        (route.from.ip(), route.to.ip()) == (sa.responder, sa.initiator)
    });
    if let Some(alive) = alive {
        finding.confidence = Confidence::Likely;
        return finding
            .weight(65)
            .why("The peer is alive and answers other traffic, but nothing on UDP 500.")
            .cite(finding::filed(
                alive,
                &alive.fact.place,
                "the same host answers other traffic",
            ));
    }
    finding
}

#[cfg(test)]
mod tests {
    use crate::diag::ladder::{cause, codes};

    #[test]
    fn a_router_says_prohibited() {
        let text = "0.0 a>b INIT q0 x4 every=1
                 0.01 r>a ICMP 3/13 about=a>b x4 every=1";
        assert_eq!(cause(text), Some("udp-500-blocked"));
    }
    #[test]
    fn the_peer_answers_ping_only() {
        let text = "0.0 a>b INIT q0 x4 every=1
                 5.0 a>b CLEAR icmp
                 5.1 b>a CLEAR icmp reply";
        assert_eq!(cause(text), Some("udp-500-blocked"));
    }
    #[test]
    fn near_miss_silence_without_more_is_no_reason_to_blame_the_port_first() {
        assert_eq!(
            cause("0.0 a>b INIT q0 x4 every=1"),
            Some("peer-unreachable")
        );
    }
    #[test]
    fn near_miss_an_answer() {
        let text = "0.0 a>b INIT q0
             0.1 b>a INIT r0";
        assert!(codes(text).is_empty());
    }
}
