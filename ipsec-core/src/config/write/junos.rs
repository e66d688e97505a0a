//! Changes of a Junos configuration, in the form it has: `set` lines that name
//! their section, or statements between the braces of it. Words are those of
//! the CLI reference of Junos 22.

use super::names::{self, Vocabulary};
use super::sheet::Sheet;
use super::{Change, Patch, side};
use crate::config::Span;
use crate::config::algorithms::is_aead;
use crate::config::junos::algorithms;
use crate::config::model::{
    Connection, Identity, Method, Model, NatTraversal, Phase1, Setting, Traffic, Versions,
};
use crate::sa::proposal::{Proposal, Transform};
use crate::sa::selector::Ports;
use crate::wire::registry::ike::{ProtocolId, TransformType};
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::net::IpAddr;

pub(super) fn patch(model: &Model, connection: &Connection, change: &Change) -> Option<Patch> {
    let gateway = connection.name.span;
    let in_lines = model.lines.of(gateway).first()?.names_section();
    let stop = if in_lines { "" } else { ";" };
    let mut tree = Tree(Sheet::new(&model.lines, stop));
    match change {
        Change::Versions(Versions::V1) => tree.set(gateway, "version", "v1-only"),
        Change::Versions(Versions::V2) => tree.set(gateway, "version", "v2-only"),
        Change::Versions(Versions::Both) => return None,
        Change::Phase1(phase1) => {
            let policy = tree.named(gateway, "ike-policy", "ike policy")?;
            let word = match phase1 {
                Phase1::Main => "main",
                Phase1::Aggressive => "aggressive",
            };
            tree.set(policy, "mode", word);
        }
        Change::IkeProposals(new) => {
            tree.proposals(&connection.proposals, new)?;
        }
        Change::ChildProposals(at, new) => {
            let child = connection.children.get(*at)?;
            let group = tree.proposals(&child.proposals, new)?;
            if let Some(group) = group {
                let policy = tree.ipsec_policy(connection, *at)?;
                tree.pfs(policy, Some(group))?;
            }
        }
        Change::Pfs(at, groups) => {
            let policy = tree.ipsec_policy(connection, *at)?;
            tree.pfs(policy, groups.first().copied())?;
        }
        Change::Method {
            round: 0, method, ..
        } => tree.method(connection, *method)?,
        Change::Identity {
            local,
            round: 0,
            identity,
        } => {
            side(connection, *local).authentication.first()?;
            let key = if *local { "local" } else { "remote" };
            tree.set(gateway, &format!("{key}-identity"), &word(identity)?);
        }
        Change::Method { .. } | Change::Identity { .. } | Change::Mode(..) => return None,
        Change::Traffic {
            child,
            local,
            traffic,
        } => {
            let child = connection.children.get(*child)?;
            let old = if *local { &child.local } else { &child.remote };
            let (_, line) = model.lines.at(old.first()?.span()?)?;
            tree.0.replace(line, &network(traffic)?);
        }
        Change::NatTraversal(NatTraversal::WhereSeen) => tree.0.remove(gateway, "no-nat-traversal"),
        Change::NatTraversal(_) => return None,
        Change::Lifetime(at, time) => {
            let policy = tree.ipsec_policy(connection, *at)?;
            let proposal = tree.named(policy, "proposals", "ipsec proposal")?;
            tree.set(proposal, "lifetime-seconds", &time.as_secs().to_string());
        }
    }
    tree.0.finish()
}

/// The statements of a configuration.
struct Tree<'m>(Sheet<'m>);

impl Tree<'_> {
    fn set(&mut self, section: Span, key: &str, value: &str) {
        let lead = self.lead(section);
        self.0.set(section, section, &lead, key, value);
    }

    /// What a new line of a section begins with.
    fn lead(&self, section: Span) -> String {
        let first = self.0.lines.of(section).first();
        first.map_or_else(String::new, |line| line.before().into())
    }

    /// The section that a line names first.
    fn named(&self, section: Span, key: &str, kind: &str) -> Option<Span> {
        let mut lines = self.0.lines.of(section).iter();
        let line = lines.find(|line| line.key == key)?;
        let name = line.value.value.split(' ').next()?;
        self.0.lines.named(&format!("{kind} {name}"))
    }

    /// The policy of the VPN that the child is of, or is a selector of.
    fn ipsec_policy(&self, connection: &Connection, at: usize) -> Option<Span> {
        let child = connection.children.get(at)?;
        let places = [child.local.first(), child.remote.first()];
        let mut places = places.into_iter().flatten().filter_map(Setting::span);
        let vpn = places.find_map(|place| Some(self.0.lines.at(place)?.0));
        let vpn = vpn.unwrap_or(child.name.span);
        self.named(vpn, "ike ipsec-policy", "ipsec policy")
    }

    /// The algorithms in which a proposal differs, each in its own line; the
    /// group that it is to have, where that is another than before and stands
    /// elsewhere.
    fn proposals(
        &mut self,
        old: &[Setting<Proposal>],
        new: &[Proposal],
    ) -> Option<Option<Transform>> {
        let mut pairs = old.iter().zip(new);
        let (old, new) = pairs.find(|(old, new)| old.value != **new)?;
        let (section, _) = self.0.lines.at(old.span()?)?;
        if !names::is_plain(new) || self.0.lines.last(section, "proposal-set").is_some() {
            return None;
        }
        let [(cipher, hash), (_, before)] = [new, &old.value].map(algorithms_of);
        let cipher = cipher?;
        if Some(cipher) != algorithms_of(&old.value).0 {
            self.set(section, "encryption-algorithm", &encryption(&cipher)?);
        }
        match hash {
            Some(hash) if Some(hash) != before => {
                let word = authentication(&hash, new.protocol)?;
                self.set(section, "authentication-algorithm", &word);
            }
            Some(_) => {}
            None => self.0.remove(section, "authentication-algorithm"),
        }
        let [group, before] = [new, &old.value].map(group_of);
        if group == before {
            return Some(None);
        }
        if new.protocol != ProtocolId::IKE {
            return Some(group);
        }
        self.set(section, "dh-group", &format!("group{}", group?.id));
        Some(None)
    }

    /// Perfect forward secrecy with this group, or none.
    fn pfs(&mut self, policy: Span, group: Option<Transform>) -> Option<()> {
        let lines = self.0.lines;
        let Some(group) = group else {
            return self.drop_pfs(policy);
        };
        let word = format!("group{}", group.id);
        algorithms::group(&word)?;
        let lead = self.lead(policy);
        match lines.last(policy, PFS) {
            Some(line) => self.0.replace(line, &word),
            None if lead.is_empty() => {
                self.0
                    .block(policy, "perfect-forward-secrecy", &format!("keys {word}"))
            }
            None => self.set(policy, PFS, &word),
        }
        Some(())
    }

    /// Takes the statement away, with its braces.
    fn drop_pfs(&mut self, policy: Span) -> Option<()> {
        let line = self.0.lines.last(policy, PFS)?;
        if line.names_section() {
            self.0.remove(policy, PFS);
            return Some(());
        }
        let head = self
            .0
            .lines
            .last(policy, "perfect-forward-secrecy")?
            .value
            .span;
        let keys = format!("keys {};", line.value.value);
        let below = line.value.span.line.checked_sub(head.line)?;
        let old = match below {
            0 => Vec::from([format!("perfect-forward-secrecy {{ {keys} }}")]),
            1 => ["perfect-forward-secrecy {", &keys, "}"]
                .map(String::from)
                .into(),
            _ => return None,
        };
        self.0.cut(head, old);
        Some(())
    }

    /// Both ends prove who they are as the first proposal says.
    fn method(&mut self, connection: &Connection, method: Method) -> Option<()> {
        let word = match method {
            Method::Psk => "pre-shared-keys",
            Method::Signature => "rsa-signatures",
            Method::Eap | Method::Xauth | Method::Null => return None,
        };
        let policy = self.named(connection.name.span, "ike-policy", "ike policy")?;
        let proposal = self.named(policy, "proposals", "ike proposal")?;
        self.set(proposal, "authentication-method", word);
        Some(())
    }
}

/// The cipher and the hash: of IKE with an AEAD cipher that of the PRF.
fn algorithms_of(one: &Proposal) -> (Option<Transform>, Option<Transform>) {
    let first = |kind| {
        let mut all = one.transforms.iter();
        all.find(|found| found.kind == kind && (found.id != 0 || kind == TransformType::ENCR))
    };
    let cipher = first(TransformType::ENCR).copied();
    let hash = match (cipher.as_ref().is_some_and(is_aead), one.protocol) {
        (true, ProtocolId::IKE) => first(TransformType::PRF),
        (true, _) => None,
        (false, _) => first(TransformType::INTEG),
    };
    (cipher, hash.copied())
}

fn group_of(one: &Proposal) -> Option<Transform> {
    let mut all = one.transforms.iter();
    let group = all.find(|found| found.kind == TransformType::KE && found.id != 0);
    group.copied()
}

fn encryption(one: &Transform) -> Option<String> {
    names::find(one, &ENCRYPTION, algorithms::encryption)
}

/// The name of the hash: of IKE, also for the PRF over it, or of ESP and AH.
fn authentication(one: &Transform, protocol: ProtocolId) -> Option<String> {
    let read = |word: &str| {
        let hash = algorithms::authentication(word)?;
        match one.kind {
            TransformType::PRF => crate::config::algorithms::prf_of(&hash),
            _ => Some(hash),
        }
    };
    let words = match protocol {
        ProtocolId::IKE => &IKE_HASH,
        _ => &ESP_HASH,
    };
    names::find(one, words, read)
}

fn word(identity: &Identity) -> Option<String> {
    let (kind, text) = match identity {
        Identity::Address(address @ IpAddr::V4(_)) => ("inet", address.to_string()),
        Identity::Address(address) => ("inet6", address.to_string()),
        Identity::Fqdn(name) => ("hostname", name.clone()),
        Identity::UserFqdn(name) => ("user-at-hostname", format!("\"{name}\"")),
        Identity::KeyId(name) => ("key-id", name.clone()),
        Identity::DistinguishedName(_)
        | Identity::AddressOf(_)
        | Identity::Any
        | Identity::FromCertificate => return None,
    };
    let plain = !text.contains([' ', ';', '{', '}', '[', ']', '\\', '#']);
    plain.then(|| format!("{kind} {text}"))
}

/// One prefix: Junos has no other selectors.
fn network(traffic: &[Traffic]) -> Option<String> {
    let [one] = traffic else {
        return None;
    };
    let text = one.addresses?.to_string();
    let whole = one.protocol == 0 && one.ports == Ports::ANY && text.contains('/');
    whole.then_some(text)
}

const PFS: &str = "perfect-forward-secrecy keys";

const ENCRYPTION: Vocabulary = Vocabulary {
    fixed: &["des-cbc", "3des-cbc", "chacha20-poly1305"],
    ciphers: &["aes-"],
    modes: &["-cbc", "-gcm"],
};

const IKE_HASH: Vocabulary = Vocabulary {
    fixed: &["md5", "sha1", "sha-256", "sha-384", "sha-512"],
    ciphers: &[],
    modes: &[],
};

const ESP_HASH: Vocabulary = Vocabulary {
    fixed: &[
        "hmac-md5-96",
        "hmac-sha1-96",
        "hmac-sha-256-128",
        "hmac-sha-256-96",
        "hmac-sha-384",
        "hmac-sha-512",
    ],
    ciphers: &[],
    modes: &[],
};
