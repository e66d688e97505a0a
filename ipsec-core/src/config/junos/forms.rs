//! The two forms of a Junos configuration, made into statements.

use super::Statement;
use crate::config::ConfigErrorKind;
use crate::config::values::Faults;
use crate::config::words::{Form, Kind, Word, Words, behind};
use alloc::vec::Vec;

/// The statements that matter here, those of applied groups first.
pub(super) fn statements<'a>(
    input: usize,
    file: &'a [u8],
    faults: &mut Faults,
) -> Vec<Statement<'a>> {
    let mut kept = Kept::default();
    if has_set_lines(file) {
        set_lines(input, file, &mut kept, faults);
    } else {
        braces(input, file, &mut kept, faults);
    }
    kept.finish()
}

pub(super) fn has_set_lines(file: &[u8]) -> bool {
    file.split(|byte| *byte == b'\n')
        .take(crate::config::SNIFF_LINES)
        .any(|line| line.trim_ascii_start().starts_with(b"set "))
}

fn set_lines<'a>(input: usize, file: &'a [u8], kept: &mut Kept<'a>, faults: &mut Faults) {
    let mut words = Words::new(&LINES, input, file);
    let mut line: Vec<Word<'_>> = Vec::new();
    loop {
        let word = words.next(faults);
        match word {
            Some(word) if word.kind == Kind::Mark => continue,
            Some(word) if word.kind != Kind::LineEnd => {
                line.push(word);
                continue;
            }
            Some(_) | None => {}
        }
        let whole = core::mem::take(&mut line);
        match whole.first().map(|first| first.text) {
            Some("set") => kept.keep(whole.get(1..).unwrap_or_default()),
            Some("deactivate") if kept.inactive.len() < INACTIVE_MAX => {
                kept.inactive
                    .push(whole.get(1..).unwrap_or_default().into());
            }
            _ => {}
        }
        if word.is_none() {
            return;
        }
    }
}

fn braces<'a>(input: usize, file: &'a [u8], kept: &mut Kept<'a>, faults: &mut Faults) {
    let mut words = Words::new(&BRACES, input, file);
    let mut tree = Tree {
        path: Vec::new(),
        open: Vec::new(),
        too_deep: 0,
        inactive: 0,
        current: Vec::new(),
    };
    while let Some(word) = words.next(faults) {
        match (word.kind, word.text) {
            (Kind::Mark, "{") => tree.open(word, faults),
            (Kind::Mark, "}") => {
                if !tree.current.is_empty() {
                    faults.note(word.span, ConfigErrorKind::Unexpected);
                    tree.statement(kept);
                }
                tree.close(word, faults);
            }
            (Kind::Mark, ";") => tree.statement(kept),
            (Kind::Mark, _) => {}
            _ => tree.current.push(word),
        }
    }
    if let Some(word) = tree.current.first() {
        faults.note(word.span, ConfigErrorKind::Alone);
    }
    for section in tree.open.iter().rev() {
        faults.note(section.word.span, ConfigErrorKind::Unclosed);
    }
}

/// Where in the braces the reader stands.
struct Tree<'a> {
    path: Vec<Word<'a>>,
    open: Vec<Section<'a>>,
    /// Sections open beyond the limit, whose braces are only counted.
    too_deep: usize,
    /// Sections around that are inactive.
    inactive: usize,
    current: Vec<Word<'a>>,
}

struct Section<'a> {
    word: Word<'a>,
    /// Words of the path before it.
    before: usize,
    inactive: bool,
}

impl<'a> Tree<'a> {
    fn open(&mut self, brace: Word<'a>, faults: &mut Faults) {
        if self.open.len() >= DEPTH_MAX {
            if self.too_deep == 0 {
                let kind = ConfigErrorKind::TooDeep { limit: DEPTH_MAX };
                faults.note(brace.span, kind);
            }
            self.too_deep = self.too_deep.saturating_add(1);
            self.current.clear();
            return;
        }
        let inactive = self.take_tag();
        let section = Section {
            word: self.current.first().copied().unwrap_or(brace),
            before: self.path.len(),
            inactive,
        };
        self.inactive = self.inactive.saturating_add(usize::from(inactive));
        let room = PATH_MAX.saturating_sub(self.path.len());
        self.path.extend(self.current.drain(..).take(room));
        self.open.push(section);
    }

    fn close(&mut self, brace: Word<'a>, faults: &mut Faults) {
        if let Some(left) = self.too_deep.checked_sub(1) {
            self.too_deep = left;
        } else if let Some(section) = self.open.pop() {
            self.path.truncate(section.before);
            self.inactive = self.inactive.saturating_sub(usize::from(section.inactive));
        } else {
            faults.note(brace.span, ConfigErrorKind::Unopened);
        }
    }

    fn statement(&mut self, kept: &mut Kept<'a>) {
        let inactive = self.take_tag();
        let own = core::mem::take(&mut self.current);
        if !inactive && self.inactive == 0 && self.too_deep == 0 && !own.is_empty() {
            let mut whole = self.path.clone();
            whole.extend(own);
            kept.keep(&whole);
        }
    }

    /// Takes `inactive:` and its like away; whether it was that one.
    fn take_tag(&mut self) -> bool {
        let mut inactive = false;
        let tags = self.current.iter().take_while(|word| {
            matches!(
                word.text,
                "inactive:" | "replace:" | "protect:" | "active:" | "merge:"
            )
        });
        let mut count = 0_usize;
        for tag in tags {
            inactive |= tag.text == "inactive:";
            count = count.saturating_add(1);
        }
        self.current.drain(..count);
        inactive
    }
}

#[derive(Default)]
struct Kept<'a> {
    own: Vec<Statement<'a>>,
    groups: Vec<Statement<'a>>,
    applied: Vec<&'a str>,
    inactive: Vec<Statement<'a>>,
}

impl<'a> Kept<'a> {
    /// Keeps a statement that matters.
    fn keep(&mut self, words: &[Word<'a>]) {
        if let Some([name, rest @ ..]) = behind(words, &["groups"]) {
            let rest = virtual_system(rest);
            if matters(rest) && !rest.iter().any(|word| word.text.starts_with('<')) {
                let mut whole = Vec::from([*name]);
                whole.extend(rest);
                self.groups.push(whole);
            }
        } else if let Some(names) = behind(words, &["apply-groups"]) {
            let room = APPLIED_MAX.saturating_sub(self.applied.len());
            self.applied
                .extend(names.iter().take(room).map(|name| name.text));
        } else if matters(virtual_system(words)) {
            self.own.push(virtual_system(words).into());
        }
    }

    fn finish(mut self) -> Vec<Statement<'a>> {
        let mut all = Vec::new();
        for group in core::mem::take(&mut self.groups) {
            if let Some((name, rest)) = group.split_first()
                && self.applied.contains(&name.text)
            {
                all.push(rest.into());
            }
        }
        all.append(&mut self.own);
        all.retain(|words| {
            let begins = |path: &Statement<'_>| {
                path.len() <= words.len() && path.iter().zip(words).all(|(a, b)| a.text == b.text)
            };
            !self.inactive.iter().any(begins)
        });
        all
    }
}

/// The statement without the virtual system that it is of.
fn virtual_system<'l, 'a>(words: &'l [Word<'a>]) -> &'l [Word<'a>] {
    match words {
        [first, _, rest @ ..] if ["logical-systems", "tenants"].contains(&first.text) => rest,
        _ => words,
    }
}

fn matters(words: &[Word<'_>]) -> bool {
    let text = |at: usize| words.get(at).map_or("", |word| word.text);
    match (text(0), text(1)) {
        ("version", _) | ("system", "host-name") | ("security", "ike" | "ipsec") => true,
        ("interfaces", _) => words.iter().any(|word| word.text == "address"),
        _ => false,
    }
}

const LINES: Form = Form {
    marks: "[]",
    quotes: "\"",
    escape: '\\',
    lines: true,
    pairs: false,
    long_comments: false,
};

const BRACES: Form = Form {
    marks: "{};[]",
    lines: false,
    long_comments: true,
    ..LINES
};

/// Sections within each other.
pub(super) const DEPTH_MAX: usize = 64;

/// Words of all the sections around a statement.
const PATH_MAX: usize = 128;

/// Statements with `deactivate`.
const INACTIVE_MAX: usize = 64;

/// Groups that are applied.
const APPLIED_MAX: usize = 64;
