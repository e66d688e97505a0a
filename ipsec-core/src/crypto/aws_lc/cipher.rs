//! AES-CBC (RFC 3602).

use crate::crypto::cipher::split;
use crate::crypto::{BadKey, Cipher, CipherKey, Failed, suite};
use crate::wire::registry::ike::Encryption as Id;
use alloc::boxed::Box;
use aws_lc_rs::cipher::{
    AES_128, AES_192, AES_256, Algorithm, DecryptingKey, DecryptionContext, EncryptingKey,
    EncryptionContext, UnboundCipherKey,
};
use aws_lc_rs::iv::FixedLength;
use core::fmt;

pub(super) const CIPHERS: &[&dyn Cipher] = &[&AES_CBC];

const AES_CBC: Entry = match suite::encryption(Id::ENCR_AES_CBC) {
    Some(suite) => Entry { suite },
    None => panic!("the suite table lacks AES-CBC"),
};

struct Entry {
    suite: &'static suite::Cipher,
}

fn algorithm(key: usize) -> &'static Algorithm {
    match key {
        16 => &AES_128,
        24 => &AES_192,
        _ => &AES_256,
    }
}

impl Cipher for Entry {
    fn suite(&self) -> &'static suite::Cipher {
        self.suite
    }

    fn with_key(&self, material: &[u8]) -> Result<Box<dyn CipherKey>, BadKey> {
        let (key, _) = split(self.suite, material)?;
        let unbound = || UnboundCipherKey::new(algorithm(key.len()), key).map_err(|_| BadKey);
        Ok(Box::new(Cbc {
            encrypting: EncryptingKey::cbc(unbound()?).map_err(|_| BadKey)?,
            decrypting: DecryptingKey::cbc(unbound()?).map_err(|_| BadKey)?,
        }))
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.suite.name)
    }
}

/// The two key schedules.
struct Cbc {
    encrypting: EncryptingKey,
    decrypting: DecryptingKey,
}

fn checked(iv: &[u8], text: &[u8]) -> Result<FixedLength<16>, Failed> {
    if !text.len().is_multiple_of(BLOCK) {
        return Err(Failed);
    }
    FixedLength::try_from(iv).map_err(|_| Failed)
}

impl CipherKey for Cbc {
    fn encrypt(&self, iv: &[u8], text: &mut [u8]) -> Result<(), Failed> {
        let context = EncryptionContext::Iv128(checked(iv, text)?);
        let encrypted = self.encrypting.less_safe_encrypt(text, context);
        encrypted.map(|_| ()).map_err(|_| Failed)
    }

    fn decrypt(&self, iv: &[u8], text: &mut [u8]) -> Result<(), Failed> {
        let context = DecryptionContext::Iv128(checked(iv, text)?);
        let decrypted = self.decrypting.decrypt(text, context);
        decrypted.map(|_| ()).map_err(|_| Failed)
    }
}

const BLOCK: usize = 16;
