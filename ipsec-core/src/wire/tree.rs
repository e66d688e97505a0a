//! The field tree of one packet: what lies where, what it is called, what it
//! means. The command, Python and the browser all show this tree.
//!
//! A [`Tree`] is one flat vector of nodes in wire order; a node knows where
//! its subtree ends. It holds no bytes of the frame and, once its vectors have
//! grown, building one allocates nothing, so that whole captures can be
//! decoded into the same tree packet by packet.

use super::layout::{Field, Layout, Show};
use super::leaf::DecodeError;
use alloc::collections::BTreeSet;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::{self, Write};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use core::ops::Range;

/// Where the bytes of a node come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, schemars::JsonSchema))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Origin {
    /// The captured frame itself.
    Frame,
    /// A datagram or message put together from fragments.
    Reassembled,
    /// The plaintext of an encrypted part.
    Decrypted,
}

impl Origin {
    /// It in one word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Frame => "frame",
            Self::Reassembled => "reassembled",
            Self::Decrypted => "decrypted",
        }
    }
}

/// A buffer that ranges refer to; index 0 is the frame.
#[derive(Clone, Debug)]
struct Source {
    origin: Origin,
    /// Empty for the frame, whose bytes stay with the caller.
    bytes: Vec<u8>,
}

/// Names one of the tree's buffers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SourceId(u16);

impl SourceId {
    /// The captured frame.
    pub const FRAME: Self = Self(0);

    /// Its index among the tree's buffers.
    #[must_use]
    pub const fn index(self) -> u16 {
        self.0
    }
}

/// What a node stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NodeKind {
    /// A structure with children.
    Group,
    /// An integer field.
    Number,
    /// A field of bytes.
    Bytes,
    /// Some bits of the integer field before it; without bytes, a statement
    /// about the packet.
    Part,
    /// The place from which on its structure could not be read.
    Malformed,
}

/// One field of a packet.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Node {
    /// What kind of field it is.
    pub field: &'static Field,
    /// The number read, where [`Node::kind`] is a number, part or valued group.
    pub value: u64,
    start: u32,
    end: u32,
    subtree_end: u32,
    source: SourceId,
    depth: u8,
    /// What the node stands for.
    pub kind: NodeKind,
}

impl Node {
    /// Its bytes, as a range of its source.
    #[must_use]
    pub fn range(&self) -> Range<usize> {
        index(self.start)..index(self.end)
    }

    /// The buffer its range refers to.
    #[must_use]
    pub const fn source(&self) -> SourceId {
        self.source
    }

    /// How many groups it stands in.
    #[must_use]
    pub const fn depth(&self) -> u8 {
        self.depth
    }
}

/// The field tree of one packet.
#[derive(Clone, Debug)]
pub struct Tree {
    nodes: Vec<Node>,
    sources: Vec<Source>,
    faults: Vec<DecodeError>,
}

impl Default for Tree {
    fn default() -> Self {
        Self::new()
    }
}

impl Tree {
    /// An empty tree whose only source is the frame.
    #[must_use]
    pub fn new() -> Self {
        let frame = Source {
            origin: Origin::Frame,
            bytes: Vec::new(),
        };
        Self {
            nodes: Vec::new(),
            sources: alloc::vec![frame],
            faults: Vec::new(),
        }
    }

    /// Empties the tree, keeping its memory.
    pub fn clear(&mut self) {
        self.nodes.clear();
        self.sources.truncate(1);
        self.faults.clear();
    }

    /// Adds a buffer that is not part of the frame.
    pub fn add_source(&mut self, origin: Origin, bytes: Vec<u8>) -> SourceId {
        let id = u16::try_from(self.sources.len()).unwrap_or(u16::MAX);
        self.sources.push(Source { origin, bytes });
        SourceId(id)
    }

    /// All nodes in wire order, parents before children.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Where the bytes of `source` come from.
    #[must_use]
    pub fn origin(&self, source: SourceId) -> Origin {
        self.sources
            .get(usize::from(source.0))
            .map_or(Origin::Frame, |s| s.origin)
    }

    /// All bytes of `source`.
    #[must_use]
    pub fn source_bytes<'a>(&'a self, source: SourceId, frame: &'a [u8]) -> &'a [u8] {
        match self.sources.get(usize::from(source.0)) {
            Some(held) if source != SourceId::FRAME => &held.bytes,
            _ => frame,
        }
    }

    /// The bytes of `node`; empty when `frame` is not the frame it was read from.
    #[must_use]
    pub fn bytes<'a>(&'a self, node: &Node, frame: &'a [u8]) -> &'a [u8] {
        self.source_bytes(node.source, frame)
            .get(node.range())
            .unwrap_or_default()
    }

    /// The error behind a [`NodeKind::Malformed`] node.
    #[must_use]
    pub fn fault(&self, node: &Node) -> Option<&DecodeError> {
        let index = usize::try_from(node.value).ok()?;
        self.faults
            .get(index)
            .filter(|_| node.kind == NodeKind::Malformed)
    }

    /// Indexes of the direct children of node `parent`, or of the top level
    /// for `None`.
    pub fn children(&self, parent: Option<usize>) -> impl Iterator<Item = usize> + '_ {
        let (mut next, end) = match parent {
            None => (0, self.nodes.len()),
            Some(at) => (at.saturating_add(1), self.subtree_end(at)),
        };
        core::iter::from_fn(move || {
            let here = next;
            next = self.subtree_end(here).max(here.saturating_add(1));
            (here < end).then_some(here)
        })
    }

    /// Indexes of the structures directly in node `parent`: the payloads of a
    /// message, the transforms of a proposal, the attributes of a transform.
    pub fn groups(&self, parent: Option<usize>) -> impl Iterator<Item = usize> + '_ {
        let is_group = |n: &usize| {
            let node = self.nodes.get(*n);
            node.is_some_and(|node| node.kind == NodeKind::Group)
        };
        self.children(parent).filter(is_group)
    }

    /// Indexes of all payloads of the IKE message whose tree begins at the top
    /// level with node `at`: behind those on the wire the ones of the message
    /// as it was put together and decrypted.
    #[must_use]
    pub fn payloads(&self, at: usize) -> Vec<usize> {
        let name = |n: usize| self.nodes.get(n).map(|node| node.field.name);
        let parts = self.children(None).filter(|&top| top >= at);
        let parts = parts.filter(|&top| name(top) == name(at));
        parts.flat_map(|part| self.groups(Some(part))).collect()
    }

    /// All its buffers, the frame first.
    pub fn sources(&self) -> impl Iterator<Item = SourceId> + use<> {
        (0..self.sources.len()).map(|n| SourceId(u16::try_from(n).unwrap_or(u16::MAX)))
    }

    pub(crate) fn subtree_end(&self, at: usize) -> usize {
        self.nodes
            .get(at)
            .map_or(usize::MAX, |node| index(node.subtree_end))
    }

    /// The path of node `at`, as filters write it: `ike.sa.proposal[1].encr`.
    /// An index is given where the field repeats among its siblings.
    #[must_use]
    pub fn path(&self, at: usize) -> String {
        let mut path = String::new();
        let mut parent = None;
        loop {
            let Some(step) = self
                .children(parent)
                .take_while(|&child| child <= at)
                .last()
            else {
                return path;
            };
            let Some(node) = self.nodes.get(step) else {
                return path;
            };
            if !path.is_empty() {
                path.push('.');
            }
            path.push_str(node.field.name);
            let twins = |child: &usize| {
                self.nodes
                    .get(*child)
                    .is_some_and(|n| n.field.name == node.field.name)
            };
            if self.children(parent).filter(twins).nth(1).is_some() {
                let ordinal = self
                    .children(parent)
                    .filter(twins)
                    .take_while(|&child| child < step)
                    .count();
                let _ = write!(path, "[{ordinal}]");
            }
            if step == at {
                return path;
            }
            parent = Some(step);
        }
    }

    /// Adds the paths of all fields, without indexes, as filters name them.
    pub fn add_names(&self, names: &mut BTreeSet<String>) {
        let mut path = String::new();
        let mut ends: Vec<usize> = Vec::new();
        for node in &self.nodes {
            ends.truncate(node.depth.into());
            path.truncate(ends.last().copied().unwrap_or(0));
            if !path.is_empty() {
                path.push('.');
            }
            path.push_str(node.field.name);
            ends.push(path.len());
            if !names.contains(path.as_str()) {
                names.insert(path.clone());
            }
        }
    }

    /// Indexes of all nodes that `path` names. A segment without an index
    /// matches every sibling of that name.
    #[must_use]
    pub fn find(&self, path: &str) -> Vec<usize> {
        let mut found = alloc::vec![None];
        for segment in path.split('.') {
            let Some((name, ordinal)) = split_index(segment) else {
                return Vec::new();
            };
            found = found
                .iter()
                .flat_map(|&parent| {
                    let named = self
                        .children(parent)
                        .filter(move |&c| self.nodes.get(c).is_some_and(|n| n.field.name == name));
                    let (skip, take) = ordinal.map_or((0, usize::MAX), |n| (n, 1));
                    named.skip(skip).take(take).map(Some)
                })
                .collect();
        }
        found.into_iter().flatten().collect()
    }

    /// The value of `node`, ready to be shown or compared.
    #[must_use]
    pub fn value<'a>(&'a self, node: &Node, frame: &'a [u8]) -> Value<'a> {
        let bytes = self.bytes(node, frame);
        match (node.kind, node.field.show) {
            (NodeKind::Malformed, _) => self.fault(node).map_or(Value::None, Value::Fault),
            (NodeKind::Group, Show::Group) => Value::None,
            (NodeKind::Bytes, Show::Text) => Value::Text(bytes),
            (NodeKind::Bytes, Show::Words(words)) => {
                words(bytes).map_or(Value::Bytes(bytes), Value::Words)
            }
            (NodeKind::Bytes, Show::Mac) => Value::Mac(bytes),
            (NodeKind::Bytes, Show::Address) => {
                address(bytes).map_or(Value::Bytes(bytes), Value::Address)
            }
            (NodeKind::Bytes, _) => Value::Bytes(bytes),
            (_, Show::Named(name)) => {
                name(node.value).map_or(Value::Number(node.value), |n| Value::Named(node.value, n))
            }
            (_, Show::Flags(names)) => Value::Flags(node.value, names),
            (_, Show::Hex) => Value::Hex(node.value, bytes.len()),
            _ => Value::Number(node.value),
        }
    }
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    match bytes.len() {
        4 => bytes.first_chunk::<4>().map(|b| Ipv4Addr::from(*b).into()),
        16 => bytes.first_chunk::<16>().map(|b| Ipv6Addr::from(*b).into()),
        _ => None,
    }
}

/// Name and index of a segment; `None` where the index is no number.
fn split_index(segment: &str) -> Option<(&str, Option<usize>)> {
    match segment.strip_suffix(']').and_then(|s| s.split_once('[')) {
        Some((name, ordinal)) => Some((name, Some(ordinal.parse().ok()?))),
        None => Some((segment, None)),
    }
}

/// A node's value.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value<'a> {
    /// A structure, which has no value of its own.
    None,
    /// A number without a name.
    Number(u64),
    /// A number to be read in hexadecimal, and how many bytes it fills.
    Hex(u64, usize),
    /// A number and its name in the registry.
    Named(u64, &'static str),
    /// Bits and the names they can have.
    Flags(u64, &'static [(u64, &'static str)]),
    /// Raw bytes.
    Bytes(&'a [u8]),
    /// Bytes that should be text; escaped when shown.
    Text(&'a [u8]),
    /// What raw bytes mean, in words.
    Words(String),
    /// An IP address.
    Address(IpAddr),
    /// An Ethernet address.
    Mac(&'a [u8]),
    /// Why reading stopped here.
    Fault(&'a DecodeError),
}

impl Value<'_> {
    /// It as a number, if it is one.
    #[must_use]
    pub const fn number(&self) -> Option<u64> {
        match self {
            Self::Number(number)
            | Self::Hex(number, _)
            | Self::Named(number, _)
            | Self::Flags(number, _) => Some(*number),
            Self::None
            | Self::Bytes(_)
            | Self::Text(_)
            | Self::Words(_)
            | Self::Address(_)
            | Self::Mac(_)
            | Self::Fault(_) => None,
        }
    }

    /// The name of the number in its registry, if it has one.
    #[must_use]
    pub const fn name(&self) -> Option<&'static str> {
        if let Self::Named(_, name) = self {
            return Some(name);
        }
        None
    }
}

/// Bytes shown before an ellipsis, so that one value stays on one line.
const SHOWN_BYTES: usize = 32;

impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => Ok(()),
            Self::Number(value) => write!(f, "{value}"),
            Self::Hex(value, bytes) => {
                write!(f, "0x{value:0width$x}", width = bytes.saturating_mul(2))
            }
            Self::Named(value, name) => write!(f, "{name} ({value})"),
            Self::Flags(value, names) => {
                write!(f, "0x{value:02x}")?;
                let mut separator = " ";
                for (_, name) in names.iter().filter(|(bit, _)| value & bit != 0) {
                    write!(f, "{separator}{name}")?;
                    separator = "|";
                }
                Ok(())
            }
            Self::Bytes(bytes) => {
                for byte in bytes.iter().take(SHOWN_BYTES) {
                    write!(f, "{byte:02x}")?;
                }
                if bytes.len() > SHOWN_BYTES {
                    write!(f, "… ({} bytes)", bytes.len())?;
                }
                Ok(())
            }
            Self::Text(bytes) => write!(f, "\"{}\"", escaped(bytes)),
            Self::Words(words) => f.write_str(words),
            Self::Address(address) => write!(f, "{address}"),
            Self::Mac(bytes) => {
                for (i, byte) in bytes.iter().enumerate() {
                    write!(f, "{}{byte:02x}", if i == 0 { "" } else { ":" })?;
                }
                Ok(())
            }
            Self::Fault(error) => write!(f, "{error}"),
        }
    }
}

/// Peer-controlled bytes as text that no terminal or page can be misled by:
/// control characters, bidirectional marks and invalid UTF-8 become escapes.
#[must_use]
pub fn escaped(bytes: &[u8]) -> String {
    let plain = |byte: &u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'\\' | b'"');
    if bytes.iter().all(plain)
        && let Ok(text) = core::str::from_utf8(bytes)
    {
        return text.into();
    }
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if is_plain(c) {
                out.push(c);
            } else {
                out.push_str(&c.escape_default().to_string());
            }
        }
        for byte in chunk.invalid() {
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    out
}

fn is_plain(c: char) -> bool {
    !misleads(c) && c != '\\' && c != '"'
}

/// Whether `c` can make a terminal or a page show something else than what is
/// there: control characters, bidirectional marks, what takes no space.
pub(crate) fn misleads(c: char) -> bool {
    let invisible = matches!(c, '\u{ad}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{180e}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}');
    c.is_control() || invisible
}

fn index(value: u32) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

fn narrow(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

/// A [`Layout`] that records the fields in a [`Tree`].
#[derive(Debug)]
pub struct TreeBuilder<'a> {
    tree: &'a mut Tree,
    source: SourceId,
    /// Where the next field begins.
    at: u32,
    depth: u8,
    /// The innermost open group.
    group: Option<usize>,
    /// The length field to fill in when it closes.
    length: Option<usize>,
    /// The number whose bits a [`Layout::part`] names.
    number: Option<usize>,
}

impl<'a> TreeBuilder<'a> {
    /// Appends to `tree` fields that begin at byte `offset` of `source`.
    pub fn new(tree: &'a mut Tree, source: SourceId, offset: usize) -> Self {
        Self {
            tree,
            source,
            at: narrow(offset),
            depth: 0,
            group: None,
            length: None,
            number: None,
        }
    }

    /// Where the next field begins, in bytes from the start of the source.
    #[must_use]
    pub fn offset(&self) -> usize {
        index(self.at)
    }

    /// States something about the packet that stands in no byte of it.
    pub fn note(&mut self, field: &'static Field, value: u64) {
        self.push(field, NodeKind::Part, value, 0);
    }

    fn push(&mut self, field: &'static Field, kind: NodeKind, value: u64, size: u32) -> usize {
        let place = self.tree.nodes.len();
        let end = self.at.saturating_add(size);
        self.tree.nodes.push(Node {
            field,
            value,
            start: self.at,
            end,
            subtree_end: narrow(place).saturating_add(1),
            source: self.source,
            depth: self.depth,
            kind,
        });
        self.at = end;
        place
    }

    fn number(&mut self, field: &'static Field, value: u64, size: u32) -> usize {
        let place = self.push(field, NodeKind::Number, value, size);
        self.number = Some(place);
        place
    }
}

impl Layout for TreeBuilder<'_> {
    #[inline]
    fn u8(&mut self, field: &'static Field, value: u8) {
        self.number(field, value.into(), 1);
    }

    #[inline]
    fn u16(&mut self, field: &'static Field, value: u16) {
        self.number(field, value.into(), 2);
    }

    #[inline]
    fn u32(&mut self, field: &'static Field, value: u32) {
        self.number(field, value.into(), 4);
    }

    #[inline]
    fn u64(&mut self, field: &'static Field, value: u64) {
        self.number(field, value, 8);
    }

    #[inline]
    fn bytes(&mut self, field: &'static Field, value: &[u8]) {
        if !value.is_empty() {
            self.push(field, NodeKind::Bytes, 0, narrow(value.len()));
        }
    }

    #[inline]
    fn part(&mut self, field: &'static Field, value: u64) {
        let Some(mut bits) = self.number.and_then(|n| self.tree.nodes.get(n)).copied() else {
            return;
        };
        bits = Node {
            field,
            value,
            kind: NodeKind::Part,
            depth: bits.depth.saturating_add(1),
            ..bits
        };
        let end = narrow(self.tree.nodes.len()).saturating_add(1);
        bits.subtree_end = end;
        self.tree.nodes.push(bits);
        if let Some(number) = self.number.and_then(|n| self.tree.nodes.get_mut(n)) {
            number.subtree_end = end;
        }
    }

    #[inline]
    fn length16(&mut self, field: &'static Field) {
        self.length = Some(self.number(field, 0, 2));
    }

    #[inline]
    fn length32(&mut self, field: &'static Field) {
        self.length = Some(self.number(field, 0, 4));
    }

    #[inline]
    fn group(&mut self, field: &'static Field, body: impl FnOnce(&mut Self)) {
        let outer = (self.group, self.length.take());
        let start = self.at;
        let place = self.push(field, NodeKind::Group, 0, 0);
        self.group = Some(place);
        self.number = None;
        self.depth = self.depth.saturating_add(1);
        body(self);
        self.depth = self.depth.saturating_sub(1);
        if let Some(length) = self.length.and_then(|n| self.tree.nodes.get_mut(n)) {
            length.value = self.at.saturating_sub(start).into();
        }
        let subtree_end = narrow(self.tree.nodes.len());
        if let Some(group) = self.tree.nodes.get_mut(place) {
            group.end = self.at;
            group.subtree_end = subtree_end;
        }
        self.number = None;
        (self.group, self.length) = outer;
    }

    fn value(&mut self, value: u64) {
        if let Some(group) = self.group.and_then(|n| self.tree.nodes.get_mut(n)) {
            group.value = value;
        }
    }

    fn malformed(&mut self, error: &DecodeError) {
        let start = self
            .group
            .and_then(|n| self.tree.nodes.get(n))
            .map_or(0, |group| group.start);
        let value = u64::try_from(self.tree.faults.len()).unwrap_or(u64::MAX);
        self.tree.faults.push(*error);
        let place = self.push(&MALFORMED, NodeKind::Malformed, value, 0);
        if let Some(node) = self.tree.nodes.get_mut(place) {
            node.start = start.saturating_add(narrow(error.offset)).min(node.end);
        }
    }
}

static MALFORMED: Field = Field::new(
    "malformed",
    "Malformed",
    "From here on the structure does not follow its standard",
    Show::Group,
);

#[cfg(test)]
mod tests {
    use super::super::leaf::DecodeErrorKind;
    use super::*;

    static TOP: Field = Field::new("top", "Top", "", Show::Group);
    static ITEM: Field = Field::new("item", "Item", "", Show::Group);
    static LEN: Field = Field::new("length", "Length", "", Show::Dec);
    static ID: Field = Field::new("id", "ID", "", Show::Hex);
    static NAME: Field = Field::new("name", "Name", "", Show::Text);
    static HIGH: Field = Field::new("high", "High bit", "", Show::Dec);

    fn sample(tree: &mut Tree) {
        TreeBuilder::new(tree, SourceId::FRAME, 10).group(&TOP, |out| {
            out.length16(&LEN);
            for id in [0x81, 0x02] {
                out.group(&ITEM, |out| {
                    out.u8(&ID, id);
                    out.part(&HIGH, (id >> 7).into());
                    out.bytes(&NAME, b"ab");
                });
            }
            out.malformed(&DecodeError::new(
                8,
                "tail",
                DecodeErrorKind::Trailing { extra: 0 },
            ));
        });
    }

    #[test]
    fn paths_and_ranges() {
        let mut tree = Tree::new();
        sample(&mut tree);
        let paths: Vec<String> = (0..tree.nodes().len()).map(|n| tree.path(n)).collect();
        assert_eq!(
            paths,
            [
                "top",
                "top.length",
                "top.item[0]",
                "top.item[0].id",
                "top.item[0].id.high",
                "top.item[0].name",
                "top.item[1]",
                "top.item[1].id",
                "top.item[1].id.high",
                "top.item[1].name",
                "top.malformed"
            ]
        );
        assert_eq!(tree.nodes()[0].range(), 10..18);
        assert_eq!(tree.nodes()[1].value, 8);
        assert_eq!(tree.nodes()[9].range(), 16..18);
        assert_eq!(tree.find("top.item.name"), [5, 9]);
        assert_eq!(tree.find("top.item[1].id.high"), [8]);
        for nothing in ["top.nothing", "top.item[2]", "top.item[-1]", "top[", ""] {
            assert_eq!(tree.find(nothing), [0usize; 0], "{nothing}");
        }
        let mut names = BTreeSet::new();
        tree.add_names(&mut names);
        let plain = paths
            .iter()
            .map(|path| path.replace("[0]", "").replace("[1]", ""));
        assert_eq!(names, plain.collect());
    }

    #[test]
    fn payloads_go_on_where_the_message_was_decrypted() {
        let mut tree = Tree::new();
        sample(&mut tree);
        assert_eq!(tree.groups(None).collect::<Vec<_>>(), [0]);
        assert_eq!(tree.groups(Some(0)).collect::<Vec<_>>(), [2, 6]);
        assert_eq!(tree.payloads(0), [2, 6]);
        let inside = tree.add_source(Origin::Decrypted, alloc::vec![0; 4]);
        TreeBuilder::new(&mut tree, inside, 0).group(&TOP, |out| {
            out.group(&ITEM, |out| out.u8(&ID, 1));
        });
        assert_eq!(tree.payloads(0), [2, 6, 12]);
        assert_eq!(tree.payloads(11), [12]);
        assert_eq!(
            tree.sources().collect::<Vec<_>>(),
            [SourceId::FRAME, inside]
        );
        assert_eq!(tree.payloads(99), [0usize; 0]);
    }

    #[test]
    fn values_are_shown_escaped() {
        let mut tree = Tree::new();
        sample(&mut tree);
        let mut frame = alloc::vec![0; 18];
        frame[14] = 0x1b;
        let value = tree.value(&tree.nodes()[5], &frame);
        assert_eq!(
            value.to_string(),
            "\"\\x00\\u{1b}\"".replace("\\x00", "\\u{0}")
        );
        assert_eq!(tree.value(&tree.nodes()[3], &frame).to_string(), "0x81");
    }

    #[test]
    fn text_cannot_mislead() {
        assert_eq!(escaped("a\u{202e}b\x07".as_bytes()), "a\\u{202e}b\\u{7}");
        assert_eq!(escaped(&[b'x', 0xff]), "x\\xff");
        assert_eq!(escaped("größe".as_bytes()), "größe");
    }

    #[test]
    fn a_cleared_tree_is_as_new() {
        let mut tree = Tree::new();
        sample(&mut tree);
        tree.clear();
        assert!(tree.nodes().is_empty());
        sample(&mut tree);
        assert_eq!(tree.nodes().len(), 11);
    }
}
