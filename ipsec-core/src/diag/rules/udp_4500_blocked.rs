//! # udp-4500-blocked
//!
//! UDP port 4500 is blocked between the ends.
//!
//! ## What happened
//!
//! The exchange begins on UDP 500 and moves to UDP 4500, because a NAT was
//! found or because the initiator always does so; there everything is lost. A
//! filter lets port 500 pass and forgot port 4500.
//!
//! ## How it is recognised
//!
//! - Everything on port 500 was answered; the first message on port 4500 and
//!   all its copies are not.
//!
//! - A second capture at the peer's end shows nothing of them.
//!
//! In IKEv1 a responder that cannot decrypt message 5 is silent too, so that
//! wrong pre-shared keys remain possible.
//!
//! ## What to do
//!
//! Let UDP 4500 pass in both directions between the two addresses.
//!
//! ## What would prove it
//!
//! A capture at the peer's end, taken at the same time; the rules of the
//! filters.
//!
//! ## References
//!
//! RFC 7296 §2.23; RFC 3947 §4; RFC 3948 §2.

use crate::diag::case::IkeSa;
use crate::diag::catalog::Scene;
use crate::diag::finding;
use crate::diag::inquiry::Inquiry;
use crate::diag::path::{self, Fate};
use crate::diag::rank::prior;
use crate::diag::refusal::Stage;
use crate::diag::{Confidence, Finding, Severity, Who};
use alloc::format;
use alloc::vec::Vec;

rule!("udp-4500-blocked", "UDP port 4500 is blocked between the ends", check, "udp_4500_blocked.rs", advice: advice, brings: ["packet-loss"]);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    case.sas.iter().filter_map(|sa| of_sa(case, sa)).collect()
}

fn of_sa(case: &Inquiry<'_, '_>, sa: &IkeSa<'_>) -> Option<Finding> {
    let stopped = path::unanswered(case, sa)?;
    let request = stopped.request;
    let port_500_works = sa
        .messages
        .iter()
        .any(|m| !m.ike.by_initiator && m.ike.route.from.port() != 4500);
    let on_4500 = request.ike.route.to.port() == 4500;
    if stopped.first || !on_4500 || !port_500_works || request.ike.ip_fragments > 1 {
        return None;
    }
    let (confidence, weight, why) = match (path::fate(case, sa, request), stopped.answer) {
        (Fate::Lost, _) => (
            Confidence::Proven,
            80,
            "The capture at the peer's end shows the messages on port 500 and none on port 4500.",
        ),
        (Fate::Arrived, Some(_)) => (
            Confidence::Proven,
            80,
            "Requests on port 4500 arrive, and the answers are lost on the way back.",
        ),
        (Fate::Arrived, None) => return None,
        (Fate::Unknown, _) => undecided(case, sa),
    };
    let answered = sa
        .messages
        .iter()
        .rfind(|m| !m.ike.by_initiator && m.ike.route.from.port() != 4500)?;
    let shows = format!(
        "the first message on port 4500, sent {} times, unanswered",
        request.copies()
    );
    let finding = Finding::new(RULE.code, sa.peers, Severity::Error, confidence)
        .since(sa.begin())
        .why(why)
        .weight(weight)
        .cite(finding::message(answered, "the last answer, on port 500"))
        .cite(finding::message(request, shows));
    Some(advice(finding, &sa.scene()))
}

fn advice(finding: Finding, ends: &Scene) -> Finding {
    let Scene {
        initiator,
        responder,
        ..
    } = ends;
    finding
        .title(format!(
            "UDP 4500 is blocked between {initiator} and {responder}"
        ))
        .who(Who::Path)
        .fix(
            "the filter between them",
            format!("Permit UDP 4500 between {initiator} and {responder}, in both directions."),
        )
        .refs(&["RFC 7296 §2.23", "RFC 3947 §4"])
}

/// In IKEv1 the refused message may be one that the peer cannot decrypt.
fn undecided(case: &Inquiry<'_, '_>, sa: &IkeSa<'_>) -> (Confidence, u8, &'static str) {
    let refusals = case.refusals();
    let deaf = refusals
        .iter()
        .find(|refusal| refusal.sa.spi == sa.spi && refusal.stage == Stage::Deaf);
    let prior = deaf.and_then(|refusal| prior(RULE.code, refusal));
    prior.map_or(
        (Confidence::Likely, 70, "Everything on port 500 was answered; the first message on port 4500 was not, and neither was any copy of it."),
        |prior| (prior.confidence, prior.weight, prior.why),
    )
}

#[cfg(test)]
mod tests {
    use crate::diag::ladder::{cause, codes};

    #[test]
    fn ike_auth_on_4500_unanswered() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b@4500 AUTH q1 in=35:230 x4 every=1";
        assert_eq!(cause(text), Some("udp-4500-blocked"));
    }
    #[test]
    fn message_5_on_4500_unanswered() {
        let text = "0.0 a>b MAIN sa=aes256-sha256-psk-modp2048
                 0.1 b>a MAIN sa=aes256-sha256-psk-modp2048
                 0.2 a>b MAIN ke
                 0.3 b>a MAIN ke
                 0.4 a>b@4500 MAIN *108 x4 every=1";
        assert_eq!(cause(text), Some("udp-4500-blocked"));
    }
    #[test]
    fn near_miss_a_copy_is_answered() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b@4500 AUTH q1 in=35:230 x2 every=1
                 1.3 b>a@4500 AUTH r1 in=36:176";
        assert!(!codes(text).contains(&"udp-4500-blocked"));
    }
}
