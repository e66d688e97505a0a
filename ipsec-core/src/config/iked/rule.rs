//! An `ikev2` rule of an `iked.conf` as a connection.

use super::algorithms;
use super::tokens::Token;
use crate::config::ConfigErrorKind;
use crate::config::Span;
use crate::config::keys;
use crate::config::model::{
    Attachment, Authentication, Child, Connection, End, Fragmentation, Host, Identity, Lifetimes,
    Method, Mode, Model, NatTraversal, Phase1, SecretKind, SecretNote, Setting, Traffic, Versions,
};
use crate::config::values::{self, Faults};
use crate::sa::proposal::{Proposal, Transform};
use crate::sa::selector::AddressRange;
use crate::time::Duration;
use crate::wire::registry::ike::{ProtocolId, TransformType};
use alloc::string::String;
use alloc::vec::Vec;

/// Reads the rule behind its word `ikev2`.
pub(super) fn read<'a>(
    first: Token<'a>,
    words: &[Token<'a>],
    model: &mut Model,
    faults: &mut Faults,
) {
    let mut rule = Rule {
        connection: connection(first),
        child: child(first),
        protocol: ProtocolId::ESP,
        upper: 0,
        last: Last::None,
        ike: Vec::new(),
        esp: Vec::new(),
        model,
        faults,
        hidden: false,
        key: None,
    };
    let mut words = words.iter().copied();
    while let Some(word) = words.next() {
        if word.quoted {
            rule.name(word);
        } else if !rule.alone(word) {
            match words.next() {
                Some(value) => rule.pair(word, value),
                None => rule.stray(word),
            }
            // `config name-server 10.2.0.53`
            if word.text == "config" {
                words.next();
            }
        }
    }
    rule.finish();
}

/// The side that a port belongs to: the one named last.
#[derive(Clone, Copy)]
enum Last {
    None,
    From,
    To,
}

struct Rule<'r> {
    connection: Connection,
    child: Child,
    protocol: ProtocolId,
    /// The IP protocol of the packets.
    upper: u8,
    last: Last,
    /// The transforms of each `ikesa` and `childsa`, and where that stands.
    ike: Vec<(Span, Vec<Transform>)>,
    esp: Vec<(Span, Vec<Transform>)>,
    model: &'r mut Model,
    faults: &'r mut Faults,
    /// Whether a secret was read: a word behind it may be a part of one.
    hidden: bool,
    /// The pre-shared key.
    key: Option<SecretNote>,
}

impl Rule<'_> {
    /// A quoted text is the rule's name when it comes first.
    fn name(&mut self, text: Token<'_>) {
        if self.connection.name.value.is_empty() && !self.hidden {
            self.connection.name = text.owned();
            self.child.name = text.owned();
        } else {
            self.stray(text);
        }
    }

    /// What cannot be placed.
    fn stray(&mut self, word: Token<'_>) {
        if word.quoted || self.hidden {
            self.faults.note(word.span, ConfigErrorKind::Unexpected);
        } else {
            self.model.unknown.push(word.owned());
        }
    }

    /// Takes a word that stands by itself; false for any other.
    fn alone(&mut self, word: Token<'_>) -> bool {
        match word.text {
            "active" | "passive" | "quick" | "skip" | "esp" | "tunnel" => {}
            "inet" | "inet6" | "," | "{" | "}" | ")" => {}
            "ah" => self.protocol = ProtocolId::AH,
            "transport" => self.child.mode = Setting::written(Mode::Transport, word.span),
            "ipcomp" => self.child.compression = Setting::written(true, word.span),
            "ikesa" => self.ike.push((word.span, Vec::new())),
            "childsa" => self.esp.push((word.span, Vec::new())),
            "esn" => self.add(Transform::new(TransformType::ESN, 1)),
            "noesn" => self.add(Transform::new(TransformType::ESN, 0)),
            "rsa" | "ecdsa256" | "ecdsa384" | "ecdsa521" | "rfc7427" | "signature" => {
                self.authentication(Method::Signature, word.span);
            }
            _ => return false,
        }
        true
    }

    /// A word and the value behind it.
    fn pair(&mut self, word: Token<'_>, value: Token<'_>) {
        let faults = &mut *self.faults;
        let found = Some(crate::config::Spanned {
            value: value.text,
            span: value.span,
        });
        let lifetimes = &mut self.child.lifetimes;
        match word.text {
            "from" | "to" => self.traffic(word, value),
            "port" => self.port(value),
            "proto" => self.upper = faults.setting(found, 0, protocol).value,
            "local" => self.connection.local.addresses = [host(value)].into(),
            "peer" => self.connection.remote.addresses = [host(value)].into(),
            "srcid" => identify(&mut self.connection.local, value),
            "dstid" => identify(&mut self.connection.remote, value),
            "enc" | "auth" | "prf" | "group" => {
                match algorithms::transform(word.text, value.text) {
                    Some(transform) => self.add(transform),
                    None => faults.note(value.span, ConfigErrorKind::Algorithm),
                }
            }
            "ikelifetime" => {
                self.connection.lifetimes.rekey = faults.setting(found, None, values::duration);
            }
            "lifetime" => {
                lifetimes.end = faults.setting(found, Some(LIFETIME), values::duration);
            }
            "bytes" => lifetimes.bytes = faults.setting(found, Some(BYTES), bytes),
            "eap" => self.authentication(Method::Eap, word.span),
            "psk" => self.psk(word, value),
            "(" | "config" | "request" | "iface" | "tag" | "tap" | "rdomain" => {}
            _ => {
                self.stray(word);
                // What follows an unknown word may itself be known.
                if !self.alone(value) && self.hidden {
                    self.stray(value);
                }
            }
        }
    }

    fn authentication(&mut self, method: Method, span: Span) {
        let ends = [&mut self.connection.local, &mut self.connection.remote];
        for round in ends.into_iter().flat_map(|end| &mut end.authentication) {
            round.methods = Setting::written([method].into(), span);
        }
    }

    fn psk(&mut self, word: Token<'_>, value: Token<'_>) {
        self.hidden = true;
        self.authentication(Method::Psk, word.span);
        let told = value.quoted || !value.text.starts_with('$');
        let len = told.then_some(value.text.len());
        self.key = Some(SecretNote {
            value: len.and_then(|_| keys::hexadecimal_or_text(value.text.as_bytes())),
            ..SecretNote::new(SecretKind::Psk, len, word.span)
        });
    }

    /// The key of a rule is for the two ends that the rule names.
    fn owners(&self) -> Vec<Setting<Identity>> {
        let ends = [&self.connection.local, &self.connection.remote];
        let rounds = ends.iter().flat_map(|end| &end.authentication);
        let named = rounds.map(|round| round.identity.clone());
        let addresses = self.connection.remote.addresses.iter();
        let at = addresses.filter_map(|host| match &host.value {
            Host::At(range) if range.low() == range.high() => Some(Setting {
                value: Identity::Address(range.low()),
                origin: host.origin,
            }),
            Host::At(_) | Host::Any | Host::Named(_) => None,
        });
        named
            .filter(|owner| owner.value != Identity::Any)
            .chain(at)
            .collect()
    }

    fn traffic(&mut self, word: Token<'_>, value: Token<'_>) {
        let addresses = match value.text {
            "any" => Ok(Some(AddressRange::ANY_V4)),
            "dynamic" => Ok(None),
            text => text.parse().map(Some),
        };
        let Ok(addresses) = addresses else {
            self.faults.note(value.span, ConfigErrorKind::Value);
            return;
        };
        let traffic = Setting::written(Traffic::of(addresses), value.span);
        if word.text == "from" {
            self.child.local.push(traffic);
            self.last = Last::From;
        } else {
            self.child.remote.push(traffic);
            self.last = Last::To;
        }
    }

    fn port(&mut self, value: Token<'_>) {
        let traffic = match self.last {
            Last::From => self.child.local.last_mut(),
            Last::To => self.child.remote.last_mut(),
            Last::None => None,
        };
        let port = values::protocol_and_port(&["%any/", value.text].concat());
        match (traffic, port) {
            (Some(traffic), Some((_, ports))) => traffic.value.ports = ports,
            _ => self.faults.note(value.span, ConfigErrorKind::Value),
        }
    }

    /// Adds a transform to the `ikesa` or `childsa` that stands last.
    fn add(&mut self, transform: Transform) {
        let start = |list: &[(Span, Vec<Transform>)]| list.last().map(|(span, _)| span.offset);
        let list = if start(&self.ike) > start(&self.esp) {
            self.ike.last_mut()
        } else {
            self.esp.last_mut()
        };
        if let Some((_, list)) = list {
            list.push(transform);
        }
    }

    fn finish(mut self) {
        let owners = self.owners();
        let key = self.key.take();
        let key = key.map(|key| SecretNote { owners, ..key });
        self.model.secrets.extend(key);
        let sides = [&mut self.child.local, &mut self.child.remote];
        for one in sides.into_iter().flatten() {
            one.value.protocol = self.upper;
        }
        self.connection.proposals = proposals(ProtocolId::IKE, self.ike);
        self.child.proposals = proposals(self.protocol, self.esp);
        self.connection.children.push(self.child);
        self.model.connections.push(self.connection);
    }
}

fn proposals(protocol: ProtocolId, written: Vec<(Span, Vec<Transform>)>) -> Vec<Setting<Proposal>> {
    if written.is_empty() {
        let defaults = algorithms::defaults(protocol);
        return defaults.into_iter().map(Setting::by_default).collect();
    }
    let written = written.into_iter().enumerate();
    written
        .map(|(before, (span, transforms))| {
            Setting::written(algorithms::proposal(protocol, transforms, before), span)
        })
        .collect()
}

/// A rule that says nothing.
fn connection(first: Token<'_>) -> Connection {
    let end = || End {
        addresses: [Setting::by_default(Host::Any)].into(),
        authentication: [Authentication {
            methods: Setting::by_default([Method::Signature].into()),
            identity: Setting::by_default(Identity::Any),
        }]
        .into(),
    };
    Connection {
        name: nameless(first),
        versions: Setting::by_default(Versions::V2),
        phase1: Setting::by_default(Phase1::Main),
        local: end(),
        remote: end(),
        proposals: Vec::new(),
        nat_traversal: Setting::by_default(NatTraversal::WhereSeen),
        dead_peer_detection: Setting::by_default(Some(DPD)),
        fragmentation: Setting::by_default(Fragmentation::No),
        lifetimes: Lifetimes {
            rekey: Setting::by_default(None),
            end: Setting::by_default(None),
            bytes: Setting::by_default(None),
        },
        reauthentication: Setting::by_default(None),
        children: Vec::new(),
        attachment: Attachment::Everywhere,
        idle_timeout: Setting::by_default(None),
    }
}

fn child(first: Token<'_>) -> Child {
    Child {
        name: nameless(first),
        proposals: Vec::new(),
        mode: Setting::by_default(Mode::Tunnel),
        local: Vec::new(),
        remote: Vec::new(),
        lifetimes: Lifetimes {
            rekey: Setting::by_default(None),
            end: Setting::by_default(Some(LIFETIME)),
            bytes: Setting::by_default(Some(BYTES)),
        },
        compression: Setting::by_default(false),
    }
}

fn nameless(first: Token<'_>) -> crate::config::Spanned<String> {
    crate::config::Spanned {
        value: String::new(),
        span: first.span,
    }
}

fn host(value: Token<'_>) -> Setting<Host> {
    let host = match value.text {
        "any" => Host::Any,
        text => values::host(text).unwrap_or(Host::Any),
    };
    Setting::written(host, value.span)
}

/// A distinguished name begins with a slash.
fn identify(end: &mut End, value: Token<'_>) {
    let identity = match value.text {
        text if text.starts_with('/') => Identity::DistinguishedName(text.into()),
        text => values::identity(text).unwrap_or(Identity::Any),
    };
    for round in &mut end.authentication {
        round.identity = Setting::written(identity.clone(), value.span);
    }
}

fn protocol(text: &str) -> Option<u8> {
    values::protocol_and_port(text).map(|(protocol, _)| protocol)
}

/// `536870912`, `512M`, `4G`; 0 is none.
fn bytes(text: &str) -> Option<Option<u64>> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match text.get(digits.len()..)? {
        "" => 1,
        "K" | "k" => 1 << 10,
        "M" | "m" => 1 << 20,
        "G" | "g" => 1 << 30,
        _ => return None,
    };
    let count = values::count(digits)?.unwrap_or(0).checked_mul(unit)?;
    Some((count > 0).then_some(count))
}

const LIFETIME: Duration = Duration::from_secs(3 * 3600);

const BYTES: u64 = 4 << 30;

const DPD: Duration = Duration::from_secs(60);
