//! IKEv2 messages of real daemons: read, shown and written back.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::fs;
use support::ike::check_message;
use support::{ike_datagrams, shared};

mod support;

#[test]
fn every_message_of_the_shared_captures() {
    let Some(captures) = shared("captures") else {
        return;
    };
    let mut messages = 0_u32;
    let mut faults = Vec::new();
    for set in fs::read_dir(captures).unwrap() {
        let set = set.unwrap().path();
        if !set.is_dir() {
            continue;
        }
        for capture in fs::read_dir(set).unwrap() {
            let path = capture.unwrap().path();
            let Ok(pcap) = fs::read(path.join("wire.pcap")) else {
                continue;
            };
            for datagram in ike_datagrams(&pcap) {
                if datagram.len() < 28 || datagram[17] >> 4 != 2 {
                    continue;
                }
                messages += 1;
                if let Some(fault) = check_message(datagram) {
                    faults.push(format!("{}: {fault}", path.display()));
                }
            }
        }
    }
    println!("{messages} messages");
    assert!(messages > 500, "{messages}");
    assert!(faults.is_empty(), "{faults:#?}");
}
