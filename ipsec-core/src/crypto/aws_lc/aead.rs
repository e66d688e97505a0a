//! AES-GCM (RFC 4106) and ChaCha20-Poly1305 (RFC 7634), and their implicit IVs
//! (RFC 8750).

use crate::crypto::cipher::{joined, split};
use crate::crypto::{Aead, AeadKey, BadKey, Failed, suite};
use crate::wire::registry::ike::Encryption as Id;
use alloc::boxed::Box;
use aws_lc_rs::aead::{
    AES_128_GCM, AES_192_GCM, AES_256_GCM, Aad, Algorithm, CHACHA20_POLY1305, LessSafeKey, Nonce,
    UnboundKey,
};
use core::fmt;
use zeroize::Zeroizing;

/// The algorithms with a tag of 16 bytes; AWS-LC cuts none.
pub(super) const AEADS: &[&dyn Aead] = &[
    &entry(Id::ENCR_AES_GCM_16, gcm),
    &entry(Id::ENCR_CHACHA20_POLY1305, chacha),
    &entry(Id::ENCR_AES_GCM_16_IIV, gcm),
    &entry(Id::ENCR_CHACHA20_POLY1305_IIV, chacha),
];

/// An algorithm's sizes, and which it is for a key of some length.
struct Entry {
    suite: &'static suite::Cipher,
    algorithm: fn(usize) -> &'static Algorithm,
}

const fn entry(id: Id, algorithm: fn(usize) -> &'static Algorithm) -> Entry {
    match suite::encryption(id) {
        Some(suite) => Entry { suite, algorithm },
        None => panic!("the suite table lacks an algorithm"),
    }
}

fn gcm(key: usize) -> &'static Algorithm {
    match key {
        16 => &AES_128_GCM,
        24 => &AES_192_GCM,
        _ => &AES_256_GCM,
    }
}

fn chacha(_key: usize) -> &'static Algorithm {
    &CHACHA20_POLY1305
}

impl Aead for Entry {
    fn suite(&self) -> &'static suite::Cipher {
        self.suite
    }

    fn with_key(&self, material: &[u8]) -> Result<Box<dyn AeadKey>, BadKey> {
        let (key, salt) = split(self.suite, material)?;
        let salt = Zeroizing::new(salt.try_into().map_err(|_| BadKey)?);
        let key = UnboundKey::new((self.algorithm)(key.len()), key).map_err(|_| BadKey)?;
        let key = LessSafeKey::new(key);
        Ok(Box::new(Salted { key, salt }))
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.suite.name)
    }
}

/// A key, which AWS-LC overwrites on drop, and the salt before each IV.
struct Salted {
    key: LessSafeKey,
    salt: Zeroizing<[u8; 4]>,
}

impl Salted {
    fn nonce(&self, iv: &[u8]) -> Result<Nonce, Failed> {
        let [a, b, c, d] = *self.salt;
        let [e, f, g, h, i, j, k, l] = iv.try_into().map_err(|_| Failed)?;
        let nonce = [a, b, c, d, e, f, g, h, i, j, k, l];
        Ok(Nonce::assume_unique_for_key(nonce))
    }
}

impl AeadKey for Salted {
    fn seal(
        &self,
        iv: &[u8],
        aad: &[&[u8]],
        text: &mut [u8],
        icv: &mut [u8],
    ) -> Result<(), Failed> {
        let place: &mut [u8; 16] = icv.try_into().map_err(|_| Failed)?;
        let aad = Aad::from(joined(aad));
        let tag = self
            .key
            .seal_in_place_separate_tag(self.nonce(iv)?, aad, text);
        let tag = tag.map_err(|_| Failed)?;
        *place = tag.as_ref().try_into().map_err(|_| Failed)?;
        Ok(())
    }

    fn open(&self, iv: &[u8], aad: &[&[u8]], text: &mut [u8], icv: &[u8]) -> Result<(), Failed> {
        let aad = Aad::from(joined(aad));
        let opened = self
            .key
            .open_in_place_separate_tag(self.nonce(iv)?, aad, icv, text);
        opened.map(|_| ()).map_err(|_| Failed)
    }
}
