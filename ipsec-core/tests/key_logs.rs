//! The logs beside the shared captures against the keys that open the captures.
//!
//! The dumps of keys were taken out of those logs. This test puts them back as
//! charon, pluto and iked print them, among the lines of the real logs, from
//! `keys.json` and `trace.json`, and renders the SAs that a kernel was given as
//! `ip xfrm state` does.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "a test may stop where a fixture is not as expected"
)]

use core::fmt::Write as _;
use ipsec_core::keylog::{self, Keys};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn captures() -> Vec<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let root = std::env::var_os("IPSEC_SHARED").map_or_else(beside, PathBuf::from);
    let mut found = Vec::new();
    for set in fs::read_dir(root.join("captures"))
        .into_iter()
        .flatten()
        .flatten()
    {
        for capture in fs::read_dir(set.path()).into_iter().flatten().flatten() {
            if capture.path().join("keys.json").exists() {
                found.push(capture.path());
            }
        }
    }
    found.sort();
    found
}

fn json(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or(Value::Null)
}

fn text<'a>(value: &'a Value, field: &str) -> Option<&'a str> {
    value[field].as_str().filter(|text| !text.is_empty())
}

fn list<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    value[field].as_array().map_or(&[], Vec::as_slice)
}

/// As charon dumps it, sixteen bytes a line.
fn dump(out: &mut String, prefix: &str, label: &str, hex: &str) {
    writeln!(
        out,
        "{prefix}{label} => {} bytes @ 0x7f0000001000",
        hex.len() / 2
    )
    .unwrap();
    let digits: Vec<char> = hex.to_uppercase().chars().collect();
    for (row, chunk) in digits.chunks(32).enumerate() {
        let bytes: Vec<String> = chunk.chunks(2).map(|two| two.iter().collect()).collect();
        writeln!(
            out,
            "{prefix}{:4}: {:<47}  ................",
            row * 16,
            bytes.join(" ")
        )
        .unwrap();
    }
}

const IKEV2: [(&str, &str); 8] = [
    ("SKEYSEED", "skeyseed"),
    ("Sk_d secret", "sk_d"),
    ("Sk_ai secret", "sk_ai"),
    ("Sk_ar secret", "sk_ar"),
    ("Sk_ei secret", "sk_ei"),
    ("Sk_er secret", "sk_er"),
    ("Sk_pi secret", "sk_pi"),
    ("Sk_pr secret", "sk_pr"),
];

const IKEV1: [(&str, &str); 6] = [
    ("SKEYID", "SKEYID"),
    ("SKEYID_d", "SKEYID_d"),
    ("SKEYID_a", "SKEYID_a"),
    ("SKEYID_e", "SKEYID_e"),
    ("encryption key Ka", "Ka"),
    ("initial IV", "iv"),
];

/// The log of one end with its dumps.
struct Weaver<'a> {
    keys: &'a Value,
    side: &'a str,
    trace: Vec<&'a Value>,
    next_ike: usize,
    woven: BTreeSet<String>,
    out: String,
    /// The threads that are handling a request.
    answering: BTreeSet<String>,
}

impl Weaver<'_> {
    fn line(&mut self, line: &str) {
        let prefix = line
            .find("> ")
            .map(|end| line[..end + 2].to_owned())
            .unwrap_or_default();
        if let Some((_, rest)) = line.split_once("] <")
            && let Some((_, rest)) = rest.split_once("> parsed ")
        {
            if rest.split(' ').nth(1) == Some("request") {
                self.answering.insert(thread(line));
            } else {
                self.answering.remove(&thread(line));
            }
        }
        if let Some((_, rest)) = line.split_once("established with SPIs ")
            && line.contains(" CHILD_SA ")
        {
            self.child(&prefix, rest);
        }
        self.out.push_str(line);
        self.out.push('\n');
        if line.contains("selected proposal: IKE:") {
            self.ike(&prefix);
        }
    }

    /// The texts of NAT detection name the SPIs; then the keys.
    fn ike(&mut self, prefix: &str) {
        let name = prefix.rsplit('<').next().unwrap_or_default();
        let name = name.trim_end_matches("> ");
        let hashed: Vec<_> = self
            .trace
            .iter()
            .filter(|chunk| chunk["sa"] == name && chunk["label"] == "natd_chunk")
            .filter_map(|chunk| text(chunk, "hex"))
            .collect();
        // Two SAs at once may derive their keys in either order.
        let named = |key: &&Value| {
            let spis = [text(key, "spi_i"), text(key, "spi_r")].map(Option::unwrap_or_default);
            hashed.iter().any(|hex| hex.starts_with(&spis.concat()))
        };
        let mine: Vec<_> = list(self.keys, "ike")
            .iter()
            .filter(|key| key["from"] == self.side)
            .collect();
        let first = self.woven.insert(name.to_owned());
        let by_name = mine.iter().copied().find(|key| first && named(key));
        let Some(key) = by_name.or_else(|| mine.get(self.next_ike).copied()) else {
            return;
        };
        self.next_ike += 1;
        for hex in &hashed {
            dump(&mut self.out, prefix, "natd_chunk", hex);
        }
        if let Some(hex) = text(key, "shared_secret") {
            dump(&mut self.out, prefix, "key exchange secret", hex);
        }
        for (label, field) in IKEV2.iter().chain(&IKEV1) {
            if let Some(hex) = text(key, field) {
                dump(&mut self.out, prefix, label, hex);
            }
        }
    }

    fn child(&mut self, prefix: &str, rest: &str) {
        let mut spis = rest
            .split(' ')
            .map(|word| word.trim_end_matches(['_', 'i', 'o']));
        let (Some(inbound), Some(outbound)) = (spis.next(), spis.next()) else {
            return;
        };
        let sas = list(self.keys, "esp_sa");
        // Both directions may have one SPI; its sender then tells.
        let from = |spi: &str, sender: &str| {
            let same = |sa: &&Value| sa["spi"] == spi;
            let mut sas = sas.iter().filter(same);
            sas.clone().find(|sa| sa["src"] == sender).or(sas.next())
        };
        let (ours, theirs) = match self.side {
            "a" => ("192.0.2.10", "198.51.100.20"),
            _ => ("198.51.100.20", "192.0.2.10"),
        };
        let (inbound, outbound) = (from(inbound, theirs), from(outbound, ours));
        let (initiator, responder) = if self.answering.contains(&thread(prefix)) {
            (inbound, outbound)
        } else {
            (outbound, inbound)
        };
        for (label, field) in [("encryption", "encr_key"), ("integrity", "integ_key")] {
            for (who, sa) in [("initiator", initiator), ("responder", responder)] {
                if let Some(hex) = sa.and_then(|sa| text(sa, field)) {
                    dump(&mut self.out, prefix, &format!("{label} {who} key"), hex);
                }
            }
        }
    }
}

/// `05` of `10:38:20 05[IKE] …`.
fn thread(line: &str) -> String {
    let stamp = line.split('[').next().unwrap_or_default();
    stamp.rsplit(' ').next().unwrap_or_default().to_owned()
}

/// The log of `side` with the keys of that side, in the form of its daemon.
fn woven(folder: &Path, side: &str, keys: &Value, trace: &Value) -> String {
    let log = fs::read(folder.join(format!("{side}.log"))).unwrap_or_default();
    let log = String::from_utf8_lossy(&log);
    let mut weaver = Weaver {
        keys,
        side,
        trace: list(trace, side).iter().collect(),
        next_ike: 0,
        woven: BTreeSet::new(),
        out: String::new(),
        answering: BTreeSet::new(),
    };
    let ikev2: Vec<_> = list(keys, "ike")
        .iter()
        .filter(|key| key["version"] == 2 && key["from"] == side)
        .collect();
    let mut established = 0;
    for line in log.lines() {
        weaver.line(line);
        if let Some((_, named)) = line.split_once("ikev2_sa_keys: ") {
            iked(&mut weaver.out, named, &ikev2);
        } else if (line.contains(" established IKE SA") || line.contains("sent IKE_AUTH request"))
            && let Some(key) = ikev2.get(established)
        {
            established += usize::from(pluto(&mut weaver.out, line, key));
        }
    }
    weaver.out
}

fn iked(out: &mut String, named: &str, keys: &[&Value]) {
    let name = match named.split(' ').next() {
        Some("DHSECRET") => "shared_secret".to_owned(),
        Some(name) => name.to_lowercase(),
        None => return,
    };
    for row in keys
        .first()
        .and_then(|key| text(key, &name))
        .map_or(vec![], |hex| hex.as_bytes().chunks(64).collect())
    {
        writeln!(out, "{}", String::from_utf8_lossy(row)).unwrap();
    }
}

fn pluto(out: &mut String, line: &str, key: &Value) -> bool {
    let Some(alg) = text(key, "alg") else {
        return false;
    };
    let (cipher, mac) = alg.split_once('/').unwrap();
    let get = |field| text(key, field).unwrap_or("");
    let stamp = line.split(": ").next().unwrap_or_default();
    for (who, a, e) in [("I", "sk_ai", "sk_ei"), ("R", "sk_ar", "sk_er")] {
        writeln!(
            out,
            "{stamp}: | ikev2 {who} 0x{} 0x{} {mac}:{}{} {cipher}:0x{}",
            get("spi_i"),
            get("spi_r"),
            if get(a).is_empty() { "" } else { "0x" },
            get(a),
            get(e).trim_start_matches("0x"),
        )
        .unwrap();
    }
    true
}

/// What a kernel was given, as `ip xfrm state` prints it.
fn ip_xfrm(folder: &Path) -> String {
    let mut out = String::new();
    for side in ["a", "b"] {
        let lines =
            fs::read_to_string(folder.join(format!("{side}.esp.jsonl"))).unwrap_or_default();
        for sa in lines
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        {
            let get = |field| text(&sa, field).unwrap_or("");
            if sa["proto"] != 50 {
                continue;
            }
            writeln!(
                out,
                "src {} dst {}\n\tproto esp spi 0x{} reqid 1 mode tunnel",
                get("src"),
                get("dst"),
                get("spi")
            )
            .unwrap();
            if !get("auth").is_empty() {
                writeln!(
                    out,
                    "\tauth-trunc hmac({}) 0x{} {}",
                    get("auth"),
                    get("auth_key"),
                    sa["auth_trunc"]
                )
                .unwrap();
            }
            if !get("enc").is_empty() {
                writeln!(out, "\tenc cbc({}) 0x{}", get("enc"), get("enc_key")).unwrap();
            }
            if !get("aead").is_empty() {
                writeln!(
                    out,
                    "\taead {} 0x{} {}",
                    get("aead"),
                    get("aead_key"),
                    sa["icv"].as_u64().unwrap_or(128)
                )
                .unwrap();
            }
        }
    }
    out
}

#[derive(Default, Debug)]
struct Counts {
    ike: usize,
    ike_read: usize,
    ike_with_spis: usize,
    sas: usize,
    sas_read: usize,
    shared: usize,
    shared_read: usize,
    captures: usize,
    whole: usize,
}

fn unhex(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2)
        .map(|at| u8::from_str_radix(&hex[at * 2..at * 2 + 2], 16).unwrap())
        .collect()
}

/// Whether the IKE SA of `key` was read, and whether with its SPIs.
fn ike_found(log: &keylog::KeyLog, key: &Value) -> (bool, bool) {
    let want = |field| text(key, field).map(unhex);
    let spi_is =
        |spi: Option<[u8; 8]>, field| spi.is_some_and(|it| want(field) == Some(it.to_vec()));
    let mut best = (false, false);
    for entry in &log.entries {
        let (secrets, spi_i, spi_r) = match &entry.keys {
            Keys::Ikev1(it) => (
                vec![
                    (&it.key, "Ka"),
                    (&it.skeyid_d, "SKEYID_d"),
                    (&it.skeyid_a, "SKEYID_a"),
                    (&it.skeyid_e, "SKEYID_e"),
                ],
                it.cookie_i,
                it.cookie_r,
            ),
            Keys::Ikev2(it) => (
                vec![
                    (&it.sk_ei, "sk_ei"),
                    (&it.sk_er, "sk_er"),
                    (&it.sk_ai, "sk_ai"),
                    (&it.sk_ar, "sk_ar"),
                    (&it.sk_d, "sk_d"),
                    (&it.sk_pi, "sk_pi"),
                    (&it.sk_pr, "sk_pr"),
                ],
                it.spi_i,
                it.spi_r,
            ),
            _ => continue,
        };
        let same = secrets.iter().all(|(secret, field)| match want(field) {
            None => true,
            Some(bytes) => secret.as_ref().is_some_and(|it| it.ct_eq(&bytes)),
        });
        if same {
            // An SPI that is said must be right.
            assert!(spi_i.is_none() || spi_is(spi_i, "spi_i") || want("spi_i").is_none());
            assert!(spi_r.is_none() || spi_is(spi_r, "spi_r") || want("spi_r").is_none());
            best = (
                true,
                best.1 || (spi_is(spi_i, "spi_i") && spi_is(spi_r, "spi_r")),
            );
        }
    }
    best
}

fn sa_found(log: &keylog::KeyLog, sa: &Value) -> bool {
    let want = |field| unhex(text(sa, field).unwrap_or(""));
    let spi = u32::from_str_radix(text(sa, "spi").unwrap_or("0"), 16).unwrap();
    log.entries.iter().any(|entry| match &entry.keys {
        Keys::Sa(it) => {
            it.spi == Some(spi)
                && it.encryption_key.ct_eq(&want("encr_key"))
                && it.authentication_key.ct_eq(&want("integ_key"))
        }
        _ => false,
    })
}

#[test]
fn logs_of_the_captures_give_the_keys_that_open_them() {
    let captures = captures();
    if captures.is_empty() {
        eprintln!("SKIPPED: no captures in ../shared (IPSEC_SHARED names another place)");
        return;
    }
    let mut counts = Counts::default();
    for folder in &captures {
        let keys = json(&folder.join("keys.json"));
        let trace = json(&folder.join("trace.json"));
        let mut file = woven(folder, "a", &keys, &trace);
        file += &woven(folder, "b", &keys, &trace);
        file += &ip_xfrm(folder);
        let log = keylog::read(file.as_bytes());
        let mut lacking = 0;
        for key in list(&keys, "ike") {
            let (read, with_spis) = ike_found(&log, key);
            counts.ike += 1;
            counts.ike_read += usize::from(read);
            counts.ike_with_spis += usize::from(with_spis);
            lacking += usize::from(!read);
            if !read {
                println!(
                    "{}: IKE {:?} {:?}",
                    folder.display(),
                    key["from"],
                    key["alg"]
                );
            }
            if let Some(shared) = text(key, "shared_secret").map(unhex) {
                counts.shared += 1;
                counts.shared_read += usize::from(log.entries.iter().any(|entry| {
                    matches!(&entry.keys, Keys::KeyExchange(it) if it.shared.as_ref().is_some_and(|it| it.ct_eq(&shared)))
                }));
            }
        }
        for sa in list(&keys, "esp_sa") {
            let read = sa_found(&log, sa);
            counts.sas += 1;
            counts.sas_read += usize::from(read);
            lacking += usize::from(!read);
            if !read {
                println!(
                    "{}: {} {} {}",
                    folder.display(),
                    sa["proto"],
                    sa["spi"],
                    sa["encr"]
                );
            }
        }
        counts.captures += 1;
        counts.whole += usize::from(lacking == 0);
        for error in &log.errors {
            println!("{}: {error}", folder.display());
        }
    }
    println!("{counts:?}");
    // Not read: keys that pluto prints without their salt; SAs whose
    // installation failed, so that no line names their SPIs.
    assert!(counts.ike_read * 100 >= counts.ike * 98);
    assert!(counts.sas_read * 100 >= counts.sas * 95);
    assert_eq!(counts.shared_read, counts.shared);
}

/// The collections' own lists, every entry of them.
#[cfg(feature = "serde")]
#[test]
fn the_lists_beside_the_captures_are_read_whole() {
    let captures = captures();
    if captures.is_empty() {
        eprintln!("SKIPPED: no captures in ../shared (IPSEC_SHARED names another place)");
        return;
    }
    let (mut counts, mut complaints) = (Counts::default(), Vec::new());
    for folder in &captures {
        let path = folder.join("keys.json");
        let log = keylog::read(&fs::read(&path).unwrap());
        assert_eq!(
            log.formats,
            [keylog::Format::JsonLists],
            "{}",
            path.display()
        );
        let keys = json(&path);
        for key in list(&keys, "ike") {
            let (read, with_spis) = ike_found(&log, key);
            counts.ike += 1;
            counts.ike_read += usize::from(read);
            counts.ike_with_spis += usize::from(with_spis || text(key, "spi_i").is_none());
            counts.shared += usize::from(text(key, "shared_secret").is_some());
        }
        let exchange = |entry: &&keylog::Entry| matches!(entry.keys, Keys::KeyExchange(_));
        counts.shared_read += log.entries.iter().filter(exchange).count();
        for sa in list(&keys, "esp_sa") {
            counts.sas += 1;
            counts.sas_read += usize::from(sa_found(&log, sa));
        }
        for error in &log.errors {
            complaints.push(format!("{}: {error}", path.display()));
        }
    }
    println!("{counts:?}\n{}", complaints.join("\n"));
    assert_eq!(counts.ike_with_spis, counts.ike);
    assert_eq!(counts.sas_read, counts.sas);
    assert_eq!(counts.shared_read, counts.shared);
    // Said: contradictions of ends that differ, and salts that pluto leaves out.
    let said = |complaint: &&String| complaint.contains("other keys") || complaint.contains("salt");
    assert_eq!(complaints.iter().filter(said).count(), complaints.len());
}
