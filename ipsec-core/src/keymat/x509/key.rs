//! Public keys of certificates: of which kind, and how long (RFC 3279 §2.3,
//! RFC 4055 §1.2, RFC 5480, RFC 8410).

use super::asn1::{BIT_STRING, Element, INTEGER, OBJECT_IDENTIFIER, Reader, SEQUENCE};
use super::oid;
use crate::wire::DecodeError;
use alloc::string::String;
use core::fmt;

/// What a `SubjectPublicKeyInfo` says about its key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PublicKey {
    /// RSA.
    Rsa {
        /// Bits of the modulus.
        bits: usize,
        /// Whether it may sign with PSS only.
        pss_only: bool,
    },
    /// A point of an elliptic curve.
    Ec {
        /// The curve (`P-256`); its identifier if it has no name here, and
        /// nothing if it is not a named one.
        curve: String,
    },
    /// Another algorithm: its name (`Ed25519`) or its identifier.
    Other {
        /// Name or identifier.
        algorithm: String,
    },
}

impl PublicKey {
    /// Reads a DER `SubjectPublicKeyInfo` (RFC 5280 §4.1.2.7), as a
    /// certificate or a CERT payload with a raw public key carries it
    /// (RFC 7670).
    ///
    /// # Errors
    ///
    /// It is not one, or its algorithm cannot be read.
    pub fn read(der: &[u8]) -> Result<Self, DecodeError> {
        Self::of(&Reader::new(der).expect(SEQUENCE, "spki")?)
    }

    pub(super) fn of(spki: &Element<'_>) -> Result<Self, DecodeError> {
        let mut spki = spki.inside();
        let mut algorithm = spki.expect(SEQUENCE, "key_algorithm")?.inside();
        let oid = algorithm.expect(OBJECT_IDENTIFIER, "key_algorithm")?.value;
        let key = spki.expect(BIT_STRING, "public_key")?.bits("public_key")?;
        let is = |known: oid::ObjectIdentifier| oid == known.as_bytes();
        if is(oid::RSA) || is(oid::RSA_PSS) {
            let bits = modulus_bits(key)?;
            let pss_only = is(oid::RSA_PSS);
            Ok(Self::Rsa { bits, pss_only })
        } else if is(oid::EC) {
            let curve = algorithm.optional(OBJECT_IDENTIFIER, "curve")?;
            let name = |curve: Element<'_>| oid::name_or_dotted(oid::CURVES, curve.value);
            let curve = curve.map(name).unwrap_or_default();
            Ok(Self::Ec { curve })
        } else {
            let algorithm = oid::name_or_dotted(oid::KEYS, oid);
            Ok(Self::Other { algorithm })
        }
    }

    /// Whether the key gives less than the 112 bits of strength that are asked
    /// for since 2014 (NIST SP 800-131A): RSA below 2048 bits, curves below 224.
    #[must_use]
    pub fn is_weak(&self) -> bool {
        match self {
            Self::Rsa { bits, .. } => *bits < 2048,
            Self::Ec { curve } => curve == "P-192",
            Self::Other { .. } => false,
        }
    }
}

impl fmt::Display for PublicKey {
    /// `RSA-2048`, `ECDSA P-256`, `Ed25519`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa { bits, pss_only } => {
                let only = if *pss_only { " (PSS only)" } else { "" };
                write!(f, "RSA-{bits}{only}")
            }
            Self::Ec { curve } if curve.is_empty() => f.write_str("ECDSA, own curve"),
            Self::Ec { curve } => write!(f, "ECDSA {curve}"),
            Self::Other { algorithm } => f.write_str(algorithm),
        }
    }
}

/// Bits of the modulus of a DER `RSAPublicKey` (RFC 8017 §A.1.1).
fn modulus_bits(key: &[u8]) -> Result<usize, DecodeError> {
    let key = Reader::new(key).expect(SEQUENCE, "rsa_key")?;
    let modulus = key.inside().expect(INTEGER, "modulus")?;
    let bytes = modulus.magnitude();
    let unused = bytes.first().map_or(0, |first| first.leading_zeros());
    let unused = usize::try_from(unused).unwrap_or_default();
    Ok(bytes.len().saturating_mul(8).saturating_sub(unused))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString as _;

    #[test]
    fn a_raw_public_key() {
        let mut der =
            *b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00________________________________";
        assert_eq!(PublicKey::read(&der).unwrap().to_string(), "Ed25519");
        der[8] = 0x01;
        assert_eq!(PublicKey::read(&der).unwrap().to_string(), "1.3.101.1");
        der[11] = 9;
        assert_eq!(PublicKey::read(&der).unwrap_err().field, "public_key");
    }

    #[test]
    fn bits_of_a_modulus() {
        let bits = |der: &[u8]| modulus_bits(der).unwrap();
        assert_eq!(bits(&[0x30, 4, 2, 2, 0, 0x80]), 8);
        assert_eq!(bits(&[0x30, 4, 2, 2, 1, 0]), 9);
        assert_eq!(bits(&[0x30, 2, 2, 0]), 0);
    }
}
