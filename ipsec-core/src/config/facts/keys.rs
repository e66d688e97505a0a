//! Pre-shared keys: which key each end takes for the other, as its daemon
//! looks it up, and whether the two are the same. None is ever shown.

use super::ends::singles;
use super::pair::{Two, by_shared_key, place, proven};
use super::{Held, Side, repair};
use crate::config::model::{Dialect, Identity, SecretKind, SecretNote};
use crate::evidence::{Configured, Effect, Topic};
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

/// What is to be said of the keys of a tunnel.
pub(super) fn facts(two: &Two<'_, '_>) -> Option<Configured> {
    let (a, b) = (two.asking(), two.answering());
    if !by_shared_key(&a.local, &b.remote) && !by_shared_key(&a.remote, &b.local) {
        return None;
    }
    let [asking, answering] = two.tunnel.ends;
    let found = [
        look_up(two.tunnel.sides[0], asking, answering),
        look_up(two.tunnel.sides[1], answering, asking),
    ];
    let missing = found.iter().position(Found::is_missing);
    match (found, missing) {
        (_, Some(at)) => Some(missing_at(two, at)),
        ([Found::Keys(ours), Found::Keys(theirs)], None) => differing(two, &ours, &theirs),
        _ => None,
    }
}

/// What a daemon finds for a peer.
enum Found<'a> {
    /// Keys of which none fits better than another.
    Keys(Vec<&'a SecretNote>),
    /// No key fits, though there are keys.
    Missing,
    /// The keys lie elsewhere.
    Elsewhere,
}

impl Found<'_> {
    const fn is_missing(&self) -> bool {
        matches!(self, Self::Missing)
    }
}

fn look_up<'a>(side: &Side<'a>, own: Held<'_>, peer: Held<'_>) -> Found<'a> {
    let names = Names::of(own, peer);
    let keys = side.secrets().filter(|note| note.kind == SecretKind::Psk);
    let (mut best, mut found, mut any) = (0, Vec::new(), false);
    for key in keys {
        any = true;
        let fits = names.fits(key);
        if fits > best {
            best = fits;
            found.clear();
        }
        if fits == best && fits > 0 {
            found.push(key);
        }
    }
    match (found.is_empty(), any) {
        (false, _) => Found::Keys(found),
        (true, true) => Found::Missing,
        (true, false) => Found::Elsewhere,
    }
}

/// By what a key is looked up.
struct Names {
    own: Vec<Identity>,
    peer: Vec<Identity>,
}

impl Names {
    /// strongSwan and libreswan look keys up by identities, of which addresses
    /// are one kind; other devices by the address or by the identity.
    fn of(own: Held<'_>, peer: Held<'_>) -> Self {
        let (here, there) = (own.connection, peer.connection);
        let by_identity = matches!(
            own.model.dialect,
            Dialect::Swanctl | Dialect::Starter | Dialect::Libreswan
        );
        let mut names = Self {
            own: proven(&here.local).into_iter().collect(),
            peer: proven(&there.local).into_iter().collect(),
        };
        let wanted = here.remote.authentication.first();
        names
            .peer
            .extend(wanted.map(|round| round.identity.value.clone()));
        if !by_identity || names.peer.is_empty() {
            let addresses = singles(&here.remote.addresses).into_iter();
            let addresses = addresses.chain(singles(&there.local.addresses));
            names.peer.extend(addresses.map(Identity::Address));
        }
        if !by_identity || names.own.is_empty() {
            let addresses = singles(&here.local.addresses).into_iter();
            names.own.extend(addresses.map(Identity::Address));
        }
        names
    }

    /// How well a key fits; 0 when it does not.
    fn fits(&self, key: &SecretNote) -> u8 {
        if key.owners.is_empty() {
            return 1;
        }
        let best = |names: &[Identity]| -> u8 {
            let owners = key.owners.iter().map(|owner| {
                let met = names.iter().any(|name| same(name, &owner.value));
                let anybody = owner.value == Identity::Any;
                if met { 4 } else { u8::from(anybody) }
            });
            owners.max().unwrap_or(0)
        };
        let (own, peer) = (best(&self.own), best(&self.peer));
        own.saturating_add(peer.saturating_mul(2))
    }
}

fn same(one: &Identity, other: &Identity) -> bool {
    use Identity as I;
    match (one, other) {
        (I::Fqdn(one) | I::AddressOf(one), I::Fqdn(other) | I::AddressOf(other))
        | (I::UserFqdn(one), I::UserFqdn(other)) => one.eq_ignore_ascii_case(other),
        // Spelled in many ways.
        (I::DistinguishedName(_), I::DistinguishedName(_)) => true,
        (one, other) => one == other && *one != I::Any,
    }
}

fn missing_at(two: &Two<'_, '_>, at: usize) -> Configured {
    let [one, other] = &two.names;
    let (lacks, peer) = if at == 0 { (one, other) } else { (other, one) };
    let (own, far) = match at {
        0 => (two.asking(), two.answering()),
        _ => (two.answering(), two.asking()),
    };
    let known = |end: &crate::config::model::End| {
        proven(end).map_or_else(String::new, |identity| format!(" ({identity})"))
    };
    let detail = format!(
        "{lacks}{} has pre-shared keys, but none for {peer}{}.",
        known(&own.local),
        known(&far.local)
    );
    let mut fact = two.fact(Topic::SharedKeyMissing, Effect::Fails, detail);
    let side = two.tunnel.sides.get(at);
    let keys: Vec<_> = side
        .into_iter()
        .flat_map(|side| side.secrets())
        .filter(|note| note.kind == SecretKind::Psk)
        .take(SHOWN_MAX)
        .collect();
    let end = two.tunnel.ends.get(at).copied();
    fact.places = end
        .into_iter()
        .flat_map(|end| {
            keys.iter()
                .map(move |key| place(end, Some(key.span), of(key)))
        })
        .collect();
    let text = format!("write the pre-shared key for {peer}{}", known(&far.local));
    let repairs = repair::of_keys(two, &text).into_iter();
    fact.repairs = repairs.filter(|one| one.asking == (at == 0)).collect();
    fact
}

/// Whose key it is.
fn of(key: &SecretNote) -> String {
    let owners: Vec<String> = key
        .owners
        .iter()
        .take(SHOWN_MAX)
        .map(|owner| owner.value.to_string())
        .collect();
    match owners.is_empty() {
        true => "a pre-shared key for anybody".into(),
        false => format!("a pre-shared key for {}", owners.join(", ")),
    }
}

/// Says that the keys are not the same; nothing where one is not known, or
/// where one of several that fit is.
fn differing(
    two: &Two<'_, '_>,
    ours: &[&SecretNote],
    theirs: &[&SecretNote],
) -> Option<Configured> {
    let (first, second) = (ours.first()?, theirs.first()?);
    let mut unknown = ours.iter().chain(theirs);
    if unknown.any(|key| key.value.is_none()) {
        return None;
    }
    let mut pairs = ours
        .iter()
        .take(SHOWN_MAX)
        .flat_map(|one| theirs.iter().take(SHOWN_MAX).map(move |other| (one, other)));
    if pairs.any(|(one, other)| one.value == other.value) {
        return None;
    }
    let [one, other] = &two.names;
    let hint = hint(first, second).map_or_else(String::new, |hint| format!("; {hint}"));
    let detail = format!(
        "The pre-shared keys that {one} ({}) and {other} ({}) have for each other are not the same{hint}.",
        length(first),
        length(second)
    );
    let mut fact = two.fact(Topic::SharedKey, Effect::Fails, detail);
    let keys = two.tunnel.ends.into_iter().zip([first, second]);
    fact.places = keys
        .map(|(end, key)| {
            let shows = format!("{}, {}", of(key), length(key));
            place(end, Some(key.span), shows)
        })
        .collect();
    fact.repairs = repair::of_keys(two, "write the same pre-shared key as at the other end");
    Some(fact)
}

fn length(key: &SecretNote) -> String {
    let len = key.value.as_ref().map(|value| value.secret().len());
    match len.or(key.len) {
        Some(1) => "1 byte".into(),
        Some(len) => format!("{len} bytes"),
        None => "of unknown length".into(),
    }
}

/// In what little the two differ, where that tells nothing of the key.
fn hint(one: &SecretNote, other: &SecretNote) -> Option<&'static str> {
    let bytes = |key: &SecretNote| key.value.clone();
    let (one, other) = (bytes(one)?, bytes(other)?);
    let (one, other) = (
        one.secret().dangerous_bytes(),
        other.secret().dangerous_bytes(),
    );
    let bare = |bytes: &'_ [u8]| -> core::ops::Range<usize> {
        let edge = |byte: &u8| byte.is_ascii_whitespace() || b"\"'".contains(byte);
        let start = bytes.iter().position(|byte| !edge(byte)).unwrap_or(0);
        let end = bytes.iter().rposition(|byte| !edge(byte));
        start..end.map_or(start, |end| end.saturating_add(1))
    };
    let trimmed = [one, other].map(|bytes| bytes.get(bare(bytes)).unwrap_or_default());
    if trimmed[0] == trimmed[1] {
        return Some("they differ only in white space or quotation marks around the key");
    }
    if one.eq_ignore_ascii_case(other) {
        return Some("they differ only in capital and small letters");
    }
    None
}

/// Keys that fit alike, and places that are named.
const SHOWN_MAX: usize = 8;
