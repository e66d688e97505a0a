//! # psk-mismatch
//!
//! The two ends hold different pre-shared keys.
//!
//! ## What happened
//!
//! Both ends authenticate with a pre-shared key, and the keys are not the same:
//! a typing error, a key changed on one side only, a trailing blank or newline,
//! a key given as text here and as hexadecimal there.
//!
//! ## How it is recognised
//!
//! - IKEv1 main mode: the keys that encrypt message 5 hang on the secret, so
//!   the responder cannot read it. It stays silent and repeats message 4, or
//!   answers each copy with a notification that the initiator cannot read
//!   either.
//!
//! - IKEv1 aggressive mode: the responder proves its key in message 2, and the
//!   initiator turns it down at once.
//!
//! - IKEv2: the answer to IKE_AUTH has room for AUTHENTICATION_FAILED only. A
//!   wrong identity, a missing key or another method look the same on the wire,
//!   so this is one of several candidates.
//!
//! ## What to do
//!
//! Enter the key anew on both ends, from the same source. Compare length and
//! encoding, not only the look of it. If the tunnel worked before, ask who
//! changed the key and when.
//!
//! ## What would prove it
//!
//! The key of one end: whether it fits can be computed from a capture of
//! aggressive mode, and with the secret of the key exchange for the other
//! modes. The log of the responder names the check that failed.
//!
//! ## References
//!
//! RFC 7296 §2.15; RFC 7296 §2.21.2; RFC 2409 §5.

use crate::diag::finding::{initiator, responder};
use crate::diag::inquiry::Inquiry;
use crate::diag::refusal::candidates;
use crate::diag::{Finding, Who};
use alloc::format;
use alloc::vec::Vec;

rule!(
    "psk-mismatch",
    "the two ends hold different pre-shared keys",
    check,
    "psk_mismatch.rs"
);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    candidates(case, RULE.code, |finding, refusal| {
        let sa = refusal.sa;
        finding
            .title(format!("{} and {} hold different pre-shared keys", sa.initiator, sa.responder))
            .who(Who::Credentials)
            .fix(responder(sa), "Enter the pre-shared key for this peer anew, from the same source as the other end.")
            .fix(initiator(sa), "Enter the pre-shared key for this peer anew; mind trailing blanks and the encoding.")
            .refs(&["RFC 7296 §2.15", "RFC 7296 §2.21.2", "RFC 2409 §5"])
    })
}

#[cfg(test)]
mod tests {
    use crate::diag::ladder::{cause, codes};

    #[test]
    fn main_mode_where_the_initiator_cannot_read_the_answer() {
        let text = "0.0 a>b MAIN sa=aes256-sha256-psk-modp2048
                 0.1 b>a MAIN sa=aes256-sha256-psk-modp2048
                 0.2 a>b MAIN ke
                 0.3 b>a MAIN ke
                 0.4 a>b MAIN *108 x4 every=1
                 0.5 b>a INFO1 m1 *92
                 1.5 b>a INFO1 m2 *92";
        assert_eq!(cause(text), Some("psk-mismatch"));
    }
    #[test]
    fn main_mode_where_the_responder_stays_silent() {
        let text = "0.0 a>b MAIN sa=aes256-sha256-psk-modp2048
                 0.1 b>a MAIN sa=aes256-sha256-psk-modp2048
                 0.2 a>b MAIN ke
                 0.3 b>a MAIN ke x4 every=1
                 0.4 a>b MAIN *108 x4 every=1";
        assert_eq!(cause(text), Some("psk-mismatch"));
    }
    #[test]
    fn aggressive_mode_turned_down_by_the_initiator() {
        let text = "0.0 a>b AGGR sa=aes256-sha256-psk-modp2048 ke
                 0.1 b>a AGGR sa=aes256-sha256-psk-modp2048 ke hash
                 0.11 a>b INFO1 m1 *108";
        assert_eq!(cause(text), Some("psk-mismatch"));
    }
    #[test]
    fn a_refused_ike_auth_is_one_of_several_candidates() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=41:8";
        assert_eq!(cause(text), Some("psk-mismatch"));
        assert!(codes(text).contains(&"peer-id-mismatch"));
    }
    #[test]
    fn near_miss_an_accepted_ike_auth() {
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
    #[test]
    fn near_miss_a_refusal_that_the_initiator_heeds() {
        let text = "0.0 a>b MAIN sa=aes256-sha256-psk-modp2048
                 0.1 b>a MAIN sa=aes256-sha256-psk-modp2048
                 0.2 a>b MAIN ke
                 0.3 b>a MAIN ke
                 0.4 a>b MAIN *108
                 0.5 b>a INFO1 m1 *92";
        assert_ne!(cause(text), Some("psk-mismatch"));
    }
}
