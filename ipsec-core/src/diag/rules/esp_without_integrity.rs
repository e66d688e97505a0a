//! # esp-without-integrity
//!
//! Packets are encrypted, but nothing protects them against change.
//!
//! ## What happened
//!
//! The two ends agreed on a cipher without an integrity algorithm. Whoever sits
//! on the path can flip bits of the packets, and with CBC learn their content
//! from the answers that follow. The tunnel works; it does not protect.
//!
//! ## How it is recognised
//!
//! - The answer that creates the Child SA, opened, holds a cipher that is not
//!   combined with a check value of its own, and no integrity algorithm.
//!
//! - The keys of the SA hold none, and its packets open to whole inner packets
//!   that fill them to the last byte.
//!
//! - A text shows the lengths of ESP packets, and only a cipher without check
//!   value makes packets of these lengths: of the inner packets that the same text
//!   shows under AH, each gives the length that is seen; or, less sure, no
//!   encryption with a check value fits.
//!
//! ## What to do
//!
//! Use AES-GCM, or add HMAC-SHA2-256, on both ends.
//!
//! ## What would prove it
//!
//! `--keys`: those of the IKE SA open the proposals; those of the ESP SA open the
//! packets.
//!
//! ## References
//!
//! RFC 8221 §4; RFC 8221 §6; RFC 4303 §3.1.

use super::outlined::{between, lens};
use crate::diag::arithmetic::{Shape, fitting, inside_ah, making};
use crate::diag::case::{Case, Flow};
use crate::diag::catalog::Scene;
use crate::diag::finding;
use crate::diag::inquiry::Inquiry;
use crate::diag::selectors::{Deal, deals};
use crate::diag::{Citation, Confidence, Finding, Severity, Who, testimony};
use crate::evidence::{Place, Proposal, SaProtocol, TransformKind};
use crate::wire::registry::ike::{Encryption, Integrity};
use crate::wire::registry::ip::Protocol;
use alloc::format;
use alloc::vec::Vec;

rule!(
    "esp-without-integrity",
    "packets are encrypted, but nothing protects them against change",
    check,
    "esp_without_integrity.rs",
    advice: advice
);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    let agreed = case.sas.iter().flat_map(deals);
    let agreed = agreed.filter_map(|deal| Some((deal.sa.peers, agreed_without(&deal)?)));
    let used = case.flows.iter();
    let used = used.filter_map(|flow| Some((flow.peers, used_without(flow)?)));
    let mut found: Vec<Finding> = agreed
        .chain(used)
        .map(|(peers, citation)| of(case, peers, citation))
        .collect();
    found.extend((0..case.peers.len()).filter_map(|peers| by_lengths(case, peers)));
    found
}

/// What the lengths of packets leave, where their bytes are not at hand.
fn by_lengths(case: &Inquiry<'_, '_>, peers: usize) -> Option<Finding> {
    let packets = between(case, peers);
    let esp = lens(&packets, Protocol::ESP.0);
    let ah = lens(&packets, Protocol::AH.0).into_iter();
    let inner: Vec<usize> = ah.filter_map(inside_ah).collect();
    let first = packets
        .iter()
        .find(|packet| packet.fact.protocol == Protocol::ESP.0)?;
    if esp.len() < ENOUGH || case.flows_of(peers).next().is_some() {
        return None;
    }
    let known = making(&esp, &inner);
    let sure = !known.is_empty() && known.iter().all(|shape| shape.icv == 0);
    let left = fitting(&esp);
    let null = |shape: &Shape| shape.name.contains("NULL");
    let without = left.iter().find(|shape| shape.icv == 0)?;
    if !sure && (!known.is_empty() || left.iter().any(|shape| shape.icv > 0 && !null(shape))) {
        return None;
    }
    let why = if sure {
        "The same packets are shown under AH, 24 bytes longer than without; each of their lengths gives that of an ESP packet only without check value."
    } else {
        "No cipher with a check value makes packets of all these lengths in a tunnel; NULL, which hides nothing, is the only other explanation."
    };
    let citation = finding::filed(
        first,
        &Place::default(),
        format!("lengths {esp:?}: {}, and no check value", without.name),
    );
    let mut finding = of(case, peers, citation).because(why);
    finding.confidence = if sure {
        Confidence::Likely
    } else {
        Confidence::Possible
    };
    Some(finding)
}

fn of(case: &Case<'_>, peers: usize, citation: Citation) -> Finding {
    let finding = Finding::new(RULE.code, peers, Severity::Warning, Confidence::Proven)
        .why("Encryption alone does not keep an attacker from changing packets, and through that from reading them.")
        .weight(45)
        .cite(citation);
    advice(finding, &testimony::scene(case, peers))
}

fn advice(finding: Finding, ends: &Scene) -> Finding {
    finding
        .title(format!(
            "ESP between {} and {} has no integrity protection",
            ends.initiator, ends.responder
        ))
        .who(Who::Local)
        .fix(
            "both ends",
            "Use AES-GCM, or add HMAC-SHA2-256, in the ESP proposal.",
        )
        .refs(&["RFC 8221 §4", "RFC 8221 §6", "RFC 4303 §3.1"])
}

fn used_without(flow: &Flow<'_>) -> Option<Citation> {
    let view = flow.views.iter().find(|view| {
        let opening = view.fact.opening.as_deref();
        opening.is_some_and(|opening| opening.without_integrity && opening.opened() > 0)
    })?;
    let shows = format!("SPI {:08x} opens without a check value", flow.spi);
    Some(finding::flow(view, shows))
}

fn agreed_without(deal: &Deal<'_, '_>) -> Option<Citation> {
    let (answer, _) = deal.answer?;
    let inside = answer.ike.inside.as_deref()?;
    let mut chosen = inside.proposals.iter();
    chosen.find(|proposal| lacks_integrity(proposal))?;
    let place = inside.proposals_at.as_ref()?;
    let shows = "a cipher without an integrity algorithm was chosen";
    Some(finding::at_place(answer, place, shows))
}

fn lacks_integrity(proposal: &Proposal) -> bool {
    let mut of_kind = proposal.transforms.iter();
    let cipher = of_kind.find(|transform| transform.kind == TransformKind::Encryption);
    let Some(cipher) = cipher.filter(|_| proposal.protocol == SaProtocol::Esp) else {
        return false;
    };
    let integrity = proposal.transforms.iter().any(|transform| {
        let none = u64::from(Integrity::NONE.0);
        transform.kind == TransformKind::Integrity && transform.id != none
    });
    !integrity && PLAIN.contains(&Encryption(cipher.number()))
}

/// Packets from which on their lengths say something.
const ENOUGH: usize = 5;

/// Ciphers without a check value of their own; both versions of IKE give them
/// the same numbers.
const PLAIN: [Encryption; 7] = [
    Encryption::ENCR_DES,
    Encryption::ENCR_3DES,
    Encryption::ENCR_CAST,
    Encryption::ENCR_BLOWFISH,
    Encryption::ENCR_NULL,
    Encryption::ENCR_AES_CBC,
    Encryption::ENCR_AES_CTR,
];

#[cfg(test)]
mod tests {
    use crate::diag::Confidence;
    use crate::diag::ladder::{codes, found};

    fn agreed(esp: &str) -> String {
        format!(
            "0.0 a>b INIT q0
             0.1 b>a INIT r0
             0.2 a>b AUTH q1 in=35:230 {{ auth=2 esp={esp} tsi=10.1.0.0/24 tsr=10.2.0.0/24 }}
             0.3 b>a AUTH r1 in=36:176 {{ auth=2 esp={esp} tsi=10.1.0.0/24 tsr=10.2.0.0/24 }}"
        )
    }

    #[test]
    fn a_cipher_alone_was_agreed_on() {
        let found = found(&agreed("aes256"), "esp-without-integrity");
        assert_eq!(found.evidence[0].place.as_ref().unwrap().field, "ike.sa");
    }

    #[test]
    fn packets_without_a_check_value() {
        let text = format!(
            "{}\n1.0 a>b ESP spi=7 x9 ok=9 nointeg\n1.0 b>a ESP spi=8 x9 ok=9",
            agreed("gcm256")
        );
        assert!(codes(&text).contains(&"esp-without-integrity"));
    }

    #[test]
    fn lengths_that_only_a_cipher_alone_makes() {
        let esp = [88, 88, 72, 120, 64, 64].map(|len| format!("1.0 a>b OUT proto=50 len={len}\n"));
        let ah = [89, 94, 78, 125, 68, 68].map(|len| format!("0.0 a>b OUT proto=51 len={len}\n"));
        let both = found(&(ah.concat() + &esp.concat()), "esp-without-integrity");
        assert_eq!(both.confidence, Confidence::Likely);
        let alone = found(&esp.concat(), "esp-without-integrity");
        assert_eq!(alone.confidence, Confidence::Possible);
        let with_check = esp.concat().replace("len=72", "len=76");
        assert!(!codes(&with_check).contains(&"esp-without-integrity"));
    }

    #[test]
    fn near_miss_combined_ciphers_and_hmac() {
        for esp in ["gcm256", "aes256-sha256"] {
            assert!(codes(&agreed(esp)).is_empty(), "{esp}");
        }
    }
}
