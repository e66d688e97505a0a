//! What a connection states by itself: where it is applied, how it begins, how
//! long it lives, who it lets in.

use super::ends::singles;
use super::pair::{place, proven};
use super::{Held, Side, l2tp, slides, suites, words};
use crate::config::Span;
use crate::config::compare;
use crate::config::model::{
    Attachment, Child, Dialect, End, Host, Identity, Lifetimes, Method, Mode, Phase1, SecretKind,
    Setting, Versions,
};
use crate::config::profile::Profile;
use crate::evidence::{Configured, Effect, Ends, Repair, Topic};
use crate::sa::selector::AddressRange;
use crate::wire::registry::ike::ProtocolId;
use crate::wire::tree::escaped;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

/// One connection, looked at by itself.
pub(super) struct One<'a> {
    pub(super) held: Held<'a>,
    pub(super) side: &'a Side<'a>,
    /// What to call the device.
    pub(super) name: String,
    /// What to call the connection.
    pub(super) connection: String,
}

/// All that each connection of a device states. `paired` tells for which of
/// them the other end is there as well.
pub(super) fn facts<'a>(
    side: &'a Side<'a>,
    profile: Profile,
    paired: impl Fn(Held<'a>) -> bool,
) -> Vec<Configured> {
    let mut facts = Vec::new();
    let all: Vec<Held<'_>> = side.connections().collect();
    for held in all.iter().copied() {
        let one = One::of(held, side);
        facts.extend(one.applied());
        facts.extend(one.aggressive());
        facts.extend(one.lifetimes());
        facts.extend(one.no_pfs());
        facts.extend(one.dynamic_peer());
        facts.extend(one.authentication_header());
        facts.extend(one.certificate());
        facts.extend(l2tp::fact(&one));
        facts.extend(one.idle());
        facts.extend(suites::facts(&one, profile));
        if !paired(held) {
            facts.extend(one.key_of_the_other(&all));
            facts.push(one.itself());
        }
    }
    facts.extend(one_map(side, &all));
    facts.extend(overlapping(side, &all));
    facts.extend(slides::facts(&all));
    facts
}

impl<'a> One<'a> {
    fn of(held: Held<'a>, side: &'a Side<'a>) -> Self {
        let own = singles(&held.connection.local.addresses);
        let connection = escaped(held.connection.name.value.as_bytes());
        let name = match (&held.model.host, own.first()) {
            (Some(host), _) => escaped(host.value.as_bytes()),
            (None, Some(address)) => address.to_string(),
            (None, None) => format!("\"{connection}\""),
        };
        Self {
            held,
            side,
            name,
            connection,
        }
    }

    pub(super) fn fact(&self, topic: Topic, effect: Effect, detail: String) -> Configured {
        let connection = self.held.connection;
        let ends = Ends {
            asking: singles(&connection.local.addresses),
            answering: singles(&connection.remote.addresses),
        };
        let mut fact = Configured::new(topic, effect, ends, detail);
        fact.connection = Some(self.connection.clone());
        fact
    }

    pub(super) fn at(
        &self,
        mut fact: Configured,
        span: Option<Span>,
        shows: impl Into<String>,
    ) -> Configured {
        fact.places.push(place(self.held, span, shows.into()));
        fact
    }

    pub(super) fn repair(&self, text: String) -> Repair {
        Repair::new(self.held.input(), true, text)
    }

    fn itself(&self) -> Configured {
        let detail = format!(
            "\"{}\" of {}; the other end's configuration is not given.",
            self.connection, self.name
        );
        let fact = self.fact(Topic::Connection, Effect::Harmless, detail);
        let shows = format!("connection \"{}\"", self.connection);
        self.at(fact, Some(self.held.connection.name.span), shows)
    }

    fn applied(&self) -> Option<Configured> {
        if self.held.connection.attachment != Attachment::Nowhere {
            return None;
        }
        let detail = format!(
            "No interface of {} uses \"{}\", so nothing is protected by it.",
            self.name, self.connection
        );
        let fact = self.fact(Topic::NotApplied, Effect::Fails, detail);
        let shows = format!("\"{}\", of which no interface says", self.connection);
        let mut fact = self.at(fact, Some(self.held.connection.name.span), shows);
        let map = map_of(&self.connection);
        let mut repair = self.repair(format!(
            "Apply the crypto map {map} to the interface towards the peer."
        ));
        if is_cisco(self.held.model.dialect) {
            let asa = self.held.model.dialect == Dialect::CiscoAsa;
            repair.patch = Some(if asa {
                format!("+crypto map {map} interface outside")
            } else {
                format!(" interface (the one towards the peer)\n+ crypto map {map}")
            });
        }
        fact.repairs.push(repair);
        Some(fact)
    }

    fn methods(&self, method: Method) -> Option<Option<Span>> {
        let connection = self.held.connection;
        let ends = [&connection.local, &connection.remote];
        let mut rounds = ends.into_iter().flat_map(|end: &End| &end.authentication);
        let found = rounds.find(|round| round.methods.value.contains(&method))?;
        Some(found.methods.span())
    }

    fn aggressive(&self) -> Option<Configured> {
        let connection = self.held.connection;
        let v2 = connection.versions.value == Versions::V2;
        if v2 || connection.phase1.value != Phase1::Aggressive {
            return None;
        }
        let span = self.methods(Method::Psk)?;
        let detail = format!(
            "{} uses aggressive mode with a pre-shared key: whoever records the first two messages can try keys at leisure.",
            self.name
        );
        let fact = self.fact(Topic::AggressiveSharedKey, Effect::Weakens, detail);
        let fact = self.at(fact, connection.phase1.span(), "aggressive mode");
        let mut fact = self.at(fact, span, "a pre-shared key");
        fact.repairs
            .push(self.repair("Use IKEv2, or main mode, or certificates.".into()));
        Some(fact)
    }

    fn lifetimes(&self) -> Vec<Configured> {
        let connection = self.held.connection;
        let children = connection.children.iter().take(compare::CHILDREN_MAX);
        let lists = children.map(|child| ("the ESP SAs", &child.lifetimes));
        let all = core::iter::once(("the IKE SA", &connection.lifetimes)).chain(lists);
        let mut facts: Vec<Configured> = all
            .filter_map(|(what, life)| self.soft(what, life))
            .collect();
        let first = connection
            .children
            .first()
            .map(|child| &child.lifetimes.end);
        if let Some(end) = first.filter(|end| end.span().is_none()) {
            let life = words::lifetime(end.value);
            let detail = format!(
                "{} writes no lifetime for the ESP SAs; the device's own holds: {life}.",
                self.name
            );
            let fact = self.fact(Topic::LifetimeByDefault, Effect::Harmless, detail);
            facts.push(self.at(fact, None, life));
        }
        facts
    }

    /// Rekeying that begins when the SA is over.
    fn soft(&self, what: &str, life: &Lifetimes) -> Option<Configured> {
        let (rekey, end) = (life.rekey.value?, life.end.value?);
        let written = life.rekey.span().is_some() && life.end.span().is_some();
        if rekey < end || !written || life.rekey.span() == life.end.span() {
            return None;
        }
        let [soft, hard] = [rekey, end].map(|time| words::lifetime(Some(time)));
        let detail = format!(
            "{} renews {what} after {soft}, but ends them after {hard}: they are never renewed in time.",
            self.name
        );
        let fact = self.fact(Topic::SoftLifetime, Effect::FailsLater, detail);
        let fact = self.at(fact, life.rekey.span(), format!("renewed after {soft}"));
        let mut fact = self.at(fact, life.end.span(), format!("ended after {hard}"));
        let earlier = end.as_secs().saturating_mul(9) / 10;
        fact.repairs.push(self.repair(format!(
            "Renew after {earlier} s, or let them live longer than {soft}."
        )));
        Some(fact)
    }

    fn no_pfs(&self) -> Option<Configured> {
        let mut children = self.held.connection.children.iter();
        let child = children.find(|child| protects(child) && !child.has_pfs())?;
        let detail = format!(
            "{} has no PFS: new keys of the ESP SAs follow from those of the IKE SA.",
            self.name
        );
        let fact = self.fact(Topic::PfsAbsent, Effect::Harmless, detail);
        let span = child.proposals.first().and_then(Setting::span);
        Some(self.at(fact, span, words::proposals(&child.proposals)))
    }

    /// A peer at no fixed address: only it can begin, and in main mode its key
    /// cannot be looked up by its identity.
    fn dynamic_peer(&self) -> Vec<Configured> {
        let connection = self.held.connection;
        let hosts = &connection.remote.addresses;
        if hosts.is_empty() || hosts.iter().any(|host| host.value != Host::Any) {
            return Vec::new();
        }
        let span = hosts.first().and_then(Setting::span);
        let detail = format!(
            "\"{}\" of {} names no address of its peer: only the peer can begin.",
            self.connection, self.name
        );
        let fact = self.fact(Topic::DynamicPeer, Effect::Harmless, detail);
        let mut facts = Vec::from([self.at(fact, span, "any address")]);
        let main =
            connection.phase1.value == Phase1::Main && connection.versions.value == Versions::V1;
        let mut keys = self
            .side
            .secrets()
            .filter(|note| note.kind == SecretKind::Psk);
        let for_anybody = keys.any(|note| {
            note.owners.is_empty() || note.owners.iter().any(|owner| owner.value == Identity::Any)
        });
        if main && self.methods(Method::Psk).is_some() && !for_anybody {
            let detail = format!(
                "In main mode {} looks up the pre-shared key by the peer's address, before it knows who the peer is, and that address is not fixed.",
                self.name
            );
            let fact = self.fact(Topic::SharedKeyByAddress, Effect::Weakens, detail);
            let mut fact = self.at(fact, span, "any address");
            fact.repairs.push(self.repair(
                "Use IKEv2 or certificates, or aggressive mode with names as identities.".into(),
            ));
            facts.push(fact);
        }
        facts
    }

    fn authentication_header(&self) -> Option<Configured> {
        let mut children = self.held.connection.children.iter();
        let child = children.find(|child| {
            let mut proposals = child.proposals.iter();
            let ah = proposals
                .clone()
                .any(|one| one.value.protocol == ProtocolId::AH);
            ah && !proposals.any(|one| one.value.protocol == ProtocolId::ESP)
        })?;
        let detail = format!(
            "{} protects packets with AH alone: they can be read on the way, and do not pass a NAT.",
            self.name
        );
        let fact = self.fact(Topic::AuthenticationHeader, Effect::Weakens, detail);
        let span = child.proposals.first().and_then(Setting::span);
        let mut fact = self.at(fact, span, "AH");
        fact.repairs
            .push(self.repair("Use ESP with integrity protection in place of AH.".into()));
        Some(fact)
    }

    /// What a certificate must say for the identity that is written.
    fn certificate(&self) -> Option<Configured> {
        let connection = self.held.connection;
        let round = connection.local.authentication.first()?;
        let signs = round.methods.value == [Method::Signature];
        if !signs
            || matches!(
                round.identity.value,
                Identity::Any | Identity::FromCertificate
            )
        {
            return None;
        }
        let who = round.identity.value.to_string();
        let named = matches!(round.identity.value, Identity::DistinguishedName(_));
        let field = if named {
            "as its subject"
        } else {
            "among its subjectAltNames"
        };
        let detail = format!(
            "{} says it is {who}: its certificate must carry that {field}.",
            self.name
        );
        let fact = self.fact(Topic::Certificate, Effect::Harmless, detail);
        Some(self.at(fact, round.identity.span(), who))
    }

    fn idle(&self) -> Option<Configured> {
        let idle = &self.held.connection.idle_timeout;
        let time = words::lifetime(Some(idle.value?));
        let detail = format!(
            "{} takes \"{}\" down after {time} without traffic.",
            self.name, self.connection
        );
        let fact = self.fact(Topic::IdleTimeout, Effect::Harmless, detail);
        Some(self.at(fact, idle.span(), time))
    }

    /// The line that the other end, which is not given, must have.
    fn key_of_the_other(&self, all: &[Held<'_>]) -> Option<Configured> {
        self.methods(Method::Psk)?;
        let connection = self.held.connection;
        let peers = singles(&connection.remote.addresses);
        let wanted = connection
            .remote
            .authentication
            .first()
            .map(|round| &round.identity.value);
        let mut keys = self
            .side
            .secrets()
            .filter(|note| note.kind == SecretKind::Psk);
        let key = keys.find(|note| {
            let mut owners = note.owners.iter();
            note.owners.is_empty()
                || owners.any(|owner| {
                    let named = Some(&owner.value) == wanted;
                    named
                        || peers
                            .iter()
                            .any(|peer| owner.value == Identity::Address(*peer))
                })
        })?;
        let beside = || slides::own_address(self.held, all).map(Identity::Address);
        let own = proven(&connection.local).or_else(beside);
        let who = own
            .as_ref()
            .map_or_else(|| "this end".into(), Identity::to_string);
        let detail = format!(
            "{} has a pre-shared key for its peer; the peer needs the same key for {who}, and its configuration is not given.",
            self.name
        );
        let fact = self.fact(Topic::SharedKeyMissing, Effect::Harmless, detail);
        let mut fact = self.at(fact, Some(key.span), "a pre-shared key");
        let line = match (self.held.model.dialect, own) {
            (Dialect::CiscoIos, Some(Identity::Address(address))) => {
                format!("crypto isakmp key (the same key) address {address}")
            }
            _ => format!("the same key for {who}"),
        };
        fact.repairs.push(Repair::new(
            self.held.input(),
            false,
            format!("At the other end: {line}."),
        ));
        Some(fact)
    }
}

/// Whether packets are to be protected at all.
pub(super) fn protects(child: &Child) -> bool {
    matches!(
        child.mode.value,
        Mode::Tunnel | Mode::Transport | Mode::Beet
    )
}

pub(super) const fn is_cisco(dialect: Dialect) -> bool {
    matches!(dialect, Dialect::CiscoIos | Dialect::CiscoAsa)
}

/// `outside` of `outside 10`.
pub(super) fn map_of(name: &str) -> &str {
    name.rsplit_once(' ').map_or(name, |(map, _)| map)
}

/// Several crypto maps where an interface takes one.
fn one_map<'a>(side: &'a Side<'a>, all: &[Held<'a>]) -> Option<Configured> {
    let mut maps: Vec<(&str, One<'_>)> = Vec::new();
    let mut nowhere = false;
    for held in all.iter().filter(|held| is_cisco(held.model.dialect)) {
        nowhere = nowhere || held.connection.attachment == Attachment::Nowhere;
        let name = map_of(&held.connection.name.value);
        let numbered = name.len() < held.connection.name.value.len();
        if numbered && !maps.iter().any(|(known, _)| *known == name) {
            maps.push((name, One::of(*held, side)));
        }
    }
    let (first, rest) = maps.split_first()?;
    if rest.is_empty() || !nowhere {
        return None;
    }
    let names: Vec<String> = maps
        .iter()
        .take(SHOWN_MAX)
        .map(|(name, _)| escaped(name.as_bytes()))
        .collect();
    let detail = format!(
        "{} has several crypto maps ({}), but an interface takes one: the last one applied holds alone.",
        first.1.name,
        names.join(", ")
    );
    let mut fact = first
        .1
        .fact(Topic::OneMapPerInterface, Effect::Weakens, detail);
    for (name, one) in maps.iter().take(SHOWN_MAX) {
        let span = one.held.connection.name.span;
        fact = one.at(
            fact,
            Some(span),
            format!("crypto map {}", escaped(name.as_bytes())),
        );
    }
    let entries: Vec<String> = names
        .iter()
        .zip(1_u32..)
        .map(|(_, number)| number.to_string())
        .collect();
    let text = format!(
        "Use one crypto map with an entry for each peer: {} {}.",
        names.first().map_or("", String::as_str),
        entries.join(", ")
    );
    fact.repairs.push(first.1.repair(text));
    Some(fact)
}

/// Networks behind different peers that overlap.
fn overlapping<'a>(side: &'a Side<'a>, all: &[Held<'a>]) -> Option<Configured> {
    let mut known: Vec<(AddressRange, Held<'_>, Option<Span>)> = Vec::new();
    for held in all.iter().take(OVERLAP_MAX) {
        let remotes = held
            .connection
            .children
            .iter()
            .filter(|child| protects(child))
            .flat_map(|child| &child.remote);
        for one in remotes.take(OVERLAP_MAX) {
            let Some(range) = one.value.addresses else {
                continue;
            };
            if range == AddressRange::ANY_V4 || range == AddressRange::ANY_V6 {
                continue;
            }
            let peers = singles(&held.connection.remote.addresses);
            let clash = known.iter().find(|(other, by, at)| {
                let others = singles(&by.connection.remote.addresses);
                !peers.is_empty()
                    && !slides::are_both_ends(*held, *by)
                    && !others.is_empty()
                    && !peers.iter().any(|peer| others.contains(peer))
                    && other.intersection(range).is_some()
                    && *at != one.span()
            });
            if let Some((other, by, span)) = clash {
                let (new, old) = (One::of(*held, side), One::of(*by, side));
                let detail = format!(
                    "{range} of \"{}\" and {other} of \"{}\" overlap, behind different peers: packets go to one of them.",
                    new.connection, old.connection
                );
                let fact = new.fact(Topic::Overlap, Effect::Weakens, detail);
                let fact = new.at(fact, one.span(), range.to_string());
                return Some(old.at(fact, *span, other.to_string()));
            }
            if known.len() < OVERLAP_MAX {
                known.push((range, *held, one.span()));
            }
        }
    }
    None
}

/// Crypto maps that are named.
const SHOWN_MAX: usize = 16;

/// Networks that are held against each other.
const OVERLAP_MAX: usize = 256;
