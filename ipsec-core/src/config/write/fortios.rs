//! Changes of a FortiOS configuration: `set` lines of the entry of phase 1 or
//! of phase 2 that they belong to, as the CLI reference of FortiOS 7 has them.

use super::names::{self, Vocabulary};
use super::sheet::Sheet;
use super::{Change, Patch, side};
use crate::config::Span;
use crate::config::algorithms::{self, is_aead};
use crate::config::model::{
    Child, Connection, Identity, Method, Mode, Model, NatTraversal, Phase1, Setting, Traffic,
    Versions,
};
use crate::sa::proposal::{Proposal, Transform};
use crate::sa::selector::{AddressRange, Ports};
use crate::wire::registry::ike::{ProtocolId, TransformType};
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr};

pub(super) fn patch(model: &Model, connection: &Connection, change: &Change) -> Option<Patch> {
    let mut entry = Entry(Sheet::new(&model.lines, ""));
    let phase1 = connection.name.span;
    match change {
        Change::Versions(Versions::V1) => entry.set(phase1, "ike-version", "1"),
        Change::Versions(Versions::V2) => entry.set(phase1, "ike-version", "2"),
        Change::Versions(Versions::Both) => return None,
        Change::Phase1(Phase1::Main) => entry.set(phase1, "mode", "main"),
        Change::Phase1(Phase1::Aggressive) => entry.set(phase1, "mode", "aggressive"),
        Change::IkeProposals(new) => entry.proposals(phase1, &connection.proposals, new)?,
        Change::ChildProposals(at, new) => {
            let child = connection.children.get(*at)?;
            entry.proposals(child.name.span, &child.proposals, new)?;
        }
        Change::Pfs(at, groups) => entry.pfs(connection.children.get(*at)?, groups),
        Change::Method {
            local,
            round: 0,
            method,
        } => entry.method(connection, *local, *method)?,
        Change::Identity {
            local,
            round: 0,
            identity,
        } => {
            side(connection, *local).authentication.first()?;
            entry.identity(phase1, *local, identity)?;
        }
        Change::Method { .. } | Change::Identity { .. } => return None,
        Change::Traffic {
            child,
            local,
            traffic,
        } => entry.traffic(connection.children.get(*child)?, *local, traffic)?,
        Change::Mode(at, mode) => {
            let word = match mode {
                Mode::Tunnel => "tunnel-mode",
                Mode::Transport => "transport-mode",
                Mode::Beet | Mode::Pass | Mode::Drop => return None,
            };
            let child = connection.children.get(*at)?;
            entry.set(child.name.span, "encapsulation", word);
        }
        Change::NatTraversal(what) => {
            let word = match what {
                NatTraversal::Never => "disable",
                NatTraversal::WhereSeen => "enable",
                NatTraversal::Always => "forced",
            };
            entry.set(phase1, "nattraversal", word);
        }
        Change::Lifetime(at, time) => {
            let child = connection.children.get(*at)?.name.span;
            if model
                .lines
                .last(child, "keylife-type")
                .is_some_and(|line| line.value.value == "kbs")
            {
                entry.set(child, "keylife-type", "both");
            }
            let seconds = time.as_secs().to_string();
            entry.set_behind(child, "keylife-type", "keylifeseconds", &seconds);
        }
    }
    entry.0.finish()
}

/// The lines of an entry.
struct Entry<'m>(Sheet<'m>);

impl Entry<'_> {
    fn set(&mut self, entry: Span, key: &str, value: &str) {
        self.0.set(entry, entry, "set ", key, value);
    }

    /// A line that means something behind that of `first` alone.
    fn set_behind(&mut self, entry: Span, first: &str, key: &str, value: &str) {
        let first = self.0.lines.last(entry, first);
        let behind = first.map_or(entry, |line| line.value.span);
        self.0.set(entry, behind, "set ", key, value);
    }

    /// The proposals in one line, the groups of all of them in another.
    fn proposals(
        &mut self,
        entry: Span,
        old: &[Setting<Proposal>],
        new: &[Proposal],
    ) -> Option<()> {
        let mut words: Vec<String> = Vec::new();
        for proposal in new {
            for word in combinations(proposal)? {
                if !words.contains(&word) {
                    words.push(word);
                }
            }
        }
        self.set(entry, "proposal", &words.join(" "));
        let before: Vec<&Proposal> = old.iter().map(|one| &one.value).collect();
        let changed = new.iter().filter(|one| !before.contains(one));
        let all: Vec<Transform> = groups(changed.clone().chain(new));
        let groups = match all.len() > GROUPS_MAX {
            true => groups(changed),
            false => all,
        };
        if !groups.is_empty() {
            self.groups(entry, &groups);
        }
        Some(())
    }

    fn groups(&mut self, entry: Span, groups: &[Transform]) {
        let each: Vec<String> = groups.iter().map(|group| group.id.to_string()).collect();
        self.set_behind(entry, "pfs", "dhgrp", &each.join(" "));
    }

    fn pfs(&mut self, child: &Child, groups: &[Transform]) {
        let entry = child.name.span;
        if groups.is_empty() {
            return self.set(entry, "pfs", "disable");
        }
        self.0.correct(entry, "pfs", "enable");
        self.groups(entry, groups);
    }

    /// The method of the peer is that of this end, unless a line of its own
    /// says otherwise, as IKEv2 alone can.
    fn method(&mut self, connection: &Connection, local: bool, method: Method) -> Option<()> {
        let word = match method {
            Method::Psk => "psk",
            Method::Signature => "signature",
            Method::Eap | Method::Xauth | Method::Null => return None,
        };
        let own = local || connection.versions.value == Versions::V1;
        let key = if own {
            "authmethod"
        } else {
            "authmethod-remote"
        };
        self.set(connection.name.span, key, word);
        Some(())
    }

    fn identity(&mut self, entry: Span, local: bool, identity: &Identity) -> Option<()> {
        let (kind, text) = match identity {
            Identity::Address(address) => ("address", address.to_string()),
            Identity::Fqdn(name) => ("fqdn", name.clone()),
            Identity::UserFqdn(name) => ("user-fqdn", name.clone()),
            Identity::KeyId(name) if local => ("keyid", name.clone()),
            Identity::DistinguishedName(name) if local => ("asn1dn", name.clone()),
            Identity::KeyId(_)
            | Identity::DistinguishedName(_)
            | Identity::AddressOf(_)
            | Identity::Any
            | Identity::FromCertificate => return None,
        };
        if text.contains(['"', '\\']) {
            return None;
        }
        let text = format!("\"{text}\"");
        if !local {
            self.set(entry, "peertype", "one");
            self.set_behind(entry, "peertype", "peerid", &text);
        } else {
            match kind {
                "keyid" | "asn1dn" => self.set(entry, "localid-type", kind),
                _ => self.0.correct(entry, "localid-type", kind),
            }
            self.set_behind(entry, "localid-type", "localid", &text);
        }
        Some(())
    }

    /// A network or a range in the place of what is there, of an object too.
    fn traffic(&mut self, child: &Child, local: bool, new: &[Traffic]) -> Option<()> {
        let [new] = new else {
            return None;
        };
        let (entry, side) = (child.name.span, if local { "src" } else { "dst" });
        let old = if local { &child.local } else { &child.remote };
        let old = old.first()?.value;
        let range = new.addresses?;
        let six = matches!(range.low(), IpAddr::V6(_));
        let (kind, values) = addresses(range);
        let kind = if six { format!("{kind}6") } else { kind.into() };
        let key = |rest: &str| [side, "-", rest, if six { "6" } else { "" }].concat();
        self.kind(entry, side, &kind);
        let mut stale = self.stale(entry, side, &kind).into_iter();
        if let Some(first) = stale.next() {
            let each = values
                .iter()
                .map(|(name, value)| format!("set {} {value}", key(name)));
            let new: Vec<String> = each.collect();
            self.0.instead(self.0.lines.last(entry, &first)?, &new);
            stale.for_each(|line| self.0.remove(entry, &line));
        } else {
            for (name, value) in values {
                self.set(entry, &key(name), &value);
            }
        }
        if new.protocol != old.protocol {
            self.set(entry, "protocol", &new.protocol.to_string());
        }
        if new.ports != old.ports {
            self.set(entry, &[side, "-port"].concat(), &port(new.ports)?);
        }
        Some(())
    }

    /// The kind of addresses, which is a network where nothing says so.
    fn kind(&mut self, entry: Span, side: &str, kind: &str) {
        let key = [side, "-addr-type"].concat();
        match kind {
            "subnet" => self.0.correct(entry, &key, kind),
            _ => self.set(entry, &key, kind),
        }
    }

    /// The keys of the addresses that are there and of another kind, where
    /// none of this kind is.
    fn stale(&self, entry: Span, side: &str, kind: &str) -> Vec<String> {
        let own: &[&str] = match kind {
            "subnet" => &["subnet"],
            "subnet6" => &["subnet6"],
            "range" => &["start-ip", "end-ip"],
            "range6" => &["start-ip6", "end-ip6"],
            _ => &[],
        };
        let each = ADDRESSES
            .iter()
            .map(|key| (*key, [side, "-", key].concat()));
        let written = each.filter(|(_, key)| self.0.lines.last(entry, key).is_some());
        let (mine, others): (Vec<_>, Vec<_>) = written.partition(|(key, _)| own.contains(key));
        let others = others.into_iter().filter(|_| mine.is_empty());
        others.map(|(_, key)| key).collect()
    }
}

/// `aes256-sha256`, `aes256gcm-prfsha384`: each cipher with each hash.
fn combinations(one: &Proposal) -> Option<Vec<String>> {
    let of = |kind| {
        one.transforms
            .iter()
            .filter(move |found| found.kind == kind)
    };
    let word = |found| names::find(found, &WORDS, algorithms::transform);
    let mut words = Vec::new();
    for cipher in of(TransformType::ENCR) {
        let second = match (is_aead(cipher), one.protocol) {
            (true, ProtocolId::IKE) => TransformType::PRF,
            (true, _) => {
                words.push(word(cipher)?);
                continue;
            }
            (false, _) => TransformType::INTEG,
        };
        let name = word(cipher)?;
        for hash in of(second).filter(|hash| hash.id != 0) {
            words.push(format!("{name}-{}", word(hash)?));
        }
    }
    (names::is_plain(one) && one.protocol != ProtocolId::AH && !words.is_empty()).then_some(words)
}

fn groups<'a>(proposals: impl Iterator<Item = &'a Proposal>) -> Vec<Transform> {
    let mut found = Vec::new();
    for one in proposals.flat_map(|one| &one.transforms) {
        if one.kind == TransformType::KE && one.id != 0 && !found.contains(one) {
            found.push(*one);
        }
    }
    found
}

/// As a network where it is one, else as a range: the kind, the keys of the
/// lines and their values.
fn addresses(range: AddressRange) -> (&'static str, Vec<(&'static str, String)>) {
    let (low, high) = (range.low(), range.high());
    let text = range.to_string();
    if !text.contains('/') {
        let ends = [("start-ip", low.to_string()), ("end-ip", high.to_string())];
        return ("range", ends.into());
    }
    let text = match (low, high) {
        (IpAddr::V4(low), IpAddr::V4(high)) => {
            let mask = !(low.to_bits() ^ high.to_bits());
            format!("{low} {}", Ipv4Addr::from_bits(mask))
        }
        _ => text,
    };
    ("subnet", [("subnet", text)].into())
}

/// 0 for any; `None` for several.
fn port(ports: Ports) -> Option<String> {
    if ports == Ports::ANY {
        return Some("0".into());
    }
    let (low, high) = ports.bounds();
    (low == high).then(|| low.to_string())
}

/// The words of proposals, for `-` to join.
const WORDS: Vocabulary = Vocabulary {
    fixed: &[
        "null",
        "des",
        "3des",
        "chacha20poly1305",
        "md5",
        "sha1",
        "sha256",
        "sha384",
        "sha512",
        "prfsha1",
        "prfsha256",
        "prfsha384",
        "prfsha512",
    ],
    ciphers: &["aes"],
    modes: &["", "gcm"],
};

/// What a side may be given as, for both versions of IP.
const ADDRESSES: &[&str] = &[
    "subnet",
    "subnet6",
    "name",
    "name6",
    "start-ip",
    "start-ip6",
    "end-ip",
    "end-ip6",
];

/// Groups that a line takes.
const GROUPS_MAX: usize = 3;
