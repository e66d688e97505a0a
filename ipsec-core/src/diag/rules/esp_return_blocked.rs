//! # esp-return-blocked
//!
//! ESP does not come back from the peer.
//!
//! ## What happened
//!
//! The protected packets of one end arrive, and the answers of the other are
//! lost on the way back: a filter that passes ESP in one direction only, or a
//! state table that knows nothing of it.
//!
//! ## How it is recognised
//!
//! - A capture at the answering end shows its ESP, the one at the other end
//!   does not.
//!
//! - One capture with ESP in one direction only: this is one of several
//!   candidates.
//!
//! ## What to do
//!
//! Permit IP protocol 50 in both directions, or let both ends put ESP into UDP
//! 4500.
//!
//! ## What would prove it
//!
//! A capture at the answering end, taken at the same time; the packet counters
//! of both SAs.
//!
//! ## References
//!
//! RFC 4303 §2; RFC 3948 §2.1.

use crate::diag::finding::Question;
use crate::diag::finding::{self, end_of};
use crate::diag::inquiry::Inquiry;
use crate::diag::path::{self, Fate};
use crate::diag::{Confidence, Finding, Severity, Who};
use alloc::format;
use alloc::vec::Vec;

rule!(
    "esp-return-blocked",
    "ESP does not come back from the peer",
    check,
    "esp_return_blocked.rs"
);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    (0..case.peers.len())
        .filter_map(|peers| lost_on_the_way(case, peers).or_else(|| of_peers(case, peers)))
        .collect()
}

/// Both directions are seen, but one of them at its own end only.
fn lost_on_the_way(case: &Inquiry<'_, '_>, peers: usize) -> Option<Finding> {
    let lost = case.flows_of(peers).find(|flow| {
        path::flow_fate(case, flow) == Fate::Lost && flow.packets() >= super::esp_blocked::ENOUGH
    })?;
    let arrived = case.flows_of(peers).any(|flow| {
        flow.from_first != lost.from_first && path::flow_fate(case, flow) == Fate::Arrived
    });
    let none_passes = case.flows_of(peers).all(|flow| {
        flow.from_first != lost.from_first || path::flow_fate(case, flow) != Fate::Arrived
    });
    if !arrived || !none_passes {
        return None;
    }
    let shows = format!(
        "{} seen at this end only",
        finding::count(lost.packets(), "packet")
    );
    let finding = Finding::new(RULE.code, peers, Severity::Error, Confidence::Proven)
        .why("The capture at the sending end shows the packets, the one at the other end, running at the same time, does not.")
        .cite(finding::flow(lost.best()?, shows));
    Some(dress(case, finding, peers, lost.from_first))
}

fn of_peers(case: &Inquiry<'_, '_>, peers: usize) -> Option<Finding> {
    let (from_first, flows) = path::one_way(case, peers)?;
    let packets: u64 = flows.iter().map(|flow| flow.packets()).sum();
    let lost = flows
        .iter()
        .all(|flow| path::flow_fate(case, flow) == Fate::Lost);
    if packets < super::esp_blocked::ENOUGH || lost || !case.came_up(peers) {
        return None;
    }
    let view = flows.first()?.best()?;
    let finding = Finding::new(RULE.code, peers, Severity::Error, Confidence::Possible)
        .why("Only one direction is seen: the packets may not arrive, the answers may not come back, or there may be none.")
        .cite(finding::flow(view, format!("{}, and none in the other direction", finding::count(packets, "packet"))))
        .open(QUESTION);
    Some(dress(case, finding, peers, !from_first))
}

fn dress(case: &Inquiry<'_, '_>, finding: Finding, peers: usize, from_first: bool) -> Finding {
    let (from, to) = (
        end_of(case, peers, from_first),
        end_of(case, peers, !from_first),
    );
    finding
        .title(format!("ESP does not come back from {from} to {to}"))
        .weight(50)
        .who(Who::Path)
        .fix(
            "the filter between them",
            format!("Permit IP protocol 50 (ESP) from {from} to {to}."),
        )
        .fix(from, "Check that the answers are routed into the tunnel.")
        .refs(&["RFC 4303 §2", "RFC 3948 §2.1"])
}

/// Between this finding and that of packets that do not arrive.
pub(super) const QUESTION: Question = Question {
    question: "Do the protected packets arrive, and do answers leave the other end?",
    decided_by: &[
        "a capture at the other end, taken at the same time",
        "the packet counters of both SAs at both ends",
    ],
};

#[cfg(test)]
mod tests {
    use crate::diag::ladder::{cause, codes};

    #[test]
    fn answers_are_seen_at_their_own_end_only() {
        let text = "input 0
                 0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=36:176
                 1.0 a>b ESP spi=7 x9 every=1
                 10.0 a>b INFO q2 in=0:0
                 10.1 b>a INFO r2 in=0:0
                 input 1
                 0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=36:176
                 1.0 a>b ESP spi=7 x9 every=1
                 1.1 b>a ESP spi=8 x9 every=1
                 10.0 a>b INFO q2 in=0:0
                 10.1 b>a INFO r2 in=0:0";
        assert_eq!(cause(text), Some("esp-return-blocked"));
    }
    #[test]
    fn near_miss_both_directions() {
        assert!(
            codes(
                "0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=36:176
                 1.0 a>b ESP spi=7 x30
                 1.0 b>a ESP spi=8 x30"
            )
            .is_empty()
        );
    }
}
