//! The ESP and AH SAs (RFC 4303, RFC 4302): those of key logs, and those that
//! an opened exchange created.
//!
//! An SA is put together when its first packet comes, from every key that may
//! be the right one; the one that opens a packet is kept. Keys are tried in
//! this order: those for this SPI and these addresses; those for this SPI (a
//! NAT changes addresses); and at last all others, because a key that stands
//! beside the wrong SPI is a fault that people make.
//!
//! The upper half of an extended sequence number is not on the wire. It is
//! inferred as a receiver does (RFC 4303 appendix A), and at the beginning of
//! a capture by trying.

use super::{InnerPacket, Inside, Keyring, Unsealed, null};
use crate::capture::dissection::Dissection;
use crate::crypto::CryptoProvider;
use crate::esp::transform::{self, Check, EspTransform, Integrity, OpenError};
use crate::evidence::{Route, UnsealFault, Unsealing};
use crate::keylog::algorithms::Authentication;
use crate::keylog::{SaKeys, SaProtocol};
use crate::wire::ah::Ah;
use crate::wire::esp::{Esp, Sealed, Trailer};
use crate::wire::ip::Packet;
use crate::wire::registry::ip::Protocol;
use crate::wire::upper::Upper;
use core::net::IpAddr;
use std::collections::HashMap;

/// The SAs that are known.
#[derive(Debug, Default)]
pub(super) struct Sas {
    /// Keys from opened exchanges, by what they are for.
    derived: HashMap<(SaProtocol, u32), Vec<SaKeys>>,
    esp: HashMap<(u32, IpAddr, IpAddr), EspSa>,
}

/// One direction of an ESP SA.
#[derive(Debug)]
struct EspSa {
    /// The keys that may be its, until one has opened a packet; then only that.
    candidates: Vec<Candidate>,
    /// Some algorithm could not be set up.
    unsupported: bool,
    opened: bool,
    /// Keys for other SPIs were tried as well.
    desperate: bool,
}

#[derive(Debug)]
struct Candidate {
    transform: EspTransform,
    derived: bool,
    sequence: Sequence,
}

/// What is known of the upper half of the sequence numbers.
#[derive(Clone, Copy, Debug)]
enum Sequence {
    /// Not even whether there is one.
    Unknown,
    /// 32 bits.
    Short,
    /// 64 bits, none seen so far.
    Extended,
    /// 64 bits, and the highest so far.
    Reached(u64),
}

impl Sas {
    /// Adds one direction of an SA that an opened exchange created.
    pub(super) fn add_derived(&mut self, keys: SaKeys) {
        let Some(spi) = keys.spi else {
            return;
        };
        if self.derived.len() >= MAX_DERIVED {
            self.derived.clear();
        }
        let known = self.derived.entry((keys.protocol, spi)).or_default();
        if known.len() < MAX_CANDIDATES {
            known.push(keys);
        }
        self.esp.retain(|(of, _, _), sa| *of != spi || sa.opened);
    }

    /// Opens an ESP packet into `plain`.
    pub(super) fn esp<'a>(
        &mut self,
        keyring: &Keyring,
        route: Route,
        packet: &'a [u8],
        plain: &'a mut Vec<u8>,
    ) -> Unsealed<'a> {
        plain.clear();
        let Ok(esp) = Esp::decode(packet) else {
            return Unsealed::closed(Unsealing::Failed(UnsealFault::Length));
        };
        let key = (esp.spi, route.from.ip(), route.to.ip());
        if self.esp.len() >= MAX_SAS && !self.esp.contains_key(&key) {
            self.esp.retain(|_, sa| sa.opened);
            if self.esp.len() >= MAX_SAS {
                self.esp.clear();
            }
        }
        let derived = &self.derived;
        let sa = self
            .esp
            .entry(key)
            .or_insert_with(|| EspSa::new(keyring, derived, esp.spi, route));
        if sa.candidates.is_empty() && !sa.unsupported {
            return null::open(route, esp, plain)
                .map(|(opened, plain)| opened.unsealed(esp, plain))
                .unwrap_or_else(|| Unsealed::closed(Unsealing::NoKey));
        }
        if !sa.opened && !sa.desperate && sa.try_all(packet, esp.sequence, plain).is_err() {
            sa.despair(keyring, esp.spi);
        }
        match sa.try_all(packet, esp.sequence, plain) {
            Ok(opened) => opened.unsealed(esp, plain),
            Err(fault) => Unsealed::closed(Unsealing::Failed(fault)),
        }
    }

    /// Verifies an AH packet.
    pub(super) fn ah<'a>(
        &mut self,
        _keyring: &Keyring,
        _packet: &Dissection<'a>,
        _ah: &Ah<'a>,
    ) -> Unsealed<'a> {
        Unsealed::closed(Unsealing::NoKey)
    }
}

/// How a packet was opened.
pub(super) struct Opened {
    pub(super) check: Check,
    pub(super) iv: usize,
    pub(super) icv: usize,
    pub(super) derived: bool,
    pub(super) high: Option<u32>,
}

impl EspSa {
    /// The SA, with every key that may be its.
    fn new(
        keyring: &Keyring,
        derived: &HashMap<(SaProtocol, u32), Vec<SaKeys>>,
        spi: u32,
        route: Route,
    ) -> Self {
        let mut sa = Self {
            candidates: Vec::new(),
            unsupported: false,
            opened: false,
            desperate: false,
        };
        let (from, to) = (route.from.ip(), route.to.ip());
        let here = |keys: &SaKeys| {
            let meant = |range: Option<crate::sa::selector::AddressRange>, address| {
                range.is_none_or(|range| range.contains(address))
            };
            meant(keys.source, from) && meant(keys.destination, to)
        };
        let made = derived.get(&(SaProtocol::Esp, spi)).into_iter().flatten();
        let given = || keyring.sas(SaProtocol::Esp, spi);
        let provider = keyring.provider();
        given()
            .filter(|keys| here(keys))
            .for_each(|keys| sa.add(provider, keys, false));
        made.for_each(|keys| sa.add(provider, keys, true));
        given()
            .filter(|keys| !here(keys))
            .for_each(|keys| sa.add(provider, keys, false));
        sa
    }

    /// Adds the algorithms that `keys` can stand for.
    fn add(&mut self, provider: &'static CryptoProvider, keys: &SaKeys, derived: bool) {
        let integrity = match keys.authentication {
            Authentication::Unchecked { icv } => Integrity::Unchecked { icv },
            other => other.mac().map_or(Integrity::None, Integrity::Mac),
        };
        let sequence = match keys.extended_sequence {
            None => Sequence::Unknown,
            Some(false) => Sequence::Short,
            Some(true) => Sequence::Extended,
        };
        let mut served = false;
        for &encryption in &keys.encryption {
            let (encr, integ) = (&keys.encryption_key, &keys.authentication_key);
            let Ok(transform) = EspTransform::new(provider, encryption, integrity, encr, integ)
            else {
                continue;
            };
            served = true;
            if self.candidates.len() < MAX_CANDIDATES {
                self.candidates.push(Candidate {
                    transform,
                    derived,
                    sequence,
                });
            }
        }
        self.unsupported |= !served;
    }

    /// No key for this SPI opens its packets: takes in those for others that
    /// can be told from noise.
    fn despair(&mut self, keyring: &Keyring, spi: u32) {
        self.desperate = true;
        for keys in keyring.other_sas(SaProtocol::Esp, spi).take(MAX_OTHERS) {
            let before = self.candidates.len();
            let unsupported = self.unsupported;
            self.add(keyring.provider(), keys, false);
            self.unsupported = unsupported;
            let added = self.candidates.split_off(before);
            let checked = |c: &Candidate| c.transform.check() == Check::Verified;
            self.candidates.extend(added.into_iter().filter(checked));
        }
    }

    /// Opens `packet` with the first key that can; from then on that key is
    /// the only one.
    fn try_all(
        &mut self,
        packet: &[u8],
        sequence: u32,
        plain: &mut Vec<u8>,
    ) -> Result<Opened, UnsealFault> {
        let mut first = None;
        for (index, candidate) in self.candidates.iter_mut().enumerate() {
            match candidate.open(packet, sequence, plain) {
                Ok(opened) => {
                    if !self.opened {
                        self.candidates.swap(0, index);
                        self.candidates.truncate(1);
                        self.opened = true;
                    }
                    return Ok(opened);
                }
                Err(error) => {
                    first.get_or_insert(error);
                }
            }
        }
        plain.clear();
        Err(match first {
            None => UnsealFault::Unsupported,
            Some(OpenError::TooShort { .. } | OpenError::NotWholeBlocks { .. }) => {
                UnsealFault::Length
            }
            Some(OpenError::Integrity) if self.opened => UnsealFault::WrongIcv,
            Some(OpenError::Padding {
                check: Check::Verified,
            }) => UnsealFault::WrongPadding,
            Some(OpenError::Padding { .. }) if self.opened => UnsealFault::WrongPadding,
            Some(OpenError::Integrity | OpenError::Padding { .. }) => UnsealFault::WrongKey,
        })
    }
}

impl Candidate {
    fn open(
        &mut self,
        packet: &[u8],
        sequence: u32,
        plain: &mut Vec<u8>,
    ) -> Result<Opened, OpenError> {
        let mut error = OpenError::Integrity;
        for high in self.sequence.guesses(sequence) {
            let opened = self.transform.open(packet, high, plain);
            let opened = opened.map(|opened| (opened.check, is_noise(&opened)));
            match opened {
                Ok((Check::Unchecked, true)) => {
                    error = OpenError::Padding {
                        check: Check::Unchecked,
                    };
                }
                Ok((check, _)) => {
                    self.sequence.reached(high, sequence, check);
                    return Ok(self.how(check, high));
                }
                Err(OpenError::Integrity) => {}
                Err(other) => return Err(other),
            }
        }
        Err(error)
    }

    const fn how(&self, check: Check, high: Option<u32>) -> Opened {
        Opened {
            check,
            iv: self.transform.iv_len(),
            icv: self.transform.icv_len(),
            derived: self.derived,
            high,
        }
    }
}

impl Sequence {
    /// Values that the upper half of a packet's sequence number may have, the
    /// likeliest first.
    fn guesses(self, low: u32) -> impl Iterator<Item = Option<u32>> {
        let (short, first, others) = match self {
            Self::Short => (true, None, 0..0),
            Self::Unknown => (true, None, 0..FIRST_HIGHS),
            Self::Extended => (false, None, 0..FIRST_HIGHS),
            Self::Reached(highest) => {
                let high = nearest(highest, low);
                (
                    false,
                    Some(high),
                    high.saturating_sub(1)..high.saturating_add(2),
                )
            }
        };
        let short = short.then_some(None);
        short
            .into_iter()
            .chain(first.into_iter().chain(others).map(Some))
    }

    /// Takes note of a packet that was opened.
    fn reached(&mut self, high: Option<u32>, low: u32, check: Check) {
        *self = match (high, *self) {
            (None, _) if check == Check::Unchecked => *self,
            (None, _) => Self::Short,
            (Some(high), before) => {
                let number = u64::from(high) << 32 | u64::from(low);
                match before {
                    Self::Reached(highest) => Self::Reached(highest.max(number)),
                    Self::Unknown | Self::Short | Self::Extended => Self::Reached(number),
                }
            }
        };
    }
}

/// The upper half that brings `low` nearest to the highest number so far.
fn nearest(highest: u64, low: u32) -> u32 {
    let [high, last] = [highest >> 32, highest & u64::from(u32::MAX)];
    let high = u32::try_from(high).unwrap_or(u32::MAX);
    let last = u32::try_from(last).unwrap_or(u32::MAX);
    let half = u32::MAX / 2;
    if low < last && last.saturating_sub(low) > half {
        high.saturating_add(1)
    } else if low > last && low.saturating_sub(last) > half {
        high.saturating_sub(1)
    } else {
        high
    }
}

/// What was decrypted without any check does not look like the end of an ESP
/// packet.
fn is_noise(opened: &transform::Opened<'_>) -> bool {
    let trailer = &opened.trailer;
    let version = opened.payload.first().map(|first| first >> 4);
    let fits = match trailer.next_header {
        Protocol::IPV4 => version == Some(4),
        Protocol::IPV6 => version == Some(6),
        other => other.name().is_some(),
    };
    !fits || !trailer.counts_up()
}

impl Opened {
    fn unsealed<'a>(self, esp: Esp<'a>, plain: &'a [u8]) -> Unsealed<'a> {
        let state = match self.check {
            Check::Verified => Unsealing::Verified,
            Check::Unchecked => Unsealing::Unchecked,
        };
        let Ok((payload, trailer)) = Trailer::split(plain) else {
            return Unsealed::closed(Unsealing::Failed(UnsealFault::WrongPadding));
        };
        let mut inner = InnerPacket::new(esp.split(self.iv, self.icv), plain, Some(trailer));
        inner.read(trailer.next_header, payload);
        inner.derived = self.derived;
        inner.sequence_high = self.high;
        inner.without_integrity = self.icv == 0;
        Unsealed {
            state,
            inside: Inside::Packet(inner),
            proofs: Vec::new(),
        }
    }
}

impl<'a> InnerPacket<'a> {
    const fn new(
        sealed: Option<Sealed<'a>>,
        plaintext: &'a [u8],
        trailer: Option<Trailer<'a>>,
    ) -> Self {
        Self {
            sealed,
            plaintext,
            trailer,
            ip: None,
            upper: None,
            derived: false,
            sequence_high: None,
            without_integrity: false,
        }
    }

    /// Reads the payload by the protocol that the trailer names.
    fn read(&mut self, next: Protocol, payload: &'a [u8]) {
        match next {
            Protocol::IPV4 | Protocol::IPV6 => {
                self.ip = Packet::decode_lax(payload).ok().map(|(ip, _)| ip);
                self.upper = self.ip.and_then(|ip| ip.upper());
            }
            // A dummy packet (RFC 4303 §2.6).
            Protocol::IPV6_NO_NEXT => {}
            next => self.upper = Some(Upper::read(next, payload)),
        }
    }
}

/// Upper halves of a sequence number that are tried on the first packet.
const FIRST_HIGHS: u32 = 4;

/// Keys that may be those of one SA.
const MAX_CANDIDATES: usize = 16;

/// Keys for other SPIs that are tried when none opens an SA.
const MAX_OTHERS: usize = 64;

/// Directions of SAs whose state is kept; the state of one can be found again
/// from the keys.
const MAX_SAS: usize = 65_536;

/// SPIs of which derived keys are kept.
const MAX_DERIVED: usize = 65_536;
