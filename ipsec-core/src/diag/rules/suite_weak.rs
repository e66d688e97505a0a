//! # suite-weak
//!
//! The negotiated algorithms are weak.
//!
//! ## What happened
//!
//! The IKE SA, or an ESP SA, is protected by algorithms that are broken or too short today:
//! DES, triple DES with its small blocks, MD5, Diffie-Hellman groups below 2048
//! bits. Whoever records the traffic may read it later.
//!
//! ## How it is recognised
//!
//! The responder's choice of proposal is in the clear. What was chosen for ESP
//! is encrypted, and judged where it was opened. Logs tell what was offered for
//! both; they are judged by what they list.
//!
//! ## What to do
//!
//! Use AES-GCM or AES with SHA-2, and MODP-2048, ECP-256, Curve25519 or better,
//! on both ends.
//!
//! ## What would prove it
//!
//! The proposal in the packet. For ESP, `--keys` with those of the IKE SA open it.
//!
//! ## References
//!
//! RFC 8247 §2; RFC 9395 §4; RFC 8221.

use super::offered;
use crate::diag::case::IkeSa;
use crate::diag::catalog::Scene;
use crate::diag::course::{V1, V2};
use crate::diag::finding;
use crate::diag::inquiry::Inquiry;
use crate::diag::refusal::is_probe;
use crate::diag::selectors::{Deal, deals};
use crate::diag::{Confidence, Finding, Severity, Who};
use crate::evidence::{SaProtocol, Transform, TransformKind};
use crate::wire::registry::{ike, isakmp};
use alloc::format;
use alloc::vec::Vec;

rule!(
    "suite-weak",
    "the negotiated algorithms are weak",
    check,
    "suite_weak.rs",
    advice: advice
);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    let sas = case.sas.iter().filter(|sa| !is_probe(case, sa.peers));
    let children = case.sas.iter().flat_map(deals);
    let children: Vec<Finding> = children.filter_map(|deal| of_child(&deal)).collect();
    let logged = offered::weak(case, RULE.code).into_iter().map(dress);
    sas.filter_map(of_sa)
        .chain(children)
        .chain(logged)
        .collect()
}

fn advice(finding: Finding, ends: &Scene) -> Finding {
    dress(finding).title(format!(
        "{} and {} use or accept weak algorithms",
        ends.initiator, ends.responder
    ))
}

/// What was chosen for ESP or AH, where the answer was opened.
fn of_child(deal: &Deal<'_, '_>) -> Option<Finding> {
    let (answer, _) = deal.answer?;
    let inside = answer.ike.inside.as_deref()?;
    let place = inside.proposals_at.as_ref()?;
    let chosen = inside.proposals.iter();
    let chosen = chosen.filter(|proposal| proposal.protocol != SaProtocol::Ike);
    let transforms = chosen.flat_map(|proposal| &proposal.transforms);
    let weak: Vec<&str> = transforms
        .filter(|transform| is_weak_for_esp(transform))
        .map(|transform| transform.name.as_str())
        .collect();
    let (list, sa) = (weak.join(", "), deal.sa);
    (!weak.is_empty()).then(|| {
        let title = format!(
            "The ESP SAs of {} and {} use weak algorithms: {list}",
            sa.initiator, sa.responder
        );
        dress(Finding::new(
            RULE.code,
            sa.peers,
            Severity::Warning,
            Confidence::Proven,
        ))
        .title(title)
        .why("The answer that chose them was opened.")
        .weight(19)
        .cite(finding::at_place(answer, place, format!("chose {list}")))
    })
}

fn of_sa(sa: &IkeSa<'_>) -> Option<Finding> {
    let v2 = V2::new(sa);
    let chosen = match &v2 {
        Some(v2) => v2.accepted_init()?,
        None => V1::new(sa)?.step(2)?,
    };
    let proposal = chosen.ike.content.proposals.first()?;
    let weak: Vec<&str> = proposal
        .transforms
        .iter()
        .filter(|transform| is_weak(transform, v2.is_some()))
        .map(|transform| transform.name.as_str())
        .collect();
    if weak.is_empty() {
        return None;
    }
    let list = weak.join(", ");
    let place = chosen
        .ike
        .content
        .proposals_at
        .as_ref()
        .unwrap_or(&chosen.ike.place);
    Some(
        dress(Finding::new(
            RULE.code,
            sa.peers,
            Severity::Warning,
            Confidence::Proven,
        ))
        .title(format!(
            "The IKE SA of {} and {} uses weak algorithms: {list}",
            sa.initiator, sa.responder
        ))
        .why("The choice is in the clear.")
        .weight(20)
        .cite(finding::at_place(
            chosen,
            place,
            format!("the responder chose {list}"),
        )),
    )
}

fn dress(finding: Finding) -> Finding {
    finding
        .who(Who::Local)
        .fix(
            "both ends",
            "Use AES-GCM, or AES with SHA-256, and MODP-2048, ECP-256 or Curve25519.",
        )
        .refs(&["RFC 8247 §2", "RFC 8221 §5", "RFC 9395 §4"])
}

/// Child SAs have the same numbers in both versions; that they do not encrypt
/// may be meant (RFC 8221 §5).
pub(super) fn is_weak_for_esp(transform: &Transform) -> bool {
    let null = u64::from(ike::Encryption::ENCR_NULL.0);
    let is_null = transform.kind == TransformKind::Encryption && transform.id == null;
    !is_null && is_weak(transform, true)
}

fn is_weak(transform: &Transform, v2: bool) -> bool {
    let Ok(id) = u16::try_from(transform.id) else {
        return false;
    };
    match (transform.kind, v2) {
        (TransformKind::Encryption, true) => matches!(
            ike::Encryption(id),
            ike::Encryption::ENCR_DES_IV64
                | ike::Encryption::ENCR_DES
                | ike::Encryption::ENCR_3DES
                | ike::Encryption::ENCR_RC5
                | ike::Encryption::ENCR_IDEA
                | ike::Encryption::ENCR_CAST
                | ike::Encryption::ENCR_BLOWFISH
                | ike::Encryption::ENCR_NULL
        ),
        (TransformKind::Encryption, false) => matches!(
            isakmp::Encryption(id),
            isakmp::Encryption::DES_CBC
                | isakmp::Encryption::IDEA_CBC
                | isakmp::Encryption::BLOWFISH_CBC
                | isakmp::Encryption::RC5_R16_B64_CBC
                | isakmp::Encryption::TRIPLE_DES_CBC
                | isakmp::Encryption::CAST_CBC
        ),
        (TransformKind::Integrity, true) => matches!(
            ike::Integrity(id),
            ike::Integrity::AUTH_HMAC_MD5_96
                | ike::Integrity::AUTH_DES_MAC
                | ike::Integrity::AUTH_KPDK_MD5
        ),
        (TransformKind::Prf, true) => ike::Prf(id) == ike::Prf::PRF_HMAC_MD5,
        (TransformKind::Prf, false) => isakmp::Hash(id) == isakmp::Hash::MD5,
        (TransformKind::KeyExchange, _) => matches!(
            ike::KeyExchange(id),
            ike::KeyExchange::MODP_768
                | ike::KeyExchange::MODP_1024
                | ike::KeyExchange::MODP_1536
                | ike::KeyExchange::MODP_1024_160
                | ike::KeyExchange::EC2N_155
                | ike::KeyExchange::EC2N_185
        ),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::diag::ladder::{cause, codes, found};

    #[test]
    fn triple_des_and_md5() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0 sa=3des-md5-prfmd5-modp1024
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=36:176";
        assert_eq!(cause(text), Some("suite-weak"));
    }
    #[test]
    fn near_miss_aes_and_sha_256() {
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
    fn the_choice_for_esp_was_opened() {
        let up = |esp: &str| {
            format!(
                "0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:230 {{ auth=2 esp={esp} tsi=10.1.0.0/24 tsr=10.2.0.0/24 }}
                 0.3 b>a AUTH r1 in=36:176 {{ auth=2 esp={esp} tsi=10.1.0.0/24 tsr=10.2.0.0/24 }}"
            )
        };
        let weak = found(&up("3des-md5"), "suite-weak");
        assert!(weak.title.contains("ESP SAs") && weak.title.ends_with("3DES, MD5"));
        for good in ["null-sha256", "gcm256"] {
            assert!(codes(&up(good)).is_empty(), "{good}");
        }
    }
}
