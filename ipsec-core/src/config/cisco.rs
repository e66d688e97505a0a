//! What Cisco's devices share: a configuration of one command a line, access
//! lists, transform sets, the entries of crypto maps. Keywords may be cut
//! short while they stay unambiguous.

pub(super) mod access;
pub(super) mod algorithms;
pub(super) mod connections;
pub(super) mod entry;
pub(super) mod lines;
pub(super) mod policy;
mod services;
pub(super) mod shelf;

use super::Span;
use super::model::Dialect;
use lines::Word;

/// Whose configuration these lines are, in so far as the first one that is
/// Cisco's decides with those behind it.
pub(super) fn sniff<'a, L: Iterator<Item = &'a [u8]>>(
    line: &[u8],
    all: impl Fn() -> L,
) -> Option<Dialect> {
    if !is_cisco(line) {
        return None;
    }
    let asa = is_asa(line) || all().any(is_asa);
    Some(if asa {
        Dialect::CiscoAsa
    } else {
        Dialect::CiscoIos
    })
}

/// The first words of a line, its prompt taken off.
fn words(line: &[u8]) -> [&str; 5] {
    let line = line.get(..line.len().min(SNIFF_BYTES)).unwrap_or_default();
    let line = core::str::from_utf8(line).unwrap_or_default();
    let mut words = lines::without_prompt(line.trim()).split_ascii_whitespace();
    [(); 5].map(|()| words.next().unwrap_or_default())
}

fn is_cisco(line: &[u8]) -> bool {
    let found = words(line);
    let [first, second, third, fourth, _] = found;
    match first {
        "Building" => second.starts_with("configuration"),
        "Current" => second == "configuration" && third == ":",
        "ip" => second == "access-list" && ["extended", "standard"].contains(&third),
        "access-list" => {
            ["permit", "deny", "extended", "remark"].contains(&third) || third == "dynamic"
        }
        _ if first.len() >= 3 && "crypto".starts_with(first) => match pick(second, &CRYPTO) {
            Some("map" | "dynamic-map") => fourth.parse::<u32>().is_ok() || is_asa(line),
            Some("isakmp" | "ipsec" | "ikev1" | "ikev2") => pick(third, &HEADS).is_some(),
            Some(_) | None => false,
        },
        _ => is_asa(line),
    }
}

/// Whether a line is one that only ASA and PIX have.
fn is_asa(line: &[u8]) -> bool {
    let [first, second, third, fourth, fifth] = words(line);
    match first {
        "ASA" | "PIX" => second == "Version" && third.starts_with(|c: char| c.is_ascii_digit()),
        "tunnel-group" => third == "type" || third.ends_with("-attributes"),
        "access-list" => third == "extended",
        "isakmp" => ["policy", "key", "enable"].contains(&second) && !third.is_empty(),
        "crypto" => match second {
            "ikev1" => !third.is_empty(),
            "map" => {
                fourth == "interface" && !fifth.is_empty() || fifth == "match" || fifth == "set"
            }
            "ipsec" => third == "ikev1" || third == "ikev2",
            _ => false,
        },
        _ => false,
    }
}

/// The keyword that `word` stands for: itself, or the only one that it begins.
pub(super) fn pick<'k>(word: &str, among: &[&'k str]) -> Option<&'k str> {
    let begins = |keyword: &&&str| {
        let start = keyword.get(..word.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(word))
    };
    if let Some(exact) = among.iter().find(|one| one.eq_ignore_ascii_case(word)) {
        return Some(exact);
    }
    let mut found = among.iter().filter(begins);
    let first = found.next().filter(|_| word.len() >= PREFIX_MIN)?;
    found.next().is_none().then_some(first)
}

/// From the first of these words to the last, when they stand in one line.
pub(super) fn span_of(words: &[Word<'_>]) -> Option<Span> {
    let (first, last) = (words.first()?.span, words.last()?.span);
    let end = last.offset.saturating_add(last.len);
    let len = if first.line == last.line {
        end.saturating_sub(first.offset)
    } else {
        first.len
    };
    Some(Span { len, ..first })
}

/// What stands behind `crypto`.
pub(super) const CRYPTO: [&str; 20] = [
    "isakmp",
    "ipsec",
    "ikev1",
    "ikev2",
    "map",
    "dynamic-map",
    "keyring",
    "pki",
    "ca",
    "key",
    "engine",
    "gdoi",
    "call",
    "logging",
    "mib",
    "wui",
    "xauth",
    "eli",
    "vpn",
    "provisioning",
];

/// What stands behind the protocol in lines that tell a Cisco.
const HEADS: [&str; 14] = [
    "policy",
    "key",
    "profile",
    "peer",
    "identity",
    "keepalive",
    "enable",
    "transform-set",
    "security-association",
    "proposal",
    "keyring",
    "ipsec-proposal",
    "ikev1",
    "ikev2",
];

/// Letters of a keyword that is cut short.
const PREFIX_MIN: usize = 2;

/// Bytes of a line within which it shows whose it is.
const SNIFF_BYTES: usize = 512;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_may_be_cut_short_while_they_stay_unambiguous() {
        assert_eq!(pick("isa", &CRYPTO), Some("isakmp"));
        assert_eq!(
            pick("key", &CRYPTO),
            Some("key"),
            "exact before longer ones"
        );
        assert_eq!(pick("ikev", &CRYPTO), None, "of two");
        assert_eq!(pick("m", &CRYPTO), None, "one letter is not enough");
        assert_eq!(pick("ISAKMP", &CRYPTO), Some("isakmp"));
        assert_eq!(pick("isakmps", &CRYPTO), None);
        assert_eq!(pick("é", &CRYPTO), None);
    }

    #[test]
    fn other_files_are_not_claimed() {
        for line in [
            "crypto",
            "crypto map",
            "crypto map of the city",
            "cryptography is hard",
            "crypto is a word",
            "access-list 1",
            "isakmp",
            "tunnel-group x",
            "ipsec",
            "ip route 0.0.0.0",
            "ASA",
            "hostname x",
        ] {
            assert!(!is_cisco(line.as_bytes()), "{line}");
        }
        for line in [
            "crypto isakmp policy 1",
            "r1(config)#cry isa pol 1",
            "access-list 100 permit ip any any",
        ] {
            assert!(
                is_cisco(line.as_bytes()) && !is_asa(line.as_bytes()),
                "{line}"
            );
        }
        for line in [
            "tunnel-group 192.0.2.1 type ipsec-l2l",
            "crypto map m 10 set peer 192.0.2.1",
        ] {
            assert!(is_asa(line.as_bytes()), "{line}");
        }
    }
}
