//! Pre-shared keys that can be guessed. What is said speaks of length and kind
//! alone.

use super::Side;
use crate::config::model::{SecretKind, SecretNote};
use crate::evidence::{Configured, Effect, Ends, Repair, Topic, Written};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

pub(super) fn facts(side: &Side<'_>) -> Vec<Configured> {
    let keys = side.secrets().filter(|note| note.kind == SecretKind::Psk);
    keys.filter_map(fact).take(FACTS_MAX).collect()
}

fn fact(note: &SecretNote) -> Option<Configured> {
    let weakness = match &note.value {
        Some(value) => weakness(value.secret().dangerous_bytes())?,
        None => short(note.len?)?,
    };
    let detail = format!("A pre-shared key is {weakness}: it can be found by trying.");
    let mut fact = Configured::new(
        Topic::SharedKeyWeak,
        Effect::Weakens,
        Ends::default(),
        detail,
    );
    let span = note.span;
    fact.places.push(Written::new(
        span.input,
        u64::try_from(span.line).ok(),
        u64::try_from(span.column).unwrap_or(u64::MAX),
        format!("a pre-shared key, {weakness}"),
    ));
    let text = "Use 20 or more random characters, the same at both ends.";
    fact.repairs
        .push(Repair::new(span.input, true, text.into()));
    Some(fact)
}

fn weakness(key: &[u8]) -> Option<String> {
    let lower = key.to_ascii_lowercase();
    let lower = zeroize::Zeroizing::new(lower);
    let bare = lower.iter().rposition(u8::is_ascii_alphabetic);
    let bare = lower.get(..bare.map_or(0, |last| last.saturating_add(1)));
    let common = bare.is_some_and(|bare| COMMON.iter().any(|word| word.as_bytes() == bare));
    let letters = !key.is_empty() && key.iter().all(u8::is_ascii_alphabetic);
    if common {
        Some("one that everybody tries first".into())
    } else if letters && key.len() < WORD_MAX {
        Some(format!("one word ({} letters)", key.len()))
    } else {
        short(key.len())
    }
}

fn short(len: usize) -> Option<String> {
    (len < SHORT_MAX).then(|| format!("short ({len} bytes)"))
}

/// What is tried first, whatever figures stand behind it.
const COMMON: [&str; 24] = [
    "admin",
    "changeme",
    "cisco",
    "default",
    "demo",
    "fortinet",
    "ipsec",
    "juniper",
    "key",
    "letmein",
    "pass",
    "password",
    "presharedkey",
    "preshared",
    "psk",
    "qwerty",
    "secret",
    "secretkey",
    "sharedkey",
    "sharedsecret",
    "test",
    "tunnel",
    "vpn",
    "welcome",
];

/// Bytes below which a key is short.
const SHORT_MAX: usize = 8;

/// Letters below which letters alone are taken for one word.
const WORD_MAX: usize = 12;

/// Keys of one device that are told of.
const FACTS_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{facts::Side, read};
    use alloc::string::ToString as _;

    #[test]
    fn words_and_short_keys_are_told_by_length_and_kind() {
        let told = |key: &str| {
            let file = format!("@a @b : PSK \"{key}\"\n");
            let model = read(0, file.as_bytes()).unwrap();
            let facts = facts(&Side::new([&model].into()));
            assert!(!format!("{facts:?}").contains(key), "{facts:?}");
            facts.first().map(|fact| fact.places[0].shows.clone())
        };
        assert_eq!(
            told("aZ3-x"),
            Some("a pre-shared key, short (5 bytes)".to_string())
        );
        let word = "a pre-shared key, one word (9 letters)";
        assert_eq!(told("butterfly"), Some(word.to_string()));
        let common = "a pre-shared key, one that everybody tries first";
        assert_eq!(told("Cisco123!?"), Some(common.to_string()));
        assert_eq!(told("kY8-ww2.mvA"), None);
        assert_eq!(told("correct horse battery"), None);
    }
}
