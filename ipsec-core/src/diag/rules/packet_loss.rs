//! # packet-loss
//!
//! Packets get lost between the ends, and are sent again.
//!
//! ## What happened
//!
//! Messages had to be sent more than once before they were answered, or
//! protected packets are missing. It works, but slowly, and a little more loss
//! breaks it.
//!
//! ## How it is recognised
//!
//! - A request is repeated, and a copy of it is answered.
//!
//! - Sequence numbers of protected packets are missing.
//!
//! - Of two captures the one nearer to the receiver shows fewer copies.
//!
//! ## What to do
//!
//! Look for congestion, a bad link or a rate limit on the way.
//!
//! ## What would prove it
//!
//! Captures at both ends, taken at the same time.
//!
//! ## References
//!
//! RFC 7296 §2.1; RFC 7296 §2.4; RFC 4303 §2.2.

use crate::diag::case::{Flow, IkeSa, Message};
use crate::diag::catalog::Scene;
use crate::diag::course::{V1, V2};
use crate::diag::finding;
use crate::diag::inquiry::Inquiry;
use crate::diag::{Confidence, Finding, Severity, Who, testimony};
use alloc::format;
use alloc::vec::Vec;

rule!(
    "packet-loss",
    "packets get lost between the ends, and are sent again",
    check,
    "packet_loss.rs",
    advice: advice
);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    let messages = case.sas.iter().filter_map(|sa| {
        let repeated = V2::new(sa).map_or_else(|| repeated_v1(sa), |v2| repeated_v2(&v2));
        let (first, confidence) = repeated.first().copied()?;
        let mut finding = Finding::new(RULE.code, sa.peers, Severity::Warning, confidence)
            .why("The request was sent again before it was answered: it or its answer was lost, or the answer was late.");
        for (message, _) in repeated.iter().take(3) {
            finding = finding.cite(finding::message(message, format!("sent {} times", message.copies())));
        }
        if let Some(vantage) = case.vantage(sa.peers) {
            let (near_sender, near_receiver) = vantage.along(case.message_from_first(sa, first));
            let (sent, arrived) = (first.copies_in(near_sender), first.copies_in(near_receiver));
            if arrived < sent && arrived > 0 {
                finding = finding.cite(finding::input(near_receiver, format!("{arrived} of {sent} copies arrived")));
                finding.confidence = Confidence::Proven;
            }
        }
        Some(dress(case, finding, sa.peers))
    });
    let packets = case.flows.iter().filter_map(|flow| of_flow(case, flow));
    messages.chain(packets).collect()
}

fn dress(case: &Inquiry<'_, '_>, finding: Finding, peers: usize) -> Finding {
    advice(finding.weight(40), &testimony::scene(case, peers))
}

fn advice(finding: Finding, ends: &Scene) -> Finding {
    finding
        .title(format!(
            "Packets get lost between {} and {}",
            ends.initiator, ends.responder
        ))
        .who(Who::Path)
        .fix(
            "the path between them",
            "Look for congestion, a bad link or a rate limit.",
        )
        .refs(&["RFC 7296 §2.1", "RFC 7296 §2.4"])
}

type Repeated<'c, 'a> = Vec<(&'c Message<'a>, Confidence)>;

fn repeated_v2<'c, 'a>(v2: &V2<'c, 'a>) -> Repeated<'c, 'a> {
    let repeated = v2.turns.iter().filter_map(|turn| {
        let (request, response) = (turn.request()?, turn.responses.first()?);
        let (_, second) = request.copy_times().get(1)?;
        let asked_in_vain = response.views.iter().all(|view| {
            view.fact
                .seen
                .times
                .first()
                .is_none_or(|(_, at)| at > second)
        });
        let confidence = if asked_in_vain {
            Confidence::Likely
        } else {
            Confidence::Possible
        };
        (request.span() >= core::time::Duration::from_millis(100)).then_some((request, confidence))
    });
    repeated.collect()
}

/// In phase 1 a message is sent again until the next one comes.
fn repeated_v1<'c, 'a>(sa: &'c IkeSa<'a>) -> Repeated<'c, 'a> {
    let Some(v1) = V1::new(sa).filter(V1::phase1_done) else {
        return Vec::new();
    };
    let steps = v1.phase1.iter().flatten();
    let repeated =
        steps.filter(|m| m.copies() >= 2 && m.span() >= core::time::Duration::from_millis(100));
    repeated
        .map(|message| (*message, Confidence::Likely))
        .collect()
}

fn of_flow(case: &Inquiry<'_, '_>, flow: &Flow<'_>) -> Option<Finding> {
    let view = flow.views.iter().max_by_key(|view| view.fact.missing)?;
    let (missing, seen) = (view.fact.missing, view.fact.tally.packets);
    if missing < 3 || missing.saturating_mul(100) < seen || is_shared(case, flow) {
        return None;
    }
    let finding = Finding::new(RULE.code, flow.peers, Severity::Warning, Confidence::Likely)
        .why("Sequence numbers between the first and the last packet are missing; the capture itself may have lost them.")
        .cite(finding::flow(view, format!("{missing} missing beside {seen} seen")));
    Some(dress(case, finding, flow.peers))
}

/// The SA also serves other receivers, as multicast SAs do: what is missing
/// here went there.
fn is_shared(case: &Inquiry<'_, '_>, flow: &Flow<'_>) -> bool {
    let from = |flow: &Flow<'_>| Some(flow.best()?.fact.tally.route.from.ip());
    let mut others = case.flows_with_spi(flow.spi);
    others.any(|other| other.peers != flow.peers && from(other) == from(flow))
}

#[cfg(test)]
mod tests {
    use crate::diag::ladder::{cause, codes};

    #[test]
    fn a_repeated_request_is_answered() {
        let text = "0.0 a>b INIT q0 x2 every=1
                 1.1 b>a INIT r0
                 1.2 a>b AUTH q1 in=35:230 x2 every=1
                 2.3 b>a AUTH r1 in=36:176";
        assert_eq!(cause(text), Some("packet-loss"));
    }
    #[test]
    fn missing_sequence_numbers() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=36:176
                 1.0 a>b ESP spi=7 x90 missing=9 until=90
                 1.0 b>a ESP spi=8 x90 until=90";
        assert_eq!(cause(text), Some("packet-loss"));
    }
    #[test]
    fn near_miss_nothing_repeated() {
        assert!(
            codes(
                "0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=36:176
                 1.0 a>b ESP spi=7 x9 until=3.0
                 1.0 b>a ESP spi=8 x9 until=3.0"
            )
            .is_empty()
        );
    }
    #[test]
    fn near_miss_an_sa_with_several_receivers() {
        let text = "1.0 a>b AH spi=100 x90 missing=30 until=90
             1.0 a>c AH spi=100 x30 missing=60 until=90";
        assert!(codes(text).is_empty());
    }
}
