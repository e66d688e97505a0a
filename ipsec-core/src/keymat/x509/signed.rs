//! What certificates and revocation lists have in common: signed bytes, an
//! algorithm, a signature (RFC 5280 §4.1.1, §5.1.1).

use super::asn1::{BIT_STRING, Element, OBJECT_IDENTIFIER, Reader, SEQUENCE, constructed};
use super::oid;
use crate::crypto::CryptoProvider;
use crate::wire::DecodeError;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

/// A signature algorithm as a certificate names it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignatureAlgorithm {
    /// Its usual name (`RSA with SHA2-256`), or its object identifier.
    pub name: String,
    /// The DER `AlgorithmIdentifier`.
    pub identifier: Vec<u8>,
}

impl SignatureAlgorithm {
    /// Reads a DER `AlgorithmIdentifier`.
    ///
    /// # Errors
    ///
    /// It is not one.
    pub fn read(identifier: &[u8]) -> Result<Self, DecodeError> {
        Self::of(&Reader::new(identifier).expect(SEQUENCE, "signature_algorithm")?)
    }

    fn of(identifier: &Element<'_>) -> Result<Self, DecodeError> {
        let mut parts = identifier.inside();
        let oid = parts
            .expect(OBJECT_IDENTIFIER, "signature_algorithm")?
            .value;
        let name = if oid == oid::RSA_PSS.as_bytes() {
            format!("RSASSA-PSS with {}", pss_hash(parts)?)
        } else {
            oid::name_or_dotted(oid::SIGNATURES, oid)
        };
        let identifier = identifier.whole.to_vec();
        Ok(Self { name, identifier })
    }

    /// Whether others can make a document with the same signature: the hash is
    /// MD2, MD4, MD5 or SHA-1.
    #[must_use]
    pub fn is_weak(&self) -> bool {
        let hash = self.name.rsplit(' ').next();
        matches!(hash, Some("MD2" | "MD4" | "MD5" | "SHA-1"))
    }
}

impl fmt::Display for SignatureAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// The hash in the parameters of RSASSA-PSS: SHA-1 unless said otherwise
/// (RFC 4055 §3.1).
fn pss_hash(mut parts: Reader<'_>) -> Result<String, DecodeError> {
    const FIELD: &str = "pss_parameters";
    let Some(parameters) = parts.optional(SEQUENCE, FIELD)? else {
        return Ok(String::from("SHA-1"));
    };
    let Some(hash) = parameters.inside().optional(constructed(0), FIELD)? else {
        return Ok(String::from("SHA-1"));
    };
    let hash = hash.inside().expect(SEQUENCE, FIELD)?;
    let hash = hash.inside().expect(OBJECT_IDENTIFIER, FIELD)?;
    Ok(oid::name_or_dotted(oid::HASHES, hash.value))
}

/// The frame around what is signed.
pub(super) struct Frame<'a> {
    whole: &'a [u8],
    pub(super) tbs: Element<'a>,
    pub(super) algorithm: SignatureAlgorithm,
    signature: Range<usize>,
}

impl<'a> Frame<'a> {
    /// Reads the frame at the start of `der`; what follows it comes with it.
    pub(super) fn read(
        der: &'a [u8],
        field: &'static str,
    ) -> Result<(Self, Reader<'a>), DecodeError> {
        let mut rest = Reader::new(der);
        let outer = rest.expect(SEQUENCE, field)?;
        let mut parts = outer.inside();
        let tbs = parts.expect(SEQUENCE, "tbs")?;
        let algorithm = parts.expect(SEQUENCE, "signature_algorithm")?;
        let signature = parts.expect(BIT_STRING, "signature")?;
        signature.bits("signature")?;
        let end = signature.range().end;
        let frame = Self {
            whole: outer.whole,
            tbs,
            algorithm: SignatureAlgorithm::of(&algorithm)?,
            signature: end.saturating_sub(signature.value.len().saturating_sub(1))..end,
        };
        Ok((frame, rest))
    }

    /// The frame with a copy of its bytes.
    pub(super) fn into_signed(self) -> Signed {
        Signed {
            der: self.whole.to_vec(),
            tbs: self.tbs.range(),
            algorithm: self.algorithm,
            signature: self.signature,
        }
    }
}

/// A signed document: all its bytes, and where its parts stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Signed {
    der: Vec<u8>,
    tbs: Range<usize>,
    pub(super) algorithm: SignatureAlgorithm,
    signature: Range<usize>,
}

/// Whether a key made a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignatureCheck {
    /// It did.
    Good,
    /// It did not, or it is not a key of this algorithm.
    Bad,
    /// The provider has no such algorithm.
    Unsupported,
}

impl Signed {
    pub(super) fn der(&self) -> &[u8] {
        &self.der
    }

    pub(super) fn tbs(&self) -> &[u8] {
        self.part(&self.tbs)
    }

    pub(super) fn part(&self, range: &Range<usize>) -> &[u8] {
        self.der.get(range.clone()).unwrap_or_default()
    }

    /// Whether the owner of `key`, a DER `SubjectPublicKeyInfo`, signed it.
    pub(super) fn check(&self, provider: &CryptoProvider, key: &[u8]) -> SignatureCheck {
        let Some(algorithm) = provider.signature(&self.algorithm.identifier) else {
            return SignatureCheck::Unsupported;
        };
        match algorithm.verify(key, &[self.tbs()], self.part(&self.signature)) {
            Ok(()) => SignatureCheck::Good,
            Err(_) => SignatureCheck::Bad,
        }
    }
}
