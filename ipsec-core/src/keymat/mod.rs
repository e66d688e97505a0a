//! What the decoder and the engines both compute from key material, or from
//! its absence: proofs, sizes, key schedules.
//!
//! - [`proof`]: hashes a message carries, recomputed and compared
//!   (NAT detection: RFC 7296 §2.23, RFC 3947 §3.2).
//! - [`protected`]: how long the hidden part of a protected message can be
//!   (RFC 7296 §3.14, RFC 7383 §2.5, RFC 2409 appendix B).

pub mod proof;
pub mod protected;
