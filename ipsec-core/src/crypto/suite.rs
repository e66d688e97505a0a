//! What a registered algorithm number means in sizes: block, IV, ICV, salt
//! and key lengths. No provider is needed, so that captures can be measured
//! whose algorithms nobody here can compute.
//!
//! Sources are the algorithms' own RFCs: 1829, 2403-2405, 2451, 2857, 3566,
//! 3602, 3686, 4106, 4196, 4309, 4312, 4494, 4543, 4595, 4868, 5282, 5529,
//! 5930, 7634, 8750, 9227; numbers from IANA's registries. What was registered
//! but never specified (3IDEA, DES-MAC, KPDK, RC4) is unknown here.

use crate::wire::registry::{ike, isakmp};

/// The sizes of a cipher as ESP and IKE use it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cipher {
    /// Its usual name (`AES-GCM-16`).
    pub name: &'static str,
    /// Whether it also protects integrity, or does nothing else.
    pub mode: CipherMode,
    /// The ciphertext is a multiple of this many bytes; 1 where any will do.
    pub block: usize,
    /// Bytes of the IV that travel in each packet.
    pub iv: usize,
    /// Bytes of the integrity check value; 0 where another algorithm brings it.
    pub icv: usize,
    /// Bytes of salt that are taken from the key material beside the key.
    pub salt: usize,
    /// The key lengths it has.
    pub keys: KeyLengths,
}

/// How a cipher treats confidentiality and integrity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CipherMode {
    /// Blocks chained; padding to the block is needed.
    Cbc,
    /// A key stream; no padding is needed.
    Counter,
    /// Authenticated encryption: there is no separate integrity algorithm.
    Aead,
    /// Authenticated but not encrypted (RFC 4543).
    AuthOnly,
    /// Neither (RFC 2410).
    Null,
}

/// The key lengths of a cipher, in bits, salt not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyLengths {
    /// The shortest.
    pub least: u16,
    /// The longest.
    pub most: u16,
    /// Distance from one allowed length to the next.
    pub step: u16,
    /// The length meant when none is negotiated; `None` where a length must be
    /// (RFC 7296 §3.3.5, RFC 3602 §5.3).
    pub default: Option<u16>,
}

impl Cipher {
    /// Whether a separate integrity algorithm must not be used with it.
    #[must_use]
    pub const fn is_aead(&self) -> bool {
        matches!(self.mode, CipherMode::Aead | CipherMode::AuthOnly)
    }

    /// Bytes of key material it draws for a key of `bits`, salt included.
    #[must_use]
    pub const fn key_material(&self, bits: u16) -> usize {
        (bits as usize).div_ceil(8).saturating_add(self.salt)
    }
}

impl KeyLengths {
    /// The key length in bits that a negotiated attribute, or its absence,
    /// stands for; `None` when that is not a length of this cipher.
    #[must_use]
    pub const fn negotiated(&self, attribute: Option<u16>) -> Option<u16> {
        let Some(bits) = attribute else {
            return self.default;
        };
        let Some(above) = bits.checked_sub(self.least) else {
            return None;
        };
        let on_step = match above.checked_rem(self.step) {
            Some(rest) => rest == 0,
            None => above == 0,
        };
        if on_step && bits <= self.most {
            Some(bits)
        } else {
            None
        }
    }

    const fn fixed(bits: u16) -> Self {
        Self {
            least: bits,
            most: bits,
            step: 0,
            default: Some(bits),
        }
    }

    /// 40 to `most` bits by octets, 128 when nothing is said (RFC 2451 §2.2).
    const fn variable(most: u16) -> Self {
        Self {
            least: 40,
            most,
            step: 8,
            default: Some(128),
        }
    }
}

/// The sizes of an integrity algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mac {
    /// Its usual name (`HMAC-SHA2-256-128`).
    pub name: &'static str,
    /// Bytes of the key, salt included.
    pub key: usize,
    /// Bytes of the integrity check value in each packet.
    pub icv: usize,
    /// Bytes of the IV in each packet; 0 but for GMAC in AH (RFC 4543 §3.3).
    pub iv: usize,
}

/// The cipher that IKEv2 names by this transform ID, for IKE and for ESP.
#[must_use]
pub const fn encryption(id: ike::Encryption) -> Option<&'static Cipher> {
    let mut table = CIPHERS;
    while let [(number, cipher), rest @ ..] = table {
        if number.0 == id.0 {
            return Some(cipher);
        }
        table = rest;
    }
    None
}

/// The cipher that IKEv1 phase 1 names by this number (RFC 2409 appendix A).
#[must_use]
pub fn phase1_encryption(id: isakmp::Encryption) -> Option<&'static Cipher> {
    use isakmp::Encryption as V1;
    match id {
        V1::DES_CBC => encryption(ike::Encryption::ENCR_DES),
        V1::IDEA_CBC => encryption(ike::Encryption::ENCR_IDEA),
        V1::BLOWFISH_CBC => encryption(ike::Encryption::ENCR_BLOWFISH),
        V1::RC5_R16_B64_CBC => encryption(ike::Encryption::ENCR_RC5),
        V1::TRIPLE_DES_CBC => encryption(ike::Encryption::ENCR_3DES),
        V1::CAST_CBC => encryption(ike::Encryption::ENCR_CAST),
        V1::AES_CBC => encryption(ike::Encryption::ENCR_AES_CBC),
        V1::CAMELLIA_CBC => encryption(ike::Encryption::ENCR_CAMELLIA_CBC),
        V1::SERPENT_CBC => encryption(ike::Encryption::ENCR_SERPENT_CBC),
        V1::TWOFISH_CBC | V1::TWOFISH_CBC_SSH => encryption(ike::Encryption::ENCR_TWOFISH_CBC),
        V1::SM4_CBC | V1::SM4_CBC_DEPRECATED => Some(&SM4),
        V1::SM1_CBC => Some(&SM1),
        _ => None,
    }
}

/// The cipher that IKEv1 phase 2 names by this ESP transform (RFC 2407
/// §4.4.4). Most of the numbers are IKEv2's.
#[must_use]
pub fn esp_transform(id: isakmp::EspTransform) -> Option<&'static Cipher> {
    use isakmp::EspTransform as V1;
    match id {
        V1::ESP_SEED_CBC => Some(&SEED),
        V1::ESP_CAMELLIA => encryption(ike::Encryption::ENCR_CAMELLIA_CBC),
        V1::ESP_NULL_AUTH_AES_GMAC => encryption(ike::Encryption::ENCR_NULL_AUTH_AES_GMAC),
        V1::ESP_SERPENT => encryption(ike::Encryption::ENCR_SERPENT_CBC),
        V1::ESP_TWOFISH => encryption(ike::Encryption::ENCR_TWOFISH_CBC),
        V1(0..=20 | 24..=27) => encryption(ike::Encryption(u16::from(id.0))),
        _ => None,
    }
}

/// The integrity algorithm that IKEv2 names by this transform ID.
#[must_use]
pub const fn integrity(id: ike::Integrity) -> Option<&'static Mac> {
    let mut table = MACS;
    while let [(number, mac), rest @ ..] = table {
        if number.0 == id.0 {
            return Some(mac);
        }
        table = rest;
    }
    None
}

/// The integrity algorithm that IKEv1 phase 2 names by this attribute value
/// (RFC 2407 §4.5).
#[must_use]
pub fn auth_algorithm(id: isakmp::AuthAlgorithm) -> Option<&'static Mac> {
    use isakmp::AuthAlgorithm as V1;
    match id {
        V1::NONE => integrity(ike::Integrity::NONE),
        V1::HMAC_MD5 => integrity(ike::Integrity::AUTH_HMAC_MD5_96),
        V1::HMAC_SHA => integrity(ike::Integrity::AUTH_HMAC_SHA1_96),
        V1::HMAC_SHA2_256 => integrity(ike::Integrity::AUTH_HMAC_SHA2_256_128),
        V1::HMAC_SHA2_384 => integrity(ike::Integrity::AUTH_HMAC_SHA2_384_192),
        V1::HMAC_SHA2_512 => integrity(ike::Integrity::AUTH_HMAC_SHA2_512_256),
        V1::AES_XCBC_MAC => integrity(ike::Integrity::AUTH_AES_XCBC_96),
        V1::AES_128_GMAC => integrity(ike::Integrity::AUTH_AES_128_GMAC),
        V1::AES_192_GMAC => integrity(ike::Integrity::AUTH_AES_192_GMAC),
        V1::AES_256_GMAC => integrity(ike::Integrity::AUTH_AES_256_GMAC),
        V1::AES_CMAC_96 => integrity(ike::Integrity::AUTH_AES_CMAC_96),
        V1::HMAC_RIPEMD => Some(&RIPEMD),
        V1::HMAC_SHA2_256_TRUNCBUG => integrity(ike::Integrity::AUTH_HMAC_SHA2_256_96),
        _ => None,
    }
}

const AES_KEYS: KeyLengths = KeyLengths {
    least: 128,
    most: 256,
    step: 64,
    default: None,
};

const fn cipher(name: &'static str, mode: CipherMode, keys: KeyLengths) -> Cipher {
    Cipher {
        name,
        mode,
        block: 1,
        iv: 0,
        icv: 0,
        salt: 0,
        keys,
    }
}

const fn cbc(name: &'static str, block: usize, keys: KeyLengths) -> Cipher {
    Cipher {
        block,
        iv: block,
        ..cipher(name, CipherMode::Cbc, keys)
    }
}

const fn counter(name: &'static str, keys: KeyLengths) -> Cipher {
    Cipher {
        iv: 8,
        salt: 4,
        ..cipher(name, CipherMode::Counter, keys)
    }
}

const fn aead(name: &'static str, iv: usize, icv: usize, salt: usize, keys: KeyLengths) -> Cipher {
    Cipher {
        iv,
        icv,
        salt,
        ..cipher(name, CipherMode::Aead, keys)
    }
}

const fn auth_only(cipher: Cipher) -> Cipher {
    Cipher {
        mode: CipherMode::AuthOnly,
        ..cipher
    }
}

const fn mac(name: &'static str, key: usize, icv: usize) -> Mac {
    Mac {
        name,
        key,
        icv,
        iv: 0,
    }
}

const fn gmac(name: &'static str, key: usize) -> Mac {
    Mac {
        name,
        key,
        icv: 16,
        iv: 8,
    }
}

/// By IKEv2 transform ID.
static CIPHERS: &[(ike::Encryption, Cipher)] = &[
    (
        ike::Encryption::ENCR_DES_IV64,
        cbc("DES-IV64", 8, KeyLengths::fixed(64)),
    ),
    (
        ike::Encryption::ENCR_DES,
        cbc("DES-CBC", 8, KeyLengths::fixed(64)),
    ),
    (
        ike::Encryption::ENCR_3DES,
        cbc("3DES-CBC", 8, KeyLengths::fixed(192)),
    ),
    (
        ike::Encryption::ENCR_RC5,
        cbc("RC5-CBC", 8, KeyLengths::variable(2040)),
    ),
    (
        ike::Encryption::ENCR_IDEA,
        cbc("IDEA-CBC", 8, KeyLengths::fixed(128)),
    ),
    (
        ike::Encryption::ENCR_CAST,
        cbc("CAST-CBC", 8, KeyLengths::variable(128)),
    ),
    (
        ike::Encryption::ENCR_BLOWFISH,
        cbc("BLOWFISH-CBC", 8, KeyLengths::variable(448)),
    ),
    (ike::Encryption::ENCR_DES_IV32, DES_IV32),
    (
        ike::Encryption::ENCR_NULL,
        cipher("NULL", CipherMode::Null, KeyLengths::fixed(0)),
    ),
    (ike::Encryption::ENCR_AES_CBC, cbc("AES-CBC", 16, AES_KEYS)),
    (ike::Encryption::ENCR_AES_CTR, counter("AES-CTR", AES_KEYS)),
    (
        ike::Encryption::ENCR_AES_CCM_8,
        aead("AES-CCM-8", 8, 8, 3, AES_KEYS),
    ),
    (
        ike::Encryption::ENCR_AES_CCM_12,
        aead("AES-CCM-12", 8, 12, 3, AES_KEYS),
    ),
    (
        ike::Encryption::ENCR_AES_CCM_16,
        aead("AES-CCM-16", 8, 16, 3, AES_KEYS),
    ),
    (
        ike::Encryption::ENCR_AES_GCM_8,
        aead("AES-GCM-8", 8, 8, 4, AES_KEYS),
    ),
    (
        ike::Encryption::ENCR_AES_GCM_12,
        aead("AES-GCM-12", 8, 12, 4, AES_KEYS),
    ),
    (
        ike::Encryption::ENCR_AES_GCM_16,
        aead("AES-GCM-16", 8, 16, 4, AES_KEYS),
    ),
    (
        ike::Encryption::ENCR_NULL_AUTH_AES_GMAC,
        auth_only(aead("NULL-AES-GMAC", 8, 16, 4, AES_KEYS)),
    ),
    (
        ike::Encryption::ENCR_CAMELLIA_CBC,
        cbc("CAMELLIA-CBC", 16, AES_KEYS),
    ),
    (
        ike::Encryption::ENCR_CAMELLIA_CTR,
        counter("CAMELLIA-CTR", AES_KEYS),
    ),
    (
        ike::Encryption::ENCR_CAMELLIA_CCM_8,
        aead("CAMELLIA-CCM-8", 8, 8, 3, AES_KEYS),
    ),
    (
        ike::Encryption::ENCR_CAMELLIA_CCM_12,
        aead("CAMELLIA-CCM-12", 8, 12, 3, AES_KEYS),
    ),
    (
        ike::Encryption::ENCR_CAMELLIA_CCM_16,
        aead("CAMELLIA-CCM-16", 8, 16, 3, AES_KEYS),
    ),
    (
        ike::Encryption::ENCR_CHACHA20_POLY1305,
        aead("CHACHA20-POLY1305", 8, 16, 4, KeyLengths::fixed(256)),
    ),
    (
        ike::Encryption::ENCR_AES_CCM_8_IIV,
        aead("AES-CCM-8-IIV", 0, 8, 3, AES_KEYS),
    ),
    (
        ike::Encryption::ENCR_AES_GCM_16_IIV,
        aead("AES-GCM-16-IIV", 0, 16, 4, AES_KEYS),
    ),
    (
        ike::Encryption::ENCR_CHACHA20_POLY1305_IIV,
        aead("CHACHA20-POLY1305-IIV", 0, 16, 4, KeyLengths::fixed(256)),
    ),
    (ike::Encryption::ENCR_KUZNYECHIK_MGM_KTREE, KUZNYECHIK),
    (ike::Encryption::ENCR_MAGMA_MGM_KTREE, MAGMA),
    (
        ike::Encryption::ENCR_KUZNYECHIK_MGM_MAC_KTREE,
        auth_only(KUZNYECHIK),
    ),
    (ike::Encryption::ENCR_MAGMA_MGM_MAC_KTREE, auth_only(MAGMA)),
    (
        ike::Encryption::STRONGSWAN_SERPENT_CBC,
        cbc("SERPENT-CBC", 16, AES_KEYS),
    ),
    (
        ike::Encryption::STRONGSWAN_TWOFISH_CBC,
        cbc("TWOFISH-CBC", 16, AES_KEYS),
    ),
    (
        ike::Encryption::ENCR_SERPENT_CBC,
        cbc("SERPENT-CBC", 16, AES_KEYS),
    ),
    (
        ike::Encryption::ENCR_TWOFISH_CBC,
        cbc("TWOFISH-CBC", 16, AES_KEYS),
    ),
    (
        ike::Encryption::ENCR_TWOFISH_CBC_SSH,
        cbc("TWOFISH-CBC", 16, AES_KEYS),
    ),
];

/// DES with the 32-bit IV of RFC 1829 §1.
const DES_IV32: Cipher = Cipher {
    iv: 4,
    ..cbc("DES-IV32", 8, KeyLengths::fixed(64))
};
const KUZNYECHIK: Cipher = aead("KUZNYECHIK-MGM", 8, 12, 12, KeyLengths::fixed(256));
const MAGMA: Cipher = aead("MAGMA-MGM", 8, 8, 4, KeyLengths::fixed(256));

/// ESP transform 21 of IKEv1 (RFC 4196).
static SEED: Cipher = cbc("SEED-CBC", 16, KeyLengths::fixed(128));
/// IKEv1 phase 1, numbers 127 and 129 (China's GM/T 0022).
static SM4: Cipher = cbc("SM4-CBC", 16, KeyLengths::fixed(128));
/// IKEv1 phase 1, number 128 (China's GM/T 0022).
static SM1: Cipher = cbc("SM1-CBC", 16, KeyLengths::fixed(128));

/// By IKEv2 transform ID.
static MACS: &[(ike::Integrity, Mac)] = &[
    (ike::Integrity::NONE, mac("NONE", 0, 0)),
    (ike::Integrity::AUTH_HMAC_MD5_96, mac("HMAC-MD5-96", 16, 12)),
    (
        ike::Integrity::AUTH_HMAC_SHA1_96,
        mac("HMAC-SHA1-96", 20, 12),
    ),
    (ike::Integrity::AUTH_AES_XCBC_96, mac("AES-XCBC-96", 16, 12)),
    (
        ike::Integrity::AUTH_HMAC_MD5_128,
        mac("HMAC-MD5-128", 16, 16),
    ),
    (
        ike::Integrity::AUTH_HMAC_SHA1_160,
        mac("HMAC-SHA1-160", 20, 20),
    ),
    (ike::Integrity::AUTH_AES_CMAC_96, mac("AES-CMAC-96", 16, 12)),
    (ike::Integrity::AUTH_AES_128_GMAC, gmac("AES-128-GMAC", 20)),
    (ike::Integrity::AUTH_AES_192_GMAC, gmac("AES-192-GMAC", 28)),
    (ike::Integrity::AUTH_AES_256_GMAC, gmac("AES-256-GMAC", 36)),
    (
        ike::Integrity::AUTH_HMAC_SHA2_256_128,
        mac("HMAC-SHA2-256-128", 32, 16),
    ),
    (
        ike::Integrity::AUTH_HMAC_SHA2_384_192,
        mac("HMAC-SHA2-384-192", 48, 24),
    ),
    (
        ike::Integrity::AUTH_HMAC_SHA2_512_256,
        mac("HMAC-SHA2-512-256", 64, 32),
    ),
    (
        ike::Integrity::AUTH_HMAC_SHA1_128,
        mac("HMAC-SHA1-128", 20, 16),
    ),
    (
        ike::Integrity::AUTH_HMAC_SHA2_256_96,
        mac("HMAC-SHA2-256-96", 32, 12),
    ),
    (
        ike::Integrity::AUTH_HMAC_SHA2_256_256,
        mac("HMAC-SHA2-256-256", 32, 32),
    ),
    (
        ike::Integrity::AUTH_HMAC_SHA2_384_384,
        mac("HMAC-SHA2-384-384", 48, 48),
    ),
    (
        ike::Integrity::AUTH_HMAC_SHA2_512_512,
        mac("HMAC-SHA2-512-512", 64, 64),
    ),
    (
        ike::Integrity::AUTH_CAMELLIA_XCBC_96,
        mac("CAMELLIA-XCBC-96", 16, 12),
    ),
];

/// Auth algorithm 8 of IKEv1 (RFC 2857).
static RIPEMD: Mac = mac("HMAC-RIPEMD-160-96", 20, 12);

#[cfg(test)]
mod tests {
    use super::*;

    fn cipher_of(id: ike::Encryption) -> &'static Cipher {
        encryption(id).unwrap()
    }

    #[test]
    fn the_same_cipher_under_three_numbers() {
        let aes = encryption(ike::Encryption::ENCR_AES_CBC);
        assert_eq!(aes, phase1_encryption(isakmp::Encryption::AES_CBC));
        assert_eq!(aes, esp_transform(isakmp::EspTransform::ESP_AES_CBC));
        let camellia = encryption(ike::Encryption::ENCR_CAMELLIA_CBC);
        assert_eq!(
            camellia,
            phase1_encryption(isakmp::Encryption::CAMELLIA_CBC)
        );
        assert_eq!(camellia, esp_transform(isakmp::EspTransform::ESP_CAMELLIA));
        let sha = integrity(ike::Integrity::AUTH_HMAC_SHA2_256_128);
        assert_eq!(sha, auth_algorithm(isakmp::AuthAlgorithm::HMAC_SHA2_256));
    }

    #[test]
    fn every_number_is_known_or_never_was_specified() {
        for id in ike::Encryption::ALL {
            let unspecified = matches!(
                *id,
                ike::Encryption::ENCR_3IDEA | ike::Encryption::ENCR_XTS_AES
            );
            assert_eq!(encryption(*id).is_none(), unspecified, "{id:?}");
        }
        for id in ike::Integrity::ALL {
            let unspecified = matches!(
                *id,
                ike::Integrity::AUTH_DES_MAC | ike::Integrity::AUTH_KPDK_MD5
            );
            assert_eq!(integrity(*id).is_none(), unspecified, "{id:?}");
        }
        assert_eq!(encryption(ike::Encryption(0)), None);
        assert_eq!(esp_transform(isakmp::EspTransform::ESP_RC4), None);
        assert_eq!(auth_algorithm(isakmp::AuthAlgorithm::SIG_RSA), None);
    }

    #[test]
    fn key_material_counts_the_salt() {
        use ike::Encryption as E;
        let material = |id, bits| cipher_of(id).key_material(bits);
        assert_eq!(material(E::ENCR_AES_GCM_16, 128), 20, "RFC 4106 §8.1");
        assert_eq!(material(E::ENCR_AES_CCM_8, 256), 35, "RFC 4309 §7.1");
        assert_eq!(material(E::ENCR_AES_CTR, 192), 28, "RFC 3686 §5.1");
        assert_eq!(material(E::ENCR_CHACHA20_POLY1305, 256), 36, "RFC 7634 §2");
        assert_eq!(material(E::ENCR_KUZNYECHIK_MGM_KTREE, 256), 44, "RFC 9227");
        assert_eq!(material(E::ENCR_MAGMA_MGM_MAC_KTREE, 256), 36, "RFC 9227");
        assert_eq!(material(E::ENCR_3DES, 192), 24);
    }

    #[test]
    fn key_lengths_are_checked() {
        let aes = cipher_of(ike::Encryption::ENCR_AES_CBC).keys;
        assert_eq!(aes.negotiated(None), None, "AES needs a length");
        for (bits, allowed) in [(127, false), (128, true), (160, false), (192, true)] {
            assert_eq!(aes.negotiated(Some(bits)).is_some(), allowed);
        }
        assert_eq!(aes.negotiated(Some(320)), None);
        let triple_des = cipher_of(ike::Encryption::ENCR_3DES).keys;
        assert_eq!(triple_des.negotiated(None), Some(192));
        assert_eq!(triple_des.negotiated(Some(192)), Some(192));
        assert_eq!(triple_des.negotiated(Some(200)), None);
        let blowfish = cipher_of(ike::Encryption::ENCR_BLOWFISH).keys;
        assert_eq!(blowfish.negotiated(None), Some(128));
        assert_eq!(blowfish.negotiated(Some(448)), Some(448));
        assert_eq!(blowfish.negotiated(Some(44)), None);
    }

    #[test]
    fn sizes_are_consistent() {
        for (id, cipher) in CIPHERS {
            assert_eq!(cipher.icv > 0, cipher.is_aead(), "{id:?}");
            let padded = cipher.mode == CipherMode::Cbc;
            assert_eq!(cipher.block > 1, padded, "{id:?}");
            assert!(padded || cipher.iv % 8 == 0, "{id:?}");
            let KeyLengths { least, most, .. } = cipher.keys;
            assert!(least <= most);
        }
        assert!(CIPHERS.is_sorted_by_key(|(id, _)| *id));
        assert!(MACS.is_sorted_by_key(|(id, _)| *id));
    }
}
