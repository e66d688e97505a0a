//! What becomes of each field: numbers stay, bytes do not, but for those that
//! say nothing of whose they are.

use super::super::dissection::{Content, Dissection};
use super::masks::{Masks, digest};
use crate::crypto::CryptoProvider;
use crate::keymat::proof::NatHash;
use crate::wire::Show;
use crate::wire::tree::{Node, NodeKind, Tree};
use crate::wire::vendor;
use core::net::{IpAddr, SocketAddr};

/// What is left of the buffers of a tree: of the frame, and of what was put
/// together from fragments.
pub(super) fn scrubbed(
    packet: &Dissection<'_>,
    frame: &[u8],
    tree: &Tree,
    masks: &mut Masks,
    provider: &'static CryptoProvider,
) -> Vec<Vec<u8>> {
    let mut out: Vec<Vec<u8>> = Vec::new();
    for (at, node) in tree.nodes().iter().enumerate() {
        let source = usize::from(node.source().index());
        while out.len() <= source {
            out.push(Vec::new());
        }
        let Some(buffer) = out.get_mut(source) else {
            continue;
        };
        buffer.resize(tree.source_bytes(node.source(), frame).len(), 0);
        let Some(place) = buffer.get_mut(node.range()) else {
            continue;
        };
        match node.kind {
            NodeKind::Number => place.copy_from_slice(tree.bytes(node, frame)),
            NodeKind::Bytes => {
                let original = tree.bytes(node, frame);
                place.copy_from_slice(original);
                match fate(&tree.path(at), node, original, masks) {
                    Fate::Stays => {}
                    Fate::Goes => place.fill(0),
                    Fate::Digest => digest(place),
                    Fate::Address => masks.mask_address(place),
                    Fate::Mac => masks.mask_mac(place),
                    Fate::Name => masks.mask_name(place),
                    Fate::NatHash => hash_again(packet, place, masks, provider),
                }
            }
            NodeKind::Group | NodeKind::Part | NodeKind::Malformed => {}
        }
    }
    out
}

/// What becomes of some bytes.
enum Fate {
    Stays,
    /// Zeros.
    Goes,
    /// Zeros, and a mark by which the same is known as the same.
    Digest,
    Address,
    Mac,
    Name,
    /// The hash of the address that stands for the one in it.
    NatHash,
}

fn fate(path: &str, node: &Node, bytes: &[u8], masks: &Masks) -> Fate {
    let mut segments = path.rsplit('.').map(|segment| segment.split('[').next());
    let (name, group) = (segments.next().flatten(), segments.next().flatten());
    match (group.unwrap_or_default(), name.unwrap_or_default()) {
        (_, "mask" | "reserved" | "spi") => Fate::Stays,
        ("nat_d", "data") => Fate::NatHash,
        ("notify", "hash") => Fate::NatHash,
        ("vendor", "data") if vendor::identify(bytes).is_some() => Fate::Stays,
        ("vendor", "data") => Fate::Digest,
        ("hash" | "sig" | "auth", _) => Fate::Goes,
        ("id" | "idi" | "idr", _) if !matches!(node.field.show, Show::Address) => Fate::Name,
        (_, "encrypted" | "ciphertext" | "icv" | "iv" | "cookie") => Fate::Digest,
        ("ke" | "nonce", "data") => Fate::Digest,
        _ => match node.field.show {
            Show::Address => Fate::Address,
            Show::Mac => Fate::Mac,
            Show::Text => Fate::Name,
            // Lifetimes, groups, numbers of what was refused.
            _ if bytes.len() <= 4 && is_of_ike(path) => match masks.has_seen(bytes) {
                true => Fate::Address,
                false => Fate::Stays,
            },
            Show::Group
            | Show::Dec
            | Show::Hex
            | Show::Named(_)
            | Show::Flags(_)
            | Show::Bytes
            | Show::Words(_) => Fate::Goes,
        },
    }
}

/// Values of a proposal or a notification, not what somebody sends in them.
fn is_of_ike(path: &str) -> bool {
    let inside = |name: &str| path.split('.').any(|segment| segment.starts_with(name));
    (inside("ike") || inside("isakmp")) && (inside("sa") || inside("notify") || inside("unread"))
}

/// Puts the hash of the masked address in the place of that of the original;
/// one that is of no address of the capture stays of none.
fn hash_again(
    packet: &Dissection<'_>,
    bytes: &mut [u8],
    masks: &mut Masks,
    provider: &'static CryptoProvider,
) {
    let known = hashes(packet, bytes.len(), provider)
        .into_iter()
        .find_map(|hash| {
            let fits = |end: &SocketAddr| hash.matches(bytes, *end);
            let end = candidates(packet, masks).find(fits)?;
            Some((hash, end))
        });
    let Some((hash, end)) = known else {
        return digest(bytes);
    };
    let mask = SocketAddr::new(masks.address(end.ip()), end.port());
    let again = hash.compute(mask);
    match again.as_bytes() {
        again if again.len() == bytes.len() => bytes.copy_from_slice(again),
        _ => digest(bytes),
    }
}

fn hashes(packet: &Dissection<'_>, len: usize, provider: &'static CryptoProvider) -> Vec<NatHash> {
    match &packet.content {
        Content::Ike(read) => {
            let header = &read.message.header;
            let spis = (header.spi_i.to_be_bytes(), header.spi_r.to_be_bytes());
            NatHash::ikev2(provider, spis.0, spis.1)
                .into_iter()
                .collect()
        }
        Content::Isakmp(read) => {
            let header = &read.message.header;
            let cookies = (header.cookie_i.to_be_bytes(), header.cookie_r.to_be_bytes());
            NatHash::ikev1_by_length(provider, len, cookies.0, cookies.1).collect()
        }
        Content::Esp(_)
        | Content::Ah(_)
        | Content::Keepalive
        | Content::IcmpError(_)
        | Content::Fragment
        | Content::UnreadableLink(_)
        | Content::Unreadable(_)
        | Content::Other => Vec::new(),
    }
}

/// Addresses and ports that a hash may be of: those of the packet first.
fn candidates(packet: &Dissection<'_>, masks: &Masks) -> impl Iterator<Item = SocketAddr> {
    let route = packet.route;
    let ports = [route.from.port(), route.to.port(), 500, 4500];
    let others: Vec<IpAddr> = masks.originals().take(MAX_GUESSES).collect();
    let others = others
        .into_iter()
        .flat_map(move |ip| ports.map(|port| SocketAddr::new(ip, port)));
    [route.from, route.to].into_iter().chain(others)
}

/// Addresses of a capture that a hash is held against.
const MAX_GUESSES: usize = 256;
