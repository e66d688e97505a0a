//! The keys of one IKE SA that were found to fit, and the search for them.

use super::Sealed;
use super::exchange::{Agreement, Origin};
use super::keys::{Keys, Sources};
use crate::capture::unseal::Keyring;
use crate::evidence::{UnsealFault, Unsealing};
use crate::keymat::Spis;
use crate::keymat::sealed::OpenFault;

/// The keys of one IKE SA.
#[derive(Debug, Default)]
pub(super) struct Keychain {
    /// Keys that have opened something, the latest last.
    keys: Vec<Keys>,
    /// An additional key exchange has changed the keys since the last of them
    /// was found (RFC 9370 §2.2.2), with these values.
    changed: Option<Option<Agreement>>,
    /// Messages for which nothing was found among the candidates.
    misses: usize,
}

/// A message whose encrypted part is to be opened.
#[derive(Clone, Copy, Debug)]
pub(super) struct Closed<'a> {
    pub(super) message: &'a [u8],
    pub(super) sealed: &'a Sealed,
    pub(super) by_initiator: bool,
}

impl Keychain {
    /// Opens an encrypted part; its payloads are then the first bytes of
    /// `plain`; their number is returned, and which keys have opened it.
    pub(super) fn open(
        &mut self,
        keyring: &Keyring,
        spis: Spis,
        origin: Option<&Origin>,
        closed: &Closed<'_>,
        plain: &mut Vec<u8>,
    ) -> Result<(usize, usize), Unsealing> {
        let mut worst = None;
        for (index, keys) in self.keys.iter_mut().enumerate().rev() {
            match keys.open(closed, plain) {
                Some(Ok(payloads)) => return Ok((payloads, index)),
                Some(Err(fault)) => worst = worst.max(Some(Rank::of(fault))),
                None => {}
            }
        }
        // Where the keys have changed, those before need not fit.
        if self.changed.is_some() && worst != Some(Rank::Padding) {
            worst = None;
        }
        let has_opened = |keys: &Keys| keys.has_opened(closed.by_initiator);
        let proved = self.changed.is_none() && self.keys.iter().any(has_opened);
        if worst == Some(Rank::Padding) || (proved && self.misses >= MISSES_MAX) {
            return Err(judge(worst, closed, proved));
        }
        let sources = Sources {
            keyring,
            spis,
            origin,
            before: self.before(),
            may_agree: self.misses < MISSES_MAX,
        };
        match search(sources, closed, plain) {
            Ok((keys, opened)) => {
                let index = self.add(keys);
                match opened {
                    Some(payloads) => Ok((payloads, index)),
                    None => Err(judge(Some(Rank::Padding), closed, true)),
                }
            }
            Err(missed) => {
                self.misses = self.misses.saturating_add(1);
                Err(judge(worst.max(missed), closed, proved))
            }
        }
    }

    /// What the keys after an additional key exchange are computed from.
    fn before(&self) -> Option<(&Keys, Option<&Agreement>)> {
        let agreement = self.changed.as_ref()?;
        Some((self.keys.last()?, agreement.as_ref()))
    }

    fn add(&mut self, keys: Keys) -> usize {
        if self.keys.len() >= KEYS_MAX {
            self.keys.remove(0);
        }
        self.keys.push(keys);
        self.changed = None;
        self.misses = 0;
        self.keys.len().saturating_sub(1)
    }

    /// From now on other keys are used.
    pub(super) fn change(&mut self, agreement: Option<Agreement>) {
        self.changed = Some(agreement);
        self.misses = 0;
    }

    pub(super) fn get(&self, index: usize) -> Option<&Keys> {
        self.keys.get(index)
    }

    pub(super) fn get_mut(&mut self, index: usize) -> Option<&mut Keys> {
        self.keys.get_mut(index)
    }

    /// The keys that opened a message, or the latest that have what they lack.
    pub(super) fn with(&self, by: usize, has: impl Fn(&Keys) -> bool) -> Option<&Keys> {
        let own = self.keys.get(by).filter(|keys| has(keys));
        own.or_else(|| self.keys.iter().rev().find(|keys| has(keys)))
    }
}

/// The first candidate under which the check value is right, with the length
/// of the payloads unless the padding is wrong; else what came nearest.
fn search(
    sources: Sources<'_>,
    closed: &Closed<'_>,
    plain: &mut Vec<u8>,
) -> Result<(Keys, Option<usize>), Option<Rank>> {
    let most = match sources.may_agree {
        true => CANDIDATES_MAX,
        false => CANDIDATES_THEN,
    };
    let mut worst = None;
    for candidate in sources.candidates().take(most) {
        let Ok(mut keys) = candidate.keys else {
            worst = worst.max(Some(Rank::Unsupported));
            continue;
        };
        match keys.open(closed, plain) {
            Some(Ok(payloads)) => return Ok((keys, Some(payloads))),
            Some(Err(OpenFault::Padding)) => return Ok((keys, None)),
            Some(Err(fault)) if !candidate.is_guess => {
                worst = worst.max(Some(Rank::of(fault)));
            }
            Some(Err(_)) | None => {}
        }
    }
    Err(worst)
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

/// `proved`: the keys have opened other messages of the same end.
const fn judge(worst: Option<Rank>, closed: &Closed<'_>, proved: bool) -> Unsealing {
    Unsealing::Failed(match worst {
        None => return Unsealing::NoKey,
        Some(Rank::Padding) => UnsealFault::WrongPadding,
        Some(_) if closed.sealed.cut => UnsealFault::Length,
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
