//! # nat-without-nat-t
//!
//! A NAT stands between the ends, and NAT traversal is off.
//!
//! ## What happened
//!
//! A NAT was found (or could be), but the exchange stays on port 500 and ESP
//! would go without UDP: NAT traversal is switched off or unknown on one end.
//! Most NATs do not pass ESP, or only for one host behind them; the tunnel
//! comes up and carries nothing.
//!
//! ## How it is recognised
//!
//! The detection hashes, or two captures, show a NAT; the encrypted messages
//! stay on port 500.
//!
//! ## What to do
//!
//! Switch NAT traversal on at both ends and let UDP 4500 pass.
//!
//! ## What would prove it
//!
//! Both configurations; captures on both sides of the NAT.
//!
//! ## References
//!
//! RFC 7296 §2.23; RFC 3947 §4; RFC 3715 §2.1.

use crate::diag::case::IkeSa;
use crate::diag::catalog::Scene;
use crate::diag::finding;
use crate::diag::inquiry::Inquiry;
use crate::diag::path::{self, Nat};
use crate::diag::{Confidence, Finding, Severity, Who};
use alloc::format;
use alloc::vec::Vec;

rule!("nat-without-nat-t", "a NAT stands between the ends, and NAT traversal is off", check, "nat_without_nat_t.rs", advice: advice, brings: ["esp-blocked", "esp-return-blocked"]);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    case.sas.iter().filter_map(|sa| of_sa(case, sa)).collect()
}

fn advice(finding: Finding, ends: &Scene) -> Finding {
    let on = "Switch NAT traversal (UDP encapsulation) on.";
    finding
        .title(format!(
            "A NAT stands between {} and {}, and NAT traversal is off",
            ends.initiator, ends.responder
        ))
        .who(Who::Local)
        .fix(ends.at_initiator(), on)
        .fix(ends.at_responder(), on)
        .fix(
            "the filter between them",
            "Let UDP 4500 pass in both directions.",
        )
        .refs(&["RFC 7296 §2.23", "RFC 3947 §4"])
}

fn of_sa(case: &Inquiry<'_, '_>, sa: &IkeSa<'_>) -> Option<Finding> {
    let signs = path::nat(sa);
    let sign = signs.first()?;
    let (Nat::Hash(message, _) | Nat::Seen(message)) = *sign;
    let mut sealed = sa.messages.iter().filter(|m| m.ike.sealed.is_some());
    let stays = sealed.find(|m| m.ike.route.to.port() == 500)?;
    let floats = sa
        .messages
        .iter()
        .any(|m| m.ike.route.to.port() == 4500 || m.ike.route.from.port() == 4500);
    let answered = sa
        .messages
        .iter()
        .any(|m| !m.ike.by_initiator && m.ike.sealed.is_some());
    if floats || !answered {
        return None;
    }
    let encapsulated = case
        .flows_of(sa.peers)
        .flat_map(|flow| &flow.views)
        .any(|view| view.fact.udp_encapsulated);
    if encapsulated {
        return None;
    }
    let finding = Finding::new(RULE.code, sa.peers, Severity::Error, Confidence::Likely)
        .why("The NAT is proven by the detection hashes or by two captures, and RFC 7296 §2.23 and RFC 3947 §4 then move the exchange to port 4500; here it stays on port 500.")
        .weight(80)
        .cite(finding::message(message, "shows the NAT"))
        .cite(finding::message(stays, "still on port 500"));
    Some(advice(finding, &sa.scene()))
}

#[cfg(test)]
mod tests {
    use crate::diag::ladder::{cause, codes};

    #[test]
    fn ike_auth_stays_on_port_500_behind_a_nat() {
        let text = "0.0 a>b INIT q0 nat=src:ok nat=dst:ok
                 0.1 b>a INIT r0 nat=src:ok nat=dst:bad
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=36:176";
        assert_eq!(cause(text), Some("nat-without-nat-t"));
    }
    #[test]
    fn near_miss_it_moves_to_port_4500() {
        let text = "0.0 a>b INIT q0 nat=src:ok nat=dst:ok
                 0.1 b>a INIT r0 nat=src:ok nat=dst:bad
                 0.2 a>b@4500 AUTH q1 in=35:230
                 0.3 b>a@4500 AUTH r1 in=36:176";
        assert!(!codes(text).contains(&"nat-without-nat-t"));
    }
}
