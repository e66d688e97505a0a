//! Algorithms as Junos names them, and what its proposal sets hold.

use crate::config::algorithms::transform;
use crate::sa::proposal::Transform;
use crate::wire::registry::ike::TransformType;
use alloc::vec::Vec;

/// `aes-256-cbc`, `aes-128-gcm`, `3des-cbc`, `chacha20-poly1305`.
pub(in crate::config) fn encryption(name: &str) -> Option<Transform> {
    let word = match name {
        "des-cbc" => "des",
        "3des-cbc" => "3des",
        "chacha20-poly1305" => "chacha20poly1305",
        "aes-128-cbc" => "aes128",
        "aes-192-cbc" => "aes192",
        "aes-256-cbc" => "aes256",
        "aes-128-gcm" => "aes128gcm16",
        "aes-192-gcm" => "aes192gcm16",
        "aes-256-gcm" => "aes256gcm16",
        _ => return None,
    };
    transform(word)
}

/// `sha-256` of IKE, `hmac-sha-256-128` of ESP and AH.
pub(in crate::config) fn authentication(name: &str) -> Option<Transform> {
    let word = match name {
        "md5" | "hmac-md5-96" => "md5",
        "sha1" | "hmac-sha1-96" => "sha1",
        "sha-256" | "hmac-sha-256-128" => "sha256",
        "hmac-sha-256-96" => "sha256_96",
        "sha-384" | "hmac-sha-384" => "sha384",
        "sha-512" | "hmac-sha-512" => "sha512",
        _ => return None,
    };
    transform(word)
}

/// `group14`.
pub(in crate::config) fn group(name: &str) -> Option<Transform> {
    let number = name.strip_prefix("group")?.parse().ok()?;
    let known = matches!(number, 1 | 2 | 5 | 14..=16 | 19..=21 | 24);
    known.then(|| Transform::new(TransformType::KE, number))
}

/// The proposals of an IKE `proposal-set`, and whether they demand signatures.
pub(super) fn ike_set(name: &str) -> Option<(Vec<Vec<Transform>>, bool)> {
    let (lists, signs): (&[&str], bool) = match name {
        "basic" => (&["des-sha1-modp768", "des-md5-modp768"], false),
        "compatible" => (
            &[
                "3des-sha1-modp1024",
                "3des-md5-modp1024",
                "des-sha1-modp1024",
                "des-md5-modp1024",
            ],
            false,
        ),
        "standard" => (&["3des-sha1-modp1024", "aes128-sha1-modp1024"], false),
        "prime-128" => (&["aes128gcm16-prfsha256-ecp256"], true),
        "prime-256" => (&["aes256gcm16-prfsha384-ecp384"], true),
        "suiteb-gcm-128" => (&["aes128-sha256-ecp256"], true),
        "suiteb-gcm-256" => (&["aes256-sha384-ecp384"], true),
        _ => return None,
    };
    Some((words(lists), signs))
}

/// The proposals of an IPsec `proposal-set`.
pub(super) fn ipsec_set(name: &str) -> Option<Vec<Vec<Transform>>> {
    let lists: &[&str] = match name {
        "basic" => &["des-sha1", "des-md5"],
        "compatible" => &["3des-sha1", "3des-md5", "des-sha1", "des-md5"],
        "standard" => &["3des-sha1-modp1024", "aes128-sha1-modp1024"],
        "prime-128" => &["aes128gcm16-ecp256"],
        "prime-256" => &["aes256gcm16-ecp384"],
        "suiteb-gcm-128" => &["aes128gcm16-ecp256"],
        "suiteb-gcm-256" => &["aes256gcm16-ecp384"],
        _ => return None,
    };
    Some(words(lists))
}

fn words(lists: &[&str]) -> Vec<Vec<Transform>> {
    let list = |list: &&str| list.split('-').filter_map(transform).collect();
    lists.iter().map(list).collect()
}
