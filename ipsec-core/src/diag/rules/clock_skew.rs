//! # clock-skew
//!
//! The clocks of the two ends differ.
//!
//! ## What happened
//!
//! The same event carries different times in the logs or captures of the two
//! ends. The tunnel does not mind, unless certificates are used whose dates are
//! near; but who compares the logs by their times compares the wrong lines. The
//! report and the timeline take the difference into account.
//!
//! ## How it is recognised
//!
//! What both ends show, messages or SAs that came up, lies more than a minute
//! apart, always by about as much.
//!
//! ## What to do
//!
//! Set both clocks by NTP.
//!
//! ## What would prove it
//!
//! Both clocks, read at the same moment.
//!
//! ## References
//!
//! RFC 5905.

use super::lines;
use crate::diag::finding::input;
use crate::diag::inquiry::Inquiry;
use crate::diag::{Confidence, Finding, Severity, Who};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

rule!(
    "clock-skew",
    "the clocks of the two ends differ",
    check,
    "clock_skew.rs"
);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    let clocks = case.inputs.iter();
    let clocks: Vec<(usize, i64)> = clocks
        .filter_map(|one| Some((one.index, one.ahead()?)))
        .collect();
    let slow = clocks.iter().min_by_key(|(index, ahead)| (*ahead, *index));
    let fast = clocks
        .iter()
        .max_by_key(|(index, ahead)| (*ahead, core::cmp::Reverse(*index)));
    let (Some(&(slow, behind)), Some(&(fast, ahead))) = (slow, fast) else {
        return Vec::new();
    };
    let apart = ahead.saturating_sub(behind);
    if !(APART_MICROS..UNDATED_MICROS).contains(&apart) {
        return Vec::new();
    }
    let fast_end = owner(case, fast).unwrap_or_else(|| "one input".into());
    let slow_end = owner(case, slow).unwrap_or_else(|| "another".into());
    let told = case.told.iter().find(|told| told.input() == fast);
    let finding = Finding::new(RULE.code, told.map_or(0, |told| told.peers), Severity::Info, Confidence::Likely)
        .title(format!("The clock of {fast_end} is {} s ahead of that of {slow_end}", seconds(apart)))
        .why("What both show carries times that lie so far apart. All times of this report are by the clock of their own input; the timeline brings them together.")
        .weight(8)
        .who(Who::Clock)
        .cite(input(fast, format!("{} s ahead", seconds(apart))))
        .cite(input(slow, "behind"))
        .fix("both ends", "Set the clocks by NTP.")
        .refs(&["RFC 5905"]);
    Vec::from([finding])
}

/// The end whose clock an input goes by, where its lines tell.
fn owner(case: &Inquiry<'_, '_>, index: usize) -> Option<String> {
    let mut lines = case.told.iter().filter(|told| told.input() == index);
    lines.find_map(|told| lines::named_writer(case, told))
}

/// `140.2`
fn seconds(micros: i64) -> String {
    let tenths = micros.saturating_add(50_000) / 100_000;
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// Microseconds by which clocks may differ without a word.
const APART_MICROS: i64 = 60_000_000;

/// Microseconds from which on it is no clock that is wrong: a log that gives no
/// year, or no date at all.
const UNDATED_MICROS: i64 = 31_536_000_000_000;
