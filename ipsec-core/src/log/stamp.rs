//! The time at the head of a log line, in the forms that syslog, daemons and
//! devices write: `12:00:01`, `Nov 21 12:00:01`, `2026-11-21T12:00:01.5+01:00`,
//! `jan/02/2026 15:03:36`, `1d02h`. Which number of `06/13/01` is the month, only
//! a reader knows: [`american`], [`dashed`].
//!
//! An offset, `Z`, `UTC` and `GMT` are resolved. Other zones by name are passed
//! over, for names are not unique: such times stay those of the clock that
//! wrote them.

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
    /// The time since the start: days are counted from it.
    Uptime,
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
            Known::Uptime => {
                self.last = Some(bare);
                return bare;
            }
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
    iso(line)
        .or_else(|| syslog(line))
        .or_else(|| routeros(line))
        .or_else(|| uptime(line))
        .or_else(|| {
            let (micros, rest) = time_of_day(line)?;
            Some((Stamp::new(0, micros, Known::Nothing), rest))
        })
}

/// Reads `06/13/01 15:32:50`, the month first, the year in two digits or four;
/// the hour also in one digit with `PM` behind the time, the time behind `-`.
pub(super) fn american(line: &str) -> Option<(Stamp, &str)> {
    let (month, rest) = short(line)?;
    let (day, rest) = short(rest.strip_prefix('/')?)?;
    let rest = rest.strip_prefix('/')?;
    let (year, rest) = match number(rest, 4) {
        Some(whole) => whole,
        None => number(rest, 2).map(|(year, rest)| (century(year), rest))?,
    };
    let days = Date::new(year, month, day)?.days_since_epoch()?;
    let (micros, rest) = half_day(rest.strip_prefix([' ', '-'])?)?;
    Some((Stamp::new(days, micros, Known::Year), rest))
}

/// Reads `11-28: 11:43:09.125` or `11-28: 11:43:09:125`, month and day.
pub(super) fn dashed(line: &str) -> Option<(Stamp, &str)> {
    let (month, rest) = short(line.trim_start())?;
    let (day, rest) = short(rest.strip_prefix('-')?)?;
    let (micros, rest) = time_of_day(rest.strip_prefix(": ")?)?;
    let days = day_of_year(month, day)?;
    let thousandths = rest.strip_prefix(':').and_then(|rest| number(rest, 3));
    let (more, rest) = thousandths.unwrap_or((0, rest));
    let micros = micros.checked_add(more.checked_mul(1_000)?)?;
    Some((Stamp::new(days, micros, Known::Day), rest))
}

impl Stamp {
    const fn new(days: u64, micros: u64, known: Known) -> Self {
        Self {
            days,
            micros,
            known,
        }
    }

    /// The same time of a clock that is `micros` ahead of universal time, in
    /// universal time; `None` before 1970.
    fn behind(self, micros: i64) -> Option<Self> {
        let universal = self
            .days
            .checked_mul(DAY_MICROS)?
            .checked_add(self.micros)?
            .checked_add_signed(micros.checked_neg()?)?;
        let (days, micros) = (universal / DAY_MICROS, universal % DAY_MICROS);
        Some(Self::new(days, micros, self.known))
    }
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
    let stamp = Stamp::new(days, micros, Known::Year).behind(ahead)?;
    Some((stamp, rest))
}

/// `Nov 21 12:00:01`, the day padded with a space, a year behind it, behind
/// the time, or nowhere.
fn syslog(line: &str) -> Option<(Stamp, &str)> {
    let (name, rest) = line.split_at_checked(3)?;
    let index = MONTHS.iter().position(|month| *month == name)?;
    let month = u64::try_from(index).ok()?.checked_add(1)?;
    let rest = rest.strip_prefix(' ')?.trim_start();
    let (day, rest) = short(rest)?;
    let rest = rest.strip_prefix(' ')?;
    let (year, micros, rest) = time_and_year(rest)?;
    let stamp = match year {
        Some(year) => {
            let days = Date::new(year, month, day)?.days_since_epoch()?;
            Stamp::new(days, micros, Known::Year)
        }
        None => Stamp::new(day_of_year(month, day)?, micros, Known::Day),
    };
    Some((stamp, rest))
}

/// Days from 1 January, in a leap year, which has every day that any year has.
fn day_of_year(month: u64, day: u64) -> Option<u64> {
    let start = Date::new(LEAP, 1, 1)?.days_since_epoch()?;
    let date = Date::new(LEAP, month, day)?.days_since_epoch()?;
    date.checked_sub(start)
}

/// `jan/02/2026 15:03:36` or `jan/02 15:03:36`.
fn routeros(line: &str) -> Option<(Stamp, &str)> {
    let (name, rest) = line.split_at_checked(3)?;
    let mut names = MONTHS.iter();
    let index = names.position(|month| month.eq_ignore_ascii_case(name))?;
    let month = u64::try_from(index).ok()?.checked_add(1)?;
    let (day, rest) = number(rest.strip_prefix('/')?, 2)?;
    let year = rest.strip_prefix('/').and_then(|rest| number(rest, 4));
    let (time, stamp) = match year {
        Some((year, rest)) => {
            let days = Date::new(year, month, day)?.days_since_epoch()?;
            (rest, Stamp::new(days, 0, Known::Year))
        }
        None => (rest, Stamp::new(day_of_year(month, day)?, 0, Known::Day)),
    };
    let (micros, rest) = time_of_day(time.strip_prefix(' ')?)?;
    Some((Stamp { micros, ..stamp }, rest))
}

/// `1d02h`, `2w3d` or `1y2w`: what IOS writes of a day and more.
fn uptime(line: &str) -> Option<(Stamp, &str)> {
    let (most, unit, rest) = span(line)?;
    let (least, part, rest) = span(rest)?;
    let hours = match (unit, part) {
        ('d', 'h') => most.checked_mul(24)?.checked_add(least)?,
        ('w', 'd') => most.checked_mul(7)?.checked_add(least)?.checked_mul(24)?,
        ('y', 'w') => {
            let days = most.checked_mul(365)?;
            days.checked_add(least.checked_mul(7)?)?.checked_mul(24)?
        }
        _ => return None,
    };
    let micros = (hours % 24).checked_mul(HOUR_MICROS)?;
    Some((Stamp::new(hours / 24, micros, Known::Uptime), rest))
}

/// `26h`: number and unit.
fn span(text: &str) -> Option<(u64, char, &str)> {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = text.strip_suffix(rest).filter(|text| text.len() <= 3)?;
    let unit = rest.chars().next()?;
    Some((digits.parse().ok()?, unit, rest.strip_prefix(unit)?))
}

/// `2026 12:00:01`, `12:00:01 2026`, `12:00:01 CET 2026` or `12:00:01`.
fn time_and_year(text: &str) -> Option<(Option<u64>, u64, &str)> {
    let before = number(text, 4).and_then(|(year, rest)| Some((year, rest.strip_prefix(' ')?)));
    let (micros, rest) = time_of_day(before.map_or(text, |(_, rest)| rest))?;
    let unzoned = zone_name(rest).unwrap_or(rest);
    let behind = unzoned.strip_prefix(' ').and_then(|rest| number(rest, 4));
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
    since_midnight(hours, rest)
}

/// `:00:01`, with a fraction of a second or not, that many hours after midnight.
fn since_midnight(hours: u64, rest: &str) -> Option<(u64, &str)> {
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

/// `5:36:01 PM`, or by 24 hours.
fn half_day(text: &str) -> Option<(u64, &str)> {
    let (hours, rest) = short(text)?;
    let half = |mark| {
        let (_, rest) = rest.split_once(' ')?;
        rest.strip_prefix(mark)
    };
    let hours = match (half("AM"), half("PM")) {
        (Some(_), _) if hours == 12 => 0,
        (_, Some(_)) if hours < 12 => hours.checked_add(12)?,
        (_, _) => hours,
    };
    let (micros, rest) = since_midnight(hours, rest)?;
    let marked = [" AM", " PM"]
        .iter()
        .find_map(|mark| rest.strip_prefix(mark));
    Some((micros, marked.unwrap_or(rest)))
}

/// The zone by name in `12:00:00 CET 2026`.
fn zone_name(text: &str) -> Option<&str> {
    let (name, _) = text.strip_prefix(' ')?.split_once(' ')?;
    let named = (2..=5).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_uppercase());
    named
        .then(|| text.strip_prefix(' ')?.strip_prefix(name))
        .flatten()
}

/// `Z`, `+01:00`, `-0530`, ` +0100`, ` UTC` or nothing: microseconds ahead of
/// universal time.
fn zone(text: &str) -> (i64, &str) {
    let universal = ["Z", " UTC", " GMT"];
    if let Some(rest) = universal.iter().find_map(|name| text.strip_prefix(name)) {
        return (0, rest);
    }
    offset(text)
        .or_else(|| offset(text.strip_prefix(' ')?).filter(|(_, rest)| !rest.starts_with(digit)))
        .unwrap_or((0, text))
}

fn digit(c: char) -> bool {
    c.is_ascii_digit()
}

fn offset(text: &str) -> Option<(i64, &str)> {
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
}

/// The year that two digits mean (POSIX `strptime`, `%y`).
const fn century(year: u64) -> u64 {
    if year < 69 {
        year.saturating_add(2_000)
    } else {
        year.saturating_add(1_900)
    }
}

/// A number of two digits or of one.
fn short(text: &str) -> Option<(u64, &str)> {
    number(text, 2).or_else(|| number(text, 1))
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
const HOUR_MICROS: u64 = 3_600_000_000;
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
        assert_eq!(seconds("2026-11-21 12:00:00 UTC x"), (1_795_262_400, " x"));
        assert_eq!(
            seconds("2026-11-21 13:00:00 +0100 x"),
            (1_795_262_400, " x")
        );
        assert_eq!(
            seconds("2026-11-21 12:00:00 CET x"),
            (1_795_262_400, " CET x")
        );
        assert_eq!(
            seconds("Sat Nov 21 12:00:00 CET 2026 x"),
            (1_795_262_400, " x")
        );
        assert_eq!(seconds("nov/21/2026 12:00:00 x"), (1_795_262_400, " x"));
        assert_eq!(seconds("jan/02 00:00:01 x"), (86_401, " x"));
        assert_eq!(seconds("1d02h: x"), (93_600, ": x"));
        assert_eq!(seconds("2w3d: x"), (17 * 86_400, ": x"));
        assert_eq!(seconds("1y2w: x"), (379 * 86_400, ": x"));
        let (fraction, _) = stamp("00:00:00.1234567 x").unwrap();
        assert_eq!(fraction.micros, 123_456);
    }

    #[test]
    fn forms_that_only_a_reader_knows() {
        let at = |read: Option<(Stamp, &'static str)>| {
            let (stamp, rest) = read.unwrap();
            (Clock::default().at(stamp).as_micros() / 1_000, rest)
        };
        let noon = 1_795_262_400_000;
        assert_eq!(
            at(american("11/21/26 12:00:00 iked[91]")),
            (noon, " iked[91]")
        );
        assert_eq!(at(american("11/21/2026 12:00:00.5 x")), (noon + 500, " x"));
        assert_eq!(
            at(american("11/21/2026-12:00:00.496 x")),
            (noon + 496, " x")
        );
        assert_eq!(at(american("11/21/2026 12:00:00 PM")), (noon, ""));
        assert_eq!(at(american("1/2/1970 1:00:00 PM")), (133_200_000, ""));
        assert_eq!(at(american("1/2/70 12:00:01 AM")), (86_401_000, ""));
        assert_eq!(
            at(dashed(" 1- 2: x").or(dashed(" 1-02: 00:00:01:906:a54 x"))),
            (86_401_906, ":a54 x")
        );
        assert_eq!(at(dashed("01-02: 00:00:01.125 x")), (86_401_125, " x"));
        for line in [
            "",
            "13/13/01 00:00:00",
            "1/2/3 00:00:00",
            "06/13/01",
            "06/13/01T00:00:00",
            "2001/06/13 00:00:00",
        ] {
            assert_eq!(american(line), None, "{line}");
        }
        for line in [
            "",
            "11-28 11:43:09",
            "13-01: 00:00:00",
            "2026-11-28 11:43:09",
        ] {
            assert_eq!(dashed(line), None, "{line}");
        }
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
            "1d2w",
            "1000d02h",
            "99999999999999999999d02h",
            "jan-02 00:00:00",
            "06/13/01 15:32:50",
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
        let mut clock = Clock::default();
        let mut at = |line| clock.at(stamp(line).unwrap().0).as_micros() / 3_600_000_000;
        assert_eq!((at("23:59:59"), at("1d00h"), at("1w0d")), (23, 24, 168));
    }

    proptest! {
        #[test]
        fn no_line_panics(line in "\\PC{0,40}", shaped in "[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}([.,][0-9]{0,30})?([+-][0-9:]{0,6})?", slashed in "([0-9]{1,4}[-/ydwh:]{0,2}){1,3}[ -]?[0-9]{1,2}:[0-9]{2}:[0-9]{2}( [AP]M)?") {
            let mut clock = Clock::default();
            for line in [line, shaped, slashed] {
                for read in [stamp, american, dashed] {
                    if let Some((stamp, _)) = read(&line) {
                        clock.at(stamp);
                    }
                }
            }
        }
    }
}
