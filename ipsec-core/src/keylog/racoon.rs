//! racoon's debug log, which MikroTik's IKEv1 writes too: a label
//! (`compute DH's shared.`, `SKEYID_e computed:`,
//! `final encryption key computed:`) and below it groups of hexadecimal,
//! behind the stamp of the log or on lines of their own. MikroTik's IKEv2
//! writes `=> SK_ei (size 0x20)` in place of the label.

use super::assembly::{Dump, Found, Reader, ikev2_name};
use super::entry::{Ikev1Keys, Ikev2Keys, KeyExchangeSecret, Keys};
use super::format::Format;
use super::hex;
use super::names;
use crate::crypto::Secret;

#[derive(Debug, Default)]
pub(super) struct Racoon {
    cookies: Option<([u8; 8], [u8; 8])>,
    exchange: Option<(usize, KeyExchangeSecret)>,
    open: Option<(usize, Ikev1Keys)>,
    open_v2: Option<(usize, Ikev2Keys)>,
    /// We began, with this cookie.
    initiating: bool,
    initiator: Option<[u8; 8]>,
    cipher: Option<crate::wire::registry::ike::Encryption>,
    prf: Option<crate::wire::registry::ike::Prf>,
    dump: Option<Dump>,
}

impl Reader for Racoon {
    fn line(&mut self, number: usize, text: &str, found: &mut Found) -> bool {
        if self.dump.is_none() && !LEVELS.iter().any(|level| text.contains(level)) {
            return false;
        }
        let value = value(text);
        if let Some(dump) = &mut self.dump {
            if value.is_empty() || add(dump, value) {
                return true;
            }
            self.dumped(found);
        }
        if let Some((name, bytes)) = sized(value) {
            if name == "SKEYSEED" {
                self.flush_keys(found);
            }
            self.dump = Some(Dump::new(name, number, Some(bytes)));
            return true;
        }
        let label = LABELS
            .iter()
            .find_map(|(label, field)| Some((*field, text.split_once(label)?.1)));
        if let Some((field, rest)) = label {
            if field == "SKEYID" {
                self.flush_keys(found);
            }
            let mut dump = Dump::new(field, number, None);
            add(&mut dump, rest.trim());
            self.dump = Some(dump);
            return true;
        }
        self.hint(text)
    }

    fn end(&mut self, found: &mut Found) {
        self.dumped(found);
        self.flush_exchange(found);
        self.flush_keys(found);
    }
}

impl Racoon {
    /// Lines that tell whose keys they are.
    fn hint(&mut self, text: &str) -> bool {
        let argument = |name| {
            let (_, rest) = text.split_once(name)?;
            rest.split(')').next()
        };
        if let Some(name) = argument("encryption(") {
            let known = names::cipher(name).and_then(|(ids, _)| ids.first().copied());
            self.cipher = known.or(self.cipher);
            return true;
        }
        if let Some(name) = argument("hash(") {
            self.prf = names::prf(name).or(self.prf);
            return true;
        }
        if let Some((who, _)) = text.split_once(" new phase 1 negotiation") {
            self.initiating = who.ends_with("initiate");
            (self.initiator, self.cookies) = (None, None);
            return true;
        }
        if !NAME_BOTH.iter().any(|mark| text.contains(mark)) {
            return false;
        }
        let pair = |word: &str| hex::pair(word.strip_prefix("spi:").unwrap_or(word), ':');
        let pair = text.split_ascii_whitespace().find_map(pair);
        let Some((one, two)) = pair.filter(|(_, two)| *two != [0; 8]) else {
            return true;
        };
        self.cookies = Some((one, two));
        if text.contains("ike2 ") {
            if let Some((_, keys)) = &mut self.open_v2 {
                (keys.spi_i, keys.spi_r) = (Some(one), Some(two));
            }
        } else if let Some((_, keys)) = &mut self.open {
            (keys.cookie_i, keys.cookie_r) = (Some(one), Some(two));
        }
        true
    }

    fn dumped(&mut self, found: &mut Found) {
        let Some(dump) = self.dump.take() else {
            return;
        };
        let (line, field) = (dump.line, dump.field);
        let secret = match dump.done() {
            Ok(secret) => secret,
            Err(complaint) => {
                found.met(Format::Racoon);
                return found.error(line, complaint);
            }
        };
        if matches!(field, PRIVATE | PUBLIC | SHARED) {
            return self.keep_exchange(line, field, secret, found);
        }
        if field == COOKIE {
            let cookie = secret.dangerous_bytes().try_into().ok();
            self.initiator = cookie.filter(|_| self.initiating);
            return;
        }
        if let Some(name) = ikev2_name(field) {
            return self.keep_v2(line, name, secret);
        }
        let (cookies, initiator) = (self.cookies, self.initiator);
        let (_, keys) = self.open.get_or_insert_with(|| {
            let keys = Ikev1Keys {
                cookie_i: cookies.map(|(one, _)| one).or(initiator),
                cookie_r: cookies.map(|(_, two)| two),
                ..Ikev1Keys::default()
            };
            (line, keys)
        });
        if field == IV {
            keys.iv
                .get_or_insert_with(|| secret.dangerous_bytes().to_vec());
        } else if let Some(slot) = keys.slot(field) {
            *slot = Some(secret);
        }
    }

    fn keep_exchange(&mut self, line: usize, field: &str, secret: Secret, found: &mut Found) {
        let again = self.exchange.as_ref().is_some_and(|(_, open)| match field {
            PRIVATE => open.private.is_some() || open.shared.is_some(),
            SHARED => open.shared.is_some(),
            _ => false,
        });
        if again {
            self.flush_exchange(found);
        }
        let (cookies, initiator) = (self.cookies, self.initiator);
        let (_, open) = self.exchange.get_or_insert_with(|| {
            let exchange = KeyExchangeSecret {
                spi_i: cookies.map(|(one, _)| one).or(initiator),
                spi_r: cookies.map(|(_, two)| two),
                ..KeyExchangeSecret::default()
            };
            (line, exchange)
        });
        match field {
            PRIVATE => open.private = Some(secret),
            PUBLIC => open.public = Some(secret.dangerous_bytes().to_vec()),
            _ => open.shared = Some(secret),
        }
    }

    fn keep_v2(&mut self, line: usize, name: &str, secret: Secret) {
        let cookies = self.cookies;
        let (_, keys) = self.open_v2.get_or_insert_with(|| {
            let keys = Ikev2Keys {
                spi_i: cookies.map(|(one, _)| one),
                spi_r: cookies.map(|(_, two)| two),
                ..Ikev2Keys::default()
            };
            (line, keys)
        });
        if let Some(slot) = keys.slot(name) {
            *slot = Some(secret);
        }
    }

    fn flush_exchange(&mut self, found: &mut Found) {
        let Some((line, mut exchange)) = self.exchange.take() else {
            return;
        };
        if exchange.private.is_some() || exchange.shared.is_some() {
            let keys = self.open.as_ref().map(|(_, keys)| keys);
            let told = keys.map(|keys| (keys.cookie_i, keys.cookie_r));
            if let (None, Some((one, two))) = (exchange.spi_r, told) {
                (exchange.spi_i, exchange.spi_r) = (one, two);
            }
            found.keys(line, Format::Racoon, Keys::KeyExchange(exchange));
        }
    }

    fn flush_keys(&mut self, found: &mut Found) {
        if let Some((line, mut keys)) = self.open.take() {
            keys.encryption = self.cipher;
            keys.prf = self.prf;
            found.keys(line, Format::Racoon, Keys::Ikev1(keys));
        }
        if let Some((line, keys)) = self.open_v2.take() {
            found.keys(line, Format::Racoon, Keys::Ikev2(keys));
        }
    }
}

/// What stands behind the stamp of the log: racoon's level, or MikroTik's
/// topics and the prefix that the administrator chose.
fn value(text: &str) -> &str {
    if let Some((_, rest)) = ["DEBUG2:", "DEBUG:"]
        .iter()
        .find_map(|mark| text.split_once(mark))
    {
        return rest.trim();
    }
    let head = text.get(..HEAD_MAX).unwrap_or(text);
    let topics = head.match_indices("ipsec").find_map(|(at, _)| {
        let alone = at == 0 || head.get(..at)?.ends_with([' ', '=', ',']);
        let text = text.get(at..)?;
        let (topics, rest) = text.split_once(' ').unwrap_or((text, ""));
        let is_list = topics
            .bytes()
            .all(|c| c.is_ascii_lowercase() || b",!".contains(&c));
        (alone && is_list).then_some(rest)
    });
    let rest = topics.unwrap_or(text).trim();
    let rest = rest.strip_prefix("message=").unwrap_or(rest);
    let rest = rest.trim_matches('"').trim();
    match rest.split_once(": ") {
        Some((prefix, rest)) if topics.is_some() && !prefix.contains(' ') => rest,
        _ => rest,
    }
}

/// Adds a line of digits; `#012` is a line break that syslog has made harmless.
fn add(dump: &mut Dump, text: &str) -> bool {
    let mut parts = text.split("#012").filter(|part| !part.trim().is_empty());
    let mut any = false;
    let good = parts.all(|part| {
        any = true;
        dump.add(part.trim())
    });
    any && good
}

/// `=> SK_ei (size 0x20)`.
fn sized(text: &str) -> Option<(&'static str, usize)> {
    let (name, rest) = text.strip_prefix("=> ")?.split_once(" (size 0x")?;
    let bytes = usize::from_str_radix(rest.strip_suffix(')')?, 16).ok()?;
    let name = match name {
        "shared secret" => SHARED,
        name => ikev2_name(name)?,
    };
    Some((name, bytes))
}

const PRIVATE: &str = "DH private value";
const PUBLIC: &str = "DH public value";
const SHARED: &str = "DH shared secret";
const IV: &str = "IV";
const COOKIE: &str = "cookie";

/// One of them stands on every line: racoon's levels, MikroTik's topic.
const LEVELS: [&str; 3] = ["DEBUG", "INFO:", "ipsec"];

/// Lines that name both SPIs or cookies.
const NAME_BOTH: [&str; 4] = [
    "ISAKMP-SA established",
    "phase1 packet",
    "ike2 request",
    "ike2 reply",
];

/// Where the topics of a line must stand, in bytes.
const HEAD_MAX: usize = 96;

static LABELS: &[(&str, &str)] = &[
    ("compute DH's private.", PRIVATE),
    ("compute DH's public.", PUBLIC),
    ("compute DH's shared.", SHARED),
    ("SKEYID computed:", "SKEYID"),
    ("SKEYID_d computed:", "SKEYID_d"),
    ("SKEYID_a computed:", "SKEYID_a"),
    ("SKEYID_e computed:", "SKEYID_e"),
    ("final encryption key computed:", "Ka"),
    ("IV computed:", IV),
    ("new cookie:", COOKIE),
];
