//! The words of IOS, each found by asking the reader what it stands for.

use crate::config::algorithms::prf_of;
use crate::config::cisco::algorithms::{cipher, group, hash, prf};
use crate::config::model::{End, Host, Identity, Setting, Traffic};
use crate::sa::proposal::{Proposal, Transform};
use crate::sa::selector::{AddressRange, Ports};
use crate::sorted::Set;
use crate::wire::registry::ike::{ProtocolId, TransformType};
use crate::wire::registry::ip::Protocol;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr};

/// The transforms of one kind that are some.
pub(super) fn of(proposal: &Proposal, kind: TransformType) -> impl Iterator<Item = &Transform> {
    let some =
        move |one: &&Transform| one.kind == kind && (one.id != 0 || kind == TransformType::ENCR);
    proposal.transforms.iter().filter(some)
}

fn word(
    words: &[&'static str],
    one: &Transform,
    read: impl Fn(&str) -> Option<Transform>,
) -> Option<&'static str> {
    let stands = |word: &&&str| read(word).is_some_and(|found| found.same_as(one));
    words.iter().find(stands).copied()
}

/// `aes 256` as in policies of IKEv1 and in transform sets.
fn spaced(text: &str) -> Option<Transform> {
    match text.split_once(' ') {
        Some((name, bits)) => cipher(name, Some(bits)),
        None => cipher(text, None),
    }
}

/// `group 14`, where IOS has the group.
pub(super) fn group_number(one: &Transform) -> Option<&'static str> {
    word(&GROUPS, one, group)
}

/// The lines of a policy of IKEv1 that are algorithms.
pub(super) fn policy(one: &Proposal) -> Option<[String; 3]> {
    let first = |kind| of(one, kind).next();
    let encryption = word(&POLICY_CIPHERS, first(TransformType::ENCR)?, spaced)?;
    let integrity = first(TransformType::INTEG)?;
    let same = prf_of(integrity);
    if of(one, TransformType::PRF).any(|prf| Some(*prf) != same) {
        return None;
    }
    Some([
        format!("encryption {encryption}"),
        format!("hash {}", word(&HASHES, integrity, hash)?),
        format!("group {}", group_number(first(TransformType::KE)?)?),
    ])
}

/// The lines of a proposal of IKEv2; alternatives without a word are left out.
pub(super) fn ikev2_proposal(one: &Proposal) -> Option<Vec<String>> {
    let words = |kind, known: &[&'static str], read: &dyn Fn(&str) -> Option<Transform>| {
        let found = of(one, kind).filter_map(|one| word(known, one, read));
        found.collect::<Vec<_>>()
    };
    let ciphers = words(TransformType::ENCR, &IKEV2_CIPHERS, &|text| {
        cipher(text, None)
    });
    let hashes = words(TransformType::INTEG, &IKEV2_HASHES, &hash);
    let prfs = words(TransformType::PRF, &IKEV2_HASHES, &prf);
    let groups = words(TransformType::KE, &GROUPS, &group);
    let aead = ciphers.first()?.contains("gcm");
    let derived = prfs.iter().collect::<Set<_>>() == hashes.iter().collect();
    let mut lines = Vec::from([format!("encryption {}", ciphers.join(" "))]);
    if !aead {
        hashes.first()?;
        lines.push(format!("integrity {}", hashes.join(" ")));
    }
    if !prfs.is_empty() && (aead || !derived) {
        lines.push(format!("prf {}", prfs.join(" ")));
    }
    groups.first()?;
    lines.push(format!("group {}", groups.join(" ")));
    Some(lines)
}

/// A transform set, as in `esp-aes 256 esp-sha256-hmac`.
pub(super) fn transform_set(one: &Proposal) -> Option<String> {
    let mac = of(one, TransformType::INTEG).next();
    let mac = mac.map(|mac| word(&HASHES, mac, hash));
    if one.protocol == ProtocolId::AH {
        return Some(format!("ah-{}-hmac", mac??));
    }
    let encryption = of(one, TransformType::ENCR).next()?;
    let encryption = word(&SET_CIPHERS, encryption, spaced)?;
    Some(match mac {
        Some(mac) => format!("esp-{encryption} esp-{}-hmac", mac?),
        None => format!("esp-{encryption}"),
    })
}

/// Whether a text is one word that no place reads otherwise.
pub(super) fn is_word(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-@:/+=*%,~".contains(c);
    !text.is_empty()
        && text.len() <= WORD_MAX
        && text.chars().all(plain)
        && !text.ends_with('-')
        && !text.contains("--More--")
        && text != "domain"
}

/// A name made a word.
pub(super) fn clean(name: &str) -> String {
    let keep = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
    let clean = |c: char| if keep(c) { c } else { '-' };
    let name: String = name.chars().take(NAME_MAX).map(clean).collect();
    match name.trim_matches('-') {
        "" => "x".into(),
        name => name.into(),
    }
}

/// The only address of an end.
pub(super) fn only(end: &End) -> Option<IpAddr> {
    match end.addresses.as_slice() {
        [
            Setting {
                value: Host::At(range),
                ..
            },
        ] if range.low() == range.high() => Some(range.low()),
        _ => None,
    }
}

/// What stands behind `set peer`.
pub(super) fn peer(host: &Host) -> Option<String> {
    match host {
        Host::At(range) if range.low() == range.high() => {
            let address = range.low();
            (!address.is_unspecified()).then(|| address.to_string())
        }
        Host::Named(name) if is_word(name) && crate::config::values::host(name)? == *host => {
            Some(format!("{name} dynamic"))
        }
        Host::At(_) | Host::Named(_) | Host::Any => None,
    }
}

/// What stands behind `match identity remote` in IKEv2.
pub(super) fn remote_identity(who: &Identity) -> Option<String> {
    Some(match who {
        Identity::Address(address) if address.is_unspecified() => return None,
        Identity::Address(IpAddr::V4(address)) => format!("address {address} 255.255.255.255"),
        Identity::Address(IpAddr::V6(address)) => format!("address {address}/128"),
        Identity::Fqdn(name) => match name.strip_prefix("*.") {
            Some(domain) => format!("fqdn domain {}", checked(domain)?),
            None => format!("fqdn {}", checked(name)?),
        },
        Identity::UserFqdn(name) => format!("email {}", checked(name)?),
        Identity::KeyId(text) => format!("key-id {}", checked(text)?),
        Identity::DistinguishedName(_)
        | Identity::AddressOf(_)
        | Identity::FromCertificate
        | Identity::Any => return None,
    })
}

/// What stands behind `identity local` in IKEv2.
pub(super) fn local_identity(who: &Identity) -> Option<String> {
    match who {
        Identity::Address(address) => {
            (!address.is_unspecified()).then(|| format!("address {address}"))
        }
        Identity::FromCertificate => Some("dn".into()),
        Identity::Fqdn(name) if name.starts_with("*.") => None,
        Identity::Fqdn(_) | Identity::UserFqdn(_) | Identity::KeyId(_) => remote_identity(who),
        Identity::DistinguishedName(_) | Identity::AddressOf(_) | Identity::Any => None,
    }
}

/// What stands behind `match identity` in IKEv1.
pub(super) fn isakmp_identity(who: &Identity) -> Option<String> {
    Some(match who {
        Identity::Address(IpAddr::V4(address)) if !address.is_unspecified() => {
            format!("address {address} 255.255.255.255")
        }
        Identity::Fqdn(name) => match name.strip_prefix("*.") {
            Some(domain) => format!("host domain {}", checked(domain)?),
            None => format!("host {}", checked(name)?),
        },
        Identity::UserFqdn(name) => format!("user {}", checked(name)?),
        Identity::KeyId(text) => format!("group {}", checked(text)?),
        Identity::Address(_)
        | Identity::DistinguishedName(_)
        | Identity::AddressOf(_)
        | Identity::FromCertificate
        | Identity::Any => return None,
    })
}

pub(super) fn checked(text: &str) -> Option<&str> {
    is_word(text).then_some(text)
}

/// A line of an access list; `None` for what it cannot tell.
pub(super) fn rule(local: &Traffic, remote: &Traffic) -> Option<String> {
    if local.protocol != remote.protocol {
        return None;
    }
    let ported = [Protocol::TCP.0, Protocol::UDP.0].contains(&local.protocol);
    let protocol = match Protocol(local.protocol) {
        Protocol(0) => "ip".into(),
        Protocol::TCP => "tcp".into(),
        Protocol::UDP => "udp".into(),
        Protocol::ICMP => "icmp".into(),
        Protocol::GRE => "gre".into(),
        Protocol(number) => number.to_string(),
    };
    let side = |one: &Traffic| -> Option<String> {
        let addresses = network(one.addresses?)?;
        match one.ports {
            Ports::ANY => Some(addresses),
            ports if ported => Some(format!("{addresses} {}", self::ports(ports)?)),
            _ => None,
        }
    };
    Some(format!(
        "permit {protocol} {} {}",
        side(local)?,
        side(remote)?
    ))
}

/// With a mask of the bits that may be any.
fn network(range: AddressRange) -> Option<String> {
    let (IpAddr::V4(low), IpAddr::V4(high)) = (range.low(), range.high()) else {
        return None;
    };
    if range == AddressRange::ANY_V4 {
        return Some("any".into());
    }
    let free = low.to_bits() ^ high.to_bits();
    let network = free & free.wrapping_add(1) == 0 && low.to_bits() & free == 0;
    match free {
        0 => Some(format!("host {low}")),
        _ => network.then(|| format!("{low} {}", Ipv4Addr::from_bits(free))),
    }
}

fn ports(ports: Ports) -> Option<String> {
    match ports.bounds() {
        _ if ports == Ports::OPAQUE => None,
        (low, high) if low == high => Some(format!("eq {low}")),
        (low, high) => Some(format!("range {low} {high}")),
    }
}

const POLICY_CIPHERS: [&str; 5] = ["aes", "aes 192", "aes 256", "3des", "des"];

const SET_CIPHERS: [&str; 12] = [
    "aes", "aes 192", "aes 256", "gcm", "gcm 192", "gcm 256", "gmac", "gmac 192", "gmac 256",
    "3des", "des", "null",
];

const IKEV2_CIPHERS: [&str; 7] = [
    "aes-cbc-128",
    "aes-cbc-192",
    "aes-cbc-256",
    "aes-gcm-128",
    "aes-gcm-256",
    "3des",
    "des",
];

const HASHES: [&str; 5] = ["sha", "sha256", "sha384", "sha512", "md5"];

const IKEV2_HASHES: [&str; 5] = ["sha1", "sha256", "sha384", "sha512", "md5"];

/// The groups of IOS and IOS-XE.
const GROUPS: [&str; 10] = ["1", "2", "5", "14", "15", "16", "19", "20", "21", "24"];

/// Bytes of a word that is written.
const WORD_MAX: usize = 255;

/// Characters of a name that are kept.
const NAME_MAX: usize = 60;
