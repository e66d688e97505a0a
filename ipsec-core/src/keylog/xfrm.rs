//! What kernels print of their SAs: `ip xfrm state` (iproute2) and
//! `setkey -D` (ipsec-tools). An SA begins with a line of its two addresses;
//! what follows is indented.

use super::algorithms::{check_key, check_mac_key, with_icv};
use super::assembly::{Found, Reader};
use super::entry::{Keys, SaKeys, SaMode, SaProtocol, UdpEncapsulation};
use super::error::LineErrorKind;
use super::format::Format;
use super::hex::{self, Complaint, Result};
use super::names;
use crate::crypto::Secret;
use crate::sa::selector::AddressRange;
use alloc::vec::Vec;
use core::net::IpAddr;

#[derive(Debug, Default)]
pub(super) struct Xfrm {
    open: Option<Open>,
}

/// An SA whose lines are being read.
#[derive(Debug)]
struct Open {
    line: usize,
    format: Format,
    sa: SaKeys,
    fault: Option<(usize, Complaint)>,
    has_keys: bool,
}

impl Reader for Xfrm {
    fn line(&mut self, number: usize, text: &str, found: &mut Found) -> bool {
        if let Some((format, source, destination)) = heading(text) {
            self.end(found);
            self.open = Some(Open {
                line: number,
                format,
                sa: SaKeys {
                    source: host(source),
                    destination: host(destination),
                    ..SaKeys::default()
                },
                fault: None,
                has_keys: false,
            });
            return true;
        }
        let indented = text.starts_with([' ', '\t']);
        let Some(open) = self.open.as_mut().filter(|_| indented) else {
            self.end(found);
            return false;
        };
        let read = if open.format == Format::IpXfrm {
            xfrm_line(text, open)
        } else {
            setkey_line(text, open)
        };
        if let Err(complaint) = read {
            open.fault.get_or_insert((number, complaint));
        }
        true
    }

    fn end(&mut self, found: &mut Found) {
        let Some(open) = self.open.take() else {
            return;
        };
        match open.fault {
            Some((line, complaint)) => {
                found.met(open.format);
                found.error(line, complaint);
            }
            None if open.has_keys && open.sa.spi.is_some() => {
                found.keys(open.line, open.format, Keys::Sa(open.sa));
            }
            // A policy, or an SA of IPComp or of no algorithm.
            None if open.sa.spi.is_none() || open.sa.spi == Some(0) => {}
            None => {
                found.met(open.format);
                found.error(open.line, ("key", LineErrorKind::Missing));
            }
        }
    }
}

/// `src A dst B` of ip, `A B` of setkey.
fn heading(text: &str) -> Option<(Format, IpAddr, IpAddr)> {
    if text.starts_with([' ', '\t', '#']) {
        return None;
    }
    let text = text.strip_prefix("Updated ").unwrap_or(text);
    let mut words = text.split_ascii_whitespace();
    let first = words.next()?;
    if first == "src" {
        let source = words.next()?.parse().ok()?;
        (words.next()? == "dst").then_some(())?;
        return Some((Format::IpXfrm, source, words.next()?.parse().ok()?));
    }
    let bare = |word: &str| word.split('[').next()?.parse().ok();
    let found = (Format::Setkey, bare(first)?, bare(words.next()?)?);
    words.next().is_none().then_some(found)
}

fn xfrm_line(text: &str, open: &mut Open) -> Result<()> {
    let mut words = text.split_ascii_whitespace();
    let sa = &mut open.sa;
    match words.next().unwrap_or_default() {
        "proto" => proto(words.next(), words, sa),
        "replay-window" | "flag" => {
            if words.any(|word| word == "esn") {
                sa.extended_sequence = Some(true);
            }
            Ok(())
        }
        "anti-replay" if words.next() == Some("esn") => {
            sa.extended_sequence = Some(true);
            Ok(())
        }
        "auth" => {
            open.has_keys = true;
            auth("auth", words, sa)
        }
        "auth-trunc" => {
            open.has_keys = true;
            auth("auth-trunc", words, sa)
        }
        "enc" => {
            open.has_keys = true;
            enc("enc", words, sa)
        }
        "aead" => {
            open.has_keys = true;
            enc("aead", words, sa)
        }
        "encap" => {
            sa.encapsulation = encapsulation(words);
            Ok(())
        }
        "sel" => {
            sa.selector = selector(words);
            Ok(())
        }
        _ => Ok(()),
    }
}

/// `esp spi 0x00001001 reqid 1 mode tunnel`.
fn proto<'a>(
    protocol: Option<&str>,
    words: impl Iterator<Item = &'a str>,
    sa: &mut SaKeys,
) -> Result<()> {
    sa.protocol = match protocol {
        Some("esp") => SaProtocol::Esp,
        Some("ah") => SaProtocol::Ah,
        _ => return Ok(()),
    };
    let mut before = "";
    for word in words {
        match before {
            "spi" => {
                let number = word.split('(').next().unwrap_or_default();
                sa.spi = Some(hex::spi(number).ok_or(("spi", LineErrorKind::NotSpi))?);
            }
            "mode" => sa.mode = mode(word),
            _ => {}
        }
        before = word;
    }
    if sa.spi.is_none() {
        return Err(("spi", LineErrorKind::Missing));
    }
    Ok(())
}

fn mode(word: &str) -> Option<SaMode> {
    match word {
        "tunnel" => Some(SaMode::Tunnel),
        "transport" => Some(SaMode::Transport),
        "beet" => Some(SaMode::Beet),
        _ => None,
    }
}

/// `hmac(sha256) 0x… (256 bits) 128`.
fn auth<'a>(
    field: &'static str,
    mut words: impl Iterator<Item = &'a str>,
    sa: &mut SaKeys,
) -> Result<()> {
    let name = words.next().ok_or((field, LineErrorKind::Cut))?;
    let (key, bits) = key_and_bits(words, field)?;
    let bits = bits.filter(|_| field == "auth-trunc");
    sa.authentication =
        names::integrity(name, bits).ok_or((field, LineErrorKind::UnknownAlgorithm))?;
    check_mac_key(&key, sa.authentication, field)?;
    sa.authentication_key = key;
    Ok(())
}

/// `cbc(aes) 0x… (256 bits)`, `rfc4106(gcm(aes)) 0x… (160 bits) 128`.
fn enc<'a>(
    field: &'static str,
    mut words: impl Iterator<Item = &'a str>,
    sa: &mut SaKeys,
) -> Result<()> {
    let name = words.next().ok_or((field, LineErrorKind::Cut))?;
    let (key, bits) = key_and_bits(words, field)?;
    let (ids, _) = names::cipher(name).ok_or((field, LineErrorKind::UnknownAlgorithm))?;
    let icv = bits.map(|bits| usize::from(bits / 8));
    sa.encryption = with_icv(ids, icv.filter(|_| field == "aead"));
    check_key(&key, &sa.encryption, None, field)?;
    sa.encryption_key = key;
    Ok(())
}

/// The key, and the length of the check value behind it. The key stands in
/// hexadecimal behind `0x`, or as nothing where it is empty; `-s` adds its
/// length in parentheses.
fn key_and_bits<'a>(
    words: impl Iterator<Item = &'a str>,
    field: &'static str,
) -> Result<(Secret, Option<u16>)> {
    let mut key = None;
    let mut bits = None;
    let mut said = None;
    for word in words {
        if word.starts_with("<<") {
            return Err((field, LineErrorKind::Hidden));
        }
        if let Some(length) = word.strip_prefix('(') {
            said = length.parse::<usize>().ok();
        } else if word == "bits)" {
        } else if key.is_none() && (word.starts_with("0x") || word.len() > 4) {
            key = Some(hex::secret(word, field)?);
        } else {
            bits = word.parse().ok();
        }
    }
    let key = key.unwrap_or_else(|| Secret::new(Vec::new()));
    check_length(said.map(|bits| bits / 8), key.len(), field)?;
    Ok((key, bits))
}

fn check_length(need: Option<usize>, have: usize, field: &'static str) -> Result<()> {
    match need {
        Some(need) if need != have => Err((field, LineErrorKind::Length { need, have })),
        _ => Ok(()),
    }
}

/// `type espinudp sport 4500 dport 4500 addr 0.0.0.0`.
fn encapsulation<'a>(words: impl Iterator<Item = &'a str>) -> Option<UdpEncapsulation> {
    let (mut source, mut destination, mut original) = (None, None, None);
    let mut before = "";
    for word in words {
        match before {
            "sport" => source = word.parse().ok(),
            "dport" => destination = word.parse().ok(),
            "addr" => original = word.parse().ok().filter(|it: &IpAddr| !it.is_unspecified()),
            _ => {}
        }
        before = word;
    }
    Some(UdpEncapsulation {
        source: source?,
        destination: destination?,
        original,
    })
}

/// `src 10.1.0.0/24 dst 10.2.0.0/24 …`.
fn selector<'a>(mut words: impl Iterator<Item = &'a str>) -> Option<(AddressRange, AddressRange)> {
    (words.next()? == "src").then_some(())?;
    let source = words.next()?.parse().ok()?;
    (words.next()? == "dst").then_some(())?;
    Some((source, words.next()?.parse().ok()?))
}

fn setkey_line(text: &str, open: &mut Open) -> Result<()> {
    let text = text.trim();
    let sa = &mut open.sa;
    if let Some(rest) = text.strip_prefix("E: ") {
        open.has_keys = true;
        let (name, key) = named_key(rest, "E")?;
        let (ids, _) = names::cipher(name).ok_or(("E", LineErrorKind::UnknownAlgorithm))?;
        check_key(&key, ids, None, "E")?;
        sa.encryption = ids.to_vec();
        sa.encryption_key = key;
    } else if let Some(rest) = text.strip_prefix("A: ") {
        open.has_keys = true;
        let (name, key) = named_key(rest, "A")?;
        sa.authentication =
            names::integrity(name, None).ok_or(("A", LineErrorKind::UnknownAlgorithm))?;
        check_mac_key(&key, sa.authentication, "A")?;
        sa.authentication_key = key;
    } else if let Some(rest) = text.strip_prefix("esp").or_else(|| text.strip_prefix("ah")) {
        sa.protocol = match text.starts_with("esp") {
            true => SaProtocol::Esp,
            false => SaProtocol::Ah,
        };
        for word in rest.split_ascii_whitespace() {
            if let Some(value) = word.strip_prefix("mode=") {
                sa.mode = mode(value);
            } else if let Some(value) = word.strip_prefix("spi=") {
                let number = value.split(['(', ')']).nth(1).unwrap_or_default();
                sa.spi = Some(hex::spi(number).ok_or(("spi", LineErrorKind::NotSpi))?);
            }
        }
    }
    Ok(())
}

fn named_key<'a>(rest: &'a str, field: &'static str) -> Result<(&'a str, Secret)> {
    let rest = rest.trim_start();
    let (name, key) = rest.split_once([' ', '\t']).unwrap_or((rest, ""));
    Ok((name, hex::secret(key.trim(), field)?))
}

fn host(address: IpAddr) -> Option<AddressRange> {
    AddressRange::new(address, address)
}
