//! Packet filters beside connections: IKE, ESP or AH that they drop, ports
//! where protocols are meant, rules that an earlier one hides.

use super::alone::is_cisco;
use super::ends::singles;
use super::{Held, Side};
use crate::config::Span;
use crate::config::model::{Attachment, Dialect, Filter, FilterRule, Model, Traffic};
use crate::evidence::{Configured, Effect, Ends, Repair, Topic, Written};
use crate::sa::selector::{AddressRange, Ports, Selector};
use crate::wire::registry::ike::ProtocolId;
use crate::wire::tree::escaped;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::net::IpAddr;

pub(super) fn facts(side: &Side<'_>) -> Vec<Configured> {
    let mut facts = Vec::new();
    for model in &side.models {
        for filter in model.filters.iter().take(FILTERS_MAX) {
            facts.extend(ports_for_protocols(model, filter));
            facts.extend(hidden(filter));
        }
    }
    for held in side.connections() {
        facts.extend(dropped(held));
    }
    facts.truncate(FACTS_MAX);
    facts
}

/// What a rule says, in the words of an access list.
fn shown(rule: &FilterRule) -> String {
    let word = if rule.permits { "permit" } else { "deny" };
    let protocol = match rule.from.protocol.max(rule.to.protocol) {
        0 => String::from("ip"),
        number => name_of(number),
    };
    let side = |traffic: &Traffic| {
        let addresses = traffic
            .addresses
            .map_or_else(|| "any".into(), |range| range.to_string());
        match traffic.ports {
            Ports::ANY => addresses,
            ports => format!("{addresses} port {ports}"),
        }
    };
    format!("{word} {protocol} {} {}", side(&rule.from), side(&rule.to))
}

fn name_of(protocol: u8) -> String {
    match protocol {
        1 => "icmp".into(),
        6 => "tcp".into(),
        17 => "udp".into(),
        47 => "gre".into(),
        ESP => "esp".into(),
        AH => "ahp".into(),
        number => number.to_string(),
    }
}

fn written(span: Span, shows: String) -> Written {
    Written::new(
        span.input,
        u64::try_from(span.line).ok(),
        u64::try_from(span.column).unwrap_or(u64::MAX),
        shows,
    )
}

/// `permit tcp any any eq 50`: ESP is protocol 50 and has no ports.
fn ports_for_protocols(model: &Model, filter: &Filter) -> Vec<Configured> {
    let port = |rule: &FilterRule| {
        let found = [rule.to.ports, rule.from.ports].into_iter();
        let mut single = found.filter_map(|ports| {
            let (low, high) = ports.bounds();
            (low == high && [50, 51].contains(&low) && ports != Ports::OPAQUE).then_some(low)
        });
        single
            .next()
            .filter(|_| [6, 17].contains(&rule.to.protocol.max(rule.from.protocol)))
    };
    let rules = filter.rules.iter().take(RULES_MAX);
    let found = rules.filter_map(|rule| Some((rule, port(rule)?)));
    found
        .map(|(rule, port)| {
            let (name, word) = match port {
                50 => ("ESP", "esp"),
                _ => ("AH", "ahp"),
            };
            let detail = format!(
                "A rule of {} names port {port}: {name} is IP protocol {port} and has no ports.",
                escaped(filter.name.value.as_bytes())
            );
            let mut fact = Configured::new(
                Topic::PortForProtocol,
                Effect::Weakens,
                Ends::default(),
                detail,
            );
            fact.places.push(written(rule.span, shown(rule)));
            let verb = if rule.permits { "permit" } else { "deny" };
            let text = format!("Name the protocol: {verb} {word}.");
            let mut repair = Repair::new(rule.span.input, true, text);
            if is_cisco(model.dialect) {
                let [from, to] =
                    [&rule.from, &rule.to].map(|side| cisco(side.addresses, model.dialect));
                let line = format!("{verb} {word} {from} {to}");
                repair.patch = Some(format!(
                    "@@ line {} @@\n-{}\n+{line}",
                    rule.span.line,
                    shown(rule)
                ));
            }
            fact.repairs.push(repair);
            fact
        })
        .collect()
}

/// Addresses as Cisco writes them: IOS with the bits that do not matter, ASA
/// with a mask.
pub(super) fn cisco(addresses: Option<AddressRange>, dialect: Dialect) -> String {
    let Some(range) = addresses.filter(|range| *range != AddressRange::ANY_V4) else {
        return "any".into();
    };
    let (IpAddr::V4(low), IpAddr::V4(high)) = (range.low(), range.high()) else {
        return range.to_string();
    };
    let free = low.to_bits() ^ high.to_bits();
    let mask = if dialect == Dialect::CiscoAsa {
        !free
    } else {
        free
    };
    match free {
        0 => format!("host {low}"),
        _ => format!("{low} {}", core::net::Ipv4Addr::from_bits(mask)),
    }
}

/// As boxes; `None` stands for any address of the family.
fn selectors(rule: &FilterRule, v6: bool) -> Option<[Selector; 2]> {
    let any = if v6 {
        AddressRange::ANY_V6
    } else {
        AddressRange::ANY_V4
    };
    Some([rule.from.selector(Some(any))?, rule.to.selector(Some(any))?])
}

/// A rule that never decides, for an earlier one decides otherwise.
fn hidden(filter: &Filter) -> Option<Configured> {
    let rules = filter.rules.get(..filter.rules.len().min(RULES_MAX))?;
    for (at, later) in rules.iter().enumerate() {
        let v6 = later
            .from
            .addresses
            .or(later.to.addresses)
            .is_some_and(|range| range.low().is_ipv6());
        let Some([from, to]) = selectors(later, v6) else {
            continue;
        };
        let earlier = rules.iter().take(at).find(|rule| {
            let covers =
                selectors(rule, v6).is_some_and(|[a, b]| a.contains(&from) && b.contains(&to));
            rule.permits != later.permits && covers
        });
        let Some(earlier) = earlier else {
            continue;
        };
        let detail = format!(
            "In {} the rule \"{}\" never decides: \"{}\" stands before it and takes all its packets.",
            escaped(filter.name.value.as_bytes()),
            shown(later),
            shown(earlier)
        );
        let mut fact = Configured::new(Topic::Order, Effect::Weakens, Ends::default(), detail);
        fact.places.push(written(later.span, shown(later)));
        fact.places.push(written(earlier.span, shown(earlier)));
        let text = format!(
            "Move line {} before line {}.",
            later.span.line, earlier.span.line
        );
        fact.repairs.push(Repair::new(later.span.input, true, text));
        return Some(fact);
    }
    None
}

/// A packet that a tunnel needs.
struct Needed {
    protocol: u8,
    port: Option<u16>,
    /// As an access list of Cisco's names it.
    words: &'static str,
}

/// What a filter at the connection's own interface does not let in.
fn dropped(held: Held<'_>) -> Option<Configured> {
    let connection = held.connection;
    if held.model.dialect == Dialect::CiscoAsa {
        // Its lists at interfaces are not for packets to the device itself.
        return None;
    }
    let Attachment::At(interfaces) = &connection.attachment else {
        return None;
    };
    let [peer, ..] = singles(&connection.remote.addresses)[..] else {
        return None;
    };
    let own = singles(&connection.local.addresses).first().copied();
    let filter = held.model.filters.iter().find(|filter| {
        let mut names = filter.interfaces.iter();
        names.any(|name| interfaces.iter().any(|one| one.value == name.value))
    })?;
    let ah = connection.children.iter().any(|child| {
        let mut proposals = child.proposals.iter();
        proposals.any(|one| one.value.protocol == ProtocolId::AH)
    });
    let data = match ah {
        true => Needed {
            protocol: AH,
            port: None,
            words: "ahp",
        },
        false => Needed {
            protocol: ESP,
            port: None,
            words: "esp",
        },
    };
    let ike = Needed {
        protocol: UDP,
        port: Some(500),
        words: "udp",
    };
    let missing: Vec<Needed> = [ike, data]
        .into_iter()
        .filter(|needed| {
            !passes(filter, peer, own, needed)
                && !own.is_some_and(|own| passes(filter, own, Some(peer), needed))
        })
        .collect();
    if missing.is_empty() {
        return None;
    }
    let what: Vec<&str> = missing
        .iter()
        .map(|needed| match needed.protocol {
            UDP => "IKE (UDP port 500)",
            AH => "AH (IP protocol 51)",
            _ => "ESP (IP protocol 50)",
        })
        .collect();
    let name = escaped(filter.name.value.as_bytes());
    let detail = format!(
        "The filter {name} on the interface towards {peer} drops {}.",
        what.join(" and ")
    );
    let ends = Ends {
        asking: own.into_iter().collect(),
        answering: Vec::from([peer]),
    };
    let mut fact = Configured::new(Topic::Filtered, Effect::Fails, ends, detail);
    fact.connection = Some(escaped(connection.name.value.as_bytes()));
    fact.places
        .push(written(filter.name.span, format!("filter {name}")));
    let mut repair = Repair::new(
        filter.name.span.input,
        true,
        format!(
            "Let {} from {peer} pass, before the first rule that drops them.",
            what.join(" and ")
        ),
    );
    if is_cisco(held.model.dialect) {
        let host = AddressRange::new(peer, peer);
        let here = own.and_then(|own| AddressRange::new(own, own));
        let [from, to] = [host, here].map(|range| cisco(range, held.model.dialect));
        let lines = missing.iter().map(|needed| match needed.port {
            Some(_) => format!("+permit {} {from} {to} eq isakmp", needed.words),
            None => format!("+permit {} {from} {to}", needed.words),
        });
        let lines: Vec<String> = lines.collect();
        repair.patch = Some(format!(
            " ip access-list extended {name}\n{}",
            lines.join("\n")
        ));
    }
    fact.repairs.push(repair);
    Some(fact)
}

/// Whether the first rule that fits lets such packets pass; a list with rules
/// ends with one that drops.
fn passes(filter: &Filter, from: IpAddr, to: Option<IpAddr>, needed: &Needed) -> bool {
    let range = |address: IpAddr| AddressRange::new(address, address);
    let any = if from.is_ipv6() {
        AddressRange::ANY_V6
    } else {
        AddressRange::ANY_V4
    };
    let (Some(sender), Some(receiver)) = (range(from), to.map_or(Some(any), range)) else {
        return true;
    };
    let ports = needed
        .port
        .and_then(|port| Ports::new(port, port))
        .unwrap_or(Ports::ANY);
    let packet = |range| {
        Selector::new(range)
            .with_protocol(needed.protocol)
            .with_ports(ports)
    };
    let (sender, receiver) = (packet(sender), packet(receiver));
    let first = filter.rules.iter().take(RULES_MAX).find(|rule| {
        let both = selectors(rule, from.is_ipv6());
        both.is_some_and(|[a, b]| {
            a.intersection(&sender).is_some() && b.intersection(&receiver).is_some()
        })
    });
    first.map_or(filter.rules.is_empty(), |rule| rule.permits)
}

const UDP: u8 = 17;
const ESP: u8 = 50;
const AH: u8 = 51;

/// Filters of one file that are looked at.
const FILTERS_MAX: usize = 256;

/// Rules of one filter that are looked at, each with those before it.
const RULES_MAX: usize = 256;

/// Facts about the filters of one device.
const FACTS_MAX: usize = 64;
