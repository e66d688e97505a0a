//! The words for algorithms in whole configurations: found among all words
//! that a reader may know by asking it what each stands for, so that no word
//! is written that it would read otherwise.

use crate::config::algorithms::{self, is_aead};
use crate::config::ipsec_conf::libreswan_transforms;
use crate::sa::proposal::{Proposal, Transform};
use crate::sorted::Set;
use crate::wire::registry::ike::{ProtocolId, TransformType};
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

/// The word of strongSwan; `None` where it has none.
pub(super) fn strongswan(one: &Transform) -> Option<String> {
    find(one, &STRONGSWAN, algorithms::transform)
}

/// The words of strongSwan for a proposal, as in `aes256-sha256-modp2048`.
pub(super) fn strongswan_proposal(one: &Proposal) -> Option<String> {
    let derived: Set<Transform> = one
        .transforms
        .iter()
        .filter_map(algorithms::prf_of)
        .collect();
    let prfs = one.transforms.iter();
    let prfs: Set<Transform> = prfs
        .filter(|one| one.kind == TransformType::PRF)
        .copied()
        .collect();
    let silent = prfs == derived && one.protocol == ProtocolId::IKE;
    let mut words = Vec::new();
    for transform in &one.transforms {
        let none = transform.kind == TransformType::INTEG && transform.id == 0;
        if none || (silent && transform.kind == TransformType::PRF) {
            continue;
        }
        words.push(strongswan(transform)?);
    }
    (!words.is_empty()).then(|| words.join("-"))
}

/// The words of libreswan for a proposal, as in `aes128+aes256-sha2_256-modp2048`.
/// With an AEAD cipher its hashes are the PRFs; else each hash has its own.
pub(super) fn libreswan_proposal(one: &Proposal) -> Option<String> {
    let read = |word: &str| match libreswan_transforms(word)?.as_slice() {
        [found] => Some(*found),
        _ => None,
    };
    let prf = |word: &str| algorithms::prf_of(&read(word)?);
    let aead = one.transforms.iter().any(is_aead) && one.protocol == ProtocolId::IKE;
    let hashes = if aead {
        TransformType::PRF
    } else {
        TransformType::INTEG
    };
    let mut parts = Vec::new();
    for kind in [TransformType::ENCR, hashes, TransformType::KE] {
        let mut words = Vec::new();
        for transform in one.transforms.iter().filter(|one| one.kind == kind) {
            let none = transform.id == 0 && kind != TransformType::ENCR;
            if !none {
                words.push(match kind {
                    TransformType::PRF => find(transform, &LIBRESWAN, prf)?,
                    _ => find(transform, &LIBRESWAN, read)?,
                });
            }
        }
        if !words.is_empty() {
            parts.push(words.join("+"));
        }
    }
    (!parts.is_empty()).then(|| parts.join("-"))
}

/// Whether cipher, hash and group say all of it: the PRF follows from the
/// hash, or goes with an AEAD cipher, and nothing else is in it.
pub(super) fn is_plain(one: &Proposal) -> bool {
    let aead = one.transforms.iter().any(is_aead);
    let derived: Vec<Transform> = one
        .transforms
        .iter()
        .filter_map(algorithms::prf_of)
        .collect();
    one.transforms.iter().all(|found| match found.kind {
        TransformType::ENCR | TransformType::INTEG | TransformType::KE => true,
        TransformType::PRF => aead || derived.contains(found),
        _ => found.id == 0,
    })
}

/// Words of one reader.
pub(super) struct Vocabulary {
    /// Without a key length.
    pub(super) fixed: &'static [&'static str],
    /// Before a key length.
    pub(super) ciphers: &'static [&'static str],
    /// Behind a key length.
    pub(super) modes: &'static [&'static str],
}

/// The first word that stands for `one`, or for the same with its key length
/// said or left out.
pub(super) fn find(
    one: &Transform,
    words: &Vocabulary,
    read: impl Fn(&str) -> Option<Transform>,
) -> Option<String> {
    let additional = one.kind.0.checked_sub(TransformType::KE.0);
    let additional =
        additional.filter(|_| one.kind.is_key_exchange() && one.kind != TransformType::KE);
    let mut candidates: Vec<String> = match additional {
        Some(by) => {
            let index = by.saturating_sub(1);
            let fixed = words.fixed.iter();
            fixed.map(|word| format!("ke{index}_{word}")).collect()
        }
        None => words.fixed.iter().map(|word| (*word).to_string()).collect(),
    };
    if let Some(bits) = one.key_bits.filter(|_| one.kind == TransformType::ENCR) {
        let ciphers = words.ciphers.iter();
        candidates.extend(ciphers.flat_map(|name| {
            let modes = words.modes.iter();
            modes.map(move |mode| format!("{name}{bits}{mode}"))
        }));
    }
    let exact = candidates.iter().find(|word| read(word) == Some(*one));
    let same = || {
        let mut all = candidates.iter();
        all.find(|word| read(word).is_some_and(|found| found.same_as(one)))
    };
    exact.or_else(same).cloned()
}

const STRONGSWAN: Vocabulary = Vocabulary {
    fixed: &[
        "null",
        "des",
        "3des",
        "chacha20poly1305",
        "md5",
        "md5_128",
        "sha1",
        "sha1_160",
        "sha256",
        "sha256_96",
        "sha384",
        "sha512",
        "aesxcbc",
        "aescmac",
        "camelliaxcbc",
        "prfmd5",
        "prfsha1",
        "prfsha256",
        "prfsha384",
        "prfsha512",
        "prfaesxcbc",
        "prfaescmac",
        "modpnull",
        "modp768",
        "modp1024",
        "modp1536",
        "modp2048",
        "modp3072",
        "modp4096",
        "modp6144",
        "modp8192",
        "modp1024s160",
        "modp2048s224",
        "modp2048s256",
        "ecp192",
        "ecp224",
        "ecp256",
        "ecp384",
        "ecp521",
        "ecp224bp",
        "ecp256bp",
        "ecp384bp",
        "ecp512bp",
        "x25519",
        "x448",
        "mlkem512",
        "mlkem768",
        "mlkem1024",
        "none",
        "esn",
        "noesn",
    ],
    ciphers: &["aes", "camellia", "cast", "blowfish", "serpent", "twofish"],
    modes: &[
        "", "ctr", "ccm8", "ccm12", "ccm16", "gcm8", "gcm12", "gcm16", "gmac",
    ],
};

const LIBRESWAN: Vocabulary = Vocabulary {
    fixed: &[
        "null",
        "3des",
        "chacha20_poly1305",
        "md5",
        "sha1",
        "sha2_256",
        "sha2_384",
        "sha2_512",
        "aes_xcbc",
        "aes_cmac",
        "modp1024",
        "modp1536",
        "modp2048",
        "modp3072",
        "modp4096",
        "modp6144",
        "modp8192",
        "dh19",
        "dh20",
        "dh21",
        "dh22",
        "dh23",
        "dh24",
        "dh31",
    ],
    ciphers: &[
        "aes",
        "aes_ctr",
        "aes_gcm",
        "aes_gcm_b",
        "aes_gcm_a",
        "aes_ccm",
        "aes_ccm_b",
        "aes_ccm_a",
        "camellia",
        "null_auth_aes_gmac",
    ],
    modes: &[""],
};
