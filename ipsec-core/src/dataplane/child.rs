//! A pair of SAs as the data plane uses it, ESP or AH, in a tunnel or behind
//! the packet's own header.

use super::fragments::Seen;
use super::standby::Material;
use super::witness::Faults;
use crate::esp::Inner;
use crate::esp::ah::{AhReceiver, AhSender, CheckError, SignError};
use crate::esp::overhead::IpVersion;
use crate::esp::sa::{EspReceiver, EspSender, OpenError};
use crate::esp::transform::Room;
use crate::esp::transport::{self, TransportError};
use crate::esp::tunnel::{self, Tunnel, UdpPorts, UnwrapError, WrapError};
use crate::sa::lifetime::{Age, Lifetime, Usage};
use crate::sa::path_mtu::PathMtu;
use crate::sa::sad::Key;
use crate::sa::spd::{Direction, Traffic};
use crate::time::Instant;
use crate::wire::registry::ip::Protocol;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
use core::net::IpAddr;
use core::ops::Range;
use smallvec::SmallVec;

/// Which protocol protects, with the SA of each direction.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "RFC 4301 §3.2 has these two")]
pub enum Protection {
    /// Encapsulating security payload.
    Esp {
        /// What we send by.
        sender: EspSender,
        /// What we receive by.
        receiver: EspReceiver,
    },
    /// Authentication header.
    Ah {
        /// What we send by.
        sender: AhSender,
        /// What we receive by.
        receiver: AhReceiver,
    },
}

/// How packets are carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Carriage {
    /// Whole, in a new packet.
    Tunnel(Tunnel),
    /// Behind their own header.
    Transport {
        /// In UDP.
        udp: Option<UdpPorts>,
        /// Source and destination that the peer's packets had before a NAT
        /// (`NAT-OA`), to mend their checksums.
        original: Option<(IpAddr, IpAddr)>,
    },
}

/// A pair of SAs, one for each direction.
#[derive(Debug)]
pub struct Child {
    pub(super) policy: Option<usize>,
    /// Mostly one part, which lies in it.
    traffic: SmallVec<[Traffic; 1]>,
    protection: Protection,
    /// How they are carried; a peer may move.
    pub carriage: Carriage,
    /// What the way between the gateways lets through.
    pub path: PathMtu,
    /// One bit for each differentiated services field that it sends.
    dscp: Option<u64>,
    fragments: bool,
    cut_before: bool,
    material: Option<Box<Material>>,
    /// Its number in the order of installation.
    pub(super) installed: u64,
    /// The age that was told last.
    pub(super) told: Age,
    pub(super) faults: Option<Box<Faults>>,
}

impl Child {
    /// A pair for the policy at this place of the database, and for these
    /// packets (RFC 4301 §4.4.2.1), over a path as wide as Ethernet.
    #[must_use]
    pub fn new(
        policy: usize,
        traffic: Vec<Traffic>,
        protection: Protection,
        carriage: Carriage,
    ) -> Self {
        let mut parts = SmallVec::new();
        parts.extend_from_slice(&traffic);
        Self {
            policy: Some(policy),
            traffic: parts,
            protection,
            carriage,
            path: match carriage {
                Carriage::Tunnel(tunnel) if tunnel.is_v6() => PathMtu::v6(ETHERNET),
                Carriage::Tunnel(_) | Carriage::Transport { .. } => PathMtu::v4(ETHERNET),
            },
            dscp: None,
            fragments: false,
            cut_before: false,
            material: None,
            installed: 0,
            told: Age::Fresh,
            faults: None,
        }
    }

    /// The same over another path.
    #[must_use]
    pub const fn with_path(mut self, path: PathMtu) -> Self {
        self.path = path;
        self
    }

    /// The same, sending only packets with these differentiated services
    /// fields, of six bits: one of several for the same traffic
    /// (RFC 4301 §4.4.2.1).
    #[must_use]
    pub fn with_dscp(mut self, fields: impl IntoIterator<Item = u8>) -> Self {
        let bits = fields.into_iter().map(|field| 1_u64 << (field & 0x3f));
        self.dscp = Some(bits.fold(0, |all, bit| all | bit));
        self
    }

    /// The same, for later fragments as well although its selectors have ports:
    /// both ends said `NON_FIRST_FRAGMENTS_ALSO` (RFC 4301 §7.3).
    #[must_use]
    pub const fn with_fragments(mut self) -> Self {
        self.fragments = true;
        self
    }

    /// The same, but packets that may be cut are handed back to be cut before
    /// they are protected, not after (RFC 4301 §8.2.1 case 2).
    #[must_use]
    pub const fn with_cut_before(mut self) -> Self {
        self.cut_before = true;
        self
    }

    /// The same with the keys that it was made of, so that another node can
    /// take it over ([`super::DataPlane::dangerous_snapshot`]).
    #[must_use]
    pub fn with_material(mut self, material: Material) -> Self {
        self.material = Some(Box::new(material));
        self
    }

    /// Place of the policy that it is for; `None` where that is gone.
    #[must_use]
    pub const fn policy(&self) -> Option<usize> {
        self.policy
    }

    /// The packets it is for.
    #[must_use]
    pub fn traffic(&self) -> &[Traffic] {
        &self.traffic
    }

    /// How they are protected.
    #[must_use]
    pub const fn protection(&self) -> &Protection {
        &self.protection
    }

    pub(super) fn material(&self) -> Option<&Material> {
        self.material.as_deref()
    }

    pub(super) const fn choices(&self) -> (Option<u64>, bool, bool) {
        (self.dscp, self.fragments, self.cut_before)
    }

    pub(super) const fn choose(&mut self, dscp: Option<u64>, fragments: bool, cut_before: bool) {
        self.dscp = dscp;
        self.fragments = fragments;
        self.cut_before = cut_before;
    }

    /// Whether a packet that goes this way is one of those it is for.
    pub(super) fn takes(&self, direction: Direction, seen: &Seen) -> bool {
        self.traffic.iter().any(|part| {
            let whole = seen.whole.filter(|_| self.fragments);
            part.contains(direction, &seen.flow)
                || whole.is_some_and(|whole| part.contains(direction, &whole))
        })
    }

    /// Whether it sends packets with this traffic class.
    pub(super) const fn sends(&self, class: u8) -> bool {
        match self.dscp {
            Some(fields) => fields >> (class >> 2) & 1 == 1,
            None => true,
        }
    }

    /// What names it in packets that come in.
    #[must_use]
    pub const fn key(&self) -> Key {
        match &self.protection {
            Protection::Esp { receiver, .. } => Key::new(receiver.spi(), Protocol::ESP),
            Protection::Ah { receiver, .. } => Key::new(receiver.spi(), Protocol::AH),
        }
    }

    /// The SPI that the peer knows it by.
    #[must_use]
    pub const fn peer_spi(&self) -> u32 {
        match &self.protection {
            Protection::Esp { sender, .. } => sender.spi(),
            Protection::Ah { sender, .. } => sender.spi(),
        }
    }

    /// Whether its packets go to this address.
    pub(super) fn goes_to(&self, address: IpAddr) -> bool {
        match self.carriage {
            Carriage::Tunnel(tunnel) => tunnel.remote() == address,
            Carriage::Transport { .. } => {
                let mut traffic = self.traffic.iter();
                traffic.any(|part| part.remote.addresses().contains(address))
            }
        }
    }

    pub(super) const fn lifetimes(&self) -> [&Lifetime; 2] {
        match &self.protection {
            Protection::Esp { sender, receiver } => [sender.lifetime(), receiver.lifetime()],
            Protection::Ah { sender, receiver } => [sender.lifetime(), receiver.lifetime()],
        }
    }

    /// Something of every part that a packet that comes in needs; the value
    /// means nothing.
    pub(super) fn look(&self) -> u64 {
        let window = match &self.protection {
            Protection::Esp { receiver, .. } => receiver.window(),
            Protection::Ah { receiver, .. } => receiver.window(),
        };
        let mark = window.marks().first().copied().unwrap_or(0);
        let ports = |part: &Traffic| {
            let (local, _) = part.local.ports().bounds();
            let (remote, _) = part.remote.ports().bounds();
            u64::from(local ^ remote)
        };
        let traffic = self.traffic.first().map_or(0, ports);
        let [sent, received] = self.lifetimes().map(|life| life.used().packets);
        let rest = u64::from(self.path.link()) ^ u64::from(self.faults.is_some());
        let key = match &self.protection {
            Protection::Esp { receiver, .. } => receiver.look(),
            Protection::Ah { .. } => 0,
        };
        mark ^ traffic ^ sent ^ received ^ rest ^ self.installed ^ key
    }

    /// What was received by it, and the latest number.
    pub(super) const fn received(&self) -> (Usage, u64) {
        match &self.protection {
            Protection::Esp { receiver, .. } => (receiver.used(), receiver.top()),
            Protection::Ah { receiver, .. } => (receiver.used(), receiver.top()),
        }
    }

    /// Where in its life the older half is. It is idle when both halves are.
    #[must_use]
    pub fn age(&self, now: Instant) -> Age {
        let [sent, received] = self.lifetimes().map(|life| life.age(now));
        let older = sent.max(received);
        if older == Age::Idle {
            return sent.min(received);
        }
        older
    }

    /// When time alone may next change its age.
    pub(super) fn next_change(&self, now: Instant) -> Option<Instant> {
        let changes = self.lifetimes().into_iter();
        changes.filter_map(|life| life.next_change(now)).min()
    }

    /// The room that a packet of `len` bytes needs around it.
    fn room(&self, len: usize, ipv6: bool) -> Room {
        match (&self.protection, &self.carriage) {
            (Protection::Esp { sender, .. }, Carriage::Tunnel(tunnel)) => tunnel.room(sender, len),
            (Protection::Esp { sender, .. }, Carriage::Transport { udp, .. }) => {
                let head = if ipv6 { V6 } else { V4 };
                transport::room(sender, *udp, len, head)
            }
            (Protection::Ah { sender, .. }, carriage) => {
                let (outer, ipv6) = match carriage {
                    Carriage::Tunnel(tunnel) => (tunnel.head_len(), tunnel.is_v6()),
                    Carriage::Transport { .. } => (0, ipv6),
                };
                let before = outer.saturating_add(sender.head_len(ipv6));
                Room { before, after: 0 }
            }
        }
    }

    /// Bytes of the largest packet that becomes no longer than `outer`.
    #[must_use]
    pub fn inner_mtu(&self, outer: u16, ipv6: bool) -> u16 {
        let fits = |len: u16| {
            let Room { before, after } = self.room(len.into(), ipv6);
            let total = before.saturating_add(len.into()).saturating_add(after);
            total <= outer.into()
        };
        // Padding makes up for a block at most.
        let Room { before, after } = self.room(0, ipv6);
        let around = u16::try_from(before.saturating_add(after)).unwrap_or(u16::MAX);
        let most = outer.saturating_sub(around).saturating_add(BLOCK);
        let mut sizes = (0..=most).rev().take(usize::from(BLOCK).saturating_mul(4));
        sizes.find(|len| fits(*len)).unwrap_or(0)
    }

    /// Protects the packet at `packet` of `buffer`.
    pub(super) fn protect(
        &mut self,
        now: Instant,
        buffer: &mut [u8],
        packet: Range<usize>,
    ) -> Result<Range<usize>, ProtectError> {
        match (&mut self.protection, self.carriage) {
            (Protection::Esp { sender, .. }, Carriage::Tunnel(tunnel)) => {
                let sealed = tunnel.seal_in_place(sender, now, buffer, packet);
                sealed.map_err(ProtectError::Tunnel)
            }
            (Protection::Esp { sender, .. }, Carriage::Transport { udp, .. }) => {
                let sealed = transport::seal_in_place(sender, udp, now, buffer, packet);
                sealed.map_err(ProtectError::Transport)
            }
            (Protection::Ah { sender, .. }, Carriage::Tunnel(tunnel)) => {
                let room = sender.head_len(tunnel.is_v6());
                let outer = tunnel.wrap(sender.sent(), room, buffer, packet);
                let outer = outer.map_err(ProtectError::Tunnel)?;
                let signed = sender.sign_in_place(now, buffer, outer);
                signed.map_err(ProtectError::Sign)
            }
            (Protection::Ah { sender, .. }, Carriage::Transport { .. }) => {
                let signed = sender.sign_in_place(now, buffer, packet);
                signed.map_err(ProtectError::Sign)
            }
        }
    }

    /// Takes out what the whole outer `packet` holds; `head` has the bytes
    /// before the ESP header and `esp` says where that begins.
    pub(super) fn unprotect(
        &mut self,
        now: Instant,
        packet: &mut [u8],
        class: u8,
        head: usize,
        esp: usize,
    ) -> Result<Range<usize>, UnprotectError> {
        let (next_header, payload) = match &mut self.protection {
            Protection::Esp { receiver, .. } => {
                let rest = packet.get_mut(esp..).unwrap_or_default();
                let opened = receiver.open_in_place(now, rest);
                let opened = opened.map_err(UnprotectError::Open)?;
                let (start, end) = (opened.payload.start, opened.payload.end);
                let at = esp.saturating_add(start)..esp.saturating_add(end);
                (opened.next_header, at)
            }
            Protection::Ah { receiver, .. } => {
                let checked = receiver.check(now, packet);
                let checked = checked.map_err(UnprotectError::Check)?;
                (checked.next_header, checked.payload)
            }
        };
        match self.carriage {
            Carriage::Tunnel(_) => {
                let inner = packet.get_mut(payload.clone()).unwrap_or_default();
                let inner = tunnel::unwrap(next_header, class, inner);
                let len = inner.map_err(UnprotectError::Tunnel)?.len();
                Ok(payload.start..payload.start.saturating_add(len))
            }
            Carriage::Transport { original, .. } => {
                let at = transport::restore(packet, head, next_header, payload);
                let at = at.map_err(UnprotectError::Transport)?;
                if let (Some(was), Some(whole)) = (original, packet.get_mut(at.clone())) {
                    transport::mend_checksum(whole, was);
                }
                Ok(at)
            }
        }
    }

    /// Whether the packet whose head is `inner` passes on the path
    /// (RFC 4301 §8.2.1).
    pub(super) fn fit(&self, now: Instant, inner: &Inner) -> Fit {
        let ipv6 = inner.version == IpVersion::V6;
        let mtu = self.path.get(now);
        let Room { before, after } = self.room(inner.len, ipv6);
        let total = before.saturating_add(inner.len).saturating_add(after);
        // Every IPv6 packet of the least MTU must pass, in pieces if need be.
        let least = if ipv6 { V6_LEAST } else { 0 };
        if total <= usize::from(mtu) || inner.len <= least.into() {
            return Fit::Whole;
        }
        let cut_outside = match self.carriage {
            Carriage::Tunnel(tunnel) => tunnel.may_cut(inner),
            Carriage::Transport { .. } => true,
        };
        match inner.dont_fragment {
            true => Fit::TooBig(self.inner_mtu(mtu, ipv6).max(least)),
            false if cut_outside && !self.cut_before => Fit::Whole,
            false => Fit::Cut(self.inner_mtu(mtu, ipv6)),
        }
    }
}

/// Whether a packet passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    /// It does, or its outer packet may be cut.
    Whole,
    /// Pieces of this size do.
    Cut(u16),
    /// One of this size would, and it may not be cut.
    TooBig(u16),
}

/// Why a packet was not protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProtectError {
    /// By a tunnel.
    Tunnel(WrapError),
    /// Behind its own header.
    Transport(TransportError),
    /// By AH.
    Sign(SignError),
}

/// Why nothing was taken out of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnprotectError {
    /// ESP does not open.
    Open(OpenError),
    /// AH does not agree.
    Check(CheckError),
    /// What came out of the tunnel goes no further.
    Tunnel(UnwrapError),
    /// What came out does not go behind the header it came with.
    Transport(TransportError),
}

impl fmt::Display for ProtectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tunnel(error) => error.fmt(f),
            Self::Transport(error) => error.fmt(f),
            Self::Sign(error) => error.fmt(f),
        }
    }
}

impl fmt::Display for UnprotectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open(error) => error.fmt(f),
            Self::Check(error) => error.fmt(f),
            Self::Tunnel(error) => error.fmt(f),
            Self::Transport(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for ProtectError {}
impl core::error::Error for UnprotectError {}

/// Bytes of heads without options.
const V4: usize = 20;
const V6: usize = 40;

/// Bytes of the longest block.
const BLOCK: u16 = 16;

/// MTU of the usual link, and what every link of IPv6 carries (RFC 8200 §5).
const ETHERNET: u16 = 1500;
const V6_LEAST: u16 = 1280;
