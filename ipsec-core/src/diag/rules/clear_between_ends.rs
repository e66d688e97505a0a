//! # clear-between-ends
//!
//! The ends of a tunnel also talk to each other in the clear.
//!
//! ## What happened
//!
//! Between two ends that speak IPsec pass packets that are none: neither IKE nor
//! ESP nor AH. Some of that is wanted, such as a ping or the management of a
//! gateway. What should be protected must not be among it.
//!
//! ## How it is recognised
//!
//! A text shows protected packets between two addresses, and others between the
//! same addresses. They are listed by protocol, addresses and ports.
//!
//! ## What to do
//!
//! Compare the list with what may pass in the clear.
//!
//! ## What would prove it
//!
//! The policies (SPD) of both ends.
//!
//! ## References
//!
//! RFC 4301 §4.4.1.

use super::outlined::between;
use crate::diag::case::Filed;
use crate::diag::finding;
use crate::diag::inquiry::Inquiry;
use crate::diag::{Confidence, Finding, Severity, Who};
use crate::evidence::{PacketOutline, Place, Route};
use crate::sorted::Map;
use crate::wire::registry::ip::Protocol;
use alloc::format;
use alloc::vec::Vec;

rule!(
    "clear-between-ends",
    "the ends of a tunnel also talk to each other in the clear",
    check,
    "clear_between_ends.rs"
);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    (0..case.peers.len())
        .filter_map(|peers| of_peers(case, peers))
        .collect()
}

type Leaks<'c, 'a> = Map<(u8, Route), (u64, &'c Filed<'a, PacketOutline>)>;

fn of_peers(case: &Inquiry<'_, '_>, peers: usize) -> Option<Finding> {
    let ends = case.peers_of(peers)?;
    let mut protected = between(case, peers).into_iter();
    let protected = protected.find(|packet| !packet.fact.is_ike())?;
    let mut leaks: Leaks<'_, '_> = Map::new();
    for packet in &case.outlines {
        let route = packet.fact.route;
        let ours = ends.sent_by_first(route.from.ip(), route.to.ip()).is_some();
        let key = (packet.fact.protocol, route);
        let room = leaks.len() < LISTED_MAX || leaks.contains_key(&key);
        if ours && !packet.fact.is_ipsec() && room {
            let leak = leaks.entry(key).or_insert((0, packet));
            leak.0 = leak.0.saturating_add(1);
        }
    }
    let (first, second) = (ends.first, ends.second);
    let mut finding = Finding::new(RULE.code, peers, Severity::Info, Confidence::Likely)
        .title(format!("{first} and {second} also talk to each other in the clear"))
        .why("These packets are neither IKE nor ESP nor AH; whether they may pass so, the policies say.")
        .weight(18)
        .who(Who::Local)
        .fix("both ends", "Compare the list with what the policies let pass unprotected.")
        .refs(&["RFC 4301 §4.4.1"]);
    for ((protocol, route), (count, packet)) in &leaks {
        let packets = finding::count(*count, "packet");
        let shows = format!(
            "{} {} > {}: {packets} in the clear",
            Protocol(*protocol),
            route.from,
            route.to
        );
        finding = finding.cite(finding::filed(packet, &Place::default(), shows));
    }
    let shows = "protected, between the same addresses";
    let finding = finding.cite(finding::filed(protected, &Place::default(), shows));
    (!leaks.is_empty()).then_some(finding)
}

/// Flows that are listed.
const LISTED_MAX: usize = 32;

#[cfg(test)]
mod tests {
    use crate::diag::ladder::{codes, found};

    #[test]
    fn flows_are_listed() {
        let text = "0.0 a>b OUT proto=50 len=88
                 0.1 b>a OUT proto=50 len=88
                 0.2 a:1029>b:139 OUT proto=6 len=4
                 0.3 a:1029>b:139 OUT proto=6 len=4
                 0.4 b:139>a:1029 OUT proto=6 len=4";
        let found = found(text, "clear-between-ends");
        assert_eq!(found.evidence.len(), 3);
        assert!(
            found.evidence[0]
                .shows
                .ends_with("198.51.100.20:139: 2 packets in the clear")
        );
    }
    #[test]
    fn near_miss_other_hosts_and_ike() {
        let text = "0.0 a>b OUT proto=50 len=88
                 0.1 b>a OUT proto=50 len=88
                 0.2 a>b OUT len=100
                 0.3 a:1029>s:139 OUT proto=6 len=4";
        assert!(!codes(text).contains(&"clear-between-ends"));
    }
    #[test]
    fn the_list_is_cut() {
        let flows = (0..40).map(|n| format!("\n1.0 a:{}>b:80 OUT proto=6 len=4", 2000 + n));
        let text = format!("0.0 a>b OUT proto=50 len=88{}", flows.collect::<String>());
        assert_eq!(
            found(&text, "clear-between-ends").evidence.len(),
            super::LISTED_MAX + 1
        );
    }
}
