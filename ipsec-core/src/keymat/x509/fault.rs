//! What can be wrong with a certificate path (RFC 5280 §6.1, RFC 4945 §5.1.3).

use crate::time::Date;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// One thing that is wrong with one certificate of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fault {
    /// Place of the certificate in the path: 0 is the end entity.
    pub link: usize,
    /// The certificate, by [`super::Certificate::name`].
    pub name: String,
    /// What is wrong.
    pub kind: FaultKind,
}

/// What is wrong with a certificate. Times are in seconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultKind {
    /// Its signature is not one of the issuer at hand.
    SignatureInvalid {
        /// The issuer.
        issuer: String,
    },
    /// Certificates of its issuer are at hand, and none has the key that it
    /// names and is signed with: the authority was made anew, or it is another
    /// one of the same name.
    IssuerHasOtherKey {
        /// The issuer.
        issuer: String,
    },
    /// Its signature cannot be checked.
    SignatureUnsupported {
        /// The algorithm.
        algorithm: String,
    },
    /// The algorithm it is signed with is not the one it names inside
    /// (RFC 5280 §4.1.1.2).
    AlgorithmsDiffer,
    /// No certificate of its issuer is at hand.
    IssuerUnknown {
        /// The issuer.
        issuer: String,
    },
    /// It is signed by itself and not one of the anchors.
    SelfSigned,
    /// It is out of date.
    Expired {
        /// Since when.
        since: u64,
    },
    /// Its time has not come.
    NotYetValid {
        /// Until when it has not.
        until: u64,
    },
    /// It issued another one and is no authority (RFC 5280 §4.2.1.9).
    NotAuthority,
    /// It issued another one, and its key usage lacks `keyCertSign`.
    MayNotSignCertificates,
    /// More authorities stand below it than it allows (`pathLenConstraint`).
    PathTooLong {
        /// How many may.
        limit: u32,
        /// How many do.
        below: usize,
    },
    /// The end entity's key usage has neither `digitalSignature` nor
    /// `nonRepudiation` (RFC 4945 §5.1.3.2).
    MayNotSign,
    /// The end entity's purposes include neither IKE nor any
    /// (RFC 4945 §5.1.3.12); few daemons look at them.
    OtherPurposes {
        /// What they include.
        has: Vec<String>,
    },
    /// It is revoked.
    Revoked {
        /// Since when.
        at: u64,
        /// Why, if the list says.
        reason: Option<&'static str>,
    },
    /// It was revoked after the time of judgement.
    RevokedLater {
        /// Since when.
        at: u64,
        /// Why, if the list says.
        reason: Option<&'static str>,
    },
    /// Its issuer did not sign the revocation list of that name.
    ListSignatureInvalid,
    /// The signature of its issuer's revocation list cannot be checked.
    ListSignatureUnsupported {
        /// The algorithm.
        algorithm: String,
    },
    /// Its issuer's key usage lacks `cRLSign`, and there is a list.
    ListNotAllowed,
    /// Its issuer's revocation list is out of date.
    ListStale {
        /// Since when.
        since: u64,
    },
    /// It has a critical extension that nobody knows (RFC 5280 §4.2).
    CriticalExtension {
        /// Its object identifier.
        extension: String,
    },
    /// It has a critical extension that is not processed here.
    ExtensionUnchecked {
        /// Its name.
        extension: String,
    },
    /// It is signed over a hash that can be forged.
    WeakSignature {
        /// The algorithm.
        algorithm: String,
    },
    /// Its key is short.
    WeakKey {
        /// The key.
        key: String,
    },
    /// The search ended at a limit: more certificates or signatures than any
    /// honest path has.
    SearchEnded,
}

/// What a fault means for the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Weight {
    /// Some will refuse it, or should.
    Warning,
    /// What is at hand does not decide.
    Undecided,
    /// Whoever follows the standards refuses the path.
    Refusal,
}

impl FaultKind {
    /// What it means for the path.
    #[must_use]
    pub const fn weight(&self) -> Weight {
        match self {
            Self::SignatureInvalid { .. }
            | Self::AlgorithmsDiffer
            | Self::Expired { .. }
            | Self::NotYetValid { .. }
            | Self::NotAuthority
            | Self::MayNotSignCertificates
            | Self::PathTooLong { .. }
            | Self::MayNotSign
            | Self::Revoked { .. }
            | Self::CriticalExtension { .. } => Weight::Refusal,
            Self::IssuerHasOtherKey { .. }
            | Self::SignatureUnsupported { .. }
            | Self::IssuerUnknown { .. }
            | Self::SelfSigned
            | Self::ExtensionUnchecked { .. }
            | Self::SearchEnded => Weight::Undecided,
            Self::OtherPurposes { .. }
            | Self::RevokedLater { .. }
            | Self::ListSignatureInvalid
            | Self::ListSignatureUnsupported { .. }
            | Self::ListNotAllowed
            | Self::ListStale { .. }
            | Self::WeakSignature { .. }
            | Self::WeakKey { .. } => Weight::Warning,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.kind)
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SignatureInvalid { issuer } => write!(f, "not signed by {issuer}"),
            Self::IssuerHasOtherKey { issuer } => {
                write!(f, "signed with another key than that of {issuer} at hand")
            }
            Self::SignatureUnsupported { algorithm } => {
                write!(f, "signature not checked: {algorithm} is not supported")
            }
            Self::AlgorithmsDiffer => f.write_str("names two signature algorithms"),
            Self::IssuerUnknown { issuer } => write!(f, "no certificate of {issuer} is at hand"),
            Self::SelfSigned => f.write_str("signed by itself and not known as an authority"),
            Self::Expired { since } => write!(f, "expired since {}", Utc(*since)),
            Self::NotYetValid { until } => write!(f, "not valid before {}", Utc(*until)),
            Self::NotAuthority => f.write_str("issued a certificate and is no authority"),
            Self::MayNotSignCertificates => {
                f.write_str("issued a certificate, and its key usage lacks keyCertSign")
            }
            Self::PathTooLong { limit, below } => {
                write!(f, "{below} authorities below it where {limit} may be")
            }
            Self::MayNotSign => f.write_str("its key usage does not let it sign"),
            Self::OtherPurposes { has } => write!(f, "not made for IKE but {}", has.join(", ")),
            Self::Revoked { at, reason } => revoked(f, "revoked", *at, *reason),
            Self::RevokedLater { at, reason } => revoked(f, "revoked later,", *at, *reason),
            Self::ListSignatureInvalid => {
                f.write_str("the revocation list of its issuer's name has a wrong signature")
            }
            Self::ListSignatureUnsupported { algorithm } => {
                write!(
                    f,
                    "revocation list not checked: {algorithm} is not supported"
                )
            }
            Self::ListNotAllowed => f.write_str("its issuer may not sign revocation lists"),
            Self::ListStale { since } => {
                write!(
                    f,
                    "its issuer's revocation list is stale since {}",
                    Utc(*since)
                )
            }
            Self::CriticalExtension { extension } => {
                write!(f, "unknown critical extension {extension}")
            }
            Self::ExtensionUnchecked { extension } => {
                write!(f, "critical extension {extension} is not checked here")
            }
            Self::WeakSignature { algorithm } => {
                write!(f, "signed with {algorithm}, which is weak")
            }
            Self::WeakKey { key } => write!(f, "its key {key} is weak"),
            Self::SearchEnded => f.write_str("too many certificates to look for its authority"),
        }
    }
}

fn revoked(f: &mut fmt::Formatter<'_>, what: &str, at: u64, reason: Option<&str>) -> fmt::Result {
    write!(f, "{what} since {}", Utc(at))?;
    match reason {
        Some(reason) => write!(f, ": {reason}"),
        None => Ok(()),
    }
}

/// Seconds since 1970 as RFC 3339 has them.
struct Utc(u64);

impl fmt::Display for Utc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let date = Date::of_day(self.0 / 86_400);
        let (hour, minute, second) = (self.0 / 3600 % 24, self.0 / 60 % 60, self.0 % 60);
        write!(f, "{date}T{hour:02}:{minute:02}:{second:02}Z")
    }
}
