//! # cert-revoked
//!
//! A certificate has been revoked.
//!
//! ## What happened
//!
//! The issuer has put the certificate on its revocation list, or answers so by
//! OCSP, and the other end asked.
//!
//! ## How it is recognised
//!
//! Certificates travel encrypted. Their size shows that they are there; that
//! the initiator turns down the responder right after the message that carries
//! its certificate, or that the responder refuses the initiator's, shows that a
//! check failed. Which one does not show: this is one of several candidates,
//! ordered by how often each is met.
//!
//! ## What to do
//!
//! Issue a new certificate; find out why the old one was revoked before
//! trusting its holder again.
//!
//! ## What would prove it
//!
//! The keys of the IKE SA open the certificates: dates, issuer and names can
//! then be checked here. The log of the end that refuses names the check.
//!
//! ## References
//!
//! RFC 7296 §3.6; RFC 4945 §5; RFC 5280 §6.

use super::certificate::refused;
use crate::diag::inquiry::Inquiry;
use crate::diag::refusal::candidates;
use crate::diag::{Finding, Who};
use alloc::format;
use alloc::vec::Vec;

rule!(
    "cert-revoked",
    "a certificate has been revoked",
    check,
    "cert_revoked.rs"
);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    candidates(case, RULE.code, |finding, refusal| {
        let sa = refusal.sa;
        finding
            .title(format!(
                "A certificate between {} and {} has been revoked",
                sa.initiator, sa.responder
            ))
            .who(Who::Credentials)
            .fix(
                refused(refusal),
                "Issue a new certificate for the refused end.",
            )
            .refs(&["RFC 7296 §3.6", "RFC 4945 §5", "RFC 5280 §6"])
    })
}

#[cfg(test)]
mod tests {
    use crate::diag::ladder::codes;

    #[test]
    fn responder_turned_down_after_its_certificate() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0 certreq
                 0.2 a>b AUTH q1 in=35:1300
                 0.3 b>a AUTH r1 in=36:1200
                 0.31 a>b INFO q2 in=41:8
                 0.32 b>a INFO r2 in=0:0";
        assert!(codes(text).contains(&"cert-revoked"));
    }
    #[test]
    fn near_miss_certificates_accepted() {
        assert!(
            !codes(
                "0.0 a>b INIT q0
                 0.1 b>a INIT r0 certreq
                 0.2 a>b AUTH q1 in=35:1300
                 0.3 b>a AUTH r1 in=36:1200"
            )
            .contains(&"cert-revoked")
        );
    }
}
