//! What an endpoint is told about itself and its peers, with safe defaults:
//! the algorithms that RFC 8247 and RFC 8221 require or recommend, and none
//! that they advise against.

use super::cookie::Limits;
use super::retransmit::Retransmission;
use crate::crypto::CryptoProvider;
use crate::sa::lifetime;
use crate::sa::pad::Pattern;
use crate::sa::proposal::{Proposal, Transform};
use crate::sa::selector::{AddressRange, Selector};
use crate::time::Duration;
use crate::wire::encap::{IKE_PORT, NAT_TRAVERSAL_PORT};
use crate::wire::ike::{Id, IdData};
use crate::wire::registry::ike::{
    Encryption, IdType, Integrity, KeyExchange, Prf, ProtocolId, SequenceNumbers, TransformType,
};
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::net::IpAddr;

/// Who an end says it is (RFC 7296 §3.5).
#[derive(Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "the parts of an ID payload")]
pub struct Identity {
    /// What kind of name it is.
    pub kind: IdType,
    /// The name, in the form of its kind.
    pub data: Vec<u8>,
}

impl Identity {
    /// A host name.
    #[must_use]
    pub fn fqdn(name: &str) -> Self {
        Self::new(IdType::ID_FQDN, name.as_bytes())
    }

    /// A mail address.
    #[must_use]
    pub fn email(address: &str) -> Self {
        Self::new(IdType::ID_RFC822_ADDR, address.as_bytes())
    }

    /// An opaque key ID.
    #[must_use]
    pub fn key_id(id: &[u8]) -> Self {
        Self::new(IdType::ID_KEY_ID, id)
    }

    /// A distinguished name, as DER.
    #[must_use]
    pub fn distinguished_name(der: &[u8]) -> Self {
        Self::new(IdType::ID_DER_ASN1_DN, der)
    }

    /// Nobody (RFC 7619).
    #[must_use]
    pub fn null() -> Self {
        Self::new(IdType::ID_NULL, &[])
    }

    /// An identity of any kind.
    #[must_use]
    pub fn new(kind: IdType, data: &[u8]) -> Self {
        Self {
            kind,
            data: data.to_vec(),
        }
    }

    pub(super) fn of(id: &Id<'_>) -> Self {
        match &id.data {
            IdData::Ipv4(address) => Self::new(id.kind, &address.octets()),
            IdData::Ipv6(address) => Self::new(id.kind, &address.octets()),
            IdData::Bytes(bytes) => Self::new(id.kind, bytes),
        }
    }

    pub(super) fn payload(&self) -> Id<'_> {
        Id::new(self.kind, IdData::Bytes(&self.data))
    }

    /// The content of its payload: type, three zeroes, name.
    pub(super) fn body(&self) -> Vec<u8> {
        [&[self.kind.0, 0, 0, 0], &self.data[..]].concat()
    }
}

impl From<IpAddr> for Identity {
    fn from(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => Self::new(IdType::ID_IPV4_ADDR, &address.octets()),
            IpAddr::V6(address) => Self::new(IdType::ID_IPV6_ADDR, &address.octets()),
        }
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match core::str::from_utf8(&self.data) {
            Ok(text) if matches!(self.kind, IdType::ID_FQDN | IdType::ID_RFC822_ADDR) => {
                write!(f, "{} {text:?}", self.kind)
            }
            _ => write!(f, "{} {:02x?}", self.kind, self.data),
        }
    }
}

/// How an end proves who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Method {
    /// With a key that both know.
    SharedKey,
    /// With a signature and a certificate.
    Signature,
    /// Not at all (RFC 7619).
    Null,
    /// By EAP with a password (RFC 7296 §2.16); an initiator's only.
    Eap,
}

/// What an endpoint is told.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "configuration, documented")]
pub struct EndpointConfig {
    /// Who computes.
    pub provider: &'static CryptoProvider,
    /// The peers that may come, the first that fits is taken.
    pub peers: Vec<Arc<PeerConfig>>,
    /// UDP ports: of IKE, and of IKE and ESP in UDP.
    pub ports: (u16, u16),
    /// Which first requests are admitted, and which need a cookie.
    pub first_requests: Limits,
    /// How long a responder waits for `IKE_AUTH`.
    pub half_open_time: Duration,
    /// Keys are handed out as [`Event::Keys`](super::event::Event::Keys).
    pub dangerous_export_keys: bool,
}

impl EndpointConfig {
    /// An endpoint that computes with `provider`, without peers.
    #[must_use]
    pub fn new(provider: &'static CryptoProvider) -> Self {
        Self {
            provider,
            peers: Vec::new(),
            ports: (IKE_PORT, NAT_TRAVERSAL_PORT),
            first_requests: Limits::default(),
            half_open_time: Duration::from_secs(30),
            dangerous_export_keys: false,
        }
    }

    /// The same, and `peer` may come.
    #[must_use]
    pub fn with_peer(mut self, peer: PeerConfig) -> Self {
        self.peers.push(Arc::new(peer));
        self
    }
}

/// One peer, or several that are treated the same.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "configuration, documented")]
pub struct PeerConfig {
    /// Its name in events and evidence.
    pub name: String,
    /// Addresses it may come from; none is any.
    pub addresses: Vec<AddressRange>,
    /// Who we are to it.
    pub local: Identity,
    /// How we prove that.
    pub local_method: Method,
    /// Who it may be.
    pub remote: Vec<Pattern>,
    /// How it proves that.
    pub remote_method: Method,
    /// The name that we give within EAP; `None` is that of our identity.
    pub eap_user: Option<Vec<u8>>,
    /// Whom we ask for (IDr of an initiator).
    pub remote_wanted: Option<Identity>,
    /// Algorithms of the IKE SA.
    pub proposals: Vec<Proposal>,
    /// The child SAs. An initiator makes the first with the IKE SA, and the
    /// others behind it.
    pub children: Vec<ChildConfig>,
    /// When requests are sent again.
    pub retransmission: Retransmission,
    /// The IKE SA is replaced before this time is over; `None` is never.
    pub lifetime: Option<Duration>,
    /// The IKE SA is not replaced by rekeying but made anew (RFC 7296 §2.8.3).
    pub reauthenticate: bool,
    /// After so much silence the peer is asked whether it lives (§2.4).
    pub liveness: Option<Duration>,
    /// Longer messages are cut into datagrams of so many bytes, UDP and IP
    /// headers not counted (RFC 7383); `None` is never.
    pub fragment: Option<usize>,
    /// ESP goes in UDP even where no NAT is.
    pub force_encapsulation: bool,
    /// After an established IKE SA, others of the same peer are dropped
    /// (`INITIAL_CONTACT`, RFC 7296 §2.4).
    pub unique: bool,
}

impl PeerConfig {
    /// A peer of any address that both ends share a key with.
    #[must_use]
    pub fn new(name: &str, local: Identity, remote: Pattern) -> Self {
        Self {
            name: name.into(),
            addresses: Vec::new(),
            local,
            local_method: Method::SharedKey,
            remote: Vec::from([remote]),
            remote_method: Method::SharedKey,
            eap_user: None,
            remote_wanted: None,
            proposals: default_ike(),
            children: Vec::new(),
            retransmission: Retransmission::default(),
            lifetime: Some(Duration::from_secs(4 * 3600)),
            reauthenticate: false,
            liveness: Some(Duration::from_secs(30)),
            fragment: Some(FRAGMENT),
            force_encapsulation: false,
            unique: true,
        }
    }

    /// The same with one more child SA.
    #[must_use]
    pub fn with_child(mut self, child: ChildConfig) -> Self {
        self.children.push(child);
        self
    }

    /// Whether a peer at `address` is meant.
    #[must_use]
    pub fn is_for(&self, address: IpAddr) -> bool {
        self.addresses.is_empty() || self.addresses.iter().any(|range| range.contains(address))
    }

    /// Whether `identity` is one that it may have.
    #[must_use]
    pub fn knows(&self, identity: &Identity) -> bool {
        let mut patterns = self.remote.iter();
        patterns.any(|pattern| pattern.fits(identity.kind, &identity.data))
    }
}

/// One child SA.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "configuration, documented")]
pub struct ChildConfig {
    /// Its name in events and evidence.
    pub name: String,
    /// Traffic of our side.
    pub local: Vec<Selector>,
    /// Traffic of the peer's side.
    pub remote: Vec<Selector>,
    /// Its algorithms; a key exchange method in them is used when the child
    /// is replaced, or made after the first (perfect forward secrecy).
    pub proposals: Vec<Proposal>,
    /// Transport mode is asked for, and accepted.
    pub transport: bool,
    /// Its hard limits.
    pub lifetime: lifetime::Limits,
    /// Packets that the receiver remembers against replay.
    pub window: u32,
}

impl ChildConfig {
    /// A tunnel between `local` and `remote`.
    #[must_use]
    pub fn new(name: &str, local: Vec<Selector>, remote: Vec<Selector>) -> Self {
        Self {
            name: name.into(),
            local,
            remote,
            proposals: default_esp(),
            transport: false,
            lifetime: lifetime::Limits {
                time: Some(Duration::from_secs(3600)),
                ..lifetime::Limits::NONE
            },
            window: 1024,
        }
    }
}

/// What is offered and accepted for an IKE SA where nothing else is said:
/// authenticated encryption first, then AES-CBC with HMAC (RFC 8247 §2).
#[must_use]
pub fn default_ike() -> Vec<Proposal> {
    let prfs = [
        Prf::PRF_HMAC_SHA2_256,
        Prf::PRF_HMAC_SHA2_384,
        Prf::PRF_HMAC_SHA2_512,
    ];
    let shared = || {
        let prfs = prfs
            .iter()
            .map(|prf| Transform::new(TransformType::PRF, prf.0));
        prfs.chain(groups()).collect::<Vec<_>>()
    };
    let both = [aead(), cbc()].into_iter().zip(1..);
    both.map(|(ciphers, number)| Proposal {
        number,
        protocol: ProtocolId::IKE,
        transforms: [ciphers, shared()].concat(),
    })
    .collect()
}

/// The same for a child SA (RFC 8221 §5, §6), with perfect forward secrecy
/// where the peer wants it.
#[must_use]
pub fn default_esp() -> Vec<Proposal> {
    let numbers = [SequenceNumbers::ESN, SequenceNumbers::NO_ESN];
    let shared = || {
        let numbers = numbers
            .iter()
            .map(|esn| Transform::new(TransformType::ESN, esn.0));
        let no_group = Transform::new(TransformType::KE, KeyExchange::NONE.0);
        numbers
            .chain(groups())
            .chain([no_group])
            .collect::<Vec<_>>()
    };
    let both = [aead(), cbc()].into_iter().zip(1..);
    both.map(|(ciphers, number)| Proposal {
        number,
        protocol: ProtocolId::ESP,
        transforms: [ciphers, shared()].concat(),
    })
    .collect()
}

fn aead() -> Vec<Transform> {
    let encr = |id: Encryption| Transform::new(TransformType::ENCR, id.0);
    Vec::from([
        encr(Encryption::ENCR_AES_GCM_16).with_key_bits(256),
        encr(Encryption::ENCR_AES_GCM_16).with_key_bits(128),
        encr(Encryption::ENCR_CHACHA20_POLY1305),
    ])
}

fn cbc() -> Vec<Transform> {
    let encr = Transform::new(TransformType::ENCR, Encryption::ENCR_AES_CBC.0);
    let integ = |id: Integrity| Transform::new(TransformType::INTEG, id.0);
    Vec::from([
        encr.with_key_bits(256),
        encr.with_key_bits(128),
        integ(Integrity::AUTH_HMAC_SHA2_256_128),
        integ(Integrity::AUTH_HMAC_SHA2_384_192),
        integ(Integrity::AUTH_HMAC_SHA2_512_256),
    ])
}

fn groups() -> impl Iterator<Item = Transform> {
    let groups = [
        KeyExchange::CURVE25519,
        KeyExchange::ECP_256,
        KeyExchange::ECP_384,
        KeyExchange::MODP_2048,
        KeyExchange::MODP_3072,
        KeyExchange::MODP_4096,
    ];
    let transform = |group: KeyExchange| Transform::new(TransformType::KE, group.0);
    groups.into_iter().map(transform)
}

/// Bytes of a datagram that pass everywhere: 1280 less the headers of IPv6 and
/// UDP and the non-ESP marker (RFC 7383 §2.5.1).
const FRAGMENT: usize = 1280 - 40 - 8 - 4;
