//! Lists of options: IPv4 (RFC 791 §3.1), TCP (RFC 9293 §3.1) and the IPv6
//! hop-by-hop and destination headers (RFC 8200 §4.2).
//!
//! All three are a type, a length and data, with a few types that stand
//! alone. A list stays the bytes it came as and is read while it is walked.

use super::layout::{Field, Layout, Show};
use super::leaf::{DecodeError, DecodeErrorKind};
use super::registry::ip::{Ipv4Option, Ipv6Option};
use core::fmt;
use core::marker::PhantomData;

/// Option numbers of one protocol.
pub trait OptionKind: Copy + fmt::Debug + PartialEq + 'static {
    /// What the length octet counts besides the data: 2 with type and length
    /// octets, else 0.
    const COUNTED_HEAD: u8;

    /// The group of one option, named by its registry.
    const GROUP: &'static Field;

    /// Its type octet.
    const TYPE: &'static Field;

    /// The option of this number.
    fn from_number(number: u8) -> Self;

    /// Its number.
    fn number(self) -> u8;

    /// Whether the type octet is all of the option.
    fn stands_alone(self) -> bool;

    /// Whether nothing but padding follows.
    fn ends_list(self) -> bool;

    /// Lays out what follows the length octet.
    fn lay_out_data(self, data: &[u8], out: &mut impl Layout) {
        out.bytes(&DATA, data);
    }
}

/// A list of options as it stands in its header.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Options<'a, K> {
    bytes: &'a [u8],
    kind: PhantomData<fn() -> K>,
}

/// One piece of an option list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "every byte of a list is one of these"
)]
pub enum Opt<'a, K> {
    /// A type octet alone.
    Single(K),
    /// Type, length octet and data.
    Value {
        /// Its type.
        kind: K,
        /// The length octet as it stands on the wire.
        length: u8,
        /// The data it counts.
        data: &'a [u8],
    },
    /// What follows the end of the list.
    Padding(&'a [u8]),
    /// The rest of a list that cannot be read.
    Malformed {
        /// From the type octet of the bad option to the end of the header.
        bytes: &'a [u8],
        /// What is wrong, with its offset in `bytes`.
        error: DecodeError,
    },
}

impl<'a, K: OptionKind> Options<'a, K> {
    /// The options that lie in `bytes`.
    #[must_use]
    #[inline]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            kind: PhantomData,
        }
    }

    /// The list as it came.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The options in order; their bytes are exactly the list.
    #[inline]
    pub const fn iter(&self) -> Iter<'a, K> {
        Iter {
            left: self.bytes,
            ended: false,
            kind: PhantomData,
        }
    }

    /// The data of the first option of this kind.
    #[must_use]
    pub fn find(&self, wanted: K) -> Option<&'a [u8]> {
        self.iter().find_map(|option| match option {
            Opt::Value { kind, data, .. } if kind == wanted => Some(data),
            Opt::Single(_) | Opt::Value { .. } | Opt::Padding(_) | Opt::Malformed { .. } => None,
        })
    }

    /// What is wrong with the list, with its offset in it.
    #[inline]
    pub(crate) fn fault(&self) -> Option<DecodeError> {
        if self.bytes.is_empty() {
            return None;
        }
        self.iter().find_map(|option| match option {
            Opt::Malformed { bytes, error } => {
                Some(error.shifted(self.bytes.len().saturating_sub(bytes.len())))
            }
            Opt::Single(_) | Opt::Value { .. } | Opt::Padding(_) => None,
        })
    }

    #[inline]
    pub(crate) fn lay_out(&self, out: &mut impl Layout) {
        for option in self.iter() {
            option.lay_out(out);
        }
    }
}

impl<K: OptionKind> fmt::Debug for Options<'_, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<'a, K: OptionKind> IntoIterator for Options<'a, K> {
    type Item = Opt<'a, K>;
    type IntoIter = Iter<'a, K>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Walks an option list.
#[derive(Clone, Debug)]
pub struct Iter<'a, K> {
    left: &'a [u8],
    ended: bool,
    kind: PhantomData<fn() -> K>,
}

impl<'a, K: OptionKind> Iterator for Iter<'a, K> {
    type Item = Opt<'a, K>;

    fn next(&mut self) -> Option<Self::Item> {
        let (&first, rest) = self.left.split_first()?;
        let whole = core::mem::replace(&mut self.left, rest);
        let kind = K::from_number(first);
        if self.ended {
            self.left = &[];
            return Some(Opt::Padding(whole));
        }
        self.ended = kind.ends_list();
        if kind.stands_alone() {
            return Some(Opt::Single(kind));
        }
        match value(kind, rest) {
            Ok((option, rest)) => {
                self.left = rest;
                Some(option)
            }
            Err(error) => {
                self.left = &[];
                let error = error.shifted(1);
                Some(Opt::Malformed {
                    bytes: whole,
                    error,
                })
            }
        }
    }
}

fn value<K: OptionKind>(kind: K, i: &[u8]) -> Result<(Opt<'_, K>, &[u8]), DecodeError> {
    let Some((&length, rest)) = i.split_first() else {
        let kind = DecodeErrorKind::Truncated { need: 1, have: 0 };
        return Err(DecodeError::new(0, "length", kind));
    };
    let cut = length
        .checked_sub(K::COUNTED_HEAD)
        .and_then(|size| rest.split_at_checked(size.into()));
    match cut {
        Some((data, rest)) => Ok((Opt::Value { kind, length, data }, rest)),
        None => Err(DecodeError::new(
            0,
            "length",
            DecodeErrorKind::BadLength {
                value: length.into(),
                min: K::COUNTED_HEAD.into(),
                max: rest.len().saturating_add(K::COUNTED_HEAD.into()),
            },
        )),
    }
}

impl<K: OptionKind> Opt<'_, K> {
    fn lay_out(&self, out: &mut impl Layout) {
        match *self {
            Self::Single(kind) => out.group(K::GROUP, |out| number(kind, out)),
            Self::Value { kind, length, data } => out.group(K::GROUP, |out| {
                number(kind, out);
                out.u8(&LENGTH, length);
                kind.lay_out_data(data, out);
            }),
            Self::Padding(bytes) => out.bytes(&PADDING, bytes),
            Self::Malformed { bytes, ref error } => out.group(K::GROUP, |out| {
                if let Some((&first, rest)) = bytes.split_first() {
                    number(K::from_number(first), out);
                    out.bytes(&DATA, rest);
                }
                out.malformed(error);
            }),
        }
    }
}

fn number<K: OptionKind>(kind: K, out: &mut impl Layout) {
    out.value(kind.number().into());
    out.u8(K::TYPE, kind.number());
}

static LENGTH: Field = Field::new(
    "length",
    "Length",
    "Bytes of the option: with type and length in IPv4 and TCP, of the data alone in IPv6",
    Show::Dec,
);
static DATA: Field = Field::new("data", "Data", "What the option says", Show::Bytes);
static PADDING: Field = Field::new(
    "padding",
    "Padding",
    "Fills the header up after the end of the option list",
    Show::Bytes,
);

impl OptionKind for Ipv4Option {
    const COUNTED_HEAD: u8 = 2;
    const GROUP: &'static Field = &IPV4_OPTION;
    const TYPE: &'static Field = &IPV4_TYPE;

    #[inline]
    fn from_number(number: u8) -> Self {
        Self(number)
    }

    #[inline]
    fn number(self) -> u8 {
        self.0
    }

    #[inline]
    fn stands_alone(self) -> bool {
        self.0 <= 1
    }

    #[inline]
    fn ends_list(self) -> bool {
        self.0 == 0
    }
}

static IPV4_OPTION: Field = Field::new(
    "option",
    "Option",
    "Option of the IPv4 header, RFC 791 §3.1",
    Show::Named(Ipv4Option::name_of),
);
static IPV4_TYPE: Field = Field::new(
    "type",
    "Type",
    "Copied flag, class and number of the option, RFC 791 §3.1",
    Show::Named(Ipv4Option::name_of),
);

impl OptionKind for Ipv6Option {
    const COUNTED_HEAD: u8 = 0;
    const GROUP: &'static Field = &IPV6_OPTION;
    const TYPE: &'static Field = &IPV6_TYPE;

    #[inline]
    fn from_number(number: u8) -> Self {
        Self(number)
    }

    #[inline]
    fn number(self) -> u8 {
        self.0
    }

    #[inline]
    fn stands_alone(self) -> bool {
        self.0 == 0
    }

    #[inline]
    fn ends_list(self) -> bool {
        false
    }
}

static IPV6_OPTION: Field = Field::new(
    "option",
    "Option",
    "Option for every router or for the destination, RFC 8200 §4.2",
    Show::Named(Ipv6Option::name_of),
);
static IPV6_TYPE: Field = Field::new(
    "type",
    "Type",
    "Its top bits say what to do with it when unknown, RFC 8200 §4.2",
    Show::Named(Ipv6Option::name_of),
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::layout::Encoder;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    fn round_trip<K: OptionKind>(bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        Options::<K>::new(bytes).lay_out(&mut Encoder::new(&mut out));
        out
    }

    #[test]
    fn router_alert_then_end_and_padding() {
        let list = Options::<Ipv4Option>::new(&[1, 148, 4, 0, 0, 0, 9, 9]);
        let options: Vec<_> = list.iter().collect();
        assert_eq!(
            options,
            [
                Opt::Single(Ipv4Option(1)),
                Opt::Value {
                    kind: Ipv4Option(148),
                    length: 4,
                    data: &[0, 0]
                },
                Opt::Single(Ipv4Option(0)),
                Opt::Padding(&[9, 9]),
            ]
        );
        assert_eq!(list.fault(), None);
        assert_eq!(list.find(Ipv4Option(148)), Some(&[0u8, 0][..]));
    }

    #[test]
    fn lengths_that_lie_are_placed() {
        for (bytes, value, max) in [
            ([1, 7, 0, 4], 0, 3),
            ([1, 7, 1, 4], 1, 3),
            ([1, 7, 4, 4], 4, 3),
        ] {
            let error = Options::<Ipv4Option>::new(&bytes).fault().unwrap();
            assert_eq!(error.offset, 2);
            assert_eq!(error.field, "length");
            assert_eq!(
                error.kind,
                DecodeErrorKind::BadLength { value, min: 2, max }
            );
        }
        let error = Options::<Ipv6Option>::new(&[0, 5]).fault().unwrap();
        assert_eq!(
            (error.offset, error.kind),
            (2, DecodeErrorKind::Truncated { need: 1, have: 0 })
        );
    }

    #[test]
    fn ipv6_lengths_count_the_data_alone() {
        let options: Vec<_> = Options::<Ipv6Option>::new(&[5, 2, 0, 0, 0, 0])
            .iter()
            .collect();
        assert_eq!(
            options,
            [
                Opt::Value {
                    kind: Ipv6Option(5),
                    length: 2,
                    data: &[0, 0]
                },
                Opt::Single(Ipv6Option(0)),
                Opt::Single(Ipv6Option(0)),
            ]
        );
    }

    proptest! {
        #[test]
        fn any_list_comes_back(bytes in prop::collection::vec(prop_oneof![0..9u8, any::<u8>()], 0..60)) {
            prop_assert_eq!(round_trip::<Ipv4Option>(&bytes), bytes.clone());
            prop_assert_eq!(round_trip::<Ipv6Option>(&bytes), bytes.clone());
            prop_assert_eq!(round_trip::<crate::wire::tcp::TcpOption>(&bytes), bytes);
        }
    }
}
