//! The Internet checksum: RFC 1071, kept up to date by RFC 1624, with the
//! pseudo-headers of RFC 768, RFC 9293 §3.1 and RFC 8200 §8.1.

use super::registry::ip::Protocol;
use core::net::IpAddr;

/// The one's complement sum of 16-bit words, as it grows.
///
/// ```
/// use ipsec_core::wire::checksum::Sum;
/// let sum = Sum::new().bytes(&[0x00, 0x01, 0xf2, 0x03]).bytes(&[0xf4, 0xf5, 0xf6, 0xf7]);
/// assert_eq!(sum.folded(), 0xddf2);
/// assert_eq!(sum.checksum(), !0xddf2);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Sum(u64);

impl Sum {
    /// The sum of nothing.
    pub const fn new() -> Self {
        Self(0)
    }

    /// Adds `bytes`, read as 16-bit words in network order. Only the last
    /// slice added may have an odd length; a zero byte is thought after it.
    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        let (words, tail) = bytes.as_chunks::<4>();
        for word in words {
            self = self.u32(u32::from_be_bytes(*word));
        }
        let mut last = [0; 4];
        for (place, byte) in last.iter_mut().zip(tail) {
            *place = *byte;
        }
        self.u32(u32::from_be_bytes(last))
    }

    /// Adds one word.
    pub fn u16(self, word: u16) -> Self {
        Self(self.0.wrapping_add(word.into()))
    }

    /// Adds two words.
    pub fn u32(self, words: u32) -> Self {
        Self(self.0.wrapping_add(words.into()))
    }

    /// The sum in 16 bits.
    #[must_use]
    pub const fn folded(self) -> u16 {
        let mut sum = self.0;
        while sum > 0xffff {
            sum = (sum & 0xffff).wrapping_add(sum >> 16);
        }
        let [.., high, low] = sum.to_be_bytes();
        u16::from_be_bytes([high, low])
    }

    /// What a checksum field must hold, when it counted as zero in the sum.
    #[must_use]
    pub const fn checksum(self) -> u16 {
        !self.folded()
    }
}

/// The sum of the pseudo-header that a transport checksum starts from;
/// `length` is that of the transport header and its data.
pub fn pseudo_header(source: IpAddr, destination: IpAddr, protocol: Protocol, length: u32) -> Sum {
    address(address(Sum::new(), source), destination)
        .u16(protocol.0.into())
        .u32(length)
}

fn address(sum: Sum, address: IpAddr) -> Sum {
    match address {
        IpAddr::V4(v4) => sum.bytes(&v4.octets()),
        IpAddr::V6(v6) => sum.bytes(&v6.octets()),
    }
}

/// The checksum after one covered word went from `old` to `new`
/// (RFC 1624 §3, equation 3).
#[must_use]
pub fn updated(checksum: u16, old: u16, new: u16) -> u16 {
    Sum::new().u16(!checksum).u16(!old).u16(new).checksum()
}

/// What a captured checksum is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// It fits.
    Good,
    /// It does not fit.
    Bad {
        /// What it should have been.
        expected: u16,
    },
    /// The sender computed none (UDP, RFC 768).
    Absent,
    /// It covers only the pseudo-header, or is zero: the network card was to
    /// finish it after the packet was captured.
    Offloaded,
    /// The packet is cut short.
    Unverifiable,
}

/// Compares the checksum `found` on the wire with `sum`, which covers
/// everything but the checksum itself, `pseudo` included.
pub(crate) fn judge(found: u16, sum: Sum, pseudo: Option<Sum>) -> Verdict {
    let expected = sum.checksum();
    // 0 and 0xffff are the same number in one's complement (RFC 1624 §3).
    if found == expected || (found == 0xffff && expected == 0) {
        Verdict::Good
    } else if pseudo.map_or(found == 0, |pseudo| found == pseudo.folded()) {
        Verdict::Offloaded
    } else {
        Verdict::Bad { expected }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// RFC 1071 §4.1, word by word.
    fn by_the_book(bytes: &[u8]) -> u16 {
        let mut sum = 0u32;
        for pair in bytes.chunks(2) {
            sum += u32::from(pair[0]) << 8 | u32::from(*pair.get(1).unwrap_or(&0));
        }
        while sum >> 16 != 0 {
            sum = (sum & 0xffff) + (sum >> 16);
        }
        !u16::try_from(sum).unwrap()
    }

    proptest! {
        #[test]
        fn agrees_with_the_standard(bytes in prop::collection::vec(any::<u8>(), 0..200), at in 0..50usize) {
            prop_assert_eq!(Sum::new().bytes(&bytes).checksum(), by_the_book(&bytes));
            let (head, tail) = bytes.split_at((at * 2).min(bytes.len()) & !1);
            prop_assert_eq!(Sum::new().bytes(head).bytes(tail).checksum(), by_the_book(&bytes));
        }

        #[test]
        fn an_update_equals_a_new_sum(mut words in prop::collection::vec(any::<u16>(), 1..20), new: u16) {
            let sum = |words: &[u16]| words.iter().fold(Sum::new(), |sum, &w| sum.u16(w));
            let before = sum(&words).checksum();
            let old = core::mem::replace(&mut words[0], new);
            let kept = updated(before, old, new);
            // The two zeros may differ, their meaning does not.
            prop_assert_eq!(sum(&words).u16(kept).folded(), 0xffff);
        }
    }

    #[test]
    fn example_of_rfc_1624() {
        assert_eq!(updated(0xdd2f, 0x5555, 0x3285), 0x0000);
    }
}
