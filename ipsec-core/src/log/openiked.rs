//! OpenIKED: `spi=0x8a09978adca3cd73: recv IKE_SA_INIT req 0 peer …`, with the
//! head of syslog or none, and the debug lines of `iked -dvv` between.

use super::stamp::{self, Clock};
use super::{Reading, Told, gather, is_error_name};
use crate::evidence::{AuthenticationFault, ChildSpis, Exchange, LogEvent, Logged, Route};
use crate::sorted::Set;
use crate::time::Instant;
use crate::wire::registry::ike::ExchangeType;
use crate::wire::tree::escaped;
use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::net::SocketAddr;

/// Reads a log of iked. `input` is its index among the inputs.
///
/// ```
/// use ipsec_core::evidence::{Fact, LogEvent};
/// use ipsec_core::log::openiked;
/// let log = b"spi=0x680f2bbb78be75ab: sa_state: VALID -> ESTABLISHED from 192.0.2.10:500 to 198.51.100.20:500 policy 'tun'\n";
/// let read = openiked::read(0, log);
/// let Fact::Logged(said) = &read.evidence[0].fact else { panic!() };
/// assert_eq!(said.event, LogEvent::IkeEstablished);
/// assert_eq!(said.connection.as_deref(), Some("0x680f2bbb78be75ab"));
/// ```
#[must_use]
pub fn read(input: usize, log: &[u8]) -> Reading {
    gather(input, log, teller())
}

/// What tells, line by line, what a log says.
pub(super) fn teller() -> impl FnMut(&str) -> Told + Send {
    let mut clock = Clock::default();
    let mut parsed = Parsed::default();
    move |text| {
        let Some(line) = Line::of(text, &mut clock) else {
            return Told::Foreign;
        };
        let events = line.events(&mut parsed);
        if !events.is_empty() {
            let name = line.spi.map(|spi| escaped(spi.as_bytes()));
            let logged = |event| Logged::new(name.clone(), event);
            Told::Facts(line.at, events.into_iter().map(logged).collect())
        } else if is_quiet(line.message) {
            Told::Quiet
        } else {
            Told::Unknown
        }
    }
}

/// Whether nobody but iked writes such a line.
pub(super) fn is_line(text: &str) -> bool {
    let body = tagged(text).map_or(text, |(_, body)| body);
    let (spi, message) = spi(body);
    let words = ["recv ", "send ", "sa_state: ", "ikev2_", "retransmit "];
    spi.is_some() && words.iter().any(|word| message.starts_with(word))
        || ["ikev2_recv: ", "ikev2_pld_parse: ", "ikev2_msg_send: "]
            .iter()
            .any(|word| body.starts_with(word))
}

/// A line of iked's, taken apart.
struct Line<'a> {
    at: Option<Instant>,
    spi: Option<&'a str>,
    message: &'a str,
}

impl<'a> Line<'a> {
    fn of(text: &'a str, clock: &mut Clock) -> Option<Self> {
        let (head, body) = tagged(text).unwrap_or(("", text));
        let at = stamp::stamp(head).map(|(stamp, _)| clock.at(stamp));
        let (spi, message) = spi(body);
        (!message.is_empty()).then_some(Self { at, spi, message })
    }

    fn events(&self, parsed: &mut Parsed) -> Vec<LogEvent> {
        if let Some((route, len, message)) = packet(self.message) {
            let LogEvent::Message { sent, .. } = message else {
                return Vec::new();
            };
            parsed.expected = !sent;
            return Vec::from([LogEvent::Datagram { sent, route, len }, message]);
        }
        event(self.message, parsed).into_iter().collect()
    }
}

/// Which message the lines on payloads are about: iked writes them for what it
/// has received, and for what it is about to send.
#[derive(Default)]
struct Parsed {
    /// A message was received whose payloads are not told yet.
    expected: bool,
    /// The payloads that are told are those of a received message.
    received: bool,
    /// SPIs that the kernel gave to this end.
    own: Set<u32>,
}

/// What stands before and behind `iked[123]: `.
fn tagged(text: &str) -> Option<(&str, &str)> {
    let (head, rest) = text.split_once(" iked[")?;
    let (pid, body) = rest.split_once("]: ")?;
    pid.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then_some((head, body))
}

/// Splits `spi=0x8a09978adca3cd73: ` off.
fn spi(body: &str) -> (Option<&str>, &str) {
    let split = || {
        let (spi, message) = body.strip_prefix("spi=")?.split_once(": ")?;
        spi.starts_with("0x").then_some((Some(spi), message))
    };
    split().unwrap_or((None, body))
}

/// `recv IKE_SA_INIT req 0 peer 192.0.2.10:500 local 198.51.100.20:500, 470
/// bytes, policy 'tun'`, or as before version 6.8 `ikev2_recv: IKE_SA_INIT
/// request from initiator 192.0.2.10:500 to 198.51.100.20:500 policy 'tun' id
/// 0, 470 bytes` and `ikev2_msg_send: IKE_AUTH response from … to … msgid 1,
/// 720 bytes`.
fn packet(message: &str) -> Option<(Route, usize, LogEvent)> {
    let (sent, rest) = FORMS
        .iter()
        .find_map(|(start, sent)| Some((*sent, message.strip_prefix(start)?)))?;
    let words: Vec<&str> = rest
        .split([' ', ','])
        .filter(|word| !word.is_empty())
        .take(WORDS_MAX)
        .collect();
    let behind = |key: &str| {
        let at = words.iter().position(|word| *word == key)?;
        words.get(at.checked_add(1)?).copied()
    };
    let address = |key: &str| behind(key)?.parse::<SocketAddr>().ok();
    let exchange = exchange_type(words.first()?)?;
    let kind = *words.get(1)?;
    let message_id = behind(kind).and_then(|id| id.parse().ok()).or_else(|| {
        let id = behind("id").or_else(|| behind("msgid"))?;
        id.parse().ok()
    });
    let new = || {
        let (peer, local) = (address("peer")?, address("local")?);
        let (from, to) = if sent { (local, peer) } else { (peer, local) };
        Some(Route { from, to })
    };
    let old = || {
        let from = ["from", "initiator", "responder"]
            .into_iter()
            .find_map(address)?;
        let to = address("to")?;
        Some(Route { from, to })
    };
    let bytes = words.iter().position(|word| *word == "bytes")?;
    let len = words.get(bytes.checked_sub(1)?)?.parse().ok()?;
    let event = LogEvent::Message {
        sent,
        exchange: Exchange::V2(exchange),
        response: kind.starts_with("res"),
        message_id,
        payloads: Vec::new(),
    };
    Some((new().or_else(old)?, len, event))
}

fn exchange_type(name: &str) -> Option<ExchangeType> {
    [
        ExchangeType::IKE_SA_INIT,
        ExchangeType::IKE_INTERMEDIATE,
        ExchangeType::IKE_AUTH,
        ExchangeType::CREATE_CHILD_SA,
        ExchangeType::INFORMATIONAL,
    ]
    .into_iter()
    .find(|exchange| exchange.name() == Some(name))
}

/// What a message by itself tells.
fn event(message: &str, parsed: &mut Parsed) -> Option<LogEvent> {
    use AuthenticationFault as Fault;
    let starts = |text: &str| message.starts_with(text);
    if starts("ikev2_pld_parse: ") {
        parsed.received = parsed.expected;
        parsed.expected = false;
        None
    } else if starts("ikev2_pld_notify: ") {
        notification(message, parsed)
    } else if starts("sa_state: ") && message.contains(" -> ESTABLISHED") {
        Some(LogEvent::IkeEstablished)
    } else if let Some(spi) = message.strip_prefix("pfkey_sa_getspi: spi 0x") {
        if parsed.own.len() >= OWN_MAX {
            parsed.own = Set::new();
        }
        parsed.own.extend(u32::from_str_radix(spi, 16));
        None
    } else if let Some(spis) = message.strip_prefix("ikev2_childsa_enable: loaded SPIs: ") {
        Some(LogEvent::ChildEstablished(child(spis, &parsed.own)))
    } else if let Some(flows) = message.strip_prefix("ikev2_childsa_enable: loaded flows: ") {
        agreed(flows)
    } else if starts("ikev2_msg_authverify: authentication failed") {
        Some(LogEvent::AuthenticationFailed(Fault::KeyMismatch))
    } else if message.contains("peer certificate is invalid") {
        Some(LogEvent::AuthenticationFailed(Fault::Untrusted))
    } else if starts("sa_free: authentication failed notification from peer") {
        let name = "AUTHENTICATION_FAILED".to_owned();
        Some(LogEvent::Notified {
            name,
            is_error: true,
        })
    } else if message.ends_with(": no proposal chosen") {
        Some(LogEvent::NoProposal {
            differs: None,
            received: None,
            configured: None,
        })
    } else if message.contains("retransmit limit reached") {
        Some(LogEvent::GaveUp)
    } else {
        let rest = message.strip_prefix("retransmit ")?;
        let count = rest.split(' ').next()?.parse().ok()?;
        Some(LogEvent::Retransmitted(Some(count)))
    }
}

/// `ESP-10.1.0.0/24=10.2.0.0/24(0)`, of several the first.
fn agreed(flows: &str) -> Option<LogEvent> {
    let (_, flow) = flows.split_once('-')?;
    let (local, rest) = flow.split_once('=')?;
    let (remote, _) = rest.split_once('(')?;
    Some(LogEvent::Selectors {
        local: escaped(local.as_bytes()),
        remote: escaped(remote.as_bytes()),
    })
}

/// `ikev2_pld_notify: protoid IKE spisize 0 type AUTHENTICATION_FAILED`
fn notification(message: &str, parsed: &Parsed) -> Option<LogEvent> {
    let (_, name) = message.split_once(" type ")?;
    if !is_error_name(name) {
        return None;
    }
    let name: String = name.to_owned();
    Some(if parsed.received {
        LogEvent::Notified {
            name,
            is_error: true,
        }
    } else {
        LogEvent::NotifySent(name)
    })
}

/// `0x0c327b8c, 0x7e37f467 (enc aes-128 auth hmac-sha1)`: the responder's SPI
/// and the initiator's, so which is whose is known from an earlier line only.
fn child(text: &str, own: &Set<u32>) -> ChildSpis {
    let list = text.split_once(" (").map_or(text, |(list, _)| list);
    let read = |spi: &str| u32::from_str_radix(spi.strip_prefix("0x")?, 16).ok();
    let pair = list
        .split_once(", ")
        .and_then(|(one, other)| Some((read(one)?, read(other)?)));
    match pair {
        Some((inbound, outbound)) if own.contains(&inbound) => ChildSpis {
            inbound: Some(inbound),
            outbound: Some(outbound),
        },
        Some((outbound, inbound)) if own.contains(&inbound) => ChildSpis {
            inbound: Some(inbound),
            outbound: Some(outbound),
        },
        _ => ChildSpis::default(),
    }
}

/// Messages that tell nothing, or nothing that another does not.
fn is_quiet(message: &str) -> bool {
    QUIET.iter().any(|start| message.starts_with(start))
}

/// How lines on a datagram begin, and whether it was sent.
const FORMS: [(&str, bool); 4] = [
    ("recv ", false),
    ("send ", true),
    ("ikev2_recv: ", false),
    ("ikev2_msg_send: ", true),
];

/// How messages begin that tell nothing, or nothing that another does not:
/// functions that trace what they do, start and end.
const QUIET: [&str; 34] = [
    "ca ",
    "ca_",
    "config_",
    "control ",
    "create_ike: ",
    "established peer ",
    "ikev2 ",
    "ikev2_add_",
    "ikev2_auth_",
    "ikev2_childsa_",
    "ikev2_cp_",
    "ikev2_dispatch_",
    "ikev2_handle_",
    "ikev2_ike_",
    "ikev2_info",
    "ikev2_init_",
    "ikev2_msg_",
    "ikev2_nat_",
    "ikev2_next_",
    "ikev2_pld_",
    "ikev2_policy2id: ",
    "ikev2_prfplus: ",
    "ikev2_recv: ",
    "ikev2_resp_",
    "ikev2_sa_",
    "ikev2_send_",
    "/etc/iked",
    "parent ",
    "pfkey_",
    "policy_",
    "proposals_",
    "sa_",
    "set_policy",
    "vroute_",
];

/// SPIs that are remembered.
const OWN_MAX: usize = 1_024;

/// Words of a line that are looked at.
const WORDS_MAX: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn events(log: &str) -> Vec<LogEvent> {
        read(0, log.as_bytes()).events()
    }

    fn init(sent: bool, response: bool) -> LogEvent {
        LogEvent::Message {
            sent,
            exchange: Exchange::V2(ExchangeType::IKE_SA_INIT),
            response,
            message_id: Some(0),
            payloads: Vec::new(),
        }
    }

    /// In the form of OpenIKED 7.2 with `-dvv`.
    #[test]
    fn a_refused_peer() {
        let log = "\
spi=0x8a09978adca3cd73: recv IKE_SA_INIT req 0 peer 192.0.2.10:500 local 198.51.100.20:500, 470 bytes, policy 'tun'
ikev2_pld_parse: header ispi 0x8a09978adca3cd73 rspi 0x0000000000000000 nextpayload SA version 0x20
ikev2_pld_notify: protoid NONE spisize 0 type FRAGMENTATION_SUPPORTED
ikev2_pld_notify: protoid NONE spisize 0 type INVALID_SYNTAX
ikev2_msg_authverify: method SHARED_KEY_MIC keylen 32 type NONE
ikev2_msg_authverify: authentication failed
ikev2_pld_parse: header ispi 0x8a09978adca3cd73 rspi 0x0000000000000001 nextpayload SK version 0x20
ikev2_pld_notify: protoid IKE spisize 0 type AUTHENTICATION_FAILED
spi=0x8a09978adca3cd73: send IKE_SA_INIT res 0 peer 192.0.2.10:500 local 198.51.100.20:500, 470 bytes
spi=0x8a09978adca3cd73: retransmit 2 IKE_SA_INIT req 0 peer 192.0.2.10:500
pfkey_sa_getspi: spi 0x7e37f467
spi=0x8a09978adca3cd73: ikev2_childsa_enable: loaded SPIs: 0x0c327b8c, 0x7e37f467 (enc aes-128 auth hmac-sha1)
";
        let route = Route {
            from: "192.0.2.10:500".parse().unwrap(),
            to: "198.51.100.20:500".parse().unwrap(),
        };
        let expected = [
            LogEvent::Datagram {
                sent: false,
                route,
                len: 470,
            },
            init(false, false),
            LogEvent::Notified {
                name: "INVALID_SYNTAX".to_owned(),
                is_error: true,
            },
            LogEvent::AuthenticationFailed(AuthenticationFault::KeyMismatch),
            LogEvent::NotifySent("AUTHENTICATION_FAILED".to_owned()),
            LogEvent::Datagram {
                sent: true,
                route: route.reversed(),
                len: 470,
            },
            init(true, true),
            LogEvent::Retransmitted(Some(2)),
            LogEvent::ChildEstablished(ChildSpis {
                inbound: Some(0x7e37_f467),
                outbound: Some(0x0c32_7b8c),
            }),
        ];
        assert_eq!(events(log), expected);
        let read = read(0, log.as_bytes());
        assert_eq!(
            (read.lines, read.quiet, read.untold, read.foreign),
            (12, 5, 0, 0)
        );
    }

    #[test]
    fn older_forms() {
        let log = "Nov 21 12:00:01 gw iked[77]: ikev2_recv: IKE_SA_INIT request from initiator 192.0.2.10:500 to 198.51.100.20:500 policy 'tun' id 0, 510 bytes\n";
        assert!(is_line(log));
        let told = events(log);
        assert_eq!(told[1], init(false, false));
        assert!(matches!(told[0], LogEvent::Datagram { len: 510, .. }));
        let log = "ikev2_msg_send: IKE_SA_INIT response from 192.0.2.10:500 to 198.51.100.20:500 msgid 0, 471 bytes, NAT-T";
        assert_eq!(events(log)[1], init(true, true));
        for other in [
            "",
            "spi=0x1",
            "Jun 13 16:02:56 fw iked[91]: Received AUTH_FAILED message",
            "recv x",
        ] {
            assert!(!is_line(other), "{other}");
        }
    }

    #[test]
    fn loaded_flows_are_selectors() {
        let log = "iked[7]: spi=0x0102030405060708: ikev2_childsa_enable: loaded flows: ESP-10.1.0.0/24=10.2.0.0/24(0), ESP-x=y(0)\n\
            iked[7]: spi=0x0102030405060708: ikev2_childsa_enable: loaded flows: ESP-10.1.0.0/24\n";
        let told = read(0, log.replace("iked", "gw iked").as_bytes()).events();
        let selectors = LogEvent::Selectors {
            local: "10.1.0.0/24".to_owned(),
            remote: "10.2.0.0/24".to_owned(),
        };
        assert_eq!(told, [selectors]);
    }

    proptest! {
        #[test]
        fn no_log_panics(
            bytes in prop::collection::vec(any::<u8>(), 0..200),
            shaped in "(spi=0x1: )?(recv |send |ikev2_recv: |ikev2_pld_notify: |ikev2_childsa_enable: loaded SPIs: )(IKE_AUTH re[qs] )?\\PC{0,30}",
        ) {
            for log in [&bytes[..], shaped.as_bytes()] {
                let read = read(0, log);
                prop_assert!(read.quiet + read.untold + read.foreign <= read.lines);
            }
        }
    }
}
