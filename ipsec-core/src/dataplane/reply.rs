//! What the sender of a packet is told that was dropped, and how often
//! (RFC 4301 §5.1.1 and §8.2.1, RFC 1191 §4, RFC 1122 §3.2.2, RFC 4443 §2.4
//! and §3).

use super::verdict::Dropped;
use crate::time::{Duration, Instant};
use crate::wire::checksum::{Sum, pseudo_header};
use crate::wire::icmp::{Icmp, Icmpv6};
use crate::wire::ip::{Ipv4, Ipv6, Packet};
use crate::wire::registry::ip::Protocol;
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Which senders are told, from which addresses, and how often.
///
/// Senders may be forged, so what can be asked for is limited
/// (RFC 4301 §5.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replies {
    /// Time that one message takes of what is allowed; `None` is none at all.
    each: Option<Duration>,
    burst: u32,
    prohibited: bool,
    v4: Option<Ipv4Addr>,
    v6: Option<Ipv6Addr>,
    /// When all that was sent is paid for.
    paid: Instant,
}

impl Default for Replies {
    fn default() -> Self {
        Self::new(PER_SECOND, BURST)
    }
}

impl Replies {
    /// No sender is told anything.
    #[must_use]
    pub const fn none() -> Self {
        Self::new(0, 0)
    }

    /// So many messages in a second, and so many at once after a silence.
    #[must_use]
    pub const fn new(per_second: u32, burst: u32) -> Self {
        let each = match per_second {
            0 => None,
            many => Some(Duration::from_micros(1_000_000 / many as u64)),
        };
        Self {
            each,
            burst,
            prohibited: true,
            v4: None,
            v6: None,
            paid: Instant::ZERO,
        }
    }

    /// The same, but who sends what a policy discards is not told so.
    #[must_use]
    pub const fn without_prohibited(mut self) -> Self {
        self.prohibited = false;
        self
    }

    /// The same from this address of the host; otherwise messages come from the
    /// destination of the packet they are about.
    #[must_use]
    pub const fn from(mut self, address: IpAddr) -> Self {
        match address {
            IpAddr::V4(v4) => self.v4 = Some(v4),
            IpAddr::V6(v6) => self.v6 = Some(v6),
        }
        self
    }

    /// The message to the sender of `packet`, if there is one and it is its
    /// turn.
    pub(super) fn to(&mut self, now: Instant, packet: &[u8], why: Dropped) -> Option<Vec<u8>> {
        if let Dropped::TooBig { mtu } = why {
            return self.tell(now, packet, Told::TooBig(mtu));
        }
        let prohibited = self.prohibited && matches!(why, Dropped::Discarded { .. });
        let told = prohibited.then_some(Told::Prohibited)?;
        self.tell(now, packet, told)
    }

    pub(super) fn tell(&mut self, now: Instant, packet: &[u8], told: Told) -> Option<Vec<u8>> {
        let (read, _) = Packet::decode_lax(packet).ok()?;
        if !may_be_answered(&read) || !self.take(now) {
            return None;
        }
        Some(match read {
            Packet::V4(v4) => self.in_v4(&v4, packet, told),
            Packet::V6(v6) => self.in_v6(&v6, packet, told),
        })
    }

    /// Whether one more message may be sent.
    fn take(&mut self, now: Instant) -> bool {
        let Some(each) = self.each else { return false };
        let owed = self.paid.saturating_since(now);
        let allowed = each.saturating_mul(self.burst.saturating_sub(1));
        if self.burst == 0 || owed > allowed {
            return false;
        }
        self.paid = self.paid.max(now).saturating_add(each);
        true
    }

    fn in_v4(&self, about: &Ipv4<'_>, packet: &[u8], told: Told) -> Vec<u8> {
        let quoted = packet.iter().take(about.head_len().saturating_add(8));
        let (code, mtu) = match told {
            Told::TooBig(mtu) => (4, mtu),
            Told::Prohibited => (13, 0),
            Told::Unreachable => (1, 0),
        };
        let mut message = Vec::from([3, code, 0, 0, 0, 0]);
        message.extend(mtu.to_be_bytes());
        message.extend(quoted);
        let sum = Sum::new().bytes(&message);
        set_checksum(&mut message, sum);
        let from = self.v4.unwrap_or(about.destination);
        let reply = Ipv4::new(from, about.source, Protocol::ICMP, &message);
        let mut bytes = Vec::new();
        reply.encode(&mut bytes);
        bytes.extend(&message);
        bytes
    }

    fn in_v6(&self, about: &Ipv6<'_>, packet: &[u8], told: Told) -> Vec<u8> {
        let (kind, code, mtu) = match told {
            Told::TooBig(mtu) => (2, 0, mtu),
            Told::Prohibited => (1, 1, 0),
            Told::Unreachable => (1, 3, 0),
        };
        let mut message = Vec::from([kind, code, 0, 0, 0, 0]);
        message.extend(mtu.to_be_bytes());
        message.extend(packet.iter().take(V6_QUOTED));
        let (from, to) = (self.v6.unwrap_or(about.destination), about.source);
        let len = u32::try_from(message.len()).unwrap_or(u32::MAX);
        let pseudo = pseudo_header(from.into(), to.into(), Protocol::ICMPV6, len);
        let sum = pseudo.bytes(&message);
        set_checksum(&mut message, sum);
        let reply = Ipv6::new(from, to, Protocol::ICMPV6, &message);
        let mut bytes = Vec::new();
        reply.encode(&mut bytes);
        bytes.extend(&message);
        bytes
    }
}

/// What a sender is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// Nothing longer passes.
    TooBig(u16),
    /// It is forbidden (RFC 4301 §5.1.1 a and b1).
    Prohibited,
    /// There is no way to where it goes (RFC 4301 §5.1.1 b2).
    Unreachable,
}

/// Errors about errors, about parts of datagrams and to many at once would
/// multiply.
fn may_be_answered(packet: &Packet<'_>) -> bool {
    let later = packet.fragment().is_some_and(|part| part.offset > 0);
    let is_error = match packet.protocol() {
        Protocol::ICMP => Icmp::decode(packet.payload()).is_ok_and(|icmp| icmp.is_error()),
        Protocol::ICMPV6 => Icmpv6::decode(packet.payload()).is_ok_and(|icmp| icmp.is_error()),
        _ => false,
    };
    let from_one = match packet.source() {
        IpAddr::V4(v4) => !(v4.is_multicast() || v4.is_broadcast() || v4.is_unspecified()),
        IpAddr::V6(v6) => !(v6.is_multicast() || v6.is_unspecified()),
    };
    let to_one = match packet.destination() {
        IpAddr::V4(v4) => !(v4.is_multicast() || v4.is_broadcast()),
        IpAddr::V6(v6) => !v6.is_multicast(),
    };
    !later && !is_error && from_one && to_one
}

fn set_checksum(message: &mut [u8], sum: Sum) {
    if let Some(place) = message.get_mut(2..4) {
        place.copy_from_slice(&sum.checksum().to_be_bytes());
    }
}

/// As much of a packet as an ICMPv6 error of the least MTU holds.
const V6_QUOTED: usize = 1280 - 48;

/// Messages in a second, and at once.
const PER_SECOND: u32 = 100;
const BURST: u32 = 50;
