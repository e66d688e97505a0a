//! # eap-failure
//!
//! The user was refused by EAP.
//!
//! ## What happened
//!
//! The responder authenticated itself, EAP began, and it ended with a refusal:
//! a wrong name or password, a user that is not allowed, or a method that one
//! side does not support.
//!
//! ## How it is recognised
//!
//! IKE_AUTH takes more than one round, the rounds carry EAP, and then the
//! exchange breaks off: the answer has room for a notification only, or the
//! initiator sends one.
//!
//! ## What to do
//!
//! Check name and password, and the log of the server that checks them (RADIUS,
//! LDAP). Compare the EAP methods of both ends.
//!
//! ## What would prove it
//!
//! The keys of the IKE SA open the EAP messages; the log of the RADIUS server
//! names the user and the reason.
//!
//! ## References
//!
//! RFC 7296 §2.16; RFC 3748 §4.2.

use crate::diag::catalog::Scene;
use crate::diag::inquiry::Inquiry;
use crate::diag::refusal::candidates;
use crate::diag::{Finding, Who};
use alloc::format;
use alloc::vec::Vec;

rule!(
    "eap-failure",
    "the user was refused by EAP",
    check,
    "eap_failure.rs",
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
            "{} was refused by EAP at {}",
            ends.initiator, ends.responder
        ))
        .who(Who::Credentials)
        .fix(ends.at_initiator(), "Enter user name and password anew.")
        .fix(
            ends.at_responder(),
            "Check the user in the server behind EAP (RADIUS, LDAP): its log names the reason.",
        )
        .refs(&["RFC 7296 §2.16", "RFC 3748 §4.2"])
}

#[cfg(test)]
mod tests {
    use crate::diag::ladder::{cause, codes};

    #[test]
    fn initiator_gives_up_in_the_middle_of_eap() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0 certreq
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=36:1150
                 0.4 a>b AUTH q2 in=48:20
                 0.5 b>a AUTH r2 in=48:40
                 0.6 a>b AUTH q3 in=48:80
                 0.7 b>a AUTH r3 in=48:60
                 0.8 a>b INFO q4 in=41:8
                 0.9 b>a INFO r4 in=0:0";
        assert_eq!(cause(text), Some("eap-failure"));
    }
    #[test]
    fn near_miss_eap_ends_with_auth() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0 certreq
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=36:1150
                 0.4 a>b AUTH q2 in=48:20
                 0.5 b>a AUTH r2 in=48:12
                 0.6 a>b AUTH q3 in=39:40
                 0.7 b>a AUTH r3 in=39:176";
        assert!(codes(text).is_empty());
    }
}
