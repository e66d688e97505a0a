//! The order of IKE messages as our conversations give it, against the traces
//! that were written down independently when the shared captures were made.
#![cfg(all(feature = "capture", feature = "rustcrypto"))]
#![expect(clippy::unwrap_used, reason = "a test may stop where it is surprised")]

use ipsec_core::capture::read_evidence;
use ipsec_core::crypto::rustcrypto;
use ipsec_core::evidence::{Evidence, Exchange, Fact, IkeMessage};
use ipsec_core::wire::registry::{ike, isakmp};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// `A:AUTHq1@4500`: who, exchange, request or response and message ID
/// (IKEv2), `*` for encrypted (IKEv1), behind the non-ESP marker.
fn label(message: &IkeMessage) -> String {
    let end = if message.route.from.ip().to_string() == "192.0.2.10" {
        "A"
    } else {
        "B"
    };
    let marker = if message.non_esp_marker { "@4500" } else { "" };
    match message.exchange {
        Exchange::V1(exchange) => {
            let name = match exchange {
                isakmp::ExchangeType::IDENTITY_PROTECTION => "MAIN",
                isakmp::ExchangeType::AGGRESSIVE => "AGGR",
                isakmp::ExchangeType::QUICK_MODE => "QUICK",
                isakmp::ExchangeType::TRANSACTION => "TRANS",
                _ => "INFO1",
            };
            let sealed = if message.sealed.is_some() { "*" } else { "" };
            format!("{end}:{name}{sealed}{marker}")
        }
        Exchange::V2(exchange) => {
            let name = match exchange {
                ike::ExchangeType::IKE_SA_INIT => "SA_INIT",
                ike::ExchangeType::IKE_AUTH => "AUTH",
                ike::ExchangeType::CREATE_CHILD_SA => "CHILD",
                _ => "INFO",
            };
            let response = if message.response { "r" } else { "q" };
            format!("{end}:{name}{response}{}{marker}", message.message_id)
        }
    }
}

fn ours(evidence: &[Evidence]) -> Vec<String> {
    let mut all: Vec<(u64, String)> = Vec::new();
    for evidence in evidence {
        if let Fact::Ike(message) = &evidence.fact {
            all.extend(
                message
                    .seen
                    .times
                    .iter()
                    .map(|(number, _)| (*number, label(message))),
            );
        }
    }
    all.sort();
    all.into_iter().map(|(_, label)| label).collect()
}

/// The IKE messages of a trace, repetitions written out.
fn theirs(trace: &str) -> Vec<String> {
    let ike = [
        "MAIN", "AGGR", "QUICK", "TRANS", "INFO", "SA_INIT", "AUTH", "CHILD",
    ];
    trace
        .split_whitespace()
        .filter(|token| {
            ike.iter()
                .any(|name| token.get(2..).is_some_and(|t| t.starts_with(name)))
        })
        .flat_map(|token| {
            let (token, times) = match token.rsplit_once('x') {
                Some((head, times)) if times.parse::<usize>().is_ok() => {
                    (head, times.parse().unwrap())
                }
                _ => (token, 1),
            };
            vec![token.replace("+frag", ""); times]
        })
        .collect()
}

fn captures(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.join("truth.json").exists() {
            found.push(path);
        } else if path.is_dir() {
            captures(&path, found);
        }
    }
}

#[test]
fn messages_come_in_the_order_that_was_written_down() {
    let shared = std::env::var("IPSEC_SHARED").unwrap_or_else(|_| "../../shared".into());
    let mut folders = Vec::new();
    captures(&Path::new(&shared).join("captures"), &mut folders);
    if folders.is_empty() {
        eprintln!("SKIPPED: no shared captures beside the project (IPSEC_SHARED names them)");
        return;
    }
    folders.sort();
    for folder in folders {
        let truth: serde_json::Value =
            serde_json::from_slice(&fs::read(folder.join("truth.json")).unwrap()).unwrap();
        let Some(trace) = truth["header_trace"].as_str() else {
            continue;
        };
        let file = File::open(folder.join("wire.pcap")).unwrap();
        let evidence = read_evidence(0, file, rustcrypto::provider()).unwrap();
        assert_eq!(ours(&evidence), theirs(trace), "{}", folder.display());
    }
}
