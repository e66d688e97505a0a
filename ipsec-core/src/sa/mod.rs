//! What security associations are agreed and looked up by.
//!
//! - [`selector`]: which packets (RFC 4301 §4.4.1, RFC 7296 §2.9 and §3.13).
//! - [`proposal`]: which algorithms, and why none (RFC 7296 §2.7 and §3.3).

pub mod proposal;
pub mod selector;
