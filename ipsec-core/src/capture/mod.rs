//! Capture files: the frames they hold and the packets inside the frames.
//!
//! [`CaptureReader`] reads pcap and pcapng, gzipped or not, as a stream: one
//! buffer, lent frame by frame, so that memory does not grow with the file.
//! [`Reassembler`] puts IP fragments together again.
//!
//! # Why the record headers are read here
//!
//! The crate pcap-parser was tried and left. It reads `if_tsoffset` as
//! little-endian in every section, refuses every binary `if_tsresol`, does not
//! know the old packet block, prints decryption secrets in `Debug`, allocates
//! the options of every packet, and reports a wrong trailing length without
//! its position. What remains of the grammar is a 16-byte record header and
//! five block headers.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod error;
mod file;
mod gzip;
mod ipfrag;
mod options;
mod pcap;
mod pcapng;
mod source;

pub use error::CaptureError;
pub use file::{CaptureReader, Format, Frame, MAX_FRAME};
pub use ipfrag::{
    Datagram, Fragment, FragmentKey, FragmentLimits, GivenUp, Incomplete, Outcome, Reassembler,
    Rejection,
};
pub use options::Options;
pub use pcap::PcapWriter;
pub use pcapng::{Interface, PcapngWriter, Secrets, SecretsType};
