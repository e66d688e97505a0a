//! The bytes of a snapshot, all numbers big-endian: `IPSA`, the version, how
//! many pairs of SAs, and then each. Names and lists have their length before
//! them; what may be missing has a byte that says whether it is there.

use super::{Child, Keys, Material, Protection};
use crate::crypto::Secret;
use crate::dataplane::Carriage;
use crate::esp::half::{Receiver, Sender};
use crate::esp::tunnel::{DontFragment, Dscp, Ecn, Tunnel, UdpPorts};
use crate::sa::lifetime::{Lifetime, Limits};
use crate::sa::path_mtu::PathMtu;
use crate::sa::selector::{AddressRange, Ports, Selector};
use crate::sa::sequence::{Numbers, WINDOW_MAX, WINDOW_MIN, Window};
use crate::sa::spd::Traffic;
use crate::time::{Duration, Instant};
use crate::wire::registry::ike;
use crate::wire::{DecodeError, DecodeErrorKind};
use alloc::string::String;
use alloc::vec::Vec;
use core::net::IpAddr;

/// A pair of SAs as it was.
pub(super) struct Saved {
    pub(super) policy: String,
    pub(super) traffic: Vec<Traffic>,
    pub(super) material: Material,
    pub(super) sent: Half,
    pub(super) received: Half,
    pub(super) carriage: Carriage,
    pub(super) path: PathMtu,
    pub(super) choices: (Option<u64>, bool, bool),
}

/// One direction.
pub(super) struct Half {
    pub(super) spi: u32,
    pub(super) numbers: Numbers,
    pub(super) number: u64,
    /// Of what is sent, an empty one.
    pub(super) window: Window,
    soft: Limits,
    hard: Limits,
    idle: Option<Duration>,
    used: (u64, u64),
}

impl Half {
    pub(super) fn life(&self, now: Instant) -> Lifetime {
        let (bytes, packets) = self.used;
        let life = Lifetime::new(now, self.soft, self.hard).with_used(bytes, packets);
        match self.idle {
            Some(idle) => life.with_idle(idle),
            None => life,
        }
    }
}

/// Bytes that a pair of SAs takes at most, without its keys.
pub(super) fn room(name: &str, child: &Child) -> usize {
    let marks = match child.protection() {
        Protection::Esp { receiver, .. } => receiver.window().marks().len(),
        Protection::Ah { receiver, .. } => receiver.window().marks().len(),
    };
    let traffic = child.traffic().len().saturating_mul(2 * SELECTOR);
    let lists = marks.saturating_mul(8).saturating_add(traffic);
    FIXED.saturating_add(name.len()).saturating_add(lists)
}

pub(super) fn write(
    out: &mut Writer,
    now: Instant,
    name: &str,
    child: &Child,
    material: &Material,
) {
    out.text(name.as_bytes());
    out.u16(material.encryption.map_or(0, |id| id.0));
    out.u16(material.integrity.map_or(0, |id| id.0));
    for keys in [&material.sent, &material.received] {
        out.text(keys.encryption.dangerous_bytes());
        out.text(keys.integrity.dangerous_bytes());
    }
    match child.protection() {
        Protection::Esp { sender, receiver } => halves(out, now, sender, receiver),
        Protection::Ah { sender, receiver } => halves(out, now, sender, receiver),
    }
    out.len(child.traffic().len());
    for part in child.traffic() {
        out.selector(&part.local);
        out.selector(&part.remote);
    }
    out.carriage(&child.carriage);
    out.u16(child.path.link());
    out.flag(child.path.is_v6());
    out.u64(micros(child.path.holds()));
    let (dscp, fragments, cut_before) = child.choices();
    out.maybe(dscp);
    out.flag(fragments);
    out.flag(cut_before);
}

fn halves<S, R>(out: &mut Writer, now: Instant, sender: &Sender<S>, receiver: &Receiver<R>) {
    out.u32(sender.spi());
    out.flag(sender.numbers() == Numbers::Extended);
    out.u64(sender.sent());
    out.life(&sender.lifetime().left(now));
    let window = receiver.window();
    out.u32(receiver.spi());
    out.flag(window.numbers() == Numbers::Extended);
    out.u64(window.top());
    out.life(&receiver.lifetime().left(now));
    out.u32(window.size());
    out.len(window.marks().len());
    for word in window.marks() {
        out.u64(*word);
    }
}

/// Appends.
pub(super) struct Writer(Vec<u8>);

impl Writer {
    pub(super) fn new(room: usize, count: usize) -> Self {
        let mut out = Self(Vec::with_capacity(room));
        out.0.extend(MAGIC);
        out.u16(VERSION);
        out.u32(u32::try_from(count).unwrap_or(u32::MAX));
        out
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    fn flag(&mut self, set: bool) {
        self.0.push(set.into());
    }

    fn u16(&mut self, number: u16) {
        self.0.extend(number.to_be_bytes());
    }

    fn u32(&mut self, number: u32) {
        self.0.extend(number.to_be_bytes());
    }

    fn u64(&mut self, number: u64) {
        self.0.extend(number.to_be_bytes());
    }

    fn len(&mut self, len: usize) {
        self.u32(u32::try_from(len).unwrap_or(u32::MAX));
    }

    fn text(&mut self, bytes: &[u8]) {
        self.len(bytes.len());
        self.0.extend(bytes);
    }

    fn maybe(&mut self, number: Option<u64>) {
        self.flag(number.is_some());
        self.u64(number.unwrap_or(0));
    }

    fn life(&mut self, life: &Lifetime) {
        for limits in [life.soft(), life.hard()] {
            self.maybe(limits.time.map(micros));
            self.maybe(limits.bytes);
            self.maybe(limits.packets);
        }
        self.maybe(life.idle().map(micros));
        self.u64(life.used().bytes);
        self.u64(life.used().packets);
    }

    fn address(&mut self, address: IpAddr) {
        self.flag(address.is_ipv6());
        match address {
            IpAddr::V4(v4) => self.0.extend(v4.octets()),
            IpAddr::V6(v6) => self.0.extend(v6.octets()),
        }
    }

    fn selector(&mut self, selector: &Selector) {
        self.address(selector.addresses().low());
        self.address(selector.addresses().high());
        let (start, end) = selector.ports().bounds();
        self.u16(start);
        self.u16(end);
        self.0.push(selector.protocol());
    }

    fn udp(&mut self, udp: Option<UdpPorts>) {
        self.flag(udp.is_some());
        self.u16(udp.map_or(0, |ports| ports.local));
        self.u16(udp.map_or(0, |ports| ports.remote));
    }

    fn carriage(&mut self, carriage: &Carriage) {
        match carriage {
            Carriage::Tunnel(tunnel) => {
                self.flag(true);
                self.address(tunnel.local());
                self.address(tunnel.remote());
                self.udp(tunnel.udp());
                self.maybe(match tunnel.dscp() {
                    Dscp::Copied => None,
                    Dscp::Fixed(field) => Some(field.into()),
                });
                self.0.push(match tunnel.dont_fragment() {
                    DontFragment::Copied => 0,
                    DontFragment::Set => 1,
                    DontFragment::Clear => 2,
                });
                self.flag(tunnel.ecn() == Ecn::Compatible);
            }
            Carriage::Transport { udp, original } => {
                self.flag(false);
                self.udp(*udp);
                self.flag(original.is_some());
                if let Some((from, to)) = original {
                    self.address(*from);
                    self.address(*to);
                }
            }
        }
    }
}

/// Reads what a [`Writer`] wrote.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    left: u32,
}

type Read<T> = Result<T, DecodeError>;

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Read<Self> {
        let left = 0;
        let mut reader = Self { bytes, at: 0, left };
        if reader.take(MAGIC.len(), "magic")? != MAGIC {
            return Err(reader.bad("magic", 0));
        }
        let version = reader.u16("version")?;
        if version != VERSION {
            return Err(reader.bad("version", version.into()));
        }
        reader.left = reader.u32("count")?;
        Ok(reader)
    }

    /// The next pair of SAs; `None` behind the last.
    pub(super) fn next(&mut self) -> Read<Option<Saved>> {
        let Some(left) = self.left.checked_sub(1) else {
            let rest = self.bytes.len().saturating_sub(self.at);
            let rest = u64::try_from(rest).unwrap_or(u64::MAX);
            return match rest {
                0 => Ok(None),
                rest => Err(self.bad("trailing bytes", rest)),
            };
        };
        self.left = left;
        self.pair().map(Some)
    }

    fn pair(&mut self) -> Read<Saved> {
        let name = self.text("policy")?;
        let policy = core::str::from_utf8(name).map(String::from);
        let policy = policy.map_err(|_| self.bad("policy", 0))?;
        let material = self.material()?;
        let sent = self.half(false)?;
        let received = self.half(true)?;
        let parts = self.len("traffic", 2 * SELECTOR_MIN)?;
        let mut traffic = Vec::with_capacity(parts);
        for _ in 0..parts {
            let (local, remote) = (self.selector()?, self.selector()?);
            traffic.push(Traffic { local, remote });
        }
        let carriage = self.carriage()?;
        let path = self.path()?;
        let choices = (
            self.maybe("dscp")?,
            self.flag("fragments")?,
            self.flag("cut before")?,
        );
        Ok(Saved {
            policy,
            traffic,
            material,
            sent,
            received,
            carriage,
            path,
            choices,
        })
    }

    fn material(&mut self) -> Read<Material> {
        let (cipher, integrity) = (self.u16("encryption")?, self.u16("integrity")?);
        let sent = self.keys()?;
        let received = self.keys()?;
        Ok(Material {
            encryption: (cipher != 0).then_some(ike::Encryption(cipher)),
            integrity: (integrity != 0).then_some(ike::Integrity(integrity)),
            sent,
            received,
        })
    }

    fn keys(&mut self) -> Read<Keys> {
        let encryption = Secret::new(self.text("encryption key")?.to_vec());
        let integrity = Secret::new(self.text("integrity key")?.to_vec());
        Ok(Keys {
            encryption,
            integrity,
        })
    }

    fn half(&mut self, receives: bool) -> Read<Half> {
        let spi = self.u32("spi")?;
        let numbers = match self.flag("extended numbers")? {
            true => Numbers::Extended,
            false => Numbers::Short,
        };
        let number = self.u64("number")?;
        let (soft, hard) = (self.limits()?, self.limits()?);
        let idle = self.maybe("idle")?.map(Duration::from_micros);
        let used = (self.u64("used bytes")?, self.u64("used packets")?);
        let window = match receives {
            true => self.window(numbers, number)?,
            false => Window::new(WINDOW_MIN, numbers),
        };
        Ok(Half {
            spi,
            numbers,
            number,
            window,
            soft,
            hard,
            idle,
            used,
        })
    }

    fn window(&mut self, numbers: Numbers, top: u64) -> Read<Window> {
        let size = self.u32("window")?;
        let words = self.len("window", 8)?;
        if size > WINDOW_MAX || words > MARKS_MAX {
            return Err(self.bad("window", size.into()));
        }
        let mut marks = Vec::with_capacity(words);
        for _ in 0..words {
            marks.push(self.u64("window")?);
        }
        let window = Window::restored(size, numbers, top, &marks);
        window.ok_or_else(|| self.bad("window", size.into()))
    }

    fn limits(&mut self) -> Read<Limits> {
        Ok(Limits {
            time: self.maybe("time limit")?.map(Duration::from_micros),
            bytes: self.maybe("byte limit")?,
            packets: self.maybe("packet limit")?,
        })
    }

    fn selector(&mut self) -> Read<Selector> {
        let (low, high) = (self.address()?, self.address()?);
        let range = AddressRange::new(low, high).ok_or_else(|| self.bad("addresses", 0))?;
        let (start, end) = (self.u16("ports")?, self.u16("ports")?);
        let ports = Ports::new(start, end).ok_or_else(|| self.bad("ports", start.into()))?;
        let protocol = self.byte("protocol")?;
        Ok(Selector::new(range)
            .with_ports(ports)
            .with_protocol(protocol))
    }

    fn carriage(&mut self) -> Read<Carriage> {
        if !self.flag("carriage")? {
            let udp = self.udp()?;
            let original = match self.flag("original addresses")? {
                true => Some((self.address()?, self.address()?)),
                false => None,
            };
            return Ok(Carriage::Transport { udp, original });
        }
        let (local, remote) = (self.address()?, self.address()?);
        let tunnel = Tunnel::new(local, remote).ok_or_else(|| self.bad("tunnel", 0))?;
        let tunnel = match self.udp()? {
            Some(ports) => tunnel.with_udp(ports),
            None => tunnel,
        };
        let dscp = match self.maybe("dscp")? {
            Some(field) => {
                let field = u8::try_from(field).map_err(|_| self.bad("dscp", field))?;
                Dscp::Fixed(field)
            }
            None => Dscp::Copied,
        };
        let rule = match self.byte("don't fragment")? {
            0 => DontFragment::Copied,
            1 => DontFragment::Set,
            2 => DontFragment::Clear,
            other => return Err(self.bad("don't fragment", other.into())),
        };
        let ecn = match self.flag("ecn")? {
            true => Ecn::Compatible,
            false => Ecn::Normal,
        };
        let tunnel = tunnel
            .with_dscp(dscp)
            .with_dont_fragment(rule)
            .with_ecn(ecn);
        Ok(Carriage::Tunnel(tunnel))
    }

    fn udp(&mut self) -> Read<Option<UdpPorts>> {
        let there = self.flag("udp")?;
        let (local, remote) = (self.u16("port")?, self.u16("port")?);
        Ok(there.then_some(UdpPorts { local, remote }))
    }

    fn path(&mut self) -> Read<PathMtu> {
        let link = self.u16("mtu")?;
        let path = match self.flag("mtu")? {
            true => PathMtu::v6(link),
            false => PathMtu::v4(link),
        };
        let holds = Duration::from_micros(self.u64("mtu age")?);
        Ok(path.with_age(holds))
    }

    fn address(&mut self) -> Read<IpAddr> {
        Ok(match self.flag("address")? {
            true => IpAddr::from(self.array::<16>("address")?),
            false => IpAddr::from(self.array::<4>("address")?),
        })
    }

    fn maybe(&mut self, field: &'static str) -> Read<Option<u64>> {
        let there = self.flag(field)?;
        let number = self.u64(field)?;
        Ok(there.then_some(number))
    }

    fn text(&mut self, field: &'static str) -> Read<&'a [u8]> {
        let len = self.len(field, 1)?;
        self.take(len, field)
    }

    /// How many things follow that take at least `each` bytes.
    fn len(&mut self, field: &'static str, each: usize) -> Read<usize> {
        let at = self.at;
        let count = usize::try_from(self.u32(field)?).unwrap_or(usize::MAX);
        let max = self.bytes.len().saturating_sub(self.at) / each;
        if count > max {
            let (value, min) = (count, 0);
            let kind = DecodeErrorKind::BadLength { value, min, max };
            return Err(DecodeError::new(at, field, kind));
        }
        Ok(count)
    }

    fn flag(&mut self, field: &'static str) -> Read<bool> {
        match self.byte(field)? {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(self.bad(field, other.into())),
        }
    }

    fn byte(&mut self, field: &'static str) -> Read<u8> {
        let [byte] = self.array(field)?;
        Ok(byte)
    }

    fn u16(&mut self, field: &'static str) -> Read<u16> {
        self.array(field).map(u16::from_be_bytes)
    }

    fn u32(&mut self, field: &'static str) -> Read<u32> {
        self.array(field).map(u32::from_be_bytes)
    }

    fn u64(&mut self, field: &'static str) -> Read<u64> {
        self.array(field).map(u64::from_be_bytes)
    }

    fn array<const N: usize>(&mut self, field: &'static str) -> Read<[u8; N]> {
        let bytes = self.take(N, field)?;
        bytes.try_into().map_err(|_| self.bad(field, 0))
    }

    fn take(&mut self, need: usize, field: &'static str) -> Read<&'a [u8]> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let Some((bytes, _)) = rest.split_at_checked(need) else {
            let have = rest.len();
            let kind = DecodeErrorKind::Truncated { need, have };
            return Err(DecodeError::new(self.at, field, kind));
        };
        self.at = self.at.saturating_add(need);
        Ok(bytes)
    }

    fn bad(&self, field: &'static str, value: u64) -> DecodeError {
        DecodeError::new(self.at, field, DecodeErrorKind::BadValue { value })
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

const MAGIC: [u8; 4] = *b"IPSA";

/// The version that is written, and the only one that is read.
const VERSION: u16 = 1;

/// Bytes before the first pair.
pub(super) const HEAD: usize = 10;

/// Bytes of a pair without lists, names and keys, with all that may be there.
const FIXED: usize = 512;

/// Bytes of a selector, at most and at least.
const SELECTOR: usize = 39;
const SELECTOR_MIN: usize = 15;

/// Words of the largest window.
const MARKS_MAX: usize = 256;
