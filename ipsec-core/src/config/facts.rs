//! What configurations state, each by itself and two of them side by side, as
//! evidence: topic, effect, the values of both ends and where they stand.
//!
//! Two connections are the two ends of one tunnel when their outer addresses,
//! identities or networks belong together; where exactly two devices are given,
//! when nothing contradicts. What becomes of them [`super::compare`] predicts.

mod alone;
mod ends;
mod filters;
mod keys;
mod l2tp;
mod options;
mod pair;
mod repair;
mod slides;
mod suites;
mod tables;
mod traffic;
mod weak_keys;
mod words;

use super::model::{Connection, Model, SecretNote};
use super::profile::Profile;
use crate::evidence::{Configured, Evidence, Fact, Source, Written};
use alloc::boxed::Box;
use alloc::vec::Vec;

/// The configurations of one device: a configuration and the secrets that lie
/// beside it.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Side<'a> {
    /// What its files say.
    pub models: Vec<&'a Model>,
}

impl<'a> Side<'a> {
    /// The device whose files say this.
    #[must_use]
    pub const fn new(models: Vec<&'a Model>) -> Self {
        Self { models }
    }

    /// Every model as a device of its own. One that holds secrets alone goes to
    /// the only device there is; where there are several it stays by itself,
    /// for nothing tells whose it is.
    #[must_use]
    pub fn each(models: &'a [Model]) -> Vec<Self> {
        let (secrets, devices): (Vec<&Model>, Vec<&Model>) = models
            .iter()
            .partition(|model| model.connections.is_empty() && !model.secrets.is_empty());
        match devices.as_slice() {
            [only] => Vec::from([Self::new([*only].into_iter().chain(secrets).collect())]),
            _ => {
                let all = devices.into_iter().chain(secrets);
                all.map(|model| Self::new([model].into())).collect()
            }
        }
    }

    fn connections(&self) -> impl Iterator<Item = Held<'a>> {
        let each = self.models.iter().flat_map(|model| {
            let connections = model.connections.iter();
            connections.map(move |connection| Held { model, connection })
        });
        each.take(CONNECTIONS_MAX)
    }

    fn secrets(&self) -> impl Iterator<Item = &'a SecretNote> {
        let each = self.models.iter().flat_map(|model| &model.secrets);
        each.take(SECRETS_MAX)
    }
}

/// A connection and the model that holds it.
#[derive(Clone, Copy, Debug)]
struct Held<'a> {
    model: &'a Model,
    connection: &'a Connection,
}

impl Held<'_> {
    /// Index of its file among the inputs.
    fn input(&self) -> usize {
        self.connection.name.span.input
    }
}

/// What configurations state: each device by itself, and each two that are the
/// ends of one tunnel. Two ends that nothing is said against are told as well,
/// so that logs and captures can be matched with them.
///
/// ```
/// use ipsec_core::config::{facts::{Side, evidence}, swanctl};
/// use ipsec_core::evidence::{Fact, Topic};
/// let conf = |version| format!("connections {{ gw {{\n version = {version}\n }} }}");
/// let models = [1, 2].map(|version| swanctl::read(version, conf(version).as_bytes()).model());
/// let facts = evidence(&Side::each(&models));
/// let Fact::Configured(first) = &facts[0].fact else { panic!() };
/// assert_eq!(first.topic, Topic::Version);
/// assert_eq!(first.places[0].line, Some(2));
/// ```
#[must_use]
pub fn evidence(sides: &[Side<'_>]) -> Vec<Evidence> {
    evidence_under(Profile::default(), sides)
}

/// As [`evidence`], with the rules of `profile` on which algorithms are weak.
#[must_use]
pub fn evidence_under(profile: Profile, sides: &[Side<'_>]) -> Vec<Evidence> {
    let tunnels = ends::tunnels(sides);
    let mut facts: Vec<Configured> = tunnels.iter().flat_map(pair::facts).collect();
    for side in sides {
        let paired = |held: Held<'_>| {
            let mut ends = tunnels.iter().flat_map(|tunnel| tunnel.ends);
            ends.any(|end| core::ptr::eq(end.connection, held.connection))
        };
        facts.extend(alone::facts(side, profile, paired));
        facts.extend(filters::facts(side));
        facts.extend(weak_keys::facts(side));
    }
    facts.extend(tables::facts(sides));
    let mut once: Vec<Configured> = Vec::new();
    for fact in facts.into_iter().take(FACTS_MAX) {
        let mut recent = once.iter().rev().take(RECENT_MAX);
        if !recent.any(|other| *other == fact) {
            once.push(fact);
        }
    }
    once.into_iter().map(told).collect()
}

/// A fact of a configuration, at the first line that shows it.
fn told(fact: Configured) -> Evidence {
    let first = |written: &Written| {
        let (input, line) = (written.input, written.line?);
        Some(Source::Line { input, line })
    };
    let line = fact.places.iter().find_map(first);
    let input = fact.places.first().map_or(0, |place| place.input);
    let source = line.unwrap_or(Source::Input { input });
    Evidence::new(None, source, Fact::Configured(Box::new(fact)))
}

/// Connections of one device that are looked at.
pub const CONNECTIONS_MAX: usize = 256;

/// Facts that are told.
pub const FACTS_MAX: usize = 10_000;

/// Facts before one among which its equal is looked for.
const RECENT_MAX: usize = 64;

/// Secrets of one device that are looked at.
pub const SECRETS_MAX: usize = 10_000;

#[cfg(test)]
mod tests;
