//! One IKEv1 message at a time: `cargo bench -p ipsec-core --bench isakmp`.
//! The message is a first one of Main Mode: four transforms, eight vendor IDs.
#![expect(clippy::unwrap_used, reason = "a bench may stop")]

use core::hint::black_box;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ipsec_core::wire::isakmp::{
    Attributes, Body, Flags, Header, Message, Payload, Proposal, Sa, Transform, peek,
};
use ipsec_core::wire::registry::isakmp::{ExchangeType, PayloadType, Phase1Attribute, ProtocolId};
use ipsec_core::wire::tree::{SourceId, Tree, TreeBuilder};

fn transform(number: u8) -> Transform<'static> {
    let mut attributes = Attributes::new();
    for (kind, value) in [
        (Phase1Attribute::ENCRYPTION_ALGORITHM, 7),
        (Phase1Attribute::KEY_LENGTH, 256),
        (Phase1Attribute::HASH_ALGORITHM, 4),
        (Phase1Attribute::GROUP_DESCRIPTION, 14),
        (Phase1Attribute::AUTHENTICATION_METHOD, 1),
        (Phase1Attribute::LIFE_TYPE, 1),
    ] {
        attributes.push_short(kind.0, value);
    }
    attributes.push_long(Phase1Attribute::LIFE_DURATION.0, &28_800_u32.to_be_bytes());
    Transform::new(number, 1, attributes)
}

fn main_mode_1() -> Vec<u8> {
    let transforms = (1..=4).map(transform).collect();
    let proposal = Proposal::new(1, ProtocolId::PROTO_ISAKMP, &[], transforms);
    let sa = Body::Sa(Sa::new(vec![proposal]));
    let mut payloads = vec![Payload::new(PayloadType::SA, sa)];
    let vendor = Payload::new(PayloadType::VENDOR_ID, Body::VendorId(&[0x5a; 16]));
    payloads.extend(vec![vendor; 8]);
    let header = Header {
        cookie_i: 0x0102_0304_0506_0708,
        cookie_r: 0,
        first_payload: PayloadType::SA,
        version: 0x10,
        exchange: ExchangeType::IDENTITY_PROTECTION,
        flags: Flags(0),
        message_id: 0,
        length: None,
    };
    let mut bytes = Vec::new();
    Message::clear(header, payloads).encode(&mut bytes);
    bytes
}

fn isakmp(c: &mut Criterion) {
    let bytes = main_mode_1();
    let message = Message::decode(&bytes).unwrap();
    let mut group = c.benchmark_group("isakmp");
    group.throughput(Throughput::Bytes(u64::try_from(bytes.len()).unwrap()));
    group.bench_function("peek", |b| b.iter(|| peek(black_box(&bytes))));
    group.bench_function("decode", |b| {
        b.iter(|| Message::decode(black_box(&bytes)).unwrap());
    });
    let mut out = Vec::with_capacity(bytes.len());
    group.bench_function("encode", |b| {
        b.iter(|| {
            out.clear();
            black_box(&message).encode(&mut out);
        });
    });
    let mut tree = Tree::new();
    group.bench_function("tree", |b| {
        b.iter(|| {
            tree.clear();
            black_box(&message).lay_out(&mut TreeBuilder::new(&mut tree, SourceId::FRAME, 0));
        });
    });
    group.finish();
}

criterion_group!(benches, isakmp);
criterion_main!(benches);
