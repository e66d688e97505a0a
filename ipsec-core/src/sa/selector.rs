//! Traffic selectors as boxes of addresses, ports and protocols
//! (RFC 7296 §3.13.1, RFC 4301 §4.4.1.1), and lists of them as sets.
//!
//! Every selector is the product of three intervals. ANY and OPAQUE fit in
//! because OPAQUE is one more port above 65535 that only ANY takes in.

use crate::wire::registry::ip;
use alloc::vec::Vec;
use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use core::str::FromStr;

/// The packets that one address range, port range and protocol describe.
///
/// ```
/// use ipsec_core::sa::selector::{Ports, Selector};
/// let lan = Selector::new("10.1.0.0/24".parse().unwrap());
/// let web = Selector::new("10.1.0.7".parse().unwrap())
///     .with_protocol(6)
///     .with_ports(Ports::new(443, 443).unwrap());
/// assert!(lan.contains(&web));
/// assert_eq!(lan.intersection(&web), Some(web));
/// assert_eq!(web.to_string(), "10.1.0.7/32[TCP/443]");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Selector {
    addresses: AddressRange,
    ports: Ports,
    /// One number, or all of them; a part of them only while subtracting.
    protocol: Interval,
}

impl Selector {
    /// Every protocol and port of `addresses`.
    #[must_use]
    pub const fn new(addresses: AddressRange) -> Self {
        Self {
            addresses,
            ports: Ports::ANY,
            protocol: ANY_PROTOCOL,
        }
    }

    /// The same, of one IP protocol; 0 means any, as on the wire.
    #[must_use]
    pub const fn with_protocol(mut self, number: u8) -> Self {
        self.protocol = match number {
            0 => ANY_PROTOCOL,
            number => Interval::new(number as u128, number as u128),
        };
        self
    }

    /// The same, of these ports. ICMP type and code and the Mobility Header's
    /// type stand in a port's place (RFC 7296 §3.13.1).
    #[must_use]
    pub const fn with_ports(mut self, ports: Ports) -> Self {
        self.ports = ports;
        self
    }

    /// Its addresses.
    #[must_use]
    pub const fn addresses(&self) -> AddressRange {
        self.addresses
    }

    /// Its ports.
    #[must_use]
    pub const fn ports(&self) -> Ports {
        self.ports
    }

    /// Its protocol; 0 means any.
    #[must_use]
    pub fn protocol(&self) -> u8 {
        if self.protocol == ANY_PROTOCOL {
            return 0;
        }
        u8::try_from(self.protocol.low).unwrap_or(0)
    }

    /// Its addresses, ports and protocols as numbers, from and to.
    pub(super) const fn sides(&self) -> [(u128, u128); 3] {
        let (addresses, ports) = (self.addresses.span, self.ports.0);
        [
            (addresses.low, addresses.high),
            (ports.low, ports.high),
            (self.protocol.low, self.protocol.high),
        ]
    }

    /// Whether it takes in every packet of `other`.
    #[must_use]
    pub fn contains(&self, other: &Self) -> bool {
        self.intersection(other) == Some(*other)
    }

    /// What both take in; `None` when that is nothing.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Option<Self> {
        Some(Self {
            addresses: self.addresses.intersection(other.addresses)?,
            ports: Ports(self.ports.0.intersection(other.ports.0)?),
            protocol: self.protocol.intersection(other.protocol)?,
        })
    }

    /// Appends to `rest` what `self` takes in and `other` does not, in at most
    /// six boxes that do not overlap.
    fn subtract(&self, other: &Self, rest: &mut Vec<Self>) {
        let Some(common) = self.intersection(other) else {
            rest.push(*self);
            return;
        };
        let mut middle = *self;
        let family = self.addresses.family;
        for span in self.addresses.span.outside(common.addresses.span) {
            middle.addresses = AddressRange { family, span };
            rest.push(middle);
        }
        middle.addresses = common.addresses;
        for ports in self.ports.0.outside(common.ports.0) {
            middle.ports = Ports(ports);
            rest.push(middle);
        }
        middle.ports = common.ports;
        for protocol in self.protocol.outside(common.protocol) {
            middle.protocol = protocol;
            rest.push(middle);
        }
    }
}

/// How two sets of packets lie to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "two sets lie in one of these ways")]
pub enum Relation {
    /// The same packets.
    Equal,
    /// The first is a part of the second.
    Within,
    /// The second is a part of the first.
    Around,
    /// Some packets are in both, some only in one, some only in the other.
    Overlapping,
    /// No packet is in both.
    Disjoint,
}

/// What all of `these` together have in common with all of `those`: one box
/// for each pair that meets, without those that lie within another.
#[must_use]
pub fn intersection(these: &[Selector], those: &[Selector]) -> Vec<Selector> {
    let mut common: Vec<Selector> = Vec::new();
    for both in these
        .iter()
        .flat_map(|this| those.iter().filter_map(|that| this.intersection(that)))
    {
        if !common.iter().any(|known| known.contains(&both)) {
            common.retain(|known| !both.contains(known));
            common.push(both);
        }
    }
    common
}

/// Whether all of `outer` together take in every packet of `inner`.
///
/// The answer is exact unless more than [`PIECES_MAX`] pieces would have to be
/// looked at; then it is `false`.
#[must_use]
pub fn covers(outer: &[Selector], inner: &[Selector]) -> bool {
    let mut left = inner.to_vec();
    for cut in outer {
        let mut rest = Vec::new();
        for piece in &left {
            piece.subtract(cut, &mut rest);
            if rest.len() > PIECES_MAX {
                return false;
            }
        }
        left = rest;
    }
    left.is_empty()
}

/// How `these` lie to `those`, each list taken as one set.
///
/// ```
/// use ipsec_core::sa::selector::{Relation, Selector, relation};
/// let net = |text: &str| [Selector::new(text.parse().unwrap())];
/// let halves = [net("10.1.0.0/25"), net("10.1.0.128/25")].concat();
/// assert_eq!(relation(&halves, &net("10.1.0.0/24")), Relation::Equal);
/// assert_eq!(relation(&net("10.1.0.0/24"), &net("10.1.0.0/16")), Relation::Within);
/// ```
#[must_use]
pub fn relation(these: &[Selector], those: &[Selector]) -> Relation {
    match (covers(those, these), covers(these, those)) {
        (true, true) => Relation::Equal,
        (true, false) => Relation::Within,
        (false, true) => Relation::Around,
        (false, false) if intersection(these, those).is_empty() => Relation::Disjoint,
        (false, false) => Relation::Overlapping,
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.addresses.fmt(f)?;
        match (self.protocol(), self.ports) {
            (0, Ports::ANY) => Ok(()),
            (0, ports) => write!(f, "[*/{ports}]"),
            (number, Ports::ANY) => write!(f, "[{}]", ip::Protocol(number)),
            (number, ports) => write!(f, "[{}/{ports}]", ip::Protocol(number)),
        }
    }
}

impl fmt::Debug for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Selector({self})")
    }
}

/// The ports of a selector: a range, any, or OPAQUE.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ports(Interval);

impl Ports {
    /// Any port, and packets that show none.
    pub const ANY: Self = Self(Interval::new(0, NO_PORT));
    /// Packets that show no port (fragments; RFC 4301 §4.4.1.1).
    pub const OPAQUE: Self = Self(Interval::new(NO_PORT, NO_PORT));

    /// The ports from `start` to `end` as a selector on the wire names them:
    /// 0 to 65535 is any, 65535 to 0 is OPAQUE.
    ///
    /// Returns `None` for any other range that runs backwards.
    #[must_use]
    pub const fn new(start: u16, end: u16) -> Option<Self> {
        match (start, end) {
            (0, u16::MAX) => Some(Self::ANY),
            (u16::MAX, 0) => Some(Self::OPAQUE),
            _ if start > end => None,
            _ => Some(Self(Interval::new(start as u128, end as u128))),
        }
    }

    /// First and last port as on the wire.
    #[must_use]
    pub fn bounds(self) -> (u16, u16) {
        let start = u16::try_from(self.0.low).unwrap_or(u16::MAX);
        match u16::try_from(self.0.high) {
            Ok(end) => (start, end),
            Err(_) if self == Self::OPAQUE => (u16::MAX, 0),
            Err(_) => (start, u16::MAX),
        }
    }
}

impl fmt::Display for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::ANY => f.write_str("any"),
            Self::OPAQUE => f.write_str("opaque"),
            Self(Interval { low, high }) if low == high => write!(f, "{low}"),
            Self(Interval { low, high }) => write!(f, "{low}-{high}"),
        }
    }
}

impl fmt::Debug for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ports({self})")
    }
}

/// Addresses from one to another, both included, of one family.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AddressRange {
    family: Family,
    span: Interval,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Family {
    V4,
    V6,
}

impl Family {
    const fn bits(self) -> u8 {
        match self {
            Self::V4 => 32,
            Self::V6 => 128,
        }
    }

    const fn max(self) -> u128 {
        match self {
            Self::V4 => u32::MAX as u128,
            Self::V6 => u128::MAX,
        }
    }

    fn address(self, bits: u128) -> IpAddr {
        match self {
            Self::V4 => Ipv4Addr::from(u32::try_from(bits).unwrap_or(u32::MAX)).into(),
            Self::V6 => Ipv6Addr::from(bits).into(),
        }
    }
}

fn split(address: IpAddr) -> (Family, u128) {
    match address {
        IpAddr::V4(address) => (Family::V4, u128::from(u32::from(address))),
        IpAddr::V6(address) => (Family::V6, u128::from(address)),
    }
}

impl AddressRange {
    /// Every IPv4 address.
    pub const ANY_V4: Self = Self {
        family: Family::V4,
        span: Interval::new(0, Family::V4.max()),
    };
    /// Every IPv6 address.
    pub const ANY_V6: Self = Self {
        family: Family::V6,
        span: Interval::new(0, Family::V6.max()),
    };

    /// From `low` to `high`.
    ///
    /// Returns `None` for two families, or when the range runs backwards.
    #[must_use]
    pub fn new(low: IpAddr, high: IpAddr) -> Option<Self> {
        let ((family, low), (other, high)) = (split(low), split(high));
        let span = Interval::new(low, high);
        (family == other && low <= high).then_some(Self { family, span })
    }

    /// The addresses that share the first `len` bits with `address`.
    ///
    /// Returns `None` when the family has fewer bits.
    #[must_use]
    pub fn from_prefix(address: IpAddr, len: u8) -> Option<Self> {
        let (family, bits) = split(address);
        let host_bits = family.bits().checked_sub(len)?;
        let hosts = block(u32::from(host_bits)) & family.max();
        Some(Self {
            family,
            span: Interval::new(bits & !hosts, bits | hosts),
        })
    }

    /// The first address.
    #[must_use]
    pub fn low(self) -> IpAddr {
        self.family.address(self.span.low)
    }

    /// The last address.
    #[must_use]
    pub fn high(self) -> IpAddr {
        self.family.address(self.span.high)
    }

    /// The addresses in both; `None` when there are none.
    #[must_use]
    pub fn intersection(self, other: Self) -> Option<Self> {
        let span = self.span.intersection(other.span)?;
        (self.family == other.family).then_some(Self { span, ..self })
    }

    pub(super) const fn is_v4(self) -> bool {
        matches!(self.family, Family::V4)
    }

    /// Whether `address` is in it.
    #[must_use]
    pub fn contains(self, address: IpAddr) -> bool {
        let (family, bits) = split(address);
        family == self.family && self.span.contains(bits)
    }

    /// The fewest prefixes that make it up, in ascending order: at most 62 for
    /// IPv4 and 254 for IPv6.
    #[must_use]
    pub fn prefixes(self) -> Prefixes {
        Prefixes {
            family: self.family,
            next: Some(self.span.low),
            last: self.span.high,
        }
    }
}

/// The prefixes of an [`AddressRange`].
#[derive(Clone)]
pub struct Prefixes {
    family: Family,
    next: Option<u128>,
    last: u128,
}

impl Iterator for Prefixes {
    type Item = (IpAddr, u8);

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.next?;
        let left = self.last.wrapping_sub(start);
        let aligned = start.trailing_zeros().min(u32::from(self.family.bits()));
        // The largest power of two of addresses that begins here and fits.
        let fits = left
            .checked_add(1)
            .map_or(u128::BITS, |count| count.ilog2());
        let host_bits = aligned.min(fits);
        let end = start | block(host_bits);
        self.next = end.checked_add(1).filter(|next| *next <= self.last);
        let len = self
            .family
            .bits()
            .saturating_sub(u8::try_from(host_bits).ok()?);
        Some((self.family.address(start), len))
    }
}

impl fmt::Debug for Prefixes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl fmt::Display for AddressRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut prefixes = self.prefixes();
        match (prefixes.next(), prefixes.next()) {
            (Some((address, len)), None) => write!(f, "{address}/{len}"),
            _ => write!(f, "{}-{}", self.low(), self.high()),
        }
    }
}

impl fmt::Debug for AddressRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AddressRange({self})")
    }
}

/// A text that is no address, prefix or range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NotAddresses;

impl fmt::Display for NotAddresses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("neither an address, nor a prefix, nor a range of addresses")
    }
}

impl core::error::Error for NotAddresses {}

/// Reads `10.1.0.7`, `10.1.0.0/24` (host bits are dropped) and
/// `10.1.0.1-10.1.0.9`, and the same of IPv6.
impl FromStr for AddressRange {
    type Err = NotAddresses;

    fn from_str(text: &str) -> Result<Self, NotAddresses> {
        let address = |text: &str| IpAddr::from_str(text.trim()).map_err(|_| NotAddresses);
        let range = if let Some((base, len)) = text.split_once('/') {
            let len = len.trim().parse().map_err(|_| NotAddresses)?;
            Self::from_prefix(address(base)?, len)
        } else if let Some((low, high)) = text.split_once('-') {
            Self::new(address(low)?, address(high)?)
        } else {
            let host = address(text)?;
            Self::new(host, host)
        };
        range.ok_or(NotAddresses)
    }
}

/// Numbers from one to another, both included: one side of a box.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Interval {
    low: u128,
    high: u128,
}

impl Interval {
    const fn new(low: u128, high: u128) -> Self {
        Self { low, high }
    }

    fn contains(self, number: u128) -> bool {
        (self.low..=self.high).contains(&number)
    }

    fn intersection(self, other: Self) -> Option<Self> {
        let both = Self::new(self.low.max(other.low), self.high.min(other.high));
        (both.low <= both.high).then_some(both)
    }

    /// The parts below and above `inner`, which must lie within.
    fn outside(self, inner: Self) -> impl Iterator<Item = Self> {
        let below = inner.low.checked_sub(1).filter(|high| self.low <= *high);
        let above = inner.high.checked_add(1).filter(|low| *low <= self.high);
        let below = below.map(|high| Self { high, ..self });
        below
            .into_iter()
            .chain(above.map(|low| Self { low, ..self }))
    }
}

/// The lowest `bits` bits set.
const fn block(bits: u32) -> u128 {
    match 1_u128.checked_shl(bits) {
        Some(bit) => bit.wrapping_sub(1),
        None => u128::MAX,
    }
}

/// The port of packets that show none.
pub(super) const NO_PORT: u128 = 65_536;

const ANY_PROTOCOL: Interval = Interval::new(0, u8::MAX as u128);

/// Pieces that [`covers`] looks at before it gives up.
pub const PIECES_MAX: usize = 16_384;

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use proptest::prelude::*;

    fn net(text: &str) -> Selector {
        Selector::new(text.parse().unwrap())
    }

    fn range(text: &str) -> AddressRange {
        text.parse().unwrap()
    }

    #[test]
    fn any_takes_in_opaque_and_a_range_does_not() {
        let fragments = net("10.0.0.0/8").with_ports(Ports::OPAQUE);
        assert!(net("10.0.0.0/8").contains(&fragments));
        let low = net("10.0.0.0/8").with_ports(Ports::new(0, 65534).unwrap());
        assert_eq!(low.intersection(&fragments), None);
        assert_eq!(Ports::new(65535, 0), Some(Ports::OPAQUE));
        assert_eq!(Ports::new(0, 65535), Some(Ports::ANY));
        assert_eq!(Ports::new(9, 8), None);
        for ports in [Ports::ANY, Ports::OPAQUE, Ports::new(1, 65535).unwrap()] {
            let (start, end) = ports.bounds();
            assert_eq!(Ports::new(start, end), Some(ports));
        }
    }

    /// A offers 10.1.0.0/24 === 10.2.0.0/24; B has the wrong mask.
    #[test]
    fn one_digit_off() {
        let (a, b) = ([net("10.2.0.0/24")], [net("10.20.0.0/24")]);
        assert_eq!(relation(&a, &b), Relation::Disjoint);
        let b = [net("10.2.0.0/25")];
        assert_eq!(relation(&a, &b), Relation::Around);
        assert_eq!(intersection(&a, &b), b);
        let b = [net("10.2.0.0/25"), net("10.3.0.0/24")];
        assert_eq!(relation(&a, &b), Relation::Overlapping);
    }

    #[test]
    fn written_as_people_write_them() {
        assert_eq!(net("10.1.0.0/24").to_string(), "10.1.0.0/24");
        assert_eq!(net("0.0.0.0/0").to_string(), "0.0.0.0/0");
        assert_eq!(net("::/0").to_string(), "::/0");
        assert_eq!(net("10.0.0.1-10.0.0.4").to_string(), "10.0.0.1-10.0.0.4");
        let dns = net("2001:db8::1").with_protocol(17);
        assert_eq!(dns.to_string(), "2001:db8::1/128[UDP]");
        let dns = dns.with_ports(Ports::new(53, 54).unwrap());
        assert_eq!(dns.to_string(), "2001:db8::1/128[UDP/53-54]");
        let any = net("10.0.0.0/8").with_ports(Ports::OPAQUE);
        assert_eq!(any.to_string(), "10.0.0.0/8[*/opaque]");
    }

    #[test]
    fn texts_that_are_no_addresses() {
        for text in [
            "",
            "10.1.0.0/33",
            "10.0.0.2-10.0.0.1",
            "10.0.0.1-::1",
            "10.1/16",
            "/",
            "-",
            "10.0.0.1/x",
        ] {
            assert_eq!(text.parse::<AddressRange>(), Err(NotAddresses), "{text}");
        }
        assert_eq!(range("10.1.2.3/16"), range("10.1.0.0-10.1.255.255"));
        assert_eq!(range("::/0"), AddressRange::ANY_V6);
        assert_eq!(range("0.0.0.0/0"), AddressRange::ANY_V4);
    }

    #[test]
    fn longest_splits() {
        let count = |text| range(text).prefixes().count();
        assert_eq!(count("0.0.0.1-255.255.255.254"), 62);
        assert_eq!(count("::1-ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe"), 254);
        assert_eq!(count("0.0.0.0/0"), 1);
        assert_eq!(count("::/0"), 1);
        assert_eq!(count("255.255.255.255"), 1);
    }

    /// Single addresses and single ports cut the net into a grid, then the net
    /// itself takes in all that is left.
    #[test]
    fn covers_gives_up_at_its_limit() {
        let whole = net("10.0.0.0/8");
        let grid = |lines: u16| -> Vec<Selector> {
            let host = |n: u16| net(&alloc::format!("10.0.{}.1", n));
            let port = |n: u16| whole.with_ports(Ports::new(2 * n + 1, 2 * n + 1).unwrap());
            (0..lines)
                .map(host)
                .chain((0..lines).map(port))
                .chain([whole])
                .collect()
        };
        assert!(covers(&grid(100), &[whole]));
        let side = u16::try_from(PIECES_MAX.isqrt()).unwrap();
        assert!(!covers(&grid(side), &[whole]), "more than {PIECES_MAX}");
    }

    /// A universe small enough to try every packet: 8 addresses, ports 0 to 7
    /// and none, protocols 0 to 3.
    const PACKETS: usize = 8 * 9 * 4;

    fn holds(selector: &Selector, packet: usize) -> bool {
        let (address, port, protocol) = (packet % 8, packet / 8 % 9, packet / 72);
        let address = IpAddr::from([10, 0, 0, u8::try_from(address).unwrap()]);
        let port = if port == 8 { NO_PORT } else { port as u128 };
        selector.addresses.contains(address)
            && selector.ports.0.contains(port)
            && selector.protocol.contains(protocol as u128)
    }

    fn set(selectors: &[Selector]) -> Vec<bool> {
        (0..PACKETS)
            .map(|packet| selectors.iter().any(|s| holds(s, packet)))
            .collect()
    }

    prop_compose! {
        /// A selector within the small universe: any means all of it.
        fn selector()(
            a in 0_u8..8, b in 0_u8..8, p in 0_u16..8, q in 0_u16..8,
            kind in 0..4, protocol in 0_u8..4,
        ) -> Selector {
            let address = |n| IpAddr::from([10, 0, 0, n]);
            let addresses = AddressRange::new(address(a.min(b)), address(a.max(b))).unwrap();
            let ports = match kind {
                0 => Ports::ANY,
                1 => Ports::OPAQUE,
                _ => Ports::new(p.min(q), p.max(q)).unwrap(),
            };
            Selector::new(addresses).with_ports(ports).with_protocol(protocol)
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn boxes_agree_with_sets_of_packets(a in selector(), b in selector()) {
            let both: Vec<bool> = set(&[a]).iter().zip(set(&[b])).map(|(x, y)| *x && y).collect();
            prop_assert_eq!(set(a.intersection(&b).as_slice()), both);
            let mut rest = Vec::new();
            a.subtract(&b, &mut rest);
            for packet in 0..PACKETS {
                let held = rest.iter().filter(|part| holds(part, packet)).count();
                let expected = holds(&a, packet) && !holds(&b, packet);
                prop_assert_eq!(held, usize::from(expected), "no overlap, no gap");
            }
        }

        #[test]
        fn lists_agree_with_sets_of_packets(
            a in prop::collection::vec(selector(), 0..5),
            b in prop::collection::vec(selector(), 0..5),
        ) {
            let (in_a, in_b) = (set(&a), set(&b));
            let common: Vec<bool> = in_a.iter().zip(&in_b).map(|(x, y)| *x && *y).collect();
            prop_assert_eq!(set(&intersection(&a, &b)), common.clone());
            // Ports 8 to 65535 and protocols above 3 are outside the universe,
            // so ANY is compared only where a list holds it whole.
            if covers(&a, &b) {
                prop_assert_eq!(&common, &in_b);
            }
            match relation(&a, &b) {
                Relation::Equal => prop_assert_eq!(in_a, in_b),
                Relation::Disjoint => prop_assert!(common.iter().all(|x| !x)),
                Relation::Within => prop_assert_eq!(common, in_a),
                Relation::Around => prop_assert_eq!(common, in_b),
                Relation::Overlapping => prop_assert!(common.iter().any(|x| *x)),
            }
        }

        /// Without ANY the universe is everything, and `covers` is exact.
        #[test]
        fn covering_is_exact(
            a in prop::collection::vec(selector(), 0..6),
            b in prop::collection::vec(selector(), 1..4),
        ) {
            let bounded = |s: &Selector| s.protocol() != 0 && s.ports != Ports::ANY;
            let b: Vec<_> = b.into_iter().filter(bounded).collect();
            let (in_a, in_b) = (set(&a), set(&b));
            let subset = in_a.iter().zip(&in_b).all(|(x, y)| *x || !*y);
            prop_assert_eq!(covers(&a, &b), subset);
        }

        #[test]
        fn prefixes_are_exact_and_fewest(low in any::<u32>(), high in any::<u32>(), small in any::<bool>()) {
            let high = if small { low.saturating_add(high % 300) } else { high };
            let (low, high) = (low.min(high), low.max(high));
            let whole = AddressRange::new(Ipv4Addr::from(low).into(), Ipv4Addr::from(high).into()).unwrap();
            let parts: Vec<_> = whole
                .prefixes()
                .map(|(address, len)| AddressRange::from_prefix(address, len).unwrap())
                .collect();
            prop_assert_eq!(parts[0].span.low, u128::from(low));
            prop_assert_eq!(parts[parts.len() - 1].span.high, u128::from(high));
            for pair in parts.windows(2) {
                prop_assert_eq!(pair[0].span.high + 1, pair[1].span.low, "no gap, no overlap");
                // Two neighbours of one size that a shorter prefix would hold
                // together would not be fewest.
                let size = pair[0].span.high - pair[0].span.low + 1;
                let same = size == pair[1].span.high - pair[1].span.low + 1;
                prop_assert!(!same || pair[0].span.low % (2 * size) != 0);
            }
        }
    }
}
