//! Files of certificates and what CERT payloads hold.

use super::{certificate, crl, file, shown};
use ipsec_core::keymat::x509::{Bundle, BundleFaultKind};
use ipsec_core::wire::registry::ike::CertEncoding;
use proptest::prelude::*;

#[test]
fn pem_with_text_and_several_blocks() {
    let bundle = Bundle::read(&file("bundle.pem"));
    assert_eq!(bundle.certificates, ["root", "sub"].map(certificate));
    assert_eq!(bundle.crls, [crl("root")]);
    assert_eq!(bundle.faults, []);
    let text = String::from_utf8(file("bundle.pem")).unwrap();
    let dos = text.replace('\n', "\r\n").replace('=', "");
    assert_eq!(
        Bundle::read(dos.as_bytes()),
        bundle,
        "line ends, no padding"
    );
}

#[test]
fn der_of_every_kind() {
    assert_eq!(Bundle::read(&file("moon.der")).certificates.len(), 1);
    assert_eq!(Bundle::read(&file("root.crl")).crls, [crl("root")]);
    let both = Bundle::read(&[file("moon.der"), file("root.crl")].concat());
    assert_eq!((both.certificates.len(), both.crls.len()), (1, 1));
    let wrapped = Bundle::read(&file("moon.p7"));
    assert_eq!(wrapped.certificates, ["moon", "root"].map(certificate));
    assert_eq!(wrapped.faults, []);
}

#[test]
fn what_gives_nothing_is_said_with_its_line() {
    let text = String::from_utf8(file("bundle.pem")).unwrap();
    let block = text.split("-----BEGIN ").nth(1).unwrap();
    let file = format!(
        "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n\
         -----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n\
         -----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n\
         -----BEGIN CERTIFICATE-----\nMIIC\n\
         -----BEGIN {block}"
    );
    let bundle = Bundle::read(file.as_bytes());
    assert_eq!(bundle.certificates, [certificate("root")]);
    assert_eq!(
        shown(&bundle.faults),
        [
            "line 1: a block of PRIVATE KEY is passed over",
            "line 4: not base64",
            "line 7: no certificate or revocation list: tbs at offset 2: needs 2 bytes, 0 are left",
            "line 10: the block does not end",
        ]
    );
    assert!(!format!("{bundle:?}").contains("c2VjcmV0"));
    assert_eq!(Bundle::read(b"").faults[0].kind, BundleFaultKind::Empty);
    assert_eq!(Bundle::read(b"x").faults[0].kind, BundleFaultKind::Empty);
}

#[test]
fn payloads_of_every_encoding() {
    let read = |encoding, name| Bundle::of_payload(encoding, &file(name));
    let moon = read(CertEncoding::X509_SIGNATURE, "moon.der");
    assert_eq!(moon.certificates, [certificate("moon")]);
    assert_eq!(read(CertEncoding::CRL, "root.crl").crls.len(), 1);
    assert_eq!(read(CertEncoding::PKCS7, "moon.p7").certificates.len(), 2);
    let there = [&[7; 20][..], b"http://ca.example/\x1b"].concat();
    let faults = Bundle::of_payload(CertEncoding::HASH_AND_URL, &there).faults;
    assert_eq!(
        shown(&faults),
        [r"the certificate is at http://ca.example/\u{1b}"]
    );
    let pgp = Bundle::of_payload(CertEncoding::PGP, b"").faults;
    assert_eq!(shown(&pgp), ["PGP Certificate is not read"]);
}

#[test]
fn two_thousand_certificates_are_kept() {
    let one = file("strings.der");
    let most = Bundle::read(&one.repeat(2000));
    assert_eq!((most.certificates.len(), most.faults.len()), (2000, 0));
    let more = Bundle::read(&one.repeat(2001));
    assert_eq!(more.certificates.len(), 2000);
    assert_eq!(shown(&more.faults), ["more than 2000 of them"]);
}

/// Each level of wrapping costs some twenty bytes: it must cost no stack.
#[test]
fn wrapping_does_not_nest() {
    let mut der = file("moon.der");
    for _ in 0..2000 {
        der = wrapped(&der);
    }
    let bundle = Bundle::of_payload(CertEncoding::PKCS7, &der);
    assert!(bundle.certificates.is_empty());
    assert_eq!(bundle.faults.len(), 1);
    let once = Bundle::of_payload(CertEncoding::PKCS7, &wrapped(&file("moon.der")));
    assert_eq!(once.certificates, [certificate("moon")]);
}

/// A `ContentInfo` with one certificate.
fn wrapped(certificate: &[u8]) -> Vec<u8> {
    let signed_data = [
        &b"\x02\x01\x01\x31\x00\x30\x00"[..],
        &element(0xa0, certificate),
        b"\x31\x00",
    ];
    let content = element(0xa0, &element(0x30, &signed_data.concat()));
    let oid = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
    element(0x30, &[oid, &*content].concat())
}

fn element(tag: u8, value: &[u8]) -> Vec<u8> {
    let len = u32::try_from(value.len()).unwrap().to_be_bytes();
    [&[tag, 0x84], &len[..], value].concat()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_file_is_read(
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        at in 0_usize..2000,
        encoding in 0_u8..16,
    ) {
        for good in ["bundle.pem", "moon.p7", "root.crl"] {
            let mut damaged = file(good);
            for (place, byte) in damaged.iter_mut().skip(at).zip(&bytes) {
                *place = *byte;
            }
            for bytes in [&damaged, &bytes] {
                let bundle = Bundle::read(bytes);
                let text = shown(&bundle.faults).concat();
                prop_assert!(!text.contains(char::is_control));
                let _ = Bundle::of_payload(CertEncoding(encoding), bytes);
            }
        }
    }
}
