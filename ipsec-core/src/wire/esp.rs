//! ESP packets as they are on the wire (RFC 4303 §2), without keys, and the
//! trailer that decryption uncovers.

use super::layout::{Encoder, Field, Layout, Show};
use super::leaf::{DecodeError, DecodeErrorKind};
use super::registry::ip::Protocol;
use alloc::vec::Vec;

/// An ESP packet: what can be read without keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a fixed wire format that callers build"
)]
pub struct Esp<'a> {
    /// Security parameters index.
    pub spi: u32,
    /// Low 32 bits of the sequence number.
    pub sequence: u32,
    /// IV, ciphertext and ICV, which only the SA can tell apart.
    pub rest: &'a [u8],
}

/// What follows the sequence number, cut by the sizes that the SA's
/// algorithms use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a fixed wire format")]
pub struct Sealed<'a> {
    /// Initialization vector.
    pub iv: &'a [u8],
    /// Payload and trailer, encrypted.
    pub ciphertext: &'a [u8],
    /// Integrity check value.
    pub icv: &'a [u8],
}

impl<'a> Esp<'a> {
    /// Reads a packet that fills `i`.
    ///
    /// # Errors
    /// When it ends before SPI and sequence number do.
    #[inline]
    pub fn decode(i: &'a [u8]) -> Result<Self, DecodeError> {
        let Some((&[a, b, c, d, e, f, g, h], rest)) = i.split_first_chunk::<FIXED>() else {
            let have = i.len();
            let kind = DecodeErrorKind::Truncated { need: FIXED, have };
            return Err(DecodeError::new(0, "esp", kind));
        };
        Ok(Self {
            spi: u32::from_be_bytes([a, b, c, d]),
            sequence: u32::from_be_bytes([e, f, g, h]),
            rest,
        })
    }

    /// The same as [`Esp::decode`]: beyond the fixed head nothing can be wrong
    /// that is visible without keys.
    ///
    /// # Errors
    /// When it ends before SPI and sequence number do.
    #[inline]
    pub fn decode_lax(i: &'a [u8]) -> Result<(Self, Option<DecodeError>), DecodeError> {
        Self::decode(i).map(|esp| (esp, None))
    }

    /// Cuts the rest by the algorithms' sizes; `None` when it is too short.
    #[must_use]
    pub fn split(&self, iv_len: usize, icv_len: usize) -> Option<Sealed<'a>> {
        let (iv, rest) = self.rest.split_at_checked(iv_len)?;
        let (ciphertext, icv) = rest.split_at_checked(rest.len().checked_sub(icv_len)?)?;
        Some(Sealed {
            iv,
            ciphertext,
            icv,
        })
    }

    /// Lays out the whole packet, its encrypted part as one field.
    #[inline]
    pub fn lay_out(&self, out: &mut impl Layout) {
        out.group(&ESP, |out| {
            self.lay_out_head(out);
            out.bytes(&ENCRYPTED, self.rest);
        });
    }

    /// Lays out the whole packet, its encrypted part cut as `sealed` says.
    pub fn lay_out_sealed(&self, sealed: &Sealed<'_>, out: &mut impl Layout) {
        out.group(&ESP, |out| {
            self.lay_out_head(out);
            out.bytes(&IV, sealed.iv);
            out.bytes(&CIPHERTEXT, sealed.ciphertext);
            out.bytes(&ICV, sealed.icv);
        });
    }

    #[inline]
    fn lay_out_head(&self, out: &mut impl Layout) {
        out.u32(&SPI, self.spi);
        out.u32(&SEQUENCE, self.sequence);
    }

    /// Appends the packet's bytes.
    pub fn encode(&self, out: &mut Vec<u8>) {
        self.lay_out(&mut Encoder::new(out));
    }
}

/// The end of an ESP plaintext (RFC 4303 §2.4 to §2.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a fixed wire format that callers build"
)]
pub struct Trailer<'a> {
    /// Padding.
    pub padding: &'a [u8],
    /// Bytes of padding, as it stands on the wire.
    pub pad_length: u8,
    /// Protocol of the payload.
    pub next_header: Protocol,
}

impl<'a> Trailer<'a> {
    /// Splits a plaintext into payload and trailer.
    ///
    /// # Errors
    /// When it has no room for the trailer or for the padding it announces.
    pub fn split(plaintext: &'a [u8]) -> Result<(&'a [u8], Self), DecodeError> {
        let Some((body, &[pad_length, next_header])) = plaintext.split_last_chunk::<2>() else {
            let have = plaintext.len();
            let kind = DecodeErrorKind::Truncated { need: 2, have };
            return Err(DecodeError::new(0, "pad_length", kind));
        };
        let cut = body
            .len()
            .checked_sub(pad_length.into())
            .and_then(|at| body.split_at_checked(at));
        let Some((payload, padding)) = cut else {
            let kind = DecodeErrorKind::BadLength {
                value: pad_length.into(),
                min: 0,
                max: body.len(),
            };
            return Err(DecodeError::new(body.len(), "pad_length", kind));
        };
        let trailer = Self {
            padding,
            pad_length,
            next_header: Protocol(next_header),
        };
        Ok((payload, trailer))
    }

    /// Whether the padding counts 1, 2, 3 … as it does unless the cipher says
    /// otherwise (RFC 4303 §2.4). Anything else hints at wrong keys.
    #[must_use]
    pub fn counts_up(&self) -> bool {
        self.padding.iter().copied().eq(1..=self.pad_length)
    }

    /// Lays out the trailer, which follows the payload.
    pub fn lay_out(&self, out: &mut impl Layout) {
        out.group(&TRAILER, |out| {
            out.bytes(&PADDING, self.padding);
            out.u8(&PAD_LENGTH, self.pad_length);
            out.u8(&NEXT_HEADER, self.next_header.0);
        });
    }

    /// Appends the trailer's bytes.
    pub fn encode(&self, out: &mut Vec<u8>) {
        self.lay_out(&mut Encoder::new(out));
    }
}

pub(super) static ESP: Field = Field::new(
    "esp",
    "ESP",
    "Encapsulating Security Payload, RFC 4303",
    Show::Group,
);
pub(super) static SPI: Field = Field::new(
    "spi",
    "SPI",
    "Names the receiver's security association, RFC 4303 §2.1",
    Show::Hex,
);
static SEQUENCE: Field = Field::new(
    "sequence",
    "Sequence number",
    "Counts packets of the SA; its low half with extended numbers, RFC 4303 §2.2",
    Show::Dec,
);
static ENCRYPTED: Field = Field::new(
    "encrypted",
    "Encrypted data",
    "IV, payload, trailer and ICV, RFC 4303 §2.3",
    Show::Bytes,
);
static IV: Field = Field::new(
    "iv",
    "IV",
    "Initialization vector of the cipher, RFC 4303 §2.3",
    Show::Bytes,
);
static CIPHERTEXT: Field = Field::new(
    "ciphertext",
    "Ciphertext",
    "Payload and trailer, encrypted, RFC 4303 §2.3",
    Show::Bytes,
);
static ICV: Field = Field::new(
    "icv",
    "ICV",
    "Integrity check value, RFC 4303 §2.8",
    Show::Bytes,
);
static TRAILER: Field = Field::new(
    "esp_trailer",
    "ESP trailer",
    "End of the decrypted payload, RFC 4303 §2.4",
    Show::Group,
);
static PADDING: Field = Field::new(
    "padding",
    "Padding",
    "Fills the payload up to the cipher's block, RFC 4303 §2.4",
    Show::Bytes,
);
static PAD_LENGTH: Field = Field::new(
    "pad_length",
    "Pad length",
    "Bytes of padding, RFC 4303 §2.5",
    Show::Dec,
);
static NEXT_HEADER: Field = Field::new(
    "next_header",
    "Next header",
    "What the payload is; 59 marks a dummy packet, RFC 4303 §2.6",
    Show::Named(Protocol::name_of),
);

/// Bytes before the encrypted data.
const FIXED: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_trailer_ends_the_plaintext() {
        let plaintext = [0x45, 0, 1, 2, 3, 3, 4];
        let (payload, trailer) = Trailer::split(&plaintext).unwrap();
        assert_eq!(payload, [0x45, 0]);
        assert_eq!(
            (trailer.padding, trailer.next_header),
            (&[1u8, 2, 3][..], Protocol::IPV4)
        );
        assert!(trailer.counts_up());
        let mut bytes = payload.to_vec();
        trailer.encode(&mut bytes);
        assert_eq!(bytes, plaintext);
        assert!(!Trailer::split(&[7, 1, 59]).unwrap().1.counts_up());
    }

    #[test]
    fn padding_cannot_exceed_the_plaintext() {
        for pad_length in [0, 1, 2] {
            assert!(Trailer::split(&[1, 2, pad_length, 4]).is_ok());
        }
        for pad_length in [3, 255] {
            let error = Trailer::split(&[1, 2, pad_length, 4]).unwrap_err();
            assert_eq!((error.offset, error.field), (2, "pad_length"));
        }
        for n in 0..2 {
            assert!(Trailer::split(&[0, 59][..n]).is_err());
        }
    }

    #[test]
    fn algorithms_cut_the_rest() {
        let bytes: Vec<u8> = (0..8 + 30).collect();
        let esp = Esp::decode(&bytes).unwrap();
        let sealed = esp.split(8, 16).unwrap();
        assert_eq!(
            (sealed.iv.len(), sealed.ciphertext.len(), sealed.icv.len()),
            (8, 6, 16)
        );
        assert!(esp.split(14, 16).is_some());
        assert!(esp.split(15, 16).is_none());
        assert!(esp.split(31, 0).is_none());
        assert!(esp.split(0, usize::MAX).is_none());
        let mut out = Vec::new();
        esp.lay_out_sealed(&sealed, &mut Encoder::new(&mut out));
        assert_eq!(out, bytes);
        for n in 0..8 {
            let error = Esp::decode(&bytes[..n]).unwrap_err();
            assert_eq!(error.kind, DecodeErrorKind::Truncated { need: 8, have: n });
        }
    }
}
