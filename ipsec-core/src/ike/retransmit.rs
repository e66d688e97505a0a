//! When a request is sent again and when its sender gives up
//! (RFC 7296 §2.1 and §2.4 leave the numbers to the implementation).

use crate::time::{Duration, Instant};
use core::iter;

/// A schedule of growing delays.
///
/// The default is the one most deployed, strongSwan's: 4 seconds, each delay
/// 1.8 times the one before, five retransmissions.
///
/// ```
/// use ipsec_core::ike::retransmit::Retransmission;
/// use ipsec_core::time::Instant;
/// let schedule = Retransmission::default();
/// let seconds: Vec<_> = schedule
///     .times(Instant::ZERO)
///     .map(|at| at.as_micros() / 1_000_000)
///     .collect();
/// assert_eq!(seconds, [0, 4, 11, 24, 47, 89]);
/// assert_eq!(schedule.gives_up(Instant::ZERO).as_micros() / 1_000_000, 165);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "configuration, every field of it documented"
)]
pub struct Retransmission {
    /// Delay between the first transmission and the second.
    pub first: Duration,
    /// Factor from one delay to the next, in thousandths.
    pub factor_per_mille: u32,
    /// How often the request is sent again.
    pub tries: u8,
    /// No delay is longer than this.
    pub limit: Option<Duration>,
    /// Each delay is shortened at random by up to so many per cent; values
    /// above 100 count as 100.
    pub jitter_percent: u8,
}

impl Default for Retransmission {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(4),
            factor_per_mille: 1800,
            tries: 5,
            limit: None,
            jitter_percent: 0,
        }
    }
}

impl Retransmission {
    /// The delay after transmission `sent` (0 is the first one), shortened by
    /// the share of the jitter that `random` is of `u32::MAX`. `None` after
    /// the last transmission has had its delay: the sender gives up.
    #[must_use]
    pub fn delay(&self, sent: u8, random: u32) -> Option<Duration> {
        if sent > self.tries {
            return None;
        }
        let full = self.full_delay(sent);
        let share = u128::from(self.jitter_percent.min(100)).saturating_mul(u128::from(random));
        let jitter = full.as_micros().saturating_mul(share) / (100 * u128::from(u32::MAX));
        Some(full.saturating_sub(micros(jitter)))
    }

    /// The times of all transmissions when the first is at `start` and there
    /// is no jitter.
    pub fn times(&self, start: Instant) -> impl Iterator<Item = Instant> {
        let again = (0..self.tries).scan(start, |now, sent| {
            *now = now.saturating_add(self.full_delay(sent));
            Some(*now)
        });
        iter::once(start).chain(again)
    }

    /// When the sender gives up if nothing is answered and there is no jitter.
    #[must_use]
    pub fn gives_up(&self, start: Instant) -> Instant {
        (0..=self.tries).fold(start, |now, sent| now.saturating_add(self.full_delay(sent)))
    }

    fn full_delay(&self, sent: u8) -> Duration {
        let limit = self.limit.map_or(LONGEST, |limit| limit.min(LONGEST));
        let mut delay = self.first.min(limit);
        for _ in 0..sent {
            let grown = delay
                .as_micros()
                .saturating_mul(u128::from(self.factor_per_mille))
                / 1000;
            delay = micros(grown).min(limit);
        }
        delay
    }
}

fn micros(count: u128) -> Duration {
    Duration::from_micros(u64::try_from(count).unwrap_or(u64::MAX)).min(LONGEST)
}

/// No delay is longer than this, whatever the configuration: a day.
pub const LONGEST: Duration = Duration::from_secs(86_400);

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    #[test]
    fn the_default_gives_up_after_165_seconds() {
        let schedule = Retransmission::default();
        let end = schedule.gives_up(Instant::from_seconds(1000, 0));
        assert_eq!(end.as_micros(), 1_165_061_120);
        assert_eq!(
            schedule.delay(5, 0),
            Some(Duration::from_micros(75_582_720))
        );
        assert_eq!(schedule.delay(6, 0), None);
    }

    /// charon with retransmit_timeout 1, base 1.4, tries 3 and a peer that
    /// says nothing: transmissions at 0, 1.000, 2.400 and 4.360 seconds in the
    /// capture, "giving up" in its log 7 seconds after the first.
    #[test]
    fn a_real_sender() {
        let schedule = Retransmission {
            first: Duration::from_secs(1),
            factor_per_mille: 1400,
            tries: 3,
            ..Retransmission::default()
        };
        let millis: Vec<_> = schedule
            .times(Instant::ZERO)
            .map(|at| at.as_micros() / 1000)
            .collect();
        assert_eq!(millis, [0, 1000, 2400, 4360]);
        assert_eq!(schedule.gives_up(Instant::ZERO).as_micros(), 7_104_000);
    }

    #[test]
    fn limit_and_jitter_shorten() {
        let schedule = Retransmission {
            limit: Some(Duration::from_secs(10)),
            jitter_percent: 20,
            ..Retransmission::default()
        };
        assert_eq!(schedule.delay(0, 0), Some(Duration::from_secs(4)));
        assert_eq!(schedule.delay(2, 0), Some(Duration::from_secs(10)));
        assert_eq!(schedule.delay(2, u32::MAX), Some(Duration::from_secs(8)));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn time_never_runs_backwards(
            first in 0_u64..=u64::MAX, factor: u32, tries: u8,
            limit in prop::option::of(0_u64..=u64::MAX), jitter: u8, random: u32,
        ) {
            let schedule = Retransmission {
                first: Duration::from_micros(first),
                factor_per_mille: factor,
                tries,
                limit: limit.map(Duration::from_micros),
                jitter_percent: jitter,
            };
            let times: Vec<_> = schedule.times(Instant::ZERO).collect();
            prop_assert_eq!(times.len(), usize::from(tries) + 1);
            prop_assert!(times.is_sorted());
            prop_assert!(schedule.gives_up(Instant::ZERO) >= times[times.len() - 1]);
            for sent in 0..=tries {
                let delay = schedule.delay(sent, random).unwrap();
                prop_assert!(delay <= schedule.delay(sent, 0).unwrap());
                prop_assert!(delay <= LONGEST);
            }
        }
    }
}
