//! # pfs-group-mismatch
//!
//! The two ends use different groups for perfect forward secrecy.
//!
//! ## What happened
//!
//! Each Child SA after the first has a key exchange of its own (PFS), and the
//! two ends accept different groups for it. In IKEv2 the tunnel comes up,
//! because IKE_AUTH has no key exchange for the Child SA, and breaks when it is
//! first rekeyed.
//!
//! ## How it is recognised
//!
//! The first Child SA was accepted; a CREATE_CHILD_SA large enough for a key
//! exchange is answered with a notification only, and no later one is accepted.
//! In IKEv1 quick mode with a key exchange is refused.
//!
//! ## What to do
//!
//! Put the same group on both ends, in the ESP proposal; AES-GCM with MODP-2048
//! or ECP-256 is widely supported.
//!
//! ## What would prove it
//!
//! `--keys` with those of the IKE SA: they open the group that was offered and the
//! notification (INVALID_KE_PAYLOAD names the group that is wanted). Both
//! configurations decide it.
//!
//! ## References
//!
//! RFC 7296 §1.3; RFC 7296 §2.8; RFC 2409 §5.5.

use crate::diag::case::Message;
use crate::diag::catalog::Scene;
use crate::diag::finding::{initiator, responder};
use crate::diag::inquiry::Inquiry;
use crate::diag::refusal::{Refusal, candidates};
use crate::diag::{Finding, Who};
use crate::evidence::TransformKind;
use crate::wire::registry::ike::{KeyExchange, NotifyType};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

rule!("pfs-group-mismatch", "the two ends use different groups for perfect forward secrecy", check, "pfs_group_mismatch.rs", advice: advice, brings: ["rekey-stall", "plaintext-leak"]);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    candidates(case, RULE.code, |finding, refusal| {
        let finding = about(finding, &refusal.scene());
        let (asker, refuser) = asking(refusal);
        let offered = groups(refusal.request);
        let title = finding.title.clone();
        match (offered.is_empty(), wanted(refusal)) {
            (false, Some(wanted)) => finding
                .title(format!("{title}: {offered} is offered, {wanted} wanted"))
                .fix(
                    asker,
                    format!("Offer {wanted} in the ESP proposal, instead of {offered}."),
                )
                .fix(refuser, format!("Or accept {offered}.")),
            (false, None) => finding
                .title(format!("{title}: {offered} is offered and refused"))
                .fix(asker, OFFER)
                .fix(refuser, format!("Or accept {offered} in the ESP proposal.")),
            (true, _) => finding.fix(asker, OFFER).fix(refuser, ACCEPT),
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
            "{} and {} use different groups for perfect forward secrecy",
            ends.initiator, ends.responder
        ))
        .who(Who::Local)
        .refs(&["RFC 7296 §1.3", "RFC 7296 §2.8", "RFC 2409 §5.5"])
}

const OFFER: &str = "Offer the group that the other end accepts in the ESP proposal.";
const ACCEPT: &str = "Accept the group that the other end offers.";

/// The end that asks, and the one that refuses.
fn asking(refusal: &Refusal<'_, '_>) -> (String, String) {
    let ends = (initiator(refusal.sa), responder(refusal.sa));
    match refusal.request.ike.by_initiator {
        true => ends,
        false => (ends.1, ends.0),
    }
}

/// The groups that an opened request offers.
fn groups(request: &Message<'_>) -> String {
    let inside = request.ike.inside.as_deref().into_iter();
    let transforms = inside.flat_map(|inside| &inside.proposals);
    let transforms = transforms.flat_map(|proposal| &proposal.transforms);
    let groups = transforms.filter(|transform| transform.kind == TransformKind::KeyExchange);
    let mut names: Vec<&str> = groups.map(|group| group.name.as_str()).collect();
    names.dedup();
    names.join(", ")
}

/// The group that INVALID_KE_PAYLOAD asks for (RFC 7296 §1.3).
fn wanted(refusal: &Refusal<'_, '_>) -> Option<KeyExchange> {
    let invalid = NotifyType::INVALID_KE_PAYLOAD.0;
    let notify = refusal.notify.filter(|notify| notify.number == invalid)?;
    let number = <[u8; 2]>::try_from(notify.data.as_slice()).ok()?;
    Some(KeyExchange(u16::from_be_bytes(number)))
}

#[cfg(test)]
mod tests {
    use crate::diag::ladder::{cause, codes, found};

    #[test]
    fn rekey_with_key_exchange_refused() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=36:176
                 1.0 a>b ESP spi=7 x3
                 1.0 b>a ESP spi=8 x3
                 9.0 a>b CHILD q2 in=41:440
                 9.1 b>a CHILD r2 in=41:10";
        assert_eq!(cause(text), Some("pfs-group-mismatch"));
    }
    #[test]
    fn near_miss_the_other_group_is_tried_and_accepted() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=36:176
                 9.0 a>b CHILD q2 in=41:440
                 9.1 b>a CHILD r2 in=41:10
                 9.2 a>b CHILD q3 in=41:260
                 9.3 b>a CHILD r3 in=33:240";
        assert!(codes(text).is_empty());
    }

    #[test]
    fn opened_messages_name_the_groups() {
        let refused = |notify: &str| {
            let text = format!(
                "0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:230 {{ auth=2 esp=gcm256 }}
                 0.3 b>a AUTH r1 in=36:176 {{ auth=2 esp=gcm256 }}
                 9.0 a>b CHILD q2 in=41:440 {{ esp=gcm256-modp2048 ke=14 }}
                 9.1 b>a CHILD r2 in=41:10 {{ n={notify} }}"
            );
            found(&text, "pfs-group-mismatch")
        };
        let named = refused("17:0013");
        assert!(
            named.title.ends_with("MODP2048 is offered, ECP-256 wanted"),
            "{}",
            named.title
        );
        assert!(named.fixes[0].text.starts_with("Offer ECP-256"));
        assert!(
            refused("14")
                .title
                .ends_with("MODP2048 is offered and refused")
        );
    }
}
