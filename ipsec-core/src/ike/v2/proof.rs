//! Proving who we are and judging who the peer is (RFC 7296 §2.15).

use super::channel::Channel;
use super::init::Abilities;
use crate::crypto::Secret;
use crate::evidence::AuthenticationFault;
use crate::ike::config::{Identity, Method, PeerConfig};
use crate::ike::job::{JobAnswer, Proof, Question};
use crate::ike::nat::Path;
use crate::keymat::Nonces;
use crate::keymat::auth::SignedOctets;
use crate::keymat::ikev2::IkeKeys;
use crate::wire::registry::ike::{AuthMethod, CertEncoding};
use alloc::vec::Vec;

/// What `IKE_SA_INIT` left behind, until both ends are authenticated.
#[derive(Debug)]
pub(in crate::ike) struct Handshake {
    pub(in crate::ike) channel: Channel,
    pub(in crate::ike) keys: IkeKeys,
    pub(in crate::ike) nonce_i: Vec<u8>,
    pub(in crate::ike) nonce_r: Vec<u8>,
    /// Request and response of `IKE_SA_INIT`.
    pub(in crate::ike) request: Vec<u8>,
    pub(in crate::ike) response: Vec<u8>,
    pub(in crate::ike) abilities: Abilities,
    pub(in crate::ike) path: Path,
}

/// A proof and the certificates that go with it.
#[derive(Debug)]
pub(in crate::ike) struct OwnProof {
    pub(in crate::ike) proof: Proof,
    pub(in crate::ike) certificates: Vec<(CertEncoding, Vec<u8>)>,
}

/// The peer is who it says it is. Only [`Handshake::judge`] makes one.
#[derive(Clone, Debug)]
pub(in crate::ike) struct Authenticated(Identity);

impl Authenticated {
    pub(in crate::ike) fn into_identity(self) -> Identity {
        self.0
    }
}

impl Handshake {
    pub(in crate::ike) fn nonces(&self) -> Nonces<'_> {
        Nonces {
            i: &self.nonce_i,
            r: &self.nonce_r,
        }
    }

    /// What the initiator, or the responder, signs as `id`.
    fn octets(&self, initiator: bool, id: &Identity) -> SignedOctets<'_> {
        let (message, nonce, key) = if initiator {
            (&self.request, &self.nonce_r, &self.keys.sk_pi)
        } else {
            (&self.response, &self.nonce_i, &self.keys.sk_pr)
        };
        SignedOctets::new(
            self.channel.suite.prf,
            message,
            nonce,
            key,
            &id.body(),
            None,
        )
    }

    /// What has to be known to prove that we are `peer.local`; `None` when
    /// nothing has.
    pub(in crate::ike) fn ask_own(
        &self,
        peer: &PeerConfig,
        remote: Option<&Identity>,
    ) -> Option<Question> {
        let local = peer.local.clone();
        match peer.local_method {
            Method::SharedKey => Some(Question::SharedKey {
                local,
                remote: remote.cloned(),
            }),
            Method::Signature => {
                let octets = self.octets(self.channel.initiator, &local);
                Some(Question::Sign {
                    octets: octets.with_parts(|parts| parts.concat()),
                    hashes: self.abilities.hashes.clone(),
                    local,
                })
            }
            Method::Null => None,
            Method::Eap => {
                let user = peer.eap_user.clone().unwrap_or(local.data);
                Some(Question::Eap { user })
            }
        }
    }

    /// Our proof, with what was asked for.
    pub(in crate::ike) fn prove(
        &self,
        peer: &PeerConfig,
        answer: Option<JobAnswer>,
    ) -> Result<OwnProof, AuthenticationFault> {
        let initiator = self.channel.initiator;
        let octets = self.octets(initiator, &peer.local);
        let keyed = |method, key: &Secret| OwnProof {
            proof: Proof {
                method,
                algorithm: Vec::new(),
                value: octets
                    .shared_key_auth(self.channel.suite.prf, key)
                    .dangerous_bytes()
                    .to_vec(),
            },
            certificates: Vec::new(),
        };
        match answer {
            None => Ok(keyed(AuthMethod::NULL, self.own_key(initiator))),
            Some(JobAnswer::SharedKey(key)) => Ok(keyed(AuthMethod::SHARED_KEY, &key)),
            Some(JobAnswer::Signature {
                proof,
                certificates,
            }) => Ok(OwnProof {
                proof,
                certificates,
            }),
            Some(JobAnswer::Refused(fault)) => Err(fault),
            Some(JobAnswer::Verified | JobAnswer::Eap(_)) => Err(AuthenticationFault::Untold),
        }
    }

    /// Our proof after EAP: with the MSK of its method, or with the key that
    /// stands for none (RFC 7296 §2.16).
    pub(in crate::ike) fn prove_after_eap(
        &self,
        peer: &PeerConfig,
        msk: Option<&Secret>,
    ) -> OwnProof {
        let initiator = self.channel.initiator;
        let octets = self.octets(initiator, &peer.local);
        let key = msk.unwrap_or_else(|| self.own_key(initiator));
        let value = octets.shared_key_auth(self.channel.suite.prf, key);
        OwnProof {
            proof: Proof {
                method: AuthMethod::SHARED_KEY,
                algorithm: Vec::new(),
                value: value.dangerous_bytes().to_vec(),
            },
            certificates: Vec::new(),
        }
    }

    /// Whether `proof` is the peer's after EAP.
    pub(in crate::ike) fn judge_after_eap(
        &self,
        remote: Authenticated,
        proof: &Proof,
        msk: Option<&Secret>,
    ) -> Result<Authenticated, AuthenticationFault> {
        let initiator = !self.channel.initiator;
        let octets = self.octets(initiator, &remote.0);
        let key = msk.unwrap_or_else(|| self.own_key(initiator));
        let value = octets.shared_key_auth(self.channel.suite.prf, key);
        drop(octets);
        if proof.method == AuthMethod::SHARED_KEY && value.ct_eq(&proof.value) {
            Ok(remote)
        } else {
            Err(AuthenticationFault::KeyMismatch)
        }
    }

    /// What has to be known to judge the peer's `proof` that it is `remote`.
    ///
    /// # Errors
    ///
    /// It is not one that may come, or proves it in another way than it must.
    pub(in crate::ike) fn ask_theirs(
        &self,
        peer: &PeerConfig,
        remote: &Identity,
        proof: &Proof,
        certificates: &[(CertEncoding, Vec<u8>)],
    ) -> Result<Option<Question>, AuthenticationFault> {
        if !peer.knows(remote) {
            return Err(AuthenticationFault::IdentityMismatch);
        }
        let remote = remote.clone();
        match (peer.remote_method, proof.method) {
            (Method::SharedKey, AuthMethod::SHARED_KEY) => Ok(Some(Question::SharedKey {
                local: peer.local.clone(),
                remote: Some(remote),
            })),
            (Method::Null, AuthMethod::NULL) => Ok(None),
            (Method::Signature, method) if is_signature(method) => {
                let octets = self.octets(!self.channel.initiator, &remote);
                Ok(Some(Question::Verify {
                    octets: octets.with_parts(|parts| parts.concat()),
                    certificates: certificates.to_vec(),
                    proof: proof.clone(),
                    remote,
                }))
            }
            (Method::SharedKey | Method::Null | Method::Signature | Method::Eap, _) => {
                Err(AuthenticationFault::Method)
            }
        }
    }

    /// Judges the peer's `proof` with what was asked for.
    pub(in crate::ike) fn judge(
        &self,
        remote: Identity,
        proof: &Proof,
        answer: Option<JobAnswer>,
    ) -> Result<Authenticated, AuthenticationFault> {
        let initiator = !self.channel.initiator;
        let octets = self.octets(initiator, &remote);
        let prf = self.channel.suite.prf;
        let right = match &answer {
            None => octets
                .shared_key_auth(prf, self.own_key(initiator))
                .ct_eq(&proof.value),
            Some(JobAnswer::SharedKey(key)) => octets.shared_key_auth(prf, key).ct_eq(&proof.value),
            Some(JobAnswer::Verified) => true,
            Some(JobAnswer::Refused(fault)) => return Err(*fault),
            Some(JobAnswer::Signature { .. } | JobAnswer::Eap(_)) => false,
        };
        drop(octets);
        if right {
            Ok(Authenticated(remote))
        } else {
            Err(AuthenticationFault::KeyMismatch)
        }
    }

    /// The key that stands for none (RFC 7619 §2.1).
    const fn own_key(&self, initiator: bool) -> &Secret {
        if initiator {
            &self.keys.sk_pi
        } else {
            &self.keys.sk_pr
        }
    }
}

const fn is_signature(method: AuthMethod) -> bool {
    matches!(
        method,
        AuthMethod::RSA_SIGNATURE
            | AuthMethod::ECDSA_256
            | AuthMethod::ECDSA_384
            | AuthMethod::ECDSA_521
            | AuthMethod::DIGITAL_SIGNATURE
    )
}
