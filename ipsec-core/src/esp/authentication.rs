//! One AH packet and the key of its SA: checked, signed. No state.
//!
//! RFC 4302 §3.3.3 (what the ICV covers) and appendix A (which options and
//! extension headers change on the way); GMAC, whose IV stands before the ICV
//! and is covered by it: RFC 4543 §4. A packet may be seen anywhere on its way:
//! what a source route (RFC 791 §3.1) or a routing header (RFC 2460 §4.4,
//! RFC 6275 §6.4) still has to change is put as the receiver will see it. The
//! home address option (RFC 6275 §6.3) is taken as it stands.

use super::transform::{TransformError, keyed_mac};
use crate::crypto::{CryptoProvider, MacKey, Secret, suite};
use crate::sa::sequence::SequenceNumber;
use crate::wire::ah::Ah;
use crate::wire::ip::{Extension, Ipv4, Ipv6, Packet};
use crate::wire::leaf::DecodeError;
use crate::wire::options::{Opt, OptionKind, Options};
use crate::wire::registry::ip::{Ipv4Option, Ipv6Option, Protocol};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
use core::net::Ipv4Addr;
use core::ops::Range;

/// The algorithm and key of one AH SA.
pub struct AhTransform {
    mac: &'static suite::Mac,
    key: Box<dyn MacKey>,
}

impl AhTransform {
    /// Sets up `mac`; for GMAC `key` ends in the salt (RFC 4543 §5.4).
    ///
    /// # Errors
    ///
    /// The provider does not have the algorithm, or the key another length.
    pub fn new(
        provider: &CryptoProvider,
        mac: &'static suite::Mac,
        key: &Secret,
    ) -> Result<Self, TransformError> {
        let key = keyed_mac(provider, mac, key)?;
        Ok(Self { mac, key })
    }

    /// Checks the packet with the head of `packet` and this `payload`, which
    /// begins with AH: the packet's own, or what it is a fragment of, put
    /// together again. Returns the header; its payload is authentic.
    ///
    /// `high` has the upper half of an extended sequence number, which is not
    /// in the packet. `buffer` is used for the head as the ICV covers it.
    ///
    /// # Errors
    ///
    /// Why the packet is not, or cannot be, found authentic.
    pub fn verify<'p>(
        &self,
        packet: &Packet<'_>,
        payload: &'p [u8],
        high: Option<u32>,
        buffer: &mut Vec<u8>,
    ) -> Result<Ah<'p>, VerifyError> {
        let (ah, field) = self.cover(packet, payload, buffer)?;
        let high = high.map(u32::to_be_bytes);
        let covered = covered(buffer, &ah, high.as_ref());
        let verified = self.key.verify(field.iv, &covered, field.icv);
        verified.map_err(|_| VerifyError::Integrity)?;
        Ok(ah)
    }

    /// Writes the ICV of a `packet` that is complete from its IP header on, but
    /// for the ICV. The IV that GMAC needs stands before it already.
    ///
    /// # Errors
    ///
    /// What is wrong with the packet; it is then unchanged.
    pub fn sign(
        &self,
        packet: &mut [u8],
        high: Option<u32>,
        buffer: &mut Vec<u8>,
    ) -> Result<(), VerifyError> {
        let head = Packet::decode(packet).map_err(VerifyError::Malformed)?;
        let (ah, field) = self.cover(&head, head.payload(), buffer)?;
        let mut icv = [0; ICV_MAX];
        let icv = icv.get_mut(..self.mac.icv).ok_or(VerifyError::Integrity)?;
        let high = high.map(u32::to_be_bytes);
        let covered = covered(buffer, &ah, high.as_ref());
        let signed = self.key.sign(field.iv, &covered, icv);
        signed.map_err(|_| VerifyError::Integrity)?;
        let at = head.head_len().saturating_add(FIXED);
        put(packet, at.saturating_add(self.mac.iv), icv);
        Ok(())
    }

    /// Bytes of IV and ICV.
    pub(super) const fn field_len(&self) -> usize {
        self.mac.iv.saturating_add(self.mac.icv)
    }

    /// Writes the IV where there is one, which never repeats under a key
    /// (RFC 4543 §3.1): the packet's number.
    pub(super) fn write_iv(&self, number: SequenceNumber, field: &mut [u8]) {
        if self.mac.iv > 0 {
            put(field, 0, &number.get().to_be_bytes());
        }
    }

    /// Reads the AH header, and fills `buffer` with all up to its end as the
    /// ICV covers it.
    fn cover<'p>(
        &self,
        packet: &Packet<'_>,
        payload: &'p [u8],
        buffer: &mut Vec<u8>,
    ) -> Result<(Ah<'p>, IcvField<'p>), VerifyError> {
        if packet.protocol() != Protocol::AH {
            return Err(VerifyError::NotAh);
        }
        if packet.fragment().is_some() && payload.len() <= packet.payload().len() {
            return Err(VerifyError::Fragment);
        }
        let ah = Ah::decode(payload).map_err(VerifyError::Malformed)?;
        let field = self.cut(&ah)?;
        buffer.clear();
        match packet {
            Packet::V4(v4) => cover_v4(v4, payload.len(), buffer)?,
            Packet::V6(v6) => cover_v6(v6, payload.len(), buffer)?,
        }
        buffer.extend(payload.iter().take(FIXED));
        buffer.extend_from_slice(field.iv);
        buffer.resize(buffer.len().saturating_add(self.mac.icv), 0);
        buffer.extend_from_slice(field.padding);
        Ok((ah, field))
    }

    fn cut<'p>(&self, ah: &Ah<'p>) -> Result<IcvField<'p>, VerifyError> {
        let (need, have) = (self.mac.iv.saturating_add(self.mac.icv), ah.icv.len());
        let wrong = VerifyError::IcvLength { need, have };
        // Some senders align to eight bytes in IPv4 too.
        let possible = [false, true].map(|ipv6| Ah::length_for(need, ipv6));
        if !possible.into_iter().flatten().any(|(n, _)| n == ah.length) {
            return Err(wrong);
        }
        let (iv, rest) = ah.icv.split_at_checked(self.mac.iv).ok_or(wrong)?;
        let (icv, padding) = rest.split_at_checked(self.mac.icv).ok_or(wrong)?;
        Ok(IcvField { iv, icv, padding })
    }
}

impl fmt::Debug for AhTransform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AhTransform")
            .field("mac", &self.mac.name)
            .finish_non_exhaustive()
    }
}

/// What an SA's algorithm finds in the ICV field.
struct IcvField<'p> {
    iv: &'p [u8],
    icv: &'p [u8],
    padding: &'p [u8],
}

fn covered<'a>(head: &'a [u8], ah: &Ah<'a>, high: Option<&'a [u8; 4]>) -> [&'a [u8]; 3] {
    [head, ah.payload, high.map_or(&[], <[u8; 4]>::as_slice)]
}

/// The IPv4 header without what changes on the way (RFC 4302 §3.3.3.1.1).
fn cover_v4(v4: &Ipv4<'_>, payload: usize, out: &mut Vec<u8>) -> Result<(), VerifyError> {
    let have = v4.head_len().saturating_add(payload);
    let need = usize::from(v4.total_length);
    if need > have {
        return Err(VerifyError::TooShort { need, have });
    }
    let covered = Ipv4 {
        tos: 0,
        total_length: u16::try_from(have).map_err(|_| VerifyError::TooLong)?,
        flags: 0,
        ttl: 0,
        checksum: 0,
        destination: v4_receiver(v4),
        ..*v4
    };
    covered.encode(out);
    let options = out.get_mut(V4_FIXED..).unwrap_or_default();
    clear_options(v4.options, options, |kind| {
        (!IMMUTABLE.contains(&kind)).then_some(Part::Whole)
    })
}

/// The address at the end of a source route.
fn v4_receiver(v4: &Ipv4<'_>) -> Ipv4Addr {
    let routes = [
        Ipv4Option::LOOSE_SOURCE_ROUTE,
        Ipv4Option::STRICT_SOURCE_ROUTE,
    ];
    let route = routes.into_iter().find_map(|kind| v4.options.find(kind));
    match route.and_then(<[u8]>::split_first) {
        // The pointer counts from the option's type octet, from one.
        Some((next, addresses)) if usize::from(*next).saturating_sub(4) < addresses.len() => {
            let last = addresses.last_chunk::<4>().copied();
            last.map_or(v4.destination, Into::into)
        }
        _ => v4.destination,
    }
}

/// The IPv6 header and its extension headers without what changes on the way
/// (RFC 4302 §3.3.3.1.2), and without a fragment header (appendix A2).
fn cover_v6(v6: &Ipv6<'_>, payload: usize, out: &mut Vec<u8>) -> Result<(), VerifyError> {
    let have = v6.extensions.as_bytes().len().saturating_add(payload);
    let need = usize::from(v6.payload_length);
    if need > have {
        return Err(VerifyError::TooShort { need, have });
    }
    let covered = Ipv6 {
        version_class_flow: 6 << 28,
        hop_limit: 0,
        ..*v6
    };
    covered.encode(out);
    let (mut at, mut named_at) = (V6_FIXED, V6_NEXT_HEADER);
    for extension in v6.extensions.iter() {
        let end = at.saturating_add(extension_len(&extension));
        if let Extension::Fragment { next_header, .. } = extension {
            out.drain(at.min(out.len())..end.min(out.len()));
            put(out, named_at, &[next_header.0]);
            continue;
        }
        cover_extension(&extension, at..end, out)?;
        (named_at, at) = (at, end);
    }
    let body = out.len().saturating_sub(V6_FIXED).saturating_add(payload);
    let body = u16::try_from(body).map_err(|_| VerifyError::TooLong)?;
    put(out, V6_PAYLOAD_LENGTH, &body.to_be_bytes());
    Ok(())
}

/// Changes the extension header at `place` of the packet in `out`.
fn cover_extension(
    extension: &Extension<'_>,
    place: Range<usize>,
    out: &mut [u8],
) -> Result<(), VerifyError> {
    match *extension {
        Extension::Options { options, .. } => {
            let bytes = out.get_mut(place).and_then(|header| header.get_mut(2..));
            clear_options(options, bytes.unwrap_or_default(), |kind: Ipv6Option| {
                (kind.0 & CHANGES_EN_ROUTE != 0).then_some(Part::Data)
            })
        }
        Extension::Routing {
            kind: 0 | 2,
            segments_left,
            data,
            ..
        } => {
            arrive(out, place.start, segments_left, data);
            Ok(())
        }
        Extension::Routing { .. } | Extension::Fragment { .. } | Extension::Other { .. } => Ok(()),
    }
}

pub(super) fn extension_len(extension: &Extension<'_>) -> usize {
    match *extension {
        Extension::Fragment { .. } => 8,
        Extension::Options { length, .. }
        | Extension::Routing { length, .. }
        | Extension::Other { length, .. } => usize::from(length).saturating_add(1).wrapping_mul(8),
    }
}

/// Puts destination and routing header at `at` as they will be when no
/// segments are left. `data` is the header's: four reserved bytes, addresses.
fn arrive(out: &mut [u8], at: usize, segments_left: u8, data: &[u8]) {
    let (addresses, _) = data.get(4..).unwrap_or_default().as_chunks::<ADDRESS>();
    let visited = addresses.len().checked_sub(segments_left.into());
    let (Some(visited), Some(receiver), 1..) = (visited, addresses.last(), segments_left) else {
        return;
    };
    let here = out.get(V6_DESTINATION..V6_FIXED).unwrap_or_default();
    let here: [u8; ADDRESS] = here.try_into().unwrap_or_default();
    put(out, V6_DESTINATION, receiver);
    put(out, at.saturating_add(3), &[0]);
    let to_visit = addresses.iter().skip(visited);
    let places = (at.saturating_add(8)..).step_by(ADDRESS).skip(visited);
    let arrived = core::iter::once(&here).chain(to_visit);
    for (place, address) in places.zip(arrived).take(segments_left.into()) {
        put(out, place, address);
    }
}

fn put(out: &mut [u8], at: usize, bytes: &[u8]) {
    for (place, byte) in out.iter_mut().skip(at).zip(bytes) {
        *place = *byte;
    }
}

/// What of an option is not covered.
enum Part {
    Whole,
    Data,
}

/// Zeroes what `changes` says of each option; `bytes` are those of the list.
fn clear_options<K: OptionKind>(
    options: Options<'_, K>,
    bytes: &mut [u8],
    changes: impl Fn(K) -> Option<Part>,
) -> Result<(), VerifyError> {
    let mut at = 0_usize;
    for option in options {
        match option {
            Opt::Single(_) => at = at.saturating_add(1),
            Opt::Value { kind, data, .. } => {
                let start = at.saturating_add(2);
                let end = start.saturating_add(data.len());
                let cleared = match changes(kind) {
                    None => end..end,
                    Some(Part::Whole) => at..end,
                    Some(Part::Data) => start..end,
                };
                bytes.get_mut(cleared).unwrap_or_default().fill(0);
                at = end;
            }
            Opt::Padding(_) => {}
            Opt::Malformed { error, .. } => return Err(VerifyError::Malformed(error)),
        }
    }
    Ok(())
}

/// Why a packet was not found authentic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum VerifyError {
    /// No AH header follows the IP header.
    NotAh,
    /// It is a fragment; AH covers what it was cut from.
    Fragment,
    /// The head announces more bytes than there are.
    TooShort {
        /// Bytes announced.
        need: usize,
        /// Bytes there are.
        have: usize,
    },
    /// It is longer than IP can say.
    TooLong,
    /// A header cannot be read; the offset is from where it begins.
    Malformed(DecodeError),
    /// The ICV has another length than the SA's algorithm makes it.
    IcvLength {
        /// Bytes of the algorithm's IV and ICV, without padding.
        need: usize,
        /// Bytes of the field.
        have: usize,
    },
    /// The ICV is wrong: another key, another half of the extended sequence
    /// number, an address that was translated, or a packet that was changed or
    /// forged.
    Integrity,
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAh => f.write_str("no AH header"),
            Self::Fragment => f.write_str("a fragment cannot be checked alone"),
            Self::TooShort { need, have } => write!(f, "{have} bytes of {need}"),
            Self::TooLong => f.write_str("longer than an IP packet can be"),
            Self::Malformed(error) => error.fmt(f),
            Self::IcvLength { need, have } => {
                write!(f, "an ICV of {have} bytes, where {need} are needed")
            }
            Self::Integrity => f.write_str("the packet is not authentic"),
        }
    }
}

impl core::error::Error for VerifyError {}

/// IPv4 options that are covered as they stand (RFC 4302 appendix A1).
const IMMUTABLE: [Ipv4Option; 5] = [
    Ipv4Option::SECURITY,
    Ipv4Option::EXTENDED_SECURITY,
    Ipv4Option::COMMERCIAL_SECURITY,
    Ipv4Option::ROUTER_ALERT,
    Ipv4Option::SELECTIVE_BROADCAST,
];

/// The bit of an IPv6 option's type that says its data may change on the way
/// (RFC 8200 §4.2).
const CHANGES_EN_ROUTE: u8 = 0x20;

/// Bytes of AH before the ICV.
const FIXED: usize = 12;

/// Bytes of the longest ICV: HMAC-SHA2-512, not truncated.
const ICV_MAX: usize = 64;

/// Bytes of an IPv4 header without options.
const V4_FIXED: usize = 20;

/// Bytes of an IPv6 header, and of an address.
const V6_FIXED: usize = 40;
const ADDRESS: usize = 16;

/// Where fields stand in an IPv6 header.
const V6_PAYLOAD_LENGTH: usize = 4;
const V6_NEXT_HEADER: usize = 6;
const V6_DESTINATION: usize = 24;
