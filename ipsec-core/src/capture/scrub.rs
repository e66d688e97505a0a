//! A copy of a capture that can be given away: it leads to the same findings
//! and does not say whose it is.
//!
//! Addresses, Ethernet addresses and names become others, the same for the
//! same. What was encrypted becomes zeros, with a mark by which a
//! retransmission is still known as one; hashes that authenticate, and all
//! that is neither IKE nor a head, become zeros. NAT detection hashes
//! (RFC 7296 §2.23, RFC 3947 §3.2) are made anew for the new addresses.
//! Numbers stay: SPIs, ports, lengths, times. Comments and decryption secrets
//! of the file are left out. What no field describes is zero.

mod fields;
mod masks;

use super::archive::MAX_FILE;
use super::decoder::{Decoder, message_in};
use super::dissection::{Content, Dissection};
use super::error::CaptureError;
use super::file::{CaptureReader, Frame};
use super::ikefrag::only_fragment;
use super::pcapng::PcapngWriter;
use crate::crypto::CryptoProvider;
use crate::evidence::Route;
use crate::sorted::Map;
use crate::time::Instant;
use crate::wire::checksum::{Sum, Verdict, pseudo_header};
use crate::wire::ip::Packet;
use crate::wire::leaf::offset_in;
use crate::wire::registry::ip::{LinkType, Protocol};
use crate::wire::tree::NodeKind;
use crate::wire::upper::Upper;
use crate::wire::{Show, Tree};
use core::net::IpAddr;
use core::ops::Range;
use masks::Masks;
use std::io;

/// A scrubbed copy, as pcapng, of the capture file whose bytes are `file`;
/// `provider` has the hashes of NAT detection.
///
/// The copy holds as many frames of the same lengths, so that findings about
/// numbers and sizes stay; it packs well. Certificates that went in the clear
/// (aggressive mode) are gone, and with them findings about them.
///
/// ```
/// use ipsec_core::capture::scrub;
/// use ipsec_core::crypto::rustcrypto;
/// let file = std::fs::read("../examples/captures/psk-mismatch.pcap").unwrap();
/// let given_away = scrub(&file, rustcrypto::provider())?;
/// assert!(!given_away.windows(4).any(|four| four == [192, 0, 2, 10]));
/// # Ok::<_, ipsec_core::capture::CaptureError>(())
/// ```
///
/// # Errors
/// When not even the head of the file can be read, and for more than
/// [`MAX_FILE`] bytes of frames. A file that is damaged further on gives what
/// is before the damage and behind it.
pub fn scrub(file: &[u8], provider: &'static CryptoProvider) -> Result<Vec<u8>, CaptureError> {
    within(file, MAX_FILE, provider)
}

fn within(
    file: &[u8],
    limit: usize,
    provider: &'static CryptoProvider,
) -> Result<Vec<u8>, CaptureError> {
    let mut masks = Masks::default();
    each(file, limit, |frame, _, tree| {
        let nodes = tree.nodes().iter();
        let addresses = nodes.filter(|node| {
            node.kind == NodeKind::Bytes && matches!(node.field.show, Show::Address)
        });
        addresses.for_each(|node| masks.see(tree.bytes(node, frame.data)));
    })?;
    let mut scrubber = Scrubber {
        provider,
        masks,
        frames: Vec::new(),
        ike_fragments: Map::new(),
    };
    each(file, limit, |frame, packet, tree| {
        scrubber.take(frame, packet, tree);
    })?;
    let written = scrubber.write();
    written.map_err(|error| CaptureError::Io { offset: 0, error })
}

/// Shows every frame of `file`, in order, up to `limit` bytes of them and of
/// what is kept beside each.
fn each(
    file: &[u8],
    limit: usize,
    mut show: impl FnMut(&Frame<'_>, &Dissection<'_>, &Tree),
) -> Result<(), CaptureError> {
    let mut reader = CaptureReader::new(file)?;
    let (mut decoder, mut tree) = (Decoder::new(), Tree::new());
    let mut left = limit;
    loop {
        match reader.next_frame() {
            Ok(Some(frame)) => {
                let cost = frame.data.len().saturating_add(size_of::<Scrubbed>());
                left = left.checked_sub(cost).ok_or(CaptureError::TooMany {
                    offset: frame.file_offset,
                    what: "bytes of capture",
                    limit: limit as u64,
                })?;
                let packet = decoder.dissect(&frame);
                packet.tree(&mut tree);
                show(&frame, &packet, &tree);
            }
            Ok(None) => return Ok(()),
            // What is behind the fault follows.
            Err(_) => {}
        }
    }
}

struct Scrubber {
    provider: &'static CryptoProvider,
    masks: Masks,
    frames: Vec<Scrubbed>,
    /// IKEv1 fragments by route, cookie and number of the message.
    ike_fragments: Map<(Route, u64, u16), Pieces>,
}

/// Fragments by their number: in which frame each is, and where.
type Pieces = Map<u8, (usize, Range<usize>)>;

/// A frame of the copy.
struct Scrubbed {
    at: Instant,
    nanos: u16,
    link: LinkType,
    original_len: u32,
    data: Vec<u8>,
    /// Where it holds a fragment of a datagram, and where in that.
    fragment: Option<(Range<usize>, usize)>,
}

impl Scrubber {
    fn take(&mut self, frame: &Frame<'_>, packet: &Dissection<'_>, tree: &Tree) {
        let buffers = fields::scrubbed(packet, frame.data, tree, &mut self.masks, self.provider);
        let mut buffers = buffers.into_iter();
        let mut data = buffers.next().unwrap_or_default();
        data.resize(frame.data.len(), 0);
        let fragment = fragment_of(frame, packet);
        if let (Content::Fragment, Some((place, 0))) = (&packet.content, &fragment) {
            keep_heads(frame, packet, place.clone(), &mut data);
        }
        self.seal(frame, packet, &mut data);
        self.frames.push(Scrubbed {
            at: frame.at,
            nanos: frame.nanos,
            link: frame.link,
            original_len: frame.original_len,
            data,
            fragment,
        });
        if packet.datagram.is_some()
            && let Some(mut datagram) = buffers.next()
        {
            self.seal_upper(packet, &mut datagram);
            self.part(packet, &datagram);
        }
        self.ike_fragment(frame, packet, buffers.next());
    }

    /// Puts a scrubbed datagram back into the frames that its fragments came in.
    fn part(&mut self, packet: &Dissection<'_>, datagram: &[u8]) {
        for number in &packet.pieces {
            let index = usize::try_from(number.saturating_sub(1)).unwrap_or(usize::MAX);
            let Some(frame) = self.frames.get_mut(index) else {
                continue;
            };
            if let Some((place, offset)) = frame.fragment.clone() {
                let end = offset.saturating_add(place.len());
                overwrite(&mut frame.data, place, datagram.get(offset..end));
            }
        }
    }

    /// Remembers where a fragment of an IKEv1 message lies, and puts the
    /// scrubbed message back into all of them once it is `whole`.
    fn ike_fragment(&mut self, frame: &Frame<'_>, packet: &Dissection<'_>, whole: Option<Vec<u8>>) {
        let Some(message) = packet.ike_piece() else {
            return;
        };
        let Some(piece) = only_fragment(message) else {
            return;
        };
        let key = (packet.route, message.header.cookie_i, piece.id);
        if packet.datagram.is_none() && self.ike_fragments.len() < MAX_IKE_FRAGMENTS {
            let start = offset_in(frame.data, piece.data);
            let place = start..start.saturating_add(piece.data.len());
            let index = self.frames.len().saturating_sub(1);
            let known = self.ike_fragments.entry(key).or_default();
            known.entry(piece.number).or_insert((index, place));
        }
        let Some(whole) = whole else {
            return;
        };
        let mut rest = whole.as_slice();
        for (index, place) in self
            .ike_fragments
            .remove(&key)
            .unwrap_or_default()
            .into_values()
        {
            let (head, tail) = rest.split_at_checked(place.len()).unwrap_or((rest, &[]));
            if let Some(frame) = self.frames.get_mut(index) {
                overwrite(&mut frame.data, place, Some(head));
            }
            rest = tail;
        }
    }

    /// Makes the checksums of a frame right again that were right.
    fn seal(&mut self, frame: &Frame<'_>, packet: &Dissection<'_>, data: &mut [u8]) {
        let Some(ip) = &packet.ip else {
            return;
        };
        let payload = offset_in(frame.data, ip.payload());
        let start = payload.saturating_sub(ip.head_len());
        if let Packet::V4(v4) = ip
            && v4.verify_checksum() == Verdict::Good
            && let Some(head) = data.get_mut(start..payload)
        {
            set(head, 10, Sum::new());
        }
        let end = payload.saturating_add(ip.payload().len());
        if packet.datagram.is_none()
            && let Some(payload) = data.get_mut(payload..end)
        {
            self.seal_upper(packet, payload);
        }
    }

    fn seal_upper(&mut self, packet: &Dissection<'_>, payload: &mut [u8]) {
        let (from, to) = (packet.route.from.ip(), packet.route.to.ip());
        let (verdict, protocol, at) = match packet.upper {
            Some(Upper::Udp(udp)) => (udp.verify_checksum(from, to), Protocol::UDP, 6),
            Some(Upper::Tcp(tcp)) => (tcp.verify_checksum(from, to), Protocol::TCP, 16),
            Some(Upper::Icmp(icmp)) => (icmp.verify_checksum(), Protocol::ICMP, 2),
            Some(Upper::Icmpv6(icmp)) => match (from, to) {
                (IpAddr::V6(from), IpAddr::V6(to)) => {
                    (icmp.verify_checksum(from, to), Protocol::ICMPV6, 2)
                }
                _ => return,
            },
            _ => return,
        };
        let stated = match packet.upper {
            Some(Upper::Udp(udp)) if udp.length > 0 => usize::from(udp.length),
            _ => payload.len(),
        };
        let Some(covered) = payload
            .get_mut(..stated)
            .filter(|_| verdict == Verdict::Good)
        else {
            return;
        };
        let length = u32::try_from(covered.len()).unwrap_or(u32::MAX);
        let (from, to) = (self.masks.address(from), self.masks.address(to));
        let sum = match protocol {
            Protocol::ICMP => Sum::new(),
            protocol => pseudo_header(from, to, protocol, length),
        };
        set(covered, at, sum);
    }

    fn write(self) -> io::Result<Vec<u8>> {
        let mut links: Vec<LinkType> = Vec::new();
        let mut out = PcapngWriter::section(Vec::new())?;
        for frame in self.frames {
            // The format has no room for more; nothing is known of such frames.
            let link = LinkType(frame.link.0.min(u16::MAX.into()));
            let known = links.iter().position(|known| *known == link);
            let interface = match known {
                Some(known) => known,
                None => {
                    out.describe(link)?;
                    links.push(link);
                    links.len().saturating_sub(1)
                }
            };
            let interface = u32::try_from(interface).unwrap_or(u32::MAX);
            out.write_on(
                interface,
                frame.at,
                frame.nanos,
                frame.original_len,
                &frame.data,
            )?;
        }
        out.finish()
    }
}

/// Where a frame holds a fragment, and where in the datagram that belongs.
fn fragment_of(frame: &Frame<'_>, packet: &Dissection<'_>) -> Option<(Range<usize>, usize)> {
    let ip = packet.ip?;
    let piece = ip
        .fragment()
        .filter(|piece| piece.more || piece.offset > 0)?;
    let start = offset_in(frame.data, ip.payload());
    Some((
        start..start.saturating_add(ip.payload().len()),
        piece.offset,
    ))
}

/// Keeps of a first fragment what tells what it was: ports or SPI, and the
/// header of an IKE message.
fn keep_heads(frame: &Frame<'_>, packet: &Dissection<'_>, place: Range<usize>, data: &mut [u8]) {
    let payload = frame.data.get(place.clone()).unwrap_or_default();
    let protocol = packet.ip.map(|ip| ip.protocol());
    let known = [Protocol::UDP, Protocol::ESP, Protocol::AH, Protocol::TCP];
    if !protocol.is_some_and(|protocol| known.contains(&protocol)) {
        return;
    }
    let mut keep = HEAD;
    if let (Some(Protocol::UDP), Some((head, message))) = (protocol, payload.split_at_checked(HEAD))
        && let [a, b, c, d, ..] = *head
    {
        let mut route = packet.route;
        route.from.set_port(u16::from_be_bytes([a, b]));
        route.to.set_port(u16::from_be_bytes([c, d]));
        if let Some(message) = message_in(route, message) {
            keep = offset_in(payload, message).saturating_add(IKE_HEADER);
        }
    }
    let kept = payload.get(..keep).unwrap_or(payload);
    let end = place.start.saturating_add(kept.len());
    overwrite(data, place.start..end, Some(kept));
}

fn overwrite(data: &mut [u8], place: Range<usize>, with: Option<&[u8]>) {
    if let (Some(place), Some(with)) = (data.get_mut(place), with)
        && place.len() == with.len()
    {
        place.copy_from_slice(with);
    }
}

/// Sets the checksum at `at` of what it covers; `sum` is that of what else it
/// covers.
fn set(covered: &mut [u8], at: usize, sum: Sum) {
    let field = at..at.saturating_add(2);
    if let Some(field) = covered.get_mut(field.clone()) {
        field.fill(0);
    }
    let checksum = sum.bytes(covered).checksum().to_be_bytes();
    overwrite(covered, field, Some(&checksum));
}

/// Bytes kept of the head of a first fragment.
const HEAD: usize = 8;

/// Bytes of the header of an IKE message.
const IKE_HEADER: usize = 28;

/// IKEv1 messages in fragments that are followed at a time.
const MAX_IKE_FRAGMENTS: usize = 4096;

#[cfg(feature = "rustcrypto")]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::rustcrypto;

    #[test]
    fn frames_may_take_as_much_as_the_limit_and_no_more() {
        let file = std::fs::read("../examples/captures/tunnel.pcap").unwrap();
        let records = file.len() - 24 - 12 * 16;
        let limit = records + 12 * size_of::<Scrubbed>();
        assert!(within(&file, limit, rustcrypto::provider()).is_ok());
        let fault = within(&file, limit - 1, rustcrypto::provider()).unwrap_err();
        assert!(matches!(fault, CaptureError::TooMany { .. }), "{fault}");
    }
}
