//! Single IKEv2 messages, in memory: an `IKE_SA_INIT` request of about 520
//! bytes, decoded, encoded and made into a tree. `cargo bench -p ipsec-core
//! --bench ike`.
#![expect(clippy::unwrap_used, reason = "a bench may stop")]

use core::hint::black_box;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ipsec_core::wire::ike::{Body, Message, Payload, peek};
use ipsec_core::wire::registry::ike::PayloadType;
use ipsec_core::wire::tree::{SourceId, Tree, TreeBuilder};

const STRONGSWAN: &str = include_str!("../tests/data/ike/init-1-strongswan.hex");

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(16)).collect();
    let bytes = digits.chunks_exact(2).map(|pair| match pair {
        [high, low] => u8::try_from(high << 4 | low).unwrap(),
        _ => 0,
    });
    bytes.collect()
}

/// strongSwan's request with the vendor IDs of two extensions: 520 bytes.
fn request() -> Vec<u8> {
    let bytes = unhex(STRONGSWAN);
    let mut message = Message::decode(&bytes).unwrap();
    for id in [&[0x40; 20][..], &[0x88; 28]] {
        let payload = Payload::new(PayloadType::VENDOR_ID, Body::VendorId(id));
        message.payloads.push(payload);
    }
    let mut out = Vec::new();
    message.encode(&mut out);
    assert_eq!(out.len(), 520);
    out
}

fn ike_sa_init(c: &mut Criterion) {
    let bytes = request();
    let message = Message::decode(&bytes).unwrap();
    let mut group = c.benchmark_group("ike_sa_init");
    group.throughput(Throughput::Bytes(520));
    group.bench_function("decode", |b| {
        b.iter(|| Message::decode(black_box(&bytes)).unwrap());
    });
    let mut out = Vec::new();
    group.bench_function("encode", |b| {
        b.iter(|| {
            out.clear();
            black_box(&message).encode(&mut out);
            black_box(&out);
        });
    });
    group.bench_function("encode_into_new", |b| {
        b.iter(|| {
            let mut out = Vec::new();
            black_box(&message).encode(&mut out);
            out
        });
    });
    let mut tree = Tree::new();
    group.bench_function("tree", |b| {
        b.iter(|| {
            tree.clear();
            let message = Message::decode(black_box(&bytes)).unwrap();
            message.lay_out(&mut TreeBuilder::new(&mut tree, SourceId::FRAME, 0));
            black_box(&tree);
        });
    });
    group.bench_function("peek", |b| {
        b.iter(|| peek(black_box(&bytes)).unwrap().nonce());
    });
    group.finish();
}

criterion_group!(benches, ike_sa_init);
criterion_main!(benches);
