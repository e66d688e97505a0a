//! Quick modes, and the keys of the SAs that they create (RFC 2409 §5.5): the
//! algorithms are those of RFC 2407 §4.4 and §4.5.

use super::payloads::Payloads;
use super::phase1::BODY_MAX;
use crate::crypto::suite::{self, Cipher, Mac};
use crate::crypto::{Prf, Secret};
use crate::evidence::Route;
use crate::keylog::algorithms::Authentication;
use crate::keylog::{SaKeys, SaMode, SaProtocol, UdpEncapsulation};
use crate::keymat::ikev1::QuickMode;
use crate::keymat::{KeySizes, Nonces};
use crate::sa::selector::AddressRange;
use crate::wire::isakmp::{Proposal, Sa};
use crate::wire::registry::ike;
use crate::wire::registry::isakmp::{
    AhTransform, AuthAlgorithm, EncapsulationMode, EsnFlag, EspTransform, Group, PayloadType,
    Phase2Attribute, ProtocolId,
};
use core::net::SocketAddr;

/// A quick mode, from its first message on.
#[derive(Clone, Debug)]
pub(super) struct Quick {
    pub(super) message_id: u32,
    /// Who began it: either end of the ISAKMP SA may.
    pub(super) from: SocketAddr,
    /// What its initiator said.
    pub(super) i: Said,
    /// What its responder said.
    pub(super) r: Option<Said>,
}

/// What keys are made from.
#[derive(Clone, Debug)]
pub(super) struct Said {
    pub(super) nonce: Vec<u8>,
    pub(super) ke: Option<Vec<u8>>,
    /// Number and protocol of each proposal, and the SPI its sender chose.
    spis: Vec<(u8, ProtocolId, u32)>,
}

/// One of the SAs that a quick mode agreed on: two, one for each direction.
#[derive(Debug)]
pub(super) struct Agreed {
    protocol: ProtocolId,
    /// The SPI that the quick mode's initiator receives under, and the
    /// responder's.
    spis: (u32, u32),
    cipher: Option<(ike::Encryption, &'static Cipher)>,
    authentication: Authentication,
    sizes: KeySizes,
    mode: Option<SaMode>,
    in_udp: bool,
    extended_sequence: bool,
    /// Of a Diffie-Hellman exchange of its own.
    pub(super) group: Option<Group>,
}

impl Said {
    /// What a message with a nonce says.
    pub(super) fn read(payloads: &Payloads<'_>, sa: Option<&Sa<'_>>) -> Option<Self> {
        let proposals = sa.into_iter().flat_map(|sa| &sa.proposals);
        let spis = proposals.filter_map(|proposal| {
            let spi = u32::from_be_bytes(proposal.spi.try_into().ok()?);
            Some((proposal.number, proposal.protocol, spi))
        });
        let (nonce, ke) = (
            payloads.body(PayloadType::NONCE)?,
            payloads.body(PayloadType::KE),
        );
        if nonce.len().max(ke.map_or(0, <[u8]>::len)) > BODY_MAX {
            return None;
        }
        Some(Self {
            nonce: nonce.to_vec(),
            ke: ke.map(<[u8]>::to_vec),
            spis: spis.collect(),
        })
    }

    /// The SPI on offer in the proposal of that number; a responder may
    /// number what it chose anew.
    fn spi(&self, number: u8, protocol: ProtocolId) -> Option<u32> {
        let of = || self.spis.iter().filter(|(_, of, _)| *of == protocol);
        let same = of().find(|(at, ..)| *at == number);
        same.or_else(|| of().next()).map(|(.., spi)| *spi)
    }
}

impl Quick {
    /// Both nonces, once they were said.
    pub(super) fn nonces(&self) -> Option<Nonces<'_>> {
        Some(Nonces {
            i: &self.i.nonce,
            r: &self.r.as_ref()?.nonce,
        })
    }

    /// The SAs that the responder's `sa` payload accepts, those of other
    /// protocols and unknown algorithms left out.
    pub(super) fn agreed(&self, sa: &Sa<'_>) -> Vec<Agreed> {
        let proposals = sa.proposals.iter();
        proposals
            .filter_map(|chosen| self.accepted(chosen))
            .collect()
    }

    fn accepted(&self, chosen: &Proposal<'_>) -> Option<Agreed> {
        let transform = chosen.transforms.first()?;
        let find = |kind: Phase2Attribute| {
            let number = transform.attributes.find(kind.0)?.number()?;
            u16::try_from(number).ok()
        };
        let key_length = find(Phase2Attribute::KEY_LENGTH);
        let auth = find(Phase2Attribute::AUTHENTICATION_ALGORITHM).map(AuthAlgorithm);
        let (cipher, auth) = match chosen.protocol {
            ProtocolId::PROTO_IPSEC_ESP => (Some(esp_cipher(EspTransform(transform.id))?), auth),
            ProtocolId::PROTO_IPSEC_AH => {
                (None, auth.or_else(|| ah_auth(AhTransform(transform.id))))
            }
            _ => return None,
        };
        let (authentication, mac) = match auth {
            None | Some(AuthAlgorithm::NONE | AuthAlgorithm::NULL_KAME) => {
                (Authentication::None, None)
            }
            Some(id) => (Authentication::Ikev1(id), Some(suite::auth_algorithm(id)?)),
        };
        let mode = find(Phase2Attribute::ENCAPSULATION_MODE).map(EncapsulationMode);
        let (mode, in_udp) = mode_of(mode);
        let responder = u32::from_be_bytes(chosen.spi.try_into().ok()?);
        Some(Agreed {
            protocol: chosen.protocol,
            spis: (self.i.spi(chosen.number, chosen.protocol)?, responder),
            cipher,
            authentication,
            sizes: sizes(cipher.map(|(_, cipher)| cipher), key_length, mac)?,
            mode,
            in_udp,
            extended_sequence: find(Phase2Attribute::EXTENDED_SEQUENCE_NUMBER)
                == Some(EsnFlag::ESN.0),
            group: find(Phase2Attribute::GROUP_DESCRIPTION).map(Group),
        })
    }
}

impl Agreed {
    /// The keys of both directions. `answer` is the way of the message that
    /// accepted it, `shared` its own Diffie-Hellman secret.
    pub(super) fn keys(
        &self,
        prf: &dyn Prf,
        skeyid_d: &Secret,
        nonces: Nonces<'_>,
        shared: Option<&Secret>,
        answer: Route,
    ) -> [SaKeys; 2] {
        let (to_initiator, to_responder) = self.spis;
        let ways = [(to_initiator, answer), (to_responder, answer.reversed())];
        ways.map(|(spi, route)| {
            let mode = QuickMode { nonces, shared };
            let keys = mode.sa_keys(prf, skeyid_d, self.protocol, spi, self.sizes);
            let one = |address| AddressRange::new(address, address);
            SaKeys {
                protocol: match self.cipher {
                    Some(_) => SaProtocol::Esp,
                    None => SaProtocol::Ah,
                },
                source: one(route.from.ip()),
                destination: one(route.to.ip()),
                spi: Some(spi),
                mode: self.mode,
                encryption: self.cipher.iter().map(|(id, _)| *id).collect(),
                authentication: self.authentication,
                encryption_key: keys.encr,
                authentication_key: keys.integ,
                encapsulation: self.in_udp.then(|| UdpEncapsulation {
                    source: route.from.port(),
                    destination: route.to.port(),
                    original: None,
                }),
                extended_sequence: Some(self.extended_sequence),
                selector: None,
            }
        })
    }
}

/// The cipher of an ESP transform, under the number IKEv2 has for it.
fn esp_cipher(transform: EspTransform) -> Option<(ike::Encryption, &'static Cipher)> {
    let cipher = suite::esp_transform(transform)?;
    let same = |id: &&ike::Encryption| suite::encryption(**id) == Some(cipher);
    Some((*ike::Encryption::ALL.iter().find(same)?, cipher))
}

/// The authentication algorithm that an AH transform stands for (RFC 2407
/// §4.4.3), though the attribute must name it as well.
const fn ah_auth(transform: AhTransform) -> Option<AuthAlgorithm> {
    Some(match transform {
        AhTransform::AH_MD5 => AuthAlgorithm::HMAC_MD5,
        AhTransform::AH_SHA => AuthAlgorithm::HMAC_SHA,
        AhTransform::AH_SHA2_256 => AuthAlgorithm::HMAC_SHA2_256,
        AhTransform::AH_SHA2_384 => AuthAlgorithm::HMAC_SHA2_384,
        AhTransform::AH_SHA2_512 => AuthAlgorithm::HMAC_SHA2_512,
        AhTransform::AH_AES_XCBC_MAC => AuthAlgorithm::AES_XCBC_MAC,
        _ => return None,
    })
}

/// The mode, and whether UDP goes around it (RFC 3947 §5.1).
const fn mode_of(mode: Option<EncapsulationMode>) -> (Option<SaMode>, bool) {
    match mode {
        Some(EncapsulationMode::TUNNEL) => (Some(SaMode::Tunnel), false),
        Some(EncapsulationMode::TRANSPORT) => (Some(SaMode::Transport), false),
        Some(EncapsulationMode::UDP_TUNNEL | EncapsulationMode::UDP_TUNNEL_DRAFT) => {
            (Some(SaMode::Tunnel), true)
        }
        Some(EncapsulationMode::UDP_TRANSPORT | EncapsulationMode::UDP_TRANSPORT_DRAFT) => {
            (Some(SaMode::Transport), true)
        }
        _ => (None, false),
    }
}

/// Where a cipher with keys of several lengths comes without one, peers mean
/// the shortest.
fn sizes(cipher: Option<&Cipher>, key_length: Option<u16>, mac: Option<&Mac>) -> Option<KeySizes> {
    let Some(cipher) = cipher else {
        return Some(KeySizes {
            encr: 0,
            integ: mac?.key,
        });
    };
    let keys = cipher.keys;
    let bits = key_length.or(keys.default).unwrap_or(keys.least);
    KeySizes::negotiated(cipher, Some(bits), mac)
}
