//! The connections of a device: an entry of a crypto map is one, and so is a
//! tunnel interface with a profile.

use super::interface::{Interface, Kind};
use super::{Device, TransformSet, defaults};
use crate::config::cisco::connections::{Made, host, limit, map_of, or_any, take_what_is_asked};
use crate::config::cisco::entry::Entry;
use crate::config::model::{Attachment, Child, Connection, Host, Mode, Model, Setting, Traffic};
use crate::config::values::Faults;
use crate::config::{ConfigErrorKind, Spanned};
use crate::sa::proposal::Proposal;
use crate::sa::selector::AddressRange;
use crate::sorted::Map;
use crate::wire::registry::ip::Protocol;
use alloc::string::String;
use alloc::vec::Vec;

/// Builds all connections; binds access lists to interfaces before.
pub(super) fn build(device: &Device, model: &mut Model, faults: &mut Faults) {
    model.secrets.extend(device.ikev2.secrets());
    model.filled.extend(device.ikev1.filled());
    let mut builder = Builder {
        device,
        bound: Map::new(),
        made: Made::new(&device.dynamic, model, faults),
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
    bound: Map<&'d str, Vec<(&'d Interface, Spanned<String>)>>,
    made: Made<'d, 'm>,
}

impl<'d> Builder<'d, '_> {
    fn map(&mut self, entry: &'d Entry) {
        if self.made.is_full(entry.name.span) {
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
            return self.made.push(connection);
        };
        for (one, name) in self.made.standing_for(entry, dynamic) {
            let mut connection = self.connection(one, name, local.clone(), attachment.clone());
            if one.acl.is_none() {
                take_what_is_asked(&mut connection);
            }
            self.made.push(connection);
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
        let list = entry
            .acl
            .as_ref()
            .and_then(|acl| self.device.lists.get(&acl.value));
        let rules = list.map(|list| list.rules.as_slice());
        connection.children = self.made.children(entry, child, rules);
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
        let mut connection = Connection::new(name);
        connection.local.addresses = or_any(local);
        connection.remote.addresses = or_any(remote);
        connection.nat_traversal = device.nat_traversal.clone();
        connection.fragmentation = Setting::by_default(crate::config::model::Fragmentation::No);
        match &entry.ikev2_profile {
            Some(profile) => {
                device
                    .ikev2
                    .fill(&mut connection, profile, device.major, self.made.faults);
                connection.fragmentation = device.fragmentation.clone();
            }
            None => {
                let profile = entry.isakmp_profile.as_ref();
                device
                    .ikev1
                    .fill(&mut connection, profile, device.major, self.made.faults);
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
        let sets: Vec<&TransformSet> = self.made.named(&entry.sets, &device.sets);
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
        let seconds = defaults::SA_LIFETIME;
        limit(&mut child.lifetimes, &entry.limits, &device.limits, seconds);
        child
    }

    /// A tunnel interface with a profile.
    fn tunnel(&mut self, interface: &'d Interface) {
        let tunnel = &interface.tunnel;
        let Some(profile) = &tunnel.profile else {
            return;
        };
        let known = self.device.profiles.get(&profile.value);
        if known.is_none() && profile.value != "default" {
            self.made
                .faults
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
        self.made.push(connection);
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

/// Interfaces that one crypto map is bound to.
const INTERFACES_MAX: usize = 64;
