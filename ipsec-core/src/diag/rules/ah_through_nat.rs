//! # ah-through-nat
//!
//! AH cannot pass the NAT between the ends.
//!
//! ## What happened
//!
//! AH protects the addresses of the packet. A NAT changes them, so the check
//! fails at the other end, always. No setting mends that.
//!
//! ## How it is recognised
//!
//! A NAT stands between the ends, and AH packets go by.
//!
//! ## What to do
//!
//! Use ESP instead of AH; with NAT traversal it passes the NAT in UDP.
//!
//! ## What would prove it
//!
//! Captures on both sides of the NAT.
//!
//! ## References
//!
//! RFC 4302 §3.3.3.1; RFC 3715 §2.1.

use crate::diag::finding::{self, end_of};
use crate::diag::inquiry::Inquiry;
use crate::diag::path;
use crate::diag::{Confidence, Finding, Severity, Who};
use alloc::format;
use alloc::vec::Vec;

rule!("ah-through-nat", "AH cannot pass the NAT between the ends", check, "ah_through_nat.rs", brings: ["esp-blocked", "esp-return-blocked", "nat-without-nat-t"]);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for flow in case.flows.iter().filter(|flow| flow.is_ah) {
        let nat = case.sas_of(flow.peers).any(|sa| !path::nat(sa).is_empty());
        let addresses = |view: &crate::diag::case::Filed<'_, crate::evidence::ProtectedFlow>| {
            view.fact.tally.route.pair()
        };
        let changed = flow
            .views
            .iter()
            .any(|view| flow.views.first().map(addresses) != Some(addresses(view)));
        let Some(view) = flow.best() else { continue };
        if !nat && !changed {
            continue;
        }
        let finding = Finding::new(RULE.code, flow.peers, Severity::Error, Confidence::Proven)
            .title(format!("AH between {} and {} cannot pass the NAT", end_of(case, flow.peers, true), end_of(case, flow.peers, false)))
            .why("AH covers the addresses, and a NAT between the ends changes them (RFC 4302 §3.3.3.1).")
            .who(Who::Local)
            .weight(85)
            .cite(finding::flow(view, "AH goes by"))
            .fix("both ends", "Use ESP instead of AH, with NAT traversal.")
            .refs(&["RFC 4302 §3.3.3.1", "RFC 3715 §2.1"]);
        found.push(finding);
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::diag::ladder::{cause, codes};

    #[test]
    fn ah_behind_a_nat() {
        let text = "0.0 a>b INIT q0 nat=src:ok nat=dst:ok
                 0.1 b>a INIT r0 nat=src:ok nat=dst:bad
                 0.2 a>b@4500 AUTH q1 in=35:230
                 0.3 b>a@4500 AUTH r1 in=36:176
                 1.0 a>b AH spi=7 x5
                 1.0 b>a AH spi=8 x5";
        assert_eq!(cause(text), Some("ah-through-nat"));
    }
    #[test]
    fn near_miss_ah_without_a_nat() {
        assert!(
            codes(
                "0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=36:176
                 1.0 a>b AH spi=7 x5
                 1.0 b>a AH spi=8 x5"
            )
            .is_empty()
        );
    }
}
