//! Finds the form of each line by asking the readers in turn.

use super::assembly::{Found, Reader};
use super::charon::Charon;
use super::entry::KeyLog;
use super::error::LineErrorKind;
use super::format::Format;
use super::fortios::FortiOs;
use super::iked::Iked;
use super::pluto::Pluto;
use super::racoon::Racoon;
use super::secrets::Secrets;
use super::swanctl::Swanctl;
use super::wireshark::Tables;
use super::xfrm::Xfrm;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::mem;
use zeroize::Zeroizing;

/// Reads a file of any known form, or of several.
///
/// Lines that belong to no form are passed over if the file is a log, and are
/// complained of if it is a table or nothing at all.
///
/// ```
/// use ipsec_core::keylog::{self, Format, Keys};
/// let file = b"src 192.0.2.10 dst 198.51.100.20\n\
///     \tproto esp spi 0x00001001 reqid 1 mode tunnel\n\
///     \taead rfc4106(gcm(aes)) 0x000102030405060708090a0b0c0d0e0f10111213 128\n";
/// let log = keylog::read(file);
/// assert_eq!(log.formats, [Format::IpXfrm]);
/// let Keys::Sa(sa) = &log.entries[0].keys else { panic!() };
/// assert_eq!(sa.spi, Some(0x1001));
/// ```
#[must_use]
pub fn read(file: &[u8]) -> KeyLog {
    let mut reader = KeyReader::default();
    reader.push(file);
    reader.finish()
}

/// Reads a file of any length piece by piece, as [`read`] does, and remembers
/// no more than one line of it beside the keys.
///
/// ```
/// use ipsec_core::keylog::KeyReader;
/// let mut reader = KeyReader::default();
/// reader.push(b"0123456789abcdef,00112233445566");
/// reader.push(b"778899aabbccddeeff\n");
/// assert_eq!(reader.finish().entries.len(), 1);
/// ```
#[derive(Debug, Default)]
pub struct KeyReader {
    form: Form,
    found: Found,
}

#[derive(Debug)]
enum Form {
    /// Too little has been seen to tell.
    Unknown(Zeroizing<Vec<u8>>),
    Lines(Box<Lines>),
    #[cfg(feature = "serde")]
    Json(Box<super::json::Scanner>),
    #[cfg(not(feature = "serde"))]
    Json,
}

impl Default for Form {
    fn default() -> Self {
        Self::Unknown(Zeroizing::new(Vec::with_capacity(BLANKS_MAX)))
    }
}

impl KeyReader {
    /// Takes the next bytes of the file.
    pub fn push(&mut self, bytes: &[u8]) {
        let Form::Unknown(head) = &mut self.form else {
            return self.form.push(bytes, &mut self.found);
        };
        let room = BLANKS_MAX.saturating_sub(head.len());
        let (first, rest) = bytes.split_at(room.min(bytes.len()));
        head.extend_from_slice(first);
        let full = head.len() >= BLANKS_MAX;
        if let Some(is_json) = is_json(head).or(full.then_some(false)) {
            self.begin(is_json);
            self.form.push(rest, &mut self.found);
        }
    }

    /// The file is over.
    #[must_use]
    pub fn finish(mut self) -> KeyLog {
        if matches!(self.form, Form::Unknown(_)) {
            self.begin(false);
        }
        match &mut self.form {
            Form::Unknown(_) => {}
            Form::Lines(lines) => lines.end(&mut self.found),
            #[cfg(feature = "serde")]
            Form::Json(scanner) => scanner.end(&mut self.found),
            #[cfg(not(feature = "serde"))]
            Form::Json => {
                let needs = LineErrorKind::NeedsFeature { feature: "serde" };
                self.found.met(Format::Json);
                self.found.error(1, ("", needs));
            }
        }
        self.found.finish()
    }

    fn begin(&mut self, is_json: bool) {
        #[cfg(feature = "serde")]
        let json = || Form::Json(Box::default());
        #[cfg(not(feature = "serde"))]
        let json = || Form::Json;
        let form = match is_json {
            true => json(),
            false => Form::Lines(Box::default()),
        };
        if let Form::Unknown(head) = mem::replace(&mut self.form, form) {
            let head = head.strip_prefix(BOM).unwrap_or(&head);
            self.form.push(head, &mut self.found);
        }
    }
}

impl Form {
    fn push(&mut self, bytes: &[u8], found: &mut Found) {
        match self {
            Self::Unknown(_) => {}
            Self::Lines(lines) => lines.push(bytes, found),
            #[cfg(feature = "serde")]
            Self::Json(scanner) => scanner.push(bytes, found),
            #[cfg(not(feature = "serde"))]
            Self::Json => {}
        }
    }
}

/// Whether an object begins as ours does, and not as a log of objects; `None`
/// while that is open.
fn is_json(head: &[u8]) -> Option<bool> {
    if BOM.starts_with(head) {
        return None;
    }
    let head = head.strip_prefix(BOM).unwrap_or(head).trim_ascii_start();
    match head.split_first()? {
        (b'{', rest) => Some(rest.trim_ascii_start().first()? == &b'"'),
        _ => Some(false),
    }
}

/// A file of lines.
#[derive(Debug)]
struct Lines {
    readers: [Box<dyn Reader>; 9],
    /// Lines that are over.
    count: usize,
    /// The beginning of the next.
    line: Zeroizing<Vec<u8>>,
    strangers: Vec<usize>,
}

#[expect(clippy::derivable_impls, reason = "a boxed reader has no default")]
impl Default for Lines {
    fn default() -> Self {
        Self {
            readers: [
                Box::<Charon>::default(),
                Box::<Pluto>::default(),
                Box::<Xfrm>::default(),
                Box::<FortiOs>::default(),
                Box::<Iked>::default(),
                Box::<Racoon>::default(),
                Box::<Secrets>::default(),
                Box::<Swanctl>::default(),
                Box::<Tables>::default(),
            ],
            count: 0,
            line: Zeroizing::default(),
            strangers: Vec::new(),
        }
    }
}

impl Lines {
    fn push(&mut self, bytes: &[u8], found: &mut Found) {
        let mut rest = bytes;
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let (line, after) = rest.split_at(end);
            rest = after.get(1..).unwrap_or_default();
            if self.line.is_empty() {
                self.line(line, found);
            } else {
                self.keep(line);
                self.kept_line(found);
            }
        }
        self.keep(rest);
    }

    /// Keeps one byte more than a line may have, so that it is found too long.
    fn keep(&mut self, bytes: &[u8]) {
        let most = LINE_MAX.saturating_add(1);
        let room = most.saturating_sub(self.line.len());
        let some = bytes.get(..room.min(bytes.len())).unwrap_or_default();
        if self.line.capacity() < most && !some.is_empty() {
            // All at once, for a vector that grows leaves its bytes behind.
            self.line.reserve_exact(most);
        }
        self.line.extend_from_slice(some);
    }

    fn kept_line(&mut self, found: &mut Found) {
        let mut line = mem::take(&mut self.line);
        self.line(&line, found);
        line.clear();
        self.line = line;
    }

    fn line(&mut self, line: &[u8], found: &mut Found) {
        self.count = self.count.saturating_add(1);
        let number = self.count;
        if line.len() > LINE_MAX {
            return found.error(number, ("", LineErrorKind::TooLong { limit: LINE_MAX }));
        }
        let Ok(text) = core::str::from_utf8(line) else {
            return found.error(number, ("", LineErrorKind::NotText));
        };
        let text = text.trim_end();
        let mut readers = self.readers.iter_mut();
        let claimed = readers.any(|reader| reader.line(number, text, found));
        let is_stranger = !claimed && !text.is_empty() && !text.starts_with('#');
        if is_stranger && self.strangers.len() < STRANGERS_MAX {
            self.strangers.push(number);
        }
    }

    fn end(&mut self, found: &mut Found) {
        if !self.line.is_empty() {
            self.kept_line(found);
        }
        for reader in &mut self.readers {
            reader.end(found);
        }
        complain(&self.strangers, found);
    }
}

/// In a table a line of no form is a fault; a log has many.
fn complain(strangers: &[usize], found: &mut Found) {
    let kind = LineErrorKind::Unrecognized;
    match found.formats() {
        [] => {
            for number in strangers.iter().take(1) {
                found.error(*number, ("", kind));
            }
        }
        formats if formats.iter().all(|it| *it == Format::Wireshark) => {
            for number in strangers {
                found.error(*number, ("", kind));
            }
        }
        _ => {}
    }
}

const BOM: &[u8] = b"\xef\xbb\xbf";

/// Blanks before an object.
const BLANKS_MAX: usize = 4_096;

/// The longest line that is looked at, in bytes.
pub const LINE_MAX: usize = 65_536;

/// Lines of no form that are remembered.
const STRANGERS_MAX: usize = 1_000;
