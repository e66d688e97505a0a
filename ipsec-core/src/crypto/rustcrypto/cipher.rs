//! Ciphers in CBC (RFC 2405, 2451, 3602, 4312, and RFC 1829's short IV) and
//! counter mode (RFC 3686, 5529), and NULL (RFC 2410).

use super::table;
use crate::crypto::cipher::split;
use crate::crypto::{BadKey, Cipher, CipherKey, Failed, Text, suite};
use crate::wire::registry::ike::Encryption as Id;
use aes::{Aes128, Aes192, Aes256};
use alloc::boxed::Box;
use blowfish::Blowfish;
use camellia::{Camellia128, Camellia192, Camellia256};
use cast5::Cast5;
use cbc::cipher::{
    Array, BlockCipherDecrypt, BlockCipherEncrypt, BlockModeDecrypt as _, BlockModeEncrypt as _,
    InnerIvInit as _, KeyInit, StreamCipher as _, consts::U16,
};
use core::fmt;
use des::{Des, TdesEde3};
use idea::Idea;
use serpent::Serpent;
use smallvec::SmallVec;
use twofish::Twofish;
use zeroize::Zeroizing;

table! {
    /// The ciphers without authentication.
    dyn Cipher: CIPHERS, MODERN_CIPHERS {
        modern:
            entry(Id::ENCR_AES_CBC, aes_cbc),
            entry(Id::ENCR_AES_CTR, aes_ctr),
            entry(Id::ENCR_CAMELLIA_CBC, camellia_cbc),
            entry(Id::ENCR_CAMELLIA_CTR, camellia_ctr),
            entry(Id::ENCR_NULL, null),
        ; legacy:
            entry(Id::ENCR_3DES, cbc::<TdesEde3>),
            entry(Id::ENCR_DES, cbc::<Des>),
            entry(Id::ENCR_DES_IV64, cbc::<Des>),
            entry(Id::ENCR_DES_IV32, des_iv32),
            entry(Id::ENCR_BLOWFISH, cbc::<Blowfish>),
            entry(Id::ENCR_CAST, cbc::<Cast5>),
            entry(Id::ENCR_IDEA, cbc::<Idea>),
            entry(Id::ENCR_SERPENT_CBC, cbc::<Serpent>),
            entry(Id::ENCR_TWOFISH_CBC, cbc::<Twofish>),
    }
}

type WithKey = fn(&[u8], &[u8]) -> Result<Box<dyn CipherKey>, BadKey>;

/// A cipher's sizes, and what makes it of a key and a salt.
struct Entry {
    suite: &'static suite::Cipher,
    with_key: WithKey,
}

const fn entry(id: Id, with_key: WithKey) -> Entry {
    match suite::encryption(id) {
        Some(suite) => Entry { suite, with_key },
        None => panic!("the suite table lacks a cipher"),
    }
}

impl Cipher for Entry {
    fn suite(&self) -> &'static suite::Cipher {
        self.suite
    }

    fn with_key(&self, material: &[u8]) -> Result<Box<dyn CipherKey>, BadKey> {
        let (key, salt) = split(self.suite, material)?;
        (self.with_key)(key, salt)
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.suite.name)
    }
}

fn aes_cbc(key: &[u8], salt: &[u8]) -> Result<Box<dyn CipherKey>, BadKey> {
    match key.len() {
        16 => cbc::<Aes128>(key, salt),
        24 => cbc::<Aes192>(key, salt),
        _ => cbc::<Aes256>(key, salt),
    }
}

fn camellia_cbc(key: &[u8], salt: &[u8]) -> Result<Box<dyn CipherKey>, BadKey> {
    match key.len() {
        16 => cbc::<Camellia128>(key, salt),
        24 => cbc::<Camellia192>(key, salt),
        _ => cbc::<Camellia256>(key, salt),
    }
}

fn aes_ctr(key: &[u8], salt: &[u8]) -> Result<Box<dyn CipherKey>, BadKey> {
    match key.len() {
        16 => counter::<Aes128>(key, salt),
        24 => counter::<Aes192>(key, salt),
        _ => counter::<Aes256>(key, salt),
    }
}

fn camellia_ctr(key: &[u8], salt: &[u8]) -> Result<Box<dyn CipherKey>, BadKey> {
    match key.len() {
        16 => counter::<Camellia128>(key, salt),
        24 => counter::<Camellia192>(key, salt),
        _ => counter::<Camellia256>(key, salt),
    }
}

/// A block cipher in CBC mode.
struct Cbc<C>(C);

fn cbc<C>(key: &[u8], _salt: &[u8]) -> Result<Box<dyn CipherKey>, BadKey>
where
    C: KeyInit + BlockCipherEncrypt + BlockCipherDecrypt + Send + Sync + 'static,
{
    let cipher = C::new_from_slice(key).map_err(|_| BadKey)?;
    Ok(Box::new(Cbc(cipher)))
}

impl<C> CipherKey for Cbc<C>
where
    C: BlockCipherEncrypt + BlockCipherDecrypt + Send + Sync,
{
    fn encrypt(&self, iv: &[u8], text: &mut [u8]) -> Result<(), Failed> {
        let mut mode = cbc::Encryptor::inner_iv_slice_init(&self.0, iv).map_err(|_| Failed)?;
        let (blocks, rest) = Array::slice_as_chunks_mut(text);
        if !rest.is_empty() {
            return Err(Failed);
        }
        mode.encrypt_blocks(blocks);
        Ok(())
    }

    fn decrypt(&self, iv: &[u8], text: &mut [u8]) -> Result<(), Failed> {
        let mut mode = cbc::Decryptor::inner_iv_slice_init(&self.0, iv).map_err(|_| Failed)?;
        let (blocks, rest) = Array::slice_as_chunks_mut(text);
        if !rest.is_empty() {
            return Err(Failed);
        }
        mode.decrypt_blocks(blocks);
        Ok(())
    }

    /// A block of CBC waits for the one before it, but not for those of other
    /// texts: so one block of each of several texts is encrypted at a time.
    fn encrypt_all(&self, texts: &mut [Text<'_>]) -> Result<(), Failed> {
        for some in texts.chunks_mut(LANES) {
            let mut lanes = SmallVec::<[Lane<'_, C>; LANES]>::new();
            for text in some {
                lanes.push(Lane::new(text)?);
            }
            while !lanes.is_empty() {
                lanes.retain(|lane| !lane.blocks.is_empty());
                let shortest = lanes.iter().map(|lane| lane.blocks.len()).min();
                abreast(&self.0, &mut lanes, shortest.unwrap_or(0));
            }
        }
        Ok(())
    }
}

/// A text that is encrypted beside others.
struct Lane<'a, C: BlockCipherEncrypt> {
    last: Array<u8, C::BlockSize>,
    blocks: &'a mut [Array<u8, C::BlockSize>],
}

impl<'a, C: BlockCipherEncrypt> Lane<'a, C> {
    fn new(text: &'a mut Text<'_>) -> Result<Self, Failed> {
        let last = text.iv.try_into().map_err(|_| Failed)?;
        let (blocks, rest) = Array::slice_as_chunks_mut(text.text);
        if rest.is_empty() {
            Ok(Self { last, blocks })
        } else {
            Err(Failed)
        }
    }
}

/// Encrypts the next `count` blocks of every lane and leaves the rest.
fn abreast<C: BlockCipherEncrypt>(cipher: &C, lanes: &mut [Lane<'_, C>], count: usize) {
    let mut wide: SmallVec<[Array<u8, C::BlockSize>; LANES]> =
        lanes.iter().map(|lane| lane.last.clone()).collect();
    for row in 0..count {
        for (block, lane) in wide.iter_mut().zip(&*lanes) {
            let text = lane.blocks.get(row).into_iter().flatten();
            for (byte, text) in block.iter_mut().zip(text) {
                *byte ^= text;
            }
        }
        cipher.encrypt_blocks(&mut wide);
        for (block, lane) in wide.iter().zip(&mut *lanes) {
            if let Some(place) = lane.blocks.get_mut(row) {
                place.clone_from(block);
            }
        }
    }
    for (block, lane) in wide.into_iter().zip(lanes) {
        lane.last = block;
        let blocks = core::mem::take(&mut lane.blocks);
        lane.blocks = blocks
            .split_at_mut_checked(count)
            .map_or(&mut [], |(_, rest)| rest);
    }
}

/// Texts that are encrypted side by side.
const LANES: usize = 8;

/// DES in CBC mode whose IV is 32 bits and their complement (RFC 1829 §1).
struct DesIv32(Cbc<Des>);

fn des_iv32(key: &[u8], _salt: &[u8]) -> Result<Box<dyn CipherKey>, BadKey> {
    let cipher = Des::new_from_slice(key).map_err(|_| BadKey)?;
    Ok(Box::new(DesIv32(Cbc(cipher))))
}

impl DesIv32 {
    fn iv(short: &[u8]) -> Result<[u8; 8], Failed> {
        let [a, b, c, d]: [u8; 4] = short.try_into().map_err(|_| Failed)?;
        Ok([a, b, c, d, !a, !b, !c, !d])
    }
}

impl CipherKey for DesIv32 {
    fn encrypt(&self, iv: &[u8], text: &mut [u8]) -> Result<(), Failed> {
        self.0.encrypt(&Self::iv(iv)?, text)
    }

    fn decrypt(&self, iv: &[u8], text: &mut [u8]) -> Result<(), Failed> {
        self.0.decrypt(&Self::iv(iv)?, text)
    }
}

/// A block cipher in counter mode: salt, IV, and a counter from one (RFC 3686
/// §4).
struct Counter<C> {
    cipher: C,
    salt: Zeroizing<[u8; 4]>,
}

fn counter<C>(key: &[u8], salt: &[u8]) -> Result<Box<dyn CipherKey>, BadKey>
where
    C: KeyInit + BlockCipherEncrypt<BlockSize = U16> + Send + Sync + 'static,
{
    let cipher = C::new_from_slice(key).map_err(|_| BadKey)?;
    let salt = Zeroizing::new(salt.try_into().map_err(|_| BadKey)?);
    Ok(Box::new(Counter { cipher, salt }))
}

impl<C: BlockCipherEncrypt<BlockSize = U16> + Send + Sync> CipherKey for Counter<C> {
    fn encrypt(&self, iv: &[u8], text: &mut [u8]) -> Result<(), Failed> {
        let iv: [u8; 8] = iv.try_into().map_err(|_| Failed)?;
        let mut block = [0; 16];
        let start = self.salt.iter().chain(&iv).chain(&[0, 0, 0, 1]);
        for (place, byte) in block.iter_mut().zip(start) {
            *place = *byte;
        }
        let core =
            ctr::CtrCore::<_, ctr::flavors::Ctr32BE>::inner_iv_init(&self.cipher, &block.into());
        let mut mode = ctr::Ctr32BE::from_core(core);
        mode.try_apply_keystream(text).map_err(|_| Failed)
    }

    fn decrypt(&self, iv: &[u8], text: &mut [u8]) -> Result<(), Failed> {
        self.encrypt(iv, text)
    }
}

/// No encryption at all.
struct Null;

fn null(_key: &[u8], _salt: &[u8]) -> Result<Box<dyn CipherKey>, BadKey> {
    Ok(Box::new(Null))
}

impl CipherKey for Null {
    fn encrypt(&self, iv: &[u8], _text: &mut [u8]) -> Result<(), Failed> {
        if iv.is_empty() { Ok(()) } else { Err(Failed) }
    }

    fn decrypt(&self, iv: &[u8], text: &mut [u8]) -> Result<(), Failed> {
        self.encrypt(iv, text)
    }
}
