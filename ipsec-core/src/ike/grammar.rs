//! Which payloads an IKEv2 message may hold, as tables (RFC 7296 §1 and
//! appendix C; RFC 5723 §4.3, RFC 6023, RFC 9242, RFC 9370 §2.2.4).
//!
//! A message has one of several forms (a proposal is accepted, refused, asked
//! for a cookie, …). The order of payloads is free (RFC 7296 §2.5), notify and
//! vendor ID payloads may stand anywhere, and what has no registered number is
//! skipped.

use crate::wire::registry::ike::{ExchangeType, PayloadType};
use core::fmt;

/// How often a payload stands in a form of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rule {
    /// The payload.
    pub payload: PayloadType,
    /// At least so often.
    pub least: usize,
    /// At most so often.
    pub most: usize,
}

/// One form that a message can take.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Form {
    /// What it is, in words.
    pub name: &'static str,
    /// Its payloads. What is not listed may not be there, except notify and
    /// vendor ID payloads.
    pub rules: &'static [Rule],
}

/// Where a message leaves the grammar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Breach {
    /// What is wrong.
    pub kind: BreachKind,
    /// The payload it concerns.
    pub payload: PayloadType,
    /// Its position among the payloads of the message; `None` when missing.
    pub at: Option<usize>,
    /// The form that the message comes closest to.
    pub form: &'static str,
}

/// What is wrong with a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BreachKind {
    /// It must be there and is not.
    Missing,
    /// It stands more often than it may.
    Repeated,
    /// It has no place in this message.
    Unexpected,
    /// It stands in the clear where only protected payloads may.
    Unprotected,
    /// Something follows it although it has to be the last one.
    NotLast,
}

/// Whether `payloads` make up a message of this exchange: those inside the
/// encrypted payload, or those in the clear where the exchange is in the clear.
///
/// Exchanges without a table are taken as they are.
///
/// ```
/// use ipsec_core::ike::grammar::{BreachKind, check};
/// use ipsec_core::wire::registry::ike::{ExchangeType, PayloadType as P};
/// let init = ExchangeType::IKE_SA_INIT;
/// assert_eq!(check(init, false, &[P::SA, P::KE, P::NONCE, P::NOTIFY]), Ok(()));
/// let breach = check(init, false, &[P::SA, P::NONCE]).unwrap_err();
/// assert_eq!((breach.kind, breach.payload), (BreachKind::Missing, P::KE));
/// ```
///
/// # Errors
///
/// The first [`Breach`] of the form that comes closest.
pub fn check(
    exchange: ExchangeType,
    is_response: bool,
    payloads: &[PayloadType],
) -> Result<(), Breach> {
    let closest = forms(exchange, is_response)
        .iter()
        .map(|form| form.judge(payloads))
        .min_by_key(|verdict| verdict.map_or(0, |(count, _)| count));
    match closest.flatten() {
        Some((_, breach)) => Err(breach),
        None => Ok(()),
    }
}

/// Whether `payloads`, those outside of any encryption, may stand so in a
/// message of this exchange. Where the exchange is in the clear this is
/// [`check`]; elsewhere there is one encrypted payload and it comes last (RFC
/// 7296 §3.14), or there are only notifications, as one gets them without an
/// IKE SA (§1.5, §2.21.4).
///
/// # Errors
///
/// The first [`Breach`].
pub fn check_outside(
    exchange: ExchangeType,
    is_response: bool,
    payloads: &[PayloadType],
) -> Result<(), Breach> {
    if in_the_clear(exchange) {
        return check(exchange, is_response, payloads);
    }
    let is_sealed = |payload: PayloadType| matches!(payload, PayloadType::SK | PayloadType::SKF);
    let breach = |kind, payload, at| Breach {
        kind,
        payload,
        at,
        form: "protected message",
    };
    let sealed = payloads.iter().position(|payload| is_sealed(*payload));
    let mut all = payloads.iter().copied().enumerate();
    let Some(sealed) = sealed else {
        let strange = all.find(|(_, payload)| !is_free(*payload));
        return match strange {
            Some((at, payload)) => Err(breach(BreachKind::Unprotected, payload, Some(at))),
            None if payloads.contains(&PayloadType::NOTIFY) => Ok(()),
            None => Err(breach(BreachKind::Missing, PayloadType::SK, None)),
        };
    };
    if let Some((at, payload)) = all.find(|(at, payload)| *at < sealed && !is_free(*payload)) {
        return Err(breach(BreachKind::Unprotected, payload, Some(at)));
    }
    match payloads.get(sealed..) {
        Some([last, _, ..]) => Err(breach(BreachKind::NotLast, *last, Some(sealed))),
        _ => Ok(()),
    }
}

/// Whether the messages of this exchange are not protected.
#[must_use]
pub const fn in_the_clear(exchange: ExchangeType) -> bool {
    matches!(
        exchange,
        ExchangeType::IKE_SA_INIT | ExchangeType::IKE_SESSION_RESUME
    )
}

/// The forms a message of this exchange can take; none where there is no
/// table.
#[must_use]
pub const fn forms(exchange: ExchangeType, is_response: bool) -> &'static [Form] {
    match (exchange, is_response) {
        (ExchangeType::IKE_SA_INIT, false) => INIT_REQUEST,
        (ExchangeType::IKE_SA_INIT, true) => INIT_RESPONSE,
        (ExchangeType::IKE_SESSION_RESUME, _) => RESUME,
        (ExchangeType::IKE_INTERMEDIATE, _) => INTERMEDIATE,
        (ExchangeType::IKE_AUTH, false) => AUTH_REQUEST,
        (ExchangeType::IKE_AUTH, true) => AUTH_RESPONSE,
        (ExchangeType::CREATE_CHILD_SA, false) => CHILD_REQUEST,
        (ExchangeType::CREATE_CHILD_SA, true) => CHILD_RESPONSE,
        (ExchangeType::IKE_FOLLOWUP_KE, false) => FOLLOWUP_REQUEST,
        (ExchangeType::IKE_FOLLOWUP_KE, true) => FOLLOWUP_RESPONSE,
        (ExchangeType::INFORMATIONAL, _) => INFORMATIONAL,
        _ => &[],
    }
}

impl Form {
    /// How many breaches there are and which is the first; `None` for none.
    fn judge(&self, payloads: &[PayloadType]) -> Option<(usize, Breach)> {
        let breach = |kind, payload, at| Breach {
            kind,
            payload,
            at,
            form: self.name,
        };
        let mut breaches = self.rules.iter().filter_map(|rule| {
            let mut places = places(payloads, rule.payload);
            let count = places.clone().count();
            if count < rule.least {
                return Some(breach(BreachKind::Missing, rule.payload, None));
            }
            let surplus = places.nth(rule.most)?;
            Some(breach(BreachKind::Repeated, rule.payload, Some(surplus)))
        });
        let mut strangers = payloads.iter().enumerate().filter_map(|(at, payload)| {
            let listed = self.rules.iter().any(|rule| rule.payload == *payload);
            let skipped = is_free(*payload) || payload.name().is_none();
            (!listed && !skipped).then(|| breach(BreachKind::Unexpected, *payload, Some(at)))
        });
        let first = breaches.next().or_else(|| strangers.next())?;
        let count = breaches.count().saturating_add(strangers.count());
        Some((count.saturating_add(1), first))
    }
}

fn places(payloads: &[PayloadType], wanted: PayloadType) -> impl Iterator<Item = usize> + Clone {
    payloads
        .iter()
        .enumerate()
        .filter(move |(_, payload)| **payload == wanted)
        .map(|(at, _)| at)
}

/// Payloads that may stand anywhere.
const fn is_free(payload: PayloadType) -> bool {
    matches!(payload, PayloadType::NOTIFY | PayloadType::VENDOR_ID)
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { payload, form, .. } = self;
        match self.kind {
            BreachKind::Missing => write!(f, "{payload} is missing ({form})"),
            BreachKind::Repeated => write!(f, "{payload} stands too often ({form})"),
            BreachKind::Unexpected => write!(f, "{payload} has no place here ({form})"),
            BreachKind::Unprotected => write!(f, "{payload} stands in the clear ({form})"),
            BreachKind::NotLast => write!(f, "{payload} is not the last payload ({form})"),
        }
    }
}

impl core::error::Error for Breach {}

const fn times(payload: PayloadType, least: usize, most: usize) -> Rule {
    Rule {
        payload,
        least,
        most,
    }
}

const fn once(payload: PayloadType) -> Rule {
    times(payload, 1, 1)
}

const fn maybe(payload: PayloadType) -> Rule {
    times(payload, 0, 1)
}

const fn any(payload: PayloadType) -> Rule {
    times(payload, 0, usize::MAX)
}

const fn some(payload: PayloadType) -> Rule {
    times(payload, 1, usize::MAX)
}

const fn form(name: &'static str, rules: &'static [Rule]) -> Form {
    Form { name, rules }
}

use PayloadType as P;

const REFUSAL: Form = form("refusal", &[some(P::NOTIFY)]);

const INIT_REQUEST: &[Form] = &[form("request", &[once(P::SA), once(P::KE), once(P::NONCE)])];

const INIT_RESPONSE: &[Form] = &[
    form(
        "response",
        &[once(P::SA), once(P::KE), once(P::NONCE), any(P::CERTREQ)],
    ),
    form("refusal or cookie", &[some(P::NOTIFY)]),
];

const RESUME: &[Form] = &[
    form("resumption", &[once(P::NONCE), some(P::NOTIFY)]),
    form("refusal or cookie", &[some(P::NOTIFY)]),
];

const INTERMEDIATE: &[Form] = &[form("additional exchange", &[maybe(P::KE)])];

const AUTH_REQUEST: &[Form] = &[
    form(
        "request",
        &[
            once(P::IDI),
            any(P::CERT),
            any(P::CERTREQ),
            maybe(P::IDR),
            maybe(P::AUTH),
            maybe(P::CP),
            once(P::SA),
            once(P::TSI),
            once(P::TSR),
        ],
    ),
    form(
        "request without CHILD_SA",
        &[
            once(P::IDI),
            any(P::CERT),
            any(P::CERTREQ),
            maybe(P::IDR),
            maybe(P::AUTH),
            maybe(P::CP),
        ],
    ),
    form("EAP answer", &[once(P::EAP)]),
    form("AUTH after EAP", &[once(P::AUTH)]),
];

const AUTH_RESPONSE: &[Form] = &[
    form(
        "response",
        &[
            once(P::IDR),
            any(P::CERT),
            once(P::AUTH),
            maybe(P::CP),
            once(P::SA),
            once(P::TSI),
            once(P::TSR),
        ],
    ),
    form(
        "response without CHILD_SA",
        &[once(P::IDR), any(P::CERT), once(P::AUTH), maybe(P::CP)],
    ),
    form(
        "EAP opening",
        &[once(P::IDR), any(P::CERT), maybe(P::AUTH), once(P::EAP)],
    ),
    form("EAP question", &[once(P::EAP)]),
    form(
        "response after EAP",
        &[
            once(P::AUTH),
            maybe(P::CP),
            once(P::SA),
            once(P::TSI),
            once(P::TSR),
        ],
    ),
    form(
        "response after EAP without CHILD_SA",
        &[once(P::AUTH), maybe(P::CP)],
    ),
    REFUSAL,
];

const CHILD: Form = form(
    "CHILD_SA",
    &[
        maybe(P::CP),
        once(P::SA),
        once(P::NONCE),
        maybe(P::KE),
        once(P::TSI),
        once(P::TSR),
    ],
);

const IKE_REKEY: Form = form("IKE SA rekey", &[once(P::SA), once(P::NONCE), once(P::KE)]);

const CHILD_REQUEST: &[Form] = &[CHILD, IKE_REKEY];

const CHILD_RESPONSE: &[Form] = &[CHILD, IKE_REKEY, REFUSAL];

const FOLLOWUP_REQUEST: &[Form] = &[form(
    "additional key exchange",
    &[once(P::KE), some(P::NOTIFY)],
)];

const FOLLOWUP_RESPONSE: &[Form] = &[form("additional key exchange", &[once(P::KE)]), REFUSAL];

const INFORMATIONAL: &[Form] = &[form("information", &[any(P::DELETE), maybe(P::CP)])];

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    const AUTH: ExchangeType = ExchangeType::IKE_AUTH;
    const INIT: ExchangeType = ExchangeType::IKE_SA_INIT;
    const CHILD_SA: ExchangeType = ExchangeType::CREATE_CHILD_SA;

    /// Every kind of message of our captures, decrypted, is of the grammar.
    #[test]
    fn real_messages() {
        let rows = include_str!("../../tests/data/payload_orders.tsv");
        let mut messages = 0;
        for row in rows.lines().filter(|line| !line.starts_with('#')) {
            let columns: Vec<_> = row.split('\t').collect();
            let payloads: Vec<_> = columns[2]
                .split_whitespace()
                .map(|number| PayloadType(number.parse().unwrap()))
                .collect();
            let exchange = ExchangeType(columns[0].parse().unwrap());
            assert_eq!(
                check(exchange, columns[1] == "1", &payloads),
                Ok(()),
                "{row}"
            );
            messages += 1;
        }
        assert!(messages > 40);
    }

    fn breach(
        exchange: ExchangeType,
        is_response: bool,
        payloads: &[PayloadType],
    ) -> (BreachKind, PayloadType, Option<usize>) {
        let breach = check(exchange, is_response, payloads).unwrap_err();
        (breach.kind, breach.payload, breach.at)
    }

    /// HDR, SK {IDr, AUTH, TSi, TSr}: the SA payload was forgotten.
    #[test]
    fn the_closest_form_names_the_breach() {
        let found = breach(AUTH, true, &[P::IDR, P::AUTH, P::TSI, P::TSR]);
        assert_eq!(found, (BreachKind::Missing, P::SA, None));
        let found = breach(AUTH, false, &[P::IDI, P::AUTH, P::AUTH]);
        assert_eq!(found, (BreachKind::Repeated, P::AUTH, Some(2)));
        let found = breach(INIT, false, &[P::SA, P::KE, P::NONCE, P::IDI]);
        assert_eq!(found, (BreachKind::Unexpected, P::IDI, Some(3)));
        let found = breach(CHILD_SA, false, &[P::SA, P::TSI, P::TSR]);
        assert_eq!(found, (BreachKind::Missing, P::NONCE, None));
        let found = breach(INIT, true, &[]);
        assert_eq!(found, (BreachKind::Missing, P::NOTIFY, None));
        let found = breach(ExchangeType::INFORMATIONAL, false, &[P::CP, P::CP]);
        assert_eq!(found, (BreachKind::Repeated, P::CP, Some(1)));
        let said = check(AUTH, false, &[P::IDI, P::AUTH, P::AUTH]).unwrap_err();
        assert_eq!(
            said.to_string(),
            "AUTH stands too often (request without CHILD_SA)"
        );
    }

    #[test]
    fn unregistered_payloads_are_skipped() {
        let private = PayloadType(200);
        assert_eq!(
            check(INIT, false, &[private, P::SA, P::KE, P::NONCE]),
            Ok(())
        );
        let unknown = ExchangeType(240);
        assert_eq!(check(unknown, true, &[P::SA, P::SA, P::SK]), Ok(()));
    }

    #[test]
    fn protected_exchanges_show_one_payload() {
        let outside = |payloads: &[_]| {
            check_outside(AUTH, false, payloads).map_err(|breach| (breach.kind, breach.at))
        };
        assert_eq!(outside(&[P::SK]), Ok(()));
        assert_eq!(outside(&[P::SKF]), Ok(()));
        assert_eq!(outside(&[P::VENDOR_ID, P::SK]), Ok(()));
        assert_eq!(outside(&[P::NOTIFY]), Ok(()), "no IKE SA: RFC 7296 §1.5");
        assert_eq!(
            outside(&[P::IDI, P::SK]),
            Err((BreachKind::Unprotected, Some(0)))
        );
        assert_eq!(outside(&[P::AUTH]), Err((BreachKind::Unprotected, Some(0))));
        assert_eq!(
            outside(&[P::SK, P::SA]),
            Err((BreachKind::NotLast, Some(0)))
        );
        assert_eq!(
            outside(&[P::SK, P::SK]),
            Err((BreachKind::NotLast, Some(0)))
        );
        assert_eq!(outside(&[]), Err((BreachKind::Missing, None)));
        assert_eq!(
            check_outside(INIT, false, &[P::SA, P::KE, P::NONCE]),
            Ok(())
        );
    }

    /// For every form: taking a required payload away or doubling a single one
    /// leaves that form.
    #[test]
    fn forms_are_tight() {
        for exchange in ExchangeType::ALL {
            for form in forms(*exchange, false).iter().chain(forms(*exchange, true)) {
                let full: Vec<_> = form.rules.iter().map(|rule| rule.payload).collect();
                assert_eq!(form.judge(&full), None, "{}", form.name);
                for (at, rule) in form.rules.iter().enumerate() {
                    let mut less = full.clone();
                    less.remove(at);
                    assert_eq!(form.judge(&less).is_some(), rule.least > 0);
                    let mut more = full.clone();
                    more.push(rule.payload);
                    assert_eq!(form.judge(&more).is_some(), rule.most == 1);
                }
            }
        }
    }

    proptest! {
        #[test]
        fn no_message_panics(
            exchange in 0_u8..50, is_response: bool,
            payloads in prop::collection::vec(30_u8..60, 0..12),
        ) {
            let payloads: Vec<_> = payloads.into_iter().map(PayloadType).collect();
            let exchange = ExchangeType(exchange);
            for verdict in [
                check(exchange, is_response, &payloads),
                check_outside(exchange, is_response, &payloads),
            ] {
                if let Err(Breach { at: Some(at), payload, .. }) = verdict {
                    prop_assert_eq!(payloads[at], payload);
                }
            }
            // Order is free.
            let mut sorted = payloads.clone();
            sorted.sort_unstable();
            prop_assert_eq!(
                check(exchange, is_response, &sorted).is_ok(),
                check(exchange, is_response, &payloads).is_ok()
            );
        }
    }
}
