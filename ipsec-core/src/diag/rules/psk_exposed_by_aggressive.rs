//! # psk-exposed-by-aggressive
//!
//! Aggressive mode lets anyone try pre-shared keys.
//!
//! ## What happened
//!
//! In aggressive mode the responder sends a value computed from the pre-shared
//! key before it knows who asks. Whoever asks, or listens, can try keys against
//! it offline, millions each second. The identities are in the clear as well.
//!
//! ## How it is recognised
//!
//! The responder answers aggressive mode with a HASH, and the agreed method is
//! a pre-shared key; or a log offers a pre-shared key for aggressive mode.
//!
//! ## What to do
//!
//! Use IKEv2, or main mode, or certificates. If none is possible, use a long
//! random key: 20 characters and more.
//!
//! ## What would prove it
//!
//! The two messages in the capture are all that an attacker needs.
//!
//! ## References
//!
//! RFC 2409 §5.4; RFC 9395 §4.

use super::{lines, offered};
use crate::diag::catalog::Scene;
use crate::diag::course::V1;
use crate::diag::finding::{self, responder};
use crate::diag::inquiry::Inquiry;
use crate::diag::refusal::agreed_method;
use crate::diag::{Confidence, Finding, Severity, Who, testimony};
use crate::wire::registry::isakmp::AuthMethod;
use alloc::format;
use alloc::vec::Vec;

rule!(
    "psk-exposed-by-aggressive",
    "aggressive mode lets anyone try pre-shared keys",
    check,
    "psk_exposed_by_aggressive.rs",
    advice: advice
);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    let mut found = in_packets(case);
    found.extend(in_logs(case));
    found
}

fn advice(finding: Finding, ends: &Scene) -> Finding {
    finding
        .title(format!("{} and {} use aggressive mode with a pre-shared key: whoever listens can try keys offline", ends.initiator, ends.responder))
        .who(Who::Local)
        .fix("both ends", EDIT)
        .refs(REFS)
}

fn in_logs(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    let peers = lines::by_peers(case).into_iter();
    peers
        .filter_map(|(peers, lines)| {
            let (aggressive, offer) = offered::exposed(&lines)?;
            let finding = Finding::new(RULE.code, peers, Severity::Warning, Confidence::Proven)
                .why("Aggressive mode with a pre-shared key sends HASH_R in the clear.")
                .weight(24)
                .cite(lines::cite(aggressive))
                .cite(lines::cite(offer.told));
            Some(advice(finding, &testimony::scene(case, peers)))
        })
        .collect()
}

fn in_packets(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    case.sas
        .iter()
        .filter_map(|sa| {
            let v1 = V1::new(sa).filter(|v1| v1.aggressive)?;
            let answer = v1.step(2)?;
            answer.ike.content.hash_len?;
            let shared = [
                AuthMethod::PRE_SHARED_KEY,
                AuthMethod::XAUTH_INIT_PRE_SHARED,
                AuthMethod::XAUTH_RESP_PRE_SHARED,
            ];
            let method = agreed_method(&v1)?;
            shared.contains(&method).then(|| {
                Finding::new(RULE.code, sa.peers, Severity::Warning, Confidence::Proven)
                    .title(format!(
                        "{} shows a value computed from its pre-shared key to anyone who asks",
                        sa.responder
                    ))
                    .why("Aggressive mode with a pre-shared key sends HASH_R in the clear.")
                    .weight(25)
                    .who(Who::Local)
                    .cite(finding::message(answer, "HASH_R in the clear"))
                    .fix(responder(sa), EDIT)
                    .refs(REFS)
            })
        })
        .collect()
}

const EDIT: &str =
    "Use IKEv2, main mode or certificates; else a random key of 20 characters and more.";
const REFS: &[&str] = &["RFC 2409 §5.4", "RFC 9395 §4"];

#[cfg(test)]
mod tests {
    use crate::diag::ladder::{cause, codes};

    #[test]
    fn hash_r_with_a_pre_shared_key() {
        let text = "0.0 a>b AGGR sa=aes256-sha256-psk-modp2048 ke
                 0.1 b>a AGGR sa=aes256-sha256-psk-modp2048 ke hash
                 0.2 a>b AGGR *108
                 0.3 a>b QUICK m7 *188
                 0.4 b>a QUICK m7 *188
                 0.5 a>b QUICK m7 *60";
        assert_eq!(cause(text), Some("psk-exposed-by-aggressive"));
    }
    #[test]
    fn near_miss_signatures() {
        let text = "0.0 a>b AGGR sa=aes256-sha256-rsa-modp2048 ke
                 0.1 b>a AGGR sa=aes256-sha256-rsa-modp2048 ke
                 0.2 a>b AGGR *1108
                 0.3 a>b QUICK m7 *188
                 0.4 b>a QUICK m7 *188
                 0.5 a>b QUICK m7 *60";
        assert!(codes(text).is_empty());
    }
}
