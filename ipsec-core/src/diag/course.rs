//! How far an IKE SA came: the exchanges of IKEv2 (RFC 7296 §1) and the
//! phases of IKEv1 (RFC 2409 §5) put back together from the messages, and
//! what their sizes tell where they are encrypted.

use super::case::{IkeSa, Message};
use super::opened::{inside, may_refuse};
use crate::evidence::{Exchange, Notify, Proposal, Sealed, TransformKind, UserAuth};
use crate::sorted;
use crate::time::{Duration, Instant};
use crate::wire::registry::ike::{ExchangeType, NotifyType, PayloadType};
use crate::wire::registry::isakmp;
use alloc::vec::Vec;
use core::ops::RangeInclusive;

/// A request of IKEv2 and its response, with their variants and copies.
#[derive(Debug)]
pub(super) struct Turn<'c, 'a> {
    pub(super) exchange: ExchangeType,
    pub(super) id: u32,
    /// Requested by the end that opened the IKE SA.
    pub(super) by_initiator: bool,
    pub(super) requests: Vec<&'c Message<'a>>,
    pub(super) responses: Vec<&'c Message<'a>>,
}

impl<'c, 'a> Turn<'c, 'a> {
    pub(super) fn is_answered(&self) -> bool {
        !self.responses.is_empty()
    }

    pub(super) fn request(&self) -> Option<&'c Message<'a>> {
        self.requests.first().copied()
    }

    pub(super) fn response(&self) -> Option<&'c Message<'a>> {
        self.responses.last().copied()
    }

    pub(super) fn at(&self) -> Instant {
        let first = self.requests.iter().chain(&self.responses).map(|m| m.at);
        first.min().unwrap_or(Instant::ZERO)
    }

    /// Copies of the request, whichever fragment was repeated most.
    pub(super) fn copies(&self) -> u32 {
        let copies = self.requests.iter().map(|message| message.copies());
        copies.max().unwrap_or(0)
    }
}

/// An IKEv2 SA by its exchanges.
#[derive(Debug)]
pub(super) struct V2<'c, 'a> {
    pub(super) sa: &'c IkeSa<'a>,
    /// In the order of their beginnings.
    pub(super) turns: Vec<Turn<'c, 'a>>,
}

/// How an IKEv2 SA fared.
#[derive(Debug)]
pub(super) enum Outcome2<'c, 'a> {
    /// `IKE_SA_INIT` was never answered.
    InitUnanswered,
    /// `IKE_SA_INIT` was answered with an error that was not mended.
    InitRefused(&'c Message<'a>),
    /// `IKE_SA_INIT` was answered, but no keys were agreed on, and nothing
    /// says it failed.
    InitOpen,
    /// An `IKE_AUTH` request was never answered.
    AuthUnanswered,
    /// The responder answered `IKE_AUTH` with nothing but a notification.
    AuthRefused(&'c Message<'a>),
    /// The responder authenticated itself and refused the first Child SA.
    ChildRefused(&'c Message<'a>),
    /// EAP began and did not end well.
    EapBroken(&'c Message<'a>),
    /// The initiator turned the responder down after its last `IKE_AUTH`
    /// message; the message that says so, unless it just left.
    Rejected(&'c Message<'a>, Option<&'c Message<'a>>),
    /// It came up.
    Up(&'c Message<'a>),
    /// The capture does not show its beginning, or ends in the middle.
    Unseen,
}

impl<'c, 'a> V2<'c, 'a> {
    pub(super) fn new(sa: &'c IkeSa<'a>) -> Option<Self> {
        let mut turns: Vec<Turn<'c, 'a>> = Vec::new();
        for message in &sa.messages {
            let ike = message.ike;
            let Exchange::V2(exchange) = ike.exchange else {
                continue;
            };
            let by_initiator = ike.by_initiator != ike.response;
            let key = (exchange, ike.message_id, by_initiator);
            let known = turns
                .iter_mut()
                .find(|turn| (turn.exchange, turn.id, turn.by_initiator) == key);
            let mut new = Turn {
                exchange,
                id: ike.message_id,
                by_initiator,
                requests: Vec::new(),
                responses: Vec::new(),
            };
            let is_new = known.is_none();
            let turn = known.unwrap_or(&mut new);
            if ike.response {
                turn.responses.push(message);
            } else {
                turn.requests.push(message);
            }
            if is_new {
                turns.push(new);
            }
        }
        sorted::by_key(&mut turns, Turn::at);
        (!turns.is_empty() && sa.is_v2()).then_some(Self { sa, turns })
    }

    pub(super) fn of(&self, exchange: ExchangeType) -> impl Iterator<Item = &Turn<'c, 'a>> {
        self.turns
            .iter()
            .filter(move |turn| turn.exchange == exchange)
    }

    pub(super) fn init(&self) -> Option<&Turn<'c, 'a>> {
        self.of(ExchangeType::IKE_SA_INIT).next()
    }

    /// The `IKE_SA_INIT` response that agreed on keys.
    pub(super) fn accepted_init(&self) -> Option<&'c Message<'a>> {
        let responses = &self.init()?.responses;
        let accepted = |m: &&&Message<'a>| m.ike.content.key_exchange.is_some();
        responses.iter().find(accepted).copied()
    }

    pub(super) fn agreed(&self) -> Option<&'a Proposal> {
        self.accepted_init()?.ike.content.proposals.first()
    }

    /// `IKE_AUTH` in the order of message IDs.
    pub(super) fn auth(&self) -> Vec<&Turn<'c, 'a>> {
        let mut turns: Vec<_> = self.of(ExchangeType::IKE_AUTH).collect();
        sorted::by_key(&mut turns, |turn| turn.id);
        turns
    }

    /// More than one round of `IKE_AUTH`: EAP (RFC 7296 §2.16).
    pub(super) fn has_eap(&self) -> bool {
        let auth = self.auth();
        if let Some(first) = auth.first().and_then(|turn| inside(&turn.requests)) {
            return first.auth.is_none();
        }
        let eap = |m: &&Message<'a>| first_payload(m) == Some(PayloadType::EAP.0);
        auth.iter().any(|turn| turn.requests.iter().any(eap))
    }

    /// Encrypted parts as large as only certificates make them.
    pub(super) fn has_certificates(&self) -> bool {
        let auth = self.auth();
        auth.first().is_some_and(|turn| {
            let large = |messages: &[&Message<'a>]| {
                if let Some(inside) = inside(messages) {
                    return !inside.certificates.is_empty();
                }
                inner_len(messages).is_some_and(|len| *len.start() > CERTIFICATE_LEN)
            };
            large(&turn.requests) || large(&turn.responses)
        })
    }

    /// The initiator sent what only a certificate makes that large.
    pub(super) fn initiator_sent_certificate(&self) -> bool {
        self.auth()
            .first()
            .is_some_and(|turn| match inside(&turn.requests) {
                Some(inside) => !inside.certificates.is_empty(),
                None => inner_len(&turn.requests).is_some_and(|len| *len.start() > CERTIFICATE_LEN),
            })
    }

    pub(super) fn outcome(&self) -> Outcome2<'c, 'a> {
        let auth = self.auth();
        let Some(last) = auth.last() else {
            return self.init_outcome();
        };
        let Some(response) = last.responses.first().copied() else {
            return Outcome2::AuthUnanswered;
        };
        if response.ike.untold.first_payload {
            return self.outcome_by_size(last, response);
        }
        if self.is_refusal(&last.responses) {
            return if self.has_eap() {
                Outcome2::EapBroken(response)
            } else {
                Outcome2::AuthRefused(response)
            };
        }
        if self.has_eap() && first_payload(response) == Some(PayloadType::EAP.0) {
            return self.eap_outcome(response);
        }
        if self.lacks_child(last) && !self.made_child_later() {
            return Outcome2::ChildRefused(response);
        }
        match self.rejection(last) {
            Some(message) => Outcome2::Rejected(response, Some(message)),
            None => Outcome2::Up(response),
        }
    }

    /// How it fared by the length of the answer alone, where a text does not
    /// tell what the answer begins with.
    fn outcome_by_size(&self, last: &Turn<'c, 'a>, response: &'c Message<'a>) -> Outcome2<'c, 'a> {
        let sealed = response.ike.sealed.as_ref();
        let len = sealed.and_then(|sealed| sealed.inner_len.as_ref());
        let prf = self.agreed().map_or(16, prf_len);
        match len {
            Some(_) if self.may_be_rejected(last, response) => Outcome2::Unseen,
            Some(len) if *len.end() < AUTH_FIXED_LEN.saturating_add(prf) => {
                Outcome2::AuthRefused(response)
            }
            Some(_) if self.lacks_child(last) => Outcome2::Unseen,
            Some(_) => Outcome2::Up(response),
            None => Outcome2::Unseen,
        }
    }

    /// The initiator's next message is short and comes soon.
    fn may_be_rejected(&self, last: &Turn<'c, 'a>, response: &Message<'a>) -> bool {
        let mut later = self.of(ExchangeType::INFORMATIONAL);
        later.any(|turn| {
            let delay = turn.at().saturating_since(response.at);
            turn.by_initiator && turn.id > last.id && delay < CHECKING
        })
    }

    fn init_outcome(&self) -> Outcome2<'c, 'a> {
        let Some(init) = self.init() else {
            return Outcome2::Unseen;
        };
        if !init.is_answered() {
            return Outcome2::InitUnanswered;
        }
        if self.accepted_init().is_some() {
            return Outcome2::InitOpen;
        }
        let refusal = init.responses.iter().find_map(|message| {
            let notifies = &message.ike.content.notifies;
            let refuses = |notify: &Notify| {
                notify.is_error && notify.number != NotifyType::INVALID_KE_PAYLOAD.0
            };
            notifies.iter().any(refuses).then_some(*message)
        });
        refusal.map_or(Outcome2::InitOpen, Outcome2::InitRefused)
    }

    fn eap_outcome(&self, response: &'c Message<'a>) -> Outcome2<'c, 'a> {
        let later = self
            .turns
            .iter()
            .find(|turn| turn.at() >= response.at && turn.exchange == ExchangeType::INFORMATIONAL);
        match later {
            Some(_) => Outcome2::EapBroken(response),
            None => Outcome2::Unseen,
        }
    }

    /// Nothing but an error notification is in it (RFC 7296 §2.21.2).
    fn is_refusal(&self, responses: &[&'c Message<'a>]) -> bool {
        if let Some(inside) = inside(responses) {
            let eap_failed = inside.user_auth.contains(&UserAuth::EapFailure);
            let error = inside.notifies.iter().any(|notify| notify.is_error);
            return eap_failed || error && inside.auth.is_none();
        }
        let starts_with_notify = responses
            .iter()
            .any(|m| first_payload(m) == Some(PayloadType::NOTIFY.0));
        let in_clear = responses
            .iter()
            .any(|m| m.ike.sealed.is_none() && m.ike.content.notifies.iter().any(|n| n.is_error));
        let small = inner_len(responses).is_none_or(|len| *len.end() < self.smallest_acceptance(9));
        in_clear || starts_with_notify && small
    }

    /// The response authenticates, but is too small for SA, TSi and TSr,
    /// although the request was large enough to ask for them.
    fn lacks_child(&self, last: &Turn<'c, 'a>) -> bool {
        let auth = self.auth();
        let request = auth.first().and_then(|turn| inside(&turn.requests));
        if let (Some(request), Some(response)) = (request, inside(&last.responses)) {
            return !request.proposals.is_empty()
                && response.proposals.is_empty()
                && response.auth.is_some();
        }
        let identity = if self.has_eap() { 0 } else { 9 };
        let needed = self.smallest_acceptance(identity);
        let Some(len) = inner_len(&last.responses) else {
            return false;
        };
        let asked = if self.has_eap() {
            true
        } else {
            inner_len(&last.requests).is_none_or(|len| *len.end() >= needed)
        };
        asked && *len.end() < needed
    }

    /// Bytes of the smallest response that creates a Child SA: an identity of
    /// `identity` bytes, AUTH, SA with one cipher, TSi, TSr.
    fn smallest_acceptance(&self, identity: usize) -> usize {
        let prf = self.agreed().map_or(16, prf_len);
        identity
            .saturating_add(AUTH_FIXED_LEN)
            .saturating_add(prf)
            .saturating_add(CHILD_LEN)
    }

    fn made_child_later(&self) -> bool {
        self.of(ExchangeType::CREATE_CHILD_SA).any(|turn| {
            let accepted = |m: &&Message<'a>| first_payload(m) == Some(PayloadType::SA.0);
            turn.responses.iter().any(accepted)
        })
    }

    /// The initiator's next word is a bare error notification, or it deletes
    /// the SA faster than anybody could have used it.
    fn rejection(&self, last: &Turn<'c, 'a>) -> Option<&'c Message<'a>> {
        let response = last.response()?;
        let next = self
            .turns
            .iter()
            .find(|turn| turn.by_initiator && turn.id == last.id.saturating_add(1))?;
        if next.exchange != ExchangeType::INFORMATIONAL {
            return None;
        }
        let request = next.request()?;
        let delay = request.at.saturating_since(response.at);
        if let Some(inside) = inside(&next.requests) {
            let error = inside.notifies.iter().any(|notify| notify.is_error);
            let delete = !inside.deletes.is_empty() && delay < HASTE;
            return (error || delete).then_some(request);
        }
        let bare = inner_len(&next.requests).is_none_or(|len| *len.start() <= BARE_NOTIFY_LEN);
        let first = first_payload(request)?;
        let notify = first == PayloadType::NOTIFY.0 && bare && delay < CHECKING;
        let delete = first == PayloadType::DELETE.0 && delay < HASTE;
        (notify || delete).then_some(request)
    }
}

/// A quick mode exchange (RFC 2409 §5.5).
#[derive(Debug)]
pub(super) struct Quick<'c, 'a> {
    pub(super) by_initiator: bool,
    pub(super) one: &'c Message<'a>,
    pub(super) two: Option<&'c Message<'a>>,
    pub(super) three: Option<&'c Message<'a>>,
    /// The other end's informational message that came instead of an answer,
    /// or after it from the end that asked.
    pub(super) refused: Option<&'c Message<'a>>,
}

/// A transaction exchange (XAUTH, mode-config).
#[derive(Debug)]
pub(super) struct Transaction<'c, 'a> {
    pub(super) by_initiator: bool,
    pub(super) request: &'c Message<'a>,
    pub(super) reply: Option<&'c Message<'a>>,
}

/// An IKEv1 SA by its phases.
#[derive(Debug)]
pub(super) struct V1<'c, 'a> {
    pub(super) sa: &'c IkeSa<'a>,
    pub(super) aggressive: bool,
    /// Messages of phase 1 in their order: six of main mode, three of
    /// aggressive mode.
    pub(super) phase1: [Option<&'c Message<'a>>; 6],
    pub(super) quick: Vec<Quick<'c, 'a>>,
    pub(super) transactions: Vec<Transaction<'c, 'a>>,
    pub(super) informational: Vec<&'c Message<'a>>,
}

/// How phase 1 of an IKEv1 SA fared.
#[derive(Debug)]
pub(super) enum Outcome1<'c, 'a> {
    /// The first message was never answered.
    Unanswered,
    /// A message in the clear was answered with an error: which, and how.
    Refused(u8, &'c Message<'a>, &'a Notify),
    /// The authenticating message of the initiator was never answered.
    AuthUnanswered(&'c Message<'a>),
    /// It was answered with an encrypted informational message.
    AuthRefused(&'c Message<'a>, &'c Message<'a>),
    /// The initiator turned the responder down after its last message.
    Rejected(&'c Message<'a>, &'c Message<'a>),
    /// Phase 1 was completed.
    Done,
    /// The capture does not show its beginning, or ends in the middle.
    Unseen,
}

impl<'c, 'a> V1<'c, 'a> {
    pub(super) fn new(sa: &'c IkeSa<'a>) -> Option<Self> {
        if sa.is_v2() || sa.messages.is_empty() {
            return None;
        }
        let mut v1 = Self {
            sa,
            aggressive: sa
                .messages
                .iter()
                .any(|m| is_v1(m, isakmp::ExchangeType::AGGRESSIVE)),
            phase1: [None; 6],
            quick: Vec::new(),
            transactions: Vec::new(),
            informational: Vec::new(),
        };
        for message in &sa.messages {
            v1.file(message);
        }
        v1.find_refusals();
        Some(v1)
    }

    pub(super) fn step(&self, number: usize) -> Option<&'c Message<'a>> {
        let index = number.checked_sub(1)?;
        self.phase1.get(index).copied().flatten()
    }

    fn file(&mut self, message: &'c Message<'a>) {
        let Exchange::V1(exchange) = message.ike.exchange else {
            return;
        };
        match exchange {
            isakmp::ExchangeType::IDENTITY_PROTECTION => self.file_main(message),
            isakmp::ExchangeType::AGGRESSIVE => self.file_aggressive(message),
            isakmp::ExchangeType::QUICK_MODE => self.file_quick(message),
            isakmp::ExchangeType::TRANSACTION => self.file_transaction(message),
            isakmp::ExchangeType::INFORMATIONAL => self.informational.push(message),
            _ => {}
        }
    }

    fn file_main(&mut self, message: &'c Message<'a>) {
        let ike = message.ike;
        let pair = if ike.sealed.is_some() {
            4
        } else if ike.content.key_exchange.is_some() {
            2
        } else if !ike.content.proposals.is_empty() {
            0
        } else if ike.untold.content && ike.content.payloads.is_empty() {
            // By their order, where the text lists no payloads.
            let first = self.step(if ike.by_initiator { 2 } else { 3 }).is_none();
            if first { 0 } else { 2 }
        } else {
            return;
        };
        self.put(pair + usize::from(!ike.by_initiator), message);
    }

    fn file_aggressive(&mut self, message: &'c Message<'a>) {
        let step = if !message.ike.by_initiator {
            1
        } else if message.ike.untold.content && message.ike.sealed.is_none() {
            0
        } else if message.ike.sealed.is_some() || message.ike.content.proposals.is_empty() {
            2
        } else {
            0
        };
        self.put(step, message);
    }

    fn put(&mut self, index: usize, message: &'c Message<'a>) {
        if let Some(place) = self.phase1.get_mut(index) {
            place.get_or_insert(message);
        }
    }

    fn file_quick(&mut self, message: &'c Message<'a>) {
        let id = message.ike.message_id;
        let known = self
            .quick
            .iter_mut()
            .find(|quick| quick.one.ike.message_id == id);
        let Some(quick) = known else {
            self.quick.push(Quick {
                by_initiator: message.ike.by_initiator,
                one: message,
                two: None,
                three: None,
                refused: None,
            });
            return;
        };
        if message.ike.by_initiator != quick.by_initiator {
            quick.two.get_or_insert(message);
        } else if quick.two.is_some() {
            quick.three.get_or_insert(message);
        }
    }

    fn file_transaction(&mut self, message: &'c Message<'a>) {
        let id = message.ike.message_id;
        let known = self
            .transactions
            .iter_mut()
            .find(|known| known.request.ike.message_id == id);
        match known {
            None => self.transactions.push(Transaction {
                by_initiator: message.ike.by_initiator,
                request: message,
                reply: None,
            }),
            Some(known) if known.by_initiator != message.ike.by_initiator => {
                known.reply.get_or_insert(message);
            }
            Some(_) => {}
        }
    }

    fn find_refusals(&mut self) {
        for index in 0..self.quick.len() {
            let Some(quick) = self.quick.get(index) else {
                continue;
            };
            let next = self
                .quick
                .get(index.saturating_add(1))
                .map(|next| next.one.at);
            let (after, by_initiator) = match (quick.two, quick.three) {
                (None, _) => (quick.one, !quick.by_initiator),
                (Some(two), None) => (two, quick.by_initiator),
                (Some(_), Some(_)) => continue,
            };
            let refused = self.informational.iter().find(|info| {
                info.at >= after.at
                    && info.at.saturating_since(after.last) < REFUSAL_DELAY
                    && next.is_none_or(|next| info.at <= next || next < after.at)
                    && info.ike.by_initiator == by_initiator
                    && may_refuse(info)
            });
            let refused = refused.copied();
            if let Some(quick) = self.quick.get_mut(index) {
                quick.refused = refused;
            }
        }
    }

    pub(super) fn phase1_done(&self) -> bool {
        let last = if self.aggressive { 3 } else { 6 };
        self.step(last).is_some() || !self.quick.is_empty() || !self.transactions.is_empty()
    }

    /// Quick mode was completed: the third message went by, or the second and
    /// nothing speaks against it.
    pub(super) fn phase2_done(&self) -> bool {
        self.quick.iter().any(|quick| quick.three.is_some())
    }

    /// The initiator's message that authenticates it, and the responder's.
    pub(super) fn authenticating(&self) -> (Option<&'c Message<'a>>, Option<&'c Message<'a>>) {
        if self.aggressive {
            (self.step(3), self.step(2))
        } else {
            (self.step(5), self.step(6))
        }
    }

    pub(super) fn outcome(&self) -> Outcome1<'c, 'a> {
        let (initiator, responder) = self.authenticating();
        if let Some(rejected) = self.rejection(responder) {
            return rejected;
        }
        if self.phase1_done() {
            return Outcome1::Done;
        }
        if let (Some(five), false) = (initiator, self.aggressive) {
            let answer = self.info_after(five, false).filter(|info| may_refuse(info));
            return answer.map_or(Outcome1::AuthUnanswered(five), |answer| {
                Outcome1::AuthRefused(five, answer)
            });
        }
        if let Some(refused) = self.clear_refusal() {
            return refused;
        }
        let answered = self.sa.messages.iter().any(|m| !m.ike.by_initiator);
        match self.step(1) {
            Some(_) if !answered => Outcome1::Unanswered,
            _ => Outcome1::Unseen,
        }
    }

    /// After the responder's authenticating message the initiator sends an
    /// informational message and gets no further.
    fn rejection(&self, responder: Option<&'c Message<'a>>) -> Option<Outcome1<'c, 'a>> {
        let responder = responder?;
        let went_on = !self.quick.is_empty()
            || !self.transactions.is_empty()
            || self.aggressive && self.step(3).is_some();
        let rejection = self
            .info_after(responder, true)
            .filter(|info| may_refuse(info))?;
        let soon = rejection.at.saturating_since(responder.at) < CHECKING;
        (!went_on && soon).then_some(Outcome1::Rejected(responder, rejection))
    }

    fn clear_refusal(&self) -> Option<Outcome1<'c, 'a>> {
        let refusal = self.informational.iter().find_map(|message| {
            let error = |notify: &&Notify| notify.is_error;
            let notify = message.ike.content.notifies.iter().find(error)?;
            (!message.ike.by_initiator).then_some((*message, notify))
        });
        let (message, notify) = refusal?;
        let step = (1_u8..=5).rev().find(|&step| {
            let sent = self.step(usize::from(step));
            step % 2 == 1 && sent.is_some_and(|sent| sent.at <= message.at)
        });
        Some(Outcome1::Refused(step?, message, notify))
    }

    /// The first informational message of one end after `message`.
    pub(super) fn info_after(
        &self,
        message: &Message<'a>,
        by_initiator: bool,
    ) -> Option<&'c Message<'a>> {
        let found = self
            .informational
            .iter()
            .find(|info| info.at >= message.at && info.ike.by_initiator == by_initiator);
        found.copied()
    }
}

pub(super) fn is_v1(message: &Message<'_>, exchange: isakmp::ExchangeType) -> bool {
    message.ike.exchange == Exchange::V1(exchange)
}

pub(super) fn first_payload(message: &Message<'_>) -> Option<u8> {
    let sealed = message.ike.sealed.as_ref()?;
    match message.ike.fragment {
        Some((number, _)) if number > 1 => None,
        _ => sealed.first_payload,
    }
}

/// Lengths that the payloads inside these messages can have together; parts
/// of one message are added up.
pub(super) fn inner_len(messages: &[&Message<'_>]) -> Option<RangeInclusive<usize>> {
    let whole = |m: &&&Message<'_>| m.ike.fragment.is_none_or(|(number, _)| number == 0);
    if let Some(message) = messages.iter().find(whole) {
        return message.ike.sealed.as_ref().map(sealed_len);
    }
    let mut sum: Option<RangeInclusive<usize>> = None;
    for message in messages {
        let part = sealed_len(message.ike.sealed.as_ref()?);
        let so_far = sum.unwrap_or(0..=0);
        let start = so_far.start().saturating_add(*part.start());
        sum = Some(start..=so_far.end().saturating_add(*part.end()));
    }
    sum
}

/// Without the suite: at least an IV and a checksum go off.
fn sealed_len(sealed: &Sealed) -> RangeInclusive<usize> {
    let guess = sealed.len.saturating_sub(OVERHEAD_MAX)..=sealed.len.saturating_sub(OVERHEAD_MIN);
    sealed.inner_len.clone().unwrap_or(guess)
}

/// Output of the pseudorandom function, and so length of a shared-key AUTH.
fn prf_len(agreed: &Proposal) -> usize {
    use crate::wire::registry::ike::Prf;
    let prf = agreed
        .transforms
        .iter()
        .find(|t| t.kind == TransformKind::Prf);
    match prf.and_then(|prf| u16::try_from(prf.id).ok()).map(Prf) {
        Some(Prf::PRF_HMAC_SHA2_256) => 32,
        Some(Prf::PRF_HMAC_SHA2_384) => 48,
        Some(Prf::PRF_HMAC_SHA2_512) => 64,
        Some(Prf::PRF_HMAC_SHA1) => 20,
        _ => 16,
    }
}

/// IV, padding and checksum of the largest and of the smallest suite.
const OVERHEAD_MAX: usize = 16 + 16 + 32;
const OVERHEAD_MIN: usize = 8 + 1 + 8;

/// Header and method of the AUTH payload (RFC 7296 §3.8).
const AUTH_FIXED_LEN: usize = 8;

/// SA with one cipher and sequence numbers, TSi and TSr for IPv4.
const CHILD_LEN: usize = 4 + 12 + 8 + 8 + 24 + 24;

/// Inner payloads longer than this hold a certificate: without one, identities,
/// AUTH, SA and selectors stay below it.
const CERTIFICATE_LEN: usize = 520;

/// A notification without data is 8 bytes long; with an SPI 12.
const BARE_NOTIFY_LEN: usize = 12;

/// No administrator deletes a new SA within this time.
const HASTE: Duration = Duration::from_millis(60);

/// Checking certificates, with a look at revocation lists, takes no longer.
const CHECKING: Duration = Duration::from_secs(30);

/// An informational message this long after a quick mode message is no
/// answer to it any more.
const REFUSAL_DELAY: Duration = Duration::from_secs(3);
