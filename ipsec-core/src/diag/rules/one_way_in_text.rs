//! # one-way-in-text
//!
//! The text shows packets of one end only.
//!
//! ## What happened
//!
//! A printed capture holds IPsec packets from one end to the other and none
//! back. That is a failure only if the text is complete: the peer may be silent,
//! its packets may go another way, or whoever copied the text took one side.
//!
//! ## How it is recognised
//!
//! At least two packets of IKE, ESP or AH in one direction and none in the
//! other, known from their outlines only. The lengths of IKE messages tell
//! whether they can be encrypted: behind the header of 28 bytes stand whole
//! blocks, of eight bytes at least.
//!
//! ## What to do
//!
//! Print both directions: no filter on source or destination, on an interface
//! that both pass.
//!
//! ## What would prove it
//!
//! A capture of both directions; the log of the silent end.
//!
//! ## References
//!
//! RFC 2408 §3.1; RFC 4303 §2.

use super::outlined::between;
use crate::diag::arithmetic::{ISAKMP_HEADER, SMALLEST_BLOCK, may_be_encrypted};
use crate::diag::case::Filed;
use crate::diag::finding::{self, Question};
use crate::diag::inquiry::Inquiry;
use crate::diag::{Citation, Confidence, Finding, Severity, Who};
use crate::evidence::{PacketOutline, Place};
use crate::wire::registry::ip::Protocol;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

rule!(
    "one-way-in-text",
    "the text shows packets of one end only",
    check,
    "one_way_in_text.rs"
);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    (0..case.peers.len())
        .filter_map(|peers| of_peers(case, peers))
        .collect()
}

fn of_peers(case: &Inquiry<'_, '_>, peers: usize) -> Option<Finding> {
    let packets = between(case, peers);
    let first = packets.first()?;
    let route = first.fact.route;
    let (from, to) = (route.from.ip(), route.to.ip());
    let one_way = packets
        .iter()
        .all(|packet| packet.fact.route.from.ip() == from);
    if !one_way || packets.len() < ENOUGH || case.sas_of(peers).next().is_some() {
        return None;
    }
    let count = u64::try_from(packets.len()).unwrap_or(u64::MAX);
    let count = finding::count(count, "packet");
    let mut finding = Finding::new(RULE.code, peers, Severity::Info, Confidence::Possible)
        .title(format!("The text shows only what {from} sends to {to}"))
        .why(format!("{to} is silent, or the text holds one direction only; this is no sign of a failure by itself."))
        .weight(15)
        .who(Who::Path)
        .open(QUESTION)
        .fix("whoever prints the text", "Print both directions, with -nvvv or as a file (-w).")
        .refs(&["RFC 2408 §3.1", "RFC 4303 §2"]);
    for packet in packets.iter().take(CITED) {
        finding = finding.cite(cited(packet));
    }
    if let Some(last) = finding.evidence.last_mut() {
        last.shows.push_str(&format!("; {count} in all, none back"));
    }
    Some(finding)
}

fn cited(packet: &Filed<'_, PacketOutline>) -> Citation {
    finding::filed(packet, &Place::default(), shown(packet.fact))
}

/// What a length tells.
fn shown(packet: &PacketOutline) -> String {
    let Some(len) = packet.payload_len else {
        return format!("{} packet", Protocol(packet.protocol));
    };
    if !packet.is_ike() {
        return format!("{} packet of {len} bytes", Protocol(packet.protocol));
    }
    let body = len.saturating_sub(ISAKMP_HEADER);
    if may_be_encrypted(len) {
        let blocks = body / SMALLEST_BLOCK;
        format!(
            "IKE message of {len} bytes: {len} - {ISAKMP_HEADER} = {body} = {blocks} * {SMALLEST_BLOCK}, which may be encrypted"
        )
    } else {
        format!(
            "IKE message of {len} bytes: {len} - {ISAKMP_HEADER} = {body} is no multiple of {SMALLEST_BLOCK}, so not encrypted"
        )
    }
}

const QUESTION: Question = Question {
    question: "Does the other end send nothing, or does the text leave it out?",
    decided_by: &[
        "a capture of both directions",
        "the log of the end of which nothing is shown",
    ],
};

/// Fewer packets may just be the end of the text.
const ENOUGH: usize = 2;

/// Packets that are cited.
const CITED: usize = 4;

#[cfg(test)]
mod tests {
    use crate::diag::ladder::{codes, found};
    use crate::diag::{Confidence, Severity};

    #[test]
    fn two_messages_and_no_answer() {
        let text = "0.0 a>b OUT len=838
                 0.1 a>b OUT len=100";
        let found = found(text, "one-way-in-text");
        assert_eq!(
            (found.severity, found.confidence),
            (Severity::Info, Confidence::Possible)
        );
        assert!(found.evidence[1].shows.contains("72 = 9 * 8"));
        assert_eq!(
            codes("0.0 a>b OUT proto=50 len=132\n0.1 a>b OUT proto=50 len=132"),
            ["one-way-in-text"]
        );
    }
    #[test]
    fn near_miss_both_directions_or_one_packet() {
        assert!(codes("0.0 a>b OUT len=838\n0.1 b>a OUT len=100").is_empty());
        assert!(codes("0.0 a>b OUT len=838").is_empty());
    }
}
