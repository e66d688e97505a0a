//! What a peer sends and claims, and whether it is believed.

use super::{certificate, crl, file, provider};
use ipsec_core::keymat::x509::{Authorities, Believed, Disbelief, IdentityMatch};
use ipsec_core::time::Instant;
use ipsec_core::wire::registry::ike::{CertEncoding, IdType};

/// 15 January 2027.
const NOW: Instant = Instant::from_seconds(1_800_000_000, 0);

fn authorities() -> Authorities {
    Authorities {
        anchors: vec![certificate("root")],
        crls: vec![crl("root")],
        ..Authorities::default()
    }
}

/// A peer that sends these certificates and calls itself so.
fn claim(of: &Authorities, sent: &[&str], name: &[u8]) -> Result<Believed, Disbelief> {
    let sent: Vec<_> = sent.iter().map(|one| file(&format!("{one}.der"))).collect();
    let payloads: Vec<_> = sent
        .iter()
        .map(|der| (CertEncoding::X509_SIGNATURE, &der[..]))
        .collect();
    of.believe(NOW, provider(), &payloads, (IdType::ID_FQDN, name))
}

fn why(of: &Authorities, sent: &[&str], name: &[u8]) -> String {
    claim(of, sent, name).unwrap_err().to_string()
}

#[test]
fn the_first_certificate_is_the_peers() {
    let moon = claim(&authorities(), &["moon"], b"moon.example").unwrap();
    assert_eq!(*moon.certificate(), certificate("moon"));
    assert_eq!(moon.public_key(), certificate("moon").spki());
    assert!(claim(&authorities(), &["moon", "sub", "root"], b"moon.example").is_ok());
    let other_first = why(&authorities(), &["sun", "sub", "moon"], b"moon.example");
    let sun = "C=CH, O=ipsec-core, CN=sun.example, DNS:sun.example";
    assert_eq!(other_first, format!("the certificate is about {sun}"));
}

#[test]
fn what_stands_between_is_sent_or_at_hand() {
    let of = authorities();
    assert!(claim(&of, &["sun", "sub"], b"sun.example").is_ok());
    let alone = why(&of, &["sun"], b"sun.example");
    assert_eq!(
        alone,
        "C=CH, O=ipsec-core, CN=sun.example: no certificate of C=CH, O=ipsec-core, CN=sub is at hand"
    );
    let others = vec![certificate("sub")];
    assert!(claim(&Authorities { others, ..of }, &["sun"], b"sun.example").is_ok());
}

#[test]
fn a_certificate_may_be_believed_by_itself() {
    let anchors = vec![certificate("sun")];
    let of = Authorities {
        anchors,
        ..Authorities::default()
    };
    assert!(claim(&of, &["sun"], b"sun.example").is_ok());
    let nobody = Authorities::default();
    assert!(claim(&nobody, &["sun"], b"sun.example").is_err());
    // An authority that the peer sends is nobody's.
    assert!(claim(&nobody, &["moon", "root"], b"moon.example").is_err());
}

#[test]
fn faults_on_the_path() {
    for (name, fault) in [
        ("expired", "expired since"),
        ("future", "not valid before"),
        ("revoked", "revoked since"),
        ("too-deep", "no certificate of"),
        ("no-signing", "its key usage does not let it sign"),
        ("critical", "unknown critical extension"),
    ] {
        let said = why(&authorities(), &[name], name.as_bytes());
        assert!(said.contains(fault), "{name}: {said}");
    }
}

#[test]
fn names_that_are_like_it() {
    let strict = authorities();
    let found = claim(&strict, &["moon"], b"vpn.moon.example").unwrap_err();
    let Disbelief::OtherIdentity { found } = found else {
        panic!("{found:?}")
    };
    assert!(matches!(found, IdentityMatch::Lenient { .. }));
    let is_lenient = true;
    let lenient = Authorities {
        is_lenient,
        ..strict
    };
    assert!(claim(&lenient, &["moon"], b"vpn.moon.example").is_ok());
    assert!(claim(&lenient, &["p384"], b"p384").is_ok());
    assert!(claim(&lenient, &["moon"], b"sun.example").is_err());
    let moon = file("moon.der");
    let payloads = [(CertEncoding::X509_SIGNATURE, &moon[..])];
    for id in [(IdType::ID_NULL, &b""[..]), (IdType::ID_KEY_ID, b"group")] {
        let believed = lenient.believe(NOW, provider(), &payloads, id);
        assert!(matches!(believed, Err(Disbelief::OtherIdentity { .. })));
    }
}

#[test]
fn lists_may_be_demanded() {
    let demands_revocation_lists = true;
    let strict = Authorities {
        demands_revocation_lists,
        ..authorities()
    };
    assert!(claim(&strict, &["moon"], b"moon.example").is_ok());
    let crls = Vec::new();
    let without = Authorities { crls, ..strict };
    assert_eq!(
        why(&without, &["moon"], b"moon.example"),
        "no revocation list at hand speaks of C=CH, O=ipsec-core, CN=moon.example"
    );
    // The peer may bring it: its issuer signed it.
    let (moon, list) = (file("moon.der"), file("root.crl"));
    let payloads = [
        (CertEncoding::X509_SIGNATURE, &moon[..]),
        (CertEncoding::CRL, &list[..]),
    ];
    let id = (IdType::ID_FQDN, &b"moon.example"[..]);
    assert!(without.believe(NOW, provider(), &payloads, id).is_ok());
}

#[test]
fn payloads_without_a_certificate_and_too_many() {
    let of = authorities();
    let id = (IdType::ID_FQDN, &b"moon.example"[..]);
    let judged = |payloads: &[(CertEncoding, &[u8])]| of.believe(NOW, provider(), payloads, id);
    let moon = file("moon.der");
    for payloads in [
        &[][..],
        &[(CertEncoding::X509_SIGNATURE, &b"garbage"[..])],
        &[(CertEncoding::X509_SIGNATURE, &moon[..100])],
        &[(CertEncoding(201), &moon[..])],
    ] {
        let refused = judged(payloads).unwrap_err();
        assert!(matches!(refused, Disbelief::NoCertificate { .. }));
    }
    let payload = (CertEncoding::X509_SIGNATURE, &moon[..]);
    assert!(judged(&[payload; 16]).is_ok());
    let payloads = 17;
    assert_eq!(judged(&[payload; 17]), Err(Disbelief::TooMany { payloads }));
}
