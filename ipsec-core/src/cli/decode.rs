//! `ipsec decode`: every field of every packet.

use super::args::{Decode, PacketFormat};
use super::keyfiles::keyring;
use super::terminal::complain;
use super::{Failure, Status, input};
use crate::capture::{CaptureError, CaptureReader, Decoder, Frame};
use crate::report::tree::Packet;
use crate::wire::Tree;
use std::io::{Read, Write};
use std::path::Path;

pub(super) fn run(args: &Decode, out: &mut dyn Write) -> Result<Status, Failure> {
    let mut reader = open(&args.file)?;
    let mut warnings = Warnings::new(&args.file);
    let mut decoder = Decoder::with_keys(keyring(&args.keys)?);
    let mut tree = Tree::new();
    let mut text = String::new();
    let mut shown = 0_u64;
    while args.count.is_none_or(|most| shown < most) {
        match reader.next_frame() {
            Ok(Some(frame)) => {
                decoder.dissect(&frame).tree(&mut tree);
                let mut filter = args.filter.iter();
                if !filter.all(|filter| filter.matches(&tree, frame.data)) {
                    continue;
                }
                shown = shown.saturating_add(1);
                if !args.quiet {
                    text.clear();
                    write_packet(args, &frame, &tree, &mut text);
                    out.write_all(text.as_bytes())?;
                }
            }
            Ok(None) => break,
            Err(error) => warnings.add(&error),
        }
    }
    warnings.close();
    if args.quiet {
        writeln!(out, "{shown}")?;
    }
    Ok(Status::Healthy)
}

fn write_packet(args: &Decode, frame: &Frame<'_>, tree: &Tree, text: &mut String) {
    let packet = Packet {
        number: frame.number,
        at: frame.at,
        original_len: frame.original_len,
        frame: frame.data,
        tree,
    };
    match args.format {
        PacketFormat::Tree => packet.write_text(args.verbose, text),
        PacketFormat::Json => packet.write_json(text),
        PacketFormat::Fields => packet.write_fields(text),
    }
    if args.format != PacketFormat::Json {
        text.push('\n');
    }
}

/// Opens a capture; what is wrong is said at once.
pub(super) fn open(path: &Path) -> Result<CaptureReader<impl Read + use<>>, Failure> {
    let complaint = |error: &dyn core::fmt::Display| {
        complain("error", &format!("{}: {error}", input::name(path)));
        Failure::Unreadable
    };
    let source = input::open(path).map_err(|error| complaint(&error))?;
    CaptureReader::new(source).map_err(|error| complaint(&error))
}

/// Faults of a capture file, the first few of which are printed.
#[derive(Debug)]
pub(super) struct Warnings {
    name: String,
    seen: u64,
}

impl Warnings {
    pub(super) fn new(path: &Path) -> Self {
        Self {
            name: input::name(path),
            seen: 0,
        }
    }

    pub(super) fn add(&mut self, error: &CaptureError) {
        if self.seen < WARNINGS {
            complain("warning", &format!("{}: {error}", self.name));
        }
        self.seen = self.seen.saturating_add(1);
    }

    pub(super) fn close(&self) {
        let more = self.seen.saturating_sub(WARNINGS);
        if more > 0 {
            complain("warning", &format!("{}: {more} more faults", self.name));
        }
    }
}

/// Faults that are printed.
const WARNINGS: u64 = 5;
