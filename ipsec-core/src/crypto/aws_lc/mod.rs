//! The provider over AWS-LC, for gateways and servers: AES-GCM (RFC 4106),
//! ChaCha20-Poly1305 (RFC 7634), AES-CBC (RFC 3602), HMAC (RFC 2404, RFC 4868),
//! Curve25519 (RFC 8031), the ECP groups (RFC 5903) and RSA (RFC 8017) are
//! AWS-LC's; whatever else there is comes from [`super::rustcrypto`].

mod aead;
mod cipher;
mod curve;
mod mac;
mod rsa;

use super::{CryptoProvider, rustcrypto};

/// The provider with every algorithm this crate knows: the one to read
/// captures with.
#[must_use]
pub const fn provider() -> &'static CryptoProvider {
    static PROVIDER: CryptoProvider = {
        const ALL: &CryptoProvider = rustcrypto::provider();
        over!(ALL)
    };
    &PROVIDER
}

/// The provider without the weak algorithms: the one to speak with.
#[must_use]
pub const fn modern() -> &'static CryptoProvider {
    static PROVIDER: CryptoProvider = {
        const MODERN: &CryptoProvider = rustcrypto::modern();
        over!(MODERN)
    };
    &PROVIDER
}

/// AWS-LC's algorithms before those of another provider: the first of a number
/// is used.
macro_rules! over {
    ($other:ident) => {
        CryptoProvider {
            macs: joined!(mac::MACS, $other.macs),
            ciphers: joined!(cipher::CIPHERS, $other.ciphers),
            aeads: joined!(aead::AEADS, $other.aeads),
            groups: joined!(curve::GROUPS, $other.groups),
            signatures: joined!(rsa::SIGNATURES, $other.signatures),
            ..*$other
        }
    };
}
use over;

macro_rules! joined {
    ($ours:expr, $theirs:expr) => {
        &join::<_, { $ours.len() + $theirs.len() }>($ours, $theirs)
    };
}
use joined;

/// Both tables, one behind the other; `N` is the length of both.
const fn join<T: Copy, const N: usize>(mut first: &[T], mut second: &[T]) -> [T; N] {
    let [some, ..] = first else {
        panic!("a table without algorithms");
    };
    let mut all = [*some; N];
    let mut rest: &mut [T] = &mut all;
    while let [place, more @ ..] = rest {
        if let [next, others @ ..] = first {
            *place = *next;
            first = others;
        } else if let [next, others @ ..] = second {
            *place = *next;
            second = others;
        }
        rest = more;
    }
    all
}
