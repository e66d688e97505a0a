//! Any bytes as a log of any vendor: each line is accounted for, facts stand in
//! the order of their lines, nothing that is shown misleads a terminal, and the sizes of the
//! chunks in which it comes change nothing.
#![no_main]

use ipsec_core::evidence::Source;
use ipsec_core::log::{self, EVIDENCE_MAX, LogReader, Reading, UNTOLD_MAX};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let readers = [
        log::charon::read,
        log::pluto::read,
        log::openiked::read,
        log::racoon::read,
        log::cisco_ios::read,
        log::cisco_asa::read,
        log::fortios::read,
        log::palo_alto::read,
        log::junos::read,
        log::huawei::read,
        log::aws::read,
        log::azure::read,
        log::oracle::read,
    ];
    for read in readers {
        holds(&read(0, data));
    }
    let whole = log::read(0, data);
    assert_eq!(log::sniff(data).is_some(), whole.is_some());
    let mut reader = LogReader::new(0);
    for chunk in data.chunks(3) {
        reader.push(chunk);
    }
    assert_eq!(format!("{:?}", reader.finish()), format!("{whole:?}"));
});

fn holds(read: &Reading) {
    assert!(read.quiet + read.untold + read.foreign <= read.lines);
    assert!(read.evidence.len() <= EVIDENCE_MAX && read.untold_lines.len() <= UNTOLD_MAX);
    let mut last = 0;
    for one in &read.evidence {
        let Source::Line { line, .. } = one.source else {
            panic!("{one:?}");
        };
        assert!((last..=read.lines).contains(&line));
        last = line;
    }
    // What the reader escaped is shown with two backslashes, the rest with one.
    let shown = format!("{:?}", read.evidence).replace("\\\\", "");
    for bad in ["\\u{1b}", "\\u{202e}", "\\0"] {
        assert!(!shown.contains(bad), "{shown}");
    }
}
