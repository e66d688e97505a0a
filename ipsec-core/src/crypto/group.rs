//! Key exchange methods: Diffie-Hellman groups, elliptic curves, and key
//! encapsulation (ML-KEM).

use super::{GroupError, Random, Secret};
use crate::wire::registry::ike;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

/// A key exchange method of a [`super::CryptoProvider`].
///
/// Public values and secrets are the bytes of the wire and of the key
/// schedules: MODP values are padded to the length of the prime (RFC 7296
/// §3.4, §2.14), curve points are x and y without a leading byte and the
/// secret is x alone (RFC 5903 §7), ML-KEM sends the encapsulation key one way
/// and the ciphertext the other.
pub trait Group: fmt::Debug + Send + Sync {
    /// Its number in IKEv2's registry; the Diffie-Hellman groups have the same
    /// in IKEv1's.
    fn id(&self) -> ike::KeyExchange;

    /// Whether it encapsulates a key: then only the initiator's public value
    /// is one and the responder answers with a ciphertext, and IKEv1 has no
    /// use for it.
    fn is_kem(&self) -> bool;

    /// Bytes of the initiator's public value.
    fn public_len(&self) -> usize;

    /// Bytes of the responder's answer.
    fn answer_len(&self) -> usize;

    /// Makes a key pair for one exchange, the initiator's side.
    ///
    /// # Errors
    ///
    /// `random` gives only what cannot be used (all zeros).
    fn start(&self, random: &mut dyn Random) -> Result<Box<dyn KeyExchange>, GroupError>;

    /// The responder's side in one step: its answer to the initiator's
    /// `public` value, and the shared secret.
    ///
    /// # Errors
    ///
    /// `public` is not a public value of this group.
    fn respond(
        &self,
        public: &[u8],
        random: &mut dyn Random,
    ) -> Result<(Vec<u8>, Secret), GroupError> {
        let ours = self.start(random)?;
        let secret = ours.finish(public)?;
        Ok((ours.public().to_vec(), secret))
    }

    /// Takes up an exchange whose private value is known, from a debug log
    /// perhaps: big endian for MODP and the Weierstrass curves, as RFC 7748
    /// has it for its curves, the 64-byte seed for ML-KEM.
    ///
    /// # Errors
    ///
    /// `private` is not a private value of this group.
    fn with_private(&self, private: &[u8]) -> Result<Box<dyn KeyExchange>, GroupError>;
}

/// One side of a key exchange, its private value overwritten on drop.
pub trait KeyExchange: Send + Sync {
    /// The public value to send.
    fn public(&self) -> &[u8];

    /// The shared secret with the owner of `peer`: a public value, for a KEM
    /// the responder's ciphertext.
    ///
    /// # Errors
    ///
    /// `peer` is not a value of this group, or gives no secret.
    fn finish(&self, peer: &[u8]) -> Result<Secret, GroupError>;
}
