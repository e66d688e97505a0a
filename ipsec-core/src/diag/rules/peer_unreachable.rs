//! # peer-unreachable
//!
//! Nothing comes back from the peer.
//!
//! ## What happened
//!
//! The first message of the tunnel brings no answer and no error. It may never
//! have reached the peer: a wrong address, no route, a filter on the way that
//! drops UDP 500; or the peer may have dropped it without a word.
//!
//! ## How it is recognised
//!
//! The first message is sent at least twice and nothing comes back. Only a
//! second capture at the peer's end can tell more: when it shows nothing of the
//! message, it was lost on the way.
//!
//! ## What to do
//!
//! Check the peer's address (and its DNS name), the route to it, and the
//! filters on the way for UDP 500 and 4500. Ask the peer whether its log shows
//! the attempt.
//!
//! ## What would prove it
//!
//! A capture at the peer's end, taken at the same time.
//!
//! ## References
//!
//! RFC 7296 §2.4; RFC 2408 §5.1.

use crate::diag::catalog::Scene;
use crate::diag::finding;
use crate::diag::inquiry::Inquiry;
use crate::diag::path;
use crate::diag::refusal::candidates;
use crate::diag::{Confidence, Finding, Who};
use crate::evidence::IcmpErrorKind;
use alloc::format;
use alloc::vec::Vec;

rule!(
    "peer-unreachable",
    "nothing comes back from the peer",
    check,
    "peer_unreachable.rs",
    advice: advice
);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    candidates(case, RULE.code, |finding, refusal| {
        let sa = refusal.sa;
        let finding = advice(finding, &refusal.scene())
            .cite(finding::last_copy(refusal.request, "still no answer"));
        let mut errors = path::icmp_about(case, sa.initiator, sa.responder);
        let unreachable = errors.find(|error| error.fact.kind == IcmpErrorKind::HostUnreachable);
        if let Some(error) = unreachable {
            let by = error.fact.tally.route.from.ip();
            let shows = format!("{by} knows no way to {}", sa.responder);
            let mut finding = finding
                .weight(78)
                .why("A router says that it knows no way to the peer; ICMP is not authenticated.")
                .cite(finding::filed(error, &error.fact.place, shows));
            finding.confidence = finding.confidence.max(Confidence::Likely);
            return finding;
        }
        match (refusal.signs.arrived, case.vantage(sa.peers)) {
            (Some(false), Some(vantage)) => {
                let (_, near_receiver) =
                    vantage.along(case.message_from_first(sa, refusal.request));
                finding.cite(finding::input(
                    near_receiver,
                    "taken nearer to the peer, and shows nothing of it",
                ))
            }
            _ => finding,
        }
    })
}

fn advice(finding: Finding, ends: &Scene) -> Finding {
    finding
        .title(format!("Nothing comes back from {}", ends.responder))
        .fix("the path between them", format!("Check the route to {} and every filter on the way for UDP 500 and 4500, in both directions.", ends.responder))
        .fix(ends.at_initiator(), "Check the peer's address, or the name that it is looked up by.")
        .who(Who::Path)
        .refs(&["RFC 7296 §2.4", "RFC 2408 §5.1"])
}

#[cfg(test)]
mod tests {
    use crate::diag::ladder::{cause, codes};

    #[test]
    fn silence() {
        let text = "0.0 a>b INIT q0 x4 every=1";
        assert_eq!(cause(text), Some("peer-unreachable"));
        assert!(codes(text).contains(&"return-path-blocked"));
    }
    #[test]
    fn a_capture_at_the_peer_shows_nothing() {
        let text = "input 0
                 0.0 a>b INIT q0 x4 every=1
                 empty 1";
        assert_eq!(codes(text), ["peer-unreachable", "udp-500-blocked"]);
    }
    #[test]
    fn a_router_knows_no_way() {
        let text = "0.0 a>b INIT q0 x4 every=1
             3.0 r>a ICMP 3/1 about=a>b";
        assert_eq!(cause(text), Some("peer-unreachable"));
    }
    #[test]
    fn near_miss_asked_once_at_the_end_of_the_capture() {
        assert!(codes("0.0 a>b INIT q0").is_empty());
    }
    #[test]
    fn near_miss_a_new_attempt_after_the_tunnel_was_taken_down() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=36:176
                 1.0 b>a INFO q0 in=42:8
                 1.1 a>b INFO r0 in=0:0
                 1.2 a>b INIT q0 spi=3 x2 every=1";
        assert!(codes(text).is_empty());
    }
}
