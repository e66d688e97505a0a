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
//! `--keys` with those of the IKE SA: they open the deletion, and the lifetimes of
//! quick mode (IKEv1) or of AUTH_LIFETIME (IKEv2); other lifetimes of IKEv2 are
//! never told. Both configurations; the logs, which say which lifetime ran out.
//!
//! ## References
//!
//! RFC 7296 §2.8; RFC 2407 §4.5.4; RFC 4301 §4.4.2.1.

use crate::diag::case::{Flow, Message};
use crate::diag::catalog::Scene;
use crate::diag::ending::{Ending, ending};
use crate::diag::finding::{self, end_of};
use crate::diag::inquiry::Inquiry;
use crate::diag::refusal::Stage;
use crate::diag::{Confidence, Finding, Severity, Who};
use crate::evidence::{Exchange, Place, TransformKind};
use crate::wire::registry::ike;
use alloc::format;
use alloc::vec::Vec;

rule!("lifetime-mismatch", "one end lets its SA run out while the other still uses it", check, "lifetime_mismatch.rs", advice: advice, brings: ["plaintext-leak", "esp-blocked", "esp-return-blocked", "packet-loss"]);

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

fn advice(finding: Finding, ends: &Scene) -> Finding {
    finding
        .title(format!(
            "{} and {} have different lifetimes",
            ends.initiator, ends.responder
        ))
        .who(Who::Local)
        .fix(
            format!("{} and {}", ends.initiator, ends.responder),
            "Write the same lifetimes, in seconds and in bytes, at both ends, and let both renew before they run out.",
        )
        .refs(&["RFC 7296 §2.8", "RFC 2407 §4.5.4"])
}

fn of(case: &Inquiry<'_, '_>, ending: &Ending<'_, '_>) -> Finding {
    let (ended, other) = (
        end_of(case, ending.peers, ending.by_first),
        end_of(case, ending.peers, !ending.by_first),
    );
    let up = ending.message.at.saturating_since(ending.begin).as_secs();
    let mut finding = Finding::new(RULE.code, ending.peers, Severity::Error, Confidence::Likely)
        .title(format!("{ended} ended the SA after {up} seconds while {other} still used it"))
        .why("One end took the SA down and no new one followed, though there was traffic;")
        .because(match ending.message.ike.is_open() {
            true => "its deletion was opened, but does not say why: an administrator may have done it as well.",
            false => "the message itself is encrypted, so an administrator may have done it as well.",
        })
        .weight(if ending.fits_idle { 50 } else { 60 })
        .who(Who::Local)
        .cite(finding::message(ending.message, format!("{ended} ends the SA")))
        .fix(ended, "Set the lifetime (seconds and bytes) to that of the other end, and rekey before it runs out.")
        .fix(other, "Set the same lifetimes, and set the tunnel up again when it is deleted (trap policy).")
        .refs(&["RFC 7296 §2.8", "RFC 2407 §4.5.4"]);
    if let Some(told) = told(case, ending) {
        let (seconds, by) = (told.seconds, told.message.ike.route.from.ip());
        let shows = format!("{by} tells a lifetime of {seconds} seconds");
        finding = finding.cite(finding::at_place(told.message, told.place, shows));
        if told.seconds > up.saturating_mul(2) {
            finding = finding.because(&format!(
                "{seconds} seconds were agreed on, and it lasted {up}."
            ));
        }
    }
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

/// A lifetime that a message tells.
struct Told<'c, 'a> {
    message: &'c Message<'a>,
    place: &'a Place,
    seconds: u64,
}

/// The lifetime that the last message before the end told: of a quick mode
/// answer (RFC 2407 §4.5), or AUTH_LIFETIME (RFC 4478).
fn told<'c, 'a>(case: &'c Inquiry<'_, 'a>, ending: &Ending<'_, '_>) -> Option<Told<'c, 'a>> {
    let messages = case.sas_of(ending.peers).flat_map(|sa| &sa.messages);
    let before = messages.filter(|message| message.at < ending.message.at);
    let told = before.filter_map(|message| {
        let inside = message.ike.inside.as_deref()?;
        let (seconds, place) = match message.ike.exchange {
            Exchange::V2(_) => {
                let number = ike::NotifyType::AUTH_LIFETIME.0;
                let mut notifies = inside.notifies.iter();
                let notify = notifies.find(|notify| notify.number == number)?;
                let data = <[u8; 4]>::try_from(notify.data.as_slice()).ok()?;
                (u32::from_be_bytes(data).into(), &notify.place)
            }
            Exchange::V1(_) => {
                let mut all = inside.proposals.iter().flat_map(|one| &one.transforms);
                let life = all.find(|one| one.kind == TransformKind::LifeSeconds)?;
                (life.id, inside.proposals_at.as_ref()?)
            }
        };
        Some(Told {
            message,
            place,
            seconds,
        })
    });
    told.last()
}

#[cfg(test)]
mod tests {
    use crate::diag::ladder::{cause, codes, found};

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

    /// The end of the tunnel; `last` is what the informational message holds.
    fn ended(last: &str) -> String {
        format!(
            "0.0 a>b MAIN sa=aes256-sha256-psk-modp2048
             0.1 b>a MAIN sa=aes256-sha256-psk-modp2048
             0.2 a>b MAIN ke
             0.3 b>a MAIN ke
             0.4 a>b MAIN *76
             0.5 b>a MAIN *76
             0.6 a>b QUICK m7 *188 {{ esp=aes256-l1h }}
             0.7 b>a QUICK m7 *188 {{ esp=aes256-l1h }}
             0.8 a>b QUICK m7 *60
             1.0 a>b ESP spi=7 x9 until=3.0
             1.0 b>a ESP spi=8 x9 until=3.0
             5.0 b>a INFO1 m8 *92 {{ {last} }}
             6.0 h>k CLEAR icmp x2 every=0.2"
        )
    }

    #[test]
    fn opened_lifetimes_are_held_against_the_age() {
        let found = found(&ended("delete=esp:00000007"), "lifetime-mismatch");
        assert!(
            found
                .why
                .contains("3600 seconds were agreed on, and it lasted 5")
        );
        assert!(
            found
                .evidence
                .iter()
                .any(|c| c.shows.contains("tells a lifetime of 3600"))
        );
    }

    #[test]
    fn near_miss_an_opened_message_that_deletes_nothing() {
        assert!(!codes(&ended("n=36136")).contains(&"lifetime-mismatch"));
    }
}
