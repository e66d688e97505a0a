//! Ciphers and authenticated encryption as ESP and IKE use them: keyed once,
//! then one packet at a time, in place.

use super::{BadKey, Failed, suite};
use alloc::boxed::Box;
use core::fmt;

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
