//! # virtual-ip-mismatch
//!
//! Packets inside the tunnel come from an address that the SA is not for.
//!
//! ## What happened
//!
//! Both phases are up, and yet nothing comes back: the client sends its packets
//! from its own address instead of the one that the gateway assigned (the
//! virtual address is not configured, not bound, or the route names another
//! source); or a gateway lets packets of a network into the tunnel that was not
//! negotiated. The receiver checks the inner addresses against the selectors of
//! the SA and drops what does not fit.
//!
//! ## How it is recognised
//!
//! With keys: the source address of the inner packets is in none of the
//! selectors that were negotiated for the SA that carries them.
//!
//! In a log of the gateway: both phases are complete, a user is bound to an
//! address, and the packet filter drops what comes out of the tunnel. It is
//! proven where the log tells both addresses. IKE never carries the address of
//! such a client, so everything looks as it should.
//!
//! ## What to do
//!
//! On a client: bind the assigned address and give the routes into the tunnel
//! that source. On a gateway: keep source NAT away from tunnelled packets, or
//! negotiate the network.
//!
//! ## What would prove it
//!
//! `--keys` with those of the IKE SA: they open the selectors and the assigned
//! address, and the keys of ESP follow from them. Without them the source
//! addresses on the inside of the client tell.
//!
//! ## References
//!
//! RFC 4301 §5.2; RFC 7296 §2.19; RFC 7296 §3.15.

use super::bound_address;
use crate::diag::case::{Flow, IkeSa};
use crate::diag::catalog::Scene;
use crate::diag::finding::{self, end_of};
use crate::diag::inquiry::Inquiry;
use crate::diag::selectors::{Deal, deals, has_spi, holds, list};
use crate::diag::{Confidence, Finding, Severity, Who};
use crate::evidence::{InnerFlow, Opening, Selector};
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::net::IpAddr;

rule!("virtual-ip-mismatch", "packets inside the tunnel come from an address that the SA is not for", check, "virtual_ip_mismatch.rs", advice: advice, brings: ["esp-return-blocked", "esp-blocked"]);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    let flows = case.flows.iter();
    let flows = flows.filter_map(|flow| of_flow(case, flow));
    flows
        .chain(bound_address::findings(case, RULE.code))
        .collect()
}

fn advice(finding: Finding, ends: &Scene) -> Finding {
    finding
        .title(format!(
            "The virtual address does not fit between {} and {}",
            ends.initiator, ends.responder
        ))
        .who(Who::Local)
        .fix(
            ends.at_initiator(),
            "Ask for an address, and use it as the source of the routes into the tunnel.",
        )
        .fix(
            ends.at_responder(),
            "Assign an address within the networks that this end protects as remote.",
        )
        .refs(&["RFC 4301 §5.2", "RFC 7296 §2.19"])
}

fn of_flow(case: &Inquiry<'_, '_>, flow: &Flow<'_>) -> Option<Finding> {
    let view = flow.best()?;
    let opening = view.fact.opening.as_deref()?;
    let mut deals = case.sas_of(flow.peers).flat_map(deals);
    let (deal, own) = deals.find_map(|deal| {
        let own = senders_side(case, &deal, flow)?;
        Some((deal, own))
    })?;
    let (stray, packets) = strays(opening, own)?;
    let opened = opening.opened();
    let severity = match packets.saturating_mul(2) >= opened {
        true => Severity::Error,
        false => Severity::Warning,
    };
    let by_opener = sent_by_opener(case, deal.sa, flow);
    let from = end_of(case, flow.peers, flow.from_first);
    let (source, destination) = (stray.source, stray.destination);
    let shows = format!(
        "inside, from packet {} on: {source} to {destination}",
        stray.first
    );
    let finding = Finding::new(RULE.code, flow.peers, severity, Confidence::Proven)
        .why(format!(
            "{packets} of {opened} opened packets of SPI {:08x} come from outside the selectors of their SA; the receiver has to drop them.",
            flow.spi
        ))
        .weight(80)
        .who(if by_opener { Who::Local } else { Who::Peer })
        .cite(finding::flow(view, shows))
        .refs(&["RFC 4301 §5.2", "RFC 7296 §2.19"]);
    let finding = negotiated(finding, &deal, &from, own);
    let by_client = deal.by_initiator && by_opener;
    Some(match assigned(deal.sa).filter(|_| by_client) {
        Some(assigned) => finding
            .title(format!("{from} sends from {source} through the tunnel, but was assigned {assigned}"))
            .fix(from, format!("Bind {assigned} to the tunnel and use it as the source of the routes into it.")),
        None => finding
            .title(format!("{from} sends from {source} through the tunnel, which is for {}", list(own)))
            .fix(from, format!("Keep packets of {source} out of the tunnel, or negotiate their network; look for source NAT in front of it.")),
    })
}

/// Cites the selectors of the sender's side.
fn negotiated(finding: Finding, deal: &Deal<'_, '_>, from: &str, own: &[Selector]) -> Finding {
    let Some((answer, given)) = deal.answer else {
        return finding;
    };
    let shows = format!("negotiated for {from}: {}", list(own));
    finding.cite(finding::at_place(answer, &given.place, shows))
}

/// The selectors of the sender's side, if `deal` made the SA of `flow`: the
/// receiver chose its SPI.
fn senders_side<'a>(
    case: &Inquiry<'_, 'a>,
    deal: &Deal<'_, 'a>,
    flow: &Flow<'_>,
) -> Option<&'a [Selector]> {
    let (answer, given) = deal.answer?;
    let by_asker = sent_by_opener(case, deal.sa, flow) == deal.by_initiator;
    let (receivers, own) = match by_asker {
        true => (answer, &given.initiator),
        false => (deal.request, &given.responder),
    };
    has_spi(receivers, &flow.spi.to_be_bytes()).then_some(own)
}

/// Sent by the end that opened `sa`.
fn sent_by_opener(case: &Inquiry<'_, '_>, sa: &IkeSa<'_>, flow: &Flow<'_>) -> bool {
    case.opened_by_first(sa) == flow.from_first
}

/// The first inner flow that comes from outside `own`, and the packets of all
/// such flows.
fn strays<'a>(opening: &'a Opening, own: &[Selector]) -> Option<(&'a InnerFlow, u64)> {
    if opening.tunnelled == 0 {
        return None;
    }
    let strays = opening
        .inner
        .iter()
        .filter(|inner| is_routed(inner.source) && !holds(own, inner.source));
    let packets = strays
        .clone()
        .fold(0_u64, |sum, inner| sum.saturating_add(inner.packets));
    Some((strays.min_by_key(|inner| inner.first)?, packets))
}

/// Not an address that stays on its link, as those of neighbour discovery do.
const fn is_routed(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => !v4.is_unspecified() && !v4.is_link_local() && !v4.is_multicast(),
        IpAddr::V6(v6) => !v6.is_unspecified() && !v6.is_unicast_link_local() && !v6.is_multicast(),
    }
}

/// The address that the responder assigned to the initiator.
fn assigned(sa: &IkeSa<'_>) -> Option<String> {
    let answers = sa
        .messages
        .iter()
        .filter(|message| !message.ike.by_initiator);
    let mut given = answers.flat_map(|message| {
        let contents = message.ike.contents();
        contents.flat_map(|content| &content.configuration)
    });
    given.find_map(|(name, value)| {
        let is_address = ADDRESSES.contains(&name.as_str());
        let address: IpAddr = value.split('/').next()?.parse().ok()?;
        (is_address && !address.is_unspecified()).then(|| address.to_string())
    })
}

/// Attributes that assign an address (RFC 7296 §3.15.1, mode-config).
const ADDRESSES: [&str; 2] = ["INTERNAL_IP4_ADDRESS", "INTERNAL_IP6_ADDRESS"];

#[cfg(test)]
mod tests {
    use crate::diag::Severity;
    use crate::diag::ladder::{cause, codes, found};

    fn client(inner: &str) -> String {
        format!(
            "0.0 a>b INIT q0
             0.1 b>a INIT r0
             0.2 a>b AUTH q1 in=35:230 {{ auth=2 esp=gcm256 tsi=0.0.0.0/0 tsr=10.2.0.0/24 }}
             0.3 b>a AUTH r1 in=36:176 {{ auth=2 esp=gcm256 cp=INTERNAL_IP4_ADDRESS:10.3.0.1 tsi=10.3.0.1 tsr=10.2.0.0/24 }}
             1.0 a>b ESP spi=7 x9 ok=9 {inner}"
        )
    }

    #[test]
    fn a_client_that_does_not_use_its_virtual_address() {
        let text = client("inner=192.168.1.5>10.2.0.9");
        let found = found(&text, "virtual-ip-mismatch");
        assert_eq!(found.severity, Severity::Error);
        assert!(found.title.contains("from 192.168.1.5") && found.title.contains("10.3.0.1"));
        assert_eq!(cause(&text), Some("virtual-ip-mismatch"));
    }

    #[test]
    fn a_gateway_that_lets_another_network_in() {
        let text = "0.0 a>b INIT q0
             0.1 b>a INIT r0
             0.2 a>b AUTH q1 in=35:230 { auth=2 esp=gcm256 tsi=10.1.0.0/24 tsr=10.2.0.0/24 }
             0.3 b>a AUTH r1 in=36:176 { auth=2 esp=gcm256 tsi=10.1.0.0/24 tsr=10.2.0.0/24 }
             1.0 b>a ESP spi=7 x9 ok=9 inner=10.7.0.1>10.1.0.9";
        let found = found(text, "virtual-ip-mismatch");
        assert!(found.title.contains("10.7.0.1") && found.title.contains("10.2.0.0/24"));
    }

    #[test]
    fn near_miss_the_assigned_address_and_link_local_ones() {
        for inner in ["inner=10.3.0.1>10.2.0.9", "inner=169.254.7.7>10.2.0.9"] {
            assert!(!codes(&client(inner)).contains(&"virtual-ip-mismatch"));
        }
    }

    #[test]
    fn near_miss_an_sa_whose_negotiation_was_not_seen() {
        let text = client("inner=192.168.1.5>10.2.0.9").replace("spi=7", "spi=9");
        assert!(!codes(&text).contains(&"virtual-ip-mismatch"));
    }
}
