//! What two ends asked each other to protect, where their messages were
//! opened, and what the answers made of it (RFC 7296 §2.9, RFC 2409 §5.5).

use super::case::{IkeSa, Message};
use super::course::{V1, V2};
use crate::evidence::{Selector, Selectors};
use crate::sorted;
use crate::wire::registry::ike::ExchangeType;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An exchange about a Child SA: IKE_AUTH, CREATE_CHILD_SA or quick mode.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deal<'c, 'a> {
    pub(super) sa: &'c IkeSa<'a>,
    /// Asked by the end that opened the IKE SA.
    pub(super) by_initiator: bool,
    pub(super) request: &'c Message<'a>,
    pub(super) asked: &'a Selectors,
    /// The answer, where it holds selectors.
    pub(super) answer: Option<(&'c Message<'a>, &'a Selectors)>,
}

/// The exchanges about Child SAs in `sa` whose requests show selectors.
pub(super) fn deals<'c, 'a>(sa: &'c IkeSa<'a>) -> Vec<Deal<'c, 'a>> {
    match (V2::new(sa), V1::new(sa)) {
        (Some(v2), _) => of_v2(&v2),
        (None, Some(v1)) => of_v1(&v1),
        (None, None) => Vec::new(),
    }
}

fn of_v2<'c, 'a>(v2: &V2<'c, 'a>) -> Vec<Deal<'c, 'a>> {
    let auth = v2.auth();
    let asked = auth.iter().find_map(|turn| shown(&turn.requests));
    let answered = auth.iter().rev().find_map(|turn| shown(&turn.responses));
    let first = asked.map(|(request, asked)| Deal {
        sa: v2.sa,
        by_initiator: true,
        request,
        asked,
        answer: answered,
    });
    let later = v2.of(ExchangeType::CREATE_CHILD_SA).filter_map(|turn| {
        let (request, asked) = shown(&turn.requests)?;
        Some(Deal {
            sa: v2.sa,
            by_initiator: turn.by_initiator,
            request,
            asked,
            answer: shown(&turn.responses),
        })
    });
    first.into_iter().chain(later).collect()
}

fn of_v1<'c, 'a>(v1: &V1<'c, 'a>) -> Vec<Deal<'c, 'a>> {
    let deals = v1.quick.iter().filter_map(|quick| {
        let (request, asked) = shown(&[quick.one])?;
        Some(Deal {
            sa: v1.sa,
            by_initiator: quick.by_initiator,
            request,
            asked,
            answer: quick.two.and_then(|two| shown(&[two])),
        })
    });
    deals.collect()
}

fn shown<'c, 'a>(messages: &[&'c Message<'a>]) -> Option<(&'c Message<'a>, &'a Selectors)> {
    messages.iter().find_map(|message| {
        let both = message.ike.inside.as_deref()?.selectors.as_ref()?;
        (!both.initiator.is_empty() && !both.responder.is_empty()).then_some((*message, both))
    })
}

impl Deal<'_, '_> {
    /// The end that asked.
    pub(super) const fn asker(&self) -> IpAddr {
        if self.by_initiator {
            self.sa.initiator
        } else {
            self.sa.responder
        }
    }

    /// The end that was asked.
    pub(super) const fn answerer(&self) -> IpAddr {
        if self.by_initiator {
            self.sa.responder
        } else {
            self.sa.initiator
        }
    }
}

/// `message` offers or chooses `spi`: its sender expects packets there.
pub(super) fn has_spi(message: &Message<'_>, spi: &[u8]) -> bool {
    let mut contents = message.ike.contents();
    contents.any(|content| content.proposals.iter().any(|one| one.spi == spi))
}

/// Every packet of `one` fits one of `others`.
pub(super) fn is_within(one: &Selector, others: &[Selector]) -> bool {
    let of_kind = others.iter().filter(|other| {
        let protocol = other.protocol == 0 || other.protocol == one.protocol;
        let ports = other.ports.0 <= one.ports.0 && one.ports.1 <= other.ports.1;
        protocol && ports && same_family(one, other)
    });
    let mut ranges: Vec<(u128, u128)> = of_kind.map(range).collect();
    sorted::sort(&mut ranges);
    let (mut next, last) = range(one);
    for (begin, end) in ranges {
        if begin > next {
            return false;
        }
        if end >= last {
            return true;
        }
        next = next.max(end.saturating_add(1));
    }
    false
}

/// Every packet of `these` fits one of `others`.
pub(super) fn are_within(these: &[Selector], others: &[Selector]) -> bool {
    these.iter().all(|one| is_within(one, others))
}

/// The packets that fit both lists.
pub(super) fn common(these: &[Selector], others: &[Selector]) -> Vec<Selector> {
    let mut found: Vec<Selector> = Vec::new();
    for (one, other) in these
        .iter()
        .flat_map(|one| others.iter().map(move |other| (one, other)))
    {
        if let Some(both) = overlap(one, other)
            && !is_within(&both, &found)
        {
            found.retain(|known| !is_within(known, core::slice::from_ref(&both)));
            found.push(both);
        }
    }
    found
}

fn overlap(one: &Selector, other: &Selector) -> Option<Selector> {
    one.meets(other).then(|| Selector {
        addresses: (
            one.addresses.0.max(other.addresses.0),
            one.addresses.1.min(other.addresses.1),
        ),
        protocol: one.protocol.max(other.protocol),
        ports: (
            one.ports.0.max(other.ports.0),
            one.ports.1.min(other.ports.1),
        ),
    })
}

/// The address lies in one of `these`.
pub(super) fn holds(these: &[Selector], address: IpAddr) -> bool {
    these.iter().any(|one| {
        let same_family = one.addresses.0.is_ipv4() == address.is_ipv4();
        same_family && one.range().contains(&address)
    })
}

/// `10.1.0.0/24, 10.3.0.0/24 and 7 more`.
pub(super) fn list(these: &[Selector]) -> String {
    let shown: Vec<String> = these
        .iter()
        .take(LISTED_MAX)
        .map(Selector::to_string)
        .collect();
    match these.len().saturating_sub(LISTED_MAX) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// `10.1.0.0/24 ↔ 10.2.0.0/24`: the asker's side, the other's.
pub(super) fn both(selectors: &Selectors) -> String {
    let (asker, other) = (list(&selectors.initiator), list(&selectors.responder));
    format!("{asker} ↔ {other}")
}

const fn same_family(one: &Selector, other: &Selector) -> bool {
    one.addresses.0.is_ipv4() == other.addresses.0.is_ipv4()
}

fn range(one: &Selector) -> (u128, u128) {
    (bits(one.addresses.0), bits(one.addresses.1))
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => Ipv4Addr::to_bits(address).into(),
        IpAddr::V6(address) => Ipv6Addr::to_bits(address),
    }
}

/// Selectors that a sentence names.
const LISTED_MAX: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Case;
    use crate::diag::ladder::{ladder, selector};
    use proptest::prelude::*;

    fn all(text: &str) -> Vec<Selector> {
        text.split('+').map(selector).collect()
    }

    #[test]
    fn what_lies_within_and_what_is_common() {
        for (one, others, within, meets) in [
            ("10.2.0.0/24", "10.2.0.0/16", true, "10.2.0.0/24"),
            ("10.2.0.0/16", "10.2.0.0/24", false, "10.2.0.0/24"),
            ("10.2.0.0/24", "10.9.0.0/24", false, ""),
            (
                "10.2.0.0/23",
                "10.2.1.0/24+10.2.0.0/24",
                true,
                "10.2.1.0/24, 10.2.0.0/24",
            ),
            (
                "10.2.0.0/22",
                "10.2.3.0/24+10.2.0.0/24",
                false,
                "10.2.3.0/24, 10.2.0.0/24",
            ),
            (
                "10.2.0.0/24:80",
                "10.2.0.0/24",
                true,
                "10.2.0.0/24 protocol 6 port 80",
            ),
            (
                "10.2.0.0/24",
                "10.2.0.0/24:80",
                false,
                "10.2.0.0/24 protocol 6 port 80",
            ),
            (
                "10.2.0.7",
                "10.2.0.0/24:80+10.2.0.0/16",
                true,
                "10.2.0.7/32",
            ),
        ] {
            let (one, others) = (all(one), all(others));
            assert_eq!(are_within(&one, &others), within, "{one:?} {others:?}");
            assert_eq!(list(&common(&one, &others)), meets);
        }
    }

    #[test]
    fn long_lists_are_cut() {
        let five = "10.1.0.0/24+10.2.0.0/24+10.3.0.0/24+10.4.0.0/24+10.5.0.0/24";
        assert!(list(&all(five)).ends_with("10.3.0.0/24 and 2 more"));
    }

    #[test]
    fn each_exchange_about_a_child_sa_is_a_deal() {
        let evidence = ladder(
            "0.0 a>b INIT q0
             0.1 b>a INIT r0
             0.2 a>b AUTH q1 in=35:230 { auth=2 tsi=10.1.0.0/24 tsr=10.2.0.0/24 }
             0.3 b>a AUTH r1 in=36:176 { auth=2 tsi=10.1.0.0/24 tsr=10.2.0.0/24 }
             5.0 b>a CHILD q0 in=41:140 { tsi=10.2.0.0/24 tsr=10.1.0.0/24 }
             5.1 a>b CHILD r0 in=41:8 { n=38 }",
        );
        let case = Case::new(&evidence);
        let deals = deals(&case.sas[0]);
        let asked: Vec<_> = deals.iter().map(|deal| deal.by_initiator).collect();
        assert_eq!(asked, [true, false]);
        assert_eq!(deals[1].asker(), case.sas[0].responder);
        assert!(deals[0].answer.is_some() && deals[1].answer.is_none());
    }

    fn any() -> impl Strategy<Value = Selector> {
        (0_u8..8, 0_u8..8, 28_u8..=32).prop_map(|(a, b, len)| {
            selector(&format!("10.0.{a}.{}/{len}", b.wrapping_shl(2) & 0xf0))
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn what_is_common_lies_within_both(
            these in prop::collection::vec(any(), 1..5),
            others in prop::collection::vec(any(), 1..5),
        ) {
            let both = common(&these, &others);
            prop_assert!(are_within(&both, &these) && are_within(&both, &others));
            let meet = these.iter().any(|one| others.iter().any(|other| one.meets(other)));
            prop_assert_eq!(meet, !both.is_empty());
        }
    }
}
