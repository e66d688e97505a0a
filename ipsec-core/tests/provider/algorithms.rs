//! A provider against the examples that RFCs print, and what must hold for
//! every algorithm in its tables.

use crate::{modern, provider, rfc5114};
use ipsec_core::crypto::{GroupError, Random, suite};
use ipsec_core::wire::registry::ike::{Encryption, Integrity, KeyExchange, Prf};

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text
        .chars()
        .filter_map(|c| u8::try_from(c.to_digit(16)?).ok())
        .collect();
    digits.chunks_exact(2).map(|d| d[0] << 4 | d[1]).collect()
}

/// Bytes that differ, from a counter.
struct Counter(u8);

impl Random for Counter {
    fn fill(&mut self, out: &mut [u8]) {
        for byte in out {
            self.0 = self.0.wrapping_mul(5).wrapping_add(17);
            *byte = self.0;
        }
    }
}

struct Zeros;

impl Random for Zeros {
    fn fill(&mut self, out: &mut [u8]) {
        out.fill(0);
    }
}

fn prf(id: Prf, key: &[u8], parts: &[&[u8]], expected: &str) {
    let output = provider().prf(id).unwrap().compute(key, parts);
    assert!(output.ct_eq(&unhex(expected)), "{id:?}");
}

/// RFC 4231 §4.3 (test case 2), and RFC 2202 §2 and §3 for the older two.
#[test]
fn hmac() {
    let parts: &[&[u8]] = &[b"what do ya want ", b"for nothing?"];
    let of = |id, expected| prf(id, b"Jefe", parts, expected);
    of(Prf::PRF_HMAC_MD5, "750c783e6ab0b503eaa86e310a5db738");
    of(
        Prf::PRF_HMAC_SHA1,
        "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
    );
    of(
        Prf::PRF_HMAC_SHA2_256,
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    );
    of(
        Prf::PRF_HMAC_SHA2_384,
        "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e\
         8e2240ca5e69e2c78b3239ecfab21649",
    );
    of(
        Prf::PRF_HMAC_SHA2_512,
        "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554\
         9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
    );
}

/// RFC 4434 §2, RFC 4615 §4: keys that are long enough, too short, too long.
#[test]
fn prfs_over_aes() {
    let key = unhex("000102030405060708090a0b0c0d0e0fedcb");
    let message = unhex("000102030405060708090a0b0c0d0e0f10111213");
    let of = |id, len: usize, expected| prf(id, &key[..len], &[&message], expected);
    of(Prf::PRF_AES128_XCBC, 16, "47f51b4564966215b8985c63055ed308");
    of(Prf::PRF_AES128_XCBC, 10, "0fa087af7d866e7653434e602fdde835");
    of(Prf::PRF_AES128_XCBC, 18, "8cd3c93ae598a9803006ffb67c40e9e4");
    of(Prf::PRF_AES128_CMAC, 18, "84a348a4a45d235babfffc0d2b4da09a");
    of(Prf::PRF_AES128_CMAC, 16, "980ae87b5f4c9c5214f5b6a8455e4c2d");
    of(Prf::PRF_AES128_CMAC, 10, "290d9e112edb09ee141fcf64c0b72f3d");
}

/// RFC 3566 §4.6, test cases 1 to 6, however the message is divided.
#[test]
fn aes_xcbc() {
    let mac = suite::integrity(Integrity::AUTH_AES_XCBC_96).unwrap();
    let all: Vec<u8> = (0..34).collect();
    let key = provider().mac(mac).unwrap().with_key(&all[..16]).unwrap();
    for (len, icv) in [
        (0, "75f0251d528ac01c4573dfd5"),
        (3, "5b376580ae2f19afe7219cee"),
        (16, "d2a246fa349b68a79998a439"),
        (20, "47f51b4564966215b8985c63"),
        (32, "f54f0ec8d2b9f3d36807734b"),
        (34, "becbb3bccdb518a30677d548"),
    ] {
        for at in 0..=len {
            let (head, tail) = all[..len].split_at(at);
            key.verify(&[], &[head, tail], &unhex(icv)).unwrap();
        }
    }
}

/// RFC 4493 §4, examples 1 and 2.
#[test]
fn aes_cmac() {
    let mac = suite::integrity(Integrity::AUTH_AES_CMAC_96).unwrap();
    let key = unhex("2b7e151628aed2a6abf7158809cf4f3c");
    let key = provider().mac(mac).unwrap().with_key(&key).unwrap();
    let icv = unhex("bb1d6929e95937287fa37d12");
    key.verify(&[], &[], &icv).unwrap();
    let block = unhex("6bc1bee22e409f96e93d7e117393172a");
    let icv = unhex("070a16b46b4d4144f79bdd9d");
    key.verify(&[], &[&block], &icv).unwrap();
    assert!(key.verify(&[], &[&block], &icv[..11]).is_err());
    assert!(key.verify(&[0], &[&block], &icv).is_err());
}

fn encrypts(id: Encryption, material: &str, iv: &str, clear: &str, sealed: &str) {
    let cipher = provider().cipher(suite::encryption(id).unwrap()).unwrap();
    let key = cipher.with_key(&unhex(material)).unwrap();
    let mut text = unhex(clear);
    key.encrypt(&unhex(iv), &mut text).unwrap();
    assert_eq!(text, unhex(sealed), "{cipher:?}");
    key.decrypt(&unhex(iv), &mut text).unwrap();
    assert_eq!(text, unhex(clear), "{cipher:?}");
}

/// RFC 3602 §4 (cases 1 and 2), RFC 3686 §6 (test vectors 1 and 2).
#[test]
fn aes() {
    encrypts(
        Encryption::ENCR_AES_CBC,
        "06a9214036b8a15b512e03d534120006",
        "3dafba429d9eb430b422da802c9fac41",
        "53696e676c6520626c6f636b206d7367",
        "e353779c1079aeb82708942dbe77181a",
    );
    encrypts(
        Encryption::ENCR_AES_CBC,
        "c286696d887c9aa0611bbb3e2025a45a",
        "562e17996d093d28ddb3ba695a2e6f58",
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        "d296cd94c2cccf8a3a863028b5e1dc0a7586602d253cfff91b8266bea6d61ab1",
    );
    encrypts(
        Encryption::ENCR_AES_CTR,
        "ae6852f8121067cc4bf7a5765577f39e 00000030",
        "0000000000000000",
        "53696e676c6520626c6f636b206d7367",
        "e4095d4fb7a7b3792d6175a3261311b8",
    );
}

/// One block each with a zero IV: RFC 2144 appendix B.1 for CAST-128, and the
/// first of their authors' published vectors for the others.
#[test]
fn ciphers_that_are_read_only() {
    let block = |id, key, clear: &str, sealed| {
        encrypts(id, key, &"0".repeat(clear.len()), clear, sealed);
    };
    block(
        Encryption::ENCR_CAST,
        "0123456712345678234567893456789a",
        "0123456789abcdef",
        "238b4fe5847e44b2",
    );
    block(
        Encryption::ENCR_BLOWFISH,
        "0000000000000000",
        "0000000000000000",
        "4ef997456198dd78",
    );
    block(
        Encryption::ENCR_IDEA,
        "00010002000300040005000600070008",
        "0000000100020003",
        "11fbed2b01986de5",
    );
    block(
        Encryption::ENCR_TWOFISH_CBC,
        "00000000000000000000000000000000",
        "00000000000000000000000000000000",
        "9f589f5cf6122c32b6bfec2f2ae8c35a",
    );
}

/// RFC 1829 §1: the long IV is the short one and its complement.
#[test]
fn des_with_a_short_iv() {
    let key = "0123456789abcdef";
    let clear = "00112233445566778899aabbccddeeff";
    let long = provider().cipher(suite::encryption(Encryption::ENCR_DES).unwrap());
    let long = long.unwrap().with_key(&unhex(key)).unwrap();
    let mut text = unhex(clear);
    long.encrypt(&unhex("01020304fefdfcfb"), &mut text).unwrap();
    let sealed: String = text.iter().map(|byte| format!("{byte:02x}")).collect();
    encrypts(Encryption::ENCR_DES_IV32, key, "01020304", clear, &sealed);
}

/// RFC 7634 appendix A: an ESP packet of tunnel mode.
#[test]
fn chacha20_poly1305() {
    let material: Vec<u8> = (0x80..=0xa3).collect();
    let iv: Vec<u8> = (0x10..=0x17).collect();
    let clear = unhex(
        "45000054a6f200004001e778c6336405c000020508005b7a3a080000553bec10\
         0007362708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20212223\
         2425262728292a2b2c2d2e2f3031323334353637 01020204",
    );
    let sealed = unhex(
        "24039428b97f417e3c13753a4f05087b67c352e6a7fab1b982d466ef407ae5c6\
         14ee8099d52844eb61aa95dfab4c02f72aa71e7c4c4f64c9befe2facc638e8f3\
         cbec163fac469b502773f6fb94e664da9165b82829f641e0",
    );
    let suite = suite::encryption(Encryption::ENCR_CHACHA20_POLY1305).unwrap();
    let key = provider().aead(suite).unwrap().with_key(&material).unwrap();
    let mut text = clear.clone();
    let mut icv = [0; 16];
    key.seal(&iv, &[&[1, 2, 3, 4], &[0, 0, 0, 5]], &mut text, &mut icv)
        .unwrap();
    assert_eq!(text, sealed);
    assert_eq!(icv[..], unhex("76aaa8266b7fb0f7b11b36990 7e1ad43"));
}

/// Every AEAD opens what it sealed, and nothing that was changed anywhere; a
/// refused packet says only that it failed.
#[test]
fn aeads_refuse_what_was_changed() {
    for aead in provider().aeads {
        let keys = aead.suite().keys;
        for bits in (keys.least..=keys.most).step_by(keys.step.max(1).into()) {
            let material = vec![7; aead.suite().key_material(bits)];
            let key = aead.with_key(&material).unwrap();
            assert!(aead.with_key(&material[1..]).is_err(), "{aead:?}");
            let (iv, aad) = ([9; 8], [1; 8]);
            for len in [0, 1, 15, 16, 17, 64, 1420] {
                let clear: Vec<u8> = (0..=u8::MAX).cycle().take(len).collect();
                let mut text = clear.clone();
                let mut icv = vec![0; aead.suite().icv];
                key.seal(&iv, &[&aad], &mut text, &mut icv).unwrap();
                let opens = |iv: &[u8], aad: &[u8], text: &[u8], icv: &[u8]| {
                    let mut text = text.to_vec();
                    key.open(iv, &[aad], &mut text, icv).ok().map(|()| text)
                };
                assert_eq!(opens(&iv, &aad, &text, &icv), Some(clear), "{aead:?}");
                assert_eq!(opens(&[8; 8], &aad, &text, &icv), None, "{aead:?}");
                assert_eq!(opens(&iv[1..], &aad, &text, &icv), None, "{aead:?}");
                assert_eq!(opens(&iv, &aad[1..], &text, &icv), None, "{aead:?}");
                assert_eq!(opens(&iv, &aad, &text, &icv[1..]), None, "{aead:?}");
                icv[0] ^= 1;
                assert_eq!(opens(&iv, &aad, &text, &icv), None, "{aead:?}");
                icv[0] ^= 1;
                if let Some(last) = text.last_mut() {
                    *last ^= 0x80;
                    assert_eq!(opens(&iv, &aad, &text, &icv), None, "{aead:?}");
                }
            }
        }
    }
}

/// CBC takes whole blocks and a whole IV, and leaves anything else alone.
#[test]
fn ciphers_refuse_other_lengths() {
    for cipher in provider().ciphers {
        let suite = cipher.suite();
        let bits = suite.keys.default.unwrap_or(suite.keys.least);
        let key = cipher.with_key(&vec![3; suite.key_material(bits)]).unwrap();
        assert!(cipher.with_key(&[0; 300]).is_err(), "{cipher:?}");
        let iv = vec![5; suite.iv];
        for len in 0..=64 {
            let mut text = vec![6; len];
            let whole = len % suite.block == 0;
            assert_eq!(key.decrypt(&iv, &mut text).is_ok(), whole, "{cipher:?}");
            assert!(whole || text == vec![6; len]);
            assert!(key.decrypt(&[&iv[..], &[0]].concat(), &mut text).is_err());
        }
    }
}

/// RFC 5903 §8.1.
#[test]
fn ecp_256() {
    let group = provider().group(KeyExchange::ECP_256).unwrap();
    let ours = unhex("c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433");
    let ours = group.with_private(&ours).unwrap();
    let public = unhex(
        "dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c3772581180\
         5271a0461cdb8252d61f1c456fa3e59ab1f45b33accf5f58389e0577b8990bb3",
    );
    assert_eq!(ours.public(), public);
    let peer = unhex(
        "d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf63\
         56fbf3ca366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872ab",
    );
    let secret = ours.finish(&peer).unwrap();
    let expected = unhex("d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de");
    assert!(secret.ct_eq(&expected));
    let mut beside = peer;
    beside[63] ^= 1;
    assert_eq!(ours.finish(&beside).unwrap_err(), GroupError::PublicValue);
}

/// RFC 7748 §6.1, and the neutral element that RFC 8031 §2 forbids.
#[test]
fn curve25519() {
    let group = provider().group(KeyExchange::CURVE25519).unwrap();
    let alice = unhex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
    let alice = group.with_private(&alice).unwrap();
    let bob = unhex("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
    let secret = alice.finish(&bob).unwrap();
    let expected = unhex("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
    assert!(secret.ct_eq(&expected));
    let refused = alice.finish(&[0; 32]).unwrap_err();
    assert_eq!(refused, GroupError::NeutralElement);
}

/// RFC 5114 appendix A.
#[test]
fn modp_with_subgroups() {
    for (id, [xa, ya, xb, yb, z]) in [
        (KeyExchange::MODP_1024_160, rfc5114::MODP_1024_160),
        (KeyExchange::MODP_2048_224, rfc5114::MODP_2048_224),
        (KeyExchange::MODP_2048_256, rfc5114::MODP_2048_256),
    ] {
        let group = provider().group(id).unwrap();
        let a = group.with_private(&unhex(xa)).unwrap();
        let b = group.with_private(&unhex(xb)).unwrap();
        assert_eq!(a.public(), unhex(ya), "{group:?}");
        assert_eq!(b.public(), unhex(yb), "{group:?}");
        assert!(a.finish(b.public()).unwrap().ct_eq(&unhex(z)), "{group:?}");
        assert!(b.finish(a.public()).unwrap().ct_eq(&unhex(z)), "{group:?}");
        let mut outside = vec![0; group.public_len()];
        outside[group.public_len() - 1] = 2;
        let refused = a.finish(&outside).unwrap_err();
        assert_eq!(refused, GroupError::PublicValue, "RFC 6989 §2.2");
    }
}

/// Both sides of every group arrive at the same secret; what is not a public
/// value is refused (RFC 6989 §2.1), and so is a source without randomness
/// where zero is no private value.
#[test]
fn both_sides_agree() {
    let mut random = Counter(1);
    for group in provider().groups {
        let ours = group.start(&mut random).unwrap();
        assert_eq!(ours.public().len(), group.public_len());
        let (answer, theirs) = group.respond(ours.public(), &mut random).unwrap();
        assert_eq!(answer.len(), group.answer_len());
        let secret = ours.finish(&answer).unwrap();
        assert!(secret.ct_eq(theirs.dangerous_bytes()), "{group:?}");
        let short = ours.finish(&answer[1..]).unwrap_err();
        let (need, have) = (answer.len(), answer.len() - 1);
        assert_eq!(short, GroupError::Length { need, have }, "{group:?}");
        if !group.is_kem() {
            assert!(ours.finish(&vec![0; answer.len()]).is_err(), "{group:?}");
        }
        let name = format!("{:?}", group.id());
        if name.contains("MODP") {
            assert_eq!(secret.len(), group.public_len(), "{group:?}");
            for all in [vec![0xff; answer.len()], one(answer.len())] {
                let refused = ours.finish(&all).unwrap_err();
                assert_eq!(refused, GroupError::PublicValue, "{group:?}");
            }
            assert!(group.start(&mut Zeros).is_err(), "{group:?}");
        }
    }
}

fn one(len: usize) -> Vec<u8> {
    let mut number = vec![0; len];
    number[len - 1] = 1;
    number
}

/// RFC 8247 §2: what must not be negotiated is not in the tables to speak with.
#[test]
fn weak_algorithms_are_only_read() {
    let speak = modern();
    for id in [
        Encryption::ENCR_DES,
        Encryption::ENCR_3DES,
        Encryption::ENCR_BLOWFISH,
    ] {
        let suite = suite::encryption(id).unwrap();
        assert!(speak.cipher(suite).is_none(), "{id:?}");
        assert!(provider().cipher(suite).is_some(), "{id:?}");
    }
    for id in [
        KeyExchange::MODP_768,
        KeyExchange::MODP_1024,
        KeyExchange::MODP_1024_160,
    ] {
        assert!(speak.group(id).is_none(), "{id:?}");
        assert!(provider().group(id).is_some(), "{id:?}");
    }
    assert!(speak.prf(Prf::PRF_HMAC_MD5).is_none());
    let md5 = suite::integrity(Integrity::AUTH_HMAC_MD5_96).unwrap();
    assert!(speak.mac(md5).is_none());
}

/// What holds a key has no Debug; what has one shows a name alone.
#[test]
fn tables_show_names() {
    let shown = format!("{:?}", provider());
    assert!(shown.contains("AES-GCM-16") && shown.contains("MODP-2048"));
}
