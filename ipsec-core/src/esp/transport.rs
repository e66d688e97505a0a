//! ESP behind the packet's own IP header (RFC 4303 §3.1.1), and the checksums
//! that a translated address spoils (RFC 3948 §3.1.2).

use super::authentication::extension_len;
use super::inner::{Inner, reseal};
use super::overhead::IpVersion;
use super::sa::{EspSender, SealError};
use super::transform::Room;
use super::tunnel::UdpPorts;
use crate::time::Instant;
use crate::wire::checksum::{Sum, updated};
use crate::wire::ip::{Extension, Ipv6, Packet};
use crate::wire::registry::ip::Protocol;
use core::fmt;
use core::net::IpAddr;
use core::ops::Range;

/// The room that a packet of `len` bytes whose head has `head` bytes needs
/// around it.
#[must_use]
pub const fn room(sa: &EspSender, udp: Option<UdpPorts>, len: usize, head: usize) -> Room {
    let Room { before, after } = sa.room(len.saturating_sub(head));
    let udp = if udp.is_some() { UDP } else { 0 };
    Room {
        before: before.saturating_add(udp),
        after,
    }
}

/// Seals what the packet at `packet` of `buffer` carries, moves its head to
/// make room, and says where the packet stands then.
///
/// # Errors
///
/// It is no whole IP packet but a fragment, the SA is at its end, there is too
/// little room, or it becomes longer than IP can say.
pub fn seal_in_place(
    sa: &mut EspSender,
    udp: Option<UdpPorts>,
    now: Instant,
    buffer: &mut [u8],
    packet: Range<usize>,
) -> Result<Range<usize>, TransportError> {
    let bytes = buffer.get(packet.clone()).unwrap_or_default();
    let split = split(bytes)?;
    let room = room(sa, udp, packet.len(), split.head);
    let start = packet.start.checked_sub(room.before);
    let start = start.ok_or(TransportError::NoRoom(room))?;
    let total = room
        .before
        .saturating_add(packet.len())
        .saturating_add(room.after);
    let total = u16::try_from(total).map_err(|_| TransportError::TooLong)?;
    let head = packet.start..packet.start.saturating_add(split.head);
    // ESP's own header comes to lie where the end of the head was.
    buffer.copy_within(head.clone(), start);
    let sealed = sa.seal_in_place(now, split.protocol, buffer, head.end..packet.end);
    let sealed = sealed.map_err(|error| {
        buffer.copy_within(start..start.saturating_add(split.head), head.start);
        TransportError::Seal(error)
    })?;
    let outer = start..sealed.end;
    let whole = buffer.get_mut(outer.clone()).unwrap_or_default();
    let protocol = match udp {
        Some(ports) => {
            let len = usize::from(total).saturating_sub(split.head);
            write_udp(ports, len, whole.get_mut(split.head..).unwrap_or_default());
            Protocol::UDP
        }
        None => Protocol::ESP,
    };
    reseal(whole, split.names, protocol, total);
    Ok(outer)
}

fn write_udp(ports: UdpPorts, len: usize, out: &mut [u8]) {
    let len = u16::try_from(len).unwrap_or(u16::MAX);
    let words = [ports.local, ports.remote, len, 0];
    let bytes = words.into_iter().flat_map(u16::to_be_bytes);
    for (place, byte) in out.iter_mut().zip(bytes) {
        *place = byte;
    }
}

/// Puts the head of a received packet before its opened payload and says where
/// the packet then stands. `head` has so many bytes before the header of ESP,
/// AH or UDP, which may also stand behind destination options (RFC 4302
/// §3.1.1); `payload` is what [`super::sa::EspReceiver::open_in_place`]
/// found, as places of `packet`.
///
/// # Errors
///
/// The head is that of no IP packet, or it was a dummy packet.
pub fn restore(
    packet: &mut [u8],
    head: usize,
    next_header: Protocol,
    payload: Range<usize>,
) -> Result<Range<usize>, TransportError> {
    if next_header == Protocol::IPV6_NO_NEXT {
        return Err(TransportError::Dummy);
    }
    let names = names(packet, head).ok_or(TransportError::NotIp)?;
    let start = payload
        .start
        .checked_sub(head)
        .ok_or(TransportError::NotIp)?;
    packet.copy_within(..head, start);
    let restored = start..payload.end;
    let total = u16::try_from(restored.len()).map_err(|_| TransportError::TooLong)?;
    let whole = packet
        .get_mut(restored.clone())
        .ok_or(TransportError::NotIp)?;
    reseal(whole, names, next_header, total);
    Ok(restored)
}

/// Mends the checksum of TCP or UDP in `packet` after a NAT: it was made with
/// the addresses that the sender had (`NAT-OA`, RFC 3947 §5.2), and those on
/// the packet are others. A checksum that was wrong stays wrong.
///
/// Returns whether there was one to mend.
pub fn mend_checksum(packet: &mut [u8], was: (IpAddr, IpAddr)) -> bool {
    let Ok(read) = Packet::decode(packet) else {
        return false;
    };
    let at = match read.protocol() {
        Protocol::TCP => 16,
        Protocol::UDP => 6,
        _ => return false,
    };
    let now = [read.source(), read.destination()];
    let place = read.head_len().saturating_add(at);
    let Some([high, low]) = packet
        .get_mut(place..)
        .and_then(|rest| rest.first_chunk_mut())
    else {
        return false;
    };
    let before = u16::from_be_bytes([*high, *low]);
    if before == 0 && at == 6 {
        return false;
    }
    let old = [was.0, was.1].into_iter().fold(Sum::new(), add);
    let new = now.into_iter().fold(Sum::new(), add);
    let after = updated(before, old.folded(), new.folded());
    // Zero would say that there is none (RFC 768).
    let after = if after == 0 && at == 6 {
        u16::MAX
    } else {
        after
    };
    [*high, *low] = after.to_be_bytes();
    true
}

fn add(sum: Sum, address: IpAddr) -> Sum {
    match address {
        IpAddr::V4(v4) => sum.bytes(&v4.octets()),
        IpAddr::V6(v6) => sum.bytes(&v6.octets()),
    }
}

/// A packet at the place where ESP goes.
pub(super) struct Split {
    /// Bytes before.
    pub(super) head: usize,
    /// The byte that names what follows.
    pub(super) names: usize,
    /// What follows.
    pub(super) protocol: Protocol,
}

/// Behind the IPv4 header; in IPv6 behind what routers on the way look at,
/// and before destination options (RFC 4303 §3.1.1).
pub(super) fn split(packet: &[u8]) -> Result<Split, TransportError> {
    match whole(packet)? {
        Packet::V4(v4) => Ok(Split {
            head: v4.head_len(),
            names: V4_PROTOCOL,
            protocol: v4.protocol,
        }),
        Packet::V6(v6) => Ok(split_v6(&v6, |_, extension| {
            matches!(
                extension,
                Extension::Routing { .. }
                    | Extension::Options {
                        protocol: Protocol::HOPOPT,
                        ..
                    }
            )
        })),
    }
}

/// Where `packet` names what stands behind its first `head` bytes.
fn names(packet: &[u8], head: usize) -> Option<usize> {
    let split = match whole(packet).ok()? {
        Packet::V4(_) => split(packet).ok()?,
        Packet::V6(v6) => split_v6(&v6, |at, _| at < head),
    };
    (split.head == head).then_some(split.names)
}

/// The packet at the beginning of `bytes`.
fn whole(bytes: &[u8]) -> Result<Packet<'_>, TransportError> {
    let inner = Inner::read(bytes).ok_or(TransportError::NotIp)?;
    let whole = bytes.get(..inner.len).ok_or(TransportError::NotIp)?;
    let packet = Packet::decode(whole).map_err(|_| TransportError::NotIp)?;
    if packet.fragment().is_some() {
        return Err(TransportError::Fragment);
    }
    Ok(packet)
}

/// Behind the first extension headers that stand `before`, which is asked for
/// the place of each.
fn split_v6(v6: &Ipv6<'_>, before: impl Fn(usize, &Extension<'_>) -> bool) -> Split {
    let mut split = Split {
        head: IpVersion::V6.header(),
        names: V6_NEXT_HEADER,
        protocol: v6.next_header,
    };
    for extension in v6.extensions.iter() {
        if !before(split.head, &extension) {
            break;
        }
        split.names = split.head;
        split.head = split.head.saturating_add(extension_len(&extension));
        split.protocol = extension.next_header();
    }
    split
}

/// Why a packet is not sent, or not delivered, in transport mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransportError {
    /// It is no whole IP packet.
    NotIp,
    /// A fragment: transport mode protects whole packets (RFC 4303 §3.3.4).
    Fragment,
    /// A dummy packet, sent to hide how much is said (RFC 4303 §2.6).
    Dummy,
    /// There is too little room around it.
    NoRoom(Room),
    /// With all headers it is longer than IP can say.
    TooLong,
    /// The SA does not seal it.
    Seal(SealError),
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotIp => f.write_str("not a whole IP packet"),
            Self::Fragment => f.write_str("a fragment, where whole packets are protected"),
            Self::Dummy => f.write_str("a dummy packet"),
            Self::NoRoom(Room { before, after }) => {
                write!(
                    f,
                    "no room of {before} bytes before and {after} behind the packet"
                )
            }
            Self::TooLong => f.write_str("longer than an IP packet can be"),
            Self::Seal(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for TransportError {}

/// Where the protocol stands in the heads.
const V4_PROTOCOL: usize = 9;
const V6_NEXT_HEADER: usize = 6;
const UDP: usize = 8;

#[cfg(feature = "rustcrypto")]
#[cfg(test)]
mod tests;
