//! Distinguished names, printed as the daemons print them and compared as
//! certificate paths need it (RFC 5280 §4.1.2.4 and §7.1).

use super::asn1::{Element, OBJECT_IDENTIFIER, Reader, SEQUENCE, SET};
use super::oid;
use crate::wire::DecodeError;
use crate::wire::tree::escaped;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write as _};

/// A name in DER: of a certificate, of an identity of type `ID_DER_ASN1_DN`,
/// of an IKEv1 certificate request. The DER may be broken.
///
/// It is printed in the order of its DER, attributes that belong together with
/// a plus between them. What could mislead a reader is escaped, a comma or plus
/// inside a value too; a value that is not text is `#` and its DER in
/// hexadecimal (RFC 4514 §2.4), and so is everything from the first byte that
/// cannot be read.
///
/// ```
/// use ipsec_core::keymat::x509::DistinguishedName;
/// let der = b"\x30\x1b\x31\x0b\x30\x09\x06\x03\x55\x04\x06\x13\x02CH\
///             \x31\x0c\x30\x0a\x06\x03\x55\x04\x03\x0c\x03sun";
/// assert_eq!(DistinguishedName::new(der).to_string(), "C=CH, CN=sun");
/// let cut = DistinguishedName::new(b"\x30\x0d\x31\x0b\x30");
/// assert_eq!(cut.to_string(), "#300d310b30");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DistinguishedName {
    der: Vec<u8>,
}

impl DistinguishedName {
    /// The name whose DER this is: a SEQUENCE, with its tag and length.
    #[must_use]
    pub fn new(der: &[u8]) -> Self {
        Self { der: der.to_vec() }
    }

    /// Its DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Whether it has no attributes: then the entity is named elsewhere
    /// (RFC 5280 §4.1.2.6).
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!(*self.der, [] | [SEQUENCE, 0])
    }

    /// Checks that all of it can be read.
    ///
    /// # Errors
    ///
    /// Where reading stops, and why.
    pub fn check(&self) -> Result<(), DecodeError> {
        self.read().error.map_or(Ok(()), Err)
    }

    /// The values of an attribute by the name it is printed with (`CN`).
    #[must_use]
    pub fn values_of(&self, attribute: &str) -> Vec<String> {
        let attributes = self.read().relative_names.into_iter().flatten();
        attributes
            .filter(|found| found.name() == attribute)
            .map(|found| found.shown())
            .collect()
    }

    /// Whether both name the same entity: the same attributes in the same
    /// order, text compared without regard to case, to blanks around it and to
    /// the number of blanks inside. Unlike in RFC 5280 §7.1, a letter with an
    /// accent and the two characters for it differ.
    #[must_use]
    pub fn same_as(&self, other: &Self) -> bool {
        self.der == other.der || self.compare(other, |ours, theirs| ours == theirs)
    }

    /// Whether it names `top` or something below: its attributes begin with
    /// those of `top`, compared as by [`DistinguishedName::same_as`].
    #[must_use]
    pub fn is_under(&self, top: &Self) -> bool {
        self.compare(top, |ours, top| ours >= top)
    }

    fn compare(&self, other: &Self, lengths: fn(usize, usize) -> bool) -> bool {
        let (ours, theirs) = (self.read(), other.read());
        let whole = ours.error.is_none() && theirs.error.is_none();
        let (ours, theirs) = (ours.relative_names, theirs.relative_names);
        let mut pairs = ours.iter().zip(&theirs);
        whole && lengths(ours.len(), theirs.len()) && pairs.all(|(a, b)| same_set(a, b))
    }

    fn read(&self) -> Read<'_> {
        let mut relative_names = Vec::new();
        let mut outer = Reader::new(&self.der);
        let mut inner = match outer.expect(SEQUENCE, "name") {
            Ok(name) => name.inside(),
            Err(error) => return Read::new(relative_names, &self.der, Some(error)),
        };
        while !inner.is_empty() {
            let unread = inner.rest();
            match relative_name(&mut inner) {
                Ok(attributes) => relative_names.push(attributes),
                Err(error) => return Read::new(relative_names, unread, Some(error)),
            }
        }
        Read::new(relative_names, outer.rest(), outer.end("name").err())
    }
}

impl fmt::Display for DistinguishedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let read = self.read();
        let mut between = "";
        for attributes in &read.relative_names {
            for attribute in attributes {
                write!(f, "{between}{}={}", attribute.name(), attribute.shown())?;
                between = " + ";
            }
            between = ", ";
        }
        match read.unread {
            [] => Ok(()),
            unread => write!(f, "{between}{}", hex_form(unread)),
        }
    }
}

/// What of a name could be read, and the bytes from where it could not.
struct Read<'a> {
    relative_names: Vec<Vec<Attribute<'a>>>,
    unread: &'a [u8],
    error: Option<DecodeError>,
}

impl<'a> Read<'a> {
    const fn new(
        relative_names: Vec<Vec<Attribute<'a>>>,
        unread: &'a [u8],
        error: Option<DecodeError>,
    ) -> Self {
        Self {
            relative_names,
            unread,
            error,
        }
    }
}

fn relative_name<'a>(i: &mut Reader<'a>) -> Result<Vec<Attribute<'a>>, DecodeError> {
    let mut set = i.expect(SET, "relative_name")?.inside();
    let mut attributes = Vec::new();
    while !set.is_empty() {
        let mut pair = set.expect(SEQUENCE, "attribute")?.inside();
        let oid = pair.expect(OBJECT_IDENTIFIER, "attribute_type")?.value;
        let value = pair.any("attribute_value")?;
        pair.end("attribute")?;
        attributes.push(Attribute { oid, value });
    }
    Ok(attributes)
}

fn same_set(ours: &[Attribute<'_>], theirs: &[Attribute<'_>]) -> bool {
    let mut left: Vec<_> = theirs.iter().collect();
    let found_all = ours.iter().all(|attribute| {
        let at = left.iter().position(|other| attribute.same_as(other));
        at.map(|at| left.swap_remove(at)).is_some()
    });
    found_all && left.is_empty()
}

/// One attribute: the content of its identifier, and its value.
struct Attribute<'a> {
    oid: &'a [u8],
    value: Element<'a>,
}

impl Attribute<'_> {
    fn name(&self) -> String {
        oid::name_or_dotted(oid::ATTRIBUTES, self.oid)
    }

    /// The value as it is printed.
    fn shown(&self) -> String {
        match text(&self.value) {
            Some(text) => text.replace(',', "\\,").replace('+', "\\+"),
            None => hex_form(self.value.whole),
        }
    }

    fn same_as(&self, other: &Self) -> bool {
        self.oid == other.oid
            && match (text(&self.value), text(&other.value)) {
                (Some(ours), Some(theirs)) => folded(&ours) == folded(&theirs),
                _ => self.value.whole == other.value.whole,
            }
    }
}

/// The text of a string of any of the kinds that hold text (X.690 §8.23), as
/// [`escaped`] shows it.
fn text(value: &Element<'_>) -> Option<String> {
    let bytes = value.value;
    let text: String = match value.tag {
        UTF8_STRING | NUMERIC_STRING | PRINTABLE_STRING | IA5_STRING | VISIBLE_STRING => {
            return Some(escaped(bytes));
        }
        // Which of its many alphabets is meant, nobody says: in practice Latin-1.
        TELETEX_STRING => bytes.iter().copied().map(char::from).collect(),
        BMP_STRING => {
            let (pairs, []) = bytes.as_chunks() else {
                return None;
            };
            let units = pairs.iter().copied().map(u16::from_be_bytes);
            char::decode_utf16(units).collect::<Result<_, _>>().ok()?
        }
        UNIVERSAL_STRING => {
            let (fours, []) = bytes.as_chunks() else {
                return None;
            };
            let chars = fours.iter().copied().map(u32::from_be_bytes);
            chars.map(char::from_u32).collect::<Option<_>>()?
        }
        _ => return None,
    };
    Some(escaped(text.as_bytes()))
}

/// Text as names are compared.
fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.extend(word.chars().flat_map(char::to_lowercase));
    }
    folded
}

/// `#` and the bytes in hexadecimal; of many only the first.
pub(super) fn hex_form(bytes: &[u8]) -> String {
    let mut out = String::from("#");
    for byte in bytes.iter().take(MAX_HEX_BYTES) {
        let _ = write!(out, "{byte:02x}");
    }
    if bytes.len() > MAX_HEX_BYTES {
        out.push('…');
    }
    out
}

const UTF8_STRING: u8 = 0x0c;
const NUMERIC_STRING: u8 = 0x12;
const PRINTABLE_STRING: u8 = 0x13;
const TELETEX_STRING: u8 = 0x14;
const IA5_STRING: u8 = 0x16;
const VISIBLE_STRING: u8 = 0x1a;
const UNIVERSAL_STRING: u8 = 0x1c;
const BMP_STRING: u8 = 0x1e;

/// Bytes that are shown of a value that is not text.
const MAX_HEX_BYTES: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString as _;

    fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        let value = parts.concat();
        [&[tag, u8::try_from(value.len()).unwrap()], &*value].concat()
    }

    fn attribute(last: u8, tag: u8, value: &[u8]) -> Vec<u8> {
        let oid = element(OBJECT_IDENTIFIER, &[&[0x55, 4, last]]);
        element(SEQUENCE, &[&oid, &element(tag, &[value])])
    }

    fn name(relative_names: &[&[Vec<u8>]]) -> DistinguishedName {
        let sets: Vec<_> = relative_names
            .iter()
            .map(|attributes| element(SET, &[&attributes.concat()]))
            .collect();
        DistinguishedName::new(&element(SEQUENCE, &[&sets.concat()]))
    }

    fn cn(tag: u8, value: &[u8]) -> DistinguishedName {
        name(&[&[attribute(3, tag, value)]])
    }

    #[test]
    fn prints_strings_of_every_kind() {
        assert_eq!(cn(PRINTABLE_STRING, b"sun").to_string(), "CN=sun");
        assert_eq!(
            cn(UTF8_STRING, "Zürich".as_bytes()).to_string(),
            "CN=Zürich"
        );
        assert_eq!(cn(TELETEX_STRING, b"Z\xfcrich").to_string(), "CN=Zürich");
        assert_eq!(cn(BMP_STRING, b"\0Z\0\xfc").to_string(), "CN=Zü");
        assert_eq!(cn(UNIVERSAL_STRING, b"\0\0\0Z").to_string(), "CN=Z");
        assert_eq!(cn(BMP_STRING, b"\0Z\0").to_string(), "CN=#1e03005a00");
        assert_eq!(cn(BMP_STRING, b"\xd8\0").to_string(), "CN=#1e02d800");
        assert_eq!(cn(UTF8_STRING, b"\xff").to_string(), r"CN=\xff");
        assert_eq!(cn(4, b"\x01").to_string(), "CN=#040101");
    }

    #[test]
    fn escapes_what_misleads() {
        let shown = cn(UTF8_STRING, "a, O=b\n\u{202e}\\".as_bytes()).to_string();
        assert_eq!(shown, r"CN=a\, O=b\n\u{202e}\\");
    }

    #[test]
    fn several_attributes_and_unknown_ones() {
        let (cn, serial) = (
            attribute(3, UTF8_STRING, b"a"),
            attribute(5, UTF8_STRING, b"1"),
        );
        let odd = attribute(99, UTF8_STRING, b"x");
        let name = name(&[&[cn, serial], &[odd]]);
        assert_eq!(name.to_string(), "CN=a + serialNumber=1, 2.5.4.99=x");
        assert_eq!(name.values_of("serialNumber"), ["1"]);
        assert!(name.check().is_ok());
    }

    #[test]
    fn prints_what_is_there_of_a_broken_name() {
        let whole = name(&[
            &[attribute(6, PRINTABLE_STRING, b"CH")],
            &[attribute(3, UTF8_STRING, b"moon")],
        ]);
        let mut der = whole.der().to_vec();
        der[15] = 0x39;
        let broken = DistinguishedName::new(&der);
        assert!(broken.to_string().starts_with("C=CH, #39"), "{broken}");
        assert_eq!(broken.check().unwrap_err().offset, 15);
        assert!(!broken.same_as(&whole) && broken.same_as(&broken));
        let trailing = DistinguishedName::new(&[whole.der(), &[0]].concat());
        assert_eq!(trailing.to_string(), "C=CH, CN=moon, #00");
        assert_eq!(
            DistinguishedName::new(&[7; 65]).to_string().len(),
            1 + 128 + 3
        );
        assert_eq!(DistinguishedName::default().to_string(), "");
    }

    #[test]
    fn compares_text_and_not_its_encoding() {
        let sun = cn(PRINTABLE_STRING, b" The  SUN");
        assert!(sun.same_as(&cn(UTF8_STRING, b"the sun ")));
        assert!(!sun.same_as(&cn(UTF8_STRING, b"thesun")));
        assert!(!sun.same_as(&name(&[])));
        let one = [attribute(3, UTF8_STRING, b"a")];
        let other = [attribute(10, UTF8_STRING, b"b")];
        let both = |first: &[Vec<u8>], second: &[Vec<u8>]| name(&[&[first, second].concat()]);
        assert!(both(&one, &other).same_as(&both(&other, &one)), "a set");
        assert!(!both(&one, &other).same_as(&name(&[&one, &other])));
        assert!(!name(&[&one, &other]).same_as(&name(&[&other, &one])));
    }
}
