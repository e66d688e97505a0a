//! The tunnels of a FortiOS configuration: an entry of phase 1 is a
//! connection, those of phase 2 that name it are its children.

use super::{Entry, Tables};
use crate::config::algorithms;
use crate::config::model::{
    Attachment, Authentication, Child, Connection, Fragmentation, Host, Identity, Lifetimes,
    Method, Mode, Model, NatTraversal, Phase1, SecretKind, SecretNote, Setting, SharedSecret,
    Traffic, Versions,
};
use crate::config::values::{self, Faults};
use crate::config::words::{Object, Word, network};
use crate::config::{ConfigErrorKind, Span};
use crate::sa::proposal::{Proposal, Transform};
use crate::sa::selector::{AddressRange, Ports};
use crate::sorted::Map;
use crate::time::Duration;
use crate::wire::registry::ike::{ProtocolId, TransformType};
use alloc::vec::Vec;

pub(super) fn fill(tables: &Tables<'_>, model: &mut Model, faults: &mut Faults) {
    let host = tables.global.iter().rev();
    model.host = host
        .filter_map(|entry| entry.object.rest(&["hostname"])?.first())
        .map(Word::owned)
        .next();
    let mut places = Map::new();
    for entry in tables.phase1.iter().chain(&tables.phase2) {
        model.lines.keep(&entry.object, ("set ", ""), CHANGED);
    }
    for entry in &tables.phase1 {
        let connection = connection(&entry.object, tables, faults);
        let key = (entry.vdom, entry.object.name.text);
        places.insert(key, model.connections.len());
        secrets(&entry.object, &connection, &mut model.secrets);
        model.connections.push(connection);
    }
    for entry in &tables.phase2 {
        let Some(name) = entry.object.value(&["phase1name"]) else {
            faults.note(entry.object.name.span, ConfigErrorKind::Alone);
            continue;
        };
        let at = places.get(&(entry.vdom, name.value)).copied();
        match at.and_then(|at| model.connections.get_mut(at)) {
            Some(connection) => connection.children.push(child(entry, tables, faults)),
            None => faults.note(name.span, ConfigErrorKind::NoSuchSection),
        }
    }
}

fn connection(entry: &Object<'_>, tables: &Tables<'_>, faults: &mut Faults) -> Connection {
    let mut connection = Connection::new(entry.name.owned());
    let get = |key| entry.value(&[key]);
    connection.versions = faults.setting(get("ike-version"), Versions::V1, versions);
    connection.phase1 = faults.setting(get("mode"), Phase1::Main, phase1);
    connection.local.addresses = local_addresses(entry, tables, faults);
    connection.remote.addresses = remote_addresses(entry, faults);
    connection.proposals = proposals(entry, ProtocolId::IKE, connection.versions.value, faults);
    connection.nat_traversal =
        faults.setting(get("nattraversal"), NatTraversal::WhereSeen, nat_traversal);
    connection.dead_peer_detection = dead_peer_detection(entry, faults);
    connection.fragmentation = faults.setting(get("fragmentation"), Fragmentation::Yes, |text| {
        able(text).map(|yes| match yes {
            true => Fragmentation::Yes,
            false => Fragmentation::No,
        })
    });
    let end = faults.setting(get("keylife"), Some(KEYLIFE), values::duration);
    let rekey = faults.setting(get("rekey"), true, able);
    let reauthentication = faults.setting(get("reauth"), false, able);
    connection.reauthentication = Setting {
        value: end.value.filter(|_| reauthentication.value),
        origin: reauthentication.origin,
    };
    connection.lifetimes = Lifetimes {
        rekey: Setting {
            value: end.value.filter(|_| rekey.value),
            origin: end.origin,
        },
        end,
        ..Lifetimes::NONE
    };
    connection.idle_timeout = idle_timeout(entry, faults);
    if let Some([interface, ..]) = entry.rest(&["interface"]) {
        connection.attachment = Attachment::At([interface.owned()].into());
    }
    authentication(entry, &mut connection, faults);
    connection
}

/// `local-gw`, else the address of the interface.
fn local_addresses(
    entry: &Object<'_>,
    tables: &Tables<'_>,
    faults: &mut Faults,
) -> Vec<Setting<Host>> {
    let gateway = entry
        .value(&["local-gw"])
        .or_else(|| entry.value(&["local-gw6"]));
    let found = faults.setting(gateway, Host::Any, values::host);
    if found.value != Host::Any {
        return [found].into();
    }
    let interface = entry.value(&["interface"]);
    let interface = interface.and_then(|name| tables.interfaces.get(name.value));
    let address = interface.and_then(|found| found.rest(&["ip"])?.first());
    let address = address.and_then(|word| {
        let address = word.text.split('/').next()?.parse().ok()?;
        let host = Host::At(AddressRange::new(address, address)?);
        (!address.is_unspecified()).then(|| Setting::written(host, word.span))
    });
    [address.unwrap_or(Setting::by_default(Host::Any))].into()
}

fn remote_addresses(entry: &Object<'_>, faults: &mut Faults) -> Vec<Setting<Host>> {
    let keys = match entry.value(&["type"]).map(|found| found.value) {
        Some("dynamic") => &[][..],
        Some("ddns") => &["remotegw-ddns"],
        _ => &["remote-gw", "remote-gw6"],
    };
    let found = keys.iter().find_map(|key| entry.value(&[key]));
    let mut found = faults.setting(found, Host::Any, values::host);
    if let (true, Some(span)) = (keys.is_empty(), entry.place(&["type"])) {
        found = Setting::written(Host::Any, span);
    }
    [found].into()
}

fn authentication(entry: &Object<'_>, connection: &mut Connection, faults: &mut Faults) {
    let local = faults.setting(entry.value(&["authmethod"]), [Method::Psk].into(), method);
    let other = entry.value(&["authmethod-remote"]);
    let remote = match other {
        Some(_) => faults.setting(other, [Method::Psk].into(), method),
        None => local.clone(),
    };
    let signs = local.value.contains(&Method::Signature);
    let mine = identity(entry, "localid", faults).unwrap_or_else(|| {
        Setting::by_default(match connection.local.addresses.first() {
            _ if signs => Identity::FromCertificate,
            Some(Setting {
                value: Host::At(range),
                ..
            }) => Identity::Address(range.low()),
            _ => Identity::Any,
        })
    });
    let peer = entry.value(&["peertype"]);
    let theirs = match peer.map(|found| found.value) {
        Some("one") => identity(entry, "peerid", faults),
        _ => peer.map(|found| Setting::written(Identity::Any, found.span)),
    };
    let theirs = theirs.unwrap_or(Setting::by_default(Identity::Any));
    connection.local.authentication = [Authentication::new(local, mine)].into();
    connection.remote.authentication = [Authentication::new(remote, theirs)].into();
    extended(entry, connection);
}

/// XAUTH of IKEv1 and EAP of IKEv2, by whom the entry demands it of.
fn extended(entry: &Object<'_>, connection: &mut Connection) {
    let user = entry.value(&["authusr"]);
    let identity = match user {
        Some(name) => Setting::written(Identity::UserFqdn(name.value.into()), name.span),
        None => Setting::by_default(Identity::Any),
    };
    let eap = entry.value(&["eap"]);
    if let Some(eap) = eap.filter(|found| found.value == "enable") {
        let end = match user {
            Some(_) => &mut connection.local,
            None => &mut connection.remote,
        };
        for round in &mut end.authentication {
            round.methods = Setting::written([Method::Eap].into(), eap.span);
        }
    }
    let xauth = entry.value(&["xauthtype"]);
    let Some(xauth) = xauth.filter(|found| found.value != "disable") else {
        return;
    };
    let methods = Setting::written([Method::Xauth].into(), xauth.span);
    let round = Authentication::new(methods, identity);
    match xauth.value {
        "client" => connection.local.authentication.push(round),
        _ => connection.remote.authentication.push(round),
    }
}

/// `localid` or `peerid`, of the kind that `localid-type` says.
fn identity(entry: &Object<'_>, key: &str, faults: &mut Faults) -> Option<Setting<Identity>> {
    let found = entry
        .value(&[key])
        .filter(|found| !found.value.is_empty())?;
    let kind = entry.value(&["localid-type"]).filter(|_| key == "localid");
    let text = found.value;
    let identity = match kind.map_or("auto", |kind| kind.value) {
        "fqdn" => Identity::Fqdn(text.into()),
        "user-fqdn" => Identity::UserFqdn(text.into()),
        "keyid" => Identity::KeyId(text.into()),
        "asn1dn" => Identity::DistinguishedName(text.into()),
        "address" => return Some(faults.setting(Some(found), Identity::Any, values::identity)),
        _ => match text.parse() {
            Ok(address) => Identity::Address(address),
            Err(_) if text.contains('@') => Identity::UserFqdn(text.into()),
            Err(_) => Identity::Fqdn(text.into()),
        },
    };
    Some(Setting::written(identity, found.span))
}

fn secrets(entry: &Object<'_>, connection: &Connection, notes: &mut Vec<SecretNote>) {
    let peer = connection.remote.authentication.first();
    let peer = peer.map(|round| round.identity.clone());
    let peer = peer.filter(|identity| identity.value != Identity::Any);
    let address = connection
        .remote
        .addresses
        .first()
        .and_then(|host| match &host.value {
            Host::At(range) => Some(Setting {
                value: Identity::Address(range.low()),
                origin: host.origin,
            }),
            Host::Any | Host::Named(_) => None,
        });
    let owners: Vec<_> = peer.or(address).into_iter().collect();
    for (key, kind) in SECRETS {
        let (Some(span), Some(rest)) = (entry.place(&[key]), entry.rest(&[key])) else {
            continue;
        };
        let mut note = SecretNote::new(kind, None, span);
        match rest {
            [] => continue,
            [mark, ..] if mark.text == "ENC" => {}
            [word, ..] => {
                let bytes = word.bytes('\\');
                note.len = Some(bytes.len());
                note.value = Some(SharedSecret::new(bytes));
            }
        }
        note.owners = owners.clone();
        notes.push(note);
    }
}

/// Each of `proposal`, with the groups of `dhgrp`.
fn proposals(
    entry: &Object<'_>,
    protocol: ProtocolId,
    versions: Versions,
    faults: &mut Faults,
) -> Vec<Setting<Proposal>> {
    let groups = groups(entry, protocol, faults);
    let written = entry.rest(&["proposal"]).filter(|rest| !rest.is_empty());
    let mut found: Vec<Setting<Proposal>> = Vec::new();
    let mut add = |transforms: Vec<Transform>, span: Option<Span>| {
        let mut transforms = algorithms::complete(transforms, protocol);
        transforms.extend(&groups);
        let proposal = algorithms::numbered(protocol, transforms, &found);
        found.push(match span {
            Some(span) => Setting::written(proposal, span),
            None => Setting::by_default(proposal),
        });
    };
    for word in written.unwrap_or_default() {
        match combination(word.text) {
            Some(transforms) => add(transforms, Some(word.span)),
            None => faults.note(word.span, ConfigErrorKind::Algorithm),
        }
    }
    if written.is_none() {
        let list = match (protocol, versions) {
            (ProtocolId::IKE, Versions::V2 | Versions::Both) => IKE_V2,
            (ProtocolId::IKE, Versions::V1) => IKE_V1,
            _ => ESP,
        };
        for word in list {
            add(combination(word).unwrap_or_default(), None);
        }
    }
    found
}

/// `aes128-sha256`, `aes256gcm-prfsha384`, `null-md5`, `aes128-null`.
fn combination(word: &str) -> Option<Vec<Transform>> {
    let (cipher, rest) = match word.split_once('-') {
        Some((cipher, rest)) => (cipher, Some(rest)),
        None => (word, None),
    };
    let mut transforms = Vec::from([algorithms::transform(cipher)?]);
    if transforms.first()?.kind != TransformType::ENCR {
        return None;
    }
    if let Some(rest) = rest.filter(|rest| *rest != "null") {
        let second = algorithms::transform(rest)?;
        let fits = [TransformType::INTEG, TransformType::PRF].contains(&second.kind);
        transforms.push(Some(second).filter(|_| fits)?);
    }
    Some(transforms)
}

fn groups(entry: &Object<'_>, protocol: ProtocolId, faults: &mut Faults) -> Vec<Transform> {
    let of = |number| Transform::new(TransformType::KE, number);
    let pfs = faults.setting(entry.value(&["pfs"]), true, able);
    if protocol != ProtocolId::IKE && !pfs.value {
        return Vec::new();
    }
    let mut groups = Vec::new();
    for word in entry.rest(&["dhgrp"]).unwrap_or_default() {
        match word.text.parse().ok().filter(|number| is_group(*number)) {
            Some(number) => groups.push(of(number)),
            None => faults.note(word.span, ConfigErrorKind::Value),
        }
    }
    if groups.is_empty() {
        groups.extend([14, 5].map(of));
    }
    groups.truncate(GROUPS_MAX);
    groups
}

const fn is_group(number: u16) -> bool {
    matches!(number, 1 | 2 | 5 | 14..=21 | 27..=32)
}

fn child(entry: &Entry<'_>, tables: &Tables<'_>, faults: &mut Faults) -> Child {
    let (vdom, entry) = (entry.vdom, &entry.object);
    let mut child = Child::new(entry.name.owned());
    let get = |key| entry.value(&[key]);
    child.proposals = proposals(entry, ProtocolId::ESP, Versions::V1, faults);
    child.mode = faults.setting(get("encapsulation"), Mode::Tunnel, |text| match text {
        "tunnel-mode" => Some(Mode::Tunnel),
        "transport-mode" => Some(Mode::Transport),
        _ => None,
    });
    child.local = traffic("src", vdom, entry, tables, faults);
    child.remote = traffic("dst", vdom, entry, tables, faults);
    let kind = faults.setting(get("keylife-type"), (true, false), |text| match text {
        "seconds" => Some((true, false)),
        "kbs" => Some((false, true)),
        "both" => Some((true, true)),
        _ => None,
    });
    let mut end = faults.setting(get("keylifeseconds"), Some(KEYLIFE2), values::duration);
    end.value = end.value.filter(|_| kind.value.0);
    let mut bytes = faults.setting(get("keylifekbs"), Some(KEYLIFE_KBS), values::count);
    bytes.value = bytes.value.map(|count| count.saturating_mul(1024));
    if !kind.value.1 {
        bytes = Setting::by_default(None);
    }
    child.lifetimes = Lifetimes {
        rekey: end.clone(),
        end,
        bytes,
    };
    child
}

/// The packets of one side: `src` or `dst`.
fn traffic(
    side: &str,
    vdom: &str,
    entry: &Object<'_>,
    tables: &Tables<'_>,
    faults: &mut Faults,
) -> Vec<Setting<Traffic>> {
    let key = |rest: &str| [side, "-", rest].concat();
    let kind = entry.value(&[&key("addr-type")]);
    let kind = kind.map_or("subnet", |found| found.value);
    let (kind, six) = match kind.strip_suffix('6') {
        Some(kind) => (kind, "6"),
        None => (kind, ""),
    };
    let named = |rest: &str| key(&[rest, six].concat());
    let any = match six {
        "" => AddressRange::ANY_V4,
        _ => AddressRange::ANY_V6,
    };
    let found = match kind {
        "name" => objects(entry.value(&[&named("name")]), vdom, tables, faults),
        "ip" => ranges(entry, &named("start-ip"), None, faults),
        "range" => ranges(entry, &named("start-ip"), Some(&named("end-ip")), faults),
        _ => ranges(entry, &named("subnet"), None, faults),
    };
    let found = if found.is_empty() {
        [Setting::by_default(any)].into()
    } else {
        found
    };
    let protocol = faults.setting(entry.value(&["protocol"]), 0, |text| text.parse().ok());
    let ports = faults.setting(entry.value(&[&key("port")]), Ports::ANY, |text| {
        values::protocol_and_port(&["%any/", text].concat()).map(|(_, ports)| ports)
    });
    let with = |range: Setting<AddressRange>| {
        let mut traffic = Traffic::of(Some(range.value));
        (traffic.protocol, traffic.ports) = (protocol.value, ports.value);
        Setting {
            value: traffic,
            origin: range.origin,
        }
    };
    found.into_iter().map(with).collect()
}

/// What one key says, or the range that two say.
fn ranges(
    object: &Object<'_>,
    first: &str,
    last: Option<&str>,
    faults: &mut Faults,
) -> Vec<Setting<AddressRange>> {
    let Some(words) = object.rest(&[first]).filter(|words| !words.is_empty()) else {
        return Vec::new();
    };
    let high = last.and_then(|key| object.value(&[key]));
    let range = match high {
        None => network(words),
        Some(high) => words.first().and_then(|low| {
            let range = AddressRange::new(low.text.parse().ok()?, high.value.parse().ok()?)?;
            Some(Setting::written(range, low.span))
        }),
    };
    if let (None, Some(word)) = (&range, words.first()) {
        faults.note(word.span, ConfigErrorKind::Value);
    }
    range.into_iter().collect()
}

/// The addresses behind the name of an object or a group of them.
fn objects(
    name: Option<crate::config::Spanned<&str>>,
    vdom: &str,
    tables: &Tables<'_>,
    faults: &mut Faults,
) -> Vec<Setting<AddressRange>> {
    let Some(name) = name else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let mut left = Vec::from([name.value]);
    let mut looked_at = 0_usize;
    while let Some(next) = left.pop() {
        looked_at = looked_at.saturating_add(1);
        if looked_at > MEMBERS_MAX {
            let kind = ConfigErrorKind::TooMany { limit: MEMBERS_MAX };
            faults.note(name.span, kind);
            break;
        }
        if let Some(group) = tables.groups.get(&(vdom, next)) {
            let members = group.rest(&["member"]).unwrap_or_default();
            let members = members.iter().rev().map(|member| member.text);
            left.extend(members.take(MEMBERS_MAX));
        } else if let Some(object) = tables.addresses.get(&(vdom, next)) {
            let keys = match object.value(&["type"]).map(|kind| kind.value) {
                Some("iprange") => ("start-ip", Some("end-ip")),
                Some("ipmask") | None => ("subnet", None),
                Some(_) => continue,
            };
            let key = if object.place(&["ip6"]).is_some() {
                "ip6"
            } else {
                keys.0
            };
            found.extend(ranges(object, key, keys.1, faults));
        } else if !matches!(next, "all" | "none") {
            faults.note(name.span, ConfigErrorKind::NoSuchSection);
        }
    }
    found
}

fn dead_peer_detection(entry: &Object<'_>, faults: &mut Faults) -> Setting<Option<Duration>> {
    let acts = faults.setting(entry.value(&["dpd"]), true, |text| match text {
        "disable" => Some(false),
        "on-idle" | "on-demand" | "enable" => Some(true),
        _ => None,
    });
    // Some releases take whole seconds in two words.
    let every = entry.value(&["dpd-retryinterval"]);
    let every = faults.setting(every, Some(DPD), values::duration);
    Setting {
        value: every.value.filter(|_| acts.value),
        origin: every.span().map_or(acts.origin, |_| every.origin),
    }
}

fn idle_timeout(entry: &Object<'_>, faults: &mut Faults) -> Setting<Option<Duration>> {
    let acts = faults.setting(entry.value(&["idle-timeout"]), false, able);
    let minutes = entry.value(&["idle-timeoutinterval"]);
    let minutes = faults.setting(minutes, Some(IDLE_MINUTES), values::count);
    let time = minutes
        .value
        .map(|count| Duration::from_secs(count.saturating_mul(60)));
    Setting {
        value: time.filter(|_| acts.value),
        origin: acts.origin,
    }
}

fn versions(text: &str) -> Option<Versions> {
    match text {
        "1" => Some(Versions::V1),
        "2" => Some(Versions::V2),
        _ => None,
    }
}

fn phase1(text: &str) -> Option<Phase1> {
    match text {
        "main" => Some(Phase1::Main),
        "aggressive" => Some(Phase1::Aggressive),
        _ => None,
    }
}

fn nat_traversal(text: &str) -> Option<NatTraversal> {
    match text {
        "enable" => Some(NatTraversal::WhereSeen),
        "disable" => Some(NatTraversal::Never),
        "forced" => Some(NatTraversal::Always),
        _ => None,
    }
}

fn method(text: &str) -> Option<Vec<Method>> {
    match text {
        "psk" => Some([Method::Psk].into()),
        "signature" | "rsa-signature" => Some([Method::Signature].into()),
        _ => None,
    }
}

fn able(text: &str) -> Option<bool> {
    match text {
        "enable" => Some(true),
        "disable" => Some(false),
        _ => None,
    }
}

/// The keys that a change of a tunnel may write; no secret is among them.
const CHANGED: &[&str] = &[
    "authmethod",
    "authmethod-remote",
    "dhgrp",
    "dst-addr-type",
    "dst-end-ip",
    "dst-end-ip6",
    "dst-name",
    "dst-name6",
    "dst-port",
    "dst-start-ip",
    "dst-start-ip6",
    "dst-subnet",
    "dst-subnet6",
    "encapsulation",
    "ike-version",
    "keylife-type",
    "keylifeseconds",
    "localid",
    "localid-type",
    "mode",
    "nattraversal",
    "peerid",
    "peertype",
    "pfs",
    "proposal",
    "protocol",
    "src-addr-type",
    "src-end-ip",
    "src-end-ip6",
    "src-name",
    "src-name6",
    "src-port",
    "src-start-ip",
    "src-start-ip6",
    "src-subnet",
    "src-subnet6",
];

const SECRETS: [(&str, SecretKind); 5] = [
    ("psksecret", SecretKind::Psk),
    ("psksecret-remote", SecretKind::Psk),
    ("ppk-secret", SecretKind::Ppk),
    ("authpasswd", SecretKind::Password),
    ("group-authentication-secret", SecretKind::Password),
];

const IKE_V1: &[&str] = &[
    "aes128-sha256",
    "aes256-sha256",
    "aes128-sha1",
    "aes256-sha1",
];

const IKE_V2: &[&str] = &[
    "aes128-sha256",
    "aes256-sha256",
    "aes128gcm-prfsha256",
    "aes256gcm-prfsha384",
    "chacha20poly1305-prfsha256",
];

const ESP: &[&str] = &[
    "aes128-sha1",
    "aes256-sha1",
    "aes128-sha256",
    "aes256-sha256",
    "aes128gcm",
    "aes256gcm",
    "chacha20poly1305",
];

const KEYLIFE: Duration = Duration::from_secs(86_400);

const KEYLIFE2: Duration = Duration::from_secs(43_200);

const KEYLIFE_KBS: u64 = 5120;

const DPD: Duration = Duration::from_secs(20);

const IDLE_MINUTES: u64 = 15;

/// Groups of a proposal; FortiOS takes three.
const GROUPS_MAX: usize = 32;

/// Addresses behind one name.
pub(super) const MEMBERS_MAX: usize = 256;
