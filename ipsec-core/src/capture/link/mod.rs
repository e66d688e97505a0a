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
    /// The layers between the head and the network packet.
    between: &'a [u8],
    network: Network,
    payload: &'a [u8],
    trailing: &'a [u8],
    fault: Option<DecodeError>,
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
        let link = Self::above(frame, head, body);
        Ok((link, link.fault))
    }

    /// Reads the layers above a head.
    #[inline]
    fn above(frame: &'a [u8], (head, first): (Head, Next), body: &'a [u8]) -> Self {
        let mut link = Self {
            head,
            first,
            between: &[],
            network: Network::Ip,
            payload: body,
            trailing: &[],
            fault: None,
        };
        if first.is_ip() {
            return link;
        }
        link.network = link.climb(frame);
        let used = body
            .len()
            .saturating_sub(link.payload.len())
            .saturating_sub(link.trailing.len());
        link.between = body.get(..used).unwrap_or_default();
        link
    }

    /// Moves the start of the payload up layer by layer.
    fn climb(&mut self, frame: &'a [u8]) -> Network {
        let mut next = self.first;
        for _ in 0..=MAX_LAYERS {
            self.limit(next, frame);
            match layer(next, self.payload) {
                Ok((_, None)) => return next.network(),
                Ok((rest, Some((_, above)))) => (next, self.payload) = (above, rest),
                Err(error) => {
                    self.fault = Some(located(&error, frame));
                    return Network::Unread;
                }
            }
        }
        let limit = MAX_LAYERS;
        let offset = leaf::offset_in(frame, self.payload);
        let kind = DecodeErrorKind::TooDeep { limit };
        self.fault = Some(DecodeError::new(offset, "type", kind));
        Network::Unread
    }

    /// Honours a length that the layer below gave.
    fn limit(&mut self, next: Next, frame: &'a [u8]) {
        let Some((length, width)) = next.limit() else {
            return;
        };
        match self.payload.split_at_checked(length) {
            Some((payload, _)) => {
                self.payload = payload;
                let end = leaf::offset_in(frame, payload).saturating_add(length);
                self.trailing = frame.get(end..).unwrap_or_default();
            }
            None => {
                let offset = leaf::offset_in(frame, self.payload).saturating_sub(width);
                let kind = DecodeErrorKind::BadLength {
                    value: length,
                    min: 0,
                    max: self.payload.len(),
                };
                self.fault = self
                    .fault
                    .or(Some(DecodeError::new(offset, "length", kind)));
            }
        }
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
    pub const fn head_len(&self) -> usize {
        self.head.len().saturating_add(self.between.len())
    }

    /// Bytes that the length of an 802.3 or PPPoE layer leaves out.
    #[must_use]
    pub const fn trailing(&self) -> &'a [u8] {
        self.trailing
    }

    /// The layers above the frame's own head, in order.
    pub fn layers(&self) -> impl Iterator<Item = Layer> + use<'a> {
        let (mut next, mut rest) = (self.first, self.between);
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
        if !self.between.is_empty() {
            for layer in self.layers() {
                layer.lay_out(out);
            }
        }
        if let Some(fault) = &self.fault {
            out.malformed(fault);
        }
    }

    /// Lays out a payload that no protocol here reads, as one field.
    pub fn lay_out_payload(&self, out: &mut impl Layout) {
        out.bytes(&f::PAYLOAD, self.payload);
    }

    /// Lays out the bytes that the lengths leave out, as one field.
    #[inline]
    pub fn lay_out_trailing(&self, out: &mut impl Layout) {
        out.bytes(&f::TRAILING, self.trailing);
    }

    /// Appends the frame's bytes.
    pub fn encode(&self, out: &mut Vec<u8>) {
        self.lay_out(&mut Encoder::new(out));
        out.extend_from_slice(self.payload);
        out.extend_from_slice(self.trailing);
    }
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
