//! One IKE SA: finds its keys, opens its messages, and follows what they say.

use super::auth::{Authentication, Inputs, Shown};
use super::child;
use super::exchange::{Agreement, Half, How, Origin};
use super::keys::{Keys, Sources, combinations, copy, shared_secrets};
use super::negotiation::{Negotiation, Negotiations, remember};
use super::{Sealed, Way};
use crate::capture::unseal::Keyring;
use crate::crypto::Secret;
use crate::evidence::{Proof, Route, UnsealFault, Unsealing};
use crate::keylog::SaKeys;
use crate::keymat::sealed::OpenFault;
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
    /// Keys that have opened something, the latest last.
    keys: Vec<Keys>,
    /// An additional key exchange has changed the keys since the last of them
    /// was found (RFC 9370 §2.2.2), with these values.
    changed: Option<Option<Agreement>>,
    /// Messages for which nothing was found among the candidates.
    misses: usize,
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
            keys: Vec::new(),
            changed: None,
            misses: 0,
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
            self.misses = 0;
        }
    }

    /// Opens an encrypted part; its payloads are then the first bytes of
    /// `plain`; their number is returned, and which keys have opened it.
    pub(super) fn open(
        &mut self,
        keyring: &Keyring,
        message: &[u8],
        sealed: &Sealed,
        by_initiator: bool,
        plain: &mut Vec<u8>,
    ) -> Result<(usize, usize), Unsealing> {
        let mut worst = None;
        for (index, keys) in self.keys.iter_mut().enumerate().rev() {
            match keys.open(message, sealed.body.clone(), by_initiator, plain) {
                Some(Ok(payloads)) => return Ok((payloads, index)),
                Some(Err(fault)) => worst = worst.max(Some(Rank::of(fault))),
                None => {}
            }
        }
        // Where the keys have changed, those before need not fit.
        let proved = self.changed.is_none() && self.has_opened(by_initiator);
        if self.changed.is_some() && worst != Some(Rank::Padding) {
            worst = None;
        }
        if worst == Some(Rank::Padding) || (proved && self.misses >= MISSES_MAX) {
            return Err(judge(worst, sealed, proved));
        }
        let found = self.search(keyring, message, sealed, by_initiator, plain);
        found.map_err(|missed| {
            self.misses = self.misses.saturating_add(1);
            judge(worst.max(missed), sealed, proved)
        })
    }

    fn has_opened(&self, by_initiator: bool) -> bool {
        self.keys.iter().any(|keys| keys.has_opened(by_initiator))
    }

    /// Tries every candidate; keeps the one that opens the message.
    fn search(
        &mut self,
        keyring: &Keyring,
        message: &[u8],
        sealed: &Sealed,
        by_initiator: bool,
        plain: &mut Vec<u8>,
    ) -> Result<(usize, usize), Option<Rank>> {
        let before = match &self.changed {
            Some(agreement) => self.keys.last().map(|keys| (keys, agreement.as_ref())),
            None => None,
        };
        let sources = Sources {
            keyring,
            spis: self.spis,
            origin: self.origin.as_ref(),
            before,
            may_agree: self.misses < MISSES_MAX,
        };
        let most = match self.misses < MISSES_MAX {
            true => CANDIDATES_MAX,
            false => CANDIDATES_THEN,
        };
        let mut worst = None;
        let mut found = None;
        for candidate in sources.candidates().take(most) {
            let Ok(mut keys) = candidate.keys else {
                worst = worst.max(Some(Rank::Unsupported));
                continue;
            };
            match keys.open(message, sealed.body.clone(), by_initiator, plain) {
                Some(Ok(payloads)) => {
                    found = Some((keys, Ok(payloads)));
                    break;
                }
                Some(Err(OpenFault::Padding)) => {
                    found = Some((keys, Err(Some(Rank::Padding))));
                    break;
                }
                Some(Err(fault)) if !candidate.is_guess => {
                    worst = worst.max(Some(Rank::of(fault)));
                }
                Some(Err(_)) | None => {}
            }
        }
        let Some((keys, opened)) = found else {
            return Err(worst);
        };
        if self.keys.len() >= KEYS_MAX {
            self.keys.remove(0);
        }
        self.keys.push(keys);
        self.changed = None;
        self.misses = 0;
        opened.map(|payloads| (payloads, self.keys.len().saturating_sub(1)))
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
        let keys = keys_with(&self.keys, opened.by, |keys| {
            keys.knows_sk_p(opened.way.by_initiator)
        });
        let inputs = Inputs {
            keyring,
            origin: self.origin.as_ref(),
            keys: keys.or_else(|| self.keys.get(opened.by)),
        };
        let Shown { proof, mixed } = self.authentication.message(inputs, opened);
        let proofs = proof.into_iter().collect();
        let half = Half::of(opened.payloads);
        let agrees = opened.way.response && half.chosen.is_some();
        if let Some(keys) = self.keys.get_mut(opened.by)
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
        let keys = keys_with(&self.keys, by, |keys| keys.sk_d.is_some());
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
            keys: keys_with(&self.keys, opened.by, |keys| keys.sk_d.is_some())?,
            nonces,
            route: opened.route,
        })
    }

    /// An exchange between `IKE_SA_INIT` and `IKE_AUTH` (RFC 9242); with key
    /// exchange payloads it changes the keys (RFC 9370 §2.2.2).
    fn intermediate(&mut self, opened: &Opened<'_, '_>) {
        let keys = self.keys.get(opened.by);
        self.authentication.intermediate(keys, opened);
        let half = Half::of(opened.payloads);
        if !opened.way.response {
            self.negotiations.request(opened.way, half);
            return;
        }
        if half.public.is_some() {
            let asked = self.negotiations.request_of(opened.way);
            self.changed = Some(asked.and_then(|asked| Agreement::of(&asked, &half)));
            self.misses = 0;
        }
    }
}

/// The keys that opened a message, or the latest that have what they lack.
fn keys_with(keys: &[Keys], by: usize, has: impl Fn(&Keys) -> bool) -> Option<&Keys> {
    let own = keys.get(by).filter(|keys| has(keys));
    own.or_else(|| keys.iter().rev().find(|keys| has(keys)))
}

impl Gained {
    fn of_proofs(proofs: Vec<Proof>) -> Self {
        Self {
            proofs,
            ..Self::default()
        }
    }
}

/// Why a message stays closed; the greater says more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Unsupported,
    Length,
    Icv,
    Padding,
}

impl Rank {
    const fn of(fault: OpenFault) -> Self {
        match fault {
            OpenFault::Length => Self::Length,
            OpenFault::Icv => Self::Icv,
            OpenFault::Padding => Self::Padding,
        }
    }
}

fn judge(worst: Option<Rank>, sealed: &Sealed, proved: bool) -> Unsealing {
    Unsealing::Failed(match worst {
        None => return Unsealing::NoKey,
        Some(Rank::Padding) => UnsealFault::WrongPadding,
        Some(_) if sealed.cut => UnsealFault::Length,
        Some(Rank::Icv) if proved => UnsealFault::WrongIcv,
        Some(Rank::Icv) => UnsealFault::WrongKey,
        Some(Rank::Length) => UnsealFault::Length,
        Some(Rank::Unsupported) => UnsealFault::Unsupported,
    })
}

/// Candidates tried for a message whose SA has no keys yet, and for how many
/// messages; from then on only the likeliest are, and no public value is
/// raised to a power any more.
const CANDIDATES_MAX: usize = 1024;
const MISSES_MAX: usize = 16;
const CANDIDATES_THEN: usize = 16;

/// Keys of one SA: RFC 9370 §2.2.1 allows eight key exchanges.
const KEYS_MAX: usize = 16;

/// Messages of one SA that are remembered as understood. IKE's window is one
/// request at a time unless the ends agree on more (RFC 7296 §2.3).
const UNDERSTOOD_MAX: usize = 64;

/// Shared secrets with which the keys of one child SA are derived; packets
/// tell which is right.
const CHILD_SECRETS_MAX: usize = 4;
