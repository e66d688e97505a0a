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
    dead_code,
    reason = "a test, and it shares its score with an example"
)]

#[path = "support/score.rs"]
mod score;

use ipsec_core::diag::{Finding, Severity};
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
