//! ESP (RFC 4303) and AH (RFC 4302): what they do to packets.
//!
//! - [`transform`]: one ESP packet, opened or sealed with the keys of its SA.
//! - [`authentication`]: the same for AH, which only checks and signs.
//! - [`overhead`]: how long a packet becomes, and what fits in an MTU.

pub mod authentication;
pub mod overhead;
pub mod transform;
