//! The connections of a device: an entry of a crypto map is one, and so is a
//! tunnel interface with a profile.

use super::groups::{IDLE, THRESHOLD, TunnelGroup};
use super::{Device, Interface};
use crate::config::cisco::algorithms::{cipher, group, hash, numbered, with_prfs};
use crate::config::cisco::connections::{Made, host, limit, map_of, or_any, take_what_is_asked};
use crate::config::cisco::entry::Entry;
use crate::config::cisco::policy::{IKE_LIFETIME, Policy};
use crate::config::model::{
    Attachment, Authentication, Child, Connection, Host, Identity, Method, Mode, Model,
    NatTraversal, Phase1, Setting, Traffic, Versions,
};
use crate::config::values::Faults;
use crate::config::{ConfigErrorKind, Spanned};
use crate::sa::proposal::{Proposal, Transform};
use crate::sa::selector::AddressRange;
use crate::time::Duration;
use crate::wire::registry::ike::ProtocolId;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// Builds all connections.
pub(super) fn build(device: &Device, model: &mut Model, faults: &mut Faults) {
    let policies = device.ikev1.values().take(POLICIES_MAX);
    model.filled.extend(policies.flat_map(Policy::filled));
    let mut builder = Builder {
        device,
        made: Made::new(&device.dynamic, model, faults),
    };
    for entry in device.maps.iter() {
        builder.map(entry);
    }
    for interface in &device.interfaces {
        builder.tunnel(interface);
    }
}

struct Builder<'d, 'm> {
    device: &'d Device,
    made: Made<'d, 'm>,
}

impl<'d> Builder<'d, '_> {
    fn map(&mut self, entry: &'d Entry) {
        if self.made.is_full(entry.name.span) {
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
        &self,
        entry: &Entry,
        name: Spanned<String>,
        local: Vec<Setting<Host>>,
        remote: Vec<Setting<Host>>,
    ) -> Connection {
        let device = self.device;
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

    /// What all children of an entry have in common.
    fn child(&mut self, entry: &Entry, name: &Spanned<String>) -> Child {
        let device = self.device;
        let mut child = Child::new(name.clone());
        let mut sets = self.made.named(&entry.proposals, &device.proposals);
        sets.extend(self.made.named(&entry.sets, &device.sets));
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
        limit(
            &mut child.lifetimes,
            &entry.limits,
            &device.limits,
            SA_LIFETIME,
        );
        child
    }

    /// A tunnel interface with a profile.
    fn tunnel(&mut self, interface: &Interface) {
        let tunnel = &interface.tunnel;
        let Some(profile) = &tunnel.profile else {
            return;
        };
        if self.made.is_full(profile.span) {
            return;
        }
        let Some(known) = self.device.profiles.get(&profile.value) else {
            return self
                .made
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
        self.made.push(connection);
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

/// Of an IPsec SA: eight hours.
const SA_LIFETIME: Duration = Duration::from_secs(28_800);

/// Policies of one version that are offered.
const POLICIES_MAX: usize = 64;
