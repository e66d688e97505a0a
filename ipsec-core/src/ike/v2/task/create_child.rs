//! CREATE_CHILD_SA for child SAs: new ones, and new ones in place of old
//! (RFC 7296 §1.3.1, §1.3.3, §2.8.1, §2.25.1).

use super::{Active, Task};
use crate::crypto::{KeyExchange as Exchange, Secret};
use crate::evidence::LogEvent;
use crate::ike::context::Context;
use crate::ike::error::Error;
use crate::ike::event::ChildId;
use crate::ike::selectors;
use crate::ike::suite::{self, offer};
use crate::ike::v2::auth::{Step, child_failed, notified, notify};
use crate::ike::v2::channel::Head;
use crate::ike::v2::child::{self, Agreed, Fate, KeySource, Offer};
use crate::ike::v2::content::Content;
use crate::ike::v2::established::{Established, Which};
use crate::ike::v2::init::check_nonce;
use crate::keymat::Nonces;
use crate::time::{Duration, Instant};
use crate::wire::ike::{Body, Ke, Notify, NotifyData, Payload};
use crate::wire::registry::ike::{ExchangeType, KeyExchange, NotifyType, PayloadType, ProtocolId};
use alloc::boxed::Box;
use alloc::vec::Vec;

/// A child SA that we have asked for.
pub(in crate::ike) struct ChildAttempt {
    pub(in crate::ike) offer: Offer,
    pub(super) replaces: Option<ChildId>,
    nonce: Vec<u8>,
    exchange: Option<Box<dyn Exchange>>,
    group: KeyExchange,
    /// What the peer made in place of the same child.
    rival: Option<Rival>,
}

/// A child SA that the peer made while we are making one.
#[derive(Clone, Debug)]
struct Rival {
    child: ChildId,
    lowest_nonce: Vec<u8>,
}

impl Established {
    /// The configuration of a child that nobody has replaced.
    pub(super) fn living(&mut self, id: ChildId) -> Option<usize> {
        let child = self.child(id)?;
        (child.fate == Fate::Lives).then_some(child.which)
    }

    pub(super) fn start_child(
        &mut self,
        cx: &mut Context<'_>,
        which: usize,
        replaces: Option<ChildId>,
        group: Option<KeyExchange>,
    ) -> Option<Active> {
        let peer = cx.peer.clone();
        let config = peer.children.get(which)?;
        let offer = Offer::new(cx, which, false);
        let proposals = offer.proposals(cx);
        let groups = suite::groups(&proposals);
        let group = group.or_else(|| groups.first().copied());
        let exchange = group.and_then(|group| {
            let exchange = cx.provider().group(group)?.start(cx.random()).ok()?;
            Some((group, exchange))
        });
        let nonce = cx.nonce();
        let message = ChildPayloads {
            proposals: &proposals,
            spi: offer.inbound.to_be_bytes(),
            nonce: &nonce,
            public: exchange
                .as_ref()
                .map(|(group, exchange)| (*group, exchange.public())),
            ts_i: &config.local,
            ts_r: &config.remote,
            transport: config.transport,
        };
        let replaced = replaces.map(|child| child.0.to_be_bytes());
        let mut payloads = Vec::new();
        if let Some(spi) = &replaced {
            payloads.push(notify(Notify {
                protocol: ProtocolId::ESP,
                spi,
                kind: NotifyType::REKEY_SA,
                data: NotifyData::Raw(&[]),
            }));
        }
        payloads.extend(message.payloads());
        self.send(cx, ExchangeType::CREATE_CHILD_SA, &payloads);
        drop(payloads);
        self.early_deletes.clear();
        let (group, exchange) = match exchange {
            Some((group, exchange)) => (group, Some(exchange)),
            None => (KeyExchange::NONE, None),
        };
        Some(Active::Child(Box::new(ChildAttempt {
            offer,
            replaces,
            nonce,
            exchange,
            group,
            rival: None,
        })))
    }

    pub(super) fn child_answered(
        &mut self,
        cx: &mut Context<'_>,
        attempt: ChildAttempt,
        content: &Content,
    ) -> Step {
        let outcome = self.take_child(cx, &attempt, content);
        match outcome {
            Ok(made) => self.settle(cx, &attempt, made, content),
            Err(error) => {
                cx.free_spi(attempt.offer.inbound);
                return self.child_refused(cx, &attempt, error);
            }
        }
        Step::Stay
    }

    fn take_child(
        &mut self,
        cx: &mut Context<'_>,
        attempt: &ChildAttempt,
        content: &Content,
    ) -> Result<ChildId, Error> {
        let agreed = attempt.offer.accepted(cx, content)?;
        let theirs = content.nonce.as_deref().unwrap_or_default();
        check_nonce(theirs).map_err(|_| Error::Misbehaved("the nonce has a wrong length"))?;
        let not_asked = Error::Misbehaved("the key exchange is not the one asked for");
        let shared = match (agreed.suite.group, &attempt.exchange, &content.public) {
            (KeyExchange::NONE, _, _) => None,
            (group, Some(exchange), Some((sent, public)))
                if group == attempt.group && *sent == group =>
            {
                Some(exchange.finish(public).map_err(|_| not_asked)?)
            }
            _ => return Err(not_asked),
        };
        let nonces = Nonces {
            i: &attempt.nonce,
            r: theirs,
        };
        self.install(cx, agreed, nonces, shared.as_ref(), true, attempt.replaces)
    }

    fn install(
        &mut self,
        cx: &mut Context<'_>,
        agreed: Agreed,
        nonces: Nonces<'_>,
        shared: Option<&Secret>,
        initiator: bool,
        replaces: Option<ChildId>,
    ) -> Result<ChildId, Error> {
        let source = KeySource {
            prf: self.sa.channel.suite.prf,
            sk_d: &self.sa.channel.sk_d,
            nonces,
            shared,
            initiator,
        };
        let path = self.path;
        let child = child::set_up(cx, source, agreed, &path, replaces)?;
        let id = child.id;
        self.children.push(child);
        Ok(id)
    }

    /// What becomes of the old child, and of a rival, now that ours is made
    /// (RFC 7296 §2.8.1).
    fn settle(
        &mut self,
        cx: &mut Context<'_>,
        attempt: &ChildAttempt,
        made: ChildId,
        content: &Content,
    ) {
        let outbound = self.child(made).map(|child| child.outbound);
        if outbound.is_some_and(|spi| self.early_deletes.contains(&spi)) {
            self.drop_child(cx, made, true);
        }
        let Some(old) = attempt.replaces else {
            return;
        };
        let theirs = content.nonce.clone().unwrap_or_default();
        let lowest = attempt.nonce.clone().min(theirs);
        let rival = attempt.rival.as_ref();
        match rival {
            Some(rival) if lowest < rival.lowest_nonce => {
                cx.tell(true, LogEvent::Collision);
                self.doom(made, Fate::Replaced(rival.child));
                self.want(Task::DeleteChild(made));
                self.doom(old, Fate::Replaced(rival.child));
            }
            Some(rival) => {
                cx.tell(true, LogEvent::Collision);
                self.doom(rival.child, Fate::Replaced(made));
                self.doom(old, Fate::Replaced(made));
                self.want(Task::DeleteChild(old));
            }
            None => {
                self.doom(old, Fate::Replaced(made));
                self.want(Task::DeleteChild(old));
            }
        }
    }

    fn doom(&mut self, id: ChildId, fate: Fate) {
        if let Some(child) = self.child(id) {
            child.fate = fate;
        }
    }

    fn child_refused(
        &mut self,
        cx: &mut Context<'_>,
        attempt: &ChildAttempt,
        error: Error,
    ) -> Step {
        if let (Some(old), Some(rival)) = (attempt.replaces, &attempt.rival) {
            // The peer has replaced it; that is as good.
            self.doom(old, Fate::Replaced(rival.child));
            return Step::Stay;
        }
        let which = attempt.offer.which;
        match (&error, attempt.replaces) {
            (Error::OtherGroup(group), replaces) if *group != attempt.group => {
                let group = Some(*group);
                let ours = suite::groups(&attempt.offer.proposals(cx));
                if group.is_some_and(|group| ours.contains(&group)) {
                    self.queue.push_front(match replaces {
                        None => Task::NewChild { which, group },
                        Some(child) => Task::RekeyChild { child, group },
                    });
                    return Step::Stay;
                }
            }
            (Error::Refused(NotifyType::TEMPORARY_FAILURE), Some(old)) => {
                let again = soon(cx);
                if let Some(child) = self.child(old) {
                    child.rekey_at = Some(again);
                }
                return Step::Stay;
            }
            (Error::Refused(NotifyType::CHILD_SA_NOT_FOUND), Some(old)) => {
                self.drop_child(cx, old, true);
                self.want(Task::NewChild { which, group: None });
                return Step::Stay;
            }
            _ => {}
        }
        if let Error::Refused(kind) = error {
            if error.is_fatal() {
                return self.told_off(cx, kind);
            }
            cx.tell(true, notified(kind));
        }
        let fatal = error.is_fatal();
        child_failed(cx, which, error);
        if fatal {
            self.want(Task::DeleteIke(crate::ike::event::CloseReason::Error(
                Error::Misbehaved("the answer to CREATE_CHILD_SA is none"),
            )));
        }
        Step::Stay
    }

    /// Answers a CREATE_CHILD_SA request.
    ///
    /// # Errors
    ///
    /// What it is refused with.
    pub(in crate::ike) fn create(
        &mut self,
        cx: &mut Context<'_>,
        which: Which,
        head: Head,
        content: &Content,
    ) -> Result<(), Error> {
        if which != Which::Current || matches!(self.active, Some(Active::DeleteIke(_))) {
            return Err(Error::Temporary);
        }
        if !content.ike.is_empty() {
            return self.rekey_requested(cx, head, content);
        }
        if matches!(self.active, Some(Active::RekeyIke(_))) {
            return Err(Error::Temporary);
        }
        let old = self.replaced(content)?;
        if self.children.len() >= CHILDREN_MAX {
            return Err(Error::NoMore);
        }
        let theirs = content.nonce.as_deref().unwrap_or_default();
        check_nonce(theirs).map_err(|_| Error::Misbehaved("the nonce has a wrong length"))?;
        let like = old.and_then(|old| self.child(old)).map(|child| child.which);
        let agreed = child::agree(cx, content, false, like)?;
        let answered = self.answer_child(cx, head, content, &agreed);
        let Answered { nonce, shared } = match answered {
            Ok(answered) => answered,
            Err(error) => {
                cx.free_spi(agreed.inbound);
                return Err(error);
            }
        };
        let nonces = Nonces {
            i: theirs,
            r: &nonce,
        };
        let made = self.install(cx, agreed, nonces, shared.as_ref(), false, old)?;
        if let Some(old) = old {
            self.meet(old, made, nonce.min(theirs.to_vec()));
        }
        Ok(())
    }

    /// The child that the peer wants to replace.
    fn replaced(&self, content: &Content) -> Result<Option<ChildId>, Error> {
        let Some(spi) = content.rekeys() else {
            return Ok(None);
        };
        let mut children = self.children.iter();
        let found = children.find(|child| Some(child.outbound) == spi);
        match found {
            Some(child) if child.fate == Fate::Lives => Ok(Some(child.id)),
            // It is being deleted (RFC 7296 §2.25.1).
            Some(_) => Err(Error::Temporary),
            // The answer that makes it known to us may be under way.
            None if matches!(self.active, Some(Active::Child(_))) => Err(Error::Temporary),
            None => Err(Error::NoSuchChild),
        }
    }

    /// The peer has replaced `old` by `made`; perhaps we are about to, too.
    fn meet(&mut self, old: ChildId, made: ChildId, lowest_nonce: Vec<u8>) {
        if let Some(Active::Child(attempt)) = &mut self.active
            && attempt.replaces == Some(old)
        {
            attempt.rival = Some(Rival {
                child: made,
                lowest_nonce,
            });
            return;
        }
        self.queue
            .retain(|task| !matches!(task, Task::RekeyChild { child, .. } if *child == old));
        self.doom(old, Fate::Replaced(made));
    }

    fn answer_child(
        &mut self,
        cx: &mut Context<'_>,
        head: Head,
        content: &Content,
        agreed: &Agreed,
    ) -> Result<Answered, Error> {
        let exchanged = exchange(cx, agreed.suite.group, content)?;
        let nonce = cx.nonce();
        let message = ChildPayloads {
            proposals: core::slice::from_ref(&agreed.proposal),
            spi: agreed.inbound.to_be_bytes(),
            nonce: &nonce,
            public: exchanged
                .as_ref()
                .map(|(public, _)| (agreed.suite.group, &public[..])),
            ts_i: &agreed.remote,
            ts_r: &agreed.local,
            transport: agreed.transport,
        };
        self.answer(cx, Which::Current, head, &message.payloads());
        let shared = exchanged.map(|(_, shared)| shared);
        Ok(Answered { nonce, shared })
    }
}

struct Answered {
    nonce: Vec<u8>,
    shared: Option<Secret>,
}

/// The responder's side of a key exchange in `group`, if it is one.
pub(super) fn exchange(
    cx: &mut Context<'_>,
    group: KeyExchange,
    content: &Content,
) -> Result<Option<(Vec<u8>, Secret)>, Error> {
    if group == KeyExchange::NONE {
        return Ok(None);
    }
    let (sent, public) = content.public.as_ref().ok_or(Error::OtherGroup(group))?;
    if *sent != group {
        return Err(Error::OtherGroup(group));
    }
    let found = cx.provider().group(group).ok_or(Error::NoProposal)?;
    let exchanged = found.respond(public, cx.random());
    let bad = Error::Misbehaved("the public value is none of the group");
    exchanged.map(Some).map_err(|_| bad)
}

/// When to try again what the peer could not do at the moment: in five to ten
/// seconds, so that both ends do not collide for ever.
pub(super) fn soon(cx: &mut Context<'_>) -> Instant {
    let mut random = [0; 2];
    cx.random().fill(&mut random);
    let share = u64::from(u16::from_be_bytes(random)) * 5000 / u64::from(u16::MAX);
    cx.now.saturating_add(Duration::from_millis(5000 + share))
}

struct ChildPayloads<'a> {
    proposals: &'a [crate::sa::proposal::Proposal],
    spi: [u8; 4],
    nonce: &'a [u8],
    public: Option<(KeyExchange, &'a [u8])>,
    ts_i: &'a [crate::sa::selector::Selector],
    ts_r: &'a [crate::sa::selector::Selector],
    transport: bool,
}

impl ChildPayloads<'_> {
    fn payloads(&self) -> Vec<Payload<'_>> {
        let sa = Body::Sa(offer(self.proposals, &self.spi));
        let mut payloads = Vec::from([
            Payload::new(PayloadType::SA, sa),
            Payload::new(PayloadType::NONCE, Body::Nonce(self.nonce)),
        ]);
        if let Some((group, public)) = self.public {
            let ke = Body::Ke(Ke::new(group, public));
            payloads.push(Payload::new(PayloadType::KE, ke));
        }
        for (kind, list) in [(PayloadType::TSI, self.ts_i), (PayloadType::TSR, self.ts_r)] {
            let ts = Body::Ts(selectors::payload(list));
            payloads.push(Payload::new(kind, ts));
        }
        if self.transport {
            payloads.push(notify(Notify::empty(NotifyType::USE_TRANSPORT_MODE)));
        }
        payloads
    }
}

/// Child SAs of one connection.
const CHILDREN_MAX: usize = 256;
