//! What became of packets between the two ends: where they were lost, as far
//! as the captures show, and what a NAT did to their addresses.

use super::case::{Case, Filed, Flow, IkeSa, Message};
use super::course::{V1, V2};
use crate::evidence::{ClearFlow, IcmpError, NatDetection};
use alloc::vec::Vec;
use core::net::IpAddr;

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// A capture nearer to the receiver does not show it.
    Lost,
    /// A capture nearer to the receiver shows it.
    Arrived,
    /// There is no capture nearer to the receiver.
    Unknown,
}

/// What became of `message` of `sa`.
pub(super) fn fate(case: &Case<'_>, sa: &IkeSa<'_>, message: &Message<'_>) -> Fate {
    let Some(vantage) = case.vantage(sa.peers) else {
        return Fate::Unknown;
    };
    let (near_sender, near_receiver) = vantage.along(case.message_from_first(sa, message));
    let covered = case
        .input(near_receiver)
        .is_some_and(|input| input.covers(message.at));
    if message.copies_in(near_receiver) > 0 {
        Fate::Arrived
    } else if message.copies_in(near_sender) > 0 && covered {
        Fate::Lost
    } else {
        Fate::Unknown
    }
}

/// What became of the packets of `flow`.
pub(super) fn flow_fate(case: &Case<'_>, flow: &Flow<'_>) -> Fate {
    let Some(vantage) = case.vantage(flow.peers) else {
        return Fate::Unknown;
    };
    let (near_sender, near_receiver) = vantage.along(flow.from_first);
    let covered = case
        .input(near_receiver)
        .is_some_and(|input| input.covers(flow.begin));
    if flow.packets_in(near_receiver) > 0 {
        Fate::Arrived
    } else if flow.packets_in(near_sender) > 0 && covered {
        Fate::Lost
    } else {
        Fate::Unknown
    }
}

/// An exchange that stopped because nobody answered.
#[derive(Debug)]
pub(super) struct Unanswered<'c, 'a> {
    pub(super) request: &'c Message<'a>,
    /// The answer that the sender of the request cannot have got.
    pub(super) answer: Option<&'c Message<'a>>,
    /// It is the first message of the SA.
    pub(super) first: bool,
}

/// The point at which the set-up of `sa` stopped for want of an answer.
pub(super) fn unanswered<'c, 'a>(case: &Case<'a>, sa: &'c IkeSa<'a>) -> Option<Unanswered<'c, 'a>> {
    let last = last_request(sa)?;
    let (request, answers, first) = last;
    let heard = |answer: &&Message<'_>| fate(case, sa, answer) != Fate::Lost;
    if answers.iter().any(heard) && !is_talked_past(request, &answers) {
        return None;
    }
    let answer = answers.first().copied();
    (request.copies() >= 2).then_some(Unanswered {
        request,
        answer,
        first,
    })
}

/// Every copy of the request was answered, and yet it was sent again and
/// again: the answers do not arrive.
fn is_talked_past(request: &Message<'_>, answers: &[&Message<'_>]) -> bool {
    let copies = answers.iter().map(|answer| answer.copies()).max();
    request.copies() >= 3 && copies.unwrap_or(0) >= 3
}

type LastRequest<'c, 'a> = (&'c Message<'a>, Vec<&'c Message<'a>>, bool);

/// The last request of the initiator while the SA is set up, and its answers.
fn last_request<'c, 'a>(sa: &'c IkeSa<'a>) -> Option<LastRequest<'c, 'a>> {
    if let Some(v2) = V2::new(sa) {
        let auth = v2.auth();
        let turn = auth.last().copied().or(v2.init())?;
        let request = turn.requests.last().copied()?;
        let later = |answer: &&&Message<'_>| answer.last >= request.at;
        let answers = turn.responses.iter().filter(later).copied().collect();
        return Some((request, answers, auth.is_empty()));
    }
    let v1 = V1::new(sa)?;
    let step = if v1.aggressive {
        1
    } else {
        [5, 3, 1].into_iter().find(|&n| v1.step(n).is_some())?
    };
    let request = v1.step(step)?;
    let info = v1.info_after(request, false);
    let answers = v1
        .step(step.saturating_add(1))
        .into_iter()
        .chain(info)
        .collect();
    let went_on = !v1.quick.is_empty()
        || !v1.transactions.is_empty()
        || v1.aggressive && v1.step(3).is_some();
    (!went_on).then_some((request, answers, step == 1))
}

/// ICMP errors that reached the sender of what went from `from` to `to`.
pub(super) fn icmp_about<'c, 'a>(
    case: &'c Case<'a>,
    from: IpAddr,
    to: IpAddr,
) -> impl Iterator<Item = &'c Filed<'a, IcmpError>> {
    case.icmp.iter().filter(move |error| {
        let about = error.fact.about;
        (about.from.ip(), about.to.ip()) == (from, to)
    })
}

/// A sign of address translation between the ends.
#[derive(Debug)]
pub(super) enum Nat<'c, 'a> {
    /// A detection hash does not fit the address that it came with.
    Hash(&'c Message<'a>, &'a NatDetection),
    /// Two captures show different addresses for the same message.
    Seen(&'c Message<'a>),
}

/// The signs of address translation in `sa`.
///
/// No NAT changes what all hashes of both ends speak of: then the addresses of
/// the capture were rewritten, or the ends compute their hashes otherwise.
pub(super) fn nat<'c, 'a>(sa: &'c IkeSa<'a>) -> Vec<Nat<'c, 'a>> {
    let views = sa.messages.iter().flat_map(|message| &message.views);
    let mut hashes = views.flat_map(|view| &view.fact.content.nat_detection);
    let any_fits = hashes.any(|hash| hash.matches == Some(true));
    let mut signs = signs_of_nat(sa);
    if !any_fits {
        signs.retain(|sign| matches!(sign, Nat::Seen(_)));
    }
    signs
}

fn signs_of_nat<'c, 'a>(sa: &'c IkeSa<'a>) -> Vec<Nat<'c, 'a>> {
    let mut signs = Vec::new();
    for message in &sa.messages {
        for view in message.views.iter().filter(|view| !view.fact.cut) {
            let hashes = &view.fact.content.nat_detection;
            for of_source in [true, false] {
                let mut of_end = hashes.iter().filter(|hash| hash.of_source == of_source);
                let fits = of_end.clone().any(|hash| hash.matches != Some(false));
                if let (Some(hash), false) = (of_end.next(), fits) {
                    signs.push(Nat::Hash(message, hash));
                }
            }
        }
        let ends = |view: &Filed<'_, crate::evidence::IkeMessage>| {
            (view.fact.route.from.ip(), view.fact.route.to.ip())
        };
        let first = message.views.first().map(ends);
        if message.views.iter().any(|view| Some(ends(view)) != first) {
            signs.push(Nat::Seen(message));
        }
    }
    signs
}

/// Packets of one end and no packets of the other, in the sum of all inputs.
pub(super) fn one_way<'c, 'a>(
    case: &'c Case<'a>,
    peers: usize,
) -> Option<(bool, Vec<&'c Flow<'a>>)> {
    let from = |way: bool| -> Vec<&'c Flow<'a>> {
        case.flows_of(peers)
            .filter(|flow| flow.from_first == way)
            .collect()
    };
    let (forth, back) = (from(true), from(false));
    match (forth.is_empty(), back.is_empty()) {
        (false, true) => Some((true, forth)),
        (true, false) => Some((false, back)),
        (true, true) | (false, false) => None,
    }
}

/// Traffic in the clear between hosts behind the ends: neither address is one
/// of the ends, and both are private (RFC 1918, RFC 4193).
pub(super) fn is_inner(case: &Case<'_>, peers: usize, flow: &ClearFlow) -> bool {
    let (from, to) = (flow.tally.route.from.ip(), flow.tally.route.to.ip());
    let ends = case.peers_of(peers);
    ends.is_some_and(|ends| !ends.is_end(from) && !ends.is_end(to))
        && is_private(from)
        && is_private(to)
}

fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_private(),
        IpAddr::V6(address) => address.is_unique_local(),
    }
}
