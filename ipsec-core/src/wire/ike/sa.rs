//! Security Association payload: proposals, transforms and their attributes
//! (RFC 7296 §3.3; key exchanges 6 to 12 of RFC 9370).
#![expect(clippy::exhaustive_structs, reason = "a fixed wire format")]

use super::super::layout::{Field, Layout, Show};
use super::super::leaf::{self, Fault, Parsed};
use super::fields::{LENGTH, PROTOCOL, RESERVED, SPI_SIZE, fields, lay_out_spi, octet, octets2};
use super::unread::{
    Faults, Measure, Sequence, Unread, bad_length, bad_value, misstated, misstated_length, stated,
};
use crate::wire::registry::ike::{
    AttributeType, Encryption, GroupControllerAuth, Integrity, KeyExchange, KeyWrap, Prf,
    ProtocolId, SequenceNumbers, TransformType,
};
use alloc::boxed::Box;
use alloc::vec::Vec;
use smallvec::SmallVec;

/// The content of an SA payload.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sa<'a> {
    /// The proposals, the preferred one first.
    pub proposals: Vec<Proposal<'a>>,
    /// What follows the last proposal that could be read.
    pub unread: Option<Box<Unread<'a>>>,
}

impl<'a> Sa<'a> {
    /// An SA payload of these proposals.
    #[must_use]
    pub const fn new(proposals: Vec<Proposal<'a>>) -> Self {
        Self {
            proposals,
            unread: None,
        }
    }

    pub(super) fn decode(payload: &'a [u8], body: &'a [u8], faults: &mut Faults<'a>) -> Self {
        let mut proposals = Vec::new();
        let sequence = Sequence {
            group: payload,
            items: body,
            limit: MAX_PROPOSALS,
            field: "proposal",
        };
        let unread = sequence.read(faults, |i, faults| {
            Proposal::decode(i, &mut proposals, faults)
        });
        Self { proposals, unread }
    }

    #[inline]
    pub(super) fn lay_out(&self, out: &mut impl Layout) {
        let mut left = self.proposals.len();
        for proposal in &self.proposals {
            left = left.saturating_sub(1);
            proposal.lay_out(left == 0 && self.unread.is_none(), out);
        }
        if let Some(unread) = &self.unread {
            unread.lay_out(out);
        }
    }

    pub(super) fn size_hint(&self) -> usize {
        let transforms: usize = self.proposals.iter().map(|p| p.transforms.len()).sum();
        let proposals = self.proposals.len().saturating_mul(16);
        let unread = self.unread.as_ref().map_or(0, |unread| unread.bytes.len());
        transforms
            .saturating_mul(12)
            .saturating_add(proposals)
            .saturating_add(unread)
    }
}

/// One way to protect traffic: for each transform type given, one of the
/// transforms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal<'a> {
    /// Its place among the proposals, from 1; an answer repeats it.
    pub number: u8,
    /// The protocol of the SA.
    pub protocol: ProtocolId,
    /// The sender's SPI: none in `IKE_SA_INIT`, else 8 bytes for IKE, 4 for
    /// AH and ESP.
    pub spi: &'a [u8],
    /// The transforms, of all types.
    pub transforms: Vec<Transform<'a>>,
    /// A byte sent as zero.
    pub reserved: u8,
    /// The mark of the last proposal (0, else 2), where the wire's differs.
    pub last: Option<u8>,
    /// The length, where the wire states more than there is.
    pub length: Option<u16>,
    /// The number of transforms, where the wire's differs.
    pub count: Option<u8>,
    /// What follows the last transform that could be read.
    pub unread: Option<Box<Unread<'a>>>,
}

impl<'a> Proposal<'a> {
    /// A proposal of these transforms.
    #[must_use]
    pub const fn new(
        number: u8,
        protocol: ProtocolId,
        spi: &'a [u8],
        transforms: Vec<Transform<'a>>,
    ) -> Self {
        Self {
            number,
            protocol,
            spi,
            transforms,
            reserved: 0,
            last: None,
            length: None,
            count: None,
            unread: None,
        }
    }

    /// The transforms of one type, in their order.
    pub fn of_type(&self, kind: TransformType) -> impl Iterator<Item = &Transform<'a>> {
        self.transforms.iter().filter(move |t| t.kind == kind)
    }

    /// Reads a proposal onto the end of `proposals`; gives what follows it.
    #[inline]
    fn decode(
        i: &'a [u8],
        proposals: &mut Vec<Self>,
        faults: &mut Faults<'a>,
    ) -> Result<&'a [u8], nom::Err<Fault<'a>>> {
        let (rest, head) = leaf::array::<PROPOSAL_HEADER>(i, "proposal")?;
        let [last, reserved, high, low, number, protocol, spi_size, count] = head;
        let stated_length = u16::from_be_bytes([high, low]);
        let length = usize::from(stated_length);
        let Some(size) = length.checked_sub(PROPOSAL_HEADER) else {
            let at = i.get(2..).unwrap_or_default();
            return Err(bad_length(at, "length", length, PROPOSAL_HEADER, i.len()));
        };
        let framed = rest.split_at_checked(size);
        let (body, after) = framed.unwrap_or((rest, &[]));
        let spi = leaf::bytes(body, spi_size.into(), "spi");
        let spi = if framed.is_none() {
            let at = i.get(2..).unwrap_or_default();
            let error = bad_length(at, "length", length, PROPOSAL_HEADER, i.len());
            faults.note(&error);
            spi.map_err(|_| error)
        } else {
            spi
        };
        let (body, spi) = spi?;
        let room = usize::from(count).min(body.len() / TRANSFORM_HEADER);
        let mut transforms = Vec::with_capacity(room);
        let sequence = Sequence {
            group: i,
            items: body,
            limit: MAX_TRANSFORMS,
            field: "transform",
        };
        let unread = sequence.read(faults, |i, faults| {
            Transform::decode(i, &mut transforms, faults)
        });
        let last = stated(last, last_mark(after.is_empty(), MORE_PROPOSALS));
        let count = stated(count, octet(transforms.len()));
        if let Some(last) = last {
            faults.note(&bad_value(i, "last", last));
        }
        if let Some(count) = count {
            let at = i.get(COUNT_OFFSET..).unwrap_or_default();
            faults.note(&bad_value(at, "num_transforms", count));
        }
        proposals.push(Self {
            number,
            protocol: ProtocolId(protocol),
            spi,
            transforms,
            reserved,
            last,
            length: framed.is_none().then_some(stated_length),
            count,
            unread,
        });
        Ok(after)
    }

    #[inline]
    fn lay_out(&self, last: bool, out: &mut impl Layout) {
        out.group(&PROPOSAL, |out| {
            out.value(self.number.into());
            out.u8(&LAST, self.last.unwrap_or(last_mark(last, MORE_PROPOSALS)));
            out.bytes(&RESERVED, &[self.reserved]);
            match self.length {
                None => out.length16(&LENGTH),
                Some(length) => out.u16(&LENGTH, length),
            }
            out.u8(&NUMBER, self.number);
            out.u8(&PROTOCOL, self.protocol.0);
            out.u8(&SPI_SIZE, octet(self.spi.len()));
            out.u8(
                &NUM_TRANSFORMS,
                self.count.unwrap_or(octet(self.transforms.len())),
            );
            self.lay_out_body(out);
            self.mark_misstated(out);
        });
    }

    #[inline]
    fn lay_out_body(&self, out: &mut impl Layout) {
        lay_out_spi(out, self.spi);
        let mut left = self.transforms.len();
        for transform in &self.transforms {
            left = left.saturating_sub(1);
            transform.lay_out(left == 0 && self.unread.is_none(), out);
        }
        if let Some(unread) = &self.unread {
            unread.lay_out(out);
        }
    }

    #[inline]
    fn mark_misstated(&self, out: &mut impl Layout) {
        if let Some(last) = self.last {
            misstated(out, 0, "last", last);
        }
        if let Some(count) = self.count {
            misstated(out, COUNT_OFFSET, "num_transforms", count);
        }
        if let Some(length) = self.length {
            let mut measure = Measure(PROPOSAL_HEADER);
            self.lay_out_body(&mut measure);
            misstated_length(out, 2, length.into(), PROPOSAL_HEADER, measure.0);
        }
    }
}

/// One algorithm, group or option of a proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transform<'a> {
    /// What the transform is for.
    pub kind: TransformType,
    /// Which one, from the registry of its type.
    pub id: u16,
    /// Its attributes; in practice the key length or none.
    pub attributes: SmallVec<[Attribute<'a>; 1]>,
    /// Two bytes sent as zero: before the length, and behind the type.
    pub reserved: [u8; 2],
    /// The mark of the last transform (0, else 3), where the wire's differs.
    pub last: Option<u8>,
    /// What follows the last attribute that could be read.
    pub unread: Option<Box<Unread<'a>>>,
}

impl<'a> Transform<'a> {
    /// A transform without attributes.
    #[must_use]
    pub fn new(kind: TransformType, id: u16) -> Self {
        Self {
            kind,
            id,
            attributes: SmallVec::new(),
            reserved: [0; 2],
            last: None,
            unread: None,
        }
    }

    /// The same transform with a key length in bits.
    #[must_use]
    pub fn with_key_length(mut self, bits: u16) -> Self {
        self.attributes.push(Attribute {
            kind: AttributeType::KEY_LENGTH,
            value: AttributeValue::Short(bits),
        });
        self
    }

    /// The key length in bits, if it carries one.
    #[must_use]
    pub fn key_length(&self) -> Option<u16> {
        self.attributes
            .iter()
            .find_map(|attribute| match (attribute.kind, attribute.value) {
                (AttributeType::KEY_LENGTH, AttributeValue::Short(bits)) => Some(bits),
                _ => None,
            })
    }

    /// Reads a transform onto the end of `transforms`; gives what follows it.
    #[inline]
    fn decode(
        i: &'a [u8],
        transforms: &mut Vec<Self>,
        faults: &mut Faults<'a>,
    ) -> Result<&'a [u8], nom::Err<Fault<'a>>> {
        let (rest, head) = leaf::array::<TRANSFORM_HEADER>(i, "transform")?;
        let [last, reserved, high, low, kind, reserved2, id_high, id_low] = head;
        let length = usize::from(u16::from_be_bytes([high, low]));
        let framed = length
            .checked_sub(TRANSFORM_HEADER)
            .and_then(|size| rest.split_at_checked(size));
        let Some((body, after)) = framed else {
            let at = i.get(2..).unwrap_or_default();
            return Err(bad_length(at, "length", length, TRANSFORM_HEADER, i.len()));
        };
        let last = stated(last, last_mark(after.is_empty(), MORE_TRANSFORMS));
        if let Some(last) = last {
            faults.note(&bad_value(i, "last", last));
        }
        let sequence = Sequence {
            group: i,
            items: body,
            limit: MAX_ATTRIBUTES,
            field: "attribute",
        };
        let mut attributes = SmallVec::new();
        let unread = sequence.read(faults, |i, _| {
            let (rest, attribute) = Attribute::decode(i)?;
            attributes.push(attribute);
            Ok(rest)
        });
        transforms.push(Self {
            kind: TransformType(kind),
            id: u16::from_be_bytes([id_high, id_low]),
            attributes,
            reserved: [reserved, reserved2],
            last,
            unread,
        });
        Ok(after)
    }

    #[inline]
    fn lay_out(&self, last: bool, out: &mut impl Layout) {
        let (group, id) = fields_of(self.kind);
        out.group(group, |out| {
            let [reserved, reserved2] = self.reserved;
            out.value(self.id.into());
            out.u8(&LAST, self.last.unwrap_or(last_mark(last, MORE_TRANSFORMS)));
            out.bytes(&RESERVED, &[reserved]);
            out.length16(&LENGTH);
            out.u8(&TYPE, self.kind.0);
            out.bytes(&RESERVED, &[reserved2]);
            out.u16(id, self.id);
            for attribute in &self.attributes {
                attribute.lay_out(out);
            }
            if let Some(unread) = &self.unread {
                unread.lay_out(out);
            }
            if let Some(last) = self.last {
                misstated(out, 0, "last", last);
            }
        });
    }
}

/// An attribute of a transform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attribute<'a> {
    /// What it says; 15 bits.
    pub kind: AttributeType,
    /// Its value, which also gives its format.
    pub value: AttributeValue<'a>,
}

/// The value of an attribute, in one of the two formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "one bit chooses")]
pub enum AttributeValue<'a> {
    /// Two bytes in the place of the length (AF = 1).
    Short(u16),
    /// Bytes behind a length (AF = 0).
    Long(&'a [u8]),
}

impl<'a> Attribute<'a> {
    #[inline]
    pub(super) fn decode(i: &'a [u8]) -> Parsed<'a, Self> {
        let (i, [high, low, third, fourth]) = leaf::array::<4>(i, "attribute")?;
        let kind = u16::from_be_bytes([high, low]);
        let number = u16::from_be_bytes([third, fourth]);
        let (i, value) = if kind & SHORT_FORMAT != 0 {
            (i, AttributeValue::Short(number))
        } else {
            let (i, value) = leaf::bytes(i, number.into(), "value")?;
            (i, AttributeValue::Long(value))
        };
        let kind = AttributeType(kind & !SHORT_FORMAT);
        Ok((i, Self { kind, value }))
    }

    #[inline]
    fn lay_out(&self, out: &mut impl Layout) {
        let group = match self.kind {
            AttributeType::KEY_LENGTH => &KEY_LENGTH,
            _ => &ATTRIBUTE,
        };
        out.group(group, |out| self.lay_out_fields(&ATTRIBUTE_TYPE, out));
    }

    /// Lays out type and value; `kind` describes the type without its format
    /// bit.
    #[inline]
    pub(super) fn lay_out_fields(&self, kind: &'static Field, out: &mut impl Layout) {
        let number = self.kind.0 & !SHORT_FORMAT;
        let short = matches!(self.value, AttributeValue::Short(_));
        out.u16(
            &TYPE_AND_FORMAT,
            if short { number | SHORT_FORMAT } else { number },
        );
        out.part(&FORMAT, short.into());
        out.part(kind, number.into());
        match self.value {
            AttributeValue::Short(value) => {
                out.u16(&VALUE, value);
                out.value(value.into());
            }
            AttributeValue::Long(bytes) => {
                out.u16(&VALUE_LENGTH, octets2(bytes.len()));
                out.bytes(&VALUE_BYTES, bytes);
            }
        }
    }
}

/// The first byte of a proposal or transform: zero on the last one.
#[inline]
const fn last_mark(last: bool, more: u8) -> u8 {
    if last { 0 } else { more }
}

const PROPOSAL_HEADER: usize = 8;
const COUNT_OFFSET: usize = 7;
const TRANSFORM_HEADER: usize = 8;
const MORE_PROPOSALS: u8 = 2;
const MORE_TRANSFORMS: u8 = 3;
const SHORT_FORMAT: u16 = 0x8000;

/// The most proposals that are read from one SA payload.
const MAX_PROPOSALS: usize = 64;
/// The most transforms that are read from one proposal; their count has eight
/// bits.
const MAX_TRANSFORMS: usize = 255;
/// The most attributes that are read from one transform.
const MAX_ATTRIBUTES: usize = 16;

static PROPOSAL: Field = Field::new(
    "proposal",
    "Proposal",
    "One way to protect the SA: a transform of each type given (RFC 7296 §3.3.1)",
    Show::Dec,
);
static LAST: Field = Field::new(
    "last",
    "Last substructure",
    "0 on the last one; else 2 on proposals, 3 on transforms (RFC 7296 §3.3.1)",
    Show::Dec,
);
static NUMBER: Field = Field::new(
    "number",
    "Proposal number",
    "From 1 upwards; an answer repeats the number it chose (RFC 7296 §3.3.1)",
    Show::Dec,
);
static NUM_TRANSFORMS: Field = Field::new(
    "num_transforms",
    "Number of transforms",
    "Transforms in this proposal (RFC 7296 §3.3.1)",
    Show::Dec,
);
static TYPE: Field = Field::new(
    "type",
    "Transform type",
    "What the transform is for (RFC 7296 §3.3.2)",
    Show::Named(TransformType::name_of),
);
static ATTRIBUTE: Field = Field::new(
    "attribute",
    "Transform attribute",
    "A detail of the transform (RFC 7296 §3.3.5)",
    Show::Dec,
);
static KEY_LENGTH: Field = Field::new(
    "key_length",
    "Key length",
    "Bits of the encryption key (RFC 7296 §3.3.5)",
    Show::Dec,
);
static TYPE_AND_FORMAT: Field = Field::new(
    "type",
    "Attribute type and format",
    "The upper bit gives the format, the rest the type (RFC 7296 §3.3.5)",
    Show::Hex,
);
static FORMAT: Field = Field::new(
    "format",
    "Attribute format",
    "1: a value of two bytes follows; 0: a length and as many bytes",
    Show::Dec,
);
static ATTRIBUTE_TYPE: Field = Field::new(
    "kind",
    "Attribute type",
    "What the attribute says (RFC 7296 §3.3.5)",
    Show::Named(AttributeType::name_of),
);
static VALUE: Field = Field::new("value", "Value", "The value, in two bytes", Show::Dec);
static VALUE_LENGTH: Field = Field::new(
    "length",
    "Value length",
    "Bytes of the value alone",
    Show::Dec,
);
static VALUE_BYTES: Field = Field::new("value", "Value", "The value", Show::Bytes);

/// The group and the transform-ID field of a transform type.
const fn fields_of(kind: TransformType) -> (&'static Field, &'static Field) {
    match kind {
        TransformType::ENCR => (&ENCR, &ENCR_ID),
        TransformType::PRF => (&PRF, &PRF_ID),
        TransformType::INTEG => (&INTEG, &INTEG_ID),
        TransformType::KE => (&KE, &KE_ID),
        TransformType::ESN => (&ESN, &ESN_ID),
        TransformType::ADDKE1 => (&ADDKE1, &KE_ID),
        TransformType::ADDKE2 => (&ADDKE2, &KE_ID),
        TransformType::ADDKE3 => (&ADDKE3, &KE_ID),
        TransformType::ADDKE4 => (&ADDKE4, &KE_ID),
        TransformType::ADDKE5 => (&ADDKE5, &KE_ID),
        TransformType::ADDKE6 => (&ADDKE6, &KE_ID),
        TransformType::ADDKE7 => (&ADDKE7, &KE_ID),
        TransformType::KWA => (&KWA, &KWA_ID),
        TransformType::GCAUTH => (&GCAUTH, &GCAUTH_ID),
        _ => (&TRANSFORM, &TRANSFORM_ID),
    }
}

fields! {
    ENCR "encr" "Encryption algorithm"
        "Encryption, or encryption with integrity (RFC 7296 §3.3.2)" Show::Named(Encryption::name_of);
    PRF "prf" "Pseudorandom function"
        "Derives keys and proves PSKs (RFC 7296 §3.3.2)" Show::Named(Prf::name_of);
    INTEG "integ" "Integrity algorithm"
        "Checks what the encryption does not (RFC 7296 §3.3.2)" Show::Named(Integrity::name_of);
    KE "ke" "Key exchange method"
        "Diffie-Hellman group or key encapsulation (RFC 7296 §3.3.2)"
        Show::Named(KeyExchange::name_of);
    ESN "esn" "Sequence numbers"
        "Sequence numbers of 32 or 64 bits (RFC 7296 §3.3.2)" Show::Named(SequenceNumbers::name_of);
    ADDKE1 "addke1" "Additional key exchange 1"
        "A further key exchange (RFC 9370 §2.2.1)" Show::Named(KeyExchange::name_of);
    ADDKE2 "addke2" "Additional key exchange 2"
        "A further key exchange (RFC 9370 §2.2.1)" Show::Named(KeyExchange::name_of);
    ADDKE3 "addke3" "Additional key exchange 3"
        "A further key exchange (RFC 9370 §2.2.1)" Show::Named(KeyExchange::name_of);
    ADDKE4 "addke4" "Additional key exchange 4"
        "A further key exchange (RFC 9370 §2.2.1)" Show::Named(KeyExchange::name_of);
    ADDKE5 "addke5" "Additional key exchange 5"
        "A further key exchange (RFC 9370 §2.2.1)" Show::Named(KeyExchange::name_of);
    ADDKE6 "addke6" "Additional key exchange 6"
        "A further key exchange (RFC 9370 §2.2.1)" Show::Named(KeyExchange::name_of);
    ADDKE7 "addke7" "Additional key exchange 7"
        "A further key exchange (RFC 9370 §2.2.1)" Show::Named(KeyExchange::name_of);
    KWA "kwa" "Key wrap algorithm"
        "Wraps the keys of a group (RFC 9838)" Show::Named(KeyWrap::name_of);
    GCAUTH "gcauth" "Group controller authentication"
        "Proves rekeys of a group (RFC 9838)" Show::Named(GroupControllerAuth::name_of);
    TRANSFORM "transform" "Transform" "A transform of a type not known here" Show::Dec;
    ENCR_ID "id" "Transform ID" "The encryption algorithm" Show::Named(Encryption::name_of);
    PRF_ID "id" "Transform ID" "The pseudorandom function" Show::Named(Prf::name_of);
    INTEG_ID "id" "Transform ID" "The integrity algorithm" Show::Named(Integrity::name_of);
    KE_ID "id" "Transform ID" "The key exchange method" Show::Named(KeyExchange::name_of);
    ESN_ID "id" "Transform ID" "The kind of sequence numbers" Show::Named(SequenceNumbers::name_of);
    KWA_ID "id" "Transform ID" "The key wrap algorithm" Show::Named(KeyWrap::name_of);
    GCAUTH_ID "id" "Transform ID" "The authentication method"
        Show::Named(GroupControllerAuth::name_of);
    TRANSFORM_ID "id" "Transform ID" "Meaning unknown with its type" Show::Dec;
}
