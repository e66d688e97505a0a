//! The facts of an IKEv2 message (RFC 7296 §3).
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "payloads that state no fact are passed over"
)]

use super::certificates::{Scene, Sent};
use super::payloads::{self, MAX_AUTHORITIES, MAX_PROPOSALS, MAX_SPIS, vendor_name};
use super::{Oddities, Sight, empty_message, transform};
use crate::evidence::{
    Certificate, Content, Delete, Exchange, Identity, IkeMessage, KeyExchange, NatDetection,
    Notify, OddityKind, Place, Proposal, Route, Sealed, Seen, Selectors, TransformKind,
};
use crate::keymat::x509::DistinguishedName;
use crate::sorted;
use crate::wire::ike::{self, Body, CertData, Flags, IdData, Payload};
use crate::wire::registry::ike::{
    Encryption, IdType, Integrity, KeyExchange as Group, NotifyType, PayloadType, Prf,
    SequenceNumbers, TransformType,
};
use crate::wire::tree::{Value, escaped};

/// The facts of `message`.
pub(super) fn message(
    message: &ike::Message<'_>,
    route: Route,
    sight: &Sight<'_>,
    scene: Scene<'_>,
    seen: Seen,
) -> IkeMessage {
    let header = &message.header;
    let mut facts = empty_message(route, Exchange::V2(header.exchange), seen);
    facts.minor_version = header.minor();
    facts.spi_i = header.spi_i;
    facts.spi_r = header.spi_r;
    facts.message_id = header.message_id;
    facts.by_initiator = header.flags.contains(Flags::INITIATOR);
    facts.response = header.flags.contains(Flags::RESPONSE);
    let mut odd = Oddities::default();
    odd.note(header.spi_i == 0, OddityKind::InitiatorSpiZero, || {
        sight.header("spi_i")
    });
    odd.note(header.minor() != 0, OddityKind::MinorVersion, || {
        sight.header("version")
    });
    facts.content = content(&message.payloads, route, sight, scene, &mut odd);
    for (index, payload) in message.payloads.iter().enumerate() {
        let sealed = |first: PayloadType, len| {
            Some(Sealed::new(
                Some(first.0),
                len,
                None,
                false,
                sight.payload(index),
            ))
        };
        match &payload.body {
            Body::Sk(sk) => facts.sealed = sealed(sk.first_inside, sk.data.len()),
            Body::Skf(skf) => {
                facts.sealed = sealed(skf.first_inside, skf.data.len());
                facts.fragment = Some((skf.number, skf.total));
            }
            _ => {}
        }
    }
    facts.oddities = odd.0;
    facts
}

/// What `payloads` say; `sight` is where they stand, in the clear or decrypted.
pub(super) fn content(
    payloads: &[Payload<'_>],
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
            route,
        };
        read.facts(&mut content);
        read.oddities(odd);
        credential(payload, &mut sent);
    }
    sent.judge(&mut content, scene);
    content
}

/// Notes what certificates are judged by.
fn credential<'a>(payload: &'a Payload<'_>, sent: &mut Sent<'a>) {
    match &payload.body {
        Body::Cert(cert) => {
            let data = match cert.data {
                CertData::Raw(data) => data,
                _ => &[],
            };
            sent.payloads.push((cert.encoding, data));
        }
        // The initiator also names the identity that it wants to talk to.
        Body::Id(id) if payload.kind == PayloadType::IDI || sent.identity.is_none() => {
            let data = match id.data {
                IdData::Ipv4(address) => address.octets().to_vec(),
                IdData::Ipv6(address) => address.octets().to_vec(),
                IdData::Bytes(bytes) => bytes.to_vec(),
            };
            sent.identity = Some((id.kind, data));
        }
        _ => {}
    }
}

struct PayloadSight<'a, 'm> {
    payload: &'a Payload<'m>,
    index: usize,
    sight: &'a Sight<'a>,
    route: Route,
}

impl PayloadSight<'_, '_> {
    fn place(&self) -> Place {
        self.sight.payload(self.index)
    }

    fn facts(&self, content: &mut Content) {
        match &self.payload.body {
            Body::Sa(sa) => {
                content.proposals = sa
                    .proposals
                    .iter()
                    .take(MAX_PROPOSALS)
                    .map(proposal)
                    .collect();
                content.proposals_at = Some(self.place());
            }
            Body::Ke(ke) => {
                let zero = ke.data.iter().all(|&byte| byte == 0);
                let fact = KeyExchange::new(Some(ke.group), ke.data.len(), zero, self.place());
                content.key_exchange = Some(fact);
            }
            Body::Nonce(nonce) => content.nonce_len = Some(nonce.len()),
            Body::Notify(notify) => self.notify(notify, content),
            Body::Delete(delete) => {
                let spis = delete.spis().take(MAX_SPIS).map(<[u8]>::to_vec).collect();
                content
                    .deletes
                    .push(Delete::new(delete.protocol.into(), spis));
            }
            Body::VendorId(id) => content.vendors.push(vendor_name(id)),
            Body::Id(id) => content.identities.push(self.identity(id)),
            Body::Cert(cert) => content
                .certificates
                .push(Certificate::new(cert.encoding, self.place())),
            Body::CertReq(request) => {
                content.certificate_requests.push(request.encoding);
                let hashes = request.hashes().take(MAX_AUTHORITIES);
                let names = hashes.map(|hash| Value::Bytes(hash).to_string());
                content.authorities.extend(names);
            }
            Body::Auth(auth) => content.auth = Some(auth.method),
            Body::Ts(ts) => self.selectors(ts, content),
            Body::Eap(eap) => content.user_auth.extend(payloads::of_eap(eap)),
            Body::Config(config) => {
                let attributes = payloads::of_configuration(config);
                content.configuration.extend(attributes);
            }
            _ => {}
        }
    }

    fn selectors(&self, ts: &ike::Ts<'_>, content: &mut Content) {
        let both = content.selectors.get_or_insert_with(|| Selectors {
            place: self.place(),
            ..Selectors::default()
        });
        let side = match self.payload.kind {
            PayloadType::TSI => &mut both.initiator,
            _ => &mut both.responder,
        };
        side.extend(payloads::of_ts(ts));
    }

    fn notify(&self, notify: &ike::Notify<'_>, content: &mut Content) {
        let head = NOTIFY_HEAD.saturating_add(notify.spi.len());
        let data = self
            .sight
            .payload_bytes(self.index)
            .get(head..)
            .unwrap_or_default();
        let of_source = notify.kind == NotifyType::NAT_DETECTION_SOURCE_IP;
        if of_source || notify.kind == NotifyType::NAT_DETECTION_DESTINATION_IP {
            let address = if of_source {
                self.route.from
            } else {
                self.route.to
            };
            let detection = NatDetection::new(of_source, address, data.to_vec(), self.place());
            content.nat_detection.push(detection);
        }
        if content.notifies.len() < MAX_NOTIFIES {
            let name = notify.kind.to_string();
            let error = notify.kind.is_error();
            let fact = Notify::in_clear(notify.kind.0, name, error, notify.spi, data, self.place());
            content.notifies.push(fact);
        }
    }

    fn identity(&self, id: &ike::Id<'_>) -> Identity {
        let value = identity_of(id);
        let of_initiator = self.payload.kind == PayloadType::IDI;
        Identity::new(of_initiator, id.kind.to_string(), value, self.place())
    }

    fn oddities(&self, odd: &mut Oddities) {
        let payload = self.payload;
        let reserved = payload.flags & !Payload::CRITICAL != 0;
        odd.note(reserved, OddityKind::ReservedNotZero, || {
            self.sight.reserved(self.index)
        });
        match &payload.body {
            Body::Sa(sa) => self.sa_oddities(sa, odd),
            Body::Ke(ke) => {
                let zero = !ke.data.is_empty() && ke.data.iter().all(|&byte| byte == 0);
                odd.note(zero, OddityKind::ZeroPublicValue, || self.place());
                let wrong = public_value_len(ke.group).is_some_and(|len| len != ke.data.len());
                odd.note(wrong, OddityKind::PublicValueLength, || self.place());
                odd.note(ke.reserved != 0, OddityKind::ReservedNotZero, || {
                    self.sight.reserved(self.index)
                });
            }
            Body::Nonce(nonce) => {
                let wrong = !(NONCE_MIN..=NONCE_MAX).contains(&nonce.len());
                odd.note(wrong, OddityKind::NonceLength, || self.place());
            }
            Body::Unknown(_) if payload.kind.name().is_none() => {
                let kind = if payload.is_critical() {
                    OddityKind::UnknownCriticalPayload
                } else {
                    OddityKind::UnknownPayload
                };
                odd.note(true, kind, || self.place());
            }
            _ => {}
        }
    }

    fn sa_oddities(&self, sa: &ike::Sa<'_>, odd: &mut Oddities) {
        for proposal in &sa.proposals {
            odd.note(proposal.reserved != 0, OddityKind::ReservedNotZero, || {
                self.sight.reserved(self.index)
            });
            for transform in &proposal.transforms {
                let reserved = transform.reserved != [0, 0];
                odd.note(reserved, OddityKind::ReservedNotZero, || {
                    self.sight.reserved(self.index)
                });
                let mut kinds: Vec<u16> = transform.attributes.iter().map(|a| a.kind.0).collect();
                sorted::sort(&mut kinds);
                let twins = kinds.windows(2).any(|pair| pair.first() == pair.last());
                odd.note(twins, OddityKind::DuplicateAttribute, || {
                    self.sight.twin(self.index)
                });
                let unknown = name_of(transform).is_none();
                odd.note(unknown, OddityKind::UnknownTransform, || {
                    self.sight.nameless(self.index, transform.id.into())
                });
            }
        }
    }
}

/// The name that an identity gives, escaped.
pub(in crate::capture) fn identity_of(id: &ike::Id<'_>) -> String {
    match id.data {
        IdData::Ipv4(address) => address.to_string(),
        IdData::Ipv6(address) => address.to_string(),
        IdData::Bytes(der) if id.kind == IdType::ID_DER_ASN1_DN => {
            DistinguishedName::new(der).to_string()
        }
        IdData::Bytes(bytes) => escaped(bytes),
    }
}

fn proposal(offer: &ike::Proposal<'_>) -> Proposal {
    let transforms = offer
        .transforms
        .iter()
        .map(|t| transform(kind_of(t.kind), t.id.into(), t.key_length(), name_of(t)));
    Proposal {
        number: offer.number,
        protocol: offer.protocol.into(),
        spi: offer.spi.to_vec(),
        transforms: transforms.take(MAX_TRANSFORMS).collect(),
    }
}

pub(in crate::capture) fn kind_of(kind: TransformType) -> TransformKind {
    match kind.0 {
        1 => TransformKind::Encryption,
        2 => TransformKind::Prf,
        3 => TransformKind::Integrity,
        4 => TransformKind::KeyExchange,
        5 => TransformKind::Esn,
        additional @ 6..=12 => TransformKind::AdditionalKeyExchange(additional.saturating_sub(5)),
        other => TransformKind::Other(other.into()),
    }
}

fn name_of(transform: &ike::Transform<'_>) -> Option<&'static str> {
    transform_name(transform.kind, transform.id)
}

pub(in crate::capture) fn transform_name(kind: TransformType, id: u16) -> Option<&'static str> {
    match kind.0 {
        1 => Encryption(id).name(),
        2 => Prf(id).name(),
        3 => Integrity(id).name(),
        4 | 6..=12 => Group(id).name(),
        5 => SequenceNumbers(id).name(),
        _ => None,
    }
}

/// Bytes of a public value of `group`, where both ends send the same number:
/// MODP (RFC 3526, RFC 5114), ECP (RFC 5903, RFC 6954), RFC 8031.
fn public_value_len(group: Group) -> Option<usize> {
    Some(match group.0 {
        1 => 96,
        2 | 22 => 128,
        5 => 192,
        14 | 23 | 24 => 256,
        15 => 384,
        16 => 512,
        17 => 768,
        18 => 1024,
        19 | 28 => 64,
        20 | 29 => 96,
        21 => 132,
        25 => 48,
        26 | 27 => 56,
        30 => 128,
        31 => 32,
        32 => 56,
        _ => return None,
    })
}

/// Bytes of a notify payload before its SPI, generic header included.
const NOTIFY_HEAD: usize = 8;

/// Nonces of IKEv2 in bytes (RFC 7296 §3.9).
const NONCE_MIN: usize = 16;
const NONCE_MAX: usize = 256;

/// Transforms kept of one offer.
const MAX_TRANSFORMS: usize = 64;

/// Notifications kept of one message.
const MAX_NOTIFIES: usize = 64;
