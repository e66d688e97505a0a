//! What a file is, by its first bytes and lines; gzip is unpacked on the way.

use crate::capture::printed;
use crate::config::{self, encoding};
use crate::log::{self, Vendor};
use flate2::read::MultiGzDecoder;
use std::io::{self, Chain, Cursor, Read};

/// What the head of a file shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// A capture, or nothing that is text.
    Capture,
    Log(Vendor),
    Config,
    /// What tcpdump printed.
    Printed,
    /// Text of another kind, perhaps keys.
    Other,
}

/// A file whose head was looked at.
pub(super) struct Held<'a> {
    pub(super) content: Content,
    source: Chain<Cursor<Vec<u8>>, Box<dyn Read + 'a>>,
}

impl<'a> Held<'a> {
    /// Looks at the head of `source`.
    pub(super) fn new(source: Box<dyn Read + 'a>) -> io::Result<Self> {
        let mut held = Self::plain(source, MAGIC_LEN)?;
        if held.head().starts_with(&GZIP) {
            held = Self::plain(Box::new(MultiGzDecoder::new(held.source)), MAGIC_LEN)?;
        }
        if is_capture(held.head()) {
            held.content = Content::Capture;
            return Ok(held);
        }
        held = Self::plain(Box::new(held.source), HEAD_LEN)?;
        held.content = content(held.head());
        Ok(held)
    }

    fn plain(mut source: Box<dyn Read + 'a>, len: u64) -> io::Result<Self> {
        let mut head = Vec::new();
        let read = source.by_ref().take(len).read_to_end(&mut head);
        // What was read before a fault is kept; the fault comes again.
        if let (Err(error), true) = (read, head.is_empty()) {
            return Err(error);
        }
        Ok(Self {
            content: Content::Other,
            source: Cursor::new(head).chain(source),
        })
    }

    fn head(&self) -> &[u8] {
        self.source.get_ref().0.get_ref()
    }
}

impl Read for Held<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.source.read(buffer)
    }
}

fn is_capture(head: &[u8]) -> bool {
    head.first_chunk()
        .is_some_and(|magic| CAPTURES.contains(magic))
}

fn content(head: &[u8]) -> Content {
    if let Some(vendor) = log::sniff(head) {
        return Content::Log(vendor);
    }
    if config::is_known(head) {
        return Content::Config;
    }
    let text = encoding::text(head);
    if printed::sniff(&text) {
        return Content::Printed;
    }
    match text.contains(&0) {
        true => Content::Capture,
        false => Content::Other,
    }
}

/// How gzip begins (RFC 1952 §2.3.1).
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// How captures begin: pcap in both orders and resolutions, as some patched
/// programs wrote it, and pcapng.
const CAPTURES: [[u8; 4]; 6] = [
    [0xa1, 0xb2, 0xc3, 0xd4],
    [0xd4, 0xc3, 0xb2, 0xa1],
    [0xa1, 0xb2, 0x3c, 0x4d],
    [0x4d, 0x3c, 0xb2, 0xa1],
    [0x34, 0xcd, 0xb2, 0xa1],
    [0x0a, 0x0d, 0x0d, 0x0a],
];

const MAGIC_LEN: u64 = 4;

/// Bytes that are looked at to tell what a text is.
const HEAD_LEN: u64 = 1 << 20;
