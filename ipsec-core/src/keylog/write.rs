//! Writes keys: Wireshark's three tables, and our JSON. Whoever calls these
//! answers for what becomes of the text.
//!
//! The tables are written as Wireshark 4.0 and later take them. It refuses a
//! whole table for one name it does not know, so what it has no name for is
//! left out and listed.

use super::algorithms::{Authentication, missing_salt};
use super::entry::{
    Entry, Ikev1Keys, Ikev2Keys, KeyExchangeSecret, KeyLog, Keys, Psk, SaKeys, SaMode, SaProtocol,
};
use crate::crypto::Secret;
use crate::sa::selector::AddressRange;
use crate::wire::registry::ike::{Encryption as E, Integrity as I};
use crate::wire::registry::isakmp::AuthAlgorithm;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::fmt::{self, Write as _};
use core::net::IpAddr;
use zeroize::Zeroizing;

/// Files for Wireshark's profile folder.
#[non_exhaustive]
pub struct WiresharkTables {
    /// `ikev1_decryption_table`.
    pub ikev1: Zeroizing<String>,
    /// `ikev2_decryption_table`.
    pub ikev2: Zeroizing<String>,
    /// `esp_sa`.
    pub esp_sa: Zeroizing<String>,
    /// Indices of the entries that are in none of them, and why.
    pub left_out: Vec<(usize, LeftOut)>,
}

impl fmt::Debug for WiresharkTables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WiresharkTables")
            .field("left_out", &self.left_out)
            .finish_non_exhaustive()
    }
}

/// Why Wireshark's tables do not hold an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LeftOut {
    /// They have no place for keys of this kind.
    Kind,
    /// The SPIs or the cookie are not known.
    Spi,
    /// The addresses are no prefix.
    Address,
    /// A key that the table needs is not known.
    Key,
    /// The salt of a key is not known.
    Salt,
    /// Wireshark has no name for the cipher, or it is not known.
    Cipher,
    /// Wireshark has no name for the integrity algorithm.
    Integrity,
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kind => "Wireshark has no table for it",
            Self::Spi => "its SPIs are not known",
            Self::Address => "its addresses are no prefix",
            Self::Key => "a key is not known",
            Self::Salt => "the salt of its key is not known",
            Self::Cipher => "Wireshark has no name for the cipher",
            Self::Integrity => "Wireshark has no name for the integrity algorithm",
        })
    }
}

/// Writes Wireshark's tables: **the keys themselves, in clear text**.
#[must_use]
pub fn dangerous_wireshark(log: &KeyLog) -> WiresharkTables {
    let mut tables = WiresharkTables {
        ikev1: Zeroizing::default(),
        ikev2: Zeroizing::default(),
        esp_sa: Zeroizing::default(),
        left_out: Vec::new(),
    };
    for (index, entry) in log.entries.iter().enumerate() {
        let written = match &entry.keys {
            Keys::Ikev1(keys) => ikev1(keys, &mut tables.ikev1),
            Keys::Ikev2(keys) => ikev2(keys, &mut tables.ikev2),
            Keys::Sa(keys) => esp_sa(keys, &mut tables.esp_sa),
            Keys::KeyExchange(_) | Keys::Psk(_) => Err(LeftOut::Kind),
        };
        if let Err(why) = written {
            tables.left_out.push((index, why));
        }
    }
    tables
}

type Written = Result<(), LeftOut>;

fn ikev1(keys: &Ikev1Keys, table: &mut String) -> Written {
    let cookie = keys.cookie_i.ok_or(LeftOut::Spi)?;
    let key = keys.key.as_ref().ok_or(LeftOut::Key)?;
    hex(table, &cookie);
    table.push(',');
    hex(table, key.dangerous_bytes());
    table.push('\n');
    Ok(())
}

fn ikev2(keys: &Ikev2Keys, table: &mut String) -> Written {
    let spi_i = keys.spi_i.ok_or(LeftOut::Spi)?;
    let spi_r = keys.spi_r.ok_or(LeftOut::Spi)?;
    let sk_ei = keys.sk_ei.as_ref().ok_or(LeftOut::Key)?;
    let sk_er = keys.sk_er.as_ref().ok_or(LeftOut::Key)?;
    let id = keys.encryption.ok_or(LeftOut::Cipher)?;
    if [sk_ei, sk_er]
        .iter()
        .any(|key| missing_salt(id, key).is_some())
    {
        return Err(LeftOut::Salt);
    }
    let cipher = ikev2_cipher(id, sk_ei).ok_or(LeftOut::Cipher)?;
    let mac = keys.authentication.unwrap_or(Authentication::None);
    let need = mac.mac().map_or(0, |mac| mac.key);
    let len = |key: &Option<Secret>| key.as_ref().map_or(0, Secret::len);
    if len(&keys.sk_ai) != need || len(&keys.sk_ar) != need {
        return Err(LeftOut::Key);
    }
    let mac = ikev2_integrity(mac).ok_or(LeftOut::Integrity)?;
    hex(table, &spi_i);
    table.push(',');
    hex(table, &spi_r);
    for key in [sk_ei, sk_er] {
        table.push(',');
        hex(table, key.dangerous_bytes());
    }
    put(table, format_args!(",\"{cipher}\""));
    for key in [&keys.sk_ai, &keys.sk_ar] {
        table.push(',');
        hex(table, key.as_ref().map_or(&[], Secret::dangerous_bytes));
    }
    put(table, format_args!(",\"{mac}\"\n"));
    Ok(())
}

fn esp_sa(keys: &SaKeys, table: &mut String) -> Written {
    if keys.protocol == SaProtocol::Ah {
        return Err(LeftOut::Kind);
    }
    let cipher = esp_cipher(&keys.encryption).ok_or(LeftOut::Cipher)?;
    let lacks = |id: &E| missing_salt(*id, &keys.encryption_key).is_some();
    if keys.encryption.first().is_some_and(lacks) {
        return Err(LeftOut::Salt);
    }
    let mac = esp_integrity(keys.authentication).ok_or(LeftOut::Integrity)?;
    let mut ends = [keys.source, keys.destination].into_iter().flatten();
    if ends.clone().any(|range| range.prefixes().nth(1).is_some()) {
        return Err(LeftOut::Address);
    }
    let six = ends.any(|range| matches!(range.low(), IpAddr::V6(_)));
    let version = if six { "IPv6" } else { "IPv4" };
    put(table, format_args!("\"{version}\""));
    for range in [keys.source, keys.destination] {
        put(table, format_args!(",\"{}\"", pattern(range)));
    }
    match keys.spi {
        Some(spi) => put(table, format_args!(",\"0x{spi:08x}\"")),
        None => table.push_str(",\"*\""),
    }
    put(table, format_args!(",\"{cipher}\",\"0x"));
    hex(table, keys.encryption_key.dangerous_bytes());
    put(table, format_args!("\",\"{mac}\",\"0x"));
    hex(table, keys.authentication_key.dangerous_bytes());
    table.push('"');
    if keys.extended_sequence == Some(true) {
        table.push_str(",\"64-bit\"");
    }
    table.push('\n');
    Ok(())
}

/// An address alone is written without its prefix length.
fn pattern(range: Option<AddressRange>) -> String {
    match range {
        None => String::from("*"),
        Some(range) if range.low() == range.high() => range.low().to_string(),
        Some(range) => range.to_string(),
    }
}

fn ikev2_cipher(id: E, key: &Secret) -> Option<String> {
    let salt = super::algorithms::sizes(id)?.salt;
    let bits = key.len().checked_sub(salt)?.checked_mul(8)?;
    let counter =
        |mode: &str, icv: u8| Some(format!("AES-{mode}-{bits} with {icv} octet ICV [RFC5282]"));
    match id {
        E::ENCR_NULL => Some(String::from("NULL [RFC2410]")),
        E::ENCR_3DES => Some(String::from("3DES [RFC2451]")),
        E::ENCR_AES_CBC => Some(format!("AES-CBC-{bits} [RFC3602]")),
        E::ENCR_AES_CTR => Some(format!("AES-CTR-{bits} [RFC5930]")),
        E::ENCR_AES_GCM_8 => counter("GCM", 8),
        E::ENCR_AES_GCM_12 => counter("GCM", 12),
        E::ENCR_AES_GCM_16 => counter("GCM", 16),
        E::ENCR_AES_CCM_8 => counter("CCM", 8),
        E::ENCR_AES_CCM_12 => counter("CCM", 12),
        E::ENCR_AES_CCM_16 => counter("CCM", 16),
        _ => None,
    }
}

fn ikev2_integrity(mac: Authentication) -> Option<String> {
    let named = IKEV2_MACS.iter().find(|(known, _)| *known == mac);
    if let Some((_, name)) = named {
        return Some(String::from(*name));
    }
    let bits = mac.icv().checked_mul(8)?;
    let some = [64, 96, 128, 160, 192, 256].contains(&bits);
    some.then(|| format!("ANY {bits}-bits of Authentication [No Checking]"))
}

fn esp_cipher(ids: &[E]) -> Option<&'static str> {
    Some(match *ids {
        [E::ENCR_NULL] => "NULL",
        [E::ENCR_3DES, ..] => "TripleDES-CBC [RFC2451]",
        [E::ENCR_DES] => "DES-CBC [RFC2405]",
        [E::ENCR_CAST] => "CAST5-CBC [RFC2144]",
        [E::ENCR_BLOWFISH] => "BLOWFISH-CBC [RFC2451]",
        [E::ENCR_AES_CBC] => "AES-CBC [RFC3602]",
        [E::ENCR_AES_CTR] => "AES-CTR [RFC3686]",
        [E::ENCR_AES_GCM_8] => "AES-GCM with 8 octet ICV [RFC4106]",
        [E::ENCR_AES_GCM_12] => "AES-GCM with 12 octet ICV [RFC4106]",
        [E::ENCR_AES_GCM_16, ..] => "AES-GCM with 16 octet ICV [RFC4106]",
        _ => return None,
    })
}

fn esp_integrity(mac: Authentication) -> Option<String> {
    let named = ESP_MACS.iter().find(|(known, _)| *known == mac);
    if let Some((_, name)) = named {
        return Some(String::from(*name));
    }
    let bits = mac.icv().checked_mul(8)?;
    let some = [64, 96, 128, 192, 256].contains(&bits);
    some.then(|| format!("ANY {bits} bit authentication [no checking]"))
}

const fn v2(id: I) -> Authentication {
    Authentication::Ikev2(id)
}

/// Wireshark's names; the others are put in as unchecked.
static IKEV2_MACS: &[(Authentication, &str)] = &[
    (Authentication::None, "NONE [RFC4306]"),
    (v2(I::AUTH_HMAC_MD5_96), "HMAC_MD5_96 [RFC2403]"),
    (v2(I::AUTH_HMAC_SHA1_96), "HMAC_SHA1_96 [RFC2404]"),
    (v2(I::AUTH_HMAC_MD5_128), "HMAC_MD5_128 [RFC4595]"),
    (v2(I::AUTH_HMAC_SHA1_160), "HMAC_SHA1_160 [RFC4595]"),
    (v2(I::AUTH_HMAC_SHA2_256_128), "HMAC_SHA2_256_128 [RFC4868]"),
    (v2(I::AUTH_HMAC_SHA2_384_192), "HMAC_SHA2_384_192 [RFC4868]"),
    (v2(I::AUTH_HMAC_SHA2_512_256), "HMAC_SHA2_512_256 [RFC4868]"),
];

/// The same in the other table.
static ESP_MACS: &[(Authentication, &str)] = &[
    (Authentication::None, "NULL"),
    (v2(I::AUTH_HMAC_MD5_96), "HMAC-MD5-96 [RFC2403]"),
    (v2(I::AUTH_HMAC_SHA1_96), "HMAC-SHA-1-96 [RFC2404]"),
    (v2(I::AUTH_HMAC_SHA2_256_128), "HMAC-SHA-256-128 [RFC4868]"),
    (v2(I::AUTH_HMAC_SHA2_384_192), "HMAC-SHA-384-192 [RFC4868]"),
    (v2(I::AUTH_HMAC_SHA2_512_256), "HMAC-SHA-512-256 [RFC4868]"),
    (
        Authentication::Ikev1(AuthAlgorithm::HMAC_SHA2_256_TRUNCBUG),
        "HMAC-SHA-256-96 [draft-ietf-ipsec-ciph-sha-256-00]",
    ),
    (
        Authentication::Ikev1(AuthAlgorithm::HMAC_RIPEMD),
        "MAC-RIPEMD-160-96 [RFC2857]",
    ),
];

/// Writes our JSON: **the keys themselves, in clear text**. The form is that
/// of `ipsec-core/schema/keylog.schema.json`.
#[must_use]
pub fn dangerous_json(log: &KeyLog) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::from("{\n  \"schema\": \"ipsec-core keylog 1\",\n"));
    out.push_str("  \"keys\": [");
    for (index, entry) in log.entries.iter().enumerate() {
        out.push_str(if index == 0 { "\n" } else { ",\n" });
        out.push_str("    ");
        object(entry, &mut out);
    }
    out.push_str("\n  ]\n}\n");
    out
}

fn object(entry: &Entry, out: &mut String) {
    let mut object = Object { out };
    match &entry.keys {
        Keys::Ikev1(keys) => object.ikev1(keys),
        Keys::Ikev2(keys) => object.ikev2(keys),
        Keys::Sa(keys) => object.sa(keys),
        Keys::KeyExchange(keys) => object.key_exchange(keys),
        Keys::Psk(psk) => object.psk(psk),
    }
    out.push('}');
}

struct Object<'a> {
    out: &'a mut String,
}

impl Object<'_> {
    fn kind(&mut self, kind: &str) {
        put(self.out, format_args!("{{\"type\": \"{kind}\""));
    }

    fn raw(&mut self, field: &str, value: impl fmt::Display) {
        put(self.out, format_args!(", \"{field}\": {value}"));
    }

    fn bytes(&mut self, field: &str, bytes: Option<&[u8]>) {
        if let Some(bytes) = bytes {
            put(self.out, format_args!(", \"{field}\": \""));
            hex(self.out, bytes);
            self.out.push('"');
        }
    }

    fn secret(&mut self, field: &str, secret: Option<&Secret>) {
        self.bytes(field, secret.map(Secret::dangerous_bytes));
    }

    fn named(&mut self, field: &str, name: Option<&'static str>, number: u16) {
        match name {
            Some(name) => self.raw(field, format_args!("\"{name}\"")),
            None => self.raw(field, number),
        }
    }

    fn integrity(&mut self, mac: Authentication) {
        match mac {
            Authentication::None => self.raw("integrity", "\"NONE\""),
            Authentication::Ikev2(id) => self.named("integrity", id.name(), id.0),
            Authentication::Ikev1(id) => self.named("integrity", id.name(), id.0),
            Authentication::Unchecked { icv } => self.raw("icv_length", icv),
        }
    }

    fn ikev1(&mut self, keys: &Ikev1Keys) {
        self.kind("ikev1");
        self.bytes("cookie_i", keys.cookie_i.as_ref().map(<[u8; 8]>::as_slice));
        self.bytes("cookie_r", keys.cookie_r.as_ref().map(<[u8; 8]>::as_slice));
        if let Some(id) = keys.encryption {
            self.named("encryption", id.name(), id.0);
        }
        if let Some(id) = keys.prf {
            self.named("prf", id.name(), id.0);
        }
        self.secret("key", keys.key.as_ref());
        self.secret("skeyid", keys.skeyid.as_ref());
        self.secret("skeyid_d", keys.skeyid_d.as_ref());
        self.secret("skeyid_a", keys.skeyid_a.as_ref());
        self.secret("skeyid_e", keys.skeyid_e.as_ref());
        self.bytes("iv", keys.iv.as_deref());
    }

    fn ikev2(&mut self, keys: &Ikev2Keys) {
        self.kind("ikev2");
        self.bytes("spi_i", keys.spi_i.as_ref().map(<[u8; 8]>::as_slice));
        self.bytes("spi_r", keys.spi_r.as_ref().map(<[u8; 8]>::as_slice));
        if let Some(id) = keys.encryption {
            self.named("encryption", id.name(), id.0);
        }
        if let Some(mac) = keys.authentication {
            self.integrity(mac);
        }
        if let Some(id) = keys.prf {
            self.named("prf", id.name(), id.0);
        }
        self.secret("skeyseed", keys.skeyseed.as_ref());
        self.secret("sk_d", keys.sk_d.as_ref());
        self.secret("sk_ai", keys.sk_ai.as_ref());
        self.secret("sk_ar", keys.sk_ar.as_ref());
        self.secret("sk_ei", keys.sk_ei.as_ref());
        self.secret("sk_er", keys.sk_er.as_ref());
        self.secret("sk_pi", keys.sk_pi.as_ref());
        self.secret("sk_pr", keys.sk_pr.as_ref());
    }

    fn sa(&mut self, keys: &SaKeys) {
        self.kind(match keys.protocol {
            SaProtocol::Esp => "esp",
            SaProtocol::Ah => "ah",
        });
        for (field, range) in [("source", keys.source), ("destination", keys.destination)] {
            if let Some(range) = range {
                self.raw(field, format_args!("\"{range}\""));
            }
        }
        if let Some(spi) = keys.spi {
            self.raw("spi", format_args!("\"0x{spi:08x}\""));
        }
        if let Some(mode) = keys.mode {
            self.raw(
                "mode",
                match mode {
                    SaMode::Tunnel => "\"tunnel\"",
                    SaMode::Transport => "\"transport\"",
                    SaMode::Beet => "\"beet\"",
                },
            );
        }
        let names: Vec<_> = keys
            .encryption
            .iter()
            .map(|id| {
                id.name()
                    .map_or(id.0.to_string(), |name| format!("\"{name}\""))
            })
            .collect();
        self.raw("encryption", format_args!("[{}]", names.join(", ")));
        self.integrity(keys.authentication);
        self.secret("encryption_key", Some(&keys.encryption_key));
        self.secret("integrity_key", Some(&keys.authentication_key));
        self.around(keys);
    }

    fn around(&mut self, keys: &SaKeys) {
        if let Some(udp) = keys.encapsulation {
            let original = udp.original.map(|it| format!(", \"original\": \"{it}\""));
            self.raw(
                "encapsulation",
                format_args!(
                    "{{\"source\": {}, \"destination\": {}{}}}",
                    udp.source,
                    udp.destination,
                    original.unwrap_or_default()
                ),
            );
        }
        if let Some(extended) = keys.extended_sequence {
            self.raw("extended_sequence", extended);
        }
        if let Some((source, destination)) = keys.selector {
            self.raw(
                "selector",
                format_args!("{{\"source\": \"{source}\", \"destination\": \"{destination}\"}}"),
            );
        }
    }

    fn key_exchange(&mut self, keys: &KeyExchangeSecret) {
        self.kind("key_exchange");
        self.bytes("spi_i", keys.spi_i.as_ref().map(<[u8; 8]>::as_slice));
        self.bytes("spi_r", keys.spi_r.as_ref().map(<[u8; 8]>::as_slice));
        if let Some(group) = keys.group {
            self.raw("group", group.0);
        }
        self.secret("private", keys.private.as_ref());
        self.bytes("public", keys.public.as_deref());
        self.secret("shared", keys.shared.as_ref());
    }

    fn psk(&mut self, psk: &Psk) {
        self.kind("psk");
        if let Some(identity) = &psk.identity {
            self.raw("identity", format_args!("\"{}\"", Quoted(identity)));
        }
        self.secret("key", Some(&psk.key));
    }
}

/// A string with the escapes of JSON (RFC 8259 §7).
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '"' | '\\' => write!(f, "\\{c}")?,
                c if c < ' ' => write!(f, "\\u{:04x}", u32::from(c))?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

fn hex(out: &mut String, bytes: &[u8]) {
    for byte in bytes {
        put(out, format_args!("{byte:02x}"));
    }
}

fn put(out: &mut String, text: fmt::Arguments<'_>) {
    // A String takes everything.
    let _ = out.write_fmt(text);
}
