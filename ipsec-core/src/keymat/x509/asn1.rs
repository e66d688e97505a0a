//! Elements of the distinguished encoding rules (ITU-T X.690), read laxly:
//! lengths need not be minimal, values need not be canonical, and what has an
//! unknown tag is stepped over. An indefinite length is refused: nothing that
//! is signed may have one.

use crate::time::Date;
use crate::wire::{DecodeError, DecodeErrorKind};

/// Reads elements one after the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
    /// Where `rest` begins in the whole.
    offset: usize,
}

/// A tag, a length and a value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Element<'a> {
    /// The identifier octet: class, constructed bit and number.
    pub(super) tag: u8,
    pub(super) value: &'a [u8],
    /// Tag, length and value.
    pub(super) whole: &'a [u8],
    /// Where `whole` begins in the whole.
    pub(super) offset: usize,
}

type Result<T> = core::result::Result<T, DecodeError>;

impl<'a> Reader<'a> {
    pub(super) const fn new(der: &'a [u8]) -> Self {
        Self {
            rest: der,
            offset: 0,
        }
    }

    pub(super) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next element, whatever it is.
    pub(super) fn any(&mut self, field: &'static str) -> Result<Element<'a>> {
        let (&tag, after_tag) = self
            .rest
            .split_first()
            .ok_or_else(|| self.truncated(field, 2, self.rest))?;
        if tag & HIGH_TAG == HIGH_TAG {
            return Err(self.bad(field, tag));
        }
        let (len, body) = self.length(field, after_tag)?;
        let value = body
            .get(..len)
            .ok_or_else(|| self.truncated(field, len, body))?;
        let head = self.rest.len().saturating_sub(body.len());
        let (whole, rest) = self
            .rest
            .split_at_checked(head.saturating_add(len))
            .ok_or_else(|| self.truncated(field, len, body))?;
        let offset = self.offset;
        self.rest = rest;
        self.offset = offset.saturating_add(whole.len());
        Ok(Element {
            tag,
            value,
            whole,
            offset,
        })
    }

    /// The next element, which must have this tag.
    pub(super) fn expect(&mut self, tag: u8, field: &'static str) -> Result<Element<'a>> {
        match self.rest.first() {
            Some(&found) if found != tag => Err(self.bad(field, found)),
            _ => self.any(field),
        }
    }

    /// The next element, if it has this tag.
    pub(super) fn optional(&mut self, tag: u8, field: &'static str) -> Result<Option<Element<'a>>> {
        match self.rest.first() {
            Some(&found) if found == tag => self.any(field).map(Some),
            _ => Ok(None),
        }
    }

    /// Elements of this tag to the end; the first that cannot be read is the
    /// last.
    pub(super) fn each(
        mut self,
        tag: u8,
        field: &'static str,
    ) -> impl Iterator<Item = Result<Element<'a>>> {
        core::iter::from_fn(move || {
            if self.is_empty() {
                return None;
            }
            let element = self.expect(tag, field);
            if element.is_err() {
                self.rest = &[];
            }
            Some(element)
        })
    }

    /// What is left over, as an error.
    pub(super) fn end(&self, field: &'static str) -> Result<()> {
        match self.rest.len() {
            0 => Ok(()),
            extra => Err(self.error(field, DecodeErrorKind::Trailing { extra })),
        }
    }

    fn length(&self, field: &'static str, i: &'a [u8]) -> Result<(usize, &'a [u8])> {
        let (&first, i) = i.split_first().ok_or_else(|| self.truncated(field, 1, i))?;
        if first < LONG_FORM {
            return Ok((first.into(), i));
        }
        let count = usize::from(first & !LONG_FORM);
        if count == 0 || count > MAX_LENGTH_BYTES {
            return Err(self.bad(field, first));
        }
        let (bytes, i) = i
            .split_at_checked(count)
            .ok_or_else(|| self.truncated(field, count, i))?;
        let len = bytes
            .iter()
            .fold(0_u64, |len, byte| len << 8 | u64::from(*byte));
        Ok((usize::try_from(len).unwrap_or(usize::MAX), i))
    }

    fn bad(&self, field: &'static str, value: u8) -> DecodeError {
        let value = value.into();
        self.error(field, DecodeErrorKind::BadValue { value })
    }

    fn truncated(&self, field: &'static str, need: usize, at: &[u8]) -> DecodeError {
        let have = at.len();
        self.error(field, DecodeErrorKind::Truncated { need, have })
    }

    pub(super) const fn error(&self, field: &'static str, kind: DecodeErrorKind) -> DecodeError {
        DecodeError::new(self.offset, field, kind)
    }
}

impl<'a> Element<'a> {
    /// Reads what is inside a constructed element, or an octet string.
    pub(super) const fn inside(&self) -> Reader<'a> {
        let head = self.whole.len().saturating_sub(self.value.len());
        Reader {
            rest: self.value,
            offset: self.offset.saturating_add(head),
        }
    }

    /// Where the element stands in the whole.
    pub(super) const fn range(&self) -> core::ops::Range<usize> {
        self.offset..self.offset.saturating_add(self.whole.len())
    }

    /// This element as what is wrong.
    pub(super) fn bad(&self, field: &'static str) -> DecodeError {
        let value = self.value.first().copied().unwrap_or_default().into();
        DecodeError::new(self.offset, field, DecodeErrorKind::BadValue { value })
    }

    /// The bytes of a bit string whose last byte is full, or whose unused bits
    /// do not matter.
    pub(super) fn bits(&self, field: &'static str) -> Result<&'a [u8]> {
        match self.value.split_first() {
            Some((0..=7, bits)) => Ok(bits),
            _ => Err(self.bad(field)),
        }
    }

    /// The magnitude of an integer, without leading zeros.
    pub(super) fn magnitude(&self) -> &'a [u8] {
        let zeros = self.value.iter().take_while(|byte| **byte == 0).count();
        self.value.get(zeros..).unwrap_or_default()
    }

    /// A small integer.
    pub(super) fn small(&self, field: &'static str) -> Result<u32> {
        let bytes = self.magnitude();
        let negative = self.value.first().is_none_or(|first| *first > 0x7f);
        if negative || bytes.len() > size_of::<u32>() {
            return Err(self.bad(field));
        }
        Ok(bytes
            .iter()
            .fold(0, |value, byte| value << 8 | u32::from(*byte)))
    }

    /// A boolean: anything but zero is true.
    pub(super) fn truth(&self) -> bool {
        self.value.iter().any(|byte| *byte != 0)
    }

    /// Seconds since 1970 of a `UTCTime` or `GeneralizedTime`; what is earlier
    /// is 1970 (RFC 5280 §4.1.2.5).
    pub(super) fn time(&self, field: &'static str) -> Result<u64> {
        let digits = match self.tag {
            UTC_TIME => seconds(self.value, 2),
            GENERALIZED_TIME => seconds(self.value, 4),
            _ => None,
        };
        digits.ok_or_else(|| self.bad(field))
    }
}

/// `YYMMDDhhmmZ` or `YYYYMMDDhhmmZ`, with seconds and without, and with an
/// offset in the place of the Z, which old software wrote.
fn seconds(text: &[u8], year_digits: usize) -> Option<u64> {
    let (year, rest) = number(text, year_digits)?;
    let year = match (year_digits, year) {
        (2, 50..) => year + 1900,
        (2, _) => year + 2000,
        _ => year,
    };
    let (month, rest) = number(rest, 2)?;
    let (day, rest) = number(rest, 2)?;
    let (hour, rest) = number(rest, 2)?;
    let (minute, rest) = number(rest, 2)?;
    let (second, rest) = number(rest, 2).unwrap_or((0, rest));
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let ahead = zone(rest)?;
    let days = Date::new(year, month, day)?.days_since_epoch();
    let local = days.map(|days| days * 86_400 + hour * 3600 + minute * 60 + second);
    Some(local.map_or(0, |local| local.saturating_add_signed(-ahead)))
}

/// Seconds ahead of universal time; a fraction of a second before the zone
/// does not count.
fn zone(text: &[u8]) -> Option<i64> {
    let fraction = |byte: &&u8| byte.is_ascii_digit() || matches!(byte, b'.' | b',');
    let text = text.get(text.iter().take_while(fraction).count()..)?;
    let (sign, digits) = match text.split_first()? {
        (b'Z', []) => return Some(0),
        (b'+', digits) => (1, digits),
        (b'-', digits) => (-1, digits),
        _ => return None,
    };
    let (hours, rest) = number(digits, 2)?;
    let (minutes, rest) = number(rest, 2)?;
    let seconds = i64::try_from(hours * 3600 + minutes * 60).ok()?;
    rest.is_empty().then_some(sign * seconds)
}

fn number(text: &[u8], digits: usize) -> Option<(u64, &[u8])> {
    let (digits, rest) = text.split_at_checked(digits)?;
    let value = digits.iter().try_fold(0, |value, digit| {
        let digit = char::from(*digit).to_digit(10)?;
        Some(value * 10 + u64::from(digit))
    })?;
    Some((value, rest))
}

pub(super) const BOOLEAN: u8 = 0x01;
pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(super) const UTC_TIME: u8 = 0x17;
pub(super) const GENERALIZED_TIME: u8 = 0x18;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;

/// A primitive element with a tag of its context.
pub(super) const fn context(number: u8) -> u8 {
    0x80 | number
}

/// A constructed element with a tag of its context.
pub(super) const fn constructed(number: u8) -> u8 {
    0xa0 | number
}

/// The number that says that the number follows.
const HIGH_TAG: u8 = 0x1f;
const LONG_FORM: u8 = 0x80;
const MAX_LENGTH_BYTES: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(der: &[u8]) -> Result<Element<'_>> {
        Reader::new(der).any("x")
    }

    #[test]
    fn lengths_of_every_form() {
        assert_eq!(read(&[4, 1, 9]).unwrap().value, [9]);
        assert_eq!(read(&[4, 0x81, 1, 9]).unwrap().value, [9], "not minimal");
        assert_eq!(read(&[4, 0x84, 0, 0, 0, 1, 9]).unwrap().value, [9]);
        assert!(read(&[4, 0x80, 9, 0, 0]).is_err(), "indefinite");
        assert!(read(&[4, 0x85, 0, 0, 0, 0, 1, 9]).is_err());
        assert!(read(&[4, 0x84, 0xff, 0xff, 0xff, 0xff, 9]).is_err());
        assert!(read(&[0x1f, 0x81, 1, 0]).is_err(), "a long tag");
        let short = read(&[4, 3, 9]).unwrap_err();
        assert_eq!(short.kind, DecodeErrorKind::Truncated { need: 3, have: 1 });
    }

    #[test]
    fn offsets_count_from_the_start() {
        let der = [0x30, 6, 2, 1, 5, 4, 1, 7];
        let mut inside = read(&der).unwrap().inside();
        assert_eq!(inside.expect(INTEGER, "a").unwrap().range(), 2..5);
        let wrong = inside.expect(INTEGER, "b").unwrap_err();
        assert_eq!((wrong.offset, wrong.field), (5, "b"));
        assert_eq!(inside.any("c").unwrap().inside().offset, 7);
        assert!(inside.end("d").is_ok());
    }

    /// `date -u -d '2049-12-31 23:59:59' +%s` and so on.
    #[test]
    fn times() {
        let utc = |text: &str| seconds(text.as_bytes(), 2);
        let general = |text: &str| seconds(text.as_bytes(), 4);
        assert_eq!(utc("491231235959Z"), Some(2_524_607_999));
        assert_eq!(utc("700101000000Z"), Some(0));
        assert_eq!(utc("500101000000Z"), Some(0), "1950");
        assert_eq!(utc("0402291200Z"), Some(1_078_056_000), "no seconds");
        assert_eq!(utc("040229140000+0200"), Some(1_078_056_000));
        assert_eq!(general("99991231235959Z"), Some(253_402_300_799));
        assert_eq!(general("20040229120000.5Z"), Some(1_078_056_000));
        for bad in [
            "",
            "Z",
            "2004",
            "041301120000Z",
            "040200120000Z",
            "04022912000",
        ] {
            assert_eq!(utc(bad), None, "{bad}");
        }
        assert_eq!(utc("040229120000Zx"), None);
        assert_eq!(utc("04022912000-Z"), None);
    }

    #[test]
    fn small_integers() {
        let small = |der| read(der).unwrap().small("x").ok();
        assert_eq!(small(&[2, 1, 0]), Some(0));
        assert_eq!(small(&[2, 2, 0, 0xff]), Some(255));
        assert_eq!(small(&[2, 5, 0, 0xff, 0xff, 0xff, 0xff]), Some(u32::MAX));
        assert_eq!(small(&[2, 1, 0xff]), None);
        assert_eq!(small(&[2, 0]), None);
        assert_eq!(small(&[2, 6, 0, 1, 0xff, 0xff, 0xff, 0xff]), None);
    }
}
