//! FortiOS: the SAs of `diagnose vpn tunnel list`
//! (`dec: spi=9822756d esp=3des key=24 …`, below it `ah=md5 key=16 …`), and the
//! keys that `diagnose debug application ike -1` prints
//! (`ISAKMP SA cookie/cookie key 24:…`, `IKE SA cookie/cookie SK_ei 32:…`,
//! `IPsec SA dec spi 9822756d key 24:… auth 16:…`).

use super::algorithms::{check_key, check_mac_key, likely_ciphers, likely_integrity};
use super::assembly::{Found, Reader, ikev2_name};
use super::entry::{Ikev1Keys, Ikev2Keys, Keys, SaKeys};
use super::error::LineErrorKind;
use super::format::Format;
use super::hex::{self, Result};
use super::names;
use crate::crypto::Secret;
use crate::sa::selector::AddressRange;
use crate::wire::registry::ike::Encryption;
use alloc::vec::Vec;

#[derive(Debug, Default)]
pub(super) struct FortiOs {
    local: Option<AddressRange>,
    remote: Option<AddressRange>,
    extended_sequence: Option<bool>,
    /// An SA whose integrity key is on the next line.
    open: Option<(usize, SaKeys)>,
}

impl Reader for FortiOs {
    fn line(&mut self, number: usize, text: &str, found: &mut Found) -> bool {
        let text = text.trim();
        if self.open.is_some() {
            if let Some(rest) = text.strip_prefix("ah=") {
                self.integrity(number, rest, found);
                return true;
            }
            self.end(found);
        }
        if text.starts_with("name=") && text.contains("->") {
            self.tunnel(text);
            true
        } else if text.starts_with("SA: ") || text.starts_with("seqno=") {
            self.extended_sequence = match word_after(text, "esn=") {
                Some("1") => Some(true),
                Some("0") => Some(false),
                _ => None, // on the next line
            };
            true
        } else if let Some((way, rest)) = direction(text) {
            self.open_sa(number, way, rest, found);
            true
        } else {
            debug_line(number, text, found)
        }
    }

    fn end(&mut self, found: &mut Found) {
        if let Some((line, sa)) = self.open.take() {
            let aead = sa
                .encryption
                .first()
                .and_then(|id| super::algorithms::sizes(*id))
                .is_some_and(crate::crypto::suite::Cipher::is_aead);
            if aead {
                found.keys(line, Format::FortiOs, Keys::Sa(sa));
            } else {
                found.met(Format::FortiOs);
                found.error(line, ("ah", LineErrorKind::Missing));
            }
        }
    }
}

impl FortiOs {
    /// `name=p1 ver=1 serial=1 192.0.2.10:0->198.51.100.20:0 …`.
    fn tunnel(&mut self, text: &str) {
        (self.local, self.remote) = (None, None);
        let ends = text
            .split_ascii_whitespace()
            .find_map(|word| word.split_once("->"));
        if let Some((local, remote)) = ends {
            let host = |end: &str| end.rsplit_once(':').and_then(|(host, _)| host.parse().ok());
            (self.local, self.remote) = (host(local), host(remote));
        }
    }

    fn open_sa(&mut self, number: usize, way: Way, rest: &str, found: &mut Found) {
        let (source, destination) = match way {
            Way::In => (self.remote, self.local),
            Way::Out => (self.local, self.remote),
        };
        match encryption(rest) {
            Ok((spi, encryption, encryption_key)) => {
                let sa = SaKeys {
                    source,
                    destination,
                    spi: Some(spi),
                    encryption,
                    encryption_key,
                    extended_sequence: self.extended_sequence,
                    ..SaKeys::default()
                };
                self.open = Some((number, sa));
            }
            Err(complaint) => {
                found.met(Format::FortiOs);
                found.error(number, complaint);
            }
        }
    }

    fn integrity(&mut self, number: usize, rest: &str, found: &mut Found) {
        let Some((line, mut sa)) = self.open.take() else {
            return;
        };
        let read = named_key(rest, "ah").and_then(|(name, key)| {
            let unknown = ("ah", LineErrorKind::UnknownAlgorithm);
            let authentication = names::integrity(name, None).ok_or(unknown)?;
            check_mac_key(&key, authentication, "ah")?;
            Ok((authentication, key))
        });
        match read {
            Ok((authentication, key)) => {
                sa.authentication = authentication;
                sa.authentication_key = key;
                found.keys(line, Format::FortiOs, Keys::Sa(sa));
            }
            Err(complaint) => {
                found.met(Format::FortiOs);
                found.error(number, complaint);
            }
        }
    }
}

#[derive(Clone, Copy)]
enum Way {
    In,
    Out,
}

fn direction(text: &str) -> Option<(Way, &str)> {
    let (way, rest) = match text.split_once(": spi=")? {
        ("dec", rest) => (Way::In, rest),
        ("enc", rest) => (Way::Out, rest),
        _ => return None,
    };
    Some((way, rest))
}

/// `9822756d esp=3des key=24 …`.
fn encryption(rest: &str) -> Result<(u32, Vec<Encryption>, Secret)> {
    let (spi, rest) = rest
        .split_once(" esp=")
        .ok_or(("esp", LineErrorKind::Cut))?;
    let spi = hex::spi(spi.trim()).ok_or(("spi", LineErrorKind::NotSpi))?;
    let (name, key) = named_key(rest, "esp")?;
    let (ids, bits) = names::cipher(name).ok_or(("esp", LineErrorKind::UnknownAlgorithm))?;
    check_key(&key, ids, bits, "esp")?;
    Ok((spi, ids.to_vec(), key))
}

/// `3des key=24 …`: a name, a length and as many bytes.
fn named_key<'a>(rest: &'a str, field: &'static str) -> Result<(&'a str, Secret)> {
    let (name, rest) = rest
        .split_once(" key=")
        .ok_or((field, LineErrorKind::Hidden))?;
    let (length, digits) = rest.split_once(' ').unwrap_or((rest, ""));
    Ok((name.trim(), counted(length, digits, field)?))
}

/// So many bytes.
fn counted(length: &str, digits: &str, field: &'static str) -> Result<Secret> {
    let need = length
        .parse::<usize>()
        .map_err(|_| (field, LineErrorKind::Malformed))?;
    let key = hex::secret(digits.trim(), field)?;
    let have = key.len();
    if need != have {
        return Err((field, LineErrorKind::Length { need, have }));
    }
    Ok(key)
}

/// A line of the debug output that holds keys.
fn debug_line(number: usize, text: &str, found: &mut Found) -> bool {
    let head = text.get(..HEAD_MAX).unwrap_or(text);
    let is_debug = head.starts_with("ike ") || head.contains(" ike ");
    if !is_debug {
        return false;
    }
    let keys = if let Some((_, rest)) = text.split_once("ISAKMP SA ") {
        phase1(rest)
    } else if let Some((_, rest)) = text.split_once("IKE SA ") {
        phase1_v2(rest)
    } else if let Some((_, rest)) = text.split_once("IPsec SA ") {
        phase2(rest)
    } else {
        None
    };
    match keys {
        Some(keys) => {
            found.result(number, Format::FortiOs, keys);
            true
        }
        None => false,
    }
}

/// `cookie/cookie key 24:…`.
fn phase1(rest: &str) -> Option<Result<Keys>> {
    let (pair, rest) = rest.split_once(' ')?;
    let (cookie_i, cookie_r) = hex::pair(pair, '/')?;
    let (length, digits) = rest.strip_prefix("key ")?.split_once(':')?;
    Some(counted(length, digits, "key").map(|key| {
        Keys::Ikev1(Ikev1Keys {
            cookie_i: Some(cookie_i),
            cookie_r: Some(cookie_r),
            key: Some(key),
            ..Ikev1Keys::default()
        })
    }))
}

/// `cookie/cookie SK_ei 32:…`, or the two the other way round.
fn phase1_v2(rest: &str) -> Option<Result<Keys>> {
    let mut words = rest.split_ascii_whitespace();
    let (one, two, value) = (words.next()?, words.next()?, words.next()?);
    let (pair, name) = match hex::pair(one, '/') {
        Some(pair) => (pair, ikev2_name(two)?),
        None => (hex::pair(two, '/')?, ikev2_name(one)?),
    };
    let (length, digits) = value.split_once(':')?;
    Some(counted(length, digits, name).map(|key| {
        let mut keys = Ikev2Keys {
            spi_i: Some(pair.0),
            spi_r: Some(pair.1),
            ..Ikev2Keys::default()
        };
        if let Some(slot) = keys.slot(name) {
            *slot = Some(key);
        }
        Keys::Ikev2(keys)
    }))
}

/// `dec spi 9822756d key 24:… auth 16:…`. No algorithm is named; the lengths
/// leave few.
fn phase2(rest: &str) -> Option<Result<Keys>> {
    let mut words = rest.split_ascii_whitespace();
    matches!(words.next()?, "dec" | "enc").then_some(())?;
    (words.next()? == "spi").then_some(())?;
    let spi = hex::spi(words.next()?);
    (words.next()? == "key").then_some(())?;
    let key = words.next()?;
    let auth = match words.next() {
        Some("auth") => words.next().unwrap_or_default(),
        _ => "0:",
    };
    Some(unnamed(spi, key, auth))
}

fn unnamed(spi: Option<u32>, key: &str, auth: &str) -> Result<Keys> {
    let spi = spi.ok_or(("spi", LineErrorKind::NotSpi))?;
    let value = |text: &str, field| {
        let (length, digits) = text.split_once(':').ok_or((field, LineErrorKind::Cut))?;
        counted(length, digits, field)
    };
    let (key, auth) = (value(key, "key")?, value(auth, "auth")?);
    Ok(Keys::Sa(SaKeys {
        spi: Some(spi),
        encryption: likely_ciphers(key.len(), auth.is_empty()),
        authentication: likely_integrity(auth.len()),
        encryption_key: key,
        authentication_key: auth,
        ..SaKeys::default()
    }))
}

fn word_after<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.split_ascii_whitespace()
        .find_map(|word| word.strip_prefix(name))
}

/// Where the mark of a line must stand, in bytes.
const HEAD_MAX: usize = 64;
