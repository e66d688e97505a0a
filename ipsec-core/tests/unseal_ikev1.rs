//! IKEv1 messages opened with keys: every capture beside the project, with
//! what different people have: Wireshark's table, or all that the daemons told.
//! Needs the shared captures, and `tshark` for the number beside ours; says so
//! loudly when it skips.
#![cfg(all(feature = "capture", feature = "rustcrypto", feature = "serde"))]
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may stop where it is surprised, and says what it counted"
)]

mod support;

use ipsec_core::capture::{CaptureReader, Content, Count, Counts, Decoder, Keyring};
use ipsec_core::crypto::{Secret, rustcrypto};
use ipsec_core::evidence::{Proof, Unsealing, Verdict};
use ipsec_core::keylog::{self, Keys, Psk};
use ipsec_core::wire::isakmp;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use support::golden;

/// Captures that have keys of an ISAKMP SA, or all of IKEv1.
fn captures() -> Vec<PathBuf> {
    let Some(root) = support::shared("captures") else {
        return Vec::new();
    };
    let sets = ["ss6", "interop", "esp"].map(|set| fs::read_dir(root.join(set)));
    let folders = sets.into_iter().flatten().flatten().flatten();
    let mut found: Vec<_> = folders
        .map(|folder| folder.path())
        .filter(|folder| {
            fs::read_to_string(folder.join("keys.json")).is_ok_and(|keys| {
                let keys: serde_json::Value = serde_json::from_str(&keys).unwrap();
                let sas = keys["ike"].as_array().cloned().unwrap_or_default();
                sas.iter().any(|sa| sa["version"] == 1)
            })
        })
        .collect();
    found.sort();
    found
}

/// One encrypted message, or one in the clear of which something was proven.
struct Seen {
    number: u64,
    state: Option<Unsealing>,
    proofs: Vec<Proof>,
    /// What is wrong with the payloads inside.
    fault: bool,
}

fn seen(capture: &Path, keyring: Keyring) -> (Vec<Seen>, Counts) {
    let file = fs::File::open(capture).unwrap();
    let mut reader = CaptureReader::new(file).unwrap();
    let mut decoder = Decoder::with_keys(keyring.into());
    let mut found = Vec::new();
    while let Some(frame) = reader.next_frame().unwrap() {
        let number = frame.number;
        let dissection = decoder.dissect(&frame);
        let Content::Isakmp(read) = &dissection.content else {
            continue;
        };
        let encrypted = matches!(read.message.content, isakmp::Content::Encrypted(_));
        let Some(unsealed) = &dissection.unsealed else {
            continue;
        };
        let fault = match &unsealed.inside {
            ipsec_core::capture::Inside::Isakmp(inside) => inside.fault.is_some(),
            _ => false,
        };
        found.push(Seen {
            number,
            state: encrypted.then_some(unsealed.state),
            proofs: unsealed.proofs.clone(),
            fault,
        });
    }
    (found, decoder.counts())
}

fn keyring(folder: &Path, name: &str) -> Keyring {
    let mut keyring = Keyring::new(rustcrypto::provider());
    keyring.add(keylog::read(
        &fs::read(folder.join(name)).unwrap_or_default(),
    ));
    keyring
}

#[derive(Debug, Default)]
struct Sum {
    states: BTreeMap<String, usize>,
    proofs: BTreeMap<String, usize>,
    faults: usize,
    /// Captures, once for each message that stays closed.
    closed: Vec<String>,
    /// ESP packets: opened, failed, without a key.
    esp: [u64; 3],
}

impl Sum {
    fn add(&mut self, name: &str, (seen, counts): &(Vec<Seen>, Counts)) {
        let Count {
            opened,
            failed,
            no_key,
            ..
        } = counts.esp;
        for (sum, count) in self.esp.iter_mut().zip([opened, failed, no_key]) {
            *sum += count;
        }
        if failed > 0 {
            println!("{name}: ESP {:?}", counts.esp);
        }
        for message in seen {
            let number = message.number;
            if let Some(state) = message.state {
                *self.states.entry(format!("{state:?}")).or_default() += 1;
                if !state.is_open() {
                    println!("{name}: {number}: {state:?}");
                    self.closed.push(name.to_owned());
                }
            }
            for proof in &message.proofs {
                let verdict = match &proof.verdict {
                    Verdict::Open(_) => "open".to_owned(),
                    other => format!("{other:?}").to_lowercase(),
                };
                let title = format!("{} {verdict}", proof.of);
                if verdict != "holds" {
                    println!("{name}: {number}: {title}: {:?}", proof.verdict);
                }
                if let Some(tried) = &proof.tried {
                    let found = tried.fits.is_some();
                    let title = format!("{title}, with a candidate: {found}");
                    *self.proofs.entry(title).or_default() += 1;
                }
                *self.proofs.entry(title).or_default() += 1;
            }
            if message.fault {
                println!("{name}: {number}: fault inside");
                self.faults += 1;
            }
        }
    }
}

/// How many IKEv1 messages tshark opens with the table.
fn tshark(folder: &Path) -> Option<usize> {
    let profile = Path::new(env!("CARGO_TARGET_TMPDIR")).join("unseal_ikev1");
    fs::create_dir_all(&profile).unwrap();
    let table = fs::read(folder.join("ikev1_decryption_table")).unwrap_or_default();
    fs::write(profile.join("ikev1_decryption_table"), table).unwrap();
    let output = Command::new("tshark")
        .env("WIRESHARK_CONFIG_DIR", &profile)
        .args(["-T", "fields", "-e", "isakmp.flag_e", "-e"])
        .args(["isakmp.typepayload", "-r"])
        .arg(folder.join("wire.pcap"))
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    // An encrypted message that stays closed shows no payloads.
    let open = |line: &&str| line.starts_with('1') && !line.ends_with('\t');
    Some(text.lines().filter(open).count())
}

#[test]
fn with_wireshark_s_table() {
    let (mut sum, mut theirs) = (Sum::default(), Some(0));
    for folder in captures() {
        let name = folder.file_name().unwrap().to_string_lossy();
        let keyring = keyring(&folder, "ikev1_decryption_table");
        sum.add(&name, &seen(&folder.join("wire.pcap"), keyring));
        theirs = theirs.and_then(|sum| Some(sum + tshark(&folder)?));
    }
    println!("{sum:#?}\ntshark opens {theirs:?}");
    // The table has the initiator's key alone; the responder's other
    // pre-shared key gives another.
    let closed: Vec<_> = sum.closed.iter().map(String::as_str).collect();
    assert!(closed.iter().all(|name| *name == "f-v1-main-psk-mismatch"));
    assert_eq!(sum.faults, 0);
}

#[test]
fn with_all_that_the_daemons_told() {
    let mut sum = Sum::default();
    for folder in captures() {
        let name = folder.file_name().unwrap().to_string_lossy();
        let file = fs::read(folder.join("keys.json")).unwrap();
        let mut log = keylog::read(&file);
        // Those of ESP follow from the others.
        log.entries
            .retain(|entry| !matches!(entry.keys, Keys::Sa(_)));
        let mut keyring = Keyring::new(rustcrypto::provider());
        keyring.add(log);
        sum.add(&name, &seen(&folder.join("wire.pcap"), keyring));
    }
    println!("{sum:#?}");
    assert_eq!(sum.closed, [""; 0]);
    assert_eq!(sum.faults, 0);
    let failed = |(title, _): &(&String, &usize)| title.ends_with("fails");
    assert_eq!(sum.proofs.iter().find(failed), None);
    assert_eq!(sum.esp[1], 0);
}

/// The Diffie-Hellman secret and a list of pre-shared keys, in which that of
/// the connection is somewhere.
#[test]
fn with_candidates_for_the_pre_shared_key() {
    let secrets: BTreeMap<_, _> = golden::all()
        .into_iter()
        .map(|golden| (golden.name, golden.secrets))
        .collect();
    let mut sum = Sum::default();
    for folder in captures() {
        let name = folder.file_name().unwrap().to_string_lossy();
        let file = fs::read(folder.join("keys.json")).unwrap();
        let mut log = keylog::read(&file);
        log.entries
            .retain(|entry| matches!(entry.keys, Keys::KeyExchange(_)));
        let mut keyring = Keyring::new(rustcrypto::provider());
        keyring.add(log);
        let others = (0..20).map(|n| format!("candidate number {n}").into_bytes());
        let own = secrets.get(&*name).cloned().unwrap_or_default();
        for psk in others.chain(own) {
            keyring.add_psk(Psk::for_anyone(Secret::new(psk)));
        }
        sum.add(&name, &seen(&folder.join("wire.pcap"), keyring));
    }
    println!("{sum:#?}");
}
