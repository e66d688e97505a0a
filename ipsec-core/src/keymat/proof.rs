//! NAT detection hashes, recomputed and compared.
//!
//! RFC 7296 §2.23: SHA-1(SPIi | SPIr | address | port), the SPIs as they stand
//! in the header of the message, so the responder's is zero in a first
//! request. RFC 3947 §3.2: HASH(CKY-I | CKY-R | address | port) with the hash
//! of the phase 1 proposal. The drafts before RFC 3947 hash the same.

use crate::crypto::{CryptoProvider, Digest, Hash};
use crate::wire::registry::isakmp;
use core::net::{IpAddr, SocketAddr};

/// The NAT detection hash of one message: everything but the endpoint.
///
/// ```
/// # #[cfg(feature = "rustcrypto")] {
/// use ipsec_core::{crypto::rustcrypto, keymat::proof::NatHash};
/// let nat = NatHash::ikev2(rustcrypto::provider(), [1; 8], [0; 8]).unwrap();
/// let sent = nat.compute("192.0.2.10:500".parse().unwrap());
/// assert!(nat.matches(sent.as_bytes(), "192.0.2.10:500".parse().unwrap()));
/// assert!(!nat.matches(sent.as_bytes(), "203.0.113.1:500".parse().unwrap()));
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct NatHash {
    hash: &'static dyn Hash,
    spi_i: [u8; 8],
    spi_r: [u8; 8],
}

impl NatHash {
    /// The hash of an IKEv2 message with these SPIs in its header.
    ///
    /// Returns `None` when the provider has no SHA-1.
    #[must_use]
    pub fn ikev2(provider: &CryptoProvider, spi_i: [u8; 8], spi_r: [u8; 8]) -> Option<Self> {
        Self::ikev1(provider, isakmp::Hash::SHA, spi_i, spi_r)
    }

    /// The hash of an IKEv1 message with these cookies, where phase 1
    /// negotiated `hash`.
    ///
    /// Returns `None` when the provider has no such hash.
    #[must_use]
    pub fn ikev1(
        provider: &CryptoProvider,
        hash: isakmp::Hash,
        cky_i: [u8; 8],
        cky_r: [u8; 8],
    ) -> Option<Self> {
        let hash = provider.ikev1_hash(hash)?;
        Some(Self {
            hash,
            spi_i: cky_i,
            spi_r: cky_r,
        })
    }

    /// The hashes that an IKEv1 NAT-D payload of `len` bytes can be, for when
    /// the negotiated hash was not seen.
    pub fn ikev1_by_length(
        provider: &CryptoProvider,
        len: usize,
        cky_i: [u8; 8],
        cky_r: [u8; 8],
    ) -> impl Iterator<Item = Self> {
        provider
            .hashes
            .iter()
            .copied()
            .filter(move |hash| hash.ikev1().is_some() && hash.output_len() == len)
            .map(move |hash| Self {
                hash,
                spi_i: cky_i,
                spi_r: cky_r,
            })
    }

    /// The hash function used.
    #[must_use]
    pub const fn hash(&self) -> &'static dyn Hash {
        self.hash
    }

    /// The hash of `endpoint`, as its owner would send it.
    #[must_use]
    pub fn compute(&self, endpoint: SocketAddr) -> Digest {
        let port = endpoint.port().to_be_bytes();
        let digest = |address: &[u8]| {
            self.hash
                .digest(&[&self.spi_i, &self.spi_r, address, &port])
        };
        match endpoint.ip() {
            IpAddr::V4(address) => digest(&address.octets()),
            IpAddr::V6(address) => digest(&address.octets()),
        }
    }

    /// Whether `claimed`, off the wire, is the hash of `endpoint`.
    #[must_use]
    pub fn matches(&self, claimed: &[u8], endpoint: SocketAddr) -> bool {
        self.compute(endpoint).as_bytes() == claimed
    }

    /// The first of `candidates` that `claimed` is the hash of: which address
    /// and port the sender had before translation.
    pub fn find(
        &self,
        claimed: &[u8],
        candidates: impl IntoIterator<Item = SocketAddr>,
    ) -> Option<SocketAddr> {
        candidates
            .into_iter()
            .find(|candidate| self.matches(claimed, *candidate))
    }
}

#[cfg(feature = "rustcrypto")]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::rustcrypto::provider;
    use alloc::vec::Vec;

    fn endpoint(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    fn hex(text: &str) -> Vec<u8> {
        (0..text.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
            .collect()
    }

    const A: &str = "192.0.2.10:500";
    const B: &str = "198.51.100.20:500";

    /// strongSwan 6.0.6 on both ends, nothing in between:
    ///
    ///     A -> B  HDR(SPIi, 0), SAi1, KEi, Ni, N(source A), N(destination B)
    ///     A <- B  HDR(SPIi, SPIr), SAr1, KEr, Nr, N(source B), N(destination A)
    #[test]
    fn ikev2_without_nat() {
        let spi_i = 0x9bba_686b_9e23_073a_u64.to_be_bytes();
        let spi_r = 0xcdb3_3b6e_79e0_2b1c_u64.to_be_bytes();
        let request = NatHash::ikev2(provider(), spi_i, [0; 8]).unwrap();
        assert!(request.matches(
            &hex("ed45c017951fdb059695f18d956ee79f3c9823f5"),
            endpoint(A)
        ));
        assert!(request.matches(
            &hex("894cac8aa868f3c34d598f92b89afddb027fa347"),
            endpoint(B)
        ));
        let response = NatHash::ikev2(provider(), spi_i, spi_r).unwrap();
        assert!(response.matches(
            &hex("8c2088e1ec362eb0d348c109cddfd85e9c5f5ca5"),
            endpoint(B)
        ));
        assert!(response.matches(
            &hex("3afc90bb922eda6449979a775cab71504406de29"),
            endpoint(A)
        ));
    }

    /// strongSwan 6.0.6, IKEv1 main mode with SHA2-256; A sits behind a NAT
    /// that B sees as 198.51.100.1:
    ///
    ///     A -> B  HDR, KE, Ni, NAT-D(B), NAT-D(A)
    ///     A <- B  HDR, KE, Nr, NAT-D(198.51.100.1), NAT-D(B)
    #[test]
    fn ikev1_through_nat() {
        let cky_i = 0x1725_de89_3b48_1039_u64.to_be_bytes();
        let cky_r = 0xe737_2748_eb6a_e3a5_u64.to_be_bytes();
        let of_peer = hex("9df613010740a7e517b63ca040308c7ab10d4d859988b10264c4f17092e11491");
        let of_self = hex("cb142f8e803707e7e3f87ad0dfb081f3d9470d38b9c7f9adb6017c5bf45938f0");
        let seen_by_b = hex("44d6f909f867e3dd5df511ff449f96ec3d89f9db06a92759a129f3144716dcf7");

        let candidates: Vec<_> = NatHash::ikev1_by_length(provider(), 32, cky_i, cky_r).collect();
        assert_eq!(candidates.len(), 1);
        let nat = candidates[0];
        assert_eq!(nat.hash().name(), "SHA2-256");
        assert!(nat.matches(&of_peer, endpoint(B)));
        assert!(nat.matches(&of_self, endpoint(A)));
        assert!(!nat.matches(&seen_by_b, endpoint(A)), "translated");
        let outside = [A, B, "198.51.100.1:4500", "198.51.100.1:500"].map(endpoint);
        assert_eq!(nat.find(&seen_by_b, outside), Some(outside[3]));
        assert_eq!(nat.find(&of_self[1..], outside), None);
    }

    /// Twenty bytes are SHA-1; no hash of IKEv1 has 19.
    #[test]
    fn lengths_tell_the_hash() {
        let names = |len| -> Vec<_> {
            NatHash::ikev1_by_length(provider(), len, [1; 8], [2; 8])
                .map(|nat| nat.hash().name())
                .collect()
        };
        assert_eq!(names(16), ["MD5"]);
        assert_eq!(names(20), ["SHA-1"]);
        assert!(names(19).is_empty());
    }

    #[test]
    fn ipv6_hashes_sixteen_bytes() {
        let nat = NatHash::ikev2(provider(), [1; 8], [2; 8]).unwrap();
        let six = endpoint("[2001:db8::1]:4500");
        let digest = nat.compute(six);
        let IpAddr::V6(address) = six.ip() else {
            unreachable!()
        };
        let whole = [
            &[1; 8][..],
            &[2; 8],
            &address.octets(),
            &4500_u16.to_be_bytes(),
        ]
        .concat();
        assert_eq!(digest, nat.hash().digest(&[&whole]));
    }
}
