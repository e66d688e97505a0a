//! Delete payload (RFC 7296 §3.11).
#![expect(clippy::exhaustive_structs, reason = "a fixed wire format")]

use super::super::layout::{Field, Layout, Show};
use super::super::leaf::{self, Fault};
use super::fields::{PROTOCOL, SPI_SIZE, lay_out_spi, octets2};
use super::unread::bad_length;
use crate::wire::registry::ike::ProtocolId;

/// SAs that the sender has deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delete<'a> {
    /// Their protocol; IKE means the IKE SA of the message itself.
    pub protocol: ProtocolId,
    /// Bytes of one SPI: 0 for IKE, 4 for AH and ESP.
    pub spi_size: u8,
    /// The number of SPIs, as the payload states it.
    pub count: u16,
    /// The SPIs, end to end.
    pub spis: &'a [u8],
}

impl<'a> Delete<'a> {
    /// Deletes the IKE SA that carries the message.
    pub const IKE_SA: Self = Self {
        protocol: ProtocolId::IKE,
        spi_size: 0,
        count: 0,
        spis: &[],
    };

    /// Deletes the Child SAs whose inbound SPIs, of four bytes each, stand
    /// end to end in `spis`.
    #[must_use]
    pub fn child_sas(protocol: ProtocolId, spis: &'a [u8]) -> Self {
        Self {
            protocol,
            spi_size: 4,
            count: octets2(spis.len() / 4),
            spis,
        }
    }

    /// The SPIs.
    pub fn spis(&self) -> impl Iterator<Item = &'a [u8]> {
        self.spis.chunks(usize::from(self.spi_size).max(1))
    }

    pub(super) fn decode(i: &'a [u8]) -> Result<Self, nom::Err<Fault<'a>>> {
        let (i, protocol) = leaf::u8(i, "protocol")?;
        let (i, spi_size) = leaf::u8(i, "spi_size")?;
        let (spis, count) = leaf::u16(i, "num_spis")?;
        let stated = usize::from(spi_size).saturating_mul(count.into());
        if stated != spis.len() {
            return Err(bad_length(i, "num_spis", stated, spis.len(), spis.len()));
        }
        let protocol = ProtocolId(protocol);
        Ok(Self {
            protocol,
            spi_size,
            count,
            spis,
        })
    }

    pub(super) fn lay_out(&self, out: &mut impl Layout) {
        out.u8(&PROTOCOL, self.protocol.0);
        out.u8(&SPI_SIZE, self.spi_size);
        out.u16(&NUM_SPIS, self.count);
        for spi in self.spis() {
            lay_out_spi(out, spi);
        }
    }
}

static NUM_SPIS: Field = Field::new(
    "num_spis",
    "Number of SPIs",
    "SPIs that follow (RFC 7296 §3.11)",
    Show::Dec,
);
