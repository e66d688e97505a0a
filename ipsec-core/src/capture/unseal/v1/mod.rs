//! Follows the ISAKMP SAs of IKEv1, opens their messages, and checks what is in
//! them (RFC 2409 §5 and appendix B).
//!
//! Nothing in an encrypted message tells its initialization vector, nor
//! whether a key is the right one. Both are found by trying: what a wrong key
//! or IV makes of a message does not hold together, and where `SKEYID_a` is
//! known the hash in the message settles it.

mod candidate;
mod children;
mod history;
mod opening;
mod payloads;
mod phase1;
mod proofs;
mod quick;
mod rebuild;
mod secrets;
mod trial;

#[cfg(feature = "rustcrypto")]
#[cfg(test)]
mod tests;

use super::{Keyring, Taken};
use crate::capture::dissection::Read;
use crate::evidence::{Proof, Route, Unsealing, Verdict};
use crate::keymat::Spis;
use crate::keymat::iv::Iv;
use crate::sorted::Map;
use crate::time::Instant;
use crate::wire::isakmp::{self, Header, Message};
use crate::wire::registry::isakmp::{ExchangeType, PayloadType};
use candidate::{Candidate, Gathered, Gatherer};
use core::hash::{Hash as _, Hasher as _};
use history::History;
use payloads::Payloads;
use phase1::{Clear, Phase1};
use proofs::{InQuickMode, Judge, Phase2};
use quick::Quick;
use std::collections::VecDeque;
use std::hash::DefaultHasher;

/// The ISAKMP SAs that are followed, by their cookies. The responder's is 0
/// while it has not answered.
#[derive(Debug, Default)]
pub(super) struct Sas {
    sas: Map<(u64, u64), Sa>,
}

/// One ISAKMP SA.
#[derive(Debug)]
struct Sa {
    cookies: Spis,
    seen: Instant,
    phase_1: Phase1,
    history: History,
    /// Keys to try, once they were looked up.
    keys: Option<Gathered>,
    initiator: End,
    responder: End,
    /// The last quick modes, the latest first.
    quick_modes: VecDeque<Quick>,
    /// The last messages that were judged: what was found must not depend on
    /// how often a message is sent.
    judged: VecDeque<Judged>,
}

/// One end of an SA. With different pre-shared keys the two ends have different
/// keys.
#[derive(Debug, Default)]
struct End {
    /// Which keys opened its last message.
    fitting: Option<usize>,
    /// How often pre-shared keys were tried on what it sent.
    trials: u8,
    /// None of them is its own.
    refuted: bool,
}

/// What became of a message: it is open, or why not.
#[derive(Clone, Debug)]
struct Judged {
    digest: u64,
    outcome: Result<Opened, Unsealing>,
    proofs: Vec<Proof>,
}

/// With which keys a message can be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Opened {
    candidate: usize,
    iv: Iv,
    /// The IV says that it is the first of its exchange.
    begins: bool,
    /// A hash in it is right.
    verified: bool,
}

/// A message, as far as it concerns the SA.
#[derive(Clone, Copy)]
struct Sent<'a> {
    header: &'a Header,
    route: Route,
    by_initiator: bool,
    /// What follows the header.
    body: &'a [u8],
}

impl Sas {
    /// Takes in a message; what it holds is decrypted into `plain`.
    pub(super) fn take(
        &mut self,
        keyring: &Keyring,
        now: Instant,
        route: Route,
        read: &Read<'_, Message<'_>>,
        plain: &mut Vec<u8>,
    ) -> Taken {
        let header = &read.message.header;
        let digest = digest(read.bytes);
        match &read.message.content {
            isakmp::Content::Encrypted(body) => {
                let sa = self.of(header, now);
                let sent = Sent {
                    header,
                    route,
                    by_initiator: sa.phase_1.by_initiator(route),
                    body,
                };
                sa.encrypted(keyring, sent, digest, plain)
            }
            isakmp::Content::Clear(chain) if is_phase_1(header.exchange) => {
                let body = read.bytes.get(HEADER..).unwrap_or_default();
                let Some(payloads) = Payloads::read(header.first_payload, body) else {
                    return Taken::default();
                };
                let said = Clear {
                    header,
                    route,
                    payloads,
                    sa: phase1::sa_of(&chain.payloads),
                };
                self.of(header, now).clear(keyring, &said, digest)
            }
            isakmp::Content::Clear(_) => Taken::default(),
        }
    }

    /// The SA that a message belongs to: a new one continues what the
    /// initiator said before it knew the responder's cookie.
    fn of(&mut self, header: &Header, now: Instant) -> &mut Sa {
        let key = (header.cookie_i, header.cookie_r);
        if !self.sas.contains_key(&key) && self.sas.len() >= SAS_MAX {
            let idle = self.sas.iter().min_by_key(|(_, sa)| sa.seen);
            if let Some(idle) = idle.map(|(key, _)| *key) {
                self.sas.remove(&idle);
            }
        }
        let opening = match self.sas.contains_key(&key) {
            true => None,
            false => self.sas.get(&(header.cookie_i, 0)),
        };
        let phase_1 = opening.map(|sa| sa.phase_1.clone()).unwrap_or_default();
        let sa = self.sas.entry(key).or_insert_with(|| Sa {
            cookies: Spis {
                i: header.cookie_i.to_be_bytes(),
                r: header.cookie_r.to_be_bytes(),
            },
            seen: now,
            phase_1,
            history: History::default(),
            keys: None,
            initiator: End::default(),
            responder: End::default(),
            quick_modes: VecDeque::new(),
            judged: VecDeque::new(),
        });
        sa.seen = now;
        sa
    }
}

impl Sa {
    /// A message of phase 1 that anyone can read.
    fn clear(&mut self, keyring: &Keyring, sent: &Clear<'_>, digest: u64) -> Taken {
        if sent.header.cookie_r == 0 {
            self.phase_1 = Phase1::default();
        }
        // Once the keys are found nothing in the clear can call them into
        // question.
        if !self.is_open() && self.phase_1.take(sent) {
            self.keys = None;
        }
        self.look_up(keyring);
        if let Some(judged) = self.known(digest) {
            return Taken {
                proofs: judged.proofs.clone(),
                ..Taken::default()
            };
        }
        let by_initiator = self.phase_1.by_initiator(sent.route);
        let judge = self.judge(keyring, by_initiator);
        let candidates: Vec<_> = self.candidates().iter().collect();
        let proofs = judge.identity(&sent.payloads, &candidates);
        self.count_trial(by_initiator, &proofs);
        if !proofs.is_empty() {
            self.remember(Judged {
                digest,
                outcome: Err(Unsealing::NoKey),
                proofs: proofs.clone(),
            });
        }
        Taken {
            proofs,
            ..Taken::default()
        }
    }

    /// A long list of pre-shared keys is not tried on everything that claims
    /// to be of this SA.
    fn count_trial(&mut self, by_initiator: bool, proofs: &[Proof]) {
        if proofs.iter().any(|proof| proof.tried.is_some()) {
            let end = self.end_mut(by_initiator);
            end.trials = end.trials.saturating_add(1);
        }
    }

    const fn end(&self, is_initiator: bool) -> &End {
        match is_initiator {
            true => &self.initiator,
            false => &self.responder,
        }
    }

    const fn end_mut(&mut self, is_initiator: bool) -> &mut End {
        match is_initiator {
            true => &mut self.initiator,
            false => &mut self.responder,
        }
    }

    /// Keys were found that open it.
    const fn is_open(&self) -> bool {
        self.initiator.fitting.is_some() || self.responder.fitting.is_some()
    }

    fn encrypted(
        &mut self,
        keyring: &Keyring,
        sent: Sent<'_>,
        digest: u64,
        plain: &mut Vec<u8>,
    ) -> Taken {
        self.look_up(keyring);
        if let Some(judged) = self.known(digest).cloned() {
            return Taken {
                state: self.decrypt(sent, judged.outcome, plain),
                proofs: judged.proofs,
                children: Vec::new(),
            };
        }
        let mut proofs = Vec::new();
        let opened = self.open(keyring, sent);
        let outcome = opened
            .filter(|opened| self.can_check(*opened))
            .or_else(|| self.trial(keyring, sent, &mut proofs))
            .or(opened)
            .or_else(|| self.rebuild(sent))
            .ok_or_else(|| self.why_closed(sent));
        let id = sent.header.message_id;
        self.history.push(id, sent.body, outcome.is_ok());
        let mut taken = Taken {
            state: self.decrypt(sent, outcome, plain),
            proofs,
            children: Vec::new(),
        };
        if let Ok(opened) = outcome {
            self.opened(keyring, sent, opened, plain, &mut taken);
        }
        if outcome != Err(Unsealing::NoKey) {
            self.remember(Judged {
                digest,
                outcome,
                proofs: taken.proofs.clone(),
            });
        }
        taken
    }

    /// Tries the pre-shared keys, if that may help; keys that it finds join
    /// the others.
    fn trial(
        &mut self,
        keyring: &Keyring,
        sent: Sent<'_>,
        proofs: &mut Vec<Proof>,
    ) -> Option<Opened> {
        if self.end(sent.by_initiator).trials >= TRIALS_MAX {
            return None;
        }
        let trial = self.try_psks(keyring, sent)?;
        let judge = self.judge(keyring, sent.by_initiator);
        let Some((mut candidate, opened)) = trial.found else {
            proofs.push(judge.preshared_key(trial.tried));
            self.count_trial(sent.by_initiator, proofs);
            self.end_mut(sent.by_initiator).refuted = true;
            return None;
        };
        // In phase 1 the hash says it.
        if sent.header.message_id != 0 {
            proofs.push(judge.preshared_key(trial.tried.clone()));
        }
        candidate.tried = Some(trial.tried);
        self.keys.get_or_insert_default().candidates.push(candidate);
        Some(opened)
    }

    /// What an open message proves, and what it says that later ones need.
    fn opened(
        &mut self,
        keyring: &Keyring,
        sent: Sent<'_>,
        opened: Opened,
        plain: &[u8],
        taken: &mut Taken,
    ) {
        self.end_mut(sent.by_initiator).fitting = Some(opened.candidate);
        let first = sent.header.first_payload;
        let Some(payloads) = Payloads::read(first, plain) else {
            return;
        };
        if let Some(candidate) = self.candidates().get(opened.candidate) {
            let judge = self.judge(keyring, sent.by_initiator);
            let proofs = self.proofs(judge, sent, opened, candidate, &payloads);
            taken.proofs.extend(proofs);
        }
        self.count_trial(sent.by_initiator, &taken.proofs);
        if sent.header.exchange == ExchangeType::QUICK_MODE {
            let (chain, _) = isakmp::decode_chain(first, plain);
            let sa = phase1::sa_of(&chain.payloads);
            self.quick_mode(sent, opened, &payloads, sa);
            if let Some(sa) = sa {
                taken.children = self.children(keyring, sent, opened, sa);
            }
        }
    }

    /// Gathers the keys to try, again if others came along while none fits.
    fn look_up(&mut self, keyring: &Keyring) {
        let known = self.keys.as_ref();
        let is_current = known.is_some_and(|keys| keys.revision == keyring.revision());
        if is_current || self.is_open() {
            return;
        }
        let gatherer = Gatherer {
            keyring,
            cookies: self.cookies,
            phase_1: &self.phase_1,
        };
        self.keys = Some(gatherer.gather());
        self.judged.clear();
    }

    fn candidates(&self) -> &[Candidate] {
        self.keys.as_ref().map_or(&[], |keys| &keys.candidates)
    }

    fn known(&self, digest: u64) -> Option<&Judged> {
        self.judged.iter().find(|judged| judged.digest == digest)
    }

    fn remember(&mut self, judged: Judged) {
        self.judged.retain(|known| known.digest != judged.digest);
        self.judged.truncate(JUDGED_MAX.saturating_sub(1));
        self.judged.push_front(judged);
    }

    fn judge<'a>(&'a self, keyring: &'a Keyring, by_initiator: bool) -> Judge<'a> {
        Judge {
            provider: keyring.provider(),
            cookies: self.cookies,
            phase_1: &self.phase_1,
            psks: match self.end(by_initiator).trials < TRIALS_MAX {
                true => keyring.psks(),
                false => &[],
            },
            by_initiator,
        }
    }

    /// What the hash or signature in an open message proves.
    fn proofs(
        &self,
        judge: Judge<'_>,
        sent: Sent<'_>,
        opened: Opened,
        candidate: &Candidate,
        payloads: &Payloads<'_>,
    ) -> Vec<Proof> {
        let header = sent.header;
        if header.message_id == 0 && is_phase_1(header.exchange) {
            return judge.identity(payloads, &[candidate]);
        }
        let has_nonce = payloads.find(PayloadType::NONCE).is_some();
        let message = self.phase_2(sent, opened.begins, has_nonce);
        let proof = judge.phase_2(message, payloads, candidate);
        proof.into_iter().collect()
    }

    /// Where the message stands among those before it.
    fn phase_2(&self, sent: Sent<'_>, begins: bool, has_nonce: bool) -> Phase2<'_> {
        let Header {
            exchange,
            message_id,
            ..
        } = *sent.header;
        let mut quick_modes = self.quick_modes.iter();
        let quick = quick_modes.find(|quick| quick.message_id == message_id);
        let place = match quick {
            _ if !has_nonce => InQuickMode::Third(quick.and_then(Quick::nonces)),
            _ if begins => InQuickMode::First,
            Some(quick) if quick.from != sent.route.from => InQuickMode::Answer(quick),
            Some(_) => InQuickMode::First,
            None => InQuickMode::Unknown,
        };
        Phase2 {
            exchange,
            message_id,
            place,
        }
    }
}

fn any_holds(proofs: &[Proof]) -> bool {
    proofs.iter().any(|proof| proof.verdict == Verdict::Holds)
}

fn is_phase_1(exchange: ExchangeType) -> bool {
    matches!(
        exchange,
        ExchangeType::IDENTITY_PROTECTION | ExchangeType::AGGRESSIVE
    )
}

fn digest(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}

/// Bytes of the fixed header (RFC 2408 §3.1).
const HEADER: usize = 28;
/// ISAKMP SAs that are followed at the same time.
const SAS_MAX: usize = 1024;
/// Messages of one SA that are known again when they are repeated.
const JUDGED_MAX: usize = 64;
/// Messages of each end of one SA on which all pre-shared keys are tried.
const TRIALS_MAX: u8 = 2;
