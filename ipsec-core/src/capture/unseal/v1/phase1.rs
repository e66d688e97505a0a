//! What main mode and aggressive mode say in the clear (RFC 2409 §5): the
//! algorithms and most of what keys and hashes are made from.

use super::payloads::Payloads;
use crate::evidence::Route;
use crate::wire::isakmp::{Attributes, Body, Header, Payload, Sa};
use crate::wire::registry::isakmp::{
    AuthMethod, Encryption, Group, Hash, PayloadType, Phase1Attribute,
};
use core::net::SocketAddr;

/// A message of phase 1 that anyone can read.
pub(super) struct Clear<'a> {
    pub(super) header: &'a Header,
    pub(super) route: Route,
    pub(super) payloads: Payloads<'a>,
    /// Its SA payload, taken apart.
    pub(super) sa: Option<&'a Sa<'a>>,
}

/// What is known of a phase 1.
#[derive(Clone, Debug, Default)]
pub(super) struct Phase1 {
    /// Where its first message came from.
    initiator: Option<SocketAddr>,
    /// Body of the initiator's SA payload (`SAi_b`).
    pub(super) sai_b: Option<Vec<u8>>,
    /// The only transform that the initiator offers.
    offered: Option<Chosen>,
    /// The transform that the responder chose.
    pub(super) chosen: Option<Chosen>,
    /// What the initiator said.
    pub(super) i: Said,
    /// What the responder said.
    pub(super) r: Said,
}

/// Bodies of one end's payloads.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    pub(super) ke: Option<Vec<u8>>,
    pub(super) nonce: Option<Vec<u8>>,
    pub(super) id: Option<Vec<u8>>,
}

/// The attributes of a transform of phase 1 (RFC 2409 appendix A).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Chosen {
    pub(super) encryption: Encryption,
    pub(super) key_length: Option<u16>,
    pub(super) hash: Hash,
    pub(super) auth: AuthMethod,
    pub(super) group: Group,
}

impl Phase1 {
    /// Whether the sender is the end that opened the SA. The end that is seen
    /// first is, unless it answers.
    pub(super) fn by_initiator(&mut self, route: Route) -> bool {
        let first = *self.initiator.get_or_insert(route.from);
        if route.from.ip() == route.to.ip() {
            first.port() == route.from.port()
        } else {
            first.ip() == route.from.ip()
        }
    }

    /// Takes in a message in the clear; says whether anything in it was new.
    /// What was said first stands.
    pub(super) fn take(&mut self, sent: &Clear<'_>) -> bool {
        let Clear {
            route, payloads, ..
        } = sent;
        let answers = sent.header.cookie_r != 0 && sent.sa.is_some();
        let initiator = if answers { route.to } else { route.from };
        self.initiator.get_or_insert(initiator);
        let by_initiator = self.by_initiator(*route);
        let sa = sent.sa.map(|sa| self.take_sa(sa, by_initiator, payloads));
        let said = if by_initiator {
            &mut self.i
        } else {
            &mut self.r
        };
        let ke = remember(&mut said.ke, payloads.body(PayloadType::KE));
        let nonce = remember(&mut said.nonce, payloads.body(PayloadType::NONCE));
        let id = remember(&mut said.id, payloads.body(PayloadType::ID));
        sa == Some(true) || ke || nonce || id
    }

    fn take_sa(&mut self, sa: &Sa<'_>, by_initiator: bool, payloads: &Payloads<'_>) -> bool {
        let mut transforms = sa.proposals.iter().flat_map(|p| &p.transforms);
        let first = transforms.next();
        let only = first.filter(|_| transforms.next().is_none());
        let chosen = only.and_then(|transform| Chosen::read(&transform.attributes));
        if by_initiator {
            self.offered = self.offered.or(chosen);
            return remember(&mut self.sai_b, payloads.body(PayloadType::SA));
        }
        let news = self.chosen.is_none() && chosen.is_some();
        self.chosen = self.chosen.or(chosen);
        news
    }

    /// The transform in force, as far as is known.
    pub(super) const fn chosen(&self) -> Option<&Chosen> {
        match &self.chosen {
            Some(chosen) => Some(chosen),
            None => self.offered.as_ref(),
        }
    }
}

impl Chosen {
    /// `None` without cipher or hash: they must be negotiated (RFC 2409 §4).
    fn read(attributes: &Attributes<'_>) -> Option<Self> {
        let find = |kind: Phase1Attribute| {
            let number = attributes.find(kind.0)?.number()?;
            u16::try_from(number).ok()
        };
        Some(Self {
            encryption: Encryption(find(Phase1Attribute::ENCRYPTION_ALGORITHM)?),
            key_length: find(Phase1Attribute::KEY_LENGTH),
            hash: Hash(find(Phase1Attribute::HASH_ALGORITHM)?),
            auth: AuthMethod(find(Phase1Attribute::AUTHENTICATION_METHOD).unwrap_or_default()),
            group: Group(find(Phase1Attribute::GROUP_DESCRIPTION).unwrap_or_default()),
        })
    }
}

/// The SA payload of a message in the clear.
pub(super) fn sa_of<'m, 'a>(payloads: &'m [Payload<'a>]) -> Option<&'m Sa<'a>> {
    payloads.iter().find_map(|payload| {
        if let Body::Sa(sa) = &payload.body {
            Some(sa)
        } else {
            None
        }
    })
}

fn remember(place: &mut Option<Vec<u8>>, body: Option<&[u8]>) -> bool {
    let body = body.filter(|body| place.is_none() && body.len() <= BODY_MAX);
    if let Some(body) = body {
        *place = Some(body.to_vec());
    }
    body.is_some()
}

/// Bytes of a payload that is remembered: the largest public value has 1024,
/// and a long list of proposals some thousands.
pub(super) const BODY_MAX: usize = 4096;
