//! The salt of AES-GCM, found again from one packet.
//!
//! The check value of GCM is `GHASH(H, A, C) ⊕ E(K, J0)` with
//! `J0 = salt | IV | 1` (SP 800-38D §7.1 with RFC 4106 §4), and `H` depends on
//! the key alone. Whoever has the key can compute `GHASH`, so a check value of
//! sixteen bytes gives `E(K, J0)`, and decrypting that one block gives the salt.
//! Twelve of its bytes are known before, so a wrong key cannot pass.

use crate::crypto::{CryptoProvider, Secret, suite};
use crate::wire::registry::ike::Encryption;
use alloc::vec::Vec;
use zeroize::Zeroizing;

/// The salt of a packet that `ENCR_AES_GCM_16` protects under `key`, which
/// lacks it.
///
/// `aad` is what [`AeadKey`](crate::crypto::AeadKey) takes; `iv` has eight
/// bytes and `icv` sixteen.
///
/// Returns `None` if the packet is not authentic under this key, whatever the
/// salt, or a length is another.
#[must_use]
pub fn gcm_salt(
    provider: &CryptoProvider,
    key: &[u8],
    iv: &[u8],
    aad: &[&[u8]],
    ciphertext: &[u8],
    icv: &[u8],
) -> Option<Secret> {
    let iv: [u8; 8] = iv.try_into().ok()?;
    let icv: [u8; 16] = icv.try_into().ok()?;
    let aead = provider.aead(suite::encryption(Encryption::ENCR_AES_GCM_16)?)?;
    let block = provider.cipher(suite::encryption(Encryption::ENCR_AES_CBC)?)?;
    let block = block.with_key(key).ok()?;
    // Any salt: what is sealed twice under one nonce is itself again, so the
    // second check value is one of this ciphertext.
    let unsalted = Secret::new([key, &[0; 4]].concat());
    let aead = aead.with_key(unsalted.dangerous_bytes()).ok()?;
    let mut text: Zeroizing<Vec<u8>> = ciphertext.to_vec().into();
    let mut other = [0; 16];
    for _ in 0..2 {
        aead.seal(&iv, aad, &mut text, &mut other).ok()?;
    }
    // CBC without an IV is the block cipher itself.
    let mut j0 = counter_block([0; 4], iv);
    block.encrypt(&[0; 16], &mut j0).ok()?;
    for ((byte, other), icv) in j0.iter_mut().zip(other).zip(icv) {
        *byte ^= other ^ icv;
    }
    block.decrypt(&[0; 16], &mut j0).ok()?;
    let salt: [u8; 4] = *j0.first_chunk()?;
    (j0 == counter_block(salt, iv)).then(|| Secret::new(salt.to_vec()))
}

/// `J0` of a nonce of twelve bytes.
fn counter_block(salt: [u8; 4], iv: [u8; 8]) -> [u8; 16] {
    let mut block = [0; 16];
    let bytes = salt.into_iter().chain(iv).chain([0, 0, 0, 1]);
    for (place, byte) in block.iter_mut().zip(bytes) {
        *place = byte;
    }
    block
}

#[cfg(feature = "rustcrypto")]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::rustcrypto;

    const KEY: [u8; 36] = [7; 36];
    const IV: [u8; 8] = [1, 2, 3, 4, 5, 6, 7, 8];

    /// Ciphertext and check value under the first `bytes` of the key and a salt.
    fn sealed(bytes: usize, salt: [u8; 4], text: &[u8]) -> (Vec<u8>, [u8; 16]) {
        let aead = suite::encryption(Encryption::ENCR_AES_GCM_16).unwrap();
        let aead = rustcrypto::provider().aead(aead).unwrap();
        let key = aead.with_key(&[&KEY[..bytes], &salt].concat()).unwrap();
        let (mut text, mut icv) = (text.to_vec(), [0; 16]);
        key.seal(&IV, &[b"aad"], &mut text, &mut icv).unwrap();
        (text, icv)
    }

    fn found(key: &[u8], aad: &[u8], text: &[u8], icv: &[u8]) -> Option<Secret> {
        gcm_salt(rustcrypto::provider(), key, &IV, &[aad], text, icv)
    }

    #[test]
    fn any_salt_is_found_from_any_packet() {
        for bytes in [16, 24, 32] {
            for (salt, len) in [([0; 4], 0), ([1, 2, 3, 4], 1), ([0xff; 4], 100)] {
                let (text, icv) = sealed(bytes, salt, &alloc::vec![9; len]);
                let salt_again = found(&KEY[..bytes], b"aad", &text, &icv).unwrap();
                assert!(salt_again.ct_eq(&salt), "{bytes} {len}");
            }
        }
    }

    #[test]
    fn nothing_is_found_in_what_is_not_authentic() {
        let (text, icv) = sealed(16, [1, 2, 3, 4], b"some text");
        let mut spoilt = text.clone();
        spoilt[0] ^= 1;
        assert!(found(&KEY[..16], b"aad", &spoilt, &icv).is_none());
        assert!(found(&KEY[..16], b"other", &text, &icv).is_none());
        assert!(found(&[8; 16], b"aad", &text, &icv).is_none());
        assert!(found(&KEY[..16], b"aad", &text, &icv[..12]).is_none());
        assert!(found(&KEY[..20], b"aad", &text, &icv).is_none());
    }
}
