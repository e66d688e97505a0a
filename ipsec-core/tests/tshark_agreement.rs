//! Every unencrypted IKE, ESP, AH and UDP-encapsulation field that tshark
//! shows of the shared captures, we show too: the same bytes under a name of
//! the same meaning.
//!
//! Needs `tshark` and the shared captures beside the project (`IPSEC_SHARED`
//! names them elsewhere); says so loudly when it skips.
#![cfg(feature = "capture")]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may stop where it is surprised"
)]

use core::sync::atomic::{AtomicUsize, Ordering};
use ipsec_core::capture::{CaptureReader, Decoder};
use ipsec_core::wire::Tree;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

/// tshark's field, and the last segments that our path may have.
const SAME: &[(&str, &[&str])] = &[
    ("ah.icv", &["icv"]),
    ("ah.length", &["length"]),
    ("ah.next_header", &["next_header"]),
    ("ah.reserved", &["reserved"]),
    ("ah.sequence", &["sequence"]),
    ("ah.spi", &["spi"]),
    ("esp.sequence", &["sequence"]),
    ("esp.spi", &["spi"]),
    ("isakmp.cert.data", &["data"]),
    ("isakmp.cert.encoding", &["encoding"]),
    ("isakmp.certreq.type", &["encoding"]),
    ("isakmp.criticalpayload", &["critical"]),
    ("isakmp.exchangetype", &["exchange"]),
    ("isakmp.extradata", &["padding", "data"]),
    ("isakmp.flag_a", &["authentication_only"]),
    ("isakmp.flag_c", &["commit"]),
    ("isakmp.flag_e", &["encryption"]),
    ("isakmp.flag_i", &["initiator"]),
    ("isakmp.flag_r", &["response"]),
    ("isakmp.flag_v", &["version"]),
    ("isakmp.flags", &["flags"]),
    ("isakmp.frag.last", &["flags"]),
    ("isakmp.frag.number", &["number"]),
    ("isakmp.frag.packetid", &["id"]),
    ("isakmp.frag.seq", &["number"]),
    ("isakmp.frag.total", &["total"]),
    ("isakmp.hash", &["data"]),
    (
        "isakmp.id.data",
        &["data", "fqdn", "user_fqdn", "address", "dn", "key_id"],
    ),
    ("isakmp.id.data.fqdn", &["fqdn"]),
    ("isakmp.id.data.ipv4_addr", &["address"]),
    ("isakmp.id.data.user_fqdn", &["user_fqdn"]),
    ("isakmp.id.port", &["port"]),
    ("isakmp.id.protoid", &["ip_protocol"]),
    ("isakmp.id.type", &["type"]),
    (
        "isakmp.ike.attr",
        &[
            "encryption",
            "hash",
            "auth_method",
            "group",
            "life_type",
            "life_duration",
            "key_length",
        ],
    ),
    (
        "isakmp.ike.attr.authentication_method",
        &["auth_method.value"],
    ),
    (
        "isakmp.ike.attr.encryption_algorithm",
        &["encryption.value"],
    ),
    ("isakmp.ike.attr.format", &["format"]),
    ("isakmp.ike.attr.group_description", &["group.value"]),
    ("isakmp.ike.attr.hash_algorithm", &["hash.value"]),
    ("isakmp.ike.attr.key_length", &["key_length.value"]),
    ("isakmp.ike.attr.length", &["length"]),
    ("isakmp.ike.attr.life_duration", &["life_duration.value"]),
    ("isakmp.ike.attr.life_type", &["life_type.value"]),
    ("isakmp.ike.attr.type", &["type"]),
    ("isakmp.ike.attr.value", &["value"]),
    ("isakmp.ike.certreq.authority", &["authority"]),
    ("isakmp.ike.certreq.authority.sig", &["data"]),
    ("isakmp.ike.nat_hash", &["nat_d.data"]),
    ("isakmp.ike2.attr", &["key_length"]),
    ("isakmp.ike2.attr.format", &["format"]),
    ("isakmp.ike2.attr.key_length", &["key_length.value"]),
    ("isakmp.ike2.attr.type", &["type"]),
    ("isakmp.ike2.attr.value", &["value"]),
    ("isakmp.ispi", &["spi_i", "cookie_i"]),
    ("isakmp.key_exchange.data", &["ke.data"]),
    ("isakmp.key_exchange.dh_group", &["ke.group"]),
    ("isakmp.length", &["length"]),
    ("isakmp.messageid", &["message_id"]),
    ("isakmp.mjver", &["major"]),
    ("isakmp.mnver", &["minor"]),
    ("isakmp.nextpayload", &["next_payload", "last"]),
    ("isakmp.nonce", &["nonce.data"]),
    ("isakmp.notify.data.accepted_dh_group", &["notify.group"]),
    (
        "isakmp.notify.data.signature_hash_algorithms",
        &["notify.hash_algorithm"],
    ),
    ("isakmp.notify.doi", &["notify.doi"]),
    ("isakmp.notify.msgtype", &["notify.type"]),
    ("isakmp.notify.protoid", &["notify.protocol"]),
    ("isakmp.payloadlength", &["length"]),
    ("isakmp.prop.number", &["proposal.number"]),
    ("isakmp.prop.protoid", &["proposal.protocol"]),
    ("isakmp.prop.transforms", &["num_transforms"]),
    ("isakmp.reserved", &["reserved"]),
    ("isakmp.reserved7", &["critical"]),
    ("isakmp.rspi", &["spi_r", "cookie_r"]),
    ("isakmp.sa.doi", &["sa.doi"]),
    ("isakmp.sa.situation", &["situation"]),
    ("isakmp.sa.situation.identity_only", &["situation"]),
    ("isakmp.sa.situation.integrity", &["situation"]),
    ("isakmp.sa.situation.secrecy", &["situation"]),
    ("isakmp.sig", &["sig.data"]),
    ("isakmp.spi", &["spi"]),
    ("isakmp.spisize", &["spi_size"]),
    ("isakmp.tf.id", &["transform.id"]),
    ("isakmp.tf.id.dh", &["ke.id"]),
    ("isakmp.tf.id.encr", &["encr.id"]),
    ("isakmp.tf.id.integ", &["integ.id"]),
    ("isakmp.tf.id.prf", &["prf.id"]),
    ("isakmp.tf.type", &["type"]),
    ("isakmp.trans.id", &["transform.id"]),
    ("isakmp.trans.number", &["transform.number"]),
    ("isakmp.version", &["version"]),
    ("isakmp.vid_bytes", &["vendor.data"]),
    ("isakmp.vid_string", &["vendor.data"]),
    ("udpencap.nat_keepalive", &["keepalive"]),
    ("udpencap.non_esp_marker", &["non_esp_marker"]),
];

/// tshark's fields that say nothing of the wire, or that we argue about.
const ARGUED: &[(&str, &str)] = &[
    ("_ws.expert", "tshark's opinion of a field, not a field"),
    (
        "esp.sequence-analysis",
        "what tshark concludes from other packets",
    ),
    (
        "isakmp.enc.data",
        "encrypted: an IV is told from the rest once keys are there",
    ),
    (
        "isakmp.enc.iv",
        "encrypted: tshark guesses the IV's length without knowing the suite",
    ),
    ("isakmp.fragment", "pointers to other frames"),
    ("isakmp.reassembled", "pointers to other frames"),
    (
        "isakmp.typepayload",
        "a payload as a whole; its fields are compared one by one",
    ),
    (
        "isakmp.notify.data",
        "all data of a notify; ours is named by the notify's type",
    ),
    ("ber.", "inside a certificate: DER, not IKE"),
    ("pkcs1.", "inside a certificate: DER, not IKE"),
    ("pkix1", "inside a certificate: DER, not IKE"),
    ("x509", "inside a certificate: DER, not IKE"),
];

const PROTOCOLS: &[&str] = &["isakmp", "esp", "ah", "udpencap"];

/// One field as tshark shows it.
#[derive(Clone, Debug)]
struct Shown {
    name: String,
    start: usize,
    len: usize,
    value: Option<Vec<u8>>,
}

#[test]
fn tshark_and_we_read_the_same() {
    let files = captures();
    if files.is_empty() {
        eprintln!("SKIPPED: no shared captures beside the project (IPSEC_SHARED names them)");
        return;
    }
    if Command::new("tshark").arg("--version").output().is_err() {
        assert!(
            std::env::var_os("CI").is_none(),
            "tshark must be installed in CI"
        );
        eprintln!("SKIPPED: tshark is not installed");
        return;
    }
    let next = AtomicUsize::new(0);
    let tally = Mutex::new(Tally::default());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let found = compare(file);
                    tally.lock().unwrap().merge(found);
                }
            });
        }
    });
    let tally = tally.into_inner().unwrap();
    println!("{} fields agree in {} captures", tally.agree, files.len());
    for (name, count) in &tally.argued {
        println!("{count:6} {name}: argued");
    }
    assert!(
        tally.differ.is_empty(),
        "{} differ:\n{}",
        tally.differ.len(),
        tally.first(40)
    );
    assert!(
        tally.agree > 40_000,
        "only {} fields were compared",
        tally.agree
    );
}

#[derive(Default)]
struct Tally {
    agree: usize,
    argued: BTreeMap<&'static str, usize>,
    differ: Vec<String>,
}

impl Tally {
    fn merge(&mut self, other: Self) {
        self.agree += other.agree;
        self.differ.extend(other.differ);
        for (name, count) in other.argued {
            *self.argued.entry(name).or_default() += count;
        }
    }

    fn first(&self, n: usize) -> String {
        self.differ
            .iter()
            .take(n)
            .cloned()
            .collect::<Vec<_>>()
            .join("\n")
    }
}

fn compare(file: &Path) -> Tally {
    let mut tally = Tally::default();
    let shown = tshark(file);
    let mut reader = CaptureReader::new(File::open(file).unwrap()).unwrap();
    let mut decoder = Decoder::new();
    let mut tree = Tree::new();
    let mut shown = shown.into_iter();
    while let Some(frame) = reader.next_frame().unwrap() {
        decoder.dissect(&frame).tree(&mut tree);
        for field in shown.next().expect("tshark shows every packet") {
            if let Some((name, _)) = ARGUED.iter().find(|(name, _)| is_argued(&field.name, name)) {
                *tally.argued.entry(name).or_default() += 1;
            } else if agrees(&tree, frame.data, &field) {
                tally.agree += 1;
            } else {
                tally.differ.push(format!(
                    "{} packet {}: {field:?}",
                    file.display(),
                    frame.number
                ));
            }
        }
    }
    tally
}

fn is_argued(name: &str, argued: &str) -> bool {
    // A trailing dot stands for everything below; a name for itself.
    name == argued || (argued != "isakmp.notify.data" && name.starts_with(argued))
}

fn agrees(tree: &Tree, frame: &[u8], field: &Shown) -> bool {
    let Some((_, ours)) = SAME.iter().find(|(name, _)| *name == field.name) else {
        return false;
    };
    let range = field.start..field.start + field.len;
    (0..tree.nodes().len()).any(|at| {
        let node = &tree.nodes()[at];
        let same_segment = |name: &&str| name.rsplit('.').next() == Some(node.field.name);
        if node.range() != range || !ours.iter().any(same_segment) {
            return false;
        }
        let path = tree.path(at);
        let path: String = path
            .split('[')
            .map(|part| part.split_once(']').map_or(part, |(_, rest)| rest))
            .collect();
        let named = ours.iter().any(|name| {
            path.strip_suffix(name)
                .is_some_and(|head| head.ends_with('.'))
        });
        named
            && field
                .value
                .as_ref()
                .is_none_or(|value| value == tree.bytes(node, frame))
    })
}

/// The fields of every packet, in order.
fn tshark(file: &Path) -> Vec<Vec<Shown>> {
    let output = Command::new("tshark")
        .arg("-r")
        .arg(file)
        .args(["-T", "pdml"])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let mut packets: Vec<Vec<Shown>> = Vec::new();
    let mut wanted = false;
    for line in text.lines() {
        let line = line.trim_start();
        if line.starts_with("<packet") {
            packets.push(Vec::new());
        } else if line.starts_with("<proto ") {
            wanted = attribute(line, "name").is_some_and(|name| PROTOCOLS.contains(&name));
        } else if wanted && line.starts_with("<field ") {
            let Some(field) = shown(line) else { continue };
            packets.last_mut().unwrap().push(field);
        }
    }
    packets
}

fn shown(line: &str) -> Option<Shown> {
    let name = attribute(line, "name").filter(|name| !name.is_empty())?;
    let number = |key| attribute(line, key).and_then(|n| n.parse::<usize>().ok());
    let len = number("size").filter(|&len| len > 0)?;
    let value = attribute(line, "unmaskedvalue").or_else(|| attribute(line, "value"));
    let value = value.filter(|hex| hex.len() == 2 * len).and_then(bytes);
    Some(Shown {
        name: name.to_owned(),
        start: number("pos")?,
        len,
        value,
    })
}

fn attribute<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    let rest = line.split_once(&format!(" {key}=\""))?.1;
    Some(rest.split_once('"')?.0)
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    (0..hex.len())
        .step_by(2)
        .map(|i| u8::from_str_radix(hex.get(i..i + 2)?, 16).ok())
        .collect()
}

fn captures() -> Vec<PathBuf> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, found);
            } else if path
                .extension()
                .is_some_and(|extension| extension == "pcap")
            {
                found.push(path);
            }
        }
    }
    let shared = std::env::var("IPSEC_SHARED").unwrap_or_else(|_| "../../shared".into());
    let mut found = Vec::new();
    walk(&Path::new(&shared).join("captures"), &mut found);
    found.sort();
    found
}
