//! ESP (RFC 4303) and AH (RFC 4302): what they do to packets.
//!
//! - [`transform`]: one ESP packet, opened or sealed with the keys of its SA.
//! - [`authentication`]: the same for AH, which only checks and signs.
//! - [`suite`]: the algorithms of an SA, as they are agreed.
//! - [`half`]: an SA's direction, with its numbers, window and lifetime.
//! - [`sa`], [`ah`]: what such a half of ESP or AH does to a packet.
//! - [`tunnel`]: the outer header around it, with or without one inside (BEET).
//! - [`transport`]: the packet's own header kept before it.
//! - [`fragment`]: outer packets cut to the path.
//! - [`stream`]: ESP and IKE in a TCP connection.
//! - [`overhead`]: how long a packet becomes, and what fits in an MTU.

pub mod ah;
pub mod authentication;
pub mod fragment;
pub mod half;
pub mod overhead;
pub mod sa;
pub mod stream;
pub mod suite;
pub mod transform;
pub mod transport;
pub mod tunnel;

mod inner;

pub use inner::Inner;
