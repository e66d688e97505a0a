//! Any bytes as a capture file, read to the end: frames, trees, facts and
//! findings.
#![no_main]

use ipsec_core::capture::{CaptureReader, Conversations, Decoder};
use ipsec_core::crypto::rustcrypto;
use ipsec_core::diag::diagnose;
use ipsec_core::wire::Tree;
use ipsec_fuzz::check_tree;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(mut capture) = CaptureReader::new(data) else {
        return;
    };
    let mut decoder = Decoder::new();
    let mut conversations = Conversations::new(0, rustcrypto::provider());
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
