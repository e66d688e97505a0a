//! # psk-missing
//!
//! The responder has no pre-shared key for this peer.
//!
//! ## What happened
//!
//! The responder has a connection for this peer, but finds no pre-shared key
//! for its address or identity. In IKEv1 main mode the key must be found by the
//! address alone, because the identity comes encrypted under it; behind a NAT
//! that is the address of the NAT.
//!
//! ## How it is recognised
//!
//! IKEv1: message 3 is answered with INVALID-KEY-INFORMATION in the clear.
//! IKEv2: the same short refusal of IKE_AUTH as for a wrong key, so this is one
//! of several candidates.
//!
//! ## What to do
//!
//! Add the key on the responder under the address or identity with which it
//! sees the initiator. For initiators with changing addresses use IKEv2, or
//! certificates; aggressive mode also works but exposes the key to guessing.
//!
//! ## What would prove it
//!
//! The log of the responder ("no shared key found for …"), or its list of
//! secrets.
//!
//! ## References
//!
//! RFC 2409 §5.4; RFC 7296 §2.21.2; RFC 2408 §3.14.1.

use crate::diag::catalog::Scene;
use crate::diag::inquiry::Inquiry;
use crate::diag::refusal::candidates;
use crate::diag::{Finding, Who};
use alloc::format;
use alloc::vec::Vec;

rule!(
    "psk-missing",
    "the responder has no pre-shared key for this peer",
    check,
    "psk_missing.rs",
    advice: advice
);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    candidates(case, RULE.code, |finding, refusal| {
        advice(finding, &refusal.scene())
    })
}

fn advice(finding: Finding, ends: &Scene) -> Finding {
    finding
        .title(format!(
            "{} has no pre-shared key for {}",
            ends.refusing(),
            ends.refused()
        ))
        .who(Who::Credentials)
        .fix(
            ends.at_refusing(),
            format!(
                "Add a pre-shared key for {}, or for the identity that it sends.",
                ends.refused()
            ),
        )
        .refs(&["RFC 2409 §5.4", "RFC 7296 §2.21.2", "RFC 2408 §3.14.1"])
}

#[cfg(test)]
mod tests {
    use crate::diag::ladder::{cause, codes};

    #[test]
    fn invalid_key_information_after_message_3() {
        let text = "0.0 a>b MAIN sa=aes256-sha256-psk-modp2048
                 0.1 b>a MAIN sa=aes256-sha256-psk-modp2048
                 0.2 a>b MAIN ke
                 0.3 b>a INFO1 m5 n=17";
        assert_eq!(cause(text), Some("psk-missing"));
    }
    #[test]
    fn near_miss_no_proposal_chosen_is_about_the_offer() {
        let text = "0.0 a>b MAIN sa=3des-md5-psk-modp1024
                 0.1 b>a INFO1 m5 n=14";
        assert!(!codes(text).contains(&"psk-missing"));
    }
}
