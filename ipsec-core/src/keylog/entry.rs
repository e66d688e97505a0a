//! What a key file tells about one SA.
//!
//! Every field that a format may leave out is an `Option`: a log that was cut
//! still opens one direction, and an SA whose SPI no line names can be found by
//! trying its keys on the packets.

use super::algorithms::Authentication;
use super::error::LineError;
use super::format::Format;
use crate::crypto::Secret;
use crate::sa::selector::AddressRange;
use crate::wire::registry::ike::{Encryption, KeyExchange, Prf};
use alloc::string::String;
use alloc::vec::Vec;
use core::net::IpAddr;

/// What a key file holds.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct KeyLog {
    /// The keys, in the order of their lines.
    pub entries: Vec<Entry>,
    /// The lines that cannot be used, in order.
    pub errors: Vec<LineError>,
    /// Errors beyond the limit, which are only counted.
    pub unsaid: usize,
    /// The formats that were met, each once, in the order of their first line.
    pub formats: Vec<Format>,
}

/// Keys, and the line on which they began.
#[derive(Debug)]
#[non_exhaustive]
pub struct Entry {
    /// Number of the line, from 1.
    pub line: usize,
    /// In what form it was written.
    pub format: Format,
    /// The keys.
    pub keys: Keys,
}

/// The keys of one SA, or what they can be computed from.
#[derive(Debug)]
#[non_exhaustive]
pub enum Keys {
    /// An IKEv1 phase 1.
    Ikev1(Ikev1Keys),
    /// An IKEv2 SA.
    Ikev2(Ikev2Keys),
    /// An ESP or AH SA, one direction.
    Sa(SaKeys),
    /// A Diffie-Hellman exchange.
    KeyExchange(KeyExchangeSecret),
    /// A pre-shared key that may be the one in use.
    Psk(Psk),
}

/// What decrypts one IKEv1 phase 1 and all under it (RFC 2409 §5).
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Ikev1Keys {
    /// The initiator's cookie.
    pub cookie_i: Option<[u8; 8]>,
    /// The responder's cookie.
    pub cookie_r: Option<[u8; 8]>,
    /// The cipher.
    pub encryption: Option<Encryption>,
    /// The PRF, which is HMAC with the negotiated hash.
    pub prf: Option<Prf>,
    /// The encryption key Ka, drawn from SKEYID_e (RFC 2409 appendix B).
    pub key: Option<Secret>,
    /// SKEYID.
    pub skeyid: Option<Secret>,
    /// SKEYID_d, from which phase 2 draws.
    pub skeyid_d: Option<Secret>,
    /// SKEYID_a, which authenticates.
    pub skeyid_a: Option<Secret>,
    /// SKEYID_e, which encrypts.
    pub skeyid_e: Option<Secret>,
    /// The first IV of phase 1.
    pub iv: Option<Vec<u8>>,
}

/// What decrypts one IKEv2 SA (RFC 7296 §2.14).
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Ikev2Keys {
    /// The initiator's SPI.
    pub spi_i: Option<[u8; 8]>,
    /// The responder's SPI.
    pub spi_r: Option<[u8; 8]>,
    /// The cipher.
    pub encryption: Option<Encryption>,
    /// The integrity algorithm.
    pub authentication: Option<Authentication>,
    /// The PRF.
    pub prf: Option<Prf>,
    /// SKEYSEED.
    pub skeyseed: Option<Secret>,
    /// SK_d, from which Child SAs draw.
    pub sk_d: Option<Secret>,
    /// SK_ai; empty or absent for an AEAD cipher.
    pub sk_ai: Option<Secret>,
    /// SK_ar; empty or absent for an AEAD cipher.
    pub sk_ar: Option<Secret>,
    /// SK_ei, salt included.
    pub sk_ei: Option<Secret>,
    /// SK_er, salt included.
    pub sk_er: Option<Secret>,
    /// SK_pi, for the initiator's AUTH.
    pub sk_pi: Option<Secret>,
    /// SK_pr, for the responder's AUTH.
    pub sk_pr: Option<Secret>,
}

/// What opens one ESP or AH SA.
#[derive(Debug)]
#[non_exhaustive]
pub struct SaKeys {
    /// ESP or AH.
    pub protocol: SaProtocol,
    /// Who sends; `None` for anyone.
    pub source: Option<AddressRange>,
    /// Who receives; `None` for anyone.
    pub destination: Option<AddressRange>,
    /// Its SPI; `None` for any.
    pub spi: Option<u32>,
    /// Tunnel or transport, where it is told.
    pub mode: Option<SaMode>,
    /// The cipher. Where the name leaves the length of the check value open,
    /// every cipher it can stand for, the likeliest first; empty for AH.
    pub encryption: Vec<Encryption>,
    /// The integrity algorithm.
    pub authentication: Authentication,
    /// The encryption key, salt included; empty for AH and NULL.
    pub encryption_key: Secret,
    /// The integrity key; empty where the cipher brings integrity.
    pub authentication_key: Secret,
    /// UDP around it (RFC 3948), where it is told.
    pub encapsulation: Option<UdpEncapsulation>,
    /// Whether sequence numbers have 64 bits; `None` where nothing tells.
    pub extended_sequence: Option<bool>,
    /// What may pass: from where, to where; `None` where it is not told.
    pub selector: Option<(AddressRange, AddressRange)>,
}

impl Default for SaKeys {
    fn default() -> Self {
        Self {
            protocol: SaProtocol::Esp,
            source: None,
            destination: None,
            spi: None,
            mode: None,
            encryption: Vec::new(),
            authentication: Authentication::None,
            encryption_key: Secret::new(Vec::new()),
            authentication_key: Secret::new(Vec::new()),
            encapsulation: None,
            extended_sequence: None,
            selector: None,
        }
    }
}

/// Which of the two protocols an SA is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "there are two (RFC 4301 §3.2)")]
pub enum SaProtocol {
    /// RFC 4303.
    Esp,
    /// RFC 4302.
    Ah,
}

/// What an SA carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SaMode {
    /// Whole packets.
    Tunnel,
    /// The payload of a packet.
    Transport,
    /// The payload, under fixed inner addresses.
    Beet,
}

/// UDP around ESP (RFC 3948).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UdpEncapsulation {
    /// Port of the sender.
    pub source: u16,
    /// Port of the receiver.
    pub destination: u16,
    /// The address before translation, where it is told.
    pub original: Option<IpAddr>,
}

/// What was agreed, or one side of it.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct KeyExchangeSecret {
    /// The initiator's SPI or cookie.
    pub spi_i: Option<[u8; 8]>,
    /// The responder's SPI or cookie.
    pub spi_r: Option<[u8; 8]>,
    /// The group.
    pub group: Option<KeyExchange>,
    /// The private value of one side.
    pub private: Option<Secret>,
    /// The public value that belongs to it.
    pub public: Option<Vec<u8>>,
    /// The shared secret.
    pub shared: Option<Secret>,
}

/// A pre-shared key.
#[derive(Debug)]
#[non_exhaustive]
pub struct Psk {
    /// For whom it is, as the file writes it; `None` for anyone.
    pub identity: Option<String>,
    /// The key.
    pub key: Secret,
}

impl Psk {
    /// A key that may be anyone's.
    #[must_use]
    pub const fn for_anyone(key: Secret) -> Self {
        Self {
            identity: None,
            key,
        }
    }
}
