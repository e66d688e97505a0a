//! What could not be read: kept, positioned, and reported once.

use super::layout::{Field, Layout, Show};
use super::leaf::{DecodeError, Fault, located, offset_in};
use alloc::boxed::Box;

/// The end of a structure that could not be read, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "bytes and the reason, no more")]
pub struct Unread<'a> {
    /// The bytes from the first unreadable field to the end of the structure.
    pub bytes: &'a [u8],
    /// What is wrong; its offset counts from the start of the structure.
    pub error: DecodeError,
}

impl Unread<'_> {
    /// Lays the bytes out as one field with the fault beside it.
    pub(super) fn lay_out(&self, out: &mut impl Layout) {
        out.bytes(&UNREAD, self.bytes);
        out.malformed(&self.error);
    }
}

/// Keeps the first fault of a message while reading goes on.
pub(super) struct Faults<'a> {
    base: &'a [u8],
    first: Option<DecodeError>,
}

impl<'a> Faults<'a> {
    /// Offsets of the reported fault will count from the start of `base`.
    pub(super) const fn new(base: &'a [u8]) -> Self {
        Self { base, first: None }
    }

    #[cold]
    pub(super) fn note(&mut self, error: &nom::Err<Fault<'_>>) {
        if self.first.is_none() {
            self.first = Some(located(error, self.base));
        }
    }

    /// Notes `error`, whose offset counts from the start of `group`.
    #[cold]
    pub(super) fn note_in(&mut self, group: &[u8], error: DecodeError) {
        if self.first.is_none() {
            self.first = Some(error.shifted(offset_in(self.base, group)));
        }
    }

    /// Notes `error` and keeps the unread end `bytes` of the structure that
    /// begins where `group` begins.
    #[cold]
    pub(super) fn unread(
        &mut self,
        group: &[u8],
        bytes: &'a [u8],
        error: &nom::Err<Fault<'_>>,
    ) -> Box<Unread<'a>> {
        self.note(error);
        let error = located(error, group);
        Box::new(Unread { bytes, error })
    }

    pub(super) const fn first(&self) -> Option<DecodeError> {
        self.first
    }
}

/// A [`Layout`] that only counts bytes.
#[derive(Default)]
pub(super) struct Measure(pub(super) usize);

impl Measure {
    const fn add(&mut self, bytes: usize) {
        self.0 = self.0.saturating_add(bytes);
    }
}

impl Layout for Measure {
    fn u8(&mut self, _: &'static Field, _: u8) {
        self.add(1);
    }
    fn u16(&mut self, _: &'static Field, _: u16) {
        self.add(2);
    }
    fn u32(&mut self, _: &'static Field, _: u32) {
        self.add(4);
    }
    fn u64(&mut self, _: &'static Field, _: u64) {
        self.add(8);
    }
    fn bytes(&mut self, _: &'static Field, value: &[u8]) {
        self.add(value.len());
    }
    fn length16(&mut self, _: &'static Field) {
        self.add(2);
    }
    fn length32(&mut self, _: &'static Field) {
        self.add(4);
    }
    fn group(&mut self, _: &'static Field, body: impl FnOnce(&mut Self)) {
        body(self);
    }
    fn part(&mut self, _: &'static Field, _: u64) {}
    fn value(&mut self, _: u64) {}
    fn malformed(&mut self, _: &DecodeError) {}
}

static UNREAD: Field = Field::new(
    "unread",
    "Unread bytes",
    "Bytes that could not be read, kept as they are",
    Show::Bytes,
);
