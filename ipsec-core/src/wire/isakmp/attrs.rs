//! Data attributes (RFC 2408 §3.3): a type and a value of two bytes (TV) or of
//! any length (TLV). Transforms, notifications and mode-config carry them.

use super::super::layout::{Field, Layout, Show};
use super::super::leaf::{DecodeError, DecodeErrorKind, Fault, Parsed, bytes, located, u16};
use alloc::borrow::Cow;
use core::fmt;

/// A list of attributes, held as it lies on the wire.
///
/// ```
/// use ipsec_core::wire::isakmp::{AttributeValue, Attributes};
/// use ipsec_core::wire::registry::isakmp::Phase1Attribute;
/// let mut attributes = Attributes::new();
/// attributes.push_short(Phase1Attribute::KEY_LENGTH.0, 256);
/// attributes.push_long(Phase1Attribute::LIFE_DURATION.0, &28_800_u32.to_be_bytes());
/// assert_eq!(attributes.as_bytes(), [0x80, 14, 1, 0, 0, 12, 0, 4, 0, 0, 0x70, 0x80]);
/// let value = attributes.find(Phase1Attribute::LIFE_DURATION.0).unwrap();
/// assert_eq!(value.number(), Some(28_800));
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Attributes<'a>(Cow<'a, [u8]>);

/// One attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attribute<'a> {
    /// What it is about, in the registry of its surroundings; 15 bits.
    pub kind: u16,
    /// Its value, in one of the two forms.
    pub value: AttributeValue<'a>,
}

/// The value of an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttributeValue<'a> {
    /// A number of two bytes: the basic form, TV.
    Short(u16),
    /// Bytes of any length: the variable form, TLV.
    Long(&'a [u8]),
}

impl AttributeValue<'_> {
    /// The value as a number, whichever form it has; `None` when it is empty
    /// or fills more than eight bytes.
    #[must_use]
    pub fn number(&self) -> Option<u64> {
        match self {
            Self::Short(value) => Some((*value).into()),
            Self::Long(bytes) if bytes.is_empty() || bytes.len() > 8 => None,
            Self::Long(bytes) => Some(bytes.iter().fold(0, |n, &b| (n << 8) | u64::from(b))),
        }
    }
}

impl<'a> Attributes<'a> {
    /// No attributes.
    #[must_use]
    pub const fn new() -> Self {
        Self(Cow::Borrowed(&[]))
    }

    /// Takes the attributes that fill `bytes`.
    ///
    /// # Errors
    /// When the last is cut short, or there are more than 64.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        match Self::split(bytes) {
            (attributes, _, None) => Ok(attributes),
            (_, _, Some(error)) => Err(located(&error, bytes)),
        }
    }

    /// The attributes `i` begins with, and where and why they end early.
    pub(super) fn split(i: &'a [u8]) -> (Self, &'a [u8], Option<nom::Err<Fault<'a>>>) {
        let mut left = i;
        let mut count = 0_usize;
        let error = loop {
            if left.is_empty() {
                break None;
            }
            if count == MAX_ATTRIBUTES {
                break Some(too_many(left));
            }
            match attribute(left) {
                Ok((rest, _)) => left = rest,
                Err(error) => break Some(error),
            }
            count = count.saturating_add(1);
        };
        let read = i.len().saturating_sub(left.len());
        let whole = i.get(..read).unwrap_or_default();
        (Self(Cow::Borrowed(whole)), left, error)
    }

    /// Appends a number of two bytes.
    pub fn push_short(&mut self, kind: u16, value: u16) {
        let out = self.0.to_mut();
        out.extend_from_slice(&(kind | SHORT).to_be_bytes());
        out.extend_from_slice(&value.to_be_bytes());
    }

    /// Appends bytes; those beyond 65 535 find no place in an attribute.
    pub fn push_long(&mut self, kind: u16, value: &[u8]) {
        let length = u16::try_from(value.len()).unwrap_or(u16::MAX);
        let value = value.get(..length.into()).unwrap_or(value);
        let out = self.0.to_mut();
        out.extend_from_slice(&(kind & !SHORT).to_be_bytes());
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(value);
    }

    /// The attributes in wire order.
    #[must_use]
    pub fn iter(&self) -> AttributeIter<'_> {
        AttributeIter(&self.0)
    }

    /// The value of the first attribute of type `kind`.
    #[must_use]
    pub fn find(&self, kind: u16) -> Option<AttributeValue<'_>> {
        self.iter()
            .find(|attribute| attribute.kind == kind)
            .map(|attribute| attribute.value)
    }

    /// The attributes as they lie on the wire.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn lay_out(&self, registry: &Registry, out: &mut impl Layout) {
        for attribute in self {
            attribute.lay_out(registry, out);
        }
    }
}

impl<'a> IntoIterator for &'a Attributes<'_> {
    type Item = Attribute<'a>;
    type IntoIter = AttributeIter<'a>;

    fn into_iter(self) -> AttributeIter<'a> {
        self.iter()
    }
}

/// Shows numbers, and of other values the length: some are passwords.
impl fmt::Debug for Attributes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut list = f.debug_list();
        for Attribute { kind, value } in self {
            match value {
                AttributeValue::Short(value) => list.entry(&format_args!("{kind}={value}")),
                AttributeValue::Long(bytes) => {
                    list.entry(&format_args!("{kind}=({} bytes)", bytes.len()))
                }
            };
        }
        list.finish()
    }
}

/// Attributes in wire order; made by [`Attributes::iter`].
#[derive(Clone)]
pub struct AttributeIter<'a>(&'a [u8]);

impl fmt::Debug for AttributeIter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AttributeIter({} bytes)", self.0.len())
    }
}

impl<'a> Iterator for AttributeIter<'a> {
    type Item = Attribute<'a>;

    #[inline]
    fn next(&mut self) -> Option<Attribute<'a>> {
        let (rest, next) = attribute(self.0).ok()?;
        self.0 = rest;
        Some(next)
    }
}

#[inline]
fn attribute(i: &[u8]) -> Parsed<'_, Attribute<'_>> {
    let (i, head) = u16(i, "type")?;
    let kind = head & !SHORT;
    let (i, value) = if head & SHORT != 0 {
        let (i, value) = u16(i, "value")?;
        (i, AttributeValue::Short(value))
    } else {
        let (i, length) = u16(i, "length")?;
        let (i, value) = bytes(i, length.into(), "value")?;
        (i, AttributeValue::Long(value))
    };
    Ok((i, Attribute { kind, value }))
}

#[cold]
fn too_many(at: &[u8]) -> nom::Err<Fault<'_>> {
    let limit = MAX_ATTRIBUTES;
    Fault::err(at, "attribute", DecodeErrorKind::TooMany { limit })
}

impl Attribute<'_> {
    fn lay_out(&self, registry: &Registry, out: &mut impl Layout) {
        let meaning = registry.meaning(self.kind);
        out.group(&meaning.field, |out| {
            let (head, is_short) = match self.value {
                AttributeValue::Short(_) => (self.kind | SHORT, 1),
                AttributeValue::Long(_) => (self.kind, 0),
            };
            out.u16(&TYPE, head);
            out.part(&FORMAT, is_short);
            out.part(registry.number, self.kind.into());
            match self.value {
                AttributeValue::Short(value) => {
                    out.u16(&VALUE, value);
                    out.value(value.into());
                }
                AttributeValue::Long(bytes) => {
                    out.u16(&LENGTH, u16::try_from(bytes.len()).unwrap_or(u16::MAX));
                    (meaning.value)(bytes).lay_out(out);
                }
            }
        });
    }
}

/// What the numbers of one attribute registry mean.
pub(super) struct Registry {
    /// Names the 15 bits of the type.
    pub(super) number: &'static Field,
    /// The attributes, by number.
    pub(super) meanings: &'static [(u16, Meaning)],
    /// Stands for all others.
    pub(super) unknown: &'static Meaning,
}

impl Registry {
    pub(super) fn meaning(&self, kind: u16) -> &'static Meaning {
        let known = self.meanings.iter().find(|(number, _)| *number == kind);
        known.map_or(self.unknown, |(_, meaning)| meaning)
    }
}

/// What an attribute is called, and how a long value of it is taken apart.
pub(super) struct Meaning {
    pub(super) field: Field,
    pub(super) value: fn(&[u8]) -> Form<'_>,
}

impl Meaning {
    /// An attribute whose value is a number in either form.
    pub(super) const fn number(
        name: &'static str,
        title: &'static str,
        about: &'static str,
        show: Show,
    ) -> Self {
        Self {
            field: Field::new(name, title, about, show),
            value: number,
        }
    }

    /// An attribute whose long value `value` takes apart.
    pub(super) const fn long(
        name: &'static str,
        title: &'static str,
        about: &'static str,
        value: fn(&[u8]) -> Form<'_>,
    ) -> Self {
        Self {
            field: Field::new(name, title, about, Show::Group),
            value,
        }
    }
}

/// A long value, taken apart.
#[derive(Clone, Copy)]
pub(super) enum Form<'a> {
    /// A number of one, two, four or eight bytes.
    Number(&'a [u8]),
    /// One field.
    One(&'static Field, &'a [u8]),
    /// Structures of fixed fields, one after the other.
    Each {
        group: &'static Field,
        fields: &'static [(&'static Field, usize)],
        bytes: &'a [u8],
    },
    /// Numbers of two bytes.
    Numbers(&'static Field, &'a [u8]),
}

fn number(bytes: &[u8]) -> Form<'_> {
    Form::Number(bytes)
}

/// A value that is not taken apart.
pub(super) fn plain(bytes: &[u8]) -> Form<'_> {
    Form::One(&VALUE_BYTES, bytes)
}

impl Form<'_> {
    fn lay_out(self, out: &mut impl Layout) {
        match self {
            Self::Number(bytes) => lay_out_number(bytes, out),
            Self::One(field, bytes) => out.bytes(field, bytes),
            Self::Each {
                group,
                fields,
                bytes,
            } => lay_out_each(group, fields, bytes, out),
            Self::Numbers(field, bytes) => {
                let (pairs, rest) = bytes.as_chunks::<2>();
                for pair in pairs {
                    out.u16(field, u16::from_be_bytes(*pair));
                }
                out.bytes(&VALUE_BYTES, rest);
            }
        }
    }
}

fn lay_out_number(bytes: &[u8], out: &mut impl Layout) {
    match *bytes {
        [a] => out.u8(&VALUE, a),
        [a, b] => out.u16(&VALUE, u16::from_be_bytes([a, b])),
        [a, b, c, d] => out.u32(&VALUE, u32::from_be_bytes([a, b, c, d])),
        [a, b, c, d, e, f, g, h] => {
            out.u64(&VALUE, u64::from_be_bytes([a, b, c, d, e, f, g, h]));
        }
        _ => out.bytes(&VALUE_BYTES, bytes),
    }
    if let Some(value) = AttributeValue::Long(bytes).number() {
        out.value(value);
    }
}

fn lay_out_each(
    group: &'static Field,
    fields: &[(&'static Field, usize)],
    bytes: &[u8],
    out: &mut impl Layout,
) {
    let size = fields.iter().map(|(_, size)| size).sum::<usize>().max(1);
    let mut entries = bytes.chunks_exact(size);
    for mut entry in entries.by_ref() {
        out.group(group, |out| {
            for (field, size) in fields {
                let (value, rest) = entry.split_at_checked(*size).unwrap_or((entry, &[]));
                lay_out_field(field, value, out);
                entry = rest;
            }
        });
    }
    out.bytes(&VALUE_BYTES, entries.remainder());
}

fn lay_out_field(field: &'static Field, value: &[u8], out: &mut impl Layout) {
    match (field.show, value) {
        (Show::Address | Show::Bytes, _) => out.bytes(field, value),
        (_, &[a]) => out.u8(field, a),
        (_, &[a, b]) => out.u16(field, u16::from_be_bytes([a, b])),
        (_, _) => out.bytes(field, value),
    }
}

/// The bit that tells TV from TLV.
const SHORT: u16 = 0x8000;

static TYPE: Field = Field::new(
    "type",
    "Attribute type",
    "Format bit and number of the attribute, RFC 2408 §3.3",
    Show::Hex,
);
static FORMAT: Field = Field::new(
    "format",
    "Format",
    "1: a value of two bytes follows; 0: a length and a value, RFC 2408 §3.3",
    Show::Dec,
);
static LENGTH: Field = Field::new(
    "length",
    "Value length",
    "Bytes of the value alone, RFC 2408 §3.3",
    Show::Dec,
);
static VALUE: Field = Field::new(
    "value",
    "Value",
    "The attribute's value, RFC 2408 §3.3",
    Show::Dec,
);
static VALUE_BYTES: Field = Field::new(
    "value",
    "Value",
    "The attribute's value, RFC 2408 §3.3",
    Show::Bytes,
);

/// Attributes in one list.
const MAX_ATTRIBUTES: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{format, vec::Vec};

    #[test]
    fn both_forms_are_read() {
        // key length 256 (TV), life duration 28800 (TLV), an empty TLV
        let wire = [
            0x80, 14, 1, 0, 0, 12, 0, 4, 0, 0, 0x70, 0x80, 0x40, 0x88, 0, 0,
        ];
        let attributes = Attributes::decode(&wire).unwrap();
        let read: Vec<_> = attributes.iter().map(|a| (a.kind, a.value)).collect();
        assert_eq!(
            read,
            [
                (14, AttributeValue::Short(256)),
                (12, AttributeValue::Long(&[0, 0, 0x70, 0x80])),
                (0x4088, AttributeValue::Long(&[])),
            ]
        );
        assert_eq!(attributes.find(12).unwrap().number(), Some(28_800));
        assert_eq!(attributes.find(0x4088).unwrap().number(), None);
        assert_eq!(attributes.find(99), None);
    }

    #[test]
    fn a_cut_attribute_is_told_from_the_whole_ones() {
        let wire = [0x80, 1, 0, 7, 0, 12, 0, 4, 1, 2, 3];
        let (whole, left, error) = Attributes::split(&wire);
        assert_eq!(whole.as_bytes(), &wire[..4]);
        assert_eq!(left, &wire[4..]);
        let error = located(&error.unwrap(), &wire);
        assert_eq!((error.offset, error.field), (8, "value"));
        assert_eq!(error.kind, DecodeErrorKind::Truncated { need: 4, have: 3 });
        assert_eq!(Attributes::decode(&wire).unwrap_err(), error);
    }

    #[test]
    fn no_more_than_64() {
        let wire = [0x80, 1, 0, 7].repeat(65);
        assert!(Attributes::decode(&wire[..256]).is_ok());
        let error = Attributes::decode(&wire).unwrap_err();
        assert_eq!(error.kind, DecodeErrorKind::TooMany { limit: 64 });
        assert_eq!(error.offset, 256);
    }

    #[test]
    fn values_stay_out_of_debug() {
        let mut attributes = Attributes::new();
        attributes.push_long(16_522, b"hunter2");
        attributes.push_short(16_527, 1);
        assert_eq!(format!("{attributes:?}"), "[16522=(7 bytes), 16527=1]");
    }
}
