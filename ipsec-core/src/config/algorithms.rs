//! Proposals as strongSwan spells them: `aes256-sha256-modp2048`
//! (RFC 7296 §3.3.2 for what the words stand for). The defaults are those of
//! `proposal_create_default` and `proposal_create_default_aead` in 5.9 and 6.0;
//! for IKE charon leaves out what no plugin of its has.

use super::model::Setting;
use super::values::{Faults, items};
use super::{ConfigErrorKind, Spanned};
use crate::crypto::suite;
use crate::sa::proposal::{Proposal, Transform};
use crate::wire::registry::ike::{
    Encryption, Integrity, KeyExchange, Prf, ProtocolId, SequenceNumbers, TransformType,
};
use alloc::vec::Vec;

/// The proposals of a list, those that can be read, numbered in order.
/// `default` in it stands for `defaults`, and so does an absent list.
pub(super) fn proposals(
    found: Option<Spanned<&str>>,
    protocol: ProtocolId,
    faults: &mut Faults,
) -> Vec<Setting<Proposal>> {
    let mut proposals = Vec::new();
    let Some(found) = found else {
        add_defaults(protocol, &mut proposals);
        return proposals;
    };
    for item in items(found, |c| c == ',') {
        if item.value == "default" {
            add_defaults(protocol, &mut proposals);
        } else if let Some(transforms) = transforms(item, protocol, faults) {
            let proposal = numbered(protocol, transforms, &proposals);
            proposals.push(Setting::written(proposal, item.span));
        }
    }
    proposals
}

/// One proposal in those words.
pub(super) fn proposal(words: &str, protocol: ProtocolId) -> Option<Proposal> {
    let transforms = words.split('-').map(transform).collect::<Option<_>>()?;
    Some(Proposal {
        number: 1,
        protocol,
        transforms: complete(transforms, protocol),
    })
}

pub(super) fn numbered(
    protocol: ProtocolId,
    transforms: Vec<Transform>,
    before: &[Setting<Proposal>],
) -> Proposal {
    Proposal {
        number: u8::try_from(before.len().saturating_add(1)).unwrap_or(u8::MAX),
        protocol,
        transforms,
    }
}

/// What strongSwan proposes when nothing is written: for IKE that of a build
/// with every algorithm.
pub(super) fn add_defaults(protocol: ProtocolId, proposals: &mut Vec<Setting<Proposal>>) {
    let lists: &[&str] = match protocol {
        ProtocolId::IKE => &[IKE, IKE_AEAD],
        ProtocolId::AH => &[AH],
        _ => &[ESP_AEAD, ESP],
    };
    for list in lists {
        let transforms = list.split('-').filter_map(transform).collect();
        let proposal = numbered(protocol, complete(transforms, protocol), proposals);
        proposals.push(Setting::by_default(proposal));
    }
}

/// The transforms of one proposal; `None`, and a fault at the word, when one of
/// them is unknown: strongSwan refuses the whole proposal then.
fn transforms(
    item: Spanned<&str>,
    protocol: ProtocolId,
    faults: &mut Faults,
) -> Option<Vec<Transform>> {
    let mut transforms = Vec::new();
    for word in items(item, |c| c == '-') {
        let Some(found) = transform(word.value) else {
            faults.note(word.span, ConfigErrorKind::Algorithm);
            return None;
        };
        if !transforms.contains(&found) {
            transforms.push(found);
        }
    }
    Some(complete(transforms, protocol))
}

/// Adds what is meant and not said: the PRF follows from the integrity
/// algorithm, an AEAD cipher has no other integrity, AH no cipher.
pub(super) fn complete(mut transforms: Vec<Transform>, protocol: ProtocolId) -> Vec<Transform> {
    let has = |list: &[Transform], kind| list.iter().any(|found| found.kind == kind);
    if protocol == ProtocolId::IKE && !has(&transforms, TransformType::PRF) {
        let prfs: Vec<_> = transforms.iter().filter_map(prf_of).collect();
        transforms.extend(prfs);
    }
    if protocol == ProtocolId::AH {
        transforms.retain(|found| found.kind != TransformType::ENCR);
    } else if transforms.iter().any(is_aead) {
        transforms.retain(|found| found.kind != TransformType::INTEG);
    }
    transforms
}

pub(super) fn is_aead(transform: &Transform) -> bool {
    transform.kind == TransformType::ENCR
        && suite::encryption(Encryption(transform.id)).is_some_and(suite::Cipher::is_aead)
}

/// The PRF over the same hash or cipher as an integrity algorithm.
pub(super) fn prf_of(transform: &Transform) -> Option<Transform> {
    if transform.kind != TransformType::INTEG {
        return None;
    }
    let prf = match Integrity(transform.id) {
        Integrity::AUTH_HMAC_MD5_96 | Integrity::AUTH_HMAC_MD5_128 => Prf::PRF_HMAC_MD5,
        Integrity::AUTH_HMAC_SHA1_96 | Integrity::AUTH_HMAC_SHA1_160 => Prf::PRF_HMAC_SHA1,
        Integrity::AUTH_HMAC_SHA2_256_128 | Integrity::AUTH_HMAC_SHA2_256_96 => {
            Prf::PRF_HMAC_SHA2_256
        }
        Integrity::AUTH_HMAC_SHA2_384_192 => Prf::PRF_HMAC_SHA2_384,
        Integrity::AUTH_HMAC_SHA2_512_256 => Prf::PRF_HMAC_SHA2_512,
        Integrity::AUTH_AES_XCBC_96 => Prf::PRF_AES128_XCBC,
        Integrity::AUTH_AES_CMAC_96 => Prf::PRF_AES128_CMAC,
        _ => return None,
    };
    Some(Transform::new(TransformType::PRF, prf.0))
}

/// The transform that a word stands for.
pub(super) fn transform(word: &str) -> Option<Transform> {
    cipher(word)
        .or_else(|| integrity(word).map(|id| Transform::new(TransformType::INTEG, id.0)))
        .or_else(|| {
            let id = prf(word.strip_prefix("prf")?)?;
            Some(Transform::new(TransformType::PRF, id.0))
        })
        .or_else(|| key_exchange(word))
        .or_else(|| sequence_numbers(word))
}

fn cipher(word: &str) -> Option<Transform> {
    let of = |id: Encryption| Transform::new(TransformType::ENCR, id.0);
    let fixed = match word {
        "null" => Some(Encryption::ENCR_NULL),
        "des" => Some(Encryption::ENCR_DES),
        "3des" => Some(Encryption::ENCR_3DES),
        "chacha20poly1305" => Some(Encryption::ENCR_CHACHA20_POLY1305),
        _ => None,
    };
    if let Some(id) = fixed {
        return Some(of(id));
    }
    let (modes, rest) = CIPHERS
        .iter()
        .find_map(|(name, modes)| Some((*modes, word.strip_prefix(name)?)))?;
    let mode = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    let bits = match rest.strip_suffix(mode)? {
        "" => 128,
        bits => bits.parse().ok()?,
    };
    let (_, id) = modes.iter().find(|(known, _)| *known == mode)?;
    [128, 192, 256]
        .contains(&bits)
        .then(|| of(*id).with_key_bits(bits))
}

fn integrity(word: &str) -> Option<Integrity> {
    Some(match word {
        "md5" => Integrity::AUTH_HMAC_MD5_96,
        "md5_128" => Integrity::AUTH_HMAC_MD5_128,
        "sha" | "sha1" => Integrity::AUTH_HMAC_SHA1_96,
        "sha1_160" => Integrity::AUTH_HMAC_SHA1_160,
        "sha256" | "sha2_256" => Integrity::AUTH_HMAC_SHA2_256_128,
        "sha256_96" | "sha2_256_96" => Integrity::AUTH_HMAC_SHA2_256_96,
        "sha384" | "sha2_384" => Integrity::AUTH_HMAC_SHA2_384_192,
        "sha512" | "sha2_512" => Integrity::AUTH_HMAC_SHA2_512_256,
        "aesxcbc" => Integrity::AUTH_AES_XCBC_96,
        "aescmac" => Integrity::AUTH_AES_CMAC_96,
        "camelliaxcbc" => Integrity::AUTH_CAMELLIA_XCBC_96,
        _ => return None,
    })
}

fn prf(word: &str) -> Option<Prf> {
    Some(match word {
        "md5" => Prf::PRF_HMAC_MD5,
        "sha1" => Prf::PRF_HMAC_SHA1,
        "sha256" => Prf::PRF_HMAC_SHA2_256,
        "sha384" => Prf::PRF_HMAC_SHA2_384,
        "sha512" => Prf::PRF_HMAC_SHA2_512,
        "aesxcbc" => Prf::PRF_AES128_XCBC,
        "aescmac" => Prf::PRF_AES128_CMAC,
        _ => return None,
    })
}

/// A group or method, behind `ke1_` to `ke7_` an additional one
/// (RFC 9370 §2.2.1).
fn key_exchange(word: &str) -> Option<Transform> {
    let additional = word.strip_prefix("ke").and_then(|rest| {
        let (index, name) = rest.split_once('_')?;
        let index = index.parse::<u8>().ok()?;
        let kind = TransformType::KE.0.checked_add(index)?.checked_add(1)?;
        (1..=7).contains(&index).then_some((kind, name))
    });
    let (kind, name) = additional.unwrap_or((TransformType::KE.0, word));
    Some(Transform::new(TransformType(kind), group(name)?.0))
}

fn group(name: &str) -> Option<KeyExchange> {
    Some(match name {
        "modpnull" => KeyExchange::MODP_NULL,
        "modp768" => KeyExchange::MODP_768,
        "modp1024" => KeyExchange::MODP_1024,
        "modp1536" => KeyExchange::MODP_1536,
        "modp2048" => KeyExchange::MODP_2048,
        "modp3072" => KeyExchange::MODP_3072,
        "modp4096" => KeyExchange::MODP_4096,
        "modp6144" => KeyExchange::MODP_6144,
        "modp8192" => KeyExchange::MODP_8192,
        "modp1024s160" => KeyExchange::MODP_1024_160,
        "modp2048s224" => KeyExchange::MODP_2048_224,
        "modp2048s256" => KeyExchange::MODP_2048_256,
        "ecp192" => KeyExchange::ECP_192,
        "ecp224" => KeyExchange::ECP_224,
        "ecp256" => KeyExchange::ECP_256,
        "ecp384" => KeyExchange::ECP_384,
        "ecp521" => KeyExchange::ECP_521,
        "ecp224bp" => KeyExchange::BRAINPOOL_P224R1,
        "ecp256bp" => KeyExchange::BRAINPOOL_P256R1,
        "ecp384bp" => KeyExchange::BRAINPOOL_P384R1,
        "ecp512bp" => KeyExchange::BRAINPOOL_P512R1,
        "curve25519" | "x25519" => KeyExchange::CURVE25519,
        "curve448" | "x448" => KeyExchange::CURVE448,
        "mlkem512" => KeyExchange::ML_KEM_512,
        "mlkem768" => KeyExchange::ML_KEM_768,
        "mlkem1024" => KeyExchange::ML_KEM_1024,
        "none" => KeyExchange(0),
        _ => return None,
    })
}

fn sequence_numbers(word: &str) -> Option<Transform> {
    let id = match word {
        "noesn" => SequenceNumbers(0),
        "esn" => SequenceNumbers(1),
        _ => return None,
    };
    Some(Transform::new(TransformType::ESN, id.0))
}

/// Ciphers in several modes: what stands behind the key length, and what it is.
type Modes = &'static [(&'static str, Encryption)];

const CIPHERS: &[(&str, Modes)] = &[
    ("aes", AES),
    ("camellia", CAMELLIA),
    ("cast", &[("", Encryption::ENCR_CAST)]),
    ("blowfish", &[("", Encryption::ENCR_BLOWFISH)]),
    ("serpent", &[("", Encryption::STRONGSWAN_SERPENT_CBC)]),
    ("twofish", &[("", Encryption::STRONGSWAN_TWOFISH_CBC)]),
];

const AES: Modes = &[
    ("", Encryption::ENCR_AES_CBC),
    ("ctr", Encryption::ENCR_AES_CTR),
    ("ccm8", Encryption::ENCR_AES_CCM_8),
    ("ccm64", Encryption::ENCR_AES_CCM_8),
    ("ccm12", Encryption::ENCR_AES_CCM_12),
    ("ccm96", Encryption::ENCR_AES_CCM_12),
    ("ccm16", Encryption::ENCR_AES_CCM_16),
    ("ccm128", Encryption::ENCR_AES_CCM_16),
    ("gcm8", Encryption::ENCR_AES_GCM_8),
    ("gcm64", Encryption::ENCR_AES_GCM_8),
    ("gcm12", Encryption::ENCR_AES_GCM_12),
    ("gcm96", Encryption::ENCR_AES_GCM_12),
    ("gcm", Encryption::ENCR_AES_GCM_16),
    ("gcm16", Encryption::ENCR_AES_GCM_16),
    ("gcm128", Encryption::ENCR_AES_GCM_16),
    ("gmac", Encryption::ENCR_NULL_AUTH_AES_GMAC),
];

const CAMELLIA: Modes = &[
    ("", Encryption::ENCR_CAMELLIA_CBC),
    ("ctr", Encryption::ENCR_CAMELLIA_CTR),
    ("ccm8", Encryption::ENCR_CAMELLIA_CCM_8),
    ("ccm64", Encryption::ENCR_CAMELLIA_CCM_8),
    ("ccm12", Encryption::ENCR_CAMELLIA_CCM_12),
    ("ccm96", Encryption::ENCR_CAMELLIA_CCM_12),
    ("ccm16", Encryption::ENCR_CAMELLIA_CCM_16),
    ("ccm128", Encryption::ENCR_CAMELLIA_CCM_16),
];

const IKE_AEAD: &str = "aes128gcm16-aes192gcm16-aes256gcm16-chacha20poly1305\
    -aes128gcm12-aes192gcm12-aes256gcm12-aes128gcm8-aes192gcm8-aes256gcm8\
    -prfsha256-prfsha384-prfsha512-prfaesxcbc-prfaescmac-prfsha1\
    -ecp256-ecp384-ecp521-ecp256bp-ecp384bp-ecp512bp-curve25519-curve448\
    -modp3072-modp4096-modp6144-modp8192-modp2048";

const IKE: &str = "aes128-aes192-aes256-camellia128-camellia192-camellia256-3des\
    -sha256-sha384-sha512-aesxcbc-aescmac-sha1\
    -prfsha256-prfsha384-prfsha512-prfaesxcbc-prfaescmac-prfsha1\
    -ecp256-ecp384-ecp521-ecp256bp-ecp384bp-ecp512bp-curve25519-curve448\
    -modp3072-modp4096-modp6144-modp8192-modp2048";

const ESP_AEAD: &str = "aes128gcm16-aes192gcm16-aes256gcm16-noesn";

const ESP: &str = "aes128-aes192-aes256-sha256-sha384-sha512-sha1-aesxcbc-noesn";

const AH: &str = "sha256-sha384-sha512-sha1-aesxcbc-noesn";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Span;
    use alloc::format;
    use alloc::string::String;

    fn place(len: usize) -> Span {
        Span {
            input: 0,
            line: 1,
            column: 1,
            offset: 0,
            len,
        }
    }

    fn read(text: &str, protocol: ProtocolId) -> (Vec<Setting<Proposal>>, Faults) {
        let mut faults = Faults(Vec::new());
        let found = Spanned {
            value: text,
            span: place(text.len()),
        };
        (proposals(Some(found), protocol, &mut faults), faults)
    }

    /// `kind/id` or `kind/id/bits` of each transform.
    fn written(text: &str, protocol: ProtocolId) -> String {
        let (proposals, faults) = read(text, protocol);
        assert!(faults.0.is_empty(), "{text}: {:?}", faults.0);
        let transforms = proposals.iter().flat_map(|one| &one.value.transforms);
        let shown: Vec<_> = transforms
            .map(|one| match one.key_bits {
                Some(bits) => format!("{}/{}/{bits}", one.kind.0, one.id),
                None => format!("{}/{}", one.kind.0, one.id),
            })
            .collect();
        shown.join(" ")
    }

    #[test]
    fn words_have_the_numbers_of_the_registries() {
        let ike = |text| written(text, ProtocolId::IKE);
        assert_eq!(ike("aes256-sha256-modp2048"), "1/12/256 3/12 4/14 2/5");
        assert_eq!(ike("3des-md5-modp1024"), "1/3 3/1 4/2 2/1");
        assert_eq!(ike("aes128gcm16-prfsha256-x25519"), "1/20/128 2/5 4/31");
        assert_eq!(ike("aes256gcm-sha384-ecp384"), "1/20/256 4/20 2/6");
        assert_eq!(
            ike("aes-sha1-x25519-ke1_mlkem768"),
            "1/12/128 3/2 4/31 6/36 2/2"
        );
        let esp = |text| written(text, ProtocolId::ESP);
        assert_eq!(esp("aes128ctr-sha1-esn"), "1/13/128 3/2 5/1");
        assert_eq!(esp("null-sha256"), "1/11 3/12");
        assert_eq!(esp("aes128ccm64"), "1/14/128");
        assert_eq!(esp("chacha20poly1305"), "1/28");
        assert_eq!(esp("blowfish128-aesxcbc"), "1/7/128 3/5");
        assert_eq!(written("aes128-sha256", ProtocolId::AH), "3/12");
    }

    #[test]
    fn an_unknown_word_is_placed_and_ends_its_proposal_alone() {
        let (proposals, faults) = read("aes256-sha266-modp2048, aes128-sha1", ProtocolId::ESP);
        let places: Vec<_> = faults
            .0
            .iter()
            .map(|one| (one.span.column, one.span.len))
            .collect();
        assert_eq!(places, [(8, 6)]);
        assert_eq!(faults.0[0].kind, ConfigErrorKind::Algorithm);
        assert_eq!(proposals.len(), 1);
        assert_eq!(proposals[0].value.number, 1);
        for word in [
            "aes100",
            "aes256gcm5",
            "camellia128gcm16",
            "ke8_modp2048",
            "prf",
        ] {
            assert_eq!(read(word, ProtocolId::IKE).1.0.len(), 1, "{word}");
        }
    }

    #[test]
    fn every_word_of_the_defaults_is_known() {
        for list in [IKE_AEAD, IKE, ESP_AEAD, ESP, AH] {
            for word in list.split('-') {
                assert!(transform(word).is_some(), "{word}");
            }
        }
        let (proposals, _) = read("aes256-sha1, default", ProtocolId::ESP);
        let numbers: Vec<_> = proposals.iter().map(|one| one.value.number).collect();
        assert_eq!(numbers, [1, 2, 3]);
        assert!(proposals[0].span().is_some() && proposals[1].span().is_none());
    }
}
