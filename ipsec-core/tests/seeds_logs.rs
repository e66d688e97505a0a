//! Questions of the nineties, asked with logs: what the logs of one end or of
//! both give as evidence, and what is found in it. Rows are those of the list
//! of cases that the project was made for.
#![cfg(all(feature = "log", feature = "diag", feature = "rustcrypto"))]
#![allow(clippy::allow_attributes, clippy::unwrap_used, reason = "tests")]

use ipsec_core::capture::Keyring;
use ipsec_core::crypto::rustcrypto;
use ipsec_core::diag::{Confidence, Diagnosis, Finding, Severity, diagnose};
use ipsec_core::inputs::{Gathered, Inputs};
use std::fs;
use std::path::{Path, PathBuf};

const FIREBOX: &str = include_str!("data/logs/firebox-2001.log");
const SAFENET: &str = include_str!("data/logs/safenet-2001.log");

fn gathered(logs: &[&str]) -> Gathered {
    let mut inputs = Inputs::new(Keyring::new(rustcrypto::provider()));
    for (index, log) in logs.iter().enumerate() {
        inputs.add(format!("{index}.log"), log.as_bytes());
    }
    inputs.read()
}

fn diagnosed(logs: &[&str]) -> Diagnosis {
    diagnose(&gathered(logs).evidence)
}

fn finding<'a>(diagnosis: &'a Diagnosis, code: &str) -> &'a Finding {
    let found = diagnosis.findings.iter().find(|one| one.code == code);
    let codes: Vec<&str> = diagnosis.findings.iter().map(|one| one.code).collect();
    found.unwrap_or_else(|| panic!("no {code} among {codes:?}"))
}

fn has(diagnosis: &Diagnosis, code: &str) -> bool {
    diagnosis.findings.iter().any(|one| one.code == code)
}

/// The lines of a log from one number on, before another.
fn lines(log: &str, from: &str, until: &str) -> String {
    let (_, rest) = log.split_once(from).unwrap();
    let part = rest.split_once(until).map_or(rest, |(part, _)| part);
    format!("{from}{part}")
}

fn text(finding: &Finding) -> String {
    let fixes: Vec<&str> = finding.fixes.iter().map(|fix| fix.text.as_str()).collect();
    format!("{} {} {}", finding.title, finding.why, fixes.join(" "))
}

#[test]
fn seed_row_1_a_refused_proposal_of_phase_1() {
    let diagnosis = diagnosed(&[&lines(FIREBOX, "2140 ", "2190 ")]);
    let refused = finding(&diagnosis, "no-common-ike-proposal");
    assert_eq!(refused.severity, Severity::Error);
    assert_eq!(refused.confidence, Confidence::Proven);
    assert_eq!(diagnosis.verdict.cause, Some("no-common-ike-proposal"));
}

#[test]
fn seed_row_2_the_clock_was_never_set() {
    let log = "*Mar  1 00:34:06.187: %CRYPTO-6-IKMP_MODE_FAILURE: Processing of Quick mode failed with peer at 198.51.100.20\n";
    let unset = diagnosed(&[log]);
    let unset = finding(&unset, "clock-unset");
    assert_eq!(unset.severity, Severity::Warning);
    assert!(text(unset).contains("never set") && text(unset).contains("NTP"));
    let set = diagnosed(&[log.strip_prefix('*').unwrap()]);
    assert!(!has(&set, "clock-unset"));
}

#[test]
fn seed_row_4_never_only_that_authentication_failed() {
    let diagnosis = diagnosed(&[&lines(FIREBOX, "2100 ", "2140 ")]);
    let failed = finding(&diagnosis, "psk-mismatch");
    assert_eq!(failed.severity, Severity::Error);
    assert!(failed.confidence < Confidence::Proven);
    assert!(
        has(&diagnosis, "peer-id-mismatch"),
        "other causes are ranked"
    );
    assert!(!has(&diagnosis, "secret-changed"), "it never came up");
}

#[test]
fn seed_row_5_the_password_was_changed() {
    let up = "2050 06/13/01 15:02:50 iked[91] Phase 1 completed as responder\n";
    let log = lines(FIREBOX, "2100 ", "2140 ");
    let diagnosis = diagnosed(&[&format!("{up}{log}")]);
    let changed = finding(&diagnosis, "secret-changed");
    assert_eq!(changed.severity, Severity::Error);
    assert_eq!(changed.confidence, Confidence::Likely);
    assert_eq!(diagnosis.verdict.cause, Some("secret-changed"));
    let said = text(changed);
    for words in ["came up before", "30 minutes earlier", "again"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert!(changed.root_of.contains(&"psk-mismatch"));
}

#[test]
fn seed_row_56_ping_cannot_test_the_path() {
    let drop = |interface: &str| {
        format!(
            "2150 06/13/01 15:40:16 iked[91] Proposal is unacceptable. mess_id=0\n2160 06/13/01 15:40:17 firewalld[74] deny in {interface} 60 icmp 20 32 198.51.100.7 192.0.2.1 8 0 (default)\n"
        )
    };
    let diagnosis = diagnosed(&[&drop("eth0")]);
    let blocked = finding(&diagnosis, "icmp-blocked");
    assert_eq!(blocked.severity, Severity::Info);
    assert!(text(blocked).contains("access router") && text(blocked).contains("from behind"));
    assert!(!has(&diagnosed(&[&drop("ipsec0")]), "icmp-blocked"));
}

#[test]
fn seed_row_6_what_follows_hangs_under_its_cause() {
    let log = lines(FIREBOX, "2140 ", "2190 ");
    let diagnosis = diagnosed(&[&log]);
    let cause = finding(&diagnosis, "no-common-ike-proposal");
    assert!(cause.root_of.contains(&"exchange-failed"));
    let follows = finding(&diagnosis, "exchange-failed");
    assert_eq!(follows.evidence.len(), 2, "{:?}", follows.evidence);
    assert_eq!(diagnosis.findings.last().unwrap().code, "exchange-failed");
}

#[test]
fn seed_row_54_everything_is_green_and_still_broken() {
    let log = lines(FIREBOX, "2190 ", "\u{0}");
    let diagnosis = diagnosed(&[&log]);
    let mismatch = finding(&diagnosis, "virtual-ip-mismatch");
    assert_eq!(mismatch.severity, Severity::Error);
    assert_eq!(mismatch.confidence, Confidence::Likely);
    assert_eq!(diagnosis.verdict.cause, Some("virtual-ip-mismatch"));
    let said = text(mismatch);
    for words in ["anna", "Both phases are complete", "IKE never carries"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert_eq!(mismatch.fixes.len(), 2, "the client or the gateway");

    let bound = log.replace("anna bound to", "anna bound to 192.0.2.186");
    let told = bound.replace("20 32 8 0", "20 32 192.0.2.188 192.0.2.3 8 0");
    let proven = diagnosed(&[&told]);
    let proven = finding(&proven, "virtual-ip-mismatch");
    assert_eq!(proven.confidence, Confidence::Proven);
    assert!(proven.title.contains("from 192.0.2.188"));
    assert!(proven.title.contains("bound to 192.0.2.186"));

    // Dropped by another rule, not for its address.
    let fits = told.replace("192.0.2.188", "192.0.2.186");
    assert!(!has(&diagnosed(&[&fits]), "virtual-ip-mismatch"));
    // Without phase 2, or without an address that was bound.
    let quick = log.replace("Load ", "Loading ").replace("Committing", "X");
    let quick = quick.replace("ipsec: make", "ipsec: x");
    assert!(!has(&diagnosed(&[&quick]), "virtual-ip-mismatch"));
    let unbound = log.replace("anna bound to", "anna unbound");
    assert!(!has(&diagnosed(&[&unbound]), "virtual-ip-mismatch"));
}

#[test]
fn seed_row_55_a_normal_reconnection_is_no_alarm() {
    let diagnosis = diagnosed(&[&lines(FIREBOX, "2190 ", "2300 ")]);
    let replaced = finding(&diagnosis, "stale-sa-replaced");
    assert_eq!(replaced.severity, Severity::Info);
    assert!(replaced.title.contains("anna") && replaced.title.contains("normal"));
    let loud = |one: &&Finding| one.severity > Severity::Info;
    assert_eq!(
        diagnosis.findings.iter().find(loud).map(|one| one.code),
        None
    );
}

#[test]
fn seed_row_59_lines_are_missing() {
    let diagnosis = diagnosed(&[&lines(FIREBOX, "2190 ", "2300 ")]);
    let missing = finding(&diagnosis, "log-lines-missing");
    assert_eq!(missing.severity, Severity::Info);
    assert!(
        missing.title.starts_with("3 lines are missing"),
        "{}",
        missing.title
    );
    assert!(missing.title.contains("2 places"));
    let whole = diagnosed(&[&lines(FIREBOX, "2140 ", "2190 ")]);
    assert!(!has(&whole, "log-lines-missing"));
}

#[test]
fn seed_row_60_phase_1_is_the_weak_link() {
    let diagnosis = diagnosed(&[SAFENET]);
    let weak = finding(&diagnosis, "suite-weak");
    assert_eq!(weak.severity, Severity::Warning);
    let said = text(weak);
    for words in ["DES_CBC", "MD5", "MODP_768", "ESP_3DES", "weak link"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    let exposed = finding(&diagnosis, "psk-exposed-by-aggressive");
    assert!(text(exposed).contains("offline"));

    let strong = SAFENET
        .replace("DES_CBC", "AES_CBC")
        .replace("MD5_HASH", "SHA_HASH");
    let strong = strong
        .replace("MODP_768", "MODP_2048")
        .replace("ESP_3DES", "ESP_AES");
    assert!(!has(&diagnosed(&[&strong]), "suite-weak"));
    let signed = SAFENET.replace("PRESHARED_KEY", "RSA_SIGNATURES");
    assert!(!has(&diagnosed(&[&signed]), "psk-exposed-by-aggressive"));
}

#[test]
fn seed_row_58_both_ends_on_one_clock() {
    let gateway = lines(FIREBOX, "2190 ", "\u{0}");
    let read = gathered(&[&gateway, SAFENET]);
    let diagnosis = diagnose(&read.evidence);
    let ahead: Vec<Option<i64>> = diagnosis
        .clocks
        .iter()
        .map(|one| one.ahead_micros)
        .collect();
    assert_eq!(ahead.first(), Some(&Some(0)));
    let client = ahead.get(1).copied().flatten().unwrap();
    assert!(client.abs_diff(140_200_000) <= 100_000, "{client}");
    let skew = finding(&diagnosis, "clock-skew");
    assert_eq!(skew.severity, Severity::Info);
    assert!(skew.title.contains("140.2 s ahead"), "{}", skew.title);
    assert!(has(&diagnosis, "virtual-ip-mismatch") && has(&diagnosis, "suite-weak"));

    // A clock that goes by less than a minute is not worth a word.
    let near = SAFENET.replace("16:02", "16:00").replace("16:04", "16:02");
    assert!(!has(&diagnosed(&[&gateway, &near]), "clock-skew"));
}

#[test]
fn seed_row_58_both_ends_in_one_document() {
    let gateway = lines(FIREBOX, "2190 ", "\u{0}");
    let document = format!("What both ends say:\n\n{gateway}\nAnd the client:\n\n{SAFENET}");
    let read = gathered(&[&document]);
    let names: Vec<&str> = read.files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["0.log", "0.log (SafeNet)"]);
    let (one, two) = (diagnose(&read.evidence), diagnosed(&[&gateway, SAFENET]));
    let codes = |diagnosis: &Diagnosis| -> Vec<&str> {
        diagnosis.findings.iter().map(|one| one.code).collect()
    };
    assert_eq!((codes(&one), one.clocks), (codes(&two), two.clocks));
}

/// One story out of two logs, whose clocks do not agree.
#[cfg(feature = "report")]
#[test]
fn seed_row_58_one_timeline() {
    use ipsec_core::report::timeline::Timeline;
    use ipsec_core::report::{InputKind, InputName};
    let gateway = lines(FIREBOX, "2190 ", "\u{0}");
    let read = gathered(&[&gateway, SAFENET]);
    let clocks = diagnose(&read.evidence).clocks;
    let names: Vec<InputName> = ["firebox.log", "client.log"]
        .map(|name| InputName {
            name: name.into(),
            kind: InputKind::Log,
            unread: None,
            lines: None,
        })
        .into();
    let timeline = Timeline::new(&names, &read.evidence, &clocks);
    let story: Vec<String> = timeline
        .events
        .iter()
        .map(|event| format!("{} {}", event.input.unwrap(), event.what))
        .collect();
    // A Firebox writes whole seconds, so that of two events of the same one
    // its own stands first.
    let golden = [
        "1 offer for the IKE SA: DES_CBC MD5 MODP_768 PRESHARED_KEY",
        "1 aggressive mode",
        "1 sent Aggressive Mode message 00000000",
        "1 received Aggressive Mode message 00000000",
        "1 sent Aggressive Mode message 00000000",
        "1 IKE SA established",
        "0 IKE SA established",
        "0 SA replaced, the peer connected again",
        "0 1 line is missing here",
        "0 anna logged out",
        "0 2 lines are missing here",
        "0 anna logged in",
        "0 anna is bound to an address",
        "1 offer for IPsec SAs: ESP_3DES HMAC_SHA",
        "1 sent Quick Mode message",
        "1 received Quick Mode message",
        "0 offer for IPsec SAs: ESP_3DES HMAC_SHA1",
        "0 IPsec SAs established, in 00c0ffee, out 0badcafe",
        "1 sent Quick Mode message",
        "1 IPsec SAs established",
        "0 packet filter on ipsec0 dropped icmp",
        "0 packet filter on ipsec0 dropped icmp",
    ];
    assert_eq!(story, golden);
}

fn seeds() -> PathBuf {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let root = std::env::var_os("IPSEC_SHARED").map_or_else(beside, PathBuf::from);
    root.join("seeds")
}

/// The document that shows both ends of one connection.
#[test]
fn the_document_with_both_ends() {
    let files = fs::read_dir(seeds()).into_iter().flatten().flatten();
    let mut files = files.filter(|file| file.file_name().to_string_lossy().starts_with("002"));
    let Some(text) = files
        .next()
        .and_then(|file| fs::read_to_string(file.path()).ok())
    else {
        eprintln!("SKIPPED: no 002* in ../shared/seeds (IPSEC_SHARED names another place)");
        return;
    };
    let diagnosis = diagnosed(&[&text]);
    for code in [
        "no-common-ike-proposal",
        "virtual-ip-mismatch",
        "stale-sa-replaced",
        "log-lines-missing",
        "suite-weak",
        "psk-exposed-by-aggressive",
        "clock-skew",
    ] {
        finding(&diagnosis, code);
    }
    let ahead = diagnosis.clocks.get(1).and_then(|one| one.ahead_micros);
    assert!(ahead.unwrap().abs_diff(140_200_000) <= 100_000);
}
