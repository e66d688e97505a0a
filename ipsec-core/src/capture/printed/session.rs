//! What must be remembered between two addresses where the text shows neither
//! cookies nor message IDs: which attempt it is, and which exchange.
//!
//! In IKEv2 a requester counts its messages and waits for each answer (RFC 7296
//! §2.2, §2.3); in IKEv1 quick mode has three messages (RFC 2409 §5.5).

use crate::evidence::{Exchange, Route};
use crate::wire::registry::{ike, isakmp};
use core::net::{IpAddr, SocketAddr};

/// One pair of addresses.
#[derive(Debug, Default)]
pub(super) struct Session {
    /// Number of the attempt, from 1.
    attempt: u64,
    /// Who began it, and how.
    initiator: Option<(IpAddr, Exchange)>,
    /// The attempt got behind its first messages.
    advanced: bool,
    /// What stands for the offer that began it.
    offer: Option<u64>,
    /// Times that the direction changed among the first messages.
    turns: u32,
    last_from: Option<SocketAddr>,
    /// Requests of the initiator and of the responder (IKEv2).
    requests: [Requests; 2],
    /// The quick mode or transaction that goes on (IKEv1).
    exchange: Option<Going>,
    /// IDs given to exchanges of IKEv1.
    given: u32,
}

#[derive(Clone, Copy, Debug, Default)]
struct Requests {
    last: u32,
    exchange: u8,
    waiting: bool,
}

#[derive(Clone, Copy, Debug)]
struct Going {
    id: u32,
    exchange: u8,
    from: SocketAddr,
    steps: u8,
}

/// What a line tells of a message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    pub(super) route: Route,
    pub(super) exchange: Exchange,
    pub(super) by_initiator: bool,
    pub(super) response: bool,
    /// Its ID is zero.
    pub(super) id_zero: bool,
    /// Its payloads are encrypted.
    pub(super) sealed: bool,
    /// Its ID, where it is printed.
    pub(super) id: Option<u32>,
    /// What stands for the offer that it lists (IKEv1).
    pub(super) offer: Option<u64>,
}

/// Where a message belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Belongs {
    pub(super) attempt: u64,
    pub(super) message_id: u32,
    /// Tells alike first messages of an attempt apart: a copy has no answer
    /// between itself and the first.
    pub(super) turn: u32,
}

impl Session {
    pub(super) fn place(&mut self, told: Told) -> Belongs {
        let first = told.id_zero && !told.sealed && is_first(told.exchange);
        let from = told.route.from;
        let initiator = if told.by_initiator {
            from
        } else {
            told.route.to
        };
        let began = Some((initiator.ip(), told.exchange));
        let other = self.initiator != began;
        let offers = told.offer.is_some() && self.offer.is_some() && told.offer != self.offer;
        let anew = self.advanced || other || offers;
        if self.attempt == 0 || first && told.by_initiator && anew {
            *self = Self {
                attempt: self.attempt.saturating_add(1),
                initiator: began,
                offer: told.offer,
                given: self.given,
                ..Self::default()
            };
        }
        self.advanced |= !first;
        if told.id_zero {
            let turned = self.last_from.is_some_and(|last| last != from);
            self.turns = self.turns.saturating_add(turned.into());
            self.last_from = Some(from);
        }
        let message_id = told.id.unwrap_or_else(|| self.reckon(told));
        Belongs {
            attempt: self.attempt,
            message_id,
            turn: if told.id_zero { self.turns } else { 0 },
        }
    }

    fn reckon(&mut self, told: Told) -> u32 {
        match told.exchange {
            Exchange::V2(exchange) => self.reckon_v2(told, exchange.0),
            Exchange::V1(_) if told.id_zero => 0,
            Exchange::V1(exchange) => self.reckon_v1(told, exchange),
        }
    }

    fn reckon_v2(&mut self, told: Told, exchange: u8) -> u32 {
        let side = usize::from(told.by_initiator == told.response);
        let Some(requests) = self.requests.get_mut(side) else {
            return 0;
        };
        if told.response {
            requests.waiting = false;
        } else {
            if !requests.waiting || requests.exchange != exchange {
                requests.last = requests.last.saturating_add(1);
            }
            requests.waiting = true;
            requests.exchange = exchange;
        }
        if told.id_zero {
            requests.last = 0;
        }
        requests.last
    }

    fn reckon_v1(&mut self, told: Told, exchange: isakmp::ExchangeType) -> u32 {
        let most = match exchange {
            isakmp::ExchangeType::QUICK_MODE => 3,
            isakmp::ExchangeType::TRANSACTION => 2,
            _ => 1,
        };
        let from = told.route.from;
        if let Some(going) = &mut self.exchange
            && going.exchange == exchange.0
        {
            let asks = going.from.ip() == from.ip();
            let next = match going.steps {
                1 => !asks,
                2 => asks,
                _ => false,
            };
            let again = asks == (going.steps != 2);
            if next && going.steps < most {
                going.steps = going.steps.saturating_add(1);
                return going.id;
            }
            if again && going.steps < most {
                return going.id;
            }
        }
        self.given = self.given.saturating_add(1);
        self.exchange = Some(Going {
            id: self.given,
            exchange: exchange.0,
            from,
            steps: 1,
        });
        self.given
    }
}

/// An exchange that begins an IKE SA.
fn is_first(exchange: Exchange) -> bool {
    match exchange {
        Exchange::V1(exchange) => [
            isakmp::ExchangeType::IDENTITY_PROTECTION,
            isakmp::ExchangeType::AGGRESSIVE,
        ]
        .contains(&exchange),
        Exchange::V2(exchange) => exchange == ike::ExchangeType::IKE_SA_INIT,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(from: u8, exchange: Exchange, by_initiator: bool, response: bool) -> Told {
        let end = |last| SocketAddr::from(([192, 0, 2, last], 500));
        let id_zero = is_first(exchange);
        Told {
            route: Route {
                from: end(from),
                to: end(3 - from),
            },
            exchange,
            by_initiator,
            response,
            id_zero,
            sealed: !id_zero,
            id: None,
            offer: None,
        }
    }

    #[test]
    fn requests_are_counted_until_they_are_answered() {
        let init = Exchange::V2(ike::ExchangeType::IKE_SA_INIT);
        let auth = Exchange::V2(ike::ExchangeType::IKE_AUTH);
        let child = Exchange::V2(ike::ExchangeType::CREATE_CHILD_SA);
        let mut session = Session::default();
        let mut id = |from, exchange, initiator, response| {
            let belongs = session.place(told(from, exchange, initiator, response));
            (belongs.attempt, belongs.message_id)
        };
        assert_eq!(id(1, init, true, false), (1, 0));
        assert_eq!(id(2, init, false, true), (1, 0));
        assert_eq!(id(1, auth, true, false), (1, 1));
        assert_eq!(id(1, auth, true, false), (1, 1));
        assert_eq!(id(2, auth, false, true), (1, 1));
        assert_eq!(id(1, auth, true, false), (1, 2));
        assert_eq!(id(2, auth, false, true), (1, 2));
        assert_eq!(id(2, child, false, false), (1, 1));
        assert_eq!(id(1, child, true, true), (1, 1));
        assert_eq!(id(1, child, true, false), (1, 3));
        assert_eq!(id(1, init, true, false), (2, 0));
        assert_eq!(id(2, init, true, false), (3, 0));
    }

    #[test]
    fn quick_mode_has_three_messages() {
        let quick = Exchange::V1(isakmp::ExchangeType::QUICK_MODE);
        let mut session = Session::default();
        let mut id = |from| {
            session
                .place(told(from, quick, from == 1, false))
                .message_id
        };
        let ids = [1, 1, 2, 2, 1, 1, 2, 1].map(&mut id);
        assert_eq!(ids, [1, 1, 1, 1, 1, 2, 2, 2]);
    }

    #[test]
    fn a_copy_has_no_answer_in_between() {
        let main = Exchange::V1(isakmp::ExchangeType::IDENTITY_PROTECTION);
        let mut session = Session::default();
        let mut turn = |from| session.place(told(from, main, from == 1, false)).turn;
        assert_eq!([1, 1, 2, 1, 1].map(&mut turn), [0, 0, 1, 2, 2]);
    }
}
