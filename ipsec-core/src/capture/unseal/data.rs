//! The ESP and AH SAs (RFC 4303, RFC 4302): those of key logs, and those that
//! an opened exchange created.
//!
//! An SA is put together when its first packet comes, from every key that may
//! be the right one; the one that opens a packet is kept. Keys are tried in
//! this order: those for this SPI and these addresses; those for this SPI (a
//! NAT changes addresses); and at last all others, because a key that stands
//! beside the wrong SPI is a fault that people make.

use super::opened::Opened;
use super::sequence::Sequence;
use super::{Keyring, null};
use crate::capture::dissection::Dissection;
use crate::capture::unsealed::Unsealed;
use crate::crypto::{CryptoProvider, Secret, suite};
use crate::esp::authentication::{AhTransform, VerifyError};
use crate::esp::transform::{self, Check, EspTransform, Integrity, OpenError};
use crate::evidence::{Route, UnsealFault, Unsealing};
use crate::keylog::algorithms::{Authentication, missing_salt};
use crate::keylog::{SaKeys, SaProtocol};
use crate::keymat::salt::gcm_salt;
use crate::sa::selector::AddressRange;
use crate::wire::ah::Ah;
use crate::wire::esp::Esp;
use crate::wire::ip::Packet;
use crate::wire::registry::ike::Encryption;
use crate::wire::registry::ip::Protocol;
use core::net::IpAddr;
use std::collections::HashMap;

/// The SAs that are known.
#[derive(Debug, Default)]
pub(super) struct Sas {
    /// Keys from opened exchanges, by what they are for.
    derived: HashMap<(SaProtocol, u32), Vec<SaKeys>>,
    /// Those whose packets were seen, and where each stands in `sas`.
    known: HashMap<Key, usize>,
    sas: Vec<Sa>,
    /// The one of the last packet, which is mostly that of the next.
    last: Option<(Key, usize)>,
}

/// Protocol, SPI, sender and receiver.
type Key = (SaProtocol, u32, IpAddr, IpAddr);

/// One direction of an SA.
#[derive(Debug)]
struct Sa {
    /// The keys that may be its, until one has opened a packet; then only that.
    candidates: Vec<Candidate>,
    /// Some algorithm could not be set up.
    unsupported: bool,
    opened: bool,
    /// The keys that were looked at: how often some were given, and how many
    /// were derived for it.
    looked_at: (usize, usize),
    /// Keys for other SPIs were tried as well.
    desperate: bool,
}

#[derive(Debug)]
struct Candidate {
    transform: Transform,
    derived: bool,
    sequence: Sequence,
}

/// The keyed algorithms of an SA.
#[derive(Debug)]
enum Transform {
    Esp(EspTransform),
    Ah(AhTransform),
    Unsalted(Unsalted),
}

/// A key of AES-GCM that was logged without its salt; the first packet tells
/// it.
#[derive(Debug)]
struct Unsalted {
    provider: &'static CryptoProvider,
    key: Secret,
}

/// A packet as the algorithms want it.
#[derive(Clone, Copy)]
enum Wire<'a> {
    Esp(Esp<'a>),
    /// The AH packet, and the head of the IP packet around it.
    Ah {
        sequence: u32,
        bytes: &'a [u8],
        ip: Packet<'a>,
    },
}

impl Wire<'_> {
    const fn sequence(&self) -> u32 {
        match self {
            Self::Esp(esp) => esp.sequence,
            Self::Ah { sequence, .. } => *sequence,
        }
    }
}

/// Why a key did not open a packet.
#[derive(Clone, Copy, Debug)]
enum Trouble {
    /// The length is impossible, or it is no packet of that protocol at all.
    Length,
    /// The check value is another.
    Icv,
    /// The padding is impossible, although the check value is right.
    Padding,
    /// There is no check value, and what was decrypted is noise.
    Noise,
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
    }

    /// Opens an ESP packet into `plain`.
    pub(super) fn esp<'a>(
        &mut self,
        keyring: &Keyring,
        route: Route,
        esp: Esp<'a>,
        plain: &'a mut Vec<u8>,
    ) -> Unsealed<'a> {
        plain.clear();
        let Some(sa) = self.sa(keyring, SaProtocol::Esp, esp.spi, route) else {
            return no_key();
        };
        if sa.is_unknown() {
            return null::open(route, esp, plain)
                .map_or_else(no_key, |(opened, plain)| opened.unsealed(esp, plain));
        }
        match sa.open(keyring, SaProtocol::Esp, esp.spi, Wire::Esp(esp), plain) {
            Ok(opened) => opened.unsealed(esp, plain),
            Err(fault) => Unsealed::closed(Unsealing::Failed(fault)),
        }
    }

    /// Verifies an AH packet, with `scratch` to put together what it covers.
    pub(super) fn ah<'a>(
        &mut self,
        keyring: &Keyring,
        packet: &Dissection<'a>,
        ah: &Ah<'a>,
        scratch: &mut Vec<u8>,
    ) -> Unsealed<'a> {
        let Some(sa) = self.sa(keyring, SaProtocol::Ah, ah.spi, packet.route) else {
            return no_key();
        };
        if sa.is_unknown() {
            return no_key();
        }
        let Some(ip) = packet.ip else {
            return no_key();
        };
        let wire = Wire::Ah {
            sequence: ah.sequence,
            bytes: packet.ip_payload(),
            ip,
        };
        match sa.open(keyring, SaProtocol::Ah, ah.spi, wire, scratch) {
            Ok(opened) => opened.authenticated(ah),
            Err(fault) => Unsealed::closed(Unsealing::Failed(fault)),
        }
    }

    /// The SA of these packets, put together if it is new.
    fn sa(
        &mut self,
        keyring: &Keyring,
        protocol: SaProtocol,
        spi: u32,
        route: Route,
    ) -> Option<&mut Sa> {
        let key = (protocol, spi, route.from.ip(), route.to.ip());
        let at = self.place(key);
        let known = self.sas.get(at);
        let derived = self.derived.get(&(protocol, spi));
        let derived = derived.map_or(&[][..], Vec::as_slice);
        let keys = (keyring.revision(), derived.len());
        if known.is_none_or(|sa| !sa.opened && sa.looked_at != keys) {
            let sa = Sa::new(keyring, derived, protocol, spi, route);
            match self.sas.get_mut(at) {
                Some(known) => *known = sa,
                None => self.sas.push(sa),
            }
        }
        self.last = Some((key, at));
        self.sas.get_mut(at)
    }

    /// Where the SA of `key` stands, or will.
    fn place(&mut self, key: Key) -> usize {
        if let Some((last, at)) = self.last
            && last == key
        {
            return at;
        }
        if self.sas.len() >= MAX_SAS && !self.known.contains_key(&key) {
            self.known.clear();
            self.sas.clear();
        }
        let next = self.sas.len();
        *self.known.entry(key).or_insert(next)
    }
}

const fn no_key<'a>() -> Unsealed<'a> {
    Unsealed::closed(Unsealing::NoKey)
}

impl Sa {
    /// The SA, with every key that may be its.
    fn new(
        keyring: &Keyring,
        derived: &[SaKeys],
        protocol: SaProtocol,
        spi: u32,
        route: Route,
    ) -> Self {
        let mut sa = Self {
            candidates: Vec::new(),
            unsupported: false,
            opened: false,
            looked_at: (keyring.revision(), derived.len()),
            desperate: false,
        };
        let here = |keys: &&SaKeys| {
            let meant = |range: Option<AddressRange>, address| {
                range.is_none_or(|range| range.contains(address))
            };
            meant(keys.source, route.from.ip()) && meant(keys.destination, route.to.ip())
        };
        let provider = keyring.provider();
        let given = || keyring.sas(protocol, spi);
        for keys in given().filter(here) {
            sa.add(provider, keys, false);
        }
        for keys in derived {
            sa.add(provider, keys, true);
        }
        for keys in given().filter(|keys| !here(keys)) {
            sa.add(provider, keys, false);
        }
        sa
    }

    /// No key at all is known for it.
    const fn is_unknown(&self) -> bool {
        self.candidates.is_empty() && !self.unsupported
    }

    /// Adds the algorithms that `keys` can stand for.
    fn add(&mut self, provider: &'static CryptoProvider, keys: &SaKeys, derived: bool) {
        let sequence = match keys.extended_sequence {
            None => Sequence::Unknown,
            Some(false) => Sequence::Short,
            Some(true) => Sequence::Extended,
        };
        let transforms = Transform::all(provider, keys);
        self.unsupported |= transforms.is_empty();
        let room = MAX_CANDIDATES.saturating_sub(self.candidates.len());
        let candidates = transforms.into_iter().map(|transform| Candidate {
            transform,
            derived,
            sequence,
        });
        self.candidates.extend(candidates.take(room));
    }

    /// Opens `wire`; if no key for this SPI does, those for others are tried.
    fn open(
        &mut self,
        keyring: &Keyring,
        protocol: SaProtocol,
        spi: u32,
        wire: Wire<'_>,
        plain: &mut Vec<u8>,
    ) -> Result<Opened, UnsealFault> {
        let first = self.try_all(wire, plain);
        if first.is_ok() || self.opened || self.desperate {
            return first;
        }
        self.desperate = true;
        let provider = keyring.provider();
        let others = keyring.other_sas(protocol, spi).take(MAX_OTHERS);
        let others = others.flat_map(|keys| {
            let sequence = Sequence::Unknown;
            let all = Transform::all(provider, keys).into_iter();
            all.map(move |transform| Candidate {
                transform,
                derived: false,
                sequence,
            })
        });
        // Without a check value noise could pass for a packet.
        let mut others = others.filter(|other| other.transform.check() == Check::Verified);
        let found = others.find_map(|mut other| {
            let opened = other.open(wire, plain).ok()?;
            Some((opened, other))
        });
        let Some((opened, other)) = found else {
            return first;
        };
        self.candidates = vec![other];
        self.opened = true;
        Ok(opened)
    }

    /// Opens `wire` with the first key that can; from then on that key is
    /// the only one.
    fn try_all(&mut self, wire: Wire<'_>, plain: &mut Vec<u8>) -> Result<Opened, UnsealFault> {
        let mut first = None;
        for (index, candidate) in self.candidates.iter_mut().enumerate() {
            match candidate.open(wire, plain) {
                Ok(opened) => {
                    if !self.opened {
                        self.candidates.swap(0, index);
                        self.candidates.truncate(1);
                        self.opened = true;
                    }
                    return Ok(opened);
                }
                Err(trouble) => {
                    first.get_or_insert(trouble);
                }
            }
        }
        plain.clear();
        Err(match first {
            None => UnsealFault::Unsupported,
            Some(Trouble::Length) => UnsealFault::Length,
            Some(Trouble::Padding) => UnsealFault::WrongPadding,
            Some(Trouble::Icv) if self.opened => UnsealFault::WrongIcv,
            Some(Trouble::Noise) if self.opened => UnsealFault::WrongPadding,
            Some(Trouble::Icv | Trouble::Noise) => UnsealFault::WrongKey,
        })
    }
}

impl Candidate {
    fn open(&mut self, wire: Wire<'_>, plain: &mut Vec<u8>) -> Result<Opened, Trouble> {
        for high in self.sequence.guesses(wire.sequence()) {
            self.transform.complete(wire, high);
            match self.transform.open(wire, high, plain) {
                Ok(check) => {
                    self.sequence.reached(high, wire.sequence(), check);
                    return Ok(Opened {
                        check,
                        iv: self.transform.iv_len(),
                        icv: self.transform.icv_len(),
                        derived: self.derived,
                        high,
                    });
                }
                Err(Trouble::Icv) => {}
                Err(other) => return Err(other),
            }
        }
        Err(Trouble::Icv)
    }
}

impl Transform {
    /// All that `keys` can stand for: a name may leave the length of the check
    /// value open.
    fn all(provider: &'static CryptoProvider, keys: &SaKeys) -> Vec<Self> {
        let (encr, integ) = (&keys.encryption_key, &keys.authentication_key);
        if keys.protocol == SaProtocol::Ah {
            let mac = keys.authentication.mac();
            let transform = mac.and_then(|mac| AhTransform::new(provider, mac, integ).ok());
            return transform.into_iter().map(Self::Ah).collect();
        }
        let integrity = match keys.authentication {
            Authentication::Unchecked { icv } => Integrity::Unchecked { icv },
            Authentication::None | Authentication::Ikev2(_) | Authentication::Ikev1(_) => {
                let mac = keys.authentication.mac();
                mac.map_or(Integrity::None, Integrity::Mac)
            }
        };
        let transforms = keys.encryption.iter().filter_map(|&encryption| {
            EspTransform::new(provider, encryption, integrity, encr, integ).ok()
        });
        let unsalted = || {
            let is_unsalted = keys.encryption.contains(&GCM) && missing_salt(GCM, encr).is_some();
            let key = Secret::new(encr.dangerous_bytes().to_vec());
            is_unsalted.then_some(Self::Unsalted(Unsalted { provider, key }))
        };
        transforms.map(Self::Esp).chain(unsalted()).collect()
    }

    /// Adds the salt that `wire` tells, where it is missing.
    fn complete(&mut self, wire: Wire<'_>, high: Option<u32>) {
        if let (Self::Unsalted(unsalted), Wire::Esp(esp)) = (&*self, wire)
            && let Some(transform) = unsalted.salted(esp, high)
        {
            *self = Self::Esp(transform);
        }
    }

    const fn check(&self) -> Check {
        match self {
            Self::Esp(transform) => transform.check(),
            Self::Ah(_) | Self::Unsalted(_) => Check::Verified,
        }
    }

    const fn iv_len(&self) -> usize {
        match self {
            Self::Esp(transform) => transform.iv_len(),
            Self::Ah(_) | Self::Unsalted(_) => 0,
        }
    }

    const fn icv_len(&self) -> usize {
        match self {
            Self::Esp(transform) => transform.icv_len(),
            Self::Ah(_) | Self::Unsalted(_) => 0,
        }
    }

    fn open(
        &self,
        wire: Wire<'_>,
        high: Option<u32>,
        plain: &mut Vec<u8>,
    ) -> Result<Check, Trouble> {
        match (self, wire) {
            (Self::Esp(transform), Wire::Esp(esp)) => {
                let opened = transform.open(&esp, high, plain)?;
                match opened.check {
                    Check::Unchecked if is_noise(&opened) => Err(Trouble::Noise),
                    Check::Verified | Check::Unchecked => Ok(opened.check),
                }
            }
            (Self::Ah(transform), Wire::Ah { bytes, ip, .. }) => {
                transform.verify(&ip, bytes, high, plain)?;
                Ok(Check::Verified)
            }
            (Self::Unsalted(_), Wire::Esp(_)) => Err(Trouble::Icv),
            (Self::Esp(_) | Self::Unsalted(_), Wire::Ah { .. }) | (Self::Ah(_), Wire::Esp(_)) => {
                Err(Trouble::Length)
            }
        }
    }
}

impl Unsalted {
    /// The additional data is that of RFC 4106 §5.
    fn salted(&self, esp: Esp<'_>, high: Option<u32>) -> Option<EspTransform> {
        let sizes = suite::encryption(GCM)?;
        let (iv, rest) = esp.rest.split_at_checked(sizes.iv)?;
        let (text, icv) = rest.split_at_checked(rest.len().checked_sub(sizes.icv)?)?;
        let high = high.map(u32::to_be_bytes);
        let aad = [
            &esp.spi.to_be_bytes()[..],
            high.as_ref().map_or(&[], <[u8; 4]>::as_slice),
            &esp.sequence.to_be_bytes(),
        ];
        let key = self.key.dangerous_bytes();
        let salt = gcm_salt(self.provider, key, iv, &aad, text, icv)?;
        let whole = Secret::new([key, salt.dangerous_bytes()].concat());
        let none = Secret::new(Vec::new());
        EspTransform::new(self.provider, GCM, Integrity::None, &whole, &none).ok()
    }
}

impl From<OpenError> for Trouble {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::TooShort { .. } | OpenError::NotWholeBlocks { .. } => Self::Length,
            OpenError::Integrity => Self::Icv,
            OpenError::Padding {
                check: Check::Verified,
            } => Self::Padding,
            OpenError::Padding {
                check: Check::Unchecked,
            } => Self::Noise,
        }
    }
}

impl From<VerifyError> for Trouble {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::Integrity => Self::Icv,
            VerifyError::NotAh
            | VerifyError::Fragment
            | VerifyError::TooShort { .. }
            | VerifyError::TooLong
            | VerifyError::Malformed(_)
            | VerifyError::IcvLength { .. } => Self::Length,
        }
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

/// Keys that may be those of one SA.
const MAX_CANDIDATES: usize = 16;

/// Keys for other SPIs that are tried when none opens an SA.
const MAX_OTHERS: usize = 64;

/// Directions of SAs whose state is kept; the state of one can be found again
/// from the keys.
const MAX_SAS: usize = 65_536;

/// SPIs of which derived keys are kept.
const MAX_DERIVED: usize = 65_536;

const GCM: Encryption = Encryption::ENCR_AES_GCM_16;
