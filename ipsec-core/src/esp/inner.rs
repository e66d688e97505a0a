//! What the data path must know of the head of a packet, and changes in it.

use super::overhead::IpVersion;
use crate::wire::checksum::{Sum, updated};
use crate::wire::registry::ip::Protocol;

/// The head of an IP packet, as far as wrapping it depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Inner {
    /// Version of IP.
    pub version: IpVersion,
    /// Type of service or traffic class: DSCP and ECN.
    pub class: u8,
    /// IPv4's "don't fragment"; true for IPv6, which no router fragments.
    pub dont_fragment: bool,
    /// Bytes of the packet; what follows is padding.
    pub len: usize,
}

impl Inner {
    /// Reads the head of `packet`; `None` where that is no IP packet, or not
    /// all of it.
    #[must_use]
    pub fn read(packet: &[u8]) -> Option<Self> {
        let (first, second) = (*packet.first()?, *packet.get(1)?);
        match first >> 4 {
            4 => {
                let length = u16::from_be_bytes(packet.get(2..4)?.try_into().ok()?);
                let head = usize::from(first & 0x0f).saturating_mul(4);
                let len = usize::from(length);
                let whole = head >= V4 && len >= head && len <= packet.len();
                whole.then_some(Self {
                    version: IpVersion::V4,
                    class: second,
                    dont_fragment: packet.get(6)? & 0x40 != 0,
                    len,
                })
            }
            6 => {
                let length = u16::from_be_bytes(packet.get(4..6)?.try_into().ok()?);
                let len = V6.saturating_add(length.into());
                (len <= packet.len()).then_some(Self {
                    version: IpVersion::V6,
                    class: first << 4 | second >> 4,
                    dont_fragment: true,
                    len,
                })
            }
            _ => None,
        }
    }

    /// The protocol number of such a packet within another.
    #[must_use]
    pub const fn protocol(&self) -> Protocol {
        match self.version {
            IpVersion::V4 => Protocol::IPV4,
            IpVersion::V6 => Protocol::IPV6,
        }
    }
}

/// Puts `class` into the head of an IP packet.
pub(super) fn set_class(packet: &mut [u8], class: u8) {
    match packet {
        [first, second, ..] if *first >> 4 == 6 => {
            *first = 0x60 | class >> 4;
            *second = *second & 0x0f | class << 4;
        }
        [first, second, _, _, _, _, _, _, _, _, high, low, ..] if *first >> 4 == 4 => {
            let word = |class| u16::from_be_bytes([*first, class]);
            let sum = u16::from_be_bytes([*high, *low]);
            let sum = updated(sum, word(*second), word(class));
            *second = class;
            [*high, *low] = sum.to_be_bytes();
        }
        _ => {}
    }
}

/// Puts another protocol, at the place that `names` it, and another length
/// into the head of `packet`.
pub(super) fn reseal(packet: &mut [u8], names: usize, protocol: Protocol, total: u16) {
    if let Some(place) = packet.get_mut(names) {
        *place = protocol.0;
    }
    let v4 = packet.first().is_some_and(|first| first >> 4 == 4);
    let len = if v4 {
        total
    } else {
        total.saturating_sub(V6_HEADER)
    };
    let at = if v4 { 2 } else { 4 };
    put(packet, at, len);
    if v4 {
        put(packet, V4_CHECKSUM, 0);
        let words = packet.first().map_or(0, |first| first & 0x0f);
        let head = packet.get(..usize::from(words).saturating_mul(4));
        let sum = Sum::new().bytes(head.unwrap_or_default()).checksum();
        put(packet, V4_CHECKSUM, sum);
    }
}

fn put(packet: &mut [u8], at: usize, word: u16) {
    if let Some(place) = packet.get_mut(at..).and_then(|rest| rest.first_chunk_mut()) {
        *place = word.to_be_bytes();
    }
}

/// Where the checksum stands.
const V4_CHECKSUM: usize = 10;

/// Bytes of the shortest heads.
const V4: usize = 20;
const V6: usize = 40;
const V6_HEADER: u16 = 40;
