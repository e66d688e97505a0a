//! CREATE_CHILD_SA for the IKE SA itself (RFC 7296 §1.3.2, §2.8.1, §2.18,
//! §2.25.2).

use super::create_child::{exchange, soon};
use super::informational::delete_ike;
use super::{Active, Task};
use crate::crypto::{KeyExchange as Exchange, Secret};
use crate::evidence::LogEvent;
use crate::ike::context::Context;
use crate::ike::error::Error;
use crate::ike::index::new_spi;
use crate::ike::suite::{self, IkeSuite};
use crate::ike::v2::auth::{Step, notified};
use crate::ike::v2::channel::{Channel, Head};
use crate::ike::v2::content::Content;
use crate::ike::v2::established::{Established, IkeSa, Which};
use crate::ike::v2::init::{answer_to, check_nonce};
use crate::keymat::ikev2::{self, IkeKeys};
use crate::keymat::{Nonces, Spis};
use crate::sa::proposal::{Preference, Proposal, choose};
use crate::wire::ike::{Body, Ke, Payload};
use crate::wire::registry::ike::{ExchangeType, KeyExchange, NotifyType, PayloadType};
use alloc::boxed::Box;
use alloc::vec::Vec;

/// An IKE SA that we have asked for.
pub(in crate::ike) struct IkeAttempt {
    spi: u64,
    nonce: Vec<u8>,
    exchange: Box<dyn Exchange>,
    group: KeyExchange,
    /// What the peer made in the meantime.
    rival: Option<Rival>,
}

struct Rival {
    sa: IkeSa,
    lowest_nonce: Vec<u8>,
}

impl IkeAttempt {
    pub(super) fn rival_sa(&mut self) -> Option<&mut IkeSa> {
        self.rival.as_mut().map(|rival| &mut rival.sa)
    }

    pub(super) fn take_rival(&mut self) -> Option<IkeSa> {
        self.rival.take().map(|rival| rival.sa)
    }
}

impl Established {
    pub(super) fn start_rekey(
        &mut self,
        cx: &mut Context<'_>,
        group: Option<KeyExchange>,
    ) -> Option<Active> {
        let proposals = suite::usable(cx.provider(), &cx.peer.proposals);
        let current = self.sa.channel.suite.group;
        let group = group.unwrap_or(current);
        let exchange = cx.provider().group(group)?.start(cx.random()).ok()?;
        let spi = new_spi(cx.connection.key(), cx.random());
        let nonce = cx.nonce();
        let spi_bytes = spi.to_be_bytes();
        let payloads = payloads(&proposals, &spi_bytes, group, exchange.public(), &nonce);
        self.send(cx, ExchangeType::CREATE_CHILD_SA, &payloads);
        drop(payloads);
        Some(Active::RekeyIke(Box::new(IkeAttempt {
            spi,
            nonce,
            exchange,
            group,
            rival: None,
        })))
    }

    pub(super) fn rekey_answered(
        &mut self,
        cx: &mut Context<'_>,
        mut attempt: IkeAttempt,
        content: &Content,
    ) -> Step {
        let made = self.take_sa(cx, &attempt, content);
        let theirs = content.nonce.clone().unwrap_or_default();
        let lowest = attempt.nonce.clone().min(theirs);
        match (made, attempt.rival.take()) {
            (Ok(sa), None) => {
                self.switch(cx, sa);
                self.send_retired(cx, ExchangeType::INFORMATIONAL, &[delete_ike()]);
            }
            (Ok(sa), Some(rival)) if lowest < rival.lowest_nonce => {
                cx.tell(false, LogEvent::Collision);
                // The peer deletes the old one, we the one that we made.
                self.switch(cx, rival.sa);
                self.retire(cx, sa);
                self.send_retired(cx, ExchangeType::INFORMATIONAL, &[delete_ike()]);
            }
            (Ok(sa), Some(rival)) => {
                cx.tell(false, LogEvent::Collision);
                self.retire(cx, rival.sa);
                self.switch(cx, sa);
                self.send_retired(cx, ExchangeType::INFORMATIONAL, &[delete_ike()]);
            }
            (Err(_), Some(rival)) => self.switch(cx, rival.sa),
            (Err(error), None) => self.rekey_refused(cx, &attempt, error),
        }
        Step::Stay
    }

    fn rekey_refused(&mut self, cx: &mut Context<'_>, attempt: &IkeAttempt, error: Error) {
        if let Error::OtherGroup(group) = error {
            let ours = suite::usable(cx.provider(), &cx.peer.proposals);
            if group != attempt.group && suite::groups(&ours).contains(&group) {
                let group = Some(group);
                self.queue.push_front(Task::RekeyIke { group });
                return;
            }
        } else if let Error::Refused(kind) = error {
            if kind != NotifyType::TEMPORARY_FAILURE {
                cx.tell(false, notified(kind));
            }
        } else {
            cx.tell(false, LogEvent::Malformed(alloc::format!("{error}")));
        }
        self.rekey_at = Some(soon(cx));
    }

    fn take_sa(
        &self,
        cx: &mut Context<'_>,
        attempt: &IkeAttempt,
        content: &Content,
    ) -> Result<IkeSa, Error> {
        if let Some(kind) = content.error() {
            let group = content.wanted_group();
            return Err(group.map_or(Error::Refused(kind), Error::OtherGroup));
        }
        let not_ours = Error::Misbehaved("the answer is not one to the offer");
        let [answer] = &content.ike[..] else {
            return Err(not_ours);
        };
        let spi_r = answer.ike_spi().ok_or(not_ours.clone())?;
        let ours = suite::usable(cx.provider(), &cx.peer.proposals);
        let chosen = answer_to(&ours, &answer.proposal).ok_or(not_ours.clone())?;
        let suite = IkeSuite::of(cx.provider(), &chosen).ok_or(not_ours.clone())?;
        let (group, public) = content.public.as_ref().ok_or(not_ours.clone())?;
        if suite.group != attempt.group || *group != attempt.group {
            return Err(not_ours);
        }
        let shared = attempt.exchange.finish(public);
        let shared = shared.map_err(|_| not_ours.clone())?;
        let theirs = content.nonce.as_deref().unwrap_or_default();
        check_nonce(theirs).map_err(|_| not_ours.clone())?;
        let spis = Spis {
            i: attempt.spi.to_be_bytes(),
            r: spi_r.to_be_bytes(),
        };
        let nonces = Nonces {
            i: &attempt.nonce,
            r: theirs,
        };
        self.successor(cx, suite, spis, true, nonces, &shared)
            .ok_or(not_ours)
    }

    fn successor(
        &self,
        cx: &mut Context<'_>,
        suite: IkeSuite,
        spis: Spis,
        initiator: bool,
        nonces: Nonces<'_>,
        shared: &Secret,
    ) -> Option<IkeSa> {
        let old = &self.sa.channel;
        let seed = ikev2::skeyseed_rekeyed(old.suite.prf, &old.sk_d, nonces, &[shared]);
        let keys = IkeKeys::expand(suite.prf, &seed, nonces, spis, suite.cipher.sizes).ok()?;
        let mut channel = Channel::new(cx.provider(), suite, spis, initiator, &keys).ok()?;
        channel.fragment = old.fragment;
        Some(Self::new_sa(cx, channel, &keys))
    }

    /// Answers the peer's request to replace the IKE SA.
    pub(super) fn rekey_requested(
        &mut self,
        cx: &mut Context<'_>,
        head: Head,
        content: &Content,
    ) -> Result<(), Error> {
        if matches!(
            self.active,
            Some(Active::Child(_) | Active::DeleteChildren(_))
        ) {
            return Err(Error::Temporary);
        }
        let theirs = content.nonce.as_deref().unwrap_or_default();
        check_nonce(theirs).map_err(|_| Error::Misbehaved("the nonce has a wrong length"))?;
        let ours = suite::usable(cx.provider(), &cx.peer.proposals);
        let sent = content.public.as_ref().map(|(group, _)| *group);
        let offered: Vec<Proposal> = content
            .ike
            .iter()
            .map(|one| with_group(one, sent))
            .collect();
        let all: Vec<Proposal> = content.ike.iter().map(|one| one.proposal.clone()).collect();
        let choice = choose(&offered, &ours, Preference::Accepted)
            .or_else(|_| choose(&all, &ours, Preference::Accepted))
            .map_err(|_| Error::NoProposal)?;
        let suite = IkeSuite::of(cx.provider(), &choice.proposal).ok_or(Error::NoProposal)?;
        let spi_i = content
            .ike
            .get(choice.offered)
            .and_then(suite::Offered::ike_spi);
        let spi_i = spi_i.ok_or(Error::Misbehaved("the SPI is none"))?;
        let exchanged = exchange(cx, suite.group, content)?;
        let (public, shared) = exchanged.ok_or(Error::NoProposal)?;
        let spi_r = new_spi(cx.connection.key(), cx.random());
        let nonce = cx.nonce();
        let spis = Spis {
            i: spi_i.to_be_bytes(),
            r: spi_r.to_be_bytes(),
        };
        let nonces = Nonces {
            i: theirs,
            r: &nonce,
        };
        let sa = self.successor(cx, suite, spis, false, nonces, &shared);
        let sa = sa.ok_or(Error::NoProposal)?;
        let chosen = core::slice::from_ref(&choice.proposal);
        let payloads = payloads(chosen, &spis.r, suite.group, &public, &nonce);
        self.answer(cx, Which::Current, head, &payloads);
        drop(payloads);
        let lowest_nonce = nonce.min(theirs.to_vec());
        match &mut self.active {
            Some(Active::RekeyIke(attempt)) => attempt.rival = Some(Rival { sa, lowest_nonce }),
            _ => {
                self.active = None;
                self.sa.exchanges.finish();
                self.switch(cx, sa);
            }
        }
        Ok(())
    }
}

/// What is offered with the group whose public value is there.
fn with_group(offered: &suite::Offered, sent: Option<KeyExchange>) -> Proposal {
    use crate::wire::registry::ike::TransformType;
    let mut proposal = offered.proposal.clone();
    proposal.transforms.retain(|transform| {
        transform.kind != TransformType::KE || Some(KeyExchange(transform.id)) == sent
    });
    proposal
}

fn payloads<'a>(
    proposals: &[Proposal],
    spi: &'a [u8; 8],
    group: KeyExchange,
    public: &'a [u8],
    nonce: &'a [u8],
) -> [Payload<'a>; 3] {
    [
        Payload::new(PayloadType::SA, Body::Sa(suite::offer(proposals, spi))),
        Payload::new(PayloadType::NONCE, Body::Nonce(nonce)),
        Payload::new(PayloadType::KE, Body::Ke(Ke::new(group, public))),
    ]
}
