//! What happened, in the order in which it happened: the events of all inputs
//! on one clock, as text, as JSON and as SVG.
//!
//! Each input is a lane. Its times are shifted by what its clock is ahead of
//! the common one, so that a line of a log stands beside the packet that it
//! speaks of. An event without a time of its own stands behind the event
//! before it in its input.

mod svg;
mod text;

use super::clock::rfc3339;
use super::model::{InputKind, InputName};
use super::{facts, json};
use crate::diag::ClockOffset;
use crate::evidence::{Evidence, Fact, IkeMessage, LogEvent, ProtectedFlow, Route, Source};
use crate::sorted::{self, Map};
use crate::time::Instant;
use schemars::JsonSchema;
use serde::Serialize;

/// Name and version of the shape of a [`Timeline`].
pub const SCHEMA: &str = "ipsec-core/timeline/1";

/// The events of all inputs, by the common clock.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Timeline {
    /// Name and version of this shape: `ipsec-core/timeline/1`.
    pub schema: &'static str,
    /// What was looked at.
    pub inputs: Vec<Lane>,
    /// What happened, earliest first.
    pub events: Vec<Event>,
    #[serde(skip)]
    start: Instant,
}

/// One input.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Lane {
    /// Its name, as it was given.
    pub name: String,
    /// What kind of file it is.
    pub kind: InputKind,
    /// How far its clock is ahead of the common one, in microseconds; `None`
    /// where nothing tells, so that its times are taken as they are.
    pub clock_ahead_micros: Option<i64>,
}

/// Something that happened.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Event {
    /// When, by the common clock (RFC 3339).
    pub time: Option<String>,
    /// Index of the input in `inputs`.
    pub input: Option<usize>,
    /// Number of the packet in its capture, from 1.
    pub packet: Option<u64>,
    /// Number of the line in its file, from 1.
    pub line: Option<u64>,
    /// Who sent it, as `192.0.2.10:500`.
    pub from: Option<String>,
    /// To whom it was sent.
    pub to: Option<String>,
    /// What kind of event it is.
    pub kind: EventKind,
    /// What happened, in a few words.
    pub what: String,
    #[serde(skip)]
    at: Instant,
    #[serde(skip)]
    route: Option<Route>,
}

/// Kinds of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EventKind {
    /// An IKE message that asks, or one of IKEv1 in the direction of the first.
    Request,
    /// An IKE message that answers.
    Answer,
    /// ESP, AH and what keeps their way open.
    Data,
    /// The network reports or shows a fault.
    Trouble,
    /// A program wrote something.
    Log,
}

impl Timeline {
    /// What `evidence` out of `inputs` tells, by the clock that `clocks` lead
    /// to ([`crate::diag::Diagnosis::clocks`]).
    #[must_use]
    pub fn new(inputs: &[InputName], evidence: &[Evidence], clocks: &[ClockOffset]) -> Self {
        let ahead: Map<usize, Option<i64>> = clocks
            .iter()
            .map(|clock| (clock.input, clock.ahead_micros))
            .collect();
        let lanes = inputs.iter().enumerate().map(|(index, input)| Lane {
            name: input.name.clone(),
            kind: input.kind,
            clock_ahead_micros: ahead.get(&index).copied().flatten(),
        });
        let mut sorted: Vec<&Evidence> = evidence.iter().collect();
        sorted::by_key(&mut sorted, |one| position(one));
        let mut events = Vec::new();
        for one in sorted {
            let input = one.source.input();
            let shift = input.and_then(|input| *ahead.get(&input)?).unwrap_or(0);
            let from = events.len();
            tell(one, &mut events);
            for event in events.get_mut(from..).unwrap_or_default() {
                event.at = shifted(event.at, shift);
            }
        }
        carry_times(&mut events);
        sorted::by_key(&mut events, |event| event.at);
        let timed = events.iter().filter(|event| event.time.is_some());
        Self {
            schema: SCHEMA,
            inputs: lanes.collect(),
            start: timed.map(|event| event.at).min().unwrap_or_default(),
            events,
        }
    }

    /// The timeline as JSON, indented, with a newline at its end.
    #[must_use]
    pub fn to_json(&self) -> String {
        json::written(self)
    }

    /// The JSON Schema of [`Timeline::to_json`], indented.
    #[must_use]
    pub fn json_schema() -> String {
        json::schema::<Self>()
    }

    /// The place of `event`: `wire.pcap #5`, `gw.log:12`.
    fn place(&self, event: &Event) -> String {
        let all = || self.inputs.iter().map(|lane| lane.name.as_str());
        let lane = event.input.and_then(|input| self.inputs.get(input));
        let name = lane.map_or("live", |lane| super::place::shortened(&lane.name, all()));
        match (event.packet, event.line) {
            (Some(number), _) => format!("{name} #{number}"),
            (None, Some(line)) => format!("{name}:{line}"),
            (None, None) => name.to_owned(),
        }
    }
}

/// Where it stands among the inputs, whatever order they come in.
fn position(one: &Evidence) -> (usize, u64, Instant) {
    let number = match one.source {
        Source::Packet { number, .. } => number,
        Source::Line { line, .. } => line,
        Source::Input { .. } | Source::Live => 0,
    };
    let input = one.source.input().unwrap_or(usize::MAX);
    (input, number, one.at.unwrap_or_default())
}

fn shifted(at: Instant, ahead: i64) -> Instant {
    let micros = i64::try_from(at.as_micros()).unwrap_or(i64::MAX);
    let micros = micros.saturating_sub(ahead);
    Instant::from_micros(u64::try_from(micros).unwrap_or(0))
}

/// Writes the common times out, and gives events without one the place of the
/// event before them.
fn carry_times(events: &mut [Event]) {
    let mut last = (None, Instant::ZERO);
    for event in events {
        if last.0 != event.input {
            last = (event.input, Instant::ZERO);
        }
        if event.time.is_some() {
            event.time = Some(rfc3339(event.at));
            last.1 = last.1.max(event.at);
        } else {
            event.at = last.1;
        }
    }
}

/// The events that a fact makes, by the clock of its input.
fn tell(one: &Evidence, events: &mut Vec<Event>) {
    match &one.fact {
        Fact::Ike(message) => tell_message(one, message, events),
        Fact::Protected(flow) => tell_flow(one, flow, events),
        Fact::Keepalives(tally) => {
            let what = facts::keepalives(tally.packets);
            events.push(event(one, EventKind::Data, Some(tally.route), what));
        }
        Fact::Icmp(error) => {
            let route = Some(error.tally.route);
            events.push(event(one, EventKind::Trouble, route, facts::icmp(error)));
        }
        Fact::IncompleteDatagram(datagram) => {
            let route = Some(datagram.tally.route);
            events.push(event(one, EventKind::Trouble, route, facts::lost(datagram)));
        }
        Fact::Outline(packet) => {
            let kind = if packet.is_ike() {
                EventKind::Request
            } else {
                EventKind::Data
            };
            events.push(event(one, kind, Some(packet.route), facts::outline(packet)));
        }
        Fact::Logged(logged) => {
            let mut route = None;
            if let LogEvent::Datagram { route: told, .. } = &logged.event {
                route = Some(*told);
            }
            events.push(event(one, EventKind::Log, route, logged.to_string()));
        }
        Fact::Clear(_) | Fact::Capture(_) | Fact::Configured(_) => {}
    }
}

/// A message, and each further copy of it.
fn tell_message(one: &Evidence, message: &IkeMessage, events: &mut Vec<Event>) {
    let kind = if message.response {
        EventKind::Answer
    } else {
        EventKind::Request
    };
    let name = facts::message_name(message);
    let contents = facts::contents(message);
    let gap = if contents.is_empty() { "" } else { ": " };
    let what = format!("{name}{gap}{contents}");
    events.push(event(one, kind, Some(message.route), what));
    for (number, at) in message.seen.times.iter().skip(1) {
        let mut again = event(one, kind, Some(message.route), format!("again: {name}"));
        again.packet = Some(*number);
        again.set(Some(*at));
        events.push(again);
    }
    let listed = u32::try_from(message.seen.times.len()).unwrap_or(u32::MAX);
    let more = message.seen.copies.saturating_sub(listed);
    if more > 0 {
        let what = format!("the last of {more} more copies of {name}");
        let mut last = event(one, kind, Some(message.route), what);
        last.packet = None;
        last.set(Some(message.seen.last));
        events.push(last);
    }
}

/// The beginning of a flow, and its end.
fn tell_flow(one: &Evidence, flow: &ProtectedFlow, events: &mut Vec<Event>) {
    let (name, route) = (facts::flow_name(flow), Some(flow.tally.route));
    let begins = format!("{name} begins");
    events.push(event(one, EventKind::Data, route, begins));
    let packets = flow.tally.packets;
    if packets < 2 {
        return;
    }
    let mut what = format!("{name} ends: {packets} packets, {} bytes", flow.bytes);
    if flow.missing > 0 {
        what.push_str(&format!(", {} missing", flow.missing));
    }
    let mut ends = event(one, EventKind::Data, route, what);
    ends.packet = None;
    ends.set(Some(flow.tally.last));
    events.push(ends);
}

fn event(one: &Evidence, kind: EventKind, route: Option<Route>, what: String) -> Event {
    let (packet, line) = match one.source {
        Source::Packet { number, .. } => (Some(number), None),
        Source::Line { line, .. } => (None, Some(line)),
        Source::Input { .. } | Source::Live => (None, None),
    };
    let mut event = Event {
        time: None,
        input: one.source.input(),
        packet,
        line,
        from: route.map(|route| route.from.to_string()),
        to: route.map(|route| route.to.to_string()),
        kind,
        what,
        at: Instant::ZERO,
        route,
    };
    event.set(one.at);
    event
}

impl Event {
    /// It happened at `at` by the clock of its input; the common time is
    /// written when all are known.
    fn set(&mut self, at: Option<Instant>) {
        self.at = at.unwrap_or_default();
        self.time = at.map(|_| String::new());
    }
}

#[cfg(test)]
mod tests;
