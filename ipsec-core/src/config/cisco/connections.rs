//! Connections out of crypto maps, as both kinds of devices make them: an
//! entry is one, and each pair of networks of its access list a child.

use super::access::{self, Rule};
use super::entry::{BYTES, Entry, Limits};
use super::shelf::Shelf;
use crate::config::model::{Child, Connection, Host, Lifetimes, Model, Setting, Traffic};
use crate::config::values::Faults;
use crate::config::{ConfigErrorKind, Span, Spanned};
use crate::sa::selector::AddressRange;
use crate::sorted::Map;
use crate::time::Duration;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::net::IpAddr;

/// What is made so far.
pub(in crate::config) struct Made<'d, 'm> {
    /// The entries of each dynamic map.
    dynamic: Map<&'d str, Vec<&'d Entry>>,
    children: usize,
    model: &'m mut Model,
    pub(in crate::config) faults: &'m mut Faults,
}

impl<'d, 'm> Made<'d, 'm> {
    /// Nothing yet, of a device with these dynamic maps.
    pub(in crate::config) fn new(
        dynamic: &'d Shelf<Entry>,
        model: &'m mut Model,
        faults: &'m mut Faults,
    ) -> Self {
        let mut maps: Map<&'d str, Vec<&'d Entry>> = Map::new();
        for entry in dynamic.iter() {
            let entries = maps.entry(map_of(entry)).or_default();
            if entries.len() < DYNAMIC_MAX {
                entries.push(entry);
            }
        }
        Self {
            dynamic: maps,
            children: 0,
            model,
            faults,
        }
    }

    /// The entries of a dynamic map, each with its name under `entry`, which
    /// stands for them; without any the map is not there.
    pub(in crate::config) fn standing_for(
        &mut self,
        entry: &Entry,
        dynamic: &Spanned<String>,
    ) -> Vec<(&'d Entry, Spanned<String>)> {
        let entries = self.dynamic.get(&*dynamic.value);
        let entries = entries.map_or(&[][..], Vec::as_slice);
        if entries.is_empty() {
            self.faults
                .note(dynamic.span, ConfigErrorKind::NoSuchSection);
        }
        let named = entries.iter().map(|one| {
            let name = Spanned {
                value: format!("{} {}", entry.name.value, one.name.value),
                span: one.name.span,
            };
            (*one, name)
        });
        named.collect()
    }

    /// Whether there are as many connections as may be.
    pub(in crate::config) fn is_full(&mut self, span: Span) -> bool {
        let full = self.model.connections.len() >= CONNECTIONS_MAX;
        if full {
            let limit = CONNECTIONS_MAX;
            self.faults.note(span, ConfigErrorKind::TooMany { limit });
        }
        full
    }

    pub(in crate::config) fn push(&mut self, connection: Connection) {
        if !self.is_full(connection.name.span) {
            self.model.connections.push(connection);
        }
    }

    /// A child for each pair of networks that the access list of `entry` lets
    /// pass; `rules` are those of the list, where there is one of its name.
    pub(in crate::config) fn children(
        &mut self,
        entry: &Entry,
        child: Child,
        rules: Option<&[Rule]>,
    ) -> Vec<Child> {
        let Some(acl) = &entry.acl else {
            return Vec::from([child]);
        };
        let child = Child {
            name: acl.clone(),
            ..child
        };
        let Some(rules) = rules else {
            self.faults.note(acl.span, ConfigErrorKind::NoSuchSection);
            return Vec::from([child]);
        };
        let mut children = Vec::new();
        for (local, remote) in access::permitted(rules) {
            if self.children >= CHILDREN_MAX {
                let limit = CHILDREN_MAX;
                self.faults
                    .note(acl.span, ConfigErrorKind::TooMany { limit });
                break;
            }
            self.children = self.children.saturating_add(1);
            children.push(Child {
                local: Vec::from([local]),
                remote: Vec::from([remote]),
                ..child.clone()
            });
        }
        children
    }

    /// The things of these names; a name that stands for none is noted.
    pub(in crate::config) fn named<'s, T>(
        &mut self,
        names: &[Spanned<String>],
        shelf: &'s Shelf<T>,
    ) -> Vec<&'s T> {
        let found = names.iter().filter_map(|name| {
            let found = shelf.get(&name.value);
            if found.is_none() {
                self.faults.note(name.span, ConfigErrorKind::NoSuchSection);
            }
            found
        });
        found.collect()
    }
}

/// Lets the children of a dynamic map's entry without an access list take what
/// they are asked for.
pub(in crate::config) fn take_what_is_asked(connection: &mut Connection) {
    for child in &mut connection.children {
        child.local.push(Setting::by_default(Traffic::of(None)));
        child.remote.push(Setting::by_default(Traffic::of(None)));
    }
}

/// The limits of an entry, else those of the device, else `seconds` and the
/// bytes that both kinds of devices fill in.
pub(in crate::config) fn limit(
    lifetimes: &mut Lifetimes,
    own: &Limits,
    all: &Limits,
    seconds: Duration,
) {
    let written = own.seconds.as_ref().or(all.seconds.as_ref()).cloned();
    lifetimes.end = written.unwrap_or(Setting::by_default(Some(seconds)));
    let written = own.bytes.as_ref().or(all.bytes.as_ref()).cloned();
    lifetimes.bytes = written.unwrap_or(Setting::by_default(Some(BYTES)));
}

/// These hosts, or any when none is written.
pub(in crate::config) fn or_any(hosts: Vec<Setting<Host>>) -> Vec<Setting<Host>> {
    if hosts.is_empty() {
        Vec::from([Setting::by_default(Host::Any)])
    } else {
        hosts
    }
}

pub(in crate::config) fn host(address: &Setting<IpAddr>) -> Option<Setting<Host>> {
    let range = AddressRange::new(address.value, address.value)?;
    Some(Setting {
        value: Host::At(range),
        origin: address.origin,
    })
}

/// The name of the map that an entry is of.
pub(in crate::config) fn map_of(entry: &Entry) -> &str {
    let name = entry.name.value.rsplit_once(' ');
    name.map_or("", |(name, _)| name)
}

/// Connections of one file.
pub(in crate::config) const CONNECTIONS_MAX: usize = 4096;

/// Children of one file that come from access lists.
pub(in crate::config) const CHILDREN_MAX: usize = 20_000;

/// Entries of one dynamic map.
const DYNAMIC_MAX: usize = 64;
