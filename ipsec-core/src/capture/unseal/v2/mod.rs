//! Follows the IKE SAs of IKEv2 (RFC 7296), each by its two SPIs.
//!
//! - [`exchange`]: what is remembered of messages: offers, public values, nonces.
//! - [`keys`]: the keys that one SA may have, from everything at hand.
//! - [`keychain`]: those that were found to fit.
//! - [`sa`]: one SA, and what its messages say.
//! - [`fragments`]: messages from their fragments (RFC 7383).
//! - [`auth`]: AUTH payloads, recomputed.
//! - [`negotiation`]: new SAs, with one key exchange or several.
//! - [`child`]: the keys of child SAs.

mod auth;
mod child;
mod exchange;
mod fragments;
mod keychain;
mod keys;
mod negotiation;
mod sa;

use self::exchange::{Half, Origin};
use self::fragments::{Head, Joins};
use self::keychain::Closed;
use self::sa::{Gained, IkeSa, Opened};
use super::{Keyring, State, Taken};
use crate::capture::dissection::Read;
use crate::evidence::Route;
use crate::keymat::Spis;
use crate::sorted::Map;
use crate::time::Instant;
use crate::wire::ike::{Body, Flags, Header, Message, decode_chain};
use crate::wire::registry::ike::{ExchangeType, PayloadType};
use core::ops::Range;

/// The IKE SAs that are followed.
#[derive(Debug, Default)]
pub(super) struct Sas {
    /// First requests, by the SPI of their sender.
    offers: Map<u64, Offers>,
    sas: Map<(u64, u64), IkeSa>,
    joins: Joins,
}

/// The first requests of one initiator: after a cookie or with another group
/// it sends a new one (RFC 7296 §2.6, §1.2).
#[derive(Debug)]
struct Offers {
    last: Instant,
    requests: Vec<(Vec<u8>, Half)>,
}

/// The encrypted part of a message.
#[derive(Debug)]
struct Sealed {
    /// Where it lies in the message, from the IV on.
    body: Range<usize>,
    /// Type of the first payload inside.
    first: PayloadType,
    /// Number and total, for a fragment.
    fragment: Option<(u16, u16)>,
    /// The message ends before it does.
    cut: bool,
}

/// Which message of an IKE SA it is; a repetition is the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Way {
    /// The original initiator of the IKE SA has sent it.
    by_initiator: bool,
    response: bool,
    message_id: u32,
}

impl Way {
    const fn of(header: &Header) -> Self {
        Self {
            by_initiator: header.flags.contains(Flags::INITIATOR),
            response: header.flags.contains(Flags::RESPONSE),
            message_id: header.message_id,
        }
    }
}

impl Sas {
    /// Takes in a message; what it holds is decrypted into `plain`.
    pub(super) fn take(
        &mut self,
        keyring: &Keyring,
        now: Instant,
        route: Route,
        read: &Read<'_, Message<'_>>,
        plain: &mut Vec<u8>,
    ) -> Taken {
        if read.message.header.major() != 2 {
            return Taken::default();
        }
        match Sealed::of(read) {
            Some(sealed) => self.sealed(keyring, now, route, read, &sealed, plain),
            None => {
                self.clear(now, read);
                Taken::default()
            }
        }
    }

    /// Remembers the exchange that begins an SA.
    fn clear(&mut self, now: Instant, read: &Read<'_, Message<'_>>) {
        let header = &read.message.header;
        let begins = [ExchangeType::IKE_SA_INIT, ExchangeType::IKE_SESSION_RESUME];
        if !begins.contains(&header.exchange) || read.bytes.len() > INIT_MAX {
            return;
        }
        let half = Half::of(&read.message.payloads);
        if !Way::of(header).response {
            self.offer(now, header.spi_i, read.bytes, half);
        } else if header.spi_r != 0 && half.nonce.is_some() {
            self.accept(now, header, read.bytes, half);
        }
    }

    fn offer(&mut self, now: Instant, spi_i: u64, bytes: &[u8], half: Half) {
        make_room(&mut self.offers, spi_i, OFFERS_MAX, |offers| offers.last);
        let offers = self.offers.entry(spi_i).or_insert_with(|| Offers {
            last: now,
            requests: Vec::new(),
        });
        offers.last = now;
        if offers.requests.iter().any(|(known, _)| known == bytes) {
            return;
        }
        if offers.requests.len() >= REQUESTS_MAX {
            offers.requests.remove(0);
        }
        offers.requests.push((bytes.to_vec(), half));
    }

    /// The last request with the group of the answer is the one it answers.
    fn accept(&mut self, now: Instant, header: &Header, bytes: &[u8], half: Half) {
        let requests = self.offers.get(&header.spi_i);
        let requests = requests.map_or(&[][..], |offers| &offers.requests);
        let request = requests.iter().rev().find(|(_, asked)| {
            let groups = asked.public.as_ref().zip(half.public.as_ref());
            groups.is_none_or(|(asked, answered)| asked.group == answered.group)
        });
        let Some((first, asked)) = request else {
            return;
        };
        let origin = Origin::of_init((first, asked), (bytes, &half));
        self.sa(now, header.spi_i, header.spi_r).begin(origin);
    }

    fn sa(&mut self, now: Instant, spi_i: u64, spi_r: u64) -> &mut IkeSa {
        let key = (spi_i, spi_r);
        make_room(&mut self.sas, key, SAS_MAX, IkeSa::last);
        let spis = Spis {
            i: spi_i.to_be_bytes(),
            r: spi_r.to_be_bytes(),
        };
        let sa = self.sas.entry(key);
        let sa = sa.or_insert_with(|| IkeSa::new(spis, now));
        sa.touch(now);
        sa
    }

    fn sealed(
        &mut self,
        keyring: &Keyring,
        now: Instant,
        route: Route,
        read: &Read<'_, Message<'_>>,
        sealed: &Sealed,
        plain: &mut Vec<u8>,
    ) -> Taken {
        let header = &read.message.header;
        let way = Way::of(header);
        let sa = self.sa(now, header.spi_i, header.spi_r);
        let closed = Closed {
            message: read.bytes,
            sealed,
            by_initiator: way.by_initiator,
        };
        let (payloads, by) = match sa.open(keyring, &closed, plain) {
            Ok(opened) => opened,
            Err(state) => return state_of(State::Closed(state)),
        };
        let Some((head, payloads)) = self.whole(now, read, sealed, payloads, plain) else {
            return state_of(State::Waiting { verified: true });
        };
        let inner = plain.get(..payloads).unwrap_or_default();
        let (chain, _) = decode_chain(head.first, inner);
        let opened = Opened {
            way,
            exchange: header.exchange,
            route,
            head: &head.bytes,
            first: head.first,
            inner,
            payloads: &chain.payloads,
            by,
        };
        let sa = self.sa(now, header.spi_i, header.spi_r);
        let Gained {
            proofs,
            children,
            successor,
        } = sa.understand(keyring, &opened);
        if let Some((spis, origin)) = successor {
            let [spi_i, spi_r] = [spis.i, spis.r].map(u64::from_be_bytes);
            self.sa(now, spi_i, spi_r).begin(origin);
        }
        Taken {
            state: State::Open {
                verified: true,
                first: head.first.0,
                payloads,
                fragments: sealed.fragment.map_or(0, |(_, total)| total),
            },
            proofs,
            children,
        }
    }

    /// The head of an opened message and the length of its payloads; those of
    /// a fragment are put together with the others in `plain`, and there is
    /// nothing while one is missing.
    fn whole(
        &mut self,
        now: Instant,
        read: &Read<'_, Message<'_>>,
        sealed: &Sealed,
        payloads: usize,
        plain: &mut Vec<u8>,
    ) -> Option<(Head, usize)> {
        let head = sealed.head(read);
        let Some(place) = sealed.fragment else {
            return Some((head, payloads));
        };
        let header = &read.message.header;
        let key = (header.spi_i, header.spi_r, Way::of(header));
        plain.truncate(payloads);
        let head = self.joins.push(now, key, place, head, plain)?;
        Some((head, plain.len()))
    }
}

const fn state_of(state: State) -> Taken {
    Taken {
        state,
        proofs: Vec::new(),
        children: Vec::new(),
    }
}

impl Sealed {
    /// The SK or SKF payload of a message, which is its last one.
    fn of(read: &Read<'_, Message<'_>>) -> Option<Self> {
        let last = read.message.payloads.last()?;
        let end = read.bytes.len().saturating_sub(read.message.trailing.len());
        let body = |data: &[u8]| end.saturating_sub(data.len())..end;
        let cut = last.length.is_some();
        if let Body::Sk(sk) = &last.body {
            return Some(Self {
                body: body(sk.data),
                first: sk.first_inside,
                fragment: None,
                cut,
            });
        }
        if let Body::Skf(skf) = &last.body {
            return Some(Self {
                body: body(skf.data),
                first: skf.first_inside,
                fragment: Some((skf.number, skf.total)),
                cut,
            });
        }
        let unreadable = [PayloadType::SK, PayloadType::SKF].contains(&last.kind);
        unreadable.then_some(Self {
            body: end..end,
            first: PayloadType::NONE,
            fragment: None,
            cut: true,
        })
    }

    /// What stands before it; only `IKE_INTERMEDIATE` is asked for the bytes
    /// (RFC 9242 §3.3.2).
    fn head(&self, read: &Read<'_, Message<'_>>) -> Head {
        let is_asked = read.message.header.exchange == ExchangeType::IKE_INTERMEDIATE;
        let bytes = match self.fragment {
            _ if !is_asked => None,
            None => read.bytes.get(..self.body.start).map(<[u8]>::to_vec),
            Some(_) => unfragmented(read.bytes, self.body.start),
        };
        Head {
            first: self.first,
            bytes: bytes.unwrap_or_default(),
        }
    }
}

/// A fragment's message up to the IV, as that of the whole: SK stands where
/// SKF stands, and there are no fragment numbers.
fn unfragmented(message: &[u8], iv: usize) -> Option<Vec<u8>> {
    let end = iv.checked_sub(FRAGMENT_NUMBERS)?;
    let payload = end.checked_sub(GENERIC_HEADER)?;
    let mut head = message.get(..end)?.to_vec();
    let (mut announced, mut next) = (NEXT_PAYLOAD, Header::LEN);
    while next < payload {
        let [high, low] = *message.get(next.checked_add(2)?..)?.first_chunk()?;
        let len = usize::from(u16::from_be_bytes([high, low]));
        (announced, next) = (next, next.checked_add(len.max(GENERIC_HEADER))?);
    }
    *head.get_mut(announced)? = PayloadType::SK.0;
    Some(head)
}

/// Forgets the older half of `table` when it is full and `key` is new.
fn make_room<K: Ord, V>(table: &mut Map<K, V>, key: K, most: usize, last: impl Fn(&V) -> Instant) {
    if table.len() < most || table.contains_key(&key) {
        return;
    }
    let mut times: Vec<Instant> = table.values().map(&last).collect();
    let middle = times.len() / 2;
    let (_, &mut limit, _) = times.select_nth_unstable(middle);
    let mut left = table.len();
    table.retain(|_, value| {
        // Where all are of one time, half of them go all the same.
        let goes = last(value) < limit || (last(value) == limit && left > middle);
        left = left.saturating_sub(usize::from(goes));
        !goes
    });
}

/// IKE SAs that are followed at a time.
const SAS_MAX: usize = 4096;

/// Initiators whose first requests are remembered.
const OFFERS_MAX: usize = 1024;

/// Different first requests remembered of one initiator: after a cookie and
/// another group there are three.
const REQUESTS_MAX: usize = 4;

/// Bytes of a first request or its answer; longer ones are not remembered.
const INIT_MAX: usize = 8192;

/// Where the header of a message announces its first payload, bytes of a
/// generic payload header, and of the numbers behind that of SKF.
const NEXT_PAYLOAD: usize = 16;
const GENERIC_HEADER: usize = 4;
const FRAGMENT_NUMBERS: usize = 4;

#[cfg(feature = "rustcrypto")]
#[cfg(test)]
mod tests;
