//! One IKE SA: finds its keys and opens its messages.

use super::exchange::{Agreement, Origin};
use super::keys::{Keys, Sources};
use super::{Sealed, UnsealFault, Unsealing};
use crate::capture::unseal::Keyring;
use crate::keymat::Spis;
use crate::keymat::sealed::OpenFault;
use crate::time::Instant;

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
}

impl IkeSa {
    pub(super) const fn new(spis: Spis, now: Instant) -> Self {
        Self {
            spis,
            last: now,
            origin: None,
            keys: Vec::new(),
            changed: None,
            misses: 0,
        }
    }

    pub(super) const fn last(&self) -> Instant {
        self.last
    }

    pub(super) fn touch(&mut self, now: Instant) {
        self.last = self.last.max(now);
    }

    /// Learns how the SA began; what was learnt first stays once it has led to
    /// the keys.
    pub(super) fn begin(&mut self, origin: Origin) {
        if self.origin.is_none() || self.keys.is_empty() {
            self.origin = Some(origin);
            self.misses = 0;
        }
    }

    /// Opens an encrypted part; its payloads are then the first bytes of
    /// `plain`, and their number is returned.
    pub(super) fn open(
        &mut self,
        keyring: &Keyring,
        message: &[u8],
        sealed: &Sealed,
        by_initiator: bool,
        plain: &mut Vec<u8>,
    ) -> Result<usize, Unsealing> {
        let mut worst = None;
        for keys in self.keys.iter_mut().rev() {
            match keys.open(message, sealed.body.clone(), by_initiator, plain) {
                Some(Ok(payloads)) => return Ok(payloads),
                Some(Err(fault)) => worst = worst.max(Some(Rank::of(fault))),
                None => {}
            }
        }
        let proved = self.keys.iter().any(|keys| keys.has_opened(by_initiator));
        if worst == Some(Rank::Padding) || (proved && self.changed.is_none()) {
            return Err(judge(worst, sealed, proved));
        }
        let found = self.search(keyring, message, sealed, by_initiator, plain);
        found.map_err(|missed| {
            self.misses = self.misses.saturating_add(1);
            judge(worst.max(missed), sealed, proved)
        })
    }

    /// Tries every candidate; keeps the one that opens the message.
    fn search(
        &mut self,
        keyring: &Keyring,
        message: &[u8],
        sealed: &Sealed,
        by_initiator: bool,
        plain: &mut Vec<u8>,
    ) -> Result<usize, Option<Rank>> {
        let before = match &self.changed {
            Some(agreement) => self.keys.last().map(|keys| (keys, agreement.as_ref())),
            None => None,
        };
        let sources = Sources {
            keyring,
            spis: self.spis,
            origin: self.origin.as_ref(),
            before,
        };
        let most = match self.misses < MISSES_MAX {
            true => CANDIDATES_MAX,
            false => CANDIDATES_THEN,
        };
        let mut worst = None;
        let mut found = None;
        for candidate in sources.candidates().take(most) {
            let Ok(mut keys) = candidate else {
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
                Some(Err(fault)) => worst = worst.max(Some(Rank::of(fault))),
                None => {}
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
        opened
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
/// messages; from then on only the likeliest are.
const CANDIDATES_MAX: usize = 1024;
const MISSES_MAX: usize = 16;
const CANDIDATES_THEN: usize = 4;

/// Keys of one SA: RFC 9370 §2.2.1 allows eight key exchanges.
const KEYS_MAX: usize = 16;
