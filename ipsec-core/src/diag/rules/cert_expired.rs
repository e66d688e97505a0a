//! # cert-expired
//!
//! A certificate has expired.
//!
//! ## What happened
//!
//! The certificate of one end, or of an authority above it, is past its last
//! day; or the clock of the end that checks it runs ahead. A daemon that
//! refuses to load its own expired certificate may also answer as if it had no
//! connection at all.
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
//! Renew the certificate, and check the clock of the end that refuses it.
//!
//! ## What would prove it
//!
//! `--keys` with those of the IKE SA: they open the certificates, and the dates
//! are held against the clock of the capture. The log of the end that refuses
//! names the check.
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
use crate::time::Date;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

rule!(
    "cert-expired",
    "a certificate has expired",
    check,
    "cert_expired.rs",
    advice: advice
);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    candidates(case, RULE.code, |finding, refusal| {
        let finding = about(finding);
        let now = refusal.request.at.as_micros() / 1_000_000;
        let shown = Shown::of(refusal).filter(|shown| shown.x509.not_after < now);
        let Some(shown) = shown else {
            return closed(finding, &refusal.scene(), refused(refusal));
        };
        let X509 {
            issuer,
            serial,
            not_after,
            ..
        } = shown.x509;
        let end = Date::of_day(*not_after / 86_400);
        let days = now.saturating_sub(*not_after) / 86_400;
        let shows = format!("valid until {end}, {days} days before the capture");
        shown
            .dress(finding, &format!("expired on {end}"), shows)
            .fix(refused(refusal), format!("Have “{issuer}” issue a new certificate; this one (serial {serial}) ended on {end}."))
    })
}

fn advice(finding: Finding, ends: &Scene) -> Finding {
    closed(about(finding), ends, holder(ends))
}

/// The certificate was not opened; `end` has to act.
fn closed(finding: Finding, ends: &Scene, end: String) -> Finding {
    finding
        .title(format!(
            "A certificate between {} and {} has expired",
            ends.initiator, ends.responder
        ))
        .fix(
            end,
            "Renew the certificate; check the clock of the end that refuses it.",
        )
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
        assert!(codes(text).contains(&"cert-expired"));
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
            .contains(&"cert-expired")
        );
    }

    const REFUSED: &str = "0.0 a>b INIT q0
         0.1 b>a INIT r0 certreq
         0.2 a>b AUTH q1 in=35:1300 { idi=a.example auth=14 cert=ok }
         0.3 b>a AUTH r1 in=36:1200 { idr=gw.example auth=14 cert=expired }
         0.31 a>b INFO q2 in=41:8 { n=24 }";

    #[test]
    fn an_opened_certificate_says_since_when() {
        // The clock of the test is near 1970: put the end before the capture.
        let late = REFUSED.replace("0.", "1800172800.");
        let found = found(&late, "cert-expired");
        assert!(
            found.title.ends_with("(C=CH, CN=gw) expired on 2027-01-15"),
            "{}",
            found.title
        );
        assert!(
            found
                .evidence
                .iter()
                .any(|c| c.shows.contains("2 days before"))
        );
        assert!(found.fixes[0].text.contains("“CN=Example CA”"));
    }
}
