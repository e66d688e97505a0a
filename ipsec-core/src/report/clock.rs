//! Points in time as people and programs read them: RFC 3339, in UTC.

use crate::time::{Duration, Instant};

/// `2026-11-21T13:05:43.000123Z`, reading the origin as the Unix epoch.
pub(super) fn rfc3339(at: Instant) -> String {
    let micros = at.as_micros();
    let seconds = micros / 1_000_000;
    let (year, month, day) = civil(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    let fraction = micros % 1_000_000;
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{fraction:06}Z")
}

/// `+0.213 s`.
pub(super) fn since(at: Instant, start: Instant) -> String {
    format!("+{}", seconds(at.saturating_since(start)))
}

/// `0.213 s`, from 100 s on `102 s`.
pub(super) fn seconds(span: Duration) -> String {
    if span.as_secs() < 100 {
        format!("{:.3} s", span.as_secs_f64())
    } else {
        format!("{:.0} s", span.as_secs_f64())
    }
}

/// Year, month and day of the `days`th day after 1970-01-01, in eras of 400
/// years that begin in March.
const fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days.saturating_add(DAYS_TO_1970);
    let (era, of_era) = (shifted / DAYS_IN_ERA, shifted % DAYS_IN_ERA);
    let leaps = of_era / 1460 - of_era / 36_524 + of_era / 146_096;
    let year_of_era = (of_era - leaps) / 365;
    let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    let year = year_of_era + era * 400;
    (if month <= 2 { year + 1 } else { year }, month, day)
}

/// Days from 0000-03-01 to 1970-01-01.
const DAYS_TO_1970: u64 = 719_468;

/// Days in 400 years.
const DAYS_IN_ERA: u64 = 146_097;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_leap_days_and_ends_of_years() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00.000007Z"),
            (951_782_400, "2000-02-29T00:00:00.000007Z"),
            (1_709_164_799, "2024-02-28T23:59:59.000007Z"),
            (1_735_689_599, "2024-12-31T23:59:59.000007Z"),
            (4_107_542_400, "2100-03-01T00:00:00.000007Z"),
        ] {
            assert_eq!(rfc3339(Instant::from_seconds(seconds, 7)), text);
        }
        assert!(rfc3339(Instant::from_micros(u64::MAX)).ends_with('Z'));
    }
}
