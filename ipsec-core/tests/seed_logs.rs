//! The old documents that the project was made for: their logs tell what they
//! were written to show.
#![cfg(feature = "log")]

use ipsec_core::evidence::{ChildSpis, Evidence, Exchange, Fact, LogEvent, Logged, Source};
use ipsec_core::log::{Reading, firebox, safenet};
use ipsec_core::time::{Duration, Instant};
use ipsec_core::wire::registry::isakmp::ExchangeType;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    std::env::var_os("IPSEC_SHARED").map_or_else(beside, PathBuf::from)
}

/// The text of the document whose name begins with this number.
fn document(number: &str) -> Option<Vec<u8>> {
    let folder = fs::read_dir(root().join("seeds")).into_iter().flatten();
    let found = folder.flatten().find(|file| {
        let name = file.file_name();
        name.to_string_lossy().starts_with(number)
    });
    let text = found.and_then(|file| fs::read(file.path()).ok());
    if text.is_none() {
        eprintln!("SKIPPED: no {number}* in ../shared/seeds (IPSEC_SHARED names another place)");
    }
    text
}

struct Told {
    at: Option<Instant>,
    line: u64,
    child: Option<bool>,
    event: LogEvent,
}

fn told(reading: Reading) -> Vec<Told> {
    assert_eq!(
        (reading.untold, reading.left_out),
        (0, 0),
        "{:?}",
        reading.untold_lines
    );
    let of = |one: Evidence| {
        let Evidence {
            at,
            source: Source::Line { line, .. },
            fact: Fact::Logged(logged),
            ..
        } = one
        else {
            panic!("{one:?}");
        };
        let Logged { child, event, .. } = *logged;
        Told {
            at,
            line,
            child,
            event,
        }
    };
    reading.evidence.into_iter().map(of).collect()
}

/// The events of the second that begins with this one.
fn within(told: &[Told], first: &LogEvent) -> Vec<(Option<bool>, LogEvent)> {
    let from_first = || told.iter().skip_while(|one| one.event != *first);
    let at = from_first().next().and_then(|one| one.at);
    let same = from_first().take_while(|one| one.at == at);
    same.map(|one| (one.child, one.event.clone())).collect()
}

fn first(told: &[Told], event: &LogEvent) -> Option<Instant> {
    let one = told.iter().find(|one| one.event == *event)?;
    one.at
}

fn refused() -> LogEvent {
    LogEvent::NoProposal {
        differs: None,
        received: None,
        configured: None,
    }
}

#[test]
fn a_wrong_password_on_the_firebox() {
    let Some(text) = document("002") else { return };
    let told = told(firebox::read(0, &text));
    let denied = LogEvent::Notified {
        name: "AUTHENTICATION_FAILED".into(),
        is_error: true,
    };
    assert_eq!(within(&told, &denied), [(Some(false), denied.clone())]);
    // 13 June 2001, 15:32:50.
    let at = Instant::from_seconds(992_446_370, 0);
    assert_eq!(first(&told, &denied), Some(at));
}

#[test]
fn a_refused_proposal_and_what_follows_from_it() {
    let Some(text) = document("002") else { return };
    let told = told(firebox::read(0, &text));
    assert_eq!(
        within(&told, &refused()),
        [
            (Some(false), refused()),
            (None, LogEvent::NotifySent("NO_PROPOSAL_CHOSEN".into())),
            (None, LogEvent::Failed),
            (Some(false), LogEvent::Aggressive),
            (Some(false), LogEvent::Failed),
        ]
    );
}

#[test]
fn an_old_sa_that_is_replaced() {
    let Some(text) = document("002") else { return };
    let told = told(firebox::read(0, &text));
    let user = || String::from("lisa");
    let events = within(&told, &LogEvent::IkeEstablished).into_iter();
    assert_eq!(
        events.map(|(_, event)| event).collect::<Vec<_>>(),
        [
            LogEvent::IkeEstablished,
            LogEvent::Replaced,
            LogEvent::LinesMissing(1),
            LogEvent::UserLoggedOut(user()),
            LogEvent::LinesMissing(1),
            LogEvent::UserLoggedIn(user()),
            LogEvent::AddressBound {
                user: user(),
                address: None,
            },
        ]
    );
    let deleted = |one: &Told| matches!(one.event, LogEvent::Deleted { .. });
    assert!(!told.iter().any(deleted));
}

#[test]
fn sas_are_up_and_the_filter_drops_what_comes_out_of_the_tunnel() {
    let Some(text) = document("002") else { return };
    let told = told(firebox::read(0, &text));
    let up = LogEvent::ChildEstablished(ChildSpis {
        inbound: Some(0x0104_8f22),
        outbound: Some(0xc87f_1960),
    });
    let offered = LogEvent::Offered {
        child: true,
        algorithms: "ESP_3DES HMAC_SHA1".into(),
    };
    assert!(first(&told, &up).is_some());
    assert_eq!(first(&told, &up), first(&told, &offered));
    let denied = LogEvent::Denied {
        interface: "ipsec0".into(),
        protocol: Some("icmp".into()),
        from: None,
        to: None,
    };
    let drops = told.iter().filter(|one| one.event == denied);
    let lines: Vec<u64> = drops.map(|one| one.line).collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert!(first(&told, &denied) >= first(&told, &up));
}

#[test]
fn missing_lines_are_counted() {
    let Some(text) = document("002") else { return };
    let told = told(firebox::read(0, &text));
    let missing: Vec<u64> = told
        .iter()
        .filter_map(|one| {
            let LogEvent::LinesMissing(lines) = one.event else {
                return None;
            };
            Some(lines)
        })
        .collect();
    // The jumps from one example to the next, and the gaps inside of them.
    assert_eq!(missing, [272, 600, 1, 1, 39, 1, 2, 2]);
}

#[test]
fn both_ends_of_the_same_connection() {
    let Some(text) = document("002") else { return };
    let gateway = told(firebox::read(0, &text));
    let client = told(safenet::read(1, &text));
    let aggressive = |sent, response| LogEvent::Message {
        sent,
        exchange: Exchange::V1(ExchangeType::AGGRESSIVE),
        response,
        message_id: Some(0),
        payloads: Vec::new(),
    };
    let quick = |sent, response| LogEvent::Message {
        sent,
        exchange: Exchange::V1(ExchangeType::QUICK_MODE),
        response,
        message_id: None,
        payloads: Vec::new(),
    };
    let offered = |child, algorithms: &str| LogEvent::Offered {
        child,
        algorithms: algorithms.into(),
    };
    let events: Vec<_> = client.iter().map(|one| one.event.clone()).collect();
    assert_eq!(
        events,
        [
            offered(false, "DES_CBC MD5 MODP_768 PRESHARED_KEY"),
            LogEvent::Aggressive,
            aggressive(true, false),
            aggressive(false, true),
            aggressive(true, false),
            LogEvent::IkeEstablished,
            LogEvent::NotifySent("CONNECTED".into()),
            offered(true, "ESP_3DES HMAC_SHA"),
            quick(true, false),
            quick(false, true),
            quick(true, false),
            LogEvent::ChildEstablished(ChildSpis::default()),
        ]
    );
    let at = |told: &[Told], child: bool| {
        let is_up = |one: &&Told| {
            let is_child = matches!(one.event, LogEvent::ChildEstablished(_));
            (child && is_child) || (!child && one.event == LogEvent::IkeEstablished)
        };
        told.iter().find(is_up).and_then(|one| one.at)
    };
    let ahead = |child| {
        let (client, gateway) = (at(&client, child)?, at(&gateway, child)?);
        Some(client.saturating_since(gateway))
    };
    assert_eq!(ahead(false), Some(Duration::from_millis(140_210)));
    assert_eq!(ahead(true), Some(Duration::from_millis(140_250)));
}
