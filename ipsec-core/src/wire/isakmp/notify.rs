//! Notification and Delete payloads (RFC 2408 §3.14 and §3.15), with the data
//! of the IPsec DOI's notifications (RFC 2407 §4.6.3) and of dead peer
//! detection (RFC 3706 §5).

use super::super::layout::{Field, Layout, Show};
use super::super::leaf::{DecodeError, DecodeErrorKind, Fault, bytes, u8, u16, u32};
use super::super::registry::isakmp::{Doi, NotifyType, ProtocolId};
use super::attrs::Attributes;
use super::negotiated::registry_of;

/// An error or a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notify<'a> {
    /// The domain of interpretation the type belongs to.
    pub doi: Doi,
    /// Protocol of the SA it is about; 0 for none.
    pub protocol: ProtocolId,
    /// What happened.
    pub kind: NotifyType,
    /// SPI of the SA it is about, up to 255 bytes: both cookies of an ISAKMP
    /// SA, four bytes of an IPsec SA.
    pub spi: &'a [u8],
    /// What else there is to say; [`Notify::data`] reads it.
    pub data: &'a [u8],
}

/// The data of a notification, by its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotifyData<'a> {
    /// The lifetime the responder holds to, as attributes of a transform
    /// (`RESPONDER-LIFETIME`, RFC 2407 §4.6.3.1).
    Lifetime(Attributes<'a>),
    /// Whether the responder detects replays (`REPLAY-STATUS`).
    ReplayDetection(bool),
    /// Sequence number of `R-U-THERE` and `R-U-THERE-ACK`.
    Sequence(u32),
    /// Anything else, or data that do not fit their type.
    Other(&'a [u8]),
}

impl<'a> Notify<'a> {
    /// Reads the data by the type of the notification.
    #[must_use]
    pub fn data(&self) -> NotifyData<'a> {
        let number = self.data.try_into().map(u32::from_be_bytes);
        match (self.kind, number) {
            (NotifyType::R_U_THERE | NotifyType::R_U_THERE_ACK, Ok(number)) => {
                NotifyData::Sequence(number)
            }
            (NotifyType::REPLAY_STATUS, Ok(number)) => NotifyData::ReplayDetection(number != 0),
            (NotifyType::RESPONDER_LIFETIME, _) => Attributes::decode(self.data)
                .map_or(NotifyData::Other(self.data), NotifyData::Lifetime),
            _ => NotifyData::Other(self.data),
        }
    }

    pub(super) fn decode(i: &'a [u8]) -> Result<Self, nom::Err<Fault<'a>>> {
        let (i, doi) = u32(i, "doi")?;
        let (i, protocol) = u8(i, "protocol")?;
        let (i, spi_size) = u8(i, "spi_size")?;
        let (i, kind) = u16(i, "type")?;
        let (data, spi) = bytes(i, spi_size.into(), "spi")?;
        Ok(Self {
            doi: Doi(doi),
            protocol: ProtocolId(protocol),
            kind: NotifyType(kind),
            spi,
            data,
        })
    }

    pub(super) fn fault(&self) -> Option<DecodeError> {
        let at = NOTIFY_SPI_AT.saturating_add(self.spi.len());
        match self.kind {
            NotifyType::R_U_THERE | NotifyType::R_U_THERE_ACK if self.data.len() != 4 => {
                Some(DecodeError::new(at, "sequence", self.four_bytes()))
            }
            NotifyType::REPLAY_STATUS if self.data.len() != 4 => {
                Some(DecodeError::new(at, "replay_detection", self.four_bytes()))
            }
            NotifyType::RESPONDER_LIFETIME => Attributes::decode(self.data)
                .err()
                .map(|error| error.shifted(at)),
            _ => None,
        }
    }

    fn four_bytes(&self) -> DecodeErrorKind {
        DecodeErrorKind::BadLength {
            value: self.data.len(),
            min: 4,
            max: 4,
        }
    }

    pub(super) fn lay_out(&self, out: &mut impl Layout) {
        out.value(self.kind.0.into());
        out.u32(&DOI, self.doi.0);
        out.u8(&PROTOCOL, self.protocol.0);
        out.u8(&SPI_SIZE, u8_of(self.spi.len()));
        out.u16(&TYPE, self.kind.0);
        out.bytes(&SPI, self.spi);
        match self.data() {
            NotifyData::Lifetime(attributes) => {
                attributes.lay_out(registry_of(self.protocol), out);
            }
            NotifyData::ReplayDetection(_) => out.u32(&REPLAY_DETECTION, number(self.data)),
            NotifyData::Sequence(sequence) => out.u32(&SEQUENCE, sequence),
            NotifyData::Other(data) => out.bytes(&DATA, data),
        }
    }
}

/// SAs the sender has deleted; advice, not a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delete<'a> {
    /// The domain of interpretation of the protocol.
    pub doi: Doi,
    /// Protocol of the SAs.
    pub protocol: ProtocolId,
    /// Bytes of each SPI: 16 for ISAKMP, 4 for IPsec SAs.
    pub spi_size: u8,
    /// Number of SPIs, as the sender counts them.
    pub count: u16,
    /// The SPIs, one after the other; [`Delete::spis`] parts them.
    pub data: &'a [u8],
}

impl<'a> Delete<'a> {
    /// The SPIs that are whole, at most as many as announced.
    pub fn spis(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let size = usize::from(self.spi_size);
        let announced = size.saturating_mul(self.count.into());
        let data = self.data.get(..announced).unwrap_or(self.data);
        data.chunks_exact(size.max(1))
    }

    pub(super) fn decode(i: &'a [u8]) -> Result<Self, nom::Err<Fault<'a>>> {
        let (i, doi) = u32(i, "doi")?;
        let (i, protocol) = u8(i, "protocol")?;
        let (i, spi_size) = u8(i, "spi_size")?;
        let (data, count) = u16(i, "num_spis")?;
        Ok(Self {
            doi: Doi(doi),
            protocol: ProtocolId(protocol),
            spi_size,
            count,
            data,
        })
    }

    pub(super) fn fault(&self) -> Option<DecodeError> {
        let size = usize::from(self.spi_size);
        let announced = size.saturating_mul(self.count.into());
        let have = self.data.len();
        let kind = if announced > have {
            let need = announced;
            DecodeErrorKind::Truncated { need, have }
        } else {
            let extra = have.saturating_sub(announced);
            DecodeErrorKind::Trailing { extra }
        };
        let whole = have.min(announced);
        let at = DELETE_SPIS_AT.saturating_add(whole);
        (announced != have).then(|| DecodeError::new(at, "spi", kind))
    }

    pub(super) fn lay_out(&self, out: &mut impl Layout) {
        out.value(self.protocol.0.into());
        out.u32(&DOI, self.doi.0);
        out.u8(&PROTOCOL, self.protocol.0);
        out.u8(&SPI_SIZE, self.spi_size);
        out.u16(&SPI_COUNT, self.count);
        let mut left = self.data;
        for spi in self.spis().take(MAX_SHOWN_SPIS) {
            out.bytes(&SPI, spi);
            left = left.get(spi.len()..).unwrap_or_default();
        }
        out.bytes(&DATA, left);
    }
}

fn number(data: &[u8]) -> u32 {
    data.try_into().map_or(0, u32::from_be_bytes)
}

fn u8_of(length: usize) -> u8 {
    u8::try_from(length).unwrap_or(u8::MAX)
}

fn replay_name(value: u64) -> Option<&'static str> {
    match value {
        0 => Some("disabled"),
        1 => Some("enabled"),
        _ => None,
    }
}

/// Where the SPI of a notification begins, from the start of the payload.
const NOTIFY_SPI_AT: usize = 12;
/// Where the SPIs of a Delete begin, from the start of the payload.
const DELETE_SPIS_AT: usize = 12;

pub(super) static DOI: Field = Field::new(
    "doi",
    "Domain of interpretation",
    "Whose numbers these are: 1 for IPsec, RFC 2408 §2.1",
    Show::Named(Doi::name_of),
);
static PROTOCOL: Field = Field::new(
    "protocol",
    "Protocol",
    "Protocol of the SA it is about, RFC 2407 §4.4.1",
    Show::Named(ProtocolId::name_of),
);
static SPI_SIZE: Field = Field::new(
    "spi_size",
    "SPI size",
    "Bytes of an SPI: 16 for ISAKMP, 4 for IPsec, RFC 2408 §3.14-3.15",
    Show::Dec,
);
static SPI_COUNT: Field = Field::new(
    "num_spis",
    "Number of SPIs",
    "How many SAs are deleted, RFC 2408 §3.15",
    Show::Dec,
);
static SPI: Field = Field::new(
    "spi",
    "SPI",
    "Both cookies of an ISAKMP SA, or the SPI of an IPsec SA, RFC 2408 §3.14-3.15",
    Show::Bytes,
);
static TYPE: Field = Field::new(
    "type",
    "Notify type",
    "What happened: errors below 16384, RFC 2408 §3.14.1",
    Show::Named(NotifyType::name_of),
);
static SEQUENCE: Field = Field::new(
    "sequence",
    "Sequence number",
    "Pairs a question with its answer, RFC 3706 §5.4",
    Show::Dec,
);
static REPLAY_DETECTION: Field = Field::new(
    "replay_detection",
    "Replay detection",
    "Whether the responder refuses replayed packets, RFC 2407 §4.6.3.2",
    Show::Named(replay_name),
);
static DATA: Field = Field::new(
    "data",
    "Data",
    "What else is said, RFC 2408 §3.14-3.15",
    Show::Bytes,
);

/// SPIs that are given a field each; more stay together.
const MAX_SHOWN_SPIS: usize = 1024;
