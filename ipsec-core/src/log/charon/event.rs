//! What a message of charon tells by itself.

use super::super::is_error_name;
use crate::evidence::{AuthenticationFault, ChildSpis, Exchange, LogEvent, Route};
use crate::wire::registry::{ike, isakmp};
use crate::wire::tree::escaped;
use alloc::borrow::ToOwned;
use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};

/// What was made of a message.
pub(super) enum Heard {
    Fact(LogEvent),
    Facts(Vec<LogEvent>),
    Quiet,
    Unknown,
}

impl Heard {
    /// `event`, and another where there is one.
    pub(super) fn of(event: LogEvent, also: Option<LogEvent>) -> Self {
        match also {
            Some(also) => Self::Facts(Vec::from([event, also])),
            None => Self::Fact(event),
        }
    }
}

pub(super) fn event(message: &str) -> Heard {
    let told = exchange(message)
        .or_else(|| datagram(message))
        .or_else(|| notification(message))
        .or_else(|| course(message))
        .or_else(|| malformed(message))
        .or_else(|| authentication(message).map(LogEvent::AuthenticationFailed));
    match told {
        Some(event @ LogEvent::ChildEstablished(_)) => Heard::of(event, agreed(message)),
        Some(event) => Heard::of(event, answer(message)),
        None => answer(message).map_or(Heard::Unknown, Heard::Fact),
    }
}

/// `sending packet: from 192.0.2.10[500] to 198.51.100.20[500] (464 bytes)`
pub(super) fn datagram(message: &str) -> Option<LogEvent> {
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
pub(super) fn exchange(message: &str) -> Option<LogEvent> {
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
            .split_ascii_whitespace()
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
    if message.starts_with("peer didn't accept ") && message.contains(", it requested ") {
        let name = INVALID_KE.to_owned();
        return Some(LogEvent::Notified {
            name,
            is_error: true,
        });
    }
    let (name, rest) = message.strip_prefix("received ")?.split_once(' ')?;
    let is_error = match rest {
        "notify error" | "error notify" | "notify, no CHILD_SA built" => true,
        "notify" => is_error_name(name),
        _ => return None,
    };
    let name = is_name(name).then(|| escaped(name.as_bytes()))?;
    Some(LogEvent::Notified { name, is_error })
}

/// The notification that a message says it is answered with: `…, sending
/// NO_PROPOSAL_CHOSEN`.
pub(super) fn answer(message: &str) -> Option<LogEvent> {
    if message.contains(" unacceptable, requesting ") {
        return Some(LogEvent::NotifySent(INVALID_KE.to_owned()));
    }
    let (_, name) = message.rsplit_once(", sending ")?;
    (name.contains('_') && is_name(name)).then(|| LogEvent::NotifySent(name.to_owned()))
}

fn is_name(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

/// Lines on how an exchange or an SA fares.
fn course(message: &str) -> Option<LogEvent> {
    let starts = |text: &str| message.starts_with(text);
    if starts("IKE_SA ") {
        let established = message.contains(" established between ");
        return established.then_some(LogEvent::IkeEstablished);
    }
    let child = message.strip_prefix("inbound ").unwrap_or(message);
    if child.starts_with("CHILD_SA ") && child.contains(" established with SPIs ") {
        return Some(LogEvent::ChildEstablished(spis(child)));
    }
    if let Some(proposed) = selectors(message) {
        Some(LogEvent::NoSelectors(Some(escaped(proposed.as_bytes()))))
    } else if starts("giving up after ") || starts("deleting half open IKE_SA ") {
        Some(LogEvent::GaveUp)
    } else if starts("received retransmit of request ") {
        Some(LogEvent::RequestRepeated)
    } else if starts("DPD check timed out") {
        Some(LogEvent::PeerDead)
    } else if starts("sending DELETE for ") || starts("received DELETE for ") {
        let by_peer = starts("received ");
        Some(LogEvent::Deleted { by_peer })
    } else if starts("closing CHILD_SA ") {
        carried(message)
    } else if starts("unable to install ")
        || starts("unable to add SAD entry ")
        || starts("unable to add policy ")
        || starts("installing virtual IP ") && message.ends_with(" failed")
    {
        Some(LogEvent::InstallFailed)
    } else if starts("detected ") && message.contains(" collision ") {
        Some(LogEvent::Collision)
    } else if starts("building CRED_") && message.contains(" failed") {
        Some(LogEvent::NotLoaded(None))
    } else {
        again(message)
            .or_else(|| lifetime(message))
            .or_else(|| nat(message))
            .or_else(|| remote_user(message))
            .or_else(|| failed(message).then_some(LogEvent::Failed))
    }
}

/// `retransmit 2 of request with message ID 0`
fn again(message: &str) -> Option<LogEvent> {
    let rest = message
        .strip_prefix("sending retransmit ")
        .or_else(|| message.strip_prefix("retransmit "))?;
    let count = rest.split(' ').next()?.parse().ok()?;
    Some(LogEvent::Retransmitted(Some(count)))
}

/// `received 3600s lifetime, configured 600s`
fn lifetime(message: &str) -> Option<LogEvent> {
    let rest = message.strip_prefix("received ")?;
    let (received, configured) = rest.split_once("s lifetime, configured ")?;
    let received = received.parse().ok()?;
    let configured = configured.strip_suffix('s')?.parse().ok()?;
    (received != configured).then_some(LogEvent::LifetimeDiffers {
        received,
        configured,
    })
}

fn nat(message: &str) -> Option<LogEvent> {
    let here = message.starts_with("local host is behind NAT");
    let peer = message.starts_with("remote host is behind NAT");
    (here || peer).then_some(LogEvent::Nat { here, peer })
}

/// `XAuth authentication of 'alice' successful`, `assigning virtual IP 10.3.0.1
/// to peer 'alice'`
fn remote_user(message: &str) -> Option<LogEvent> {
    if let Some(rest) = message.strip_prefix("XAuth authentication of '") {
        let user = rest.strip_suffix("' successful")?;
        return Some(LogEvent::UserLoggedIn(escaped(user.as_bytes())));
    }
    let rest = message.strip_prefix("assigning virtual IP ")?;
    let (address, user) = rest.split_once(" to peer '")?;
    let user = user.strip_suffix('\'')?;
    Some(LogEvent::AddressBound {
        user: escaped(user.as_bytes()),
        address: Some(escaped(address.as_bytes())),
    })
}

/// Lines that tell an end without a reason.
fn failed(message: &str) -> bool {
    message.starts_with("failed to establish CHILD_SA")
        || message.starts_with("CHILD_SA rekeying failed")
        || message == "IDr payload missing"
        || message.ends_with(" processing failed") && message.contains(" with message ID ")
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

/// `… and TS 10.1.0.0/24 === 10.2.0.0/24`
fn agreed(message: &str) -> Option<LogEvent> {
    let (_, both) = message.split_once(" and TS ")?;
    let (local, remote) = both.split_once(" === ")?;
    Some(LogEvent::Selectors {
        local: escaped(local.as_bytes()),
        remote: escaped(remote.as_bytes()),
    })
}

/// `closing CHILD_SA net{1} with SPIs c1a2b3c4_i (84 bytes) 0d5e6f70_o (0
/// bytes) and TS …`
fn carried(message: &str) -> Option<LogEvent> {
    let mut counts = message.split(" (").skip(1).filter_map(|rest| {
        let (count, _) = rest.split_once(" bytes")?;
        count.parse().ok()
    });
    Some(LogEvent::Traffic {
        spis: spis(message),
        received: counts.next()?,
        sent: counts.next()?,
    })
}

/// The number that hexadecimal digits at the start of `text` write.
pub(super) fn hex(text: &str) -> Option<u32> {
    u32::from_str_radix(text.split(' ').next()?, 16).ok()
}

/// What a line tells that goes on about the one before: `config: 10.2.0.0/24,
/// received: 10.2.0.0/16 => match: 10.2.0.0/24`.
pub(super) fn detail(message: &str) -> Option<LogEvent> {
    let rest = message.strip_prefix("config: ")?;
    let (configured, rest) = rest.split_once(", received: ")?;
    let (received, _) = rest.split_once(" => match: ")?;
    (configured != received).then(|| LogEvent::Narrowed {
        received: escaped(received.as_bytes()),
        configured: escaped(configured.as_bytes()),
    })
}

/// Messages that break the rules.
fn malformed(message: &str) -> Option<LogEvent> {
    let starts = |text: &str| message.starts_with(text);
    let broken = message == "header verification failed"
        || message == "unable to apply received KE value"
        || message.ends_with(" payload as first payload")
        || starts("payload type ") && message.contains("payload is critical")
        || starts("not enough input to parse ")
        || message.ends_with(" verification failed") && is_name(first_word(message));
    broken.then(|| LogEvent::Malformed(escaped(message.as_bytes())))
}

fn first_word(text: &str) -> &str {
    text.split(' ').next().unwrap_or_default()
}

fn authentication(message: &str) -> Option<AuthenticationFault> {
    use AuthenticationFault as Fault;
    let starts = |text: &str| message.starts_with(text);
    let ends = |text: &str| message.ends_with(text);
    if starts("tried ") && ends("but MAC mismatched")
        || message == "calculated HASH does not match HASH payload"
    {
        Some(Fault::KeyMismatch)
    } else if starts("no shared key found for ") {
        Some(Fault::NoKey)
    } else if ends("decryption failed?") || message == "could not decrypt payloads" {
        Some(Fault::Undecryptable)
    } else if starts("no ") && message.contains(" private key found for ") {
        Some(Fault::NoCertificate)
    } else if message == "no peer config found" || message == "no matching peer config found" {
        Some(Fault::NoConfiguration)
    } else if starts("no IKE config found for ") {
        Some(Fault::UnknownPeer)
    } else if starts("found ") && message.contains(" matching config, but none allows ")
        || starts("Aggressive Mode PSK disabled for security")
    {
        Some(Fault::MethodOrMode)
    } else if starts("constraint requires ") && message.contains(" authentication, but ") {
        Some(Fault::Method)
    } else if starts("constraint check failed: identity ")
        || starts("IDir '") && message.contains("' does not match to '")
    {
        Some(Fault::IdentityMismatch)
    } else {
        user(message).then_some(Fault::User)
    }
}

/// Whether a message tells that a user was not let in.
fn user(message: &str) -> bool {
    let starts = |text: &str| message.starts_with(text);
    starts("XAuth authentication of ") && message.ends_with(" failed")
        || starts("EAP_") && message.ends_with(" method failed")
        || starts("EAP method ") && message.contains(" failed for peer ")
        || starts("EAP-MS-CHAPv2 verification failed")
        || starts("EAP-MS-CHAPv2 failed with error ")
        || starts("received EAP_FAILURE")
}

const INVALID_KE: &str = "INVALID_KE_PAYLOAD";
