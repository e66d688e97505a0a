//! The leaves every decoder is made of, and the error all of them return.
//!
//! Decoders are nom functions over borrowed slices, always complete, never
//! streaming. The integer leaves are our own: they carry the field's name and
//! were measured twice as fast as nom's.

use core::fmt;
use nom::IResult;

/// What a decoder function returns: the rest of the input and a value, or the
/// place where reading stopped.
pub(crate) type Parsed<'a, T> = IResult<&'a [u8], T, Fault<'a>>;

/// Why bytes could not be read, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct DecodeError {
    /// Bytes from the start of the decoded buffer to the field at fault.
    pub offset: usize,
    /// The field at fault, by the name the field tree uses.
    pub field: &'static str,
    /// What is wrong with it.
    pub kind: DecodeErrorKind,
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// The field needs `need` bytes where `have` are left.
    Truncated {
        /// Bytes the field needs.
        need: usize,
        /// Bytes that are left.
        have: usize,
    },
    /// A length field holds `value`; the shortest it may say is `min`, the
    /// longest that fits is `max`.
    BadLength {
        /// The length read.
        value: usize,
        /// The smallest length the structure can have.
        min: usize,
        /// The largest length its surroundings allow.
        max: usize,
    },
    /// The field holds a value that its standard excludes here.
    BadValue {
        /// The value read.
        value: u64,
    },
    /// More repetitions than the limit.
    TooMany {
        /// The limit.
        limit: usize,
    },
    /// Structures nest deeper than the limit.
    TooDeep {
        /// The limit.
        limit: usize,
    },
    /// `extra` bytes follow the end of the structure.
    Trailing {
        /// Number of bytes left over.
        extra: usize,
    },
}

impl DecodeError {
    /// An error at `offset` bytes into the buffer.
    #[must_use]
    pub const fn new(offset: usize, field: &'static str, kind: DecodeErrorKind) -> Self {
        Self {
            offset,
            field,
            kind,
        }
    }

    /// The same error seen from a buffer that starts `by` bytes earlier.
    #[must_use]
    pub const fn shifted(mut self, by: usize) -> Self {
        self.offset = self.offset.saturating_add(by);
        self
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at offset {}: {}", self.field, self.offset, self.kind)
    }
}

impl fmt::Display for DecodeErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Truncated { need, have } => write!(f, "needs {need} bytes, {have} are left"),
            Self::BadLength { value, min, max } if max < min => {
                write!(
                    f,
                    "length {value}, but {min} bytes are needed and {max} are there"
                )
            }
            Self::BadLength { value, min, max } => {
                write!(f, "length {value} is outside {min}..={max}")
            }
            Self::BadValue { value } => write!(f, "value {value} is not allowed here"),
            Self::TooMany { limit } => write!(f, "more than {limit} of them"),
            Self::TooDeep { limit } => write!(f, "nested deeper than {limit}"),
            Self::Trailing { extra } => write!(f, "{extra} bytes follow the end"),
        }
    }
}

impl core::error::Error for DecodeError {}

/// A [`DecodeError`] that still points into the input; [`Fault::locate`]
/// turns the pointer into an offset once the whole buffer is at hand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault<'a> {
    at: &'a [u8],
    field: &'static str,
    kind: DecodeErrorKind,
}

impl<'a> Fault<'a> {
    /// A fault where `at` begins, ready to be returned from a parser.
    #[cold]
    pub(crate) fn err(at: &'a [u8], field: &'static str, kind: DecodeErrorKind) -> nom::Err<Self> {
        nom::Err::Error(Self { at, field, kind })
    }

    /// The error with its offset in `base`, the buffer decoding started from.
    pub(crate) fn locate(&self, base: &[u8]) -> DecodeError {
        DecodeError::new(offset_in(base, self.at), self.field, self.kind)
    }
}

impl<'a> nom::error::ParseError<&'a [u8]> for Fault<'a> {
    fn from_error_kind(at: &'a [u8], _: nom::error::ErrorKind) -> Self {
        let kind = DecodeErrorKind::Truncated {
            need: at.len().saturating_add(1),
            have: at.len(),
        };
        Self {
            at,
            field: "input",
            kind,
        }
    }

    fn append(_: &'a [u8], _: nom::error::ErrorKind, other: Self) -> Self {
        other
    }
}

/// Turns a parser's error into one with an offset into `base`.
pub(crate) fn located(error: &nom::Err<Fault<'_>>, base: &[u8]) -> DecodeError {
    match error {
        nom::Err::Error(fault) | nom::Err::Failure(fault) => fault.locate(base),
        nom::Err::Incomplete(_) => DecodeError::new(
            base.len(),
            "input",
            DecodeErrorKind::Truncated { need: 1, have: 0 },
        ),
    }
}

/// Bytes from the start of `base` to the start of `part`, which must have been
/// cut from it; 0 when it was not.
pub(crate) fn offset_in(base: &[u8], part: &[u8]) -> usize {
    let offset = part.as_ptr().addr().wrapping_sub(base.as_ptr().addr());
    if offset <= base.len() { offset } else { 0 }
}

macro_rules! integer_leaf {
    ($(#[$doc:meta] $name:ident -> $int:ty, $size:literal;)*) => {$(
        #[$doc]
        #[inline]
        pub(crate) fn $name<'a>(i: &'a [u8], field: &'static str) -> Parsed<'a, $int> {
            match i.split_first_chunk::<$size>() {
                Some((head, rest)) => Ok((rest, <$int>::from_be_bytes(*head))),
                None => Err(truncated(i, field, $size)),
            }
        }
    )*};
}

integer_leaf! {
    /// One byte.
    u8 -> u8, 1;
    /// Two bytes, network order.
    u16 -> u16, 2;
    /// Four bytes, network order.
    u32 -> u32, 4;
    /// Eight bytes, network order.
    u64 -> u64, 8;
}

/// The next `n` bytes.
#[inline]
pub(crate) fn bytes<'a>(i: &'a [u8], n: usize, field: &'static str) -> Parsed<'a, &'a [u8]> {
    match i.split_at_checked(n) {
        Some((head, rest)) => Ok((rest, head)),
        None => Err(truncated(i, field, n)),
    }
}

/// The next `N` bytes as an array.
#[inline]
pub(crate) fn array<'a, const N: usize>(i: &'a [u8], field: &'static str) -> Parsed<'a, [u8; N]> {
    match i.split_first_chunk::<N>() {
        Some((head, rest)) => Ok((rest, *head)),
        None => Err(truncated(i, field, N)),
    }
}

/// The fault of `need` bytes wanted where fewer are left.
#[cold]
pub(crate) fn truncated<'a>(i: &'a [u8], field: &'static str, need: usize) -> nom::Err<Fault<'a>> {
    Fault::err(
        i,
        field,
        DecodeErrorKind::Truncated {
            need,
            have: i.len(),
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_know_their_place_in_nested_slices() {
        let base = [0u8, 1, 2, 3, 4, 5];
        let inner = &base[2..5];
        let (rest, _) = u16(inner, "a").unwrap();
        let error = located(&u16(rest, "b").unwrap_err(), &base);
        assert_eq!(error.offset, 4);
        assert_eq!(error.field, "b");
        assert_eq!(error.kind, DecodeErrorKind::Truncated { need: 2, have: 1 });
        assert_eq!(
            alloc::format!("{error}"),
            "b at offset 4: needs 2 bytes, 1 are left"
        );
    }

    #[test]
    fn integers_are_big_endian() {
        assert_eq!(u8(&[7], "x").unwrap().1, 7);
        assert_eq!(u16(&[1, 2], "x").unwrap().1, 0x0102);
        assert_eq!(u32(&[1, 2, 3, 4], "x").unwrap().1, 0x0102_0304);
        assert_eq!(u64(&[0, 0, 0, 0, 1, 2, 3, 4], "x").unwrap().1, 0x0102_0304);
        assert_eq!(
            bytes(&[1, 2, 3], 2, "x").unwrap(),
            (&[3u8][..], &[1u8, 2][..])
        );
    }
}
