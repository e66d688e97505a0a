//! Huawei's firewalls and cloud gateways: the alarm that a negotiation failed
//! (`… IPSec tunnel negotiation fails. (Ifindex=…, Reason=phase1 proposal
//! mismatch, ReasonCode=1, PeerAddress=…)`), by its reason or its number.

use super::reading::Told;
use super::reasons::{NO_PROPOSAL, reason};
use super::stamp::{self, Clock};
use super::{Reading, gather, start};
use crate::evidence::{AuthenticationFault as Fault, LogEvent, Logged};
use crate::wire::tree::escaped;

/// Reads a log of a gateway. `input` is its index among the inputs.
///
/// ```
/// use ipsec_core::evidence::{Fact, LogEvent};
/// use ipsec_core::log::huawei;
/// let log = b"IPSec tunnel negotiation fails. (Reason=flow mismatch, ReasonCode=4, PeerAddress=198.51.100.20)\n";
/// let read = huawei::read(0, log);
/// let Fact::Logged(said) = &read.evidence[0].fact else { panic!() };
/// assert_eq!(said.event, LogEvent::NoSelectors(None));
/// ```
#[must_use]
pub fn read(input: usize, log: &[u8]) -> Reading {
    gather(input, log, teller())
}

/// What tells, line by line, what a log says.
pub(super) fn teller() -> impl FnMut(&str) -> Told + Send {
    let mut clock = Clock::default();
    move |text| {
        if !is_line(text) {
            return Told::Foreign;
        }
        let unmarked = text
            .split_once('>')
            .filter(|(mark, _)| mark.starts_with('<'));
        let stamp = stamp::stamp(unmarked.map_or(text, |(_, rest)| rest));
        let at = stamp.map(|(stamp, _)| clock.at(stamp));
        let peer = field(text, "PeerAddress=");
        let connection = peer.map(|peer| escaped(start(peer, NAME_MAX).as_bytes()));
        let why = field(text, "Reason=").unwrap_or_default();
        let number = field(text, "ReasonCode=").and_then(|code| code.parse().ok());
        let (child, event) = event(why, number);
        let logged = Logged::new(connection, event);
        Told::Fact(
            at,
            child.map_or(logged.clone(), |child| logged.of_child(child)),
        )
    }
}

/// Whether nobody but such a gateway writes such a line.
pub(super) fn is_line(text: &str) -> bool {
    let named = text.contains("IPSec tunnel negotiation fails") || text.contains("hwIPSecNegoFail");
    (named || text.contains("IPSECNEGOFAIL")) && text.contains("Reason=")
}

/// The value of `name=value`, in brackets or not.
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(name)?;
    let rest = rest.trim_start_matches('[');
    let value = rest.split([',', ']', ')']).next()?.trim();
    (!value.is_empty()).then_some(value)
}

/// What failed, and of which phase.
fn event(why: &str, number: Option<u32>) -> (Option<bool>, LogEvent) {
    let child = if why.starts_with("phase1") {
        Some(false)
    } else {
        (why.starts_with("phase2") || why.starts_with("flow")).then_some(true)
    };
    let differs = why.strip_suffix(" mismatch").and_then(|kind| {
        kind.split_once(" proposal ")
            .map(|(_, kind)| kind)
            .or_else(|| dh(kind))
    });
    if let Some(kind) = differs {
        let refused = LogEvent::NoProposal {
            differs: Some(escaped(start(kind, NAME_MAX).as_bytes())),
            received: None,
            configured: None,
        };
        return (child, refused);
    }
    let event = reason(why).or_else(|| by_number(number?));
    (child, event.unwrap_or(LogEvent::Failed))
}

fn dh(kind: &str) -> Option<&str> {
    kind.ends_with(" dh").then_some("dh")
}

fn by_number(number: u32) -> Option<LogEvent> {
    Some(match number {
        1 | 2 | 3 | 6 | 7 => NO_PROPOSAL,
        4 | 46 | 48 => LogEvent::NoSelectors(None),
        12 => LogEvent::AuthenticationFailed(Fault::UnknownPeer),
        13 => LogEvent::AuthenticationFailed(Fault::IdentityMismatch),
        15 => LogEvent::AuthenticationFailed(Fault::Untold),
        54 => LogEvent::AuthenticationFailed(Fault::NoCertificate),
        _ => return None,
    })
}

/// Bytes of a name.
const NAME_MAX: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::borrow::ToOwned;
    use alloc::format;
    use proptest::prelude::*;

    #[test]
    fn reasons_and_numbers() {
        use LogEvent as E;
        let failed = E::AuthenticationFailed;
        let differs = |kind: &str| E::NoProposal {
            differs: Some(kind.to_owned()),
            received: None,
            configured: None,
        };
        let cases = [
            ("phase1 proposal mismatch", 1, Some(false), NO_PROPOSAL),
            (
                "phase1 proposal encryption algorithm mismatch",
                1,
                Some(false),
                differs("encryption algorithm"),
            ),
            (
                "phase2 proposal or pfs mismatch",
                2,
                Some(true),
                differs("or pfs"),
            ),
            ("responder dh mismatch", 6, None, differs("dh")),
            ("encapsulation mode mismatch", 3, None, NO_PROPOSAL),
            ("flow mismatch", 4, Some(true), E::NoSelectors(None)),
            (
                "peer address mismatch",
                12,
                None,
                failed(Fault::UnknownPeer),
            ),
            (
                "config ID mismatch",
                13,
                None,
                failed(Fault::IdentityMismatch),
            ),
            ("authentication fail", 15, None, failed(Fault::Untold)),
            (
                "in another language",
                54,
                None,
                failed(Fault::NoCertificate),
            ),
            ("version mismatch", 5, None, E::Failed),
        ];
        for (why, number, child, event) in cases {
            for line in [
                format!(
                    "Nov 21 2026 12:00:01 fw %%01IPSEC/4/IPSECNEGOFAIL(l)[1]:IPSec tunnel negotiation fails. (Ifindex=8, SeqNum=1, Reason={why}, ReasonCode={number}, PeerAddress=198.51.100.20, PeerPort=500)"
                ),
                format!(
                    "<188>Nov 21 2026 12:00:01 fw hwIPSecNegoFail: (Reason=[{why}], ReasonCode=[{number}], PeerAddress=[198.51.100.20])"
                ),
            ] {
                assert!(is_line(&line), "{line}");
                let read = read(0, line.as_bytes());
                assert!(read.evidence[0].at.is_some(), "{line}");
                let logged = Logged::new(Some("198.51.100.20".to_owned()), event.clone());
                let logged = child.map_or(logged.clone(), |child| logged.of_child(child));
                assert_eq!(read.facts(), [logged], "{line}");
            }
        }
        for other in ["", "IPSec tunnel negotiation fails", "Reason=x"] {
            assert!(!is_line(other), "{other}");
        }
    }

    proptest! {
        #[test]
        fn no_log_panics(shaped in "IPSECNEGOFAIL Reason=\\PC{0,30}( mismatch)?,(ReasonCode=|PeerAddress=)?\\PC{0,9}") {
            let read = read(0, shaped.as_bytes());
            prop_assert_eq!(read.evidence.len(), 1);
            let shown = format!("{read:?}").replace("\\\\", "");
            let bad = shown.contains("\\u{202e}");
            prop_assert!(!bad);
        }
    }
}
