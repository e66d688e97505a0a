//! The time before a packet, in the forms of `tcpdump -t…`: time of day, date
//! and time, seconds since 1970.

use crate::time::{Date, Duration, Instant};

/// A time as it is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    /// Days since 1970, where they are printed.
    days: Option<u64>,
    /// Microseconds since midnight.
    micros: u64,
}

/// Makes instants of stamps, on the ground that packets are printed in the
/// order of their times; without dates they count from midnight before the
/// first packet.
#[derive(Debug, Default)]
pub(super) struct Clock {
    last: u64,
    midnights: u64,
}

impl Clock {
    pub(super) fn at(&mut self, stamp: Stamp) -> Instant {
        let days = stamp.days.unwrap_or_else(|| {
            if self.last.saturating_sub(stamp.micros) > HALF_DAY {
                self.midnights = self.midnights.saturating_add(1);
            }
            self.last = stamp.micros;
            self.midnights
        });
        Instant::from_seconds(days.saturating_mul(DAY), 0)
            .saturating_add(Duration::from_micros(stamp.micros))
    }
}

/// Reads the stamp at the start of `line`; what follows it comes with it.
pub(super) fn stamp(line: &str) -> Option<(Stamp, &str)> {
    let line = line.trim_start();
    let (first, rest) = line.split_once(' ')?;
    if let Some(micros) = time_of_day(first) {
        return Some((Stamp { days: None, micros }, rest));
    }
    if let Some(stamp) = seconds(first) {
        return Some((stamp, rest));
    }
    let days = Some(date(first)?);
    let (second, rest) = rest.trim_start().split_once(' ')?;
    let micros = time_of_day(second)?;
    Some((Stamp { days, micros }, rest))
}

/// `2026-11-21`, as days since 1970.
fn date(word: &str) -> Option<u64> {
    let mut parts = word.split(['-', '/']).map(|part| number(part, 4));
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    let whole = parts.next().is_none() && word.len() == 10;
    Date::new(year, month, day)
        .filter(|_| whole)?
        .days_since_epoch()
}

/// `12:00:01.123456`, as microseconds.
fn time_of_day(word: &str) -> Option<u64> {
    let mut parts = word.splitn(3, ':');
    let two = |part: &str| number(part, 2).filter(|_| part.len() == 2);
    let hours = two(parts.next()?).filter(|hours| *hours < 24)?;
    let minutes = two(parts.next()?).filter(|minutes| *minutes < 60)?;
    let (seconds, fraction) = split_fraction(parts.next()?)?;
    let seconds = two(seconds).filter(|seconds| *seconds <= 60)?;
    let minutes = hours.checked_mul(60)?.checked_add(minutes)?;
    let seconds = minutes.checked_mul(60)?.checked_add(seconds)?;
    seconds.checked_mul(1_000_000)?.checked_add(fraction)
}

/// `1795000000.123456`, seconds since 1970.
fn seconds(word: &str) -> Option<Stamp> {
    let (seconds, micros) = split_fraction(word)?;
    let seconds = number(seconds, 12).filter(|_| seconds.len() >= 9 && word.contains('.'))?;
    let of_day = seconds.checked_rem(DAY)?.checked_mul(1_000_000)?;
    Some(Stamp {
        days: seconds.checked_div(DAY),
        micros: of_day.checked_add(micros)?,
    })
}

/// What stands before the point, and the microseconds behind it.
fn split_fraction(word: &str) -> Option<(&str, u64)> {
    let Some((whole, fraction)) = word.split_once('.') else {
        return Some((word, 0));
    };
    let micros = fraction.get(..6).unwrap_or(fraction);
    number(fraction, 9)?;
    let scale = [1_000_000, 100_000, 10_000, 1_000, 100, 10, 1];
    let scale = scale.get(micros.len())?;
    Some((whole, number(micros, 6)?.checked_mul(*scale)?))
}

/// A number of at most `digits` decimal digits.
fn number(text: &str, digits: usize) -> Option<u64> {
    let plain = !text.is_empty() && text.len() <= digits;
    let plain = plain && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

/// Seconds of a day.
const DAY: u64 = 86_400;

/// Microseconds of half a day.
const HALF_DAY: u64 = 43_200_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn micros(line: &str) -> u64 {
        Clock::default().at(stamp(line).unwrap().0).as_micros()
    }

    #[test]
    fn every_form() {
        assert_eq!(micros("00:00:01.5 IP"), 1_500_000);
        assert_eq!(micros("10:38:51.210829 IP"), 38_331_210_829);
        assert_eq!(micros("10:38:51.210829123 IP"), 38_331_210_829);
        assert_eq!(micros("1970-01-02 00:00:00.000001 IP"), 86_400_000_001);
        assert_eq!(micros("1795000000.000007 IP"), 1_795_000_000_000_007);
        assert_eq!(stamp(" 12:00:00 x y").unwrap().1, "x y");
    }

    #[test]
    fn what_is_no_stamp() {
        for line in [
            "",
            "192.0.2.1.500 >",
            "24:00:00.0 IP",
            "1:2:3 IP",
            "12:00:00.x IP",
            "2026-13-01 12:00:00 IP",
            "2026-01-01 IP",
            "123.5 IP",
            "12:00:00.0000000001 IP",
        ] {
            assert_eq!(stamp(line), None, "{line}");
        }
    }

    #[test]
    fn midnight_passes() {
        let mut clock = Clock::default();
        let mut at = |line| clock.at(stamp(line).unwrap().0).as_micros() / 1_000_000;
        assert_eq!(at("23:59:59 x"), 86_399);
        assert_eq!(at("00:00:01 x"), 86_401);
        assert_eq!(at("00:00:00 x"), 86_400);
    }
}
