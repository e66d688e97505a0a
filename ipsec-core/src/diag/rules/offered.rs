//! What logs say was offered, and which of it is weak.

use super::lines::{self, Lines, cite};
use crate::diag::inquiry::Inquiry;
use crate::diag::told::Told;
use crate::diag::{Confidence, Finding, Severity};
use crate::evidence::{Exchange, LogEvent};
use crate::sorted;
use crate::wire::registry::isakmp::ExchangeType;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// An offer, or what was loaded.
pub(super) struct Offer<'c, 'a> {
    pub(super) told: &'c Told<'a>,
    algorithms: &'a str,
}

impl<'c, 'a> Offer<'c, 'a> {
    /// The last offer for the IKE SA, or for IPsec SAs.
    pub(super) fn last(lines: &Lines<'c, 'a>, of_child: bool) -> Option<Self> {
        lines.iter().copied().rev().find_map(|told| {
            let LogEvent::Offered { child, algorithms } = &told.logged.event else {
                return None;
            };
            (*child == of_child).then_some(Self { told, algorithms })
        })
    }

    /// The weak algorithms of an offer in which no transform is without one.
    fn weak(&self) -> Vec<&'a str> {
        let mut weak: Vec<&str> = Vec::new();
        for transform in self.algorithms.split(',') {
            let words = transform
                .split_whitespace()
                .filter(|word| strength(word) == Some(Strength::Weak));
            let before = weak.len();
            weak.extend(words);
            if weak.len() == before {
                return Vec::new();
            }
        }
        sorted::sort(&mut weak);
        weak.dedup();
        weak
    }

    /// The strongest cipher by bits of its key, and whether a hash is better
    /// than MD5.
    fn ranks(&self) -> (u16, bool) {
        let words = || self.algorithms.split([',', ' ']);
        let bits = words().map(cipher_bits).max().unwrap_or(0);
        (bits, words().any(|word| word.contains("SHA")))
    }

    pub(super) fn has_shared_key(&self) -> bool {
        let words = self.algorithms.split([',', ' ']);
        let mut names = words.map(str::to_ascii_uppercase);
        names.any(|name| SHARED_KEY.iter().any(|known| name.starts_with(known)))
    }
}

/// Weak algorithms of each peers' offers, as findings of this code.
pub(super) fn weak(case: &Inquiry<'_, '_>, code: &'static str) -> Vec<Finding> {
    let peers = lines::by_peers(case).into_iter();
    peers
        .filter_map(|(peers, lines)| weak_of(case, code, peers, &lines))
        .collect()
}

fn weak_of(
    case: &Inquiry<'_, '_>,
    code: &'static str,
    peers: usize,
    lines: &Lines<'_, '_>,
) -> Option<Finding> {
    let [ike, child] = [false, true].map(|child| Offer::last(lines, child));
    let weak_ike = ike.as_ref().map_or_else(Vec::new, Offer::weak);
    let weak_child = child.as_ref().map_or_else(Vec::new, Offer::weak);
    let parts = [("the IKE SA", &weak_ike), ("the ESP SAs", &weak_child)];
    let parts = parts.iter().filter(|(_, weak)| !weak.is_empty());
    let parts: Vec<String> = parts
        .map(|(what, weak)| format!("{} for {what}", weak.join(", ")))
        .collect();
    if parts.is_empty() {
        return None;
    }
    let title = format!(
        "{} use weak algorithms: {}",
        lines::both(case, peers),
        parts.join("; ")
    );
    let first_is_weaker = ike
        .as_ref()
        .zip(child.as_ref())
        .is_some_and(|(ike, child)| {
            let ((bits, sha), (child_bits, child_sha)) = (ike.ranks(), child.ranks());
            bits < child_bits || !sha && child_sha
        });
    let why = if first_is_weaker && !weak_ike.is_empty() {
        FIRST_IS_WEAKER
    } else {
        "The log lists them."
    };
    let finding = Finding::new(code, peers, Severity::Warning, Confidence::Proven)
        .title(title)
        .why(why)
        .weight(18);
    let cited = [(ike, weak_ike), (child, weak_child)].into_iter();
    let cited = cited.filter_map(|(offer, weak)| offer.filter(|_| !weak.is_empty()));
    Some(cited.fold(finding, |finding, offer| finding.cite(cite(offer.told))))
}

/// The line that shows aggressive mode, and the offer of a pre-shared key.
pub(super) fn exposed<'c, 'a>(lines: &Lines<'c, 'a>) -> Option<(&'c Told<'a>, Offer<'c, 'a>)> {
    let offer = Offer::last(lines, false).filter(Offer::has_shared_key)?;
    let aggressive = lines
        .iter()
        .copied()
        .find(|told| is_aggressive(told.event()))?;
    Some((aggressive, offer))
}

fn is_aggressive(event: &LogEvent) -> bool {
    if let LogEvent::Message { exchange, .. } = event {
        return matches!(exchange, Exchange::V1(ExchangeType::AGGRESSIVE));
    }
    matches!(event, LogEvent::Aggressive)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Strength {
    Weak,
    Enough,
}

/// What is held of an algorithm by the name that a log gives it; `None` where
/// the name says nothing.
fn strength(name: &str) -> Option<Strength> {
    let bits = cipher_bits(name);
    if bits > 0 {
        let weak = bits < 128 || name.to_ascii_uppercase().contains("3DES");
        return Some(if weak {
            Strength::Weak
        } else {
            Strength::Enough
        });
    }
    let name = name.to_ascii_uppercase();
    if name.contains("MD5") {
        return Some(Strength::Weak);
    }
    let group = name.strip_prefix("MODP")?;
    let bits: u16 = group.trim_start_matches(['_', '-']).parse().ok()?;
    Some(if bits < 2_048 {
        Strength::Weak
    } else {
        Strength::Enough
    })
}

/// Bits of the key of a cipher, as an attacker has to try them; 0 for another
/// name.
fn cipher_bits(name: &str) -> u16 {
    let name = name.to_ascii_uppercase();
    let name = name.strip_prefix("ESP_").unwrap_or(&name);
    let known = CIPHERS.iter().find(|(cipher, _)| name.starts_with(cipher));
    known.map_or(0, |(_, bits)| *bits)
}

/// How the names of ciphers begin, and the bits of their keys.
const CIPHERS: [(&str, u16); 6] = [
    ("DES", 56),
    ("3DES", 112),
    ("TRIPLE_DES", 112),
    ("IDEA", 112),
    ("CAST", 112),
    ("AES", 128),
];

/// How logs call authentication by pre-shared key.
const SHARED_KEY: [&str; 4] = ["PRESHARED", "PRE_SHARED", "PRE-SHARED", "PSK"];

const FIRST_IS_WEAKER: &str = "The log lists them. Phase 1 is the weak link: it is weaker than phase 2, whose keys come from it; whoever breaks it has both.";
