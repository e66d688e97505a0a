//! The IKE SAs of an endpoint, each in a slot. An SPI of ours names its slot,
//! so finding the SA of a message is one look into an array.

use crate::crypto::Random;
use alloc::boxed::Box;
use alloc::vec::Vec;

/// Which SA: a slot, and how often that slot was given away before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct SaKey {
    pub(super) slot: u32,
    pub(super) generation: u32,
}

/// Slots for values of type `T`.
#[derive(Debug)]
pub(super) struct Slab<T> {
    slots: Vec<Slot<T>>,
    free: Vec<u32>,
    len: usize,
}

#[derive(Debug)]
struct Slot<T> {
    generation: u32,
    value: Option<Box<T>>,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self {
            slots: Vec::new(),
            free: Vec::new(),
            len: 0,
        }
    }
}

impl<T> Slab<T> {
    /// The key that the next value gets; `None` when all slots are taken.
    pub(super) fn vacant(&self) -> Option<SaKey> {
        let slot = match self.free.last() {
            Some(slot) => *slot,
            None => u32::try_from(self.slots.len())
                .ok()
                .filter(|slot| *slot < SLOTS_MAX)?,
        };
        let generation = self.at(slot).map_or(0, |slot| slot.generation);
        Some(SaKey { slot, generation })
    }

    /// Puts `value` where [`Slab::vacant`] said.
    pub(super) fn insert(&mut self, key: SaKey, value: Box<T>) {
        if self.free.last() == Some(&key.slot) {
            self.free.pop();
        } else {
            self.slots.push(Slot {
                generation: key.generation,
                value: None,
            });
        }
        if let Some(slot) = self.at_mut(key.slot) {
            slot.value = Some(value);
            self.len = self.len.saturating_add(1);
        }
    }

    pub(super) fn get(&self, key: SaKey) -> Option<&T> {
        let slot = self.at(key.slot)?;
        let value = slot.value.as_deref()?;
        (slot.generation == key.generation).then_some(value)
    }

    pub(super) fn get_mut(&mut self, key: SaKey) -> Option<&mut T> {
        let slot = self.at_mut(key.slot)?;
        let value = slot.value.as_deref_mut()?;
        (slot.generation == key.generation).then_some(value)
    }

    pub(super) fn remove(&mut self, key: SaKey) -> Option<Box<T>> {
        let slot = self.at_mut(key.slot)?;
        if slot.generation != key.generation {
            return None;
        }
        let value = slot.value.take()?;
        slot.generation = slot.generation.wrapping_add(1);
        self.free.push(key.slot);
        self.len = self.len.saturating_sub(1);
        Some(value)
    }

    /// The key of whatever is in the slot that `spi` names.
    pub(super) fn of_spi(&self, spi: u64) -> Option<SaKey> {
        let slot = u32::try_from(spi >> RANDOM_BITS).ok()?;
        let found = self.at(slot)?;
        found.value.as_ref()?;
        Some(SaKey {
            slot,
            generation: found.generation,
        })
    }

    /// Values there are.
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// All keys and values, in the order of slots.
    pub(super) fn iter(&self) -> impl Iterator<Item = (SaKey, &T)> {
        (0..).zip(&self.slots).filter_map(|(slot, found)| {
            let generation = found.generation;
            Some((SaKey { slot, generation }, found.value.as_deref()?))
        })
    }

    fn at(&self, slot: u32) -> Option<&Slot<T>> {
        self.slots.get(usize::try_from(slot).ok()?)
    }

    fn at_mut(&mut self, slot: u32) -> Option<&mut Slot<T>> {
        self.slots.get_mut(usize::try_from(slot).ok()?)
    }
}

/// A new SPI for the SA in `key`'s slot: slot, then random bits, never zero.
pub(super) fn new_spi(key: SaKey, random: &mut dyn Random) -> u64 {
    let mut bytes = [0; 8];
    random.fill(&mut bytes);
    let low = u64::from_be_bytes(bytes) & ((1 << RANDOM_BITS) - 1);
    u64::from(key.slot) << RANDOM_BITS | low.max(1)
}

/// The random part of an SPI; an SA checks the whole.
const RANDOM_BITS: u32 = 40;

/// Slots that an SPI has room for.
const SLOTS_MAX: u32 = 1 << (u64::BITS - RANDOM_BITS);

#[cfg(test)]
mod tests {
    use super::*;

    struct Ones;

    impl Random for Ones {
        fn fill(&mut self, out: &mut [u8]) {
            out.fill(0xff);
        }
    }

    #[test]
    fn a_slot_is_used_again_under_another_key() {
        let mut slab = Slab::default();
        let first = slab.vacant().unwrap();
        slab.insert(first, Box::new('a'));
        let second = slab.vacant().unwrap();
        slab.insert(second, Box::new('b'));
        assert_eq!(slab.remove(first).as_deref(), Some(&'a'));
        assert_eq!(slab.remove(first), None);
        let third = slab.vacant().unwrap();
        assert_eq!((third.slot, third.generation), (first.slot, 1));
        slab.insert(third, Box::new('c'));
        assert_eq!((slab.get(first), slab.get(third)), (None, Some(&'c')));
        assert_eq!(slab.get_mut(second), Some(&mut 'b'));
        assert_eq!((slab.len(), slab.iter().count()), (2, 2));
    }

    #[test]
    fn spis_lead_to_their_slot() {
        let mut slab = Slab::default();
        for letter in ['a', 'b'] {
            let key = slab.vacant().unwrap();
            slab.insert(key, Box::new(letter));
        }
        let key = SaKey {
            slot: 1,
            generation: 0,
        };
        let spi = new_spi(key, &mut Ones);
        assert_eq!(spi, 0x0000_01ff_ffff_ffff);
        assert_eq!(slab.of_spi(spi), Some(key));
        assert_eq!(slab.of_spi(u64::MAX), None);
    }
}
