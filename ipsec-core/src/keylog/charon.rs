//! strongSwan's charon with `ike = 4` and `chd = 4`: a key is a line
//! `Sk_ei secret => 32 bytes @ 0x…` and lines of hexadecimal below it, all of
//! one thread.
//!
//! Whose keys they are is told by other lines of the same SA: the proposal that
//! was selected, the SPIs in the hashed text of NAT detection or in the dump of
//! a packet, the SPIs of the CHILD_SA when it is installed. Keys derived while
//! an SA is rekeyed are logged under the name of the old one; their SPIs stay
//! unknown.

use super::algorithms::{Authentication, check_key, check_mac_key};
use super::assembly::{Dump, Found, Reader, ikev1_name, ikev2_name};
use super::entry::{Ikev1Keys, Ikev2Keys, KeyExchangeSecret, Keys, SaKeys, SaProtocol};
use super::format::Format;
use super::hex::{self, Result};
use super::names::{self, Suite};
use crate::crypto::Secret;
use crate::sa::selector::AddressRange;
use crate::sorted::Map;
use alloc::string::String;
use alloc::vec::Vec;
use core::net::IpAddr;

#[derive(Debug, Default)]
pub(super) struct Charon {
    threads: Map<u32, Thread>,
    sas: Map<String, IkeSa>,
}

#[derive(Debug, Default)]
struct Thread {
    dump: Option<(String, Dump)>,
    /// Whether the message in hand is a request of the peer.
    answering: Option<bool>,
}

/// What is known under one `<name|number>`.
#[derive(Debug, Default)]
struct IkeSa {
    ike: Suite,
    child: Suite,
    spis: Option<([u8; 8], [u8; 8])>,
    /// Whether keys were derived before, and these are then another SA's.
    derived: bool,
    v1: Option<(usize, Ikev1Keys)>,
    v2: Option<(usize, Ikev2Keys)>,
    pair: Option<ChildPair>,
    inbound: bool,
}

/// The keys of two SAs, by who began the exchange.
#[derive(Debug, Default)]
struct ChildPair {
    line: usize,
    suite: Suite,
    answering: Option<bool>,
    keys: [Option<Secret>; 4],
    inbound: Option<Place>,
    outbound: Option<Place>,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    spi: u32,
    addresses: Option<(IpAddr, IpAddr)>,
}

impl Reader for Charon {
    fn line(&mut self, number: usize, text: &str, found: &mut Found) -> bool {
        let Some(line) = prefix(text) else {
            return false;
        };
        if self.threads.len() >= THREADS_MAX && !self.threads.contains_key(&line.thread) {
            return true;
        }
        let thread = self.threads.entry(line.thread).or_default();
        if let Some((sa, mut dump)) = thread.dump.take() {
            if dump_digits(line.text).is_some_and(|digits| dump.add(digits)) {
                if dump.is_whole() {
                    self.deliver(line.thread, &sa, dump, found);
                } else {
                    thread.dump = Some((sa, dump));
                }
                return true;
            }
            self.deliver(line.thread, &sa, dump, found);
        }
        if let Some((label, need)) = dump_head(line.text) {
            if let Some(field) = field(label)
                && let Some(thread) = self.threads.get_mut(&line.thread)
            {
                let dump = Dump::new(field, number, Some(need));
                thread.dump = Some((String::from(line.sa), dump));
            }
        } else {
            self.say(&line);
        }
        true
    }

    fn end(&mut self, found: &mut Found) {
        let threads = core::mem::take(&mut self.threads);
        for (thread, state) in threads {
            if let Some((sa, dump)) = state.dump {
                self.deliver(thread, &sa, dump, found);
            }
        }
        for (_, mut sa) in core::mem::take(&mut self.sas) {
            sa.flush_ike(found);
            sa.flush_pair(found);
        }
    }
}

impl Charon {
    /// A line that is no dump.
    fn say(&mut self, line: &Line<'_>) {
        let text = line.text.trim_start();
        let answering = message_in_hand(text);
        if answering.is_some()
            && let Some(thread) = self.threads.get_mut(&line.thread)
        {
            thread.answering = answering;
            return;
        }
        if !TOLD_BY.iter().any(|start| text.contains(start)) {
            return;
        }
        let Some(sa) = self.sa(line.sa) else {
            return;
        };
        if let Some(list) = text.strip_prefix("selected proposal: ") {
            let suite = names::suite(list.trim(), '/');
            if list.starts_with("IKE:") {
                sa.ike = suite;
            } else {
                sa.child = suite;
            }
        } else if let Some((inbound, outbound)) = established(text) {
            sa.place(inbound, true);
            sa.place(outbound, false);
        } else if text.starts_with("adding inbound ") || text.starts_with("adding outbound ") {
            sa.inbound = text.starts_with("adding inbound ");
        } else if let Some(place) = installed(text) {
            sa.place(Some(place), sa.inbound);
        }
    }

    fn deliver(&mut self, thread: u32, sa: &str, dump: Dump, found: &mut Found) {
        let answering = self.threads.get(&thread).and_then(|it| it.answering);
        let (line, field) = (dump.line, dump.field);
        let secret = match dump.done() {
            Ok(secret) => secret,
            // A packet or a hashed text that is cut says nothing of keys.
            Err(_) if field == PACKET || field == NATD => return,
            Err(complaint) => {
                found.met(Format::Charon);
                found.error(line, complaint);
                return;
            }
        };
        if let Some(sa) = self.sa(sa) {
            sa.take(line, field, secret, answering, found);
        }
    }

    fn sa(&mut self, name: &str) -> Option<&mut IkeSa> {
        if self.sas.len() >= SAS_MAX && !self.sas.contains_key(name) {
            return None;
        }
        Some(self.sas.entry(String::from(name)).or_default())
    }
}

impl IkeSa {
    fn take(
        &mut self,
        line: usize,
        field: &'static str,
        secret: Secret,
        answering: Option<bool>,
        found: &mut Found,
    ) {
        if field == NATD || field == PACKET {
            self.learn_spis(secret.dangerous_bytes(), field == PACKET);
        } else if field == SHARED {
            let (spi_i, spi_r) = self.known_spis();
            let shared = KeyExchangeSecret {
                spi_i,
                spi_r,
                group: self.ike.group.filter(|_| !self.derived),
                shared: Some(secret),
                ..KeyExchangeSecret::default()
            };
            found.keys(line, Format::Charon, Keys::KeyExchange(shared));
        } else if let Some(index) = CHILD_KEYS.iter().position(|name| *name == field) {
            self.child_key(line, index, secret, answering, found);
        } else if field == IV {
            let iv = secret.dangerous_bytes().to_vec();
            if let Some((_, keys)) = &mut self.v1 {
                keys.iv = Some(iv);
            }
        } else {
            self.ike_key(line, field, secret, found);
        }
    }

    fn ike_key(&mut self, line: usize, field: &'static str, secret: Secret, found: &mut Found) {
        if field == "SKEYSEED" || field == "SKEYID" {
            self.flush_ike(found);
        }
        if ikev2_name(field).is_some() {
            let (_, keys) = self.v2.get_or_insert_with(|| (line, Ikev2Keys::default()));
            if let Some(slot) = keys.slot(field) {
                *slot = Some(secret);
            }
        } else {
            let (_, keys) = self.v1.get_or_insert_with(|| (line, Ikev1Keys::default()));
            if let Some(slot) = keys.slot(field) {
                *slot = Some(secret);
            }
        }
    }

    fn flush_ike(&mut self, found: &mut Found) {
        let (spi_i, spi_r) = self.known_spis();
        let encryption = self.ike.ciphers.first().copied();
        if let Some((line, mut keys)) = self.v1.take() {
            self.derived = true;
            (keys.cookie_i, keys.cookie_r) = (spi_i, spi_r);
            (keys.encryption, keys.prf) = (encryption, self.ike.prf);
            found.keys(line, Format::Charon, Keys::Ikev1(keys));
        }
        if let Some((line, mut keys)) = self.v2.take() {
            self.derived = true;
            (keys.spi_i, keys.spi_r) = (spi_i, spi_r);
            (keys.encryption, keys.prf) = (encryption, self.ike.prf);
            keys.authentication = self.ike.authentication;
            found.keys(line, Format::Charon, Keys::Ikev2(keys));
        }
    }

    /// The SPIs, where they can only be those of the keys in the making.
    fn known_spis(&self) -> (Option<[u8; 8]>, Option<[u8; 8]>) {
        let told = |spi: [u8; 8]| (spi != [0; 8]).then_some(spi);
        match self.spis {
            Some((spi_i, spi_r)) if !self.derived => (told(spi_i), told(spi_r)),
            _ => (None, None),
        }
    }

    /// Both begin with the two SPIs; a packet has them behind a non-ESP marker
    /// if it comes from port 4500.
    fn learn_spis(&mut self, bytes: &[u8], packet: bool) {
        let bytes = match bytes {
            [0, 0, 0, 0, rest @ ..] if packet => rest,
            bytes => bytes,
        };
        let version = bytes.get(17).map(|byte| byte >> 4);
        if packet && !matches!(version, Some(1 | 2)) {
            return;
        }
        if let Some((spi_i, rest)) = bytes.split_first_chunk()
            && let Some(spi_r) = rest.first_chunk::<8>()
            && (*spi_r != [0; 8] || self.spis.is_none())
        {
            self.spis = Some((*spi_i, *spi_r));
        }
    }

    fn child_key(
        &mut self,
        line: usize,
        index: usize,
        secret: Secret,
        answering: Option<bool>,
        found: &mut Found,
    ) {
        let over = self.pair.as_ref().is_some_and(|pair| {
            pair.outbound.is_some() || pair.keys.get(index).is_some_and(Option::is_some)
        });
        if over {
            self.flush_pair(found);
        }
        let pair = self.pair.get_or_insert_with(|| ChildPair {
            line,
            suite: self.child.clone(),
            answering,
            ..ChildPair::default()
        });
        if let Some(slot) = pair.keys.get_mut(index) {
            *slot = Some(secret);
        }
    }

    fn place(&mut self, place: Option<Place>, inbound: bool) {
        let (Some(pair), Some(place)) = (&mut self.pair, place) else {
            return;
        };
        let known = if inbound {
            &mut pair.inbound
        } else {
            &mut pair.outbound
        };
        // The line that tells addresses comes first, if at all.
        known.get_or_insert(place);
    }

    fn flush_pair(&mut self, found: &mut Found) {
        let Some(pair) = self.pair.take() else {
            return;
        };
        let [encryption_i, encryption_r, integrity_i, integrity_r] = pair.keys;
        // The initiator's keys protect what the initiator sends.
        let (of_initiator, of_responder) = match pair.answering {
            Some(true) => (pair.inbound, pair.outbound),
            Some(false) => (pair.outbound, pair.inbound),
            None => (None, None),
        };
        for (place, encryption, integrity) in [
            (of_initiator, encryption_i, integrity_i),
            (of_responder, encryption_r, integrity_r),
        ] {
            if encryption.is_none() && integrity.is_none() {
                continue;
            }
            let keys = one_way(&pair.suite, place, encryption, integrity);
            found.result(pair.line, Format::Charon, keys);
        }
    }
}

fn one_way(
    suite: &Suite,
    place: Option<Place>,
    encryption: Option<Secret>,
    integrity: Option<Secret>,
) -> Result<Keys> {
    let none = || Secret::new(Vec::new());
    let (encryption, integrity) = (
        encryption.unwrap_or_else(none),
        integrity.unwrap_or_else(none),
    );
    let authentication = suite.authentication.unwrap_or(Authentication::None);
    check_mac_key(&integrity, authentication, "integrity key")?;
    check_key(&encryption, suite.ciphers, None, "encryption key")?;
    let host = |address: IpAddr| AddressRange::new(address, address);
    let addresses = place.and_then(|place| place.addresses);
    Ok(Keys::Sa(SaKeys {
        protocol: match suite.ah {
            true => SaProtocol::Ah,
            false => SaProtocol::Esp,
        },
        source: addresses.and_then(|(source, _)| host(source)),
        destination: addresses.and_then(|(_, destination)| host(destination)),
        spi: place.map(|place| place.spi),
        encryption: suite.ciphers.to_vec(),
        authentication,
        encryption_key: encryption,
        authentication_key: integrity,
        extended_sequence: suite.extended_sequence,
        ..SaKeys::default()
    }))
}

struct Line<'a> {
    thread: u32,
    sa: &'a str,
    text: &'a str,
}

/// `… 11[IKE] <tun|1> text`.
fn prefix(text: &str) -> Option<Line<'_>> {
    let head: &str = text.get(..HEAD_MAX).unwrap_or(text);
    head.match_indices('[').find_map(|(open, _)| {
        let (before, group) = text.split_at_checked(open)?;
        let (group, rest) = group.strip_prefix('[')?.split_once("] ")?;
        let digits = before.trim_end_matches(|c: char| c.is_ascii_digit()).len();
        let thread = before.get(digits..)?;
        let is_group = group.len() == 3 && group.bytes().all(|c| c.is_ascii_uppercase());
        if !is_group || !(2..=5).contains(&thread.len()) {
            return None;
        }
        let thread = thread.parse().ok()?;
        let named = rest.strip_prefix('<').and_then(|it| it.split_once("> "));
        let (sa, text) = named.unwrap_or(("", rest));
        Some(Line { thread, sa, text })
    })
}

/// `Sk_ei secret => 32 bytes @ 0x7f53fc0132f0`.
fn dump_head(text: &str) -> Option<(&str, usize)> {
    let (label, rest) = text.split_once(" => ")?;
    let (number, rest) = rest.split_once(' ')?;
    rest.starts_with("bytes").then_some(())?;
    Some((label.trim(), number.parse().ok()?))
}

/// `   0: 60 64 42 D3 …  .dB.`: the digits, without the characters.
fn dump_digits(text: &str) -> Option<&str> {
    let (offset, rest) = text.trim_start().split_once(": ")?;
    offset.parse::<u16>().ok()?;
    let end = rest.find("  ").unwrap_or(rest.len());
    let digits = rest.get(..end)?;
    digits.get(..digits.len().min(DIGITS_MAX))
}

/// What is dumped under that label, if it is wanted.
fn field(label: &str) -> Option<&'static str> {
    if let Some(name) = label.strip_suffix(" secret").and_then(ikev2_name) {
        return Some(name);
    }
    Some(match label {
        "SKEYSEED" => "SKEYSEED",
        "shared Diffie Hellman secret" | "key exchange secret" => SHARED,
        "encryption key Ka" => "Ka",
        "initial IV" => IV,
        "natd_chunk" => NATD,
        "received packet" | "sending packet" => PACKET,
        _ => {
            let child = CHILD_KEYS.iter().find(|name| **name == label).copied();
            return child.or_else(|| ikev1_name(label));
        }
    })
}

/// Whether a line says that a request, or a response, is being handled.
fn message_in_hand(text: &str) -> Option<bool> {
    let rest = text.strip_prefix("parsed ")?;
    let mut words = rest.split(' ');
    words.next()?;
    match words.next()? {
        "request" => Some(true),
        "response" => Some(false),
        _ => None,
    }
}

/// `CHILD_SA net{1} established with SPIs ee49cdba_i 04a5b1f0_o and TS …`.
fn established(text: &str) -> Option<(Option<Place>, Option<Place>)> {
    let (_, rest) = text.split_once("established with SPIs ")?;
    let (mut inbound, mut outbound) = (None, None);
    for word in rest.split(' ').take(2) {
        let place = |spi| Place {
            spi,
            addresses: None,
        };
        if let Some(spi) = word.strip_suffix("_i").and_then(hex::spi) {
            inbound = Some(place(spi));
        } else if let Some(spi) = word.strip_suffix("_o").and_then(hex::spi) {
            outbound = Some(place(spi));
        }
    }
    Some((inbound, outbound))
}

/// `SPI 0xee49cdba, src 198.51.100.20 dst 192.0.2.10`.
fn installed(text: &str) -> Option<Place> {
    let rest = text.strip_prefix("SPI ")?;
    let (spi, rest) = rest.split_once(", src ")?;
    let (source, destination) = rest.split_once(" dst ")?;
    let destination = destination.split(' ').next()?;
    Some(Place {
        spi: hex::spi(spi)?,
        addresses: Some((source.parse().ok()?, destination.parse().ok()?)),
    })
}

const NATD: &str = "natd_chunk";
const PACKET: &str = "packet";
const SHARED: &str = "shared secret";
const IV: &str = "initial IV";

const CHILD_KEYS: [&str; 4] = [
    "encryption initiator key",
    "encryption responder key",
    "integrity initiator key",
    "integrity responder key",
];

/// What the lines hold that tell whose keys they are.
const TOLD_BY: [&str; 4] = ["selected proposal: ", "established with", "adding ", "SPI "];

/// Where the mark of a line must stand, in bytes.
const HEAD_MAX: usize = 256;

/// Digits of one line of a dump, blanks included.
const DIGITS_MAX: usize = 47;

/// Threads of one log that are followed.
const THREADS_MAX: usize = 1_024;

/// SAs of one log that are followed.
const SAS_MAX: usize = 16_384;
