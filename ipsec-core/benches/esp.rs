//! What opening an ESP packet costs beside its cryptography alone: `raw` is the
//! provider's algorithm in place, `open` the transform and the heads of the
//! inner packet, whose plaintext has 1420 bytes (1424 with AES-CBC).
//!
//! `cargo bench -p ipsec-core --bench esp`
#![expect(clippy::unwrap_used, reason = "a bench may stop")]

use core::hint::black_box;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use ipsec_core::crypto::{Secret, rustcrypto, suite};
use ipsec_core::esp::transform::{Clear, EspTransform, Integrity};
use ipsec_core::wire::esp::{Esp, Sealed};
use ipsec_core::wire::ip::{Ipv4, Packet};
use ipsec_core::wire::registry::ike::{Encryption, Integrity as Mac};
use ipsec_core::wire::registry::ip::Protocol;
use ipsec_core::wire::udp::Udp;

type InPlace = dyn Fn(&Sealed<'_>, &mut [u8]);

/// A suite by name, with the bytes of its key.
struct Suite {
    name: &'static str,
    cipher: Encryption,
    key: usize,
    mac: Option<Mac>,
}

const fn aead(name: &'static str, cipher: Encryption, key: usize) -> Suite {
    let mac = None;
    Suite {
        name,
        cipher,
        key,
        mac,
    }
}

const fn aes_cbc(name: &'static str, mac: Mac) -> Suite {
    Suite {
        name,
        cipher: Encryption::ENCR_AES_CBC,
        key: 16,
        mac: Some(mac),
    }
}

static SUITES: [Suite; 5] = [
    aead("aes128-gcm16", Encryption::ENCR_AES_GCM_16, 20),
    aead("aes256-gcm16", Encryption::ENCR_AES_GCM_16, 36),
    aead("chacha20-poly1305", Encryption::ENCR_CHACHA20_POLY1305, 36),
    aes_cbc("aes128-cbc-sha1", Mac::AUTH_HMAC_SHA1_96),
    aes_cbc("aes128-cbc-sha256", Mac::AUTH_HMAC_SHA2_256_128),
];

impl Suite {
    fn mac(&self) -> Option<&'static suite::Mac> {
        self.mac.and_then(suite::integrity)
    }

    fn mac_key(&self) -> Vec<u8> {
        vec![8; self.mac().map_or(0, |mac| mac.key)]
    }

    fn sa(&self) -> EspTransform {
        let integrity = self.mac().map_or(Integrity::None, Integrity::Mac);
        let keys = [vec![7; self.key], self.mac_key()].map(Secret::new);
        let us = rustcrypto::provider();
        EspTransform::new(us, self.cipher, integrity, &keys[0], &keys[1]).unwrap()
    }

    /// Checks and decrypts in place, and nothing else.
    fn raw(&self) -> Box<InPlace> {
        let us = rustcrypto::provider();
        let cipher = suite::encryption(self.cipher).unwrap();
        let key = vec![7; self.key];
        let Some(mac) = self.mac() else {
            let key = us.aead(cipher).unwrap().with_key(&key).unwrap();
            return Box::new(move |sealed, text| {
                key.open(sealed.iv, &[&HEAD], text, sealed.icv).unwrap();
            });
        };
        let mac_key = us.mac(mac).unwrap().with_key(&self.mac_key()).unwrap();
        let key = us.cipher(cipher).unwrap().with_key(&key).unwrap();
        Box::new(move |sealed, text| {
            let covered: &[&[u8]] = &[&HEAD, sealed.iv, text];
            mac_key.verify(&[], covered, sealed.icv).unwrap();
            key.decrypt(sealed.iv, text).unwrap();
        })
    }
}

/// A packet of 1416 bytes, which is 1420 with the trailer and two of padding.
fn inner() -> Vec<u8> {
    let data = [0x5a; 1416 - 28];
    let mut udp = Vec::new();
    Udp::new(5001, 5001, &data).encode(&mut udp);
    udp.extend(data);
    let mut packet = Vec::new();
    let (a, b) = ([10, 1, 0, 1].into(), [10, 2, 0, 1].into());
    Ipv4::new(a, b, Protocol::UDP, &udp).encode(&mut packet);
    packet.extend(udp);
    packet
}

/// Opens a packet and reads the heads of the one inside.
fn open(sa: &EspTransform, packet: &[u8], buffer: &mut Vec<u8>) -> Option<(u16, u16)> {
    let esp = Esp::decode(packet).ok()?;
    let opened = sa.open(&esp, None, buffer).ok()?;
    let (inner, _) = Packet::decode_lax(opened.payload).ok()?;
    inner.upper()?.ports()
}

fn esp(c: &mut Criterion) {
    let inner = inner();
    for suite in &SUITES {
        let sa = suite.sa();
        let mut clear = Clear::new(1, 2, Protocol::IPV4, &inner);
        let iv = vec![3; sa.iv_len()];
        clear.iv = &iv;
        let mut packet = Vec::new();
        sa.seal(&clear, &mut packet).unwrap();
        let whole = Esp::decode(&packet).unwrap();
        let sealed = sa.cut(&whole).unwrap();

        let mut group = c.benchmark_group(format!("esp/{}", suite.name));
        group.throughput(Throughput::Bytes(sealed.ciphertext.len() as u64));
        let raw = suite.raw();
        group.bench_function("raw", |b| {
            b.iter_batched_ref(
                || sealed.ciphertext.to_vec(),
                |text| raw(black_box(&sealed), text),
                BatchSize::NumIterations(16),
            );
        });
        let mut buffer = Vec::new();
        assert_eq!(open(&sa, &packet, &mut buffer), Some((5001, 5001)));
        group.bench_function("open", |b| {
            b.iter(|| open(black_box(&sa), black_box(&packet), &mut buffer));
        });
        let mut out = Vec::new();
        group.bench_function("seal", |b| {
            b.iter(|| {
                out.clear();
                sa.seal(black_box(&clear), &mut out)
            });
        });
        group.finish();
    }
}

/// SPI and sequence number of the packets.
const HEAD: [u8; 8] = [0, 0, 0, 1, 0, 0, 0, 2];

criterion_group!(benches, esp);
criterion_main!(benches);
