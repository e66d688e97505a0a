//! What lengths and counters alone tell of packets: which transforms make an
//! ESP packet of this length, which inner packet fits in it, how a host counts
//! its IP packets.
//!
//! ESP (RFC 4303 §2): header of 8 bytes, IV, ciphertext in whole blocks with 2
//! bytes of trailer, check value. AH (RFC 4302 §2): 12 bytes and a check value.

use crate::evidence::PacketOutline;
use crate::sorted;
use alloc::vec::Vec;

/// What ESP adds to a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    /// What has this shape.
    pub(super) name: &'static str,
    iv: usize,
    block: usize,
    /// Bytes of the check value.
    pub(super) icv: usize,
}

impl Shape {
    /// Bytes from the ESP header on that protect `inner` bytes.
    pub(super) fn outer(&self, inner: usize) -> usize {
        let padded = inner.saturating_add(TRAILER).next_multiple_of(self.block);
        let fixed = ESP_HEADER.saturating_add(self.iv).saturating_add(self.icv);
        padded.saturating_add(fixed)
    }

    /// Makes a packet of `outer` bytes out of an inner one of at least `least`.
    pub(super) fn fits(&self, outer: usize, least: usize) -> bool {
        let fixed = ESP_HEADER.saturating_add(self.iv).saturating_add(self.icv);
        let ciphertext = outer.checked_sub(fixed);
        ciphertext.is_some_and(|len| len.is_multiple_of(self.block)) && outer >= self.outer(least)
    }
}

/// The shapes that every one of `lens` fits, in a tunnel.
pub(super) fn fitting(lens: &[usize]) -> Vec<Shape> {
    let all = SHAPES.iter().filter(|shape| {
        let mut lens = lens.iter();
        lens.all(|len| shape.fits(*len, INNER_MIN))
    });
    all.copied().collect()
}

/// The shapes that make exactly `lens` of inner packets of the lengths `inner`,
/// in whatever order.
pub(super) fn making(lens: &[usize], inner: &[usize]) -> Vec<Shape> {
    let mut lens = lens.to_vec();
    sorted::sort(&mut lens);
    let all = SHAPES.iter().filter(|shape| {
        let mut made: Vec<usize> = inner.iter().map(|len| shape.outer(*len)).collect();
        sorted::sort(&mut made);
        made == lens
    });
    all.copied().collect()
}

/// Bytes of the packet inside an AH packet of `len` bytes with a check value of
/// 96 bits, if it is a tunnel.
pub(super) const fn inside_ah(len: usize) -> Option<usize> {
    len.checked_sub(AH_96)
}

/// Steps of a host's counter of packets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Steps {
    /// Pairs of packets between which it grows by one with its bytes swapped.
    pub(super) swapped: usize,
    /// Pairs between which it grows by a few as it stands.
    pub(super) plain: usize,
}

/// How the IP identification of successive packets grows.
pub(super) fn steps(ids: &[u16]) -> Steps {
    let mut steps = Steps::default();
    for pair in ids.windows(2) {
        let (Some(a), Some(b)) = (pair.first(), pair.last()) else {
            continue;
        };
        let swapped = b.swap_bytes().wrapping_sub(a.swap_bytes());
        let plain = b.wrapping_sub(*a);
        steps.swapped = steps.swapped.saturating_add((swapped == 1).into());
        steps.plain = steps
            .plain
            .saturating_add((1..=FEW).contains(&plain).into());
    }
    steps
}

/// `shown` is `expected` with a digit missing.
pub(super) fn lost_digit(shown: u16, expected: u16) -> bool {
    let (mut one, mut ten) = (u32::from(expected), 1_u32);
    while one > 0 {
        let (above, below) = (one / 10, u32::from(expected) % ten);
        if above.saturating_mul(ten).saturating_add(below) == u32::from(shown) {
            return true;
        }
        (one, ten) = (above, ten.saturating_mul(10));
    }
    // The last digits may be rounded or misread.
    let (mut shown, mut expected) = (shown, expected / 10);
    if shown.abs_diff(expected) > 1 {
        return false;
    }
    (shown, expected) = (shown / 10, expected / 10);
    shown == expected && shown > 0
}

/// Bytes of the packet that a TCP segment of `outline` is, with a header of 20
/// bytes; 4 more for the segment size that comes with a SYN.
pub(super) fn segment(outline: &PacketOutline) -> Option<usize> {
    let tcp = outline.tcp?;
    let options = if tcp.syn { MSS_OPTION } else { 0 };
    Some(
        outline
            .payload_len?
            .saturating_add(TCP_IP)
            .saturating_add(options),
    )
}

/// Body of an IKE message of `len` bytes whose encryption has whole blocks of
/// eight bytes at least.
pub(super) const fn may_be_encrypted(len: usize) -> bool {
    match len.checked_sub(ISAKMP_HEADER) {
        Some(body) => body > 0 && body.is_multiple_of(SMALLEST_BLOCK),
        None => false,
    }
}

/// Ciphers and check values that RFC 8221, RFC 2406 and their forebears know,
/// by shape.
pub(super) const SHAPES: [Shape; 17] = {
    const CBC64: &str = "a cipher with blocks of 64 bits (DES, 3DES, Blowfish, CAST)";
    const CBC128: &str = "AES-CBC";
    const STREAM: &str = "AES-CTR";
    const AEAD: &str = "AES-GCM, AES-CCM or ChaCha20-Poly1305";
    const NULL: &str = "no encryption (NULL)";
    [
        shape(CBC64, 8, 8, 0),
        shape(CBC64, 8, 8, 12),
        shape(CBC64, 8, 8, 16),
        shape(CBC64, 8, 8, 24),
        shape(CBC64, 8, 8, 32),
        shape(CBC128, 16, 16, 0),
        shape(CBC128, 16, 16, 12),
        shape(CBC128, 16, 16, 16),
        shape(CBC128, 16, 16, 24),
        shape(CBC128, 16, 16, 32),
        shape(STREAM, 8, 4, 12),
        shape(STREAM, 8, 4, 16),
        shape(AEAD, 8, 4, 8),
        shape(AEAD, 8, 4, 12),
        shape(AEAD, 8, 4, 16),
        shape(NULL, 0, 4, 12),
        shape(NULL, 0, 4, 16),
    ]
};

const fn shape(name: &'static str, iv: usize, block: usize, icv: usize) -> Shape {
    Shape {
        name,
        iv,
        block,
        icv,
    }
}

const ESP_HEADER: usize = 8;
const TRAILER: usize = 2;

/// AH with a check value of 96 bits.
pub(super) const AH_96: usize = 24;

/// Bytes of the smallest inner packet that is not rare: TCP without data.
const INNER_MIN: usize = TCP_IP;

const TCP_IP: usize = 40;
const MSS_OPTION: usize = 4;

/// Header of an ISAKMP message (RFC 2408 §3.1).
pub(super) const ISAKMP_HEADER: usize = 28;

/// Block of DES, the smallest of any cipher of IKEv1.
pub(super) const SMALLEST_BLOCK: usize = 8;

/// A host that sends little else grows its counter by no more between packets.
const FEW: u16 = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_of_one_session_leave_one_shape() {
        let inner = [65, 70, 54, 101, 44, 44];
        let lens = [88, 88, 72, 120, 64, 64];
        let left = making(&lens, &inner);
        assert_eq!(left.len(), 1);
        assert_eq!(left[0].icv, 0);
        let with_check = inner.map(|len| SHAPES[1].outer(len));
        assert_eq!(making(&with_check, &inner), [SHAPES[1]]);
    }

    #[test]
    fn without_inner_sizes_null_is_left_too() {
        let left = fitting(&[88, 88, 72, 120, 64, 64]);
        assert!(
            left.iter()
                .all(|shape| shape.icv == 0 || shape.name.contains("NULL"))
        );
        assert!(fitting(&[152, 136]).len() > 3);
        assert!(fitting(&[9]).is_empty());
    }

    #[test]
    fn counters_of_either_order() {
        let swapped = steps(&[65_025, 65_281, 2]);
        assert_eq!((swapped.swapped, swapped.plain), (2, 0));
        let plain = steps(&[65_530, 65_534, 3, 5]);
        assert_eq!((plain.swapped, plain.plain), (0, 3));
        assert_eq!(steps(&[1]), Steps::default());
    }

    #[test]
    fn a_digit_less() {
        assert!(lost_digit(1126, 11_265) && lost_digit(1165, 11_265));
        assert!(lost_digit(3958, 39_579));
        assert!(!lost_digit(1126, 21_265) && !lost_digit(11_265, 11_265));
        assert!(!lost_digit(0, 0));
    }

    #[test]
    fn bodies_in_whole_blocks() {
        assert!(may_be_encrypted(100) && !may_be_encrypted(838));
        assert!(!may_be_encrypted(28) && !may_be_encrypted(0));
    }
}
