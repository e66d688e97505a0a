//! What is not as its place asks for: kept, positioned, and marked.

use super::super::layout::Layout;
use super::super::leaf::{DecodeError, DecodeErrorKind, Fault};
pub(super) use super::super::unread::Unread;
pub(super) use super::super::unread::{Faults, Measure};
use alloc::boxed::Box;

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
    /// what is left from there is returned. `read` keeps the item it finds
    /// and gives what follows it.
    #[inline]
    pub(super) fn read(
        self,
        faults: &mut Faults<'a>,
        mut read: impl FnMut(&'a [u8], &mut Faults<'a>) -> Result<&'a [u8], nom::Err<Fault<'a>>>,
    ) -> Option<Box<Unread<'a>>> {
        let mut rest = self.items;
        let mut count = 0usize;
        while !rest.is_empty() {
            let result = match count < self.limit {
                true => read(rest, faults),
                false => Err(self.too_many(rest)),
            };
            match result {
                Ok(after) => rest = after,
                Err(error) => return Some(faults.unread(self.group, rest, &error)),
            }
            count = count.saturating_add(1);
        }
        None
    }

    #[cold]
    fn too_many(&self, at: &'a [u8]) -> nom::Err<Fault<'a>> {
        let limit = self.limit;
        Fault::err(at, self.field, DecodeErrorKind::TooMany { limit })
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
