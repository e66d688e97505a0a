//! # peer-lost-state
//!
//! The peer does not know the SA any more.
//!
//! ## What happened
//!
//! The peer restarted or cleaned up, and no longer has the SA that the other
//! end still uses. It says so in the clear (INVALID_SPI, INVALID_IKE_SPI,
//! INVALID-COOKIE), because it has no SA to say it under.
//!
//! ## How it is recognised
//!
//! - A notification in the clear says that an SPI or cookie is unknown, after
//!   the tunnel was up. Anyone could have sent it, so it is no proof.
//!
//! - Requests under the old SA are not answered any more, and the silent end
//!   opens a new one without having taken the old one down.
//!
//! ## What to do
//!
//! Let the other end check the peer (dead peer detection) and set the tunnel up
//! again. With RFC 6290 a restarted peer can prove that it lost its state.
//!
//! ## What would prove it
//!
//! The log of the peer: a restart at that time. `--keys` with those of the IKE SA
//! open an INVALID_SPI that came under its protection: then the peer has the IKE
//! SA and has lost the ESP SA.
//!
//! ## References
//!
//! RFC 7296 §1.5; RFC 7296 §2.21.4; RFC 2408 §3.14.1; RFC 6290.

use crate::diag::case::IkeSa;
use crate::diag::course::{Outcome2, V2};
use crate::diag::finding;
use crate::diag::inquiry::Inquiry;
use crate::diag::{Confidence, Finding, Severity, Who};
use crate::evidence::{Exchange, Notify};
use crate::wire::registry::{ike, isakmp};
use alloc::format;
use alloc::string::ToString as _;
use alloc::vec::Vec;

rule!("peer-lost-state", "the peer does not know the SA any more", check, "peer_lost_state.rs", brings: ["esp-blocked", "esp-return-blocked", "plaintext-leak", "esp-unknown-spi"]);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    let mut found: Vec<Finding> = case
        .sas
        .iter()
        .filter_map(|sa| begins_anew(case, sa))
        .collect();
    for sa in &case.sas {
        for message in &sa.messages {
            let v2 = matches!(message.ike.exchange, Exchange::V2(_));
            let lost = message.ike.notifies().find(|notify| lost(notify, v2));
            let used = case.came_up(sa.peers) || !case.flows.is_empty();
            // Quick mode may be refused so in IKEv1.
            let Some(notify) = lost.filter(|notify| used && (v2 || !notify.authenticated)) else {
                continue;
            };
            let (confidence, why) = match notify.authenticated {
                true => (
                    Confidence::Proven,
                    "It says so under the protection of the IKE SA.",
                ),
                false => (
                    Confidence::Likely,
                    "It says so in the clear, as it must; anyone could have sent that.",
                ),
            };
            let from = message.ike.route.from.ip();
            let again = case
                .sas_of(sa.peers)
                .any(|other| other.begin() > message.at);
            let severity = if again {
                Severity::Warning
            } else {
                Severity::Error
            };
            found.push(
                Finding::new(RULE.code, sa.peers, severity, confidence)
                    .title(format!("{from} does not know the SA any more"))
                    .why(why)
                    .weight(70)
                    .who(Who::Peer)
                    .cite(finding::at_place(
                        message,
                        &notify.place,
                        format!("{} ({})", notify.name, notify.number),
                    ))
                    .fix(
                        message.ike.route.to.ip().to_string(),
                        "Check the peer (dead peer detection) and set the tunnel up again.",
                    )
                    .fix(
                        from.to_string(),
                        "Find out why it restarted or dropped the SA.",
                    )
                    .refs(&["RFC 7296 §1.5", "RFC 7296 §2.21.4", "RFC 6290"]),
            );
        }
    }
    found
}

/// An end does not answer under the old SA any more and opens a new one
/// without having taken the old one down.
fn begins_anew(case: &Inquiry<'_, '_>, sa: &IkeSa<'_>) -> Option<Finding> {
    let v2 = V2::new(sa)?;
    if !matches!(v2.outcome(), Outcome2::Up(_)) {
        return None;
    }
    let turn = v2
        .turns
        .iter()
        .find(|turn| turn.id > 0 && turn.copies() >= 2 && !turn.is_answered())?;
    let request = turn.request()?;
    let silent = if turn.by_initiator {
        sa.responder
    } else {
        sa.initiator
    };
    let anew = case
        .sas_of(sa.peers)
        .find(|other| other.begin() > request.at && other.initiator == silent)?;
    Some(
        Finding::new(RULE.code, sa.peers, Severity::Warning, Confidence::Likely)
            .title(format!("{silent} does not know the SA any more"))
            .why("It does not answer under the old SA, and opens a new one without having taken the old one down: it was restarted.")
            .weight(68)
            .who(Who::Peer)
            .cite(finding::message(request, format!("sent {} times, unanswered", request.copies())))
            .cite(finding::message(anew.messages.first()?, "a new SA instead"))
            .fix(silent.to_string(), "Find out why it restarted.")
            .refs(&["RFC 7296 §2.4", "RFC 6290"]),
    )
}

fn lost(notify: &Notify, v2: bool) -> bool {
    let number = notify.number;
    if v2 {
        number == ike::NotifyType::INVALID_SPI.0 || number == ike::NotifyType::INVALID_IKE_SPI.0
    } else {
        number == isakmp::NotifyType::INVALID_SPI.0
            || number == isakmp::NotifyType::INVALID_COOKIE.0
    }
}

#[cfg(test)]
mod tests {
    use crate::diag::Confidence;
    use crate::diag::ladder::{cause, codes, found};

    #[test]
    fn invalid_spi_in_the_clear() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=36:176
                 1.0 a>b ESP spi=7 x9 until=3.0
                 1.0 b>a ESP spi=8 x9 until=3.0
                 30.0 a>b ESP spi=7 x9 until=40
                 30.1 b>a INFO q0 n=11";
        assert_eq!(cause(text), Some("peer-lost-state"));
    }
    #[test]
    fn silent_under_the_old_sa_and_back_with_a_new_one() {
        let text = "0.0 a>b INIT q0
             0.1 b>a INIT r0
             0.2 a>b AUTH q1 in=35:230
             0.3 b>a AUTH r1 in=36:176
             60.0 a>b INFO q2 in=0:0 x3 every=4
             70.0 b>a INIT q0 spi=2
             70.1 a>b INIT r0 spi=2
             70.2 b>a AUTH q1 spi=2 in=35:230
             70.3 a>b AUTH r1 spi=2 in=36:176";
        assert!(codes(text).contains(&"peer-lost-state"));
    }
    #[test]
    fn near_miss_another_notification() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=36:176
                 1.0 a>b ESP spi=7 x9 until=3.0
                 1.0 b>a ESP spi=8 x9 until=3.0
                 30.1 b>a INFO q0 n=16384";
        assert!(!codes(text).contains(&"peer-lost-state"));
    }

    #[test]
    fn invalid_spi_under_the_protection_of_the_ike_sa() {
        let text = "0.0 a>b INIT q0
             0.1 b>a INIT r0
             0.2 a>b AUTH q1 in=35:230
             0.3 b>a AUTH r1 in=36:176
             1.0 a>b ESP spi=7 x9 until=3.0
             1.0 b>a ESP spi=8 x9 until=3.0
             30.0 a>b ESP spi=7 x9 until=40
             30.1 b>a INFO q0 in=41:12 { n=11:00000007 }";
        assert_eq!(
            found(text, "peer-lost-state").confidence,
            Confidence::Proven
        );
    }
}
