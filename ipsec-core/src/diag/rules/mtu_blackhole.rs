//! # mtu-blackhole
//!
//! Large packets vanish, small ones pass.
//!
//! ## What happened
//!
//! The tunnel adds bytes to every packet. Where the path carries less than
//! that, large packets are split or refused; and when fragments are dropped, or
//! the ICMP messages that would tell the sender are, large packets vanish: ping
//! works, web pages hang.
//!
//! ## How it is recognised
//!
//! - A capture near the sender shows larger packets than one near the receiver,
//!   of the same flow.
//!
//! - Fragments of ESP go by that never become whole.
//!
//! - ICMP "packet too big" comes back again and again.
//!
//! ## What to do
//!
//! Set the MTU of the tunnel, or clamp the TCP MSS, to what the path carries
//! less the overhead of ESP; let ICMP 3/4 (ICMPv6 type 2) and fragments pass.
//!
//! ## What would prove it
//!
//! Captures at both ends; a ping with growing sizes and the DF bit set.
//!
//! ## References
//!
//! RFC 4301 §8.2; RFC 4459 §3; RFC 1191; RFC 4821.

use crate::diag::case::{Filed, Flow};
use crate::diag::finding::{self, end_of};
use crate::diag::inquiry::Inquiry;
use crate::diag::{Confidence, Finding, Severity, Who};
use crate::evidence::{IcmpError, IcmpErrorKind};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

rule!(
    "mtu-blackhole",
    "large packets vanish, small ones pass",
    check,
    "mtu_blackhole.rs"
);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    let cut = case.flows.iter().filter_map(|flow| of_flow(case, flow));
    let broken = (0..case.peers.len()).filter_map(|peers| of_fragments(case, peers));
    let refused = (0..case.peers.len()).filter_map(|peers| of_icmp(case, peers));
    cut.chain(broken).chain(refused).collect()
}

/// The two captures of one flow differ in the size of its largest packet.
fn of_flow(case: &Inquiry<'_, '_>, flow: &Flow<'_>) -> Option<Finding> {
    let (near_sender, near_receiver) = case.vantage(flow.peers)?.along(flow.from_first);
    let (sent, arrived) = (flow.view_in(near_sender)?, flow.view_in(near_receiver)?);
    let lost = sent
        .fact
        .tally
        .packets
        .saturating_sub(arrived.fact.tally.packets);
    let hint = sent.fact.fragmented > 0 || too_big(case, flow.peers).is_some();
    if lost == 0
        || sent.fact.largest <= arrived.fact.largest
        || !hint && sent.fact.largest < SUSPICIOUS
    {
        return None;
    }
    let mut finding = Finding::new(RULE.code, flow.peers, Severity::Error, Confidence::Proven)
        .why("Both captures show the same flow, and only the one near the sender shows its large packets.")
        .weight(75)
        .cite(finding::flow(sent, format!("packets up to {} bytes leave", sent.fact.largest)))
        .cite(finding::flow(arrived, format!("packets up to {} bytes arrive; {lost} are missing", arrived.fact.largest)));
    if let Some(error) = too_big(case, flow.peers) {
        finding = finding.cite(finding::filed(error, &error.fact.place, reported(error)));
    }
    Some(dress(case, finding, flow.peers))
}

fn of_fragments(case: &Inquiry<'_, '_>, peers: usize) -> Option<Finding> {
    let ends = case.peers_of(peers)?;
    let lost = case.incomplete.iter().find(|lost| {
        let route = lost.fact.tally.route;
        let esp = lost.fact.protocol == 50 || lost.fact.protocol == 17 && route.to.port() == 4500;
        let ike = lost.fact.ike.is_some();
        ends.sent_by_first(route.from.ip(), route.to.ip()).is_some() && esp && !ike
    })?;
    if !case.came_up(peers) {
        return None;
    }
    let times = lost.fact.tally.packets;
    let confidence = if times >= 3 {
        Confidence::Likely
    } else {
        Confidence::Possible
    };
    let finding = Finding::new(RULE.code, peers, Severity::Error, confidence)
        .why("Fragments of protected packets went by that never became whole packets.")
        .cite(finding::filed(
            lost,
            &lost.fact.place,
            format!("{} with fragments missing", finding::count(times, "packet")),
        ));
    Some(dress(case, finding, peers))
}

/// The sender does not heed what it is told.
fn of_icmp(case: &Inquiry<'_, '_>, peers: usize) -> Option<Finding> {
    let error = too_big(case, peers).filter(|error| error.fact.tally.packets >= 3)?;
    let finding = Finding::new(RULE.code, peers, Severity::Error, Confidence::Likely)
        .why("A router says again and again that packets are too big, so the sender does not heed it.")
        .cite(finding::filed(error, &error.fact.place, reported(error)));
    Some(dress(case, finding, peers))
}

fn too_big<'c, 'a>(case: &'c Inquiry<'_, 'a>, peers: usize) -> Option<&'c Filed<'a, IcmpError>> {
    let ends = case.peers_of(peers)?;
    case.icmp.iter().find(|error| {
        let about = error.fact.about;
        let ours = ends.sent_by_first(about.from.ip(), about.to.ip()).is_some();
        ours && matches!(error.fact.kind, IcmpErrorKind::TooBig(_))
    })
}

fn reported(error: &Filed<'_, IcmpError>) -> String {
    let by = error.fact.tally.route.from.ip();
    carried(error).map_or_else(
        || format!("{by} says that packets are too big"),
        |mtu| format!("{by} says that the next link carries {mtu} bytes"),
    )
}

fn carried(error: &Filed<'_, IcmpError>) -> Option<u32> {
    if let IcmpErrorKind::TooBig(mtu) = error.fact.kind {
        mtu
    } else {
        None
    }
}

fn dress(case: &Inquiry<'_, '_>, finding: Finding, peers: usize) -> Finding {
    let carried = too_big(case, peers).and_then(carried);
    let text = match carried {
        Some(mtu) => format!(
            "Set the MTU of the tunnel to {} bytes or less (the link carries {mtu}, ESP takes up to {OVERHEAD}), or clamp the TCP MSS to {}.",
            mtu.saturating_sub(OVERHEAD),
            mtu.saturating_sub(OVERHEAD).saturating_sub(40)
        ),
        None => "Lower the MTU of the tunnel, or clamp the TCP MSS (1360 is a safe start).".into(),
    };
    finding
        .title(format!(
            "Large packets vanish between {} and {}",
            end_of(case, peers, true),
            end_of(case, peers, false)
        ))
        .who(Who::Path)
        .fix("both ends", text)
        .fix(
            "the path between them",
            "Let ICMP \"fragmentation needed\" and IP fragments pass.",
        )
        .refs(&["RFC 4301 §8.2", "RFC 4459 §3", "RFC 1191"])
}

/// Packets up to this size pass nearly everywhere.
const SUSPICIOUS: usize = 1200;

/// Outer header, UDP, SPI, sequence number, IV, padding, ICV of the common
/// suites.
const OVERHEAD: u32 = 82;

#[cfg(test)]
mod tests {
    use crate::diag::ladder::{cause, codes};

    #[test]
    fn large_packets_do_not_arrive() {
        let text = "input 0
                 0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=36:176
                 1.0 a>b ESP spi=7 x4 size=1404 frag=1
                 1.0 b>a ESP spi=8 x2
                 1.1 r>a ICMP 3/4 mtu=1280 about=a>b esp
                 input 1
                 0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=36:176
                 1.0 a>b ESP spi=7 x2 size=156
                 1.0 b>a ESP spi=8 x2";
        assert_eq!(cause(text), Some("mtu-blackhole"));
    }
    #[test]
    fn the_sender_does_not_heed_icmp() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=36:176
                 1.0 a>b ESP spi=7 x9 size=1500
                 1.0 b>a ESP spi=8 x2
                 1.1 r>a ICMP 3/4 mtu=1400 about=a>b esp x9";
        assert_eq!(cause(text), Some("mtu-blackhole"));
    }
    #[test]
    fn near_miss_told_once_and_heeded() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=36:176
                 1.0 a>b ESP spi=7 x9 size=1400
                 1.0 b>a ESP spi=8 x9
                 1.1 r>a ICMP 3/4 mtu=1400 about=a>b esp";
        assert!(!codes(text).contains(&"mtu-blackhole"));
    }
}
