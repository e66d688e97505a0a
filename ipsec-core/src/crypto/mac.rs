//! Keyed hashes: pseudorandom functions for key schedules, and integrity
//! algorithms for packets. Both take their input in parts.

use super::{BadKey, Failed, Secret, suite};
use crate::wire::registry::{ike, isakmp};
use alloc::boxed::Box;
use core::fmt;

/// A pseudorandom function of a [`super::CryptoProvider`] (RFC 7296 §2.13,
/// RFC 2409 §3.2).
pub trait Prf: fmt::Debug + Send + Sync {
    /// Its usual name (`PRF-HMAC-SHA2-256`).
    fn name(&self) -> &'static str;

    /// Its number in IKEv2's registry.
    fn ikev2(&self) -> ike::Prf;

    /// The IKEv1 hash it is the HMAC of, if it is one: IKEv1 negotiates the
    /// hash and uses its HMAC.
    fn ikev1(&self) -> Option<isakmp::Hash>;

    /// Bytes of the keys derived for it (`SK_d`, `SK_pi`, `SK_pr`).
    fn key_len(&self) -> usize;

    /// Bytes of its output.
    fn output_len(&self) -> usize;

    /// The length of the only key it takes as it is, where there is one.
    ///
    /// Keys of other lengths are brought to it as RFC 4434 §2 and RFC 4615 §3
    /// say, but with `Some(16)` the key of `SKEYSEED` is the first eight bytes
    /// of each nonce (RFC 7296 §2.14).
    fn fixed_key_len(&self) -> Option<usize>;

    /// `prf(key, parts…)`, the parts one after the other.
    fn compute(&self, key: &[u8], parts: &[&[u8]]) -> Secret;
}

/// An integrity algorithm of a [`super::CryptoProvider`].
pub trait Mac: fmt::Debug + Send + Sync {
    /// Its name and sizes.
    fn suite(&self) -> &'static suite::Mac;

    /// Sets it up with `key` (and the salt behind it, for GMAC: RFC 4543 §3).
    ///
    /// # Errors
    ///
    /// `key` does not have [`suite::Mac::key`] bytes.
    fn with_key(&self, key: &[u8]) -> Result<Box<dyn MacKey>, BadKey>;
}

/// A [`Mac`] with its key, overwritten on drop.
///
/// `iv` has [`suite::Mac::iv`] bytes: none, but for GMAC in AH.
pub trait MacKey: Send + Sync {
    /// Writes the integrity check value of `parts`, one after the other.
    ///
    /// # Errors
    ///
    /// `iv` or `icv` has no length of this algorithm.
    fn sign(&self, iv: &[u8], parts: &[&[u8]], icv: &mut [u8]) -> Result<(), Failed>;

    /// Checks the integrity check value of `parts` in constant time.
    ///
    /// # Errors
    ///
    /// `parts` are not authentic under this key, or a length is impossible.
    fn verify(&self, iv: &[u8], parts: &[&[u8]], icv: &[u8]) -> Result<(), Failed>;
}
