//! # esp-transport-through-nat
//!
//! ESP in transport mode crosses a NAT.
//!
//! ## What happened
//!
//! In transport mode the checksum of TCP and UDP covers the addresses of the
//! packet outside, and a NAT changes those. Unless the receiver corrects the
//! checksum from the addresses before translation (NAT-OA), it drops what it
//! decrypts, and both ends show a tunnel that is up.
//!
//! ## How it is recognised
//!
//! Both ends agreed on transport mode, and a detection hash shows a NAT between
//! them.
//!
//! ## What to do
//!
//! Use tunnel mode; or make sure that both ends send and heed the original
//! addresses.
//!
//! ## What would prove it
//!
//! The counter of bad checksums at the receiver.
//!
//! ## References
//!
//! RFC 3715 §2.1; RFC 3947 §5; RFC 7296 §2.23.1.

use crate::diag::case::{IkeSa, Message};
use crate::diag::finding;
use crate::diag::inquiry::Inquiry;
use crate::diag::path;
use crate::diag::{Confidence, Finding, Severity, Who};
use crate::wire::registry::ike::NotifyType;
use alloc::format;
use alloc::vec::Vec;

rule!(
    "esp-transport-through-nat",
    "ESP in transport mode crosses a NAT",
    check,
    "esp_transport_through_nat.rs"
);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    case.sas.iter().filter_map(of_sa).collect()
}

fn of_sa(sa: &IkeSa<'_>) -> Option<Finding> {
    let granted = sa
        .messages
        .iter()
        .find(|message| grants_transport(message))?;
    let signs = path::nat(sa);
    signs.first()?;
    Some(Finding::new(RULE.code, sa.peers, Severity::Warning, Confidence::Likely)
        .since(sa.begin())
        .title(format!("{} and {} use transport mode through a NAT", sa.initiator, sa.responder))
        .why("Checksums of TCP and UDP cover the addresses that the NAT changes; what the receiver does not correct, it drops.")
        .weight(30)
        .who(Who::Local)
        .cite(finding::message(granted, "transport mode is granted"))
        .fix(finding::initiator(sa), "Ask for tunnel mode.")
        .fix(finding::responder(sa), "Demand tunnel mode, or correct checksums from the original addresses (NAT-OA).")
        .refs(&["RFC 3715 §2.1", "RFC 3947 §5", "RFC 7296 §2.23.1"]))
}

fn grants_transport(message: &Message<'_>) -> bool {
    let inside = message.ike.inside.as_deref();
    message.ike.response
        && inside.is_some_and(|inside| {
            let mut notifies = inside.notifies.iter();
            notifies.any(|notify| notify.number == NotifyType::USE_TRANSPORT_MODE.0)
        })
}

#[cfg(test)]
mod tests {
    use crate::diag::ladder::codes;
    use alloc::format;
    use alloc::vec::Vec;

    fn tunnel(source: &str, answer: &str) -> Vec<&'static str> {
        codes(&format!(
            "0.0 a>b INIT q0 nat=src:{source} nat=dst:ok
             0.1 b>a INIT r0 nat=src:ok nat=dst:{source}
             0.2 a>b@4500 AUTH q1 in=35:230 {{ idi=a auth=2 esp=aes256-sha256 n=16391 }}
             0.3 b>a@4500 AUTH r1 in=36:176 {{ idr=b auth=2 esp=aes256-sha256 {answer} }}"
        ))
    }

    #[test]
    fn transport_mode_behind_a_nat() {
        assert!(tunnel("bad", "n=16391").contains(&"esp-transport-through-nat"));
    }

    #[test]
    fn near_miss_there_is_no_nat() {
        assert!(!tunnel("ok", "n=16391").contains(&"esp-transport-through-nat"));
    }

    #[test]
    fn near_miss_tunnel_mode_was_granted() {
        assert!(!tunnel("bad", "").contains(&"esp-transport-through-nat"));
    }
}
