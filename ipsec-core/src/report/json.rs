//! The report as one JSON object.
//!
//! Besides what JSON demands, characters that can mislead a terminal and the
//! `<` that could end a script element are written as `\u` escapes; a reader
//! gets them back unchanged.

use super::Report;
use crate::wire::tree::misleads;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::ser::{CharEscape, Formatter, PrettyFormatter, Serializer};
use std::io::{self, Write};

impl Report {
    /// The report as JSON, indented, with a newline at its end. Identical
    /// reports give identical bytes.
    #[must_use]
    pub fn to_json(&self) -> String {
        written(self)
    }

    /// The JSON Schema of [`Report::to_json`], indented.
    #[must_use]
    pub fn json_schema() -> String {
        schema::<Self>()
    }
}

/// `value` as JSON, indented, with a newline at its end.
pub(crate) fn written(value: &impl Serialize) -> String {
    let mut out = Vec::new();
    let formatter = Cautious(PrettyFormatter::new());
    // Writing to memory cannot fail, and no key is anything but text.
    let written = value.serialize(&mut Serializer::with_formatter(&mut out, formatter));
    debug_assert!(written.is_ok(), "a report can always be written");
    out.push(b'\n');
    String::from_utf8(out).unwrap_or_default()
}

/// The JSON Schema of what [`written`] makes of a `T`, indented.
pub(crate) fn schema<T: JsonSchema>() -> String {
    let schema = schemars::generate::SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<T>();
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}

/// Indents like [`PrettyFormatter`] and escapes more.
struct Cautious(PrettyFormatter<'static>);

impl Formatter for Cautious {
    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_array(out)
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array(out)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(out, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array_value(out)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object(out)
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object(out)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(out, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object_value(out)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object_value(out)
    }

    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        write_fragment(out, fragment)
    }

    fn write_char_escape<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        escape: CharEscape,
    ) -> io::Result<()> {
        self.0.write_char_escape(out, escape)
    }
}

/// Writes a part of a string that needs no escape by JSON's own rules.
pub(super) fn write_fragment<W: ?Sized + Write>(out: &mut W, fragment: &str) -> io::Result<()> {
    let mut rest = fragment;
    while let Some(at) = rest.find(|c| c == '<' || misleads(c)) {
        let (plain, tail) = rest.split_at(at);
        out.write_all(plain.as_bytes())?;
        let mut chars = tail.chars();
        if let Some(c) = chars.next() {
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
        }
        rest = chars.as_str();
    }
    out.write_all(rest.as_bytes())
}
