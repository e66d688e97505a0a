//! One IKE SA: follows what its messages say.

use super::Way;
use super::auth::{Authentication, Inputs, Shown};
use super::child;
use super::exchange::{Agreement, Half, How, Origin};
use super::keychain::{Closed, Keychain};
use super::keys::{combinations, copy, shared_secrets};
use super::negotiation::{Negotiation, Negotiations, remember};
use crate::capture::unseal::Keyring;
use crate::crypto::Secret;
use crate::evidence::{Proof, Route, Unsealing};
use crate::keylog::SaKeys;
use crate::keymat::{Nonces, Spis};
use crate::time::Instant;
use crate::wire::ike::Payload;
use crate::wire::registry::ike::{ExchangeType, PayloadType, ProtocolId};
use std::collections::VecDeque;

/// One IKE SA.
#[derive(Debug)]
pub(super) struct IkeSa {
    spis: Spis,
    last: Instant,
    origin: Option<Origin>,
    keychain: Keychain,
    /// Messages that were understood: a repetition says nothing new.
    understood: VecDeque<Way>,
    negotiations: Negotiations,
    authentication: Authentication,
}

/// An opened message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opened<'a, 'p> {
    pub(super) way: Way,
    pub(super) exchange: ExchangeType,
    pub(super) route: Route,
    /// The message up to its IV, as if it had come whole.
    pub(super) head: &'a [u8],
    /// Type of the first payload inside.
    pub(super) first: PayloadType,
    /// The payloads inside.
    pub(super) inner: &'a [u8],
    pub(super) payloads: &'a [Payload<'p>],
    /// Which of the SA's keys have opened it.
    pub(super) by: usize,
}

/// What an opened message gives.
#[derive(Debug, Default)]
pub(super) struct Gained {
    pub(super) proofs: Vec<Proof>,
    /// Child SAs, one for each direction.
    pub(super) children: Vec<SaKeys>,
    /// The IKE SA that replaces this one.
    pub(super) successor: Option<(Spis, Origin)>,
}

impl IkeSa {
    pub(super) fn new(spis: Spis, now: Instant) -> Self {
        Self {
            spis,
            last: now,
            origin: None,
            keychain: Keychain::default(),
            understood: VecDeque::new(),
            negotiations: Negotiations::default(),
            authentication: Authentication::default(),
        }
    }

    pub(super) const fn last(&self) -> Instant {
        self.last
    }

    pub(super) fn touch(&mut self, now: Instant) {
        self.last = self.last.max(now);
    }

    /// Learns how the SA began. The first answer with its SPIs is the right
    /// one: nobody else could know them before.
    pub(super) fn begin(&mut self, origin: Origin) {
        if self.origin.is_none() {
            self.origin = Some(origin);
        }
    }

    /// Opens an encrypted part; its payloads are then the first bytes of
    /// `plain`; their number is returned, and which keys have opened it.
    pub(super) fn open(
        &mut self,
        keyring: &Keyring,
        closed: &Closed<'_>,
        plain: &mut Vec<u8>,
    ) -> Result<(usize, usize), Unsealing> {
        let origin = self.origin.as_ref();
        self.keychain
            .open(keyring, self.spis, origin, closed, plain)
    }

    /// Follows what an opened message says; a repetition says nothing.
    pub(super) fn understand(&mut self, keyring: &Keyring, opened: &Opened<'_, '_>) -> Gained {
        if self.understood.contains(&opened.way) {
            return Gained::default();
        }
        remember(&mut self.understood, opened.way, UNDERSTOOD_MAX);
        match opened.exchange {
            ExchangeType::IKE_AUTH => self.auth(keyring, opened),
            ExchangeType::CREATE_CHILD_SA | ExchangeType::IKE_FOLLOWUP_KE => {
                self.negotiate(keyring, opened)
            }
            ExchangeType::IKE_INTERMEDIATE => {
                self.intermediate(opened);
                Gained::default()
            }
            _ => Gained::default(),
        }
    }

    /// The exchange that proves who the ends are, and creates the first child
    /// SA (RFC 7296 §1.2); with EAP it has several pairs of messages.
    fn auth(&mut self, keyring: &Keyring, opened: &Opened<'_, '_>) -> Gained {
        let by_initiator = opened.way.by_initiator;
        let keys = self
            .keychain
            .with(opened.by, |keys| keys.knows_sk_p(by_initiator));
        let inputs = Inputs {
            keyring,
            origin: self.origin.as_ref(),
            keys: keys.or_else(|| self.keychain.get(opened.by)),
        };
        let Shown { proof, mixed } = self.authentication.message(inputs, opened);
        let proofs = proof.into_iter().collect();
        let half = Half::of(opened.payloads);
        let agrees = opened.way.response && half.chosen.is_some();
        if let Some(keys) = self.keychain.get_mut(opened.by)
            && (mixed.is_some() || (agrees && !half.ppk))
        {
            keys.settle(mixed);
        }
        if !opened.way.response {
            if half.chosen.is_some() {
                self.authentication.asked = Some(half);
            }
            return Gained::of_proofs(proofs);
        }
        let asked = self.authentication.asked.as_ref();
        let origin = self.origin.as_ref();
        let children = origin.zip(asked).and_then(|(origin, asked)| {
            let parent = self.parent(opened, origin.nonces())?;
            parent.pair(&[], asked, &half)
        });
        Gained {
            children: children.unwrap_or_default(),
            ..Gained::of_proofs(proofs)
        }
    }

    /// A new child SA, or a new IKE SA in place of this one (RFC 7296 §1.3).
    fn negotiate(&mut self, keyring: &Keyring, opened: &Opened<'_, '_>) -> Gained {
        let half = Half::of(opened.payloads);
        if !opened.way.response {
            self.negotiations.request(opened.way, half);
            return Gained::default();
        }
        let agreed = match opened.exchange {
            ExchangeType::IKE_FOLLOWUP_KE => self.negotiations.follow_up(opened.way, &half),
            _ => self.negotiations.answer(opened.way, half),
        };
        let Some(agreed) = agreed else {
            return Gained::default();
        };
        let protocol = agreed.answered.chosen.map(|chosen| chosen.protocol);
        if protocol == Some(ProtocolId::IKE) {
            return Gained {
                successor: self.successor(opened.by, &agreed),
                ..Gained::default()
            };
        }
        let lists: Vec<Vec<Secret>> = agreed
            .agreements
            .iter()
            .map(|it| shared_secrets(keyring, self.spis, Some(it), true).collect())
            .collect();
        let Negotiation {
            asked, answered, ..
        } = &agreed;
        let children = agreed.nonces().and_then(|nonces| {
            let parent = self.parent(opened, nonces)?;
            let pairs = combinations(&lists).into_iter().take(CHILD_SECRETS_MAX);
            let pairs = pairs.filter_map(|shared| parent.pair(&shared, asked, answered));
            Some(pairs.flatten().collect())
        });
        Gained {
            children: children.unwrap_or_default(),
            ..Gained::default()
        }
    }

    /// The SA whose initiator is that of the exchange (RFC 7296 §2.18).
    fn successor(&self, by: usize, agreed: &Negotiation) -> Option<(Spis, Origin)> {
        let Negotiation {
            asked, answered, ..
        } = agreed;
        let chosen = answered.chosen?;
        let spis = Spis {
            i: asked.spi_of(&chosen)?,
            r: answered.spi_of(&chosen)?,
        };
        let keys = self.keychain.with(by, |keys| keys.sk_d.is_some());
        let keys = keys.and_then(|keys| Some((keys.prf?, copy(keys.sk_d.as_ref()?))));
        let old = self.spis;
        let agreements = agreed.agreements.clone();
        let origin = Origin::new(asked, answered, agreements, How::Rekey { old, keys });
        Some((spis, origin))
    }

    /// What child SAs draw their keys from.
    fn parent<'a>(
        &'a self,
        opened: &Opened<'_, '_>,
        nonces: Nonces<'a>,
    ) -> Option<child::Parent<'a>> {
        Some(child::Parent {
            keys: self.keychain.with(opened.by, |keys| keys.sk_d.is_some())?,
            nonces,
            route: opened.route,
        })
    }

    /// An exchange between `IKE_SA_INIT` and `IKE_AUTH` (RFC 9242); with key
    /// exchange payloads it changes the keys (RFC 9370 §2.2.2).
    fn intermediate(&mut self, opened: &Opened<'_, '_>) {
        let keys = self.keychain.get(opened.by);
        self.authentication.intermediate(keys, opened);
        let half = Half::of(opened.payloads);
        if !opened.way.response {
            self.negotiations.request(opened.way, half);
            return;
        }
        if half.public.is_some() {
            let asked = self.negotiations.request_of(opened.way);
            let agreement = asked.and_then(|asked| Agreement::of(&asked, &half));
            self.keychain.change(agreement);
        }
    }
}

impl Gained {
    fn of_proofs(proofs: Vec<Proof>) -> Self {
        Self {
            proofs,
            ..Self::default()
        }
    }
}

/// Messages of one SA that are remembered as understood. IKE's window is one
/// request at a time unless the ends agree on more (RFC 7296 §2.3).
const UNDERSTOOD_MAX: usize = 64;

/// Shared secrets with which the keys of one child SA are derived; packets
/// tell which is right.
const CHILD_SECRETS_MAX: usize = 4;
