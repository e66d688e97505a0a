//! What logs tell of messages that never arrived, or arrived late.

use super::{Meant, Story, error, warning};
use crate::diag::rank::{likely, possible};
use crate::diag::told::Told;
use crate::evidence::{Exchange, LogEvent, Route};
use crate::wire::registry::ike::ExchangeType;
use alloc::vec::Vec;

/// What silence and repetition in `story` may mean, each at the line that
/// tells of it.
pub(super) fn meanings<'c, 'a>(story: &Story<'c, 'a>) -> Vec<(Meant, &'c Told<'a>)> {
    let mut found = Vec::new();
    for told in &story.lines {
        if matches!(told.event(), LogEvent::GaveUp) {
            let meant = given_up(story, told).into_iter();
            found.extend(meant.map(|meant| (meant, *told)));
        }
    }
    if story.up && found.is_empty() {
        found.extend(repeated(story).map(|told| (warning("packet-loss", likely(70, LOSS)), told)));
    }
    let rival = rivals(story);
    found.extend(rival.map(|told| (warning("simultaneous-initiation", likely(70, BOTH)), told)));
    found.extend(
        apart(story).map(|told| (error("traffic-selector-mismatch", likely(80, APART)), told)),
    );
    found
}

/// A request was given up.
fn given_up(story: &Story<'_, '_>, told: &Told<'_>) -> Vec<Meant> {
    let own = Attempt::of(story, told);
    let other = story
        .lines
        .iter()
        .filter(|other| other.input() != told.input());
    let other: Vec<&Told<'_>> = other.copied().collect();
    if own.established {
        return match story.up {
            true => Vec::from([error("peer-died", likely(75, DIED))]),
            false => Vec::new(),
        };
    }
    if !own.heard {
        return unheard(&other);
    }
    let Some((route, len)) = own.last_sent else {
        return Vec::new();
    };
    let arrived = other
        .iter()
        .any(|one| received(one).is_some_and(|at| at.to.port() == 4500));
    if route.to.port() != 4500 || own.heard_on_4500 || arrived {
        return Vec::from([error("psk-mismatch", possible(50, UNANSWERED))]);
    }
    if len > LARGE {
        return Vec::from([
            error("ip-fragments-dropped", likely(75, LARGE_LOST)),
            error("udp-4500-blocked", possible(50, MOVED)),
        ]);
    }
    Vec::from([error("udp-4500-blocked", likely(75, MOVED))])
}

/// Nothing ever came back. A peer that says why it refused explains that.
fn unheard(other: &[&Told<'_>]) -> Vec<Meant> {
    let refuses = |one: &&Told<'_>| {
        matches!(
            one.event(),
            LogEvent::AuthenticationFailed(_)
                | LogEvent::NoProposal { .. }
                | LogEvent::NoSelectors(_)
        )
    };
    if other.iter().any(refuses) {
        return Vec::new();
    }
    let other_heard = other.iter().any(|one| {
        received(one).is_some() || matches!(one.event(), LogEvent::Message { sent: false, .. })
    });
    if other_heard {
        return Vec::from([error("return-path-blocked", likely(85, ANSWERED))]);
    }
    let weight = if other.is_empty() { 60 } else { 70 };
    Vec::from([
        error("peer-unreachable", possible(weight, SILENT)),
        error("peer-not-running", possible(52, SILENT)),
        error("return-path-blocked", possible(45, SILENT)),
        error("udp-500-blocked", possible(38, SILENT)),
    ])
}

fn received(told: &Told<'_>) -> Option<Route> {
    match told.event() {
        LogEvent::Datagram {
            sent: false, route, ..
        } => Some(*route),
        _ => None,
    }
}

/// What a log says of the connection that a line is about, up to there.
#[derive(Default)]
struct Attempt {
    heard: bool,
    heard_on_4500: bool,
    established: bool,
    last_sent: Option<(Route, usize)>,
}

impl Attempt {
    fn of(story: &Story<'_, '_>, told: &Told<'_>) -> Self {
        let mut attempt = Self::default();
        let mut messages = 0_usize;
        for line in &story.lines {
            if line.input() != told.input() {
                continue;
            }
            attempt.established |= matches!(line.event(), LogEvent::IkeEstablished);
            if line.logged.connection != told.logged.connection {
                continue;
            }
            if core::ptr::eq(line.evidence, told.evidence) {
                break;
            }
            match line.event() {
                LogEvent::Datagram {
                    sent: true,
                    route,
                    len,
                } => attempt.last_sent = Some((*route, *len)),
                LogEvent::Datagram { route, .. } => {
                    attempt.heard = true;
                    attempt.heard_on_4500 |= route.from.port() == 4500;
                }
                LogEvent::Message { sent: true, .. } => messages = messages.saturating_add(1),
                LogEvent::Message { sent: false, .. } | LogEvent::Notified { .. } => {
                    attempt.heard = true;
                }
                _ => {}
            }
        }
        // Whoever went on to a second message had an answer to the first.
        attempt.heard |= messages > 1;
        attempt
    }
}

/// A line that tells of a message that was sent again and arrived then.
fn repeated<'c, 'a>(story: &Story<'c, 'a>) -> Option<&'c Told<'a>> {
    let mut lines = story.lines.iter();
    let found = lines.find(|told| {
        matches!(
            told.event(),
            LogEvent::Retransmitted(_) | LogEvent::RequestRepeated
        )
    });
    found.copied()
}

/// A first message of the peer that came while one of this end was open.
fn rivals<'c, 'a>(story: &Story<'c, 'a>) -> Option<&'c Told<'a>> {
    let begins = |told: &Told<'_>, by_writer: bool| match told.event() {
        LogEvent::Message {
            sent,
            exchange: Exchange::V2(exchange),
            response: false,
            ..
        } => *exchange == ExchangeType::IKE_SA_INIT && *sent == by_writer,
        _ => false,
    };
    let mut lines = story.lines.iter().copied();
    lines.find(|told| {
        begins(told, false)
            && story.lines.iter().any(|own| {
                own.input() == told.input()
                    && begins(own, true)
                    && own.at.as_micros().abs_diff(told.at.as_micros()) <= AT_ONCE_MICROS
            })
    })
}

/// The selectors of an SA at one end that are at no SA of the other end.
fn apart<'c, 'a>(story: &Story<'c, 'a>) -> Option<&'c Told<'a>> {
    let pairs: Vec<(&'c Told<'a>, [&str; 2])> = story
        .lines
        .iter()
        .filter_map(|told| match told.event() {
            LogEvent::Selectors { local, remote } => {
                Some((*told, [local.as_str(), remote.as_str()]))
            }
            _ => None,
        })
        .collect();
    let alike = |one: &str, other: &str| one.contains('-') == other.contains('-');
    let found = pairs.iter().find(|(told, [local, remote])| {
        let mut others = pairs
            .iter()
            .filter(|(other, [theirs, _])| other.input() != told.input() && alike(local, theirs));
        let mirrored = |[theirs, ours]: &[&str; 2]| ours == local && theirs == remote;
        let mut all = others.by_ref().peekable();
        all.peek().is_some() && !all.any(|(_, other)| mirrored(other))
    });
    found.map(|(told, _)| *told)
}

/// Bytes of a message from which on it travels in fragments on most paths.
const LARGE: usize = 1400;

/// Two first messages within so many microseconds cross each other.
const AT_ONCE_MICROS: u64 = 2_000_000;

const LOSS: &str = "Messages were sent again and arrived then.";
const BOTH: &str = "The log shows that both ends opened an IKE SA at once.";
const APART: &str = "The two ends' logs name different selectors for the SAs between them.";
const DIED: &str = "The peer answered until the tunnel stood, and then no more.";
const UNANSWERED: &str = "The peer answered at first, and not this message.";
const MOVED: &str = "The peer answered on port 500; nothing came back from port 4500.";
const LARGE_LOST: &str =
    "The peer answered until a message was too large for one packet; nothing came back then.";
const ANSWERED: &str = "The peer's log shows that the request arrived; nothing came back.";
const SILENT: &str = "The log shows no answer at all.";
