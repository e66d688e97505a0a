//! The provider in pure Rust, over the RustCrypto crates: any target,
//! `no_std`, the browser.

mod hash;

use super::CryptoProvider;

/// The provider with every algorithm this crate knows in pure Rust.
#[must_use]
pub const fn provider() -> &'static CryptoProvider {
    static PROVIDER: CryptoProvider = CryptoProvider {
        hashes: hash::ALL,
        ..CryptoProvider::EMPTY
    };
    &PROVIDER
}
