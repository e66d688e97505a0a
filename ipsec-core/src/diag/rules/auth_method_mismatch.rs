//! # auth-method-mismatch
//!
//! The two ends authenticate in different ways.
//!
//! ## What happened
//!
//! One end wants a pre-shared key, the other a certificate, EAP or XAUTH. In
//! IKEv1 both ends agree on the method in the first two messages, so a mismatch
//! shows as a refused proposal or as a missing key; in IKEv2 each end picks its
//! own method, and the other may refuse it.
//!
//! ## How it is recognised
//!
//! - IKEv2: the responder asks for certificates (CERTREQ), the initiator's
//!   IKE_AUTH is too small for one, and it is refused.
//!
//! - IKEv1: message 3 is answered with INVALID-KEY-INFORMATION, or message 5
//!   with an encrypted notification that the initiator heeds.
//!
//! ## What to do
//!
//! Configure the same method on both ends. For IKEv2 compare the local method
//! of each end with the remote method of the other.
//!
//! ## What would prove it
//!
//! The keys of the IKE SA open the AUTH payload with its method; the
//! configurations name both.
//!
//! ## References
//!
//! RFC 7296 §2.15; RFC 7296 §3.8; RFC 2409 §5.

use crate::diag::catalog::Scene;
use crate::diag::inquiry::Inquiry;
use crate::diag::refusal::candidates;
use crate::diag::{Finding, Who};
use alloc::format;
use alloc::vec::Vec;

rule!(
    "auth-method-mismatch",
    "the two ends authenticate in different ways",
    check,
    "auth_method_mismatch.rs",
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
            "{} and {} authenticate in different ways",
            ends.initiator, ends.responder
        ))
        .who(Who::Local)
        .fix(
            ends.at_refused(),
            "Use the method that the other end expects of its peers.",
        )
        .fix(
            ends.at_refusing(),
            "Expect the method that the other end uses.",
        )
        .refs(&["RFC 7296 §2.15", "RFC 7296 §3.8", "RFC 2409 §5"])
}

#[cfg(test)]
mod tests {
    use crate::diag::ladder::{cause, codes};

    #[test]
    fn certificate_wanted_and_none_sent() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0 certreq
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=41:8";
        assert_eq!(cause(text), Some("auth-method-mismatch"));
    }
    #[test]
    fn near_miss_certificate_wanted_and_peer_accepted() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0 certreq
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=36:176";
        assert!(codes(text).is_empty());
    }
}
