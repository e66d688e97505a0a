//! What all rules need to know of a case, found out once.

use super::Case;
use super::case::IkeSa;
use super::course::{Outcome1, Outcome2, V1, V2};
use super::refusal::{self, Refusal};
use crate::time::Instant;
use alloc::vec::Vec;
use core::ops::Deref;

/// A case, where its tunnels came up, and where they were refused.
#[derive(Debug)]
pub(super) struct Inquiry<'c, 'a> {
    case: &'c Case<'a>,
    up: Vec<bool>,
    /// When the last SA that came up between these peers began.
    last_up: Vec<Option<Instant>>,
    refusals: Vec<Refusal<'c, 'a>>,
}

impl<'a> Deref for Inquiry<'_, 'a> {
    type Target = Case<'a>;

    fn deref(&self) -> &Self::Target {
        self.case
    }
}

impl<'c, 'a> Inquiry<'c, 'a> {
    pub(super) fn new(case: &'c Case<'a>) -> Self {
        Self {
            case,
            up: (0..case.peers.len())
                .map(|peers| came_up(case, peers))
                .collect(),
            last_up: (0..case.peers.len())
                .map(|peers| last_up(case, peers))
                .collect(),
            refusals: refusal::refusals(case),
        }
    }

    /// What makes a tunnel was exchanged between these peers.
    pub(super) fn came_up(&self, peers: usize) -> bool {
        self.up.get(peers).copied().unwrap_or(false)
    }

    /// An SA that began after `at` came up between these peers.
    pub(super) fn came_up_after(&self, peers: usize, at: Instant) -> bool {
        let last = self.last_up.get(peers).copied().flatten();
        last.is_some_and(|begin| begin > at)
    }

    /// All refusals of the case.
    pub(super) fn refusals(&self) -> &[Refusal<'c, 'a>] {
        &self.refusals
    }
}

fn came_up(case: &Case<'_>, peers: usize) -> bool {
    case.data_both_ways(peers) || case.sas_of(peers).any(stands)
}

fn last_up(case: &Case<'_>, peers: usize) -> Option<Instant> {
    case.sas_of(peers)
        .filter(|sa| stands(sa))
        .map(IkeSa::begin)
        .max()
}

fn stands(sa: &IkeSa<'_>) -> bool {
    let v2 = V2::new(sa).is_some_and(|v2| matches!(v2.outcome(), Outcome2::Up(_)));
    let done = |v1: V1<'_, '_>| v1.phase2_done() && matches!(v1.outcome(), Outcome1::Done);
    v2 || V1::new(sa).is_some_and(done)
}
