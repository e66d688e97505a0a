//! Capture files: the frames they hold and the packets inside the frames.
//!
//! [`CaptureReader`] reads pcap and pcapng, gzipped or not, as a stream: one
//! buffer, lent frame by frame, so that memory does not grow with the file.
//! [`Link`] finds the IP packet in a frame, [`Reassembler`] puts IP fragments
//! together again.
//!
//! # Why the record headers are read here
//!
//! The crate pcap-parser (0.17) was tried and left, not for its speed, which
//! is the same. It reads `if_tsoffset` as little-endian in every section,
//! refuses every binary `if_tsresol`, does not know the old packet block,
//! prints decryption secrets in `Debug`, wants the whole of a block it does
//! not know in its buffer, and its errors have no position to go on from. What
//! remains of the grammar is a 16-byte record header and five block headers.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod archive;
mod conversation;
mod decoder;
mod dissection;
mod error;
mod facts;
mod file;
mod found;
mod gzip;
mod heads;
mod ikefrag;
mod ipfrag;
mod link;
mod meter;
mod opening;
mod options;
mod partial;
mod partition;
mod pcap;
mod pcapng;
pub mod printed;
mod scrub;
mod source;
mod summary;
mod unseal;
mod unsealed;

pub use archive::{Archive, ArchivedPacket, MAX_FILE, MAX_WARNINGS, Row};
pub use conversation::Conversations;
pub use decoder::Decoder;
pub use dissection::{Clear, Content, Dissection, Quoted, Read};
pub use error::CaptureError;
pub use file::{CaptureReader, Format, Frame};
pub use found::MAX_FRAME;
pub use heads::{Carries, Heads};
pub use ipfrag::{
    Datagram, Fragment, FragmentKey, FragmentLimits, GivenUp, Incomplete, Outcome, Reassembler,
    Rejection,
};
pub use link::{Layer, Link, LinkError, Network};
pub use options::Options;
pub use partial::{Merged, Partial, PartialError};
pub use partition::Partition;
pub use pcap::PcapWriter;
pub use pcapng::{Interface, PcapngWriter, Secrets, SecretsType};
pub use scrub::scrub;
pub use summary::Summary;
pub use unseal::{Count, Counts, Keyring};
pub use unsealed::{InnerPacket, Inside, Payloads, Unsealed};

use crate::crypto::CryptoProvider;
use crate::evidence::Evidence;
use std::sync::Arc;

/// The facts of a whole capture, number `input` among the inputs, as far as
/// they can be read without keys.
///
/// A capture that breaks off in the middle gives the facts up to there; what
/// broke is noted in its [`crate::evidence::CaptureSummary`].
///
/// # Errors
/// When not even the head of the file can be read.
pub fn read_evidence(
    input: usize,
    file: impl std::io::Read,
    provider: &'static CryptoProvider,
) -> Result<Vec<Evidence>, CaptureError> {
    read_evidence_with(input, file, Keyring::new(provider).into())
}

/// The facts of a whole capture, with all that the keys of `keyring` open and
/// prove; else as [`read_evidence`].
///
/// # Errors
/// When not even the head of the file can be read.
pub fn read_evidence_with(
    input: usize,
    file: impl std::io::Read,
    keyring: Arc<Keyring>,
) -> Result<Vec<Evidence>, CaptureError> {
    let reader = CaptureReader::new(file)?;
    let provider = keyring.provider();
    let facts = partial::facts(input, reader, keyring, Partition::WHOLE);
    Ok(partial::joined(vec![facts], provider))
}
