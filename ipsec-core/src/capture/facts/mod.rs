//! From a decoded IKE message to the plain facts it states.
//!
//! [`v1`] and [`v2`] read the payloads; here is what both share: places in the
//! tree, and what becomes known of an IKE SA along the way ([`Agreed`]).

mod certificates;
mod nat;
mod opened;
mod payloads;
pub(super) mod v1;
pub(super) mod v2;

use self::certificates::Scene;
pub(super) use self::nat::Guesses;
pub(super) use self::payloads::vendor_name;
use super::decoder;
use super::dissection::{Content as Found, Dissection};
use super::file::Frame;
use super::ipfrag::Incomplete;
use super::unseal::Keyring;
use crate::crypto::CryptoProvider;
use crate::evidence::{
    Content, Exchange, Fault, IkeMessage, IncompleteDatagram, Oddity, OddityKind, Place, Proposal,
    Route, SaProtocol, Sealed, Seen, Tally, Transform, TransformKind, Untold,
};
use crate::keymat::protected::Protection;
use crate::wire::registry::ip::Protocol;
use crate::wire::registry::{ike, isakmp};
use crate::wire::tree::{NodeKind, Origin};
use crate::wire::upper::Upper;
use crate::wire::{DecodeError, Node, Show, Tree};
use core::net::SocketAddr;

impl Dissection<'_> {
    /// What its IKE message states by itself, as far as it can be read;
    /// `None` for any other packet. `frame` is what was taken apart, and `tree`
    /// gets its fields. Certificates are judged with `keyring`.
    pub fn ike_message(
        &self,
        frame: &Frame<'_>,
        tree: &mut Tree,
        keyring: &Keyring,
    ) -> Option<IkeMessage> {
        if self.message_bytes().is_empty() {
            return None;
        }
        self.tree(tree);
        ike_message(self, frame, tree, keyring)
    }

    /// The same for those who do not ask where it stands: every place is
    /// empty, and so are the data of notifications.
    #[cfg(feature = "arrow")]
    pub(crate) fn ike_message_unplaced(
        &self,
        frame: &Frame<'_>,
        keyring: &Keyring,
    ) -> Option<IkeMessage> {
        ike_message(self, frame, &Tree::new(), keyring)
    }
}

/// The facts of the IKE message in `packet`, whose tree is `tree`; an empty
/// one knows no places.
fn ike_message(
    packet: &Dissection<'_>,
    frame: &Frame<'_>,
    tree: &Tree,
    keyring: &Keyring,
) -> Option<IkeMessage> {
    let seen = Seen::once(frame.number, frame.at);
    let scene = Scene {
        now: packet.at,
        keyring,
    };
    let sight = Sight::new(tree, frame.data, Part::Outside);
    let mut message = match &packet.content {
        Found::Ike(read) => v2::message(&read.message, packet.route, &sight, scene, seen),
        Found::Isakmp(read) => v1::message(&read.message, packet.route, &sight, scene, seen),
        Found::Esp(_)
        | Found::Ah(_)
        | Found::Keepalive
        | Found::IcmpError(_)
        | Found::Fragment
        | Found::Unreadable(_)
        | Found::UnreadableLink(_)
        | Found::Other => return None,
    };
    message.place = sight.message();
    message.len = packet.message_bytes().len();
    message.non_esp_marker = packet.has_marker();
    message.ip_fragments = packet.fragments;
    message.fault = packet
        .fault()
        .map(|fault| Fault::new(fault, sight.fault(fault)));
    if let Some(unsealed) = &packet.unsealed {
        opened::add(unsealed, tree, frame.data, scene, &mut message);
    }
    if frame.missing() > 0 {
        mark_cut(&mut message, frame.missing());
    }
    Some(message)
}

/// The first node that `field` names, as a place.
pub(super) fn place(tree: &Tree, frame: &[u8], field: &str) -> Place {
    let sight = Sight::new(tree, frame, Part::Outside);
    tree.find(field)
        .first()
        .map(|&at| sight.place(at))
        .unwrap_or_default()
}

/// The fact of a datagram that never became whole.
pub(super) fn incomplete(lost: &Incomplete) -> IncompleteDatagram {
    let head = lost.first.as_deref().unwrap_or_default();
    let upper = Upper::read(Protocol(lost.key.protocol), head);
    let (from, to) = upper.ports().unwrap_or_default();
    let route = Route {
        from: SocketAddr::new(lost.key.source, from),
        to: SocketAddr::new(lost.key.destination, to),
    };
    let mut tally = Tally::new(route, lost.since);
    tally.last = lost.until;
    let missing: usize = lost.missing.iter().map(|range| range.len()).sum();
    let bytes = lost
        .len
        .map_or(head.len(), |len| len.saturating_sub(missing));
    let fragments = u16::try_from(lost.frames.len()).unwrap_or(u16::MAX);
    let shown = head.len().min(INCOMPLETE_SHOWN);
    let place = Place::new("data".to_owned(), 0..shown, head);
    let mut fact = IncompleteDatagram::new(tally, lost.key.protocol, bytes, fragments, place);
    fact.has_first = lost.first.is_some();
    fact.has_last = lost.len.is_some();
    fact.ike = decoder::message_in(route, upper.payload())
        .and_then(crate::wire::isakmp::peek)
        .map(|peek| (peek.cookie_i, peek.message_id));
    fact
}

/// Which payloads of a message are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// Those in the clear.
    Outside,
    /// Those that were decrypted.
    Inside,
}

/// Finds the places of a message's parts in its tree.
struct Sight<'a> {
    tree: &'a Tree,
    frame: &'a [u8],
    /// The message.
    root: Option<usize>,
    /// Its payloads, in order.
    payloads: Vec<usize>,
}

impl<'a> Sight<'a> {
    fn new(tree: &'a Tree, frame: &'a [u8], part: Part) -> Self {
        let is_message = |at: &usize| {
            tree.nodes().get(*at).is_some_and(|node| {
                let decrypted = tree.origin(node.source()) == Origin::Decrypted;
                ["ike", "isakmp"].contains(&node.field.name) && decrypted == (part == Part::Inside)
            })
        };
        let root = tree.children(None).filter(is_message).last();
        let is_group = |at: &usize| {
            tree.nodes()
                .get(*at)
                .is_some_and(|n| n.kind == NodeKind::Group)
        };
        let payloads = root.map(|root| tree.children(Some(root)).filter(is_group).collect());
        Self {
            tree,
            frame,
            root,
            payloads: payloads.unwrap_or_default(),
        }
    }

    /// The place of node `at`.
    fn place(&self, at: usize) -> Place {
        let Some(node) = self.tree.nodes().get(at) else {
            return Place::default();
        };
        let source = self.tree.source_bytes(node.source(), self.frame);
        Place::new(self.tree.path(at), node.range(), source)
    }

    /// The place of the message's header.
    fn message(&self) -> Place {
        let Some(node) = self.root.and_then(|root| self.tree.nodes().get(root)) else {
            return Place::default();
        };
        let start = node.range().start;
        let source = self.tree.source_bytes(node.source(), self.frame);
        let end = start.saturating_add(HEADER).min(node.range().end);
        Place::new(node.field.name.to_owned(), start..end, source)
    }

    /// The bytes of payload number `index`, generic header included.
    fn payload_bytes(&self, index: usize) -> &'a [u8] {
        let node = self
            .payloads
            .get(index)
            .and_then(|&at| self.tree.nodes().get(at));
        node.map(|node| self.tree.bytes(node, self.frame))
            .unwrap_or_default()
    }

    /// The place of payload number `index`.
    fn payload(&self, index: usize) -> Place {
        self.payloads
            .get(index)
            .map(|&at| self.place(at))
            .unwrap_or_default()
    }

    /// The place of the first field of payload number `index` that `is` it;
    /// of the whole payload when there is none.
    fn field(&self, index: usize, mut is: impl FnMut(&Node) -> bool) -> Place {
        let Some(&payload) = self.payloads.get(index) else {
            return Place::default();
        };
        let nodes = self.tree.nodes().iter().enumerate().skip(payload);
        let depth = self.tree.nodes().get(payload).map_or(0, Node::depth);
        let mut inside = nodes.skip(1).take_while(|(_, node)| node.depth() > depth);
        let found = inside.find(|(_, node)| is(node));
        self.place(found.map_or(payload, |(at, _)| at))
    }

    /// The place of a reserved field or bit of payload number `index` that is
    /// not zero.
    fn reserved(&self, index: usize) -> Place {
        self.field(index, |node| {
            let bytes = self.tree.bytes(node, self.frame);
            match node.field.name {
                "reserved" => bytes.iter().any(|&byte| byte != 0),
                "critical" => node.value & 0x7f != 0,
                _ => false,
            }
        })
    }

    /// The place of the first attribute of the SA payload number `index` that
    /// stands twice in its transform.
    fn twin(&self, index: usize) -> Place {
        let mut before = Vec::new();
        self.field(index, |node| {
            if node.depth() < ATTRIBUTE_DEPTH {
                before.clear();
            }
            let attribute = node.depth() == ATTRIBUTE_DEPTH && node.kind == NodeKind::Group;
            let again = attribute && before.contains(&node.field.name);
            if attribute {
                before.push(node.field.name);
            }
            again
        })
    }

    /// The place of the first offered algorithm of payload number `index` that
    /// has the number `id` and that its registry does not name.
    fn nameless(&self, index: usize, id: u64) -> Place {
        self.field(index, |node| {
            let named = matches!(node.field.show, Show::Named(name) if name(id).is_some());
            node.field.name == "id" && node.value == id && !named
        })
    }

    /// The place of the header field `name`.
    fn header(&self, name: &str) -> Place {
        let named = |at: &usize| {
            self.tree
                .nodes()
                .get(*at)
                .is_some_and(|n| n.field.name == name)
        };
        let found = self
            .root
            .and_then(|root| self.tree.children(Some(root)).find(named));
        found.map(|at| self.place(at)).unwrap_or_default()
    }

    /// The place of a fault: the smallest field that holds its first byte.
    fn fault(&self, fault: DecodeError) -> Place {
        let Some(root) = self.root.and_then(|root| self.tree.nodes().get(root)) else {
            return Place::default();
        };
        let byte = root.range().start.saturating_add(fault.offset);
        let holds = |at: &usize| {
            self.tree.nodes().get(*at).is_some_and(|node| {
                node.source() == root.source()
                    && node.kind != NodeKind::Part
                    && node.range().contains(&byte)
            })
        };
        let smallest = (0..self.tree.nodes().len()).rev().find(holds);
        smallest.map_or_else(|| self.place(self.root.unwrap_or(0)), |at| self.place(at))
    }
}

/// Collects deviations of one message.
#[derive(Default)]
struct Oddities(Vec<Oddity>);

impl Oddities {
    /// Notes `kind` at a place when `there_is`.
    fn note(&mut self, there_is: bool, kind: OddityKind, place: impl FnOnce() -> Place) {
        if there_is && self.0.len() < MAX_ODDITIES {
            self.0.push(Oddity::new(kind, place()));
        }
    }
}

/// What the two ends of an IKE SA have agreed on in the clear.
#[derive(Debug, Default)]
pub(super) struct Agreed {
    protection: Option<Protection>,
    /// The hash of phase 1 (IKEv1).
    hash: Option<isakmp::Hash>,
}

/// Adds to `message` what follows from what was agreed before, and to `agreed`
/// what this message agrees on.
pub(super) fn complete(
    message: &mut IkeMessage,
    agreed: &mut Agreed,
    provider: &'static CryptoProvider,
) {
    if !message.by_initiator
        && let [chosen] = message.content.proposals.as_slice()
        && chosen.protocol == SaProtocol::Ike
    {
        *agreed = Agreed::on(message.exchange, chosen);
    }
    if let (Some(sealed), Some(protection)) = (&mut message.sealed, &agreed.protection) {
        measure(sealed, protection);
    }
    nat::check(message, agreed.hash, provider);
}

fn measure(sealed: &mut Sealed, protection: &Protection) {
    match protection.plaintext(sealed.len) {
        Ok(plaintext) => sealed.inner_len = Some(plaintext.likely),
        Err(_) => sealed.impossible = true,
    }
}

impl Agreed {
    fn on(exchange: Exchange, chosen: &Proposal) -> Self {
        let number = |kind| {
            let of_kind = |t: &&Transform| t.kind == kind;
            let found = chosen.transforms.iter().find(of_kind)?;
            u16::try_from(found.id).ok()
        };
        match exchange {
            Exchange::V1(_) => Self {
                protection: number(TransformKind::Encryption)
                    .and_then(|id| crate::crypto::suite::phase1_encryption(isakmp::Encryption(id)))
                    .and_then(Protection::ikev1),
                hash: number(TransformKind::Prf).map(isakmp::Hash),
            },
            Exchange::V2(_) => {
                let cipher = number(TransformKind::Encryption)
                    .and_then(|id| crate::crypto::suite::encryption(ike::Encryption(id)));
                let mac = number(TransformKind::Integrity)
                    .and_then(|id| crate::crypto::suite::integrity(ike::Integrity(id)));
                Self {
                    protection: cipher.and_then(|c| Protection::ikev2(c, mac)),
                    hash: None,
                }
            }
        }
    }
}

/// A transform of `kind` by its registry name, with its key length.
pub(super) fn transform(
    kind: TransformKind,
    id: u64,
    key_bits: Option<u16>,
    name: Option<&str>,
) -> Transform {
    let mut name = name.map_or_else(|| format!("{id}"), str::to_owned);
    if let Some(bits) = key_bits {
        name = format!("{name}-{bits}");
    }
    Transform {
        kind,
        id,
        key_bits,
        name,
    }
}

/// Sets right what the snap length falsifies when it takes `missing` bytes from
/// the end of a message: its lengths, and faults that are the capture's.
fn mark_cut(message: &mut IkeMessage, missing: usize) {
    message.cut = true;
    message.len = message.len.saturating_add(missing);
    message.fault = None;
    message.oddities.clear();
    if let Some(sealed) = &mut message.sealed {
        sealed.len = sealed.len.saturating_add(missing);
        sealed.unsealing = sealed.unsealing.filter(|state| state.is_open());
    }
}

pub(super) fn empty_message(route: Route, exchange: Exchange, seen: Seen) -> IkeMessage {
    IkeMessage {
        route,
        minor_version: 0,
        spi_i: 0,
        spi_r: 0,
        exchange,
        message_id: 0,
        by_initiator: false,
        response: false,
        len: 0,
        non_esp_marker: false,
        ip_fragments: 0,
        fragment: None,
        cut: false,
        untold: Untold::default(),
        seen,
        content: Content::default(),
        sealed: None,
        inside: None,
        proofs: Vec::new(),
        fault: None,
        oddities: Vec::new(),
        place: Place::default(),
    }
}

/// Bytes quoted of the beginning of a datagram that never became whole.
const INCOMPLETE_SHOWN: usize = 16;

/// How deep attributes stand: message, payload, proposal, transform, attribute.
const ATTRIBUTE_DEPTH: u8 = 4;

/// Bytes of the header, in both versions.
const HEADER: usize = 28;

/// Deviations listed of one message.
const MAX_ODDITIES: usize = 16;
