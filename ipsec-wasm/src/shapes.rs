//! What crosses to JavaScript as JSON.

use core::net::SocketAddr;
use ipsec_core::capture::{self, Archive, Summary};
#[cfg(feature = "full")]
use ipsec_core::explain::Comparison;
use ipsec_core::report::Report;
use ipsec_core::wire::tree::Origin;
use schemars::JsonSchema;
use serde::Serialize;

/// Every shape, so that one schema holds them all.
#[derive(Debug, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is wanted")]
pub struct Shapes<'a> {
    answer: Answer<'a>,
    #[cfg(feature = "full")]
    comparison: Comparison,
    capture: CaptureInfo<'a>,
    progress: Progress,
    row: Row,
    packet: Packet,
}

/// What some files come to.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Answer<'a> {
    /// Verdict, findings and what stays open.
    pub report: &'a Report,
    /// What became of each file.
    pub files: &'a [FileInfo],
}

/// A file and what became of it.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct FileInfo {
    /// Its name, as it was added.
    pub name: String,
    /// What it is.
    pub kind: FileKind,
    /// Whose form it has, where there is more than one.
    pub of: Option<&'static str>,
    /// Why nothing of it, or not all of it, could be read.
    pub unread: Option<String>,
    /// What in it is not understood or not in order.
    pub remarks: Vec<String>,
    /// Lines, where it is text.
    pub lines: Option<u64>,
    /// Lines of its own form that are not understood.
    pub untold: u64,
    /// The numbers of the first of those lines, from 1.
    pub untold_lines: Vec<u64>,
}

/// What a file is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FileKind {
    /// Packets, in a capture file or as tcpdump prints them.
    Capture,
    /// A log.
    Log,
    /// A configuration.
    Config,
    /// Keys alone.
    Keys,
    /// None of these.
    #[default]
    Unknown,
}

/// A capture among the files.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct CaptureInfo<'a> {
    /// Which of the files it is, counted from 0.
    pub index: usize,
    /// Its name, as it was added.
    pub name: &'a str,
}

/// How much of a capture was read.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Progress {
    /// Frames found so far.
    pub frames: usize,
    /// The end is reached.
    pub done: bool,
    /// Bytes read, unpacked.
    pub bytes: u64,
    /// Bytes in all, unpacked.
    pub of: u64,
}

/// One line on a packet.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Row {
    /// Its number in the file, from 1.
    pub number: u64,
    /// When it was captured, in microseconds since 1970.
    pub at: u64,
    /// Address of the sender; null without IP.
    pub from: Option<String>,
    /// Its port.
    pub from_port: Option<u16>,
    /// Address of the receiver; null without IP.
    pub to: Option<String>,
    /// Its port.
    pub to_port: Option<u16>,
    /// Bytes captured.
    pub length: usize,
    /// Bytes on the wire.
    pub original_length: u32,
    /// What it is and says.
    pub summary: Summary,
}

/// A packet with its fields, as `ipsec decode --format json` prints it.
#[derive(Debug, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Packet {
    /// Its number in the file, from 1.
    pub packet: u64,
    /// When it was captured (RFC 3339).
    pub time: String,
    /// Bytes captured.
    pub length: usize,
    /// Bytes on the wire.
    pub original_length: u32,
    /// Its fields.
    pub fields: Vec<Field>,
}

/// A field of a packet.
#[derive(Debug, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Field {
    /// Its name among its siblings.
    pub name: String,
    /// How filters name it (`ike.sa.proposal[1].encr`).
    pub path: String,
    /// Its heading.
    pub title: String,
    /// One line on what it means; may be empty.
    pub about: String,
    /// A number, or text, or bytes in hexadecimal; numbers beyond 2^53 are
    /// exact in `display` alone.
    pub value: Option<Value>,
    /// The value as people read it.
    pub display: Option<String>,
    /// First byte, and the one behind the last.
    pub range: [usize; 2],
    /// Where these bytes come from.
    pub source: Origin,
    /// Which of the packet's `sources` holds them.
    pub source_index: u16,
    /// From here on the structure does not follow its standard.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub malformed: Option<bool>,
    /// The fields inside.
    pub children: Vec<Self>,
}

/// What a field holds.
#[derive(Debug, JsonSchema)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Value {
    /// A number.
    Number(u64),
    /// Text, or bytes in hexadecimal.
    Text(String),
}

impl Progress {
    pub(crate) fn of(archive: &Archive, done: bool) -> Self {
        Self {
            frames: archive.len(),
            done,
            bytes: archive.bytes_done(),
            of: archive.bytes_total(),
        }
    }
}

impl From<capture::Row> for Row {
    fn from(row: capture::Row) -> Self {
        let port = |end: SocketAddr| Some(end.port()).filter(|port| *port != 0);
        Self {
            number: row.number,
            at: row.at.as_micros(),
            from: row.from.map(|end| end.ip().to_string()),
            from_port: row.from.and_then(port),
            to: row.to.map(|end| end.ip().to_string()),
            to_port: row.to.and_then(port),
            length: row.length,
            original_length: row.original_len,
            summary: row.summary,
        }
    }
}
