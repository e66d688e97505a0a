//! `ipsec decode`: every field of every packet.

use super::args::{Decode, PacketFormat};
use super::input::{self, Warnings};
use super::keyfiles::keyring;
use super::{Failure, Status};
use crate::capture::{Decoder, Frame};
use crate::report::tree::Packet;
use crate::wire::Tree;
use std::io::Write;

pub(super) fn run(args: &Decode, out: &mut dyn Write) -> Result<Status, Failure> {
    let mut reader = input::capture(&args.file)?;
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
