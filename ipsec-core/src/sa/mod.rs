//! What security associations are agreed and looked up by, and how long one
//! may be used.
//!
//! - [`selector`]: which packets (RFC 4301 §4.4.1, RFC 7296 §2.9 and §3.13).
//! - [`proposal`]: which algorithms, and why none (RFC 7296 §2.7 and §3.3).
//! - [`sad`]: SAs by SPI, handle and time (RFC 4301 §4.4.2).
//! - [`pad`]: who may come and ask for what (RFC 4301 §4.4.3).
//! - [`path_mtu`]: the largest packet of a path (RFC 4301 §8.2).
//! - [`spd`]: what happens to which packets (RFC 4301 §4.4.1).
//! - [`sequence`]: each number once (RFC 4303 §3.3.3, §3.4.3, RFC 6479).
//! - [`lifetime`]: soft and hard limits (RFC 4301 §4.4.2.1).

pub mod lifetime;
pub mod pad;
pub mod path_mtu;
pub mod proposal;
pub mod sad;
pub mod selector;
pub mod sequence;
pub mod spd;
