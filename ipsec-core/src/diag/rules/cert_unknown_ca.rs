//! # cert-unknown-ca
//!
//! A certificate comes from an authority that the other end does not trust.
//!
//! ## What happened
//!
//! One end presents a certificate whose issuer is not among the authorities
//! that the other end trusts: the root is not installed there, an intermediate
//! certificate was not sent, or the certificate comes from another hierarchy.
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
//! Install the root of each end on the other, and let each end send its
//! intermediate certificates.
//!
//! ## What would prove it
//!
//! `--keys` with those of the IKE SA: they open the certificates and show the
//! issuer. With `--ca`, the authorities that the refusing end trusts, the path is
//! checked here. The log of the end that refuses names the check.
//!
//! ## References
//!
//! RFC 7296 §3.6; RFC 4945 §5; RFC 5280 §6.

use super::certificate::{Shown, checker, refusing};
use crate::diag::catalog::Scene;
use crate::diag::inquiry::Inquiry;
use crate::diag::refusal::candidates;
use crate::diag::{Finding, Who};
use crate::evidence::X509;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

rule!(
    "cert-unknown-ca",
    "a certificate comes from an authority that the other end does not trust",
    check,
    "cert_unknown_ca.rs",
    advice: advice
);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    candidates(case, RULE.code, |finding, refusal| {
        let finding = about(finding);
        let Some(shown) = Shown::of(refusal) else {
            return closed(finding, &refusal.scene(), refusing(refusal));
        };
        let X509 {
            subject, issuer, ..
        } = shown.x509;
        if subject == issuer {
            return shown
                .dress(finding, "is its own issuer, and the other end does not trust it", format!("issued by itself: {issuer}"))
                .fix(refusing(refusal), format!("Install this very certificate ({subject}) as trusted, or have the peer use one of an authority."));
        }
        shown
            .dress(finding, &format!("is issued by “{issuer}”, which the other end does not trust"), format!("issued by {issuer}"))
            .fix(refusing(refusal), format!("Install the certificate of “{issuer}”, and of every authority between it and a trusted one."))
            .fix(shown.end.to_string(), "Send the intermediate certificates along with the own one.")
    })
}

fn advice(finding: Finding, ends: &Scene) -> Finding {
    closed(about(finding), ends, checker(ends))
}

/// The certificate was not opened; `end` has to act.
fn closed(finding: Finding, ends: &Scene, end: String) -> Finding {
    finding
        .title(format!("A certificate between {} and {} comes from an unknown authority", ends.initiator, ends.responder))
        .fix(end, "Install the authority that issued the peer's certificate, with every intermediate certificate.")
}

fn about(finding: Finding) -> Finding {
    finding
        .who(Who::Credentials)
        .refs(&["RFC 7296 §3.6", "RFC 4945 §5", "RFC 5280 §6"])
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
        assert!(codes(text).contains(&"cert-unknown-ca"));
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
            .contains(&"cert-unknown-ca")
        );
    }

    const REFUSED: &str = "0.0 a>b INIT q0
         0.1 b>a INIT r0 certreq
         0.2 a>b AUTH q1 in=35:1300 { idi=a.example auth=14 cert=ok }
         0.3 b>a AUTH r1 in=36:1200 { idr=gw.example auth=14 cert=issuer }
         0.31 a>b INFO q2 in=41:8 { n=24 }";

    #[test]
    fn an_opened_certificate_names_its_issuer() {
        let found = found(REFUSED, "cert-unknown-ca");
        assert!(found.title.contains("“CN=Example CA”"), "{}", found.title);
        assert!(found.fixes[0].side.contains("192.0.2.10"));
    }
}
