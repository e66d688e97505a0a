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
//! `--keys` with those of the IKE SA: they show which SA each request replaces
//! (REKEY_SA), or in IKEv1 for which networks it is. Requests that cross for
//! different SAs are no collision.
//!
//! ## References
//!
//! RFC 7296 §2.8.1; RFC 7296 §2.25.

use crate::diag::case::{IkeSa, Message};
use crate::diag::catalog::Scene;
use crate::diag::course::{V1, V2};
use crate::diag::finding;
use crate::diag::inquiry::Inquiry;
use crate::diag::selectors::{deals, has_spi};
use crate::diag::{Confidence, Finding, Severity, Who};
use crate::evidence::{Content, SaProtocol};
use crate::wire::registry::ike::{ExchangeType, NotifyType};
use alloc::format;
use alloc::vec::Vec;

rule!(
    "rekey-collision",
    "both ends rekey at the same time",
    check,
    "rekey_collision.rs",
    advice: advice
);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    case.sas
        .iter()
        .filter_map(|sa| {
            let (one, other) =
                V2::new(sa).map_or_else(|| crossing_v1(sa), |v2| crossing_v2(&v2))?;
            let (confidence, why) = match is_same(case, sa, one, other) {
                Some(true) => (
                    Confidence::Proven,
                    "The requests cross each other, and both are for the same SA.",
                ),
                Some(false) => return None,
                None => (
                    Confidence::Likely,
                    "The requests cross each other; that both replace the same SA is encrypted.",
                ),
            };
            let finding = Finding::new(RULE.code, sa.peers, Severity::Warning, confidence)
                .why(why)
                .weight(60)
                .cite(finding::message(one, "one request"))
                .cite(finding::message(
                    other,
                    "the other, before the first was answered",
                ));
            Some(advice(finding, &sa.scene()))
        })
        .collect()
}

fn advice(finding: Finding, ends: &Scene) -> Finding {
    finding
        .title(format!(
            "{} and {} rekey at the same time",
            ends.initiator, ends.responder
        ))
        .who(Who::Local)
        .fix(
            ends.at_initiator(),
            "Let this end rekey first: a shorter lifetime or a larger margin.",
        )
        .fix(ends.at_responder(), "Let this end rekey later.")
        .refs(&["RFC 7296 §2.8.1", "RFC 7296 §2.25"])
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

/// Two requests that cross replace the same SA; `None` where they were not opened.
fn is_same(
    case: &Inquiry<'_, '_>,
    sa: &IkeSa<'_>,
    one: &Message<'_>,
    other: &Message<'_>,
) -> Option<bool> {
    let (first, second) = (one.ike.inside.as_deref()?, other.ike.inside.as_deref()?);
    if !sa.is_v2() {
        let (first, second) = (first.selectors.as_ref()?, second.selectors.as_ref()?);
        let mirrored = (&second.responder, &second.initiator);
        return Some((&first.initiator, &first.responder) == mirrored);
    }
    Some(match (replaced(first)?, replaced(second)?) {
        (Replaced::Ike, Replaced::Ike) => true,
        (Replaced::Child(first), Replaced::Child(second)) => {
            let mut deals = case.sas_of(sa.peers).flat_map(deals).peekable();
            deals.peek()?;
            deals.any(|deal| {
                let Some((answer, _)) = deal.answer else {
                    return false;
                };
                let made = |asker: &[u8], answerer: &[u8]| {
                    has_spi(deal.request, asker) && has_spi(answer, answerer)
                };
                made(first, second) || made(second, first)
            })
        }
        _ => false,
    })
}

/// What a CREATE_CHILD_SA request replaces (RFC 7296 §1.3.2, §1.3.3).
enum Replaced<'a> {
    Ike,
    /// The SA to which its sender's peer sends with this SPI.
    Child(&'a [u8]),
    Nothing,
}

fn replaced(request: &Content) -> Option<Replaced<'_>> {
    if request.proposals.first()?.protocol == SaProtocol::Ike {
        return Some(Replaced::Ike);
    }
    let mut notifies = request.notifies.iter();
    let rekey = notifies.find(|notify| notify.number == NotifyType::REKEY_SA.0);
    Some(rekey.map_or(Replaced::Nothing, |rekey| Replaced::Child(&rekey.spi)))
}

#[cfg(test)]
mod tests {
    use crate::diag::Confidence;
    use crate::diag::ladder::{cause, codes, found};

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

    /// The two SAs of the first exchange expect packets at 7 and 8.
    fn crossing(first: &str, second: &str) -> String {
        format!(
            "0.0 a>b INIT q0
             0.1 b>a INIT r0
             0.2 a>b AUTH q1 in=35:230 {{ auth=2 esp=gcm256 at=7 tsi=10.1.0.0/24 tsr=10.2.0.0/24 }}
             0.3 b>a AUTH r1 in=36:176 {{ auth=2 esp=gcm256 at=8 tsi=10.1.0.0/24 tsr=10.2.0.0/24 }}
             5.0 b>a CHILD q0 in=41:140 {{ {first} }}
             5.1 a>b CHILD q2 in=41:140 {{ {second} }}
             5.4 b>a CHILD r2 in=33:140 {{ esp=gcm256 at=b tsi=10.2.0.0/24 tsr=10.1.0.0/24 }}
             5.5 a>b CHILD r0 in=33:140 {{ esp=gcm256 at=c tsi=10.2.0.0/24 tsr=10.1.0.0/24 }}"
        )
    }

    #[test]
    fn opened_requests_name_the_sa() {
        let text = crossing("esp=gcm256 at=a rekey=8", "esp=gcm256 at=d rekey=7");
        assert_eq!(
            found(&text, "rekey-collision").confidence,
            Confidence::Proven
        );
        assert_eq!(
            found(&crossing("sa=aes256", "sa=aes256"), "rekey-collision").confidence,
            Confidence::Proven
        );
    }

    #[test]
    fn near_miss_requests_for_different_sas() {
        for (first, second) in [
            ("esp=gcm256 at=a", "esp=gcm256 at=d rekey=7"),
            ("sa=aes256", "esp=gcm256 at=d rekey=7"),
            ("esp=gcm256 at=a rekey=9", "esp=gcm256 at=d rekey=7"),
        ] {
            assert!(!codes(&crossing(first, second)).contains(&"rekey-collision"));
        }
    }
}
