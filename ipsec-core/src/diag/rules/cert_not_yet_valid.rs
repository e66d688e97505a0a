//! # cert-not-yet-valid
//!
//! A certificate is not valid yet.
//!
//! ## What happened
//!
//! The first day of a certificate lies in the future as seen by the end that
//! checks it: most often a clock that was never set, or one in another time
//! zone.
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
//! Set the clock of the end that refuses, by NTP; check the dates of the
//! certificate.
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

use super::certificate::{Shown, checker, refused, refusing};
use crate::diag::catalog::Scene;
use crate::diag::inquiry::Inquiry;
use crate::diag::refusal::candidates;
use crate::diag::{Finding, Who};
use crate::time::Date;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

rule!(
    "cert-not-yet-valid",
    "a certificate is not valid yet",
    check,
    "cert_not_yet_valid.rs",
    advice: advice
);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    candidates(case, RULE.code, |finding, refusal| {
        let finding = about(finding);
        let now = refusal.request.at.as_micros() / 1_000_000;
        let shown = Shown::of(refusal).filter(|shown| shown.x509.not_before > now);
        let Some(shown) = shown else {
            return closed(finding, &refusal.scene(), refusing(refusal));
        };
        let (begin, today) = (
            Date::of_day(shown.x509.not_before / 86_400),
            Date::of_day(now / 86_400),
        );
        let is = format!("is valid only from {begin} on, or a clock is wrong");
        let shows = format!("valid from {begin} on; the capture is of {today}");
        shown
            .dress(finding, &is, shows)
            .fix(refusing(refusal), format!("Set the clock, if it is not {today} there."))
            .fix(refused(refusal), format!("Use a certificate that is valid today; this one (serial {}) begins on {begin}.", shown.x509.serial))
    })
}

fn advice(finding: Finding, ends: &Scene) -> Finding {
    closed(about(finding), ends, checker(ends))
}

/// The certificate was not opened; `end` has to act.
fn closed(finding: Finding, ends: &Scene, end: String) -> Finding {
    finding
        .title(format!(
            "A certificate between {} and {} is not valid yet, or a clock is wrong",
            ends.initiator, ends.responder
        ))
        .fix(
            end,
            "Set the clock of the end that refuses, and check the first day of the certificate.",
        )
}

fn about(finding: Finding) -> Finding {
    finding
        .who(Who::Clock)
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
        assert!(codes(text).contains(&"cert-not-yet-valid"));
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
            .contains(&"cert-not-yet-valid")
        );
    }

    const REFUSED: &str = "0.0 a>b INIT q0
         0.1 b>a INIT r0 certreq
         0.2 a>b AUTH q1 in=35:1300 { idi=a.example auth=14 cert=ok }
         0.3 b>a AUTH r1 in=36:1200 { idr=gw.example auth=14 cert=notyet }
         0.31 a>b INFO q2 in=41:8 { n=24 }";

    #[test]
    fn an_opened_certificate_says_from_when() {
        let found = found(REFUSED, "cert-not-yet-valid");
        assert!(
            found
                .title
                .contains("(C=CH, CN=gw) is valid only from 2023-11-14 on")
        );
        assert!(
            found
                .evidence
                .iter()
                .any(|c| c.shows.ends_with("is of 1970-01-01"))
        );
    }
}
