//! Time as an argument: an [`Instant`] is microseconds since an origin the
//! caller chooses (for captures the Unix epoch, for engines the start of the
//! program), a [`Duration`] is [`core::time::Duration`].

pub use core::time::Duration;

use core::fmt;

/// A point in time: microseconds since the caller's origin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema)
)]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct Instant(u64);

impl Instant {
    /// The origin.
    pub const ZERO: Self = Self(0);

    /// The point `micros` microseconds after the origin.
    #[must_use]
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// The point `seconds` and `micros` after the origin, saturating.
    #[must_use]
    pub const fn from_seconds(seconds: u64, micros: u32) -> Self {
        Self(
            seconds
                .saturating_mul(1_000_000)
                .saturating_add(micros as u64),
        )
    }

    /// Microseconds since the origin.
    #[must_use]
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// Time passed since `earlier`; zero when `earlier` is later.
    #[must_use]
    pub const fn saturating_since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }

    /// Distance to `other`, whichever is later.
    #[must_use]
    pub const fn distance(self, other: Self) -> Duration {
        Duration::from_micros(self.0.abs_diff(other.0))
    }

    /// The point `duration` later, saturating.
    #[must_use]
    pub fn saturating_add(self, duration: Duration) -> Self {
        Self(
            self.0
                .saturating_add(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)),
        )
    }
}

/// A day of the Gregorian calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Date {
    year: u64,
    month: u64,
    day: u64,
}

impl Date {
    /// A date, unless no month has such a day.
    pub(crate) const fn new(year: u64, month: u64, day: u64) -> Option<Self> {
        if matches!(month, 1..=12) && matches!(day, 1..=31) {
            Some(Self { year, month, day })
        } else {
            None
        }
    }

    /// The day that begins `days` after the Unix epoch.
    pub(crate) const fn of_day(days: u64) -> Self {
        let shifted = days.saturating_add(MARCH_0_TO_EPOCH);
        let (era, of_era) = (shifted / DAYS_IN_ERA, shifted % DAYS_IN_ERA);
        let leaps = of_era / 1460 - of_era / 36_524 + of_era / 146_096;
        let year_of_era = (of_era - leaps) / 365;
        let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * day_of_year + 2) / 153;
        let year = year_of_era + era * 400;
        let (year, month) = if from_march < 10 {
            (year, from_march + 3)
        } else {
            (year + 1, from_march - 9)
        };
        let day = day_of_year - (153 * from_march + 2) / 5 + 1;
        Self { year, month, day }
    }

    /// Days from the Unix epoch to this one; `None` before it.
    pub(crate) const fn days_since_epoch(self) -> Option<u64> {
        // Years begin in March, so that the leap day comes last.
        let (year, from_march) = if self.month > 2 {
            (self.year, self.month - 3)
        } else {
            (self.year.saturating_sub(1), self.month + 9)
        };
        let leaps = year / 4 - year / 100 + year / 400;
        let before = (153 * from_march + 2) / 5 + self.day - 1;
        year.saturating_mul(365)
            .saturating_add(leaps)
            .saturating_add(before)
            .checked_sub(MARCH_0_TO_EPOCH)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { year, month, day } = self;
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

/// Days from 1 March of the year 0 to the Unix epoch.
const MARCH_0_TO_EPOCH: u64 = 719_468;

/// Days in 400 years.
const DAYS_IN_ERA: u64 = 146_097;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_wraps() {
        let end = Instant::from_micros(u64::MAX);
        assert_eq!(end.saturating_add(Duration::from_secs(1)), end);
        assert_eq!(Instant::ZERO.saturating_since(end), Duration::ZERO);
        assert_eq!(Instant::from_seconds(u64::MAX, 7), end);
    }

    #[test]
    fn measures_both_ways() {
        let (early, late) = (Instant::from_seconds(1, 0), Instant::from_seconds(3, 500));
        assert_eq!(
            late.saturating_since(early),
            Duration::from_micros(2_000_500)
        );
        assert_eq!(early.distance(late), late.distance(early));
    }

    #[test]
    fn dates_of_leap_days_and_ends_of_years() {
        for (days, text) in [
            (0, "1970-01-01"),
            (11_016, "2000-02-29"),
            (19_781, "2024-02-28"),
            (20_088, "2024-12-31"),
            (47_541, "2100-03-01"),
            (2_932_896, "9999-12-31"),
        ] {
            let date = Date::of_day(days);
            assert_eq!(alloc::format!("{date}"), text);
            assert_eq!(date.days_since_epoch(), Some(days));
        }
        assert_eq!(Date::new(1969, 12, 31).unwrap().days_since_epoch(), None);
        assert_eq!(Date::new(0, 1, 1).unwrap().days_since_epoch(), None);
        assert!(Date::new(2026, 13, 1).is_none() && Date::new(2026, 1, 0).is_none());
        Date::of_day(u64::MAX);
        Date::new(u64::MAX, 1, 1).unwrap().days_since_epoch();
    }
}
