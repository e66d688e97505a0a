//! # psk-lookup-by-nat-address
//!
//! The pre-shared key is looked up by the address of a NAT.
//!
//! ## What happened
//!
//! In IKEv1 main mode the identity comes encrypted under the pre-shared key,
//! so the responder must find the key by the address alone. Behind a NAT that
//! is the address of the NAT, for which there is no key, or that of another
//! host behind it.
//!
//! ## How it is recognised
//!
//! The detection hashes, or two captures, show a NAT; the agreed method is a
//! pre-shared key; and the responder finds no key (INVALID-KEY-INFORMATION
//! after message 3), or refuses message 5.
//!
//! ## What to do
//!
//! Use IKEv2, which looks keys up by identity, or certificates. Else give the
//! responder a key for the address of the NAT, which all hosts behind it share.
//! Aggressive mode sends the identity in the clear and lets the key be guessed.
//!
//! ## What would prove it
//!
//! The log of the responder: for which address it looked for a key.
//!
//! ## References
//!
//! RFC 2409 §5.4; RFC 3947 §7; RFC 3715 §2.1.

use crate::diag::Finding;
use crate::diag::Who;
use crate::diag::catalog::Scene;
use crate::diag::inquiry::Inquiry;
use crate::diag::refusal::candidates;
use alloc::format;
use alloc::vec::Vec;

rule!(
    "psk-lookup-by-nat-address",
    "the pre-shared key is looked up by the address of a NAT",
    check,
    "psk_lookup_by_nat_address.rs",
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
            "{} looks for a key for the NAT, not for {}",
            ends.responder, ends.initiator
        ))
        .who(Who::Credentials)
        .fix("both ends", "Use IKEv2, or certificates.")
        .fix(
            ends.at_responder(),
            "Add a pre-shared key for the address of the NAT.",
        )
        .last_resort(
            ends.at_initiator(),
            "Use aggressive mode with a name as identity and a long random key.",
        )
        .refs(&["RFC 2409 §5.4", "RFC 3947 §7"])
}

#[cfg(test)]
mod tests {
    use crate::diag::ladder::{cause, codes};

    #[test]
    fn no_key_behind_a_nat() {
        let text = "0.0 n>b MAIN sa=aes256-sha256-psk-modp2048 by=n
             0.1 b>n MAIN sa=aes256-sha256-psk-modp2048
             0.2 n>b MAIN ke nat=src:bad nat=dst:ok by=n
             0.3 b>n INFO1 m5 n=17";
        assert_eq!(cause(text), Some("psk-lookup-by-nat-address"));
    }

    #[test]
    fn near_miss_no_nat() {
        let text = "0.0 a>b MAIN sa=aes256-sha256-psk-modp2048
             0.1 b>a MAIN sa=aes256-sha256-psk-modp2048
             0.2 a>b MAIN ke nat=src:ok nat=dst:ok
             0.3 b>a INFO1 m5 n=17";
        assert!(!codes(text).contains(&"psk-lookup-by-nat-address"));
    }
}
