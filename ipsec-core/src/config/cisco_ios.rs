//! Cisco IOS and IOS-XE: `show running-config`, or the part of it that
//! somebody pasted. IKEv1 with crypto maps as since 11.3, IKEv2 and smart
//! defaults as since 15.1, tunnel interfaces.
//!
//! A policy of IKEv1 that leaves out a line has DES, SHA, RSA signatures,
//! group 1 and 86400 seconds there, in every release. Without any policy
//! releases up to 12 offer one of just that, later ones eight with AES and
//! 3DES. The default proposal of IKEv2 is that of 15 up to 15, and that of
//! IOS-XE 16 from there on; a file that does not tell its version is taken for
//! the latter.
//!
//! A crypto map's entry agrees on an SA of its own for each line of its access
//! list, so each is a child. What stands in no section that concerns IPsec is
//! passed over in silence.

use super::cisco::access::{self, Bad, Masks, Objects, Rule};
use super::cisco::entry::{Entry, Limits};
use super::cisco::lines::{self, Command, Word};
use super::cisco::shelf::Shelf;
use super::cisco::{CRYPTO, pick, span_of};
use super::model::{Dialect, Filter, Fragmentation, Model, NatTraversal, Setting};
use super::values::Faults;
use super::{ConfigErrorKind, Span, Spanned, sa_table};
use crate::time::Duration;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

mod connections;
mod defaults;
mod ikev1;
mod ikev2;
mod interface;
mod keys;

use interface::Interface;

/// Reads a configuration. `input` is its index among the inputs.
///
/// ```
/// let file = b"crypto isakmp policy 1\n authentication pre-share\n\
///     crypto isakmp key hunter2 address 192.0.2.1\n\
///     crypto map out 10 ipsec-isakmp\n set peer 192.0.2.1\n";
/// let model = ipsec_core::config::cisco_ios::read(0, file);
/// assert_eq!(model.connections[0].name.value, "out 10");
/// assert_eq!(model.secrets[0].len, Some(7));
/// ```
#[must_use]
pub fn read(input: usize, file: &[u8]) -> Model {
    let mut faults = Faults(Vec::new());
    let listing = lines::commands(input, file, &mut faults);
    let mut reader = Reader {
        device: Device::new(),
        section: Section::None,
        model: Model::new(Dialect::CiscoIos),
        faults,
    };
    for command in &listing.commands {
        reader.command(command);
    }
    reader.bind_lists();
    let Reader {
        device,
        mut model,
        mut faults,
        ..
    } = reader;
    connections::build(&device, &mut model, &mut faults);
    if model.host.is_none() {
        model.host = listing.prompt;
    }
    model.filters = device.lists.iter().map(List::filter).collect();
    model.associations = sa_table::associations(input, file);
    model.errors = faults.0;
    model
}

/// All that the configuration says, by name.
struct Device {
    ikev1: ikev1::Gathered,
    ikev2: ikev2::Gathered,
    sets: Shelf<TransformSet>,
    /// IPsec profiles, which tunnels name.
    profiles: Shelf<Entry>,
    /// Entries of crypto maps by name and number.
    maps: Shelf<Entry>,
    dynamic: Shelf<Entry>,
    /// The interface whose address a crypto map uses.
    sources: Shelf<(String, Spanned<String>)>,
    interfaces: Shelf<Interface>,
    lists: Shelf<List>,
    objects: Objects,
    limits: Limits,
    idle: Option<Setting<Option<Duration>>>,
    nat_traversal: Setting<NatTraversal>,
    fragmentation: Setting<Fragmentation>,
    /// The number before the release's first dot.
    major: Option<u32>,
}

impl Device {
    fn new() -> Self {
        Self {
            ikev1: ikev1::Gathered::new(),
            ikev2: ikev2::Gathered::new(),
            sets: Shelf::new(),
            profiles: Shelf::new(),
            maps: Shelf::new(),
            dynamic: Shelf::new(),
            sources: Shelf::new(),
            interfaces: Shelf::new(),
            lists: Shelf::new(),
            objects: Objects::default(),
            limits: Limits::default(),
            idle: None,
            nat_traversal: Setting::by_default(NatTraversal::WhereSeen),
            fragmentation: Setting::by_default(Fragmentation::No),
            major: None,
        }
    }
}

/// A transform set.
struct TransformSet {
    name: Spanned<String>,
    /// From its name to its last word.
    span: Span,
    protection: super::cisco::algorithms::Protection,
    transport: Option<Span>,
}

/// An access list.
struct List {
    name: Spanned<String>,
    rules: Vec<Rule>,
    standard: bool,
    interfaces: Vec<Spanned<String>>,
}

impl List {
    fn filter(&self) -> Filter {
        let mut filter = Filter::new(self.name.clone());
        for rule in &self.rules {
            rule.filter(&mut filter);
        }
        filter.interfaces.clone_from(&self.interfaces);
        filter
    }
}

/// What the commands behind a head belong to, by name.
enum Section {
    None,
    /// A section that is of no concern here.
    Other,
    Policy(u32),
    Keyring,
    IsakmpProfile(String),
    IsakmpPeer,
    Set(String),
    Profile(String),
    Map(String),
    Dynamic(String),
    Interface(String),
    List(String),
    Objects(String),
    Ikev2(ikev2::Part),
}

struct Reader {
    device: Device,
    section: Section,
    model: Model,
    faults: Faults,
}

impl Reader {
    fn command(&mut self, command: &Command<'_>) {
        let first = command.text(0);
        let head = ["crypto", "interface", "access-list"];
        let aside = matches!(self.section, Section::Other) && command.indented;
        let list = first == "ip" && command.text(1) == "access-list";
        if aside && !list && pick(first, &head).is_none() || self.within(command) {
            return;
        }
        let global = pick(first, &GLOBAL).is_some();
        let kept = matches!(
            self.section,
            Section::Interface(_) | Section::Other | Section::None
        );
        if !global && command.indented && !command.apart {
            if !kept {
                self.unknown(command.words.first());
            }
        } else if global || command.apart || OTHERS.contains(&first) {
            self.section = Section::None;
            self.global(command);
        }
    }

    /// Tells access lists which interfaces name them.
    fn bind_lists(&mut self) {
        for interface in self.device.interfaces.iter() {
            for list in &interface.lists {
                if let Some(found) = self.device.lists.get_mut(&list.value) {
                    found.interfaces.push(Spanned {
                        value: interface.name.value.clone(),
                        span: list.span,
                    });
                }
            }
        }
    }

    /// Notes a word that is not understood. Within a section that holds secrets
    /// only its place is told.
    fn unknown(&mut self, word: Option<&Word<'_>>) {
        let Some(word) = word else {
            return;
        };
        let secrets = matches!(
            self.section,
            Section::Keyring | Section::IsakmpPeer | Section::Ikev2(_)
        );
        if secrets || self.model.unknown.len() >= UNKNOWN_MAX {
            self.faults.note(word.span, ConfigErrorKind::Unexpected);
        } else {
            self.model.unknown.push(word.owned());
        }
    }

    /// Takes a command of the section that is open; false for any other.
    fn within(&mut self, command: &Command<'_>) -> bool {
        let device = &mut self.device;
        let faults = &mut self.faults;
        match &mut self.section {
            Section::None | Section::Other => false,
            Section::Policy(number) => device.ikev1.policy(*number, command, faults),
            Section::Keyring => keys::keyring(command, &mut self.model, faults),
            Section::IsakmpProfile(name) => device.ikev1.profile(name, command, faults),
            Section::IsakmpPeer => device.ikev1.peer(command, &mut self.model),
            Section::Set(name) => match device.sets.get_mut(name) {
                Some(set) => set.read(command),
                None => false,
            },
            Section::Profile(name) => entry(device.profiles.get_mut(name), command, faults),
            Section::Map(name) => entry(device.maps.get_mut(name), command, faults),
            Section::Dynamic(name) => entry(device.dynamic.get_mut(name), command, faults),
            Section::Interface(name) => match device.interfaces.get_mut(name) {
                Some(interface) => interface.read(command),
                None => false,
            },
            Section::List(name) => match device.lists.get_mut(name) {
                Some(list) => list.read(&command.words, &device.objects, faults),
                None => false,
            },
            Section::Objects(name) => objects(&mut device.objects, name, command),
            Section::Ikev2(part) => device.ikev2.read(part, command, &mut self.model, faults),
        }
    }

    fn global(&mut self, command: &Command<'_>) {
        let second = command.words.get(1);
        match pick(command.text(0), &GLOBAL) {
            Some("crypto") => self.crypto(command),
            Some("interface") => {
                let Some(name) = span_of(command.from(1)).zip(second) else {
                    return;
                };
                let value: String = command.from(1).iter().map(|word| &*word.text).collect();
                let name = Spanned {
                    value,
                    span: name.0,
                };
                let key = name.value.clone();
                self.device.interfaces.open(&key, || Interface::new(name));
                self.section = Section::Interface(key);
            }
            Some("hostname") if command.words.len() == 2 => {
                self.model.host = second.map(Word::owned);
            }
            Some("version") if command.words.len() == 2 => {
                let number = command.text(1).split('.').next().unwrap_or_default();
                let dotted = command.text(1).contains('.');
                if let Some(major) = number.parse().ok().filter(|_| dotted) {
                    self.device.major = Some(major);
                    self.model.release = second.map(Word::owned);
                }
            }
            Some("access-list") => self.numbered(command),
            Some("ip" | "ipv6") => self.ip(command),
            Some("object-group") if command.text(1) == "network" => {
                self.section = Section::Objects(command.text(2).into());
                self.device
                    .objects
                    .networks
                    .entry(command.text(2).into())
                    .or_default();
            }
            Some("no") => self.no(command),
            Some(_) | None => self.section = Section::Other,
        }
    }

    fn no(&mut self, command: &Command<'_>) {
        let words: Vec<&str> = command.words.iter().map(|word| &*word.text).collect();
        let span = span_of(&command.words);
        if let (
            [
                "no",
                "crypto",
                "ipsec",
                "nat-transparency",
                "udp-encapsulation" | "udp-encaps",
            ],
            Some(span),
        ) = (&words[..], span)
        {
            self.device.nat_traversal = Setting::written(NatTraversal::Never, span);
        }
    }

    fn crypto(&mut self, command: &Command<'_>) {
        let name = command.words.get(2);
        match pick(command.text(1), &CRYPTO) {
            Some("isakmp") => self.isakmp(command),
            Some("ipsec") => self.ipsec(command),
            Some("keyring") => self.section = Section::Keyring,
            Some("map") => self.map(command),
            Some("dynamic-map") => {
                if let Some((key, name)) = numbered_name(command) {
                    self.device.dynamic.open(&key, || Entry::new(name));
                    self.section = Section::Dynamic(key);
                }
            }
            Some("ikev2") => match self.device.ikev2.open(command, &mut self.faults) {
                ikev2::Opened::Part(part) => self.section = Section::Ikev2(part),
                ikev2::Opened::Setting => {}
                ikev2::Opened::Fragmentation(span) => {
                    self.device.fragmentation = Setting::written(Fragmentation::Yes, span);
                }
                ikev2::Opened::Unknown => self.unknown(name),
            },
            Some(_) => self.section = Section::Other,
            None => self.unknown(command.words.get(1)),
        }
    }

    fn isakmp(&mut self, command: &Command<'_>) {
        match pick(command.text(2), &ISAKMP) {
            Some("policy") => {
                let number = command.text(3).parse();
                match (number, span_of(&command.words)) {
                    (Ok(number), Some(span)) => {
                        self.device.ikev1.open(number, span);
                        self.section = Section::Policy(number);
                    }
                    _ => self.fault(command, 3),
                }
            }
            Some("key") => keys::key(command, &mut self.model, &mut self.faults),
            Some("profile") => {
                let name = command.text(3);
                self.device.ikev1.open_profile(name);
                self.section = Section::IsakmpProfile(name.into());
            }
            Some("peer") => {
                self.device.ikev1.open_peer(command.from(3));
                self.section = Section::IsakmpPeer;
            }
            Some(word) => self
                .device
                .ikev1
                .setting(word, command.from(2), &mut self.faults),
            None => self.unknown(command.words.get(2)),
        }
    }

    fn fault(&mut self, command: &Command<'_>, at: usize) {
        let word = command.words.get(at).or(command.words.last());
        if let Some(word) = word {
            self.faults.note(word.span, ConfigErrorKind::Value);
        }
    }

    fn ipsec(&mut self, command: &Command<'_>) {
        let Some(name) = command.words.get(3) else {
            return;
        };
        match pick(command.text(2), &IPSEC) {
            Some("transform-set") => {
                let (protection, wrong) =
                    super::cisco::algorithms::Protection::read(command.from(4));
                if let Some(wrong) = wrong {
                    self.faults.note(wrong.span, ConfigErrorKind::Algorithm);
                }
                let set = TransformSet {
                    name: name.owned(),
                    span: span_of(command.from(3)).unwrap_or(name.span),
                    protection,
                    transport: None,
                };
                if let Some(known) = self.device.sets.open(&name.text, || set.clone()) {
                    *known = set;
                }
                self.section = Section::Set(name.text.clone().into_owned());
            }
            Some("profile") => {
                let key = name.text.clone().into_owned();
                self.device.profiles.open(&key, || Entry::new(name.owned()));
                self.section = Section::Profile(key);
            }
            Some("security-association") => match pick(&name.text, &["lifetime", "idle-time"]) {
                Some("lifetime") => self.device.limits.read(command.from(4), &mut self.faults),
                Some(_) => {
                    let found = command.words.get(4).map(Word::spanned);
                    let seconds = |text: &str| super::cisco::entry::seconds(text, 1);
                    self.device.idle = Some(self.faults.setting(found, None, seconds));
                }
                None => {}
            },
            Some(_) => {}
            None => self.unknown(command.words.get(2)),
        }
    }

    /// `crypto map NAME 10 ipsec-isakmp`, or a setting of the whole map.
    fn map(&mut self, command: &Command<'_>) {
        if let Some((key, name)) = numbered_name(command) {
            let kind = pick(command.text(4), &["ipsec-isakmp", "ipsec-manual", "gdoi"]);
            let entry = self.device.maps.open(&key, || Entry::new(name));
            if let (Some(entry), "dynamic", Some(dynamic)) =
                (entry, command.text(5), command.words.get(6))
            {
                entry.dynamic = Some(dynamic.owned());
            }
            if kind.is_none() && !command.text(4).is_empty() {
                self.unknown(command.words.get(4));
            }
            self.section = Section::Map(key);
        } else if let ("local-address", Some(name)) = (command.text(3), command.words.get(4)) {
            let map = command.text(2);
            let source = (map.into(), name.owned());
            self.device.sources.open(map, || source);
        }
    }

    fn list(&mut self, name: &Word<'_>, standard: bool) -> Option<&mut List> {
        self.device.lists.open(&name.text, || List {
            name: name.owned(),
            rules: Vec::new(),
            standard,
            interfaces: Vec::new(),
        })
    }

    /// `access-list 100 permit …`.
    fn numbered(&mut self, command: &Command<'_>) {
        let Some(name) = command.words.get(1) else {
            return;
        };
        let standard = name.text.parse::<u32>();
        let standard = standard.is_ok_and(|number| number < 100 || (1300..2000).contains(&number));
        let from = if command.text(2) == "extended" { 3 } else { 2 };
        self.list(name, standard);
        if let Some(list) = self.device.lists.get_mut(&name.text) {
            list.read(command.from(from), &self.device.objects, &mut self.faults);
        }
    }

    /// `ip access-list extended NAME`.
    fn ip(&mut self, command: &Command<'_>) {
        let list = pick(command.text(1), &["access-list"]).is_some();
        let (at, standard) = match command.text(2) {
            "extended" => (3, false),
            "standard" => (3, true),
            _ => (2, false),
        };
        match command.words.get(at) {
            Some(name) if list => {
                self.list(name, standard);
                self.section = Section::List(name.text.clone().into_owned());
            }
            _ => self.section = Section::Other,
        }
    }
}

impl TransformSet {
    fn read(&mut self, command: &Command<'_>) -> bool {
        if pick(command.text(0), &["mode"]).is_none() {
            return false;
        }
        let transport = pick(command.text(1), &["transport", "tunnel"]) == Some("transport");
        let word = command.words.get(1).filter(|_| transport);
        self.transport = word.map(|word| word.span);
        true
    }
}

impl List {
    /// Takes a rule with or without a number before it; false when it is none.
    fn read(&mut self, words: &[Word<'_>], objects: &Objects, faults: &mut Faults) -> bool {
        let numbered = words
            .first()
            .is_some_and(|first| first.text.parse::<u32>().is_ok());
        let words = words.get(usize::from(numbered)..).unwrap_or_default();
        let known = ["permit", "deny", "remark", "evaluate", "dynamic", "no"];
        let first = words.first().map_or("", |word| &word.text);
        let Some(kind) = pick(first, &known) else {
            return false;
        };
        if kind != "permit" && kind != "deny" {
            return true;
        }
        let rule = if self.standard {
            access::standard(words, Masks::Inverse)
        } else {
            access::rule(words, Masks::Inverse, objects)
        };
        match rule {
            Ok(rule) if self.rules.len() < access::RULES_MAX => self.rules.push(rule),
            Err(Bad::Wrong(span, kind)) => faults.note(span, kind),
            Err(Bad::Cut) => {
                let span = span_of(words);
                if let Some(span) = span {
                    faults.note(span, ConfigErrorKind::Alone);
                }
            }
            Ok(_) | Err(Bad::Silent) => {}
        }
        true
    }
}

/// A line of a crypto map's entry, or of a profile.
fn entry(entry: Option<&mut Entry>, command: &Command<'_>, faults: &mut Faults) -> bool {
    let Some(entry) = entry else {
        return false;
    };
    match pick(
        command.text(0),
        &[
            "set",
            "match",
            "description",
            "reverse-route",
            "qos",
            "responder-only",
            "no",
            "default",
        ],
    ) {
        Some("set") => entry.set(command.from(1), faults),
        Some("match") => entry.matches(command.from(1)),
        Some("no") => command.text(1) != "crypto",
        Some(_) => true,
        None => false,
    }
}

/// A line of `object-group network`.
fn objects(objects: &mut Objects, name: &str, command: &Command<'_>) -> bool {
    let words = match command.text(0) {
        "description" => return true,
        "host" => command.from(1),
        _ => command.from(0),
    };
    let Some(range) = access::network(words) else {
        return false;
    };
    if let Some(ranges) = objects.networks.get_mut(name)
        && ranges.len() < access::SIDES_MAX
    {
        ranges.push(range);
    }
    true
}

/// `NAME 10` of `crypto map NAME 10`, as one name with its place.
fn numbered_name(command: &Command<'_>) -> Option<(String, Spanned<String>)> {
    let [name, number, ..] = command.from(2) else {
        return None;
    };
    number.text.parse::<u32>().ok()?;
    let value = format!("{} {}", name.text, number.text);
    let span = span_of(&[name.clone(), number.clone()])?;
    Some((value.clone(), Spanned { value, span }))
}

impl Clone for TransformSet {
    fn clone(&self) -> Self {
        Self {
            name: self.name.clone(),
            protection: self.protection.clone(),
            ..*self
        }
    }
}

/// Commands outside of sections that are read.
const GLOBAL: [&str; 9] = [
    "crypto",
    "interface",
    "hostname",
    "version",
    "access-list",
    "ip",
    "ipv6",
    "object-group",
    "no",
];

/// Commands that end a section and are of no concern.
const OTHERS: [&str; 24] = [
    "aaa",
    "banner",
    "bridge",
    "class-map",
    "control-plane",
    "dial-peer",
    "end",
    "exit",
    "key",
    "line",
    "logging",
    "ntp",
    "policy-map",
    "route-map",
    "router",
    "service",
    "show",
    "snmp-server",
    "telephony-service",
    "track",
    "username",
    "vrf",
    "webvpn",
    "zone",
];

/// What stands behind `crypto isakmp`.
const ISAKMP: [&str; 18] = [
    "policy",
    "key",
    "profile",
    "peer",
    "identity",
    "keepalive",
    "nat",
    "aggressive-mode",
    "invalid-spi-recovery",
    "enable",
    "fragmentation",
    "client",
    "xauth",
    "default",
    "disconnect-notify",
    "diagnose",
    "performance",
    "address-pool",
];

/// What stands behind `crypto ipsec`.
const IPSEC: [&str; 9] = [
    "transform-set",
    "profile",
    "security-association",
    "df-bit",
    "fragmentation",
    "nat-transparency",
    "optional",
    "client",
    "default",
];

/// Words that are listed as unknown.
const UNKNOWN_MAX: usize = 1_000;

#[cfg(test)]
mod tests;
