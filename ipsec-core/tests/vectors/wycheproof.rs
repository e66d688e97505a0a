//! Wycheproof (`testvectors_v1`): JSON, a group of tests shares its keys and
//! sizes. `valid` must succeed, `invalid` must fail, `acceptable` may do
//! either but must not give a wrong answer.

use crate::{Known, Tally, padded, provider, shared, unhex};
use ipsec_core::crypto::{Group, GroupError, Prf, Random, Scheme, Signature, rustcrypto, suite};
use ipsec_core::wire::registry::ike;
use serde_json::Value;
use std::fs;

#[test]
fn ciphers_and_macs() {
    sweep(Class::Symmetric);
}

#[test]
fn curves_of_nist() {
    sweep(Class::Nist);
}

#[test]
fn brainpool() {
    sweep(Class::Brainpool);
}

#[test]
fn montgomery_curves_and_ml_kem() {
    sweep(Class::OtherGroup);
}

#[test]
fn signatures() {
    sweep(Class::Signature);
}

#[test]
fn what_ike_does_not_use() {
    sweep(Class::Foreign);
}

#[derive(Clone, Copy, PartialEq)]
enum Class {
    Symmetric,
    Nist,
    Brainpool,
    OtherGroup,
    Signature,
    Foreign,
}

type Run = fn(&Value, &Value, &mut Tally);

/// Runs every file of a class. A file of an unknown type stops the test.
fn sweep(class: Class) {
    let Some(folder) = shared("wycheproof/testvectors_v1") else {
        return;
    };
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let mut all = 0;
    for path in files {
        let name = path.file_name().unwrap().to_str().unwrap();
        let file: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let groups = file["testGroups"].as_array().unwrap();
        let (its, run) = handler(text(&groups[0]["type"]), name);
        if its != class {
            continue;
        }
        let mut tally = Tally::default();
        for group in groups {
            for test in group["tests"].as_array().unwrap() {
                run(group, test, &mut tally);
            }
        }
        tally.report(name);
        assert_eq!(
            tally.all() as u64,
            file["numberOfTests"].as_u64().unwrap(),
            "{name}"
        );
        all += tally.run;
    }
    println!("in all: {all} run");
}

fn handler(kind: &str, name: &str) -> (Class, Run) {
    match kind {
        "IndCpaTest" if name.starts_with("aes") => (Class::Symmetric, |g, t, tally| {
            cbc(ike::Encryption::ENCR_AES_CBC, g, t, tally);
        }),
        "IndCpaTest" => (Class::Symmetric, |g, t, tally| {
            cbc(ike::Encryption::ENCR_CAMELLIA_CBC, g, t, tally);
        }),
        "AeadTest" if name.starts_with("aes_gcm") => (Class::Symmetric, |g, t, tally| {
            aead(gcm(bits(&g["tagSize"])), 96, g, t, tally);
        }),
        "AeadTest" if name.starts_with("aes_ccm") => (Class::Symmetric, |g, t, tally| {
            aead(ccm(bits(&g["tagSize"])), 88, g, t, tally);
        }),
        "AeadTest" => (Class::Symmetric, |g, t, tally| {
            aead(
                Some(ike::Encryption::ENCR_CHACHA20_POLY1305),
                96,
                g,
                t,
                tally,
            );
        }),
        "MacWithIvTest" => (Class::Symmetric, gmac),
        "MacTest" => (
            Class::Symmetric,
            match name {
                "aes_cmac_test.json" => |g, t, tally| mac(ike::Prf::PRF_AES128_CMAC, g, t, tally),
                "hmac_sha1_test.json" => |g, t, tally| mac(ike::Prf::PRF_HMAC_SHA1, g, t, tally),
                "hmac_sha256_test.json" => {
                    |g, t, tally| mac(ike::Prf::PRF_HMAC_SHA2_256, g, t, tally)
                }
                "hmac_sha384_test.json" => {
                    |g, t, tally| mac(ike::Prf::PRF_HMAC_SHA2_384, g, t, tally)
                }
                "hmac_sha512_test.json" => {
                    |g, t, tally| mac(ike::Prf::PRF_HMAC_SHA2_512, g, t, tally)
                }
                _ => panic!("{name}: which MAC is it?"),
            },
        ),
        "EcdhTest" if name.contains("brainpool") => (Class::Brainpool, ecdh),
        "EcdhTest" | "EcdhEcpointTest" => (Class::Nist, ecdh),
        "XdhComp" => (Class::OtherGroup, xdh),
        "MLKEMTest" => (Class::OtherGroup, kem_decapsulate),
        "MLKEMEncapsTest" => (Class::OtherGroup, kem_encapsulate),
        "MLKEMKeyGen" => (Class::OtherGroup, kem_key),
        "MLKEMDecapsValidationTest" => (Class::Foreign, |_, _, tally| {
            tally.unsupported("expanded decapsulation keys: a private value here is the seed");
        }),
        "EcdsaVerify" => (Class::Signature, ecdsa_der),
        "EcdsaP1363Verify" => (Class::Signature, ecdsa_fixed),
        "EddsaVerify" => (Class::Signature, eddsa),
        "RsassaPkcs1Verify" => (Class::Signature, rsa_pkcs1),
        "RsassaPkcs1Generate" => (Class::Signature, rsa_pkcs1_generate),
        "RsassaPssVerify" => (Class::Signature, rsa_pss),
        "RsaesPkcs1Decrypt" => (Class::Foreign, |_, _, tally| {
            tally.unsupported("RSA encryption: IKEv1's modes with it need the peer's private key");
        }),
        "PrimalityTest" => (Class::Foreign, |_, _, tally| {
            tally.unsupported("primality: no IKE group is checked at run time");
        }),
        _ => panic!("{name}: type {kind} is not known"),
    }
}

/// Decryption with the padding that the files put on, and encryption back.
fn cbc(id: ike::Encryption, _group: &Value, test: &Value, tally: &mut Tally) {
    let cipher = provider().cipher(suite::encryption(id).unwrap()).unwrap();
    let key = cipher.with_key(&hex(&test["key"])).unwrap();
    let (iv, message, sealed) = (hex(&test["iv"]), hex(&test["msg"]), hex(&test["ct"]));
    let mut text = sealed.clone();
    let opened = key.decrypt(&iv, &mut text).is_ok();
    let pad = text.last().map_or(0, |last| usize::from(*last));
    let unpadded = text.len().checked_sub(pad).filter(|_| {
        (1..=16).contains(&pad) && text.iter().rev().take(pad).all(|b| usize::from(*b) == pad)
    });
    let right = opened && unpadded.is_some_and(|len| text[..len] == message);
    key.encrypt(&iv, &mut text).ok();
    let back = !opened || text == sealed;
    tally.check(back && agrees(test, right), || id_of(test));
}

fn gcm(tag: u64) -> Option<ike::Encryption> {
    match tag {
        64 => Some(ike::Encryption::ENCR_AES_GCM_8),
        96 => Some(ike::Encryption::ENCR_AES_GCM_12),
        128 => Some(ike::Encryption::ENCR_AES_GCM_16),
        _ => None,
    }
}

fn ccm(tag: u64) -> Option<ike::Encryption> {
    match tag {
        64 => Some(ike::Encryption::ENCR_AES_CCM_8),
        96 => Some(ike::Encryption::ENCR_AES_CCM_12),
        128 => Some(ike::Encryption::ENCR_AES_CCM_16),
        _ => None,
    }
}

/// The nonce of a file is IKE's salt and the eight bytes behind it.
fn aead(id: Option<ike::Encryption>, nonce: u64, group: &Value, test: &Value, tally: &mut Tally) {
    let (iv_bits, tag_bits) = (bits(&group["ivSize"]), bits(&group["tagSize"]));
    let Some(id) = id else {
        return tally.unsupported(format!("tags of {tag_bits} bits: not registered for IPsec"));
    };
    if iv_bits != nonce {
        return tally.unsupported(format!("nonces of {iv_bits} bits: {nonce} in IPsec"));
    }
    let aead = provider().aead(suite::encryption(id).unwrap()).unwrap();
    let nonce = hex(&test["iv"]);
    let (salt, iv) = nonce.split_at(nonce.len() - 8);
    let key = aead.with_key(&[&hex(&test["key"]), salt].concat()).unwrap();
    let (aad, message) = (hex(&test["aad"]), hex(&test["msg"]));
    let (sealed, tag) = (hex(&test["ct"]), hex(&test["tag"]));
    let (head, tail) = aad.split_at(aad.len() / 2);
    let mut text = sealed.clone();
    let opened = key.open(iv, &[head, tail], &mut text, &tag).is_ok() && text == message;
    let mut icv = vec![0; aead.suite().icv];
    let mut text = message.clone();
    key.seal(iv, &[&aad], &mut text, &mut icv).unwrap();
    let same = text == sealed && icv == tag;
    tally.check(agrees(test, opened) && agrees(test, same), || id_of(test));
}

fn gmac(group: &Value, test: &Value, tally: &mut Tally) {
    let iv_bits = bits(&group["ivSize"]);
    if iv_bits != 96 {
        return tally.unsupported(format!("nonces of {iv_bits} bits: 96 in IPsec"));
    }
    let id = match bits(&group["keySize"]) {
        128 => ike::Integrity::AUTH_AES_128_GMAC,
        192 => ike::Integrity::AUTH_AES_192_GMAC,
        _ => ike::Integrity::AUTH_AES_256_GMAC,
    };
    let mac = provider().mac(suite::integrity(id).unwrap()).unwrap();
    let nonce = hex(&test["iv"]);
    let (salt, iv) = nonce.split_at(4);
    let key = mac.with_key(&[&hex(&test["key"]), salt].concat()).unwrap();
    let right = key
        .verify(iv, &[&hex(&test["msg"])], &hex(&test["tag"]))
        .is_ok();
    tally.check(agrees(test, right), || id_of(test));
}

/// Through the pseudorandom function, whose output is not truncated.
fn mac(id: ike::Prf, group: &Value, test: &Value, tally: &mut Tally) {
    let prf: &dyn Prf = provider().prf(id).unwrap();
    let key_bits = bits(&group["keySize"]);
    if prf
        .fixed_key_len()
        .is_some_and(|len| len as u64 * 8 != key_bits)
    {
        return tally.unsupported(format!("CMAC keys of {key_bits} bits: 128 in IPsec"));
    }
    let message = hex(&test["msg"]);
    let (head, tail) = message.split_at(message.len() / 3);
    let output = prf.compute(&hex(&test["key"]), &[head, &[], tail]);
    let tag = hex(&test["tag"]);
    let right = output.dangerous_bytes()[..tag.len()] == tag;
    tally.check(agrees(test, right), || id_of(test));
}

/// The points come as SEC 1 or in a `SubjectPublicKeyInfo`, whose header is
/// that of the first valid test; IKE has x and y alone.
fn ecdh(group: &Value, test: &Value, tally: &mut Tally) {
    let curve = text(&group["curve"]);
    let Some(method) = curve_group(curve) else {
        return tally.unsupported(format!("{curve}: in no released crate"));
    };
    let public = hex(&test["public"]);
    let at = public.len().checked_sub(method.public_len());
    let header = at.map(|at| &public[..at]);
    let usual = match text(&group["encoding"]) {
        "ecpoint" => vec![4],
        _ => {
            let first = hex(&group["tests"][0]["public"]);
            first[..first.len() - method.public_len()].to_vec()
        }
    };
    if header != Some(usual.as_slice()) {
        return tally.unsupported("points in another encoding: IKE sends x and y alone");
    }
    let Some(private) = padded(&hex(&test["private"]), method.public_len() / 2) else {
        return tally.unsupported("private values longer than the field");
    };
    let right = method
        .with_private(&private)
        .and_then(|ours| ours.finish(&public[at.unwrap()..]))
        .is_ok_and(|secret| secret.ct_eq(&hex(&test["shared"])));
    tally.check(agrees(test, right), || id_of(test));
}

fn curve_group(curve: &str) -> Option<&'static dyn Group> {
    let id = match curve {
        "secp256r1" => ike::KeyExchange::ECP_256,
        "secp384r1" => ike::KeyExchange::ECP_384,
        "secp521r1" => ike::KeyExchange::ECP_521,
        "brainpoolP224r1" => ike::KeyExchange::BRAINPOOL_P224R1,
        "brainpoolP256r1" => ike::KeyExchange::BRAINPOOL_P256R1,
        "brainpoolP384r1" => ike::KeyExchange::BRAINPOOL_P384R1,
        "brainpoolP512r1" => ike::KeyExchange::BRAINPOOL_P512R1,
        "curve25519" => ike::KeyExchange::CURVE25519,
        "curve448" => ike::KeyExchange::CURVE448,
        _ => panic!("{curve} is not known"),
    };
    provider().group(id)
}

/// An all-zero secret must be refused (RFC 8031 §2), anything else computed.
fn xdh(group: &Value, test: &Value, tally: &mut Tally) {
    let curve = text(&group["curve"]);
    let Some(method) = curve_group(curve) else {
        return tally.unsupported(format!("{curve}: feature curve448 is off"));
    };
    let shared = hex(&test["shared"]);
    let ours = method.with_private(&hex(&test["private"])).unwrap();
    let right = match ours.finish(&hex(&test["public"])) {
        Ok(secret) => secret.ct_eq(&shared) && shared.iter().any(|byte| *byte != 0),
        Err(GroupError::NeutralElement) => shared.iter().all(|byte| *byte == 0),
        Err(_) => text(&test["result"]) == "invalid",
    };
    tally.check(right, || id_of(test));
}

fn kem(group: &Value) -> &'static dyn Group {
    let id = match text(&group["parameterSet"]) {
        "ML-KEM-512" => ike::KeyExchange::ML_KEM_512,
        "ML-KEM-768" => ike::KeyExchange::ML_KEM_768,
        "ML-KEM-1024" => ike::KeyExchange::ML_KEM_1024,
        other => panic!("{other} is not known"),
    };
    provider().group(id).unwrap()
}

fn kem_decapsulate(group: &Value, test: &Value, tally: &mut Tally) {
    let right = kem(group)
        .with_private(&hex(&test["seed"]))
        .and_then(|ours| {
            let public = hex(&test["ek"]);
            assert!(
                public.is_empty() || ours.public() == public,
                "{}",
                id_of(test)
            );
            ours.finish(&hex(&test["c"]))
        })
        .is_ok_and(|secret| secret.ct_eq(&hex(&test["K"])));
    tally.check(agrees(test, right), || id_of(test));
}

fn kem_encapsulate(group: &Value, test: &Value, tally: &mut Tally) {
    let answered = kem(group).respond(&hex(&test["ek"]), &mut Known(hex(&test["m"])));
    let right = answered
        .is_ok_and(|(answer, secret)| answer == hex(&test["c"]) && secret.ct_eq(&hex(&test["K"])));
    tally.check(agrees(test, right), || id_of(test));
}

fn kem_key(group: &Value, test: &Value, tally: &mut Tally) {
    let ours = kem(group).start(&mut Known(hex(&test["seed"])));
    let right = ours.is_ok_and(|ours| ours.public() == hex(&test["ek"]));
    tally.check(agrees(test, right), || id_of(test));
}

fn ecdsa_der(group: &Value, test: &Value, tally: &mut Tally) {
    let last = match text(&group["sha"]) {
        "SHA-256" => 2,
        "SHA-384" => 3,
        _ => 4,
    };
    // SEQUENCE { OBJECT IDENTIFIER ecdsa-with-SHA2 … }
    let identifier = [0x30, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, last];
    verify(provider().signature(&identifier), group, test, tally);
}

fn ecdsa_fixed(group: &Value, test: &Value, tally: &mut Tally) {
    let method = match text(&group["sha"]) {
        "SHA-256" => ike::AuthMethod::ECDSA_256,
        "SHA-384" => ike::AuthMethod::ECDSA_384,
        _ => ike::AuthMethod::ECDSA_521,
    };
    verify(provider().ikev2_signature(method), group, test, tally);
}

fn eddsa(group: &Value, test: &Value, tally: &mut Tally) {
    let last = match text(&group["publicKey"]["curve"]) {
        "edwards25519" => 112,
        _ => 113,
    };
    // SEQUENCE { OBJECT IDENTIFIER id-Ed25519 or id-Ed448 }
    let identifier = [0x30, 5, 6, 3, 0x2b, 0x65, last];
    verify(provider().signature(&identifier), group, test, tally);
}

fn rsa_pkcs1(group: &Value, test: &Value, tally: &mut Tally) {
    let last = match text(&group["sha"]) {
        "SHA-1" => 5,
        "SHA-256" => 11,
        "SHA-384" => 12,
        "SHA-512" => 13,
        other => return tally.unsupported(format!("RSA with {other}: IKE does not use it")),
    };
    // SEQUENCE { OBJECT IDENTIFIER sha…WithRSAEncryption, NULL }
    let oid = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, last];
    let identifier = der(0x30, &[der(6, &[oid.to_vec()]), vec![5, 0]]);
    verify(provider().signature(&identifier), group, test, tally);
}

/// What the key of these groups signs must be the signature itself, too.
fn rsa_pkcs1_generate(group: &Value, test: &Value, tally: &mut Tally) {
    let hash = match text(&group["sha"]) {
        "SHA-256" => ike::HashAlgorithm::SHA2_256,
        "SHA-384" => ike::HashAlgorithm::SHA2_384,
        "SHA-512" => ike::HashAlgorithm::SHA2_512,
        _ => return rsa_pkcs1(group, test, tally),
    };
    let key = rustcrypto::private_key(text(&group["privateKeyPem"]).as_bytes());
    let Ok(key) = key else {
        // The library reads no private key with this exponent.
        assert_eq!(text(&group["privateKey"]["publicExponent"]), "03");
        return rsa_pkcs1(group, test, tally);
    };
    let is_pkcs1 = |scheme: &&Scheme| matches!(scheme, Scheme::Identifier { der, hash: its } if *its == hash && der.len() == 15);
    let scheme = key.schemes().iter().find(is_pkcs1).unwrap();
    let made = key.sign(&mut Blinding(1), *scheme, &[&hex(&test["msg"])]);
    tally.check(made.as_ref() == Ok(&hex(&test["sig"])), || {
        format!("{} {}", test["tcId"], text(&test["comment"]))
    });
}

/// Random enough for blinding, which the signature does not show.
struct Blinding(u64);

impl Random for Blinding {
    fn fill(&mut self, out: &mut [u8]) {
        for byte in out {
            self.0 = self.0.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
            *byte = self.0.to_be_bytes()[0];
        }
    }
}

fn rsa_pss(group: &Value, test: &Value, tally: &mut Tally) {
    assert_eq!(group["sha"], group["mgfSha"]);
    let hash = match text(&group["sha"]) {
        "SHA-1" => vec![0x2b, 0x0e, 3, 2, 0x1a],
        "SHA-256" => vec![0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1],
        "SHA-384" => vec![0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2],
        _ => vec![0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3],
    };
    let salt = u8::try_from(bits(&group["sLen"])).unwrap();
    let pkcs1 = |last| der(6, &[vec![0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, last]]);
    let hash = der(0x30, &[der(6, &[hash]), vec![5, 0]]);
    let mask = der(0x30, &[pkcs1(8), hash.clone()]);
    let mut params = Vec::new();
    if text(&group["sha"]) != "SHA-1" {
        params.push(der(0xa0, &[hash]));
        params.push(der(0xa1, &[mask]));
        params.push(der(0xa2, &[vec![2, 1, salt]]));
    }
    let identifier = der(0x30, &[pkcs1(10), der(0x30, &params)]);
    verify(provider().signature(&identifier), group, test, tally);
}

fn verify(scheme: Option<&dyn Signature>, group: &Value, test: &Value, tally: &mut Tally) {
    let Some(scheme) = scheme else {
        return tally.unsupported(format!("{}: its feature is off", text(&group["type"])));
    };
    let key = group.get("publicKeyDer").unwrap_or(&group["keyDer"]);
    let key = hex(key);
    let message = hex(&test["msg"]);
    let (head, tail) = message.split_at(message.len() / 2);
    let right = scheme
        .verify(&key, &[head, tail], &hex(&test["sig"]))
        .is_ok();
    tally.check(agrees(test, right), || id_of(test));
}

fn der(tag: u8, parts: &[Vec<u8>]) -> Vec<u8> {
    let inside = parts.concat();
    [vec![tag, u8::try_from(inside.len()).unwrap()], inside].concat()
}

/// Whether an outcome is one that the file allows.
fn agrees(test: &Value, succeeded: bool) -> bool {
    match text(&test["result"]) {
        "valid" => succeeded,
        "invalid" => !succeeded,
        _ => true,
    }
}

fn id_of(test: &Value) -> String {
    format!(
        "tcId {}: {} {}",
        test["tcId"], test["comment"], test["flags"]
    )
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn bits(value: &Value) -> u64 {
    value.as_u64().unwrap()
}

fn hex(value: &Value) -> Vec<u8> {
    value.as_str().map(unhex).unwrap_or_default()
}
