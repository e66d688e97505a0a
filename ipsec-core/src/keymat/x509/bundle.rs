//! Several certificates and revocation lists: files of anchors in PEM
//! (RFC 7468) or DER, and CERT payloads (RFC 7296 §3.6), wrapped in PKCS #7
//! (RFC 2315 §9.1) or not.

use super::asn1::{Element, INTEGER, OBJECT_IDENTIFIER, Reader, SEQUENCE, SET, constructed};
use super::certificate::Certificate;
use super::crl::RevocationList;
use super::oid;
use crate::wire::DecodeError;
use crate::wire::registry::ike::CertEncoding;
use crate::wire::tree::escaped;
use alloc::string::String;
use alloc::vec::Vec;
use base64ct::{Base64Unpadded, Encoding as _};
use core::fmt;

/// What was in a file or a payload.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Bundle {
    /// The certificates, in their order.
    pub certificates: Vec<Certificate>,
    /// The revocation lists.
    pub crls: Vec<RevocationList>,
    /// What could not be read, or is none of these.
    pub faults: Vec<BundleFault>,
}

/// A part of a file or payload that gave nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BundleFault {
    /// The line where the part begins, from 1; `None` in DER.
    pub line: Option<usize>,
    /// What is wrong with it.
    pub kind: BundleFaultKind,
}

/// What is wrong with a part of a [`Bundle`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BundleFaultKind {
    /// Neither a certificate, nor a revocation list, nor PKCS #7.
    Unreadable(DecodeError),
    /// It is not base64.
    NotBase64,
    /// A PEM block does not end.
    NotEnded,
    /// A PEM block of another kind: its label.
    OtherLabel(String),
    /// There is nothing in it.
    Empty,
    /// It holds more than is read.
    TooMany {
        /// How much is.
        limit: usize,
    },
    /// The payload says where the certificate is and does not hold it.
    Elsewhere {
        /// SHA-1 hash of what is there.
        sha1: [u8; 20],
        /// Where.
        url: String,
    },
    /// The payload's encoding is not one of X.509 certificates.
    OtherEncoding(CertEncoding),
}

impl Bundle {
    /// Reads a file: PEM with any number of blocks and any text around them,
    /// or DER.
    #[must_use]
    pub fn read(file: &[u8]) -> Self {
        let mut bundle = Self::default();
        if file.first() == Some(&SEQUENCE) {
            bundle.add_series(None, file, Self::add);
        } else {
            bundle.add_pem(file);
        }
        if bundle == Self::default() {
            bundle.fault(None, BundleFaultKind::Empty);
        }
        bundle
    }

    /// Reads the data of a CERT payload. The encodings that hold certificates
    /// have the same numbers in IKEv1.
    #[must_use]
    pub fn of_payload(encoding: CertEncoding, data: &[u8]) -> Self {
        let mut bundle = Self::default();
        match encoding {
            CertEncoding::PKCS7
            | CertEncoding::X509_SIGNATURE
            | CertEncoding::X509_KEY_EXCHANGE
            | CertEncoding::CRL
            | CertEncoding::ARL => bundle.add(None, data),
            CertEncoding::HASH_AND_URL | CertEncoding::HASH_AND_URL_BUNDLE => {
                bundle.fault(None, elsewhere(data));
            }
            other => bundle.fault(None, BundleFaultKind::OtherEncoding(other)),
        }
        bundle
    }

    fn add_pem(&mut self, file: &[u8]) {
        let mut block: Option<Block> = None;
        for (line, text) in (1..).zip(file.split(|byte| *byte == b'\n')) {
            let text = text.trim_ascii();
            if let Some(label) = text.strip_prefix(b"-----BEGIN ") {
                self.add_unended(block.take());
                let label = escaped(label.strip_suffix(b"-----").unwrap_or(label));
                block = Some(Block::new(line, label));
            } else if text.starts_with(b"-----END ") {
                if let Some(block) = block.take() {
                    self.add_block(&block);
                }
            } else if let Some(block) = &mut block {
                block.add(text);
            }
        }
        self.add_unended(block);
    }

    fn add_unended(&mut self, block: Option<Block>) {
        if let Some(block) = block {
            self.fault(Some(block.line), BundleFaultKind::NotEnded);
        }
    }

    fn add_block(&mut self, block: &Block) {
        let line = Some(block.line);
        if !LABELS.contains(&&*block.label) {
            return self.fault(line, BundleFaultKind::OtherLabel(block.label.clone()));
        }
        match Base64Unpadded::decode_vec(&block.text) {
            Ok(der) => self.add(line, &der),
            Err(_) => self.fault(line, BundleFaultKind::NotBase64),
        }
    }

    /// Adds, by `add`, what stands in `der` one after the other.
    fn add_series(&mut self, line: Option<usize>, der: &[u8], add: Add) {
        let mut rest = Reader::new(der);
        while !rest.is_empty() {
            match rest.expect(SEQUENCE, "certificate") {
                Ok(element) if self.len() < MAX_OBJECTS => add(self, line, element.whole),
                Ok(_) => {
                    let limit = MAX_OBJECTS;
                    return self.fault(line, BundleFaultKind::TooMany { limit });
                }
                Err(error) => return self.fault(line, BundleFaultKind::Unreadable(error)),
            }
        }
    }

    fn add(&mut self, line: Option<usize>, der: &[u8]) {
        match pkcs7(der) {
            Some(wrapped) => self.add_wrapped(line, &wrapped),
            None => self.add_bare(line, der),
        }
    }

    fn add_bare(&mut self, line: Option<usize>, der: &[u8]) {
        if self.len() >= MAX_OBJECTS {
            let limit = MAX_OBJECTS;
            return self.fault(line, BundleFaultKind::TooMany { limit });
        }
        let error = match Certificate::read(der) {
            Ok(certificate) => return self.certificates.push(certificate),
            Err(error) => error,
        };
        match RevocationList::read(der) {
            Ok(list) => self.crls.push(list),
            // Whichever was read further is what it was meant to be.
            Err(other) if other.offset > error.offset => {
                self.fault(line, BundleFaultKind::Unreadable(other));
            }
            Err(_) => self.fault(line, BundleFaultKind::Unreadable(error)),
        }
    }

    /// Adds the certificates and lists of a `SignedData`, whose signature, if
    /// there is one, means nothing here.
    fn add_wrapped(&mut self, line: Option<usize>, signed_data: &Element<'_>) {
        let mut parts = signed_data.inside();
        let sets = (|| {
            parts.expect(INTEGER, "version")?;
            parts.expect(SET, "digest_algorithms")?;
            parts.expect(SEQUENCE, "content_info")?;
            let certificates = parts.optional(constructed(0), "certificates")?;
            let crls = parts.optional(constructed(1), "crls")?;
            Ok([certificates, crls])
        })();
        match sets {
            Ok(sets) => {
                for set in sets.iter().flatten() {
                    self.add_series(line, set.value, Self::add_bare);
                }
            }
            Err(error) => self.fault(line, BundleFaultKind::Unreadable(error)),
        }
    }

    const fn len(&self) -> usize {
        self.certificates.len().saturating_add(self.crls.len())
    }

    fn fault(&mut self, line: Option<usize>, kind: BundleFaultKind) {
        if self.faults.len() < MAX_OBJECTS {
            self.faults.push(BundleFault { line, kind });
        }
    }
}

type Add = fn(&mut Bundle, Option<usize>, &[u8]);

/// The `SignedData` in a PKCS #7 `ContentInfo`.
fn pkcs7(der: &[u8]) -> Option<Element<'_>> {
    let mut parts = Reader::new(der).expect(SEQUENCE, "pkcs7").ok()?.inside();
    let kind = parts.expect(OBJECT_IDENTIFIER, "content_type").ok()?;
    let content = parts.expect(constructed(0), "content").ok()?;
    let is_signed = kind.value == oid::SIGNED_DATA.as_bytes();
    let signed_data = content.inside().expect(SEQUENCE, "signed_data").ok()?;
    is_signed.then_some(signed_data)
}

fn elsewhere(data: &[u8]) -> BundleFaultKind {
    match data.split_first_chunk() {
        Some((sha1, url)) => BundleFaultKind::Elsewhere {
            sha1: *sha1,
            url: escaped(url),
        },
        None => BundleFaultKind::Empty,
    }
}

/// A PEM block that is being read.
struct Block {
    line: usize,
    label: String,
    text: String,
}

impl Block {
    const fn new(line: usize, label: String) -> Self {
        let text = String::new();
        Self { line, label, text }
    }

    /// Adds a line of base64; a header of RFC 1421 is left out.
    fn add(&mut self, line: &[u8]) {
        if !line.contains(&b':') {
            let digits = line.iter().filter(|byte| **byte != b'=');
            self.text.extend(digits.copied().map(char::from));
        }
    }
}

impl fmt::Display for BundleFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.kind),
            None => write!(f, "{}", self.kind),
        }
    }
}

impl fmt::Display for BundleFaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(error) => write!(f, "no certificate or revocation list: {error}"),
            Self::NotBase64 => f.write_str("not base64"),
            Self::NotEnded => f.write_str("the block does not end"),
            Self::OtherLabel(label) => write!(f, "a block of {label} is passed over"),
            Self::Empty => f.write_str("no certificate or revocation list"),
            Self::TooMany { limit } => write!(f, "more than {limit} of them"),
            Self::Elsewhere { url, .. } => write!(f, "the certificate is at {url}"),
            Self::OtherEncoding(encoding) => write!(f, "{encoding} is not read"),
        }
    }
}

/// Labels of PEM blocks that are read (RFC 7468 §5.3, §6.3, §8.3).
const LABELS: [&str; 6] = [
    "CERTIFICATE",
    "X509 CERTIFICATE",
    "TRUSTED CERTIFICATE",
    "X509 CRL",
    "PKCS7",
    "CMS",
];

/// Certificates and lists that are kept of one file or payload.
const MAX_OBJECTS: usize = 2000;
