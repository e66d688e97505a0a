//! Scrubbed copies of captures: the same findings, and nothing of whose they
//! were. Over our own captures and those beside the project.
#![cfg(all(feature = "diag", feature = "capture", feature = "rustcrypto"))]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may stop where it is surprised"
)]

use ipsec_core::capture::{CaptureReader, Decoder, PcapWriter, read_evidence, scrub};
use ipsec_core::crypto::rustcrypto;
use ipsec_core::diag::diagnose;
use ipsec_core::time::Instant;
use ipsec_core::wire::registry::ip::LinkType;
use ipsec_core::wire::tree::NodeKind;
use ipsec_core::wire::{Show, Tree};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn own(place: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(place)
}

fn captures() -> Vec<PathBuf> {
    let examples = fs::read_dir(own("../examples/captures")).unwrap();
    let examples = examples.map(|entry| entry.unwrap().path());
    let mut all: Vec<_> = examples
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "pcap")
        })
        .collect();
    let root = std::env::var_os("IPSEC_SHARED").map_or_else(|| own("../../shared"), PathBuf::from);
    let before = all.len();
    for set in ["ss6", "interop", "esp"] {
        let folder = root.join("captures").join(set);
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let folder = entry.unwrap().path();
            let both = ["wire.pcap", "wire-b.pcap"].map(|name| folder.join(name));
            all.extend(both.into_iter().filter(|path| path.is_file()));
        }
    }
    if all.len() == before {
        eprintln!("SKIPPED: no captures in ../shared (IPSEC_SHARED names another place)");
    }
    all.sort();
    all
}

fn codes(file: &[u8]) -> BTreeSet<&'static str> {
    let evidence = read_evidence(0, file, rustcrypto::provider()).unwrap();
    let findings = diagnose(&evidence).findings;
    findings.iter().map(|finding| finding.code).collect()
}

/// What must not be found again: addresses and names, and what was encrypted.
#[derive(Default)]
struct Told {
    private: BTreeSet<Vec<u8>>,
    sealed: Vec<Vec<u8>>,
}

fn told(file: &[u8]) -> Told {
    let mut told = Told::default();
    let mut reader = CaptureReader::new(file).unwrap();
    let (mut decoder, mut tree) = (Decoder::new(), Tree::new());
    while let Some(frame) = reader.next_frame().unwrap() {
        decoder.dissect(&frame).tree(&mut tree);
        for node in tree
            .nodes()
            .iter()
            .filter(|node| node.kind == NodeKind::Bytes)
        {
            let bytes = tree.bytes(node, frame.data).to_vec();
            match (node.field.name, node.field.show) {
                ("encrypted" | "icv", _) => told.sealed.push(bytes),
                ("mask", _) => {}
                (_, Show::Address | Show::Text) if bytes.len() >= 4 => {
                    told.private.insert(bytes);
                }
                (_, Show::Mac) if bytes[0] & 1 == 0 && bytes != [0; 6] => {
                    told.private.insert(bytes);
                }
                _ => {}
            }
        }
    }
    told
}

/// Every run of `N` bytes in the frames, but for zeros.
fn runs<const N: usize>(file: &[u8]) -> BTreeSet<[u8; N]> {
    let mut reader = CaptureReader::new(file).unwrap();
    let mut all = BTreeSet::new();
    while let Some(frame) = reader.next_frame().unwrap() {
        let runs = frame
            .data
            .windows(N)
            .map(|run| <[u8; N]>::try_from(run).unwrap());
        all.extend(runs.filter(|run| *run != [0; N]));
    }
    all
}

fn frames(file: &[u8]) -> Vec<(u64, Instant, u32, usize)> {
    let mut reader = CaptureReader::new(file).unwrap();
    let mut all = Vec::new();
    while let Some(frame) = reader.next_frame().unwrap() {
        all.push((frame.number, frame.at, frame.original_len, frame.data.len()));
    }
    all
}

#[test]
fn a_copy_leads_to_the_same_findings() {
    let mut wrong = Vec::new();
    for path in captures() {
        let file = fs::read(&path).unwrap();
        let copy = scrub(&file, rustcrypto::provider()).unwrap();
        assert_eq!(frames(&copy), frames(&file), "{}", path.display());
        let (before, after) = (codes(&file), codes(&copy));
        if before != after {
            wrong.push(format!("{}: {before:?} became {after:?}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_copy_does_not_say_whose_it_is() {
    for path in captures() {
        let file = fs::read(&path).unwrap();
        let told = told(&file);
        let copy = scrub(&file, rustcrypto::provider()).unwrap();
        let four = runs::<4>(&copy);
        for bytes in &told.private {
            let start = <[u8; 4]>::try_from(&bytes[..4]).unwrap();
            let again = four.contains(&start) && copy.windows(bytes.len()).any(|run| run == bytes);
            assert!(!again, "{}: {bytes:x?}", path.display());
        }
        let eight = runs::<8>(&copy);
        for sealed in &told.sealed {
            let again = sealed.windows(8).find(|run| eight.contains(*run));
            assert_eq!(again, None, "{}", path.display());
        }
    }
}

#[test]
fn a_copy_of_a_copy_is_made_the_same_way() {
    let file = fs::read(own("../examples/captures/tunnel.pcap")).unwrap();
    let copy = || scrub(&file, rustcrypto::provider()).unwrap();
    assert_eq!(copy(), copy());
    let again = scrub(&copy(), rustcrypto::provider()).unwrap();
    assert_eq!(codes(&again), codes(&file));
}

#[test]
fn what_is_no_capture_is_refused() {
    for file in [&b""[..], b"GET / HTTP/1.1", b"\x1f\x8b\x08"] {
        assert!(scrub(file, rustcrypto::provider()).is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn no_capture_is_too_spoilt_to_be_copied(
        link in prop::sample::select(&[1_u32, 101, 113, 276, 9999, 0x0003_ffff]),
        frames in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..90), 0..6),
        spoilt in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..20),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut file = fs::read(own("../examples/captures/psk-mismatch.pcap")).unwrap();
        let mut noise = PcapWriter::new(Vec::new(), LinkType(link)).unwrap();
        for (at, frame) in (0..).zip(&frames) {
            noise.write(Instant::from_micros(at), 0, 90, frame).unwrap();
        }
        for (place, byte) in &spoilt {
            let place = 24 + place.index(file.len() - 24);
            file[place] = *byte;
        }
        file.truncate(24 + cut.index(file.len() * 2).min(file.len() - 24));
        for file in [file, noise.finish().unwrap()] {
            let copy = scrub(&file, rustcrypto::provider()).unwrap();
            prop_assert!(CaptureReader::new(&copy[..]).is_ok());
        }
    }
}
