//! The report as a value: the shape of the JSON, key for key.
//!
//! Findings speak of inputs by index and of times by microseconds; here both
//! get what a reader needs: names, RFC 3339, the addresses of a cited packet.
//! What only the text needs is left out of the JSON.

use super::clock::rfc3339;
use crate::diag::{self, Confidence, Diagnosis, Severity, State, Who};
use crate::evidence::{CaptureSummary, Evidence, Fact, Place, Route, Source};
use crate::sorted::Map;
use crate::time::Instant;
use core::fmt::Write as _;
use schemars::JsonSchema;
use serde::Serialize;

/// Name and version of the shape of a [`Report`].
pub const SCHEMA: &str = "ipsec-core/report/1";

/// Why the tunnel in the inputs fails, or that it does not.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Report {
    /// Name and version of this shape: `ipsec-core/report/1`.
    pub schema: &'static str,
    /// What was looked at.
    pub inputs: Vec<Input>,
    /// The answer in one line.
    pub verdict: Outcome,
    /// Root causes first, most probable first.
    pub findings: Vec<Entry>,
    /// What could not be decided, and what would decide it.
    pub unknowns: Vec<OpenQuestion>,
    /// What went by, for the text.
    #[serde(skip)]
    pub(super) traffic: Traffic,
}

/// One file that was looked at.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Input {
    /// Its name, as it was given.
    pub name: String,
    /// What kind of file it is.
    pub kind: InputKind,
    /// Number of packets in a capture.
    pub packets: Option<u64>,
    /// Time of the first packet (RFC 3339).
    pub first: Option<String>,
    /// Time of the last packet (RFC 3339).
    pub last: Option<String>,
    /// Packets cut by the snap length.
    pub cut: Option<u64>,
    /// Packets whose head could not be read.
    pub unreadable: Option<u64>,
    /// Conversations or messages left out because a limit was reached.
    pub left_out: Option<u64>,
    /// Number of lines of a log.
    pub lines: Option<u64>,
    /// Lines of a log that are not understood.
    pub untold: Option<u64>,
    /// Why the rest of it could not be read.
    pub broken: Option<String>,
    /// The numbers of the first lines that are not understood.
    #[serde(skip)]
    pub(super) first_untold: Vec<u64>,
    #[serde(skip)]
    pub(super) start: Option<Instant>,
}

/// Kinds of files that evidence comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum InputKind {
    /// Packets.
    Capture,
    /// Lines of a log.
    Log,
    /// The configuration of a device.
    Config,
    /// Keys that open what others show.
    Keys,
}

/// Name and kind of an input, in the order in which evidence counts them.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "callers build it")]
pub struct InputName {
    /// Its name, as people know it.
    pub name: String,
    /// What kind of file it is.
    pub kind: InputKind,
    /// Why nothing of it could be read.
    pub unread: Option<String>,
    /// How much of a log was understood.
    pub lines: Option<Lines>,
}

/// How much of a log was understood.
#[derive(Clone, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "callers build it")]
pub struct Lines {
    /// Number of lines.
    pub all: u64,
    /// Lines of the log's own form that are not understood.
    pub untold: u64,
    /// The numbers of the first of those lines, from 1.
    pub first_untold: Vec<u64>,
}

/// The answer in one line.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Outcome {
    /// How the tunnel stands.
    pub state: State,
    /// Code of the first root finding.
    pub cause: Option<&'static str>,
}

/// One finding.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Entry {
    /// Stable code (`psk-mismatch`); `ipsec explain CODE` shows its page.
    pub code: &'static str,
    /// What is wrong, in one sentence about this case.
    pub title: String,
    /// How bad it is.
    pub severity: Severity,
    /// How sure it is.
    pub confidence: Confidence,
    /// Why it is that sure and not surer.
    pub why: String,
    /// Who must act.
    pub who: Who,
    /// What speaks for it.
    pub evidence: Vec<Sighting>,
    /// What speaks against it.
    pub counter_evidence: Vec<Sighting>,
    /// Codes of the findings that follow from it.
    pub root_of: Vec<&'static str>,
    /// What to do, best first.
    pub fixes: Vec<Remedy>,
    /// Standards, as `RFC 7296 §2.21`.
    pub refs: Vec<&'static str>,
}

/// A place in an input, and what it shows.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Sighting {
    /// Index of the input in `inputs`.
    pub input: Option<usize>,
    /// Number of the packet in its capture, from 1.
    pub packet: Option<u64>,
    /// Number of the line in its file, from 1.
    pub line: Option<u64>,
    /// Character of that line, from 1.
    pub column: Option<u64>,
    /// The words that stand there.
    pub quote: Option<String>,
    /// When, by the clock of that input (RFC 3339).
    pub time: Option<String>,
    /// Path in the field tree (`ike.notify[1]`).
    pub field: Option<String>,
    /// First byte, counted in the frame (or in the reassembled datagram).
    pub offset: Option<usize>,
    /// Number of bytes.
    pub length: Option<usize>,
    /// The first of these bytes, in hexadecimal.
    pub bytes: Option<String>,
    /// What it shows, in a short sentence.
    pub shows: String,
    #[serde(skip)]
    pub(super) at: Option<Instant>,
    #[serde(skip)]
    pub(super) place: Option<Place>,
    #[serde(skip)]
    pub(super) route: Option<Route>,
}

/// One way to put it right.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Remedy {
    /// Where to act: an address with its role, or a place in the network.
    pub side: String,
    /// What to do.
    pub text: String,
    /// The lines to change, in the dialect of that side.
    pub patch: Option<String>,
    /// It makes the tunnel weaker; better ways stand before it.
    pub weakens_security: bool,
}

/// A question that the evidence leaves open.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct OpenQuestion {
    /// The question.
    pub question: String,
    /// What would decide it: a key, a log, a capture, and from where.
    pub decided_by: Vec<String>,
}

/// How much IPsec the inputs hold.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Traffic {
    pub(super) messages: u64,
    pub(super) flows: u64,
    pub(super) packets: u64,
}

impl Report {
    /// The report of `diagnosis`, drawn from `evidence` out of `inputs`.
    #[must_use]
    pub fn new(inputs: &[InputName], evidence: &[Evidence], diagnosis: &Diagnosis) -> Self {
        let routes = routes(evidence);
        let findings = diagnosis.findings.iter();
        Self {
            schema: SCHEMA,
            inputs: described(inputs, evidence),
            verdict: Outcome {
                state: diagnosis.verdict.state,
                cause: diagnosis.verdict.cause,
            },
            findings: findings.map(|found| entry(found, &routes)).collect(),
            unknowns: diagnosis.unknowns.iter().map(open_question).collect(),
            traffic: traffic(evidence),
        }
    }

    /// Whether a finding says that traffic does not flow as meant.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        let mut findings = self.findings.iter();
        findings.any(|finding| finding.severity == Severity::Error)
    }
}

type Routes = Map<(usize, u64), Route>;

/// Who sent to whom in each packet that a citation can name.
fn routes(evidence: &[Evidence]) -> Routes {
    let mut routes = Routes::new();
    for one in evidence {
        let (Some(input), Some(route)) = (one.source.input(), route(&one.fact)) else {
            continue;
        };
        if let Source::Packet { number, .. } = one.source {
            routes.insert((input, number), route);
        }
        if let Fact::Ike(message) = &one.fact {
            for (number, _) in &message.seen.times {
                routes.insert((input, *number), route);
            }
        }
    }
    routes
}

fn route(fact: &Fact) -> Option<Route> {
    Some(match fact {
        Fact::Ike(message) => message.route,
        Fact::Protected(flow) => flow.tally.route,
        Fact::Clear(flow) => flow.tally.route,
        Fact::Keepalives(tally) => tally.route,
        Fact::Icmp(error) => error.tally.route,
        Fact::IncompleteDatagram(datagram) => datagram.tally.route,
        Fact::Outline(packet) => packet.route,
        Fact::Capture(_) | Fact::Logged(_) | Fact::Configured(_) => return None,
    })
}

fn described(names: &[InputName], evidence: &[Evidence]) -> Vec<Input> {
    let mut summaries: Map<usize, &CaptureSummary> = Map::new();
    for one in evidence {
        if let (Some(input), Fact::Capture(summary)) = (one.source.input(), &one.fact) {
            summaries.insert(input, summary);
        }
    }
    let names = names.iter().enumerate();
    names
        .map(|(index, named)| {
            let summary = summaries.get(&index);
            Input {
                name: named.name.clone(),
                kind: named.kind,
                packets: summary.map(|s| s.packets),
                first: summary.and_then(|s| s.first).map(rfc3339),
                last: summary.and_then(|s| s.last).map(rfc3339),
                cut: summary.map(|s| s.cut),
                unreadable: summary.map(|s| s.unreadable),
                left_out: summary.map(|s| s.left_out),
                lines: named.lines.as_ref().map(|lines| lines.all),
                untold: named.lines.as_ref().map(|lines| lines.untold),
                first_untold: named
                    .lines
                    .as_ref()
                    .map_or_else(Vec::new, |lines| lines.first_untold.clone()),
                broken: summary
                    .and_then(|s| s.broken.clone())
                    .or_else(|| named.unread.clone()),
                start: summary.and_then(|s| s.first),
            }
        })
        .collect()
}

fn traffic(evidence: &[Evidence]) -> Traffic {
    let mut traffic = Traffic::default();
    for one in evidence {
        match &one.fact {
            Fact::Ike(message) => {
                let copies = u64::from(message.seen.copies);
                traffic.messages = traffic.messages.saturating_add(copies);
            }
            Fact::Protected(flow) => {
                traffic.flows = traffic.flows.saturating_add(1);
                traffic.packets = traffic.packets.saturating_add(flow.tally.packets);
            }
            Fact::Clear(_)
            | Fact::Keepalives(_)
            | Fact::Icmp(_)
            | Fact::IncompleteDatagram(_)
            | Fact::Capture(_)
            | Fact::Outline(_)
            | Fact::Logged(_)
            | Fact::Configured(_) => {}
        }
    }
    traffic
}

fn entry(found: &diag::Finding, routes: &Routes) -> Entry {
    let sightings = |cited: &[diag::Citation]| {
        cited
            .iter()
            .map(|c| sighting(c, routes))
            .collect::<Vec<_>>()
    };
    Entry {
        code: found.code,
        title: found.title.clone(),
        severity: found.severity,
        confidence: found.confidence,
        why: found.why.clone(),
        who: found.who,
        evidence: sightings(&found.evidence),
        counter_evidence: sightings(&found.counter_evidence),
        root_of: found.root_of.clone(),
        fixes: found.fixes.iter().map(remedy).collect(),
        refs: found.refs.clone(),
    }
}

fn sighting(cited: &diag::Citation, routes: &Routes) -> Sighting {
    let (packet, line) = match cited.source {
        Source::Packet { number, .. } => (Some(number), None),
        Source::Line { line, .. } => (None, Some(line)),
        Source::Input { .. } | Source::Live => (None, None),
    };
    let input = cited.source.input();
    let place = cited.place.as_ref();
    Sighting {
        input,
        packet,
        line,
        column: cited.quote.as_ref().map(|quote| quote.column),
        quote: cited.quote.as_ref().map(|quote| quote.text.clone()),
        time: cited.at.map(rfc3339),
        field: place.map(|place| place.field.clone()),
        offset: place.map(|place| place.offset),
        length: place.map(|place| place.len),
        bytes: place.map(|place| hex(quoted(place))),
        shows: cited.shows.clone(),
        at: cited.at,
        place: cited.place.clone(),
        route: input.zip(packet).and_then(|key| routes.get(&key)).copied(),
    }
}

/// The bytes of `place` that its excerpt holds.
fn quoted(place: &Place) -> &[u8] {
    let start = place.offset.saturating_sub(place.excerpt_offset);
    let rest = place.excerpt.get(start..).unwrap_or_default();
    rest.get(..place.len).unwrap_or(rest)
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().saturating_mul(2));
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn remedy(fix: &diag::Fix) -> Remedy {
    Remedy {
        side: fix.side.clone(),
        text: fix.text.clone(),
        patch: fix.patch.clone(),
        weakens_security: fix.weakens_security,
    }
}

fn open_question(unknown: &diag::Unknown) -> OpenQuestion {
    OpenQuestion {
        question: unknown.question.to_owned(),
        decided_by: unknown.decided_by.clone(),
    }
}
