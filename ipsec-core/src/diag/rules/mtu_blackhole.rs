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
//! Captures at both ends; a ping with growing sizes and the DF bit set. `--keys`
//! with those of the IKE SA do not prove it, but open the algorithms, so that the
//! MTU that is left for inner packets is exact.
//!
//! ## References
//!
//! RFC 4301 §8.2; RFC 4459 §3; RFC 1191; RFC 4821.

use crate::diag::case::{Filed, Flow};
use crate::diag::finding::{self, end_of};
use crate::diag::inquiry::Inquiry;
use crate::diag::selectors::deals;
use crate::diag::{Confidence, Finding, Severity, Who};
use crate::evidence::{IcmpError, IcmpErrorKind, SaProtocol, Transform, TransformKind};
use crate::wire::registry::ike::Encryption;
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
        Some(mtu) => {
            let (left, suite) = match suite(case, peers) {
                Some(suite) => (suite.left_of(mtu), "with the algorithms of the SA"),
                None => (mtu.saturating_sub(OVERHEAD), "with the common algorithms"),
            };
            format!(
                "Set the MTU of the tunnel to {left} bytes or less (the link carries {mtu}, ESP takes up to {} {suite}), or clamp the TCP MSS to {}.",
                mtu.saturating_sub(left),
                left.saturating_sub(40)
            )
        }
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

/// What ESP adds to a packet (RFC 4303 §2).
#[derive(Clone, Copy)]
struct Suite {
    /// Outer IP and UDP headers.
    outer: u32,
    /// Initialisation vector.
    iv: u32,
    /// The trailer ends on a multiple of this.
    block: u32,
    /// Check value.
    icv: u32,
}

impl Suite {
    /// The largest inner packet in an outer one of `mtu` bytes.
    const fn left_of(self, mtu: u32) -> u32 {
        let room = mtu.saturating_sub(self.outer + ESP_HEADER + self.iv + self.icv);
        (room - room % self.block).saturating_sub(ESP_TRAILER)
    }
}

/// The suite of the last Child SA whose answer was opened, in tunnel mode.
fn suite(case: &Inquiry<'_, '_>, peers: usize) -> Option<Suite> {
    let answers = case.sas_of(peers).flat_map(deals);
    let chosen = answers.filter_map(|deal| {
        let (answer, _) = deal.answer?;
        let mut proposals = answer.ike.inside.as_deref()?.proposals.iter();
        let esp = proposals.find(|proposal| proposal.protocol == SaProtocol::Esp)?;
        Some((esp, deal.sa.is_v2()))
    });
    let (proposal, v2) = chosen.last()?;
    let flow = case.flows_of(peers).next()?.best()?.fact;
    let ip = if flow.tally.route.from.is_ipv4() {
        20
    } else {
        40
    };
    let udp = if flow.udp_encapsulated { 8 } else { 0 };
    let number = |kind| {
        let mut all = proposal.transforms.iter();
        all.find(|one| one.kind == kind).map(Transform::number)
    };
    let (iv, block, own) = cipher(Encryption(number(TransformKind::Encryption)?))?;
    let icv = match own {
        Some(own) => own,
        None => integrity(number(TransformKind::Integrity)?, v2)?,
    };
    Some(Suite {
        outer: ip + udp,
        iv,
        block,
        icv,
    })
}

/// Initialisation vector, block, and the check value of combined algorithms;
/// for ESP both versions of IKE give these the same numbers.
const fn cipher(id: Encryption) -> Option<(u32, u32, Option<u32>)> {
    Some(match id {
        Encryption::ENCR_3DES => (8, 8, None),
        Encryption::ENCR_NULL => (0, 4, None),
        Encryption::ENCR_AES_CBC => (16, 16, None),
        Encryption::ENCR_AES_CTR => (8, 4, None),
        Encryption::ENCR_AES_CCM_8 | Encryption::ENCR_AES_GCM_8 => (8, 4, Some(8)),
        Encryption::ENCR_AES_CCM_12 | Encryption::ENCR_AES_GCM_12 => (8, 4, Some(12)),
        Encryption::ENCR_AES_CCM_16
        | Encryption::ENCR_AES_GCM_16
        | Encryption::ENCR_CHACHA20_POLY1305 => (8, 4, Some(16)),
        _ => return None,
    })
}

/// Check value; for SHA-2 and XCBC each version of IKE has its own numbers.
const fn integrity(number: u16, v2: bool) -> Option<u32> {
    Some(match (number, v2) {
        (1 | 2, _) | (5, true) | (9, false) => 12,
        (12, true) | (5, false) => 16,
        (13, true) | (6, false) => 24,
        (14, true) | (7, false) => 32,
        _ => return None,
    })
}

/// SPI and sequence number; length of padding and next header.
const ESP_HEADER: u32 = 8;
const ESP_TRAILER: u32 = 2;

/// Packets up to this size pass nearly everywhere.
const SUSPICIOUS: usize = 1200;

/// Outer header, UDP, SPI, sequence number, IV, padding, ICV of the common
/// suites.
const OVERHEAD: u32 = 82;

#[cfg(test)]
mod tests {
    use crate::diag::ladder::{cause, codes, found};

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

    #[test]
    fn opened_algorithms_make_the_mtu_exact() {
        let left = |esp: &str| {
            let text = format!(
                "0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:230 {{ auth=2 esp={esp} tsi=10.1.0.0/24 tsr=10.2.0.0/24 }}
                 0.3 b>a AUTH r1 in=36:176 {{ auth=2 esp={esp} tsi=10.1.0.0/24 tsr=10.2.0.0/24 }}
                 1.0 a>b ESP spi=7 x9 size=1500
                 1.0 b>a ESP spi=8 x2
                 1.1 r>a ICMP 3/4 mtu=1500 about=a>b esp x9"
            );
            found(&text, "mtu-blackhole").fixes[0].text.clone()
        };
        // 1500 - 20 - 8 - 8 - 16 = 1448 = 362 words; less the trailer.
        assert!(
            left("gcm256").contains("to 1446 bytes"),
            "{}",
            left("gcm256")
        );
        // 1500 - 20 - 8 - 16 - 16 = 1440 = 90 blocks; less the trailer.
        assert!(left("aes256-sha256").contains("to 1438 bytes"));
    }
}
