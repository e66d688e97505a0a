//! A question of the nineties that takes two captures: what arrives through the
//! tunnel, and what leaves the gateway. Rows are those of the list of cases that
//! the project was made for.
#![cfg(all(feature = "cli", feature = "diag", feature = "rustcrypto"))]
#![allow(clippy::allow_attributes, clippy::unwrap_used, reason = "tests")]

use ipsec_core::capture::Keyring;
use ipsec_core::crypto::rustcrypto;
use ipsec_core::diag::{Confidence, Diagnosis, Severity, diagnose};
use ipsec_core::inputs::Inputs;
use std::fs::File;
use std::path::Path;

fn diagnosed(folder: &str, files: &[&str]) -> Diagnosis {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/gateway")
        .join(folder);
    let mut inputs = Inputs::new(Keyring::new(rustcrypto::provider()));
    for file in files {
        inputs.add(*file, File::open(folder.join(file)).unwrap());
    }
    diagnose(&inputs.read().evidence)
}

/// How sure the gateway is blamed first.
fn blamed(folder: &str, files: &[&str]) -> Option<Confidence> {
    let diagnosis = diagnosed(folder, files);
    let first = diagnosis.findings.first()?;
    (first.code == "gateway-not-routing").then_some(first.confidence)
}

const BOTH: [&str; 3] = ["outside.pcap", "inside.pcap", "keys.json"];
const WITHOUT_KEYS: [&str; 2] = ["outside.pcap", "inside.pcap"];

#[test]
fn seed_row_25_the_gateway_does_not_forward() {
    // Nothing goes the other way, so nothing shows where the packets end.
    assert_eq!(blamed("forwarding-off", &BOTH), Some(Confidence::Possible));
    assert_eq!(blamed("inbound-dropped", &BOTH), Some(Confidence::Likely));
    let diagnosis = diagnosed("inbound-dropped", &BOTH);
    let finding = diagnosis.findings.first().unwrap();
    assert_eq!(
        finding.title,
        "Packets from 10.1.0.1 to 10.2.0.9 come out of the tunnel and do not leave 198.51.100.20"
    );
    assert!(finding.fixes.iter().all(|fix| fix.side == "198.51.100.20"));
}

#[test]
fn seed_row_25_without_keys() {
    let text = ["outside.txt", "inside.txt"];
    for files in [WITHOUT_KEYS, text] {
        let sureness = blamed("inbound-dropped", &files);
        assert_eq!(sureness, Some(Confidence::Possible), "{files:?}");
    }
    // Only one direction is seen; which side of the gateway fails is open.
    assert_eq!(blamed("forwarding-off", &WITHOUT_KEYS), None);
}

#[test]
fn near_miss_row_25_the_gateway_forwards() {
    for files in [&BOTH[..], &WITHOUT_KEYS[..]] {
        let findings = diagnosed("forwarding-on", files).findings;
        assert!(findings.iter().all(|one| one.severity < Severity::Error));
    }
}

/// A capture behind an end is none of the far side of the path: that it shows
/// no ESP proves nothing of the path.
#[test]
fn a_capture_behind_the_gateway_proves_no_loss() {
    for folder in ["forwarding-off", "inbound-dropped"] {
        let findings = diagnosed(folder, &WITHOUT_KEYS).findings;
        let proven = |code| {
            let mut of_code = findings.iter().filter(|one| one.code == code);
            of_code.any(|one| one.confidence == Confidence::Proven)
        };
        assert!(!proven("esp-blocked") && !proven("esp-return-blocked"));
    }
}
