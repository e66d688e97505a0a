//! libreswan's pluto, and what its forebears (Openswan, FreeS/WAN) share with
//! it: `Nov 21 11:06:46.1: "tun"[1] 192.0.2.10 #5: …` in a file of its own,
//! `Nov 21 11:06:46 gw pluto[77]: "tun" #5: …` from syslog, `002 "tun" #5: …`
//! from `ipsec up`.

use super::offers::Offers;
use super::stamp::{self, Clock};
use super::{Reading, Told, gather, is_error_name};
use crate::evidence::{AuthenticationFault, ChildSpis, Exchange, LogEvent, Logged};
use crate::sorted::Map;
use crate::time::Instant;
use crate::wire::registry::{ike, isakmp};
use crate::wire::tree::escaped;
use alloc::borrow::ToOwned;
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
    gather(input, log, teller())
}

/// What tells, line by line, what a log says.
pub(super) fn teller() -> impl FnMut(&str) -> Told + Send {
    let mut clock = Clock::default();
    let mut known = Known::default();
    move |text| {
        let Some(line) = Line::of(text, &mut clock) else {
            return Told::Foreign;
        };
        let Some(about) = line.about else {
            return Told::Quiet;
        };
        match known.hear(&about, line.message) {
            Heard::Fact(event) => Told::Fact(line.at, Logged::new(Some(about.name()), event)),
            Heard::Facts(events) => {
                let logged = |event| Logged::new(Some(about.name()), event);
                Told::Facts(line.at, events.into_iter().map(logged).collect())
            }
            Heard::Quiet => Told::Quiet,
            Heard::Unknown => Told::Unknown,
        }
    }
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
    Facts(Vec<LogEvent>),
    Quiet,
    Unknown,
}

/// What earlier lines told.
#[derive(Default)]
struct Known {
    offers: Offers,
    /// Proposals by connection and protocol (`IKE`, `ESP`, `AH`), as pluto
    /// lists them when a connection is added.
    configured: Map<(String, &'static str), String>,
}

impl Known {
    fn hear(&mut self, about: &About<'_>, message: &str) -> Heard {
        if let Some((protocol, first)) = listed(message) {
            self.list(about, protocol, first, message.trim());
            return Heard::Quiet;
        }
        let Some(state) = about.state else {
            return not_loaded(message).map_or(Heard::Quiet, Heard::Fact);
        };
        if let Some(event) = self.refusal(about, state, message) {
            return Heard::Fact(event);
        }
        if self.note(state, message) {
            return Heard::Quiet;
        }
        match event(message) {
            Some(event) => match first_message(message).or_else(|| agreed(message)) {
                Some(also) => Heard::Facts(Vec::from([also, event])),
                None => Heard::Fact(event),
            },
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
        let Some(differs) = message.strip_prefix("OAKLEY proposal refused: missing ") else {
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
        } else if message.starts_with("no acceptable Proposal in IPsec SA")
            || message.starts_with(PFS_MISSING)
        {
            (&["ESP", "AH"], None)
        } else {
            return None;
        };
        let mut offer = self.offers.take(state);
        if message.starts_with(PFS_MISSING) {
            offer.differs = Some("GROUP_DESCRIPTION".into());
            // The next line refuses the proposal for the same reason.
            self.offers.entry(state).differs.clone_from(&offer.differs);
        }
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

const PFS_MISSING: &str = "we require PFS but ";

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

/// `failed to add connection: left certificate 'b' is expired or not yet valid`
fn not_loaded(message: &str) -> Option<LogEvent> {
    let why = message.strip_prefix("failed to add connection: ")?;
    let dates = why.ends_with("is expired or not yet valid");
    let fault = dates.then_some(AuthenticationFault::CertificateExpired);
    Some(LogEvent::NotLoaded(fault))
}

/// The message that is refused because nobody knows its sender: `initial Main
/// Mode message received but no connection has been authorized with …`,
/// `ISAKMP_v2_IKE_SA_INIT message received on … but no suitable connection …`
fn first_message(message: &str) -> Option<LogEvent> {
    let (name, _) = message.split_once(" message ")?;
    let exchange = match name {
        "initial Main Mode" => Exchange::V1(isakmp::ExchangeType::IDENTITY_PROTECTION),
        "initial Aggressive Mode" => Exchange::V1(isakmp::ExchangeType::AGGRESSIVE),
        "ISAKMP_v2_IKE_SA_INIT" | "IKE_SA_INIT" => Exchange::V2(ike::ExchangeType::IKE_SA_INIT),
        _ => return None,
    };
    Some(LogEvent::Message {
        sent: false,
        exchange,
        response: false,
        message_id: Some(0),
        payloads: Vec::new(),
    })
}

/// `… IPsec tunnel [10.1.0.0-10.1.0.255:0-65535 0] -> [10.2.0.0-…:0-65535 0] {…`
fn agreed(message: &str) -> Option<LogEvent> {
    let (_, rest) = message.split_once(" established Child SA ")?;
    let (_, rest) = rest.split_once(" [")?;
    let (local, rest) = rest.split_once("] -> [")?;
    let (remote, _) = rest.split_once(']')?;
    Some(LogEvent::Selectors {
        local: escaped(local.as_bytes()),
        remote: escaped(remote.as_bytes()),
    })
}

/// `ESP traffic information: in=84B out=0B`
fn carried(message: &str) -> Option<LogEvent> {
    let (_, counts) = message.split_once(" traffic information: in=")?;
    let (received, sent) = counts.split_once(" out=")?;
    Some(LogEvent::Traffic {
        spis: ChildSpis::default(),
        received: bytes(received)?,
        sent: bytes(sent.split(' ').next()?)?,
    })
}

/// `84B`, `12KB`, `3MB`
fn bytes(text: &str) -> Option<u64> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match text.strip_prefix(digits)? {
        "B" => 1,
        "KB" | "KiB" => 1_024,
        "MB" | "MiB" => 1_048_576,
        "GB" | "GiB" => 1_073_741_824,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(unit)
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
        let first = first_message(message).is_some();
        Some(if first {
            Fault::UnknownPeer
        } else {
            Fault::NoConfiguration
        })
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
    } else if message.contains(" second timeout exceeded after ")
        || starts("deleting incomplete state after ")
    {
        Some(LogEvent::GaveUp)
    } else if let Some(how) = message.strip_prefix("IMPAIR: ") {
        Some(LogEvent::Impaired(escaped(how.as_bytes())))
    } else if message.contains("retransmitting response") && message.contains("duplicate") {
        Some(LogEvent::RequestRepeated)
    } else if message.contains(" traffic information: ") {
        carried(message)
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
    let Some((_, rest)) = message.split_once("origin ICMP type ") else {
        // What the system makes of "port unreachable" (RFC 1122 §4.1.3.3).
        return message.contains(": Connection refused").then_some((3, 3));
    };
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
        || message.ends_with(" Payload is larger than can fit")
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
const QUIET: [&str; 42] = [
    "|",
    "    us: ",
    "    them: ",
    "AH traffic information",
    "DOS mode on;",
    "ESP traffic information",
    "I am sending ",
    "IKEv1 Aggressive Mode with PSK is vulnerable",
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
    "Received IPv",
    "Received subnet",
    "Subnet ",
    "Informational Exchange message must be",
];

/// Lists of proposals that are remembered.
const LISTS_MAX: usize = 1_024;

/// Bytes of a list of proposals.
const LIST_BYTES_MAX: usize = 4_096;

#[cfg(test)]
mod tests;
