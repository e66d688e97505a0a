//! IKEv2 messages opened with keys, and what they prove.
//!
//! The shared captures, where they are: every encrypted message for which
//! `keys.json` has keys opens and verifies, and with Wireshark's tables at
//! least what tshark opens (one capture of twelve, or each with `IPSEC_ALL=1`).
#![cfg(all(feature = "capture", feature = "rustcrypto", feature = "serde"))]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "a test may stop where it is surprised"
)]

mod support;

use ipsec_core::capture::{CaptureReader, Content, Decoder, Inside, Keyring};
use ipsec_core::crypto::rustcrypto;
use ipsec_core::evidence::{Proof, Unsealing, Verdict};
use ipsec_core::keylog::{self, Keys, Psk, PskLines};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use support::shared;

/// What keys made of the IKEv2 messages of a capture, and of the packets of
/// the SAs that they created.
#[derive(Debug, Default)]
struct Outcome {
    opened: usize,
    failed: usize,
    no_key: usize,
    proofs: Vec<Proof>,
    /// Opened with derived keys.
    derived: usize,
    /// ESP and AH packets that stay closed.
    closed: usize,
}

impl Outcome {
    fn add(&mut self, other: Self) {
        self.opened += other.opened;
        self.failed += other.failed;
        self.no_key += other.no_key;
        self.proofs.extend(other.proofs);
        self.derived += other.derived;
        self.closed += other.closed;
    }

    fn messages(&self) -> String {
        let Self {
            opened,
            failed,
            no_key,
            ..
        } = self;
        format!("{opened} messages opened, {failed} failed, {no_key} without a key")
    }

    fn proved(&self, verdict: impl Fn(&Verdict) -> bool) -> usize {
        let held = self.proofs.iter().filter(|proof| verdict(&proof.verdict));
        held.count()
    }

    fn verdicts(&self) -> [usize; 3] {
        [
            self.proved(|it| *it == Verdict::Holds),
            self.proved(|it| *it == Verdict::Fails),
            self.proved(|it| matches!(it, Verdict::Open(_))),
        ]
    }
}

fn open(capture: &Path, keyring: impl Into<Arc<Keyring>>) -> Outcome {
    let mut decoder = Decoder::with_keys(keyring.into());
    let mut reader = CaptureReader::new(fs::File::open(capture).unwrap()).unwrap();
    let mut outcome = Outcome::default();
    while let Some(frame) = reader.next_frame().unwrap() {
        let found = decoder.dissect(&frame);
        let Some(unsealed) = &found.unsealed else {
            continue;
        };
        match &found.content {
            Content::Ike(_) => {
                match unsealed.state {
                    Unsealing::NoKey => outcome.no_key += 1,
                    Unsealing::Verified => outcome.opened += 1,
                    _ => {
                        eprintln!("{} {}: {unsealed:?}", capture.display(), found.number);
                        outcome.failed += 1;
                    }
                }
                outcome.proofs.extend(unsealed.proofs.iter().cloned());
            }
            Content::Esp(_) | Content::Ah(_) => match &unsealed.inside {
                Inside::Packet(packet) if packet.derived => outcome.derived += 1,
                Inside::Packet(_) => {}
                _ => outcome.closed += 1,
            },
            _ => {}
        }
    }
    outcome
}

fn keyring(keys: &[u8]) -> Keyring {
    let mut keyring = Keyring::new(rustcrypto::provider());
    keyring.add(keylog::read(keys));
    keyring
}

/// Only what is of IKE: the keys of ESP and AH are to be derived.
fn ike_keys(keyring: &mut Keyring, keys: &[u8]) {
    let mut log = keylog::read(keys);
    log.entries
        .retain(|entry| !matches!(entry.keys, Keys::Sa(_)));
    keyring.add(log);
}

/// The pre-shared keys that a `swanctl.conf` beside a capture has, and the one
/// that the captures of other daemons share.
fn psks(folder: &Path) -> Vec<Psk> {
    let secret = |text: &str| Psk::for_anyone(keylog::psk_bytes(text).unwrap());
    let mut found = vec![secret("correct horse battery")];
    for name in ["a.swanctl.conf", "b.swanctl.conf"] {
        let mut lines = PskLines::default();
        let text = fs::read(folder.join(name)).unwrap_or_default();
        for line in text.split_inclusive(|byte| *byte == b'\n') {
            lines.line(line, &mut |psk| found.push(psk));
        }
    }
    found
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

/// What the keys beside a capture make of it.
fn open_with_keys(folder: &Path, capture: &str) -> Outcome {
    let mut keys = keyring(&fs::read(folder.join("keys.json")).unwrap());
    for psk in psks(folder) {
        keys.add_psk(psk);
    }
    let outcome = open(&folder.join(capture), keys);
    if outcome.no_key > 0 {
        eprintln!("{}: {}", folder.display(), outcome.messages());
    }
    for proof in &outcome.proofs {
        if proof.verdict != Verdict::Holds {
            eprintln!("{}: {proof:?}", folder.display());
        }
    }
    outcome
}

#[test]
fn every_message_with_keys_opens_and_is_proven() {
    let captures = captures_with("keys.json");
    for (capture, messages, verdicts) in [
        ("wire.pcap", 454, [142, 0, 38]),
        ("wire-b.pcap", 38, [14, 0, 4]),
    ] {
        let mut sum = Outcome::default();
        let there = captures
            .iter()
            .filter(|folder| folder.join(capture).exists());
        for folder in there {
            sum.add(open_with_keys(folder, capture));
        }
        let [held, failed, open] = sum.verdicts();
        eprintln!("{capture}: {}", sum.messages());
        eprintln!("AUTH: {held} hold, {failed} fail, {open} open");
        assert_eq!(sum.failed, 0);
        if !captures.is_empty() {
            assert_eq!((sum.opened, sum.verdicts()), (messages, verdicts));
        }
    }
}

/// Every key of every capture at once: each SA still finds its own.
#[test]
fn keys_of_other_sas_are_in_nobodys_way() {
    let captures = captures_with("keys.json");
    let mut all = Keyring::new(rustcrypto::provider());
    for folder in &captures {
        all.add(keylog::read(&fs::read(folder.join("keys.json")).unwrap()));
    }
    for psk in captures.iter().flat_map(|folder| psks(folder)) {
        all.add_psk(psk);
    }
    let all = Arc::new(all);
    let mut sum = Outcome::default();
    for folder in &captures {
        sum.add(open(&folder.join("wire.pcap"), Arc::clone(&all)));
    }
    eprintln!("all keys at once: {}", sum.messages());
    if !captures.is_empty() {
        assert_eq!((sum.opened, sum.verdicts()), (454, [142, 0, 38]));
    }
}

/// The shared secrets that an end printed, as a key log: `trace.json` has those
/// of later key exchanges as well.
fn secrets(folder: &Path) -> Vec<u8> {
    let json = |name: &str| -> Value {
        let text = fs::read(folder.join(name)).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    };
    let spi_i = json("keys.json")["ike"][0]["spi_i"].clone();
    let trace = json("trace.json");
    let ends = ["a", "b"].map(|end| trace[end].as_array().cloned().unwrap_or_default());
    let secrets = ends.iter().flatten();
    let secrets = secrets.filter(|it| it["label"] == "key exchange secret");
    let keys: Vec<Value> = secrets
        .map(|it| json!({"type": "key_exchange", "spi_i": spi_i, "shared": it["hex"]}))
        .collect();
    let file = json!({"schema": "ipsec-core keylog 1", "keys": keys});
    file.to_string().into_bytes()
}

/// What opens of ESP and AH without their own keys in `folder`.
fn derive(folder: &Path) -> Outcome {
    let mut keys = Keyring::new(rustcrypto::provider());
    ike_keys(&mut keys, &fs::read(folder.join("keys.json")).unwrap());
    ike_keys(&mut keys, &secrets(folder));
    open(&folder.join("wire.pcap"), keys)
}

#[test]
fn child_sas_have_the_keys_that_are_derived() {
    let mut sum = Outcome::default();
    for folder in captures_with("keys.json") {
        let outcome = derive(&folder);
        if outcome.opened == 0 {
            continue;
        }
        if outcome.closed > 0 {
            let (derived, closed) = (outcome.derived, outcome.closed);
            eprintln!("{}: {derived} opened, {closed} not", folder.display());
        }
        sum.add(outcome);
    }
    let (derived, closed) = (sum.derived, sum.closed);
    eprintln!("ESP and AH with derived keys: {derived} opened, {closed} not");
    assert_eq!(closed, 0);
}

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/golden")
        .join(name)
}

/// With PFS the second child SA needs the second shared secret.
#[test]
fn a_rekeyed_child_sa_with_pfs() {
    let folder = golden("v2-rekey-child-pfs");
    let outcome = derive(&folder);
    assert_eq!((outcome.opened, outcome.failed), (8, 0));
    assert_eq!((outcome.derived, outcome.closed), (10, 0));

    let mut keys = Keyring::new(rustcrypto::provider());
    ike_keys(&mut keys, &fs::read(folder.join("keys.json")).unwrap());
    let outcome = open(&folder.join("wire.pcap"), keys);
    assert_eq!((outcome.derived, outcome.closed), (6, 4));
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
    let (mut ours, mut theirs) = (Outcome::default(), 0);
    let mut captures = captures_with(TABLE);
    if std::env::var_os("IPSEC_ALL").is_none() {
        captures = captures.into_iter().step_by(12).collect();
    }
    for folder in &captures {
        let wire = folder.join("wire.pcap");
        let outcome = open(&wire, keyring(&fs::read(folder.join(TABLE)).unwrap()));
        let Some(opened) = tshark(folder, &wire) else {
            eprintln!("SKIPPED: no tshark");
            return;
        };
        if outcome.opened != opened {
            let ours = outcome.messages();
            eprintln!("{}: {ours}, tshark {opened}", folder.display());
        }
        theirs += opened;
        ours.add(outcome);
    }
    let [count, all] = [captures.len(), ours.opened];
    eprintln!("{count} captures: {all} messages, tshark {theirs}");
    assert!(ours.opened >= theirs);
}
