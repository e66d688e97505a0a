//! The words of a device's configuration with their places, and objects of
//! named lines: what the forms of many vendors share.

use super::cursor::Cursor;
use super::model::Setting;
use super::values::Faults;
use super::{ConfigErrorKind, Span, Spanned};
use crate::sa::selector::AddressRange;
use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::vec::Vec;
use core::net::Ipv4Addr;

/// How a form cuts its text into words.
pub(super) struct Form {
    /// Characters that are words of their own.
    pub(super) marks: &'static str,
    /// Quotation marks.
    pub(super) quotes: &'static str,
    /// The character that takes the meaning from the next one within
    /// quotation marks, and joins two lines at the end of one.
    pub(super) escape: char,
    /// Whether ends of lines are words, by the name of [`Kind::LineEnd`].
    pub(super) lines: bool,
    /// Whether `key=value` is two words: a [`Kind::Key`] and the value.
    pub(super) pairs: bool,
    /// Whether `/* */` is a comment.
    pub(super) long_comments: bool,
}

/// What a word is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A word without marks around it.
    Bare,
    /// A text between quotation marks.
    Quoted,
    /// One of the form's marks.
    Mark,
    /// What stands before `=`.
    Key,
    /// The end of a line.
    LineEnd,
}

/// A word and its place, without the quotation marks around it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word<'a> {
    pub(super) text: &'a str,
    pub(super) span: Span,
    pub(super) kind: Kind,
}

impl<'a> Word<'a> {
    pub(super) const fn spanned(&self) -> Spanned<&'a str> {
        Spanned {
            value: self.text,
            span: self.span,
        }
    }

    pub(super) fn owned(&self) -> Spanned<String> {
        Spanned {
            value: self.text.to_owned(),
            span: self.span,
        }
    }

    pub(super) fn is_mark(&self, mark: &str) -> bool {
        self.kind == Kind::Mark && self.text == mark
    }

    pub(super) fn is_quoted(&self) -> bool {
        self.kind == Kind::Quoted
    }

    /// The bytes that a quoted text stands for; as written without quotes.
    pub(super) fn bytes(&self, escape: char) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.text.len());
        let mut escaping = false;
        for c in self.text.chars() {
            if c == escape && self.kind == Kind::Quoted && !escaping {
                escaping = true;
                continue;
            }
            escaping = false;
            bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
        bytes
    }
}

/// Reads a text word by word.
pub(super) struct Words<'a> {
    form: &'static Form,
    cursor: Cursor<'a>,
    count: usize,
    /// Up to this byte a quotation mark is closed on its own line.
    searched: usize,
    not_text: bool,
    /// Behind `key=`.
    in_value: bool,
}

impl<'a> Words<'a> {
    pub(super) fn new(form: &'static Form, input: usize, file: &'a [u8]) -> Self {
        let (text, not_text) = match core::str::from_utf8(file) {
            Ok(text) => (text, false),
            Err(error) => {
                let valid = file.get(..error.valid_up_to()).unwrap_or_default();
                (core::str::from_utf8(valid).unwrap_or_default(), true)
            }
        };
        let mut words = Self {
            form,
            cursor: Cursor::new(input, text),
            count: 0,
            searched: 0,
            not_text,
            in_value: false,
        };
        if text.starts_with('\u{feff}') {
            words.cursor.take('\u{feff}'.len_utf8());
            words.cursor.place.column = 1;
        }
        words
    }

    /// The next word; `None` at the end, and at the limit.
    pub(super) fn next(&mut self, faults: &mut Faults) -> Option<Word<'a>> {
        if core::mem::take(&mut self.in_value) {
            return Some(self.value(faults));
        }
        self.skip_space();
        let Some(first) = self.cursor.rest.chars().next() else {
            if core::mem::take(&mut self.not_text) {
                let span = Span {
                    len: 1,
                    ..self.cursor.place
                };
                faults.note(span, ConfigErrorKind::NotText);
            }
            return None;
        };
        self.count = self.count.saturating_add(1);
        if self.count > WORDS_MAX {
            let kind = ConfigErrorKind::TooMany { limit: WORDS_MAX };
            faults.note(self.cursor.place, kind);
            self.cursor.rest = "";
            self.not_text = false;
            return None;
        }
        Some(match first {
            '\n' | '\r' => self.word(1, Kind::LineEnd),
            _ if self.form.quotes.contains(first) => self.quoted(first, faults),
            _ if self.form.marks.contains(first) => self.word(first.len_utf8(), Kind::Mark),
            _ => self.bare(),
        })
    }

    fn word(&mut self, len: usize, kind: Kind) -> Word<'a> {
        let (text, span) = self.cursor.take(len);
        Word { text, span, kind }
    }

    fn skip_space(&mut self) {
        loop {
            let lines = self.form.lines;
            let ends = |c: char| lines && matches!(c, '\n' | '\r');
            self.cursor
                .take(self.cursor.until(|c| ends(c) || !c.is_whitespace()));
            if self.cursor.rest.starts_with("\r\n") {
                self.cursor.take(1);
                continue;
            }
            let joined = self.cursor.rest.strip_prefix(self.form.escape);
            let joined = joined.and_then(|rest| {
                let end = rest.trim_start_matches('\r');
                end.starts_with('\n')
                    .then(|| self.cursor.rest.len().saturating_sub(end.len()))
            });
            if let Some(len) = joined {
                self.cursor.take(len.saturating_add(1));
            } else if self.cursor.rest.starts_with('#') {
                self.cursor.take(self.cursor.until(|c| c == '\n'));
            } else if self.form.long_comments && self.cursor.rest.starts_with("/*") {
                let end = self.cursor.rest.find("*/").map(|at| at.saturating_add(2));
                self.cursor.take(end.unwrap_or(self.cursor.rest.len()));
            } else {
                return;
            }
        }
    }

    fn bare(&mut self) -> Word<'a> {
        let (marks, pairs) = (self.form.marks, self.form.pairs);
        let quotes = self.form.quotes;
        let ends = |c: char| c.is_whitespace() || marks.contains(c) || quotes.contains(c);
        let len = self.cursor.until(|c| ends(c) || (pairs && c == '='));
        let rest = self.cursor.rest.get(len..);
        if pairs && rest.is_some_and(|rest| rest.starts_with('=')) {
            let word = self.word(len, Kind::Key);
            self.cursor.take(1);
            self.in_value = true;
            return word;
        }
        self.word(len.max(1), Kind::Bare)
    }

    /// What stands behind `=`, maybe nothing.
    fn value(&mut self, faults: &mut Faults) -> Word<'a> {
        match self.cursor.rest.chars().next() {
            Some(quote) if self.form.quotes.contains(quote) => self.quoted(quote, faults),
            _ => self.word(self.cursor.until(char::is_whitespace), Kind::Bare),
        }
    }

    /// A text to the next mark of the same kind; to the end of the line when
    /// there is none.
    fn quoted(&mut self, quote: char, faults: &mut Faults) -> Word<'a> {
        let (_, mark) = self.cursor.take(quote.len_utf8());
        let Some(end) = self.closing(quote) else {
            // What was searched in vain is not searched again for each mark.
            self.searched = self.cursor.place.offset.saturating_add(QUOTED_MAX);
            faults.note(mark, ConfigErrorKind::UnclosedQuote);
            return self.word(self.cursor.until(|c| c == '\n'), Kind::Quoted);
        };
        let word = self.word(end, Kind::Quoted);
        self.cursor.take(quote.len_utf8());
        word
    }

    /// Bytes to the mark that closes: on this line behind one that none
    /// closed, else within [`QUOTED_MAX`].
    fn closing(&self, quote: char) -> Option<usize> {
        let one_line = self.cursor.place.offset < self.searched;
        let mut escaping = false;
        for (at, c) in self.cursor.rest.char_indices() {
            match c {
                _ if at > QUOTED_MAX => return None,
                '\n' if one_line => return None,
                _ if escaping => escaping = false,
                _ if c == quote => return Some(at),
                _ if c == self.form.escape => escaping = true,
                _ => {}
            }
        }
        None
    }
}

/// Something with a name and the lines that say something of it.
#[derive(Clone, Debug)]
pub(super) struct Object<'a> {
    pub(super) name: Word<'a>,
    pub(super) lines: Vec<Vec<Word<'a>>>,
}

impl<'a> Object<'a> {
    pub(super) const fn new(name: Word<'a>) -> Self {
        Self {
            name,
            lines: Vec::new(),
        }
    }

    /// What stands behind `path` on each line that begins with it.
    pub(super) fn all<'o>(&'o self, path: &'o [&str]) -> impl Iterator<Item = &'o [Word<'a>]> {
        self.lines.iter().filter_map(move |line| behind(line, path))
    }

    /// What stands behind `path` on the last line that begins with it.
    pub(super) fn rest(&self, path: &[&str]) -> Option<&[Word<'a>]> {
        self.lines.iter().rev().find_map(|line| behind(line, path))
    }

    /// The word behind `path` on the last line that begins with it.
    pub(super) fn value(&self, path: &[&str]) -> Option<Spanned<&'a str>> {
        Some(self.rest(path)?.first()?.spanned())
    }

    /// The place of the last word of `path`, where a line begins with it.
    pub(super) fn place(&self, path: &[&str]) -> Option<Span> {
        let last = path.len().checked_sub(1)?;
        let line = self.lines.iter().rev().find(|line| {
            line.len() > last && line.iter().zip(path).all(|(word, part)| word.text == *part)
        })?;
        Some(line.get(last)?.span)
    }
}

/// What stands behind `path` on a line that begins with it.
pub(super) fn behind<'l, 'a>(line: &'l [Word<'a>], path: &[&str]) -> Option<&'l [Word<'a>]> {
    let (head, rest) = line.split_at_checked(path.len())?;
    let same = head.iter().zip(path).all(|(word, part)| word.text == *part);
    same.then_some(rest)
}

/// `10.1.0.0 255.255.255.0` in two words or `10.1.0.0/24` in one; an address
/// alone is itself.
pub(super) fn network(words: &[Word<'_>]) -> Option<Setting<AddressRange>> {
    let first = words.first()?;
    let mask = words.get(1).filter(|_| !first.text.contains('/'));
    let Some(mask) = mask else {
        return Some(Setting::written(first.text.parse().ok()?, first.span));
    };
    let end = mask.span.offset.saturating_add(mask.span.len);
    let span = Span {
        len: end.saturating_sub(first.span.offset),
        ..first.span
    };
    let range = AddressRange::from_prefix(first.text.parse().ok()?, prefix(mask.text)?)?;
    Some(Setting::written(range, span))
}

/// The length of the prefix that a mask stands for.
pub(super) fn prefix(mask: &str) -> Option<u8> {
    let mask = u32::from(mask.parse::<Ipv4Addr>().ok()?);
    let len = mask.leading_ones();
    let whole = len.saturating_add(mask.trailing_zeros()) == u32::BITS || mask == 0;
    u8::try_from(len).ok().filter(|_| whole)
}

/// Words of one file.
pub(super) const WORDS_MAX: usize = 4_000_000;

/// Bytes between quotation marks: a certificate with its chain.
pub(super) const QUOTED_MAX: usize = 65_536;
