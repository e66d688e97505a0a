//! # pfs-group-mismatch
//!
//! The two ends use different groups for perfect forward secrecy.
//!
//! ## What happened
//!
//! Each Child SA after the first has a key exchange of its own (PFS), and the
//! two ends accept different groups for it. In IKEv2 the tunnel comes up,
//! because IKE_AUTH has no key exchange for the Child SA, and breaks when it is
//! first rekeyed.
//!
//! ## How it is recognised
//!
//! The first Child SA was accepted; a CREATE_CHILD_SA large enough for a key
//! exchange is answered with a notification only, and no later one is accepted.
//! In IKEv1 quick mode with a key exchange is refused.
//!
//! ## What to do
//!
//! Put the same group on both ends, in the ESP proposal; AES-GCM with MODP-2048
//! or ECP-256 is widely supported.
//!
//! ## What would prove it
//!
//! The keys of the IKE SA open the notification (INVALID_KE_PAYLOAD names the
//! group that is wanted); both configurations decide it.
//!
//! ## References
//!
//! RFC 7296 §1.3; RFC 7296 §2.8; RFC 2409 §5.5.

use crate::diag::finding::{initiator, responder};
use crate::diag::inquiry::Inquiry;
use crate::diag::refusal::candidates;
use crate::diag::{Finding, Who};
use alloc::format;
use alloc::vec::Vec;

rule!("pfs-group-mismatch", "the two ends use different groups for perfect forward secrecy", check, "pfs_group_mismatch.rs", brings: ["rekey-stall", "plaintext-leak"]);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    candidates(case, RULE.code, |finding, refusal| {
        let sa = refusal.sa;
        finding
            .title(format!(
                "{} and {} use different groups for perfect forward secrecy",
                sa.initiator, sa.responder
            ))
            .who(Who::Local)
            .fix(
                initiator(sa),
                "Offer the group that the responder accepts in the ESP proposal.",
            )
            .fix(responder(sa), "Accept the group that the initiator offers.")
            .refs(&["RFC 7296 §1.3", "RFC 7296 §2.8", "RFC 2409 §5.5"])
    })
}

#[cfg(test)]
mod tests {
    use crate::diag::ladder::{cause, codes};

    #[test]
    fn rekey_with_key_exchange_refused() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=36:176
                 1.0 a>b ESP spi=7 x3
                 1.0 b>a ESP spi=8 x3
                 9.0 a>b CHILD q2 in=41:440
                 9.1 b>a CHILD r2 in=41:10";
        assert_eq!(cause(text), Some("pfs-group-mismatch"));
    }
    #[test]
    fn near_miss_the_other_group_is_tried_and_accepted() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=36:176
                 9.0 a>b CHILD q2 in=41:440
                 9.1 b>a CHILD r2 in=41:10
                 9.2 a>b CHILD q3 in=41:260
                 9.3 b>a CHILD r3 in=33:240";
        assert!(codes(text).is_empty());
    }
}
