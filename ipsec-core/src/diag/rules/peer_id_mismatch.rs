//! # peer-id-mismatch
//!
//! An end identifies itself otherwise than its peer expects.
//!
//! ## What happened
//!
//! Each end names itself with an identity (an address, a domain name, a user
//! name, a certificate subject), and the other end knows its peer under another
//! one. Behind a NAT the default identity, the own private address, is often
//! the culprit.
//!
//! ## How it is recognised
//!
//! - IKEv1: message 5 is answered with an encrypted notification that the
//!   initiator heeds: the keys fit, so what it says about itself does not.
//!
//! - IKEv2: the responder refuses IKE_AUTH with a notification, because of IDi
//!   or of the IDr that was asked for; or the initiator turns down the
//!   responder because of its IDr.
//!
//! ## What to do
//!
//! Compare type and value of both identities on both ends. Set them explicitly
//! instead of relying on addresses, above all behind a NAT.
//!
//! ## What would prove it
//!
//! The keys of the IKE SA open both identities. The logs name them, and the
//! configurations say which one is expected.
//!
//! ## References
//!
//! RFC 7296 §2.15; RFC 7296 §3.5; RFC 2407 §4.6.2.

use crate::diag::finding::{initiator, responder};
use crate::diag::inquiry::Inquiry;
use crate::diag::refusal::candidates;
use crate::diag::{Finding, Who};
use alloc::format;
use alloc::vec::Vec;

rule!(
    "peer-id-mismatch",
    "an end identifies itself otherwise than its peer expects",
    check,
    "peer_id_mismatch.rs"
);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    candidates(case, RULE.code, |finding, refusal| {
        let sa = refusal.sa;
        finding
            .title(format!("The identity of {} or {} is not the one that the other expects", sa.initiator, sa.responder))
            .who(Who::Peer)
            .fix(initiator(sa), "Set the own identity (type and value) to the one that the responder expects, and the expected one to what the responder sends.")
            .fix(responder(sa), "Set the expected identity of this peer to what it sends.")
            .refs(&["RFC 7296 §2.15", "RFC 7296 §3.5", "RFC 2407 §4.6.2"])
    })
}

#[cfg(test)]
mod tests {
    use crate::diag::ladder::{cause, codes};

    #[test]
    fn message_5_refused_once() {
        let text = "0.0 a>b MAIN sa=aes256-sha256-psk-modp2048
                 0.1 b>a MAIN sa=aes256-sha256-psk-modp2048
                 0.2 a>b MAIN ke
                 0.3 b>a MAIN ke
                 0.4 a>b MAIN *108
                 0.5 b>a INFO1 m1 *108";
        assert_eq!(cause(text), Some("peer-id-mismatch"));
    }
    #[test]
    fn responder_turned_down_without_certificates() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=36:176
                 0.31 a>b INFO q2 in=41:8
                 0.32 b>a INFO r2 in=0:0";
        assert_eq!(cause(text), Some("peer-id-mismatch"));
    }
    #[test]
    fn near_miss_phase_1_goes_on() {
        let text = "0.0 a>b MAIN sa=aes256-sha256-psk-modp2048
                 0.1 b>a MAIN sa=aes256-sha256-psk-modp2048
                 0.2 a>b MAIN ke
                 0.3 b>a MAIN ke
                 0.4 a>b MAIN *76
                 0.5 b>a MAIN *76
                 0.6 a>b QUICK m7 *188
                 0.7 b>a QUICK m7 *188
                 0.8 a>b QUICK m7 *60
                 5.0 b>a INFO1 m8 *92";
        assert!(codes(text).is_empty());
    }
}
