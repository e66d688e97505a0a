//! Verification of RSA signatures (RFC 8017 §8.1.2, §8.2.2).

use crate::crypto::rustcrypto::rsa::{self, Rsa};
use crate::crypto::{Failed, Signature};
use crate::wire::registry::{ike, isakmp};
use aws_lc_rs::signature::{
    RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
    RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA384,
    RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RsaParameters,
    UnparsedPublicKey,
};
use core::fmt;
use spki::{SubjectPublicKeyInfoRef, der::Decode as _};

pub(super) const SIGNATURES: &[&dyn Signature] = &[
    &Quick(
        rsa::PKCS1_SHA1,
        &RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
    ),
    &Quick(
        rsa::PKCS1_SHA2_256,
        &RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
    ),
    &Quick(rsa::PKCS1_SHA2_384, &RSA_PKCS1_2048_8192_SHA384),
    &Quick(
        rsa::PKCS1_SHA2_512,
        &RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
    ),
    &Quick(rsa::PSS_SHA2_256, &RSA_PSS_2048_8192_SHA256),
    &Quick(rsa::PSS_SHA2_384, &RSA_PSS_2048_8192_SHA384),
    &Quick(rsa::PSS_SHA2_512, &RSA_PSS_2048_8192_SHA512),
];

/// A way of signing, and what AWS-LC calls it. What that refuses the slower
/// implementation judges, for AWS-LC takes no short keys for some of them.
struct Quick(Rsa, &'static RsaParameters);

impl Signature for Quick {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn ikev2(&self) -> Option<ike::AuthMethod> {
        self.0.ikev2()
    }

    fn ikev1(&self) -> Option<isakmp::AuthMethod> {
        self.0.ikev1()
    }

    fn is_meant_by(&self, identifier: &[u8]) -> bool {
        self.0.is_meant_by(identifier)
    }

    fn verify(&self, key: &[u8], message: &[&[u8]], signature: &[u8]) -> Result<(), Failed> {
        let info = SubjectPublicKeyInfoRef::from_der(key).map_err(|_| Failed)?;
        let bytes = info.subject_public_key.as_bytes().ok_or(Failed)?;
        let quick = UnparsedPublicKey::new(self.1, bytes);
        let verified = quick.verify(&message.concat(), signature);
        verified.or_else(|_| self.0.verify(key, message, signature))
    }
}

impl fmt::Debug for Quick {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
