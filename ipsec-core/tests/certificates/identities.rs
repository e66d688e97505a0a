//! Identities against the names of certificates (RFC 4945 §3.1).

use super::certificate;
use ipsec_core::keymat::x509::IdentityMatch::{self, Lenient, Other, Same};
use ipsec_core::wire::registry::ike::IdType;

fn carries(kind: IdType, data: &[u8]) -> IdentityMatch {
    certificate("moon").carries(kind, data)
}

fn by(found: IdentityMatch) -> String {
    match found {
        Same { by } => by,
        Lenient { by, why } => format!("{by}, {why:?}"),
        _ => String::new(),
    }
}

#[test]
fn names_that_are_carried() {
    let name = |kind, data: &[u8]| by(carries(kind, data));
    assert_eq!(name(IdType::ID_FQDN, b"Moon.Example"), "DNS:moon.example");
    assert_eq!(name(IdType::ID_FQDN, b"moon.example."), "DNS:moon.example");
    assert_eq!(
        name(IdType::ID_RFC822_ADDR, b"admin@moon.example"),
        "email:admin@moon.example"
    );
    assert_eq!(name(IdType::ID_IPV4_ADDR, &[192, 0, 2, 1]), "IP:192.0.2.1");
    let v6: core::net::Ipv6Addr = "2001:db8::1".parse().unwrap();
    assert_eq!(name(IdType::ID_IPV6_ADDR, &v6.octets()), "IP:2001:db8::1");
    let moon = certificate("moon");
    assert_eq!(
        name(IdType::ID_DER_ASN1_DN, moon.subject.der()),
        "C=CH, O=ipsec-core, CN=moon.example"
    );
    assert_eq!(
        name(IdType::ID_KEY_ID, &moon.subject_key_id),
        "subjectKeyIdentifier"
    );
    assert_eq!(
        name(IdType::ID_DER_ASN1_GN, b"\x87\x04\xc0\x00\x02\x01"),
        "IP:192.0.2.1"
    );
}

#[test]
fn names_that_only_some_accept() {
    assert_eq!(
        by(carries(IdType::ID_FQDN, b"vpn.moon.example")),
        "DNS:*.moon.example, Wildcard"
    );
    let in_subject = certificate("p384").carries(IdType::ID_FQDN, b"p384");
    assert_eq!(by(in_subject), "CN=p384, InSubject");
}

#[test]
fn names_that_are_not_carried() {
    for (kind, data) in [
        (IdType::ID_FQDN, &b"sun.example"[..]),
        (IdType::ID_FQDN, b"a.b.moon.example"),
        (IdType::ID_FQDN, b".moon.example"),
        (IdType::ID_FQDN, b"moon.example\0.org"),
        (IdType::ID_FQDN, b""),
        (IdType::ID_RFC822_ADDR, b"moon.example"),
        (IdType::ID_IPV4_ADDR, &[192, 0, 2, 2]),
        (IdType::ID_IPV4_ADDR, &[192, 0, 2]),
        (IdType::ID_DER_ASN1_DN, certificate("sun").subject.der()),
        (IdType::ID_DER_ASN1_GN, b"\x87\x04\xc0\x00\x02"),
    ] {
        let Other { has } = carries(kind, data) else {
            panic!("{kind:?} {data:?}");
        };
        assert_eq!(has.len(), 10);
        assert_eq!(
            has[..2],
            ["C=CH, O=ipsec-core, CN=moon.example", "DNS:moon.example"]
        );
    }
    let found = certificate("sun").carries(IdType::ID_FQDN, b"moon.example");
    let has = ["C=CH, O=ipsec-core, CN=sun.example", "DNS:sun.example"];
    assert_eq!(
        found,
        Other {
            has: has.map(str::to_owned).into()
        }
    );
}

#[test]
fn types_that_no_certificate_carries() {
    for (kind, data) in [
        (IdType::ID_KEY_ID, &b""[..]),
        (IdType::ID_KEY_ID, b"group"),
        (IdType::ID_NULL, b""),
        (IdType(77), b"moon.example"),
    ] {
        assert_eq!(carries(kind, data), IdentityMatch::NotComparable);
    }
}

/// b said to be b.example with a certificate of another: charon's a refused it.
#[test]
fn an_identity_that_charon_did_not_find() {
    let other = certificate("charon/id-mismatch");
    let has = ["C=XX, O=Lab, CN=other.example", "DNS:other.example"];
    assert_eq!(
        other.carries(IdType::ID_FQDN, b"b.example"),
        Other {
            has: has.map(str::to_owned).into()
        }
    );
}
