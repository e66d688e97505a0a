//! Whether a peer's certificates prove the identity it claims (RFC 7296 §3.6,
//! §4, RFC 4945 §5).

use super::bundle::{Bundle, BundleFault};
use super::certificate::Certificate;
use super::crl::RevocationList;
use super::fault::Fault;
use super::identity::IdentityMatch;
use super::path::{Path, RevocationStatus, Trust, Verdict};
use crate::crypto::CryptoProvider;
use crate::time::Instant;
use crate::wire::registry::ike::{CertEncoding, IdType};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// Whom this end believes, and how strictly.
#[derive(Clone, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "configuration")]
pub struct Authorities {
    /// Authorities; a peer's own certificate may stand here too.
    pub anchors: Vec<Certificate>,
    /// Certificates between them and peers, beside those that peers send.
    pub others: Vec<Certificate>,
    /// Revocation lists.
    pub crls: Vec<RevocationList>,
    /// Refuses certificates of which no list at hand says that they are good.
    pub demands_revocation_lists: bool,
    /// Takes wildcards and common names for names of hosts, as the standards
    /// forbid ([`IdentityMatch::Lenient`]).
    pub is_lenient: bool,
}

/// A certificate that an authority vouches for and that carries the identity
/// its sender claims. Only [`Authorities::believe`] makes one. Whether the
/// sender has the key, its AUTH payload must show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Believed {
    certificate: Certificate,
}

impl Believed {
    /// The public key: a DER `SubjectPublicKeyInfo`, as
    /// [`crate::crypto::Signature::verify`] takes it.
    #[must_use]
    pub fn public_key(&self) -> &[u8] {
        self.certificate.spki()
    }

    /// The certificate.
    #[must_use]
    pub const fn certificate(&self) -> &Certificate {
        &self.certificate
    }
}

/// Why a peer is not believed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Disbelief {
    /// It sent no certificate that can be read.
    NoCertificate {
        /// What is wrong with what it sent.
        faults: Vec<BundleFault>,
    },
    /// It sent more than this end looks at.
    TooMany {
        /// Payloads that came.
        payloads: usize,
    },
    /// No path to an authority can be believed.
    Path {
        /// What is wrong on the best one, in the order of its links.
        faults: Vec<Fault>,
    },
    /// No list at hand speaks for one of the certificates.
    RevocationUnknown {
        /// Its name.
        name: String,
    },
    /// The certificate is about somebody else.
    OtherIdentity {
        /// What it says and does not, or how it is like the identity.
        found: IdentityMatch,
    },
}

impl Authorities {
    /// Judges a peer that claims the identity of type `kind` with these `data`
    /// and sent these CERT payloads, the one with its key first (RFC 7296
    /// §3.6). `now` counts from the Unix epoch.
    ///
    /// # Errors
    ///
    /// [`Disbelief`]. The work is bounded, whatever was sent.
    pub fn believe(
        &self,
        now: Instant,
        provider: &CryptoProvider,
        payloads: &[(CertEncoding, &[u8])],
        (kind, data): (IdType, &[u8]),
    ) -> Result<Believed, Disbelief> {
        let sent = sent(payloads)?;
        let mut others = sent.certificates;
        let mut crls = sent.crls;
        if others.is_empty() {
            let faults = sent.faults;
            return Err(Disbelief::NoCertificate { faults });
        }
        let certificate = others.remove(0);
        others.extend_from_slice(&self.others);
        crls.extend_from_slice(&self.crls);
        let trust = Trust {
            anchors: &self.anchors,
            others: &others,
            crls: &crls,
        };
        self.accept(trust.judge(now, provider, &certificate))?;
        match certificate.carries(kind, data) {
            IdentityMatch::Same { .. } => {}
            IdentityMatch::Lenient { .. } if self.is_lenient => {}
            found @ (IdentityMatch::Lenient { .. }
            | IdentityMatch::Other { .. }
            | IdentityMatch::NotComparable) => return Err(Disbelief::OtherIdentity { found }),
        }
        Ok(Believed { certificate })
    }

    fn accept(&self, path: Path<'_>) -> Result<(), Disbelief> {
        if path.verdict() != Verdict::Trusted {
            let faults = path.faults;
            return Err(Disbelief::Path { faults });
        }
        // The last link is an anchor, of which no list speaks.
        let below = path.links.iter().rev().skip(1);
        let unknown = below
            .rev()
            .find(|link| link.revocation == RevocationStatus::Unknown);
        match unknown {
            Some(link) if self.demands_revocation_lists => Err(Disbelief::RevocationUnknown {
                name: link.certificate.name(),
            }),
            _ => Ok(()),
        }
    }
}

/// Everything in the payloads, in their order.
fn sent(payloads: &[(CertEncoding, &[u8])]) -> Result<Bundle, Disbelief> {
    if payloads.len() > PAYLOADS_MAX {
        let payloads = payloads.len();
        return Err(Disbelief::TooMany { payloads });
    }
    let mut all = Bundle::default();
    for (encoding, data) in payloads {
        let one = Bundle::of_payload(*encoding, data);
        all.certificates.extend(one.certificates);
        all.crls.extend(one.crls);
        all.faults.extend(one.faults);
    }
    Ok(all)
}

impl fmt::Display for Disbelief {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCertificate { .. } => f.write_str("no certificate that can be read"),
            Self::TooMany { payloads } => write!(f, "{payloads} CERT payloads are too many"),
            Self::Path { faults } => match faults.first() {
                Some(fault) => write!(f, "{}: {}", fault.name, fault.kind),
                None => f.write_str("no path to an authority"),
            },
            Self::RevocationUnknown { name } => {
                write!(f, "no revocation list at hand speaks of {name}")
            }
            Self::OtherIdentity {
                found: IdentityMatch::Other { has },
            } => write!(f, "the certificate is about {}", has.join(", ")),
            Self::OtherIdentity { .. } => {
                f.write_str("the certificate does not carry the identity")
            }
        }
    }
}

impl core::error::Error for Disbelief {}

/// CERT payloads of one peer.
const PAYLOADS_MAX: usize = 16;
