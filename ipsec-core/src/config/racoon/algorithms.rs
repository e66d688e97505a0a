//! Algorithms as racoon names them: `aes 256`, `hmac_sha1`, `modp1024`.

use crate::config::algorithms::transform;
use crate::config::values::Faults;
use crate::config::words::Word;
use crate::config::{ConfigErrorKind, Spanned};
use crate::sa::proposal::Transform;
use crate::wire::registry::ike::TransformType;
use alloc::string::String;
use alloc::vec::Vec;

/// The transforms of a list with commas; a fault at each that is unknown.
pub(super) fn list(
    words: &[Word<'_>],
    read: fn(&[Word<'_>]) -> Option<Transform>,
    faults: &mut Faults,
) -> Vec<Transform> {
    let mut found = Vec::new();
    for item in words.split(|word| word.is_mark(",")) {
        match (read(item), item.first()) {
            (Some(transform), _) => found.push(transform),
            (None, Some(word)) => faults.note(word.span, ConfigErrorKind::Algorithm),
            (None, None) => {}
        }
    }
    found
}

/// A cipher, maybe with the bits of its key behind it.
pub(super) fn cipher(words: &[Word<'_>]) -> Option<Transform> {
    match words {
        [name] => of_name(name.text, ""),
        [name, bits] => of_name(name.text, bits.text),
        _ => None,
    }
}

/// `aes 256`.
pub(in crate::config) fn cipher_named(text: &str) -> Option<Transform> {
    let (name, bits) = text.split_once(' ').unwrap_or((text, ""));
    of_name(name, bits)
}

fn of_name(name: &str, bits: &str) -> Option<Transform> {
    let name = match name {
        "rijndael" | "aes" => "aes",
        "cast128" => "cast",
        "null_enc" => "null",
        "des" | "3des" | "blowfish" | "camellia" | "twofish" => name,
        _ => return None,
    };
    let word: String = match (name, bits) {
        // Its keys may have other lengths than those of the words.
        ("blowfish", _) => {
            let bits = if bits.is_empty() { "448" } else { bits };
            let bits = bits.parse().ok().filter(|bits| (40..=448).contains(bits))?;
            return Some(transform("blowfish")?.with_key_bits(bits));
        }
        (_, "") => name.into(),
        ("aes" | "camellia" | "twofish", bits) => [name, bits].concat(),
        _ => return None,
    };
    transform(&word)
}

/// `hmac_sha1` of ESP, `sha1` of IKE.
pub(super) fn hash(words: &[Word<'_>]) -> Option<Transform> {
    let [name] = words else {
        return None;
    };
    hash_named(name.text)
}

/// The hash of this name.
pub(in crate::config) fn hash_named(name: &str) -> Option<Transform> {
    let name = name.strip_prefix("hmac_").unwrap_or(name);
    match name {
        "md5" | "sha1" | "sha256" | "sha384" | "sha512" => transform(name),
        "sha2_256" | "sha2_384" | "sha2_512" => transform(name),
        _ => None,
    }
}

/// `modp1024` or its number.
pub(super) fn group(found: Option<Spanned<&str>>, faults: &mut Faults) -> Option<Transform> {
    let found = found?;
    let group = match found.value.parse() {
        Ok(number) => group_of(number),
        Err(_) => transform(found.value).filter(|one| one.kind == TransformType::KE),
    };
    if group.is_none() {
        faults.note(found.span, ConfigErrorKind::Algorithm);
    }
    group
}

/// The group of this number, if racoon has it.
pub(in crate::config) fn group_of(number: u16) -> Option<Transform> {
    let known = matches!(number, 1 | 2 | 5 | 14..=18);
    known.then(|| Transform::new(TransformType::KE, number))
}
