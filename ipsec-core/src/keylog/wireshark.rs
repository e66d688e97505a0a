//! Wireshark's decryption tables: one SA a line, fields by commas, quoted or
//! not, `#` begins a comment. The tables are told apart line by line, by the
//! number of fields and the first of them, so a file may hold all three.
//!
//! - `ikev1_decryption_table`: initiator's cookie, key
//! - `ikev2_decryption_table`: SPIi, SPIr, SK_ei, SK_er, cipher, SK_ai, SK_ar,
//!   integrity
//! - `esp_sa`: IP version, source, destination, SPI, cipher, key, integrity,
//!   key, and since 4.0 the length of sequence numbers

use super::algorithms::{self, Authentication, Named, check_key, check_mac_key};
use super::assembly::{Found, Reader};
use super::entry::{Ikev1Keys, Ikev2Keys, KeyLog, Keys, SaKeys};
use super::error::LineErrorKind;
use super::format::Format;
use super::hex::{self, Result, eight};
use crate::crypto::Secret;
use crate::sa::selector::AddressRange;
use crate::wire::registry::ike::Encryption;
use alloc::vec::Vec;

/// Reads a table, or several in one file, and nothing else.
///
/// ```
/// use ipsec_core::keylog::{Keys, wireshark};
/// let file = b"# phase 1\n0123456789abcdef,00112233445566778899aabbccddeeff\nnonsense\n";
/// let log = wireshark::read(file);
/// assert!(matches!(log.entries[0].keys, Keys::Ikev1(_)));
/// assert_eq!(log.errors[0].line, 3);
/// ```
#[must_use]
pub fn read(file: &[u8]) -> KeyLog {
    let mut found = Found::default();
    let file = file.strip_prefix(BOM).unwrap_or(file);
    for (number, line) in (1_usize..).zip(file.split(|byte| *byte == b'\n')) {
        let keys = match core::str::from_utf8(line) {
            Ok(line) => entry(line.trim()),
            Err(_) => Err(("", LineErrorKind::NotText)),
        };
        if let Some(keys) = keys.transpose() {
            found.result(number, Format::Wireshark, keys);
        }
    }
    found.finish()
}

/// Lines of tables among others.
#[derive(Debug, Default)]
pub(super) struct Tables;

impl Reader for Tables {
    fn line(&mut self, number: usize, text: &str, found: &mut Found) -> bool {
        if !looks_like_a_table(text) {
            return false;
        }
        if let Some(keys) = entry(text.trim()).transpose() {
            found.result(number, Format::Wireshark, keys);
        }
        true
    }

    fn end(&mut self, _: &mut Found) {}
}

/// Whether the first of several fields is one that a table begins with.
fn looks_like_a_table(text: &str) -> bool {
    let Some((first, _)) = text.split_once(',') else {
        return false;
    };
    let first = first.trim().trim_matches('"');
    let ip = ["ipv4", "ipv6", "any"];
    if ip.iter().any(|ip| first.eq_ignore_ascii_case(ip)) {
        return true;
    }
    let digits = hex::unprefixed(first).bytes().filter(|c| *c != b':');
    digits.clone().count() >= FIRST_FIELD_MIN && digits.clone().all(|c| c.is_ascii_hexdigit())
}

/// The keys on one line; none on an empty line and in a comment.
fn entry(line: &str) -> Result<Option<Keys>> {
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let mut columns = [""; COLUMNS_MAX];
    let found = split(line, &mut columns)?;
    let esp = matches!(
        columns[0].to_ascii_lowercase().as_str(),
        "ipv4" | "ipv6" | "any"
    );
    let keys = match (found, esp) {
        (2, false) => Keys::Ikev1(ikev1(&columns)?),
        (8, false) => Keys::Ikev2(ikev2(&columns)?),
        (8 | 9, true) => Keys::Sa(esp_sa(&columns)?),
        _ => return Err(("", LineErrorKind::Fields { found })),
    };
    Ok(Some(keys))
}

/// Splits a line at the commas outside of quotation marks and returns how many
/// fields it has; those beyond the array are only counted.
fn split<'a>(line: &'a str, columns: &mut [&'a str; COLUMNS_MAX]) -> Result<usize> {
    let mut rest = Some(line);
    let mut found: usize = 0;
    while let Some(text) = rest {
        let (field, behind) = first_field(text)?;
        if let Some(column) = columns.get_mut(found) {
            *column = field;
        }
        found = found.saturating_add(1);
        rest = behind;
    }
    Ok(found)
}

/// The first field without its quotation marks, and what follows its comma.
fn first_field(text: &str) -> Result<(&str, Option<&str>)> {
    let quotes = || ("", LineErrorKind::Quotes);
    let Some(quoted) = text.trim_start().strip_prefix('"') else {
        let (field, rest) = match text.split_once(',') {
            Some((field, rest)) => (field, Some(rest)),
            None => (text, None),
        };
        return if field.contains('"') {
            Err(quotes())
        } else {
            Ok((field.trim(), rest))
        };
    };
    let (field, behind) = quoted.split_once('"').ok_or_else(quotes)?;
    let behind = behind.trim_start();
    match behind.strip_prefix(',') {
        Some(rest) => Ok((field, Some(rest))),
        None if behind.is_empty() => Ok((field, None)),
        None => Err(quotes()),
    }
}

fn ikev1(columns: &[&str; COLUMNS_MAX]) -> Result<Ikev1Keys> {
    let [cookie, key, ..] = *columns;
    let key = hex::secret(key, "key")?;
    if key.is_empty() {
        return Err(("key", LineErrorKind::Length { need: 8, have: 0 }));
    }
    Ok(Ikev1Keys {
        cookie_i: Some(eight(cookie, "cookie")?),
        key: Some(key),
        ..Ikev1Keys::default()
    })
}

fn ikev2(columns: &[&str; COLUMNS_MAX]) -> Result<Ikev2Keys> {
    let [spi_i, spi_r, sk_ei, sk_er, cipher, sk_ai, sk_ar, mac, ..] = *columns;
    let named = cipher_of(cipher)?;
    let authentication = mac_of(mac)?;
    let [encryption, ..] = named.ciphers[..] else {
        return Err(("encryption", LineErrorKind::UnknownAlgorithm));
    };
    let encryption_key = |text, field| -> Result<Secret> {
        let key = hex::secret(text, field)?;
        check_key(&key, &[encryption], named.key_bits, field)?;
        Ok(key)
    };
    let integrity_key = |text, field| -> Result<Secret> {
        let key = hex::secret(text, field)?;
        check_mac_key(&key, authentication, field)?;
        Ok(key)
    };
    Ok(Ikev2Keys {
        spi_i: Some(eight(spi_i, "SPIi")?),
        spi_r: Some(eight(spi_r, "SPIr")?),
        encryption: Some(encryption),
        authentication: Some(authentication),
        sk_ei: Some(encryption_key(sk_ei, "SK_ei")?),
        sk_er: Some(encryption_key(sk_er, "SK_er")?),
        sk_ai: Some(integrity_key(sk_ai, "SK_ai")?),
        sk_ar: Some(integrity_key(sk_ar, "SK_ar")?),
        ..Ikev2Keys::default()
    })
}

fn esp_sa(columns: &[&str; COLUMNS_MAX]) -> Result<SaKeys> {
    let [
        _,
        source,
        destination,
        spi,
        cipher,
        key,
        mac,
        mac_key,
        sequence,
    ] = *columns;
    let named = cipher_of(cipher)?;
    let authentication = mac_of(mac)?;
    let key = key_bytes(key, "encryption key")?;
    let authentication_key = key_bytes(mac_key, "authentication key")?;
    check_mac_key(&authentication_key, authentication, "authentication key")?;
    let (encryption, authentication) = told_apart(named.ciphers, authentication);
    check_key(&key, &encryption, named.key_bits, "encryption key")?;
    Ok(SaKeys {
        source: address(source, "source")?,
        destination: address(destination, "destination")?,
        spi: spi_of(spi)?,
        encryption,
        authentication,
        encryption_key: key,
        authentication_key,
        extended_sequence: match sequence {
            "" => None,
            bits => Some(bits.contains("64")),
        },
        ..SaKeys::default()
    })
}

/// The length of an unchecked integrity value says which of several AEAD
/// ciphers is meant; it is then the cipher's own.
fn told_apart(
    ciphers: Vec<Encryption>,
    authentication: Authentication,
) -> (Vec<Encryption>, Authentication) {
    let Authentication::Unchecked { icv } = authentication else {
        return (ciphers, authentication);
    };
    let fitting: Vec<_> = ciphers
        .iter()
        .copied()
        .filter(|id| algorithms::sizes(*id).is_some_and(|cipher| cipher.icv == icv))
        .collect();
    if fitting.is_empty() {
        (ciphers, authentication)
    } else {
        (fitting, Authentication::None)
    }
}

fn cipher_of(name: &str) -> Result<Named> {
    algorithms::cipher(name).ok_or(("encryption", LineErrorKind::UnknownAlgorithm))
}

fn mac_of(name: &str) -> Result<Authentication> {
    algorithms::authentication(name).ok_or(("integrity", LineErrorKind::UnknownAlgorithm))
}

fn address(text: &str, field: &'static str) -> Result<Option<AddressRange>> {
    match text {
        "" | "*" => Ok(None),
        text => match text.parse() {
            Ok(range) => Ok(Some(range)),
            Err(_) => Err((field, LineErrorKind::NotAddress)),
        },
    }
}

fn spi_of(text: &str) -> Result<Option<u32>> {
    if matches!(text, "" | "*" | "0x*") {
        return Ok(None);
    }
    let number = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => text.parse(),
    };
    number.map(Some).map_err(|_| ("SPI", LineErrorKind::NotSpi))
}

/// A key of `esp_sa`: hexadecimal behind `0x`, else the characters themselves.
fn key_bytes(text: &str, field: &'static str) -> Result<Secret> {
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => hex::secret(digits, field),
        None => Ok(Secret::new(text.as_bytes().to_vec())),
    }
}

const BOM: &[u8] = b"\xef\xbb\xbf";

/// Fields of the longest table.
const COLUMNS_MAX: usize = 9;

/// Digits with which the line of a table begins, at the least.
const FIRST_FIELD_MIN: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::{String, ToString};
    use proptest::prelude::*;

    const SPIS: &str = "58d1b7b7265bf6ba,2536d4c667044795";
    const KEY_32: &str = "9b4c0f628d198a7d7aad0f4e31c52914fdaa146bc640cb65995fdab4dd68f4d9";

    fn one(line: &str) -> Keys {
        let mut keys = read(line.as_bytes());
        assert_eq!(keys.errors, [], "{line}");
        assert_eq!(keys.entries.len(), 1, "{line}");
        keys.entries.remove(0).keys
    }

    fn complaint(line: &str) -> (&'static str, LineErrorKind) {
        let keys = read(line.as_bytes());
        assert!(keys.entries.is_empty(), "{line}");
        (keys.errors[0].field, keys.errors[0].kind)
    }

    #[test]
    fn the_three_tables_in_one_file() {
        let file = format!(
            "\u{feff}# This file is automatically generated, DO NOT MODIFY.\r\n\
             77dd33204ba48e0a,{KEY_32}\r\n\r\n\
             {SPIS},{KEY_32},{KEY_32},\"AES-CBC-256 [RFC3602]\",{KEY_32},{KEY_32},\"HMAC_SHA2_256_128 [RFC4868]\"\r\n\
             \"IPv4\",\"192.0.2.10\",\"*\",\"0x438b2c8d\",\"AES-GCM [RFC4106]\",\"0x9a57d55b6f156b5a885cf8ad7497e678f2f61d49\",\"ANY 128 bit authentication [no checking]\",\"0x\"\n"
        );
        let keys = read(file.as_bytes());
        assert_eq!(keys.errors, []);
        let each: Vec<_> = keys.entries.iter().map(|entry| &entry.keys).collect();
        let [Keys::Ikev1(one), Keys::Ikev2(two), Keys::Sa(esp)] = each[..] else {
            panic!("{keys:?}");
        };
        assert_eq!(
            u64::from_be_bytes(one.cookie_i.unwrap()),
            0x77dd_3320_4ba4_8e0a
        );
        assert_eq!(one.key.as_ref().unwrap().len(), 32);
        assert_eq!(two.encryption, Some(Encryption::ENCR_AES_CBC));
        assert_eq!(two.authentication.unwrap().icv(), 16);
        assert_eq!(two.sk_ar.as_ref().unwrap().len(), 32);
        assert_eq!(esp.spi, Some(0x438b_2c8d));
        assert_eq!(esp.source.unwrap().to_string(), "192.0.2.10/32");
        assert_eq!(esp.destination, None);
        assert_eq!(esp.encryption, [Encryption::ENCR_AES_GCM_16]);
        assert_eq!(esp.authentication, Authentication::None);
        assert_eq!(esp.encryption_key.len(), 20);
        assert_eq!(esp.extended_sequence, None);
    }

    #[test]
    fn quoting_variants() {
        let key = "00112233445566778899aabbccddeeff";
        for line in [
            format!("0123456789abcdef,{key}"),
            format!("\"0123456789abcdef\",\"{key}\""),
            format!(" 0x0123456789ABCDEF , \"0x{key}\" "),
            String::from("01:23:45:67:89:ab:cd:ef,00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff"),
        ] {
            let Keys::Ikev1(entry) = one(&line) else {
                panic!("{line}");
            };
            assert_eq!(
                entry.cookie_i,
                Some([1, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef])
            );
            assert_eq!(entry.key.unwrap().len(), 16);
        }
    }

    #[test]
    fn esp_with_patterns_and_characters() {
        let line = "\"IPv6\",\"2001:db8::/32\",\"*\",\"*\",\"3DES-CBC\",\"abcdefghijklmnopqrstuvwx\",\"HMAC-MD5-96 [RFC2403]\",\"0x000102030405060708090a0b0c0d0e0f\",\"64-bit\"";
        let Keys::Sa(esp) = one(line) else {
            panic!();
        };
        assert_eq!(esp.spi, None);
        assert!(esp.encryption_key.ct_eq(b"abcdefghijklmnopqrstuvwx"));
        assert_eq!(esp.extended_sequence, Some(true));
    }

    #[test]
    fn faults_are_placed() {
        use LineErrorKind as K;
        let v2 = |sk_ei: &str, cipher: &str, sk_ai: &str| {
            format!(
                "{SPIS},{sk_ei},{KEY_32},\"{cipher}\",{sk_ai},{KEY_32},\"HMAC_SHA2_256_128 [RFC4868]\""
            )
        };
        let aes = "AES-CBC-256 [RFC3602]";
        let cases = [
            ("one".to_string(), "", K::Fields { found: 1 }),
            ("a,b,c".to_string(), "", K::Fields { found: 3 }),
            (",".repeat(40), "", K::Fields { found: 41 }),
            ("\"77dd".to_string(), "", K::Quotes),
            ("\"77dd\"x,00".to_string(), "", K::Quotes),
            ("77dd,xy".to_string(), "key", K::NotHex),
            ("77dd,123".to_string(), "key", K::NotHex),
            (
                "77dd,1234".to_string(),
                "cookie",
                K::Length { need: 8, have: 2 },
            ),
            (
                v2("00", aes, KEY_32),
                "SK_ei",
                K::Length { need: 32, have: 1 },
            ),
            (
                v2(KEY_32, aes, "00"),
                "SK_ai",
                K::Length { need: 32, have: 1 },
            ),
            (
                v2(KEY_32, "AES-CBC-128", KEY_32),
                "SK_ei",
                K::Length { need: 16, have: 32 },
            ),
            (
                v2(KEY_32, "ROT13", KEY_32),
                "encryption",
                K::UnknownAlgorithm,
            ),
        ];
        for (line, field, kind) in cases {
            assert_eq!(complaint(&line), (field, kind), "{line}");
        }
        let esp = |source: &str, spi: &str| {
            format!("\"IPv4\",\"{source}\",\"*\",\"{spi}\",\"NULL\",\"\",\"NULL\",\"\"")
        };
        assert_eq!(complaint(&esp("10.1", "1")), ("source", K::NotAddress));
        assert_eq!(complaint(&esp("*", "0x123456789")), ("SPI", K::NotSpi));
        assert!(matches!(one(&esp("*", "7")), Keys::Sa(_)));
        assert_eq!(read(b"\xff\xfe\n").errors[0].kind, K::NotText);
    }

    #[test]
    fn keys_appear_nowhere() {
        let marker = "5ec2e7";
        let key = format!("{}00", marker.repeat(5));
        let lines = [
            format!("0123456789abcdef,{key}"),
            format!("0123456789abcdef,{key}z"),
            format!("{key},{key}"),
            format!("{SPIS},{key},{key},\"AES-CBC-256\",{key},{key},\"NONE\""),
            format!("\"{key},\"x"),
            format!("{key},{key},{key}"),
        ];
        for line in lines {
            let keys = read(line.as_bytes());
            let mut shown = format!("{keys:?}");
            for error in &keys.errors {
                shown.push_str(&error.to_string());
            }
            let bytes = format!("{:?}", [0x5e, 0xc2, 0xe7]);
            assert!(!shown.contains(marker), "{shown}");
            assert!(!shown.contains(bytes.trim_matches(['[', ']'])), "{shown}");
        }
    }

    #[test]
    fn limits() {
        use crate::keylog::assembly::{ENTRIES_MAX, ERRORS_MAX};
        use core::fmt::Write as _;
        let mut file = String::new();
        for cookie in 0..=ENTRIES_MAX {
            writeln!(file, "{cookie:016x},00112233445566778899aabbccddeeff").unwrap();
        }
        let keys = read(file.as_bytes());
        assert_eq!(keys.entries.len(), ENTRIES_MAX);
        assert_eq!(keys.errors.len(), 1);
        assert_eq!(keys.errors[0].line, ENTRIES_MAX + 1);
        let keys = read("x\n".repeat(ERRORS_MAX + 1).as_bytes());
        assert_eq!(keys.errors.len(), ERRORS_MAX);
    }

    proptest! {
        #[test]
        fn no_file_panics(file in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = read(&file);
        }

        #[test]
        fn no_line_panics(line in "(\"|,|0x|[0-9a-f]{2,8}|IPv4|AES-GCM|NULL|ANY 9|\\*| |-){0,20}") {
            let keys = read(line.as_bytes());
            prop_assert!(keys.entries.len() <= 1);
            prop_assert!(keys.errors.iter().all(|error| error.line == 1));
        }
    }
}
