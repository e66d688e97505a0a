//! The connections of a device: an entry of a crypto map is one, and so is a
//! tunnel interface with a profile.

use super::interface::{Interface, Kind};
use super::{Device, TransformSet, defaults};
use crate::config::cisco::access;
use crate::config::cisco::entry::{BYTES, Entry};
use crate::config::model::{Attachment, Child, Connection, Host, Mode, Model, Setting, Traffic};
use crate::config::values::Faults;
use crate::config::{ConfigErrorKind, Span, Spanned};
use crate::sa::proposal::Proposal;
use crate::sa::selector::AddressRange;
use crate::wire::registry::ip::Protocol;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::net::IpAddr;

/// Builds all connections; binds access lists to interfaces before.
pub(super) fn build(device: &Device, model: &mut Model, faults: &mut Faults) {
    model.secrets.extend(device.ikev2.secrets());
    model.filled.extend(device.ikev1.filled());
    let mut builder = Builder {
        device,
        bound: BTreeMap::new(),
        dynamic: BTreeMap::new(),
        children: 0,
        model,
        faults,
    };
    for interface in device.interfaces.iter() {
        if let Some(map) = &interface.crypto_map {
            let name = Spanned {
                value: interface.name.value.clone(),
                span: map.span,
            };
            let bound = builder.bound.entry(&map.value).or_default();
            if bound.len() < INTERFACES_MAX {
                bound.push((interface, name));
            }
        }
    }
    for entry in device.dynamic.iter() {
        let entries = builder.dynamic.entry(map_of(entry)).or_default();
        if entries.len() < DYNAMIC_MAX {
            entries.push(entry);
        }
    }
    for entry in device.maps.iter() {
        builder.map(entry);
    }
    for interface in device.interfaces.iter() {
        builder.tunnel(interface);
    }
}

struct Builder<'d, 'm> {
    device: &'d Device,
    /// The interfaces of each crypto map.
    bound: BTreeMap<&'d str, Vec<(&'d Interface, Spanned<String>)>>,
    /// The entries of each dynamic map.
    dynamic: BTreeMap<&'d str, Vec<&'d Entry>>,
    children: usize,
    model: &'m mut Model,
    faults: &'m mut Faults,
}

impl<'d> Builder<'d, '_> {
    fn map(&mut self, entry: &'d Entry) {
        if self.is_full(entry.name.span) {
            return;
        }
        let name = map_of(entry);
        let bound = self.bound.get(name).cloned().unwrap_or_default();
        let attachment = if bound.is_empty() {
            Attachment::Nowhere
        } else {
            Attachment::At(bound.iter().map(|(_, name)| name.clone()).collect())
        };
        let local = self.source(name, &bound);
        let Some(dynamic) = &entry.dynamic else {
            let connection = self.connection(entry, entry.name.clone(), local, attachment);
            return self.push(connection);
        };
        let entries = self
            .dynamic
            .get(&*dynamic.value)
            .cloned()
            .unwrap_or_default();
        if entries.is_empty() {
            self.faults
                .note(dynamic.span, ConfigErrorKind::NoSuchSection);
        }
        for one in entries {
            let name = Spanned {
                value: format!("{} {}", entry.name.value, one.name.value),
                span: one.name.span,
            };
            let any = one.acl.is_none();
            let mut connection = self.connection(one, name, local.clone(), attachment.clone());
            for child in connection.children.iter_mut().filter(|_| any) {
                // It takes what it is asked for.
                child.local.push(Setting::by_default(Traffic::of(None)));
                child.remote.push(Setting::by_default(Traffic::of(None)));
            }
            self.push(connection);
        }
    }

    /// Whether there are as many connections as may be.
    fn is_full(&mut self, span: Span) -> bool {
        let full = self.model.connections.len() >= CONNECTIONS_MAX;
        if full {
            let limit = CONNECTIONS_MAX;
            self.faults.note(span, ConfigErrorKind::TooMany { limit });
        }
        full
    }

    fn push(&mut self, connection: Connection) {
        if !self.is_full(connection.name.span) {
            self.model.connections.push(connection);
        }
    }

    /// The addresses that a crypto map speaks from.
    fn source(&self, map: &str, bound: &[(&Interface, Spanned<String>)]) -> Vec<Setting<Host>> {
        let device = self.device;
        let named = device.sources.get(map).map(|(_, interface)| interface);
        let named = named.and_then(|name| device.interfaces.get(&name.value));
        let interfaces = match named {
            Some(interface) => Vec::from([interface]),
            None => bound.iter().map(|(interface, _)| *interface).collect(),
        };
        let first = interfaces
            .into_iter()
            .filter_map(|one| one.addresses.first());
        first.filter_map(host).collect()
    }

    fn connection(
        &mut self,
        entry: &Entry,
        name: Spanned<String>,
        local: Vec<Setting<Host>>,
        attachment: Attachment,
    ) -> Connection {
        let mut connection = self.outline(entry, name, local, entry.peers.clone());
        connection.attachment = attachment;
        let child = self.child(entry, &connection.name);
        connection.children = self.children(entry, child);
        connection
    }

    /// A connection without its children.
    fn outline(
        &mut self,
        entry: &Entry,
        name: Spanned<String>,
        local: Vec<Setting<Host>>,
        remote: Vec<Setting<Host>>,
    ) -> Connection {
        let device = self.device;
        let or_any = |hosts: Vec<Setting<Host>>| {
            if hosts.is_empty() {
                Vec::from([Setting::by_default(Host::Any)])
            } else {
                hosts
            }
        };
        let mut connection = Connection::new(name);
        connection.local.addresses = or_any(local);
        connection.remote.addresses = or_any(remote);
        connection.nat_traversal = device.nat_traversal.clone();
        connection.fragmentation = Setting::by_default(crate::config::model::Fragmentation::No);
        match &entry.ikev2_profile {
            Some(profile) => {
                device
                    .ikev2
                    .fill(&mut connection, profile, device.major, self.faults);
                connection.fragmentation = device.fragmentation.clone();
            }
            None => {
                let profile = entry.isakmp_profile.as_ref();
                device
                    .ikev1
                    .fill(&mut connection, profile, device.major, self.faults);
            }
        }
        let idle = entry.idle.as_ref().or(device.idle.as_ref());
        connection.idle_timeout = idle.cloned().unwrap_or(Setting::by_default(None));
        connection
    }

    /// What all children of an entry have in common.
    fn child(&mut self, entry: &Entry, name: &Spanned<String>) -> Child {
        let device = self.device;
        let mut child = Child::new(name.clone());
        let sets: Vec<&TransformSet> = entry
            .sets
            .iter()
            .filter_map(|name| {
                let found = device.sets.get(&name.value);
                if found.is_none() {
                    self.faults.note(name.span, ConfigErrorKind::NoSuchSection);
                }
                found
            })
            .collect();
        let pfs = entry
            .pfs
            .as_ref()
            .map(|pfs| pfs.value.unwrap_or(defaults::pfs()));
        let proposals = sets.iter().enumerate();
        child.proposals = proposals
            .map(|(before, set)| Setting::written(set.protection.proposal(before, pfs), set.span))
            .collect();
        if entry.sets.is_empty() {
            let defaults = defaults::transform_sets(device.major)
                .into_iter()
                .enumerate();
            let proposals = defaults.map(|(before, set)| set.proposal(before, pfs));
            child.proposals = proposals.map(Setting::<Proposal>::by_default).collect();
        }
        if let Some(first) = sets.first() {
            if let Some(span) = first.transport {
                child.mode = Setting::written(Mode::Transport, span);
            }
            if first.protection.compressed {
                child.compression = Setting::written(true, first.span);
            }
        }
        let (own, all) = (&entry.limits, &device.limits);
        let seconds = own.seconds.as_ref().or(all.seconds.as_ref()).cloned();
        let bytes = own.bytes.as_ref().or(all.bytes.as_ref()).cloned();
        let default = Setting::by_default(Some(defaults::SA_LIFETIME));
        child.lifetimes.end = seconds.unwrap_or(default);
        child.lifetimes.bytes = bytes.unwrap_or(Setting::by_default(Some(BYTES)));
        child
    }

    /// A child for each rule of the access list that lets pass.
    fn children(&mut self, entry: &Entry, child: Child) -> Vec<Child> {
        let Some(acl) = &entry.acl else {
            return Vec::from([child]);
        };
        let child = Child {
            name: acl.clone(),
            ..child
        };
        let Some(list) = self.device.lists.get(&acl.value) else {
            self.faults.note(acl.span, ConfigErrorKind::NoSuchSection);
            return Vec::from([child]);
        };
        let mut children = Vec::new();
        for (local, remote) in access::permitted(&list.rules) {
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

    /// A tunnel interface with a profile.
    fn tunnel(&mut self, interface: &'d Interface) {
        let tunnel = &interface.tunnel;
        let Some(profile) = &tunnel.profile else {
            return;
        };
        let known = self.device.profiles.get(&profile.value);
        if known.is_none() && profile.value != "default" {
            self.faults
                .note(profile.span, ConfigErrorKind::NoSuchSection);
        }
        let mut entry = known.cloned().unwrap_or(Entry::new(profile.clone()));
        if tunnel.ikev2_profile.is_some() {
            entry.ikev2_profile.clone_from(&tunnel.ikev2_profile);
        }
        let local = self.tunnel_source(interface);
        let remote: Vec<_> = tunnel.destination.iter().cloned().collect();
        let ends = [traffic(tunnel.kind, &local), traffic(tunnel.kind, &remote)];
        let mut connection = self.outline(&entry, interface.name.clone(), local, remote);
        let at = Spanned {
            value: interface.name.value.clone(),
            span: profile.span,
        };
        connection.attachment = Attachment::At(Vec::from([at]));
        let child = self.child(&entry, &connection.name);
        let [local, remote] = ends.map(|end| Vec::from([end]));
        connection.children.push(Child {
            local,
            remote,
            ..child
        });
        self.push(connection);
    }

    /// The address that a tunnel's packets come from.
    fn tunnel_source(&self, interface: &Interface) -> Vec<Setting<Host>> {
        let Some(source) = &interface.tunnel.source else {
            return Vec::new();
        };
        let address = source.value.parse().ok();
        let written = address.map(|address| Setting::written(address, source.span));
        let named = self.device.interfaces.get(&source.value);
        let named = || named.and_then(|one| one.addresses.first().cloned());
        written
            .or_else(named)
            .as_ref()
            .and_then(host)
            .into_iter()
            .collect()
    }
}

fn host(address: &Setting<IpAddr>) -> Option<Setting<Host>> {
    let range = AddressRange::new(address.value, address.value)?;
    Some(Setting {
        value: Host::At(range),
        origin: address.origin,
    })
}

/// What goes through a tunnel: everything, or the GRE packets of its ends.
fn traffic(kind: Kind, ends: &[Setting<Host>]) -> Setting<Traffic> {
    let span = ends.first().and_then(Setting::span);
    let traffic = match kind {
        Kind::Ipv4 => return Setting::by_default(Traffic::of(Some(AddressRange::ANY_V4))),
        Kind::Ipv6 => return Setting::by_default(Traffic::of(Some(AddressRange::ANY_V6))),
        Kind::Gre => {
            let range = ends.first().and_then(|end| match end.value {
                Host::At(range) => Some(range),
                Host::Any | Host::Named(_) => None,
            });
            let mut traffic = Traffic::of(range);
            traffic.protocol = Protocol::GRE.0;
            traffic
        }
    };
    match span {
        Some(span) => Setting::written(traffic, span),
        None => Setting::by_default(traffic),
    }
}

/// The name of the map that an entry is of.
fn map_of(entry: &Entry) -> &str {
    entry
        .name
        .value
        .rsplit_once(' ')
        .map_or("", |(name, _)| name)
}

/// Connections of one file.
pub(super) const CONNECTIONS_MAX: usize = 4096;

/// Children of one file that come from access lists.
pub(super) const CHILDREN_MAX: usize = 20_000;

/// Interfaces that one crypto map is bound to.
const INTERFACES_MAX: usize = 64;

/// Entries of one dynamic map.
const DYNAMIC_MAX: usize = 64;
