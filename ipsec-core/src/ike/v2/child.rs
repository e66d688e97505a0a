//! A pair of child SAs: agreed on, set up, and counted down (RFC 7296 §1.3,
//! §2.9, §2.17).

use super::content::Content;
use super::init::answer_to;
use crate::crypto::{Prf, Secret};
use crate::esp::sa::{EspReceiver, EspSender};
use crate::esp::transform::{EspTransform, Integrity};
use crate::evidence::{ChildSpis, LogEvent};
use crate::ike::config::ChildConfig;
use crate::ike::context::Context;
use crate::ike::error::Error;
use crate::ike::event::{ChildId, ChildUp, Event, ExportedKeys, copy};
use crate::ike::nat::Path;
use crate::ike::selectors;
use crate::ike::suite::{self, ChildSuite, Offered};
use crate::keymat::ikev2::ChildKeys;
use crate::keymat::{Nonces, SaKeys};
use crate::sa::lifetime::Lifetime;
use crate::sa::proposal::{Preference, Proposal, choose};
use crate::sa::selector::{Selector, covers};
use crate::time::{Duration, Instant};
use crate::wire::registry::ike::{KeyExchange, NotifyType, TransformType};
use alloc::boxed::Box;
use alloc::vec::Vec;

/// A pair of child SAs that the host uses.
#[derive(Debug)]
pub(in crate::ike) struct Child {
    pub(in crate::ike) id: ChildId,
    /// SPI of what we send.
    pub(in crate::ike) outbound: u32,
    /// Index of its configuration among its peer's.
    pub(in crate::ike) which: usize,
    pub(in crate::ike) fate: Fate,
    pub(in crate::ike) rekey_at: Option<Instant>,
    pub(in crate::ike) expire_at: Option<Instant>,
}

/// What becomes of a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ike) enum Fate {
    /// It is in use.
    Lives,
    /// It has been replaced, and one of the ends will delete it.
    Replaced(ChildId),
    /// It lost a collision or is unwanted; we delete it.
    Doomed,
}

/// What both ends agreed on.
#[derive(Debug)]
pub(in crate::ike) struct Agreed {
    pub(in crate::ike) which: usize,
    pub(in crate::ike) suite: ChildSuite,
    /// The answer to the initiator's offer.
    pub(in crate::ike) proposal: Proposal,
    pub(in crate::ike) inbound: u32,
    pub(in crate::ike) outbound: u32,
    pub(in crate::ike) local: Vec<Selector>,
    pub(in crate::ike) remote: Vec<Selector>,
    pub(in crate::ike) transport: bool,
}

/// A child that we have asked for.
#[derive(Clone, Copy, Debug)]
pub(in crate::ike) struct Offer {
    pub(in crate::ike) which: usize,
    pub(in crate::ike) inbound: u32,
    /// Asked for in `IKE_AUTH`, where there is no key exchange.
    pub(in crate::ike) first: bool,
}

impl Offer {
    pub(in crate::ike) fn new(cx: &mut Context<'_>, which: usize, first: bool) -> Self {
        Self {
            which,
            inbound: cx.child_spi(),
            first,
        }
    }

    /// What is offered.
    pub(in crate::ike) fn proposals(&self, cx: &Context<'_>) -> Vec<Proposal> {
        let config = cx.peer.children.get(self.which);
        proposals(cx, config, self.first)
    }

    /// Judges the peer's answer.
    ///
    /// # Errors
    ///
    /// The peer refused, or agreed to what was not offered.
    pub(in crate::ike) fn accepted(
        &self,
        cx: &Context<'_>,
        content: &Content,
    ) -> Result<Agreed, Error> {
        if let Some(kind) = content.error() {
            return Err(match content.wanted_group() {
                Some(group) => Error::OtherGroup(group),
                None => Error::Refused(kind),
            });
        }
        let not_ours = Error::Misbehaved("the answer is not one to the offer");
        let config = cx.peer.children.get(self.which).ok_or(Error::NoProposal)?;
        let [answer] = &content.esp[..] else {
            return Err(not_ours);
        };
        let outbound = answer.child_spi().ok_or(not_ours.clone())?;
        let chosen = answer_to(&self.proposals(cx), &answer.proposal).ok_or(not_ours.clone())?;
        let suite = ChildSuite::of(&chosen).ok_or(not_ours)?;
        let (Some(local), Some(remote)) = (&content.ts_i, &content.ts_r) else {
            return Err(Error::NoSelectors);
        };
        let within = covers(&config.local, local) && covers(&config.remote, remote);
        if local.is_empty() || remote.is_empty() || !within {
            return Err(Error::NoSelectors);
        }
        Ok(Agreed {
            which: self.which,
            suite,
            proposal: chosen,
            inbound: self.inbound,
            outbound,
            local: local.clone(),
            remote: remote.clone(),
            transport: config.transport && content.says(NotifyType::USE_TRANSPORT_MODE),
        })
    }
}

fn proposals(cx: &Context<'_>, config: Option<&ChildConfig>, first: bool) -> Vec<Proposal> {
    let all = config.map_or(&[][..], |config| &config.proposals);
    let usable = suite::usable(cx.provider(), all);
    if first {
        suite::without_groups(&usable)
    } else {
        usable
    }
}

/// What we, the responder, agree to of what is asked for. `first` is in
/// `IKE_AUTH`; `like` is the configuration of the child that is replaced.
///
/// # Errors
///
/// Nothing.
pub(in crate::ike) fn agree(
    cx: &mut Context<'_>,
    content: &Content,
    first: bool,
    like: Option<usize>,
) -> Result<Agreed, Error> {
    let (Some(theirs), Some(ours)) = (&content.ts_i, &content.ts_r) else {
        return Err(Error::NoSelectors);
    };
    let peer = cx.peer.clone();
    let mut children = peer.children.iter().enumerate();
    let fitting = children.find_map(|(which, config)| {
        if like.is_some_and(|like| like != which) {
            return None;
        }
        let local = selectors::narrow(ours, &config.local);
        let remote = selectors::narrow(theirs, &config.remote);
        (!local.is_empty() && !remote.is_empty()).then_some((which, config, local, remote))
    });
    let Some((which, config, local, remote)) = fitting else {
        cx.tell(true, LogEvent::NoSelectors(None));
        return Err(Error::NoSelectors);
    };
    let (offered, proposal) = agree_on_proposal(cx, content, config, first)?;
    let suite = ChildSuite::of(&proposal).ok_or(Error::NoProposal)?;
    let public = content.public.as_ref().map(|(group, _)| *group);
    if suite.group != KeyExchange::NONE && public != Some(suite.group) {
        return Err(Error::OtherGroup(suite.group));
    }
    let outbound = offered.child_spi();
    Ok(Agreed {
        which,
        suite,
        proposal,
        outbound: outbound.ok_or(Error::Misbehaved("the SPI is none"))?,
        inbound: cx.child_spi(),
        local,
        remote,
        transport: config.transport && content.says(NotifyType::USE_TRANSPORT_MODE),
    })
}

fn agree_on_proposal<'a>(
    cx: &mut Context<'_>,
    content: &'a Content,
    config: &ChildConfig,
    first: bool,
) -> Result<(&'a Offered, Proposal), Error> {
    let ours = proposals(cx, Some(config), first);
    let sent = content.public.as_ref().map(|(group, _)| group.0);
    let offered = |only_sent: bool| -> Vec<Proposal> {
        let keep = |proposal: &Offered| {
            let mut proposal = proposal.proposal.clone();
            proposal.transforms.retain(|transform| {
                let is_group = transform.kind == TransformType::KE;
                !(is_group && (first || (only_sent && Some(transform.id) != sent)))
            });
            proposal
        };
        content.esp.iter().map(keep).collect()
    };
    let all = offered(false);
    // The group whose public value is there comes first: it saves a round trip.
    let choice = choose(&offered(sent.is_some()), &ours, Preference::Accepted)
        .or_else(|_| choose(&all, &ours, Preference::Accepted));
    match choice {
        Ok(choice) => {
            let offered = content.esp.get(choice.offered).ok_or(Error::NoProposal)?;
            Ok((offered, choice.proposal))
        }
        Err(why) => {
            let differs = why
                .closest()
                .and_then(|rejection| rejection.differences.first())
                .map(|difference| alloc::format!("{}", difference.kind));
            cx.tell(
                true,
                LogEvent::NoProposal {
                    differs,
                    received: None,
                    configured: None,
                },
            );
            Err(Error::NoProposal)
        }
    }
}

/// Where the keys of a child come from.
#[derive(Clone, Copy)]
pub(in crate::ike) struct KeySource<'a> {
    pub(in crate::ike) prf: &'static dyn Prf,
    pub(in crate::ike) sk_d: &'a Secret,
    pub(in crate::ike) nonces: Nonces<'a>,
    pub(in crate::ike) shared: Option<&'a Secret>,
    /// We began the exchange.
    pub(in crate::ike) initiator: bool,
}

/// Sets the pair up and hands it to the host.
///
/// # Errors
///
/// The provider cannot compute what was agreed on.
pub(in crate::ike) fn set_up(
    cx: &mut Context<'_>,
    source: KeySource<'_>,
    agreed: Agreed,
    path: &Path,
    replaces: Option<ChildId>,
) -> Result<Child, Error> {
    let shared: Vec<&Secret> = source.shared.into_iter().collect();
    let sizes = agreed.suite.cipher.sizes;
    let keys = ChildKeys::derive(source.prf, source.sk_d, source.nonces, &shared, sizes);
    let keys = keys.map_err(|_| Error::NoProposal)?;
    let (out, into) = if source.initiator {
        (keys.initiator, keys.responder)
    } else {
        (keys.responder, keys.initiator)
    };
    export(cx, &agreed, path, &out, &into);
    let transform = |keys: &SaKeys| {
        let cipher = agreed.suite.cipher;
        let integrity = cipher.mac().map_or(Integrity::None, Integrity::Mac);
        let provider = cx.provider();
        EspTransform::new(
            provider,
            cipher.encryption,
            integrity,
            &keys.encr,
            &keys.integ,
        )
        .map_err(|_| Error::NoProposal)
    };
    let (out, into) = (transform(&out)?, transform(&into)?);
    let peer = cx.peer.clone();
    let config = peer.children.get(agreed.which).ok_or(Error::NoProposal)?;
    let hard = config.lifetime;
    let mut random = [0; 1];
    cx.random().fill(&mut random);
    let soft = hard.share(SOFT_PERCENT, SOFT_JITTER, random[0]);
    let life = Lifetime::new(cx.now, soft, hard);
    let numbers = agreed.suite.numbers;
    let id = ChildId(agreed.inbound);
    let after = |time: Option<Duration>| Some(cx.now.saturating_add(time?));
    let child = Child {
        id,
        outbound: agreed.outbound,
        which: agreed.which,
        fate: Fate::Lives,
        rekey_at: after(soft.time),
        expire_at: after(hard.time),
    };
    let spis = ChildSpis {
        inbound: Some(agreed.inbound),
        outbound: Some(agreed.outbound),
    };
    cx.tell(true, LogEvent::ChildEstablished(spis));
    cx.event(Event::ChildUp(Box::new(ChildUp {
        connection: cx.connection,
        child: id,
        name: config.name.clone(),
        replaces,
        sender: EspSender::new(agreed.outbound, out, numbers, life),
        receiver: EspReceiver::new(agreed.inbound, into, numbers, config.window, life),
        local: agreed.local,
        remote: agreed.remote,
        transport: agreed.transport,
        path: *path,
    })));
    Ok(child)
}

fn export(cx: &mut Context<'_>, agreed: &Agreed, path: &Path, out: &SaKeys, into: &SaKeys) {
    let one = |spi, from, to, keys: &SaKeys| ExportedKeys::Esp {
        spi,
        from,
        to,
        encryption: agreed.suite.cipher.encryption,
        integrity: agreed.suite.cipher.integrity,
        keys: SaKeys {
            encr: copy(&keys.encr),
            integ: copy(&keys.integ),
        },
    };
    cx.export(|| Some(one(agreed.outbound, path.local, path.remote, out)));
    cx.export(|| Some(one(agreed.inbound, path.remote, path.local, into)));
}

/// When a child is replaced: at so many per cent of its lifetime, less up to
/// so many at random.
pub(in crate::ike) const SOFT_PERCENT: u8 = 90;
pub(in crate::ike) const SOFT_JITTER: u8 = 10;
