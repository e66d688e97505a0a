//! # pfs-mismatch
//!
//! One end demands perfect forward secrecy, the other does not offer it.
//!
//! ## What happened
//!
//! With PFS each Child SA has a key exchange of its own. The end that demands
//! it refuses a request without one. In IKEv2 this shows only at the first
//! rekey, because the first Child SA never has one.
//!
//! ## How it is recognised
//!
//! Quick mode or CREATE_CHILD_SA is refused, and the request is too small to
//! hold a key exchange.
//!
//! ## What to do
//!
//! Switch PFS on with the same group on both ends, or off on both.
//!
//! ## What would prove it
//!
//! `--keys` with those of the IKE SA: they show whether KE is there, and the
//! notification. Both configurations decide it.
//!
//! ## References
//!
//! RFC 7296 §1.3.1; RFC 2409 §5.5.

use crate::diag::catalog::Scene;
use crate::diag::inquiry::Inquiry;
use crate::diag::refusal::candidates;
use crate::diag::{Finding, Who};
use alloc::format;
use alloc::vec::Vec;

rule!("pfs-mismatch", "one end demands perfect forward secrecy, the other does not offer it", check, "pfs_mismatch.rs", advice: advice, brings: ["rekey-stall", "plaintext-leak"]);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    candidates(case, RULE.code, |finding, refusal| {
        advice(finding, &refusal.scene())
    })
}

fn advice(finding: Finding, ends: &Scene) -> Finding {
    finding
        .title(format!(
            "{} and {} disagree on perfect forward secrecy",
            ends.initiator, ends.responder
        ))
        .who(Who::Local)
        .fix(
            ends.at_refused(),
            "Switch PFS on with the group that the other end demands.",
        )
        .fix(
            ends.at_refusing(),
            "Demand PFS only if every peer offers it.",
        )
        .refs(&["RFC 7296 §1.3.1", "RFC 2409 §5.5"])
}

#[cfg(test)]
mod tests {
    use crate::diag::ladder::codes;

    #[test]
    fn quick_mode_without_key_exchange_refused() {
        let text = "0.0 a>b MAIN sa=aes256-sha256-psk-modp2048
                 0.1 b>a MAIN sa=aes256-sha256-psk-modp2048
                 0.2 a>b MAIN ke
                 0.3 b>a MAIN ke
                 0.4 a>b MAIN *76
                 0.5 b>a MAIN *76
                 0.6 a>b QUICK m7 *188
                 0.7 b>a INFO1 m8 *92";
        assert!(codes(text).contains(&"pfs-mismatch"));
    }
    #[test]
    fn near_miss_quick_mode_with_key_exchange() {
        let text = "0.0 a>b MAIN sa=aes256-sha256-psk-modp2048
                 0.1 b>a MAIN sa=aes256-sha256-psk-modp2048
                 0.2 a>b MAIN ke
                 0.3 b>a MAIN ke
                 0.4 a>b MAIN *76
                 0.5 b>a MAIN *76
                 0.6 a>b QUICK m7 *460
                 0.7 b>a INFO1 m8 *92";
        assert!(!codes(text).contains(&"pfs-mismatch"));
    }
}
