//! Wireshark's decryption tables: one SA a line, fields by commas, quoted or
//! not, `#` begins a comment. The tables are told apart line by line, by the
//! number of fields and the first of them, so a file may hold all three.
//!
//! - `ikev1_decryption_table`: initiator's cookie, key
//! - `ikev2_decryption_table`: SPIi, SPIr, SK_ei, SK_er, cipher, SK_ai, SK_ar,
//!   integrity
//! - `esp_sa`: IP version, source, destination, SPI, cipher, key, integrity,
//!   key, and since 4.0 the length of sequence numbers

use super::algorithms::{self, Authentication, Named};
use super::{Entry, EspKeys, Ikev1Key, Ikev2Keys, KeyLog, LineError, LineErrorKind};
use crate::crypto::Secret;
use crate::sa::selector::AddressRange;
use crate::wire::registry::ike::Encryption;
use alloc::vec::Vec;
use zeroize::Zeroizing;

type Result<T> = core::result::Result<T, (&'static str, LineErrorKind)>;

/// Reads a table, or several in one file.
///
/// ```
/// use ipsec_core::keylog::{Entry, wireshark};
/// let file = b"# phase 1\n0123456789abcdef,00112233445566778899aabbccddeeff\nnonsense\n";
/// let keys = wireshark::read(file);
/// assert!(matches!(keys.entries[..], [Entry::Ikev1(_)]));
/// assert_eq!(keys.errors[0].line, 3);
/// ```
#[must_use]
pub fn read(file: &[u8]) -> KeyLog {
    let mut keys = KeyLog::default();
    let file = file.strip_prefix(BOM).unwrap_or(file);
    for (index, line) in file.split(|byte| *byte == b'\n').enumerate() {
        let read = match core::str::from_utf8(line) {
            Ok(line) => entry(line.trim()),
            Err(_) => Err(("", LineErrorKind::NotText)),
        };
        let read = match read {
            Ok(Some(_)) if keys.entries.len() >= ENTRIES_MAX => {
                Err(("", LineErrorKind::TooMany { limit: ENTRIES_MAX }))
            }
            read => read,
        };
        match read {
            Ok(entry) => keys.entries.extend(entry),
            Err((field, kind)) if keys.errors.len() < ERRORS_MAX => keys.errors.push(LineError {
                line: index.saturating_add(1),
                field,
                kind,
            }),
            Err(_) => {}
        }
    }
    keys
}

/// The keys on one line; none on an empty line and in a comment.
fn entry(line: &str) -> Result<Option<Entry>> {
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let mut columns = [""; COLUMNS_MAX];
    let found = split(line, &mut columns)?;
    let esp = matches!(
        columns[0].to_ascii_lowercase().as_str(),
        "ipv4" | "ipv6" | "any"
    );
    let entry = match (found, esp) {
        (2, false) => Entry::Ikev1(ikev1(&columns)?),
        (8, false) => Entry::Ikev2(ikev2(&columns)?),
        (8 | 9, true) => Entry::Esp(esp_sa(&columns)?),
        _ => return Err(("", LineErrorKind::Fields { found })),
    };
    Ok(Some(entry))
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

fn ikev1(columns: &[&str; COLUMNS_MAX]) -> Result<Ikev1Key> {
    let [cookie, key, ..] = *columns;
    let key = hex(key, "key")?;
    if key.is_empty() {
        return Err(("key", LineErrorKind::Length { need: 8, have: 0 }));
    }
    Ok(Ikev1Key {
        cookie_i: eight(cookie, "cookie")?,
        key,
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
        let key = hex(text, field)?;
        check_cipher_key(&key, encryption, named.key_bits, field)?;
        Ok(key)
    };
    let integrity_key = |text, field| -> Result<Secret> {
        let key = hex(text, field)?;
        check_mac_key(&key, authentication, field)?;
        Ok(key)
    };
    Ok(Ikev2Keys {
        spi_i: eight(spi_i, "SPIi")?,
        spi_r: eight(spi_r, "SPIr")?,
        encryption,
        authentication,
        sk_ei: encryption_key(sk_ei, "SK_ei")?,
        sk_er: encryption_key(sk_er, "SK_er")?,
        sk_ai: integrity_key(sk_ai, "SK_ai")?,
        sk_ar: integrity_key(sk_ar, "SK_ar")?,
    })
}

fn esp_sa(columns: &[&str; COLUMNS_MAX]) -> Result<EspKeys> {
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
    for id in encryption.iter().take(1) {
        check_cipher_key(&key, *id, named.key_bits, "encryption key")?;
    }
    Ok(EspKeys {
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

/// A key must have a length that the cipher has, and the one that its name
/// gives.
fn check_cipher_key(
    key: &Secret,
    id: Encryption,
    named: Option<u16>,
    field: &'static str,
) -> Result<()> {
    let Some(cipher) = algorithms::sizes(id) else {
        return Ok(());
    };
    let have = key.len();
    let bits = have
        .checked_sub(cipher.salt)
        .and_then(|bytes| bytes.checked_mul(8))
        .and_then(|bits| u16::try_from(bits).ok());
    let fits = bits.is_some_and(|bits| cipher.keys.negotiated(Some(bits)).is_some())
        && named.is_none_or(|named| bits == Some(named));
    if fits {
        return Ok(());
    }
    let need = cipher.key_material(named.unwrap_or(cipher.keys.least));
    Err((field, LineErrorKind::Length { need, have }))
}

fn check_mac_key(key: &Secret, mac: Authentication, field: &'static str) -> Result<()> {
    match mac.mac() {
        Some(mac) if mac.key != key.len() => Err((
            field,
            LineErrorKind::Length {
                need: mac.key,
                have: key.len(),
            },
        )),
        _ => Ok(()),
    }
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

fn eight(text: &str, field: &'static str) -> Result<[u8; 8]> {
    let bytes = hex(text, field)?;
    let bytes = bytes.dangerous_bytes();
    <[u8; 8]>::try_from(bytes).map_err(|_| {
        let have = bytes.len();
        (field, LineErrorKind::Length { need: 8, have })
    })
}

/// A key of `esp_sa`: hexadecimal behind `0x`, else the characters themselves.
fn key_bytes(text: &str, field: &'static str) -> Result<Secret> {
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => hex(digits, field),
        None => Ok(Secret::new(text.as_bytes().to_vec())),
    }
}

/// Bytes in hexadecimal, with or without `0x`, colons, hyphens or spaces.
fn hex(text: &str, field: &'static str) -> Result<Secret> {
    let text = text.strip_prefix("0x").unwrap_or(text);
    let digits = || text.chars().filter(|c| !matches!(c, ':' | '-' | ' '));
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len() / 2));
    let mut digits = digits().map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()));
    while let Some(high) = digits.next() {
        let (Some(high), Some(Some(low))) = (high, digits.next()) else {
            return Err((field, LineErrorKind::NotHex));
        };
        bytes.push(high << 4 | low);
    }
    Ok(Secret::new(core::mem::take(&mut *bytes)))
}

const BOM: &[u8] = b"\xef\xbb\xbf";

/// Fields of the longest table.
const COLUMNS_MAX: usize = 9;

/// Entries kept of one file.
pub const ENTRIES_MAX: usize = 65_536;

/// Lines of one file that are complained of.
pub const ERRORS_MAX: usize = 1_000;

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::{String, ToString};
    use proptest::prelude::*;

    const SPIS: &str = "58d1b7b7265bf6ba,2536d4c667044795";
    const KEY_32: &str = "9b4c0f628d198a7d7aad0f4e31c52914fdaa146bc640cb65995fdab4dd68f4d9";

    fn one(line: &str) -> Entry {
        let mut keys = read(line.as_bytes());
        assert_eq!(keys.errors, [], "{line}");
        assert_eq!(keys.entries.len(), 1, "{line}");
        keys.entries.remove(0)
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
        let [Entry::Ikev1(one), Entry::Ikev2(two), Entry::Esp(esp)] = &keys.entries[..] else {
            panic!("{keys:?}");
        };
        assert_eq!(u64::from_be_bytes(one.cookie_i), 0x77dd_3320_4ba4_8e0a);
        assert_eq!(one.key.len(), 32);
        assert_eq!(two.encryption, Encryption::ENCR_AES_CBC);
        assert_eq!(two.authentication.icv(), 16);
        assert_eq!(two.sk_ar.len(), 32);
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
            let Entry::Ikev1(entry) = one(&line) else {
                panic!("{line}");
            };
            assert_eq!(
                entry.cookie_i,
                [1, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef]
            );
            assert_eq!(entry.key.len(), 16);
        }
    }

    #[test]
    fn esp_with_patterns_and_characters() {
        let line = "\"IPv6\",\"2001:db8::/32\",\"*\",\"*\",\"3DES-CBC\",\"abcdefghijklmnopqrstuvwx\",\"HMAC-MD5-96 [RFC2403]\",\"0x000102030405060708090a0b0c0d0e0f\",\"64-bit\"";
        let Entry::Esp(esp) = one(line) else {
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
        assert!(matches!(one(&esp("*", "7")), Entry::Esp(_)));
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
        let line = "0123456789abcdef,00112233445566778899aabbccddeeff\n";
        let keys = read(line.repeat(ENTRIES_MAX + 1).as_bytes());
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
            prop_assert!(keys.entries.len() + keys.errors.len() <= 1);
        }
    }
}
