//! ESP (RFC 4303): what it does to packets.
//!
//! - [`overhead`]: how long a packet becomes, and what fits in an MTU.

pub mod overhead;
