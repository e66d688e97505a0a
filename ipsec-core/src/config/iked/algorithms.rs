//! Transforms as OpenIKED spells them (`enc aes-256-gcm`, `group ecp256`), and
//! what it fills in.

use crate::config::algorithms::is_aead;
use crate::sa::proposal::{Proposal, Transform};
use crate::wire::registry::ike::{
    Encryption, Integrity, KeyExchange, Prf, ProtocolId, TransformType,
};
use alloc::vec::Vec;

/// The transform behind one of the words `enc`, `auth`, `prf` and `group`.
pub(super) fn transform(kind: &str, name: &str) -> Option<Transform> {
    let (kind, id) = match kind {
        "enc" => return cipher(name),
        "auth" => (TransformType::INTEG, integrity(name)?.0),
        "prf" => (TransformType::PRF, prf(name)?.0),
        "group" => (TransformType::KE, group(name)?.0),
        _ => return None,
    };
    Some(Transform::new(kind, id))
}

fn cipher(name: &str) -> Option<Transform> {
    let of = |id: Encryption| Transform::new(TransformType::ENCR, id.0);
    let fixed = match name {
        "3des" | "3des-cbc" => Some(Encryption::ENCR_3DES),
        "null" => Some(Encryption::ENCR_NULL),
        "blowfish" => Some(Encryption::ENCR_BLOWFISH),
        "cast" => Some(Encryption::ENCR_CAST),
        "chacha20-poly1305" => Some(Encryption::ENCR_CHACHA20_POLY1305),
        _ => None,
    };
    if let Some(id) = fixed {
        return Some(of(id));
    }
    let (bits, mode) = match name.strip_prefix("aes-")?.split_once('-') {
        Some((bits, mode)) => (bits, mode),
        None => (name.strip_prefix("aes-")?, ""),
    };
    let id = match mode {
        "" => Encryption::ENCR_AES_CBC,
        "ctr" => Encryption::ENCR_AES_CTR,
        "gcm" => Encryption::ENCR_AES_GCM_16,
        "gcm-12" => Encryption::ENCR_AES_GCM_12,
        "gmac" => Encryption::ENCR_NULL_AUTH_AES_GMAC,
        _ => return None,
    };
    let bits = bits
        .parse()
        .ok()
        .filter(|bits| [128, 192, 256].contains(bits))?;
    Some(of(id).with_key_bits(bits))
}

fn integrity(name: &str) -> Option<Integrity> {
    Some(match name {
        "hmac-md5" => Integrity::AUTH_HMAC_MD5_96,
        "hmac-sha1" => Integrity::AUTH_HMAC_SHA1_96,
        "hmac-sha2-256" => Integrity::AUTH_HMAC_SHA2_256_128,
        "hmac-sha2-384" => Integrity::AUTH_HMAC_SHA2_384_192,
        "hmac-sha2-512" => Integrity::AUTH_HMAC_SHA2_512_256,
        _ => return None,
    })
}

fn prf(name: &str) -> Option<Prf> {
    Some(match name {
        "hmac-md5" => Prf::PRF_HMAC_MD5,
        "hmac-sha1" => Prf::PRF_HMAC_SHA1,
        "hmac-sha2-256" => Prf::PRF_HMAC_SHA2_256,
        "hmac-sha2-384" => Prf::PRF_HMAC_SHA2_384,
        "hmac-sha2-512" => Prf::PRF_HMAC_SHA2_512,
        _ => return None,
    })
}

fn group(name: &str) -> Option<KeyExchange> {
    Some(match name {
        "none" => KeyExchange(0),
        "modp768" => KeyExchange::MODP_768,
        "modp1024" => KeyExchange::MODP_1024,
        "modp1536" => KeyExchange::MODP_1536,
        "modp2048" => KeyExchange::MODP_2048,
        "modp3072" => KeyExchange::MODP_3072,
        "modp4096" => KeyExchange::MODP_4096,
        "modp6144" => KeyExchange::MODP_6144,
        "modp8192" => KeyExchange::MODP_8192,
        "ecp192" => KeyExchange::ECP_192,
        "ecp224" => KeyExchange::ECP_224,
        "ecp256" => KeyExchange::ECP_256,
        "ecp384" => KeyExchange::ECP_384,
        "ecp521" => KeyExchange::ECP_521,
        "brainpool224" => KeyExchange::BRAINPOOL_P224R1,
        "brainpool256" => KeyExchange::BRAINPOOL_P256R1,
        "brainpool384" => KeyExchange::BRAINPOOL_P384R1,
        "brainpool512" => KeyExchange::BRAINPOOL_P512R1,
        "curve25519" => KeyExchange::CURVE25519,
        _ => {
            let number = name.strip_prefix("grp")?.parse().ok()?;
            return [1, 2, 5, 31]
                .contains(&number)
                .then_some(KeyExchange(number))
                .or_else(|| {
                    let known = (14..=21).contains(&number) || (25..=30).contains(&number);
                    known.then_some(KeyExchange(number))
                });
        }
    })
}

/// A proposal of these transforms; kinds that none of them is of are filled in.
pub(super) fn proposal(
    protocol: ProtocolId,
    mut transforms: Vec<Transform>,
    before: usize,
) -> Proposal {
    let written = transforms.clone();
    let lacks = |kind: TransformType| !written.iter().any(|one| one.kind == kind);
    let ike = protocol == ProtocolId::IKE;
    if protocol != ProtocolId::AH && lacks(TransformType::ENCR) {
        let names = ["aes-256", "aes-192", "aes-128", "3des"];
        let count = if ike { 4 } else { 3 };
        let ciphers = names.into_iter().take(count).filter_map(cipher);
        transforms.extend(ciphers);
    }
    if lacks(TransformType::INTEG) && !transforms.iter().any(is_aead) {
        let names = HASHES.iter().filter_map(|name| transform("auth", name));
        transforms.extend(names);
    }
    if ike && lacks(TransformType::PRF) {
        transforms.extend(HASHES.iter().filter_map(|name| transform("prf", name)));
    }
    if ike && lacks(TransformType::KE) {
        transforms.extend(GROUPS.iter().filter_map(|name| transform("group", name)));
    }
    if !ike && lacks(TransformType::ESN) {
        transforms.extend([1, 0].map(|id| Transform::new(TransformType::ESN, id)));
    }
    Proposal {
        number: u8::try_from(before.saturating_add(1)).unwrap_or(u8::MAX),
        protocol,
        transforms,
    }
}

/// What is proposed when nothing is written.
pub(super) fn defaults(protocol: ProtocolId) -> Vec<Proposal> {
    let aead: Vec<_> = ["aes-128-gcm", "aes-256-gcm"]
        .map(cipher)
        .into_iter()
        .flatten()
        .collect();
    if protocol == ProtocolId::AH {
        return [proposal(protocol, Vec::new(), 0)].into();
    }
    [
        proposal(protocol, aead, 0),
        proposal(protocol, Vec::new(), 1),
    ]
    .into()
}

const HASHES: [&str; 4] = [
    "hmac-sha2-256",
    "hmac-sha2-384",
    "hmac-sha2-512",
    "hmac-sha1",
];

const GROUPS: [&str; 9] = [
    "curve25519",
    "ecp521",
    "ecp384",
    "ecp256",
    "modp4096",
    "modp3072",
    "modp2048",
    "modp1536",
    "modp1024",
];
