//! One frame taken apart as if all before it had been read.

use super::super::decoder::Decoder;
use super::super::dissection::Dissection;
use super::super::file::Frame;
use super::super::unseal::Keyring;
use super::frames::Frames;
use super::needs::{Group, Needs};
use std::sync::Arc;

/// Decoders that have read what the frames shown last needed.
pub(super) struct Replay {
    keyring: Arc<Keyring>,
    /// At most [`MAX_HELD`], the one used last at the end.
    held: Vec<Held>,
    /// What [`Needs::joins`] said when they were filled.
    joins: usize,
    /// For a frame that belongs to no group.
    alone: Decoder,
}

/// A decoder that follows one group.
struct Held {
    group: Group,
    decoder: Decoder,
    /// What the group has before this frame was read.
    next: usize,
    /// Ports that the decoder was told.
    told: usize,
}

impl Replay {
    pub(super) fn new(keyring: Arc<Keyring>) -> Self {
        Self {
            keyring,
            held: Vec::new(),
            joins: 0,
            alone: Decoder::new(),
        }
    }

    /// Takes frame `n` apart.
    pub(super) fn dissect<'a>(
        &'a mut self,
        frames: &'a Frames,
        needs: &mut Needs,
        n: usize,
    ) -> Option<(Frame<'a>, Dissection<'a>)> {
        let frame = frames.get(n)?;
        let decoder = match self.group(frames, needs, n) {
            Some(group) => self.follow(group, frames, needs, n)?,
            None => {
                self.alone = Decoder::with_keys(Arc::clone(&self.keyring));
                prepare(&mut self.alone, 0, frames, needs, n);
                &mut self.alone
            }
        };
        Some((frame, decoder.dissect(&frame)))
    }

    /// The group of frame `n`, which its heads tell.
    fn group(&self, frames: &Frames, needs: &mut Needs, n: usize) -> Option<Group> {
        if needs.has_no_groups() {
            return None;
        }
        let frame = frames.get(n)?;
        let mut decoder = Decoder::new();
        prepare(&mut decoder, 0, frames, needs, n);
        let brought = frame.secrets.iter().any(|one| !one.kind.is_foreign());
        let keyed = brought || !self.keyring.is_empty();
        needs.group(&decoder.dissect(&frame), keyed)
    }

    /// A decoder that has read all that `group` has before frame `n`.
    fn follow(
        &mut self,
        group: Group,
        frames: &Frames,
        needs: &Needs,
        n: usize,
    ) -> Option<&mut Decoder> {
        if self.joins != needs.joins() {
            self.joins = needs.joins();
            self.held.clear();
        }
        let known = self.held.iter().position(|held| held.group == group);
        let known = known.map(|at| self.held.remove(at));
        let mut held = known
            .filter(|held| held.next <= n)
            .unwrap_or_else(|| Held::new(group, Arc::clone(&self.keyring)));
        held.read_to(n, frames, needs);
        if self.held.len() >= MAX_HELD {
            self.held.remove(0);
        }
        self.held.push(held);
        self.held.last_mut().map(|held| &mut held.decoder)
    }
}

impl Held {
    fn new(group: Group, keyring: Arc<Keyring>) -> Self {
        Self {
            group,
            decoder: Decoder::with_keys(keyring),
            next: 0,
            told: 0,
        }
    }

    /// Reads what the group has before frame `n`, and the fragments of `n`.
    fn read_to(&mut self, n: usize, frames: &Frames, needs: &Needs) {
        for &before in needs.frames(self.group, self.next, n) {
            let before = before as usize;
            self.told = prepare(&mut self.decoder, self.told, frames, needs, before);
            if let Some(frame) = frames.get(before) {
                self.decoder.dissect(&frame);
            }
        }
        self.told = prepare(&mut self.decoder, self.told, frames, needs, n);
        self.next = n.saturating_add(1);
    }
}

/// Has `decoder` read the other fragments of the datagram that frame `n`
/// completes, and tells it ports; gives how many it knows then.
fn prepare(decoder: &mut Decoder, told: usize, frames: &Frames, needs: &Needs, n: usize) -> usize {
    let fragments = needs.fragments(n).iter();
    for fragment in fragments.filter_map(|&fragment| frames.get(fragment as usize)) {
        decoder.dissect(&fragment);
    }
    needs.float(decoder, told, n)
}

/// Groups that are followed at a time.
const MAX_HELD: usize = 8;
