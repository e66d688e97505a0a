//! What the readers bring together: entries within limits, sorted by line,
//! keys that do not fit left out, contradictions said.

use super::algorithms::missing_salt;
use super::entry::{Entry, Ikev1Keys, Ikev2Keys, KeyLog, Keys};
use super::error::{LineError, LineErrorKind};
use super::format::Format;
use super::hex::{Complaint, Result};
use super::merge::merge;
use crate::crypto::Secret;
use crate::sorted;
use alloc::vec::Vec;
use core::mem;
use zeroize::Zeroizing;

/// A reader of one form, fed line by line.
pub(super) trait Reader: core::fmt::Debug + Send + Sync {
    /// Whether the line is of its form; what it says is kept.
    fn line(&mut self, number: usize, text: &str, found: &mut Found) -> bool;

    /// The file is over: what is still open is kept or complained of.
    fn end(&mut self, found: &mut Found);
}

/// What was found so far.
#[derive(Debug, Default)]
pub(super) struct Found {
    log: KeyLog,
    /// There are as many entries as may be, and it was said.
    full: bool,
}

impl Found {
    pub(super) fn keys(&mut self, line: usize, format: Format, mut keys: Keys) {
        self.met(format);
        for complaint in keys.drop_misfits() {
            self.error(line, complaint);
        }
        if !keys.hold_any() {
            return; // what was spoilt has been complained of
        }
        if self.log.entries.len() >= ENTRIES_MAX {
            if !self.full {
                self.full = true;
                self.error(line, ("", LineErrorKind::TooMany { limit: ENTRIES_MAX }));
            }
            return;
        }
        for (field, id, key) in keys.ciphers() {
            if let Some(need) = id.and_then(|id| missing_salt(id, key)) {
                self.error(line, (field, LineErrorKind::NoSalt { need }));
            }
        }
        self.log.entries.push(Entry { line, format, keys });
    }

    pub(super) fn error(&mut self, line: usize, (field, kind): Complaint) {
        if self.log.errors.len() < ERRORS_MAX {
            self.log.errors.push(LineError { line, field, kind });
        } else {
            self.log.unsaid = self.log.unsaid.saturating_add(1);
        }
    }

    /// Keeps the keys or the complaint.
    pub(super) fn result(&mut self, line: usize, format: Format, keys: Result<Keys>) {
        match keys {
            Ok(keys) => self.keys(line, format, keys),
            Err(complaint) => {
                self.met(format);
                self.error(line, complaint);
            }
        }
    }

    pub(super) fn met(&mut self, format: Format) {
        if !self.log.formats.contains(&format) {
            self.log.formats.push(format);
        }
    }

    pub(super) fn formats(&self) -> &[Format] {
        &self.log.formats
    }

    /// All of it, in the order of the lines, each SA once unless lines
    /// contradict each other.
    pub(super) fn finish(mut self) -> KeyLog {
        let mut entries = mem::take(&mut self.log.entries);
        sorted::by_key(&mut entries, |entry| entry.line);
        self.merge(entries);
        sorted::by_key(&mut self.log.errors, |error| error.line);
        self.log
    }

    fn merge(&mut self, entries: Vec<Entry>) {
        for (entry, line) in merge(entries, &mut self.log.entries) {
            self.error(entry, ("", LineErrorKind::Contradicts { line }));
        }
    }
}

impl KeyLog {
    /// All entries of several logs, in their order, each SA once unless they
    /// contradict each other. The errors are those contradictions, by the line
    /// in the file of each.
    #[must_use]
    pub fn join(logs: impl IntoIterator<Item = Self>) -> Self {
        let mut all = Found::default();
        let mut entries = Vec::new();
        for log in logs {
            entries.extend(log.entries);
            for format in log.formats {
                all.met(format);
            }
        }
        all.merge(entries);
        all.log
    }
}

impl Ikev1Keys {
    /// The place of a key by its RFC name, `Ka` for the encryption key.
    pub(super) fn slot(&mut self, name: &str) -> Option<&mut Option<Secret>> {
        Some(match name {
            "SKEYID" => &mut self.skeyid,
            "SKEYID_d" => &mut self.skeyid_d,
            "SKEYID_a" => &mut self.skeyid_a,
            "SKEYID_e" => &mut self.skeyid_e,
            "Ka" => &mut self.key,
            _ => return None,
        })
    }
}

impl Ikev2Keys {
    /// The place of a key by its RFC name.
    pub(super) fn slot(&mut self, name: &str) -> Option<&mut Option<Secret>> {
        Some(match name {
            "SKEYSEED" => &mut self.skeyseed,
            "SK_d" => &mut self.sk_d,
            "SK_ai" => &mut self.sk_ai,
            "SK_ar" => &mut self.sk_ar,
            "SK_ei" => &mut self.sk_ei,
            "SK_er" => &mut self.sk_er,
            "SK_pi" => &mut self.sk_pi,
            "SK_pr" => &mut self.sk_pr,
            _ => return None,
        })
    }
}

/// The name, in its own spelling, of a key of IKEv2 that `text` writes in
/// whatever case (`Sk_d`).
pub(super) fn ikev2_name(text: &str) -> Option<&'static str> {
    IKEV2_NAMES
        .into_iter()
        .find(|name| name.eq_ignore_ascii_case(text))
}

/// The same of IKEv1.
pub(super) fn ikev1_name(text: &str) -> Option<&'static str> {
    IKEV1_NAMES
        .into_iter()
        .find(|name| name.eq_ignore_ascii_case(text))
}

/// The keys that IKEv2 derives.
pub(super) const IKEV2_NAMES: [&str; 8] = [
    "SKEYSEED", "SK_d", "SK_ai", "SK_ar", "SK_ei", "SK_er", "SK_pi", "SK_pr",
];

/// The keys that IKEv1 derives.
pub(super) const IKEV1_NAMES: [&str; 5] = ["SKEYID", "SKEYID_d", "SKEYID_a", "SKEYID_e", "Ka"];

/// A key in the making, a few bytes a line.
#[derive(Debug)]
pub(super) struct Dump {
    /// Name of the key.
    pub(super) field: &'static str,
    /// Where it began.
    pub(super) line: usize,
    need: Option<usize>,
    bytes: Zeroizing<Vec<u8>>,
}

impl Dump {
    /// A dump of `need` bytes, or of as many as come.
    pub(super) fn new(field: &'static str, line: usize, need: Option<usize>) -> Self {
        // All at once, for a vector that grows leaves its bytes behind.
        let bytes = Vec::with_capacity(need.unwrap_or(DUMP_MAX).min(DUMP_MAX));
        Self {
            field,
            line,
            need,
            bytes: bytes.into(),
        }
    }

    /// Adds the bytes of a line, as far as they are wanted; false if it is not
    /// hexadecimal.
    pub(super) fn add(&mut self, text: &str) -> bool {
        let limit = self.need.unwrap_or(DUMP_MAX).min(DUMP_MAX);
        let mut some = Zeroizing::new(Vec::with_capacity(text.len() / 2));
        if !super::hex::append(text, &mut some) || some.is_empty() {
            return false;
        }
        let room = limit.saturating_sub(self.bytes.len());
        self.bytes
            .extend_from_slice(some.get(..room.min(some.len())).unwrap_or_default());
        true
    }

    /// Whether no more bytes are wanted.
    pub(super) fn is_whole(&self) -> bool {
        self.need
            .is_some_and(|need| self.bytes.len() >= need.min(DUMP_MAX))
    }

    /// The bytes, unless some are lacking.
    pub(super) fn done(mut self) -> Result<Secret> {
        let have = self.bytes.len();
        match self.need {
            Some(need) if have < need => Err((self.field, LineErrorKind::Length { need, have })),
            None if have == 0 => Err((self.field, LineErrorKind::Missing)),
            _ => Ok(Secret::new(mem::take(&mut *self.bytes))),
        }
    }
}

/// Bytes of one key: more than a shared secret of 16384 bits.
pub(super) const DUMP_MAX: usize = 4_096;

/// Entries kept of one file.
pub(super) const ENTRIES_MAX: usize = 65_536;

/// Lines of one file that are complained of.
pub(super) const ERRORS_MAX: usize = 1_000;
