//! Vendor logs as evidence.
//!
//! One file a vendor: [`charon`] (strongSwan), [`pluto`] (libreswan),
//! [`openiked`], [`racoon`] (ipsec-tools, MikroTik), [`cisco_ios`],
//! [`cisco_asa`], [`fortios`], [`firebox`] (WatchGuard), [`safenet`] (also
//! SonicWall).
//! [`LogReader`] takes a log in bytes as they come, whatever its line ends,
//! encoding, terminal colours and escapes, in memory that has a limit; it keeps
//! what it understands as [`Evidence`](crate::evidence::Evidence) with line
//! numbers and counts the rest. Which vendor wrote a log is told from its lines,
//! never asked. [`read`] does the same with a whole log.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

pub mod charon;
pub mod cisco_asa;
pub mod cisco_ios;
mod ends;
pub mod firebox;
pub mod fortios;
mod lines;
mod offers;
pub mod openiked;
mod packet;
mod plain;
pub mod pluto;
pub mod racoon;
mod reader;
mod reading;
mod reasons;
pub mod safenet;
mod stamp;

pub use lines::LINE_MAX;
pub use packet::{LoggedPacket, PACKET_MAX, PACKETS_BYTES_MAX, PACKETS_MAX};
#[cfg(feature = "std")]
pub use reader::read_from;
pub use reader::{LogReader, SNIFF_BYTES, SNIFF_LINES};
pub use reading::{EVIDENCE_MAX, Reading, UNTOLD_MAX};

use crate::wire::registry::{ike, isakmp};
use alloc::boxed::Box;
use lines::Lines;
use reading::{Gathering, Told};

/// Programs whose logs are understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Vendor {
    /// strongSwan's IKE daemon charon, and what is built on it.
    Charon,
    /// The IKE daemon pluto, of libreswan and its forebears.
    Pluto,
    /// OpenBSD's iked.
    OpenIked,
    /// racoon of ipsec-tools, and what MikroTik made of it.
    Racoon,
    /// Cisco IOS and IOS-XE.
    CiscoIos,
    /// Cisco ASA, and PIX before it.
    CiscoAsa,
    /// FortiOS, of Fortinet's FortiGate.
    FortiOs,
    /// WatchGuard's Firebox, of 2001 and of today.
    Firebox,
    /// SafeNet's client and its relatives, SonicWall among them.
    SafeNet,
}

/// Tells who wrote a log, by the first lines that show it.
///
/// ```
/// use ipsec_core::log::{Vendor, sniff};
/// let log = b"Nov 21 12:00:01 gw charon: 14[NET] waiting for data on sockets\n";
/// assert_eq!(sniff(log), Some(Vendor::Charon));
/// assert_eq!(sniff(b"hello\n"), None);
/// ```
#[must_use]
pub fn sniff(log: &[u8]) -> Option<Vendor> {
    let mut reader = LogReader::new(0);
    for chunk in log.chunks(SNIFF_CHUNK) {
        reader.push(chunk);
        if reader.vendor().is_some() || reader.is_of_nobody() {
            return reader.vendor();
        }
    }
    reader.end();
    reader.vendor()
}

/// Who writes lines such as this one.
fn writer(line: &str) -> Option<Vendor> {
    let found = WRITERS.iter().find(|(_, is_line)| is_line(line));
    found.map(|(vendor, _)| *vendor)
}

/// Whether a line is one that nobody but a certain vendor writes.
type IsLine = fn(&str) -> bool;

const WRITERS: [(Vendor, IsLine); 9] = [
    (Vendor::Charon, charon::is_line),
    (Vendor::Pluto, pluto::is_line),
    (Vendor::OpenIked, openiked::is_line),
    (Vendor::Racoon, racoon::is_line),
    (Vendor::CiscoIos, cisco_ios::is_line),
    (Vendor::CiscoAsa, cisco_asa::is_line),
    (Vendor::FortiOs, fortios::is_line),
    (Vendor::Firebox, firebox::is_line),
    (Vendor::SafeNet, safenet::is_line),
];

/// Reads a log of any vendor that is known; `None` when it is none of them.
/// `input` is its index among the inputs.
#[must_use]
pub fn read(input: usize, log: &[u8]) -> Option<Reading> {
    let mut reader = LogReader::new(input);
    reader.push(log);
    reader.finish()
}

/// What tells, line by line, what a log of `vendor` says.
fn teller(vendor: Vendor) -> Box<dyn FnMut(&str) -> Told + Send> {
    match vendor {
        Vendor::Charon => Box::new(charon::teller()),
        Vendor::Pluto => Box::new(pluto::teller()),
        Vendor::OpenIked => Box::new(openiked::teller()),
        Vendor::Racoon => Box::new(racoon::teller()),
        Vendor::CiscoIos => Box::new(cisco_ios::teller()),
        Vendor::CiscoAsa => Box::new(cisco_asa::teller()),
        Vendor::FortiOs => Box::new(fortios::teller()),
        Vendor::Firebox => Box::new(firebox::teller()),
        Vendor::SafeNet => Box::new(safenet::teller()),
    }
}

/// Puts together what `tell` makes of each line.
fn gather(input: usize, log: &[u8], mut tell: impl FnMut(&str) -> Told) -> Reading {
    let mut gathering = Gathering::of(input);
    let mut hear = |line: &str| gathering.hear(tell(line));
    let mut lines = Lines::default();
    lines.push(log, &mut hear);
    lines.finish(&mut hear);
    gathering.finish()
}

/// Whether a notification of this name, spelt with underscores, is an error in
/// either version of IKE.
fn is_error_name(name: &str) -> bool {
    (1..=NOTIFY_ERROR_MAX).any(|number| {
        let v1 = isakmp::NotifyType(number).name().unwrap_or_default();
        let v2 = ike::NotifyType(number).name().unwrap_or_default();
        v1.replace('-', "_") == name || v2 == name
    })
}

/// The first `most` bytes of `text`, or a few less so as to cut no character.
fn start(text: &str, most: usize) -> &str {
    let fits = |end: &usize| text.is_char_boundary(*end);
    let end = (0..=most.min(text.len())).rev().find(fits);
    end.and_then(|end| text.get(..end)).unwrap_or_default()
}

/// Bytes that [`sniff`] looks at between two questions.
const SNIFF_CHUNK: usize = 4_096;

/// The last number that either registry of errors has given out.
const NOTIFY_ERROR_MAX: u16 = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_cuts_no_character() {
        assert_eq!(start("aäb", 2), "a");
        assert_eq!(
            (start("aäb", 3), start("a", 9), start("ä", 1)),
            ("aä", "a", "")
        );
    }
}
