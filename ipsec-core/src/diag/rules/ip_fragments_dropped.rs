//! # ip-fragments-dropped
//!
//! IP fragments of large IKE messages are dropped on the way.
//!
//! ## What happened
//!
//! A message with certificates is larger than the path carries, leaves in IP
//! fragments, and a filter or NAT drops fragments. The small messages before it
//! pass, so the exchange stops in the middle.
//!
//! ## How it is recognised
//!
//! - The message is sent again and again in IP fragments and is never answered.
//!
//! - Fragments of the datagram are seen that never become whole.
//!
//! - A second capture at the peer's end shows nothing of it, but the small
//!   messages.
//!
//! ## What to do
//!
//! Switch IKE fragmentation on (RFC 7383; in IKEv1 the vendor's own): it keeps
//! every packet small. Else let fragments pass, or send less: no certificate
//! chain, smaller keys.
//!
//! ## What would prove it
//!
//! A capture at the peer's end, taken at the same time.
//!
//! ## References
//!
//! RFC 7383 §1; RFC 7296 §2; RFC 4459 §3.2.

use crate::diag::case::{Filed, IkeSa};
use crate::diag::catalog::Scene;
use crate::diag::finding;
use crate::diag::inquiry::Inquiry;
use crate::diag::path::{self, Fate};
use crate::diag::refusal::candidates;
use crate::diag::{Confidence, Finding, Severity, Who};
use crate::evidence::IncompleteDatagram;
use alloc::format;
use alloc::vec::Vec;

rule!(
    "ip-fragments-dropped",
    "IP fragments of large IKE messages are dropped on the way",
    check,
    "ip_fragments_dropped.rs",
    advice: advice
);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    let whole = case.sas.iter().filter_map(|sa| of_sa(case, sa));
    let broken = case.sas.iter().filter_map(|sa| of_fragments(case, sa));
    let large = candidates(case, RULE.code, |finding, refusal| {
        advice(finding, &refusal.scene())
    });
    whole.chain(broken).chain(large).collect()
}

/// The message could be put together here, and yet was not answered.
fn of_sa(case: &Inquiry<'_, '_>, sa: &IkeSa<'_>) -> Option<Finding> {
    let stopped = path::unanswered(case, sa)?;
    let request = stopped.request;
    if request.ike.ip_fragments < 2 {
        return None;
    }
    let lost = path::fate(case, sa, request) == Fate::Lost;
    let confidence = if lost {
        Confidence::Proven
    } else {
        Confidence::Likely
    };
    let finding = Finding::new(RULE.code, sa.peers, Severity::Error, confidence).since(sa.begin())
        .why("The small messages were answered; the first that needs IP fragments was not, and neither was any copy of it.")
        .cite(finding::message(request, format!("{} bytes in {} IP fragments, sent {} times", request.ike.len, request.ike.ip_fragments, request.copies())));
    Some(advice(finding, &sa.scene()))
}

/// Fragments went by that never became a message.
fn of_fragments(case: &Inquiry<'_, '_>, sa: &IkeSa<'_>) -> Option<Finding> {
    let of_this = |lost: &&Filed<'_, IncompleteDatagram>| {
        let route = lost.fact.tally.route;
        let ends = case.peers_of(sa.peers);
        let between =
            ends.is_some_and(|ends| ends.sent_by_first(route.from.ip(), route.to.ip()).is_some());
        let ike_port =
            matches!(route.to.port(), 500 | 4500) || matches!(route.from.port(), 500 | 4500);
        between && lost.fact.protocol == 17 && ike_port && lost.at >= sa.begin()
    };
    let lost = case.incomplete.iter().find(of_this)?;
    let completed = case.came_up(sa.peers);
    if completed {
        return None;
    }
    let times = lost.fact.tally.packets;
    let shows = format!(
        "{} of which {} bytes went by and the rest did not",
        finding::count(times, "datagram"),
        lost.fact.bytes
    );
    let confidence = if times >= 2 {
        Confidence::Likely
    } else {
        Confidence::Possible
    };
    let finding = Finding::new(RULE.code, sa.peers, Severity::Error, confidence).since(sa.begin())
        .why("Fragments of a large IKE message were seen, the datagram never became whole, and the exchange stopped there.")
        .weight(75)
        .cite(finding::filed(lost, &lost.fact.place, shows));
    Some(advice(finding, &sa.scene()))
}

fn advice(finding: Finding, ends: &Scene) -> Finding {
    finding
        .title(format!(
            "IP fragments are dropped between {} and {}",
            ends.initiator, ends.responder
        ))
        .who(Who::Path)
        .fix(
            ends.at_initiator(),
            "Switch IKE fragmentation on (RFC 7383), and keep certificates small.",
        )
        .fix(
            ends.at_responder(),
            "Switch IKE fragmentation on as well: it needs both ends.",
        )
        .fix("the filter between them", "Let IP fragments pass.")
        .refs(&["RFC 7383 §1", "RFC 4459 §3.2"])
}

#[cfg(test)]
mod tests {
    use crate::diag::ladder::{cause, codes};

    #[test]
    fn a_fragmented_message_is_never_answered() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b@4500 AUTH q1 in=35:1900 ipfrag=2 x4 every=1";
        assert_eq!(cause(text), Some("ip-fragments-dropped"));
    }
    #[test]
    fn fragments_never_become_whole() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b@4500 LOST ike x4 every=1";
        assert_eq!(cause(text), Some("ip-fragments-dropped"));
    }
    #[test]
    fn near_miss_fragments_that_arrive() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b@4500 AUTH q1 in=35:1900 ipfrag=2
                 0.3 b>a@4500 AUTH r1 in=36:1200";
        assert!(codes(text).is_empty());
    }
}
