//! What an ESP or AH packet carries, and the packet it was before it was
//! protected.

use crate::wire::esp::{Sealed, Trailer};
use crate::wire::ip::{Ipv4, Ipv6, Packet};
use crate::wire::registry::ip::Protocol;
use crate::wire::upper::Upper;

/// What an ESP or AH packet carries.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct InnerPacket<'a> {
    /// The IV, the ciphertext and the check value on the wire (ESP).
    pub sealed: Option<Sealed<'a>>,
    /// What was decrypted (ESP), or what follows the header (AH).
    pub plaintext: &'a [u8],
    /// Padding and next header (ESP).
    pub trailer: Option<Trailer<'a>>,
    /// Protocol of the payload; `None` for a dummy packet (RFC 4303 §2.6).
    pub next_header: Option<Protocol>,
    /// The payload: padding, trailer and check value cut off.
    pub payload: &'a [u8],
    /// The inner IP packet (tunnel mode).
    pub ip: Option<Packet<'a>>,
    /// What the inner packet carries, or the packet itself in transport mode.
    pub upper: Option<Upper<'a>>,
    /// The keys are derived from those of an IKE SA in the capture.
    pub derived: bool,
    /// The upper half of the sequence number, where it has 64 bits.
    pub sequence_high: Option<u32>,
    /// The packet carries no integrity check value.
    pub without_integrity: bool,
}

impl<'a> InnerPacket<'a> {
    pub(in crate::capture) const fn new(
        sealed: Option<Sealed<'a>>,
        plaintext: &'a [u8],
        trailer: Option<Trailer<'a>>,
    ) -> Self {
        Self {
            sealed,
            plaintext,
            trailer,
            next_header: None,
            payload: &[],
            ip: None,
            upper: None,
            derived: false,
            sequence_high: None,
            without_integrity: false,
        }
    }

    /// Reads the payload by the protocol that the trailer names.
    pub(in crate::capture) fn read(&mut self, next: Protocol, payload: &'a [u8]) {
        self.payload = payload;
        self.next_header = Some(next).filter(|&next| next != Protocol::IPV6_NO_NEXT);
        match next {
            Protocol::IPV4 | Protocol::IPV6 => {
                self.ip = Packet::decode_lax(payload).ok().map(|(ip, _)| ip);
                self.upper = self.ip.and_then(|ip| ip.upper());
            }
            // A dummy packet (RFC 4303 §2.6).
            Protocol::IPV6_NO_NEXT => {}
            next => self.upper = Some(Upper::read(next, payload)),
        }
    }

    /// Appends the packet that was protected; `outer` is the one around it.
    pub(in crate::capture) fn write(&self, outer: &Packet<'_>, out: &mut Vec<u8>) -> bool {
        let Some(next) = self.next_header else {
            return false;
        };
        match (&self.ip, outer) {
            (Some(ip), _) => {
                // What follows is padding against traffic analysis (RFC 4303 §2.7).
                let len = ip.head_len().saturating_add(ip.payload().len());
                let whole = self.payload.get(..len).unwrap_or(self.payload);
                out.extend_from_slice(whole);
            }
            (None, Packet::V4(outer)) => {
                let (from, to) = (outer.source, outer.destination);
                let mut head = Ipv4::new(from, to, next, self.payload);
                (head.tos, head.ttl, head.id) = (outer.tos, outer.ttl, outer.id);
                head.sealed().encode(out);
                out.extend_from_slice(self.payload);
            }
            (None, Packet::V6(outer)) => {
                let (from, to) = (outer.source, outer.destination);
                let mut head = Ipv6::new(from, to, next, self.payload);
                head.version_class_flow = outer.version_class_flow;
                head.hop_limit = outer.hop_limit;
                head.encode(out);
                out.extend_from_slice(self.payload);
            }
        }
        true
    }
}
