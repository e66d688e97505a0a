//! Any bytes as an ESP packet, as what an opened one held, and as a packet to
//! protect: nothing panics, nothing passes that no key made, both ways of
//! opening agree, and what goes into a tunnel comes out of it.
#![no_main]

use ipsec_core::crypto::{Secret, rustcrypto, suite};
use ipsec_core::esp::sa::{EspReceiver, EspSender};
use ipsec_core::esp::transform::{EspTransform, Integrity};
use ipsec_core::esp::transport;
use ipsec_core::esp::tunnel::{self, Beet, Tunnel};
use ipsec_core::sa::lifetime::{Lifetime, Limits};
use ipsec_core::sa::sequence::Numbers;
use ipsec_core::time::Instant;
use ipsec_core::wire::esp::Esp;
use ipsec_core::wire::registry::ike::{Encryption as E, Integrity as I};
use ipsec_core::wire::registry::ip::Protocol;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some(([suite, next, head], data)) = data.split_first_chunk() else {
        return;
    };
    let (cipher, key, mac) = SUITES[usize::from(*suite) % SUITES.len()];
    garbage(cipher, key, mac, data);
    agree(cipher, key, data);
    behind(Protocol(*next), usize::from(*head), data);
    there_and_back(cipher, key, mac, data);
});

const SUITES: [(E, usize, I); 5] = [
    (E::ENCR_AES_GCM_16, 20, I::NONE),
    (E::ENCR_AES_GCM_16_IIV, 20, I::NONE),
    (E::ENCR_AES_CBC, 16, I::AUTH_HMAC_SHA1_96),
    (E::ENCR_3DES, 24, I::AUTH_HMAC_MD5_96),
    (E::ENCR_NULL, 0, I::AUTH_HMAC_SHA2_256_128),
];

fn transform(cipher: E, key: usize, integrity: Integrity) -> EspTransform {
    let mac = match integrity {
        Integrity::Mac(mac) => mac.key,
        _ => 0,
    };
    let [key, mac] = [key, mac].map(|len| Secret::new(vec![7; len]));
    EspTransform::new(rustcrypto::provider(), cipher, integrity, &key, &mac).unwrap()
}

fn sealed_by(mac: I) -> Integrity {
    match suite::integrity(mac).filter(|mac| mac.icv > 0) {
        Some(mac) => Integrity::Mac(mac),
        None => Integrity::None,
    }
}

fn life() -> Lifetime {
    Lifetime::new(Instant::ZERO, Limits::NONE, Limits::NONE)
}

fn garbage(cipher: E, key: usize, mac: I, data: &[u8]) {
    let spi = data.first_chunk().map_or(0, |spi| u32::from_be_bytes(*spi));
    let transform = transform(cipher, key, sealed_by(mac));
    let mut receiver = EspReceiver::new(spi, transform, Numbers::Extended, 64, life());
    let opened = receiver.open_in_place(Instant::ZERO, &mut data.to_vec());
    assert!(opened.is_err(), "a packet that no key made");
    assert_eq!((receiver.top(), receiver.used().packets), (0, 0));
}

/// Without integrity anything opens that is long enough.
fn agree(cipher: E, key: usize, data: &[u8]) {
    let aead = suite::encryption(cipher).is_some_and(|cipher| cipher.is_aead());
    let unchecked = if aead {
        Integrity::None
    } else {
        Integrity::Unchecked { icv: 12 }
    };
    let transform = transform(cipher, key, unchecked);
    let Ok(esp) = Esp::decode(data) else { return };
    let (mut buffer, mut in_place) = (Vec::new(), data.to_vec());
    let copied = transform.open(&esp, None, &mut buffer);
    let opened = transform.open_in_place(&mut in_place, None);
    match (copied, opened) {
        (Ok(copied), Ok(opened)) => {
            assert_eq!(copied.payload, &in_place[opened.payload]);
            assert_eq!(copied.trailer.next_header, opened.next_header);
        }
        (copied, opened) => assert_eq!(copied.err(), opened.err()),
    }
}

/// The bytes as what an authentic packet held, in every mode.
fn behind(next: Protocol, head: usize, data: &[u8]) {
    let _ = tunnel::unwrap(next, data.len() as u8, &mut data.to_vec());
    let payload = head.min(data.len())..data.len();
    let _ = transport::restore(&mut data.to_vec(), head, next, payload.clone());
    for beet in [beet(false), beet(true)] {
        let restored = beet.restore(&mut data.to_vec(), 0..payload.start, next, payload.clone());
        if let Ok(inner) = restored {
            assert_eq!(inner.end, data.len());
        }
    }
}

fn beet(v6: bool) -> Beet {
    let addresses = match v6 {
        false => ([10, 0, 0, 1].into(), [10, 0, 0, 2].into()),
        true => ([0x20; 16].into(), [0x21; 16].into()),
    };
    Beet::new(way(), addresses.0, addresses.1).unwrap()
}

fn way() -> Tunnel {
    Tunnel::new([192, 0, 2, 1].into(), [192, 0, 2, 2].into()).unwrap()
}

fn there_and_back(cipher: E, key: usize, mac: I, data: &[u8]) {
    let transform = || transform(cipher, key, sealed_by(mac));
    let mut sender = EspSender::new(1, transform(), Numbers::Short, life());
    let mut receiver = EspReceiver::new(1, transform(), Numbers::Short, 64, life());
    let room = way().room(&sender, data.len());
    let mut buffer = vec![0; room.before];
    buffer.extend(data);
    buffer.resize(buffer.len() + room.after, 0);
    let at = room.before..room.before + data.len();
    let Ok(outer) = way().seal_in_place(&mut sender, Instant::ZERO, &mut buffer, at) else {
        return;
    };
    let esp = &mut buffer[outer][20..];
    let received = receiver.open_in_place(Instant::ZERO, esp).unwrap();
    let inner = tunnel::unwrap(received.next_header, 0, &mut esp[received.payload]).unwrap();
    assert!(data.starts_with(inner), "another packet came out");
}
