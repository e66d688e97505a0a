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
//! `--keys` with those of the IKE SA and `--crl` with the revocation list of the
//! issuer: together they decide it. The log of the end that refuses names the
//! check.
//!
//! ## References
//!
//! RFC 7296 §3.6; RFC 4945 §5; RFC 5280 §6.

use super::certificate::{Shown, holder, refused};
use crate::diag::catalog::Scene;
use crate::diag::inquiry::Inquiry;
use crate::diag::refusal::candidates;
use crate::diag::{Finding, Who};
use crate::evidence::{CertificateFault, X509};
use crate::time::Date;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

rule!(
    "cert-revoked",
    "a certificate has been revoked",
    check,
    "cert_revoked.rs",
    advice: advice
);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    candidates(case, RULE.code, |finding, refusal| {
        let finding = advised(finding, &refusal.scene(), refused(refusal));
        let Some(shown) = Shown::of(refusal) else {
            return finding;
        };
        let X509 { issuer, serial, .. } = shown.x509;
        let shows = format!("serial {serial}, issued by {issuer}");
        match revoked(shown.x509) {
            Some(since) => shown.dress(finding, &format!("was revoked on {since}"), shows),
            None => shown.dress(finding, "has been revoked", shows),
        }
    })
}

fn advice(finding: Finding, ends: &Scene) -> Finding {
    advised(finding, ends, holder(ends))
}

fn advised(finding: Finding, ends: &Scene, refused: String) -> Finding {
    finding
        .title(format!(
            "A certificate between {} and {} has been revoked",
            ends.initiator, ends.responder
        ))
        .who(Who::Credentials)
        .refs(&["RFC 7296 §3.6", "RFC 4945 §5", "RFC 5280 §6"])
        .fix(refused, "Issue a new certificate for the refused end.")
}

/// Since when a revocation list names `x509`.
fn revoked(x509: &X509) -> Option<Date> {
    x509.faults.iter().find_map(|fault| {
        let CertificateFault::Revoked(since) = fault else {
            return None;
        };
        Some(Date::of_day(*since / 86_400))
    })
}

#[cfg(test)]
mod tests {
    use crate::diag::ladder::{codes, found};

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

    const REFUSED: &str = "0.0 a>b INIT q0
         0.1 b>a INIT r0 certreq
         0.2 a>b AUTH q1 in=35:1300 { idi=a.example auth=14 cert=ok }
         0.3 b>a AUTH r1 in=36:1200 { idr=gw.example auth=14 cert=revoked }
         0.31 a>b INFO q2 in=41:8 { n=24 }";

    #[test]
    fn a_revocation_list_says_since_when() {
        let found = found(REFUSED, "cert-revoked");
        assert!(
            found
                .title
                .ends_with("(C=CH, CN=gw) was revoked on 2024-07-03"),
            "{}",
            found.title
        );
        assert!(
            found
                .evidence
                .iter()
                .any(|c| c.shows.starts_with("serial 0a"))
        );
    }
}
