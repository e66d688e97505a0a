//! Fortinet's FortiOS: `config vpn ipsec phase1-interface`, `edit "name"`,
//! `set key value`, `next`, `end`, as `show` prints it and a backup holds it,
//! with or without VDOMs.
//!
//! Read are the IPsec tables (`phase1`, `phase1-interface`, `phase2`,
//! `phase2-interface`), and what they refer to: interfaces, addresses and
//! their groups. Defaults are those of the CLI reference of 7.2; a key that
//! FortiOS shows always, like `proposal`, stands for what it puts there when a
//! tunnel is made.

use super::model::{Dialect, Model};
use super::values::Faults;
use super::words::{Form, Kind, Object, Word, Words};
use super::{ConfigErrorKind, Span, Spanned};
use crate::sorted::Map;
use alloc::string::String;
use alloc::vec::Vec;

mod keywords;
mod tunnel;

/// Reads a configuration, or the part of one. `input` is its index among the
/// inputs.
///
/// ```
/// use ipsec_core::config::{fortios, model::Versions};
/// let file = b"config vpn ipsec phase1-interface\n edit \"hq\"\n  set interface \"wan1\"\n\
///     \x20 set ike-version 2\n  set remote-gw 192.0.2.1\n next\nend\n";
/// let model = fortios::read(0, file);
/// assert_eq!(model.connections[0].versions.value, Versions::V2);
/// assert_eq!(model.errors, []);
/// ```
#[must_use]
pub fn read(input: usize, file: &[u8]) -> Model {
    let mut reader = Reader {
        faults: Faults(Vec::new()),
        frames: Vec::new(),
        too_deep: 0,
        vdom: "",
        tables: Tables::default(),
        unknown: Vec::new(),
    };
    let mut words = Words::new(&FORM, input, file);
    let mut line = Vec::new();
    loop {
        match words.next(&mut reader.faults) {
            Some(word) if word.kind == Kind::LineEnd => {
                reader.line(core::mem::take(&mut line));
            }
            Some(word) => line.push(word),
            None => break,
        }
    }
    reader.line(line);
    reader.finish();
    let mut model = Model::new(Dialect::FortiOs);
    model.release = release(input, file);
    model.unknown = reader.unknown;
    tunnel::fill(&reader.tables, &mut model, &mut reader.faults);
    model.errors = reader.faults.0;
    model
}

/// Whether a line shows a configuration of this form.
pub(super) fn shows(line: &str) -> bool {
    line.starts_with("config vpn ipsec ") || line.starts_with("#config-version=")
}

/// What the first line of a backup says: `#config-version=FGT60F-7.2.5-FW-…`.
fn release(input: usize, file: &[u8]) -> Option<Spanned<String>> {
    let line = file.split(|byte| *byte == b'\n').next()?;
    let line = core::str::from_utf8(line).ok()?;
    let rest = line.strip_prefix(VERSION)?;
    let text = rest.split([':', '\r']).next()?;
    Some(Spanned {
        value: text.into(),
        span: Span {
            input,
            line: 1,
            column: VERSION.len().saturating_add(1),
            offset: VERSION.len(),
            len: text.len(),
        },
    })
}

/// The tables that are read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Table {
    Phase1,
    Phase2,
    Interface,
    Address,
    Group,
    Global,
}

impl Table {
    fn of(path: &[&str]) -> Option<Self> {
        Some(match path {
            ["vpn", "ipsec", "phase1-interface" | "phase1"] => Self::Phase1,
            ["vpn", "ipsec", "phase2-interface" | "phase2"] => Self::Phase2,
            ["system", "interface"] => Self::Interface,
            ["firewall", "address" | "address6"] => Self::Address,
            ["firewall", "addrgrp" | "addrgrp6"] => Self::Group,
            ["system", "global"] => Self::Global,
            _ => return None,
        })
    }

    fn knows(self, key: &str) -> bool {
        match self {
            Self::Phase1 => keywords::PHASE1.binary_search(&key).is_ok(),
            Self::Phase2 => keywords::PHASE2.binary_search(&key).is_ok(),
            Self::Interface | Self::Address | Self::Group | Self::Global => true,
        }
    }
}

/// An entry and the VDOM that it is of.
struct Entry<'a> {
    vdom: &'a str,
    object: Object<'a>,
}

#[derive(Default)]
struct Tables<'a> {
    phase1: Vec<Entry<'a>>,
    phase2: Vec<Entry<'a>>,
    global: Vec<Entry<'a>>,
    /// What is referred to, by VDOM and name.
    interfaces: Map<&'a str, Object<'a>>,
    addresses: Map<(&'a str, &'a str), Object<'a>>,
    groups: Map<(&'a str, &'a str), Object<'a>>,
}

/// A `config` or an `edit` that is open.
struct Frame<'a> {
    word: Word<'a>,
    kind: FrameKind<'a>,
}

enum FrameKind<'a> {
    Config { table: Option<Table>, vdoms: bool },
    Edit(Option<(Table, Object<'a>)>),
}

struct Reader<'a> {
    faults: Faults,
    frames: Vec<Frame<'a>>,
    /// Sections open beyond the limit, whose ends are only counted.
    too_deep: usize,
    vdom: &'a str,
    tables: Tables<'a>,
    unknown: Vec<Spanned<String>>,
}

impl<'a> Reader<'a> {
    fn line(&mut self, words: Vec<Word<'a>>) {
        let Some((first, rest)) = words.split_first() else {
            return;
        };
        let quoted = first.kind == Kind::Quoted;
        match first.text {
            _ if quoted => self.stray(*first),
            "config" => self.config(*first, rest),
            "edit" => self.edit(*first, rest.first()),
            "next" => self.next(*first),
            "end" => self.end(*first),
            "set" | "append" => self.set(rest),
            "unset" => self.set(rest.get(..1).unwrap_or_default()),
            _ => self.stray(*first),
        }
    }

    /// A line that is no statement is noted within the tables that are read.
    fn stray(&mut self, word: Word<'a>) {
        if let Some(FrameKind::Edit(Some(_))) = self.frames.last().map(|frame| &frame.kind) {
            self.faults.note(word.span, ConfigErrorKind::Unexpected);
        }
    }

    fn config(&mut self, word: Word<'a>, path: &[Word<'a>]) {
        let path: Vec<_> = path.iter().take(4).map(|word| word.text).collect();
        // Tables within an entry have one word: a longer path begins anew.
        if path.len() > 1 {
            while self.frames.iter().any(is_read) {
                self.close(true);
            }
        }
        let within = self.frames.iter().any(is_read);
        let table = Table::of(&path).filter(|_| !within);
        let kind = FrameKind::Config {
            table,
            vdoms: path == ["vdom"],
        };
        self.open(Frame { word, kind });
        if table == Some(Table::Global) {
            let object = Object::new(word);
            let kind = FrameKind::Edit(Some((Table::Global, object)));
            self.open(Frame { word, kind });
        }
    }

    fn open(&mut self, frame: Frame<'a>) {
        if self.frames.len() < DEPTH_MAX {
            self.frames.push(frame);
            return;
        }
        if self.too_deep == 0 {
            let kind = ConfigErrorKind::TooDeep { limit: DEPTH_MAX };
            self.faults.note(frame.word.span, kind);
        }
        self.too_deep = self.too_deep.saturating_add(1);
    }

    fn edit(&mut self, word: Word<'a>, name: Option<&Word<'a>>) {
        let Some(name) = name else {
            return self.faults.note(word.span, ConfigErrorKind::Alone);
        };
        if self.too_deep == 0
            && let Some(FrameKind::Edit(open)) = self.frames.last().map(|frame| &frame.kind)
        {
            if open.is_some() {
                self.unclosed();
            }
            self.close(false);
        }
        let (mut table, mut vdoms) = (None, false);
        if let Some(FrameKind::Config { table: t, vdoms: v }) =
            self.frames.last().map(|frame| &frame.kind)
        {
            (table, vdoms) = (*t, *v);
        }
        if vdoms {
            self.vdom = name.text;
        }
        let entry = table.map(|table| (table, Object::new(*name)));
        self.open(Frame {
            word: *name,
            kind: FrameKind::Edit(entry),
        });
    }

    fn next(&mut self, word: Word<'a>) {
        if let Some(left) = self.too_deep.checked_sub(1) {
            self.too_deep = left;
        } else if let Some(FrameKind::Edit(_)) = self.frames.last().map(|frame| &frame.kind) {
            self.close(false);
        } else {
            self.faults.note(word.span, ConfigErrorKind::Unopened);
        }
    }

    /// `end` also closes the entry that is open.
    fn end(&mut self, word: Word<'a>) {
        if let Some(left) = self.too_deep.checked_sub(1) {
            self.too_deep = left;
            return;
        }
        if let Some(FrameKind::Edit(_)) = self.frames.last().map(|frame| &frame.kind) {
            self.close(false);
        }
        if self.frames.is_empty() {
            self.faults.note(word.span, ConfigErrorKind::Unopened);
        }
        self.close(false);
    }

    fn unclosed(&mut self) {
        if let Some(frame) = self.frames.last() {
            let span = frame.word.span;
            self.faults.note(span, ConfigErrorKind::Unclosed);
        }
    }

    /// Closes what was opened last; `missing` when nothing said so.
    fn close(&mut self, missing: bool) {
        if missing {
            self.unclosed();
        }
        self.too_deep = 0;
        let Some(frame) = self.frames.pop() else {
            return;
        };
        let FrameKind::Edit(Some((table, object))) = frame.kind else {
            return;
        };
        let (vdom, name) = (self.vdom, object.name.text);
        let tables = &mut self.tables;
        match table {
            Table::Phase1 => tables.phase1.push(Entry { vdom, object }),
            Table::Phase2 => tables.phase2.push(Entry { vdom, object }),
            Table::Global => tables.global.push(Entry { vdom, object }),
            Table::Interface => drop(tables.interfaces.insert(name, object)),
            Table::Address => drop(tables.addresses.insert((vdom, name), object)),
            Table::Group => drop(tables.groups.insert((vdom, name), object)),
        }
    }

    fn set(&mut self, words: &[Word<'a>]) {
        let Some(FrameKind::Edit(Some((table, object)))) =
            self.frames.last_mut().map(|frame| &mut frame.kind)
        else {
            return;
        };
        let Some(key) = words.first().filter(|_| self.too_deep == 0) else {
            return;
        };
        if table.knows(key.text) && key.kind == Kind::Bare {
            object.lines.push(words.to_vec());
        } else if key.kind == Kind::Bare {
            self.unknown.push(key.owned());
        } else {
            self.faults.note(key.span, ConfigErrorKind::Unexpected);
        }
    }

    fn finish(&mut self) {
        while !self.frames.is_empty() {
            self.close(true);
        }
    }
}

/// Whether a frame is a table that is read, or an entry of one.
const fn is_read(frame: &Frame<'_>) -> bool {
    matches!(
        frame.kind,
        FrameKind::Config { table: Some(_), .. } | FrameKind::Edit(Some(_))
    )
}

const FORM: Form = Form {
    marks: "",
    quotes: "\"'",
    escape: '\\',
    lines: true,
    pairs: false,
    long_comments: false,
};

const VERSION: &str = "#config-version=";

/// Sections within each other.
pub const DEPTH_MAX: usize = 16;

#[cfg(test)]
mod tests;
