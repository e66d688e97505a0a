//! The connections of a `racoon.conf`: a `remote` with the policies that lead
//! to it, or with every `sainfo` where none does.

use super::setkey::{self, Rule};
use super::{Reader, Remote, Sainfo, algorithms};
use crate::config::algorithms::{complete, numbered};
use crate::config::lines::{self, Line, Lines};
use crate::config::model::{
    Authentication, Child, Connection, Fragmentation, Host, Identity, Lifetimes, Method, Model,
    NatTraversal, Phase1, Setting, Traffic, Versions,
};
use crate::config::values::{self, Faults};
use crate::config::words::{Object, Word};
use crate::config::{ConfigErrorKind, Span, Spanned};
use crate::sa::proposal::{Proposal, Transform};
use crate::sa::selector::AddressRange;
use crate::sorted::Map;
use crate::time::Duration;
use crate::wire::registry::ike::ProtocolId;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::net::IpAddr;

/// An address, maybe with `[port]` behind it.
pub(super) fn address(text: &str) -> Option<IpAddr> {
    text.split('[').next()?.parse().ok()
}

pub(super) fn fill(reader: &Reader<'_>, model: &mut Model) {
    let mut faults = Faults(reader.faults.0.clone());
    let by_name: Map<&str, &Remote<'_>> = reader
        .remotes
        .iter()
        .map(|remote| (remote.object.name.text, remote))
        .collect();
    let mut places: Map<Option<IpAddr>, usize> = Map::new();
    keep(reader, &mut model.lines);
    for remote in &reader.remotes {
        let layers = layers(remote, &by_name, &mut faults);
        let connection = connection(&layers, &mut faults);
        let at = match connection.remote.addresses.first().map(|host| &host.value) {
            Some(Host::At(range)) => Some(range.low()),
            _ => None,
        };
        places.entry(at).or_insert(model.connections.len());
        model.connections.push(connection);
    }
    let sainfos: Vec<_> = reader
        .sainfos
        .iter()
        .filter_map(|sainfo| Info::of(sainfo, &mut faults))
        .collect();
    let by_sides: Map<[String; 2], &Info> = sainfos
        .iter()
        .rev()
        .map(|info| (key(&info.local, &info.remote), info))
        .collect();
    for rule in &reader.rules {
        model.policies.push(rule.policy.clone());
        let peer = match rule.tunnel {
            Some((_, peer)) => Some(peer),
            None => rule.policy.to.addresses.map(AddressRange::low),
        };
        let at = places.get(&peer).or_else(|| places.get(&None)).copied();
        let connection = at.and_then(|at| model.connections.get_mut(at));
        if let Some(connection) = connection.filter(|_| rule.protects()) {
            add(rule, &by_sides, connection);
        }
    }
    let lonely = model.connections.iter().any(|one| one.children.is_empty());
    let room = CHILDREN_MAX.checked_div(sainfos.len()).unwrap_or(0);
    let without = model
        .connections
        .iter_mut()
        .filter(|one| one.children.is_empty());
    for connection in without.take(room) {
        let children = sainfos.iter().map(|info| info.child(ProtocolId::ESP));
        connection.children.extend(children);
    }
    if lonely
        && room == 0
        && !sainfos.is_empty()
        && let Some(info) = reader.sainfos.first()
    {
        let kind = ConfigErrorKind::TooMany {
            limit: CHILDREN_MAX,
        };
        faults.note(info.object.name.span, kind);
    }
    model.errors = faults.0;
}

/// Keeps the lines that a change may have to write anew.
fn keep(reader: &Reader<'_>, lines: &mut Lines) {
    let remotes = reader.remotes.iter();
    let proposals = reader.remotes.iter().flat_map(|remote| &remote.proposals);
    let sainfos = reader.sainfos.iter().map(|sainfo| &sainfo.object);
    let objects = remotes.map(|remote| &remote.object).chain(proposals);
    for object in objects.chain(sainfos) {
        lines.keep(object, ("", ";"), CHANGED);
    }
    for sainfo in &reader.sainfos {
        let name = sainfo.object.name;
        let line = Line {
            key: "sainfo".into(),
            head: lines::joined(&[name], &sainfo.head),
            value: lines::value(&sainfo.head, name.span),
            end: "",
        };
        lines.push(name.span, line);
    }
}

/// A section and those it inherits from: the first that has a key decides.
struct Layers<'r, 'a>(Vec<&'r Remote<'a>>);

fn layers<'r, 'a>(
    remote: &'r Remote<'a>,
    by_name: &Map<&str, &'r Remote<'a>>,
    faults: &mut Faults,
) -> Layers<'r, 'a> {
    let mut layers = Vec::from([remote]);
    while let Some(last) = layers.last() {
        let parent = match last.head.iter().position(|word| word.text == "inherit") {
            Some(at) => last.head.get(at.saturating_add(1)),
            None => None,
        };
        let Some(parent) = parent else {
            break;
        };
        match by_name.get(parent.text) {
            Some(found) if layers.len() < LAYERS_MAX => layers.push(found),
            Some(_) => {
                let kind = ConfigErrorKind::TooDeep { limit: LAYERS_MAX };
                faults.note(parent.span, kind);
                break;
            }
            None => {
                faults.note(parent.span, ConfigErrorKind::NoSuchSection);
                break;
            }
        }
    }
    Layers(layers)
}

impl<'r, 'a> Layers<'r, 'a> {
    fn rest(&self, key: &str) -> Option<&'r [Word<'a>]> {
        self.0.iter().find_map(|layer| layer.object.rest(&[key]))
    }

    fn value(&self, key: &str) -> Option<Spanned<&'a str>> {
        Some(self.rest(key)?.first()?.spanned())
    }
}

fn connection(layers: &Layers<'_, '_>, faults: &mut Faults) -> Connection {
    let Some(own) = layers.0.first() else {
        return Connection::new(Spanned {
            value: String::new(),
            span: NOWHERE,
        });
    };
    let name = own.object.name;
    let mut connection = Connection::new(name.owned());
    connection.versions = Setting::by_default(Versions::V1);
    connection.phase1 =
        faults.setting(
            layers.value("exchange_mode"),
            Phase1::Main,
            |text| match text {
                "main" | "base" | "ident" => Some(Phase1::Main),
                "aggressive" => Some(Phase1::Aggressive),
                _ => None,
            },
        );
    connection.local.addresses = [Setting::by_default(Host::Any)].into();
    connection.remote.addresses = [remote_address(layers, name)].into();
    let nat = layers.value("nat_traversal");
    connection.nat_traversal = faults.setting(nat, NatTraversal::Never, |text| match text {
        "on" => Some(NatTraversal::WhereSeen),
        "off" => Some(NatTraversal::Never),
        "force" => Some(NatTraversal::Always),
        _ => None,
    });
    connection.dead_peer_detection =
        faults.setting(layers.value("dpd_delay"), None, values::duration);
    let parts = layers.value("ike_frag");
    connection.fragmentation = faults.setting(parts, Fragmentation::No, |text| match text {
        "on" => Some(Fragmentation::Yes),
        "off" => Some(Fragmentation::No),
        "force" => Some(Fragmentation::Force),
        _ => None,
    });
    proposals(layers, &mut connection, faults);
    connection
}

fn remote_address(layers: &Layers<'_, '_>, name: Word<'_>) -> Setting<Host> {
    let written = layers.value("remote_address");
    let (text, span) = written.map_or((name.text, name.span), |found| (found.value, found.span));
    let text = text.split('[').next().unwrap_or(text);
    let host = match values::host(text) {
        Some(Host::Named(_)) if written.is_none() => Host::Any,
        Some(host) => host,
        None => Host::Any,
    };
    Setting::written(host, span)
}

/// The proposals, and how the ends prove who they are: as the first of them
/// says.
fn proposals(layers: &Layers<'_, '_>, connection: &mut Connection, faults: &mut Faults) {
    let with = layers.0.iter().find(|layer| !layer.proposals.is_empty());
    let list = with.map_or(&[][..], |layer| &layer.proposals[..]);
    let mut end = lifetime(layers.rest("lifetime"), IKE_LIFETIME, faults);
    let mut methods = Setting::by_default(Vec::from([Method::Psk]));
    let mut extended = None;
    for (at, proposal) in list.iter().enumerate().take(PROPOSALS_MAX) {
        connection
            .proposals
            .extend(phase1(proposal, connection.proposals.len(), faults));
        if at > 0 {
            continue;
        }
        if let Some(found) = proposal.rest(&["lifetime"]) {
            end = lifetime(Some(found), IKE_LIFETIME, faults);
        }
        if let Some(found) = proposal.value(&["authentication_method"]) {
            match method(found.value) {
                Some((method, more)) => {
                    methods = Setting::written([method].into(), found.span);
                    extended = more.map(|client| (client, found.span));
                }
                None => faults.note(found.span, ConfigErrorKind::Value),
            }
        }
    }
    connection.lifetimes.rekey = end.clone();
    connection.lifetimes.end = end;
    let mine = identity(layers.rest("my_identifier"), faults)
        .unwrap_or(Setting::by_default(Identity::Any));
    let checked = layers
        .value("verify_identifier")
        .is_some_and(|found| found.value == "on");
    let theirs = identity(layers.rest("peers_identifier"), faults).filter(|_| checked);
    let theirs = theirs.unwrap_or(Setting::by_default(Identity::Any));
    connection.local.authentication = [Authentication::new(methods.clone(), mine)].into();
    connection.remote.authentication = [Authentication::new(methods, theirs)].into();
    if let Some((client, span)) = extended {
        let login = faults.setting(layers.value("xauth_login"), Identity::Any, |text| {
            Some(Identity::UserFqdn(text.into()))
        });
        let end = match client {
            true => &mut connection.local,
            false => &mut connection.remote,
        };
        let methods = Setting::written([Method::Xauth].into(), span);
        end.authentication.push(Authentication::new(methods, login));
    }
}

/// One of phase 1, at the place of its cipher; none when a name in it is
/// unknown.
fn phase1(proposal: &Object<'_>, before: usize, faults: &mut Faults) -> Option<Setting<Proposal>> {
    let known = faults.0.len();
    let ciphers = proposal.rest(&["encryption_algorithm"]).unwrap_or_default();
    let mut transforms = algorithms::list(ciphers, algorithms::cipher, faults);
    let hashes = proposal.rest(&["hash_algorithm"]).unwrap_or_default();
    transforms.extend(algorithms::list(hashes, algorithms::hash, faults));
    let group = algorithms::group(proposal.value(&["dh_group"]), faults);
    if faults.0.len() > known {
        return None;
    }
    let mut transforms = complete(transforms, ProtocolId::IKE);
    transforms.extend(group);
    let mut proposal_ = numbered(ProtocolId::IKE, transforms, &[]);
    proposal_.number = u8::try_from(before.saturating_add(1)).unwrap_or(u8::MAX);
    let span = ciphers.first().map_or(proposal.name.span, |word| word.span);
    Some(Setting::written(proposal_, span))
}

/// `fqdn "a.example"`, `keyid tag "x"`, `address`, `asn1dn`.
fn identity(words: Option<&[Word<'_>]>, faults: &mut Faults) -> Option<Setting<Identity>> {
    let (kind, rest) = words?.split_first()?;
    let Some(word) = rest.last() else {
        return match kind.text {
            "address" => None,
            "asn1dn" => Some(Setting::written(Identity::FromCertificate, kind.span)),
            _ => {
                faults.note(kind.span, ConfigErrorKind::Alone);
                None
            }
        };
    };
    let text = word.text;
    let identity = match kind.text {
        "address" => match address(text) {
            Some(address) => Identity::Address(address),
            None => Identity::AddressOf(text.into()),
        },
        "fqdn" => Identity::Fqdn(text.into()),
        "user_fqdn" => Identity::UserFqdn(text.into()),
        "asn1dn" => Identity::DistinguishedName(text.into()),
        "keyid" => Identity::KeyId(text.into()),
        _ => {
            faults.note(kind.span, ConfigErrorKind::Value);
            return None;
        }
    };
    Some(Setting::written(identity, word.span))
}

/// A `sainfo`, read.
struct Info {
    name: Spanned<String>,
    /// The sides that it is for; `None` for any.
    local: Option<Traffic>,
    remote: Option<Traffic>,
    span: Span,
    transforms: Vec<Transform>,
    place: Span,
    lifetimes: Lifetimes,
}

impl Info {
    fn of(sainfo: &Sainfo<'_>, faults: &mut Faults) -> Option<Self> {
        let known = faults.0.len();
        let object = &sainfo.object;
        let get = |key| object.rest(&[key]).unwrap_or_default();
        let ciphers = get("encryption_algorithm");
        let mut transforms = algorithms::list(ciphers, algorithms::cipher, faults);
        let hashes = get("authentication_algorithm");
        let authenticated = hashes.iter().any(|word| word.text != "non_auth");
        if authenticated {
            transforms.extend(algorithms::list(hashes, algorithms::hash, faults));
        }
        transforms.extend(algorithms::group(object.value(&["pfs_group"]), faults));
        let end = lifetime(object.rest(&["lifetime"]), LIFETIME, faults);
        let mut left = &sainfo.head[..];
        let local = side(&mut left, faults)?;
        let remote = match left.first().map(|word| word.text) {
            None | Some("from" | "group") => None,
            Some(_) => side(&mut left, faults)?,
        };
        let place = ciphers.first().map_or(object.name.span, |word| word.span);
        let span = sainfo
            .head
            .first()
            .map_or(object.name.span, |word| word.span);
        (faults.0.len() == known).then(|| Self {
            name: object.name.owned(),
            local,
            remote,
            span,
            transforms,
            place,
            lifetimes: Lifetimes {
                rekey: end.clone(),
                end,
                ..Lifetimes::NONE
            },
        })
    }

    /// A child of its own sides; any side is the end itself, as a peer asks
    /// for what it likes.
    fn child(&self, protocol: ProtocolId) -> Child {
        let mut child = Child::new(self.name.clone());
        let transforms = complete(self.transforms.clone(), protocol);
        let proposal = numbered(protocol, transforms, &[]);
        child.proposals = [Setting::written(proposal, self.place)].into();
        let side = |side: &Option<Traffic>| match side {
            Some(traffic) => Setting::written(*traffic, self.span),
            None => Setting::by_default(Traffic::of(None)),
        };
        child.local = [side(&self.local)].into();
        child.remote = [side(&self.remote)].into();
        child.lifetimes = self.lifetimes.clone();
        child
    }
}

/// One side of a head: `anonymous`, `address 10.1.0.0/24 any`. Two answers:
/// whether it could be read, and which packets it is for.
#[expect(clippy::option_option, reason = "not read, or for any packet")]
fn side(left: &mut &[Word<'_>], faults: &mut Faults) -> Option<Option<Traffic>> {
    let (kind, rest) = left.split_first()?;
    match (kind.text, rest) {
        ("anonymous" | "clientaddr", _) => {
            *left = rest;
            Some(None)
        }
        ("address" | "subnet", [range, protocol, rest @ ..]) => {
            *left = rest;
            let upper = values::protocol_and_port(protocol.text);
            let found = upper.and_then(|(upper, _)| setkey::traffic(range.text, upper));
            if found.is_none() {
                faults.note(range.span, ConfigErrorKind::Value);
            }
            found.map(Some)
        }
        ("fqdn" | "user_fqdn" | "asn1dn" | "keyid", [_, rest @ ..]) => {
            *left = rest;
            Some(None)
        }
        _ => {
            faults.note(kind.span, ConfigErrorKind::Value);
            None
        }
    }
}

fn key(local: &Option<Traffic>, remote: &Option<Traffic>) -> [String; 2] {
    [local, remote].map(|side| {
        let selector = side.and_then(|traffic| traffic.selector(None));
        selector.map_or_else(String::new, |selector| selector.to_string())
    })
}

/// Adds the child that an outbound policy asks for.
fn add(rule: &Rule, sainfos: &Map<[String; 2], &Info>, connection: &mut Connection) {
    if connection.children.len() >= CHILDREN_MAX {
        return;
    }
    let (from, to) = (Some(rule.policy.from), Some(rule.policy.to));
    let sides = [(from, to), (from, None), (None, to), (None, None)];
    let mut keys = sides.iter().map(|(from, to)| key(from, to));
    let info = keys.find_map(|key| sainfos.get(&key));
    let name = Spanned {
        value: "spdadd".into(),
        span: rule.policy.span,
    };
    let mut child = match info {
        Some(info) => info.child(rule.protocol),
        None => Child::new(name.clone()),
    };
    child.name = name;
    let span = rule.policy.span;
    child.mode = Setting::written(rule.policy.action, span);
    child.local = [Setting::written(rule.policy.from, span)].into();
    child.remote = [Setting::written(rule.policy.to, span)].into();
    child.compression = match rule.compressed {
        true => Setting::written(true, span),
        false => Setting::by_default(false),
    };
    if let (
        Some((here, _)),
        [
            Setting {
                value: Host::Any, ..
            },
        ],
    ) = (rule.tunnel, &connection.local.addresses[..])
        && let Some(range) = AddressRange::new(here, here)
    {
        connection.local.addresses = [Setting::written(Host::At(range), span)].into();
        for round in &mut connection.local.authentication {
            if round.identity == Setting::by_default(Identity::Any)
                && round.methods.value.contains(&Method::Psk)
            {
                round.identity = Setting::by_default(Identity::Address(here));
            }
        }
    }
    connection.children.push(child);
}

/// `time 24 hours`.
fn lifetime(
    words: Option<&[Word<'_>]>,
    default: Duration,
    faults: &mut Faults,
) -> Setting<Option<Duration>> {
    let Some(words) = words else {
        return Setting::by_default(Some(default));
    };
    let found = match words {
        [kind, number, unit] if kind.text == "time" => unit_of(unit.text)
            .zip(number.text.parse::<u64>().ok())
            .and_then(|(unit, count)| Some((count.checked_mul(unit)?, number.span))),
        _ => None,
    };
    match (found, words.first()) {
        (Some((seconds, span)), _) => {
            let time = (seconds > 0).then(|| Duration::from_secs(seconds));
            Setting::written(time, span)
        }
        (None, Some(word)) => {
            faults.note(word.span, ConfigErrorKind::Value);
            Setting::by_default(Some(default))
        }
        (None, None) => Setting::by_default(Some(default)),
    }
}

fn unit_of(text: &str) -> Option<u64> {
    Some(match text {
        "sec" | "secs" | "second" | "seconds" => 1,
        "min" | "mins" | "minute" | "minutes" => 60,
        "hour" | "hours" => 3600,
        _ => return None,
    })
}

/// A method, and whether this end is the client of XAUTH on top of it.
fn method(text: &str) -> Option<(Method, Option<bool>)> {
    Some(match text {
        "pre_shared_key" => (Method::Psk, None),
        "rsasig" | "dsssig" | "gssapi_krb" => (Method::Signature, None),
        "xauth_psk_client" => (Method::Psk, Some(true)),
        "xauth_psk_server" => (Method::Psk, Some(false)),
        "xauth_rsa_client" | "hybrid_rsa_client" => (Method::Signature, Some(true)),
        "xauth_rsa_server" | "hybrid_rsa_server" => (Method::Signature, Some(false)),
        _ => return None,
    })
}

/// What a change of a tunnel may write; no secret is among it.
const CHANGED: &[&str] = &[
    "authentication_algorithm",
    "authentication_method",
    "dh_group",
    "encryption_algorithm",
    "exchange_mode",
    "hash_algorithm",
    "lifetime",
    "my_identifier",
    "nat_traversal",
    "peers_identifier",
    "pfs_group",
];

const NOWHERE: Span = Span::start(0);

const IKE_LIFETIME: Duration = Duration::from_secs(28_800);

const LIFETIME: Duration = Duration::from_secs(28_800);

/// Sections that one inherits from.
pub(super) const LAYERS_MAX: usize = 16;

/// Proposals of one section.
const PROPOSALS_MAX: usize = 255;

/// Children of all connections.
pub(super) const CHILDREN_MAX: usize = 10_000;
