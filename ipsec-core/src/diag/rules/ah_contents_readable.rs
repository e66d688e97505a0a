//! # ah-contents-readable
//!
//! AH authenticates packets and hides nothing.
//!
//! ## What happened
//!
//! The ends protect their packets with AH. Nobody can change them unnoticed,
//! but everybody on the path reads them: commands, names and passwords of the
//! protocols inside.
//!
//! ## How it is recognised
//!
//! AH packets of which a text tells little but the lengths. With a check value of 96 bits AH
//! adds 24 bytes (12 and 12); what remains is a packet inside. Where the same
//! session is shown in the clear too, its segments have just these lengths, and
//! their addresses tell a tunnel from transport mode: 24 bytes more would also
//! be transport mode with a check value of 256 bits, but there the addresses
//! outside are those of the session.
//!
//! ## What to do
//!
//! Use ESP with encryption and integrity, in place of AH.
//!
//! ## What would prove it
//!
//! The packets themselves: `tcpdump -x`.
//!
//! ## References
//!
//! RFC 4302 §2; RFC 4301 §3.2; RFC 8221 §4.

use super::outlined::{between, lens};
use crate::diag::arithmetic::{AH_96, inside_ah, segment};
use crate::diag::case::{Case, Filed};
use crate::diag::finding;
use crate::diag::inquiry::Inquiry;
use crate::diag::{Citation, Confidence, Finding, Severity, Who};
use crate::evidence::{PacketOutline, Place};
use crate::wire::registry::ip::Protocol;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::net::IpAddr;

rule!(
    "ah-contents-readable",
    "AH authenticates packets and hides nothing",
    check,
    "ah_contents_readable.rs"
);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    (0..case.peers.len())
        .filter_map(|peers| of_peers(case, peers))
        .collect()
}

fn of_peers(case: &Inquiry<'_, '_>, peers: usize) -> Option<Finding> {
    let mut packets = between(case, peers);
    packets.retain(|packet| packet.fact.protocol == Protocol::AH.0);
    let inner: Vec<usize> = lens(&packets, Protocol::AH.0)
        .into_iter()
        .filter_map(inside_ah)
        .collect();
    let first = packets.first()?;
    let route = first.fact.route;
    let (from, to) = (route.from.ip(), route.to.ip());
    let followed = case.flows_of(peers).next().is_some();
    if followed || inner.len() < ENOUGH || inner.iter().any(|len| *len < TCP_IP) {
        return None;
    }
    let matched = in_the_clear(case, from, to, &inner);
    let elsewhere = matched.iter().find_map(|packet| {
        let ends = [packet.fact.route.from.ip(), packet.fact.route.to.ip()];
        ends.into_iter().find(|end| *end != from && *end != to)
    });
    let tunnel = elsewhere.filter(|_| matched.len() >= ENOUGH);
    let confidence = if tunnel.is_some() {
        Confidence::Likely
    } else {
        Confidence::Possible
    };
    let mut finding = Finding::new(RULE.code, peers, Severity::Info, confidence)
        .title(match tunnel {
            Some(_) => format!("An AH tunnel between {from} and {to} leaves its contents readable"),
            None => format!("AH between {from} and {to} leaves what it carries readable"),
        })
        .why(reason(tunnel, from, to))
        .weight(22)
        .who(Who::Local)
        .fix(
            "both ends",
            "Use ESP with AES-GCM, or another cipher with HMAC-SHA2-256, in place of AH.",
        )
        .refs(&["RFC 4302 §2", "RFC 4301 §3.2", "RFC 8221 §4"]);
    for packet in packets.iter().take(CITED) {
        finding = finding.cite(cited(packet));
    }
    for packet in matched.iter().take(CITED) {
        let shows = format!(
            "in the clear: {} bytes of TCP, a packet of {}",
            packet.fact.payload_len?,
            segment(packet.fact)?
        );
        finding = finding.cite(finding::filed(packet, &Place::default(), shows));
    }
    Some(finding)
}

fn reason(tunnel: Option<IpAddr>, from: IpAddr, to: IpAddr) -> String {
    let adds = format!(
        "AH with a check value of 96 bits adds {AH_96} bytes; the packets inside are that much shorter."
    );
    match tunnel {
        Some(end) => format!(
            "{adds} Segments of the same lengths go to and from {end} in the clear. In transport mode, where a check value of 256 bits would give the same lengths, {end} would be one of the addresses outside, which are {from} and {to}: it is a tunnel."
        ),
        None => format!(
            "{adds} By lengths alone it may also be transport mode with a check value of 256 bits."
        ),
    }
}

fn cited(packet: &Filed<'_, PacketOutline>) -> Citation {
    let len = packet.fact.payload_len.unwrap_or(0);
    let inner = inside_ah(len).unwrap_or(0);
    let data = inner.saturating_sub(TCP_IP);
    let known = if data == PORT_DONE {
        ", as many as FTP's \"200 PORT command successful\" with its line end"
    } else {
        ""
    };
    let shows = format!(
        "{len} bytes: {len} - {AH_96} = {inner}, with TCP {data} bytes of data or options{known}"
    );
    finding::filed(packet, &Place::default(), shows)
}

/// Segments in the clear to or from one of the ends that are as long as packets
/// inside.
fn in_the_clear<'c, 'a>(
    case: &'c Case<'a>,
    from: IpAddr,
    to: IpAddr,
    inner: &[usize],
) -> Vec<&'c Filed<'a, PacketOutline>> {
    let all = case.outlines.iter().filter(|packet| {
        let route = packet.fact.route;
        let ends = [route.from.ip(), route.to.ip()];
        let at_end = ends.contains(&from) || ends.contains(&to);
        at_end && segment(packet.fact).is_some_and(|len| inner.contains(&len))
    });
    all.collect()
}

const TCP_IP: usize = 40;

/// Bytes of FTP's answer to a PORT command.
const PORT_DONE: usize = 30;

/// Packets from which on lengths say something.
const ENOUGH: usize = 3;

/// Packets of a kind that are cited.
const CITED: usize = 6;

#[cfg(test)]
mod tests {
    use crate::diag::Confidence;
    use crate::diag::ladder::{codes, found};

    const AH: &str = "1.0 a>b OUT proto=51 len=89
                 1.1 b>a OUT proto=51 len=94
                 1.2 a>b OUT proto=51 len=78
                 1.3 b>a OUT proto=51 len=125
                 1.4 b>a OUT proto=51 len=68";

    #[test]
    fn segments_of_the_same_lengths_show_the_tunnel() {
        let text = format!(
            "0.0 a:1035>k:21 OUT proto=6 len=14 ack=1
                 0.1 k:21>a:1035 OUT proto=6 len=61 ack=1
                 0.2 k:20>a:1036 OUT proto=6 len=0 syn seq=7
                 {AH}"
        );
        let found = found(&text, "ah-contents-readable");
        assert_eq!(found.confidence, Confidence::Likely);
        assert!(
            found
                .why
                .contains("10.2.0.1 would be one of the addresses outside")
        );
        assert!(found.evidence[1].shows.contains("200 PORT"));
    }
    #[test]
    fn lengths_alone_leave_the_mode_open() {
        let found = found(AH, "ah-contents-readable");
        assert_eq!(found.confidence, Confidence::Possible);
    }
    #[test]
    fn near_miss_esp_and_packets_too_short_for_a_packet_inside() {
        assert!(!codes(&AH.replace("51", "50")).contains(&"ah-contents-readable"));
        assert!(!codes(&AH.replace("len=68", "len=44")).contains(&"ah-contents-readable"));
    }
}
