//! The ends of the ciphertexts that went by, from which the initialization
//! vectors of later messages are taken (RFC 2409 appendix B).
//!
//! A receiver knows which messages the other end has accepted; whoever looks on
//! does not: messages are lost, repeated, or sealed with a key that the other
//! end did not have. So each chain keeps the last few ends, and a message is
//! tried with each.

use crate::crypto::Hash;
use crate::keymat::iv::{Iv, IvChains};
use std::collections::VecDeque;

/// The ends of the ciphertexts of one SA.
#[derive(Debug, Default)]
pub(super) struct History {
    phase_1: Ends,
    exchanges: VecDeque<(u32, Ends)>,
}

/// Those of one exchange, the latest first.
#[derive(Debug, Default)]
struct Ends {
    /// Of messages that could be opened.
    opened: VecDeque<Iv>,
    /// Of others, which forgers can send as many as they like of.
    closed: VecDeque<Iv>,
}

impl Ends {
    fn push(&mut self, end: Iv, opened: bool) {
        let known = |ends: &VecDeque<Iv>| ends.contains(&end);
        if known(&self.opened) || (known(&self.closed) && !opened) {
            return;
        }
        let ends = if opened {
            &mut self.opened
        } else {
            &mut self.closed
        };
        ends.truncate(ENDS_MAX.saturating_sub(1));
        ends.push_front(end);
    }

    /// The last `block` bytes of each.
    fn blocks(&self, block: usize) -> impl Iterator<Item = Iv> {
        let ends = self.opened.iter().chain(&self.closed);
        ends.filter_map(move |end| last_block(end.as_bytes(), block))
    }
}

/// An initialization vector to try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Try {
    pub(super) iv: Iv,
    /// It is that of the first message of an exchange.
    pub(super) begins: bool,
}

impl History {
    /// Notes the ciphertext of a message with this ID.
    pub(super) fn push(&mut self, message_id: u32, ciphertext: &[u8], opened: bool) {
        let end = last_block(ciphertext, Iv::MAX_LEN.min(ciphertext.len()));
        let Some(end) = end.filter(|end| !end.as_bytes().is_empty()) else {
            return;
        };
        self.ends_mut(message_id).push(end, opened);
    }

    /// No encrypted message of phase 1 went by.
    pub(super) fn is_before_phase_1(&self) -> bool {
        self.phase_1.opened.is_empty() && self.phase_1.closed.is_empty()
    }

    /// A message of this exchange went by.
    pub(super) fn has(&self, message_id: u32) -> bool {
        self.exchanges.iter().any(|(id, _)| *id == message_id)
    }

    fn ends_mut(&mut self, message_id: u32) -> &mut Ends {
        if message_id == 0 {
            return &mut self.phase_1;
        }
        let known = self.exchanges.iter().position(|(id, _)| *id == message_id);
        let exchange = known.and_then(|at| self.exchanges.remove(at));
        self.exchanges.truncate(EXCHANGES_MAX.saturating_sub(1));
        self.exchanges
            .push_front(exchange.unwrap_or((message_id, Ends::default())));
        match self.exchanges.front_mut() {
            Some((_, ends)) => ends,
            None => &mut self.phase_1,
        }
    }

    /// What the IV of a message with this ID can be, likeliest first: the end
    /// of one before it, or what its exchange begins with. `first` are those
    /// that phase 1 can have begun with.
    pub(super) fn ivs(
        &self,
        message_id: u32,
        hash: &'static dyn Hash,
        block: usize,
        first: &[Iv],
    ) -> Vec<Try> {
        let phase_1 = self.phase_1.blocks(block).chain(first.iter().copied());
        let begins = |begins| move |iv| Try { iv, begins };
        if message_id == 0 {
            return phase_1.map(begins(false)).collect();
        }
        let known = self.exchanges.iter().find(|(id, _)| *id == message_id);
        let known = known.into_iter().flat_map(|(_, ends)| ends.blocks(block));
        let first = phase_1.map(|last| IvChains::resume(hash, last).first(message_id));
        known
            .map(begins(false))
            .chain(first.map(begins(true)))
            .collect()
    }
}

fn last_block(ciphertext: &[u8], block: usize) -> Option<Iv> {
    let start = ciphertext.len().checked_sub(block)?;
    ciphertext.get(start..).map(Iv::new)
}

/// Ends of each kind that an exchange keeps.
const ENDS_MAX: usize = 4;
/// Exchanges of one SA that are kept at the same time.
pub(super) const EXCHANGES_MAX: usize = 64;

#[cfg(feature = "rustcrypto")]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::rustcrypto::provider;
    use crate::wire::registry::isakmp;

    fn hash() -> &'static dyn Hash {
        provider().ikev1_hash(isakmp::Hash::SHA).unwrap()
    }

    /// The blocks of 8 bytes to try, by their first byte.
    fn ivs(history: &History, id: u32, first: &[Iv]) -> Vec<u8> {
        let tries = history.ivs(id, hash(), 8, first);
        tries.iter().map(|it| it.iv.as_bytes()[0]).collect()
    }

    #[test]
    fn the_latest_that_opened_comes_first() {
        let mut history = History::default();
        history.push(0, &[1; 24], true);
        history.push(0, &[2; 24], false);
        history.push(0, &[3; 24], true);
        history.push(0, &[1; 24], true);
        assert_eq!(ivs(&history, 0, &[Iv::new(&[9; 8])]), [3, 1, 2, 9]);
    }

    #[test]
    fn forgers_do_not_crowd_out_what_opened() {
        let mut history = History::default();
        history.push(7, &[1; 8], true);
        for byte in 100..200 {
            history.push(7, &[byte; 8], false);
        }
        assert_eq!(ivs(&history, 7, &[]), [1, 199, 198, 197, 196]);
    }

    #[test]
    fn exchanges_begin_with_the_end_of_phase_1() {
        let mut history = History::default();
        assert!(ivs(&history, 7, &[]).is_empty());
        history.push(0, &[5; 16], true);
        let first = IvChains::resume(hash(), Iv::new(&[5; 8])).first(7);
        let tries = history.ivs(7, hash(), 8, &[]);
        let begins = true;
        assert_eq!(tries, [Try { iv: first, begins }]);
        history.push(7, &[6; 16], true);
        assert_eq!(history.ivs(7, hash(), 8, &[])[1], tries[0]);
    }

    #[test]
    fn one_exchange_too_many_forgets_the_oldest() {
        let mut history = History::default();
        for id in 1..=u32::try_from(EXCHANGES_MAX).unwrap() + 1 {
            history.push(id, &[7; 8], true);
        }
        assert_eq!(history.exchanges.len(), EXCHANGES_MAX);
        assert!(!history.has(1) && history.has(2));
    }

    #[test]
    fn what_is_shorter_than_a_block_ends_nothing() {
        let mut history = History::default();
        history.push(0, &[], true);
        assert!(history.is_before_phase_1());
        history.push(0, &[1; 7], true);
        assert!(ivs(&history, 0, &[]).is_empty());
    }
}
