//! # peer-id-mismatch
//!
//! An end identifies itself otherwise than its peer expects.
//!
//! ## What happened
//!
//! Each end names itself with an identity (an address, a domain name, a user
//! name, a certificate subject), and the other end knows its peer under another
//! one. Behind a NAT the default identity, the own private address, is often
//! the culprit.
//!
//! ## How it is recognised
//!
//! - IKEv1: message 5 is answered with an encrypted notification that the
//!   initiator heeds: the keys fit, so what it says about itself does not.
//!
//! - IKEv2: the responder refuses IKE_AUTH with a notification, because of IDi
//!   or of the IDr that was asked for; or the initiator turns down the
//!   responder because of its IDr.
//!
//! ## What to do
//!
//! Compare type and value of both identities on both ends. Set them explicitly
//! instead of relying on addresses, above all behind a NAT.
//!
//! ## What would prove it
//!
//! `--keys` with those of the IKE SA: they open the identities, and in IKEv2 the
//! one that the initiator asks for (IDr). What each end expects stands in its
//! configuration, and mostly in its log.
//!
//! ## References
//!
//! RFC 7296 §2.15; RFC 7296 §3.5; RFC 2407 §4.6.2.

use crate::diag::case::{IkeSa, Message};
use crate::diag::catalog::Scene;
use crate::diag::finding::{self, initiator, responder};
use crate::diag::inquiry::Inquiry;
use crate::diag::refusal::{Stage, candidates};
use crate::diag::{Finding, Who};
use crate::evidence::Identity;
use alloc::format;
use alloc::vec::Vec;

rule!(
    "peer-id-mismatch",
    "an end identifies itself otherwise than its peer expects",
    check,
    "peer_id_mismatch.rs",
    advice: advice
);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    candidates(case, RULE.code, |finding, refusal| {
        let sa = refusal.sa;
        let finding = about(finding);
        let by_initiator = refusal.stage != Stage::Initiator;
        let Some((message, own)) = identity(sa, by_initiator, by_initiator) else {
            return closed(finding, &refusal.scene());
        };
        let (end, other) = match by_initiator {
            true => (initiator(sa), responder(sa)),
            false => (responder(sa), initiator(sa)),
        };
        let named = format!("{} ({})", own.value, own.kind);
        let finding = finding.cite_closer(finding::at_place(
            message,
            &own.place,
            format!("identifies itself as {named}"),
        ));
        let wanted = identity(sa, !by_initiator, by_initiator);
        match wanted.filter(|(_, wanted)| wanted.value != own.value) {
            Some((message, wanted)) => finding
                .title(format!(
                    "{end} identifies itself as {named}, {other} asks for {}",
                    wanted.value
                ))
                .cite(finding::at_place(
                    message,
                    &wanted.place,
                    format!("asks for {} ({})", wanted.value, wanted.kind),
                ))
                .fix(
                    end,
                    format!(
                        "Set the own identity to {} ({}).",
                        wanted.value, wanted.kind
                    ),
                )
                .fix(other, format!("Or expect {named} of this peer.")),
            None => unexpected(finding, sa, [&end, &other], &named),
        }
    })
}

fn advice(finding: Finding, ends: &Scene) -> Finding {
    closed(about(finding), ends)
}

/// No identity was opened.
fn closed(finding: Finding, ends: &Scene) -> Finding {
    finding
        .title(format!("The identity of {} or {} is not the one that the other expects", ends.initiator, ends.responder))
        .fix(ends.at_refused(), "Set the own identity (type and value) to the one that the other end expects, and the expected one to what it sends.")
        .fix(ends.at_refusing(), "Set the expected identity of this peer to what it sends.")
}

fn about(finding: Finding) -> Finding {
    finding
        .who(Who::Peer)
        .refs(&["RFC 7296 §2.15", "RFC 7296 §3.5", "RFC 2407 §4.6.2"])
}

/// Nothing says which identity `other` wants of `end`.
fn unexpected(finding: Finding, sa: &IkeSa<'_>, [end, other]: [&str; 2], named: &str) -> Finding {
    let finding = finding
        .fix(
            other,
            format!("Expect {named} of this peer, in type and value."),
        )
        .fix(
            end,
            "Or set the own identity to what the other end expects; its log names it.",
        );
    match identity(sa, true, false) {
        Some((message, asked)) => finding
            .title(format!("{other} does not expect the identity {named} of {end}, or is not {}, as it was asked to be", asked.value))
            .cite(finding::at_place(message, &asked.place, format!("asks for {} ({})", asked.value, asked.kind)))
            .fix(responder(sa), format!("Have {} as the own identity.", asked.value)),
        None => finding.title(format!("{other} does not expect the identity {named} of {end}")),
    }
}

/// The identity of one end, as `by_initiator` gives it.
fn identity<'c, 'a>(
    sa: &'c IkeSa<'a>,
    by_initiator: bool,
    of_initiator: bool,
) -> Option<(&'c Message<'a>, &'a Identity)> {
    let own = sa.messages.iter();
    let mut own = own.filter(|message| message.ike.by_initiator == by_initiator);
    own.find_map(|message| {
        let mut given = message
            .ike
            .contents()
            .flat_map(|content| &content.identities);
        let found = given.find(|identity| identity.of_initiator == of_initiator)?;
        Some((message, found))
    })
}

#[cfg(test)]
mod tests {
    use crate::diag::ladder::{cause, codes, found};

    #[test]
    fn message_5_refused_once() {
        let text = "0.0 a>b MAIN sa=aes256-sha256-psk-modp2048
                 0.1 b>a MAIN sa=aes256-sha256-psk-modp2048
                 0.2 a>b MAIN ke
                 0.3 b>a MAIN ke
                 0.4 a>b MAIN *108
                 0.5 b>a INFO1 m1 *108";
        assert_eq!(cause(text), Some("peer-id-mismatch"));
    }
    #[test]
    fn responder_turned_down_without_certificates() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=36:176
                 0.31 a>b INFO q2 in=41:8
                 0.32 b>a INFO r2 in=0:0";
        assert_eq!(cause(text), Some("peer-id-mismatch"));
    }
    #[test]
    fn near_miss_phase_1_goes_on() {
        let text = "0.0 a>b MAIN sa=aes256-sha256-psk-modp2048
                 0.1 b>a MAIN sa=aes256-sha256-psk-modp2048
                 0.2 a>b MAIN ke
                 0.3 b>a MAIN ke
                 0.4 a>b MAIN *76
                 0.5 b>a MAIN *76
                 0.6 a>b QUICK m7 *188
                 0.7 b>a QUICK m7 *188
                 0.8 a>b QUICK m7 *60
                 5.0 b>a INFO1 m8 *92";
        assert!(codes(text).is_empty());
    }

    #[test]
    fn opened_messages_name_the_identities() {
        let text = "0.0 a>b INIT q0
             0.1 b>a INIT r0
             0.2 a>b AUTH q1 in=35:230 { idi=a.example idr=c.example auth=2 }
             0.3 b>a AUTH r1 in=36:176 { idr=b.example auth=2 }
             0.31 a>b INFO q2 in=41:8 { n=24 }";
        let turned_down = found(text, "peer-id-mismatch");
        assert!(
            turned_down.title.contains("itself as b.example"),
            "{}",
            turned_down.title
        );
        assert!(turned_down.title.ends_with("asks for c.example"));
        let refused = "0.0 a>b INIT q0
             0.1 b>a INIT r0
             0.2 a>b AUTH q1 in=35:230 { idi=a.example auth=2 }
             0.3 b>a AUTH r1 in=41:8 { n=24 }";
        let refused = found(refused, "peer-id-mismatch");
        assert!(refused.fixes[0].text.starts_with("Expect a.example"));
    }
}
