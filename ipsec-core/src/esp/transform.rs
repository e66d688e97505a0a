//! One ESP packet and the keys of its SA: opened, checked, sealed. No state,
//! no randomness, no buffer but the caller's.
//!
//! RFC 4303 §2 (format), §3.3.2 and §3.4.4 (order of encryption and integrity,
//! extended sequence numbers). Where the extended number stands: behind the
//! packet for a separate integrity algorithm (RFC 4303 §2.2.1), between SPI and
//! sequence number for an AEAD cipher (RFC 4106 §5, RFC 4309 §5, RFC 4543 §3.3,
//! RFC 7634 §2.1). Implicit IVs: RFC 8750 §4.

mod in_place;

pub use in_place::{Head, OpenedInPlace, Room};
pub(super) use in_place::{LaidOut, TOGETHER};

use crate::crypto::{AeadKey, CipherKey, CryptoProvider, MacKey, Secret, suite};
use crate::wire::esp::{Esp, Sealed, Trailer};
use crate::wire::registry::ike;
use crate::wire::registry::ip::Protocol;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
use zeroize::Zeroize as _;

/// The algorithms and keys of one ESP SA.
///
/// ```
/// # #[cfg(feature = "rustcrypto")] {
/// use ipsec_core::crypto::{Secret, rustcrypto};
/// use ipsec_core::esp::transform::{Check, Clear, EspTransform, Integrity};
/// use ipsec_core::wire::esp::Esp;
/// use ipsec_core::wire::registry::{ike::Encryption, ip::Protocol};
/// let (key, none) = (Secret::new(vec![7; 20]), Secret::new(vec![]));
/// let gcm = Encryption::ENCR_AES_GCM_16;
/// let sa = EspTransform::new(rustcrypto::provider(), gcm, Integrity::None, &key, &none)?;
///
/// let mut clear = Clear::new(0xc0ffee, 1, Protocol::UDP, b"a datagram");
/// clear.iv = &[0, 0, 0, 0, 0, 0, 0, 1];
/// let mut packet = Vec::new();
/// sa.seal(&clear, &mut packet)?;
///
/// let mut buffer = Vec::new();
/// let opened = sa.open(&Esp::decode(&packet)?, None, &mut buffer)?;
/// assert_eq!(opened.check, Check::Verified);
/// assert_eq!(opened.payload, b"a datagram");
/// assert_eq!(opened.trailer.next_header, Protocol::UDP);
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct EspTransform {
    cipher: &'static suite::Cipher,
    mac: Option<&'static suite::Mac>,
    icv_len: usize,
    keys: Keys,
}

/// What the keys are set up in.
enum Keys {
    /// The cipher brings its own integrity.
    Combined(Box<dyn AeadKey>),
    /// Integrity, if any, is an algorithm beside the cipher.
    Separate {
        cipher: Box<dyn CipherKey>,
        mac: Option<Box<dyn MacKey>>,
    },
}

/// How an ESP SA protects integrity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Integrity {
    /// By the cipher itself, or not at all.
    None,
    /// By this algorithm.
    Mac(&'static suite::Mac),
    /// By an algorithm or a key that nobody knows: the last so many bytes of
    /// a packet are no data. An AEAD cipher with an ICV of that length checks
    /// it nevertheless.
    Unchecked {
        /// Bytes of the ICV.
        icv: usize,
    },
}

impl Integrity {
    fn mac(self) -> Option<&'static suite::Mac> {
        match self {
            Self::Mac(mac) if mac.icv > 0 => Some(mac),
            Self::None | Self::Mac(_) | Self::Unchecked { .. } => None,
        }
    }

    const fn icv_len(self) -> usize {
        match self {
            Self::None => 0,
            Self::Mac(mac) => mac.icv,
            Self::Unchecked { icv } => icv,
        }
    }
}

/// Whether the integrity of a packet was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a wrong ICV is an error")]
pub enum Check {
    /// It comes from whoever has the key, unchanged.
    Verified,
    /// Nothing could be checked; the plaintext may be noise.
    Unchecked,
}

/// An opened packet; it borrows the buffer that [`EspTransform::open`] filled.
///
/// IV and ICV of the packet come from [`EspTransform::cut`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Opened<'b> {
    /// Whether it is authentic.
    pub check: Check,
    /// All that was encrypted: payload, then trailer.
    pub plaintext: &'b [u8],
    /// What the packet carries, with TFC padding (RFC 4303 §2.7) behind it if
    /// there is any; only the length in the inner header tells.
    pub payload: &'b [u8],
    /// Padding, its length, and the protocol of the payload. Padding that does
    /// not count 1, 2, 3 … is no error: not all senders do; see
    /// [`Trailer::counts_up`].
    pub trailer: Trailer<'b>,
}

/// What [`EspTransform::seal`] makes a packet of.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "the fields of an ESP packet that its SA does not decide"
)]
pub struct Clear<'a> {
    /// Security parameters index.
    pub spi: u32,
    /// Low 32 bits of the sequence number.
    pub sequence: u32,
    /// High 32 bits, when the SA has extended sequence numbers.
    pub high: Option<u32>,
    /// Initialization vector of [`EspTransform::iv_len`] bytes: unpredictable
    /// for CBC, never repeated under one key for all others.
    pub iv: &'a [u8],
    /// Protocol of the payload.
    pub next_header: Protocol,
    /// What to protect.
    pub payload: &'a [u8],
}

impl<'a> Clear<'a> {
    /// A packet with a sequence number of 32 bits and no IV.
    #[must_use]
    pub const fn new(spi: u32, sequence: u32, next_header: Protocol, payload: &'a [u8]) -> Self {
        Self {
            spi,
            sequence,
            high: None,
            iv: &[],
            next_header,
            payload,
        }
    }
}

impl EspTransform {
    /// Sets up the algorithms of an SA. `encryption_key` ends in the salt
    /// where the cipher has one; a key for nothing is ignored.
    ///
    /// # Errors
    ///
    /// An algorithm is unknown or not the provider's, two of them would
    /// protect integrity, or a key has another length.
    pub fn new(
        provider: &CryptoProvider,
        encryption: ike::Encryption,
        integrity: Integrity,
        encryption_key: &Secret,
        integrity_key: &Secret,
    ) -> Result<Self, TransformError> {
        let cipher = suite::encryption(encryption).ok_or(TransformError::Unknown(encryption))?;
        let keys = if cipher.is_aead() {
            combined(provider, cipher, integrity, encryption_key)
        } else {
            separate(provider, cipher, integrity, encryption_key, integrity_key)
        };
        Ok(Self {
            cipher,
            mac: integrity.mac(),
            icv_len: cipher.icv.max(integrity.icv_len()),
            keys: keys?,
        })
    }

    /// Tries an empty packet, which reads every part of the key.
    pub(super) fn look(&self) -> u64 {
        match &self.keys {
            Keys::Combined(key) => {
                let tried = key.open(&[0; 8], &[], &mut [], &[0; 16]);
                u64::from(tried.is_ok())
            }
            Keys::Separate { .. } => 0,
        }
    }

    /// Bytes of the IV in each packet; none with an implicit IV.
    #[must_use]
    pub const fn iv_len(&self) -> usize {
        self.cipher.iv
    }

    /// Bytes of the ICV in each packet.
    #[must_use]
    pub const fn icv_len(&self) -> usize {
        self.icv_len
    }

    /// Whether [`EspTransform::open`] checks integrity.
    #[must_use]
    pub const fn check(&self) -> Check {
        match &self.keys {
            Keys::Combined(_) | Keys::Separate { mac: Some(_), .. } => Check::Verified,
            Keys::Separate { mac: None, .. } => Check::Unchecked,
        }
    }

    /// Cuts what follows the sequence number, without opening it.
    ///
    /// # Errors
    ///
    /// No packet of this SA has that length.
    pub fn cut<'p>(&self, esp: &Esp<'p>) -> Result<Sealed<'p>, OpenError> {
        let block = self.cipher.block;
        let least = TRAILER.next_multiple_of(block.max(1));
        let overhead = self.cipher.iv.saturating_add(self.icv_len);
        let too_short = OpenError::TooShort {
            need: overhead.saturating_add(least),
            have: esp.rest.len(),
        };
        let sealed = esp.split(self.cipher.iv, self.icv_len).ok_or(too_short)?;
        let ciphertext = sealed.ciphertext.len();
        if ciphertext < least {
            return Err(too_short);
        }
        if !ciphertext.is_multiple_of(block) {
            return Err(OpenError::NotWholeBlocks { block, ciphertext });
        }
        Ok(sealed)
    }

    /// Checks and opens a packet. The plaintext takes the place of whatever was
    /// in `buffer`; after an error that is empty and nothing of it is left.
    ///
    /// `high` has the upper half of an extended sequence number. It is not in
    /// the packet; a wrong guess costs little more than the check of the ICV.
    ///
    /// # Errors
    ///
    /// What is wrong, in an order that tells an attacker nothing: lengths, the
    /// ICV, and only when that is right, the padding.
    pub fn open<'b>(
        &self,
        esp: &Esp<'_>,
        high: Option<u32>,
        buffer: &'b mut Vec<u8>,
    ) -> Result<Opened<'b>, OpenError> {
        let check = self.decrypt(esp, high, buffer)?;
        let (payload, trailer) = self.trailer(buffer)?;
        Ok(Opened {
            check,
            plaintext: buffer,
            payload,
            trailer,
        })
    }

    /// Like [`EspTransform::open`], but leaves it to the caller to split the
    /// plaintext in `buffer` with [`Trailer::split`], which then cannot fail.
    /// So one buffer serves a search for the SA or the sequence number.
    ///
    /// # Errors
    ///
    /// As those of [`EspTransform::open`].
    pub fn decrypt(
        &self,
        esp: &Esp<'_>,
        high: Option<u32>,
        buffer: &mut Vec<u8>,
    ) -> Result<Check, OpenError> {
        buffer.clear();
        let sealed = self.cut(esp)?;
        buffer.extend_from_slice(sealed.ciphertext);
        let numbers = Numbers::new(esp.spi, esp.sequence, high);
        let plain = self.decipher(&numbers, sealed.iv, buffer, sealed.icv);
        let padded = plain.and_then(|()| self.trailer(buffer).map(|_| self.check()));
        if padded.is_err() {
            buffer.zeroize();
        }
        padded
    }

    fn decipher(
        &self,
        numbers: &Numbers,
        iv: &[u8],
        text: &mut [u8],
        icv: &[u8],
    ) -> Result<(), OpenError> {
        match &self.keys {
            Keys::Combined(key) => {
                let iv = numbers.iv(self.cipher, iv);
                key.open(iv, &numbers.aad(), text, icv)
            }
            Keys::Separate { cipher, mac } => {
                if let Some(mac) = mac {
                    let covered = numbers.covered(iv, text);
                    mac.verify(&[], &covered, icv)
                        .map_err(|_| OpenError::Integrity)?;
                }
                cipher.decrypt(iv, text)
            }
        }
        .map_err(|_| OpenError::Integrity)
    }

    fn trailer<'b>(&self, plaintext: &'b [u8]) -> Result<(&'b [u8], Trailer<'b>), OpenError> {
        Trailer::split(plaintext).map_err(|_| OpenError::Padding {
            check: self.check(),
        })
    }

    /// Appends the packet that carries `clear` to `out`, with the least padding
    /// there can be, counting 1, 2, 3 … (RFC 4303 §2.4). After an error `out`
    /// is as it was.
    ///
    /// # Errors
    ///
    /// The IV has another length, or nothing would protect integrity, which
    /// RFC 8221 §4 forbids to send.
    pub fn seal(&self, clear: &Clear<'_>, out: &mut Vec<u8>) -> Result<(), SealError> {
        let (need, have) = (self.cipher.iv, clear.iv.len());
        if need != have {
            return Err(SealError::Iv { need, have });
        }
        if self.check() == Check::Unchecked {
            return Err(SealError::Unprotected);
        }
        let start = out.len();
        out.extend(clear.spi.to_be_bytes());
        out.extend(clear.sequence.to_be_bytes());
        out.extend(clear.iv);
        let text = out.len();
        out.extend(clear.payload);
        let padding = u8::try_from(self.padding(clear.payload.len())).unwrap_or(0);
        out.extend(1..=padding);
        out.extend([padding, clear.next_header.0]);
        let end = out.len();
        out.resize(end.saturating_add(self.icv_len), 0);
        let sealed = out.get_mut(text..).and_then(|rest| {
            let (text, icv) = rest.split_at_mut_checked(end.checked_sub(text)?)?;
            let numbers = Numbers::new(clear.spi, clear.sequence, clear.high);
            self.encipher(&numbers, clear.iv, text, icv)
        });
        sealed.ok_or_else(|| {
            if let Some(packet) = out.get_mut(start..) {
                packet.zeroize();
            }
            out.truncate(start);
            SealError::Failed
        })
    }

    fn encipher(
        &self,
        numbers: &Numbers,
        iv: &[u8],
        text: &mut [u8],
        icv: &mut [u8],
    ) -> Option<()> {
        match &self.keys {
            Keys::Combined(key) => {
                let iv = numbers.iv(self.cipher, iv);
                key.seal(iv, &numbers.aad(), text, icv).ok()
            }
            Keys::Separate { cipher, mac } => {
                cipher.encrypt(iv, text).ok()?;
                let covered = numbers.covered(iv, text);
                mac.as_ref()?.sign(&[], &covered, icv).ok()
            }
        }
    }

    /// Bytes of padding behind a payload of `len` bytes, the least there can
    /// be.
    const fn padding(&self, len: usize) -> usize {
        let block = if self.cipher.block > ALIGN {
            self.cipher.block
        } else {
            ALIGN
        };
        let over = len.saturating_add(TRAILER) % block;
        if over == 0 { 0 } else { block - over }
    }
}

impl fmt::Debug for EspTransform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mac = self.mac.map(|mac| mac.name);
        f.debug_struct("EspTransform")
            .field("cipher", &self.cipher.name)
            .field("mac", &mac)
            .field("icv_len", &self.icv_len)
            .finish_non_exhaustive()
    }
}

fn combined(
    provider: &CryptoProvider,
    cipher: &'static suite::Cipher,
    integrity: Integrity,
    key: &Secret,
) -> Result<Keys, TransformError> {
    let algorithm = cipher.name;
    if integrity.icv_len() > 0 && integrity != (Integrity::Unchecked { icv: cipher.icv }) {
        return Err(TransformError::SecondIntegrity { algorithm });
    }
    let aead = provider.aead(cipher);
    let aead = aead.ok_or(TransformError::Unsupported { algorithm })?;
    let have = key.len();
    let key = aead.with_key(key.dangerous_bytes());
    let key = key.map_err(|_| TransformError::Key { algorithm, have })?;
    Ok(Keys::Combined(key))
}

fn separate(
    provider: &CryptoProvider,
    cipher: &'static suite::Cipher,
    integrity: Integrity,
    key: &Secret,
    integrity_key: &Secret,
) -> Result<Keys, TransformError> {
    let algorithm = cipher.name;
    let found = provider.cipher(cipher);
    let found = found.ok_or(TransformError::Unsupported { algorithm })?;
    let have = key.len();
    let key = found.with_key(key.dangerous_bytes());
    let cipher = key.map_err(|_| TransformError::Key { algorithm, have })?;
    let mac = match integrity.mac() {
        // ESP has no place for the IV of GMAC (RFC 4543 §3).
        Some(mac) if mac.iv > 0 => {
            let algorithm = mac.name;
            return Err(TransformError::Unsupported { algorithm });
        }
        Some(mac) => Some(keyed_mac(provider, mac, integrity_key)?),
        None => None,
    };
    Ok(Keys::Separate { cipher, mac })
}

pub(super) fn keyed_mac(
    provider: &CryptoProvider,
    mac: &'static suite::Mac,
    key: &Secret,
) -> Result<Box<dyn MacKey>, TransformError> {
    let algorithm = mac.name;
    let found = provider.mac(mac);
    let found = found.ok_or(TransformError::Unsupported { algorithm })?;
    let have = key.len();
    let key = found.with_key(key.dangerous_bytes());
    key.map_err(|_| TransformError::Key { algorithm, have })
}

/// SPI and sequence number as the algorithms take them.
struct Numbers {
    spi: [u8; 4],
    high: Option<[u8; 4]>,
    sequence: [u8; 4],
    /// The IV where none travels (RFC 8750 §4).
    implicit_iv: [u8; 8],
}

impl Numbers {
    fn new(spi: u32, sequence: u32, high: Option<u32>) -> Self {
        let extended = u64::from(high.unwrap_or(0)) << 32 | u64::from(sequence);
        Self {
            spi: spi.to_be_bytes(),
            high: high.map(u32::to_be_bytes),
            sequence: sequence.to_be_bytes(),
            implicit_iv: extended.to_be_bytes(),
        }
    }

    fn high(&self) -> &[u8] {
        self.high.as_ref().map_or(&[], <[u8; 4]>::as_slice)
    }

    fn iv<'a>(&'a self, cipher: &suite::Cipher, explicit: &'a [u8]) -> &'a [u8] {
        if cipher.iv == 0 {
            &self.implicit_iv
        } else {
            explicit
        }
    }

    /// Additional data of an AEAD cipher.
    fn aad(&self) -> [&[u8]; 3] {
        [&self.spi, self.high(), &self.sequence]
    }

    /// What a separate integrity algorithm covers.
    fn covered<'a>(&'a self, iv: &'a [u8], ciphertext: &'a [u8]) -> [&'a [u8]; 5] {
        [&self.spi, &self.sequence, iv, ciphertext, self.high()]
    }
}

/// Why an SA cannot be set up. The keys themselves are never shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransformError {
    /// The number was never specified, or nobody knows it.
    Unknown(ike::Encryption),
    /// The provider does not have the algorithm, or has it not for ESP.
    Unsupported {
        /// Its name.
        algorithm: &'static str,
    },
    /// The key has no length of the algorithm.
    Key {
        /// Its name.
        algorithm: &'static str,
        /// Bytes of the key, salt included.
        have: usize,
    },
    /// An AEAD cipher came with an integrity algorithm beside it, or with an
    /// ICV of another length (RFC 7296 §3.3).
    SecondIntegrity {
        /// The cipher's name.
        algorithm: &'static str,
    },
}

/// Why a packet was not opened.
///
/// The variants are for a local reader who holds the keys. `Display` is fit
/// for anyone: it tells what an eavesdropper can count, and nothing apart
/// between a wrong ICV and wrong padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OpenError {
    /// No packet of this SA is so short.
    TooShort {
        /// Bytes behind the sequence number in the shortest.
        need: usize,
        /// Bytes there are.
        have: usize,
    },
    /// The ciphertext is no multiple of the cipher's block.
    NotWholeBlocks {
        /// Bytes of a block.
        block: usize,
        /// Bytes of ciphertext.
        ciphertext: usize,
    },
    /// The ICV is wrong: another key, another half of the extended sequence
    /// number, or a packet that was changed or forged.
    Integrity,
    /// The padding announced is longer than the plaintext.
    Padding {
        /// With [`Check::Verified`] the ICV was right: the encryption key is
        /// wrong, or the sender is. Otherwise all keys may be wrong.
        check: Check,
    },
}

/// Why a packet was not sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SealError {
    /// The IV has another length than the cipher's.
    Iv {
        /// Bytes of the cipher's.
        need: usize,
        /// Bytes that were given.
        have: usize,
    },
    /// No integrity algorithm is known, so the packet would be open to change.
    Unprotected,
    /// There is too little room around the payload.
    NoRoom(Room),
    /// An algorithm refused: the payload is too long for it.
    Failed,
}

impl fmt::Display for TransformError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(id) => write!(f, "no cipher is known by the number {}", id.0),
            Self::Unsupported { algorithm } => {
                write!(f, "{algorithm} in this place is not supported")
            }
            Self::Key { algorithm, have } => {
                write!(f, "{have} bytes are no key for {algorithm}")
            }
            Self::SecondIntegrity { algorithm } => {
                write!(f, "{algorithm} brings its own integrity")
            }
        }
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::TooShort { need, have } => {
                write!(
                    f,
                    "{have} bytes, where IV, trailer and check value take {need}"
                )
            }
            Self::NotWholeBlocks { block, ciphertext } => write!(
                f,
                "{ciphertext} bytes of ciphertext are no multiple of the {block}-byte block"
            ),
            Self::Integrity | Self::Padding { .. } => f.write_str("the packet is not authentic"),
        }
    }
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Iv { need, have } => write!(f, "an IV of {have} bytes, where {need} are needed"),
            Self::NoRoom(Room { before, after }) => {
                write!(
                    f,
                    "no room of {before} bytes before and {after} behind the payload"
                )
            }
            Self::Unprotected => f.write_str("nothing would protect the packet's integrity"),
            Self::Failed => f.write_str("the packet cannot be sealed"),
        }
    }
}

impl core::error::Error for TransformError {}
impl core::error::Error for OpenError {}
impl core::error::Error for SealError {}

/// Pad length and next header.
const TRAILER: usize = 2;

/// The ciphertext ends on a boundary of so many bytes (RFC 4303 §2.4).
const ALIGN: usize = 4;
