//! The bound end-to-end tunnel: a tunnel between two hosts whose inner header
//! both know and nobody sends (RFC 7402 appendix B).
//!
//! The inner header's fields travel in the outer header, its addresses stand
//! in the SA, and IPv4 options go into a header of their own (appendix B.1.7).

use super::{Tunnel, octets, put};
use crate::esp::inner::Inner;
use crate::esp::overhead::IpVersion;
use crate::esp::sa::{EspSender, SealError};
use crate::esp::transform::Room;
use crate::time::Instant;
use crate::wire::checksum::Sum;
use crate::wire::ip::Packet;
use crate::wire::registry::ip::Protocol;
use core::fmt;
use core::net::IpAddr;
use core::ops::Range;

/// The inner addresses of an SA and the way between its outer ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beet {
    outer: Tunnel,
    local: IpAddr,
    remote: IpAddr,
}

impl Beet {
    /// Between the inner addresses `local` and `remote` over `outer`; `None`
    /// where the two are of two versions of IP.
    #[must_use]
    pub const fn new(outer: Tunnel, local: IpAddr, remote: IpAddr) -> Option<Self> {
        if local.is_ipv4() != remote.is_ipv4() {
            return None;
        }
        Some(Self {
            outer,
            local,
            remote,
        })
    }

    /// The room that an inner packet of `len` bytes with a head of `head`
    /// bytes needs around it. Its head makes place for others, so it may be
    /// none before the packet.
    #[must_use]
    pub fn room(&self, sa: &EspSender, len: usize, head: usize) -> Room {
        let dropped = self.dropped(head);
        let Room { before, after } = sa.room(len.saturating_sub(dropped));
        let before = before.saturating_add(self.outer.head_len());
        Room {
            before: before.saturating_sub(dropped),
            after,
        }
    }

    /// Bytes of an inner head that are not sent.
    const fn dropped(&self, head: usize) -> usize {
        match self.local {
            IpAddr::V4(_) => match head.saturating_sub(V4) {
                0 => V4,
                options => V4.saturating_sub(OPTIONS_HEADER + padding(options)),
            },
            IpAddr::V6(_) => V6,
        }
    }

    /// Seals what the packet at `packet` of `buffer` carries behind an outer
    /// header, and says where the outer packet stands.
    ///
    /// # Errors
    ///
    /// It is no whole packet between the inner addresses, the SA is at its
    /// end, there is too little room, or it becomes longer than IP can say.
    /// Where the SA refuses, the packet's head may be overwritten.
    pub fn seal_in_place(
        &self,
        sa: &mut EspSender,
        now: Instant,
        buffer: &mut [u8],
        packet: Range<usize>,
    ) -> Result<Range<usize>, BeetError> {
        let bytes = buffer.get(packet.clone()).unwrap_or_default();
        let inner = Inner::read(bytes).filter(|inner| inner.len == bytes.len());
        let inner = inner.ok_or(BeetError::NotIp)?;
        let (head, next, hops) = self.judge(bytes)?;
        let room = self.room(sa, packet.len(), head);
        let payload = packet.start.saturating_add(self.dropped(head));
        let before = sa.room(0).before.saturating_add(self.outer.head_len());
        let start = payload.checked_sub(before);
        let start = start.ok_or(BeetError::NoRoom(room))?;
        let end = packet.end.saturating_add(room.after);
        if end > buffer.len() {
            return Err(BeetError::NoRoom(room));
        }
        let total = u16::try_from(end.saturating_sub(start)).map_err(|_| BeetError::TooLong)?;
        let body = packet.start.saturating_add(head);
        let next = if payload < body {
            let options = head.saturating_sub(V4);
            write_options_header(buffer.get_mut(payload..body), next, options);
            OPTIONS_FOLLOW
        } else {
            next
        };
        let sealed = sa.seal_in_place(now, next, buffer, payload..packet.end);
        let sealed = sealed.map_err(BeetError::Seal)?;
        let outer = start..sealed.end;
        let out = buffer.get_mut(outer.clone()).unwrap_or_default();
        let way = Tunnel { hops, ..self.outer };
        way.write_head(&inner, way.carrier(), total, sa.sent(), out);
        Ok(outer)
    }

    /// Bytes of the head, what follows it, and the hops left to it.
    fn judge(&self, bytes: &[u8]) -> Result<(usize, Protocol, u8), BeetError> {
        let packet = Packet::decode(bytes).map_err(|_| BeetError::NotIp)?;
        if packet.fragment().is_some() {
            return Err(BeetError::Fragment);
        }
        if (packet.source(), packet.destination()) != (self.local, self.remote) {
            return Err(BeetError::OtherAddresses);
        }
        Ok(match packet {
            Packet::V4(v4) => (v4.head_len(), v4.protocol, v4.ttl),
            Packet::V6(v6) => (V6, v6.next_header, v6.hop_limit),
        })
    }

    /// Puts an inner header before an opened payload and says where the inner
    /// packet stands. The outer packet is at `outer` of `buffer`, `payload`
    /// what [`crate::esp::sa::EspReceiver::open_in_place`] found in it, both as
    /// places of `buffer`. A header of IPv6 may need room before the packet.
    ///
    /// # Errors
    ///
    /// It was a dummy packet, its options are not as they must be, or there is
    /// too little room.
    pub fn restore(
        &self,
        buffer: &mut [u8],
        outer: Range<usize>,
        next_header: Protocol,
        payload: Range<usize>,
    ) -> Result<Range<usize>, BeetError> {
        if next_header == Protocol::IPV6_NO_NEXT {
            return Err(BeetError::Dummy);
        }
        let bytes = buffer.get(outer).unwrap_or_default();
        let was = Hint::read(bytes).ok_or(BeetError::NotIp)?;
        let opened = buffer.get(payload.clone()).unwrap_or_default();
        let (next, options, header) = match next_header {
            OPTIONS_FOLLOW => read_options_header(opened).ok_or(BeetError::Options)?,
            other => (other, 0, 0),
        };
        if options > 0 && self.local.is_ipv6() {
            return Err(BeetError::Options);
        }
        let head = match self.local {
            IpAddr::V4(_) => V4.saturating_add(options),
            IpAddr::V6(_) => V6,
        };
        let body = payload.start.saturating_add(header);
        let room = Room {
            before: head,
            after: 0,
        };
        let start = body.checked_sub(head).ok_or(BeetError::NoRoom(room))?;
        let inner = start..payload.end;
        let len = u16::try_from(inner.len()).map_err(|_| BeetError::TooLong)?;
        let out = buffer.get_mut(inner.clone()).unwrap_or_default();
        self.write_inner(&was, next, len, options, out);
        Ok(inner)
    }

    /// From the peer to us, behind it the options where they stand.
    fn write_inner(&self, was: &Hint, next: Protocol, len: u16, options: usize, out: &mut [u8]) {
        match (self.remote, self.local) {
            (IpAddr::V4(from), IpAddr::V4(to)) => {
                let words = u8::try_from(options / 4).unwrap_or(0);
                let first = 0x45_u8.saturating_add(words);
                let ([l0, l1], [i0, i1]) = (len.to_be_bytes(), was.identification);
                let flags = if was.dont_fragment { 0x40 } else { 0 };
                let fixed = [
                    first, was.class, l0, l1, i0, i1, flags, 0, was.hops, next.0, 0, 0,
                ];
                let addresses = from.octets().into_iter().chain(to.octets());
                put(out, fixed.into_iter().chain(addresses));
                let head = out.get(..V4.saturating_add(options)).unwrap_or_default();
                let sum = Sum::new().bytes(head).checksum();
                put(out.get_mut(10..).unwrap_or_default(), sum.to_be_bytes());
            }
            (from, to) => {
                let [l0, l1] = len.saturating_sub(V6_HEADER).to_be_bytes();
                let (high, low) = (0x60 | was.class >> 4, was.class << 4);
                let fixed = [high, low, 0, 0, l0, l1, next.0, was.hops];
                let addresses = octets(from).into_iter().chain(octets(to));
                put(out, fixed.into_iter().chain(addresses));
            }
        }
    }
}

/// What the outer header says of the inner one.
struct Hint {
    class: u8,
    dont_fragment: bool,
    hops: u8,
    identification: [u8; 2],
}

impl Hint {
    fn read(outer: &[u8]) -> Option<Self> {
        let &[first, second, _, _, a, b, flags, seventh, eighth, ..] = outer else {
            return None;
        };
        Some(match first >> 4 {
            4 => Self {
                class: second,
                dont_fragment: flags & 0x40 != 0,
                hops: eighth,
                identification: [a, b],
            },
            _ => Self {
                class: first << 4 | second >> 4,
                dont_fragment: true,
                hops: seventh,
                identification: [0; 2],
            },
        })
    }
}

/// Bytes that fill the header of so many bytes of options up to a multiple
/// of eight.
const fn padding(options: usize) -> usize {
    if options.saturating_add(OPTIONS_HEADER).is_multiple_of(8) {
        0
    } else {
        4
    }
}

/// Writes the header before the options, which stand at the end of `out`.
fn write_options_header(out: Option<&mut [u8]>, next: Protocol, options: usize) {
    let out = out.unwrap_or_default();
    let length = u8::try_from(out.len() / 8).unwrap_or(1).saturating_sub(1);
    let filled = padding(options);
    let fixed = [next.0, length, u8::try_from(filled).unwrap_or(0), 0];
    let no_operations = core::iter::repeat_n(NO_OPERATION, filled);
    put(out, fixed.into_iter().chain(no_operations));
}

/// What follows the options, their bytes, and those of their header with them.
fn read_options_header(payload: &[u8]) -> Option<(Protocol, usize, usize)> {
    let &[next, length, padding, _, ..] = payload else {
        return None;
    };
    let header = usize::from(length).saturating_add(1).saturating_mul(8);
    let options = header.checked_sub(OPTIONS_HEADER)?;
    let options = options.checked_sub(padding.into())?;
    let possible = matches!(padding, 0 | 4) && options <= OPTIONS_MAX && header <= payload.len();
    possible.then_some((Protocol(next), options, header))
}

/// Why a packet does not go through a bound end-to-end tunnel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BeetError {
    /// It is no whole IP packet.
    NotIp,
    /// A fragment: whole packets are protected.
    Fragment,
    /// It is not between the inner addresses of the SA.
    OtherAddresses,
    /// A dummy packet, sent to hide how much is said (RFC 4303 §2.6).
    Dummy,
    /// The header of IPv4 options is not as it must be.
    Options,
    /// There is too little room around it.
    NoRoom(Room),
    /// With all headers it is longer than IP can say.
    TooLong,
    /// The SA does not seal it.
    Seal(SealError),
}

impl fmt::Display for BeetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotIp => f.write_str("not a whole IP packet"),
            Self::Fragment => f.write_str("a fragment, where whole packets are protected"),
            Self::OtherAddresses => f.write_str("not between the SA's inner addresses"),
            Self::Dummy => f.write_str("a dummy packet"),
            Self::Options => f.write_str("a header of IPv4 options that cannot be"),
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

impl core::error::Error for BeetError {}

/// Bytes of headers.
const V4: usize = IpVersion::V4.header();
const V6: usize = IpVersion::V6.header();
const V6_HEADER: u16 = 40;

/// What stands for a header of IPv4 options (RFC 7402 appendix B.1.7).
const OPTIONS_FOLLOW: Protocol = Protocol(94);

/// Bytes of the header before IPv4 options, without padding.
const OPTIONS_HEADER: usize = 4;

/// Bytes of the longest IPv4 options.
const OPTIONS_MAX: usize = 40;

/// The option of one byte that means nothing (RFC 791 §3.1).
const NO_OPERATION: u8 = 1;

#[cfg(feature = "rustcrypto")]
#[cfg(test)]
mod tests;
