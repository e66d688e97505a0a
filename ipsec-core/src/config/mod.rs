//! Device configurations, every value with the place it stands at.
//!
//! - [`model`]: what a configuration says, the same for every device.
//! - [`compare`]: what two configurations will agree on.
//! - [`facts`]: what configurations state, alone and side by side, as evidence.
//! - [`profile`]: which algorithms a standard calls weak.
//! - [`cisco_asa`]: Cisco ASA and PIX. [`cisco_ios`]: IOS and IOS-XE.
//! - [`fortios`]: Fortinet's FortiOS.
//! - [`mod@write`]: changes in the form of the device they are for.
//! - [`iked`]: OpenIKED's `iked.conf`.
//! - [`ipsec_conf`]: `ipsec.conf` of libreswan and of strongSwan.
//! - [`junos`]: Juniper's Junos, as `set` lines or in braces.
//! - [`lines`]: lines as they are written, for who changes them.
//! - [`racoon`]: racoon's `racoon.conf`, and the policies of `setkey`.
//! - [`sa_table`]: listings of SAs that stand.
//! - [`strongswan`]: the form of strongSwan's files: sections in braces, keys
//!   with values, comments, includes.
//! - [`swanctl`]: what `swanctl.conf` may say in that form, and its model.
//! - [`windows`]: Windows: PowerShell and netsh.
//!
//! A reader keeps what it can read and lists the rest: syntax errors by
//! position, keywords it does not know, files that are included (never
//! opened: the caller gives every file). Secrets go into
//! [`crate::crypto::Secret`] while being read and appear in no text.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod algorithms;
mod cisco;
pub mod cisco_asa;
pub mod cisco_ios;
pub mod compare;
mod cursor;
pub(crate) mod encoding;
pub mod facts;
pub mod fortios;
pub mod iked;
pub mod ipsec_conf;
pub mod junos;
mod keys;
pub mod lines;
pub mod model;
pub mod profile;
pub mod racoon;
pub mod sa_table;
pub mod strongswan;
pub mod swanctl;
mod values;
pub mod windows;
mod words;
pub mod write;

use crate::sa::proposal::Proposal;
use crate::wire::registry::ike::ProtocolId;
use core::fmt;

/// Lines within which a configuration shows whose it is.
pub const SNIFF_LINES: usize = 10_000;

/// Reads a configuration of any device that is known; `None` when its lines
/// show none of them. `input` is its index among the inputs. Text in UTF-16 is
/// told by its byte order mark; places count in what it is as UTF-8.
///
/// ```
/// use ipsec_core::config::{model::Dialect, read};
/// let model = read(0, b"# ours\nconnections {\n gw {\n }\n}\n").unwrap();
/// assert_eq!(model.dialect, Dialect::Swanctl);
/// assert_eq!(read(0, b"hello\n"), None);
/// ```
#[must_use]
pub fn read(input: usize, file: &[u8]) -> Option<model::Model> {
    let text = encoding::text(file);
    Some(reader_of(&text)?(input, &text))
}

/// Whether the lines of `file`, the beginning of one, show a form that is known.
#[must_use]
pub fn is_known(file: &[u8]) -> bool {
    reader_of(&encoding::text(file)).is_some()
}

/// The proposal that `words` spell in the way of strongSwan, with `-` between
/// them; `None` when one of them is unknown.
///
/// ```
/// use ipsec_core::config::proposal;
/// use ipsec_core::wire::registry::ike::ProtocolId;
/// let known = |words| proposal(words, ProtocolId::ESP).is_some();
/// assert!(known("aes128gcm16") && known("aes256-sha256-esn"));
/// assert!(!known("aes256-sha266"));
/// ```
#[must_use]
pub fn proposal(words: &str, protocol: ProtocolId) -> Option<Proposal> {
    algorithms::proposal(words, protocol)
}

/// What reads the configuration whose beginning is `file`.
fn reader_of(file: &[u8]) -> Option<fn(usize, &[u8]) -> model::Model> {
    let mut lines = file.split(|byte| *byte == b'\n').take(SNIFF_LINES);
    lines.find_map(|line| {
        let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        let line = line.trim_ascii();
        reader_of_cisco(file, line).or_else(|| reader(line))
    })
}

/// What reads a configuration that has this line.
fn reader(line: &[u8]) -> Option<fn(usize, &[u8]) -> model::Model> {
    let begins = |words: &[&str]| {
        words.iter().any(|word| {
            let rest = line.strip_prefix(word.as_bytes());
            rest.is_some_and(|rest| rest.first().is_none_or(|next| b" \t{".contains(next)))
        })
    };
    if begins(&["connections", "secrets", "pools", "authorities"]) {
        Some(|input, file| swanctl::read(input, file).model())
    } else if begins(&["conn", "config setup"]) {
        Some(|input, file| ipsec_conf::read(input, file).model())
    } else if begins(&["ikev2"]) {
        Some(iked::read)
    } else if ipsec_conf::is_secret(line) {
        Some(ipsec_conf::read_secrets_alone)
    } else {
        reader_of_device(core::str::from_utf8(line).ok()?)
    }
}

/// What reads the configuration of a device that has this line.
fn reader_of_device(line: &str) -> Option<fn(usize, &[u8]) -> model::Model> {
    if fortios::shows(line) {
        Some(fortios::read)
    } else if junos::shows(line) {
        Some(junos::read)
    } else if racoon::shows(line) {
        Some(racoon::read)
    } else if windows::shows(line) {
        Some(windows::read)
    } else {
        None
    }
}

/// What reads a file of Cisco, or a table of SAs, that has this line. A device
/// may print both; its configuration holds the table too.
fn reader_of_cisco(file: &[u8], line: &[u8]) -> Option<fn(usize, &[u8]) -> model::Model> {
    let lines = || file.split(|byte| *byte == b'\n').take(SNIFF_LINES);
    let table = sa_table::sniff(line);
    let behind = table.then(lines).into_iter().flatten();
    let mut all = core::iter::once(line).chain(behind);
    match all.find_map(|line| cisco::sniff(line, lines)) {
        Some(model::Dialect::CiscoAsa) => Some(cisco_asa::read),
        Some(_) => Some(cisco_ios::read),
        None if table => Some(sa_table::read),
        None => None,
    }
}

/// A place in a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_structs, reason = "a place in a text")]
pub struct Span {
    /// Index of the file among the inputs.
    pub input: usize,
    /// Line, from 1.
    pub line: usize,
    /// Character of the line, from 1.
    pub column: usize,
    /// Byte of the file, from 0.
    pub offset: usize,
    /// Bytes it takes up.
    pub len: usize,
}

impl Span {
    /// The beginning of a file.
    const fn start(input: usize) -> Self {
        Self {
            input,
            line: 1,
            column: 1,
            offset: 0,
            len: 0,
        }
    }
}

/// Something and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a value and its place")]
pub struct Spanned<T> {
    /// The thing.
    pub value: T,
    /// Its place.
    pub span: Span,
}

/// What is wrong with a configuration, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConfigError {
    /// The place.
    pub span: Span,
    /// What is wrong there.
    pub kind: ConfigErrorKind,
}

/// What is wrong at a place of a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigErrorKind {
    /// Bytes that are not UTF-8; nothing behind them is read.
    NotText,
    /// A section that is never closed; the place is its name.
    Unclosed,
    /// A closing brace that nothing was opened for.
    Unopened,
    /// A quotation mark that is never closed.
    UnclosedQuote,
    /// A name that neither a value nor a section follows.
    Alone,
    /// A character that cannot stand there.
    Unexpected,
    /// A value that the keyword does not take; the default stands in for it.
    Value,
    /// A word that names no algorithm; its proposal is left out.
    Algorithm,
    /// A section that is taken over and that is not there.
    NoSuchSection,
    /// Sections nest deeper than the limit.
    TooDeep {
        /// The limit.
        limit: usize,
    },
    /// More entries than the limit; nothing behind them is read.
    TooMany {
        /// The limit.
        limit: usize,
    },
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Span { line, column, .. } = self.span;
        write!(f, "line {line}, column {column}: ")?;
        match self.kind {
            ConfigErrorKind::NotText => f.write_str("not UTF-8 text"),
            ConfigErrorKind::Unclosed => f.write_str("this section is never closed"),
            ConfigErrorKind::Unopened => f.write_str("this brace closes nothing"),
            ConfigErrorKind::UnclosedQuote => f.write_str("this quotation mark is never closed"),
            ConfigErrorKind::Alone => f.write_str("neither a value nor a section follows"),
            ConfigErrorKind::Unexpected => f.write_str("this cannot stand here"),
            ConfigErrorKind::Value => f.write_str("this value is not understood"),
            ConfigErrorKind::Algorithm => f.write_str("this names no algorithm"),
            ConfigErrorKind::NoSuchSection => f.write_str("there is no section by this name"),
            ConfigErrorKind::TooDeep { limit } => {
                write!(f, "sections nest deeper than {limit}")
            }
            ConfigErrorKind::TooMany { limit } => write!(f, "more than {limit} entries"),
        }
    }
}

impl core::error::Error for ConfigError {}

#[cfg(test)]
mod tests {
    use super::model::Dialect;
    use super::read;

    #[test]
    fn the_dialect_is_told_from_the_lines() {
        let dialect = |file: &str| read(0, file.as_bytes()).map(|model| model.dialect);
        assert_eq!(dialect("\u{feff}connections{\n}"), Some(Dialect::Swanctl));
        assert_eq!(
            dialect("x = 1\r\nsecrets\r\n{\r\n}"),
            Some(Dialect::Swanctl)
        );
        let starter = "config setup\n\nconn a\n\tkeyexchange=ikev2\n\tleftfirewall=yes\n";
        assert_eq!(dialect(starter), Some(Dialect::Starter));
        assert_eq!(dialect("conn a\n ikev2=no\n"), Some(Dialect::Libreswan));
        assert_eq!(
            dialect("set active\nikev2 esp from any to any\n"),
            Some(Dialect::Iked)
        );
        let fortios = "config system global\nend\nconfig vpn ipsec phase1-interface\nend\n";
        assert_eq!(dialect(fortios), Some(Dialect::FortiOs));
        assert_eq!(
            dialect("version 22.4R1.10;\nsystem {\n}\n"),
            Some(Dialect::Junos)
        );
        let racoon = "log info;\nremote 192.0.2.1 {\n}\n";
        assert_eq!(dialect(racoon), Some(Dialect::Racoon));
        let netsh = "rem ours\r\nnetsh ipsec static add policy name=a\r\n";
        assert_eq!(dialect(netsh), Some(Dialect::Windows));
        let asa = "hostname a\ncrypto isakmp policy 1\ntunnel-group a type ipsec-l2l\n";
        assert_eq!(dialect(asa), Some(Dialect::CiscoAsa));
        let both = "  outbound esp sas:\n  spi: 0x1(1)\nr1#cry isa pol 1\n";
        assert_eq!(dialect(both), Some(Dialect::CiscoIos));
        assert_eq!(dialect("connection a\nikev2=no\n"), None);
        let libreswan = "# keys\n@a.example 192.0.2.1 : PSK \"x\"\n";
        assert_eq!(dialect(libreswan), Some(Dialect::Libreswan));
        assert_eq!(dialect(": ECDSA a.pem\n"), Some(Dialect::Starter));
        assert_eq!(dialect("a: PSK x\nb : PSKS x\n"), None);
    }
}
