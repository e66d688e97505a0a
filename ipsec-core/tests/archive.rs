//! A capture held in memory shows in any order what a decoder shows that
//! reads it as a stream: over our own captures and those beside the project,
//! with keys and without.
#![cfg(all(feature = "report", feature = "capture", feature = "rustcrypto"))]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may stop where it is surprised"
)]

use ipsec_core::capture::{
    Archive, CaptureReader, Decoder, Frame, Keyring, PcapWriter, PcapngWriter, Summary,
    read_evidence_with,
};
use ipsec_core::crypto::rustcrypto;
use ipsec_core::keylog;
use ipsec_core::report::tree::Packet;
use ipsec_core::time::Instant;
use ipsec_core::wire::registry::ip::LinkType;
use ipsec_core::wire::{Filter, Tree};
use proptest::prelude::*;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A packet as the faces show it: every field, and the line in a list.
type Shown = (String, Summary);

fn shown(frame: &Frame<'_>, tree: &Tree, summary: Summary) -> Shown {
    let packet = Packet {
        number: frame.number,
        at: frame.at,
        original_len: frame.original_len,
        frame: frame.data,
        tree,
    };
    let mut json = String::new();
    packet.write_json(&mut json);
    (json, summary)
}

/// What a decoder shows that reads `file` from its beginning to its end.
fn streamed(file: &[u8], keyring: &Arc<Keyring>) -> Vec<Shown> {
    let mut reader = CaptureReader::new(file).unwrap();
    let mut decoder = Decoder::with_keys(Arc::clone(keyring));
    let (mut tree, mut all) = (Tree::new(), Vec::new());
    loop {
        match reader.next_frame() {
            Ok(Some(frame)) => {
                let packet = decoder.dissect(&frame);
                packet.tree(&mut tree);
                let summary = packet.summary();
                all.push(shown(&frame, &tree, summary));
            }
            Ok(None) => return all,
            Err(_) => {}
        }
    }
}

fn archive(file: &[u8], keyring: &Arc<Keyring>) -> Archive {
    let mut archive = Archive::open(file.to_vec(), Arc::clone(keyring)).unwrap();
    while archive.advance(7) {}
    archive
}

/// Every number below `len` once, in an order without a pattern.
fn scattered(len: usize) -> impl Iterator<Item = usize> {
    let step = [7919, 7907, 7901]
        .into_iter()
        .find(|step| !len.is_multiple_of(*step));
    (0..len).map(move |n| n * step.unwrap_or(1) % len)
}

fn agree(file: &[u8], keyring: &Arc<Keyring>, name: &str) {
    let expected = streamed(file, keyring);
    let mut archive = archive(file, keyring);
    assert_eq!(archive.len(), expected.len(), "{name}");
    let forward = 0..expected.len();
    for n in scattered(expected.len()).chain(forward) {
        let row = archive.row(n).unwrap();
        assert_eq!(row.summary, expected[n].1, "{name}, row {n}");
        let packet = archive.packet(n).unwrap();
        let (frame, tree) = (packet.frame, packet.tree);
        let here = shown(&frame, tree, row.summary);
        assert_eq!(here, expected[n], "{name}, packet {n}");
    }
    let evidence = read_evidence_with(3, file, Arc::clone(keyring)).unwrap();
    let evidence = format!("{evidence:?}");
    for _ in 0..2 {
        assert_eq!(
            format!("{:?}", archive.evidence(3).unwrap()),
            evidence,
            "{name}"
        );
    }
}

fn no_keys() -> Arc<Keyring> {
    Keyring::new(rustcrypto::provider()).into()
}

fn keys_in(file: &Path) -> Arc<Keyring> {
    let mut keyring = Keyring::new(rustcrypto::provider());
    keyring.add(keylog::read(&fs::read(file).unwrap()));
    keyring.into()
}

fn own(place: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(place)
}

#[test]
fn our_own_captures_look_the_same_in_any_order() {
    for entry in fs::read_dir(own("../examples/captures")).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_some_and(|extension| extension == "pcap")
        {
            let (file, name) = (fs::read(&path).unwrap(), path.display().to_string());
            agree(&file, &no_keys(), &name);
            let keys = path.with_extension("keys.json");
            if keys.is_file() {
                agree(&file, &keys_in(&keys), &name);
            }
        }
    }
}

#[test]
fn shared_captures_look_the_same_in_any_order() {
    let beside = || own("../../shared");
    let root = std::env::var_os("IPSEC_SHARED").map_or_else(beside, PathBuf::from);
    let mut seen = 0;
    for set in ["ss6", "interop", "esp"] {
        for entry in fs::read_dir(root.join("captures").join(set))
            .into_iter()
            .flatten()
        {
            let folder = entry.unwrap().path();
            let keys = folder.join("keys.json");
            for name in ["wire.pcap", "wire-b.pcap"] {
                let path = folder.join(name);
                let Ok(file) = fs::read(&path) else { continue };
                seen += 1;
                agree(&file, &no_keys(), &path.display().to_string());
                if keys.is_file() {
                    agree(&file, &keys_in(&keys), &path.display().to_string());
                }
            }
        }
    }
    if seen == 0 {
        eprintln!("SKIPPED: no captures in ../shared (IPSEC_SHARED names another place)");
    }
}

/// The frames of a capture, between other addresses the more so `by` is.
fn moved(file: &[u8], by: u8) -> Vec<Vec<u8>> {
    let mut reader = CaptureReader::new(file).unwrap();
    let mut frames = Vec::new();
    while let Some(frame) = reader.next_frame().unwrap() {
        let mut data = frame.data.to_vec();
        if data[12..14] == [8, 0] {
            for third_octet in [14 + 14, 14 + 18] {
                data[third_octet] = data[third_octet].wrapping_add(by);
            }
        }
        frames.push(data);
    }
    frames
}

#[test]
fn many_peers_at_once_look_the_same_in_any_order() {
    let root = std::env::var_os("IPSEC_SHARED").map_or_else(|| own("../../shared"), PathBuf::from);
    let folders = [own("tests/data/golden"), root.join("captures/esp")];
    let folders = folders
        .iter()
        .filter_map(|folder| fs::read_dir(folder).ok());
    let mut folders: Vec<_> = folders
        .flatten()
        .map(|entry| entry.unwrap().path())
        .collect();
    folders.sort();
    let mut keyring = Keyring::new(rustcrypto::provider());
    let mut peers = Vec::new();
    for folder in folders {
        let Ok(file) = fs::read(folder.join("wire.pcap")) else {
            continue;
        };
        keyring.add(keylog::read(&fs::read(folder.join("keys.json")).unwrap()));
        peers.push(moved(&file, u8::try_from(peers.len()).unwrap()));
    }
    assert!(peers.len() >= 4);
    let longest = peers.iter().map(Vec::len).max().unwrap();
    let mut out = PcapWriter::new(Vec::new(), LinkType::ETHERNET).unwrap();
    for n in 0..longest {
        for frame in peers.iter().filter_map(|frames| frames.get(n)) {
            let at = Instant::from_micros(n as u64 * 1000);
            out.write(at, 0, u32::try_from(frame.len()).unwrap(), frame)
                .unwrap();
        }
    }
    agree(&out.finish().unwrap(), &keyring.into(), "all at once");
}

fn example(name: &str) -> Vec<u8> {
    fs::read(own("../examples/captures").join(name)).unwrap()
}

#[test]
fn a_filter_runs_in_pieces() {
    let file = example("tunnel.pcap");
    let keyring = keys_in(&own("../examples/captures/tunnel.keys.json"));
    let mut archive = archive(&file, &keyring);
    let filter: Filter = "icmp and esp.spi == 0xb1ed8cbd".parse().unwrap();
    let all = archive.matches(&filter, 0, usize::MAX);
    assert_eq!(all, [4, 6, 8]);
    let pieces: Vec<usize> = (0..archive.len())
        .step_by(5)
        .flat_map(|from| archive.matches(&filter, from, 5))
        .collect();
    assert_eq!(pieces, all);
    assert_eq!(archive.matches(&filter, 6, 1), [6]);
    assert!(archive.matches(&filter, usize::MAX, usize::MAX).is_empty());
}

#[test]
fn a_packed_file_is_unpacked_and_a_spoilt_one_says_so() {
    use std::io::Write as _;
    let file = example("psk-mismatch.pcap");
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(&file).unwrap();
    let packed = packed.finish().unwrap();
    let whole = archive(&packed, &no_keys());
    assert_eq!((whole.len(), whole.warnings().len()), (12, 0));
    assert_eq!(whole.bytes_total(), file.len() as u64);
    assert_eq!(whole.bytes_done(), whole.bytes_total());
    let cut = archive(&packed[..packed.len() / 2], &no_keys());
    assert!(cut.len() < 12 && !cut.warnings().is_empty(), "{cut:?}");
}

#[test]
fn what_is_no_capture_is_refused() {
    for file in [
        &b""[..],
        b"GET / HTTP/1.1",
        b"\x1f\x8b\x08",
        b"\xd4\xc3\xb2\xa1",
    ] {
        assert!(Archive::open(file.to_vec(), no_keys()).is_err());
    }
}

#[test]
fn secrets_of_the_file_open_only_what_stands_behind_them() {
    let file = example("tunnel.pcap");
    let keys = fs::read(own("../examples/captures/tunnel.keys.json")).unwrap();
    let kind = ipsec_core::capture::SecretsType(0x4950_5345);
    for behind in 0..=12 {
        let mut reader = CaptureReader::new(&file[..]).unwrap();
        let mut out = PcapngWriter::new(Vec::new(), LinkType::ETHERNET).unwrap();
        while let Some(frame) = reader.next_frame().unwrap() {
            if frame.number == behind + 1 {
                out.write_secrets(kind, &keys).unwrap();
            }
            out.write(frame.at, frame.nanos, frame.original_len, frame.data)
                .unwrap();
        }
        agree(
            &out.finish().unwrap(),
            &no_keys(),
            &format!("behind {behind}"),
        );
    }
}

#[test]
fn other_keys_open_the_same_bytes() {
    let file = example("tunnel.pcap");
    let mut closed = archive(&file, &no_keys());
    assert!(!closed.row(4).unwrap().summary.info.contains("echo"));
    let keys = keys_in(&own("../examples/captures/tunnel.keys.json"));
    let mut open = closed.reopen(keys).unwrap();
    while open.advance(5) {}
    assert!(open.row(4).unwrap().summary.info.contains("echo"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Bytes turned over, frames taken out, cut and repeated: still the same
    /// in any order, and never a panic.
    #[test]
    fn spoilt_captures_look_the_same_in_any_order(
        which in 0..3_usize,
        spoilt in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        order in prop::collection::vec(any::<prop::sample::Index>(), 1..40),
        cut in any::<prop::sample::Index>(),
    ) {
        let (name, keys) = [
            ("tunnel.pcap", "tunnel.keys.json"),
            ("psk-mismatch.pcap", "psk-mismatch.keys.json"),
            ("udp-4500-blocked.pcap", "tunnel.keys.json"),
        ][which];
        let file = example(name);
        let keyring = keys_in(&own("../examples/captures").join(keys));
        let mut reader = CaptureReader::new(&file[..]).unwrap();
        let mut frames = Vec::new();
        while let Some(frame) = reader.next_frame().unwrap() {
            frames.push(frame.data.to_vec());
        }
        let mut out = PcapWriter::new(Vec::new(), LinkType::ETHERNET).unwrap();
        for (at, index) in (0..).zip(&order) {
            let data = &frames[index.index(frames.len())];
            out.write(Instant::from_micros(at), 0, 2000, data).unwrap();
        }
        let mut file = out.finish().unwrap();
        for (place, byte) in &spoilt {
            let place = 24 + place.index(file.len() - 24);
            file[place] = *byte;
        }
        file.truncate(24 + cut.index(file.len() * 2).min(file.len() - 24));
        agree(&file, &keyring, name);
    }
}
