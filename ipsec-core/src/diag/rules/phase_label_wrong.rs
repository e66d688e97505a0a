//! # phase-label-wrong
//!
//! A message is called phase 2 that cannot be one.
//!
//! ## What happened
//!
//! A text calls an IKEv1 message part of phase 2. Quick mode is always
//! encrypted, so behind its header of 28 bytes stand whole blocks of a cipher, of
//! eight bytes at least. The length of this message leaves a rest: it is a
//! message in the clear, and so one of phase 1. The heading, or the copying, is
//! wrong.
//!
//! ## How it is recognised
//!
//! - The length less 28 is no multiple of eight.
//!
//! - Packets under headings of different phases have the same lengths: one pair
//!   was copied from the other.
//!
//! - An IP identification has a digit less than the one that the packets before
//!   it lead to.
//!
//! ## What to do
//!
//! Look at the capture from which the text was taken.
//!
//! ## What would prove it
//!
//! The exchange type in the header of the message: `tcpdump -v`.
//!
//! ## References
//!
//! RFC 2409 §5.5; RFC 2408 §3.1.

use super::outlined::between;
use crate::diag::arithmetic::{ISAKMP_HEADER, SMALLEST_BLOCK, lost_digit, may_be_encrypted};
use crate::diag::case::Filed;
use crate::diag::finding;
use crate::diag::inquiry::Inquiry;
use crate::diag::{Confidence, Finding, Severity, Who};
use crate::evidence::{PacketOutline, Place};
use alloc::format;
use alloc::vec::Vec;

rule!(
    "phase-label-wrong",
    "a message is called phase 2 that cannot be one",
    check,
    "phase_label_wrong.rs"
);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    (0..case.peers.len())
        .filter_map(|peers| of_peers(case, peers))
        .collect()
}

fn of_peers(case: &Inquiry<'_, '_>, peers: usize) -> Option<Finding> {
    let mut packets = between(case, peers);
    packets.retain(|packet| packet.fact.is_ike());
    let of_phase = |phase| {
        packets
            .iter()
            .filter(move |packet| packet.fact.said_phase == Some(phase))
    };
    let (wrong, len) = of_phase(2).find_map(|packet| {
        let len = packet.fact.payload_len?;
        (len > ISAKMP_HEADER && !may_be_encrypted(len)).then_some((*packet, len))
    })?;
    let body = len.saturating_sub(ISAKMP_HEADER);
    let rest = body % SMALLEST_BLOCK;
    let mut finding = Finding::new(RULE.code, peers, Severity::Info, Confidence::Likely)
        .title("What the text calls phase 2 is a message in the clear, so none of quick mode")
        .why(format!("{len} - {ISAKMP_HEADER} = {body}, which leaves {rest} when divided by {SMALLEST_BLOCK}: no cipher makes that, and quick mode is always encrypted."))
        .weight(12)
        .who(Who::Local)
        .cite(finding::filed(wrong, &Place::default(), format!("{len} bytes, called phase 2")))
        .fix("whoever keeps the text", "Compare it with the capture; the heading or the packets were mixed up.")
        .refs(&["RFC 2409 §5.5", "RFC 2408 §3.1"]);
    let same = |packet: &&&Filed<'_, PacketOutline>| packet.fact.payload_len == Some(len);
    if let Some(twin) = of_phase(1).find(same) {
        let shows = format!("{len} bytes too, called phase 1");
        finding = finding.cite(finding::filed(twin, &Place::default(), shows));
    }
    if let Some((packet, shown, expected)) = misprint(&packets) {
        let shows = format!(
            "IP identification {shown}, where {expected} was to be expected: a digit is missing"
        );
        finding = finding.cite(finding::filed(packet, &Place::default(), shows));
    }
    Some(finding)
}

/// A packet whose identification has a digit less than the step before it
/// leads to.
fn misprint<'c, 'a>(
    packets: &[&'c Filed<'a, PacketOutline>],
) -> Option<(&'c Filed<'a, PacketOutline>, u16, u16)> {
    packets.windows(2).find_map(|pair| {
        let (one, two) = (pair.first()?, *pair.last()?);
        let (known, shown) = (one.fact.ip_id?, two.fact.ip_id?);
        let same = one.fact.route.from.ip() == two.fact.route.from.ip();
        let expected = known.wrapping_add(SWAPPED_ONE);
        (same && shown != expected && lost_digit(shown, expected)).then_some((two, shown, expected))
    })
}

/// One, with its bytes swapped.
const SWAPPED_ONE: u16 = 256;

#[cfg(test)]
mod tests {
    use crate::diag::ladder::{codes, found};

    #[test]
    fn a_length_that_no_cipher_makes() {
        let text = "0.0 a>b OUT len=838 id=8961 phase=1
                 0.1 b>a OUT len=100 id=9217 phase=1
                 0.2 a>b OUT len=838 id=11009 phase=2
                 0.3 a>b OUT len=100 id=1126 phase=2";
        let found = found(text, "phase-label-wrong");
        assert!(found.why.starts_with("838 - 28 = 810, which leaves 2"));
        let shows: Vec<&str> = found.evidence.iter().map(|c| c.shows.as_str()).collect();
        assert_eq!(shows.len(), 3);
        assert!(shows[2].contains("1126, where 11265"));
    }
    #[test]
    fn near_miss_whole_blocks_and_phase_1() {
        let text = "0.0 a>b OUT len=838 phase=1
                 0.1 b>a OUT len=100 phase=1
                 0.2 a>b OUT len=156 phase=2
                 0.3 b>a OUT len=156 phase=2";
        assert!(codes(text).is_empty());
    }
}
