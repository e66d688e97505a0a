//! Pluto (libreswan, Openswan) with `plutodebug="private,crypt"`: lines
//! `| ikev2 I 0xSPIi 0xSPIr sha256:0xSK_ai aes256:0xSK_ei` (and `R`), and the
//! older dumps `| Skeyid_e:  c3 84 …` behind the cookies.

use super::algorithms::{Authentication, check_key, check_mac_key};
use super::assembly::{Dump, Found, Reader, ikev1_name};
use super::entry::{Ikev1Keys, Ikev2Keys, Keys};
use super::error::LineErrorKind;
use super::format::Format;
use super::hex::{self, Result};
use super::names;

#[derive(Debug, Default)]
pub(super) struct Pluto {
    cookie_i: Option<[u8; 8]>,
    cookie_r: Option<[u8; 8]>,
    open: Option<(usize, Ikev1Keys)>,
    dump: Option<Dump>,
}

impl Reader for Pluto {
    fn line(&mut self, number: usize, text: &str, found: &mut Found) -> bool {
        let Some(text) = debug_text(text) else {
            self.dumped(found);
            return false;
        };
        if let Some(rest) = text.strip_prefix("ikev2 ")
            && let Some(keys) = one_side(rest)
        {
            found.result(number, Format::Pluto, keys.map(Keys::Ikev2));
            return true;
        }
        if let Some(dump) = &mut self.dump {
            if dump.add(text.trim()) {
                return true;
            }
            self.dumped(found);
        }
        if let Some((label, rest)) = text.split_once(':')
            && let Some(field) = dump_of(label.trim())
        {
            if field == "SKEYID" {
                self.flush(found);
            }
            let mut dump = Dump::new(field, number, None);
            dump.add(rest.trim());
            self.dump = Some(dump);
        }
        true
    }

    fn end(&mut self, found: &mut Found) {
        self.dumped(found);
        self.flush(found);
    }
}

impl Pluto {
    fn dumped(&mut self, found: &mut Found) {
        let Some(dump) = self.dump.take() else {
            return;
        };
        let (line, field) = (dump.line, dump.field);
        let secret = match dump.done() {
            Ok(secret) => secret,
            Err(complaint) => {
                found.met(Format::Pluto);
                return found.error(line, complaint);
            }
        };
        let bytes = secret.dangerous_bytes();
        match field {
            "ICOOKIE" => self.cookie_i = bytes.try_into().ok(),
            "RCOOKIE" => self.cookie_r = bytes.try_into().ok(),
            _ => {
                let open = &mut self.open;
                let (_, keys) = open.get_or_insert_with(|| (line, Ikev1Keys::default()));
                if field == "IV" {
                    let iv = bytes.to_vec();
                    keys.iv.get_or_insert(iv);
                } else if let Some(slot) = keys.slot(field) {
                    *slot = Some(secret);
                }
            }
        }
    }

    fn flush(&mut self, found: &mut Found) {
        let Some((line, mut keys)) = self.open.take() else {
            return;
        };
        // An IV alone is that of a later message.
        if keys.key.is_some() || keys.skeyid_e.is_some() || keys.skeyid.is_some() {
            keys.cookie_i = self.cookie_i;
            keys.cookie_r = self.cookie_r;
            found.keys(line, Format::Pluto, Keys::Ikev1(keys));
        }
    }
}

/// What follows the `| ` of a debug line.
fn debug_text(text: &str) -> Option<&str> {
    if let Some(rest) = text.strip_prefix("| ") {
        return Some(rest);
    }
    let head = text.get(..HEAD_MAX).unwrap_or(text);
    let bar = head.find(": | ")?;
    text.get(bar.saturating_add(4)..)
}

fn dump_of(label: &str) -> Option<&'static str> {
    Some(match label {
        "ICOOKIE" | "initiator cookie" | "initiator SPI" => "ICOOKIE",
        "RCOOKIE" | "responder cookie" | "responder SPI" => "RCOOKIE",
        "enc key" | "Enc key" => "Ka",
        "IV" => "IV",
        _ => return ikev1_name(label),
    })
}

/// `I 0xSPIi 0xSPIr sha256:0x… aes256:0x…`; none for another line.
fn one_side(rest: &str) -> Option<Result<Ikev2Keys>> {
    let mut words = rest.split_ascii_whitespace();
    let initiator = match words.next()? {
        "I" => true,
        "R" => false,
        _ => return None,
    };
    Some(side(initiator, words))
}

fn side<'a>(initiator: bool, mut words: impl Iterator<Item = &'a str>) -> Result<Ikev2Keys> {
    let mut next = |field| words.next().ok_or((field, LineErrorKind::Cut));
    let (spi_i, spi_r) = (next("SPIi")?, next("SPIr")?);
    let (mac, cipher) = (next("integrity")?, next("encryption")?);
    let (sk_a, sk_e) = match initiator {
        true => ("SK_ai", "SK_ei"),
        false => ("SK_ar", "SK_er"),
    };
    let (mac, mac_key) = mac.split_once(':').unwrap_or((mac, ""));
    let (cipher, key) = cipher
        .split_once(':')
        .ok_or((sk_e, LineErrorKind::Missing))?;
    let authentication =
        names::integrity(mac, None).ok_or(("integrity", LineErrorKind::UnknownAlgorithm))?;
    let (ids, bits) =
        names::cipher(cipher).ok_or(("encryption", LineErrorKind::UnknownAlgorithm))?;
    let integrity = hex::secret(mac_key, sk_a)?;
    let encryption = hex::secret(key, sk_e)?;
    check_mac_key(&integrity, authentication, sk_a)?;
    check_key(&encryption, ids, bits, sk_e)?;
    let mut keys = Ikev2Keys {
        spi_i: Some(hex::eight(spi_i, "SPIi")?),
        spi_r: Some(hex::eight(spi_r, "SPIr")?),
        encryption: ids.first().copied(),
        authentication: Some(authentication),
        ..Ikev2Keys::default()
    };
    if authentication != Authentication::None
        && let Some(slot) = keys.slot(sk_a)
    {
        *slot = Some(integrity);
    }
    if let Some(slot) = keys.slot(sk_e) {
        *slot = Some(encryption);
    }
    Ok(keys)
}

/// Where the bar of a line must stand, in bytes.
const HEAD_MAX: usize = 256;
