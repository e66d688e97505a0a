//! # simultaneous-initiation
//!
//! Both ends set up the tunnel at the same time.
//!
//! ## What happened
//!
//! Both ends begin an IKE SA with each other at the same moment, which leaves
//! two IKE SAs and duplicate Child SAs. They work, but an implementation that
//! takes the older for a leftover and deletes it breaks the newer.
//!
//! ## How it is recognised
//!
//! Two IKE SAs opened by opposite ends overlap while they are set up.
//!
//! ## What to do
//!
//! Let one end only initiate (the other responds, or waits for traffic), or let
//! both close duplicates in the same way.
//!
//! ## What would prove it
//!
//! The SA tables of both ends.
//!
//! ## References
//!
//! RFC 7296 §2.8.2; RFC 7296 §2.4.

use crate::diag::case::IkeSa;
use crate::diag::catalog::Scene;
use crate::diag::finding;
use crate::diag::inquiry::Inquiry;
use crate::diag::{Confidence, Finding, Severity, Who};
use crate::time::Instant;
use alloc::format;
use alloc::vec::Vec;

rule!(
    "simultaneous-initiation",
    "both ends set up the tunnel at the same time",
    check,
    "simultaneous_initiation.rs",
    advice: advice
);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    let pairs = case
        .sas
        .iter()
        .flat_map(|one| case.sas_of(one.peers).map(move |other| (one, other)));
    let crossing = pairs.filter(|(one, other)| {
        one.initiator == other.responder && one.begin() <= other.begin() && one.spi != other.spi
    });
    crossing.filter_map(|(one, other)| {
        let set_up = settled(one)?;
        settled(other)?;
        let (first, second) = (one.messages.first()?, other.messages.first()?);
        (second.at < set_up).then(|| {
            let finding = Finding::new(RULE.code, one.peers, Severity::Warning, Confidence::Likely)
                .why("Each end opened an IKE SA before that of the other was complete, and both went on.")
                .weight(60)
                .cite(finding::message(first, format!("{} begins", one.initiator)))
                .cite(finding::message(second, format!("{} begins as well", other.initiator)));
            advice(finding, &one.scene())
        })
    }).collect()
}

fn advice(finding: Finding, ends: &Scene) -> Finding {
    finding
        .title(format!(
            "{} and {} set up the tunnel at the same time",
            ends.initiator, ends.responder
        ))
        .who(Who::Local)
        .fix(
            "one of the two ends",
            "Let it respond only, or close duplicate IKE SAs.",
        )
        .refs(&["RFC 7296 §2.8.2"])
}

/// When the responder sent its first encrypted message.
fn settled(sa: &IkeSa<'_>) -> Option<Instant> {
    let mut answers = sa
        .messages
        .iter()
        .filter(|m| !m.ike.by_initiator && m.ike.sealed.is_some());
    answers.next().map(|message| message.at)
}

#[cfg(test)]
mod tests {
    use crate::diag::ladder::{cause, codes};

    #[test]
    fn two_that_overlap() {
        let text = "0.0 a>b INIT q0
                 0.15 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=36:176
                 0.05 b>a INIT q0 spi=2
                 0.16 a>b INIT r0 spi=2
                 0.25 b>a AUTH q1 spi=2 in=35:230
                 0.35 a>b AUTH r1 spi=2 in=36:176";
        assert_eq!(cause(text), Some("simultaneous-initiation"));
    }
    #[test]
    fn near_miss_one_after_the_other() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=36:176
                 9.0 b>a INIT q0 spi=2
                 9.1 a>b INIT r0 spi=2
                 9.2 b>a AUTH q1 spi=2 in=35:230
                 9.3 a>b AUTH r1 spi=2 in=36:176";
        assert!(codes(text).is_empty());
    }
}
