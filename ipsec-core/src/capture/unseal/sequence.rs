//! The upper half of extended sequence numbers, which is not on the wire: it is
//! inferred as a receiver does (RFC 4303 appendix A), and at the beginning of a
//! capture by trying.

use crate::esp::transform::Check;

/// What is known of the upper half of the sequence numbers.
#[derive(Clone, Copy, Debug)]
pub(super) enum Sequence {
    /// Not even whether there is one.
    Unknown,
    /// 32 bits.
    Short,
    /// 64 bits, none seen so far.
    Extended,
    /// 64 bits, and the highest so far.
    Reached(u64),
}

impl Sequence {
    /// Values that the upper half of a packet's sequence number may have, the
    /// likeliest first.
    pub(super) fn guesses(self, low: u32) -> impl Iterator<Item = Option<u32>> {
        let (short, first, others) = match self {
            Self::Short => (true, None, 0..0),
            Self::Unknown => (true, None, 0..FIRST_HIGHS),
            Self::Extended => (false, None, 0..FIRST_HIGHS),
            Self::Reached(highest) => {
                let high = nearest(highest, low);
                (
                    false,
                    Some(high),
                    high.saturating_sub(1)..high.saturating_add(2),
                )
            }
        };
        let short = short.then_some(None);
        short
            .into_iter()
            .chain(first.into_iter().chain(others).map(Some))
    }

    /// Takes note of a packet that was opened.
    pub(super) fn reached(&mut self, high: Option<u32>, low: u32, check: Check) {
        *self = match (high, *self) {
            (None, _) if check == Check::Unchecked => *self,
            (None, _) => Self::Short,
            (Some(high), before) => {
                let number = u64::from(high) << 32 | u64::from(low);
                match before {
                    Self::Reached(highest) => Self::Reached(highest.max(number)),
                    Self::Unknown | Self::Short | Self::Extended => Self::Reached(number),
                }
            }
        };
    }
}

/// The upper half that brings `low` nearest to the highest number so far.
fn nearest(highest: u64, low: u32) -> u32 {
    let [high, last] = [highest >> 32, highest & u64::from(u32::MAX)];
    let high = u32::try_from(high).unwrap_or(u32::MAX);
    let last = u32::try_from(last).unwrap_or(u32::MAX);
    let half = u32::MAX / 2;
    if low < last && last.saturating_sub(low) > half {
        high.saturating_add(1)
    } else if low > last && low.saturating_sub(last) > half {
        high.saturating_sub(1)
    } else {
        high
    }
}

/// Upper halves of a sequence number that are tried on the first packet.
const FIRST_HIGHS: u32 = 4;
