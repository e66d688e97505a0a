//! # cleartext-return-path
//!
//! Answers to protected packets come back in the clear.
//!
//! ## What happened
//!
//! One end sends protected packets, and the answers take another way:
//! unprotected, through the NAT or a second router. The policy of the answering
//! end is not the mirror of the other, lets unprotected answers out, or the
//! route back does not lead into the tunnel.
//!
//! ## How it is recognised
//!
//! ESP goes by in one direction only, and in the other direction echo replies
//! (or other answers) in the clear that nobody asked for in the clear.
//!
//! ## What to do
//!
//! Make the policies of both ends mirrors of each other; check the route from
//! the answering host back to the asking one.
//!
//! ## What would prove it
//!
//! `--keys`: the protected packets open, and the answers in the clear are to
//! exactly what was asked inside. Without keys: the policies of both ends; a
//! capture inside the answering network.
//!
//! ## References
//!
//! RFC 4301 §4.4.1; RFC 4301 §5.2.

use crate::diag::case::Flow;
use crate::diag::finding::{self, end_of};
use crate::diag::inquiry::Inquiry;
use crate::diag::path;
use crate::diag::{Confidence, Finding, Severity, Who};
use crate::evidence::{ClearFlow, Echo, InnerFlow};
use alloc::format;
use alloc::vec::Vec;

rule!("cleartext-return-path", "answers to protected packets come back in the clear", check, "cleartext_return_path.rs", brings: ["esp-blocked", "esp-return-blocked", "plaintext-leak"]);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    (0..case.peers.len())
        .filter_map(|peers| of_peers(case, peers))
        .collect()
}

fn of_peers(case: &Inquiry<'_, '_>, peers: usize) -> Option<Finding> {
    let (from_first, flows) = path::one_way(case, peers)?;
    let protected = flows.first()?.best()?;
    let inside: Vec<&InnerFlow> = flows.iter().flat_map(|flow| opened(flow)).collect();
    let beside = case.clear.iter();
    let mut beside = beside.filter(|flow| flow.input() == protected.input());
    let (confidence, why, answer) = if inside.is_empty() {
        let answer = beside.find(|flow| {
            let reply = flow.fact.echo == Some(Echo::Reply);
            reply && belongs(case, peers, flow.fact) && !was_asked(case, flow.fact)
        })?;
        (
            Confidence::Likely,
            "Protected packets go one way, and echo replies that nobody asked for in the clear come the other way.",
            answer,
        )
    } else {
        let answer = beside.find(|flow| inside.iter().any(|inner| answers(flow.fact, inner)))?;
        (
            Confidence::Proven,
            "The protected packets were opened: what comes the other way in the clear answers them.",
            answer,
        )
    };
    let (asking, answering) = (
        end_of(case, peers, from_first),
        end_of(case, peers, !from_first),
    );
    Some(
        Finding::new(RULE.code, peers, Severity::Error, confidence)
            .title(format!("Answers to protected packets of {asking} come back in the clear"))
            .why(why)
            .weight(75)
            .who(Who::Peer)
            .cite(finding::flow(protected, format!("protected packets from {asking}")))
            .cite(finding::filed(answer, &answer.fact.place, format!("in the clear from {} to {}", answer.fact.tally.route.from.ip(), answer.fact.tally.route.to.ip())))
            .fix(answering, "Let the policy for outgoing packets be the mirror of the one for incoming packets, and drop unprotected answers.")
            .fix("the network behind it", "Route the answers through the gateway that has the tunnel.")
            .refs(&["RFC 4301 §4.4.1", "RFC 4301 §5.2"]),
    )
}

fn opened<'a>(flow: &Flow<'a>) -> &'a [InnerFlow] {
    let opening = flow.best().and_then(|view| view.fact.opening.as_deref());
    opening.map_or(&[], |opening| &opening.inner)
}

/// From whom the inner packets go to, back to where they come from.
fn answers(clear: &ClearFlow, inner: &InnerFlow) -> bool {
    let route = clear.tally.route;
    let back = (route.from.ip(), route.to.ip()) == (inner.destination, inner.source);
    let asked = clear.echo != Some(Echo::Request) && inner.echo != Some(Echo::Reply);
    back && asked && clear.protocol == inner.protocol
}

/// One of its addresses is an end, or there is no other tunnel it could
/// belong to.
fn belongs(case: &Inquiry<'_, '_>, peers: usize, flow: &ClearFlow) -> bool {
    let route = flow.tally.route;
    let ends = case.peers_of(peers);
    let of_end =
        ends.is_some_and(|ends| ends.is_end(route.from.ip()) || ends.is_end(route.to.ip()));
    of_end || case.peers.len() == 1
}

/// The echo request went by in the clear as well.
fn was_asked(case: &Inquiry<'_, '_>, reply: &ClearFlow) -> bool {
    let route = reply.tally.route;
    case.clear.iter().any(|other| {
        let back = other.fact.tally.route;
        let opposite = (back.from.ip(), back.to.ip()) == (route.to.ip(), route.from.ip());
        other.fact.echo == Some(Echo::Request) && opposite
    })
}

#[cfg(test)]
mod tests {
    use crate::diag::Confidence;
    use crate::diag::ladder::{cause, codes, found};

    #[test]
    fn echo_replies_that_nobody_asked_for() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=36:176
                 1.0 a>b ESP spi=7 x9
                 1.1 b>a CLEAR icmp reply x9";
        assert_eq!(cause(text), Some("cleartext-return-path"));
    }
    #[test]
    fn near_miss_an_ordinary_ping_beside_the_tunnel() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=36:176
                 1.0 a>b ESP spi=7 x9
                 1.0 b>a ESP spi=8 x9
                 1.0 a>b CLEAR icmp
                 1.1 b>a CLEAR icmp reply";
        assert!(codes(text).is_empty());
    }

    fn opened(inner: &str) -> String {
        format!(
            "0.0 a>b INIT q0
             0.1 b>a INIT r0
             0.2 a>b AUTH q1 in=35:230
             0.3 b>a AUTH r1 in=36:176
             1.0 a>b ESP spi=7 x9 ok=9 inner={inner}
             1.1 k>h CLEAR icmp reply x9"
        )
    }

    #[test]
    fn opened_packets_are_answered_in_the_clear() {
        let found = found(&opened("h>k"), "cleartext-return-path");
        assert_eq!(found.confidence, Confidence::Proven);
    }

    #[test]
    fn near_miss_opened_packets_ask_for_something_else() {
        assert!(!codes(&opened("10.1.0.99>k")).contains(&"cleartext-return-path"));
    }
}
