//! # esp-unknown-spi
//!
//! Packets arrive for an SA that does not exist.
//!
//! ## What happened
//!
//! ESP packets carry an SPI that was never negotiated: a sender that still uses
//! an old SA, somebody else's packets, or forged ones. The receiver drops them.
//!
//! ## How it is recognised
//!
//! - A capture near the receiver shows packets of an SPI that the capture near
//!   the sender never saw leave.
//!
//! - A new SPI shows up in the middle of a connection although no negotiation
//!   went by, while the old one goes on.
//!
//! ## What to do
//!
//! Find out who sends them: compare the SPIs with the SA tables of both ends.
//! If the receiver restarted, see peer-lost-state.
//!
//! ## What would prove it
//!
//! The SA tables of both ends, or captures near both. `--keys` with those of the
//! IKE SA open the negotiations: an SPI that is in none of them was never agreed
//! on, and one that is, or whose packets open, is no stranger.
//!
//! ## References
//!
//! RFC 4303 §3.4.2; RFC 4301 §5.2; RFC 7296 §1.5.

use crate::diag::case::Flow;
use crate::diag::catalog::Scene;
use crate::diag::finding::{self, end_of};
use crate::diag::inquiry::Inquiry;
use crate::diag::selectors::has_spi;
use crate::diag::{Confidence, Finding, Severity, Who};
use crate::evidence::Exchange;
use crate::time::{Duration, Instant};
use crate::wire::registry::{ike, isakmp};
use alloc::format;
use alloc::vec::Vec;

rule!(
    "esp-unknown-spi",
    "packets arrive for an SA that does not exist",
    check,
    "esp_unknown_spi.rs",
    advice: advice
);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    case.flows
        .iter()
        .filter_map(|flow| of_flow(case, flow))
        .collect()
}

fn advice(finding: Finding, ends: &Scene) -> Finding {
    finding
        .title(format!(
            "Packets between {} and {} are of an SA that does not exist",
            ends.initiator, ends.responder
        ))
        .who(Who::Peer)
        .fix(
            "the sender",
            "Check whether this SPI is in its SA table; if not, somebody else sends these packets.",
        )
        .refs(&["RFC 4303 §3.4.2", "RFC 4301 §5.2"])
}

fn of_flow(case: &Inquiry<'_, '_>, flow: &Flow<'_>) -> Option<Finding> {
    let begin = case.sas_of(flow.peers).map(|sa| sa.begin()).min()?;
    let mut beside = case
        .flows_of(flow.peers)
        .filter(|other| other.from_first == flow.from_first);
    let beside = beside
        .find(|other| other.spi != flow.spi && other.begin < flow.begin && flow.end < other.end)?;
    if begin > beside.begin || negotiated(case, flow.peers, beside.begin, flow.begin) {
        return None;
    }
    let agreed = agreed_on(case, flow);
    if agreed == Some(true) {
        return None;
    }
    let (confidence, why) = if agreed == Some(false) {
        (
            Confidence::Proven,
            "Every negotiation between the two ends was opened, and this SPI is in none of them.",
        )
    } else if appeared(case, flow) {
        (
            Confidence::Proven,
            "The capture near the sender shows the other SPI, and never this one: these packets come from somewhere else.",
        )
    } else {
        (
            Confidence::Likely,
            "No negotiation went by between the beginnings of the two, and the older SA goes on.",
        )
    };
    let view = flow.best()?;
    let (from, to) = (
        end_of(case, flow.peers, flow.from_first),
        end_of(case, flow.peers, !flow.from_first),
    );
    Some(
        Finding::new(RULE.code, flow.peers, Severity::Warning, confidence)
            .title(format!("{to} gets packets of an SA that does not exist (SPI {:08x})", flow.spi))
            .why(why)
            .weight(70)
            .who(Who::Peer)
            .cite(finding::flow(view, format!("{} of SPI {:08x}", finding::count(flow.packets(), "packet"), flow.spi)))
            .cite(finding::flow(beside.best()?, format!("the negotiated SPI {:08x}", beside.spi)))
            .fix(from, "Check whether this SPI is in its SA table; if not, somebody else sends these packets.")
            .refs(&["RFC 4303 §3.4.2", "RFC 4301 §5.2"]),
    )
}

/// The SPI is in a negotiation, as far as all of them were opened; or a key
/// opens its packets.
fn agreed_on(case: &Inquiry<'_, '_>, flow: &Flow<'_>) -> Option<bool> {
    let mut openings = flow
        .views
        .iter()
        .filter_map(|view| view.fact.opening.as_deref());
    if openings.any(|opening| opening.opened() > 0) {
        return Some(true);
    }
    let spi = flow.spi.to_be_bytes();
    let messages = case.sas_of(flow.peers).flat_map(|sa| &sa.messages);
    let sealed = messages.filter(|message| message.ike.sealed.is_some());
    let negotiating: Vec<_> = sealed
        .filter(|message| creates(message.ike.exchange))
        .collect();
    let all_open = negotiating.iter().all(|message| message.ike.is_open());
    if negotiating.iter().any(|message| has_spi(message, &spi)) {
        return Some(true);
    }
    (all_open && !negotiating.is_empty()).then_some(false)
}

/// A capture near the sender was running and did not see it leave.
fn appeared(case: &Inquiry<'_, '_>, flow: &Flow<'_>) -> bool {
    case.inputs.iter().any(|input| {
        let others = case
            .flows_of(flow.peers)
            .any(|other| other.packets_in(input.index) > 0);
        others && flow.packets_in(input.index) == 0 && input.covers(flow.begin)
    })
}

/// A message that can create SAs went by between the two moments.
fn negotiated(case: &Inquiry<'_, '_>, peers: usize, from: Instant, to: Instant) -> bool {
    let mut messages = case.sas_of(peers).flat_map(|sa| &sa.messages);
    let begin = Instant::from_micros(
        from.as_micros()
            .saturating_sub(SLACK.as_micros().try_into().unwrap_or(0)),
    );
    messages.any(|message| {
        creates(message.ike.exchange) && begin < message.at && message.at <= to && message.at > from
    })
}

fn creates(exchange: Exchange) -> bool {
    exchange == Exchange::V2(ike::ExchangeType::CREATE_CHILD_SA)
        || exchange == Exchange::V2(ike::ExchangeType::IKE_AUTH)
        || exchange == Exchange::V1(isakmp::ExchangeType::QUICK_MODE)
}

const SLACK: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use crate::diag::Confidence;
    use crate::diag::ladder::{cause, codes, found};

    #[test]
    fn an_spi_out_of_nowhere() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=36:176
                 1.0 a>b ESP spi=7 x9 until=9.0
                 1.0 b>a ESP spi=8 x9 until=9.0
                 4.0 a>b ESP spi=deadbeef x3 until=4.2";
        assert_eq!(cause(text), Some("esp-unknown-spi"));
    }
    #[test]
    fn near_miss_a_rekey_went_by() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=36:176
                 1.0 a>b ESP spi=7 x9 until=9.0
                 1.0 b>a ESP spi=8 x9 until=9.0
                 3.0 a>b CHILD q2 in=41:180
                 3.1 b>a CHILD r2 in=33:180
                 4.0 a>b ESP spi=9 x3 until=4.2";
        assert!(!codes(text).contains(&"esp-unknown-spi"));
    }

    fn opened(last: &str) -> String {
        format!(
            "0.0 a>b INIT q0
             0.1 b>a INIT r0
             0.2 a>b AUTH q1 in=35:230 {{ auth=2 esp=gcm256 at=8 }}
             0.3 b>a AUTH r1 in=36:176 {{ auth=2 esp=gcm256 at=7 }}
             1.0 a>b ESP spi=7 x9 until=9.0
             1.0 b>a ESP spi=8 x9 until=9.0
             {last}"
        )
    }

    #[test]
    fn in_none_of_the_opened_negotiations() {
        let text = opened("4.0 a>b ESP spi=deadbeef x3 until=4.2");
        assert_eq!(
            found(&text, "esp-unknown-spi").confidence,
            Confidence::Proven
        );
    }

    #[test]
    fn near_miss_its_packets_open() {
        let text = opened("4.0 a>b ESP spi=deadbeef x3 until=4.2 ok=3");
        assert!(!codes(&text).contains(&"esp-unknown-spi"));
    }
}
