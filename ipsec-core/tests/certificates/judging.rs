//! Paths and their faults. `openssl verify -attime 1800000000 -CAfile root
//! -crl_check -untrusted …` refuses what is refused here, and nothing else but
//! where a test says so.

use super::{certificate, crl, file, provider};
use ipsec_core::keymat::x509::{
    Certificate, Fault, FaultKind, Path, RevocationList, RevocationStatus, Trust, Verdict,
};
use ipsec_core::time::Instant;

/// 15 January 2027.
const NOW: Instant = Instant::from_seconds(1_800_000_000, 0);

/// Judges with root as the anchor, its list, and the certificates between.
fn judged<T>(name: &str, look: impl FnOnce(&Path<'_>) -> T) -> T {
    with_list(name, "root", look)
}

fn with_list<T>(name: &str, list: &str, look: impl FnOnce(&Path<'_>) -> T) -> T {
    let trust = Trust {
        anchors: &[certificate("root")],
        others: &["sub", "below-sub", "sun"].map(certificate),
        crls: &[crl(list)],
    };
    look(&trust.judge(NOW, provider(), &certificate(name)))
}

fn told(path: &Path<'_>) -> (Verdict, Vec<String>) {
    let faults = path.faults.iter().map(ToString::to_string).collect();
    (path.verdict(), faults)
}

fn refused(name: &str) -> Vec<String> {
    let (verdict, faults) = judged(name, told);
    assert_eq!(verdict, Verdict::Refused, "{faults:?}");
    faults
}

#[test]
fn gateways_are_trusted() {
    for name in ["moon", "ed25519", "p384", "pss", "no-subject", "version-1"] {
        let (verdict, faults) = judged(name, told);
        assert_eq!((verdict, &*faults), (Verdict::Trusted, &[][..]), "{name}");
    }
    let links = judged("sun", |path| {
        let links = path.links.iter();
        links
            .map(|link| link.certificate.name())
            .collect::<Vec<_>>()
    });
    assert_eq!(
        links,
        [
            "C=CH, O=ipsec-core, CN=sun.example",
            "C=CH, O=ipsec-core, CN=sub",
            "C=CH, O=ipsec-core, CN=root"
        ]
    );
}

#[test]
fn an_anchor_needs_no_path() {
    let moon = certificate("moon");
    let trust = Trust {
        anchors: core::slice::from_ref(&moon),
        ..Trust::default()
    };
    let path = trust.judge(NOW, provider(), &moon);
    assert_eq!((path.links.len(), path.verdict()), (1, Verdict::Trusted));
}

/// Errors 10 and 9 of openssl.
#[test]
fn dates() {
    assert_eq!(
        refused("expired"),
        ["CN=expired: expired since 2021-01-01T00:00:00Z"]
    );
    assert_eq!(
        refused("future"),
        ["CN=future: not valid before 2040-01-01T00:00:00Z"]
    );
    let moon = certificate("moon");
    let trust = Trust::default();
    let faults_at = |seconds| {
        let now = Instant::from_seconds(seconds, 999_999);
        let path = trust.judge(now, provider(), &moon);
        path.faults.len() - 1 // no issuer
    };
    assert_eq!(faults_at(moon.not_before - 1), 1);
    assert_eq!(faults_at(moon.not_before), 0);
    assert_eq!(faults_at(moon.not_after), 0, "the last second counts");
    assert_eq!(faults_at(moon.not_after + 1), 1);
}

/// Error 23 of openssl.
#[test]
fn revoked() {
    let fault = "CN=revoked: revoked since 2026-11-21T15:26:20Z: keyCompromise";
    assert_eq!(refused("revoked"), [fault]);
    let (verdict, faults) = with_list("revoked", "root-stale", told);
    assert_eq!((verdict, &*faults), (Verdict::Refused, &[fault.into()][..]));
}

#[test]
fn a_certificate_that_was_revoked_later_was_good_before() {
    let trust = Trust {
        anchors: &[certificate("root")],
        others: &[],
        crls: &[crl("root")],
    };
    let before = Instant::from_seconds(1_790_000_000, 0);
    let revoked = certificate("revoked");
    let path = trust.judge(before, provider(), &revoked);
    let fault = "CN=revoked: revoked later, since 2026-11-21T15:26:20Z: keyCompromise";
    assert_eq!(told(&path), (Verdict::Trusted, vec![fault.into()]));
}

#[test]
fn lists_that_do_not_count() {
    let status = |path: &Path<'_>| (told(path).1, path.links[0].revocation);
    let (faults, status_by_root) = judged("moon", status);
    let as_of = crl("root").this_update;
    assert!(faults.is_empty());
    assert_eq!(status_by_root, RevocationStatus::NotListed { as_of });
    let (faults, unknown) = with_list("moon", "root-stale", status);
    let stale = "C=CH, O=ipsec-core, CN=moon.example: \
                 its issuer's revocation list is stale since 2026-11-21T15:26:21Z";
    assert_eq!(
        (faults, unknown),
        (vec![stale.into()], RevocationStatus::Unknown)
    );
    let (faults, unknown) = with_list("moon", "other-root", status);
    let forged = "C=CH, O=ipsec-core, CN=moon.example: \
                  the revocation list of its issuer's name has a wrong signature";
    assert_eq!(
        (faults, unknown),
        (vec![forged.into()], RevocationStatus::Unknown)
    );
}

/// Error 25 of openssl.
#[test]
fn too_many_authorities() {
    assert_eq!(
        refused("too-deep"),
        ["C=CH, O=ipsec-core, CN=sub: 1 authorities below it where 0 may be"]
    );
}

/// Errors 79 and 25 of openssl.
#[test]
fn issued_by_a_gateway() {
    assert_eq!(
        refused("below-leaf"),
        [
            "C=CH, O=ipsec-core, CN=sun.example: issued a certificate and is no authority",
            "C=CH, O=ipsec-core, CN=sun.example: issued a certificate, and its key usage lacks keyCertSign",
            "C=CH, O=ipsec-core, CN=sub: 1 authorities below it where 0 may be"
        ]
    );
}

/// Error 34 of openssl.
#[test]
fn unknown_critical_extension() {
    assert_eq!(
        refused("critical"),
        ["CN=critical: unknown critical extension 1.2.3.4.5"]
    );
}

/// openssl looks at neither unless a purpose is given.
#[test]
fn key_usage_and_purposes() {
    assert_eq!(
        refused("no-signing"),
        ["CN=no signing: its key usage does not let it sign"]
    );
    let web_only = "CN=web only: not made for IKE but codeSigning".to_owned();
    assert_eq!(judged("web-only", told), (Verdict::Trusted, vec![web_only]));
}

/// openssl takes MD5 and 1024 bits at its security level 0 and 1.
#[test]
fn weak_algorithms() {
    let sha1 = "CN=sha1: signed with RSA with SHA-1, which is weak".to_owned();
    assert_eq!(judged("sha1", told), (Verdict::Trusted, vec![sha1]));
    let short = "CN=rsa-1024: its key RSA-1024 is weak".to_owned();
    assert_eq!(judged("rsa-1024", told), (Verdict::Trusted, vec![short]));
    assert_eq!(
        judged("md5", told),
        (
            Verdict::Undecided,
            vec![
                "CN=md5: signature not checked: RSA with MD5 is not supported".to_owned(),
                "CN=md5: signed with RSA with MD5, which is weak".to_owned()
            ]
        )
    );
}

/// Error 20 of openssl.
#[test]
fn issuers_that_are_not_at_hand() {
    let nobody = Trust::default();
    let moon = certificate("moon");
    let path = nobody.judge(NOW, provider(), &moon);
    let unknown = "C=CH, O=ipsec-core, CN=moon.example: \
                   no certificate of C=CH, O=ipsec-core, CN=root is at hand";
    assert_eq!(told(&path), (Verdict::Undecided, vec![unknown.into()]));
    let (verdict, faults) = judged("forged", told);
    assert_eq!(verdict, Verdict::Refused, "its key usage");
    assert_eq!(
        faults[0],
        "CN=forged: signed with another key than that of C=CH, O=ipsec-core, CN=root at hand"
    );
}

/// Errors 18 and 19 of openssl.
#[test]
fn roots_that_nobody_trusts() {
    let own = "C=CH, O=ipsec-core, CN=root: signed by itself and not known as an authority";
    assert_eq!(
        refused("other-root"),
        [
            own,
            "C=CH, O=ipsec-core, CN=root: its key usage does not let it sign"
        ]
    );
    let sent = Trust {
        others: &[certificate("root")],
        ..Trust::default()
    };
    let moon = certificate("moon");
    let path = sent.judge(NOW, provider(), &moon);
    assert_eq!(path.faults[0].link, 1);
    assert_eq!(told(&path), (Verdict::Undecided, vec![own.into()]));
    assert!(matches!(
        judged("strings", |path| path.faults[0].kind.clone()),
        FaultKind::SelfSigned
    ));
}

/// Error 7 of openssl.
#[test]
fn a_changed_bit_is_a_wrong_signature() {
    let mut der = file("moon.der");
    let at = der.windows(4).position(|w| w == b"moon").unwrap();
    der[at] ^= 1;
    let changed = Certificate::read(&der).unwrap();
    let trust = Trust {
        anchors: &[certificate("root")],
        ..Trust::default()
    };
    let path = trust.judge(NOW, provider(), &changed);
    let fault = "C=CH, O=ipsec-core, CN=loon.example: not signed by C=CH, O=ipsec-core, CN=root";
    assert_eq!(told(&path), (Verdict::Refused, vec![fault.into()]));
}

/// Of two authorities of one name the one that signed it is found.
#[test]
fn the_key_decides_between_two_of_a_name() {
    let trust = Trust {
        anchors: &["other-root", "root"].map(certificate),
        ..Trust::default()
    };
    for name in ["moon", "forged"] {
        assert!(trust.judge(NOW, provider(), &certificate(name)).is_anchored);
    }
}

/// Two hundred certificates of one name and key, and as many lists.
#[test]
fn the_search_ends() {
    let root = certificate("root");
    let mut copies = Vec::new();
    for change in 1..=200 {
        let mut der = root.der().to_vec();
        let last = der.len() - 1;
        der[last] = der[last].wrapping_add(change); // their own signature is wrong
        copies.push(Certificate::read(&der).unwrap());
    }
    let lists = vec![crl("root"); 200];
    let mut trust = Trust {
        others: &copies,
        crls: &lists,
        ..Trust::default()
    };
    let moon = certificate("moon");
    let path = trust.judge(NOW, provider(), &moon);
    let ended = |fault: &Fault| fault.kind == FaultKind::SearchEnded;
    assert!(path.faults.iter().any(ended), "{:?}", told(&path));
    assert_eq!(path.verdict(), Verdict::Undecided);
    let anchors = [root];
    trust.anchors = &anchors;
    let path = trust.judge(NOW, provider(), &moon);
    assert!(path.is_anchored, "anchors come first");
}

/// Certificates off the wire, and the lines of charon's log about them.
#[test]
fn what_charon_refused_is_refused_for_the_same_reason() {
    let at = Instant::from_seconds(1_795_257_938, 0); // 21 November 2026, 10:45:38
    let told = |name: &str| {
        let certificate = certificate(&format!("charon/{name}"));
        let nobody = Trust::default();
        let path = nobody.judge(at, provider(), &certificate);
        let (verdict, mut faults) = told(&path);
        faults.push(certificate.public_key.to_string());
        (verdict, faults)
    };
    let unknown = |subject: &str, issuer: &str| {
        format!("C=XX, O={subject}: no certificate of C=XX, O={issuer} is at hand")
    };
    let lab = unknown("Lab, CN=b.example", "Lab, CN=Lab Root CA");
    // subject certificate invalid (valid from Jan 01 00:00:00 2019 to Jan 01 00:00:00 2020)
    // certificate "C=XX, O=Lab, CN=b.example" key: 2048 bit RSA
    let expired = "C=XX, O=Lab, CN=b.example: expired since 2020-01-01T00:00:00Z";
    assert_eq!(
        told("expired"),
        (
            Verdict::Refused,
            vec![lab.clone(), expired.into(), "RSA-2048".into()]
        )
    );
    let early = "C=XX, O=Lab, CN=b.example: not valid before 2090-01-01T00:00:00Z";
    assert_eq!(
        told("not-yet-valid"),
        (Verdict::Refused, vec![lab, early.into(), "RSA-2048".into()])
    );
    // no issuer certificate found for "C=XX, O=Other, CN=b.example"
    let (verdict, faults) = told("unknown-ca");
    assert_eq!(verdict, Verdict::Undecided);
    assert_eq!(
        faults[0],
        unknown("Other, CN=b.example", "Other, CN=Unknown Root CA")
    );
    assert_eq!(told("ecdsa").1[1], "ECDSA P-256");
}

/// A path may have ten links: the end entity, eight between, an anchor.
#[test]
fn a_path_of_ten_links() {
    let chain = chain_of(11);
    let ends = |from: usize| {
        let trust = Trust {
            anchors: &chain[10..],
            others: &chain,
            ..Trust::default()
        };
        let path = trust.judge(NOW, provider(), &chain[from]);
        (path.links.len(), path.is_anchored)
    };
    assert_eq!(ends(1), (10, true));
    assert_eq!(ends(0), (10, false));
}

/// Certificates each of which the next has issued, as far as names go; nobody
/// knows the algorithm of their signatures.
fn chain_of(len: usize) -> Vec<Certificate> {
    let cn = |byte: u8| {
        let name = b"\x30\x0c\x31\x0a\x30\x08\x06\x03\x55\x04\x03\x0c\x01";
        [&name[..], &[byte]].concat()
    };
    let algorithm = b"\x30\x03\x06\x01\x2a";
    let validity = [&b"\x30\x1e"[..], &b"\x17\x0d260101000000Z"[..].repeat(2)].concat();
    let key = b"\x30\x08\x30\x03\x06\x01\x2a\x03\x01\x00";
    let certificate = |at: u8| {
        let tbs = [
            b"\x02\x01\x01",
            &algorithm[..],
            &cn(at + 1),
            &validity,
            &cn(at),
            key,
        ];
        let tbs = tbs.concat();
        let tbs = [&[0x30, u8::try_from(tbs.len()).unwrap()], &*tbs].concat();
        let whole = [&tbs, &algorithm[..], b"\x03\x01\x00"].concat();
        let whole = [&[0x30, u8::try_from(whole.len()).unwrap()], &*whole].concat();
        Certificate::read(&whole).unwrap()
    };
    (b'A'..).take(len).map(certificate).collect()
}

#[test]
fn truncated_lists_are_refused() {
    let der = file("root.crl");
    for len in 0..der.len() {
        assert!(RevocationList::read(&der[..len]).is_err(), "{len}");
    }
}
