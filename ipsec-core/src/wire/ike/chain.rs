//! The chain of payloads and the generic payload header (RFC 7296 §3.2).
#![expect(clippy::exhaustive_structs, reason = "a fixed wire format")]

use super::super::layout::{Field, Layout, Show};
use super::super::leaf::{self, DecodeError, DecodeErrorKind, Fault};
use super::auth::Auth;
use super::cert::{Cert, CertReq};
use super::config::Config;
use super::delete::Delete;
use super::eap::Eap;
use super::fields::{CRITICAL, DATA, LENGTH, NEXT_PAYLOAD, fields};
use super::id::Id;
use super::ke::Ke;
use super::notify::Notify;
use super::peek::RawPayloads;
use super::sa::Sa;
use super::sealed::{Sk, Skf};
use super::ts::Ts;
use super::unread::{Faults, Measure, Unread, bad_length, misstated_length};
use crate::wire::registry::ike::{
    AuthMethod, CertEncoding, ConfigType, EapCode, IdType, KeyExchange, NotifyType, PayloadType,
};
use crate::wire::vendor;
use alloc::boxed::Box;
use alloc::vec::Vec;

/// One payload of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload<'a> {
    /// Its type, which the payload or header before it carries.
    pub kind: PayloadType,
    /// The critical bit and seven reserved bits.
    pub flags: u8,
    /// Length of the payload, where the wire states more than there is;
    /// `None` is computed.
    pub length: Option<u16>,
    /// What it holds.
    pub body: Body<'a>,
}

impl<'a> Payload<'a> {
    /// The bit of `flags` that asks a receiver which does not know the type
    /// to refuse the message.
    pub const CRITICAL: u8 = 0x80;

    /// A payload of type `kind`, not critical.
    #[must_use]
    pub const fn new(kind: PayloadType, body: Body<'a>) -> Self {
        Self {
            kind,
            flags: 0,
            length: None,
            body,
        }
    }

    /// Tells whether the critical bit is set.
    #[must_use]
    pub const fn is_critical(&self) -> bool {
        self.flags & Self::CRITICAL != 0
    }

    /// Lays the payload out; `next` is the type of the one behind it.
    #[inline]
    fn lay_out(&self, next: PayloadType, out: &mut impl Layout) {
        out.group(group_of(self.kind), |out| {
            if let Body::Cut(unread) = &self.body {
                return lay_out_cut(unread, out);
            }
            out.u8(&NEXT_PAYLOAD, self.body.first_inside().unwrap_or(next).0);
            out.u8(&CRITICAL, self.flags);
            match self.length {
                None => out.length16(&LENGTH),
                Some(length) => out.u16(&LENGTH, length),
            }
            self.body.lay_out(out);
            if let Some(length) = self.length {
                let mut measure = Measure(HEADER);
                self.body.lay_out(&mut measure);
                misstated_length(out, LENGTH_OFFSET, length.into(), HEADER, measure.0);
            }
        });
    }

    /// About how many bytes it will fill.
    pub(super) fn size_hint(&self) -> usize {
        self.body.size_hint().saturating_add(HEADER)
    }
}

/// What a payload holds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Body<'a> {
    /// Proposals, offered or chosen.
    Sa(Sa<'a>),
    /// A public key exchange value.
    Ke(Ke<'a>),
    /// An identity.
    Id(Id<'a>),
    /// A certificate.
    Cert(Cert<'a>),
    /// Certification authorities trusted.
    CertReq(CertReq<'a>),
    /// The proof of identity.
    Auth(Auth<'a>),
    /// A nonce, 16 to 256 bytes.
    Nonce(&'a [u8]),
    /// An error or a status.
    Notify(Notify<'a>),
    /// SAs that their owner has deleted.
    Delete(Delete<'a>),
    /// A mark of the software or of an extension.
    VendorId(&'a [u8]),
    /// Addresses, protocols and ports, of one side.
    Ts(Ts<'a>),
    /// Encrypted payloads.
    Sk(Sk<'a>),
    /// A fragment of encrypted payloads.
    Skf(Skf<'a>),
    /// Configuration asked for or given.
    Config(Config<'a>),
    /// A message of an EAP method.
    Eap(Eap<'a>),
    /// A type without a structure known here.
    Unknown(&'a [u8]),
    /// A known type whose content, behind the generic header, cannot be read;
    /// the error's offset counts from the generic header.
    Malformed(Box<Unread<'a>>),
    /// A payload that was announced, but for which there is no frame: fewer
    /// than four bytes are left, or its length is shorter than its own
    /// header. The bytes are all that is left, generic header included.
    Cut(Box<Unread<'a>>),
}

impl<'a> Body<'a> {
    #[inline]
    fn lay_out(&self, out: &mut impl Layout) {
        match self {
            Self::Sa(sa) => sa.lay_out(out),
            Self::Ke(ke) => ke.lay_out(out),
            Self::Id(id) => id.lay_out(out),
            Self::Cert(cert) => cert.lay_out(out),
            Self::CertReq(request) => request.lay_out(out),
            Self::Auth(auth) => auth.lay_out(out),
            Self::Nonce(nonce) => out.bytes(&NONCE_DATA, nonce),
            Self::Notify(notify) => notify.lay_out(out),
            Self::Delete(delete) => delete.lay_out(out),
            Self::VendorId(id) => out.bytes(&VENDOR_DATA, id),
            Self::Ts(ts) => ts.lay_out(out),
            Self::Sk(sk) => sk.lay_out(out),
            Self::Skf(skf) => skf.lay_out(out),
            Self::Config(config) => config.lay_out(out),
            Self::Eap(eap) => eap.lay_out(out),
            Self::Unknown(bytes) => out.bytes(&DATA, bytes),
            Self::Malformed(unread) | Self::Cut(unread) => unread.lay_out(out),
        }
    }

    /// What an encrypted payload says of the first one inside it.
    const fn first_inside(&self) -> Option<PayloadType> {
        if let Self::Sk(sk) = self {
            Some(sk.first_inside)
        } else if let Self::Skf(skf) = self {
            Some(skf.first_inside)
        } else {
            None
        }
    }

    fn size_hint(&self) -> usize {
        match self {
            Self::Sa(sa) => sa.size_hint(),
            Self::Ke(Ke { data, .. }) => data.len().saturating_add(4),
            Self::Cert(cert) => cert.size_hint(),
            Self::CertReq(request) => request.authorities.len().saturating_add(1),
            Self::Nonce(bytes) | Self::VendorId(bytes) | Self::Unknown(bytes) => bytes.len(),
            Self::Malformed(unread) | Self::Cut(unread) => unread.bytes.len(),
            Self::Sk(Sk { data, .. }) => data.len(),
            Self::Skf(Skf { data, .. }) => data.len().saturating_add(4),
            Self::Ts(ts) => ts.selectors.len().saturating_mul(40),
            Self::Id(_)
            | Self::Auth(_)
            | Self::Notify(_)
            | Self::Delete(_)
            | Self::Config(_)
            | Self::Eap(_) => USUAL_SIZE,
        }
    }
}

/// A chain of payloads and the bytes behind its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain<'a> {
    /// The payloads.
    pub payloads: Vec<Payload<'a>>,
    /// Bytes behind the last payload; empty in a well-formed chain.
    pub trailing: &'a [u8],
}

impl Chain<'_> {
    /// Lays out what an SK payload held, in a group `ike` of its own: the tree
    /// of a decrypted message has the paths of a clear one. `padding` is what
    /// stands behind the payloads, the pad length last.
    pub fn lay_out_decrypted(&self, padding: &[u8], out: &mut impl Layout) {
        out.group(&DECRYPTED, |out| {
            self.lay_out(out);
            if let Some((&pad_length, padding)) = padding.split_last() {
                out.bytes(&PADDING, padding);
                out.u8(&PAD_LENGTH, pad_length);
            }
        });
    }

    /// Lays the payloads and the trailing bytes out, beside each other.
    pub fn lay_out(&self, out: &mut impl Layout) {
        lay_out_chain(&self.payloads, out);
        if !self.trailing.is_empty() {
            let mut measure = Measure::default();
            lay_out_chain(&self.payloads, &mut measure);
            lay_out_trailing(self.trailing, measure.0, out);
        }
    }
}

/// Reads a chain of payloads, such as SK holds once it is decrypted and its
/// padding is removed; `first` is the type of the first payload. Also returns
/// the first fault, with its offset from the start of `bytes`. Laid out again
/// the chain gives `bytes`, whatever they are.
#[must_use]
pub fn decode_chain(first: PayloadType, bytes: &[u8]) -> (Chain<'_>, Option<DecodeError>) {
    let mut faults = Faults::new(bytes);
    let chain = read_chain(first, bytes, &mut faults);
    (chain, faults.first())
}

/// Lays out payloads, each with the type of the one that follows.
pub fn lay_out_chain(payloads: &[Payload<'_>], out: &mut impl Layout) {
    for (place, payload) in payloads.iter().enumerate() {
        let next = payloads.get(place.saturating_add(1));
        payload.lay_out(next.map_or(PayloadType::NONE, |next| next.kind), out);
    }
}

pub(super) fn first_kind(payloads: &[Payload<'_>]) -> Option<PayloadType> {
    payloads.first().map(|payload| payload.kind)
}

pub(super) fn read_chain<'a>(
    first: PayloadType,
    bytes: &'a [u8],
    faults: &mut Faults<'a>,
) -> Chain<'a> {
    let frames = RawPayloads::new(first, bytes).take(MAX_PAYLOADS).count();
    let mut payloads = Vec::with_capacity(frames.saturating_add(1)); // one may be cut
    let mut next = first;
    let mut rest = bytes;
    while next != PayloadType::NONE {
        let framed = match payloads.len() < MAX_PAYLOADS {
            true => Frame::read(rest, faults),
            false => Err(too_many(rest)),
        };
        match framed {
            Ok(frame) => {
                frame.decode(next, &mut payloads, faults);
                rest = frame.after;
                next = match next {
                    PayloadType::SK | PayloadType::SKF => PayloadType::NONE,
                    _ => frame.next,
                };
            }
            Err(error) => {
                payloads.push(cut(next, rest, &error, faults));
                rest = &[];
                next = PayloadType::NONE;
            }
        }
    }
    if !rest.is_empty() {
        let extra = rest.len();
        let kind = DecodeErrorKind::Trailing { extra };
        faults.note(&Fault::err(rest, "trailing", kind));
    }
    Chain {
        payloads,
        trailing: rest,
    }
}

/// A payload and what its generic header says.
struct Frame<'a> {
    next: PayloadType,
    flags: u8,
    /// The length stated, where there is less.
    length: Option<u16>,
    /// The payload, generic header included, as far as it is there.
    payload: &'a [u8],
    body: &'a [u8],
    after: &'a [u8],
}

impl<'a> Frame<'a> {
    #[inline]
    fn read(i: &'a [u8], faults: &mut Faults<'a>) -> Result<Self, nom::Err<Fault<'a>>> {
        let (body, [next, flags, high, low]) = leaf::array::<HEADER>(i, "next_payload")?;
        let stated = u16::from_be_bytes([high, low]);
        let length = usize::from(stated);
        let Some(size) = length.checked_sub(HEADER) else {
            return Err(misframed(i, stated));
        };
        let framed = body.split_at_checked(size);
        if framed.is_none() {
            faults.note(&misframed(i, stated));
        }
        let (body, after) = framed.unwrap_or((body, &[]));
        Ok(Self {
            next: PayloadType(next),
            flags,
            length: framed.is_none().then_some(stated),
            payload: i.get(..length).unwrap_or(i),
            body,
            after,
        })
    }

    /// Reads the content and puts the payload, of type `kind`, onto the end
    /// of `payloads`.
    #[inline]
    fn decode(&self, kind: PayloadType, payloads: &mut Vec<Payload<'a>>, faults: &mut Faults<'a>) {
        let (payload, i) = (self.payload, self.body);
        // Each payload is made where it stays: moving one costs more than reading it.
        let result = match kind {
            PayloadType::SA => self.keep(kind, Sa::decode(payload, i, faults), Body::Sa, payloads),
            PayloadType::KE => self.keep_if(kind, Ke::decode(i), Body::Ke, payloads),
            PayloadType::NONCE => self.keep(kind, i, Body::Nonce, payloads),
            PayloadType::NOTIFY => {
                self.keep_if(kind, Notify::decode(i, faults), Body::Notify, payloads)
            }
            PayloadType::VENDOR_ID => self.keep(kind, i, Body::VendorId, payloads),
            PayloadType::SK => self.keep(kind, Sk::new(self.next, i), Body::Sk, payloads),
            PayloadType::SKF => {
                let skf = Skf::decode(self.next, i, faults);
                if let Err(error) = &skf {
                    let misframed = self.length.map(|length| misframed(payload, length));
                    let error = misframed.as_ref().unwrap_or(error);
                    return payloads.push(cut(kind, payload, error, faults));
                }
                self.keep_if(kind, skf, Body::Skf, payloads)
            }
            _ => match Body::decode(kind, payload, i, faults) {
                Ok(body) => self.keep(kind, body, |body| body, payloads),
                Err(error) => Err(error),
            },
        };
        if let Err(error) = result {
            let unread = faults.unread(payload, i, &error);
            let _ = self.keep(kind, unread, Body::Malformed, payloads);
        }
    }

    #[inline(always)]
    fn keep<T>(
        &self,
        kind: PayloadType,
        content: T,
        body: impl FnOnce(T) -> Body<'a>,
        payloads: &mut Vec<Payload<'a>>,
    ) -> Result<(), nom::Err<Fault<'a>>> {
        payloads.push(Payload {
            kind,
            flags: self.flags,
            length: self.length,
            body: body(content),
        });
        Ok(())
    }

    #[inline(always)]
    fn keep_if<T>(
        &self,
        kind: PayloadType,
        content: Result<T, nom::Err<Fault<'a>>>,
        body: impl FnOnce(T) -> Body<'a>,
        payloads: &mut Vec<Payload<'a>>,
    ) -> Result<(), nom::Err<Fault<'a>>> {
        self.keep(kind, content?, body, payloads)
    }
}

impl<'a> Body<'a> {
    /// Reads the content of a payload that is mostly met inside SK.
    fn decode(
        kind: PayloadType,
        payload: &'a [u8],
        i: &'a [u8],
        faults: &mut Faults<'a>,
    ) -> Result<Self, nom::Err<Fault<'a>>> {
        match kind {
            PayloadType::IDI | PayloadType::IDR => Id::decode(i, faults).map(Self::Id),
            PayloadType::CERT => Cert::decode(i, faults).map(Self::Cert),
            PayloadType::CERTREQ => CertReq::decode(i).map(Self::CertReq),
            PayloadType::AUTH => Auth::decode(i, faults).map(Self::Auth),
            PayloadType::DELETE => Delete::decode(i).map(Self::Delete),
            PayloadType::TSI | PayloadType::TSR => Ts::decode(payload, i, faults).map(Self::Ts),
            PayloadType::CP => Config::decode(payload, i, faults).map(Self::Config),
            PayloadType::EAP => Eap::decode(i, faults).map(Self::Eap),
            _ => Ok(Self::Unknown(i)),
        }
    }
}

/// The fault of a payload at the start of `i` whose length is not its own.
#[cold]
fn misframed(i: &[u8], length: u16) -> nom::Err<Fault<'_>> {
    let at = i.get(LENGTH_OFFSET..).unwrap_or_default();
    bad_length(at, "length", length.into(), HEADER, i.len())
}

/// The payload of type `kind` for which there are only `bytes`.
#[cold]
fn cut<'a>(
    kind: PayloadType,
    bytes: &'a [u8],
    error: &nom::Err<Fault<'a>>,
    faults: &mut Faults<'a>,
) -> Payload<'a> {
    Payload::new(kind, Body::Cut(faults.unread(bytes, bytes, error)))
}

#[cold]
fn too_many(at: &[u8]) -> nom::Err<Fault<'_>> {
    let limit = MAX_PAYLOADS;
    Fault::err(at, "payload", DecodeErrorKind::TooMany { limit })
}

/// Shows of a cut payload the generic header, if that is there.
#[cold]
fn lay_out_cut(unread: &Unread<'_>, out: &mut impl Layout) {
    let Some(([next, flags, high, low], body)) = unread.bytes.split_first_chunk::<HEADER>() else {
        return unread.lay_out(out);
    };
    out.u8(&NEXT_PAYLOAD, *next);
    out.u8(&CRITICAL, *flags);
    out.u16(&LENGTH, u16::from_be_bytes([*high, *low]));
    out.bytes(&UNREAD, body);
    out.malformed(&unread.error);
}

/// Lays out the bytes behind a chain that ends `offset` bytes into its group.
#[cold]
pub(super) fn lay_out_trailing(trailing: &[u8], offset: usize, out: &mut impl Layout) {
    if !trailing.is_empty() {
        let extra = trailing.len();
        let kind = DecodeErrorKind::Trailing { extra };
        out.bytes(&TRAILING, trailing);
        out.malformed(&DecodeError::new(offset, "trailing", kind));
    }
}

/// The group of the field tree that a payload of type `kind` becomes.
const fn group_of(kind: PayloadType) -> &'static Field {
    match kind {
        PayloadType::SA => &SA,
        PayloadType::KE => &KE,
        PayloadType::IDI => &ID_I,
        PayloadType::IDR => &ID_R,
        PayloadType::CERT => &CERT,
        PayloadType::CERTREQ => &CERTREQ,
        PayloadType::AUTH => &AUTH,
        PayloadType::NONCE => &NONCE,
        PayloadType::NOTIFY => &NOTIFY,
        PayloadType::DELETE => &DELETE,
        PayloadType::VENDOR_ID => &VENDOR,
        PayloadType::TSI => &TS_I,
        PayloadType::TSR => &TS_R,
        PayloadType::SK => &SK,
        PayloadType::SKF => &SKF,
        PayloadType::CP => &CP,
        PayloadType::EAP => &EAP,
        PayloadType::GSPM => &GSPM,
        PayloadType::PS => &PUZZLE_SOLUTION,
        _ => &UNKNOWN,
    }
}

/// Bytes of the generic payload header, and where its length stands.
const HEADER: usize = 4;
const LENGTH_OFFSET: usize = 2;

/// A guess for payloads of many shapes.
const USUAL_SIZE: usize = 36;

/// The most payloads that are read from one chain; real messages have fewer
/// than 40.
const MAX_PAYLOADS: usize = 64;

fields! {
    SA "sa" "Security Association"
        "Proposals of algorithms, offered or chosen (RFC 7296 §3.3)" Show::Group;
    KE "ke" "Key Exchange"
        "The sender's public value (RFC 7296 §3.4)" Show::Named(KeyExchange::name_of);
    ID_I "id_i" "Identification - Initiator"
        "Who the initiator says it is (RFC 7296 §3.5)" Show::Named(IdType::name_of);
    ID_R "id_r" "Identification - Responder"
        "Who the responder says it is, or should be (RFC 7296 §3.5)" Show::Named(IdType::name_of);
    CERT "cert" "Certificate"
        "A certificate or where to fetch it (RFC 7296 §3.6)" Show::Named(CertEncoding::name_of);
    CERTREQ "certreq" "Certificate Request"
        "Certification authorities the sender trusts (RFC 7296 §3.7)"
        Show::Named(CertEncoding::name_of);
    AUTH "auth" "Authentication"
        "Proof of the identity (RFC 7296 §3.8)" Show::Named(AuthMethod::name_of);
    NONCE "nonce" "Nonce"
        "Random bytes that make this exchange's keys fresh (RFC 7296 §3.9)" Show::Group;
    NOTIFY "notify" "Notify"
        "An error, or a status or capability (RFC 7296 §3.10)" Show::Named(NotifyType::name_of);
    DELETE "delete" "Delete"
        "SAs the sender has deleted (RFC 7296 §3.11)" Show::Group;
    VENDOR "vendor" "Vendor ID"
        "A mark of the software or of an extension (RFC 7296 §3.12)" Show::Group;
    TS_I "ts_i" "Traffic Selector - Initiator"
        "Traffic of the initiator's side (RFC 7296 §3.13)" Show::Group;
    TS_R "ts_r" "Traffic Selector - Responder"
        "Traffic of the responder's side (RFC 7296 §3.13)" Show::Group;
    SK "sk" "Encrypted and Authenticated"
        "Encrypted payloads (RFC 7296 §3.14)" Show::Group;
    SKF "skf" "Encrypted and Authenticated Fragment"
        "A fragment of encrypted payloads (RFC 7383 §2.5)" Show::Group;
    CP "cp" "Configuration"
        "Addresses and other settings, asked for or given (RFC 7296 §3.15)"
        Show::Named(ConfigType::name_of);
    EAP "eap" "Extensible Authentication"
        "A message of an EAP method (RFC 7296 §3.16)" Show::Named(EapCode::name_of);
    GSPM "gspm" "Generic Secure Password Method"
        "A message of a secure password method (RFC 6467 §3)" Show::Group;
    PUZZLE_SOLUTION "puzzle_solution" "Puzzle Solution"
        "Four keys that solve the responder's puzzle (RFC 8019 §8.2)" Show::Group;
    UNKNOWN "payload" "Payload"
        "A payload of a type not known here" Show::Group;
    NONCE_DATA "data" "Nonce data" "16 to 256 random bytes (RFC 7296 §3.9)" Show::Bytes;
    VENDOR_DATA "data" "Vendor ID data"
        "Which software or extension (RFC 7296 §3.12)" Show::Words(vendor::describe);
    UNREAD "unread" "Unread bytes"
        "Bytes that could not be read, kept as they are" Show::Bytes;
    TRAILING "trailing" "Trailing bytes"
        "Bytes behind the last payload" Show::Bytes;
    DECRYPTED "ike" "Internet Key Exchange Version 2, decrypted"
        "Payloads found in the encrypted payload (RFC 7296 §3.14)" Show::Group;
    PADDING "padding" "Padding"
        "Any bytes, to fill the cipher's blocks (RFC 7296 §3.14)" Show::Bytes;
    PAD_LENGTH "pad_length" "Pad Length"
        "Bytes of padding (RFC 7296 §3.14)" Show::Dec;
}
