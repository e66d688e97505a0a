//! The outer header of a tunnel: written around a sealed packet, and judged
//! when one was opened.
//!
//! RFC 4301 §5.1.2 (which fields are copied), RFC 6040 (congestion marks),
//! RFC 2983 (differentiated services), RFC 3948 §2.1 and §3.2 (in UDP),
//! RFC 6864 §4 (identification).

mod beet;

pub use beet::{Beet, BeetError};

use super::inner::{Inner, set_class};
use super::overhead::IpVersion;
use super::sa::{EspSender, SealError};
use super::transform::Room;
use crate::time::Instant;
use crate::wire::checksum::Sum;
use crate::wire::registry::ip::Protocol;
use core::fmt;
use core::net::IpAddr;
use core::ops::Range;

/// Where the differentiated services field of the outer header comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "RFC 4301 §5.1.2 leaves this choice"
)]
pub enum Dscp {
    /// From the inner header.
    #[default]
    Copied,
    /// Always this, of six bits.
    Fixed(u8),
}

/// Where the "don't fragment" of an outer IPv4 header comes from
/// (RFC 4301 §8.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "RFC 4301 §8.1 has these three")]
pub enum DontFragment {
    /// From the inner header.
    #[default]
    Copied,
    /// Always set.
    Set,
    /// Never set.
    Clear,
}

/// Whether congestion that is met on the way is told to the ends
/// (RFC 6040 §4.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "RFC 6040 has these two modes")]
pub enum Ecn {
    /// The inner marks are copied out.
    #[default]
    Normal,
    /// The outer header says that marks are not understood, for an exit that
    /// would lose them.
    Compatible,
}

/// The ports of ESP in UDP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "UDP has two ports")]
pub struct UdpPorts {
    /// Ours.
    pub local: u16,
    /// The peer's, as its NAT shows it.
    pub remote: u16,
}

/// The way between two gateways, and how it is written into outer headers.
///
/// ```
/// use ipsec_core::esp::tunnel::Tunnel;
/// let tunnel = Tunnel::new("192.0.2.1".parse().unwrap(), "198.51.100.1".parse().unwrap());
/// assert_eq!(tunnel.unwrap().head_len(), 20);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tunnel {
    local: IpAddr,
    remote: IpAddr,
    udp: Option<UdpPorts>,
    dscp: Dscp,
    dont_fragment: DontFragment,
    ecn: Ecn,
    hops: u8,
}

impl Tunnel {
    /// From `local` to `remote`, with nothing chosen otherwise; `None` where
    /// these are of two versions of IP.
    #[must_use]
    pub const fn new(local: IpAddr, remote: IpAddr) -> Option<Self> {
        if local.is_ipv4() != remote.is_ipv4() {
            return None;
        }
        Some(Self {
            local,
            remote,
            udp: None,
            dscp: Dscp::Copied,
            dont_fragment: DontFragment::Copied,
            ecn: Ecn::Normal,
            hops: HOPS,
        })
    }

    /// The same in UDP.
    #[must_use]
    pub const fn with_udp(mut self, ports: UdpPorts) -> Self {
        self.udp = Some(ports);
        self
    }

    /// The same with another differentiated services field.
    #[must_use]
    pub const fn with_dscp(mut self, dscp: Dscp) -> Self {
        self.dscp = dscp;
        self
    }

    /// The same with another rule for "don't fragment".
    #[must_use]
    pub const fn with_dont_fragment(mut self, rule: DontFragment) -> Self {
        self.dont_fragment = rule;
        self
    }

    /// The same with another treatment of congestion marks.
    #[must_use]
    pub const fn with_ecn(mut self, ecn: Ecn) -> Self {
        self.ecn = ecn;
        self
    }

    /// This end.
    #[must_use]
    pub const fn local(&self) -> IpAddr {
        self.local
    }

    /// The ports, where it goes in UDP.
    #[must_use]
    pub const fn udp(&self) -> Option<UdpPorts> {
        self.udp
    }

    /// Where its differentiated services field comes from.
    #[must_use]
    pub const fn dscp(&self) -> Dscp {
        self.dscp
    }

    /// Where its "don't fragment" comes from.
    #[must_use]
    pub const fn dont_fragment(&self) -> DontFragment {
        self.dont_fragment
    }

    /// How it treats congestion marks.
    #[must_use]
    pub const fn ecn(&self) -> Ecn {
        self.ecn
    }

    /// Whether this host may cut the outer packet around `inner`.
    #[must_use]
    pub const fn may_cut(&self, inner: &Inner) -> bool {
        self.is_v6() || !self.sets_df(inner)
    }

    /// The other end.
    #[must_use]
    pub const fn remote(&self) -> IpAddr {
        self.remote
    }

    /// Whether it goes over IPv6.
    #[must_use]
    pub const fn is_v6(&self) -> bool {
        self.local.is_ipv6()
    }

    /// Bytes of the outer header, with that of UDP.
    #[must_use]
    pub const fn head_len(&self) -> usize {
        let version = if self.is_v6() {
            IpVersion::V6
        } else {
            IpVersion::V4
        };
        let udp = if self.udp.is_some() { UDP } else { 0 };
        version.header() + udp
    }

    /// The room that an inner packet of `len` bytes needs around it.
    #[must_use]
    pub const fn room(&self, sa: &EspSender, len: usize) -> Room {
        let Room { before, after } = sa.room(len);
        Room {
            before: before.saturating_add(self.head_len()),
            after,
        }
    }

    /// Seals the packet at `inner` of `buffer`, with TFC padding behind it if
    /// any, and says where the outer packet stands.
    ///
    /// # Errors
    ///
    /// It is no IP packet, the SA is at its end, there is too little room, or
    /// it becomes longer than IP can say.
    pub fn seal_in_place(
        &self,
        sa: &mut EspSender,
        now: Instant,
        buffer: &mut [u8],
        inner: Range<usize>,
    ) -> Result<Range<usize>, WrapError> {
        let packet = buffer.get(inner.clone()).and_then(Inner::read);
        let packet = packet.ok_or(WrapError::NotIp)?;
        let room = self.room(sa, inner.len());
        let start = inner.start.checked_sub(room.before);
        let start = start.ok_or(WrapError::NoRoom(room))?;
        let total = room
            .before
            .saturating_add(inner.len())
            .saturating_add(room.after);
        let len = u16::try_from(total).map_err(|_| WrapError::TooLong)?;
        let sealed = sa.seal_in_place(now, packet.protocol(), buffer, inner);
        let sealed = sealed.map_err(WrapError::Seal)?;
        let outer = start..sealed.end;
        let head = buffer.get_mut(outer.clone()).unwrap_or_default();
        // No two packets of one SA have the same number.
        self.write_head(&packet, self.carrier(), len, sa.sent(), head);
        Ok(outer)
    }

    /// What the outer header names.
    const fn carrier(&self) -> Protocol {
        match self.udp {
            Some(_) => Protocol::UDP,
            None => Protocol::ESP,
        }
    }

    /// Writes the outer header before the packet at `inner` of `buffer`, with
    /// that packet's protocol, and says where all of it stands: what AH is put
    /// into and signs. `sent` numbers the packet. There must be `more` bytes
    /// of room before it.
    ///
    /// # Errors
    ///
    /// As [`Tunnel::seal_in_place`].
    pub fn wrap(
        &self,
        sent: u64,
        more: usize,
        buffer: &mut [u8],
        inner: Range<usize>,
    ) -> Result<Range<usize>, WrapError> {
        let packet = buffer.get(inner.clone()).and_then(Inner::read);
        let packet = packet.ok_or(WrapError::NotIp)?;
        let head = self.head_len();
        let room = Room {
            before: head.saturating_add(more),
            after: 0,
        };
        let start = inner.start.checked_sub(head);
        let start = start.filter(|start| *start >= more);
        let start = start.ok_or(WrapError::NoRoom(room))?;
        let len = u16::try_from(head.saturating_add(inner.len()));
        let len = len.map_err(|_| WrapError::TooLong)?;
        let outer = start..inner.end;
        let out = buffer.get_mut(outer.clone()).unwrap_or_default();
        self.write_head(&packet, packet.protocol(), len, sent, out);
        Ok(outer)
    }

    fn write_head(&self, inner: &Inner, protocol: Protocol, len: u16, sent: u64, out: &mut [u8]) {
        let class = self.class(inner);
        let [.., id_high, id_low] = sent.to_be_bytes();
        let used = match (self.local, self.remote) {
            (IpAddr::V4(local), IpAddr::V4(remote)) => {
                let mut head = [0; V4];
                let [l0, l1] = len.to_be_bytes();
                let flags = if self.sets_df(inner) { 0x40 } else { 0 };
                let fixed = [
                    0x45, class, l0, l1, id_high, id_low, flags, 0, self.hops, protocol.0, 0, 0,
                ];
                let addresses = local.octets().into_iter().chain(remote.octets());
                put(&mut head, fixed.into_iter().chain(addresses));
                let [high, low] = Sum::new().bytes(&head).checksum().to_be_bytes();
                put(head.get_mut(10..).unwrap_or_default(), [high, low]);
                put(out, head);
                V4
            }
            (local, remote) => {
                let [l0, l1] = len.saturating_sub(V6_HEADER).to_be_bytes();
                let fixed = [
                    0x60 | class >> 4,
                    class << 4,
                    0,
                    0,
                    l0,
                    l1,
                    protocol.0,
                    self.hops,
                ];
                let addresses = octets(local).into_iter().chain(octets(remote));
                put(out, fixed.into_iter().chain(addresses));
                V6
            }
        };
        if let Some(ports) = self.udp {
            let udp = len.saturating_sub(u16::try_from(used).unwrap_or(0));
            let words = [ports.local, ports.remote, udp, 0];
            let bytes = words.into_iter().flat_map(u16::to_be_bytes);
            put(out.get_mut(used..).unwrap_or_default(), bytes);
        }
    }

    fn class(&self, inner: &Inner) -> u8 {
        let dscp = match self.dscp {
            Dscp::Copied => inner.class & !ECN,
            Dscp::Fixed(dscp) => dscp << 2,
        };
        match self.ecn {
            Ecn::Normal => dscp | inner.class & ECN,
            Ecn::Compatible => dscp,
        }
    }

    const fn sets_df(&self, inner: &Inner) -> bool {
        match self.dont_fragment {
            DontFragment::Copied => inner.dont_fragment,
            DontFragment::Set => true,
            DontFragment::Clear => false,
        }
    }
}

/// Judges what came out of a tunnel: `payload` of the protocol `next_header`,
/// in a packet whose traffic class was `outer_class`. Marks of congestion go
/// into the inner header; returns the inner packet without TFC padding.
///
/// # Errors
///
/// It is no packet of that protocol, or a mark must not be lost and cannot be
/// told.
pub fn unwrap(
    next_header: Protocol,
    outer_class: u8,
    payload: &mut [u8],
) -> Result<&mut [u8], UnwrapError> {
    if next_header == Protocol::IPV6_NO_NEXT {
        return Err(UnwrapError::Dummy);
    }
    let inner = Inner::read(payload).ok_or(UnwrapError::NotIp)?;
    if inner.protocol() != next_header {
        return Err(UnwrapError::NotIp);
    }
    let marks = received_marks(inner.class & ECN, outer_class & ECN)?;
    let class = inner.class & !ECN | marks;
    if class != inner.class {
        set_class(payload, class);
    }
    payload.get_mut(..inner.len).ok_or(UnwrapError::NotIp)
}

/// RFC 6040 §4.2.
const fn received_marks(inner: u8, outer: u8) -> Result<u8, UnwrapError> {
    match (inner, outer) {
        (NOT_ECT, CE) => Err(UnwrapError::Congestion),
        (NOT_ECT, _) => Ok(NOT_ECT),
        (CE, _) | (_, CE) => Ok(CE),
        (ECT_0, ECT_1) => Ok(ECT_1),
        _ => Ok(inner),
    }
}

fn octets(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().octets(),
        IpAddr::V6(v6) => v6.octets(),
    }
}

fn put(out: &mut [u8], bytes: impl IntoIterator<Item = u8>) {
    for (place, byte) in out.iter_mut().zip(bytes) {
        *place = byte;
    }
}

/// Why a packet does not go into the tunnel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WrapError {
    /// It is no whole IP packet.
    NotIp,
    /// There is too little room around it.
    NoRoom(Room),
    /// With all headers it is longer than IP can say.
    TooLong,
    /// The SA does not seal it.
    Seal(SealError),
}

/// Why what came out of a tunnel goes no further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnwrapError {
    /// A dummy packet, sent to hide how much is said (RFC 4303 §2.6).
    Dummy,
    /// It is no whole IP packet of the announced version.
    NotIp,
    /// It met congestion that its ends could not be told of (RFC 6040 §4.2).
    Congestion,
}

impl fmt::Display for WrapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotIp => f.write_str("not a whole IP packet"),
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

impl fmt::Display for UnwrapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Dummy => "a dummy packet",
            Self::NotIp => "not a whole IP packet of the announced version",
            Self::Congestion => "a mark of congestion that its ends do not understand",
        })
    }
}

impl core::error::Error for WrapError {}
impl core::error::Error for UnwrapError {}

/// The two bits of congestion marks, and what they say (RFC 3168 §5).
const ECN: u8 = 3;
const NOT_ECT: u8 = 0;
const ECT_1: u8 = 1;
const ECT_0: u8 = 2;
const CE: u8 = 3;

/// Hops that an outer packet may take.
const HOPS: u8 = 64;

/// Bytes of headers.
const V4: usize = 20;
const V6: usize = 40;
const V6_HEADER: u16 = 40;
const UDP: usize = 8;

#[cfg(feature = "rustcrypto")]
#[cfg(test)]
mod tests;
