//! Follows the IKE SAs of IKEv2 (RFC 7296), each by its two SPIs.
//!
//! - [`exchange`]: what is remembered of messages: offers, public values, nonces.
//! - [`keys`]: the keys that one SA may have, from everything at hand.
//! - [`sa`]: one SA, its messages opened and understood.
//! - [`fragments`]: messages from their fragments (RFC 7383).

mod exchange;
mod fragments;
mod keys;
mod sa;

use self::exchange::{Half, Origin};
use self::fragments::Joins;
use self::sa::IkeSa;
use super::{Keyring, State, Taken};
use crate::capture::dissection::Read;
use crate::evidence::{Route, UnsealFault, Unsealing};
use crate::keymat::Spis;
use crate::time::Instant;
use crate::wire::ike::{Body, Flags, Header, Message};
use crate::wire::registry::ike::{ExchangeType, PayloadType};
use core::ops::Range;
use std::collections::BTreeMap;

/// The IKE SAs that are followed.
#[derive(Debug, Default)]
pub(super) struct Sas {
    /// First requests, by the SPI of their sender.
    offers: BTreeMap<u64, Offers>,
    sas: BTreeMap<(u64, u64), IkeSa>,
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
        _route: Route,
        read: &Read<'_, Message<'_>>,
        sealed: &Sealed,
        plain: &mut Vec<u8>,
    ) -> Taken {
        let header = &read.message.header;
        let way = Way::of(header);
        let sa = self.sa(now, header.spi_i, header.spi_r);
        let opened = sa.open(keyring, read.bytes, sealed, way.by_initiator, plain);
        let payloads = match opened {
            Ok(payloads) => payloads,
            Err(state) => return closed(state),
        };
        let (first, payloads, fragments) = match sealed.fragment {
            None => (sealed.first, payloads, 0),
            Some(place) => {
                plain.truncate(payloads);
                let key = (header.spi_i, header.spi_r, way);
                match self.joins.push(now, key, place, sealed.first, plain) {
                    Some(first) => (first, plain.len(), place.1),
                    None => return waiting(),
                }
            }
        };
        Taken {
            state: State::Open {
                verified: true,
                first: first.0,
                payloads,
                fragments,
            },
            ..Taken::default()
        }
    }
}

const fn closed(state: Unsealing) -> Taken {
    Taken {
        state: State::Closed(state),
        proofs: Vec::new(),
        children: Vec::new(),
    }
}

const fn waiting() -> Taken {
    Taken {
        state: State::Waiting { verified: true },
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
}

/// Forgets the older half of `table` when it is full and `key` is new.
fn make_room<K: Ord, V>(
    table: &mut BTreeMap<K, V>,
    key: K,
    most: usize,
    last: impl Fn(&V) -> Instant,
) {
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
const OFFERS_MAX: usize = 4096;

/// Different first requests remembered of one initiator: after a cookie and
/// another group there are three.
const REQUESTS_MAX: usize = 4;

/// Bytes of a first request or its answer; longer ones are not remembered.
const INIT_MAX: usize = 16_384;
