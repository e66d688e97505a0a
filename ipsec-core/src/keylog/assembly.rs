//! What the readers bring together: entries within limits, sorted by line,
//! repetitions merged, contradictions said.

use super::algorithms::missing_salt;
use super::entry::{Entry, Ikev1Keys, Ikev2Keys, KeyLog, Keys, SaKeys, SaProtocol};
use super::error::{LineError, LineErrorKind};
use super::format::Format;
use super::hex::Complaint;
use crate::crypto::Secret;
use crate::wire::registry::ike::Encryption;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::mem;
use core::net::IpAddr;
use zeroize::Zeroizing;

/// A reader of one form, fed line by line.
pub(super) trait Reader {
    /// Whether the line is of its form; what it says is kept.
    fn line(&mut self, number: usize, text: &str, found: &mut Found) -> bool;

    /// The file is over: what is still open is kept or complained of.
    fn end(&mut self, found: &mut Found);
}

/// What was found so far.
#[derive(Debug, Default)]
pub(super) struct Found {
    log: KeyLog,
}

impl Found {
    pub(super) fn keys(&mut self, line: usize, format: Format, keys: Keys) {
        self.met(format);
        if self.log.entries.len() >= ENTRIES_MAX {
            self.error(line, ("", LineErrorKind::TooMany { limit: ENTRIES_MAX }));
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
        }
    }

    /// Keeps the keys or the complaint.
    pub(super) fn result(&mut self, line: usize, format: Format, keys: Result<Keys, Complaint>) {
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
        entries.sort_by_key(|entry| entry.line);
        for (entry, line) in merge(entries, &mut self.log.entries) {
            self.error(entry, ("", LineErrorKind::Contradicts { line }));
        }
        self.log.errors.sort_by_key(|error| error.line);
        self.log
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
        for (entry, line) in merge(entries, &mut all.log.entries) {
            all.error(entry, ("", LineErrorKind::Contradicts { line }));
        }
        all.log
    }
}

/// Adds what the later entries of an SA know to the first of them. Gives back
/// the line of each that says otherwise, and that of the first.
fn merge(entries: Vec<Entry>, merged: &mut Vec<Entry>) -> Vec<(usize, usize)> {
    let mut contradictions = Vec::new();
    let mut first: BTreeMap<Identity, usize> = BTreeMap::new();
    for entry in entries {
        let Some(identity) = identity(&entry.keys) else {
            merged.push(entry);
            continue;
        };
        let Some(index) = first.get(&identity).copied() else {
            first.insert(identity, merged.len());
            merged.push(entry);
            continue;
        };
        let Some(known) = merged.get_mut(index) else {
            continue;
        };
        if let Some(keys) = known.keys.merge(entry.keys) {
            contradictions.push((entry.line, known.line));
            merged.push(Entry { keys, ..entry });
        }
    }
    contradictions
}

/// What tells one SA from another.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Identity {
    Ikev1([u8; 8]),
    Ikev2([u8; 8], [u8; 8]),
    Sa(SaProtocol, u32, IpAddr, IpAddr),
}

fn identity(keys: &Keys) -> Option<Identity> {
    match keys {
        Keys::Ikev1(keys) => keys.cookie_i.map(Identity::Ikev1),
        Keys::Ikev2(keys) => Some(Identity::Ikev2(keys.spi_i?, keys.spi_r?)),
        Keys::Sa(keys) => Some(Identity::Sa(
            keys.protocol,
            keys.spi?,
            // Without them the two directions may look alike.
            keys.source?.low(),
            keys.destination?.low(),
        )),
        Keys::KeyExchange(_) | Keys::Psk(_) => None,
    }
}

impl Keys {
    /// The keys of ciphers, each with its cipher.
    fn ciphers(&self) -> Vec<(&'static str, Option<Encryption>, &Secret)> {
        match self {
            Self::Ikev2(keys) => [("SK_ei", &keys.sk_ei), ("SK_er", &keys.sk_er)]
                .into_iter()
                .filter_map(|(name, key)| Some((name, keys.encryption, key.as_ref()?)))
                .collect(),
            Self::Sa(keys) => {
                let id = keys.encryption.first().copied();
                alloc::vec![("encryption key", id, &keys.encryption_key)]
            }
            Self::Ikev1(_) | Self::KeyExchange(_) | Self::Psk(_) => Vec::new(),
        }
    }

    /// Adds what `other` knows; gives it back if it says otherwise.
    #[expect(
        clippy::needless_pass_by_ref_mut,
        reason = "the merges of the variants write through it"
    )]
    fn merge(&mut self, other: Self) -> Option<Self> {
        match (self, other) {
            (Self::Ikev1(known), Self::Ikev1(other)) => known.merge(other).map(Self::Ikev1),
            (Self::Ikev2(known), Self::Ikev2(other)) => known.merge(other).map(Self::Ikev2),
            (Self::Sa(known), Self::Sa(other)) => known.merge(other).map(Self::Sa),
            (_, other) => Some(other),
        }
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

    fn merge(&mut self, mut other: Self) -> Option<Self> {
        let agree = told_alike(&self.cookie_r, &other.cookie_r)
            && IKEV1_NAMES
                .iter()
                .all(|name| secrets_agree(self.slot(name), other.slot(name)));
        if !agree {
            return Some(other);
        }
        for name in IKEV1_NAMES {
            fill(self.slot(name), other.slot(name));
        }
        self.cookie_r = self.cookie_r.or(other.cookie_r);
        self.encryption = self.encryption.or(other.encryption);
        self.prf = self.prf.or(other.prf);
        self.iv = self.iv.take().or(other.iv);
        None
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

    fn merge(&mut self, mut other: Self) -> Option<Self> {
        let agree = IKEV2_NAMES
            .iter()
            .all(|name| secrets_agree(self.slot(name), other.slot(name)));
        if !agree {
            return Some(other);
        }
        for name in IKEV2_NAMES {
            fill(self.slot(name), other.slot(name));
        }
        self.encryption = self.encryption.or(other.encryption);
        self.authentication = self.authentication.or(other.authentication);
        self.prf = self.prf.or(other.prf);
        None
    }
}

impl SaKeys {
    fn merge(&mut self, other: Self) -> Option<Self> {
        let agree = self
            .encryption_key
            .ct_eq(other.encryption_key.dangerous_bytes())
            && self
                .authentication_key
                .ct_eq(other.authentication_key.dangerous_bytes());
        if !agree {
            return Some(other);
        }
        if self.encryption.is_empty()
            || (1..self.encryption.len()).contains(&other.encryption.len())
        {
            self.encryption = other.encryption;
        }
        self.mode = self.mode.or(other.mode);
        self.encapsulation = self.encapsulation.or(other.encapsulation);
        self.extended_sequence = self.extended_sequence.or(other.extended_sequence);
        self.selector = self.selector.or(other.selector);
        None
    }
}

fn told_alike<T: PartialEq>(one: &Option<T>, other: &Option<T>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one == other,
        (None, _) | (_, None) => true,
    }
}

fn secrets_agree(one: Option<&mut Option<Secret>>, other: Option<&mut Option<Secret>>) -> bool {
    match (one, other) {
        (Some(Some(one)), Some(Some(other))) => one.ct_eq(other.dangerous_bytes()),
        _ => true,
    }
}

fn fill(place: Option<&mut Option<Secret>>, from: Option<&mut Option<Secret>>) {
    if let (Some(place @ None), Some(from)) = (place, from) {
        *place = from.take();
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
    pub(super) fn done(mut self) -> Result<Secret, Complaint> {
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
