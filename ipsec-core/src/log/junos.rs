//! Juniper's Junos: what kmd and its successor iked write to syslog
//! (`… srx kmd[14162]: KMD_VPN_DOWN_ALARM_USER: VPN …`, `… kmd[379]: IKE
//! negotiation failed with error: …`), also in the structured form of RFC 5424
//! (`… KMD_VPN_DOWN_ALARM_USER [junos@2636… vpn-name="…"]`), and the lines of
//! their trace files that name both ends or a failure.

use super::ends::{Named, end};
use super::reading::Told;
use super::reasons::{NO_PROPOSAL, reason};
use super::stamp::{self, Clock};
use super::{Reading, gather};
use crate::evidence::{ChildSpis, LogEvent, Logged, Route};
use crate::time::Instant;
use crate::wire::tree::escaped;
use alloc::borrow::ToOwned;
use alloc::vec::Vec;

/// Reads a log of a gateway. `input` is its index among the inputs.
///
/// ```
/// use ipsec_core::evidence::{Fact, LogEvent};
/// use ipsec_core::log::junos;
/// let log = b"Nov 21 12:00:01 srx kmd[379]: KMD_DPD_PEER_DOWN: DPD detected peer 198.51.100.20 is dead\n";
/// let read = junos::read(0, log);
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
    let mut named = Named::default();
    move |text| {
        let Some(line) = Line::of(text, &mut clock) else {
            return Told::Foreign;
        };
        let name = VPN_NAMES.iter().find_map(|key| field(line.message, key));
        let connection = name.map(|name| escaped(name.as_bytes()));
        let peers = route(line.message).and_then(|route| named.told(connection.as_ref(), route));
        let event = event(line.message).map(|event| {
            let logged = Logged::new(connection, event);
            match child(line.message) {
                Some(child) => logged.of_child(child),
                None => logged,
            }
        });
        let facts: Vec<Logged> = peers.into_iter().chain(event).collect();
        if !facts.is_empty() {
            Told::Facts(line.at, facts)
        } else if line.is_trace || QUIET.iter().any(|words| line.message.contains(words)) {
            Told::Quiet
        } else {
            Told::Unknown
        }
    }
}

/// Whether nobody but Junos writes such a line.
pub(super) fn is_line(text: &str) -> bool {
    let Some((_, is_kmd, message)) = split(text) else {
        return false;
    };
    is_kmd
        || TAGS.iter().any(|tag| message.starts_with(tag))
        || message.starts_with("IKE negotiation")
}

/// A line, taken apart.
struct Line<'a> {
    at: Option<Instant>,
    /// Of a trace file, which tells much that is of use to programmers only.
    is_trace: bool,
    message: &'a str,
}

impl<'a> Line<'a> {
    fn of(text: &'a str, clock: &mut Clock) -> Option<Self> {
        let (head, _, message) = split(text)?;
        let is_trace = text.starts_with('[');
        // RFC 5424 writes a priority and a version before the time.
        let head = head.split_once('>').map_or(head, |(_, rest)| rest);
        let head = head
            .strip_prefix("1 ")
            .unwrap_or(head)
            .trim_start_matches('[');
        Some(Self {
            at: stamp::stamp(head).map(|(stamp, _)| clock.at(stamp)),
            is_trace,
            message,
        })
    }
}

/// What stands before the program's name and behind it, and whether the name is
/// that of kmd.
fn split(text: &str) -> Option<(&str, bool, &str)> {
    for (program, is_kmd) in [(" kmd", true), (" iked", false)] {
        if let Some((head, rest)) = text.split_once(program) {
            let pid = rest.strip_prefix('[').and_then(|rest| rest.split_once(']'));
            if let Some(message) = pid.map_or(rest, |(_, rest)| rest).strip_prefix(": ") {
                return Some((head, is_kmd, message.trim()));
            }
            // `kmd 14162 KMD_…`, `kmd - KMD_…`
            let number = rest.strip_prefix(' ').and_then(|rest| rest.split_once(' '));
            if let Some((_, message)) = number.filter(|(_, message)| is_tagged(message)) {
                return Some((head, is_kmd, message.trim()));
            }
        }
    }
    if is_tagged(text) || BARE.iter().any(|start| text.starts_with(start)) {
        return Some(("", true, text));
    }
    trace(text)
}

fn is_tagged(message: &str) -> bool {
    TAGS.iter().any(|tag| message.starts_with(tag))
}

/// `[Nov 21 12:00:01][192.0.2.1 <-> 198.51.100.1]  message`, `[Nov 21
/// 12:00:01]ike_…`.
fn trace(text: &str) -> Option<(&str, bool, &str)> {
    let (head, rest) = text.strip_prefix('[')?.split_once(']')?;
    stamp::stamp(head)?;
    let known = TRACES
        .iter()
        .any(|start| rest.trim_start().starts_with(start));
    let ends = || {
        rest.strip_prefix('[')?
            .split_once(']')?
            .0
            .split_once(" <-> ")
    };
    (known || ends().is_some()).then_some((head, true, rest.trim()))
}

/// The value of `key: value` or `key=value`, to the next comma or the end of the
/// sentence, or of `key="value"`.
fn field<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(key)?;
    let value = match rest.strip_prefix("=\"") {
        Some(quoted) => quoted.split('"').next()?,
        None => {
            let bare = key.ends_with('=').then_some(rest);
            let rest = bare.or_else(|| rest.strip_prefix(' '))?;
            rest.split([',', ' ', ']']).next()?.trim_end_matches('.')
        }
    };
    (!matches!(value, "" | "Not-Available" | "(null)")).then_some(value)
}

/// This end and the peer.
fn route(message: &str) -> Option<Route> {
    let ends = || {
        let (pair, _) = message.strip_prefix('[')?.split_once(']')?;
        pair.split_once(" <-> ")
    };
    if let Some((from, to)) = ends() {
        return Some(Route {
            from: end(from)?,
            to: end(to)?,
        });
    }
    let from = LOCAL.iter().find_map(|key| end(field(message, key)?))?;
    let to = REMOTE.iter().find_map(|key| end(field(message, key)?));
    let to = to.or_else(|| {
        let (_, rest) = message.split_once(" from ")?;
        end(rest.split(' ').next()?)
    })?;
    Some(Route { from, to })
}

/// Whether it is of phase 2, or of phase 1.
fn child(message: &str) -> Option<bool> {
    let any = |words: &[&str]| words.iter().any(|words| message.contains(words));
    if any(&[
        "Phase-2",
        "KMD_PM_SA_ESTABLISHED",
        "TS_MISMATCH",
        "PV_PHASE2",
    ]) {
        Some(true)
    } else {
        any(&["Phase-1", "PV_PHASE1"]).then_some(false)
    }
}

fn event(message: &str) -> Option<LogEvent> {
    let has = |words: &str| message.contains(words);
    if has("KMD_PM_SA_ESTABLISHED") {
        Some(LogEvent::ChildEstablished(established(message)))
    } else if has("_VPN_UP_ALARM_USER") || has("Phase-2 [") && has("] done") {
        Some(LogEvent::ChildEstablished(ChildSpis::default()))
    } else if has("IKE negotiation successfully completed") || has("Phase-1 [") && has("] done") {
        Some(LogEvent::IkeEstablished)
    } else if has("_DPD_PEER_DOWN") {
        Some(LogEvent::PeerDead)
    } else if has("_VPN_DOWN_ALARM_USER") {
        Some(down(message))
    } else if let Some((_, rest)) = message.split_once("Peer Proposed traffic-selector ") {
        Some(LogEvent::NoSelectors(Some(escaped(rest.as_bytes()))))
    } else if let Some((_, rest)) = message.split_once("Failed to match the peer proxy IDs [") {
        let proposed = rest.split("], ").next().unwrap_or_default();
        let proposed = proposed.trim_end_matches(']');
        Some(LogEvent::NoSelectors(Some(escaped(proposed.as_bytes()))))
    } else if let Some((_, rest)) = message.split_once("IKE negotiation failed with error: ") {
        Some(failed(rest))
    } else if FAILURES.iter().any(|words| has(words)) {
        reason(message).or(Some(LogEvent::Failed))
    } else {
        None
    }
}

/// `No proposal chosen. IKE Version: 1, VPN: … Role: Initiator`
fn failed(rest: &str) -> LogEvent {
    let error = rest.split(". ").next().unwrap_or(rest);
    let by_peer = rest.contains("Role: Initiator");
    // What refuses an initiator is a notification.
    let notified = match error.trim_end_matches('.') {
        "No proposal chosen" => Some("NO_PROPOSAL_CHOSEN"),
        "Authentication failed" => Some("AUTHENTICATION_FAILED"),
        "TS unacceptable" => Some("TS_UNACCEPTABLE"),
        "Invalid KE payload" => Some("INVALID_KE_PAYLOAD"),
        _ => None,
    };
    match notified.filter(|_| by_peer) {
        Some(name) => LogEvent::Notified {
            name: name.to_owned(),
            is_error: true,
        },
        None if error.starts_with("No proposal chosen") => NO_PROPOSAL,
        None => reason(error).unwrap_or(LogEvent::Failed),
    }
}

/// `… Reason: IPSec SA delete payload received from peer, …`
fn down(message: &str) -> LogEvent {
    let quoted = || message.split_once("reason=\"")?.1.split('"').next();
    let why = message.split_once("Reason: ").map(|(_, rest)| rest);
    let why = why.or_else(quoted).unwrap_or_default();
    let by_peer = why.contains("delete payload received");
    reason(why).unwrap_or(LogEvent::Deleted { by_peer })
}

/// `… Direction: inbound, SPI: 0x190695fe, …`
fn established(message: &str) -> ChildSpis {
    let spi = field(message, " SPI:").and_then(|spi| {
        let digits = spi.strip_prefix("0x")?;
        u32::from_str_radix(digits, 16).ok()
    });
    match field(message, "Direction:") {
        Some("inbound") => ChildSpis {
            inbound: spi,
            outbound: None,
        },
        Some("outbound") => ChildSpis {
            inbound: None,
            outbound: spi,
        },
        _ => ChildSpis::default(),
    }
}

/// Tags of messages; iked names some of kmd's anew.
const TAGS: [&str; 3] = ["KMD_", "IKE_VPN_", "IKED_"];

/// What messages begin with that nobody else writes.
const BARE: [&str; 2] = [
    "IKE negotiation failed with error: ",
    "IKE Phase-2: Failed to match the peer proxy IDs",
];

/// What the messages of trace files begin with.
const TRACES: [&str; 7] = [
    "ike_",
    "ikev2_",
    "iked_",
    "kmd_",
    "ssh_ike",
    "IKE negotiation ",
    "IKEv1 ",
];

/// Where a VPN's name stands.
const VPN_NAMES: [&str; 4] = ["vpn name:", "VPN:", "vpn-name", " VPN"];

/// Where the address of this end stands.
const LOCAL: [&str; 6] = [
    "Local gateway:",
    "Local-ip:",
    "Local:",
    "local ip:",
    "src_ip=",
    "local-address",
];

/// Where that of the peer stands.
const REMOTE: [&str; 6] = [
    "Remote gateway:",
    "Remote-ip:",
    "Remote:",
    "remote peer ip:",
    "dst_ip=",
    "remote-address",
];

/// Words of messages about failures.
const FAILURES: [&str; 7] = [
    "IKE Phase-1 Failure",
    "IKE Phase-2 Failure",
    "Policy lookup failed",
    "Negotiations failed",
    "Negotiation failed",
    "IKE negotiation fail for",
    "TS_MISMATCH",
];

/// Words of messages that tell nothing of a negotiation.
const QUIET: [&str; 5] = [
    "Config download",
    "KMD_CFG_",
    "KMD_SNMP_",
    "KMD_INTERNAL_",
    "license",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::AuthenticationFault as Fault;
    use alloc::format;
    use alloc::string::String;
    use proptest::prelude::*;

    fn events(log: &str) -> Vec<LogEvent> {
        read(0, log.as_bytes()).events()
    }

    fn text(value: &str) -> Option<String> {
        Some(value.to_owned())
    }

    /// Our own lines in the forms of Junos 12 to 22.
    #[test]
    fn what_messages_tell() {
        use LogEvent as E;
        let auth = E::AuthenticationFailed;
        let note = |name: &str| E::Notified {
            name: name.to_owned(),
            is_error: true,
        };
        let route = |from: &str, to: &str| {
            let [from, to] = [from, to].map(|text| end(text).unwrap());
            E::Peers(Route { from, to })
        };
        let pair = || route("192.0.2.10", "198.51.100.20");
        let ports = || route("192.0.2.10:500", "198.51.100.20:500");
        let spis = |inbound, outbound| E::ChildEstablished(ChildSpis { inbound, outbound });
        let ends = "VPN: to-b Gateway: gw-b, Local: 192.0.2.10/500, Remote: 198.51.100.20/500, Local IKE-ID: 192.0.2.10, Remote IKE-ID: Not-Available, VR-ID: 0";
        let down = "KMD_VPN_DOWN_ALARM_USER: VPN to-b from 198.51.100.20 is down. Local-ip: 192.0.2.10, gateway name: gw-b, vpn name: to-b, tunnel-id: 131073, Reason:";
        let cases = [
            ("KMD_PM_SA_ESTABLISHED: Local gateway: 192.0.2.10, Remote gateway: 198.51.100.20, Local ID: ipv4_subnet(any:0,[0..7]=0.0.0.0/0), Direction: inbound, SPI: 0x190695fe, AUX-SPI: 0, Mode: Tunnel, Type: dynamic, Traffic-selector:  FC Name:".to_owned(), None, Some(pair()), spis(Some(0x1906_95fe), None)),
            ("KMD_PM_SA_ESTABLISHED: Local gateway: 192.0.2.10, Remote gateway: 198.51.100.20, Direction: outbound, SPI: 0x60555011, AUX-SPI: 0".to_owned(), None, Some(pair()), spis(None, Some(0x6055_5011))),
            ("KMD_VPN_UP_ALARM_USER: VPN to-b from 198.51.100.20 is up. Local-ip: 192.0.2.10, gateway name: gw-b, vpn name: to-b, tunnel-id: 131073".to_owned(), text("to-b"), Some(pair()), spis(None, None)),
            (format!("{down} Tunnel configuration is deleted. Corresponding IKE/IPSec SAs are deleted"), text("to-b"), Some(pair()), E::Deleted { by_peer: false }),
            (format!("{down} IPSec SA delete payload received from peer, corresponding IPSec SAs cleared"), text("to-b"), Some(pair()), E::Deleted { by_peer: true }),
            (format!("{down} DPD failover"), text("to-b"), Some(pair()), E::PeerDead),
            (format!("IKE negotiation failed with error: No proposal chosen. IKE Version: 1, {ends}: Role: Responder"), text("to-b"), Some(ports()), NO_PROPOSAL),
            (format!("IKE negotiation failed with error: No proposal chosen. IKE Version: 2, {ends}: Role: Initiator"), text("to-b"), Some(ports()), note("NO_PROPOSAL_CHOSEN")),
            (format!("IKE negotiation failed with error: Authentication failed. IKE Version: 2, {ends}: Role: Responder"), text("to-b"), Some(ports()), auth(Fault::Untold)),
            (format!("IKE negotiation failed with error: Timed out. IKE Version: 1, {ends}: Role: Initiator"), text("to-b"), Some(ports()), E::GaveUp),
            (format!("IKE negotiation failed with error: IKE gateway configuration lookup failed during negotiation. IKE Version: 1, {ends}"), text("to-b"), Some(ports()), auth(Fault::NoConfiguration)),
            (format!("IKE negotiation failed with error: Peer's IKE-ID validation failed during negotiation. IKE Version: 1, {ends}"), text("to-b"), Some(ports()), auth(Fault::IdentityMismatch)),
            (format!("IKE negotiation failed with error: Invalid syntax. IKE Version: 1, {ends}"), text("to-b"), Some(ports()), E::Failed),
            ("KMD_VPN_TS_MISMATCH: Traffic-selector mismatch, vpn name: to-b, Peer Proposed traffic-selector local-ip: ipv4(10.1.0.0-10.1.0.255), Peer Proposed traffic-selector remote-ip: ipv4(10.2.0.0-10.2.0.255)".to_owned(), text("to-b"), None, E::NoSelectors(text("local-ip: ipv4(10.1.0.0-10.1.0.255), Peer Proposed traffic-selector remote-ip: ipv4(10.2.0.0-10.2.0.255)"))),
            ("IKE Phase-2: Failed to match the peer proxy IDs [p2_remote_proxy_id=ipv4_subnet(any:0,[0..7]=10.2.0.0/24), p2_local_proxy_id=ipv4_subnet(any:0)], local ip: 192.0.2.10, remote peer ip: 198.51.100.20".to_owned(), None, Some(pair()), E::NoSelectors(text("p2_remote_proxy_id=ipv4_subnet(any:0,[0..7]=10.2.0.0/24), p2_local_proxy_id=ipv4_subnet(any:0)"))),
            ("KMD_DPD_PEER_DOWN: DPD detected peer 198.51.100.20 is dead".to_owned(), None, None, E::PeerDead),
            ("KMD_VPN_PV_PHASE1: IKE Phase-1 Failure: No proposal chosen [spi=(null), src_ip=192.0.2.10, dst_ip=198.51.100.20]".to_owned(), None, Some(pair()), NO_PROPOSAL),
            ("KMD_VPN_PV_PHASE2: IKE Phase-2 Failure: Quick mode - something [spi=1]".to_owned(), None, None, E::Failed),
            ("IKE Phase-1: (Responder) Policy lookup failed [local_ip=192.0.2.10]".to_owned(), None, None, auth(Fault::NoConfiguration)),
            ("Phase-1 [responder] done for local=ipv4(udp:500,[0..3]=192.0.2.10) remote=ipv4(any:0,[0..3]=198.51.100.20)".to_owned(), None, None, E::IkeEstablished),
        ];
        for (message, name, peers, event) in cases {
            let expected: Vec<_> = peers.into_iter().chain([event]).collect();
            if is_line(&message) {
                assert_eq!(events(&message), expected, "{message}");
            }
            for head in [
                "Nov 21 12:00:01  srx kmd[14162]: ",
                "Nov 21 12:00:01 (FPC Slot 5, PIC Slot 0) SPC5_PIC0 kmd[379]: ",
            ] {
                let line = format!("{head}{message}");
                assert!(is_line(&line), "{line}");
                let read = read(0, line.as_bytes());
                assert!(read.evidence[0].at.is_some(), "{line}");
                let facts = read.facts();
                assert_eq!(facts[0].connection, name, "{line}");
                let told: Vec<_> = facts.into_iter().map(|fact| fact.event).collect();
                assert_eq!(told, expected, "{line}");
            }
        }
    }

    #[test]
    fn messages_without_a_head() {
        for line in [
            "IKE negotiation failed with error: Timed out.",
            "IKE Phase-2: Failed to match the peer proxy IDs [x], local ip: 192.0.2.10",
            "KMD_DPD_PEER_DOWN: DPD detected peer 198.51.100.20 is dead",
        ] {
            assert!(is_line(line), "{line}");
            assert_eq!(events(line).len(), 1, "{line}");
        }
    }

    #[test]
    fn structured_and_traced_lines() {
        let structured = "<29>1 2026-11-21T12:00:01.500Z srx kmd 14162 KMD_VPN_DOWN_ALARM_USER [junos@2636.1.1.1.2.26 vpn-name=\"to-b\" remote-address=\"198.51.100.20\" local-address=\"192.0.2.10\" reason=\"DPD failover\"]";
        assert!(is_line(structured));
        let read_one = read(0, structured.as_bytes());
        assert_eq!(
            read_one.evidence[0].at,
            Some(Instant::from_seconds(1_795_262_401, 500_000))
        );
        let facts = read_one.facts();
        assert_eq!(facts[1].connection, text("to-b"));
        assert_eq!(facts[1].event, LogEvent::PeerDead);
        let trace = "\
[Nov 21 12:00:01][192.0.2.10 <-> 198.51.100.20]  ikev2_packet_allocate: Allocated packet 1
[Nov 21 12:00:01]IKE negotiation fail for local:192.0.2.10, remote:198.51.100.20 IKEv1 with status: No proposal chosen
[Nov 21 12:00:02]ike_free_sa: Start
";
        assert!(trace.lines().all(is_line));
        let read = read(0, trace.as_bytes());
        assert_eq!((read.quiet, read.untold), (1, 0));
        let told = read.events();
        assert!(matches!(told[0], LogEvent::Peers(_)));
        assert_eq!(told[1..], [NO_PROPOSAL]);
    }

    #[test]
    fn near_misses() {
        for other in [
            "",
            "hello",
            "Nov 21 12:00:01 gw kmdx[1]: hello",
            "Nov 21 12:00:01 gw iked[77]: ikev2_recv: IKE_SA_INIT request",
            "Nov 21 12:00:01 fb iked[77]: (192.0.2.1<->198.51.100.1) Drop negotiation",
            "[Nov 21 12:00:01] hello",
            "[x]ike_free_sa",
        ] {
            assert!(!is_line(other), "{other}");
        }
        let log = "Nov 21 12:00:01 srx kmd[1]: Config download time: 0 seconds\nNov 21 12:00:01 srx kmd[1]: nobody has heard this\nx\n";
        let read = read(0, log.as_bytes());
        assert_eq!((read.quiet, read.untold, read.foreign), (1, 1, 1));
    }

    #[test]
    fn what_could_mislead_is_escaped() {
        let log = "\
Nov 21 12:00:01 srx kmd[1]: KMD_VPN_TS_MISMATCH: vpn name: \u{202e}, Peer Proposed traffic-selector \u{202e}
Nov 21 12:00:01 srx kmd[1]: IKE Phase-2: Failed to match the peer proxy IDs [\u{202e}]
";
        let shown = format!("{:?}", read(0, log.as_bytes())).replace("\\\\", "");
        assert!(!shown.contains("\\u{202e}"), "{shown}");
        assert_eq!(events(log).len(), 2);
    }

    proptest! {
        #[test]
        fn no_log_panics(
            bytes in prop::collection::vec(any::<u8>(), 0..200),
            shaped in "(Nov 21 12:00:01 srx kmd\\[1\\]: |\\[Nov 21 12:00:01\\]\\[?)(KMD_PM_SA_ESTABLISHED: SPI: 0x|IKE negotiation failed with error: |Local: |vpn-name=\")?\\PC{0,30}",
        ) {
            for log in [&bytes[..], shaped.as_bytes()] {
                let read = read(0, log);
                prop_assert!(read.quiet + read.untold + read.foreign <= read.lines);
            }
        }
    }
}
