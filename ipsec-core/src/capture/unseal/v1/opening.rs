//! Finds the keys and the IV that open a message, by trying.

use super::candidate::Candidate;
use super::history::Try;
use super::payloads::{self, Payloads};
use super::{Opened, Sa, Sent};
use crate::capture::unseal::{Keyring, State};
use crate::evidence::{UnsealFault, Unsealing};
use crate::wire::registry::isakmp::ExchangeType;

impl Sa {
    /// Tries all keys and IVs. A hash that is right ends the search; without
    /// one the first that makes sense of the message is taken.
    pub(super) fn open(&self, keyring: &Keyring, sent: Sent<'_>) -> Option<Opened> {
        let known = self.end(sent.by_initiator).fitting;
        let all = || self.candidates().iter().enumerate();
        let first = all().filter(|(at, _)| Some(*at) == known);
        let others = all().filter(|(at, _)| Some(*at) != known);
        let judge = self.judge(keyring, sent.by_initiator).without_psks();
        let mut plausible = None;
        let mut text = Vec::with_capacity(sent.body.len());
        for (at, candidate) in first.chain(others) {
            for attempt in self.ivs(sent, candidate) {
                let Some(payloads) = candidate.attempt(sent, attempt, &mut text) else {
                    continue;
                };
                let mut opened = Opened {
                    candidate: at,
                    iv: attempt.iv,
                    begins: attempt.begins,
                    verified: false,
                };
                let proofs = self.proofs(judge, sent, opened, candidate, &payloads);
                opened.verified = super::any_holds(&proofs);
                if opened.verified {
                    return Some(opened);
                }
                if payloads.are_plausible() {
                    plausible = plausible.or(Some(opened));
                }
            }
        }
        plausible
    }

    /// Whether the keys can tell if the message is authentic.
    pub(super) fn can_check(&self, opened: Opened) -> bool {
        let candidate = self.candidates().get(opened.candidate);
        opened.verified || candidate.is_some_and(|keys| keys.skeyid_a.is_some())
    }

    pub(super) fn ivs(&self, sent: Sent<'_>, candidate: &Candidate) -> Vec<Try> {
        let first = candidate.first_ivs(&self.phase_1);
        let (id, hash) = (sent.header.message_id, candidate.suite.hash);
        self.history.ivs(id, hash, candidate.block(), &first)
    }

    /// Puts the plaintext into `plain`.
    pub(super) fn decrypt(
        &self,
        sent: Sent<'_>,
        outcome: Result<Opened, Unsealing>,
        plain: &mut Vec<u8>,
    ) -> State {
        let opened = match outcome {
            Ok(opened) => opened,
            Err(why) => return State::Closed(why),
        };
        plain.extend_from_slice(sent.body);
        let candidate = self.candidates().get(opened.candidate);
        if candidate.is_none_or(|keys| keys.decrypt(opened.iv, plain).is_err()) {
            return State::Closed(Unsealing::NoKey);
        }
        State::Open {
            verified: opened.verified,
            first: sent.header.first_payload.0,
            payloads: sent.body.len(),
            fragments: 0,
        }
    }

    /// Why nothing opens the message.
    pub(super) fn why_closed(&self, sent: Sent<'_>) -> Unsealing {
        let mut ours = self.candidates().iter().filter(|c| c.names_sa).peekable();
        let refuted = self.end(sent.by_initiator).refuted;
        let none = ours.peek().is_none();
        if none && self.keys.as_ref().is_some_and(|keys| keys.unsupported) {
            return Unsealing::Failed(UnsealFault::Unsupported);
        }
        if none && !refuted {
            return Unsealing::NoKey;
        }
        let len = sent.body.len();
        let whole = |c: &Candidate| len > 0 && len.is_multiple_of(c.block());
        if !none && !ours.any(whole) {
            return Unsealing::Failed(UnsealFault::Length);
        }
        if self.iv_is_lost(sent) {
            return Unsealing::NoKey;
        }
        Unsealing::Failed(match self.end(sent.by_initiator).fitting {
            Some(_) => UnsealFault::WrongIcv,
            None => UnsealFault::WrongKey,
        })
    }

    /// The message before it was not captured, and without its IV nothing can
    /// be said of it.
    fn iv_is_lost(&self, sent: Sent<'_>) -> bool {
        let header = sent.header;
        if header.exchange == ExchangeType::QUICK_MODE {
            // The third message is a lone hash with its padding.
            let can_be_third = |keys: &Candidate| {
                let hash = payloads::HEADER.saturating_add(keys.suite.prf.output_len());
                let blocks = hash.next_multiple_of(keys.block());
                sent.body.len() <= blocks.saturating_add(keys.block())
            };
            let mut candidates = self.candidates().iter();
            return !self.history.has(header.message_id) && candidates.any(can_be_third);
        }
        if header.message_id != 0 || !self.history.is_before_phase_1() {
            return false;
        }
        let answers = header.exchange == ExchangeType::IDENTITY_PROTECTION && !sent.by_initiator;
        let mut candidates = self.candidates().iter();
        answers || candidates.all(|keys| keys.first_ivs(&self.phase_1).is_empty())
    }
}

impl Candidate {
    /// The payloads of the message when it is opened so, if they hold
    /// together; its plaintext is then in `text`.
    pub(super) fn attempt<'t>(
        &self,
        sent: Sent<'_>,
        attempt: Try,
        text: &'t mut Vec<u8>,
    ) -> Option<Payloads<'t>> {
        let total = sent.body.len();
        let start = sent.body.get(..self.block())?;
        let (first, hash_len) = (sent.header.first_payload, self.suite.prf.output_len());
        if !total.is_multiple_of(self.block()) {
            return None;
        }
        text.clear();
        text.extend_from_slice(start);
        self.decrypt(attempt.iv, text).ok()?;
        if !payloads::can_begin(text, first, total, hash_len) {
            return None;
        }
        text.clear();
        text.extend_from_slice(sent.body);
        self.decrypt(attempt.iv, text).ok()?;
        Payloads::read(first, text)
    }
}
