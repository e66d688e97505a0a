//! The connections of a device: an entry of a crypto map is one, and so is a
//! tunnel interface with a profile.

use super::groups::{IDLE, THRESHOLD, TunnelGroup};
use super::{Device, Interface, Set};
use crate::config::cisco::access;
use crate::config::cisco::algorithms::{cipher, group, hash, numbered, with_prfs};
use crate::config::cisco::entry::{BYTES, Entry};
use crate::config::cisco::policy::{IKE_LIFETIME, Policy};
use crate::config::cisco::shelf::Shelf;
use crate::config::model::{
    Attachment, Authentication, Child, Connection, Host, Identity, Method, Mode, Model,
    NatTraversal, Phase1, Setting, Traffic, Versions,
};
use crate::config::values::Faults;
use crate::config::{ConfigErrorKind, Span, Spanned};
use crate::sa::proposal::{Proposal, Transform};
use crate::sa::selector::AddressRange;
use crate::time::Duration;
use crate::wire::registry::ike::ProtocolId;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::net::IpAddr;

/// Builds all connections.
pub(super) fn build(device: &Device, model: &mut Model, faults: &mut Faults) {
    let policies = device.ikev1.values().take(POLICIES_MAX);
    model.filled.extend(policies.flat_map(Policy::filled));
    let mut builder = Builder {
        device,
        dynamic: BTreeMap::new(),
        children: 0,
        model,
        faults,
    };
    for entry in device.dynamic.iter() {
        let entries = builder.dynamic.entry(map_of(entry)).or_default();
        if entries.len() < DYNAMIC_MAX {
            entries.push(entry);
        }
    }
    for entry in device.maps.iter() {
        builder.map(entry);
    }
    for interface in &device.interfaces {
        builder.tunnel(interface);
    }
}

struct Builder<'d, 'm> {
    device: &'d Device,
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
        let bound = self
            .device
            .bound
            .get(map_of(entry))
            .cloned()
            .unwrap_or_default();
        let addresses = bound
            .iter()
            .filter_map(|name| self.device.address(&name.value));
        let local: Vec<_> = addresses.filter_map(host).collect();
        let attachment = if bound.is_empty() {
            Attachment::Nowhere
        } else {
            Attachment::At(bound)
        };
        let Some(dynamic) = &entry.dynamic else {
            let connection = self.connection(entry, entry.name.clone(), local, attachment);
            self.model.connections.push(connection);
            return;
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
            let mut connection = self.connection(one, name, local.clone(), attachment.clone());
            for child in connection.children.iter_mut().filter(|_| one.acl.is_none()) {
                // It takes what it is asked for.
                child.local.push(Setting::by_default(Traffic::of(None)));
                child.remote.push(Setting::by_default(Traffic::of(None)));
            }
            if !self.is_full(one.name.span) {
                self.model.connections.push(connection);
            }
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
        &self,
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
        connection.fragmentation = device.fragmentation.clone();
        connection.nat_traversal = match entry.no_nat_traversal {
            Some(span) => Setting::written(NatTraversal::Never, span),
            None => device.nat_traversal.clone(),
        };
        if let Some(span) = entry.aggressive {
            connection.phase1 = Setting::written(Phase1::Aggressive, span);
        }
        connection.versions = versions(entry);
        let peer = device.group_of(entry);
        connection.proposals = device.offered(connection.versions.value);
        connection.lifetimes.end = device.lifetime(connection.versions.value);
        device.authenticate(&mut connection, peer);
        let asked = peer.and_then(|group| group.dead_peer_detection.clone());
        connection.dead_peer_detection = asked.unwrap_or(Setting::by_default(Some(THRESHOLD)));
        let policy = peer.and_then(|group| device.policies.get(&group.policy.as_ref()?.value));
        let idle = entry.idle.clone().or_else(|| policy?.idle.clone());
        connection.idle_timeout = idle.unwrap_or(Setting::by_default(Some(IDLE)));
        connection
    }

    /// The sets of these names; one that is not there is noted.
    fn sets(&mut self, names: &[Spanned<String>], shelf: &'d Shelf<Set>) -> Vec<&'d Set> {
        let found = names.iter().filter_map(|name| {
            let set = shelf.get(&name.value);
            if set.is_none() {
                self.faults.note(name.span, ConfigErrorKind::NoSuchSection);
            }
            set
        });
        found.collect()
    }

    /// What all children of an entry have in common.
    fn child(&mut self, entry: &Entry, name: &Spanned<String>) -> Child {
        let device = self.device;
        let mut child = Child::new(name.clone());
        let mut sets = self.sets(&entry.proposals, &device.proposals);
        sets.extend(self.sets(&entry.sets, &device.sets));
        let pfs = entry
            .pfs
            .as_ref()
            .and_then(|pfs| pfs.value.or_else(|| device.default_group()));
        let proposals = sets.iter().enumerate().map(|(before, set)| {
            let proposal: Proposal = set.protection.proposal(before, pfs);
            Setting::written(proposal, set.span)
        });
        child.proposals = proposals.collect();
        if let Some(span) = sets.first().and_then(|first| first.transport) {
            child.mode = Setting::written(Mode::Transport, span);
        }
        let (own, all) = (&entry.limits, &device.limits);
        let seconds = own.seconds.as_ref().or(all.seconds.as_ref()).cloned();
        let bytes = own.bytes.as_ref().or(all.bytes.as_ref()).cloned();
        child.lifetimes.end = seconds.unwrap_or(Setting::by_default(Some(SA_LIFETIME)));
        child.lifetimes.bytes = bytes.unwrap_or(Setting::by_default(Some(BYTES)));
        child
    }

    /// A child for each pair of the access list's rules that let pass.
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
    fn tunnel(&mut self, interface: &Interface) {
        let tunnel = &interface.tunnel;
        let Some(profile) = &tunnel.profile else {
            return;
        };
        if self.is_full(profile.span) {
            return;
        }
        let Some(known) = self.device.profiles.get(&profile.value) else {
            return self
                .faults
                .note(profile.span, ConfigErrorKind::NoSuchSection);
        };
        let mut entry = known.clone();
        entry.peers = tunnel.destination.iter().cloned().collect();
        let source = tunnel
            .source
            .as_ref()
            .and_then(|name| self.device.address(&name.value));
        let local = source.and_then(host).into_iter().collect();
        let peers = entry.peers.clone();
        let mut connection = self.outline(&entry, interface.name.clone(), local, peers);
        connection.attachment = Attachment::At(Vec::from([Spanned {
            value: interface.name.value.clone(),
            span: profile.span,
        }]));
        let mut child = self.child(&entry, &connection.name);
        let any = || Setting::by_default(Traffic::of(Some(AddressRange::ANY_V4)));
        child.local.push(any());
        child.remote.push(any());
        connection.children.push(child);
        self.model.connections.push(connection);
    }
}

impl Device {
    /// The tunnel group of an entry's first peer.
    fn group_of(&self, entry: &Entry) -> Option<&TunnelGroup> {
        let name = match &entry.peers.first()?.value {
            Host::At(range) => format!("{}", range.low()),
            Host::Named(name) => name.clone(),
            Host::Any => return None,
        };
        self.groups.get(&name)
    }

    /// The group of a release that is not told one.
    fn default_group(&self) -> Option<Transform> {
        let new = self.release.is_none_or(|release| release >= (9, 13));
        group(if new { "14" } else { "2" })
    }

    /// The policies of one version; those of both, IKEv2's first.
    fn offered(&self, versions: Versions) -> Vec<Setting<Proposal>> {
        let mut offered = Vec::new();
        if versions != Versions::V1 {
            for policy in self.ikev2.values().take(POLICIES_MAX) {
                let transforms = with_prfs(policy.transforms.clone());
                let proposal = numbered(offered.len(), ProtocolId::IKE, transforms);
                offered.push(Setting::written(proposal, policy.span));
            }
        }
        let defaults = (cipher("3des", None), hash("sha"), self.default_group());
        if let ((Some(cipher), Some(hash), Some(group)), true) =
            (defaults, versions != Versions::V2)
        {
            for policy in self.ikev1.values().take(POLICIES_MAX) {
                offered.push(policy.proposal(offered.len(), (cipher, hash, group)));
            }
        }
        offered
    }

    fn lifetime(&self, versions: Versions) -> Setting<Option<Duration>> {
        let written = if versions == Versions::V1 {
            self.ikev1
                .values()
                .next()
                .and_then(|first| first.lifetime.clone())
        } else {
            self.ikev2
                .values()
                .next()
                .and_then(|first| first.lifetime.clone())
        };
        written.unwrap_or(Setting::by_default(Some(IKE_LIFETIME)))
    }

    fn authenticate(&self, connection: &mut Connection, peer: Option<&TunnelGroup>) {
        let v1 = self.methods();
        let is_v1 = connection.versions.value == Versions::V1;
        let method = |told: Option<&Setting<Vec<Method>>>| match told {
            Some(told) if !is_v1 => told.clone(),
            _ if is_v1 => v1.clone(),
            _ => Setting::by_default(Vec::from([Method::Psk, Method::Signature])),
        };
        let (local, remote) = (
            method(peer.and_then(|peer| peer.local.as_ref())),
            method(peer.and_then(|peer| peer.remote.as_ref())),
        );
        let address = connection
            .local
            .addresses
            .iter()
            .find_map(|one| match one.value {
                Host::At(range) => Some(Identity::Address(range.low())),
                Host::Any | Host::Named(_) => None,
            });
        let address = address.unwrap_or(Identity::Any);
        let own = match &self.identity {
            Some(kind) if kind.value == "address" => Setting::written(address, kind.span),
            Some(kind) if kind.value == "auto" && local.value == [Method::Psk] => {
                Setting::written(address, kind.span)
            }
            Some(kind) => Setting::written(Identity::Any, kind.span),
            None if local.value == [Method::Psk] => Setting::by_default(address),
            None => Setting::by_default(Identity::Any),
        };
        connection
            .local
            .authentication
            .push(Authentication::new(local, own));
        let any = Setting::by_default(Identity::Any);
        connection
            .remote
            .authentication
            .push(Authentication::new(remote, any));
    }

    /// The methods of all policies of IKEv1, at the first that is written.
    fn methods(&self) -> Setting<Vec<Method>> {
        let policies = self.ikev1.values().take(POLICIES_MAX);
        let mut methods = Vec::new();
        for policy in policies.clone() {
            let method = policy.method.as_ref().map_or(Method::Psk, |one| one.value);
            if !methods.contains(&method) {
                methods.push(method);
            }
        }
        if methods.is_empty() {
            methods.push(Method::Psk);
        }
        let written = policies
            .filter_map(|policy| policy.method.as_ref()?.span())
            .next();
        match written {
            Some(span) => Setting::written(methods, span),
            None => Setting::by_default(methods),
        }
    }
}

/// The versions that an entry has proposals for.
fn versions(entry: &Entry) -> Setting<Versions> {
    let first = |names: &[Spanned<String>]| names.first().map(|name| name.span);
    match (first(&entry.sets), first(&entry.proposals)) {
        (Some(_), Some(span)) => Setting::written(Versions::Both, span),
        (None, Some(span)) => Setting::written(Versions::V2, span),
        (Some(span), None) => Setting::written(Versions::V1, span),
        (None, None) => Setting::by_default(Versions::V1),
    }
}

fn host(address: &Setting<IpAddr>) -> Option<Setting<Host>> {
    let range = AddressRange::new(address.value, address.value)?;
    Some(Setting {
        value: Host::At(range),
        origin: address.origin,
    })
}

/// The name of the map that an entry is of.
fn map_of(entry: &Entry) -> &str {
    entry
        .name
        .value
        .rsplit_once(' ')
        .map_or("", |(name, _)| name)
}

/// Of an IPsec SA: eight hours.
const SA_LIFETIME: Duration = Duration::from_secs(28_800);

/// Connections of one file.
pub(super) const CONNECTIONS_MAX: usize = 4096;

/// Children of one file that come from access lists.
pub(super) const CHILDREN_MAX: usize = 20_000;

/// Policies of one version that are offered.
const POLICIES_MAX: usize = 64;

/// Entries of one dynamic map.
const DYNAMIC_MAX: usize = 64;
