//! Lines as they are written, by the section they belong to. A form that
//! spreads over several lines, or over objects that are named elsewhere, what
//! the model tells as one value cannot be changed without them. Lines that
//! hold a secret are never kept.

use super::words::{Object, Word};
use super::{Span, Spanned};
use crate::sorted::Map;
use alloc::string::String;
use alloc::vec::Vec;

/// The lines of a configuration that a change may have to write anew.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lines {
    /// By the place of the section's name.
    sections: Map<Span, Vec<Line>>,
    /// The section of each value, by the place of the value.
    of: Map<Span, Span>,
    /// The sections by kind and name.
    names: Map<String, Span>,
}

/// A line as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Line {
    /// Its keywords: `dhgrp`, `perfect-forward-secrecy keys`.
    pub key: String,
    /// What stands before the value on this very line: `set dhgrp `.
    pub head: String,
    /// The value, quotation marks included; empty where the keyword is all.
    pub value: Spanned<String>,
    /// What ends it: `;` or nothing.
    pub end: &'static str,
}

impl Line {
    /// A keyword with braces behind it.
    pub(super) fn block(key: &str, span: Span) -> Self {
        let value = String::new();
        Self {
            key: key.into(),
            head: key.into(),
            value: Spanned { value, span },
            end: "",
        }
    }

    /// What says which section it belongs to, before its keywords; empty where
    /// the section stands around it.
    #[must_use]
    pub fn before(&self) -> &str {
        let own = self.head.trim_end().strip_suffix(self.key.as_str());
        own.unwrap_or_default()
    }

    /// Whether it names its section itself.
    #[must_use]
    pub fn names_section(&self) -> bool {
        !self.before().is_empty()
    }
}

impl Lines {
    /// Of no file.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            sections: Map::new(),
            of: Map::new(),
            names: Map::new(),
        }
    }

    /// The lines of the section whose name is at `section`, in order.
    #[must_use]
    pub fn of(&self, section: Span) -> &[Line] {
        self.sections.get(&section).map_or(&[][..], |lines| lines)
    }

    /// The line with this keyword that counts: the last.
    #[must_use]
    pub fn last(&self, section: Span, key: &str) -> Option<&Line> {
        let mut lines = self.of(section).iter();
        lines.rfind(|line| line.key == key)
    }

    /// The section and the line whose value holds `place`.
    #[must_use]
    pub fn at(&self, place: Span) -> Option<(Span, &Line)> {
        let last = Span {
            len: usize::MAX,
            ..place
        };
        let (value, section) = self.of.up_to(&last).next_back()?;
        let end = value.offset.saturating_add(value.len);
        let within = value.input == place.input && place.offset < end;
        let mut lines = self.of(*section).iter();
        let line = lines.find(|line| line.value.span == *value)?;
        within.then_some((*section, line))
    }

    /// The section of this kind and name, `ike policy p`, where the form refers
    /// to sections so.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<Span> {
        self.names.get(name).copied()
    }

    pub(super) fn name(&mut self, name: String, section: Span) {
        self.names.insert(name, section);
    }

    pub(super) fn push(&mut self, section: Span, line: Line) {
        self.of.insert(line.value.span, section);
        self.sections.entry(section).or_default().push(line);
    }

    /// Keeps the lines of `object` that begin with one of `keys`, each between
    /// `lead` and `end`.
    pub(super) fn keep(
        &mut self,
        object: &Object<'_>,
        (lead, end): (&str, &'static str),
        keys: &[&str],
    ) {
        for words in &object.lines {
            if let Some((first, rest)) = words.split_first()
                && keys.contains(&first.text)
            {
                let line = Line {
                    key: first.text.into(),
                    head: [lead, first.text, gap(first, rest)].concat(),
                    value: value(rest, first.span),
                    end,
                };
                self.push(object.name.span, line);
            }
        }
    }
}

/// Words as they are written, with one blank or the end of a line where there
/// were any; at `alone` where there are none.
pub(super) fn value(words: &[Word<'_>], alone: Span) -> Spanned<String> {
    let first = words.first().map_or(alone, |first| first.span);
    let len = words
        .last()
        .map_or(alone.len, |last| end(last).saturating_sub(first.offset));
    Spanned {
        value: joined(words, &[]),
        span: Span { len, ..first },
    }
}

/// Words, and what stands between them and those that follow.
pub(super) fn joined(words: &[Word<'_>], rest: &[Word<'_>]) -> String {
    let mut text = String::new();
    for (at, word) in words.iter().enumerate() {
        let next = words
            .get(at.saturating_add(1)..)
            .filter(|next| !next.is_empty());
        let mark = if word.is_quoted() { "\"" } else { "" };
        text.extend([mark, word.text, mark, gap(word, next.unwrap_or(rest))]);
    }
    text
}

/// What stands between a word and the next: nothing before a mark that
/// touches it.
pub(super) fn gap(word: &Word<'_>, next: &[Word<'_>]) -> &'static str {
    let Some(next) = next.first() else {
        return "";
    };
    if word.span.line != next.span.line {
        return "\n";
    }
    let marks = usize::from(word.is_quoted()).saturating_add(usize::from(next.is_quoted()));
    match next.span.offset.saturating_sub(end(word)) > marks {
        true => " ",
        false => "",
    }
}

const fn end(word: &Word<'_>) -> usize {
    word.span.offset.saturating_add(word.span.len)
}
