//! A small report that the tests of all formats write.

use super::model::{
    Entry, Input, InputKind, InputName, OpenQuestion, Outcome, Remedy, Report, SCHEMA, Sighting,
    Traffic,
};
use crate::diag::{Confidence, Severity, State, Who};
use crate::evidence::{Place, Route};
use crate::time::Instant;

pub(super) fn sighting() -> Sighting {
    let bytes: Vec<u8> = (0..64).collect();
    let place = Place::new("isakmp.encrypted".into(), 20..30, &bytes);
    Sighting {
        input: Some(0),
        packet: Some(5),
        line: None,
        column: None,
        quote: None,
        time: None,
        field: Some(place.field.clone()),
        offset: Some(place.offset),
        length: Some(place.len),
        bytes: Some("1415161718191a1b1c1d".into()),
        shows: "sent 4 times".into(),
        at: Some(Instant::from_micros(1_213_000)),
        place: Some(place),
        route: Some(Route {
            from: ([192, 0, 2, 10], 500).into(),
            to: ([198, 51, 100, 20], 4500).into(),
        }),
    }
}

pub(super) fn entry(code: &'static str, title: &str) -> Entry {
    Entry {
        code,
        title: title.into(),
        severity: Severity::Error,
        confidence: Confidence::Likely,
        why: "Each copy is answered, and none of the answers is understood.".into(),
        who: Who::Credentials,
        evidence: vec![sighting()],
        counter_evidence: Vec::new(),
        root_of: Vec::new(),
        fixes: vec![Remedy {
            side: "192.0.2.10 (initiator)".into(),
            text: "Enter the key anew.".into(),
            patch: Some("- secret = \"a\"\n+ secret = \"b\"".into()),
            weakens_security: false,
        }],
        refs: vec!["RFC 2409 §5"],
    }
}

pub(super) fn report(findings: Vec<Entry>) -> Report {
    Report {
        schema: SCHEMA,
        inputs: vec![
            input("/tmp/wire.pcap", InputKind::Capture),
            input("gw.conf", InputKind::Config),
        ],
        verdict: Outcome {
            state: State::Failed,
            cause: findings.first().map(|entry| entry.code),
        },
        findings,
        unknowns: vec![OpenQuestion {
            question: "Which of the two keys is the right one?".into(),
            decided_by: vec!["the key of one end".into(), "the responder's log".into()],
        }],
        traffic: Traffic::default(),
    }
}

/// A line of a configuration, which is the second input of [`report`].
pub(super) fn line_sighting() -> Sighting {
    Sighting {
        input: Some(1),
        packet: None,
        line: Some(12),
        column: Some(5),
        quote: Some("proposals = aes128-sha256-modp2048".into()),
        field: None,
        offset: None,
        length: None,
        bytes: None,
        shows: "accepts only this".into(),
        at: None,
        place: None,
        route: None,
        ..sighting()
    }
}

/// The names of the inputs of [`report`].
pub(super) fn names() -> Vec<InputName> {
    let inputs = report(Vec::new()).inputs.into_iter();
    let named = inputs.map(|input| InputName {
        name: input.name,
        kind: input.kind,
        unread: None,
        lines: None,
    });
    named.collect()
}

fn input(name: &str, kind: InputKind) -> Input {
    let is_capture = kind == InputKind::Capture;
    Input {
        name: name.into(),
        kind,
        packets: is_capture.then_some(12),
        first: None,
        last: None,
        cut: None,
        unreadable: None,
        left_out: None,
        lines: None,
        untold: None,
        broken: None,
        first_untold: Vec::new(),
        start: is_capture.then(|| Instant::from_micros(1_000_000)),
    }
}

/// A report whose every text a peer has chosen.
pub(super) fn hostile() -> Report {
    let text = || HOSTILE.to_owned();
    let mut one = entry("psk-mismatch", HOSTILE);
    one.why = text();
    for sighting in [sighting(), line_sighting()] {
        one.evidence.push(Sighting {
            shows: text(),
            quote: sighting.line.map(|_| text()),
            ..sighting
        });
    }
    one.counter_evidence.clone_from(&one.evidence);
    for fix in &mut one.fixes {
        fix.side = text();
        fix.text = text();
        fix.patch = Some(text());
    }
    let mut report = report(vec![one]);
    for input in &mut report.inputs {
        input.name = text();
        input.broken = Some(text());
    }
    for unknown in &mut report.unknowns {
        unknown.question = text();
        unknown.decided_by = vec![text()];
    }
    report
}

/// What would be markup, or move a cursor, in one format or another.
pub(super) const HOSTILE: &str = "</pre></text><script>alert(1)</script>\
    <img src=x onerror=alert(1)> \" onload=\"x ' ![x](http://a.example/x) [y](javascript:z) \
    `a` ```` | b | *c* {0} \u{1b}[2J \u{202e} \u{ffff} @all #1 https://b.example\n\n## d\r\n- e";
