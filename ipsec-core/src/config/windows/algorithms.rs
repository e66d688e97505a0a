//! Algorithms as Windows names them: `DHGroup14`, `aes128`, `ESP[3DES,SHA1]`.

use crate::config::algorithms::{complete, transform};
use crate::sa::proposal::Transform;
use crate::time::Duration;
use crate::wire::registry::ike::{ProtocolId, TransformType};
use alloc::string::String;
use alloc::vec::Vec;

/// Quick mode: what protects, and for how long.
pub(super) struct Offer {
    pub(super) protocol: ProtocolId,
    pub(super) transforms: Vec<Transform>,
    pub(super) time: Option<Duration>,
    pub(super) bytes: Option<u64>,
}

/// `DHGroup14`, `14`, `ECP256`, and the numbers of `netsh ipsec static`: 1, 2
/// and 3 for 2048 bits.
pub(in crate::config) fn group(name: &str) -> Option<Transform> {
    let name = name.to_ascii_lowercase();
    let word = match name.trim_start_matches("dhgroup").trim_start_matches("dh") {
        "1" | "low" => "modp768",
        "2" | "medium" | "group2" => "modp1024",
        "3" | "14" | "2048" | "group14" => "modp2048",
        "19" | "ecp256" | "ecdhp256" => "ecp256",
        "20" | "ecp384" | "ecdhp384" => "ecp384",
        "24" | "group24" => "modp2048s256",
        _ => return None,
    };
    transform(word)
}

/// `AES128`, `3DES`, `GCMAES256`, `AESGCM256`.
pub(in crate::config) fn cipher(name: &str) -> Option<Transform> {
    let name = name.to_ascii_lowercase();
    let name: String = name.chars().filter(|c| *c != '-').collect();
    let bits = name
        .strip_prefix("gcmaes")
        .or_else(|| name.strip_prefix("aesgcm"));
    let word = match bits {
        Some(bits) => ["aes", bits, "gcm16"].concat(),
        None if name == "des3" => "3des".into(),
        None => name,
    };
    transform(&word).filter(|one| one.kind == TransformType::ENCR)
}

/// `SHA1`, `SHA256`, `SHA256128`.
pub(in crate::config) fn hash(name: &str) -> Option<Transform> {
    let word = match name.to_ascii_lowercase().as_str() {
        "md5" | "md596" => "md5",
        "sha1" | "sha196" => "sha1",
        "sha256" | "sha256128" => "sha256",
        "sha384" => "sha384",
        _ => return None,
    };
    transform(word)
}

/// One of main mode: `3DES-SHA1-2`, or `DHGroup2:AES128-SHA1` and
/// `DHGroup2-AES128-SHA1`.
pub(super) fn main_mode(text: &str) -> Option<Vec<Transform>> {
    let parts: Vec<_> = text.split(['-', ':']).collect();
    let [a, b, c] = parts[..] else {
        return None;
    };
    let (key, encryption, digest) = match group(a) {
        Some(group) => (group, cipher(b)?, hash(c)?),
        None => (group(c)?, cipher(a)?, hash(b)?),
    };
    let mut transforms = complete(Vec::from([encryption, digest]), ProtocolId::IKE);
    transforms.push(key);
    Some(transforms)
}

/// One of quick mode: `ESP[3DES,SHA1]:100000k/3600s`, or
/// `ESP:SHA1-AES128+60min+100000kb`. What AH adds to ESP is left out.
pub(super) fn quick_mode(text: &str) -> Option<Offer> {
    let text = text.to_ascii_lowercase();
    let bracket = text.contains('[');
    let (head, tail) = match bracket {
        true => text
            .rsplit_once("]:")
            .unwrap_or((text.trim_end_matches(']'), "")),
        false => text.split_once('+').unwrap_or((&text, "")),
    };
    let last = match bracket {
        true => head.rsplit_once("]+").map_or(head, |(_, last)| last),
        false => head,
    };
    let (protocol, names) = last.split_once(['[', ':'])?;
    let protocol = match protocol {
        "esp" => ProtocolId::ESP,
        "ah" => ProtocolId::AH,
        _ => return None,
    };
    let mut transforms = Vec::new();
    for name in names.split([',', '-']).filter(|name| *name != "none") {
        transforms.push(hash(name).or_else(|| cipher(name))?);
    }
    if protocol == ProtocolId::ESP && !transforms.iter().any(|one| one.kind == TransformType::ENCR)
    {
        transforms.extend(transform("null"));
    }
    let (mut time, mut bytes) = (None, None);
    for limit in tail.split(['/', '+']).filter(|limit| !limit.is_empty()) {
        let digits = limit.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let count: u64 = digits.parse().ok()?;
        match limit.get(digits.len()..)? {
            "s" => time = Some(Duration::from_secs(count)),
            "min" => time = Some(Duration::from_secs(count.saturating_mul(60))),
            "k" | "kb" => bytes = Some(count.saturating_mul(1024)),
            _ => return None,
        }
    }
    Some(Offer {
        protocol,
        transforms: complete(transforms, protocol),
        time,
        bytes,
    })
}
