//! # no-common-ike-proposal
//!
//! No proposal for the IKE SA is acceptable to both ends.
//!
//! ## What happened
//!
//! The responder accepts none of the proposals in the first message: cipher,
//! integrity algorithm or hash, pseudorandom function, group, in IKEv1 also the
//! authentication method and lifetime.
//!
//! ## How it is recognised
//!
//! The first message is answered with NO_PROPOSAL_CHOSEN (14). The notification
//! is not authenticated. If the offer holds what every implementation must
//! support, other causes become as probable: daemons send the same notification
//! when they have no connection for this peer, or only one in the other version
//! of IKE.
//!
//! ## What to do
//!
//! Put one proposal on both ends that each supports; AES-GCM or AES-CBC-256
//! with SHA-256 and MODP-2048 or ECP-256 is a good one. Change the weaker end.
//!
//! ## What would prove it
//!
//! The configuration of the responder, or its log, which lists what was offered
//! and what is configured.
//!
//! ## References
//!
//! RFC 7296 §2.7; RFC 7296 §3.3.6; RFC 2409 §5; RFC 8247 §2.

use crate::diag::catalog::Scene;
use crate::diag::inquiry::Inquiry;
use crate::diag::refusal::Refusal;
use crate::diag::refusal::candidates;
use crate::diag::{Finding, Who};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

rule!(
    "no-common-ike-proposal",
    "no proposal for the IKE SA is acceptable to both ends",
    check,
    "no_common_ike_proposal.rs",
    advice: advice
);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    candidates(case, RULE.code, |finding, refusal| {
        let mut finding = advice(finding, &refusal.scene());
        finding.title.push_str(&offered(refusal));
        finding
    })
}

fn advice(finding: Finding, ends: &Scene) -> Finding {
    finding
        .title(format!("{} accepts none of the IKE proposals of {}", ends.responder, ends.initiator))
        .who(Who::Local)
        .fix(ends.at_initiator(), "Offer what the responder accepts; AES-256, SHA-256 and MODP-2048 are supported nearly everywhere.")
        .last_resort(ends.at_responder(), "Accept one of the proposals that the initiator offers, if they are strong enough.")
        .refs(&["RFC 7296 §2.7", "RFC 7296 §3.3.6", "RFC 2409 §5", "RFC 8247 §2"])
}

/// What was offered, if it fits in a title.
fn offered(refusal: &Refusal<'_, '_>) -> String {
    let proposals = &refusal.request.ike.content.proposals;
    match proposals.as_slice() {
        [one] => {
            let names: Vec<&str> = one.transforms.iter().map(|t| t.name.as_str()).collect();
            format!(" (offered: {})", names.join(", "))
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use crate::diag::ladder::{cause, codes};

    #[test]
    fn an_offer_of_old_algorithms_is_refused() {
        let text = "0.0 a>b INIT q0 sa=3des-md5-prfmd5-modp1024
                 0.1 b>a INIT r0 n=14";
        assert_eq!(cause(text), Some("no-common-ike-proposal"));
    }
    #[test]
    fn near_miss_another_group_is_asked_for() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0 n=17:0013
                 0.2 a>b INIT q0 ke=19 len=300
                 0.3 b>a INIT r0 ke=19";
        assert!(!codes(text).contains(&"no-common-ike-proposal"));
    }
    #[test]
    fn near_miss_a_scanner_asks_for_everything() {
        let text = "0.0 a>b MAIN sa=3des-md5-psk-modp1024
                 0.1 b>a INFO1 m5 n=14
                 1.0 a>b MAIN spi=3 sa=aes256-sha256-psk-modp2048
                 1.1 b>a MAIN spi=3 sa=aes256-sha256-psk-modp2048
                 2.0 a>b MAIN spi=5 sa=aes256-sha1-psk-modp2048
                 2.1 b>a MAIN spi=5 sa=aes256-sha1-psk-modp2048";
        assert!(!codes(text).contains(&"no-common-ike-proposal"));
    }
}
