//! One frame taken apart as if all before it had been read.

use super::super::decoder::Decoder;
use super::super::dissection::Dissection;
use super::super::file::Frame;
use super::super::unseal::Keyring;
use super::frames::Frames;
use std::sync::Arc;

/// A decoder, and the frame that it would read next.
pub(super) struct Replay {
    keyring: Arc<Keyring>,
    decoder: Decoder,
    next: usize,
}

impl Replay {
    pub(super) fn new(keyring: Arc<Keyring>) -> Self {
        Self {
            decoder: Decoder::with_keys(Arc::clone(&keyring)),
            keyring,
            next: 0,
        }
    }

    /// Takes frame `n` apart.
    pub(super) fn dissect<'a>(
        &'a mut self,
        frames: &'a Frames,
        n: usize,
    ) -> Option<(Frame<'a>, Dissection<'a>)> {
        let frame = frames.get(n)?;
        if self.next > n {
            *self = Self::new(Arc::clone(&self.keyring));
        }
        for before in (self.next..n).filter_map(|n| frames.get(n)) {
            self.decoder.dissect(&before);
        }
        self.next = n.saturating_add(1);
        Some((frame, self.decoder.dissect(&frame)))
    }
}
