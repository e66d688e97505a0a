//! From a capture to Arrow record batches: heads alone, and every IKE message.
//!
//! `cargo bench -p ipsec-core --all-features --bench table`
#![expect(clippy::expect_used, reason = "a bench may stop")]

use core::hint::black_box;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ipsec_core::capture::{CaptureReader, Keyring, PcapWriter};
use ipsec_core::crypto::rustcrypto;
use ipsec_core::table;
use std::sync::Arc;

const CAPTURES: [&str; 2] = [
    "examples/captures/psk-mismatch.pcap",
    "examples/captures/tunnel.pcap",
];

/// The packets of some captures, again and again.
fn mixed(times: usize) -> Vec<u8> {
    let read = |name: &str| {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../");
        std::fs::read(format!("{root}{name}")).expect("a capture of the repository")
    };
    let files = CAPTURES.map(read);
    let link = CaptureReader::new(&files[0][..])
        .ok()
        .and_then(|mut reader| reader.next_frame().ok().flatten().map(|frame| frame.link))
        .expect("the capture holds a frame");
    let mut out = PcapWriter::new(Vec::new(), link).expect("memory takes it");
    for file in files.iter().cycle().take(times * files.len()) {
        let mut reader = CaptureReader::new(&file[..]).expect("a capture");
        while let Ok(Some(frame)) = reader.next_frame() {
            out.write(frame.at, 0, frame.original_len, frame.data)
                .expect("memory takes it");
        }
    }
    out.finish().expect("memory takes it")
}

fn rows<R: std::io::Read>(batches: table::Batches<R>) -> usize {
    batches.map(|batch| batch.map_or(0, |b| b.num_rows())).sum()
}

fn bench(c: &mut Criterion) {
    let file = mixed(1000);
    let keyring = Arc::new(Keyring::new(rustcrypto::provider()));
    let mut group = c.benchmark_group("table");
    group.throughput(Throughput::Bytes(file.len() as u64));
    group.sample_size(20);
    let reader = || CaptureReader::new(&file[..]).expect("a capture");
    group.bench_function("packets", |b| {
        b.iter(|| rows(table::packets(black_box(reader()))));
    });
    group.bench_function("messages", |b| {
        b.iter(|| rows(table::messages(black_box(reader()), Arc::clone(&keyring))));
    });
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
