//! Fields that several payloads share, and the small values they hold.

use super::super::layout::{Field, Layout, Show};
use super::super::leaf::{self, Fault};
use super::unread::bad_length;
use crate::wire::registry::ike::{PayloadType, ProtocolId};

/// Declares fields, each as name, title, description and how it is shown.
macro_rules! fields {
    ($($konst:ident $name:literal $title:literal $about:literal $show:expr;)*) => {$(
        static $konst: Field = Field::new($name, $title, $about, $show);
    )*};
}
pub(super) use fields;

pub(super) static NEXT_PAYLOAD: Field = Field::new(
    "next_payload",
    "Next payload",
    "Type of the payload that follows; in SK and SKF, of the first one inside (RFC 7296 §3.2)",
    Show::Named(PayloadType::name_of),
);
pub(super) static CRITICAL: Field = Field::new(
    "critical",
    "Critical bit",
    "Set: refuse the message if the payload type is unknown; the other bits are reserved (RFC 7296 §3.2)",
    Show::Flags(&[(0x80, "critical")]),
);
pub(super) static LENGTH: Field = Field::new(
    "length",
    "Length",
    "Bytes of this structure, its own header included",
    Show::Dec,
);
pub(super) static RESERVED: Field = Field::new(
    "reserved",
    "Reserved",
    "Sent as zero and ignored when read",
    Show::Bytes,
);
pub(super) static PROTOCOL: Field = Field::new(
    "protocol",
    "Protocol ID",
    "The protocol of the SA concerned: IKE, AH or ESP (RFC 7296 §3.3.1)",
    Show::Named(ProtocolId::name_of),
);
pub(super) static SPI_SIZE: Field = Field::new(
    "spi_size",
    "SPI size",
    "Bytes of one SPI: 0, 4 for AH and ESP, 8 for IKE",
    Show::Dec,
);
pub(super) static DATA: Field = Field::new(
    "data",
    "Data",
    "Bytes without a known structure",
    Show::Bytes,
);
static SPI: Field = Field::new(
    "spi",
    "SPI",
    "Security parameters index, chosen by whoever receives with it",
    Show::Hex,
);
static SPI_BYTES: Field = Field::new(
    "spi",
    "SPI",
    "Security parameters index of an unusual size",
    Show::Bytes,
);

/// Lays out one SPI, as a number where it has the size of one.
#[inline]
pub(super) fn lay_out_spi(out: &mut impl Layout, spi: &[u8]) {
    if let Ok(four) = <[u8; 4]>::try_from(spi) {
        out.u32(&SPI, u32::from_be_bytes(four));
    } else if let Ok(eight) = <[u8; 8]>::try_from(spi) {
        out.u64(&SPI, u64::from_be_bytes(eight));
    } else {
        out.bytes(&SPI_BYTES, spi);
    }
}

/// A count or size as the byte that carries it.
#[inline]
pub(super) fn octet(count: usize) -> u8 {
    u8::try_from(count).unwrap_or(u8::MAX)
}

/// A length as the two bytes that carry it.
#[inline]
pub(super) fn octets2(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}

/// Data of exactly `N` bytes.
#[inline]
pub(super) fn exact<const N: usize>(i: &[u8]) -> Result<[u8; N], nom::Err<Fault<'_>>> {
    <[u8; N]>::try_from(i).map_err(|_| bad_length(i, "data", i.len(), N, N))
}

/// Data that are numbers of two bytes each.
#[inline]
pub(super) fn numbers(i: &[u8]) -> Result<impl Iterator<Item = u16>, nom::Err<Fault<'_>>> {
    let (pairs, odd) = i.as_chunks::<2>();
    match odd {
        [] => Ok(pairs.iter().map(|pair| u16::from_be_bytes(*pair))),
        odd => Err(leaf::truncated(odd, "data", 2)),
    }
}

/// Data of `min` to `max` bytes.
#[inline]
pub(super) fn sized(i: &[u8], min: usize, max: usize) -> Result<&[u8], nom::Err<Fault<'_>>> {
    match (min..=max).contains(&i.len()) {
        true => Ok(i),
        false => Err(bad_length(i, "data", i.len(), min, max)),
    }
}
