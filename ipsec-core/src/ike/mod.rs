//! The Internet Key Exchange: what its engines share.
//!
//! - [`cookie`]: whether a first packet is worth any memory (RFC 7296 §2.6).
#![cfg_attr(
    feature = "rustcrypto",
    doc = "- [`eap`]: both ends of EAP by password (RFC 3748)."
)]
//! - [`grammar`]: which payloads each IKEv2 message may hold (RFC 7296
//!   appendix C and §1).
//! - [`retransmit`]: when a request is sent again (RFC 7296 §2.1, §2.4).

pub mod cookie;
#[cfg(feature = "rustcrypto")]
pub mod eap;
pub mod grammar;
pub mod retransmit;
