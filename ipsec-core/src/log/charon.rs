//! strongSwan's charon: `10:41:06 15[IKE] <tun|1> …`, with or without a syslog
//! head, from `charon`, `charon-systemd` and what appliances make of them.

use super::offers::Offers;
use super::stamp::{self, Clock};
use super::{Reading, Told, gather};
use crate::evidence::{AuthenticationFault, ChildSpis, Exchange, LogEvent, Logged, Route};
use crate::time::Instant;
use crate::wire::registry::{ike, isakmp};
use crate::wire::tree::escaped;
use core::net::{IpAddr, SocketAddr};

/// Reads a log of charon. `input` is its index among the inputs.
///
/// ```
/// use ipsec_core::evidence::{Fact, LogEvent};
/// use ipsec_core::log::charon;
/// let log = b"10:41:06 15[IKE] <tun|1> giving up after 5 retransmits\n";
/// let read = charon::read(0, log);
/// let Fact::Logged(said) = &read.evidence[0].fact else { panic!() };
/// assert_eq!(said.event, LogEvent::GaveUp);
/// assert_eq!(said.connection.as_deref(), Some("tun|1"));
/// ```
#[must_use]
pub fn read(input: usize, log: &[u8]) -> Reading {
    gather(input, log, teller())
}

/// What tells, line by line, what a log says.
pub(super) fn teller() -> impl FnMut(&str) -> Told + Send {
    let mut clock = Clock::default();
    let mut offers = Offers::default();
    move |text| {
        let Some(line) = Line::of(text, &mut clock) else {
            return Told::Foreign;
        };
        if remembered(&mut offers, &line) {
            return Told::Quiet;
        }
        let refused = is_refusal(line.message).then(|| offers.take(line.number()).refused());
        let Some(event) = refused.or_else(|| event(line.message)) else {
            return Told::Unknown;
        };
        let connection = line.connection.map(|name| escaped(name.as_bytes()));
        Told::Fact(line.at, Logged::new(connection, event))
    }
}

/// Whether a line is of charon's form.
pub(super) fn is_line(text: &str) -> bool {
    thread(text).is_some()
}

/// A line of charon's form, taken apart.
struct Line<'a> {
    at: Option<Instant>,
    /// What stands in angle brackets: name and number of the IKE SA.
    connection: Option<&'a str>,
    message: &'a str,
}

impl<'a> Line<'a> {
    fn of(text: &'a str, clock: &mut Clock) -> Option<Self> {
        let (head, tail) = thread(text)?;
        let at = stamp::stamp(head.trim_start()).map(|(stamp, _)| clock.at(stamp));
        let tail = tail.trim_start();
        let (connection, message) = tail
            .strip_prefix('<')
            .and_then(|inner| inner.split_once('>'))
            .map_or((None, tail), |(name, rest)| (Some(name), rest));
        Some(Self {
            at,
            connection,
            message: message.trim(),
        })
    }

    /// The number of the IKE SA, the part of its name that never changes.
    fn number(&self) -> &'a str {
        let name = self.connection.unwrap_or_default();
        name.rsplit_once('|').map_or(name, |(_, number)| number)
    }
}

/// Splits a line at `15[IKE]`, the number of the thread and the subsystem,
/// into what stands before and behind. Only the head of a line can hold it:
/// a date, a host, the program.
fn thread(text: &str) -> Option<(&str, &str)> {
    text.match_indices(']').take(BRACKETS).find_map(|(end, _)| {
        let (before, tail) = text.split_at_checked(end)?;
        let (head, group) = before.rsplit_once('[')?;
        let rest = head.trim_end_matches(|c: char| c.is_ascii_digit());
        let apart = rest.is_empty() || rest.ends_with([' ', ':']);
        let numbered = rest.len() < head.len() && apart;
        (is_group(group) && numbered).then_some((rest, tail.strip_prefix(']')?))
    })
}

fn is_group(name: &str) -> bool {
    GROUPS.contains(&name)
}

/// Takes note of what a line tells of a negotiation, for its refusal.
fn remembered(offers: &mut Offers, line: &Line<'_>) -> bool {
    if line.message == "selecting proposal:" {
        offers.take(line.number());
        return true;
    }
    let Some((slot, value)) = told(line.message) else {
        return false;
    };
    let offer = offers.entry(line.number());
    let place = match slot {
        Slot::Differs => &mut offer.differs,
        Slot::Received => &mut offer.received,
        Slot::Configured => &mut offer.configured,
    };
    *place = Some(escaped(value.as_bytes()));
    true
}

enum Slot {
    Differs,
    Received,
    Configured,
}

fn told(message: &str) -> Option<(Slot, &str)> {
    if let Some(value) = message.strip_prefix("received proposals: ") {
        Some((Slot::Received, value))
    } else if let Some(value) = message.strip_prefix("configured proposals: ") {
        Some((Slot::Configured, value))
    } else {
        let kind = message
            .strip_prefix("no acceptable ")?
            .strip_suffix(" found")?;
        (kind != "proposal").then_some((Slot::Differs, kind))
    }
}

fn is_refusal(message: &str) -> bool {
    matches!(
        message,
        "no acceptable proposal found" | "no proposal found" | "received proposals unacceptable"
    ) || message.starts_with("no matching proposal found")
}

/// What a message by itself tells.
fn event(message: &str) -> Option<LogEvent> {
    datagram(message)
        .or_else(|| exchange(message))
        .or_else(|| notification(message))
        .or_else(|| course(message))
        .or_else(|| authentication(message).map(LogEvent::AuthenticationFailed))
}

/// `sending packet: from 192.0.2.10[500] to 198.51.100.20[500] (464 bytes)`
fn datagram(message: &str) -> Option<LogEvent> {
    let (sent, rest) = if let Some(rest) = message.strip_prefix("sending packet: from ") {
        (true, rest)
    } else {
        (false, message.strip_prefix("received packet: from ")?)
    };
    let (from, rest) = rest.split_once(" to ")?;
    let (to, rest) = rest.split_once(" (")?;
    let len = rest.strip_suffix(" bytes)")?.parse().ok()?;
    let route = Route {
        from: endpoint(from)?,
        to: endpoint(to)?,
    };
    Some(LogEvent::Datagram { sent, route, len })
}

/// `192.0.2.10[500]`
fn endpoint(text: &str) -> Option<SocketAddr> {
    let (address, port) = text.strip_suffix(']')?.split_once('[')?;
    let address: IpAddr = address.parse().ok()?;
    Some(SocketAddr::new(address, port.parse().ok()?))
}

/// `generating IKE_AUTH request 1 [ IDi AUTH SA TSi TSr N(MOBIKE_SUP) ]`
fn exchange(message: &str) -> Option<LogEvent> {
    let (sent, rest) = if let Some(rest) = message.strip_prefix("generating ") {
        (true, rest)
    } else {
        (false, message.strip_prefix("parsed ")?)
    };
    let (head, payloads) = rest.split_once(" [")?;
    let mut words = head.split(' ');
    let exchange = exchange_type(words.next()?)?;
    let response = match words.next()? {
        "request" => false,
        "response" => true,
        _ => return None,
    };
    Some(LogEvent::Message {
        sent,
        exchange,
        response,
        message_id: Some(words.next()?.parse().ok()?),
        payloads: payloads
            .strip_suffix(']')?
            .split_whitespace()
            .map(|name| escaped(name.as_bytes()))
            .collect(),
    })
}

fn exchange_type(name: &str) -> Option<Exchange> {
    use ike::ExchangeType as V2;
    use isakmp::ExchangeType as V1;
    Some(match name {
        "IKE_SA_INIT" => Exchange::V2(V2::IKE_SA_INIT),
        "IKE_INTERMEDIATE" => Exchange::V2(V2::IKE_INTERMEDIATE),
        "IKE_AUTH" => Exchange::V2(V2::IKE_AUTH),
        "CREATE_CHILD_SA" => Exchange::V2(V2::CREATE_CHILD_SA),
        "IKE_FOLLOWUP_KE" => Exchange::V2(V2::IKE_FOLLOWUP_KE),
        "INFORMATIONAL" => Exchange::V2(V2::INFORMATIONAL),
        "ID_PROT" => Exchange::V1(V1::IDENTITY_PROTECTION),
        "AGGRESSIVE" => Exchange::V1(V1::AGGRESSIVE),
        "QUICK_MODE" => Exchange::V1(V1::QUICK_MODE),
        "TRANSACTION" => Exchange::V1(V1::TRANSACTION),
        "INFORMATIONAL_V1" => Exchange::V1(V1::INFORMATIONAL),
        _ => return None,
    })
}

/// `received AUTHENTICATION_FAILED notify error`, `received X error notify`,
/// `received X notify`, `received TS_UNACCEPTABLE notify, no CHILD_SA built`
fn notification(message: &str) -> Option<LogEvent> {
    let (name, rest) = message.strip_prefix("received ")?.split_once(' ')?;
    let is_error = match rest {
        "notify error" | "error notify" | "notify, no CHILD_SA built" => true,
        "notify" => false,
        _ => return None,
    };
    let named = name
        .bytes()
        .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    let name = named.then(|| escaped(name.as_bytes()))?;
    Some(LogEvent::Notified { name, is_error })
}

/// Lines on how an exchange or an SA fares.
fn course(message: &str) -> Option<LogEvent> {
    if message.starts_with("IKE_SA ") && message.contains(" established between ") {
        return Some(LogEvent::IkeEstablished);
    }
    let child = message.strip_prefix("inbound ").unwrap_or(message);
    if child.starts_with("CHILD_SA ") && child.contains(" established with SPIs ") {
        return Some(LogEvent::ChildEstablished(spis(child)));
    }
    if let Some(proposed) = selectors(message) {
        return Some(LogEvent::NoSelectors(Some(escaped(proposed.as_bytes()))));
    }
    if message.starts_with("giving up after ") {
        return Some(LogEvent::GaveUp);
    }
    let again = message
        .strip_prefix("sending retransmit ")
        .or_else(|| message.strip_prefix("retransmit "))?;
    let count = again.split(' ').next()?.parse().ok()?;
    Some(LogEvent::Retransmitted(Some(count)))
}

/// `traffic selectors 10.9.0.0/24 === 10.1.0.0/24 unacceptable`,
/// `no matching CHILD_SA config found for 10.9.0.0/24 === 10.1.0.0/24`
fn selectors(message: &str) -> Option<&str> {
    let refused = message.strip_prefix("traffic selectors ");
    refused
        .and_then(|rest| rest.strip_suffix(" unacceptable"))
        .or_else(|| message.strip_prefix("no matching CHILD_SA config found for "))
}

/// `… established with SPIs c1a2b3c4_i 0d5e6f70_o and TS …`
fn spis(message: &str) -> ChildSpis {
    let words = || message.split(' ');
    let of = |end| words().find_map(|word| u32::from_str_radix(word.strip_suffix(end)?, 16).ok());
    ChildSpis {
        inbound: of("_i"),
        outbound: of("_o"),
    }
}

fn authentication(message: &str) -> Option<AuthenticationFault> {
    use AuthenticationFault as Fault;
    let starts = |text: &str| message.starts_with(text);
    if starts("tried ") && message.ends_with("but MAC mismatched")
        || message == "calculated HASH does not match HASH payload"
    {
        Some(Fault::KeyMismatch)
    } else if starts("no shared key found for ") {
        Some(Fault::NoKey)
    } else if message.ends_with("decryption failed?") || message == "could not decrypt payloads" {
        Some(Fault::Undecryptable)
    } else if starts("no trusted ") && message.contains(" public key found for ")
        || starts("no issuer certificate found for ")
    {
        Some(Fault::Untrusted)
    } else if message == "no peer config found" || message == "no matching peer config found" {
        Some(Fault::NoConfiguration)
    } else if starts("IDir '") && message.contains("' does not match to '") {
        Some(Fault::IdentityMismatch)
    } else if starts("XAuth authentication of ") && message.ends_with(" failed")
        || starts("EAP_") && message.ends_with(" method failed")
    {
        Some(Fault::User)
    } else {
        None
    }
}

/// The subsystems that write.
const GROUPS: [&str; 19] = [
    "DMN", "MGR", "IKE", "CHD", "JOB", "CFG", "KNL", "NET", "ASN", "ENC", "TNC", "IMC", "IMV",
    "PTS", "TLS", "APP", "ESP", "LIB", "AUD",
];

/// Closing brackets before the group that are passed over (`charon[123]:`).
const BRACKETS: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Source;
    use crate::time::Instant;
    use alloc::borrow::ToOwned;
    use alloc::format;
    use alloc::string::String;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    fn events(log: &str) -> Vec<LogEvent> {
        read(0, log.as_bytes()).events()
    }

    fn text(value: &str) -> Option<String> {
        Some(value.to_owned())
    }

    /// Responder of our capture f-v2-no-esp-proposal, strongSwan 6.0.6.
    #[test]
    fn a_refused_child() {
        let log = "\
10:45:12 13[CFG] <tun|1> selecting proposal:
10:45:12 13[CFG] <tun|1>   no acceptable ENCRYPTION_ALGORITHM found
10:45:12 13[CFG] <tun|1> received proposals: ESP:3DES_CBC/HMAC_MD5_96/NO_EXT_SEQ
10:45:12 14[CFG] <other|2> received proposals: ESP:NULL/NO_EXT_SEQ
10:45:12 13[CFG] <tun|1> configured proposals: ESP:AES_CBC_256/HMAC_SHA2_256_128/NO_EXT_SEQ
10:45:12 13[IKE] <tun|1> no acceptable proposal found
10:45:12 13[IKE] <tun|1> failed to establish CHILD_SA, keeping IKE_SA
10:45:12 13[ENC] <tun|1> generating IKE_AUTH response 1 [ IDr AUTH N(MOBIKE_SUP) N(NO_PROP) ]
10:45:12 13[NET] <tun|1> sending packet: from 198.51.100.20[4500] to 192.0.2.10[4500] (160 bytes)
";
        let read = read(3, log.as_bytes());
        assert_eq!((read.lines, read.quiet, read.untold), (9, 5, 1));
        assert_eq!(read.evidence[0].source, Source::Line { input: 3, line: 6 });
        assert_eq!(read.evidence[0].at, Some(Instant::from_seconds(38_712, 0)));
        let events = events(log);
        let [
            LogEvent::NoProposal {
                differs,
                received,
                configured,
            },
            message,
            datagram,
        ] = &events[..]
        else {
            panic!("{events:?}");
        };
        assert_eq!(*differs, text("ENCRYPTION_ALGORITHM"));
        assert_eq!(*received, text("ESP:3DES_CBC/HMAC_MD5_96/NO_EXT_SEQ"));
        assert_eq!(
            *configured,
            text("ESP:AES_CBC_256/HMAC_SHA2_256_128/NO_EXT_SEQ")
        );
        let LogEvent::Message {
            sent: true,
            response: true,
            message_id: Some(1),
            payloads,
            ..
        } = message
        else {
            panic!("{message:?}");
        };
        assert_eq!(payloads.join(" "), "IDr AUTH N(MOBIKE_SUP) N(NO_PROP)");
        let LogEvent::Datagram {
            sent: true,
            route,
            len: 160,
        } = datagram
        else {
            panic!("{datagram:?}");
        };
        assert_eq!(format!("{}", route.to), "192.0.2.10:4500");
    }

    #[test]
    fn heads_of_syslog() {
        for head in [
            "",
            "10:45:12 ",
            "Nov 21 10:45:12 gw charon: ",
            "Nov  1 10:45:12 gw charon[1234]: ",
            "Nov  1 10:45:12 gw ipsec[1234]: ",
            "2026-11-21T10:45:12.123456+01:00 gw charon-systemd[77]: ",
            "Nov 21 10:45:12 ",
            "Fri, 2026-11-21 ",
        ] {
            let log = format!("{head}09[IKE] <con1-000|4> no shared key found for 'A' - 'B'\r\n");
            let fault = LogEvent::AuthenticationFailed(AuthenticationFault::NoKey);
            assert_eq!(events(&log), [fault], "{head}");
        }
        for other in [
            "[IKE] x",
            "x9[IKE] y",
            "9[XYZ] y",
            "a]b]c]d]e]09[IKE] x",
            "09[IKE",
        ] {
            assert_eq!(read(0, other.as_bytes()).foreign, 1, "{other}");
        }
    }

    #[test]
    fn what_lines_tell() {
        use AuthenticationFault as A;
        use LogEvent as E;
        let note = |name: &str, is_error| E::Notified {
            name: name.to_owned(),
            is_error,
        };
        let cases = [
            (
                "received AUTHENTICATION_FAILED notify error",
                note("AUTHENTICATION_FAILED", true),
            ),
            (
                "received NO_PROPOSAL_CHOSEN error notify",
                note("NO_PROPOSAL_CHOSEN", true),
            ),
            (
                "received TS_UNACCEPTABLE notify, no CHILD_SA built",
                note("TS_UNACCEPTABLE", true),
            ),
            (
                "received FRAGMENTATION_SUPPORTED notify",
                note("FRAGMENTATION_SUPPORTED", false),
            ),
            (
                "IKE_SA tun[1] established between 192.0.2.10[a]...198.51.100.20[b]",
                E::IkeEstablished,
            ),
            (
                "CHILD_SA net{1} established with SPIs 01_i 02_o and TS 10.1.0.0/24 === 10.2.0.0/24",
                E::ChildEstablished(ChildSpis {
                    inbound: Some(1),
                    outbound: Some(2),
                }),
            ),
            (
                "inbound CHILD_SA net{1} established with SPIs 01_i 02_o and TS a === b",
                E::ChildEstablished(ChildSpis {
                    inbound: Some(1),
                    outbound: Some(2),
                }),
            ),
            (
                "traffic selectors 10.9.0.0/24 === 10.1.0.0/24 unacceptable",
                E::NoSelectors(text("10.9.0.0/24 === 10.1.0.0/24")),
            ),
            (
                "no matching CHILD_SA config found for 10.9.0.0/24 === 10.1.0.0/24",
                E::NoSelectors(text("10.9.0.0/24 === 10.1.0.0/24")),
            ),
            (
                "retransmit 2 of request with message ID 0",
                E::Retransmitted(Some(2)),
            ),
            (
                "sending retransmit 1 of request message ID 0, seq 3",
                E::Retransmitted(Some(1)),
            ),
            ("giving up after 3 retransmits", E::GaveUp),
            (
                "tried 1 shared key for 'b' - 'a', but MAC mismatched",
                E::AuthenticationFailed(A::KeyMismatch),
            ),
            (
                "invalid HASH_V1 payload length, decryption failed?",
                E::AuthenticationFailed(A::Undecryptable),
            ),
            (
                "no trusted RSA public key found for 'b.example'",
                E::AuthenticationFailed(A::Untrusted),
            ),
            (
                "no matching peer config found",
                E::AuthenticationFailed(A::NoConfiguration),
            ),
            (
                "IDir '192.0.2.10' does not match to '203.0.113.245'",
                E::AuthenticationFailed(A::IdentityMismatch),
            ),
            (
                "XAuth authentication of 'alice' failed",
                E::AuthenticationFailed(A::User),
            ),
            (
                "EAP_MSCHAPV2 method failed",
                E::AuthenticationFailed(A::User),
            ),
        ];
        for (message, event) in cases {
            assert_eq!(
                events(&format!("10:00:00 07[IKE] <t|1> {message}")),
                [event],
                "{message}"
            );
        }
        for silent in [
            "IKE_SA tun[1] state change: CONNECTING => ESTABLISHED",
            "received DELETE for IKE_SA tun[1]",
            "received draft-ietf-ipsec-nat-t-ike-02 vendor ID",
            "received XAuth vendor ID",
            "sending packet: from 192.0.2.10 to x (1 bytes)",
            "parsed NOTHING request 0 [ ]",
            "generating IKE_AUTH request 1 [ SA",
            "no acceptable traffic",
        ] {
            assert_eq!(events(&format!("07[IKE] {silent}")), [], "{silent}");
        }
    }

    #[test]
    fn texts_of_the_peer_are_escaped() {
        let log = "07[CFG] <\u{202e}evil|1> received proposals: \u{1b}[31mESP\n07[IKE] <\u{202e}evil|1> no proposal found\n";
        let read = read(0, log.as_bytes());
        let shown = format!("{:?}", read.evidence);
        assert!(
            !shown.contains('\u{1b}') && !shown.contains('\u{202e}'),
            "{shown}"
        );
        assert_eq!(read.evidence.len(), 1);
    }

    proptest! {
        #[test]
        fn no_log_panics(
            bytes in prop::collection::vec(any::<u8>(), 0..200),
            shaped in "((Nov 21 )?10:00:00 |x)[0-9]?\\[(IKE|NET|ENC)\\] (<a\\|1> )?(sending packet: from |parsed IKE_AUTH request |no acceptable |received )\\PC{0,30}",
        ) {
            for log in [&bytes[..], shaped.as_bytes()] {
                let read = read(0, log);
                let told = u64::try_from(read.evidence.len()).unwrap();
                prop_assert_eq!(told + read.quiet + read.untold + read.foreign, read.lines);
            }
        }
    }
}
