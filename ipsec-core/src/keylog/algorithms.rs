//! Algorithms by the names that key files give them.

use super::error::LineErrorKind;
use super::hex::Result;
use crate::crypto::Secret;
use crate::crypto::suite::{self, Cipher, Mac};
use crate::wire::registry::{ike, isakmp};
use alloc::string::String;
use alloc::vec::Vec;

/// How an SA protects integrity, as far as a key file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Authentication {
    /// Not at all, or by the cipher itself.
    None,
    /// By an algorithm that IKEv2 has a number for.
    Ikev2(ike::Integrity),
    /// By an algorithm that only IKEv1 has a number for.
    Ikev1(isakmp::AuthAlgorithm),
    /// By one whose name is not told: so many bytes at the end are not data.
    Unchecked {
        /// Bytes of the integrity check value.
        icv: usize,
    },
}

impl Authentication {
    /// The sizes of the algorithm; `None` where there is none or it is not
    /// told.
    #[must_use]
    pub fn mac(self) -> Option<&'static Mac> {
        match self {
            Self::None | Self::Unchecked { .. } => None,
            Self::Ikev2(id) => suite::integrity(id),
            Self::Ikev1(id) => suite::auth_algorithm(id),
        }
    }

    /// Bytes of the integrity check value in each packet.
    #[must_use]
    pub fn icv(self) -> usize {
        match self {
            Self::Unchecked { icv } => icv,
            Self::None | Self::Ikev2(_) | Self::Ikev1(_) => self.mac().map_or(0, |mac| mac.icv),
        }
    }
}

/// A cipher, as its name in a key file says.
#[derive(Debug)]
pub(super) struct Named {
    /// What the name can stand for, the likeliest first; never empty.
    pub(super) ciphers: Vec<ike::Encryption>,
    /// The length of its key, where the name tells.
    pub(super) key_bits: Option<u16>,
}

/// The cipher that `name` stands for: `AES-CBC-256 [RFC3602]`,
/// `AES-GCM-128 with 16 octet ICV [RFC5282]`, `AES-GCM [RFC4106]`.
pub(super) fn cipher(name: &str) -> Option<Named> {
    let name = plain(name);
    let (name, icv): (&str, Option<usize>) = match name.split_once(" with ") {
        Some((head, "poly1305")) => (head, None),
        Some((head, tail)) => (head, Some(tail.split(' ').next()?.parse().ok()?)),
        None => (name.as_str(), None),
    };
    let (ciphers, key_bits) = CIPHERS.iter().find_map(|(known, ids)| {
        let bits = match name.strip_prefix(known)? {
            "" => None,
            tail => Some(tail.strip_prefix('-')?.parse::<u16>().ok()?),
        };
        Some((ids, bits))
    })?;
    let ciphers: Vec<_> = ciphers
        .iter()
        .copied()
        .filter(|id| icv.is_none_or(|icv| sizes(*id).is_some_and(|cipher| cipher.icv == icv)))
        .collect();
    (!ciphers.is_empty()).then_some(Named { ciphers, key_bits })
}

/// The integrity algorithm that `name` stands for: `HMAC_SHA1_96 [RFC2404]`,
/// `HMAC-SHA-1-96 [RFC2404]`, `ANY 128 bit authentication [no checking]`.
pub(super) fn authentication(name: &str) -> Option<Authentication> {
    let name = plain(name);
    if let Some(open) = name.strip_prefix("any ") {
        let digits = open.split([' ', '-']).next()?;
        let bits: usize = digits.parse().ok()?;
        let icv = bits / 8;
        return (icv <= ICV_MAX).then_some(Authentication::Unchecked { icv });
    }
    MACS.iter()
        .find(|(known, _)| *known == name)
        .map(|(_, authentication)| *authentication)
}

pub(super) fn sizes(id: ike::Encryption) -> Option<&'static Cipher> {
    suite::encryption(id)
}

/// Those of `ids` whose check value has `icv` bytes; all where none has.
pub(super) fn with_icv(ids: &[ike::Encryption], icv: Option<usize>) -> Vec<ike::Encryption> {
    let fits = |id: &ike::Encryption| sizes(*id).is_some_and(|cipher| Some(cipher.icv) == icv);
    let fitting: Vec<_> = ids.iter().copied().filter(fits).collect();
    if fitting.is_empty() {
        ids.to_vec()
    } else {
        fitting
    }
}

/// A key must have a length that the likeliest cipher has, and the one that
/// its name gives. One without its salt passes; [`missing_salt`] finds it.
pub(super) fn check_key(
    key: &Secret,
    ids: &[ike::Encryption],
    named: Option<u16>,
    field: &'static str,
) -> Result<()> {
    let Some(cipher) = ids.first().copied().and_then(sizes) else {
        return Ok(());
    };
    let have = key.len();
    if has_length(cipher, have.checked_sub(cipher.salt), named)
        || has_length(cipher, Some(have), named)
    {
        return Ok(());
    }
    let need = cipher.key_material(named.unwrap_or(cipher.keys.least));
    Err((field, LineErrorKind::Length { need, have }))
}

fn has_length(cipher: &Cipher, bytes: Option<usize>, named: Option<u16>) -> bool {
    let bits = bytes
        .and_then(|bytes| bytes.checked_mul(8))
        .and_then(|bits| u16::try_from(bits).ok());
    bits.is_some_and(|bits| cipher.keys.negotiated(Some(bits)).is_some())
        && named.is_none_or(|named| bits == Some(named))
}

/// Bytes of the salt that `key` ought to end in and does not: some programs
/// print the key alone. `None` where nothing is missing.
///
/// ```
/// use ipsec_core::crypto::Secret;
/// use ipsec_core::keylog::algorithms::missing_salt;
/// use ipsec_core::wire::registry::ike::Encryption;
/// let missing = |bytes| missing_salt(Encryption::ENCR_AES_GCM_16, &Secret::new(vec![0; bytes]));
/// assert_eq!((missing(16), missing(20)), (Some(4), None));
/// ```
#[must_use]
pub fn missing_salt(encryption: ike::Encryption, key: &Secret) -> Option<usize> {
    let cipher = sizes(encryption).filter(|cipher| cipher.salt > 0)?;
    let whole = has_length(cipher, key.len().checked_sub(cipher.salt), None);
    (!whole && has_length(cipher, Some(key.len()), None)).then_some(cipher.salt)
}

/// An integrity key has one length.
pub(super) fn check_mac_key(key: &Secret, mac: Authentication, field: &'static str) -> Result<()> {
    let have = key.len();
    match mac.mac() {
        Some(mac) if mac.key != have => {
            let need = mac.key;
            Err((field, LineErrorKind::Length { need, have }))
        }
        _ => Ok(()),
    }
}

/// What a cipher can be whose key has so many bytes, the likeliest first.
pub(super) fn likely_ciphers(bytes: usize, aead: bool) -> Vec<E> {
    let ids: &[E] = match (bytes, aead) {
        (20, true) => &[E::ENCR_AES_GCM_16],
        (36, true) => &[E::ENCR_AES_GCM_16, E::ENCR_CHACHA20_POLY1305],
        (0, false) => &[E::ENCR_NULL],
        (8, false) => &[E::ENCR_DES],
        (16 | 32, false) => &[E::ENCR_AES_CBC],
        (24, false) => &[E::ENCR_3DES, E::ENCR_AES_CBC],
        _ => &[],
    };
    ids.to_vec()
}

/// What an integrity algorithm is whose key has so many bytes.
pub(super) fn likely_integrity(bytes: usize) -> Authentication {
    match bytes {
        16 => Authentication::Ikev2(I::AUTH_HMAC_MD5_96),
        20 => Authentication::Ikev2(I::AUTH_HMAC_SHA1_96),
        32 => Authentication::Ikev2(I::AUTH_HMAC_SHA2_256_128),
        48 => Authentication::Ikev2(I::AUTH_HMAC_SHA2_384_192),
        64 => Authentication::Ikev2(I::AUTH_HMAC_SHA2_512_256),
        _ => Authentication::None,
    }
}

/// The name in small letters with hyphens, without the reference behind it.
fn plain(name: &str) -> String {
    let head = name.split('[').next().unwrap_or_default();
    head.trim()
        .chars()
        .map(|c| match c {
            '_' => '-',
            other => other.to_ascii_lowercase(),
        })
        .collect()
}

use ike::Encryption as E;

/// Longer names before their own beginnings.
static CIPHERS: &[(&str, &[E])] = &[
    ("null", &[E::ENCR_NULL]),
    ("3des-cbc", &[E::ENCR_3DES]),
    ("3des", &[E::ENCR_3DES]),
    ("tripledes-cbc", &[E::ENCR_3DES]),
    ("des-cbc", &[E::ENCR_DES]),
    ("cast5-cbc", &[E::ENCR_CAST]),
    ("blowfish-cbc", &[E::ENCR_BLOWFISH]),
    ("twofish-cbc", &[E::ENCR_TWOFISH_CBC]),
    ("aes-cbc", &[E::ENCR_AES_CBC]),
    ("aes-ctr", &[E::ENCR_AES_CTR]),
    (
        "aes-gcm",
        &[E::ENCR_AES_GCM_16, E::ENCR_AES_GCM_8, E::ENCR_AES_GCM_12],
    ),
    (
        "aes-ccm",
        &[E::ENCR_AES_CCM_16, E::ENCR_AES_CCM_8, E::ENCR_AES_CCM_12],
    ),
    ("camellia-cbc", &[E::ENCR_CAMELLIA_CBC]),
    ("chacha20", &[E::ENCR_CHACHA20_POLY1305]),
];

const fn v2(id: ike::Integrity) -> Authentication {
    Authentication::Ikev2(id)
}

use ike::Integrity as I;

static MACS: &[(&str, Authentication)] = &[
    ("none", Authentication::None),
    ("null", Authentication::None),
    ("hmac-md5-96", v2(I::AUTH_HMAC_MD5_96)),
    ("hmac-md5-128", v2(I::AUTH_HMAC_MD5_128)),
    ("hmac-sha1-96", v2(I::AUTH_HMAC_SHA1_96)),
    ("hmac-sha-1-96", v2(I::AUTH_HMAC_SHA1_96)),
    ("hmac-sha1-160", v2(I::AUTH_HMAC_SHA1_160)),
    ("hmac-sha2-256-128", v2(I::AUTH_HMAC_SHA2_256_128)),
    ("hmac-sha-256-128", v2(I::AUTH_HMAC_SHA2_256_128)),
    ("hmac-sha2-384-192", v2(I::AUTH_HMAC_SHA2_384_192)),
    ("hmac-sha-384-192", v2(I::AUTH_HMAC_SHA2_384_192)),
    ("hmac-sha2-512-256", v2(I::AUTH_HMAC_SHA2_512_256)),
    ("hmac-sha-512-256", v2(I::AUTH_HMAC_SHA2_512_256)),
    ("aes-xcbc-mac-96", v2(I::AUTH_AES_XCBC_96)),
    ("aes-cmac-96", v2(I::AUTH_AES_CMAC_96)),
    ("hmac-sha2-256-96", SHA2_256_96),
    ("hmac-sha-256-96", SHA2_256_96),
    (
        "mac-ripemd-160-96",
        Authentication::Ikev1(isakmp::AuthAlgorithm::HMAC_RIPEMD),
    ),
];

/// Bytes of an integrity check value, at most.
pub(super) const ICV_MAX: usize = 64;

const SHA2_256_96: Authentication =
    Authentication::Ikev1(isakmp::AuthAlgorithm::HMAC_SHA2_256_TRUNCBUG);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_both_tables() {
        let named = |name: &str| cipher(name).map(|named| (named.ciphers, named.key_bits));
        let one = |id, bits| Some((alloc::vec![id], bits));
        assert_eq!(
            named("AES-CBC-256 [RFC3602]"),
            one(E::ENCR_AES_CBC, Some(256))
        );
        assert_eq!(named("AES-CBC [RFC3602]"), one(E::ENCR_AES_CBC, None));
        assert_eq!(named("3DES [RFC2451]"), one(E::ENCR_3DES, None));
        assert_eq!(named("TripleDES-CBC [RFC2451]"), one(E::ENCR_3DES, None));
        assert_eq!(
            named("AES-GCM-192 with 12 octet ICV [RFC5282]"),
            one(E::ENCR_AES_GCM_12, Some(192))
        );
        assert_eq!(
            named("AES-GCM with 8 octet ICV [RFC4106]"),
            one(E::ENCR_AES_GCM_8, None)
        );
        assert_eq!(named("AES-GCM [RFC4106]").unwrap().0.len(), 3);
        assert_eq!(
            named("ChaCha20 with Poly1305 [RFC7634]"),
            one(E::ENCR_CHACHA20_POLY1305, None)
        );
        for unknown in ["", "AES", "AES-GCM with 9 octet ICV", "AES-CBC-x", "ROT13"] {
            assert!(cipher(unknown).is_none(), "{unknown}");
        }
    }

    #[test]
    fn integrity_names_in_both_tables() {
        for (name, icv) in [
            ("HMAC_SHA2_256_128 [RFC4868]", 16),
            ("HMAC-SHA-256-96 [draft-ietf-ipsec-ciph-sha-256-00]", 12),
            ("MAC-RIPEMD-160-96 [RFC2857]", 12),
            ("NONE [RFC4306]", 0),
            ("NULL", 0),
            ("ANY 128 bit authentication [no checking]", 16),
            ("ANY 96-bits of Authentication [No Checking]", 12),
        ] {
            assert_eq!(authentication(name).unwrap().icv(), icv, "{name}");
        }
        assert_eq!(authentication("HMAC"), None);
        assert_eq!(authentication("ANY bits"), None);
    }

    #[test]
    fn every_named_cipher_has_sizes() {
        for (_, ids) in CIPHERS {
            assert!(ids.iter().all(|id| sizes(*id).is_some()));
        }
    }
}
