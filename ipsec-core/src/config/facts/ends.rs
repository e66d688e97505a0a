//! Which connections of which devices are the two ends of one tunnel.

use super::{Held, Side};
use crate::config::compare;
use crate::config::model::{Connection, Host, Identity, Setting};
use crate::evidence::Ends;
use crate::sorted;
use crate::wire::tree::escaped;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::net::IpAddr;

/// Two connections that belong together, the one that asks first.
pub(super) struct Tunnel<'a> {
    pub(super) ends: [Held<'a>; 2],
    pub(super) sides: [&'a Side<'a>; 2],
    /// The other end can begin as well.
    pub(super) both_begin: bool,
}

impl Tunnel<'_> {
    /// The same with the other end asking.
    pub(super) const fn turned(&self) -> Self {
        let ([asking, answering], [one, other]) = (self.ends, self.sides);
        Self {
            ends: [answering, asking],
            sides: [other, one],
            both_begin: self.both_begin,
        }
    }

    /// What to call the two ends.
    pub(super) fn names(&self) -> [String; 2] {
        let [asking, answering] = self.ends;
        let one = name(asking, answering);
        let other = name(answering, asking);
        match (one, other) {
            (Some(one), Some(other)) if one != other => [one, other],
            _ => ["the first end".into(), "the other end".into()],
        }
    }

    /// Their outer addresses, as each says of itself, or else the other of it.
    pub(super) fn addresses(&self) -> Ends {
        let [asking, answering] = self.ends.map(|end| end.connection);
        let of = |own: &Connection, others: &Connection| {
            let own = singles(&own.local.addresses);
            match own.is_empty() {
                true => singles(&others.remote.addresses),
                false => own,
            }
        };
        Ends {
            asking: of(asking, answering),
            answering: of(answering, asking),
        }
    }
}

/// The device's own name, else its address.
fn name(end: Held<'_>, other: Held<'_>) -> Option<String> {
    if let Some(host) = &end.model.host {
        return Some(escaped(host.value.as_bytes()));
    }
    let own = singles(&end.connection.local.addresses);
    let told = singles(&other.connection.remote.addresses);
    own.first().or(told.first()).map(IpAddr::to_string)
}

/// All pairs of connections of different devices that belong together, each
/// connection in one pair of two devices at most.
pub(super) fn tunnels<'a>(sides: &'a [Side<'a>]) -> Vec<Tunnel<'a>> {
    let devices: Vec<&Side<'_>> = sides
        .iter()
        .filter(|side| side.connections().next().is_some())
        .collect();
    let only_two = devices.len() == 2;
    let mut found = Vec::new();
    let mut work = 0_usize;
    for (index, one) in devices.iter().enumerate() {
        for other in devices.iter().skip(index.saturating_add(1)) {
            let pairs = one
                .connections()
                .count()
                .saturating_mul(other.connections().count());
            work = work.saturating_add(pairs);
            if work > PAIRS_MAX {
                return found;
            }
            found.extend(matched(one, other, only_two));
        }
    }
    found
}

fn matched<'a>(one: &'a Side<'a>, other: &'a Side<'a>, only_two: bool) -> Vec<Tunnel<'a>> {
    let left: Vec<Held<'_>> = one.connections().collect();
    let right: Vec<Held<'_>> = other.connections().collect();
    let mut pairs = Vec::new();
    for (at, a) in left.iter().enumerate() {
        for (by, b) in right.iter().enumerate() {
            let found = score(a.connection, b.connection);
            if let Some(score) = found.filter(|score| *score > 0 || only_two) {
                let faults = failures(a.connection, b.connection);
                pairs.push((core::cmp::Reverse(score), faults, at, by));
            }
        }
    }
    sorted::sort(&mut pairs);
    let mut taken: (Vec<usize>, Vec<usize>) = (Vec::new(), Vec::new());
    let mut found = Vec::new();
    for (_, _, at, by) in pairs {
        if taken.0.contains(&at) || taken.1.contains(&by) {
            continue;
        }
        taken.0.push(at);
        taken.1.push(by);
        if let (Some(a), Some(b)) = (left.get(at), right.get(by)) {
            found.push((at, by, tunnel((*a, one), (*b, other))));
        }
    }
    sorted::by_key(&mut found, |(at, by, _)| (*at, *by));
    found.into_iter().map(|(_, _, tunnel)| tunnel).collect()
}

/// Who asks: the end that alone can begin, else the one at the lower address,
/// whatever the order of the inputs.
fn tunnel<'a>(one: (Held<'a>, &'a Side<'a>), other: (Held<'a>, &'a Side<'a>)) -> Tunnel<'a> {
    let begins = |held: Held<'_>| {
        let addresses = &held.connection.remote.addresses;
        addresses.iter().any(|host| host.value != Host::Any)
    };
    let key = |held: Held<'_>| {
        let lowest = singles(&held.connection.local.addresses).into_iter().min();
        (!begins(held), lowest.is_none(), lowest, held.input())
    };
    let (asking, answering) = match key(one.0) <= key(other.0) {
        true => (one, other),
        false => (other, one),
    };
    Tunnel {
        ends: [asking.0, answering.0],
        sides: [asking.1, answering.1],
        both_begin: begins(answering.0),
    }
}

/// How much speaks for these two being ends of one tunnel; `None` when their
/// addresses speak against it.
fn score(a: &Connection, b: &Connection) -> Option<u32> {
    let there = addresses(a, b);
    let back = addresses(b, a);
    if (there, back) == (Met::Apart, Met::Apart) {
        return None;
    }
    let mut score = 0_u32;
    for met in [there, back] {
        score = score.saturating_add(if met == Met::Yes { 8 } else { 0 });
    }
    for (wanting, proving) in [(a, b), (b, a)] {
        let met = known_as(wanting, proving);
        score = score.saturating_add(if met { 4 } else { 0 });
    }
    let networks = a.children.iter().take(compare::CHILDREN_MAX).any(|child| {
        let mut theirs = b.children.iter().take(compare::CHILDREN_MAX);
        theirs.any(|other| {
            let [here, far] = [(&child.local, &other.remote), (&child.remote, &other.local)];
            let [here, far] = [here, far].map(|(one, other)| compare::overlap(one, other));
            here == Some(true) && far == Some(true)
        })
    });
    Some(score.saturating_add(if networks { 2 } else { 0 }))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Met {
    Yes,
    Unknown,
    Apart,
}

/// Whether `to` is where `from` looks for its peer.
fn addresses(from: &Connection, to: &Connection) -> Met {
    let wanted = &from.remote.addresses;
    let own = singles(&to.local.addresses);
    let known = wanted.iter().all(|host| matches!(host.value, Host::At(_)));
    if own.is_empty() || wanted.is_empty() || !known {
        let names = |list: &[Setting<Host>]| -> Vec<String> {
            let named = list.iter().filter_map(|host| match &host.value {
                Host::Named(name) => Some(name.to_ascii_lowercase()),
                Host::Any | Host::At(_) => None,
            });
            named.collect()
        };
        let theirs = names(&to.local.addresses);
        let same = names(wanted).iter().any(|name| theirs.contains(name));
        return if same { Met::Yes } else { Met::Unknown };
    }
    let met = wanted.iter().any(|host| match &host.value {
        Host::At(range) => own.iter().any(|address| range.contains(*address)),
        Host::Any | Host::Named(_) => false,
    });
    if met { Met::Yes } else { Met::Apart }
}

/// Whether one proves to be whom the other wants, by a name that is written.
fn known_as(wanting: &Connection, proving: &Connection) -> bool {
    let first = |end: &crate::config::model::End| {
        let round = end.authentication.first()?;
        (round.identity.value != Identity::Any).then(|| round.identity.value.clone())
    };
    match (first(&wanting.remote), first(&proving.local)) {
        (Some(wanted), Some(proven)) => wanted == proven,
        _ => false,
    }
}

fn failures(a: &Connection, b: &Connection) -> usize {
    let found = compare::compare(a, b);
    let fails = |one: &&compare::Difference| one.effect == compare::Effect::Fails;
    found.differences.iter().filter(fails).count()
}

/// The addresses that are single ones.
pub(super) fn singles(hosts: &[Setting<Host>]) -> Vec<IpAddr> {
    let each = hosts.iter().filter_map(|host| match &host.value {
        Host::At(range) if range.low() == range.high() => Some(range.low()),
        Host::At(_) | Host::Any | Host::Named(_) => None,
    });
    each.take(ADDRESSES_MAX).collect()
}

/// Pairs of connections that are weighed.
const PAIRS_MAX: usize = 4096;

/// Addresses of one end that are looked at.
const ADDRESSES_MAX: usize = 16;
