//! Notify payload (RFC 7296 §3.10) and the data of each notify type.
#![expect(clippy::exhaustive_structs, reason = "a fixed wire format")]

use super::super::layout::{Field, Layout, Show};
use super::super::leaf::{self, Fault, located};
use super::fields::{PROTOCOL, SPI_SIZE, lay_out_spi, octet};
use super::unread::Faults;
use crate::wire::registry::ike::{NotifyType, ProtocolId};

mod data;
mod structures;

pub use data::NotifyData;
pub use structures::{Announcement, Endpoints, Ipcomp, MessageIdSync, Redirect, RohcParameter};

/// An error, a status or a capability.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notify<'a> {
    /// Protocol of the SA it concerns, or none.
    pub protocol: ProtocolId,
    /// SPI of the Child SA it concerns, or empty.
    pub spi: &'a [u8],
    /// What it says.
    pub kind: NotifyType,
    /// The data, in the form of the type.
    pub data: NotifyData<'a>,
}

impl<'a> Notify<'a> {
    /// A notify that concerns no particular SA.
    #[must_use]
    pub const fn new(kind: NotifyType, data: NotifyData<'a>) -> Self {
        Self {
            protocol: ProtocolId::NONE,
            spi: &[],
            kind,
            data,
        }
    }

    /// A notify without data that concerns no particular SA.
    #[must_use]
    pub const fn empty(kind: NotifyType) -> Self {
        Self::new(kind, NotifyData::Raw(&[]))
    }

    #[inline]
    pub(super) fn decode(
        i: &'a [u8],
        faults: &mut Faults<'a>,
    ) -> Result<Self, nom::Err<Fault<'a>>> {
        let (i, protocol) = leaf::u8(i, "protocol")?;
        let (i, spi_size) = leaf::u8(i, "spi_size")?;
        let (i, kind) = leaf::u16(i, "type")?;
        let (i, spi) = leaf::bytes(i, spi_size.into(), "spi")?;
        let kind = NotifyType(kind);
        let data = NotifyData::decode(kind, i).unwrap_or_else(|error| {
            faults.note(&error);
            NotifyData::Raw(i)
        });
        Ok(Self {
            protocol: ProtocolId(protocol),
            spi,
            kind,
            data,
        })
    }

    #[inline]
    pub(super) fn lay_out(&self, out: &mut impl Layout) {
        out.value(self.kind.0.into());
        out.u8(&PROTOCOL, self.protocol.0);
        out.u8(&SPI_SIZE, octet(self.spi.len()));
        out.u16(&TYPE, self.kind.0);
        lay_out_spi(out, self.spi);
        self.data.lay_out(self.kind, out);
        if let NotifyData::Raw(bytes) = self.data
            && let Err(error) = NotifyData::decode(self.kind, bytes)
        {
            let offset = self.spi.len().saturating_add(DATA_OFFSET);
            out.malformed(&located(&error, bytes).shifted(offset));
        }
    }
}

/// Where the data stand in a notify payload without SPI.
const DATA_OFFSET: usize = 8;

static TYPE: Field = Field::new(
    "type",
    "Notify type",
    "Errors below 16384, status types from there on (RFC 7296 §3.10.1)",
    Show::Named(NotifyType::name_of),
);
