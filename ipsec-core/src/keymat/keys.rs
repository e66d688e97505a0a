//! What both versions' key schedules take and give: nonces, SPIs, the sizes of
//! the keys of one SA, and the keys themselves, cut from key material.

use crate::crypto::{Secret, suite};
use core::fmt;

/// The bodies of the two nonce payloads of an exchange (`Ni_b`, `Nr_b`).
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "an exchange has two ends")]
pub struct Nonces<'a> {
    /// The initiator's.
    pub i: &'a [u8],
    /// The responder's.
    pub r: &'a [u8],
}

/// The two SPIs of an IKE SA; IKEv1 calls them cookies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "an SA has two ends")]
pub struct Spis {
    /// The initiator's.
    pub i: [u8; 8],
    /// The responder's.
    pub r: [u8; 8],
}

/// The bytes of key material that one direction of an SA takes.
///
/// ```
/// use ipsec_core::{crypto::suite, keymat::KeySizes, wire::registry::ike};
/// let gcm = suite::encryption(ike::Encryption::ENCR_AES_GCM_16).unwrap();
/// let sizes = KeySizes::negotiated(gcm, Some(256), None).unwrap();
/// assert_eq!((sizes.encr, sizes.integ), (36, 0)); // the salt is part of it
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "an SA has these two algorithms")]
pub struct KeySizes {
    /// For the cipher, its salt included.
    pub encr: usize,
    /// For the integrity algorithm; 0 where the cipher brings its own.
    pub integ: usize,
}

impl KeySizes {
    /// The sizes for these algorithms, where `key_length` is the negotiated
    /// attribute in bits.
    ///
    /// Returns `None` when the cipher has no key of that length.
    #[must_use]
    pub fn negotiated(
        cipher: &suite::Cipher,
        key_length: Option<u16>,
        mac: Option<&suite::Mac>,
    ) -> Option<Self> {
        let bits = cipher.keys.negotiated(key_length)?;
        Some(Self {
            encr: cipher.key_material(bits),
            integ: mac.map_or(0, |mac| mac.key),
        })
    }

    /// Bytes of one direction.
    #[must_use]
    pub const fn total(self) -> usize {
        self.encr.saturating_add(self.integ)
    }
}

/// The keys of one direction of an ESP or AH SA.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "an SA has these two algorithms")]
pub struct SaKeys {
    /// The cipher's, its salt behind it.
    pub encr: Secret,
    /// The integrity algorithm's.
    pub integ: Secret,
}

impl SaKeys {
    /// Cuts the keys in the order of RFC 7296 §2.17: encryption, integrity.
    pub(super) fn cut(material: &mut Material<'_>, sizes: KeySizes) -> Self {
        Self {
            encr: material.take(sizes.encr),
            integ: material.take(sizes.integ),
        }
    }
}

/// Key material that keys are cut from, front to back.
pub(super) struct Material<'a>(&'a [u8]);

impl<'a> Material<'a> {
    pub(super) fn new(secret: &'a Secret) -> Self {
        Self(secret.dangerous_bytes())
    }

    /// The next `len` bytes, or what is left of them.
    pub(super) fn take(&mut self, len: usize) -> Secret {
        let (key, rest) = self.0.split_at(len.min(self.0.len()));
        self.0 = rest;
        Secret::new(key.to_vec())
    }
}

/// More key material was asked for than the construction gives: `prf+` ends
/// after 255 rounds (RFC 7296 §2.13).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TooMuch {
    /// Bytes asked for.
    pub wanted: usize,
    /// Bytes there can be.
    pub most: usize,
}

impl fmt::Display for TooMuch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { wanted, most } = self;
        write!(
            f,
            "{wanted} bytes of key material asked for, {most} is the most"
        )
    }
}

impl core::error::Error for TooMuch {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::registry::ike::{Encryption, Integrity};

    #[test]
    fn sizes_of_suites() {
        let sizes = |encr, bits, integ| {
            let cipher = suite::encryption(encr).unwrap();
            let sizes = KeySizes::negotiated(cipher, bits, suite::integrity(integ));
            sizes.map(|sizes| (sizes.encr, sizes.integ))
        };
        let (gcm, cbc) = (Encryption::ENCR_AES_GCM_16, Encryption::ENCR_AES_CBC);
        assert_eq!(sizes(gcm, Some(128), Integrity::NONE), Some((20, 0)));
        let sha1 = Integrity::AUTH_HMAC_SHA1_96;
        assert_eq!(sizes(cbc, Some(192), sha1), Some((24, 20)));
        assert_eq!(sizes(Encryption::ENCR_3DES, None, sha1), Some((24, 20)));
        assert_eq!(sizes(Encryption::ENCR_NULL, None, sha1), Some((0, 20)));
        assert_eq!(sizes(cbc, None, sha1), None);
        assert_eq!(sizes(cbc, Some(100), sha1), None);
    }

    #[test]
    fn keys_are_cut_in_order() {
        let material = Secret::new((0..10).collect());
        let mut material = Material::new(&material);
        let keys = SaKeys::cut(&mut material, KeySizes { encr: 3, integ: 2 });
        assert!(keys.encr.ct_eq(&[0, 1, 2]));
        assert!(keys.integ.ct_eq(&[3, 4]));
        assert!(material.take(4).ct_eq(&[5, 6, 7, 8]));
        assert!(material.take(4).ct_eq(&[9]));
        assert!(material.take(1).is_empty());
    }
}
