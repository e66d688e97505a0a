//! Text that tcpdump printed, as the same evidence that the packets give.
//!
//! Understood is what tcpdump 3.x wrote in the nineties
//! (`192.0.2.1.500 > 198.51.100.2.500: udp 838 (ttl 128, id 8961)`,
//! `ip-proto-50 132`), wrapped wherever a mail or a slide broke the line, and
//! what tcpdump 4.99 writes: with `-n`, `-v` to `-vvv`, any `-t…`, `-e`. Where
//! the text has a hex dump (`-x`, `-X`, `-xx`, `-XX`), the packet is decoded
//! from its bytes like one of a capture, and its words are not needed.
//!
//! What words leave out stays out: [`crate::evidence::Untold`] says which part
//! of a message the text has no room for, and a packet of which little more
//! than the length is told is a [`crate::evidence::PacketOutline`]. Addresses
//! must be printed as numbers.

mod body;
mod contents;
mod head;
mod isakmp;
mod record;
mod session;
mod stamp;
mod teller;

use self::record::{Assembler, Joined, Record};
use self::teller::{Outcome, Teller};
use super::unseal::Keyring;
use crate::evidence::{Evidence, Fact, Source};
use alloc::borrow::Cow;
use alloc::vec::Vec;
use std::sync::Arc;

/// What a printed text told.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Reading {
    /// The facts, in the order of the text.
    pub evidence: Vec<Evidence>,
    /// Number of lines.
    pub lines: u64,
    /// Packets that were understood.
    pub packets: u64,
    /// Packets that were not understood.
    pub untold: u64,
    /// The lines on which the first [`UNTOLD_MAX`] of those begin, from 1.
    pub untold_lines: Vec<u64>,
    /// Lines that are none of tcpdump's: headings, prose, other programs.
    pub foreign: u64,
}

/// Whether tcpdump printed this, or part of it.
///
/// ```
/// use ipsec_core::capture::printed::sniff;
/// assert!(sniff(b"12:00:00.000000 IP 192.0.2.1.500 > 192.0.2.2.500: isakmp: phase 1 I ident\n"));
/// assert!(!sniff(b"the gateway is at 192.0.2.1 > see below\n"));
/// ```
#[must_use]
pub fn sniff(text: &[u8]) -> bool {
    let mut assembler = Assembler::default();
    let mut found = lines(text)
        .take(SNIFF_LINES)
        .zip(1..)
        .filter_map(|(line, number)| assembler.push(number, &line).1);
    found.any(|record| teller::is_packet(&record))
        || assembler
            .finish()
            .is_some_and(|record| teller::is_packet(&record))
}

/// Reads all packets that `text` tells of. `input` is its index among the
/// inputs; the keys of `keyring` open what hex dumps show, as in a capture.
#[must_use]
pub fn read(input: usize, text: &[u8], keyring: Arc<Keyring>) -> Reading {
    let mut reading = Reading::default();
    let mut assembler = Assembler::default();
    let mut teller = Teller::new(input, keyring);
    for line in lines(text) {
        reading.lines = reading.lines.saturating_add(1);
        let (joined, ended) = assembler.push(reading.lines, &line);
        if matches!(joined, Joined::Foreign) {
            reading.foreign = reading.foreign.saturating_add(1);
        }
        reading.take(ended, &mut teller);
    }
    reading.take(assembler.finish(), &mut teller);
    let timed = teller.is_timed();
    let evidence = teller.finish().into_iter();
    reading.evidence = evidence.map(|one| as_line(one, timed)).collect();
    reading
}

impl Reading {
    fn take(&mut self, record: Option<Record>, teller: &mut Teller) {
        let Some(record) = record else { return };
        match teller.tell(&record) {
            Outcome::Told => self.packets = self.packets.saturating_add(1),
            Outcome::Untold => {
                self.untold = self.untold.saturating_add(1);
                if self.untold_lines.len() < UNTOLD_MAX {
                    self.untold_lines.push(record.line);
                }
            }
        }
    }
}

/// Packets are counted by their first lines.
fn as_line(mut one: Evidence, timed: bool) -> Evidence {
    if let Source::Packet { input, number } = one.source {
        one.source = Source::Line {
            input,
            line: number,
        };
    }
    if !timed && !matches!(one.fact, Fact::Capture(_)) {
        one.at = None;
    }
    one
}

/// The lines of a text, cut at [`LINE_MAX`] bytes.
fn lines(text: &[u8]) -> impl Iterator<Item = Cow<'_, str>> {
    let lines = text.split(|byte| *byte == b'\n');
    lines.map(|line| String::from_utf8_lossy(line.get(..LINE_MAX).unwrap_or(line)))
}

/// Lines that [`sniff`] looks at.
pub const SNIFF_LINES: usize = 1_000;

/// Bytes of a line that are read.
pub const LINE_MAX: usize = 65_536;

/// Packets that are not understood whose lines are kept.
pub const UNTOLD_MAX: usize = 1_000;

#[cfg(test)]
mod tests;
