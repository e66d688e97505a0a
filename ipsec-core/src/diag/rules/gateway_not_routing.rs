//! # gateway-not-routing
//!
//! Packets come out of the tunnel, and do not leave the gateway.
//!
//! ## What happened
//!
//! The protected packets reach the gateway and open there, and nothing of them
//! appears in the network behind it, while other traffic does. IPsec has done
//! its part; the gateway does not pass on what came out of the tunnel.
//! Forwarding is switched off, a filter drops it, or there is no route.
//!
//! ## How it is recognised
//!
//! With keys and two captures: one of the tunnel, one of the network behind it.
//! The first opens to packets from one network to the other that nothing in the
//! tunnel answers. The second runs at the same time, shows hosts that these
//! packets are for, and no packet of those that sent them. Where nothing shows
//! that the protected packets reached the gateway, they may as well be lost on
//! the way: the finding is possible only.
//!
//! Without keys it is possible at most: a host behind a gateway asks again and
//! again for one behind the other, at least as many protected packets go by
//! each way, and no answer appears in the network behind the gateway.
//!
//! ## What to do
//!
//! Switch forwarding on (Linux: `sysctl -w net.ipv4.ip_forward=1`; Windows:
//! `IPEnableRouter`), permit what comes out of the tunnel in the gateway's own
//! filter, look at its route to the inner hosts and at its source address check
//! (`rp_filter`).
//!
//! ## What would prove it
//!
//! Captures on both sides of the gateway, taken at the same time, and `--keys`;
//! the gateway's counters of forwarded and of dropped packets.
//!
//! ## References
//!
//! RFC 4301 §5.2.

use super::esp_blocked::ENOUGH;
use super::esp_return_blocked::QUESTION;
use crate::diag::case::{Filed, Flow};
use crate::diag::finding::{self, end_of};
use crate::diag::inquiry::Inquiry;
use crate::diag::path::{self, Fate};
use crate::diag::{Confidence, Finding, Severity, Who};
use crate::evidence::{ClearFlow, Echo, InnerFlow, Opening};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::net::IpAddr;

rule!("gateway-not-routing", "packets come out of the tunnel and do not leave the gateway", check, "gateway_not_routing.rs", brings: ["esp-blocked", "esp-return-blocked"]);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    let opened = case.flows.iter().filter_map(|flow| of_flow(case, flow));
    let closed = (0..case.peers.len()).filter_map(|peers| of_peers(case, peers));
    opened.chain(closed).collect()
}

/// What `flow` opened to does not appear behind the gateway that it goes to.
fn of_flow(case: &Inquiry<'_, '_>, flow: &Flow<'_>) -> Option<Finding> {
    let held = passing(case, flow);
    let packets = held
        .iter()
        .fold(0_u64, |sum, inner| sum.saturating_add(inner.packets));
    let first = held.iter().min_by_key(|inner| inner.first)?;
    let answered = held.iter().any(|inner| is_answered(case, flow, inner));
    if packets < ENOUGH || answered {
        return None;
    }
    let (input, other) = behind(case, flow, &held)?;
    let (source, destination) = (first.source, first.destination);
    let same_kind = other.fact.protocol == first.protocol;
    let arrives = arrives(case, flow);
    let (confidence, why) = match (arrives, same_kind) {
        (true, true) => (Confidence::Likely, ARRIVES),
        (true, false) => (Confidence::Possible, OTHER_KIND),
        (false, _) => (Confidence::Possible, MAY_BE_LOST),
    };
    let gateway = end_of(case, flow.peers, !flow.from_first);
    let opened = format!(
        "opens to {} from {source} to {destination}, which nothing answers",
        finding::count(first.packets, "packet")
    );
    let absent = format!("taken behind the gateway, and shows nothing from {source}");
    let finding = finding(flow.peers, confidence, &gateway, (source, destination))
        .why(why)
        .who(if flow.from_first {
            Who::Peer
        } else {
            Who::Local
        })
        .cite(finding::flow(flow.best()?, opened))
        .cite(finding::input(input, absent))
        .cite(finding::filed(other, &other.fact.place, seen(other.fact)));
    Some(match arrives {
        true => finding,
        false => finding.open(QUESTION),
    })
}

fn finding(
    peers: usize,
    confidence: Confidence,
    gateway: &str,
    (source, destination): (IpAddr, IpAddr),
) -> Finding {
    Finding::new(RULE.code, peers, Severity::Error, confidence)
        .title(format!("Packets from {source} to {destination} come out of the tunnel and do not leave {gateway}"))
        .weight(68)
        .fix(gateway, "Switch forwarding on (Linux: net.ipv4.ip_forward = 1; Windows: IPEnableRouter).")
        .fix(gateway, format!("Permit packets from {source} to {destination} in the filter for forwarded packets, and check the route to {destination}."))
        .refs(&["RFC 4301 §5.2"])
}

/// What `flow` opened to that its receiver has to pass on.
fn passing<'a>(case: &Inquiry<'_, '_>, flow: &Flow<'a>) -> Vec<&'a InnerFlow> {
    let ends = case.peers_of(flow.peers);
    let is_end = |address| ends.is_some_and(|ends| ends.is_end(address));
    let inner = opening(flow).map_or(&[][..], |opening| &opening.inner);
    let passes = |inner: &&InnerFlow| {
        let to = inner.destination;
        !is_end(inner.source) && !is_end(to) && !to.is_multicast()
    };
    inner.iter().filter(passes).collect()
}

fn opening<'a>(flow: &Flow<'a>) -> Option<&'a Opening> {
    flow.best()?.fact.opening.as_deref()
}

/// The tunnel carries something back that is not a question of its own.
fn is_answered(case: &Inquiry<'_, '_>, flow: &Flow<'_>, inner: &InnerFlow) -> bool {
    let back = case.flows_of(flow.peers);
    let mut back = back.filter(|other| other.from_first != flow.from_first);
    back.any(|other| {
        let mut inside = opening(other)
            .into_iter()
            .flat_map(|opening| &opening.inner);
        inside.any(|answer| {
            let hosts = (answer.source, answer.destination) == (inner.destination, inner.source);
            hosts && answer.protocol == inner.protocol && answer.echo != Some(Echo::Request)
        })
    })
}

/// An input of the network behind the receiver of `flow`, and what it shows of
/// the hosts that `held` is for; none where it shows a sender of `held`.
fn behind<'c, 'a>(
    case: &'c Inquiry<'_, 'a>,
    flow: &Flow<'_>,
    held: &[&InnerFlow],
) -> Option<(usize, &'c Filed<'a, ClearFlow>)> {
    let receives = |address| held.iter().any(|inner| inner.destination == address);
    let sends = |address| held.iter().any(|inner| inner.source == address);
    let known = |clear: &&Filed<'_, ClearFlow>| {
        let route = clear.fact.tally.route;
        receives(route.from.ip()) || receives(route.to.ip())
    };
    let inside = inside_of(case, flow.peers);
    let mut inside =
        inside.filter(|input| case.input(*input).is_some_and(|one| one.covers(flow.begin)));
    inside.find_map(|input| {
        let shown = clear_in(case, input);
        let (mut sent, hosts) = (shown.clone(), shown.filter(known));
        let other = hosts.max_by_key(|clear| {
            held.iter()
                .any(|inner| inner.protocol == clear.fact.protocol)
        })?;
        let passed = sent.any(|clear| sends(clear.fact.tally.route.from.ip()));
        (!passed).then_some((input, other))
    })
}

/// The inputs that show traffic in the clear and nothing of the tunnel.
fn inside_of(case: &Inquiry<'_, '_>, peers: usize) -> impl Iterator<Item = usize> {
    let shows_tunnel = move |input: usize| {
        let mut flows = case.flows_of(peers);
        let mut messages = case.sas_of(peers).flat_map(|sa| &sa.messages);
        flows.any(|flow| flow.packets_in(input) > 0)
            || messages.any(|message| message.copies_in(input) > 0)
    };
    let inputs = case.inputs.iter().map(|input| input.index);
    inputs.filter(move |input| !shows_tunnel(*input))
}

fn clear_in<'c, 'a>(
    case: &'c Inquiry<'_, 'a>,
    input: usize,
) -> impl Iterator<Item = &'c Filed<'a, ClearFlow>> + Clone {
    case.clear
        .iter()
        .filter(move |clear| clear.input() == input)
}

/// Something shows that the packets of `flow` get through to the gateway.
fn arrives(case: &Inquiry<'_, '_>, flow: &Flow<'_>) -> bool {
    let arrived = path::flow_fate(case, flow) == Fate::Arrived;
    arrived || case.data_both_ways(flow.peers)
}

/// Without keys: a host behind a gateway asks in vain, while protected packets
/// go both ways.
fn of_peers(case: &Inquiry<'_, '_>, peers: usize) -> Option<Finding> {
    let is_open = |flow: &Flow<'_>| opening(flow).is_some_and(|opening| opening.opened() > 0);
    if case.peers.len() != 1 || case.flows_of(peers).any(is_open) {
        return None;
    }
    let forth = most(case, peers, true)?;
    let back = most(case, peers, false)?;
    let enough = forth.packets().min(back.packets());
    let (input, asked) = inside_of(case, peers).find_map(|input| {
        let covers = case.input(input)?.covers(forth.begin);
        let asked = clear_in(case, input).find(|clear| is_vain(case, peers, clear, enough));
        Some((input, asked.filter(|_| covers)?))
    })?;
    let route = asked.fact.tally.route;
    let (host, wanted) = (route.from.ip(), route.to.ip());
    let gateway = format!("the gateway in front of {host}");
    Some(
        finding(peers, Confidence::Possible, &gateway, (wanted, host))
            .why(CLOSED)
            .who(Who::Local)
            .cite(finding::filed(asked, &asked.fact.place, seen(asked.fact)))
            .cite(finding::input(
                input,
                format!("taken behind the gateway, and shows nothing from {wanted}"),
            ))
            .cite(finding::flow(
                forth.best()?,
                finding::count(forth.packets(), "protected packet"),
            ))
            .cite(finding::flow(
                back.best()?,
                finding::count(back.packets(), "protected packet"),
            )),
    )
}

fn most<'c, 'a>(case: &'c Inquiry<'_, 'a>, peers: usize, from_first: bool) -> Option<&'c Flow<'a>> {
    let flows = case.flows_of(peers);
    let flows = flows.filter(|flow| flow.from_first == from_first);
    flows.max_by_key(|flow| flow.packets())
}

/// Asked again and again for a host behind the other end, as often as `enough`
/// allows, and nothing came from there.
fn is_vain(
    case: &Inquiry<'_, '_>,
    peers: usize,
    clear: &Filed<'_, ClearFlow>,
    enough: u64,
) -> bool {
    let (packets, wanted) = (clear.fact.tally.packets, clear.fact.tally.route.to.ip());
    let asks = clear.fact.echo == Some(Echo::Request) || clear.fact.syn >= ENOUGH;
    let mut shown = clear_in(case, clear.input());
    let heard = shown.any(|other| other.fact.tally.route.from.ip() == wanted);
    asks && (ENOUGH..=enough).contains(&packets)
        && path::is_inner(case, peers, clear.fact)
        && !heard
}

fn seen(clear: &ClearFlow) -> String {
    let route = clear.tally.route;
    let packets = finding::count(clear.tally.packets, "packet");
    format!(
        "{packets} from {} to {} in the clear",
        route.from.ip(),
        route.to.ip()
    )
}

const ARRIVES: &str = "Protected packets pass between the gateways and open; the network behind the gateway shows the hosts that they are for, and none of them.";
const OTHER_KIND: &str = "Protected packets pass between the gateways and open; the network behind the gateway shows none of them, but only traffic of another kind: the capture may leave them out.";
const MAY_BE_LOST: &str = "The protected packets open, and the network behind the gateway shows none of them; nothing shows that they reached the gateway.";
const CLOSED: &str = "As many protected packets come as questions go, and no answer appears behind the gateway; without keys nothing tells that they hold the answers.";

#[cfg(test)]
mod tests {
    use crate::diag::Confidence;
    use crate::diag::ladder::{cause, codes, found};

    /// Both sides of the gateway `b`: what else goes through the tunnel, what
    /// else the network behind it shows.
    fn sides(outside: &str, inside: &str) -> String {
        format!(
            "input 0
             0.0 a>b INIT q0
             0.1 b>a INIT r0
             0.2 a>b AUTH q1 in=35:230
             0.3 b>a AUTH r1 in=36:176
             1.0 a>b ESP spi=7 x5 every=1 ok=5 inner=10.1.0.1>10.2.0.9
             {outside}
             input 1
             0.0 10.2.0.9>10.2.0.1 CLEAR icmp x6 every=1
             {inside}"
        )
    }

    const OTHERS: &str = "1.0 b>a ESP spi=8 x5 ok=5 inner=10.2.0.7>10.1.0.3";

    #[test]
    fn what_opens_does_not_appear_behind_the_gateway() {
        let text = sides(OTHERS, "");
        let found = found(&text, "gateway-not-routing");
        assert_eq!(found.confidence, Confidence::Likely);
        assert!(found.title.ends_with("do not leave 198.51.100.20"));
        assert_eq!(cause(&text), Some("gateway-not-routing"));
    }

    #[test]
    fn what_may_have_been_lost_on_the_way_is_only_possible() {
        let text = sides("", "");
        let found = found(&text, "gateway-not-routing");
        assert_eq!(found.confidence, Confidence::Possible);
        assert_eq!(found.root_of, ["esp-blocked", "esp-return-blocked"]);
    }

    #[test]
    fn near_miss_it_appears_or_is_answered() {
        let passed = sides(OTHERS, "1.0 10.1.0.1>10.2.0.9 CLEAR icmp x5 every=1");
        assert!(!codes(&passed).contains(&"gateway-not-routing"));
        let answer = "1.0 b>a ESP spi=8 x5 ok=5 inner=10.2.0.9>10.1.0.1";
        assert!(!codes(&sides(answer, "")).contains(&"gateway-not-routing"));
    }

    #[test]
    fn near_miss_no_capture_of_the_network_behind_it() {
        let elsewhere = sides(OTHERS, "").replace("10.2.0.9>10.2.0.1", "10.7.0.9>10.7.0.1");
        assert!(!codes(&elsewhere).contains(&"gateway-not-routing"));
        let later = sides(OTHERS, "").replace("0.0 10.2.0.9", "90.0 10.2.0.9");
        assert!(!codes(&later).contains(&"gateway-not-routing"));
    }

    fn closed(back: u32, inside: &str) -> String {
        format!(
            "input 0
             1.0 a>b ESP spi=7 x5 every=1
             1.0 b>a ESP spi=8 x{back} every=1
             input 1
             1.0 k>h CLEAR icmp x5 every=1
             {inside}"
        )
    }

    #[test]
    fn without_keys_questions_without_answers() {
        let found = found(&closed(5, ""), "gateway-not-routing");
        assert_eq!(found.confidence, Confidence::Possible);
    }

    #[test]
    fn near_miss_without_keys_answers_or_too_few_packets() {
        for text in [closed(5, "1.1 h>k CLEAR icmp reply x5"), closed(2, "")] {
            assert!(!codes(&text).contains(&"gateway-not-routing"));
        }
    }
}
