//! `ipsec decrypt`: the packets inside, as a capture of their own, and how many
//! were opened.

use super::args::{CountFormat, Decrypt};
use super::input::{self, Warnings};
use super::keyfiles::keyring;
use super::terminal::complain;
use super::{Failure, Status};
use crate::capture::{Count, Counts, Decoder, PcapWriter, PcapngWriter};
use crate::time::Instant;
use crate::wire::registry::ip::LinkType;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

pub(super) fn run(args: &Decrypt, out: &mut dyn Write) -> Result<Status, Failure> {
    let mut decoder = Decoder::with_keys(keyring(&args.keys)?);
    let mut reader = input::capture(&args.file)?;
    let mut warnings = Warnings::new(&args.file);
    let mut clear = args.output.as_deref().map(Clear::create).transpose()?;
    let mut packet = Vec::new();
    loop {
        match reader.next_frame() {
            Ok(Some(frame)) => {
                packet.clear();
                let found = decoder.dissect(&frame);
                if let Some(clear) = &mut clear
                    && found.write_inner(&mut packet)
                {
                    clear.write(frame.at, frame.nanos, &packet)?;
                }
            }
            Ok(None) => break,
            Err(error) => warnings.add(&error),
        }
    }
    warnings.close();
    if let Some(clear) = clear {
        clear.finish()?;
    }
    report(args.format, decoder.counts(), out)?;
    Ok(Status::Healthy)
}

fn report(format: CountFormat, counts: Counts, out: &mut dyn Write) -> io::Result<()> {
    match format {
        CountFormat::Json => {
            let json = serde_json::to_string(&counts).map_err(io::Error::other)?;
            writeln!(out, "{json}")
        }
        CountFormat::Text => {
            writeln!(
                out,
                "{:<4}{:>12}{:>12}{:>12}",
                "", "opened", "failed", "no key"
            )?;
            line(out, "IKE", counts.ike)?;
            line(out, "ESP", counts.esp)?;
            line(out, "AH", counts.ah)
        }
    }
}

fn line(out: &mut dyn Write, name: &str, count: Count) -> io::Result<()> {
    let Count {
        opened,
        failed,
        no_key,
        ..
    } = count;
    writeln!(out, "{name:<4}{opened:>12}{failed:>12}{no_key:>12}")
}

/// The capture that is written; its name says in which format.
enum Clear {
    Pcap(PcapWriter<BufWriter<File>>),
    Pcapng(PcapngWriter<BufWriter<File>>),
}

impl Clear {
    fn create(path: &Path) -> Result<Self, Failure> {
        let made = File::create(path).and_then(|file| {
            let file = BufWriter::with_capacity(BUFFER, file);
            Ok(match path.extension().is_some_and(|end| end == "pcap") {
                true => Self::Pcap(PcapWriter::new(file, LinkType::RAW)?),
                false => Self::Pcapng(PcapngWriter::new(file, LinkType::RAW)?),
            })
        });
        made.map_err(|error| {
            complain("error", &format!("{}: {error}", path.display()));
            Failure::Unreadable
        })
    }

    fn write(&mut self, at: Instant, nanos: u16, packet: &[u8]) -> io::Result<()> {
        let len = u32::try_from(packet.len()).unwrap_or(u32::MAX);
        match self {
            Self::Pcap(file) => file.write(at, nanos, len, packet),
            Self::Pcapng(file) => file.write(at, nanos, len, packet),
        }
    }

    fn finish(self) -> io::Result<()> {
        match self {
            Self::Pcap(file) => file.finish().map(drop),
            Self::Pcapng(file) => file.finish().map(drop),
        }
    }
}

/// Bytes gathered before they are written.
const BUFFER: usize = 1 << 20;
