//! # exchange-mode-mismatch
//!
//! One end uses main mode, the other aggressive mode.
//!
//! ## What happened
//!
//! Phase 1 of IKEv1 has two modes, and the responder is configured for the
//! other one than the initiator uses. They cannot be mixed.
//!
//! ## How it is recognised
//!
//! - The first message is answered with an error that speaks of the exchange,
//!   or with AUTHENTICATION-FAILED before there was anything to authenticate.
//!
//! - Aggressive mode brings no answer at all.
//!
//! - Message 5 of main mode is refused with an encrypted notification that the
//!   initiator heeds.
//!
//! ## What to do
//!
//! Use main mode on both ends, or better IKEv2. Aggressive mode shows the
//! identity and lets anyone try pre-shared keys offline.
//!
//! ## What would prove it
//!
//! The log of the responder, or both configurations.
//!
//! ## References
//!
//! RFC 2409 §5; RFC 2408 §3.14.1.

use crate::diag::catalog::Scene;
use crate::diag::inquiry::Inquiry;
use crate::diag::refusal::candidates;
use crate::diag::{Finding, Who};
use alloc::format;
use alloc::vec::Vec;

rule!(
    "exchange-mode-mismatch",
    "one end uses main mode, the other aggressive mode",
    check,
    "exchange_mode_mismatch.rs",
    advice: advice
);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    candidates(case, RULE.code, |finding, refusal| {
        let mode = match refusal.signs.aggressive {
            true => "aggressive",
            false => "main",
        };
        let (initiator, responder) = (refusal.sa.initiator, refusal.sa.responder);
        advice(finding, &refusal.scene()).title(format!(
            "{initiator} uses {mode} mode, {responder} expects the other"
        ))
    })
}

fn advice(finding: Finding, ends: &Scene) -> Finding {
    finding
        .title(format!(
            "One of {} and {} uses main mode, the other aggressive mode",
            ends.initiator, ends.responder
        ))
        .who(Who::Local)
        .fix(
            ends.at_initiator(),
            "Use the mode that the responder is configured for; prefer main mode, or IKEv2.",
        )
        .fix(ends.at_responder(), "Accept main mode from this peer.")
        .refs(&["RFC 2409 §5", "RFC 2408 §3.14.1"])
}

#[cfg(test)]
mod tests {
    use crate::diag::ladder::{cause, codes};

    #[test]
    fn authentication_failed_to_the_first_message() {
        let text = "0.0 a>b AGGR sa=aes256-sha256-psk-modp2048 ke
                 0.1 b>a INFO1 m5 n=24";
        assert_eq!(cause(text), Some("exchange-mode-mismatch"));
    }
    #[test]
    fn silence_in_aggressive_mode() {
        let text = "0.0 a>b AGGR sa=aes256-sha256-psk-modp2048 ke x4 every=1";
        assert!(codes(text).contains(&"exchange-mode-mismatch"));
    }
    #[test]
    fn near_miss_silence_in_main_mode() {
        let text = "0.0 a>b MAIN sa=aes256-sha256-psk-modp2048 x4 every=1";
        assert!(!codes(text).contains(&"exchange-mode-mismatch"));
    }
}
