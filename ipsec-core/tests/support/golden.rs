//! Captures with the intermediate values that the daemons printed, from the
//! shared material: `wire.pcap`, `keys.json`, `trace.json`.

use super::unhex;
use ipsec_core::crypto::Secret;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

pub(crate) struct Golden {
    pub(crate) name: String,
    /// IKE messages without the non-ESP marker, each once, in the order of
    /// the wire.
    pub(crate) messages: Vec<Vec<u8>>,
    /// The IKE SAs of `keys.json`.
    pub(crate) ike: Vec<Value>,
    /// Its ESP and AH SAs.
    pub(crate) esp: Vec<Value>,
    /// Labels and values, for each end.
    pub(crate) traces: Vec<Vec<(String, Vec<u8>)>>,
    /// Every secret in the configurations.
    pub(crate) secrets: Vec<Vec<u8>>,
}

/// Those in the project.
pub(crate) fn own() -> Vec<Golden> {
    folders(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/golden"))
}

/// All those beside the project; none, loudly, where they are not.
pub(crate) fn all() -> Vec<Golden> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let root = std::env::var_os("IPSEC_SHARED").map_or_else(beside, PathBuf::from);
    let sets = ["ss6", "interop", "esp"].map(|set| folders(&root.join("captures").join(set)));
    let found: Vec<_> = sets.into_iter().flatten().collect();
    if found.is_empty() {
        eprintln!("SKIPPED: no captures in ../shared (IPSEC_SHARED names another place)");
    }
    found
}

fn folders(set: &Path) -> Vec<Golden> {
    let entries = fs::read_dir(set).into_iter().flatten();
    let mut folders: Vec<_> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("keys.json").is_file() && path.join("wire.pcap").is_file())
        .collect();
    folders.sort();
    folders.iter().map(|folder| load(folder)).collect()
}

fn load(folder: &Path) -> Golden {
    let json = |name: &str| -> Value {
        let text = fs::read_to_string(folder.join(name)).unwrap_or_else(|_| "{}".to_owned());
        serde_json::from_str(&text).unwrap()
    };
    let (keys, trace) = (json("keys.json"), json("trace.json"));
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let end = |end: &str| {
        let entries = list(&trace[end]);
        let entry = |e: &Value| (e["label"].as_str().unwrap().to_owned(), hex(e, "hex"));
        entries.iter().map(entry).collect()
    };
    Golden {
        name: folder.file_name().unwrap().to_string_lossy().into_owned(),
        messages: messages(&fs::read(folder.join("wire.pcap")).unwrap()),
        ike: list(&keys["ike"]),
        esp: list(&keys["esp_sa"]),
        traces: vec![end("a"), end("b")],
        secrets: secrets(folder),
    }
}

pub(crate) fn hex(value: &Value, name: &str) -> Vec<u8> {
    unhex(value[name].as_str().unwrap_or_default())
}

pub(crate) fn secret(value: &Value, name: &str) -> Secret {
    Secret::new(hex(value, name))
}

/// `secret = "…"` lines; beside the captures of daemons that keep secrets
/// elsewhere it is the one that all captures share.
fn secrets(folder: &Path) -> Vec<Vec<u8>> {
    let mut found = vec![b"correct horse battery".to_vec()];
    for name in ["a.swanctl.conf", "b.swanctl.conf"] {
        let text = fs::read_to_string(folder.join(name)).unwrap_or_default();
        for line in text.lines() {
            let Some(value) = line.trim().strip_prefix("secret = \"") else {
                continue;
            };
            let value = value.trim_end_matches('"');
            found.push(match value.strip_prefix("0x") {
                Some(digits) => unhex(digits),
                None => value.as_bytes().to_vec(),
            });
        }
    }
    found
}

/// The UDP payloads that are IKE, of a little-endian pcap file with Ethernet
/// frames.
fn messages(file: &[u8]) -> Vec<Vec<u8>> {
    let mut found: Vec<Vec<u8>> = Vec::new();
    let mut parts: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
    let mut rest = &file[24..];
    while rest.len() >= 16 {
        let len = u32::from_le_bytes(rest[8..12].try_into().unwrap()) as usize;
        let frame = &rest[16..16 + len];
        rest = &rest[16 + len..];
        if let Some(datagram) = udp(frame, &mut parts)
            && let Some(message) = ike(&datagram)
            && let Some(message) = defragment(message, &mut parts)
            && !found.contains(&message)
        {
            found.push(message);
        }
    }
    found
}

/// The UDP datagram that a frame has or completes; fragments come in order.
fn udp(frame: &[u8], parts: &mut BTreeMap<Vec<u8>, Vec<u8>>) -> Option<Vec<u8>> {
    let ip = frame.get(14..)?;
    if frame[12..14] != [8, 0] || ip.get(9) != Some(&17) {
        return None;
    }
    let len = usize::from(u16::from_be_bytes([ip[2], ip[3]]));
    let data = ip.get(usize::from(ip[0] & 15) * 4..len)?;
    let offset = usize::from(u16::from_be_bytes([ip[6] & 0x1f, ip[7]])) * 8;
    let more = ip[6] & 0x20 != 0;
    let key = [&ip[4..6], &ip[12..20]].concat();
    let mut whole = parts.remove(&key).unwrap_or_default();
    if whole.len() < offset {
        return None;
    }
    whole.truncate(offset);
    whole.extend_from_slice(data);
    if more {
        parts.insert(key, whole);
        return None;
    }
    Some(whole)
}

fn ike(udp: &[u8]) -> Option<&[u8]> {
    let number = |at: usize| Some(u16::from_be_bytes([*udp.get(at)?, *udp.get(at + 1)?]));
    let payload = udp.get(8..usize::from(number(4)?))?;
    let payload = match number(0)? == 500 || number(2)? == 500 {
        true => payload,
        false => payload.strip_prefix(&[0; 4])?,
    };
    (payload.len() >= 28).then_some(payload)
}

/// The message that an IKEv1 fragment completes; fragments come in order.
fn defragment(message: &[u8], parts: &mut BTreeMap<Vec<u8>, Vec<u8>>) -> Option<Vec<u8>> {
    const FRAGMENT: u8 = 132;
    if message[16] != FRAGMENT {
        return Some(message.to_vec());
    }
    let fragment = body(message, FRAGMENT)?;
    let key = [&message[..16], &fragment[..2]].concat();
    let mut whole = parts.remove(&key).unwrap_or_default();
    let (number, is_last) = (fragment[2], fragment[3] & 1 == 1);
    if number == 1 {
        whole.clear();
    }
    whole.extend_from_slice(&fragment[4..]);
    if is_last {
        return Some(whole);
    }
    parts.insert(key, whole);
    None
}

/// Payloads behind one another: type and body. Stops where it cannot go on.
pub(crate) fn payloads(first: u8, bytes: &[u8]) -> Vec<(u8, &[u8])> {
    let (mut found, mut kind, mut rest) = (Vec::new(), first, bytes);
    while kind != 0 && rest.len() >= 4 {
        let len = usize::from(u16::from_be_bytes([rest[2], rest[3]]));
        if len < 4 || len > rest.len() {
            break;
        }
        found.push((kind, &rest[4..len]));
        (kind, rest) = (rest[0], &rest[len..]);
    }
    found
}

pub(crate) fn body(message: &[u8], kind: u8) -> Option<&[u8]> {
    let found = payloads(message[16], &message[28..]);
    found.iter().find(|(k, _)| *k == kind).map(|(_, b)| *b)
}
