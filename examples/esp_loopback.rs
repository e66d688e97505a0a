//! Two gateways in one process: packets of one LAN go through a tunnel of ESP
//! to the other, without a socket.
//!
//! ```text
//! cargo run -p ipsec-examples --bin esp_loopback aes128gcm16 3
//! ```
#![expect(clippy::print_stdout, reason = "a program for the terminal")]

use core::error::Error;
use core::net::{IpAddr, Ipv4Addr};
use ipsec_core::config;
use ipsec_core::crypto::{Secret, rustcrypto};
use ipsec_core::dataplane::{
    Carriage, Child, DataPlane, HEADROOM, Inbound, Outbound, Protection, TAILROOM,
};
use ipsec_core::esp::sa::{EspReceiver, EspSender};
use ipsec_core::esp::suite::Suite;
use ipsec_core::esp::tunnel::Tunnel;
use ipsec_core::sa::lifetime::{Lifetime, Limits};
use ipsec_core::sa::selector::Selector;
use ipsec_core::sa::spd::{Action, Policy, Spd, Traffic};
use ipsec_core::time::Instant;
use ipsec_core::wire::ip::Ipv4;
use ipsec_core::wire::registry::ike::ProtocolId;
use ipsec_core::wire::registry::ip::Protocol;

const NOW: Instant = Instant::ZERO;

/// What one end is.
struct End {
    address: Ipv4Addr,
    lan: &'static str,
    spi: u32,
}

const LEFT: End = End {
    address: Ipv4Addr::new(192, 0, 2, 1),
    lan: "10.1.0.0/16",
    spi: 0x1001,
};
const RIGHT: End = End {
    address: Ipv4Addr::new(198, 51, 100, 1),
    lan: "10.2.0.0/16",
    spi: 0x2002,
};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let words = arguments.next().unwrap_or("aes128gcm16".to_owned());
    let packets: u32 = arguments.next().map_or(Ok(3), |number| number.parse())?;
    let proposal = config::proposal(&words, ProtocolId::ESP).ok_or("no such suite")?;
    let suite = Suite::of(&proposal)?;
    let mut left = gateway(suite, &LEFT, &RIGHT)?;
    let mut right = gateway(suite, &RIGHT, &LEFT)?;
    for number in 1..=packets {
        let packet = datagram(format!("hello {number}").as_bytes());
        let (mut buffer, at) = roomy(&packet);
        let Outbound::Protected(outer) = left.outbound(NOW, &mut buffer, at) else {
            return Err("it is not sent".into());
        };
        let (sent, bytes) = (packet.len(), outer.len());
        let Inbound::Opened { packet: inner, .. } = right.inbound(NOW, &mut buffer, outer) else {
            return Err("it does not open".into());
        };
        let same = buffer.get(inner).is_some_and(|inner| inner == packet);
        println!("{number}: {sent} bytes, {bytes} on the wire, unchanged: {same}");
    }
    let (out, back) = (left.counts().protected, right.counts().opened);
    println!("{words}: {out} protected, {back} opened");
    Ok(())
}

/// A gateway between its LAN and the other's, with one pair of SAs.
fn gateway(suite: Suite, here: &End, there: &End) -> Result<DataPlane<()>, Box<dyn Error>> {
    let lans = Traffic {
        local: Selector::new(here.lan.parse()?),
        remote: Selector::new(there.lan.parse()?),
    };
    let policy = Policy::new("lans", vec![lans], Action::Protect(()));
    let mut gateway = DataPlane::new(Spd::new(vec![policy])?, 1);
    // Both ends take the same keys here; IKE makes others for each direction.
    let (key, integrity_key) = suite.key_lengths();
    let keys = [key, integrity_key].map(|len| Secret::new(vec![7; len]));
    let transform = || suite.esp(rustcrypto::provider(), &keys[0], &keys[1]);
    let life = Lifetime::new(NOW, Limits::NONE, Limits::NONE);
    let numbers = suite.numbers();
    let addresses = [here, there].map(|end| IpAddr::V4(end.address));
    let tunnel = Tunnel::new(addresses[0], addresses[1]).ok_or("two versions of IP")?;
    let protection = Protection::Esp {
        sender: EspSender::new(there.spi, transform()?, numbers, life),
        receiver: EspReceiver::new(here.spi, transform()?, numbers, 64, life),
    };
    let child = Child::new(0, vec![lans], protection, Carriage::Tunnel(tunnel));
    gateway.install(NOW, child)?;
    Ok(gateway)
}

/// A UDP datagram from one LAN to the other.
fn datagram(data: &[u8]) -> Vec<u8> {
    let len = u16::try_from(data.len().saturating_add(8)).unwrap_or(u16::MAX);
    let mut udp = [1024, 7, len, 0].map(u16::to_be_bytes).concat();
    udp.extend(data);
    let (from, to) = (Ipv4Addr::new(10, 1, 0, 1), Ipv4Addr::new(10, 2, 0, 1));
    let mut packet = Vec::new();
    Ipv4::new(from, to, Protocol::UDP, &udp).encode(&mut packet);
    packet.extend(udp);
    packet
}

/// The packet with room around it for what protects it.
fn roomy(packet: &[u8]) -> (Vec<u8>, core::ops::Range<usize>) {
    let end = HEADROOM.saturating_add(packet.len());
    let mut buffer = vec![0; HEADROOM];
    buffer.extend(packet);
    buffer.resize(end.saturating_add(TAILROOM), 0);
    (buffer, HEADROOM..end)
}
