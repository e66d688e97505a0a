//! From the messages of a quick mode to the keys of the SAs it creates.

use super::candidate::Candidate;
use super::history::EXCHANGES_MAX;
use super::payloads::Payloads;
use super::quick::{Quick, Said};
use super::secrets::{self, Public};
use super::{Opened, Sa, Sent};
use crate::capture::unseal::Keyring;
use crate::crypto::Secret;
use crate::keylog::SaKeys;
use crate::wire::isakmp;
use crate::wire::registry::isakmp::Group;

impl Sa {
    /// Takes in an open message of a quick mode.
    pub(super) fn quick_mode(
        &mut self,
        sent: Sent<'_>,
        opened: Opened,
        payloads: &Payloads<'_>,
        sa: Option<&isakmp::Sa<'_>>,
    ) {
        let Some(said) = Said::read(payloads, sa) else {
            return;
        };
        let (message_id, from) = (sent.header.message_id, sent.route.from);
        let known = |quick: &Quick| quick.message_id == message_id;
        let at = self.quick_modes.iter().position(known);
        let known = at.and_then(|at| self.quick_modes.remove(at));
        self.quick_modes.truncate(EXCHANGES_MAX.saturating_sub(1));
        self.quick_modes.push_front(match known {
            Some(quick) if quick.from != from && !opened.begins => Quick {
                r: Some(said),
                ..quick
            },
            Some(_) | None => Quick {
                message_id,
                from,
                i: said,
                r: None,
            },
        });
    }

    /// The keys of the SAs that the answer in a quick mode agrees to.
    pub(super) fn children(
        &self,
        keyring: &Keyring,
        sent: Sent<'_>,
        opened: Opened,
        sa: &isakmp::Sa<'_>,
    ) -> Vec<SaKeys> {
        let candidate = self.candidates().get(opened.candidate);
        let id = sent.header.message_id;
        let answered = |quick: &&Quick| quick.message_id == id && quick.from != sent.route.from;
        let (Some(candidate), Some(quick)) = (candidate, self.quick_modes.iter().find(answered))
        else {
            return Vec::new();
        };
        let (Some(skeyid_d), Some(nonces)) = (&candidate.skeyid_d, quick.nonces()) else {
            return Vec::new();
        };
        let mut keys = Vec::new();
        for agreed in quick.agreed(sa) {
            let shared = self.own_secrets(keyring, candidate, quick, agreed.group);
            for shared in &shared {
                let prf = candidate.suite.prf;
                let shared = shared.as_ref();
                keys.extend(agreed.keys(prf, skeyid_d, nonces, shared, sent.route));
            }
        }
        keys
    }

    /// What can be the Diffie-Hellman secret of a quick mode: none where it has
    /// no exchange of its own, nothing where it has one and nobody told.
    fn own_secrets(
        &self,
        keyring: &Keyring,
        candidate: &Candidate,
        quick: &Quick,
        group: Option<Group>,
    ) -> Vec<Option<Secret>> {
        let (i, r) = match (&quick.i.ke, quick.r.as_ref().and_then(|r| r.ke.as_ref())) {
            (Some(i), Some(r)) => (i, r),
            (None, None) => return vec![None],
            (Some(_), None) | (None, Some(_)) => return Vec::new(),
        };
        let public = Public { i, r, group };
        let known = secrets::of(keyring, self.cookies, public);
        let others = known.into_iter();
        let others = others.filter(|shared| !candidate.is_made_from(shared, self.cookies));
        others.map(Some).collect()
    }
}
