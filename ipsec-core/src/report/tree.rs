//! The field tree of one packet as indented text, as JSON and as
//! `path=value` lines.
//!
//! Writers append to a buffer that the caller empties between packets. The
//! text is written without the formatting machinery, field by field, because
//! whole captures go through it.

use super::clock::rfc3339;
use super::harmless;
use super::json::write_fragment;
use crate::time::Instant;
use crate::wire::tree::{Node, NodeKind, SourceId, Tree, Value};
use core::fmt::Write as _;
use core::net::IpAddr;

/// A packet, ready to be shown.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "callers build it")]
pub struct Packet<'a> {
    /// Its number in the capture.
    pub number: u64,
    /// When it was captured.
    pub at: Instant,
    /// How many bytes it had on the wire.
    pub original_len: u32,
    /// Its bytes.
    pub frame: &'a [u8],
    /// Its fields.
    pub tree: &'a Tree,
}

impl Packet<'_> {
    /// Appends its fields as indented text: byte range, title, value, and with
    /// `about` one line on what each field means.
    pub fn write_text(&self, about: bool, out: &mut String) {
        out.push_str("packet ");
        decimal(self.number, out);
        out.push_str("  ");
        out.push_str(&rfc3339(self.at));
        out.push_str("  ");
        decimal(self.frame.len() as u64, out);
        if usize::try_from(self.original_len).is_ok_and(|len| len > self.frame.len()) {
            out.push_str(" of ");
            decimal(self.original_len.into(), out);
        }
        out.push_str(" bytes\n");
        let mut source = SourceId::FRAME;
        for node in self.tree.nodes() {
            if node.source() != source {
                source = node.source();
                self.write_source(source, out);
            }
            self.write_line(node, about, out);
        }
    }

    fn write_source(&self, source: SourceId, out: &mut String) {
        out.push_str("           ── ");
        out.push_str(self.tree.origin(source).name());
        out.push_str(", ");
        decimal(self.tree.source_bytes(source, self.frame).len() as u64, out);
        out.push_str(" bytes\n");
    }

    fn write_line(&self, node: &Node, about: bool, out: &mut String) {
        let range = node.range();
        let start = out.len();
        if node.kind != NodeKind::Part {
            decimal(range.start as u64, out);
            out.push_str("..");
            decimal(range.end as u64, out);
        }
        let indent = RANGE_COLUMNS.saturating_add(usize::from(node.depth()).saturating_mul(2));
        let used = out.len().saturating_sub(start);
        blanks(indent.saturating_sub(used).max(1), out);
        out.push_str(node.field.title);
        if node.kind == NodeKind::Malformed {
            out.push_str(" (malformed)");
        }
        let value = self.tree.value(node, self.frame);
        if value != Value::None {
            out.push_str(": ");
            write_value(&value, out);
        }
        if about && !node.field.about.is_empty() {
            out.push_str("  — ");
            out.push_str(node.field.about);
        }
        out.push('\n');
    }

    /// Appends one line `path=value` for every field that has a value, after
    /// `packet=` and `time=`.
    pub fn write_fields(&self, out: &mut String) {
        let _ = writeln!(out, "packet={}\ntime={}", self.number, rfc3339(self.at));
        let mut paths = Paths::new(self.tree);
        for (at, node) in self.tree.nodes().iter().enumerate() {
            let path = paths.advance(at);
            let value = self.tree.value(node, self.frame);
            if value == Value::None {
                continue;
            }
            out.push_str(path);
            if node.kind == NodeKind::Malformed {
                out.push_str(".malformed");
            }
            out.push('=');
            write_value(&value, out);
            out.push('\n');
        }
    }

    /// Appends it as one JSON object on one line, its fields nested under
    /// `children`.
    pub fn write_json(&self, out: &mut String) {
        let _ = write!(out, "{{\"packet\":{},\"time\":", self.number);
        quoted(&rfc3339(self.at), out);
        let _ = write!(
            out,
            ",\"length\":{},\"original_length\":{},\"fields\":[",
            self.frame.len(),
            self.original_len
        );
        let mut paths = Paths::new(self.tree);
        let mut shown = String::new();
        let mut open = 0_usize;
        let mut first = true;
        for (at, node) in self.tree.nodes().iter().enumerate() {
            let depth = paths.depth_of(at);
            while open > depth {
                out.push_str("]}");
                open = open.saturating_sub(1);
                first = false;
            }
            if !first {
                out.push(',');
            }
            self.write_json_node(node, paths.advance(at), &mut shown, out);
            open = open.saturating_add(1);
            first = true;
        }
        for _ in 0..open {
            out.push_str("]}");
        }
        out.push_str("]}\n");
    }

    /// All of a node but the end of its children.
    fn write_json_node(&self, node: &Node, path: &str, shown: &mut String, out: &mut String) {
        out.push_str("{\"name\":");
        own(node.field.name, out);
        out.push_str(",\"path\":");
        own(path, out);
        out.push_str(",\"title\":");
        own(node.field.title, out);
        out.push_str(",\"about\":");
        own(node.field.about, out);
        let value = self.tree.value(node, self.frame);
        out.push_str(",\"value\":");
        json_value(&value, out);
        out.push_str(",\"display\":");
        if value == Value::None {
            out.push_str("null");
        } else {
            shown.clear();
            write_value(&value, shown);
            quoted(shown, out);
        }
        let range = node.range();
        out.push_str(",\"range\":[");
        decimal(range.start as u64, out);
        out.push(',');
        decimal(range.end as u64, out);
        out.push_str("],\"source\":");
        own(self.tree.origin(node.source()).name(), out);
        out.push_str(",\"source_index\":");
        decimal(node.source().index().into(), out);
        if node.kind == NodeKind::Malformed {
            out.push_str(",\"malformed\":true");
        }
        out.push_str(",\"children\":[");
    }
}

/// The paths of a tree's nodes, in one pass from the first to the last.
///
/// [`Tree::path`] walks from the top for every node; for messages with
/// thousands of fields that would be quadratic.
struct Paths<'t> {
    tree: &'t Tree,
    path: String,
    /// For every open level: where its nodes end, how long the path to it is,
    /// and the names among its nodes.
    levels: Vec<Level>,
}

struct Level {
    end: usize,
    prefix: usize,
    /// Name, how often it stands there, how often it has been met.
    names: Vec<(&'static str, usize, usize)>,
}

impl<'t> Paths<'t> {
    fn new(tree: &'t Tree) -> Self {
        let mut paths = Self {
            tree,
            path: String::new(),
            levels: Vec::new(),
        };
        paths.open(None, tree.nodes().len());
        paths
    }

    fn open(&mut self, parent: Option<usize>, end: usize) {
        let mut names: Vec<(&'static str, usize, usize)> = Vec::new();
        for child in self.tree.children(parent) {
            let Some(node) = self.tree.nodes().get(child) else {
                break;
            };
            match names.iter_mut().find(|(name, ..)| *name == node.field.name) {
                Some((_, count, _)) => *count = count.saturating_add(1),
                None => names.push((node.field.name, 1, 0)),
            }
        }
        self.levels.push(Level {
            end,
            prefix: self.path.len(),
            names,
        });
    }

    /// How many groups node `at`, the next one, stands in.
    fn depth_of(&mut self, at: usize) -> usize {
        while self.levels.len() > 1 && self.levels.last().is_some_and(|level| at >= level.end) {
            self.levels.pop();
        }
        self.levels.len().saturating_sub(1)
    }

    /// The path of node `at`; called for every node in order.
    fn advance(&mut self, at: usize) -> &str {
        self.depth_of(at);
        let Some((node, level)) = self.tree.nodes().get(at).zip(self.levels.last_mut()) else {
            return "";
        };
        self.path.truncate(level.prefix);
        if !self.path.is_empty() {
            self.path.push('.');
        }
        self.path.push_str(node.field.name);
        let known = level.names.iter_mut();
        if let Some((_, count, met)) = known.into_iter().find(|(n, ..)| *n == node.field.name) {
            if *count > 1 {
                let _ = write!(self.path, "[{met}]");
            }
            *met = met.saturating_add(1);
        }
        let end = self.tree.subtree_end(at);
        if end > at.saturating_add(1) {
            self.open(Some(at), end);
        }
        &self.path
    }
}

pub(super) fn write_value(value: &Value<'_>, out: &mut String) {
    match value {
        Value::None => {}
        Value::Number(number) => decimal(*number, out),
        Value::Hex(number, bytes) => {
            out.push_str("0x");
            let big_endian = number.to_be_bytes();
            let skip = big_endian.len().saturating_sub(*bytes.max(&1));
            hexadecimal(big_endian.get(skip..).unwrap_or(&big_endian), out);
        }
        Value::Named(number, name) => {
            out.push_str(name);
            out.push_str(" (");
            decimal(*number, out);
            out.push(')');
        }
        Value::Bytes(bytes) if bytes.len() <= SHORT_BYTES => hexadecimal(bytes, out),
        Value::Words(words) => out.push_str(&harmless(words)),
        Value::Address(IpAddr::V4(address)) => {
            for (n, octet) in address.octets().into_iter().enumerate() {
                if n > 0 {
                    out.push('.');
                }
                decimal(octet.into(), out);
            }
        }
        Value::Mac(bytes) => {
            for (n, byte) in bytes.iter().enumerate() {
                if n > 0 {
                    out.push(':');
                }
                hexadecimal(&[*byte], out);
            }
        }
        Value::Flags(..)
        | Value::Bytes(_)
        | Value::Text(_)
        | Value::Address(IpAddr::V6(_))
        | Value::Fault(_) => {
            let _ = write!(out, "{value}");
        }
    }
}

/// Numbers as numbers, bytes as hexadecimal text, the rest as text.
fn json_value(value: &Value<'_>, out: &mut String) {
    match value {
        Value::None => out.push_str("null"),
        Value::Number(number)
        | Value::Hex(number, _)
        | Value::Named(number, _)
        | Value::Flags(number, _) => decimal(*number, out),
        Value::Bytes(bytes) => {
            out.push('"');
            hexadecimal(bytes, out);
            out.push('"');
        }
        Value::Text(bytes) => quoted(&String::from_utf8_lossy(bytes), out),
        Value::Words(words) => quoted(words, out),
        Value::Address(_) | Value::Mac(_) | Value::Fault(_) => quoted(&value.to_string(), out),
    }
}

/// Words of this library, in which nothing needs care but quotes.
fn own(words: &str, out: &mut String) {
    if words.contains(['"', '\\']) {
        return quoted(words, out);
    }
    out.push('"');
    out.push_str(words);
    out.push('"');
}

/// `text` as a JSON string.
fn quoted(text: &str, out: &mut String) {
    let plain = |byte: u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\' | b'<');
    if text.bytes().all(plain) {
        out.push('"');
        out.push_str(text);
        return out.push('"');
    }
    out.push('"');
    let mut escaped = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['"', '\\']) {
        let (plain, tail) = rest.split_at(at);
        out.push_str(&cautious(plain, &mut escaped));
        out.push('\\');
        let mut chars = tail.chars();
        out.extend(chars.next());
        rest = chars.as_str();
    }
    out.push_str(&cautious(rest, &mut escaped));
    out.push('"');
}

fn cautious<'a>(plain: &'a str, escaped: &'a mut Vec<u8>) -> std::borrow::Cow<'a, str> {
    escaped.clear();
    match write_fragment(escaped, plain) {
        Ok(()) => String::from_utf8_lossy(escaped),
        Err(_) => plain.into(),
    }
}

fn decimal(number: u64, out: &mut String) {
    let mut digits = [0_u8; 20];
    let mut rest = number;
    let mut used = 0_usize;
    for place in digits.iter_mut().rev() {
        *place = b'0' | u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
        used = used.saturating_add(1);
        if rest == 0 {
            break;
        }
    }
    let start = digits.len().saturating_sub(used);
    ascii(digits.get(start..).unwrap_or_default(), out);
}

fn hexadecimal(bytes: &[u8], out: &mut String) {
    for part in bytes.chunks(16) {
        let mut digits = [0_u8; 32];
        for (pair, byte) in digits.chunks_exact_mut(2).zip(part) {
            pair.copy_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
        }
        let used = part.len().saturating_mul(2);
        ascii(digits.get(..used).unwrap_or_default(), out);
    }
}

const fn digit(nibble: u8) -> u8 {
    if nibble < 10 {
        b'0' | nibble
    } else {
        b'W'.saturating_add(nibble)
    }
}

fn ascii(digits: &[u8], out: &mut String) {
    out.push_str(core::str::from_utf8(digits).unwrap_or_default());
}

fn blanks(n: usize, out: &mut String) {
    let mut left = n;
    while left > 0 {
        let now = left.min(BLANKS.len());
        out.push_str(BLANKS.get(..now).unwrap_or(" "));
        left = left.saturating_sub(now);
    }
}

const BLANKS: &str = "                                                                ";

/// Columns of the byte range.
const RANGE_COLUMNS: usize = 11;

/// Bytes that are written in full; longer ones get an ellipsis.
const SHORT_BYTES: usize = 32;
