//! Ciphers and authenticated encryption as ESP and IKE use them: keyed once,
//! then one packet at a time, in place.

use super::{BadKey, Failed, suite};
use alloc::boxed::Box;
use core::fmt;
#[cfg(feature = "rustcrypto")]
use smallvec::SmallVec;

/// A cipher without authentication (CBC, CTR, NULL) of a
/// [`super::CryptoProvider`].
pub trait Cipher: fmt::Debug + Send + Sync {
    /// Its name and sizes.
    fn suite(&self) -> &'static suite::Cipher;

    /// Sets it up with `material`: the key, and behind it the salt where
    /// [`suite::Cipher::salt`] asks for one (RFC 3686 §5.1).
    ///
    /// # Errors
    ///
    /// `material` is none of the lengths of this cipher.
    fn with_key(&self, material: &[u8]) -> Result<Box<dyn CipherKey>, BadKey>;
}

/// A [`Cipher`] with its key, overwritten on drop.
pub trait CipherKey: Send + Sync {
    /// Encrypts `text` in place with the `iv` that travels in the packet.
    ///
    /// # Errors
    ///
    /// `iv` or `text` has no length of this cipher; `text` is then unchanged.
    fn encrypt(&self, iv: &[u8], text: &mut [u8]) -> Result<(), Failed>;

    /// Decrypts `text` in place with the `iv` off the packet. Whether the key
    /// was right only the plaintext can show.
    ///
    /// # Errors
    ///
    /// `iv` or `text` has no length of this cipher; `text` is then unchanged.
    fn decrypt(&self, iv: &[u8], text: &mut [u8]) -> Result<(), Failed>;

    /// Encrypts each of `texts` as [`CipherKey::encrypt`] would: together,
    /// where one text alone cannot use all that the processor has.
    ///
    /// # Errors
    ///
    /// As those of [`CipherKey::encrypt`]; some texts may be encrypted then.
    fn encrypt_all(&self, texts: &mut [Text<'_>]) -> Result<(), Failed> {
        texts
            .iter_mut()
            .try_for_each(|Text { iv, text }| self.encrypt(iv, text))
    }
}

/// One text of several, with its IV.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "what a cipher needs of a text")]
pub struct Text<'a> {
    /// The IV that travels in the packet.
    pub iv: &'a [u8],
    /// What is encrypted, in place.
    pub text: &'a mut [u8],
}

/// Authenticated encryption of a [`super::CryptoProvider`].
pub trait Aead: fmt::Debug + Send + Sync {
    /// Its name and sizes.
    fn suite(&self) -> &'static suite::Cipher;

    /// Sets it up with `material`: the key, and behind it
    /// [`suite::Cipher::salt`] bytes (RFC 4106 §8.1, RFC 4309 §7.1, RFC 7634
    /// §2).
    ///
    /// # Errors
    ///
    /// `material` is none of the lengths of this algorithm.
    fn with_key(&self, material: &[u8]) -> Result<Box<dyn AeadKey>, BadKey>;
}

/// An [`Aead`] with its key and salt, overwritten on drop.
///
/// `iv` is always the eight bytes behind the salt in the nonce: off the
/// packet, or with an implicit IV the sequence number (RFC 8750 §4). `aad` is
/// given in parts and is what the RFCs of ESP and IKE say: SPI and sequence
/// number (RFC 4106 §5), or the message up to and with the header of the SK
/// payload (RFC 5282 §5.1). For `NULL_AUTH_AES_GMAC` it is the same: that the
/// IV and the text are authenticated too (RFC 4543 §3.3) is added inside.
pub trait AeadKey: Send + Sync {
    /// Encrypts `text` in place and writes the integrity check value.
    ///
    /// # Errors
    ///
    /// `iv`, `text` or `icv` has no length of this algorithm.
    fn seal(&self, iv: &[u8], aad: &[&[u8]], text: &mut [u8], icv: &mut [u8])
    -> Result<(), Failed>;

    /// Checks `icv` in constant time and then decrypts `text` in place.
    ///
    /// # Errors
    ///
    /// The packet is not authentic under this key, or a length is impossible;
    /// `text` is then no plaintext.
    fn open(&self, iv: &[u8], aad: &[&[u8]], text: &mut [u8], icv: &[u8]) -> Result<(), Failed>;
}

/// Key and salt of `material`, if that has a length of the cipher.
#[cfg(feature = "rustcrypto")]
pub(super) fn split<'a>(
    suite: &suite::Cipher,
    material: &'a [u8],
) -> Result<(&'a [u8], &'a [u8]), BadKey> {
    let key_len = material.len().checked_sub(suite.salt).ok_or(BadKey)?;
    let (key, salt) = material.split_at_checked(key_len).ok_or(BadKey)?;
    let bits = key_len
        .checked_mul(8)
        .and_then(|bits| u16::try_from(bits).ok());
    let bits = bits.ok_or(BadKey)?;
    suite.keys.negotiated(Some(bits)).ok_or(BadKey)?;
    Ok((key, salt))
}

/// The parts one after the other. An ESP header fits without allocation.
#[cfg(feature = "rustcrypto")]
pub(super) fn joined(parts: &[&[u8]]) -> SmallVec<[u8; 64]> {
    let mut all = SmallVec::new();
    for part in parts {
        all.extend_from_slice(part);
    }
    all
}
