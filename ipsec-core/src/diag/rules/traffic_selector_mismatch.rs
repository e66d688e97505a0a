//! # traffic-selector-mismatch
//!
//! The two ends do not agree on the networks to protect.
//!
//! ## What happened
//!
//! The traffic selectors (IKEv1: client identities, proxy IDs) of one end do
//! not fit those of the other: another network, another mask, hosts on one side
//! and a network on the other, or both ends with the same list instead of
//! mirrored ones. IKEv2 may narrow what was asked for; IKEv1 has to take it as
//! it is or refuse.
//!
//! ## How it is recognised
//!
//! - IKEv2: the answer to IKE_AUTH authenticates the responder, but has no room
//!   for a Child SA.
//!
//! - IKEv1: quick mode is answered with an informational message instead of its
//!   second message.
//!
//! The notification is encrypted, and a refused ESP proposal looks the same, so
//! this is one of several candidates.
//!
//! ## What to do
//!
//! Compare the protected networks of both ends, address and mask: each end must
//! list as local what the other lists as remote.
//!
//! ## What would prove it
//!
//! The keys of the IKE SA open both selectors and the notification
//! (TS_UNACCEPTABLE, INVALID-ID-INFORMATION). Both configurations decide it
//! without keys.
//!
//! ## References
//!
//! RFC 7296 §2.9; RFC 2409 §5.5; RFC 4301 §4.4.1.

use crate::diag::finding::{initiator, responder};
use crate::diag::inquiry::Inquiry;
use crate::diag::refusal::candidates;
use crate::diag::{Finding, Who};
use alloc::format;
use alloc::vec::Vec;

rule!(
    "traffic-selector-mismatch",
    "the two ends do not agree on the networks to protect",
    check,
    "traffic_selector_mismatch.rs"
);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    candidates(case, RULE.code, |finding, refusal| {
        let sa = refusal.sa;
        finding
            .title(format!("{} and {} do not agree on the networks to protect", sa.initiator, sa.responder))
            .who(Who::Local)
            .fix(initiator(sa), "List as remote networks exactly what the responder lists as local, and the other way round.")
            .fix(responder(sa), "Accept the networks that the initiator asks for, or correct its own.")
            .refs(&["RFC 7296 §2.9", "RFC 2409 §5.5", "RFC 4301 §4.4.1"])
    })
}

#[cfg(test)]
mod tests {
    use crate::diag::ladder::{cause, codes};

    #[test]
    fn authenticated_but_without_a_child_sa() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=36:80";
        assert_eq!(cause(text), Some("traffic-selector-mismatch"));
        assert!(codes(text).contains(&"no-common-esp-proposal"));
    }
    #[test]
    fn quick_mode_refused() {
        let text = "0.0 a>b MAIN sa=aes256-sha256-psk-modp2048
                 0.1 b>a MAIN sa=aes256-sha256-psk-modp2048
                 0.2 a>b MAIN ke
                 0.3 b>a MAIN ke
                 0.4 a>b MAIN *76
                 0.5 b>a MAIN *76
                 0.6 a>b QUICK m7 *188
                 0.7 b>a INFO1 m8 *92";
        assert_eq!(cause(text), Some("traffic-selector-mismatch"));
    }
    #[test]
    fn near_miss_no_child_sa_asked_for() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:100
                 0.3 b>a AUTH r1 in=36:80";
        assert!(codes(text).is_empty());
    }
}
