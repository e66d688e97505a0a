//! # xauth-failure
//!
//! The user was refused by XAUTH.
//!
//! ## What happened
//!
//! Phase 1 was completed, the server asked for name and password (XAUTH), and
//! refused them.
//!
//! ## How it is recognised
//!
//! The server opens a transaction exchange, the client answers it, the server
//! opens another to set the status, and then neither mode-config nor quick mode
//! follows.
//!
//! ## What to do
//!
//! Check name and password, and the log of the server that checks them.
//!
//! ## What would prove it
//!
//! The keys of the IKE SA open the status (XAUTH-STATUS = FAIL); the log of the
//! server names the user.
//!
//! ## References
//!
//! draft-beaulieu-ike-xauth-02 §4.

use crate::diag::catalog::Scene;
use crate::diag::inquiry::Inquiry;
use crate::diag::refusal::candidates;
use crate::diag::{Finding, Who};
use alloc::format;
use alloc::vec::Vec;

rule!(
    "xauth-failure",
    "the user was refused by XAUTH",
    check,
    "xauth_failure.rs",
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
            "{} refused the user of {} (XAUTH)",
            ends.responder, ends.initiator
        ))
        .who(Who::Credentials)
        .fix(ends.at_initiator(), "Enter user name and password anew.")
        .fix(
            ends.at_responder(),
            "Check the user in the server behind XAUTH: its log names the reason.",
        )
        .refs(&["draft-beaulieu-ike-xauth-02 §4"])
}

#[cfg(test)]
mod tests {
    use crate::diag::ladder::{cause, codes};

    #[test]
    fn nothing_follows_the_status() {
        let text = "0.0 a>b MAIN sa=aes256-sha256-psk-modp2048
                 0.1 b>a MAIN sa=aes256-sha256-psk-modp2048
                 0.2 a>b MAIN ke
                 0.3 b>a MAIN ke
                 0.4 a>b MAIN *76
                 0.5 b>a MAIN *76
                 0.6 b>a TRANS m1 *92
                 0.7 a>b TRANS m1 *92
                 0.8 b>a TRANS m2 *92
                 0.9 a>b TRANS m2 *92";
        assert_eq!(cause(text), Some("xauth-failure"));
    }
    #[test]
    fn near_miss_quick_mode_follows() {
        let text = "0.0 a>b MAIN sa=aes256-sha256-psk-modp2048
                 0.1 b>a MAIN sa=aes256-sha256-psk-modp2048
                 0.2 a>b MAIN ke
                 0.3 b>a MAIN ke
                 0.4 a>b MAIN *76
                 0.5 b>a MAIN *76
                 0.6 b>a TRANS m1 *92
                 0.7 a>b TRANS m1 *92
                 0.8 b>a TRANS m2 *92
                 0.9 a>b TRANS m2 *92
                 1.0 a>b QUICK m7 *188
                 1.1 b>a QUICK m7 *188
                 1.2 a>b QUICK m7 *60";
        assert!(codes(text).is_empty());
    }
}
