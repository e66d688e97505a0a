//! The commands of a configuration as it is saved, pasted, printed on slides or
//! scraped from a terminal: prompts, `--More--`, comments and markdown's marks
//! taken off, commands that were wrapped joined again.

use super::{access, pick};
use crate::config::values::Faults;
use crate::config::{ConfigErrorKind, Span, Spanned};
use alloc::borrow::Cow;
use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::vec::Vec;
use core::net::Ipv4Addr;

/// A word of a command.
#[derive(Clone)]
pub(in crate::config) struct Word<'a> {
    /// Without markdown's backslashes, parts that were wrapped joined.
    pub(in crate::config) text: Cow<'a, str>,
    /// As written.
    pub(in crate::config) raw: &'a str,
    pub(in crate::config) span: Span,
}

impl Word<'_> {
    pub(in crate::config) fn owned(&self) -> Spanned<String> {
        Spanned {
            value: self.text.clone().into_owned(),
            span: self.span,
        }
    }

    pub(in crate::config) fn spanned(&self) -> Spanned<&str> {
        Spanned {
            value: &self.text,
            span: self.span,
        }
    }
}

/// A command and how it stands.
pub(in crate::config) struct Command<'a> {
    /// At least one.
    pub(in crate::config) words: Vec<Word<'a>>,
    /// Blanks stand before it.
    pub(in crate::config) indented: bool,
    /// A blank line, a comment or a fence stands before it.
    pub(in crate::config) apart: bool,
}

impl<'a> Command<'a> {
    /// The text of a word; empty where there is none.
    pub(in crate::config) fn text(&self, at: usize) -> &str {
        self.words.get(at).map_or("", |word| &word.text)
    }

    /// The words from one on.
    pub(in crate::config) fn from(&self, at: usize) -> &[Word<'a>] {
        self.words.get(at..).unwrap_or_default()
    }
}

/// The commands of a file, and the name in its first prompt.
pub(in crate::config) struct Listing<'a> {
    pub(in crate::config) commands: Vec<Command<'a>>,
    pub(in crate::config) prompt: Option<Spanned<String>>,
}

pub(in crate::config) fn commands<'a>(
    input: usize,
    file: &'a [u8],
    faults: &mut Faults,
) -> Listing<'a> {
    let mut listing = Listing {
        commands: Vec::new(),
        prompt: None,
    };
    let (text, end) = match core::str::from_utf8(file) {
        Ok(text) => (text, None),
        Err(error) => {
            let valid = file.get(..error.valid_up_to()).unwrap_or_default();
            let text = core::str::from_utf8(valid).unwrap_or_default();
            (text, Some(error.valid_up_to()))
        }
    };
    let mut span = Span::start(input);
    let mut apart = true;
    for line in text.split_inclusive('\n') {
        if listing.commands.len() >= COMMANDS_MAX {
            let limit = COMMANDS_MAX;
            faults.note(span, ConfigErrorKind::TooMany { limit });
            return listing;
        }
        apart = listing.line(line, span, apart);
        span.offset = span.offset.saturating_add(line.len());
        if line.ends_with('\n') {
            span.line = span.line.saturating_add(1);
        }
    }
    if let Some(offset) = end {
        let len = 1;
        let at = Span {
            offset,
            len,
            ..span
        };
        faults.note(at, ConfigErrorKind::NotText);
    }
    listing
}

impl<'a> Listing<'a> {
    /// Reads a line; tells whether what follows stands apart from it.
    fn line(&mut self, line: &'a str, start: Span, apart: bool) -> bool {
        let whole = line.trim_start_matches('\u{feff}');
        let mut rest = whole.trim_end();
        for mark in MORE {
            if let Some((_, behind)) = rest.split_once(mark) {
                rest = behind.trim_start_matches(['\u{8}', '\r']);
            }
        }
        let indented = rest.starts_with(char::is_whitespace);
        let rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{8}');
        if rest.is_empty() || rest.starts_with(['!', ':', '#']) || rest.starts_with("```") {
            return true;
        }
        let command = without_prompt(rest);
        let prompted = command.len() != rest.len();
        let mut place = Place {
            line,
            read: 0,
            span: start,
        };
        if prompted && self.prompt.is_none() && is_typed(command) {
            let name = rest.split(['#', '>', '(']).next().unwrap_or_default();
            self.prompt = Some(Spanned {
                value: name.to_owned(),
                span: place.of(name),
            });
        }
        let mut words = command.split_whitespace().take(WORDS_MAX);
        let words: Vec<_> = words.by_ref().map(|raw| place.word(raw)).collect();
        if words.is_empty() {
            return true;
        }
        match self.commands.last_mut() {
            Some(last) if !apart && !prompted && continues(&last.words, &words) => {
                join(&mut last.words, words);
            }
            _ => self.commands.push(Command {
                words,
                indented: indented && !prompted,
                apart,
            }),
        }
        false
    }
}

/// Places within a line, asked for from left to right.
struct Place<'a> {
    line: &'a str,
    read: usize,
    /// Of the first byte that is not yet counted.
    span: Span,
}

impl<'a> Place<'a> {
    fn of(&mut self, part: &str) -> Span {
        let at = part.as_ptr().addr();
        let at = at.saturating_sub(self.line.as_ptr().addr());
        let passed = self.line.get(self.read..at).unwrap_or_default();
        self.span.column = self.span.column.saturating_add(passed.chars().count());
        self.span.offset = self.span.offset.saturating_add(passed.len());
        self.read = at;
        let len = part.len();
        Span { len, ..self.span }
    }

    fn word(&mut self, raw: &'a str) -> Word<'a> {
        let span = self.of(raw);
        let text = if raw.contains('\\') {
            Cow::Owned(without_escapes(raw))
        } else {
            Cow::Borrowed(raw)
        };
        Word { text, raw, span }
    }
}

/// The word without the backslashes that markdown puts before marks.
fn without_escapes(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut chars = raw.chars().peekable();
    while let Some(c) = chars.next() {
        let marks = chars.peek().is_some_and(char::is_ascii_punctuation);
        if c == '\\' && marks {
            text.extend(chars.next());
        } else {
            text.push(c);
        }
    }
    text
}

/// What stands behind `router#` or `router(config-if)#`.
pub(super) fn without_prompt(line: &str) -> &str {
    let name = line.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || "-_./".contains(c));
    if name.len() == line.len() {
        return line;
    }
    let mode = name
        .strip_prefix("(c")
        .and_then(|rest| rest.split_once(')'));
    let mark = mode.map_or(name, |(_, rest)| rest);
    let Some(command) = mark.strip_prefix(['#', '>']) else {
        return line;
    };
    let plain = command.is_empty() || command.starts_with(char::is_whitespace);
    if mode.is_some() || plain || is_typed(command) {
        command.trim_start()
    } else {
        line
    }
}

/// Whether it begins like something that is typed at a prompt.
fn is_typed(command: &str) -> bool {
    let first = command.split_whitespace().next().unwrap_or_default();
    first.len() >= PROMPTED_MIN && pick(first, &PROMPTED).is_some()
}

/// Whether `next` is the rest of a command that was wrapped.
fn continues(last: &[Word<'_>], next: &[Word<'_>]) -> bool {
    let (Some(first), Some(begun)) = (last.first(), next.first()) else {
        return false;
    };
    if last.len() >= WORDS_MAX {
        return false;
    }
    let end = last.last().map_or("", |word| &word.text);
    if end.ends_with('-') && is_hyphenated(end, &begun.text) {
        return true;
    }
    let ours = pick(&first.text, &WRAPPED);
    let text = |at: usize| last.get(at).map_or("", |word| &*word.text);
    let commands = [
        "crypto",
        "interface",
        "set",
        "match",
        "access-list",
        "hostname",
        "ip",
        "exit",
    ];
    if commands.contains(&&*begun.text) {
        return false;
    }
    match ours {
        Some("crypto" | "isakmp") => wraps_crypto(last, &begun.text),
        Some("set" | "match") => last.len() == 2 || begun.text.parse::<Ipv4Addr>().is_ok(),
        Some("access-list") => {
            access::is_cut(last.get(2..).unwrap_or_default()) && access::can_follow(&begun.text)
        }
        Some("permit" | "deny") => access::is_cut(last) && access::can_follow(&begun.text),
        Some("pre-shared-key") => last.len() == 1,
        Some(_) | None => text(0) == "crypto" && last.len() == 1,
    }
}

fn wraps_crypto(last: &[Word<'_>], begun: &str) -> bool {
    let text = |at: usize| last.get(at).map_or("", |word| &*word.text);
    let transform = ["esp-", "ah-", "comp-"]
        .iter()
        .any(|kind| begun.starts_with(kind));
    let digits = begun.bytes().all(|byte| byte.is_ascii_digit());
    match (pick(text(1), &super::CRYPTO), text(2)) {
        (None, _) => text(1).is_empty(),
        (Some("isakmp"), "key") => {
            last.len() == 3
                || ["address", "hostname"].contains(&begun)
                    && !last
                        .iter()
                        .any(|word| ["address", "hostname"].contains(&&*word.text))
                || begun.parse::<Ipv4Addr>().is_ok()
        }
        (Some("isakmp"), "policy") => last.len() == 3 && digits,
        (Some("ipsec"), "transform-set") => last.len() == 3 || transform || begun == "hmac",
        (Some("map"), "") => true,
        (Some("map"), _) => {
            ["ipsec-isakmp", "ipsec-manual"].contains(&begun) || last.len() == 3 && digits
        }
        _ => false,
    }
}

/// Whether a word that was cut behind a hyphen goes on with the next.
fn is_hyphenated(end: &str, begun: &str) -> bool {
    HYPHENATED.iter().any(|word| {
        let rest = word.strip_prefix(end);
        rest.is_some_and(|rest| !rest.is_empty() && rest == begun)
    })
}

fn join<'a>(last: &mut Vec<Word<'a>>, next: Vec<Word<'a>>) {
    let mut next = next.into_iter().peekable();
    if let (Some(end), Some(begun)) = (last.last_mut(), next.peek())
        && end.text.ends_with('-')
        && is_hyphenated(&end.text, &begun.text)
    {
        end.text.to_mut().push_str(&begun.text);
        next.next();
    }
    let room = WORDS_MAX.saturating_sub(last.len());
    last.extend(next.take(room));
}

/// What a terminal shows between two pages.
const MORE: [&str; 2] = ["--More--", "<--- More --->"];

/// Commands that are known to be wrapped.
const WRAPPED: [&str; 8] = [
    "crypto",
    "isakmp",
    "set",
    "match",
    "access-list",
    "permit",
    "deny",
    "pre-shared-key",
];

/// What is typed at a prompt to see or to make a configuration.
const PROMPTED: [&str; 12] = [
    "show",
    "configure",
    "crypto",
    "interface",
    "ip",
    "more",
    "write",
    "terminal",
    "access-list",
    "set",
    "match",
    "hostname",
];

/// Letters that a command at a prompt has at least.
const PROMPTED_MIN: usize = 2;

/// Keywords with hyphens, at which lines are broken.
const HYPHENATED: [&str; 25] = [
    "ipsec-isakmp",
    "ipsec-manual",
    "transform-set",
    "dynamic-map",
    "access-list",
    "security-association",
    "pre-share",
    "pre-shared-key",
    "rsa-sig",
    "rsa-encr",
    "ecdsa-sig",
    "esp-des",
    "esp-3des",
    "esp-aes",
    "esp-null",
    "esp-gcm",
    "esp-md5-hmac",
    "esp-sha-hmac",
    "esp-sha256-hmac",
    "esp-sha384-hmac",
    "esp-sha512-hmac",
    "ah-md5-hmac",
    "ah-sha-hmac",
    "ikev2-profile",
    "isakmp-profile",
];

/// Commands of one file.
pub(in crate::config) const COMMANDS_MAX: usize = 200_000;

/// Words of one command.
pub(in crate::config) const WORDS_MAX: usize = 64;
