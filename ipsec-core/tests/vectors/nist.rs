//! NIST's CAVP: text of `NAME = value` lines, a blank line after each vector
//! and sizes or the direction in brackets.

use crate::{Tally, padded, provider, shared, unhex};
use flate2::read::DeflateDecoder;
use ipsec_core::crypto::{CipherKey, suite};
use ipsec_core::wire::registry::ike;
use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::PathBuf;

/// What holds for one vector: its own lines over those before it.
type Fields = BTreeMap<String, String>;

#[test]
fn aes_cbc() {
    for (name, vectors) in files("aes") {
        let mut tally = Tally::default();
        for fields in &vectors {
            let key = hex(fields, "KEY");
            check_cbc(ike::Encryption::ENCR_AES_CBC, &key, fields, &mut tally);
        }
        tally.report(&name);
        assert_eq!(tally.all(), vectors.len(), "{name}");
    }
}

/// With three equal keys it is DES, which is run too.
#[test]
fn triple_des_cbc() {
    for (name, vectors) in files("tdes") {
        let mut tally = Tally::default();
        for fields in &vectors {
            let key = match fields.get("KEYs") {
                Some(key) => unhex(key).repeat(3),
                None => [
                    hex(fields, "KEY1"),
                    hex(fields, "KEY2"),
                    hex(fields, "KEY3"),
                ]
                .concat(),
            };
            check_cbc(ike::Encryption::ENCR_3DES, &key, fields, &mut tally);
            if key[..8] == key[8..16] && key[..8] == key[16..] {
                check_cbc(ike::Encryption::ENCR_DES, &key[..8], fields, &mut tally);
            }
        }
        tally.report(&name);
        assert!(tally.all() >= vectors.len(), "{name}");
    }
}

fn check_cbc(id: ike::Encryption, key: &[u8], fields: &Fields, tally: &mut Tally) {
    let cipher = provider().cipher(suite::encryption(id).unwrap()).unwrap();
    let key: Box<dyn CipherKey> = cipher.with_key(key).unwrap();
    let (iv, clear) = (hex(fields, "IV"), hex(fields, "PLAINTEXT"));
    let sealed = hex(fields, "CIPHERTEXT");
    let mut text = clear.clone();
    key.encrypt(&iv, &mut text).unwrap();
    let encrypted = text == sealed;
    key.decrypt(&iv, &mut text).unwrap();
    tally.check(encrypted && text == clear, || format!("{fields:?}"));
}

#[test]
fn hmac() {
    for (name, vectors) in files("hmac") {
        let mut tally = Tally::default();
        for fields in &vectors {
            let id = match fields["L"].as_str() {
                "20" => ike::Prf::PRF_HMAC_SHA1,
                "32" => ike::Prf::PRF_HMAC_SHA2_256,
                "48" => ike::Prf::PRF_HMAC_SHA2_384,
                "64" => ike::Prf::PRF_HMAC_SHA2_512,
                _ => {
                    tally.unsupported("HMAC-SHA2-224: not registered for IPsec");
                    continue;
                }
            };
            let prf = provider().prf(id).unwrap();
            let output = prf.compute(&hex(fields, "Key"), &[&hex(fields, "Msg")]);
            let mac = hex(fields, "Mac");
            let right = output.dangerous_bytes()[..mac.len()] == mac;
            tally.check(right, || format!("{fields:?}"));
        }
        tally.report(&name);
        assert_eq!(tally.all(), vectors.len(), "{name}");
    }
}

#[test]
fn ecc_cdh() {
    for (name, vectors) in files("ecc") {
        let mut tally = Tally::default();
        for fields in &vectors {
            let curve = fields["section"].as_str();
            let (id, len) = match curve {
                "P-256" => (ike::KeyExchange::ECP_256, 32),
                "P-384" => (ike::KeyExchange::ECP_384, 48),
                "P-521" => (ike::KeyExchange::ECP_521, 66),
                "P-192" | "P-224" => {
                    tally.unsupported(format!("{curve}: in no released crate"));
                    continue;
                }
                _ => {
                    tally.unsupported(format!("{curve}: a binary curve, in no crate"));
                    continue;
                }
            };
            let at = |name: &str| padded(&hex(fields, name), len).unwrap();
            let group = provider().group(id).unwrap();
            let ours = group.with_private(&at("dIUT")).unwrap();
            let secret = ours.finish(&[at("QCAVSx"), at("QCAVSy")].concat()).unwrap();
            let right =
                ours.public() == [at("QIUTx"), at("QIUTy")].concat() && secret.ct_eq(&at("ZIUT"));
            tally.check(right, || format!("{fields:?}"));
        }
        tally.report(&name);
        assert_eq!(tally.all(), vectors.len(), "{name}");
    }
}

#[test]
fn aes_ccm() {
    let Some(folder) = shared("nist-cavp/ccm") else {
        return;
    };
    let archive = fs::read(folder.join("ccmtestvectors.zip")).unwrap();
    for (name, content) in unzip(&archive) {
        if !name.ends_with(".rsp") {
            println!("{name}: the vectors of the .rsp file again, with remarks");
            continue;
        }
        let vectors = read(&String::from_utf8(content).unwrap());
        let mut tally = Tally::default();
        for fields in &vectors {
            check_ccm(fields, &mut tally);
        }
        tally.report(&name);
        assert_eq!(tally.all(), vectors.len(), "{name}");
    }
}

fn check_ccm(fields: &Fields, tally: &mut Tally) {
    let id = match fields["Tlen"].as_str() {
        "8" => ike::Encryption::ENCR_AES_CCM_8,
        "12" => ike::Encryption::ENCR_AES_CCM_12,
        "16" => ike::Encryption::ENCR_AES_CCM_16,
        other => return tally.unsupported(format!("tags of {other} bytes")),
    };
    if fields["Nlen"] != "11" {
        return tally.unsupported(format!("nonces of {} bytes: 11 in IPsec", fields["Nlen"]));
    }
    let aead = provider().aead(suite::encryption(id).unwrap()).unwrap();
    let nonce = hex(fields, "Nonce");
    let (salt, iv) = nonce.split_at(3);
    let key = aead
        .with_key(&[&hex(fields, "Key"), salt].concat())
        .unwrap();
    let len = |name: &str| fields[name].parse::<usize>().unwrap();
    let aad = &hex(fields, "Adata")[..len("Alen")];
    let clear = &hex(fields, "Payload")[..len("Plen")];
    let mut text = clear.to_vec();
    let mut icv = vec![0; len("Tlen")];
    key.seal(iv, &[aad], &mut text, &mut icv).unwrap();
    let sealed = [text.clone(), icv.clone()].concat() == hex(fields, "CT");
    let opened = key.open(iv, &[aad], &mut text, &icv).is_ok() && text == clear;
    tally.check(sealed && opened, || format!("{fields:?}"));
}

/// The key derivations are run where they are computed.
#[test]
fn every_folder_is_known() {
    let Some(folder) = shared("nist-cavp") else {
        return;
    };
    for entry in fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        match name.as_str() {
            "aes" | "ccm" | "ecc" | "hmac" | "tdes" => {}
            "x" | "ikev1.zip" | "ikev2.zip" => {
                println!("{name}: key derivation, not an algorithm of the provider");
            }
            _ => panic!("{name} is not known"),
        }
    }
}

/// Every file of a folder with its vectors.
fn files(folder: &str) -> Vec<(String, Vec<Fields>)> {
    let Some(folder) = shared(&format!("nist-cavp/{folder}")) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    paths
        .iter()
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, read(&fs::read_to_string(path).unwrap()))
        })
        .collect()
}

/// The vectors of a file: each ends with the blank line after its `Count`, and
/// inherits what stood before the first.
fn read(text: &str) -> Vec<Fields> {
    let mut vectors = Vec::new();
    let mut fields = Fields::new();
    let mut counted = false;
    for line in text.lines().map(str::trim).chain([""]) {
        if line.is_empty() {
            if core::mem::take(&mut counted) {
                vectors.push(fields.clone());
            }
        } else if let Some(section) = line.strip_prefix('[') {
            let section = section.trim_end_matches(']');
            fields.insert("section".to_owned(), section.to_owned());
            for pair in section.split(',') {
                insert(&mut fields, pair);
            }
        } else if !line.starts_with('#') {
            counted |= line.to_ascii_lowercase().starts_with("count");
            insert(&mut fields, line);
        }
    }
    vectors
}

fn insert(fields: &mut Fields, pair: &str) {
    if let Some((name, value)) = pair.split_once('=') {
        fields.insert(name.trim().to_owned(), value.trim().to_owned());
    }
}

fn hex(fields: &Fields, name: &str) -> Vec<u8> {
    unhex(&fields[name])
}

/// The files of a ZIP archive, by its local headers.
fn unzip(archive: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut rest = archive;
    while rest.starts_with(b"PK\x03\x04") {
        let number = |at: usize, len: usize| {
            rest[at..at + len]
                .iter()
                .rev()
                .fold(0, |all, byte| all << 8 | usize::from(*byte))
        };
        let (method, size, name, extra) =
            (number(8, 2), number(18, 4), number(26, 2), number(28, 2));
        let data = &rest[30 + name + extra..][..size];
        let title = String::from_utf8(rest[30..30 + name].to_vec()).unwrap();
        let mut content = Vec::new();
        match method {
            0 => content.extend_from_slice(data),
            _ => {
                DeflateDecoder::new(data).read_to_end(&mut content).unwrap();
            }
        }
        files.push((title, content));
        rest = &rest[30 + name + extra + size..];
    }
    assert!(
        rest.starts_with(b"PK\x01\x02"),
        "a ZIP with sizes in its local headers"
    );
    files
}
