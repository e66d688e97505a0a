//! # idle-timeout
//!
//! The tunnel is taken down when nothing is sent.
//!
//! ## What happened
//!
//! One end deletes the SA after a time without traffic. That is a setting, not
//! a failure; but the first packets afterwards are lost or go in the clear
//! until the tunnel is up again, and some ends cannot bring it up at all.
//!
//! ## How it is recognised
//!
//! One end takes the SA down after a time without protected packets that a
//! timer would be set to (a minute and more, or a whole number of seconds when
//! the age of the SA is none), and afterwards there is demand again: a new
//! set-up, packets into the dead SA, or packets in the clear.
//!
//! ## What to do
//!
//! Lengthen or switch off the idle timer, send something now and then, or let
//! traffic bring the tunnel up from both ends.
//!
//! ## What would prove it
//!
//! The configuration of the end that deletes, or its log.
//!
//! ## References
//!
//! RFC 7296 §2.4; RFC 7296 §1.4.1.

use crate::diag::ending::ending;
use crate::diag::finding::{self, end_of};
use crate::diag::inquiry::Inquiry;
use crate::diag::{Confidence, Finding, Severity, Who};
use alloc::format;
use alloc::vec::Vec;

rule!("idle-timeout", "the tunnel is taken down when nothing is sent", check, "idle_timeout.rs", brings: ["plaintext-leak"]);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    let endings = (0..case.peers.len()).filter_map(|peers| ending(case, peers));
    endings.filter_map(|ending| {
        let last = ending.last_packet?;
        let silence = ending.message.at.saturating_since(last);
        let again = case.sas_of(ending.peers).find(|sa| sa.begin() > ending.message.at);
        let leftover = ending.dead_packets.is_some() || ending.clear.is_some();
        if !ending.fits_idle || again.is_none() && !leftover {
            return None;
        }
        let severity = if leftover { Severity::Error } else { Severity::Warning };
        let ended = end_of(case, ending.peers, ending.by_first);
        let mut finding = Finding::new(RULE.code, ending.peers, severity, Confidence::Likely)
            .title(format!("{ended} takes the tunnel down after {} seconds without traffic", silence.as_secs()))
            .why("The silence before the deletion fits an idle timer; an administrator may have done it as well.")
            .weight(65)
            .who(Who::Local)
            .cite(finding::message(ending.message, "the SA is ended"))
            .fix(ended, "Lengthen the idle timer or switch it off, or send a keepalive through the tunnel every minute.")
            .refs(&["RFC 7296 §2.4"]);
        if let Some(first) = again.and_then(|sa| sa.messages.first()) {
            finding = finding.cite(finding::message(first, "it is set up again"));
        }
        Some(finding)
    }).collect()
}

#[cfg(test)]
mod tests {
    use crate::diag::ladder::{cause, codes};

    #[test]
    fn deleted_after_a_silence_and_set_up_again() {
        let text = "0.0 a>b MAIN sa=aes256-sha256-psk-modp2048
                 0.1 b>a MAIN sa=aes256-sha256-psk-modp2048
                 0.2 a>b MAIN ke
                 0.3 b>a MAIN ke
                 0.4 a>b MAIN *76
                 0.5 b>a MAIN *76
                 0.6 a>b QUICK m7 *188
                 0.7 b>a QUICK m7 *188
                 0.8 a>b QUICK m7 *60
                 1.0 a>b ESP spi=7 x9 until=3.0
                 1.0 b>a ESP spi=8 x9 until=3.0
                 303.0 b>a INFO1 m8 *92
                 400.0 a>b MAIN spi=3 sa=aes256-sha256-psk-modp2048
                 400.1 b>a MAIN spi=3 sa=aes256-sha256-psk-modp2048";
        assert_eq!(cause(text), Some("idle-timeout"));
    }
    #[test]
    fn near_miss_deleted_while_in_use() {
        let text = "0.0 a>b MAIN sa=aes256-sha256-psk-modp2048
                 0.1 b>a MAIN sa=aes256-sha256-psk-modp2048
                 0.2 a>b MAIN ke
                 0.3 b>a MAIN ke
                 0.4 a>b MAIN *76
                 0.5 b>a MAIN *76
                 0.6 a>b QUICK m7 *188
                 0.7 b>a QUICK m7 *188
                 0.8 a>b QUICK m7 *60
                 1.0 a>b ESP spi=7 x9 until=3.0
                 1.0 b>a ESP spi=8 x9 until=3.0
                 3.5 b>a INFO1 m8 *92
                 4.0 a>b MAIN spi=3 sa=aes256-sha256-psk-modp2048
                 4.1 b>a MAIN spi=3 sa=aes256-sha256-psk-modp2048";
        assert!(!codes(text).contains(&"idle-timeout"));
    }
}
