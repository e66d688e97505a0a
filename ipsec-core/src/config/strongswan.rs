//! The form of strongSwan's configuration files (`swanctl.conf`,
//! `strongswan.conf`): `section { key = value }`, `#` comments, quoted
//! strings, `include` lines, sections that take over others (`a : b { }`).

use super::cursor::Cursor;
use super::values::items;
use super::{ConfigError, ConfigErrorKind, Span, Spanned};
use crate::crypto::Secret;
use crate::wire::tree::escaped;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use zeroize::Zeroizing;

/// A section and all that stands in it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Section {
    /// Its name; empty for the file as a whole.
    pub name: Spanned<String>,
    /// Sections whose entries it takes over.
    pub references: Vec<Spanned<String>>,
    /// What stands in it, in order.
    pub entries: Vec<Entry>,
}

/// What stands in a section.
#[derive(Debug)]
#[non_exhaustive]
pub enum Entry {
    /// A key with its value.
    Value {
        /// The key.
        key: Spanned<String>,
        /// The value.
        value: Spanned<Text>,
    },
    /// A section.
    Section(Section),
    /// Another file to be read in at this place.
    Include(Spanned<String>),
}

/// A value: what anyone may see, or a secret.
#[non_exhaustive]
pub enum Text {
    /// As written, quotation marks taken off.
    Clear(String),
    /// What must not be shown.
    Hidden(Secret),
}

impl Text {
    /// The text; `None` for a secret.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Clear(text) => Some(text),
            Self::Hidden(_) => None,
        }
    }
}

impl Spanned<Text> {
    /// The text with its place; `None` for a secret.
    #[must_use]
    pub fn clear(&self) -> Option<Spanned<&str>> {
        let value = self.value.as_str()?;
        let span = self.span;
        Some(Spanned { value, span })
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Clear(text) => write!(f, "\"{}\"", escaped(text.as_bytes())),
            Self::Hidden(secret) => secret.fmt(f),
        }
    }
}

impl Section {
    /// The value of `key`: the last one, as later values replace earlier ones.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<&Spanned<Text>> {
        self.entries.iter().rev().find_map(|entry| match entry {
            Entry::Value { key: found, value } if found.value == key => Some(value),
            Entry::Value { .. } | Entry::Section(_) | Entry::Include(_) => None,
        })
    }

    /// The items of a value that is a list, each with its own place.
    pub fn list(&self, key: &str) -> impl Iterator<Item = Spanned<&str>> {
        let found = self.value(key).and_then(Spanned::clear);
        found
            .into_iter()
            .flat_map(|found| items(found, |c| c == ','))
    }

    /// The sections in it.
    pub fn sections(&self) -> impl Iterator<Item = &Self> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Section(section) => Some(section),
            Entry::Value { .. } | Entry::Include(_) => None,
        })
    }

    /// The sections in it by this name.
    pub fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.sections()
            .filter(move |section| section.name.value == name)
    }
}

/// Reads a file. `input` is its index among the inputs, `is_secret` tells
/// whether the value of a key must be hidden, by the names of the sections
/// around it and its own.
#[must_use]
pub fn parse(
    input: usize,
    file: &[u8],
    is_secret: fn(&[&str], &str) -> bool,
) -> (Section, Vec<ConfigError>) {
    let (text, not_text) = match core::str::from_utf8(file) {
        Ok(text) => (text, false),
        Err(error) => {
            let valid = file.get(..error.valid_up_to()).unwrap_or_default();
            (core::str::from_utf8(valid).unwrap_or_default(), true)
        }
    };
    let mut parser = Parser {
        cursor: Cursor::new(input, text),
        is_secret,
        open: Vec::new(),
        current: section(Spanned {
            value: String::new(),
            span: Cursor::new(input, "").span(0),
        }),
        entries: 0,
        too_deep: 0,
        errors: Vec::new(),
    };
    if parser.cursor.peek() == Some('\u{feff}') {
        parser.cursor.next();
        parser.cursor.place.column = 1;
    }
    while parser.step() {}
    if not_text {
        parser.error(ConfigErrorKind::NotText);
    }
    parser.finish()
}

fn section(name: Spanned<String>) -> Section {
    Section {
        name,
        references: Vec::new(),
        entries: Vec::new(),
    }
}

impl Cursor<'_> {
    fn skip_blanks(&mut self) {
        self.take_while(|c| c.is_whitespace() && c != '\n');
    }

    fn skip_line(&mut self) {
        self.take_while(|c| c != '\n');
    }

    /// Skips white space, line ends and comments.
    fn skip_space(&mut self) {
        loop {
            self.take_while(char::is_whitespace);
            if self.peek() != Some('#') {
                return;
            }
            self.skip_line();
        }
    }
}

struct Parser<'a> {
    cursor: Cursor<'a>,
    is_secret: fn(&[&str], &str) -> bool,
    /// The sections around the current one, outermost first.
    open: Vec<Section>,
    current: Section,
    entries: usize,
    /// Sections open beyond the limit, whose braces are only counted.
    too_deep: usize,
    errors: Vec<ConfigError>,
}

impl Parser<'_> {
    /// Reads one entry or brace; false at the end.
    fn step(&mut self) -> bool {
        self.cursor.skip_space();
        match self.cursor.peek() {
            None => return false,
            Some('}') => self.close(),
            Some(_) => {
                let name = self.cursor.take_while(is_name);
                if name.value.is_empty() {
                    self.error(ConfigErrorKind::Unexpected);
                    self.cursor.next();
                    self.skip_fault();
                } else {
                    self.named(name);
                }
            }
        }
        if self.entries > ENTRIES_MAX {
            self.error(ConfigErrorKind::TooMany { limit: ENTRIES_MAX });
            return false;
        }
        true
    }

    /// Reads what follows a name.
    fn named(&mut self, name: Spanned<&str>) {
        self.entries = self.entries.saturating_add(1);
        self.cursor.skip_blanks();
        let mut ahead = self.cursor;
        ahead.skip_space();
        match (self.cursor.peek(), ahead.peek()) {
            (Some('='), _) => {
                self.cursor.next();
                self.value(name);
            }
            (Some(':'), _) => {
                self.cursor.next();
                let references = self.references();
                self.begin(name, references);
            }
            (_, Some('{')) => self.begin(name, Vec::new()),
            _ if name.value == "include" => self.include(),
            _ => {
                self.error_at(name.span, ConfigErrorKind::Alone);
                self.skip_fault();
            }
        }
    }

    /// Goes on behind a fault: at the next brace that closes or on the next
    /// line. Among secrets nothing of the line is read, lest a part of one be
    /// taken for a name.
    fn skip_fault(&mut self) {
        if (self.is_secret)(&self.around(), "") {
            self.cursor.skip_line();
        } else {
            self.cursor.take_while(|c| c != '\n' && c != '}');
        }
    }

    /// The names of the sections around, outermost first.
    fn around(&self) -> Vec<&str> {
        self.open
            .iter()
            .chain([&self.current])
            .map(|section| section.name.value.as_str())
            .filter(|name| !name.is_empty())
            .collect()
    }

    fn begin(&mut self, name: Spanned<&str>, references: Vec<Spanned<String>>) {
        self.cursor.skip_space();
        if self.cursor.peek() != Some('{') {
            self.error(ConfigErrorKind::Unexpected);
            return;
        }
        self.cursor.next();
        if self.open.len() >= DEPTH_MAX {
            if self.too_deep == 0 {
                self.error_at(name.span, ConfigErrorKind::TooDeep { limit: DEPTH_MAX });
            }
            self.too_deep = self.too_deep.saturating_add(1);
            return;
        }
        let inner = Section {
            references,
            ..section(owned(name))
        };
        self.open.push(core::mem::replace(&mut self.current, inner));
    }

    fn close(&mut self) {
        if let Some(left) = self.too_deep.checked_sub(1) {
            self.too_deep = left;
        } else if let Some(outer) = self.open.pop() {
            let inner = core::mem::replace(&mut self.current, outer);
            self.current.entries.push(Entry::Section(inner));
        } else {
            self.error(ConfigErrorKind::Unopened);
        }
        self.cursor.next();
    }

    fn references(&mut self) -> Vec<Spanned<String>> {
        let mut found = Vec::new();
        loop {
            self.cursor.skip_space();
            let name = self.cursor.take_while(is_name);
            if !name.value.is_empty() {
                found.push(owned(name));
            }
            self.cursor.skip_space();
            if self.cursor.peek() != Some(',') {
                return found;
            }
            self.cursor.next();
        }
    }

    fn include(&mut self) {
        let (text, span) = self.text();
        let value = String::clone(&text);
        self.push(Entry::Include(Spanned { value, span }));
    }

    fn value(&mut self, key: Spanned<&str>) {
        let (text, span) = self.text();
        let value = if (self.is_secret)(&self.around(), key.value) {
            Text::Hidden(Secret::new(text.as_bytes().to_vec()))
        } else {
            Text::Clear(String::clone(&text))
        };
        self.push(Entry::Value {
            key: owned(key),
            value: Spanned { value, span },
        });
    }

    /// What lies beyond the limit of depth is read over.
    fn push(&mut self, entry: Entry) {
        if self.too_deep == 0 {
            self.current.entries.push(entry);
        }
    }

    /// Reads a value to the end of the line, a comment or a closing brace:
    /// words and quoted strings, one after the other. The span covers them as
    /// written, quotation marks included.
    fn text(&mut self) -> (Zeroizing<String>, Span) {
        self.cursor.skip_blanks();
        let start = self.cursor;
        // Long enough from the start, so that growing leaves no copy.
        let room = value_len(start.rest);
        let mut text = Zeroizing::new(String::with_capacity(room));
        let (mut end, mut kept) = (start.place.offset, 0);
        loop {
            match self.cursor.peek() {
                None | Some('\n' | '\r' | '#' | '}') => break,
                Some('{') => {
                    self.error(ConfigErrorKind::Unexpected);
                    self.cursor.next();
                }
                Some('"') => self.quoted(&mut text),
                Some(c) => {
                    text.push(c);
                    self.cursor.next();
                    if c.is_whitespace() {
                        continue;
                    }
                }
            }
            (end, kept) = (self.cursor.place.offset, text.len());
        }
        text.truncate(kept);
        (text, start.span(end.saturating_sub(start.place.offset)))
    }

    fn quoted(&mut self, text: &mut String) {
        let mark = self.cursor.span(1);
        self.cursor.next();
        loop {
            match self.cursor.next() {
                Some('"') => return,
                Some('\\') => match self.cursor.next() {
                    Some('n') => text.push('\n'),
                    Some('r') => text.push('\r'),
                    Some('t') => text.push('\t'),
                    Some('\n') | None => {}
                    Some(other) => text.push(other),
                },
                Some(c) => text.push(c),
                None => {
                    self.error_at(mark, ConfigErrorKind::UnclosedQuote);
                    return;
                }
            }
        }
    }

    /// Notes an error where the cursor stands.
    fn error(&mut self, kind: ConfigErrorKind) {
        let len = self.cursor.peek().map_or(0, char::len_utf8);
        self.error_at(self.cursor.span(len), kind);
    }

    fn error_at(&mut self, span: Span, kind: ConfigErrorKind) {
        if self.errors.len() < ERRORS_MAX {
            self.errors.push(ConfigError { span, kind });
        }
    }

    fn finish(mut self) -> (Section, Vec<ConfigError>) {
        while let Some(outer) = self.open.pop() {
            let inner = core::mem::replace(&mut self.current, outer);
            self.error_at(inner.name.span, ConfigErrorKind::Unclosed);
            self.current.entries.push(Entry::Section(inner));
        }
        (self.current, self.errors)
    }
}

fn owned(name: Spanned<&str>) -> Spanned<String> {
    Spanned {
        value: name.value.into(),
        span: name.span,
    }
}

fn is_name(c: char) -> bool {
    !c.is_whitespace() && !matches!(c, '{' | '}' | '=' | ':' | ',' | '#' | '"')
}

/// Bytes of the value that begins here: to the end of the line, a comment or
/// a closing brace outside of quotation marks.
fn value_len(rest: &str) -> usize {
    let (mut quoted, mut escaping) = (false, false);
    for (at, c) in rest.char_indices() {
        match c {
            _ if escaping => escaping = false,
            '\\' if quoted => escaping = true,
            '"' => quoted = !quoted,
            '\n' | '\r' | '#' | '}' if !quoted => return at,
            _ => {}
        }
    }
    rest.len()
}

/// Sections within sections.
pub const DEPTH_MAX: usize = 16;

/// Entries of one file.
pub const ENTRIES_MAX: usize = 100_000;

/// Errors noted of one file.
pub const ERRORS_MAX: usize = 1_000;

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::ToString;
    use proptest::prelude::*;

    fn read(file: &str) -> (Section, Vec<ConfigError>) {
        parse(7, file.as_bytes(), |sections, key| {
            key == "secret" || sections.first() == Some(&"secrets")
        })
    }

    fn clean(file: &str) -> Section {
        let (root, errors) = read(file);
        assert_eq!(errors, [], "{file}");
        root
    }

    fn value<'a>(section: &'a Section, key: &str) -> &'a str {
        section.value(key).unwrap().value.as_str().unwrap()
    }

    #[test]
    fn values_and_their_places() {
        let file = "# head\n\
                    gw {\n\
                    \tid = b.example  # the peer\n\
                    \tname=\"a \\\"b\\\" # c\" \n\
                    \tempty =\n\
                    \tlocal { auth = psk }\n\
                    \tnets = 10.1.0.0/24 ,é, fe80::1\n\
                    }\n";
        let root = clean(file);
        let gw = root.named("gw").next().unwrap();
        assert_eq!(value(gw, "id"), "b.example");
        assert_eq!(value(gw, "name"), "a \"b\" # c");
        assert_eq!(value(gw, "empty"), "");
        assert_eq!(value(gw.named("local").next().unwrap(), "auth"), "psk");
        let id = gw.value("id").unwrap().span;
        assert_eq!((id.input, id.line, id.column, id.len), (7, 3, 7, 9));
        assert_eq!(&file[id.offset..id.offset + id.len], "b.example");
        let name = gw.value("name").unwrap().span;
        assert_eq!(
            &file[name.offset..name.offset + name.len],
            "\"a \\\"b\\\" # c\""
        );
        let nets: Vec<_> = gw.list("nets").collect();
        assert_eq!(nets.len(), 3);
        for net in &nets {
            let Span { offset, len, .. } = net.span;
            assert_eq!(&file[offset..offset + len], net.value);
        }
        assert_eq!((nets[2].span.line, nets[2].span.column), (7, 25));
    }

    #[test]
    fn sections_over_lines_and_by_reference() {
        let root =
            clean("\u{feff}a\n# c\n{\n}\nb : a, c\n{ x = 1\n x = 2 }\ninclude conf.d/*.conf\n");
        let b = root.named("b").next().unwrap();
        let from: Vec<_> = b
            .references
            .iter()
            .map(|name| name.value.as_str())
            .collect();
        assert_eq!(from, ["a", "c"]);
        assert_eq!(value(b, "x"), "2", "the later one");
        let Some(Entry::Include(file)) = root.entries.last() else {
            panic!("{root:?}");
        };
        assert_eq!((file.value.as_str(), file.span.line), ("conf.d/*.conf", 8));
    }

    #[test]
    fn faults_are_placed() {
        use ConfigErrorKind as K;
        let faults = |file: &str| -> Vec<_> {
            let (_, errors) = read(file);
            errors
                .iter()
                .map(|error| (error.kind, error.span.line, error.span.column))
                .collect()
        };
        assert_eq!(faults("a {\n b {\n x = 1\n}\n"), [(K::Unclosed, 1, 1)]);
        assert_eq!(faults("a {\n}\n }\n"), [(K::Unopened, 3, 2)]);
        assert_eq!(faults("a {\n x\n}\n"), [(K::Alone, 2, 2)]);
        assert_eq!(faults("a { x }\n"), [(K::Alone, 1, 5)]);
        assert_eq!(faults("a {\n = 1\n}\n"), [(K::Unexpected, 2, 2)]);
        assert_eq!(faults("x = \"1\n}\n"), [(K::UnclosedQuote, 1, 5)]);
        assert_eq!(faults("x = 1 {\n"), [(K::Unexpected, 1, 7)]);
        assert_eq!(faults("x : y\nz = 1\n"), [(K::Unexpected, 2, 1)]);
        assert_eq!(parse(0, b"x = 1\n\xff\n", |_, _| false).1[0].span.line, 2);
        let (_, errors) = read("x\n");
        assert_eq!(
            errors[0].to_string(),
            "line 1, column 1: neither a value nor a section follows"
        );
    }

    #[test]
    fn limits() {
        let deep = |n: usize| format!("{}x = 1{}", "s {".repeat(n), "}".repeat(n));
        clean(&deep(DEPTH_MAX));
        let (root, errors) = read(&deep(DEPTH_MAX + 1));
        assert_eq!(errors.len(), 1);
        assert!(!format!("{root:?}").contains("\"1\""));
        let (_, errors) = read(&"x = 1\n".repeat(ENTRIES_MAX + 1));
        let kind = ConfigErrorKind::TooMany { limit: ENTRIES_MAX };
        assert_eq!(errors[0].kind, kind);
        clean(&"x = 1\n".repeat(ENTRIES_MAX));
        assert_eq!(read(&"x\n".repeat(ERRORS_MAX + 1)).1.len(), ERRORS_MAX);
    }

    /// A file of one line, and one that opens a quotation in every value, take
    /// time in proportion.
    #[test]
    fn long_lines_are_not_read_twice() {
        let (root, _) = read(&"s { x = 1 } ".repeat(40_000));
        assert_eq!(root.entries.len(), 40_000);
        let (_, errors) = read(&"x = \"\n".repeat(100_001));
        assert_eq!(errors.len(), 1);
    }

    #[test]
    fn secrets_appear_nowhere() {
        for file in [
            "secrets { ike { secret = hunter2 } }",
            "secrets { ike { secret = \"hunter2\" } }",
            "secrets { ike { secret = \"hunter2 } }",
            "secrets { ike {\n secret \"x { hunter2 = 1\n } }",
            "secrets { ike {\n secret : hunter2\n } }",
            "secrets { hunter2 }",
            "a { secret = 1 hunter2 }",
        ] {
            let (root, errors) = read(file);
            let told: Vec<_> = errors.iter().map(ToString::to_string).collect();
            let shown = format!("{root:?} {errors:?} {told:?}");
            assert!(!shown.contains("hunter"), "{shown}");
        }
        let root = clean("secrets { ike { secret = \" a # b\" } }");
        let ike = root
            .named("secrets")
            .next()
            .unwrap()
            .named("ike")
            .next()
            .unwrap();
        let Text::Hidden(secret) = &ike.value("secret").unwrap().value else {
            panic!();
        };
        assert!(secret.ct_eq(b" a # b"));
    }

    proptest! {
        #[test]
        fn no_file_panics(bytes in prop::collection::vec(any::<u8>(), 0..200), shaped in "([{}=:,#\"\\\\ \n]|a|é|include|secrets ){0,60}") {
            for file in [&bytes[..], shaped.as_bytes()] {
                let (_, errors) = parse(0, file, |_, _| false);
                for error in errors {
                    prop_assert!(error.span.offset + error.span.len <= file.len());
                }
            }
        }
    }
}
