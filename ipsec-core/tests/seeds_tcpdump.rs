//! Questions of the nineties, asked with tcpdump text on slides: what the text
//! gives as evidence, and what is found in it. Rows are those of the list of
//! cases that the project was made for.
#![cfg(all(feature = "capture", feature = "diag", feature = "rustcrypto"))]
#![allow(
    clippy::allow_attributes,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "tests"
)]

use ipsec_core::capture::Keyring;
use ipsec_core::capture::printed::{self, Reading};
use ipsec_core::crypto::rustcrypto;
use ipsec_core::diag::{Confidence, Diagnosis, Finding, Severity, State, diagnose};
use ipsec_core::evidence::{Fact, PacketOutline};

const NINETIES: &str = include_str!("data/printed/nineties.txt");

fn told(text: &str) -> Reading {
    printed::read(
        0,
        text.as_bytes(),
        Keyring::new(rustcrypto::provider()).into(),
    )
}

fn diagnosed(text: &str) -> Diagnosis {
    diagnose(&told(text).evidence)
}

fn found(text: &str, code: &str) -> Finding {
    let diagnosis = diagnosed(text);
    let codes: Vec<&str> = diagnosis.findings.iter().map(|f| f.code).collect();
    let found = diagnosis.findings.iter().find(|f| f.code == code);
    found
        .unwrap_or_else(|| panic!("no {code} in {codes:?}"))
        .clone()
}

fn codes(text: &str) -> Vec<&'static str> {
    diagnosed(text).findings.iter().map(|f| f.code).collect()
}

fn outlines(text: &str) -> Vec<PacketOutline> {
    let evidence = told(text).evidence.into_iter();
    let outlines = evidence.filter_map(|one| match one.fact {
        Fact::Outline(outline) => Some(*outline),
        _ => None,
    });
    outlines.collect()
}

/// The part of the fixture under the heading that holds `words`.
fn section(words: &str) -> String {
    let parts = NINETIES.split("\n## ");
    let part = parts.into_iter().find(|part| part.contains(words)).unwrap();
    format!("## {part}\n")
}

fn shows(finding: &Finding) -> String {
    let shows: Vec<&str> = finding.evidence.iter().map(|c| c.shows.as_str()).collect();
    shows.join("\n")
}

#[test]
fn seed_row_07_a_directory_that_does_not_answer() {
    let text = "192.0.2.57.500 > 198.51.100.40.500: udp 838 (ttl 128, id 8961)\n\
        198.51.100.40.500 > 192.0.2.57.500: udp 810 (ttl 128, id 7)\n\
        192.0.2.57.1038 > 203.0.113.40.389: S 700123:700123(0) win 8192\n\
        192.0.2.57.1038 > 203.0.113.40.389: S 700123:700123(0) win 8192\n";
    let finding = found(text, "cert-ca-unreachable");
    assert!(shows(&finding).contains("2 connection attempts to 203.0.113.40:389"));
    let answered =
        format!("{text}203.0.113.40.389 > 192.0.2.57.1038: S 9:9(0) ack 700124 win 8760\n");
    assert!(!codes(&answered).contains(&"cert-ca-unreachable"));
}

#[test]
fn seed_row_08_certificates_over_ldap() {
    let finding = found(NINETIES, "cert-ldap-exchange");
    assert_eq!(finding.severity, Severity::Info);
    assert!(
        finding
            .title
            .contains("203.0.113.40, which is not its peer")
    );
    assert!(shows(&finding).contains("700124 = 700123 + 1"));
    assert!(finding.why.contains("third segment"));
}

#[test]
fn seed_row_09_requests_only() {
    let text = section("Phase 1");
    let diagnosis = diagnosed(&text);
    assert_eq!(diagnosis.verdict.state, State::Inconclusive);
    let finding = found(&text, "one-way-in-text");
    assert_eq!(
        (finding.severity, finding.confidence),
        (Severity::Info, Confidence::Possible)
    );
    assert!(shows(&finding).contains("100 - 28 = 72 = 9 * 8"));
    assert!(
        finding
            .why
            .contains("silent, or the text holds one direction only")
    );
}

#[test]
fn seed_row_10_no_quick_mode() {
    let finding = found(NINETIES, "phase-label-wrong");
    assert!(finding.why.contains("838 - 28 = 810, which leaves 2"));
    let shows = shows(&finding);
    assert!(shows.contains("838 bytes too, called phase 1"));
    assert!(shows.contains("1126, where 11265"));
}

#[test]
fn seed_row_11_bytes_swapped() {
    let finding = found(&section("authenticated"), "host-ipid-byteswapped");
    assert_eq!(finding.severity, Severity::Info);
    assert!(shows(&finding).contains("IP identification 65025, with swapped bytes 510"));
    assert!(finding.why.contains("none is missing"));
}

#[test]
fn seed_row_12_esp_one_way() {
    let text = section("Data");
    let lengths: Vec<_> = outlines(&text)
        .iter()
        .map(|o| (o.protocol, o.payload_len))
        .collect();
    assert_eq!(lengths, [(50, Some(132)); 2]);
    let finding = found(&text, "one-way-in-text");
    assert!(shows(&finding).contains("2 packets in all, none back"));
    assert!(!codes(&text).contains(&"esp-blocked"));
}

#[test]
fn seed_row_13_ah_tunnel() {
    let text = section("fetched") + &section("authenticated");
    let finding = found(&text, "ah-contents-readable");
    assert_eq!(finding.confidence, Confidence::Likely);
    assert!(finding.title.contains("AH tunnel"));
    assert!(finding.why.contains("256 bits") && finding.why.contains("10.0.0.10"));
    let shows = shows(&finding);
    assert!(shows.contains("94 - 24 = 70, with TCP 30 bytes") && shows.contains("200 PORT"));
    let alone = found(&section("authenticated"), "ah-contents-readable");
    assert_eq!(alone.confidence, Confidence::Possible);
}

#[test]
fn seed_row_14_esp_without_integrity() {
    let text = section("authenticated") + &section("encrypted");
    let finding = found(&text, "esp-without-integrity");
    assert_eq!(
        (finding.severity, finding.confidence),
        (Severity::Warning, Confidence::Likely)
    );
    assert!(shows(&finding).contains("blocks of 64 bits"));
    let alone = found(&section("encrypted"), "esp-without-integrity");
    assert_eq!(alone.confidence, Confidence::Possible);
    let with_check = section("encrypted").replace(" 72 (DF)", " 76 (DF)");
    assert!(!codes(&with_check).contains(&"esp-without-integrity"));
}

#[test]
fn seed_row_15_dont_fragment() {
    let finding = found(&section("encrypted"), "pmtu-risk");
    assert_eq!(finding.severity, Severity::Warning);
    let one_without = section("encrypted").replace(" 72 (DF)", " 72");
    assert!(!codes(&one_without).contains(&"pmtu-risk"));
}

#[test]
fn seed_row_33_one_direction_is_no_filter() {
    for text in [section("Phase 1"), section("Data")] {
        let diagnosis = diagnosed(&text);
        assert!(
            diagnosis
                .findings
                .iter()
                .all(|f| f.severity < Severity::Error)
        );
        assert_eq!(diagnosis.unknowns.len(), 1);
    }
}

#[test]
fn seed_row_51_what_is_not_ipsec() {
    let text = section("encrypted")
        + "192.0.2.10.1029 > 203.0.113.1.139: P 1:5(4) ack 1 win 8760 (DF)\n\
           192.0.2.10 > 203.0.113.1: icmp: echo request\n";
    let finding = found(&text, "clear-between-ends");
    let shows = shows(&finding);
    assert!(shows.contains("192.0.2.10:1029 > 203.0.113.1:139: 1 packet in the clear"));
    assert!(shows.contains("ICMP"));
    assert!(!codes(&section("encrypted")).contains(&"clear-between-ends"));
}

#[test]
fn seed_row_64_text_or_capture() {
    assert!(printed::sniff(NINETIES.as_bytes()));
    let reading = told(NINETIES);
    assert_eq!((reading.packets, reading.untold), (25, 0));
}

#[test]
fn seed_row_65_marks_of_word_processors() {
    let marked = section("Data")
        .replace("ip-  \n", "ip-\u{a0}\r\n")
        .replace("192.0.2.57 >", "192.0.2.57 \\>");
    assert_eq!(outlines(&marked), outlines(&section("Data")));
}

/// The document that the rows were taken from, where it is at hand.
#[test]
fn the_document_itself() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let root = std::env::var_os("IPSEC_SHARED").map_or(root, Into::into);
    let Ok(folder) = std::fs::read_dir(root.join("seeds")) else {
        return eprintln!("SKIPPED: no documents at {}", root.display());
    };
    let documents = folder.map(|entry| entry.unwrap().path());
    let document = documents.into_iter().find(|path| {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        name.starts_with("001")
    });
    let text = std::fs::read_to_string(document.unwrap()).unwrap();
    assert!(printed::sniff(text.as_bytes()));
    let reading = told(&text);
    assert_eq!(
        (reading.packets, reading.untold),
        (27, 0),
        "{:?}",
        reading.untold_lines
    );
    let found = codes(&text);
    for code in [
        "ah-contents-readable",
        "cert-ldap-exchange",
        "esp-without-integrity",
        "host-ipid-byteswapped",
        "one-way-in-text",
        "phase-label-wrong",
        "pmtu-risk",
    ] {
        assert!(found.contains(&code), "no {code} in {found:?}");
    }
}
