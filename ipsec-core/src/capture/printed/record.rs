//! From lines to packets: what tcpdump printed of one packet, put together
//! again however it was wrapped, with the bytes of its hex dump.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

/// The text of one packet.
#[derive(Debug, Default)]
pub(super) struct Record {
    /// Number of its first line.
    pub(super) line: u64,
    /// Lines joined by spaces; one that ends in a hyphen by nothing.
    pub(super) text: String,
    /// The bytes that its hex dump shows.
    pub(super) bytes: Vec<u8>,
    /// Phase of IKE named by the words above it.
    pub(super) said_phase: Option<u8>,
    indent: usize,
    /// Parentheses that are open.
    depth: usize,
    /// Its addresses were seen.
    has_arrow: bool,
    /// What comes last in the style of the nineties was seen.
    has_end: bool,
    /// A row of its hex dump is missing.
    holey: bool,
}

/// What came of one line.
pub(super) enum Joined {
    /// It belongs to the packet that is being read.
    Part,
    /// It is blank, or the fence around a quotation.
    Blank,
    /// It begins a packet.
    Begin,
    /// It is none of tcpdump's.
    Foreign,
}

/// Puts lines together.
#[derive(Debug, Default)]
pub(super) struct Assembler {
    open: Option<Record>,
    said_phase: Option<u8>,
}

impl Assembler {
    /// Takes the next line; the packet before it comes out when it is complete.
    pub(super) fn push(&mut self, number: u64, line: &str) -> (Joined, Option<Record>) {
        let line = plain(line);
        let text = line.trim();
        if text.is_empty() || text.starts_with("```") {
            let ended = self.open.take_if(|record| !record.is_unfinished());
            return (Joined::Blank, ended);
        }
        let indent = line.len().saturating_sub(line.trim_start().len());
        if let Some(record) = &mut self.open {
            if record.take_bytes(&line) {
                return (Joined::Part, None);
            }
            let deeper = indent > record.indent && !record.text.is_empty();
            let begins = begins(text);
            if deeper || !begins && (record.is_unfinished() || record.goes_on(text)) {
                record.join(text);
                return (Joined::Part, None);
            }
        }
        let ended = self.open.take();
        if begins(text) {
            let mut record = Record {
                line: number,
                indent,
                said_phase: self.said_phase,
                ..Record::default()
            };
            record.join(text);
            self.open = Some(record);
            return (Joined::Begin, ended);
        }
        if text.starts_with('#') {
            self.said_phase = None;
        }
        self.said_phase = phase(text).or(self.said_phase);
        (Joined::Foreign, ended)
    }

    /// The last packet.
    pub(super) fn finish(&mut self) -> Option<Record> {
        self.open.take()
    }
}

impl Record {
    fn join(&mut self, line: &str) {
        if line.len() >= RECORD_MAX.saturating_sub(self.text.len()) {
            return;
        }
        let seam = self.text.len().saturating_sub(SEAM);
        if self.text.ends_with("ip-") {
            self.text.push_str(line);
        } else {
            if !self.text.is_empty() && !line.is_empty() {
                self.text.push(' ');
            }
            self.text.push_str(line);
        }
        for byte in line.bytes() {
            match byte {
                b'(' => self.depth = self.depth.saturating_add(1),
                b')' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
        }
        let new = self.text.get(seam..).unwrap_or(&self.text);
        self.has_arrow |= new.contains(" > ");
        let mut ends = ["(ttl ", " win ", ", length "].into_iter();
        self.has_end |= ends.any(|end| new.contains(end));
    }

    /// Nothing that tcpdump prints of a packet ends like this.
    fn is_unfinished(&self) -> bool {
        self.text.ends_with(['>', ',', ':', '-']) || self.depth > 0 || !self.has_arrow
    }

    /// `line` goes on with a packet printed in the style of the nineties, whose
    /// end was not seen yet.
    fn goes_on(&self, line: &str) -> bool {
        if self.has_end && !line.starts_with("(ttl ") {
            return false;
        }
        let word = line.split(' ').next().unwrap_or_default();
        word.starts_with(|c: char| c.is_ascii_digit() && line.contains(' '))
            || word.starts_with(['(', '['])
            || CONTINUING.contains(&word)
            || word.contains("proto-5")
    }

    /// Takes a row of a hex dump.
    fn take_bytes(&mut self, line: &str) -> bool {
        let Some((offset, bytes)) = row(line, !self.bytes.is_empty()) else {
            return false;
        };
        let fits = offset.is_none_or(|offset| offset == self.bytes.len());
        let room = self.bytes.len().saturating_add(bytes.len()) <= BYTES_MAX;
        self.holey |= !fits || !room;
        if !self.holey {
            self.bytes.extend(bytes);
        }
        true
    }
}

/// `line` without the marks that text processors add.
fn plain(line: &str) -> Cow<'_, str> {
    let line = line.trim_end();
    if line.contains("**") || line.contains('\\') || line.contains('\u{a0}') {
        let line = line.replace("**", "").replace('\u{a0}', " ");
        return Cow::Owned(line.replace("\\_", "_").replace("\\>", ">"));
    }
    Cow::Borrowed(line)
}

/// A packet begins with this line.
fn begins(line: &str) -> bool {
    let (stamped, rest) = match super::stamp::stamp(line) {
        Some((_, rest)) => (true, rest.trim_start()),
        None => (false, line),
    };
    if ["IP (", "IP6 (", "IP6, "]
        .iter()
        .any(|head| rest.starts_with(head))
    {
        return true;
    }
    let bare = rest
        .strip_prefix("IP ")
        .or_else(|| rest.strip_prefix("IP6 "));
    let mut words = bare
        .unwrap_or(rest)
        .split(' ')
        .filter(|word| !word.is_empty());
    let from = words.next().unwrap_or_default();
    let arrow = words.next() == Some(">");
    if arrow && is_mac(from) && rest.contains(", ethertype ") {
        return true;
    }
    arrow && (stamped || super::head::endpoint(from).is_some()) || stamped && is_other(rest)
}

/// `00:00:5e:00:53:01`.
fn is_mac(word: &str) -> bool {
    let mut parts = word.split(':');
    word.len() == 17 && parts.all(|part| part.len() == 2)
}

/// What stands behind a stamp, where it is no address: an interface, a MAC
/// address, another protocol.
fn is_other(rest: &str) -> bool {
    rest.contains(" > ") || rest.contains(", length ")
}

/// The phase of IKE that a heading names.
fn phase(line: &str) -> Option<u8> {
    let lower = line.to_ascii_lowercase();
    let (_, rest) = lower.split_once("phase ")?;
    let number = rest.split(|c: char| !c.is_ascii_alphanumeric()).next()?;
    match number {
        "1" | "one" | "i" => Some(1),
        "2" | "two" | "ii" => Some(2),
        _ => None,
    }
}

/// Offset, where it is printed, and bytes of a row of a hex dump.
fn row(line: &str, inside: bool) -> Option<(Option<usize>, Vec<u8>)> {
    let text = line.trim_start();
    if let Some(rest) = text.strip_prefix("0x") {
        let (offset, rest) = rest.split_once(':')?;
        let offset = usize::from_str_radix(offset, 16).ok()?;
        let hex = rest.trim_start().split("  ").next().unwrap_or_default();
        return Some((Some(offset), bytes(hex)?));
    }
    let first = text.starts_with("45") || text.starts_with('6');
    let indented = text.len() < line.len();
    let whole = text.len() >= FIRST_ROW || inside;
    if !indented || !(inside || first) || !whole {
        return None;
    }
    Some((None, bytes(text)?))
}

/// The bytes of at most eight groups of two or four digits.
fn bytes(hex: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(16);
    for group in hex.split_ascii_whitespace() {
        if !matches!(group.len(), 2 | 4) || bytes.len() >= 16 {
            return None;
        }
        for at in (0..group.len()).step_by(2) {
            let digits = group.get(at..at.saturating_add(2))?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
        }
    }
    (!bytes.is_empty()).then_some(bytes)
}

/// Words with which a wrapped packet goes on.
const CONTINUING: [&str; 12] = [
    "win", "ack", "id", "udp", "s", "S", "P", "F", "R", ".", "icmp:", "urg",
];

/// Characters of a full row of hexadecimal without offset.
const FIRST_ROW: usize = 39;

/// Bytes before a seam between two lines in which a word may begin.
const SEAM: usize = 16;

/// Bytes of text kept of one packet.
const RECORD_MAX: usize = 65_536;

/// Bytes kept of one hex dump.
const BYTES_MAX: usize = 262_144;
