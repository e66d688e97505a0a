//! Scapy opens what we seal, and we open what Scapy seals: every suite that
//! both have, every mode and version of IP, in UDP, with short and extended
//! sequence numbers. `IPSEC_SCAPY` names a Python that has Scapy; `make test`
//! sees to it (`scripts/scapy.sh`).

use crate::ah;
use crate::unhex;
use crate::way::{SPI, Suite, Way, ends, forever, halves, inner, key, mac_key, ways};
use ipsec_core::esp::ah::{AhReceiver, AhSender};
use ipsec_core::esp::authentication::AhTransform;
use ipsec_core::esp::{transport, tunnel::Tunnel};
use ipsec_core::sa::sequence::Numbers;
use ipsec_core::time::Instant;
use ipsec_core::wire::registry::ike::{Encryption as E, Integrity as I};
use serde_json::{Value, json};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

#[test]
fn scapy_opens_ours_and_we_open_scapys_esp() {
    let cases: Vec<_> = suites()
        .into_iter()
        .flat_map(|suite| ways().into_iter().map(move |way| (suite, way)))
        .flat_map(|(suite, way)| [None, Some(1)].map(|high| (suite, way, high)))
        .collect();
    let mut asked = Vec::new();
    let mut receivers = Vec::new();
    for (number, (suite, way, high)) in cases.iter().enumerate() {
        let numbers = high.map_or(Numbers::Short, |_| Numbers::Extended);
        let (mut sender, mut receiver) = halves(*suite, numbers);
        let packet = inner(way.inner_v6, number % 67);
        if high.is_some() {
            // So the receiver comes to expect the upper half 1.
            sender.skip(u64::from(u32::MAX) - 1);
            let last = way.send(&mut sender, &packet);
            assert_eq!(way.receive(&mut receiver, &last), packet);
        }
        let ours = way.send(&mut sender, &packet);
        asked.push(esp_case(*suite, *way, *high, &packet, &ours));
        receivers.push((receiver, packet));
    }
    let Some(answers) = ask(&asked) else { return };
    for ((answer, case), (mut receiver, packet)) in answers.iter().zip(cases).zip(receivers) {
        let (_, way, _) = case;
        assert_eq!(bytes(&answer["opened"]), packet, "{case:?}");
        let theirs = bytes(&answer["theirs"]);
        assert_eq!(way.receive(&mut receiver, &theirs), packet, "{case:?}");
    }
    println!("{} packets each way", answers.len());
}

/// Every cipher with one integrity algorithm, and every integrity algorithm
/// with one cipher.
fn suites() -> Vec<Suite> {
    let alone = [
        (E::ENCR_AES_GCM_16, 20),
        (E::ENCR_AES_GCM_16, 28),
        (E::ENCR_AES_GCM_16, 36),
        (E::ENCR_NULL_AUTH_AES_GMAC, 20),
        (E::ENCR_NULL_AUTH_AES_GMAC, 36),
        (E::ENCR_AES_CCM_8, 19),
        (E::ENCR_AES_CCM_12, 27),
        (E::ENCR_AES_CCM_16, 35),
        (E::ENCR_CHACHA20_POLY1305, 36),
    ];
    let ciphers = [
        (E::ENCR_AES_CBC, 16),
        (E::ENCR_AES_CBC, 24),
        (E::ENCR_AES_CBC, 32),
        (E::ENCR_AES_CTR, 20),
        (E::ENCR_AES_CTR, 36),
        (E::ENCR_3DES, 24),
        (E::ENCR_DES, 8),
        (E::ENCR_BLOWFISH, 16),
        (E::ENCR_CAST, 16),
        (E::ENCR_NULL, 0),
    ];
    let aeads = alone.map(|(cipher, key)| (cipher, key, I::NONE));
    let with_sha1 = ciphers.map(|(cipher, key)| (cipher, key, I::AUTH_HMAC_SHA1_96));
    let with_cbc = MACS.map(|(mac, _)| (E::ENCR_AES_CBC, 16, mac));
    aeads.into_iter().chain(with_sha1).chain(with_cbc).collect()
}

const MACS: [(I, &str); 6] = [
    (I::AUTH_HMAC_MD5_96, "HMAC-MD5-96"),
    (I::AUTH_HMAC_SHA1_96, "HMAC-SHA1-96"),
    (I::AUTH_HMAC_SHA2_256_128, "SHA2-256-128"),
    (I::AUTH_HMAC_SHA2_384_192, "SHA2-384-192"),
    (I::AUTH_HMAC_SHA2_512_256, "SHA2-512-256"),
    (I::AUTH_AES_CMAC_96, "AES-CMAC-96"),
];

/// Scapy's name of the cipher, and the length of its ICV where that may vary.
fn cipher(id: E) -> (&'static str, Option<u8>) {
    match id {
        E::ENCR_AES_GCM_16 => ("AES-GCM", None),
        E::ENCR_NULL_AUTH_AES_GMAC => ("AES-NULL-GMAC", None),
        E::ENCR_AES_CCM_8 => ("AES-CCM", Some(8)),
        E::ENCR_AES_CCM_12 => ("AES-CCM", Some(12)),
        E::ENCR_AES_CCM_16 => ("AES-CCM", Some(16)),
        E::ENCR_CHACHA20_POLY1305 => ("CHACHA20-POLY1305", None),
        E::ENCR_AES_CBC => ("AES-CBC", None),
        E::ENCR_AES_CTR => ("AES-CTR", None),
        E::ENCR_3DES => ("3DES", None),
        E::ENCR_DES => ("DES", None),
        E::ENCR_BLOWFISH => ("Blowfish", None),
        E::ENCR_CAST => ("CAST", None),
        E::ENCR_NULL => ("NULL", None),
        other => panic!("Scapy has no {other:?}"),
    }
}

fn auth(id: I) -> &'static str {
    let known = MACS.iter().find(|(mac, _)| *mac == id);
    known.map_or("NULL", |(_, name)| name)
}

fn esp_case(suite: Suite, way: Way, high: Option<u32>, packet: &[u8], ours: &[u8]) -> Value {
    let (id, len, mac) = suite;
    let (crypt, icv) = cipher(id);
    let sequence = if high.is_some() { 9_u32 } else { 2 };
    json!({
        "protocol": "esp", "spi": SPI, "sequence": sequence, "high": high,
        "crypt": crypt, "crypt_key": hex(&key(len)), "icv": icv,
        "auth": auth(mac), "auth_key": hex(&mac_key(mac)),
        "tunnel": head(way.tunnel, way.outer_v6), "udp": way.udp,
        "inner": hex(packet), "ours": hex(ours),
    })
}

#[test]
fn scapy_checks_ours_and_we_check_scapys_ah() {
    let mut asked = Vec::new();
    let mut cases = Vec::new();
    for (number, (mac, name)) in MACS.into_iter().enumerate() {
        for (kind, packet) in packets() {
            for tunnel in [None, Some(false), Some(true)] {
                let (mut sender, receiver) = ah_halves(mac);
                let sent = sign(&mut sender, tunnel, &packet);
                asked.push(json!({
                    "protocol": "ah", "spi": SPI, "sequence": number + 2, "high": null,
                    "crypt": null, "crypt_key": "", "icv": null,
                    "auth": name, "auth_key": hex(&mac_key(mac)),
                    "tunnel": tunnel.map(|v6| head(true, v6)), "udp": false,
                    "inner": hex(&packet), "ours": hex(&arrived(&sent)),
                }));
                cases.push((kind, mac, tunnel, packet.clone(), receiver));
            }
        }
    }
    let Some(answers) = ask(&asked) else { return };
    for (answer, (kind, mac, tunnel, packet, mut receiver)) in answers.iter().zip(cases) {
        let case = format!("{kind}, {mac:?}, {tunnel:?}");
        let expected = if tunnel.is_some() {
            packet.clone()
        } else {
            arrived(&packet)
        };
        assert_eq!(bytes(&answer["opened"]), expected, "{case}");
        let theirs = bytes(&answer["theirs"]);
        for on_the_way in [theirs.clone(), arrived(&theirs)] {
            let (_, mut other) = ah_halves(mac);
            let checked = other.check(Instant::ZERO, &on_the_way).unwrap();
            let mut bytes = on_the_way;
            let back = match tunnel {
                Some(_) => bytes[checked.payload].to_vec(),
                None => {
                    let (head, next) = (checked.head, checked.next_header);
                    let at = transport::restore(&mut bytes, head, next, checked.payload);
                    bytes[at.unwrap()].to_vec()
                }
            };
            assert_eq!(arrived(&back), arrived(&packet), "{case}");
        }
        assert!(receiver.check(Instant::ZERO, &theirs).is_ok());
    }
    println!("{} packets each way", answers.len());
}

fn ah_halves(mac: I) -> (AhSender, AhReceiver) {
    let transform = || -> AhTransform { ah(mac, &mac_key(mac)) };
    (
        AhSender::new(SPI, transform(), Numbers::Short, forever()),
        AhReceiver::new(SPI, transform(), Numbers::Short, 64, forever()),
    )
}

/// In a tunnel over IPv6 or IPv4, or behind the packet's own header.
fn sign(sender: &mut AhSender, tunnel: Option<bool>, packet: &[u8]) -> Vec<u8> {
    let (a, b) = ends(tunnel.unwrap_or(packet[0] >> 4 == 6));
    let outer = Tunnel::new(a, b).unwrap();
    let room = sender.head_len(a.is_ipv6());
    let before = room + outer.head_len();
    let mut buffer = vec![0; before];
    buffer.extend(packet);
    let mut at = before..buffer.len();
    if tunnel.is_some() {
        at = outer.wrap(1, room, &mut buffer, at).unwrap();
    }
    let sent = sender.sign_in_place(Instant::ZERO, &mut buffer, at);
    buffer[sent.unwrap()].to_vec()
}

/// Packets whose heads have everything that AH must tell apart.
fn packets() -> Vec<(&'static str, Vec<u8>)> {
    let v4 = |options: &str| {
        let mut packet = inner(false, 8);
        let options = unhex(options);
        let words = u8::try_from(5 + options.len() / 4).unwrap();
        packet[0] = 0x40 | words;
        packet[3] += u8::try_from(options.len()).unwrap();
        packet.splice(20..20, options);
        reseal(&mut packet);
        packet
    };
    let v6 = |first: u8, chain: &str| {
        let mut packet = inner(true, 8);
        let chain = unhex(chain);
        packet[6] = first;
        packet[5] += u8::try_from(chain.len()).unwrap();
        packet.splice(40..40, chain);
        packet
    };
    let route = "20010db8000000000000000000000003 20010db8000000000000000000000004";
    vec![
        ("IPv4", v4("")),
        ("record route", v4("07 0b 08 c0000209 00000000 00")),
        (
            "timestamp",
            v4("44 0c 09 01 00000000 00000000 00000000".get(..35).unwrap()),
        ),
        ("router alert", v4("94 04 0000")),
        ("security", v4("82 0b 0000 0000 0000 000000 00")),
        ("stream and nothing", v4("88 04 0007 01 01 01 00")),
        ("IPv6", inner(true, 8)),
        (
            "router alert in hop-by-hop",
            v6(0, "11 00 05 02 0000 01 00"),
        ),
        ("data that may change", v6(0, "11 00 3e 04 01020304")),
        ("destination options", v6(60, "11 00 1e 04 01020304")),
        (
            "routing, two to go",
            v6(43, &format!("11 04 00 02 00000000 {route}")),
        ),
        (
            "hop-by-hop, routing, destination",
            v6(
                0,
                &format!("2b 00 3e 04 01020304 3c 04 00 02 00000000 {route} 11 00 3e 04 0a0b0c0d"),
            ),
        ),
    ]
}

fn reseal(v4: &mut [u8]) {
    v4[10..12].fill(0);
    let head = usize::from(v4[0] & 15) * 4;
    let words = v4[..head].chunks(2);
    let sum: u32 = words.map(|w| u32::from(w[0]) << 8 | u32::from(w[1])).sum();
    let folded = (sum & 0xffff) + (sum >> 16);
    let checksum = !u16::try_from(folded).unwrap();
    v4[10..12].copy_from_slice(&checksum.to_be_bytes());
}

/// The packet when no segments of its routing header are left, as that of
/// RFC 8200 §4.4 moves on: destination and next address change places.
fn arrived(packet: &[u8]) -> Vec<u8> {
    let mut packet = packet.to_vec();
    let first = packet[6];
    let at = match (packet[0] >> 4, first) {
        (6, 43) => 40,
        (6, 0) if packet[40] == 43 => 48,
        _ => return packet,
    };
    let places = usize::from(packet[at + 1]) / 2;
    while packet[at + 3] > 0 {
        let next = at + 8 + 16 * (places - usize::from(packet[at + 3]));
        for byte in 0..16 {
            packet.swap(24 + byte, next + byte);
        }
        packet[at + 3] -= 1;
    }
    packet
}

fn head(tunnel: bool, v6: bool) -> Option<[String; 2]> {
    let (a, b) = ends(v6);
    tunnel.then(|| [a.to_string(), b.to_string()])
}

/// Scapy's answers, if it is there.
fn ask(cases: &[Value]) -> Option<Vec<Value>> {
    let Some(python) = std::env::var_os("IPSEC_SCAPY") else {
        println!("SKIPPED: no Scapy (scripts/scapy.sh installs it; IPSEC_SCAPY names a Python)");
        return None;
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/esp/scapy_peer.py");
    let mut peer = Command::new(python)
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let asked = serde_json::to_vec(cases).unwrap();
    peer.stdin.take().unwrap().write_all(&asked).unwrap();
    let answered = peer.wait_with_output().unwrap();
    assert!(answered.status.success());
    let answers: Vec<Value> = serde_json::from_slice(&answered.stdout).unwrap();
    assert_eq!(answers.len(), cases.len());
    Some(answers)
}

fn bytes(hex: &Value) -> Vec<u8> {
    unhex(hex.as_str().unwrap())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
