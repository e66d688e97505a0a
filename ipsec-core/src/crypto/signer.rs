//! Making signatures: a private key, and the ways in which IKE lets it sign.

use super::{Failed, Random};
use crate::wire::registry::{ike, isakmp};
use alloc::vec::Vec;
use core::fmt;

/// A private key, or whatever makes signatures with one.
///
/// Its `Debug` says of which kind the key is and no more.
pub trait Signer: fmt::Debug + Send + Sync {
    /// The public key: a DER `SubjectPublicKeyInfo` (RFC 5280 §4.1.2.7), as
    /// [`super::Signature::verify`] takes it.
    fn public_key(&self) -> &[u8];

    /// The ways in which it signs. Of those that RFC 7427 negotiates, the most
    /// wanted stands first.
    fn schemes(&self) -> &[Scheme];

    /// Signs the `message`, in parts, in one of its ways.
    ///
    /// # Errors
    ///
    /// `scheme` is none of [`Signer::schemes`], or the key is too short for it.
    fn sign(
        &self,
        random: &mut dyn Random,
        scheme: Scheme,
        message: &[&[u8]],
    ) -> Result<Vec<u8>, Failed>;

    /// How to sign for an IKEv2 peer whose notification
    /// `SIGNATURE_HASH_ALGORITHMS` names `hashes`; without one it knows the old
    /// methods only (RFC 7427 §4).
    fn scheme_for(&self, hashes: Option<&[ike::HashAlgorithm]>) -> Option<Scheme> {
        let fits = |scheme: &Scheme| match (scheme, hashes) {
            (Scheme::Identifier { hash, .. }, Some(hashes)) => hashes.contains(hash),
            (Scheme::Ikev2(_), None) => true,
            (Scheme::Identifier { .. } | Scheme::Ikev2(_) | Scheme::Ikev1(_), _) => false,
        };
        self.schemes().iter().copied().find(fits)
    }
}

/// One way of signing, as IKE names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Scheme {
    /// IKEv2's `DIGITAL_SIGNATURE`, with the DER `AlgorithmIdentifier` that
    /// stands before the signature (RFC 7427 §3).
    Identifier {
        /// The `AlgorithmIdentifier`.
        der: &'static [u8],
        /// The hash that the peer must have announced (§4); RFC 8420's
        /// `IDENTITY` where the algorithm has its own.
        hash: ike::HashAlgorithm,
    },
    /// A method of IKEv2 that needs no further word (RFC 7296 §3.8, RFC 4754).
    Ikev2(ike::AuthMethod),
    /// A method of IKEv1, whose message is `HASH_I` or `HASH_R` (RFC 2409
    /// §5.1, RFC 4754).
    Ikev1(isakmp::AuthMethod),
}
