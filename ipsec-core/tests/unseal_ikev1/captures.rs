//! Every capture beside the project, with what different people have:
//! Wireshark's table, all that the daemons told, or pre-shared keys to try.
//! Needs the shared captures, and `tshark` for the number beside ours; says so
//! loudly when it skips.

use crate::support::{golden, shared};
use crate::{Seen, keyring, open};
use ipsec_core::capture::{Counts, Keyring};
use ipsec_core::crypto::{Secret, rustcrypto};
use ipsec_core::evidence::Verdict;
use ipsec_core::keylog::{Keys, Psk};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// All captures.
fn captures() -> Vec<PathBuf> {
    let Some(root) = shared("captures") else {
        return Vec::new();
    };
    let sets = ["ss6", "interop", "esp"].map(|set| fs::read_dir(root.join(set)));
    let folders = sets.into_iter().flatten().flatten().flatten();
    let mut found: Vec<_> = folders.map(|folder| folder.path()).collect();
    found.sort();
    found
}

/// Those that have keys of an ISAKMP SA.
fn with_keys() -> Vec<PathBuf> {
    let has_keys = |folder: &PathBuf| {
        let keys = fs::read(folder.join("keys.json")).unwrap_or_default();
        let keys: serde_json::Value = serde_json::from_slice(&keys).unwrap_or_default();
        let sas = keys["ike"].as_array().cloned().unwrap_or_default();
        sas.iter().any(|sa| sa["version"] == 1)
    };
    captures().into_iter().filter(has_keys).collect()
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
        let esp = [counts.esp.opened, counts.esp.failed, counts.esp.no_key];
        for (sum, count) in self.esp.iter_mut().zip(esp) {
            *sum += count;
        }
        for message in seen {
            let number = message.number;
            if let Some(state) = message.state {
                *self.states.entry(format!("{state:?}")).or_default() += 1;
                if !state.is_open() {
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

/// What the keyring that `keys` makes of each folder opens in its capture.
fn sweep(folders: Vec<PathBuf>, keys: impl Fn(&str, &Path) -> Keyring) -> Sum {
    let mut sum = Sum::default();
    for folder in folders {
        let name = folder.file_name().unwrap().to_string_lossy();
        let file = fs::read(folder.join("wire.pcap")).unwrap();
        sum.add(&name, &open(&file, keys(&name, &folder)));
    }
    assert_eq!(sum.faults, 0);
    println!("{:#?}\n{:#?}\nESP {:?}", sum.states, sum.proofs, sum.esp);
    sum
}

#[test]
fn with_wireshark_s_table() {
    let sum = sweep(with_keys(), |_, folder| {
        keyring(&folder.join("ikev1_decryption_table"), |_| true)
    });
    if std::env::var_os("IPSEC_ALL").is_some() {
        let theirs: Option<usize> = with_keys().iter().map(|folder| tshark(folder)).sum();
        println!("tshark decrypts {theirs:?}, what comes out wrong with them");
    } else {
        println!("IPSEC_ALL=1 counts what tshark decrypts with the same tables");
    }
    // The table has the initiator's key alone; the responder's other
    // pre-shared key gives another.
    let mismatch = |name: &String| name == "f-v1-main-psk-mismatch";
    assert!(sum.closed.iter().all(mismatch), "{:?}", sum.closed);
}

/// The keys of ESP are left out: they follow from the others.
#[test]
fn with_all_that_the_daemons_told() {
    let told = |keys: &Keys| !matches!(keys, Keys::Sa(_));
    let sum = sweep(with_keys(), |_, folder| {
        keyring(&folder.join("keys.json"), told)
    });
    assert_eq!(sum.closed, [""; 0]);
    let failed = |(title, _): &(&String, &usize)| title.ends_with("fails");
    assert_eq!(sum.proofs.iter().find(failed), None);
    assert_eq!(sum.esp[1], 0);
}

/// The Diffie-Hellman secrets and a list of pre-shared keys, in which those of
/// the connection are somewhere.
#[test]
fn with_candidates_for_the_pre_shared_key() {
    let secrets = secrets();
    let told = |keys: &Keys| matches!(keys, Keys::KeyExchange(_));
    let sum = sweep(with_keys(), |name, folder| {
        let mut keyring = keyring(&folder.join("keys.json"), told);
        add_psks(&mut keyring, &secrets[name]);
        keyring
    });
    assert_eq!(sum.closed, [""; 0]);
    assert_eq!(sum.esp[1], 0);
    let identity = |title: &str| sum.proofs.get(title).copied().unwrap_or_default();
    let all = identity("HASH_I/HASH_R holds");
    assert_eq!(all, identity("HASH_I/HASH_R holds, with a candidate: true"));
}

/// Nothing but pre-shared keys: what aggressive mode gives away.
#[test]
fn with_nothing_but_candidates() {
    let secrets = secrets();
    let usual = [b"correct horse battery".to_vec()];
    sweep(captures(), |name, _| {
        let mut keyring = Keyring::new(rustcrypto::provider());
        let own = secrets.get(name).map_or(&usual[..], Vec::as_slice);
        add_psks(&mut keyring, own);
        keyring
    });
}

/// The pre-shared keys in the configurations, by capture.
fn secrets() -> BTreeMap<String, Vec<Vec<u8>>> {
    let all = golden::all().into_iter();
    all.map(|golden| (golden.name, golden.secrets)).collect()
}

fn add_psks(keyring: &mut Keyring, own: &[Vec<u8>]) {
    let others = (0..20).map(|n| format!("candidate number {n}").into_bytes());
    for psk in others.chain(own.iter().cloned()) {
        keyring.add_psk(Psk::for_anyone(Secret::new(psk)));
    }
}
