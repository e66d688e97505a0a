//! Reading logs.
#![expect(clippy::expect_used, reason = "a measurement may stop")]

use core::hint::black_box;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ipsec_core::log;

#[path = "../tests/support/made_log.rs"]
mod made_log;

fn read(c: &mut Criterion) {
    let mut group = c.benchmark_group("log");
    group.sample_size(10);
    for (name, connection) in made_log::LOGS {
        let mut file = Vec::new();
        made_log::write(connection, 20_000_000, &mut file).expect("memory takes it");
        let read = log::read(0, &file).expect("its writer is known");
        assert_eq!((read.untold, read.foreign), (0, 0), "{name}");
        group.throughput(Throughput::Bytes(file.len() as u64));
        group.bench_function(format!("{name}, 20 MB"), |b| {
            b.iter(|| log::read(0, black_box(&file)));
        });
    }
    group.finish();
}

criterion_group!(benches, read);
criterion_main!(benches);
