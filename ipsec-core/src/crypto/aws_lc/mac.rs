//! HMAC with SHA-1 (RFC 2404) and SHA-2 (RFC 4868), truncated as ESP and AH
//! want it.

use crate::crypto::{BadKey, Failed, Mac, MacKey, suite};
use crate::wire::registry::ike::Integrity as Id;
use alloc::boxed::Box;
use aws_lc_rs::hmac::{
    Algorithm, Context, HMAC_SHA1_FOR_LEGACY_USE_ONLY, HMAC_SHA256, HMAC_SHA384, HMAC_SHA512, Key,
    Tag,
};
use core::fmt;
use subtle::ConstantTimeEq as _;

pub(super) const MACS: &[&dyn Mac] = &[
    &entry(Id::AUTH_HMAC_SHA2_256_128, HMAC_SHA256),
    &entry(Id::AUTH_HMAC_SHA2_384_192, HMAC_SHA384),
    &entry(Id::AUTH_HMAC_SHA2_512_256, HMAC_SHA512),
    &entry(Id::AUTH_HMAC_SHA1_96, HMAC_SHA1_FOR_LEGACY_USE_ONLY),
];

struct Entry {
    suite: &'static suite::Mac,
    algorithm: Algorithm,
}

const fn entry(id: Id, algorithm: Algorithm) -> Entry {
    match suite::integrity(id) {
        Some(suite) => Entry { suite, algorithm },
        None => panic!("the suite table lacks an algorithm"),
    }
}

impl Mac for Entry {
    fn suite(&self) -> &'static suite::Mac {
        self.suite
    }

    fn with_key(&self, key: &[u8]) -> Result<Box<dyn MacKey>, BadKey> {
        if key.len() != self.suite.key {
            return Err(BadKey);
        }
        let (key, icv) = (Key::new(self.algorithm, key), self.suite.icv);
        Ok(Box::new(Truncated { key, icv }))
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.suite.name)
    }
}

/// A key and the bytes that are sent of each output.
struct Truncated {
    key: Key,
    icv: usize,
}

impl Truncated {
    fn compute(&self, iv: &[u8], parts: &[&[u8]]) -> Result<Tag, Failed> {
        if !iv.is_empty() {
            return Err(Failed);
        }
        let mut context = Context::with_key(&self.key);
        for part in parts {
            context.update(part);
        }
        Ok(context.sign())
    }
}

impl MacKey for Truncated {
    fn sign(&self, iv: &[u8], parts: &[&[u8]], icv: &mut [u8]) -> Result<(), Failed> {
        if icv.len() != self.icv {
            return Err(Failed);
        }
        let tag = self.compute(iv, parts)?;
        icv.copy_from_slice(tag.as_ref().get(..self.icv).ok_or(Failed)?);
        Ok(())
    }

    fn verify(&self, iv: &[u8], parts: &[&[u8]], icv: &[u8]) -> Result<(), Failed> {
        let tag = self.compute(iv, parts)?;
        let computed = tag.as_ref().get(..self.icv).ok_or(Failed)?;
        let same: bool = computed.ct_eq(icv).into();
        if same { Ok(()) } else { Err(Failed) }
    }
}
