//! Algorithms behind a table, so that a program may choose who computes them.
//!
//! A [`CryptoProvider`] lists `&'static dyn` algorithms; the protocol rooms
//! look one up by its registry number and never name an implementation. What
//! a registered number means in sizes (block, IV, ICV, key) is in [`suite`],
//! which needs no provider. Key material lives in [`Secret`].
//!
//! The feature `rustcrypto` (default) brings the pure-Rust provider.

pub mod suite;

#[cfg(feature = "rustcrypto")]
pub mod rustcrypto;

mod hash;
mod secret;

pub use hash::{Digest, Hash};
pub use secret::Secret;

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
    /// Hash functions; where two have the same number the first is used.
    pub hashes: &'static [&'static dyn Hash],
}

impl CryptoProvider {
    /// A provider without any algorithm, to build one's own from.
    pub const EMPTY: Self = Self { hashes: &[] };

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
