//! The payloads of one IKEv2 message, cut into fragments and put together
//! again (RFC 7383 §2.5, §2.6).
//!
//! Each fragment is sealed as a message of its own ([`super::sealed`]); what
//! comes here has been opened, so nobody but the two ends can fill the memory.
//!
//! ```
//! use ipsec_core::keymat::fragments::{Limits, Reassembly, split};
//! use ipsec_core::{time::Instant, wire::registry::ike::PayloadType};
//! let mut message = Reassembly::new(Limits::default());
//! let mut whole = None;
//! for piece in split(b"payloads", 3).unwrap() {
//!     let first = piece.next_payload(PayloadType::IDI);
//!     let added = message.add(Instant::ZERO, piece.total, piece.number, first, piece.bytes);
//!     whole = added.unwrap();
//! }
//! assert_eq!(whole, Some((PayloadType::IDI, b"payloads".to_vec())));
//! ```

use crate::sorted::Map;
use crate::time::{Duration, Instant};
use crate::wire::registry::ike::PayloadType;
use alloc::vec::Vec;
use core::fmt;

/// A part of a message's payloads, to be sealed in an SKF payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Piece<'a> {
    /// Its number, from 1.
    pub number: u16,
    /// How many there are.
    pub total: u16,
    /// Its bytes of the payloads.
    pub bytes: &'a [u8],
}

impl Piece<'_> {
    /// What its SKF payload names as the next payload, in a message whose
    /// first payload inside is `first`.
    #[must_use]
    pub const fn next_payload(&self, first: PayloadType) -> PayloadType {
        match self.number {
            1 => first,
            _ => PayloadType::NONE,
        }
    }
}

/// Cuts `payloads` into pieces of `room` bytes; the last one may be shorter.
///
/// `room` is what [`super::sealed::Ikev2Body::room`] gives for the datagrams
/// that are wanted, less the [`FRAGMENT_HEAD`].
///
/// # Errors
///
/// [`NoRoom`] when they would be more than [`PIECES_MAX`].
pub fn split(payloads: &[u8], room: usize) -> Result<impl Iterator<Item = Piece<'_>>, NoRoom> {
    if room == 0 {
        return Err(NoRoom);
    }
    let total = payloads.len().div_ceil(room).max(1);
    let total = u16::try_from(total).map_err(|_| NoRoom)?;
    if total > PIECES_MAX {
        return Err(NoRoom);
    }
    let mut rest = payloads;
    Ok((1..=total).map(move |number| {
        let (bytes, behind) = rest.split_at_checked(room).unwrap_or((rest, &[]));
        rest = behind;
        Piece {
            number,
            total,
            bytes,
        }
    }))
}

/// What a [`Reassembly`] takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "configuration, every field of it documented"
)]
pub struct Limits {
    /// Fragments of a message.
    pub pieces: u16,
    /// Bytes of all its payloads.
    pub bytes: usize,
    /// How long fragments wait for the rest.
    pub patience: Duration,
}

impl Default for Limits {
    /// 256 fragments, 64 KiB (as much as the length of an SK payload can tell)
    /// and 30 seconds.
    fn default() -> Self {
        Self {
            pieces: PIECES_MAX,
            bytes: 65_535,
            patience: Duration::from_secs(30),
        }
    }
}

/// One message of which fragments have come.
#[derive(Debug)]
pub struct Reassembly {
    limits: Limits,
    since: Instant,
    /// Zero before the first fragment.
    total: u16,
    first_payload: PayloadType,
    bytes: usize,
    pieces: Map<u16, Vec<u8>>,
}

impl Reassembly {
    /// A message that no fragment has come of.
    #[must_use]
    pub const fn new(limits: Limits) -> Self {
        Self {
            limits,
            since: Instant::ZERO,
            total: 0,
            first_payload: PayloadType::NONE,
            bytes: 0,
            pieces: Map::new(),
        }
    }

    /// Adds fragment `number` of `total`, whose check value is right, whose SKF
    /// payload names `first_payload` as the next one, and which holds `bytes`.
    ///
    /// Returns the type of the first payload and all payloads when it was the
    /// last one missing; the message is then as [`Reassembly::new`] made it.
    /// When the sender has cut it anew into more fragments, or the others are
    /// older than [`Limits::patience`], these are forgotten.
    ///
    /// # Errors
    ///
    /// [`Dropped`] when the fragment was not used; the others stay.
    pub fn add(
        &mut self,
        now: Instant,
        total: u16,
        number: u16,
        first_payload: PayloadType,
        bytes: &[u8],
    ) -> Result<Option<(PayloadType, Vec<u8>)>, Dropped> {
        if number == 0 || number > total {
            return Err(Dropped::Numbers { number, total });
        }
        if total > self.limits.pieces {
            return Err(Dropped::TooMany { total });
        }
        if total > self.total || self.is_late(now) {
            *self = Self::new(self.limits);
            self.since = now;
            self.total = total;
        }
        if total < self.total {
            let known = self.total;
            return Err(Dropped::CutAnew { total, known });
        }
        if self.pieces.contains_key(&number) {
            return Err(Dropped::Repeated { number });
        }
        let all = self.bytes.saturating_add(bytes.len());
        if all > self.limits.bytes {
            return Err(Dropped::TooLong { bytes: all });
        }
        if number == 1 {
            self.first_payload = first_payload;
        }
        self.bytes = all;
        self.pieces.insert(number, bytes.to_vec());
        Ok(self.whole())
    }

    /// Whether what has come waits for longer than it may.
    #[must_use]
    pub fn is_late(&self, now: Instant) -> bool {
        self.total > 0 && now.saturating_since(self.since) >= self.limits.patience
    }

    fn whole(&mut self) -> Option<(PayloadType, Vec<u8>)> {
        if self.pieces.len() < usize::from(self.total) {
            return None;
        }
        let mut whole = Vec::with_capacity(self.bytes);
        for piece in self.pieces.values() {
            whole.extend_from_slice(piece);
        }
        let first_payload = self.first_payload;
        *self = Self::new(self.limits);
        Some((first_payload, whole))
    }
}

/// A message cannot be cut into so small pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NoRoom;

/// Why a fragment was not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dropped {
    /// A number or a total that cannot be.
    Numbers {
        /// Its number.
        number: u16,
        /// How many there are.
        total: u16,
    },
    /// More than [`Limits::pieces`].
    TooMany {
        /// How many there are.
        total: u16,
    },
    /// Its sender has cut the message into more pieces since.
    CutAnew {
        /// How many there were.
        total: u16,
        /// How many there are now.
        known: u16,
    },
    /// It has come before.
    Repeated {
        /// Its number.
        number: u16,
    },
    /// Together they are longer than [`Limits::bytes`].
    TooLong {
        /// Bytes of all, with this one.
        bytes: usize,
    },
}

impl fmt::Display for NoRoom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no room for the message in fragments of this size")
    }
}

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Numbers { number, total } => write!(f, "fragment {number} of {total}"),
            Self::TooMany { total } => write!(f, "{total} fragments are too many"),
            Self::CutAnew { total, known } => {
                write!(
                    f,
                    "of {total} fragments, and there are {known} of the message"
                )
            }
            Self::Repeated { number } => write!(f, "fragment {number} has come before"),
            Self::TooLong { bytes } => write!(f, "{bytes} bytes in fragments are too many"),
        }
    }
}

impl core::error::Error for NoRoom {}
impl core::error::Error for Dropped {}

/// Bytes of a fragment before its IV: the IKE header, the generic header, the
/// number and the total (RFC 7383 §2.5).
pub const FRAGMENT_HEAD: usize = 28 + 4 + 4;

/// Most pieces of a message. A certificate chain of 64 KiB fits, in datagrams
/// of 576 bytes (§2.5.1).
pub const PIECES_MAX: u16 = 256;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const WHOLE: Option<(PayloadType, Vec<u8>)> = None;

    fn add(
        message: &mut Reassembly,
        number: u16,
        total: u16,
        bytes: &[u8],
    ) -> Result<Option<Vec<u8>>, Dropped> {
        let first = match number {
            1 => PayloadType::IDI,
            _ => PayloadType::NONE,
        };
        let added = message.add(Instant::ZERO, total, number, first, bytes)?;
        Ok(added.map(|(first, whole)| {
            assert_eq!(first, PayloadType::IDI);
            whole
        }))
    }

    #[test]
    fn any_order_and_copies() {
        let mut message = Reassembly::new(Limits::default());
        for _ in 0..2 {
            assert_eq!(add(&mut message, 3, 3, b"c"), Ok(None));
            let copy = add(&mut message, 3, 3, b"x");
            assert_eq!(copy, Err(Dropped::Repeated { number: 3 }));
            assert_eq!(add(&mut message, 1, 3, b"a"), Ok(None));
            let whole = add(&mut message, 2, 3, b"b");
            assert_eq!(whole, Ok(Some(b"abc".to_vec())));
        }
        let whole = add(&mut message, 1, 1, b"whole");
        assert_eq!(whole, Ok(Some(b"whole".to_vec())));
    }

    #[test]
    fn numbers_that_cannot_be() {
        let mut message = Reassembly::new(Limits::default());
        for (number, total) in [(0, 0), (0, 2), (3, 2), (u16::MAX, 1)] {
            let dropped = Err(Dropped::Numbers { number, total });
            assert_eq!(add(&mut message, number, total, b"x"), dropped);
        }
        for total in [PIECES_MAX + 1, u16::MAX] {
            let dropped = Err(Dropped::TooMany { total });
            assert_eq!(add(&mut message, 1, total, b"x"), dropped);
        }
        assert_eq!(message.total, 0);
        assert_eq!(add(&mut message, 1, PIECES_MAX, b"x"), Ok(None));
    }

    /// RFC 7383 §2.6: a greater total replaces, a smaller one is dropped.
    #[test]
    fn totals_change() {
        let mut message = Reassembly::new(Limits::default());
        assert_eq!(add(&mut message, 1, 2, b"old"), Ok(None));
        assert_eq!(add(&mut message, 3, 3, b"c"), Ok(None));
        let (total, known) = (2, 3);
        let dropped = Err(Dropped::CutAnew { total, known });
        assert_eq!(add(&mut message, 2, 2, b"old"), dropped);
        assert_eq!(add(&mut message, 1, 3, b"a"), Ok(None));
        assert_eq!(add(&mut message, 2, 3, b"b"), Ok(Some(b"abc".to_vec())));
    }

    #[test]
    fn bytes_are_bounded() {
        let mut message = Reassembly::new(Limits::default());
        assert_eq!(add(&mut message, 1, 3, &[0; 65_535]), Ok(None));
        let dropped = Err(Dropped::TooLong { bytes: 65_536 });
        assert_eq!(add(&mut message, 2, 3, &[0]), dropped);
        assert_eq!(add(&mut message, 2, 3, &[]), Ok(None));
        assert_eq!(message.bytes, 65_535);
    }

    #[test]
    fn late_ones_begin_anew() {
        let mut message = Reassembly::new(Limits::default());
        assert!(!message.is_late(Instant::from_seconds(1000, 0)));
        assert_eq!(add(&mut message, 1, 2, b"old"), Ok(None));
        assert!(!message.is_late(Instant::from_micros(29_999_999)));
        let late = Instant::from_seconds(30, 0);
        assert!(message.is_late(late));
        let first = PayloadType::IDI;
        assert_eq!(message.add(late, 2, 1, first, b"n"), Ok(WHOLE));
        let whole = message.add(late, 2, 2, PayloadType::NONE, b"ew");
        assert_eq!(whole, Ok(Some((first, b"new".to_vec()))));
    }

    #[test]
    fn pieces_that_are_too_small() {
        assert!(split(&[0; 10], 0).is_err());
        assert_eq!(split(&[0; 256], 1).unwrap().count(), 256);
        assert!(split(&[0; 257], 1).is_err());
        let empty: Vec<_> = split(&[], 9).unwrap().collect();
        assert_eq!(empty.len(), 1);
        assert!(empty[0].bytes.is_empty());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn what_is_cut_comes_together(
            payloads in prop::collection::vec(any::<u8>(), 0..2000),
            room in 8_usize..600, turn in 0_usize..256,
        ) {
            let mut pieces: Vec<_> = split(&payloads, room).unwrap().collect();
            prop_assert!(pieces.iter().all(|piece| piece.bytes.len() <= room));
            let count = pieces.len();
            pieces.rotate_left(turn % count);
            let mut message = Reassembly::new(Limits::default());
            for (sent, piece) in pieces.iter().enumerate() {
                let first = piece.next_payload(PayloadType::IDI);
                let added = message
                    .add(Instant::ZERO, piece.total, piece.number, first, piece.bytes);
                let whole = (sent + 1 == count).then(|| (PayloadType::IDI, payloads.clone()));
                prop_assert_eq!(added, Ok(whole));
            }
        }
    }
}
