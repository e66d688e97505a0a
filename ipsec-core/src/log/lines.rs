//! The bytes of a log, in chunks of any size, as its lines: UTF-8 or UTF-16,
//! any line end, without what colours a terminal.

use super::plain::plain;
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

/// Cuts a log into lines. It holds the line that is not complete, cut at
/// [`LINE_MAX`] bytes, and nothing else.
#[derive(Debug, Default)]
pub(super) struct Lines {
    encoding: Encoding,
    partial: Vec<u8>,
    /// The line that is not complete has begun, though it may be empty.
    begun: bool,
}

/// How the bytes of a log write characters.
#[derive(Debug)]
enum Encoding {
    /// Not known before the log's first bytes, these.
    Unknown(Vec<u8>),
    Utf8,
    Utf16(Utf16),
}

impl Default for Encoding {
    fn default() -> Self {
        Self::Unknown(Vec::new())
    }
}

impl Lines {
    /// Takes the next bytes of the log and gives `hear` every line that they
    /// complete.
    pub(super) fn push(&mut self, bytes: &[u8], hear: &mut impl FnMut(&str)) {
        match &mut self.encoding {
            Encoding::Utf8 => self.split(bytes, hear),
            Encoding::Utf16(utf16) => {
                let mut utf16 = core::mem::take(utf16);
                for piece in bytes.chunks(PIECE) {
                    let text = utf16.decode(piece);
                    self.split(text.as_bytes(), hear);
                }
                self.encoding = Encoding::Utf16(utf16);
            }
            Encoding::Unknown(head) => {
                let missing = HEAD.saturating_sub(head.len());
                let (first, rest) = bytes.split_at_checked(missing).unwrap_or((bytes, &[]));
                head.extend_from_slice(first);
                if head.len() >= HEAD {
                    self.begin(hear);
                    self.push(rest, hear);
                }
            }
        }
    }

    /// Gives `hear` the last line, if no line end stands behind it.
    pub(super) fn finish(mut self, hear: &mut impl FnMut(&str)) {
        self.begin(hear);
        if let Encoding::Utf16(utf16) = &self.encoding
            && utf16.high.is_some()
        {
            self.keep("\u{fffd}".as_bytes());
        }
        if self.begun {
            hear(&text(&self.partial));
        }
    }

    /// Tells the encoding by the first bytes, and reads them.
    fn begin(&mut self, hear: &mut impl FnMut(&str)) {
        let Encoding::Unknown(head) = &mut self.encoding else {
            return;
        };
        let head = core::mem::take(head);
        let (encoding, rest): (_, &[u8]) = match &*head {
            [0xef, 0xbb, 0xbf, rest @ ..] => (Encoding::Utf8, rest),
            [0xff, 0xfe, rest @ ..] => (Encoding::Utf16(Utf16::little()), rest),
            [0xfe, 0xff, rest @ ..] => (Encoding::Utf16(Utf16::default()), rest),
            // No text begins with a NUL, nor has one behind its first letter.
            [1..=0x7f, 0, ..] => (Encoding::Utf16(Utf16::little()), &head),
            [0, 1..=0x7f, ..] => (Encoding::Utf16(Utf16::default()), &head),
            _ => (Encoding::Utf8, &head),
        };
        self.encoding = encoding;
        self.push(rest, hear);
    }

    fn split(&mut self, mut bytes: &[u8], hear: &mut impl FnMut(&str)) {
        while let Some((line, rest)) =
            memchr::memchr(b'\n', bytes).and_then(|end| bytes.split_at_checked(end))
        {
            if self.begun {
                self.keep(line);
                hear(&text(&self.partial));
                self.partial.clear();
                self.begun = false;
            } else {
                hear(&text(line));
            }
            bytes = rest.strip_prefix(b"\n").unwrap_or(rest);
        }
        if !bytes.is_empty() {
            self.keep(bytes);
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        self.begun = true;
        let room = LINE_MAX.saturating_sub(self.partial.len());
        self.partial
            .extend_from_slice(bytes.get(..room).unwrap_or(bytes));
    }
}

/// A line without its end, cut at [`LINE_MAX`] bytes, without what happened to
/// it on its way.
fn text(line: &[u8]) -> Cow<'_, str> {
    let line = line.get(..LINE_MAX).unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let whole = core::str::from_utf8(line).map(Cow::Borrowed);
    plain(whole.unwrap_or_else(|_| String::from_utf8_lossy(line)))
}

/// What is left over between two chunks in UTF-16.
#[derive(Debug, Default)]
struct Utf16 {
    is_little: bool,
    /// The first half of a unit.
    half: Option<u8>,
    /// The first unit of a pair.
    high: Option<u16>,
}

impl Utf16 {
    fn little() -> Self {
        Self {
            is_little: true,
            ..Self::default()
        }
    }

    fn decode(&mut self, bytes: &[u8]) -> String {
        let mut units = Vec::with_capacity(bytes.len());
        units.extend(self.high.take());
        for byte in bytes {
            match self.half.take() {
                None => self.half = Some(*byte),
                Some(first) if self.is_little => units.push(u16::from_le_bytes([first, *byte])),
                Some(first) => units.push(u16::from_be_bytes([first, *byte])),
            }
        }
        self.high = units.pop_if(|unit| matches!(unit, 0xd800..=0xdbff));
        char::decode_utf16(units)
            .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect()
    }
}

/// Bytes that tell the encoding.
const HEAD: usize = 3;

/// Bytes of UTF-16 that are decoded at once.
const PIECE: usize = 65_536;

/// Bytes of a line that are read.
pub const LINE_MAX: usize = 65_536;

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::borrow::ToOwned;
    use proptest::prelude::*;

    /// The lines of a log that comes in chunks of `size` bytes.
    fn split(log: &[u8], size: usize) -> Vec<String> {
        let mut found = Vec::new();
        let mut hear = |line: &str| found.push(line.to_owned());
        let mut lines = Lines::default();
        for chunk in log.chunks(size) {
            lines.push(chunk, &mut hear);
        }
        lines.finish(&mut hear);
        found
    }

    fn utf16(text: &str, order: fn(u16) -> [u8; 2], marked: bool) -> Vec<u8> {
        let mark = marked.then_some('\u{feff}');
        let text: String = mark.into_iter().chain(text.chars()).collect();
        text.encode_utf16().flat_map(order).collect()
    }

    #[test]
    fn lines_of_any_end() {
        for size in 1..8 {
            assert_eq!(split(b"a\r\nb\n\nc", size), ["a", "b", "", "c"]);
            assert_eq!(split(b"a\n", size), ["a"]);
            assert!(split(b"", size).is_empty());
            assert_eq!(split(b"\n", size), [""]);
            assert_eq!(split(b"\n\n", size), ["", ""]);
            assert_eq!(split(b"abc\r", size), ["abc"]);
            assert_eq!(split(b"\xff\n", size), ["\u{fffd}"]);
        }
    }

    #[test]
    fn a_long_line_is_cut() {
        for len in [LINE_MAX - 1, LINE_MAX, LINE_MAX + 1, 10_000_000] {
            let mut log = alloc::vec![b'x'; len];
            log.extend(b"\r\nshort");
            for size in [1_000, 8_192, LINE_MAX - 1, log.len()] {
                let mut lines = Lines::default();
                let mut found = Vec::new();
                for chunk in log.chunks(size) {
                    lines.push(chunk, &mut |line| found.push(line.len()));
                    assert!(lines.partial.capacity() <= 2 * LINE_MAX);
                }
                lines.finish(&mut |line| found.push(line.len()));
                assert_eq!(found, [len.min(LINE_MAX), 5], "{len} {size}");
            }
        }
    }

    #[test]
    fn utf16_of_either_order_marked_or_not() {
        let text = "ä\u{1f512}b\r\nc\n";
        for order in [u16::to_le_bytes, u16::to_be_bytes] {
            for marked in [true, false] {
                let plain = if marked { text } else { "b\u{1f512}b\r\nc\n" };
                let log = utf16(plain, order, marked);
                for size in 1..=log.len() {
                    let first = plain.split('\r').next().unwrap();
                    assert_eq!(split(&log, size), [first, "c"], "{size} {marked}");
                }
            }
        }
    }

    #[test]
    fn half_a_character_at_the_end() {
        let log = utf16("a\u{1f512}", u16::to_le_bytes, true);
        for size in 1..=log.len() {
            assert_eq!(split(&log[..log.len() - 1], size), ["a\u{fffd}"]);
            assert_eq!(split(&log[..log.len() - 2], size), ["a\u{fffd}"]);
            assert_eq!(split(&log[..log.len() - 3], size), ["a"]);
        }
        assert_eq!(split(b"\xff\xfe", 1), [""; 0]);
        assert_eq!(split(b"\xef\xbb\xbf", 1), [""; 0]);
        assert_eq!(split(b"\xef\xbb\xbfa", 1), ["a"]);
        assert_eq!(split(b"a\0", 1), ["a"]);
    }

    #[test]
    fn colours_are_taken_off() {
        assert_eq!(split(b"\x1b[1;31mred\x1b[0m\r\n", 3), ["red"]);
    }

    proptest! {
        #[test]
        fn chunks_change_nothing(
            head in prop::sample::select([&b""[..], b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf"].to_vec()),
            body in prop::collection::vec(prop_oneof![any::<u8>(), Just(b'\n'), Just(b'\r'), Just(0), Just(0xd8)], 0..60),
        ) {
            let log = [head, &body].concat();
            let whole = split(&log, log.len().max(1));
            for size in 1..=log.len() {
                prop_assert_eq!(&split(&log, size), &whole);
            }
        }
    }
}
