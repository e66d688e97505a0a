//! The messages of one IKE SA, sealed and opened (RFC 7296 §3.14).

use crate::crypto::{CryptoProvider, Random, Secret};
use crate::ike::error::{Error, Ignored};
use crate::ike::suite::IkeSuite;
use crate::keymat::Spis;
use crate::keymat::fragments::{FRAGMENT_HEAD, Limits, Piece, Reassembly, split};
use crate::keymat::ikev2::IkeKeys;
use crate::keymat::sealed::{Ikev2Body, NoBody};
use crate::time::Instant;
use crate::wire::Encoder;
use crate::wire::ike::{
    Body, Chain, Flags, Header, Message, Payload, Sk, Skf, decode_chain, lay_out_chain, peek,
};
use crate::wire::registry::ike::{ExchangeType, PayloadType};
use alloc::boxed::Box;
use alloc::vec::Vec;
use zeroize::Zeroizing;

/// What protects the messages of an IKE SA.
#[derive(Debug)]
pub(in crate::ike) struct Channel {
    pub(in crate::ike) spis: Spis,
    /// We are the end that began this IKE SA.
    pub(in crate::ike) initiator: bool,
    pub(in crate::ike) suite: IkeSuite,
    pub(in crate::ike) sk_d: Secret,
    ours: Ikev2Body,
    theirs: Ikev2Body,
    /// IVs of AEAD ciphers so far; no two messages have the same.
    ivs: u64,
    /// Bytes of the datagrams into which longer messages are cut, where the
    /// peer can put them together (RFC 7383).
    pub(in crate::ike) fragment: Option<usize>,
    /// The message of which fragments have come.
    incoming: Option<Box<Incoming>>,
}

/// Fragments of one message.
#[derive(Debug)]
struct Incoming {
    id: u32,
    response: bool,
    pieces: Reassembly,
}

/// Which message to seal.
#[derive(Clone, Copy, Debug)]
pub(in crate::ike) struct Head {
    pub(in crate::ike) exchange: ExchangeType,
    pub(in crate::ike) id: u32,
    pub(in crate::ike) response: bool,
}

/// What was in an authentic message.
#[derive(Debug)]
pub(in crate::ike) struct Opened {
    first: PayloadType,
    plain: Zeroizing<Vec<u8>>,
    len: usize,
}

impl Opened {
    /// Its payloads.
    ///
    /// # Errors
    ///
    /// They cannot be read, or one is critical and unknown.
    pub(in crate::ike) fn payloads(&self) -> Result<Vec<Payload<'_>>, Error> {
        let bytes = self.plain.get(..self.len).unwrap_or_default();
        let (Chain { payloads, .. }, fault) = decode_chain(self.first, bytes);
        if let Some(fault) = fault {
            return Err(Error::Decode(fault));
        }
        match payloads.iter().find(|payload| is_refused(payload)) {
            Some(strange) => Err(Error::Critical(strange.kind)),
            None => Ok(payloads),
        }
    }
}

fn is_refused(payload: &Payload<'_>) -> bool {
    payload.is_critical() && matches!(payload.body, Body::Unknown(_))
}

impl Channel {
    pub(in crate::ike) fn new(
        provider: &CryptoProvider,
        suite: IkeSuite,
        spis: Spis,
        initiator: bool,
        keys: &IkeKeys,
    ) -> Result<Self, NoBody> {
        let cipher = suite.cipher;
        let body =
            |key, mac_key| Ikev2Body::new(provider, cipher.encryption, key, cipher.mac(), mac_key);
        let (i, r) = (
            body(&keys.sk_ei, &keys.sk_ai)?,
            body(&keys.sk_er, &keys.sk_ar)?,
        );
        let (ours, theirs) = if initiator { (i, r) } else { (r, i) };
        Ok(Self {
            spis,
            initiator,
            suite,
            sk_d: Secret::new(keys.sk_d.dangerous_bytes().to_vec()),
            ours,
            theirs,
            ivs: 0,
            fragment: None,
            incoming: None,
        })
    }

    /// The SPI by which the peer finds us, and we find this SA.
    pub(in crate::ike) const fn own_spi(&self) -> u64 {
        u64::from_be_bytes(if self.initiator {
            self.spis.i
        } else {
            self.spis.r
        })
    }

    /// Opens `message`, whose header was peeked at. A fragment is kept until
    /// the others are there.
    pub(in crate::ike) fn open(&mut self, now: Instant, message: &[u8]) -> Result<Opened, Ignored> {
        let (read, fault) = Message::decode_lax(message).map_err(Ignored::Unreadable)?;
        if let Some(fault) = fault {
            return Err(Ignored::Unreadable(fault));
        }
        let header = &read.header;
        let spis = (header.spi_i.to_be_bytes(), header.spi_r.to_be_bytes());
        if spis != (self.spis.i, self.spis.r) {
            return Err(Ignored::UnknownSpi(header.spi_r));
        }
        if header.flags.contains(Flags::INITIATOR) == self.initiator {
            return Err(Ignored::Direction);
        }
        let Some(last) = read.payloads.last() else {
            return Err(Ignored::Unprotected);
        };
        if let Body::Sk(sk) = &last.body {
            return self.unseal(message, sk.data.len(), sk.first_inside);
        }
        let Body::Skf(skf) = &last.body else {
            return Err(Ignored::Unprotected);
        };
        if self.fragment.is_none() {
            return Err(Ignored::Unprotected);
        }
        let opened = self.unseal(message, skf.data.len(), skf.first_inside)?;
        self.join(now, header, (skf.total, skf.number), &opened)
    }

    /// Whether `message`, whole or a fragment, is the peer's.
    pub(in crate::ike) fn verify(&self, message: &[u8]) -> Result<(), Ignored> {
        let last = peek(message).and_then(|peeked| peeked.payloads().last());
        let last = last.ok_or(Ignored::Unprotected)?;
        let len = match last.kind {
            PayloadType::SK => last.body.len(),
            PayloadType::SKF => last.body.len().saturating_sub(4),
            _ => return Err(Ignored::Unprotected),
        };
        self.unseal(message, len, PayloadType::NONE).map(drop)
    }

    fn unseal(&self, message: &[u8], len: usize, first: PayloadType) -> Result<Opened, Ignored> {
        let body = message.len().saturating_sub(len)..message.len();
        let mut plain = Zeroizing::new(Vec::new());
        let len = self.theirs.open(message, body, &mut plain);
        Ok(Opened {
            first,
            len: len.map_err(Ignored::NotAuthentic)?,
            plain,
        })
    }

    fn join(
        &mut self,
        now: Instant,
        header: &Header,
        (total, number): (u16, u16),
        opened: &Opened,
    ) -> Result<Opened, Ignored> {
        let (id, response) = (header.message_id, header.flags.contains(Flags::RESPONSE));
        let is_of = |known: &&mut Box<Incoming>| known.id == id && known.response == response;
        if self.incoming.as_mut().filter(is_of).is_none() {
            let pieces = Reassembly::new(Limits::default());
            let incoming = Incoming {
                id,
                response,
                pieces,
            };
            self.incoming = Some(Box::new(incoming));
        }
        let Some(incoming) = &mut self.incoming else {
            return Err(Ignored::Incomplete);
        };
        let bytes = opened.plain.get(..opened.len).unwrap_or_default();
        let added = incoming.pieces.add(now, total, number, opened.first, bytes);
        let whole = added.map_err(Ignored::Fragment)?;
        let (first, plain) = whole.ok_or(Ignored::Incomplete)?;
        self.incoming = None;
        Ok(Opened {
            first,
            len: plain.len(),
            plain: Zeroizing::new(plain),
        })
    }

    /// The sealed message of `payloads`, in fragments where it is too long for
    /// one datagram.
    pub(in crate::ike) fn seal(
        &mut self,
        random: &mut dyn Random,
        head: Head,
        payloads: &[Payload<'_>],
    ) -> Vec<Vec<u8>> {
        let mut inside = Zeroizing::new(Vec::with_capacity(PLAIN_ROOM));
        lay_out_chain(payloads, &mut Encoder::new(&mut inside));
        let first = payloads.first().map_or(PayloadType::NONE, |one| one.kind);
        let whole = self.ours.body_len(inside.len()).saturating_add(SK_HEAD);
        if let Some(most) = self.fragment.filter(|most| whole > *most) {
            let room = self.ours.room(most.saturating_sub(FRAGMENT_HEAD));
            if let Ok(pieces) = split(&inside, room) {
                let seal = |piece: Piece<'_>| self.seal_piece(random, head, first, &piece);
                return pieces.map(seal).collect();
            }
        }
        let room = alloc::vec![0; self.ours.body_len(inside.len())];
        let body = Body::Sk(Sk::new(first, &room));
        let payload = Payload::new(PayloadType::SK, body);
        Vec::from([self.seal_in(random, head, payload, room.len(), &inside)])
    }

    fn seal_piece(
        &mut self,
        random: &mut dyn Random,
        head: Head,
        first: PayloadType,
        piece: &Piece<'_>,
    ) -> Vec<u8> {
        let room = alloc::vec![0; self.ours.body_len(piece.bytes.len())];
        let body = Body::Skf(Skf {
            first_inside: piece.next_payload(first),
            number: piece.number,
            total: piece.total,
            data: &room,
        });
        let payload = Payload::new(PayloadType::SKF, body);
        self.seal_in(random, head, payload, room.len(), piece.bytes)
    }

    /// A message with one payload, the last `room` bytes of which are sealed.
    fn seal_in(
        &mut self,
        random: &mut dyn Random,
        head: Head,
        payload: Payload<'_>,
        room: usize,
        inside: &[u8],
    ) -> Vec<u8> {
        let mut message = self.empty(head);
        message.payloads.push(payload);
        let mut bytes = Vec::new();
        message.encode(&mut bytes);
        bytes.truncate(bytes.len().saturating_sub(room));
        let iv = self.iv(random);
        // The IV has the cipher's length, which is all that can be wrong.
        let _ = self.ours.seal(&iv, inside, &mut bytes);
        bytes
    }

    fn empty<'a>(&self, head: Head) -> Message<'a> {
        let (i, r) = (self.spis.i, self.spis.r);
        let (i, r) = (u64::from_be_bytes(i), u64::from_be_bytes(r));
        let mut message = Message::request(i, r, head.exchange, head.id);
        let mut flags = Flags::default();
        if self.initiator {
            flags = flags.with(Flags::INITIATOR);
        }
        if head.response {
            flags = flags.with(Flags::RESPONSE);
        }
        message.header.flags = flags;
        message
    }

    /// Unpredictable for CBC, and never the same for an AEAD cipher.
    fn iv(&mut self, random: &mut dyn Random) -> Vec<u8> {
        let mut iv = alloc::vec![0; self.suite.cipher.iv_len()];
        if self.suite.cipher.mac().is_some() {
            random.fill(&mut iv);
        } else if let Ok(iv) = <&mut [u8; 8]>::try_from(iv.as_mut_slice()) {
            self.ivs = self.ivs.saturating_add(1);
            *iv = self.ivs.to_be_bytes();
        }
        iv
    }
}

/// Whether `message` is a fragment other than the first: a request that comes
/// again is answered once (RFC 7383 §2.6.1).
pub(in crate::ike) fn is_later_fragment(message: &[u8]) -> bool {
    let payloads = peek(message).map(|peeked| peeked.payloads());
    let last = payloads.and_then(Iterator::last);
    last.is_some_and(|last| {
        let first = last.body.first_chunk::<2>();
        last.kind == PayloadType::SKF && first != Some(&[0, 1])
    })
}

/// The message ID and direction of an authentic message that was peeked at.
pub(in crate::ike) fn head_of(message: &[u8]) -> Option<Head> {
    let header = peek(message)?.header;
    Some(Head {
        exchange: header.exchange,
        id: header.message_id,
        response: header.flags.contains(Flags::RESPONSE),
    })
}

/// Bytes before the body of an SK payload: the IKE header and its own.
const SK_HEAD: usize = 28 + 4;

/// Room for the payloads of most messages, so that no copy of them is left
/// behind when the buffer grows.
const PLAIN_ROOM: usize = 2048;
