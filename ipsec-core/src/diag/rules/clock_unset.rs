//! # clock-unset
//!
//! The clock of an end was never set.
//!
//! ## What happened
//!
//! The log marks its times as those of a clock that nobody has set since the
//! device started (`*Mar  1 00:34:06`). IPsec with pre-shared keys does not
//! care, but certificates do: none is valid yet in 1993. And the times cannot be
//! held against those of another log.
//!
//! ## How it is recognised
//!
//! Cisco IOS writes an asterisk before such times.
//!
//! ## What to do
//!
//! Set the clock and keep it right with NTP (`ntp server …`); check it with
//! `show clock detail`.
//!
//! ## What would prove it
//!
//! `show clock detail` on the device.
//!
//! ## References
//!
//! RFC 5905; RFC 5280 §4.1.2.5.

use super::lines;
use crate::diag::inquiry::Inquiry;
use crate::diag::{Confidence, Finding, Severity, Who};
use crate::evidence::LogEvent;
use alloc::vec::Vec;

rule!(
    "clock-unset",
    "the clock of an end was never set",
    check,
    "clock_unset.rs"
);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    let told = case.told.iter();
    let unset = told.filter(|told| matches!(told.event(), LogEvent::ClockUnset));
    unset.map(|told| {
        let writer = lines::writer(case, told);
        Finding::new(RULE.code, told.peers, Severity::Warning, Confidence::Proven)
            .title("The clock of the end that writes the log was never set")
            .why("The log marks its times so. Pre-shared keys work all the same; certificates are held for not yet valid.")
            .weight(10)
            .who(Who::Clock)
            .cite(lines::cite(told))
            .fix(writer, "Set the clock and let NTP keep it.")
            .refs(&["RFC 5905"])
    }).collect()
}
