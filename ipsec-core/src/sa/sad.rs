//! The security association database: SAs by the SPI of their packets, by a
//! handle, and by the time at which something is to be done about them
//! (RFC 4301 §4.1 and §4.4.2).
//!
//! What an SA is, the caller decides: this database finds it. Its order is
//! that of insertion into free places, the same in every run. An SPI is found
//! by hashing: it was chosen on this side, so no peer can make many collide.
//! SPIs of groups, which others choose, stand in a tree.

mod pages;

use crate::crypto::Random;
use crate::time::Instant;
use crate::wire::registry::ip::Protocol;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::fmt;
use core::net::IpAddr;
use hashbrown::HashTable;
use pages::Pages;

/// What names an SA in a packet that comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_structs, reason = "RFC 4301 §4.1 looks at these")]
pub struct Key {
    /// Security parameters index.
    pub spi: u32,
    /// ESP or AH.
    pub protocol: Protocol,
    /// The group, for SAs of a multicast group, whose SPI another chose.
    pub destination: Option<IpAddr>,
    /// The sender, where every sender of a group has an SA of its own.
    pub source: Option<IpAddr>,
}

impl Key {
    /// An SA between two.
    #[must_use]
    pub const fn new(spi: u32, protocol: Protocol) -> Self {
        Self {
            spi,
            protocol,
            destination: None,
            source: None,
        }
    }

    const fn is_of_group(&self) -> bool {
        self.destination.is_some() || self.source.is_some()
    }

    /// Of SPI and protocol, which are all that an SA between two has.
    fn digest(&self) -> u64 {
        let both = u64::from(self.protocol.0) << 32 | u64::from(self.spi);
        let spread = both.wrapping_mul(SPREAD);
        spread ^ spread >> 32
    }
}

/// Names an SA of one database for as long as it is there, and nothing
/// afterwards, even when another takes its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Handle {
    place: u32,
    generation: u32,
}

impl Handle {
    /// Before every other, and of an SA as well.
    pub(crate) const FIRST: Self = Self {
        place: 0,
        generation: 0,
    };
}

/// All SAs.
#[derive(Debug)]
pub struct Sad<S> {
    places: Pages<Place<S>>,
    free: Vec<u32>,
    /// Places by SPI and protocol.
    by_spi: HashTable<u32>,
    /// Places by the keys of groups.
    groups: BTreeMap<Key, u32>,
    timers: BTreeSet<(Instant, u32)>,
    limit: usize,
}

#[derive(Debug)]
struct Place<S> {
    generation: u32,
    held: Option<Held<S>>,
}

#[derive(Debug)]
struct Held<S> {
    key: Option<Key>,
    timer: Option<Instant>,
    sa: S,
}

impl<S> Place<S> {
    fn key(&self) -> Option<Key> {
        self.held.as_ref()?.key
    }
}

impl<S> Sad<S> {
    /// A database that holds up to `limit` SAs, and never more than
    /// [`SAS_MAX`].
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            places: Pages::new(),
            free: Vec::new(),
            by_spi: HashTable::new(),
            groups: BTreeMap::new(),
            timers: BTreeSet::new(),
            limit: limit.min(SAS_MAX),
        }
    }

    /// How many SAs there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.len().saturating_sub(self.free.len())
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Puts in an SA that packets are received by; one that sends has no key.
    ///
    /// # Errors
    ///
    /// Another one has this key, or the database is full; the SA comes back.
    pub fn insert(&mut self, key: Option<Key>, sa: S) -> Result<Handle, Refused<S>> {
        if self.len() >= self.limit {
            let limit = self.limit;
            return Err(Refused::Full { limit, sa });
        }
        if let Some(key) = key.filter(|key| self.has(key)) {
            return Err(Refused::Taken { key, sa });
        }
        let place = self.free.pop().unwrap_or_else(|| {
            let at = self.places.len();
            self.places.push(Place {
                generation: 0,
                held: None,
            });
            u32::try_from(at).unwrap_or(u32::MAX)
        });
        let mut generation = 0;
        if let Some(free) = self.place_mut(place) {
            generation = free.generation;
            free.held = Some(Held {
                key,
                timer: None,
                sa,
            });
        }
        if let Some(key) = key {
            self.index(key, place);
        }
        Ok(Handle { place, generation })
    }

    fn index(&mut self, key: Key, place: u32) {
        if key.is_of_group() {
            self.groups.insert(key, place);
            return;
        }
        let places = &self.places;
        let again = |place: &u32| {
            let key = places.get(*place).and_then(Place::key);
            key.map_or(0, |key| key.digest())
        };
        self.by_spi.insert_unique(key.digest(), place, again);
    }

    /// Takes an SA out.
    pub fn remove(&mut self, handle: Handle) -> Option<S> {
        let place = self.place_mut(handle.place)?;
        if place.generation != handle.generation {
            return None;
        }
        let held = place.held.take()?;
        place.generation = place.generation.wrapping_add(1);
        self.free.push(handle.place);
        if let Some(key) = held.key {
            let at = |place: &u32| *place == handle.place;
            if let Ok(entry) = self.by_spi.find_entry(key.digest(), at) {
                entry.remove();
            }
            self.groups.remove(&key);
        }
        if let Some(at) = held.timer {
            self.timers.remove(&(at, handle.place));
        }
        Some(held.sa)
    }

    /// The SA of a packet: one of the group and its sender, else one of the
    /// group, else one of the SPI alone (RFC 4301 §4.1).
    #[must_use]
    pub fn lookup(
        &self,
        protocol: Protocol,
        spi: u32,
        source: IpAddr,
        destination: IpAddr,
    ) -> Option<Handle> {
        let alone = Key::new(spi, protocol);
        if !self.groups.is_empty() {
            let group = Key {
                destination: Some(destination),
                ..alone
            };
            let sender = Key {
                source: Some(source),
                ..group
            };
            let of_group = self.groups.get(&sender).or_else(|| self.groups.get(&group));
            if let Some(place) = of_group {
                return self.handle(*place);
            }
        }
        self.handle(self.place_of(&alone)?)
    }

    fn place_of(&self, key: &Key) -> Option<u32> {
        if key.is_of_group() {
            return self.groups.get(key).copied();
        }
        let same = |place: &u32| self.places.get(*place).and_then(Place::key) == Some(*key);
        self.by_spi.find(key.digest(), same).copied()
    }

    /// Whether an SA has this key.
    #[must_use]
    pub fn has(&self, key: &Key) -> bool {
        self.place_of(key).is_some()
    }

    /// The SA of this handle.
    #[must_use]
    pub fn get(&self, handle: Handle) -> Option<&S> {
        let place = self.places.get(handle.place)?;
        let held = place.held.as_ref()?;
        (place.generation == handle.generation).then_some(&held.sa)
    }

    /// The SA of this handle, to be changed.
    pub fn get_mut(&mut self, handle: Handle) -> Option<&mut S> {
        let place = self.place_mut(handle.place)?;
        let held = place.held.as_mut()?;
        (place.generation == handle.generation).then_some(&mut held.sa)
    }

    /// All SAs, in the order of their places.
    pub fn iter(&self) -> impl Iterator<Item = (Handle, &S)> {
        (0_u32..).zip(self.places.iter()).filter_map(|(at, place)| {
            let generation = place.generation;
            let handle = Handle {
                place: at,
                generation,
            };
            Some((handle, &place.held.as_ref()?.sa))
        })
    }

    /// An SPI that no SA between two has: at random, so that an attacker who
    /// sees none cannot guess it, and none of the first 256, which are not
    /// for SAs (RFC 4303 §2.1). `None` where chance finds no free one.
    pub fn free_spi(&self, protocol: Protocol, random: &mut dyn Random) -> Option<u32> {
        (0..TRIES).find_map(|_| {
            let mut spi = [0; 4];
            random.fill(&mut spi);
            let spi = u32::from_be_bytes(spi);
            let key = Key::new(spi, protocol);
            (spi > RESERVED && !self.has(&key)).then_some(spi)
        })
    }

    /// Sets, moves or takes away the time at which [`Sad::due`] names this SA.
    pub fn set_timer(&mut self, handle: Handle, at: Option<Instant>) {
        let Some(place) = self.place_mut(handle.place) else {
            return;
        };
        if place.generation != handle.generation {
            return;
        }
        let Some(held) = &mut place.held else {
            return;
        };
        let before = core::mem::replace(&mut held.timer, at);
        if let Some(before) = before {
            self.timers.remove(&(before, handle.place));
        }
        if let Some(at) = at {
            self.timers.insert((at, handle.place));
        }
    }

    /// The first time that is set.
    #[must_use]
    pub fn next_timer(&self) -> Option<Instant> {
        self.timers.first().map(|(at, _)| *at)
    }

    /// An SA whose time has come; its timer is then no longer set.
    pub fn due(&mut self, now: Instant) -> Option<Handle> {
        let (at, place) = *self.timers.first()?;
        if at > now {
            return None;
        }
        self.timers.pop_first();
        if let Some(held) = self.place_mut(place).and_then(|place| place.held.as_mut()) {
            held.timer = None;
        }
        self.handle(place)
    }

    fn handle(&self, place: u32) -> Option<Handle> {
        let generation = self.places.get(place)?.generation;
        Some(Handle { place, generation })
    }

    fn place_mut(&mut self, place: u32) -> Option<&mut Place<S>> {
        self.places.get_mut(place)
    }
}

/// Why an SA was not put in, and the SA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refused<S> {
    /// Another SA has its key.
    Taken {
        /// The key.
        key: Key,
        /// The SA.
        sa: S,
    },
    /// There is no room for more.
    Full {
        /// How many there may be.
        limit: usize,
        /// The SA.
        sa: S,
    },
}

impl<S> fmt::Display for Refused<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Taken { key, .. } => write!(f, "there is an SA with the SPI 0x{:08x}", key.spi),
            Self::Full { limit, .. } => write!(f, "there are {limit} SAs already"),
        }
    }
}

impl<S: fmt::Debug> core::error::Error for Refused<S> {}

/// 2⁶⁴ divided by the golden ratio.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// SPIs up to this one are not for SAs.
const RESERVED: u32 = 255;

/// Tries for a free SPI: with half of all SPIs taken, one in 2⁶⁴ searches is
/// in vain.
const TRIES: usize = 64;

/// SAs of one database.
pub const SAS_MAX: usize = 1 << 24;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ESP: Protocol = Protocol::ESP;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn at(seconds: u64) -> Instant {
        Instant::from_seconds(seconds, 0)
    }

    fn found<S: Copy>(
        sad: &Sad<S>,
        protocol: Protocol,
        spi: u32,
        from: &str,
        to: &str,
    ) -> Option<S> {
        let handle = sad.lookup(protocol, spi, ip(from), ip(to))?;
        sad.get(handle).copied()
    }

    struct Given(Vec<u32>);

    impl Random for Given {
        fn fill(&mut self, out: &mut [u8]) {
            out.copy_from_slice(&self.0.remove(0).to_be_bytes());
        }
    }

    #[test]
    fn the_most_special_sa_is_taken() {
        let mut sad = Sad::new(10);
        let (group, sender) = (ip("239.1.1.1"), ip("192.0.2.1"));
        let alone = Key::new(7, ESP);
        let grouped = Key {
            destination: Some(group),
            ..alone
        };
        let single = Key {
            source: Some(sender),
            ..grouped
        };
        for (key, name) in [
            (alone, 1),
            (grouped, 2),
            (single, 3),
            (Key::new(7, Protocol::AH), 4),
        ] {
            sad.insert(Some(key), name).unwrap();
        }
        assert_eq!(found(&sad, ESP, 7, "192.0.2.1", "239.1.1.1"), Some(3));
        assert_eq!(found(&sad, ESP, 7, "192.0.2.2", "239.1.1.1"), Some(2));
        assert_eq!(found(&sad, ESP, 7, "192.0.2.1", "192.0.2.9"), Some(1));
        assert_eq!(
            found(&sad, Protocol::AH, 7, "192.0.2.1", "192.0.2.9"),
            Some(4)
        );
        assert_eq!(found(&sad, ESP, 8, "192.0.2.1", "192.0.2.9"), None);
    }

    #[test]
    fn a_handle_outlives_its_sa_and_names_no_other() {
        let mut sad = Sad::new(1);
        let old = sad.insert(Some(Key::new(300, ESP)), 'a').unwrap();
        let full = sad.insert(None, 'b');
        assert_eq!(full, Err(Refused::Full { limit: 1, sa: 'b' }));
        assert_eq!(sad.remove(old), Some('a'));
        let new = sad.insert(Some(Key::new(300, ESP)), 'c').unwrap();
        assert_eq!(sad.get(old), None);
        assert_eq!(sad.remove(old), None);
        sad.set_timer(old, Some(at(1)));
        assert_eq!(sad.next_timer(), None);
        assert_eq!(sad.get(new), Some(&'c'));
    }

    #[test]
    fn one_key_one_sa() {
        let mut sad = Sad::new(9);
        let key = Key::new(300, ESP);
        sad.insert(Some(key), 'a').unwrap();
        assert_eq!(
            sad.insert(Some(key), 'b'),
            Err(Refused::Taken { key, sa: 'b' })
        );
        sad.insert(None, 'c').unwrap();
        sad.insert(None, 'd').unwrap();
        let names: Vec<char> = sad.iter().map(|(_, name)| *name).collect();
        assert_eq!(names, ['a', 'c', 'd']);
    }

    #[test]
    fn spis_are_free_and_fit_for_sas() {
        let mut sad = Sad::new(9);
        sad.insert(Some(Key::new(1000, ESP)), ()).unwrap();
        let mut random = Given(Vec::from([0, 255, 1000, 256]));
        assert_eq!(sad.free_spi(ESP, &mut random), Some(256));
        let mut random = Given(alloc::vec![1000; TRIES]);
        assert_eq!(sad.free_spi(ESP, &mut random), None);
    }

    #[test]
    fn timers_come_in_order_and_once() {
        let mut sad = Sad::new(9);
        let [a, b] = ['a', 'b'].map(|name| sad.insert(None, name).unwrap());
        sad.set_timer(a, Some(at(20)));
        sad.set_timer(b, Some(at(10)));
        sad.set_timer(a, Some(at(5)));
        assert_eq!((sad.next_timer(), sad.due(at(4))), (Some(at(5)), None));
        assert_eq!((sad.due(at(30)), sad.due(at(30))), (Some(a), Some(b)));
        assert_eq!((sad.due(at(30)), sad.next_timer()), (None, None));
        sad.set_timer(a, Some(at(40)));
        sad.remove(a);
        assert_eq!(sad.next_timer(), None);
    }

    proptest! {
        /// Against a plain list, through any sequence of changes.
        #[test]
        fn a_database_is_a_list(steps in prop::collection::vec((0_u8..4, 256_u32..264, 0_u64..9), 0..200)) {
            let mut sad = Sad::new(6);
            let mut list: Vec<(u32, u32, Handle)> = Vec::new();
            let mut next = 0;
            for (step, spi, time) in steps {
                let held = list.iter().position(|(other, ..)| *other == spi);
                match (step, held) {
                    (0 | 1, _) => {
                        let inserted = sad.insert(Some(Key::new(spi, ESP)), next);
                        prop_assert_eq!(inserted.is_ok(), held.is_none() && list.len() < 6);
                        if let Ok(handle) = inserted {
                            list.push((spi, next, handle));
                        }
                        next += 1;
                    }
                    (2, Some(index)) => {
                        let (_, name, handle) = list.remove(index);
                        prop_assert_eq!(sad.remove(handle), Some(name));
                    }
                    (_, Some(index)) => sad.set_timer(list[index].2, Some(at(time))),
                    (_, None) => {}
                }
                prop_assert_eq!(sad.len(), list.len());
                for (spi, name, _) in &list {
                    prop_assert_eq!(found(&sad, ESP, *spi, "192.0.2.1", "192.0.2.2"), Some(*name));
                }
            }
            let mut last = at(0);
            while let Some(first) = sad.next_timer() {
                prop_assert!(first >= last);
                last = first;
                let handle = sad.due(first).unwrap();
                prop_assert!(list.iter().any(|(.., known)| *known == handle));
            }
        }
    }
}
