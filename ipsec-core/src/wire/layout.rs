//! The walk over a value in wire order, and its two readers.
//!
//! A protocol describes each of its values once, as calls on a [`Layout`].
//! [`Encoder`] writes the bytes; [`super::TreeBuilder`] records which field
//! lies where. What the tree says is therefore what the encoder does, and the
//! round-trip tests prove both.

use super::leaf::DecodeError;
use alloc::string::String;
use alloc::vec::Vec;

/// What is known of one kind of field, whatever its value.
#[derive(Debug)]
#[non_exhaustive]
pub struct Field {
    /// Segment of the field path, as filters and findings write it (`encr`).
    pub name: &'static str,
    /// Heading for people (`Encryption algorithm`).
    pub title: &'static str,
    /// One line on what it means, with its source.
    pub about: &'static str,
    /// How a value of it is written.
    pub show: Show,
}

impl Field {
    /// Describes a field.
    #[must_use]
    pub const fn new(
        name: &'static str,
        title: &'static str,
        about: &'static str,
        show: Show,
    ) -> Self {
        Self {
            name,
            title,
            about,
            show,
        }
    }
}

/// How a field's value is written for people.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Show {
    /// A structure: its children say what is in it.
    Group,
    /// A number in decimal.
    Dec,
    /// A number in hexadecimal, padded to the field's width.
    Hex,
    /// A number that a registry names.
    Named(fn(u64) -> Option<&'static str>),
    /// Bits, most significant first, with the names of those that are set.
    Flags(&'static [(u64, &'static str)]),
    /// Raw bytes in hexadecimal.
    Bytes,
    /// Text chosen by the peer; escaped whenever it is shown.
    Text,
    /// An IPv4 or IPv6 address, by length.
    Address,
    /// An Ethernet address.
    Mac,
    /// Bytes that a function puts into words (vendor IDs, names).
    Words(fn(&[u8]) -> Option<String>),
}

/// Receives the fields of a value in wire order.
///
/// Lengths that count the structure they stand in are given as
/// [`Layout::length16`] or [`Layout::length32`] and filled in when the group
/// closes; every other number is an ordinary field.
pub trait Layout {
    /// One byte.
    fn u8(&mut self, field: &'static Field, value: u8);
    /// Two bytes, network order.
    fn u16(&mut self, field: &'static Field, value: u16);
    /// Four bytes, network order.
    fn u32(&mut self, field: &'static Field, value: u32);
    /// Eight bytes, network order.
    fn u64(&mut self, field: &'static Field, value: u64);
    /// Bytes as they are. Nothing is recorded for an empty slice.
    fn bytes(&mut self, field: &'static Field, value: &[u8]);
    /// The 16-bit length of the innermost open group, in bytes.
    fn length16(&mut self, field: &'static Field);
    /// The 32-bit length of the innermost open group, in bytes.
    fn length32(&mut self, field: &'static Field);
    /// A structure: the fields that `body` lays out.
    fn group(&mut self, field: &'static Field, body: impl FnOnce(&mut Self))
    where
        Self: Sized;
    /// Some bits of the number just laid out, shown beneath it.
    fn part(&mut self, field: &'static Field, value: u64);
    /// Gives the innermost open group a value of its own, so that
    /// `proposal.encr` can be compared as well as descended into.
    fn value(&mut self, value: u64);
    /// Marks the innermost open group as unreadable from `error.offset` on
    /// (an offset from the start of the group).
    fn malformed(&mut self, error: &DecodeError);
}

/// A [`Layout`] that writes the bytes.
///
/// ```
/// use ipsec_core::wire::{Encoder, Field, Layout, Show};
/// static BOX: Field = Field::new("box", "Box", "A length and a byte", Show::Group);
/// static LEN: Field = Field::new("length", "Length", "Bytes of the box", Show::Dec);
/// static ITEM: Field = Field::new("item", "Item", "What is in the box", Show::Hex);
/// let mut bytes = Vec::new();
/// Encoder::new(&mut bytes).group(&BOX, |out| {
///     out.length16(&LEN);
///     out.u8(&ITEM, 0xaa);
/// });
/// assert_eq!(bytes, [0, 3, 0xaa]);
/// ```
#[derive(Debug)]
pub struct Encoder<'a> {
    out: &'a mut Vec<u8>,
    /// Where the innermost open group began.
    group: usize,
    /// Position and width of the length to fill in when it closes.
    length: Option<(usize, LengthWidth)>,
}

#[derive(Clone, Copy, Debug)]
enum LengthWidth {
    Two,
    Four,
}

impl<'a> Encoder<'a> {
    /// Appends to `out`; what it already holds is left alone.
    pub fn new(out: &'a mut Vec<u8>) -> Self {
        let group = out.len();
        Self {
            out,
            group,
            length: None,
        }
    }

    fn patch(&mut self, at: usize, width: LengthWidth) {
        let length = self.out.len().saturating_sub(self.group);
        let Some(place) = self.out.get_mut(at..) else {
            return;
        };
        match width {
            LengthWidth::Two => {
                let value = u16::try_from(length).unwrap_or(u16::MAX);
                if let Some(place) = place.first_chunk_mut() {
                    *place = value.to_be_bytes();
                }
            }
            LengthWidth::Four => {
                let value = u32::try_from(length).unwrap_or(u32::MAX);
                if let Some(place) = place.first_chunk_mut() {
                    *place = value.to_be_bytes();
                }
            }
        }
    }
}

impl Layout for Encoder<'_> {
    #[inline]
    fn u8(&mut self, _: &'static Field, value: u8) {
        self.out.push(value);
    }

    #[inline]
    fn u16(&mut self, _: &'static Field, value: u16) {
        self.out.extend_from_slice(&value.to_be_bytes());
    }

    #[inline]
    fn u32(&mut self, _: &'static Field, value: u32) {
        self.out.extend_from_slice(&value.to_be_bytes());
    }

    #[inline]
    fn u64(&mut self, _: &'static Field, value: u64) {
        self.out.extend_from_slice(&value.to_be_bytes());
    }

    #[inline]
    fn bytes(&mut self, _: &'static Field, value: &[u8]) {
        self.out.extend_from_slice(value);
    }

    #[inline]
    fn length16(&mut self, field: &'static Field) {
        self.length = Some((self.out.len(), LengthWidth::Two));
        self.u16(field, 0);
    }

    #[inline]
    fn length32(&mut self, field: &'static Field) {
        self.length = Some((self.out.len(), LengthWidth::Four));
        self.u32(field, 0);
    }

    #[inline]
    fn group(&mut self, _: &'static Field, body: impl FnOnce(&mut Self)) {
        let outer = (self.group, self.length.take());
        self.group = self.out.len();
        body(self);
        if let Some((at, width)) = self.length.take() {
            self.patch(at, width);
        }
        (self.group, self.length) = outer;
    }

    fn part(&mut self, _: &'static Field, _: u64) {}

    fn value(&mut self, _: u64) {}

    fn malformed(&mut self, _: &DecodeError) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    static GROUP: Field = Field::new("group", "Group", "", Show::Group);
    static PART: Field = Field::new("part", "Part", "", Show::Dec);

    #[test]
    fn nested_lengths_count_their_own_group() {
        let mut out = alloc::vec![0xff];
        Encoder::new(&mut out).group(&GROUP, |out| {
            out.u8(&PART, 1);
            out.length32(&PART);
            out.group(&GROUP, |out| {
                out.length16(&PART);
                out.u64(&PART, 2);
            });
            out.bytes(&PART, &[9, 9]);
        });
        assert_eq!(
            out,
            [0xff, 1, 0, 0, 0, 17, 0, 10, 0, 0, 0, 0, 0, 0, 0, 2, 9, 9]
        );
    }
}
