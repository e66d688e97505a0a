//! The words of an `iked.conf`, a statement at a time. A statement ends with
//! its line, unless a backslash ends the line or a brace is open. `$name` is
//! replaced by the words of the macro, and stays where there is none; within a
//! macro nothing is replaced.

use crate::config::values::Faults;
use crate::config::{ConfigErrorKind, Span, Spanned};
use alloc::borrow::ToOwned as _;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

/// A word, a quoted text without its marks, or one of `{ } ( ) , =`.
#[derive(Clone, Copy)]
pub(super) struct Token<'a> {
    pub(super) text: &'a str,
    pub(super) span: Span,
    pub(super) quoted: bool,
}

impl Token<'_> {
    pub(super) fn owned(&self) -> Spanned<String> {
        Spanned {
            value: self.text.to_owned(),
            span: self.span,
        }
    }
}

pub(super) fn statements<'a>(
    input: usize,
    file: &'a [u8],
    faults: &mut Faults,
) -> Vec<Vec<Token<'a>>> {
    let mut lexer = Lexer {
        rest: "",
        place: Span {
            input,
            line: 1,
            column: 1,
            offset: 0,
            len: 0,
        },
        faults,
    };
    match core::str::from_utf8(file) {
        Ok(text) => lexer.rest = text,
        Err(_) => lexer.faults.note(lexer.place, ConfigErrorKind::NotText),
    }
    let (mut statements, mut current, mut depth) = (Vec::new(), Vec::new(), 0_usize);
    let mut macros: BTreeMap<&str, &str> = BTreeMap::new();
    let mut count = 0_usize;
    while let Some(token) = lexer.next() {
        count = count.saturating_add(1);
        match token.text {
            "\n" if !token.quoted => {
                if depth == 0 {
                    statements.push(core::mem::take(&mut current));
                }
                continue;
            }
            "{" if !token.quoted => depth = depth.saturating_add(1),
            "}" if !token.quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        if let [name, Token { text: "=", .. }] = &current[..] {
            let name: &Token<'_> = name;
            macros.insert(name.text, token.text);
        }
        let name = token.text.strip_prefix('$').filter(|_| !token.quoted);
        match name.and_then(|name| macros.get(name)) {
            Some(text) => {
                let words = text.split_ascii_whitespace();
                let words: Vec<_> = words.map(|text| Token { text, ..token }).collect();
                count = count.saturating_add(words.len());
                current.extend(words);
            }
            None => current.push(token),
        }
        if count > TOKENS_MAX {
            let kind = ConfigErrorKind::TooMany { limit: TOKENS_MAX };
            lexer.faults.note(token.span, kind);
            break;
        }
    }
    statements.push(current);
    statements
}

struct Lexer<'a, 'f> {
    rest: &'a str,
    place: Span,
    faults: &'f mut Faults,
}

impl<'a> Lexer<'a, '_> {
    /// Takes so many bytes and says where they stood.
    fn take(&mut self, len: usize) -> (&'a str, Span) {
        let (text, rest) = self.rest.split_at_checked(len).unwrap_or((self.rest, ""));
        let span = Span {
            len: text.len(),
            ..self.place
        };
        self.rest = rest;
        self.place.offset = self.place.offset.saturating_add(text.len());
        for c in text.chars() {
            if c == '\n' {
                self.place.line = self.place.line.saturating_add(1);
                self.place.column = 1;
            } else {
                self.place.column = self.place.column.saturating_add(1);
            }
        }
        (text, span)
    }

    /// Bytes up to the first character that `ends`.
    fn until(&self, ends: impl Fn(char) -> bool) -> usize {
        self.rest.find(ends).unwrap_or(self.rest.len())
    }

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            self.take(self.until(|c| c == '\n' || !c.is_whitespace()));
            let joined = ["\\\n", "\\\r\n"]
                .iter()
                .find(|end| self.rest.starts_with(**end));
            if let Some(end) = joined {
                self.take(end.len());
            } else if self.rest.starts_with('#') {
                self.take(self.until(|c| c == '\n'));
            } else {
                break;
            }
        }
        let first = self.rest.chars().next()?;
        let len = match first {
            '"' => return Some(self.quoted()),
            '\n' | '{' | '}' | '(' | ')' | ',' | '=' => 1,
            _ => self.until(|c| c.is_whitespace() || "{}(),=\"#".contains(c)),
        };
        let (text, span) = self.take(len.max(first.len_utf8()));
        Some(Token {
            text,
            span,
            quoted: false,
        })
    }

    fn quoted(&mut self) -> Token<'a> {
        let (_, mark) = self.take(1);
        let (text, span) = self.take(self.until(|c| c == '"' || c == '\n'));
        if self.rest.starts_with('"') {
            self.take(1);
        } else {
            self.faults.note(mark, ConfigErrorKind::UnclosedQuote);
        }
        Token {
            text,
            span,
            quoted: true,
        }
    }
}

/// Words of one file, those of macros each time.
pub(super) const TOKENS_MAX: usize = 500_000;
