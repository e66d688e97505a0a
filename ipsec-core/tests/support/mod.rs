//! What several test files share: fixtures in hexadecimal, and what must hold
//! for the tree of every message, well-formed or not.
#![allow(
    clippy::allow_attributes,
    clippy::indexing_slicing,
    clippy::print_stdout,
    dead_code,
    unused_imports,
    reason = "each test file uses a part of it, and may stop at the first surprise"
)]

use ipsec_core::wire::DecodeError;
use ipsec_core::wire::tree::{NodeKind, Tree};
use std::fs;
use std::path::{Path, PathBuf};

pub(crate) mod golden;
pub(crate) mod ike;
pub(crate) mod isakmp;

/// Bytes of a text in hexadecimal; blanks and line ends do not count.
pub(crate) fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| u8::try_from(c.to_digit(16).unwrap()).unwrap())
        .collect();
    digits.chunks_exact(2).map(|d| d[0] << 4 | d[1]).collect()
}

/// Every file `tests/data/FOLDER/NAME.hex`: its name and its bytes.
pub(crate) fn fixtures(folder: &str) -> Vec<(String, Vec<u8>)> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let mut found: Vec<_> = fs::read_dir(data.join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "hex"))
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, unhex(&fs::read_to_string(&path).unwrap()))
        })
        .collect();
    found.sort();
    found
}

/// A folder of the material shared beside the repository, if it is there.
pub(crate) fn shared(folder: &str) -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let root = std::env::var_os("IPSEC_SHARED").map_or(beside, PathBuf::from);
    let path = root.join(folder);
    if path.is_dir() {
        return Some(path);
    }
    println!("SKIPPED: no {} (set IPSEC_SHARED)", path.display());
    None
}

/// The payloads of the UDP datagrams to or from port 500 and 4500 in a
/// little-endian Ethernet pcap, without non-ESP marker; IP fragments and ESP
/// are left out.
pub(crate) fn ike_datagrams(pcap: &[u8]) -> Vec<&[u8]> {
    let mut found = Vec::new();
    let mut rest = pcap.get(24..).unwrap_or_default();
    while let Some((header, after)) = rest.split_first_chunk::<16>() {
        let size = u32::from_le_bytes([header[8], header[9], header[10], header[11]]);
        let size = usize::try_from(size).unwrap();
        let Some((frame, after)) = after.split_at_checked(size) else {
            break;
        };
        found.extend(ike_datagram(frame));
        rest = after;
    }
    found
}

fn ike_datagram(frame: &[u8]) -> Option<&[u8]> {
    let packet = frame.get(14..)?;
    let ihl = usize::from(packet.first()? & 15) * 4;
    let fragment = (packet.get(6)? & 0x3f) | packet.get(7)?;
    if packet[0] >> 4 != 4 || fragment != 0 || *packet.get(9)? != 17 {
        return None;
    }
    let total = usize::from(u16::from_be_bytes([packet[2], packet[3]]));
    let udp = packet.get(ihl..total)?;
    let data = udp.get(8..)?;
    let ports = udp.chunks_exact(2).take(2);
    let ports: Vec<u16> = ports.map(|p| u16::from_be_bytes([p[0], p[1]])).collect();
    if ports.contains(&4500) {
        return data.strip_prefix(&[0; 4]);
    }
    ports.contains(&500).then_some(data)
}

/// Leaves tile the bytes, numbers are what the bytes say, and a fault is
/// marked where it was found, and only then.
pub(crate) fn check_tree(tree: &Tree, bytes: &[u8], fault: Option<&DecodeError>) {
    let mut at = 0;
    let mut marks = Vec::new();
    for node in tree.nodes() {
        let range = node.range();
        if node.kind == NodeKind::Number {
            let number = bytes[range.clone()]
                .iter()
                .fold(0, |n, &b| n << 8 | u64::from(b));
            assert_eq!(node.value, number, "{} at {range:?}", node.field.name);
        }
        if node.kind == NodeKind::Malformed {
            marks.push(range.start);
        }
        if matches!(node.kind, NodeKind::Number | NodeKind::Bytes) {
            assert_eq!(range.start, at, "{}", node.field.name);
            at = range.end;
        }
        assert!(range.end <= bytes.len());
    }
    assert_eq!(at, bytes.len());
    match fault {
        None => assert_eq!(marks, [0_usize; 0]),
        Some(fault) => {
            assert!(fault.offset <= bytes.len(), "{fault}");
            assert!(marks.contains(&fault.offset), "{fault} not among {marks:?}");
        }
    }
}
