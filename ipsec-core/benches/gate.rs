//! What a refused first packet costs a responder under flood, from bytes to
//! verdict: `cargo bench -p ipsec-core --bench gate`.
#![expect(clippy::unwrap_used, reason = "a bench may stop")]

use core::hint::black_box;
use core::net::SocketAddr;
use criterion::{Criterion, criterion_group, criterion_main};
use ipsec_core::crypto::{Random, rustcrypto};
use ipsec_core::ike::cookie::{Gate, Limits, Verdict};
use ipsec_core::time::Instant;
use ipsec_core::wire::registry::ike::Prf;

const NONCE: [u8; 32] = [2; 32];

struct Fixed;

impl Random for Fixed {
    fn fill(&mut self, out: &mut [u8]) {
        out.fill(0x5a);
    }
}

fn flood(c: &mut Criterion) {
    let prf = rustcrypto::provider().prf(Prf::PRF_HMAC_SHA2_256).unwrap();
    let mut gate = Gate::new(prf, &mut Fixed, Limits::default());
    let from: SocketAddr = "192.0.2.1:500".parse().unwrap();
    let mut group = c.benchmark_group("first_packet");
    let mut judge = |cookie: Option<&[u8]>, half_open| {
        let nonce = black_box(&NONCE);
        gate.judge(Instant::ZERO, from, [1; 8], nonce, cookie, half_open)
    };
    group.bench_function("without_cookie", |b| b.iter(|| judge(None, 100)));
    group.bench_function("wrong_cookie", |b| {
        b.iter(|| judge(Some(black_box(&[0; 17])), 100));
    });
    group.bench_function("when_full", |b| b.iter(|| judge(None, 10_000)));
    let Verdict::Demand(cookie) = judge(None, 100) else {
        return;
    };
    group.bench_function("right_cookie", |b| {
        b.iter(|| judge(Some(cookie.as_bytes()), 100));
    });
    group.finish();
}

criterion_group!(benches, flood);
criterion_main!(benches);
