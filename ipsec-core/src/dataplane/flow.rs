//! What policies see of a packet (RFC 4301 §4.4.1.1).

use crate::sa::spd::{Direction, Flow, shows_ports};
use crate::wire::icmp::{Icmp, Icmpv6};
use crate::wire::ip::Packet;
use crate::wire::registry::ip::Protocol;

/// The flow of `packet`, which goes this way. A fragment that is not the first
/// shows no ports, and neither does a packet too short for them.
#[must_use]
pub fn flow(packet: &Packet<'_>, direction: Direction) -> Flow {
    let (source, destination) = (packet.source(), packet.destination());
    let ports = ports(packet);
    match direction {
        Direction::Out => Flow {
            local: source,
            remote: destination,
            protocol: packet.protocol(),
            ports,
        },
        Direction::In => Flow {
            local: destination,
            remote: source,
            protocol: packet.protocol(),
            ports: ports.map(|(source, destination)| (destination, source)),
        },
    }
}

fn ports(packet: &Packet<'_>) -> Option<(u16, u16)> {
    if packet
        .fragment()
        .is_some_and(|fragment| fragment.offset > 0)
    {
        return None;
    }
    let payload = packet.payload();
    let word = |at: usize| {
        let bytes = payload.get(at..)?.first_chunk::<2>()?;
        Some(u16::from_be_bytes(*bytes))
    };
    match packet.protocol() {
        Protocol::ICMP | Protocol::ICMPV6 => {
            let type_code = word(0)?;
            Some((type_code, type_code))
        }
        Protocol::MOBILITY_HEADER => {
            let kind = word(2)? & 0xff00;
            Some((kind, kind))
        }
        protocol if shows_ports(protocol) => Some((word(0)?, word(2)?)),
        _ => None,
    }
}

/// The flow of the packet that an ICMP error is about, which went this way
/// (RFC 4301 §6.2); `None` for anything else.
pub(super) fn quoted(packet: &Packet<'_>, direction: Direction) -> Option<Flow> {
    if packet.fragment().is_some() {
        return None;
    }
    let about = match packet.protocol() {
        Protocol::ICMP => Icmp::decode(packet.payload()).ok()?.quoted()?,
        Protocol::ICMPV6 => Icmpv6::decode(packet.payload()).ok()?.quoted()?,
        _ => return None,
    };
    let (about, _) = Packet::decode_lax(about).ok()?;
    Some(flow(&about, direction))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn v4(protocol: u8, offset: u8, payload: &[u8]) -> Vec<u8> {
        let len = u8::try_from(20 + payload.len()).unwrap();
        let mut bytes = Vec::from([0x45, 0, 0, len, 0, 0, 0, offset, 64, protocol, 0, 0]);
        bytes.extend([10, 1, 0, 1, 10, 2, 0, 1]);
        bytes.extend(payload);
        bytes
    }

    fn seen(bytes: &[u8], direction: Direction) -> Flow {
        flow(&Packet::decode_lax(bytes).unwrap().0, direction)
    }

    #[test]
    fn ours_is_the_source_on_the_way_out() {
        let bytes = v4(6, 0, &[4, 1, 0, 80]);
        let out = seen(&bytes, Direction::Out);
        assert_eq!(
            (out.local.to_string(), out.ports),
            ("10.1.0.1".into(), Some((1025, 80)))
        );
        let back = seen(&bytes, Direction::In);
        assert_eq!(
            (back.local.to_string(), back.ports),
            ("10.2.0.1".into(), Some((80, 1025)))
        );
    }

    #[test]
    fn what_stands_for_ports() {
        for (protocol, offset, payload, ports) in [
            (1, 0, &[8, 0, 1, 2][..], Some((0x0800, 0x0800))),
            (58, 0, &[128, 0], Some((0x8000, 0x8000))),
            (135, 0, &[59, 1, 5, 0], Some((0x0500, 0x0500))),
            (50, 0, &[1, 2, 3, 4], None),
            (6, 1, &[4, 1, 0, 80], None),
            (6, 0, &[4, 1, 0], None),
        ] {
            let flow = seen(&v4(protocol, offset, payload), Direction::Out);
            assert_eq!(flow.ports, ports, "{protocol} {offset}");
        }
    }
}
