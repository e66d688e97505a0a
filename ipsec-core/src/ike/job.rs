//! What an endpoint asks of its host: secrets, signatures, judgement of
//! certificates, addresses to lease. A [`Keyring`] answers at once; what it does not answer
//! becomes a job that the host completes later.

use super::config::Identity;
use super::event::ConnectionId;
use crate::crypto::Secret;
use crate::evidence::AuthenticationFault;
use crate::wire::registry::ike::{AuthMethod, CertEncoding, HashAlgorithm};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// Names a job; never used twice in one endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub(super) u64);

/// A question to the host.
#[derive(Debug)]
#[non_exhaustive]
pub struct JobRequest {
    /// For which connection.
    pub connection: ConnectionId,
    /// Name of the configuration.
    pub peer: String,
    /// What is wanted.
    pub question: Question,
}

/// What is wanted of the host.
#[derive(Debug)]
#[non_exhaustive]
pub enum Question {
    /// The key that these two share (RFC 7296 §2.15).
    SharedKey {
        /// Who we say we are.
        local: Identity,
        /// Who the peer is said to be; `None` where it has not told and none
        /// is configured.
        remote: Option<Identity>,
    },
    /// A signature of our own over `octets` (RFC 7296 §2.15, RFC 7427).
    Sign {
        /// Who we say we are.
        local: Identity,
        /// The hashes that the peer takes with a digital signature; empty
        /// where it only knows the old methods.
        hashes: Vec<HashAlgorithm>,
        /// What to sign.
        octets: Vec<u8>,
    },
    /// Whether the peer's signature is right and its certificate proves who
    /// it says it is.
    Verify {
        /// Who the peer says it is.
        remote: Identity,
        /// Its certificates, its own first.
        certificates: Vec<(CertEncoding, Vec<u8>)>,
        /// The proof.
        proof: Proof,
        /// What was signed.
        octets: Vec<u8>,
    },
}

/// The content of an AUTH payload (RFC 7296 §3.8, RFC 7427 §3).
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "the parts of the payload")]
pub struct Proof {
    /// How it was made.
    pub method: AuthMethod,
    /// DER of the `AlgorithmIdentifier`; empty but for `DIGITAL_SIGNATURE`.
    pub algorithm: Vec<u8>,
    /// The value.
    pub value: Vec<u8>,
}

/// An answer to a [`Question`].
#[derive(Debug)]
#[non_exhaustive]
pub enum JobAnswer {
    /// To [`Question::SharedKey`].
    SharedKey(Secret),
    /// To [`Question::Sign`]: the proof, and the certificates to send with it,
    /// our own first.
    Signature {
        /// The proof.
        proof: Proof,
        /// Certificates.
        certificates: Vec<(CertEncoding, Vec<u8>)>,
    },
    /// To [`Question::Verify`]: the peer is who it says it is.
    Verified,
    /// To any: no, and why.
    Refused(AuthenticationFault),
}

/// Answers questions at once.
///
/// ```
/// use ipsec_core::crypto::Secret;
/// use ipsec_core::ike::job::{JobAnswer, JobRequest, Keyring, Question};
/// struct OneKey;
/// impl Keyring for OneKey {
///     fn answer(&mut self, request: &JobRequest) -> Option<JobAnswer> {
///         match &request.question {
///             Question::SharedKey { .. } => Some(JobAnswer::SharedKey(Secret::new(b"s".to_vec()))),
///             _ => None, // becomes a job
///         }
///     }
/// }
/// ```
pub trait Keyring: Send {
    /// The answer, or `None` to make it a job.
    fn answer(&mut self, request: &JobRequest) -> Option<JobAnswer>;
}

/// A keyring that knows nothing: every question becomes a job.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "it has nothing")]
pub struct AskHost;

impl Keyring for AskHost {
    fn answer(&mut self, _: &JobRequest) -> Option<JobAnswer> {
        None
    }
}

/// Shared keys by the identity of the peer.
///
/// ```
/// use ipsec_core::crypto::Secret;
/// use ipsec_core::ike::job::SharedKeys;
/// use ipsec_core::sa::pad::Pattern;
/// let mut keys = SharedKeys::default();
/// keys.add(Pattern::Any, Secret::new(b"a long shared secret".to_vec()));
/// ```
#[derive(Debug, Default)]
pub struct SharedKeys {
    keys: Vec<(crate::sa::pad::Pattern, Secret)>,
}

impl SharedKeys {
    /// Adds the key of every peer whose identity fits `who`; the first that
    /// fits is used.
    pub fn add(&mut self, who: crate::sa::pad::Pattern, key: Secret) {
        self.keys.push((who, key));
    }

    fn find(&self, remote: Option<&Identity>) -> Option<&Secret> {
        let fits = |who: &crate::sa::pad::Pattern| match remote {
            Some(id) => who.fits(id.kind, &id.data),
            None => true,
        };
        let (_, key) = self.keys.iter().find(|(who, _)| fits(who))?;
        Some(key)
    }
}

impl Keyring for SharedKeys {
    fn answer(&mut self, request: &JobRequest) -> Option<JobAnswer> {
        let Question::SharedKey { remote, .. } = &request.question else {
            return Some(JobAnswer::Refused(AuthenticationFault::NoKey));
        };
        let key = self.find(remote.as_ref());
        Some(
            key.map_or(JobAnswer::Refused(AuthenticationFault::NoKey), |key| {
                JobAnswer::SharedKey(Secret::new(key.dangerous_bytes().to_vec()))
            }),
        )
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "job {}", self.0)
    }
}
