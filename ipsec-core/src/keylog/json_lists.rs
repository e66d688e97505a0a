//! A JSON object of two lists, as collections of captures keep the keys beside
//! them:
//!
//! ```text
//! {"ike": [{"version": 2, "spi_i": …, "spi_r": …, "sk_ei": …, "shared_secret": …,
//!           "proposal": "AES_CBC_256/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/MODP_2048"}],
//!  "esp_sa": [{"proto": "ESP", "spi": …, "src": …, "dst": …, "encr_key": …,
//!              "proposal": "ESP:AES_GCM_16_128/NO_EXT_SEQ"}]}
//! ```
//!
//! A field that is spoilt is complained of and the others of its entry are
//! used. Two entries of one SA may differ: each end of a connection whose
//! pre-shared keys differ has keys of its own.

use super::algorithms::{self, Authentication, check_key, check_mac_key};
use super::assembly::{Found, IKEV1_NAMES};
use super::entry::{
    Ikev1Keys, Ikev2Keys, KeyExchangeSecret, Keys, SaKeys, SaProtocol, UdpEncapsulation,
};
use super::error::LineErrorKind;
use super::format::Format;
use super::hex::{self, Result};
use super::json::{Fields, IKEV2_FIELDS, Value};
use super::names::{self, Suite};
use crate::crypto::Secret;
use crate::wire::registry::ike::{Encryption as E, Integrity as I};
use alloc::vec::Vec;

/// An entry of the list `ike`.
pub(super) fn ike(line: usize, fields: &Fields, found: &mut Found) {
    let mut entry = Ike {
        line,
        fields,
        suite: suite(fields),
        found,
    };
    let v1 = match fields.get("version") {
        Some(Value::Number(version)) => *version == 1,
        _ => fields.get("Ka").is_some() || fields.get("SKEYID").is_some(),
    };
    let exchange = entry.exchange();
    let keys = if v1 { entry.ikev1() } else { entry.ikev2() };
    if keys.is_none() && exchange.is_none() {
        found.error(line, ("sk_ei", LineErrorKind::Missing));
    }
    for keys in [keys, exchange].into_iter().flatten() {
        found.keys(line, Format::JsonLists, keys);
    }
}

fn suite(fields: &Fields) -> Suite {
    let proposal = fields.text("proposal").ok().flatten();
    names::suite(proposal.unwrap_or_default(), '/')
}

struct Ike<'a> {
    line: usize,
    fields: &'a Fields,
    suite: Suite,
    found: &'a mut Found,
}

impl Ike<'_> {
    /// What a field holds, or nothing and a complaint.
    fn good<T>(&mut self, value: Result<Option<T>>) -> Option<T> {
        value.unwrap_or_else(|complaint| {
            self.found.error(self.line, complaint);
            None
        })
    }

    /// A key that is there and passes the check.
    fn key(
        &mut self,
        field: &'static str,
        check: impl Fn(&Secret) -> Result<()>,
    ) -> Option<Secret> {
        let secret = self.fields.secret(field);
        let key = self.good(secret).filter(|key| !key.is_empty())?;
        let checked = check(&key).map(|()| Some(key));
        self.good(checked)
    }

    fn spis(&mut self) -> [Option<[u8; 8]>; 2] {
        ["spi_i", "spi_r"].map(|field| {
            let spi = self.fields.eight(field);
            self.good(spi)
        })
    }

    fn exchange(&mut self) -> Option<Keys> {
        let shared = self.key("shared_secret", |_| Ok(()))?;
        // What is wrong with the SPIs is said of the keys.
        let spi = |field| self.fields.eight(field).ok().flatten();
        Some(Keys::KeyExchange(KeyExchangeSecret {
            spi_i: spi("spi_i"),
            spi_r: spi("spi_r"),
            group: self.suite.group,
            shared: Some(shared),
            ..KeyExchangeSecret::default()
        }))
    }

    fn ikev1(&mut self) -> Option<Keys> {
        let [cookie_i, cookie_r] = self.spis();
        let ids = self.suite.ciphers;
        let iv = self.fields.bytes("iv");
        let mut keys = Ikev1Keys {
            cookie_i,
            cookie_r,
            encryption: ids.first().copied(),
            prf: self.suite.prf,
            iv: self.good(iv).filter(|iv| !iv.is_empty()),
            ..Ikev1Keys::default()
        };
        let mut any = false;
        for name in IKEV1_NAMES {
            let key = self.key(name, |key| match name {
                "Ka" => check_key(key, ids, None, name),
                _ => Ok(()),
            });
            any |= key.is_some();
            if let Some(slot) = keys.slot(name) {
                *slot = key;
            }
        }
        any.then_some(Keys::Ikev1(keys))
    }

    fn ikev2(&mut self) -> Option<Keys> {
        let [spi_i, spi_r] = self.spis();
        let (ids, authentication) = (self.suite.ciphers, self.suite.authentication);
        let mut keys = Ikev2Keys {
            spi_i,
            spi_r,
            encryption: ids.first().copied(),
            authentication,
            prf: self.suite.prf,
            ..Ikev2Keys::default()
        };
        let mut any = false;
        for (field, name) in IKEV2_FIELDS {
            let key = self.key(field, |key| match name {
                "SK_ei" | "SK_er" => check_key(key, ids, None, field),
                "SK_ai" | "SK_ar" => {
                    check_mac_key(key, authentication.unwrap_or(Authentication::None), field)
                }
                _ => Ok(()),
            });
            any |= key.is_some();
            if let Some(slot) = keys.slot(name) {
                *slot = key;
            }
        }
        any.then_some(Keys::Ikev2(keys))
    }
}

/// An entry of the list `esp_sa`.
pub(super) fn esp_sa(line: usize, fields: &Fields, found: &mut Found) {
    found.result(line, Format::JsonLists, sa(fields));
}

fn sa(fields: &Fields) -> Result<Keys> {
    let suite = suite(fields);
    let protocol = match fields.text("proto")? {
        Some("AH") => SaProtocol::Ah,
        None if suite.ah => SaProtocol::Ah,
        Some("ESP") | None => SaProtocol::Esp,
        Some(_) => return Err(("proto", LineErrorKind::Malformed)),
    };
    let encryption = match protocol {
        SaProtocol::Ah => Vec::new(),
        SaProtocol::Esp => encryption(fields, &suite)?,
    };
    let authentication = integrity(fields, &suite)?;
    let none = || Secret::new(Vec::new());
    let encryption_key = fields.secret("encr_key")?.unwrap_or_else(none);
    let authentication_key = fields.secret("integ_key")?.unwrap_or_else(none);
    check_key(&encryption_key, &encryption, None, "encr_key")?;
    check_mac_key(&authentication_key, authentication, "integ_key")?;
    let spi = match fields.text("spi")? {
        None => None,
        Some(text) => Some(hex::spi(text).ok_or(("spi", LineErrorKind::NotSpi))?),
    };
    Ok(Keys::Sa(SaKeys {
        protocol,
        source: fields.range("src")?,
        destination: fields.range("dst")?,
        spi,
        encryption,
        authentication,
        encryption_key,
        authentication_key,
        encapsulation: encapsulation(fields),
        extended_sequence: suite.extended_sequence,
        ..SaKeys::default()
    }))
}

/// The proposal names a cipher more exactly than `encr` does.
fn encryption(fields: &Fields, suite: &Suite) -> Result<Vec<E>> {
    if !suite.ciphers.is_empty() {
        return Ok(suite.ciphers.to_vec());
    }
    let missing = ("encr", LineErrorKind::Missing);
    let name = fields.text("encr")?.ok_or(missing)?;
    if let Some(number) = name.strip_prefix("pfkey-ealg-") {
        return pf_key(number, PF_KEY_CIPHERS, "encr").map(|id| alloc::vec![id]);
    }
    algorithms::cipher(name)
        .map(|named| named.ciphers)
        .or_else(|| names::cipher(name).map(|(ids, _)| ids.to_vec()))
        .ok_or(("encr", LineErrorKind::UnknownAlgorithm))
}

fn integrity(fields: &Fields, suite: &Suite) -> Result<Authentication> {
    let Some(name) = fields.text("integ")? else {
        return Ok(suite.authentication.unwrap_or(Authentication::None));
    };
    if let Some(known) = suite.authentication {
        return Ok(known);
    }
    if let Some(number) = name.strip_prefix("pfkey-aalg-") {
        return pf_key(number, PF_KEY_MACS, "integ").map(Authentication::Ikev2);
    }
    algorithms::authentication(name)
        .or_else(|| names::integrity(name, None))
        .ok_or(("integ", LineErrorKind::UnknownAlgorithm))
}

fn pf_key<T: Copy>(number: &str, table: &[(u8, T)], field: &'static str) -> Result<T> {
    let number: Option<u8> = number.parse().ok();
    let named = table.iter().find(|(known, _)| Some(*known) == number);
    named
        .map(|(_, id)| *id)
        .ok_or((field, LineErrorKind::UnknownAlgorithm))
}

/// `[kind, port of the sender, port of the receiver]`, kind 2 being RFC 3948.
fn encapsulation(fields: &Fields) -> Option<UdpEncapsulation> {
    let Some(Value::List(list)) = fields.get("encap") else {
        return None;
    };
    let [
        Value::Number(2),
        Value::Number(source),
        Value::Number(destination),
        ..,
    ] = &**list
    else {
        return None;
    };
    Some(UdpEncapsulation {
        source: u16::try_from(*source).ok()?,
        destination: u16::try_from(*destination).ok()?,
        original: None,
    })
}

/// `SADB_EALG_*` and `SADB_X_EALG_*` (RFC 2367 §3.5, linux/pfkeyv2.h).
const PF_KEY_CIPHERS: &[(u8, E)] = &[
    (2, E::ENCR_DES),
    (3, E::ENCR_3DES),
    (6, E::ENCR_CAST),
    (7, E::ENCR_BLOWFISH),
    (11, E::ENCR_NULL),
    (12, E::ENCR_AES_CBC),
    (13, E::ENCR_AES_CTR),
    (14, E::ENCR_AES_CCM_8),
    (15, E::ENCR_AES_CCM_12),
    (16, E::ENCR_AES_CCM_16),
    (18, E::ENCR_AES_GCM_8),
    (19, E::ENCR_AES_GCM_12),
    (20, E::ENCR_AES_GCM_16),
    (22, E::ENCR_CAMELLIA_CBC),
];

/// `SADB_AALG_*` and `SADB_X_AALG_*`.
const PF_KEY_MACS: &[(u8, I)] = &[
    (2, I::AUTH_HMAC_MD5_96),
    (3, I::AUTH_HMAC_SHA1_96),
    (5, I::AUTH_HMAC_SHA2_256_128),
    (6, I::AUTH_HMAC_SHA2_384_192),
    (7, I::AUTH_HMAC_SHA2_512_256),
    (9, I::AUTH_AES_XCBC_96),
];
