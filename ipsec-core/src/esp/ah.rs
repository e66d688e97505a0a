//! One direction of an AH SA, signing and checking whole packets (RFC 4302
//! §3.3 and §3.4).
//!
//! AH covers the IP header before it, so a packet is signed when it is
//! complete, and checked before anything in it is believed.

use super::authentication::{AhTransform, VerifyError};
use super::half::{Receiver, Sender};
use super::transport::{TransportError, split};
use crate::sa::lifetime::Age;
use crate::sa::sequence::{Refusal, SequenceNumber};
use crate::time::Instant;
use crate::wire::ah::Ah;
use crate::wire::ip::Packet;
use crate::wire::registry::ip::Protocol;
use core::fmt;
use core::ops::Range;

/// The sending half of an AH SA.
pub type AhSender = Sender<AhTransform>;

impl AhSender {
    /// Bytes of the AH header, in IPv6 or IPv4.
    #[must_use]
    pub fn head_len(&self, ipv6: bool) -> usize {
        let field = self.transform.field_len();
        let padding = Ah::length_for(field, ipv6).map_or(0, |(_, padding)| padding);
        FIXED.saturating_add(field).saturating_add(padding)
    }

    /// Puts AH into the packet at `packet` of `buffer`, behind its IP head,
    /// which moves forward, and says where the packet then stands. For a
    /// tunnel the packet is the outer one, around the inner packet.
    ///
    /// # Errors
    ///
    /// It is no whole IP packet but a fragment, the SA is at its end, there is
    /// too little room, or it becomes longer than IP can say.
    pub fn sign_in_place(
        &mut self,
        now: Instant,
        buffer: &mut [u8],
        packet: Range<usize>,
    ) -> Result<Range<usize>, SignError> {
        if self.age(now) == Age::Over {
            return Err(SignError::Over);
        }
        let bytes = buffer.get(packet.clone()).unwrap_or_default();
        let at = split(bytes).map_err(SignError::Packet)?;
        let ipv6 = bytes.first().is_some_and(|first| first >> 4 == 6);
        let room = self.head_len(ipv6);
        let (length, _) =
            Ah::length_for(self.transform.field_len(), ipv6).ok_or(SignError::TooLong)?;
        let total = u16::try_from(packet.len().saturating_add(room));
        let total = total.map_err(|_| SignError::TooLong)?;
        let start = packet.start.checked_sub(room);
        let start = start.ok_or(SignError::NoRoom { before: room })?;
        let number = self.counter.next().ok_or(SignError::Exhausted)?;
        let head = packet.start.saturating_add(at.head);
        buffer.copy_within(packet.start..head, start);
        let outer = start..packet.end;
        let whole = buffer.get_mut(outer.clone()).unwrap_or_default();
        let fixed = [at.protocol.0, length, 0, 0];
        let numbers = [self.spi, number.low()].into_iter();
        let fixed = fixed.into_iter().chain(numbers.flat_map(u32::to_be_bytes));
        let ah = whole.get_mut(at.head..at.head.saturating_add(room));
        let ah = ah.unwrap_or_default();
        ah.fill(0);
        for (place, byte) in ah.iter_mut().zip(fixed) {
            *place = byte;
        }
        self.transform
            .write_iv(number, ah.get_mut(FIXED..).unwrap_or_default());
        super::inner::reseal(whole, at.names, Protocol::AH, total);
        let high = self.counter.numbers().high(number);
        let signed = self.transform.sign(whole, high, &mut self.scratch);
        signed.map_err(SignError::Sign)?;
        self.lifetime.count(now, packet.len());
        Ok(outer)
    }
}

/// The receiving half of an AH SA.
pub type AhReceiver = Receiver<AhTransform>;

/// An authentic packet.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Checked {
    /// Its number.
    pub number: SequenceNumber,
    /// The protocol of what follows AH.
    pub next_header: Protocol,
    /// Bytes of the IP head before AH.
    pub head: usize,
    /// Where what follows AH stands in the packet.
    pub payload: Range<usize>,
}

impl AhReceiver {
    /// Checks the whole IP packet `packet`. What it holds may then be taken
    /// out with [`super::transport::restore`], or as the inner packet of a tunnel.
    ///
    /// # Errors
    ///
    /// Why the packet is to be dropped.
    pub fn check(&mut self, now: Instant, packet: &[u8]) -> Result<Checked, CheckError> {
        if self.age(now) == Age::Over {
            return Err(CheckError::Over);
        }
        let read = Packet::decode(packet).map_err(VerifyError::Malformed);
        let read = read.map_err(CheckError::Packet)?;
        let ah = Ah::decode(read.payload()).map_err(VerifyError::Malformed);
        let ah = ah.map_err(CheckError::Packet)?;
        if ah.spi != self.spi {
            return Err(CheckError::OtherSa { spi: ah.spi });
        }
        let number = self
            .window
            .number(ah.sequence)
            .map_err(CheckError::Number)?;
        let high = self.window.numbers().high(number);
        let verified = self
            .transform
            .verify(&read, read.payload(), high, &mut self.scratch);
        let ah = verified.map_err(CheckError::Packet)?;
        self.window.accept(number).map_err(CheckError::Number)?;
        self.lifetime.count(now, ah.payload.len());
        let head = read.head_len();
        let start = head.saturating_add(ah.head_len());
        Ok(Checked {
            number,
            next_header: ah.next_header,
            head,
            payload: start..start.saturating_add(ah.payload.len()),
        })
    }
}

/// Why a packet was not signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignError {
    /// The SA's lifetime is over.
    Over,
    /// All sequence numbers are used.
    Exhausted,
    /// There is too little room before the packet.
    NoRoom {
        /// Bytes it takes.
        before: usize,
    },
    /// With AH it is longer than IP, or AH, can say.
    TooLong,
    /// It is no packet that AH goes into.
    Packet(TransportError),
    /// It cannot be signed.
    Sign(VerifyError),
}

/// Why a packet was not received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CheckError {
    /// The SA's lifetime is over.
    Over,
    /// It is of another SA.
    OtherSa {
        /// SPI of that.
        spi: u32,
    },
    /// The window does not take its number.
    Number(Refusal),
    /// It is not authentic, or cannot be.
    Packet(VerifyError),
}

impl fmt::Display for SignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Over => f.write_str("the SA is at its end"),
            Self::Exhausted => f.write_str("the SA's sequence numbers are used up"),
            Self::NoRoom { before } => write!(f, "no room of {before} bytes before the packet"),
            Self::TooLong => f.write_str("longer than an IP packet can be"),
            Self::Packet(error) => error.fmt(f),
            Self::Sign(error) => error.fmt(f),
        }
    }
}

impl fmt::Display for CheckError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Over => f.write_str("the SA is at its end"),
            Self::OtherSa { spi } => write!(f, "the SPI is 0x{spi:08x}, another SA's"),
            Self::Number(refusal) => refusal.fmt(f),
            Self::Packet(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for SignError {}
impl core::error::Error for CheckError {}

/// Bytes of AH before the ICV.
const FIXED: usize = 12;

#[cfg(feature = "rustcrypto")]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::{Secret, rustcrypto, suite};
    use crate::esp::transport;
    use crate::sa::lifetime::{Lifetime, Limits};
    use crate::sa::sequence::Numbers;
    use crate::wire::ip::Ipv4;
    use crate::wire::registry::ike::Integrity as I;
    use alloc::vec::Vec;

    const NOW: Instant = Instant::ZERO;
    const SPI: u32 = 0x0102_0304;
    const MACS: [I; 5] = [
        I::AUTH_HMAC_MD5_96,
        I::AUTH_HMAC_SHA1_96,
        I::AUTH_HMAC_SHA2_512_256,
        I::AUTH_AES_XCBC_96,
        I::AUTH_AES_128_GMAC,
    ];

    fn halves(mac: I, numbers: Numbers) -> (AhSender, AhReceiver) {
        let mac = suite::integrity(mac).unwrap();
        let transform = || {
            let key = Secret::new(alloc::vec![7; mac.key]);
            AhTransform::new(rustcrypto::provider(), mac, &key).unwrap()
        };
        let life = Lifetime::new(NOW, Limits::NONE, Limits::NONE);
        (
            AhSender::new(SPI, transform(), numbers, life),
            AhReceiver::new(SPI, transform(), numbers, 64, life),
        )
    }

    fn v4() -> Vec<u8> {
        let (from, to) = ([192, 0, 2, 1].into(), [198, 51, 100, 1].into());
        let packet = Ipv4::new(
            from,
            to,
            Protocol::UDP,
            b"\x04\x01\x00\x35\x00\x0c\x00\x00data",
        );
        let mut bytes = Vec::new();
        packet.encode(&mut bytes);
        bytes.extend(packet.payload);
        bytes
    }

    /// Hop-by-hop options before, destination options behind AH.
    fn v6() -> Vec<u8> {
        let mut bytes = Vec::from([0x60, 0, 0, 0, 0, 16, 0, 64]);
        bytes.extend([0x20; 32]);
        bytes.extend([60, 0, 1, 4, 0, 0, 0, 0]);
        bytes.extend([59, 0, 1, 4, 0, 0, 0, 0]);
        bytes
    }

    fn signed(sender: &mut AhSender, packet: &[u8]) -> Vec<u8> {
        let room = sender.head_len(packet[0] >> 4 == 6);
        let mut buffer = alloc::vec![0xee; room];
        buffer.extend(packet);
        let all = room..buffer.len();
        let at = sender.sign_in_place(NOW, &mut buffer, all).unwrap();
        assert_eq!(at, 0..buffer.len());
        buffer
    }

    #[test]
    fn there_and_back() {
        for mac in MACS {
            for numbers in [Numbers::Short, Numbers::Extended] {
                let (mut sender, mut receiver) = halves(mac, numbers);
                sender.skip(u64::from(u32::MAX) - 1);
                let most = if numbers == Numbers::Short { 1 } else { 2 };
                for packet in [v4(), v6()].into_iter().take(most) {
                    let mut on_the_way = signed(&mut sender, &packet);
                    // Routers count hops down.
                    let hops = if packet[0] >> 4 == 4 { 8 } else { 7 };
                    on_the_way[hops] -= 1;
                    let checked = receiver.check(NOW, &on_the_way).unwrap();
                    let (head, next) = (checked.head, checked.next_header);
                    let payload = checked.payload;
                    let at = transport::restore(&mut on_the_way, head, next, payload).unwrap();
                    let mut back = on_the_way[at].to_vec();
                    back[hops] += 1;
                    // The checksum was made for one hop less.
                    if hops == 8 {
                        back[10..12].copy_from_slice(&packet[10..12]);
                    }
                    assert_eq!(back, packet, "{mac:?} {numbers:?}");
                }
            }
        }
    }

    #[test]
    fn once_and_unchanged() {
        for mac in MACS {
            let (mut sender, mut receiver) = halves(mac, Numbers::Short);
            let packet = signed(&mut sender, &v4());
            for at in [1, 2, 12, 19, 20, 24, 28, 32, packet.len() - 1] {
                let mut spoilt = packet.clone();
                spoilt[at] ^= 0x20;
                let changes_on_the_way = at == 1;
                let refused = receiver.check(NOW, &spoilt).is_err();
                assert_eq!(refused, !changes_on_the_way, "{mac:?} {at}");
                if changes_on_the_way {
                    (sender, receiver) = halves(mac, Numbers::Short);
                    assert_eq!(signed(&mut sender, &v4()), packet);
                }
            }
            assert!(receiver.check(NOW, &packet).is_ok());
            let again = receiver.check(NOW, &packet);
            assert_eq!(again, Err(CheckError::Number(Refusal::Replayed)));
        }
    }

    #[test]
    fn errors_change_nothing() {
        let (mut sender, mut receiver) = halves(MACS[1], Numbers::Short);
        let mut packet = v4();
        let all = 0..packet.len();
        let no_room = sender.sign_in_place(NOW, &mut packet, all);
        assert_eq!(no_room, Err(SignError::NoRoom { before: 24 }));
        assert_eq!((&packet, sender.sent()), (&v4(), 0));
        for len in 0..packet.len() {
            assert!(receiver.check(NOW, &packet[..len]).is_err());
        }
        sender.skip(u64::MAX);
        let mut buffer = alloc::vec![0; 24];
        buffer.extend(v4());
        let all = 24..buffer.len();
        let used_up = sender.sign_in_place(NOW, &mut buffer, all);
        assert_eq!(used_up, Err(SignError::Exhausted));
        assert_eq!(buffer[24..], v4());
    }
}
