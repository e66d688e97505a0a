//! The whole packets of DPDK's tests (`vectors/dpdk-vectors`): ESP and AH,
//! IPv4 and IPv6, tunnel and transport.

use crate::{ah, esp, mac, unhex};
use ipsec_core::esp::transform::{Check, Clear, EspTransform, Integrity};
use ipsec_core::wire::esp::Esp;
use ipsec_core::wire::ip::Packet;
use ipsec_core::wire::registry::ike::{Encryption as E, Integrity as I};
use ipsec_core::wire::registry::ip::Protocol;
use serde_json::Value;
use std::path::{Path, PathBuf};

#[test]
fn every_packet_opens_and_is_sealed_to_the_same_bytes() {
    let Some(file) = shared() else { return };
    let vectors: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let mut run = 0;
    for (name, vector) in vectors.as_object().unwrap() {
        if name == SKIPPED {
            println!("skipped {name}: {WHY}");
            continue;
        }
        // By name: the tunnel packet of AH says that it is ESP.
        if name.starts_with("pkt_ah_") {
            ah_packet(name, vector);
        } else {
            esp_packet(name, vector);
        }
        run += 1;
    }
    println!("DPDK: {run} run, 1 skipped");
}

fn esp_packet(name: &str, vector: &Value) {
    let sa = esp_sa(vector);
    let outer = bytes(&vector["output_text"]);
    let inner = bytes(&vector["input_text"]);
    let (packet, _) = Packet::decode_lax(&outer).unwrap();
    assert_eq!(packet.protocol(), Protocol::ESP, "{name}");

    let esp = Esp::decode(packet.payload()).unwrap();
    let mut buffer = Vec::new();
    let opened = sa.open(&esp, None, &mut buffer);
    let opened = opened.unwrap_or_else(|error| panic!("{name}: {error:?}"));
    assert_eq!(opened.check, Check::Verified, "{name}");
    assert_eq!(opened.payload, inner, "{name}");
    assert!(opened.trailer.counts_up(), "{name}");

    let next_header = opened.trailer.next_header;
    let mut clear = Clear::new(esp.spi, esp.sequence, next_header, opened.payload);
    clear.iv = sa.cut(&esp).unwrap().iv;
    let mut again = Vec::new();
    sa.seal(&clear, &mut again).unwrap();
    assert_eq!(again, packet.payload(), "{name}");
}

fn ah_packet(name: &str, vector: &Value) {
    let id = match vector["algo"][0].as_str().unwrap() {
        "RTE_CRYPTO_AUTH_SHA256_HMAC" => I::AUTH_HMAC_SHA2_256_128,
        "RTE_CRYPTO_AUTH_AES_GMAC" => I::AUTH_AES_128_GMAC,
        other => panic!("an algorithm this test does not know: {other}"),
    };
    let key = [bytes(&vector["auth_key"]), bytes(&vector["salt"])].concat();
    let sa = ah(id, &key);
    let outer = bytes(&vector["output_text"]);
    let inner = bytes(&vector["input_text"]);
    let packet = Packet::decode(&outer).unwrap();

    let mut buffer = Vec::new();
    let opened = sa.verify(&packet, packet.payload(), None, &mut buffer);
    let opened = opened.unwrap_or_else(|error| panic!("{name}: {error:?}"));
    let tunnel = opened.next_header == Protocol::IPV4;
    let expected = if tunnel { &inner[..] } else { &inner[20..] };
    assert_eq!(opened.payload, expected, "{name}");

    let iv = bytes(&vector["iv"]).len();
    let mut again = outer.clone();
    again[32 + iv..32 + opened.icv.len()].fill(0);
    sa.sign(&mut again, None, &mut buffer).unwrap();
    assert_eq!(again, outer, "{name}");
}

fn esp_sa(vector: &Value) -> EspTransform {
    let mut cipher = E::ENCR_NULL;
    let mut integrity = Integrity::None;
    for name in vector["algo"].as_array().unwrap() {
        match name.as_str().unwrap() {
            "RTE_CRYPTO_AEAD_AES_GCM" => cipher = E::ENCR_AES_GCM_16,
            "RTE_CRYPTO_AEAD_AES_CCM" => cipher = E::ENCR_AES_CCM_16,
            "RTE_CRYPTO_CIPHER_AES_CBC" => cipher = E::ENCR_AES_CBC,
            "RTE_CRYPTO_CIPHER_AES_CTR" => cipher = E::ENCR_AES_CTR,
            "RTE_CRYPTO_CIPHER_3DES_CBC" => cipher = E::ENCR_3DES,
            "RTE_CRYPTO_CIPHER_DES_CBC" => cipher = E::ENCR_DES,
            "RTE_CRYPTO_CIPHER_NULL" => cipher = E::ENCR_NULL,
            "RTE_CRYPTO_AUTH_MD5_HMAC" => integrity = with(I::AUTH_HMAC_MD5_96),
            "RTE_CRYPTO_AUTH_SHA256_HMAC" => integrity = with(I::AUTH_HMAC_SHA2_256_128),
            "RTE_CRYPTO_AUTH_SHA384_HMAC" => integrity = with(I::AUTH_HMAC_SHA2_384_192),
            "RTE_CRYPTO_AUTH_SHA512_HMAC" => integrity = with(I::AUTH_HMAC_SHA2_512_256),
            "RTE_CRYPTO_AUTH_AES_XCBC_MAC" => integrity = with(I::AUTH_AES_XCBC_96),
            other => panic!("an algorithm this test does not know: {other}"),
        }
    }
    let key = [bytes(&vector["key"]), bytes(&vector["salt"])].concat();
    esp(cipher, integrity, (&key, &bytes(&vector["auth_key"])))
}

fn with(id: I) -> Integrity {
    Integrity::Mac(mac(id))
}

fn bytes(hex: &Value) -> Vec<u8> {
    hex.as_str().map(unhex).unwrap_or_default()
}

fn shared() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let root = std::env::var_os("IPSEC_SHARED").map_or(beside, PathBuf::from);
    let file = root.join("vectors/dpdk-vectors/ipsec_vectors.json");
    if file.is_file() {
        return Some(file);
    }
    println!("SKIPPED: no {} (set IPSEC_SHARED)", file.display());
    None
}

const SKIPPED: &str = "pkt_aes_128_cbc_null";
const WHY: &str = "what it expects ends in the ESP trailer, so it is no inner packet; \
    it is case 7 of RFC 3602 §4, which `published` opens";
