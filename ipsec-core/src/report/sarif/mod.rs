//! The report as SARIF 2.1.0 (OASIS, with Errata 01), for code scanners and
//! editors. Section numbers are of that standard.
//!
//! A finding is a result. The first place of its evidence is its location, the
//! others are related locations. A line of a log or configuration is a region.
//! A packet is a *logical* location: a region of bytes would count from the
//! beginning of the capture file, and what is known is the byte of the frame,
//! which stands among the properties. Fixes are properties too: a `fix` object
//! replaces exact regions of a file (§3.55), which a remedy does not know.
//!
//! In the text of a message `{0}` would be a placeholder (§3.11.5) and
//! `[x](y)` a link (§3.11.6); no text of a peer becomes either.

mod log;

use super::markdown::escaped;
use super::model::{Entry, Input, Report, Sighting};
use super::place::location;
use super::{harmless, json, words};
use crate::diag::{Confidence, Severity, catalog};
use crate::sorted;
use core::fmt::Write as _;
use log::{
    Artifact, ArtifactLocation, ArtifactProperties, Driver, Found, FoundProperties, Invocation,
    Location, LocationProperties, Log, LogicalLocation, Message, Notification, PhysicalLocation,
    Region, Rule, Run, RunProperties, Snippet, Tool,
};

impl Report {
    /// The report as SARIF 2.1.0, indented, with a newline at its end. Its
    /// rules are those that found something.
    #[must_use]
    pub fn to_sarif(&self) -> String {
        let mut codes: Vec<&'static str> = self.findings.iter().map(|entry| entry.code).collect();
        sorted::sort(&mut codes);
        codes.dedup();
        let results = self.findings.iter();
        let run = Run {
            tool: Tool {
                driver: Driver {
                    name: "ipsec-core",
                    semantic_version: env!("CARGO_PKG_VERSION"),
                    rules: codes.iter().map(|code| rule(code)).collect(),
                },
            },
            invocations: [invocation(self)],
            artifacts: (0..)
                .zip(&self.inputs)
                .map(|(n, input)| artifact(n, input))
                .collect(),
            results: results.map(|entry| found(self, &codes, entry)).collect(),
            column_kind: "unicodeCodePoints",
            properties: RunProperties {
                verdict: &self.verdict,
                unknowns: &self.unknowns,
            },
        };
        json::written(&Log {
            schema: SCHEMA,
            version: "2.1.0",
            runs: [run],
        })
    }
}

/// The rule of `code`, described by its own page.
fn rule(code: &'static str) -> Rule {
    let rule = catalog::rule(code);
    let page = rule.map_or(String::new(), catalog::Rule::page);
    let happened: Vec<&str> = page
        .lines()
        .skip_while(|line| *line != "## What happened")
        .skip(1)
        .skip_while(|line| line.is_empty())
        .take_while(|line| !line.is_empty())
        .collect();
    Rule {
        id: code,
        short_description: plain(rule.map_or(code, |rule| rule.title)),
        full_description: plain(&happened.join(" ")),
        help: Message {
            text: page.clone(),
            markdown: Some(page),
        },
    }
}

fn invocation(report: &Report) -> Invocation {
    let broken = (0..).zip(&report.inputs).filter_map(|(n, input)| {
        let why = input.broken.as_ref()?;
        Some(Notification {
            level: if input.packets.is_some() {
                "warning"
            } else {
                "error"
            },
            message: plain(why),
            locations: Vec::from([Location {
                id: None,
                physical_location: physical(report, Some(n), None),
                logical_locations: Vec::new(),
                message: None,
                properties: None,
            }]),
        })
    });
    Invocation {
        execution_successful: true,
        tool_execution_notifications: broken.collect(),
    }
}

fn artifact(index: usize, input: &Input) -> Artifact {
    Artifact {
        location: ArtifactLocation {
            uri: uri(&input.name),
            index,
        },
        roles: ["analysisTarget"],
        properties: ArtifactProperties {
            kind: words::kind(input.kind),
            packets: input.packets,
        },
    }
}

fn found<'r>(report: &Report, codes: &[&'static str], entry: &'r Entry) -> Found<'r> {
    let mut shown = entry.evidence.iter();
    let first = shown.next().map(|sighting| place(report, sighting, false));
    let others = shown.map(|sighting| place(report, sighting, false));
    let against = entry.counter_evidence.iter();
    let mut related: Vec<Location> = others
        .chain(against.map(|sighting| place(report, sighting, true)))
        .collect();
    for (id, location) in (1..).zip(&mut related) {
        location.id = Some(id);
    }
    Found {
        rule_id: entry.code,
        rule_index: codes.binary_search(&entry.code).unwrap_or_default(),
        level: words::severity(entry.severity),
        message: message(entry),
        rank: rank(entry),
        locations: first.into_iter().collect(),
        related_locations: related,
        properties: FoundProperties {
            confidence: entry.confidence,
            who: entry.who,
            root_of: &entry.root_of,
            standards: &entry.refs,
            fixes: &entry.fixes,
        },
    }
}

/// What is wrong, why that is sure, who must act, and how.
fn message(entry: &Entry) -> Message {
    let sure = words::confidence(entry.confidence);
    let who = words::who(entry.who);
    let written = |of: fn(&str) -> String| {
        let mut text = format!("{}.\n\n", of(entry.title.trim_end_matches('.')));
        let _ = write!(
            text,
            "Why ({sure}): {}\n\nWho must act: {who}.",
            of(&entry.why)
        );
        for fix in &entry.fixes {
            let weaker = words::weaker(fix);
            let _ = write!(
                text,
                "\n\nFix, {}: {}{weaker}",
                of(&fix.side),
                of(&fix.text)
            );
        }
        text
    };
    Message {
        text: written(unlinked),
        markdown: Some(written(escaped)),
    }
}

/// From 0 to 100 (§3.27.25): the surer and the worse, the higher.
fn rank(entry: &Entry) -> u8 {
    let sure: u8 = match entry.confidence {
        Confidence::Possible => 20,
        Confidence::Likely => 50,
        Confidence::Proven => 80,
    };
    let bad = match entry.severity {
        Severity::Info => 0,
        Severity::Warning => 10,
        Severity::Error => 20,
    };
    sure.saturating_add(bad)
}

fn place(report: &Report, sighting: &Sighting, against: bool) -> Location {
    let region = sighting.line.map(|line| {
        let quote = sighting.quote.as_deref().map(harmless);
        let len = quote.as_ref().map(|quote| quote.chars().count());
        let len = len.and_then(|len| u64::try_from(len).ok());
        let end = sighting.column.zip(len);
        Region {
            start_line: line,
            start_column: sighting.column,
            end_column: end.map(|(column, len)| column.saturating_add(len)),
            snippet: quote.map(|quote| Snippet { text: quote.into() }),
        }
    });
    let shows = format!("{}: {}", location(report, sighting), sighting.shows);
    Location {
        id: None,
        physical_location: physical(report, sighting.input, region),
        logical_locations: packet(sighting).into_iter().collect(),
        message: Some(plain(&shows)),
        properties: Some(LocationProperties {
            against,
            packet: sighting.packet,
            time: sighting.time.clone(),
            frame_offset: sighting.offset,
            length: sighting.length,
            bytes: sighting.bytes.clone(),
        }),
    }
}

fn physical(
    report: &Report,
    input: Option<usize>,
    region: Option<Region>,
) -> Option<PhysicalLocation> {
    let index = input?;
    let uri = uri(&report.inputs.get(index)?.name);
    Some(PhysicalLocation {
        artifact_location: ArtifactLocation { uri, index },
        region,
    })
}

/// `packet 5` and `packet 5/ike.notify[1]`.
fn packet(sighting: &Sighting) -> Option<LogicalLocation> {
    let packet = format!("packet {}", sighting.packet?);
    let field = sighting.field.as_ref();
    Some(LogicalLocation {
        name: field.unwrap_or(&packet).clone(),
        fully_qualified_name: field.map_or(packet.clone(), |field| format!("{packet}/{field}")),
        kind: if field.is_some() { "field" } else { "packet" },
    })
}

fn plain(text: &str) -> Message {
    Message {
        text: unlinked(text),
        markdown: None,
    }
}

/// `text` as words of a message, of which none is a placeholder or a link.
fn unlinked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in harmless(text).chars() {
        match c {
            '{' | '}' => out.push(c),
            '[' | ']' | '\\' => out.push('\\'),
            _ => {}
        }
        out.push(c);
    }
    out
}

/// A file name as a URI (RFC 3986): absolute ones with their scheme.
fn uri(name: &str) -> String {
    let drive = name.as_bytes().get(1) == Some(&b':') && name.starts_with(char::is_alphabetic);
    let mut out = match (name.starts_with('/'), drive) {
        (true, _) => "file://".to_owned(),
        (false, true) => "file:///".to_owned(),
        (false, false) => String::new(),
    };
    for (at, byte) in name.bytes().enumerate() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte));
            }
            b':' if drive && at == 1 => out.push(':'),
            b'\\' if drive => out.push('/'),
            byte => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

/// Where the schema of SARIF 2.1.0 is published.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

#[cfg(test)]
mod tests {
    use super::super::sample::{HOSTILE, entry, hostile, line_sighting, report};
    use super::*;
    use serde_json::Value;

    fn run(report: &Report) -> Value {
        let mut log: Value = serde_json::from_str(&report.to_sarif()).unwrap();
        log["runs"][0].take()
    }

    #[test]
    fn a_finding_is_a_result_with_its_rule_and_its_places() {
        let mut one = entry("psk-mismatch", "the ends hold different keys");
        one.evidence.insert(0, line_sighting());
        let run = run(&report(vec![one]));
        let rule = &run["tool"]["driver"]["rules"][0];
        assert_eq!(rule["id"], "psk-mismatch");
        assert!(rule["fullDescription"]["text"].as_str().unwrap().len() > 40);
        let result = &run["results"][0];
        assert_eq!(
            (&result["level"], &result["rank"]),
            (&"error".into(), &70.into())
        );
        assert_eq!(result["ruleIndex"], 0);
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "gw.conf");
        let region = &place["region"];
        assert_eq!(
            (
                &region["startLine"],
                &region["startColumn"],
                &region["endColumn"]
            ),
            (&12.into(), &5.into(), &39.into())
        );
        let packet = &result["relatedLocations"][0];
        assert_eq!(
            packet["physicalLocation"]["artifactLocation"]["uri"],
            "file:///tmp/wire.pcap"
        );
        assert_eq!(packet["physicalLocation"]["region"], Value::Null);
        assert_eq!(
            packet["logicalLocations"][0]["fullyQualifiedName"],
            "packet 5/isakmp.encrypted"
        );
        assert_eq!(packet["properties"]["frameOffset"], 20);
        assert_eq!(result["properties"]["confidence"], "likely");
        assert_eq!(result["properties"]["fixes"][0]["weakens_security"], false);
    }

    #[test]
    fn names_become_uris() {
        for (name, expected) in [
            ("a b.pcap", "a%20b.pcap"),
            ("/tmp/ü?#.pcap", "file:///tmp/%C3%BC%3F%23.pcap"),
            ("C:\\x\\y.log", "file:///C:/x/y.log"),
            ("javascript:alert(1)", "javascript%3Aalert%281%29"),
        ] {
            assert_eq!(uri(name), expected);
        }
    }

    #[test]
    fn peers_write_neither_links_nor_placeholders_nor_terminal_sequences() {
        let hostile = hostile();
        let text = hostile.to_sarif();
        assert!(!text.contains(['\u{1b}', '\u{202e}', '<']), "{text}");
        let run = run(&hostile);
        let said = run["results"][0]["message"]["text"].as_str().unwrap();
        assert!(
            said.contains("!\\[x\\](") && said.contains("{{0}}"),
            "{said}"
        );
        let back = run["results"][0]["properties"]["fixes"][0]["text"].as_str();
        assert_eq!(
            back,
            Some(HOSTILE),
            "properties are data and stay as they are"
        );
        let uri = run["artifacts"][0]["location"]["uri"].as_str().unwrap();
        assert!(uri.bytes().all(|byte| byte.is_ascii_graphic()), "{uri}");
    }
}
