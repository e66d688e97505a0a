//! The facts of an IKEv1 message (RFC 2407, RFC 2408, RFC 2409, RFC 3947).
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "payloads that state no fact are passed over"
)]

use super::certificates::{Scene, Sent};
use super::payloads::{self, MAX_AUTHORITIES, MAX_PROPOSALS, MAX_SPIS, vendor_name};
use super::{Oddities, Sight, empty_message, transform};
use crate::evidence::{
    Certificate, Content, Delete, Exchange, Identity, IkeMessage, KeyExchange, NatDetection,
    Notify, OddityKind, Proposal, Route, SaProtocol, Sealed, Seen, Selectors, Transform,
    TransformKind,
};
use crate::keymat::x509::DistinguishedName;
use crate::sorted;
use crate::wire::isakmp::{self, Body, IdValue, Payload};
use crate::wire::registry::ike::{CertEncoding, IdType, KeyExchange as Group};
use crate::wire::registry::isakmp::{
    AuthAlgorithm, AuthMethod, EncapsulationMode, Encryption, ExchangeType, Group as V1Group, Hash,
    LifeType, Phase1Attribute, Phase2Attribute, ProtocolId,
};
use crate::wire::tree::escaped;

/// The facts of `message`; who sent it in which role is for the conversation
/// to say.
pub(super) fn message(
    message: &isakmp::Message<'_>,
    route: Route,
    sight: &Sight<'_>,
    scene: Scene<'_>,
    seen: Seen,
) -> IkeMessage {
    let header = &message.header;
    let mut facts = empty_message(route, Exchange::V1(header.exchange), seen);
    facts.minor_version = header.minor();
    facts.spi_i = header.cookie_i;
    facts.spi_r = header.cookie_r;
    facts.message_id = header.message_id;
    if let isakmp::Content::Encrypted(body) = message.content {
        let first = Some(header.first_payload.0);
        let place = sight.header("encrypted");
        facts.sealed = Some(Sealed::new(first, body.len(), None, false, place));
    }
    let mut odd = Oddities::default();
    odd.note(header.cookie_i == 0, OddityKind::InitiatorSpiZero, || {
        sight.header("cookie_i")
    });
    odd.note(header.minor() != 0, OddityKind::MinorVersion, || {
        sight.header("version")
    });
    odd.note(
        header.flags.0 & 0xf8 != 0,
        OddityKind::UnexpectedFlag,
        || sight.header("flags"),
    );
    facts.content = content(
        message.payloads(),
        header.exchange,
        route,
        sight,
        scene,
        &mut odd,
    );
    facts.oddities = odd.0;
    facts
}

/// What `payloads` of this exchange say; `sight` is where they stand, in the
/// clear or decrypted.
pub(super) fn content(
    payloads: &[Payload<'_>],
    exchange: ExchangeType,
    route: Route,
    sight: &Sight<'_>,
    scene: Scene<'_>,
    odd: &mut Oddities,
) -> Content {
    let mut content = Content::default();
    let mut sent = Sent::default();
    for (index, payload) in payloads.iter().enumerate() {
        content.payloads.push(payload.kind.0);
        let read = PayloadSight {
            payload,
            index,
            sight,
            exchange,
            route,
        };
        read.facts(&mut content);
        read.oddities(exchange, odd);
        match &payload.body {
            Body::Certificate(cert) => {
                let encoding = CertEncoding(cert.encoding.0);
                sent.payloads.push((encoding, cert.data));
            }
            Body::Id(id) => sent.identity = Some((IdType(id.kind.0), id.data.to_vec())),
            _ => {}
        }
    }
    sent.judge(&mut content, scene);
    group_of_proposal(&mut content);
    content
}

/// IKEv1 names the group of a public value in the SA payload only.
pub(in crate::capture) fn group_of_proposal(content: &mut Content) {
    let groups = content.proposals.iter().flat_map(|p| &p.transforms);
    let mut groups = groups
        .filter(|t| t.kind == TransformKind::KeyExchange)
        .map(|t| t.id);
    let first = groups.next();
    if let (Some(ke), Some(group)) = (&mut content.key_exchange, first)
        && groups.all(|other| other == group)
    {
        ke.group = u16::try_from(group).ok().map(Group);
    }
}

struct PayloadSight<'a, 'm> {
    payload: &'a Payload<'m>,
    index: usize,
    sight: &'a Sight<'a>,
    exchange: ExchangeType,
    route: Route,
}

impl PayloadSight<'_, '_> {
    fn place(&self) -> crate::evidence::Place {
        self.sight.payload(self.index)
    }

    fn facts(&self, content: &mut Content) {
        match &self.payload.body {
            Body::Sa(sa) => {
                content.proposals = sa
                    .proposals
                    .iter()
                    .flat_map(proposals)
                    .take(MAX_PROPOSALS)
                    .collect();
                content.proposals_at = Some(self.place());
            }
            Body::KeyExchange(value) => {
                let zero = value.iter().all(|&byte| byte == 0);
                content.key_exchange =
                    Some(KeyExchange::new(None, value.len(), zero, self.place()));
            }
            Body::Id(id) if self.exchange == ExchangeType::QUICK_MODE => {
                self.selector(id, content);
            }
            Body::Id(id) => content.identities.push(self.identity(id)),
            Body::Certificate(cert) => content.certificates.push(Certificate::new(
                CertEncoding(cert.encoding.0),
                self.place(),
            )),
            Body::CertificateRequest(cert) => {
                content
                    .certificate_requests
                    .push(CertEncoding(cert.encoding.0));
                if !cert.data.is_empty() && content.authorities.len() < MAX_AUTHORITIES {
                    let name = DistinguishedName::new(cert.data);
                    content.authorities.push(name.to_string());
                }
            }
            Body::Hash(hash) => content.hash_len = Some(hash.len()),
            Body::Signature(signature) => content.signature_len = Some(signature.len()),
            Body::Nonce(nonce) => content.nonce_len = Some(nonce.len()),
            Body::Notify(notify) => content.notifies.push(self.notify(notify)),
            Body::Delete(delete) => {
                let spis = delete.spis().take(MAX_SPIS).map(<[u8]>::to_vec).collect();
                content
                    .deletes
                    .push(Delete::new(delete.protocol.into(), spis));
            }
            Body::VendorId(id) => content.vendors.push(vendor_name(id)),
            Body::NatDetection(hash) => {
                // The first covers the receiver's address, the others the sender's (RFC 3947 §3.2).
                let of_source = !content.nat_detection.is_empty();
                let address = if of_source {
                    self.route.from
                } else {
                    self.route.to
                };
                let detection = NatDetection::new(of_source, address, hash.to_vec(), self.place());
                content.nat_detection.push(detection);
            }
            Body::Config(config) => {
                content.user_auth.extend(payloads::of_xauth(config));
                content
                    .configuration
                    .extend(payloads::of_mode_config(config));
            }
            Body::NatOriginalAddress(_)
            | Body::Fragment(_)
            | Body::Other(_)
            | Body::Malformed(_)
            | Body::Cut(_) => {}
        }
    }

    /// The first identity of quick mode is the initiator's (RFC 2409 §5.5).
    fn selector(&self, id: &isakmp::Id<'_>, content: &mut Content) {
        let first = content.selectors.is_none();
        let both = content.selectors.get_or_insert_with(|| Selectors {
            place: self.place(),
            ..Selectors::default()
        });
        let side = match first {
            true => &mut both.initiator,
            false => &mut both.responder,
        };
        side.extend(payloads::of_id(id));
    }

    fn identity(&self, id: &isakmp::Id<'_>) -> Identity {
        let value = identity_of(id);
        Identity::new(true, id.kind.to_string(), value, self.place())
    }

    fn notify(&self, notify: &isakmp::Notify<'_>) -> Notify {
        let name = notify.kind.to_string();
        let error = notify.kind.is_error();
        Notify::in_clear(
            notify.kind.0,
            name,
            error,
            notify.spi,
            notify.data,
            self.place(),
        )
    }

    fn oddities(&self, exchange: ExchangeType, odd: &mut Oddities) {
        let payload = self.payload;
        odd.note(payload.reserved != 0, OddityKind::ReservedNotZero, || {
            self.sight.reserved(self.index)
        });
        match &payload.body {
            Body::Sa(sa) => self.sa_oddities(sa, odd),
            Body::KeyExchange(value) => {
                let zero = !value.is_empty() && value.iter().all(|&byte| byte == 0);
                odd.note(zero, OddityKind::ZeroPublicValue, || self.place());
            }
            Body::Nonce(nonce) => {
                let wrong = !(NONCE_MIN..=NONCE_MAX).contains(&nonce.len());
                odd.note(wrong, OddityKind::NonceLength, || self.place());
            }
            Body::Other(_) if payload.kind.name().is_none() => {
                let kind = OddityKind::UnknownPayload;
                odd.note(exchange.name().is_some(), kind, || self.place());
            }
            _ => {}
        }
    }

    fn sa_oddities(&self, sa: &isakmp::Sa<'_>, odd: &mut Oddities) {
        for proposal in &sa.proposals {
            for transform in &proposal.transforms {
                odd.note(
                    transform.reserved2 != 0,
                    OddityKind::ReservedNotZero,
                    || self.sight.reserved(self.index),
                );
                odd.note(
                    has_twins(proposal.protocol, transform),
                    OddityKind::DuplicateAttribute,
                    || self.sight.twin(self.index),
                );
                let unknown = proposal.protocol.transform_name(transform.id).is_none();
                odd.note(unknown, OddityKind::UnknownTransform, || {
                    self.sight.nameless(self.index, transform.id.into())
                });
            }
        }
    }
}

/// Whether an attribute that may stand once stands twice. Life type and
/// duration may: seconds and kilobytes.
fn has_twins(protocol: ProtocolId, transform: &isakmp::Transform<'_>) -> bool {
    let life = match protocol {
        ProtocolId::PROTO_ISAKMP => [
            Phase1Attribute::LIFE_TYPE.0,
            Phase1Attribute::LIFE_DURATION.0,
        ],
        _ => [
            Phase2Attribute::SA_LIFE_TYPE.0,
            Phase2Attribute::SA_LIFE_DURATION.0,
        ],
    };
    let mut kinds: Vec<u16> = transform.attributes.iter().map(|a| a.kind).collect();
    kinds.retain(|kind| !life.contains(kind));
    sorted::sort(&mut kinds);
    kinds.windows(2).any(|pair| pair.first() == pair.last())
}

/// Each transform of IKEv1 is an offer of its own.
/// The name that an identity gives, escaped.
pub(in crate::capture) fn identity_of(id: &isakmp::Id<'_>) -> String {
    match id.value() {
        IdValue::Ipv4(address) => address.to_string(),
        IdValue::Ipv6(address) => address.to_string(),
        IdValue::DerDn(der) => DistinguishedName::new(der).to_string(),
        _ => escaped(id.data),
    }
}

fn proposals<'a>(proposal: &'a isakmp::Proposal<'_>) -> impl Iterator<Item = Proposal> + 'a {
    proposal.transforms.iter().map(|transform| Proposal {
        number: transform.number,
        protocol: proposal.protocol.into(),
        spi: proposal.spi.to_vec(),
        transforms: match proposal.protocol {
            ProtocolId::PROTO_ISAKMP => phase1(transform),
            protocol => phase2(protocol, transform),
        },
    })
}

fn phase1(offer: &isakmp::Transform<'_>) -> Vec<Transform> {
    phase1_transforms(|kind| offer.attributes.find(kind.0).and_then(|v| v.number()))
}

/// What the attributes of a phase 1 transform offer; `number` gives their
/// values.
pub(in crate::capture) fn phase1_transforms(
    number: impl Fn(Phase1Attribute) -> Option<u64>,
) -> Vec<Transform> {
    let bits = number(Phase1Attribute::KEY_LENGTH).and_then(|n| u16::try_from(n).ok());
    let mut all = Vec::new();
    let mut named = |kind, attribute, bits, name: fn(u64) -> Option<&'static str>| {
        all.extend(number(attribute).map(|id| transform(kind, id, bits, name(id))));
    };
    named(
        TransformKind::Encryption,
        Phase1Attribute::ENCRYPTION_ALGORITHM,
        bits,
        Encryption::name_of,
    );
    named(
        TransformKind::Prf,
        Phase1Attribute::HASH_ALGORITHM,
        None,
        Hash::name_of,
    );
    named(
        TransformKind::KeyExchange,
        Phase1Attribute::GROUP_DESCRIPTION,
        None,
        V1Group::name_of,
    );
    named(
        TransformKind::Authentication,
        Phase1Attribute::AUTHENTICATION_METHOD,
        None,
        AuthMethod::name_of,
    );
    all.extend(life(
        number(Phase1Attribute::LIFE_TYPE),
        number(Phase1Attribute::LIFE_DURATION),
    ));
    all
}

fn phase2(protocol: ProtocolId, offer: &isakmp::Transform<'_>) -> Vec<Transform> {
    let number = |kind: Phase2Attribute| offer.attributes.find(kind.0).and_then(|v| v.number());
    let bits = number(Phase2Attribute::KEY_LENGTH).and_then(|n| u16::try_from(n).ok());
    let kind = match SaProtocol::from(protocol) {
        SaProtocol::Esp => TransformKind::Encryption,
        SaProtocol::Ah => TransformKind::Integrity,
        SaProtocol::IpComp => TransformKind::Compression,
        _ => TransformKind::Other(0),
    };
    let mut all = vec![transform(
        kind,
        offer.id.into(),
        bits,
        protocol.transform_name(offer.id),
    )];
    let mut named = |kind, attribute, name: fn(u64) -> Option<&'static str>| {
        all.extend(number(attribute).map(|id| transform(kind, id, None, name(id))));
    };
    named(
        TransformKind::Integrity,
        Phase2Attribute::AUTHENTICATION_ALGORITHM,
        AuthAlgorithm::name_of,
    );
    named(
        TransformKind::KeyExchange,
        Phase2Attribute::GROUP_DESCRIPTION,
        V1Group::name_of,
    );
    named(
        TransformKind::Encapsulation,
        Phase2Attribute::ENCAPSULATION_MODE,
        EncapsulationMode::name_of,
    );
    all.extend(life(
        number(Phase2Attribute::SA_LIFE_TYPE),
        number(Phase2Attribute::SA_LIFE_DURATION),
    ));
    all
}

fn life(kind: Option<u64>, duration: Option<u64>) -> Option<Transform> {
    let duration = duration?;
    let (kind, unit) = match LifeType(u16::try_from(kind?).ok()?) {
        LifeType::SECONDS => (TransformKind::LifeSeconds, "s"),
        LifeType::KILOBYTES => (TransformKind::LifeKilobytes, "kB"),
        _ => return None,
    };
    Some(Transform {
        kind,
        id: duration,
        key_bits: None,
        name: format!("{duration} {unit}"),
    })
}

/// Nonces of IKEv1 in bytes (RFC 2409 §5).
const NONCE_MIN: usize = 8;
const NONCE_MAX: usize = 256;
