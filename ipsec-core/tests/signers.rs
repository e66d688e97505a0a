//! Private keys of files sign as others do: RFC 6979 and RFC 8032 by their
//! vectors, OpenSSL by checking what we sign.
#![cfg(feature = "rustcrypto")]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may stop"
)]

use ipsec_core::crypto::rustcrypto::{KeyFault, private_key, provider};
use ipsec_core::crypto::{Random, Scheme, Signer};
use ipsec_core::wire::registry::ike::{AuthMethod, HashAlgorithm};
use ipsec_core::wire::registry::isakmp;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Vigna's SplitMix64.
struct Seeded(u64);

impl Random for Seeded {
    fn fill(&mut self, out: &mut [u8]) {
        for byte in out {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            *byte = mixed.to_be_bytes()[0];
        }
    }
}

const EC_FILES: &[&str] = &[
    "p256.sec1.pem",
    "p256.sec1.der",
    "p256.pkcs8.pem",
    "p384.sec1.pem",
    "p384.pkcs8.pem",
    "p384.pkcs8.der",
    "p521.sec1.pem",
    "p521.pkcs8.pem",
    "ed25519.pkcs8.pem",
];

#[cfg(feature = "rsa")]
const RSA_FILES: &[&str] = &[
    "rsa2048.pkcs8.pem",
    "rsa2048.pkcs1.pem",
    "rsa2048.pkcs1.der",
    "rsapss2048.pkcs8.pem",
];
#[cfg(not(feature = "rsa"))]
const RSA_FILES: &[&str] = &[];

#[cfg(feature = "curve448")]
const ED448_FILES: &[&str] = &["ed448.pkcs8.pem"];
#[cfg(not(feature = "curve448"))]
const ED448_FILES: &[&str] = &[];

fn files() -> impl Iterator<Item = &'static str> {
    let files = EC_FILES.iter().chain(RSA_FILES).chain(ED448_FILES);
    files.copied()
}

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/keys")
        .join(name)
}

fn signer(name: &str) -> Box<dyn Signer> {
    private_key(&fs::read(path(name)).unwrap()).unwrap()
}

fn verify(signer: &dyn Signer, scheme: Scheme, message: &[&[u8]], signature: &[u8]) -> bool {
    let algorithm = match scheme {
        Scheme::Identifier { der, .. } => provider().signature(der),
        Scheme::Ikev2(method) => provider().ikev2_signature(method),
        Scheme::Ikev1(method) => provider().ikev1_signature(method),
        other => panic!("{other:?}"),
    };
    let verified = algorithm
        .unwrap()
        .verify(signer.public_key(), message, signature);
    verified.is_ok()
}

#[test]
fn what_is_signed_is_verified() {
    let message: &[&[u8]] = &[b"one ", b"", b"message of 32 bytes, a hash."];
    for name in files() {
        let signer = signer(name);
        assert!(!signer.schemes().is_empty());
        for scheme in signer.schemes() {
            let signature = signer.sign(&mut Seeded(1), *scheme, message).unwrap();
            assert!(
                verify(&*signer, *scheme, message, &signature),
                "{name} {scheme:?}"
            );
            let other: &[&[u8]] = &[b"another message of 32 bytes....."];
            assert!(
                !verify(&*signer, *scheme, other, &signature),
                "{name} {scheme:?}"
            );
        }
    }
}

#[test]
fn ways_that_are_not_the_keys() {
    let of = |name: &str| signer(name).schemes().to_vec();
    let signers: Vec<_> = files().map(signer).collect();
    for signer in &signers {
        for scheme in files().flat_map(of) {
            let signed = signer.sign(&mut Seeded(1), scheme, &[b"message"]);
            assert_eq!(signed.is_ok(), signer.schemes().contains(&scheme));
        }
    }
}

#[test]
fn the_peers_hashes_choose() {
    let p384 = signer("p384.sec1.pem");
    let hash_for = |hashes: &[HashAlgorithm]| match p384.scheme_for(Some(hashes)) {
        Some(Scheme::Identifier { hash, .. }) => Some(hash),
        _ => None,
    };
    let (sha2_256, sha2_384) = (HashAlgorithm::SHA2_256, HashAlgorithm::SHA2_384);
    assert_eq!(hash_for(&[sha2_256, sha2_384]), Some(sha2_384));
    assert_eq!(hash_for(&[HashAlgorithm::SHA1, sha2_256]), Some(sha2_256));
    assert_eq!(hash_for(&[HashAlgorithm::SHA1]), None);
    assert_eq!(hash_for(&[]), None);
    assert_eq!(
        p384.scheme_for(None),
        Some(Scheme::Ikev2(AuthMethod::ECDSA_384))
    );
    let ed25519 = signer("ed25519.pkcs8.pem");
    assert!(
        ed25519
            .scheme_for(Some(&[HashAlgorithm::IDENTITY]))
            .is_some()
    );
    assert_eq!(ed25519.scheme_for(None), None);
}

#[test]
fn files_that_give_no_signer() {
    let fault = |name: &str| private_key(&fs::read(path(name)).unwrap()).unwrap_err();
    assert_eq!(fault("rsa2048.encrypted.pem"), KeyFault::Encrypted);
    assert_eq!(fault("rsa2048.encrypted-pkcs1.pem"), KeyFault::Encrypted);
    let unsupported = |oid: &str| KeyFault::Unsupported(oid.to_owned());
    assert_eq!(fault("secp256k1.sec1.pem"), unsupported("1.3.132.0.10"));
    assert_eq!(fault("x25519.pkcs8.pem"), unsupported("1.3.101.110"));
    assert_eq!(private_key(b"").unwrap_err(), KeyFault::NoKey);
    let certificate = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assert_eq!(private_key(certificate).unwrap_err(), KeyFault::NoKey);
    let openssh = b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n";
    assert_eq!(
        private_key(openssh).unwrap_err(),
        unsupported("OPENSSH PRIVATE KEY")
    );
}

/// No file makes it panic; a broken one gives no signer that cannot sign.
#[test]
fn broken_files() {
    for name in files().chain(["rsa2048.encrypted.pem", "secp256k1.sec1.pem"]) {
        let whole = fs::read(path(name)).unwrap();
        let is_der = !whole.starts_with(b"-");
        for end in 0..whole.len().saturating_sub(30) {
            let cut = private_key(&whole[..end]);
            assert!(cut.is_err(), "{name} {end}");
        }
        let step = if is_der { 1 } else { 7 };
        for at in (0..whole.len()).step_by(step) {
            let mut other = whole.clone();
            other[at] ^= 0x41;
            if let Ok(signer) = private_key(&other) {
                let scheme = signer.schemes()[0];
                let _ = signer.sign(&mut Seeded(1), scheme, &[b"message"]);
            }
        }
    }
}

#[test]
fn debug_shows_the_kind_alone() {
    let shown = |name: &str| format!("{:?}", signer(name));
    assert_eq!(shown("p521.pkcs8.pem"), "Signer(ECDSA P-521)");
    assert_eq!(shown("ed25519.pkcs8.pem"), "Signer(Ed25519)");
    #[cfg(feature = "rsa")]
    assert_eq!(shown("rsa2048.pkcs8.pem"), "Signer(RSA-2048)");
}

/// RFC 6979 appendices A.2.5 to A.2.7, message "sample".
#[test]
fn nonces_of_ecdsa_are_deterministic() {
    let p256 = sec1(
        "06082a8648ce3d030107",
        "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721",
    );
    let signed = signed(&p256, Scheme::Ikev2(AuthMethod::ECDSA_256), b"sample");
    let r = "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716";
    let s = "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8";
    assert_eq!(hex(&signed), format!("{r}{s}"));

    let p384 = sec1(
        "06052b81040022",
        "6b9d3dad2e1b8c1c05b19875b6659f4de23c3b667bf297ba9aa47740787137d8\
         96d5724e4c70a825f872c9ea60d2edf5",
    );
    let signed = signed_v1(&p384, isakmp::AuthMethod::ECDSA_384);
    let r = "94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c\
             81a648152e44acf96e36dd1e80fabe46";
    let s = "99ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94f\
             a329c145786e679e7b82c71a38628ac8";
    assert_eq!(hex(&signed), format!("{r}{s}"));
}

fn signed(key: &[u8], scheme: Scheme, message: &[u8]) -> Vec<u8> {
    let signer = private_key(key).unwrap();
    signer.sign(&mut Seeded(1), scheme, &[message]).unwrap()
}

fn signed_v1(key: &[u8], method: isakmp::AuthMethod) -> Vec<u8> {
    signed(key, Scheme::Ikev1(method), b"sample")
}

/// A DER `ECPrivateKey` of a curve's object identifier and a private value.
fn sec1(curve: &str, secret: &str) -> Vec<u8> {
    let (curve, secret) = (unhex(curve), unhex(secret));
    let mut inside = vec![2, 1, 1, 4, u8::try_from(secret.len()).unwrap()];
    inside.extend(&secret);
    inside.extend([0xa0, u8::try_from(curve.len()).unwrap()]);
    inside.extend(&curve);
    let mut der = vec![0x30, u8::try_from(inside.len()).unwrap()];
    der.extend(inside);
    der
}

/// RFC 8032 §7.1, tests 1 to 3.
#[test]
fn ed25519_of_rfc_8032() {
    for (secret, message, signature) in [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155\
             5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
             085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ),
        (
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac\
             18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        ),
    ] {
        let key = unhex(&format!("302e020100300506032b657004220420{secret}"));
        let signer = private_key(&key).unwrap();
        let scheme = signer.schemes()[0];
        let made = signer.sign(&mut Seeded(1), scheme, &[&unhex(message)]);
        assert_eq!(hex(&made.unwrap()), signature);
    }
}

/// OpenSSL believes every signature that RFC 7427 names.
#[test]
fn openssl_verifies() {
    if Command::new("openssl").arg("version").output().is_err() {
        assert!(
            std::env::var_os("CI").is_none(),
            "openssl must be installed in CI"
        );
        eprintln!("SKIPPED: openssl is not installed");
        return;
    }
    let room = tempdir();
    for name in files().filter(|name| name.ends_with("pem")) {
        let signer = signer(name);
        let public = room.join(format!("{name}.public"));
        fs::write(&public, signer.public_key()).unwrap();
        for (at, scheme) in signer.schemes().iter().enumerate() {
            let Scheme::Identifier { der, hash } = scheme else {
                continue;
            };
            let signature = signer.sign(&mut Seeded(7), *scheme, &[b"data ", b"signed"]);
            let file = room.join(format!("{name}.{at}"));
            fs::write(&file, signature.unwrap()).unwrap();
            let message = room.join("message");
            fs::write(&message, b"data signed").unwrap();
            let done = openssl(&public, der, *hash)
                .arg("-sigfile")
                .arg(&file)
                .arg("-in")
                .arg(&message)
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&done.stderr);
            assert!(done.status.success(), "{name} {scheme:?}: {said}");
        }
    }
    fs::remove_dir_all(room).unwrap();
}

fn openssl(public: &Path, identifier: &[u8], hash: HashAlgorithm) -> Command {
    let mut command = Command::new("openssl");
    command.args(["pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER"]);
    command.arg("-inkey").arg(public);
    let digest = match hash {
        HashAlgorithm::SHA2_256 => "sha256",
        HashAlgorithm::SHA2_384 => "sha384",
        HashAlgorithm::SHA2_512 => "sha512",
        _ => return command,
    };
    command.args(["-digest", digest]);
    let is_pss = identifier.get(12) == Some(&10);
    if is_pss {
        command.args([
            "-pkeyopt",
            "rsa_padding_mode:pss",
            "-pkeyopt",
            "rsa_pss_saltlen:digest",
        ]);
    }
    command
}

fn tempdir() -> PathBuf {
    let room = std::env::temp_dir().join(format!("ipsec-core-signers-{}", std::process::id()));
    fs::create_dir_all(&room).unwrap();
    room
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<_> = text.chars().filter_map(|c| c.to_digit(16)).collect();
    let two = |two: &[u32]| u8::try_from(two[0] << 4 | two[1]).unwrap();
    digits.chunks_exact(2).map(two).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
