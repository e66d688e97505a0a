//! # esp-blocked
//!
//! ESP does not pass between the ends.
//!
//! ## What happened
//!
//! The tunnel comes up, because IKE travels in UDP, but the protected packets
//! themselves are dropped: a filter permits UDP 500 and forgot IP protocol 50
//! (ESP is no port), or a NAT does not pass it.
//!
//! ## How it is recognised
//!
//! - ESP leaves one end, and a capture at the other end shows nothing of it.
//!
//! - One capture with ESP in one direction only: this is one of several
//!   candidates, for the other end may have nothing to say, or its packets may
//!   be lost.
//!
//! ## What to do
//!
//! Permit IP protocol 50 (and 51 for AH) in both directions, or let both ends
//! put ESP into UDP 4500.
//!
//! ## What would prove it
//!
//! A capture at the receiving end, taken at the same time; the packet counters
//! of both SAs.
//!
//! ## References
//!
//! RFC 4303 §2; RFC 3948 §2.1; RFC 4301 §4.1.

use crate::diag::finding::{self, end_of};
use crate::diag::inquiry::Inquiry;
use crate::diag::path::{self, Fate};
use crate::diag::{Confidence, Finding, Severity, Who};
use alloc::format;
use alloc::vec::Vec;

rule!(
    "esp-blocked",
    "ESP does not pass between the ends",
    check,
    "esp_blocked.rs"
);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    (0..case.peers.len())
        .filter_map(|peers| of_peers(case, peers))
        .collect()
}

fn of_peers(case: &Inquiry<'_, '_>, peers: usize) -> Option<Finding> {
    let (from_first, flows) = path::one_way(case, peers)?;
    let packets: u64 = flows.iter().map(|flow| flow.packets()).sum();
    let view = flows.first()?.best()?;
    if packets < ENOUGH || !case.came_up(peers) {
        return None;
    }
    let lost = flows
        .iter()
        .all(|flow| path::flow_fate(case, flow) == Fate::Lost);
    let arrived = flows
        .iter()
        .any(|flow| path::flow_fate(case, flow) == Fate::Arrived);
    if arrived {
        return None;
    }
    let (confidence, why) = if lost {
        (
            Confidence::Proven,
            "A capture at the other end, running at the same time, shows nothing of these packets.",
        )
    } else {
        (
            Confidence::Possible,
            "Only one direction is seen: the packets may not arrive, the answers may not come back, or there may be none.",
        )
    };
    let (from, to) = (
        end_of(case, peers, from_first),
        end_of(case, peers, !from_first),
    );
    let mut finding = Finding::new(RULE.code, peers, Severity::Error, confidence)
        .title(format!("ESP does not pass from {from} to {to}"))
        .why(why)
        .weight(60)
        .who(Who::Path)
        .cite(finding::flow(
            view,
            format!(
                "{} from {from}, none from {to}",
                finding::count(packets, "packet")
            ),
        ))
        .fix(
            "the filter between them",
            format!("Permit IP protocol 50 (ESP) between {from} and {to}, in both directions."),
        )
        .fix(
            "both ends",
            "Or force UDP encapsulation, so that ESP travels in UDP 4500.",
        )
        .refs(&["RFC 4303 §2", "RFC 3948 §2.1"]);
    if let (true, Some(vantage)) = (lost, case.vantage(peers)) {
        let (_, near_receiver) = vantage.along(from_first);
        finding = finding.cite(finding::input(
            near_receiver,
            "taken at the other end, and shows none of them",
        ));
    }
    if !lost {
        finding = finding.open(super::esp_return_blocked::QUESTION);
    }
    Some(finding)
}

/// Fewer packets than this in one direction may just be the end of the capture.
pub(super) const ENOUGH: u64 = 3;

#[cfg(test)]
mod tests {
    use crate::diag::ladder::{cause, codes};

    #[test]
    fn esp_leaves_and_does_not_arrive() {
        let text = "input 0
                 0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=36:176
                 1.0 a>b ESP spi=7 x3 every=1
                 9.0 b>a INFO q0 in=42:8
                 input 1
                 0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=36:176
                 9.0 b>a INFO q0 in=42:8";
        assert_eq!(cause(text), Some("esp-blocked"));
        assert!(!codes(text).contains(&"esp-return-blocked"));
    }
    #[test]
    fn one_direction_only_leaves_two_candidates() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=36:176
                 1.0 a>b ESP spi=7 x30 every=1";
        assert_eq!(codes(text), ["esp-blocked", "esp-return-blocked"]);
    }
    #[test]
    fn near_miss_two_packets_at_the_end() {
        assert!(
            codes(
                "0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=36:176
                 1.0 a>b ESP spi=7 x2"
            )
            .is_empty()
        );
    }
    #[test]
    fn near_miss_both_directions() {
        assert!(
            codes(
                "0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=36:176
                 1.0 a>b ESP spi=7 x30
                 1.0 b>a ESP spi=8 x30"
            )
            .is_empty()
        );
    }
}
