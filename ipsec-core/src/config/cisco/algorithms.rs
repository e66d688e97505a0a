//! Algorithms as Cisco spells them: `aes 256`, `aes-cbc-256`, `esp-sha-hmac`.

use super::lines::Word;
use crate::config::algorithms::{is_aead, prf_of};
use crate::sa::proposal::{Proposal, Transform};
use crate::wire::registry::ike::{
    Encryption, Integrity, KeyExchange, Prf, ProtocolId, TransformType,
};
use alloc::vec::Vec;

/// `des`, `3des`, `aes`, `aes 192`, `aes-256`, `aes-cbc-128`, `aes-gcm-256`: an
/// encryption algorithm with the length that may stand in a word of its own.
pub(in crate::config) fn cipher(name: &str, bits: Option<&str>) -> Option<Transform> {
    let of = |id: Encryption| Transform::new(TransformType::ENCR, id.0);
    let (id, bits) = match name {
        "des" => return Some(of(Encryption::ENCR_DES)),
        "3des" => return Some(of(Encryption::ENCR_3DES)),
        "null" => return Some(of(Encryption::ENCR_NULL)),
        "aes" | "aes-cbc" => (Encryption::ENCR_AES_CBC, bits),
        "aes-gcm" | "gcm" => (Encryption::ENCR_AES_GCM_16, bits),
        "aes-gmac" | "gmac" => (Encryption::ENCR_NULL_AUTH_AES_GMAC, bits),
        _ => {
            let (mode, bits) = name.rsplit_once('-')?;
            let id = match mode {
                "aes" | "aes-cbc" => Encryption::ENCR_AES_CBC,
                "aes-gcm" => Encryption::ENCR_AES_GCM_16,
                "aes-gmac" => Encryption::ENCR_NULL_AUTH_AES_GMAC,
                _ => return None,
            };
            (id, Some(bits))
        }
    };
    let bits = match bits {
        None | Some("128") => 128,
        Some("192") => 192,
        Some("256") => 256,
        Some(_) => return None,
    };
    Some(of(id).with_key_bits(bits))
}

/// A hash, as the integrity algorithm over it.
pub(in crate::config) fn hash(name: &str) -> Option<Transform> {
    let id = match name {
        "md5" => Integrity::AUTH_HMAC_MD5_96,
        "sha" | "sha1" | "sha-1" => Integrity::AUTH_HMAC_SHA1_96,
        "sha256" | "sha-256" => Integrity::AUTH_HMAC_SHA2_256_128,
        "sha384" | "sha-384" => Integrity::AUTH_HMAC_SHA2_384_192,
        "sha512" | "sha-512" => Integrity::AUTH_HMAC_SHA2_512_256,
        "null" => Integrity(0),
        _ => return None,
    };
    Some(Transform::new(TransformType::INTEG, id.0))
}

/// A hash, as the pseudorandom function over it.
pub(in crate::config) fn prf(name: &str) -> Option<Transform> {
    prf_of(&hash(name)?)
}

/// `14`, `group14`.
pub(in crate::config) fn group(name: &str) -> Option<Transform> {
    let digits = name.strip_prefix("group").unwrap_or(name);
    let number = digits.parse::<u16>().ok()?;
    let known = [1, 2, 5, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 31];
    let id = known.contains(&number).then_some(KeyExchange(number))?;
    Some(Transform::new(TransformType::KE, id.0))
}

/// Transforms of IKEv2 with the pseudorandom functions that follow from them.
pub(in crate::config) fn with_prfs(mut transforms: Vec<Transform>) -> Vec<Transform> {
    if !transforms.iter().any(|one| one.kind == TransformType::PRF) {
        let prfs: Vec<_> = transforms.iter().filter_map(prf_of).collect();
        transforms.extend(prfs);
    }
    if transforms.iter().any(is_aead) {
        transforms.retain(|one| one.kind != TransformType::INTEG);
    }
    transforms
}

/// What a transform set's words come to.
#[derive(Clone, Default)]
pub(in crate::config) struct Protection {
    pub(in crate::config) esp: Vec<Transform>,
    pub(in crate::config) ah: Vec<Transform>,
    pub(in crate::config) compressed: bool,
}

impl Protection {
    /// Takes in `esp-3des esp-sha-hmac`; gives back a word that it does not
    /// know.
    pub(in crate::config) fn read<'w, 'a>(words: &'w [Word<'a>]) -> (Self, Option<&'w Word<'a>>) {
        let mut found = Self::default();
        let mut words = words.iter().peekable();
        while let Some(word) = words.next() {
            let bits = words.peek().map(|next| &*next.text);
            let bits = bits.filter(|next| next.bytes().all(|byte| byte.is_ascii_digit()));
            let name = word.text.to_ascii_lowercase();
            let hmac = |kind: &str| {
                let inner = name.strip_prefix(kind)?.strip_suffix("-hmac")?;
                hash(inner)
            };
            if name == "comp-lzs" {
                found.compressed = true;
            } else if let Some(transform) = hmac("ah-") {
                found.ah.push(transform);
            } else if let Some(transform) = hmac("esp-").filter(|one| one.id != 0) {
                found.esp.push(transform);
            } else if name == "esp-none" {
            } else if let Some(cipher) = name.strip_prefix("esp-").and_then(|it| cipher(it, bits)) {
                found.esp.push(cipher);
                if bits.is_some() {
                    words.next();
                }
            } else {
                return (found, Some(word));
            }
        }
        (found, None)
    }

    /// As a proposal. AH beside ESP is not told: the model has one protocol a
    /// proposal.
    pub(in crate::config) fn proposal(&self, before: usize, pfs: Option<Transform>) -> Proposal {
        let (protocol, transforms) = if self.esp.is_empty() {
            (ProtocolId::AH, &self.ah)
        } else {
            (ProtocolId::ESP, &self.esp)
        };
        let mut transforms = transforms.clone();
        let encrypts = transforms.iter().any(|one| one.kind == TransformType::ENCR);
        if protocol == ProtocolId::ESP && !encrypts {
            transforms.extend(cipher("null", None));
        }
        transforms.extend(pfs);
        numbered(before, protocol, transforms)
    }
}

/// A proposal behind so many others.
pub(in crate::config) fn numbered(
    before: usize,
    protocol: ProtocolId,
    transforms: Vec<Transform>,
) -> Proposal {
    Proposal {
        number: u8::try_from(before.saturating_add(1)).unwrap_or(u8::MAX),
        protocol,
        transforms,
    }
}

/// A policy of IKEv1: its hash is an integrity algorithm and a PRF.
pub(in crate::config) fn ikev1(
    before: usize,
    cipher: Transform,
    hash: Transform,
    group: Transform,
) -> Proposal {
    let prf = prf_of(&hash).unwrap_or(Transform::new(TransformType::PRF, Prf::PRF_HMAC_SHA1.0));
    numbered(
        before,
        ProtocolId::IKE,
        Vec::from([cipher, hash, prf, group]),
    )
}
