//! # cert-id-mismatch
//!
//! The certificate does not carry the identity that its holder claims.
//!
//! ## What happened
//!
//! The identity of an end must be the subject of its certificate, or one of its
//! alternative names, with the same type. A certificate issued for another name
//! does not prove this one.
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
//! Reissue the certificate with the identity as a subject alternative name, or
//! set the identity to one that the certificate carries.
//!
//! ## What would prove it
//!
//! `--keys` with those of the IKE SA: they open the identity and the certificate,
//! and its names are held against it. The log of the end that refuses names the
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
use crate::evidence::X509;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

rule!(
    "cert-id-mismatch",
    "the certificate does not carry the identity that its holder claims",
    check,
    "cert_id_mismatch.rs",
    advice: advice
);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    candidates(case, RULE.code, |finding, refusal| {
        let finding = about(finding);
        let shown = Shown::of(refusal);
        let claimed = shown.as_ref().and_then(Shown::claimed);
        let (Some(shown), Some(claimed)) = (shown, claimed) else {
            return closed(finding, &refusal.scene(), refused(refusal));
        };
        let carried = carried(shown.x509);
        shown
            .dress(
                finding,
                &format!("does not carry its identity {claimed}"),
                format!("carries {carried}"),
            )
            .fix(
                refused(refusal),
                format!("Use one of these as the own identity instead of {claimed}: {carried}."),
            )
            .fix(
                refused(refusal),
                format!("Or have the certificate reissued with {claimed} as alternative name."),
            )
    })
}

fn advice(finding: Finding, ends: &Scene) -> Finding {
    closed(about(finding), ends, holder(ends))
}

/// The certificate was not opened; `end` has to act.
fn closed(finding: Finding, ends: &Scene, end: String) -> Finding {
    finding
        .title(format!("A certificate between {} and {} does not carry the identity that is claimed", ends.initiator, ends.responder))
        .fix(end, "Use an identity that the certificate carries as subject or alternative name, or reissue it with that name.")
}

fn about(finding: Finding) -> Finding {
    finding
        .who(Who::Credentials)
        .refs(&["RFC 7296 §3.6", "RFC 4945 §5", "RFC 5280 §6"])
}

/// The names that `x509` carries.
fn carried(x509: &X509) -> String {
    let names = x509.names.iter().take(NAMES_MAX).map(String::as_str);
    let names = names.chain([x509.subject.as_str()]);
    let names: Vec<&str> = names.filter(|name| !name.is_empty()).collect();
    names.join("; ")
}

/// Alternative names that a sentence lists.
const NAMES_MAX: usize = 4;

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
        assert!(codes(text).contains(&"cert-id-mismatch"));
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
            .contains(&"cert-id-mismatch")
        );
    }

    const REFUSED: &str = "0.0 a>b INIT q0
         0.1 b>a INIT r0 certreq
         0.2 a>b AUTH q1 in=35:1300 { idi=a.example auth=14 cert=ok }
         0.3 b>a AUTH r1 in=36:1200 { idr=gw.example auth=14 cert=name }
         0.31 a>b INFO q2 in=41:8 { n=24 }";

    #[test]
    fn an_opened_certificate_shows_which_names_it_carries() {
        let found = found(REFUSED, "cert-id-mismatch");
        assert!(
            found
                .title
                .ends_with("does not carry its identity gw.example")
        );
        assert!(
            found.fixes[0]
                .text
                .contains("DNS:other.example; C=CH, CN=gw")
        );
    }
}
