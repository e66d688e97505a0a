//! Vendor IDs (RFC 2408 §3.16, RFC 7296 §3.12): which implementation sent
//! them and what they say it can do.
//!
//! A vendor ID is free-form, but most are the MD5 of a string its maker
//! published, some are that string itself, and a few are followed by a
//! version. Looking one up is a binary search and allocates nothing.

use super::tree::escaped;
use alloc::format;
use alloc::string::{String, ToString};
use core::fmt::Write;

mod table;

use table::{HASHES, PREFIXES};

/// RFC 3947 NAT traversal.
pub const RFC_3947: [u8; 16] = 0x4a13_1c81_0703_5845_5c57_28f2_0e95_452f_u128.to_be_bytes();

/// Dead Peer Detection 1.0 (RFC 3706 §5.1).
pub const DEAD_PEER_DETECTION: [u8; 16] =
    0xafca_d713_68a1_f1c9_6b86_96fc_7757_0100_u128.to_be_bytes();

/// XAUTH (draft-beaulieu-ike-xauth §4).
pub const XAUTH: [u8; 8] = 0x0900_2689_dfd6_b712_u64.to_be_bytes();

/// IKEv1 fragmentation, as Microsoft and Cisco do it.
pub const FRAGMENTATION: [u8; 16] = 0x4048_b7d5_6ebc_e885_25e7_de7f_00d6_c2d3_u128.to_be_bytes();

/// A vendor ID whose meaning is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct VendorId<'a> {
    /// Who sends it, or what it announces.
    pub name: &'static str,
    /// What it tells about its sender.
    pub kind: VendorKind,
    /// The bytes after the known part: a version, flags, or nothing.
    pub rest: &'a [u8],
    /// The string whose MD5 it begins with, where it is one.
    pub hash_of: Option<&'static str>,
    tail: Tail,
}

/// What a vendor ID tells about its sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, schemars::JsonSchema))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum VendorKind {
    /// Which product it is.
    Implementation,
    /// Which NAT traversal it can do: RFC 3947 or one of its drafts.
    NatTraversal,
    /// Which other extension it can do.
    Capability,
}

/// Finds out what a vendor ID means. The bytes are those of the payload's
/// body; the longest known prefix decides.
///
/// ```
/// use ipsec_core::wire::vendor::{VendorKind, identify};
/// let dpd = b"\xaf\xca\xd7\x13\x68\xa1\xf1\xc9\x6b\x86\x96\xfc\x77\x57\x01\x00";
/// let known = identify(dpd).unwrap();
/// assert_eq!(known.name, "Dead Peer Detection (RFC 3706)");
/// assert_eq!(known.kind, VendorKind::Capability);
/// assert_eq!(known.rest, [1, 0]);
/// ```
#[must_use]
pub fn identify(vid: &[u8]) -> Option<VendorId<'_>> {
    by_hash(vid)
        .or_else(|| by_prefix(vid))
        .or_else(|| pluto_build(vid))
}

/// Puts a vendor ID into words: its name and version, or the text it
/// consists of.
#[must_use]
pub fn describe(vid: &[u8]) -> Option<String> {
    match identify(vid) {
        Some(known) => Some(known.to_string()),
        None if is_text(vid) => Some(format!("\"{}\"", escaped(vid))),
        None => None,
    }
}

/// Tells whether a vendor ID is the one that Cisco IOS makes up for each
/// session: 16 bytes whose bytes 4 to 7 are those of the sender's cookie with
/// one bit turned over.
///
/// `cookie` is the sender's own: the initiator's in the initiator's messages.
#[must_use]
pub fn is_cisco_session_id(vid: &[u8], cookie: [u8; 8]) -> bool {
    let [_, _, _, _, a, b, c, d] = cookie;
    vid.len() == 16 && vid.get(4..8) == Some(&[a, b ^ 1, c, d])
}

impl core::fmt::Display for VendorId<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.name)?;
        match self.tail.words(self.rest) {
            words if words.is_empty() => Ok(()),
            words => write!(f, " {words}"),
        }
    }
}

/// A vendor ID that is an MD5 hash.
struct Hashed {
    hash: u128,
    source: &'static str,
    name: &'static str,
    kind: VendorKind,
}

/// A vendor ID that is known by its first bytes.
struct Prefix {
    bytes: &'static [u8],
    source: Option<&'static str>,
    name: &'static str,
    kind: VendorKind,
    tail: Tail,
}

/// How the bytes after the known part are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tail {
    Hex,
    Text,
    Dotted,
    Number,
    Windows,
    KeyMods,
    AuthIpGroup,
    Vpn3000,
    FortiGate,
    CheckPoint,
}

impl Tail {
    fn words(self, rest: &[u8]) -> String {
        match (self, rest) {
            (Self::Text, _) => escaped(rest),
            (Self::Dotted, [first, more @ ..]) => {
                more.iter().fold(first.to_string(), |mut text, byte| {
                    let _ = write!(text, ".{byte}");
                    text
                })
            }
            (Self::Vpn3000, [major, minor]) => {
                format!("{major}.{}.{}", minor >> 4, minor & 15)
            }
            (Self::FortiGate, [r0, r1, b0, b1]) => format!(
                "release {} build {}",
                u16::from_be_bytes([*r0, *r1]),
                u16::from_be_bytes([*b0, *b1])
            ),
            (Self::CheckPoint, _) => check_point(rest),
            (Self::Number | Self::Windows | Self::KeyMods | Self::AuthIpGroup, _) => {
                self.number(rest)
            }
            (Self::Hex | Self::Dotted | Self::Vpn3000 | Self::FortiGate, _) => hex(rest),
        }
    }

    /// A number of four bytes, and what follows it.
    fn number(self, rest: &[u8]) -> String {
        let Some((first, more)) = rest.split_first_chunk() else {
            return hex(rest);
        };
        let number = u32::from_be_bytes(*first);
        let name = match self {
            Self::Windows => windows(number),
            Self::KeyMods => ["IKE", "AuthIP", "IKEv2"].get(index(number)).copied(),
            Self::AuthIpGroup => AUTHIP_GROUPS.get(index(number)).copied(),
            Self::Number
            | Self::Hex
            | Self::Text
            | Self::Dotted
            | Self::Vpn3000
            | Self::FortiGate
            | Self::CheckPoint => None,
        };
        let mut text = name.map_or_else(|| number.to_string(), |name| format!("({name})"));
        if !more.is_empty() {
            text.push(' ');
            text.push_str(&hex(more));
        }
        text
    }
}

fn by_hash(vid: &[u8]) -> Option<VendorId<'_>> {
    let (first, rest) = vid.split_first_chunk()?;
    let hash = u128::from_be_bytes(*first);
    let at = HASHES
        .binary_search_by_key(&hash, |known| known.hash)
        .ok()?;
    let known = HASHES.get(at)?;
    Some(VendorId {
        name: known.name,
        kind: known.kind,
        rest,
        hash_of: Some(known.source),
        tail: Tail::Hex,
    })
}

/// Finds the longest prefix. Whatever sorts between a prefix and the vendor
/// ID begins with that prefix; so when the entry just before the vendor ID
/// does not begin it, a shorter one can only be found in what they share.
fn by_prefix(vid: &[u8]) -> Option<VendorId<'_>> {
    let mut upto = vid;
    loop {
        let after = PREFIXES.partition_point(|known| known.bytes <= upto);
        let known = PREFIXES.get(after.checked_sub(1)?)?;
        if let Some(rest) = vid.strip_prefix(known.bytes) {
            return Some(VendorId {
                name: known.name,
                kind: known.kind,
                rest,
                hash_of: known.source,
                tail: known.tail,
            });
        }
        let shared = vid
            .iter()
            .zip(known.bytes)
            .take_while(|(a, b)| a == b)
            .count();
        upto = vid.get(..shared).filter(|shared| !shared.is_empty())?;
    }
}

/// The vendor ID of FreeS/WAN, Openswan and early libreswan builds: two or
/// three letters, and a hash of version and options squeezed into `@` to DEL.
fn pluto_build(vid: &[u8]) -> Option<VendorId<'_>> {
    let name = match vid {
        [b'O', b'S', b'W', ..] => "Openswan (Xelerance build)",
        [b'O', b'E', ..] => "FreeS/WAN, Openswan or libreswan build",
        _ => return None,
    };
    let squeezed = vid.iter().all(|byte| (0x40..=0x7f).contains(byte));
    (vid.len() == PLUTO_LENGTH && squeezed).then(|| VendorId {
        name,
        kind: VendorKind::Implementation,
        rest: vid.get(2..).unwrap_or_default(),
        hash_of: None,
        tail: Tail::Text,
    })
}

fn windows(version: u32) -> Option<&'static str> {
    Some(match version {
        2 => "Windows 2000",
        3 => "Windows XP",
        4 => "Windows Server 2003",
        5 => "Windows Vista",
        6 => "Windows Server 2008",
        7 => "Windows 7",
        8 => "Windows Server 2008 R2",
        9 => "Windows 8 or later",
        _ => return None,
    })
}

/// Product and version, the first eight bytes; the rest is a timestamp and
/// features.
fn check_point(rest: &[u8]) -> String {
    let Some(([p0, p1, p2, p3, v0, v1, v2, v3], _)) = rest.split_first_chunk() else {
        return hex(rest);
    };
    let product = match u32::from_be_bytes([*p0, *p1, *p2, *p3]) {
        1 => "Firewall-1".to_string(),
        2 => "SecuRemote/SecureClient".to_string(),
        other => format!("product {other}"),
    };
    let version = match u32::from_be_bytes([*v0, *v1, *v2, *v3]) {
        2 => "4.1",
        3 => "4.1 SP-1",
        4002 => "4.1 SP-2 or above",
        5000 => "NG",
        5001 => "NG Feature Pack 1",
        5002 => "NG Feature Pack 2",
        5003 => "NG Feature Pack 3",
        5004 => "NG with Application Intelligence",
        5005 => "NG with Application Intelligence R55",
        5006 => "NG with Application Intelligence R56",
        other => return format!("{product} version {other}"),
    };
    format!("{product} {version}")
}

fn is_text(vid: &[u8]) -> bool {
    vid.len() >= TEXT_LENGTH && vid.iter().all(|byte| (0x20..0x7f).contains(byte))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// Key exchange groups of AuthIP, by their number.
const AUTHIP_GROUPS: [&str; 8] = [
    "no group", "group 1", "group 2", "group 14", "group 19", "group 20", "group 21", "maximum",
];

/// Length of the vendor ID of a pluto build.
const PLUTO_LENGTH: usize = 12;

/// From how many printable bytes on an unknown vendor ID is shown as text.
const TEXT_LENGTH: usize = 6;

#[cfg(test)]
mod tests;
