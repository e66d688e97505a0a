//! # traffic-selector-mismatch
//!
//! The two ends do not agree on the networks to protect.
//!
//! ## What happened
//!
//! The traffic selectors (IKEv1: client identities, proxy IDs) of one end do
//! not fit those of the other: another network, another mask, hosts on one side
//! and a network on the other, or both ends with the same list instead of
//! mirrored ones. IKEv2 may narrow what was asked for; IKEv1 has to take it as
//! it is or refuse.
//!
//! Some implementations do neither: they answer with networks of their own, both
//! ends call the tunnel established, and each protects something else.
//!
//! ## How it is recognised
//!
//! - IKEv2: the answer to IKE_AUTH authenticates the responder, but has no room
//!   for a Child SA.
//!
//! - IKEv1: quick mode is answered with an informational message instead of its
//!   second message.
//!
//! - With keys: the notification says so, or the answer holds selectors that
//!   are not within those of the request (IKEv2), or other identities than the
//!   request (IKEv1). A subset in IKEv2 is narrowing, which is healthy.
//!
//! Without keys a refused ESP proposal looks the same, so this is one of several
//! candidates.
//!
//! ## What to do
//!
//! Compare the protected networks of both ends, address and mask: each end must
//! list as local what the other lists as remote.
//!
//! ## What would prove it
//!
//! `--keys` with those of the IKE SA: they open both selectors and the
//! notification (TS_UNACCEPTABLE, INVALID-ID-INFORMATION), and the finding names
//! both sets and what they have in common. Both configurations decide it without
//! keys.
//!
//! ## References
//!
//! RFC 7296 §2.9; RFC 2409 §5.5; RFC 4301 §4.4.1.

use crate::diag::case::Message;
use crate::diag::catalog::Scene;
use crate::diag::finding;
use crate::diag::inquiry::Inquiry;
use crate::diag::refusal::{Refusal, candidates};
use crate::diag::selectors::{Deal, are_within, both, common, deals, list};
use crate::diag::{Confidence, Finding, Severity, Who, path};
use crate::evidence::Selectors;
use crate::wire::registry::ike::NotifyType;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

rule!(
    "traffic-selector-mismatch",
    "the two ends do not agree on the networks to protect",
    check,
    "traffic_selector_mismatch.rs",
    advice: advice
);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    let mut found = candidates(case, RULE.code, |finding, refusal| {
        match deals(refusal.sa).iter().find(|deal| is_of(deal, refusal)) {
            Some(deal) => refused(case, about(finding), deal),
            None => advice(finding, &refusal.scene()),
        }
    });
    let deals = case.sas.iter().flat_map(deals);
    found.extend(deals.filter_map(|deal| answered(&deal)));
    found
}

fn advice(finding: Finding, ends: &Scene) -> Finding {
    about(finding)
        .title(format!("{} and {} do not agree on the networks to protect", ends.initiator, ends.responder))
        .fix(ends.at_refused(), "List as remote networks exactly what the other end lists as local, and the other way round.")
        .fix(ends.at_refusing(), "Accept the networks that the other end asks for, or correct its own.")
}

fn about(finding: Finding) -> Finding {
    finding.who(Who::Local).refs(REFS)
}

/// The refusal is about the request of `deal`, or about its answer.
fn is_of(deal: &Deal<'_, '_>, refusal: &Refusal<'_, '_>) -> bool {
    let turn = |message: &Message<'_>| (message.ike.exchange, message.ike.message_id);
    turn(deal.request) == turn(refusal.request)
}

fn refused(case: &Inquiry<'_, '_>, finding: Finding, deal: &Deal<'_, '_>) -> Finding {
    let (asker, answerer) = (deal.asker(), deal.answerer());
    let asked = deal.asked;
    let finding = finding.cite_closer(cited(deal.request, asked, "asks for"));
    let Some((message, own)) = own_of(case, deal) else {
        return finding
            .title(format!(
                "{answerer} does not accept the networks that {asker} asks for: {}",
                both(asked)
            ))
            .because("Its own networks are in none of the messages that were opened.")
            .fix(answerer.to_string(), listing(asked))
            .fix(
                asker.to_string(),
                format!(
                    "Or ask for what {answerer} lists, instead of {}.",
                    both(asked)
                ),
            );
    };
    let finding = finding.cite(cited(message, &own, "protects"));
    finding
        .title(disagreement(deal, &own))
        .because(&shared(asked, &own))
        .fix(asker.to_string(), edit(asked, &own))
        .fix(
            answerer.to_string(),
            format!("Or the other way round. {}", listing(asked)),
        )
}

/// An answer that holds other networks than were asked for, though nobody
/// minds it.
fn answered(deal: &Deal<'_, '_>) -> Option<Finding> {
    let (answer, given) = deal.answer?;
    let asked = deal.asked;
    let v2 = deal.sa.is_v2();
    let fits = if v2 {
        // The address of a configuration payload takes the place of what a client asked for.
        let assigned = answer
            .ike
            .contents()
            .any(|content| !content.configuration.is_empty());
        let asker = assigned || are_within(&given.initiator, &asked.initiator);
        asker && are_within(&given.responder, &asked.responder)
    } else {
        same(given, asked)
    };
    if fits || is_translated(deal, answer) {
        return None;
    }
    let shared_by_both = !common(&given.initiator, &asked.initiator).is_empty()
        && !common(&given.responder, &asked.responder).is_empty();
    let severity = if shared_by_both {
        Severity::Warning
    } else {
        Severity::Error
    };
    let rule = match v2 {
        true => "The answer is not within the request, as RFC 7296 §2.9 demands.",
        false => {
            "The answer differs from the request, which RFC 2409 §5.5 does not allow: most peers refuse it."
        }
    };
    let (asker, answerer) = (deal.asker(), deal.answerer());
    Some(
        Finding::new(RULE.code, deal.sa.peers, severity, Confidence::Proven)
            .title(disagreement(deal, given))
            .why(rule)
            .because(&shared(asked, given))
            .weight(85)
            .since(deal.sa.begin())
            .who(Who::Local)
            .cite(cited(deal.request, asked, "asks for"))
            .cite(cited(answer, given, "answers with"))
            .fix(asker.to_string(), edit(asked, given))
            .fix(
                answerer.to_string(),
                format!("Or the other way round. {}", listing(asked)),
            )
            .refs(REFS),
    )
}

fn same(one: &Selectors, other: &Selectors) -> bool {
    (&one.initiator, &one.responder) == (&other.initiator, &other.responder)
}

/// In transport mode each end names the addresses that it sees of the other,
/// and a NAT makes them differ (RFC 7296 §2.23.1, RFC 3947 §5.2).
fn is_translated(deal: &Deal<'_, '_>, answer: &Message<'_>) -> bool {
    let transport = |message: &Message<'_>| {
        let notify = NotifyType::USE_TRANSPORT_MODE.0;
        let mut notifies = message.ike.notifies();
        !deal.sa.is_v2() || notifies.any(|told| told.number == notify)
    };
    transport(answer) && !path::nat(deal.sa).is_empty()
}

/// What the end that refused `deal` protects by its own account, seen from the
/// end that asked: in a request of its own, or in an answer that was accepted.
fn own_of<'c, 'a>(
    case: &'c Inquiry<'_, 'a>,
    deal: &Deal<'_, 'a>,
) -> Option<(&'c Message<'a>, Selectors)> {
    let others = case.sas_of(deal.sa.peers).flat_map(deals);
    let mut own = others.filter_map(|other| {
        if other.asker() == deal.answerer() {
            let mirrored = Selectors {
                initiator: other.asked.responder.clone(),
                responder: other.asked.initiator.clone(),
                place: other.asked.place.clone(),
            };
            return Some((other.request, mirrored));
        }
        other
            .answer
            .map(|(message, given)| (message, given.clone()))
    });
    own.find(|(_, own)| !same(own, deal.asked))
}

fn disagreement(deal: &Deal<'_, '_>, own: &Selectors) -> String {
    let (asker, answerer) = (deal.asker(), deal.answerer());
    format!(
        "{asker} asks for {}, {answerer} has {}",
        both(deal.asked),
        both(own)
    )
}

fn shared(asked: &Selectors, own: &Selectors) -> String {
    let local = common(&asked.initiator, &own.initiator);
    let remote = common(&asked.responder, &own.responder);
    if local.is_empty() || remote.is_empty() {
        return "They have nothing in common, so no packet passes.".into();
    }
    format!(
        "Common to both is {} ↔ {}; packets of the rest have no SA.",
        list(&local),
        list(&remote)
    )
}

/// What the asker has to change so that it asks for what the other has.
fn edit(asked: &Selectors, own: &Selectors) -> String {
    let mut lines = Vec::new();
    for (side, from, to) in [
        ("local", &asked.initiator, &own.initiator),
        ("remote", &asked.responder, &own.responder),
    ] {
        if from != to {
            lines.push(format!(
                "put {} instead of {} as {side} networks",
                list(to),
                list(from)
            ));
        }
    }
    let mut text = lines.join(", and ");
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text.push('.');
    text
}

/// What the answerer has to list to have what was asked for.
fn listing(asked: &Selectors) -> String {
    let (local, remote) = (list(&asked.responder), list(&asked.initiator));
    format!("List {local} as local and {remote} as remote networks, if these are to be protected.")
}

fn cited(message: &Message<'_>, selectors: &Selectors, verb: &str) -> crate::diag::Citation {
    let shows = format!("{} {verb} {}", message.ike.route.from.ip(), both(selectors));
    finding::at_place(message, &selectors.place, shows)
}

const REFS: &[&str] = &["RFC 7296 §2.9", "RFC 2409 §5.5", "RFC 4301 §4.4.1"];

#[cfg(test)]
mod tests {
    use crate::diag::ladder::{cause, codes, found};
    use crate::diag::{Confidence, Severity};

    #[test]
    fn authenticated_but_without_a_child_sa() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=36:80";
        assert_eq!(cause(text), Some("traffic-selector-mismatch"));
        assert!(codes(text).contains(&"no-common-esp-proposal"));
    }
    #[test]
    fn quick_mode_refused() {
        let text = "0.0 a>b MAIN sa=aes256-sha256-psk-modp2048
                 0.1 b>a MAIN sa=aes256-sha256-psk-modp2048
                 0.2 a>b MAIN ke
                 0.3 b>a MAIN ke
                 0.4 a>b MAIN *76
                 0.5 b>a MAIN *76
                 0.6 a>b QUICK m7 *188
                 0.7 b>a INFO1 m8 *92";
        assert_eq!(cause(text), Some("traffic-selector-mismatch"));
    }
    #[test]
    fn near_miss_no_child_sa_asked_for() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:100
                 0.3 b>a AUTH r1 in=36:80";
        assert!(codes(text).is_empty());
    }

    fn v2(asked: &str, answered: &str) -> String {
        alloc::format!(
            "0.0 a>b INIT q0
             0.1 b>a INIT r0
             0.2 a>b AUTH q1 in=35:230 {{ auth=2 esp=aes256-sha256 {asked} }}
             0.3 b>a AUTH r1 in=36:176 {{ auth=2 {answered} }}"
        )
    }

    #[test]
    fn with_keys_the_refused_networks_are_named() {
        let text = v2("tsi=10.1.0.0/24 tsr=10.9.0.0/24", "n=38");
        let found = found(&text, "traffic-selector-mismatch");
        assert_eq!(found.confidence, Confidence::Proven);
        assert!(
            found.title.contains("10.1.0.0/24 ↔ 10.9.0.0/24"),
            "{}",
            found.title
        );
        assert!(found.fixes[0].text.contains("List 10.9.0.0/24 as local"));
    }

    #[test]
    fn an_answer_with_networks_of_its_own() {
        let answer = "esp=aes256-sha256 tsi=10.1.0.0/24 tsr=10.2.0.0/24";
        let text = v2("tsi=10.1.0.0/24 tsr=10.9.0.0/24", answer);
        let found = found(&text, "traffic-selector-mismatch");
        assert_eq!(
            (found.severity, found.confidence),
            (Severity::Error, Confidence::Proven)
        );
        assert!(found.why.contains("nothing in common"));
        assert!(
            found.fixes[0]
                .text
                .contains("Put 10.2.0.0/24 instead of 10.9.0.0/24 as remote")
        );
    }

    #[test]
    fn near_miss_narrowing_and_assigned_addresses() {
        for (asked, answered) in [
            (
                "tsi=10.1.0.0/24 tsr=10.0.0.0/8",
                "tsi=10.1.0.0/24 tsr=10.2.0.0/24",
            ),
            (
                "tsi=192.0.2.10 tsr=10.2.0.0/24",
                "cp=INTERNAL_IP4_ADDRESS:10.3.0.1 tsi=10.3.0.1 tsr=10.2.0.0/24",
            ),
        ] {
            let text = v2(asked, &alloc::format!("esp=aes256-sha256 {answered}"));
            assert!(codes(&text).is_empty(), "{asked}");
        }
    }

    fn quick(answered: &str) -> String {
        alloc::format!(
            "0.0 a>b MAIN sa=aes256-sha256-psk-modp2048
             0.1 b>a MAIN sa=aes256-sha256-psk-modp2048
             0.2 a>b MAIN ke
             0.3 b>a MAIN ke
             0.4 a>b MAIN *76
             0.5 b>a MAIN *76
             0.6 a>b QUICK m7 *188 {{ tsi=10.1.0.0/24 tsr=10.2.0.0/16 }}
             0.7 b>a QUICK m7 *188 {{ tsi=10.1.0.0/24 tsr={answered} }}
             0.8 a>b QUICK m7 *60"
        )
    }

    #[test]
    fn quick_mode_narrowed() {
        let found = found(&quick("10.2.0.0/24"), "traffic-selector-mismatch");
        assert_eq!(
            (found.severity, found.confidence),
            (Severity::Warning, Confidence::Proven)
        );
        assert!(
            found
                .why
                .contains("Common to both is 10.1.0.0/24 ↔ 10.2.0.0/24")
        );
        assert!(codes(&quick("10.2.0.0/16")).is_empty());
    }

    #[test]
    fn what_the_other_end_asked_for_before_is_held_against_the_refused() {
        let text = "0.0 a>b INIT q0
             0.1 b>a INIT r0
             0.2 a>b AUTH q1 in=35:230 { auth=2 esp=aes256-sha256 tsi=10.1.0.0/24 tsr=10.9.0.0/24 }
             0.3 b>a AUTH r1 in=36:80 { auth=2 n=38 }
             9.0 b>a INIT q0 spi=2
             9.1 a>b INIT r0 spi=2
             9.2 b>a AUTH q1 spi=2 in=35:230 { auth=2 esp=aes256-sha256 tsi=10.2.0.0/24 tsr=10.1.0.0/24 }
             9.3 a>b AUTH r1 spi=2 in=36:80 { auth=2 n=38 }";
        let found = found(text, "traffic-selector-mismatch");
        assert!(
            found.title.contains("10.1.0.0/24 ↔ 10.9.0.0/24"),
            "{}",
            found.title
        );
        assert!(
            found.title.contains("10.1.0.0/24 ↔ 10.2.0.0/24"),
            "{}",
            found.title
        );
    }
}
