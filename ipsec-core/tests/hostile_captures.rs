//! The whole way from capture to report, over captures that are spoilt at
//! random: frames cut, bytes flipped, packets lost, doubled, reordered, clocks
//! that jump. Whatever comes in, a report comes out: short, printable, valid,
//! and citing packets that are there.
#![cfg(all(feature = "report", feature = "capture", feature = "rustcrypto"))]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may stop where it is surprised"
)]

use ipsec_core::capture::{CaptureReader, Keyring, PcapWriter, read_evidence, read_evidence_with};
use ipsec_core::crypto::rustcrypto;
use ipsec_core::diag::diagnose;
use ipsec_core::keylog;
use ipsec_core::report::{InputKind, InputName, Report, TextOptions};
use ipsec_core::time::{Duration, Instant};
use ipsec_core::wire::registry::ip::LinkType;
use std::fs;
use std::path::Path;
use std::sync::Arc;

/// Spoilt variants tried of each example capture.
const VARIANTS: u64 = 300;

/// A generator that gives the same numbers for the same seed (splitmix64).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(limit.max(1)).unwrap()).unwrap()
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
}

type Frames = Vec<(Instant, Vec<u8>)>;

fn frames(file: &Path) -> Frames {
    let mut reader = CaptureReader::new(fs::File::open(file).unwrap()).unwrap();
    let mut frames = Frames::new();
    while let Some(frame) = reader.next_frame().unwrap() {
        frames.push((frame.at, frame.data.to_vec()));
    }
    frames
}

fn spoil(frames: &Frames, numbers: &mut Numbers) -> Frames {
    let mut spoilt = Frames::new();
    for (at, data) in frames {
        let (mut at, mut data) = (*at, data.clone());
        if numbers.one_in(3) {
            for _ in 0..=numbers.below(4) {
                let place = numbers.below(data.len());
                data[place] = u8::try_from(numbers.next() & 0xff).unwrap();
            }
        }
        if numbers.one_in(8) {
            data.truncate(numbers.below(data.len()));
        }
        if numbers.one_in(20) {
            at = at.saturating_add(Duration::from_secs(numbers.next() % 100_000));
        }
        for _ in 0..=usize::from(numbers.one_in(10)) {
            spoilt.push((at, data.clone()));
        }
        if numbers.one_in(10) {
            spoilt.pop();
        }
        if numbers.one_in(10) && spoilt.len() > 1 {
            let last = spoilt.len() - 1;
            let other = numbers.below(last);
            spoilt.swap(last, other);
        }
    }
    spoilt
}

fn written(frames: &Frames) -> Vec<u8> {
    let mut out = PcapWriter::new(Vec::new(), LinkType::ETHERNET).unwrap();
    for (at, data) in frames {
        let len = u32::try_from(data.len()).unwrap();
        out.write(*at, 0, len, data).unwrap();
    }
    out.finish().unwrap()
}

fn report(files: &[Vec<u8>]) -> Report {
    let mut evidence = Vec::new();
    let mut names = Vec::new();
    for (input, file) in files.iter().enumerate() {
        evidence.extend(read_evidence_with(input, file.as_slice(), keyring()).unwrap());
        let name = format!("{input}.pcap");
        names.push(InputName {
            name,
            kind: InputKind::Capture,
            unread: None,
            lines: None,
        });
    }
    Report::new(&names, &evidence, &diagnose(&evidence))
}

fn check(report: &Report, packets: usize, seed: &str) {
    let text = report.to_text(TextOptions::default());
    assert!(
        text.lines().count() <= 25,
        "{seed}: {} lines:\n{text}",
        text.lines().count()
    );
    let printable = |c: char| c == '\n' || !c.is_control();
    assert!(text.chars().all(printable), "{seed}: {text:?}");
    let json: serde_json::Value = serde_json::from_str(&report.to_json()).unwrap();
    for finding in json["findings"].as_array().unwrap() {
        for sight in finding["evidence"].as_array().unwrap() {
            let packet = sight["packet"].as_u64().unwrap_or(1);
            let there = 1..=u64::try_from(packets).unwrap();
            assert!(there.contains(&packet), "{seed}: {sight}");
        }
    }
}

/// The keys of the captures that have some: what they open is spoilt as well.
fn keyring() -> Arc<Keyring> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/captures");
    let mut keyring = Keyring::new(rustcrypto::provider());
    for name in ["psk-mismatch.keys.json", "tunnel.keys.json"] {
        keyring.add(keylog::read(&fs::read(folder.join(name)).unwrap()));
    }
    keyring.into()
}

#[test]
fn every_spoilt_capture_gets_a_report() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/captures");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.retain(|file| {
        file.extension()
            .is_some_and(|extension| extension == "pcap")
    });
    assert!(files.len() >= 4);
    files.sort();
    for file in files {
        let whole = frames(&file);
        for variant in 0..VARIANTS {
            let seed = format!("{} variant {variant}", file.display());
            let mut numbers = Numbers(variant);
            let near = written(&spoil(&whole, &mut numbers));
            let far = written(&spoil(&whole, &mut numbers));
            check(
                &report(core::slice::from_ref(&near)),
                2 * whole.len(),
                &seed,
            );
            check(&report(&[near, far]), 2 * whole.len(), &seed);
        }
    }
}

#[test]
fn a_capture_cut_anywhere_gets_a_report_as_far_as_it_goes() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/captures/psk-mismatch.pcap");
    let whole = fs::read(file).unwrap();
    for len in 24..whole.len() {
        let evidence = read_evidence(0, &whole[..len], rustcrypto::provider()).unwrap();
        let _ = diagnose(&evidence);
    }
}
