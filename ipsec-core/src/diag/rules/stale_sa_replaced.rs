//! # stale-sa-replaced
//!
//! A peer connected again, and its old SA gave way.
//!
//! ## What happened
//!
//! A client that went away without a word comes back: the gateway sets up a new
//! SA, deletes the old one, logs the user out and in again, and unbinds and binds
//! the address. That is how it has to be. No alarm is needed for the deletion.
//!
//! ## How it is recognised
//!
//! The log says that an old SA was deleted right when a new one of the same peer
//! came up.
//!
//! ## What to do
//!
//! Nothing. If it happens every few minutes, look for what cuts the connection:
//! an idle timer, a NAT binding that runs out, a line that drops.
//!
//! ## What would prove it
//!
//! The cookies of the old and of the new SA in the log.
//!
//! ## References
//!
//! RFC 2408 §2.5.3; RFC 7296 §2.4.

use super::lines;
use crate::diag::finding::count;
use crate::diag::inquiry::Inquiry;
use crate::diag::{Confidence, Finding, Severity, Who};
use crate::evidence::LogEvent;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

rule!(
    "stale-sa-replaced",
    "a peer connected again, and its old SA gave way",
    check,
    "stale_sa_replaced.rs"
);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    let peers = lines::by_peers(case).into_iter();
    peers
        .filter_map(|(peers, lines)| {
            let replaced = lines
                .iter()
                .copied()
                .filter(|told| matches!(told.event(), LogEvent::Replaced));
            let replaced: Vec<_> = replaced.collect();
            let first = *replaced.first()?;
            let user = lines
                .iter()
                .filter(|told| told.at >= first.at)
                .find_map(|told| {
                    let LogEvent::UserLoggedIn(user) = &told.logged.event else {
                        return None;
                    };
                    Some(user.as_str())
                });
            let who = user.map_or_else(|| String::from("A peer"), String::from);
            let times = u64::try_from(replaced.len()).unwrap_or(u64::MAX);
            let finding = Finding::new(RULE.code, peers, Severity::Info, Confidence::Proven)
                .title(format!(
                    "{who} connected again, and the old SA gave way: a normal reconnection"
                ))
                .why(format!(
                    "The log says so {}. Deleting the old SA is no fault.",
                    count(times, "time")
                ))
                .weight(5)
                .who(Who::Local);
            let cited = replaced.iter().take(lines::CITED_MAX);
            Some(cited.fold(finding, |finding, told| finding.cite(lines::cite(told))))
        })
        .collect()
}
