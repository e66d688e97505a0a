//! A model as the configuration of IOS and IOS-XE: crypto maps, and a tunnel
//! interface for what takes everything to one peer.

mod ike;
mod places;
mod plan;
mod words;

use super::whole::{Written, told_secret};
use crate::config::cisco_ios;
use crate::config::model::{
    Attachment, Child, Connection, Dialect, Host, Identity, Mode, Model, NatTraversal, Origin,
    SecretKind, SecretNote,
};
use crate::config::write::swanctl::is_hex;
use crate::sorted::Set;
use crate::wire::registry::ike::TransformType;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use places::Place;
use plan::{Entry, Plan};

/// `model` as a configuration of IOS and IOS-XE. What IOS fills in by itself is
/// left out where the model was read from such a file, and written where it was
/// not. Secrets, trustpoints, and interfaces that the model does not know are
/// comments at their places.
///
/// ```
/// use ipsec_core::config::{swanctl, write};
/// let file = b"connections {\n gw {\n version = 2\n remote_addrs = 192.0.2.1\n children {\n
///     net {\n local_ts = 10.1.0.0/16\n remote_ts = 10.2.0.0/16\n }\n }\n }\n}\n";
/// let written = write::cisco_ios(&swanctl::read(0, file).model());
/// assert!(written.text.contains("crypto map vpn 10 ipsec-isakmp\n"));
/// assert!(written.text.contains(" permit ip 10.1.0.0 0.0.255.255 10.2.0.0 0.0.255.255\n"));
/// ```
#[must_use]
pub fn cisco_ios(model: &Model) -> Written {
    let origins = Origins {
        own: model.dialect == Dialect::CiscoIos,
    };
    let mut plan = Plan::of(model);
    if !origins.own {
        note_key_ids(&mut plan);
    }
    let mut text = head(model, &plan, origins);
    text.push_str(&ike::ikev2(&plan, origins));
    text.push_str(&ike::isakmp(&plan, origins));
    text.push_str(&transform_sets(&plan, origins));
    text.push_str(&entries(&plan, origins));
    text.push_str(&interfaces(&plan, origins));
    for (name, rules) in &plan.lists {
        line(&mut text, &format!("ip access-list extended {name}"));
        for rule in rules {
            line(&mut text, &format!(" {rule}"));
        }
        line(&mut text, "!");
    }
    // The places of pre-shared keys are those of the connections.
    let others = |note: &&SecretNote| note.kind != SecretKind::Psk;
    for note in model.secrets.iter().filter(others) {
        comment(
            &mut text,
            &format!("{}: to be filled in", told_secret(note)),
        );
    }
    finished(model, plan, text)
}

/// Reads the text again. The access lists of crypto maps are no filters.
fn finished(model: &Model, plan: Plan, text: String) -> Written {
    let mut again = cisco_ios::read(0, text.as_bytes());
    again.filters.clear();
    let names: Set<&String> = model
        .connections
        .iter()
        .flat_map(|one| one.children.iter().map(|child| &child.name.value))
        .collect();
    let filters = model.filters.iter();
    let filters = filters.filter(|one| !names.contains(&one.name.value));
    let wanted = Model {
        filters: filters.cloned().collect(),
        connections: plan.entries.into_iter().map(|one| one.wanted).collect(),
        ..model.clone()
    };
    Written::new(text, &wanted, &again, plan.unsaid)
}

/// Whether defaults are those of IOS.
#[derive(Clone, Copy)]
struct Origins {
    own: bool,
}

impl Origins {
    fn is_default(self, origin: Origin) -> bool {
        self.own && origin == Origin::Default
    }
}

fn line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

/// A comment, in which nothing looks like a terminal's break of pages.
fn comment(text: &mut String, words: &str) {
    line(text, &format!("! {}", words.replace("More", "more")));
}

/// Hexadecimal digits may stand for themselves or for bytes.
fn note_key_ids(plan: &mut Plan) {
    for entry in &plan.entries {
        for end in [&entry.wanted.local, &entry.wanted.remote] {
            if let Some(first) = end.authentication.first()
                && let Identity::KeyId(text) = &first.identity.value
                && is_hex(text)
            {
                let line = format!("whether the key ID {text} is text or hexadecimal");
                plan.unsaid.push(line);
            }
        }
    }
}

/// The release that tells the defaults, the name, and what holds everywhere.
fn head(model: &Model, plan: &Plan, origins: Origins) -> String {
    let mut text = String::new();
    let release = model.release.as_ref().map(|one| &*one.value);
    let release = release.filter(|release| {
        let plain = |c: char| c.is_ascii_digit() || c == '.';
        origins.own && release.chars().all(plain)
    });
    if let Some(release) = release {
        line(&mut text, &format!("version {release}"));
    }
    let host = model.host.as_ref().map(|one| &*one.value);
    if let Some(host) = host.filter(|host| {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        words::is_word(host) && host.chars().all(plain)
    }) {
        line(&mut text, &format!("hostname {host}"));
    }
    let never = |entry: &Entry| entry.wanted.nat_traversal.value == NatTraversal::Never;
    if !plan.entries.is_empty() && plan.entries.iter().all(never) {
        line(
            &mut text,
            "no crypto ipsec nat-transparency udp-encapsulation",
        );
    }
    if !text.is_empty() {
        line(&mut text, "!");
    }
    text
}

/// The transform sets of a child, by name.
fn sets_of(child: &Child, origins: Origins) -> Vec<(String, String)> {
    let mut sets = Vec::new();
    for one in &child.proposals {
        let Some(mut set) = words::transform_set(&one.value) else {
            continue;
        };
        if origins.is_default(one.origin) || sets.len() >= SETS_MAX {
            continue;
        }
        if child.compression.value {
            set.push_str(" comp-lzs");
        }
        let name = set.replace("esp-", "").replace("-hmac", "");
        let mut name = name.replace(' ', "-");
        let transport = child.mode.value == Mode::Transport;
        let mode = if transport { "transport" } else { "tunnel" };
        if transport {
            name.push_str("-transport");
        }
        set.push_str(&format!("\n mode {mode}"));
        if !sets.iter().any(|(known, _)| *known == name) {
            sets.push((name, set));
        }
    }
    sets
}

fn transform_sets(plan: &Plan, origins: Origins) -> String {
    let mut text = String::new();
    let mut seen = Set::new();
    let children = plan
        .entries
        .iter()
        .filter_map(|one| one.wanted.children.first());
    for (name, set) in children.flat_map(|child| sets_of(child, origins)) {
        if seen.insert(name.clone()) {
            line(
                &mut text,
                &format!("crypto ipsec transform-set {name} {set}"),
            );
            line(&mut text, "!");
        }
    }
    text
}

/// IPsec profiles and entries of crypto maps.
fn entries(plan: &Plan, origins: Origins) -> String {
    let mut text = String::new();
    let mut standing = Set::new();
    for entry in &plan.entries {
        let (head, behind) = match &entry.place {
            Place::Tunnel { name, .. } => (format!("crypto ipsec profile {name}"), None),
            Place::Map { map, number } => (format!("crypto map {map} {number} ipsec-isakmp"), None),
            Place::Dynamic {
                map,
                number,
                dynamic,
                inner,
            } => {
                let behind = format!("crypto map {map} {number} ipsec-isakmp dynamic {dynamic}");
                (
                    format!("crypto dynamic-map {dynamic} {inner}"),
                    Some(behind),
                )
            }
        };
        line(&mut text, &head);
        settings(&mut text, entry, origins);
        line(&mut text, "!");
        if let Some(behind) = behind.filter(|line| standing.insert(line.clone())) {
            line(&mut text, &behind);
            line(&mut text, "!");
        }
    }
    text
}

/// What an entry of a crypto map and an IPsec profile say alike.
fn settings(text: &mut String, entry: &Entry, origins: Origins) {
    let one = &entry.wanted;
    let tunnel = match &entry.place {
        Place::Tunnel { name, .. } => Some(name),
        Place::Map { .. } | Place::Dynamic { .. } => None,
    };
    if words::is_word(&one.name.value) && tunnel != Some(&one.name.value) {
        line(text, &format!(" description {}", one.name.value));
    }
    if tunnel.is_none() {
        let peers = one.remote.addresses.iter();
        for peer in peers.filter_map(|one| words::peer(&one.value)) {
            line(text, &format!(" set peer {peer}"));
        }
    }
    if let Some(child) = one.children.first() {
        protection(text, child, origins);
    }
    let idle = &one.idle_timeout;
    let seconds = idle.value.map(|time| time.as_secs());
    if let Some(seconds) = seconds.filter(|time| (60..=86_400).contains(time)) {
        line(
            text,
            &format!(" set security-association idle-time {seconds}"),
        );
    }
    if !entry.is_v1() {
        line(text, &format!(" set ikev2-profile {}", entry.profile));
    } else if ike::has_isakmp_profile(one) {
        line(text, &format!(" set isakmp-profile {}", entry.profile));
    }
    if let Some(list) = &entry.list {
        line(text, &format!(" match address {list}"));
    }
}

fn protection(text: &mut String, child: &Child, origins: Origins) {
    let times = &child.lifetimes;
    let life = " set security-association lifetime";
    let seconds = times.end.value.or(times.rekey.value);
    let seconds = seconds.map(|time| time.as_secs());
    let seconds = seconds.filter(|time| (120..=2_592_000).contains(time));
    if let Some(seconds) = seconds.filter(|_| !origins.is_default(times.end.origin)) {
        line(text, &format!("{life} seconds {seconds}"));
    }
    let kilobytes = times.bytes.value.map_or_else(
        || Some("disable".to_string()),
        |bytes| {
            let count = bytes / 1024;
            let sayable = (2560..=u64::from(u32::MAX)).contains(&count);
            sayable.then(|| count.to_string())
        },
    );
    if let Some(kilobytes) = kilobytes.filter(|_| !origins.is_default(times.bytes.origin)) {
        line(text, &format!("{life} kilobytes {kilobytes}"));
    }
    let sets: Vec<_> = sets_of(child, origins)
        .into_iter()
        .map(|one| one.0)
        .collect();
    if !sets.is_empty() {
        line(text, &format!(" set transform-set {}", sets.join(" ")));
    }
    let first = child.proposals.first();
    let groups = first.map(|one| words::of(&one.value, TransformType::KE));
    let group = groups.and_then(|mut groups| groups.find_map(words::group_number));
    if let Some(group) = group {
        line(text, &format!(" set pfs group{group}"));
    }
}

/// Tunnels, and the interfaces of crypto maps.
fn interfaces(plan: &Plan, origins: Origins) -> String {
    let mut text = String::new();
    let mut bound = Set::new();
    for entry in &plan.entries {
        let map = match &entry.place {
            Place::Tunnel { name, mode } => {
                tunnel(&mut text, &entry.wanted, name, mode);
                continue;
            }
            Place::Map { map, .. } | Place::Dynamic { map, .. } => map,
        };
        match &entry.wanted.attachment {
            Attachment::At(names) if origins.own => {
                for name in names.iter().filter(|name| words::is_word(&name.value)) {
                    if bound.insert((name.value.clone(), String::new())) {
                        line(&mut text, &format!("interface {}", name.value));
                        line(&mut text, &format!(" crypto map {map}"));
                        line(&mut text, "!");
                    }
                }
            }
            Attachment::At(_) | Attachment::Everywhere => {
                let whose = at(&entry.wanted);
                if bound.insert((map.clone(), whose.clone())) {
                    line(
                        &mut text,
                        &format!("! crypto map {map}: belongs on {whose}"),
                    );
                }
            }
            Attachment::Nowhere => {}
        }
    }
    text
}

/// The interface of a connection, in so far as it is known.
fn at(one: &Connection) -> String {
    let address = words::only(&one.local);
    let named = match &one.attachment {
        Attachment::At(names) => names.iter().find_map(|one| words::checked(&one.value)),
        Attachment::Everywhere | Attachment::Nowhere => None,
    };
    match (named, address) {
        (Some(name), _) => format!("the interface that was {name}"),
        (None, Some(address)) => format!("the interface with {address}"),
        (None, None) => "the interface outside".into(),
    }
}

fn tunnel(text: &mut String, one: &Connection, name: &str, mode: &str) {
    line(text, &format!("interface {name}"));
    match words::only(&one.local) {
        Some(address) => line(text, &format!(" tunnel source {address}")),
        None => line(text, " ! tunnel source: to be filled in"),
    }
    line(text, &format!(" tunnel mode {mode}"));
    let first = one.remote.addresses.first().map(|one| &one.value);
    match (words::only(&one.remote), first) {
        (Some(address), _) => line(text, &format!(" tunnel destination {address}")),
        (None, Some(Host::Named(host))) if words::is_word(host) => {
            line(text, &format!(" tunnel destination {host}"));
        }
        (None, _) => {}
    }
    line(text, &format!(" tunnel protection ipsec profile {name}"));
    line(text, "!");
}

/// Transform sets that one entry may name.
const SETS_MAX: usize = 6;
