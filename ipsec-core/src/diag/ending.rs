//! How a tunnel that was up was taken down, and what was still to be sent.

use super::case::{Case, Filed, Flow, IkeSa, Message};
use super::course::first_payload;
use super::inquiry::Inquiry;
use super::path::is_inner;
use crate::evidence::{ClearFlow, Exchange};
use crate::time::{Duration, Instant};
use crate::wire::registry::ike::{ExchangeType, PayloadType};
use crate::wire::registry::isakmp;

/// The end of a tunnel.
#[derive(Debug)]
pub(super) struct Ending<'c, 'a> {
    pub(super) peers: usize,
    /// Taken down by the first of the peers.
    pub(super) by_first: bool,
    /// The message that does it.
    pub(super) message: &'c Message<'a>,
    /// When the tunnel began to be set up.
    pub(super) begin: Instant,
    /// When the last protected packet of the end that takes it down went by.
    pub(super) last_packet: Option<Instant>,
    /// The time since the last packet, not the age of the SA, is what a timer
    /// was set to.
    pub(super) fits_idle: bool,
    /// Packets that the other end still sent into the SA.
    pub(super) dead_packets: Option<&'c Flow<'a>>,
    /// Packets that went in the clear afterwards.
    pub(super) clear: Option<&'c Filed<'a, ClearFlow>>,
}

/// How the tunnel between `peers` was taken down, if no new SA took its place.
pub(super) fn ending<'c, 'a>(case: &'c Inquiry<'_, 'a>, peers: usize) -> Option<Ending<'c, 'a>> {
    if !case.came_up(peers) {
        return None;
    }
    let (sa, message) = deletion(case, peers)?;
    let by_first = case.message_from_first(sa, message);
    let own = case
        .flows_of(peers)
        .filter(|flow| flow.from_first == by_first);
    let last_packet = own.map(|flow| flow.end).max();
    let grace = message.at.saturating_add(GRACE);
    let dead_packets = case.flows_of(peers).find(|flow| {
        let answered = last_packet.is_some_and(|last| last > grace);
        flow.from_first != by_first && flow.end > grace && !answered
    });
    let clear = case
        .clear
        .iter()
        .find(|flow| flow.at > message.at && is_inner(case, peers, flow.fact));
    let packets = case.flows_of(peers).filter(|flow| flow.begin < message.at);
    let idle = packets.map(|flow| last_before(flow, message.at)).max();
    let fits_idle = idle.is_some_and(|last| {
        let silence = message.at.saturating_since(last);
        let age = message
            .at
            .saturating_since(negotiated(case, peers, message.at));
        silence >= SILENCE || silence >= SILENCE_MIN && is_round(silence) && !is_round(age)
    });
    Some(Ending {
        fits_idle,
        peers,
        by_first,
        message,
        begin: sa.begin(),
        last_packet,
        dead_packets,
        clear,
    })
}

/// The first message that takes an SA down and is not followed by a new one.
fn deletion<'c, 'a>(case: &'c Case<'a>, peers: usize) -> Option<(&'c IkeSa<'a>, &'c Message<'a>)> {
    let sas = case.sas_of(peers);
    let mut deletions = sas.flat_map(|sa| sa.messages.iter().map(move |message| (sa, message)));
    deletions
        .find(|(sa, message)| is_deletion(sa, message) && !is_followed(case, peers, message.at))
}

/// IKEv2 shows the type of the first payload. In IKEv1 it is an informational
/// message that the other end does not answer, as it would answer R-U-THERE.
fn is_deletion(sa: &IkeSa<'_>, message: &Message<'_>) -> bool {
    let ike = message.ike;
    if ike.sealed.is_none() {
        return false;
    }
    if let Some(inside) = &ike.inside {
        let answers = matches!(ike.exchange, Exchange::V2(_)) && ike.response;
        return !inside.deletes.is_empty() && !answers;
    }
    match ike.exchange {
        Exchange::V2(exchange) => {
            exchange == ExchangeType::INFORMATIONAL
                && !ike.response
                && first_payload(message) == Some(PayloadType::DELETE.0)
        }
        Exchange::V1(exchange) => {
            exchange == isakmp::ExchangeType::INFORMATIONAL
                && !sa.messages.iter().any(|other| answers(message, other))
                && had_quick_mode(sa, message.at)
        }
    }
}

/// An informational message of the other end that comes at once.
fn answers(message: &Message<'_>, other: &Message<'_>) -> bool {
    let informational = Exchange::V1(isakmp::ExchangeType::INFORMATIONAL);
    let delay = message.at.distance(other.at);
    other.ike.exchange == informational
        && other.ike.by_initiator != message.ike.by_initiator
        && delay < ANSWER_DELAY
}

fn had_quick_mode(sa: &IkeSa<'_>, before: Instant) -> bool {
    let quick = Exchange::V1(isakmp::ExchangeType::QUICK_MODE);
    sa.messages
        .iter()
        .any(|message| message.ike.exchange == quick && message.at < before)
}

/// A new SA was being set up around that time.
fn is_followed(case: &Case<'_>, peers: usize, at: Instant) -> bool {
    let mut messages = case.sas_of(peers).flat_map(|sa| &sa.messages);
    messages.any(|message| {
        let near = message.at.distance(at) < REPLACED;
        creates(message.ike.exchange) && near && message.at.saturating_add(REPLACED) > at
    })
}

/// The last packet of the flow before `at`, as far as the sums tell.
fn last_before(flow: &Flow<'_>, at: Instant) -> Instant {
    if flow.end < at {
        return flow.end;
    }
    let gap = flow.best().and_then(|view| view.fact.longest_gap);
    let around = gap.filter(|(from, to)| *from < at && at <= *to);
    around.map_or(at, |(from, _)| from)
}

/// When the last SA before `at` was negotiated.
fn negotiated(case: &Case<'_>, peers: usize, at: Instant) -> Instant {
    let messages = case.sas_of(peers).flat_map(|sa| &sa.messages);
    let creating = messages.filter(|message| creates(message.ike.exchange) && message.at < at);
    creating.map(|message| message.at).max().unwrap_or(at)
}

/// Close to a whole number of seconds, as timers are set.
fn is_round(time: Duration) -> bool {
    let part = time.subsec_millis();
    part <= 60 || part >= 980
}

fn creates(exchange: Exchange) -> bool {
    exchange == Exchange::V2(ExchangeType::CREATE_CHILD_SA)
        || exchange == Exchange::V2(ExchangeType::IKE_AUTH)
        || exchange == Exchange::V1(isakmp::ExchangeType::QUICK_MODE)
}

/// A silence that few lifetimes leave before their end.
const SILENCE: Duration = Duration::from_secs(60);

/// Idle timers are not set shorter than this.
const SILENCE_MIN: Duration = Duration::from_secs(3);

/// Packets under way when the SA is taken down.
const GRACE: Duration = Duration::from_millis(500);

/// R-U-THERE is answered within this time.
const ANSWER_DELAY: Duration = Duration::from_secs(1);

/// A new SA this close to a deletion has replaced the deleted one.
const REPLACED: Duration = Duration::from_secs(2);
