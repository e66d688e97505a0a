//! # exchange-failed
//!
//! An exchange failed, and the log does not say why.
//!
//! ## What happened
//!
//! Daemons say that an exchange failed (`Aggressive Mode processing failed`,
//! `Error processing (sa)`) after they said what was wrong. Such a line is what
//! follows, not what went wrong: it hangs under its cause where that is known.
//!
//! ## How it is recognised
//!
//! The log says that an exchange failed. Where an SA came up later, the attempt
//! is history.
//!
//! ## What to do
//!
//! Look at what stands above it, and at the log of the other end for the same
//! second: the end that refuses knows why.
//!
//! ## What would prove it
//!
//! The log of the other end, or a capture with the keys.
//!
//! ## References
//!
//! RFC 2409 §5; RFC 7296 §2.21.

use super::lines;
use crate::diag::inquiry::Inquiry;
use crate::diag::{Confidence, Finding, Severity, Who};
use crate::evidence::LogEvent;
use alloc::format;
use alloc::vec::Vec;

rule!(
    "exchange-failed",
    "an exchange failed, and the log does not say why",
    check,
    "exchange_failed.rs"
);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    let peers = lines::by_peers(case).into_iter();
    peers.filter_map(|(peers, lines)| {
        let failed = |event: &LogEvent| matches!(event, LogEvent::Failed);
        let all: Vec<_> = lines.iter().copied().filter(|told| failed(told.event())).collect();
        let last = *all.last()?;
        let mended = lines.iter().any(|told| {
            let up = lines::is_ike_up(told.event()) || lines::is_child_up(told.event());
            up && told.at > last.at
        });
        let (severity, why) = match mended {
            true => (Severity::Info, "A later attempt came up."),
            false => (Severity::Warning, "The line itself names no cause; what stands above it, or the other end's log, does."),
        };
        let finding = Finding::new(RULE.code, peers, severity, Confidence::Possible)
            .title(format!("{}: an exchange failed", lines::both(case, peers)))
            .why(why)
            .weight(1)
            .who(Who::Local)
            .fix(lines::writer(case, last), "Read what the log says right above, and the other end's log of the same second.");
        let cited = all.iter().take(lines::CITED_MAX);
        Some(cited.fold(finding, |finding, told| finding.cite(lines::cite(told))))
    }).collect()
}
