//! The facts of a capture, read by one process and by several: whatever the
//! number of partitions and the order in which they come, the facts and the
//! report are the same to the byte.
#![cfg(all(
    feature = "capture",
    feature = "log",
    feature = "config",
    feature = "report",
    feature = "rustcrypto"
))]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "a test may stop where it is surprised"
)]

use ipsec_core::capture::{
    CaptureReader, Keyring, Partial, PartialError, Partition, PcapWriter, read_evidence_with,
};
use ipsec_core::crypto::rustcrypto;
use ipsec_core::evidence::{Evidence, Fact};
use ipsec_core::explain::Explanation;
use ipsec_core::inputs::Inputs;
use ipsec_core::keylog;
use ipsec_core::time::Instant;
use ipsec_core::wire::registry::ip::LinkType;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The captures of the repository and those beside it, with the keys that lie
/// in the same folder.
fn captures() -> Vec<(PathBuf, Arc<Keyring>)> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let beside = || here.join("../../shared");
    let shared = std::env::var_os("IPSEC_SHARED").map_or_else(beside, PathBuf::from);
    if !shared.join("captures").is_dir() {
        eprintln!("SKIPPED: no captures in ../shared (IPSEC_SHARED names another place)");
    }
    let mut left = vec![here.join("../examples/captures"), shared.join("captures")];
    let mut found = Vec::new();
    while let Some(folder) = left.pop() {
        for entry in folder.read_dir().into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                left.push(path);
            } else if path.extension().is_some_and(|ext| ext == "pcap") {
                found.push((path, keyring(&folder)));
            }
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

/// The keys that the texts of a folder hold.
fn keyring(folder: &Path) -> Arc<Keyring> {
    let mut keyring = Keyring::new(rustcrypto::provider());
    let mut texts: Vec<PathBuf> = folder
        .read_dir()
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    texts.sort();
    for text in texts {
        let is_text = text.extension().is_none_or(|ext| ext != "pcap");
        if is_text && let Ok(bytes) = fs::read(&text) {
            keyring.add(keylog::read(&bytes));
        }
    }
    keyring.into()
}

fn none() -> Arc<Keyring> {
    Arc::new(Keyring::new(rustcrypto::provider()))
}

/// Every partition as bytes, in an order that depends on `seed`.
fn parts(file: &[u8], keyring: &Arc<Keyring>, of: u32, seed: u64) -> Vec<Vec<u8>> {
    let read = |index| {
        let partition = Partition::new(index, of).unwrap();
        Partial::read(0, file, Arc::clone(keyring), partition).to_bytes()
    };
    let mut parts: Vec<Vec<u8>> = (0..of).map(read).collect();
    let mut state = seed;
    for last in (1..parts.len()).rev() {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        parts.swap(last, usize::try_from(state >> 33).unwrap() % (last + 1));
    }
    parts
}

fn merged(parts: &[Vec<u8>]) -> Result<Vec<Evidence>, PartialError> {
    let parts: Vec<Partial> = parts
        .iter()
        .map(|bytes| Partial::from_bytes(bytes))
        .collect::<Result<_, _>>()?;
    Ok(Partial::merge(parts, rustcrypto::provider())?.evidence)
}

fn shown(evidence: &[Evidence]) -> String {
    format!("{evidence:#?}")
}

#[test]
fn partitions_in_any_order_make_the_whole() {
    for (seed, (path, keys)) in (1..).zip(captures()) {
        let file = fs::read(&path).unwrap();
        for keyring in [none(), keys] {
            let Ok(whole) = read_evidence_with(0, &file[..], Arc::clone(&keyring)) else {
                continue;
            };
            let counts: &[u32] = if keyring.is_empty() {
                &[1, 2, 3, 7]
            } else {
                &[3]
            };
            for &of in counts {
                let merged = merged(&parts(&file, &keyring, of, seed)).unwrap();
                let same = shown(&merged) == shown(&whole);
                assert!(same, "{} in {of} partitions", path.display());
            }
        }
    }
}

/// The frames of several captures at once, each between addresses of its own.
fn together(paths: &[PathBuf]) -> Vec<u8> {
    let mut frames: Vec<(u64, u8, Vec<u8>)> = Vec::new();
    for (own, path) in (0..=255).zip(paths) {
        let file = fs::read(path).unwrap();
        let mut reader = CaptureReader::new(&file[..]).unwrap();
        let mut start = None;
        while let Ok(Some(frame)) = reader.next_frame() {
            let ipv4 = frame.data.get(12..14) == Some(&[8, 0]);
            if frame.link != LinkType::ETHERNET || !ipv4 || frame.data.len() < 34 {
                continue;
            }
            let start = *start.get_or_insert(frame.at.as_micros());
            let mut data = frame.data.to_vec();
            data[28] ^= own;
            data[32] ^= own;
            frames.push((frame.at.as_micros().saturating_sub(start), own, data));
        }
    }
    frames.sort_by_key(|(at, own, _)| (*at, *own));
    let mut out = PcapWriter::new(Vec::new(), LinkType::ETHERNET).unwrap();
    for (at, _, data) in &frames {
        let len = u32::try_from(data.len()).unwrap();
        let at = Instant::from_micros(1_700_000_000_000_000 + at);
        out.write(at, 0, len, data).unwrap();
    }
    out.finish().unwrap()
}

#[test]
fn many_conversations_in_partitions_give_the_same_report() {
    let paths: Vec<PathBuf> = captures().into_iter().map(|(path, _)| path).collect();
    for some in paths.chunks(60) {
        let file = together(some);
        let mut inputs = Inputs::new(Keyring::new(rustcrypto::provider()));
        inputs.add("wire.pcap", &file[..]);
        let whole = Explanation::of(inputs.read());
        for of in [2, 7] {
            let parts = parts(&file, &none(), of, 7);
            let parts = parts
                .iter()
                .map(|bytes| Partial::from_bytes(bytes).unwrap());
            let merged = Partial::merge(parts, rustcrypto::provider()).unwrap();
            let ours = Explanation::of_merged(["wire.pcap".to_owned()], merged);
            assert!(
                ours.report().to_json() == whole.report().to_json(),
                "{of} partitions"
            );
            assert_eq!(shown(ours.evidence()), shown(whole.evidence()));
        }
    }
}

/// An IPv4 packet of a protocol without a head.
fn clear(to: u16) -> Vec<u8> {
    let [high, low] = to.to_be_bytes();
    let mut packet = vec![0x45, 0, 0, 24, 0, 0, 0, 0, 64, 99, 0, 0, 192, 0, 2, 1];
    packet.extend([10, 0, high, low, 1, 2, 3, 4]);
    packet
}

fn left_out(evidence: &[Evidence]) -> u64 {
    let summary = evidence.iter().find_map(|one| match &one.fact {
        Fact::Capture(summary) => Some(summary),
        _ => None,
    });
    summary.unwrap().left_out
}

#[test]
fn the_limit_on_flows_is_that_of_one_process() {
    let mut out = PcapWriter::new(Vec::new(), LinkType::RAW).unwrap();
    for to in (0..4_200).chain(0..4_200) {
        out.write(Instant::from_seconds(u64::from(to), 0), 0, 24, &clear(to))
            .unwrap();
    }
    let file = out.finish().unwrap();
    let whole = read_evidence_with(0, &file[..], none()).unwrap();
    assert_eq!(left_out(&whole), 2 * (4_200 - 4_096));
    let merged = merged(&parts(&file, &none(), 3, 1)).unwrap();
    assert_eq!(shown(&merged), shown(&whole));
}

#[test]
fn what_does_not_make_a_whole_is_refused() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/captures/tunnel.pcap");
    let file = fs::read(path).unwrap();
    let three = parts(&file, &none(), 3, 0);
    let error = |parts: &[Vec<u8>]| merged(parts).unwrap_err();
    let missing = error(&three[..2]);
    assert!(
        matches!(missing, PartialError::Missing { input: 0, .. }),
        "{missing}"
    );
    let twice = error(&[three.clone(), three.clone()].concat());
    assert!(
        matches!(twice, PartialError::Twice { input: 0, .. }),
        "{twice}"
    );
    let two = parts(&file, &none(), 2, 0);
    let divided = error(&[two, three].concat());
    assert_eq!(divided, PartialError::Divided { input: 0 });
}

#[test]
fn bytes_from_elsewhere_are_refused_and_spoilt_ones_never_stop_it() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/captures/tunnel.pcap");
    let file = fs::read(path).unwrap();
    let part = Partial::read(0, &file[..], none(), Partition::WHOLE).to_bytes();
    assert_eq!(Partial::from_bytes(b"").unwrap_err(), PartialError::Foreign);
    assert_eq!(
        Partial::from_bytes(&file).unwrap_err(),
        PartialError::Foreign
    );
    let line = part.iter().position(|&byte| byte == b'\n').unwrap();
    let mut other = part.clone();
    other[line - 1] ^= 1;
    assert_eq!(
        Partial::from_bytes(&other).unwrap_err(),
        PartialError::Unreadable
    );
    for end in (line..part.len()).step_by(7) {
        assert!(Partial::from_bytes(&part[..end]).is_err(), "cut at {end}");
    }
    let longer = [&part[..], b"x"].concat();
    assert_eq!(
        Partial::from_bytes(&longer).unwrap_err(),
        PartialError::Unreadable
    );
    for at in line + 1..part.len() {
        let mut spoilt = part.clone();
        spoilt[at] ^= 0x81;
        // Facts or an error, no more is asked.
        let _ = Partial::from_bytes(&spoilt);
    }
}

#[test]
fn a_file_that_is_no_capture_says_so() {
    let part = |input, file: &[u8]| Partial::read(input, file, none(), Partition::WHOLE);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/captures/tunnel.pcap");
    let file = fs::read(path).unwrap();
    let parts = [part(1, b"no capture"), part(0, &file)];
    let merged = Partial::merge(parts, rustcrypto::provider()).unwrap();
    assert_eq!(merged.unread.keys().collect::<Vec<_>>(), [&1]);
    assert!(
        merged
            .evidence
            .iter()
            .all(|one| one.source.input() == Some(0))
    );
}
