//! The protected body of an IKEv2 message, opened and sealed: SK payloads
//! (RFC 7296 §3.14), fragments of them (RFC 7383 §2.5), with a cipher and an
//! integrity algorithm or with authenticated encryption (RFC 5282, RFC 7634).
//!
//! IV | payloads, padding, pad length | integrity check value. What stands
//! before the IV is authenticated too, whatever it is.

use super::protected::Protection;
use super::salt::gcm_salt;
use crate::crypto::{AeadKey, CipherKey, CryptoProvider, Failed, MacKey, Secret, suite};
use crate::wire::registry::ike::Encryption;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

/// The keys that protect the messages of one end of an IKE SA.
///
/// ```
/// # #[cfg(feature = "rustcrypto")] {
/// use ipsec_core::crypto::{Secret, rustcrypto};
/// use ipsec_core::keymat::sealed::Ikev2Body;
/// use ipsec_core::wire::registry::ike::Encryption;
/// let (key, none) = (Secret::new(vec![7; 20]), Secret::new(Vec::new()));
/// let gcm = Encryption::ENCR_AES_GCM_16;
/// let keys = Ikev2Body::new(rustcrypto::provider(), gcm, &key, None, &none).unwrap();
///
/// let head = [1; 32]; // IKE header and the generic header of SK
/// let mut message = head.to_vec();
/// keys.seal(&[9; 8], b"payloads", &mut message).unwrap();
/// assert_eq!(message.len(), head.len() + keys.body_len(8));
///
/// let mut plain = Vec::new();
/// let payloads = keys.open(&message, 32..message.len(), &mut plain).unwrap();
/// assert_eq!(&plain[..payloads], b"payloads");
/// # }
/// ```
pub struct Ikev2Body {
    keys: BodyKeys,
    shape: Protection,
    iv: usize,
    icv: usize,
}

enum BodyKeys {
    Aead(Box<dyn AeadKey>),
    Separate(Box<dyn CipherKey>, Box<dyn MacKey>),
}

impl Ikev2Body {
    /// Sets up the algorithms: `key` is `SK_ei` or `SK_er`, the salt behind it;
    /// `mac_key` is `SK_ai` or `SK_ar`, empty where `mac` is `None`.
    ///
    /// # Errors
    ///
    /// [`NoBody`] when the algorithms do not belong together, the provider
    /// lacks one, or a key does not have its length.
    pub fn new(
        provider: &CryptoProvider,
        encryption: Encryption,
        key: &Secret,
        mac: Option<&'static suite::Mac>,
        mac_key: &Secret,
    ) -> Result<Self, NoBody> {
        let mac = mac.filter(|mac| mac.icv > 0);
        let cipher = suite::encryption(encryption).ok_or(NoBody::Unsupported)?;
        let shape = Protection::ikev2(cipher, mac).ok_or(NoBody::Unsupported)?;
        let key = key.dangerous_bytes();
        let (keys, icv) = match mac {
            None => {
                let aead = provider.aead(cipher).ok_or(NoBody::Unsupported)?;
                let keyed = aead.with_key(key).map_err(|_| NoBody::KeyLength)?;
                (BodyKeys::Aead(keyed), cipher.icv)
            }
            Some(sizes) => {
                let cipher = provider.cipher(cipher).ok_or(NoBody::Unsupported)?;
                let cipher = cipher.with_key(key).map_err(|_| NoBody::KeyLength)?;
                let mac = provider.mac(sizes).ok_or(NoBody::Unsupported)?;
                let mac = mac.with_key(mac_key.dangerous_bytes());
                let mac = mac.map_err(|_| NoBody::KeyLength)?;
                (BodyKeys::Separate(cipher, mac), sizes.icv)
            }
        };
        Ok(Self {
            keys,
            shape,
            iv: cipher.iv,
            icv,
        })
    }

    /// The same for AES-GCM with a check value of sixteen bytes, whose `key`
    /// lacks the salt: it is found from the `body` of a `message` as
    /// [`Ikev2Body::open`] takes it.
    ///
    /// `None` if the message is not authentic under this key.
    #[must_use]
    pub fn with_salt_of(
        provider: &CryptoProvider,
        key: &Secret,
        message: &[u8],
        body: Range<usize>,
    ) -> Option<Self> {
        let id = Encryption::ENCR_AES_GCM_16;
        let cipher = suite::encryption(id)?;
        let head = message.get(..body.start)?;
        let (iv, rest) = message.get(body)?.split_at_checked(cipher.iv)?;
        let (text, icv) = rest.split_at_checked(rest.len().checked_sub(cipher.icv)?)?;
        let key = key.dangerous_bytes();
        let salt = gcm_salt(provider, key, iv, &[head], text, icv)?;
        let whole = Secret::new([key, salt.dangerous_bytes()].concat());
        Self::new(provider, id, &whole, None, &Secret::new(Vec::new())).ok()
    }

    /// Bytes of the body that hides `payloads` bytes with the least padding:
    /// what [`Ikev2Body::seal`] appends.
    #[must_use]
    pub const fn body_len(&self, payloads: usize) -> usize {
        self.shape.body(payloads)
    }

    /// Most bytes of payloads whose body has no more than `body` bytes: how
    /// much a fragment of a given size can take (RFC 7383 §2.5.1).
    #[must_use]
    pub const fn room(&self, body: usize) -> usize {
        self.shape.room(body)
    }

    /// Checks and decrypts the `body` of `message` into `plain`, whose first
    /// bytes are then the payloads, and behind them padding and pad length.
    /// Returns the length of the payloads.
    ///
    /// `body` begins with the IV: behind the generic header of an SK payload,
    /// or behind the fragment numbers of an SKF payload.
    ///
    /// # Errors
    ///
    /// [`OpenFault`], of which a peer must not be told which it was; `plain` is
    /// then empty. Nothing is decrypted before the check value is found right,
    /// in constant time.
    pub fn open(
        &self,
        message: &[u8],
        body: Range<usize>,
        plain: &mut Vec<u8>,
    ) -> Result<usize, OpenFault> {
        plain.clear();
        let head = message.get(..body.start).ok_or(OpenFault::Length)?;
        let body = message.get(body).ok_or(OpenFault::Length)?;
        let fits = self.shape.plaintext(body.len());
        fits.map_err(|_| OpenFault::Length)?;
        let cut = body.split_at_checked(self.iv).and_then(|(iv, rest)| {
            let text = rest.len().checked_sub(self.icv)?;
            let (text, icv) = rest.split_at_checked(text)?;
            Some((iv, text, icv))
        });
        let (iv, text, icv) = cut.ok_or(OpenFault::Length)?;
        let opened = match self.decrypt(head, iv, text, icv, plain) {
            Ok(()) => payloads_len(plain).ok_or(OpenFault::Padding),
            Err(Failed { .. }) => Err(OpenFault::Icv),
        };
        if opened.is_err() {
            plain.clear();
        }
        opened
    }

    fn decrypt(
        &self,
        head: &[u8],
        iv: &[u8],
        text: &[u8],
        icv: &[u8],
        plain: &mut Vec<u8>,
    ) -> Result<(), Failed> {
        match &self.keys {
            BodyKeys::Aead(key) => {
                plain.extend_from_slice(text);
                key.open(iv, &[head], plain, icv)
            }
            BodyKeys::Separate(cipher, mac) => {
                mac.verify(&[], &[head, iv, text], icv)?;
                plain.extend_from_slice(text);
                cipher.decrypt(iv, plain)
            }
        }
    }

    /// Appends the body that hides `payloads` to `message`, with the least
    /// padding. `message` ends where the IV goes; the lengths in it are those
    /// that [`Ikev2Body::body_len`] foretells.
    ///
    /// `iv` must be unpredictable with CBC and never be used twice with
    /// anything else.
    ///
    /// # Errors
    ///
    /// `iv` does not have the length of the cipher's; `message` is then as it
    /// was.
    pub fn seal(&self, iv: &[u8], payloads: &[u8], message: &mut Vec<u8>) -> Result<(), Failed> {
        let least = self.iv.saturating_add(self.icv);
        let text_len = self.body_len(payloads.len()).saturating_sub(least);
        let padding = text_len.saturating_sub(payloads.len()).saturating_sub(1);

        let mut text = Vec::with_capacity(text_len);
        text.extend_from_slice(payloads);
        text.resize(payloads.len().saturating_add(padding), 0);
        // The least padding is shorter than a block.
        text.push(u8::try_from(padding).unwrap_or(u8::MAX));
        let mut icv = alloc::vec![0; self.icv];
        match &self.keys {
            BodyKeys::Aead(key) => key.seal(iv, &[message], &mut text, &mut icv)?,
            BodyKeys::Separate(cipher, mac) => {
                cipher.encrypt(iv, &mut text)?;
                mac.sign(&[], &[message, iv, &text], &mut icv)?;
            }
        }
        for part in [iv, &text, &icv] {
            message.extend_from_slice(part);
        }
        Ok(())
    }
}

impl fmt::Debug for Ikev2Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Ikev2Body");
        shown.field("shape", &self.shape).finish_non_exhaustive()
    }
}

/// What stands before padding and pad length.
fn payloads_len(plain: &[u8]) -> Option<usize> {
    let (&padding, rest) = plain.split_last()?;
    rest.len().checked_sub(usize::from(padding))
}

/// Why no keys could be set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoBody {
    /// The algorithms do not belong together, or the provider lacks one.
    Unsupported,
    /// A key does not have the length of its algorithm.
    KeyLength,
}

/// Why a body stays closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OpenFault {
    /// No sender with these algorithms can produce that length.
    Length,
    /// The integrity check value is wrong: another key, or other bytes.
    Icv,
    /// The check value is right, but the pad length is longer than what was
    /// decrypted.
    Padding,
}

impl fmt::Display for NoBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unsupported => "no such pair of algorithms is supported",
            Self::KeyLength => "a key does not have the length of its algorithm",
        })
    }
}

impl fmt::Display for OpenFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Length => "the length is impossible for the algorithms",
            Self::Icv => "the integrity check value is wrong",
            Self::Padding => "the padding is longer than the plaintext",
        })
    }
}

impl core::error::Error for NoBody {}
impl core::error::Error for OpenFault {}

#[cfg(feature = "rustcrypto")]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::rustcrypto::provider;
    use crate::wire::registry::ike::Integrity;
    use alloc::vec;

    const HEAD: usize = 32;

    /// One of each kind: keys, the IV's length, the block.
    fn bodies() -> Vec<(Ikev2Body, usize, usize)> {
        let body = |encryption, key, integrity, mac_key| {
            let cipher = suite::encryption(encryption).unwrap();
            let keys = Ikev2Body::new(
                provider(),
                encryption,
                &Secret::new(vec![0x11; key]),
                suite::integrity(integrity),
                &Secret::new(vec![0x22; mac_key]),
            );
            (keys.unwrap(), cipher.iv, cipher.block)
        };
        let sha2 = Integrity::AUTH_HMAC_SHA2_256_128;
        vec![
            body(Encryption::ENCR_AES_CBC, 32, sha2, 32),
            body(Encryption::ENCR_3DES, 24, Integrity::AUTH_HMAC_SHA1_96, 20),
            body(Encryption::ENCR_AES_CTR, 20, sha2, 32),
            body(Encryption::ENCR_NULL, 0, sha2, 32),
            body(Encryption::ENCR_AES_GCM_16, 36, Integrity::NONE, 0),
            body(Encryption::ENCR_AES_CCM_8, 19, Integrity::NONE, 0),
            body(Encryption::ENCR_CHACHA20_POLY1305, 36, Integrity::NONE, 0),
        ]
    }

    fn sealed(keys: &Ikev2Body, iv: usize, payloads: &[u8]) -> Vec<u8> {
        let mut message = vec![0xaa; HEAD];
        keys.seal(&vec![5; iv], payloads, &mut message).unwrap();
        message
    }

    #[test]
    fn what_is_sealed_opens() {
        for (keys, iv, _) in bodies() {
            for len in 0..70 {
                let payloads = vec![3; len];
                let message = sealed(&keys, iv, &payloads);
                assert_eq!(message.len(), HEAD + keys.body_len(len), "{keys:?}");
                let mut plain = vec![9];
                let opened = keys.open(&message, HEAD..message.len(), &mut plain);
                assert_eq!(plain[..opened.unwrap()], payloads, "{keys:?}");
            }
            let mut message = vec![1];
            assert!(keys.seal(&vec![5; iv + 1], &[], &mut message).is_err());
            assert_eq!(message, [1]);
        }
    }

    #[test]
    fn no_changed_bit_opens() {
        for (keys, iv, _) in bodies() {
            let message = sealed(&keys, iv, b"payloads");
            for bit in 0..message.len() * 8 {
                let mut changed = message.clone();
                changed[bit / 8] ^= 1 << (bit % 8);
                let mut plain = Vec::new();
                let opened = keys.open(&changed, HEAD..changed.len(), &mut plain);
                assert_eq!(opened, Err(OpenFault::Icv), "{keys:?} bit {bit}");
                assert!(plain.is_empty());
            }
        }
    }

    #[test]
    fn every_short_body_is_refused() {
        for (keys, _, _) in bodies() {
            for len in 0..=64 {
                let message = vec![0; HEAD + len];
                let mut plain = Vec::new();
                let fault = keys.open(&message, HEAD..message.len(), &mut plain);
                let possible = keys.shape.plaintext(len).is_ok();
                let expected = if possible {
                    OpenFault::Icv
                } else {
                    OpenFault::Length
                };
                assert_eq!(fault, Err(expected), "{keys:?} {len}");
            }
            let beyond = keys.open(&[0; HEAD], HEAD..HEAD + 64, &mut Vec::new());
            assert_eq!(beyond, Err(OpenFault::Length));
        }
    }

    /// Every pad length there is, under a check value that is right.
    #[test]
    fn padding_is_judged_by_its_length_alone() {
        for (keys, iv, block) in bodies() {
            let text_len = 64_usize.next_multiple_of(block);
            for pad_length in 0..=u8::MAX {
                let mut text = vec![0xcc; text_len];
                text[text_len - 1] = pad_length;
                let message = with_plaintext(&keys, iv, text);
                let mut plain = Vec::new();
                let opened = keys.open(&message, HEAD..message.len(), &mut plain);
                let expected = (text_len - 1)
                    .checked_sub(pad_length.into())
                    .ok_or(OpenFault::Padding);
                assert_eq!(opened, expected, "{keys:?} {pad_length}");
            }
        }
    }

    /// A message whose whole plaintext is `text`, padding included.
    fn with_plaintext(keys: &Ikev2Body, iv: usize, mut text: Vec<u8>) -> Vec<u8> {
        let (mut message, iv) = (vec![0xaa; HEAD], vec![5; iv]);
        let mut icv = vec![0; keys.icv];
        match &keys.keys {
            BodyKeys::Aead(key) => key.seal(&iv, &[&message], &mut text, &mut icv).unwrap(),
            BodyKeys::Separate(cipher, mac) => {
                cipher.encrypt(&iv, &mut text).unwrap();
                mac.sign(&[], &[&message, &iv, &text], &mut icv).unwrap();
            }
        }
        message.extend([iv, text, icv].concat());
        message
    }

    #[test]
    fn pairs_and_keys_that_cannot_be() {
        let new = |encryption, key, integrity, mac_key| {
            let (key, mac_key) = (Secret::new(vec![0; key]), Secret::new(vec![0; mac_key]));
            let mac = suite::integrity(integrity);
            Ikev2Body::new(provider(), encryption, &key, mac, &mac_key).map(drop)
        };
        let (cbc, gcm) = (Encryption::ENCR_AES_CBC, Encryption::ENCR_AES_GCM_16);
        let sha1 = Integrity::AUTH_HMAC_SHA1_96;
        assert_eq!(new(cbc, 16, sha1, 20), Ok(()));
        assert_eq!(new(cbc, 16, Integrity::NONE, 0), Err(NoBody::Unsupported));
        assert_eq!(new(gcm, 20, sha1, 20), Err(NoBody::Unsupported));
        assert_eq!(new(gcm, 16, Integrity::NONE, 0), Err(NoBody::KeyLength));
        assert_eq!(new(cbc, 15, sha1, 20), Err(NoBody::KeyLength));
        assert_eq!(new(cbc, 16, sha1, 19), Err(NoBody::KeyLength));
        let unknown = Encryption(60_000);
        assert_eq!(new(unknown, 16, sha1, 20), Err(NoBody::Unsupported));
        let empty = Ikev2Body::new(
            &CryptoProvider::EMPTY,
            gcm,
            &Secret::new(vec![0; 20]),
            None,
            &Secret::new(Vec::new()),
        );
        assert_eq!(empty.map(drop), Err(NoBody::Unsupported));
    }

    #[test]
    fn debug_shows_no_key() {
        for (keys, _, _) in bodies() {
            let shown = alloc::format!("{keys:?}");
            assert!(!shown.contains("17") && !shown.contains("34"), "{shown}");
        }
    }
}
