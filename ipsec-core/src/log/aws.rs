//! Amazon's Site-to-Site VPN: tunnel activity logs, in JSON as CloudWatch keeps
//! them, in an export of them to CSV, or their details alone.

use super::json::member;
use super::reading::Told;
use super::reasons::{NO_PROPOSAL, reason};
use super::{Reading, gather, start};
use crate::evidence::{AuthenticationFault as Fault, ChildSpis, Exchange, LogEvent, Logged};
use crate::sorted::Map;
use crate::time::Instant;
use crate::wire::registry::ike;
use crate::wire::tree::escaped;
use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

/// Reads a log of a tunnel. `input` is its index among the inputs.
///
/// ```
/// use ipsec_core::evidence::{AuthenticationFault, Fact, LogEvent};
/// use ipsec_core::log::aws;
/// let log = b"AWS tunnel detected a pre-shared key mismatch with cgw: 198.51.100.20\n";
/// let read = aws::read(0, log);
/// let Fact::Logged(said) = &read.evidence[0].fact else { panic!() };
/// let fault = AuthenticationFault::KeyMismatch;
/// assert_eq!(said.event, LogEvent::AuthenticationFailed(fault));
/// ```
#[must_use]
pub fn read(input: usize, log: &[u8]) -> Reading {
    gather(input, log, teller())
}

/// What tells, line by line, what a log says.
pub(super) fn teller() -> impl FnMut(&str) -> Told + Send {
    let mut states = States::default();
    move |text| {
        if !is_line(text) {
            return Told::Foreign;
        }
        let details = member(text, "details");
        let details = details.as_deref().unwrap_or(text);
        let name = member(text, "resource_id").or_else(|| gateway(details));
        let connection = name.map(|name| escaped(start(&name, NAME_MAX).as_bytes()));
        let mut facts: Vec<Logged> = event(details)
            .into_iter()
            .map(|event| Logged::new(connection.clone(), event))
            .collect();
        facts.extend(states.changed(connection, text));
        if facts.is_empty() {
            return if is_quiet(details) {
                Told::Quiet
            } else {
                Told::Unknown
            };
        }
        Told::Facts(at(text), facts)
    }
}

/// Whether nobody but such a tunnel writes such a line.
pub(super) fn is_line(text: &str) -> bool {
    WORDS.iter().any(|words| text.contains(words))
}

/// Seconds, or milliseconds, of universal time.
fn at(text: &str) -> Option<Instant> {
    let time: u64 = member(text, "event_timestamp")?.parse().ok()?;
    let micros = if time < 100_000_000_000 {
        1_000_000
    } else {
        1_000
    };
    Some(Instant::from_micros(time.saturating_mul(micros)))
}

/// `… with cgw: 198.51.100.20`
fn gateway(details: &str) -> Option<String> {
    let (_, rest) = details.split_once("cgw: ")?;
    let name = rest.split([' ', '"', ',']).next()?;
    (!name.is_empty()).then(|| name.to_owned())
}

/// The states of both phases that the last line of a tunnel told.
#[derive(Default)]
struct States {
    tunnels: Map<String, [bool; 2]>,
}

impl States {
    /// The SAs that are established since.
    fn changed(&mut self, connection: Option<String>, text: &str) -> Vec<Logged> {
        let states = ["ike_phase1_state", "ike_phase2_state"].map(|key| member(text, key));
        if states.iter().all(Option::is_none) {
            return Vec::new();
        }
        if self.tunnels.len() >= TUNNELS_MAX {
            self.tunnels = Map::new();
        }
        let key = connection.clone().unwrap_or_default();
        let known = self.tunnels.entry(key).or_default();
        let now = states
            .map(|state| state.is_some_and(|state| state.eq_ignore_ascii_case("established")));
        let events = [
            LogEvent::IkeEstablished,
            LogEvent::ChildEstablished(ChildSpis::default()),
        ];
        let new = events.into_iter().zip(now.iter().zip(known.iter()));
        let new = new.filter(|(_, (now, before))| **now && !**before);
        let facts = new
            .map(|(event, _)| Logged::new(connection.clone(), event))
            .collect();
        *known = now;
        facts
    }
}

fn event(details: &str) -> Option<LogEvent> {
    let has = |words: &str| details.contains(words);
    if has("No Proposal Match Found") {
        Some(NO_PROPOSAL)
    } else if has("TS_UNACCEPTABLE: received from responder") {
        Some(LogEvent::Notified {
            name: "TS_UNACCEPTABLE".to_owned(),
            is_error: true,
        })
    } else if has("is sending AUTHENTICATION_FAILED") {
        Some(LogEvent::NotifySent("AUTHENTICATION_FAILED".to_owned()))
    } else if has("due to invalid Pre-shared Key") {
        Some(LogEvent::AuthenticationFailed(Fault::Undecryptable))
    } else if has("received DELETE for ") {
        Some(LogEvent::Deleted { by_peer: true })
    } else if has("Timeout: deleting un-established") {
        Some(LogEvent::GaveUp)
    } else if has("collision") {
        Some(LogEvent::Collision)
    } else if has("Phase 2 was unable to establish") {
        Some(LogEvent::Failed)
    } else if has("for CREATE_CHILD_SA") {
        exchange(details)
    } else {
        reason(details)
    }
}

/// `AWS tunnel is sending response (id=2) for CREATE_CHILD_SA`
fn exchange(details: &str) -> Option<LogEvent> {
    let (words, rest) = details.split_once(" (id=")?;
    Some(LogEvent::Message {
        sent: words.contains("is sending "),
        exchange: Exchange::V2(ike::ExchangeType::CREATE_CHILD_SA),
        response: words.ends_with("response"),
        message_id: rest.split(')').next()?.parse().ok(),
        payloads: Vec::new(),
    })
}

/// Of BGP, and states that did not change.
fn is_quiet(details: &str) -> bool {
    ["BGP", "is up", "keep", "NAT-T", "rekey"]
        .iter()
        .any(|words| details.contains(words))
        || details.is_empty()
}

/// Words that show the writer.
const WORDS: [&str; 6] = [
    "\"ike_phase1_state\"",
    "\"ike_phase2_state\"",
    "AWS tunnel ",
    "AWS: Traffic Selector",
    "No Proposal Match Found by AWS",
    "No Proposal Match Found. Notifying with ",
];

/// Tunnels whose states are remembered.
const TUNNELS_MAX: usize = 1_024;

/// Bytes of a name.
const NAME_MAX: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use proptest::prelude::*;

    fn events(log: &str) -> Vec<LogEvent> {
        read(0, log.as_bytes()).events()
    }

    /// Our own records; the details as Amazon documents them.
    fn record(details: &str, one: &str, two: &str) -> String {
        format!(
            r#"{{"event_timestamp":1795262401,"timestamp":"2026-11-21 12:00:01Z","dpd_enabled":true,"nat_t_detected":false,"ike_phase1_state":"{one}","ike_phase2_state":"{two}","details":"{details}"}}"#
        )
    }

    #[test]
    fn what_details_tell() {
        use LogEvent as E;
        let failed = E::AuthenticationFailed;
        let message = |sent, response| E::Message {
            sent,
            exchange: Exchange::V2(ike::ExchangeType::CREATE_CHILD_SA),
            response,
            message_id: Some(2),
            payloads: Vec::new(),
        };
        let unacceptable = E::Notified {
            name: "TS_UNACCEPTABLE".to_owned(),
            is_error: true,
        };
        let cases = [
            (
                "AWS tunnel detected a pre-shared key mismatch with cgw: 198.51.100.20",
                failed(Fault::KeyMismatch),
            ),
            (
                "AWS tunnel payload decryption was unsuccessful due to invalid Pre-shared Key",
                failed(Fault::Undecryptable),
            ),
            ("No Proposal Match Found by AWS", NO_PROPOSAL),
            (
                "No Proposal Match Found. Notifying with \\\"No proposal chosen\\\"",
                NO_PROPOSAL,
            ),
            (
                "AWS: Traffic Selector: TS_UNACCEPTABLE: received from responder",
                unacceptable,
            ),
            (
                "AWS tunnel is sending AUTHENTICATION_FAILED as the response",
                E::NotifySent("AUTHENTICATION_FAILED".to_owned()),
            ),
            ("AWS tunnel DPD timed out after 3 retransmits", E::PeerDead),
            ("Peer is not responsive - Declaring peer dead", E::PeerDead),
            (
                "AWS tunnel received DELETE for IKE_SA from CGW",
                E::Deleted { by_peer: true },
            ),
            (
                "AWS tunnel Timeout: deleting un-established Phase 1 IKE_SA with cgw: 198.51.100.20",
                E::GaveUp,
            ),
            (
                "AWS tunnel Phase 2 was unable to establish while keeping Phase 1",
                E::Failed,
            ),
            (
                "AWS tunnel detected a (CHILD_REKEY) collision as CHILD_DELETE",
                E::Collision,
            ),
            (
                "AWS tunnel processed request (id=2) for CREATE_CHILD_SA",
                message(false, false),
            ),
            (
                "AWS tunnel is sending response (id=2) for CREATE_CHILD_SA",
                message(true, true),
            ),
        ];
        for (details, event) in cases {
            let json = record(details, "Down", "Down");
            let csv = format!("1795262401000,\"{}\"", json.replace('"', "\"\""));
            for line in [&json, &csv] {
                let read = read(0, line.as_bytes());
                let at = Some(Instant::from_seconds(1_795_262_401, 0));
                assert_eq!(read.evidence[0].at, at, "{line}");
                assert_eq!(events(line), core::slice::from_ref(&event), "{line}");
            }
            if details.starts_with("AWS") {
                assert_eq!(events(details), [event], "{details}");
            }
        }
        let named = read(0, cases_head().as_bytes()).facts();
        assert_eq!(named[0].connection.as_deref(), Some("198.51.100.20"));
    }

    fn cases_head() -> &'static str {
        "AWS tunnel detected a pre-shared key mismatch with cgw: 198.51.100.20"
    }

    #[test]
    fn states_tell_of_sas() {
        let log = [
            record("", "Negotiating", "Down"),
            record("", "Established", "Down"),
            record("", "established", "Established"),
            record("", "Established", "Established"),
            record("AWS tunnel has done what nobody knows", "Down", "Down"),
            "hello".to_owned(),
        ];
        let read = read(0, log.join("\n").as_bytes());
        assert_eq!((read.quiet, read.untold, read.foreign), (2, 1, 1));
        let child = LogEvent::ChildEstablished(ChildSpis::default());
        assert_eq!(read.events(), [LogEvent::IkeEstablished, child]);
        let mut states = States::default();
        for number in 0..=TUNNELS_MAX {
            states.changed(Some(format!("{number}")), &log[0]);
        }
        assert_eq!(states.tunnels.len(), 1);
    }

    #[test]
    fn what_could_mislead_is_escaped() {
        let log = record(
            "AWS tunnel detected a pre-shared key mismatch with cgw: \\u202e",
            "Down",
            "Down",
        );
        let shown = format!("{:?}", read(0, log.as_bytes())).replace("\\\\", "");
        assert!(!shown.contains("\\u{202e}"), "{shown}");
    }

    proptest! {
        #[test]
        fn no_log_panics(
            bytes in prop::collection::vec(any::<u8>(), 0..200),
            shaped in "\\{\"ike_phase1_state\":\"?\\PC{0,9}\"?,\"event_timestamp\":[0-9]{0,25},\"details\":\"(AWS tunnel |cgw: | \\(id=)?\\PC{0,30}",
        ) {
            for log in [&bytes[..], shaped.as_bytes()] {
                let read = read(0, log);
                prop_assert!(read.quiet + read.untold + read.foreign <= read.lines);
            }
        }
    }
}
