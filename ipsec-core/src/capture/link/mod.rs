//! What lies between the start of a frame and its IP packet: Ethernet
//! (IEEE 802.3, 802.1Q, 802.1ad), LLC and SNAP (RFC 1042), Linux cooked
//! captures, BSD loopback and enc, PPP (RFC 1661), PPPoE (RFC 2516), raw IP.

use crate::wire::layout::{Encoder, Layout};
use crate::wire::leaf::{self, DecodeError, DecodeErrorKind, Parsed, located};
use crate::wire::registry::ip::{EtherType, LinkType};
use core::fmt;

mod fields;
mod head;
mod layer;

pub use layer::Layer;

use fields as f;
use head::Head;
use layer::{Next, VLAN_ID, layer};

/// The link layers of one frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link<'a> {
    head: Head,
    /// What the head says comes next.
    first: Next,
    /// All that follows the head.
    body: &'a [u8],
    /// The part of it that the layers above lead to.
    payload: &'a [u8],
    network: Network,
}

/// What the payload of a [`Link`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Network {
    /// An IP packet; its first bits say of which version.
    Ip,
    /// Another protocol that has an EtherType.
    EtherType(EtherType),
    /// Another protocol that PPP carries.
    PppProtocol(u16),
    /// Another protocol above LLC, by its service access point.
    Llc(u8),
    /// Another address family of a BSD loopback.
    Family(u32),
    /// The rest of a frame whose link layers cannot be read to the end.
    Unread,
}

/// Why the link layers of a frame cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LinkError {
    /// Nothing is known of frames of this type.
    Unsupported(LinkType),
    /// The frame is cut short or does not follow its standard.
    Decode(DecodeError),
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsupported(LinkType(number)) => match LinkType(*number).name() {
                Some(name) => write!(f, "link type {number} ({name}) is not supported"),
                None => write!(f, "link type {number} is not supported"),
            },
            Self::Decode(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for LinkError {}

impl From<DecodeError> for LinkError {
    fn from(error: DecodeError) -> Self {
        Self::Decode(error)
    }
}

impl<'a> Link<'a> {
    /// Reads the link layers of `frame`.
    ///
    /// # Errors
    /// When the link type is not known, or the layers are cut short, nest too
    /// deep or give lengths that do not fit.
    #[inline]
    pub fn decode(link_type: LinkType, frame: &'a [u8]) -> Result<Self, LinkError> {
        match Self::decode_lax(link_type, frame)? {
            (link, None) => Ok(link),
            (_, Some(fault)) => Err(fault.into()),
        }
    }

    /// Reads what can be read, and says what is wrong.
    ///
    /// # Errors
    /// When the link type is not known or the first head is cut short.
    #[inline]
    pub fn decode_lax(
        link_type: LinkType,
        frame: &'a [u8],
    ) -> Result<(Self, Option<DecodeError>), LinkError> {
        let (body, head) = match link_type {
            LinkType::ETHERNET => head_of(head::ethernet(frame), frame)?,
            LinkType::LINUX_SLL => head_of(head::linux_sll(frame), frame)?,
            LinkType::LINUX_SLL2 => head_of(head::linux_sll2(frame), frame)?,
            LinkType::NULL | LinkType::LOOP => head_of(head::family(frame), frame)?,
            LinkType::ENC => head_of(head::enc(frame), frame)?,
            LinkType::RAW_DLT_12
            | LinkType::RAW_DLT_14
            | LinkType::RAW
            | LinkType::IPV4
            | LinkType::IPV6 => (frame, (Head::None, Next::Ip)),
            LinkType::PPP => (frame, (Head::None, Next::Ppp)),
            LinkType::PPP_HDLC => (frame, (Head::None, Next::Hdlc)),
            LinkType::C_HDLC => (frame, (Head::None, Next::CiscoHdlc)),
            LinkType::PPP_ETHER => (frame, (Head::None, Next::Type(EtherType::PPPOE_SESSION))),
            _ => return Err(LinkError::Unsupported(link_type)),
        };
        Ok(Self::above(head, body))
    }

    /// Reads the layers above a head.
    #[inline]
    fn above((head, first): (Head, Next), body: &'a [u8]) -> (Self, Option<DecodeError>) {
        let (payload, network, fault) = match first.is_ip() {
            true => (body, Network::Ip, None),
            false => climb(first, body, head.len()),
        };
        let link = Self {
            head,
            first,
            body,
            payload,
            network,
        };
        (link, fault)
    }

    /// What the payload is.
    #[must_use]
    #[inline]
    pub const fn network(&self) -> Network {
        self.network
    }

    /// The network packet, with any padding that its own length leaves out.
    #[must_use]
    #[inline]
    pub const fn payload(&self) -> &'a [u8] {
        self.payload
    }

    /// Bytes of the frame before the payload.
    #[must_use]
    #[inline]
    pub fn head_len(&self) -> usize {
        self.head.len().saturating_add(self.layers_len())
    }

    /// Bytes of the layers above the head.
    #[inline]
    fn layers_len(&self) -> usize {
        leaf::offset_in(self.body, self.payload)
    }

    /// Bytes that the length of an 802.3 or PPPoE layer leaves out.
    #[must_use]
    #[inline]
    pub fn trailing(&self) -> &'a [u8] {
        let end = self.layers_len().saturating_add(self.payload.len());
        self.body.get(end..).unwrap_or_default()
    }

    /// The layers above the frame's own head, in order.
    pub fn layers(&self) -> impl Iterator<Item = Layer> + use<'a> {
        let between = self.body.get(..self.layers_len()).unwrap_or_default();
        let (mut next, mut rest) = (self.first, between);
        core::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let (after, read) = layer(next, rest).ok()?;
            let (layer, above) = read?;
            (next, rest) = (above, after);
            Some(layer)
        })
    }

    /// The VLAN IDs of the frame, outermost first.
    pub fn vlans(&self) -> impl Iterator<Item = u16> + use<'a> {
        self.layers().filter_map(|layer| match layer {
            Layer::Vlan { tci, .. } => Some(tci & VLAN_ID),
            Layer::Llc { .. }
            | Layer::Snap { .. }
            | Layer::Pppoe { .. }
            | Layer::Ppp { .. }
            | Layer::Hdlc { .. } => None,
        })
    }

    /// Lays out all heads of the link layers, which begin the frame; the
    /// payload is laid out by its own protocol.
    #[inline]
    pub fn lay_out(&self, out: &mut impl Layout) {
        self.head.lay_out(out);
        if self.first.is_ip() {
            return;
        }
        for layer in self.layers() {
            layer.lay_out(out);
        }
        if let (_, _, Some(fault)) = climb(self.first, self.body, self.head.len()) {
            out.malformed(&fault);
        }
    }

    /// Lays out a payload that no protocol here reads, as one field.
    pub fn lay_out_payload(&self, out: &mut impl Layout) {
        out.bytes(&f::PAYLOAD, self.payload);
    }

    /// Lays out the bytes that the lengths leave out, as one field.
    #[inline]
    pub fn lay_out_trailing(&self, out: &mut impl Layout) {
        out.bytes(&f::TRAILING, self.trailing());
    }

    /// Appends the frame's bytes.
    pub fn encode(&self, out: &mut Vec<u8>) {
        self.lay_out(&mut Encoder::new(out));
        out.extend_from_slice(self.payload);
        out.extend_from_slice(self.trailing());
    }
}

/// Goes up layer by layer to the payload of a frame whose head has `head` bytes.
fn climb(first: Next, body: &[u8], head: usize) -> (&[u8], Network, Option<DecodeError>) {
    let (mut next, mut payload, mut fault) = (first, body, None);
    let offset = |payload| leaf::offset_in(body, payload).saturating_add(head);
    for _ in 0..=MAX_LAYERS {
        match limited(next, payload) {
            Ok(cut) => payload = cut,
            Err(kind) => {
                // The length is the last field of the layer below.
                let at = offset(payload).saturating_sub(2);
                fault = fault.or(Some(DecodeError::new(at, "length", kind)));
            }
        }
        match layer(next, payload) {
            Ok((_, None)) => return (payload, next.network(), fault),
            Ok((rest, Some((_, above)))) => (next, payload) = (above, rest),
            Err(error) => {
                let fault = located(&error, body).shifted(head);
                return (payload, Network::Unread, Some(fault));
            }
        }
    }
    let kind = DecodeErrorKind::TooDeep { limit: MAX_LAYERS };
    let fault = DecodeError::new(offset(payload), "type", kind);
    (payload, Network::Unread, Some(fault))
}

/// Honours the length that the layer below gave, if it gave one.
fn limited(next: Next, payload: &[u8]) -> Result<&[u8], DecodeErrorKind> {
    let Some(length) = next.limit() else {
        return Ok(payload);
    };
    payload.get(..length).ok_or(DecodeErrorKind::BadLength {
        value: length,
        min: 0,
        max: payload.len(),
    })
}

#[inline]
fn head_of<'a>(
    read: Parsed<'a, (Head, Next)>,
    frame: &[u8],
) -> Result<(&'a [u8], (Head, Next)), LinkError> {
    read.map_err(|error| located(&error, frame).into())
}

/// Layers read between the head of a frame and its network packet.
const MAX_LAYERS: usize = 8;
