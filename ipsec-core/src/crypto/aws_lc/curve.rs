//! Key exchange on Curve25519 (RFC 8031) and the ECP groups (RFC 5903).

use crate::crypto::{Group, GroupError, KeyExchange, Random, Secret};
use crate::wire::registry::ike::KeyExchange as Id;
use alloc::boxed::Box;
use alloc::vec::Vec;
use aws_lc_rs::agreement::{
    Algorithm, ECDH_P256, ECDH_P384, ECDH_P521, PrivateKey, UnparsedPublicKey, X25519, agree,
};
use core::fmt;
use zeroize::Zeroizing;

pub(super) const GROUPS: &[&dyn Group] = &[
    &Curve {
        id: Id::CURVE25519,
        algorithm: &X25519,
        field: 32,
        first: 0xff,
    },
    &ecp(Id::ECP_256, &ECDH_P256, 32, 0xff),
    &ecp(Id::ECP_384, &ECDH_P384, 48, 0xff),
    &ecp(Id::ECP_521, &ECDH_P521, 66, 0x01),
];

/// A curve; its points are sent as x alone (Curve25519) or as x and y.
struct Curve {
    id: Id,
    algorithm: &'static Algorithm,
    field: usize,
    /// The bits of the first byte of a private value.
    first: u8,
}

const fn ecp(id: Id, algorithm: &'static Algorithm, field: usize, first: u8) -> Curve {
    Curve {
        id,
        algorithm,
        field,
        first,
    }
}

impl Curve {
    fn is_montgomery(&self) -> bool {
        self.id == Id::CURVE25519
    }
}

impl fmt::Debug for Curve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.id.fmt(f)
    }
}

impl Group for Curve {
    fn id(&self) -> Id {
        self.id
    }

    fn is_kem(&self) -> bool {
        false
    }

    fn public_len(&self) -> usize {
        let coordinates = if self.is_montgomery() { 1 } else { 2 };
        self.field.saturating_mul(coordinates)
    }

    fn answer_len(&self) -> usize {
        self.public_len()
    }

    fn start(&self, random: &mut dyn Random) -> Result<Box<dyn KeyExchange>, GroupError> {
        let mut private = Zeroizing::new(alloc::vec![0; self.field]);
        for _ in 0..MAX_DRAWS {
            random.fill(&mut private);
            if let Some(first) = private.first_mut() {
                *first &= self.first;
            }
            if let Ok(exchange) = self.with_private(&private) {
                return Ok(exchange);
            }
        }
        Err(GroupError::PrivateValue)
    }

    fn with_private(&self, private: &[u8]) -> Result<Box<dyn KeyExchange>, GroupError> {
        let refused = GroupError::PrivateValue;
        let private = PrivateKey::from_private_key(self.algorithm, private);
        let private = private.map_err(|_| refused)?;
        let public = private.compute_public_key().map_err(|_| refused)?;
        let point = if self.is_montgomery() { 0 } else { 1 };
        Ok(Box::new(OnCurve {
            public: public.as_ref().iter().skip(point).copied().collect(),
            private,
            montgomery: self.is_montgomery(),
        }))
    }
}

struct OnCurve {
    private: PrivateKey,
    public: Vec<u8>,
    montgomery: bool,
}

impl KeyExchange for OnCurve {
    fn public(&self) -> &[u8] {
        &self.public
    }

    /// RFC 5903 §8: the point must be on the curve; RFC 7748 §6.1: the secret
    /// must not be zero. AWS-LC checks both.
    fn finish(&self, peer: &[u8]) -> Result<Secret, GroupError> {
        let (need, have) = (self.public.len(), peer.len());
        if need != have {
            return Err(GroupError::Length { need, have });
        }
        let refused = if self.montgomery {
            GroupError::NeutralElement
        } else {
            GroupError::PublicValue
        };
        let mut point = Vec::new();
        if !self.montgomery {
            point.push(UNCOMPRESSED);
        }
        point.extend_from_slice(peer);
        let peer = UnparsedPublicKey::new(self.private.algorithm(), point);
        agree(&self.private, peer, refused, |shared| {
            Ok(Secret::new(shared.to_vec()))
        })
    }
}

/// What stands before an uncompressed point in SEC 1, and is not sent in IKE.
const UNCOMPRESSED: u8 = 4;

/// How often a private value is drawn again: at least half of the draws
/// succeed on every curve.
const MAX_DRAWS: usize = 128;
