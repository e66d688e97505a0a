//! Time as an argument: an [`Instant`] is microseconds since an origin the
//! caller chooses (for captures the Unix epoch, for engines the start of the
//! program), a [`Duration`] is [`core::time::Duration`].

pub use core::time::Duration;

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
}
