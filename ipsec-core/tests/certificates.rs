//! Certificates made with openssl (`tests/data/x509`) and those of strongSwan's
//! fuzzing corpus, read and compared with what openssl says of them
//! (RFC 5280, RFC 4945).
#![cfg(feature = "rustcrypto")]
#![allow(
    clippy::allow_attributes,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test stops at the first surprise and says what it skips"
)]

mod support;

use ipsec_core::crypto::{CryptoProvider, rustcrypto};
use ipsec_core::keymat::x509::{Certificate, DistinguishedName, PublicKey, SignatureCheck};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

fn provider() -> &'static CryptoProvider {
    rustcrypto::provider()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/x509")
}

fn file(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(name)).unwrap()
}

fn certificate(name: &str) -> Certificate {
    Certificate::read(&file(&format!("{name}.der"))).unwrap()
}

fn shown<T: ToString>(values: &[T]) -> Vec<String> {
    values.iter().map(ToString::to_string).collect()
}

#[test]
fn a_gateway_s_certificate_says_all_this() {
    let moon = certificate("moon");
    assert_eq!(moon.version, 3);
    assert_eq!(
        moon.subject.to_string(),
        "C=CH, O=ipsec-core, CN=moon.example"
    );
    assert_eq!(moon.issuer.to_string(), "C=CH, O=ipsec-core, CN=root");
    assert_eq!((moon.not_before, moon.not_after), (YEAR_2026, YEAR_2046));
    assert_eq!(
        shown(&moon.alt_names),
        [
            "DNS:moon.example",
            "DNS:*.moon.example",
            "email:admin@moon.example",
            "IP:192.0.2.1",
            "IP:2001:db8::1",
            "URI:https://moon.example/",
            "DN:C=CH, CN=the moon",
            "userPrincipalName:moon@example",
            "#88032a0304"
        ]
    );
    assert!(!moon.is_ca() && !moon.names_itself());
    let uses: Vec<_> = moon.key_usage.unwrap().names().collect();
    assert_eq!(uses, ["digitalSignature", "nonRepudiation"]);
    assert_eq!(
        moon.extended_key_usage,
        ["serverAuth", "ipsecIKE", "1.2.3.4"]
    );
    assert_eq!(moon.crl_urls, ["http://crl.example/root.crl"]);
    assert_eq!(moon.ocsp_urls, ["http://ocsp.example"]);
    assert_eq!(moon.public_key.to_string(), "RSA-2048");
    assert_eq!(moon.signature_algorithm().name, "RSA with SHA2-256");
    assert!(moon.algorithms_agree);
    assert_eq!(moon.faults, []);
    let root = certificate("root");
    assert_eq!(moon.authority_key_id, root.subject_key_id);
    assert_eq!(root.basic_constraints.unwrap().path_len, None);
    assert!(root.is_ca() && root.names_itself());
    assert!(root.key_usage.unwrap().may_sign_certificates());
}

/// `openssl x509 -pubkey -noout | openssl pkey -pubin -outform DER | sha1sum`
#[test]
fn certificate_requests_name_the_root_so() {
    let hash = certificate("root").authority_key_hash(provider()).unwrap();
    assert_eq!(hash.as_bytes(), support::unhex(ROOT_KEY_SHA1));
}

#[test]
fn keys_and_signatures_of_every_kind() {
    let said = |name| {
        let certificate = certificate(name);
        let algorithm = certificate.signature_algorithm();
        let weak = algorithm.is_weak() || certificate.public_key.is_weak();
        format!(
            "{}, {}{}",
            certificate.public_key,
            algorithm,
            if weak { ", weak" } else { "" }
        )
    };
    assert_eq!(said("sub"), "ECDSA P-384, RSA with SHA2-256");
    assert_eq!(said("sun"), "ECDSA P-256, ECDSA with SHA2-256");
    assert_eq!(said("ed25519"), "Ed25519, RSA with SHA2-256");
    assert_eq!(said("pss"), "RSA-2048, RSASSA-PSS with SHA2-256");
    assert_eq!(said("md5"), "ECDSA P-256, RSA with MD5, weak");
    assert_eq!(said("sha1"), "ECDSA P-256, RSA with SHA-1, weak");
    assert_eq!(said("rsa-1024"), "RSA-1024, RSA with SHA2-256, weak");
}

#[test]
fn signatures_are_checked_over_the_bytes_that_were_sent() {
    use SignatureCheck::{Bad, Good, Unsupported};
    let check = |name, issuer| {
        let issuer = certificate(issuer);
        certificate(name).check_signature(provider(), issuer.spki())
    };
    assert_eq!(
        check("moon", "root"),
        if cfg!(feature = "rsa") {
            Good
        } else {
            Unsupported
        }
    );
    assert_eq!(check("pss", "root"), check("moon", "root"));
    assert_eq!(check("sun", "sub"), Good);
    assert_eq!(check("sun", "below-sub"), Bad);
    assert_eq!(check("md5", "root"), Unsupported);
}

#[test]
fn unusual_certificates_are_read_too() {
    let v1 = certificate("version-1");
    assert_eq!((v1.version, v1.serial_hex().as_str()), (1, "07"));
    assert!(!v1.is_ca() && v1.basic_constraints.is_none());
    assert_eq!(certificate("critical").critical_unprocessed, ["1.2.3.4.5"]);
    let nameless = certificate("no-subject");
    assert!(nameless.subject.is_empty());
    assert_eq!(nameless.name(), "DNS:no-subject.example");
    let strings = certificate("strings");
    assert_eq!(
        strings.subject.to_string(),
        r"O=Zürich\, Inc., serialNumber=42 + CN=sträng"
    );
    let trailing = Certificate::read(&[file("moon.der"), vec![0; 3]].concat()).unwrap();
    assert_eq!(
        shown(&trailing.faults),
        ["certificate at offset 1235: 3 bytes follow the end"]
    );
    assert_eq!(trailing.der(), file("moon.der"));
}

#[test]
fn an_unreadable_extension_costs_only_itself() {
    let mut der = file("moon.der");
    let alt_name = [0x06, 0x03, 0x55, 0x1d, 0x11, 0x04];
    let at = der.windows(6).position(|w| w == alt_name).unwrap();
    der[at + 9] = 0x31; // 04 LEN 30 becomes SET
    let moon = Certificate::read(&der).unwrap();
    assert_eq!(moon.faults.len(), 1, "{:?}", moon.faults);
    assert_eq!(moon.faults[0].field, "subjectAltName");
    assert_eq!(moon.alt_names, []);
    assert_eq!(moon.crl_urls.len(), 1);
}

#[test]
fn no_truncation_is_a_certificate() {
    for name in ["moon", "pss", "strings"] {
        let der = file(&format!("{name}.der"));
        for len in 0..der.len() {
            assert!(Certificate::read(&der[..len]).is_err(), "{name} {len}");
            let subject = DistinguishedName::new(&der[..len]);
            assert!(subject.to_string().len() < 256);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Certificate::read(&bytes);
        let _ = PublicKey::read(&bytes);
        let name = DistinguishedName::new(&bytes);
        prop_assert!(!name.to_string().contains(char::is_control));
        prop_assert!(name.same_as(&name.clone()));
    }

    #[test]
    fn a_damaged_certificate_is_read_or_refused(
        at in 0_usize..1235,
        bytes in prop::collection::vec(any::<u8>(), 1..8),
    ) {
        let mut der = file("moon.der");
        for (place, byte) in der[at..].iter_mut().zip(bytes) {
            *place = byte;
        }
        if let Ok(certificate) = Certificate::read(&der) {
            for text in shown(&certificate.alt_names) {
                prop_assert!(!text.contains(char::is_control));
            }
            prop_assert!(!certificate.subject.to_string().contains(char::is_control));
        }
    }
}

/// Whatever openssl reads of the corpus we read, and find the same in it.
#[test]
fn strongswan_s_corpus_is_read_as_openssl_reads_it() {
    let Some(corpus) = support::shared("corpora/strongswan-fuzzing-corpora") else {
        return;
    };
    let (mut files, mut read, mut compared) = (0, 0, 0);
    for folder in ["certs", "certs-crash"] {
        for entry in std::fs::read_dir(corpus.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let der = std::fs::read(&path).unwrap();
            if der.starts_with(b"-----") {
                continue;
            }
            files += 1;
            let ours = Certificate::read(&der);
            read += usize::from(ours.is_ok());
            let Some(theirs) = openssl(&path) else {
                continue;
            };
            let ours = ours.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            compared += 1;
            compare(&ours, &theirs, &path);
        }
    }
    println!("{files} files in DER: {read} read by us, {compared} by openssl too");
}

/// What openssl says about a certificate, one `key=value` in a line; not of one
/// whose dates it cannot read.
fn openssl(path: &Path) -> Option<BTreeMap<String, String>> {
    let output = Command::new("openssl")
        .args(["x509", "-inform", "DER", "-noout", "-serial", "-dates"])
        .args([
            "-dateopt",
            "iso_8601",
            "-fingerprint",
            "-subject",
            "-issuer",
        ])
        .args(["-nameopt", "sep_comma_plus_space,utf8,sname,esc_ctrl"])
        .arg("-in")
        .arg(path)
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    let pairs = pairs.map(|(key, value)| (key.to_owned(), value.to_owned()));
    (output.status.success() && !text.contains("Bad time value")).then(|| pairs.collect())
}

fn compare(ours: &Certificate, theirs: &BTreeMap<String, String>, path: &Path) {
    let hex: String = ours
        .fingerprint(provider())
        .unwrap()
        .as_bytes()
        .iter()
        .map(|byte| format!("{byte:02X}"))
        .collect();
    assert_eq!(
        hex,
        theirs["SHA1 Fingerprint"].replace(':', ""),
        "{}",
        path.display()
    );
    for (name, said) in [(&ours.subject, "subject"), (&ours.issuer, "issuer")] {
        let theirs = &theirs[said];
        let plain = ["C=", "ST=", "L=", "O=", "OU=", "CN="];
        if theirs
            .split(", ")
            .all(|part| plain.iter().any(|p| part.starts_with(p)))
        {
            let name = name.to_string();
            assert!(
                name == *theirs || name.contains('\\'),
                "{}: {name}, {theirs}",
                path.display()
            );
        }
    }
    for (ours, said) in [(ours.not_before, "notBefore"), (ours.not_after, "notAfter")] {
        assert_eq!(iso(ours), theirs[said], "{}", path.display());
    }
}

/// `2026-01-01 00:00:00Z`
fn iso(seconds: u64) -> String {
    let output = Command::new("date")
        .args(["-u", "-d", &format!("@{seconds}"), "+%Y-%m-%d %H:%M:%SZ"])
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// 1 January, midnight UTC.
const YEAR_2026: u64 = 1_767_225_600;
const YEAR_2046: u64 = 2_398_377_600;
const ROOT_KEY_SHA1: &str = "6be7215c0d6055e0dbfa723bfdc0bb6305f582d2";
