//! The packets that two ends protect, side by side: mirrored, part of each
//! other, apart, or apart by octets that were swapped.

use super::pair::{Two, place};
use super::words;
use crate::config::model::{Child, Setting, Traffic};
use crate::evidence::{Configured, Effect, Topic};
use crate::sa::selector::AddressRange;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::net::IpAddr;

/// The packets at the end that asks (`at_asker`), or at the one that answers,
/// are not the same for both.
pub(super) fn differing(
    two: &Two<'_, '_>,
    effect: Effect,
    at_asker: bool,
    ours: &Child,
    theirs: &Child,
) -> Configured {
    let (mine, yours) = match at_asker {
        true => (&ours.local, &theirs.remote),
        false => (&ours.remote, &theirs.local),
    };
    let [one, other] = &two.names;
    let behind = if at_asker { one } else { other };
    let [asked, held] = [mine, yours].map(|list| words::traffic(list));
    let how = match (effect, swapped(mine, yours)) {
        (_, Some((wrong, right))) => {
            format!("; {wrong} looks like {right} with octets swapped")
        }
        (Effect::Narrows, None) => "; only what both have is protected".into(),
        _ => String::new(),
    };
    let detail =
        format!("For the network behind {behind} {one} has {asked} and {other} has {held}{how}.");
    let topic = if effect == Effect::Fails && access_list(two) {
        Topic::NotMirrored
    } else {
        Topic::Selectors
    };
    let mut fact = two.fact(topic, effect, detail);
    let sides = two.tunnel.ends.into_iter().zip([mine, yours]);
    fact.places = sides
        .map(|(end, list)| {
            place(
                end,
                list.first().and_then(Setting::span),
                words::traffic(list),
            )
        })
        .collect();
    fact
}

/// Whether the form of both says with access lists what is protected.
fn access_list(two: &Two<'_, '_>) -> bool {
    use crate::config::model::Dialect as D;
    let ends = two.tunnel.ends.map(|end| end.model.dialect);
    ends.iter()
        .all(|dialect| matches!(dialect, D::CiscoIos | D::CiscoAsa))
}

/// Two networks, one of each list, that are the same but for two neighbouring
/// octets that are swapped.
fn swapped(ours: &[Setting<Traffic>], theirs: &[Setting<Traffic>]) -> Option<(String, String)> {
    let networks = |list: &[Setting<Traffic>]| -> Vec<AddressRange> {
        let each = list.iter().take(COMPARED_MAX);
        each.filter_map(|one| one.value.addresses).collect()
    };
    let (ours, theirs) = (networks(ours), networks(theirs));
    let pairs = ours
        .iter()
        .flat_map(|one| theirs.iter().map(move |other| (one, other)));
    let mut found = pairs.filter(|(one, other)| looks_swapped(**one, **other));
    let (one, other) = found.next()?;
    Some((format!("{one}"), format!("{other}")))
}

/// `10.0.1.0` and `10.1.0.0`, whatever the lengths of their prefixes.
pub(super) fn looks_swapped(one: AddressRange, other: AddressRange) -> bool {
    let (IpAddr::V4(one), IpAddr::V4(other)) = (one.low(), other.low()) else {
        return false;
    };
    let (one, other) = (one.octets(), other.octets());
    (0..3_usize).any(|at| {
        let mut turned = one;
        turned.swap(at, at.saturating_add(1));
        turned == other && one != other
    })
}

/// Networks of each side that are held against each other.
const COMPARED_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn swapped_octets_are_seen() {
        let looks =
            |one: &str, other: &str| looks_swapped(one.parse().unwrap(), other.parse().unwrap());
        assert!(looks("10.0.1.0/24", "10.1.0.0/16"));
        assert!(looks("192.168.1.0/24", "168.192.1.0/24"));
        assert!(!looks("10.0.1.0/24", "10.0.1.0/24"));
        assert!(!looks("10.0.1.0/24", "10.0.2.0/24"));
        assert!(!looks("2001:db8::/32", "db8:2001::/32"));
    }
}
