//! # no-common-esp-proposal
//!
//! No ESP or AH proposal is acceptable to both ends.
//!
//! ## What happened
//!
//! The IKE SA is up, but the proposals for the Child SA (phase 2) have nothing
//! in common with what the other end accepts: cipher, integrity algorithm,
//! extended sequence numbers, tunnel or transport mode, or AH against ESP.
//!
//! ## How it is recognised
//!
//! - IKEv2: the answer to IKE_AUTH authenticates the responder, but has no room
//!   for a Child SA.
//!
//! - IKEv1: quick mode is answered with an informational message instead of its
//!   second message.
//!
//! Selectors that do not fit look the same on the wire, so this is one of
//! several candidates.
//!
//! ## What to do
//!
//! Put one proposal on both ends that each supports; AES-GCM with 128 or 256
//! bits is a good one.
//!
//! ## What would prove it
//!
//! The keys of the IKE SA open the proposals and the notification; both
//! configurations decide it without keys.
//!
//! ## References
//!
//! RFC 7296 §2.7; RFC 7296 §3.3.6; RFC 2409 §5.5.

use crate::diag::finding::{initiator, responder};
use crate::diag::inquiry::Inquiry;
use crate::diag::refusal::candidates;
use crate::diag::{Finding, Who};
use alloc::format;
use alloc::vec::Vec;

rule!(
    "no-common-esp-proposal",
    "no ESP or AH proposal is acceptable to both ends",
    check,
    "no_common_esp_proposal.rs"
);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    candidates(case, RULE.code, |finding, refusal| {
        let sa = refusal.sa;
        finding
            .title(format!(
                "{} and {} have no ESP or AH proposal in common",
                sa.initiator, sa.responder
            ))
            .who(Who::Local)
            .fix(
                initiator(sa),
                "Offer an ESP proposal that the responder accepts (cipher, integrity, mode).",
            )
            .fix(
                responder(sa),
                "Accept one of the proposals that the initiator offers.",
            )
            .refs(&["RFC 7296 §2.7", "RFC 7296 §3.3.6", "RFC 2409 §5.5"])
    })
}

#[cfg(test)]
mod tests {
    use crate::diag::ladder::codes;

    #[test]
    fn authenticated_but_without_a_child_sa() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=36:80";
        assert!(codes(text).contains(&"no-common-esp-proposal"));
    }
    #[test]
    fn near_miss_accepted() {
        assert!(
            codes(
                "0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=36:176"
            )
            .is_empty()
        );
    }
}
