//! Signing with RSA: PSS and PKCS #1 v1.5 (RFC 8017 §8, RFC 7427 appendix A.1,
//! A.4), and the bare hash of IKEv1 (RFC 2409 §5.1).

use super::private_key::{KeyFault, by_identifier, hash_of, spki_of};
use super::signature::digest;
use crate::crypto::{Failed, Random, Scheme, Signer};
use crate::wire::registry::{ike::AuthMethod, ike::HashAlgorithm, isakmp};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::convert::Infallible;
use core::fmt;
use rsa::pkcs1::DecodeRsaPrivateKey as _;
use rsa::rand_core::{TryCryptoRng, TryRng};
use rsa::traits::{PublicKeyParts as _, SignatureScheme};
use rsa::{Pkcs1v15Sign, Pss, RsaPrivateKey};
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};

/// The signer of a DER `RSAPrivateKey`.
pub(super) fn of_pkcs1(der: &[u8], pss_only: bool) -> Result<Box<dyn Signer>, KeyFault> {
    let key = RsaPrivateKey::from_pkcs1_der(der).map_err(|_| KeyFault::Malformed)?;
    let public = spki_of(&key.to_public_key())?;
    let schemes = if pss_only { PSS_ONLY } else { SCHEMES };
    Ok(Box::new(RsaSigner {
        key,
        schemes,
        public,
    }))
}

struct RsaSigner {
    key: RsaPrivateKey,
    schemes: &'static [Scheme],
    public: Vec<u8>,
}

impl Signer for RsaSigner {
    fn public_key(&self) -> &[u8] {
        &self.public
    }

    fn schemes(&self) -> &[Scheme] {
        self.schemes
    }

    fn sign(
        &self,
        random: &mut dyn Random,
        scheme: Scheme,
        message: &[&[u8]],
    ) -> Result<Vec<u8>, Failed> {
        if !self.schemes.contains(&scheme) {
            return Err(Failed);
        }
        let is_pss = PSS_ONLY.contains(&scheme);
        let hash = hash_of(scheme).map(|hash| hash(message));
        let hash = hash.as_ref().map(|hash| hash.as_bytes());
        let mut of = Maker {
            key: &self.key,
            random,
        };
        match (scheme, hash) {
            (Scheme::Identifier { hash: id, .. }, Some(hash)) => match (id, is_pss) {
                (HashAlgorithm::SHA2_256, true) => of.make(Pss::<Sha256>::new(), hash),
                (HashAlgorithm::SHA2_384, true) => of.make(Pss::<Sha384>::new(), hash),
                (_, true) => of.make(Pss::<Sha512>::new(), hash),
                (HashAlgorithm::SHA2_256, false) => of.make(Pkcs1v15Sign::new::<Sha256>(), hash),
                (HashAlgorithm::SHA2_384, false) => of.make(Pkcs1v15Sign::new::<Sha384>(), hash),
                (_, false) => of.make(Pkcs1v15Sign::new::<Sha512>(), hash),
            },
            // RFC 7296 §3.8 asks for SHA-1 unless something else is known.
            (Scheme::Ikev2(_), _) => {
                let hash = digest::<Sha1>(message);
                of.make(Pkcs1v15Sign::new::<Sha1>(), hash.as_bytes())
            }
            (Scheme::Ikev1(_) | Scheme::Identifier { .. }, _) => {
                of.make(Pkcs1v15Sign::new_unprefixed(), &message.concat())
            }
        }
    }
}

impl fmt::Debug for RsaSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer(RSA-{})", self.key.n().bits())
    }
}

/// Signs with blinding, so that the time tells nothing of the key.
struct Maker<'a> {
    key: &'a RsaPrivateKey,
    random: &'a mut dyn Random,
}

impl Maker<'_> {
    fn make(&mut self, padding: impl SignatureScheme, hash: &[u8]) -> Result<Vec<u8>, Failed> {
        let made = self
            .key
            .sign_with_rng(&mut Source(self.random), padding, hash);
        made.map_err(|_| Failed)
    }
}

/// The caller's randomness as these crates want it.
struct Source<'a>(&'a mut dyn Random);

impl TryRng for Source<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        Ok(u32::from_be_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        Ok(u64::from_be_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill(out);
        Ok(())
    }
}

impl TryCryptoRng for Source<'_> {}

macro_rules! pss {
    ($hash:literal, $salt:literal) => {
        // id-RSASSA-PSS, [0] hash, [1] MGF1 with the same hash, [2] salt.
        &[
            0x30, 0x41, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a, 0x30,
            0x34, 0xa0, 0x0f, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04,
            0x02, $hash, 0x05, 0x00, 0xa1, 0x1c, 0x30, 0x1a, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
            0xf7, 0x0d, 0x01, 0x01, 0x08, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65,
            0x03, 0x04, 0x02, $hash, 0x05, 0x00, 0xa2, 0x03, 0x02, 0x01, $salt,
        ]
    };
}

macro_rules! pkcs1 {
    ($hash:literal) => {
        &[
            0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, $hash, 0x05,
            0x00,
        ]
    };
}

const PSS_SHA2_256: Scheme = by_identifier(pss!(1, 32), HashAlgorithm::SHA2_256);
const PSS_SHA2_384: Scheme = by_identifier(pss!(2, 48), HashAlgorithm::SHA2_384);
const PSS_SHA2_512: Scheme = by_identifier(pss!(3, 64), HashAlgorithm::SHA2_512);

/// What a key of `id-RSASSA-PSS` may do.
const PSS_ONLY: &[Scheme] = &[PSS_SHA2_256, PSS_SHA2_384, PSS_SHA2_512];

const SCHEMES: &[Scheme] = &[
    PSS_SHA2_256,
    PSS_SHA2_384,
    PSS_SHA2_512,
    by_identifier(pkcs1!(11), HashAlgorithm::SHA2_256),
    by_identifier(pkcs1!(12), HashAlgorithm::SHA2_384),
    by_identifier(pkcs1!(13), HashAlgorithm::SHA2_512),
    Scheme::Ikev2(AuthMethod::RSA_SIGNATURE),
    Scheme::Ikev1(isakmp::AuthMethod::RSA_SIGNATURES),
];
