//! The two lists of proposals that stand before a refusal: `incoming
//! proposal:`, `my proposal:`, below each `type=ENCR, val=AES_CBC (key_len =
//! 256)` and its like.

use crate::evidence::LogEvent;
use crate::log::offers::{Offer, Offers};
use crate::log::start;
use crate::sorted::{Map, Set};
use crate::wire::tree::escaped;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

#[derive(Debug, Default)]
pub(super) struct Proposals {
    offers: Offers,
    /// The list that the next lines belong to.
    list: Option<List>,
    /// A proposal begins with the next attribute.
    fresh: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum List {
    Received,
    Configured,
    /// What was agreed on.
    Result,
}

impl Proposals {
    /// Takes note of a line of a list.
    pub(super) fn note(&mut self, connection: &str, message: &str) -> bool {
        if let Some(list) = heading(message) {
            if list == List::Received {
                self.offers.take(connection);
            }
            self.list = Some(list);
            self.fresh = true;
            return true;
        }
        let Some(list) = self.list else {
            return false;
        };
        if message.starts_with("proposal id") || message.starts_with("trans_id = KEY_IKE") {
            self.fresh = true;
            return true;
        }
        let Some((kind, value)) = attribute(message) else {
            let inside = ["protocol", "encapsulation", "ISAKMP SA lifetime", "no PFS"];
            return inside.iter().any(|start| message.starts_with(start));
        };
        let offer = self.offers.entry(connection);
        let text = match list {
            List::Received => &mut offer.received,
            List::Configured => &mut offer.configured,
            List::Result => return true,
        };
        append(text.get_or_insert_default(), self.fresh, kind, value);
        self.fresh = false;
        true
    }

    /// The refusal that ends the negotiation of `connection`.
    pub(super) fn refused(&mut self, connection: &str) -> LogEvent {
        self.list = None;
        let mut offer = self.offers.take(connection);
        offer.differs = differing(&offer);
        offer.refused()
    }
}

fn heading(message: &str) -> Option<List> {
    if message.starts_with("incoming ") && message.contains("proposal") {
        Some(List::Received)
    } else if message.starts_with("my proposal") {
        Some(List::Configured)
    } else if message.starts_with("negotiation result") {
        Some(List::Result)
    } else {
        None
    }
}

/// `type=OAKLEY_ENCRYPT_ALG, val=AES_CBC, key-len=256`, `type = AUTH_ALG,
/// val=SHA1`, `trans_id = ESP_AES_CBC (key_len = 128)`, `PFS DH group = 14`.
fn attribute(message: &str) -> Option<(&str, &str)> {
    if let Some(rest) = message.strip_prefix("type") {
        let rest = rest.trim_start_matches([' ', '=']);
        let (kind, value) = rest.split_once(',')?;
        let value = value.trim_start().strip_prefix("val")?;
        return Some((kind, value.trim_start_matches([' ', '='])));
    }
    let (kind, value) = message.split_once('=')?;
    let kind = kind.trim();
    ["trans_id", "PFS DH group"]
        .contains(&kind)
        .then_some((kind, value.trim()))
}

/// Adds `kind value` to the list that is written in `text`.
fn append(text: &mut String, fresh: bool, kind: &str, value: &str) {
    let [kind, value] = [kind.replace(' ', "_"), word(value)];
    let [kind_shown, value_shown] =
        [&kind, &value].map(|word| escaped(start(word, WORD_MAX).as_bytes()));
    let part = format!("{kind_shown} {value_shown}");
    if text.len().saturating_add(part.len()) > LIST_MAX {
        return;
    }
    if !text.is_empty() {
        text.push_str(if fresh { "; " } else { ", " });
    }
    text.push_str(&part);
}

/// `AES_CBC (key_len = 256)` and `AES_CBC, key-len=256` as one word:
/// `AES_CBC-256`.
fn word(value: &str) -> String {
    let value = value.trim_end_matches('.');
    let (name, rest) = value.split_once(['(', ',']).unwrap_or((value, ""));
    let mut word = name.trim().replace([' ', ';'], "_");
    let bits = rest.rsplit(['=', ' ']).next().unwrap_or_default();
    let bits = bits.trim_matches(|c: char| !c.is_ascii_digit());
    if !bits.is_empty() {
        word.push('-');
        word.push_str(bits);
    }
    word
}

/// The kinds of which nothing that was received is configured.
fn differing(offer: &Offer) -> Option<String> {
    let received = by_kind(offer.received.as_deref()?);
    let configured = by_kind(offer.configured.as_deref()?);
    let kinds: Vec<&str> = received
        .iter()
        .filter(|(kind, values)| {
            let others = configured.get(*kind);
            others.is_some_and(|others| !values.iter().any(|value| others.contains(value)))
        })
        .map(|(kind, _)| *kind)
        .collect();
    (!kinds.is_empty()).then(|| kinds.join(", "))
}

fn by_kind(list: &str) -> Map<&str, Set<&str>> {
    let mut kinds: Map<&str, Set<&str>> = Map::new();
    for part in list.split("; ").flat_map(|one| one.split(", ")) {
        if let Some((kind, value)) = part.split_once(' ') {
            kinds.entry(kind).or_default().insert(value);
        }
    }
    kinds
}

/// Bytes of a list that are kept.
const LIST_MAX: usize = 4_096;

/// Bytes of a word in it.
const WORD_MAX: usize = 64;
