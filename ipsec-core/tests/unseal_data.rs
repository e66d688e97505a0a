//! ESP and AH packets opened with keys: what is inside, what is said of those
//! that stay closed, and all of the shared captures.
#![cfg(all(feature = "capture", feature = "rustcrypto", feature = "serde"))]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "a test may stop where it is surprised"
)]

mod support;

use core::net::Ipv4Addr;
use ipsec_core::capture::{CaptureReader, Counts, Decoder, Keyring, PcapWriter};
use ipsec_core::capture::{read_evidence, read_evidence_with};
use ipsec_core::crypto::{Secret, rustcrypto};
use ipsec_core::esp::authentication::AhTransform;
use ipsec_core::esp::transform::{Clear, EspTransform, Integrity};
use ipsec_core::evidence::{Evidence, Fact, Opening, UnsealFault, Unsealing};
use ipsec_core::time::Instant;
use ipsec_core::wire::Tree;
use ipsec_core::wire::ah::Ah;
use ipsec_core::wire::ip::Ipv4;
use ipsec_core::wire::registry::ike::{Encryption, Integrity as Integ};
use ipsec_core::wire::registry::ip::{LinkType, Protocol};
use ipsec_core::wire::udp::Udp;
use ipsec_core::{crypto::suite, keylog};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use support::shared;

const A: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 10);
const B: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 20);
const SPI: u32 = 0xc0ff_ee00;
const KEY: [u8; 36] = [0x5a; 36];

/// AES-256-GCM-16 under `key`.
fn gcm(key: &[u8]) -> EspTransform {
    let none = Secret::new(Vec::new());
    let key = Secret::new(key.to_vec());
    let cipher = Encryption::ENCR_AES_GCM_16;
    EspTransform::new(rustcrypto::provider(), cipher, Integrity::None, &key, &none).unwrap()
}

/// A datagram inside, from 10.1.0.1 to 10.2.0.1.
fn inner() -> Vec<u8> {
    let (from, to) = (Ipv4Addr::new(10, 1, 0, 1), Ipv4Addr::new(10, 2, 0, 1));
    packet(
        from,
        to,
        Protocol::UDP,
        &datagram(from, to, 5353, b"inside"),
    )
}

fn datagram(from: Ipv4Addr, to: Ipv4Addr, port: u16, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let udp = Udp::new(port, port, payload).sealed(from.into(), to.into());
    udp.encode(&mut bytes);
    bytes.extend(payload);
    bytes
}

fn packet(from: Ipv4Addr, to: Ipv4Addr, protocol: Protocol, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    Ipv4::new(from, to, protocol, payload).encode(&mut bytes);
    bytes.extend(payload);
    bytes
}

fn esp(sa: &EspTransform, sequence: u64, next: Protocol, payload: &[u8]) -> Vec<u8> {
    let (high, low) = (
        u32::try_from(sequence >> 32).unwrap(),
        sequence & 0xffff_ffff,
    );
    let low = u32::try_from(low).unwrap();
    let mut clear = Clear::new(SPI, low, next, payload);
    let iv = sequence.to_be_bytes();
    clear.iv = &iv[..sa.iv_len().min(8)];
    clear.high = (high > 0).then_some(high);
    let mut packet = Vec::new();
    sa.seal(&clear, &mut packet).unwrap();
    packet
}

/// A capture of IP packets from A to B that carry `payloads`.
fn capture(protocol: Protocol, payloads: &[Vec<u8>]) -> Vec<u8> {
    let mut file = PcapWriter::new(Vec::new(), LinkType::RAW).unwrap();
    for payload in payloads {
        let packet = packet(A, B, protocol, payload);
        let len = u32::try_from(packet.len()).unwrap();
        file.write(Instant::from_seconds(1, 0), 0, len, &packet)
            .unwrap();
    }
    file.finish().unwrap()
}

/// A key file in the form of Wireshark's `esp_sa`.
fn keys(spi: &str, key: &[u8]) -> String {
    let key: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("\"IPv4\",\"{A}\",\"{B}\",\"{spi}\",\"AES-GCM [RFC4106]\",\"0x{key}\",\"NULL\",\"\"\n")
}

fn keyring(text: &str) -> Keyring {
    let mut keyring = Keyring::new(rustcrypto::provider());
    keyring.add(keylog::read(text.as_bytes()));
    keyring
}

fn states(file: &[u8], keys: &str) -> Vec<Unsealing> {
    let mut decoder = Decoder::with_keys(keyring(keys).into());
    let mut reader = CaptureReader::new(file).unwrap();
    let mut states = Vec::new();
    while let Some(frame) = reader.next_frame().unwrap() {
        let found = decoder.dissect(&frame);
        let unsealed = found.unsealed.as_ref();
        states.push(
            unsealed
                .unwrap_or_else(|| panic!("{:?}", found.content))
                .state,
        );
    }
    states
}

fn opening(evidence: &[Evidence]) -> &Opening {
    let flow = evidence.iter().find_map(|one| match &one.fact {
        Fact::Protected(flow) => flow.opening.as_deref(),
        _ => None,
    });
    flow.unwrap()
}

#[test]
fn tunnelled_packets_come_out_as_they_went_in() {
    let sa = gcm(&KEY);
    let file = capture(Protocol::ESP, &[esp(&sa, 1, Protocol::IPV4, &inner())]);
    let mut decoder = Decoder::with_keys(keyring(&keys("0xc0ffee00", &KEY)).into());
    let mut reader = CaptureReader::new(&file[..]).unwrap();
    let frame = reader.next_frame().unwrap().unwrap();
    let found = decoder.dissect(&frame);
    assert_eq!(found.unsealed.as_ref().unwrap().state, Unsealing::Verified);
    let mut packet = Vec::new();
    assert!(found.write_inner(&mut packet));
    assert_eq!(packet, inner());
    // The tree goes on inside, in a buffer of its own.
    let mut tree = Tree::new();
    found.tree(&mut tree);
    drop(found);
    assert_eq!(
        tree.find("udp.dst_port").len() + tree.find("udp.destination_port").len(),
        1
    );
    assert_eq!(decoder.counts().esp.opened, 1);
}

/// The key alone, as people copy it: the first packet tells the salt. With
/// 64-bit sequence numbers too, which the key file does not tell.
#[test]
fn a_key_without_its_salt_opens() {
    let sa = gcm(&KEY);
    for first in [1, (1 << 32) + 1] {
        let mut packets: Vec<_> = (first..first + 3)
            .map(|sequence| esp(&sa, sequence, Protocol::IPV4, &inner()))
            .collect();
        packets[1][20] ^= 1;
        let file = capture(Protocol::ESP, &packets);
        let keys = keys("0xc0ffee00", &KEY[..32]);
        let wrong = Unsealing::Failed(UnsealFault::WrongIcv);
        let opened = Unsealing::Verified;
        assert_eq!(states(&file, &keys), [opened, wrong, opened]);
    }
    let file = capture(Protocol::ESP, &[esp(&sa, 1, Protocol::IPV4, &inner())]);
    let other = keys("0xc0ffee00", &[1; 32]);
    let wrong = Unsealing::Failed(UnsealFault::WrongKey);
    assert_eq!(states(&file, &other), [wrong]);
}

#[test]
fn transport_mode_gets_the_outer_addresses_back() {
    let sa = gcm(&KEY);
    let datagram = datagram(A, B, 7, b"x");
    let file = capture(Protocol::ESP, &[esp(&sa, 1, Protocol::UDP, &datagram)]);
    let mut decoder = Decoder::with_keys(keyring(&keys("*", &KEY)).into());
    let mut reader = CaptureReader::new(&file[..]).unwrap();
    let frame = reader.next_frame().unwrap().unwrap();
    let mut packet = Vec::new();
    assert!(decoder.dissect(&frame).write_inner(&mut packet));
    let whole = Ipv4::decode(&packet).unwrap();
    assert_eq!(
        (whole.source, whole.destination, whole.protocol),
        (A, B, Protocol::UDP)
    );
    assert_eq!(whole.payload, datagram);
}

#[test]
fn wrong_key_wrong_icv_and_wrong_padding_are_three_statements() {
    let sa = gcm(&KEY);
    let good = |n| esp(&sa, n, Protocol::IPV4, &inner());
    let mut forged = good(2);
    *forged.last_mut().unwrap() ^= 1;
    let file = capture(Protocol::ESP, &[good(1), forged.clone(), good(3)]);
    let icv = Unsealing::Failed(UnsealFault::WrongIcv);
    let all = states(&file, &keys("0xc0ffee00", &KEY));
    assert_eq!(all, [Unsealing::Verified, icv, Unsealing::Verified]);

    let other = keys("0xc0ffee00", &[0x33; 36]);
    let key = Unsealing::Failed(UnsealFault::WrongKey);
    assert_eq!(states(&file, &other), [key; 3]);

    // A trailer that announces more padding than there is, under a right ICV.
    let mut spoilt = inner();
    spoilt.extend([200, 4]);
    let file = capture(Protocol::ESP, &[good(1), raw(&sa, 2, &spoilt)]);
    let all = states(&file, &keys("0xc0ffee00", &KEY));
    assert_eq!(all[1], Unsealing::Failed(UnsealFault::WrongPadding));

    // The keys are of another tunnel altogether.
    let elsewhere = keys("0x01", &[0x33; 36]);
    assert_eq!(
        states(&capture(Protocol::ESP, &[good(1)]), &elsewhere),
        [Unsealing::NoKey]
    );

    // A key that opens others later was right all the time.
    let file = capture(Protocol::ESP, &[forged, good(3)]);
    let keyring = keyring(&keys("0xc0ffee00", &KEY));
    let evidence = read_evidence_with(0, &file[..], keyring.into()).unwrap();
    let opening = opening(&evidence);
    assert_eq!(
        (
            opening.verified,
            opening.wrong_icv.count,
            opening.wrong_key.count
        ),
        (1, 1, 0)
    );
    assert_eq!(opening.wrong_icv.first, Some(1));
}

/// An ESP packet over this very plaintext, trailer included.
fn raw(_: &EspTransform, sequence: u32, plaintext: &[u8]) -> Vec<u8> {
    let suite = suite::encryption(Encryption::ENCR_AES_GCM_16).unwrap();
    let key = rustcrypto::provider()
        .aead(suite)
        .unwrap()
        .with_key(&KEY)
        .unwrap();
    let mut packet = [SPI.to_be_bytes(), sequence.to_be_bytes()].concat();
    let iv = [9; 8];
    let mut text = plaintext.to_vec();
    text.resize(text.len().next_multiple_of(4), 0);
    text.truncate(plaintext.len());
    let mut icv = [0; 16];
    key.seal(&iv, &[&packet], &mut text, &mut icv).unwrap();
    packet.extend(iv);
    packet.extend(text);
    packet.extend(icv);
    packet
}

#[test]
fn what_the_snap_length_cut_is_no_fault_of_the_key() {
    let whole = packet(
        A,
        B,
        Protocol::ESP,
        &esp(&gcm(&KEY), 1, Protocol::IPV4, &inner()),
    );
    let mut file = PcapWriter::new(Vec::new(), LinkType::RAW).unwrap();
    let len = u32::try_from(whole.len()).unwrap();
    let head = &whole[..whole.len() - 20];
    file.write(Instant::from_seconds(1, 0), 0, len, head)
        .unwrap();
    let cut = Unsealing::Failed(UnsealFault::Length);
    assert_eq!(
        states(&file.finish().unwrap(), &keys("0xc0ffee00", &KEY)),
        [cut]
    );
}

#[test]
fn keys_beside_the_wrong_spi_are_found() {
    let file = capture(
        Protocol::ESP,
        &[esp(&gcm(&KEY), 1, Protocol::IPV4, &inner())],
    );
    let text = keys("0xc0ffee00", &[0x11; 36]) + &keys("0xc0ffee01", &KEY);
    assert_eq!(states(&file, &text), [Unsealing::Verified]);
}

#[test]
fn the_upper_half_of_extended_numbers_is_inferred() {
    let sa = gcm(&KEY);
    let end = u64::from(u32::MAX);
    let numbers = [
        end + 1,
        end + 2,
        2 * end,
        2 * end + 1,
        2 * end + 5,
        2 * end + 2,
    ];
    let packets = numbers.map(|n| esp(&sa, n, Protocol::IPV4, &inner()));
    let file = capture(Protocol::ESP, &packets);
    let text = keys("0xc0ffee00", &KEY);
    assert_eq!(states(&file, &text), [Unsealing::Verified; 6]);
    let evidence = read_evidence_with(0, &file[..], keyring(&text).into()).unwrap();
    assert!(opening(&evidence).extended_sequence);
}

/// An AH packet from A to B, signed.
fn ah(sequence: u32, next_header: Protocol, payload: &[u8]) -> Vec<u8> {
    let mac = suite::integrity(Integ::AUTH_HMAC_SHA2_256_128).unwrap();
    let key = Secret::new(KEY[..32].to_vec());
    let sa = AhTransform::new(rustcrypto::provider(), mac, &key).unwrap();
    let (length, padding) = Ah::length_for(mac.icv, false).unwrap();
    let mut head = [next_header.0, length, 0, 0].to_vec();
    head.extend([SPI, sequence].map(u32::to_be_bytes).concat());
    head.resize(head.len() + mac.icv + padding, 0);
    let mut whole = packet(A, B, Protocol::AH, &[&head, payload].concat());
    sa.sign(&mut whole, None, &mut Vec::new()).unwrap();
    whole[20..].to_vec()
}

#[test]
fn ah_is_verified_in_both_modes() {
    let key: String = KEY[..32].iter().map(|byte| format!("{byte:02x}")).collect();
    let text = format!(
        "src {A} dst {B}\n\tproto ah spi 0xc0ffee00 reqid 1 mode tunnel\n\
         \tauth-trunc hmac(sha256) 0x{key} 128\n"
    );
    let transport = datagram(A, B, 7, b"x");
    let mut forged = ah(3, Protocol::UDP, &transport);
    *forged.last_mut().unwrap() ^= 1;
    let packets = [
        ah(1, Protocol::IPV4, &inner()),
        ah(2, Protocol::UDP, &transport),
        forged,
    ];
    let file = capture(Protocol::AH, &packets);
    let wrong = Unsealing::Failed(UnsealFault::WrongIcv);
    assert_eq!(
        states(&file, &text),
        [Unsealing::Verified, Unsealing::Verified, wrong]
    );
    let evidence = read_evidence_with(0, &file[..], keyring(&text).into()).unwrap();
    let opening = opening(&evidence);
    assert_eq!(
        (opening.verified, opening.tunnelled, opening.wrong_icv.first),
        (2, 1, Some(3))
    );
}

#[test]
fn null_encryption_needs_no_key() {
    let mut plain = inner();
    plain.extend([1, 2, 2, 4]);
    let mut packet = [SPI.to_be_bytes(), 1_u32.to_be_bytes()].concat();
    packet.extend(&plain);
    packet.extend([0xab; 12]);
    let mut spoilt = packet.clone();
    spoilt[8 + 10] ^= 0x40;
    let file = capture(Protocol::ESP, &[packet, spoilt]);
    assert_eq!(states(&file, ""), [Unsealing::Unchecked, Unsealing::NoKey]);
    let evidence = read_evidence(0, &file[..], rustcrypto::provider()).unwrap();
    let inner = &opening(&evidence).inner[0];
    assert_eq!(
        (inner.source.to_string().as_str(), inner.protocol),
        ("10.1.0.1", 17)
    );
}

#[test]
fn udp_encapsulated_packets_open_as_well() {
    let packet = esp(&gcm(&KEY), 1, Protocol::IPV4, &inner());
    let datagram = datagram(A, B, 4500, &packet);
    let file = capture(Protocol::UDP, &[datagram]);
    assert_eq!(
        states(&file, &keys("0xc0ffee00", &KEY)),
        [Unsealing::Verified]
    );
}

#[test]
fn keys_in_the_capture_open_it() {
    use ipsec_core::capture::{PcapngWriter, SecretsType};
    let sealed = esp(&gcm(&KEY), 1, Protocol::IPV4, &inner());
    let packet = packet(A, B, Protocol::ESP, &sealed);
    let len = u32::try_from(packet.len()).unwrap();
    let mut file = PcapngWriter::new(Vec::new(), LinkType::RAW).unwrap();
    let write = |file: &mut PcapngWriter<Vec<u8>>, seconds| {
        let at = Instant::from_seconds(seconds, 0);
        file.write(at, 0, len, &packet).unwrap();
    };
    write(&mut file, 1);
    let text = keys("0xc0ffee00", &KEY);
    let kind = SecretsType(0x4950_5345);
    file.write_secrets(kind, text.as_bytes()).unwrap();
    write(&mut file, 2);
    let all = states(&file.finish().unwrap(), "");
    assert_eq!(all, [Unsealing::NoKey, Unsealing::Verified]);
}

#[test]
fn nothing_that_is_printed_holds_a_key() {
    let text = keys("0xc0ffee00", &KEY);
    let file = capture(
        Protocol::ESP,
        &[esp(&gcm(&KEY), 1, Protocol::IPV4, &inner())],
    );
    let mut decoder = Decoder::with_keys(keyring(&text).into());
    let mut reader = CaptureReader::new(&file[..]).unwrap();
    let frame = reader.next_frame().unwrap().unwrap();
    let found = format!("{:?}", decoder.dissect(&frame));
    let all = found + &format!("{decoder:?} {:?}", keyring(&text));
    for key in ["5a5a5a5a", "5A5A5A5A", "90, 90, 90, 90", "ZZZZ"] {
        assert!(!all.contains(key), "{key}");
    }
}

#[test]
fn ciphertexts_of_every_length_are_refused_quietly() {
    let text = keys("0xc0ffee00", &KEY);
    let head = [SPI.to_be_bytes(), 7_u32.to_be_bytes()].concat();
    for len in 0..=64 {
        let mut packet = head.clone();
        packet.extend(vec![0xa5; len]);
        let state = states(&capture(Protocol::ESP, &[packet]), &text);
        assert!(
            matches!(state[..], [Unsealing::Failed(_)]),
            "{len}: {state:?}"
        );
    }
}

/// All ESP packets, and beside them what tshark opens with the same keys (one
/// capture of twelve, or each with `IPSEC_ALL=1`).
#[test]
fn every_esp_packet_of_the_shared_captures_with_keys_opens() {
    let Some(root) = shared("captures") else {
        return;
    };
    let every = if std::env::var_os("IPSEC_ALL").is_some() {
        1
    } else {
        12
    };
    let mut all = Counts::default();
    let [mut ours, mut theirs, mut files] = [0; 3];
    for folder in ["esp", "interop", "ss6"].map(|set| root.join(set)) {
        let mut folders: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|one| one.unwrap().path())
            .collect();
        folders.sort();
        for (wire, folder) in folders.iter().flat_map(|folder| wires(folder)) {
            let counts = count(&wire, &folder.join("keys.json"));
            assert_eq!(counts.esp.failed, 0, "{}", wire.display());
            all.esp.opened += counts.esp.opened;
            all.esp.no_key += counts.esp.no_key;
            if files % every == 0
                && let Some(opened) = tshark(folder, &wire)
            {
                assert!(counts.esp.opened >= opened, "{}", wire.display());
                ours += counts.esp.opened;
                theirs += opened;
            }
            files += 1;
        }
    }
    eprintln!(
        "{files} captures: ESP {:?}; of these {ours}, tshark {theirs}",
        all.esp
    );
    assert!(all.esp.opened >= 600);
}

/// The captures in a folder that has keys.
fn wires(folder: &Path) -> impl Iterator<Item = (PathBuf, &Path)> {
    let has_keys = folder.join("keys.json").is_file();
    let names = ["wire.pcap", "wire-b.pcap"].into_iter();
    let paths = names.map(|name| folder.join(name));
    paths
        .filter(move |path| has_keys && path.is_file())
        .map(move |path| (path, folder))
}

fn count(wire: &Path, keys: &Path) -> Counts {
    let mut keyring = Keyring::new(rustcrypto::provider());
    keyring.add(keylog::read(&fs::read(keys).unwrap()));
    let mut decoder = Decoder::with_keys(keyring.into());
    let mut reader = CaptureReader::new(fs::File::open(wire).unwrap()).unwrap();
    while let Some(frame) = reader.next_frame().unwrap() {
        let _ = decoder.dissect(&frame);
    }
    decoder.counts()
}

/// ESP packets that tshark opens with the tables in `profile`; `None` without
/// tshark.
fn tshark(profile: &Path, capture: &Path) -> Option<u64> {
    let output = Command::new("tshark")
        .env("WIRESHARK_CONFIG_DIR", profile)
        .args(["-o", "esp.enable_encryption_decode:TRUE"])
        .args(["-o", "esp.enable_authentication_check:TRUE"])
        .args(["-T", "fields", "-e", "esp.protocol", "-Y", "esp", "-r"])
        .arg(capture)
        .output();
    let Ok(output) = output else {
        eprintln!("SKIPPED: no tshark");
        return None;
    };
    let text = String::from_utf8_lossy(&output.stdout);
    let opened = text.lines().filter(|line| !line.trim().is_empty());
    u64::try_from(opened.count()).ok()
}
