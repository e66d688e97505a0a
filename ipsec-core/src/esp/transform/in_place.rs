//! ESP packets opened and sealed where they stand, without a copy.
//!
//! The IV is made of the sequence number, which is used once under a key: as
//! it is where an IV must only never repeat (RFC 3686 §3.1, RFC 4106 §3.1),
//! and encrypted under the same key where nobody may foresee it (CBC; NIST
//! SP 800-38A appendix C). So no source of randomness is needed.

use super::{Check, EspTransform, Keys, Numbers, OpenError, SealError, TRAILER};
use crate::crypto::Text;
use crate::crypto::suite::CipherMode;
use crate::sa::sequence::{self, SequenceNumber};
use crate::wire::esp::{Esp, Trailer};
use crate::wire::registry::ip::Protocol;
use core::ops::Range;
use smallvec::SmallVec;
use zeroize::Zeroize as _;

/// What stands in a packet before its payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "the fields of RFC 4303 §2")]
pub struct Head {
    /// Security parameters index.
    pub spi: u32,
    /// The packet's number.
    pub number: SequenceNumber,
    /// Whether the check value covers the upper half of the number.
    pub numbers: sequence::Numbers,
}

/// Bytes around a payload that sealing needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a payload has two ends")]
pub struct Room {
    /// SPI, sequence number and IV.
    pub before: usize,
    /// Padding, trailer and check value.
    pub after: usize,
}

/// Where the payload of an opened packet stands.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OpenedInPlace {
    /// Whether it is authentic.
    pub check: Check,
    /// The protocol of the payload.
    pub next_header: Protocol,
    /// Its bytes in the packet, with TFC padding (RFC 4303 §2.7) if any.
    pub payload: Range<usize>,
}

/// A packet that is written but for its encryption.
pub(in crate::esp) struct LaidOut<'b> {
    numbers: Numbers,
    iv: &'b [u8],
    text: &'b mut [u8],
    icv: &'b mut [u8],
}

impl EspTransform {
    /// The room that a payload of `len` bytes needs.
    #[must_use]
    pub const fn room(&self, len: usize) -> Room {
        Room {
            before: HEADER.saturating_add(self.cipher.iv),
            after: self
                .padding(len)
                .saturating_add(TRAILER)
                .saturating_add(self.icv_len),
        }
    }

    /// Seals the bytes at `payload` of `buffer`, into the room around them, and
    /// says where the packet stands.
    ///
    /// # Errors
    ///
    /// There is too little room, or nothing would protect integrity. `buffer`
    /// is then as it was.
    pub fn seal_in_place(
        &self,
        head: &Head,
        next_header: Protocol,
        buffer: &mut [u8],
        payload: Range<usize>,
    ) -> Result<Range<usize>, SealError> {
        let (place, packet) = self.lay_out(head, next_header, buffer, payload)?;
        self.seal_one(packet).ok_or(SealError::Failed)?;
        Ok(place)
    }

    /// Writes all of a packet around its payload but the check value, and says
    /// where it stands. What it returns is still to be encrypted.
    pub(in crate::esp) fn lay_out<'b>(
        &self,
        head: &Head,
        next_header: Protocol,
        buffer: &'b mut [u8],
        payload: Range<usize>,
    ) -> Result<(Range<usize>, LaidOut<'b>), SealError> {
        if self.check() == Check::Unchecked {
            return Err(SealError::Unprotected);
        }
        let room = self.room(payload.len());
        let place = place(&room, &payload, buffer.len()).ok_or(SealError::NoRoom(room))?;
        let packet = buffer.get_mut(place.clone()).unwrap_or_default();
        let laid_out = self.fill(head, next_header, payload.len(), packet);
        Ok((place, laid_out.ok_or(SealError::Failed)?))
    }

    fn fill<'b>(
        &self,
        head: &Head,
        next_header: Protocol,
        len: usize,
        packet: &'b mut [u8],
    ) -> Option<LaidOut<'b>> {
        let padding = self.padding(len);
        let numbers = Numbers::new(head.spi, head.number.low(), head.numbers.high(head.number));
        let (header, rest) = packet.split_first_chunk_mut::<HEADER>()?;
        let (spi, sequence) = header.split_first_chunk_mut::<4>()?;
        *spi = numbers.spi;
        sequence.copy_from_slice(&numbers.sequence);
        let (iv, rest) = rest.split_at_mut_checked(self.cipher.iv)?;
        self.write_iv(head.number, iv)?;
        let text = len.checked_add(padding)?.checked_add(TRAILER)?;
        let (text, icv) = rest.split_at_mut_checked(text)?;
        let (_, tail) = text.split_at_mut_checked(len)?;
        for (byte, count) in tail.iter_mut().take(padding).zip(1..) {
            *byte = count;
        }
        *tail.last_chunk_mut()? = [u8::try_from(padding).ok()?, next_header.0];
        Some(LaidOut {
            numbers,
            iv,
            text,
            icv,
        })
    }

    fn seal_one(&self, packet: LaidOut<'_>) -> Option<()> {
        self.encipher(&packet.numbers, packet.iv, packet.text, packet.icv)
    }

    /// Seals several packets of the SA, in which CBC encrypts one block of
    /// each at a time.
    pub(in crate::esp) fn seal_all(
        &self,
        mut packets: SmallVec<[LaidOut<'_>; TOGETHER]>,
    ) -> Option<()> {
        let Keys::Separate {
            cipher,
            mac: Some(mac),
        } = &self.keys
        else {
            return packets
                .into_iter()
                .try_for_each(|packet| self.seal_one(packet));
        };
        let texts = packets.iter_mut().map(|packet| Text {
            iv: packet.iv,
            text: &mut *packet.text,
        });
        let mut texts: SmallVec<[Text<'_>; TOGETHER]> = texts.collect();
        cipher.encrypt_all(&mut texts).ok()?;
        drop(texts);
        packets.into_iter().try_for_each(|packet| {
            let covered = packet.numbers.covered(packet.iv, packet.text);
            mac.sign(&[], &covered, packet.icv).ok()
        })
    }

    fn write_iv(&self, number: SequenceNumber, iv: &mut [u8]) -> Option<()> {
        if iv.is_empty() {
            return Some(());
        }
        iv.fill(0);
        *iv.last_chunk_mut()? = number.get().to_be_bytes();
        match (self.cipher.mode, &self.keys) {
            (CipherMode::Cbc, Keys::Separate { cipher, .. }) => {
                let zero = ZERO_IV.get(..iv.len())?;
                cipher.encrypt(zero, iv).ok()
            }
            (
                CipherMode::Counter | CipherMode::Aead | CipherMode::AuthOnly | CipherMode::Null,
                _,
            )
            | (CipherMode::Cbc, Keys::Combined(_)) => Some(()),
        }
    }

    /// Checks and opens `packet`, which begins with the SPI. `high` is as for
    /// [`EspTransform::open`].
    ///
    /// # Errors
    ///
    /// As those of [`EspTransform::open`]; what stood behind the IV may be
    /// overwritten.
    pub fn open_in_place(
        &self,
        packet: &mut [u8],
        high: Option<u32>,
    ) -> Result<OpenedInPlace, OpenError> {
        let have = packet.len().saturating_sub(HEADER);
        let too_short = OpenError::TooShort {
            need: self.room(0).after,
            have,
        };
        let esp = Esp::decode(packet).map_err(|_| too_short)?;
        self.cut(&esp)?;
        let numbers = Numbers::new(esp.spi, esp.sequence, high);
        let start = HEADER.saturating_add(self.cipher.iv);
        let (_, rest) = packet.split_at_mut_checked(HEADER).ok_or(too_short)?;
        let (iv, rest) = rest.split_at_mut_checked(self.cipher.iv).ok_or(too_short)?;
        let text = rest.len().saturating_sub(self.icv_len);
        let (text, icv) = rest.split_at_mut_checked(text).ok_or(too_short)?;
        self.decipher(&numbers, iv, text, icv)?;
        let Ok((payload, Trailer { next_header, .. })) = self.trailer(text) else {
            text.zeroize();
            return Err(OpenError::Padding {
                check: self.check(),
            });
        };
        Ok(OpenedInPlace {
            check: self.check(),
            next_header,
            payload: start..start.saturating_add(payload.len()),
        })
    }
}

/// The packet around `payload`, if there is room for it.
fn place(room: &Room, payload: &Range<usize>, len: usize) -> Option<Range<usize>> {
    let start = payload.start.checked_sub(room.before)?;
    let end = payload.end.checked_add(room.after)?;
    (payload.start <= payload.end && end <= len).then_some(start..end)
}

/// SPI and sequence number.
const HEADER: usize = 8;

/// Of the longest block.
const ZERO_IV: [u8; 16] = [0; 16];

/// Packets that are sealed at a time.
pub(in crate::esp) const TOGETHER: usize = 8;
