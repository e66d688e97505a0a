//! libreswan's pluto, and what its forebears (Openswan, FreeS/WAN) share with
//! it: `Nov 21 11:06:46.1: "tun"[1] 192.0.2.10 #5: …` in a file of its own,
//! `Nov 21 11:06:46 gw pluto[77]: "tun" #5: …` from syslog, `002 "tun" #5: …`
//! from `ipsec up`.

use super::offers::Offers;
use super::stamp::{self, Clock};
use super::{Reading, Told, gather, is_error_name};
use crate::evidence::{AuthenticationFault, ChildSpis, Exchange, LogEvent, Logged};
use crate::time::Instant;
use crate::wire::registry::{ike, isakmp};
use crate::wire::tree::escaped;
use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

/// Reads a log of pluto. `input` is its index among the inputs.
///
/// ```
/// use ipsec_core::evidence::{AuthenticationFault, Fact, LogEvent};
/// use ipsec_core::log::pluto;
/// let log = b"Nov 21 11:06:46.119734: \"tun\"[1] 192.0.2.10 #5: received Hash Payload does not match computed value\n";
/// let read = pluto::read(0, log);
/// let Fact::Logged(said) = &read.evidence[0].fact else { panic!() };
/// let fault = AuthenticationFault::KeyMismatch;
/// assert_eq!(said.event, LogEvent::AuthenticationFailed(fault));
/// assert_eq!(said.connection.as_deref(), Some("tun[1] 192.0.2.10 #5"));
/// ```
#[must_use]
pub fn read(input: usize, log: &[u8]) -> Reading {
    let mut clock = Clock::default();
    let mut known = Known::default();
    gather(input, log, |text| {
        let Some(line) = Line::of(text, &mut clock) else {
            return Told::Foreign;
        };
        let Some(about) = line.about else {
            return Told::Quiet;
        };
        match known.hear(&about, line.message) {
            Heard::Fact(event) => Told::Fact(line.at, Logged::new(Some(about.name()), event)),
            Heard::Quiet => Told::Quiet,
            Heard::Unknown => Told::Unknown,
        }
    })
}

/// Whether nobody but pluto writes such a line.
pub(super) fn is_line(text: &str) -> bool {
    tagged(text).is_some() || {
        let (_, body) = head(text);
        let state = About::of(body).is_some_and(|(about, _)| about.state.is_some());
        state || body.starts_with("Starting Pluto ")
    }
}

/// A line of pluto's form, taken apart.
struct Line<'a> {
    at: Option<Instant>,
    /// `None`: about the daemon itself.
    about: Option<About<'a>>,
    message: &'a str,
}

impl<'a> Line<'a> {
    fn of(text: &'a str, clock: &mut Clock) -> Option<Self> {
        let (stamp, body) = match tagged(text) {
            Some((before, body)) => (stamp::stamp(before), Some(body)),
            None => (stamp::stamp(text), None),
        };
        let body = body.unwrap_or_else(|| head(text).1);
        let at = stamp.map(|(stamp, _)| clock.at(stamp));
        match About::of(body) {
            Some((about, message)) => Some(Self {
                at,
                about: Some(about),
                message,
            }),
            None if at.is_some() => Some(Self {
                at,
                about: None,
                message: body,
            }),
            None => None,
        }
    }
}

/// What stands before and behind the program's name in a line of syslog.
fn tagged(text: &str) -> Option<(&str, &str)> {
    let (before, rest) = text.split_once(" pluto")?;
    let pid = rest.strip_prefix('[').and_then(|rest| {
        let (pid, rest) = rest.split_once(']')?;
        pid.bytes()
            .all(|byte| byte.is_ascii_digit())
            .then_some(rest)
    });
    let body = pid.unwrap_or(rest).strip_prefix(": ")?;
    (!before.contains('"')).then_some((before, body))
}

/// Splits a line at the end of its stamp, or of the three digits that
/// `ipsec up` prints.
fn head(text: &str) -> (&str, &str) {
    if let Some((_, rest)) = stamp::stamp(text) {
        return (text, rest.strip_prefix(':').unwrap_or(rest).trim_start());
    }
    let digits = text.split_at_checked(3);
    let code = digits.filter(|(code, _)| code.bytes().all(|byte| byte.is_ascii_digit()));
    code.map_or(("", text), |(code, rest)| (code, rest.trim_start()))
}

/// What a line is about: `"name"[1] ...192.0.2.10 #5` or a peer without a
/// connection.
struct About<'a> {
    name: &'a str,
    /// The instance and its peer, as written.
    instance: &'a str,
    /// The number of the state, an SA in the making.
    state: Option<&'a str>,
}

impl<'a> About<'a> {
    fn of(body: &'a str) -> Option<(Self, &'a str)> {
        let body = body.strip_prefix("ERROR: ").unwrap_or(body);
        if let Some(rest) = body.strip_prefix("packet from ") {
            let (peer, message) = rest.split_once(": ")?;
            let about = About {
                name: peer,
                instance: "",
                state: Some(""),
            };
            return Some((about, message));
        }
        let (name, rest) = body.strip_prefix('"')?.split_once('"')?;
        let (head, message) = rest.split_once(": ")?;
        let (instance, state) = match head.rsplit_once('#') {
            Some((instance, state)) => (instance.trim(), Some(state)),
            None => (head.trim(), None),
        };
        let about = About {
            name,
            instance,
            state,
        };
        Some((about, message))
    }

    fn name(&self) -> String {
        let mut name = escaped(self.name.as_bytes());
        name.push_str(&escaped(self.instance.as_bytes()));
        if let Some(state) = self.state.filter(|state| !state.is_empty()) {
            name.push_str(" #");
            name.push_str(&escaped(state.as_bytes()));
        }
        name
    }
}

/// What was made of a message.
enum Heard {
    Fact(LogEvent),
    Quiet,
    Unknown,
}

/// What earlier lines told.
#[derive(Default)]
struct Known {
    offers: Offers,
    /// Proposals by connection and protocol (`IKE`, `ESP`, `AH`), as pluto
    /// lists them when a connection is added.
    configured: BTreeMap<(String, &'static str), String>,
}

impl Known {
    fn hear(&mut self, about: &About<'_>, message: &str) -> Heard {
        if let Some((protocol, first)) = listed(message) {
            self.list(about, protocol, first, message.trim());
            return Heard::Quiet;
        }
        let Some(state) = about.state else {
            return Heard::Quiet;
        };
        if let Some(event) = self.refusal(about, state, message) {
            return Heard::Fact(event);
        }
        if self.note(state, message) {
            return Heard::Quiet;
        }
        match event(message) {
            Some(event) => Heard::Fact(event),
            None if is_quiet(message) => Heard::Quiet,
            None => Heard::Unknown,
        }
    }

    fn list(&mut self, about: &About<'_>, protocol: &'static str, first: bool, line: &str) {
        let key = (about.name.to_owned(), protocol);
        if !self.configured.contains_key(&key) && self.configured.len() >= LISTS_MAX {
            return;
        }
        let list = self.configured.entry(key).or_default();
        if first {
            list.clear();
        }
        if list.len().saturating_add(line.len()) <= LIST_BYTES_MAX {
            if !list.is_empty() {
                list.push(' ');
            }
            list.push_str(&escaped(line.as_bytes()));
        }
    }

    /// Remembers what differs, or what was refused, until the refusal itself.
    fn note(&mut self, state: &str, message: &str) -> bool {
        let transform = message
            .strip_prefix("Oakley Transform [")
            .and_then(|rest| rest.strip_suffix("] refused"));
        if let Some(transform) = transform {
            let offer = self.offers.entry(state);
            let list = offer.received.get_or_insert_default();
            if list.len().saturating_add(transform.len()) <= LIST_BYTES_MAX {
                if !list.is_empty() {
                    list.push_str(" / ");
                }
                list.push_str(&escaped(transform.as_bytes()));
            }
            return true;
        }
        let differs = if message.starts_with("we require PFS but ") {
            "GROUP_DESCRIPTION"
        } else if let Some(missing) = message.strip_prefix("OAKLEY proposal refused: missing ") {
            missing
        } else {
            return false;
        };
        self.offers.entry(state).differs = Some(escaped(differs.as_bytes()));
        true
    }

    fn refusal(&mut self, about: &About<'_>, state: &str, message: &str) -> Option<LogEvent> {
        let (protocols, received): (&[_], _) = if let Some(list) =
            message.strip_prefix("no local proposal matches remote proposals ")
        {
            let ike = list.contains(":IKE:");
            (if ike { &["IKE"] } else { &["ESP", "AH"] }, Some(list))
        } else if message.starts_with("no acceptable Oakley Transform") {
            (&["IKE"], None)
        } else if message.starts_with("no acceptable Proposal in IPsec SA") {
            (&["ESP", "AH"], None)
        } else {
            return None;
        };
        let mut offer = self.offers.take(state);
        offer.received = received
            .map(|list| escaped(list.as_bytes()))
            .or(offer.received);
        offer.configured = protocols
            .iter()
            .find_map(|protocol| self.configured.get(&(about.name.to_owned(), *protocol)))
            .cloned();
        Some(offer.refused())
    }
}

/// A line of a list of proposals, `  1:IKE=AES_CBC_256-…`: of which protocol,
/// and whether it is the first of its list.
fn listed(message: &str) -> Option<(&'static str, bool)> {
    let (number, rest) = message.strip_prefix("  ")?.trim_start().split_once(':')?;
    let number: u32 = number.parse().ok()?;
    let protocol = ["IKE", "ESP", "AH"];
    let found = protocol.into_iter().find(|name| {
        let rest = rest.strip_prefix(name);
        rest.is_some_and(|rest| rest.starts_with('='))
    })?;
    Some((found, number == 1))
}

/// What a message by itself tells.
fn event(message: &str) -> Option<LogEvent> {
    let bare = without_state(message);
    exchange(bare)
        .or_else(|| notification(bare))
        .or_else(|| authentication(bare).map(LogEvent::AuthenticationFailed))
        .or_else(|| established(bare))
        .or_else(|| course(bare))
}

/// What follows the name of a state, `STATE_MAIN_I1: `.
fn without_state(message: &str) -> &str {
    let state = |text: &str| {
        text.bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
    };
    match message.split_once(": ") {
        Some((name, rest)) if name.contains('_') && state(name) => rest,
        _ => message,
    }
}

/// `sent IKE_SA_INIT request to 192.0.2.10:500`, `sent Main Mode I2`,
/// `processing decrypted IKE_AUTH request: SK{IDi,AUTH,SA,TSi,TSr}`
fn exchange(message: &str) -> Option<LogEvent> {
    let (sent, rest) = if let Some(rest) = message.strip_prefix("sent ") {
        (true, rest)
    } else if let Some(rest) = message.strip_prefix("processing decrypted ") {
        (false, rest)
    } else {
        (false, message.strip_prefix("responding to ")?)
    };
    if rest.contains(" notification ") {
        return None;
    }
    let (name, exchange) = *EXCHANGES.iter().find(|(name, _)| {
        let rest = rest.strip_prefix(name);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', ',']))
    })?;
    let rest = rest.strip_prefix(name)?.trim_start();
    let word = rest.split([' ', ',', ':']).next()?;
    let response = matches!(word, "reply" | "response" | "R1" | "R2" | "R3");
    let first = matches!(exchange, Exchange::V2(ike::ExchangeType::IKE_SA_INIT));
    let named = rest.split_once("msgid:").and_then(|(_, rest)| {
        let digits = rest.split([' ', '}']).next()?;
        u32::from_str_radix(digits, 16).ok()
    });
    Some(LogEvent::Message {
        sent,
        exchange,
        response,
        message_id: named.or(first.then_some(0)),
        payloads: payloads(rest),
    })
}

/// Those of `SK{IDi,AUTH}`.
fn payloads(text: &str) -> Vec<String> {
    let inner = text
        .split_once("SK{")
        .and_then(|(_, rest)| rest.split_once('}'));
    inner
        .into_iter()
        .flat_map(|(list, _)| list.split(','))
        .map(|name| escaped(name.as_bytes()))
        .collect()
}

/// Notifications that were sent or received.
fn notification(message: &str) -> Option<LogEvent> {
    const SENT: [&str; 3] = [
        "sending notification ",
        "sending encrypted notification ",
        "sending cookie notification ",
    ];
    let mut sent = SENT.iter().filter_map(|start| message.strip_prefix(start));
    let responded = || {
        let rest = message.strip_prefix("responding to ")?;
        Some(rest.split_once("encrypted notification ")?.1)
    };
    if message.ends_with("XAUTH status: FAIL") {
        let name = "XAUTH status: FAIL".to_owned();
        return Some(LogEvent::Notified {
            name,
            is_error: true,
        });
    }
    if let Some(name) = sent.next().or_else(responded) {
        return Some(LogEvent::NotifySent(notify_name(name)?));
    }
    const RECEIVED: [&str; 5] = [
        "ignoring informational payload ",
        "received and ignored notification payload: ",
        "received unauthenticated ",
        "IKE SA authentication request rejected by peer: ",
        "IKE_AUTH response rejected Child SA with ",
    ];
    if message.starts_with("received ") && message.ends_with(" malformed payload notifies") {
        let name = "PAYLOAD_MALFORMED".to_owned();
        return Some(LogEvent::Notified {
            name,
            is_error: true,
        });
    }
    let within = || {
        let rest = message
            .strip_prefix("dropping unexpected ")
            .or_else(|| message.strip_prefix("unexpected "))?;
        Some(rest.split_once(" containing ")?.1)
    };
    let mut received = RECEIVED
        .iter()
        .filter_map(|start| message.strip_prefix(start));
    let name = notify_name(received.next().or_else(within)?)?;
    let is_error = is_error_name(&name);
    Some(LogEvent::Notified { name, is_error })
}

/// The name at the start of `text`, without the prefixes of pluto's sources.
fn notify_name(text: &str) -> Option<String> {
    let word = text.split([' ', ',', ';', '-']).next()?;
    let name = word.strip_prefix("v2N_").unwrap_or(word);
    let plain = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    (!name.is_empty() && name.bytes().all(plain)).then(|| name.to_owned())
}

fn authentication(message: &str) -> Option<AuthenticationFault> {
    use AuthenticationFault as Fault;
    let starts = |text: &str| message.starts_with(text);
    let holds = |text: &str| message.contains(text);
    if starts("authentication failed: computed hash does not match")
        || starts("received Hash Payload does not match")
    {
        Some(Fault::KeyMismatch)
    } else if starts("probable authentication failure (mismatch of preshared secrets?)") {
        Some(Fault::Undecryptable)
    } else if starts("Can't authenticate: no preshared key found ")
        || holds("Failed to find our PreShared Key")
    {
        Some(Fault::NoKey)
    } else if holds("mismatched on first found connection and no better connection found")
        || starts("we require ") && holds("peer to have ID ")
    {
        Some(Fault::IdentityMismatch)
    } else if [
        "no suitable connection",
        "no connection has been",
        "no (wildcard) connection has",
    ]
    .into_iter()
    .any(holds)
    {
        Some(Fault::NoConfiguration)
    } else if starts("XAUTH: User ") && holds("Authentication Failed") {
        Some(Fault::User)
    } else {
        certificate(message)
    }
}

fn certificate(message: &str) -> Option<AuthenticationFault> {
    use AuthenticationFault as Fault;
    if message.contains("peer certificate subjectAltName extension does not match") {
        return Some(Fault::CertificateName);
    }
    let rest = message.strip_prefix("NSS: ERROR: IPsec certificate ")?;
    let (_, code) = rest.rsplit_once(" invalid: ")?;
    Some(if code.starts_with("SEC_ERROR_EXPIRED_CERTIFICATE") {
        Fault::CertificateExpired
    } else if code.starts_with("SEC_ERROR_REVOKED_CERTIFICATE") {
        Fault::CertificateRevoked
    } else {
        Fault::Untrusted
    })
}

/// `IPsec SA established tunnel mode {ESP=>0x0d5e6f70 <0xc1a2b3c4 …}`,
/// `responder established IKE SA; …`
fn established(message: &str) -> Option<LogEvent> {
    if message.contains("IPsec SA established ") || message.contains(" established Child SA ") {
        return Some(LogEvent::ChildEstablished(ChildSpis {
            inbound: spi(message, "<0x"),
            outbound: spi(message, "=>0x"),
        }));
    }
    const FORMS: [&str; 3] = [
        "IKE SA established ",
        "ISAKMP SA established",
        "PARENT SA established",
    ];
    let starts = FORMS.iter().any(|form| message.starts_with(form));
    (starts || message.contains(" established IKE SA;")).then_some(LogEvent::IkeEstablished)
}

fn spi(message: &str, mark: &str) -> Option<u32> {
    let (_, rest) = message.split_once(mark)?;
    u32::from_str_radix(rest.get(..8)?, 16).ok()
}

/// Lines on how an exchange or an SA fares.
fn course(message: &str) -> Option<LogEvent> {
    let starts = |text: &str| message.starts_with(text);
    if starts("retransmission; will wait ") {
        Some(LogEvent::Retransmitted(None))
    } else if message.contains(" second timeout exceeded after ") {
        Some(LogEvent::GaveUp)
    } else if message.contains("declaring peer dead") {
        Some(LogEvent::PeerDead)
    } else if starts("received Delete SA") {
        Some(LogEvent::Deleted { by_peer: true })
    } else if starts("deleting state (")
        || starts("deleting IKE SA (")
        || starts("deleting Child SA (")
    {
        let held = ESTABLISHED.iter().any(|state| message.contains(state));
        held.then_some(LogEvent::Deleted { by_peer: false })
    } else if message.contains("asynchronous network error report")
        || starts("sendto on ") && message.contains(": Connection refused")
    {
        Some(LogEvent::Unreachable(icmp(message)))
    } else if message.contains("NAT-Traversal: Result using ") {
        nat(message)
    } else {
        selectors(message)
    }
}

/// `… origin ICMP type 3 code 3 (not authenticated)]`
fn icmp(message: &str) -> Option<(u8, u8)> {
    let (_, rest) = message.split_once("origin ICMP type ")?;
    let (kind, rest) = rest.split_once(" code ")?;
    let code = rest.split([' ', ']']).next()?;
    Some((kind.parse().ok()?, code.parse().ok()?))
}

/// `NAT-Traversal: Result using RFC 3947: i am NATed`
fn nat(message: &str) -> Option<LogEvent> {
    let (_, result) = message.rsplit_once(": ")?;
    let (here, peer) = if result.starts_with("both") {
        (true, true)
    } else if result.starts_with("i am") || result.starts_with("I am") {
        (true, false)
    } else if result.starts_with("peer") {
        (false, true)
    } else if result.starts_with("no NAT") {
        (false, false)
    } else {
        return None;
    };
    Some(LogEvent::Nat { here, peer })
}

/// `cannot respond to IPsec SA request because no connection is known for …`
fn selectors(message: &str) -> Option<LogEvent> {
    let known = "cannot respond to IPsec SA request because no connection is known for ";
    let proposed = message.strip_prefix(known);
    let unknown =
        message.starts_with("No IKEv2 connection found with compatible Traffic Selectors");
    (unknown || proposed.is_some())
        .then(|| LogEvent::NoSelectors(proposed.map(|text| escaped(text.as_bytes()))))
}

/// Messages that tell nothing, or nothing that another line does not tell.
fn is_quiet(message: &str) -> bool {
    QUIET.iter().any(|start| message.starts_with(start))
}

/// Exchanges, by the names that pluto gives their messages.
const EXCHANGES: [(&str, Exchange); 18] = [
    ("ModeCfg", Exchange::V1(isakmp::ExchangeType::TRANSACTION)),
    (
        "Main Mode",
        Exchange::V1(isakmp::ExchangeType::IDENTITY_PROTECTION),
    ),
    (
        "MI1",
        Exchange::V1(isakmp::ExchangeType::IDENTITY_PROTECTION),
    ),
    (
        "MI2",
        Exchange::V1(isakmp::ExchangeType::IDENTITY_PROTECTION),
    ),
    (
        "MI3",
        Exchange::V1(isakmp::ExchangeType::IDENTITY_PROTECTION),
    ),
    (
        "Aggressive Mode",
        Exchange::V1(isakmp::ExchangeType::AGGRESSIVE),
    ),
    ("AI1", Exchange::V1(isakmp::ExchangeType::AGGRESSIVE)),
    ("AI2", Exchange::V1(isakmp::ExchangeType::AGGRESSIVE)),
    ("Quick Mode", Exchange::V1(isakmp::ExchangeType::QUICK_MODE)),
    ("QI1", Exchange::V1(isakmp::ExchangeType::QUICK_MODE)),
    ("QI2", Exchange::V1(isakmp::ExchangeType::QUICK_MODE)),
    ("IKE_SA_INIT", Exchange::V2(ike::ExchangeType::IKE_SA_INIT)),
    ("v2I1", Exchange::V2(ike::ExchangeType::IKE_SA_INIT)),
    (
        "IKE_INTERMEDIATE",
        Exchange::V2(ike::ExchangeType::IKE_INTERMEDIATE),
    ),
    ("IKE_AUTH", Exchange::V2(ike::ExchangeType::IKE_AUTH)),
    ("v2I2", Exchange::V2(ike::ExchangeType::IKE_AUTH)),
    (
        "CREATE_CHILD_SA",
        Exchange::V2(ike::ExchangeType::CREATE_CHILD_SA),
    ),
    (
        "INFORMATIONAL",
        Exchange::V2(ike::ExchangeType::INFORMATIONAL),
    ),
];

/// States that hold an SA.
const ESTABLISHED: [&str; 8] = [
    "ESTABLISHED",
    "established",
    "STATE_MAIN_I4",
    "STATE_MAIN_R3",
    "STATE_AGGR_I2",
    "STATE_AGGR_R2",
    "STATE_QUICK_I2",
    "STATE_QUICK_R2",
];

/// How messages begin that tell nothing, or nothing that another does not.
const QUIET: [&str; 39] = [
    "|",
    "    us: ",
    "    them: ",
    "AH traffic information",
    "DOS mode on;",
    "ESP traffic information",
    "I am sending ",
    "IKEv1 Aggressive Mode with PSK is vulnerable",
    "IMPAIR: ",
    "IKE_AUTH responder matching ",
    "INFORMATIONAL ",
    "NSS: end certificate invalid",
    "Peer ID is ",
    "X509: ",
    "XAUTH client ",
    "XAUTH: ",
    "authenticated peer ",
    "deleting IKE SA but ",
    "deleting ISAKMP SA but ",
    "deleting state (",
    "discarding packet ",
    "enabling possible NAT-traversal",
    "encountered fatal error in state ",
    "ignoring Vendor ID payload",
    "ignoring unknown Vendor ID payload",
    "initiating ",
    "loaded private key ",
    "message repeated ",
    "modecfg",
    "proposal ",
    "received Vendor ID payload",
    "received and ignored informational message",
    "redirect-to is not specified",
    "reschedule pending ",
    "the peer proposed: ",
    "transition from state ",
    "xauth: ",
    "Configured DPD ",
    "Dead Peer Detection ",
];

/// Lists of proposals that are remembered.
const LISTS_MAX: usize = 1_024;

/// Bytes of a list of proposals.
const LIST_BYTES_MAX: usize = 4_096;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{Fact, Source};
    use alloc::format;
    use proptest::prelude::*;

    fn facts(log: &str) -> Vec<Logged> {
        let mut facts = Vec::new();
        for one in read(0, log.as_bytes()).evidence {
            let Fact::Logged(logged) = one.fact else {
                panic!("{one:?}");
            };
            facts.push(*logged);
        }
        facts
    }

    fn event_of(message: &str) -> Option<LogEvent> {
        let said = facts(&format!("Nov 21 11:06:46.1: \"tun\" #7: {message}"));
        assert!(said.len() <= 1);
        said.into_iter().next().map(|logged| logged.event)
    }

    fn text(value: &str) -> Option<String> {
        Some(value.to_owned())
    }

    /// In the form of libreswan 4.10, two connections at a time.
    #[test]
    fn refusals_tell_both_lists() {
        let log = "\
Nov 21 11:06:45.971083: \"tun\": IKE SA proposals (connection add):
Nov 21 11:06:45.971091: \"tun\":   1:IKE=AES_CBC_256-HMAC_SHA2_256-HMAC_SHA2_256_128-MODP2048
Nov 21 11:06:45.971092: \"tun\":   2:IKE=AES_CBC_128-HMAC_SHA1-HMAC_SHA1_96-MODP2048
Nov 21 11:06:45.971103: \"tun\":   1:ESP=AES_CBC_128-HMAC_SHA1_96-NONE-ENABLED+DISABLED
Nov 21 11:06:46.100000: \"old\"[2] 192.0.2.9 #8: Oakley Transform [3DES_CBC (192), HMAC_SHA1, MODP1536] refused
Nov 21 11:06:46.119734: \"tun\" #1: no local proposal matches remote proposals 1:IKE:ENCR=3DES;PRF=HMAC_SHA1;INTEG=HMAC_SHA1_96;DH=MODP1536
Nov 21 11:06:46.119735: \"old\"[2] 192.0.2.9 #8: no acceptable Oakley Transform
Nov 21 11:06:46.119736: \"tun\" #9: we require PFS but Quick I1 SA specifies no GROUP_DESCRIPTION
Nov 21 11:06:46.119737: \"tun\" #9: no acceptable Proposal in IPsec SA
";
        let read = read(4, log.as_bytes());
        assert_eq!((read.lines, read.quiet, read.untold), (9, 6, 0));
        assert_eq!(read.evidence[0].source, Source::Line { input: 4, line: 6 });
        let said = facts(log);
        assert_eq!(said[0].connection, text("tun #1"));
        let ike = "1:IKE=AES_CBC_256-HMAC_SHA2_256-HMAC_SHA2_256_128-MODP2048 2:IKE=AES_CBC_128-HMAC_SHA1-HMAC_SHA1_96-MODP2048";
        assert_eq!(
            said[0].event,
            LogEvent::NoProposal {
                differs: None,
                received: text("1:IKE:ENCR=3DES;PRF=HMAC_SHA1;INTEG=HMAC_SHA1_96;DH=MODP1536"),
                configured: text(ike),
            }
        );
        assert_eq!(said[1].connection, text("old[2] 192.0.2.9 #8"));
        assert_eq!(
            said[1].event,
            LogEvent::NoProposal {
                differs: None,
                received: text("3DES_CBC (192), HMAC_SHA1, MODP1536"),
                configured: None,
            }
        );
        assert_eq!(
            said[2].event,
            LogEvent::NoProposal {
                differs: text("GROUP_DESCRIPTION"),
                received: None,
                configured: text("1:ESP=AES_CBC_128-HMAC_SHA1_96-NONE-ENABLED+DISABLED"),
            }
        );
    }

    #[test]
    fn forms_of_a_line() {
        for head in [
            "",
            "003 ",
            "Nov 21 11:06:46.119734: ",
            "Nov  1 11:06:46 gw pluto[77]: ",
            "Tue Nov 21 11:06:46 2023 authpriv.warn pluto[77]: ",
            "2026-11-21T11:06:46.119734+01:00 gw pluto[77]: ",
        ] {
            let log = format!(
                "{head}\"tun\"[1] 192.0.2.9 #5: STATE_MAIN_I1: retransmission; will wait 1 seconds for response\r\n"
            );
            let said = facts(&log);
            assert_eq!(said[0].event, LogEvent::Retransmitted(None), "{head}");
            assert_eq!(said[0].connection, text("tun[1] 192.0.2.9 #5"), "{head}");
            assert!(is_line(&log), "{head}");
        }
        for other in [
            "",
            "x",
            "\"a\": b",
            "09[IKE] <a|1> \"x\" #1: y",
            "a pluto b",
        ] {
            assert!(!is_line(other), "{other}");
        }
    }

    #[test]
    fn what_messages_tell() {
        use AuthenticationFault as A;
        use LogEvent as E;
        let failed = |fault| Some(E::AuthenticationFailed(fault));
        let note = |name: &str, is_error| {
            let name = name.to_owned();
            Some(E::Notified { name, is_error })
        };
        let sent = |name: &str| Some(E::NotifySent(name.to_owned()));
        let spis = ChildSpis {
            inbound: Some(2),
            outbound: Some(1),
        };
        let cases = [
            (
                "IPsec SA established tunnel mode {ESP=>0x00000001 <0x00000002 xfrm=AES_CBC_128-HMAC_SHA1_96}",
                Some(E::ChildEstablished(spis)),
            ),
            (
                "initiator established Child SA using #1; IPsec tunnel [a] -> [b] {ESPinUDP=>0x00000001 <0x00000002 x}",
                Some(E::ChildEstablished(spis)),
            ),
            (
                "IKE SA established {auth=PRESHARED_KEY cipher=AES_CBC_256}",
                Some(E::IkeEstablished),
            ),
            (
                "STATE_MAIN_I4: ISAKMP SA established {auth=PRESHARED_KEY}",
                Some(E::IkeEstablished),
            ),
            (
                "responder established IKE SA; authenticated peer using authby=secret",
                Some(E::IkeEstablished),
            ),
            (
                "responding to IKE_SA_INIT message (ID 0) from 192.0.2.10:500 with unencrypted notification NO_PROPOSAL_CHOSEN",
                sent("NO_PROPOSAL_CHOSEN"),
            ),
            (
                "sending encrypted notification INVALID_ID_INFORMATION to 192.0.2.10:4500",
                sent("INVALID_ID_INFORMATION"),
            ),
            (
                "dropping unexpected IKE_SA_INIT message containing NO_PROPOSAL_CHOSEN notification; message payloads: N",
                note("NO_PROPOSAL_CHOSEN", true),
            ),
            (
                "STATE_PARENT_I1: received unauthenticated v2N_NO_PROPOSAL_CHOSEN - ignored",
                note("NO_PROPOSAL_CHOSEN", true),
            ),
            (
                "IKE SA authentication request rejected by peer: AUTHENTICATION_FAILED",
                note("AUTHENTICATION_FAILED", true),
            ),
            (
                "ignoring informational payload INVALID_ID_INFORMATION, msgid=00000000, length=12",
                note("INVALID_ID_INFORMATION", true),
            ),
            (
                "ignoring informational payload IPSEC_INITIAL_CONTACT, msgid=00000000",
                note("IPSEC_INITIAL_CONTACT", false),
            ),
            (
                "authentication failed: computed hash does not match hash received from peer ID_FQDN '@a'",
                failed(A::KeyMismatch),
            ),
            (
                "STATE_MAIN_I2: probable authentication failure (mismatch of preshared secrets?): malformed payload in packet",
                failed(A::Undecryptable),
            ),
            (
                "Can't authenticate: no preshared key found for `a' and `b'.  Attribute OAKLEY_AUTHENTICATION_METHOD",
                failed(A::NoKey),
            ),
            (
                "Peer ID '@a' mismatched on first found connection and no better connection found",
                failed(A::IdentityMismatch),
            ),
            (
                "X509: authentication failed; peer certificate subjectAltName extension does not match ID_FQDN 'b'",
                failed(A::CertificateName),
            ),
            (
                "NSS: ERROR: IPsec certificate CN=east invalid: SEC_ERROR_EXPIRED_CERTIFICATE: x",
                failed(A::CertificateExpired),
            ),
            (
                "NSS: ERROR: IPsec certificate CN=a invalid: SEC_ERROR_B invalid: SEC_ERROR_REVOKED_CERTIFICATE: x",
                failed(A::CertificateRevoked),
            ),
            (
                "NSS: ERROR: IPsec certificate CN=east invalid: SEC_ERROR_UNKNOWN_ISSUER: x",
                failed(A::Untrusted),
            ),
            (
                "XAUTH: User alice: Authentication Failed: Incorrect Username or Password",
                failed(A::User),
            ),
            (
                "cannot respond to IPsec SA request because no connection is known for a===b...c===d",
                Some(E::NoSelectors(text("a===b...c===d"))),
            ),
            (
                "STATE_V2_PARENT_I1: 60 second timeout exceeded after 7 retransmits.  No response",
                Some(E::GaveUp),
            ),
            (
                "DPD: No response from peer - declaring peer dead",
                Some(E::PeerDead),
            ),
            (
                "received Delete SA payload: self-deleting ISAKMP State #1",
                Some(E::Deleted { by_peer: true }),
            ),
            (
                "deleting state (STATE_V2_ESTABLISHED_IKE_SA) aged 2s and sending notification",
                Some(E::Deleted { by_peer: false }),
            ),
            (
                "deleting state (STATE_MAIN_I1) aged 2s and NOT sending notification",
                None,
            ),
            (
                "NAT-Traversal: Result using RFC 3947 (NAT-Traversal) sender port 500: I am behind NAT",
                Some(E::Nat {
                    here: true,
                    peer: false,
                }),
            ),
            (
                "ERROR: asynchronous network error report on eth0 (192.0.2.10:500), complainant 192.0.2.1: Connection refused [errno 111, origin ICMP type 3 code 3 (not authenticated)]",
                Some(E::Unreachable(Some((3, 3)))),
            ),
            ("a line that nobody has heard", None),
        ];
        for (message, event) in cases {
            assert_eq!(event_of(message), event, "{message}");
        }
    }

    #[test]
    fn messages_are_named() {
        let event = event_of("sent Quick Mode request {using isakmp#1 msgid:0000001f x}");
        let quick = Exchange::V1(isakmp::ExchangeType::QUICK_MODE);
        assert_eq!(
            event,
            Some(LogEvent::Message {
                sent: true,
                exchange: quick,
                response: false,
                message_id: Some(31),
                payloads: Vec::new(),
            })
        );
        let event =
            event_of("processing decrypted IKE_AUTH request: SK{IDi,AUTH,N(MOBIKE_SUPPORTED)}");
        let Some(LogEvent::Message {
            sent: false,
            response: false,
            payloads,
            ..
        }) = event
        else {
            panic!("{event:?}");
        };
        assert_eq!(payloads, ["IDi", "AUTH", "N(MOBIKE_SUPPORTED)"]);
    }

    #[test]
    fn lists_are_limited() {
        let line = |name: usize| format!("\"{name}\":   1:IKE={}\n", "x".repeat(100));
        let again = line(0).replace("1:", "2:").repeat(LIST_BYTES_MAX / 50);
        let log = (0..=LISTS_MAX).map(line).collect::<String>() + &again;
        let mut known = Known::default();
        let mut clock = Clock::default();
        for text in log.lines() {
            let line = Line::of(text, &mut clock).unwrap();
            known.hear(&line.about.unwrap(), line.message);
        }
        assert_eq!(known.configured.len(), LISTS_MAX);
        assert!(
            known
                .configured
                .values()
                .all(|list| list.len() <= LIST_BYTES_MAX + 1)
        );
    }

    #[test]
    fn texts_of_the_peer_are_escaped() {
        let log = "\"t\u{202e}\"[1] \u{1b}[31m #1: no local proposal matches remote proposals \u{1b}[31m\n";
        let shown = format!("{:?}", read(0, log.as_bytes()).evidence);
        assert!(!shown.contains(['\u{1b}', '\u{202e}']), "{shown}");
        assert_eq!(facts(log).len(), 1);
    }

    proptest! {
        #[test]
        fn no_log_panics(
            bytes in prop::collection::vec(any::<u8>(), 0..200),
            shaped in "(Nov 21 10:00:00\\.1: )?(\"tun\"(\\[1\\])? #1: |packet from 1: )(sent Quick Mode |sending notification |IPsec SA established |Oakley Transform \\[|  1:IKE=)?\\PC{0,30}",
        ) {
            for log in [&bytes[..], shaped.as_bytes()] {
                let read = read(0, log);
                let told = u64::try_from(read.evidence.len()).unwrap();
                prop_assert_eq!(told + read.quiet + read.untold + read.foreign, read.lines);
            }
        }
    }
}
