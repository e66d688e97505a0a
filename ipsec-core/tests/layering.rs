//! The house rules that no compiler checks: which room may use which
//! (ARCHITECTURE.md, "Rooms"), how long a file and a function may be, and that
//! every file opens by saying what it is.
//!
//! Sources are read as tokens, so comments and strings never count. Code under
//! `#[cfg(test)]` or `#[test]` may use any room and is not measured.
#![expect(
    clippy::expect_used,
    reason = "a test may stop where it finds no sources"
)]

use core::str::FromStr;
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Each room and the rooms it builds on. What those use it may use too.
const ROOMS: &[(&str, &[&str])] = &[
    ("sorted", &[]),
    ("time", &[]),
    ("wire", &["time", "sorted"]),
    ("crypto", &["wire"]),
    ("keymat", &["crypto"]),
    ("sa", &["keymat"]),
    ("esp", &["sa", "evidence"]),
    ("dataplane", &["esp"]),
    ("ike", &["esp", "evidence"]),
    ("evidence", &["wire"]),
    ("keylog", &["evidence", "keymat", "esp"]),
    ("capture", &["keylog"]),
    ("log", &["evidence"]),
    ("config", &["evidence", "sa"]),
    ("inputs", &["capture", "log", "config"]),
    ("diag", &["evidence"]),
    ("report", &["diag"]),
    ("table", &["capture", "report"]),
    ("explain", &["inputs", "report"]),
    ("simulate", &["config", "ike", "diag"]),
    ("cli", &["explain", "simulate"]),
];

#[test]
fn rooms_use_only_the_rooms_before_them() {
    let mut complaints = Vec::new();
    for file in sources() {
        let Some(room) = file.module.first() else {
            continue; // lib.rs declares the rooms
        };
        for (line, path) in file.scan().uses {
            if !may_use(room, path.first().map_or("", String::as_str)) {
                complaints.push(format!(
                    "{}:{line}: {room} uses crate::{}",
                    file.path.display(),
                    path.join("::")
                ));
            }
        }
    }
    assert_none(&complaints, "outside the table at the top of this test");
}

#[test]
fn every_room_is_in_the_table() {
    let here: BTreeSet<_> = sources()
        .into_iter()
        .filter_map(|file| file.module.first().cloned())
        .collect();
    let table: BTreeSet<_> = ROOMS.iter().map(|(room, _)| (*room).to_owned()).collect();
    assert_eq!(here, table);
}

#[test]
fn no_arrow_leads_back() {
    for (room, direct) in ROOMS {
        for other in *direct {
            assert!(
                !closure(other).contains(room),
                "{room} and {other} form a ring"
            );
        }
    }
}

#[test]
fn every_file_says_what_it_is() {
    let silent: Vec<_> = sources()
        .iter()
        .filter(|file| !file.text.starts_with("//! "))
        .map(|file| format!("{}:1", file.path.display()))
        .collect();
    assert_none(&silent, "without a `//!` opening");
}

#[test]
fn files_stay_short() {
    let long: Vec<_> = sources()
        .iter()
        .map(|file| (file, file.scan().code_lines.len()))
        .filter(|(_, lines)| *lines > MAX_FILE_LINES)
        .map(|(file, lines)| format!("{}: {lines} code lines", file.path.display()))
        .collect();
    assert_none(&long, &format!("longer than {MAX_FILE_LINES} code lines"));
}

#[test]
fn functions_stay_short() {
    let mut all = 0_usize;
    let mut long = Vec::new();
    for file in sources() {
        for function in file.scan().functions {
            all += 1;
            if function.lines >= LONG_FUNCTION {
                let Function { name, line, lines } = function;
                long.push(format!("{}:{line}: {name}: {lines}", file.path.display()));
            }
        }
    }
    if long.len() * 10 > all {
        let what = format!("of {all} functions have {LONG_FUNCTION} lines or more");
        assert_none(&long, &what);
    }
}

#[test]
fn the_scanner_sees_every_spelling() {
    let module = ["diag".to_owned(), "rules".to_owned()];
    let used = |text: &str| -> Vec<String> {
        let scan = scan(text, &module);
        scan.uses.iter().map(|(_, path)| path.join("::")).collect()
    };
    assert_eq!(used("use crate::wire::ike;"), ["wire::ike"]);
    assert_eq!(
        used("use crate::{time, wire::{ike::{self, Message as M}, *}};"),
        ["time", "wire::ike", "wire::ike::Message", "wire::*"]
    );
    assert_eq!(
        used("use super::super::capture::Packet;"),
        ["capture::Packet"]
    );
    assert_eq!(
        used("use super::{case, super::log};"),
        ["diag::case", "log"]
    );
    assert_eq!(used("mod a { use super::super::super::sa; }"), ["sa"]);
    assert_eq!(
        used("fn f() -> crate::sa::Sa { $crate::esp::open(ipsec_core::ike::x) }"),
        ["sa::Sa", "esp::open", "ike::x"]
    );
    assert_eq!(used("pub(crate) fn f() { self::g() }"), ["diag::rules::g"]);
    assert_eq!(
        used("/// crate::cli\n// crate::cli\nconst S: &str = \"crate::cli\";"),
        [""; 0]
    );
    assert_eq!(used("#[cfg(test)] mod tests { use crate::cli; }"), [""; 0]);
    assert_eq!(
        used("#[test] #[ignore] fn t() { crate::cli::x() } use crate::time;"),
        ["time"]
    );
    let measured = scan(
        "/// doc\nfn f(\n) {\n    // why\n\n    g();\n}\n#[test]\nfn t() {}\n",
        &[],
    );
    assert_eq!(measured.code_lines.len(), 4);
    assert_eq!(measured.functions.len(), 1);
    assert_eq!(measured.functions[0].lines, 4);
}

/// One source file of the library.
struct SourceFile {
    path: PathBuf,
    /// Where it stands in the crate: `["wire", "ike", "sa"]`.
    module: Vec<String>,
    text: String,
}

impl SourceFile {
    fn scan(&self) -> Scan {
        scan(&self.text, &self.module)
    }
}

/// Every file under `src` but those that hold only tests.
fn sources() -> Vec<SourceFile> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("src can be listed") {
            let path = entry.expect("src can be listed").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let text = fs::read_to_string(&path).expect("a source file is text");
                let path = path.strip_prefix(&root).expect("under src").to_owned();
                let module = module_of(&path);
                if module.last().is_none_or(|name| name != "tests") {
                    files.push(SourceFile { path, module, text });
                }
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

fn module_of(path: &Path) -> Vec<String> {
    path.with_extension("")
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .filter(|part| !["lib", "mod", "main"].contains(&part.as_str()))
        .collect()
}

fn may_use(room: &str, other: &str) -> bool {
    room == other || closure(room).contains(other)
}

/// Every room reachable from `room` by the arrows of the table.
fn closure(room: &str) -> BTreeSet<&'static str> {
    let table: BTreeMap<_, _> = ROOMS.iter().copied().collect();
    let mut open: Vec<_> = table.get(room).copied().unwrap_or_default().to_vec();
    let mut reached = BTreeSet::new();
    while let Some(next) = open.pop() {
        if reached.insert(next) {
            open.extend(table.get(next).copied().unwrap_or_default());
        }
    }
    reached
}

/// What one file holds, its tests left out.
#[derive(Default)]
struct Scan {
    /// Line and absolute path of everything named through `crate`, `super` or `self`.
    uses: Vec<(usize, Vec<String>)>,
    code_lines: BTreeSet<usize>,
    functions: Vec<Function>,
}

struct Function {
    name: String,
    line: usize,
    lines: usize,
}

fn scan(text: &str, module: &[String]) -> Scan {
    let tokens = TokenStream::from_str(text).expect("a source file is Rust");
    let mut scan = Scan::default();
    scan.walk(tokens, module);
    scan
}

impl Scan {
    fn walk(&mut self, tokens: TokenStream, module: &[String]) {
        let tokens: Vec<_> = tokens.into_iter().collect();
        let mut bodies = Vec::new();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            if let Some((attribute, end)) = attribute(&tokens, at) {
                match attribute.stream().to_string() {
                    text if text.starts_with("doc =") => at = end,
                    text if is_test(&text) => at = end_of_item(&tokens, end),
                    _ => {
                        self.count_group(&attribute);
                        at = end;
                    }
                }
                continue;
            }
            self.count(token);
            if starts_path(&tokens, at) {
                at = self.path(&tokens, at, module);
                continue;
            }
            match token {
                TokenTree::Group(group) => {
                    let inner = module_name(&tokens, at)
                        .map_or_else(|| module.to_vec(), |name| [module, &[name]].concat());
                    self.walk(group.stream(), &inner);
                }
                TokenTree::Ident(word) if word == "fn" => bodies.extend(body_of(&tokens, at)),
                TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
            at += 1;
        }
        for (name, first, last) in bodies {
            let lines = self.code_lines.range(first..=last).count();
            self.functions.push(Function {
                name,
                line: first,
                lines,
            });
        }
    }

    fn count(&mut self, token: &TokenTree) {
        match token {
            TokenTree::Group(group) => self.count_group(group),
            TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {
                let span = token.span();
                self.code_lines.extend(span.start().line..=span.end().line);
            }
        }
    }

    /// The lines of a group's brackets; what is between them counts itself.
    fn count_group(&mut self, group: &Group) {
        if group.delimiter() != Delimiter::None {
            self.code_lines.insert(group.span_open().start().line);
            self.code_lines.insert(group.span_close().end().line);
        }
    }

    /// Records the path that begins at `at`, or every branch of a use tree,
    /// and tells the place after it.
    fn path(&mut self, tokens: &[TokenTree], mut at: usize, base: &[String]) -> usize {
        let mut path = base.to_vec();
        let line = tokens.get(at).map_or(0, |t| t.span().start().line);
        while let Some(token) = tokens.get(at) {
            match token {
                TokenTree::Ident(word) => match word.to_string().as_str() {
                    "crate" | "ipsec_core" => path.clear(),
                    "super" => drop(path.pop()),
                    "self" => {}
                    name => path.push(name.to_owned()),
                },
                TokenTree::Punct(star) if star.as_char() == '*' => path.push("*".to_owned()),
                TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                    self.count_group(group);
                    let branches: Vec<_> = group.stream().into_iter().collect();
                    for branch in branches.split(is_comma) {
                        self.path(branch, 0, &path);
                    }
                    return at + 1;
                }
                TokenTree::Group(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => break,
            }
            self.count(token);
            at += 1;
            if !is_colons(tokens, at) {
                break;
            }
            at += 2;
        }
        if !tokens.is_empty() {
            self.uses.push((line, path));
        }
        at
    }
}

/// The attribute at `at` (`#[…]` or `#![…]`), and the place after it.
fn attribute(tokens: &[TokenTree], at: usize) -> Option<(Group, usize)> {
    let is = |at: usize, c| matches!(tokens.get(at), Some(TokenTree::Punct(p)) if p.as_char() == c);
    let at = if !is(at, '#') {
        return None;
    } else if is(at + 1, '!') {
        at + 2
    } else {
        at + 1
    };
    match tokens.get(at) {
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Bracket => {
            Some((group.clone(), at + 1))
        }
        _ => None,
    }
}

fn is_test(attribute: &str) -> bool {
    let attribute: String = attribute.chars().filter(|c| !c.is_whitespace()).collect();
    attribute == "test"
        || attribute == "cfg(test)"
        || attribute.starts_with("cfg(all(test,")
        || attribute.starts_with("cfg(any(test,")
}

/// The place after the item whose attributes end at `at`.
fn end_of_item(tokens: &[TokenTree], mut at: usize) -> usize {
    while let Some(token) = tokens.get(at) {
        at += 1;
        let ends = match token {
            TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
            TokenTree::Punct(punct) => punct.as_char() == ';',
            TokenTree::Ident(_) | TokenTree::Literal(_) => false,
        };
        if ends {
            break;
        }
    }
    at
}

fn starts_path(tokens: &[TokenTree], at: usize) -> bool {
    let root = matches!(tokens.get(at), Some(TokenTree::Ident(word))
        if ["crate", "super", "self", "ipsec_core"].iter().any(|root| word == root));
    let goes_on = at
        .checked_sub(2)
        .is_some_and(|before| is_colons(tokens, before));
    root && !goes_on && is_colons(tokens, at + 1)
}

fn is_colons(tokens: &[TokenTree], at: usize) -> bool {
    [at, at + 1]
        .iter()
        .all(|&at| matches!(tokens.get(at), Some(TokenTree::Punct(p)) if p.as_char() == ':'))
}

fn is_comma(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(p) if p.as_char() == ',')
}

/// The name of the inline module whose braces stand at `at`.
fn module_name(tokens: &[TokenTree], at: usize) -> Option<String> {
    match tokens.get(at.checked_sub(2)?..=at)? {
        [
            TokenTree::Ident(word),
            TokenTree::Ident(name),
            TokenTree::Group(_),
        ] if word == "mod" => Some(name.to_string()),
        _ => None,
    }
}

/// Name, first and last line of the function whose `fn` stands at `at`.
fn body_of(tokens: &[TokenTree], at: usize) -> Option<(String, usize, usize)> {
    let Some(TokenTree::Ident(name)) = tokens.get(at + 1) else {
        return None; // a function pointer type, or a macro's `fn $name`
    };
    let end = end_of_item(tokens, at);
    let last = tokens.get(end.checked_sub(1)?)?.span().end().line;
    let line = tokens.get(at)?.span().start().line;
    (last > line).then(|| (name.to_string(), line, last))
}

fn assert_none(complaints: &[String], what: &str) {
    assert!(
        complaints.is_empty(),
        "{} {what}:\n  {}",
        complaints.len(),
        complaints.join("\n  ")
    );
}

const MAX_FILE_LINES: usize = 800;
const LONG_FUNCTION: usize = 35;
