//! The logs of charon beside the shared captures tell what their labels say.
#![cfg(feature = "log")]

use ipsec_core::evidence::{AuthenticationFault, Fact, LogEvent};
use ipsec_core::log;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Everything the log of one end tells, or nothing when it is not charon's.
fn events(path: &Path) -> Vec<LogEvent> {
    let Some(read) = fs::read(path).ok().and_then(|file| log::read(0, &file)) else {
        return Vec::new();
    };
    assert_eq!(read.left_out, 0, "{path:?}");
    read.evidence
        .into_iter()
        .filter_map(|one| {
            let Fact::Logged(logged) = one.fact else {
                return None;
            };
            Some(logged.event)
        })
        .collect()
}

fn cases(root: &Path) -> Vec<(PathBuf, serde_json::Value)> {
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
        "traffic_selector_mismatch" => events.contains(&LogEvent::NoSelectors),
        "cert_unknown_ca" | "cert_expired" => failed(AuthenticationFault::Untrusted),
        "peer_unreachable" | "udp_4500_blocked" => events.contains(&LogEvent::GaveUp),
        "xauth_failure" | "eap_failure" => failed(AuthenticationFault::User),
        "invalid_ke_group" => named("INVALID_KE_PAYLOAD"),
        "none" => events.contains(&LogEvent::ChildEstablished),
        _ => return None,
    })
}

#[test]
fn logs_tell_the_planted_fault() {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let root = std::env::var_os("IPSEC_SHARED").map_or_else(beside, PathBuf::from);
    let cases = cases(&root);
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
    assert!(table.len() > 5);
}
