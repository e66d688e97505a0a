//! The exact size of ESP packets, both ways: from inner to outer, and from a
//! captured packet to the inner sizes it can hold.
//!
//! RFC 4303 §2 (header, IV, padding to 4 bytes and to the cipher's block, two
//! bytes of trailer, check value), RFC 3948 §2.1 (UDP encapsulation), RFC 4301
//! §8.2 (path MTU). Without TFC padding and IP options.

use crate::crypto::suite::{Cipher, Mac};
use crate::keymat::protected::{Impossible, Plaintext};

/// How packets are wrapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Mode {
    /// A whole packet inside a new one (RFC 4301 §3.2).
    Tunnel,
    /// The payload of a packet behind its own IP header.
    Transport,
    /// A tunnel whose inner header both ends know and nobody sends.
    Beet,
}

/// A version of IP, for the length of its header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "IP has these two versions")]
pub enum IpVersion {
    /// A header of 20 bytes.
    V4,
    /// A header of 40 bytes.
    V6,
}

impl IpVersion {
    /// Bytes of the header, without options or extension headers.
    #[must_use]
    pub const fn header(self) -> usize {
        match self {
            Self::V4 => 20,
            Self::V6 => 40,
        }
    }
}

/// What stands around the ESP payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_structs,
    reason = "the four things that decide the length of the headers"
)]
pub struct Wrapping {
    /// Tunnel, transport or BEET.
    pub mode: Mode,
    /// Version of the packet on the wire.
    pub outer: IpVersion,
    /// Version of the packet that is protected; in transport mode the same.
    pub inner: IpVersion,
    /// In UDP, as through a NAT.
    pub udp: bool,
}

impl Wrapping {
    /// A tunnel of IPv4 in IPv4.
    pub const TUNNEL_V4: Self = Self {
        mode: Mode::Tunnel,
        outer: IpVersion::V4,
        inner: IpVersion::V4,
        udp: false,
    };

    /// The same in UDP.
    #[must_use]
    pub const fn in_udp(mut self) -> Self {
        self.udp = true;
        self
    }
}

/// What one SA adds to each packet.
///
/// ```
/// use ipsec_core::crypto::suite;
/// use ipsec_core::esp::overhead::{Overhead, Wrapping};
/// use ipsec_core::wire::registry::ike::Encryption;
/// let gcm = suite::encryption(Encryption::ENCR_AES_GCM_16).unwrap();
/// let sa = Overhead::esp(gcm, None, Wrapping::TUNNEL_V4).unwrap();
/// assert_eq!(sa.packet(1400), 1456);
/// assert_eq!(sa.inner_mtu(1500), Some(1446));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overhead {
    /// Outer header, UDP, ESP header, IV, check value.
    fixed: usize,
    /// The ciphertext is a multiple of this.
    align: usize,
    /// Bytes of the inner packet that are not sent.
    stripped: usize,
}

impl Overhead {
    /// What ESP adds with these algorithms.
    ///
    /// Returns `None` for an AEAD cipher together with an integrity algorithm.
    #[must_use]
    pub const fn esp(cipher: &Cipher, mac: Option<&Mac>, wrapping: Wrapping) -> Option<Self> {
        let mac_icv = match mac {
            Some(mac) => mac.icv,
            None => 0,
        };
        if cipher.is_aead() && mac_icv > 0 {
            return None;
        }
        let udp = if wrapping.udp { UDP_HEADER } else { 0 };
        let align = if cipher.block > ALIGN {
            cipher.block
        } else {
            ALIGN
        };
        Some(Self {
            fixed: wrapping.outer.header() + udp + ESP_HEADER + cipher.iv + cipher.icv + mac_icv,
            align,
            stripped: match wrapping.mode {
                Mode::Tunnel => 0,
                Mode::Transport | Mode::Beet => wrapping.inner.header(),
            },
        })
    }

    /// Bytes of the IP packet on the wire that protects an inner packet of
    /// `inner` bytes with the least padding.
    #[must_use]
    pub const fn packet(&self, inner: usize) -> usize {
        let plaintext = inner.saturating_sub(self.stripped).saturating_add(TRAILER);
        match plaintext.checked_next_multiple_of(self.align) {
            Some(padded) => padded.saturating_add(self.fixed),
            None => usize::MAX,
        }
    }

    /// Bytes of the largest inner packet whose protected form is not longer
    /// than `outer_mtu`; `None` when not even an empty one fits.
    #[must_use]
    pub const fn inner_mtu(&self, outer_mtu: usize) -> Option<usize> {
        let Some(room) = outer_mtu.checked_sub(self.fixed) else {
            return None;
        };
        let ciphertext = room - room % self.align;
        match ciphertext.checked_sub(TRAILER) {
            Some(payload) => Some(payload.saturating_add(self.stripped)),
            None => None,
        }
    }

    /// The largest TCP segment that passes unfragmented, without TCP options:
    /// what "MSS clamping" is set to.
    #[must_use]
    pub const fn tcp_mss(&self, outer_mtu: usize, inner: IpVersion) -> Option<usize> {
        match self.inner_mtu(outer_mtu) {
            Some(mtu) => mtu.checked_sub(inner.header() + TCP_HEADER),
            None => None,
        }
    }

    /// Bytes of inner packets that a captured packet of `packet` bytes, from
    /// its IP header on, can hold.
    ///
    /// # Errors
    ///
    /// [`Impossible`] when this SA cannot have made a packet of that length:
    /// the suite, the mode or the encapsulation is another one.
    pub fn inner_lengths(&self, packet: usize) -> Result<Plaintext, Impossible> {
        let least = self.packet(0);
        let ciphertext = packet.checked_sub(self.fixed);
        let (Some(ciphertext), true) = (ciphertext, packet >= least) else {
            return Err(Impossible::TooShort {
                need: least,
                have: packet,
            });
        };
        if !ciphertext.is_multiple_of(self.align) {
            return Err(Impossible::NotWholeBlocks {
                block: self.align,
                ciphertext,
            });
        }
        let most = ciphertext.saturating_sub(TRAILER);
        let with = |padding: usize| most.saturating_sub(padding).saturating_add(self.stripped);
        Ok(Plaintext {
            possible: with(PAD_MAX)..=with(0),
            likely: with(self.align.saturating_sub(1))..=with(0),
        })
    }
}

/// SPI and sequence number.
const ESP_HEADER: usize = 8;
/// Pad length and next header.
const TRAILER: usize = 2;
/// ESP ends on a multiple of this (RFC 4303 §2.4).
const ALIGN: usize = 4;
const UDP_HEADER: usize = 8;
const TCP_HEADER: usize = 20;
/// Bytes of padding the pad length can tell.
const PAD_MAX: usize = 255;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::suite;
    use crate::wire::registry::ike::{Encryption as E, Integrity as I};
    use proptest::prelude::*;

    fn sa(encryption: E, integrity: I, wrapping: Wrapping) -> Overhead {
        let cipher = suite::encryption(encryption).unwrap();
        Overhead::esp(cipher, suite::integrity(integrity), wrapping).unwrap()
    }

    const TUNNEL: Wrapping = Wrapping::TUNNEL_V4;

    /// Inner lengths in our captures of user traffic (ping of 84 bytes, TCP
    /// with segments up to an MTU of 1400) and the length each has outside,
    /// strongSwan 6.0.6 with its userland ESP.
    #[test]
    fn real_packets() {
        const INNER: [usize; 5] = [52, 60, 84, 660, 1400];
        let suites = [
            (
                E::ENCR_AES_CBC,
                I::AUTH_HMAC_SHA1_96,
                [120, 120, 152, 728, 1464],
            ),
            (
                E::ENCR_AES_CBC,
                I::AUTH_HMAC_SHA2_256_128,
                [124, 124, 156, 732, 1468],
            ),
            (
                E::ENCR_AES_CBC,
                I::AUTH_HMAC_SHA2_512_256,
                [140, 140, 172, 748, 1484],
            ),
            (
                E::ENCR_AES_CTR,
                I::AUTH_HMAC_SHA1_96,
                [104, 112, 136, 712, 1452],
            ),
            (E::ENCR_AES_GCM_16, I::NONE, [108, 116, 140, 716, 1456]),
            (E::ENCR_AES_CCM_8, I::NONE, [100, 108, 132, 708, 1448]),
            (
                E::ENCR_CHACHA20_POLY1305,
                I::NONE,
                [108, 116, 140, 716, 1456],
            ),
            (
                E::ENCR_BLOWFISH,
                I::AUTH_HMAC_SHA1_96,
                [104, 112, 136, 712, 1456],
            ),
            (
                E::ENCR_NULL,
                I::AUTH_HMAC_SHA1_96,
                [96, 104, 128, 704, 1444],
            ),
            (
                E::ENCR_3DES,
                I::AUTH_HMAC_MD5_96,
                [104, 112, 136, 712, 1456],
            ),
        ];
        for (encryption, integrity, outer) in suites {
            let sa = sa(encryption, integrity, TUNNEL);
            assert_eq!(INNER.map(|len| sa.packet(len)), outer, "{encryption:?}");
            for (inner, outer) in INNER.iter().zip(outer) {
                let lengths = sa.inner_lengths(outer).unwrap();
                assert!(lengths.likely.contains(inner), "{encryption:?}");
            }
        }
        let through_nat = sa(E::ENCR_AES_CBC, I::AUTH_HMAC_SHA2_256_128, TUNNEL.in_udp());
        assert_eq!(through_nat.packet(84), 164);
    }

    #[test]
    fn what_fits_in_ethernet() {
        let cbc = sa(E::ENCR_AES_CBC, I::AUTH_HMAC_SHA1_96, TUNNEL);
        assert_eq!(cbc.inner_mtu(1500), Some(1438));
        assert_eq!(cbc.tcp_mss(1500, IpVersion::V4), Some(1398));
        let six = Wrapping {
            outer: IpVersion::V6,
            inner: IpVersion::V6,
            ..TUNNEL
        };
        let six = sa(E::ENCR_AES_GCM_16, I::NONE, six);
        assert_eq!(six.inner_mtu(1500), Some(1426));
        assert_eq!(six.inner_mtu(76), Some(2));
        assert_eq!(six.inner_mtu(75), None);
        assert_eq!(six.tcp_mss(100, IpVersion::V6), None);
    }

    /// Transport mode sends the packet's own header and no second one, so it
    /// saves an inner header; so does BEET between versions.
    #[test]
    fn transport_saves_a_header() {
        let transport = Wrapping {
            mode: Mode::Transport,
            ..TUNNEL
        };
        let sa_of = |wrapping| sa(E::ENCR_AES_GCM_16, I::NONE, wrapping);
        // 20 IP, 8 ESP, 8 IV, 64 of ICMP and 2 of trailer to 68, 16 ICV.
        assert_eq!(sa_of(transport).packet(84), 120);
        assert_eq!(sa_of(TUNNEL).packet(84), 140);
        let beet = Wrapping {
            mode: Mode::Beet,
            outer: IpVersion::V4,
            inner: IpVersion::V6,
            udp: false,
        };
        assert_eq!(sa_of(beet).packet(104), 120);
    }

    #[test]
    fn lengths_of_another_suite() {
        let cbc = sa(E::ENCR_AES_CBC, I::AUTH_HMAC_SHA1_96, TUNNEL);
        assert_eq!(
            cbc.inner_lengths(153),
            Err(Impossible::NotWholeBlocks {
                block: 16,
                ciphertext: 97
            })
        );
        assert_eq!(
            cbc.inner_lengths(71),
            Err(Impossible::TooShort { need: 72, have: 71 })
        );
        assert_eq!(cbc.inner_lengths(72).unwrap().possible, 0..=14);
        let gcm = suite::encryption(E::ENCR_AES_GCM_16).unwrap();
        let sha = suite::integrity(I::AUTH_HMAC_SHA1_96);
        assert_eq!(Overhead::esp(gcm, sha, TUNNEL), None);
    }

    proptest! {
        #[test]
        fn both_ways_agree(
            inner in 40_usize..9000,
            encryption in prop::sample::select(E::ALL.to_vec()),
            integrity in prop::sample::select(I::ALL.to_vec()),
            mode in prop::sample::select(alloc::vec![Mode::Tunnel, Mode::Transport, Mode::Beet]),
            outer_six: bool, inner_six: bool, udp: bool,
        ) {
            let version = |six| if six { IpVersion::V6 } else { IpVersion::V4 };
            let wrapping = Wrapping { mode, outer: version(outer_six), inner: version(inner_six), udp };
            let Some(cipher) = suite::encryption(encryption) else { return Ok(()) };
            let Some(sa) = Overhead::esp(cipher, suite::integrity(integrity), wrapping) else { return Ok(()) };
            let packet = sa.packet(inner);
            let lengths = sa.inner_lengths(packet).unwrap();
            prop_assert!(lengths.likely.contains(&inner));
            prop_assert!(lengths.possible.contains(lengths.likely.start()));
            let mtu = sa.inner_mtu(packet).unwrap();
            prop_assert_eq!(mtu, *lengths.possible.end());
            prop_assert_eq!(sa.packet(mtu), packet);
            prop_assert!(sa.packet(mtu + 1) > packet);
        }

        #[test]
        fn no_length_panics(length in any::<usize>(), udp: bool) {
            let wrapping = Wrapping { udp, ..TUNNEL };
            let sa = sa(E::ENCR_AES_CBC, I::AUTH_HMAC_SHA1_96, wrapping);
            let _ = (sa.packet(length), sa.inner_mtu(length), sa.inner_lengths(length));
            let _ = sa.tcp_mss(length, IpVersion::V6);
        }
    }
}
