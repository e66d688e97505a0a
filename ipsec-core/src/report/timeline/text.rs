//! Timelines for terminals.

use super::super::clock::{rfc3339, since};
use super::super::harmless;
use super::super::place::from_to;
use super::{Event, Timeline};
use core::fmt::Write as _;

impl Timeline {
    /// The timeline as text: what the clocks say, then one line an event.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        if self.events.is_empty() {
            return "nothing happened that the inputs tell of\n".into();
        }
        if let Some(clocks) = self.clocks() {
            let _ = writeln!(out, "clock: {}", harmless(&clocks));
        }
        if self.events.iter().any(|event| event.time.is_some()) {
            let _ = writeln!(out, "begin: {}", rfc3339(self.start));
        }
        if !out.is_empty() {
            out.push('\n');
        }
        let lines = self.events.iter().map(|event| {
            let place = harmless(&self.place(event)).into_owned();
            (self.time(event), place, said(event))
        });
        let lines: Vec<(String, String, String)> = lines.collect();
        let widest = |of: fn(&(String, String, String)) -> &str, most: usize| {
            let widths = lines.iter().map(|line| of(line).chars().count());
            widths.max().unwrap_or(0).min(most)
        };
        let (times, places) = (
            widest(|(time, _, _)| time, TIME_MAX),
            widest(|(_, place, _)| place, PLACE_MAX),
        );
        for (time, place, what) in &lines {
            let _ = writeln!(out, "{time:>times$}  {place:<places$}  {}", harmless(what));
        }
        out
    }

    /// Which clocks go otherwise than the common one.
    pub(in super::super) fn clocks(&self) -> Option<String> {
        if self.inputs.len() < 2 {
            return None;
        }
        let all = || self.inputs.iter().map(|lane| lane.name.as_str());
        let told = self.inputs.iter().enumerate().filter_map(|(index, lane)| {
            let name = super::super::place::shortened(&lane.name, all());
            let mut events = self.events.iter();
            if !events.any(|event| event.input == Some(index) && event.time.is_some()) {
                return None;
            }
            match lane.clock_ahead_micros {
                Some(0) => None,
                Some(ahead) => Some(format!("{name} is {}", apart(ahead))),
                None => Some(format!("nothing ties {name} to the others")),
            }
        });
        let told: Vec<String> = told.collect();
        (!told.is_empty()).then(|| told.join("; "))
    }

    /// Time since the first event.
    pub(super) fn time(&self, event: &Event) -> String {
        match event.time {
            Some(_) => since(event.at, self.start),
            None => String::new(),
        }
    }
}

/// `140.150 s ahead`. A clock that is a year away is one without a year, or
/// without any date.
pub(super) fn apart(ahead: i64) -> String {
    let micros = ahead.unsigned_abs();
    if micros >= UNDATED_MICROS {
        return "without a full date".into();
    }
    let (seconds, millis) = (micros / 1_000_000, micros / 1000 % 1000);
    let way = if ahead > 0 { "ahead" } else { "behind" };
    format!("{seconds}.{millis:03} s {way}")
}

/// `192.0.2.10 → 198.51.100.20: IKE_SA_INIT request 0`.
pub(super) fn said(event: &Event) -> String {
    match event.route {
        Some(route) => format!("{}: {}", from_to(route), event.what),
        None => event.what.clone(),
    }
}

/// Columns of the time, and of the place, up to which they are aligned.
const TIME_MAX: usize = 14;
const PLACE_MAX: usize = 32;

/// Microseconds of a year.
const UNDATED_MICROS: u64 = 31_536_000_000_000;
