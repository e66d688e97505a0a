//! The diagnosis of the labelled captures, held against what was planted.
#![cfg(all(
    feature = "capture",
    feature = "log",
    feature = "config",
    feature = "diag",
    feature = "rustcrypto"
))]
#![allow(
    clippy::allow_attributes,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    dead_code,
    reason = "a test, and it shares its score with an example"
)]

#[path = "support/score.rs"]
mod score;

use ipsec_core::capture::read_evidence_with;
use ipsec_core::diag::{Diagnosis, Severity, diagnose};
use score::Given;
use std::path::PathBuf;

fn shared_captures() -> Option<PathBuf> {
    let beside = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared"));
    let shared = std::env::var_os("IPSEC_SHARED").map_or(beside, PathBuf::from);
    let captures = shared.join("captures");
    if !captures.is_dir() {
        println!("SKIPPED: no labelled captures at {}", captures.display());
        return None;
    }
    Some(captures)
}

fn meets_targets(given: Given) {
    let Some(captures) = shared_captures() else {
        return;
    };
    let all = score::diagnose_all(&captures, given);
    let (faulty, healthy) = score::totals(&all);
    let found = format!(
        "{} of {} first, {} among three, {} errors in {} healthy ones",
        faulty.first, faulty.all, faulty.three, healthy.errors, healthy.all
    );
    assert!(score::meets_targets(&all, given), "{given:?}: {found}");
}

#[test]
fn the_planted_fault_is_found_and_healthy_tunnels_are_left_alone() {
    meets_targets(Given::Wire);
}

#[test]
fn with_keys_it_is_found_more_often() {
    meets_targets(Given::Keys);
}

#[test]
fn the_logs_of_both_ends_tell_it_without_a_capture() {
    meets_targets(Given::Logs);
}

#[test]
fn with_everything_it_is_nearly_always_found() {
    meets_targets(Given::All);
}

#[test]
fn configurations_alone_tell_their_own_faults() {
    meets_targets(Given::Configs);
}

/// What is true beside the planted fault: the peer refuses a proposal that was
/// made unacceptable.
fn is_true_too(name: &str, code: &str) -> bool {
    name.ends_with("impair-v2-bogus-transform") && code == "no-common-ike-proposal"
}

/// With any one input taken away confidence may fall, never the truth.
#[test]
fn nothing_wrong_is_called_proven_whatever_is_missing() {
    let Some(root) = shared_captures() else {
        return;
    };
    let mut wrong = Vec::new();
    for one in score::diagnose_all(&root, Given::Wire) {
        let folder = root.join(&one.name);
        let files = score::files(&folder, Given::All);
        for left_out in 0..=files.len() {
            let mut left = files.clone();
            let missing = (left_out < left.len()).then(|| left.remove(left_out));
            // Without any file left out, the keys are.
            let given = match missing {
                Some(_) => Given::All,
                None => Given::Wire,
            };
            let diagnosis = score::diagnose_files(&left, score::keyring(&folder, given));
            let without = missing.as_ref().and_then(|path| path.file_name());
            let codes = score::wrongly_proven(&one.fault, &diagnosis);
            let codes = codes.iter().filter(|code| !is_true_too(&one.name, code));
            wrong.extend(codes.map(|code| format!("{} without {without:?}: {code}", one.name)));
        }
    }
    assert_eq!(wrong, Vec::<String>::new(), "{} wrong", wrong.len());
}

#[test]
fn the_order_of_the_captures_does_not_matter() {
    let Some(root) = shared_captures() else {
        return;
    };
    for one in score::diagnose_all(&root, Given::All) {
        let folder = root.join(&one.name);
        let mut files = score::files(&folder, Given::All);
        files.reverse();
        let keyring = score::keyring(&folder, Given::All);
        let turned = score::diagnose_files(&files, keyring);
        let said = |diagnosis: &Diagnosis| {
            let findings = diagnosis.findings.iter();
            let said: Vec<_> = findings
                .map(|finding| (finding.code, finding.title.clone(), finding.confidence))
                .collect();
            (diagnosis.verdict.clone(), said)
        };
        assert_eq!(said(&one.diagnosis), said(&turned), "{}", one.name);
    }
}

/// A little-endian pcap file as a snap length of `snap` bytes leaves it.
fn cut(file: &[u8], snap: usize) -> Vec<u8> {
    let (head, mut records) = file.split_at(24);
    assert_eq!(head[..4], [0xd4, 0xc3, 0xb2, 0xa1]);
    let mut cut = head.to_vec();
    while let Some((record, rest)) = records.split_at_checked(16) {
        let captured = u32::from_le_bytes(record[8..12].try_into().unwrap()) as usize;
        let (data, rest) = rest.split_at(captured);
        let left = captured.min(snap);
        cut.extend_from_slice(&record[..8]);
        cut.extend_from_slice(&u32::try_from(left).unwrap().to_le_bytes());
        cut.extend_from_slice(&record[12..]);
        cut.extend_from_slice(&data[..left]);
        records = rest;
    }
    cut
}

#[test]
fn healthy_tunnels_are_left_alone_when_the_snap_length_cuts_packets() {
    let Some(root) = shared_captures() else {
        return;
    };
    let all = score::diagnose_all(&root, Given::Wire);
    for one in all.iter().filter(|one| one.is_healthy()) {
        let folder = root.join(&one.name);
        let file = std::fs::read(folder.join("wire.pcap")).unwrap();
        for (snap, given) in [
            (96, Given::Keys),
            (110, Given::Wire),
            (200, Given::Keys),
            (600, Given::Keys),
        ] {
            let keyring = score::keyring(&folder, given);
            let cut = cut(&file, snap);
            let evidence = read_evidence_with(0, cut.as_slice(), keyring.into()).unwrap();
            let found = diagnose(&evidence).findings;
            let mut errors = found.iter().filter(|f| f.severity == Severity::Error);
            let error = errors.next().map(|error| &error.title);
            assert_eq!(error, None, "{} cut at {snap}", one.name);
        }
    }
}
