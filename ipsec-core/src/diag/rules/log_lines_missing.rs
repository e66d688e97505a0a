//! # log-lines-missing
//!
//! Lines of a log are missing.
//!
//! ## What happened
//!
//! The numbers of the lines show that some were left out: by a filter, by a rotation,
//! by the network on the way to a syslog server, or by whoever copied the text.
//! What happened there is not known, and what is not said here may have been
//! said there.
//!
//! ## How it is recognised
//!
//! The log numbers its lines in equal steps, and a step is too long.
//!
//! ## What to do
//!
//! Take the log again, whole, from the device itself.
//!
//! ## What would prove it
//!
//! The complete log.
//!
//! ## References
//!
//! RFC 5424 §7.3.1.

use super::lines;
use crate::diag::finding::count;
use crate::diag::inquiry::Inquiry;
use crate::diag::{Confidence, Finding, Severity, Who};
use crate::evidence::LogEvent;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

rule!(
    "log-lines-missing",
    "lines of a log are missing",
    check,
    "log_lines_missing.rs"
);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    let peers = lines::by_peers(case).into_iter();
    peers.filter_map(|(peers, lines)| {
        let gaps = lines.iter().filter_map(|told| {
            let LogEvent::LinesMissing(n) = told.event() else {
                return None;
            };
            Some((*told, *n))
        });
        let gaps: Vec<_> = gaps.collect();
        let first = gaps.first()?.0;
        let missing = gaps.iter().fold(0_u64, |sum, (_, n)| sum.saturating_add(*n));
        let places = u64::try_from(gaps.len()).unwrap_or(u64::MAX);
        let finding = Finding::new(RULE.code, peers, Severity::Info, Confidence::Proven)
            .title(format!("{} missing from the log, in {}", are(missing), count(places, "place")))
            .why("The log numbers its lines. What the missing ones said is not known; the rest is judged as it stands.")
            .weight(4)
            .who(Who::Local)
            .fix(lines::writer(case, first), "Take the log again, whole.");
        let cited = gaps.iter().take(lines::CITED_MAX);
        Some(cited.fold(finding, |finding, (told, _)| finding.cite(lines::cite(told))))
    }).collect()
}

fn are(missing: u64) -> String {
    let verb = if missing == 1 { "is" } else { "are" };
    format!("{} {verb}", count(missing, "line"))
}
