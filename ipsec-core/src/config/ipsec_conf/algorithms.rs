//! Proposals as libreswan spells them: `aes256-sha2_256-modp2048`,
//! `aes_gcm128+aes_gcm256-sha2_512;dh19`; defaults as `ike_info.c` of 4.10 has
//! them in a build with every algorithm and outside of FIPS mode.

use crate::config::algorithms::{is_aead, prf_of};
use crate::config::model::{Setting, Versions};
use crate::config::values::{Faults, items};
use crate::config::{ConfigErrorKind, Spanned};
use crate::sa::proposal::{Proposal, Transform};
use crate::wire::registry::ike::{Encryption, Integrity, KeyExchange, ProtocolId, TransformType};
use alloc::string::String;
use alloc::vec::Vec;

/// The proposals of a list, those that can be read, numbered in order; the
/// defaults for an absent one.
pub(super) fn proposals(
    found: Option<Spanned<&str>>,
    protocol: ProtocolId,
    versions: Versions,
    faults: &mut Faults,
) -> Vec<Setting<Proposal>> {
    let mut proposals = Vec::new();
    match found {
        Some(found) => {
            for item in items(found, |c| c == ',') {
                if let Some(words) = words(item, faults) {
                    let proposal = proposal(&words, protocol, proposals.len());
                    proposals.push(Setting::written(proposal, item.span));
                }
            }
        }
        None => {
            let lists: &[&str] = match (protocol, versions) {
                (ProtocolId::IKE, Versions::V1) => &IKE_V1,
                (ProtocolId::IKE, Versions::V2 | Versions::Both) => &IKE_V2,
                (ProtocolId::AH, _) => &["sha2_512+sha2_256"],
                _ => &ESP,
            };
            for list in lists {
                let words: Vec<_> = list
                    .split(['-', '+'])
                    .filter_map(transforms)
                    .flatten()
                    .collect();
                let proposal = proposal(&words, protocol, proposals.len());
                proposals.push(Setting::by_default(proposal));
            }
        }
    }
    proposals
}

/// The transforms of one proposal; `None`, and a fault at the word, when one of
/// them is unknown.
fn words(item: Spanned<&str>, faults: &mut Faults) -> Option<Vec<Transform>> {
    let mut words = Vec::new();
    for word in items(item, |c| matches!(c, '-' | ';' | '+')) {
        let Some(found) = transforms(word.value) else {
            faults.note(word.span, ConfigErrorKind::Algorithm);
            return None;
        };
        words.extend(found);
    }
    Some(words)
}

/// Adds what is meant and not said: hashes and groups where none is named, the
/// PRF of each hash; an AEAD cipher has no other integrity.
fn proposal(words: &[Transform], protocol: ProtocolId, before: usize) -> Proposal {
    let mut transforms = words.to_vec();
    let has = |list: &[Transform], kind| list.iter().any(|found| found.kind == kind);
    let aead = transforms.iter().any(is_aead);
    let ike = protocol == ProtocolId::IKE;
    if !has(&transforms, TransformType::INTEG) && (ike || !aead) {
        transforms.extend(HASHES.map(|id| Transform::new(TransformType::INTEG, id.0)));
    }
    if ike {
        let prfs: Vec<_> = transforms.iter().filter_map(prf_of).collect();
        transforms.extend(prfs);
        if !has(&transforms, TransformType::KE) {
            transforms.extend(GROUPS.map(|id| Transform::new(TransformType::KE, id.0)));
        }
    }
    if aead {
        transforms.retain(|found| found.kind != TransformType::INTEG);
    }
    if protocol == ProtocolId::AH {
        transforms.retain(|found| found.kind != TransformType::ENCR);
    }
    Proposal {
        number: u8::try_from(before.saturating_add(1)).unwrap_or(u8::MAX),
        protocol,
        transforms,
    }
}

/// What a word stands for: a cipher without a key length for two of them.
pub(in crate::config) fn transforms(word: &str) -> Option<Vec<Transform>> {
    let word: String = word
        .chars()
        .filter(|c| *c != '_')
        .map(|c| c.to_ascii_lowercase())
        .collect();
    if word == "none" {
        return Some(Vec::new());
    }
    if let Some(id) = hash(&word) {
        return Some([Transform::new(TransformType::INTEG, id.0)].into());
    }
    if let Some(id) = group(&word) {
        return Some([Transform::new(TransformType::KE, id.0)].into());
    }
    cipher(&word)
}

fn cipher(word: &str) -> Option<Vec<Transform>> {
    let of = |id: Encryption| Transform::new(TransformType::ENCR, id.0);
    let fixed = match word {
        "3des" | "3descbc" => Some(Encryption::ENCR_3DES),
        "null" => Some(Encryption::ENCR_NULL),
        "chacha20poly1305" => Some(Encryption::ENCR_CHACHA20_POLY1305),
        _ => None,
    };
    if let Some(id) = fixed {
        return Some([of(id)].into());
    }
    CIPHERS.iter().find_map(|(name, id)| {
        let bits = word.strip_prefix(name)?;
        let bits: &[u16] = match bits {
            "" => &[256, 128],
            "128" => &[128],
            "192" => &[192],
            "256" => &[256],
            _ => return None,
        };
        Some(
            bits.iter()
                .map(|bits| of(*id).with_key_bits(*bits))
                .collect(),
        )
    })
}

fn hash(word: &str) -> Option<Integrity> {
    let word = word.strip_prefix("hmac").unwrap_or(word);
    Some(match word {
        "md5" => Integrity::AUTH_HMAC_MD5_96,
        "sha" | "sha1" => Integrity::AUTH_HMAC_SHA1_96,
        "sha2" | "sha256" | "sha2256" => Integrity::AUTH_HMAC_SHA2_256_128,
        "sha384" | "sha2384" => Integrity::AUTH_HMAC_SHA2_384_192,
        "sha512" | "sha2512" => Integrity::AUTH_HMAC_SHA2_512_256,
        "aesxcbc" | "aesxcbc96" => Integrity::AUTH_AES_XCBC_96,
        "aescmac" | "aescmac96" => Integrity::AUTH_AES_CMAC_96,
        _ => return None,
    })
}

fn group(word: &str) -> Option<KeyExchange> {
    Some(match word {
        "modp1024" => KeyExchange::MODP_1024,
        "modp1536" => KeyExchange::MODP_1536,
        "modp2048" => KeyExchange::MODP_2048,
        "modp3072" => KeyExchange::MODP_3072,
        "modp4096" => KeyExchange::MODP_4096,
        "modp6144" => KeyExchange::MODP_6144,
        "modp8192" => KeyExchange::MODP_8192,
        "ecp256" => KeyExchange::ECP_256,
        "ecp384" => KeyExchange::ECP_384,
        "ecp521" => KeyExchange::ECP_521,
        "x25519" | "curve25519" => KeyExchange::CURVE25519,
        _ => {
            let number = word.strip_prefix("dh")?.parse().ok()?;
            return [2, 5, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 31]
                .contains(&number)
                .then_some(KeyExchange(number));
        }
    })
}

const CIPHERS: [(&str, Encryption); 20] = [
    ("aescbc", Encryption::ENCR_AES_CBC),
    ("aesctr", Encryption::ENCR_AES_CTR),
    ("aesgcmc", Encryption::ENCR_AES_GCM_16),
    ("aesgcmb", Encryption::ENCR_AES_GCM_12),
    ("aesgcma", Encryption::ENCR_AES_GCM_8),
    ("aesgcm16", Encryption::ENCR_AES_GCM_16),
    ("aesgcm12", Encryption::ENCR_AES_GCM_12),
    ("aesgcm8", Encryption::ENCR_AES_GCM_8),
    ("aesgcm", Encryption::ENCR_AES_GCM_16),
    ("aesccmc", Encryption::ENCR_AES_CCM_16),
    ("aesccmb", Encryption::ENCR_AES_CCM_12),
    ("aesccma", Encryption::ENCR_AES_CCM_8),
    ("aesccm16", Encryption::ENCR_AES_CCM_16),
    ("aesccm12", Encryption::ENCR_AES_CCM_12),
    ("aesccm8", Encryption::ENCR_AES_CCM_8),
    ("aesccm", Encryption::ENCR_AES_CCM_16),
    ("aes", Encryption::ENCR_AES_CBC),
    ("camelliacbc", Encryption::ENCR_CAMELLIA_CBC),
    ("camellia", Encryption::ENCR_CAMELLIA_CBC),
    ("nullauthaesgmac", Encryption::ENCR_NULL_AUTH_AES_GMAC),
];

const HASHES: [Integrity; 2] = [
    Integrity::AUTH_HMAC_SHA2_512_256,
    Integrity::AUTH_HMAC_SHA2_256_128,
];

const GROUPS: [KeyExchange; 8] = [
    KeyExchange::ECP_256,
    KeyExchange::ECP_384,
    KeyExchange::ECP_521,
    KeyExchange::CURVE25519,
    KeyExchange::MODP_4096,
    KeyExchange::MODP_3072,
    KeyExchange::MODP_2048,
    KeyExchange::MODP_8192,
];

const IKE_V2: [&str; 5] = [
    "aes_gcm256",
    "aes_gcm128",
    "chacha20_poly1305",
    "aes256",
    "aes128",
];

const IKE_V1: [&str; 3] = [
    "aes256-sha2_256+sha2_512+sha1-modp2048+modp1536+dh19+dh31",
    "aes128-sha2_256+sha2_512+sha1-modp2048+modp1536+dh19+dh31",
    "3des-sha2_256+sha2_512+sha1-modp2048+modp1536+dh19+dh31",
];

const ESP: [&str; 4] = [
    "aes_gcm256-none",
    "aes_gcm128-none",
    "aes256-sha2_512+sha2_256",
    "aes128-sha2_512+sha2_256",
];
