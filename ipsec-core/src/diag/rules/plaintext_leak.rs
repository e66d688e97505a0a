//! # plaintext-leak
//!
//! Traffic that should be protected goes in the clear.
//!
//! ## What happened
//!
//! Packets between the networks behind the two ends cross the outside
//! unprotected. The usual reason is a policy that lets traffic pass when there
//! is no SA for it, so that every failure of the tunnel turns into a leak.
//!
//! ## How it is recognised
//!
//! Packets between private addresses that are not the ends themselves go by in
//! the clear in a capture of the tunnel, at a time when no protected packets go
//! the same way. A capture taken inside a gateway shows every packet twice, in
//! the clear and protected; that is no leak. Where the selectors were opened, only
//! what they are for counts.
//!
//! A running data plane tells that a packet came in the clear which its own
//! policy wants protected; that proves it.
//!
//! ## What to do
//!
//! Let the policy drop what has no SA ("trap" or "block" instead of "pass"),
//! and mend what keeps the tunnel down.
//!
//! ## What would prove it
//!
//! The policy (SPD) of the end that sends; a capture outside of it. `--keys` with
//! those of the IKE SA open the selectors, which say what was to be protected.
//!
//! ## References
//!
//! RFC 4301 §5.1; RFC 4301 §4.4.1.

use crate::diag::case::Filed;
use crate::diag::catalog::Scene;
use crate::diag::finding;
use crate::diag::inquiry::Inquiry;
use crate::diag::path::is_inner;
use crate::diag::selectors::{deals, holds};
use crate::diag::{Confidence, Finding, Severity, Who};
use crate::evidence::{ClearFlow, Selectors};
use alloc::format;
use alloc::vec::Vec;

rule!(
    "plaintext-leak",
    "traffic that should be protected goes in the clear",
    check,
    "plaintext_leak.rs",
    advice: advice
);

fn advice(finding: Finding, ends: &Scene) -> Finding {
    finding
        .title(format!(
            "Traffic between {} and {} that should be protected goes in the clear",
            ends.initiator, ends.responder
        ))
        .who(Who::Peer)
        .fix(
            "the end that sends them",
            "Drop traffic between the protected networks while there is no SA for it (a trap policy).",
        )
        .refs(&["RFC 4301 §5.2", "RFC 4301 §4.4.1"])
}

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    (0..case.peers.len())
        .filter_map(|peers| of_peers(case, peers))
        .collect()
}

fn of_peers(case: &Inquiry<'_, '_>, peers: usize) -> Option<Finding> {
    let mut outside = case
        .clear
        .iter()
        .filter(|flow| is_inner(case, peers, flow.fact) && is_outside(case, peers, flow))
        .filter(|flow| is_covered(case, peers, flow.fact) != Some(false));
    let leak = outside.next()?;
    let route = leak.fact.tally.route;
    let more: u64 = outside.map(|flow| flow.fact.tally.packets).sum();
    let packets = leak.fact.tally.packets.saturating_add(more);
    Some(
        Finding::new(RULE.code, peers, Severity::Error, Confidence::Likely)
            .title(format!("Traffic from {} to {} goes in the clear", route.from.ip(), route.to.ip()))
            .why("Private addresses cross the path between the two ends unprotected, while no protected packets go by.")
            .because(match is_covered(case, peers, leak.fact) {
                Some(_) => "The opened selectors of the tunnel are for them.",
                None => "",
            })
            .weight(60)
            .who(Who::Local)
            .cite(finding::filed(leak, &leak.fact.place, format!("{} in the clear", finding::count(packets, "packet"))))
            .fix("the end that sends them", "Drop traffic between the protected networks while there is no SA for it (a trap policy).")
            .refs(&["RFC 4301 §5.1", "RFC 4301 §4.4.1"]),
    )
}

/// The same capture shows this tunnel and no other, so that the traffic can
/// only belong there, and no protected packets at that time.
fn is_outside(case: &Inquiry<'_, '_>, peers: usize, clear: &Filed<'_, ClearFlow>) -> bool {
    let input = clear.input();
    let mut messages = case.sas_of(peers).flat_map(|sa| &sa.messages);
    let shows_tunnel = messages.any(|message| message.copies_in(input) > 0);
    let alone = case.peers.len() == 1;
    let (first, last) = (clear.fact.tally.first, clear.fact.tally.last);
    let mut flows = case.flows_of(peers).filter_map(|flow| flow.view_in(input));
    let beside = flows.any(|flow| flow.fact.tally.first <= last && first <= flow.fact.tally.last);
    shows_tunnel && alone && !beside
}

/// One end asked to protect these packets, or the other agreed to; `None` where
/// no selectors were opened.
fn is_covered(case: &Inquiry<'_, '_>, peers: usize, clear: &ClearFlow) -> Option<bool> {
    let route = clear.tally.route;
    let (from, to) = (route.from.ip(), route.to.ip());
    let mut known = case.sas_of(peers).flat_map(deals).flat_map(|deal| {
        let given = deal.answer.map(|(_, given)| given);
        [Some(deal.asked), given].into_iter().flatten()
    });
    let covers = |both: &Selectors| {
        let forth = holds(&both.initiator, from) && holds(&both.responder, to);
        forth || holds(&both.initiator, to) && holds(&both.responder, from)
    };
    let first = known.next()?;
    Some(covers(first) || known.any(covers))
}

#[cfg(test)]
mod tests {
    use crate::diag::ladder::{cause, codes, found};

    #[test]
    fn private_addresses_in_the_clear() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=36:176
                 1.0 a>b ESP spi=7 x9 until=3.0
                 1.0 b>a ESP spi=8 x9 until=3.0
                 8.0 h>k CLEAR icmp x2 every=0.2";
        assert_eq!(cause(text), Some("plaintext-leak"));
    }
    #[test]
    fn near_miss_a_capture_inside_the_gateway() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=36:176
                 1.0 a>b ESP spi=7 x9 until=3.0
                 1.0 b>a ESP spi=8 x9 until=3.0
                 1.0 h>k CLEAR icmp x9 until=3.0";
        assert!(!codes(text).contains(&"plaintext-leak"));
    }
    #[test]
    fn near_miss_the_ends_themselves() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=36:176
                 1.0 a>b ESP spi=7 x9 until=3.0
                 1.0 b>a ESP spi=8 x9 until=3.0
                 8.0 a>b CLEAR icmp x2";
        assert!(!codes(text).contains(&"plaintext-leak"));
    }

    #[test]
    fn opened_selectors_say_what_is_to_be_protected() {
        let text = |to: &str| {
            format!(
                "0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:230 {{ auth=2 esp=gcm256 tsi=10.1.0.0/24 tsr=10.2.0.0/24 }}
                 0.3 b>a AUTH r1 in=36:176 {{ auth=2 esp=gcm256 tsi=10.1.0.0/24 tsr=10.2.0.0/24 }}
                 1.0 a>b ESP spi=7 x9 until=3.0
                 1.0 b>a ESP spi=8 x9 until=3.0
                 8.0 h>{to} CLEAR icmp x2 every=0.2"
            )
        };
        let leak = found(&text("k"), "plaintext-leak");
        assert!(leak.why.ends_with("selectors of the tunnel are for them."));
        assert!(!codes(&text("10.77.0.1")).contains(&"plaintext-leak"));
    }
}
