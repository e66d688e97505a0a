//! # pmtu-risk
//!
//! Protected packets may not be fragmented, so ICMP must come through.
//!
//! ## What happened
//!
//! Every ESP or AH packet carries Don't Fragment: the gateway copies the flag of
//! the packets inside. A packet that is too long for a link on the way is
//! dropped, and the router says so with ICMP "fragmentation needed". Where a
//! filter drops these messages, large packets vanish and small ones pass.
//!
//! ## How it is recognised
//!
//! All protected packets that a text shows between two ends, at least three,
//! have the flag, and the text has too little of them to follow their numbers.
//! Nothing was seen to be lost yet.
//!
//! ## What to do
//!
//! Let ICMP type 3 code 4 through, at every filter on the way, or lower the MTU
//! inside the tunnel (the segment size of TCP).
//!
//! ## What would prove it
//!
//! A ping of 1400 bytes and more with Don't Fragment set, through the tunnel.
//!
//! ## References
//!
//! RFC 4301 §8.1; RFC 4301 §8.2; RFC 1191 §3.

use super::outlined::between;
use crate::diag::finding;
use crate::diag::inquiry::Inquiry;
use crate::diag::{Confidence, Finding, Severity, Who};
use crate::evidence::Place;
use alloc::format;
use alloc::vec::Vec;

rule!(
    "pmtu-risk",
    "protected packets may not be fragmented, so ICMP must come through",
    check,
    "pmtu_risk.rs"
);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    (0..case.peers.len())
        .filter_map(|peers| of_peers(case, peers))
        .collect()
}

fn of_peers(case: &Inquiry<'_, '_>, peers: usize) -> Option<Finding> {
    let mut packets = between(case, peers);
    packets.retain(|packet| !packet.fact.is_ike());
    let first = packets.first()?;
    let all = packets
        .iter()
        .all(|packet| packet.fact.dont_fragment == Some(true));
    if !all || packets.len() < ENOUGH || case.flows_of(peers).next().is_some() {
        return None;
    }
    let route = first.fact.route;
    let (from, to) = (route.from.ip(), route.to.ip());
    let count = u64::try_from(packets.len()).unwrap_or(u64::MAX);
    let count = finding::count(count, "protected packet");
    Some(
        Finding::new(RULE.code, peers, Severity::Warning, Confidence::Possible)
            .title(format!("Large packets between {from} and {to} pass only if ICMP \"fragmentation needed\" does"))
            .why("All protected packets carry Don't Fragment. Whether ICMP type 3 code 4 comes back, the text does not show.")
            .weight(10)
            .who(Who::Path)
            .cite(finding::filed(first, &Place::default(), format!("Don't Fragment, as on all of {count}")))
            .fix("the filters between them", "Let ICMP type 3 code 4 through.")
            .fix("both ends", "Or lower the segment size of TCP inside the tunnel, or clear the flag outside.")
            .refs(&["RFC 4301 §8.1", "RFC 1191 §3"]),
    )
}

/// Packets from which on the flag is a habit.
const ENOUGH: usize = 3;

#[cfg(test)]
mod tests {
    use crate::diag::ladder::codes;

    const TEXT: &str = "0.0 a>b OUT proto=50 len=88 df
                 0.1 b>a OUT proto=50 len=88 df
                 0.2 a>b OUT proto=50 len=70 df";

    #[test]
    fn every_packet_has_the_flag() {
        assert!(codes(TEXT).contains(&"pmtu-risk"));
    }
    #[test]
    fn near_miss_one_packet_without_it() {
        assert!(!codes(&TEXT.replace("len=70 df", "len=70")).contains(&"pmtu-risk"));
    }
}
