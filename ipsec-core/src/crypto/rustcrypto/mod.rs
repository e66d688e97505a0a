//! The provider in pure Rust, over the RustCrypto crates: any target,
//! `no_std`, the browser.
//!
//! Every table has a modern part, for those who speak, and a legacy part that
//! only readers need: what RFC 8221, RFC 8247 and their successors forbid or
//! that never left private use.

mod aead;
mod cipher;
mod curve;
mod group;
mod hash;
mod kem;
mod mac;
mod modp;
mod primes;
mod private_key;
#[cfg(feature = "rsa")]
pub(super) mod rsa;
#[cfg(feature = "rsa")]
mod rsa_signer;
mod signature;
mod unsupported;
mod xcbc;

pub use private_key::{KeyFault, private_key};
pub use unsupported::{Registry, UNSUPPORTED, Unsupported};

use super::CryptoProvider;

/// The provider with every algorithm this crate knows in pure Rust: the one to
/// read captures with.
#[must_use]
pub const fn provider() -> &'static CryptoProvider {
    static PROVIDER: CryptoProvider = CryptoProvider {
        hashes: hash::ALL,
        prfs: mac::PRFS,
        macs: mac::MACS,
        ciphers: cipher::CIPHERS,
        aeads: aead::AEADS,
        groups: group::GROUPS,
        signatures: signature::SIGNATURES,
    };
    &PROVIDER
}

/// The provider without the weak algorithms: the one to speak with.
#[must_use]
pub const fn modern() -> &'static CryptoProvider {
    static PROVIDER: CryptoProvider = CryptoProvider {
        hashes: hash::ALL,
        prfs: mac::MODERN_PRFS,
        macs: mac::MODERN_MACS,
        ciphers: cipher::MODERN_CIPHERS,
        aeads: aead::MODERN_AEADS,
        groups: group::MODERN_GROUPS,
        signatures: signature::MODERN_SIGNATURES,
    };
    &PROVIDER
}

/// The provider with hash functions alone: small, and enough to read what is
/// not encrypted, where NAT detection and vendor IDs are hashes.
#[must_use]
pub const fn hashes() -> &'static CryptoProvider {
    static PROVIDER: CryptoProvider = CryptoProvider {
        hashes: hash::ALL,
        ..CryptoProvider::EMPTY
    };
    &PROVIDER
}

/// Declares a table twice: whole, and without its legacy part.
macro_rules! table {
    (
        $(#[$doc:meta])*
        dyn $kind:ident: $all:ident, $modern:ident {
            modern: $($new:expr),* $(,)?;
            $(with $feature:literal: $gated:expr;)*
            legacy: $($old:expr),* $(,)?
            $(; $(with $old_feature:literal: $old_gated:expr;)*)?
        }
    ) => {
        $(#[$doc])*
        pub(super) const $all: &[&dyn $kind] = &[$(&$new,)* $(#[cfg(feature = $feature)] &$gated,)* $(&$old,)* $($(#[cfg(feature = $old_feature)] &$old_gated,)*)?];
        /// Those of them that are fit to speak with.
        pub(super) const $modern: &[&dyn $kind] = &[$(&$new,)* $(#[cfg(feature = $feature)] &$gated,)*];
    };
}
use table;
