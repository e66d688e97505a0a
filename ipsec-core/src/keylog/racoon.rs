//! racoon's debug log, which MikroTik's IKEv1 writes too: a label
//! (`compute DH's shared.`, `SKEYID_e computed:`,
//! `final encryption key computed:`) and below it groups of hexadecimal,
//! behind the stamp of the log or on lines of their own.

use super::assembly::{Dump, Found, Reader};
use super::entry::{Ikev1Keys, KeyExchangeSecret, Keys};
use super::format::Format;
use super::hex;
use super::names;

#[derive(Debug, Default)]
pub(super) struct Racoon {
    cookies: Option<([u8; 8], [u8; 8])>,
    exchange: Option<(usize, KeyExchangeSecret)>,
    open: Option<(usize, Ikev1Keys)>,
    cipher: Option<crate::wire::registry::ike::Encryption>,
    prf: Option<crate::wire::registry::ike::Prf>,
    dump: Option<Dump>,
}

impl Reader for Racoon {
    fn line(&mut self, number: usize, text: &str, found: &mut Found) -> bool {
        let value = value(text);
        if let Some(dump) = &mut self.dump {
            if value.is_empty() || dump.add(value) {
                return true;
            }
            self.dumped(found);
        }
        if let Some((_, field)) = LABELS.iter().find(|(label, _)| text.contains(label)) {
            if *field == "SKEYID" {
                self.flush_keys(found);
            }
            self.dump = Some(Dump::new(field, number, None));
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
        if !text.contains("ISAKMP-SA established") && !text.contains("phase1 packet") {
            return false;
        }
        let pair = |word: &str| hex::pair(word.strip_prefix("spi:").unwrap_or(word), ':');
        let pair = text.split_ascii_whitespace().find_map(pair);
        if let Some((one, two)) = pair.filter(|(_, two)| *two != [0; 8]) {
            self.cookies = Some((one, two));
            if let Some((_, keys)) = &mut self.open {
                (keys.cookie_i, keys.cookie_r) = (Some(one), Some(two));
            }
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
            let again = self.exchange.as_ref().is_some_and(|(_, open)| {
                field == PRIVATE && (open.private.is_some() || open.shared.is_some())
            });
            if again {
                self.flush_exchange(found);
            }
            let (_, open) = self
                .exchange
                .get_or_insert_with(|| (line, KeyExchangeSecret::default()));
            match field {
                PRIVATE => open.private = Some(secret),
                PUBLIC => open.public = Some(secret.dangerous_bytes().to_vec()),
                _ => open.shared = Some(secret),
            }
            return;
        }
        let cookies = self.cookies;
        let (_, keys) = self.open.get_or_insert_with(|| {
            let keys = Ikev1Keys {
                cookie_i: cookies.map(|(one, _)| one),
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

    fn flush_exchange(&mut self, found: &mut Found) {
        let Some((line, mut exchange)) = self.exchange.take() else {
            return;
        };
        if exchange.private.is_some() || exchange.shared.is_some() {
            let keys = self.open.as_ref().map(|(_, keys)| keys);
            exchange.spi_i = keys.and_then(|keys| keys.cookie_i);
            exchange.spi_r = keys.and_then(|keys| keys.cookie_r);
            found.keys(line, Format::Racoon, Keys::KeyExchange(exchange));
        }
    }

    fn flush_keys(&mut self, found: &mut Found) {
        if let Some((line, mut keys)) = self.open.take() {
            keys.encryption = self.cipher;
            keys.prf = self.prf;
            found.keys(line, Format::Racoon, Keys::Ikev1(keys));
        }
    }
}

/// What stands behind the stamp of the log; `#012` is a line break that syslog
/// has made harmless.
fn value(text: &str) -> &str {
    let behind = ["DEBUG2:", "DEBUG:", "ipsec,debug,packet", "ipsec,debug"];
    let text = behind
        .iter()
        .find_map(|mark| text.split_once(mark).map(|(_, rest)| rest))
        .unwrap_or(text)
        .trim();
    text.strip_prefix("#012").unwrap_or(text)
}

const PRIVATE: &str = "DH private value";
const PUBLIC: &str = "DH public value";
const SHARED: &str = "DH shared secret";
const IV: &str = "IV";

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
];
