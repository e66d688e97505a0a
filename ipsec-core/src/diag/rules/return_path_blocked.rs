//! # return-path-blocked
//!
//! The answers of the peer do not come back.
//!
//! ## What happened
//!
//! The requests reach the peer and it answers, but its answers are lost: a
//! filter that lets UDP 500 pass one way only, a state table that does not know
//! the connection, or another route back.
//!
//! ## How it is recognised
//!
//! - Two captures: the one at the peer's end shows its answers, the one at the
//!   near end does not.
//!
//! - One capture at the peer's end: every copy of a request is answered, and
//!   the initiator sends it again all the same.
//!
//! - One capture with requests only: this is one of several candidates.
//!
//! ## What to do
//!
//! Let UDP 500 and 4500 pass from the peer to the initiator, or make the filter
//! stateful. Check that the route back is the same as the route there.
//!
//! ## What would prove it
//!
//! Captures at both ends, taken at the same time.
//!
//! ## References
//!
//! RFC 7296 §2.1; RFC 7296 §2.4.

use crate::diag::case::IkeSa;
use crate::diag::catalog::Scene;
use crate::diag::finding;
use crate::diag::inquiry::Inquiry;
use crate::diag::path::{self, Fate};
use crate::diag::refusal::candidates;
use crate::diag::{Confidence, Finding, Severity, Who};
use alloc::format;
use alloc::vec::Vec;

rule!(
    "return-path-blocked",
    "the answers of the peer do not come back",
    check,
    "return_path_blocked.rs",
    advice: advice
);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    let mut found = candidates(case, RULE.code, |finding, refusal| {
        advice(finding, &refusal.scene())
    });
    found.extend(case.sas.iter().filter_map(|sa| seen_at_the_peer(case, sa)));
    found
}

fn advice(finding: Finding, ends: &Scene) -> Finding {
    let (from, to) = (&ends.responder, &ends.initiator);
    finding
        .title(format!(
            "{from} answers, and its answers do not come back to {to}"
        ))
        .who(Who::Path)
        .fix(
            ends.at_initiator(),
            format!("Let UDP 500 and 4500 pass from {from} in the filters of this end."),
        )
        .fix(
            "the path between them",
            format!("Check the route and the filters from {from} to {to}."),
        )
        .refs(&["RFC 7296 §2.1", "RFC 7296 §2.4"])
}

fn seen_at_the_peer(case: &Inquiry<'_, '_>, sa: &IkeSa<'_>) -> Option<Finding> {
    let stopped = path::unanswered(case, sa)?;
    let answer = stopped.answer?;
    if answer
        .ike
        .content
        .notifies
        .iter()
        .any(|notify| notify.is_error)
    {
        return None;
    }
    let lost = path::fate(case, sa, answer) == Fate::Lost;
    let floated = stopped.request.ike.route.to.port() == 4500;
    if !stopped.first && (floated || !lost) {
        return None;
    }
    let confidence = if lost {
        Confidence::Proven
    } else {
        Confidence::Likely
    };
    let why = if lost {
        "The capture at the peer's end shows the answers, the one at the other end does not."
    } else {
        "The peer answers every copy of the request, and the initiator repeats it as if nothing had come."
    };
    let finding = Finding::new(RULE.code, sa.peers, Severity::Error, confidence)
        .since(sa.begin())
        .why(why)
        .cite(finding::message(
            stopped.request,
            format!("the request, sent {} times", stopped.request.copies()),
        ))
        .cite(finding::message(
            answer,
            format!("the answer, sent {} times", answer.copies()),
        ));
    Some(advice(finding, &sa.scene()).title(format!(
        "The answers of {} do not come back to {}",
        sa.responder, sa.initiator
    )))
}

#[cfg(test)]
mod tests {
    use crate::diag::ladder::{cause, codes};

    #[test]
    fn the_answers_are_seen_at_the_peer_only() {
        let text = "input 0
                 0.0 a>b INIT q0 x4 every=1
                 input 1
                 0.0 a>b INIT q0 x4 every=1
                 0.1 b>a INIT r0 x4 every=1";
        assert_eq!(cause(text), Some("return-path-blocked"));
    }
    #[test]
    fn every_copy_is_answered() {
        let text = "0.0 a>b INIT q0 x4 every=1
                 0.1 b>a INIT r0 x4 every=1";
        assert_eq!(cause(text), Some("return-path-blocked"));
    }
    #[test]
    fn near_miss_one_answer_was_lost() {
        let text = "0.0 a>b INIT q0 x2 every=1
                 1.1 b>a INIT r0
                 1.2 a>b AUTH q1 in=35:230
                 1.3 b>a AUTH r1 in=36:176";
        assert!(!codes(text).contains(&"return-path-blocked"));
    }
}
