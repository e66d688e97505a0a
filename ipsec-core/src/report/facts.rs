//! What a fact is called in a line of a ladder or of a timeline.

use super::clock::since;
use crate::evidence::{
    Content, Exchange, IcmpError, IkeMessage, IncompleteDatagram, PacketOutline, ProtectedFlow,
    Unsealing,
};
use crate::time::Instant;
use crate::wire::registry::ip::Protocol;
use crate::wire::registry::{ike, isakmp};
use core::fmt::Write as _;

/// ` ×4`, or nothing for one.
fn times(n: u64) -> String {
    if n > 1 {
        format!(" ×{n}")
    } else {
        String::new()
    }
}

/// `IKE_AUTH request 1 ×4 until +7.2 s: encrypted, 204 bytes`.
pub(super) fn message(message: &IkeMessage, start: Instant) -> String {
    let mut label = message_name(message);
    let copies = u64::from(message.seen.copies);
    label.push_str(&times(copies));
    if copies > 1 {
        let _ = write!(label, " until {}", since(message.seen.last, start));
    }
    let contents = contents(message);
    if !contents.is_empty() {
        let _ = write!(label, ": {contents}");
    }
    label
}

/// `IKE_AUTH request 1`.
pub(super) fn message_name(message: &IkeMessage) -> String {
    let mut name = match message.exchange {
        Exchange::V1(exchange) => name_v1(exchange),
        Exchange::V2(exchange) => {
            let side = if message.response {
                "response"
            } else {
                "request"
            };
            format!("{exchange} {side} {}", message.message_id)
        }
    };
    if message.route.from.port() == 4500 || message.route.to.port() == 4500 {
        name.push_str(" @4500");
    }
    name
}

fn name_v1(exchange: isakmp::ExchangeType) -> String {
    match exchange {
        isakmp::ExchangeType::IDENTITY_PROTECTION => "Main Mode".into(),
        isakmp::ExchangeType::AGGRESSIVE => "Aggressive Mode".into(),
        other => other.to_string(),
    }
}

/// What can be seen of a message: payloads, error notifications by name, in
/// braces what was decrypted, or else the size of the encrypted part.
pub(super) fn contents(message: &IkeMessage) -> String {
    let mut parts: Vec<String> = errors(&message.content).cloned().collect();
    match (&message.inside, &message.sealed) {
        (Some(inside), _) => parts.push(format!("{{{}}}", opened(message, inside))),
        (None, Some(sealed)) => {
            parts.push(format!("encrypted, {} bytes", sealed.len));
            if let Some(Unsealing::Failed(fault)) = sealed.unsealing {
                parts.push(fault.to_string());
            }
        }
        (None, None) => parts.push(counted(payloads(message, &message.content)).join(" ")),
    }
    if let Some((part, total)) = message.fragment {
        parts.push(match part {
            0 => format!("{total} fragments"),
            part => format!("fragment {part} of {total}"),
        });
    }
    if message.ip_fragments > 1 {
        parts.push(format!("in {} IP fragments", message.ip_fragments));
    }
    let hidden = message
        .inside
        .as_ref()
        .and_then(|inside| inside.fault.as_ref());
    if let Some(fault) = message.fault.as_ref().or(hidden) {
        parts.push(format!("malformed: {}", fault.what));
    }
    parts.retain(|part| !part.is_empty());
    parts.join(", ")
}

/// `IDr AUTH N ×2 N(TS_UNACCEPTABLE)`.
fn opened(message: &IkeMessage, inside: &Content) -> String {
    let mut left = errors(inside).count();
    let others = payloads(message, inside).filter(|name| {
        let is_error = name == "N" && left > 0;
        left = left.saturating_sub(usize::from(is_error));
        !is_error
    });
    let errors = errors(inside).map(|name| format!("N({name})"));
    counted(others.chain(errors)).join(" ")
}

fn errors(content: &Content) -> impl Iterator<Item = &String> {
    let errors = content.notifies.iter().filter(|notify| notify.is_error);
    errors.map(|notify| &notify.name)
}

/// The names of the payloads in `content`.
fn payloads(message: &IkeMessage, content: &Content) -> impl Iterator<Item = String> {
    content
        .payloads
        .iter()
        .map(|&number| match message.exchange {
            Exchange::V1(_) => isakmp::PayloadType(number).to_string(),
            Exchange::V2(_) => ike::PayloadType(number).to_string(),
        })
}

/// Each name once, with the number of times.
fn counted(all: impl Iterator<Item = String>) -> Vec<String> {
    let mut names: Vec<(String, u64)> = Vec::new();
    for name in all {
        match names.iter_mut().find(|(known, _)| *known == name) {
            Some((_, count)) => *count = count.saturating_add(1),
            None => names.push((name, 1)),
        }
    }
    names
        .into_iter()
        .map(|(name, n)| name + &times(n))
        .collect()
}

/// `ESP c1a2b3d4 ×12, 1416 bytes, until +9.2 s`.
pub(super) fn flow(flow: &ProtectedFlow, start: Instant) -> String {
    let packets = flow.tally.packets;
    let mut label = format!(
        "{}{}, {} bytes",
        flow_name(flow),
        times(packets),
        flow.bytes
    );
    if packets > 1 {
        let _ = write!(label, ", until {}", since(flow.tally.last, start));
    }
    if flow.missing > 0 {
        let _ = write!(label, ", {} missing", flow.missing);
    }
    label
}

/// `ESP in UDP c1a2b3d4`.
pub(super) fn flow_name(flow: &ProtectedFlow) -> String {
    let name = match (flow.is_ah, flow.udp_encapsulated) {
        (true, _) => "AH",
        (false, true) => "ESP in UDP",
        (false, false) => "ESP",
    };
    format!("{name} {:08x}", flow.spi)
}

/// `NAT keepalive ×3`.
pub(super) fn keepalives(packets: u64) -> String {
    format!("NAT keepalive{}", times(packets))
}

/// `UDP, 990 bytes`.
pub(super) fn outline(packet: &PacketOutline) -> String {
    let mut label = Protocol(packet.protocol).to_string();
    if let Some(len) = packet.payload_len {
        let _ = write!(label, ", {len} bytes");
    }
    label
}

/// `ICMP port unreachable ×2, says 192.0.2.1`.
pub(super) fn icmp(error: &IcmpError) -> String {
    let (kind, code) = error.type_code;
    let what = error.kind.words();
    let what = what.unwrap_or_else(|| format!("type {kind} code {code}").into());
    let reporter = error.tally.route.from.ip();
    let by = if reporter == error.about.to.ip() {
        String::new()
    } else {
        format!(", says {reporter}")
    };
    format!("ICMP {what}{}{by}", times(error.tally.packets))
}

/// `IP fragments ×2: its end never came`.
pub(super) fn lost(datagram: &IncompleteDatagram) -> String {
    let missing = match (datagram.has_first, datagram.has_last) {
        (true, true) => "its middle",
        (true, false) => "its end",
        (false, _) => "its beginning",
    };
    format!(
        "IP fragments{}: {missing} never came",
        times(datagram.tally.packets)
    )
}
