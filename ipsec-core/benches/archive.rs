//! A capture of 100 MB in memory, a million frames: indexed with its evidence,
//! a row, a packet, a filter. Fifty tunnels of ESP, and an IKE exchange at the
//! beginning of each.
//!
//! `cargo bench -p ipsec-core --features capture,rustcrypto --bench archive`
#![expect(clippy::unwrap_used, reason = "a bench may stop")]

use core::hint::black_box;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use ipsec_core::capture::{Archive, CaptureReader, Keyring, PcapWriter};
use ipsec_core::crypto::rustcrypto;
use ipsec_core::time::Instant;
use ipsec_core::wire::Filter;
use ipsec_core::wire::ip::Ipv4;
use ipsec_core::wire::registry::ip::{LinkType, Protocol};
use std::sync::Arc;

const FRAMES: u32 = 1_000_000;

/// Bytes of ESP behind sequence number, IV and check value included.
const SEALED: usize = 40;

fn capture() -> Vec<u8> {
    let mut out = PcapWriter::new(Vec::new(), LinkType::ETHERNET).unwrap();
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../examples/captures/tunnel.pcap"
    );
    let file = std::fs::read(path).unwrap();
    let mut exchanges = CaptureReader::new(&file[..]).unwrap();
    while let Some(frame) = exchanges.next_frame().unwrap() {
        out.write(frame.at, 0, frame.original_len, frame.data)
            .unwrap();
    }
    for n in 0..FRAMES {
        let frame = esp(n);
        let len = u32::try_from(frame.len()).unwrap();
        let at = Instant::from_micros(2_000_000_000_000_000 + u64::from(n) * 10);
        out.write(at, 0, len, &frame).unwrap();
    }
    out.finish().unwrap()
}

/// ESP of one of a hundred flows, mostly of the same as the one before.
fn esp(n: u32) -> Vec<u8> {
    let flow = n / 7 % 100;
    let mut esp = (0xc000_0000 | flow).to_be_bytes().to_vec();
    esp.extend((n / 700).to_be_bytes());
    esp.resize(8 + SEALED, 0x5a);
    let [.., host] = flow.to_be_bytes();
    let (a, b) = ([192, 0, 2, host].into(), [198, 51, 100, host].into());
    let mut frame = Vec::from([2; 12]);
    frame.extend([8, 0]);
    Ipv4::new(a, b, Protocol::ESP, &esp).encode(&mut frame);
    frame.extend(esp);
    frame
}

fn bench(criterion: &mut Criterion) {
    let file = capture();
    let keyring = Arc::new(Keyring::new(rustcrypto::provider()));
    let open = |file| Archive::open(file, Arc::clone(&keyring)).unwrap();
    let index = |mut archive: Archive| {
        while archive.advance(100_000) {}
        archive
    };
    let mut group = criterion.benchmark_group("archive");
    group.sample_size(10);
    group.throughput(Throughput::Elements(FRAMES.into()));
    group.bench_function("index", |bencher| {
        bencher.iter_batched(|| open(file.clone()), index, BatchSize::PerIteration);
    });
    let mut archive = index(open(file.clone()));
    group.throughput(Throughput::Elements(100));
    let scattered = || (0..100).map(|n| n * 7919 % 1_000_000);
    group.bench_function("row", |bencher| {
        bencher.iter(|| scattered().for_each(|n| drop(black_box(archive.row(n)))));
    });
    group.bench_function("packet", |bencher| {
        bencher.iter(|| {
            scattered().for_each(|n| {
                black_box(archive.packet(n));
            });
        });
    });
    let filter: Filter = "esp.sequence == 17".parse().unwrap();
    group.throughput(Throughput::Elements(100_000));
    group.bench_function("filter", |bencher| {
        bencher.iter(|| archive.matches(black_box(&filter), 0, 100_000));
    });
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
