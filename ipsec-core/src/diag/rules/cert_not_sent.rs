//! # cert-not-sent
//!
//! An end sends no certificate although its peer needs one.
//!
//! ## What happened
//!
//! The responder asks for a certificate, and the initiator sends none: it has
//! none of an authority that was asked for, or is configured to send it only
//! when asked and did not understand the request.
//!
//! ## How it is recognised
//!
//! The responder sends CERTREQ, the initiator's IKE_AUTH is too small for a
//! certificate, and it is refused. A peer that knows the certificate already
//! does not need it sent, so this is one of several candidates.
//!
//! ## What to do
//!
//! Give the initiator a certificate of an authority that the responder trusts,
//! and let it always be sent.
//!
//! ## What would prove it
//!
//! The keys of the IKE SA show whether CERT is there; the log of the responder
//! says that it found none.
//!
//! ## References
//!
//! RFC 7296 §3.7; RFC 4945 §3.2.

use crate::diag::catalog::Scene;
use crate::diag::inquiry::Inquiry;
use crate::diag::refusal::candidates;
use crate::diag::{Finding, Who};
use alloc::format;
use alloc::vec::Vec;

rule!(
    "cert-not-sent",
    "an end sends no certificate although its peer needs one",
    check,
    "cert_not_sent.rs",
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
            "{} sends no certificate, which {} needs",
            ends.refused(),
            ends.refusing()
        ))
        .who(Who::Local)
        .fix(
            ends.at_refused(),
            "Send the own certificate always, not only on request.",
        )
        .refs(&["RFC 7296 §3.7", "RFC 4945 §3.2"])
}

#[cfg(test)]
mod tests {
    use crate::diag::ladder::codes;

    #[test]
    fn certificate_wanted_and_none_sent() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0 certreq
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=41:8";
        assert!(codes(text).contains(&"cert-not-sent"));
    }
    #[test]
    fn near_miss_nobody_asks_for_one() {
        assert!(
            !codes(
                "0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=41:8"
            )
            .contains(&"cert-not-sent")
        );
    }
}
