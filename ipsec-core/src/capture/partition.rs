//! The conversations of a capture, divided among several readers.
//!
//! Every reader goes through the whole file and reads the heads of every
//! frame; further it reads only the packets of its own partition. What a packet
//! of another partition may change for its own it keeps up with: fragments of
//! IP, ports to which IKE moved, and with keys the IKE SAs, for these move
//! between addresses (RFC 4555) and bring the keys of ESP.

use core::net::IpAddr;

/// One of several partitions of the conversations of a capture, by the pair of
/// their outer addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Partition {
    index: u32,
    of: u32,
}

impl Partition {
    /// All conversations.
    pub const WHOLE: Self = Self { index: 0, of: 1 };

    /// Partition number `index`, from 0, of `of`; `None` if there is no such.
    #[must_use]
    pub const fn new(index: u32, of: u32) -> Option<Self> {
        if index < of {
            Some(Self { index, of })
        } else {
            None
        }
    }

    /// Its number, from 0.
    #[must_use]
    pub const fn index(self) -> u32 {
        self.index
    }

    /// How many there are.
    #[must_use]
    pub const fn of(self) -> u32 {
        self.of
    }

    /// Whether the packets between two addresses belong to it. The order of
    /// the two does not matter.
    #[must_use]
    pub fn holds(self, (one, other): (IpAddr, IpAddr)) -> bool {
        let place = || hash(one.min(other), one.max(other)).checked_rem(self.of.into());
        self.of == 1 || place() == Some(self.index.into())
    }

    /// Whether it can be: what comes from elsewhere may not.
    #[cfg(feature = "serde")]
    pub(super) const fn exists(self) -> bool {
        self.index < self.of
    }

    /// Whether it takes care of what belongs to no conversation.
    pub(super) const fn is_first(self) -> bool {
        self.index == 0
    }
}

/// FNV-1a of 64 bits, its halves folded: the same on every machine.
fn hash(low: IpAddr, high: IpAddr) -> u64 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(FNV_PRIME);
    let address = |hash: u64, address: IpAddr| match address {
        IpAddr::V4(v4) => v4.octets().into_iter().fold(hash, step),
        IpAddr::V6(v6) => v6.octets().into_iter().fold(hash, step),
    };
    let hash = address(address(FNV_BASIS, low), high);
    hash ^ hash >> 32
}

const FNV_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0000_0100_0000_01b3;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_is_in_one_partition_whoever_sends() {
        for of in 1..9_u32 {
            let mut sizes = vec![0; usize::try_from(of).unwrap()];
            for n in 0..=255 {
                let pair: (IpAddr, IpAddr) = ([192, 0, 2, n].into(), [198, 51, 100, 1].into());
                let holders =
                    (0..of).filter(|&index| Partition::new(index, of).unwrap().holds(pair));
                let holders: Vec<u32> = holders.collect();
                assert_eq!(holders.len(), 1);
                let holder = Partition::new(holders[0], of).unwrap();
                assert!(holder.holds((pair.1, pair.0)));
                sizes[usize::try_from(holders[0]).unwrap()] += 1;
            }
            assert!(sizes.iter().all(|&size| size > 128 / of), "{sizes:?}");
        }
        assert_eq!(Partition::new(3, 3), None);
        assert_eq!(Partition::new(0, 1), Some(Partition::WHOLE));
    }
}
