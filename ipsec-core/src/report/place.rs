//! Where a citation stands, in words.

use super::clock::{rfc3339, since};
use super::model::{Input, Report, Sighting};
use crate::evidence::Route;
use core::fmt::Write as _;

/// `wire.pcap packet 5, +0.213 s, 192.0.2.10 → 198.51.100.20`, or
/// `gw.conf:12:5`.
pub(super) fn location(report: &Report, sighting: &Sighting) -> String {
    let input = sighting.input.and_then(|input| report.inputs.get(input));
    let mut text = input
        .map_or("live", |input| short_name(report, input))
        .to_owned();
    if let Some(number) = sighting.packet {
        let _ = write!(text, " packet {number}");
    }
    for number in [sighting.line, sighting.column].into_iter().flatten() {
        let _ = write!(text, ":{number}");
    }
    if let Some(at) = sighting.at {
        match input.and_then(|input| input.start) {
            Some(start) => {
                let _ = write!(text, ", {}", since(at, start));
            }
            None => {
                let _ = write!(text, ", {}", rfc3339(at));
            }
        }
    }
    if let Some(route) = sighting.route {
        let _ = write!(text, ", {}", from_to(route));
    }
    text
}

/// The last part of a file's name, if that tells it from the others.
pub(super) fn short_name<'r>(report: &'r Report, input: &'r Input) -> &'r str {
    let others = report.inputs.iter().map(|other| other.name.as_str());
    shortened(&input.name, others)
}

/// The last part of `name`, if that tells it from `all` others.
pub(super) fn shortened<'r>(name: &'r str, all: impl Iterator<Item = &'r str>) -> &'r str {
    let last = |name: &'r str| name.rsplit(['/', '\\']).next().unwrap_or(name);
    let short = last(name);
    if all.filter(|other| last(other) == short).count() == 1 {
        short
    } else {
        name
    }
}

/// Ports are shown where they are not IKE's own.
pub(super) fn from_to(route: Route) -> String {
    let end = |socket: core::net::SocketAddr| match socket.port() {
        0 | 500 => socket.ip().to_string(),
        _ => socket.to_string(),
    };
    format!("{} → {}", end(route.from), end(route.to))
}
