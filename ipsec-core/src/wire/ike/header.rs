//! The IKE header (RFC 7296 §3.1).
#![expect(clippy::exhaustive_structs, reason = "a fixed wire format")]

use super::super::layout::{Field, Layout, Show};
use super::super::leaf::{self, Parsed};
use super::fields::NEXT_PAYLOAD;
use crate::wire::registry::ike::{ExchangeType, PayloadType};
use core::fmt;

/// The 28 bytes that begin every IKE message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// SPI chosen by the original initiator; never zero.
    pub spi_i: u64,
    /// SPI chosen by the original responder; zero in the first message.
    pub spi_r: u64,
    /// Type of the first payload. Used when a message without payloads is
    /// laid out; otherwise the first payload says it.
    pub first_payload: PayloadType,
    /// Major version in the upper, minor version in the lower four bits.
    pub version: u8,
    /// Exchange the message belongs to.
    pub exchange: ExchangeType,
    /// Direction and role.
    pub flags: Flags,
    /// Pairs responses with requests and shows repetitions.
    pub message_id: u32,
    /// Length of the message, where the wire states another than it has;
    /// `None` is computed.
    pub length: Option<u32>,
}

impl Header {
    /// Bytes of a header.
    pub const LEN: usize = 28;

    /// The version this library speaks: 2.0.
    pub const VERSION: u8 = 0x20;

    /// The major version, 2 for IKEv2.
    #[must_use]
    pub const fn major(&self) -> u8 {
        self.version >> 4
    }

    /// The minor version.
    #[must_use]
    pub const fn minor(&self) -> u8 {
        self.version & 0x0f
    }

    /// Reads a header and the length it states.
    #[inline]
    pub(super) fn decode(i: &[u8]) -> Parsed<'_, (Self, u32)> {
        let (i, spi_i) = leaf::u64(i, "spi_i")?;
        let (i, spi_r) = leaf::u64(i, "spi_r")?;
        let (i, first_payload) = leaf::u8(i, "next_payload")?;
        let (i, version) = leaf::u8(i, "version")?;
        let (i, exchange) = leaf::u8(i, "exchange")?;
        let (i, flags) = leaf::u8(i, "flags")?;
        let (i, message_id) = leaf::u32(i, "message_id")?;
        let (i, length) = leaf::u32(i, "length")?;
        let header = Self {
            spi_i,
            spi_r,
            first_payload: PayloadType(first_payload),
            version,
            exchange: ExchangeType(exchange),
            flags: Flags(flags),
            message_id,
            length: None,
        };
        Ok((i, (header, length)))
    }

    /// Lays out the header of the innermost open group.
    #[inline]
    pub(super) fn lay_out(&self, first: PayloadType, out: &mut impl Layout) {
        out.u64(&SPI_I, self.spi_i);
        out.u64(&SPI_R, self.spi_r);
        out.u8(&NEXT_PAYLOAD, first.0);
        out.u8(&VERSION, self.version);
        out.part(&MAJOR, self.major().into());
        out.part(&MINOR, self.minor().into());
        out.u8(&EXCHANGE, self.exchange.0);
        out.u8(&FLAGS, self.flags.0);
        out.part(&INITIATOR, self.flags.contains(Flags::INITIATOR).into());
        out.part(&HIGHER_VERSION, self.flags.contains(Flags::VERSION).into());
        out.part(&RESPONSE, self.flags.contains(Flags::RESPONSE).into());
        out.u32(&MESSAGE_ID, self.message_id);
        match self.length {
            None => out.length32(&LENGTH),
            Some(length) => out.u32(&LENGTH, length),
        }
    }
}

/// The flags of a header; reserved bits are kept.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Flags(pub u8);

impl Flags {
    /// The sender is the original initiator of the IKE SA.
    pub const INITIATOR: Self = Self(0x08);
    /// The sender can speak a higher major version.
    pub const VERSION: Self = Self(0x10);
    /// The message answers a request with the same message ID.
    pub const RESPONSE: Self = Self(0x20);

    /// Tells whether all bits of `other` are set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The bits of both.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl fmt::Debug for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Flags({:#04x})", self.0)
    }
}

static SPI_I: Field = Field::new(
    "spi_i",
    "Initiator SPI",
    "Chosen by the original initiator of the IKE SA (RFC 7296 §3.1)",
    Show::Hex,
);
static SPI_R: Field = Field::new(
    "spi_r",
    "Responder SPI",
    "Chosen by the original responder; zero in the first message (RFC 7296 §3.1)",
    Show::Hex,
);
static VERSION: Field = Field::new(
    "version",
    "Version",
    "Major version in the upper, minor in the lower half; 0x20 is IKEv2 (RFC 7296 §3.1)",
    Show::Hex,
);
static MAJOR: Field = Field::new("major", "Major version", "2 for IKEv2", Show::Dec);
static MINOR: Field = Field::new("minor", "Minor version", "Ignored when read", Show::Dec);
static EXCHANGE: Field = Field::new(
    "exchange",
    "Exchange type",
    "What the message is for and which payloads it may carry (RFC 7296 §3.1)",
    Show::Named(ExchangeType::name_of),
);
static FLAGS: Field = Field::new(
    "flags",
    "Flags",
    "Who sent it, request or response (RFC 7296 §3.1)",
    Show::Flags(&[(0x20, "response"), (0x10, "version"), (0x08, "initiator")]),
);
static INITIATOR: Field = Field::new(
    "initiator",
    "Initiator",
    "1: sent by the original initiator of the IKE SA",
    Show::Dec,
);
static HIGHER_VERSION: Field = Field::new(
    "version",
    "Version",
    "1: the sender can speak a higher major version",
    Show::Dec,
);
static RESPONSE: Field = Field::new(
    "response",
    "Response",
    "1: answers the request with the same message ID",
    Show::Dec,
);
static MESSAGE_ID: Field = Field::new(
    "message_id",
    "Message ID",
    "Pairs responses with requests; counts up in each direction (RFC 7296 §2.2)",
    Show::Dec,
);
static LENGTH: Field = Field::new(
    "length",
    "Length",
    "Bytes of the whole message, header included (RFC 7296 §3.1)",
    Show::Dec,
);
