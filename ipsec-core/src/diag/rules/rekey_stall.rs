//! # rekey-stall
//!
//! Rekeying gets stuck, and the SA runs out.
//!
//! ## What happened
//!
//! An SA must be replaced before its lifetime ends. The request for the new one
//! is not answered although the peer is alive, so that the old one runs out and
//! traffic stops, at the same time after each set-up.
//!
//! ## How it is recognised
//!
//! A CREATE_CHILD_SA request, or the first message of quick mode, is sent at
//! least three times without an answer, while the peer goes on sending other
//! packets.
//!
//! ## What to do
//!
//! Look at the log of the end that does not answer; check for a request too
//! large for the path (a key exchange with a large group), and compare
//! lifetimes.
//!
//! ## What would prove it
//!
//! The log of both ends at that time; a capture at the other end.
//!
//! ## References
//!
//! RFC 7296 §2.8; RFC 7296 §2.4; RFC 2409 §5.5.

use crate::diag::case::{IkeSa, Message};
use crate::diag::course::{V1, V2};
use crate::diag::finding;
use crate::diag::inquiry::Inquiry;
use crate::diag::{Confidence, Finding, Severity, Who};
use crate::wire::registry::ike::ExchangeType;
use alloc::format;
use alloc::string::ToString as _;
use alloc::vec::Vec;

rule!("rekey-stall", "rekeying gets stuck, and the SA runs out", check, "rekey_stall.rs", brings: ["plaintext-leak", "esp-return-blocked", "packet-loss"]);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    case.sas.iter().filter_map(|sa| {
        let request = V2::new(sa).map_or_else(|| stuck_v1(sa), |v2| stuck_v2(&v2))?;
        if !case.came_up(sa.peers) || !peer_lives(case, sa, request) {
            return None;
        }
        let (asking, asked) = if request.ike.by_initiator {
            (sa.initiator, sa.responder)
        } else {
            (sa.responder, sa.initiator)
        };
        Some(
            Finding::new(RULE.code, sa.peers, Severity::Error, Confidence::Likely)
                .title(format!("{asked} does not answer when {asking} wants to rekey"))
                .why("The request was repeated without an answer, while the peer went on sending other packets.")
                .weight(65)
                .who(Who::Peer)
                .cite(finding::message(request, format!("sent {} times, unanswered", request.copies())))
                .fix(asked.to_string(), "Look at its log at this time: it may refuse without a word, or not get the request.")
                .fix(asking.to_string(), "Try a smaller group for PFS, or the other end as the one that rekeys first.")
                .refs(&["RFC 7296 §2.8", "RFC 7296 §2.4"]),
        )
    }).collect()
}

fn stuck_v2<'c, 'a>(v2: &V2<'c, 'a>) -> Option<&'c Message<'a>> {
    let mut turns = v2.of(ExchangeType::CREATE_CHILD_SA);
    let stuck = turns.find(|turn| !turn.is_answered() && turn.copies() >= 3)?;
    stuck.request()
}

fn stuck_v1<'c, 'a>(sa: &'c IkeSa<'a>) -> Option<&'c Message<'a>> {
    let v1 = V1::new(sa)?;
    let stuck =
        v1.quick.iter().skip(1).find(|quick| {
            quick.two.is_none() && quick.refused.is_none() && quick.one.copies() >= 3
        })?;
    Some(stuck.one)
}

/// The end that was asked sent something after the request was repeated.
fn peer_lives(case: &Inquiry<'_, '_>, sa: &IkeSa<'_>, request: &Message<'_>) -> bool {
    let from_first = case.message_from_first(sa, request);
    let messages = case
        .sas_of(sa.peers)
        .flat_map(|other| other.messages.iter().map(move |m| (other, m)));
    let mut spoke =
        messages.filter(|(other, message)| case.message_from_first(other, message) != from_first);
    let mut flows = case
        .flows_of(sa.peers)
        .filter(|flow| flow.from_first != from_first);
    spoke.any(|(_, message)| message.last > request.at) || flows.any(|flow| flow.end > request.at)
}

#[cfg(test)]
mod tests {
    use crate::diag::ladder::{cause, codes};

    #[test]
    fn a_rekey_without_an_answer() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=36:176
                 1.0 a>b ESP spi=7 x90 until=90
                 1.0 b>a ESP spi=8 x90 until=90
                 60.0 a>b CHILD q2 in=41:180 x4 every=4";
        assert_eq!(cause(text), Some("rekey-stall"));
    }
    #[test]
    fn near_miss_answered_late() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=36:176
                 1.0 a>b ESP spi=7 x90 until=90
                 1.0 b>a ESP spi=8 x90 until=90
                 60.0 a>b CHILD q2 in=41:180 x3 every=4
                 70.0 b>a CHILD r2 in=33:180";
        assert!(!codes(text).contains(&"rekey-stall"));
    }
}
