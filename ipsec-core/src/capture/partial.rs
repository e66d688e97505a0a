//! Facts that several processes read, each of them one partition, become the
//! facts that one process would have read of the whole.
//!
//! What a partition cannot know alone is left to [`Partial::merge`]: the order
//! of packets among all conversations, the limits on how many flows are
//! followed, and addresses before translation, which may show in other
//! conversations. The limits on IKE (messages, SAs and fragments that are
//! followed at a time) are those of each partition: where a single process
//! would have reached one of them, partitions together keep more.

use super::facts::Guesses;
use super::partition::Partition;
use super::{CaptureReader, Conversations, Decoder, Keyring, conversation as limits};
use crate::crypto::CryptoProvider;
use crate::evidence::{CaptureSummary, Evidence, Fact, Source};
use crate::sorted::{self, Map};
use core::fmt;
use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Arc;

/// The facts of one partition of one capture.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Partial {
    input: usize,
    partition: Partition,
    /// Why not even the head of the file could be read.
    unread: Option<String>,
    evidence: Vec<Evidence>,
}

/// What the partitions of some captures come to.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Merged {
    /// The facts, those of one capture after the other.
    pub evidence: Vec<Evidence>,
    /// Captures of which nothing could be read, by their index among the
    /// inputs, and why.
    pub unread: BTreeMap<usize, String>,
}

/// Why partitions do not make a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PartialError {
    /// The bytes are not those of a [`Partial`].
    Foreign,
    /// They come from another version of this library, or are damaged.
    Unreadable,
    /// This partition of this input came twice.
    Twice {
        /// Index of the input.
        input: usize,
        /// Number of the partition.
        partition: u32,
    },
    /// This partition of this input did not come.
    Missing {
        /// Index of the input.
        input: usize,
        /// Number of the partition.
        partition: u32,
    },
    /// One input was divided in two ways.
    Divided {
        /// Index of the input.
        input: usize,
    },
}

impl fmt::Display for PartialError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Foreign => f.write_str("these bytes are no facts of a partition"),
            Self::Unreadable => {
                f.write_str("these facts come from another version of the library, or are damaged")
            }
            Self::Twice { input, partition } => {
                write!(f, "partition {partition} of input {input} came twice")
            }
            Self::Missing { input, partition } => {
                write!(f, "partition {partition} of input {input} is missing")
            }
            Self::Divided { input } => write!(f, "input {input} was divided in two ways"),
        }
    }
}

impl core::error::Error for PartialError {}

impl Partial {
    /// Reads one partition of the capture that is number `input` among the
    /// inputs, with the keys of `keyring`. A file that is no capture says so
    /// in what is merged.
    #[must_use]
    pub fn read(
        input: usize,
        file: impl Read,
        keyring: Arc<Keyring>,
        partition: Partition,
    ) -> Self {
        let read = CaptureReader::new(file);
        let (evidence, unread) = match read {
            Ok(reader) => (facts(input, reader, keyring, partition), None),
            Err(error) => (Vec::new(), Some(error.to_string())),
        };
        Self {
            input,
            partition,
            unread,
            evidence,
        }
    }

    /// Puts partitions together, in whatever order they come: the facts are
    /// those that one process reads. `provider` has the hashes of NAT
    /// detection.
    ///
    /// # Errors
    /// When a partition of an input is missing, or came twice.
    pub fn merge(
        parts: impl IntoIterator<Item = Self>,
        provider: &'static CryptoProvider,
    ) -> Result<Merged, PartialError> {
        let mut inputs: Map<usize, Map<Partition, Self>> = Map::new();
        for part in parts {
            let (input, partition) = (part.input, part.partition);
            if inputs
                .entry(input)
                .or_default()
                .insert(partition, part)
                .is_some()
            {
                let partition = partition.index();
                return Err(PartialError::Twice { input, partition });
            }
        }
        let mut merged = Merged::default();
        for (input, parts) in inputs {
            complete(input, &parts)?;
            let mut evidence = Vec::new();
            for part in parts.into_values() {
                if let Some(why) = part.unread {
                    merged.unread.insert(input, why);
                }
                evidence.push(part.evidence);
            }
            merged.evidence.extend(joined(evidence, provider));
        }
        Ok(merged)
    }
}

#[cfg(feature = "serde")]
impl Partial {
    /// As bytes that another process with the same version of this library
    /// understands.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        // Writing to memory cannot fail.
        postcard::to_extend(self, FORMAT.to_vec()).unwrap_or_default()
    }

    /// What [`Partial::to_bytes`] wrote.
    ///
    /// # Errors
    /// When they are other bytes, or of another version of this library.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PartialError> {
        let body = bytes
            .strip_prefix(FORMAT_NAME)
            .ok_or(PartialError::Foreign)?;
        let body = body.strip_prefix(VERSION).ok_or(PartialError::Unreadable)?;
        match postcard::take_from_bytes::<Self>(body) {
            Ok((part, [])) if part.partition.exists() => Ok(part),
            Ok(_) | Err(_) => Err(PartialError::Unreadable),
        }
    }
}

/// The facts of one partition, its own limits kept, and nothing guessed.
pub(super) fn facts<R: Read>(
    input: usize,
    mut reader: CaptureReader<R>,
    keyring: Arc<Keyring>,
    partition: Partition,
) -> Vec<Evidence> {
    let mut conversations = Conversations::new(input, Arc::clone(&keyring));
    let mut decoder = Decoder::with_keys(keyring);
    loop {
        match reader.next_frame() {
            Ok(Some(frame)) => {
                match decoder.dissect_of(&frame, partition) {
                    Some(packet) => conversations.observe(&frame, &packet),
                    None => conversations.count(&frame),
                }
                for lost in decoder.expired(frame.at) {
                    if partition.is_first() {
                        conversations.observe_incomplete(&lost);
                    }
                }
            }
            Ok(None) => break,
            Err(error) => conversations.note_broken(error.to_string()),
        }
    }
    for lost in decoder.drain() {
        if partition.is_first() {
            conversations.observe_incomplete(&lost);
        }
    }
    conversations.into_facts()
}

/// Whether all partitions of an input are there, and no others.
fn complete(input: usize, parts: &Map<Partition, Partial>) -> Result<(), PartialError> {
    let of = parts.keys().next().map_or(0, |first| first.of());
    if parts.keys().any(|partition| partition.of() != of) {
        return Err(PartialError::Divided { input });
    }
    let there = |index: &u32| parts.keys().any(|partition| partition.index() == *index);
    match (0..of).find(|index| !there(index)) {
        Some(partition) => Err(PartialError::Missing { input, partition }),
        None => Ok(()),
    }
}

/// The facts of all partitions of one capture as those of one.
pub(super) fn joined(
    parts: Vec<Vec<Evidence>>,
    provider: &'static CryptoProvider,
) -> Vec<Evidence> {
    let mut summary: Option<Evidence> = None;
    let mut facts = Vec::new();
    for one in parts.into_iter().flatten() {
        match (&mut summary, &one.fact) {
            (None, Fact::Capture(_)) => summary = Some(one),
            (
                Some(Evidence {
                    fact: Fact::Capture(sum),
                    ..
                }),
                Fact::Capture(part),
            ) => sum.add(part),
            _ => facts.push(one),
        }
    }
    sorted::by_key(&mut facts, number);
    let left_out = limited(&mut facts);
    if let Some(Evidence {
        fact: Fact::Capture(sum),
        ..
    }) = &mut summary
    {
        sum.left_out = sum.left_out.saturating_add(left_out);
    }
    Guesses::default().complete(&mut facts, provider);
    summary.into_iter().chain(facts).collect()
}

impl CaptureSummary {
    /// Adds what another partition left out or could not read; the rest every
    /// partition has seen.
    const fn add(&mut self, other: &Self) {
        self.unreadable = self.unreadable.saturating_add(other.unreadable);
        self.left_out = self.left_out.saturating_add(other.left_out);
    }
}

/// The packet with which a fact begins.
fn number(one: &Evidence) -> u64 {
    match one.source {
        Source::Packet { number, .. } => number,
        Source::Line { .. } | Source::Input { .. } | Source::Live => 0,
    }
}

/// Drops the flows that one process would not have followed, which are those
/// that begin last; how many packets they have.
fn limited(facts: &mut Vec<Evidence>) -> u64 {
    let (mut protected, mut clear, mut icmp, mut keepalives) = (0, 0, 0, 0);
    let mut left_out = 0_u64;
    facts.retain(|one| {
        let (count, limit, packets) = match &one.fact {
            Fact::Protected(flow) => (&mut protected, limits::MAX_FLOWS, flow.tally.packets),
            Fact::Clear(flow) => (&mut clear, limits::MAX_CLEAR, flow.tally.packets),
            Fact::Icmp(error) => (&mut icmp, limits::MAX_ICMP, error.tally.packets),
            Fact::Keepalives(tally) => (&mut keepalives, limits::MAX_KEEPALIVES, tally.packets),
            Fact::Ike(_)
            | Fact::IncompleteDatagram(_)
            | Fact::Capture(_)
            | Fact::Outline(_)
            | Fact::Logged(_)
            | Fact::Configured(_) => return true,
        };
        *count = usize::saturating_add(*count, 1);
        let kept = *count <= limit;
        if !kept {
            left_out = left_out.saturating_add(packets);
        }
        kept
    });
    left_out
}

/// What the bytes of a [`Partial`] begin with.
#[cfg(feature = "serde")]
const FORMAT_NAME: &[u8] = b"ipsec-core facts ";

#[cfg(feature = "serde")]
const VERSION: &[u8] = concat!(env!("CARGO_PKG_VERSION"), "\n").as_bytes();

#[cfg(feature = "serde")]
const FORMAT: &[u8] = concat!("ipsec-core facts ", env!("CARGO_PKG_VERSION"), "\n").as_bytes();
