//! What could not be read: kept, positioned, and reported once.

use super::super::layout::{Field, Layout, Show};
use super::super::leaf::{DecodeError, DecodeErrorKind, Fault, Parsed, located};
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
    pub(super) fn note(&mut self, error: &nom::Err<Fault<'a>>) {
        if self.first.is_none() {
            self.first = Some(located(error, self.base));
        }
    }

    /// Notes `error` and keeps the unread end `bytes` of the structure that
    /// begins where `group` begins.
    #[cold]
    pub(super) fn unread(
        &mut self,
        group: &'a [u8],
        bytes: &'a [u8],
        error: &nom::Err<Fault<'a>>,
    ) -> Box<Unread<'a>> {
        self.note(error);
        let error = located(error, group);
        Box::new(Unread { bytes, error })
    }

    pub(super) const fn first(&self) -> Option<DecodeError> {
        self.first
    }
}

/// A structure whose items follow each other without a count.
pub(super) struct Sequence<'a> {
    /// The structure the items stand in, from its own first byte.
    pub(super) group: &'a [u8],
    /// The items.
    pub(super) items: &'a [u8],
    /// The most items that are read.
    pub(super) limit: usize,
    /// What an item is called.
    pub(super) field: &'static str,
}

impl<'a> Sequence<'a> {
    /// Reads items up to the end, or up to the first that cannot be framed;
    /// what is left from there is returned.
    #[inline]
    pub(super) fn read<T>(
        self,
        faults: &mut Faults<'a>,
        mut read: impl FnMut(&'a [u8], &mut Faults<'a>) -> Parsed<'a, T>,
        mut keep: impl FnMut(T),
    ) -> Option<Box<Unread<'a>>> {
        let mut rest = self.items;
        let mut count = 0usize;
        while !rest.is_empty() {
            let result = if count < self.limit {
                read(rest, faults)
            } else {
                let limit = self.limit;
                Err(Fault::err(
                    rest,
                    self.field,
                    DecodeErrorKind::TooMany { limit },
                ))
            };
            match result {
                Ok((after, item)) => {
                    keep(item);
                    rest = after;
                }
                Err(error) => return Some(faults.unread(self.group, rest, &error)),
            }
            count = count.saturating_add(1);
        }
        None
    }
}

/// The wire's value where it is not the one that the structure implies.
#[inline]
pub(super) fn stated<T: PartialEq>(wire: T, implied: T) -> Option<T> {
    (wire != implied).then_some(wire)
}

/// A length that leaves its surroundings: `value` where `min..=max` fits.
#[cold]
pub(super) fn bad_length<'a>(
    at: &'a [u8],
    field: &'static str,
    value: usize,
    min: usize,
    max: usize,
) -> nom::Err<Fault<'a>> {
    Fault::err(at, field, DecodeErrorKind::BadLength { value, min, max })
}

/// A value that is not allowed where it stands.
#[cold]
pub(super) fn bad_value<'a>(
    at: &'a [u8],
    field: &'static str,
    value: impl Into<u64>,
) -> nom::Err<Fault<'a>> {
    let value = value.into();
    Fault::err(at, field, DecodeErrorKind::BadValue { value })
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

/// Marks a stated length that is not the structure's own.
pub(super) fn misstated_length(
    out: &mut impl Layout,
    offset: usize,
    value: usize,
    min: usize,
    max: usize,
) {
    let kind = DecodeErrorKind::BadLength { value, min, max };
    out.malformed(&DecodeError::new(offset, "length", kind));
}

/// Marks a number that is not the one the structure implies.
pub(super) fn misstated(
    out: &mut impl Layout,
    offset: usize,
    field: &'static str,
    value: impl Into<u64>,
) {
    let value = value.into();
    out.malformed(&DecodeError::new(
        offset,
        field,
        DecodeErrorKind::BadValue { value },
    ));
}
