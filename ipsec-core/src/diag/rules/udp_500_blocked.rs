//! # udp-500-blocked
//!
//! UDP port 500 is blocked between the ends.
//!
//! ## What happened
//!
//! A filter forbids UDP 500, the port on which every tunnel begins.
//!
//! ## How it is recognised
//!
//! - A router or the peer answers the first message with ICMP "administratively
//!   prohibited".
//!
//! - The peer answers other traffic, or IKE on port 4500, but nothing on port
//!   500.
//!
//! ## What to do
//!
//! Let UDP 500 pass in both directions between the two addresses, and UDP 4500
//! with it.
//!
//! ## What would prove it
//!
//! The rules of the filter that reports, or a capture behind it.
//!
//! ## References
//!
//! RFC 7296 §2; RFC 792; RFC 1812 §5.2.7.1.

use crate::diag::finding;
use crate::diag::path;
use crate::diag::refusal::{Stage, refusals};
use crate::diag::{Case, Confidence, Finding, Severity, Who};
use crate::evidence::IcmpErrorKind;
use alloc::format;
use alloc::vec::Vec;

rule!("udp-500-blocked", "UDP port 500 is blocked between the ends", check, "udp_500_blocked.rs", brings: ["peer-unreachable", "return-path-blocked", "exchange-mode-mismatch", "ike-version-mismatch"]);

fn check(case: &Case<'_>) -> Vec<Finding> {
    let refusals = refusals(case);
    let silences = refusals
        .iter()
        .filter(|refusal| refusal.stage == Stage::Silence);
    silences
        .filter_map(|silence| {
            let (sa, request) = (silence.sa, silence.request);
            if request.ike.route.to.port() != 500 {
                return None;
            }
            let finding = |confidence| {
                Finding::new(RULE.code, sa.peers, Severity::Error, confidence)
                    .title(format!(
                        "UDP 500 is blocked between {} and {}",
                        sa.initiator, sa.responder
                    ))
                    .who(Who::Path)
                    .cite(finding::message(
                        request,
                        format!(
                            "the first message, sent {} times, unanswered",
                            request.copies()
                        ),
                    ))
                    .fix(
                        "the filter between them",
                        format!(
                            "Permit UDP 500 and 4500 between {} and {}, in both directions.",
                            sa.initiator, sa.responder
                        ),
                    )
                    .refs(&["RFC 7296 §2", "RFC 792"])
            };
            let mut errors = path::icmp_about(case, sa.initiator, sa.responder);
            if let Some(error) = errors.find(|error| error.fact.kind == IcmpErrorKind::Prohibited) {
                let by = error.fact.tally.route.from.ip();
                let cited = finding::filed(
                    error,
                    &error.fact.place,
                    format!("{by} says that this is prohibited"),
                );
                return Some(
                    finding(Confidence::Likely)
                        .weight(75)
                        .why("A filter says so by ICMP, which is not authenticated.")
                        .cite(cited),
                );
            }
            let alive = case.clear.iter().find(|flow| {
                let route = flow.fact.tally.route;
                (route.from.ip(), route.to.ip()) == (sa.responder, sa.initiator)
            })?;
            let cited = finding::filed(
                alive,
                &alive.fact.place,
                "the same host answers other traffic",
            );
            Some(
                finding(Confidence::Likely)
                    .weight(65)
                    .why("The peer is alive and answers other traffic, but nothing on UDP 500.")
                    .cite(cited),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::diag::ladder::{cause, codes};

    #[test]
    fn a_router_says_prohibited() {
        let text = "0.0 a>b INIT q0 x4 every=1
                 0.01 r>a ICMP 3/13 about=a>b x4 every=1";
        assert_eq!(cause(text), Some("udp-500-blocked"));
    }
    #[test]
    fn the_peer_answers_ping_only() {
        let text = "0.0 a>b INIT q0 x4 every=1
                 5.0 a>b CLEAR icmp
                 5.1 b>a CLEAR icmp reply";
        assert_eq!(cause(text), Some("udp-500-blocked"));
    }
    #[test]
    fn near_miss_silence_without_more() {
        assert!(!codes("0.0 a>b INIT q0 x4 every=1").contains(&"udp-500-blocked"));
    }
}
