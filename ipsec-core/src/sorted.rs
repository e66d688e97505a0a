//! Order, for many kinds of things and little code: a sort, a map and a set.
//!
//! `BTreeMap` and the sorts of the standard library are compiled anew for every
//! type they hold, some five kilobytes each time; this library has more than a
//! hundred such types. Here, what decides is compiled once, for numbers, and
//! asks for comparisons. Where packets wait for it, use the others.
#![cfg_attr(
    not(all(feature = "capture", feature = "report")),
    allow(dead_code, reason = "rooms that are not there would use it")
)]

use alloc::vec::{self, Vec};
use core::borrow::Borrow;
use core::cmp::Ordering;
use core::fmt;
use core::iter::{FlatMap, Flatten, Map as Mapped};
use core::mem;
use core::slice;

/// Sorts by what `key` says; what is equal keeps its order.
pub(crate) fn by_key<T, K: Ord>(items: &mut [T], key: impl Fn(&T) -> K) {
    let order = order(items.len(), &|a, b| {
        let (a, b) = (items.get(a).map(&key), items.get(b).map(&key));
        a.cmp(&b)
    });
    arrange(order, &mut |a, b| items.swap(a, b));
}

/// Sorts; of what is equal, nobody can say which came first.
pub(crate) fn sort<T: Ord + Copy>(items: &mut [T]) {
    by_key(items, |item| *item);
}

/// The places of `len` things in their order.
fn order(len: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..len).collect();
    order.sort_unstable_by(|a, b| compare(*a, *b).then(a.cmp(b)));
    order
}

/// Swaps until each place has what stood at the place that `order` names.
fn arrange(mut order: Vec<usize>, swap: &mut dyn FnMut(usize, usize)) {
    for start in 0..order.len() {
        let mut at = start;
        while let Some(from) = order.get_mut(at).map(|from| mem::replace(from, at))
            && from != start
            && from != at
        {
            swap(at, from);
            at = from;
        }
    }
}

/// How many of `len` things in order come before a place.
fn count_before(len: usize, is_before: &dyn Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, len);
    while low < high {
        let middle = low.midpoint(high);
        match is_before(middle) {
            true => low = middle.saturating_add(1),
            false => high = middle,
        }
    }
    low
}

/// A map in the order of its keys: runs of up to [`RUN`] entries, so that an
/// insertion moves few of them however many there are.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Map<K, V> {
    /// None is empty.
    runs: Vec<Vec<(K, V)>>,
}

/// Where an entry stands, or would: the run, and the place in it.
#[derive(Clone, Copy)]
struct Place {
    run: usize,
    at: usize,
    taken: bool,
}

impl<K, V> Map<K, V> {
    pub(crate) const fn new() -> Self {
        Self { runs: Vec::new() }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.runs.iter().map(Vec::len).sum()
    }

    pub(crate) fn iter(&self) -> Iter<'_, K, V> {
        let pair: fn(&(K, V)) -> (&K, &V) = |(key, value)| (key, value);
        self.runs.iter().flatten().map(pair)
    }

    pub(crate) fn keys(&self) -> impl DoubleEndedIterator<Item = &K> + Clone {
        self.runs.iter().flatten().map(|(key, _)| key)
    }

    pub(crate) fn values(&self) -> impl DoubleEndedIterator<Item = &V> + Clone {
        self.runs.iter().flatten().map(|(_, value)| value)
    }

    pub(crate) fn into_values(self) -> impl DoubleEndedIterator<Item = V> {
        self.runs.into_iter().flatten().map(|(_, value)| value)
    }

    pub(crate) fn first_key_value(&self) -> Option<(&K, &V)> {
        let (key, value) = self.runs.first()?.first()?;
        Some((key, value))
    }

    pub(crate) fn last_key_value(&self) -> Option<(&K, &V)> {
        let (key, value) = self.runs.last()?.last()?;
        Some((key, value))
    }

    pub(crate) fn pop_first(&mut self) -> Option<(K, V)> {
        self.take(Place {
            run: 0,
            at: 0,
            taken: !self.is_empty(),
        })
    }

    pub(crate) fn retain(&mut self, mut keep: impl FnMut(&K, &mut V) -> bool) {
        for run in &mut self.runs {
            run.retain_mut(|(key, value)| keep(key, value));
        }
        self.runs.retain(|run| !run.is_empty());
    }

    fn at(&self, place: Place) -> Option<&(K, V)> {
        self.runs.get(place.run)?.get(place.at)
    }

    fn at_mut(&mut self, place: Place) -> Option<&mut (K, V)> {
        self.runs.get_mut(place.run)?.get_mut(place.at)
    }

    fn put(&mut self, place: Place, entry: (K, V)) -> Place {
        let Some(run) = self.runs.get_mut(place.run) else {
            self.runs.push(Vec::from([entry]));
            return place;
        };
        run.insert(place.at, entry);
        if run.len() <= RUN {
            return place;
        }
        // Entries that come in order leave full runs behind.
        let half = if place.at == RUN { RUN } else { RUN / 2 };
        let rest = run.split_off(half);
        let next = place.run.saturating_add(1);
        self.runs.insert(next, rest);
        match place.at.checked_sub(half) {
            Some(at) => Place {
                run: next,
                at,
                ..place
            },
            None => place,
        }
    }

    fn take(&mut self, place: Place) -> Option<(K, V)> {
        let run = self.runs.get_mut(place.run).filter(|_| place.taken)?;
        let entry = run.remove(place.at);
        if run.is_empty() {
            self.runs.remove(place.run);
        }
        Some(entry)
    }
}

impl<K: Ord, V> Map<K, V> {
    fn place<Q: Ord + ?Sized>(&self, key: &Q) -> Place
    where
        K: Borrow<Q>,
    {
        let is_less = |entry: Option<&(K, V)>| entry.is_some_and(|(have, _)| have.borrow() < key);
        // Behind all of them is the end of the last run.
        let run = count_before(self.runs.len().saturating_sub(1), &|run| {
            is_less(self.runs.get(run).and_then(|run| run.last()))
        });
        let entries = self.runs.get(run).map_or(&[][..], Vec::as_slice);
        let at = count_before(entries.len(), &|at| is_less(entries.get(at)));
        let here = entries.get(at);
        let taken = here.is_some_and(|(have, _)| have.borrow() == key);
        Place { run, at, taken }
    }

    fn find<Q: Ord + ?Sized>(&self, key: &Q) -> Option<Place>
    where
        K: Borrow<Q>,
    {
        Some(self.place(key)).filter(|place| place.taken)
    }

    pub(crate) fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.place(key).taken
    }

    pub(crate) fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.at(self.find(key)?).map(|(_, value)| value)
    }

    pub(crate) fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let place = self.find(key)?;
        self.at_mut(place).map(|(_, value)| value)
    }

    /// Gives the value that stood there before.
    pub(crate) fn insert(&mut self, key: K, value: V) -> Option<V> {
        let place = self.place(&key);
        if place.taken {
            let held = self.at_mut(place).map(|(_, held)| held)?;
            return Some(mem::replace(held, value));
        }
        self.put(place, (key, value));
        None
    }

    pub(crate) fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        self.take(self.place(key)).map(|(_, value)| value)
    }

    /// The entries up to and with that of `key`.
    pub(crate) fn up_to(&self, key: &K) -> impl DoubleEndedIterator<Item = (&K, &V)> {
        let end = self.place(key);
        let whole = self.runs.get(..end.run).unwrap_or_default();
        let last = self.runs.get(end.run).map_or(&[][..], Vec::as_slice);
        let last = last.get(..end.at.saturating_add(end.taken.into()));
        let last = last.unwrap_or_default();
        let entries = whole.iter().flatten().chain(last);
        entries.map(|(key, value)| (key, value))
    }

    /// The entries behind that of `key`.
    pub(crate) fn after(&self, key: &K) -> impl Iterator<Item = (&K, &V)> {
        let start = self.place(key);
        let runs = self.runs.get(start.run..).unwrap_or_default();
        let entries = runs.iter().flatten();
        let entries = entries.skip(start.at.saturating_add(start.taken.into()));
        entries.map(|(key, value)| (key, value))
    }

    pub(crate) fn entry(&mut self, key: K) -> Entry<'_, K, V> {
        let place = self.place(&key);
        Entry {
            map: self,
            key,
            place,
        }
    }
}

/// Where an entry stands in a map, or will.
pub(crate) struct Entry<'m, K, V> {
    map: &'m mut Map<K, V>,
    key: K,
    place: Place,
}

impl<'m, K, V> Entry<'m, K, V> {
    pub(crate) fn or_insert_with(self, value: impl FnOnce() -> V) -> &'m mut V {
        let place = match self.place.taken {
            true => self.place,
            false => self.map.put(self.place, (self.key, value())),
        };
        #[expect(clippy::expect_used, reason = "it was there, or was put there")]
        let (_, value) = self.map.at_mut(place).expect("an entry");
        value
    }

    pub(crate) fn or_insert(self, value: V) -> &'m mut V {
        self.or_insert_with(|| value)
    }

    pub(crate) fn or_default(self) -> &'m mut V
    where
        V: Default,
    {
        self.or_insert_with(V::default)
    }
}

/// What [`Map::iter`] gives.
pub(crate) type Iter<'m, K, V> =
    Mapped<Flatten<slice::Iter<'m, Vec<(K, V)>>>, fn(&'m (K, V)) -> (&'m K, &'m V)>;

impl<'m, K, V> IntoIterator for &'m Map<K, V> {
    type Item = (&'m K, &'m V);
    type IntoIter = Iter<'m, K, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// What goes through a map and may change its values.
type IterMut<'m, K, V> = FlatMap<
    slice::IterMut<'m, Vec<(K, V)>>,
    Mapped<slice::IterMut<'m, (K, V)>, fn(&'m mut (K, V)) -> (&'m K, &'m mut V)>,
    fn(
        &'m mut Vec<(K, V)>,
    ) -> Mapped<slice::IterMut<'m, (K, V)>, fn(&'m mut (K, V)) -> (&'m K, &'m mut V)>,
>;

impl<'m, K, V> IntoIterator for &'m mut Map<K, V> {
    type Item = (&'m K, &'m mut V);
    type IntoIter = IterMut<'m, K, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.runs
            .iter_mut()
            .flat_map(|run| run.iter_mut().map(|(key, value)| (&*key, value)))
    }
}

impl<K, V> IntoIterator for Map<K, V> {
    type Item = (K, V);
    type IntoIter = Flatten<vec::IntoIter<Vec<(K, V)>>>;

    fn into_iter(self) -> Self::IntoIter {
        self.runs.into_iter().flatten()
    }
}

impl<K: Ord, V> Extend<(K, V)> for Map<K, V> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

impl<K: Ord, V> FromIterator<(K, V)> for Map<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut map = Self::new();
        map.extend(entries);
        map
    }
}

impl<K, V> Default for Map<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Map<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}

/// Things in their order, each of them once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Set<T>(Map<T, ()>);

impl<T> Set<T> {
    pub(crate) const fn new() -> Self {
        Self(Map::new())
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &T> + Clone {
        self.0.keys()
    }
}

impl<T: Ord> Set<T> {
    pub(crate) fn contains<Q: Ord + ?Sized>(&self, item: &Q) -> bool
    where
        T: Borrow<Q>,
    {
        self.0.contains_key(item)
    }

    /// Whether it was not there yet.
    pub(crate) fn insert(&mut self, item: T) -> bool {
        self.0.insert(item, ()).is_none()
    }
}

impl<T: Ord> Extend<T> for Set<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, items: I) {
        for item in items {
            self.insert(item);
        }
    }
}

impl<T: Ord> FromIterator<T> for Set<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut set = Self::new();
        set.extend(items);
        set
    }
}

impl<T: Ord, const N: usize> From<[T; N]> for Set<T> {
    fn from(items: [T; N]) -> Self {
        items.into_iter().collect()
    }
}

impl<T> IntoIterator for Set<T> {
    type Item = T;
    type IntoIter = Mapped<Flatten<vec::IntoIter<Vec<(T, ())>>>, fn((T, ())) -> T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter().map(|(item, ())| item)
    }
}

impl<T> Default for Set<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// Entries that are moved by an insertion, at most.
const RUN: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeMap;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_map_is_as_a_btree_map(steps in prop::collection::vec((0_u16..600, 0_u8..8), 0..2_000)) {
            let (mut map, mut like) = (Map::new(), BTreeMap::new());
            for (at, (key, what)) in steps.into_iter().enumerate() {
                match what {
                    0 => prop_assert_eq!(map.remove(&key), like.remove(&key)),
                    1 => prop_assert_eq!(map.pop_first(), like.pop_first()),
                    2 => prop_assert_eq!(map.entry(key).or_insert(at), like.entry(key).or_insert(at)),
                    3 => prop_assert_eq!(map.up_to(&key).next_back(), like.range(..=key).next_back()),
                    _ => prop_assert_eq!(map.insert(key, at), like.insert(key, at)),
                }
                prop_assert_eq!(map.get(&key), like.get(&key));
                prop_assert_eq!(map.after(&key).next(), like.range(key + 1..).next());
            }
            prop_assert_eq!(map.len(), like.len());
            prop_assert!(map.runs.iter().all(|run| (1..=RUN).contains(&run.len())));
            prop_assert!(map.iter().eq(like.iter()));
            map.retain(|key, _| key % 3 == 0);
            like.retain(|key, _| key % 3 == 0);
            prop_assert!(map.into_iter().eq(like));
        }

        #[test]
        fn a_sort_is_stable(items in prop::collection::vec((0_u8..20, 0_u16..9), 0..200)) {
            let (mut mine, mut like) = (items.clone(), items);
            by_key(&mut mine, |(key, _)| *key);
            like.sort_by_key(|(key, _)| *key);
            prop_assert_eq!(&mine, &like);
            sort(&mut mine);
            like.sort_unstable();
            prop_assert_eq!(mine, like);
        }
    }

    #[test]
    fn many_entries_in_any_order_are_quick() {
        let scattered = |n: u64| n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let map: Map<u64, u64> = (0..200_000).map(|n| (scattered(n), n)).collect();
        assert_eq!(map.len(), 200_000);
        assert!(map.keys().is_sorted());
        assert_eq!(map.get(&scattered(77)), Some(&77));
    }
}
