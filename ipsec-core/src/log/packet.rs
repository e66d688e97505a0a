//! Whole datagrams that a log prints in hexadecimal.

use crate::evidence::{LogEvent, Route};
use crate::time::Instant;
use alloc::vec::Vec;

/// The payload of a UDP datagram of IKE, as a log prints it: an IKE message
/// (RFC 2408 §3.1, RFC 7296 §3.1), a fragment of one, or the byte of a NAT
/// keepalive (RFC 3948 §4). Decoding it is the caller's.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoggedPacket {
    /// The line it begins on, from 1.
    pub line: u64,
    /// When, as far as the log tells.
    pub at: Option<Instant>,
    /// Sent by the end that wrote the log.
    pub sent: bool,
    /// Who sent to whom, where a line beside it tells.
    pub route: Option<Route>,
    /// Its bytes, at most [`PACKET_MAX`] of them.
    pub bytes: Vec<u8>,
    /// The first digit of a byte whose second is on the next line.
    half: Option<u8>,
}

impl LoggedPacket {
    /// A packet of no bytes yet.
    pub(super) const fn new(at: Option<Instant>, sent: bool, route: Option<Route>) -> Self {
        Self {
            line: 0,
            at,
            sent,
            route,
            bytes: Vec::new(),
            half: None,
        }
    }

    /// Adds what `digits` write, up to the first character that is no
    /// hexadecimal digit. A line may end in the middle of a byte.
    pub(super) fn extend(&mut self, digits: &str) {
        for digit in digits.chars().map_while(|c| c.to_digit(16)) {
            let Ok(digit) = u8::try_from(digit) else {
                return;
            };
            match self.half.take() {
                None => self.half = Some(digit),
                Some(_) if self.bytes.len() >= PACKET_MAX => return,
                Some(high) => self.bytes.push((high << 4) | digit),
            }
        }
    }
}

/// The datagrams of a log.
#[derive(Debug, Default)]
pub(super) struct Packets {
    kept: Vec<LoggedPacket>,
    /// Bytes of them all.
    bytes: usize,
    /// The last datagram was kept whole so far; digits may continue it.
    open: bool,
}

impl Packets {
    /// Keeps a datagram that begins on `line`, if there is room.
    pub(super) fn keep(&mut self, line: u64, mut packet: LoggedPacket) -> bool {
        let bytes = self.bytes.saturating_add(packet.bytes.len());
        self.open = self.kept.len() < PACKETS_MAX && bytes <= PACKETS_BYTES_MAX;
        if self.open {
            packet.line = line;
            self.bytes = bytes;
            self.kept.push(packet);
        }
        self.open
    }

    /// Adds digits to the last datagram.
    pub(super) fn extend(&mut self, digits: &str) {
        self.open &= self.bytes.saturating_add(digits.len()) <= PACKETS_BYTES_MAX;
        if let Some(packet) = self.kept.last_mut().filter(|_| self.open) {
            let before = packet.bytes.len();
            packet.extend(digits);
            let more = packet.bytes.len().saturating_sub(before);
            self.bytes = self.bytes.saturating_add(more);
        }
    }

    /// The addresses of a datagram follow its bytes when it was sent.
    pub(super) fn route(&mut self, line: u64, event: &LogEvent) {
        let LogEvent::Datagram {
            sent: true, route, ..
        } = event
        else {
            return;
        };
        let last = self.kept.last_mut();
        let unrouted = last.filter(|packet| packet.sent && packet.route.is_none());
        let near = unrouted.filter(|packet| line.saturating_sub(packet.line) <= BESIDE_MAX);
        if let Some(packet) = near {
            packet.route = Some(*route);
        }
    }

    pub(super) fn finish(self) -> Vec<LoggedPacket> {
        self.kept
    }
}

/// Bytes kept of one packet: what a UDP datagram over IPv4 can carry.
pub const PACKET_MAX: usize = 65_507;

/// Bytes kept of all packets of a log. [`Reading::left_out`](super::Reading)
/// counts the packets that would come above it.
pub const PACKETS_BYTES_MAX: usize = 32 << 20;

/// Packets kept of a log, likewise.
pub const PACKETS_MAX: usize = 100_000;

/// Lines between a datagram's bytes and its addresses.
const BESIDE_MAX: u64 = 256;

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;

    #[test]
    fn digits_over_several_lines() {
        let mut packet = LoggedPacket::new(None, true, None);
        packet.extend("0aF");
        packet.extend("");
        packet.extend("f1");
        assert_eq!(
            (&packet.bytes[..], packet.half),
            (&[0x0a, 0xff][..], Some(1))
        );
        packet.extend("2 and more");
        assert_eq!(packet.bytes, [0x0a, 0xff, 0x12]);
    }

    #[test]
    fn a_packet_is_limited() {
        let mut packet = LoggedPacket::new(None, false, None);
        let digits: String = core::iter::repeat_n('f', 2 * PACKET_MAX + 2).collect();
        packet.extend(&digits);
        assert_eq!(packet.bytes.len(), PACKET_MAX);
        packet.extend("ff");
        assert_eq!(packet.bytes.len(), PACKET_MAX);
    }

    #[test]
    fn the_bytes_of_all_packets_are_limited() {
        let packet = || {
            let mut packet = LoggedPacket::new(None, true, None);
            packet.extend("aabb");
            packet
        };
        let mut packets = Packets {
            bytes: PACKETS_BYTES_MAX - 2,
            ..Packets::default()
        };
        assert!(packets.keep(1, packet()));
        packets.extend("cc");
        assert!(!packets.keep(2, packet()));
        packets.extend("dd");
        let kept = packets.finish();
        assert_eq!((kept.len(), &kept[0].bytes[..]), (1, &[0xaa, 0xbb][..]));
    }
}
