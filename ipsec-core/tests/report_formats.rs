//! The formats of a report, held against what others say of them: the schema
//! of SARIF and its types come from the crate `serde-sarif`, pages are read by
//! an XML parser.
#![cfg(feature = "cli")]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may stop where it finds no command"
)]

use ipsec_core::capture::read_evidence;
use ipsec_core::diag::diagnose;
use ipsec_core::evidence::Evidence;
use ipsec_core::report::ladder::Ladders;
use ipsec_core::report::timeline::Timeline;
use ipsec_core::report::{InputKind, InputName, Report};
use jsonschema::Validator;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What is said of one input in every format.
struct Said {
    json: String,
    timeline: String,
    sarif: String,
    html: String,
    markdown: String,
    pictures: [String; 2],
}

impl Said {
    fn of(names: &[InputName], evidence: &[Evidence]) -> Self {
        let diagnosis = diagnose(evidence);
        let report = Report::new(names, evidence, &diagnosis);
        let ladders = Ladders::new(names, evidence);
        let timeline = Timeline::new(names, evidence, &diagnosis.clocks);
        Self {
            json: report.to_json(),
            sarif: report.to_sarif(),
            html: report.to_html(&ladders, &timeline),
            markdown: report.to_markdown(),
            pictures: [ladders.to_svg(), timeline.to_svg()],
            timeline: timeline.to_json(),
        }
    }

    fn of_capture(path: &Path) -> Self {
        let file = std::fs::File::open(path).unwrap();
        // A file that is no capture is an input of which nothing could be read.
        let read = read_evidence(0, file, ipsec_core::crypto::rustcrypto::provider());
        let name = InputName {
            name: path.display().to_string(),
            kind: InputKind::Capture,
            unread: read.as_ref().err().map(ToString::to_string),
            lines: None,
        };
        Self::of(&[name], &read.unwrap_or_default())
    }
}

/// The schemas of what is written as JSON.
struct Schemas {
    report: Validator,
    timeline: Validator,
    sarif: Validator,
}

impl Schemas {
    fn new() -> Self {
        let of = |text: &str| {
            let schema = serde_json::from_str(text).unwrap();
            jsonschema::validator_for(&schema).unwrap()
        };
        Self {
            report: of(&Report::json_schema()),
            timeline: of(&Timeline::json_schema()),
            sarif: of(&schema_of_sarif()),
        }
    }

    fn check(&self, name: &str, said: &Said) {
        follows(name, &self.report, &said.json);
        follows(name, &self.timeline, &said.timeline);
        follows(name, &self.sarif, &said.sarif);
        well_linked(name, &said.sarif);
        for xml in [&said.html, &said.pictures[0], &said.pictures[1]] {
            harmless(name, xml);
        }
        let text = [&said.html, &said.markdown, &said.sarif, &said.timeline];
        for text in text {
            assert!(!text.contains('\u{1b}'), "{name}");
        }
    }
}

/// The official schema, which the crate carries in its sources. A pattern of
/// it, for `language` which is not written, is no regular expression by the
/// strict grammar: a bracket closes that none has opened.
fn schema_of_sarif() -> String {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline"])
        .args(["--filter-platform", "host-tuple"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo knows its packages");
    let packages = metadata["packages"].as_array().unwrap();
    let package = packages.iter().find(|one| one["name"] == "serde-sarif");
    let manifest = package.unwrap()["manifest_path"].as_str().unwrap();
    let path = Path::new(manifest).with_file_name("src/schema.json");
    let schema = std::fs::read_to_string(path).unwrap();
    schema.replace("[a-zA-Z]{2}]?$", "[a-zA-Z]{2}$")
}

fn follows(name: &str, schema: &Validator, text: &str) {
    let value: Value = serde_json::from_str(text).unwrap();
    let faults: Vec<String> = schema
        .iter_errors(&value)
        .map(|fault| format!("{}: {fault}", fault.instance_path()))
        .collect();
    assert!(faults.is_empty(), "{name}: {faults:?}");
}

/// What the schema does not demand: each index leads to what it should, and
/// another reader finds the same.
fn well_linked(name: &str, sarif: &str) {
    let log: serde_sarif::sarif::Sarif = serde_json::from_str(sarif).unwrap();
    let run = &log.runs[0];
    let rules = run.tool.driver.rules.as_ref().unwrap();
    let files = run.artifacts.as_ref().unwrap();
    for result in run.results.as_ref().unwrap() {
        let rule = usize::try_from(result.rule_index.unwrap()).unwrap();
        assert_eq!(result.rule_id.as_deref(), Some(rules[rule].id.as_str()));
        let places = [&result.locations, &result.related_locations];
        for place in places.into_iter().flatten().flatten() {
            let Some(physical) = &place.physical_location else {
                continue;
            };
            let file = physical.artifact_location.as_ref().unwrap();
            let index = usize::try_from(file.index.unwrap()).unwrap();
            let known = files[index].location.as_ref().unwrap();
            assert_eq!(file.uri, known.uri, "{name}");
        }
    }
}

/// It is well-formed, and holds nothing that runs or fetches.
fn harmless(name: &str, xml: &str) {
    let options = roxmltree::ParsingOptions {
        allow_dtd: true,
        nodes_limit: 10_000_000,
        ..roxmltree::ParsingOptions::default()
    };
    let document = roxmltree::Document::parse_with_options(xml, options).unwrap();
    for node in document.descendants().filter(roxmltree::Node::is_element) {
        let tag = node.tag_name().name();
        for refused in [
            "script", "a", "img", "iframe", "object", "use", "image", "link",
        ] {
            assert_ne!(tag, refused, "{name}");
        }
        for attribute in node.attributes() {
            let (key, value) = (attribute.name(), attribute.value());
            assert!(
                !key.starts_with("on") && !["href", "src"].contains(&key),
                "{name}"
            );
            assert!(!value.contains("://"), "{name}: {value}");
        }
    }
}

fn captures(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().contains(".pcap") {
                found.push(path);
            }
        }
    }
    found.sort_unstable();
}

#[test]
fn every_format_of_our_own_captures_is_what_it_claims_to_be() {
    let schemas = Schemas::new();
    let mut found = Vec::new();
    captures(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/captures"),
        &mut found,
    );
    assert!(found.len() > 3);
    for path in found {
        schemas.check(&path.to_string_lossy(), &Said::of_capture(&path));
    }
}

#[test]
fn every_format_of_the_recorded_captures_is_what_it_claims_to_be() {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let root = std::env::var_os("IPSEC_SHARED").map_or_else(beside, PathBuf::from);
    let mut found = Vec::new();
    captures(&root.join("captures"), &mut found);
    if found.is_empty() {
        eprintln!("SKIPPED: no captures in ../shared (IPSEC_SHARED names another place)");
        return;
    }
    let schemas = Schemas::new();
    for path in found {
        schemas.check(&path.to_string_lossy(), &Said::of_capture(&path));
    }
}

#[test]
fn nothing_at_all_can_be_written_in_every_format() {
    Schemas::new().check("nothing", &Said::of(&[], &[]));
}

#[test]
fn the_schema_of_sarif_refuses_what_is_none() {
    let schemas = Schemas::new();
    let mut log: Value = serde_json::from_str(&Said::of(&[], &[]).sarif).unwrap();
    assert!(schemas.sarif.is_valid(&log));
    log["runs"][0]["results"] = serde_json::json!([{ "ruleId": "x" }]);
    assert!(!schemas.sarif.is_valid(&log));
}

#[test]
fn the_command_writes_every_format() {
    let capture = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../examples/captures/psk-mismatch.pcap"
    );
    let said = |args: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_ipsec"))
            .args(args)
            .arg(capture)
            .output()
            .unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap(),
        )
    };
    for (format, begins) in [
        ("markdown", "## failed: psk-mismatch: "),
        ("sarif", "{\n  \"$schema\": "),
        ("html", "<!DOCTYPE html>\n"),
    ] {
        let (status, text) = said(&["why", "--format", format]);
        assert_eq!(status, Some(1));
        assert!(text.starts_with(begins), "{text}");
    }
    for (format, begins) in [("text", "begin: "), ("json", "{\n"), ("svg", "<svg ")] {
        let (status, text) = said(&["timeline", "--format", format]);
        assert_eq!(status, Some(0));
        assert!(text.starts_with(begins), "{text}");
    }
}
