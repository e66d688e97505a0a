//! IKEv1 on IOS: policies, profiles, peers, and what holds for all of them.

use super::defaults;
use super::keys;
use crate::config::cisco::lines::{Command, Word};
use crate::config::cisco::policy::{IKE_LIFETIME, Policy};
use crate::config::cisco::shelf::Shelf;
use crate::config::cisco::{access, pick, span_of};
use crate::config::model::{
    Authentication, Connection, Filled, Host, Identity, Method, Model, Phase1, Setting, Versions,
};
use crate::config::values::{self, Faults};
use crate::config::{ConfigErrorKind, Span, Spanned};
use crate::sa::proposal::Proposal;
use crate::sorted::Map;
use crate::time::Duration;
use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::vec::Vec;
use core::net::IpAddr;

/// What was read of it.
pub(super) struct Gathered {
    /// By priority.
    policies: Map<u32, Policy>,
    profiles: Shelf<Profile>,
    /// Peers whose attributes are set here, the last one open.
    peers: Vec<Peer>,
    identity: Option<Spanned<String>>,
    dead_peer_detection: Option<Setting<Option<Duration>>>,
}

/// `crypto isakmp profile`.
#[derive(Default)]
struct Profile {
    /// The address at which it holds.
    at: Option<Setting<IpAddr>>,
    local: Option<Setting<Identity>>,
    remote: Option<Setting<Identity>>,
    aggressive: Option<Span>,
    dead_peer_detection: Option<Setting<Option<Duration>>>,
}

/// `crypto isakmp peer`.
struct Peer {
    host: Option<Setting<Host>>,
    aggressive: Option<Span>,
}

impl Gathered {
    pub(super) const fn new() -> Self {
        Self {
            policies: Map::new(),
            profiles: Shelf::new(),
            peers: Vec::new(),
            identity: None,
            dead_peer_detection: None,
        }
    }

    pub(super) fn open(&mut self, priority: u32, span: Span) {
        self.policies.entry(priority).or_insert(Policy::new(span));
    }

    /// A line of a policy.
    pub(super) fn policy(
        &mut self,
        priority: u32,
        command: &Command<'_>,
        faults: &mut Faults,
    ) -> bool {
        let policy = self.policies.get_mut(&priority);
        policy.is_some_and(|policy| policy.read(&command.words, faults))
    }

    pub(super) fn open_profile(&mut self, name: &str) {
        self.profiles.open(name, Profile::default);
    }

    /// A line of a profile.
    pub(super) fn profile(
        &mut self,
        name: &str,
        command: &Command<'_>,
        faults: &mut Faults,
    ) -> bool {
        let known = [
            "keyring",
            "match",
            "self-identity",
            "initiate",
            "keepalive",
            "vrf",
            "local-address",
            "ca",
            "client",
            "accounting",
            "isakmp",
            "virtual-template",
            "description",
            "qos-group",
            "default",
            "no",
        ];
        let Some(profile) = self.profiles.get_mut(name) else {
            return false;
        };
        let value = command.words.get(1);
        match pick(command.text(0), &known) {
            Some("match") if command.text(1) == "identity" => {
                profile.remote = identity(command.from(2));
            }
            Some("local-address") => profile.at = keys::own_address(value),
            Some("self-identity") => profile.local = identity(command.from(1)),
            Some("initiate") if command.text(2) == "aggressive" => {
                profile.aggressive = command.words.get(2).map(|word| word.span);
            }
            Some("keepalive") => {
                let found = value.map(Word::spanned);
                let seconds = faults.setting(found, None, values::count_seconds);
                profile.dead_peer_detection = Some(seconds);
            }
            Some(_) => {}
            None => return false,
        }
        true
    }

    /// `crypto isakmp peer address 192.0.2.1`.
    pub(super) fn open_peer(&mut self, words: &[Word<'_>]) {
        let host = words.get(1).and_then(|word| {
            let host = values::host(&word.text)?;
            Some(Setting::written(host, word.span))
        });
        if self.peers.len() < PEERS_MAX {
            self.peers.push(Peer {
                host,
                aggressive: None,
            });
        }
    }

    /// A line of a peer.
    pub(super) fn peer(&mut self, command: &Command<'_>, model: &mut Model) -> bool {
        let (Some(peer), "set", "aggressive-mode") =
            (self.peers.last_mut(), command.text(0), command.text(1))
        else {
            return command.text(0) == "description";
        };
        let word = command.words.get(1);
        peer.aggressive = word.map(|word| word.span);
        let password = pick(command.text(2), &["password", "client-endpoint"]) == Some("password");
        if let (true, Some(word)) = (password && model.secrets.len() < keys::SECRETS_MAX, word)
            && let Some(mut note) = keys::secret_of(word, command.from(3))
        {
            let owner = peer.host.as_ref().and_then(|host| match &host.value {
                Host::At(range) => keys::single(*range),
                Host::Named(name) => Some(Identity::Fqdn(name.clone())),
                Host::Any => None,
            });
            let span = peer.host.as_ref().and_then(Setting::span);
            let owner = owner
                .zip(span)
                .map(|(owner, span)| Setting::written(owner, span));
            note.owners.extend(owner);
            model.secrets.push(note);
        }
        true
    }

    /// What stands behind `crypto isakmp` and holds everywhere.
    pub(super) fn setting(&mut self, keyword: &str, words: &[Word<'_>], faults: &mut Faults) {
        let value = words.get(1);
        match keyword {
            "identity" => self.identity = value.map(Word::owned),
            "keepalive" => {
                let found = value.map(Word::spanned);
                let seconds = faults.setting(found, None, values::count_seconds);
                self.dead_peer_detection = Some(seconds);
            }
            _ => {}
        }
    }

    /// What its policies leave to the device.
    pub(super) fn filled(&self) -> impl Iterator<Item = Filled> {
        let policies = self.policies.values().take(POLICIES_MAX);
        policies.flat_map(Policy::filled)
    }

    /// Fills in what a connection of IKEv1 is.
    pub(super) fn fill(
        &self,
        connection: &mut Connection,
        profile: Option<&Spanned<String>>,
        major: Option<u32>,
        faults: &mut Faults,
    ) {
        let empty = Profile::default();
        let found = profile.map(|name| self.profiles.get(&name.value).ok_or(name.span));
        let profile = match found {
            Some(Ok(profile)) => profile,
            Some(Err(span)) => {
                faults.note(span, ConfigErrorKind::NoSuchSection);
                &empty
            }
            None => &empty,
        };
        keys::bind(connection, profile.at.as_ref());
        connection.versions = Setting::by_default(Versions::V1);
        connection.proposals = self.proposals(major);
        let methods = self.methods(major);
        let local = profile
            .local
            .clone()
            .unwrap_or_else(|| self.own(connection));
        let remote = profile
            .remote
            .clone()
            .unwrap_or(Setting::by_default(Identity::Any));
        connection
            .local
            .authentication
            .push(Authentication::new(methods.clone(), local));
        connection
            .remote
            .authentication
            .push(Authentication::new(methods, remote));
        let lifetimes = self
            .policies
            .values()
            .next()
            .and_then(|first| first.lifetime.clone());
        let default = Setting::by_default(Some(IKE_LIFETIME));
        connection.lifetimes.end = lifetimes.unwrap_or(default);
        let asked = profile
            .dead_peer_detection
            .as_ref()
            .or(self.dead_peer_detection.as_ref());
        connection.dead_peer_detection = asked.cloned().unwrap_or(Setting::by_default(None));
        let peers = self.peers.iter().filter(|peer| {
            let hosts = connection.remote.addresses.iter();
            let host = peer.host.as_ref().map(|host| &host.value);
            hosts.clone().any(|remote| Some(&remote.value) == host)
        });
        let aggressive = peers.filter_map(|peer| peer.aggressive).next();
        if let Some(span) = profile.aggressive.or(aggressive) {
            connection.phase1 = Setting::written(Phase1::Aggressive, span);
        }
    }

    fn proposals(&self, major: Option<u32>) -> Vec<Setting<Proposal>> {
        if self.policies.is_empty() {
            let defaults = defaults::ikev1(major);
            return defaults.into_iter().map(Setting::by_default).collect();
        }
        let policies = self.policies.values().take(POLICIES_MAX).enumerate();
        policies
            .map(|(before, policy)| policy.proposal(before, defaults::policy()))
            .collect()
    }

    /// The methods of all policies, at the first that is written.
    fn methods(&self, major: Option<u32>) -> Setting<Vec<Method>> {
        let policies = self.policies.values().take(POLICIES_MAX);
        let mut methods = Vec::new();
        for policy in policies.clone() {
            let method = policy
                .method
                .as_ref()
                .map_or(Method::Signature, |one| one.value);
            if !methods.contains(&method) {
                methods.push(method);
            }
        }
        if methods.is_empty() {
            methods = defaults::methods(major);
        }
        let written = policies
            .filter_map(|policy| policy.method.as_ref()?.span())
            .next();
        match written {
            Some(span) => Setting::written(methods, span),
            None => Setting::by_default(methods),
        }
    }

    /// Who this end is without a profile: its address, unless told otherwise.
    fn own(&self, connection: &Connection) -> Setting<Identity> {
        let address = connection
            .local
            .addresses
            .iter()
            .find_map(|one| match &one.value {
                Host::At(range) => keys::single(*range),
                Host::Any | Host::Named(_) => None,
            });
        let address = address.unwrap_or(Identity::Any);
        match &self.identity {
            Some(kind) if kind.value == "address" => Setting::written(address, kind.span),
            Some(kind) if kind.value == "dn" => {
                Setting::written(Identity::FromCertificate, kind.span)
            }
            // The name and the domain of the device, in which form is not told.
            Some(kind) => Setting::written(Identity::Any, kind.span),
            None => Setting::by_default(address),
        }
    }
}

/// `address 192.0.2.1`, `host gw.example`, `fqdn`, `user-fqdn a@b.example`.
fn identity(words: &[Word<'_>]) -> Option<Setting<Identity>> {
    let (kind, rest) = words.split_first()?;
    let first = rest.first().map_or("", |word| &*word.text);
    let last = rest.last().map(|word| word.text.clone().into_owned());
    let text = last.unwrap_or_default();
    let domain = first == "domain" && rest.len() > 1;
    let identity = match &*kind.text {
        "address" => access::network(rest)
            .and_then(keys::single)
            .unwrap_or(Identity::Any),
        "host" | "fqdn" if domain => Identity::Fqdn(["*.", &text].concat()),
        "host" | "fqdn" if !rest.is_empty() => Identity::Fqdn(first.to_owned()),
        "user" | "user-fqdn" if !domain && !rest.is_empty() => Identity::UserFqdn(first.to_owned()),
        "group" => Identity::KeyId(first.to_owned()),
        _ => Identity::Any,
    };
    Some(Setting::written(identity, span_of(words)?))
}

/// Policies of one device that are offered.
const POLICIES_MAX: usize = 64;

/// Peers of one device with attributes of their own.
const PEERS_MAX: usize = 256;
