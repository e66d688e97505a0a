//! What certificates and revocation lists say.

use super::{certificate, crl, file, provider, shown, support};
use ipsec_core::keymat::x509::{
    Certificate, DistinguishedName, PublicKey, RevocationList, SignatureCheck,
};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

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
    assert_eq!(check("pss", "root"), Good);
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

/// `openssl crl -text`
#[test]
fn a_revocation_list_says_who_and_when() {
    let list = crl("root");
    let root = certificate("root");
    assert_eq!(list.issuer, root.subject);
    assert_eq!(list.authority_key_id, root.subject_key_id);
    assert_eq!((list.len, list.is_complete), (1, true));
    assert_eq!(list.this_update, LIST_MADE);
    assert_eq!(list.next_update, Some(LIST_MADE + 7000 * 86_400));
    assert_eq!(list.faults, []);
    let entry = list.find(&certificate("revoked").serial).unwrap();
    assert_eq!((entry.at, entry.reason), (LIST_MADE, Some("keyCompromise")));
    assert!(list.find(&certificate("moon").serial).is_none());
    let check = |issuer| list.check_signature(provider(), certificate(issuer).spki());
    assert_eq!(check("root"), SignatureCheck::Good);
    assert_eq!(check("other-root"), SignatureCheck::Bad);
}

#[test]
fn an_unreadable_entry_leaves_the_list_incomplete() {
    let mut der = file("root.crl");
    let serial = certificate("revoked").serial;
    let at = der.windows(serial.len()).position(|w| w == serial).unwrap();
    der[at + serial.len()] = 0x16; // its date
    let list = RevocationList::read(&der).unwrap();
    assert!(!list.is_complete && list.find(&serial).is_none());
    assert_eq!(list.faults[0].field, "revocation_date");
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

/// Of the certificates in DER openssl 3.0 reads [`READ_BY_OPENSSL`], dates
/// included (asked for each of the 720 once). As many must be among those that
/// are read here; what both say must be the same.
#[test]
fn strongswan_s_certificates_are_read_as_openssl_reads_them() {
    let (mut read, mut compared) = (0, Vec::new());
    let files = corpus(&["certs", "certs-crash"]);
    for (path, der) in &files {
        let Ok(ours) = Certificate::read(der) else {
            continue;
        };
        read += 1;
        if let Some(theirs) = openssl("x509", path) {
            compare(&ours, &theirs, path);
            compared.push((ours.not_before, theirs["notBefore"].clone()));
            compared.push((ours.not_after, theirs["notAfter"].clone()));
        }
    }
    if files.is_empty() || compared.is_empty() {
        return println!("SKIPPED: no corpus or no openssl");
    }
    compare_dates(&compared);
    let by_openssl = compared.len() / 2;
    println!(
        "{} certificates: {read} read, {by_openssl} of them by openssl",
        files.len()
    );
    assert_eq!(by_openssl, READ_BY_OPENSSL);
}

/// The same for revocation lists.
#[test]
fn strongswan_s_lists_are_read_as_openssl_reads_them() {
    let (mut read, mut by_openssl, mut compared) = (0, 0, Vec::new());
    let files = corpus(&["crls"]);
    for (path, der) in &files {
        let Ok(ours) = RevocationList::read(der) else {
            continue;
        };
        read += 1;
        if let Some(theirs) = openssl("crl", path) {
            by_openssl += 1;
            assert_eq!(
                ours.len,
                theirs["revoked"].parse::<usize>().unwrap(),
                "{}",
                path.display()
            );
            compare_names(&ours.issuer, &theirs["issuer"], path);
            compared.push((ours.this_update, theirs["lastUpdate"].clone()));
            if let Some(next) = ours.next_update {
                compared.push((next, theirs["nextUpdate"].clone()));
            }
        }
    }
    if files.is_empty() || compared.is_empty() {
        return println!("SKIPPED: no corpus or no openssl");
    }
    compare_dates(&compared);
    println!(
        "{} lists: {read} read, {by_openssl} of them by openssl",
        files.len()
    );
    assert_eq!(by_openssl, LISTS_READ_BY_OPENSSL);
}

/// The files in DER of some folders of strongSwan's corpus.
fn corpus(folders: &[&str]) -> Vec<(PathBuf, Vec<u8>)> {
    let Some(corpus) = support::shared("corpora/strongswan-fuzzing-corpora") else {
        return Vec::new();
    };
    let mut files = Vec::new();
    for folder in folders {
        for entry in std::fs::read_dir(corpus.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let der = std::fs::read(&path).unwrap();
            if !der.starts_with(b"-----") {
                files.push((path, der));
            }
        }
    }
    files
}

/// What openssl says about a certificate or a list; nothing where it cannot
/// read a date.
fn openssl(what: &str, path: &Path) -> Option<BTreeMap<String, String>> {
    let asked: &[&str] = match what {
        "x509" => &["-noout", "-dates", "-fingerprint", "-subject", "-issuer"],
        _ => &["-text", "-noout", "-lastupdate", "-nextupdate", "-issuer"],
    };
    let output = Command::new("openssl")
        .args([what, "-inform", "DER"])
        .args(asked)
        .args(["-dateopt", "iso_8601"])
        .args(["-nameopt", "sep_comma_plus_space,utf8,sname,esc_ctrl"])
        .arg("-in")
        .arg(path)
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() || text.contains("Bad time value") {
        return None;
    }
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    let pairs = pairs.map(|(key, value)| (key.to_owned(), value.to_owned()));
    let revoked = text.matches("    Serial Number: ").count().to_string();
    Some(pairs.chain([("revoked".to_owned(), revoked)]).collect())
}

fn compare(ours: &Certificate, theirs: &BTreeMap<String, String>, path: &Path) {
    let fingerprint = ours.fingerprint(provider()).unwrap();
    let digits = fingerprint.as_bytes().iter();
    let digits: Vec<_> = digits.map(|byte| format!("{byte:02X}")).collect();
    assert_eq!(
        digits.join(":"),
        theirs["SHA1 Fingerprint"],
        "{}",
        path.display()
    );
    compare_names(&ours.subject, &theirs["subject"], path);
    compare_names(&ours.issuer, &theirs["issuer"], path);
}

/// Names of attributes that both print alike and values that both escape alike
/// or not at all.
fn compare_names(ours: &DistinguishedName, theirs: &str, path: &Path) {
    let alike = ["C=", "ST=", "L=", "O=", "OU=", "CN="];
    let is_alike = |part: &str| alike.iter().any(|name| part.starts_with(name));
    let ours = ours.to_string();
    if theirs.split(", ").all(is_alike) && !ours.contains('\\') {
        assert_eq!(ours, theirs, "{}", path.display());
    }
}

fn compare_dates(dates: &[(u64, String)]) {
    let ours: Vec<_> = dates.iter().map(|(seconds, _)| *seconds).collect();
    let theirs: Vec<_> = dates.iter().map(|(_, text)| text.clone()).collect();
    assert_eq!(iso(&ours), theirs);
}

/// Each as `2026-01-01 00:00:00Z`.
fn iso(seconds: &[u64]) -> Vec<String> {
    let stamps: String = seconds.iter().map(|at| format!("@{at}\n")).collect();
    let file = std::env::temp_dir().join(format!(
        "ipsec-core-dates-{}-{}",
        std::process::id(),
        seconds.len()
    ));
    std::fs::write(&file, stamps).unwrap();
    let date = Command::new("date")
        .args(["-u", "+%Y-%m-%d %H:%M:%SZ", "-f"])
        .arg(&file)
        .output()
        .unwrap();
    std::fs::remove_file(file).unwrap();
    let text = String::from_utf8(date.stdout).unwrap();
    text.lines().map(str::to_owned).collect()
}

const READ_BY_OPENSSL: usize = 97;
const LISTS_READ_BY_OPENSSL: usize = 43;

/// 1 January, midnight UTC.
const YEAR_2026: u64 = 1_767_225_600;
const YEAR_2046: u64 = 2_398_377_600;
const LIST_MADE: u64 = 1_795_274_780;
const ROOT_KEY_SHA1: &str = "6be7215c0d6055e0dbfa723bfdc0bb6305f582d2";
