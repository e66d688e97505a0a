//! A row for each frame, from its heads: who sent what to whom, SPI and
//! sequence number of ESP and AH, the header of IKE.

use super::columns::{Numbers, Truths, Words, as_it_is, words};
use super::ends::Ends;
use super::{Batches, Rows};
use crate::capture::{CaptureReader, Carries, Decoder, Frame};
use crate::wire::isakmp::{self, Peek};
use crate::wire::registry::{ike, isakmp as isakmp_registry};
use arrow_array::types::{UInt8Type, UInt32Type};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use core::fmt::{self, Write as _};
use std::io::Read;
use std::sync::Arc;

/// The packets of a capture.
///
/// | column | what it holds |
/// |---|---|
/// | `number` | of the frame in its file, from 1 |
/// | `time` | when it was captured |
/// | `source`, `destination` | addresses, as text |
/// | `source_port`, `destination_port` | of UDP and TCP |
/// | `protocol` | `IKEv2`, `IKEv1`, `ESP`, `AH`, `NAT keepalive`, `IP fragment`, `ICMP`, … |
/// | `ip_protocol` | number of what IP carries |
/// | `length`, `original_length` | bytes captured, and on the wire |
/// | `udp_encapsulated` | ESP or IKE in UDP (RFC 3948) |
/// | `spi`, `sequence` | of ESP and AH |
/// | `exchange`, `message_id`, `flags` | of the IKE header |
/// | `spi_i`, `spi_r` | the SPIs (cookies) of IKE, in hexadecimal |
#[must_use]
pub fn packets<R: Read>(reader: CaptureReader<R>) -> Batches<R> {
    Batches::new(reader, Columns::default())
}

#[derive(Debug, Default)]
struct Columns {
    decoder: Decoder,
    ends: Ends,
    protocol: Words<&'static str>,
    ip_protocol: Numbers<UInt8Type>,
    length: Numbers<UInt32Type>,
    original_length: Numbers<UInt32Type>,
    udp_encapsulated: Truths,
    spi: Numbers<UInt32Type>,
    sequence: Numbers<UInt32Type>,
    ike: IkeHeader,
}

impl Rows for Columns {
    fn schema(&self) -> SchemaRef {
        let mut fields = Ends::fields();
        fields.extend([
            Field::new("protocol", words(), false),
            Field::new("ip_protocol", DataType::UInt8, true),
            Field::new("length", DataType::UInt32, false),
            Field::new("original_length", DataType::UInt32, false),
            Field::new("udp_encapsulated", DataType::Boolean, false),
            Field::new("spi", DataType::UInt32, true),
            Field::new("sequence", DataType::UInt32, true),
        ]);
        fields.extend(IkeHeader::fields());
        Arc::new(Schema::new(fields))
    }

    fn len(&self) -> usize {
        self.ends.len()
    }

    fn take(&mut self, frame: &Frame<'_>) {
        let heads = self.decoder.heads(frame);
        let captured = u32::try_from(frame.data.len()).unwrap_or(u32::MAX);
        let (mut ike, mut spi, mut sequence) = (None, None, None);
        match &heads.carries {
            Carries::Ike(message) => ike = isakmp::peek(message),
            Carries::Esp(esp) => (spi, sequence) = (Some(esp.spi), Some(esp.sequence)),
            Carries::Ah(ah) => (spi, sequence) = (Some(ah.spi), Some(ah.sequence)),
            Carries::Keepalive
            | Carries::IcmpError(_)
            | Carries::Fragment
            | Carries::Unreadable
            | Carries::Other => {}
        }
        self.ends.push(frame, heads.route);
        self.protocol.push(heads.protocol_name(), as_it_is);
        self.ip_protocol
            .push_option(heads.protocol.map(|protocol| protocol.0));
        self.length.push(captured);
        self.original_length.push(frame.original_len);
        self.udp_encapsulated.push(heads.in_udp);
        self.spi.push_option(spi);
        self.sequence.push_option(sequence);
        self.ike.push(ike.as_ref());
    }

    fn finish(&mut self) -> Result<RecordBatch, ArrowError> {
        let mut columns = self.ends.finish()?;
        columns.extend([
            self.protocol.finish()?,
            self.ip_protocol.finish(),
            self.length.finish(),
            self.original_length.finish(),
            self.udp_encapsulated.finish(),
            self.spi.finish(),
            self.sequence.finish(),
        ]);
        columns.extend(self.ike.finish()?);
        RecordBatch::try_new(self.schema(), columns)
    }
}

/// The columns of an IKE header.
#[derive(Debug, Default)]
struct IkeHeader {
    exchange: Words<(u8, u8)>,
    message_id: Numbers<UInt32Type>,
    flags: Numbers<UInt8Type>,
    spi_i: Words<u64>,
    spi_r: Words<u64>,
}

impl IkeHeader {
    fn fields() -> [Field; 5] {
        [
            Field::new("exchange", words(), true),
            Field::new("message_id", DataType::UInt32, true),
            Field::new("flags", DataType::UInt8, true),
            Field::new("spi_i", words(), true),
            Field::new("spi_r", words(), true),
        ]
    }

    #[inline]
    fn push(&mut self, header: Option<&Peek>) {
        let exchange = header.map(|header| (header.version >> 4, header.exchange.0));
        self.exchange.push_option(exchange, exchange_name);
        self.message_id
            .push_option(header.map(|header| header.message_id));
        self.flags.push_option(header.map(|header| header.flags.0));
        self.spi_i
            .push_option(header.map(|header| header.cookie_i), hexadecimal);
        self.spi_r
            .push_option(header.map(|header| header.cookie_r), hexadecimal);
    }

    fn finish(&mut self) -> Result<[ArrayRef; 5], ArrowError> {
        Ok([
            self.exchange.finish()?,
            self.message_id.finish(),
            self.flags.finish(),
            self.spi_i.finish()?,
            self.spi_r.finish()?,
        ])
    }
}

/// The name of an exchange in its version of IKE.
pub(super) fn exchange_name((version, number): (u8, u8), out: &mut String) -> fmt::Result {
    match version {
        1 => write!(out, "{}", isakmp_registry::ExchangeType(number)),
        _ => write!(out, "{}", ike::ExchangeType(number)),
    }
}

/// An SPI of IKE.
pub(super) fn hexadecimal(spi: u64, out: &mut String) -> fmt::Result {
    write!(out, "{spi:016x}")
}
