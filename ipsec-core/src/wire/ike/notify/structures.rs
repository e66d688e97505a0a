//! Structures inside the data of some notify types.
#![expect(clippy::exhaustive_structs, reason = "a fixed wire format")]

use super::super::fields::{exact, fields, octet, sized};
use super::super::sa::Attribute;
use super::super::unread::bad_length;
use crate::wire::layout::{Field, Layout, Show};
use crate::wire::leaf::{self, Fault, Parsed};
use crate::wire::registry::ike::{AuthMethod, GatewayIdType, IpcompTransform, RohcAttribute};
use core::net::IpAddr;

type Read<'a, T> = Result<T, nom::Err<Fault<'a>>>;

/// `IPCOMP_SUPPORTED`: compression the sender accepts (RFC 7296 §2.22).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ipcomp<'a> {
    /// Compression parameter index, which the sender will accept.
    pub cpi: u16,
    /// The compression algorithm.
    pub transform: IpcompTransform,
    /// Its attributes; none are defined.
    pub attributes: &'a [u8],
}

impl<'a> Ipcomp<'a> {
    pub(super) fn decode(i: &'a [u8]) -> Read<'a, Self> {
        let (i, cpi) = leaf::u16(i, "cpi")?;
        let (attributes, transform) = leaf::u8(i, "transform")?;
        let transform = IpcompTransform(transform);
        Ok(Self {
            cpi,
            transform,
            attributes,
        })
    }

    pub(super) fn lay_out(&self, out: &mut impl Layout) {
        out.u16(&CPI, self.cpi);
        out.u8(&IPCOMP, self.transform.0);
        out.bytes(&IPCOMP_ATTRIBUTES, self.attributes);
    }
}

/// `REDIRECT`, `REDIRECTED_FROM`: another gateway (RFC 5685 §9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Redirect<'a> {
    /// How the gateway is named.
    pub kind: GatewayIdType,
    /// The gateway: an address or a domain name.
    pub gateway: &'a [u8],
    /// The initiator's nonce, in answers to `IKE_SA_INIT`.
    pub nonce: &'a [u8],
}

impl<'a> Redirect<'a> {
    pub(super) fn decode(i: &'a [u8]) -> Read<'a, Self> {
        let (i, kind) = leaf::u8(i, "gateway_type")?;
        let (i, length) = leaf::u8(i, "gateway_length")?;
        let (nonce, gateway) = leaf::bytes(i, length.into(), "gateway")?;
        let kind = GatewayIdType(kind);
        Ok(Self {
            kind,
            gateway,
            nonce,
        })
    }

    pub(super) fn lay_out(&self, out: &mut impl Layout) {
        out.u8(&GATEWAY_TYPE, self.kind.0);
        out.u8(&GATEWAY_LENGTH, octet(self.gateway.len()));
        out.bytes(gateway_field(self.kind), self.gateway);
        out.bytes(&NONCE, self.nonce);
    }
}

/// `IKEV2_MESSAGE_ID_SYNC`: where a cluster's new member stands
/// (RFC 6311 §6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageIdSync {
    /// Random; the answer repeats it.
    pub nonce: u32,
    /// Message ID of the next request that the sender will send.
    pub send: u32,
    /// Message ID of the next request that it will accept.
    pub receive: u32,
}

impl MessageIdSync {
    pub(super) fn decode(i: &[u8]) -> Read<'_, Self> {
        sized(i, 12, 12)?;
        let (i, nonce) = leaf::u32(i, "nonce")?;
        let (i, send) = leaf::u32(i, "send")?;
        let (_, receive) = leaf::u32(i, "receive")?;
        Ok(Self {
            nonce,
            send,
            receive,
        })
    }

    pub(super) fn lay_out(&self, out: &mut impl Layout) {
        out.u32(&SYNC_NONCE, self.nonce);
        out.u32(&SEND, self.send);
        out.u32(&RECEIVE, self.receive);
    }
}

impl<'a> RohcParameter<'a> {
    pub(super) fn decode(i: &'a [u8]) -> Parsed<'a, Self> {
        Attribute::decode(i).map(|(i, attribute)| (i, Self(attribute)))
    }

    pub(super) fn lay_out(&self, out: &mut impl Layout) {
        out.group(&ROHC, |out| self.0.lay_out_fields(&ROHC_TYPE, out));
    }
}

/// The ends of a path, as their sender sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// Address the message was sent from.
    pub source: IpAddr,
    /// Address it was sent to, of the same family.
    pub destination: IpAddr,
    /// Port it was sent from.
    pub source_port: u16,
    /// Port it was sent to.
    pub destination_port: u16,
}

/// A parameter of header compression (RFC 5857 §3.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RohcParameter<'a>(
    /// The parameter, in the form of a transform attribute whose type is a
    /// [`RohcAttribute`].
    pub Attribute<'a>,
);

/// An authentication method the sender accepts (RFC 9593 §3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Announcement<'a> {
    /// The method.
    pub method: AuthMethod,
    /// Which of the sender's certification authorities it is for, from 1; 0
    /// for all; none where the method uses no certificates.
    pub authority: Option<u8>,
    /// AlgorithmIdentifier of method 14, else empty.
    pub algorithm: &'a [u8],
}

impl Endpoints {
    pub(super) fn decode(i: &[u8]) -> Read<'_, Self> {
        let width = if i.len() == 36 { 16 } else { 4 };
        let whole = 2usize.saturating_mul(width).saturating_add(4);
        sized(i, whole, whole)?;
        let (i, source) = leaf::bytes(i, width, "source")?;
        let (i, destination) = leaf::bytes(i, width, "destination")?;
        let (i, source_port) = leaf::u16(i, "source_port")?;
        let (_, destination_port) = leaf::u16(i, "destination_port")?;
        Ok(Self {
            source: address(source)?,
            destination: address(destination)?,
            source_port,
            destination_port,
        })
    }

    pub(super) fn lay_out(&self, out: &mut impl Layout) {
        lay_out_address(&SOURCE, self.source, out);
        lay_out_address(&DESTINATION, self.destination, out);
        out.u16(&SOURCE_PORT, self.source_port);
        out.u16(&DESTINATION_PORT, self.destination_port);
    }
}

impl<'a> Announcement<'a> {
    pub(super) fn decode(i: &'a [u8]) -> Parsed<'a, Self> {
        let (body, length) = leaf::u8(i, "announcement_length")?;
        let Some(size) = usize::from(length).checked_sub(1).filter(|size| *size > 0) else {
            return Err(bad_length(
                i,
                "announcement_length",
                length.into(),
                2,
                i.len(),
            ));
        };
        let (after, body) = leaf::bytes(body, size, "announcement")?;
        let (body, method) = leaf::u8(body, "method")?;
        let method = AuthMethod(method);
        let (authority, algorithm) = match body.split_first() {
            Some((authority, algorithm)) => (Some(*authority), algorithm),
            None => (None, body),
        };
        let announcement = Self {
            method,
            authority,
            algorithm,
        };
        Ok((after, announcement))
    }

    pub(super) fn lay_out(&self, out: &mut impl Layout) {
        let authority: usize = self.authority.is_some().into();
        let length = self.algorithm.len().saturating_add(authority);
        out.group(&ANNOUNCEMENT, |out| {
            out.value(self.method.0.into());
            out.u8(&ANNOUNCEMENT_LENGTH, octet(length.saturating_add(2)));
            out.u8(&METHOD, self.method.0);
            if let Some(authority) = self.authority {
                out.u8(&AUTHORITY, authority);
            }
            out.bytes(&ALGORITHM, self.algorithm);
        });
    }
}

fn address(i: &[u8]) -> Read<'_, IpAddr> {
    match i.len() {
        16 => exact::<16>(i).map(IpAddr::from),
        _ => exact::<4>(i).map(IpAddr::from),
    }
}

pub(super) fn lay_out_address(field: &'static Field, address: IpAddr, out: &mut impl Layout) {
    match address {
        IpAddr::V4(address) => out.bytes(field, &address.octets()),
        IpAddr::V6(address) => out.bytes(field, &address.octets()),
    }
}

const fn gateway_field(kind: GatewayIdType) -> &'static Field {
    match kind {
        GatewayIdType::IPV4 | GatewayIdType::IPV6 => &GATEWAY_ADDRESS,
        GatewayIdType::FQDN => &GATEWAY_NAME,
        _ => &GATEWAY,
    }
}

fields! {
    CPI "cpi" "CPI" "Compression parameter index (RFC 7296 §2.22)" Show::Hex;
    IPCOMP "transform" "IPComp transform"
        "The compression algorithm (RFC 7296 §2.22)" Show::Named(IpcompTransform::name_of);
    IPCOMP_ATTRIBUTES "attributes" "Transform attributes" "None are defined" Show::Bytes;
    GATEWAY_TYPE "gateway_type" "Gateway identity type"
        "How the gateway is named (RFC 5685 §9.2)" Show::Named(GatewayIdType::name_of);
    GATEWAY_LENGTH "gateway_length" "Gateway identity length"
        "Bytes of the name (RFC 5685 §9.2)" Show::Dec;
    GATEWAY_ADDRESS "gateway" "Gateway" "Where to go, or where from (RFC 5685 §9.2)" Show::Address;
    GATEWAY_NAME "gateway" "Gateway" "Where to go, or where from (RFC 5685 §9.2)" Show::Text;
    GATEWAY "gateway" "Gateway" "Where to go, or where from (RFC 5685 §9.2)" Show::Bytes;
    NONCE "nonce" "Nonce" "The initiator's, repeated (RFC 5685 §9.2)" Show::Bytes;
    ROHC "rohc" "ROHC attribute"
        "A parameter of header compression (RFC 5857 §3.1.2)" Show::Dec;
    ROHC_TYPE "kind" "ROHC attribute type"
        "Which parameter (RFC 5857 §3.1.2)" Show::Named(RohcAttribute::name_of);
    SYNC_NONCE "nonce" "Nonce" "Random; the answer repeats it (RFC 6311 §6.3)" Show::Hex;
    SEND "send" "Expected send message ID"
        "Of the next request the sender will send (RFC 6311 §6.3)" Show::Dec;
    RECEIVE "receive" "Expected receive message ID"
        "Of the next request the sender will accept (RFC 6311 §6.3)" Show::Dec;
    ANNOUNCEMENT "announcement" "Announcement"
        "An authentication method the sender accepts (RFC 9593 §3.2)"
        Show::Named(AuthMethod::name_of);
    ANNOUNCEMENT_LENGTH "announcement_length" "Announcement length"
        "Bytes of the announcement, this one included (RFC 9593 §3.2)" Show::Dec;
    METHOD "method" "Authentication method"
        "The method (RFC 9593 §3.2)" Show::Named(AuthMethod::name_of);
    AUTHORITY "authority" "Certificate link"
        "Which of the requested authorities it is for; 0 for all (RFC 9593 §3.2.2)" Show::Dec;
    ALGORITHM "algorithm" "Signature algorithm"
        "DER of an AlgorithmIdentifier (RFC 9593 §3.2.3)"
        Show::Words(super::super::auth::algorithm_words);
    SOURCE "source" "Source address"
        "Where the message was sent from (RFC 4555 §4.2.6)" Show::Address;
    DESTINATION "destination" "Destination address"
        "Where the message was sent to (RFC 4555 §4.2.6)" Show::Address;
    SOURCE_PORT "source_port" "Source port"
        "Where the message was sent from (RFC 4555 §4.2.6)" Show::Dec;
    DESTINATION_PORT "destination_port" "Destination port"
        "Where the message was sent to (RFC 4555 §4.2.6)" Show::Dec;
}
