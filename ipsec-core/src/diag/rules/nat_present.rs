//! # nat-present
//!
//! A NAT stands between the ends.
//!
//! ## What happened
//!
//! The addresses or ports in the packets are changed on the way. That is no
//! fault: IKE finds it out and moves to UDP 4500. But it explains much: which
//! end can initiate, which identities fit, why ESP without UDP does not pass.
//!
//! ## How it is recognised
//!
//! - A NAT detection hash does not fit the address that the packet came with:
//!   the source hash points at the sender's side, the destination hash at the
//!   receiver's. A daemon that wants UDP encapsulation without a NAT sends such
//!   a hash on purpose.
//!
//! - Two captures show different addresses for the same message.
//!
//! ## What to do
//!
//! Nothing, unless something else fails. Then: use explicit identities, let the
//! end behind the NAT initiate, keep NAT keepalives on.
//!
//! ## What would prove it
//!
//! The two captures show the translation itself; the hashes prove it from one.
//!
//! ## References
//!
//! RFC 7296 §2.23; RFC 3947 §3; RFC 3715.

use crate::diag::finding;
use crate::diag::inquiry::Inquiry;
use crate::diag::path::{self, Nat};
use crate::diag::{Confidence, Finding, Severity, Who};
use alloc::format;
use alloc::vec::Vec;

rule!(
    "nat-present",
    "a NAT stands between the ends",
    check,
    "nat_present.rs"
);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    case.sas
        .iter()
        .filter_map(|sa| {
            let signs = path::nat(sa);
            let first = signs.first()?;
            let side = match first {
                Nat::Hash(message, hash) if hash.of_source == message.ike.by_initiator => {
                    sa.initiator
                }
                Nat::Hash(..) => sa.responder,
                Nat::Seen(_) => sa.initiator,
            };
            let cited = signs.iter().take(3).map(|sign| match sign {
                Nat::Hash(message, hash) => {
                    let end = if hash.of_source {
                        "source"
                    } else {
                        "destination"
                    };
                    finding::at_place(
                        message,
                        &hash.place,
                        hash.original.map_or_else(
                            || format!("the {end} hash is not the one of {}", hash.address),
                            |original| {
                                let shown = hash.address;
                                format!("the {end} hash is the one of {original}, not of {shown}")
                            },
                        ),
                    )
                }
                Nat::Seen(message) => finding::message(
                    message,
                    "the captures show different addresses for this message",
                ),
            });
            let mut finding = Finding::new(RULE.code, sa.peers, Severity::Info, Confidence::Proven)
                .title(format!(
                    "A NAT stands in front of {side}, or {side} pretends one"
                ))
                .why("The detection hashes were computed anew from the addresses on the packets.")
                .who(Who::Path)
                .refs(&["RFC 7296 §2.23", "RFC 3947 §3"]);
            for citation in cited {
                finding = finding.cite(citation);
            }
            Some(finding)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::diag::ladder::{cause, codes};

    #[test]
    fn a_hash_that_does_not_fit() {
        let text = "0.0 a>b INIT q0 nat=src:ok nat=dst:ok
                 0.1 b>a INIT r0 nat=src:ok nat=dst:bad
                 0.2 a>b@4500 AUTH q1 in=35:230
                 0.3 b>a@4500 AUTH r1 in=36:176";
        assert_eq!(codes(text), ["nat-present"]);
        assert_eq!(cause(text), None);
    }
    #[test]
    fn near_miss_one_of_several_source_hashes_fits() {
        let text = "0.0 a>b INIT q0 nat=src:bad nat=src:ok nat=dst:ok
                 0.1 b>a INIT r0 nat=src:ok nat=dst:ok
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=36:176";
        assert!(codes(text).is_empty());
    }
    #[test]
    fn near_miss_no_hash_fits_at_all() {
        let text = "0.0 a>b INIT q0 nat=src:bad nat=dst:bad
             0.1 b>a INIT r0 nat=src:bad nat=dst:bad
             0.2 a>b AUTH q1 in=35:230
             0.3 b>a AUTH r1 in=36:176";
        assert!(codes(text).is_empty());
    }
}
