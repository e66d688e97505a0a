//! What single messages of `diagnose debug application ike -1` tell.

use crate::evidence::{AuthenticationFault as Fault, ChildSpis, Exchange, LogEvent, Route};
use crate::log::ends::{arrow, end};
use crate::log::is_error_name;
use crate::log::reasons::{NO_PROPOSAL, reason};
use crate::wire::registry::{ike, isakmp};
use crate::wire::tree::escaped;
use alloc::vec::Vec;

/// A datagram that was sent or came.
pub(super) struct Passing {
    pub(super) sent: bool,
    /// Its addresses, where the same line tells them.
    pub(super) route: Option<Route>,
    len: Option<usize>,
    message_id: Option<u32>,
    exchange: Option<(Exchange, bool)>,
    again: bool,
}

impl Passing {
    /// `sent IKE msg (AUTH): A:500->B:500, len=216, id=i/r:00000001`,
    /// `IKEv2 exchange=AUTH_RESPONSE id=i/r:00000001 len=80`.
    pub(super) fn of(message: &str) -> Option<Self> {
        if let Some(rest) = message.strip_prefix("sent IKE msg (") {
            let (name, rest) = rest.split_once(')')?;
            let addresses = rest.trim_start_matches([':', ' ']);
            return Some(Self {
                sent: true,
                route: arrow(addresses.split(", ").next()?),
                len: field(rest, "len="),
                message_id: message_id(rest),
                exchange: sent_exchange(name),
                again: name.contains("RETRANSMIT"),
            });
        }
        let version = message.strip_prefix("IKEv")?;
        let (version, rest) = version.split_once(" exchange=")?;
        let name = rest.split_once(" id=").map_or(rest, |(name, _)| name);
        let exchange = match version {
            "1" => v1_exchange(name).map(|exchange| (exchange, false)),
            "2" => v2_exchange(name),
            _ => return None,
        };
        Some(Self {
            sent: false,
            route: None,
            len: field(rest, "len="),
            message_id: message_id(rest),
            exchange,
            again: false,
        })
    }

    pub(super) fn events(&self, route: Option<Route>) -> Vec<LogEvent> {
        let sent = self.sent;
        let datagram = route.zip(self.len);
        let datagram = datagram.map(|(route, len)| LogEvent::Datagram { sent, route, len });
        let message = self.exchange.map(|(exchange, response)| LogEvent::Message {
            sent,
            exchange,
            response,
            message_id: self.message_id,
            payloads: Vec::new(),
        });
        let again = self.again.then_some(LogEvent::Retransmitted(None));
        datagram.into_iter().chain(message).chain(again).collect()
    }
}

fn field(text: &str, name: &str) -> Option<usize> {
    let (_, rest) = text.split_once(name)?;
    let end = rest.find(|c: char| !c.is_ascii_digit());
    rest.get(..end.unwrap_or(rest.len()))?.parse().ok()
}

/// `id=12f2cbed073d6dba/0000000000000000:00000001`
fn message_id(text: &str) -> Option<u32> {
    let (_, rest) = text.split_once("id=")?;
    let (_, rest) = rest.split([' ', ',']).next()?.split_once(':')?;
    u32::from_str_radix(rest, 16).ok()
}

fn v1_exchange(name: &str) -> Option<Exchange> {
    use isakmp::ExchangeType as Type;
    Some(Exchange::V1(match name {
        "Identity Protection" => Type::IDENTITY_PROTECTION,
        "Aggressive" => Type::AGGRESSIVE,
        "Quick" => Type::QUICK_MODE,
        "Informational" => Type::INFORMATIONAL,
        "Mode config" | "Transaction" => Type::TRANSACTION,
        _ => return None,
    }))
}

fn v2_exchange(name: &str) -> Option<(Exchange, bool)> {
    use ike::ExchangeType as Type;
    let request = name.strip_suffix("_RESPONSE");
    let exchange = match request.unwrap_or(name) {
        "SA_INIT" => Type::IKE_SA_INIT,
        "AUTH" => Type::IKE_AUTH,
        "CREATE_CHILD" => Type::CREATE_CHILD_SA,
        "INFORMATIONAL" => Type::INFORMATIONAL,
        _ => return None,
    };
    Some((Exchange::V2(exchange), request.is_some()))
}

/// `AUTH_RESPONSE`, `RETRANSMIT_SA_INIT`, `ident_i1send`, `quick_r1send`
fn sent_exchange(name: &str) -> Option<(Exchange, bool)> {
    use isakmp::ExchangeType as Type;
    let first = name.strip_prefix("RETRANSMIT_").unwrap_or(name);
    v2_exchange(first).or_else(|| {
        let (mode, step) = name.split_once('_')?;
        let exchange = match mode {
            "ident" => Type::IDENTITY_PROTECTION,
            "agg" | "aggr" => Type::AGGRESSIVE,
            "quick" => Type::QUICK_MODE,
            _ => return None,
        };
        Some((Exchange::V1(exchange), step.starts_with('r')))
    })
}

/// What a message tells of a negotiation.
pub(super) fn event(message: &str) -> Option<LogEvent> {
    let any = |starts: &[&str]| starts.iter().any(|start| message.starts_with(start));
    if let Some((_, spis)) = message.split_once("added IPsec SA: SPIs=") {
        Some(LogEvent::ChildEstablished(pair(spis)))
    } else if let Some(ends) = message.strip_prefix("NAT detected: ") {
        Some(LogEvent::Nat {
            here: ends.split(' ').any(|end| end == "ME"),
            peer: ends.split(' ').any(|end| end == "PEER"),
        })
    } else if any(&["established IKE SA "]) {
        Some(LogEvent::IkeEstablished)
    } else if any(&["link fail "]) {
        Some(LogEvent::PeerDead)
    } else if any(&[
        "recv ISAKMP SA delete",
        "recv IPsec SA delete",
        "received delete",
    ]) {
        Some(LogEvent::Deleted { by_peer: true })
    } else if any(&["send IKE SA delete", "send IPsec SA delete"]) {
        Some(LogEvent::Deleted { by_peer: false })
    } else if any(&[
        "failed to get responder proposal",
        "failed to get a proposal",
    ]) {
        Some(NO_PROPOSAL)
    } else if any(&["negotiation failure", "negotiation failed"]) {
        Some(LogEvent::Failed)
    } else {
        notification(message)
            .or_else(|| authentication(message).map(LogEvent::AuthenticationFailed))
            .or_else(|| reason(message))
    }
}

fn notification(message: &str) -> Option<LogEvent> {
    let Some(name) = notified(message) else {
        let sent = notify_sent(message)?;
        return Some(LogEvent::NotifySent(escaped(sent.as_bytes())));
    };
    let is_error = is_error_name(&name.replace('-', "_"));
    Some(LogEvent::Notified {
        name: escaped(name.as_bytes()),
        is_error,
    })
}

fn authentication(message: &str) -> Option<Fault> {
    let any = |starts: &[&str]| starts.iter().any(|start| message.starts_with(start));
    let fails = message.contains("fail");
    let of = |word: &str| fails && message.contains(word);
    if any(&["auth verify failed", "signature verification failed"]) || of("PSK auth") {
        Some(Fault::KeyMismatch)
    } else if of("XAUTH") || of("EAP") || message.contains("FNBAM_DENIED") {
        Some(Fault::User)
    } else if any(&["no matching connection"]) {
        Some(Fault::NoConfiguration)
    } else {
        None
    }
}

/// `dec8f1a2/2f1c0044`: of what is received, of what is sent.
pub(super) fn pair(spis: &str) -> ChildSpis {
    let (inbound, outbound) = spis.split_once('/').unwrap_or((spis, ""));
    ChildSpis {
        inbound: spi(inbound),
        outbound: spi(outbound),
    }
}

pub(super) fn spi(text: &str) -> Option<u32> {
    let text = text.trim();
    let text = text.strip_prefix("0x").unwrap_or(text);
    let end = text.find(|c: char| !c.is_ascii_hexdigit());
    u32::from_str_radix(text.get(..end.unwrap_or(text.len()))?, 16).ok()
}

/// The notification that the peer sent.
fn notified(message: &str) -> Option<&str> {
    let heads = [
        "processing notify type ",
        "received notify type ",
        "received error notify ",
        "notify msg received: ",
    ];
    let rest = heads.iter().find_map(|head| message.strip_prefix(head))?;
    rest.split([' ', ',', '.']).next()
}

/// `sending AUTHENTICATION_FAILED notify`, `sending NOTIFY msg: …`
fn notify_sent(message: &str) -> Option<&str> {
    let rest = message
        .strip_prefix("sending ")
        .or_else(|| message.strip_prefix("send "))?;
    let name = rest
        .strip_prefix("notify type ")
        .or_else(|| rest.strip_prefix("NOTIFY msg: "))
        .or_else(|| rest.strip_suffix(" notify"))?;
    name.split(' ').next().filter(|name| !name.is_empty())
}

/// `peer proposal is: peer:0:10.2.0.0-10.2.0.255:0, me:0:…`,
/// `TSi_0 0:10.2.0.0-10.2.0.255:0`: selectors that the peer proposes.
pub(super) fn selectors(message: &str) -> Option<&str> {
    message
        .strip_prefix("peer proposal is: ")
        .or_else(|| message.strip_prefix("peer: type=").map(|_| message))
        .or_else(|| message.starts_with("TSi_").then_some(message))
}

/// `IPsec SA connect 3 A->B:500 negotiating`
pub(super) fn connecting(message: &str) -> Option<Route> {
    let rest = message.strip_prefix("IPsec SA connect ")?;
    let (_, rest) = rest.split_once(' ')?;
    let (from, to) = rest.split_once("->")?;
    let from = end(from)?;
    let to = end(to.split(' ').next()?)?;
    Some(Route { from, to })
}

/// Whether a message prints keys: `IKE SA i/r SK_ei 32:…`, `IPsec SA dec spi
/// 9822756d key 24:…`.
pub(super) fn is_key(message: &str) -> bool {
    let of_sa = ["IKE SA ", "ISAKMP SA ", "IPsec SA "]
        .iter()
        .any(|head| message.starts_with(head));
    of_sa
        && [" key ", " SK_", " auth "]
            .iter()
            .any(|word| message.contains(word))
}

/// Messages that tell nothing, or nothing that another does not.
pub(super) fn is_quiet(message: &str) -> bool {
    message.is_empty() || QUIET.iter().any(|start| message.starts_with(start))
}

const QUIET: [&str; 69] = [
    "(re)validate",
    "HA ",
    "IPsec SA connect",
    "IPsec SA selectors",
    "ISAKMP SA ",
    "NAT keep-alive",
    "NAT not detected",
    "NAT-T ",
    "PFS ",
    "PSK authentication succeeded",
    "VID ",
    "adding new ",
    "auth verify done",
    "authentication OK",
    "authentication succeeded",
    "auto-negotiate",
    "cache rebuild",
    "cached as ",
    "carrier up",
    "config found",
    "confirmed nat-t",
    "connection expiring",
    "cookie ",
    "created connection",
    "delete phase1 SA",
    "deleting",
    "detected NAT",
    "dialup",
    "enable ",
    "encapsulation ",
    "flush",
    "generate DH",
    "generate DPD",
    "idle ",
    "incoming proposal",
    "initiator",
    "keep-alive",
    "key-len",
    "link is idle",
    "matched ",
    "mine: ",
    "my proposal",
    "negotiating",
    "negotiation result",
    "parse error",
    "pass ",
    "peer identifier ",
    "peer: ",
    "preparing ",
    "processing ",
    "proposal id",
    "protocol ",
    "remote ",
    "responded ",
    "responder",
    "schedule ",
    "selected ",
    "sending DPD",
    "sending INITIAL-CONTACT",
    "sending SNMP tunnel",
    "set oper up",
    "set retransmit",
    "set sa life",
    "shrank heap",
    "trans_id",
    "transport mode",
    "tunnel mode",
    "type",
    "using existing connection",
];
