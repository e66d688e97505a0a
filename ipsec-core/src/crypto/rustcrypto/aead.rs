//! AES-GCM (RFC 4106), AES-CCM (RFC 4309), Camellia-CCM (RFC 5529),
//! ChaCha20-Poly1305 (RFC 7634), GMAC (RFC 4543), and the implicit IVs of
//! RFC 8750.

use super::table;
use crate::crypto::cipher::{joined, split};
use crate::crypto::{Aead, AeadKey, BadKey, Failed, MacKey, Secret, suite};
use crate::wire::registry::ike::Encryption as Id;
use aes::{Aes128, Aes192, Aes256};
use aes_gcm::{
    AesGcm,
    aead::{
        AeadInOut, KeyInit, Nonce, Tag,
        array::ArraySize,
        consts::{U8, U11, U12, U16},
    },
};
use alloc::boxed::Box;
use camellia::{Camellia128, Camellia192, Camellia256};
use ccm::Ccm;
use chacha20poly1305::ChaCha20Poly1305;
use core::fmt;
use subtle::ConstantTimeEq as _;

table! {
    /// Authenticated encryption.
    dyn Aead: AEADS, MODERN_AEADS {
        modern:
            entry(Id::ENCR_AES_GCM_16, gcm_16),
            entry(Id::ENCR_CHACHA20_POLY1305, whole::<ChaCha20Poly1305>),
            entry(Id::ENCR_AES_GCM_12, gcm_12),
            entry(Id::ENCR_AES_GCM_8, gcm_8),
            entry(Id::ENCR_AES_CCM_16, aes_ccm::<U16>),
            entry(Id::ENCR_AES_CCM_12, aes_ccm::<U12>),
            entry(Id::ENCR_AES_CCM_8, aes_ccm::<U8>),
            entry(Id::ENCR_CAMELLIA_CCM_16, camellia_ccm::<U16>),
            entry(Id::ENCR_CAMELLIA_CCM_12, camellia_ccm::<U12>),
            entry(Id::ENCR_CAMELLIA_CCM_8, camellia_ccm::<U8>),
            entry(Id::ENCR_NULL_AUTH_AES_GMAC, gmac),
            entry(Id::ENCR_AES_GCM_16_IIV, gcm_16),
            entry(Id::ENCR_CHACHA20_POLY1305_IIV, whole::<ChaCha20Poly1305>),
            entry(Id::ENCR_AES_CCM_8_IIV, aes_ccm::<U8>),
        ; legacy:
    }
}

/// A length of CCM's tag.
trait TagLen: ccm::TagSize + ArraySize + Send + Sync + 'static {}
impl<T: ccm::TagSize + ArraySize + Send + Sync + 'static> TagLen for T {}

type WithKey = fn(&[u8], &[u8]) -> Result<Box<dyn AeadKey>, BadKey>;

/// An algorithm's sizes, and what makes it of a key and a salt.
struct Entry {
    suite: &'static suite::Cipher,
    with_key: WithKey,
}

const fn entry(id: Id, with_key: WithKey) -> Entry {
    match suite::encryption(id) {
        Some(suite) => Entry { suite, with_key },
        None => panic!("the suite table lacks an algorithm"),
    }
}

impl Aead for Entry {
    fn suite(&self) -> &'static suite::Cipher {
        self.suite
    }

    fn with_key(&self, material: &[u8]) -> Result<Box<dyn AeadKey>, BadKey> {
        let (key, salt) = split(self.suite, material)?;
        (self.with_key)(key, salt)
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.suite.name)
    }
}

fn gcm_16(key: &[u8], salt: &[u8]) -> Result<Box<dyn AeadKey>, BadKey> {
    match key.len() {
        16 => whole::<AesGcm<Aes128, U12>>(key, salt),
        24 => whole::<AesGcm<Aes192, U12>>(key, salt),
        _ => whole::<AesGcm<Aes256, U12>>(key, salt),
    }
}

fn gcm_12(key: &[u8], salt: &[u8]) -> Result<Box<dyn AeadKey>, BadKey> {
    match key.len() {
        16 => whole::<AesGcm<Aes128, U12, U12>>(key, salt),
        24 => whole::<AesGcm<Aes192, U12, U12>>(key, salt),
        _ => whole::<AesGcm<Aes256, U12, U12>>(key, salt),
    }
}

fn gcm_8(key: &[u8], salt: &[u8]) -> Result<Box<dyn AeadKey>, BadKey> {
    match key.len() {
        16 => Ok(Box::new(ShortTag(salted::<AesGcm<Aes128, U12>>(
            key, salt,
        )?))),
        24 => Ok(Box::new(ShortTag(salted::<AesGcm<Aes192, U12>>(
            key, salt,
        )?))),
        _ => Ok(Box::new(ShortTag(salted::<AesGcm<Aes256, U12>>(
            key, salt,
        )?))),
    }
}

fn gmac(key: &[u8], salt: &[u8]) -> Result<Box<dyn AeadKey>, BadKey> {
    match key.len() {
        16 => Ok(Box::new(Gmac(salted::<AesGcm<Aes128, U12>>(key, salt)?))),
        24 => Ok(Box::new(Gmac(salted::<AesGcm<Aes192, U12>>(key, salt)?))),
        _ => Ok(Box::new(Gmac(salted::<AesGcm<Aes256, U12>>(key, salt)?))),
    }
}

/// GMAC as AH's integrity algorithm; `material` ends in the salt.
pub(super) fn gmac_key(
    material: &[u8],
    _suite: &'static suite::Mac,
) -> Result<Box<dyn MacKey>, BadKey> {
    let (key, salt) = material.split_last_chunk::<4>().ok_or(BadKey)?;
    match key.len() {
        16 => Ok(Box::new(Gmac(salted::<AesGcm<Aes128, U12>>(key, salt)?))),
        24 => Ok(Box::new(Gmac(salted::<AesGcm<Aes192, U12>>(key, salt)?))),
        _ => Ok(Box::new(Gmac(salted::<AesGcm<Aes256, U12>>(key, salt)?))),
    }
}

fn aes_ccm<T: TagLen>(key: &[u8], salt: &[u8]) -> Result<Box<dyn AeadKey>, BadKey> {
    match key.len() {
        16 => whole::<Ccm<Aes128, T, U11>>(key, salt),
        24 => whole::<Ccm<Aes192, T, U11>>(key, salt),
        _ => whole::<Ccm<Aes256, T, U11>>(key, salt),
    }
}

fn camellia_ccm<T: TagLen>(key: &[u8], salt: &[u8]) -> Result<Box<dyn AeadKey>, BadKey> {
    match key.len() {
        16 => whole::<Ccm<Camellia128, T, U11>>(key, salt),
        24 => whole::<Ccm<Camellia192, T, U11>>(key, salt),
        _ => whole::<Ccm<Camellia256, T, U11>>(key, salt),
    }
}

fn whole<A>(key: &[u8], salt: &[u8]) -> Result<Box<dyn AeadKey>, BadKey>
where
    A: AeadInOut + KeyInit + Send + Sync + 'static,
{
    Ok(Box::new(salted::<A>(key, salt)?))
}

fn salted<A: AeadInOut + KeyInit>(key: &[u8], salt: &[u8]) -> Result<Salted<A>, BadKey> {
    let aead = A::new_from_slice(key).map_err(|_| BadKey)?;
    let salt = Secret::new(salt.to_vec());
    Ok(Salted { aead, salt })
}

/// A keyed algorithm and the salt that opens its nonces.
struct Salted<A> {
    aead: A,
    salt: Secret,
}

impl<A: AeadInOut> Salted<A> {
    /// The salt and then the IV of the packet.
    fn nonce(&self, iv: &[u8]) -> Result<Nonce<A>, Failed> {
        let mut nonce = Nonce::<A>::default();
        let (head, tail) = nonce.split_at_mut_checked(self.salt.len()).ok_or(Failed)?;
        if tail.len() != iv.len() {
            return Err(Failed);
        }
        head.copy_from_slice(self.salt.dangerous_bytes());
        tail.copy_from_slice(iv);
        Ok(nonce)
    }

    fn encrypt(&self, iv: &[u8], aad: &[u8], text: &mut [u8]) -> Result<Tag<A>, Failed> {
        self.aead
            .encrypt_inout_detached(&self.nonce(iv)?, aad, text.into())
            .map_err(|_| Failed)
    }
}

impl<A: AeadInOut + Send + Sync> AeadKey for Salted<A> {
    fn seal(
        &self,
        iv: &[u8],
        aad: &[&[u8]],
        text: &mut [u8],
        icv: &mut [u8],
    ) -> Result<(), Failed> {
        let place: &mut Tag<A> = icv.try_into().map_err(|_| Failed)?;
        *place = self.encrypt(iv, &joined(aad), text)?;
        Ok(())
    }

    fn open(&self, iv: &[u8], aad: &[&[u8]], text: &mut [u8], icv: &[u8]) -> Result<(), Failed> {
        let tag: &Tag<A> = icv.try_into().map_err(|_| Failed)?;
        self.aead
            .decrypt_inout_detached(&self.nonce(iv)?, &joined(aad), text.into(), tag)
            .map_err(|_| Failed)
    }
}

/// GCM with eight bytes of its tag, which the crate does not offer (NIST
/// leaves it to those who bound the number of packets: SP 800-38D appendix C).
struct ShortTag<A>(Salted<A>);

impl<A: AeadInOut + Send + Sync> AeadKey for ShortTag<A> {
    fn seal(
        &self,
        iv: &[u8],
        aad: &[&[u8]],
        text: &mut [u8],
        icv: &mut [u8],
    ) -> Result<(), Failed> {
        let place: &mut [u8; 8] = icv.try_into().map_err(|_| Failed)?;
        let tag = self.0.encrypt(iv, &joined(aad), text)?;
        *place = *tag.first_chunk().ok_or(Failed)?;
        Ok(())
    }

    /// The key stream is its own inverse: decrypt, encrypt again for the tag,
    /// and decrypt for good when that is right.
    fn open(&self, iv: &[u8], aad: &[&[u8]], text: &mut [u8], icv: &[u8]) -> Result<(), Failed> {
        let aad = joined(aad);
        self.0.encrypt(iv, &[], text)?;
        let tag = self.0.encrypt(iv, &aad, text)?;
        let tag: &[u8; 8] = tag.first_chunk().ok_or(Failed)?;
        check(tag, icv)?;
        self.0.encrypt(iv, &[], text)?;
        Ok(())
    }
}

/// GCM over additional data alone.
struct Gmac<A>(Salted<A>);

impl<A: AeadInOut + Send + Sync> AeadKey for Gmac<A> {
    fn seal(
        &self,
        iv: &[u8],
        aad: &[&[u8]],
        text: &mut [u8],
        icv: &mut [u8],
    ) -> Result<(), Failed> {
        self.sign(iv, &[&joined(aad), iv, text], icv)
    }

    fn open(&self, iv: &[u8], aad: &[&[u8]], text: &mut [u8], icv: &[u8]) -> Result<(), Failed> {
        self.verify(iv, &[&joined(aad), iv, text], icv)
    }
}

impl<A: AeadInOut + Send + Sync> MacKey for Gmac<A> {
    fn sign(&self, iv: &[u8], parts: &[&[u8]], icv: &mut [u8]) -> Result<(), Failed> {
        let place: &mut Tag<A> = icv.try_into().map_err(|_| Failed)?;
        *place = self.0.encrypt(iv, &joined(parts), &mut [])?;
        Ok(())
    }

    fn verify(&self, iv: &[u8], parts: &[&[u8]], icv: &[u8]) -> Result<(), Failed> {
        let tag = self.0.encrypt(iv, &joined(parts), &mut [])?;
        check(&tag, icv)
    }
}

fn check(tag: &[u8], icv: &[u8]) -> Result<(), Failed> {
    let same: bool = tag.ct_eq(icv).into();
    if same { Ok(()) } else { Err(Failed) }
}
