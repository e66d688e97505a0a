//! The tunnels of a Junos configuration: a gateway is a connection, the VPNs
//! that name it and their traffic selectors are its children.

use super::algorithms;
use super::objects::{Class, Objects};
use crate::config::algorithms::{complete, numbered};
use crate::config::model::{
    Attachment, Authentication, Child, Connection, Fragmentation, Host, Identity, Lifetimes,
    Method, Model, NatTraversal, Phase1, SecretKind, SecretNote, Setting, SharedSecret, Traffic,
    Versions,
};
use crate::config::values::{self, Faults};
use crate::config::words::{Object, Word};
use crate::config::{ConfigErrorKind, Span, Spanned};
use crate::sa::proposal::{Proposal, Transform};
use crate::sa::selector::AddressRange;
use crate::sorted::{self, Map};
use crate::time::Duration;
use crate::wire::registry::ike::{ProtocolId, TransformType};
use alloc::vec::Vec;

pub(super) fn fill(objects: &Objects<'_>, model: &mut Model, faults: &mut Faults) {
    let mut places = Map::new();
    for gateway in objects.each(Class::Gateway) {
        places.insert(gateway.name.text, model.connections.len());
        let policy = refer(objects, Class::IkePolicy, gateway, &["ike-policy"], faults);
        let connection = connection(gateway, policy, objects, faults);
        if let Some(policy) = policy {
            model.secrets.extend(secret(policy, &connection));
        }
        model.connections.push(connection);
    }
    for vpn in objects.each(Class::Vpn) {
        let Some(name) = vpn.value(&["ike", "gateway"]) else {
            continue;
        };
        let at = places.get(name.value).copied();
        match at.and_then(|at| model.connections.get_mut(at)) {
            Some(connection) => children(vpn, objects, connection, faults),
            None => faults.note(name.span, ConfigErrorKind::NoSuchSection),
        }
    }
}

/// What an object names behind `path`; a fault when it is not there.
fn refer<'o, 'a>(
    objects: &'o Objects<'a>,
    class: Class,
    object: &Object<'_>,
    path: &[&str],
    faults: &mut Faults,
) -> Option<&'o Object<'a>> {
    let name = object.value(path)?;
    let found = objects.get(class, name.value);
    if found.is_none() {
        faults.note(name.span, ConfigErrorKind::NoSuchSection);
    }
    found
}

fn connection(
    gateway: &Object<'_>,
    policy: Option<&Object<'_>>,
    objects: &Objects<'_>,
    faults: &mut Faults,
) -> Connection {
    let mut connection = Connection::new(gateway.name.owned());
    connection.versions =
        faults.setting(
            gateway.value(&["version"]),
            Versions::V1,
            |text| match text {
                "v1-only" => Some(Versions::V1),
                "v2-only" => Some(Versions::V2),
                _ => None,
            },
        );
    connection.local.addresses = local_addresses(gateway, objects, faults);
    connection.remote.addresses = remote_addresses(gateway, faults);
    if let Some(span) = gateway.place(&["no-nat-traversal"]) {
        connection.nat_traversal = Setting::written(NatTraversal::Never, span);
    }
    if let Some(span) = gateway.place(&["fragmentation", "disable"]) {
        connection.fragmentation = Setting::written(Fragmentation::No, span);
    }
    connection.dead_peer_detection = dead_peer_detection(gateway, faults);
    if let Some(name) = gateway.value(&["external-interface"]) {
        let interface = Spanned {
            value: name.value.into(),
            span: name.span,
        };
        connection.attachment = Attachment::At([interface].into());
    }
    let ike = policy.map(|policy| ike(policy, objects, faults));
    let ike = ike.unwrap_or_default();
    connection.proposals = ike.proposals;
    connection.lifetimes.end = ike.lifetime;
    connection.lifetimes.rekey = connection.lifetimes.end.clone();
    if let Some(policy) = policy {
        connection.phase1 = faults.setting(policy.value(&["mode"]), Phase1::Main, phase1);
        let every = policy.value(&["reauth-frequency"]);
        let every = faults.setting(every, None, values::count);
        let life = connection.lifetimes.end.value;
        let time = every
            .value
            .zip(life)
            .map(|(count, life)| Duration::from_secs(life.as_secs().saturating_mul(count)));
        connection.reauthentication = Setting {
            value: time,
            origin: every.origin,
        };
    }
    authentication(gateway, ike.methods, &mut connection, faults);
    connection
}

/// `local-address`, else the address of the external interface.
fn local_addresses(
    gateway: &Object<'_>,
    objects: &Objects<'_>,
    faults: &mut Faults,
) -> Vec<Setting<Host>> {
    let written = gateway.value(&["local-address"]);
    if written.is_some() {
        return [faults.setting(written, Host::Any, values::host)].into();
    }
    let interface = gateway.value(&["external-interface"]).map(|name| {
        let name = name.value;
        let unit = if name.contains('.') { "" } else { ".0" };
        [name, unit].concat()
    });
    let address = interface.and_then(|name| objects.interfaces.get(&name).cloned());
    [address.unwrap_or(Setting::by_default(Host::Any))].into()
}

fn remote_addresses(gateway: &Object<'_>, faults: &mut Faults) -> Vec<Setting<Host>> {
    let mut hosts = Vec::new();
    for word in gateway.all(&["address"]).flatten() {
        hosts.push(faults.setting(Some(word.spanned()), Host::Any, values::host));
    }
    if let Some(span) = gateway.place(&["dynamic"]) {
        hosts.push(Setting::written(Host::Any, span));
    }
    if hosts.is_empty() {
        hosts.push(Setting::by_default(Host::Any));
    }
    hosts
}

fn dead_peer_detection(gateway: &Object<'_>, faults: &mut Faults) -> Setting<Option<Duration>> {
    let Some(span) = gateway.place(&["dead-peer-detection"]) else {
        return Setting::by_default(None);
    };
    let interval = gateway.value(&["dead-peer-detection", "interval"]);
    match interval {
        Some(_) => faults.setting(interval, Some(DPD), values::duration),
        None => Setting::written(Some(DPD), span),
    }
}

fn authentication(
    gateway: &Object<'_>,
    methods: Setting<Vec<Method>>,
    connection: &mut Connection,
    faults: &mut Faults,
) {
    let signs = methods.value.contains(&Method::Signature);
    let mine = identity(gateway, &["local-identity"], faults).unwrap_or_else(|| {
        Setting::by_default(match connection.local.addresses.first() {
            Some(Setting {
                value: Host::At(range),
                ..
            }) => Identity::Address(range.low()),
            _ if signs => Identity::FromCertificate,
            _ => Identity::Any,
        })
    });
    let theirs = identity(gateway, &["remote-identity"], faults)
        .or_else(|| identity(gateway, &["dynamic"], faults));
    let theirs = theirs.unwrap_or_else(|| {
        let any = gateway.place(&["general-ikeid"]);
        match (any, connection.remote.addresses.first()) {
            (Some(span), _) => Setting::written(Identity::Any, span),
            (
                None,
                Some(Setting {
                    value: Host::At(range),
                    ..
                }),
            ) => Setting::by_default(Identity::Address(range.low())),
            _ => Setting::by_default(Identity::Any),
        }
    });
    let mut remote = Vec::from([Authentication::new(methods.clone(), theirs)]);
    connection.local.authentication = [Authentication::new(methods, mine)].into();
    let extended = gateway
        .place(&["xauth"])
        .or_else(|| gateway.place(&["aaa"]));
    if let Some(span) = extended {
        let client = gateway.value(&["aaa", "client", "username"]);
        let identity = faults.setting(client, Identity::Any, |text| {
            Some(Identity::UserFqdn(text.into()))
        });
        let v1 = connection.versions.value == Versions::V1;
        let method = if v1 { Method::Xauth } else { Method::Eap };
        let round = Authentication::new(Setting::written([method].into(), span), identity);
        match (client, v1) {
            (Some(_), _) => connection.local.authentication.push(round),
            (None, true) => remote.push(round),
            (None, false) => remote = [round].into(),
        }
    }
    connection.remote.authentication = remote;
}

/// `hostname x`, `inet 192.0.2.1`, `distinguished-name container …`.
fn identity(gateway: &Object<'_>, path: &[&str], faults: &mut Faults) -> Option<Setting<Identity>> {
    let lines = gateway.all(path);
    for line in lines {
        let [kind, rest @ ..] = line else {
            continue;
        };
        let Some(word) = rest.last() else {
            match kind.text {
                "distinguished-name" => {
                    return Some(Setting::written(Identity::FromCertificate, kind.span));
                }
                _ => continue,
            }
        };
        let text = word.text;
        let identity = match kind.text {
            "hostname" => Identity::Fqdn(text.into()),
            "user-at-hostname" => Identity::UserFqdn(text.into()),
            "key-id" => Identity::KeyId(text.into()),
            "distinguished-name" => Identity::DistinguishedName(text.into()),
            "inet" | "inet6" => match text.parse() {
                Ok(address) => Identity::Address(address),
                Err(_) => {
                    faults.note(word.span, ConfigErrorKind::Value);
                    continue;
                }
            },
            _ => continue,
        };
        return Some(Setting::written(identity, word.span));
    }
    None
}

/// What an IKE policy comes to.
struct Ike {
    proposals: Vec<Setting<Proposal>>,
    methods: Setting<Vec<Method>>,
    lifetime: Setting<Option<Duration>>,
}

impl Default for Ike {
    fn default() -> Self {
        Self {
            proposals: Vec::new(),
            methods: Setting::by_default([Method::Psk].into()),
            lifetime: Setting::by_default(Some(IKE_LIFETIME)),
        }
    }
}

fn ike(policy: &Object<'_>, objects: &Objects<'_>, faults: &mut Faults) -> Ike {
    let mut ike = Ike::default();
    if let Some(span) = policy.place(&["certificate"]) {
        ike.methods = Setting::written([Method::Signature].into(), span);
    }
    if let Some(name) = policy.value(&["proposal-set"]) {
        match algorithms::ike_set(name.value) {
            Some((lists, signs)) => {
                add_all(lists, ProtocolId::IKE, name.span, &mut ike.proposals);
                if signs {
                    ike.methods = Setting::written([Method::Signature].into(), name.span);
                }
            }
            None => faults.note(name.span, ConfigErrorKind::Value),
        }
    }
    let mut first = true;
    for name in policy.all(&["proposals"]).flatten().take(PROPOSALS_MAX) {
        let Some(proposal) = objects.get(Class::IkeProposal, name.text) else {
            faults.note(name.span, ConfigErrorKind::NoSuchSection);
            continue;
        };
        let method = proposal.value(&["authentication-method"]);
        if core::mem::take(&mut first) {
            let lifetime = proposal.value(&["lifetime-seconds"]);
            ike.lifetime = faults.setting(lifetime, Some(IKE_LIFETIME), values::duration);
            if method.is_some() {
                ike.methods = faults.setting(method, ike.methods.value, self::method);
            }
        }
        let group = one(proposal, "dh-group", algorithms::group, faults);
        add(proposal, ProtocolId::IKE, group, &mut ike.proposals, faults);
    }
    ike
}

/// The algorithm that a key of a proposal names.
fn one(
    proposal: &Object<'_>,
    key: &str,
    read: fn(&str) -> Option<Transform>,
    faults: &mut Faults,
) -> Option<Transform> {
    let word = proposal.value(&[key])?;
    let found = read(word.value);
    if found.is_none() {
        faults.note(word.span, ConfigErrorKind::Algorithm);
    }
    found
}

/// Adds what a proposal comes to, at the place of its first algorithm; not one
/// with a name that is unknown.
fn add(
    proposal: &Object<'_>,
    protocol: ProtocolId,
    group: Option<Transform>,
    proposals: &mut Vec<Setting<Proposal>>,
    faults: &mut Faults,
) {
    let before = faults.0.len();
    let cipher = one(
        proposal,
        "encryption-algorithm",
        algorithms::encryption,
        faults,
    );
    let hash = one(
        proposal,
        "authentication-algorithm",
        algorithms::authentication,
        faults,
    );
    let esn = proposal.place(&["extended-sequence-number"]);
    let esn = esn.map(|_| Transform::new(TransformType::ESN, 1));
    let key = ["encryption-algorithm", "authentication-algorithm"]
        .iter()
        .find_map(|key| proposal.value(&[key]));
    let span = key.map_or(proposal.name.span, |found| found.span);
    let written = [cipher, hash, esn].into_iter().flatten().collect();
    if faults.0.len() == before {
        let mut transforms = complete(written, protocol);
        transforms.extend(group);
        let proposal = numbered(protocol, transforms, proposals);
        proposals.push(Setting::written(proposal, span));
    }
}

fn add_all(
    lists: Vec<Vec<Transform>>,
    protocol: ProtocolId,
    span: Span,
    proposals: &mut Vec<Setting<Proposal>>,
) {
    for transforms in lists {
        let proposal = numbered(protocol, complete(transforms, protocol), proposals);
        proposals.push(Setting::written(proposal, span));
    }
}

fn secret(policy: &Object<'_>, connection: &Connection) -> Option<SecretNote> {
    let span = policy.place(&["pre-shared-key"])?;
    let mut note = SecretNote::new(SecretKind::Psk, None, span);
    let plain = |word: &&Word<'_>| !word.text.starts_with("$9$") && !word.text.starts_with("$8$");
    let value = policy
        .rest(&["pre-shared-key", "ascii-text"])
        .and_then(<[_]>::first);
    if let Some(word) = value.filter(plain) {
        let bytes = word.bytes('\\');
        note.len = Some(bytes.len());
        note.value = Some(SharedSecret::new(bytes));
    }
    let peer = connection.remote.authentication.first();
    let peer = peer.map(|round| round.identity.clone());
    note.owners = peer
        .filter(|peer| peer.value != Identity::Any)
        .into_iter()
        .collect();
    Some(note)
}

fn children(
    vpn: &Object<'_>,
    objects: &Objects<'_>,
    connection: &mut Connection,
    faults: &mut Faults,
) {
    let policy = refer(
        objects,
        Class::IpsecPolicy,
        vpn,
        &["ike", "ipsec-policy"],
        faults,
    );
    let mut child = Child::new(vpn.name.owned());
    child.lifetimes.end = Setting::by_default(Some(LIFETIME));
    if let Some(policy) = policy {
        protection(policy, objects, &mut child, faults);
    }
    child.lifetimes.rekey = child.lifetimes.end.clone();
    let idle = vpn.value(&["ike", "idle-time"]);
    if idle.is_some() {
        connection.idle_timeout = faults.setting(idle, None, values::duration);
    }
    if let Some(span) = vpn.place(&["udp-encapsulate"]) {
        connection.nat_traversal = Setting::written(NatTraversal::Always, span);
    }
    let proxy = |key| vpn.value(&["ike", "proxy-identity", key]);
    child.local = [traffic(proxy("local"), faults)].into();
    child.remote = [traffic(proxy("remote"), faults)].into();
    let selectors = selectors(vpn);
    if selectors.is_empty() {
        connection.children.push(child);
        return;
    }
    for (_, (name, sides)) in selectors {
        let [local, remote] = sides.map(|side| traffic(side, faults));
        connection.children.push(Child {
            name: name.owned(),
            local: [local].into(),
            remote: [remote].into(),
            ..child.clone()
        });
    }
}

type Sides<'a> = [Option<Spanned<&'a str>>; 2];

/// The traffic selectors of a VPN, in order.
fn selectors<'a>(vpn: &Object<'a>) -> Vec<(usize, (Word<'a>, Sides<'a>))> {
    let mut by_name: Map<&str, (usize, (Word<'_>, Sides<'_>))> = Map::new();
    for line in vpn.all(&["traffic-selector"]) {
        let [name, key, value, ..] = line else {
            continue;
        };
        let order = by_name.len();
        if order >= SELECTORS_MAX && !by_name.contains_key(name.text) {
            continue;
        }
        let entry = by_name
            .entry(name.text)
            .or_insert((order, (*name, [None, None])));
        let [local, remote] = &mut entry.1.1;
        match key.text {
            "local-ip" => *local = Some(value.spanned()),
            "remote-ip" => *remote = Some(value.spanned()),
            _ => {}
        }
    }
    let mut all: Vec<_> = by_name.into_values().collect();
    sorted::by_key(&mut all, |(order, _)| *order);
    all
}

fn traffic(found: Option<Spanned<&str>>, faults: &mut Faults) -> Setting<Traffic> {
    let any = Traffic::of(Some(AddressRange::ANY_V4));
    faults.setting(found, any, |text| {
        Some(Traffic::of(Some(text.parse().ok()?)))
    })
}

/// The proposals of an IPsec policy and the lifetime that the first has.
fn protection(policy: &Object<'_>, objects: &Objects<'_>, child: &mut Child, faults: &mut Faults) {
    let group = policy.value(&["perfect-forward-secrecy", "keys"]);
    let group = faults.setting(group, None, |text| algorithms::group(text).map(Some));
    if let Some(name) = policy.value(&["proposal-set"]) {
        match algorithms::ipsec_set(name.value) {
            Some(lists) => add_all(lists, ProtocolId::ESP, name.span, &mut child.proposals),
            None => faults.note(name.span, ConfigErrorKind::Value),
        }
        for proposal in &mut child.proposals {
            if let Some(group) = group.value {
                let transforms = &mut proposal.value.transforms;
                transforms.retain(|one| one.kind != TransformType::KE);
                transforms.push(group);
            }
        }
    }
    let mut first = true;
    for name in policy.all(&["proposals"]).flatten().take(PROPOSALS_MAX) {
        let Some(proposal) = objects.get(Class::IpsecProposal, name.text) else {
            faults.note(name.span, ConfigErrorKind::NoSuchSection);
            continue;
        };
        if core::mem::take(&mut first) {
            child.lifetimes = lifetimes(proposal, faults);
        }
        let protocol =
            faults.setting(
                proposal.value(&["protocol"]),
                ProtocolId::ESP,
                |text| match text {
                    "esp" => Some(ProtocolId::ESP),
                    "ah" => Some(ProtocolId::AH),
                    _ => None,
                },
            );
        let proposals = &mut child.proposals;
        add(proposal, protocol.value, group.value, proposals, faults);
    }
}

fn lifetimes(proposal: &Object<'_>, faults: &mut Faults) -> Lifetimes {
    let end = proposal.value(&["lifetime-seconds"]);
    let mut bytes = faults.setting(proposal.value(&["lifetime-kilobytes"]), None, values::count);
    bytes.value = bytes.value.map(|count| count.saturating_mul(1024));
    Lifetimes {
        end: faults.setting(end, Some(LIFETIME), values::duration),
        bytes,
        ..Lifetimes::NONE
    }
}

fn phase1(text: &str) -> Option<Phase1> {
    match text {
        "main" => Some(Phase1::Main),
        "aggressive" => Some(Phase1::Aggressive),
        _ => None,
    }
}

fn method(text: &str) -> Option<Vec<Method>> {
    match text {
        "pre-shared-keys" => Some([Method::Psk].into()),
        "certificates" | "digital-signature" | "dsa-signatures" | "rsa-signatures" => {
            Some([Method::Signature].into())
        }
        _ if text.starts_with("ecdsa-signatures-") => Some([Method::Signature].into()),
        _ => None,
    }
}

const IKE_LIFETIME: Duration = Duration::from_secs(28_800);

const LIFETIME: Duration = Duration::from_secs(3600);

const DPD: Duration = Duration::from_secs(10);

/// Proposals that a policy names.
const PROPOSALS_MAX: usize = 255;

/// Traffic selectors of one VPN.
pub(super) const SELECTORS_MAX: usize = 1000;
