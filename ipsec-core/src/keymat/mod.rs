//! What the decoder and the engines both compute from key material, or from
//! its absence: proofs, sizes, key schedules.
//!
//! - [`ikev1`], [`iv`]: keys, hashes and initialization vectors of phase 1 and
//!   phase 2 (RFC 2409).
//! - [`ikev2`], [`auth`]: keys of IKE and child SAs, and what AUTH payloads
//!   cover (RFC 7296, RFC 9370, RFC 9242, RFC 8784, RFC 5723).
//! - [`fragments`]: the payloads of a message in pieces (RFC 7383).
//! - [`proof`]: hashes a message carries, recomputed and compared
//!   (NAT detection: RFC 7296 §2.23, RFC 3947 §3.2).
//! - [`protected`]: how long the hidden part of a protected message can be
//!   (RFC 7296 §3.14, RFC 7383 §2.5, RFC 2409 appendix B).
//! - [`salt`]: the salt of AES-GCM, found again from one packet.
//! - [`sealed`]: that part of an IKEv2 message, opened and sealed.
//! - [`x509`]: certificates, the names in them, and whether to believe them
//!   (RFC 5280, RFC 4945).

pub mod auth;
pub mod fragments;
pub mod ikev1;
pub mod ikev2;
pub mod iv;
pub mod proof;
pub mod protected;
pub mod salt;
pub mod sealed;
pub mod x509;

mod keys;

pub use keys::{KeySizes, Nonces, SaKeys, Spis, TooMuch};
