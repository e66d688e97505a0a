//! IKEv2 on IOS: proposals, which count only where a policy links them, and
//! profiles with their keyrings.

use super::defaults;
use super::keys;
use crate::config::cisco::algorithms::{self, with_prfs};
use crate::config::cisco::lines::{Command, Word};
use crate::config::cisco::policy::IKE_LIFETIME;
use crate::config::cisco::shelf::Shelf;
use crate::config::cisco::{access, pick, span_of};
use crate::config::model::{
    Authentication, Connection, Host, Identity, Method, Model, SecretNote, Setting, Versions,
};
use crate::config::values::{self, Faults};
use crate::config::{ConfigErrorKind, Span, Spanned};
use crate::sa::proposal::Transform;
use crate::time::Duration;
use crate::wire::registry::ike::ProtocolId;
use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::vec::Vec;
use core::net::IpAddr;

/// What was read of it.
pub(super) struct Gathered {
    proposals: Shelf<Proposal>,
    policies: Shelf<Policy>,
    profiles: Shelf<Profile>,
    keys: Vec<KeyPeer>,
    dead_peer_detection: Option<Setting<Option<Duration>>>,
}

/// The section that is open.
pub(super) enum Part {
    Proposal(String),
    Policy(String),
    Keyring,
    Profile(String),
    /// One that is of no concern.
    Other,
}

/// What a command behind `crypto ikev2` is.
pub(super) enum Opened {
    Part(Part),
    Setting,
    Fragmentation(Span),
    Unknown,
}

struct Proposal {
    span: Span,
    /// Of every kind, in the order of its lines.
    transforms: Vec<Transform>,
}

#[derive(Default)]
struct Policy {
    proposals: Vec<Spanned<String>>,
    local: Vec<IpAddr>,
}

#[derive(Default)]
struct Profile {
    /// The address at which it holds.
    at: Option<Setting<IpAddr>>,
    local: Option<Setting<Identity>>,
    remote: Vec<Setting<Identity>>,
    local_methods: Option<Setting<Vec<Method>>>,
    remote_methods: Option<Setting<Vec<Method>>>,
    lifetime: Option<Setting<Option<Duration>>>,
    dead_peer_detection: Option<Setting<Option<Duration>>>,
}

/// A peer of a keyring: its keys are whose its lines say, in any order.
struct KeyPeer {
    owners: Vec<Setting<Identity>>,
    notes: Vec<SecretNote>,
}

impl Gathered {
    pub(super) const fn new() -> Self {
        Self {
            proposals: Shelf::new(),
            policies: Shelf::new(),
            profiles: Shelf::new(),
            keys: Vec::new(),
            dead_peer_detection: None,
        }
    }

    /// `crypto ikev2 …`.
    pub(super) fn open(&mut self, command: &Command<'_>, faults: &mut Faults) -> Opened {
        let span = span_of(&command.words);
        let (Some(span), name) = (span, command.text(3)) else {
            return Opened::Unknown;
        };
        match pick(command.text(2), &IKEV2) {
            Some("proposal") => {
                let transforms = Vec::new();
                self.proposals.open(name, || Proposal { span, transforms });
                Opened::Part(Part::Proposal(name.into()))
            }
            Some("policy") => {
                self.policies.open(name, Policy::default);
                Opened::Part(Part::Policy(name.into()))
            }
            Some("keyring") => Opened::Part(Part::Keyring),
            Some("profile") => {
                self.profiles.open(name, Profile::default);
                Opened::Part(Part::Profile(name.into()))
            }
            Some("dpd") => {
                let found = command.words.get(3).map(Word::spanned);
                let seconds = faults.setting(found, None, values::count_seconds);
                self.dead_peer_detection = Some(seconds);
                Opened::Setting
            }
            Some("fragmentation") => Opened::Fragmentation(span),
            Some("authorization" | "client") => Opened::Part(Part::Other),
            Some(_) => Opened::Setting,
            None => Opened::Unknown,
        }
    }

    /// A line of a section; false when it is not understood.
    pub(super) fn read(
        &mut self,
        part: &mut Part,
        command: &Command<'_>,
        model: &mut Model,
        faults: &mut Faults,
    ) -> bool {
        match part {
            Part::Other => command.indented,
            Part::Keyring => self.keyring(command, faults),
            Part::Proposal(name) => match self.proposals.get_mut(name) {
                Some(proposal) => proposal.read(command, faults),
                None => false,
            },
            Part::Policy(name) => match self.policies.get_mut(name) {
                Some(policy) => policy.read(command),
                None => false,
            },
            Part::Profile(name) => match self.profiles.get_mut(name) {
                Some(profile) => profile.read(command, model, faults),
                None => false,
            },
        }
    }

    fn keyring(&mut self, command: &Command<'_>, faults: &mut Faults) -> bool {
        let known = [
            "peer",
            "address",
            "hostname",
            "identity",
            "pre-shared-key",
            "description",
            "no",
        ];
        let Some(keyword) = pick(command.text(0), &known) else {
            return false;
        };
        if keyword == "peer" && self.keys.len() < keys::SECRETS_MAX {
            self.keys.push(KeyPeer {
                owners: Vec::new(),
                notes: Vec::new(),
            });
        }
        let (Some(peer), Some(first)) = (self.keys.last_mut(), command.words.first()) else {
            return true;
        };
        let words = command.from(1);
        let owner = match keyword {
            "address" => access::network(words).map(keys::single),
            "hostname" => Some(
                words
                    .first()
                    .map(|name| Identity::Fqdn(name.text.clone().into_owned())),
            ),
            "identity" => Some(identity(words)),
            "pre-shared-key" => {
                let way = ["local", "remote"].contains(&command.text(1)) && words.len() > 1;
                let secret = command.from(if way { 2 } else { 1 });
                match keys::secret_of(first, secret) {
                    Some(note) if peer.notes.len() < KEYS_MAX => peer.notes.push(note),
                    Some(_) => {}
                    None => faults.note(first.span, ConfigErrorKind::Alone),
                }
                return true;
            }
            _ => return true,
        };
        match (owner, words.first()) {
            (Some(Some(owner)), Some(at)) if peer.owners.len() < KEYS_MAX => {
                peer.owners.push(Setting::written(owner, at.span));
            }
            (None, Some(at)) => faults.note(at.span, ConfigErrorKind::Value),
            _ => {}
        }
        true
    }

    /// The notes on the keys of its keyrings.
    pub(super) fn secrets(&self) -> impl Iterator<Item = SecretNote> {
        self.keys.iter().flat_map(|peer| {
            peer.notes.iter().map(|note| SecretNote {
                owners: peer.owners.clone(),
                ..note.clone()
            })
        })
    }

    /// Fills in what a connection of IKEv2 is.
    pub(super) fn fill(
        &self,
        connection: &mut Connection,
        name: &Spanned<String>,
        major: Option<u32>,
        faults: &mut Faults,
    ) {
        connection.versions = Setting::written(Versions::V2, name.span);
        let empty = Profile::default();
        let profile = self.profiles.get(&name.value).unwrap_or_else(|| {
            faults.note(name.span, ConfigErrorKind::NoSuchSection);
            &empty
        });
        keys::bind(connection, profile.at.as_ref());
        connection.proposals = self.offered(connection, major, faults);
        let address = connection
            .local
            .addresses
            .iter()
            .find_map(|one| match &one.value {
                Host::At(range) => keys::single(*range),
                Host::Any | Host::Named(_) => None,
            });
        let own = Setting::by_default(address.unwrap_or(Identity::Any));
        let signature = || Setting::by_default(Vec::from([Method::Signature]));
        connection.local.authentication.push(Authentication::new(
            profile.local_methods.clone().unwrap_or_else(signature),
            profile.local.clone().unwrap_or(own),
        ));
        // Several identities are alternatives, which the model cannot tell.
        let remote = match &profile.remote[..] {
            [only] => only.clone(),
            [first, ..] => Setting {
                value: Identity::Any,
                ..*first
            },
            [] => Setting::by_default(Identity::Any),
        };
        connection.remote.authentication.push(Authentication::new(
            profile.remote_methods.clone().unwrap_or_else(signature),
            remote,
        ));
        let lifetime = profile.lifetime.clone();
        connection.lifetimes.end = lifetime.unwrap_or(Setting::by_default(Some(IKE_LIFETIME)));
        let asked = profile
            .dead_peer_detection
            .as_ref()
            .or(self.dead_peer_detection.as_ref());
        connection.dead_peer_detection = asked.cloned().unwrap_or(Setting::by_default(None));
    }

    /// The proposals of the policy for this address, else of those for any,
    /// else the default one.
    fn offered(
        &self,
        connection: &Connection,
        major: Option<u32>,
        faults: &mut Faults,
    ) -> Vec<Setting<crate::sa::proposal::Proposal>> {
        let at = |address: &IpAddr| {
            let mut local = connection.local.addresses.iter();
            local.any(|one| matches!(one.value, Host::At(range) if range.contains(*address)))
        };
        let mut policies = self.policies.iter().take(POLICIES_MAX);
        let ours = policies.clone().find(|policy| policy.local.iter().any(at));
        let chosen: Vec<_> = match ours {
            Some(policy) => Vec::from([policy]),
            None => policies
                .by_ref()
                .filter(|policy| policy.local.is_empty())
                .collect(),
        };
        let mut offered = Vec::new();
        for name in chosen
            .iter()
            .flat_map(|policy| &policy.proposals)
            .take(PROPOSALS_MAX)
        {
            match self.proposals.get(&name.value) {
                Some(found) => {
                    let transforms = with_prfs(found.transforms.clone());
                    let proposal = algorithms::numbered(offered.len(), ProtocolId::IKE, transforms);
                    offered.push(Setting::written(proposal, found.span));
                }
                None if name.value == "default" => {
                    offered.push(Setting::by_default(defaults::ikev2(major)));
                }
                None => faults.note(name.span, ConfigErrorKind::NoSuchSection),
            }
        }
        if offered.is_empty() {
            offered.push(Setting::by_default(defaults::ikev2(major)));
        }
        offered
    }
}

impl Proposal {
    fn read(&mut self, command: &Command<'_>, faults: &mut Faults) -> bool {
        let known = [
            "encryption",
            "integrity",
            "prf",
            "group",
            "description",
            "no",
            "pqc",
        ];
        let read: fn(&str) -> Option<Transform> = match pick(command.text(0), &known) {
            Some("encryption") => |name| algorithms::cipher(name, None),
            Some("integrity") => algorithms::hash,
            Some("prf") => algorithms::prf,
            Some("group") => algorithms::group,
            Some(_) => return true,
            None => return false,
        };
        for word in command.from(1) {
            match read(&word.text.to_ascii_lowercase()) {
                Some(one) if self.transforms.len() < TRANSFORMS_MAX => self.transforms.push(one),
                Some(_) => {}
                None => faults.note(word.span, ConfigErrorKind::Algorithm),
            }
        }
        true
    }
}

impl Policy {
    fn read(&mut self, command: &Command<'_>) -> bool {
        match pick(command.text(0), &["proposal", "match", "description", "no"]) {
            Some("proposal") => {
                let room = PROPOSALS_MAX.saturating_sub(self.proposals.len());
                self.proposals
                    .extend(command.from(1).iter().take(room).map(Word::owned));
            }
            Some("match") if command.text(1) == "address" => {
                let address = command.text(3).parse::<IpAddr>();
                self.local
                    .extend(address.ok().filter(|_| self.local.len() < PROPOSALS_MAX));
            }
            Some(_) => {}
            None => return false,
        }
        true
    }
}

impl Profile {
    fn read(&mut self, command: &Command<'_>, model: &mut Model, faults: &mut Faults) -> bool {
        let value = command.words.get(1);
        match pick(command.text(0), &PROFILE) {
            Some("match") if command.text(1) == "identity" => {
                let words = command.from(3);
                if let (Some(identity), Some(span)) = (identity(words), span_of(words))
                    && self.remote.len() < KEYS_MAX
                {
                    self.remote.push(Setting::written(identity, span));
                }
            }
            Some("match") if command.text(2) == "local" => {
                self.at = keys::own_address(command.words.get(3));
            }
            Some("identity") => {
                let words = command.from(2);
                let found = identity(words).zip(span_of(words));
                self.local = found.map(|(identity, span)| Setting::written(identity, span));
            }
            Some("authentication") => return self.authentication(command, model),
            Some("lifetime") if command.text(1) != "certificate" => {
                let default = Some(IKE_LIFETIME);
                let found = value.map(Word::spanned);
                self.lifetime = Some(faults.setting(found, default, values::count_seconds));
            }
            Some("dpd") => {
                let found = value.map(Word::spanned);
                let seconds = faults.setting(found, None, values::count_seconds);
                self.dead_peer_detection = Some(seconds);
            }
            Some(_) => {}
            None => return false,
        }
        true
    }

    /// `authentication remote pre-share key 6 SECRET`.
    fn authentication(&mut self, command: &Command<'_>, model: &mut Model) -> bool {
        let side = match pick(command.text(1), &["local", "remote"]) {
            Some("local") => &mut self.local_methods,
            Some(_) => &mut self.remote_methods,
            None => return false,
        };
        let Some(word) = command.words.get(2) else {
            return true;
        };
        let known = ["pre-share", "rsa-sig", "ecdsa-sig", "eap", "anyconnect-eap"];
        let method = match pick(&word.text, &known) {
            Some("pre-share") => Method::Psk,
            Some("eap" | "anyconnect-eap") => Method::Eap,
            Some(_) => Method::Signature,
            None => return false,
        };
        let setting = side.get_or_insert_with(|| Setting::written(Vec::new(), word.span));
        if !setting.value.contains(&method) {
            setting.value.push(method);
        }
        if let (Method::Psk, "key", Some(key)) = (method, command.text(3), command.words.get(3))
            && model.secrets.len() < keys::SECRETS_MAX
        {
            model.secrets.extend(keys::secret_of(key, command.from(4)));
        }
        true
    }
}

/// `address 192.0.2.1`, `fqdn gw.example`, `fqdn domain example`, `email`,
/// `key-id`, `dn`, `any`.
fn identity(words: &[Word<'_>]) -> Option<Identity> {
    let (kind, rest) = words.split_first()?;
    let first = rest.first().map_or("", |word| &*word.text);
    let second = rest.get(1).map(|word| &*word.text);
    let known = ["address", "fqdn", "email", "dn", "key-id", "any"];
    Some(match (pick(&kind.text, &known)?, second) {
        ("address", _) => access::network(rest)
            .and_then(keys::single)
            .unwrap_or(Identity::Any),
        ("fqdn", Some(name)) if first == "domain" => Identity::Fqdn(["*.", name].concat()),
        ("fqdn", _) if !first.is_empty() => Identity::Fqdn(first.to_owned()),
        ("email", None) if !first.is_empty() => Identity::UserFqdn(first.to_owned()),
        ("key-id", _) => Identity::KeyId(first.to_owned()),
        ("dn", _) => Identity::FromCertificate,
        _ => Identity::Any,
    })
}

/// What stands behind `crypto ikev2`.
const IKEV2: [&str; 20] = [
    "proposal",
    "policy",
    "keyring",
    "profile",
    "dpd",
    "fragmentation",
    "nat",
    "name-mangler",
    "authorization",
    "client",
    "cookie-challenge",
    "limit",
    "http-url",
    "certificate-cache",
    "diagnose",
    "disconnect-revoked-peers",
    "redirect",
    "window",
    "cluster",
    "reconnect",
];

/// Lines of a profile.
const PROFILE: [&str; 19] = [
    "match",
    "identity",
    "authentication",
    "lifetime",
    "dpd",
    "keyring",
    "pki",
    "aaa",
    "nat",
    "ivrf",
    "virtual-template",
    "config-exchange",
    "initial-contact",
    "redirect",
    "description",
    "no",
    "reconnect",
    "anyconnect",
    "set",
];

/// Keys and owners of one peer, identities of one profile.
const KEYS_MAX: usize = 16;

/// Policies that are looked through for a connection.
const POLICIES_MAX: usize = 64;

/// Proposals of one policy, and of one connection.
const PROPOSALS_MAX: usize = 64;

/// Transforms of one proposal.
const TRANSFORMS_MAX: usize = 64;
