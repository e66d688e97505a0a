//! What crosses to JavaScript as JSON.

use ipsec_core::explain::Comparison;
use ipsec_core::inputs::{File, Kind};
use ipsec_core::report::Report;
use schemars::JsonSchema;
use serde::Serialize;

/// Every shape, so that one schema holds them all.
#[derive(Debug, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is wanted")]
pub struct Shapes<'a> {
    answer: Answer<'a>,
    comparison: Comparison,
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
#[derive(Debug, Serialize, JsonSchema)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
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
    Unknown,
}

impl From<&File> for FileInfo {
    fn from(file: &File) -> Self {
        let (kind, of) = match file.kind {
            Kind::Capture => (FileKind::Capture, None),
            Kind::Log(vendor) => (FileKind::Log, Some(vendor.name())),
            Kind::Config(dialect) => (FileKind::Config, Some(dialect.name())),
            Kind::Keys => (FileKind::Keys, None),
            Kind::Unknown => (FileKind::Unknown, None),
            _ => (FileKind::Unknown, None),
        };
        Self {
            name: file.name.clone(),
            kind,
            of,
            unread: file.unread.clone(),
            remarks: file.remarks.clone(),
            lines: file.lines,
            untold: file.untold,
            untold_lines: file.untold_lines.clone(),
        }
    }
}
