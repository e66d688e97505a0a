//! HMAC (RFC 2104) with its truncations, AES-CMAC (RFC 4493, 4494, 4615),
//! AES-XCBC (RFC 3566, 4434), and GMAC in AH (RFC 4543).

use super::{aead, table, xcbc::Xcbc};
use crate::crypto::{BadKey, Failed, Mac, MacKey, Prf, Secret, suite};
use crate::wire::registry::{ike, isakmp};
use aes::Aes128;
use alloc::boxed::Box;
use alloc::vec::Vec;
use cmac::Cmac;
use core::fmt;
use hmac::{EagerHash, Hmac, KeyInit, Mac as Function};
use md5::Md5;
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};
use subtle::ConstantTimeEq as _;
use zeroize::{Zeroize as _, Zeroizing};

table! {
    /// The pseudorandom functions.
    dyn Prf: PRFS, MODERN_PRFS {
        modern:
            hmac_prf::<Sha256>("PRF-HMAC-SHA2-256", ike::Prf::PRF_HMAC_SHA2_256, isakmp::Hash::SHA2_256, 32),
            hmac_prf::<Sha384>("PRF-HMAC-SHA2-384", ike::Prf::PRF_HMAC_SHA2_384, isakmp::Hash::SHA2_384, 48),
            hmac_prf::<Sha512>("PRF-HMAC-SHA2-512", ike::Prf::PRF_HMAC_SHA2_512, isakmp::Hash::SHA2_512, 64),
            hmac_prf::<Sha1>("PRF-HMAC-SHA1", ike::Prf::PRF_HMAC_SHA1, isakmp::Hash::SHA, 20),
            aes_prf("PRF-AES128-XCBC", ike::Prf::PRF_AES128_XCBC, xcbc_prf),
            aes_prf("PRF-AES128-CMAC", ike::Prf::PRF_AES128_CMAC, cmac_prf),
        ; legacy:
            hmac_prf::<Md5>("PRF-HMAC-MD5", ike::Prf::PRF_HMAC_MD5, isakmp::Hash::MD5, 16),
    }
}

table! {
    /// The integrity algorithms.
    dyn Mac: MACS, MODERN_MACS {
        modern:
            entry(ike::Integrity::AUTH_HMAC_SHA2_256_128, keyed::<Hmac<Sha256>>),
            entry(ike::Integrity::AUTH_HMAC_SHA2_384_192, keyed::<Hmac<Sha384>>),
            entry(ike::Integrity::AUTH_HMAC_SHA2_512_256, keyed::<Hmac<Sha512>>),
            entry(ike::Integrity::AUTH_HMAC_SHA1_96, keyed::<Hmac<Sha1>>),
            entry(ike::Integrity::AUTH_AES_XCBC_96, keyed::<Xcbc>),
            entry(ike::Integrity::AUTH_AES_CMAC_96, keyed::<Cmac<Aes128>>),
            entry(ike::Integrity::AUTH_AES_128_GMAC, aead::gmac_key),
            entry(ike::Integrity::AUTH_AES_192_GMAC, aead::gmac_key),
            entry(ike::Integrity::AUTH_AES_256_GMAC, aead::gmac_key),
        ; legacy:
            entry(ike::Integrity::AUTH_HMAC_SHA1_160, keyed::<Hmac<Sha1>>),
            entry(ike::Integrity::AUTH_HMAC_SHA1_128, keyed::<Hmac<Sha1>>),
            entry(ike::Integrity::AUTH_HMAC_SHA2_256_96, keyed::<Hmac<Sha256>>),
            entry(ike::Integrity::AUTH_HMAC_SHA2_256_256, keyed::<Hmac<Sha256>>),
            entry(ike::Integrity::AUTH_HMAC_SHA2_384_384, keyed::<Hmac<Sha384>>),
            entry(ike::Integrity::AUTH_HMAC_SHA2_512_512, keyed::<Hmac<Sha512>>),
            entry(ike::Integrity::AUTH_HMAC_MD5_96, keyed::<Hmac<Md5>>),
            entry(ike::Integrity::AUTH_HMAC_MD5_128, keyed::<Hmac<Md5>>),
    }
}

struct PrfEntry {
    name: &'static str,
    ikev2: ike::Prf,
    ikev1: Option<isakmp::Hash>,
    len: usize,
    fixed_key: bool,
    compute: fn(&[u8], &[&[u8]]) -> Secret,
}

const fn hmac_prf<D: EagerHash>(
    name: &'static str,
    ikev2: ike::Prf,
    hash: isakmp::Hash,
    len: usize,
) -> PrfEntry
where
    Hmac<D>: Function + KeyInit,
{
    PrfEntry {
        name,
        ikev2,
        ikev1: Some(hash),
        len,
        fixed_key: false,
        compute: compute::<Hmac<D>>,
    }
}

const fn aes_prf(
    name: &'static str,
    ikev2: ike::Prf,
    compute: fn(&[u8], &[&[u8]]) -> Secret,
) -> PrfEntry {
    PrfEntry {
        name,
        ikev2,
        ikev1: None,
        len: AES_KEY,
        fixed_key: true,
        compute,
    }
}

impl Prf for PrfEntry {
    fn name(&self) -> &'static str {
        self.name
    }

    fn ikev2(&self) -> ike::Prf {
        self.ikev2
    }

    fn ikev1(&self) -> Option<isakmp::Hash> {
        self.ikev1
    }

    fn key_len(&self) -> usize {
        self.len
    }

    fn output_len(&self) -> usize {
        self.len
    }

    fn fixed_key_len(&self) -> Option<usize> {
        self.fixed_key.then_some(self.len)
    }

    fn compute(&self, key: &[u8], parts: &[&[u8]]) -> Secret {
        (self.compute)(key, parts)
    }
}

impl fmt::Debug for PrfEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// The function over `parts`; none of those used refuses a key it is given.
fn compute<F: Function + KeyInit>(key: &[u8], parts: &[&[u8]]) -> Secret {
    let output = F::new_from_slice(key).map(|function| finish(function, parts));
    Secret::new(output.map_or_else(|_| Vec::new(), |output| output.to_vec()))
}

fn finish<F: Function>(mut function: F, parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    for part in parts {
        function.update(part);
    }
    Zeroizing::new(function.finalize().into_bytes().to_vec())
}

/// RFC 4434 §2: a short key is padded with zeros, a long one is hashed.
fn xcbc_prf(key: &[u8], parts: &[&[u8]]) -> Secret {
    if key.len() > AES_KEY {
        let hashed = compute::<Xcbc>(&[0; AES_KEY], &[key]);
        return compute::<Xcbc>(hashed.dangerous_bytes(), parts);
    }
    let mut padded = Zeroizing::new([0; AES_KEY]);
    for (place, byte) in padded.iter_mut().zip(key) {
        *place = *byte;
    }
    compute::<Xcbc>(&*padded, parts)
}

/// RFC 4615 §3: any key of another length is hashed.
fn cmac_prf(key: &[u8], parts: &[&[u8]]) -> Secret {
    if key.len() == AES_KEY {
        return compute::<Cmac<Aes128>>(key, parts);
    }
    let hashed = compute::<Cmac<Aes128>>(&[0; AES_KEY], &[key]);
    compute::<Cmac<Aes128>>(hashed.dangerous_bytes(), parts)
}

type WithKey = fn(&[u8], &'static suite::Mac) -> Result<Box<dyn MacKey>, BadKey>;

struct MacEntry {
    suite: &'static suite::Mac,
    key: WithKey,
}

const fn entry(id: ike::Integrity, key: WithKey) -> MacEntry {
    match suite::integrity(id) {
        Some(suite) => MacEntry { suite, key },
        None => panic!("the suite table lacks an algorithm"),
    }
}

impl Mac for MacEntry {
    fn suite(&self) -> &'static suite::Mac {
        self.suite
    }

    fn with_key(&self, key: &[u8]) -> Result<Box<dyn MacKey>, BadKey> {
        if key.len() != self.suite.key {
            return Err(BadKey);
        }
        (self.key)(key, self.suite)
    }
}

impl fmt::Debug for MacEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.suite.name)
    }
}

/// A function with its key, cloned for each packet.
struct Keyed<F> {
    function: F,
    icv: usize,
}

fn keyed<F>(key: &[u8], suite: &'static suite::Mac) -> Result<Box<dyn MacKey>, BadKey>
where
    F: Function + KeyInit + Clone + Send + Sync + 'static,
{
    let function = F::new_from_slice(key).map_err(|_| BadKey)?;
    let icv = suite.icv;
    Ok(Box::new(Keyed { function, icv }))
}

impl<F: Function + Clone + Send + Sync> Keyed<F> {
    /// Gives the integrity check value of `parts` to `judge`. It stays on the
    /// stack: this runs for each packet.
    fn with_icv<T>(
        &self,
        iv: &[u8],
        parts: &[&[u8]],
        judge: impl FnOnce(&[u8]) -> Result<T, Failed>,
    ) -> Result<T, Failed> {
        if !iv.is_empty() {
            return Err(Failed);
        }
        let mut function = self.function.clone();
        for part in parts {
            function.update(part);
        }
        let mut output = function.finalize().into_bytes();
        let judged = output.get(..self.icv).ok_or(Failed).and_then(judge);
        output.as_mut_slice().zeroize();
        judged
    }
}

impl<F: Function + Clone + Send + Sync> MacKey for Keyed<F> {
    fn sign(&self, iv: &[u8], parts: &[&[u8]], icv: &mut [u8]) -> Result<(), Failed> {
        self.with_icv(iv, parts, |computed| {
            if computed.len() != icv.len() {
                return Err(Failed);
            }
            icv.copy_from_slice(computed);
            Ok(())
        })
    }

    fn verify(&self, iv: &[u8], parts: &[&[u8]], icv: &[u8]) -> Result<(), Failed> {
        self.with_icv(iv, parts, |computed| {
            let same: bool = computed.ct_eq(icv).into();
            if same { Ok(()) } else { Err(Failed) }
        })
    }
}

/// Bytes of the key and of the output of the AES based functions.
const AES_KEY: usize = 16;
