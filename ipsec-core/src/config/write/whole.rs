//! Whole configurations, written out of the model. What a text does not say is
//! found by reading it again: whatever the reader then makes of it that the
//! model has otherwise is listed. So nothing is lost in silence, and no writer
//! has to know all that its dialect lacks.

use crate::config::model::{
    Attachment, Authentication, Child, Connection, End, Host, Identity, Lifetimes, Model, Phase1,
    SecretKind, SecretNote, Setting, Traffic,
};
use crate::crypto::suite;
use crate::sa::proposal::{Proposal, Transform};
use crate::sorted::{Map, Set};
use crate::time::Duration;
use crate::wire::registry::ike::{Encryption, ProtocolId, TransformType};
use crate::wire::tree::escaped;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

/// A configuration in the form of one device.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Written {
    /// The file. Where a secret belongs it has an empty place and a comment.
    pub text: String,
    /// What the model says and the file does not, each in words.
    pub unsaid: Vec<String>,
}

impl Written {
    /// `text`, which reads as `again` and was to say what `wanted` says; with
    /// what the writer already knows to be unsaid.
    pub(super) fn new(text: String, wanted: &Model, again: &Model, unsaid: Vec<String>) -> Self {
        let mut written = Self { text, unsaid };
        written.connections(wanted, again);
        written.secrets(wanted, again);
        written.rest(wanted, again);
        written
    }

    fn connections(&mut self, wanted: &Model, again: &Model) {
        for (at, connection) in wanted.connections.iter().enumerate() {
            let name = escaped(connection.name.value.as_bytes());
            let Some(found) = again.connections.get(at) else {
                self.unsaid.push(format!("connection {name}: all of it"));
                continue;
            };
            let pairs = told(connection).into_iter().zip(told(found));
            for ((key, value), (_, other)) in pairs.filter(|(one, two)| one != two) {
                let line = format!("connection {name}: {key}: {value}; written: {other}");
                self.unsaid.push(line);
            }
            self.children(&name, connection, found);
        }
    }

    fn children(&mut self, name: &str, wanted: &Connection, again: &Connection) {
        for (at, child) in wanted.children.iter().enumerate() {
            let inner = escaped(child.name.value.as_bytes());
            let Some(found) = again.children.get(at) else {
                self.unsaid
                    .push(format!("connection {name}: child {inner}: all of it"));
                continue;
            };
            let pairs = told_child(child).into_iter().zip(told_child(found));
            for ((key, value), (_, other)) in pairs.filter(|(one, two)| one != two) {
                let line =
                    format!("connection {name}: child {inner}: {key}: {value}; written: {other}");
                self.unsaid.push(line);
            }
        }
        if wanted.children.is_empty() && !again.children.is_empty() {
            let line = format!("connection {name}: that it has no child");
            self.unsaid.push(line);
        }
    }

    fn secrets(&mut self, wanted: &Model, again: &Model) {
        for (at, secret) in wanted.secrets.iter().enumerate() {
            let said = again.secrets.get(at).map(told_secret);
            let secret = told_secret(secret);
            if said.as_ref() != Some(&secret) {
                self.unsaid.push(format!("the place of {secret}"));
            }
        }
    }

    fn rest(&mut self, wanted: &Model, again: &Model) {
        let counts = [
            (wanted.filters.len(), again.filters.len(), "packet filters"),
            (wanted.policies.len(), again.policies.len(), "policies"),
            (
                wanted.associations.len(),
                again.associations.len(),
                "SAs that stand",
            ),
            (wanted.unknown.len(), 0, "keywords that are not known"),
            (wanted.errors.len(), 0, "places that are not understood"),
        ];
        for (count, _, what) in counts.iter().filter(|(one, two, _)| one != two) {
            self.unsaid.push(format!("{what}: {count}"));
        }
        for file in &wanted.includes {
            let name = escaped(file.value.as_bytes());
            self.unsaid.push(format!("what is in the file {name}"));
        }
        let host = |model: &Model| model.host.as_ref().map(|one| one.value.clone());
        if let Some(name) = host(wanted).filter(|_| host(wanted) != host(again)) {
            let name = escaped(name.as_bytes());
            self.unsaid
                .push(format!("that the device is called {name}"));
        }
    }
}

/// What a connection says, its children aside: always the same keys.
fn told(one: &Connection) -> Vec<(&'static str, String)> {
    let mut told = Vec::from([
        ("name", escaped(one.name.value.as_bytes())),
        ("IKE versions", format!("{:?}", one.versions.value)),
        ("phase 1", phase1(one.phase1.value).into()),
        ("IKE proposals", proposals(&one.proposals)),
        (
            "address translation",
            format!("{:?}", one.nat_traversal.value),
        ),
        ("dead peer detection", time(one.dead_peer_detection.value)),
        ("fragmentation", format!("{:?}", one.fragmentation.value)),
        (
            "authenticates again after",
            time(one.reauthentication.value),
        ),
        ("idle timeout", time(one.idle_timeout.value)),
        ("works at", attachment(&one.attachment)),
    ]);
    told.extend(lifetimes(&one.lifetimes));
    told.extend(end(["local addresses", "local authentication"], &one.local));
    told.extend(end(
        ["remote addresses", "remote authentication"],
        &one.remote,
    ));
    told
}

fn told_child(one: &Child) -> Vec<(&'static str, String)> {
    let mut told = Vec::from([
        ("name", escaped(one.name.value.as_bytes())),
        ("proposals", proposals(&one.proposals)),
        ("mode", format!("{:?}", one.mode.value)),
        ("local traffic", traffic(&one.local)),
        ("remote traffic", traffic(&one.remote)),
        ("compression", one.compression.value.to_string()),
    ]);
    told.extend(lifetimes(&one.lifetimes));
    told
}

/// The kind of a secret and whose it is.
pub(super) fn told_secret(note: &SecretNote) -> String {
    let kind = secret_kind(note.kind);
    let owners = note.owners.iter().map(|owner| identity(&owner.value));
    match note.owners.is_empty() {
        true => kind.into(),
        false => [kind, " of ", &listed(owners)].concat(),
    }
}

pub(super) const fn secret_kind(kind: SecretKind) -> &'static str {
    match kind {
        SecretKind::Psk => "a pre-shared key",
        SecretKind::Ppk => "a post-quantum pre-shared key",
        SecretKind::Password => "a password",
        SecretKind::PrivateKey => "a private key, or what opens it",
    }
}

const fn phase1(phase1: Phase1) -> &'static str {
    match phase1 {
        Phase1::Main => "main mode",
        Phase1::Aggressive => "aggressive mode",
    }
}

fn time(time: Option<Duration>) -> String {
    time.map_or_else(|| "never".into(), |time| format!("{} s", time.as_secs()))
}

fn lifetimes(of: &Lifetimes) -> [(&'static str, String); 3] {
    let bytes = of.bytes.value.map(|bytes| bytes.to_string());
    [
        ("rekeyed after", time(of.rekey.value)),
        ("ends after", time(of.end.value)),
        ("ends after bytes", bytes.unwrap_or_else(|| "any".into())),
    ]
}

fn attachment(at: &Attachment) -> String {
    match at {
        Attachment::Everywhere => "everywhere".into(),
        Attachment::Nowhere => "nowhere".into(),
        Attachment::At(names) => listed(names.iter().map(|name| quoted(&name.value))),
    }
}

fn end([addresses, authentication]: [&'static str; 2], end: &End) -> [(&'static str, String); 2] {
    let hosts = end.addresses.iter().map(|one| match &one.value {
        Host::Any => "anywhere".into(),
        Host::At(range) => range.to_string(),
        Host::Named(name) => quoted(name),
    });
    let rounds = end.authentication.iter().map(round);
    [(addresses, listed(hosts)), (authentication, listed(rounds))]
}

fn round(one: &Authentication) -> String {
    let methods = one.methods.value.iter().map(|one| format!("{one:?}"));
    let methods: Vec<_> = methods.collect();
    let who = identity(&one.identity.value);
    format!("{} as {who}", methods.join(" or "))
}

/// An identity with its kind.
pub(super) fn identity(one: &Identity) -> String {
    match one {
        Identity::Fqdn(_) => format!("the name {one}"),
        Identity::UserFqdn(_) => format!("the user {one}"),
        Identity::KeyId(_) => format!("the key ID {one}"),
        Identity::DistinguishedName(_) => format!("the DN {one}"),
        Identity::Any
        | Identity::Address(_)
        | Identity::AddressOf(_)
        | Identity::FromCertificate => one.to_string(),
    }
}

fn traffic(list: &[Setting<Traffic>]) -> String {
    listed(list.iter().map(|one| {
        let Traffic {
            addresses,
            protocol,
            ports,
        } = one.value;
        let addresses = addresses.map_or_else(|| "the end itself".into(), |all| all.to_string());
        match (protocol, ports) {
            (0, crate::sa::selector::Ports::ANY) => addresses,
            _ => format!("{addresses}[{protocol}/{ports}]"),
        }
    }))
}

fn proposals(list: &[Setting<Proposal>]) -> String {
    listed(list.iter().map(|one| proposal(&one.value)))
}

/// A proposal, whatever order its kinds stand in and without kinds that offer
/// nothing but NONE.
fn proposal(one: &Proposal) -> String {
    let mut kinds: Map<TransformType, Vec<Transform>> = Map::new();
    for transform in &one.transforms {
        let same = kinds.entry(transform.kind).or_default();
        let bits = key_bits(transform);
        let transform = Transform {
            key_bits: bits,
            ..*transform
        };
        if same.len() < ALTERNATIVES_MAX && !same.contains(&transform) {
            same.push(transform);
        }
    }
    let mut words = Vec::new();
    for (kind, same) in &kinds {
        let none = same.iter().all(|one| one.id == 0);
        if none && *kind != TransformType::ENCR && *kind != TransformType::PRF {
            continue;
        }
        for transform in same {
            words.push(super::names::strongswan(transform).unwrap_or_else(|| {
                let bits = transform.key_bits;
                let bits = bits.map_or_else(String::new, |bits| format!("/{bits}"));
                format!("{}/{}{bits}", kind.0, transform.id)
            }));
        }
    }
    let protocol = match one.protocol {
        ProtocolId::IKE => "",
        ProtocolId::AH => "AH ",
        _ => "ESP ",
    };
    format!("{protocol}{}", words.join("-"))
}

/// The length that is meant, said or not.
fn key_bits(one: &Transform) -> Option<u16> {
    let cipher = suite::encryption(Encryption(one.id));
    let cipher = cipher.filter(|_| one.kind == TransformType::ENCR);
    match cipher {
        // Of one length: saying it changes nothing.
        Some(cipher) if cipher.keys.least == cipher.keys.most => None,
        Some(cipher) => cipher.keys.negotiated(one.key_bits).or(one.key_bits),
        None => one.key_bits,
    }
}

fn quoted(text: &str) -> String {
    escaped(text.as_bytes())
}

fn listed(words: impl Iterator<Item = String>) -> String {
    let words: Vec<String> = words.collect();
    if words.is_empty() {
        return "none".into();
    }
    words.join(", ")
}

/// Names that are words of a form and differ from each other.
#[derive(Default)]
pub(super) struct Names {
    used: Set<String>,
    next: Map<String, usize>,
}

impl Names {
    /// `name` with `_` for what is neither a letter nor a digit, made to
    /// differ from those before.
    pub(super) fn take(&mut self, name: &str) -> String {
        let keep = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
        let clean = |c: char| if keep(c) { c } else { '_' };
        let mut base: String = name.chars().take(NAME_MAX).map(clean).collect();
        if base.is_empty() || base == "include" {
            base.push('_');
        }
        let mut taken = base.clone();
        let next = self.next.entry(base.clone()).or_insert(1);
        while !self.used.insert(taken.clone()) {
            *next = next.saturating_add(1);
            taken = format!("{base}-{next}");
        }
        taken
    }
}

/// Characters of a name that are kept.
const NAME_MAX: usize = 200;

/// Algorithms of one kind in one proposal that are compared.
const ALTERNATIVES_MAX: usize = 256;
