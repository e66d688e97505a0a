//! A list that grows page by page: nothing in it is ever moved, and at most one
//! page is kept for more (RFC 4301 §4.4.2 leaves the form of the database
//! open).

use alloc::vec::Vec;

/// The list.
#[derive(Debug)]
pub(super) struct Pages<T> {
    pages: Vec<Vec<T>>,
}

impl<T> Pages<T> {
    pub(super) const fn new() -> Self {
        Self { pages: Vec::new() }
    }

    pub(super) fn len(&self) -> usize {
        let last = self.pages.last().map_or(0, Vec::len);
        let full = self.pages.len().saturating_sub(1);
        full.saturating_mul(PAGE).saturating_add(last)
    }

    pub(super) fn push(&mut self, value: T) {
        match self.pages.last_mut() {
            Some(page) if page.len() < PAGE => page.push(value),
            _ => {
                let mut page = Vec::with_capacity(PAGE);
                page.push(value);
                self.pages.push(page);
            }
        }
    }

    pub(super) fn get(&self, at: u32) -> Option<&T> {
        let at = usize::try_from(at).ok()?;
        self.pages.get(at / PAGE)?.get(at % PAGE)
    }

    pub(super) fn get_mut(&mut self, at: u32) -> Option<&mut T> {
        let at = usize::try_from(at).ok()?;
        self.pages.get_mut(at / PAGE)?.get_mut(at % PAGE)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.pages.iter().flatten()
    }
}

/// Values of one page.
const PAGE: usize = 64;
