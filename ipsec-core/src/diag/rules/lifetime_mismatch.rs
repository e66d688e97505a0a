//! # lifetime-mismatch
//!
//! One end lets its SA run out while the other still uses it.
//!
//! ## What happened
//!
//! The two ends keep their SAs for different times. When the shorter one runs
//! out and is not replaced, its end deletes it; the other end goes on sending
//! into a dead SA (when the deletion is lost), in the clear (when its policy
//! lets it), or sets everything up again.
//!
//! ## How it is recognised
//!
//! After the tunnel was up, one end ends it with a deletion of its own, no new
//! SA follows, and the other end still has something to send: protected packets
//! that nobody answers, or packets in the clear.
//!
//! ## What to do
//!
//! Set the same lifetimes on both ends, in seconds and in bytes, and let both
//! rekey before the end.
//!
//! ## What would prove it
//!
//! Both configurations; the logs, which say which lifetime ran out. With the
//! keys the deletion itself can be read.
//!
//! ## References
//!
//! RFC 7296 §2.8; RFC 2407 §4.5.4; RFC 4301 §4.4.2.1.

use crate::diag::case::Flow;
use crate::diag::ending::{Ending, ending};
use crate::diag::finding::{self, end_of};
use crate::diag::inquiry::Inquiry;
use crate::diag::refusal::Stage;
use crate::diag::{Confidence, Finding, Severity, Who};
use alloc::format;
use alloc::vec::Vec;

rule!("lifetime-mismatch", "one end lets its SA run out while the other still uses it", check, "lifetime_mismatch.rs", brings: ["plaintext-leak", "esp-blocked", "esp-return-blocked", "packet-loss"]);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    let refused = case.refusals();
    let endings = (0..case.peers.len()).filter_map(|peers| ending(case, peers));
    let missed = endings.filter(|ending| {
        let rekey = refused
            .iter()
            .any(|refusal| refusal.sa.peers == ending.peers && refusal.stage == Stage::Rekey);
        !rekey && (ending.dead_packets.is_some() || ending.clear.is_some())
    });
    missed.map(|ending| of(case, &ending)).collect()
}

fn of(case: &Inquiry<'_, '_>, ending: &Ending<'_, '_>) -> Finding {
    let (ended, other) = (
        end_of(case, ending.peers, ending.by_first),
        end_of(case, ending.peers, !ending.by_first),
    );
    let up = ending.message.at.saturating_since(ending.begin).as_secs();
    let mut finding = Finding::new(RULE.code, ending.peers, Severity::Error, Confidence::Likely)
        .title(format!("{ended} ended the SA after {up} seconds while {other} still used it"))
        .why("One end took the SA down and no new one followed, though there was traffic; the message itself is encrypted, so an administrator may have done it as well.")
        .weight(if ending.fits_idle { 50 } else { 60 })
        .who(Who::Local)
        .cite(finding::message(ending.message, format!("{ended} ends the SA")))
        .fix(ended, "Set the lifetime (seconds and bytes) to that of the other end, and rekey before it runs out.")
        .fix(other, "Set the same lifetimes, and set the tunnel up again when it is deleted (trap policy).")
        .refs(&["RFC 7296 §2.8", "RFC 2407 §4.5.4"]);
    if let Some(view) = ending.dead_packets.and_then(Flow::best) {
        finding = finding.cite(finding::flow(view, "goes on without an answer"));
    }
    if let Some(clear) = ending.clear {
        finding = finding.cite(finding::filed(
            clear,
            &clear.fact.place,
            "goes on in the clear",
        ));
    }
    finding
}

#[cfg(test)]
mod tests {
    use crate::diag::ladder::{cause, codes};

    #[test]
    fn packets_in_the_clear_after_a_deletion() {
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
                 5.0 b>a INFO1 m8 *92
                 6.0 h>k CLEAR icmp x2 every=0.2";
        assert_eq!(cause(text), Some("lifetime-mismatch"));
    }
    #[test]
    fn packets_into_a_dead_sa() {
        let text = "0.0 a>b MAIN sa=aes256-sha256-psk-modp2048
                 0.1 b>a MAIN sa=aes256-sha256-psk-modp2048
                 0.2 a>b MAIN ke
                 0.3 b>a MAIN ke
                 0.4 a>b MAIN *76
                 0.5 b>a MAIN *76
                 0.6 a>b QUICK m7 *188
                 0.7 b>a QUICK m7 *188
                 0.8 a>b QUICK m7 *60
                 1.0 a>b ESP spi=7 x9 until=9.0
                 1.0 b>a ESP spi=8 x2 until=2.0
                 5.0 b>a INFO1 m8 *92";
        assert_eq!(cause(text), Some("lifetime-mismatch"));
    }
    #[test]
    fn near_miss_the_tunnel_is_simply_taken_down() {
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
                 5.0 b>a INFO1 m8 *92";
        assert!(codes(text).is_empty());
    }
    #[test]
    fn near_miss_dead_peer_detection() {
        let text = "0.0 a>b MAIN sa=aes256-sha256-psk-modp2048
                 0.1 b>a MAIN sa=aes256-sha256-psk-modp2048
                 0.2 a>b MAIN ke
                 0.3 b>a MAIN ke
                 0.4 a>b MAIN *76
                 0.5 b>a MAIN *76
                 0.6 a>b QUICK m7 *188
                 0.7 b>a QUICK m7 *188
                 0.8 a>b QUICK m7 *60
                 1.0 a>b ESP spi=7 x9 until=9.0
                 1.0 b>a ESP spi=8 x2 until=2.0
                 5.0 b>a INFO1 m8 *108
                 5.1 a>b INFO1 m9 *108";
        assert!(!codes(text).contains(&"lifetime-mismatch"));
    }
}
