//! What may come from anybody as ESP: any length, any padding, any flipped bit,
//! keys of any length; and that no key is ever shown.

use crate::{mac, secret};
use ipsec_core::crypto::{rustcrypto, suite};
use ipsec_core::esp::authentication::AhTransform;
use ipsec_core::esp::transform::{
    Check, Clear, EspTransform, Integrity, OpenError, SealError, TransformError,
};
use ipsec_core::wire::esp::Esp;
use ipsec_core::wire::registry::ike::{Encryption as E, Integrity as I};
use ipsec_core::wire::registry::ip::Protocol;

#[test]
fn every_length_is_answered() {
    let noise: Vec<u8> = (0..200_u8).map(|n| n.wrapping_mul(31)).collect();
    let mut buffer = vec![0x5a; 40];
    for suite in suites() {
        let sa = suite.sa();
        let overhead = sa.iv_len() + sa.icv_len();
        for len in 0..=overhead + 64 {
            let rest = &noise[..len];
            let opened = sa.decrypt(&packet(rest), None, &mut buffer);
            match opened {
                Ok(check) => assert_eq!(check, Check::Unchecked),
                Err(OpenError::TooShort { need, have }) => assert!(have == len && len < need),
                Err(OpenError::NotWholeBlocks { block, ciphertext }) => {
                    assert_eq!(ciphertext, len - overhead);
                    assert_ne!(ciphertext % block, 0);
                }
                Err(OpenError::Integrity) => assert_eq!(sa.check(), Check::Verified),
                Err(error) => {
                    let check = Check::Unchecked;
                    assert_eq!((error, sa.check()), (OpenError::Padding { check }, check));
                }
            }
            assert!(opened.is_ok() || buffer.is_empty(), "{suite:?}");
        }
    }
}

/// The ICV is right; the padding has every length, and counts or does not.
#[test]
fn padding_of_every_length_is_read_or_refused() {
    let mut buffer = Vec::new();
    for suite in suites().into_iter().filter(|suite| suite.is_of_its_kind()) {
        let (sa, seal) = (suite.sa(), suite.primitives());
        for (room, pad_length) in [62, 270].iter().flat_map(|n| (0..=255).map(|p| (*n, p))) {
            for counting in [true, false] {
                let start = usize::checked_sub(room, usize::from(pad_length));
                let mut plaintext = vec![0xee; room];
                if counting {
                    let padding = plaintext[start.unwrap_or(0)..].iter_mut();
                    padding.zip(1..=255).for_each(|(place, n)| *place = n);
                }
                plaintext.extend([pad_length, Protocol::TCP.0]);
                let rest = seal(&plaintext);
                let opened = sa.open(&packet(&rest), None, &mut buffer);
                let Some(start) = start else {
                    let check = sa.check();
                    assert_eq!(opened, Err(OpenError::Padding { check }), "{suite:?}");
                    assert!(buffer.is_empty());
                    continue;
                };
                let opened = opened.unwrap();
                assert_eq!(opened.payload, vec![0xee; start], "{suite:?}");
                assert_eq!(opened.trailer.padding.len(), usize::from(pad_length));
                assert_eq!(opened.trailer.counts_up(), counting || pad_length == 0);
            }
        }
    }
}

#[test]
fn every_flipped_bit_is_noticed() {
    let mut buffer = Vec::new();
    for suite in suites() {
        let sa = suite.sa();
        if sa.check() == Check::Unchecked {
            continue;
        }
        let mut bytes = Vec::new();
        sa.seal(&suite.clear(b"hello"), &mut bytes).unwrap();
        let whole = Esp::decode(&bytes).unwrap();
        assert_eq!(
            sa.open(&whole, None, &mut buffer).unwrap().payload,
            b"hello"
        );
        for bit in 0..bytes.len() * 8 {
            let mut forged = bytes.clone();
            forged[bit / 8] ^= 1 << (bit % 8);
            let forged = Esp::decode(&forged).unwrap();
            let opened = sa.open(&forged, None, &mut buffer);
            assert_eq!(opened, Err(OpenError::Integrity), "{suite:?}, bit {bit}");
            assert!(buffer.is_empty());
        }
    }
}

/// RFC 8750 §4: the IV is the sequence number, and does not travel.
#[test]
fn an_implicit_iv_is_the_sequence_number() {
    let pairs = [
        (E::ENCR_AES_GCM_16_IIV, E::ENCR_AES_GCM_16),
        (E::ENCR_AES_CCM_8_IIV, E::ENCR_AES_CCM_8),
        (E::ENCR_CHACHA20_POLY1305_IIV, E::ENCR_CHACHA20_POLY1305),
    ];
    for (implicit, explicit) in pairs {
        let [implicit, explicit] = [implicit, explicit].map(|id| Suite(id, Integrity::None).sa());
        for high in [None, Some(0x0102_0304)] {
            let mut clear = Clear::new(1, 0xfffe, Protocol::UDP, b"hello");
            clear.high = high;
            let mut short = Vec::new();
            implicit.seal(&clear, &mut short).unwrap();
            let mut iv = high.unwrap_or(0).to_be_bytes().to_vec();
            iv.extend(0xfffe_u32.to_be_bytes());
            clear.iv = &iv;
            let mut long = Vec::new();
            explicit.seal(&clear, &mut long).unwrap();
            long.drain(8..16);
            assert_eq!(short, long);
        }
    }
}

#[test]
fn an_sa_without_integrity_opens_and_never_seals() {
    let mut out = b"before".to_vec();
    for integrity in [Integrity::None, Integrity::Unchecked { icv: 12 }] {
        for cipher in [E::ENCR_AES_CBC, E::ENCR_AES_CTR, E::ENCR_NULL] {
            let suite = Suite(cipher, integrity);
            let sealed = suite.sa().seal(&suite.clear(b"hello"), &mut out);
            assert_eq!(sealed, Err(SealError::Unprotected));
        }
    }
    let suite = Suite(E::ENCR_AES_GCM_16, Integrity::None);
    let mut clear = suite.clear(b"hello");
    clear.iv = &[0; 7];
    let refused = SealError::Iv { need: 8, have: 7 };
    assert_eq!(suite.sa().seal(&clear, &mut out), Err(refused));
    assert_eq!(out, b"before");
}

#[test]
fn the_payload_is_aligned_with_the_least_padding() {
    for suite in suites() {
        let sa = suite.sa();
        if sa.check() == Check::Unchecked {
            continue;
        }
        let align = suite.cipher().block.max(4);
        for len in 0..40 {
            let mut bytes = Vec::new();
            sa.seal(&suite.clear(&vec![7; len]), &mut bytes).unwrap();
            let ciphertext = bytes.len() - 8 - sa.iv_len() - sa.icv_len();
            assert_eq!(ciphertext, (len + 2).next_multiple_of(align), "{suite:?}");
        }
    }
}

#[test]
fn suites_that_cannot_be_are_refused() {
    let us = rustcrypto::provider();
    let set_up = |cipher, integrity, key: usize, mac_key: usize| {
        let (key, mac_key) = (secret(&vec![7; key]), secret(&vec![8; mac_key]));
        EspTransform::new(us, cipher, integrity, &key, &mac_key).map(|sa| sa.check())
    };
    let sha1 = Integrity::Mac(mac(I::AUTH_HMAC_SHA1_96));
    for have in 0..70 {
        let set = set_up(E::ENCR_AES_GCM_16, Integrity::None, have, 0);
        assert_eq!(set.is_ok(), [20, 28, 36].contains(&have));
        let set = set_up(E::ENCR_AES_CBC, sha1, 16, have);
        let algorithm = "HMAC-SHA1-96";
        let wrong = Err(TransformError::Key { algorithm, have });
        assert_eq!(
            set,
            if have == 20 {
                Ok(Check::Verified)
            } else {
                wrong
            }
        );
    }
    let second = |set| matches!(set, Err(TransformError::SecondIntegrity { .. }));
    assert!(second(set_up(E::ENCR_AES_GCM_16, sha1, 20, 20)));
    let icv = |icv| set_up(E::ENCR_AES_GCM_8, Integrity::Unchecked { icv }, 20, 0);
    assert!(second(icv(16)));
    assert_eq!(icv(8), Ok(Check::Verified));
    let unsupported = |set| matches!(set, Err(TransformError::Unsupported { .. }));
    assert!(unsupported(set_up(E::ENCR_RC5, sha1, 16, 20)));
    let gmac = Integrity::Mac(mac(I::AUTH_AES_128_GMAC));
    assert!(unsupported(set_up(E::ENCR_AES_CBC, gmac, 16, 20)));
    let unknown = TransformError::Unknown(E(0));
    assert_eq!(set_up(E(0), sha1, 16, 20), Err(unknown));
    let none = Integrity::Mac(mac(I::NONE));
    assert_eq!(set_up(E::ENCR_AES_CBC, none, 16, 0), Ok(Check::Unchecked));
}

#[test]
fn nothing_shows_a_key() {
    let key: Vec<u8> = (0xa1..0xa1 + 36).collect();
    let shown_as = ["a1a2a3", "a1, a2", "161, 162", "A1A2A3"];
    let mut shown = String::new();
    let mut show = |value: &dyn core::fmt::Debug| shown.push_str(&format!("{value:?} {value:#?}"));
    for suite in suites() {
        let us = rustcrypto::provider();
        for len in 0..=key.len() {
            let (encryption, integrity) = (secret(&key[..len]), secret(&key));
            let sa = EspTransform::new(us, suite.0, suite.1, &encryption, &integrity);
            show(&sa);
            if let Err(error) = sa {
                show(&error.to_string());
            }
        }
    }
    let sa = AhTransform::new(
        rustcrypto::provider(),
        mac(I::AUTH_AES_256_GMAC),
        &secret(&key),
    );
    show(&sa);
    assert!(shown.contains("EspTransform") && shown.contains("AhTransform"));
    for bytes in shown_as {
        assert!(!shown.contains(bytes), "{bytes}");
    }
}

#[test]
fn a_wrong_icv_and_wrong_padding_read_alike() {
    let texts = [
        OpenError::Integrity.to_string(),
        OpenError::Padding {
            check: Check::Verified,
        }
        .to_string(),
        OpenError::Padding {
            check: Check::Unchecked,
        }
        .to_string(),
    ];
    assert!(texts.iter().all(|text| *text == texts[0]));
}

/// A cipher and an integrity algorithm, with keys made of one byte.
#[derive(Clone, Copy, Debug)]
struct Suite(E, Integrity);

impl Suite {
    fn cipher(self) -> &'static suite::Cipher {
        suite::encryption(self.0).unwrap()
    }

    fn key(self) -> Vec<u8> {
        let keys = self.cipher().keys;
        vec![
            7;
            self.cipher()
                .key_material(keys.default.unwrap_or(keys.least))
        ]
    }

    /// Whether it stands for others of its mode.
    fn is_of_its_kind(self) -> bool {
        let sha1 = self.mac().is_none_or(|mac| mac.name == "HMAC-SHA1-96");
        sha1 && KINDS.contains(&self.0)
    }

    fn mac(self) -> Option<&'static suite::Mac> {
        if let Integrity::Mac(mac) = self.1 {
            return Some(mac);
        }
        None
    }

    fn mac_key(self) -> Vec<u8> {
        self.mac().map_or_else(Vec::new, |mac| vec![8; mac.key])
    }

    fn sa(self) -> EspTransform {
        crate::esp(self.0, self.1, (&self.key(), &self.mac_key()))
    }

    fn clear(self, payload: &[u8]) -> Clear<'_> {
        let mut clear = Clear::new(SPI, SEQUENCE, Protocol::UDP, payload);
        clear.iv = &IV[..self.cipher().iv];
        clear
    }

    /// What seals any plaintext, trailer and all, without the transform.
    fn primitives(self) -> impl Fn(&[u8]) -> Vec<u8> {
        let us = rustcrypto::provider();
        let iv = &IV[..self.cipher().iv];
        let head = [SPI.to_be_bytes(), SEQUENCE.to_be_bytes()].concat();
        let implicit = [[0; 4], SEQUENCE.to_be_bytes()].concat();
        let icv_len = self.sa().icv_len();
        let aead = us.aead(self.cipher());
        let aead = aead.map(|aead| aead.with_key(&self.key()).unwrap());
        let cipher = us.cipher(self.cipher());
        let cipher = cipher.map(|cipher| cipher.with_key(&self.key()).unwrap());
        let mac = self.mac().and_then(|mac| us.mac(mac));
        let mac = mac.map(|mac| mac.with_key(&self.mac_key()).unwrap());
        move |plaintext| {
            let (mut text, mut icv) = (plaintext.to_vec(), vec![0; icv_len]);
            if let Some(key) = &aead {
                let iv = if iv.is_empty() { &implicit } else { iv };
                key.seal(iv, &[&head], &mut text, &mut icv).unwrap();
            }
            if let Some(key) = &cipher {
                key.encrypt(iv, &mut text).unwrap();
            }
            if let Some(key) = &mac {
                key.sign(&[], &[&head, iv, &text], &mut icv).unwrap();
            }
            [iv, &text, &icv].concat()
        }
    }
}

/// Every cipher of the provider, every integrity algorithm beside AES, and
/// what cannot be checked.
fn suites() -> Vec<Suite> {
    let us = rustcrypto::provider();
    let sha1 = Integrity::Mac(mac(I::AUTH_HMAC_SHA1_96));
    let mut suites = Vec::new();
    for id in E::ALL {
        let Some(cipher) = suite::encryption(*id) else {
            continue;
        };
        if us.aead(cipher).is_some() {
            suites.push(Suite(*id, Integrity::None));
        } else if us.cipher(cipher).is_some() {
            suites.push(Suite(*id, sha1));
        }
    }
    for id in I::ALL.iter().filter_map(|id| suite::integrity(*id)) {
        if us.mac(id).is_some() && id.iv == 0 {
            suites.push(Suite(E::ENCR_AES_CBC, Integrity::Mac(id)));
        }
    }
    for cipher in [E::ENCR_AES_CBC, E::ENCR_AES_CTR, E::ENCR_NULL] {
        suites.push(Suite(cipher, Integrity::None));
        suites.push(Suite(cipher, Integrity::Unchecked { icv: 12 }));
    }
    assert!(suites.len() > 40, "{}", suites.len());
    suites
}

const fn packet(rest: &[u8]) -> Esp<'_> {
    Esp {
        spi: SPI,
        sequence: SEQUENCE,
        rest,
    }
}

const SPI: u32 = 0xc0ff_ee01;
const SEQUENCE: u32 = 7;
const KINDS: [E; 8] = [
    E::ENCR_3DES,
    E::ENCR_NULL,
    E::ENCR_AES_CBC,
    E::ENCR_AES_CTR,
    E::ENCR_AES_CCM_8,
    E::ENCR_AES_GCM_16,
    E::ENCR_NULL_AUTH_AES_GMAC,
    E::ENCR_CHACHA20_POLY1305_IIV,
];
const IV: [u8; 16] = [0x1f; 16];
