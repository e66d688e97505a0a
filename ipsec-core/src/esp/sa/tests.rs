use super::*;
use crate::crypto::{Secret, rustcrypto, suite};
use crate::esp::transform::Integrity;
use crate::sa::lifetime::{Lifetime, Limits};
use crate::sa::sequence::Numbers;
use crate::wire::registry::ike::{Encryption as E, Integrity as I};
use alloc::vec::Vec;
use proptest::prelude::*;

const SPI: u32 = 0x1234_5678;

/// Every suite that may be sent: cipher, key bytes with salt, integrity.
const SUITES: [(E, usize, I); 12] = [
    (E::ENCR_AES_GCM_16, 20, I::NONE),
    (E::ENCR_AES_GCM_8, 36, I::NONE),
    (E::ENCR_AES_CCM_8, 19, I::NONE),
    (E::ENCR_CHACHA20_POLY1305, 36, I::NONE),
    (E::ENCR_NULL_AUTH_AES_GMAC, 20, I::NONE),
    (E::ENCR_AES_GCM_16_IIV, 20, I::NONE),
    (E::ENCR_AES_CBC, 16, I::AUTH_HMAC_SHA1_96),
    (E::ENCR_AES_CBC, 32, I::AUTH_HMAC_SHA2_512_256),
    (E::ENCR_AES_CTR, 20, I::AUTH_AES_XCBC_96),
    (E::ENCR_3DES, 24, I::AUTH_HMAC_MD5_96),
    (E::ENCR_DES, 8, I::AUTH_HMAC_SHA1_96),
    (E::ENCR_NULL, 0, I::AUTH_HMAC_SHA2_256_128),
];

fn transform((encryption, key, integrity): (E, usize, I)) -> EspTransform {
    let mac = suite::integrity(integrity).filter(|mac| mac.icv > 0);
    let secret = |len| Secret::new((0..len).map(|n| u8::try_from(n).unwrap()).collect());
    let mac_key = secret(mac.map_or(0, |mac| mac.key));
    let integrity = mac.map_or(Integrity::None, Integrity::Mac);
    let provider = rustcrypto::provider();
    EspTransform::new(provider, encryption, integrity, &secret(key), &mac_key).unwrap()
}

fn forever() -> Lifetime {
    Lifetime::new(Instant::ZERO, Limits::NONE, Limits::NONE)
}

fn pair(suite: (E, usize, I), numbers: Numbers) -> (EspSender, EspReceiver) {
    let sender = EspSender::new(SPI, transform(suite), numbers, forever());
    let receiver = EspReceiver::new(SPI, transform(suite), numbers, 64, forever());
    (sender, receiver)
}

fn sealed(sender: &mut EspSender, payload: &[u8]) -> Vec<u8> {
    try_sealed(sender, Instant::ZERO, payload).unwrap()
}

fn try_sealed(sender: &mut EspSender, now: Instant, payload: &[u8]) -> Result<Vec<u8>, SealError> {
    let room = sender.room(payload.len());
    let mut buffer = alloc::vec![0xee; room.before];
    buffer.extend(payload);
    buffer.resize(buffer.len() + room.after, 0xee);
    let at = room.before..room.before + payload.len();
    let packet = sender.seal_in_place(now, Protocol::UDP, &mut buffer, at)?;
    assert_eq!(packet, 0..buffer.len());
    Ok(buffer)
}

fn opened(receiver: &mut EspReceiver, packet: &[u8]) -> Result<Vec<u8>, OpenError> {
    let mut packet = packet.to_vec();
    let received = receiver.open_in_place(Instant::ZERO, &mut packet)?;
    assert_eq!(received.next_header, Protocol::UDP);
    Ok(packet[received.payload].to_vec())
}

#[test]
fn every_suite_there_and_back() {
    for suite in SUITES {
        for numbers in [Numbers::Short, Numbers::Extended] {
            let (mut sender, mut receiver) = pair(suite, numbers);
            sender.skip(u64::from(u32::MAX) - 2);
            let most = if numbers == Numbers::Short { 2 } else { 20 };
            for len in 0..most {
                let payload: Vec<u8> = (0..len).collect();
                let packet = sealed(&mut sender, &payload);
                let back = opened(&mut receiver, &packet);
                assert_eq!(back, Ok(payload), "{suite:?} {numbers:?} {len}");
                let again = opened(&mut receiver, &packet);
                assert_eq!(again, Err(OpenError::Number(Refusal::Replayed)));
            }
        }
    }
}

/// What is sealed in place, the transform that copies opens, and the other way
/// round: it is held to captures of other implementations.
#[test]
fn in_place_is_the_same_packet() {
    use crate::esp::transform::Clear;
    use crate::wire::esp::Esp;
    for suite in SUITES {
        let (mut sender, mut receiver) = pair(suite, Numbers::Short);
        let transform = transform(suite);
        let packet = sealed(&mut sender, b"some payload");
        let mut buffer = Vec::new();
        let esp = Esp::decode(&packet).unwrap();
        let read = transform.open(&esp, None, &mut buffer).unwrap();
        assert_eq!(read.payload, b"some payload", "{suite:?}");
        assert!(read.trailer.counts_up());

        let mut clear = Clear::new(SPI, 9, Protocol::UDP, b"some payload");
        let iv = alloc::vec![3; transform.iv_len()];
        clear.iv = &iv;
        let mut packet = Vec::new();
        transform.seal(&clear, &mut packet).unwrap();
        assert_eq!(opened(&mut receiver, &packet).unwrap(), b"some payload");
    }
}

#[test]
fn no_iv_comes_twice() {
    for suite in SUITES {
        let (mut sender, _) = pair(suite, Numbers::Short);
        let iv = sender.transform.iv_len();
        let mut seen: Vec<Vec<u8>> = Vec::new();
        for _ in 0..50 {
            let packet = sealed(&mut sender, b"the same");
            let iv = packet[8..8 + iv].to_vec();
            assert!(iv.is_empty() || !seen.contains(&iv), "{suite:?}");
            seen.push(iv);
        }
    }
}

/// Together they are the same packets, whatever their lengths, and one that
/// has no room spoils no other.
#[test]
fn a_batch_is_the_same_packets() {
    for suite in SUITES {
        let (mut one, mut all) = (pair(suite, Numbers::Short).0, pair(suite, Numbers::Short).0);
        let room = one.room(0).before;
        let lengths = [3, 100, 0, 1420, 16, 17, 64, 999, 1, 500, 8000];
        let mut singles = Vec::new();
        for len in lengths {
            singles.push(alloc::vec![7; room + len + 80]);
        }
        let mut together = singles.clone();
        let mut expected = Vec::new();
        for (buffer, len) in singles.iter_mut().zip(lengths) {
            let start = if len == 16 { 0 } else { room };
            let sealed = one.seal_in_place(Instant::ZERO, Protocol::UDP, buffer, start..room + len);
            expected.push(sealed);
        }
        let jobs = together.iter_mut().zip(lengths).map(|(buffer, len)| {
            let start = if len == 16 { 0 } else { room };
            Job::new(Protocol::UDP, buffer, start..room + len)
        });
        let mut became = Vec::new();
        all.seal_batch(Instant::ZERO, jobs, |sealed| became.push(sealed));
        assert_eq!(became, expected, "{suite:?}");
        assert_eq!(together, singles, "{suite:?}");
        assert!(became[4].is_err() || room == 0);
        assert_eq!(one.used(), all.used());
    }
}

/// Behind the counter there is nothing, and the error is for good.
#[test]
fn numbers_end() {
    let (mut sender, mut receiver) = pair(SUITES[0], Numbers::Short);
    sender.skip(u64::from(u32::MAX) - 1);
    let last = sealed(&mut sender, b"last");
    assert_eq!(opened(&mut receiver, &last).unwrap(), b"last");
    for _ in 0..2 {
        let none = try_sealed(&mut sender, Instant::ZERO, b"more");
        assert_eq!(none, Err(SealError::Exhausted));
    }
}

#[test]
fn a_life_ends_in_both_directions() {
    let hard = Limits {
        packets: Some(2),
        ..Limits::NONE
    };
    let life = Lifetime::new(Instant::ZERO, Limits::NONE, hard);
    let mut sender = EspSender::new(SPI, transform(SUITES[0]), Numbers::Short, life);
    let mut receiver = EspReceiver::new(SPI, transform(SUITES[0]), Numbers::Short, 64, life);
    let mut unlimited = pair(SUITES[0], Numbers::Short).0;
    for _ in 0..2 {
        sealed(&mut sender, b"x");
        let packet = sealed(&mut unlimited, b"x");
        assert!(opened(&mut receiver, &packet).is_ok());
    }
    let none = try_sealed(&mut sender, Instant::ZERO, b"x");
    assert_eq!(none, Err(SealError::Over));
    let packet = sealed(&mut unlimited, b"x");
    assert_eq!(opened(&mut receiver, &packet), Err(OpenError::Over));
    assert_eq!((sender.used().packets, receiver.used().packets), (2, 2));
}

/// Nothing but the right packet moves the window: bits turned anywhere, a cut
/// packet, a number far ahead with a check value of another.
#[test]
fn what_is_not_authentic_changes_nothing() {
    for suite in SUITES {
        let (mut sender, mut receiver) = pair(suite, Numbers::Extended);
        let packet = sealed(&mut sender, b"payload");
        for at in 0..packet.len() {
            for bit in [1, 0x80] {
                let mut spoilt = packet.clone();
                spoilt[at] ^= bit;
                assert!(opened(&mut receiver, &spoilt).is_err(), "{suite:?} {at}");
                assert!(opened(&mut receiver, &packet[..at]).is_err());
            }
        }
        let mut ahead = packet.clone();
        ahead[4..8].copy_from_slice(&[0xff; 4]);
        assert!(opened(&mut receiver, &ahead).is_err());
        assert_eq!((receiver.top(), receiver.used().packets), (0, 0));
        assert!(opened(&mut receiver, &packet).is_ok());
    }
}

#[test]
fn without_room_nothing_is_written() {
    let (mut sender, _) = pair(SUITES[0], Numbers::Short);
    let mut buffer = [7; 60];
    for (start, end) in [(15, 20), (16, 60), (20, 10), (0, 0), (61, 70)] {
        let payload = Range { start, end };
        let refused = sender.seal_in_place(Instant::ZERO, Protocol::UDP, &mut buffer, payload);
        assert!(matches!(
            refused,
            Err(SealError::Packet(transform::SealError::NoRoom(_)))
        ));
    }
    assert_eq!(buffer, [7; 60]);
}

#[test]
fn keys_are_never_shown() {
    let (sender, receiver) = pair((E::ENCR_AES_GCM_16, 20, I::NONE), Numbers::Short);
    let shown = alloc::format!("{sender:?} {receiver:?}");
    assert!(!shown.contains("0, 1, 2"), "{shown}");
}

proptest! {
    #[test]
    fn no_packet_panics(
        packet in prop::collection::vec(any::<u8>(), 0..200),
        ours: bool,
        suite in prop::sample::select(&SUITES[..]),
    ) {
        let mut receiver = pair(suite, Numbers::Extended).1;
        let mut packet = packet;
        if let (true, Some(spi)) = (ours, packet.first_chunk_mut()) {
            *spi = SPI.to_be_bytes();
        }
        prop_assert!(opened(&mut receiver, &packet).is_err());
    }
}
