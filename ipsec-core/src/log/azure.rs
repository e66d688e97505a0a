//! Microsoft Azure's VPN gateway: IKE diagnostic logs (`SESSION_ID :{…} Remote
//! 198.51.100.20:500: Local 192.0.2.10:500: [RECEIVED]…`), in JSON, CSV or as
//! text. The gateway is Windows underneath and gives errors by its numbers.

use super::ends::{Named, end};
use super::json::member;
use super::reading::Told;
use super::reasons::{NO_PROPOSAL, reason};
use super::stamp::{self, Clock};
use super::{Reading, gather, is_error_name};
use crate::evidence::{AuthenticationFault as Fault, LogEvent, Logged, Route};
use crate::wire::tree::escaped;
use alloc::borrow::ToOwned;
use alloc::string::ToString as _;
use alloc::vec::Vec;

/// Reads a log of a gateway. `input` is its index among the inputs.
///
/// ```
/// use ipsec_core::evidence::{Fact, LogEvent};
/// use ipsec_core::log::azure;
/// let log = b"SESSION_ID :{a} Remote 198.51.100.20:500: Local 192.0.2.10:500: [LOCAL_MSG] failed with error 13805\n";
/// let read = azure::read(0, log);
/// let Fact::Logged(said) = &read.evidence[1].fact else { panic!() };
/// assert_eq!(said.event, LogEvent::GaveUp);
/// ```
#[must_use]
pub fn read(input: usize, log: &[u8]) -> Reading {
    gather(input, log, teller())
}

/// What tells, line by line, what a log says.
pub(super) fn teller() -> impl FnMut(&str) -> Told + Send {
    let mut clock = Clock::default();
    let mut named = Named::default();
    move |text| {
        if !is_line(text) {
            return Told::Foreign;
        }
        let message = ["message", "Message"]
            .iter()
            .find_map(|key| member(text, key));
        let message = message.as_deref().unwrap_or(text);
        let time = ["time", "TimeGenerated"]
            .iter()
            .find_map(|key| member(text, key));
        let at = stamp::stamp(time.as_deref().unwrap_or(text).trim_start_matches('"'));
        let at = at.map(|(stamp, _)| clock.at(stamp));
        let route = route(message);
        let connection = route.map(|route| route.to.ip().to_string());
        let peers = route.and_then(|route| named.told(connection.as_ref(), route));
        let event = event(message).map(|event| Logged::new(connection, event));
        let facts: Vec<Logged> = peers.into_iter().chain(event).collect();
        if facts.is_empty() {
            Told::Unknown
        } else {
            Told::Facts(at, facts)
        }
    }
}

/// Whether nobody but such a gateway writes such a line.
pub(super) fn is_line(text: &str) -> bool {
    let session = text.contains("SESSION_ID :{") || text.contains("SESSION_ID:{");
    session && text.contains("Remote ") && text.contains("Local ")
        || text.contains("IKEDiagnosticLog") && text.contains("essage")
}

/// `Remote 198.51.100.20:500: Local 192.0.2.10:500:`
fn route(message: &str) -> Option<Route> {
    let read = |key| {
        let (_, rest) = message.split_once(key)?;
        end(rest.split(' ').next()?.trim_end_matches(':'))
    };
    Some(Route {
        from: read("Local ")?,
        to: read("Remote ")?,
    })
}

fn event(message: &str) -> Option<LogEvent> {
    let sent = message.contains("[SEND]");
    let names = message.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    if let Some(name) = names
        .clone()
        .find(|name| name.contains('_') && is_error_name(name))
    {
        return Some(if sent {
            LogEvent::NotifySent(escaped(name.as_bytes()))
        } else {
            LogEvent::Notified {
                name: name.to_owned(),
                is_error: true,
            }
        });
    }
    let number = names.clone().find_map(by_number);
    number.or_else(|| reason(message))
}

/// Numbers of Windows errors about IKE (winerror.h, 13800 to 13911).
fn by_number(word: &str) -> Option<LogEvent> {
    Some(match word {
        "13801" => LogEvent::AuthenticationFailed(Fault::Untold),
        "13805" => LogEvent::GaveUp,
        "13806" => LogEvent::AuthenticationFailed(Fault::NoCertificate),
        "13825" => LogEvent::AuthenticationFailed(Fault::UnknownPeer),
        "13868" => NO_PROPOSAL,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use proptest::prelude::*;

    #[test]
    fn what_messages_tell() {
        use LogEvent as E;
        let notified = E::Notified {
            name: "NO_PROPOSAL_CHOSEN".to_owned(),
            is_error: true,
        };
        let cases = [
            ("[RECEIVED] notify NO_PROPOSAL_CHOSEN", Some(notified)),
            (
                "[SEND] notify TS_UNACCEPTABLE",
                Some(E::NotifySent("TS_UNACCEPTABLE".to_owned())),
            ),
            ("[LOCAL_MSG] failed with error 13868", Some(NO_PROPOSAL)),
            (
                "[LOCAL_MSG] failed with error 13801",
                Some(E::AuthenticationFailed(Fault::Untold)),
            ),
            ("[LOCAL_MSG] DPD timed out", Some(E::PeerDead)),
            ("[SEND] nothing known", None),
        ];
        let end = |text: &str| end(text).unwrap();
        let peers = E::Peers(Route {
            from: end("192.0.2.10:500"),
            to: end("198.51.100.20:500"),
        });
        for (text, event) in cases {
            let message = format!(
                "SESSION_ID :{{a-b}} Remote 198.51.100.20:500: Local 192.0.2.10:500: {text}"
            );
            let json = format!(
                r#"{{"time":"2026-11-21T12:00:01.5Z","category":"IKEDiagnosticLog","properties":{{"level":"x","message":"{message}"}}}}"#
            );
            let csv = format!("2026-11-21T12:00:01.5Z,\"{message}\"");
            for line in [json, csv] {
                assert!(is_line(&line), "{line}");
                let read = read(0, line.as_bytes());
                let at = read.evidence[0].at.map(|at| at.as_micros());
                assert_eq!(at, Some(1_795_262_401_500_000), "{line}");
                let facts = read.facts();
                assert_eq!(facts[0].connection.as_deref(), Some("198.51.100.20"));
                let told: Vec<_> = facts.into_iter().map(|fact| fact.event).collect();
                let expected: Vec<_> = [peers.clone()].into_iter().chain(event.clone()).collect();
                assert_eq!(told, expected, "{line}");
            }
        }
        for other in ["", "SESSION_ID :{a}", "Remote x Local y"] {
            assert!(!is_line(other), "{other}");
        }
        let unknown = read(0, b"\"IKEDiagnosticLog\",\"message\":\"x\"");
        assert_eq!(unknown.untold, 1);
    }

    proptest! {
        #[test]
        fn no_log_panics(shaped in "SESSION_ID :\\{a\\} (Remote 192.0.2.1:|Local )\\PC{0,30}(Local |Remote )\\PC{0,20}") {
            let read = read(0, shaped.as_bytes());
            prop_assert!(read.quiet + read.untold + read.foreign <= read.lines);
        }
    }
}
