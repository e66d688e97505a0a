//! Proposals and transforms (RFC 2408 §3.5-3.6): a protocol, and the ways to
//! protect traffic by it that are offered or chosen.

use super::super::layout::{Field, Layout, Show};
use super::super::leaf::{DecodeError, DecodeErrorKind, Fault, bytes, u8, u16};
use super::super::registry::isakmp::{
    AhTransform, EspTransform, IpcompTransform, KeyTransform, ProtocolId,
};
use super::super::unread::{Faults, Unread};
use super::attrs::Attributes;
use super::fields::RESERVED;
use super::negotiated::registry_of;
use super::series::{Link, Linked, lay_out_series, series};
use alloc::boxed::Box;
use alloc::vec::Vec;

/// A protocol and the transforms offered for it (RFC 2408 §3.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal<'a> {
    /// Its number; proposals of the same number are for use together.
    pub number: u8,
    /// The protocol: ISAKMP in phase 1; AH, ESP, IPCOMP in phase 2.
    pub protocol: ProtocolId,
    /// The sender's SPI, up to 255 bytes.
    pub spi: &'a [u8],
    /// The alternatives, best first.
    pub transforms: Vec<Transform<'a>>,
    /// What follows the last readable transform and should not.
    pub rest: Option<Box<Unread<'a>>>,
    /// `None`: the number of transforms. `Some`: the wire's value, where it
    /// says something else.
    pub transform_count: Option<u8>,
    /// What the wire holds around it.
    pub link: Link,
}

/// One way to protect the traffic (RFC 2408 §3.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transform<'a> {
    /// Its number in the proposal.
    pub number: u8,
    /// The algorithm, in the registry of the proposal's protocol.
    pub id: u8,
    /// The two reserved bytes after the algorithm.
    pub reserved2: u16,
    /// All else about it.
    pub attributes: Attributes<'a>,
    /// What follows the last readable attribute and should not.
    pub rest: Option<Box<Unread<'a>>>,
    /// What the wire holds around it.
    pub link: Link,
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
            rest: None,
            transform_count: None,
            link: Link::NONE,
        }
    }

    pub(super) fn size_hint(&self) -> usize {
        let attributes = self
            .transforms
            .iter()
            .map(|t| t.attributes.as_bytes().len());
        let transforms = attributes.fold(0, |sum, size| size.saturating_add(sum).saturating_add(8));
        transforms.saturating_add(self.spi.len()).saturating_add(8)
    }

    fn count(&self) -> u8 {
        self.transform_count
            .unwrap_or_else(|| u8::try_from(self.transforms.len()).unwrap_or(u8::MAX))
    }
}

impl<'a> Transform<'a> {
    /// A transform of these attributes.
    #[must_use]
    pub const fn new(number: u8, id: u8, attributes: Attributes<'a>) -> Self {
        Self {
            number,
            id,
            reserved2: 0,
            attributes,
            rest: None,
            link: Link::NONE,
        }
    }
}

impl<'a> Linked<'a> for Proposal<'a> {
    const MORE: u8 = 2;
    const LIMIT: usize = MAX_PROPOSALS;
    const NAME: &'static str = "proposal";
    type Context = ();

    fn decode(
        group: &'a [u8],
        i: &'a [u8],
        link: Link,
        faults: &mut Faults<'a>,
    ) -> Result<Self, nom::Err<Fault<'a>>> {
        let (i, number) = u8(i, "number")?;
        let (i, protocol) = u8(i, "protocol")?;
        let (i, spi_size) = u8(i, "spi_size")?;
        let (i, count) = u8(i, "num_transforms")?;
        let (i, spi) = bytes(i, spi_size.into(), "spi")?;
        let (transforms, rest) = series(group, i, count.into(), faults);
        let transform_count = (usize::from(count) != transforms.len()).then_some(count);
        Ok(Self {
            number,
            protocol: ProtocolId(protocol),
            spi,
            transforms,
            rest,
            transform_count,
            link,
        })
    }

    fn link(&self) -> &Link {
        &self.link
    }

    fn link_mut(&mut self) -> &mut Link {
        &mut self.link
    }

    fn fault(&self) -> Option<DecodeError> {
        let value = self.transform_count.filter(|_| self.rest.is_none())?.into();
        Some(DecodeError::new(
            7,
            "num_transforms",
            DecodeErrorKind::BadValue { value },
        ))
    }

    fn field() -> &'static Field {
        &PROPOSAL
    }

    fn lay_out_body(&self, (): (), out: &mut impl Layout) {
        out.value(self.protocol.0.into());
        out.u8(&NUMBER, self.number);
        out.u8(&PROTOCOL, self.protocol.0);
        out.u8(&SPI_SIZE, u8::try_from(self.spi.len()).unwrap_or(u8::MAX));
        out.u8(&TRANSFORM_COUNT, self.count());
        out.bytes(&SPI, self.spi);
        let rest = self.rest.as_deref();
        lay_out_series(&self.transforms, rest, self.protocol, out);
    }
}

impl<'a> Linked<'a> for Transform<'a> {
    const MORE: u8 = 3;
    const LIMIT: usize = MAX_TRANSFORMS;
    const NAME: &'static str = "transform";
    type Context = ProtocolId;

    fn decode(
        group: &'a [u8],
        i: &'a [u8],
        link: Link,
        faults: &mut Faults<'a>,
    ) -> Result<Self, nom::Err<Fault<'a>>> {
        let (i, number) = u8(i, "number")?;
        let (i, id) = u8(i, "id")?;
        let (i, reserved2) = u16(i, "reserved")?;
        let (attributes, left, error) = Attributes::split(i);
        let rest = error.map(|error| faults.unread(group, left, &error));
        Ok(Self {
            number,
            id,
            reserved2,
            attributes,
            rest,
            link,
        })
    }

    fn link(&self) -> &Link {
        &self.link
    }

    fn link_mut(&mut self) -> &mut Link {
        &mut self.link
    }

    fn fault(&self) -> Option<DecodeError> {
        None
    }

    fn field() -> &'static Field {
        &TRANSFORM
    }

    fn lay_out_body(&self, protocol: ProtocolId, out: &mut impl Layout) {
        out.value(self.id.into());
        out.u8(&TRANSFORM_NUMBER, self.number);
        out.u8(id_field(protocol), self.id);
        out.u16(&RESERVED, self.reserved2);
        self.attributes.lay_out(registry_of(protocol), out);
        if let Some(rest) = &self.rest {
            rest.lay_out(out);
        }
    }
}

fn id_field(protocol: ProtocolId) -> &'static Field {
    match protocol {
        ProtocolId::PROTO_ISAKMP => &KEY_ID,
        ProtocolId::PROTO_IPSEC_AH => &AH_ID,
        ProtocolId::PROTO_IPSEC_ESP => &ESP_ID,
        ProtocolId::PROTO_IPCOMP => &IPCOMP_ID,
        _ => &UNKNOWN_ID,
    }
}

static PROPOSAL: Field = Field::new(
    "proposal",
    "Proposal",
    "A protocol and the transforms offered for it, RFC 2408 §3.5",
    Show::Named(ProtocolId::name_of),
);
static TRANSFORM: Field = Field::new(
    "transform",
    "Transform",
    "One way to protect the traffic, RFC 2408 §3.6",
    Show::Dec,
);
static NUMBER: Field = Field::new(
    "number",
    "Proposal number",
    "Proposals of the same number are for use together, RFC 2408 §4.2",
    Show::Dec,
);
static PROTOCOL: Field = Field::new(
    "protocol",
    "Protocol",
    "What the transforms are for, RFC 2407 §4.4.1",
    Show::Named(ProtocolId::name_of),
);
static SPI_SIZE: Field = Field::new(
    "spi_size",
    "SPI size",
    "Bytes of the SPI; in phase 1 it is not looked at, RFC 2408 §3.5",
    Show::Dec,
);
static TRANSFORM_COUNT: Field = Field::new(
    "num_transforms",
    "Number of transforms",
    "How many alternatives follow, RFC 2408 §3.5",
    Show::Dec,
);
static SPI: Field = Field::new(
    "spi",
    "SPI",
    "The sender's name for the SA to be, RFC 2408 §3.5",
    Show::Bytes,
);
static TRANSFORM_NUMBER: Field = Field::new(
    "number",
    "Transform number",
    "Names the transform within its proposal, RFC 2408 §3.6",
    Show::Dec,
);
static KEY_ID: Field = Field::new(
    "id",
    "Transform ID",
    "How keys are exchanged, RFC 2407 §4.4.2",
    Show::Named(KeyTransform::name_of),
);
static AH_ID: Field = Field::new(
    "id",
    "Transform ID",
    "Authentication algorithm, RFC 2407 §4.4.3",
    Show::Named(AhTransform::name_of),
);
static ESP_ID: Field = Field::new(
    "id",
    "Transform ID",
    "Encryption algorithm, RFC 2407 §4.4.4",
    Show::Named(EspTransform::name_of),
);
static IPCOMP_ID: Field = Field::new(
    "id",
    "Transform ID",
    "Compression algorithm, RFC 2407 §4.4.5",
    Show::Named(IpcompTransform::name_of),
);
static UNKNOWN_ID: Field = Field::new(
    "id",
    "Transform ID",
    "Algorithm of an unknown protocol, RFC 2408 §3.6",
    Show::Dec,
);

/// Proposals in one SA payload.
const MAX_PROPOSALS: usize = 64;
/// Transforms in one proposal: what its count can say.
const MAX_TRANSFORMS: usize = 255;
