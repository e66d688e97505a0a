//! # cert-ldap-exchange
//!
//! An end fetches certificates or revocation lists over LDAP, in the clear.
//!
//! ## What happened
//!
//! Beside IKE, one of the ends opens a connection to a directory. There it looks
//! up certificates or revocation lists, before it trusts its peer. LDAP on port
//! 389 hides nothing, which does no harm to signed certificates; but without the
//! directory no tunnel comes up.
//!
//! ## How it is recognised
//!
//! TCP segments between an end and port 389 of a host that is not its peer. The
//! answer acknowledges the number of the first segment plus one; the third
//! segment, which completes the handshake, may be missing from the text.
//!
//! ## What to do
//!
//! Nothing while it works. Make sure that the directory is reachable outside the
//! tunnel.
//!
//! ## What would prove it
//!
//! The rest of the connection.
//!
//! ## References
//!
//! RFC 4511 §4; RFC 4523; RFC 9293 §3.5.

use crate::diag::case::{Case, Filed};
use crate::diag::finding;
use crate::diag::inquiry::Inquiry;
use crate::diag::{Confidence, Finding, Severity, Who};
use crate::evidence::{PacketOutline, Place, Route};
use alloc::format;
use alloc::vec::Vec;

rule!(
    "cert-ldap-exchange",
    "an end fetches certificates or revocation lists over LDAP, in the clear",
    check,
    "cert_ldap_exchange.rs"
);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    let opened = case.outlines.iter().filter(|packet| {
        let tcp = packet.fact.tcp;
        packet.fact.route.to.port() == LDAP && tcp.is_some_and(|tcp| tcp.syn && tcp.ack.is_none())
    });
    opened.filter_map(|syn| of(case, syn)).collect()
}

fn of(case: &Case<'_>, syn: &Filed<'_, PacketOutline>) -> Option<Finding> {
    let route = syn.fact.route;
    let (from, to) = (route.from.ip(), route.to.ip());
    let mut all = case.peers.iter();
    let peers = all.position(|peers| peers.is_end(from) && !peers.is_end(to))?;
    let sent = syn.fact.tcp?.sequence;
    let answer =
        on(case, route.reversed()).find(|packet| packet.fact.tcp.is_some_and(|tcp| tcp.syn))?;
    let ack = answer.fact.tcp?.ack;
    let fits = ack.is_some() && ack == sent.map(|sequence| sequence.wrapping_add(1));
    let mut later = on(case, route).filter(|packet| {
        packet
            .fact
            .tcp
            .is_some_and(|tcp| !tcp.syn && tcp.ack.is_some())
    });
    let done = later.next().is_some();
    let shows = match (ack, sent) {
        (Some(ack), Some(sent)) if fits => format!("answered: {ack} = {sent} + 1"),
        _ => "answered".into(),
    };
    let why = if done {
        "The handshake is complete."
    } else {
        "The third segment of the handshake is not shown: the text ends there, or the answer did not arrive."
    };
    let title =
        format!("{from} asks the directory {to}, which is not its peer, over LDAP in the clear");
    Some(
        Finding::new(RULE.code, peers, Severity::Info, Confidence::Likely)
            .title(title)
            .why(why)
            .weight(8)
            .who(Who::Credentials)
            .cite(finding::filed(
                syn,
                &Place::default(),
                format!("opens a connection to port {LDAP}"),
            ))
            .cite(finding::filed(answer, &Place::default(), shows))
            .refs(&["RFC 4511 §4", "RFC 9293 §3.5"]),
    )
}

/// The segments on one route.
fn on<'c, 'a>(
    case: &'c Case<'a>,
    route: Route,
) -> impl Iterator<Item = &'c Filed<'a, PacketOutline>> {
    case.outlines
        .iter()
        .filter(move |packet| packet.fact.route == route)
}

const LDAP: u16 = 389;

#[cfg(test)]
mod tests {
    use crate::diag::ladder::{codes, found};

    const TEXT: &str = "0.0 a>b OUT len=838
                 0.1 b>a OUT len=100
                 0.2 a:1038>s:389 OUT proto=6 len=0 syn seq=700
                 0.3 s:389>a:1038 OUT proto=6 len=0 syn seq=9 ack=701";

    #[test]
    fn a_directory_answers() {
        let found = found(TEXT, "cert-ldap-exchange");
        assert_eq!(found.evidence[1].shows, "answered: 701 = 700 + 1");
        assert!(found.why.starts_with("The third segment"));
    }
    #[test]
    fn near_miss_another_port_and_the_peer_itself() {
        assert!(codes(&TEXT.replace(":389", ":22")).is_empty());
        assert!(
            codes(&TEXT.replace("s:389", "b:389"))
                .iter()
                .all(|code| *code != "cert-ldap-exchange")
        );
    }
}
