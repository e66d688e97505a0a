//! Algorithms by the short names of daemons and kernels: `AES_GCM_16_128`,
//! `rfc4106(gcm(aes))`, `hmac(sha256)`, `aes256`, `HMAC_SHA1_96`.

use super::algorithms::{Authentication, ICV_MAX};
use crate::wire::registry::ike::{Encryption as E, Integrity as I, KeyExchange, Prf};
use crate::wire::registry::isakmp;
use alloc::string::String;

/// The ciphers that `name` can stand for, the likeliest first, and the key
/// length if it names one.
pub(super) fn cipher(name: &str) -> Option<(&'static [E], Option<u16>)> {
    let plain = plain(name);
    CIPHERS.iter().find_map(|(known, ids)| {
        let bits = match plain.strip_prefix(known)? {
            "" => None,
            tail => Some(
                tail.parse::<u16>()
                    .ok()
                    .filter(|bits| (64..=448).contains(bits) && bits % 8 == 0)?,
            ),
        };
        Some((*ids, bits))
    })
}

/// The integrity algorithm that `name` stands for, cut to `icv` bits where that
/// is told apart from the name.
pub(super) fn integrity(name: &str, icv: Option<u16>) -> Option<Authentication> {
    let plain = plain(name);
    let plain = plain.strip_prefix("auth").unwrap_or(&plain);
    let plain = plain.strip_prefix("hmac").unwrap_or(plain);
    let found = MACS
        .iter()
        .find(|(names, _)| names.contains(&plain))
        .map(|(_, found)| *found)?;
    let cut = |bits: u16| usize::from(bits / 8) == found.icv();
    match icv {
        None => Some(found),
        Some(bits) if cut(bits) => Some(found),
        Some(bits) if usize::from(bits / 8) > ICV_MAX => None,
        Some(bits) => Some(cut_otherwise(found, bits)),
    }
}

/// The same hash under another length of the check value.
fn cut_otherwise(found: Authentication, bits: u16) -> Authentication {
    match (found, bits) {
        (Authentication::Ikev2(I::AUTH_HMAC_SHA2_256_128), 96) => TRUNCBUG,
        (Authentication::Ikev2(I::AUTH_HMAC_MD5_96), 128) => v2(I::AUTH_HMAC_MD5_128),
        (Authentication::Ikev2(I::AUTH_HMAC_SHA1_96), 160) => v2(I::AUTH_HMAC_SHA1_160),
        _ => Authentication::Unchecked {
            icv: usize::from(bits / 8),
        },
    }
}

/// The PRF that `name` stands for: `PRF_HMAC_SHA2_256`, `sha256`.
pub(super) fn prf(name: &str) -> Option<Prf> {
    let plain = plain(name);
    let plain = plain.strip_prefix("prf").unwrap_or(&plain);
    let plain = plain.strip_prefix("hmac").unwrap_or(plain);
    Some(match plain {
        "md5" => Prf::PRF_HMAC_MD5,
        "sha1" | "sha" => Prf::PRF_HMAC_SHA1,
        "sha2256" | "sha256" => Prf::PRF_HMAC_SHA2_256,
        "sha2384" | "sha384" => Prf::PRF_HMAC_SHA2_384,
        "sha2512" | "sha512" => Prf::PRF_HMAC_SHA2_512,
        "aes128xcbc" | "aesxcbc" => Prf::PRF_AES128_XCBC,
        "aes128cmac" | "aescmac" => Prf::PRF_AES128_CMAC,
        _ => return None,
    })
}

/// The group that `name` stands for: `MODP_2048`, `CURVE_25519`.
pub(super) fn group(name: &str) -> Option<KeyExchange> {
    let plain = plain(name);
    GROUPS
        .iter()
        .find(|(known, _)| *known == plain)
        .map(|(_, number)| KeyExchange(*number))
}

/// A list of transforms as charon (`/`) and pluto (`-`) print it.
#[derive(Clone, Debug, Default)]
pub(super) struct Suite {
    pub(super) ah: bool,
    pub(super) ciphers: &'static [E],
    pub(super) authentication: Option<Authentication>,
    pub(super) prf: Option<Prf>,
    pub(super) group: Option<KeyExchange>,
    pub(super) extended_sequence: Option<bool>,
}

/// Reads such a list; names it does not know are passed over.
pub(super) fn suite(text: &str, between: char) -> Suite {
    let (protocol, list) = text.split_once(':').unwrap_or(("", text));
    let mut suite = Suite {
        ah: protocol == "AH",
        ..Suite::default()
    };
    for token in list.split(between).take(TOKENS_MAX) {
        match token {
            "" => {}
            "DISABLED" | "NO_EXT_SEQ" => suite.extended_sequence = Some(false),
            "ENABLED" | "EXT_SEQ" => suite.extended_sequence = Some(true),
            _ if token.starts_with("PRF_") => suite.prf = prf(token),
            _ => one_of_several(token, &mut suite),
        }
    }
    suite
}

fn one_of_several(token: &str, suite: &mut Suite) {
    if suite.authentication.is_none()
        && let Some(found) = integrity(token, None)
        && (token != "NULL" || !suite.ciphers.is_empty())
    {
        suite.authentication = Some(found);
    } else if let Some((ids, _)) = cipher(token) {
        suite.ciphers = ids;
    } else if let Some(found) = group(token) {
        suite.group = Some(found);
    }
}

/// Letters and digits alone, small.
fn plain(name: &str) -> String {
    name.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .take(NAME_MAX)
        .collect()
}

/// Longer names before their own beginnings.
static CIPHERS: &[(&str, &[E])] = &[
    ("nullaesgmac", &[E::ENCR_NULL_AUTH_AES_GMAC]),
    ("rfc4543gcmaes", &[E::ENCR_NULL_AUTH_AES_GMAC]),
    ("ecbciphernull", &[E::ENCR_NULL]),
    ("ciphernull", &[E::ENCR_NULL]),
    ("null", &[E::ENCR_NULL]),
    ("cbcdes3ede", &[E::ENCR_3DES]),
    ("des3ede", &[E::ENCR_3DES]),
    ("3descbc", &[E::ENCR_3DES]),
    ("3des", &[E::ENCR_3DES]),
    ("cbcdes", &[E::ENCR_DES]),
    ("descbc", &[E::ENCR_DES]),
    ("des", &[E::ENCR_DES]),
    ("cbccast5", &[E::ENCR_CAST]),
    ("cast5cbc", &[E::ENCR_CAST]),
    ("castcbc", &[E::ENCR_CAST]),
    ("cast128cbc", &[E::ENCR_CAST]),
    ("cast", &[E::ENCR_CAST]),
    ("cbcblowfish", &[E::ENCR_BLOWFISH]),
    ("blowfishcbc", &[E::ENCR_BLOWFISH]),
    ("blowfish", &[E::ENCR_BLOWFISH]),
    ("cbccamellia", &[E::ENCR_CAMELLIA_CBC]),
    ("camelliacbc", &[E::ENCR_CAMELLIA_CBC]),
    ("camellia", &[E::ENCR_CAMELLIA_CBC]),
    ("cbcaes", &[E::ENCR_AES_CBC]),
    ("aescbc", &[E::ENCR_AES_CBC]),
    ("rijndaelcbc", &[E::ENCR_AES_CBC]),
    ("rijndael", &[E::ENCR_AES_CBC]),
    ("rfc3686ctraes", &[E::ENCR_AES_CTR]),
    ("aesctr", &[E::ENCR_AES_CTR]),
    ("rfc4106gcmaes", GCM),
    ("aesgcm16", &[E::ENCR_AES_GCM_16]),
    ("aesgcm12", &[E::ENCR_AES_GCM_12]),
    ("aesgcm8", &[E::ENCR_AES_GCM_8]),
    // Pluto's names of the same.
    ("aesgcmc", &[E::ENCR_AES_GCM_16]),
    ("aesgcmb", &[E::ENCR_AES_GCM_12]),
    ("aesgcma", &[E::ENCR_AES_GCM_8]),
    ("aesgcm", GCM),
    ("rfc4309ccmaes", CCM),
    ("aesccm16", &[E::ENCR_AES_CCM_16]),
    ("aesccm12", &[E::ENCR_AES_CCM_12]),
    ("aesccm8", &[E::ENCR_AES_CCM_8]),
    ("aesccmc", &[E::ENCR_AES_CCM_16]),
    ("aesccmb", &[E::ENCR_AES_CCM_12]),
    ("aesccma", &[E::ENCR_AES_CCM_8]),
    ("aesccm", CCM),
    ("aes", &[E::ENCR_AES_CBC]),
    ("rfc7539espchacha20poly1305", &[E::ENCR_CHACHA20_POLY1305]),
    ("chacha20poly1305", &[E::ENCR_CHACHA20_POLY1305]),
];

const GCM: &[E] = &[E::ENCR_AES_GCM_16, E::ENCR_AES_GCM_8, E::ENCR_AES_GCM_12];
const CCM: &[E] = &[E::ENCR_AES_CCM_16, E::ENCR_AES_CCM_8, E::ENCR_AES_CCM_12];

static MACS: &[(&[&str], Authentication)] = &[
    (&["", "none", "null", "digestnull"], Authentication::None),
    (&["md5", "md596"], v2(I::AUTH_HMAC_MD5_96)),
    (&["md5128"], v2(I::AUTH_HMAC_MD5_128)),
    (&["sha1", "sha", "sha196"], v2(I::AUTH_HMAC_SHA1_96)),
    (&["sha1160"], v2(I::AUTH_HMAC_SHA1_160)),
    (
        &["sha256", "sha2256", "sha2256128", "sha256128"],
        v2(I::AUTH_HMAC_SHA2_256_128),
    ),
    (&["sha225696", "sha25696", "sha2256truncbug"], TRUNCBUG),
    (
        &["sha384", "sha2384", "sha2384192", "sha384192"],
        v2(I::AUTH_HMAC_SHA2_384_192),
    ),
    (
        &["sha512", "sha2512", "sha2512256", "sha512256"],
        v2(I::AUTH_HMAC_SHA2_512_256),
    ),
    (
        &[
            "xcbcaes",
            "aesxcbc",
            "aesxcbc96",
            "aesxcbcmac",
            "aes128xcbc",
            "aes128xcbc96",
        ],
        v2(I::AUTH_AES_XCBC_96),
    ),
    (
        &["cmacaes", "aescmac", "aescmac96"],
        v2(I::AUTH_AES_CMAC_96),
    ),
    (
        &["rmd160", "ripemd160", "ripemd16096"],
        Authentication::Ikev1(isakmp::AuthAlgorithm::HMAC_RIPEMD),
    ),
];

const TRUNCBUG: Authentication =
    Authentication::Ikev1(isakmp::AuthAlgorithm::HMAC_SHA2_256_TRUNCBUG);

const fn v2(id: I) -> Authentication {
    Authentication::Ikev2(id)
}

static GROUPS: &[(&str, u16)] = &[
    ("modp768", 1),
    ("modp1024", 2),
    ("modp1536", 5),
    ("modp2048", 14),
    ("modp3072", 15),
    ("modp4096", 16),
    ("modp6144", 17),
    ("modp8192", 18),
    ("ecp256", 19),
    ("ecp384", 20),
    ("ecp521", 21),
    ("modp1024160", 22),
    ("modp2048224", 23),
    ("modp2048256", 24),
    ("ecp192", 25),
    ("ecp224", 26),
    ("curve25519", 31),
    ("curve448", 32),
];

/// Letters of a name that are looked at.
const NAME_MAX: usize = 64;

/// Names of one list that are looked at.
const TOKENS_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_cipher_under_many_names() {
        for (name, id, bits) in [
            ("AES_CBC_256", E::ENCR_AES_CBC, Some(256)),
            ("cbc(aes)", E::ENCR_AES_CBC, None),
            ("aes128", E::ENCR_AES_CBC, Some(128)),
            ("AES_GCM_16_128", E::ENCR_AES_GCM_16, Some(128)),
            ("aes_gcm_16128", E::ENCR_AES_GCM_16, Some(128)),
            ("aes-gcm-128", E::ENCR_AES_GCM_16, Some(128)),
            ("AES_CCM_8_128", E::ENCR_AES_CCM_8, Some(128)),
            ("rfc4106(gcm(aes))", E::ENCR_AES_GCM_16, None),
            (
                "rfc7539esp(chacha20,poly1305)",
                E::ENCR_CHACHA20_POLY1305,
                None,
            ),
            ("CHACHA20_POLY1305", E::ENCR_CHACHA20_POLY1305, None),
            ("cbc(des3_ede)", E::ENCR_3DES, None),
            ("3DES_CBC", E::ENCR_3DES, None),
            ("ecb(cipher_null)", E::ENCR_NULL, None),
        ] {
            let (ids, found) = cipher(name).unwrap();
            assert_eq!((ids[0], found), (id, bits), "{name}");
        }
        assert!(cipher("rot13").is_none());
    }

    #[test]
    fn one_integrity_algorithm_under_many_names() {
        for name in ["HMAC_SHA2_256_128", "hmac(sha256)", "sha256", "hmac-sha256"] {
            assert_eq!(integrity(name, None), Some(v2(I::AUTH_HMAC_SHA2_256_128)));
        }
        assert_eq!(integrity("hmac(sha256)", Some(96)), Some(TRUNCBUG));
        assert_eq!(
            integrity("hmac(sha512)", Some(96)),
            Some(Authentication::Unchecked { icv: 12 })
        );
        assert_eq!(integrity("crc32", None), None);
    }

    #[test]
    fn proposals_as_charon_and_pluto_print_them() {
        let ike = suite("IKE:AES_GCM_16_256/PRF_HMAC_SHA2_384/ECP_384", '/');
        assert_eq!(ike.ciphers, [E::ENCR_AES_GCM_16]);
        assert_eq!(ike.authentication, None);
        assert_eq!(ike.prf, Some(Prf::PRF_HMAC_SHA2_384));
        assert_eq!(ike.group, Some(KeyExchange(20)));
        let null = suite("ESP:NULL/HMAC_SHA1_96/EXT_SEQ", '/');
        assert_eq!(null.ciphers, [E::ENCR_NULL]);
        assert_eq!(null.authentication, Some(v2(I::AUTH_HMAC_SHA1_96)));
        assert_eq!(null.extended_sequence, Some(true));
        assert!(suite("AH:HMAC_SHA2_256_128/NO_EXT_SEQ", '/').ah);
        let pluto = suite("AES_CBC_128-HMAC_SHA1_96", '-');
        assert_eq!(pluto.ciphers, [E::ENCR_AES_CBC]);
    }
}
