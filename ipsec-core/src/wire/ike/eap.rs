//! EAP payload: the header of an EAP message (RFC 7296 §3.16, RFC 3748 §4).
#![expect(clippy::exhaustive_structs, reason = "a fixed wire format")]

use super::super::layout::{Encoder, Field, Layout, Show};
use super::super::leaf::{self, DecodeError, Fault, located};
use super::fields::octets2;
use super::unread::{Faults, bad_length, misstated_length, stated};
use crate::wire::registry::ike::{EapCode, EapType};
use alloc::vec::Vec;

/// An EAP message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Eap<'a> {
    /// Request, response, success or failure.
    pub code: EapCode,
    /// Pairs responses with requests.
    pub identifier: u8,
    /// The length, where the wire's is not that of the message.
    pub length: Option<u16>,
    /// The method, in requests and responses.
    pub kind: Option<EapType>,
    /// What follows.
    pub data: &'a [u8],
}

impl<'a> Eap<'a> {
    /// Reads a message that stands alone.
    ///
    /// # Errors
    ///
    /// It is cut short, or its length is not that of `bytes`.
    pub fn read(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let mut faults = Faults::new(bytes);
        let read = Self::decode(bytes, &mut faults);
        let eap = read.map_err(|error| located(&error, bytes))?;
        faults.first().map_or(Ok(eap), Err)
    }

    /// Appends the bytes of the message to `out`.
    pub fn encode(&self, out: &mut Vec<u8>) {
        self.lay_out(&mut Encoder::new(out));
    }

    /// The whole EAP message is as long as its payload allows.
    pub(super) fn decode(
        i: &'a [u8],
        faults: &mut Faults<'a>,
    ) -> Result<Self, nom::Err<Fault<'a>>> {
        let (after, code) = leaf::u8(i, "code")?;
        let (at, identifier) = leaf::u8(after, "identifier")?;
        let (data, length) = leaf::u16(at, "eap_length")?;
        let code = EapCode(code);
        let (data, kind) = match code {
            EapCode::REQUEST | EapCode::RESPONSE => {
                let (data, kind) = leaf::u8(data, "type")?;
                (data, Some(EapType(kind)))
            }
            _ => (data, None),
        };
        let length = stated(length, octets2(i.len()));
        if let Some(length) = length {
            faults.note(&bad_length(
                at,
                "eap_length",
                length.into(),
                i.len(),
                i.len(),
            ));
        }
        Ok(Self {
            code,
            identifier,
            length,
            kind,
            data,
        })
    }

    pub(super) fn lay_out(&self, out: &mut impl Layout) {
        let size = HEADER
            .saturating_add(self.kind.is_some().into())
            .saturating_add(self.data.len());
        out.value(self.code.0.into());
        out.u8(&CODE, self.code.0);
        out.u8(&IDENTIFIER, self.identifier);
        out.u16(&LENGTH, self.length.unwrap_or(octets2(size)));
        if let Some(kind) = self.kind {
            out.u8(&TYPE, kind.0);
            lay_out_method(kind, self.data, out);
        } else {
            out.bytes(&DATA, self.data);
        }
        if let Some(length) = self.length {
            misstated_length(out, LENGTH_OFFSET, length.into(), size, size);
        }
    }
}

fn lay_out_method(kind: EapType, data: &[u8], out: &mut impl Layout) {
    match (kind, data) {
        (EapType::IDENTITY | EapType::NOTIFICATION, text) => out.bytes(&TEXT, text),
        (EapType::NAK, wanted) => {
            for kind in wanted {
                out.u8(&WANTED, *kind);
            }
        }
        (EapType::EXPANDED, &[v0, v1, v2, t0, t1, t2, t3, ref data @ ..]) => {
            out.bytes(&VENDOR, &[v0, v1, v2]);
            out.u32(&VENDOR_TYPE, u32::from_be_bytes([t0, t1, t2, t3]));
            out.bytes(&DATA, data);
        }
        (_, data) => out.bytes(&DATA, data),
    }
}

/// Bytes before the type, and where the length stands in an EAP payload.
const HEADER: usize = 4;
const LENGTH_OFFSET: usize = 6;

static CODE: Field = Field::new(
    "code",
    "Code",
    "Request, response, success or failure (RFC 3748 §4)",
    Show::Named(EapCode::name_of),
);
static IDENTIFIER: Field = Field::new(
    "identifier",
    "Identifier",
    "Pairs responses with requests (RFC 3748 §4)",
    Show::Dec,
);
static LENGTH: Field = Field::new(
    "eap_length",
    "EAP length",
    "Bytes of the EAP message (RFC 3748 §4)",
    Show::Dec,
);
static TYPE: Field = Field::new(
    "type",
    "Type",
    "The EAP method (RFC 3748 §5)",
    Show::Named(EapType::name_of),
);
static WANTED: Field = Field::new(
    "wanted",
    "Wanted type",
    "A method the peer would rather use; 0 for none (RFC 3748 §5.3.1)",
    Show::Named(EapType::name_of),
);
static VENDOR: Field = Field::new(
    "vendor",
    "Vendor ID",
    "Enterprise number of the type's owner (RFC 3748 §5.7)",
    Show::Bytes,
);
static VENDOR_TYPE: Field = Field::new(
    "vendor_type",
    "Vendor type",
    "The method, in the vendor's numbering (RFC 3748 §5.7)",
    Show::Dec,
);
static TEXT: Field = Field::new(
    "data",
    "Type data",
    "An identity or a message for the user (RFC 3748 §5.1, §5.2)",
    Show::Text,
);
static DATA: Field = Field::new(
    "data",
    "Type data",
    "What the method sends (RFC 3748 §4.1)",
    Show::Bytes,
);
