//! IKE messages as tcpdump prints them: `phase 1 I ident[E]`,
//! `child_sa  ikev2_auth[R]`, with `-v` version, message ID and payloads, with
//! `-vv` cookies.

use super::contents;
use super::head::{after, hex};
use super::session::Told;
use crate::capture::facts::empty_message;
use crate::evidence::{Exchange, IkeMessage, Place, Route, Sealed, Seen, Untold};
use crate::time::Instant;
use crate::wire::registry::{ike, isakmp};

/// A message, with what its line tells.
#[derive(Debug)]
pub(super) struct Printed<'t> {
    pub(super) told: Told,
    minor: u8,
    cookies: Option<(u64, u64)>,
    /// What follows the name of the exchange.
    rest: &'t str,
}

impl<'t> Printed<'t> {
    /// Reads what stands behind the word `isakmp`.
    pub(super) fn read(route: Route, text: &'t str) -> Option<Self> {
        let (head, text) = text.split_once(':')?;
        let minor = after(head, ".").and_then(super::head::decimal).unwrap_or(0);
        let id = after(head, "msgid ").and_then(hex::<u32>);
        let cookies = after(head, "cookie ").and_then(|text| {
            let (i, r) = text.split_once("->")?;
            Some((hex(i)?, hex(r)?))
        });
        let (words, rest) = exchange_words(text.trim_start());
        let (told, rest) = first_version(words, rest).or_else(|| second_version(words, rest))?;
        let told = Told { route, id, ..told };
        Some(Self {
            told: Told {
                id_zero: id.map_or(told.id_zero, |id| id == 0),
                ..told
            },
            minor,
            cookies,
            rest,
        })
    }

    /// Its cookies are printed.
    pub(super) const fn has_cookies(&self) -> bool {
        self.cookies.is_some()
    }

    /// It is a fragment of a message (RFC 7383, or IKEv1's own kind), of which
    /// tcpdump prints the type only.
    pub(super) fn is_fragment(&self) -> bool {
        FRAGMENTS
            .iter()
            .any(|fragment| self.rest.contains(fragment))
    }

    /// It begins an attempt of IKEv1.
    pub(super) fn offers(&self) -> bool {
        let offer = self.rest.starts_with(": (sa:");
        offer && self.told.by_initiator && matches!(self.told.exchange, Exchange::V1(_))
    }

    /// Its text behind the exchange, by which copies are known.
    pub(super) const fn text(&self) -> &'t str {
        self.rest
    }

    /// What it states; `len` is its length from the IKE header on.
    pub(super) fn message(
        &self,
        number: u64,
        at: Instant,
        (attempt, message_id): (u64, u32),
        len: Option<usize>,
    ) -> IkeMessage {
        let told = self.told;
        let mut message = empty_message(told.route, told.exchange, Seen::once(number, at));
        let (spi_i, spi_r) = self.cookies.unwrap_or((attempt, 0));
        message.minor_version = self.minor;
        (message.spi_i, message.spi_r) = (spi_i, spi_r);
        message.message_id = message_id;
        message.by_initiator = told.by_initiator;
        message.response = told.response;
        message.len = len.unwrap_or(0);
        message.untold = Untold {
            spis: self.cookies.is_none(),
            message_id: told.id.is_none(),
            len: len.is_none() || self.is_fragment(),
            content: true,
            first_payload: false,
        };
        let listed = contents::read(told.exchange, self.rest);
        message.content = listed.content;
        let sealed = match told.exchange {
            Exchange::V1(_) if told.sealed => Some(len.map_or(0, |len| len.saturating_sub(HEADER))),
            Exchange::V1(_) => None,
            Exchange::V2(_) => {
                let hidden = told.sealed && (told.id.is_none() || self.is_fragment());
                listed.sealed.or(hidden.then_some(0))
            }
        };
        message.sealed = sealed.map(|len| {
            message.untold.first_payload = listed.first_payload.is_none();
            Sealed::new(listed.first_payload, len, None, false, Place::default())
        });
        message
    }
}

/// The words that name an exchange, and what follows them.
fn exchange_words(text: &str) -> (&str, &str) {
    let end = text.find([':', '(']).unwrap_or(text.len());
    let (words, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    (words.trim(), rest)
}

/// `phase 1 I ident[E]`, `phase 2/others R #6[E]`.
fn first_version<'t>(words: &str, rest: &'t str) -> Option<(Told, &'t str)> {
    let words = words.strip_prefix("phase ")?;
    let mut words = words.split(' ').filter(|word| !word.is_empty());
    let (phase, role, name) = (words.next()?, words.next()?, words.next()?);
    let (name, flags) = name.split_once('[').unwrap_or((name, ""));
    let exchange = named(name, &V1_EXCHANGES)?;
    let told = Told {
        exchange: Exchange::V1(isakmp::ExchangeType(exchange)),
        by_initiator: role != "R",
        response: role == "R",
        id_zero: phase == "1",
        sealed: flags.contains('E'),
        ..NOTHING
    };
    Some((told, rest))
}

/// `parent_sa ikev2_init[I]`, `child_sa  inf2[IR]`, `child_sa  inf2`.
fn second_version<'t>(words: &str, rest: &'t str) -> Option<(Told, &'t str)> {
    let mut words = words.split(' ').filter(|word| !word.is_empty());
    let id_zero = match words.next()? {
        "parent_sa" => true,
        "child_sa" => false,
        _ => return None,
    };
    let (name, flags) = words
        .next()
        .map(|word| word.split_once('[').unwrap_or((word, "")))?;
    let exchange = ike::ExchangeType(named(name, &V2_EXCHANGES)?);
    let told = Told {
        exchange: Exchange::V2(exchange),
        by_initiator: flags.contains('I'),
        response: flags.contains('R'),
        id_zero,
        sealed: exchange != ike::ExchangeType::IKE_SA_INIT,
        ..NOTHING
    };
    Some((told, rest))
}

/// The number of an exchange by the name that tcpdump gives it, or `#6`.
fn named(name: &str, names: &[(&str, u8)]) -> Option<u8> {
    let found = names.iter().find(|(known, _)| *known == name);
    found
        .map(|(_, number)| *number)
        .or_else(|| name.strip_prefix('#')?.parse().ok())
}

const NOTHING: Told = Told {
    route: Route {
        from: NOWHERE,
        to: NOWHERE,
    },
    exchange: Exchange::V1(isakmp::ExchangeType::NONE),
    by_initiator: false,
    response: false,
    id_zero: false,
    sealed: false,
    id: None,
    offer: None,
};

const NOWHERE: core::net::SocketAddr =
    core::net::SocketAddr::new(core::net::IpAddr::V4(core::net::Ipv4Addr::UNSPECIFIED), 0);

/// tcpdump's way to name payloads of type SKF and of type 132.
const FRAGMENTS: [&str; 2] = ["(#53)", "(#132)"];

/// Exchange types of IKEv1 by tcpdump's names.
const V1_EXCHANGES: [(&str, u8); 8] = [
    ("none", isakmp::ExchangeType::NONE.0),
    ("base", isakmp::ExchangeType::BASE.0),
    ("ident", isakmp::ExchangeType::IDENTITY_PROTECTION.0),
    ("auth", isakmp::ExchangeType::AUTHENTICATION_ONLY.0),
    ("agg", isakmp::ExchangeType::AGGRESSIVE.0),
    ("inf", isakmp::ExchangeType::INFORMATIONAL.0),
    ("oakley-quick", isakmp::ExchangeType::QUICK_MODE.0),
    ("oakley-newgroup", isakmp::ExchangeType::NEW_GROUP_MODE.0),
];

/// Exchange types of IKEv2 by tcpdump's names.
const V2_EXCHANGES: [(&str, u8); 4] = [
    ("ikev2_init", ike::ExchangeType::IKE_SA_INIT.0),
    ("ikev2_auth", ike::ExchangeType::IKE_AUTH.0),
    ("child_sa", ike::ExchangeType::CREATE_CHILD_SA.0),
    ("inf2", ike::ExchangeType::INFORMATIONAL.0),
];

/// Bytes of the ISAKMP header (RFC 2408 §3.1).
const HEADER: usize = 28;
