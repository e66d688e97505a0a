//! A capture held in memory with an index of its frames, for whoever shows
//! packets in any order: a page, a notebook.
//!
//! The bytes are read once, in pieces ([`Archive::advance`]); on the way every
//! frame gets its place in the index and the conversations their facts
//! ([`Archive::evidence`]). A row or a packet is then decoded when it is asked
//! for, and shows what a [`Decoder`] shows that read the capture in order:
//! datagrams put together from fragments, messages opened with keys. Two things
//! may differ: what such a decoder forgot at a limit of its own, and what hangs
//! on more earlier messages of one peer than are read again
//! (`needs::MAX_REPLAYED`).

mod frames;
mod needs;
mod replay;

pub use frames::MAX_FILE;

use super::conversation::Conversations;
use super::decoder::Decoder;
use super::error::CaptureError;
use super::file::Frame;
use super::ipfrag::Incomplete;
use super::scrub::scrub;
use super::summary::Summary;
use super::unseal::Keyring;
use crate::evidence::Evidence;
use crate::time::Instant;
use crate::wire::{Filter, Tree};
use core::fmt;
use core::net::SocketAddr;
use frames::Frames;
use needs::Needs;
use replay::Replay;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A capture file in memory: its frames by number, in any order.
///
/// It holds the file's bytes (unpacked, at most [`MAX_FILE`]), 24 bytes for
/// each frame, and the state of its conversations.
///
/// ```
/// # use ipsec_core::capture::{Archive, Keyring, PcapWriter};
/// # use ipsec_core::crypto::rustcrypto;
/// # use ipsec_core::{time::Instant, wire::registry::ip::LinkType};
/// # let mut out = PcapWriter::new(Vec::new(), LinkType::ETHERNET).unwrap();
/// # out.write(Instant::ZERO, 0, 14, &[0; 14]).unwrap();
/// # let file = out.finish().unwrap();
/// let mut archive = Archive::open(file, Keyring::new(rustcrypto::provider()).into())?;
/// while archive.advance(10_000) {}
/// for n in 0..archive.len() {
///     let row = archive.row(n).unwrap();
///     println!("{} {} {}", row.number, row.summary.protocol, row.summary.info);
/// }
/// # Ok::<_, ipsec_core::capture::CaptureError>(())
/// ```
pub struct Archive {
    frames: Frames,
    /// What went wrong when the file was unpacked.
    packed: Option<Arc<CaptureError>>,
    keyring: Arc<Keyring>,
    decoder: Decoder,
    conversations: Option<Conversations>,
    ended: bool,
    warnings: Vec<String>,
    needs: Needs,
    replay: Replay,
    tree: Tree,
}

/// What a list shows of one packet.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Row {
    /// Its number in the file, from 1.
    pub number: u64,
    /// When it was captured.
    pub at: Instant,
    /// Who sent it; the port is 0 where there is none. `None` without IP.
    pub from: Option<SocketAddr>,
    /// To whom.
    pub to: Option<SocketAddr>,
    /// Bytes captured.
    pub length: usize,
    /// Bytes on the wire.
    pub original_len: u32,
    /// What it is and says.
    pub summary: Summary,
}

/// A packet with all its fields.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ArchivedPacket<'a> {
    /// The frame it came in; its options are left out.
    pub frame: Frame<'a>,
    /// Its fields.
    pub tree: &'a Tree,
}

impl Archive {
    /// Takes the bytes of a capture file, gzipped or not, to be read with the
    /// keys of `keyring`. No frame is found before [`Archive::advance`].
    ///
    /// # Errors
    /// Those of [`super::CaptureReader::new`];
    /// [`CaptureError::TooMany`] for a file of more than [`MAX_FILE`] bytes.
    pub fn open(file: Vec<u8>, keyring: Arc<Keyring>) -> Result<Self, CaptureError> {
        let (frames, fault) = Frames::new(file, MAX_FILE)?;
        Ok(Self::of(frames, fault.map(Arc::new), keyring))
    }

    /// Whether the capture brought keys of its own, as far as it was read.
    #[must_use]
    pub fn brings_keys(&self) -> bool {
        self.frames.brings_keys()
    }

    /// Goes on with the keys of `keyring`, which holds all that were there
    /// before: when there are more, the file is to be read again.
    ///
    /// # Errors
    /// Those of [`super::CaptureReader::new`].
    pub fn rekey(&mut self, keyring: Arc<Keyring>) -> Result<(), CaptureError> {
        if keyring.revision() != self.keyring.revision() {
            *self = self.reopen(keyring)?;
        }
        Ok(())
    }

    /// The same file, to be read again with other keys. The bytes are shared.
    ///
    /// # Errors
    /// Those of [`super::CaptureReader::new`].
    pub fn reopen(&self, keyring: Arc<Keyring>) -> Result<Self, CaptureError> {
        Ok(Self::of(self.frames.again()?, self.packed.clone(), keyring))
    }

    fn of(frames: Frames, packed: Option<Arc<CaptureError>>, keyring: Arc<Keyring>) -> Self {
        let mut archive = Self {
            frames,
            packed: packed.clone(),
            decoder: Decoder::with_keys(Arc::clone(&keyring)),
            conversations: Some(Conversations::new(0, Arc::clone(&keyring))),
            needs: Needs::default(),
            replay: Replay::new(Arc::clone(&keyring)),
            keyring,
            ended: false,
            warnings: Vec::new(),
            tree: Tree::new(),
        };
        if let Some(fault) = packed {
            archive.warn(&fault);
        }
        archive
    }

    /// Finds up to `frames` more frames; false when the end is reached.
    pub fn advance(&mut self, frames: usize) -> bool {
        for _ in 0..frames {
            if self.ended {
                break;
            }
            self.step();
        }
        !self.ended
    }

    /// Finds one more frame, or a fault.
    fn step(&mut self) {
        let n = self.frames.len();
        match self.frames.next() {
            Ok(Some(frame)) => {
                let packet = self.decoder.dissect(&frame);
                self.needs.note(n, &packet);
                if let Some(conversations) = &mut self.conversations {
                    conversations.observe(&frame, &packet);
                }
                let at = frame.at;
                drop(packet);
                let lost = self.decoder.expired(at);
                self.lost(lost);
            }
            Ok(None) => self.ended = true,
            Err(fault) => self.warn(&fault),
        }
    }

    fn lost(&mut self, datagrams: Vec<Incomplete>) {
        if let Some(conversations) = &mut self.conversations {
            for lost in datagrams {
                conversations.observe_incomplete(&lost);
            }
        }
    }

    fn warn(&mut self, fault: &CaptureError) {
        let why = fault.to_string();
        if let Some(conversations) = &mut self.conversations {
            conversations.note_broken(why.clone());
        }
        if self.warnings.len() < MAX_WARNINGS {
            self.warnings.push(why);
        }
    }

    /// Frames found so far.
    #[must_use]
    pub fn len(&self) -> usize {
        self.frames.len()
    }

    /// No frame was found so far.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What is wrong with the file, up to [`MAX_WARNINGS`] faults.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// How far the (unpacked) file was read, in bytes.
    #[must_use]
    pub fn bytes_done(&self) -> u64 {
        self.frames.progress().0
    }

    /// How long the (unpacked) file is, in bytes.
    #[must_use]
    pub fn bytes_total(&self) -> u64 {
        self.frames.progress().1
    }

    /// What a list shows of frame `n`, counted from 0.
    pub fn row(&mut self, n: usize) -> Option<Row> {
        let Self {
            frames,
            needs,
            replay,
            ..
        } = self;
        let (frame, packet) = replay.dissect(frames, needs, n)?;
        let route = packet.ip.is_some().then_some(packet.route);
        Some(Row {
            number: frame.number,
            at: frame.at,
            from: route.map(|route| route.from),
            to: route.map(|route| route.to),
            length: frame.data.len(),
            original_len: frame.original_len,
            summary: packet.summary(),
        })
    }

    /// Frame `n`, counted from 0, with all its fields.
    pub fn packet(&mut self, n: usize) -> Option<ArchivedPacket<'_>> {
        let Self {
            frames,
            needs,
            replay,
            tree,
            ..
        } = self;
        let (frame, packet) = replay.dissect(frames, needs, n)?;
        packet.tree(tree);
        drop(packet);
        Some(ArchivedPacket { frame, tree })
    }

    /// Which of `frames` frames from `from` on fit `filter`, counted from 0.
    pub fn matches(&mut self, filter: &Filter, from: usize, frames: usize) -> Vec<usize> {
        let end = from.saturating_add(frames).min(self.len());
        let fits = |n: &usize| {
            self.packet(*n)
                .is_some_and(|packet| filter.matches(packet.tree, packet.frame.data))
        };
        (from..end).filter(fits).collect()
    }

    /// A copy that can be given away, as pcapng: see [`scrub`].
    ///
    /// # Errors
    /// Those of [`scrub`].
    pub fn scrubbed(&self) -> Result<Vec<u8>, CaptureError> {
        scrub(self.frames.bytes(), self.keyring.provider())
    }

    /// Adds the names by which filters ask for fields, of those that the first
    /// packets hold.
    pub fn add_field_names(&mut self, names: &mut BTreeSet<String>) {
        for n in 0..self.len().min(NAMED_PACKETS) {
            if let Some(packet) = self.packet(n) {
                packet.tree.add_names(names);
            }
        }
    }

    /// The facts of the whole capture as number `input` among the inputs, the
    /// same as [`super::read_evidence_with`] gives; reads on to the end first.
    /// The first call hands over what was gathered on the way, another one
    /// reads the bytes again.
    ///
    /// # Errors
    /// Those of [`super::CaptureReader::new`].
    pub fn evidence(&mut self, input: usize) -> Result<Vec<Evidence>, CaptureError> {
        if self.conversations.is_none() {
            *self = self.reopen(Arc::clone(&self.keyring))?;
        }
        while self.advance(usize::MAX) {}
        let Some(mut conversations) = self.conversations.take() else {
            return Ok(Vec::new());
        };
        for lost in self.decoder.drain() {
            conversations.observe_incomplete(&lost);
        }
        Ok(conversations.finish_as(input))
    }
}

impl fmt::Debug for Archive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Archive")
            .field("frames", &self.len())
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}

/// Packets whose fields are named for completion.
const NAMED_PACKETS: usize = 1_000;

/// Faults of a file that are put into words.
pub const MAX_WARNINGS: usize = 100;
