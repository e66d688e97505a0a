//! Every error says who has to do what, whatever it was found in.
#![cfg(all(
    feature = "capture",
    feature = "log",
    feature = "config",
    feature = "diag",
    feature = "rustcrypto"
))]
#![allow(
    clippy::allow_attributes,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    dead_code,
    reason = "a test, and it shares its score with an example"
)]

#[path = "support/score.rs"]
mod score;

use ipsec_core::capture::Keyring;
use ipsec_core::crypto::rustcrypto;
use ipsec_core::diag::{Finding, Severity, diagnose};
use ipsec_core::inputs::Inputs;
use score::Given;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// What a finding lacks.
fn lacks(finding: &Finding) -> Option<&'static str> {
    let undressed = finding.title.starts_with("Between ") && finding.title.contains(": ");
    let mut fixes = finding.fixes.iter();
    if finding.title.is_empty() || undressed {
        Some("a title")
    } else if finding.fixes.is_empty() {
        Some("a fix")
    } else if fixes.any(|fix| fix.side.is_empty() || fix.text.is_empty()) {
        Some("a side or an edit")
    } else {
        None
    }
}

#[test]
fn every_error_names_a_side_and_an_edit() {
    let beside = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared"));
    let shared = std::env::var_os("IPSEC_SHARED").map_or(beside, PathBuf::from);
    let captures = shared.join("captures");
    if !captures.is_dir() {
        eprintln!("SKIPPED: no labelled captures at {}", captures.display());
        return;
    }
    let mut found = BTreeSet::new();
    for given in [
        Given::Wire,
        Given::Keys,
        Given::Logs,
        Given::Configs,
        Given::All,
    ] {
        for one in score::diagnose_all(&captures, given) {
            let errors = one.diagnosis.findings.iter();
            let errors = errors.filter(|finding| finding.severity == Severity::Error);
            found.extend(
                errors.filter_map(|error| Some((error.code, lacks(error)?, format!("{given:?}")))),
            );
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

const INITIATOR: &str = "192.0.2.10 (initiator)";
const RESPONDER: &str = "198.51.100.20 (responder)";

/// What the log of the end that opened the IKE SA makes of `line`, or that of
/// the other end; the finding of `code` in it.
fn logged(by_initiator: bool, line: &str, code: &str) -> Finding {
    let (a, b) = ("192.0.2.10[500]", "198.51.100.20[500]");
    let log = match by_initiator {
        true => format!(
            "10:45:06 03[NET] <tun|1> sending packet: from {a} to {b} (464 bytes)\n\
             10:45:07 01[NET] <tun|1> received packet: from {b} to {a} (472 bytes)\n\
             10:45:07 01[IKE] <tun|1> {line}\n"
        ),
        false => format!(
            "10:45:06 03[NET] <1> received packet: from {a} to {b} (464 bytes)\n\
             10:45:06 03[NET] <1> sending packet: from {b} to {a} (472 bytes)\n\
             10:45:07 01[IKE] <tun|1> {line}\n"
        ),
    };
    let mut inputs = Inputs::new(Keyring::new(rustcrypto::provider()));
    inputs.add("charon.log", log.as_bytes());
    let findings = diagnose(&inputs.read().evidence).findings;
    let found = findings.iter().find(|one| one.code == code);
    found
        .unwrap_or_else(|| panic!("no {code} in {findings:#?}"))
        .clone()
}

/// The side that each fix names.
fn sides(finding: &Finding) -> Vec<&str> {
    finding.fixes.iter().map(|fix| fix.side.as_str()).collect()
}

#[test]
fn the_end_whose_log_misses_the_key_has_to_add_it() {
    let line = "no shared key found for 'a.example' - 'b.example'";
    let by_initiator = logged(true, line, "psk-missing");
    let title = "192.0.2.10 has no pre-shared key for 198.51.100.20";
    assert_eq!(by_initiator.title, title);
    assert_eq!(sides(&by_initiator), [INITIATOR]);
    assert!(by_initiator.fixes[0].text.contains("key for 198.51.100.20"));
    let by_responder = logged(false, line, "psk-missing");
    assert_eq!(sides(&by_responder), [RESPONDER]);
}

#[test]
fn the_end_whose_log_misses_its_certificate_has_to_send_it() {
    let line = "no private key found for 'b.example'";
    let finding = logged(false, line, "cert-not-sent");
    assert!(
        finding
            .title
            .ends_with("198.51.100.20 sends no certificate, which 192.0.2.10 needs")
    );
    assert_eq!(sides(&finding), [RESPONDER]);
    assert_eq!(sides(&logged(true, line, "cert-not-sent")), [INITIATOR]);
}

#[test]
fn certificates_are_renewed_by_the_other_end_of_the_one_that_refuses() {
    let line =
        "subject certificate invalid (valid from Jan 01 00:00:00 2020 to Jan 02 00:00:00 2020)";
    for (by_initiator, holder) in [(true, RESPONDER), (false, INITIATOR)] {
        let finding = logged(by_initiator, line, "cert-expired");
        assert_eq!(sides(&finding), [holder]);
    }
    let line = "no issuer certificate found for \"C=CH, O=Example, CN=b.example\"";
    for (by_initiator, checker) in [(true, INITIATOR), (false, RESPONDER)] {
        let finding = logged(by_initiator, line, "cert-unknown-ca");
        assert_eq!(sides(&finding), [checker]);
    }
}
