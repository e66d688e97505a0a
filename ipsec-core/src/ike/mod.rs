//! The Internet Key Exchange: what its engines share.
//!
//! - [`cookie`]: whether a first packet is worth any memory (RFC 7296 §2.6).
//! - [`grammar`]: which payloads each IKEv2 message may hold (RFC 7296
//!   appendix C and §1).
//! - [`retransmit`]: when a request is sent again (RFC 7296 §2.1, §2.4).

pub mod cookie;
pub mod grammar;
pub mod retransmit;
