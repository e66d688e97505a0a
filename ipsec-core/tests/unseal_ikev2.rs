//! IKEv2 messages opened with keys, and what they prove.
//!
//! The shared captures, where they are: every encrypted message for which
//! `keys.json` has keys opens and verifies, and with Wireshark's tables at
//! least what tshark opens (one capture of twelve, or each with `IPSEC_ALL=1`).
#![cfg(all(feature = "capture", feature = "rustcrypto", feature = "serde"))]
#![expect(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test may stop where it is surprised"
)]

mod support;

use ipsec_core::capture::{CaptureReader, Content, Decoder, Keyring};
use ipsec_core::crypto::rustcrypto;
use ipsec_core::evidence::Unsealing;
use ipsec_core::keylog;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use support::shared;

#[derive(Clone, Debug, Default)]
struct Count {
    opened: usize,
    failed: usize,
    no_key: usize,
}

impl Count {
    fn add(&mut self, other: &Self) {
        self.opened += other.opened;
        self.failed += other.failed;
        self.no_key += other.no_key;
    }
}

/// What `keys` open of the IKEv2 messages in the file `capture`.
fn open(capture: &Path, keys: &[u8]) -> Count {
    let mut keyring = Keyring::new(rustcrypto::provider());
    keyring.add(keylog::read(keys));
    let mut decoder = Decoder::with_keys(keyring.into());
    let mut reader = CaptureReader::new(fs::File::open(capture).unwrap()).unwrap();
    let mut count = Count::default();
    while let Some(frame) = reader.next_frame().unwrap() {
        let found = decoder.dissect(&frame);
        let (Content::Ike(_), Some(unsealed)) = (&found.content, &found.unsealed) else {
            continue;
        };
        match unsealed.state {
            Unsealing::NoKey => count.no_key += 1,
            Unsealing::Verified => count.opened += 1,
            _ => {
                eprintln!("{} {}: {unsealed:?}", capture.display(), found.number);
                count.failed += 1;
            }
        }
    }
    count
}

/// The captures of the shared material, with a file of this name beside them.
fn captures_with(name: &str) -> Vec<PathBuf> {
    let Some(root) = shared("captures") else {
        return Vec::new();
    };
    let sets = fs::read_dir(root).unwrap().flatten();
    let mut found: Vec<_> = sets
        .flat_map(|set| fs::read_dir(set.path()).into_iter().flatten().flatten())
        .map(|capture| capture.path())
        .filter(|path| path.join("wire.pcap").exists() && path.join(name).exists())
        .collect();
    found.sort();
    found
}

#[test]
fn every_message_with_keys_opens() {
    let mut sum = Count::default();
    let captures = captures_with("keys.json");
    for folder in &captures {
        let keys = fs::read(folder.join("keys.json")).unwrap();
        let count = open(&folder.join("wire.pcap"), &keys);
        if count.no_key > 0 {
            eprintln!("{}: {count:?}", folder.display());
        }
        sum.add(&count);
    }
    eprintln!("{} captures: {sum:?}", captures.len());
    assert_eq!(sum.failed, 0);
}

/// IKEv2 messages that tshark opens with the table in `profile`; what an ICMP
/// error quotes is none.
fn tshark(profile: &Path, capture: &Path) -> Option<usize> {
    let output = Command::new("tshark")
        .env("WIRESHARK_CONFIG_DIR", profile)
        .args([
            "-Y",
            "isakmp.version == 0x20 && isakmp.enc.decrypted && !icmp",
        ])
        .arg("-r")
        .arg(capture)
        .output()
        .ok()?;
    Some(String::from_utf8_lossy(&output.stdout).lines().count())
}

#[test]
fn not_less_than_tshark_opens() {
    const TABLE: &str = "ikev2_decryption_table";
    let (mut ours, mut theirs) = (Count::default(), 0);
    let mut captures = captures_with(TABLE);
    if std::env::var_os("IPSEC_ALL").is_none() {
        captures = captures.into_iter().step_by(12).collect();
    }
    for folder in &captures {
        let wire = folder.join("wire.pcap");
        let count = open(&wire, &fs::read(folder.join(TABLE)).unwrap());
        let Some(opened) = tshark(folder, &wire) else {
            eprintln!("SKIPPED: no tshark");
            return;
        };
        if count.opened != opened {
            eprintln!("{}: {count:?}, tshark {opened}", folder.display());
        }
        theirs += opened;
        ours.add(&count);
    }
    eprintln!("{} captures: {ours:?}, tshark {theirs}", captures.len());
    assert!(ours.opened >= theirs);
}
