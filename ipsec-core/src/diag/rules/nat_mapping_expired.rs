//! # nat-mapping-expired
//!
//! A NAT forgot the tunnel while it was silent.
//!
//! ## What happened
//!
//! A NAT keeps the translation of a UDP flow for a short time only, often 30 to
//! 60 seconds of silence. After that packets from outside find no way in, and
//! the next packet from inside leaves from another port.
//!
//! ## How it is recognised
//!
//! On port 4500 the initiator speaks from one source port, is silent, and then
//! speaks from another in the same SA.
//!
//! ## What to do
//!
//! Switch NAT keepalives on at the end behind the NAT (every 20 seconds), and
//! dead peer detection or MOBIKE at both ends.
//!
//! ## What would prove it
//!
//! A capture on the inside of the NAT: the source port does not change there.
//!
//! ## References
//!
//! RFC 3948 §2.3; RFC 3948 §4; RFC 7296 §2.23.

use crate::diag::case::{Filed, IkeSa};
use crate::diag::finding::{self, initiator};
use crate::diag::inquiry::Inquiry;
use crate::diag::{Confidence, Finding, Severity, Who};
use crate::evidence::IkeMessage;
use crate::time::Duration;
use alloc::format;
use alloc::vec::Vec;

rule!(
    "nat-mapping-expired",
    "a NAT forgot the tunnel while it was silent",
    check,
    "nat_mapping_expired.rs", brings: ["peer-died", "esp-blocked", "esp-return-blocked", "packet-loss", "rekey-stall"]);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    case.sas.iter().filter_map(|sa| of_sa(case, sa)).collect()
}

fn of_sa(case: &Inquiry<'_, '_>, sa: &IkeSa<'_>) -> Option<Finding> {
    let (before, after) = case
        .inputs
        .iter()
        .find_map(|input| moved(sa, input.index))?;
    let silence = after.at.saturating_since(before.at);
    let (old, new) = (before.fact.route.from, after.fact.route.from);
    let severity = if case.data_both_ways(sa.peers) {
        Severity::Warning
    } else {
        Severity::Error
    };
    Some(
        Finding::new(RULE.code, sa.peers, severity, Confidence::Likely)
            .title(format!(
                "A NAT in front of {} forgot the tunnel after a silence",
                sa.initiator
            ))
            .why(format!(
                "The same SA speaks from {new} instead of {old} after {} seconds of silence.",
                silence.as_secs()
            ))
            .weight(75)
            .who(Who::Path)
            .cite(finding::filed(
                &before,
                &before.fact.place,
                format!("from {old}"),
            ))
            .cite(finding::filed(
                &after,
                &after.fact.place,
                format!("from {new}"),
            ))
            .fix(
                initiator(sa),
                "Send NAT keepalives every 20 seconds, and use dead peer detection.",
            )
            .fix(
                format!("the NAT in front of {}", sa.initiator),
                "Keep UDP translations longer.",
            )
            .refs(&["RFC 3948 §2.3", "RFC 3948 §4"]),
    )
}

/// Two messages of the initiator in a row, as one input shows them, from the
/// same address and different ports.
fn moved<'a>(
    sa: &IkeSa<'a>,
    input: usize,
) -> Option<(Filed<'a, IkeMessage>, Filed<'a, IkeMessage>)> {
    let sent = sa
        .messages
        .iter()
        .filter(|m| m.ike.by_initiator && m.ike.non_esp_marker);
    let views: Vec<Filed<'a, IkeMessage>> = sent
        .flat_map(|message| message.views.iter().copied())
        .filter(|view| view.input() == input)
        .collect();
    views.windows(2).find_map(|pair| {
        let &[before, after] = pair else { return None };
        let (old, new) = (before.fact.route.from, after.fact.route.from);
        let silent = after.at.saturating_since(before.at) >= SILENCE;
        (silent && old.ip() == new.ip() && old.port() != new.port()).then_some((before, after))
    })
}

/// Shorter silences do not make a NAT forget.
const SILENCE: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use crate::diag::ladder::{cause, codes};

    #[test]
    fn another_source_port_after_a_silence() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a:4500>b:4500 AUTH q1 in=35:230
                 0.3 b:4500>a:4500 AUTH r1 in=36:176
                 90.0 a:31044>b:4500 INFO q2 in=0:0
                 90.1 b:4500>a:31044 INFO r2 in=0:0";
        assert_eq!(cause(text), Some("nat-mapping-expired"));
    }
    #[test]
    fn near_miss_the_same_port_after_a_silence() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b@4500 AUTH q1 in=35:230
                 0.3 b>a@4500 AUTH r1 in=36:176
                 90.0 a>b@4500 INFO q2 in=0:0
                 90.1 b>a@4500 INFO r2 in=0:0";
        assert!(codes(text).is_empty());
    }
}
