//! A keyring with everything that a gateway proves itself and judges its peers
//! with: shared keys, private keys with certificates, authorities.
//!
//! RFC 7296 §2.15, §3.6; digital signatures by RFC 7427, and the methods before
//! it for peers that know no other.

use super::config::Identity;
use super::job::{JobAnswer, JobRequest, Keyring, Proof, Question, SharedKeys};
use crate::crypto::{CryptoProvider, Random, Scheme, Signer};
use crate::evidence::AuthenticationFault;
use crate::keymat::x509::{Authorities, Disbelief, FaultKind};
use crate::time::{Duration, Instant};
use crate::wire::registry::ike::{AuthMethod, CertEncoding, HashAlgorithm};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

/// Secrets and authorities that answer every question at once.
pub struct Credentials {
    /// Keys that peers share with us.
    pub shared: SharedKeys,
    /// Whom we believe.
    pub authorities: Authorities,
    /// Unix time at the origin of the endpoint's clock.
    pub origin: Duration,
    own: Vec<Own>,
    provider: &'static CryptoProvider,
    random: Box<dyn Random + Send>,
}

/// A private key of ours.
struct Own {
    /// For whom it speaks; `None` is anyone.
    identity: Option<Identity>,
    signer: Box<dyn Signer>,
    certificates: Vec<Vec<u8>>,
}

impl Credentials {
    /// Without any key. Signatures are computed by `provider`, those that
    /// need it with `random`.
    #[must_use]
    pub fn new(provider: &'static CryptoProvider, random: Box<dyn Random + Send>) -> Self {
        Self {
            shared: SharedKeys::default(),
            authorities: Authorities::default(),
            origin: Duration::ZERO,
            own: Vec::new(),
            provider,
            random,
        }
    }

    /// Adds a private key that proves `identity`, or any of ours, with the
    /// certificates to send: its own first, as DER.
    pub fn add(
        &mut self,
        identity: Option<Identity>,
        signer: Box<dyn Signer>,
        certificates: Vec<Vec<u8>>,
    ) {
        self.own.push(Own {
            identity,
            signer,
            certificates,
        });
    }

    fn sign(
        &mut self,
        local: &Identity,
        hashes: &[HashAlgorithm],
        octets: &[u8],
    ) -> Result<JobAnswer, AuthenticationFault> {
        let missing = AuthenticationFault::NoCertificate;
        let mut all = self.own.iter();
        let own = all.find(|own| own.identity.as_ref().is_none_or(|id| id == local));
        let own = own.ok_or(missing)?;
        let hashes = Some(hashes).filter(|hashes| !hashes.is_empty());
        let scheme = own.signer.scheme_for(hashes).ok_or(missing)?;
        let (method, algorithm) = match scheme {
            Scheme::Identifier { der, .. } => (AuthMethod::DIGITAL_SIGNATURE, der),
            Scheme::Ikev2(method) => (method, &[][..]),
            Scheme::Ikev1(_) => return Err(missing),
        };
        let value = own.signer.sign(&mut *self.random, scheme, &[octets]);
        let certificates = own.certificates.iter();
        let with_encoding = |der: &Vec<u8>| (CertEncoding::X509_SIGNATURE, der.clone());
        Ok(JobAnswer::Signature {
            proof: Proof {
                method,
                algorithm: algorithm.to_vec(),
                value: value.map_err(|_| missing)?,
            },
            certificates: certificates.map(with_encoding).collect(),
        })
    }

    fn verify(
        &self,
        at: Instant,
        remote: &Identity,
        certificates: &[(CertEncoding, Vec<u8>)],
        proof: &Proof,
        octets: &[u8],
    ) -> Result<JobAnswer, AuthenticationFault> {
        let payloads: Vec<(CertEncoding, &[u8])> = certificates
            .iter()
            .map(|(encoding, data)| (*encoding, &data[..]))
            .collect();
        let unix = at.saturating_add(self.origin);
        let identity = (remote.kind, &remote.data[..]);
        let believed = self
            .authorities
            .believe(unix, self.provider, &payloads, identity);
        let believed = believed.map_err(|why| fault(&why))?;
        let signature = match proof.method {
            AuthMethod::DIGITAL_SIGNATURE => self.provider.signature(&proof.algorithm),
            method => self.provider.ikev2_signature(method),
        };
        let signature = signature.ok_or(AuthenticationFault::Method)?;
        signature
            .verify(believed.public_key(), &[octets], &proof.value)
            .map(|()| JobAnswer::Verified)
            .map_err(|_| AuthenticationFault::KeyMismatch)
    }
}

impl Keyring for Credentials {
    fn answer(&mut self, request: &JobRequest) -> Option<JobAnswer> {
        let answer = match &request.question {
            Question::SharedKey { .. } | Question::Eap { .. } => {
                return self.shared.answer(request);
            }
            Question::Sign {
                local,
                hashes,
                octets,
            } => self.sign(local, hashes, octets),
            Question::Verify {
                remote,
                certificates,
                proof,
                octets,
            } => self.verify(request.at, remote, certificates, proof, octets),
        };
        Some(answer.unwrap_or_else(JobAnswer::Refused))
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("authorities", &self.authorities)
            .finish_non_exhaustive()
    }
}

/// Why a peer is not believed, in the words of evidence.
fn fault(why: &Disbelief) -> AuthenticationFault {
    match why {
        Disbelief::Path { faults } => faults
            .iter()
            .find_map(|fault| of_path(&fault.kind))
            .unwrap_or(AuthenticationFault::Untrusted),
        Disbelief::OtherIdentity { .. } => AuthenticationFault::CertificateName,
        Disbelief::NoCertificate { .. }
        | Disbelief::TooMany { .. }
        | Disbelief::RevocationUnknown { .. } => AuthenticationFault::Untrusted,
    }
}

const fn of_path(kind: &FaultKind) -> Option<AuthenticationFault> {
    if let FaultKind::Expired { .. } = kind {
        Some(AuthenticationFault::CertificateExpired)
    } else if let FaultKind::NotYetValid { .. } = kind {
        Some(AuthenticationFault::CertificateNotYetValid)
    } else if let FaultKind::Revoked { .. } = kind {
        Some(AuthenticationFault::CertificateRevoked)
    } else {
        None
    }
}
