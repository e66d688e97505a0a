//! racoon's `racoon.conf`, the pre-shared keys in `psk.txt`, and the policies
//! and SAs that `setkey` reads; defaults are those of ipsec-tools 0.8
//! (racoon.conf(5), setkey(8)).
//!
//! racoon says how to protect and `setkey` says what: a tunnel is in two
//! files. [`read_all`] reads them as one; a policy that leads to a `remote`
//! becomes a child of it, with the algorithms of its `sainfo`.

use super::model::{Dialect, Identity, Model, SecretKind, SecretNote, Setting, SharedSecret};
use super::values::{self, Faults};
use super::words::{Form, Kind, Object, Word, Words};
use super::{ConfigError, ConfigErrorKind};
use alloc::vec::Vec;

pub(super) mod algorithms;
mod setkey;
mod tunnel;

/// Reads a `racoon.conf`, a file for `setkey`, or both in one. `input` is its
/// index among the inputs.
///
/// ```
/// use ipsec_core::config::racoon;
/// let file = b"spdadd 10.1.0.0/24 10.2.0.0/24 any -P out ipsec\n\
///     \x20   esp/tunnel/192.0.2.1-198.51.100.1/require;\n";
/// let model = racoon::read(0, file);
/// assert!(model.policies[0].outbound);
/// ```
#[must_use]
pub fn read(input: usize, file: &[u8]) -> Model {
    read_all(&[(input, file)])
}

/// Reads a `racoon.conf` and the file for `setkey` beside it, in any order,
/// each with its index among the inputs.
#[must_use]
pub fn read_all(files: &[(usize, &[u8])]) -> Model {
    let mut model = Model::new(Dialect::Racoon);
    let mut reader = Reader::default();
    for (input, file) in files {
        reader.file(*input, file, &mut model);
    }
    tunnel::fill(&reader, &mut model);
    model
}

/// Whether a line shows a configuration of this form.
pub(super) fn shows(line: &str) -> bool {
    let mut words = line.split_whitespace();
    let four = [words.next(), words.next(), words.next(), words.next()];
    match four.map(|word| word.unwrap_or_default()) {
        ["spdflush;" | "flush;", "", ..] => true,
        ["spdadd" | "sainfo", _, ..] => true,
        [
            "path",
            "include" | "pre_shared_key" | "certificate" | "script" | "backupsa",
            ..,
        ] => true,
        ["remote", "anonymous", ..] => true,
        ["remote", name, ..] => tunnel::address(name).is_some() || name.starts_with('"'),
        ["add", _, _, "esp" | "ah" | "ipcomp" | "esp-old" | "ah-old"] => true,
        ["#!/usr/sbin/setkey" | "#!/sbin/setkey", ..] => true,
        _ => false,
    }
}

/// What a `psk.txt` says: on each line whose key it is, and the key. Keys in
/// `0x…` are hexadecimal. `input` is its index among the inputs.
///
/// ```
/// use ipsec_core::config::racoon::read_secrets;
/// let (notes, errors) = read_secrets(0, b"192.0.2.1  hunter2\n# x\na.example 0xff00\n");
/// assert_eq!((notes[0].len, notes[1].len, errors.len()), (Some(7), Some(2), 0));
/// ```
#[must_use]
pub fn read_secrets(input: usize, file: &[u8]) -> (Vec<SecretNote>, Vec<ConfigError>) {
    let mut faults = Faults(Vec::new());
    let mut notes = Vec::new();
    let mut words = Words::new(&KEYS, input, file);
    let mut line: Vec<Word<'_>> = Vec::new();
    loop {
        let word = words.next(&mut faults);
        if let Some(word) = word.filter(|word| word.kind != Kind::LineEnd) {
            line.push(word);
            continue;
        }
        match &core::mem::take(&mut line)[..] {
            [] => {}
            [owner] => faults.note(owner.span, ConfigErrorKind::Alone),
            [owner, rest @ ..] => notes.push(note(*owner, rest)),
        }
        if word.is_none() {
            return (notes, faults.0);
        }
    }
}

/// A key goes to the end of its line, blanks included.
fn note(owner: Word<'_>, rest: &[Word<'_>]) -> SecretNote {
    let bytes = match rest {
        [one] => hexadecimal(one.text).unwrap_or_else(|| one.bytes('\0')),
        _ => rest.iter().fold(Vec::new(), |mut all, word| {
            if !all.is_empty() {
                all.push(b' ');
            }
            all.extend_from_slice(word.text.as_bytes());
            all
        }),
    };
    let identity = match owner.text {
        "*" => Identity::Any,
        text => values::identity(text).unwrap_or(Identity::Any),
    };
    let mut note = SecretNote::new(SecretKind::Psk, Some(bytes.len()), owner.span);
    note.value = Some(SharedSecret::new(bytes));
    if identity != Identity::Any {
        note.owners.push(Setting::written(identity, owner.span));
    }
    note
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digits = text.strip_prefix("0x")?.as_bytes();
    let pairs = digits.chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return None;
    }
    pairs
        .map(|pair| u8::from_str_radix(core::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

/// A `remote` section.
struct Remote<'a> {
    /// Its lines, by the word behind `remote`.
    object: Object<'a>,
    /// The words of its head behind the name.
    head: Vec<Word<'a>>,
    proposals: Vec<Object<'a>>,
}

/// A `sainfo` section.
struct Sainfo<'a> {
    /// Its lines, by the word `sainfo`.
    object: Object<'a>,
    /// The words of its head.
    head: Vec<Word<'a>>,
}

enum Section<'a> {
    Remote(Remote<'a>),
    Sainfo(Sainfo<'a>),
    Proposal(Object<'a>),
    Other,
}

struct Reader<'a> {
    faults: Faults,
    remotes: Vec<Remote<'a>>,
    sainfos: Vec<Sainfo<'a>>,
    rules: Vec<setkey::Rule>,
    /// The line of the last closing brace.
    closed: usize,
}

impl Default for Reader<'_> {
    fn default() -> Self {
        Self {
            faults: Faults(Vec::new()),
            remotes: Vec::new(),
            sainfos: Vec::new(),
            rules: Vec::new(),
            closed: 0,
        }
    }
}

impl<'a> Reader<'a> {
    fn file(&mut self, input: usize, file: &'a [u8], model: &mut Model) {
        let mut words = Words::new(&FORM, input, file);
        let mut open: Vec<(Word<'a>, Section<'a>)> = Vec::new();
        let mut too_deep = 0_usize;
        let mut current: Vec<Word<'a>> = Vec::new();
        while let Some(word) = words.next(&mut self.faults) {
            if word.is_mark("{") {
                let head = core::mem::take(&mut current);
                if open.len() < DEPTH_MAX {
                    let first = head.first().copied().unwrap_or(word);
                    let named = model.unknown.len();
                    let section = Self::section(&head, open.last(), model);
                    if first.span.line == self.closed {
                        model.unknown.truncate(named);
                    }
                    open.push((first, section));
                } else {
                    if too_deep == 0 {
                        let kind = ConfigErrorKind::TooDeep { limit: DEPTH_MAX };
                        self.faults.note(word.span, kind);
                    }
                    too_deep = too_deep.saturating_add(1);
                }
            } else if word.is_mark("}") {
                self.closed = word.span.line;
                if !current.is_empty() {
                    self.faults.note(word.span, ConfigErrorKind::Unexpected);
                    current.clear();
                }
                if let Some(left) = too_deep.checked_sub(1) {
                    too_deep = left;
                } else if let Some((_, section)) = open.pop() {
                    self.close(section, open.last_mut());
                } else {
                    self.faults.note(word.span, ConfigErrorKind::Unopened);
                }
            } else if word.is_mark(";") {
                let line = core::mem::take(&mut current);
                if too_deep == 0 {
                    self.statement(line, open.last_mut(), model);
                }
            } else {
                current.push(word);
            }
        }
        if let Some(word) = current.first() {
            self.faults.note(word.span, ConfigErrorKind::Alone);
        }
        while let Some((word, section)) = open.pop() {
            self.faults.note(word.span, ConfigErrorKind::Unclosed);
            self.close(section, open.last_mut());
        }
    }

    fn section(
        head: &[Word<'a>],
        around: Option<&(Word<'a>, Section<'a>)>,
        model: &mut Model,
    ) -> Section<'a> {
        let Some((first, rest)) = head.split_first() else {
            return Section::Other;
        };
        match (around.map(|(_, section)| section), first.text) {
            (None, "remote") => {
                let (name, rest) = rest.split_first().unwrap_or((first, rest));
                Section::Remote(Remote {
                    object: Object::new(*name),
                    head: rest.into(),
                    proposals: Vec::new(),
                })
            }
            (None, "sainfo") => Section::Sainfo(Sainfo {
                object: Object::new(*first),
                head: rest.into(),
            }),
            (Some(Section::Remote(_)), "proposal") => Section::Proposal(Object::new(*first)),
            (None, word) if !SECTIONS.contains(&word) => {
                model.unknown.push(first.owned());
                Section::Other
            }
            (Some(Section::Remote(_) | Section::Sainfo(_)), _) => {
                model.unknown.push(first.owned());
                Section::Other
            }
            _ => Section::Other,
        }
    }

    fn close(&mut self, section: Section<'a>, around: Option<&mut (Word<'a>, Section<'a>)>) {
        match section {
            Section::Remote(remote) => self.remotes.push(remote),
            Section::Sainfo(sainfo) => self.sainfos.push(sainfo),
            Section::Proposal(proposal) => {
                if let Some((_, Section::Remote(remote))) = around {
                    remote.proposals.push(proposal);
                }
            }
            Section::Other => {}
        }
    }

    fn statement(
        &mut self,
        line: Vec<Word<'a>>,
        around: Option<&mut (Word<'a>, Section<'a>)>,
        model: &mut Model,
    ) {
        let Some((first, rest)) = line.split_first() else {
            return;
        };
        let known = match around.as_ref().map(|(_, section)| section) {
            Some(Section::Other) => return,
            Some(Section::Remote(_)) => REMOTE,
            Some(Section::Sainfo(_)) => SAINFO,
            Some(Section::Proposal(_)) => PROPOSAL,
            None => STATEMENTS,
        };
        if !known.contains(&first.text) {
            // Behind a brace on its line may stand the rest of what it cut through.
            let begins = first.span.line != self.closed;
            let word = first.kind == Kind::Bare && first.text.bytes().all(is_keyword);
            return match word && begins {
                true => model.unknown.push(first.owned()),
                false => self.faults.note(first.span, ConfigErrorKind::Unexpected),
            };
        }
        let object = match around {
            Some((_, Section::Remote(remote))) => &mut remote.object,
            Some((_, Section::Sainfo(sainfo))) => &mut sainfo.object,
            Some((_, Section::Proposal(proposal))) => proposal,
            Some((_, Section::Other)) | None => {
                match first.text {
                    "include" => model.includes.extend(rest.first().map(Word::owned)),
                    // `remote a inherit b;` and `sainfo` alone have no lines.
                    "remote" => {
                        if let Some((name, head)) = rest.split_first() {
                            self.remotes.push(Remote {
                                object: Object::new(*name),
                                head: head.into(),
                                proposals: Vec::new(),
                            });
                        }
                    }
                    "spdadd" | "spdupdate" => {
                        setkey::keep(*first, rest, &mut model.lines);
                        self.rules
                            .extend(setkey::policy(*first, rest, &mut self.faults));
                    }
                    "add" | "update" => model.associations.extend(setkey::association(
                        *first,
                        rest,
                        &mut self.faults,
                    )),
                    _ => {}
                }
                return;
            }
        };
        object.lines.push(line);
    }
}

const fn is_keyword(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte == b'_'
}

const FORM: Form = Form {
    marks: "{};,",
    quotes: "\"",
    escape: '\\',
    lines: false,
    pairs: false,
    long_comments: false,
};

const KEYS: Form = Form {
    marks: "",
    quotes: "",
    escape: '\0',
    lines: true,
    ..FORM
};

const SECTIONS: &[&str] = &[
    "ldapcfg",
    "listen",
    "mode_cfg",
    "padding",
    "privsep",
    "radiuscfg",
    "timer",
];

const STATEMENTS: &[&str] = &[
    "add",
    "delete",
    "deleteall",
    "dump",
    "flush",
    "get",
    "gss_id_enc",
    "include",
    "log",
    "path",
    "pfkey_buffer",
    "remote",
    "spdadd",
    "spddelete",
    "spddump",
    "spdflush",
    "spdupdate",
    "update",
];

const REMOTE: &[&str] = &[
    "ca_type",
    "certificate_type",
    "doi",
    "dpd_delay",
    "dpd_maxfail",
    "dpd_retry",
    "esp_frag",
    "exchange_mode",
    "generate_policy",
    "ike_frag",
    "initial_contact",
    "lifetime",
    "match_empty_cr",
    "mode_cfg",
    "my_identifier",
    "nat_traversal",
    "nonce_size",
    "passive",
    "peers_certfile",
    "peers_identifier",
    "ph1id",
    "proposal_check",
    "rekey",
    "remote_address",
    "script",
    "send_cert",
    "send_cr",
    "situation",
    "support_proxy",
    "verify_cert",
    "verify_identifier",
    "weak_phase1_check",
    "xauth_login",
];

const SAINFO: &[&str] = &[
    "authentication_algorithm",
    "compression_algorithm",
    "encryption_algorithm",
    "lifetime",
    "my_identifier",
    "pfs_group",
    "remoteid",
];

const PROPOSAL: &[&str] = &[
    "authentication_method",
    "dh_group",
    "encryption_algorithm",
    "gss_id",
    "hash_algorithm",
    "lifetime",
];

/// Sections within each other.
pub const DEPTH_MAX: usize = 16;

#[cfg(test)]
mod tests;
