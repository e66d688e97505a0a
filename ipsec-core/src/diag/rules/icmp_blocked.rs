//! # icmp-blocked
//!
//! A packet filter drops ping, so ping cannot test the path.
//!
//! ## What happened
//!
//! The gateway drops ICMP that comes from outside. That is a common setting and no
//! fault, but a ping that goes unanswered then says nothing about the path, and
//! the errors that path MTU discovery lives on may be dropped with it.
//!
//! ## How it is recognised
//!
//! The log of the gateway shows ICMP that was dropped on an interface that is no
//! tunnel.
//!
//! ## What to do
//!
//! Ping the nearest host before the gateway that answers, such as the access
//! router, or from behind the gateway to the client. Let ICMP type 3 code 4
//! through in any case.
//!
//! ## What would prove it
//!
//! The rules of the filter; a ping with the filter open.
//!
//! ## References
//!
//! RFC 4890; RFC 1191 §4.

use super::lines;
use crate::diag::finding::count;
use crate::diag::inquiry::Inquiry;
use crate::diag::{Confidence, Finding, Severity, Who};
use crate::evidence::LogEvent;
use alloc::format;
use alloc::vec::Vec;

rule!(
    "icmp-blocked",
    "a packet filter drops ping, so ping cannot test the path",
    check,
    "icmp_blocked.rs"
);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    let logs = lines::by_log(case).into_iter();
    logs.filter_map(|(peers, lines)| {
        let dropped = lines.iter().copied().filter(|told| is_dropped(told.event()));
        let dropped: Vec<_> = dropped.collect();
        let writer = lines::writer(case, dropped.first()?);
        let n = u64::try_from(dropped.len()).unwrap_or(u64::MAX);
        let finding = Finding::new(RULE.code, peers, Severity::Info, Confidence::Proven)
            .title(format!("The packet filter of {writer} drops ICMP: a ping from outside tells nothing about the path"))
            .why(format!("Its log shows {}.", count(n, "dropped packet")))
            .weight(6)
            .who(Who::Path)
            .fix("the client", "Ping the nearest host before the gateway that answers, such as the access router.")
            .fix(writer, "Or ping the client from behind the gateway; let ICMP type 3 code 4 through in any case.")
            .refs(&["RFC 4890", "RFC 1191 §4"]);
        let cited = dropped.iter().take(lines::CITED_MAX);
        Some(cited.fold(finding, |finding, told| finding.cite(lines::cite(told))))
    }).collect()
}

fn is_dropped(event: &LogEvent) -> bool {
    let LogEvent::Denied {
        interface,
        protocol,
        ..
    } = event
    else {
        return false;
    };
    !interface.starts_with("ipsec") && protocol.as_deref() == Some("icmp")
}
