//! RSA signatures: PKCS #1 v1.5 as IKEv1 (RFC 2409 §5.1), IKEv2 (RFC 7296
//! §3.8) and RFC 7427 use it, and PSS (RFC 8017 §8.1, RFC 4055 §3.1).

use super::signature::digest;
use crate::crypto::{Failed, Signature};
use crate::wire::registry::{ike, isakmp};
use core::fmt;
use rsa::{
    Pkcs1v15Sign, Pss, RsaPublicKey,
    pkcs1::{DecodeRsaPublicKey as _, RsaPssParamsOwned},
};
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};
use spki::{
    AlgorithmIdentifier, AlgorithmIdentifierRef, ObjectIdentifier, SubjectPublicKeyInfoRef,
    der::Decode as _,
};

pub(in crate::crypto) const PKCS1_SHA1: Rsa =
    pkcs1("RSA with SHA-1", "1.2.840.113549.1.1.5", verify_sha1);
pub(in crate::crypto) const PKCS1_SHA2_256: Rsa =
    pkcs1("RSA with SHA2-256", "1.2.840.113549.1.1.11", verify_sha256);
pub(in crate::crypto) const PKCS1_SHA2_384: Rsa =
    pkcs1("RSA with SHA2-384", "1.2.840.113549.1.1.12", verify_sha384);
pub(in crate::crypto) const PKCS1_SHA2_512: Rsa =
    pkcs1("RSA with SHA2-512", "1.2.840.113549.1.1.13", verify_sha512);

/// The IKEv2 method 1: the signature itself says which hash, and SHA-1 is what
/// is met.
pub(in crate::crypto) const PKCS1_IKEV2: Rsa = Rsa {
    name: "RSA PKCS #1 v1.5",
    meant_by: Meant::Ikev2,
    verify: |key, message, signature| {
        [verify_sha1, verify_sha256, verify_sha384, verify_sha512]
            .into_iter()
            .find_map(|verify| verify(key, message, signature).ok())
            .ok_or(Failed)
    },
};

/// The IKEv1 method 3: the padding holds the HASH itself and names no hash.
pub(in crate::crypto) const PKCS1_IKEV1: Rsa = Rsa {
    name: "RSA PKCS #1 v1.5 of the bare hash",
    meant_by: Meant::Ikev1,
    verify: |key, message, signature| {
        key.verify(Pkcs1v15Sign::new_unprefixed(), &message.concat(), signature)
            .map_err(|_| Failed)
    },
};

macro_rules! pss {
    ($($strict:ident, $any:ident, $name:literal, $any_name:literal, $hash:ty, $salt:literal, $oid:literal;)*) => {$(
        pub(in crate::crypto) const $strict: Rsa = Rsa {
            name: $name,
            meant_by: Meant::Pss {
                hash: ObjectIdentifier::new_unwrap($oid),
                salt: Some($salt),
            },
            verify: |key, message, signature| {
                let hash = digest::<$hash>(message);
                key.verify(Pss::<$hash>::new(), hash.as_bytes(), signature).map_err(|_| Failed)
            },
        };

        pub(in crate::crypto) const $any: Rsa = Rsa {
            name: $any_name,
            meant_by: Meant::Pss { hash: ObjectIdentifier::new_unwrap($oid), salt: None },
            verify: |key, message, signature| {
                let hash = digest::<$hash>(message);
                let scheme = Pss::<$hash> { salt_len: None, ..Pss::new() };
                key.verify(scheme, hash.as_bytes(), signature).map_err(|_| Failed)
            },
        };
    )*};
}

pss! {
    PSS_SHA1, PSS_SHA1_ANY_SALT, "RSASSA-PSS with SHA-1",
        "RSASSA-PSS with SHA-1, unusual salt", Sha1, 20, "1.3.14.3.2.26";
    PSS_SHA2_256, PSS_SHA2_256_ANY_SALT, "RSASSA-PSS with SHA2-256",
        "RSASSA-PSS with SHA2-256, unusual salt", Sha256, 32, "2.16.840.1.101.3.4.2.1";
    PSS_SHA2_384, PSS_SHA2_384_ANY_SALT, "RSASSA-PSS with SHA2-384",
        "RSASSA-PSS with SHA2-384, unusual salt", Sha384, 48, "2.16.840.1.101.3.4.2.2";
    PSS_SHA2_512, PSS_SHA2_512_ANY_SALT, "RSASSA-PSS with SHA2-512",
        "RSASSA-PSS with SHA2-512, unusual salt", Sha512, 64, "2.16.840.1.101.3.4.2.3";
}

type Verify = fn(&RsaPublicKey, &[&[u8]], &[u8]) -> Result<(), Failed>;

/// One way of signing with RSA.
pub(in crate::crypto) struct Rsa {
    name: &'static str,
    meant_by: Meant,
    verify: Verify,
}

/// What names an [`Rsa`].
enum Meant {
    Ikev1,
    Ikev2,
    Pkcs1(ObjectIdentifier),
    /// The hash for message and mask, and the salt's length or any.
    Pss {
        hash: ObjectIdentifier,
        salt: Option<u8>,
    },
}

const fn pkcs1(name: &'static str, oid: &str, verify: Verify) -> Rsa {
    Rsa {
        name,
        meant_by: Meant::Pkcs1(ObjectIdentifier::new_unwrap(oid)),
        verify,
    }
}

impl Signature for Rsa {
    fn name(&self) -> &'static str {
        self.name
    }

    fn ikev2(&self) -> Option<ike::AuthMethod> {
        matches!(self.meant_by, Meant::Ikev2).then_some(ike::AuthMethod::RSA_SIGNATURE)
    }

    fn ikev1(&self) -> Option<isakmp::AuthMethod> {
        matches!(self.meant_by, Meant::Ikev1).then_some(isakmp::AuthMethod::RSA_SIGNATURES)
    }

    /// RFC 4055 §5: parameters of PKCS #1 v1.5 are NULL or, tolerated, absent.
    fn is_meant_by(&self, identifier: &[u8]) -> bool {
        let Ok(given) = AlgorithmIdentifierRef::from_der(identifier) else {
            return false;
        };
        match &self.meant_by {
            Meant::Ikev1 | Meant::Ikev2 => false,
            Meant::Pkcs1(oid) => {
                given.oid == *oid && given.parameters.is_none_or(|null| null.is_null())
            }
            Meant::Pss { hash, salt } => {
                given.oid == PSS
                    && pss_params(identifier).is_some_and(|(used, masked, len)| {
                        used == *hash && masked == *hash && salt.is_none_or(|salt| salt == len)
                    })
            }
        }
    }

    fn verify(&self, key: &[u8], message: &[&[u8]], signature: &[u8]) -> Result<(), Failed> {
        let info = SubjectPublicKeyInfoRef::from_der(key).map_err(|_| Failed)?;
        if info.algorithm.oid != RSA && info.algorithm.oid != PSS {
            return Err(Failed);
        }
        let bytes = info.subject_public_key.as_bytes().ok_or(Failed)?;
        let key = RsaPublicKey::from_pkcs1_der(bytes).map_err(|_| Failed)?;
        (self.verify)(&key, message, signature)
    }
}

impl fmt::Debug for Rsa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Hash, hash of the mask, and length of the salt.
fn pss_params(identifier: &[u8]) -> Option<(ObjectIdentifier, ObjectIdentifier, u8)> {
    let given = AlgorithmIdentifier::<RsaPssParamsOwned>::from_der(identifier).ok()?;
    let params = given.parameters?;
    let mask = params.mask_gen.parameters?;
    Some((params.hash.oid, mask.oid, params.salt_len))
}

fn verify_sha1(key: &RsaPublicKey, message: &[&[u8]], signature: &[u8]) -> Result<(), Failed> {
    let hash = digest::<Sha1>(message);
    key.verify(Pkcs1v15Sign::new::<Sha1>(), hash.as_bytes(), signature)
        .map_err(|_| Failed)
}

fn verify_sha256(key: &RsaPublicKey, message: &[&[u8]], signature: &[u8]) -> Result<(), Failed> {
    let hash = digest::<Sha256>(message);
    key.verify(Pkcs1v15Sign::new::<Sha256>(), hash.as_bytes(), signature)
        .map_err(|_| Failed)
}

fn verify_sha384(key: &RsaPublicKey, message: &[&[u8]], signature: &[u8]) -> Result<(), Failed> {
    let hash = digest::<Sha384>(message);
    key.verify(Pkcs1v15Sign::new::<Sha384>(), hash.as_bytes(), signature)
        .map_err(|_| Failed)
}

fn verify_sha512(key: &RsaPublicKey, message: &[&[u8]], signature: &[u8]) -> Result<(), Failed> {
    let hash = digest::<Sha512>(message);
    key.verify(Pkcs1v15Sign::new::<Sha512>(), hash.as_bytes(), signature)
        .map_err(|_| Failed)
}

/// `rsaEncryption`.
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
/// `id-RSASSA-PSS`.
const PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");
