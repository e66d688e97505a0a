//! Prints who talks to whom inside a tunnel, with the keys of its SAs.
//!
//! ```text
//! cargo run -p ipsec-examples --bin inside \
//!     examples/captures/tunnel.pcap examples/captures/tunnel.keys.json
//! ```
#![expect(clippy::print_stdout, reason = "a program for the terminal")]

use core::error::Error;
use ipsec_core::capture::{CaptureReader, Decoder, Inside, Keyring};
use ipsec_core::{crypto::rustcrypto, keylog};
use std::fs::{self, File};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(file), Some(keys)) = (arguments.next(), arguments.next()) else {
        return Err("usage: inside CAPTURE KEYS".into());
    };
    let mut keyring = Keyring::new(rustcrypto::provider());
    keyring.add(keylog::read(&fs::read(keys)?)); // any format; it is recognised
    let mut decoder = Decoder::with_keys(keyring.into());
    let mut capture = CaptureReader::new(File::open(file)?)?;
    while let Some(frame) = capture.next_frame()? {
        let packet = decoder.dissect(&frame);
        if let Some(unsealed) = &packet.unsealed
            && let Inside::Packet(inner) = &unsealed.inside
            && let Some(ip) = inner.ip
        {
            let (from, to) = (ip.source(), ip.destination());
            println!(
                "{} {from} -> {to} {}: {:?}",
                frame.number,
                ip.protocol(),
                unsealed.state
            );
        }
    }
    Ok(())
}
