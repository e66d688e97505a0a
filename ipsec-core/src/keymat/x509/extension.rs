//! Extensions of certificates that matter to IKE (RFC 5280 §4.2, RFC 4945
//! §5.1.3). One that cannot be read is passed over and said.

use super::asn1::{
    BIT_STRING, BOOLEAN, Element, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, Reader, SEQUENCE,
    constructed, context,
};
use super::name::{DistinguishedName, hex_form};
use super::oid;
use crate::wire::tree::escaped;
use crate::wire::{DecodeError, DecodeErrorKind};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

type Result<T> = core::result::Result<T, DecodeError>;

/// An alternative name: what the certificate calls its owner besides the
/// subject (RFC 5280 §4.2.1.6).
///
/// Text is shown as [`escaped`] shows it, here and in its `Display` form
/// (`DNS:moon.example`, `IP:192.0.2.1`).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AltName {
    /// `dNSName`
    Dns(String),
    /// `rfc822Name`
    Email(String),
    /// `uniformResourceIdentifier`
    Uri(String),
    /// `iPAddress`
    Ip(IpAddr),
    /// `directoryName`
    Directory(DistinguishedName),
    /// `otherName`: its identifier or name, and its value as text or in
    /// hexadecimal.
    Other(String, String),
    /// Any other kind, or an address of an impossible length: its DER.
    Unread(Vec<u8>),
}

impl AltName {
    /// Reads a DER `GeneralName`, as an extension or an identity of type
    /// `ID_DER_ASN1_GN` carries it.
    ///
    /// # Errors
    ///
    /// It is not one element of DER.
    pub fn read(der: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(der);
        let name = Self::of(&reader.any("general_name")?);
        reader.end("general_name").map(|()| name)
    }

    fn of(name: &Element<'_>) -> Self {
        let unread = || Self::Unread(name.whole.to_vec());
        match name.tag {
            EMAIL => Self::Email(escaped(name.value)),
            DNS => Self::Dns(escaped(name.value)),
            URI => Self::Uri(escaped(name.value)),
            DIRECTORY => Self::Directory(DistinguishedName::new(name.value)),
            IP => address(name.value).map_or_else(unread, Self::Ip),
            OTHER => other(name).unwrap_or_else(|_| unread()),
            _ => unread(),
        }
    }
}

impl fmt::Display for AltName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) => write!(f, "DNS:{name}"),
            Self::Email(name) => write!(f, "email:{name}"),
            Self::Uri(name) => write!(f, "URI:{name}"),
            Self::Ip(address) => write!(f, "IP:{address}"),
            Self::Directory(name) => write!(f, "DN:{name}"),
            Self::Other(kind, value) => write!(f, "{kind}:{value}"),
            Self::Unread(der) => f.write_str(&hex_form(der)),
        }
    }
}

fn address(octets: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(octets).map(|octets| Ipv4Addr::from(octets).into());
    let v6 = <[u8; 16]>::try_from(octets).map(|octets| Ipv6Addr::from(octets).into());
    v4.or(v6).ok()
}

fn other(name: &Element<'_>) -> Result<AltName> {
    let mut parts = name.inside();
    let kind = parts.expect(OBJECT_IDENTIFIER, "other_name")?.value;
    let value = parts.expect(constructed(0), "other_name")?;
    let value = value.inside().any("other_name")?;
    let is_text = matches!(value.tag, 0x0c | 0x13 | 0x16);
    let shown = if is_text { escaped } else { hex_form };
    let kind = oid::name_or_dotted(oid::EXTENSIONS, kind);
    Ok(AltName::Other(kind, shown(value.value)))
}

/// Whether the owner is an authority, and how many may stand below it
/// (RFC 5280 §4.2.1.9).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BasicConstraints {
    /// `cA`
    pub ca: bool,
    /// `pathLenConstraint`
    pub path_len: Option<u32>,
}

/// What the key may be used for (RFC 5280 §4.2.1.3): bit 0 of the standard is
/// the highest bit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyUsage(u16);

impl KeyUsage {
    /// Whether the key may sign, which is all that IKE asks for: one of
    /// `digitalSignature` and `nonRepudiation` (RFC 4945 §5.1.3.2).
    #[must_use]
    pub const fn may_sign(self) -> bool {
        self.0 & 0xc000 != 0
    }

    /// `keyCertSign`
    #[must_use]
    pub const fn may_sign_certificates(self) -> bool {
        self.0 & 0x0400 != 0
    }

    /// `cRLSign`
    #[must_use]
    pub const fn may_sign_crls(self) -> bool {
        self.0 & 0x0200 != 0
    }

    /// The names of the uses.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        let bits = (0..).zip(KEY_USES);
        bits.filter(move |(bit, _)| self.0 & (0x8000 >> bit) != 0)
            .map(|(_, name)| name)
    }
}

/// What the extensions of one certificate say.
#[derive(Clone, Debug, Default)]
pub(super) struct Extensions {
    pub(super) alt_names: Vec<AltName>,
    pub(super) basic_constraints: Option<BasicConstraints>,
    pub(super) key_usage: Option<KeyUsage>,
    pub(super) purposes: Vec<String>,
    pub(super) crl_urls: Vec<String>,
    pub(super) ocsp_urls: Vec<String>,
    pub(super) key_id: Vec<u8>,
    pub(super) authority_key_id: Vec<u8>,
    /// Critical extensions that are not understood here.
    pub(super) unprocessed: Vec<String>,
    /// Extensions that could not be read.
    pub(super) faults: Vec<DecodeError>,
}

impl Extensions {
    /// Reads the SEQUENCE of extensions.
    pub(super) fn read(list: &Element<'_>) -> Self {
        let mut all = Self::default();
        for element in list.inside().each(SEQUENCE, "extension") {
            let read = element.and_then(|element| Extension::read(&element));
            if let Err(fault) = read.and_then(|extension| all.add(&extension)) {
                all.faults.push(fault);
            }
            if all.faults.len() >= MAX_FAULTS {
                break;
            }
        }
        all
    }

    /// No extensions, because they cannot be read.
    pub(super) fn unreadable(fault: DecodeError) -> Self {
        Self {
            faults: Vec::from([fault]),
            ..Self::default()
        }
    }

    /// Adds what an extension says. One that is critical and cannot be read is
    /// not processed.
    fn add(&mut self, extension: &Extension<'_>) -> Result<()> {
        let added = self.add_value(extension);
        if added.is_err() && extension.critical {
            self.unprocessed.push(extension.name());
        }
        added
    }

    fn add_value(&mut self, extension: &Extension<'_>) -> Result<()> {
        let field = oid::name_in(oid::EXTENSIONS, extension.oid).unwrap_or("extension");
        let value = extension.value.inside();
        match field {
            "subjectAltName" => self.add_alt_names(value, field)?,
            "basicConstraints" => self.basic_constraints = Some(basic_constraints(value, field)?),
            "keyUsage" => self.key_usage = Some(key_usage(value, field)?),
            "extKeyUsage" => self.add_purposes(value, field)?,
            "cRLDistributionPoints" => self.add_crl_urls(value, field)?,
            "authorityInfoAccess" => self.add_ocsp_urls(value, field)?,
            "subjectKeyIdentifier" => self.key_id = key_id(value, OCTET_STRING, field)?,
            "authorityKeyIdentifier" => self.authority_key_id = authority_key_id(value, field)?,
            // Policies are for those who ask for one, and nobody does.
            "certificatePolicies" | "issuerAltName" => {}
            _ if extension.critical => self.unprocessed.push(extension.name()),
            _ => {}
        }
        Ok(())
    }

    fn add_alt_names(&mut self, mut value: Reader<'_>, field: &'static str) -> Result<()> {
        let mut names = value.expect(SEQUENCE, field)?.inside();
        while !names.is_empty() {
            if self.alt_names.len() >= MAX_NAMES {
                return Err(names.error(field, DecodeErrorKind::TooMany { limit: MAX_NAMES }));
            }
            self.alt_names.push(AltName::of(&names.any(field)?));
        }
        Ok(())
    }

    fn add_purposes(&mut self, mut value: Reader<'_>, field: &'static str) -> Result<()> {
        let purposes = value.expect(SEQUENCE, field)?.inside();
        for purpose in few(purposes, OBJECT_IDENTIFIER, field) {
            let purpose = oid::name_or_dotted(oid::PURPOSES, purpose?.value);
            self.purposes.push(purpose);
        }
        Ok(())
    }

    /// RFC 5280 §4.2.1.13: points, in them [0] a name, in it [0] a full name,
    /// in it URIs.
    fn add_crl_urls(&mut self, mut value: Reader<'_>, field: &'static str) -> Result<()> {
        let points = value.expect(SEQUENCE, field)?.inside();
        for point in few(points, SEQUENCE, field) {
            let Some(name) = point?.inside().optional(constructed(0), field)? else {
                continue;
            };
            if let Some(full) = name.inside().optional(constructed(0), field)? {
                let mut names = full.inside();
                self.crl_urls.extend(uri(&names.any(field)?));
            }
        }
        Ok(())
    }

    /// RFC 5280 §4.2.2.1: pairs of a method and where.
    fn add_ocsp_urls(&mut self, mut value: Reader<'_>, field: &'static str) -> Result<()> {
        let ways = value.expect(SEQUENCE, field)?.inside();
        for way in few(ways, SEQUENCE, field) {
            let mut way = way?.inside();
            let method = way.expect(OBJECT_IDENTIFIER, field)?.value;
            if oid::name_in(oid::EXTENSIONS, method) == Some("ocsp") {
                self.ocsp_urls.extend(uri(&way.any(field)?));
            }
        }
        Ok(())
    }
}

/// One extension, of a certificate or a revocation list.
pub(super) struct Extension<'a> {
    pub(super) oid: &'a [u8],
    pub(super) critical: bool,
    /// The octet string that holds the value.
    pub(super) value: Element<'a>,
}

impl<'a> Extension<'a> {
    pub(super) fn read(element: &Element<'a>) -> Result<Self> {
        let mut parts = element.inside();
        let oid = parts.expect(OBJECT_IDENTIFIER, "extension")?.value;
        let critical = parts.optional(BOOLEAN, "critical")?;
        let value = parts.expect(OCTET_STRING, "extension")?;
        Ok(Self {
            oid,
            critical: critical.is_some_and(|critical| critical.truth()),
            value,
        })
    }

    fn name(&self) -> String {
        oid::name_or_dotted(oid::EXTENSIONS, self.oid)
    }
}

/// Elements of this tag; one more than the limit is an error.
fn few<'a>(
    reader: Reader<'a>,
    tag: u8,
    field: &'static str,
) -> impl Iterator<Item = Result<Element<'a>>> {
    let too_many = reader.error(field, DecodeErrorKind::TooMany { limit: MAX_NAMES });
    let elements = reader.each(tag, field).enumerate();
    elements.map(move |(at, element)| {
        if at < MAX_NAMES {
            element
        } else {
            Err(too_many)
        }
    })
}

fn basic_constraints(mut value: Reader<'_>, field: &'static str) -> Result<BasicConstraints> {
    let mut parts = value.expect(SEQUENCE, field)?.inside();
    let ca = parts.optional(BOOLEAN, field)?;
    let path_len = parts.optional(INTEGER, field)?;
    Ok(BasicConstraints {
        ca: ca.is_some_and(|ca| ca.truth()),
        path_len: path_len.map(|len| len.small(field)).transpose()?,
    })
}

fn key_usage(mut value: Reader<'_>, field: &'static str) -> Result<KeyUsage> {
    let bits = value.expect(BIT_STRING, field)?.bits(field)?;
    let byte = |at| bits.get(at).copied().unwrap_or_default();
    Ok(KeyUsage(u16::from_be_bytes([byte(0), byte(1)])))
}

/// The `keyIdentifier` of an `AuthorityKeyIdentifier` (RFC 5280 §4.2.1.1).
pub(super) fn authority_key_id(mut value: Reader<'_>, field: &'static str) -> Result<Vec<u8>> {
    let names = value.expect(SEQUENCE, field)?;
    key_id(names.inside(), context(0), field)
}

/// An octet string of this tag, if it is the next element.
fn key_id(mut value: Reader<'_>, tag: u8, field: &'static str) -> Result<Vec<u8>> {
    let id = value.optional(tag, field)?;
    Ok(id.map(|id| id.value.to_vec()).unwrap_or_default())
}

fn uri(name: &Element<'_>) -> Option<String> {
    (name.tag == URI).then(|| escaped(name.value))
}

const OTHER: u8 = constructed(0);
const EMAIL: u8 = context(1);
const DNS: u8 = context(2);
const DIRECTORY: u8 = constructed(4);
const URI: u8 = context(6);
const IP: u8 = context(7);

const KEY_USES: [&str; 9] = [
    "digitalSignature",
    "nonRepudiation",
    "keyEncipherment",
    "dataEncipherment",
    "keyAgreement",
    "keyCertSign",
    "cRLSign",
    "encipherOnly",
    "decipherOnly",
];

/// Names, purposes or places that are kept of one extension.
const MAX_NAMES: usize = 1000;
/// Extensions of one certificate that may be unreadable before the rest is
/// left alone.
const MAX_FAULTS: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn element(tag: u8, value: &[u8]) -> Vec<u8> {
        let len = u32::try_from(value.len()).unwrap().to_be_bytes();
        [&[tag, 0x84], &len[..], value].concat()
    }

    /// The extension of this object identifier under 2.5.29.
    fn extension(last: u8, critical: bool, value: &[u8]) -> Vec<u8> {
        let critical: &[u8] = if critical { &[1, 1, 0xff] } else { &[] };
        let parts = [&[6, 3, 0x55, 0x1d, last], critical, &element(4, value)];
        element(SEQUENCE, &parts.concat())
    }

    fn read(list: &[Vec<u8>]) -> Extensions {
        let list = element(SEQUENCE, &list.concat());
        Extensions::read(&Reader::new(&list).any("extensions").unwrap())
    }

    #[test]
    fn a_thousand_names_are_kept() {
        let names = |count: usize| element(SEQUENCE, &[DNS, 1, b'a'].repeat(count));
        let purposes = |count: usize| element(SEQUENCE, &[6, 1, 42].repeat(count));
        let most = read(&[
            extension(17, false, &names(MAX_NAMES)),
            extension(37, false, &purposes(MAX_NAMES)),
        ]);
        assert_eq!((most.alt_names.len(), most.purposes.len()), (1000, 1000));
        assert_eq!(most.faults, []);
        let more = read(&[
            extension(17, true, &names(MAX_NAMES + 1)),
            extension(37, false, &purposes(MAX_NAMES + 1)),
        ]);
        assert_eq!((more.alt_names.len(), more.purposes.len()), (1000, 1000));
        let too_many = DecodeErrorKind::TooMany { limit: 1000 };
        assert!(more.faults.iter().all(|fault| fault.kind == too_many));
        assert_eq!(more.faults.len(), 2);
        assert_eq!(more.unprocessed, ["subjectAltName"], "the critical one");
    }

    #[test]
    fn many_unreadable_extensions_end_the_reading() {
        let bad = extension(19, false, &[]);
        assert_eq!(read(&[bad.clone(), bad.clone()]).faults.len(), 2);
        assert_eq!(
            read(&alloc::vec![bad; MAX_FAULTS + 1]).faults.len(),
            MAX_FAULTS
        );
    }

    #[test]
    fn uses_of_a_key_by_bit() {
        let usage = |bits: &[u8]| {
            let bits = [&[0], bits].concat();
            let value = [&[BIT_STRING, u8::try_from(bits.len()).unwrap()], &*bits].concat();
            let usage = read(&[extension(15, true, &value)]).key_usage.unwrap();
            usage.names().collect::<Vec<_>>()
        };
        assert_eq!(usage(&[0x80, 0x80]), ["digitalSignature", "decipherOnly"]);
        assert_eq!(usage(&[0x06]), ["keyCertSign", "cRLSign"]);
        assert_eq!(usage(&[0, 0x7f]), [""; 0]);
    }
}
