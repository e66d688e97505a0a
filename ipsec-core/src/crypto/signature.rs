//! Verification of signatures, found the three ways in which IKE names them.

use super::Failed;
use crate::wire::registry::{ike, isakmp};
use core::fmt;

/// A signature algorithm of a [`super::CryptoProvider`].
pub trait Signature: fmt::Debug + Send + Sync {
    /// Its usual name (`RSASSA-PSS with SHA2-256`).
    fn name(&self) -> &'static str;

    /// The IKEv2 authentication method that means it without further word
    /// (RFC 7296 §3.8, RFC 4754 §3), if one does.
    fn ikev2(&self) -> Option<ike::AuthMethod>;

    /// The IKEv1 authentication method that means it, if one does. Its message
    /// is then `HASH_I` or `HASH_R`.
    fn ikev1(&self) -> Option<isakmp::AuthMethod>;

    /// Whether `identifier`, a DER `AlgorithmIdentifier` from an AUTH payload
    /// (RFC 7427 §3) or from a certificate, means it.
    fn is_meant_by(&self, identifier: &[u8]) -> bool;

    /// Checks `signature` over the `message`, in parts, under the public key
    /// in `key`: a DER `SubjectPublicKeyInfo` (RFC 5280 §4.1.2.7).
    ///
    /// # Errors
    ///
    /// The key is not one of this algorithm, is too weak or malformed, or the
    /// signature is not its owner's.
    fn verify(&self, key: &[u8], message: &[&[u8]], signature: &[u8]) -> Result<(), Failed>;
}
