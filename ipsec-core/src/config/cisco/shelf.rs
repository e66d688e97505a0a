//! Named things in the order in which they first appear.

use crate::sorted::Map;
use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::vec::Vec;

/// Things by name. What is named twice is one thing.
pub(in crate::config) struct Shelf<T> {
    items: Vec<T>,
    index: Map<String, usize>,
}

impl<T> Shelf<T> {
    pub(in crate::config) const fn new() -> Self {
        Self {
            items: Vec::new(),
            index: Map::new(),
        }
    }

    pub(in crate::config) fn get(&self, name: &str) -> Option<&T> {
        self.items.get(*self.index.get(name)?)
    }

    pub(in crate::config) fn get_mut(&mut self, name: &str) -> Option<&mut T> {
        self.items.get_mut(*self.index.get(name)?)
    }

    /// The thing of this name, made when there is none.
    pub(in crate::config) fn open(
        &mut self,
        name: &str,
        new: impl FnOnce() -> T,
    ) -> Option<&mut T> {
        if !self.index.contains_key(name) {
            self.index.insert(name.to_owned(), self.items.len());
            self.items.push(new());
        }
        self.get_mut(name)
    }

    pub(in crate::config) fn iter(&self) -> core::slice::Iter<'_, T> {
        self.items.iter()
    }
}
