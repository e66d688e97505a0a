//! Messages lost, repeated, out of order, or not what they were.

use crate::{Seen, keyring, open, own};
use ipsec_core::capture::{CaptureReader, Content, Counts, Decoder, Keyring, PcapWriter};
use ipsec_core::crypto::rustcrypto;
use ipsec_core::evidence::{UnsealFault, Unsealing, Verdict};
use ipsec_core::keylog::{self, Keys};
use ipsec_core::time::Instant;
use std::fs;

/// A message and whether the initiator sent it.
#[derive(Clone)]
struct Datagram {
    by_initiator: bool,
    message: Vec<u8>,
}

/// The IKE messages of the project's own capture of main mode.
fn messages() -> Vec<Datagram> {
    let file = fs::read(own("v1-main-psk").join("wire.pcap")).unwrap();
    let mut reader = CaptureReader::new(&file[..]).unwrap();
    let mut decoder = Decoder::new();
    let mut found: Vec<Datagram> = Vec::new();
    let mut initiator = None;
    while let Some(frame) = reader.next_frame().unwrap() {
        let dissection = decoder.dissect(&frame);
        if let Content::Isakmp(read) = &dissection.content {
            let from = dissection.route.from;
            found.push(Datagram {
                by_initiator: *initiator.get_or_insert(from) == from,
                message: read.bytes.to_vec(),
            });
        }
    }
    found
}

const FIRST_ENCRYPTED: usize = 4;
const FIRST_QUICK: usize = 6;

fn all_keys() -> Keyring {
    let wanted = |keys: &Keys| matches!(keys, Keys::Ikev1(_));
    keyring(&own("v1-main-psk").join("keys.json"), wanted)
}

/// The keys without those that check anything.
fn cipher_key() -> Keyring {
    let mut log = keylog::read(table().as_bytes());
    assert_eq!(log.entries.len(), 1);
    let mut keyring = Keyring::new(rustcrypto::provider());
    log.entries.truncate(1);
    keyring.add(log);
    keyring
}

fn table() -> String {
    let file = fs::read(own("v1-main-psk").join("keys.json")).unwrap();
    let keys: serde_json::Value = serde_json::from_slice(&file).unwrap();
    let text = |name: &str| keys["ike"][0][name].as_str().unwrap().to_owned();
    format!("{},{}\n", text("spi_i"), text("Ka"))
}

/// The messages in raw IPv4, all on port 500.
fn pcap(messages: &[Datagram]) -> Vec<u8> {
    let link = ipsec_core::wire::registry::ip::LinkType::RAW;
    let mut writer = PcapWriter::new(Vec::new(), link).unwrap();
    for (number, datagram) in messages.iter().enumerate() {
        let ends = [[192, 0, 2, 10], [198, 51, 100, 20]];
        let (from, to) = match datagram.by_initiator {
            true => (ends[0], ends[1]),
            false => (ends[1], ends[0]),
        };
        let udp = u16::try_from(8 + datagram.message.len()).unwrap();
        let mut frame = vec![0x45, 0];
        frame.extend((20 + udp).to_be_bytes());
        frame.extend([0, 0, 0, 0, 64, 17, 0, 0]);
        frame.extend(from.iter().chain(&to));
        frame.extend([1, 0xf4, 1, 0xf4]);
        frame.extend(udp.to_be_bytes());
        frame.extend([0, 0]);
        frame.extend(&datagram.message);
        let at = Instant::from_seconds(u64::try_from(number).unwrap(), 0);
        let len = u32::try_from(frame.len()).unwrap();
        writer.write(at, 0, len, &frame).unwrap();
    }
    writer.finish().unwrap()
}

fn opened(messages: &[Datagram], keyring: Keyring) -> (Vec<Seen>, Counts) {
    open(&pcap(messages), keyring)
}

fn encrypted(seen: &[Seen]) -> Vec<&Seen> {
    seen.iter().filter(|seen| seen.state.is_some()).collect()
}

#[test]
fn repetitions_change_nothing() {
    let messages = messages();
    let (once, _) = opened(&messages, all_keys());
    for gap in 0..4 {
        // Each message again, after `gap` others.
        let mut again = Vec::new();
        for at in 0..messages.len() + gap {
            again.extend(messages.get(at).cloned());
            again.extend(at.checked_sub(gap).and_then(|at| messages.get(at)).cloned());
        }
        let (twice, counts) = opened(&again, all_keys());
        assert_eq!(counts.ike.failed, 0, "gap {gap}");
        for message in encrypted(&once) {
            let same = twice.iter().filter(|seen| {
                seen.plaintext == message.plaintext && seen.proofs == message.proofs
            });
            assert_eq!(same.count(), 2, "gap {gap}");
        }
    }
}

/// Whichever message is the first that was captured, and whichever is missing:
/// what follows it opens, in phase 2 even without the IV.
#[test]
fn captures_that_begin_in_the_middle() {
    let messages = messages();
    let (whole, _) = opened(&messages, all_keys());
    let whole = encrypted(&whole);
    for start in FIRST_ENCRYPTED..messages.len() {
        let (seen, counts) = opened(&messages[start..], all_keys());
        assert_eq!(counts.ike.no_key, 0);
        for message in seen {
            let at = start + usize::try_from(message.number).unwrap() - 1;
            if at < FIRST_QUICK {
                continue;
            }
            let before = whole[at - FIRST_ENCRYPTED];
            assert!(message.state.unwrap().is_open(), "{start}: {at}");
            let is_third = before.proofs[0].of == ipsec_core::evidence::Proven::Hash(3);
            if message.state == Some(Unsealing::Verified) {
                assert_eq!(message.plaintext, before.plaintext, "{start}: {at}");
            } else {
                assert!(at == start || is_third, "{start}: {at}");
            }
        }
    }
}

#[test]
fn one_message_lost() {
    let messages = messages();
    for lost in 0..messages.len() {
        let mut rest = messages.clone();
        rest.remove(lost);
        let (seen, counts) = opened(&rest, all_keys());
        // Only message 6 has neither an IV without message 5 nor a hash at its
        // beginning.
        let without_iv = u64::from(lost == FIRST_ENCRYPTED);
        let expected = (0, without_iv);
        assert_eq!((counts.ike.failed, counts.ike.no_key), expected, "{lost}");
        let wrong = |seen: &Seen| {
            seen.proofs
                .iter()
                .any(|proof| proof.verdict == Verdict::Fails)
        };
        assert!(!seen.iter().any(wrong), "{lost}");
    }
}

#[test]
fn neighbours_swapped() {
    let messages = messages();
    for at in FIRST_ENCRYPTED..messages.len() - 1 {
        let mut swapped = messages.clone();
        swapped.swap(at, at + 1);
        let (seen, _) = opened(&swapped, all_keys());
        let closed = seen
            .iter()
            .filter(|seen| seen.state.is_some_and(|state| !state.is_open()));
        // Message 6 before 5: its IV comes from a message that is still to come.
        assert_eq!(closed.count(), usize::from(at == FIRST_ENCRYPTED), "{at}");
    }
}

/// Ciphertexts of every length: whole blocks make no sense, the others are no
/// ciphertext of the key at all. Once the key has opened something it is not
/// the key that is wrong. What is too short for anything but the third message
/// of a quick mode may have lost the one before it.
#[test]
fn every_length_of_ciphertext() {
    let messages = messages();
    for keys in [all_keys as fn() -> Keyring, cipher_key] {
        for (at, exchange, spoilt_state) in [
            (FIRST_ENCRYPTED, 2, Unsealing::Failed(UnsealFault::WrongKey)),
            (FIRST_QUICK, 32, Unsealing::NoKey),
            (FIRST_QUICK, 5, Unsealing::Failed(UnsealFault::WrongIcv)),
        ] {
            for len in 0..=64_usize {
                let mut spoilt = messages[..=at].to_vec();
                let message = &mut spoilt[at].message;
                message[18] = exchange;
                message.truncate(28);
                message.extend((0..len).map(|n| u8::try_from(n * 37 % 251).unwrap()));
                set_length(message);
                let (seen, _) = opened(&spoilt, keys());
                let expected = match len > 0 && len.is_multiple_of(16) {
                    true => spoilt_state,
                    false => Unsealing::Failed(UnsealFault::Length),
                };
                let state = seen.last().unwrap().state;
                assert_eq!(state, Some(expected), "{at}: {len}");
            }
        }
    }
}

fn set_length(message: &mut [u8]) {
    let len = u32::try_from(message.len()).unwrap();
    message[24..28].copy_from_slice(&len.to_be_bytes());
}

#[test]
fn wrong_keys_open_nothing() {
    let table = table();
    let (cookie, key) = table.trim().split_once(',').unwrap();
    let digit = |at: usize| u8::from_str_radix(&key[at * 2..at * 2 + 2], 16).unwrap();
    for bit in (0..256).step_by(11) {
        let key: String = (0..32)
            .map(|at| digit(at) ^ if at == bit / 8 { 1 << (bit % 8) } else { 0 })
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let mut keyring = Keyring::new(rustcrypto::provider());
        keyring.add(keylog::read(format!("{cookie},{key}\n").as_bytes()));
        let (_, counts) = opened(&messages(), keyring);
        assert_eq!((counts.ike.opened, counts.ike.no_key), (0, 0));
        assert!(counts.ike.failed > 0);
    }
    let mut keyring = Keyring::new(rustcrypto::provider());
    keyring.add(keylog::read(format!("0102030405060708,{key}\n").as_bytes()));
    let (_, counts) = opened(&messages(), keyring);
    assert_eq!((counts.ike.opened, counts.ike.failed), (0, 0));
}

/// One bit of any byte: never authentic, but for padding and the bits of a
/// first block that a hash does not cover.
#[test]
fn flipped_bits() {
    let messages = messages();
    for at in FIRST_ENCRYPTED..messages.len() {
        for byte in 28..messages[at].message.len() {
            let mut spoilt = messages.clone();
            spoilt[at].message[byte] ^= 1 << (byte % 8);
            let (seen, _) = opened(&spoilt, all_keys());
            let message = &seen[at - FIRST_ENCRYPTED];
            if message.state == Some(Unsealing::Verified) {
                let holds = |proof: &ipsec_core::evidence::Proof| proof.verdict == Verdict::Holds;
                assert!(message.proofs.iter().any(holds));
            }
            assert_eq!(seen.len(), messages.len() - FIRST_ENCRYPTED);
        }
    }
}

/// A message under another ID: its hash covers the ID.
#[test]
fn message_ids_are_covered() {
    let messages = messages();
    for at in FIRST_QUICK..messages.len() {
        let mut spoilt = messages.clone();
        spoilt[at].message[23] ^= 1;
        let (seen, _) = opened(&spoilt, all_keys());
        let state = seen[at - FIRST_ENCRYPTED].state.unwrap();
        assert_ne!(state, Unsealing::Verified, "{at}");
    }
}

/// More exchanges and SAs than are kept: nothing grows, and the real ones
/// open all the same.
#[test]
fn a_flood_of_exchanges_and_sas() {
    let messages = messages();
    let mut flood = messages[..FIRST_QUICK].to_vec();
    for number in 0..3000_u32 {
        let mut forged = messages[FIRST_QUICK].clone();
        forged.message[20..24].copy_from_slice(&(number + 7).to_be_bytes());
        forged.message[28..].reverse();
        if number % 2 == 0 {
            forged.message[..4].copy_from_slice(&number.to_be_bytes());
        }
        flood.push(forged);
    }
    flood.extend_from_slice(&messages[FIRST_QUICK..]);
    let (seen, _) = opened(&flood, all_keys());
    let real = seen.len() - (messages.len() - FIRST_QUICK);
    let verified = |seen: &Seen| seen.state == Some(Unsealing::Verified);
    assert!(seen[real..].iter().all(verified));
}

/// In what the decoder shows of itself.
#[test]
fn no_key_is_shown() {
    let messages = messages();
    let file = pcap(&messages);
    let mut reader = CaptureReader::new(&file[..]).unwrap();
    let mut decoder = Decoder::with_keys(all_keys().into());
    while let Some(frame) = reader.next_frame().unwrap() {
        let _ = decoder.dissect(&frame);
    }
    let shown = format!("{decoder:?}");
    let keys: serde_json::Value =
        serde_json::from_slice(&fs::read(own("v1-main-psk").join("keys.json")).unwrap()).unwrap();
    let entry = keys["ike"][0].as_object().unwrap();
    for name in [
        "SKEYID",
        "SKEYID_d",
        "SKEYID_a",
        "SKEYID_e",
        "Ka",
        "shared_secret",
    ] {
        let bytes = crate::support::unhex(entry[name].as_str().unwrap());
        for part in [&bytes[..4], &bytes[4..8]] {
            let hex: String = part.iter().map(|byte| format!("{byte:02x}")).collect();
            let list = format!("{part:?}");
            let list = list.trim_matches(['[', ']']);
            assert!(!shown.contains(&hex) && !shown.contains(list), "{name}");
        }
    }
}

/// Any byte of any message changed, headers and public values too, and any
/// message cut: whatever becomes of it, the others are not worse off than
/// without it.
#[test]
fn any_byte_of_any_message() {
    let messages = messages();
    let mut opened_least = u64::MAX;
    for at in 0..messages.len() {
        for byte in (at % 7..messages[at].message.len()).step_by(7) {
            let mut spoilt = messages.clone();
            spoilt[at].message[byte] ^= 0xff;
            let (_, counts) = opened(&spoilt, all_keys());
            opened_least = opened_least.min(counts.ike.opened);
            spoilt[at].message.truncate(byte);
            let (_, counts) = opened(&spoilt, all_keys());
            opened_least = opened_least.min(counts.ike.opened);
        }
    }
    let encrypted = u64::try_from(messages.len() - FIRST_ENCRYPTED).unwrap();
    // Message 5 takes 6 with it.
    assert!(opened_least >= encrypted - 2, "{opened_least}");
}
