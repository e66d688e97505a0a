//! One payload: the generic header (RFC 2408 §3.2) and what is in it.

use super::super::layout::{Field, Layout, Show};
use super::super::leaf::{DecodeError, DecodeErrorKind, Fault, Parsed, u8, u16};
use super::super::registry::isakmp::{
    CertEncoding, ConfigType, ExchangeType, IdType, NotifyType, PayloadType, ProtocolId,
};
use super::super::unread::{Faults, Unread};
use super::super::vendor;
use super::cert::Certificate;
use super::config::Config;
use super::fields::{GENERIC, LENGTH, NEXT_PAYLOAD, RESERVED, overlong, size_of_layout};
use super::fragment::Fragment;
use super::id::Id;
use super::natt::OriginalAddress;
use super::notify::{Delete, Notify};
use super::sa::Sa;
use alloc::boxed::Box;

/// A payload of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload<'a> {
    /// Its type, which stands in the header or payload before it.
    pub kind: PayloadType,
    /// The reserved byte of the generic header.
    pub reserved: u8,
    /// `None`: its own length, computed. `Some`: the wire's value, which
    /// points beyond the bytes there are.
    pub length: Option<u16>,
    /// What is in it.
    pub body: Body<'a>,
}

/// What is in a payload, by its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body<'a> {
    /// Security association: proposals (RFC 2408 §3.4).
    Sa(Sa<'a>),
    /// Key exchange: a Diffie-Hellman public value (RFC 2408 §3.7).
    KeyExchange(&'a [u8]),
    /// Identification (RFC 2407 §4.6.2).
    Id(Id<'a>),
    /// Certificate (RFC 2408 §3.9).
    Certificate(Certificate<'a>),
    /// Certificate request (RFC 2408 §3.10).
    CertificateRequest(Certificate<'a>),
    /// Hash (RFC 2408 §3.11).
    Hash(&'a [u8]),
    /// Signature (RFC 2408 §3.12).
    Signature(&'a [u8]),
    /// Nonce (RFC 2408 §3.13).
    Nonce(&'a [u8]),
    /// Notification (RFC 2408 §3.14).
    Notify(Notify<'a>),
    /// Delete (RFC 2408 §3.15).
    Delete(Delete<'a>),
    /// Vendor ID (RFC 2408 §3.16).
    VendorId(&'a [u8]),
    /// Attributes of XAUTH and mode-config (draft-dukes-ike-mode-cfg).
    Config(Config<'a>),
    /// Hash of an address and port (RFC 3947 §3.2).
    NatDetection(&'a [u8]),
    /// Address before translation (RFC 3947 §5.2).
    NatOriginalAddress(OriginalAddress<'a>),
    /// Fragment of a message (Cisco, Microsoft).
    Fragment(Fragment<'a>),
    /// The content of a payload that is not known here, or known by name only.
    Other(&'a [u8]),
    /// The content of a payload that does not follow its standard.
    Malformed(Box<Unread<'a>>),
    /// All that is left of the message, where no payload could be told from
    /// the next; includes what should be the generic header.
    Cut(Box<Unread<'a>>),
}

impl<'a> Payload<'a> {
    /// A payload of type `kind` with `body` in it.
    #[must_use]
    pub const fn new(kind: PayloadType, body: Body<'a>) -> Self {
        Self {
            kind,
            reserved: 0,
            length: None,
            body,
        }
    }

    /// Reads the payload of type `kind` that `start` begins with; gives also
    /// the type of the next one and the bytes after this.
    #[inline]
    pub(super) fn decode(
        kind: PayloadType,
        exchange: ExchangeType,
        start: &'a [u8],
        faults: &mut Faults<'a>,
    ) -> (Self, PayloadType, &'a [u8]) {
        let (rest, head) = match generic(start) {
            Ok(read) => read,
            Err(error) => return Self::cut(kind, start, &error, faults),
        };
        let own = rest.get(..head.length.saturating_sub(GENERIC));
        let after = start.get(head.length..).unwrap_or_default();
        let length = match own {
            Some(_) => None,
            None => Some(head.wire_length),
        };
        if let Some(length) = length {
            faults.note_in(start, overlong(length, GENERIC, start.len()));
        }
        let group = start.get(..head.length).unwrap_or(start);
        let content = own.unwrap_or(rest);
        let body = Body::decode(kind, exchange, group, content, faults);
        let payload = Self {
            kind,
            reserved: head.reserved,
            length,
            body,
        };
        (payload, head.next, after)
    }

    /// Keeps everything from `start` on as unreadable: the end of the chain.
    #[cold]
    pub(super) fn cut(
        kind: PayloadType,
        start: &'a [u8],
        error: &nom::Err<Fault<'_>>,
        faults: &mut Faults<'a>,
    ) -> (Self, PayloadType, &'a [u8]) {
        let end = start.get(start.len()..).unwrap_or_default();
        let body = Body::Cut(faults.unread(start, start, error));
        (Self::new(kind, body), PayloadType::NONE, end)
    }

    pub(super) fn lay_out(&self, next: PayloadType, out: &mut impl Layout) {
        out.group(self.field(), |out| {
            if let Body::Cut(all) = &self.body {
                self.name_unknown(out);
                return all.lay_out(out);
            }
            out.u8(&NEXT_PAYLOAD, next.0);
            out.u8(&RESERVED, self.reserved);
            match self.length {
                None => out.length16(&LENGTH),
                Some(length) => out.u16(&LENGTH, length),
            }
            self.lay_out_body(out);
            if let Some(length) = self.length {
                let body = size_of_layout(|size| self.lay_out_body(size));
                out.malformed(&overlong(length, GENERIC, GENERIC.saturating_add(body)));
            }
        });
    }

    fn lay_out_body(&self, out: &mut impl Layout) {
        match &self.body {
            Body::Sa(sa) => sa.lay_out(out),
            Body::Id(id) => id.lay_out(out),
            Body::Certificate(cert) | Body::CertificateRequest(cert) => cert.lay_out(out),
            Body::Notify(notify) => notify.lay_out(out),
            Body::Delete(delete) => delete.lay_out(out),
            Body::Config(config) => config.lay_out(out),
            Body::NatOriginalAddress(address) => address.lay_out(out),
            Body::Fragment(fragment) => fragment.lay_out(out),
            Body::KeyExchange(data)
            | Body::Hash(data)
            | Body::Signature(data)
            | Body::Nonce(data)
            | Body::NatDetection(data) => out.bytes(&DATA, data),
            Body::VendorId(data) => out.bytes(&VENDOR_DATA, data),
            Body::Other(data) => {
                self.name_unknown(out);
                out.bytes(&DATA, data);
            }
            Body::Malformed(body) | Body::Cut(body) => {
                self.name_unknown(out);
                body.lay_out(out);
            }
        }
        if let Some(error) = self.body.fault() {
            out.malformed(&error);
        }
    }

    /// The group it is shown as: by what is in it, or should be.
    fn field(&self) -> &'static Field {
        match (&self.body, self.kind) {
            (Body::NatDetection(_), _) => &NAT_D,
            (_, PayloadType::SA) => &SA,
            (_, PayloadType::KE) => &KE,
            (_, PayloadType::ID) => &ID,
            (_, PayloadType::CERT) => &CERT,
            (_, PayloadType::CERT_REQUEST) => &CERTREQ,
            (_, PayloadType::HASH) => &HASH,
            (_, PayloadType::SIGNATURE) => &SIG,
            (_, PayloadType::NONCE) => &NONCE,
            (_, PayloadType::NOTIFICATION) => &NOTIFY,
            (_, PayloadType::DELETE) => &DELETE,
            (_, PayloadType::VENDOR_ID) => &VENDOR,
            (_, PayloadType::ATTRIBUTES) => &CONFIG,
            (_, PayloadType::NAT_D | PayloadType::NAT_D_DRAFT) => &NAT_D,
            (_, PayloadType::NAT_OA | PayloadType::NAT_OA_DRAFT) => &NAT_OA,
            (_, PayloadType::FRAGMENT) => &FRAGMENT,
            _ => &PAYLOAD,
        }
    }

    /// Says the type of a payload that no group of its own stands for.
    fn name_unknown(&self, out: &mut impl Layout) {
        if core::ptr::eq(self.field(), &PAYLOAD) {
            out.value(self.kind.0.into());
        }
    }
}

impl<'a> Body<'a> {
    #[inline]
    fn decode(
        kind: PayloadType,
        exchange: ExchangeType,
        group: &'a [u8],
        content: &'a [u8],
        faults: &mut Faults<'a>,
    ) -> Self {
        match kind {
            PayloadType::VENDOR_ID => Self::VendorId(content),
            PayloadType::KE => Self::KeyExchange(content),
            PayloadType::NONCE => Self::Nonce(content),
            PayloadType::HASH => Self::Hash(content),
            PayloadType::SIGNATURE => Self::Signature(content),
            PayloadType::NAT_D | PayloadType::NAT_D_DRAFT => Self::NatDetection(content),
            PayloadType::SA_KEK if is_phase_1(exchange) => Self::NatDetection(content),
            _ => match Self::decode_structure(kind, group, content, faults) {
                Ok(body) => body.judged(group, faults),
                Err(error) => Self::Malformed(faults.unread(group, content, &error)),
            },
        }
    }

    fn decode_structure(
        kind: PayloadType,
        group: &'a [u8],
        content: &'a [u8],
        faults: &mut Faults<'a>,
    ) -> Result<Self, nom::Err<Fault<'a>>> {
        Ok(match kind {
            PayloadType::SA => Self::Sa(Sa::decode(group, content, faults)?),
            PayloadType::ID => Self::Id(Id::decode(content)?),
            PayloadType::CERT => Self::Certificate(Certificate::decode(content)?),
            PayloadType::CERT_REQUEST => Self::CertificateRequest(Certificate::decode(content)?),
            PayloadType::NOTIFICATION => Self::Notify(Notify::decode(content)?),
            PayloadType::DELETE => Self::Delete(Delete::decode(content)?),
            PayloadType::ATTRIBUTES => Self::Config(Config::decode(group, content, faults)?),
            PayloadType::NAT_OA | PayloadType::NAT_OA_DRAFT => {
                Self::NatOriginalAddress(OriginalAddress::decode(content)?)
            }
            PayloadType::FRAGMENT => Self::Fragment(Fragment::decode(content)?),
            _ => Self::Other(content),
        })
    }

    fn judged(self, group: &'a [u8], faults: &mut Faults<'a>) -> Self {
        if let Some(error) = self.fault() {
            faults.note_in(group, error);
        }
        self
    }

    /// About how many bytes it is going to fill.
    pub(super) fn size_hint(&self) -> usize {
        match self {
            Self::Sa(sa) => sa.size_hint(),
            Self::KeyExchange(data)
            | Self::Hash(data)
            | Self::Signature(data)
            | Self::Nonce(data)
            | Self::VendorId(data)
            | Self::NatDetection(data)
            | Self::Other(data) => data.len(),
            Self::Id(id) => id.data.len(),
            Self::Certificate(cert) | Self::CertificateRequest(cert) => cert.data.len(),
            Self::Notify(notify) => notify.spi.len().saturating_add(notify.data.len()),
            Self::Delete(delete) => delete.data.len(),
            Self::Config(config) => config.attributes.as_bytes().len(),
            Self::NatOriginalAddress(original) => original.address.len(),
            Self::Fragment(fragment) => fragment.data.len(),
            Self::Malformed(unread) | Self::Cut(unread) => unread.bytes.len(),
        }
        .saturating_add(16)
    }

    /// What is wrong with a body that could be read; the offset counts from
    /// the start of the payload.
    fn fault(&self) -> Option<DecodeError> {
        match self {
            Self::Id(id) => id.fault(),
            Self::Notify(notify) => notify.fault(),
            Self::Delete(delete) => delete.fault(),
            Self::NatOriginalAddress(address) => address.fault(),
            Self::Sa(_)
            | Self::KeyExchange(_)
            | Self::Certificate(_)
            | Self::CertificateRequest(_)
            | Self::Hash(_)
            | Self::Signature(_)
            | Self::Nonce(_)
            | Self::VendorId(_)
            | Self::Config(_)
            | Self::NatDetection(_)
            | Self::Fragment(_)
            | Self::Other(_)
            | Self::Malformed(_)
            | Self::Cut(_) => None,
        }
    }
}

/// Whether 15 is the NAT-D payload of the drafts 04 to 08, which took the
/// number of a GDOI payload: GDOI has no phase 1 of its own (RFC 6407 §3).
fn is_phase_1(exchange: ExchangeType) -> bool {
    matches!(
        exchange,
        ExchangeType::BASE | ExchangeType::IDENTITY_PROTECTION | ExchangeType::AGGRESSIVE
    )
}

struct Generic {
    next: PayloadType,
    reserved: u8,
    length: usize,
    wire_length: u16,
}

#[inline]
fn generic(start: &[u8]) -> Parsed<'_, Generic> {
    let (i, next) = u8(start, "next_payload")?;
    let (at, reserved) = u8(i, "reserved")?;
    let (i, wire_length) = u16(at, "length")?;
    let length = usize::from(wire_length);
    if length < GENERIC {
        let kind = DecodeErrorKind::BadLength {
            value: length,
            min: GENERIC,
            max: start.len(),
        };
        return Err(Fault::err(at, "length", kind));
    }
    let head = Generic {
        next: PayloadType(next),
        reserved,
        length,
        wire_length,
    };
    Ok((i, head))
}

static DATA: Field = Field::new(
    "data",
    "Data",
    "Content of the payload, RFC 2408 §3",
    Show::Bytes,
);
static VENDOR_DATA: Field = Field::new(
    "data",
    "Vendor ID",
    "Constant by which implementations know each other's extensions, RFC 2408 §3.16",
    Show::Words(vendor::describe),
);
static SA: Field = Field::new(
    "sa",
    "Security association",
    "Proposals to choose from, or the one chosen, RFC 2408 §3.4",
    Show::Group,
);
static KE: Field = Field::new(
    "ke",
    "Key exchange",
    "Diffie-Hellman public value, RFC 2408 §3.7",
    Show::Group,
);
static ID: Field = Field::new(
    "id",
    "Identification",
    "Who speaks, or for which traffic an SA is, RFC 2407 §4.6.2",
    Show::Named(IdType::name_of),
);
static CERT: Field = Field::new(
    "cert",
    "Certificate",
    "Certificate or revocation list of the sender, RFC 2408 §3.9",
    Show::Named(CertEncoding::name_of),
);
static CERTREQ: Field = Field::new(
    "certreq",
    "Certificate request",
    "Kind and authority of a certificate the sender asks for, RFC 2408 §3.10",
    Show::Named(CertEncoding::name_of),
);
static HASH: Field = Field::new(
    "hash",
    "Hash",
    "Proof of the key over the exchange, RFC 2408 §3.11, RFC 2409 §5",
    Show::Group,
);
static SIG: Field = Field::new(
    "sig",
    "Signature",
    "Signature over the hash of the exchange, RFC 2408 §3.12",
    Show::Group,
);
static NONCE: Field = Field::new(
    "nonce",
    "Nonce",
    "Fresh random bytes, RFC 2408 §3.13",
    Show::Group,
);
static NOTIFY: Field = Field::new(
    "notify",
    "Notification",
    "Error or status, RFC 2408 §3.14",
    Show::Named(NotifyType::name_of),
);
static DELETE: Field = Field::new(
    "delete",
    "Delete",
    "SAs the sender no longer has, RFC 2408 §3.15",
    Show::Named(ProtocolId::name_of),
);
static VENDOR: Field = Field::new(
    "vendor",
    "Vendor ID",
    "Implementation or extension, RFC 2408 §3.16",
    Show::Group,
);
static CONFIG: Field = Field::new(
    "config",
    "Attributes",
    "Transaction of XAUTH or mode-config, draft-dukes-ike-mode-cfg-02 §3.2",
    Show::Named(ConfigType::name_of),
);
static NAT_D: Field = Field::new(
    "nat_d",
    "NAT detection",
    "Hash of cookies, address and port as the sender sees them, RFC 3947 §3.2",
    Show::Group,
);
static NAT_OA: Field = Field::new(
    "nat_oa",
    "NAT original address",
    "Address before translation, for transport mode, RFC 3947 §5.2",
    Show::Named(IdType::name_of),
);
static FRAGMENT: Field = Field::new(
    "fragment",
    "Fragment",
    "Piece of a message too large for the path (Cisco; Microsoft MS-IKEE)",
    Show::Group,
);
static PAYLOAD: Field = Field::new(
    "payload",
    "Payload",
    "Payload whose content is not taken apart, RFC 2408 §3.2",
    Show::Named(PayloadType::name_of),
);
