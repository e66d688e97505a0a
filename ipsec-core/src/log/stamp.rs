//! The time at the head of a log line, in the forms that syslog and daemons
//! write: `12:00:01`, `Nov 21 12:00:01`, `2026-11-21T12:00:01.5+01:00`.

use crate::time::{Date, Duration, Instant};

/// A time as a line gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    /// Days since the origin that [`Known`] names.
    days: u64,
    /// Microseconds since midnight, in universal time where the line tells.
    micros: u64,
    known: Known,
}

/// How much of the date a line gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    /// Nothing: days are counted from the first line.
    Nothing,
    /// Month and day: days are counted from 1 January.
    Day,
    /// All of it: days are counted from 1970.
    Year,
}

/// Makes instants of stamps that say less than the whole date, on the ground
/// that a log runs forward.
///
/// With whole dates the origin is the Unix epoch; else it is the start of the
/// year or of the day in which the log begins.
#[derive(Debug, Default)]
pub(super) struct Clock {
    last: Option<Instant>,
    carried: Duration,
}

impl Clock {
    /// The instant of `stamp`. A time far behind the one before it is taken
    /// for one after the next midnight, or New Year.
    pub(super) fn at(&mut self, stamp: Stamp) -> Instant {
        let seconds = stamp.days.saturating_mul(DAY.as_secs());
        let bare =
            Instant::from_seconds(seconds, 0).saturating_add(Duration::from_micros(stamp.micros));
        let turn = match stamp.known {
            Known::Nothing => DAY,
            Known::Day => YEAR,
            Known::Year => return bare,
        };
        let mut at = bare.saturating_add(self.carried);
        if let Some(last) = self.last
            && last.saturating_since(at).saturating_mul(2) > turn
        {
            self.carried = self.carried.saturating_add(turn);
            at = bare.saturating_add(self.carried);
        }
        self.last = Some(self.last.map_or(at, |last| last.max(at)));
        at
    }
}

/// Reads the stamp at the start of `line`; the rest of the line comes with it.
/// A day of the week, and the mark of a clock that was never set (`*`) or has
/// lost its server (`.`), may stand before it.
pub(super) fn stamp(line: &str) -> Option<(Stamp, &str)> {
    let line = line.strip_prefix(['*', '.']).unwrap_or(line);
    let line = weekday(line).unwrap_or(line);
    iso(line).or_else(|| syslog(line)).or_else(|| {
        let (micros, rest) = time_of_day(line)?;
        let known = Known::Nothing;
        Some((
            Stamp {
                days: 0,
                micros,
                known,
            },
            rest,
        ))
    })
}

/// What follows `Sat `.
fn weekday(line: &str) -> Option<&str> {
    let (name, rest) = line.split_at_checked(3)?;
    let rest = rest
        .strip_prefix(' ')
        .filter(|_| WEEKDAYS.contains(&name))?;
    Some(rest)
}

/// `2026-11-21T12:00:01.123456+01:00`, or with `/`, the T also a space, the zone optional.
fn iso(line: &str) -> Option<(Stamp, &str)> {
    let (year, rest) = number(line, 4)?;
    let (month, rest) = number(rest.strip_prefix(['-', '/'])?, 2)?;
    let (day, rest) = number(rest.strip_prefix(['-', '/'])?, 2)?;
    let (micros, rest) = time_of_day(rest.strip_prefix(['T', ' '])?)?;
    let (ahead, rest) = zone(rest);
    let days = Date::new(year, month, day)?.days_since_epoch()?;
    let local = days
        .checked_mul(DAY_MICROS)?
        .checked_add(micros)?
        .checked_add_signed(ahead.checked_neg()?)?;
    let stamp = Stamp {
        days: local / DAY_MICROS,
        micros: local % DAY_MICROS,
        known: Known::Year,
    };
    Some((stamp, rest))
}

/// `Nov 21 12:00:01`, the day padded with a space, a year behind it, behind
/// the time, or nowhere.
fn syslog(line: &str) -> Option<(Stamp, &str)> {
    let (name, rest) = line.split_at_checked(3)?;
    let index = MONTHS.iter().position(|month| *month == name)?;
    let month = u64::try_from(index).ok()?.checked_add(1)?;
    let rest = rest.strip_prefix(' ')?.trim_start();
    let (day, rest) = number(rest, 2).or_else(|| number(rest, 1))?;
    let rest = rest.strip_prefix(' ')?;
    let (year, micros, rest) = time_and_year(rest)?;
    let (days, known) = match year {
        Some(year) => (
            Date::new(year, month, day)?.days_since_epoch()?,
            Known::Year,
        ),
        // A leap year has every day that any year has.
        None => {
            let start = Date::new(LEAP, 1, 1)?.days_since_epoch()?;
            let date = Date::new(LEAP, month, day)?.days_since_epoch()?;
            (date.checked_sub(start)?, Known::Day)
        }
    };
    let stamp = Stamp {
        days,
        micros,
        known,
    };
    Some((stamp, rest))
}

/// `2026 12:00:01`, `12:00:01 2026` or `12:00:01`.
fn time_and_year(text: &str) -> Option<(Option<u64>, u64, &str)> {
    let before = number(text, 4).and_then(|(year, rest)| Some((year, rest.strip_prefix(' ')?)));
    let (micros, rest) = time_of_day(before.map_or(text, |(_, rest)| rest))?;
    let behind = rest.strip_prefix(' ').and_then(|rest| number(rest, 4));
    match (before, behind) {
        (Some((year, _)), _) => Some((Some(year), micros, rest)),
        (None, Some((year, rest))) if rest.starts_with([' ', ':']) => {
            Some((Some(year), micros, rest))
        }
        (None, _) => Some((None, micros, rest)),
    }
}

/// `12:00:01`, with a fraction of a second or not, in microseconds.
fn time_of_day(text: &str) -> Option<(u64, &str)> {
    let (hours, rest) = number(text, 2)?;
    let (minutes, rest) = number(rest.strip_prefix(':')?, 2)?;
    let (seconds, rest) = number(rest.strip_prefix(':')?, 2)?;
    if hours > 23 || minutes > 59 || seconds > 60 {
        return None;
    }
    let whole = hours
        .checked_mul(3600)?
        .checked_add(minutes.checked_mul(60)?)?
        .checked_add(seconds)?
        .checked_mul(1_000_000)?;
    let Some(fraction) = rest.strip_prefix(['.', ',']) else {
        return Some((whole, rest));
    };
    let digits = fraction.bytes().take_while(u8::is_ascii_digit).fold(
        (0, 100_000_u64),
        |(sum, unit), digit| {
            let part = unit.saturating_mul(u64::from(digit.saturating_sub(b'0')));
            (part.saturating_add(sum), unit / 10)
        },
    );
    let rest = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
    Some((whole.checked_add(digits.0)?, rest))
}

/// `Z`, `+01:00`, `-0530` or nothing: microseconds ahead of universal time.
fn zone(text: &str) -> (i64, &str) {
    if let Some(rest) = text.strip_prefix('Z') {
        return (0, rest);
    }
    let read = || {
        let (sign, rest) = match text.split_at_checked(1)? {
            ("+", rest) => (1, rest),
            ("-", rest) => (-1, rest),
            _ => return None,
        };
        let (hours, rest) = number(rest, 2)?;
        let (minutes, rest) = number(rest.strip_prefix(':').unwrap_or(rest), 2)?;
        let minutes = hours.checked_mul(60)?.checked_add(minutes)?;
        let micros = i64::try_from(minutes.checked_mul(60_000_000)?).ok()?;
        Some((micros.checked_mul(sign)?, rest))
    };
    read().unwrap_or((0, text))
}

/// The number that the first `digits` characters write.
fn number(text: &str, digits: usize) -> Option<(u64, &str)> {
    let (head, rest) = text.split_at_checked(digits)?;
    if !head.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some((head.parse().ok()?, rest))
}

const DAY: Duration = Duration::from_secs(86_400);
const DAY_MICROS: u64 = 86_400_000_000;
const YEAR: Duration = Duration::from_secs(366 * 86_400);
const LEAP: u64 = 1972;
const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn seconds(line: &str) -> (u64, &str) {
        let (stamp, rest) = stamp(line).unwrap();
        (Clock::default().at(stamp).as_micros() / 1_000_000, rest)
    }

    #[test]
    fn forms_of_a_stamp() {
        assert_eq!(seconds("10:41:06 00[DMN]"), (38_466, " 00[DMN]"));
        assert_eq!(seconds("Jan  2 00:00:01 gw"), (86_401, " gw"));
        assert_eq!(seconds("Mar 01 00:00:00 x"), (60 * 86_400, " x"));
        assert_eq!(seconds("Nov 21 2026 12:00:00 x"), (1_795_262_400, " x"));
        assert_eq!(seconds("Sat Nov 21 12:00:00 2026 x"), (1_795_262_400, " x"));
        assert_eq!(seconds("*Nov 21 2026 12:00:00: x"), (1_795_262_400, ": x"));
        assert_eq!(seconds("2026/11/21 12:00:00 x"), (1_795_262_400, " x"));
        assert_eq!(seconds("Jan  2 00:00:01 2026x"), (86_401, " 2026x"));
        assert_eq!(seconds("2026-11-21T12:00:00Z x"), (1_795_262_400, " x"));
        assert_eq!(
            seconds("2026-11-21T13:30:00.250+01:30 x"),
            (1_795_262_400, " x")
        );
        assert_eq!(seconds("1970-01-01 00:00:00 x"), (0, " x"));
        assert_eq!(seconds("2000-02-29T00:00:00-0100"), (951_786_000, ""));
        let (fraction, _) = stamp("00:00:00.1234567 x").unwrap();
        assert_eq!(fraction.micros, 123_456);
    }

    #[test]
    fn what_is_no_stamp() {
        for line in [
            "",
            "24:00:00",
            "1:2:3",
            "Nov",
            "Foo 21 12:00:00",
            "Nov 32 12:00:00",
            "2026-13-01T00:00:00",
            "2026-1",
            "äöü",
            "1970-01-01T00:00:00+01:00",
        ] {
            assert_eq!(stamp(line), None, "{line}");
        }
    }

    /// 23:59:59, 00:00:00, and a line out of order by a second.
    #[test]
    fn midnight_and_new_year_run_forward() {
        let mut clock = Clock::default();
        let mut at = |line| clock.at(stamp(line).unwrap().0).as_micros() / 1_000_000;
        assert_eq!(at("23:59:59"), 86_399);
        assert_eq!(at("00:00:01"), 86_401);
        assert_eq!(at("00:00:00"), 86_400);
        assert_eq!(at("23:59:59"), 86_400 + 86_399);
        let mut clock = Clock::default();
        let mut at = |line| clock.at(stamp(line).unwrap().0).as_micros() / 1_000_000;
        let eve = at("Dec 31 23:59:59");
        assert_eq!(at("Jan  1 00:00:00"), eve + 1);
    }

    proptest! {
        #[test]
        fn no_line_panics(line in "\\PC{0,40}", shaped in "[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}([.,][0-9]{0,30})?([+-][0-9:]{0,6})?") {
            let mut clock = Clock::default();
            for line in [line, shaped] {
                if let Some((stamp, _)) = stamp(&line) {
                    clock.at(stamp);
                }
            }
        }
    }
}
