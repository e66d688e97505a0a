//! A row for each IKE message: its header, and what its payloads say, in the
//! clear or decrypted.

use super::columns::{Lists, Numbers, Texts, Truths, Words, as_it_is, lists, words};
use super::ends::Ends;
use super::packets::{exchange_name, hexadecimal};
use super::{Batches, Rows};
use crate::capture::{CaptureReader, Decoder, Frame, Keyring};
use crate::evidence::{Content, Exchange, IkeMessage, KeyExchange, Unsealing};
use crate::wire::registry::{ike, isakmp};
use arrow_array::RecordBatch;
use arrow_array::types::{UInt8Type, UInt32Type};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use std::borrow::Cow;
use std::io::Read;
use std::sync::Arc;

/// The IKE messages of a capture, opened with the keys of `keyring` where they
/// fit.
///
/// | column | what it holds |
/// |---|---|
/// | `number` to `destination_port` | as in [`packets`](super::packets()) |
/// | `version` | major version of IKE |
/// | `exchange`, `message_id`, `spi_i`, `spi_r` | of the IKE header |
/// | `by_initiator`, `response` | the I and R flags of IKEv2; null in IKEv1 |
/// | `length` | bytes, from the IKE header on |
/// | `payloads` | their types in order, the decrypted ones behind the others |
/// | `proposal` | the first proposal: its algorithms |
/// | `key_exchange` | group of the KE payload; null in IKEv1 |
/// | `notifies`, `vendors`, `identities` | by name, or as they stand |
/// | `sealed` | bytes of the encrypted part |
/// | `opening` | what the keys made of it: `verified`, `no key`, `wrong key`, … |
/// | `fragment`, `fragments` | number and total of an IKE fragment (RFC 7383) |
/// | `fault` | where it cannot be read, and why |
///
/// The last IP or IKEv1 fragment stands for the whole message.
#[must_use]
pub fn messages<R: Read>(reader: CaptureReader<R>, keyring: Arc<Keyring>) -> Batches<R> {
    let columns = Columns {
        decoder: Decoder::with_keys(Arc::clone(&keyring)),
        keyring,
        ends: Ends::default(),
        header: Header::default(),
        inside: Inside::default(),
        weight: 0,
    };
    Batches::new(reader, columns)
}

#[derive(Debug)]
struct Columns {
    decoder: Decoder,
    keyring: Arc<Keyring>,
    ends: Ends,
    header: Header,
    inside: Inside,
    /// Bytes of the messages of this batch.
    weight: usize,
}

impl Rows for Columns {
    fn schema(&self) -> SchemaRef {
        let mut fields = Ends::fields();
        fields.extend(Header::fields());
        fields.extend(Inside::fields());
        Arc::new(Schema::new(fields))
    }

    fn len(&self) -> usize {
        self.ends.len()
    }

    fn is_heavy(&self) -> bool {
        self.weight >= BATCH_BYTES
    }

    fn take(&mut self, frame: &Frame<'_>) {
        let packet = self.decoder.dissect(frame);
        let Some(message) = packet.ike_message_unplaced(frame, &self.keyring) else {
            return;
        };
        self.weight = self.weight.saturating_add(message.len);
        self.ends.push(frame, Some(message.route));
        self.header.push(&message);
        self.inside.push(&message);
    }

    fn finish(&mut self) -> Result<RecordBatch, ArrowError> {
        self.weight = 0;
        let mut columns = self.ends.finish()?;
        columns.extend(self.header.finish()?);
        columns.extend(self.inside.finish()?);
        RecordBatch::try_new(self.schema(), columns)
    }
}

/// The columns of the IKE header.
#[derive(Debug, Default)]
struct Header {
    version: Numbers<UInt8Type>,
    exchange: Words<(u8, u8)>,
    message_id: Numbers<UInt32Type>,
    spi_i: Words<u64>,
    spi_r: Words<u64>,
    by_initiator: Truths,
    response: Truths,
    length: Numbers<UInt32Type>,
}

impl Header {
    fn fields() -> [Field; 8] {
        [
            Field::new("version", DataType::UInt8, false),
            Field::new("exchange", words(), false),
            Field::new("message_id", DataType::UInt32, false),
            Field::new("spi_i", words(), false),
            Field::new("spi_r", words(), false),
            Field::new("by_initiator", DataType::Boolean, true),
            Field::new("response", DataType::Boolean, true),
            Field::new("length", DataType::UInt32, false),
        ]
    }

    fn push(&mut self, message: &IkeMessage) {
        let (version, number, has_flags) = match message.exchange {
            Exchange::V1(exchange) => (1, exchange.0, false),
            Exchange::V2(exchange) => (2, exchange.0, true),
        };
        self.version.push(version);
        self.exchange.push((version, number), exchange_name);
        self.message_id.push(message.message_id);
        self.spi_i.push(message.spi_i, hexadecimal);
        self.spi_r.push(message.spi_r, hexadecimal);
        self.by_initiator
            .push(has_flags.then_some(message.by_initiator));
        self.response.push(has_flags.then_some(message.response));
        self.length
            .push(u32::try_from(message.len).unwrap_or(u32::MAX));
    }

    fn finish(&mut self) -> Result<[arrow_array::ArrayRef; 8], ArrowError> {
        Ok([
            self.version.finish(),
            self.exchange.finish()?,
            self.message_id.finish(),
            self.spi_i.finish()?,
            self.spi_r.finish()?,
            self.by_initiator.finish(),
            self.response.finish(),
            self.length.finish(),
        ])
    }
}

/// The columns of what an IKE message says.
#[derive(Debug, Default)]
struct Inside {
    payloads: Lists,
    proposal: Texts,
    key_exchange: Words<u16>,
    notifies: Lists,
    vendors: Lists,
    identities: Lists,
    sealed: Numbers<UInt32Type>,
    opening: Words<&'static str>,
    fragment: Numbers<UInt32Type>,
    fragments: Numbers<UInt32Type>,
    fault: Texts,
}

impl Inside {
    fn fields() -> [Field; 11] {
        [
            Field::new("payloads", lists(), false),
            Field::new("proposal", DataType::Utf8, true),
            Field::new("key_exchange", words(), true),
            Field::new("notifies", lists(), false),
            Field::new("vendors", lists(), false),
            Field::new("identities", lists(), false),
            Field::new("sealed", DataType::UInt32, true),
            Field::new("opening", words(), true),
            Field::new("fragment", DataType::UInt32, true),
            Field::new("fragments", DataType::UInt32, true),
            Field::new("fault", DataType::Utf8, true),
        ]
    }

    fn push(&mut self, message: &IkeMessage) {
        let contents = || message.contents();
        self.payloads
            .push(contents().flat_map(|content| payloads(message.exchange, content)));
        let proposal = contents().find_map(|content| content.proposals.first());
        let names = proposal.map(|proposal| proposal.transforms.iter().map(|one| &one.name));
        self.proposal.push_joined(names);
        let group = contents().find_map(group);
        self.key_exchange.push_option(group, |group, out| {
            as_it_is(&ike::KeyExchange(group).to_string(), out)
        });
        self.notifies
            .push(message.notifies().map(|notify| &notify.name));
        self.vendors
            .push(contents().flat_map(|content| &content.vendors));
        self.identities.push(
            contents()
                .flat_map(|content| &content.identities)
                .map(|identity| &identity.value),
        );
        let sealed = message.sealed.as_ref();
        self.sealed
            .push_option(sealed.map(|sealed| u32::try_from(sealed.len).unwrap_or(u32::MAX)));
        let opening = sealed
            .and_then(|sealed| sealed.unsealing)
            .map(Unsealing::words);
        self.opening.push_option(opening, as_it_is);
        let (number, total) = message.fragment.unzip();
        self.fragment.push_option(number.map(u32::from));
        self.fragments.push_option(total.map(u32::from));
        self.fault.push(fault(message));
    }

    fn finish(&mut self) -> Result<[arrow_array::ArrayRef; 11], ArrowError> {
        Ok([
            self.payloads.finish(),
            self.proposal.finish(),
            self.key_exchange.finish()?,
            self.notifies.finish(),
            self.vendors.finish(),
            self.identities.finish(),
            self.sealed.finish(),
            self.opening.finish()?,
            self.fragment.finish(),
            self.fragments.finish(),
            self.fault.finish(),
        ])
    }
}

/// The types of the payloads of `content`, by name.
fn payloads(exchange: Exchange, content: &Content) -> impl Iterator<Item = Cow<'static, str>> {
    content.payloads.iter().map(move |&number| {
        let name = match exchange {
            Exchange::V1(_) => isakmp::PayloadType(number).name(),
            Exchange::V2(_) => ike::PayloadType(number).name(),
        };
        name.map_or_else(|| number.to_string().into(), Cow::Borrowed)
    })
}

fn group(content: &Content) -> Option<u16> {
    let of = |key_exchange: &KeyExchange| key_exchange.group;
    content
        .key_exchange
        .as_ref()
        .and_then(of)
        .map(|group| group.0)
}

/// Where it breaks its standard: in the clear, or else inside.
fn fault(message: &IkeMessage) -> Option<&str> {
    let inside = message
        .contents()
        .find_map(|content| content.fault.as_ref());
    let fault = message.fault.as_ref().or(inside)?;
    Some(&fault.what)
}

/// Bytes of messages after which a batch ends: what they say takes a few times
/// as much.
const BATCH_BYTES: usize = 16 << 20;
