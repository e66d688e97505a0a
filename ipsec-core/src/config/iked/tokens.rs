//! The words of an `iked.conf`, a statement at a time. A statement ends with
//! its line, unless a backslash ends the line or a brace is open. `$name` is
//! replaced by the words of the macro, and stays where there is none; within a
//! macro nothing is replaced.

use crate::config::cursor::Cursor;
use crate::config::values::Faults;
use crate::config::{ConfigErrorKind, Span, Spanned};
use crate::sorted::Map;
use alloc::borrow::ToOwned as _;
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
        cursor: Cursor::new(input, ""),
        faults,
    };
    match core::str::from_utf8(file) {
        Ok(text) => lexer.cursor.rest = text,
        Err(_) => lexer
            .faults
            .note(lexer.cursor.place, ConfigErrorKind::NotText),
    }
    let (mut statements, mut current, mut depth) = (Vec::new(), Vec::new(), 0_usize);
    let mut macros: Map<&str, &str> = Map::new();
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
    cursor: Cursor<'a>,
    faults: &'f mut Faults,
}

impl<'a> Lexer<'a, '_> {
    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            self.cursor
                .take(self.cursor.until(|c| c == '\n' || !c.is_whitespace()));
            let joined = ["\\\n", "\\\r\n"]
                .iter()
                .find(|end| self.cursor.rest.starts_with(**end));
            if let Some(end) = joined {
                self.cursor.take(end.len());
            } else if self.cursor.rest.starts_with('#') {
                self.cursor.take(self.cursor.until(|c| c == '\n'));
            } else {
                break;
            }
        }
        let first = self.cursor.rest.chars().next()?;
        let len = match first {
            '"' => return Some(self.quoted()),
            '\n' | '{' | '}' | '(' | ')' | ',' | '=' => 1,
            _ => self
                .cursor
                .until(|c| c.is_whitespace() || "{}(),=\"#".contains(c)),
        };
        let (text, span) = self.cursor.take(len.max(first.len_utf8()));
        Some(Token {
            text,
            span,
            quoted: false,
        })
    }

    fn quoted(&mut self) -> Token<'a> {
        let (_, mark) = self.cursor.take(1);
        let (text, span) = self
            .cursor
            .take(self.cursor.until(|c| c == '"' || c == '\n'));
        if self.cursor.rest.starts_with('"') {
            self.cursor.take(1);
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
