//! IKEv1 messages opened with keys: those of real daemons, whole, in part and
//! spoilt.
#![cfg(all(feature = "capture", feature = "rustcrypto", feature = "serde"))]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::wildcard_enum_match_arm,
    reason = "a test may stop at the first surprise, and prints its counts"
)]

#[path = "../support/mod.rs"]
mod support;

mod captures;
mod spoilt;
mod whole;

use ipsec_core::capture::{CaptureReader, Content, Counts, Decoder, Inside, Keyring};
use ipsec_core::crypto::rustcrypto;
use ipsec_core::evidence::{Proof, Unsealing};
use ipsec_core::keylog::{self, KeyLog, Keys};
use ipsec_core::wire::isakmp;
use std::fs;
use std::path::{Path, PathBuf};

/// A message that is encrypted, or of which something was proven.
#[derive(Debug)]
struct Seen {
    number: u64,
    /// `None` for a message in the clear.
    state: Option<Unsealing>,
    proofs: Vec<Proof>,
    /// What is inside, and whether anything is wrong with it.
    plaintext: Option<Vec<u8>>,
    fault: bool,
}

/// What `keyring` makes of the IKEv1 messages in a capture file.
fn open(file: &[u8], keyring: Keyring) -> (Vec<Seen>, Counts) {
    let mut reader = CaptureReader::new(file).unwrap();
    let mut decoder = Decoder::with_keys(keyring.into());
    let mut found = Vec::new();
    while let Some(frame) = reader.next_frame().unwrap() {
        let number = frame.number;
        let dissection = decoder.dissect(&frame);
        let (Content::Isakmp(read), Some(unsealed)) = (&dissection.content, &dissection.unsealed)
        else {
            continue;
        };
        let encrypted = matches!(read.message.content, isakmp::Content::Encrypted(_));
        let inside = match &unsealed.inside {
            Inside::Isakmp(inside) => Some(inside),
            _ => None,
        };
        found.push(Seen {
            number,
            state: encrypted.then_some(unsealed.state),
            proofs: unsealed.proofs.clone(),
            plaintext: inside.map(|inside| inside.plaintext.to_vec()),
            fault: inside.is_some_and(|inside| inside.fault.is_some()),
        });
    }
    (found, decoder.counts())
}

/// The keys in a file, as far as they are wanted.
fn keyring(file: &Path, wanted: fn(&Keys) -> bool) -> Keyring {
    let mut log: KeyLog = keylog::read(&fs::read(file).unwrap_or_default());
    log.entries.retain(|entry| wanted(&entry.keys));
    let mut keyring = Keyring::new(rustcrypto::provider());
    keyring.add(log);
    keyring
}

/// A capture among the project's own.
fn own(name: &str) -> PathBuf {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/golden");
    data.join(name)
}
