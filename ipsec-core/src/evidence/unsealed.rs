//! Facts that keys bring to light: what was opened, what did not open and why,
//! and which values were recomputed and held against those on the wire.

use super::{Occurrence, Place};
use crate::wire::registry::ike::CertEncoding;
use alloc::string::String;
use alloc::vec::Vec;
use core::net::IpAddr;
use core::ops::RangeInclusive;

/// What the keys at hand made of an encrypted part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Unsealing {
    /// None of them is for its SA.
    NoKey,
    /// It is open; the check value was right.
    Verified,
    /// It is open and makes sense, but it has no check value, or no key for
    /// it is known.
    Unchecked,
    /// There is a key, and yet it stays closed.
    Failed(UnsealFault),
}

impl Unsealing {
    /// Its content can be read.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Verified | Self::Unchecked)
    }
}

/// Why an encrypted part stays closed although there is a key for its SA.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum UnsealFault {
    /// The key has not opened anything of this SA: it is of another SA, or
    /// the two ends do not have the same one.
    WrongKey,
    /// The key opens other packets of the SA, but the check value of this one
    /// is wrong: it was changed or forged.
    WrongIcv,
    /// The check value is right, but what was decrypted does not end in
    /// padding (RFC 4303 §2.4, RFC 7296 §3.14).
    WrongPadding,
    /// The length is impossible for the algorithms of the SA, or the snap
    /// length cut the packet.
    Length,
    /// An algorithm of the SA is not served by the provider, or its name is
    /// not known.
    Unsupported,
}

impl core::fmt::Display for UnsealFault {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::WrongKey => "the key does not fit",
            Self::WrongIcv => "the check value is wrong",
            Self::WrongPadding => "the padding is wrong",
            Self::Length => "the packet was cut, or its length is impossible",
            Self::Unsupported => "an algorithm is not supported",
        })
    }
}

/// How many packets of a flow the keys at hand opened.
#[derive(Clone, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Opening {
    /// Packets without a key.
    pub no_key: u64,
    /// Opened, check value right.
    pub verified: u64,
    /// Opened, without a check value or a key for it.
    pub unchecked: u64,
    /// The key does not fit ([`UnsealFault::WrongKey`]).
    pub wrong_key: Occurrence,
    /// The check value is wrong ([`UnsealFault::WrongIcv`]).
    pub wrong_icv: Occurrence,
    /// The padding is wrong ([`UnsealFault::WrongPadding`]).
    pub wrong_padding: Occurrence,
    /// Impossible length or unsupported algorithm.
    pub other: Occurrence,
    /// The keys were derived from those of the IKE SA: the KEYMAT is the one
    /// that is used.
    pub derived: bool,
    /// The sequence numbers have 64 bits.
    pub extended_sequence: bool,
    /// Without any integrity protection.
    pub without_integrity: bool,
    /// Packets that carry a whole IP packet: tunnel mode.
    pub tunnelled: u64,
    /// What was inside, by addresses and protocol.
    pub inner: Vec<InnerFlow>,
}

impl Opening {
    /// Packets whose content can be read.
    #[must_use]
    pub const fn opened(&self) -> u64 {
        self.verified.saturating_add(self.unchecked)
    }

    /// Packets that stay closed although there is a key.
    #[must_use]
    pub const fn failed(&self) -> u64 {
        self.wrong_key
            .count
            .saturating_add(self.wrong_icv.count)
            .saturating_add(self.wrong_padding.count)
            .saturating_add(self.other.count)
    }
}

/// Packets that came out of an ESP or AH flow, from one address to another.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct InnerFlow {
    /// Sender; the outer one in transport mode.
    pub source: IpAddr,
    /// Receiver; the outer one in transport mode.
    pub destination: IpAddr,
    /// IP protocol.
    pub protocol: u8,
    /// Number of packets.
    pub packets: u64,
    /// Bytes of all of them, from the inner IP header on.
    pub bytes: u64,
    /// Number of the first packet.
    pub first: u64,
    /// ICMP echo requests or replies among them.
    pub echo: Option<super::Echo>,
}

impl InnerFlow {
    /// The flow that begins with packet `first`.
    #[must_use]
    pub const fn new(source: IpAddr, destination: IpAddr, protocol: u8, first: u64) -> Self {
        Self {
            source,
            destination,
            protocol,
            packets: 0,
            bytes: 0,
            first,
            echo: None,
        }
    }
}

/// A value that was recomputed and held against the one on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Proof {
    /// What it is.
    pub of: Proven,
    /// The end that opened the IKE SA has made it.
    pub by_initiator: bool,
    /// How it came out.
    pub verdict: Verdict,
    /// The pre-shared keys that were tried for it.
    pub tried: Option<Tried>,
    /// Where the value stands.
    pub place: Place,
}

impl Proof {
    /// A recomputed value.
    #[must_use]
    pub const fn new(of: Proven, by_initiator: bool, verdict: Verdict, place: Place) -> Self {
        Self {
            of,
            by_initiator,
            verdict,
            tried: None,
            place,
        }
    }
}

/// What can be recomputed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Proven {
    /// `HASH_I` or `HASH_R` of IKEv1 (RFC 2409 §5).
    Identity,
    /// A signature over `HASH_I` or `HASH_R` (RFC 2409 §5.1).
    IdentitySignature,
    /// `HASH(1)`, `HASH(2)` or `HASH(3)` of quick mode; the only hash of an
    /// informational or transaction exchange is `HASH(1)` (RFC 2409 §5.5, §5.7).
    Hash(u8),
    /// AUTH by a shared key (RFC 7296 §2.15).
    SharedKeyAuth,
    /// AUTH by a signature (RFC 7296 §2.15, RFC 7427).
    SignatureAuth,
    /// NULL authentication (RFC 7619).
    NullAuth,
    /// `PSK` alone: candidates against `SKEYID`, whatever message it came from.
    PresharedKey,
}

impl core::fmt::Display for Proven {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Identity => f.write_str("HASH_I/HASH_R"),
            Self::IdentitySignature => f.write_str("SIG_I/SIG_R"),
            Self::Hash(number) => write!(f, "HASH({number})"),
            Self::SharedKeyAuth => f.write_str("AUTH by shared key"),
            Self::SignatureAuth => f.write_str("AUTH by signature"),
            Self::NullAuth => f.write_str("NULL AUTH"),
            Self::PresharedKey => f.write_str("pre-shared key"),
        }
    }
}

/// How a recomputed value compares with the one on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[expect(clippy::exhaustive_enums, reason = "right, wrong, or not decided")]
pub enum Verdict {
    /// They are the same.
    Holds,
    /// They differ.
    Fails,
    /// It could not be recomputed, and why.
    Open(String),
}

/// Candidate pre-shared keys that were tried.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[expect(clippy::exhaustive_structs, reason = "how many, and which fits")]
pub struct Tried {
    /// How many.
    pub candidates: usize,
    /// Name of the one that fits: where it came from, never the key.
    pub fits: Option<String>,
}

/// A certificate that a peer sent.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Certificate {
    /// How it is encoded.
    pub encoding: CertEncoding,
    /// What could be read of it; `None` where it is no X.509 certificate.
    pub x509: Option<X509>,
    /// Where it stands.
    pub place: Place,
}

impl Certificate {
    /// A certificate that has not been read.
    #[must_use]
    pub const fn new(encoding: CertEncoding, place: Place) -> Self {
        Self {
            encoding,
            x509: None,
            place,
        }
    }
}

/// The contents of an X.509 certificate that decide whether it is accepted
/// (RFC 5280).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct X509 {
    /// Subject, as the field writes names: `C=CH, O=Example, CN=gw`.
    pub subject: String,
    /// Issuer.
    pub issuer: String,
    /// Serial number in hexadecimal.
    pub serial: String,
    /// Valid from, in seconds since 1970 UTC.
    pub not_before: u64,
    /// Valid until, in seconds since 1970 UTC.
    pub not_after: u64,
    /// Subject alternative names, with their kinds: `DNS:gw.example`.
    pub names: Vec<String>,
    /// It may sign certificates.
    pub is_ca: bool,
    /// Kind and size of its key: `RSA-2048`.
    pub key: String,
    /// Algorithm of its signature.
    pub signature: String,
    /// What is wrong with it or with the path above it, held against the
    /// clock of the capture.
    pub faults: Vec<CertificateFault>,
}

/// What is wrong with a certificate (RFC 5280 §6, RFC 4945).
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum CertificateFault {
    /// Its time was over, by the clock of the capture.
    Expired,
    /// Its time had not come, by the clock of the capture.
    NotYetValid,
    /// Its issuer is not among the certificates at hand, though trust anchors
    /// were given.
    UnknownIssuer,
    /// Its issuer is not among the certificates at hand, and no trust anchors
    /// were given: nothing follows.
    IssuerNotSeen,
    /// The issuer's key did not make its signature.
    BadSignature,
    /// A revocation list names it; since when, in seconds since 1970 UTC.
    Revoked(u64),
    /// It does not carry the identity that its owner claims.
    OtherIdentity(String),
    /// The certificate of an issuer above it is out of date, not yet valid or
    /// revoked, in words.
    IssuerInvalid(String),
    /// Its issuer may not sign certificates.
    IssuerNotCa,
    /// Its extensions forbid authenticating an end of a tunnel with it.
    KeyUsage,
    /// Its signature or key is of a kind that many peers refuse.
    Weak(String),
    /// Something else, in words.
    Other(String),
}

/// A set of packets that an SA is for (RFC 7296 §3.13, RFC 2409 §5.5 identities).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[expect(
    clippy::exhaustive_structs,
    reason = "a selector is these three things"
)]
pub struct Selector {
    /// First and last address; each may be the same.
    pub addresses: (IpAddr, IpAddr),
    /// IP protocol; 0 for any.
    pub protocol: u8,
    /// First and last port, `0..=65535` for all.
    pub ports: (u16, u16),
}

impl Selector {
    /// The addresses of a selector as a range.
    #[must_use]
    pub const fn range(&self) -> RangeInclusive<IpAddr> {
        RangeInclusive::new(self.addresses.0, self.addresses.1)
    }

    /// Some packet fits both.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        let protocols =
            self.protocol == 0 || other.protocol == 0 || self.protocol == other.protocol;
        let ports = self.ports.0 <= other.ports.1 && other.ports.0 <= self.ports.1;
        let same_family = self.addresses.0.is_ipv4() == other.addresses.0.is_ipv4();
        let addresses =
            self.addresses.0 <= other.addresses.1 && other.addresses.0 <= self.addresses.1;
        protocols && ports && same_family && addresses
    }
}

impl core::fmt::Display for Selector {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let (first, last) = self.addresses;
        match prefix_len(first, last) {
            Some(len) => write!(f, "{first}/{len}")?,
            None => write!(f, "{first}-{last}")?,
        }
        if self.protocol != 0 {
            write!(f, " protocol {}", self.protocol)?;
        }
        match self.ports {
            (0, u16::MAX) => Ok(()),
            (first, last) if first == last => write!(f, " port {first}"),
            (first, last) => write!(f, " ports {first}-{last}"),
        }
    }
}

/// Length of the prefix that has exactly these first and last addresses.
fn prefix_len(first: IpAddr, last: IpAddr) -> Option<u32> {
    let (first, last, bits) = match (first, last) {
        (IpAddr::V4(first), IpAddr::V4(last)) => {
            (first.to_bits().into(), last.to_bits().into(), 32)
        }
        (IpAddr::V6(first), IpAddr::V6(last)) => (first.to_bits(), last.to_bits(), 128),
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => return None,
    };
    let host: u128 = first ^ last;
    let is_prefix = host & host.wrapping_add(1) == 0 && first & host == 0;
    let host_bits = u128::BITS.saturating_sub(host.leading_zeros());
    is_prefix.then(|| u32::saturating_sub(bits, host_bits))
}

/// The two sides of the traffic that an exchange speaks of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[expect(clippy::exhaustive_structs, reason = "an SA has two sides")]
pub struct Selectors {
    /// TSi, IDci: the side of the exchange's initiator.
    pub initiator: Vec<Selector>,
    /// TSr, IDcr: the side of its responder.
    pub responder: Vec<Selector>,
    /// Where the first of them stands.
    pub place: Place,
}

/// An EAP message (RFC 3748 §4), or the XAUTH of IKEv1 that came before it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[expect(clippy::exhaustive_enums, reason = "the codes of the two protocols")]
pub enum UserAuth {
    /// EAP request, with the name of the method.
    EapRequest(String),
    /// EAP response, with the name of the method.
    EapResponse(String),
    /// EAP success.
    EapSuccess,
    /// EAP failure.
    EapFailure,
    /// XAUTH asks for these attributes.
    XauthRequest(Vec<String>),
    /// XAUTH answers, with these attributes (never their values).
    XauthReply(Vec<String>),
    /// XAUTH status: accepted or refused.
    XauthStatus(bool),
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString as _;

    fn selector(first: &str, last: &str) -> Selector {
        Selector {
            addresses: (first.parse().unwrap(), last.parse().unwrap()),
            protocol: 0,
            ports: (0, u16::MAX),
        }
    }

    #[test]
    fn selectors_are_written_as_prefixes_where_they_are() {
        assert_eq!(
            selector("10.1.0.0", "10.1.0.255").to_string(),
            "10.1.0.0/24"
        );
        assert_eq!(selector("10.1.0.7", "10.1.0.7").to_string(), "10.1.0.7/32");
        assert_eq!(
            selector("0.0.0.0", "255.255.255.255").to_string(),
            "0.0.0.0/0"
        );
        assert_eq!(
            selector("10.1.0.1", "10.1.0.2").to_string(),
            "10.1.0.1-10.1.0.2"
        );
        assert_eq!(
            selector("10.1.0.1", "10.1.1.0").to_string(),
            "10.1.0.1-10.1.1.0"
        );
        assert_eq!(
            selector("::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff").to_string(),
            "::/0"
        );
        let mut one = selector("10.1.0.0", "10.1.0.255");
        (one.protocol, one.ports) = (17, (1701, 1701));
        assert_eq!(one.to_string(), "10.1.0.0/24 protocol 17 port 1701");
    }

    #[test]
    fn selectors_meet() {
        let net = selector("10.1.0.0", "10.1.0.255");
        assert!(net.meets(&selector("10.1.0.9", "10.1.0.9")));
        assert!(!net.meets(&selector("10.2.0.0", "10.2.0.255")));
        assert!(!net.meets(&selector("::", "ffff::")));
        let mut udp = net.clone();
        udp.protocol = 17;
        let mut tcp = net.clone();
        tcp.protocol = 6;
        assert!(net.meets(&udp) && !udp.meets(&tcp));
    }
}
