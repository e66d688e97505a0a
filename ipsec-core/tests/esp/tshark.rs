//! tshark opens and verifies what we seal, with the keys in its table of SAs:
//! every suite it has, every mode and version of IP, in UDP. Its version 4.0
//! knows no extended sequence numbers and no AES-CCM or ChaCha20-Poly1305.

use crate::way::{Suite, Way, ends, forever, inner, key, mac_key, transform, ways};
use ipsec_core::esp::sa::EspSender;
use ipsec_core::sa::sequence::Numbers;
use ipsec_core::wire::registry::ike::{Encryption as E, Integrity as I};
use std::fs;
use std::path::Path;
use std::process::Command;

#[test]
fn tshark_opens_and_verifies_what_we_seal() {
    if Command::new("tshark").arg("--version").output().is_err() {
        println!("SKIPPED: no tshark");
        return;
    }
    let cases: Vec<(Suite, Way)> = suites()
        .into_iter()
        .flat_map(|suite| ways().into_iter().map(move |way| (suite, way)))
        .collect();
    let room = Path::new(env!("CARGO_TARGET_TMPDIR")).join("esp_for_tshark");
    fs::create_dir_all(&room).unwrap();
    let mut packets = Vec::new();
    let mut table = String::new();
    for (spi, (suite, way)) in (0x1000..).zip(&cases) {
        let mut sender = EspSender::new(spi, transform(*suite), Numbers::Short, forever());
        packets.push(way.send(&mut sender, &inner(way.inner_v6, DATA)));
        table.push_str(&row(spi, *suite, *way));
    }
    fs::write(room.join("esp_sa"), table).unwrap();
    fs::write(room.join("ours.pcap"), pcap(&packets)).unwrap();
    let read = tshark(&room);
    assert_eq!(read.len(), cases.len());
    let data = hex(&key(DATA));
    for (line, case) in read.iter().zip(&cases) {
        let fields: Vec<&str> = line.split('\t').collect();
        assert_eq!(fields[0], "1", "{case:?}: {line}");
        assert_eq!(fields[1], data, "{case:?}: {line}");
    }
    println!("{} packets", cases.len());
    fs::remove_dir_all(&room).unwrap();
}

fn suites() -> Vec<Suite> {
    let sha1 = I::AUTH_HMAC_SHA1_96;
    let mut suites = vec![
        (E::ENCR_AES_GCM_16, 20, I::NONE),
        (E::ENCR_AES_GCM_16, 28, I::NONE),
        (E::ENCR_AES_GCM_16, 36, I::NONE),
        (E::ENCR_AES_GCM_12, 20, I::NONE),
        (E::ENCR_AES_GCM_8, 20, I::NONE),
        (E::ENCR_AES_CBC, 24, sha1),
        (E::ENCR_AES_CBC, 32, sha1),
        (E::ENCR_AES_CTR, 20, sha1),
        (E::ENCR_AES_CTR, 36, sha1),
        (E::ENCR_3DES, 24, sha1),
        (E::ENCR_DES, 8, sha1),
        (E::ENCR_BLOWFISH, 16, sha1),
        (E::ENCR_CAST, 16, sha1),
        (E::ENCR_TWOFISH_CBC, 16, sha1),
        (E::ENCR_NULL, 0, sha1),
    ];
    suites.extend(MACS.map(|(mac, _)| (E::ENCR_AES_CBC, 16, mac)));
    suites
}

const MACS: [(I, &str); 6] = [
    (I::AUTH_HMAC_MD5_96, "HMAC-MD5-96 [RFC2403]"),
    (I::AUTH_HMAC_SHA1_96, "HMAC-SHA-1-96 [RFC2404]"),
    (
        I::AUTH_HMAC_SHA2_256_96,
        "HMAC-SHA-256-96 [draft-ietf-ipsec-ciph-sha-256-00]",
    ),
    (I::AUTH_HMAC_SHA2_256_128, "HMAC-SHA-256-128 [RFC4868]"),
    (I::AUTH_HMAC_SHA2_384_192, "HMAC-SHA-384-192 [RFC4868]"),
    (I::AUTH_HMAC_SHA2_512_256, "HMAC-SHA-512-256 [RFC4868]"),
];

fn cipher(id: E) -> &'static str {
    match id {
        E::ENCR_AES_GCM_16 => "AES-GCM with 16 octet ICV [RFC4106]",
        E::ENCR_AES_GCM_12 => "AES-GCM with 12 octet ICV [RFC4106]",
        E::ENCR_AES_GCM_8 => "AES-GCM with 8 octet ICV [RFC4106]",
        E::ENCR_AES_CBC => "AES-CBC [RFC3602]",
        E::ENCR_AES_CTR => "AES-CTR [RFC3686]",
        E::ENCR_3DES => "TripleDES-CBC [RFC2451]",
        E::ENCR_DES => "DES-CBC [RFC2405]",
        E::ENCR_BLOWFISH => "BLOWFISH-CBC [RFC2451]",
        E::ENCR_CAST => "CAST5-CBC [RFC2144]",
        E::ENCR_TWOFISH_CBC => "TWOFISH-CBC",
        E::ENCR_NULL => "NULL",
        other => panic!("tshark has no {other:?}"),
    }
}

/// A line of tshark's table of SAs.
fn row(spi: u32, (id, len, mac): Suite, way: Way) -> String {
    let (a, b) = ends(if way.tunnel {
        way.outer_v6
    } else {
        way.inner_v6
    });
    let version = if a.is_ipv6() { "IPv6" } else { "IPv4" };
    let known = MACS.iter().find(|(known, _)| *known == mac);
    let auth = known.map_or("NULL", |(_, name)| name);
    let [key, auth_key] = [key(len), mac_key(mac)].map(|key| hex(&key));
    let cipher = cipher(id);
    format!(
        "\"{version}\",\"{a}\",\"{b}\",\"{spi:#010x}\",\"{cipher}\",\"0x{key}\",\"{auth}\",\"0x{auth_key}\"\n"
    )
}

/// For each packet whether its ICV is right, and the last UDP payload in it.
fn tshark(room: &Path) -> Vec<String> {
    let output = Command::new("tshark")
        .env("WIRESHARK_CONFIG_DIR", room)
        .args(["-o", "esp.enable_encryption_decode:TRUE"])
        .args(["-o", "esp.enable_authentication_check:TRUE"])
        .args(["-T", "fields", "-e", "esp.icv_good", "-e", "udp.payload"])
        .args(["-E", "occurrence=l", "-r"])
        .arg(room.join("ours.pcap"))
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(str::to_owned).collect()
}

/// A capture file of bare IP packets.
fn pcap(packets: &[Vec<u8>]) -> Vec<u8> {
    let words: [u32; 6] = [0xa1b2_c3d4, 0x0002_0004, 0, 0, 65535, 101];
    let mut file: Vec<u8> = words.into_iter().flat_map(u32::to_be_bytes).collect();
    for packet in packets {
        let len = u32::try_from(packet.len()).unwrap();
        file.extend([0, 0, len, len].into_iter().flat_map(u32::to_be_bytes));
        file.extend(packet);
    }
    file
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

const DATA: usize = 45;
