//! # peer-died
//!
//! The peer does not answer any more.
//!
//! ## What happened
//!
//! The tunnel was up, and then the peer fell silent: it crashed, lost its
//! network, or was switched off. The other end asks whether it is alive (dead
//! peer detection), gets no answer and gives up.
//!
//! ## How it is recognised
//!
//! - IKEv2: a request other than a deletion is sent again and again without an
//!   answer, and nothing else comes from the peer.
//!
//! - IKEv1: one end sends informational messages of the same size at intervals
//!   (R-U-THERE), and nothing comes from the other end meanwhile.
//!
//! ## What to do
//!
//! Look after the peer and its network. Let traffic bring the tunnel up again
//! once it is back.
//!
//! ## What would prove it
//!
//! A capture at the peer's end: are the requests arriving there? If they are,
//! the peer is at fault, else the path.
//!
//! ## References
//!
//! RFC 7296 §2.4; RFC 3706.

use crate::diag::case::{IkeSa, Message};
use crate::diag::catalog::Scene;
use crate::diag::course::{V1, V2, first_payload};
use crate::diag::ending::ending;
use crate::diag::finding;
use crate::diag::inquiry::Inquiry;
use crate::diag::path::{self, Fate};
use crate::diag::{Confidence, Finding, Severity, Who};
use crate::time::{Duration, Instant};
use crate::wire::registry::ike::PayloadType;
use alloc::format;
use alloc::string::ToString as _;
use alloc::vec::Vec;

rule!("peer-died", "the peer does not answer any more", check, "peer_died.rs", advice: advice, brings: ["esp-blocked", "esp-return-blocked", "plaintext-leak", "lifetime-mismatch", "packet-loss", "idle-timeout"]);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    case.sas.iter().filter_map(|sa| {
        if !case.came_up(sa.peers) {
            return None;
        }
        let asked = V2::new(sa)
            .map_or_else(|| asked_v1(case, sa), |v2| asked_v2(case, &v2))
            .or_else(|| asked_anew(case, sa))?;
        let first = asked.first()?;
        let (asking, silent) = if first.ike.by_initiator {
            (sa.initiator, sa.responder)
        } else {
            (sa.responder, sa.initiator)
        };
        let lost = path::fate(case, sa, first) == Fate::Lost;
        let why = if lost {
            "The capture at the other end shows nothing of the questions: the way to the peer is broken, or its host is off."
        } else {
            "Questions that every live peer must answer stay unanswered, and nothing else comes from it."
        };
        let mut finding = Finding::new(RULE.code, sa.peers, Severity::Error, Confidence::Likely)
            .title(format!("{silent} does not answer any more"))
            .why(why)
            .weight(70)
            .who(Who::Peer)
            .fix(silent.to_string(), "Look whether the host, its IKE daemon and its network are up.")
            .fix(asking.to_string(), "Let traffic, or a timer, set the tunnel up again.")
            .refs(&["RFC 7296 §2.4", "RFC 3706"]);
        for message in asked.iter().take(3) {
            let copies = finding::count(message.copies().into(), "time");
            finding = finding.cite(finding::message(message, format!("sent {copies}, unanswered")));
        }
        Some(finding)
    }).collect()
}

fn advice(finding: Finding, ends: &Scene) -> Finding {
    finding
        .title(format!(
            "One of {} and {} does not answer any more",
            ends.initiator, ends.responder
        ))
        .who(Who::Peer)
        .fix(
            "the silent end",
            "Look whether the host, its IKE daemon and its network are up.",
        )
        .fix(
            "the end that asks",
            "Let traffic, or a timer, set the tunnel up again.",
        )
        .refs(&["RFC 7296 §2.4", "RFC 3706"])
}

fn asked_v2<'c, 'a>(case: &Inquiry<'_, 'a>, v2: &V2<'c, 'a>) -> Option<Vec<&'c Message<'a>>> {
    let silent = v2.turns.iter().find(|turn| {
        let deletion = turn
            .requests
            .iter()
            .any(|m| first_payload(m) == Some(PayloadType::DELETE.0));
        let last = turn.requests.iter().map(|m| m.last).max();
        turn.copies() >= 3
            && turn.id > 0
            && !turn.is_answered()
            && !deletion
            && last.is_some_and(|last| is_quiet(case, v2.sa, turn.by_initiator, turn.at(), last))
    })?;
    let established = v2.auth().iter().any(|turn| turn.is_answered());
    established.then(|| silent.requests.clone())
}

fn asked_v1<'c, 'a>(case: &Inquiry<'_, 'a>, sa: &'c IkeSa<'a>) -> Option<Vec<&'c Message<'a>>> {
    let v1 = V1::new(sa)?;
    for by_initiator in [true, false] {
        let sent = v1
            .informational
            .iter()
            .filter(|m| m.ike.by_initiator == by_initiator && m.ike.sealed.is_some());
        let mut run: Vec<&'c Message<'a>> = Vec::new();
        for message in sent {
            let spaced = run.last().is_none_or(|last| {
                message.at.saturating_since(last.at) >= INTERVAL && last.ike.len == message.ike.len
            });
            if !spaced {
                run.clear();
            }
            run.push(message);
            let first = run.first().map_or(message.at, |first| first.at);
            if run.len() >= 3 && is_quiet(case, sa, by_initiator, first, message.at) {
                return Some(run);
            }
        }
    }
    None
}

/// The tunnel was up and nobody took it down, and now nobody answers the first
/// message of a new set-up.
fn asked_anew<'c, 'a>(case: &Inquiry<'_, 'a>, sa: &'c IkeSa<'a>) -> Option<Vec<&'c Message<'a>>> {
    let [first] = sa.messages.as_slice() else {
        return None;
    };
    let before = case
        .sas_of(sa.peers)
        .any(|other| other.begin() < sa.begin());
    let taken_down = ending(case, sa.peers).is_some();
    let patient = first.copies() >= 4 && first.span() >= PATIENCE;
    (before && patient && !taken_down).then(|| alloc::vec![first])
}

/// Nothing came from the asked end between the two moments.
fn is_quiet(
    case: &Inquiry<'_, '_>,
    sa: &IkeSa<'_>,
    by_initiator: bool,
    from: Instant,
    to: Instant,
) -> bool {
    let from_first = case.opened_by_first(sa) == by_initiator;
    let during = |at: Instant| from < at && at <= to;
    let messages = case
        .sas_of(sa.peers)
        .flat_map(|other| other.messages.iter().map(move |m| (other, m)));
    let mut spoke =
        messages.filter(|(other, message)| case.message_from_first(other, message) != from_first);
    let mut flows = case
        .flows_of(sa.peers)
        .filter(|flow| flow.from_first != from_first);
    !spoke.any(|(_, m)| during(m.at) || during(m.last))
        && !flows.any(|flow| flow.end > from && flow.begin < to)
}

/// How long a first message is repeated before it means something.
const PATIENCE: Duration = Duration::from_secs(10);

/// Deletions come in bursts, questions at intervals.
const INTERVAL: Duration = Duration::from_millis(800);

#[cfg(test)]
mod tests {
    use crate::diag::ladder::{cause, codes};

    #[test]
    fn liveness_checks_without_an_answer() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=36:176
                 1.0 a>b ESP spi=7 x9 until=3.0
                 1.0 b>a ESP spi=8 x9 until=3.0
                 30.0 a>b INFO q2 in=0:0 x5 every=4";
        assert_eq!(cause(text), Some("peer-died"));
    }
    #[test]
    fn r_u_there_without_an_answer() {
        let text = "0.0 a>b MAIN sa=aes256-sha256-psk-modp2048
                 0.1 b>a MAIN sa=aes256-sha256-psk-modp2048
                 0.2 a>b MAIN ke
                 0.3 b>a MAIN ke
                 0.4 a>b MAIN *76
                 0.5 b>a MAIN *76
                 0.6 a>b QUICK m7 *188
                 0.7 b>a QUICK m7 *188
                 0.8 a>b QUICK m7 *60
                 1.0 a>b ESP spi=7
                 1.0 b>a ESP spi=8
                 2.0 a>b INFO1 m8 *108
                 4.0 a>b INFO1 m9 *108
                 6.0 a>b INFO1 m10 *108";
        assert_eq!(cause(text), Some("peer-died"));
    }
    #[test]
    fn a_new_set_up_without_an_answer() {
        let text = "0.0 a>b INIT q0
             0.1 b>a INIT r0
             0.2 a>b AUTH q1 in=35:230
             0.3 b>a AUTH r1 in=36:176
             60.0 a>b INIT q0 spi=3 x5 every=4";
        assert_eq!(cause(text), Some("peer-died"));
    }
    #[test]
    fn near_miss_deletions_in_a_burst() {
        let text = "0.0 a>b MAIN sa=aes256-sha256-psk-modp2048
                 0.1 b>a MAIN sa=aes256-sha256-psk-modp2048
                 0.2 a>b MAIN ke
                 0.3 b>a MAIN ke
                 0.4 a>b MAIN *76
                 0.5 b>a MAIN *76
                 0.6 a>b QUICK m7 *188
                 0.7 b>a QUICK m7 *188
                 0.8 a>b QUICK m7 *60
                 2.0 a>b INFO1 m8 *92
                 2.01 a>b INFO1 m9 *92
                 2.02 a>b INFO1 m10 *92";
        assert!(codes(text).is_empty());
    }
    #[test]
    fn near_miss_answered() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=36:176
                 30.0 a>b INFO q2 in=0:0
                 30.1 b>a INFO r2 in=0:0
                 60.0 a>b INFO q3 in=0:0
                 60.1 b>a INFO r3 in=0:0";
        assert!(codes(text).is_empty());
    }
}
