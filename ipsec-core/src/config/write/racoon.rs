//! Changes of a `racoon.conf` and of the policies of `setkey`, as
//! racoon.conf(5) and setkey(8) of ipsec-tools 0.8 have them.

use super::names::{self, Vocabulary};
use super::sheet::Sheet;
use super::{Change, Patch, side};
use crate::config::Span;
use crate::config::lines::Line;
use crate::config::model::{
    Child, Connection, Identity, Method, Model, NatTraversal, Phase1, Setting, Traffic, Versions,
};
use crate::config::racoon::algorithms;
use crate::sa::proposal::{Proposal, Transform};
use crate::sa::selector::Ports;
use crate::wire::registry::ike::{ProtocolId, TransformType};
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

pub(super) fn patch(model: &Model, connection: &Connection, change: &Change) -> Option<Patch> {
    let mut file = File {
        sheet: Sheet::new(&model.lines, ";"),
        model,
    };
    let remote = connection.name.span;
    match change {
        Change::Phase1(phase1) => {
            let word = match phase1 {
                Phase1::Main => "main",
                Phase1::Aggressive => "aggressive",
            };
            file.set(remote, connection.phase1.span(), "exchange_mode", word);
        }
        Change::IkeProposals(new) => file.proposal(&connection.proposals, new)?,
        Change::ChildProposals(at, new) => {
            file.proposal(&connection.children.get(*at)?.proposals, new)?;
        }
        Change::Pfs(at, groups) => {
            let sainfo = file.sainfo(connection.children.get(*at)?)?;
            match groups.first() {
                Some(group) => file.set(sainfo, None, "pfs_group", &self::group(group)?),
                None => file.sheet.remove(sainfo, "pfs_group"),
            }
        }
        Change::Method {
            round: 0, method, ..
        } => file.method(connection, *method)?,
        Change::Identity {
            local,
            round: 0,
            identity,
        } => {
            let old = side(connection, *local).authentication.first()?;
            let key = if *local { "my" } else { "peers" };
            let key = format!("{key}_identifier");
            file.set(remote, old.identity.span(), &key, &word(identity)?);
        }
        Change::Traffic {
            child,
            local,
            traffic,
        } => file.traffic(connection.children.get(*child)?, *local, traffic)?,
        Change::NatTraversal(what) => {
            let word = match what {
                NatTraversal::Never => "off",
                NatTraversal::WhereSeen => "on",
                NatTraversal::Always => "force",
            };
            let old = connection.nat_traversal.span();
            file.set(remote, old, "nat_traversal", word);
        }
        Change::Lifetime(at, time) => {
            let sainfo = file.sainfo(connection.children.get(*at)?)?;
            let value = format!("time {} sec", time.as_secs());
            file.set(sainfo, None, "lifetime", &value);
        }
        Change::Versions(Versions::V1 | Versions::V2 | Versions::Both)
        | Change::Method { .. }
        | Change::Identity { .. }
        | Change::Mode(..) => return None,
    }
    file.sheet.finish()
}

/// The sections and policies of a device.
struct File<'m> {
    sheet: Sheet<'m>,
    model: &'m Model,
}

impl File<'_> {
    /// A line of the section that has it, which may be one that is inherited
    /// from, else of `section`.
    fn set(&mut self, section: Span, written: Option<Span>, key: &str, value: &str) {
        let found = written.and_then(|place| self.sheet.lines.at(place));
        let section = found.map_or(section, |(section, _)| section);
        self.sheet.set(section, section, "", key, value);
    }

    /// The section of a proposal: its own of IKE, else the `sainfo`.
    fn section(&self, proposal: &Setting<Proposal>) -> Option<Span> {
        let place = proposal.span()?;
        let found = self.sheet.lines.at(place);
        Some(found.map_or(place, |(section, _)| section))
    }

    fn sainfo(&self, child: &Child) -> Option<Span> {
        self.section(child.proposals.first()?)
    }

    /// The algorithms in which a proposal differs, each kind in its own line.
    fn proposal(&mut self, old: &[Setting<Proposal>], new: &[Proposal]) -> Option<()> {
        let mut pairs = old.iter().zip(new);
        let (old, new) = pairs.find(|(old, new)| old.value != **new)?;
        let section = self.section(old)?;
        let ike = new.protocol == ProtocolId::IKE;
        let [hash, group] = match ike {
            true => ["hash_algorithm", "dh_group"],
            false => ["authentication_algorithm", "pfs_group"],
        };
        if !names::is_plain(new) {
            return None;
        }
        for (kind, key) in [
            (TransformType::ENCR, "encryption_algorithm"),
            (TransformType::INTEG, hash),
            (TransformType::KE, group),
        ] {
            let [before, after] = [&old.value, new].map(|one| of(one, kind));
            if before == after {
                continue;
            }
            // Of IKE a proposal has one of each, and all have one group.
            let one = ike || kind == TransformType::KE;
            let room = if one { 1 } else { after.len() };
            let each = after.iter().take(room).map(|found| spelled(found, ike));
            let each: Option<Vec<String>> = each.collect();
            let each = each.filter(|each| !each.is_empty())?;
            self.set(section, None, key, &each.join(", "));
        }
        Some(())
    }

    /// Both ends prove who they are as the first proposal says.
    fn method(&mut self, connection: &Connection, method: Method) -> Option<()> {
        let word = match method {
            Method::Psk => "pre_shared_key",
            Method::Signature => "rsasig",
            Method::Eap | Method::Xauth | Method::Null => return None,
        };
        let section = self.section(connection.proposals.first()?)?;
        let key = "authentication_method";
        let old = self.sheet.lines.last(section, key);
        let extended = |line: &Line| line.value.value.contains("xauth_");
        if old.is_some_and(extended) {
            return None;
        }
        self.set(section, None, key, word);
        Some(())
    }

    /// The policies of both directions, and the head of the `sainfo` that is
    /// for them, if it names the side.
    fn traffic(&mut self, child: &Child, local: bool, new: &[Traffic]) -> Option<()> {
        let [new] = new else {
            return None;
        };
        let sides = [child.local.first()?.value, child.remote.first()?.value];
        let mut wanted = sides;
        let old = wanted.get_mut(usize::from(!local))?;
        if new.protocol != old.protocol {
            return None;
        }
        *old = *new;
        let [here, there] = wanted;
        let matching = |one: &&crate::config::model::Policy| {
            let ends = if one.outbound {
                [one.from, one.to]
            } else {
                [one.to, one.from]
            };
            ends == sides
        };
        for policy in self.model.policies.iter().filter(matching) {
            let ends = if policy.outbound {
                [here, there]
            } else {
                [there, here]
            };
            let [from, to] = ends.map(|end| network(&end, true));
            let line = self.sheet.lines.last(policy.span, "spdadd")?;
            self.sheet.replace(line, &format!("{} {}", from?, to?));
        }
        let sainfo = self.sainfo(child)?;
        if let Some(line) = self.sheet.lines.last(sainfo, "sainfo") {
            self.sheet
                .replace(line, &head(&line.value.value, local, new)?);
        }
        Some(())
    }
}

/// The head of a `sainfo` with other addresses for one side, if it names them.
fn head(old: &str, local: bool, new: &Traffic) -> Option<String> {
    let mut words: Vec<String> = old.split(' ').map(String::from).collect();
    let mut at = 0_usize;
    if !local {
        at = match words.first()?.as_str() {
            "address" | "subnet" => 3,
            "anonymous" | "clientaddr" => 1,
            _ => return None,
        };
    }
    match words.get(at).map(String::as_str) {
        Some("address" | "subnet") => {
            *words.get_mut(at.saturating_add(1))? = network(new, true)?;
        }
        None | Some("anonymous" | "clientaddr" | "from" | "group") => {}
        Some(_) => return None,
    }
    Some(words.join(" "))
}

/// One prefix, with the port behind it.
fn network(one: &Traffic, ports: bool) -> Option<String> {
    let text = one.addresses?.to_string();
    let port = match one.ports.bounds() {
        _ if one.ports == Ports::ANY => String::new(),
        (low, high) if low == high && ports => format!("[{low}]"),
        _ => return None,
    };
    text.contains('/').then(|| [text, port].concat())
}

fn of(one: &Proposal, kind: TransformType) -> Vec<Transform> {
    let all = one.transforms.iter().filter(|found| found.kind == kind);
    let all = all.filter(|found| found.id != 0 || kind == TransformType::ENCR);
    all.copied().collect()
}

fn spelled(one: &Transform, ike: bool) -> Option<String> {
    match one.kind {
        TransformType::ENCR => names::find(one, &CIPHERS, algorithms::cipher_named),
        TransformType::KE => group(one),
        _ if ike => names::find(one, &IKE_HASH, algorithms::hash_named),
        _ => names::find(one, &ESP_HASH, algorithms::hash_named),
    }
}

fn group(one: &Transform) -> Option<String> {
    let known = algorithms::group_of(one.id).is_some();
    known.then(|| one.id.to_string())
}

fn word(identity: &Identity) -> Option<String> {
    let (kind, text) = match identity {
        Identity::Address(address) => return Some(format!("address {address}")),
        Identity::Fqdn(name) => ("fqdn", name),
        Identity::UserFqdn(name) => ("user_fqdn", name),
        Identity::DistinguishedName(name) => ("asn1dn", name),
        Identity::KeyId(name) => ("keyid tag", name),
        Identity::AddressOf(_) | Identity::Any | Identity::FromCertificate => return None,
    };
    let plain = !text.contains(['"', '\\']);
    plain.then(|| format!("{kind} \"{text}\""))
}

const CIPHERS: Vocabulary = Vocabulary {
    fixed: &["des", "3des", "null_enc", "cast128"],
    ciphers: &["aes ", "camellia ", "blowfish ", "twofish "],
    modes: &[""],
};

const IKE_HASH: Vocabulary = Vocabulary {
    fixed: &["md5", "sha1", "sha256", "sha384", "sha512"],
    ciphers: &[],
    modes: &[],
};

const ESP_HASH: Vocabulary = Vocabulary {
    fixed: &[
        "hmac_md5",
        "hmac_sha1",
        "hmac_sha256",
        "hmac_sha384",
        "hmac_sha512",
    ],
    ciphers: &[],
    modes: &[],
};
