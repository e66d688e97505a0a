//! What security associations are agreed and looked up by, and how long one
//! may be used.
//!
//! - [`selector`]: which packets (RFC 4301 §4.4.1, RFC 7296 §2.9 and §3.13).
//! - [`proposal`]: which algorithms, and why none (RFC 7296 §2.7 and §3.3).
//! - [`sequence`]: each number once (RFC 4303 §3.3.3, §3.4.3, RFC 6479).
//! - [`lifetime`]: soft and hard limits (RFC 4301 §4.4.2.1).

pub mod lifetime;
pub mod proposal;
pub mod selector;
pub mod sequence;
