//! ECDSA (RFC 4754, RFC 7427 appendix A.3) and EdDSA (RFC 8420), and the table
//! of signature algorithms. RSA is beside it, behind its feature.

use super::table;
use crate::crypto::{Digest, Failed, Signature};
use crate::wire::registry::{ike, isakmp};
use alloc::vec::Vec;
use bp256::BrainpoolP256r1;
use bp384::BrainpoolP384r1;
use core::fmt;
use ecdsa::{VerifyingKey, signature::hazmat::PrehashVerifier as _};
use ed25519_dalek::pkcs8::DecodePublicKey;
use hmac::digest::const_oid::AssociatedOid;
use p256::NistP256;
use p384::NistP384;
use p521::NistP521;
use sha1::Sha1;
use sha2::{Digest as Function, Sha256, Sha384, Sha512};
use spki::{AlgorithmIdentifierRef, ObjectIdentifier, der::Decode as _};

#[cfg(feature = "rsa")]
use super::rsa as with_rsa;

table! {
    /// The signature algorithms.
    dyn Signature: SIGNATURES, MODERN_SIGNATURES {
        modern:
            Ed25519,
            ECDSA_256,
            ECDSA_384,
            ECDSA_521,
            ecdsa("ECDSA with SHA2-256", "1.2.840.10045.4.3.2", digest::<Sha256>),
            ecdsa("ECDSA with SHA2-384", "1.2.840.10045.4.3.3", digest::<Sha384>),
            ecdsa("ECDSA with SHA2-512", "1.2.840.10045.4.3.4", digest::<Sha512>),
        ; with "curve448": Ed448;
        with "rsa": with_rsa::PSS_SHA2_256;
        with "rsa": with_rsa::PSS_SHA2_384;
        with "rsa": with_rsa::PSS_SHA2_512;
        with "rsa": with_rsa::PSS_SHA2_256_ANY_SALT;
        with "rsa": with_rsa::PSS_SHA2_384_ANY_SALT;
        with "rsa": with_rsa::PSS_SHA2_512_ANY_SALT;
        with "rsa": with_rsa::PKCS1_SHA2_256;
        with "rsa": with_rsa::PKCS1_SHA2_384;
        with "rsa": with_rsa::PKCS1_SHA2_512;
        with "rsa": with_rsa::PKCS1_IKEV2;
        with "rsa": with_rsa::PKCS1_IKEV1;
        legacy:
            ecdsa("ECDSA with SHA-1", "1.2.840.10045.4.1", digest::<Sha1>),
        ; with "rsa": with_rsa::PSS_SHA1;
        with "rsa": with_rsa::PSS_SHA1_ANY_SALT;
        with "rsa": with_rsa::PKCS1_SHA1;
    }
}

/// ECDSA with a hash, on a curve of its own or on that of the key.
struct Ecdsa {
    name: &'static str,
    meant_by: Meant,
    hash: fn(&[&[u8]]) -> Digest,
}

/// What names an [`Ecdsa`].
enum Meant {
    /// An authentication method of its own, with r and s side by side.
    Method(ike::AuthMethod, isakmp::AuthMethod, ObjectIdentifier),
    /// An algorithm identifier, with r and s in DER.
    Identifier(ObjectIdentifier),
}

const ECDSA_256: Ecdsa = Ecdsa {
    name: "ECDSA with SHA2-256 on P-256",
    meant_by: Meant::Method(
        ike::AuthMethod::ECDSA_256,
        isakmp::AuthMethod::ECDSA_256,
        <NistP256 as AssociatedOid>::OID,
    ),
    hash: digest::<Sha256>,
};

const ECDSA_384: Ecdsa = Ecdsa {
    name: "ECDSA with SHA2-384 on P-384",
    meant_by: Meant::Method(
        ike::AuthMethod::ECDSA_384,
        isakmp::AuthMethod::ECDSA_384,
        <NistP384 as AssociatedOid>::OID,
    ),
    hash: digest::<Sha384>,
};

const ECDSA_521: Ecdsa = Ecdsa {
    name: "ECDSA with SHA2-512 on P-521",
    meant_by: Meant::Method(
        ike::AuthMethod::ECDSA_521,
        isakmp::AuthMethod::ECDSA_521,
        <NistP521 as AssociatedOid>::OID,
    ),
    hash: digest::<Sha512>,
};

const fn ecdsa(name: &'static str, oid: &str, hash: fn(&[&[u8]]) -> Digest) -> Ecdsa {
    let meant_by = Meant::Identifier(ObjectIdentifier::new_unwrap(oid));
    Ecdsa {
        name,
        meant_by,
        hash,
    }
}

/// The hash of all parts.
pub(super) fn digest<F: Function>(parts: &[&[u8]]) -> Digest {
    let mut function = F::new();
    for part in parts {
        function.update(part);
    }
    Digest::new(&function.finalize())
}

impl Signature for Ecdsa {
    fn name(&self) -> &'static str {
        self.name
    }

    fn ikev2(&self) -> Option<ike::AuthMethod> {
        match &self.meant_by {
            Meant::Method(method, _, _) => Some(*method),
            Meant::Identifier(_) => None,
        }
    }

    fn ikev1(&self) -> Option<isakmp::AuthMethod> {
        match &self.meant_by {
            Meant::Method(_, method, _) => Some(*method),
            Meant::Identifier(_) => None,
        }
    }

    fn is_meant_by(&self, identifier: &[u8]) -> bool {
        match &self.meant_by {
            Meant::Method(..) => false,
            Meant::Identifier(oid) => AlgorithmIdentifierRef::from_der(identifier)
                .is_ok_and(|given| given.oid == *oid && given.parameters.is_none()),
        }
    }

    fn verify(&self, key: &[u8], message: &[&[u8]], signature: &[u8]) -> Result<(), Failed> {
        let curve = spki::SubjectPublicKeyInfoRef::from_der(key)
            .ok()
            .and_then(|key| key.algorithm.parameters_oid().ok())
            .ok_or(Failed)?;
        let hash = (self.hash)(message);
        let der = match &self.meant_by {
            Meant::Method(_, _, oid) if *oid != curve => return Err(Failed),
            Meant::Method(..) => false,
            Meant::Identifier(_) => true,
        };
        macro_rules! on {
            ($($curve:ty),*) => {$(
                if curve == <$curve as AssociatedOid>::OID {
                    let key = VerifyingKey::<$curve>::from_public_key_der(key).map_err(|_| Failed)?;
                    let signature = if der {
                        ecdsa::Signature::from_der(signature)
                    } else {
                        ecdsa::Signature::from_slice(signature)
                    };
                    let signature = signature.map_err(|_| Failed)?;
                    return key.verify_prehash(hash.as_bytes(), &signature).map_err(|_| Failed);
                }
            )*};
        }
        on!(
            NistP256,
            NistP384,
            NistP521,
            BrainpoolP256r1,
            BrainpoolP384r1
        );
        Err(Failed)
    }
}

impl fmt::Debug for Ecdsa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

#[derive(Debug)]
struct Ed25519;

impl Signature for Ed25519 {
    fn name(&self) -> &'static str {
        "Ed25519"
    }

    fn ikev2(&self) -> Option<ike::AuthMethod> {
        None
    }

    fn ikev1(&self) -> Option<isakmp::AuthMethod> {
        None
    }

    fn is_meant_by(&self, identifier: &[u8]) -> bool {
        bare(identifier, ed25519_dalek::pkcs8::ALGORITHM_OID)
    }

    fn verify(&self, key: &[u8], message: &[&[u8]], signature: &[u8]) -> Result<(), Failed> {
        let key = ed25519_dalek::VerifyingKey::from_public_key_der(key).map_err(|_| Failed)?;
        let signature = ed25519_dalek::Signature::from_slice(signature).map_err(|_| Failed)?;
        key.verify_strict(&joined(message), &signature)
            .map_err(|_| Failed)
    }
}

#[cfg(feature = "curve448")]
#[derive(Debug)]
struct Ed448;

#[cfg(feature = "curve448")]
impl Signature for Ed448 {
    fn name(&self) -> &'static str {
        "Ed448"
    }

    fn ikev2(&self) -> Option<ike::AuthMethod> {
        None
    }

    fn ikev1(&self) -> Option<isakmp::AuthMethod> {
        None
    }

    fn is_meant_by(&self, identifier: &[u8]) -> bool {
        bare(identifier, ObjectIdentifier::new_unwrap("1.3.101.113"))
    }

    fn verify(&self, key: &[u8], message: &[&[u8]], signature: &[u8]) -> Result<(), Failed> {
        let key = ed448_goldilocks::VerifyingKey::from_public_key_der(key).map_err(|_| Failed)?;
        // The crate would overlook the unused bits of R (RFC 8032 §5.2.2).
        if signature.get(56).is_none_or(|last| last & 0x7f != 0) {
            return Err(Failed);
        }
        let signature = ed448_goldilocks::Signature::from_slice(signature).map_err(|_| Failed)?;
        key.verify_raw(&signature, &joined(message))
            .map_err(|_| Failed)
    }
}

/// Whether `identifier` is this object identifier without parameters.
fn bare(identifier: &[u8], oid: ObjectIdentifier) -> bool {
    AlgorithmIdentifierRef::from_der(identifier)
        .is_ok_and(|given| given.oid == oid && given.parameters.is_none())
}

pub(super) fn joined(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}
