//! Opens the encrypted parts of packets with the keys at hand, and recomputes
//! the values that prove something.
//!
//! [`v1`] and [`v2`] follow the IKE SAs, for their keys depend on what was said
//! before; [`data`] knows the ESP and AH SAs, those of key logs and those that
//! an opened exchange created. All state is bounded: a capture of any length
//! can be read as a stream.
//!
//! A decoder knows only [`Unseal`]. [`Keyring::closed`] gives it what does
//! without keys, and a program with no other keyring has nothing of the rest
//! in it.

mod data;
mod keyless;
mod keyring;
mod null;
mod opened;
mod sequence;
mod v1;
mod v2;

pub use keyring::Keyring;

use super::dissection::{Content, Dissection, Read};
use super::unsealed::{Inside, Payloads, Unsealed};
use crate::capture::pcapng::Secrets;
use crate::evidence::{Proof, Route, UnsealFault, Unsealing};
use crate::keylog::{self, SaKeys};
use crate::time::Instant;
use crate::wire::registry::ike::PayloadType;
use crate::wire::registry::isakmp as isakmp_registry;
use crate::wire::{ike, isakmp};
use core::fmt::Debug;
use std::sync::Arc;

/// How many packets were opened, in the order IKE, ESP, AH.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Counts {
    /// IKE messages and fragments with an encrypted part.
    pub ike: Count,
    /// ESP packets.
    pub esp: Count,
    /// AH packets.
    pub ah: Count,
}

/// How many packets of one kind were opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Count {
    /// Opened and, where there is a check value, verified.
    pub opened: u64,
    /// Closed although there is a key.
    pub failed: u64,
    /// Closed for want of a key.
    pub no_key: u64,
}

impl Count {
    fn add(&mut self, state: Unsealing) {
        let place = match state {
            Unsealing::NoKey => &mut self.no_key,
            Unsealing::Verified | Unsealing::Unchecked => &mut self.opened,
            Unsealing::Failed(_) => &mut self.failed,
        };
        *place = place.saturating_add(1);
    }
}

/// Opens packets, in the order in which they were captured.
pub(super) trait Unseal: Debug + Send + Sync {
    /// Adds the keys among the decryption secrets of the capture so far.
    fn take_secrets(&mut self, all: &[Secrets]);

    /// Whether there is a key with which IKE might be opened.
    fn has_keys(&self) -> bool;

    /// How many packets were opened so far.
    fn counts(&self) -> Counts;

    /// Opens what `packet` holds; `None` if nothing in it is protected.
    fn unseal<'a>(&'a mut self, packet: &Dissection<'a>) -> Option<Unsealed<'a>>;
}

/// Opens packets with the keys of a keyring.
#[derive(Debug)]
struct Unsealer {
    keyring: Arc<Keyring>,
    ikev1: v1::Sas,
    ikev2: v2::Sas,
    data: data::Sas,
    /// The plaintext of the last packet.
    plain: Vec<u8>,
    counts: Counts,
    /// Decryption secrets of the capture that the keyring has.
    secrets: usize,
}

/// What an IKE message gave.
#[derive(Debug, Default)]
struct Taken {
    state: State,
    proofs: Vec<Proof>,
    /// The SAs that it created, with their keys: one for each direction.
    children: Vec<SaKeys>,
}

/// What became of an IKE message.
#[derive(Clone, Copy, Debug, Default)]
enum State {
    /// Nothing in it is encrypted.
    #[default]
    Clear,
    /// It stays closed: no key, or why not.
    Closed(Unsealing),
    /// A fragment was opened, and others are still missing.
    Waiting { verified: bool },
    /// It is open: the plaintext buffer holds `payloads` bytes of payloads, the
    /// first of type `first`, and then the padding.
    Open {
        verified: bool,
        first: u8,
        payloads: usize,
        fragments: u16,
    },
}

impl Unseal for Unsealer {
    fn take_secrets(&mut self, all: &[Secrets]) {
        let new = all.get(self.secrets..).unwrap_or_default();
        for secrets in new.iter().filter(|secrets| !secrets.kind.is_foreign()) {
            let keys = keylog::read(secrets.dangerous_bytes());
            Arc::make_mut(&mut self.keyring).add(keys);
        }
        self.secrets = all.len();
    }

    fn has_keys(&self) -> bool {
        !self.keyring.is_empty()
    }

    fn counts(&self) -> Counts {
        self.counts
    }

    fn unseal<'a>(&'a mut self, packet: &Dissection<'a>) -> Option<Unsealed<'a>> {
        let (at, route) = (packet.at, packet.route);
        match &packet.content {
            Content::Ike(_) | Content::Isakmp(_) if self.keyring.is_empty() => None,
            Content::Ike(read) => self.ikev2(at, route, read),
            Content::Isakmp(read) => self.ikev1(at, route, read),
            Content::Esp(esp) => {
                let mut opened = self.data.esp(&self.keyring, route, *esp, &mut self.plain);
                excuse_cut(packet, &mut opened);
                self.counts.esp.add(opened.state);
                Some(opened)
            }
            Content::Ah(ah) => {
                let mut opened = self.data.ah(&self.keyring, packet, ah, &mut self.plain);
                excuse_cut(packet, &mut opened);
                self.counts.ah.add(opened.state);
                Some(opened)
            }
            Content::Keepalive
            | Content::IcmpError(_)
            | Content::Fragment
            | Content::UnreadableLink(_)
            | Content::Unreadable(_)
            | Content::Other => None,
        }
    }
}

impl Unsealer {
    fn boxed(keyring: Arc<Keyring>) -> Box<dyn Unseal> {
        Box::new(Self {
            keyring,
            ikev1: v1::Sas::default(),
            ikev2: v2::Sas::default(),
            data: data::Sas::default(),
            plain: Vec::new(),
            counts: Counts::default(),
            secrets: 0,
        })
    }

    fn ikev2<'a>(
        &'a mut self,
        at: Instant,
        route: Route,
        read: &Read<'a, ike::Message<'a>>,
    ) -> Option<Unsealed<'a>> {
        self.plain.clear();
        let taken = self
            .ikev2
            .take(&self.keyring, at, route, read, &mut self.plain);
        self.finish(taken, |plaintext, first, payloads, fragments| {
            let (bytes, padding) = plaintext.split_at_checked(payloads)?;
            let (chain, fault) = ike::decode_chain(PayloadType(first), bytes);
            Some(Inside::Ike(Box::new(Payloads {
                chain,
                fault,
                plaintext,
                padding,
                fragments,
            })))
        })
    }

    fn ikev1<'a>(
        &'a mut self,
        at: Instant,
        route: Route,
        read: &Read<'a, isakmp::Message<'a>>,
    ) -> Option<Unsealed<'a>> {
        self.plain.clear();
        let taken = self
            .ikev1
            .take(&self.keyring, at, route, read, &mut self.plain);
        self.finish(taken, |plaintext, first, _, fragments| {
            let (chain, fault) =
                isakmp::decode_chain(isakmp_registry::PayloadType(first), plaintext);
            Some(Inside::Isakmp(Box::new(Payloads {
                chain,
                fault,
                plaintext,
                padding: &[],
                fragments,
            })))
        })
    }

    /// Counts it, files the SAs that it created, and reads what is inside.
    fn finish<'a>(
        &'a mut self,
        taken: Taken,
        read: impl FnOnce(&'a [u8], u8, usize, u16) -> Option<Inside<'a>>,
    ) -> Option<Unsealed<'a>> {
        let name = |child: &SaKeys| Some((child.protocol, child.spi?));
        let created = taken.children.iter().filter_map(name).collect();
        for child in taken.children {
            self.data.add_derived(child);
        }
        let mark = |verified| match verified {
            true => Unsealing::Verified,
            false => Unsealing::Unchecked,
        };
        let (state, inside) = match taken.state {
            State::Clear if taken.proofs.is_empty() => return None,
            State::Clear => (Unsealing::Unchecked, Inside::Nothing),
            State::Closed(state) => (state, Inside::Nothing),
            State::Waiting { verified } => (mark(verified), Inside::Nothing),
            State::Open {
                verified,
                first,
                payloads,
                fragments,
            } => {
                let inside = read(&self.plain, first, payloads, fragments);
                (mark(verified), inside.unwrap_or(Inside::Nothing))
            }
        };
        if !matches!(taken.state, State::Clear) {
            self.counts.ike.add(state);
        }
        Some(Unsealed {
            state,
            inside,
            proofs: taken.proofs,
            created,
        })
    }
}

/// A packet that the snap length cut tells nothing of its key.
const fn excuse_cut(packet: &Dissection<'_>, unsealed: &mut Unsealed<'_>) {
    if packet.ip_fault.is_some() && matches!(unsealed.state, Unsealing::Failed(_)) {
        unsealed.state = Unsealing::Failed(UnsealFault::Length);
    }
}
