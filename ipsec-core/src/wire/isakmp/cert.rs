//! Certificates and requests for them (RFC 2408 §3.9 and §3.10): an encoding
//! and bytes.

use super::super::layout::{Field, Layout, Show};
use super::super::leaf::{Fault, u8};
use super::super::registry::isakmp::CertEncoding;

/// A certificate, or the authority a certificate is asked from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Certificate<'a> {
    /// What the data are.
    pub encoding: CertEncoding,
    /// The certificate; in a request the authority's name in DER, or nothing
    /// when any will do.
    pub data: &'a [u8],
}

impl<'a> Certificate<'a> {
    pub(super) fn decode(i: &'a [u8]) -> Result<Self, nom::Err<Fault<'a>>> {
        let (data, encoding) = u8(i, "encoding")?;
        let encoding = CertEncoding(encoding);
        Ok(Self { encoding, data })
    }

    pub(super) fn lay_out(&self, out: &mut impl Layout) {
        out.value(self.encoding.0.into());
        out.u8(&ENCODING, self.encoding.0);
        out.bytes(&DATA, self.data);
    }
}

static ENCODING: Field = Field::new(
    "encoding",
    "Encoding",
    "What kind of certificate, RFC 2408 §3.9",
    Show::Named(CertEncoding::name_of),
);
static DATA: Field = Field::new(
    "data",
    "Certificate data",
    "The certificate, or the name of the authority asked for, RFC 2408 §3.9-3.10",
    Show::Bytes,
);
