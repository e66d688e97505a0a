//! Private keys of files, as signers: PKCS #8 (RFC 5208, RFC 5958), PKCS #1
//! (RFC 8017 §A.1.2) and SEC 1 (RFC 5915), in DER or PEM (RFC 7468).

use super::signature::{digest, joined};
use crate::crypto::{Digest, Failed, Random, Scheme, Signer};
use crate::wire::registry::{ike::AuthMethod, ike::HashAlgorithm, isakmp};
use alloc::boxed::Box;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::fmt;
use ecdsa::signature::{Signer as _, hazmat::PrehashSigner as _};
use pkcs8::{EncodePublicKey, PrivateKeyInfoRef};
use sec1::{EcParameters, EcPrivateKey};
use sha2::{Sha256, Sha384, Sha512};
use spki::{ObjectIdentifier, der::Decode as _};
use zeroize::Zeroizing;

#[cfg(feature = "rsa")]
use super::rsa_signer;

/// Reads the private key of a file.
///
/// RSA (with the feature `rsa`), ECDSA on P-256, P-384 and P-521, Ed25519, and
/// Ed448 (with the feature `curve448`). Of a PEM file the first private key is
/// taken, whatever stands around it.
///
/// # Errors
///
/// [`KeyFault`], which tells nothing of the key itself.
pub fn private_key(file: &[u8]) -> Result<Box<dyn Signer>, KeyFault> {
    match private_block(file) {
        None if file.first() == Some(&SEQUENCE) => of_der(file),
        None => Err(KeyFault::NoKey),
        Some(block) => of_block(block),
    }
}

/// Why a file gives no signer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyFault {
    /// There is neither DER nor a PEM block with a private key.
    NoKey,
    /// It is encrypted with a pass phrase.
    Encrypted,
    /// The key's algorithm or curve, which this provider does not sign with: an
    /// object identifier, or the label of a PEM block.
    Unsupported(String),
    /// It is not what it says it is.
    Malformed,
}

impl fmt::Display for KeyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoKey => f.write_str("no private key"),
            Self::Encrypted => f.write_str("the private key is encrypted"),
            Self::Unsupported(what) => write!(f, "no signatures with keys of {what}"),
            Self::Malformed => f.write_str("the private key cannot be read"),
        }
    }
}

impl core::error::Error for KeyFault {}

/// The first PEM block whose label ends with `PRIVATE KEY`.
fn private_block(file: &[u8]) -> Option<&[u8]> {
    let mut rest = file;
    loop {
        rest = rest.get(find(rest, BEGIN)?..)?;
        let label = rest.get(..find(rest, b"\n")?)?.trim_ascii_end();
        if label.ends_with(b"PRIVATE KEY-----") {
            let end = find(rest, b"-----END ")?;
            let behind = rest.get(end..)?;
            let len = find(behind, b"\n").unwrap_or(behind.len());
            return rest.get(..end.checked_add(len)?);
        }
        rest = rest.get(BEGIN.len()..)?;
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|part| part == wanted)
}

fn of_block(block: &[u8]) -> Result<Box<dyn Signer>, KeyFault> {
    if find(block, b"ENCRYPTED").is_some() {
        return Err(KeyFault::Encrypted);
    }
    let mut place = Zeroizing::new(alloc::vec![0; block.len()]);
    let decoded = pem_rfc7468::decode(block, &mut place);
    let (label, der) = decoded.map_err(|_| KeyFault::Malformed)?;
    match label {
        "PRIVATE KEY" => of_pkcs8(der),
        "RSA PRIVATE KEY" => of_pkcs1(der),
        "EC PRIVATE KEY" => of_sec1(der),
        other => Err(KeyFault::Unsupported(other.to_string())),
    }
}

/// The formats begin with different versions and types.
fn of_der(der: &[u8]) -> Result<Box<dyn Signer>, KeyFault> {
    if PrivateKeyInfoRef::from_der(der).is_ok() {
        of_pkcs8(der)
    } else if EcPrivateKey::from_der(der).is_ok() {
        of_sec1(der)
    } else {
        of_pkcs1(der)
    }
}

fn of_pkcs8(der: &[u8]) -> Result<Box<dyn Signer>, KeyFault> {
    let info = PrivateKeyInfoRef::from_der(der).map_err(|_| KeyFault::Malformed)?;
    match info.algorithm.oid {
        #[cfg(feature = "rsa")]
        RSA | RSA_PSS => {
            rsa_signer::of_pkcs1(info.private_key.as_bytes(), info.algorithm.oid == RSA_PSS)
        }
        EC => {
            let curve = info
                .algorithm
                .parameters_oid()
                .map_err(|_| KeyFault::Malformed)?;
            let key = EcPrivateKey::from_der(info.private_key.as_bytes());
            on_curve(curve, key.map_err(|_| KeyFault::Malformed)?)
        }
        ed25519_dalek::pkcs8::ALGORITHM_OID => {
            let key = ed25519_dalek::SigningKey::try_from(info);
            let key = key.map_err(|_| KeyFault::Malformed)?;
            let public = spki_of(&key.verifying_key())?;
            Ok(Box::new(KeySigner {
                name: "Ed25519",
                schemes: &[ED25519_IDENTITY],
                key,
                public,
            }))
        }
        #[cfg(feature = "curve448")]
        ED448 => {
            let key = ed448_goldilocks::SigningKey::try_from(info);
            let key = key.map_err(|_| KeyFault::Malformed)?;
            let public = spki_of(&key.verifying_key())?;
            Ok(Box::new(KeySigner {
                name: "Ed448",
                schemes: &[ED448_IDENTITY],
                key,
                public,
            }))
        }
        other => Err(KeyFault::Unsupported(other.to_string())),
    }
}

#[cfg(feature = "rsa")]
fn of_pkcs1(der: &[u8]) -> Result<Box<dyn Signer>, KeyFault> {
    rsa_signer::of_pkcs1(der, false)
}

#[cfg(not(feature = "rsa"))]
fn of_pkcs1(_: &[u8]) -> Result<Box<dyn Signer>, KeyFault> {
    Err(KeyFault::Unsupported("RSA".to_string()))
}

fn of_sec1(der: &[u8]) -> Result<Box<dyn Signer>, KeyFault> {
    let key = EcPrivateKey::from_der(der).map_err(|_| KeyFault::Malformed)?;
    match key.parameters {
        Some(EcParameters::NamedCurve(curve)) => on_curve(curve, key),
        None => Err(KeyFault::Malformed),
    }
}

/// The DER `SubjectPublicKeyInfo` of a key.
pub(super) fn spki_of(key: &impl EncodePublicKey) -> Result<Vec<u8>, KeyFault> {
    let der = key.to_public_key_der();
    der.map(|der| der.as_bytes().to_vec())
        .map_err(|_| KeyFault::Malformed)
}

macro_rules! curves {
    ($($curve:ident, $key:ty, $oid:literal, $name:literal, $schemes:expr;)*) => {
        fn on_curve(oid: ObjectIdentifier, key: EcPrivateKey<'_>) -> Result<Box<dyn Signer>, KeyFault> {
            $(if oid == ObjectIdentifier::new_unwrap($oid) {
                let secret = $curve::SecretKey::try_from(key).map_err(|_| KeyFault::Malformed)?;
                let public = spki_of(&secret.public_key())?;
                return Ok(Box::new(KeySigner::<$key> {
                    name: $name,
                    schemes: $schemes,
                    key: secret.into(),
                    public,
                }));
            })*
            Err(KeyFault::Unsupported(oid.to_string()))
        }

        // r and s, in DER or side by side.
        $(impl Signs for $key {
            fn sign(&self, scheme: Scheme, message: &[&[u8]]) -> Result<Vec<u8>, Failed> {
                let hash = hash_of(scheme).ok_or(Failed)?(message);
                let signature: ecdsa::Signature<_> =
                    self.sign_prehash(hash.as_bytes()).map_err(|_| Failed)?;
                Ok(if matches!(scheme, Scheme::Identifier { .. }) {
                    signature.to_der().as_bytes().to_vec()
                } else {
                    signature.to_bytes().to_vec()
                })
            }
        })*
    };
}

curves! {
    p256, p256::ecdsa::SigningKey, "1.2.840.10045.3.1.7", "ECDSA P-256", &[
        ECDSA_SHA2_256, ECDSA_SHA2_384, ECDSA_SHA2_512,
        Scheme::Ikev2(AuthMethod::ECDSA_256), Scheme::Ikev1(isakmp::AuthMethod::ECDSA_256),
    ];
    p384, p384::ecdsa::SigningKey, "1.3.132.0.34", "ECDSA P-384", &[
        ECDSA_SHA2_384, ECDSA_SHA2_512, ECDSA_SHA2_256,
        Scheme::Ikev2(AuthMethod::ECDSA_384), Scheme::Ikev1(isakmp::AuthMethod::ECDSA_384),
    ];
    p521, p521::ecdsa::SigningKey, "1.3.132.0.35", "ECDSA P-521", &[
        ECDSA_SHA2_512, ECDSA_SHA2_384,
        Scheme::Ikev2(AuthMethod::ECDSA_521), Scheme::Ikev1(isakmp::AuthMethod::ECDSA_521),
    ];
}

/// A key of one curve; ECDSA's nonces are those of RFC 6979.
trait Signs: Send + Sync {
    /// Signs in one of the key's ways.
    fn sign(&self, scheme: Scheme, message: &[&[u8]]) -> Result<Vec<u8>, Failed>;
}

struct KeySigner<K> {
    name: &'static str,
    schemes: &'static [Scheme],
    key: K,
    public: Vec<u8>,
}

impl<K: Signs> Signer for KeySigner<K> {
    fn public_key(&self) -> &[u8] {
        &self.public
    }

    fn schemes(&self) -> &[Scheme] {
        self.schemes
    }

    fn sign(
        &self,
        _: &mut dyn Random,
        scheme: Scheme,
        message: &[&[u8]],
    ) -> Result<Vec<u8>, Failed> {
        if !self.schemes.contains(&scheme) {
            return Err(Failed);
        }
        self.key.sign(scheme, message)
    }
}

impl<K> fmt::Debug for KeySigner<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.name)
    }
}

/// Hashes a message in parts.
type HashFunction = fn(&[&[u8]]) -> Digest;

/// The hash of a way of signing with ECDSA or RSA.
pub(super) fn hash_of(scheme: Scheme) -> Option<HashFunction> {
    match scheme {
        Scheme::Identifier {
            hash: HashAlgorithm::SHA2_256,
            ..
        }
        | Scheme::Ikev2(AuthMethod::ECDSA_256)
        | Scheme::Ikev1(isakmp::AuthMethod::ECDSA_256) => Some(digest::<Sha256>),
        Scheme::Identifier {
            hash: HashAlgorithm::SHA2_384,
            ..
        }
        | Scheme::Ikev2(AuthMethod::ECDSA_384)
        | Scheme::Ikev1(isakmp::AuthMethod::ECDSA_384) => Some(digest::<Sha384>),
        Scheme::Identifier {
            hash: HashAlgorithm::SHA2_512,
            ..
        }
        | Scheme::Ikev2(AuthMethod::ECDSA_521)
        | Scheme::Ikev1(isakmp::AuthMethod::ECDSA_521) => Some(digest::<Sha512>),
        Scheme::Identifier { .. } | Scheme::Ikev2(_) | Scheme::Ikev1(_) => None,
    }
}

impl Signs for ed25519_dalek::SigningKey {
    fn sign(&self, _: Scheme, message: &[&[u8]]) -> Result<Vec<u8>, Failed> {
        let signature = self.try_sign(&joined(message)).map_err(|_| Failed)?;
        Ok(signature.to_bytes().to_vec())
    }
}

#[cfg(feature = "curve448")]
impl Signs for ed448_goldilocks::SigningKey {
    fn sign(&self, _: Scheme, message: &[&[u8]]) -> Result<Vec<u8>, Failed> {
        Ok(self.sign_raw(&joined(message)).to_bytes().to_vec())
    }
}

/// A scheme of RFC 7427.
pub(super) const fn by_identifier(der: &'static [u8], hash: HashAlgorithm) -> Scheme {
    Scheme::Identifier { der, hash }
}

// RFC 7427 appendix A.3, RFC 8420 appendix A.
const ECDSA_SHA2_256: Scheme = by_identifier(
    b"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02",
    HashAlgorithm::SHA2_256,
);
const ECDSA_SHA2_384: Scheme = by_identifier(
    b"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03",
    HashAlgorithm::SHA2_384,
);
const ECDSA_SHA2_512: Scheme = by_identifier(
    b"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x04",
    HashAlgorithm::SHA2_512,
);
const ED25519_IDENTITY: Scheme =
    by_identifier(b"\x30\x05\x06\x03\x2b\x65\x70", HashAlgorithm::IDENTITY);
#[cfg(feature = "curve448")]
const ED448_IDENTITY: Scheme =
    by_identifier(b"\x30\x05\x06\x03\x2b\x65\x71", HashAlgorithm::IDENTITY);

#[cfg(feature = "rsa")]
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
#[cfg(feature = "rsa")]
const RSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
#[cfg(feature = "curve448")]
const ED448: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.113");

/// DER begins with it.
const SEQUENCE: u8 = 0x30;

const BEGIN: &[u8] = b"-----BEGIN ";
