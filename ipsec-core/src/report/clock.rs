//! Points in time as people and programs read them: RFC 3339, in UTC.

use crate::time::{Date, Duration, Instant};

/// `2026-11-21T13:05:43.000123Z`, reading the origin as the Unix epoch.
pub(super) fn rfc3339(at: Instant) -> String {
    let micros = at.as_micros();
    let seconds = micros / 1_000_000;
    let date = Date::of_day(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    let fraction = micros % 1_000_000;
    format!("{date}T{hour:02}:{minute:02}:{second:02}.{fraction:06}Z")
}

/// `+0.213 s`.
pub(super) fn since(at: Instant, start: Instant) -> String {
    format!("+{}", seconds(at.saturating_since(start)))
}

/// `0.213 s`, from 100 s on `102 s`.
pub(super) fn seconds(span: Duration) -> String {
    if span.as_secs() < 100 {
        let near = span.saturating_add(Duration::from_micros(500));
        format!("{}.{:03} s", near.as_secs(), near.subsec_millis())
    } else {
        let near = span.saturating_add(Duration::from_millis(500));
        format!("{} s", near.as_secs())
    }
}

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
