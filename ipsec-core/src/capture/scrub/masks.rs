//! Names and addresses that stand for others, the same for the same: addresses
//! for documentation (RFC 5737, RFC 3849) and for benchmarks (RFC 2544),
//! private ones for private ones (RFC 1918, RFC 4193).

use crate::sorted::{Map, Set};
use core::hash::Hasher as _;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::collections::hash_map::DefaultHasher;

/// What stands for what.
#[derive(Debug, Default)]
pub(super) struct Masks {
    /// Addresses of the capture; none of them is given to another.
    originals: Set<IpAddr>,
    addresses: Map<IpAddr, IpAddr>,
    given: Set<IpAddr>,
    macs: Map<[u8; 6], u32>,
    names: Map<Vec<u8>, usize>,
}

impl Masks {
    /// Notes an address that the capture holds.
    pub(super) fn see(&mut self, bytes: &[u8]) {
        if let Some(address) = address_of(bytes)
            && self.originals.len() < MAX_MASKED
        {
            self.originals.insert(address);
        }
    }

    /// Whether the capture holds the address that `bytes` are.
    pub(super) fn has_seen(&self, bytes: &[u8]) -> bool {
        address_of(bytes).is_some_and(|address| self.originals.contains(&address))
    }

    /// The addresses of the capture.
    pub(super) fn originals(&self) -> impl Iterator<Item = IpAddr> {
        self.originals.iter().copied()
    }

    /// The address that stands for `original`; itself if it is nobody's.
    pub(super) fn address(&mut self, original: IpAddr) -> IpAddr {
        if is_nobody(original) {
            return original;
        }
        if let Some(known) = self.addresses.get(&original) {
            return *known;
        }
        if self.addresses.len() >= MAX_MASKED {
            return candidate(original, 0);
        }
        let first = u32::try_from(self.addresses.len()).unwrap_or(0);
        let mut candidates = (first..first.saturating_add(MAX_TRIES))
            .chain(0..first)
            .map(|n| candidate(original, n));
        let free = candidates
            .find(|address| !self.originals.contains(address) && !self.given.contains(address));
        let mask = free.unwrap_or_else(|| candidate(original, 0));
        self.given.insert(mask);
        self.addresses.insert(original, mask);
        mask
    }

    /// Writes the address that stands for the one in `bytes` in its place.
    pub(super) fn mask_address(&mut self, bytes: &mut [u8]) {
        let mask = address_of(bytes).map(|original| self.address(original));
        match mask {
            Some(IpAddr::V4(mask)) => bytes.copy_from_slice(&mask.octets()),
            Some(IpAddr::V6(mask)) => bytes.copy_from_slice(&mask.octets()),
            None => bytes.fill(0),
        }
    }

    /// Writes the Ethernet address that stands for the one in `bytes`; those
    /// of groups, and the empty one, stay.
    pub(super) fn mask_mac(&mut self, bytes: &mut [u8]) {
        let Ok(original) = <[u8; 6]>::try_from(&*bytes) else {
            return bytes.fill(0);
        };
        if original == [0; 6] || original.first().is_some_and(|first| first & 1 == 1) {
            return;
        }
        let next = u32::try_from(self.macs.len()).unwrap_or(u32::MAX);
        let number = match self.macs.len() < MAX_MASKED {
            true => *self.macs.entry(original).or_insert(next),
            false => 0,
        };
        let [_, high, middle, low] = number.to_be_bytes();
        bytes.copy_from_slice(&[2, 0, 0, high, middle, low]);
    }

    /// Writes the name that stands for the one in `bytes`: as long, with its
    /// dots, hyphens and at signs.
    pub(super) fn mask_name(&mut self, bytes: &mut [u8]) {
        let next = self.names.len();
        let mut number = match self.names.get(&*bytes) {
            Some(known) => *known,
            None if next < MAX_MASKED => {
                self.names.insert(bytes.to_vec(), next);
                next
            }
            None => 0,
        };
        for byte in bytes.iter_mut().rev().filter(|byte| !b".@-".contains(byte)) {
            let letter = u8::try_from(number % 26).unwrap_or(0);
            number /= 26;
            *byte = b'a'.saturating_add(letter);
        }
    }
}

/// Overwrites what is random with zeros and, at the end, up to eight bytes by
/// which the same is still known as the same.
pub(super) fn digest(bytes: &mut [u8]) {
    if bytes.iter().all(|&byte| byte == 0) {
        return;
    }
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    let digest = hasher.finish().to_be_bytes();
    bytes.fill(0);
    for (byte, digest) in bytes.iter_mut().rev().zip(digest) {
        *byte = digest;
    }
}

fn address_of(bytes: &[u8]) -> Option<IpAddr> {
    let v4 = || <[u8; 4]>::try_from(bytes).ok().map(IpAddr::from);
    let v6 = || <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from);
    v4().or_else(v6)
}

/// An address that names no host.
fn is_nobody(address: IpAddr) -> bool {
    let everybody = matches!(address, IpAddr::V4(v4) if v4.is_broadcast());
    everybody || address.is_unspecified() || address.is_loopback() || address.is_multicast()
}

/// Address number `n` of the same kind as `original`.
fn candidate(original: IpAddr, n: u32) -> IpAddr {
    match original {
        IpAddr::V4(v4) => {
            let [.., last] = v4.octets();
            let host = match last {
                255 => 255,
                _ => u8::try_from(n % 254).unwrap_or(0).saturating_add(1),
            };
            let [_, _, high, low] = (n / 254).to_be_bytes();
            let net = match (v4.is_private(), v4.is_link_local(), n / 254) {
                (true, ..) => [10, high, low],
                (false, true, _) => [169, 254, low],
                (false, false, 0) => [192, 0, 2],
                (false, false, 1) => [198, 51, 100],
                (false, false, 2) => [203, 0, 113],
                (false, false, _) => [198, 18 | high & 1, low],
            };
            let [a, b, c] = net;
            Ipv4Addr::new(a, b, c, host).into()
        }
        IpAddr::V6(v6) => {
            let net: u128 = match (v6.is_unique_local(), v6.is_unicast_link_local()) {
                (true, _) => 0xfd00 << 112,
                (false, true) => 0xfe80 << 112,
                (false, false) => 0x2001_0db8 << 96,
            };
            Ipv6Addr::from(net | u128::from(n).saturating_add(1)).into()
        }
    }
}

/// Addresses, Ethernet addresses and names of each kind that are told apart.
const MAX_MASKED: usize = 1 << 20;

/// Addresses that are tried to stand for another.
const MAX_TRIES: u32 = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    fn mask(masks: &mut Masks, address: &str) -> String {
        masks.address(address.parse().unwrap()).to_string()
    }

    #[test]
    fn the_same_stands_for_the_same_and_nothing_for_itself() {
        let mut masks = Masks::default();
        masks.see(&[192, 0, 2, 1]);
        masks.see(&[8, 8, 8, 8]);
        assert_eq!(mask(&mut masks, "192.0.2.1"), "192.0.2.2");
        assert_eq!(mask(&mut masks, "8.8.8.8"), "192.0.2.3");
        assert_eq!(mask(&mut masks, "192.0.2.1"), "192.0.2.2");
        assert_eq!(mask(&mut masks, "10.1.2.3"), "10.0.0.3");
        assert_eq!(mask(&mut masks, "10.1.2.255"), "10.0.0.255");
        assert_eq!(mask(&mut masks, "fe80::77"), "fe80::5");
        assert_eq!(mask(&mut masks, "2a00::77"), "2001:db8::6");
        for nobody in ["0.0.0.0", "255.255.255.255", "224.0.0.1", "ff02::1"] {
            assert_eq!(mask(&mut masks, nobody), nobody);
        }
    }

    #[test]
    fn a_thousand_addresses_stay_apart() {
        let mut masks = Masks::default();
        let all = (0..2000_u32).map(|n| IpAddr::from(Ipv4Addr::from(0x0800_0000 + n * 7)));
        let given: Set<IpAddr> = all.map(|address| masks.address(address)).collect();
        assert_eq!(given.len(), 2000);
    }

    #[test]
    fn names_keep_their_form() {
        let mut masks = Masks::default();
        let mut name = |name: &str| {
            let mut bytes = name.as_bytes().to_vec();
            masks.mask_name(&mut bytes);
            String::from_utf8(bytes).unwrap()
        };
        assert_eq!(name("gw.example.org"), "aa.aaaaaaa.aaa");
        assert_eq!(name("me@example.org"), "aa@aaaaaaa.aab");
        assert_eq!(name("gw.example.org"), "aa.aaaaaaa.aaa");
    }

    #[test]
    fn what_is_random_leaves_eight_bytes_at_most() {
        let of = |bytes: &[u8]| {
            let mut bytes = bytes.to_vec();
            digest(&mut bytes);
            bytes
        };
        assert_eq!(of(&[0; 20]), [0; 20]);
        let (one, other) = (of(&[7; 20]), of(&[8; 20]));
        assert_eq!(one[..12], [0; 12]);
        assert_ne!(one, other);
        assert_eq!(one, of(&[7; 20]));
        assert_eq!(of(&[7; 3]).len(), 3);
    }
}
