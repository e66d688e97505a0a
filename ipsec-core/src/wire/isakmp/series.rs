//! Lists of proposals and of transforms (RFC 2408 §3.5-3.6): the first byte
//! of each says whether another follows.

use super::super::layout::{Field, Layout, Show};
use super::super::leaf::{DecodeError, DecodeErrorKind, Fault, Parsed, u8, u16};
use super::super::registry::isakmp::PayloadType;
use super::super::unread::{Faults, Unread};
use super::fields::{LENGTH, RESERVED, overlong, size_of_layout};
use alloc::boxed::Box;
use alloc::vec::Vec;

/// The generic header of a proposal or transform, as far as it does not follow
/// from its place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// `None`: what the place in the list asks for. `Some`: what the wire
    /// holds instead.
    pub next: Option<u8>,
    /// The reserved byte.
    pub reserved: u8,
    /// `None`: its own length, computed. `Some`: the wire's value, which
    /// points beyond the bytes there are.
    pub length: Option<u16>,
}

impl Link {
    pub(super) const NONE: Self = Self {
        next: None,
        reserved: 0,
        length: None,
    };
}

/// What proposals and transforms have in common: the first byte says whether
/// another of the kind follows.
pub(super) trait Linked<'a>: Sized {
    /// The first byte where another follows.
    const MORE: u8;
    /// How many there may be.
    const LIMIT: usize;
    const NAME: &'static str;
    /// What must be known to name the fields.
    type Context: Copy;

    fn decode(
        group: &'a [u8],
        i: &'a [u8],
        link: Link,
        faults: &mut Faults<'a>,
    ) -> Result<Self, nom::Err<Fault<'a>>>;
    fn link(&self) -> &Link;
    fn link_mut(&mut self) -> &mut Link;
    /// A fault in what could be read, from the start of the structure.
    fn fault(&self) -> Option<DecodeError>;
    fn field() -> &'static Field;
    fn lay_out_body(&self, context: Self::Context, out: &mut impl Layout);
}

pub(super) type Series<'a, T> = (Vec<T>, Option<Box<Unread<'a>>>);

/// Reads proposals or transforms from `i`, which ends `group`, until one says
/// it is the last.
pub(super) fn series<'a, T: Linked<'a>>(
    group: &'a [u8],
    i: &'a [u8],
    hint: usize,
    faults: &mut Faults<'a>,
) -> Series<'a, T> {
    let most = i.len().checked_div(LINKED_HEADER).unwrap_or_default();
    let mut items: Vec<T> = Vec::with_capacity(hint.min(most).min(T::LIMIT));
    let mut left = i;
    let mut more = !i.is_empty();
    let error = loop {
        if !more {
            break (!left.is_empty()).then(|| trailing::<T>(left));
        }
        if items.len() == T::LIMIT {
            break Some(too_many::<T>(left));
        }
        match linked::<T>(left, faults) {
            Ok((rest, item)) => {
                more = item.link().next != Some(0);
                items.push(item);
                left = rest;
            }
            Err(error) => break Some(error),
        }
    };
    let rest = error.map(|error| faults.unread(group, left, &error));
    settle(&mut items, rest.is_some());
    (items, rest)
}

/// Forgets the first bytes that are as their place asks for.
fn settle<'a, T: Linked<'a>>(items: &mut [T], has_rest: bool) {
    let mut follows = has_rest;
    for item in items.iter_mut().rev() {
        let expected = if follows { T::MORE } else { 0 };
        let link = item.link_mut();
        link.next = link.next.filter(|&next| next != expected);
        follows = true;
    }
}

fn linked<'a, T: Linked<'a>>(start: &'a [u8], faults: &mut Faults<'a>) -> Parsed<'a, T> {
    let (i, next) = u8(start, "next_payload")?;
    let (at, reserved) = u8(i, "reserved")?;
    let (i, wire_length) = u16(at, "length")?;
    let length = usize::from(wire_length);
    if length < LINKED_HEADER {
        let kind = DecodeErrorKind::BadLength {
            value: length,
            min: LINKED_HEADER,
            max: start.len(),
        };
        return Err(Fault::err(at, "length", kind));
    }
    let (group, rest, is_cut) = match start.split_at_checked(length) {
        Some((group, rest)) => (group, rest, None),
        None => {
            faults.note_in(start, overlong(wire_length, LINKED_HEADER, start.len()));
            let rest = start.get(start.len()..).unwrap_or_default();
            (start, rest, Some(wire_length))
        }
    };
    let body = group.get(4..).unwrap_or(i);
    let link = Link {
        next: Some(next),
        reserved,
        length: is_cut,
    };
    let item = match T::decode(group, body, link, faults) {
        Err(_) if is_cut.is_some() => {
            let kind = overlong(wire_length, LINKED_HEADER, start.len()).kind;
            return Err(Fault::err(at, "length", kind));
        }
        read => read?,
    };
    if let Some(error) = next_fault::<T>(next).or_else(|| item.fault()) {
        faults.note_in(group, error);
    }
    Ok((rest, item))
}

fn next_fault<'a, T: Linked<'a>>(next: u8) -> Option<DecodeError> {
    let kind = DecodeErrorKind::BadValue { value: next.into() };
    (next != 0 && next != T::MORE).then(|| DecodeError::new(0, "next_payload", kind))
}

#[cold]
fn trailing<'a, T: Linked<'a>>(left: &[u8]) -> nom::Err<Fault<'_>> {
    let extra = left.len();
    Fault::err(left, T::NAME, DecodeErrorKind::Trailing { extra })
}

#[cold]
fn too_many<'a, T: Linked<'a>>(left: &[u8]) -> nom::Err<Fault<'_>> {
    let limit = T::LIMIT;
    Fault::err(left, T::NAME, DecodeErrorKind::TooMany { limit })
}

pub(super) fn lay_out_series<'a, T: Linked<'a>>(
    items: &[T],
    rest: Option<&Unread<'_>>,
    context: T::Context,
    out: &mut impl Layout,
) {
    let mut items = items.iter().peekable();
    while let Some(item) = items.next() {
        let follows = items.peek().is_some() || rest.is_some();
        lay_out_linked(item, follows, context, out);
    }
    if let Some(rest) = rest {
        rest.lay_out(out);
    }
}

fn lay_out_linked<'a, T: Linked<'a>>(
    item: &T,
    follows: bool,
    context: T::Context,
    out: &mut impl Layout,
) {
    let link = item.link();
    let expected = if follows { T::MORE } else { 0 };
    let next = link.next.unwrap_or(expected);
    out.group(T::field(), |out| {
        out.u8(&NEXT, next);
        out.u8(&RESERVED, link.reserved);
        match link.length {
            None => out.length16(&LENGTH),
            Some(length) => out.u16(&LENGTH, length),
        }
        item.lay_out_body(context, out);
        if let Some(length) = link.length {
            let body = size_of_layout(|size| item.lay_out_body(context, size));
            out.malformed(&overlong(length, LINKED_HEADER, body.saturating_add(4)));
        }
        if let Some(error) = next_fault::<T>(next).or_else(|| item.fault()) {
            out.malformed(&error);
        }
    });
}

/// Bytes of a proposal without SPI, and of a transform without attributes.
const LINKED_HEADER: usize = 8;

static NEXT: Field = Field::new(
    "next_payload",
    "Next payload",
    "2 before a proposal, 3 before a transform, 0 on the last, RFC 2408 §3.5-3.6",
    Show::Named(PayloadType::name_of),
);
