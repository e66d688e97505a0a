//! How long an SA lives: in seconds, bytes and packets, with a soft limit at
//! which it is replaced and a hard one at which it ends (RFC 4301 §4.4.2.1).

use crate::time::{Duration, Instant};

/// One set of limits; `None` is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "RFC 4301 counts these")]
pub struct Limits {
    /// Time since the SA was made.
    pub time: Option<Duration>,
    /// Bytes of the packets it protected or opened.
    pub bytes: Option<u64>,
    /// Packets it protected or opened.
    pub packets: Option<u64>,
}

impl Limits {
    /// No limit.
    pub const NONE: Self = Self {
        time: None,
        bytes: None,
        packets: None,
    };

    /// `percent` of each limit, less up to `jitter` percent more as `random`
    /// decides, so that many SAs made at once are not replaced at once.
    #[must_use]
    pub fn share(self, percent: u8, jitter: u8, random: u8) -> Self {
        let less = u16::from(jitter) * u16::from(random) / u16::from(u8::MAX);
        let share = u64::from(u16::from(percent).saturating_sub(less).min(100));
        let of = |whole: u64| whole / 100 * share + whole % 100 * share / 100;
        Self {
            time: self.time.map(|time| {
                let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
                Duration::from_micros(of(micros))
            }),
            bytes: self.bytes.map(of),
            packets: self.packets.map(of),
        }
    }

    fn reached(&self, used: &Usage, now: Instant) -> bool {
        let over = |limit: Option<u64>, used: u64| limit.is_some_and(|limit| used >= limit);
        let age = now.saturating_since(used.since);
        self.time.is_some_and(|limit| age >= limit)
            || over(self.bytes, used.bytes)
            || over(self.packets, used.packets)
    }
}

/// What an SA was used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Usage {
    /// When it was made.
    pub since: Instant,
    /// When it was last used; when it was made, before the first packet.
    pub last: Instant,
    /// Bytes it protected or opened.
    pub bytes: u64,
    /// Packets it protected or opened.
    pub packets: u64,
}

/// Where in its life an SA is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "the ages of an SA")]
pub enum Age {
    /// In use.
    Fresh,
    /// To be replaced, and still in use (soft limit).
    Stale,
    /// Unused for as long as was allowed.
    Idle,
    /// At its end: it protects and opens nothing more (hard limit).
    Over,
}

/// The limits of one SA and how far they are used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime {
    soft: Limits,
    hard: Limits,
    idle: Option<Duration>,
    used: Usage,
}

impl Lifetime {
    /// The life of an SA that is made at `now`.
    #[must_use]
    pub const fn new(now: Instant, soft: Limits, hard: Limits) -> Self {
        Self {
            soft,
            hard,
            idle: None,
            used: Usage {
                since: now,
                last: now,
                bytes: 0,
                packets: 0,
            },
        }
    }

    /// The same, over when nothing was sent or received for `idle`.
    #[must_use]
    pub const fn with_idle(mut self, idle: Duration) -> Self {
        self.idle = Some(idle);
        self
    }

    /// The limits at which it is replaced.
    #[must_use]
    pub const fn soft(&self) -> Limits {
        self.soft
    }

    /// The limits at which it ends.
    #[must_use]
    pub const fn hard(&self) -> Limits {
        self.hard
    }

    /// How long it may be unused.
    #[must_use]
    pub const fn idle(&self) -> Option<Duration> {
        self.idle
    }

    /// The same with so much used already.
    #[must_use]
    pub const fn with_used(mut self, bytes: u64, packets: u64) -> Self {
        self.used.bytes = bytes;
        self.used.packets = packets;
        self
    }

    /// What is left of it at `now`: its limits of time are less by its age, so
    /// that it can go on by another clock.
    #[must_use]
    pub fn left(&self, now: Instant) -> Self {
        let age = now.saturating_since(self.used.since);
        let less = |limits: Limits| Limits {
            time: limits.time.map(|time| time.saturating_sub(age)),
            ..limits
        };
        let left = Self::new(now, less(self.soft), less(self.hard));
        let used = left.with_used(self.used.bytes, self.used.packets);
        Self {
            idle: self.idle,
            ..used
        }
    }

    /// What it was used for.
    #[must_use]
    pub const fn used(&self) -> Usage {
        self.used
    }

    /// Where in its life the SA is at `now`.
    #[must_use]
    pub fn age(&self, now: Instant) -> Age {
        let unused = now.saturating_since(self.used.last);
        if self.hard.reached(&self.used, now) {
            Age::Over
        } else if self.idle.is_some_and(|idle| unused >= idle) {
            Age::Idle
        } else if self.soft.reached(&self.used, now) {
            Age::Stale
        } else {
            Age::Fresh
        }
    }

    /// Counts a packet of `bytes`.
    pub fn count(&mut self, now: Instant, bytes: usize) {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        self.used.last = self.used.last.max(now);
        self.used.bytes = self.used.bytes.saturating_add(bytes);
        self.used.packets = self.used.packets.saturating_add(1);
    }

    /// When time alone next changes the age that it has at `now`.
    #[must_use]
    pub fn next_change(&self, now: Instant) -> Option<Instant> {
        let after = |limit: Option<Duration>, from: Instant| Some(from.saturating_add(limit?));
        let moments = [
            after(self.soft.time, self.used.since),
            after(self.hard.time, self.used.since),
            after(self.idle, self.used.last),
        ];
        moments.into_iter().flatten().filter(|at| *at > now).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn at(seconds: u64) -> Instant {
        Instant::from_seconds(seconds, 0)
    }

    #[test]
    fn time_makes_it_old() {
        let hard = Limits {
            time: Some(HOUR),
            ..Limits::NONE
        };
        let life = Lifetime::new(at(100), hard.share(90, 0, 0), hard);
        for (now, age) in [
            (100, Age::Fresh),
            (3339, Age::Fresh),
            (3340, Age::Stale),
            (3699, Age::Stale),
            (3700, Age::Over),
        ] {
            assert_eq!(life.age(at(now)), age, "{now}");
        }
        assert_eq!(life.next_change(at(100)), Some(at(3340)));
        assert_eq!(life.next_change(at(3340)), Some(at(3700)));
        assert_eq!(life.next_change(at(3700)), None);
    }

    #[test]
    fn traffic_makes_it_old() {
        let limits = |bytes, packets| Limits {
            bytes,
            packets,
            ..Limits::NONE
        };
        let mut life = Lifetime::new(at(0), limits(Some(150), None), limits(None, Some(3)));
        let mut ages = Vec::new();
        for _ in 0..3 {
            life.count(at(1), 100);
            ages.push(life.age(at(1)));
        }
        assert_eq!(ages, [Age::Fresh, Age::Stale, Age::Over]);
        assert_eq!((life.used().bytes, life.used().packets), (300, 3));
    }

    #[test]
    fn silence_ends_it_and_traffic_keeps_it() {
        let mut life = Lifetime::new(at(0), Limits::NONE, Limits::NONE).with_idle(HOUR);
        assert_eq!(life.age(at(3600)), Age::Idle);
        life.count(at(3599), 1);
        assert_eq!(life.age(at(3600)), Age::Fresh);
        assert_eq!(life.next_change(at(3600)), Some(at(7199)));
    }

    #[test]
    fn it_goes_on_by_another_clock() {
        let hard = Limits {
            time: Some(HOUR),
            bytes: Some(100),
            ..Limits::NONE
        };
        let mut life = Lifetime::new(at(100), Limits::NONE, hard).with_idle(HOUR);
        life.count(at(100), 40);
        let left = life.left(at(700));
        assert_eq!(left.hard().time, Some(Duration::from_secs(3000)));
        assert_eq!((left.used().bytes, left.used().packets), (40, 1));
        assert_eq!((left.idle(), left.soft()), (Some(HOUR), Limits::NONE));
        assert_eq!(left.age(at(3699)), Age::Fresh);
        assert_eq!(left.age(at(3700)), Age::Over);
    }

    #[test]
    fn shares_are_spread_and_never_overflow() {
        let all = Limits {
            time: Some(Duration::MAX),
            bytes: Some(u64::MAX),
            packets: Some(1000),
        };
        assert_eq!(all.share(90, 10, 0).packets, Some(900));
        assert_eq!(all.share(90, 10, 255).packets, Some(800));
        assert_eq!(all.share(255, 255, 255).packets, Some(0));
        assert_eq!(all.share(255, 0, 0).bytes, Some(u64::MAX));
    }
}
