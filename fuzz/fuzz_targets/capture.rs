//! Any bytes as a capture file, read to the end: frames, trees, facts and
//! findings. The keys of the captures among the seeds are given, so that what
//! they open is fuzzed as well.
#![no_main]

use ipsec_core::capture::{CaptureReader, Conversations, Decoder, Keyring};
use ipsec_core::crypto::rustcrypto;
use ipsec_core::diag::diagnose;
use ipsec_core::keylog;
use ipsec_core::wire::Tree;
use ipsec_fuzz::check_tree;
use libfuzzer_sys::fuzz_target;
use std::sync::{Arc, LazyLock};

static KEYS: LazyLock<Arc<Keyring>> = LazyLock::new(|| {
    let mut keyring = Keyring::new(rustcrypto::provider());
    keyring.add(keylog::read(include_bytes!(
        "../../examples/captures/tunnel.keys.json"
    )));
    keyring.add(keylog::read(include_bytes!(
        "../../examples/captures/psk-mismatch.keys.json"
    )));
    keyring.into()
});

fuzz_target!(|data: &[u8]| {
    let Ok(mut capture) = CaptureReader::new(data) else {
        return;
    };
    let mut decoder = Decoder::with_keys(Arc::clone(&KEYS));
    let mut conversations = Conversations::new(0, Arc::clone(&KEYS));
    let mut tree = Tree::new();
    let mut steps = 0_u32;
    loop {
        match capture.next_frame() {
            Ok(Some(frame)) => {
                let dissection = decoder.dissect(&frame);
                dissection.tree(&mut tree);
                check_tree(&tree, frame.data);
                conversations.observe(&frame, &dissection);
                drop(dissection);
                for lost in decoder.expired(frame.at) {
                    conversations.observe_incomplete(&lost);
                }
            }
            Ok(None) => break,
            Err(error) => conversations.note_broken(error.to_string()),
        }
        steps += 1;
        assert!(steps < MAX_STEPS, "the reader does not end");
    }
    for lost in decoder.drain() {
        conversations.observe_incomplete(&lost);
    }
    drop(diagnose(&conversations.finish()));
});

/// More than the frames that fit into an input, gzipped or not.
const MAX_STEPS: u32 = 10_000_000;
