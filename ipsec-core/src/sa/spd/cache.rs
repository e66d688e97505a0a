//! What policies decided of the latest flows (RFC 4301 §4.4.1, "caching").
//!
//! A flow is remembered as it is, not by the policy's selectors, so policies
//! that overlap need not be made disjoint first (RFC 4301 appendix B).

use super::{Direction, Flow, Spd};
use alloc::boxed::Box;
use alloc::vec;
use core::hash::{Hash, Hasher};

/// A cache before an [`Spd`]; one flow has one place in it.
#[derive(Clone, Debug)]
pub struct FlowCache {
    entries: Box<[Option<Entry>]>,
    version: u64,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    direction: Direction,
    flow: Flow,
    position: Option<usize>,
}

impl FlowCache {
    /// A cache of so many flows, up to [`FLOWS_MAX`], rounded up to a power of
    /// two.
    #[must_use]
    pub fn new(flows: usize) -> Self {
        let flows = flows.clamp(1, FLOWS_MAX).next_power_of_two();
        Self {
            entries: vec![None; flows].into_boxed_slice(),
            version: 0,
        }
    }

    /// As [`Spd::position`]; always ask the cache with the same database.
    pub fn position<P>(
        &mut self,
        spd: &Spd<P>,
        direction: Direction,
        flow: &Flow,
    ) -> Option<usize> {
        if self.version != spd.version() {
            self.entries.fill(None);
            self.version = spd.version();
        }
        let mask = self.entries.len().saturating_sub(1);
        let place = self.entries.get_mut(digest(direction, flow) & mask)?;
        if let Some(entry) = place
            && entry.flow == *flow
            && entry.direction == direction
        {
            return entry.position;
        }
        let position = spd.position(direction, flow);
        *place = Some(Entry {
            direction,
            flow: *flow,
            position,
        });
        position
    }
}

fn digest(direction: Direction, flow: &Flow) -> usize {
    let mut mix = Mix(0);
    (direction, flow).hash(&mut mix);
    usize::try_from(mix.finish() >> 32).unwrap_or(0)
}

/// Spreads bits by multiplication: who collides on purpose loses a cache.
struct Mix(u64);

impl Hasher for Mix {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            for (place, byte) in word.iter_mut().zip(chunk) {
                *place = *byte;
            }
            let word = u64::from_le_bytes(word);
            self.0 = (self.0.rotate_left(23) ^ word).wrapping_mul(SPREAD);
        }
    }
}

/// 2⁶⁴ divided by the golden ratio.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// Flows that a cache can hold.
pub const FLOWS_MAX: usize = 1 << 20;
