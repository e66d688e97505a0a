//! Key material, from the formats in which people have it.
//!
//! - [`wireshark`]: the tables `ikev1_decryption_table`,
//!   `ikev2_decryption_table` and `esp_sa` of Wireshark's profile folder.
//!
//! A reader takes whole files, keeps every entry it can use and says of every
//! other line what is wrong with it, by line number and field, never by the
//! bytes of a key.

pub mod algorithms;
pub mod wireshark;

use crate::crypto::Secret;
use crate::sa::selector::AddressRange;
use crate::wire::registry::ike::Encryption;
use algorithms::Authentication;
use alloc::vec::Vec;
use core::fmt;

/// What a key file holds.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct KeyLog {
    /// The keys, in the order of the file.
    pub entries: Vec<Entry>,
    /// The lines that hold none, in the order of the file.
    pub errors: Vec<LineError>,
}

/// The keys of one SA.
#[derive(Debug)]
#[non_exhaustive]
pub enum Entry {
    /// An IKEv1 phase 1.
    Ikev1(Ikev1Key),
    /// An IKEv2 SA.
    Ikev2(Ikev2Keys),
    /// An ESP SA, one direction.
    Esp(EspKeys),
}

/// What decrypts one IKEv1 phase 1 and all under it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Ikev1Key {
    /// The initiator's cookie.
    pub cookie_i: [u8; 8],
    /// The encryption key Ka, drawn from SKEYID_e (RFC 2409 appendix B).
    pub key: Secret,
}

/// What decrypts one IKEv2 SA.
#[derive(Debug)]
#[non_exhaustive]
pub struct Ikev2Keys {
    /// The initiator's SPI.
    pub spi_i: [u8; 8],
    /// The responder's SPI.
    pub spi_r: [u8; 8],
    /// The cipher.
    pub encryption: Encryption,
    /// The integrity algorithm.
    pub authentication: Authentication,
    /// SK_ei, salt included.
    pub sk_ei: Secret,
    /// SK_er, salt included.
    pub sk_er: Secret,
    /// SK_ai; empty for an AEAD cipher.
    pub sk_ai: Secret,
    /// SK_ar; empty for an AEAD cipher.
    pub sk_ar: Secret,
}

/// What decrypts one ESP SA.
#[derive(Debug)]
#[non_exhaustive]
pub struct EspKeys {
    /// Who sends; `None` for anyone.
    pub source: Option<AddressRange>,
    /// Who receives; `None` for anyone.
    pub destination: Option<AddressRange>,
    /// Its SPI; `None` for any.
    pub spi: Option<u32>,
    /// The cipher. Where the name leaves the length of the check value open,
    /// every cipher it can stand for, the likeliest first; never empty.
    pub encryption: Vec<Encryption>,
    /// The integrity algorithm.
    pub authentication: Authentication,
    /// The encryption key, salt included.
    pub encryption_key: Secret,
    /// The integrity key.
    pub authentication_key: Secret,
    /// Whether sequence numbers have 64 bits; `None` where nothing tells.
    pub extended_sequence: Option<bool>,
}

/// Why a line gives no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LineError {
    /// Number of the line, from 1.
    pub line: usize,
    /// The field at fault, by its name in the format; empty for the whole line.
    pub field: &'static str,
    /// What is wrong.
    pub kind: LineErrorKind,
}

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LineErrorKind {
    /// It is not text.
    NotText,
    /// It has another number of fields than any table.
    Fields {
        /// How many it has.
        found: usize,
    },
    /// A quotation mark is not closed, or something follows a closed one.
    Quotes,
    /// Not hexadecimal, or half a byte.
    NotHex,
    /// The bytes are more or fewer than they must be.
    Length {
        /// How many they must be.
        need: usize,
        /// How many they are.
        have: usize,
    },
    /// No algorithm of that name is known.
    UnknownAlgorithm,
    /// Neither an address nor a pattern.
    NotAddress,
    /// Neither an SPI nor a pattern.
    NotSpi,
    /// There were more entries before it than the limit.
    TooMany {
        /// The limit.
        limit: usize,
    },
}

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: ", self.line)?;
        if !self.field.is_empty() {
            write!(f, "{}: ", self.field)?;
        }
        match self.kind {
            LineErrorKind::NotText => f.write_str("not text"),
            LineErrorKind::Fields { found } => {
                write!(
                    f,
                    "{found} fields; tables have 2 (IKEv1), 8 (IKEv2), 8 or 9 (ESP)"
                )
            }
            LineErrorKind::Quotes => f.write_str("quotation marks do not pair up"),
            LineErrorKind::NotHex => f.write_str("not whole bytes in hexadecimal"),
            LineErrorKind::Length { need, have } => {
                write!(f, "{have} bytes, where {need} are needed")
            }
            LineErrorKind::UnknownAlgorithm => f.write_str("no known algorithm"),
            LineErrorKind::NotAddress => f.write_str("not an address, a prefix or *"),
            LineErrorKind::NotSpi => f.write_str("not an SPI or *"),
            LineErrorKind::TooMany { limit } => write!(f, "more than {limit} entries"),
        }
    }
}

impl core::error::Error for LineError {}
