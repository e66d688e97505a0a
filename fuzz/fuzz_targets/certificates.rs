//! Any bytes as a file of certificates and revocation lists, judged by each
//! other: nothing panics, no search runs on, and what is shown commands no
//! terminal.
#![no_main]

use ipsec_core::crypto::rustcrypto;
use ipsec_core::keymat::x509::{Bundle, Certificate, DistinguishedName, Trust};
use ipsec_core::time::Instant;
use ipsec_core::wire::registry::ike::{CertEncoding, IdType};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let name = DistinguishedName::new(data);
    shown(&name);
    assert!(name.same_as(&name.clone()));
    let bundle = Bundle::read(data);
    for fault in &bundle.faults {
        shown(fault);
    }
    for certificate in &bundle.certificates {
        names(certificate, data);
    }
    for list in &bundle.crls {
        shown(&list.issuer);
        let known = bundle.certificates.iter().map(|one| &one.serial);
        let found = known.filter(|serial| list.find(serial).is_some());
        assert!(found.count() == 0 || list.len > 0);
    }
    judge(&bundle);
    let _ = Bundle::of_payload(CertEncoding::PKCS7, data);
});

fn names(certificate: &Certificate, data: &[u8]) {
    let again = Certificate::read(certificate.der()).expect("it was read before");
    assert_eq!(again.tbs(), certificate.tbs());
    shown(&certificate.public_key);
    shown(&certificate.signature_algorithm());
    certificate.names().for_each(|name| shown(&name));
    for kind in IdType::ALL {
        let _ = certificate.carries(*kind, data);
    }
}

/// The first certificates, with the last as an anchor.
fn judge(bundle: &Bundle) {
    let anchor = bundle.certificates.len().saturating_sub(1);
    let (others, anchors) = bundle.certificates.split_at(anchor);
    let trust = Trust {
        anchors,
        others,
        crls: &bundle.crls,
    };
    for certificate in bundle.certificates.iter().take(3) {
        let path = trust.judge(NOW, rustcrypto::provider(), certificate);
        path.faults.iter().for_each(shown);
        assert!(!path.links.is_empty() && path.links.len() <= MAX_LINKS);
    }
}

fn shown(value: &impl ToString) {
    let text = value.to_string();
    assert!(!text.contains(char::is_control), "{text:?}");
}

/// 21 November 2026.
const NOW: Instant = Instant::from_seconds(1_795_257_938, 0);
const MAX_LINKS: usize = 10;
