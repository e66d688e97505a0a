//! # host-ipid-byteswapped
//!
//! A host counts its packets in the wrong byte order.
//!
//! ## What happened
//!
//! The identification of its IP packets grows by 256 from packet to packet: the
//! host keeps a counter and puts it on the wire with the bytes swapped, as
//! Windows NT and its descendants on Intel do. Nothing is wrong with that. It
//! says what kind of host it is, and, as no number is missing between them, that
//! no packet was lost or left out between the ones that are shown.
//!
//! ## How it is recognised
//!
//! Successive packets of the host, at least three, have identifications that
//! with swapped bytes grow by exactly one, and none that grow by a few as they
//! stand.
//!
//! ## What to do
//!
//! Nothing. Look for what such hosts are known for.
//!
//! ## What would prove it
//!
//! The name and version of the system.
//!
//! ## References
//!
//! RFC 791 §3.1; RFC 6864 §4.

use crate::diag::arithmetic::steps;
use crate::diag::case::Filed;
use crate::diag::finding;
use crate::diag::inquiry::Inquiry;
use crate::diag::rules::outlined::{ids, senders};
use crate::diag::{Confidence, Finding, Severity, Who};
use crate::evidence::{PacketOutline, Place};
use alloc::format;
use alloc::vec::Vec;

rule!(
    "host-ipid-byteswapped",
    "a host counts its packets in the wrong byte order",
    check,
    "host_ipid_byteswapped.rs"
);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    let senders = senders(case).into_iter();
    senders
        .filter_map(|(peers, packets)| of(peers, &packets))
        .collect()
}

fn of(peers: usize, packets: &[&Filed<'_, PacketOutline>]) -> Option<Finding> {
    let all = ids(packets);
    let steps = steps(&all);
    if steps.swapped < ENOUGH || steps.plain > 0 {
        return None;
    }
    let host = packets.first()?.fact.route.from.ip();
    let mut pairs = packets.windows(2);
    let (one, two) = pairs.find_map(|pair| {
        let (one, two) = (*pair.first()?, *pair.last()?);
        let (a, b) = (one.fact.ip_id?, two.fact.ip_id?);
        let grows = b.swap_bytes().wrapping_sub(a.swap_bytes()) == 1;
        grows.then_some(((one, a), (two, b)))
    })?;
    let shows = |id: u16| {
        format!(
            "IP identification {id}, with swapped bytes {}",
            id.swap_bytes()
        )
    };
    Some(
        Finding::new(RULE.code, peers, Severity::Info, Confidence::Likely)
            .title(format!("{host} counts its IP packets with swapped bytes, as Windows NT does"))
            .why(format!(
                "{} times the identification grows by 256, that is by one with its bytes swapped; between those packets none is missing.",
                steps.swapped
            ))
            .weight(5)
            .who(Who::Software)
            .cite(finding::filed(one.0, &Place::default(), shows(one.1)))
            .cite(finding::filed(two.0, &Place::default(), shows(two.1)))
            .refs(&["RFC 791 §3.1", "RFC 6864 §4"]),
    )
}

/// Steps that chance does not make.
const ENOUGH: usize = 2;

#[cfg(test)]
mod tests {
    use crate::diag::ladder::{codes, found};

    #[test]
    fn a_counter_that_grows_by_256() {
        let text = "0.0 a>b OUT proto=51 len=68 id=65025
                 0.1 a>b OUT proto=51 len=68 id=65281
                 0.2 a>b OUT proto=51 len=68 id=2";
        let found = found(text, "host-ipid-byteswapped");
        assert!(found.evidence[1].shows.ends_with("swapped bytes 511"));
    }
    #[test]
    fn near_miss_a_counter_in_order_and_two_packets() {
        let text = "0.0 a>b OUT proto=51 len=68 id=7
                 0.1 a>b OUT proto=51 len=68 id=8
                 0.2 a>b OUT proto=51 len=68 id=9";
        assert!(!codes(text).contains(&"host-ipid-byteswapped"));
        let text = "0.0 a>b OUT proto=51 len=68 id=256
                 0.2 a>b OUT proto=51 len=68 id=512";
        assert!(!codes(text).contains(&"host-ipid-byteswapped"));
    }
}
