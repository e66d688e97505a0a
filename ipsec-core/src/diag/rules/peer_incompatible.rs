//! # peer-incompatible
//!
//! A peer does not understand what the other sends.
//!
//! ## What happened
//!
//! One end sends something that the other does not support, though the standard
//! allows it, and the other says so: a payload, a domain of interpretation, an
//! attribute, an exchange.
//!
//! ## How it is recognised
//!
//! A notification in the clear complains about the form of a message
//! (INVALID_SYNTAX, UNSUPPORTED_CRITICAL_PAYLOAD, PAYLOAD-MALFORMED, …), and
//! the message in question reads well here.
//!
//! ## What to do
//!
//! Switch the extension off at the end that sends it, or update the end that
//! complains.
//!
//! ## What would prove it
//!
//! The log of the end that complains; the same exchange with another
//! implementation.
//!
//! ## References
//!
//! RFC 7296 §2.5; RFC 7296 §2.21; RFC 2408 §3.14.1.

use crate::diag::finding;
use crate::diag::inquiry::Inquiry;
use crate::diag::refusal::is_probe;
use crate::diag::{Confidence, Finding, Severity, Who};
use crate::evidence::{Exchange, Notify};
use crate::wire::registry::{ike, isakmp};
use alloc::format;
use alloc::string::ToString as _;
use alloc::vec::Vec;

rule!(
    "peer-incompatible",
    "a peer does not understand what the other sends",
    check,
    "peer_incompatible.rs"
);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for sa in case.sas.iter().filter(|sa| !is_probe(case, sa.peers)) {
        for message in &sa.messages {
            let v2 = matches!(message.ike.exchange, Exchange::V2(_));
            let notifies = &message.ike.content.notifies;
            let Some(notify) = notifies.iter().find(|notify| complains(notify, v2)) else {
                continue;
            };
            let (from, about) = if message.ike.by_initiator {
                (sa.initiator, sa.responder)
            } else {
                (sa.responder, sa.initiator)
            };
            let severity = if case.came_up(sa.peers) {
                Severity::Warning
            } else {
                Severity::Error
            };
            found.push(
                Finding::new(RULE.code, sa.peers, severity, Confidence::Likely)
                    .title(format!("{from} does not understand {about}: {}", notify.name))
                    .why("The notification is not authenticated, and does not say which part it is about.")
                    .weight(65)
                    .who(Who::Software)
                    .cite(finding::at_place(message, &notify.place, format!("{} ({})", notify.name, notify.number)))
                    .fix(about.to_string(), "Switch off extensions that the peer may not know, one after the other.")
                    .fix(from.to_string(), "Update its software; its log says what it did not understand.")
                    .refs(&["RFC 7296 §2.5", "RFC 7296 §2.21", "RFC 2408 §3.14.1"]),
            );
        }
    }
    found
}

/// The notification is about the form of a message, not about its contents.
fn complains(notify: &Notify, v2: bool) -> bool {
    use ike::NotifyType as New;
    use isakmp::NotifyType as Old;
    let new = [
        New::UNSUPPORTED_CRITICAL_PAYLOAD,
        New::INVALID_SYNTAX,
        New::INVALID_MESSAGE_ID,
    ];
    let old = [
        Old::INVALID_PAYLOAD_TYPE,
        Old::DOI_NOT_SUPPORTED,
        Old::SITUATION_NOT_SUPPORTED,
        Old::INVALID_MINOR_VERSION,
        Old::INVALID_FLAGS,
        Old::INVALID_MESSAGE_ID,
        Old::INVALID_PROTOCOL_ID,
        Old::INVALID_TRANSFORM_ID,
        Old::ATTRIBUTES_NOT_SUPPORTED,
        Old::BAD_PROPOSAL_SYNTAX,
        Old::PAYLOAD_MALFORMED,
        Old::UNEQUAL_PAYLOAD_LENGTHS,
    ];
    if v2 {
        new.iter().any(|complaint| complaint.0 == notify.number)
    } else {
        old.iter().any(|complaint| complaint.0 == notify.number)
    }
}

#[cfg(test)]
mod tests {
    use crate::diag::ladder::{cause, codes};

    #[test]
    fn invalid_syntax() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0 n=7";
        assert_eq!(cause(text), Some("peer-incompatible"));
    }
    #[test]
    fn near_miss_a_notification_about_contents() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0 n=14";
        assert!(!codes(text).contains(&"peer-incompatible"));
    }
}
