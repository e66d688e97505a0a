//! Reading key files that are large: a log of charon among whose lines there
//! are keys, a table of ESP SAs, a list of our own JSON, a wordlist.

use core::fmt::Write as _;
use core::hint::black_box;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ipsec_core::keylog::{self, PskLines};

/// So many bytes of connections one after the other, each with its keys among
/// forty lines that hold none.
fn charon(bytes: usize) -> String {
    let mut log = String::with_capacity(bytes + 8_192);
    let mut n = 0_u32;
    while log.len() < bytes {
        n += 1;
        let mut line = |text: &str| {
            let _ = writeln!(log, "Nov 21 10:38:20 gw charon: 05[IKE] <tun|{n}> {text}");
        };
        line("selected proposal: IKE:AES_CBC_128/HMAC_SHA1_96/PRF_HMAC_SHA1/MODP_2048");
        for name in ["SKEYSEED", "Sk_d secret", "Sk_ei secret", "Sk_er secret"] {
            line(&format!("{name} => 16 bytes @ 0x7f53fc0132f0"));
            line("   0: 60 64 42 D3 5E 0A 11 22 33 44 55 66 77 88 99 AA  `dB.............");
        }
        for _ in 0..40 {
            line("sending packet: from 192.0.2.10[500] to 198.51.100.20[500] (1080 bytes)");
        }
    }
    log
}

fn esp_sa(lines: u32) -> String {
    let mut table = String::new();
    for spi in 1..=lines {
        let _ = writeln!(
            table,
            "\"IPv4\",\"192.0.2.10\",\"198.51.100.20\",\"{spi:#010x}\",\"AES-CBC [RFC3602]\",\
             \"0x0123456789abcdef0123456789abcdef\",\"HMAC-SHA-1-96 [RFC2404]\",\
             \"0x0123456789abcdef0123456789abcdef01234567\""
        );
    }
    table
}

fn read(c: &mut Criterion) {
    let table = esp_sa(60_000);
    let json = keylog::dangerous_json(&keylog::read(table.as_bytes()));
    let files = [
        ("a log of charon, 10 MB", charon(10_000_000)),
        ("a log of charon, 100 MB", charon(100_000_000)),
        ("esp_sa, 60 thousand lines", table),
        ("esp_sa, 1 million lines", esp_sa(1_000_000)),
        ("JSON, 60 thousand entries", String::clone(&json)),
    ];
    let mut group = c.benchmark_group("keylog");
    group.sample_size(10);
    for (name, file) in &files {
        group.throughput(Throughput::Bytes(file.len() as u64));
        group.bench_function(*name, |b| {
            b.iter(|| keylog::read(black_box(file.as_bytes())));
        });
    }
    group.finish();
}

fn wordlist(c: &mut Criterion) {
    let mut words = String::new();
    for n in 0..1_000_000_u32 {
        let _ = writeln!(words, "password{n}");
    }
    let mut group = c.benchmark_group("keylog");
    group.sample_size(10);
    group.throughput(Throughput::Elements(1_000_000));
    group.bench_function("candidates, 1 million lines", |b| {
        b.iter(|| {
            let mut lines = PskLines::default();
            let mut psks = Vec::new();
            for line in words.as_bytes().split_inclusive(|byte| *byte == b'\n') {
                lines.line(line, &mut |psk| psks.push(psk));
            }
            psks
        });
    });
    group.finish();
}

criterion_group!(benches, read, wordlist);
criterion_main!(benches);
