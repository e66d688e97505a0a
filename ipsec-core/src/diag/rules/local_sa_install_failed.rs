//! # local-sa-install-failed
//!
//! The host refused to install the negotiated SA.
//!
//! ## What happened
//!
//! Both daemons agreed, and then the kernel of one end did not take the SA: no
//! ESP support, an algorithm that it does not know, a policy that is in the
//! way, no memory. The daemon tells its peer with a notification that fits
//! something else, often NO_PROPOSAL_CHOSEN.
//!
//! ## How it is recognised
//!
//! - IKEv1: quick mode is answered, and the end that asked refuses the answer.
//!
//! - IKEv2: the answer to IKE_AUTH leaves out IDr and AUTH, although
//!   authentication did not fail, and the initiator protests.
//!
//! Neither excludes other reasons, so this is one of several candidates.
//!
//! ## What to do
//!
//! Look at the log of the end that refuses, and at its kernel: is ESP there,
//! are the algorithms, is a conflicting policy left over?
//!
//! ## What would prove it
//!
//! The log of the end that refuses ("unable to install …", "netlink error …").
//!
//! ## References
//!
//! RFC 7296 §2.21.2; RFC 4301 §4.4.2.

use super::certificate::refusing_child;
use crate::diag::catalog::Scene;
use crate::diag::inquiry::Inquiry;
use crate::diag::refusal::candidates;
use crate::diag::{Finding, Who};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

rule!(
    "local-sa-install-failed",
    "the host refused to install the negotiated SA",
    check,
    "local_sa_install_failed.rs",
    advice: advice
);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    candidates(case, RULE.code, |finding, refusal| {
        advised(finding, &refusal.scene(), refusing_child(refusal))
    })
}

fn advice(finding: Finding, ends: &Scene) -> Finding {
    let refusing = match ends.initiator_refuses {
        Some(_) => ends.at_refusing(),
        None => "the end that logs it".into(),
    };
    advised(finding, ends, refusing)
}

/// `refusing` is the end whose host refused.
fn advised(finding: Finding, ends: &Scene, refusing: String) -> Finding {
    finding
        .title(format!("{} or {} could not install the negotiated SA", ends.initiator, ends.responder))
        .who(Who::Software)
        .fix(refusing, "Look for errors of the kernel in the log; check that it has ESP and the negotiated algorithms.")
        .refs(&["RFC 7296 §2.21.2", "RFC 4301 §4.4.2"])
}

#[cfg(test)]
mod tests {
    use crate::diag::ladder::{cause, codes};

    #[test]
    fn the_end_that_asked_refuses_the_answer() {
        let text = "0.0 a>b MAIN sa=aes256-sha256-psk-modp2048
                 0.1 b>a MAIN sa=aes256-sha256-psk-modp2048
                 0.2 a>b MAIN ke
                 0.3 b>a MAIN ke
                 0.4 a>b MAIN *76
                 0.5 b>a MAIN *76
                 0.6 a>b QUICK m7 *188
                 0.7 b>a QUICK m7 *188
                 0.71 a>b INFO1 m8 *92";
        assert_eq!(cause(text), Some("local-sa-install-failed"));
    }
    #[test]
    fn answer_without_authentication_and_a_protest() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=41:8
                 0.31 a>b INFO q2 in=41:8
                 0.32 b>a INFO r2 in=0:0";
        assert_eq!(cause(text), Some("local-sa-install-failed"));
    }
    #[test]
    fn near_miss_a_completed_quick_mode() {
        let text = "0.0 a>b MAIN sa=aes256-sha256-psk-modp2048
                 0.1 b>a MAIN sa=aes256-sha256-psk-modp2048
                 0.2 a>b MAIN ke
                 0.3 b>a MAIN ke
                 0.4 a>b MAIN *76
                 0.5 b>a MAIN *76
                 0.6 a>b QUICK m7 *188
                 0.7 b>a QUICK m7 *188
                 0.71 a>b QUICK m7 *60
                 9.0 a>b INFO1 m8 *92";
        assert!(codes(text).is_empty());
    }
}
