//! What the parts of a report are called, the same in every format for people.

use super::model::{Input, InputKind, Remedy, Report};
use crate::diag::{Confidence, Severity, State, Who, catalog};

/// The verdict of a report that names no cause.
fn without_cause(report: &Report) -> &'static str {
    let traffic = report.traffic;
    match report.verdict.state {
        State::Established => "the tunnel came up, and nothing speaks against it",
        State::Failed => "the tunnel did not come up; nothing here tells why",
        State::Degraded => "the tunnel came up, but does not work as meant",
        State::Inconclusive if traffic.messages == 0 && traffic.packets == 0 => {
            without_packets(report)
        }
        State::Inconclusive => "what was captured does not tell whether the tunnel works",
    }
}

/// The verdict on inputs that hold no packet of IPsec.
fn without_packets(report: &Report) -> &'static str {
    let holds = |kind: InputKind| report.inputs.iter().any(|input| input.kind == kind);
    let others = [InputKind::Log, InputKind::Config].map(holds);
    match (holds(InputKind::Capture), others) {
        (true, [false, false]) => "no IKE, ESP or AH packet was captured",
        (false, [true, false]) => "the logs do not tell whether the tunnel works",
        (false, [false, true]) => {
            "the configurations show no fault; whether the tunnel works, they cannot tell"
        }
        (true | false, _) => "what was given does not tell whether the tunnel works",
    }
}

/// How many packets of IPsec the inputs hold, unless there are none.
pub(super) fn went_by(report: &Report) -> Option<String> {
    let traffic = report.traffic;
    let ike = count(traffic.messages, "IKE message");
    match (traffic.messages, traffic.flows) {
        (0, 0) => None,
        (_, 0) => Some(ike),
        (_, flows) => {
            let (packets, flows) = (
                count(traffic.packets, "ESP or AH packet"),
                count(flows, "flow"),
            );
            Some(format!("{ike}, {packets} in {flows}"))
        }
    }
}

/// How the tunnel stands, and why: `failed` and `psk-mismatch: the two ends
/// hold different pre-shared keys (likely)`.
pub(super) fn verdict(report: &Report) -> (&'static str, String) {
    let state = match report.verdict.state {
        State::Established => "established",
        State::Failed => "failed",
        State::Degraded => "degraded",
        State::Inconclusive => "inconclusive",
    };
    let Some(code) = report.verdict.cause else {
        return (state, without_cause(report).into());
    };
    let lead = report.findings.iter().find(|entry| entry.code == code);
    let title = catalog::rule(code).map_or("", |rule| rule.title);
    let sure = lead.map_or("", |entry| confidence(entry.confidence));
    (state, format!("{code}: {title} ({sure})"))
}

/// What a reader calls a severity.
pub(super) const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

/// A kind of file, in one word.
pub(super) const fn kind(kind: InputKind) -> &'static str {
    match kind {
        InputKind::Capture => "capture",
        InputKind::Log => "log",
        InputKind::Config => "configuration",
        InputKind::Keys => "keys",
    }
}

/// How much an input holds: `12 packets, 3 of them cut`, or why nothing.
pub(super) fn holds(input: &Input) -> String {
    let mut parts = Vec::new();
    if let Some(packets) = input.packets {
        parts.push(count(packets, "packet"));
    }
    for (n, what) in [
        (input.cut, "of them cut"),
        (input.unreadable, "of them unreadable"),
        (input.left_out, "left out"),
    ] {
        if let Some(n) = n.filter(|&n| n > 0) {
            parts.push(format!("{n} {what}"));
        }
    }
    if let Some(why) = &input.broken {
        let how_far = if input.packets.is_some() {
            "to its end"
        } else {
            "at all"
        };
        parts.push(format!("cannot be read {how_far}: {why}"));
    }
    parts.join(", ")
}

/// ` (makes the tunnel weaker)`, or nothing.
pub(super) const fn weaker(fix: &Remedy) -> &'static str {
    if fix.weakens_security {
        " (makes the tunnel weaker)"
    } else {
        ""
    }
}

pub(super) const fn confidence(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Possible => "possible",
        Confidence::Likely => "likely",
        Confidence::Proven => "proven",
    }
}

pub(super) const fn who(who: Who) -> &'static str {
    match who {
        Who::Local => "the administrator of the end that opened the tunnel (initiator)",
        Who::Peer => "the administrator of the end that answered (responder)",
        Who::Path => "whoever runs the network between the two ends",
        Who::Credentials => "whoever keeps the keys, passwords and certificates",
        Who::Clock => "whoever sets the clocks of the two ends",
        Who::Software => "whoever maintains the software of the end that breaks the rules",
    }
}

pub(super) fn count(n: u64, thing: &str) -> String {
    if n == 1 {
        format!("{n} {thing}")
    } else {
        format!("{n} {thing}s")
    }
}
