//! How long the hidden part of a protected IKE message can be, told from the
//! outside by arithmetic alone.
//!
//! IKEv2 (RFC 7296 §3.14, RFC 7383 §2.5): IV | payloads, padding, pad length |
//! integrity check value. IKEv1 (RFC 2409 appendix B): payloads and padding,
//! no length of it and no IV on the wire. AEAD ciphers: RFC 5282 §3.

use crate::crypto::suite::{Cipher, CipherMode, Mac};
use core::fmt;
use core::ops::RangeInclusive;

/// The shape of the protected bodies of one IKE SA.
///
/// ```
/// use ipsec_core::crypto::suite;
/// use ipsec_core::keymat::protected::Protection;
/// use ipsec_core::wire::registry::ike::Encryption;
/// let gcm = suite::encryption(Encryption::ENCR_AES_GCM_16).unwrap();
/// let shape = Protection::ikev2(gcm, None).unwrap();
/// // An answer of 33 bytes hides 8: one notification without data.
/// assert_eq!(shape.plaintext(33).unwrap().likely, 8..=8);
/// assert!(shape.plaintext(24).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Protection {
    iv: usize,
    icv: usize,
    block: usize,
    /// The last byte of the plaintext is the length of the padding.
    pad_length: bool,
}

/// The bytes that the payloads inside can have together.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Plaintext {
    /// Whatever padding the sender chose.
    pub possible: RangeInclusive<usize>,
    /// With no more padding than the block needs, as implementations do.
    pub likely: RangeInclusive<usize>,
}

/// A length that no sender of this suite can produce.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Impossible {
    /// There is no room for the parts that must be there.
    TooShort {
        /// Bytes of those parts.
        need: usize,
        /// Bytes of the body.
        have: usize,
    },
    /// The ciphertext does not consist of whole blocks.
    NotWholeBlocks {
        /// Bytes of a block.
        block: usize,
        /// Bytes of ciphertext.
        ciphertext: usize,
    },
}

impl Protection {
    /// The shape of encrypted payloads (SK, and SKF behind its four bytes of
    /// fragment numbers) under these algorithms.
    ///
    /// Returns `None` for a pair that RFC 7296 §3.3 excludes: an AEAD cipher
    /// together with an integrity algorithm, any other cipher without one.
    #[must_use]
    pub const fn ikev2(cipher: &Cipher, mac: Option<&Mac>) -> Option<Self> {
        let mac_icv = match mac {
            Some(mac) => mac.icv,
            None => 0,
        };
        if cipher.is_aead() == (mac_icv > 0) {
            return None;
        }
        Some(Self {
            iv: cipher.iv,
            icv: cipher.icv.saturating_add(mac_icv),
            block: cipher.block,
            pad_length: true,
        })
    }

    /// The shape of what follows the header of an encrypted IKEv1 message.
    ///
    /// Returns `None` for anything but a CBC cipher: IKEv1 has no other.
    #[must_use]
    pub const fn ikev1(cipher: &Cipher) -> Option<Self> {
        if !matches!(cipher.mode, CipherMode::Cbc) {
            return None;
        }
        Some(Self {
            iv: 0,
            icv: 0,
            block: cipher.block,
            pad_length: false,
        })
    }

    /// Bytes of payloads that a body of `body` bytes can hold. The body of an
    /// SK payload begins behind its generic header, that of an IKEv1 message
    /// behind the ISAKMP header.
    ///
    /// # Errors
    ///
    /// [`Impossible`] when no sender can produce that length.
    pub fn plaintext(&self, body: usize) -> Result<Plaintext, Impossible> {
        let overhead = self.iv.saturating_add(self.icv);
        let least = if self.pad_length { 1 } else { self.block };
        let too_short = Impossible::TooShort {
            need: overhead.saturating_add(least.next_multiple_of(self.block)),
            have: body,
        };
        let ciphertext = body.checked_sub(overhead).ok_or(too_short)?;
        if ciphertext < least {
            return Err(too_short);
        }
        if !ciphertext.is_multiple_of(self.block) {
            return Err(Impossible::NotWholeBlocks {
                block: self.block,
                ciphertext,
            });
        }
        Ok(self.ranges(ciphertext))
    }

    /// Bytes of the body that holds `plaintext` bytes of payloads with the
    /// least padding: the inverse of [`Protection::plaintext`].
    #[must_use]
    pub const fn body(&self, plaintext: usize) -> usize {
        let trailer = if self.pad_length { 1 } else { 0 };
        let padded = plaintext
            .saturating_add(trailer)
            .next_multiple_of(self.block);
        self.iv.saturating_add(padded).saturating_add(self.icv)
    }

    /// Most bytes of payloads whose body has no more than `body` bytes; zero
    /// when there is no such body.
    #[must_use]
    pub const fn room(&self, body: usize) -> usize {
        let text = body.saturating_sub(self.iv.saturating_add(self.icv));
        let trailer = if self.pad_length { 1 } else { 0 };
        (text - text % self.block).saturating_sub(trailer)
    }

    fn ranges(&self, ciphertext: usize) -> Plaintext {
        if self.pad_length {
            let most = ciphertext.saturating_sub(1);
            Plaintext {
                possible: most.saturating_sub(PAD_MAX)..=most,
                likely: ciphertext.saturating_sub(self.block)..=most,
            }
        } else {
            // Some senders add a whole block when nothing needs padding.
            Plaintext {
                possible: 0..=ciphertext,
                likely: ciphertext.saturating_sub(self.block)..=ciphertext,
            }
        }
    }
}

impl Plaintext {
    /// Whether the payloads inside can have `len` bytes together.
    #[must_use]
    pub fn can_be(&self, len: usize) -> bool {
        self.possible.contains(&len)
    }

    /// Whether they are too short for a message that needs `least` bytes.
    #[must_use]
    pub fn is_below(&self, least: usize) -> bool {
        *self.possible.end() < least
    }
}

impl fmt::Display for Impossible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::TooShort { need, have } => {
                write!(
                    f,
                    "{have} bytes, where IV, check value and one block take {need}"
                )
            }
            Self::NotWholeBlocks { block, ciphertext } => {
                write!(
                    f,
                    "{ciphertext} bytes of ciphertext are no multiple of the {block}-byte block"
                )
            }
        }
    }
}

impl core::error::Error for Impossible {}

/// Bytes of the payloads of the shortest IKE_AUTH response that creates a
/// CHILD_SA (RFC 7296 §1.2): IDr and AUTH without data, SA with one ESP
/// proposal of two transforms, TSi and TSr with one IPv4 range each.
///
/// A response that hides less has refused something.
pub const LEAST_AUTH_SUCCESS: usize = 8 + 8 + (4 + 12 + 8 + 8) + (8 + 16) + (8 + 16);

/// Bytes of a notification payload without SPI and data (RFC 7296 §3.10).
pub const BARE_NOTIFY: usize = 8;

/// Bytes of padding the pad length can tell.
const PAD_MAX: usize = 255;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::suite;
    use crate::wire::registry::{ike, isakmp};
    use proptest::prelude::*;

    fn shape(encr: ike::Encryption, integ: ike::Integrity) -> Protection {
        let cipher = suite::encryption(encr).unwrap();
        Protection::ikev2(cipher, suite::integrity(integ)).unwrap()
    }

    fn aes_cbc_sha256() -> Protection {
        shape(
            ike::Encryption::ENCR_AES_CBC,
            ike::Integrity::AUTH_HMAC_SHA2_256_128,
        )
    }

    fn phase1(encr: isakmp::Encryption) -> Protection {
        Protection::ikev1(suite::phase1_encryption(encr).unwrap()).unwrap()
    }

    /// IV 16, one block of 16, check value 16: HDR, SK{N(AUTHENTICATION_FAILED)}.
    #[test]
    fn one_block_of_aes_cbc() {
        let inside = aes_cbc_sha256().plaintext(48).unwrap();
        assert_eq!(inside.likely, 0..=15);
        assert_eq!(inside.possible, 0..=15);
        assert!(inside.can_be(BARE_NOTIFY));
        assert!(inside.is_below(LEAST_AUTH_SUCCESS));
    }

    #[test]
    fn padding_reaches_255() {
        let inside = aes_cbc_sha256().plaintext(32 + 512).unwrap();
        assert_eq!(inside.possible, 256..=511);
        assert_eq!(inside.likely, 496..=511);
    }

    #[test]
    fn lengths_that_cannot_be() {
        let cbc = aes_cbc_sha256();
        let too_short = |have| Err(Impossible::TooShort { need: 48, have });
        assert_eq!(cbc.plaintext(0), too_short(0));
        assert_eq!(cbc.plaintext(32), too_short(32));
        let broken = Impossible::NotWholeBlocks {
            block: 16,
            ciphertext: 17,
        };
        assert_eq!(cbc.plaintext(49), Err(broken));
        let ctr = shape(
            ike::Encryption::ENCR_AES_CTR,
            ike::Integrity::AUTH_HMAC_SHA1_96,
        );
        assert_eq!(
            ctr.plaintext(20),
            Err(Impossible::TooShort { need: 21, have: 20 })
        );
        assert_eq!(ctr.plaintext(21).unwrap().possible, 0..=0);
        let v1 = phase1(isakmp::Encryption::TRIPLE_DES_CBC);
        assert_eq!(
            v1.plaintext(0),
            Err(Impossible::TooShort { need: 8, have: 0 })
        );
        assert!(v1.plaintext(20).is_err());
    }

    #[test]
    fn pairs_that_cannot_be() {
        let gcm = suite::encryption(ike::Encryption::ENCR_AES_GCM_16).unwrap();
        let cbc = suite::encryption(ike::Encryption::ENCR_AES_CBC).unwrap();
        let sha = suite::integrity(ike::Integrity::AUTH_HMAC_SHA1_96);
        let none = suite::integrity(ike::Integrity::NONE);
        assert_eq!(Protection::ikev2(gcm, sha), None);
        assert_eq!(Protection::ikev2(cbc, None), None);
        assert_eq!(Protection::ikev2(cbc, none), None);
        assert_eq!(Protection::ikev2(gcm, none), Protection::ikev2(gcm, None));
        assert_eq!(Protection::ikev1(gcm), None);
    }

    proptest! {
        #[test]
        fn what_fits_is_found_again(len in 0_usize..2000, extra in 0_usize..16) {
            let shapes = [
                aes_cbc_sha256(),
                shape(ike::Encryption::ENCR_AES_GCM_16, ike::Integrity::NONE),
                shape(ike::Encryption::ENCR_3DES, ike::Integrity::AUTH_HMAC_MD5_96),
                phase1(isakmp::Encryption::AES_CBC),
                phase1(isakmp::Encryption::DES_CBC),
            ];
            for shape in shapes {
                if len == 0 && !shape.pad_length {
                    continue;
                }
                let body = shape.body(len) + extra * shape.block;
                let room = shape.room(body);
                prop_assert!(room >= len && shape.body(room) == body && shape.body(room + 1) > body);
                let inside = shape.plaintext(body).unwrap();
                prop_assert!(extra > 0 || inside.likely.contains(&len));
                prop_assert!(extra * shape.block > 240 || inside.can_be(len));
                prop_assert!(inside.possible.start() <= inside.likely.start());
                prop_assert_eq!(inside.possible.end(), inside.likely.end());
            }
        }

        #[test]
        fn no_length_panics(body in any::<usize>()) {
            for cipher in ike::Encryption::ALL.iter().filter_map(|id| suite::encryption(*id)) {
                for mac in ike::Integrity::ALL.iter().map(|id| suite::integrity(*id)) {
                    if let Some(shape) = Protection::ikev2(cipher, mac) {
                        let _ = shape.plaintext(body);
                        let _ = shape.room(body);
                        let _ = shape.body(body.min(usize::MAX / 2));
                    }
                }
            }
        }
    }
}
