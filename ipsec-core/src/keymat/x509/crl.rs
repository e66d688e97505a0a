//! Revocation lists (RFC 5280 §5), read as far as they can be.

use super::asn1::{
    Element, GENERALIZED_TIME, INTEGER, Reader, SEQUENCE, UTC_TIME, constructed, context,
};
use super::extension::{Extension, authority_key_id};
use super::name::DistinguishedName;
use super::oid;
use super::signed::{Frame, SignatureAlgorithm, SignatureCheck, Signed};
use crate::crypto::CryptoProvider;
use crate::wire::DecodeError;
use alloc::vec::Vec;
use core::ops::Range;

/// A revocation list. Its signature has not been checked; that is what
/// [`super::Trust::judge`] does.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RevocationList {
    /// Whose certificates it is about, and who signed it.
    pub issuer: DistinguishedName,
    /// When it was made, in seconds since 1970.
    pub this_update: u64,
    /// When the next one will be there at the latest, if it says.
    pub next_update: Option<u64>,
    /// Certificates on it.
    pub len: usize,
    /// Whether a certificate that is not on it is not revoked. It is otherwise
    /// when the list holds changes only, is about some certificates or reasons
    /// only, has critical extensions that are not understood here, or cannot be
    /// read to its end.
    pub is_complete: bool,
    /// `keyIdentifier` of the issuer's key; empty if it names none.
    pub authority_key_id: Vec<u8>,
    /// What could not be read.
    pub faults: Vec<DecodeError>,
    /// Whether the entries may be about certificates of other issuers.
    indirect: bool,
    entries: Range<usize>,
    signed: Signed,
}

/// An entry of a [`RevocationList`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Revocation {
    /// Since when, in seconds since 1970.
    pub at: u64,
    /// Why, if it says (`keyCompromise`).
    pub reason: Option<&'static str>,
}

impl RevocationList {
    /// Reads the DER of a list.
    ///
    /// # Errors
    ///
    /// One of the fields that every list has cannot be read. What is wrong
    /// further inside is in [`RevocationList::faults`].
    pub fn read(der: &[u8]) -> Result<Self, DecodeError> {
        let (frame, rest) = Frame::read(der, "crl")?;
        let mut tbs = frame.tbs.inside();
        tbs.optional(INTEGER, "version")?;
        tbs.expect(SEQUENCE, "signature")?;
        let issuer = tbs.expect(SEQUENCE, "issuer")?;
        let this_update = tbs.any("this_update")?.time("this_update")?;
        let next_update = next_update(&mut tbs)?;
        let revoked = tbs.optional(SEQUENCE, "revoked_certificates")?;
        let mut list = Self {
            issuer: DistinguishedName::new(issuer.whole),
            this_update,
            next_update,
            len: 0,
            is_complete: true,
            authority_key_id: Vec::new(),
            faults: Vec::from_iter(rest.end("crl").err()),
            indirect: false,
            entries: revoked.map_or(0..0, |revoked| revoked.range()),
            signed: frame.into_signed(),
        };
        list.count(revoked);
        if let Err(fault) = list.extensions(tbs) {
            list.is_complete = false;
            list.faults.push(fault);
        }
        Ok(list)
    }

    /// The list's DER, without what followed it.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        self.signed.der()
    }

    /// What its issuer signed it with.
    #[must_use]
    pub const fn signature_algorithm(&self) -> &SignatureAlgorithm {
        &self.signed.algorithm
    }

    /// Whether the owner of `issuer_key`, a DER `SubjectPublicKeyInfo`, signed
    /// it.
    #[must_use]
    pub fn check_signature(&self, provider: &CryptoProvider, issuer_key: &[u8]) -> SignatureCheck {
        self.signed.check(provider, issuer_key)
    }

    /// What it says of the certificate with this serial number, of the same
    /// issuer. The whole list is searched.
    #[must_use]
    pub fn find(&self, serial: &[u8]) -> Option<Revocation> {
        if self.indirect {
            return None;
        }
        let entries = Reader::new(self.signed.part(&self.entries)).expect(SEQUENCE, ENTRIES);
        let entries = entries.ok()?.inside().each(SEQUENCE, ENTRIES);
        entries
            .flatten()
            .filter_map(|element| Entry::read(&element).ok())
            .filter(|entry| without_zeros(entry.serial) == without_zeros(serial))
            .map(|entry| entry.revocation)
            .find(|revocation| revocation.reason != Some(REMOVED))
    }

    fn count(&mut self, revoked: Option<Element<'_>>) {
        let Some(revoked) = revoked else {
            return;
        };
        for entry in revoked.inside().each(SEQUENCE, ENTRIES) {
            match entry.and_then(|entry| Entry::read(&entry)) {
                Ok(_) => self.len = self.len.saturating_add(1),
                Err(fault) => {
                    self.is_complete = false;
                    self.faults.push(fault);
                    return;
                }
            }
        }
    }

    fn extensions(&mut self, mut tbs: Reader<'_>) -> Result<(), DecodeError> {
        let Some(extensions) = tbs.optional(constructed(0), "extensions")? else {
            return tbs.end("extensions");
        };
        let list = extensions.inside().expect(SEQUENCE, "extensions")?;
        for element in list.inside().each(SEQUENCE, "extension") {
            let extension = Extension::read(&element?)?;
            let value = extension.value.inside();
            match oid::name_in(oid::EXTENSIONS, extension.oid) {
                Some(field @ "authorityKeyIdentifier") => {
                    self.authority_key_id = authority_key_id(value, field)?;
                }
                Some(field @ "issuingDistributionPoint") => self.narrow(value, field)?,
                _ if extension.critical => self.is_complete = false,
                _ => {}
            }
        }
        Ok(())
    }

    /// RFC 5280 §5.2.5: anything but the name of the place narrows the list.
    fn narrow(&mut self, mut value: Reader<'_>, field: &'static str) -> Result<(), DecodeError> {
        let mut scope = value.expect(SEQUENCE, field)?.inside();
        scope.optional(constructed(0), field)?;
        while !scope.is_empty() {
            let limit = scope.any(field)?;
            if limit.truth() {
                self.is_complete = false;
                self.indirect |= limit.tag == context(4);
            }
        }
        Ok(())
    }
}

struct Entry<'a> {
    serial: &'a [u8],
    revocation: Revocation,
}

impl<'a> Entry<'a> {
    fn read(element: &Element<'a>) -> Result<Self, DecodeError> {
        let mut parts = element.inside();
        let serial = parts.expect(INTEGER, "revoked_serial_number")?.value;
        let at = parts.any("revocation_date")?.time("revocation_date")?;
        let mut reason = None;
        if let Some(extensions) = parts.optional(SEQUENCE, "entry_extensions")? {
            for extension in extensions.inside().each(SEQUENCE, "entry_extensions") {
                let extension = Extension::read(&extension?)?;
                if oid::name_in(oid::EXTENSIONS, extension.oid) == Some("cRLReason") {
                    reason = self::reason(extension.value.inside())?;
                }
            }
        }
        let revocation = Revocation { at, reason };
        Ok(Self { serial, revocation })
    }
}

/// RFC 5280 §5.3.1.
fn reason(mut value: Reader<'_>) -> Result<Option<&'static str>, DecodeError> {
    let number = value
        .expect(ENUMERATED, "reason_code")?
        .small("reason_code")?;
    let at = usize::try_from(number).unwrap_or(usize::MAX);
    Ok(REASONS.get(at).copied())
}

fn next_update(tbs: &mut Reader<'_>) -> Result<Option<u64>, DecodeError> {
    let time = match tbs.optional(UTC_TIME, "next_update")? {
        Some(time) => Some(time),
        None => tbs.optional(GENERALIZED_TIME, "next_update")?,
    };
    time.map(|time| time.time("next_update")).transpose()
}

fn without_zeros(serial: &[u8]) -> &[u8] {
    let zeros = serial.iter().take_while(|byte| **byte == 0).count();
    serial.get(zeros..).unwrap_or_default()
}

const ENTRIES: &str = "revoked_certificates";
const ENUMERATED: u8 = 0x0a;

/// In a list of changes: no longer revoked.
const REMOVED: &str = "removeFromCRL";

const REASONS: [&str; 11] = [
    "unspecified",
    "keyCompromise",
    "cACompromise",
    "affiliationChanged",
    "superseded",
    "cessationOfOperation",
    "certificateHold",
    "(unused)",
    REMOVED,
    "privilegeWithdrawn",
    "aACompromise",
];
