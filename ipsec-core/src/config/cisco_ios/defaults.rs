//! What IOS fills in, by the number before the release's first dot.

use crate::config::cisco::algorithms::{self, Protection, cipher, group, hash, prf};
use crate::config::model::Method;
use crate::sa::proposal::{Proposal, Transform};
use crate::time::Duration;
use crate::wire::registry::ike::{Encryption, Integrity, KeyExchange, ProtocolId, TransformType};
use alloc::vec::Vec;

/// What a policy of IKEv1 has for each line that it leaves out.
pub(super) const fn policy() -> (Transform, Transform, Transform) {
    (
        Transform::new(TransformType::ENCR, Encryption::ENCR_DES.0),
        Transform::new(TransformType::INTEG, Integrity::AUTH_HMAC_SHA1_96.0),
        Transform::new(TransformType::KE, KeyExchange::MODP_768.0),
    )
}

/// Whether the release has smart defaults: 12.4(20)T and later.
pub(super) fn is_smart(major: Option<u32>) -> bool {
    major.is_none_or(|major| major > 12)
}

/// What IKEv1 offers without any policy. Each stands there once with
/// signatures and once with pre-shared keys.
pub(super) fn ikev1(major: Option<u32>) -> Vec<Proposal> {
    let (des, sha, first) = policy();
    if !is_smart(major) {
        return Vec::from([algorithms::ikev1(0, des, sha, first)]);
    }
    let suites = [
        ("aes", "sha", "5"),
        ("aes", "md5", "5"),
        ("3des", "sha", "2"),
        ("3des", "md5", "2"),
    ];
    let known = suites
        .iter()
        .filter_map(|(one, two, three)| Some((cipher(one, None)?, hash(two)?, group(three)?)));
    let numbered = known.enumerate();
    numbered
        .map(|(before, (one, two, three))| algorithms::ikev1(before, one, two, three))
        .collect()
}

/// How IKEv1 authenticates without any policy.
pub(super) fn methods(major: Option<u32>) -> Vec<Method> {
    if is_smart(major) {
        Vec::from([Method::Signature, Method::Psk])
    } else {
        Vec::from([Method::Signature])
    }
}

/// What IKEv2 offers where no policy links a proposal.
pub(super) fn ikev2(major: Option<u32>) -> Proposal {
    let old = major.is_some_and(|major| major < 16);
    let (ciphers, hashes, groups): (&[&str], &[&str], &[&str]) = if old {
        (
            &["aes-cbc-256", "aes-cbc-192", "aes-cbc-128"],
            &["sha512", "sha384", "sha256", "sha1", "md5"],
            &["5", "2"],
        )
    } else {
        (
            &["aes-cbc-256"],
            &["sha512", "sha384"],
            &["19", "14", "21", "5"],
        )
    };
    let mut transforms: Vec<_> = ciphers.iter().filter_map(|one| cipher(one, None)).collect();
    transforms.extend(hashes.iter().filter_map(|one| hash(one)));
    transforms.extend(hashes.iter().filter_map(|one| prf(one)));
    transforms.extend(groups.iter().filter_map(|one| group(one)));
    algorithms::numbered(0, ProtocolId::IKE, transforms)
}

/// The transform sets of an entry that names none; those before smart defaults
/// had to name one.
pub(super) fn transform_sets(major: Option<u32>) -> Vec<Protection> {
    if !is_smart(major) {
        return Vec::new();
    }
    let sets = ["aes", "3des"].into_iter().filter_map(|name| {
        let esp = Vec::from([cipher(name, None)?, hash("sha")?]);
        Some(Protection {
            esp,
            ..Protection::default()
        })
    });
    sets.collect()
}

/// The group of `set pfs` without one.
pub(super) fn pfs() -> Transform {
    policy().2
}

/// Of an IPsec SA: an hour.
pub(super) const SA_LIFETIME: Duration = Duration::from_secs(3600);
