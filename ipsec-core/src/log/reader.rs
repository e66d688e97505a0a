//! A log of an unknown vendor, read as it comes.

use super::lines::Lines;
use super::reading::{Gathering, Reading, Told};
use super::{Vendor, teller, writer};
use alloc::boxed::Box;
use alloc::string::String;
use core::mem;

/// Reads a log that comes in chunks of any size, in memory that has a limit.
///
/// ```
/// use ipsec_core::log::{LogReader, Vendor};
/// let mut reader = LogReader::new(0);
/// reader.push(b"Nov 21 12:00:01 gw charon: 14[IKE] <tun|1> giving");
/// reader.push(b" up after 5 retransmits\nNov 21 12:00:01 gw ");
/// assert_eq!(reader.vendor(), Some(Vendor::Charon));
/// let read = reader.finish().unwrap();
/// assert_eq!((read.lines, read.evidence.len()), (2, 1));
/// ```
#[derive(Debug)]
pub struct LogReader {
    lines: Lines,
    told: Telling,
}

impl LogReader {
    /// A reader of the log of this index among the inputs.
    #[must_use]
    pub fn new(input: usize) -> Self {
        let told = Telling {
            stage: Stage::Head(Head::default()),
            gathering: Gathering::of(input),
            second: None,
        };
        Self {
            lines: Lines::default(),
            told,
        }
    }

    /// Reads the next bytes of the log.
    pub fn push(&mut self, bytes: &[u8]) {
        if !self.is_of_nobody() {
            self.lines.push(bytes, &mut |line| self.told.hear(line));
        }
    }

    /// Who wrote the log, once its lines have shown it.
    #[must_use]
    pub const fn vendor(&self) -> Option<Vendor> {
        match self.told.stage {
            Stage::Known(vendor, _) => Some(vendor),
            Stage::Head(_) | Stage::Nobody => None,
        }
    }

    /// The first lines are of no vendor that is known; what follows is not
    /// looked at.
    #[must_use]
    pub const fn is_of_nobody(&self) -> bool {
        matches!(self.told.stage, Stage::Nobody)
    }

    /// Ends the log; `None` when no vendor that is known wrote it.
    #[must_use]
    pub fn finish(mut self) -> Option<Reading> {
        self.end();
        match self.told.stage {
            Stage::Known(..) => Some(self.told.gathering.finish()),
            Stage::Head(_) | Stage::Nobody => None,
        }
    }

    /// Ends the log, as [`Self::finish`] does; with it, where the text holds
    /// lines of a second program as well (the logs of both ends in one
    /// document), what that one wrote. Both count all lines.
    #[must_use]
    pub fn finish_both(mut self) -> Option<(Reading, Option<(Vendor, Reading)>)> {
        self.end();
        let second = self.told.second.take().map(|second| {
            let reading = second.gathering.finish();
            (second.vendor, reading)
        });
        let second = second.filter(|(_, reading)| reading.evidence.len() >= SECOND_MIN);
        Some((self.finish()?, second))
    }

    /// Reads the line that has no end.
    pub(super) fn end(&mut self) {
        mem::take(&mut self.lines).finish(&mut |line| self.told.hear(line));
    }
}

/// What is made of the lines.
#[derive(Debug)]
struct Telling {
    stage: Stage,
    gathering: Gathering,
    second: Option<Second>,
}

type Tell = Box<dyn FnMut(&str) -> Told + Send>;

enum Stage {
    /// Nobody is known yet.
    Head(Head),
    Known(Vendor, Tell),
    Nobody,
}

/// Another program whose lines stand in the same text.
struct Second {
    vendor: Vendor,
    tell: Tell,
    gathering: Gathering,
}

impl core::fmt::Debug for Second {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_tuple("Second").field(&self.vendor).finish()
    }
}

impl core::fmt::Debug for Stage {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Head(head) => f.debug_tuple("Head").field(head).finish(),
            Self::Known(vendor, _) => f.debug_tuple("Known").field(vendor).finish(),
            Self::Nobody => f.write_str("Nobody"),
        }
    }
}

/// The lines before the one that shows who writes.
#[derive(Debug, Default)]
struct Head {
    count: usize,
    lines: String,
}

impl Telling {
    fn hear(&mut self, line: &str) {
        match &mut self.stage {
            Stage::Known(vendor, tell) => {
                let told = tell(line);
                let alone = self.second.is_none() && matches!(told, Told::Foreign);
                let other = alone.then(|| writer(line)).flatten();
                let other = other.filter(|other| other != vendor);
                let before = self.gathering.lines();
                self.gathering.hear(told);
                if let Some(vendor) = other {
                    let gathering = Gathering::behind(self.gathering.input(), before);
                    let tell = teller(vendor);
                    self.second = Some(Second {
                        vendor,
                        tell,
                        gathering,
                    });
                }
                if let Some(second) = &mut self.second {
                    second.gathering.hear((second.tell)(line));
                }
            }
            Stage::Nobody => {}
            Stage::Head(head) => match writer(line) {
                Some(vendor) => {
                    let head = mem::take(head);
                    self.begin(vendor, &head, line);
                }
                None if head.is_full(line) => self.stage = Stage::Nobody,
                None => head.keep(line),
            },
        }
    }

    fn begin(&mut self, vendor: Vendor, head: &Head, line: &str) {
        let mut tell = teller(vendor);
        for line in head.lines.split_terminator('\n') {
            self.gathering.hear(tell(line));
        }
        self.gathering.hear(tell(line));
        self.stage = Stage::Known(vendor, tell);
    }
}

impl Head {
    fn is_full(&self, line: &str) -> bool {
        let bytes = self.lines.len().saturating_add(line.len());
        self.count.saturating_add(1) >= SNIFF_LINES || bytes >= SNIFF_BYTES
    }

    fn keep(&mut self, line: &str) {
        self.count = self.count.saturating_add(1);
        self.lines.push_str(line);
        self.lines.push('\n');
    }
}

/// Reads a log from `source` to its end, or until its first lines show that
/// nobody known wrote it, which is `None`. `input` is its index among the
/// inputs.
///
/// # Errors
///
/// Those of `source`.
#[cfg(feature = "std")]
pub fn read_from(input: usize, mut source: impl std::io::Read) -> std::io::Result<Option<Reading>> {
    let mut reader = LogReader::new(input);
    let mut buffer = alloc::vec![0; BUFFER];
    while !reader.is_of_nobody() {
        match source.read(&mut buffer) {
            Ok(0) => break,
            Ok(len) => reader.push(buffer.get(..len).unwrap_or_default()),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(reader.finish())
}

/// Facts that a second program tells at least.
const SECOND_MIN: usize = 2;

/// Lines that are looked at to tell who wrote a log.
pub const SNIFF_LINES: usize = 1_000;

/// Bytes of those lines, at most.
pub const SNIFF_BYTES: usize = 1_048_576;

/// Bytes that are read at once.
#[cfg(feature = "std")]
const BUFFER: usize = 262_144;

#[cfg(test)]
mod tests {
    use super::super::{LINE_MAX, read, sniff};
    use super::*;
    use alloc::format;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    const CHARON: &str = "Nov 21 12:00:01 gw charon: 07[IKE] <a|1> giving up after 5 retransmits\n";

    fn shown(reading: Option<Reading>) -> String {
        format!("{reading:?}")
    }

    /// The same log in two chunks, and in chunks of `size` bytes.
    fn chunked(log: &[u8], at: usize, size: usize) -> [Option<Reading>; 2] {
        let mut two = LogReader::new(0);
        two.push(&log[..at]);
        two.push(&log[at..]);
        let mut many = LogReader::new(0);
        for chunk in log.chunks(size) {
            many.push(chunk);
        }
        [two.finish(), many.finish()]
    }

    #[test]
    fn any_encoding_and_colour() {
        let line = CHARON.trim_end();
        let mark = [0xff, 0xfe].into_iter();
        let little: Vec<u8> = mark
            .chain(line.encode_utf16().flat_map(u16::to_le_bytes))
            .collect();
        let mark = [0xfe, 0xff].into_iter();
        let big: Vec<u8> = mark
            .chain(line.encode_utf16().flat_map(u16::to_be_bytes))
            .collect();
        let mut marked = Vec::from(*b"\xef\xbb\xbf");
        marked.extend(line.as_bytes());
        let coloured = line.replace("07[", "\u{1b}[1;31m07[") + "\u{1b}[0m\r\n";
        for log in [&little, &big, &marked, &coloured.into_bytes()] {
            let read = read(0, log).unwrap();
            assert_eq!((read.lines, read.evidence.len()), (1, 1));
            assert_eq!(sniff(log), Some(Vendor::Charon));
            let whole = shown(Some(read));
            for at in 0..log.len() {
                for part in chunked(log, at, at + 1) {
                    assert_eq!(shown(part), whole);
                }
            }
        }
        assert!(read(0, &little[..3]).is_none());
    }

    #[test]
    fn a_second_program_is_read_beside_the_first() {
        let client = "2001/06/13 16:02:58.210: AL_IKE--\nPhase 1 negotiation succeeded with\n";
        let both = |text: &str| {
            let mut reader = LogReader::new(3);
            reader.push(text.as_bytes());
            reader.finish_both().unwrap()
        };
        let text = CHARON.repeat(2) + "some words\n" + &client.repeat(2) + CHARON;
        let (first, second) = both(&text);
        assert_eq!((first.lines, first.evidence.len()), (8, 3));
        let (vendor, second) = second.unwrap();
        assert_eq!(vendor, Vendor::SafeNet);
        assert_eq!((second.lines, second.evidence.len()), (8, 2));
        let line = |line| crate::evidence::Source::Line { input: 3, line };
        assert_eq!(second.evidence[0].source, line(5));
        assert_eq!(second.evidence[1].source, line(7));
        // One line is no log, and the first program's own lines are no second.
        assert!(both(&(CHARON.repeat(2) + client)).1.is_none());
        assert!(both(&CHARON.repeat(9)).1.is_none());
        assert!(LogReader::new(0).finish_both().is_none());
    }

    #[test]
    fn a_log_of_nobody_is_not_read() {
        assert!(read(0, b"").is_none());
        assert!(read(0, b"\x7fELF\0\0\n[NET]\n").is_none());
        for (lines, known) in [(SNIFF_LINES - 1, true), (SNIFF_LINES, false)] {
            let log = "hello\n".repeat(lines) + CHARON;
            let read = read(0, log.as_bytes());
            assert_eq!(read.is_some(), known, "{lines}");
            let foreign = read.map_or(0, |read| read.foreign);
            assert_eq!(foreign, if known { 999 } else { 0 });
        }
        let long = "x".repeat(LINE_MAX) + "\n";
        for (lines, known) in [(15, true), (16, false)] {
            let log = long.repeat(lines) + CHARON;
            assert_eq!(read(0, log.as_bytes()).is_some(), known, "{lines}");
        }
        let mut reader = LogReader::new(0);
        for _ in 0..=SNIFF_LINES {
            assert_eq!(reader.vendor(), None);
            reader.push(b"hello\n");
        }
        assert!(reader.is_of_nobody());
    }

    #[test]
    fn a_line_of_ten_megabytes_costs_nothing() {
        let mut log = Vec::from(CHARON);
        log.extend(core::iter::repeat_n(b'x', 10_000_000));
        log.extend(b"\n");
        log.extend(CHARON.as_bytes());
        let whole = shown(read(0, &log));
        assert!(whole.contains("lines: 3"));
        for part in chunked(&log, 5_000_000, 4_096) {
            assert_eq!(shown(part), whole);
        }
    }

    #[cfg(feature = "std")]
    #[test]
    fn a_source_is_read_to_its_end() {
        struct Failing;
        impl std::io::Read for Failing {
            fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
                Err(std::io::Error::other("unplugged"))
            }
        }
        use std::io::Read as _;
        let log = CHARON.repeat(3);
        let read = read_from(4, log.as_bytes()).unwrap().unwrap();
        assert_eq!(read.evidence[2].source.input(), Some(4));
        assert!(read_from(0, log.as_bytes().chain(Failing)).is_err());
        let endless = std::io::repeat(b'\n');
        assert!(read_from(0, endless).unwrap().is_none());
    }

    proptest! {
        #[test]
        fn chunks_change_nothing(
            lines in prop::collection::vec(prop_oneof![
                Just("07[IKE] <a|1> giving up after 5 retransmits"),
                Just("Nov 21 11:06:46.119734: \"tun\" #5: discarding packet"),
                Just("Nov 21 11:06:46: %CRYPTO-4-IKMP_NO_SA: from 192.0.2.1"),
                Just("\u{feff}ä\u{1b}[1m"),
                Just("\0\0"),
                Just(""),
            ], 0..6),
            end in prop_oneof![Just("\n"), Just("\r\n")],
            noise in prop::collection::vec(any::<u8>(), 0..8),
        ) {
            let mut log = noise;
            log.extend(lines.join(end).bytes());
            let whole = read(0, &log);
            prop_assert_eq!(sniff(&log).is_some(), whole.is_some());
            let whole = shown(whole);
            for at in 0..log.len() {
                for part in chunked(&log, at, at + 1) {
                    prop_assert_eq!(&shown(part), &whole);
                }
            }
        }
    }
}
