//! Changes of single lines, collected into one patch: for forms whose reader
//! keeps the [`Lines`] that a value is spread over.

use super::Patch;
use crate::config::Span;
use crate::config::lines::{Line, Lines};
use crate::sorted::Map;
use crate::wire::tree::misleads;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// A patch on its way.
pub(super) struct Sheet<'m> {
    pub(super) lines: &'m Lines,
    /// What ends a statement that is added.
    stop: &'static str,
    /// By file, line and order: what is taken away there, and what is added.
    hunks: Map<(usize, usize, usize), Hunk>,
}

struct Hunk {
    old: Vec<String>,
    new: Vec<String>,
}

impl<'m> Sheet<'m> {
    pub(super) const fn new(lines: &'m Lines, stop: &'static str) -> Self {
        Self {
            lines,
            stop,
            hunks: Map::new(),
        }
    }

    /// Gives the line of this keyword in the section another value; adds it
    /// `behind` a line of it when there is none, with `lead` before the keyword.
    pub(super) fn set(&mut self, section: Span, behind: Span, lead: &str, key: &str, value: &str) {
        match self.lines.last(section, key) {
            Some(line) => self.replace(line, value),
            None => self.add(behind, format!("{lead}{key} {value}")),
        }
    }

    /// Gives the line of this keyword another value, if there is one.
    pub(super) fn correct(&mut self, section: Span, key: &str, value: &str) {
        if let Some(line) = self.lines.last(section, key) {
            self.replace(line, value);
        }
    }

    pub(super) fn replace(&mut self, line: &Line, value: &str) {
        if line.value.value != value {
            self.instead(line, &[format!("{}{value}", line.head)]);
        }
    }

    /// Writes statements in the place of one.
    pub(super) fn instead(&mut self, line: &Line, new: &[String]) {
        let old = Vec::from([Self::old(line)]);
        let each = new.iter().map(|new| [new, line.end].concat());
        let new = each.collect();
        self.hunk(line.value.span, Hunk { old, new });
    }

    /// Adds a statement behind the line at `behind`.
    pub(super) fn add(&mut self, behind: Span, new: String) {
        let new = Vec::from([[&*new, self.stop].concat()]);
        let old = Vec::new();
        self.hunk(behind, Hunk { old, new });
    }

    /// Takes the line of this keyword away, if there is one.
    pub(super) fn remove(&mut self, section: Span, key: &str) {
        if let Some(line) = self.lines.last(section, key) {
            let old = Vec::from([Self::old(line)]);
            self.hunk(
                line.value.span,
                Hunk {
                    old,
                    new: Vec::new(),
                },
            );
        }
    }

    /// Takes these lines away, the first of which is at `place`.
    pub(super) fn cut(&mut self, place: Span, old: Vec<String>) {
        let new = Vec::new();
        self.hunk(place, Hunk { old, new });
    }

    /// Adds a section of one statement to a section.
    pub(super) fn block(&mut self, section: Span, name: &str, inner: &str) {
        let new = Vec::from([format!("{name} {{ {inner}{} }}", self.stop)]);
        let old = Vec::new();
        self.hunk(section, Hunk { old, new });
    }

    fn old(line: &Line) -> String {
        let text = [line.head.as_str(), &line.value.value].concat();
        [text.trim_end(), line.end].concat()
    }

    fn hunk(&mut self, place: Span, hunk: Hunk) {
        let key = (place.input, place.line, self.hunks.len());
        self.hunks.insert(key, hunk);
    }

    /// `None` without a change, for changes in several files, and where a line
    /// cannot be shown as it is.
    pub(super) fn finish(self) -> Option<Patch> {
        let (first, last) = (self.hunks.first_key_value()?, self.hunks.last_key_value()?);
        let input = first.0.0;
        if last.0.0 != input {
            return None;
        }
        let mut all = Vec::new();
        for ((_, line, _), hunk) in &self.hunks {
            all.push(format!("@@ line {line} @@"));
            all.extend(hunk.old.iter().map(|old| format!("-{old}")));
            all.extend(hunk.new.iter().map(|new| format!("+{new}")));
        }
        let shown = |line: &String| !line.contains(misleads);
        let lines = all.iter().all(shown).then(|| all.join("\n"))?;
        Some(Patch { input, lines })
    }
}
