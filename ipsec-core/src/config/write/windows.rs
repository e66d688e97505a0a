//! Changes of the PowerShell commands for a Windows rule: of the commands that
//! make its proposals, and of single parameters. Lines of netsh are not
//! written.

use super::names::{self, Vocabulary};
use super::sheet::Sheet;
use super::{Change, Patch};
use crate::config::Span;
use crate::config::model::{Connection, Mode, Model, Setting, Traffic, Versions};
use crate::config::windows::algorithms;
use crate::sa::proposal::{Proposal, Transform};
use crate::sa::selector::Ports;
use crate::wire::registry::ike::{ProtocolId, TransformType};
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

pub(super) fn patch(model: &Model, connection: &Connection, change: &Change) -> Option<Patch> {
    let mut script = Script(Sheet::new(&model.lines, ""));
    let (rule, _) = model.lines.at(connection.name.span)?;
    match change {
        Change::Versions(Versions::V1) => script.correct(rule, "keymodule", "IKEv1"),
        Change::Versions(Versions::V2) => script.correct(rule, "keymodule", "IKEv2"),
        Change::IkeProposals(new) => script.proposal(&connection.proposals, new)?,
        Change::ChildProposals(at, new) => {
            let old = &connection.children.get(*at)?.proposals;
            let [before, after] = [&old.first()?.value, new.first()?].map(group_of);
            if before != after {
                script.pfs(rule, after)?;
            }
            script.proposal(old, new)?;
        }
        Change::Pfs(_, groups) => script.pfs(rule, groups.first().copied())?,
        Change::Traffic { local, traffic, .. } => {
            let key = if *local {
                "localaddress"
            } else {
                "remoteaddress"
            };
            script.correct(rule, key, &networks(traffic)?);
        }
        Change::Mode(_, Mode::Tunnel) => script.correct(rule, "mode", "Tunnel"),
        Change::Mode(_, Mode::Transport) => script.correct(rule, "mode", "Transport"),
        Change::Lifetime(at, time) => {
            let minutes = time.as_secs().checked_div(60)?;
            let whole = minutes.saturating_mul(60) == time.as_secs();
            let place = connection.children.get(*at)?.proposals.first()?.span()?;
            let minutes = whole.then(|| minutes.to_string())?;
            script.parameters(place, &[("MaxMinutes", minutes)])?;
        }
        Change::Versions(Versions::Both)
        | Change::Phase1(_)
        | Change::Method { .. }
        | Change::Identity { .. }
        | Change::Mode(..)
        | Change::NatTraversal(_) => return None,
    }
    script.0.finish()
}

/// The commands of a script.
struct Script<'m>(Sheet<'m>);

impl Script<'_> {
    fn correct(&mut self, command: Span, key: &str, value: &str) {
        self.0.correct(command, key, value);
    }

    /// The parameters in which a proposal differs, in the command that makes it.
    fn proposal(&mut self, old: &[Setting<Proposal>], new: &[Proposal]) -> Option<()> {
        let mut pairs = old.iter().zip(new);
        let differs = |old: &Proposal, new: &Proposal| {
            let kinds = [TransformType::ENCR, TransformType::INTEG];
            let group = new.protocol == ProtocolId::IKE && group_of(old) != group_of(new);
            group
                || kinds
                    .iter()
                    .any(|kind| first(old, *kind) != first(new, *kind))
        };
        let Some((old, new)) = pairs.find(|(old, new)| differs(&old.value, new)) else {
            return Some(());
        };
        let ike = new.protocol == ProtocolId::IKE;
        let hash = if ike { "Hash" } else { "ESPHash" };
        let mut set = Vec::new();
        for (kind, key) in [
            (TransformType::ENCR, "Encryption"),
            (TransformType::INTEG, hash),
            (TransformType::KE, "KeyExchange"),
        ] {
            let [before, after] = [&old.value, new].map(|one| first(one, kind));
            if before != after && (ike || kind != TransformType::KE) {
                set.push((key, spelled(&after?, ike)?));
            }
        }
        names::is_plain(new).then_some(())?;
        self.parameters(old.span()?, &set)
    }

    /// Other values for parameters of the command at `place`, or new ones.
    fn parameters(&mut self, place: Span, set: &[(&str, String)]) -> Option<()> {
        let (_, line) = self.0.lines.at(place)?;
        if line.key != "parameters" {
            return None;
        }
        let mut words: Vec<String> = line.value.value.split(' ').map(String::from).collect();
        for (key, value) in set {
            let name = format!("-{key}");
            let at = words
                .iter()
                .position(|word| word.eq_ignore_ascii_case(&name));
            match at.and_then(|at| words.get_mut(at.saturating_add(1))) {
                Some(word) => word.clone_from(value),
                None => words.extend([name, value.clone()]),
            }
        }
        self.0.replace(line, &words.join(" "));
        Some(())
    }

    /// The group of the set that the rule is given, where the set names one.
    fn pfs(&mut self, rule: Span, group: Option<Transform>) -> Option<()> {
        let word = match group {
            Some(group) => spelled(&group, true)?,
            None => "None".into(),
        };
        let set = self.0.lines.named(&format!("set of {}", rule.offset))?;
        self.correct(set, "perfectforwardsecrecygroup", &word);
        Some(())
    }
}

fn first(one: &Proposal, kind: TransformType) -> Option<Transform> {
    let mut all = one.transforms.iter();
    let found = all.find(|found| found.kind == kind && found.id != 0);
    found.copied()
}

fn group_of(one: &Proposal) -> Option<Transform> {
    first(one, TransformType::KE)
}

fn spelled(one: &Transform, ike: bool) -> Option<String> {
    match one.kind {
        TransformType::ENCR => names::find(one, &CIPHERS, algorithms::cipher),
        TransformType::KE => names::find(one, &GROUPS, algorithms::group),
        _ if ike => names::find(one, &MAIN_HASH, algorithms::hash),
        _ => names::find(one, &QUICK_HASH, algorithms::hash),
    }
}

/// `10.2.0.0/24,10.3.0.0/24`.
fn networks(traffic: &[Traffic]) -> Option<String> {
    let each = traffic.iter().map(|one| {
        let whole = one.protocol == 0 && one.ports == Ports::ANY;
        Some(one.addresses?.to_string()).filter(|_| whole)
    });
    let each: Option<Vec<String>> = each.collect();
    each.filter(|each| !each.is_empty())
        .map(|each| each.join(","))
}

const CIPHERS: Vocabulary = Vocabulary {
    fixed: &["DES", "DES3"],
    ciphers: &["AES"],
    modes: &[""],
};

const GROUPS: Vocabulary = Vocabulary {
    fixed: &["DH1", "DH2", "DH14", "DH19", "DH20", "DH24"],
    ciphers: &[],
    modes: &[],
};

const MAIN_HASH: Vocabulary = Vocabulary {
    fixed: &["MD5", "SHA1", "SHA256", "SHA384"],
    ciphers: &[],
    modes: &[],
};

const QUICK_HASH: Vocabulary = Vocabulary {
    fixed: &["MD5", "SHA1", "SHA256"],
    ciphers: &[],
    modes: &[],
};
