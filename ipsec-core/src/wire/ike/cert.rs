//! Certificate and Certificate Request payloads (RFC 7296 §3.6, §3.7;
//! RFC 4806, RFC 7670).
#![expect(clippy::exhaustive_structs, reason = "a fixed wire format")]

use super::super::layout::{Field, Layout, Show};
use super::super::leaf::{self, Fault, located};
use super::unread::Faults;
use crate::wire::registry::ike::CertEncoding;

/// A certificate, a revocation list, or where to find one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cert<'a> {
    /// What it is and how it is encoded.
    pub encoding: CertEncoding,
    /// The certificate data.
    pub data: CertData<'a>,
}

/// Certificate data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CertData<'a> {
    /// The bytes of the encoding, mostly DER.
    Raw(&'a [u8]),
    /// Encodings 12 and 13: where to fetch a certificate or a bundle.
    HashAndUrl {
        /// SHA-1 hash of what the URL gives.
        hash: &'a [u8; SHA1_LEN],
        /// The URL, of any characters the peer sent.
        url: &'a [u8],
    },
}

impl<'a> Cert<'a> {
    /// A certificate in one of the encodings that carry it whole.
    #[must_use]
    pub const fn new(encoding: CertEncoding, data: &'a [u8]) -> Self {
        let data = CertData::Raw(data);
        Self { encoding, data }
    }

    pub(super) fn decode(
        i: &'a [u8],
        faults: &mut Faults<'a>,
    ) -> Result<Self, nom::Err<Fault<'a>>> {
        let (i, encoding) = leaf::u8(i, "encoding")?;
        let encoding = CertEncoding(encoding);
        let data = CertData::decode(encoding, i).unwrap_or_else(|error| {
            faults.note(&error);
            CertData::Raw(i)
        });
        Ok(Self { encoding, data })
    }

    pub(super) fn lay_out(&self, out: &mut impl Layout) {
        out.value(self.encoding.0.into());
        out.u8(&ENCODING, self.encoding.0);
        match self.data {
            CertData::HashAndUrl { hash, url } => {
                out.bytes(&HASH, hash);
                out.bytes(&URL, url);
            }
            CertData::Raw(bytes) => {
                out.bytes(&DATA, bytes);
                if let Err(error) = CertData::decode(self.encoding, bytes) {
                    out.malformed(&located(&error, bytes).shifted(DATA_OFFSET));
                }
            }
        }
    }

    pub(super) const fn size_hint(&self) -> usize {
        let data = match self.data {
            CertData::Raw(bytes) => bytes.len(),
            CertData::HashAndUrl { url, .. } => url.len().saturating_add(SHA1_LEN),
        };
        data.saturating_add(1)
    }
}

impl<'a> CertData<'a> {
    fn decode(encoding: CertEncoding, i: &'a [u8]) -> Result<Self, nom::Err<Fault<'a>>> {
        match encoding {
            CertEncoding::HASH_AND_URL | CertEncoding::HASH_AND_URL_BUNDLE => {
                match i.split_first_chunk() {
                    Some((hash, url)) => Ok(Self::HashAndUrl { hash, url }),
                    None => Err(leaf::truncated(i, "hash", SHA1_LEN)),
                }
            }
            _ => Ok(Self::Raw(i)),
        }
    }
}

/// Certification authorities that the sender trusts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertReq<'a> {
    /// The encoding of certificate asked for.
    pub encoding: CertEncoding,
    /// SHA-1 hashes of the authorities' public keys, end to end, where the
    /// encoding has X.509 certificates; else unspecified.
    pub authorities: &'a [u8],
}

impl<'a> CertReq<'a> {
    /// The hashes of the authorities' public keys; none where the encoding
    /// names its authorities otherwise.
    pub fn hashes(&self) -> impl Iterator<Item = &'a [u8; SHA1_LEN]> {
        let hashes = match names_by_hash(self.encoding) {
            true => self.authorities.as_chunks().0,
            false => &[],
        };
        hashes.iter()
    }

    pub(super) fn decode(i: &'a [u8]) -> Result<Self, nom::Err<Fault<'a>>> {
        let (authorities, encoding) = leaf::u8(i, "encoding")?;
        let encoding = CertEncoding(encoding);
        let odd = authorities.len() % SHA1_LEN;
        if names_by_hash(encoding) && odd != 0 {
            let whole = authorities.len().saturating_sub(odd);
            let at = authorities.get(whole..).unwrap_or_default();
            return Err(leaf::truncated(at, "authority", SHA1_LEN));
        }
        Ok(Self {
            encoding,
            authorities,
        })
    }

    pub(super) fn lay_out(&self, out: &mut impl Layout) {
        out.value(self.encoding.0.into());
        out.u8(&ENCODING, self.encoding.0);
        if !names_by_hash(self.encoding) {
            return out.bytes(&AUTHORITIES, self.authorities);
        }
        for hash in self.authorities.chunks(SHA1_LEN) {
            out.bytes(&AUTHORITY, hash);
        }
    }
}

/// Whether authorities are named by SHA-1 hashes of their keys.
const fn names_by_hash(encoding: CertEncoding) -> bool {
    matches!(
        encoding,
        CertEncoding::X509_SIGNATURE
            | CertEncoding::HASH_AND_URL
            | CertEncoding::HASH_AND_URL_BUNDLE
            | CertEncoding::OCSP_CONTENT
    )
}

const SHA1_LEN: usize = 20;

/// Where the data stand in a certificate payload.
const DATA_OFFSET: usize = 5;

static ENCODING: Field = Field::new(
    "encoding",
    "Certificate encoding",
    "What the certificate data are (RFC 7296 §3.6)",
    Show::Named(CertEncoding::name_of),
);
static DATA: Field = Field::new(
    "data",
    "Certificate data",
    "The certificate or list in its encoding (RFC 7296 §3.6)",
    Show::Bytes,
);
static HASH: Field = Field::new(
    "hash",
    "Hash",
    "SHA-1 hash of what the URL gives (RFC 7296 §3.6)",
    Show::Bytes,
);
static URL: Field = Field::new(
    "url",
    "URL",
    "Where to fetch the certificate or bundle (RFC 7296 §3.6)",
    Show::Text,
);
static AUTHORITY: Field = Field::new(
    "authority",
    "Certification authority",
    "SHA-1 hash of the authority's public key info (RFC 7296 §3.7)",
    Show::Bytes,
);
static AUTHORITIES: Field = Field::new(
    "authorities",
    "Certification authorities",
    "Named in a way that depends on the encoding (RFC 7296 §3.7)",
    Show::Bytes,
);
