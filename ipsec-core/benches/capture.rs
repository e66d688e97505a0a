//! Headers-only scan of a capture in memory: 64 MB of frames of 200 to 1400
//! bytes, as pcap and as pcapng. `cargo bench -p ipsec-core --features capture
//! --bench capture`.
#![expect(clippy::unwrap_used, reason = "a bench may stop")]

use core::hint::black_box;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ipsec_core::capture::{CaptureReader, PcapWriter, PcapngWriter};
use ipsec_core::time::Instant;
use ipsec_core::wire::registry::ip::LinkType;

const SIZE: usize = 64 << 20;

/// Frames whose lengths go through 200..=1400 in an order without a pattern.
fn frames() -> impl Iterator<Item = (Instant, Vec<u8>)> {
    (0_u32..).map(|n| {
        let len = 200 + usize::try_from(n.wrapping_mul(2_654_435_761) >> 16).unwrap() % 1201;
        (Instant::from_micros(u64::from(n) * 10), vec![0x5a; len])
    })
}

fn pcap() -> Vec<u8> {
    let mut out = PcapWriter::new(Vec::with_capacity(SIZE), LinkType(1)).unwrap();
    let mut size = 0;
    for (at, data) in frames().take_while(|(_, data)| {
        size += data.len() + 16;
        size < SIZE
    }) {
        out.write(at, 0, 1500, &data).unwrap();
    }
    out.finish().unwrap()
}

fn pcapng() -> Vec<u8> {
    let mut out = PcapngWriter::new(Vec::with_capacity(SIZE), LinkType(1)).unwrap();
    let mut size = 0;
    for (at, data) in frames().take_while(|(_, data)| {
        size += data.len() + 32;
        size < SIZE
    }) {
        out.write(at, 0, 1500, &data).unwrap();
    }
    out.finish().unwrap()
}

/// Touches what a headers-only scan needs of every frame.
fn scan(file: &[u8]) -> (u64, u64) {
    let mut reader = CaptureReader::new(file).unwrap();
    let (mut count, mut sum) = (0, 0);
    while let Some(frame) = reader.next_frame().unwrap() {
        count = frame.number;
        let head = frame.data.first_chunk::<34>().unwrap();
        sum += frame.at.as_micros() + u64::from(frame.original_len) + u64::from(head[23]);
    }
    (count, sum)
}

fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("capture/scan");
    group.sample_size(20);
    for (name, file) in [("pcap", pcap()), ("pcapng", pcapng())] {
        group.throughput(Throughput::Bytes(file.len() as u64));
        group.bench_function(name, |bencher| bencher.iter(|| scan(black_box(&file))));
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
