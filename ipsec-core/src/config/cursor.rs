//! A place in a text, and what is taken from it: under every reader that goes
//! word by word.

use super::{Span, Spanned};

/// What of a text is not yet read, and where that begins.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'a> {
    pub(super) rest: &'a str,
    pub(super) place: Span,
}

impl<'a> Cursor<'a> {
    pub(super) const fn new(input: usize, text: &'a str) -> Self {
        let place = Span::start(input);
        Self { rest: text, place }
    }

    /// So many bytes from here.
    pub(super) const fn span(&self, len: usize) -> Span {
        Span { len, ..self.place }
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.take(c.len_utf8());
        Some(c)
    }

    /// Takes characters as long as `wanted` says so.
    pub(super) fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> Spanned<&'a str> {
        let (value, span) = self.take(self.until(|c| !wanted(c)));
        Spanned { value, span }
    }

    /// Takes so many bytes and says where they stood.
    pub(super) fn take(&mut self, len: usize) -> (&'a str, Span) {
        let (text, rest) = self.rest.split_at_checked(len).unwrap_or((self.rest, ""));
        let span = self.span(text.len());
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
    pub(super) fn until(&self, ends: impl Fn(char) -> bool) -> usize {
        self.rest.find(ends).unwrap_or(self.rest.len())
    }
}
