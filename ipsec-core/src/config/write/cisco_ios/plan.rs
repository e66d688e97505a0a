//! What of a model becomes an entry of a crypto map, and what a tunnel: an
//! entry has one way to protect packets, a line of its access list one pair of
//! networks, a transform set one algorithm of a kind.

use super::super::whole::Names;
use super::places::{Place, Places};
use super::words::{self, clean, only};
use crate::config::algorithms::{is_aead, prf_of};
use crate::config::model::{Child, Connection, Mode, Model, Setting, Traffic, Versions};
use crate::sa::proposal::{Proposal, Transform};
use crate::sa::selector::AddressRange;
use crate::sorted::{self, Map};
use crate::wire::registry::ike::TransformType;
use crate::wire::tree::escaped;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// One entry.
pub(super) struct Entry {
    /// What it is to say.
    pub(super) wanted: Connection,
    pub(super) place: Place,
    /// The name of what the entries of one connection share.
    pub(super) profile: String,
    /// The access list.
    pub(super) list: Option<String>,
}

impl Entry {
    pub(super) fn is_v1(&self) -> bool {
        self.wanted.versions.value == Versions::V1
    }
}

/// All of it.
pub(super) struct Plan {
    pub(super) entries: Vec<Entry>,
    /// Access lists: name and lines.
    pub(super) lists: Vec<(String, Vec<String>)>,
    pub(super) unsaid: Vec<String>,
    known: Map<(String, Vec<String>), String>,
    list_names: Names,
    profiles: Names,
    places: Places,
    /// What may still be written more than once.
    left: usize,
}

impl Plan {
    pub(super) fn of(model: &Model) -> Self {
        let mut plan = Self {
            entries: Vec::new(),
            lists: Vec::new(),
            unsaid: Vec::new(),
            known: Map::new(),
            list_names: Names::default(),
            profiles: Names::default(),
            places: Places::default(),
            left: COPIED_MAX,
        };
        for one in &model.connections {
            plan.connection(one);
        }
        let is_tunnel = |entry: &Entry| matches!(entry.place, Place::Tunnel { .. });
        sorted::by_key(&mut plan.entries, is_tunnel);
        plan
    }

    fn connection(&mut self, one: &Connection) {
        let name = escaped(one.name.value.as_bytes());
        let (kept, lost): (Vec<&Child>, Vec<_>) = one
            .children
            .iter()
            .partition(|child| matches!(child.mode.value, Mode::Tunnel | Mode::Transport));
        for child in &lost {
            let inner = escaped(child.name.value.as_bytes());
            let line = format!("connection {name}: child {inner}: all of it");
            self.unsaid.push(line);
        }
        if kept.is_empty() && !lost.is_empty() || self.entries.len() >= ENTRIES_MAX {
            return self.unsaid.push(format!("connection {name}: all of it"));
        }
        let bare = Connection {
            children: Vec::new(),
            proposals: match one.versions.value {
                Versions::V1 => alternatives(&one.proposals, true),
                Versions::V2 | Versions::Both => apart(&one.proposals),
            },
            ..one.clone()
        };
        let profile = self.profiles.take(&clean(&one.name.value));
        if kept.is_empty() {
            return self.entry(bare, &[], profile);
        }
        let weight = format!("{bare:?}").len();
        let mut rest = kept.len();
        for (at, group) in kept.chunk_by(|one, two| is_alike(one, two)).enumerate() {
            let cost = if at == 0 { 0 } else { weight };
            if self.entries.len() >= ENTRIES_MAX || !self.takes(cost) {
                let line = format!("connection {name}: its last {rest} children");
                return self.unsaid.push(line);
            }
            rest = rest.saturating_sub(group.len());
            self.entry(bare.clone(), group, profile.clone());
        }
    }

    /// Whether there is room for so much more.
    fn takes(&mut self, cost: usize) -> bool {
        let rest = self.left.checked_sub(cost);
        self.left = rest.unwrap_or(self.left);
        rest.is_some()
    }

    fn entry(&mut self, mut wanted: Connection, group: &[&Child], profile: String) {
        let place = self.places.take(&wanted, group);
        let mut rules = Vec::new();
        for child in group {
            let bare = Child {
                proposals: alternatives(&child.proposals, false),
                ..(*child).clone()
            };
            let dynamic = matches!(place, Place::Dynamic { .. });
            let asked = dynamic && takes_what_is_asked(child);
            let whole = matches!(place, Place::Tunnel { .. }) || asked;
            if whole || child.local.is_empty() || child.remote.is_empty() {
                wanted.children.push(bare);
            } else {
                // A peer that may be anywhere asks for its own address.
                let unknown = dynamic.then_some(AddressRange::ANY_V4);
                self.pairs(&mut wanted, bare, unknown, &mut rules);
            }
        }
        if wanted.children.is_empty() && !group.is_empty() {
            let name = escaped(wanted.name.value.as_bytes());
            return self.unsaid.push(format!("connection {name}: all of it"));
        }
        let list = (!rules.is_empty()).then(|| self.list(&wanted, rules));
        self.entries.push(Entry {
            wanted,
            place,
            profile,
            list,
        });
    }

    /// Makes a line, and a child, of each pair of networks, with `unknown` for
    /// an end whose address is not told.
    fn pairs(
        &mut self,
        wanted: &mut Connection,
        child: Child,
        unknown: Option<AddressRange>,
        rules: &mut Vec<String>,
    ) {
        let name = escaped(wanted.name.value.as_bytes());
        let inner = escaped(child.name.value.as_bytes());
        let name = format!("connection {name}: child {inner}");
        let [local, remote] = [&child.local, &child.remote].map(|side| networks(side));
        let child = Child {
            local: Vec::new(),
            remote: Vec::new(),
            ..child
        };
        let weight = format!("{child:?}").len();
        if local.len() > 1 || remote.len() > 1 {
            let line = format!("{name}: its networks under one SA; written: each pair under one");
            self.unsaid.push(line);
        }
        for one in &local {
            for two in &remote {
                if !self.takes(weight) {
                    return self.unsaid.push(format!("{name}: its last networks"));
                }
                let ends = [(one, only(&wanted.local)), (two, only(&wanted.remote))];
                let [from, to] = ends.map(|(side, end)| {
                    let end = end.and_then(|end| AddressRange::new(end, end));
                    Traffic {
                        addresses: side.value.addresses.or(end).or(unknown),
                        ..side.value
                    }
                });
                let Some(rule) = words::rule(&from, &to) else {
                    let line = format!("{name}: some of its packets: {}", told(&from, &to));
                    self.unsaid.push(line);
                    continue;
                };
                rules.push(rule);
                let (local, remote) = ([one.clone()].into(), [two.clone()].into());
                wanted.children.push(Child {
                    local,
                    remote,
                    ..child.clone()
                });
            }
        }
    }

    /// The name of the list of these lines: that of its child, or of the
    /// connection for several.
    fn list(&mut self, wanted: &Connection, rules: Vec<String>) -> String {
        let mut names = wanted.children.iter().map(|child| &child.name.value);
        let first = names.next().unwrap_or(&wanted.name.value);
        let base = match names.all(|name| name == first) {
            true => clean(first),
            false => clean(&wanted.name.value),
        };
        let number = base.parse::<u32>().unwrap_or(0);
        let extended = (100..200).contains(&number) || (2000..2700).contains(&number);
        let base = match base.starts_with(|c: char| c.is_ascii_digit()) && !extended {
            true => format!("acl-{base}"),
            false => base,
        };
        let key = (base, rules);
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let name = self.list_names.take(&key.0);
        self.lists.push((name.clone(), key.1.clone()));
        self.known.insert(key, name.clone());
        name
    }
}

/// The same packets by networks, which are all the addresses that a line has.
fn networks(side: &[Setting<Traffic>]) -> Vec<Setting<Traffic>> {
    let mut all = Vec::new();
    for one in side {
        let parts = one.value.addresses.map(AddressRange::prefixes);
        for (address, len) in parts.into_iter().flatten() {
            let mut part = one.clone();
            part.value.addresses = AddressRange::from_prefix(address, len);
            all.push(part);
        }
        if one.value.addresses.is_none() {
            all.push(one.clone());
        }
    }
    all
}

fn told(from: &Traffic, to: &Traffic) -> String {
    let [from, to] = [from, to].map(|one| {
        let addresses = one.addresses.map_or_else(
            || "an end without an address".into(),
            |addresses| format!("{addresses}"),
        );
        format!("{addresses}[{}/{}]", one.protocol, one.ports)
    });
    format!("{from} and {to}")
}

/// Whether the packets of both children are protected alike.
fn is_alike(one: &Child, two: &Child) -> bool {
    let times = |of: &Child| {
        let of = &of.lifetimes;
        (of.rekey.value, of.end.value, of.bytes.value)
    };
    one.mode.value == two.mode.value
        && one.compression.value == two.compression.value
        && times(one) == times(two)
        && proposals(one).eq(proposals(two))
}

fn proposals(of: &Child) -> impl Iterator<Item = &Proposal> {
    of.proposals.iter().map(|one| &one.value)
}

fn takes_what_is_asked(child: &Child) -> bool {
    let any = Traffic::of(None);
    let mut sides = child.local.iter().chain(&child.remote);
    sides.all(|one| one.value == any)
}

/// The same proposals with one algorithm of a kind in each; groups too for
/// IKEv1, and with the PRF of its hash.
fn alternatives(list: &[Setting<Proposal>], ikev1: bool) -> Vec<Setting<Proposal>> {
    let mut all = Vec::new();
    for one in list {
        let choices = |kind| -> Vec<Option<&Transform>> {
            let some: Vec<_> = words::of(&one.value, kind).map(Some).collect();
            if some.is_empty() { [None].into() } else { some }
        };
        let [ciphers, hashes] = [TransformType::ENCR, TransformType::INTEG].map(choices);
        let groups = match ikev1 {
            true => choices(TransformType::KE),
            false => [None].into(),
        };
        for cipher in &ciphers {
            for hash in &hashes {
                let hash = hash.filter(|_| !cipher.is_some_and(is_aead));
                for group in &groups {
                    let chosen = [*cipher, hash, *group];
                    let made = Setting {
                        value: with(&one.value, &chosen, ikev1),
                        origin: one.origin,
                    };
                    if all.len() < PROPOSALS_MAX && !all.contains(&made) {
                        all.push(made);
                    }
                }
            }
        }
    }
    all
}

/// A proposal with these algorithms in place of all of their kinds.
fn with(proposal: &Proposal, chosen: &[Option<&Transform>], ikev1: bool) -> Proposal {
    let hash = chosen.iter().flatten().find_map(|one| prf_of(one));
    let keep = |one: &&Transform| match one.kind {
        TransformType::ENCR | TransformType::INTEG => false,
        TransformType::KE => !ikev1,
        TransformType::PRF => !ikev1 || hash.is_none_or(|hash| hash == **one),
        _ => true,
    };
    let rest = proposal.transforms.iter().filter(keep);
    let transforms = chosen.iter().copied().flatten().chain(rest).copied();
    Proposal {
        transforms: transforms.collect(),
        ..proposal.clone()
    }
}

/// The same proposals of IKEv2, AEAD ciphers apart from others.
fn apart(list: &[Setting<Proposal>]) -> Vec<Setting<Proposal>> {
    let mut all = Vec::new();
    for one in list {
        let ciphers = || words::of(&one.value, TransformType::ENCR);
        if ciphers().all(is_aead) || !ciphers().any(is_aead) {
            all.push(one.clone());
            continue;
        }
        for aead in [true, false] {
            let mut part = one.clone();
            part.value.transforms.retain(|one| match one.kind {
                TransformType::ENCR => is_aead(one) == aead,
                TransformType::INTEG => !aead,
                _ => true,
            });
            all.push(part);
        }
    }
    all
}

/// Entries of one file, as many as are read.
const ENTRIES_MAX: usize = 4096;

/// Proposals of one connection or child, its alternatives apart.
const PROPOSALS_MAX: usize = 64;

/// What is written again for the networks and groups of children, in bytes of
/// its description.
const COPIED_MAX: usize = 32 << 20;
