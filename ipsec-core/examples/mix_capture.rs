//! Makes a large pcap file out of small captures, to measure speed and memory:
//!
//! ```text
//! mix_capture [--packets N | --bytes N] [--conversations K] [FILE…] > OUT
//! ```
//!
//! Without `--conversations` the files (those of `examples/captures` if none
//! is named) are repeated one after the other, each time with new SPIs. With
//! it, K pairs of addresses play one file each, all at once, and then exchange
//! ESP packets until the size is reached: the state that a reader must keep is
//! the same at any size.
#![expect(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a tool for measurements may stop, and cuts numbers on purpose"
)]

use core::error::Error;
use ipsec_core::capture::{CaptureReader, PcapWriter};
use ipsec_core::time::Instant;
use ipsec_core::wire::registry::ip::LinkType;
use std::fs::{self, File};
use std::io::{self, BufWriter, StdoutLock};
use std::path::{Path, PathBuf};

struct Wanted {
    packets: u64,
    bytes: u64,
    conversations: u32,
    files: Vec<PathBuf>,
}

/// A capture in memory; times are microseconds from its first frame.
struct Script {
    link: LinkType,
    frames: Vec<(u64, Vec<u8>)>,
}

struct Mix {
    out: PcapWriter<BufWriter<StdoutLock<'static>>>,
    packets: u64,
    bytes: u64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let wanted = arguments()?;
    let scripts = scripts(&wanted.files)?;
    let link = scripts.first().ok_or("no frames to mix")?.link;
    let out = BufWriter::with_capacity(1 << 20, io::stdout().lock());
    let mut mix = Mix {
        out: PcapWriter::new(out, link)?,
        packets: wanted.packets,
        bytes: wanted.bytes,
    };
    let end = if wanted.conversations == 0 {
        repeat(&mut mix, &scripts)
    } else {
        converse(&mut mix, &scripts, wanted.conversations)
    };
    match end {
        Err(error) if error.kind() == io::ErrorKind::WriteZero => mix.out.finish().map(drop)?,
        Err(error) => return Err(error.into()),
        Ok(()) => {}
    }
    Ok(())
}

/// Every file again and again, each time as a new conversation.
fn repeat(mix: &mut Mix, scripts: &[Script]) -> io::Result<()> {
    let (mut start, mut serial) = (0, 0_u32);
    loop {
        for script in scripts {
            for (at, frame) in &script.frames {
                mix.write(start + at, &renamed(script.link, frame, 0, serial))?;
            }
            start += script.frames.last().map_or(0, |(at, _)| *at) + 1_000_000;
            serial = serial.wrapping_add(1);
        }
    }
}

/// All conversations at once, a millisecond after one another; then ESP.
fn converse(mix: &mut Mix, scripts: &[Script], count: u32) -> io::Result<()> {
    let mut schedule = Vec::new();
    for pair in 0..count {
        let script = &scripts[pair as usize % scripts.len()];
        let start = u64::from(pair) * 1_000;
        schedule.extend(
            script
                .frames
                .iter()
                .map(|(at, frame)| (start + at, pair, script.link, frame)),
        );
    }
    schedule.sort_by_key(|(at, pair, ..)| (*at, *pair));
    let mut now = 0;
    for (at, pair, link, frame) in schedule {
        mix.write(at, &renamed(link, frame, pair, pair))?;
        now = at;
    }
    let mut noise = Noise(1);
    for sequence in 1_u32.. {
        for pair in 0..count {
            let script = &scripts[pair as usize % scripts.len()];
            let first = renamed(script.link, &script.frames[0].1, pair, pair);
            for answer in [false, true] {
                now += 10;
                mix.write(
                    now,
                    &esp(script.link, &first, answer, pair, sequence, &mut noise),
                )?;
            }
        }
    }
    Ok(())
}

impl Mix {
    /// Writes a frame; `WriteZero` when what was wanted is written.
    fn write(&mut self, at: u64, frame: &[u8]) -> io::Result<()> {
        let size = frame.len() as u64 + 16;
        if self.packets == 0 || self.bytes < size {
            return Err(io::ErrorKind::WriteZero.into());
        }
        self.packets -= 1;
        self.bytes -= size;
        let at = Instant::from_micros(START + at);
        self.out.write(at, 0, frame.len() as u32, frame)
    }
}

/// An ESP packet between the addresses of `like`, or back.
fn esp(
    link: LinkType,
    like: &[u8],
    answer: bool,
    pair: u32,
    sequence: u32,
    noise: &mut Noise,
) -> Vec<u8> {
    let Some(ip) = ipv4(link, like) else {
        return like.to_vec();
    };
    let (source, destination) = (&like[ip + 12..ip + 16], &like[ip + 16..ip + 20]);
    let payload = 64 + noise.next() as usize % 1337;
    let mut frame = like[..ip].to_vec();
    frame.extend([0x45, 0]);
    frame.extend((28 + payload as u16).to_be_bytes());
    frame.extend([(sequence >> 8) as u8, sequence as u8, 0, 0, 64, 50, 0, 0]);
    frame.extend(
        if answer {
            [destination, source]
        } else {
            [source, destination]
        }
        .concat(),
    );
    let spi = 0xc000_0000 | pair << 1 | u32::from(answer);
    frame.extend(spi.to_be_bytes());
    frame.extend(sequence.to_be_bytes());
    frame.resize_with(ip + 28 + payload, || noise.next() as u8);
    seal(&mut frame[ip..]);
    frame
}

/// The frame with other addresses (for `pair` ≠ 0) and other SPIs.
fn renamed(link: LinkType, frame: &[u8], pair: u32, serial: u32) -> Vec<u8> {
    let mut frame = frame.to_vec();
    if let Some(ip) = ipv4(link, &frame) {
        rename(&mut frame[ip..], pair, serial);
    }
    frame
}

fn rename(ip: &mut [u8], pair: u32, serial: u32) {
    let header = usize::from(ip[0] & 15) * 4;
    if ip.len() < header + 8 || header < 20 {
        return;
    }
    xor(&mut ip[4..6], &serial.to_be_bytes()[2..]);
    for address in [13, 17] {
        xor(&mut ip[address..address + 2], &pair.to_be_bytes()[2..]);
    }
    let first_fragment = ip[6] & 0x1f == 0 && ip[7] == 0;
    let protocol = ip[9];
    seal(ip);
    let payload = &mut ip[header..];
    match protocol {
        _ if !first_fragment => {}
        UDP => rename_udp(payload, serial),
        ESP => xor(&mut payload[..4], &serial.to_be_bytes()),
        ICMP if payload.len() >= 36 && [3, 11, 12].contains(&payload[0]) => {
            rename(&mut payload[8..], pair, serial);
            payload[2..4].fill(0);
            let sum = checksum(payload);
            payload[2..4].copy_from_slice(&sum);
        }
        _ => {}
    }
}

fn rename_udp(udp: &mut [u8], serial: u32) {
    let port = |at: usize| u16::from_be_bytes([udp[at], udp[at + 1]]);
    let (floated, ike) = (
        [port(0), port(2)].contains(&4500),
        [port(0), port(2)].contains(&500),
    );
    udp[6..8].fill(0);
    let marker = floated && udp.get(8..12) == Some(&[0; 4]);
    let from = if marker { 12 } else { 8 };
    if let Some(spis) = udp.get_mut(from..from + 16).filter(|_| ike || marker) {
        for spi in [0, 8] {
            if spis[spi..spi + 8] != [0; 8] {
                xor(&mut spis[spi + 4..spi + 8], &serial.to_be_bytes());
            }
        }
    } else if let Some(spi) = udp.get_mut(8..12).filter(|_| floated) {
        xor(spi, &serial.to_be_bytes());
    }
}

/// Where the IPv4 header begins, if there is a whole one.
fn ipv4(link: LinkType, frame: &[u8]) -> Option<usize> {
    let at = match link.0 {
        1 if frame.get(12..14)? == [8, 0] => 14,
        1 if frame.get(12..14)? == [0x81, 0] && frame.get(16..18)? == [8, 0] => 18,
        113 if frame.get(14..16)? == [8, 0] => 16,
        12 | 101 | 228 => 0,
        _ => return None,
    };
    (frame.get(at)? >> 4 == 4 && frame.len() >= at + 28).then_some(at)
}

/// Sets the checksum of an IPv4 header.
fn seal(ip: &mut [u8]) {
    let header = usize::from(ip[0] & 15) * 4;
    ip[10..12].fill(0);
    let sum = checksum(&ip[..header]);
    ip[10..12].copy_from_slice(&sum);
}

fn checksum(bytes: &[u8]) -> [u8; 2] {
    let words = bytes
        .chunks(2)
        .map(|pair| u32::from(pair[0]) << 8 | u32::from(*pair.get(1).unwrap_or(&0)));
    let sum = words.sum::<u32>();
    let sum = (sum >> 16) + (sum & 0xffff);
    (!((sum >> 16) + sum) as u16).to_be_bytes()
}

fn xor(bytes: &mut [u8], mask: &[u8]) {
    for (byte, mask) in bytes.iter_mut().zip(mask) {
        *byte ^= mask;
    }
}

/// Bytes without a pattern, the same on every run.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) as u32
    }
}

/// Reads the captures; those of another link layer than the first are left out.
fn scripts(files: &[PathBuf]) -> Result<Vec<Script>, Box<dyn Error>> {
    let mut scripts: Vec<Script> = Vec::new();
    for path in files {
        let mut reader = CaptureReader::new(File::open(path)?)?;
        let mut frames = Vec::new();
        let (mut start, mut link) = (None, None);
        while let Some(frame) = reader.next_frame()? {
            let start = *start.get_or_insert(frame.at);
            link = Some(frame.link);
            let at = frame.at.saturating_since(start).as_micros() as u64;
            frames.push((at, frame.data.to_vec()));
        }
        match link {
            Some(link) if scripts.first().is_none_or(|first| first.link == link) => {
                scripts.push(Script { link, frames });
            }
            _ => eprintln!("left out: {}", path.display()),
        }
    }
    Ok(scripts)
}

fn arguments() -> Result<Wanted, Box<dyn Error>> {
    let mut wanted = Wanted {
        packets: u64::MAX,
        bytes: u64::MAX,
        conversations: 0,
        files: Vec::new(),
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut number = || {
            words
                .next()
                .ok_or(format!("{word}: how many?"))?
                .parse()
                .map_err(Box::<dyn Error>::from)
        };
        match word.as_str() {
            "--packets" => wanted.packets = number()?,
            "--bytes" => wanted.bytes = number()?,
            "--conversations" => wanted.conversations = u32::try_from(number()?)?,
            _ => wanted.files.push(word.into()),
        }
    }
    if wanted.packets == u64::MAX && wanted.bytes == u64::MAX {
        return Err("say --packets N or --bytes N".into());
    }
    if wanted.files.is_empty() {
        let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/captures");
        wanted.files = fs::read_dir(ours)?
            .flatten()
            .map(|entry| entry.path())
            .collect();
        wanted
            .files
            .retain(|path| path.extension().is_some_and(|ext| ext == "pcap"));
        wanted.files.sort();
    }
    Ok(wanted)
}

/// When the first frame is: 2023-11-14 22:13:20 UTC.
const START: u64 = 1_700_000_000_000_000;
const ICMP: u8 = 1;
const UDP: u8 = 17;
const ESP: u8 = 50;
