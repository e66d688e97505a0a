//! When each IKE SA next wants to act: one time for each, found without
//! looking at the others.

use super::index::SaKey;
use crate::time::Instant;
use alloc::collections::BTreeSet;

/// The times of all SAs in order.
#[derive(Debug, Default)]
pub(super) struct Timers(BTreeSet<(Instant, SaKey)>);

impl Timers {
    /// Moves the time of `key` from `old` to `new`.
    pub(super) fn set(&mut self, key: SaKey, old: Option<Instant>, new: Option<Instant>) {
        if old == new {
            return;
        }
        if let Some(at) = old {
            self.0.remove(&(at, key));
        }
        if let Some(at) = new {
            self.0.insert((at, key));
        }
    }

    /// The earliest time.
    pub(super) fn next(&self) -> Option<Instant> {
        self.0.first().map(|(at, _)| *at)
    }

    /// The SA whose time has come by `now`, the earliest first. It stays until
    /// its time is moved.
    pub(super) fn due(&self, now: Instant) -> Option<SaKey> {
        let (at, key) = self.0.first()?;
        (*at <= now).then_some(*key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_comes_first_and_moves_away() {
        let at = |seconds| Some(Instant::from_seconds(seconds, 0));
        let key = |slot| SaKey {
            slot,
            generation: 0,
        };
        let mut timers = Timers::default();
        timers.set(key(1), None, at(5));
        timers.set(key(2), None, at(3));
        assert_eq!(timers.next(), at(3));
        assert_eq!(timers.due(Instant::from_seconds(2, 0)), None);
        assert_eq!(timers.due(Instant::from_seconds(9, 0)), Some(key(2)));
        timers.set(key(2), at(3), at(8));
        assert_eq!(timers.due(Instant::from_seconds(9, 0)), Some(key(1)));
        timers.set(key(1), at(5), None);
        timers.set(key(2), at(8), None);
        assert_eq!(timers.next(), None);
    }
}
