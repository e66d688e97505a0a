//! Algorithms and networks as each device spells them.

use super::{Style, names};
use crate::config::model::Traffic;
use crate::sa::proposal::{Proposal, Transform};
use crate::sa::selector::{AddressRange, Ports};
use crate::wire::registry::ike::{
    Encryption, Integrity, KeyExchange, Prf, ProtocolId, TransformType,
};
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr};

/// The line of these proposals; `None` when one of them cannot be spelled.
pub(super) fn spell(style: Style, list: &[Proposal]) -> Option<String> {
    let first = list.first()?;
    let each: Option<Vec<String>> = list.iter().map(|one| proposal(style, one)).collect();
    let each = each?;
    let key = match first.protocol {
        ProtocolId::IKE => "ike",
        ProtocolId::AH => "ah",
        _ => "esp",
    };
    Some(match style {
        Style::Swanctl if first.protocol == ProtocolId::IKE => {
            format!("proposals = {}", each.join(", "))
        }
        Style::Swanctl => format!("{key}_proposals = {}", each.join(", ")),
        Style::Starter => format!("{key}={}!", each.join(",")),
        Style::Libreswan => format!("{key}={}", each.join(",")),
        Style::Iked => {
            let word = if key == "ike" { "ikesa" } else { "childsa" };
            format!("{word} {}", each.first()?)
        }
        Style::Ios | Style::Asa => return None,
    })
}

fn proposal(style: Style, one: &Proposal) -> Option<String> {
    match style {
        Style::Swanctl | Style::Starter => names::strongswan_proposal(one),
        Style::Libreswan if names::is_plain(one) => names::libreswan_proposal(one),
        Style::Libreswan => None,
        Style::Iked => iked_proposal(one),
        Style::Ios | Style::Asa => None,
    }
}

/// As in `enc aes-256 auth hmac-sha2-256 group modp2048`.
fn iked_proposal(one: &Proposal) -> Option<String> {
    let order = [
        TransformType::ENCR,
        TransformType::INTEG,
        TransformType::PRF,
        TransformType::KE,
        TransformType::ESN,
    ];
    let known = |one: &Transform| order.contains(&one.kind);
    let mut words = Vec::new();
    for kind in order {
        let of = one.transforms.iter().filter(|one| one.kind == kind);
        for transform in of.filter(|one| one.id != 0 || kind == TransformType::ENCR) {
            words.push(iked(transform)?);
        }
    }
    let whole = one.transforms.iter().all(known) && !words.is_empty();
    whole.then(|| words.join(" "))
}

fn hash_of(prf: &Transform) -> Option<Integrity> {
    Some(match Prf(prf.id) {
        Prf::PRF_HMAC_MD5 => Integrity::AUTH_HMAC_MD5_96,
        Prf::PRF_HMAC_SHA1 => Integrity::AUTH_HMAC_SHA1_96,
        Prf::PRF_HMAC_SHA2_256 => Integrity::AUTH_HMAC_SHA2_256_128,
        Prf::PRF_HMAC_SHA2_384 => Integrity::AUTH_HMAC_SHA2_384_192,
        Prf::PRF_HMAC_SHA2_512 => Integrity::AUTH_HMAC_SHA2_512_256,
        _ => return None,
    })
}

fn iked(one: &Transform) -> Option<String> {
    let bits = one
        .key_bits
        .map_or_else(String::new, |bits| bits.to_string());
    Some(match one.kind {
        TransformType::ENCR => match Encryption(one.id) {
            Encryption::ENCR_NULL => "enc null".into(),
            Encryption::ENCR_DES => "enc des".into(),
            Encryption::ENCR_3DES => "enc 3des".into(),
            Encryption::ENCR_CHACHA20_POLY1305 => "enc chacha20-poly1305".into(),
            Encryption::ENCR_AES_CBC => format!("enc aes-{bits}"),
            Encryption::ENCR_AES_CTR => format!("enc aes-{bits}-ctr"),
            Encryption::ENCR_AES_GCM_16 => format!("enc aes-{bits}-gcm"),
            _ => return None,
        },
        TransformType::INTEG => format!("auth {}", iked_hash(Integrity(one.id))?),
        TransformType::PRF => format!("prf {}", iked_hash(hash_of(one)?)?),
        TransformType::ESN => (if one.id == 1 { "esn" } else { "noesn" }).into(),
        _ => match group(one)? {
            "x25519" => "group curve25519".into(),
            name => format!("group {name}"),
        },
    })
}

const fn iked_hash(id: Integrity) -> Option<&'static str> {
    Some(match id {
        Integrity::AUTH_HMAC_MD5_96 => "hmac-md5",
        Integrity::AUTH_HMAC_SHA1_96 => "hmac-sha1",
        Integrity::AUTH_HMAC_SHA2_256_128 => "hmac-sha2-256",
        Integrity::AUTH_HMAC_SHA2_384_192 => "hmac-sha2-384",
        Integrity::AUTH_HMAC_SHA2_512_256 => "hmac-sha2-512",
        _ => return None,
    })
}

const fn group(one: &Transform) -> Option<&'static str> {
    Some(match KeyExchange(one.id) {
        KeyExchange::MODP_768 => "modp768",
        KeyExchange::MODP_1024 => "modp1024",
        KeyExchange::MODP_1536 => "modp1536",
        KeyExchange::MODP_2048 => "modp2048",
        KeyExchange::MODP_3072 => "modp3072",
        KeyExchange::MODP_4096 => "modp4096",
        KeyExchange::MODP_6144 => "modp6144",
        KeyExchange::MODP_8192 => "modp8192",
        KeyExchange::ECP_256 => "ecp256",
        KeyExchange::ECP_384 => "ecp384",
        KeyExchange::ECP_521 => "ecp521",
        KeyExchange::CURVE25519 => "x25519",
        _ => return None,
    })
}

/// The lines of an IOS or ASA policy that differ, or the algorithms of a
/// transform set in place of others.
pub(super) fn cisco_lines(style: Style, old: &Proposal, new: &Proposal) -> Option<String> {
    let of = |list: &Proposal, kind| list.transforms.iter().find(|one| one.kind == kind).copied();
    if new.protocol != ProtocolId::IKE {
        let set = |list: &Proposal| -> Option<String> {
            let cipher = of(list, TransformType::ENCR)?;
            let mac = of(list, TransformType::INTEG).filter(|one| one.id != 0);
            let mac = match mac {
                Some(mac) => format!(" esp-{}-hmac", cisco_hash(&mac)?),
                None => String::new(),
            };
            let (aes, gcm) = ("aes", "gcm");
            Some(format!(
                "esp-{}{mac}",
                cisco_cipher(style, &cipher, aes, gcm)?
            ))
        };
        return Some(format!("-{}\n+{}", set(old)?, set(new)?));
    }
    // Only policies of IKEv2 name a pseudorandom function.
    let ikev2 = of(new, TransformType::PRF).is_some();
    let mut lines = Vec::new();
    let kinds = [TransformType::ENCR, TransformType::INTEG, TransformType::KE];
    for kind in kinds {
        let (before, after) = (of(old, kind), of(new, kind));
        if before == after {
            continue;
        }
        let line = |one: &Transform| -> Option<String> {
            Some(match kind {
                TransformType::ENCR if ikev2 && style == Style::Ios => {
                    let cipher = cisco_cipher(Style::Asa, one, "aes-cbc", "aes-gcm")?;
                    let length = if cipher == "aes-cbc" { "-128" } else { "" };
                    format!("encryption {cipher}{length}")
                }
                TransformType::ENCR => {
                    format!("encryption {}", cisco_cipher(style, one, "aes", "aes-gcm")?)
                }
                TransformType::INTEG if ikev2 => format!("integrity {}", cisco_hash(one)?),
                TransformType::INTEG => format!("hash {}", cisco_hash(one)?),
                _ => format!("group {}", one.id),
            })
        };
        lines.push(format!("+{}", line(&after?)?));
    }
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// With its length behind a blank in IOS and behind a hyphen in ASA; AES of
/// 128 bits has none.
fn cisco_cipher(style: Style, one: &Transform, aes: &str, gcm: &str) -> Option<String> {
    let between = if style == Style::Asa { '-' } else { ' ' };
    Some(match (Encryption(one.id), one.key_bits) {
        (Encryption::ENCR_DES, _) => "des".into(),
        (Encryption::ENCR_3DES, _) => "3des".into(),
        (Encryption::ENCR_AES_CBC, None | Some(128)) => aes.into(),
        (Encryption::ENCR_AES_CBC, Some(bits)) => format!("{aes}{between}{bits}"),
        (Encryption::ENCR_AES_GCM_16, bits) => {
            format!("{gcm}{between}{}", bits.unwrap_or(128))
        }
        _ => return None,
    })
}

const fn cisco_hash(one: &Transform) -> Option<&'static str> {
    Some(match Integrity(one.id) {
        Integrity::AUTH_HMAC_MD5_96 => "md5",
        Integrity::AUTH_HMAC_SHA1_96 => "sha",
        Integrity::AUTH_HMAC_SHA2_256_128 => "sha256",
        Integrity::AUTH_HMAC_SHA2_384_192 => "sha384",
        Integrity::AUTH_HMAC_SHA2_512_256 => "sha512",
        _ => return None,
    })
}

/// The networks as the value of a line; `None` for what only some write.
pub(super) fn spell_traffic(style: Style, list: &[Traffic]) -> Option<String> {
    let each: Option<Vec<String>> = list.iter().map(|one| network(style, one)).collect();
    let each = each.filter(|each| !each.is_empty())?;
    Some(match style {
        Style::Swanctl => each.join(", "),
        Style::Libreswan if each.len() > 1 => format!("{{{}}}", each.join(" ")),
        Style::Starter | Style::Libreswan | Style::Iked | Style::Ios | Style::Asa => each.join(","),
    })
}

fn network(style: Style, one: &Traffic) -> Option<String> {
    if one.protocol != 0 || one.ports != Ports::ANY {
        return None;
    }
    let Some(range) = one.addresses else {
        return (style == Style::Swanctl).then(|| "dynamic".into());
    };
    match style {
        Style::Ios | Style::Asa => cisco_network(range, style),
        Style::Swanctl | Style::Starter | Style::Libreswan | Style::Iked => Some(range.to_string()),
    }
}

/// IOS with the bits that do not matter, ASA with a mask.
fn cisco_network(range: AddressRange, style: Style) -> Option<String> {
    let (IpAddr::V4(low), IpAddr::V4(high)) = (range.low(), range.high()) else {
        return None;
    };
    let free = low.to_bits() ^ high.to_bits();
    let mask = if style == Style::Asa { !free } else { free };
    Some(match free {
        u32::MAX => "any".into(),
        0 => format!("host {low}"),
        _ => format!("{low} {}", Ipv4Addr::from_bits(mask)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::cisco::algorithms::cipher;
    use crate::sa::proposal::Proposal;

    fn proposal(protocol: ProtocolId, transforms: &[Transform]) -> Proposal {
        Proposal {
            number: 1,
            protocol,
            transforms: transforms.to_vec(),
        }
    }

    /// Each device spells lengths in its own way, and IKEv2 in another than
    /// IKEv1; what is written its reader knows.
    #[test]
    fn cisco_spells_lengths_in_four_ways() {
        let aes = |bits| Transform::new(TransformType::ENCR, 12).with_key_bits(bits);
        let gcm = Transform::new(TransformType::ENCR, 20).with_key_bits(256);
        let prf = Transform::new(TransformType::PRF, 5);
        let old = proposal(ProtocolId::IKE, &[aes(192)]);
        for (style, bits, with_prf, expected) in [
            (Style::Ios, 256, false, "+encryption aes 256"),
            (Style::Ios, 128, false, "+encryption aes"),
            (Style::Ios, 256, true, "+encryption aes-cbc-256"),
            (Style::Ios, 128, true, "+encryption aes-cbc-128"),
            (Style::Asa, 256, false, "+encryption aes-256"),
            (Style::Asa, 128, true, "+encryption aes"),
        ] {
            let mut new = proposal(ProtocolId::IKE, &[aes(bits)]);
            new.transforms.extend(with_prf.then_some(prf));
            let line = cisco_lines(style, &old, &new).unwrap();
            assert_eq!(line, expected);
            let words: Vec<&str> = line.split(' ').skip(1).collect();
            assert_eq!(cipher(words[0], words.get(1).copied()), Some(aes(bits)));
        }
        let sets = [aes(256), gcm].map(|one| proposal(ProtocolId::ESP, &[one]));
        let line = |style| cisco_lines(style, &sets[0], &sets[1]);
        assert_eq!(line(Style::Ios).unwrap(), "-esp-aes 256\n+esp-gcm 256");
        assert!(line(Style::Asa).unwrap().starts_with("-esp-aes-256\n"));
    }
}
