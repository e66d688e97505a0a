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
