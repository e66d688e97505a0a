//! # peer-not-running
//!
//! No IKE daemon listens at the peer.
//!
//! ## What happened
//!
//! The host of the peer is reached, and it says that nobody listens on the
//! port: the daemon is not running, listens on another address, or the address
//! is not the one of the gateway.
//!
//! ## How it is recognised
//!
//! ICMP "port unreachable" from the peer's own address for the first message,
//! and no IKE message from it before. ICMP is not authenticated, so this is no
//! proof.
//!
//! ## What to do
//!
//! Start the IKE daemon of the peer, or bind it to this address; check that the
//! address is the peer's.
//!
//! ## What would prove it
//!
//! The list of listening sockets at the peer (UDP 500 and 4500).
//!
//! ## References
//!
//! RFC 792; RFC 1122 §3.2.2.1; RFC 4443 §3.1.

use crate::diag::case::IkeSa;
use crate::diag::catalog::Scene;
use crate::diag::finding;
use crate::diag::inquiry::Inquiry;
use crate::diag::path;
use crate::diag::{Confidence, Finding, Severity, Who};
use crate::evidence::IcmpErrorKind;
use alloc::format;
use alloc::vec::Vec;

rule!("peer-not-running", "no IKE daemon listens at the peer", check, "peer_not_running.rs", advice: advice, brings: ["peer-unreachable", "return-path-blocked", "exchange-mode-mismatch", "ike-version-mismatch", "udp-500-blocked"]);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    case.sas.iter().filter_map(|sa| of_sa(case, sa)).collect()
}

fn of_sa(case: &Inquiry<'_, '_>, sa: &IkeSa<'_>) -> Option<Finding> {
    let mut errors = path::icmp_about(case, sa.initiator, sa.responder);
    let refused = errors.find(|error| {
        let from_peer = error.fact.tally.route.from.ip() == sa.responder;
        error.fact.kind == IcmpErrorKind::PortUnreachable && from_peer && error.at >= sa.begin()
    })?;
    let mut others = case
        .sas_of(sa.peers)
        .flat_map(|other| other.messages.iter().map(move |m| (other, m)));
    let alive = others.any(|(other, message)| {
        let by_first = other.initiator == sa.initiator;
        message.ike.by_initiator != by_first
    });
    if alive {
        return None;
    }
    let first = sa.messages.first()?;
    let copies = refused.fact.tally.packets;
    let port = refused.fact.about.to.port();
    let finding = Finding::new(RULE.code, sa.peers, Severity::Error, Confidence::Likely).since(sa.begin())
        .why("The peer's own address answers with ICMP port unreachable and never with IKE; ICMP is not authenticated.")
        .weight(80)
        .cite(finding::message(first, format!("the first message, sent {}", finding::count(first.copies().into(), "time"))))
        .cite(finding::filed(refused, &refused.fact.place, format!("port {port} unreachable, {}", finding::count(copies, "time"))));
    Some(advised(finding, &sa.scene(), &format!("UDP {port}")))
}

fn advice(finding: Finding, ends: &Scene) -> Finding {
    advised(finding, ends, "UDP 500 and 4500")
}

fn advised(finding: Finding, ends: &Scene, ports: &str) -> Finding {
    finding
        .title(format!("No IKE daemon listens at {}", ends.responder))
        .who(Who::Peer)
        .fix(
            ends.at_responder(),
            format!("Start the IKE daemon, or let it listen on {ports} of this address."),
        )
        .fix(
            ends.at_initiator(),
            "Check that this is the address of the peer.",
        )
        .refs(&["RFC 792", "RFC 1122 §3.2.2.1"])
}

#[cfg(test)]
mod tests {
    use crate::diag::ladder::{cause, codes};

    #[test]
    fn port_unreachable_for_the_first_message() {
        let text = "0.0 a>b INIT q0 x4 every=1
                 0.01 b>a ICMP 3/3 about=a>b x4 every=1";
        assert_eq!(cause(text), Some("peer-not-running"));
    }
    #[test]
    fn near_miss_the_daemon_stopped_after_the_tunnel_was_taken_down() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=36:176
                 1.0 b>a INFO q0 in=42:8
                 1.1 a>b INFO r0 in=0:0
                 1.11 b>a ICMP 3/3 about=a>b@4500
                 1.2 a>b INIT q0 spi=3
                 1.3 b>a ICMP 3/3 about=a>b";
        assert!(codes(text).is_empty());
    }
}
