//! Certificates (RFC 5280 §4.1), of any version, read as far as it can be.

use super::asn1::{INTEGER, Reader, SEQUENCE, constructed};
use super::extension::{AltName, BasicConstraints, Extensions, KeyUsage};
use super::key::PublicKey;
use super::name::DistinguishedName;
use super::signed::{Frame, SignatureAlgorithm, SignatureCheck, Signed};
use crate::crypto::{CryptoProvider, Digest};
use crate::wire::DecodeError;
use crate::wire::registry::ike::HashAlgorithm;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::fmt::Write as _;
use core::ops::Range;

/// A certificate and what it says. Nothing of it has been checked; that is
/// what [`super::Trust::judge`] does.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Certificate {
    /// 1, 2 or 3; a version 1 certificate has no extensions.
    pub version: u32,
    /// The serial number, an integer of any length, as its bytes.
    pub serial: Vec<u8>,
    /// Whose key it is; may be empty where there are alternative names.
    pub subject: DistinguishedName,
    /// Who says so.
    pub issuer: DistinguishedName,
    /// Start of its validity, in seconds since 1970; what is earlier is 0.
    pub not_before: u64,
    /// End of its validity, inclusive, in seconds since 1970.
    pub not_after: u64,
    /// The key that it is about.
    pub public_key: PublicKey,
    /// Other names of the subject.
    pub alt_names: Vec<AltName>,
    /// Whether the subject is an authority, if the certificate says.
    pub basic_constraints: Option<BasicConstraints>,
    /// What the key is for, if the certificate says.
    pub key_usage: Option<KeyUsage>,
    /// For which purposes, by name or object identifier; none means all.
    pub extended_key_usage: Vec<String>,
    /// Where the revocation list is to be fetched.
    pub crl_urls: Vec<String>,
    /// Where the issuer answers whether it is revoked.
    pub ocsp_urls: Vec<String>,
    /// `subjectKeyIdentifier`; empty if it has none.
    pub subject_key_id: Vec<u8>,
    /// `keyIdentifier` of the issuer's key; empty if it names none.
    pub authority_key_id: Vec<u8>,
    /// Critical extensions that are not understood here, by name or object
    /// identifier: whoever relies on the certificate must refuse it
    /// (RFC 5280 §4.2).
    pub critical_unprocessed: Vec<String>,
    /// What was passed over: bytes behind the end, extensions that cannot be
    /// read.
    pub faults: Vec<DecodeError>,
    /// Whether the algorithm inside the signed part is the one outside, as it
    /// must be (RFC 5280 §4.1.1.2).
    pub algorithms_agree: bool,
    signed: Signed,
    spki: Range<usize>,
}

impl Certificate {
    /// Reads the DER of a certificate.
    ///
    /// # Errors
    ///
    /// One of the fields that every certificate has cannot be read. What is
    /// wrong further inside is in [`Certificate::faults`].
    pub fn read(der: &[u8]) -> Result<Self, DecodeError> {
        let (frame, rest) = Frame::read(der, "certificate")?;
        let mut tbs = frame.tbs.inside();
        let version = version(&mut tbs)?;
        let serial = tbs.expect(INTEGER, "serial_number")?.value.to_vec();
        let inner_algorithm = tbs.expect(SEQUENCE, "signature")?;
        let issuer = tbs.expect(SEQUENCE, "issuer")?;
        let mut validity = tbs.expect(SEQUENCE, "validity")?.inside();
        let not_before = validity.any("not_before")?.time("not_before")?;
        let not_after = validity.any("not_after")?.time("not_after")?;
        let subject = tbs.expect(SEQUENCE, "subject")?;
        let spki = tbs.expect(SEQUENCE, "spki")?;
        let mut extensions = extensions(tbs);
        extensions.faults.extend(rest.end("certificate").err());
        Ok(Self {
            version,
            serial,
            subject: DistinguishedName::new(subject.whole),
            issuer: DistinguishedName::new(issuer.whole),
            not_before,
            not_after,
            public_key: PublicKey::of(&spki)?,
            alt_names: extensions.alt_names,
            basic_constraints: extensions.basic_constraints,
            key_usage: extensions.key_usage,
            extended_key_usage: extensions.purposes,
            crl_urls: extensions.crl_urls,
            ocsp_urls: extensions.ocsp_urls,
            subject_key_id: extensions.key_id,
            authority_key_id: extensions.authority_key_id,
            critical_unprocessed: extensions.unprocessed,
            faults: extensions.faults,
            algorithms_agree: inner_algorithm.whole == frame.algorithm.identifier,
            spki: spki.range(),
            signed: frame.into_signed(),
        })
    }

    /// The certificate's DER, without what followed it.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        self.signed.der()
    }

    /// The DER that is signed (`tbsCertificate`).
    #[must_use]
    pub fn tbs(&self) -> &[u8] {
        self.signed.tbs()
    }

    /// What its issuer signed it with.
    #[must_use]
    pub const fn signature_algorithm(&self) -> &SignatureAlgorithm {
        &self.signed.algorithm
    }

    /// Whether the owner of `issuer_key`, a DER `SubjectPublicKeyInfo`, signed
    /// it. That is one verification, and says nothing about names or dates.
    #[must_use]
    pub fn check_signature(&self, provider: &CryptoProvider, issuer_key: &[u8]) -> SignatureCheck {
        self.signed.check(provider, issuer_key)
    }

    /// The DER of its public key (`SubjectPublicKeyInfo`).
    #[must_use]
    pub fn spki(&self) -> &[u8] {
        self.signed.part(&self.spki)
    }

    /// What an IKEv2 certificate request calls an authority with this
    /// certificate: the SHA-1 hash of its public key (RFC 7296 §3.7).
    ///
    /// `None` when the provider has no SHA-1.
    #[must_use]
    pub fn authority_key_hash(&self, provider: &CryptoProvider) -> Option<Digest> {
        sha1(provider, self.spki())
    }

    /// The SHA-1 hash of the certificate, as people compare certificates and
    /// as "hash and URL" names it (RFC 7296 §3.6).
    ///
    /// `None` when the provider has no SHA-1.
    #[must_use]
    pub fn fingerprint(&self, provider: &CryptoProvider) -> Option<Digest> {
        sha1(provider, self.der())
    }

    /// Whether the subject is an authority. A version 1 certificate cannot say
    /// so; it is one when it names itself as its issuer.
    #[must_use]
    pub fn is_ca(&self) -> bool {
        match self.basic_constraints {
            Some(constraints) => constraints.ca,
            None => self.version < 3 && self.names_itself(),
        }
    }

    /// Whether subject and issuer are the same, as in a root certificate. Only
    /// its signature tells whether the subject issued it.
    #[must_use]
    pub fn names_itself(&self) -> bool {
        self.subject.same_as(&self.issuer)
    }

    /// The serial number in hexadecimal.
    #[must_use]
    pub fn serial_hex(&self) -> String {
        hex(&self.serial)
    }

    /// The subject, or the first alternative name where it is empty: what to
    /// call the certificate in one line.
    #[must_use]
    pub fn name(&self) -> String {
        match self.alt_names.first() {
            Some(name) if self.subject.is_empty() => name.to_string(),
            _ => self.subject.to_string(),
        }
    }
}

fn version(tbs: &mut Reader<'_>) -> Result<u32, DecodeError> {
    let Some(version) = tbs.optional(constructed(0), "version")? else {
        return Ok(1);
    };
    let number = version.inside().expect(INTEGER, "version")?;
    Ok(number.small("version")?.saturating_add(1))
}

/// What stands behind the key: two identifiers that nobody uses, and the
/// extensions.
fn extensions(mut tbs: Reader<'_>) -> Extensions {
    while let Ok(element) = tbs.any("extensions") {
        if element.tag == constructed(3) {
            return match element.inside().expect(SEQUENCE, "extensions") {
                Ok(list) => Extensions::read(&list),
                Err(fault) => Extensions::unreadable(fault),
            };
        }
    }
    tbs.end("extensions")
        .map_or_else(Extensions::unreadable, |()| Extensions::default())
}

fn sha1(provider: &CryptoProvider, bytes: &[u8]) -> Option<Digest> {
    let sha1 = provider.ikev2_hash(HashAlgorithm::SHA1)?;
    Some(sha1.digest(&[bytes]))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    let mut out = String::new();
    for byte in bytes {
        let _ = write!(out, "{byte:02x}");
    }
    out
}
