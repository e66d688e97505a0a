//! tshark opens the shared captures with the tables that we write.
//!
//! Our tables are written from the tables beside each capture, by way of our
//! JSON, so that every step of the conversion is in between; tshark must open
//! with them what it opens with the originals, and more where it refuses those.
//! One capture of twelve, or each of them with `IPSEC_ALL=1`. Needs `tshark`
//! and the shared captures; says so loudly when it skips.
#![cfg(feature = "serde")]
#![expect(clippy::unwrap_used, reason = "a test may stop where it is surprised")]

use ipsec_core::keylog;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const TABLES: [&str; 3] = ["ikev1_decryption_table", "ikev2_decryption_table", "esp_sa"];

fn captures() -> Vec<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let root = std::env::var_os("IPSEC_SHARED").map_or_else(beside, PathBuf::from);
    let sets = fs::read_dir(root.join("captures")).into_iter().flatten();
    let mut found: Vec<_> = sets
        .flatten()
        .flat_map(|set| fs::read_dir(set.path()).into_iter().flatten().flatten())
        .map(|capture| capture.path())
        .filter(|path| path.join("wire.pcap").exists())
        .filter(|path| TABLES.iter().any(|table| path.join(table).exists()))
        .collect();
    found.sort();
    found
}

/// How many IKE messages and ESP packets tshark opens with tables in `profile`.
fn opened(profile: &Path, capture: &Path) -> [usize; 2] {
    let output = Command::new("tshark")
        .env("WIRESHARK_CONFIG_DIR", profile)
        .args(["-o", "esp.enable_encryption_decode:TRUE"])
        .args(["-o", "esp.enable_authentication_check:TRUE"])
        .args([
            "-T",
            "fields",
            "-e",
            "isakmp.enc.decrypted",
            "-e",
            "esp.protocol",
        ])
        .args(["-E", "occurrence=f", "-r"])
        .arg(capture)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let rows = || {
        text.lines()
            .map(|line| line.split_once('\t').unwrap_or((line, "")))
    };
    [
        rows().filter(|(ike, _)| !ike.is_empty()).count(),
        rows().filter(|(_, esp)| !esp.is_empty()).count(),
    ]
}

#[test]
fn tshark_opens_with_our_tables_what_it_opens_with_the_originals() {
    agree(false);
}

#[test]
fn and_with_tables_of_the_lists_beside_the_captures() {
    agree(true);
}

fn agree(from_lists: bool) {
    let captures = captures();
    if captures.is_empty() {
        eprintln!("SKIPPED: no captures in ../shared (IPSEC_SHARED names another place)");
        return;
    }
    if Command::new("tshark").arg("--version").output().is_err() {
        eprintln!("SKIPPED: no tshark");
        return;
    }
    let step = if std::env::var_os("IPSEC_ALL").is_some() {
        1
    } else {
        12
    };
    let room = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("keys_for_tshark-{from_lists}"));
    let (theirs, ours) = (room.join("theirs"), room.join("ours"));
    let mut sums = [[0_usize; 2]; 2];
    let mut left_out = 0;
    for capture in captures.iter().step_by(step) {
        let _ = fs::remove_dir_all(&room);
        fs::create_dir_all(&theirs).unwrap();
        fs::create_dir_all(&ours).unwrap();
        let mut file = Vec::new();
        for table in TABLES {
            let bytes = fs::read(capture.join(table)).unwrap_or_default();
            fs::write(theirs.join(table), &bytes).unwrap();
            file.extend_from_slice(&bytes);
            file.push(b'\n');
        }
        let mut log = keylog::read(keylog::dangerous_json(&keylog::read(&file)).as_bytes());
        if from_lists {
            log = keylog::read(&fs::read(capture.join("keys.json")).unwrap_or_default());
        }
        let tables = keylog::dangerous_wireshark(&log);
        let written = [&tables.ikev1, &tables.ikev2, &tables.esp_sa];
        for (table, text) in TABLES.iter().zip(written) {
            fs::write(ours.join(table), text.as_bytes()).unwrap();
        }
        left_out += tables.left_out.len();
        let wire = capture.join("wire.pcap");
        let (before, after) = (opened(&theirs, &wire), opened(&ours, &wire));
        for ((sum, before), after) in sums.iter_mut().zip(before).zip(after) {
            // The lists do not name OpenIKED's cipher.
            let nameless = from_lists && capture.to_string_lossy().contains("oi-oi");
            assert!(
                after >= before || nameless,
                "{}: {before} and {after}",
                capture.display()
            );
            *sum = [sum[0] + before, sum[1] + after];
        }
    }
    let _ = fs::remove_dir_all(&room);
    let [[ike, our_ike], [esp, our_esp]] = sums;
    eprintln!(
        "IKE {our_ike} (originals {ike}), ESP {our_esp} (originals {esp}), {left_out} entries left out"
    );
    assert!(our_ike > 0 && our_esp > 0);
}
