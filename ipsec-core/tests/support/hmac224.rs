//! SHA2-224 and its HMAC (RFC 2104). IKE has no numbers for them, so the
//! provider has neither; some published answers of the key schedules use them.

use hmac::{Hmac, KeyInit as _, Mac as _};
use ipsec_core::crypto::{Digest, Hash, Prf, Secret};
use ipsec_core::wire::registry::{ike, isakmp};
use sha2::{Digest as _, Sha224};

pub(crate) static SHA2_224: Sha2_224 = Sha2_224;
pub(crate) static HMAC_SHA2_224: HmacSha2_224 = HmacSha2_224;

#[derive(Debug)]
pub(crate) struct Sha2_224;

#[derive(Debug)]
pub(crate) struct HmacSha2_224;

impl Hash for Sha2_224 {
    fn name(&self) -> &'static str {
        "SHA2-224"
    }

    fn ikev1(&self) -> Option<isakmp::Hash> {
        None
    }

    fn ikev2(&self) -> Option<ike::HashAlgorithm> {
        None
    }

    fn output_len(&self) -> usize {
        28
    }

    fn digest(&self, parts: &[&[u8]]) -> Digest {
        Digest::new(&Sha224::digest(parts.concat()))
    }
}

impl Prf for HmacSha2_224 {
    fn name(&self) -> &'static str {
        "PRF-HMAC-SHA2-224"
    }

    fn ikev2(&self) -> ike::Prf {
        ike::Prf(0)
    }

    fn ikev1(&self) -> Option<isakmp::Hash> {
        None
    }

    fn key_len(&self) -> usize {
        28
    }

    fn output_len(&self) -> usize {
        28
    }

    fn fixed_key_len(&self) -> Option<usize> {
        None
    }

    fn compute(&self, key: &[u8], parts: &[&[u8]]) -> Secret {
        let mut mac = Hmac::<Sha224>::new_from_slice(key).unwrap();
        for part in parts {
            mac.update(part);
        }
        Secret::new(mac.finalize().into_bytes().to_vec())
    }
}
