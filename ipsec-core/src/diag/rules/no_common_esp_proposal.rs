//! # no-common-esp-proposal
//!
//! No ESP or AH proposal is acceptable to both ends.
//!
//! ## What happened
//!
//! The IKE SA is up, but the proposals for the Child SA (phase 2) have nothing
//! in common with what the other end accepts: cipher, integrity algorithm,
//! extended sequence numbers, tunnel or transport mode, or AH against ESP.
//!
//! ## How it is recognised
//!
//! - IKEv2: the answer to IKE_AUTH authenticates the responder, but has no room
//!   for a Child SA.
//!
//! - IKEv1: quick mode is answered with an informational message instead of its
//!   second message.
//!
//! Selectors that do not fit look the same on the wire, so this is one of
//! several candidates.
//!
//! ## What to do
//!
//! Put one proposal on both ends that each supports; AES-GCM with 128 or 256
//! bits is a good one.
//!
//! ## What would prove it
//!
//! `--keys` with those of the IKE SA: they open the proposals and the notification
//! (NO_PROPOSAL_CHOSEN), and the finding names what was offered. Both
//! configurations decide it without keys.
//!
//! ## References
//!
//! RFC 7296 §2.7; RFC 7296 §3.3.6; RFC 2409 §5.5.

use super::suite_weak;
use crate::diag::case::Message;
use crate::diag::catalog::Scene;
use crate::diag::finding::{self, initiator, responder};
use crate::diag::inquiry::Inquiry;
use crate::diag::refusal::{Refusal, candidates};
use crate::diag::{Finding, Who};
use crate::evidence::{Place, Proposal, SaProtocol, Transform, TransformKind};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

rule!(
    "no-common-esp-proposal",
    "no ESP or AH proposal is acceptable to both ends",
    check,
    "no_common_esp_proposal.rs",
    advice: advice
);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    candidates(case, RULE.code, |finding, refusal| {
        let sa = refusal.sa;
        let finding = about(finding, &refusal.scene());
        let ends = (initiator(sa), responder(sa));
        let (asker, refuser) = match refusal.request.ike.by_initiator {
            true => ends,
            false => (ends.1, ends.0),
        };
        let Some((offer, place)) = offered(refusal.request) else {
            return finding.fix(asker, OFFER).fix(refuser, ACCEPT);
        };
        let text = in_words(offer);
        let own = own_of(case, refusal);
        let instead = match own {
            Some((_, own, _)) => format!("what {refuser} has: {}", in_words(own)),
            None => format!("what {refuser} accepts (cipher, integrity, mode)"),
        };
        let finding = finding
            .cite_closer(finding::at_place(
                refusal.request,
                place,
                format!("offers {text}"),
            ))
            .fix(asker, format!("Offer {instead}, instead of {text}."));
        let accept = format!("Or accept {text}.");
        let finding = match is_weak(offer) {
            true => finding.last_resort(refuser, accept),
            false => finding.fix(refuser, accept),
        };
        match own {
            Some((message, own, place)) => {
                finding
                    .because(&differing(offer, own))
                    .cite(finding::at_place(
                        message,
                        place,
                        format!("has {}", in_words(own)),
                    ))
            }
            None => finding,
        }
    })
}

fn advice(finding: Finding, ends: &Scene) -> Finding {
    about(finding, ends)
        .fix(ends.at_refused(), OFFER)
        .fix(ends.at_refusing(), ACCEPT)
}

fn about(finding: Finding, ends: &Scene) -> Finding {
    finding
        .title(format!(
            "{} and {} have no ESP or AH proposal in common",
            ends.initiator, ends.responder
        ))
        .who(Who::Local)
        .refs(&["RFC 7296 §2.7", "RFC 7296 §3.3.6", "RFC 2409 §5.5"])
}

const OFFER: &str = "Offer an ESP proposal that the other end accepts (cipher, integrity, mode).";
const ACCEPT: &str = "Accept one of the proposals that the other end offers.";

fn is_weak(offer: &[Proposal]) -> bool {
    let mut all = offer.iter().flat_map(|proposal| &proposal.transforms);
    all.any(suite_weak::is_weak_for_esp)
}

/// The proposals for a Child SA in an opened message, and their place.
fn offered<'a>(message: &Message<'a>) -> Option<(&'a [Proposal], &'a Place)> {
    let inside = message.ike.inside.as_deref()?;
    let child = inside
        .proposals
        .iter()
        .any(|one| one.protocol != SaProtocol::Ike);
    let place = inside.proposals_at.as_ref()?;
    child.then_some((inside.proposals.as_slice(), place))
}

type Offer<'c, 'a> = (&'c Message<'a>, &'a [Proposal], &'a Place);

/// What the end that refused offers or accepts elsewhere.
fn own_of<'c, 'a>(case: &'c Inquiry<'_, 'a>, refusal: &Refusal<'c, 'a>) -> Option<Offer<'c, 'a>> {
    let refuser = refusal.request.ike.route.to.ip();
    let messages = case.sas_of(refusal.sa.peers).flat_map(|sa| &sa.messages);
    let mut own = messages.filter(|message| message.ike.route.from.ip() == refuser);
    own.find_map(|message| {
        let (offer, place) = offered(message)?;
        Some((message, offer, place))
    })
}

/// `AES-CBC-256 HMAC-SHA2-256-128, or AES-GCM-16-256`.
fn in_words(offer: &[Proposal]) -> String {
    let child = offer.iter().filter(|one| one.protocol != SaProtocol::Ike);
    let mut all: Vec<String> = child
        .map(|proposal| {
            let deciding = |one: &&Transform| {
                let is_default = one.kind == TransformKind::Esn && one.id == 0;
                !is_default && DECIDING.iter().any(|(kind, _)| *kind == one.kind)
            };
            let shown = proposal.transforms.iter().filter(deciding);
            let names: Vec<&str> = shown.map(|one| one.name.as_str()).collect();
            format!("{} {}", proposal.protocol, names.join(" "))
        })
        .collect();
    all.dedup();
    all.truncate(OFFERS_MAX);
    all.join(", or ")
}

/// The kinds of algorithms in which two offers have nothing in common.
fn differing(offer: &[Proposal], own: &[Proposal]) -> String {
    let of = |offer: &[Proposal], kind| -> Vec<(u64, Option<u16>)> {
        let all = offer.iter().flat_map(|proposal| &proposal.transforms);
        let all = all.filter(|transform| transform.kind == kind);
        all.map(|transform| (transform.id, transform.key_bits))
            .collect()
    };
    let mut apart = DECIDING.iter().filter(|(kind, _)| {
        let (offered, owned) = (of(offer, *kind), of(own, *kind));
        let both = !offered.is_empty() && !owned.is_empty();
        both && !offered.iter().any(|one| owned.contains(one))
    });
    match (apart.next(), apart.next()) {
        (Some((_, name)), None) => format!("Only {name} differs from what that end has elsewhere."),
        _ => String::new(),
    }
}

/// What an offer for a Child SA is refused for.
const DECIDING: [(TransformKind, &str); 5] = [
    (TransformKind::Encryption, "the cipher"),
    (TransformKind::Integrity, "the integrity algorithm"),
    (TransformKind::KeyExchange, "the group"),
    (TransformKind::Esn, "the size of sequence numbers"),
    (TransformKind::Encapsulation, "the mode"),
];

/// Proposals that a sentence names.
const OFFERS_MAX: usize = 3;

#[cfg(test)]
mod tests {
    use crate::diag::ladder::{codes, found};

    #[test]
    fn authenticated_but_without_a_child_sa() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=36:80";
        assert!(codes(text).contains(&"no-common-esp-proposal"));
    }
    #[test]
    fn near_miss_accepted() {
        assert!(
            codes(
                "0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=36:176"
            )
            .is_empty()
        );
    }

    #[test]
    fn opened_messages_name_what_was_offered_and_what_differs() {
        let text = "0.0 a>b INIT q0
             0.1 b>a INIT r0
             0.2 a>b AUTH q1 in=35:230 { auth=2 esp=aes256-sha1 }
             0.3 b>a AUTH r1 in=36:80 { auth=2 n=14 }
             9.0 b>a INIT q0 spi=2
             9.1 a>b INIT r0 spi=2
             9.2 b>a AUTH q1 spi=2 in=35:230 { auth=2 esp=aes256-sha256 }
             9.3 a>b AUTH r1 spi=2 in=36:80 { auth=2 n=14 }";
        let found = found(text, "no-common-esp-proposal");
        assert!(
            found.fixes[1].text.contains("ESP AES256 SHA1"),
            "{:?}",
            found.fixes
        );
        assert!(found.fixes[0].text.contains("ESP AES256 SHA256"));
        assert!(
            found.why.contains("Only the integrity algorithm differs"),
            "{}",
            found.why
        );
    }
}
