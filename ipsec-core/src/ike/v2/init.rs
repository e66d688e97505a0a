//! `IKE_SA_INIT` (RFC 7296 §1.2): algorithms, public values, nonces. Nothing
//! in it is protected, so nothing in it ends a connection.

use super::channel::Channel;
use super::proof::Handshake;
use crate::crypto::{KeyExchange as Exchange, Secret};
use crate::evidence::LogEvent;
use crate::ike::config::PeerConfig;
use crate::ike::context::Context;
use crate::ike::error::Ignored;
use crate::ike::event::{ExportedKeys, copy};
use crate::ike::exchange::Sending;
use crate::ike::grammar;
use crate::ike::nat::{self, Nat, Path};
use crate::ike::suite::{self, IkeSuite};
use crate::keymat::ikev2::{self, IkeKeys};
use crate::keymat::{Nonces, Spis};
use crate::sa::proposal::{Choice, Preference, Proposal, choose};
use crate::wire::ike::{Body, Flags, Ke, Message, Notify, NotifyData, Payload};
use crate::wire::registry::ike::{
    ExchangeType, HashAlgorithm, KeyExchange, NotifyType, PayloadType, ProtocolId,
};
use alloc::boxed::Box;
use alloc::vec::Vec;

/// What the peer says it can do.
#[derive(Clone, Debug, Default)]
pub(in crate::ike) struct Abilities {
    /// Hashes for digital signatures (RFC 7427 §4).
    pub(in crate::ike) hashes: Vec<HashAlgorithm>,
    pub(in crate::ike) nat: Nat,
    /// Fragments are put together (RFC 7383).
    pub(in crate::ike) fragments: bool,
    /// IKE SAs are made without a child SA (RFC 6023).
    pub(in crate::ike) childless: bool,
}

impl Abilities {
    fn of(cx: &Context<'_>, message: &Message<'_>, path: &Path) -> Self {
        let mut hashes = Vec::new();
        for notify in message.notifies() {
            if let NotifyData::HashAlgorithms(list) = &notify.data {
                hashes.extend(list.iter().copied());
            }
        }
        Self {
            hashes,
            nat: nat::detect(cx.provider(), message, path),
            childless: message
                .notify(NotifyType::CHILDLESS_IKEV2_SUPPORTED)
                .is_some(),
            fragments: message
                .notify(NotifyType::IKEV2_FRAGMENTATION_SUPPORTED)
                .is_some(),
        }
    }
}

/// Our first request, on its way.
pub(in crate::ike) struct InitSent {
    spi: u64,
    group: KeyExchange,
    exchange: Box<dyn Exchange>,
    nonce: Vec<u8>,
    cookie: Vec<u8>,
    pub(in crate::ike) message: Vec<u8>,
    pub(in crate::ike) sending: Sending,
    /// Unprotected claims so far, the last of them.
    pub(in crate::ike) claimed: Option<NotifyType>,
    restarts: u8,
}

/// What a response to our first request comes to.
pub(in crate::ike) enum InitAnswer {
    /// The cookie has to be sent back (RFC 7296 §2.6).
    Cookie(Vec<u8>),
    /// Another group has to be used (§1.2).
    OtherGroup(KeyExchange),
    /// It is claimed that the peer refuses.
    Claim(NotifyType),
    /// The peer goes on.
    Handshake(Box<Handshake>),
}

impl InitSent {
    /// Sends the first request of the IKE SA with `spi`; `None` where no
    /// group can be used.
    pub(in crate::ike) fn begin(cx: &mut Context<'_>, path: &Path, spi: u64) -> Option<Self> {
        let proposals = suite::usable(cx.provider(), &cx.peer.proposals);
        let group = *suite::groups(&proposals).first()?;
        let nonce = cx.nonce();
        let retransmission = cx.peer.retransmission;
        let mut init = Self {
            spi,
            group,
            exchange: cx.provider().group(group)?.start(cx.random()).ok()?,
            nonce,
            cookie: Vec::new(),
            message: Vec::new(),
            sending: Sending::new(cx.now, retransmission, cx.random()),
            claimed: None,
            restarts: 0,
        };
        init.send(cx, path);
        Some(init)
    }

    fn send(&mut self, cx: &mut Context<'_>, path: &Path) {
        let proposals = suite::usable(cx.provider(), &cx.peer.proposals);
        let (spis, force) = ((self.spi, 0), cx.peer.force_encapsulation);
        let hashes = nat::hashes(cx.provider(), spis, path, force);
        let mut message = Message::request(self.spi, 0, ExchangeType::IKE_SA_INIT, 0);
        if !self.cookie.is_empty() {
            let data = NotifyData::Cookie(&self.cookie);
            push_notify(&mut message, Notify::new(NotifyType::COOKIE, data));
        }
        let first = InitPayloads {
            proposals: &proposals,
            group: self.group,
            public: self.exchange.public(),
            nonce: &self.nonce,
        };
        first.push(&mut message);
        push_abilities(&mut message, cx, hashes.as_ref());
        self.message.clear();
        message.encode(&mut self.message);
        self.sending = Sending::new(cx.now, cx.peer.retransmission, cx.random());
        cx.transmit(path, &self.message);
    }

    /// Judges a response, which came by `path`.
    ///
    /// # Errors
    ///
    /// It is none, or not one to what was asked.
    pub(in crate::ike) fn read(
        &self,
        cx: &Context<'_>,
        bytes: &[u8],
        path: &Path,
    ) -> Result<InitAnswer, Ignored> {
        let message = Message::decode(bytes).map_err(Ignored::Unreadable)?;
        let header = &message.header;
        if header.exchange != ExchangeType::IKE_SA_INIT || header.message_id != 0 {
            return Err(Ignored::Exchange);
        }
        if !header.flags.contains(Flags::RESPONSE) || header.flags.contains(Flags::INITIATOR) {
            return Err(Ignored::Direction);
        }
        check(&message, true)?;
        if message.payload(PayloadType::SA).is_some() {
            let handshake = self.accept(cx, &message, bytes, path)?;
            return Ok(InitAnswer::Handshake(Box::new(handshake)));
        }
        self.read_notifies(cx, &message)
    }

    fn read_notifies(
        &self,
        cx: &Context<'_>,
        message: &Message<'_>,
    ) -> Result<InitAnswer, Ignored> {
        let may_restart = self.restarts < RESTARTS_MAX;
        for notify in message.notifies() {
            if let NotifyData::Cookie(cookie) = notify.data {
                let is_new = cookie != self.cookie && may_restart;
                return is_new
                    .then(|| InitAnswer::Cookie(cookie.to_vec()))
                    .ok_or(Ignored::NotOffered);
            }
            if let NotifyData::Group(group) = notify.data {
                let ours = suite::usable(cx.provider(), &cx.peer.proposals);
                let is_ours = suite::groups(&ours).contains(&group);
                return (is_ours && group != self.group && may_restart)
                    .then_some(InitAnswer::OtherGroup(group))
                    .ok_or(Ignored::NotOffered);
            }
            if notify.kind.is_error() {
                return Ok(InitAnswer::Claim(notify.kind));
            }
        }
        Err(Ignored::NotOffered)
    }

    /// Sends the request again with what the peer wants.
    pub(in crate::ike) fn restart(
        &mut self,
        cx: &mut Context<'_>,
        path: &Path,
        cookie: Option<Vec<u8>>,
        group: Option<KeyExchange>,
    ) {
        self.restarts = self.restarts.saturating_add(1);
        if let Some(cookie) = cookie {
            self.cookie = cookie;
        }
        let other = group.and_then(|group| {
            let exchange = cx.provider().group(group)?.start(cx.random()).ok()?;
            Some((group, exchange))
        });
        if let Some((group, exchange)) = other {
            (self.group, self.exchange) = (group, exchange);
        }
        self.send(cx, path);
    }

    fn accept(
        &self,
        cx: &Context<'_>,
        message: &Message<'_>,
        bytes: &[u8],
        path: &Path,
    ) -> Result<Handshake, Ignored> {
        let parts = Parts::of(message).ok_or(Ignored::NotOffered)?;
        let ours = suite::usable(cx.provider(), &cx.peer.proposals);
        let [answer] = &parts.proposals[..] else {
            return Err(Ignored::NotOffered);
        };
        let chosen = answer_to(&ours, answer).ok_or(Ignored::NotOffered)?;
        let suite = IkeSuite::of(cx.provider(), &chosen).ok_or(Ignored::NotOffered)?;
        if suite.group != self.group || parts.group != self.group || message.header.spi_r == 0 {
            return Err(Ignored::NotOffered);
        }
        check_nonce(parts.nonce)?;
        let shared = self.exchange.finish(parts.public);
        let shared = shared.map_err(Ignored::PublicValue)?;
        let spis = Spis {
            i: self.spi.to_be_bytes(),
            r: message.header.spi_r.to_be_bytes(),
        };
        let nonces = Nonces {
            i: &self.nonce,
            r: parts.nonce,
        };
        let (mut channel, keys) =
            set_up(cx, suite, spis, true, nonces, &shared).ok_or(Ignored::NotOffered)?;
        let abilities = Abilities::of(cx, message, path);
        channel.fragment = cx.peer.fragment.filter(|_| abilities.fragments);
        Ok(Handshake {
            channel,
            keys,
            nonce_i: self.nonce.clone(),
            nonce_r: parts.nonce.to_vec(),
            request: self.message.clone(),
            response: bytes.to_vec(),
            path: float(cx, path, abilities.nat),
            abilities,
        })
    }
}

/// The path after `IKE_SA_INIT`, for the initiator: port 4500 where the peer
/// can do that and a NAT is or is feigned (RFC 7296 §2.23).
fn float(cx: &Context<'_>, path: &Path, nat: Nat) -> Path {
    let mut path = *path;
    if nat.found() || (nat.supported && cx.peer.force_encapsulation) {
        let (_, port) = cx.shared.config.ports;
        path.local.set_port(port);
        path.remote.set_port(port);
        path.encapsulated = true;
    }
    path
}

/// What the responder makes of a first request.
pub(in crate::ike) enum FirstRequest {
    /// The initiator has to use another group.
    OtherGroup(KeyExchange),
    /// No proposal is acceptable.
    NoProposal,
    /// The exchange is over.
    Answered(Box<Handshake>),
}

/// Judges the first request of an initiator, for the configuration of `cx`,
/// and answers it under `spi`. Nothing is kept where it is refused.
///
/// # Errors
///
/// It is none, and is not answered.
pub(in crate::ike) fn answer(
    cx: &mut Context<'_>,
    bytes: &[u8],
    path: &Path,
    spi: u64,
) -> Result<FirstRequest, Ignored> {
    let message = Message::decode(bytes).map_err(Ignored::Unreadable)?;
    check(&message, false)?;
    let parts = Parts::of(&message).ok_or(Ignored::NotOffered)?;
    check_nonce(parts.nonce)?;
    let ours = suite::usable(cx.provider(), &cx.peer.proposals);
    let chosen = match choose(&parts.proposals, &ours, Preference::Accepted) {
        Ok(choice) => prefer_group(choice, &parts, &ours),
        Err(why) => {
            tell_why_not(cx, &parts.proposals, &why);
            return Ok(FirstRequest::NoProposal);
        }
    };
    let Some(suite) = IkeSuite::of(cx.provider(), &chosen) else {
        return Ok(FirstRequest::NoProposal);
    };
    if suite.group != parts.group {
        return Ok(FirstRequest::OtherGroup(suite.group));
    }
    let group = cx
        .provider()
        .group(suite.group)
        .ok_or(Ignored::NotOffered)?;
    let (public, shared) = group
        .respond(parts.public, cx.random())
        .map_err(Ignored::PublicValue)?;
    let nonce = cx.nonce();
    let spis = Spis {
        i: message.header.spi_i.to_be_bytes(),
        r: spi.to_be_bytes(),
    };
    let response = respond(cx, &message, path, spi, &chosen, &public, &nonce);
    let nonces = Nonces {
        i: parts.nonce,
        r: &nonce,
    };
    let (mut channel, keys) =
        set_up(cx, suite, spis, false, nonces, &shared).ok_or(Ignored::NotOffered)?;
    let abilities = Abilities::of(cx, &message, path);
    channel.fragment = cx.peer.fragment.filter(|_| abilities.fragments);
    Ok(FirstRequest::Answered(Box::new(Handshake {
        channel,
        keys,
        abilities,
        nonce_i: parts.nonce.to_vec(),
        nonce_r: nonce,
        request: bytes.to_vec(),
        response,
        path: *path,
    })))
}

/// A group for which the public value has come is as good as one that stands
/// before it: it saves a round trip (RFC 7296 §2.7 leaves the choice).
fn prefer_group(choice: Choice, parts: &Parts<'_>, ours: &[Proposal]) -> Proposal {
    let sent = |proposal: &Proposal| {
        let mut proposal = proposal.clone();
        proposal.transforms.retain(|transform| {
            transform.kind != crate::wire::registry::ike::TransformType::KE
                || transform.id == parts.group.0
        });
        proposal
    };
    let theirs: Vec<Proposal> = parts.proposals.iter().map(sent).collect();
    match choose(&theirs, ours, Preference::Accepted) {
        Ok(better) if better.accepted == choice.accepted => better.proposal,
        Ok(_) | Err(_) => choice.proposal,
    }
}

fn tell_why_not(cx: &mut Context<'_>, _offered: &[Proposal], why: &crate::sa::proposal::WhyNot) {
    let differs = why
        .closest()
        .and_then(|rejection| rejection.differences.first())
        .map(|difference| alloc::format!("{}", difference.kind));
    cx.tell(
        false,
        LogEvent::NoProposal {
            differs,
            received: None,
            configured: None,
        },
    );
}

fn respond(
    cx: &Context<'_>,
    request: &Message<'_>,
    path: &Path,
    spi: u64,
    chosen: &Proposal,
    public: &[u8],
    nonce: &[u8],
) -> Vec<u8> {
    let spi_i = request.header.spi_i;
    let force = cx.peer.force_encapsulation;
    let hashes = nat::hashes(cx.provider(), (spi_i, spi), path, force);
    let mut message = Message::request(spi_i, spi, ExchangeType::IKE_SA_INIT, 0);
    message.header.flags = Flags::RESPONSE;
    let group = suite::groups(core::slice::from_ref(chosen));
    let first = InitPayloads {
        proposals: core::slice::from_ref(chosen),
        group: group.first().copied().unwrap_or(KeyExchange::NONE),
        public,
        nonce,
    };
    first.push(&mut message);
    push_abilities(&mut message, cx, hashes.as_ref());
    let childless = NotifyType::CHILDLESS_IKEV2_SUPPORTED;
    push_notify(&mut message, Notify::empty(childless));
    let mut bytes = Vec::new();
    message.encode(&mut bytes);
    bytes
}

/// An unprotected answer of one notification to a first request.
pub(in crate::ike) fn refusal(spi_i: u64, notify: Notify<'_>) -> Vec<u8> {
    let mut message = Message::request(spi_i, 0, ExchangeType::IKE_SA_INIT, 0);
    message.header.flags = Flags::RESPONSE;
    push_notify(&mut message, notify);
    let mut bytes = Vec::new();
    message.encode(&mut bytes);
    bytes
}

/// The three payloads that both messages have.
struct InitPayloads<'a> {
    proposals: &'a [Proposal],
    group: KeyExchange,
    public: &'a [u8],
    nonce: &'a [u8],
}

impl<'a> InitPayloads<'a> {
    fn push(&self, message: &mut Message<'a>) {
        let sa = Body::Sa(suite::offer(self.proposals, &[]));
        let ke = Body::Ke(Ke::new(self.group, self.public));
        message.payloads.extend([
            Payload::new(PayloadType::SA, sa),
            Payload::new(PayloadType::KE, ke),
            Payload::new(PayloadType::NONCE, Body::Nonce(self.nonce)),
        ]);
    }
}

fn push_notify<'a>(message: &mut Message<'a>, notify: Notify<'a>) {
    let payload = Payload::new(PayloadType::NOTIFY, Body::Notify(notify));
    message.payloads.push(payload);
}

fn push_abilities<'a>(
    message: &mut Message<'a>,
    cx: &Context<'_>,
    hashes: Option<&'a [crate::crypto::Digest; 2]>,
) {
    let kinds = [
        NotifyType::NAT_DETECTION_SOURCE_IP,
        NotifyType::NAT_DETECTION_DESTINATION_IP,
    ];
    for (kind, hash) in kinds.into_iter().zip(hashes.into_iter().flatten()) {
        if let Ok(hash) = hash.as_bytes().try_into() {
            push_notify(message, Notify::new(kind, NotifyData::NatDetection(hash)));
        }
    }
    let known = [
        HashAlgorithm::SHA2_256,
        HashAlgorithm::SHA2_384,
        HashAlgorithm::SHA2_512,
        HashAlgorithm::IDENTITY,
    ];
    let can = |hash: &HashAlgorithm| {
        *hash == HashAlgorithm::IDENTITY || cx.provider().ikev2_hash(*hash).is_some()
    };
    let list = known.into_iter().filter(can).collect();
    let data = NotifyData::HashAlgorithms(list);
    push_notify(
        message,
        Notify::new(NotifyType::SIGNATURE_HASH_ALGORITHMS, data),
    );
    if cx.peer.fragment.is_some() {
        let kind = NotifyType::IKEV2_FRAGMENTATION_SUPPORTED;
        push_notify(message, Notify::empty(kind));
    }
}

/// The payloads of a message that goes on.
struct Parts<'a> {
    proposals: Vec<Proposal>,
    group: KeyExchange,
    public: &'a [u8],
    nonce: &'a [u8],
}

impl<'a> Parts<'a> {
    fn of(message: &Message<'a>) -> Option<Self> {
        let (mut proposals, mut public, mut nonce) = (None, None, None);
        for payload in &message.payloads {
            if let Body::Sa(sa) = &payload.body {
                proposals = Some(suite::read(sa, ProtocolId::IKE));
            } else if let Body::Ke(ke) = &payload.body {
                public = Some((ke.group, ke.data));
            } else if let Body::Nonce(bytes) = &payload.body {
                nonce = Some(*bytes);
            }
        }
        let (group, public) = public?;
        let proposals = proposals?.into_iter().map(|offered| offered.proposal);
        Some(Self {
            proposals: proposals.collect(),
            group,
            public,
            nonce: nonce?,
        })
    }
}

/// What `answer` chose of `ours`; `None` where it is not a choice of it: one
/// transform of each kind, none that was not offered (RFC 7296 §2.7).
pub(in crate::ike) fn answer_to(ours: &[Proposal], answer: &Proposal) -> Option<Proposal> {
    let mut kinds: Vec<_> = answer.transforms.iter().map(|one| one.kind).collect();
    kinds.sort_unstable();
    let single = kinds.windows(2).all(|two| two.first() != two.get(1));
    let mut offered = ours.iter().filter(|ours| ours.number == answer.number);
    let offered = core::slice::from_ref(offered.next()?);
    let choice = choose(core::slice::from_ref(answer), offered, Preference::Offered).ok()?;
    single.then_some(choice.proposal)
}

fn check(message: &Message<'_>, response: bool) -> Result<(), Ignored> {
    let kinds: Vec<PayloadType> = message.payloads.iter().map(|one| one.kind).collect();
    grammar::check(ExchangeType::IKE_SA_INIT, response, &kinds).map_err(Ignored::Grammar)
}

/// RFC 7296 §2.10, §3.9.
pub(in crate::ike) const fn check_nonce(nonce: &[u8]) -> Result<(), Ignored> {
    match nonce.len() {
        16..=256 => Ok(()),
        len => Err(Ignored::NonceLength(len)),
    }
}

fn set_up(
    cx: &Context<'_>,
    suite: IkeSuite,
    spis: Spis,
    initiator: bool,
    nonces: Nonces<'_>,
    shared: &Secret,
) -> Option<(Channel, IkeKeys)> {
    let seed = ikev2::skeyseed(suite.prf, nonces, shared);
    let keys = IkeKeys::expand(suite.prf, &seed, nonces, spis, suite.cipher.sizes).ok()?;
    let channel = Channel::new(cx.provider(), suite, spis, initiator, &keys).ok()?;
    Some((channel, keys))
}

/// The keys of `channel` for export.
pub(in crate::ike) fn exported(channel: &Channel, keys: &IkeKeys) -> ExportedKeys {
    ExportedKeys::Ike {
        spis: channel.spis,
        encryption: channel.suite.cipher.encryption,
        integrity: channel.suite.cipher.integrity,
        prf: channel.suite.prf.ikev2(),
        keys: IkeKeys {
            sk_d: copy(&keys.sk_d),
            sk_ai: copy(&keys.sk_ai),
            sk_ar: copy(&keys.sk_ar),
            sk_ei: copy(&keys.sk_ei),
            sk_er: copy(&keys.sk_er),
            sk_pi: copy(&keys.sk_pi),
            sk_pr: copy(&keys.sk_pr),
        },
    }
}

/// Whether `peer` is one that a first request with these proposals can be for.
pub(in crate::ike) fn is_for(
    peer: &PeerConfig,
    provider: &crate::crypto::CryptoProvider,
    message: &Message<'_>,
) -> bool {
    let ours = suite::usable(provider, &peer.proposals);
    Parts::of(message)
        .is_some_and(|parts| choose(&parts.proposals, &ours, Preference::Accepted).is_ok())
}

/// Times that a first request is changed and sent anew: a cookie, a group,
/// and each once more.
const RESTARTS_MAX: u8 = 5;
