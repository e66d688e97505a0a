//! Makes a capture of ESP packets and the keys to it, to measure how fast both
//! are read:
//!
//! ```text
//! esp_capture BYTES gcm|cbc|chacha OUT.pcap OUT.esp_sa
//! ```
//!
//! The packets carry UDP datagrams in tunnel mode, 1420 bytes each with their
//! inner IP header.
#![expect(
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    reason = "a tool for measurements may stop, and cuts numbers on purpose"
)]

use core::error::Error;
use core::net::Ipv4Addr;
use ipsec_core::capture::PcapWriter;
use ipsec_core::crypto::{Secret, rustcrypto, suite};
use ipsec_core::esp::transform::{Clear, EspTransform, Integrity};
use ipsec_core::time::Instant;
use ipsec_core::wire::ip::Ipv4;
use ipsec_core::wire::registry::ike::{self, Encryption};
use ipsec_core::wire::registry::ip::{LinkType, Protocol};
use ipsec_core::wire::udp::Udp;
use std::fs::{self, File};
use std::io::BufWriter;

const SPI: u32 = 0xc0ff_ee00;
const OUTER: [Ipv4Addr; 2] = [
    Ipv4Addr::new(192, 0, 2, 10),
    Ipv4Addr::new(198, 51, 100, 20),
];
const INNER: [Ipv4Addr; 2] = [Ipv4Addr::new(10, 1, 0, 1), Ipv4Addr::new(10, 2, 0, 1)];

/// Bytes of an inner packet.
const INNER_LEN: usize = 1420;

struct Suite {
    transform: EspTransform,
    /// The key file.
    keys: String,
}

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [bytes, name, capture, keys] = words.as_slice() else {
        return Err("usage: esp_capture BYTES gcm|cbc|chacha OUT.pcap OUT.esp_sa".into());
    };
    let suite = suite_of(name)?;
    fs::write(keys, &suite.keys)?;
    let file = BufWriter::with_capacity(1 << 20, File::create(capture)?);
    let mut file = PcapWriter::new(file, LinkType::RAW)?;
    let (limit, inner) = (bytes.parse::<u64>()?, inner());
    let (mut written, mut number) = (0_u64, 0_u64);
    while written < limit {
        number += 1;
        let packet = outer(&seal(&suite.transform, number, &inner)?);
        let len = u32::try_from(packet.len())?;
        file.write(Instant::from_micros(number * 100), 0, len, &packet)?;
        written += u64::from(len) + 16;
    }
    file.finish()?;
    Ok(())
}

fn suite_of(name: &str) -> Result<Suite, Box<dyn Error>> {
    let sha256 = ike::Integrity::AUTH_HMAC_SHA2_256_128;
    let mac = suite::integrity(sha256).ok_or("no such algorithm")?;
    let (encryption, integrity, lens, names) = match name {
        "gcm" => (
            Encryption::ENCR_AES_GCM_16,
            Integrity::None,
            [20, 0],
            ["AES-GCM [RFC4106]", "NULL"],
        ),
        "chacha" => {
            let name = ["ChaCha20 with Poly1305 [RFC7634]", "NULL"];
            (
                Encryption::ENCR_CHACHA20_POLY1305,
                Integrity::None,
                [36, 0],
                name,
            )
        }
        "cbc" => {
            let name = ["AES-CBC [RFC3602]", "HMAC-SHA-256-128 [RFC4868]"];
            (
                Encryption::ENCR_AES_CBC,
                Integrity::Mac(mac),
                [16, 32],
                name,
            )
        }
        _ => return Err("gcm, cbc or chacha".into()),
    };
    let [encr, integ] = lens.map(|len| Secret::new((0..len).collect()));
    let provider = rustcrypto::provider();
    let transform = EspTransform::new(provider, encryption, integrity, &encr, &integ)?;
    let hex = |key: &Secret| {
        let bytes = key.dangerous_bytes().iter();
        let digits: String = bytes.map(|byte| format!("{byte:02x}")).collect();
        if digits.is_empty() {
            digits
        } else {
            format!("0x{digits}")
        }
    };
    let ([from, to], [cipher, mac]) = (OUTER, names);
    let keys = format!(
        "\"IPv4\",\"{from}\",\"{to}\",\"{SPI:#010x}\",\"{cipher}\",\"{}\",\"{mac}\",\"{}\"\n",
        hex(&encr),
        hex(&integ)
    );
    Ok(Suite { transform, keys })
}

fn inner() -> Vec<u8> {
    let payload: Vec<u8> = (0..INNER_LEN - 28).map(|n| n as u8).collect();
    let [from, to] = INNER;
    let mut datagram = Vec::new();
    let udp = Udp::new(5000, 6000, &payload).sealed(from.into(), to.into());
    udp.encode(&mut datagram);
    datagram.extend(&payload);
    let mut packet = Vec::new();
    Ipv4::new(from, to, Protocol::UDP, &datagram).encode(&mut packet);
    packet.extend(datagram);
    packet
}

fn seal(sa: &EspTransform, number: u64, inner: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut clear = Clear::new(SPI, number as u32, Protocol::IPV4, inner);
    let mut iv = [0; 16];
    iv[8..].copy_from_slice(&number.to_be_bytes());
    clear.iv = &iv[16 - sa.iv_len()..];
    let mut packet = Vec::with_capacity(INNER_LEN + 64);
    sa.seal(&clear, &mut packet)?;
    Ok(packet)
}

fn outer(esp: &[u8]) -> Vec<u8> {
    let [from, to] = OUTER;
    let mut packet = Vec::with_capacity(esp.len() + 20);
    Ipv4::new(from, to, Protocol::ESP, esp).encode(&mut packet);
    packet.extend_from_slice(esp);
    packet
}
