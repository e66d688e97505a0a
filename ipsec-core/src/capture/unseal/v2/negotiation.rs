//! Negotiations under an IKE SA: `CREATE_CHILD_SA` (RFC 7296 §1.3), and the
//! `IKE_FOLLOWUP_KE` exchanges that complete it where there are more key
//! exchanges than one (RFC 9370 §2.2.4).

use super::Way;
use super::exchange::{Agreement, Half};
use crate::keymat::Nonces;
use std::collections::VecDeque;

/// The negotiations of one IKE SA that have not ended.
#[derive(Debug, Default)]
pub(super) struct Negotiations {
    /// Requests of the latest exchanges.
    requests: VecDeque<(Way, Half)>,
    /// Those that wait for further key exchanges.
    unfinished: VecDeque<Negotiation>,
}

/// What both ends have said about a new SA.
#[derive(Debug)]
pub(super) struct Negotiation {
    pub(super) asked: Half,
    pub(super) answered: Half,
    /// The values of every key exchange, in their order.
    pub(super) agreements: Vec<Agreement>,
    /// Additional key exchanges to come.
    missing: usize,
    /// What the next of them names it by.
    link: Option<Vec<u8>>,
}

impl Negotiations {
    pub(super) fn request(&mut self, way: Way, half: Half) {
        remember(&mut self.requests, (way, half), REQUESTS_MAX);
    }

    /// The request that `answer` answers; it is then forgotten.
    pub(super) fn request_of(&mut self, answer: Way) -> Option<Half> {
        let request = Way {
            by_initiator: !answer.by_initiator,
            response: false,
            ..answer
        };
        let found = self.requests.iter().position(|(way, _)| *way == request)?;
        self.requests.remove(found).map(|(_, half)| half)
    }

    /// Takes in the answer of `CREATE_CHILD_SA`; gives the negotiation back if
    /// that was all.
    pub(super) fn answer(&mut self, way: Way, answered: Half) -> Option<Negotiation> {
        let asked = self.request_of(way)?;
        let agreement = Agreement::of(&asked, &answered);
        if agreement.is_none() && answered.public.is_some() {
            return None;
        }
        self.go_on(Negotiation {
            missing: answered.chosen?.additional,
            link: answered.link.clone(),
            agreements: agreement.into_iter().collect(),
            asked,
            answered,
        })
    }

    /// Takes in the answer of `IKE_FOLLOWUP_KE`.
    pub(super) fn follow_up(&mut self, way: Way, answered: &Half) -> Option<Negotiation> {
        let asked = self.request_of(way)?;
        let of_link = |it: &Negotiation| it.link.is_some() && it.link == asked.link;
        let found = self.unfinished.iter().position(of_link)?;
        let mut negotiation = self.unfinished.remove(found)?;
        negotiation
            .agreements
            .push(Agreement::of(&asked, answered)?);
        negotiation.missing = negotiation.missing.saturating_sub(1);
        negotiation.link.clone_from(&answered.link);
        self.go_on(negotiation)
    }

    fn go_on(&mut self, negotiation: Negotiation) -> Option<Negotiation> {
        if negotiation.missing == 0 {
            return Some(negotiation);
        }
        remember(&mut self.unfinished, negotiation, UNFINISHED_MAX);
        None
    }
}

impl Negotiation {
    pub(super) fn nonces(&self) -> Option<Nonces<'_>> {
        let i = self.asked.nonce.as_ref()?;
        let r = self.answered.nonce.as_ref()?;
        Some(Nonces { i, r })
    }
}

/// Adds the latest; forgets the oldest where there are too many.
pub(super) fn remember<T>(list: &mut VecDeque<T>, latest: T, most: usize) {
    if list.len() >= most {
        list.pop_front();
    }
    list.push_back(latest);
}

/// Requests of one SA that wait for their answers: each end has one under way
/// unless they agree on more (RFC 7296 §2.3).
const REQUESTS_MAX: usize = 4;

/// Negotiations of one SA that wait for further key exchanges.
const UNFINISHED_MAX: usize = 4;
