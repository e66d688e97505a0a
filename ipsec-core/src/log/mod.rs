//! Vendor logs as evidence.
//!
//! One file a vendor: [`charon`] (strongSwan). A reader takes a whole log in
//! bytes, whatever its line ends and encoding; it keeps what it understands as
//! [`Evidence`] with line numbers and counts the rest. Which vendor wrote a
//! log is told from its lines, never asked.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

pub mod charon;
mod stamp;

use crate::evidence::Evidence;
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

/// Programs whose logs are understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Vendor {
    /// strongSwan's IKE daemon charon, and what is built on it.
    Charon,
}

/// What a log told.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Reading {
    /// The facts, in the order of the log.
    pub evidence: Vec<Evidence>,
    /// Number of lines.
    pub lines: u64,
    /// Lines of this vendor's form that told no fact.
    pub untold: u64,
    /// Lines that are not of this vendor's form.
    pub foreign: u64,
    /// Facts left out because of the limit.
    pub left_out: u64,
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
    lines(log)
        .take(SNIFF_LINES)
        .any(|line| charon::is_line(&line))
        .then_some(Vendor::Charon)
}

/// Reads a log of any vendor that is known; `None` when it is none of them.
/// `input` is its index among the inputs.
#[must_use]
pub fn read(input: usize, log: &[u8]) -> Option<Reading> {
    match sniff(log)? {
        Vendor::Charon => Some(charon::read(input, log)),
    }
}

/// The lines of a log, without line ends and cut at [`LINE_MAX`] bytes.
fn lines(log: &[u8]) -> impl Iterator<Item = Cow<'_, str>> {
    let body = log.strip_suffix(b"\n").unwrap_or(log);
    let whole = (!log.is_empty()).then_some(body);
    whole
        .into_iter()
        .flat_map(|body| body.split(|byte| *byte == b'\n'))
        .map(|line| {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            String::from_utf8_lossy(line.get(..LINE_MAX).unwrap_or(line))
        })
}

/// Lines that [`sniff`] looks at.
pub const SNIFF_LINES: usize = 1_000;

/// Bytes of a line that are read.
pub const LINE_MAX: usize = 65_536;

/// Facts kept of one log.
pub const EVIDENCE_MAX: usize = 1_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_any_end() {
        let split = |log: &[u8]| -> Vec<String> { lines(log).map(Cow::into_owned).collect() };
        assert_eq!(split(b"a\r\nb\n\nc"), ["a", "b", "", "c"]);
        assert_eq!(split(b"a\n"), ["a"]);
        assert!(split(b"").is_empty());
        assert_eq!(split(b"\n"), [""]);
        assert_eq!(split(b"\xff\n"), ["\u{fffd}"]);
        let long = alloc::vec![b'x'; LINE_MAX + 1];
        assert_eq!(split(&long)[0].len(), LINE_MAX);
    }

    #[test]
    fn a_log_of_nobody_is_not_read() {
        assert!(read(0, b"").is_none());
        assert!(read(0, b"\x7fELF\0\0\n[NET]\n").is_none());
    }
}
