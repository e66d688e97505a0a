//! Cisco ASA, and PIX before it: `show running-config`. IKEv1 and IKEv2 with
//! crypto maps as since 8.4, the older words of 7 and 8.0 to 8.3, and the
//! `isakmp policy` lines of PIX 6; tunnel interfaces as since 9.7.
//!
//! An ASA writes out every line of a policy. Where a line of an IKEv1 policy is
//! missing all the same, it is 3DES, SHA, a pre-shared key, group 2 (14 from
//! 9.13 on) and a day. Masks are those of addresses, not inverse ones. Keys are
//! shown as asterisks unless the file is a backup.

use super::cisco::access::{self, Bad, Masks, Objects, Rule};
use super::cisco::algorithms::Protection;
use super::cisco::entry::{Entry, Limits};
use super::cisco::lines::{self, Command, Word};
use super::cisco::policy::Policy;
use super::cisco::shelf::Shelf;
use super::cisco::{pick, span_of};
use super::model::{
    Dialect, Filter, Fragmentation, Host, Model, NatTraversal, SecretKind, SecretNote, Setting,
    SharedSecret,
};
use super::values::{self, Faults};
use super::{ConfigErrorKind, Span, Spanned, sa_table};
use crate::sa::proposal::Transform;
use crate::sorted::Map;
use crate::time::Duration;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::net::IpAddr;

mod connections;
mod groups;
mod objects;

use groups::{GroupPolicy, TunnelGroup};

/// Reads a configuration. `input` is its index among the inputs.
///
/// ```
/// let file = b"crypto map out 10 set peer 192.0.2.1\ncrypto map out interface outside\n";
/// let model = ipsec_core::config::cisco_asa::read(0, file);
/// assert_eq!(model.connections[0].name.value, "out 10");
/// ```
#[must_use]
pub fn read(input: usize, file: &[u8]) -> Model {
    let mut faults = Faults(Vec::new());
    let listing = lines::commands(input, file, &mut faults);
    let mut reader = Reader {
        device: Device::new(),
        section: Section::None,
        model: Model::new(Dialect::CiscoAsa),
        faults,
    };
    for command in &listing.commands {
        reader.command(command);
    }
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
    ikev1: Map<u32, Policy>,
    ikev2: Map<u32, Ikev2Policy>,
    sets: Shelf<Set>,
    /// `ipsec-proposal`s of IKEv2.
    proposals: Shelf<Set>,
    profiles: Shelf<Entry>,
    maps: Shelf<Entry>,
    dynamic: Shelf<Entry>,
    /// The interfaces of each crypto map.
    bound: Map<String, Vec<Spanned<String>>>,
    interfaces: Vec<Interface>,
    lists: Shelf<List>,
    objects: Objects,
    groups: Shelf<TunnelGroup>,
    policies: Shelf<GroupPolicy>,
    limits: Limits,
    identity: Option<Spanned<String>>,
    nat_traversal: Setting<NatTraversal>,
    fragmentation: Setting<Fragmentation>,
    /// Both numbers before the release's patch.
    release: Option<(u32, u32)>,
}

impl Device {
    fn new() -> Self {
        Self {
            ikev1: Map::new(),
            ikev2: Map::new(),
            sets: Shelf::new(),
            proposals: Shelf::new(),
            profiles: Shelf::new(),
            maps: Shelf::new(),
            dynamic: Shelf::new(),
            bound: Map::new(),
            interfaces: Vec::new(),
            lists: Shelf::new(),
            objects: Objects::default(),
            groups: Shelf::new(),
            policies: Shelf::new(),
            limits: Limits::default(),
            identity: None,
            nat_traversal: Setting::by_default(NatTraversal::WhereSeen),
            fragmentation: Setting::by_default(Fragmentation::Yes),
            release: None,
        }
    }

    /// The address of an interface, by the name that rules have for it.
    fn address(&self, name: &str) -> Option<&Setting<IpAddr>> {
        let mut interfaces = self.interfaces.iter().take(INTERFACES_MAX);
        interfaces
            .find(|one| one.name.value == name)?
            .address
            .as_ref()
    }
}

/// A policy of IKEv2.
struct Ikev2Policy {
    span: Span,
    transforms: Vec<Transform>,
    lifetime: Option<Setting<Option<Duration>>>,
}

/// A transform set, or a proposal of IKEv2.
#[derive(Clone)]
struct Set {
    span: Span,
    protection: Protection,
    transport: Option<Span>,
}

/// An interface. Rules call it by its `nameif`.
struct Interface {
    name: Spanned<String>,
    address: Option<Setting<IpAddr>>,
    tunnel: Tunnel,
}

/// What a tunnel interface has besides.
#[derive(Default)]
struct Tunnel {
    source: Option<Spanned<String>>,
    destination: Option<Setting<Host>>,
    profile: Option<Spanned<String>>,
}

/// An access list.
struct List {
    name: Spanned<String>,
    rules: Vec<Rule>,
    interfaces: Vec<Spanned<String>>,
}

impl List {
    const fn new(name: Spanned<String>) -> Self {
        Self {
            name,
            rules: Vec::new(),
            interfaces: Vec::new(),
        }
    }

    fn filter(&self) -> Filter {
        let mut filter = Filter::new(self.name.clone());
        for rule in &self.rules {
            rule.filter(&mut filter);
        }
        filter.interfaces.clone_from(&self.interfaces);
        filter
    }
}

/// What the commands behind a head belong to.
enum Section {
    None,
    /// A section that is of no concern here.
    Other,
    Ikev1(u32),
    Ikev2(u32),
    Proposal(String),
    Profile(String),
    Interface,
    Object(objects::Kind, String),
    Group(String),
    GroupPolicy(String),
}

struct Reader {
    device: Device,
    section: Section,
    model: Model,
    faults: Faults,
}

impl Reader {
    fn command(&mut self, command: &Command<'_>) {
        let global = pick(command.text(0), &GLOBAL);
        let aside = matches!(self.section, Section::Other) && command.indented;
        if aside && global.is_none() || self.within(command) {
            return;
        }
        let crypto = matches!(
            self.section,
            Section::Ikev1(_) | Section::Ikev2(_) | Section::Proposal(_) | Section::Profile(_)
        );
        if global.is_none() && command.indented && !command.apart {
            if crypto {
                self.unknown(command.words.first());
            }
        } else if let Some(global) = global {
            self.section = Section::None;
            self.global(global, command);
        } else {
            self.section = Section::Other;
        }
    }

    fn unknown(&mut self, word: Option<&Word<'_>>) {
        if let Some(word) = word
            && self.model.unknown.len() < UNKNOWN_MAX
        {
            self.model.unknown.push(word.owned());
        }
    }

    /// Takes a command of the section that is open; false for any other.
    fn within(&mut self, command: &Command<'_>) -> bool {
        let (device, faults) = (&mut self.device, &mut self.faults);
        match &self.section {
            Section::None | Section::Other => false,
            Section::Ikev1(number) => {
                let policy = device.ikev1.get_mut(number);
                policy.is_some_and(|policy| policy.read(&command.words, faults))
            }
            Section::Ikev2(number) => {
                let policy = device.ikev2.get_mut(number);
                policy.is_some_and(|policy| policy.read(command, faults))
            }
            Section::Proposal(name) => {
                let set = device.proposals.get_mut(name);
                set.is_some_and(|set| set.read(command, faults))
            }
            Section::Profile(name) => {
                let known = ["set", "responder-only", "description"];
                match (device.profiles.get_mut(name), pick(command.text(0), &known)) {
                    (Some(entry), Some("set")) => entry.set(command.from(1), faults),
                    (_, known) => known.is_some(),
                }
            }
            Section::Interface => device
                .interfaces
                .last_mut()
                .is_some_and(|one| one.read(command)),
            Section::Object(kind, name) => objects::read(&mut device.objects, *kind, name, command),
            Section::Group(name) => {
                let group = device.groups.get_mut(name);
                group.is_some_and(|group| group.read(command, &mut self.model, faults))
            }
            Section::GroupPolicy(name) => {
                let policy = device.policies.get_mut(name);
                policy.is_some_and(|policy| policy.read(command, faults))
            }
        }
    }

    fn global(&mut self, keyword: &str, command: &Command<'_>) {
        let name = command.words.get(1);
        match keyword {
            "crypto" => self.crypto(command),
            "isakmp" => self.isakmp(command.from(1)),
            "ASA" | "PIX" => self.release(command),
            "hostname" if command.words.len() == 2 => self.model.host = name.map(Word::owned),
            "interface" => {
                if let Some(name) = name {
                    self.device.interfaces.push(Interface::new(name.owned()));
                    self.section = Section::Interface;
                }
            }
            "nameif" | "ip" => self.pix(keyword, command),
            "access-list" => self.list(command),
            "access-group" => {
                let (list, at) = (command.text(1), command.words.last());
                if let (Some(list), Some(at)) = (self.device.lists.get_mut(list), at)
                    && list.interfaces.len() < INTERFACES_MAX
                {
                    list.interfaces.push(at.owned());
                }
            }
            "object" | "object-group" => {
                let kind = objects::Kind::of(command);
                let name = command.words.get(2);
                if let (Some(kind), Some(name)) = (kind, name) {
                    objects::open(&mut self.device.objects, kind, &name.text);
                    self.section = Section::Object(kind, name.text.clone().into_owned());
                } else {
                    self.section = Section::Other;
                }
            }
            "tunnel-group" | "group-policy" => self.group(keyword, command),
            "no" => self.no(command),
            _ => self.section = Section::Other,
        }
    }

    fn release(&mut self, command: &Command<'_>) {
        let word = command.words.get(2);
        let mut numbers = command.text(2).split(['.', '(']).map(str::parse::<u32>);
        if let (Some(Ok(major)), Some(Ok(minor))) = (numbers.next(), numbers.next()) {
            self.device.release = Some((major, minor));
            self.model.release = word.map(Word::owned);
            if command.text(0) == "PIX" && major < 7 {
                self.device.nat_traversal = Setting::by_default(NatTraversal::Never);
                self.device.fragmentation = Setting::by_default(Fragmentation::No);
            }
        }
    }

    fn no(&mut self, command: &Command<'_>) {
        let words: Vec<&str> = command.words.iter().map(|word| &*word.text).collect();
        if let (
            [
                "no",
                "crypto",
                "isakmp" | "ikev1" | "ikev2",
                "nat-traversal",
                ..,
            ],
            Some(span),
        ) = (&words[..], span_of(&command.words))
        {
            self.device.nat_traversal = Setting::written(NatTraversal::Never, span);
        }
        self.section = Section::Other;
    }

    fn crypto(&mut self, command: &Command<'_>) {
        let known = [
            "isakmp",
            "ipsec",
            "ikev1",
            "ikev2",
            "map",
            "dynamic-map",
            "ca",
            "key",
            "engine",
        ];
        match pick(command.text(1), &known) {
            Some("isakmp" | "ikev1") => self.isakmp(command.from(2)),
            Some("ikev2") => self.ikev2(command),
            Some("ipsec") => self.ipsec(command),
            Some("map") => self.map(command),
            Some("dynamic-map") => {
                if let Some((key, name)) = numbered_name(command) {
                    let entry = self.device.dynamic.open(&key, || Entry::new(name));
                    let known =
                        entry.is_some_and(|entry| line(entry, command.from(4), &mut self.faults));
                    if !known {
                        self.unknown(command.words.get(4));
                    }
                }
            }
            Some(_) => self.section = Section::Other,
            None => self.unknown(command.words.get(1)),
        }
    }

    /// What stands behind `crypto isakmp`, `crypto ikev1` or `isakmp`.
    fn isakmp(&mut self, words: &[Word<'_>]) {
        let Some(first) = words.first() else {
            return;
        };
        let value = words.get(1);
        let number = value.and_then(|word| word.text.parse().ok());
        match (pick(&first.text, &ISAKMP), number) {
            (Some("policy"), Some(number)) => {
                let span = span_of(words.get(..2).unwrap_or_default()).unwrap_or(first.span);
                let policy = self.device.ikev1.entry(number).or_insert(Policy::new(span));
                // PIX has one line for each setting.
                let rest = words.get(2..).unwrap_or_default();
                if rest.is_empty() {
                    self.section = Section::Ikev1(number);
                } else if !policy.read(rest, &mut self.faults) {
                    self.unknown(rest.first());
                }
            }
            (Some("policy"), None) => self.faults.note(first.span, ConfigErrorKind::Value),
            (Some("key"), _) => self.key(words),
            (Some("identity"), _) => self.device.identity = value.map(Word::owned),
            (Some("nat-traversal"), _) => {
                let seen = NatTraversal::WhereSeen;
                self.device.nat_traversal = Setting::written(seen, first.span);
            }
            (Some(_), _) => {}
            (None, _) => self.unknown(Some(first)),
        }
    }

    /// `isakmp key SECRET address 192.0.2.1 netmask 255.255.255.255`.
    fn key(&mut self, words: &[Word<'_>]) {
        let [named, secret, _, owner, ..] = words else {
            return;
        };
        let mut note = secret_of(named, secret);
        let address = owner.text.parse().ok();
        let whole = owner.text == "0.0.0.0";
        let owner = address
            .filter(|_| !whole)
            .map(|address| Setting::written(super::model::Identity::Address(address), owner.span));
        note.owners.extend(owner);
        if self.model.secrets.len() < SECRETS_MAX {
            self.model.secrets.push(note);
        }
    }

    fn ikev2(&mut self, command: &Command<'_>) {
        let (Some(first), value) = (command.words.get(2), command.words.get(3)) else {
            return;
        };
        match (
            pick(&first.text, &IKEV2),
            value.and_then(|word| word.text.parse().ok()),
        ) {
            (Some("policy"), Some(number)) => {
                let span = span_of(&command.words).unwrap_or(first.span);
                self.device.ikev2.entry(number).or_insert(Ikev2Policy {
                    span,
                    transforms: Vec::new(),
                    lifetime: None,
                });
                self.section = Section::Ikev2(number);
            }
            (Some("fragmentation"), _) => {
                self.device.fragmentation = Setting::written(Fragmentation::Yes, first.span);
            }
            (Some(_), _) => {}
            (None, _) => self.unknown(Some(first)),
        }
    }

    fn ipsec(&mut self, command: &Command<'_>) {
        let words = command.from(2);
        match words {
            [kind, what, name, ..] if kind.text == "ikev2" && what.text == "ipsec-proposal" => {
                let span = span_of(words).unwrap_or(name.span);
                self.device.proposals.open(&name.text, || Set::new(span));
                self.section = Section::Proposal(name.text.clone().into_owned());
            }
            [kind, rest @ ..] if kind.text == "ikev1" => self.transform_set(rest),
            [what, ..] if what.text == "transform-set" => self.transform_set(words),
            [what, name, ..] if what.text == "profile" => {
                let key = name.text.clone().into_owned();
                self.device.profiles.open(&key, || Entry::new(name.owned()));
                self.section = Section::Profile(key);
            }
            [what, kind, rest @ ..] if what.text == "security-association" => {
                if kind.text == "lifetime" {
                    self.device.limits.read(rest, &mut self.faults);
                }
            }
            [what, ..] if IPSEC.contains(&&*what.text) => {}
            _ => self.unknown(words.first()),
        }
    }

    /// `transform-set NAME esp-aes esp-sha-hmac`, or `… NAME mode transport`.
    fn transform_set(&mut self, words: &[Word<'_>]) {
        let [_, name, rest @ ..] = words else {
            return;
        };
        let span = span_of(words.get(1..).unwrap_or_default()).unwrap_or(name.span);
        let Some(set) = self.device.sets.open(&name.text, || Set::new(span)) else {
            return;
        };
        if let [mode, value, ..] = rest
            && mode.text == "mode"
        {
            set.transport = (value.text == "transport").then_some(value.span);
            return;
        }
        let (protection, wrong) = Protection::read(rest);
        set.protection = protection;
        set.span = span;
        if let Some(wrong) = wrong {
            self.faults.note(wrong.span, ConfigErrorKind::Algorithm);
        }
    }

    fn map(&mut self, command: &Command<'_>) {
        if let (Some(name), "interface", Some(interface)) =
            (command.words.get(2), command.text(3), command.words.get(4))
        {
            let bound = self.device.bound.entry(name.text.clone().into_owned());
            let bound = bound.or_default();
            if bound.len() < INTERFACES_MAX {
                bound.push(interface.owned());
            }
        } else if let Some((key, name)) = numbered_name(command) {
            let entry = self.device.maps.open(&key, || Entry::new(name));
            let known = entry.is_some_and(|entry| line(entry, command.from(4), &mut self.faults));
            if !known {
                self.unknown(command.words.get(4));
            }
        }
    }

    /// `access-list NAME line 1 extended permit …`.
    fn list(&mut self, command: &Command<'_>) {
        let Some(name) = command.words.get(1) else {
            return;
        };
        let mut words = command.from(2);
        if let [first, _, rest @ ..] = words
            && first.text == "line"
        {
            words = rest;
        }
        let kind = words.first().map_or("", |word| &*word.text);
        let rest = words.get(1..).unwrap_or_default();
        let rule = match kind {
            "standard" => access::standard(rest, Masks::Normal),
            "extended" => access::rule(rest, Masks::Normal, &self.device.objects),
            "permit" | "deny" => access::rule(words, Masks::Normal, &self.device.objects),
            _ => return,
        };
        let list = self
            .device
            .lists
            .open(&name.text, || List::new(name.owned()));
        match (rule, list) {
            (Ok(rule), Some(list)) if list.rules.len() < access::RULES_MAX => list.rules.push(rule),
            (Err(Bad::Wrong(span, kind)), _) => self.faults.note(span, kind),
            (Err(Bad::Cut), _) => {
                let span = span_of(words).unwrap_or(name.span);
                self.faults.note(span, ConfigErrorKind::Alone);
            }
            (Ok(_) | Err(Bad::Silent), _) => {}
        }
    }

    fn group(&mut self, keyword: &str, command: &Command<'_>) {
        let (Some(name), kind) = (command.words.get(1), command.text(2)) else {
            return;
        };
        let key = name.text.clone().into_owned();
        if keyword == "group-policy" {
            self.device.policies.open(&key, GroupPolicy::default);
            self.section = Section::GroupPolicy(key);
        } else {
            self.device
                .groups
                .open(&key, || TunnelGroup::new(name.owned()));
            self.section = Section::Group(key);
        }
        if kind == "type" || kind == "internal" {
            self.section = Section::None;
        }
    }

    /// `nameif ethernet0 outside security0`, `ip address outside 192.0.2.1 …`.
    fn pix(&mut self, keyword: &str, command: &Command<'_>) {
        if let ("ip", "address", Some(name), Some(word)) = (
            keyword,
            command.text(1),
            command.words.get(2),
            command.words.get(3),
        ) && let Ok(address) = word.text.parse()
            && self.device.interfaces.len() < INTERFACES_MAX
        {
            let mut interface = Interface::new(name.owned());
            interface.address = Some(Setting::written(address, word.span));
            self.device.interfaces.push(interface);
        }
    }
}

impl Ikev2Policy {
    fn read(&mut self, command: &Command<'_>, faults: &mut Faults) -> bool {
        let known = ["encryption", "integrity", "group", "prf", "lifetime"];
        let keyword = pick(command.text(0), &known);
        if keyword == Some("lifetime") {
            let seconds = command.text(1) == "seconds";
            let value = command.words.get(if seconds { 2 } else { 1 });
            let found = value.map(Word::spanned);
            let default = Some(super::cisco::policy::IKE_LIFETIME);
            self.lifetime =
                Some(faults.setting(found, default, |text| super::cisco::entry::seconds(text, 1)));
            return true;
        }
        keyword.is_some_and(|keyword| {
            transforms(keyword, command.from(1), &mut self.transforms, faults);
            true
        })
    }
}

/// Appends what the words of a line stand for.
fn transforms(keyword: &str, words: &[Word<'_>], list: &mut Vec<Transform>, faults: &mut Faults) {
    use super::cisco::algorithms as known;
    let read: fn(&str) -> Option<Transform> = match keyword {
        "encryption" => |name| known::cipher(name, None),
        "integrity" => known::hash,
        "prf" => known::prf,
        _ => known::group,
    };
    for word in words {
        match read(&word.text.to_ascii_lowercase()) {
            Some(one) if list.len() < TRANSFORMS_MAX => list.push(one),
            Some(_) => {}
            None => faults.note(word.span, ConfigErrorKind::Algorithm),
        }
    }
}

impl Set {
    fn new(span: Span) -> Self {
        Self {
            span,
            protection: Protection::default(),
            transport: None,
        }
    }

    /// `protocol esp encryption aes-256 aes`.
    fn read(&mut self, command: &Command<'_>, faults: &mut Faults) -> bool {
        let keyword = pick(command.text(2), &["encryption", "integrity"]);
        match (command.text(0), keyword) {
            ("protocol", Some(keyword)) => {
                let list = if command.text(1) == "ah" {
                    &mut self.protection.ah
                } else {
                    &mut self.protection.esp
                };
                transforms(keyword, command.from(3), list, faults);
                true
            }
            _ => false,
        }
    }
}

impl Interface {
    fn new(name: Spanned<String>) -> Self {
        Self {
            name,
            address: None,
            tunnel: Tunnel::default(),
        }
    }

    /// Takes one of its commands; false for one that cannot be its.
    fn read(&mut self, command: &Command<'_>) -> bool {
        let value = command.words.get(2);
        match (command.text(0), command.text(1)) {
            ("nameif", _) => {
                if let Some(name) = command.words.get(1) {
                    self.name = name.owned();
                }
            }
            ("ip", "address") if command.text(2).parse::<IpAddr>().is_ok() => {
                let parsed = value.and_then(|word| {
                    let address = word.text.parse().ok()?;
                    Some(Setting::written(address, word.span))
                });
                self.address = parsed;
            }
            ("tunnel", "source") => self.tunnel.source = command.words.last().map(Word::owned),
            ("tunnel", "destination") => {
                self.tunnel.destination = value
                    .and_then(|word| Some(Setting::written(values::host(&word.text)?, word.span)));
            }
            ("tunnel", "protection") => {
                self.tunnel.profile = command.words.get(4).map(Word::owned);
            }
            _ => return command.indented,
        }
        true
    }
}

/// A line of a crypto map's entry; false when it is not understood.
fn line(entry: &mut Entry, words: &[Word<'_>], faults: &mut Faults) -> bool {
    match words {
        [] => true,
        [what, rest @ ..] => {
            match pick(&what.text, &["match", "set", "ipsec-isakmp", "annotation"]) {
                Some("match") => entry.matches(rest),
                Some("set") => entry.set(rest, faults),
                Some("ipsec-isakmp") => {
                    if let [dynamic, name, ..] = rest
                        && dynamic.text == "dynamic"
                    {
                        entry.dynamic = Some(name.owned());
                    }
                    true
                }
                Some(_) => true,
                None => false,
            }
        }
    }
}

/// The note on a key; one that is only asterisks was hidden by the device.
fn secret_of(named: &Word<'_>, secret: &Word<'_>) -> SecretNote {
    let hidden = secret.raw.bytes().all(|byte| matches!(byte, b'*' | b'\\'));
    let bytes = (!hidden).then(|| secret.raw.as_bytes().to_vec());
    let mut note = SecretNote::new(SecretKind::Psk, bytes.as_ref().map(Vec::len), named.span);
    note.value = bytes.map(SharedSecret::new);
    note
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

/// Commands outside of sections that are read.
const GLOBAL: [&str; 15] = [
    "crypto",
    "isakmp",
    "ASA",
    "PIX",
    "hostname",
    "interface",
    "nameif",
    "ip",
    "access-list",
    "access-group",
    "object",
    "object-group",
    "tunnel-group",
    "group-policy",
    "no",
];

/// What stands behind `crypto isakmp` and `crypto ikev1`.
const ISAKMP: [&str; 13] = [
    "policy",
    "key",
    "identity",
    "nat-traversal",
    "enable",
    "am-disable",
    "ipsec-over-tcp",
    "disconnect-notify",
    "reload-wait",
    "keepalive",
    "client",
    "limit",
    "peer",
];

/// What stands behind `crypto ikev2`.
const IKEV2: [&str; 8] = [
    "policy",
    "enable",
    "remote-access",
    "cookie-challenge",
    "limit",
    "fragmentation",
    "redirect",
    "notify",
];

/// What stands behind `crypto ipsec` and is not needed.
const IPSEC: [&str; 5] = [
    "df-bit",
    "fragmentation",
    "inner-routing-lookup",
    "pmtu-aging",
    "ikev2",
];

/// Words that are listed as unknown.
const UNKNOWN_MAX: usize = 1_000;

/// Notes on secrets.
const SECRETS_MAX: usize = 10_000;

/// Interfaces of a device, of a crypto map, of an access list.
const INTERFACES_MAX: usize = 256;

/// Transforms of one policy.
const TRANSFORMS_MAX: usize = 64;

#[cfg(test)]
mod tests;
