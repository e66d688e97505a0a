//! `ipsec scan`: what a capture holds, by protocol, from the heads alone.

use super::args::Scan;
use super::input::{self, Warnings};
use super::{Failure, Status};
use crate::capture::{Frame, Link, Network};
use crate::wire::encap::{Encapsulated, IKE_PORT, NAT_TRAVERSAL_PORT, classify};
use crate::wire::ip::Packet;
use crate::wire::registry::ip::Protocol;
use crate::wire::udp::Udp;
use crate::wire::upper::Upper;
use crate::wire::{isakmp, registry};
use std::collections::BTreeMap;
use std::io::Write;

pub(super) fn run(args: &Scan, out: &mut dyn Write) -> Result<Status, Failure> {
    let mut reader = input::capture(&args.file)?;
    let mut warnings = Warnings::new(&args.file);
    let mut counts: BTreeMap<Kind, Count> = BTreeMap::new();
    let mut last = (Kind::Unreadable, Count::default());
    loop {
        match reader.next_frame() {
            Ok(Some(frame)) => {
                let kind = kind(&frame);
                if kind != last.0 {
                    counts.entry(last.0).or_default().join(last.1);
                    last = (kind, Count::default());
                }
                last.1.add(frame.original_len);
            }
            Ok(None) => break,
            Err(error) => warnings.add(&error),
        }
    }
    counts.entry(last.0).or_default().join(last.1);
    warnings.close();
    let mut total = Count::default();
    for (kind, count) in &counts {
        if count.packets > 0 {
            total.join(*count);
            line(out, &kind.name(), *count)?;
        }
    }
    line(out, "all", total)?;
    Ok(Status::Healthy)
}

fn line(out: &mut dyn Write, name: &str, count: Count) -> std::io::Result<()> {
    writeln!(
        out,
        "{name:<28} {:>12} packets {:>16} bytes",
        count.packets, count.bytes
    )
}

#[derive(Clone, Copy, Debug, Default)]
struct Count {
    packets: u64,
    bytes: u64,
}

impl Count {
    fn add(&mut self, len: u32) {
        self.join(Self {
            packets: 1,
            bytes: len.into(),
        });
    }

    const fn join(&mut self, other: Self) {
        self.packets = self.packets.saturating_add(other.packets);
        self.bytes = self.bytes.saturating_add(other.bytes);
    }
}

/// What a packet is, going by its heads and ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Ike { major: u8, exchange: u8 },
    Esp,
    EspInUdp,
    Ah,
    Keepalive,
    Fragment,
    Ip(u8),
    NotIp,
    Unreadable,
}

impl Kind {
    fn name(self) -> String {
        match self {
            Self::Ike { major: 1, exchange } => {
                format!("IKEv1 {}", registry::isakmp::ExchangeType(exchange))
            }
            Self::Ike { major, exchange } => {
                format!("IKEv{major} {}", registry::ike::ExchangeType(exchange))
            }
            Self::Esp => "ESP".into(),
            Self::EspInUdp => "ESP in UDP".into(),
            Self::Ah => "AH".into(),
            Self::Keepalive => "NAT keepalive".into(),
            Self::Fragment => "IP fragment".into(),
            Self::Ip(protocol) => format!("other {}", Protocol(protocol)),
            Self::NotIp => "not IP".into(),
            Self::Unreadable => "unreadable".into(),
        }
    }
}

fn kind(frame: &Frame<'_>) -> Kind {
    let Ok((link, None)) = Link::decode_lax(frame.link, frame.data) else {
        return Kind::Unreadable;
    };
    if link.network() != Network::Ip {
        return Kind::NotIp;
    }
    let Ok((packet, _)) = Packet::decode_lax(link.payload()) else {
        return Kind::Unreadable;
    };
    if packet.fragment().is_some_and(|f| f.more || f.offset > 0) {
        return Kind::Fragment;
    }
    match packet.upper() {
        Some(Upper::Udp(udp)) => in_udp(&udp),
        Some(Upper::Esp(_)) => Kind::Esp,
        Some(Upper::Ah(_)) => Kind::Ah,
        _ => Kind::Ip(packet.protocol().0),
    }
}

fn in_udp(udp: &Udp<'_>) -> Kind {
    let on = |port| udp.source_port == port || udp.destination_port == port;
    if on(NAT_TRAVERSAL_PORT) {
        return match classify(udp.payload) {
            Encapsulated::Ike(message) => ike(message),
            Encapsulated::Esp(_) => Kind::EspInUdp,
            Encapsulated::Keepalive => Kind::Keepalive,
            Encapsulated::Empty | Encapsulated::TooShort(_) => Kind::Ip(Protocol::UDP.0),
        };
    }
    if on(IKE_PORT) {
        return ike(udp.payload);
    }
    Kind::Ip(Protocol::UDP.0)
}

fn ike(message: &[u8]) -> Kind {
    isakmp::peek(message).map_or(Kind::Unreadable, |peek| Kind::Ike {
        major: peek.version >> 4,
        exchange: peek.exchange.0,
    })
}
