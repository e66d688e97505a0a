//! The logs beside the shared captures tell what their labels say, and few of
//! their lines are not understood.
#![cfg(feature = "log")]

use ipsec_core::evidence::{AuthenticationFault, Evidence, Fact, LogEvent};
use ipsec_core::log::{self, Vendor};
use ipsec_core::wire::ike::Message;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Everything the log of one end tells, or nothing when nobody known wrote it.
fn events(path: &Path) -> Vec<LogEvent> {
    let Some(read) = fs::read(path).ok().and_then(|file| log::read(0, &file)) else {
        return Vec::new();
    };
    assert_eq!(read.left_out, 0, "{path:?}");
    read.evidence.iter().filter_map(logged).cloned().collect()
}

fn logged(one: &Evidence) -> Option<&LogEvent> {
    let Fact::Logged(logged) = &one.fact else {
        return None;
    };
    Some(&logged.event)
}

fn root() -> PathBuf {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    std::env::var_os("IPSEC_SHARED").map_or_else(beside, PathBuf::from)
}

fn cases(root: &Path) -> Vec<(PathBuf, Value)> {
    let folders = |path: &Path| fs::read_dir(path).into_iter().flatten().flatten();
    folders(&root.join("captures"))
        .flat_map(|set| folders(&set.path()))
        .filter_map(|case| {
            let truth = fs::read(case.path().join("truth.json")).ok()?;
            Some((case.path(), serde_json::from_slice(&truth).ok()?))
        })
        .collect()
}

/// What a log of either end must tell for a fault.
fn tells(fault: &str, events: &[LogEvent]) -> Option<bool> {
    let failed = |fault| events.contains(&LogEvent::AuthenticationFailed(fault));
    let named = |wanted: &str| {
        let is =
            |event: &LogEvent| matches!(event, LogEvent::Notified { name, .. } if name == wanted);
        events.iter().any(is)
    };
    Some(match fault {
        "no_common_ike_proposal" | "no_common_esp_proposal" => events.iter().any(|event| {
            matches!(
                event,
                LogEvent::NoProposal {
                    received: Some(_),
                    ..
                }
            )
        }),
        "psk_mismatch" => {
            failed(AuthenticationFault::KeyMismatch) || failed(AuthenticationFault::Undecryptable)
        }
        "psk_missing" => failed(AuthenticationFault::NoKey),
        "traffic_selector_mismatch" => events
            .iter()
            .any(|event| matches!(event, LogEvent::NoSelectors(_) | LogEvent::Narrowed { .. })),
        "cert_unknown_ca" => failed(AuthenticationFault::Untrusted),
        "cert_expired" => {
            let expired = AuthenticationFault::CertificateExpired;
            failed(expired) || events.contains(&LogEvent::NotLoaded(Some(expired)))
        }
        "cert_not_yet_valid" => failed(AuthenticationFault::CertificateNotYetValid),
        "cert_revoked" => failed(AuthenticationFault::CertificateRevoked),
        "cert_id_mismatch" => {
            failed(AuthenticationFault::CertificateName)
                || failed(AuthenticationFault::NoCertificate)
        }
        "peer_id_mismatch" => {
            failed(AuthenticationFault::IdentityMismatch)
                || failed(AuthenticationFault::NoConfiguration)
        }
        "auth_method_mismatch" => {
            failed(AuthenticationFault::Method)
                || failed(AuthenticationFault::MethodOrMode)
                || failed(AuthenticationFault::NoKey)
        }
        "exchange_mode_mismatch" => {
            failed(AuthenticationFault::MethodOrMode) || failed(AuthenticationFault::UnknownPeer)
        }
        "ike_version_mismatch" => failed(AuthenticationFault::UnknownPeer),
        "local_sa_install_failed" => events.contains(&LogEvent::InstallFailed),
        "lifetime_mismatch" => {
            let differs = |event: &LogEvent| matches!(event, LogEvent::LifetimeDiffers { .. });
            events.iter().any(differs)
        }
        "rekey_collision" => events.contains(&LogEvent::Collision),
        "return_path_blocked" => events.contains(&LogEvent::RequestRepeated),
        "esp_replay" => {
            let replayed = |event: &LogEvent| matches!(event, LogEvent::Replayed(Some(_)));
            events.iter().any(replayed)
        }
        "esp_unknown_spi" => {
            let unknown = |event: &LogEvent| matches!(event, LogEvent::UnknownSpi(Some(_)));
            events.iter().any(unknown)
        }
        "peer_malformed" => events
            .iter()
            .any(|event| matches!(event, LogEvent::Malformed(_) | LogEvent::Impaired(_))),
        "peer_died" => events.contains(&LogEvent::PeerDead),
        "peer_unreachable" | "udp_4500_blocked" => events.contains(&LogEvent::GaveUp),
        "xauth_failure" | "eap_failure" => failed(AuthenticationFault::User),
        "invalid_ke_group" => named("INVALID_KE_PAYLOAD"),
        "none" => events
            .iter()
            .any(|event| matches!(event, LogEvent::ChildEstablished(_))),
        _ => return None,
    })
}

#[test]
fn logs_tell_the_planted_fault() {
    let cases = cases(&root());
    if cases.is_empty() {
        eprintln!("SKIPPED: no captures in ../shared (IPSEC_SHARED names another place)");
        return;
    }
    let mut table: BTreeMap<String, (u32, Vec<String>)> = BTreeMap::new();
    for (path, truth) in &cases {
        let mut told = events(&path.join("a.log"));
        told.extend(events(&path.join("b.log")));
        let fault = truth["fault"].as_str().unwrap_or_default();
        let Some(tells) = tells(fault, &told).filter(|_| !told.is_empty()) else {
            continue;
        };
        let row = table.entry(fault.to_owned()).or_default();
        if tells {
            row.0 += 1;
        } else {
            row.1.push(path.display().to_string());
        }
    }
    for (fault, (told, silent)) in &table {
        println!("{fault}: told by {told}, not by {silent:?}");
        assert!(*told > 0, "{fault}");
    }
    assert!(table.len() > 20);
    // Some are of messages that nobody minds, some of lists that pluto has cut.
    let silent: usize = table.values().map(|(_, silent)| silent.len()).sum();
    assert!(silent <= 6, "{silent}");
}

/// What the sweep found in the logs of one vendor.
#[derive(Default)]
struct Sweep {
    logs: u32,
    lines: u64,
    untold: u64,
    foreign: u64,
    /// Facts told.
    facts: usize,
    /// Ends that held an SA at the end, and whose log says so.
    established: (u32, Vec<String>),
    /// Ends that held none at the end, and whose log tells of one and of no end.
    lost: Vec<String>,
}

/// In percent of the lines: what of a vendor's logs may be not understood.
const UNTOLD_MAX: &[(Vendor, u64)] = &[
    (Vendor::Charon, 1),
    (Vendor::Pluto, 1),
    (Vendor::OpenIked, 1),
];

fn untold_max(vendor: Vendor) -> Option<u64> {
    let found = UNTOLD_MAX.iter().find(|(one, _)| *one == vendor);
    found.map(|(_, most)| *most)
}

#[test]
fn few_lines_are_not_understood() {
    let mut sweeps: BTreeMap<String, (Vendor, Sweep)> = BTreeMap::new();
    let mut unknown: BTreeMap<String, u32> = BTreeMap::new();
    for (path, truth) in cases(&root()) {
        for end in ["a", "b"] {
            let Ok(file) = fs::read(path.join(format!("{end}.log"))) else {
                continue;
            };
            let Some(vendor) = log::sniff(&file) else {
                continue;
            };
            let read = log::read(0, &file).unwrap();
            let (_, sweep) = sweeps
                .entry(format!("{vendor:?}"))
                .or_insert_with(|| (vendor, Sweep::default()));
            sweep.logs += 1;
            sweep.lines += read.lines;
            sweep.untold += read.untold;
            sweep.foreign += read.foreign;
            sweep.facts += read.evidence.len();
            let text = String::from_utf8_lossy(&file);
            let text: Vec<_> = text.lines().collect();
            if untold_max(vendor).is_some() {
                for line in &read.untold_lines {
                    let line = text[usize::try_from(line - 1).unwrap()];
                    let head: String = line.chars().filter(|c| !c.is_ascii_digit()).collect();
                    *unknown.entry(format!("{vendor:?} {head}")).or_default() += 1;
                }
            }
            let events = || read.evidence.iter().filter_map(logged);
            let told = events().any(|event| matches!(event, LogEvent::ChildEstablished(_)));
            let ended = events().any(|event| {
                matches!(
                    event,
                    LogEvent::Deleted { .. } | LogEvent::Traffic { .. } | LogEvent::PeerDead
                )
            });
            let case = || format!("{} {end}", path.display());
            match (&truth["sa_installed_at_end"][end], told) {
                (Value::Bool(true), true) => sweep.established.0 += 1,
                (Value::Bool(true), false) => sweep.established.1.push(case()),
                (Value::Bool(false), true) if !ended => sweep.lost.push(case()),
                (_, _) => {}
            }
        }
    }
    for (line, count) in &unknown {
        println!("{count:5} {line}");
    }
    for (name, (vendor, sweep)) in &sweeps {
        let Sweep {
            logs,
            lines,
            untold,
            foreign,
            facts,
            established,
            lost,
        } = sweep;
        println!("{name}: none held at the end, one told: {lost:?}");
        println!(
            "{name}: {logs} logs, {lines} lines, {facts} facts, {untold} not understood, {foreign} foreign; established told by {}, not by {:?}",
            established.0, established.1
        );
        if let Some(most) = untold_max(*vendor) {
            assert!(untold * 100 <= lines * most, "{name}");
            assert!(established.1.is_empty(), "{name}");
            // An initiator may refuse the certificate of a responder that is done.
            assert!(lost.len() <= 1, "{name}: {lost:?}");
        }
    }
}

/// Lines that vendors and users have published, by the heading they stand
/// under: whoever is told from them is the one in the heading.
#[test]
fn published_lines_are_told_apart() {
    let Ok(text) = fs::read_to_string(root().join("vendors.md")) else {
        eprintln!("SKIPPED: no vendors.md in ../shared (IPSEC_SHARED names another place)");
        return;
    };
    let headings = [
        ("**Cisco IOS**", Vendor::CiscoIos),
        ("**IOS-XE IKEv2**", Vendor::CiscoIos),
        ("**ASA**", Vendor::CiscoAsa),
        ("**charon**", Vendor::Charon),
        ("**pluto**", Vendor::Pluto),
        ("**racoon**", Vendor::Racoon),
        ("**Mikrotik**", Vendor::Racoon),
        ("**OpenIKED**", Vendor::OpenIked),
        ("**FortiOS**", Vendor::FortiOs),
        ("**Firebox iked 2001**", Vendor::Firebox),
        ("**SafeNet 2001**", Vendor::SafeNet),
        ("**PAN-OS**", Vendor::PaloAlto),
        ("**Junos kmd**", Vendor::Junos),
        ("**Clouds**", Vendor::Aws),
        ("**Windows**", Vendor::Windows),
    ];
    for section in text.split('\n').filter(|line| line.starts_with("**")) {
        let heading = headings.iter().find(|(name, _)| section.starts_with(name));
        let (mut known, mut facts, mut lines) = (0, 0, 0);
        let mut silent = Vec::new();
        for line in section.split('`').skip(1).step_by(2) {
            lines += 1;
            let Some(vendor) = log::sniff(line.as_bytes()) else {
                silent.push(line);
                continue;
            };
            let expected = heading.map(|(_, vendor)| *vendor);
            assert_eq!(Some(vendor), expected, "{line}");
            known += 1;
            match log::read(0, line.as_bytes()) {
                Some(read) if !read.evidence.is_empty() => facts += 1,
                _ => silent.push(line),
            }
        }
        if let Some((name, _)) = heading {
            println!("{name}: {known} of {lines} told by themselves, {facts} tell a fact");
            for line in silent {
                println!("    {line}");
            }
        }
    }
}

/// The IKE messages of the other tests, printed as FortiOS prints them.
#[test]
fn logged_packets_are_messages() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/ike");
    let mut read = 0;
    for file in fs::read_dir(folder).unwrap().flatten() {
        let name = file.file_name().to_string_lossy().into_owned();
        if !name.starts_with("init-") {
            continue;
        }
        let text = fs::read_to_string(file.path()).unwrap();
        let lines = text
            .lines()
            .map(|line| line.split('#').next().unwrap_or_default());
        let digits: String = lines.flat_map(str::split_whitespace).collect();
        // The console breaks lines anywhere.
        let broken: Vec<&str> = digits
            .as_bytes()
            .chunks(79)
            .map(|part| core::str::from_utf8(part).unwrap())
            .collect();
        let log = format!(
            "ike 0:b:7: out {}\nike 0:b:7: sent IKE msg (SA_INIT): 192.0.2.10:500->198.51.100.20:500, len={}, id=1/0\n",
            broken.join("\n"),
            digits.len() / 2,
        );
        let told = log::read(0, log.as_bytes()).unwrap();
        let packet = &told.packets[0];
        assert_eq!(packet.bytes.len(), digits.len() / 2, "{name}");
        let route = packet.route.unwrap();
        assert!(packet.sent && route.to.port() == 500, "{name}");
        let (message, _) = Message::decode_lax(&packet.bytes).unwrap();
        assert!(!message.payloads.is_empty(), "{name}");
        read += 1;
    }
    assert!(read > 5, "{read}");
}

/// Each word of a published line in turn becomes what could mislead a terminal.
#[test]
fn hostile_words_are_escaped() {
    let Ok(text) = fs::read_to_string(root().join("vendors.md")) else {
        eprintln!("SKIPPED: no vendors.md in ../shared (IPSEC_SHARED names another place)");
        return;
    };
    let mut facts = 0;
    for line in text.split('`').skip(1).step_by(2) {
        let words: Vec<&str> = line.split(' ').collect();
        for at in 0..words.len() {
            let mut hostile = words.clone();
            hostile[at] = "\u{1b}]0;x\u{7}\u{202e}\0";
            let Some(read) = log::read(0, hostile.join(" ").as_bytes()) else {
                continue;
            };
            facts += read.evidence.len();
            // What the reader escaped is shown with two backslashes.
            let shown = format!("{:?}", read.evidence).replace("\\\\", "");
            for bad in ["\\u{1b}", "\\u{202e}", "\\u{7}", "\\0"] {
                assert!(!shown.contains(bad), "{shown}");
            }
        }
    }
    assert!(facts > 50, "{facts}");
}

#[test]
fn nothing_else_is_taken_for_a_log() {
    let mut others = 0;
    for (path, _) in cases(&root()) {
        for file in fs::read_dir(&path).into_iter().flatten().flatten() {
            let path = file.path();
            let is_log = path.extension().is_some_and(|end| end == "log");
            let Some(bytes) = fs::read(&path).ok().filter(|_| !is_log) else {
                continue;
            };
            assert_eq!(log::sniff(&bytes), None, "{}", path.display());
            others += 1;
        }
    }
    println!("{others} captures, configurations and key files are no logs");
}
