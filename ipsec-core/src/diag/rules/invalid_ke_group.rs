//! # invalid-ke-group
//!
//! The responder wants another key exchange group, and does not get it.
//!
//! ## What happened
//!
//! The initiator guessed a group for its key exchange, the responder asked for
//! another one (INVALID_KE_PAYLOAD), and the initiator does not offer that
//! group or does not try again. That the guess is wrong is normal; that it is
//! not mended is the fault.
//!
//! ## How it is recognised
//!
//! IKE_SA_INIT is answered with INVALID_KE_PAYLOAD, whose data is the number of
//! the wanted group, and no later request with that group is accepted.
//!
//! ## What to do
//!
//! Offer the wanted group at the initiator, or accept the initiator's group at
//! the responder.
//!
//! ## What would prove it
//!
//! The notification itself names the group; it is not authenticated, but
//! nothing else would make both ends stop here.
//!
//! ## References
//!
//! RFC 7296 §1.2; RFC 7296 §2.7; RFC 7296 §3.10.1.

use crate::diag::course::V2;
use crate::diag::finding::{self, initiator, responder};
use crate::diag::inquiry::Inquiry;
use crate::diag::refusal::is_probe;
use crate::diag::{Confidence, Finding, Severity, Who};
use crate::evidence::Notify;
use crate::wire::registry::ike::{KeyExchange, NotifyType};
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

rule!(
    "invalid-ke-group",
    "the responder wants another key exchange group, and does not get it",
    check,
    "invalid_ke_group.rs"
);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    let sas = case.sas.iter().filter(|sa| !is_probe(case, sa.peers));
    sas.filter_map(|sa| {
        let v2 = V2::new(sa)?;
        let init = v2.init()?;
        // What was cut may be the accepted one; encrypted messages follow it only.
        let went_on = sa.messages.iter().any(|message| message.ike.sealed.is_some());
        if went_on || v2.accepted_init().is_some() {
            return None;
        }
        let mut refusals = init.responses.iter().filter_map(|message| {
            let mut notifies = message.ike.content.notifies.iter();
            let notify = notifies.find(|notify| notify.number == NotifyType::INVALID_KE_PAYLOAD.0)?;
            Some((*message, notify))
        });
        let (message, notify) = refusals.next_back()?;
        let request = init.request()?;
        let wanted = group(notify);
        let sent = request.ike.content.key_exchange.as_ref().and_then(|ke| ke.group);
        let sent = sent.map_or_else(String::new, |group| format!(", not {group}"));
        Some(
            Finding::new(RULE.code, sa.peers, Severity::Error, Confidence::Proven).since(sa.begin())
                .title(format!("{} wants {wanted} for the key exchange{sent}", sa.responder))
                .why("INVALID_KE_PAYLOAD names the group that the responder wants, and no request with that group was accepted.")
                .weight(80)
                .who(Who::Local)
                .cite(finding::message(request, "the request"))
                .cite(finding::at_place(message, &notify.place, format!("INVALID_KE_PAYLOAD: {wanted} is wanted")))
                .fix(initiator(sa), format!("Offer {wanted}, alone or beside the present group."))
                .fix(responder(sa), "Accept the group that the initiator sends.")
                .refs(&["RFC 7296 §1.2", "RFC 7296 §2.7"]),
        )
    }).collect()
}

fn group(notify: &Notify) -> String {
    match notify.data.as_slice() {
        &[high, low] => KeyExchange(u16::from_be_bytes([high, low])).to_string(),
        _ => "another group".into(),
    }
}

#[cfg(test)]
mod tests {
    use crate::diag::ladder::{cause, codes};

    #[test]
    fn asked_for_another_group_and_never_tried() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0 n=17:0013";
        assert_eq!(cause(text), Some("invalid-ke-group"));
    }
    #[test]
    fn near_miss_the_other_group_is_tried() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0 n=17:0013
                 0.2 a>b INIT q0 ke=19 len=300
                 0.3 b>a INIT r0 ke=19";
        assert!(codes(text).is_empty());
    }
}
