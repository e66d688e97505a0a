//! # suite-weak
//!
//! The negotiated algorithms are weak.
//!
//! ## What happened
//!
//! The IKE SA is protected by algorithms that are broken or too short today:
//! DES, triple DES with its small blocks, MD5, Diffie-Hellman groups below 2048
//! bits. Whoever records the traffic may read it later.
//!
//! ## How it is recognised
//!
//! The responder's choice of proposal is in the clear. What was chosen for ESP
//! is encrypted.
//!
//! ## What to do
//!
//! Use AES-GCM or AES with SHA-2, and MODP-2048, ECP-256, Curve25519 or better,
//! on both ends.
//!
//! ## What would prove it
//!
//! The proposal in the packet.
//!
//! ## References
//!
//! RFC 8247 §2; RFC 9395 §4; RFC 8221.

use crate::diag::case::IkeSa;
use crate::diag::course::{V1, V2};
use crate::diag::finding;
use crate::diag::inquiry::Inquiry;
use crate::diag::refusal::is_probe;
use crate::diag::{Confidence, Finding, Severity, Who};
use crate::evidence::{Transform, TransformKind};
use crate::wire::registry::{ike, isakmp};
use alloc::format;
use alloc::vec::Vec;

rule!(
    "suite-weak",
    "the negotiated algorithms are weak",
    check,
    "suite_weak.rs"
);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    let sas = case.sas.iter().filter(|sa| !is_probe(case, sa.peers));
    sas.filter_map(of_sa).collect()
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
        Finding::new(RULE.code, sa.peers, Severity::Warning, Confidence::Proven)
            .title(format!(
                "The IKE SA of {} and {} uses weak algorithms: {list}",
                sa.initiator, sa.responder
            ))
            .why("The choice is in the clear.")
            .weight(20)
            .who(Who::Local)
            .cite(finding::at_place(
                chosen,
                place,
                format!("the responder chose {list}"),
            ))
            .fix(
                "both ends",
                "Use AES-GCM, or AES with SHA-256, and MODP-2048, ECP-256 or Curve25519.",
            )
            .refs(&["RFC 8247 §2", "RFC 9395 §4"]),
    )
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
    use crate::diag::ladder::{cause, codes};

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
}
