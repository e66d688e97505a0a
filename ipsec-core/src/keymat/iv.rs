//! The initialization vectors of IKEv1, none of which is on the wire: each
//! message's is the last block of the one before it in its exchange (RFC 2409
//! appendix B).

use crate::crypto::Hash;
use alloc::collections::VecDeque;
use core::fmt;

/// An initialization vector: one block of the cipher.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Iv {
    bytes: [u8; Self::MAX_LEN],
    len: usize,
}

impl Iv {
    /// Bytes of the longest block of a cipher that IKEv1 has.
    pub const MAX_LEN: usize = 16;

    /// The block, or its first [`Iv::MAX_LEN`] bytes.
    #[must_use]
    pub fn new(block: &[u8]) -> Self {
        let mut bytes = [0; Self::MAX_LEN];
        for (place, byte) in bytes.iter_mut().zip(block) {
            *place = *byte;
        }
        let len = block.len().min(Self::MAX_LEN);
        Self { bytes, len }
    }

    /// Its bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

impl fmt::Debug for Iv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Iv(")?;
        for byte in self.as_bytes() {
            write!(f, "{byte:02x}")?;
        }
        f.write_str(")")
    }
}

/// The initialization vectors of one ISAKMP SA: a chain for phase 1, and one
/// for each message ID.
///
/// Reading one changes nothing, so that a message may be tried; only
/// [`IvChains::advance`] moves a chain on, once for each message that was
/// sent or found to be authentic, and not for its repetitions.
#[derive(Clone, Debug)]
pub struct IvChains {
    hash: &'static dyn Hash,
    phase_1: Iv,
    exchanges: VecDeque<(u32, Iv)>,
}

impl IvChains {
    /// The chains of an SA whose KE payloads had these bodies: the first IV is
    /// `hash(g^xi | g^xr)`, cut to the `block` of the cipher.
    #[must_use]
    pub fn new(hash: &'static dyn Hash, block: usize, gxi: &[u8], gxr: &[u8]) -> Self {
        let first = hash.digest(&[gxi, gxr]);
        let first = first.as_bytes();
        Self::resume(hash, Iv::new(first.get(..block).unwrap_or(first)))
    }

    /// The chains of an SA whose phase 1 has got as far as `phase_1`: its last
    /// block of ciphertext.
    #[must_use]
    pub const fn resume(hash: &'static dyn Hash, phase_1: Iv) -> Self {
        Self {
            hash,
            phase_1,
            exchanges: VecDeque::new(),
        }
    }

    /// The IV for the next message with this ID, in either direction; 0 is
    /// phase 1. The first of an exchange has `hash(last phase 1 block | M-ID)`.
    #[must_use]
    pub fn next(&self, message_id: u32) -> Iv {
        if message_id == 0 {
            return self.phase_1;
        }
        let open = self.exchanges.iter().find(|(id, _)| *id == message_id);
        open.map_or_else(|| self.first(message_id), |(_, iv)| *iv)
    }

    /// The IV for the first message with this ID, whatever came after it: for
    /// repetitions, and for exchanges whose beginning was not seen.
    #[must_use]
    pub fn first(&self, message_id: u32) -> Iv {
        let block = self.phase_1.as_bytes();
        let iv = self.hash.digest(&[block, &message_id.to_be_bytes()]);
        let iv = iv.as_bytes();
        Iv::new(iv.get(..block.len()).unwrap_or(iv))
    }

    /// Moves the chain of this message ID on: `ciphertext` is what follows the
    /// header of the message. The oldest chain beyond [`EXCHANGES_MAX`] is
    /// forgotten.
    ///
    /// # Errors
    ///
    /// [`NotABlock`] when `ciphertext` has less than one block; nothing moves.
    pub fn advance(&mut self, message_id: u32, ciphertext: &[u8]) -> Result<(), NotABlock> {
        let block = self.phase_1.as_bytes().len();
        let last = ciphertext.len().checked_sub(block).ok_or(NotABlock)?;
        let last = Iv::new(ciphertext.get(last..).ok_or(NotABlock)?);
        if message_id == 0 {
            self.phase_1 = last;
            return Ok(());
        }
        let open = self.exchanges.iter_mut().find(|(id, _)| *id == message_id);
        if let Some((_, iv)) = open {
            *iv = last;
            return Ok(());
        }
        if self.exchanges.len() >= EXCHANGES_MAX {
            self.exchanges.pop_front();
        }
        self.exchanges.push_back((message_id, last));
        Ok(())
    }

    /// Forgets the chain of an exchange that has ended.
    pub fn close(&mut self, message_id: u32) {
        self.exchanges.retain(|(id, _)| *id != message_id);
    }
}

/// The ciphertext is shorter than a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NotABlock;

impl fmt::Display for NotABlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the ciphertext is shorter than a block")
    }
}

impl core::error::Error for NotABlock {}

/// Exchanges of one SA whose chains are kept at the same time: a peer may
/// begin as many as it likes.
pub const EXCHANGES_MAX: usize = 64;

#[cfg(feature = "rustcrypto")]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::rustcrypto::provider;
    use crate::wire::registry::isakmp;

    fn sha1() -> &'static dyn Hash {
        provider().ikev1_hash(isakmp::Hash::SHA).unwrap()
    }

    fn chains() -> IvChains {
        IvChains::new(sha1(), 16, b"g^xi", b"g^xr")
    }

    #[test]
    fn chains_begin_with_hashes_and_go_on_with_ciphertext() {
        let mut chains = chains();
        let first = sha1().digest(&[b"g^xi", b"g^xr"]);
        assert_eq!(chains.next(0).as_bytes(), &first.as_bytes()[..16]);
        chains.advance(0, &[[1; 16], [2; 16]].concat()).unwrap();
        assert_eq!(chains.next(0).as_bytes(), [2; 16]);

        let quick = sha1().digest(&[&[2; 16], &[0, 0, 1, 0]]);
        assert_eq!(chains.next(256).as_bytes(), &quick.as_bytes()[..16]);
        chains.advance(256, &[3; 32]).unwrap();
        assert_eq!(chains.next(256).as_bytes(), [3; 16]);
        // Other exchanges do not notice, nor does the first IV of this one.
        assert_ne!(chains.next(257).as_bytes(), [3; 16]);
        assert_eq!(chains.first(256).as_bytes(), &quick.as_bytes()[..16]);
        chains.close(256);
        assert_eq!(chains.next(256), chains.first(256));
    }

    #[test]
    fn a_message_of_less_than_a_block_moves_nothing() {
        let mut chains = chains();
        let before = (chains.next(0), chains.next(9));
        for len in 0..16 {
            assert_eq!(chains.advance(0, &[7; 16][..len]), Err(NotABlock));
            assert_eq!(chains.advance(9, &[7; 16][..len]), Err(NotABlock));
        }
        assert_eq!((chains.next(0), chains.next(9)), before);
    }

    #[test]
    fn a_block_of_eight_is_cut() {
        let chains = IvChains::new(sha1(), 8, b"g^xi", b"g^xr");
        assert_eq!(chains.next(0).as_bytes().len(), 8);
        assert_eq!(chains.next(1).as_bytes().len(), 8);
        assert_eq!(Iv::new(&[5; 17]).as_bytes(), [5; 16]);
    }

    #[test]
    fn one_exchange_too_many_forgets_the_oldest() {
        let mut chains = chains();
        let ids = 1..=u32::try_from(EXCHANGES_MAX).unwrap() + 1;
        for id in ids.clone() {
            chains.advance(id, &[9; 16]).unwrap();
        }
        assert_eq!(chains.exchanges.len(), EXCHANGES_MAX);
        assert_eq!(chains.next(1), chains.first(1));
        assert!(ids.skip(1).all(|id| chains.next(id).as_bytes() == [9; 16]));
    }
}
