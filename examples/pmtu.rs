//! Prints what ESP adds to packets with some suite, and what still fits: the
//! overhead, the inner MTU and the TCP segment (RFC 4301 §8.2).
//!
//! ```text
//! cargo run -p ipsec-examples --bin pmtu aes128gcm16
//! cargo run -p ipsec-examples --bin pmtu aes256-sha256 1492 transport udp
//! ```
#![expect(clippy::print_stdout, reason = "a program for the terminal")]

use core::error::Error;
use ipsec_core::config;
use ipsec_core::esp::overhead::{IpVersion, Mode, Wrapping};
use ipsec_core::esp::suite::Suite;
use ipsec_core::wire::registry::ike::ProtocolId;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let words = arguments.next().ok_or(USAGE)?;
    let (mut mtu, mut wrapping) = (1500, Wrapping::TUNNEL_V4);
    for argument in arguments {
        match argument.as_str() {
            "transport" => wrapping.mode = Mode::Transport,
            "beet" => wrapping.mode = Mode::Beet,
            "v6" => (wrapping.outer, wrapping.inner) = (IpVersion::V6, IpVersion::V6),
            "udp" => wrapping = wrapping.in_udp(),
            number => mtu = number.parse().map_err(|_| USAGE)?,
        }
    }
    let proposal = config::proposal(&words, ProtocolId::ESP).ok_or("no such suite")?;
    let overhead = Suite::of(&proposal)?.overhead(wrapping);
    let overhead = overhead.ok_or("no suite for ESP")?;
    let inner = overhead.inner_mtu(mtu).ok_or("nothing fits")?;
    let segment = overhead.tcp_mss(mtu, wrapping.inner).ok_or("no TCP fits")?;

    println!("suite      {words}");
    println!("path MTU   {mtu}");
    println!(
        "overhead   {}",
        overhead.packet(inner).saturating_sub(inner)
    );
    println!("inner MTU  {inner}");
    println!("TCP MSS    {segment}");
    Ok(())
}

const USAGE: &str = "usage: pmtu SUITE [MTU] [transport|beet] [v6] [udp]";
