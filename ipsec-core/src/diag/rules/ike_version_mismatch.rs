//! # ike-version-mismatch
//!
//! One end speaks IKEv1, the other IKEv2.
//!
//! ## What happened
//!
//! The initiator begins with one version of IKE, and the responder has a
//! connection for this peer in the other version only. The two versions share a
//! port and nothing else.
//!
//! ## How it is recognised
//!
//! - The peer answers with INVALID_MAJOR_VERSION.
//!
//! - The peer answers the first message with NO_PROPOSAL_CHOSEN, although the
//!   offer holds what every implementation must support: daemons say the same
//!   when they have no connection for this peer in this version.
//!
//! - The peer stays silent: some daemons drop the other version without a word.
//!
//! ## What to do
//!
//! Use IKEv2 on both ends; IKEv1 only where a device knows nothing else.
//!
//! ## What would prove it
//!
//! The log of the responder ("no connection for …", "no IKE config found"), or
//! its configuration.
//!
//! ## References
//!
//! RFC 7296 §2.5; RFC 7296 §3.1; RFC 9395 §3.

use crate::diag::catalog::Scene;
use crate::diag::inquiry::Inquiry;
use crate::diag::refusal::candidates;
use crate::diag::{Finding, Who};
use alloc::format;
use alloc::vec::Vec;

rule!(
    "ike-version-mismatch",
    "one end speaks IKEv1, the other IKEv2",
    check,
    "ike_version_mismatch.rs",
    advice: advice
);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    candidates(case, RULE.code, |finding, refusal| {
        let sa = refusal.sa;
        let version = if sa.is_v2() { "IKEv2" } else { "IKEv1" };
        let ends = refusal.scene();
        advised(finding, &ends, &format!(" ({version} was tried)")).title(format!(
            "{} does not speak {version} with {}",
            sa.responder, sa.initiator
        ))
    })
}

fn advice(finding: Finding, ends: &Scene) -> Finding {
    advised(finding, ends, "")
}

fn advised(finding: Finding, ends: &Scene, tried: &str) -> Finding {
    finding
        .title(format!(
            "{} and {} speak different versions of IKE",
            ends.initiator, ends.responder
        ))
        .who(Who::Local)
        .fix(
            ends.at_initiator(),
            format!("Use the version that the responder has configured for this peer{tried}."),
        )
        .fix(
            ends.at_responder(),
            "Prefer to offer IKEv2; RFC 9395 has made IKEv1 historic.",
        )
        .refs(&["RFC 7296 §2.5", "RFC 7296 §3.1", "RFC 9395 §3"])
}

#[cfg(test)]
mod tests {
    use crate::diag::ladder::{cause, codes};

    #[test]
    fn a_full_offer_is_refused() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0 n=14";
        assert_eq!(cause(text), Some("ike-version-mismatch"));
        assert!(codes(text).contains(&"no-common-ike-proposal"));
    }
    #[test]
    fn the_peer_says_so() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0 n=5";
        assert_eq!(cause(text), Some("ike-version-mismatch"));
    }
    #[test]
    fn near_miss_the_offer_is_accepted() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0";
        assert!(codes(text).is_empty());
    }
}
