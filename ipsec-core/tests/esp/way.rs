//! Packets on their whole way: sealed in place behind the headers of a mode,
//! and opened in place out of them. What the tests against other programs
//! compare is made and read here.

use crate::secret;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use ipsec_core::crypto::rustcrypto;
use ipsec_core::esp::sa::{EspReceiver, EspSender};
use ipsec_core::esp::transform::{EspTransform, Integrity};
use ipsec_core::esp::transport;
use ipsec_core::esp::tunnel::{self, Tunnel, UdpPorts};
use ipsec_core::sa::lifetime::{Lifetime, Limits};
use ipsec_core::sa::sequence::Numbers;
use ipsec_core::time::Instant;
use ipsec_core::wire::ip::{Ipv4, Ipv6, Packet};
use ipsec_core::wire::registry::ike::{Encryption as E, Integrity as I};
use ipsec_core::wire::registry::ip::Protocol;
use ipsec_core::wire::udp::Udp;

pub(crate) const SPI: u32 = 0xc0ff_ee01;
const NOW: Instant = Instant::ZERO;
const PORTS: UdpPorts = UdpPorts {
    local: 4500,
    remote: 4500,
};

/// Cipher, bytes of its key with salt, integrity algorithm.
pub(crate) type Suite = (E, usize, I);

/// Where the headers stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Way {
    pub(crate) tunnel: bool,
    pub(crate) outer_v6: bool,
    pub(crate) inner_v6: bool,
    pub(crate) udp: bool,
}

/// Every tunnel, and transport mode in both versions, each also in UDP.
pub(crate) fn ways() -> Vec<Way> {
    let mut ways = Vec::new();
    for udp in [false, true] {
        for (outer_v6, inner_v6) in [(false, false), (false, true), (true, false), (true, true)] {
            for tunnel in [true, false] {
                if tunnel || outer_v6 == inner_v6 {
                    ways.push(Way {
                        tunnel,
                        outer_v6,
                        inner_v6,
                        udp,
                    });
                }
            }
        }
    }
    ways
}

/// Key material that differs from byte to byte.
pub(crate) fn key(len: usize) -> Vec<u8> {
    let byte = |n: usize| u8::try_from((n * 7 + 5) % 251).unwrap();
    (0..len).map(byte).collect()
}

pub(crate) fn mac_key(mac: I) -> Vec<u8> {
    if mac == I::NONE {
        Vec::new()
    } else {
        key(crate::mac(mac).key)
    }
}

pub(crate) fn transform((cipher, len, mac): Suite) -> EspTransform {
    let integrity = match mac {
        I::NONE => Integrity::None,
        mac => Integrity::Mac(crate::mac(mac)),
    };
    let keys = [key(len), mac_key(mac)].map(|bytes| secret(&bytes));
    EspTransform::new(
        rustcrypto::provider(),
        cipher,
        integrity,
        &keys[0],
        &keys[1],
    )
    .unwrap()
}

pub(crate) fn forever() -> Lifetime {
    Lifetime::new(NOW, Limits::NONE, Limits::NONE)
}

pub(crate) fn halves(suite: Suite, numbers: Numbers) -> (EspSender, EspReceiver) {
    let sender = EspSender::new(SPI, transform(suite), numbers, forever());
    let receiver = EspReceiver::new(SPI, transform(suite), numbers, 64, forever());
    (sender, receiver)
}

/// The two ends of the way.
pub(crate) fn ends(v6: bool) -> (IpAddr, IpAddr) {
    if v6 {
        let end = |last| Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, last).into();
        return (end(1), end(2));
    }
    let end = |last| Ipv4Addr::new(192, 0, 2, last).into();
    (end(1), end(2))
}

/// A datagram with `data` of so many bytes between the two ends.
pub(crate) fn inner(v6: bool, data: usize) -> Vec<u8> {
    let data = key(data);
    let mut udp = Vec::new();
    Udp::new(40_000, 50_000, &data).encode(&mut udp);
    udp.extend(&data);
    let mut packet = Vec::new();
    match ends(v6) {
        (IpAddr::V4(a), IpAddr::V4(b)) => {
            Ipv4::new(a, b, Protocol::UDP, &udp).encode(&mut packet);
        }
        (IpAddr::V6(a), IpAddr::V6(b)) => {
            Ipv6::new(a, b, Protocol::UDP, &udp).encode(&mut packet);
        }
        _ => unreachable!(),
    }
    packet.extend(udp);
    packet
}

impl Way {
    fn outer(self) -> Tunnel {
        let (local, remote) = ends(self.outer_v6);
        let tunnel = Tunnel::new(local, remote).unwrap();
        if self.udp {
            tunnel.with_udp(PORTS)
        } else {
            tunnel
        }
    }

    /// Seals `packet` as it goes out.
    pub(crate) fn send(self, sa: &mut EspSender, packet: &[u8]) -> Vec<u8> {
        let (udp, outer) = (self.udp.then_some(PORTS), self.outer());
        let room = if self.tunnel {
            outer.room(sa, packet.len())
        } else {
            let head = Packet::decode(packet).unwrap().head_len();
            transport::room(sa, udp, packet.len(), head)
        };
        let mut buffer = vec![0xee; room.before];
        buffer.extend(packet);
        buffer.resize(buffer.len() + room.after, 0xee);
        let at = room.before..room.before + packet.len();
        let sent = if self.tunnel {
            outer.seal_in_place(sa, NOW, &mut buffer, at).unwrap()
        } else {
            transport::seal_in_place(sa, udp, NOW, &mut buffer, at).unwrap()
        };
        assert_eq!(sent, 0..buffer.len());
        buffer
    }

    /// Opens `packet` as it comes in.
    pub(crate) fn receive(self, sa: &mut EspReceiver, packet: &[u8]) -> Vec<u8> {
        let outer = Packet::decode(packet).unwrap();
        let class = outer.traffic_class();
        let head = outer.head_len();
        let start = if self.udp { head + 8 } else { head };
        let mut packet = packet.to_vec();
        let opened = sa.open_in_place(NOW, &mut packet[start..]).unwrap();
        let payload = start + opened.payload.start..start + opened.payload.end;
        if self.tunnel {
            let payload = &mut packet[payload];
            return tunnel::unwrap(opened.next_header, class, payload)
                .unwrap()
                .to_vec();
        }
        let at = transport::restore(&mut packet, head, opened.next_header, payload).unwrap();
        packet[at].to_vec()
    }
}
