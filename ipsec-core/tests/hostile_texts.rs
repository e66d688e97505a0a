//! The whole way from a log, a configuration or printed packets to a report,
//! with files that are broken, of another encoding, hostile: whatever comes in,
//! every format of the report comes out and shows nothing that could mislead,
//! what stood before the fault stays, and no secret is told.
#![cfg(all(
    feature = "log",
    feature = "config",
    feature = "capture",
    feature = "report",
    feature = "rustcrypto"
))]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    clippy::disallowed_methods,
    reason = "a test may stop where it is surprised"
)]

#[path = "hostile_texts/samples.rs"]
mod samples;
#[path = "hostile_texts/secrets.rs"]
mod secrets;

use core::time::Duration;
use ipsec_core::capture::{Keyring, printed};
use ipsec_core::config;
use ipsec_core::crypto::rustcrypto;
use ipsec_core::diag::diagnose;
use ipsec_core::evidence::Evidence;
use ipsec_core::inputs::{File, Gathered, Inputs, Kind};
use ipsec_core::log;
use ipsec_core::report::ladder::Ladders;
use ipsec_core::report::timeline::Timeline;
use ipsec_core::report::{InputKind, InputName, Lines, Report, TextOptions};
use samples::{CONFIGS, LOGS, PRINTED, Sample};
use std::time::Instant;

fn read(files: &[(&str, &[u8])]) -> Gathered {
    let mut inputs = Inputs::new(Keyring::new(rustcrypto::provider()));
    for (name, bytes) in files {
        inputs.add(*name, *bytes);
    }
    inputs.read()
}

fn named(file: &File) -> InputName {
    InputName {
        kind: match file.kind {
            Kind::Log(_) => InputKind::Log,
            Kind::Config(_) => InputKind::Config,
            Kind::Keys => InputKind::Keys,
            _ => InputKind::Capture,
        },
        name: file.name.clone(),
        // Remarks go to the terminal only; here every format must bear them.
        unread: file
            .unread
            .clone()
            .or_else(|| file.remarks.first().cloned()),
        lines: file.lines.map(|all| Lines {
            all,
            untold: file.untold,
            first_untold: file.untold_lines.clone(),
        }),
    }
}

/// All that is said of the files, by format.
fn said(read: &Gathered) -> Vec<(&'static str, String)> {
    let names: Vec<InputName> = read.files.iter().map(named).collect();
    written(&names, &read.evidence)
}

fn written(names: &[InputName], evidence: &[Evidence]) -> Vec<(&'static str, String)> {
    let diagnosis = diagnose(evidence);
    let report = Report::new(names, evidence, &diagnosis);
    let ladders = Ladders::new(names, evidence);
    let timeline = Timeline::new(names, evidence, &diagnosis.clocks);
    let text = |verbose, colour| report.to_text(TextOptions { verbose, colour });
    vec![
        ("text", text(false, false)),
        ("text in full", text(true, false)),
        ("text in colour", text(true, true)),
        ("JSON", report.to_json()),
        ("Markdown", report.to_markdown()),
        ("SARIF", report.to_sarif()),
        ("HTML", report.to_html(&ladders, &timeline)),
        ("ladder", ladders.to_text()),
        ("ladder in Mermaid", ladders.to_mermaid()),
        ("ladder in SVG", ladders.to_svg()),
        ("timeline", timeline.to_text()),
        ("timeline in JSON", timeline.to_json()),
        ("timeline in SVG", timeline.to_svg()),
    ]
}

/// Reads `file` and checks whatever is said of it.
fn survives(name: &str, file: &[u8]) -> Gathered {
    let read = read(&[(name, file)]);
    for (format, text) in said(&read) {
        harmless(name, format, &text);
    }
    for remark in &read.files[0].remarks {
        plain(name, "remark", remark);
    }
    read
}

fn harmless(name: &str, format: &str, text: &str) {
    match format {
        "text in colour" => plain(name, format, &colourless(text)),
        _ => plain(name, format, text),
    }
    match format {
        "Markdown" => no_markup(name, &without_code(text)),
        "SARIF" => no_links(name, &serde_json::from_str(text).expect(name)),
        "HTML" | "ladder in SVG" | "timeline in SVG" => no_element_acts(name, text),
        "JSON" | "timeline in JSON" => {
            let _: serde_json::Value = serde_json::from_str(text).expect(name);
            assert!(!text.contains('<'), "{name}: {format}");
        }
        "ladder in Mermaid" => {
            let known = ["sequenceDiagram", "    participant ", "    Note over "];
            for line in text.lines() {
                let arrow = line.starts_with("    L") || line.starts_with("    R");
                assert!(
                    arrow || known.iter().any(|known| line.starts_with(known)),
                    "{name}: {line}"
                );
            }
        }
        _ => {}
    }
}

/// Nothing in it commands a terminal, turns its direction or hides.
fn plain(name: &str, format: &str, text: &str) {
    let misleads = |c: char| {
        c.is_control() && c != '\n'
            || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
    };
    let found = text.lines().find(|line| line.contains(misleads));
    assert_eq!(found, None, "{name}: {format}");
}

/// Less the colours that the report has of its own.
fn colourless(text: &str) -> String {
    let mut text = text.to_owned();
    for code in ["1;31", "1;33", "1;36", "1;32", "1", "2", "0"] {
        text = text.replace(&format!("\u{1b}[{code}m"), "");
    }
    text
}

/// Markdown less its code.
fn without_code(text: &str) -> String {
    let mut out = String::new();
    let mut fence: Option<usize> = None;
    for line in text.lines() {
        let ticks = line.len() - line.trim_start_matches('`').len();
        match fence {
            Some(open) if ticks >= open && line.len() == ticks => fence = None,
            Some(_) => {}
            None if ticks >= 3 => fence = Some(ticks),
            None => {
                out.push_str(&without_spans(line));
                out.push('\n');
            }
        }
    }
    assert_eq!(fence, None, "a block ends: {text}");
    out
}

fn without_spans(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(at) = rest.find(['`', '\\']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let ticks = rest.len() - rest.trim_start_matches('`').len();
        if ticks == 0 {
            let escaped = rest.chars().nth(1).map_or(0, char::len_utf8);
            out.push('·');
            rest = &rest[1 + escaped..];
            continue;
        }
        let run = "`".repeat(ticks);
        let mut end = ticks;
        while let Some(found) = rest[end..].find(&run) {
            let begin = end + found;
            let len = rest[begin..].len() - rest[begin..].trim_start_matches('`').len();
            end = begin + len;
            if len == ticks {
                break;
            }
        }
        assert!(end > ticks, "code that never ends: {line}");
        out.push('·');
        rest = &rest[end..];
    }
    out + rest
}

fn no_markup(name: &str, text: &str) {
    let text = text
        .replace("<!-- -->", "\u{0}")
        .replace("<span>$</span>", "·");
    for bad in ["](", "![", "<", "://", "~~", "$"] {
        assert!(!text.contains(bad), "{name}: {bad} in {text}");
    }
    for (at, _) in text.match_indices('@') {
        assert!(text[at..].starts_with("@\u{0}"), "{name}: {text}");
    }
    let rows = text.lines().filter(|line| line.starts_with('|'));
    for row in rows {
        assert_eq!(row.matches('|').count(), 4, "{name}: {row}");
    }
}

/// SARIF 2.1.0 §3.11.5 and §3.11.6: neither placeholders nor links.
fn no_links(name: &str, value: &serde_json::Value) {
    let mut open = vec![("", value)];
    while let Some((key, value)) = open.pop() {
        match value {
            serde_json::Value::Array(all) => open.extend(all.iter().map(|one| (key, one))),
            serde_json::Value::Object(all) => {
                // Of rules the text is ours, of properties it is no message.
                let ours = |key: &str| ["rules", "properties"].contains(&key);
                open.extend(
                    all.iter()
                        .filter(|(key, _)| !ours(key))
                        .map(|(k, v)| (k.as_str(), v)),
                );
            }
            serde_json::Value::String(text) if key == "text" => {
                for (at, _) in text.match_indices("](") {
                    assert!(text[..at].ends_with('\\'), "{name}: {text}");
                }
                assert!(!text.replace("{{", "").contains("{0"), "{name}: {text}");
            }
            _ => {}
        }
    }
}

/// It is well-formed, and holds nothing that runs or fetches.
fn no_element_acts(name: &str, xml: &str) {
    let options = roxmltree::ParsingOptions {
        allow_dtd: true,
        nodes_limit: 10_000_000,
        ..roxmltree::ParsingOptions::default()
    };
    let document = roxmltree::Document::parse_with_options(xml, options).expect(name);
    for node in document.descendants().filter(roxmltree::Node::is_element) {
        let tag = node.tag_name().name();
        let known = [
            "script", "a", "img", "iframe", "object", "use", "image", "link",
        ];
        assert!(!known.contains(&tag), "{name}: {tag}");
        for attribute in node.attributes() {
            let key = attribute.name();
            assert!(!key.starts_with("on"), "{name}: {key}");
            assert!(!["href", "src"].contains(&key), "{name}: {key}");
        }
    }
}

fn texts() -> impl Iterator<Item = &'static Sample> {
    LOGS.iter().chain(CONFIGS).chain(PRINTED)
}

/// What was understood of a file, briefly.
fn understood(read: &Gathered) -> Vec<String> {
    let facts = read.evidence.iter().map(|one| format!("{:?}", one.fact));
    let named = read.models.iter().flat_map(|(_, model)| {
        let connections = model.connections.iter().map(|one| &one.name.value);
        connections.map(|name| format!("connection {name}"))
    });
    facts.chain(named).collect()
}

fn is_of_a_form(kind: Kind) -> bool {
    matches!(kind, Kind::Log(_) | Kind::Config(_))
}

#[test]
fn the_samples_are_understood() {
    for sample in LOGS.iter().chain(CONFIGS) {
        let read = survives(sample.name, sample.text.as_bytes());
        assert!(is_of_a_form(read.files[0].kind), "{}", sample.name);
        assert_eq!(read.files[0].unread, None, "{}", sample.name);
        if LOGS.iter().any(|log| log.name == sample.name) || !read.models.is_empty() {
            let told = !read.evidence.is_empty() || !read.models.is_empty();
            assert!(told, "{}", sample.name);
        }
    }
}

#[test]
fn another_encoding_and_other_line_ends_change_nothing() {
    for sample in LOGS.iter().chain(CONFIGS) {
        let plain = understood(&survives(sample.name, sample.text.as_bytes()));
        let units = || "\u{feff}".encode_utf16().chain(sample.text.encode_utf16());
        let little: Vec<u8> = units().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = units().flat_map(u16::to_be_bytes).collect();
        let marked = format!("\u{feff}{}", sample.text);
        let crlf = sample.text.replace('\n', "\r\n");
        let unended = sample.text.trim_end_matches('\n');
        for (how, file) in [
            ("UTF-16LE", little.as_slice()),
            ("UTF-16BE", &big),
            ("with a mark", marked.as_bytes()),
            ("CRLF", crlf.as_bytes()),
            ("without the last line end", unended.as_bytes()),
        ] {
            let read = survives(sample.name, file);
            let told: Vec<String> = understood(&read);
            let count = |facts: &[String]| facts.len();
            assert_eq!(count(&told), count(&plain), "{} {how}", sample.name);
        }
        survives(sample.name, sample.text.replace('\n', "\r").as_bytes());
    }
}

/// Bytes that belong into none of the texts.
fn rubbish() -> [Vec<u8>; 5] {
    let mixed: Vec<u8> = (0_u8..=255).rev().cycle().take(600).collect();
    [
        mixed,
        vec![0; 300],
        vec![0xff; 300],
        b"\xf0\x28\x8c\x28\n\xed\xa0\x80\n".to_vec(),
        b"\"'{}[]();<>\\\n\"\n{\n}\n}\n".to_vec(),
    ]
}

#[test]
fn what_stands_before_rubbish_stays() {
    for sample in texts() {
        let text = sample.text.as_bytes();
        for (n, rubbish) in rubbish().into_iter().enumerate() {
            for part in [1 + n % 3, 3] {
                let near = text.len() * part / 4;
                let at = near + text[near..].iter().position(|b| *b == b'\n').unwrap_or(0);
                let at = (at + 1).min(text.len());
                let spoilt = [&text[..at], &rubbish, &text[at..]].concat();
                let read = survives(sample.name, &spoilt);
                if LOGS.iter().any(|log| log.name == sample.name)
                    && is_of_a_form(read.files[0].kind)
                {
                    let before = log::read(0, &text[..at]).map_or(0, |log| log.evidence.len());
                    let after = log::read(0, &spoilt).map_or(0, |log| log.evidence.len());
                    assert!(after >= before, "{} at {at}", sample.name);
                }
                if let Some(before) = config::read(0, &text[..at])
                    && let Some(after) = config::read(0, &spoilt)
                {
                    let names = |model: &config::model::Model| model.connections.len();
                    // The last one may be cut through.
                    assert!(
                        names(&after) + 1 >= names(&before),
                        "{} at {at}",
                        sample.name
                    );
                }
            }
        }
    }
}

#[test]
fn a_text_may_end_anywhere() {
    for sample in texts() {
        let text = sample.text.as_bytes();
        let step = (text.len() / 10).max(7);
        for end in (0..text.len()).step_by(step) {
            survives(sample.name, &text[..end]);
            survives(sample.name, &text[end..]);
        }
        // Every end, without the report.
        let keyring = || Keyring::new(rustcrypto::provider()).into();
        let step = (text.len() / 100).max(1);
        for end in (0..text.len()).step_by(step) {
            let _ = (log::read(0, &text[..end]), config::read(0, &text[..end]));
            let _ = printed::read(0, &text[..end], keyring());
        }
    }
}

/// A generator that gives the same numbers for the same seed (splitmix64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb) ^ (z >> 31);
        usize::try_from(z % u64::try_from(limit.max(1)).unwrap()).unwrap()
    }
}

#[test]
fn lines_may_be_missing_doubled_and_out_of_order() {
    let mut numbers = Numbers(1);
    for sample in texts() {
        for _ in 0..4 {
            let mut lines: Vec<&str> = sample.text.lines().collect();
            for _ in 0..=lines.len() / 4 {
                let [one, other] = [(); 2].map(|()| numbers.below(lines.len()));
                match numbers.below(3) {
                    0 => lines.swap(one, other),
                    1 => lines.insert(one, lines[other]),
                    _ if lines.len() > 1 => drop(lines.remove(one)),
                    _ => {}
                }
            }
            survives(sample.name, lines.join("\n").as_bytes());
        }
    }
}

#[test]
fn two_files_of_any_forms_are_read_together() {
    let all: Vec<&Sample> = texts().collect();
    let files = |samples: &[&Sample]| -> Vec<(String, String)> {
        let files = samples.iter().enumerate();
        let named = files.map(|(n, one)| (format!("{n}/{}", one.name), one.text.to_owned()));
        named.collect()
    };
    for (one, other) in all.iter().zip(all.iter().cycle().skip(7)) {
        let files = files(&[one, other]);
        let files: Vec<_> = files
            .iter()
            .map(|(n, t)| (n.as_str(), t.as_bytes()))
            .collect();
        for (format, text) in said(&read(&files)) {
            harmless(one.name, format, &text);
        }
    }
    let files = files(&all);
    let files: Vec<_> = files
        .iter()
        .map(|(n, t)| (n.as_str(), t.as_bytes()))
        .collect();
    for (format, text) in said(&read(&files)) {
        harmless("all", format, &text);
    }
}

/// Begins each hostile word, to tell whether it is shown at all.
const MARK: &str = "Zq7";

const HOSTILE: [&str; 9] = [
    "Zq7\u{1b}[2J\u{1b}]8;;http://evil.example/\u{7}x\u{1b}]8;;\u{7}",
    "Zq7\u{9b}2J\u{1b}[1;31m\u{8}\u{7f}",
    "Zq7<script>alert(1)</script>",
    "Zq7<img/src=x/onerror=alert(1)>",
    "Zq7'onmouseover=alert(1)&#x6a;</text></svg>]]>",
    "Zq7![x](http://evil.example/)[y](1)www.evil.example",
    "Zq7`a`|b|**c**@all~~d~~$e$<!--",
    "Zq7\u{202e}evil\u{2066}\u{200b}\u{feff}\u{e0041}",
    "Zq7{0}%s%n\u{2028}\u{85}",
];

#[test]
fn what_a_peer_or_an_owner_chose_is_shown_escaped() {
    let mut shown = 0;
    let mut tried = 0;
    for sample in texts() {
        for (word, begin) in sample.chosen.iter().zip(0..) {
            // Three of them for each word, all of them for each text.
            for hostile in HOSTILE.iter().skip(begin % 3).step_by(3) {
                let file = sample.text.replace(word, hostile);
                let read = read(&[(sample.name, file.as_bytes())]);
                let said = said(&read);
                for (format, text) in &said {
                    harmless(sample.name, format, text);
                }
                tried += 1;
                shown += usize::from(said.iter().any(|(_, text)| text.contains(MARK)));
            }
        }
    }
    assert!(shown * 4 > tried, "{shown} of {tried}");
}

#[test]
fn a_name_of_a_file_is_shown_escaped() {
    for sample in [&LOGS[0], &CONFIGS[0], &PRINTED[0]] {
        for hostile in HOSTILE {
            for text in [sample.text.as_bytes(), b"nothing at all"] {
                let mut read =
                    read(&[(hostile, text), ("beside.conf", CONFIGS[5].text.as_bytes())]);
                for (format, text) in said(&read) {
                    harmless(hostile, format, &text);
                }
                read.files[0].unread = Some(hostile.to_owned());
                for (format, text) in said(&read) {
                    harmless(hostile, format, &text);
                }
            }
        }
    }
}

#[test]
fn printed_packets_are_reported_on_their_own() {
    for sample in PRINTED {
        for hostile in HOSTILE {
            for word in sample.chosen {
                let file = sample.text.replace(word, hostile);
                let keyring = Keyring::new(rustcrypto::provider()).into();
                let read = printed::read(0, file.as_bytes(), keyring);
                let name = InputName {
                    name: hostile.to_owned(),
                    kind: InputKind::Log,
                    unread: None,
                    lines: None,
                };
                for (format, text) in written(&[name], &read.evidence) {
                    harmless(sample.name, format, &text);
                }
            }
        }
    }
}

/// Far more than what a machine under load needs, and far less than what
/// anything but linear work would take.
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn lines_of_ten_megabytes_are_read_in_time() {
    const LEN: usize = 10 << 20;
    for sample in [&LOGS[0], &LOGS[6]] {
        let begin = Instant::now();
        let first = sample.text.lines().next().unwrap();
        let long = format!("{}{first} {}\n{0}", sample.text, "x".repeat(LEN));
        let read = survives(sample.name, long.as_bytes());
        let once = log::read(0, sample.text.as_bytes()).unwrap().evidence.len();
        assert!(read.evidence.len() >= once, "{}", sample.name);
        let took = begin.elapsed();
        assert!(took < PATIENCE, "{}: {took:?}", sample.name);
    }
}

#[test]
fn a_configuration_of_one_long_line_is_read_in_time() {
    const LEN: usize = 100_000;
    for sample in CONFIGS {
        for piece in ["x", "x ", "{", "}", "\"", "#", "=", "(", "a,", "\\", "'"] {
            let begin = Instant::now();
            let long = format!("{}{}", sample.text, piece.repeat(LEN / piece.len()));
            let read = read(&[(sample.name, long.as_bytes())]);
            let kind = read.files[0].kind;
            assert!(is_of_a_form(kind), "{}", sample.name);
            let took = begin.elapsed();
            assert!(took < PATIENCE, "{} of {piece:?}: {took:?}", sample.name);
        }
    }
}

#[test]
fn braces_and_sections_without_end_are_read_in_time() {
    for (n, sample) in CONFIGS.iter().enumerate() {
        for (piece, count) in [
            ("{", 100_000),
            ("a {\n", if n == 0 { 100_000 } else { 5_000 }),
            ("}\n", 5_000),
            ("config x\nedit y\n", 2_000),
            ("object-group network n\n group-object n\n", 2_000),
            ("crypto map m 1 ipsec-isakmp\n", 2_000),
            ("conn %default\n also=a\n", 2_000),
            ("(\n@(\n", 2_000),
        ] {
            let begin = Instant::now();
            let deep = format!("{}{}", sample.text, piece.repeat(count));
            let read = read(&[(sample.name, deep.as_bytes())]);
            let _ = format!("{:?}", read.models).len();
            let took = begin.elapsed();
            assert!(took < PATIENCE, "{} with {piece:?}: {took:?}", sample.name);
        }
    }
}

#[test]
fn what_is_included_is_never_opened_and_circles_end() {
    let here = file!();
    let circle = "include @\nconnections {\n a : a, b {\n  include @\n }\n b : a {\n }\n}\n";
    let also = "include @\nconn a\n also=b\n ikev2=yes\nconn b\n also=a\nconn c\n also=c\n";
    let racoon = "include \"@\";\nremote 192.0.2.1 inherit 192.0.2.2 {\n}\nremote 192.0.2.2 inherit 192.0.2.1 {\n}\n";
    let iked = "include \"@\"\na = $b\nb = $a\nikev2 \"x\" esp from $a to $b\n";
    let asa = "tunnel-group x type ipsec-l2l\nobject-group network a\n group-object b\nobject-group network b\n group-object a\naccess-list l extended permit ip object-group a object-group b\ncrypto map m 1 match address l\n";
    let junos = "set groups a apply-groups b\nset groups b apply-groups a\nset apply-groups a\nset security ike gateway g address 192.0.2.1\n";
    let fortios = "config firewall addrgrp\nedit a\nset member b\nnext\nedit b\nset member a\nnext\nend\nconfig vpn ipsec phase1-interface\nedit x\nnext\nend\nconfig vpn ipsec phase2-interface\nedit y\nset phase1name x\nset src-addr-type name\nset src-name a\nnext\nend\n";
    for text in [circle, also, racoon, iked, asa, junos, fortios] {
        let file = text.replace('@', here);
        let read = survives(text, file.as_bytes());
        let (_, model) = read.models.first().expect(text);
        let includes: Vec<_> = model
            .includes
            .iter()
            .map(|one| one.value.as_str())
            .collect();
        assert!(includes.iter().all(|one| *one == here), "{includes:?}");
        assert_eq!(includes.is_empty(), !text.contains('@'), "{text}");
        // The tests of this file are no part of what was read.
        let shown = format!("{read:?}");
        assert!(!shown.contains("PATIENCE"), "{text}");
    }
}

#[test]
fn no_secret_is_told() {
    let mut told = Vec::new();
    for (n, (how, file)) in secrets::files().into_iter().enumerate() {
        let name = "left/ipsec.secrets";
        let read = read(&[(name, &file), ("right.conf", secrets::PEER)]);
        let mut shown = vec![("Debug", format!("{read:?}"))];
        if n % 4 == 0 {
            shown.extend(said(&read));
        }
        for (format, text) in shown {
            for part in secrets::PARTS {
                let low = text.to_ascii_lowercase();
                if low.contains(&part.to_ascii_lowercase()) {
                    let at = low.find(&part.to_ascii_lowercase()).unwrap();
                    let from = (0..=at.saturating_sub(60))
                        .rev()
                        .find(|at| text.is_char_boundary(*at));
                    let around: String = text[from.unwrap()..].chars().take(110).collect();
                    told.push(format!("{how}: {format}: {around:?}"));
                    break;
                }
            }
        }
    }
    let forms: std::collections::BTreeSet<_> = told
        .iter()
        .filter_map(|one| Some((one.split_once(": ")?.0, one)))
        .collect();
    for (_, one) in &forms {
        eprintln!("{one}");
    }
    assert!(told.is_empty(), "{} texts tell a secret", told.len());
}
