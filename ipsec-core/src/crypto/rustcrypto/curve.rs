//! Key exchange on curves: the ECP groups (RFC 5903), brainpool (RFC 6954),
//! Curve25519 and Curve448 (RFC 8031).

use crate::crypto::{Group, GroupError, KeyExchange, Random, Secret};
use crate::wire::registry::ike::KeyExchange as Id;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;
use p256::elliptic_curve::{
    AffinePoint, Curve, CurveArithmetic, FieldBytes, FieldBytesSize, PublicKey, SecretKey, ecdh,
    sec1::{FromSec1Point, ModulusSize, ToSec1Point},
};
use zeroize::Zeroizing;

pub(super) static ECP_256: Weierstrass<p256::NistP256> = Weierstrass::new(Id::ECP_256, 32, 0xff);
pub(super) static ECP_384: Weierstrass<p384::NistP384> = Weierstrass::new(Id::ECP_384, 48, 0xff);
pub(super) static ECP_521: Weierstrass<p521::NistP521> = Weierstrass::new(Id::ECP_521, 66, 0x01);
pub(super) static BRAINPOOL_P256R1: Weierstrass<bp256::BrainpoolP256r1> =
    Weierstrass::new(Id::BRAINPOOL_P256R1, 32, 0xff);
pub(super) static BRAINPOOL_P384R1: Weierstrass<bp384::BrainpoolP384r1> =
    Weierstrass::new(Id::BRAINPOOL_P384R1, 48, 0xff);
pub(super) static CURVE25519: X25519 = X25519;
#[cfg(feature = "curve448")]
pub(super) static CURVE448: X448 = X448;

/// A curve whose points are sent as x and y.
pub(super) struct Weierstrass<C> {
    id: Id,
    field: usize,
    /// The bits of the first byte of a private value.
    first: u8,
    curve: PhantomData<fn() -> C>,
}

impl<C> Weierstrass<C> {
    const fn new(id: Id, field: usize, first: u8) -> Self {
        Self {
            id,
            field,
            first,
            curve: PhantomData,
        }
    }
}

impl<C> fmt::Debug for Weierstrass<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.id.fmt(f)
    }
}

impl<C> Group for Weierstrass<C>
where
    C: CurveArithmetic,
    FieldBytesSize<C>: ModulusSize,
    AffinePoint<C>: FromSec1Point<C> + ToSec1Point<C>,
{
    fn id(&self) -> Id {
        self.id
    }

    fn is_kem(&self) -> bool {
        false
    }

    fn public_len(&self) -> usize {
        self.field.saturating_mul(2)
    }

    fn answer_len(&self) -> usize {
        self.public_len()
    }

    fn start(&self, random: &mut dyn Random) -> Result<Box<dyn KeyExchange>, GroupError> {
        let mut private = Zeroizing::new(FieldBytes::<C>::default());
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
        let secret = SecretKey::<C>::from_slice(private).map_err(|_| GroupError::PrivateValue)?;
        let point = secret.public_key().to_sec1_point(false);
        let public = point.as_bytes().iter().skip(1).copied().collect();
        Ok(Box::new(OnWeierstrass { secret, public }))
    }
}

struct OnWeierstrass<C: Curve> {
    secret: SecretKey<C>,
    public: Vec<u8>,
}

impl<C> KeyExchange for OnWeierstrass<C>
where
    C: CurveArithmetic,
    FieldBytesSize<C>: ModulusSize,
    AffinePoint<C>: FromSec1Point<C> + ToSec1Point<C>,
{
    fn public(&self) -> &[u8] {
        &self.public
    }

    /// RFC 5903 §8 and RFC 6989 §2.3: the point must be on the curve, which
    /// reading it checks.
    fn finish(&self, peer: &[u8]) -> Result<Secret, GroupError> {
        let (need, have) = (self.public.len(), peer.len());
        if need != have {
            return Err(GroupError::Length { need, have });
        }
        let mut point = Vec::from([UNCOMPRESSED]);
        point.extend_from_slice(peer);
        let peer = PublicKey::<C>::from_sec1_bytes(&point).map_err(|_| GroupError::PublicValue)?;
        let shared = ecdh::diffie_hellman(self.secret.to_nonzero_scalar(), peer.as_affine());
        Ok(Secret::new(shared.raw_secret_bytes().to_vec()))
    }
}

/// X25519 (RFC 7748 §5).
#[derive(Debug)]
pub(super) struct X25519;

impl Group for X25519 {
    fn id(&self) -> Id {
        Id::CURVE25519
    }

    fn is_kem(&self) -> bool {
        false
    }

    fn public_len(&self) -> usize {
        32
    }

    fn answer_len(&self) -> usize {
        32
    }

    fn start(&self, random: &mut dyn Random) -> Result<Box<dyn KeyExchange>, GroupError> {
        let mut private = Zeroizing::new([0; 32]);
        random.fill(private.as_mut_slice());
        self.with_private(private.as_slice())
    }

    fn with_private(&self, private: &[u8]) -> Result<Box<dyn KeyExchange>, GroupError> {
        let private: &[u8; 32] = private.try_into().map_err(|_| GroupError::PrivateValue)?;
        let secret = x25519_dalek::StaticSecret::from(*private);
        let public = x25519_dalek::PublicKey::from(&secret).to_bytes();
        Ok(Box::new(OnCurve25519 { secret, public }))
    }
}

struct OnCurve25519 {
    secret: x25519_dalek::StaticSecret,
    public: [u8; 32],
}

impl KeyExchange for OnCurve25519 {
    fn public(&self) -> &[u8] {
        &self.public
    }

    fn finish(&self, peer: &[u8]) -> Result<Secret, GroupError> {
        let have = peer.len();
        let peer: [u8; 32] = peer
            .try_into()
            .map_err(|_| GroupError::Length { need: 32, have })?;
        let shared = self.secret.diffie_hellman(&peer.into());
        if !shared.was_contributory() {
            return Err(GroupError::NeutralElement);
        }
        Ok(Secret::new(shared.as_bytes().to_vec()))
    }
}

/// X448 (RFC 7748 §5).
#[cfg(feature = "curve448")]
#[derive(Debug)]
pub(super) struct X448;

#[cfg(feature = "curve448")]
impl Group for X448 {
    fn id(&self) -> Id {
        Id::CURVE448
    }

    fn is_kem(&self) -> bool {
        false
    }

    fn public_len(&self) -> usize {
        56
    }

    fn answer_len(&self) -> usize {
        56
    }

    fn start(&self, random: &mut dyn Random) -> Result<Box<dyn KeyExchange>, GroupError> {
        let mut private = Zeroizing::new([0; 56]);
        random.fill(private.as_mut_slice());
        self.with_private(private.as_slice())
    }

    fn with_private(&self, private: &[u8]) -> Result<Box<dyn KeyExchange>, GroupError> {
        let private: &[u8; 56] = private.try_into().map_err(|_| GroupError::PrivateValue)?;
        let secret = Zeroizing::new(*private);
        let public = x448::x448_unchecked(*private, x448::X448_BASEPOINT_BYTES);
        Ok(Box::new(OnCurve448 { secret, public }))
    }
}

#[cfg(feature = "curve448")]
struct OnCurve448 {
    secret: Zeroizing<[u8; 56]>,
    public: [u8; 56],
}

#[cfg(feature = "curve448")]
impl KeyExchange for OnCurve448 {
    fn public(&self) -> &[u8] {
        &self.public
    }

    fn finish(&self, peer: &[u8]) -> Result<Secret, GroupError> {
        let have = peer.len();
        let peer: [u8; 56] = peer
            .try_into()
            .map_err(|_| GroupError::Length { need: 56, have })?;
        let shared = Zeroizing::new(x448::x448_unchecked(*self.secret, peer));
        if shared.iter().fold(0, |all, byte| all | byte) == 0 {
            return Err(GroupError::NeutralElement);
        }
        Ok(Secret::new(shared.to_vec()))
    }
}

/// What stands before an uncompressed point in SEC 1, and is not sent in IKE.
const UNCOMPRESSED: u8 = 4;
/// How often a private value is drawn again: at least half of the draws
/// succeed on every curve, so that a source that fails this often is broken.
const MAX_DRAWS: usize = 128;
