//! Values of configurations in the words of the field.

use crate::config::model::{
    Fragmentation, Method, Mode, NatTraversal, Phase1, Setting, Traffic, Versions,
};
use crate::sa::proposal::{Proposal, Transform};
use crate::sorted;
use crate::time::Duration;
use crate::wire::registry::ike::{Encryption, Integrity, KeyExchange, Prf, TransformType};
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

/// `AES256-SHA256-MODP2048`: alternatives of one kind are joined by `+`. A PRF
/// that follows from the hash is left out.
pub(super) fn proposal(proposal: &Proposal) -> String {
    let mut parts = Vec::new();
    let mut kinds: Vec<_> = proposal.transforms.iter().map(|one| one.kind).collect();
    sorted::by_key(&mut kinds, |kind| (order(*kind), *kind));
    kinds.dedup();
    for kind in kinds {
        let of_kind: Vec<Transform> = proposal
            .transforms
            .iter()
            .filter(|one| one.kind == kind && !is_silent(one))
            .copied()
            .collect();
        if of_kind.is_empty() || (kind == TransformType::PRF && follows(proposal, &of_kind)) {
            continue;
        }
        parts.push(transforms(&of_kind));
    }
    match parts.is_empty() {
        true => "nothing".into(),
        false => parts.join("-"),
    }
}

/// Several proposals; those beyond a handful are counted.
pub(super) fn proposals(list: &[Setting<Proposal>]) -> String {
    let shown: Vec<String> = list
        .iter()
        .take(SHOWN_MAX)
        .map(|one| proposal(&one.value))
        .collect();
    and_more(&shown, list.len())
}

/// `AES256+AES128`; those beyond a handful are counted.
pub(super) fn transforms(list: &[Transform]) -> String {
    let mut shown: Vec<String> = list.iter().take(SHOWN_MAX).map(transform).collect();
    let more = list.len().saturating_sub(shown.len());
    if more > 0 {
        shown.push(format!("{more} more"));
    }
    shown.join("+")
}

fn and_more(shown: &[String], all: usize) -> String {
    match all.saturating_sub(shown.len()) {
        _ if all == 0 => "nothing".into(),
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// Encryption, hash, PRF, groups.
const fn order(kind: TransformType) -> u8 {
    match kind {
        TransformType::ENCR => 0,
        TransformType::INTEG => 1,
        TransformType::PRF => 2,
        TransformType::ESN => 4,
        _ => 3,
    }
}

/// Whether nobody names it: no extended sequence numbers, no integrity beside
/// an AEAD cipher, no group.
fn is_silent(one: &Transform) -> bool {
    one.id == 0 && one.kind != TransformType::ENCR
}

fn follows(proposal: &Proposal, prfs: &[Transform]) -> bool {
    let macs = proposal
        .transforms
        .iter()
        .filter(|one| one.kind == TransformType::INTEG);
    let derived: Vec<_> = macs.filter_map(crate::config::algorithms::prf_of).collect();
    !derived.is_empty() && prfs.iter().all(|prf| derived.contains(prf))
}

/// `AES256`, `SHA256`, `MODP2048`.
pub(super) fn transform(one: &Transform) -> String {
    let known = match one.kind {
        TransformType::ENCR => return cipher(one),
        TransformType::INTEG => integrity(Integrity(one.id)),
        TransformType::PRF => prf(Prf(one.id)),
        TransformType::ESN => match one.id {
            0 => Some("no extended sequence numbers"),
            1 => Some("ESN"),
            _ => None,
        },
        _ => return group(KeyExchange(one.id)),
    };
    known.map_or_else(|| format!("{}/{}", one.kind, one.id), String::from)
}

fn cipher(one: &Transform) -> String {
    let id = Encryption(one.id);
    let (name, mode) = match id {
        Encryption::ENCR_DES => ("DES", ""),
        Encryption::ENCR_3DES => ("3DES", ""),
        Encryption::ENCR_NULL => ("NULL", ""),
        Encryption::ENCR_CAST => ("CAST", ""),
        Encryption::ENCR_BLOWFISH => ("BLOWFISH", ""),
        Encryption::ENCR_IDEA => ("IDEA", ""),
        Encryption::ENCR_AES_CBC => ("AES", ""),
        Encryption::ENCR_AES_CTR => ("AES", "-CTR"),
        Encryption::ENCR_AES_CCM_8 => ("AES", "-CCM8"),
        Encryption::ENCR_AES_CCM_12 => ("AES", "-CCM12"),
        Encryption::ENCR_AES_CCM_16 => ("AES", "-CCM16"),
        Encryption::ENCR_AES_GCM_8 => ("AES", "-GCM8"),
        Encryption::ENCR_AES_GCM_12 => ("AES", "-GCM12"),
        Encryption::ENCR_AES_GCM_16 => ("AES", "-GCM"),
        Encryption::ENCR_NULL_AUTH_AES_GMAC => ("AES", "-GMAC"),
        Encryption::ENCR_CAMELLIA_CBC => ("CAMELLIA", ""),
        Encryption::ENCR_CHACHA20_POLY1305 => ("CHACHA20-POLY1305", ""),
        _ => {
            let name = id.name().map_or_else(|| one.id.to_string(), String::from);
            return match one.key_bits {
                Some(bits) => format!("{name}/{bits}"),
                None => name,
            };
        }
    };
    match one.key_bits {
        Some(bits) => format!("{name}{bits}{mode}"),
        None => format!("{name}{mode}"),
    }
}

const fn integrity(id: Integrity) -> Option<&'static str> {
    Some(match id {
        Integrity::NONE => "no integrity",
        Integrity::AUTH_HMAC_MD5_96 | Integrity::AUTH_HMAC_MD5_128 => "MD5",
        Integrity::AUTH_HMAC_SHA1_96 | Integrity::AUTH_HMAC_SHA1_160 => "SHA1",
        Integrity::AUTH_HMAC_SHA2_256_128 => "SHA256",
        Integrity::AUTH_HMAC_SHA2_256_96 => "SHA256/96",
        Integrity::AUTH_HMAC_SHA2_384_192 => "SHA384",
        Integrity::AUTH_HMAC_SHA2_512_256 => "SHA512",
        Integrity::AUTH_AES_XCBC_96 => "AES-XCBC",
        Integrity::AUTH_AES_CMAC_96 => "AES-CMAC",
        _ => return None,
    })
}

const fn prf(id: Prf) -> Option<&'static str> {
    Some(match id {
        Prf::PRF_HMAC_MD5 => "PRF-MD5",
        Prf::PRF_HMAC_SHA1 => "PRF-SHA1",
        Prf::PRF_HMAC_SHA2_256 => "PRF-SHA256",
        Prf::PRF_HMAC_SHA2_384 => "PRF-SHA384",
        Prf::PRF_HMAC_SHA2_512 => "PRF-SHA512",
        Prf::PRF_AES128_XCBC => "PRF-AES-XCBC",
        Prf::PRF_AES128_CMAC => "PRF-AES-CMAC",
        _ => return None,
    })
}

/// `MODP2048`, `ECP256`, `X25519`.
fn group(id: KeyExchange) -> String {
    match id {
        KeyExchange::NONE => "no group".into(),
        KeyExchange::CURVE25519 => "X25519".into(),
        KeyExchange::CURVE448 => "X448".into(),
        _ => id.name().map_or_else(
            || format!("group {}", id.0),
            |name| name.replacen("MODP-", "MODP", 1).replacen("ECP-", "ECP", 1),
        ),
    }
}

/// What a kind of transform is called.
pub(super) const fn kind(kind: TransformType) -> &'static str {
    match kind {
        TransformType::ENCR => "cipher",
        TransformType::INTEG => "hash",
        TransformType::PRF => "PRF",
        TransformType::ESN => "size of sequence numbers",
        _ => "group",
    }
}

pub(super) const fn versions(versions: Versions) -> &'static str {
    match versions {
        Versions::V1 => "IKEv1",
        Versions::V2 => "IKEv2",
        Versions::Both => "IKEv2, and IKEv1 when asked",
    }
}

pub(super) const fn phase1(phase1: Phase1) -> &'static str {
    match phase1 {
        Phase1::Main => "main mode",
        Phase1::Aggressive => "aggressive mode",
    }
}

pub(super) fn methods(methods: &[Method]) -> String {
    let names = methods.iter().map(|method| match method {
        Method::Psk => "a pre-shared key",
        Method::Signature => "a certificate or public key",
        Method::Eap => "EAP",
        Method::Xauth => "XAUTH",
        Method::Null => "no authentication",
    });
    let names: Vec<&str> = names.collect();
    match names.is_empty() {
        true => "nothing".into(),
        false => names.join(" or "),
    }
}

pub(super) const fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Tunnel => "tunnel mode",
        Mode::Transport => "transport mode",
        Mode::Beet => "BEET mode",
        Mode::Pass => "no protection",
        Mode::Drop => "dropping",
    }
}

pub(super) const fn nat_traversal(what: NatTraversal) -> &'static str {
    match what {
        NatTraversal::Never => "never puts ESP into UDP",
        NatTraversal::WhereSeen => "puts ESP into UDP where it sees a NAT",
        NatTraversal::Always => "always puts ESP into UDP",
    }
}

pub(super) const fn fragmentation(what: Fragmentation) -> &'static str {
    match what {
        Fragmentation::No => "no IKE fragmentation",
        Fragmentation::Accept => "accepts IKE fragments",
        Fragmentation::Yes => "IKE fragmentation",
        Fragmentation::Force => "IKE fragmentation from the first message on",
    }
}

/// `3600 s`, `no limit`.
pub(super) fn lifetime(time: Option<Duration>) -> String {
    match time {
        Some(time) => format!("{} s", time.as_secs()),
        None => "no limit".into(),
    }
}

/// The packets of one side of a child.
pub(super) fn traffic(list: &[Setting<Traffic>]) -> String {
    let shown: Vec<String> = list
        .iter()
        .take(SHOWN_MAX)
        .map(|one| match one.value.selector(None) {
            Some(selector) => selector.to_string(),
            None => "its own address".into(),
        })
        .collect();
    and_more(&shown, list.len())
}

/// Proposals, alternatives and networks that are named one by one.
const SHOWN_MAX: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::swanctl;

    #[test]
    fn proposals_read_as_people_write_them() {
        let said = |text: &str| {
            let file = format!("connections {{ c {{\nproposals = {text}\n}} }}");
            let model = swanctl::read(0, file.as_bytes()).model();
            assert_eq!(model.errors, [], "{text}");
            proposals(&model.connections[0].proposals)
        };
        assert_eq!(said("3des-md5-modp1024"), "3DES-MD5-MODP1024");
        assert_eq!(
            said("aes256gcm16-prfsha384-ecp384, aes128-aes256-sha256-sha1-x25519"),
            "AES256-GCM-PRF-SHA384-ECP384, AES128+AES256-SHA256+SHA1-X25519"
        );
        assert_eq!(
            said("aes128-sha256-prfsha384-modp2048"),
            "AES128-SHA256-PRF-SHA384-MODP2048"
        );
        let many = said("default, default, default");
        assert!(many.contains(" more+") || many.contains(" more-"), "{many}");
        assert!(many.ends_with("and 2 more"), "{many}");
    }
}
