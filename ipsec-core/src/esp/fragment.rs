//! Outer packets cut to the path (RFC 4301 §7 and §8.2): by the gateway that
//! made them, after they were sealed.
//!
//! RFC 791 §2.3 (IPv4, unless "don't fragment" is set; options with the copied
//! bit go into every fragment), RFC 8200 §4.5 (IPv6, which only the source
//! cuts; what routers look at stands before the fragment header).

use super::inner::reseal;
use super::transport::{TransportError, split};
use crate::wire::ip::Packet;
use crate::wire::options::Opt;
use crate::wire::registry::ip::Protocol;
use alloc::vec::Vec;
use core::fmt;

/// The fragments of one packet, one after the other.
///
/// ```
/// use ipsec_core::esp::fragment::Fragments;
/// let mut packet = vec![0x45, 0, 5, 220, 0, 0, 0, 0, 64, 50, 0, 0];
/// packet.resize(1500, 1);
/// let pieces: Vec<_> = Fragments::of(&packet, 1400, 7).unwrap().collect();
/// assert_eq!(pieces.iter().map(Vec::len).collect::<Vec<_>>(), [1396, 124]);
/// ```
#[derive(Clone, Debug)]
pub struct Fragments<'p> {
    first: Vec<u8>,
    later: Vec<u8>,
    /// Where a head names what follows it.
    names: usize,
    protocol: Protocol,
    payload: &'p [u8],
    done: usize,
    mtu: usize,
}

impl<'p> Fragments<'p> {
    /// Cuts `packet` into pieces of at most `mtu` bytes; one that fits stays
    /// whole. `number` tells IPv6's fragments from those of other packets;
    /// those of IPv4 keep the packet's own.
    ///
    /// # Errors
    ///
    /// It is no whole packet or must not be cut, or the pieces would be too
    /// small.
    pub fn of(packet: &'p [u8], mtu: usize, number: u32) -> Result<Self, CutError> {
        let split = split(packet).map_err(CutError::Packet)?;
        let head = packet.get(..split.head).unwrap_or_default();
        let payload = packet.get(split.head..).unwrap_or_default();
        let fits = packet.len() <= mtu;
        let (first, later) = match Packet::decode(packet) {
            _ if fits => (head.to_vec(), Vec::new()),
            Ok(Packet::V4(v4)) if v4.dont_fragment() => return Err(CutError::DontFragment),
            Ok(Packet::V4(_)) => (head.to_vec(), copied(packet, head)),
            _ => {
                let mut head = head.to_vec();
                head.extend([split.protocol.0, 0, 0, 0]);
                head.extend(number.to_be_bytes());
                (head.clone(), head)
            }
        };
        let protocol = match packet.first() {
            Some(first) if first >> 4 == 6 && !fits => Protocol::IPV6_FRAG,
            _ => split.protocol,
        };
        if first.len().saturating_add(UNIT) > mtu && !fits {
            return Err(CutError::Mtu);
        }
        Ok(Self {
            first,
            later,
            names: split.names,
            protocol,
            payload,
            done: 0,
            mtu,
        })
    }

    /// The place of the piece from `done` on, in units, and whether more come.
    fn mark(&self, head: &mut [u8], more: bool) {
        let units = u16::try_from(self.done / UNIT).unwrap_or(u16::MAX);
        let v4 = head.first().is_some_and(|first| first >> 4 == 4);
        if v4 {
            let flags = if more { MORE_V4 } else { 0 };
            put(head, V4_OFFSET, units | flags);
        } else {
            let at = head.len().saturating_sub(FRAGMENT).saturating_add(2);
            put(head, at, units << 3 | u16::from(more));
        }
    }
}

impl Iterator for Fragments<'_> {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        let rest = self.payload.get(self.done..)?;
        if rest.is_empty() && self.done > 0 {
            return None;
        }
        let mut piece = match self.done {
            0 => self.first.clone(),
            _ => self.later.clone(),
        };
        let room = self.mtu.saturating_sub(piece.len());
        let more = rest.len() > room;
        let cut = self.done > 0 || more;
        let take = if more { room / UNIT * UNIT } else { rest.len() };
        if cut {
            self.mark(&mut piece, more);
        }
        piece.extend_from_slice(rest.get(..take)?);
        let total = u16::try_from(piece.len()).ok()?;
        reseal(&mut piece, self.names, self.protocol, total);
        self.done = self.done.saturating_add(take.max(1));
        Some(piece)
    }
}

/// The IPv4 head of the fragments behind the first: options with the copied
/// bit alone.
fn copied(packet: &[u8], head: &[u8]) -> Vec<u8> {
    let (fixed, _) = head.split_at_checked(V4_FIXED).unwrap_or((head, &[]));
    let mut kept = fixed.to_vec();
    let Ok(Packet::V4(v4)) = Packet::decode(packet) else {
        return kept;
    };
    for option in v4.options {
        if let Opt::Value { kind, data, .. } = option
            && kind.0 & COPIED != 0
        {
            let len = u8::try_from(data.len().saturating_add(2)).unwrap_or(u8::MAX);
            kept.extend([kind.0, len]);
            kept.extend_from_slice(data);
        }
    }
    kept.resize(kept.len().next_multiple_of(4), 0);
    let words = u8::try_from(kept.len() / 4).unwrap_or(5);
    if let Some(first) = kept.first_mut() {
        *first = 0x40 | words;
    }
    kept
}

fn put(out: &mut [u8], at: usize, word: u16) {
    if let Some(place) = out.get_mut(at..).and_then(|rest| rest.first_chunk_mut()) {
        *place = word.to_be_bytes();
    }
}

/// Why a packet is not cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CutError {
    /// It is no whole packet.
    Packet(TransportError),
    /// Its header forbids it.
    DontFragment,
    /// Not even eight bytes fit behind the header.
    Mtu,
}

impl fmt::Display for CutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Packet(error) => error.fmt(f),
            Self::DontFragment => f.write_str("too long, and not to be fragmented"),
            Self::Mtu => f.write_str("an MTU that holds no fragment"),
        }
    }
}

impl core::error::Error for CutError {}

/// Fragments begin at multiples of so many bytes.
const UNIT: usize = 8;

/// Bytes of IPv6's fragment header, and of an IPv4 header without options.
const FRAGMENT: usize = 8;
const V4_FIXED: usize = 20;

/// Where flags and offset stand in IPv4, and the flag that more come.
const V4_OFFSET: usize = 6;
const MORE_V4: u16 = 0x2000;

/// The bit of an IPv4 option's type that puts it into every fragment.
const COPIED: u8 = 0x80;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::checksum::Verdict;
    use crate::wire::ip::{Ipv4, Ipv6};
    use crate::wire::options::Options;
    use proptest::prelude::*;

    fn v4(len: usize, options: &[u8], flags: u16) -> Vec<u8> {
        let payload: Vec<u8> = (0..=250).cycle().take(len).collect();
        let mut packet = Ipv4::new([1; 4].into(), [2; 4].into(), Protocol::ESP, &payload);
        packet.options = Options::new(options);
        (packet.id, packet.flags) = (99, flags);
        let mut bytes = Vec::new();
        packet.sealed().encode(&mut bytes);
        bytes.extend(&payload);
        bytes
    }

    fn v6(len: usize, hop_by_hop: bool) -> Vec<u8> {
        let mut payload = Vec::new();
        if hop_by_hop {
            payload.extend([50, 0, 5, 2, 0, 0, 1, 0]);
        }
        payload.extend((0..=250_u8).cycle().take(len));
        let protocol = if hop_by_hop {
            Protocol::HOPOPT
        } else {
            Protocol::ESP
        };
        let mut bytes = Vec::new();
        Ipv6::new([1; 16].into(), [2; 16].into(), protocol, &payload).encode(&mut bytes);
        bytes.extend(payload);
        bytes
    }

    /// The payload that the pieces make, as a receiver puts it together.
    fn joined(pieces: &[Vec<u8>], mtu: usize) -> Vec<u8> {
        let mut all: Vec<u8> = Vec::new();
        for (number, piece) in pieces.iter().enumerate() {
            assert!(piece.len() <= mtu);
            let packet = Packet::decode(piece).unwrap();
            if let Packet::V4(v4) = packet {
                assert_eq!(v4.verify_checksum(), Verdict::Good);
                assert_eq!(v4.id, 99);
            }
            let fragment = packet.fragment();
            let (offset, more) = fragment.map_or((0, false), |f| (f.offset, f.more));
            assert_eq!(all.len(), offset);
            assert_eq!(more, number + 1 < pieces.len());
            assert_eq!(packet.protocol(), Protocol::ESP);
            all.extend(packet.payload());
        }
        all
    }

    proptest! {
        #[test]
        fn pieces_make_the_packet(
            len in 0..3000_usize, mtu in 88..1600_usize, six: bool, hop_by_hop: bool,
        ) {
            let options = [0x94, 4, 0, 0, 7, 7, 4, 0, 0, 0, 0, 0];
            let packet = if six { v6(len, hop_by_hop) } else { v4(len, &options, 0) };
            let cut = Fragments::of(&packet, mtu, 5).unwrap();
            let pieces: Vec<_> = cut.collect();
            prop_assert_eq!(pieces.len() == 1, packet.len() <= mtu);
            if let [whole] = &pieces[..] {
                prop_assert_eq!(whole, &packet);
            }
            prop_assert_eq!(joined(&pieces, mtu), &packet[packet.len() - len..]);
        }

        #[test]
        fn no_packet_panics(bytes in prop::collection::vec(any::<u8>(), 0..200), mtu in 0..200_usize) {
            if let Ok(pieces) = Fragments::of(&bytes, mtu, 1) {
                prop_assert!(pieces.take(100).count() < 100);
            }
        }
    }

    #[test]
    fn only_copied_options_go_on() {
        let options = [0x94, 4, 0, 0, 7, 7, 4, 0, 0, 0, 0, 0];
        let packet = v4(100, &options, 0);
        let pieces: Vec<_> = Fragments::of(&packet, 80, 1).unwrap().collect();
        assert_eq!((pieces[0][0], &pieces[0][20..32]), (0x48, &options[..]));
        assert_eq!((pieces[1][0], &pieces[1][20..24]), (0x46, &options[..4]));
    }

    #[test]
    fn what_must_not_be_cut_is_not() {
        let packet = v4(100, &[], Ipv4::DONT_FRAGMENT);
        let refused = Fragments::of(&packet, 80, 1).unwrap_err();
        assert_eq!(refused, CutError::DontFragment);
        assert_eq!(Fragments::of(&packet, 120, 1).unwrap().count(), 1);
        let small = Fragments::of(&v4(100, &[], 0), 27, 1).unwrap_err();
        assert_eq!(small, CutError::Mtu);
        let piece = Fragments::of(&v4(100, &[], 0), 80, 1)
            .unwrap()
            .next()
            .unwrap();
        let again = Fragments::of(&piece, 40, 1).unwrap_err();
        assert_eq!(again, CutError::Packet(TransportError::Fragment));
    }
}
