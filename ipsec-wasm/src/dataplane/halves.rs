//! The halves of an SA: what sends seals (RFC 4303 §3.3, RFC 4302 §3.3), what
//! receives opens.

use core::ops::Range;
use ipsec_core::config;
use ipsec_core::crypto::{Secret, rustcrypto};
use ipsec_core::esp::suite::Suite;
use ipsec_core::esp::{ah, sa};
use ipsec_core::sa::lifetime::{Lifetime, Limits};
use ipsec_core::time::{Duration, Instant};
use ipsec_core::wire::registry::ike::ProtocolId;
use ipsec_core::wire::registry::ip::Protocol;
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

/// The sending half of an ESP SA: it seals each packet under a number of its
/// own.
#[wasm_bindgen]
#[derive(Debug)]
pub struct EspSender(pub(super) sa::EspSender);

/// The receiving half of an ESP SA: it takes each number once.
#[wasm_bindgen]
#[derive(Debug)]
pub struct EspReceiver(pub(super) sa::EspReceiver);

/// The sending half of an AH SA: it signs whole IP packets.
#[wasm_bindgen]
#[derive(Debug)]
pub struct AhSender(pub(super) ah::AhSender);

/// The receiving half of an AH SA.
#[wasm_bindgen]
#[derive(Debug)]
pub struct AhReceiver(pub(super) ah::AhReceiver);

/// What an authentic packet holds.
#[wasm_bindgen(getter_with_clone)]
#[derive(Debug)]
#[non_exhaustive]
pub struct Opened {
    /// Its number.
    pub number: u64,
    /// The number of the payload's protocol; 59 of a dummy packet.
    #[wasm_bindgen(js_name = nextHeader)]
    pub next_header: u8,
    /// What was protected.
    pub payload: Vec<u8>,
}

#[wasm_bindgen]
impl EspSender {
    /// A new SA. `suite` spells the algorithms as strongSwan does:
    /// `aes128gcm16`, `aes256-sha256`, with `-esn` for extended sequence
    /// numbers. `key` is the cipher's, with its salt behind it; `integrity_key`
    /// that of an integrity algorithm beside it.
    ///
    /// # Errors
    /// When an algorithm is unknown, or a key has another length.
    #[wasm_bindgen(constructor)]
    pub fn new(
        spi: u32,
        suite: &str,
        key: Vec<u8>,
        integrity_key: Option<Vec<u8>>,
    ) -> Result<Self, JsError> {
        let suite = suite_of(suite, ProtocolId::ESP)?;
        let (key, integrity_key) = (
            Secret::new(key),
            Secret::new(integrity_key.unwrap_or_default()),
        );
        let transform = suite.esp(rustcrypto::provider(), &key, &integrity_key)?;
        Ok(Self(sa::EspSender::new(
            spi,
            transform,
            suite.numbers(),
            life(),
        )))
    }

    /// The number of the last packet; 0 before the first.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.0.sent()
    }

    /// Seals a payload of this protocol: the ESP packet from its SPI on.
    ///
    /// # Errors
    /// When its numbers are used up.
    pub fn seal(&mut self, now: f64, payload: &[u8], next_header: u8) -> Result<Vec<u8>, JsError> {
        let room = self.0.room(payload.len());
        let (mut buffer, at) = roomy(room.before, payload, room.after);
        let protocol = Protocol(next_header);
        let at = self
            .0
            .seal_in_place(instant(now)?, protocol, &mut buffer, at)?;
        Ok(buffer.get(at).unwrap_or_default().to_vec())
    }
}

#[wasm_bindgen]
impl EspReceiver {
    /// A new SA, with an anti-replay window of so many packets.
    ///
    /// # Errors
    /// As of `EspSender`.
    #[wasm_bindgen(constructor)]
    pub fn new(
        spi: u32,
        suite: &str,
        key: Vec<u8>,
        integrity_key: Option<Vec<u8>>,
        window: Option<u32>,
    ) -> Result<Self, JsError> {
        let suite = suite_of(suite, ProtocolId::ESP)?;
        let (key, integrity_key) = (
            Secret::new(key),
            Secret::new(integrity_key.unwrap_or_default()),
        );
        let transform = suite.esp(rustcrypto::provider(), &key, &integrity_key)?;
        let window = window.unwrap_or(WINDOW);
        let half = sa::EspReceiver::new(spi, transform, suite.numbers(), window, life());
        Ok(Self(half))
    }

    /// Checks and opens a packet, which begins with the SPI.
    ///
    /// # Errors
    /// Why it is to be dropped.
    pub fn open(&mut self, now: f64, mut packet: Vec<u8>) -> Result<Opened, JsError> {
        let opened = self.0.open_in_place(instant(now)?, &mut packet)?;
        Ok(Opened {
            number: opened.number.get(),
            next_header: opened.next_header.0,
            payload: packet.get(opened.payload).unwrap_or_default().to_vec(),
        })
    }
}

#[wasm_bindgen]
impl AhSender {
    /// A new SA; `suite` is one integrity algorithm, as `sha256`.
    ///
    /// # Errors
    /// When the algorithm is unknown, or the key has another length.
    #[wasm_bindgen(constructor)]
    pub fn new(spi: u32, suite: &str, key: Vec<u8>) -> Result<Self, JsError> {
        let suite = suite_of(suite, ProtocolId::AH)?;
        let transform = suite.ah(rustcrypto::provider(), &Secret::new(key))?;
        Ok(Self(ah::AhSender::new(
            spi,
            transform,
            suite.numbers(),
            life(),
        )))
    }

    /// Puts AH into a whole IP packet, behind its head.
    ///
    /// # Errors
    /// When this is no packet that AH goes into, or its numbers are used up.
    pub fn sign(&mut self, now: f64, packet: &[u8]) -> Result<Vec<u8>, JsError> {
        let ipv6 = packet.first().is_some_and(|first| first >> 4 == 6);
        let (mut buffer, at) = roomy(self.0.head_len(ipv6), packet, 0);
        let at = self.0.sign_in_place(instant(now)?, &mut buffer, at)?;
        Ok(buffer.get(at).unwrap_or_default().to_vec())
    }
}

#[wasm_bindgen]
impl AhReceiver {
    /// A new SA, with an anti-replay window of so many packets.
    ///
    /// # Errors
    /// As of `AhSender`.
    #[wasm_bindgen(constructor)]
    pub fn new(spi: u32, suite: &str, key: Vec<u8>, window: Option<u32>) -> Result<Self, JsError> {
        let suite = suite_of(suite, ProtocolId::AH)?;
        let transform = suite.ah(rustcrypto::provider(), &Secret::new(key))?;
        let window = window.unwrap_or(WINDOW);
        let half = ah::AhReceiver::new(spi, transform, suite.numbers(), window, life());
        Ok(Self(half))
    }

    /// Checks a whole IP packet, and gives what follows its AH header.
    ///
    /// # Errors
    /// Why it is to be dropped.
    pub fn check(&mut self, now: f64, packet: &[u8]) -> Result<Opened, JsError> {
        let checked = self.0.check(instant(now)?, packet)?;
        Ok(Opened {
            number: checked.number.get(),
            next_header: checked.next_header.0,
            payload: packet.get(checked.payload).unwrap_or_default().to_vec(),
        })
    }
}

fn suite_of(words: &str, protocol: ProtocolId) -> Result<Suite, JsError> {
    let proposal = config::proposal(words, protocol);
    let proposal =
        proposal.ok_or_else(|| JsError::new(&format!("no suite is called {words:?}")))?;
    Ok(Suite::of(&proposal)?)
}

fn life() -> Lifetime {
    Lifetime::new(Instant::ZERO, Limits::NONE, Limits::NONE)
}

/// A moment that JavaScript tells in milliseconds.
pub(super) fn instant(now: f64) -> Result<Instant, JsError> {
    Ok(Instant::ZERO.saturating_add(Duration::try_from_secs_f64(now / 1000.0)?))
}

/// The bytes with room around them, and where they stand.
pub(super) fn roomy(before: usize, bytes: &[u8], after: usize) -> (Vec<u8>, Range<usize>) {
    let end = before.saturating_add(bytes.len());
    let mut buffer = Vec::with_capacity(end.saturating_add(after));
    buffer.resize(before, 0);
    buffer.extend_from_slice(bytes);
    buffer.resize(end.saturating_add(after), 0);
    (buffer, before..end)
}

/// Packets of an anti-replay window (RFC 4303 §3.4.3).
const WINDOW: u32 = 64;
