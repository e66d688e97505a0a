//! What an endpoint asks of its host: secrets, signatures, EAP, judgement of
//! certificates. A [`Keyring`] answers at once; what it does not answer becomes
//! a job that the host completes later.

use super::config::Identity;
use super::event::ConnectionId;
use crate::crypto::{Random, Secret};
use crate::evidence::AuthenticationFault;
use crate::sa::pad::Pattern;
use crate::time::Instant;
use crate::wire::registry::ike::{AuthMethod, CertEncoding, HashAlgorithm};
use alloc::boxed::Box;
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
    /// When, by the clock of the endpoint.
    pub at: Instant,
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
    /// An EAP method for this user, who is us (RFC 7296 §2.16).
    Eap {
        /// The name.
        user: Vec<u8>,
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
    /// To [`Question::Eap`].
    Eap(Box<dyn EapPeer>),
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

/// The peer's end of an EAP method, in EAP's own words: the end that proves
/// who it is (RFC 3748). Hosts bring methods that are not here, EAP-TLS among
/// them.
pub trait EapPeer: fmt::Debug + Send {
    /// Takes the authenticator's next message, a whole one.
    fn receive(&mut self, random: &mut dyn Random, message: &[u8]) -> EapStep;
}

/// What comes of a message of EAP.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "a conversation goes on or ends")]
pub enum EapStep {
    /// Send this message.
    Send(Vec<u8>),
    /// The authenticator is content. The MSK, where the method has one.
    Succeeded(Option<Secret>),
    /// It is over without success.
    Failed,
    /// The message has no place here.
    Unexpected,
}

#[cfg(feature = "rustcrypto")]
struct PasswordPeer(super::eap::Peer);

#[cfg(feature = "rustcrypto")]
impl EapPeer for PasswordPeer {
    fn receive(&mut self, random: &mut dyn Random, message: &[u8]) -> EapStep {
        use super::eap::Step;
        let Ok(message) = crate::wire::ike::Eap::read(message) else {
            return EapStep::Unexpected;
        };
        match self.0.receive(random, &message) {
            Ok(Step::Send(bytes)) => EapStep::Send(bytes),
            Ok(Step::Succeeded(msk)) => EapStep::Succeeded(msk),
            Ok(Step::Failed(_)) => EapStep::Failed,
            Err(_) => EapStep::Unexpected,
        }
    }
}

#[cfg(feature = "rustcrypto")]
impl fmt::Debug for PasswordPeer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordPeer")
    }
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

/// Shared keys by the identity of the peer, and passwords by user.
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
    keys: Vec<(Pattern, Secret)>,
    passwords: Vec<(Vec<u8>, Secret)>,
}

impl SharedKeys {
    /// Adds the key of every peer whose identity fits `who`; the first that
    /// fits is used.
    pub fn add(&mut self, who: Pattern, key: Secret) {
        self.keys.push((who, key));
    }

    /// Adds the password of a user of EAP.
    pub fn add_password(&mut self, user: &[u8], password: Secret) {
        self.passwords.push((user.to_vec(), password));
    }

    #[cfg(feature = "rustcrypto")]
    fn eap(&self, user: &[u8]) -> Option<JobAnswer> {
        let known = self.passwords.iter().find(|(name, _)| name == user);
        Some(match known {
            None => JobAnswer::Refused(AuthenticationFault::User),
            Some((_, password)) => {
                let password = Secret::new(password.dangerous_bytes().to_vec());
                let peer = super::eap::Peer::new(user.to_vec(), password);
                JobAnswer::Eap(Box::new(PasswordPeer(peer)))
            }
        })
    }

    #[cfg(not(feature = "rustcrypto"))]
    fn eap(&self, _user: &[u8]) -> Option<JobAnswer> {
        None
    }

    fn find(&self, remote: Option<&Identity>) -> Option<&Secret> {
        let fits = |who: &Pattern| match remote {
            Some(id) => who.fits(id.kind, &id.data),
            None => true,
        };
        let (_, key) = self.keys.iter().find(|(who, _)| fits(who))?;
        Some(key)
    }
}

impl Keyring for SharedKeys {
    fn answer(&mut self, request: &JobRequest) -> Option<JobAnswer> {
        let key = match &request.question {
            Question::SharedKey { remote, .. } => self.find(remote.as_ref()),
            Question::Eap { user } => return self.eap(user),
            Question::Sign { .. } | Question::Verify { .. } => None,
        };
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
