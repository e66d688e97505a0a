//! # esp-replay
//!
//! Protected packets arrive a second time.
//!
//! ## What happened
//!
//! ESP or AH packets with a sequence number that was used before: a network
//! that doubles packets, a device that repeats them, an attacker who replays
//! them, or two senders that share an SA (a cluster after fail-over, a restored
//! snapshot). The receiver's replay window drops them.
//!
//! ## How it is recognised
//!
//! The same SPI and sequence number go by twice. If the bytes are the same it
//! is a copy; if they differ, two senders use one SA.
//!
//! ## What to do
//!
//! If only a few and at once: look for a loop or a mirror port. If later: find
//! the device between the two captures that sends them again. If the bytes
//! differ: the sender lost its counter; make it negotiate new SAs at start-up.
//!
//! ## What would prove it
//!
//! A capture near the sender shows each packet once. `--keys` with those of the
//! SA tell copies from forgeries: a copy passes the integrity check, a forged
//! packet does not (see esp-integrity-failure).
//!
//! ## References
//!
//! RFC 4303 §3.4.3; RFC 4302 §3.4.3; RFC 6311.

use crate::diag::case::Flow;
use crate::diag::catalog::Scene;
use crate::diag::finding::{self, end_of};
use crate::diag::inquiry::Inquiry;
use crate::diag::{Confidence, Finding, Severity, Who};
use crate::evidence::Opening;
use alloc::format;
use alloc::vec::Vec;

rule!(
    "esp-replay",
    "protected packets arrive a second time",
    check,
    "esp_replay.rs",
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
            "Packets between {} and {} arrive a second time",
            ends.initiator, ends.responder
        ))
        .who(Who::Path)
        .fix(
            "the path between them",
            "Look for a loop, a mirror port or a device that sends packets again.",
        )
        .fix(
            "the sender",
            "After a restart or fail-over, negotiate new SAs instead of going on with old ones.",
        )
        .refs(&["RFC 4303 §3.4.3", "RFC 6311"])
}

fn of_flow(case: &Inquiry<'_, '_>, flow: &Flow<'_>) -> Option<Finding> {
    let again = |view: &&crate::diag::case::Filed<'_, crate::evidence::ProtectedFlow>| {
        view.fact.repeated.count > 0 || view.fact.reused.count > 0
    };
    let view = flow.views.iter().find(again)?;
    let (repeated, reused) = (view.fact.repeated, view.fact.reused);
    let opening = view.fact.opening.as_deref();
    if opening.is_some_and(|opening| opening.wrong_icv.count >= repeated.count.max(reused.count)) {
        // Not the sender's packets again, but forged ones that carry its numbers.
        return None;
    }
    let once = flow.views.iter().find(|other| !again(other));
    let (shows, count) = if reused.count > 0 {
        ("sequence numbers used again for other packets", reused)
    } else {
        ("packets seen a second time", repeated)
    };
    let why = match once {
        Some(_) => {
            "One capture shows these packets once, the other twice: they were sent again between the two."
        }
        None => "The same SPI and sequence number went by twice; the receiver drops the second.",
    };
    let (from, to) = (
        end_of(case, flow.peers, flow.from_first),
        end_of(case, flow.peers, !flow.from_first),
    );
    let first = count.first.unwrap_or(0);
    let mut finding = Finding::new(RULE.code, flow.peers, Severity::Warning, Confidence::Proven)
        .title(format!(
            "{to} gets packets of {from} a second time (SPI {:08x})",
            flow.spi
        ))
        .why(why)
        .because(genuine(opening, reused.count > 0))
        .weight(70)
        .who(if reused.count > 0 {
            Who::Software
        } else {
            Who::Path
        })
        .cite(finding::flow(
            view,
            format!("{}: {shows}, the first in packet {first}", count.count),
        ))
        .fix(
            "the path between them",
            "Look for a loop, a mirror port or a device that sends packets again.",
        )
        .fix(
            from,
            "After a restart or fail-over, negotiate new SAs instead of going on with old ones.",
        )
        .refs(&["RFC 4303 §3.4.3", "RFC 6311"]);
    if let Some(once) = once {
        finding = finding.cite(finding::flow(once, "the same flow without repetitions"));
    }
    Some(finding)
}

/// What the keys say of the packets that came again.
fn genuine(opening: Option<&Opening>, reused: bool) -> &'static str {
    let all_pass = opening.is_some_and(|opening| opening.verified > 0 && opening.failed() == 0);
    match (all_pass, reused) {
        (true, true) => "All of them pass the integrity check: two senders have the key of the SA.",
        (true, false) => "All of them pass the integrity check: nobody forged them.",
        (false, _) => "",
    }
}

#[cfg(test)]
mod tests {
    use crate::diag::ladder::{cause, codes, found};

    #[test]
    fn three_packets_again() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=36:176
                 1.0 a>b ESP spi=7 x9 dup=3
                 1.0 b>a ESP spi=8 x9";
        assert_eq!(cause(text), Some("esp-replay"));
    }
    #[test]
    fn near_miss_each_packet_once() {
        assert!(
            codes(
                "0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=36:176
                 1.0 a>b ESP spi=7 x9
                 1.0 b>a ESP spi=8 x9"
            )
            .is_empty()
        );
    }

    #[test]
    fn keys_tell_copies_from_forgeries() {
        let text = |opened| {
            std::format!(
                "1.0 a>b ESP spi=7 x9 {opened}
                 1.0 b>a ESP spi=8 x9"
            )
        };
        let copies = found(&text("dup=3 ok=12"), "esp-replay");
        assert!(copies.why.contains("nobody forged them"));
        let twins = found(&text("reused=3 ok=9"), "esp-replay");
        assert!(twins.why.contains("two senders"));
        assert!(!codes(&text("reused=3 ok=6 icv=3")).contains(&"esp-replay"));
    }
}
