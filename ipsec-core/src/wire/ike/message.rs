//! A whole message: header, chain, and what is left over (RFC 7296 §3.1).
#![expect(clippy::exhaustive_structs, reason = "a fixed wire format")]

use super::super::layout::{Encoder, Field, Layout, Show};
use super::super::leaf::{DecodeError, located};
use super::chain::{Body, Payload, first_kind, lay_out_chain, lay_out_trailing, read_chain};
use super::header::{Flags, Header};
use super::notify::Notify;
use super::unread::{Faults, Measure, bad_length, bad_value, misstated, misstated_length};
use crate::wire::registry::ike::{ExchangeType, NotifyType, PayloadType};
use alloc::vec::Vec;

/// An IKEv2 message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// The first 28 bytes.
    pub header: Header,
    /// The chain of payloads. Those inside SK and SKF are read with
    /// [`decode_chain`](super::decode_chain) once they are decrypted.
    pub payloads: Vec<Payload<'a>>,
    /// Bytes behind the last payload; empty in a well-formed message.
    pub trailing: &'a [u8],
}

impl<'a> Message<'a> {
    /// Starts a request of the original initiator, without payloads.
    #[must_use]
    pub const fn request(spi_i: u64, spi_r: u64, exchange: ExchangeType, message_id: u32) -> Self {
        let header = Header {
            spi_i,
            spi_r,
            first_payload: PayloadType::NONE,
            version: Header::VERSION,
            exchange,
            flags: Flags::INITIATOR,
            message_id,
            length: None,
        };
        Self {
            header,
            payloads: Vec::new(),
            trailing: &[],
        }
    }

    /// Reads a message (without non-ESP marker) that follows its standard.
    ///
    /// # Errors
    /// The first fault, with its offset from the start of `data`.
    pub fn decode(data: &'a [u8]) -> Result<Self, DecodeError> {
        match Self::decode_lax(data)? {
            (message, None) => Ok(message),
            (_, Some(error)) => Err(error),
        }
    }

    /// Reads as much of a message as can be read, keeps the rest as it is,
    /// and says what is wrong first. Laid out again, the result gives the
    /// bytes of `data`, whatever they are.
    ///
    /// # Errors
    /// Only when `data` is shorter than a header.
    pub fn decode_lax(data: &'a [u8]) -> Result<(Self, Option<DecodeError>), DecodeError> {
        let (rest, (mut header, stated)) =
            Header::decode(data).map_err(|error| located(&error, data))?;
        let mut faults = Faults::new(data);
        if header.major() != MAJOR_VERSION {
            let at = data.get(VERSION_OFFSET..).unwrap_or_default();
            faults.note(&bad_value(at, "version", header.version));
        }
        let mut chain_bytes = rest;
        let length = usize::try_from(stated).unwrap_or(usize::MAX);
        if length != data.len() {
            header.length = Some(stated);
            let at = data.get(LENGTH_OFFSET..).unwrap_or_default();
            faults.note(&bad_length(at, "length", length, Header::LEN, data.len()));
            let within = length.checked_sub(Header::LEN);
            chain_bytes = within.and_then(|n| rest.get(..n)).unwrap_or(rest);
        }
        let chain = read_chain(header.first_payload, chain_bytes, &mut faults);
        let beyond = data.len().saturating_sub(rest.len());
        let read = chain_bytes.len().saturating_sub(chain.trailing.len());
        let trailing = data.get(beyond.saturating_add(read)..).unwrap_or_default();
        let message = Self {
            header,
            payloads: chain.payloads,
            trailing,
        };
        Ok((message, faults.first()))
    }

    /// Appends the bytes of the message to `out`.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let payloads: usize = self.payloads.iter().map(Payload::size_hint).sum();
        out.reserve(
            payloads
                .saturating_add(Header::LEN)
                .saturating_add(self.trailing.len()),
        );
        self.lay_out(&mut Encoder::new(out));
    }

    /// Lays the message out, as the group `ike`.
    pub fn lay_out(&self, out: &mut impl Layout) {
        out.group(&IKE, |out| {
            let first = first_kind(&self.payloads).unwrap_or(self.header.first_payload);
            self.header.lay_out(first, out);
            lay_out_chain(&self.payloads, out);
            if self.header.major() != MAJOR_VERSION {
                misstated(out, VERSION_OFFSET, "version", self.header.version);
            }
            if !self.trailing.is_empty() || self.header.length.is_some() {
                self.lay_out_rest(out);
            }
        });
    }

    /// The first payload of type `kind`.
    #[must_use]
    pub fn payload(&self, kind: PayloadType) -> Option<&Payload<'a>> {
        self.payloads.iter().find(|payload| payload.kind == kind)
    }

    /// All notifies outside SK.
    pub fn notifies(&self) -> impl Iterator<Item = &Notify<'a>> {
        self.payloads.iter().filter_map(|payload| {
            let Body::Notify(notify) = &payload.body else {
                return None;
            };
            Some(notify)
        })
    }

    /// The first notify of type `kind` outside SK.
    #[must_use]
    pub fn notify(&self, kind: NotifyType) -> Option<&Notify<'a>> {
        self.notifies().find(|notify| notify.kind == kind)
    }

    #[cold]
    fn lay_out_rest(&self, out: &mut impl Layout) {
        let mut measure = Measure(Header::LEN);
        lay_out_chain(&self.payloads, &mut measure);
        let end = measure.0.saturating_add(self.trailing.len());
        if let Some(length) = self.header.length {
            let value = usize::try_from(length).unwrap_or(usize::MAX);
            misstated_length(out, LENGTH_OFFSET, value, Header::LEN, end);
        }
        lay_out_trailing(self.trailing, measure.0, out);
    }
}

/// The major version whose messages are read here.
const MAJOR_VERSION: u8 = 2;

/// Where the version and the length stand in a header.
const VERSION_OFFSET: usize = 17;
const LENGTH_OFFSET: usize = 24;

static IKE: Field = Field::new(
    "ike",
    "Internet Key Exchange Version 2",
    "One IKEv2 message (RFC 7296 §3.1)",
    Show::Group,
);
