//! What becomes of SAs while they live: they age, and policies change under
//! them (RFC 4301 §4.4.1 "Handling changes", §4.4.2.1).

use super::{Child, DataPlane};
use crate::sa::lifetime::Age;
use crate::sa::sad::Handle;
use crate::sa::spd::{Action, Policy, PolicyError};
use crate::time::Instant;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

/// An SA has come to a later part of its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Aged {
    /// The SA. It stays where it is until it is removed.
    pub child: Handle,
    /// To be replaced ([`Age::Stale`]), unused for long, or at its end.
    pub age: Age,
}

/// What becomes of SAs whose policy was changed (RFC 4301 §4.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "they go on, or they do not")]
pub enum Extant {
    /// They carry nothing more.
    Stop,
    /// They go on where the changed policy still decides about their packets.
    Continue,
}

/// How a change of policies concerns an SA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a policy is gone or another")]
pub enum Affected {
    /// Its policy is gone, or protects no longer: it carries nothing more, and
    /// is to be removed.
    Gone,
    /// The policy of its policy's name says something else now.
    Changed,
}

impl<P> DataPlane<P> {
    /// Takes note of the age that an SA has now.
    pub(super) fn note(&mut self, child: Handle, age: Age) {
        let Some(known) = self.children.get_mut(child) else {
            return;
        };
        let before = core::mem::replace(&mut known.told, age);
        if age != before && age != Age::Fresh {
            self.aged.push_back(Aged { child, age });
        }
    }

    /// An SA that has aged. The answer changes with every packet and with
    /// time; ask until there is none.
    pub fn poll(&mut self, now: Instant) -> Option<Aged> {
        loop {
            if let Some(aged) = self.aged.pop_front() {
                if self.children.get(aged.child).is_some() {
                    return Some(aged);
                }
                continue;
            }
            let handle = self.children.due(now)?;
            let child = self.children.get(handle)?;
            let age = child.age(now);
            let next = child.next_change(now).filter(|_| age != Age::Over);
            self.children.set_timer(handle, next);
            self.note(handle, age);
        }
    }

    /// When to ask [`DataPlane::poll`] again at the latest.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Instant> {
        self.children.next_timer()
    }
}

impl<P: PartialEq> DataPlane<P> {
    /// Puts other policies in the place of all. A policy is known again by its
    /// name. Returns the SAs whose policy is gone or says something else.
    ///
    /// # Errors
    ///
    /// As [`crate::sa::spd::Spd::new`]; nothing has changed then.
    pub fn replace_policies(
        &mut self,
        policies: Vec<Policy<P>>,
        extant: Extant,
    ) -> Result<Vec<(Handle, Affected)>, PolicyError> {
        let before = self.spd.replace(policies)?;
        let now = self.spd.policies();
        let names = now.iter().enumerate();
        let mut places: BTreeMap<&str, usize> = BTreeMap::new();
        for (place, policy) in names {
            places.entry(&policy.name).or_insert(place);
        }
        let moves = before.iter().map(|old| {
            let place = places.get(old.name.as_str()).copied();
            let new = place.and_then(|place| Some((place, now.get(place)?)));
            match new {
                Some((place, new)) if new == old => (Some(place), None),
                Some((place, new)) if matches!(new.action, Action::Protect(_)) => {
                    let stays = (extant == Extant::Continue).then_some(place);
                    (stays, Some(Affected::Changed))
                }
                _ => (None, Some(Affected::Gone)),
            }
        });
        let moves: Vec<(Option<usize>, Option<Affected>)> = moves.collect();
        Ok(self.resettle(&moves))
    }

    /// Gives each SA the new place of its policy.
    fn resettle(&mut self, moves: &[(Option<usize>, Option<Affected>)]) -> Vec<(Handle, Affected)> {
        self.senders.clear();
        let handles: Vec<Handle> = self.children.iter().map(|(handle, _)| handle).collect();
        let mut affected = Vec::new();
        for handle in handles {
            let Some(child) = self.children.get_mut(handle) else {
                continue;
            };
            let moved = child.policy().and_then(|place| moves.get(place));
            let (place, how) = moved.copied().unwrap_or((None, None));
            child.policy = place;
            affected.extend(how.map(|how| (handle, how)));
            let child: &Child = child;
            self.senders.put(handle, child, child.installed);
        }
        affected
    }
}
