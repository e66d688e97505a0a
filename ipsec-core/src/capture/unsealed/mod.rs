//! What keys made of a packet: whether its encrypted part is open, what is
//! inside, and what was proven. [`super::unseal`] does it; here is the result,
//! which a [`Dissection`](super::Dissection) carries.

mod inner;
mod state;

pub use inner::InnerPacket;

use crate::evidence::{Proof, Unsealing};
use crate::keylog::SaProtocol;
use crate::wire::{DecodeError, ike, isakmp};

/// What became of the encrypted or authenticated part of a packet.
#[derive(Debug)]
#[non_exhaustive]
pub struct Unsealed<'a> {
    /// Whether it is open.
    pub state: Unsealing,
    /// What is inside.
    pub inside: Inside<'a>,
    /// Values that were recomputed.
    pub proofs: Vec<Proof>,
    /// Protocols and SPIs of the SAs that an IKE message created, one for each
    /// direction.
    pub created: Vec<(SaProtocol, u32)>,
}

impl Unsealed<'_> {
    pub(super) const fn closed(state: Unsealing) -> Self {
        Self {
            state,
            inside: Inside::Nothing,
            proofs: Vec::new(),
            created: Vec::new(),
        }
    }
}

/// What an encrypted part holds.
#[derive(Debug)]
#[non_exhaustive]
#[expect(
    clippy::large_enum_variant,
    reason = "data packets are opened without an allocation"
)]
pub enum Inside<'a> {
    /// Nothing that can be read: it is closed, or an IKE fragment that waits
    /// for the others.
    Nothing,
    /// Payloads of IKEv2.
    Ike(Box<Payloads<'a, ike::Chain<'a>>>),
    /// Payloads of IKEv1.
    Isakmp(Box<Payloads<'a, isakmp::Chain<'a>>>),
    /// The payload of an ESP or AH packet.
    Packet(InnerPacket<'a>),
}

/// Decrypted payloads.
#[derive(Debug)]
#[non_exhaustive]
pub struct Payloads<'a, C> {
    /// The payloads.
    pub chain: C,
    /// What is wrong with them first, counted from their first byte.
    pub fault: Option<DecodeError>,
    /// All that was decrypted.
    pub plaintext: &'a [u8],
    /// Padding and its length (IKEv2), behind the payloads.
    pub padding: &'a [u8],
    /// IKE fragments that they were put together from; 0 for a whole message.
    pub fragments: u16,
}
