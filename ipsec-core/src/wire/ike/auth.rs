//! Authentication payload (RFC 7296 §3.8, RFC 7427 §3).
#![expect(clippy::exhaustive_structs, reason = "a fixed wire format")]

use super::super::layout::{Field, Layout, Show};
use super::super::leaf::{self, Fault, located};
use super::fields::{RESERVED, octet};
use super::unread::Faults;
use crate::wire::registry::ike::AuthMethod;
use alloc::string::{String, ToString};

/// The proof of an identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Auth<'a> {
    /// How it was made.
    pub method: AuthMethod,
    /// Three bytes sent as zero.
    pub reserved: [u8; 3],
    /// The proof.
    pub data: AuthData<'a>,
}

/// The data of an authentication payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthData<'a> {
    /// A MAC or signature whose algorithm the method says.
    Raw(&'a [u8]),
    /// Method 14, which names the algorithm of its signature.
    Signature {
        /// DER of an AlgorithmIdentifier (RFC 7427 Appendix A).
        algorithm: &'a [u8],
        /// The signature in the algorithm's format.
        signature: &'a [u8],
    },
}

impl<'a> Auth<'a> {
    /// A proof by `method`.
    #[must_use]
    pub const fn new(method: AuthMethod, data: AuthData<'a>) -> Self {
        let reserved = [0; 3];
        Self {
            method,
            reserved,
            data,
        }
    }

    pub(super) fn decode(
        i: &'a [u8],
        faults: &mut Faults<'a>,
    ) -> Result<Self, nom::Err<Fault<'a>>> {
        let (i, method) = leaf::u8(i, "method")?;
        let (i, reserved) = leaf::array(i, "reserved")?;
        let method = AuthMethod(method);
        let data = AuthData::decode(method, i).unwrap_or_else(|error| {
            faults.note(&error);
            AuthData::Raw(i)
        });
        Ok(Self {
            method,
            reserved,
            data,
        })
    }

    pub(super) fn lay_out(&self, out: &mut impl Layout) {
        out.value(self.method.0.into());
        out.u8(&METHOD, self.method.0);
        out.bytes(&RESERVED, &self.reserved);
        match self.data {
            AuthData::Signature {
                algorithm,
                signature,
            } => {
                out.u8(&ALGORITHM_LENGTH, octet(algorithm.len()));
                out.bytes(&ALGORITHM, algorithm);
                out.bytes(&SIGNATURE, signature);
            }
            AuthData::Raw(bytes) => {
                out.bytes(&DATA, bytes);
                if let Err(error) = AuthData::decode(self.method, bytes) {
                    out.malformed(&located(&error, bytes).shifted(DATA_OFFSET));
                }
            }
        }
    }
}

impl<'a> AuthData<'a> {
    fn decode(method: AuthMethod, i: &'a [u8]) -> Result<Self, nom::Err<Fault<'a>>> {
        if method != AuthMethod::DIGITAL_SIGNATURE {
            return Ok(Self::Raw(i));
        }
        let (i, length) = leaf::u8(i, "algorithm_length")?;
        let (signature, algorithm) = leaf::bytes(i, length.into(), "algorithm")?;
        Ok(Self::Signature {
            algorithm,
            signature,
        })
    }
}

/// The name of the algorithm that the DER of an AlgorithmIdentifier names, if
/// it is one of those in use (RFC 7427 Appendix A, RFC 8420).
pub(super) fn algorithm_words(der: &[u8]) -> Option<String> {
    let [0x30, _, 0x06, length, rest @ ..] = der else {
        return None;
    };
    let oid = rest.get(..usize::from(*length))?;
    let known = ALGORITHMS.iter().find(|(known, _)| *known == oid);
    known.map(|(_, name)| (*name).to_string())
}

/// Object identifiers of signature algorithms, in DER.
const ALGORITHMS: &[(&[u8], &str)] = &[
    (
        b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05",
        "sha1WithRSAEncryption",
    ),
    (b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a", "RSASSA-PSS"),
    (
        b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b",
        "sha256WithRSAEncryption",
    ),
    (
        b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c",
        "sha384WithRSAEncryption",
    ),
    (
        b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d",
        "sha512WithRSAEncryption",
    ),
    (b"\x2a\x86\x48\xce\x3d\x04\x01", "ecdsa-with-SHA1"),
    (b"\x2a\x86\x48\xce\x3d\x04\x03\x02", "ecdsa-with-SHA256"),
    (b"\x2a\x86\x48\xce\x3d\x04\x03\x03", "ecdsa-with-SHA384"),
    (b"\x2a\x86\x48\xce\x3d\x04\x03\x04", "ecdsa-with-SHA512"),
    (b"\x2a\x86\x48\xce\x38\x04\x03", "dsa-with-SHA1"),
    (b"\x60\x86\x48\x01\x65\x03\x04\x03\x02", "dsa-with-SHA256"),
    (b"\x2b\x65\x70", "Ed25519"),
    (b"\x2b\x65\x71", "Ed448"),
];

/// Where the data stand in an authentication payload.
const DATA_OFFSET: usize = 8;

static METHOD: Field = Field::new(
    "method",
    "Authentication method",
    "How the identity is proved (RFC 7296 §3.8)",
    Show::Named(AuthMethod::name_of),
);
static DATA: Field = Field::new(
    "data",
    "Authentication data",
    "The MAC or signature (RFC 7296 §3.8)",
    Show::Bytes,
);
static ALGORITHM_LENGTH: Field = Field::new(
    "algorithm_length",
    "Algorithm length",
    "Bytes of the AlgorithmIdentifier (RFC 7427 §3)",
    Show::Dec,
);
static ALGORITHM: Field = Field::new(
    "algorithm",
    "Signature algorithm",
    "DER of an AlgorithmIdentifier (RFC 7427 Appendix A)",
    Show::Words(algorithm_words),
);
static SIGNATURE: Field = Field::new(
    "signature",
    "Signature",
    "The signature in the algorithm's format (RFC 7427 §3)",
    Show::Bytes,
);
