//! What tcpdump prints of a capture gives the evidence of the capture, less
//! what the text leaves out.
#![cfg(all(feature = "capture", feature = "diag", feature = "rustcrypto"))]
#![allow(
    clippy::allow_attributes,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "tests"
)]

use ipsec_core::capture::printed;
use ipsec_core::capture::{Keyring, read_evidence};
use ipsec_core::crypto::rustcrypto;
use ipsec_core::diag::{State, diagnose};
use ipsec_core::evidence::{Evidence, Fact, Source};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How much `tcpdump` was asked to print.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    /// One line a packet.
    Brief,
    /// `-v`: lengths, message IDs, payloads.
    Payloads,
    /// `-vvv`: cookies.
    Cookies,
    /// `-x`: everything.
    Bytes,
}

const FLAGS: [(Level, &[&str]); 7] = [
    (Level::Brief, &["-n"]),
    (Level::Brief, &["-n", "-e", "-t"]),
    (Level::Payloads, &["-nv", "-tttt"]),
    (Level::Cookies, &["-nvvv", "-tt"]),
    (Level::Bytes, &["-n", "-x", "-tttt"]),
    (Level::Bytes, &["-nv", "-XX", "-tttt"]),
    (Level::Bytes, &["-nvvv", "-xx", "-tt"]),
];

fn told(text: &[u8]) -> printed::Reading {
    printed::read(0, text, Keyring::new(rustcrypto::provider()).into())
}

/// The facts in words that text of this level has, sorted.
fn facts(evidence: &[Evidence], level: Level) -> Vec<String> {
    let mut facts: Vec<String> = evidence
        .iter()
        .filter_map(|one| fact(&one.fact, level))
        .collect();
    facts.sort();
    if level == Level::Payloads {
        // Without cookies copies cannot be told from new attempts.
        facts.dedup();
    }
    facts
}

fn fact(fact: &Fact, level: Level) -> Option<String> {
    let told = |least: Level, what: String| if level >= least { what } else { String::new() };
    Some(match fact {
        Fact::Ike(ike) => {
            let content = &ike.content;
            let notifies: Vec<u16> = content.notifies.iter().map(|n| n.number).collect();
            let proposals: Vec<_> = content.proposals.iter().map(|p| &p.transforms).collect();
            let payloads = format!(
                "id {:x} len {} sealed {:?} notifies {notifies:?} ke {:?} nonce {:?} offers {proposals:?}",
                ike.message_id,
                ike.len,
                ike.sealed.as_ref().map(|sealed| sealed.len),
                content.key_exchange.as_ref().map(|ke| ke.len),
                content.nonce_len,
            );
            let counted = format!("r {} x{}", ike.response, ike.seen.copies);
            format!(
                "{:?} {} i {} {} {} {}",
                ike.route,
                ike.exchange,
                ike.by_initiator,
                told(Level::Cookies, counted),
                told(Level::Payloads, payloads),
                told(Level::Cookies, format!("{:x} {:x}", ike.spi_i, ike.spi_r)),
            )
        }
        Fact::Protected(flow) => {
            let numbers = (flow.first_sequence, flow.last_sequence, flow.missing);
            let sizes = (flow.bytes, flow.largest, flow.block_multiple);
            let (packets, route) = (flow.tally.packets, flow.tally.route);
            let is_ah = flow.is_ah;
            // Of AH the length is printed with -v only.
            let sizes = if is_ah && level == Level::Brief {
                String::new()
            } else {
                format!("{sizes:?}")
            };
            let in_udp = flow.udp_encapsulated;
            let spi = flow.spi;
            format!("{route:?} {is_ah} {spi:x} {in_udp} x{packets} {numbers:?} {sizes}")
        }
        Fact::Clear(flow) => {
            let (route, packets) = (flow.tally.route, flow.tally.packets);
            let bytes = told(Level::Payloads, flow.bytes.to_string());
            let (protocol, echo, syn) = (flow.protocol, flow.echo, flow.syn);
            format!("{route:?} {protocol} {echo:?} {syn} x{packets} {bytes}")
        }
        Fact::Icmp(error) => {
            let about = error.about;
            let from = told(Level::Payloads, format!("{}", about.from));
            let (route, packets) = (error.tally.route, error.tally.packets);
            let kind = error.kind;
            format!(
                "{route:?} {kind:?} {:?} {from}>{} x{packets}",
                error.type_code, about.to
            )
        }
        Fact::Keepalives(tally) => format!("{:?} x{}", tally.route, tally.packets),
        Fact::Capture(summary) => format!("{} packets", summary.packets),
        Fact::IncompleteDatagram(_) | Fact::Outline(_) | Fact::Logged(_) => return None,
        _ => return None,
    })
}

/// All captures at hand.
fn captures() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let shared = std::env::var_os("IPSEC_SHARED").map_or(root.join("../../shared"), PathBuf::from);
    let mut folders = vec![root.join("../examples/captures"), shared.join("captures")];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            eprintln!("SKIPPED: no captures at {}", folder.display());
            continue;
        };
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "pcap") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn tcpdump(flags: &[&str], path: &Path) -> Option<Vec<u8>> {
    let mut command = Command::new("tcpdump");
    let command = command.args(flags).arg("-r").arg(path).env("TZ", "UTC");
    command.output().ok().map(|output| output.stdout)
}

fn has_fragments(evidence: &[Evidence]) -> bool {
    evidence.iter().any(|one| match &one.fact {
        Fact::Ike(ike) => ike.ip_fragments > 0 || ike.fragment.is_some(),
        Fact::Protected(flow) => flow.fragmented > 0,
        Fact::IncompleteDatagram(_) => true,
        _ => false,
    })
}

#[test]
fn text_gives_the_evidence_of_the_capture() {
    let provider = rustcrypto::provider();
    let mut compared = 0;
    let mut complaints: Vec<String> = Vec::new();
    for path in captures() {
        let file = std::fs::File::open(&path).unwrap();
        let capture = read_evidence(0, file, provider).unwrap();
        for (level, flags) in FLAGS {
            let Some(text) = tcpdump(flags, &path) else {
                return eprintln!("SKIPPED: no tcpdump");
            };
            let reading = told(&text);
            let mut complain = |what: String| {
                complaints.push(format!("{} {flags:?}: {what}", path.display()));
            };
            let is_empty = capture.len() == 1;
            if reading.untold > 0 || printed::sniff(&text) == is_empty {
                complain(format!("not understood: {:?}", reading.untold_lines));
            }
            over_claims(&capture, &reading.evidence, &mut complain);
            let pieces =
                has_fragments(&capture) || String::from_utf8_lossy(&text).contains("(#132)");
            if level == Level::Bytes || !pieces && level > Level::Brief {
                let (a, b) = (facts(&capture, level), facts(&reading.evidence, level));
                let differs = a.iter().zip(&b).find(|(a, b)| a != b);
                if let Some((a, b)) = differs {
                    complain(format!("\n  capture {a}\n  text    {b}"));
                } else if a.len() != b.len() {
                    complain(format!("{} facts, text {}", a.len(), b.len()));
                }
            }
            compared += 1;
        }
    }
    eprintln!("{compared} texts compared with their captures");
    let first: Vec<&String> = complaints.iter().take(150).collect();
    assert!(complaints.is_empty(), "{}: {first:#?}", complaints.len());
}

/// The text finds nothing that the capture does not find, and calls nothing
/// established that failed.
fn over_claims(capture: &[Evidence], text: &[Evidence], complain: &mut impl FnMut(String)) {
    let (capture, text) = (diagnose(capture), diagnose(text));
    let known: BTreeSet<&str> = capture.findings.iter().map(|f| f.code).collect();
    for found in &text.findings {
        let own = ["clear-between-ends", "host-ipid-byteswapped"];
        // Words do not show that a datagram lacks its last fragment.
        let lost = known.contains("ip-fragments-dropped") && found.code == "udp-4500-blocked";
        if !known.contains(found.code) && !own.contains(&found.code) && !lost {
            complain(format!("finds {}, not in {known:?}", found.code));
        }
    }
    let states = (text.verdict.state, capture.verdict.state);
    // What a NAT does shows in payloads that are not printed.
    let nat = capture.verdict.cause == Some("nat-without-nat-t");
    if states.0 == State::Established && states.1 == State::Failed && !nat {
        complain(format!("verdicts {states:?}"));
    }
}

#[test]
fn printed_examples_give_the_evidence_of_their_captures() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (capture, text, level) in [
        ("tunnel.pcap", "tunnel-vvv.txt", Level::Cookies),
        ("psk-mismatch.pcap", "psk-mismatch-x.txt", Level::Bytes),
        (
            "udp-4500-blocked.pcap",
            "udp-4500-blocked.txt",
            Level::Brief,
        ),
    ] {
        let file = std::fs::File::open(root.join("../examples/captures").join(capture)).unwrap();
        let capture = read_evidence(0, file, rustcrypto::provider()).unwrap();
        let printed = std::fs::read(root.join("tests/data/printed").join(text)).unwrap();
        let reading = told(&printed);
        let (a, b) = (facts(&capture, level), facts(&reading.evidence, level));
        assert_eq!(a, b, "{text}");
        let (a, b) = (
            diagnose(&capture).verdict,
            diagnose(&reading.evidence).verdict,
        );
        if level == Level::Bytes {
            assert_eq!(a, b, "{text}");
        } else {
            assert!(
                b.cause.is_none() || a.cause == b.cause,
                "{text}: {a:?} {b:?}"
            );
        }
    }
}

#[test]
fn evidence_of_a_text_names_lines() {
    let text = b"12:00:00.000000 IP 192.0.2.10.500 > 198.51.100.20.500: isakmp: phase 1 I ident\n";
    let reading = told(text);
    assert!(
        reading
            .evidence
            .iter()
            .any(|one| one.source == Source::Line { input: 0, line: 1 })
    );
}
