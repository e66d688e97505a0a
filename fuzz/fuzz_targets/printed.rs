//! Any bytes as text that tcpdump printed: each packet is accounted for, and
//! facts stand in the order of their lines.
#![no_main]

use ipsec_core::capture::Keyring;
use ipsec_core::capture::printed::{self, UNTOLD_MAX};
use ipsec_core::crypto::rustcrypto;
use ipsec_core::evidence::Source;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let keyring = Keyring::new(rustcrypto::provider());
    let read = printed::read(0, data, keyring.into());
    assert!(read.packets + read.untold + read.foreign <= read.lines);
    assert!(read.untold_lines.len() <= UNTOLD_MAX);
    let mut last = 0;
    for one in &read.evidence {
        if let Source::Line { line, .. } = one.source {
            assert!(last <= line && line <= read.lines);
            last = line;
        }
    }
    let _ = printed::sniff(data);
});
