//! Algorithms behind a table, so that a program may choose who computes them.
//!
//! A [`CryptoProvider`] lists `&'static dyn` algorithms; the protocol rooms
//! look one up by its registry number and never name an implementation. What
//! a registered number means in sizes (block, IV, ICV, key) is in [`suite`],
//! which needs no provider. Key material lives in [`Secret`].
//!
//! The feature `rustcrypto` (default) brings the pure-Rust provider, `aws-lc` a
//! quicker one, which needs a C compiler.

pub mod suite;

#[cfg(feature = "aws-lc")]
pub mod aws_lc;
#[cfg(feature = "rustcrypto")]
pub mod rustcrypto;

mod cipher;
mod error;
mod group;
mod hash;
mod mac;
mod random;
mod secret;
mod signature;
mod signer;

pub use cipher::{Aead, AeadKey, Cipher, CipherKey, Text};
pub use error::{BadKey, Failed, GroupError};
pub use group::{Group, KeyExchange};
pub use hash::{Digest, Hash};
pub use mac::{Mac, MacKey, Prf};
pub use random::Random;
pub use secret::Secret;
pub use signature::Signature;
pub use signer::{Scheme, Signer};

use crate::wire::registry::{ike, isakmp};

/// The algorithms a program works with, one table for each kind.
///
/// ```
/// # #[cfg(feature = "rustcrypto")] {
/// use ipsec_core::{crypto::rustcrypto, wire::registry::isakmp};
/// let md5 = rustcrypto::provider().ikev1_hash(isakmp::Hash::MD5).unwrap();
/// assert_eq!((md5.name(), md5.output_len()), ("MD5", 16));
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct CryptoProvider {
    /// Hash functions. In every table, where two have the same number the
    /// first is used.
    pub hashes: &'static [&'static dyn Hash],
    /// Pseudorandom functions.
    pub prfs: &'static [&'static dyn Prf],
    /// Integrity algorithms.
    pub macs: &'static [&'static dyn Mac],
    /// Ciphers that need an integrity algorithm beside them.
    pub ciphers: &'static [&'static dyn Cipher],
    /// Ciphers that bring their own integrity.
    pub aeads: &'static [&'static dyn Aead],
    /// Key exchange methods.
    pub groups: &'static [&'static dyn Group],
    /// Signature algorithms.
    pub signatures: &'static [&'static dyn Signature],
}

impl CryptoProvider {
    /// A provider without any algorithm, to build one's own from.
    pub const EMPTY: Self = Self {
        hashes: &[],
        prfs: &[],
        macs: &[],
        ciphers: &[],
        aeads: &[],
        groups: &[],
        signatures: &[],
    };

    /// The hash that IKEv1 negotiates by this number (RFC 2409 appendix A).
    #[must_use]
    pub fn ikev1_hash(&self, id: isakmp::Hash) -> Option<&'static dyn Hash> {
        self.hashes
            .iter()
            .copied()
            .find(|hash| hash.ikev1() == Some(id))
    }

    /// The hash that IKEv2 signatures negotiate by this number (RFC 7427 §4).
    #[must_use]
    pub fn ikev2_hash(&self, id: ike::HashAlgorithm) -> Option<&'static dyn Hash> {
        self.hashes
            .iter()
            .copied()
            .find(|hash| hash.ikev2() == Some(id))
    }

    /// The pseudorandom function that IKEv2 negotiates by this number
    /// (RFC 7296 §3.3.2).
    #[must_use]
    pub fn prf(&self, id: ike::Prf) -> Option<&'static dyn Prf> {
        self.prfs.iter().copied().find(|prf| prf.ikev2() == id)
    }

    /// The pseudorandom function of an IKEv1 SA that negotiated this hash: its
    /// HMAC (RFC 2409 §3.2).
    #[must_use]
    pub fn ikev1_prf(&self, id: isakmp::Hash) -> Option<&'static dyn Prf> {
        self.prfs
            .iter()
            .copied()
            .find(|prf| prf.ikev1() == Some(id))
    }

    /// The integrity algorithm of these sizes, as [`suite`] finds them for the
    /// numbers of each registry.
    #[must_use]
    pub fn mac(&self, suite: &suite::Mac) -> Option<&'static dyn Mac> {
        self.macs
            .iter()
            .copied()
            .find(|mac| mac.suite().name == suite.name)
    }

    /// The cipher of these sizes, as [`suite`] finds them for the numbers of
    /// each registry; `None` also when it is an [`Aead`].
    #[must_use]
    pub fn cipher(&self, suite: &suite::Cipher) -> Option<&'static dyn Cipher> {
        self.ciphers
            .iter()
            .copied()
            .find(|cipher| cipher.suite().name == suite.name)
    }

    /// The authenticated encryption of these sizes; `None` also when it is a
    /// plain [`Cipher`].
    #[must_use]
    pub fn aead(&self, suite: &suite::Cipher) -> Option<&'static dyn Aead> {
        self.aeads
            .iter()
            .copied()
            .find(|aead| aead.suite().name == suite.name)
    }

    /// The key exchange method of this number (RFC 7296 §3.3.2, RFC 9370 §2.2).
    #[must_use]
    pub fn group(&self, id: ike::KeyExchange) -> Option<&'static dyn Group> {
        self.groups.iter().copied().find(|group| group.id() == id)
    }

    /// The Diffie-Hellman group that IKEv1 knows by this number.
    #[must_use]
    pub fn ikev1_group(&self, id: isakmp::Group) -> Option<&'static dyn Group> {
        self.group(ike::KeyExchange(id.0))
            .filter(|group| !group.is_kem())
    }

    /// The signature algorithm that an IKEv2 authentication method means by
    /// itself; `DIGITAL_SIGNATURE` does not: see [`CryptoProvider::signature`].
    #[must_use]
    pub fn ikev2_signature(&self, method: ike::AuthMethod) -> Option<&'static dyn Signature> {
        self.signatures
            .iter()
            .copied()
            .find(|signature| signature.ikev2() == Some(method))
    }

    /// The signature algorithm that an IKEv1 authentication method means.
    #[must_use]
    pub fn ikev1_signature(&self, method: isakmp::AuthMethod) -> Option<&'static dyn Signature> {
        self.signatures
            .iter()
            .copied()
            .find(|signature| signature.ikev1() == Some(method))
    }

    /// The signature algorithm that a DER `AlgorithmIdentifier` names
    /// (RFC 7427 §3, RFC 5280 §4.1.1.2).
    #[must_use]
    pub fn signature(&self, identifier: &[u8]) -> Option<&'static dyn Signature> {
        self.signatures
            .iter()
            .copied()
            .find(|signature| signature.is_meant_by(identifier))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_provider_finds_nothing() {
        let none = CryptoProvider::EMPTY;
        assert!(none.ikev1_hash(isakmp::Hash::MD5).is_none());
        assert!(none.ikev2_hash(ike::HashAlgorithm::SHA1).is_none());
    }
}
