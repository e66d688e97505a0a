//! OpenIKED at full verbosity: `ikev2_sa_keys: SK_ei with 32 bytes`, and where
//! it was built to print them, the bytes on the lines below.

use super::assembly::{Dump, Found, Reader, ikev2_name};
use super::entry::{Ikev2Keys, KeyExchangeSecret, Keys};
use super::error::LineErrorKind;
use super::format::Format;
use super::hex;
use super::names::{self, Suite};

#[derive(Debug, Default)]
pub(super) struct Iked {
    suite: Suite,
    spi_i: Option<[u8; 8]>,
    spis: Option<([u8; 8], [u8; 8])>,
    open: Option<(usize, Ikev2Keys)>,
    dump: Option<Dump>,
    /// The first key that was named and not printed.
    hidden: Option<usize>,
}

impl Reader for Iked {
    fn line(&mut self, number: usize, text: &str, found: &mut Found) -> bool {
        if let Some(dump) = &mut self.dump {
            let more = dump.add(text.trim());
            if more && !dump.is_whole() {
                return true;
            }
            self.dumped(found);
            if more {
                return true;
            }
        }
        if let Some((before, rest)) = text.split_once("ikev2_sa_keys: ") {
            self.named(number, before, rest, found);
            true
        } else if let Some((_, rest)) = text.split_once("ispi 0x") {
            self.header(rest);
            true
        } else if let Some((_, rest)) = text.split_once("proposals_negotiate: score ") {
            self.proposal(rest);
            true
        } else {
            false
        }
    }

    fn end(&mut self, found: &mut Found) {
        self.dumped(found);
        self.flush(found);
        if let Some(line) = self.hidden.take() {
            found.met(Format::OpenIked);
            found.error(line, ("keys", LineErrorKind::Hidden));
        }
    }
}

impl Iked {
    fn named(&mut self, number: usize, before: &str, rest: &str, found: &mut Found) {
        if let Some((_, spi)) = before.rsplit_once("spi=0x") {
            let spi = spi.trim_end_matches([':', ' ']);
            self.spi_i = hex::eight(spi, "").ok();
        }
        let Some((name, count)) = rest.split_once(" with ") else {
            return;
        };
        let field = match name {
            "DHSECRET" => Some(SHARED),
            name => ikev2_name(name),
        };
        let need = count.split(' ').next().and_then(|word| word.parse().ok());
        if let (Some(field), Some(need)) = (field, need) {
            if field == "SKEYSEED" {
                self.flush(found);
            }
            self.dump = Some(Dump::new(field, number, Some(need)));
        }
    }

    fn dumped(&mut self, found: &mut Found) {
        let Some(dump) = self.dump.take() else {
            return;
        };
        let (line, field) = (dump.line, dump.field);
        let secret = match dump.done() {
            Ok(secret) => secret,
            Err((_, LineErrorKind::Length { have: 0, .. })) => {
                self.hidden.get_or_insert(line);
                return;
            }
            Err(complaint) => {
                found.met(Format::OpenIked);
                return found.error(line, complaint);
            }
        };
        if field == SHARED {
            let shared = KeyExchangeSecret {
                spi_i: self.spi_i,
                group: self.suite.group,
                shared: Some(secret),
                ..KeyExchangeSecret::default()
            };
            return found.keys(line, Format::OpenIked, Keys::KeyExchange(shared));
        }
        let (_, keys) = self.open.get_or_insert_with(|| {
            let keys = Ikev2Keys {
                spi_i: self.spi_i,
                ..Ikev2Keys::default()
            };
            (line, keys)
        });
        if let Some(slot) = keys.slot(field) {
            *slot = Some(secret);
        }
        self.complete();
    }

    /// `680f2bbb78be75ab rspi 0x762cf2f44fa7f86f …`.
    fn header(&mut self, rest: &str) {
        let mut words = rest.split(' ');
        let spi_i = words.next().and_then(|word| hex::eight(word, "").ok());
        let spi_r = words.nth(1).and_then(|word| hex::eight(word, "").ok());
        if let (Some(spi_i), Some(spi_r)) = (spi_i, spi_r)
            && spi_r != [0; 8]
        {
            self.spis = Some((spi_i, spi_r));
            self.complete();
        }
    }

    /// Joins the keys with the SPIs, once both are known.
    fn complete(&mut self) {
        if let (Some((_, keys)), Some((spi_i, spi_r))) = (&mut self.open, self.spis)
            && keys.spi_r.is_none()
            && keys.spi_i.is_none_or(|known| known == spi_i)
        {
            (keys.spi_i, keys.spi_r) = (Some(spi_i), Some(spi_r));
        }
    }

    /// `1: ENCR AES_CBC 256`.
    fn proposal(&mut self, rest: &str) {
        let mut words = rest.split_ascii_whitespace().skip(1);
        let (Some(kind), Some(name)) = (words.next(), words.next()) else {
            return;
        };
        match kind {
            "ENCR" => {
                if let Some((ids, _)) = names::cipher(name) {
                    self.suite.ciphers = ids;
                }
            }
            "INTEGR" => self.suite.authentication = names::integrity(name, None),
            "PRF" => self.suite.prf = names::prf(name),
            "DH" => self.suite.group = names::group(name),
            _ => {}
        }
    }

    fn flush(&mut self, found: &mut Found) {
        if let Some((line, mut keys)) = self.open.take() {
            keys.encryption = self.suite.ciphers.first().copied();
            keys.authentication = self.suite.authentication;
            keys.prf = self.suite.prf;
            found.keys(line, Format::OpenIked, Keys::Ikev2(keys));
        }
    }
}

const SHARED: &str = "DHSECRET";
