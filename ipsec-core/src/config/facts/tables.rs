//! Tables beside connections: of SAs that stand (RFC 4301 §4.4.2) and of
//! policies by direction (§4.4.1). A release with a known fault.

use super::Side;
use super::traffic::looks_swapped;
use crate::config::Span;
use crate::config::model::{Association, Mode, Model, Policy, Setting, Traffic};
use crate::evidence::{Configured, Effect, Ends, Repair, Topic, Written};
use crate::sa::selector::AddressRange;
use crate::wire::tree::escaped;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

pub(super) fn facts(sides: &[Side<'_>]) -> Vec<Configured> {
    let all: Vec<&Model> = sides
        .iter()
        .flat_map(|side| side.models.iter().copied())
        .collect();
    let mut facts = Vec::new();
    let rows: Vec<&Association> = all
        .iter()
        .flat_map(|model| &model.associations)
        .take(ROWS_MAX)
        .collect();
    facts.extend(copied(&rows));
    facts.extend(unpaired(&rows));
    facts.extend(destinations(&all, &rows));
    for model in &all {
        facts.extend(asymmetric(model));
        facts.extend(release(model));
    }
    facts
}

fn written(span: Span, shows: String) -> Written {
    Written::new(
        span.input,
        u64::try_from(span.line).ok(),
        u64::try_from(span.column).unwrap_or(u64::MAX),
        shows,
    )
}

/// `SPI 4660 from 192.0.2.9 to 198.51.100.9`.
fn shown(row: &Association) -> String {
    let mut text = format!("SPI {}", row.spi.value);
    for (word, gateway) in [("from", row.from), ("to", row.to)] {
        if let Some(gateway) = gateway {
            text = format!("{text} {word} {gateway}");
        }
    }
    text
}

fn ends(row: &Association) -> Ends {
    Ends {
        asking: row.from.into_iter().collect(),
        answering: row.to.into_iter().collect(),
    }
}

/// The table of one end that shows the same rows as that of another: the
/// directions must be turned, as every SPI is chosen by its receiver.
fn copied(rows: &[&Association]) -> Option<Configured> {
    let mut tables: Vec<(&str, Vec<&Association>)> = Vec::new();
    for row in rows {
        let name = row.listed_by.value.as_str();
        let known = tables.iter().position(|(known, _)| *known == name);
        if let Some((_, list)) = known.and_then(|at| tables.get_mut(at)) {
            list.push(row);
        } else if tables.len() < TABLES_MAX {
            tables.push((name, Vec::from([*row])));
        }
    }
    let values = |list: &[&Association]| -> Vec<_> {
        let each = list.iter().map(|row| {
            let network = row.destination.as_ref().map(|one| one.value);
            (row.spi.value, row.from, row.to, network)
        });
        each.collect()
    };
    let (at, (name, list)) = tables.iter().enumerate().find(|(at, (_, list))| {
        tables
            .iter()
            .take(*at)
            .any(|(_, other)| values(other) == values(list))
    })?;
    let (original, first) = tables
        .iter()
        .take(at)
        .find(|(_, other)| values(other) == values(list))?;
    let [one, other] = [original, name].map(|name| escaped(name.as_bytes()));
    let detail = format!(
        "The table of SAs of \"{other}\" is a copy of that of \"{one}\": source and destination must be exchanged, and an SPI belongs to its receiver."
    );
    let row = list.first()?;
    let mut fact = Configured::new(Topic::SaTable, Effect::Fails, ends(row), detail);
    fact.places.push(written(row.spi.span, shown(row)));
    fact.places
        .extend(first.first().map(|row| written(row.spi.span, shown(row))));
    let text =
        format!("In the table of \"{other}\" exchange the gateways and the networks of each row.");
    fact.repairs
        .push(Repair::new(row.spi.span.input, false, text));
    Some(fact)
}

/// SAs of which none goes the other way.
fn unpaired(rows: &[&Association]) -> Vec<Configured> {
    let alone = rows.iter().filter(|row| {
        let (Some(from), Some(to)) = (row.from, row.to) else {
            return false;
        };
        !rows
            .iter()
            .any(|other| (other.from, other.to) == (Some(to), Some(from)))
    });
    alone
        .take(FACTS_MAX)
        .map(|row| {
            let detail = format!(
                "The SA with {} has no partner in the other direction.",
                shown(row)
            );
            let mut fact = Configured::new(Topic::SaUnpaired, Effect::Weakens, ends(row), detail);
            fact.places.push(written(row.spi.span, shown(row)));
            fact
        })
        .collect()
}

/// Networks of SAs that are not those of the connections.
fn destinations(all: &[&Model], rows: &[&Association]) -> Vec<Configured> {
    let children = all
        .iter()
        .flat_map(|model| &model.connections)
        .flat_map(|one| &one.children);
    let traffic = children.flat_map(|child| child.local.iter().chain(&child.remote));
    let wanted: Vec<&Setting<Traffic>> = traffic
        .filter(|one| one.value.addresses.is_some())
        .take(ROWS_MAX)
        .collect();
    if wanted.is_empty() {
        return Vec::new();
    }
    let mut facts: Vec<Configured> = Vec::new();
    for row in rows {
        let Some(network) = &row.destination else {
            continue;
        };
        let fact = destination(row, network.value, network.span, &wanted);
        let fact = fact.filter(|fact| {
            facts.len() < FACTS_MAX && !facts.iter().any(|one| one.detail == fact.detail)
        });
        facts.extend(fact);
    }
    facts
}

fn destination(
    row: &Association,
    network: AddressRange,
    span: Span,
    wanted: &[&Setting<Traffic>],
) -> Option<Configured> {
    let ranges = || {
        let each = wanted.iter();
        each.filter_map(|one| Some((one.value.addresses?, *one)))
    };
    if ranges().any(|(range, _)| range == network) {
        return None;
    }
    let within =
        ranges().find(|(range, _)| range.contains(network.low()) && range.contains(network.high()));
    let like = ranges().find(|(range, _)| looks_swapped(network, *range));
    let apart = !ranges().any(|(range, _)| range.intersection(network).is_some());
    let (effect, detail, other) = match (within, like) {
        (Some((range, one)), _) => (
            Effect::Narrows,
            format!(
                "The SA with {} is for {network} alone, while {range} is to be protected: the rest has no SA.",
                shown(row)
            ),
            Some((range, one)),
        ),
        (None, Some((range, one))) => (
            Effect::Fails,
            format!(
                "The SA with {} is for {network}, which no connection protects; it looks like {range} with octets swapped.",
                shown(row)
            ),
            Some((range, one)),
        ),
        (None, None) if apart => (
            Effect::Fails,
            format!(
                "The SA with {} is for {network}, which no connection protects.",
                shown(row)
            ),
            None,
        ),
        _ => return None,
    };
    let mut fact = Configured::new(Topic::SelectorsOfSa, effect, ends(row), detail);
    fact.places.push(written(span, network.to_string()));
    if let Some((range, one)) = other {
        fact.places
            .extend(one.span().map(|span| written(span, range.to_string())));
        let text = format!("Correct {network} to {range}.");
        let mut repair = Repair::new(span.input, true, text);
        repair.patch = Some(format!("@@ line {} @@\n-{network}\n+{range}", span.line));
        fact.repairs.push(repair);
    }
    Some(fact)
}

/// Policies of which the other direction does something else.
fn asymmetric(model: &Model) -> Vec<Configured> {
    let policies = model
        .policies
        .get(..model.policies.len().min(ROWS_MAX))
        .unwrap_or_default();
    let mut facts = Vec::new();
    for one in policies.iter().filter(|one| one.outbound) {
        let mirror = policies
            .iter()
            .find(|other| !other.outbound && (other.from, other.to) == (one.to, one.from));
        let Some(other) = mirror else {
            if protects(one) && policies.iter().any(|other| !other.outbound) {
                facts.push(of_policies(one, None, "nothing is said of the way back"));
            }
            continue;
        };
        if protects(one) != protects(other) {
            facts.push(of_policies(
                one,
                Some(other),
                "one direction is protected and the other is not",
            ));
        } else if one.optional != other.optional {
            facts.push(of_policies(
                one,
                Some(other),
                "protection may be missing in one direction alone",
            ));
        }
    }
    facts.truncate(FACTS_MAX);
    facts
}

const fn protects(policy: &Policy) -> bool {
    matches!(policy.action, Mode::Tunnel | Mode::Transport | Mode::Beet)
}

fn of_policies(one: &Policy, other: Option<&Policy>, how: &str) -> Configured {
    let side = |traffic: &Traffic| {
        traffic
            .addresses
            .map_or_else(|| String::from("any"), |range| range.to_string())
    };
    let says = |policy: &Policy| {
        let way = if policy.outbound { "out" } else { "in" };
        let must = match (protects(policy), policy.optional) {
            (true, true) => "protected if possible",
            (true, false) => "protected",
            (false, _) => "not protected",
        };
        format!(
            "{way} from {} to {}: {must}",
            side(&policy.from),
            side(&policy.to)
        )
    };
    let detail = format!("Between {} and {} {how}.", side(&one.from), side(&one.to));
    let mut fact = Configured::new(Topic::Asymmetric, Effect::Weakens, Ends::default(), detail);
    fact.places.push(written(one.span, says(one)));
    fact.places
        .extend(other.map(|other| written(other.span, says(other))));
    let text = "Write the same policy for both directions, and accept nothing in the clear.";
    fact.repairs
        .push(Repair::new(one.span.input, true, text.into()));
    fact
}

/// Releases that lose SAs when keys are renewed.
fn release(model: &Model) -> Option<Configured> {
    let release = model.release.as_ref()?;
    let shown = escaped(release.value.as_bytes());
    if !release.value.contains("12.0(6)") {
        return None;
    }
    let detail = format!("IOS {shown} is known to fail when keys are renewed.");
    let mut fact = Configured::new(Topic::Release, Effect::Weakens, Ends::default(), detail);
    fact.places.push(written(release.span, shown));
    let text = "Update IOS; until then `clear crypto sa` makes new keys by hand.";
    fact.repairs
        .push(Repair::new(release.span.input, true, text.into()));
    Some(fact)
}

/// Rows of tables, policies and networks that are looked at.
const ROWS_MAX: usize = 512;

/// Tables that are held against each other.
const TABLES_MAX: usize = 32;

/// Facts of one kind.
const FACTS_MAX: usize = 32;
