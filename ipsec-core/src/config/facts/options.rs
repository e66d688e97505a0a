//! What two ends have in options beside what is negotiated: lifetimes, NAT
//! traversal, fragmentation, dead peer detection; and what is said of two ends
//! that fit.

use super::pair::{Two, place};
use super::{repair, words};
use crate::config::compare::Comparison;
use crate::config::model::{Child, Fragmentation, NatTraversal, Versions};
use crate::evidence::{Configured, Effect, Topic};
use crate::sa::proposal::Choice;
use crate::sorted;
use crate::wire::registry::ike::ProtocolId;
use crate::wire::tree::escaped;
use alloc::format;
use alloc::string::String;

impl Two<'_, '_> {
    pub(super) fn lifetime(&self, effect: Effect, ours: &Child, theirs: &Child) -> Configured {
        let [one, other] = &self.names;
        let lives = [&ours.lifetimes.end, &theirs.lifetimes.end];
        let [mine, yours] = lives.map(|life| words::lifetime(life.value));
        let v1 = self.asking().versions.value == Versions::V1;
        let rule = match v1 {
            true => "in IKEv1 the shorter holds, if both follow the rule",
            false => "in IKEv2 each end keeps its own",
        };
        let detail = format!("ESP SAs live {mine} at {one} and {yours} at {other}; {rule}.");
        self.settings(
            (Topic::Lifetime, effect),
            lives,
            |life| words::lifetime(*life),
            detail,
        )
    }

    pub(super) fn nat_traversal(&self) -> Option<Configured> {
        use NatTraversal as N;
        let settings = [
            &self.asking().nat_traversal,
            &self.answering().nat_traversal,
        ];
        let [one, other] = &self.names;
        let [mine, yours] = settings.map(|one| words::nat_traversal(one.value));
        let (effect, so) = match settings.map(|one| one.value) {
            [N::Never, N::Always] | [N::Always, N::Never] => {
                (Effect::Fails, "they cannot agree on the form of ESP")
            }
            [N::Never, _] | [_, N::Never] => (
                Effect::Weakens,
                "where an address is translated on the way, ESP does not pass",
            ),
            _ => return None,
        };
        let detail = format!("{one} {mine}; {other} {yours}: {so}.");
        let show = |what: &_| String::from(words::nat_traversal(*what));
        let mut fact = self.settings((Topic::NatTraversal, effect), settings, show, detail);
        fact.repairs = repair::of_nat_traversal(self);
        Some(fact)
    }

    pub(super) fn fragmentation(&self) -> Option<Configured> {
        use Fragmentation as F;
        let settings = [
            &self.asking().fragmentation,
            &self.answering().fragmentation,
        ];
        let mut values = settings.map(|one| one.value);
        sorted::by_key(&mut values, |value| *value == F::Force);
        if values != [F::No, F::Force] {
            return None;
        }
        let [one, other] = &self.names;
        let [mine, yours] = settings.map(|one| words::fragmentation(one.value));
        let detail = format!("{one}: {mine}; {other}: {yours}.");
        let show = |what: &_| String::from(words::fragmentation(*what));
        Some(self.settings(
            (Topic::Fragmentation, Effect::Differs),
            settings,
            show,
            detail,
        ))
    }

    pub(super) fn dead_peer_detection(&self) -> Option<Configured> {
        let settings = [
            &self.asking().dead_peer_detection,
            &self.answering().dead_peer_detection,
        ];
        if settings[0].value.is_some() == settings[1].value.is_some() {
            return None;
        }
        let [one, other] = &self.names;
        let (asks, silent) = match settings[0].value {
            Some(_) => (one, other),
            None => (other, one),
        };
        let detail = format!(
            "{asks} asks a silent peer whether it is alive; {silent} never does, and keeps the SAs of a peer that is gone."
        );
        let show = |time: &Option<crate::time::Duration>| match time {
            Some(time) => format!("asks after {} s of silence", time.as_secs()),
            None => "never asks".into(),
        };
        Some(self.settings(
            (Topic::DeadPeerDetection, Effect::Harmless),
            settings,
            show,
            detail,
        ))
    }

    /// The two ends, of which nothing bad is said.
    pub(super) fn uncontested(&self, agreed: &Comparison) -> Configured {
        let [one, other] = &self.names;
        let (a, b) = (self.asking(), self.answering());
        let [mine, yours] = [a, b].map(|end| escaped(end.name.value.as_bytes()));
        let mut detail = format!(
            "\"{mine}\" of {one} and \"{yours}\" of {other} are the two ends of one tunnel and fit"
        );
        let choice = |chosen: &Choice| words::proposal(&chosen.proposal);
        if let Ok(ike) = &agreed.ike {
            detail = format!("{detail}; they agree on {} for IKE", choice(ike));
        }
        let children = agreed.children.iter().take(SHOWN_MAX);
        for chosen in children.filter_map(|child| child.protection.as_ref().ok()) {
            let name = match chosen.proposal.protocol {
                ProtocolId::AH => "AH",
                _ => "ESP",
            };
            detail = format!("{detail} and {} for {name}", choice(chosen));
        }
        detail.push('.');
        let mut fact = self.fact(Topic::Connection, Effect::Harmless, detail);
        let names = [(&a.name.span, mine), (&b.name.span, yours)];
        let ends = self.tunnel.ends.into_iter().zip(names);
        fact.places = ends
            .map(|(end, (span, name))| place(end, Some(*span), format!("connection \"{name}\"")))
            .collect();
        fact
    }
}

/// Children that are named with what they agree on.
const SHOWN_MAX: usize = 4;
