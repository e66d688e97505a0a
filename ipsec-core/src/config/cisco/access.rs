//! Rules of access lists: `permit tcp 10.1.0.0 0.0.255.255 any eq www`. IOS
//! masks bits away, ASA and PIX keep them.

use super::lines::Word;
use super::{services, span_of};
use crate::config::model::{Filter, FilterRule, Setting, Traffic};
use crate::config::{ConfigErrorKind, Span};
use crate::sa::selector::{AddressRange, Ports};
use crate::sorted::Map;
use crate::wire::registry::ip::Protocol;
use alloc::string::String;
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What a bit means that is set in a mask.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::config) enum Masks {
    /// It may be any: IOS.
    Inverse,
    /// It must be as written: ASA.
    Normal,
}

/// A rule, its lists of addresses and ports multiplied out.
pub(in crate::config) struct Rule {
    pub(in crate::config) permits: bool,
    /// `any` is every address of IPv4.
    pub(in crate::config) from: Vec<Setting<Traffic>>,
    pub(in crate::config) to: Vec<Setting<Traffic>>,
    pub(in crate::config) span: Span,
}

impl Rule {
    /// Appends it to a list, a rule for each pair.
    pub(in crate::config) fn filter(&self, filter: &mut Filter) {
        let any = |mut traffic: Traffic| {
            let every = [AddressRange::ANY_V4, AddressRange::ANY_V6];
            traffic.addresses = traffic.addresses.filter(|range| !every.contains(range));
            traffic
        };
        for from in &self.from {
            for to in &self.to {
                if filter.rules.len() < RULES_MAX {
                    let (from, to) = (any(from.value), any(to.value));
                    let rule = FilterRule::new(self.permits, from, to, self.span);
                    filter.rules.push(rule);
                }
            }
        }
    }
}

/// Senders and receivers of the rules that let pass.
pub(in crate::config) fn permitted(
    rules: &[Rule],
) -> impl Iterator<Item = (Setting<Traffic>, Setting<Traffic>)> {
    rules.iter().filter(|rule| rule.permits).flat_map(|rule| {
        let from = rule.from.iter();
        from.flat_map(|from| rule.to.iter().map(|to| (from.clone(), to.clone())))
    })
}

/// Named addresses and ports of an ASA.
#[derive(Default)]
pub(in crate::config) struct Objects {
    pub(in crate::config) networks: Map<String, Vec<AddressRange>>,
    /// Ports alone; a group that names protocols too has none.
    pub(in crate::config) services: Map<String, Vec<Ports>>,
}

/// Why a rule cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::config) enum Bad {
    /// It ends too early.
    Cut,
    /// A word is wrong.
    Wrong(Span, ConfigErrorKind),
    /// It is no rule: a remark, or one that is switched off.
    Silent,
}

/// Reads a rule from its `permit` or `deny` on.
pub(in crate::config) fn rule(
    words: &[Word<'_>],
    masks: Masks,
    objects: &Objects,
) -> Result<Rule, Bad> {
    let mut reader = Reader {
        words: words.iter(),
        masks,
        objects,
    };
    let permits = match &*reader.next()?.text {
        "permit" => true,
        "deny" => false,
        _ => return Err(Bad::Silent),
    };
    let protocol = reader.protocol()?;
    let from = reader.side(protocol)?;
    let to = reader.side(protocol)?;
    if reader.words.any(|word| word.text == "inactive") {
        return Err(Bad::Silent);
    }
    let span = span_of(words).ok_or(Bad::Cut)?;
    Ok(Rule {
        permits,
        from,
        to,
        span,
    })
}

/// Reads a rule of a standard list, which knows senders alone.
pub(in crate::config) fn standard(words: &[Word<'_>], masks: Masks) -> Result<Rule, Bad> {
    let (first, rest) = words.split_first().ok_or(Bad::Cut)?;
    let permits = match &*first.text {
        "permit" => true,
        "deny" => false,
        _ => return Err(Bad::Silent),
    };
    let objects = Objects::default();
    let mut reader = Reader {
        words: rest.iter(),
        masks,
        objects: &objects,
    };
    let span = span_of(words).ok_or(Bad::Cut)?;
    let from = match (rest, masks) {
        ([only], _) if only.text != "any" => {
            let range = only.text.parse().map_err(|_| reader.wrong(only))?;
            Vec::from([Setting::written(Traffic::of(Some(range)), only.span)])
        }
        _ => reader.addresses()?,
    };
    let any = Traffic::of(Some(AddressRange::ANY_V4));
    Ok(Rule {
        permits,
        from,
        to: Vec::from([Setting::by_default(any)]),
        span,
    })
}

/// Whether words from `permit` on are a rule that ends too early.
pub(super) fn is_cut(words: &[Word<'_>]) -> bool {
    let objects = Objects::default();
    matches!(rule(words, Masks::Inverse, &objects), Err(Bad::Cut))
}

/// Whether a word may stand within a rule.
pub(super) fn can_follow(word: &str) -> bool {
    let inside = [
        "any", "any4", "any6", "host", "eq", "range", "gt", "lt", "neq", "permit", "deny",
    ];
    inside.contains(&word)
        || word.starts_with(|c: char| c.is_ascii_digit())
        || services::protocol(word).is_some() && word != "ip"
}

struct Reader<'w, 'a, 'o> {
    words: core::slice::Iter<'w, Word<'a>>,
    masks: Masks,
    objects: &'o Objects,
}

impl<'w, 'a> Reader<'w, 'a, '_> {
    fn next(&mut self) -> Result<&'w Word<'a>, Bad> {
        self.words.next().ok_or(Bad::Cut)
    }

    fn peek(&self) -> &'w str {
        self.words.as_slice().first().map_or("", |word| &word.text)
    }

    #[expect(clippy::unused_self, reason = "reads as what the reader says")]
    fn wrong(&self, word: &Word<'_>) -> Bad {
        Bad::Wrong(word.span, ConfigErrorKind::Value)
    }

    fn protocol(&mut self) -> Result<u8, Bad> {
        let word = self.next()?;
        if ["object", "object-group"].contains(&&*word.text) {
            self.next()?;
            return Ok(0);
        }
        services::protocol(&word.text).ok_or_else(|| self.wrong(word))
    }

    fn side(&mut self, protocol: u8) -> Result<Vec<Setting<Traffic>>, Bad> {
        let addresses = self.addresses()?;
        let mut ports = Vec::from([Ports::ANY]);
        if [Protocol::TCP.0, Protocol::UDP.0, Protocol::SCTP.0].contains(&protocol) {
            ports = self.ports()?.unwrap_or(ports);
        }
        let mut sides = Vec::new();
        for one in &addresses {
            for ports in &ports {
                let mut traffic = one.clone();
                traffic.value.protocol = protocol;
                traffic.value.ports = *ports;
                sides.push(traffic);
                if sides.len() >= SIDES_MAX {
                    return Ok(sides);
                }
            }
        }
        Ok(sides)
    }

    fn addresses(&mut self) -> Result<Vec<Setting<Traffic>>, Bad> {
        let first = self.next()?;
        let mut span = first.span;
        let ranges = match &*first.text {
            "any" | "any4" => Vec::from([AddressRange::ANY_V4]),
            "any6" => Vec::from([AddressRange::ANY_V6]),
            "host" => {
                let word = self.next()?;
                let address: IpAddr = word.text.parse().map_err(|_| self.wrong(word))?;
                span = word.span;
                AddressRange::new(address, address).into_iter().collect()
            }
            "object" | "object-group" => {
                let word = self.next()?;
                span = word.span;
                let known = self.objects.networks.get(&*word.text);
                let unknown = Bad::Wrong(span, ConfigErrorKind::NoSuchSection);
                known.cloned().ok_or(unknown)?
            }
            // An address that the list does not tell.
            "interface" => {
                self.next()?;
                Vec::new()
            }
            text if text.contains(['/', ':']) => {
                let range = text.parse().map_err(|_| self.wrong(first))?;
                Vec::from([range])
            }
            text => {
                let address: Ipv4Addr = text.parse().map_err(|_| self.wrong(first))?;
                let second = self.next()?;
                let mask = second.text.parse().map_err(|_| self.wrong(second))?;
                span = span_of(&[first.clone(), second.clone()]).unwrap_or(span);
                let range = masked(address, mask, self.masks);
                Vec::from([range.ok_or_else(|| self.wrong(second))?])
            }
        };
        let traffic = ranges.into_iter().map(|range| Traffic::of(Some(range)));
        Ok(traffic.map(|one| Setting::written(one, span)).collect())
    }

    /// Ports, where the next words are some.
    fn ports(&mut self) -> Result<Option<Vec<Ports>>, Bad> {
        if self.peek() == "object-group" {
            let name = self.words.as_slice().get(1).map_or("", |word| &word.text);
            let Some(ports) = self.objects.services.get(name) else {
                return Ok(None);
            };
            self.words.nth(1);
            return Ok(Some(ports.clone()));
        }
        let operator = self.peek();
        if !["eq", "neq", "lt", "gt", "range"].contains(&operator) {
            return Ok(None);
        }
        self.next()?;
        let first = self.port()?;
        let (below, above) = (first.checked_sub(1), first.checked_add(1));
        let to = |high: Option<u16>| high.and_then(|high| Ports::new(0, high));
        let from = |low: Option<u16>| low.and_then(|low| Ports::new(low, u16::MAX));
        let mut found: Vec<Ports> = match operator {
            "range" => {
                let second = self.port()?;
                let (low, high) = (first.min(second), first.max(second));
                Ports::new(low, high).into_iter().collect()
            }
            "lt" => to(below).into_iter().collect(),
            "gt" => from(above).into_iter().collect(),
            "neq" => to(below).into_iter().chain(from(above)).collect(),
            _ => Ports::new(first, first).into_iter().collect(),
        };
        while operator == "eq" && found.len() < PORTS_MAX {
            let Some(port) = services::port(self.peek()).filter(|_| !self.peek().is_empty()) else {
                break;
            };
            found.extend(Ports::new(port, port));
            self.next()?;
        }
        Ok(Some(found))
    }

    fn port(&mut self) -> Result<u16, Bad> {
        let word = self.next()?;
        services::port(&word.text).ok_or_else(|| self.wrong(word))
    }
}

/// The ports behind `eq`, `range` and their like, all of them.
pub(in crate::config) fn ports(words: &[Word<'_>]) -> Option<Vec<Ports>> {
    let objects = Objects::default();
    let mut reader = Reader {
        words: words.iter(),
        masks: Masks::Normal,
        objects: &objects,
    };
    reader.ports().ok().flatten()
}

/// The addresses that a mask leaves; `None` when it leaves holes.
pub(in crate::config) fn masked(
    address: Ipv4Addr,
    mask: Ipv4Addr,
    masks: Masks,
) -> Option<AddressRange> {
    let free = match masks {
        Masks::Inverse => u32::from(mask),
        Masks::Normal => !u32::from(mask),
    };
    if free & free.wrapping_add(1) != 0 {
        return None;
    }
    let low = u32::from(address) & !free;
    let ends = [low, low | free].map(|end| IpAddr::V4(end.into()));
    AddressRange::new(ends[0], ends[1])
}

/// An address with an optional mask behind it, as `address 192.0.2.0 255.255.255.0`
/// and `address 2001:db8::/32` have it.
pub(in crate::config) fn network(words: &[Word<'_>]) -> Option<AddressRange> {
    let first = words.first()?;
    if let Ok(address) = first.text.parse::<Ipv4Addr>() {
        let mask = words.get(1).and_then(|mask| mask.text.parse().ok());
        return masked(address, mask.unwrap_or(Ipv4Addr::BROADCAST), Masks::Normal);
    }
    if let Ok(address) = first.text.parse::<Ipv6Addr>() {
        return AddressRange::new(address.into(), address.into());
    }
    first.text.parse().ok()
}

/// Pairs of addresses and ports of one side of a rule.
pub(in crate::config) const SIDES_MAX: usize = 256;

/// Ports of one `eq`.
const PORTS_MAX: usize = 16;

/// Rules of one access list, multiplied out.
pub(in crate::config) const RULES_MAX: usize = 20_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::cisco::lines;
    use crate::config::values::Faults;
    use alloc::format;
    use alloc::string::ToString as _;

    fn read(text: &str, masks: Masks) -> Result<(Vec<String>, Vec<String>), String> {
        let mut faults = Faults(Vec::new());
        let listing = lines::commands(0, text.as_bytes(), &mut faults);
        let shown = |list: &[Setting<Traffic>]| -> Vec<String> {
            let selectors = list.iter().map(|one| one.value.selector(None).unwrap());
            selectors.map(|one| one.to_string()).collect()
        };
        let rule = rule(&listing.commands[0].words, masks, &Objects::default());
        rule.map(|rule| (shown(&rule.from), shown(&rule.to)))
            .map_err(|bad| match bad {
                Bad::Wrong(span, _) => text[span.offset..][..span.len].to_string(),
                other @ (Bad::Cut | Bad::Silent) => format!("{other:?}"),
            })
    }

    #[test]
    fn masks_ports_and_names() {
        let ios = |text| read(text, Masks::Inverse);
        let told = |from: &[&str], to: &[&str]| {
            let owned = |list: &[&str]| list.iter().map(ToString::to_string).collect();
            Ok((owned(from), owned(to)))
        };
        for (text, expected) in [
            (
                "permit ip 10.1.0.0 0.0.255.255 any",
                told(&["10.1.0.0/16"], &["0.0.0.0/0"]),
            ),
            (
                "permit ip host 10.1.0.1 10.2.0.0/24",
                told(&["10.1.0.1/32"], &["10.2.0.0/24"]),
            ),
            (
                "deny tcp any gt 1023 host 192.0.2.1 eq www 443 established",
                told(
                    &["0.0.0.0/0[TCP/1024-65535]"],
                    &["192.0.2.1/32[TCP/80]", "192.0.2.1/32[TCP/443]"],
                ),
            ),
            (
                "permit udp any range 500 isakmp any neq 53",
                told(
                    &["0.0.0.0/0[UDP/500]"],
                    &["0.0.0.0/0[UDP/0-52]", "0.0.0.0/0[UDP/54-65535]"],
                ),
            ),
            (
                "permit 47 any any log",
                told(&["0.0.0.0/0[GRE]"], &["0.0.0.0/0[GRE]"]),
            ),
            (
                "permit ipv6 2001:db8::/32 any6",
                told(&["2001:db8::/32"], &["::/0"]),
            ),
            (
                "permit icmp any any echo",
                told(&["0.0.0.0/0[ICMP]"], &["0.0.0.0/0[ICMP]"]),
            ),
        ] {
            assert_eq!(ios(text), expected, "{text}");
        }
        let asa = read("permit ip 10.1.0.0 255.255.0.0 any4", Masks::Normal);
        assert_eq!(asa, told(&["10.1.0.0/16"], &["0.0.0.0/0"]));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let wrong = |text, word: &str| assert_eq!(read(text, Masks::Inverse), Err(word.into()));
        wrong("permit ip 10.1.0.0 0.0.255.0 any", "0.0.255.0");
        wrong("permit ip 10.1.0.300 0.0.0.255 any", "10.1.0.300");
        wrong("permit frob any any", "frob");
        wrong("permit tcp any eq frob any", "frob");
        wrong("permit ip 10.1.0.0 0.0.255.255", "Cut");
        wrong("permit ip object-group lan any", "lan");
        wrong("remark permit ip any any", "Silent");
        wrong("permit ip any any inactive", "Silent");
        wrong("permit ip 10.1.0.0 255.255.255.0 any", "255.255.255.0");
    }
}
