//! Palo Alto's PAN-OS: `ikemgr.log` (`2026-11-21 12:00:01.123 +0000  [PWRN]: {
//! 1:     }: message`, in older versions `[PROTO_ERR]: message`), and system
//! logs of the kind VPN, as syslog sends them (`1,2026/11/21 12:00:01,…,SYSTEM,
//! vpn,…`), as `show log system` lists them, or the description alone.

use super::ends::{Named, end};
use super::reading::Told;
use super::reasons::{NO_PROPOSAL, reason};
use super::stamp::{self, Clock};
use super::{Reading, gather, is_error_name, start};
use crate::evidence::{AuthenticationFault as Fault, ChildSpis, LogEvent, Logged, Route};
use crate::sorted::Map;
use crate::time::Instant;
use crate::wire::tree::escaped;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// Reads a log of a firewall. `input` is its index among the inputs.
///
/// ```
/// use ipsec_core::evidence::{Fact, LogEvent};
/// use ipsec_core::log::palo_alto;
/// let log = b"2026-11-21 12:00:01 [PROTO_NOTIFY]: IKE phase-1 SA is down determined by DPD.\n";
/// let read = palo_alto::read(0, log);
/// let Fact::Logged(said) = &read.evidence[0].fact else { panic!() };
/// assert_eq!(said.event, LogEvent::PeerDead);
/// ```
#[must_use]
pub fn read(input: usize, log: &[u8]) -> Reading {
    gather(input, log, teller())
}

/// What tells, line by line, what a log says.
pub(super) fn teller() -> impl FnMut(&str) -> Told + Send {
    let mut clock = Clock::default();
    let mut known = Known::default();
    move |text| {
        let Some(line) = Line::of(text, &mut clock) else {
            return known.continued(text);
        };
        known.at = line.at;
        known.turn_to(line.number, line.gateway);
        known.tell(line.message, line.is_debug)
    }
}

/// Whether nobody but PAN-OS writes such a line.
pub(super) fn is_line(text: &str) -> bool {
    Line::of(text, &mut Clock::default()).is_some()
}

/// A line, taken apart.
struct Line<'a> {
    at: Option<Instant>,
    /// The gateway or tunnel.
    gateway: Option<&'a str>,
    /// The number that stands for it.
    number: Option<&'a str>,
    is_debug: bool,
    message: &'a str,
}

impl<'a> Line<'a> {
    fn of(text: &'a str, clock: &mut Clock) -> Option<Self> {
        if let Some((stamp, level, message)) = levelled(text) {
            let (number, message) = numbered(message);
            return Some(Self {
                at: Some(clock.at(stamp)),
                gateway: within(message, "gateway "),
                number,
                is_debug: matches!(level, "DEBG" | "DEBUG" | "DUMP"),
                message,
            });
        }
        let listed = system(text);
        let bare = DESCRIPTIONS.iter().any(|words| text.contains(words));
        if listed.is_none() && !bare {
            return None;
        }
        let dated = || {
            let parts = text.split(',').take(8).find_map(stamp::stamp);
            parts.or_else(|| stamp::stamp(text))
        };
        Some(Self {
            at: dated().map(|(stamp, _)| clock.at(stamp)),
            gateway: listed.flatten(),
            number: None,
            is_debug: false,
            message: text,
        })
    }
}

/// `2026-11-21 12:00:01.123 +0000  [PWRN]: message`, nothing else between the
/// stamp and the level.
fn levelled(text: &str) -> Option<(stamp::Stamp, &str, &str)> {
    let (stamp, rest) = stamp::stamp(text)?;
    let rest = rest.trim_start();
    let zone = |c: char| c.is_ascii_digit() || c == ':';
    let unzoned = rest.strip_prefix(['+', '-']);
    let rest = unzoned.map_or(rest, |rest| rest.trim_start_matches(zone).trim_start());
    let (level, message) = rest.strip_prefix('[')?.split_once(']')?;
    let level = level.trim();
    let message = message.strip_prefix(':')?;
    LEVELS
        .contains(&level)
        .then_some((stamp, level, message.trim()))
}

/// `{    1:     }: message`
fn numbered(message: &str) -> (Option<&str>, &str) {
    let parts = || {
        let (number, rest) = message.strip_prefix('{')?.split_once('}')?;
        let number = number.trim().trim_end_matches([':', ' ']);
        let rest = rest.trim_start_matches(':').trim_start();
        Some(((!number.is_empty()).then_some(number), rest))
    };
    parts().unwrap_or((None, message))
}

/// The object of a system log of the kind VPN, if the line is one.
fn system(text: &str) -> Option<Option<&str>> {
    if let Some((_, rest)) = text.split_once(",SYSTEM,vpn,") {
        // Version, time, virtual system, event, object.
        let object = rest.split(',').nth(4).filter(|name| !name.is_empty());
        return Some(object);
    }
    let listed = EVENTS.iter().find_map(|event| text.split_once(event));
    let (_, rest) = listed.filter(|(head, _)| head.ends_with([' ', '|', ',', '=', '"']))?;
    let object = rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '-');
    let object = object.split_whitespace().next();
    Some(object.filter(|_| text.contains(" vpn ")))
}

/// The word behind `key`.
fn within<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(key)?;
    rest.split([' ', ',', '.'])
        .next()
        .filter(|word| !word.is_empty())
}

#[derive(Default)]
struct Known {
    at: Option<Instant>,
    /// What the line is about, escaped.
    gateway: Option<String>,
    /// Names of gateways by the numbers that stand for them.
    names: Map<String, String>,
    named: Named,
}

impl Known {
    fn turn_to(&mut self, number: Option<&str>, gateway: Option<&str>) {
        let [number, gateway] = [number, gateway]
            .map(|name| name.map(|name| escaped(start(name, NAME_MAX).as_bytes())));
        if let (Some(number), Some(gateway)) = (&number, &gateway) {
            if self.names.len() >= NAMES_MAX {
                self.names = Map::new();
            }
            self.names.insert(number.clone(), gateway.clone());
        }
        let named = number.as_ref().and_then(|number| self.names.get(number));
        self.gateway = gateway.or_else(|| named.cloned()).or(number);
    }

    /// `====> Failed SA: … <==== Due to timeout.`: more of the line before it.
    fn continued(&mut self, text: &str) -> Told {
        let text = text.trim();
        if text.starts_with("====> ") && text.contains(" SA: ") {
            self.tell(text, false)
        } else {
            Told::Foreign
        }
    }

    fn tell(&mut self, message: &str, is_debug: bool) -> Told {
        let peers = peers(message).and_then(|route| self.named.told(self.gateway.as_ref(), route));
        let event = event(message).map(|event| {
            let logged = Logged::new(self.gateway.clone(), event);
            match child(message) {
                Some(child) => logged.of_child(child),
                None => logged,
            }
        });
        let facts: Vec<Logged> = peers.into_iter().chain(event).collect();
        if !facts.is_empty() {
            Told::Facts(self.at, facts)
        } else if is_debug || QUIET.iter().any(|words| holds(message, words)) {
            Told::Quiet
        } else {
            Told::Unknown
        }
    }
}

/// Whether `text` contains `words`, whatever the case of either.
fn holds(text: &str, words: &str) -> bool {
    let bytes = text.as_bytes();
    bytes
        .windows(words.len())
        .any(|part| part.eq_ignore_ascii_case(words.as_bytes()))
}

/// Whether it is of phase 2 or of a CHILD_SA.
fn child(message: &str) -> Option<bool> {
    let any = |words: &[&str]| words.iter().any(|words| holds(message, words));
    if any(&["phase-2", "phase 2", "child sa", "ipsec key"]) {
        Some(true)
    } else {
        any(&["phase-1", "phase 1", "ikev2 ike sa"]).then_some(false)
    }
}

fn event(message: &str) -> Option<LogEvent> {
    let has = |words: &str| holds(message, words);
    if let Some(name) = notified(message) {
        let is_error = is_error_name(&name);
        return Some(LogEvent::Notified {
            name: escaped(name.as_bytes()),
            is_error,
        });
    }
    if has("negotiation is started") || has("negotiation started") {
        return None;
    }
    if has("sa delete message received from peer") {
        return Some(LogEvent::Deleted { by_peer: true });
    }
    if has("ipsec key deleted") || has("sa delete message sent to peer") {
        return Some(LogEvent::Deleted { by_peer: false });
    }
    if has("negotiation is succeeded") || has("negotiation succeeded") {
        return Some(if child(message) == Some(true) {
            LogEvent::ChildEstablished(spis(message))
        } else {
            LogEvent::IkeEstablished
        });
    }
    refused(message).or_else(|| reason(message)).or_else(|| {
        (has("negotiation is failed") || has("negotiation failed")).then_some(LogEvent::Failed)
    })
}

/// Reasons that PAN-OS puts in its own words.
fn refused(message: &str) -> Option<LogEvent> {
    let has = |words: &str| holds(message, words);
    if has("when processing proxy id") || has("when processing traffic selector") {
        let proposed = message.split_once("received local ").map(|(_, rest)| rest);
        let proposed = proposed.map(|text| text.split('"').next().unwrap_or_default());
        Some(LogEvent::NoSelectors(
            proposed.map(|text| escaped(text.trim().as_bytes())),
        ))
    } else if has("due to negotiation timeout") || has("<==== due to timeout") {
        Some(LogEvent::GaveUp)
    } else if has("authentication result: failed") {
        Some(LogEvent::AuthenticationFailed(Fault::Untold))
    } else if has("does not match peers id") || has("does not match peer's id") {
        Some(LogEvent::AuthenticationFailed(Fault::IdentityMismatch))
    } else if has("mismatch") && (has("encryption algorithm") || has("dh group")) {
        Some(NO_PROPOSAL)
    } else {
        None
    }
}

/// `received notify type AUTHENTICATION_FAILED`, `received notify type
/// NO-PROPOSAL-CHOSEN (14).`, spelt as the registry does but in any case.
fn notified(message: &str) -> Option<String> {
    let (_, rest) = message.split_once("eceived notify type ")?;
    let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-'));
    let name = rest.get(..end.unwrap_or(rest.len()))?;
    (!name.is_empty()).then(|| name.to_ascii_uppercase().replace('-', "_"))
}

/// `Established SA: 192.0.2.1[500]-198.51.100.1[500] …`: this end first.
fn peers(message: &str) -> Option<Route> {
    let (_, rest) = message.split_once(" SA: ")?;
    let (from, rest) = rest.split_once("]-")?;
    let (to, _) = rest.split_once(']')?;
    let from = end(&format!("{from}]"))?;
    let to = end(&format!("{to}]"))?;
    Some(Route { from, to })
}

/// `SPI:0xDEC8F1A2/0x2F1C0044`: of what is received, of what is sent.
fn spis(message: &str) -> ChildSpis {
    let pair = || {
        let (_, rest) = message.split_once("SPI:0x")?;
        let (inbound, rest) = rest.split_once("/0x")?;
        let end = rest.find(|c: char| !c.is_ascii_hexdigit());
        let outbound = rest.get(..end.unwrap_or(rest.len()))?;
        Some(ChildSpis {
            inbound: u32::from_str_radix(inbound, 16).ok(),
            outbound: u32::from_str_radix(outbound, 16).ok(),
        })
    };
    pair().unwrap_or_default()
}

/// Levels of `ikemgr.log`, of either age.
const LEVELS: [&str; 16] = [
    "DEBG",
    "DEBUG",
    "DUMP",
    "ERR",
    "ERROR",
    "INFO",
    "INTERNAL_ERR",
    "INTERNAL_WARN",
    "IWRN",
    "PERR",
    "PNTF",
    "PROTO_ERR",
    "PROTO_NOTIFY",
    "PROTO_WARN",
    "PWRN",
    "WARN",
];

/// Names of events of system logs.
const EVENTS: [&str; 6] = [
    "ike-nego-p1-",
    "ike-nego-p2-",
    "ike-recv-",
    "ike-generic-event",
    "ikev2-nego-",
    "ipsec-key-",
];

/// Words of descriptions that stand alone.
const DESCRIPTIONS: [&str; 11] = [
    "IKE phase-1 negotiation is ",
    "IKE phase 1 negotiation is ",
    "IKE phase-1 SA is ",
    "IKE phase-2 negotiation is ",
    "IKE phase-2 negotiation failed when ",
    "IKE phase-1 negotiation failed. ",
    "IKE protocol notification message ",
    "IKEv2 IKE SA negotiation is ",
    "IKEv2 child SA negotiation is ",
    "IKEv2 child SA negotiation failed ",
    "IKEv2 CHILD SA NEGOTIATION ",
];

/// Words of messages that tell nothing, or nothing that another does not.
const QUIET: [&str; 12] = [
    "adding rekey",
    "configuration",
    "initiated sa",
    "installed sa",
    "ipsec key installed",
    "ipsec key lifetime expired",
    "ike daemon",
    "keymirror",
    "negotiation is started",
    "negotiation started",
    "vendor id",
    "sa dying",
];

/// Gateways whose numbers are remembered.
const NAMES_MAX: usize = 1_024;

/// Bytes of a name.
const NAME_MAX: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::borrow::ToOwned;
    use proptest::prelude::*;

    fn events(log: &str) -> Vec<LogEvent> {
        read(0, log.as_bytes()).events()
    }

    fn route() -> Route {
        Route {
            from: "192.0.2.10:500".parse().unwrap(),
            to: "198.51.100.20:500".parse().unwrap(),
        }
    }

    /// Our own lines in the forms of PAN-OS 8 and later.
    #[test]
    fn a_negotiation_in_the_daemons_log() {
        let log = "\
2026-11-21 12:00:01.100 +0000  [PNTF]: {    1:     }: ====> IKEv2 IKE SA NEGOTIATION STARTED AS INITIATOR, non-rekey; gateway to-b <====
                                                      ====> Initiated SA: 192.0.2.10[500]-198.51.100.20[500] SPI:a1a2a3a4a5a6a7a8:0000000000000000 SN:1 <====
2026-11-21 12:00:02.100 +0000  [PWRN]: {    1:     }: 198.51.100.20[500] - 192.0.2.10[500]:(nil) received notify type NO_PROPOSAL_CHOSEN
2026-11-21 12:00:02.200 +0000  [DEBG]: {    1:     }: whatever it did
2026-11-21 12:00:02.200 +0000  [INFO]: {    1:     }: nobody has heard this
2026-11-21 12:00:09.100 +0000  [PNTF]: {    1:     }: ====> IKEv2 IKE SA NEGOTIATION FAILED AS INITIATOR, non-rekey; gateway to-b <====
                                                      ====> Failed SA: 192.0.2.10[500]-198.51.100.20[500] SPI:a1a2a3a4a5a6a7a8:0000000000000000 SN 1 <==== Due to timeout.
another program's line
";
        assert!(is_line(log.lines().next().unwrap()));
        let read = read(0, log.as_bytes());
        assert_eq!((read.quiet, read.untold, read.foreign), (2, 1, 1));
        let at = read.evidence[0].at.unwrap();
        assert_eq!(at.as_micros() % 86_400_000_000, 43_201_100_000);
        let facts = read.facts();
        assert_eq!(facts[0].connection.as_deref(), Some("to-b"));
        assert_eq!(facts[1].connection.as_deref(), Some("to-b"));
        let told: Vec<_> = facts
            .into_iter()
            .map(|fact| (fact.child, fact.event))
            .collect();
        let refused = LogEvent::Notified {
            name: "NO_PROPOSAL_CHOSEN".to_owned(),
            is_error: true,
        };
        assert_eq!(
            told,
            [
                (None, LogEvent::Peers(route())),
                (None, refused),
                (Some(false), LogEvent::Failed),
                (None, LogEvent::GaveUp),
            ]
        );
    }

    #[test]
    fn what_descriptions_tell() {
        use LogEvent as E;
        let failed = E::AuthenticationFailed;
        let note = |name: &str, is_error| E::Notified {
            name: name.to_owned(),
            is_error,
        };
        let spis = E::ChildEstablished(ChildSpis {
            inbound: Some(0xdec8_f1a2),
            outbound: Some(0x2f1c_0044),
        });
        let sa = "SA: 192.0.2.10[500]-198.51.100.20[500]";
        let cases = [
            (format!("IKE phase-1 negotiation is failed as initiator, main mode. Failed {sa} cookie:84222f276c2fa2e9:0000000000000000 due to timeout."), true, E::GaveUp),
            ("IKE phase 1 negotiation is failed. Couldn't find configuration for IKE phase-1 request for peer IP 198.51.100.20[1929].".to_owned(), false, failed(Fault::UnknownPeer)),
            ("IKE phase-1 negotiation is failed likely due to pre-shared key mismatch.".to_owned(), false, failed(Fault::KeyMismatch)),
            ("IKE phase-1 negotiation is failed. no suitable proposal found in peer's SA payload.".to_owned(), false, NO_PROPOSAL),
            ("IKE phase-2 negotiation failed when processing SA payload. no suitable proposal found in peer's SA payload.".to_owned(), false, NO_PROPOSAL),
            (format!("IKE phase-2 negotiation is failed as initiator, quick mode. Failed {sa} message id:0x43D098BB. Due to negotiation timeout."), true, E::GaveUp),
            (format!("IKE phase-1 negotiation is succeeded as responder, main mode. Established {sa} cookie:84222f276c2fa2e9:0b1c2d3e4f506172 lifetime 28800 Sec."), true, E::IkeEstablished),
            (format!("IKE phase-2 negotiation is succeeded as responder, quick mode. Established {sa} message id:0x43D098BB, SPI:0xDEC8F1A2/0x2F1C0044."), true, spis.clone()),
            (format!("IKEv2 child SA negotiation is succeeded as initiator, non-rekey. Established {sa} message id:0x00000001, SPI:0xDEC8F1A2/0x2F1C0044."), true, spis.clone()),
            ("IKEv2 child SA negotiation is failed: message lacks KE payload".to_owned(), false, NO_PROPOSAL),
            (format!("IKEv2 IKE SA negotiation is failed as responder, non-rekey. Failed {sa} SPI:0239b91635ed0e98:426762ab448185a9."), true, E::Failed),
            ("IKE protocol notification message received: received notify type NO-PROPOSAL-CHOSEN (14).".to_owned(), false, note("NO_PROPOSAL_CHOSEN", true)),
            ("IKEv2 CHILD SA NEGOTIATION SUCCEEDED".to_owned(), false, E::ChildEstablished(ChildSpis::default())),
            ("IKE phase-1 SA is down determined by DPD.".to_owned(), false, E::PeerDead),
        ];
        for (description, named, event) in cases {
            let expected: Vec<_> = named
                .then(|| E::Peers(route()))
                .into_iter()
                .chain([event])
                .collect();
            let csv = format!(
                "<14>Nov 21 12:00:01 fw 1,2026/11/21 12:00:01,0011,SYSTEM,vpn,0,2026/11/21 12:00:01,,ike-nego-p1-fail,to-b,0,0,general,informational,\"{description}\",1,0x0"
            );
            let listed = format!(
                "2026/11/21 12:00:01 info     vpn            ike-nego-p1-fail  to-b  0  {description}"
            );
            for (line, dated) in [(&description, false), (&csv, true), (&listed, true)] {
                assert!(is_line(line), "{line}");
                assert_eq!(events(line), expected, "{line}");
                let read = read(0, line.as_bytes());
                let at = read.evidence[0].at.map(|at| at.as_micros() / 1_000_000);
                assert_eq!(at, dated.then_some(1_795_262_401), "{line}");
                let name = read.facts()[0].connection.clone();
                assert_eq!(name.as_deref(), dated.then_some("to-b"), "{line}");
            }
        }
        let proxy = "IKE phase-2 negotiation failed when processing proxy ID. cannot find matching phase-2 tunnel for received proxy ID. received local id: 10.1.0.0/24 type IPv4_subnet protocol 0 port 0, received remote id: 10.2.0.0/16 type IPv4_subnet protocol 0 port 0.";
        let proposed = proxy.split_once("received local ").unwrap().1.to_owned();
        assert_eq!(events(proxy), [E::NoSelectors(Some(proposed))]);
        let identity = "2026-11-21 12:00:01 [PROTO_ERR]: received ID_I (type ipaddr [10.9.9.9]) does not match peers id";
        assert_eq!(events(identity), [failed(Fault::IdentityMismatch)]);
        let quiet = read(
            0,
            b"IKE phase-1 negotiation is started as initiator, main mode.",
        );
        assert_eq!((quiet.quiet, quiet.evidence.len()), (1, 0));
    }

    #[test]
    fn names_are_remembered_within_limits() {
        let mut known = Known::default();
        for number in 0..=NAMES_MAX {
            known.turn_to(Some(&format!("{number}")), Some("to-b"));
        }
        assert_eq!(known.names.len(), 1);
        known.turn_to(Some("7"), None);
        assert_eq!(known.gateway.as_deref(), Some("7"));
    }

    #[test]
    fn near_misses() {
        for other in [
            "",
            "hello",
            "2026-11-21 12:00:01 gw [PROTO_ERR]: x",
            "2026-11-21 12:00:01 [NET]: x",
            "2026-11-21 12:00:01 ERROR: x",
            "1,2026/11/21 12:00:01,0011,TRAFFIC,end,0",
            "my-ike-nego-p1-fail",
        ] {
            assert!(!is_line(other), "{other}");
        }
    }

    #[test]
    fn what_could_mislead_is_escaped() {
        let log = "2026-11-21 12:00:01 [PWRN]: {\u{202e}:}: IKE phase-2 negotiation failed when processing proxy ID. received local \u{202e}";
        let shown = format!("{:?}", read(0, log.as_bytes())).replace("\\\\", "");
        assert!(!shown.contains("\\u{202e}"), "{shown}");
        let log = "2026-11-21 12:00:01 [PWRN]: received notify type made_up\u{202e}";
        assert!(matches!(&events(log)[0], LogEvent::Notified { name, .. } if name == "MADE_UP"));
    }

    proptest! {
        #[test]
        fn no_log_panics(
            bytes in prop::collection::vec(any::<u8>(), 0..200),
            shaped in "(2026-11-21 12:00:01 \\[P(WRN|NTF)\\]: (\\{ ?1?:? ?\\}:)?|1,2026/11/21 12:00:01,,SYSTEM,vpn,)(Failed SA: 192.0.2.1\\[500\\]-|SPI:0x|received notify type )?\\PC{0,30}",
        ) {
            for log in [&bytes[..], shaped.as_bytes()] {
                let read = read(0, log);
                prop_assert!(read.quiet + read.untold + read.foreign <= read.lines);
            }
        }
    }
}
