//! Any bytes as two files of any kind: they are read, diagnosed and reported in
//! every format, and no format shows what could mislead. A line of `%%` ends
//! the first file.
#![no_main]

use ipsec_core::capture::Keyring;
use ipsec_core::crypto::rustcrypto;
use ipsec_core::diag::diagnose;
use ipsec_core::inputs::Inputs;
use ipsec_core::report::ladder::Ladders;
use ipsec_core::report::timeline::Timeline;
use ipsec_core::report::{InputKind, InputName, Report, TextOptions};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut inputs = Inputs::new(Keyring::new(rustcrypto::provider()));
    let apart = data.windows(APART.len()).position(|part| part == APART);
    let (first, second) = data.split_at(apart.unwrap_or(data.len()));
    let second = second.get(APART.len()..).unwrap_or_default();
    for (name, file) in [("a.log", first), ("b.conf", second)] {
        inputs.add(name, file);
    }
    let read = inputs.read();
    let names = read.files.iter().map(|file| InputName {
        name: file.name.clone(),
        kind: InputKind::Log,
        unread: file
            .unread
            .clone()
            .or_else(|| file.remarks.first().cloned()),
        lines: None,
    });
    let names: Vec<InputName> = names.collect();
    let diagnosis = diagnose(&read.evidence);
    let report = Report::new(&names, &read.evidence, &diagnosis);
    let ladders = Ladders::new(&names, &read.evidence);
    let timeline = Timeline::new(&names, &read.evidence, &diagnosis.clocks);
    let text = |verbose| {
        let colour = false;
        report.to_text(TextOptions { verbose, colour })
    };
    for text in [
        text(false),
        text(true),
        report.to_json(),
        report.to_markdown(),
        report.to_sarif(),
        report.to_html(&ladders, &timeline),
        ladders.to_text(),
        ladders.to_mermaid(),
        ladders.to_svg(),
        timeline.to_text(),
        timeline.to_json(),
        timeline.to_svg(),
    ] {
        let misleads = |c: char| c.is_control() && c != '\n' || BIDIRECTIONAL.contains(&c);
        assert!(!text.contains(misleads), "{text:?}");
    }
});

/// What stands between the two files.
const APART: &[u8] = b"\n%%\n";

const BIDIRECTIONAL: [char; 12] = [
    '\u{200b}', '\u{200e}', '\u{200f}', '\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}', '\u{202e}',
    '\u{2066}', '\u{2067}', '\u{2068}', '\u{2069}',
];
