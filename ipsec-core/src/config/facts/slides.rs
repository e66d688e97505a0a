//! Both ends of a tunnel in one file, as documents show them: two crypto maps
//! of Cisco's that no interface uses, named `a-b` and `b-a`.

use super::Held;
use super::alone::{is_cisco, map_of};
use super::ends::singles;
use super::filters::cisco;
use super::pair::place;
use super::words;
use crate::config::model::{Attachment, Child, Filter, Setting, Traffic};
use crate::evidence::{Configured, Effect, Ends, Repair, Topic};
use crate::wire::tree::escaped;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::net::IpAddr;

/// Whether these are the maps of the two ends of one tunnel.
pub(super) fn are_both_ends(one: Held<'_>, other: Held<'_>) -> bool {
    let bare = |held: Held<'_>| {
        is_cisco(held.model.dialect) && held.connection.attachment == Attachment::Nowhere
    };
    let halves = |held: Held<'_>| {
        let name: String = map_of(&held.connection.name.value).to_ascii_lowercase();
        let (from, to) = name.split_once(['-', '_'])?;
        Some((String::from(from), String::from(to)))
    };
    let turned = match (halves(one), halves(other)) {
        (Some((from, to)), Some((back, forth))) => from != to && from == forth && to == back,
        _ => false,
    };
    bare(one) && bare(other) && turned
}

/// The address of this end, as the map of the other end beside it names it.
pub(super) fn own_address(held: Held<'_>, all: &[Held<'_>]) -> Option<IpAddr> {
    let mut others = all.iter().take(MAPS_MAX);
    let other = others.find(|other| are_both_ends(held, **other))?;
    singles(&other.connection.remote.addresses).first().copied()
}

/// Two ends that name one and the same list: it fits one of them.
pub(super) fn facts(all: &[Held<'_>]) -> Vec<Configured> {
    let all = all.get(..all.len().min(MAPS_MAX)).unwrap_or_default();
    let mut facts = Vec::new();
    for (at, later) in all.iter().enumerate() {
        let mut earlier = all.iter().take(at);
        if let Some(first) = earlier.find(|first| are_both_ends(**first, *later)) {
            facts.extend(same_list(*first, *later, all));
        }
    }
    facts
}

fn same_list(first: Held<'_>, second: Held<'_>, all: &[Held<'_>]) -> Option<Configured> {
    let [ours, theirs] = [first, second].map(|held| {
        held.connection
            .children
            .first()
            .filter(|child| named(child))
    });
    let (ours, theirs) = (ours?, theirs?);
    let values = |list: &[Setting<Traffic>]| -> Vec<Traffic> {
        list.iter().take(LINES_MAX).map(|one| one.value).collect()
    };
    let same = values(&ours.local) == values(&theirs.local)
        && values(&ours.remote) == values(&theirs.remote);
    if !same || values(&ours.local) == values(&ours.remote) {
        return None;
    }
    let [one, other] =
        [first, second].map(|held| escaped(map_of(&held.connection.name.value).as_bytes()));
    let shown = format!(
        "{} to {}",
        words::traffic(&ours.local),
        words::traffic(&ours.remote)
    );
    let detail = format!(
        "\"{one}\" and \"{other}\" are the two ends of one tunnel and protect the same packets, {shown}: the list of one end must be the mirror image of the other's."
    );
    let ends = Ends {
        asking: own_address(first, all).into_iter().collect(),
        answering: own_address(second, all).into_iter().collect(),
    };
    let mut fact = Configured::new(Topic::NotMirrored, Effect::Fails, ends, detail);
    fact.connection = Some(one);
    let span = ours.local.first().and_then(Setting::span);
    fact.places.push(place(first, span, shown));
    let uses = format!("\"{other}\" uses the same list");
    fact.places
        .push(place(second, Some(second.connection.name.span), uses));
    let text = format!("Where \"{other}\" is applied, write the list with both sides exchanged.");
    let mut repair = Repair::new(second.input(), false, text);
    repair.patch = Some(mirror(second, theirs));
    fact.repairs.push(repair);
    Some(fact)
}

fn named(child: &Child) -> bool {
    !child.local.is_empty() && !child.remote.is_empty()
}

/// The lines of the list with both sides exchanged, as Cisco writes them.
fn mirror(held: Held<'_>, child: &Child) -> String {
    let dialect = held.model.dialect;
    let rules = child.local.iter().zip(&child.remote).take(LINES_MAX);
    let lines = rules.map(|(here, there)| {
        let line = here.span().map(|span| span.line);
        let has = |filter: &&Filter| {
            let mut rules = filter.rules.iter();
            rules.any(|rule| Some(rule.span.line) == line)
        };
        let list = held.model.filters.iter().find(has);
        let list = list.map_or_else(|| "LIST".into(), |list| escaped(list.name.value.as_bytes()));
        let [from, to] = [there, here].map(|side| cisco(side.value.addresses, dialect));
        format!("+access-list {list} permit ip {from} {to}")
    });
    let lines: Vec<String> = lines.collect();
    lines.join("\n")
}

/// Maps that are held against each other.
const MAPS_MAX: usize = 32;

/// Lines of one list that are compared.
const LINES_MAX: usize = 64;
