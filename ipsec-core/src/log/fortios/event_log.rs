//! Events of the kind VPN, as `key=value` pairs: `date=2021-01-03
//! time=04:22:03 logid="0101037124" … status="negotiate_error" reason="…"`.

use super::messages::spi;
use crate::evidence::{AuthenticationFault, ChildSpis, LogEvent, Logged, Route};
use crate::log::ends::{Named, end};
use crate::log::is_error_name;
use crate::log::reading::Told;
use crate::log::reasons::reason;
use crate::log::stamp::{self, Clock};
use crate::time::Instant;
use crate::wire::tree::escaped;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::net::SocketAddr;

/// Whether a line is an event of any kind.
pub(super) fn is_line(text: &str) -> bool {
    let kinds = || field(text, "type").is_some() && field(text, "subtype").is_some();
    number(text).is_some_and(|number| is_vpn(number) || kinds())
}

/// `0101037124`: the kind of log, of event, the event. Shorter in old versions.
fn number(text: &str) -> Option<&str> {
    let number = field(text, "logid").or_else(|| field(text, "log_id"))?;
    let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
    (is_number && (5..=10).contains(&number.len())).then_some(number)
}

fn is_vpn(number: &str) -> bool {
    number.len() == 10 && number.starts_with("0101")
}

/// What an event tells.
pub(super) fn tell(text: &str, clock: &mut Clock, named: &mut Named) -> Told {
    let kind = field(text, "subtype");
    if !matches!(kind, Some("vpn" | "ipsec")) && !number(text).is_some_and(is_vpn) {
        return Told::Quiet;
    }
    let name = known(text, "vpntunnel").or_else(|| known(text, "vpn_tunnel"));
    let connection = name.map(|name| escaped(name.as_bytes()));
    let peers = route(text).and_then(|route| named.told(connection.as_ref(), route));
    let event = event(text).map(|event| match child(text) {
        Some(child) => Logged::new(connection, event).of_child(child),
        None => Logged::new(connection, event),
    });
    let facts: Vec<Logged> = peers.into_iter().chain(event).collect();
    if !facts.is_empty() {
        return Told::Facts(at(text, clock), facts);
    }
    let failed = matches!(field(text, "level"), Some("error" | "critical" | "alert"));
    if failed { Told::Unknown } else { Told::Quiet }
}

/// The value of `name=value` or `name="value"`.
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.match_indices(name).find_map(|(at, _)| {
        let (head, rest) = text.split_at_checked(at)?;
        let apart = head.is_empty() || head.ends_with([' ', ',', '>', '"', '\t']);
        let value = rest
            .strip_prefix(name)?
            .strip_prefix('=')
            .filter(|_| apart)?;
        match value.strip_prefix('"') {
            Some(quoted) => quoted.split('"').next(),
            None => value.split([' ', ',']).next(),
        }
    })
}

/// A value that is not written as unknown.
fn known<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let value = field(text, name)?;
    (!matches!(value, "" | "N/A" | "NOT-APPLICABLE" | "none")).then_some(value)
}

/// `eventtime` counts nanoseconds, in older versions seconds, of universal
/// time.
fn at(text: &str, clock: &mut Clock) -> Option<Instant> {
    let event = field(text, "eventtime").and_then(|time| time.parse::<u64>().ok());
    if let Some(time) = event {
        let micros = match time {
            0..100_000_000_000 => time.saturating_mul(1_000_000),
            100_000_000_000..100_000_000_000_000 => time.saturating_mul(1_000),
            100_000_000_000_000..100_000_000_000_000_000 => time,
            _ => time / 1_000,
        };
        return Some(Instant::from_micros(micros));
    }
    let zone = field(text, "tz").unwrap_or_default();
    let local = format!("{}T{}{zone}", field(text, "date")?, field(text, "time")?);
    stamp::stamp(&local).map(|(stamp, _)| clock.at(stamp))
}

fn route(text: &str) -> Option<Route> {
    let end = |names: [&str; 2], port: [&str; 2]| {
        let address = names.iter().find_map(|name| known(text, name))?;
        let port = port.iter().find_map(|name| known(text, name));
        let port = port.and_then(|port| port.parse().ok()).unwrap_or(0);
        Some(SocketAddr::new(end(address)?.ip(), port))
    };
    Some(Route {
        from: end(["locip", "loc_ip"], ["locport", "loc_port"])?,
        to: end(["remip", "rem_ip"], ["remport", "rem_port"])?,
    })
}

fn event(text: &str) -> Option<LogEvent> {
    let is = |name: &str, value: &str| field(text, name) == Some(value);
    if let Some(name) = known(text, "peer_notif") {
        let name: String = name.replace('-', "_");
        let is_error = is_error_name(&name);
        return Some(LogEvent::Notified {
            name: escaped(name.as_bytes()),
            is_error,
        });
    }
    let why = known(text, "reason").or_else(|| known(text, "error_reason"));
    let why = why.or_else(|| known(text, "error_num"));
    if why.is_some_and(|why| why.contains("unknown SPI")) {
        return Some(LogEvent::UnknownSpi(known(text, "spi").and_then(spi)));
    }
    if is("status", "dpd_failure") {
        return Some(LogEvent::PeerDead);
    }
    if is("xauthresult", "XAUTH authentication failed") {
        let fault = AuthenticationFault::User;
        return Some(LogEvent::AuthenticationFailed(fault));
    }
    why.and_then(reason).or_else(|| by_action(text))
}

/// Whether the event is of phase 2, or of phase 1.
fn child(text: &str) -> Option<bool> {
    let about = known(text, "logdesc").or_else(|| known(text, "msg"))?;
    if about.contains("hase 2") || about.contains("IPsec SA") {
        Some(true)
    } else {
        about.contains("hase 1").then_some(false)
    }
}

fn by_action(text: &str) -> Option<LogEvent> {
    let is = |name: &str, value: &str| field(text, name) == Some(value);
    let failed =
        is("status", "negotiate_error") || is("status", "failure") || is("result", "ERROR");
    let done = is("result", "DONE");
    let phase1 = text.contains("phase 1") || text.contains("phase1");
    match field(text, "action")? {
        "install_sa" => Some(LogEvent::ChildEstablished(ChildSpis {
            inbound: known(text, "in_spi").and_then(spi),
            outbound: known(text, "out_spi").and_then(spi),
        })),
        "phase2-up" => Some(LogEvent::ChildEstablished(ChildSpis::default())),
        "phase1-up" => Some(LogEvent::IkeEstablished),
        "delete_phase1_sa" | "delete_ipsec_sa" => Some(LogEvent::Deleted { by_peer: false }),
        "dpd" if failed => Some(LogEvent::PeerDead),
        _ if failed => Some(LogEvent::Failed),
        "negotiate" if done && phase1 && !is("exch", "SA_INIT") => Some(LogEvent::IkeEstablished),
        _ => None,
    }
}
