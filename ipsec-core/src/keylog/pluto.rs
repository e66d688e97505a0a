//! Pluto (libreswan, Openswan) with `plutodebug="private,crypt"`: lines
//! `| ikev2 I 0xSPIi 0xSPIr sha256:0xSK_ai aes256:0xSK_ei` (and `R`), and dumps
//! below a label: `| Skeyid_e:  c3 84 …` behind the cookies,
//! `| calc_skeyseed_v2 initiator salt` before the lines that lack it,
//! `| ESP enckey:` and `| ESP authkey:` of an SA whose SPI no line tells.

use super::algorithms::{
    self, Authentication, check_key, check_mac_key, likely_ciphers, likely_integrity,
};
use super::assembly::{Dump, Found, Reader, ikev1_name};
use super::entry::{Ikev1Keys, Ikev2Keys, Keys, SaKeys};
use super::error::LineErrorKind;
use super::format::Format;
use super::hex::{self, Result};
use super::names::{self, Suite};
use crate::crypto::Secret;
use alloc::vec::Vec;

#[derive(Debug, Default)]
pub(super) struct Pluto {
    cookie_i: Option<[u8; 8]>,
    cookie_r: Option<[u8; 8]>,
    open: Option<(usize, Ikev1Keys)>,
    /// What was derived for the lines `ikev2 I` and `ikev2 R` to come.
    derived: [Derived; 2],
    /// The encryption key of an ESP SA, and where it began.
    esp: Option<(usize, Secret)>,
    suite: Suite,
    dump: Option<Dump>,
}

/// What is dumped of one direction when the keys of an IKE SA are computed.
#[derive(Debug, Default)]
struct Derived {
    salt: Option<Secret>,
    sk_p: Option<Secret>,
    /// Of two SAs at once: nobody can tell whose is whose.
    unsure: bool,
}

impl Reader for Pluto {
    fn line(&mut self, number: usize, text: &str, found: &mut Found) -> bool {
        let Some(debug) = debug_text(text) else {
            self.dumped(found);
            if let Some((_, proposal)) = text.split_once(":ESP=") {
                let proposal = proposal.split(' ').next().unwrap_or_default();
                self.suite = names::suite(proposal, '-');
            }
            return false;
        };
        if let Some(rest) = debug.strip_prefix("ikev2 ") {
            self.dumped(found);
            if let Some(keys) = self.one_side(rest) {
                found.result(number, Format::Pluto, keys.map(Keys::Ikev2));
                return true;
            }
        }
        if let Some(dump) = &mut self.dump {
            if dump.add(debug.trim()) {
                return true;
            }
            self.dumped(found);
        }
        let (label, rest) = debug.split_once(':').unwrap_or((debug, ""));
        if let Some(field) = dump_of(label.trim()) {
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
        self.flush_esp(None, found);
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
            // An AEAD cipher has none.
            Err(_) if field == "authkey" => return self.flush_esp(None, found),
            Err(complaint) => {
                found.met(Format::Pluto);
                return found.error(line, complaint);
            }
        };
        match field {
            "ICOOKIE" => self.cookie_i = secret.dangerous_bytes().try_into().ok(),
            "RCOOKIE" => self.cookie_r = secret.dangerous_bytes().try_into().ok(),
            "enckey" => {
                self.flush_esp(None, found);
                self.esp = Some((line, secret));
            }
            "authkey" => self.flush_esp(Some(secret), found),
            "salt of I" | "SK_pi" => self.keep_derived(0, field, secret),
            "salt of R" | "SK_pr" => self.keep_derived(1, field, secret),
            _ => self.keep_ikev1(line, field, secret),
        }
    }

    fn keep_ikev1(&mut self, line: usize, field: &str, secret: Secret) {
        let open = &mut self.open;
        let (_, keys) = open.get_or_insert_with(|| (line, Ikev1Keys::default()));
        if field == "IV" {
            let iv = secret.dangerous_bytes().to_vec();
            keys.iv.get_or_insert(iv);
        } else if let Some(slot) = keys.slot(field) {
            *slot = Some(secret);
        }
    }

    fn keep_derived(&mut self, side: usize, field: &str, secret: Secret) {
        if let Some(derived) = self.derived.get_mut(side) {
            let place = match field.starts_with("salt") {
                true => &mut derived.salt,
                false => &mut derived.sk_p,
            };
            derived.unsure |= place.replace(secret).is_some();
        }
    }

    /// The SA of the last keys that were dumped. Its algorithms are those of
    /// the last proposal if the keys fit them.
    fn flush_esp(&mut self, authentication_key: Option<Secret>, found: &mut Found) {
        let Some((line, encryption_key)) = self.esp.take() else {
            return;
        };
        let authentication_key = authentication_key.unwrap_or_else(|| Secret::new(Vec::new()));
        let (bytes, mac_bytes) = (encryption_key.len(), authentication_key.len());
        let named = self.suite.authentication.unwrap_or(Authentication::None);
        let fits = check_key(&encryption_key, self.suite.ciphers, None, "").is_ok()
            && check_mac_key(&authentication_key, named, "").is_ok();
        let (encryption, authentication) = match fits && !self.suite.ciphers.is_empty() {
            true => (self.suite.ciphers.to_vec(), named),
            false => (
                likely_ciphers(bytes, mac_bytes == 0),
                likely_integrity(mac_bytes),
            ),
        };
        let sa = SaKeys {
            encryption,
            authentication,
            encryption_key,
            authentication_key,
            extended_sequence: self.suite.extended_sequence,
            ..SaKeys::default()
        };
        found.keys(line, Format::Pluto, Keys::Sa(sa));
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

    /// `I 0xSPIi 0xSPIr sha256:0x… aes256:0x…`; none for another line.
    fn one_side(&mut self, rest: &str) -> Option<Result<Ikev2Keys>> {
        let mut words = rest.split_ascii_whitespace();
        let initiator = match words.next()? {
            "I" => true,
            "R" => false,
            _ => return None,
        };
        Some(side(initiator, words).map(|keys| self.complete(initiator, keys)))
    }

    /// Adds the salt, which such a line lacks, and SK_p.
    fn complete(&mut self, initiator: bool, mut keys: Ikev2Keys) -> Ikev2Keys {
        let Some(derived) = self.derived.get_mut(usize::from(!initiator)) else {
            return keys;
        };
        let (salt, sk_p) = (derived.salt.take(), derived.sk_p.take());
        if derived.unsure {
            return keys;
        }
        let (sk_e, place) = match initiator {
            true => (&mut keys.sk_ei, &mut keys.sk_pi),
            false => (&mut keys.sk_er, &mut keys.sk_pr),
        };
        *place = sk_p;
        if let (Some(id), Some(key), Some(salt)) = (keys.encryption, sk_e.as_ref(), salt)
            && algorithms::missing_salt(id, key) == Some(salt.len())
        {
            let whole = [key.dangerous_bytes(), salt.dangerous_bytes()].concat();
            *sk_e = Some(Secret::new(whole));
        }
        keys
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
        "ESP enckey" => "enckey",
        "ESP authkey" => "authkey",
        "calc_skeyseed_v2 initiator salt" | "initiator salt" => "salt of I",
        "calc_skeyseed_v2 responder salt" | "responder salt" => "salt of R",
        "calc_skeyseed_v2 SK_pi" => "SK_pi",
        "calc_skeyseed_v2 SK_pr" => "SK_pr",
        _ => return ikev1_name(label),
    })
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
