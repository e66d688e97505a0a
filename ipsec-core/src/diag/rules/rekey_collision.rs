//! # rekey-collision
//!
//! Both ends rekey at the same time.
//!
//! ## What happened
//!
//! Both ends replace the same SA at the same moment, which leaves two new ones.
//! RFC 7296 §2.8.1 says which of them goes; implementations that get this wrong
//! lose traffic or pile up SAs. Equal lifetimes on both ends make it likely.
//!
//! ## How it is recognised
//!
//! A request for a new SA of one end crosses that of the other: each is sent
//! before the other is answered.
//!
//! ## What to do
//!
//! Give the two ends different lifetimes, or random margins, so that one always
//! rekeys first.
//!
//! ## What would prove it
//!
//! The keys of the IKE SA show which SA each request replaces.
//!
//! ## References
//!
//! RFC 7296 §2.8.1; RFC 7296 §2.25.

use crate::diag::case::{IkeSa, Message};
use crate::diag::course::{V1, V2};
use crate::diag::finding::{self, initiator, responder};
use crate::diag::inquiry::Inquiry;
use crate::diag::{Confidence, Finding, Severity, Who};
use crate::wire::registry::ike::ExchangeType;
use alloc::format;
use alloc::vec::Vec;

rule!(
    "rekey-collision",
    "both ends rekey at the same time",
    check,
    "rekey_collision.rs"
);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    case.sas.iter().filter_map(|sa| {
        let (one, other) = V2::new(sa).map_or_else(|| crossing_v1(sa), |v2| crossing_v2(&v2))?;
        Some(
            Finding::new(RULE.code, sa.peers, Severity::Warning, Confidence::Likely)
                .title(format!("{} and {} rekey at the same time", sa.initiator, sa.responder))
                .why("The requests cross each other; that both replace the same SA is encrypted.")
                .weight(60)
                .who(Who::Local)
                .cite(finding::message(one, "one request"))
                .cite(finding::message(other, "the other, before the first was answered"))
                .fix(initiator(sa), "Let this end rekey first: a shorter lifetime or a larger margin.")
                .fix(responder(sa), "Let this end rekey later.")
                .refs(&["RFC 7296 §2.8.1", "RFC 7296 §2.25"]),
        )
    }).collect()
}

type Crossing<'c, 'a> = (&'c Message<'a>, &'c Message<'a>);

fn crossing_v2<'c, 'a>(v2: &V2<'c, 'a>) -> Option<Crossing<'c, 'a>> {
    let turns: Vec<_> = v2.of(ExchangeType::CREATE_CHILD_SA).collect();
    let mut pairs = turns
        .iter()
        .flat_map(|one| turns.iter().map(move |other| (one, other)));
    pairs.find_map(|(one, other)| {
        let (first, second) = (one.request()?, other.request()?);
        let answered = one.response()?;
        let crosses = one.by_initiator != other.by_initiator
            && first.at <= second.at
            && second.at < answered.at;
        crosses.then_some((first, second))
    })
}

fn crossing_v1<'c, 'a>(sa: &'c IkeSa<'a>) -> Option<Crossing<'c, 'a>> {
    let v1 = V1::new(sa)?;
    let mut pairs = v1
        .quick
        .iter()
        .flat_map(|one| v1.quick.iter().map(move |other| (one, other)));
    pairs.find_map(|(one, other)| {
        let answered = one.two?;
        let crosses = one.by_initiator != other.by_initiator
            && one.one.at <= other.one.at
            && other.one.at < answered.at;
        crosses.then_some((one.one, other.one))
    })
}

#[cfg(test)]
mod tests {
    use crate::diag::ladder::{cause, codes};

    #[test]
    fn requests_that_cross() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=36:176
                 5.0 b>a CHILD q0 in=41:140
                 5.1 a>b CHILD q2 in=41:140
                 5.4 b>a CHILD r2 in=33:140
                 5.5 a>b CHILD r0 in=33:140";
        assert_eq!(cause(text), Some("rekey-collision"));
    }
    #[test]
    fn near_miss_one_after_the_other() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=36:176
                 5.0 b>a CHILD q0 in=41:140
                 5.1 a>b CHILD r0 in=33:140
                 5.4 a>b CHILD q2 in=41:140
                 5.5 b>a CHILD r2 in=33:140";
        assert!(codes(text).is_empty());
    }
}
