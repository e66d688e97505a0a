//! A model as `ipsec.conf` of libreswan 4.10: one `conn` for each child.

use super::names;
use super::swanctl::is_hex;
use super::whole::{Names, Written, told_secret};
use crate::config::ipsec_conf::{self, libreswan_identity};
use crate::config::model::{
    Attachment, Child, Connection, Dialect, End, Fragmentation, Host, Identity, Lifetimes, Method,
    Mode, Model, NatTraversal, Origin, Phase1, Setting, Traffic, Versions,
};
use crate::sa::proposal::Proposal;
use crate::sa::selector::Ports;
use crate::time::Duration;
use crate::wire::registry::ike::ProtocolId;
use crate::wire::tree::escaped;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

/// `model` as an `ipsec.conf` of libreswan. A connection with several children
/// becomes several sections. What libreswan fills in by itself is left out
/// where the model was read from such a file, and written where it was not.
///
/// ```
/// use ipsec_core::config::{swanctl, write};
/// let file = b"connections {\n gw {\n version = 2\n local {\n id = a.example\n }\n }\n}\n";
/// let written = write::libreswan(&swanctl::read(0, file).model());
/// assert!(written.text.contains("ikev2=insist"));
/// assert!(written.text.contains("leftid=\"@a.example\""));
/// ```
#[must_use]
pub fn libreswan(model: &Model) -> Written {
    let mut writer = Writer {
        text: String::new(),
        unsaid: Vec::new(),
        own: model.dialect == Dialect::Libreswan,
    };
    let mut each = model.connections.iter();
    if each.any(|one| one.versions.value == Versions::V1) {
        writer.text.push_str("config setup\n");
        writer.line("ikev1-policy", "accept");
    }
    let wanted = Model {
        connections: writer.connections(&model.connections),
        ..model.clone()
    };
    for note in &model.secrets {
        let place = format!("# {}: belongs in ipsec.secrets\n", told_secret(note));
        writer.text.push_str(&place);
    }
    let again = ipsec_conf::read(0, writer.text.as_bytes()).model();
    Written::new(writer.text, &wanted, &again, writer.unsaid)
}

struct Writer {
    text: String,
    unsaid: Vec<String>,
    /// The model was read from this form: its defaults are those of this form.
    own: bool,
}

impl Writer {
    /// Writes the sections, and returns what they were to say: connections of
    /// one child each.
    fn connections(&mut self, list: &[Connection]) -> Vec<Connection> {
        let mut names = Names::default();
        let mut wanted = Vec::new();
        let mut left = COPIED_MAX;
        for one in list {
            let bare = Connection {
                children: Vec::new(),
                ..one.clone()
            };
            if one.children.is_empty() {
                self.section(&names.take(&one.name.value), &bare, None);
                wanted.push(bare);
                continue;
            }
            let weight = format!("{bare:?}").len();
            for (at, child) in one.children.iter().enumerate() {
                let cost = if at == 0 { 0 } else { weight };
                let Some(rest) = left.checked_sub(cost) else {
                    let name = escaped(one.name.value.as_bytes());
                    let count = one.children.len().saturating_sub(at);
                    self.unsaid
                        .push(format!("connection {name}: its last {count} children"));
                    break;
                };
                left = rest;
                let name = match one.children.len() {
                    1 => names.take(&one.name.value),
                    _ => names.take(&format!("{}-{}", one.name.value, child.name.value)),
                };
                self.section(&name, &bare, Some(child));
                let children = [child.clone()].into();
                let bare = bare.clone();
                wanted.push(Connection { children, ..bare });
            }
        }
        wanted
    }

    fn line(&mut self, key: &str, value: &str) {
        for part in ["\t", key, "=", value, "\n"] {
            self.text.push_str(part);
        }
    }

    fn is_default(&self, origin: Origin) -> bool {
        self.own && origin == Origin::Default
    }

    /// A line, unless it is what the device fills in or has no word.
    fn say<T>(&mut self, key: &str, setting: &Setting<T>, word: impl Fn(&T) -> Option<String>) {
        if !self.is_default(setting.origin)
            && let Some(word) = word(&setting.value)
        {
            self.line(key, &word);
        }
    }

    fn section(&mut self, name: &str, one: &Connection, child: Option<&Child>) {
        self.text.push_str(&format!("conn {name}\n"));
        let version = match one.versions.value {
            Versions::V1 => "no",
            Versions::V2 | Versions::Both => "insist",
        };
        self.line("ikev2", version);
        self.methods(one);
        for (side, end) in [("left", &one.local), ("right", &one.remote)] {
            self.end(side, end);
        }
        self.clients(one);
        self.proposals("ike", &one.proposals);
        self.say("aggressive", &one.phase1, |phase1| {
            Some(yes(*phase1 == Phase1::Aggressive))
        });
        self.say("encapsulation", &one.nat_traversal, |what| {
            Some(nat_traversal(*what).into())
        });
        self.dead_peers(&one.dead_peer_detection);
        self.say("fragmentation", &one.fragmentation, |what| {
            Some(fragmentation(*what)?.into())
        });
        self.times(one, child);
        if one.reauthentication.value.is_some() {
            self.line("reauth", "yes");
        }
        if let Some(child) = child {
            self.child(child);
        }
        if one.attachment != Attachment::Nowhere {
            self.line("auto", "add");
        }
    }

    /// `authby` for both ends, or a method for each.
    fn methods(&mut self, one: &Connection) {
        let [local, remote] = [&one.local, &one.remote].map(|end| {
            let first = end.authentication.first()?;
            (!self.is_default(first.methods.origin)).then_some(&first.methods.value)
        });
        if local == remote {
            let words: Vec<&str> = local
                .into_iter()
                .flatten()
                .filter_map(|one| method(*one))
                .collect();
            if !words.is_empty() {
                self.line("authby", &words.join(","));
            }
            return;
        }
        for (key, methods) in [("leftauth", local), ("rightauth", remote)] {
            let first = methods.and_then(|methods| methods.first());
            if let Some(word) = first.and_then(|one| method(*one)) {
                self.line(key, word);
            }
        }
    }

    fn end(&mut self, side: &str, end: &End) {
        let given = end.addresses.iter().any(|one| !self.is_default(one.origin));
        let hosts = end.addresses.iter();
        let hosts: Vec<_> = hosts.filter_map(|one| host(side, &one.value)).collect();
        if given && !hosts.is_empty() {
            self.line(side, &hosts.join(","));
        }
        if let Some(round) = end.authentication.first() {
            self.say(&format!("{side}id"), &round.identity, identity);
            if let Identity::KeyId(text) = &round.identity.value
                && is_hex(text)
            {
                self.unsaid
                    .push(format!("whether the key ID {text} is text or hexadecimal"));
            }
        }
    }

    /// XAUTH: the client at one end, its server at the other.
    fn clients(&mut self, one: &Connection) {
        for (side, end, other) in [
            ("left", &one.local, "right"),
            ("right", &one.remote, "left"),
        ] {
            let Some(round) = end.authentication.get(1) else {
                continue;
            };
            if round.methods.value != [Method::Xauth] {
                continue;
            }
            self.line(&format!("{side}xauthclient"), "yes");
            self.line(&format!("{other}xauthserver"), "yes");
            if let Identity::UserFqdn(name) = &round.identity.value
                && let Some(name) = quoted(name)
            {
                self.line(&format!("{side}username"), &name);
            }
        }
    }

    fn proposals(&mut self, key: &str, list: &[Setting<Proposal>]) {
        let given = list.iter().any(|one| !self.is_default(one.origin));
        let words: Vec<String> = list
            .iter()
            .filter_map(|one| names::libreswan_proposal(&one.value))
            .collect();
        if given && !words.is_empty() {
            self.line(key, &words.join(","));
        }
    }

    fn dead_peers(&mut self, time: &Setting<Option<Duration>>) {
        if self.is_default(time.origin) {
            return;
        }
        let delay = time.value.map_or(0, |time| time.as_secs());
        self.line("dpddelay", &format!("{delay}s"));
        if delay > 0 {
            // It wants both.
            self.line("dpdtimeout", &format!("{}s", delay.saturating_mul(4)));
        }
    }

    /// Both SAs of a section are rekeyed equally long before they end.
    fn times(&mut self, one: &Connection, child: Option<&Child>) {
        let ike = &one.lifetimes;
        let child = child.map(|child| &child.lifetimes);
        let rekeyed = |of: &Lifetimes| of.rekey.value.is_some();
        if !rekeyed(ike) && !child.is_some_and(rekeyed) {
            self.line("rekey", "no");
        }
        let margins = [Some(ike), child].into_iter().flatten().filter_map(margin);
        let margin = if self.own {
            margins.max()
        } else {
            margins.min()
        };
        let margin = margin.unwrap_or(MARGIN);
        if margin != MARGIN {
            self.line("rekeymargin", &format!("{margin}s"));
        }
        for (key, of) in [("ikelifetime", Some(ike)), ("salifetime", child)] {
            let Some(of) = of.filter(|of| !self.is_default(of.end.origin)) else {
                continue;
            };
            let seconds = |time: &Setting<Option<Duration>>| time.value.map(|time| time.as_secs());
            let sum = || Some(seconds(&of.rekey)?.saturating_add(margin));
            let none = self.own.then_some(0);
            if let Some(end) = seconds(&of.end).or_else(sum).or(none) {
                self.line(key, &format!("{end}s"));
            }
        }
    }

    fn child(&mut self, child: &Child) {
        let only_ah = child
            .proposals
            .iter()
            .all(|one| one.value.protocol == ProtocolId::AH);
        let (key, protocol) = match only_ah && !child.proposals.is_empty() {
            true => ("ah", ProtocolId::AH),
            false => ("esp", ProtocolId::ESP),
        };
        if key == "ah" {
            self.line("phase2", key);
        }
        let of = |one: &&Setting<Proposal>| one.value.protocol == protocol;
        let list: Vec<_> = child.proposals.iter().filter(of).cloned().collect();
        self.proposals(key, &list);
        self.line("pfs", &yes(child.has_pfs()));
        self.say("type", &child.mode, |mode| Some(self::mode(*mode)?.into()));
        for (side, list) in [("left", &child.local), ("right", &child.remote)] {
            self.traffic(side, list);
        }
        self.say("compress", &child.compression, |on| Some(yes(*on)));
    }

    fn traffic(&mut self, side: &str, list: &[Setting<Traffic>]) {
        let nets: Vec<String> = list.iter().filter_map(|one| net(&one.value)).collect();
        match nets.as_slice() {
            [] => {}
            [one] => self.line(&format!("{side}subnet"), one),
            all => self.line(&format!("{side}subnets"), &format!("{{{}}}", all.join(" "))),
        }
        let mut which = list.iter().map(|one| (one.value.protocol, one.value.ports));
        let Some(first) = which.next() else {
            return;
        };
        if which.all(|other| other == first)
            && let Some(word) = protocol_and_port(first)
        {
            self.line(&format!("{side}protoport"), &word);
        }
    }
}

/// Seconds between rekeying and the end.
fn margin(of: &Lifetimes) -> Option<u64> {
    let (end, rekey) = (of.end.value?, of.rekey.value?);
    end.as_secs().checked_sub(rekey.as_secs())
}

const fn method(method: Method) -> Option<&'static str> {
    match method {
        Method::Psk => Some("secret"),
        Method::Signature => Some("rsasig"),
        Method::Eap => Some("eaponly"),
        Method::Null => Some("null"),
        Method::Xauth => None,
    }
}

const fn nat_traversal(what: NatTraversal) -> &'static str {
    match what {
        NatTraversal::Always => "yes",
        NatTraversal::WhereSeen => "auto",
        NatTraversal::Never => "no",
    }
}

const fn fragmentation(what: Fragmentation) -> Option<&'static str> {
    match what {
        Fragmentation::No => Some("no"),
        Fragmentation::Yes => Some("yes"),
        Fragmentation::Force => Some("force"),
        Fragmentation::Accept => None,
    }
}

const fn mode(mode: Mode) -> Option<&'static str> {
    match mode {
        Mode::Tunnel => Some("tunnel"),
        Mode::Transport => Some("transport"),
        Mode::Pass => Some("passthrough"),
        Mode::Drop => Some("drop"),
        Mode::Beet => None,
    }
}

fn yes(yes: bool) -> String {
    if yes { "yes" } else { "no" }.into()
}

/// An address or a name. `%defaultroute` at the right end would make it this
/// one.
fn host(side: &str, host: &Host) -> Option<String> {
    match host {
        Host::Any => Some("%any".into()),
        Host::At(range) if range.low() == range.high() => Some(range.low().to_string()),
        Host::At(range) => Some(range.to_string()),
        Host::Named(name) if name == "%defaultroute" => (side == "left").then(|| name.clone()),
        Host::Named(name) => {
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
            (!name.is_empty() && name.chars().all(plain)).then(|| name.clone())
        }
    }
}

/// In quotation marks, in the first way that is read as this identity.
fn identity(who: &Identity) -> Option<String> {
    let spelled = match who {
        Identity::Any => return Some("%any".into()),
        Identity::Address(address) => return Some(address.to_string()),
        Identity::FromCertificate => return Some("%fromcert".into()),
        Identity::Fqdn(text) => Vec::from([format!("@{text}")]),
        Identity::UserFqdn(text) => Vec::from([text.clone(), format!("@@{text}")]),
        Identity::KeyId(text) => Vec::from([format!("@[{text}]")]),
        Identity::DistinguishedName(text) | Identity::AddressOf(text) => Vec::from([text.clone()]),
    };
    let reads = |text: &&String| libreswan_identity(text) == *who;
    quoted(spelled.iter().find(reads)?)
}

/// `None` for a text that no quotation marks hold as it is.
fn quoted(text: &str) -> Option<String> {
    let held = text.trim() == text && !text.chars().any(|c| c == '"' || c.is_control());
    (held && !text.is_empty()).then(|| format!("\"{text}\""))
}

/// A network: libreswan has no other ranges.
fn net(one: &Traffic) -> Option<String> {
    let range = one.addresses?;
    if range.low() == range.high() {
        let bits = if range.low().is_ipv4() { 32 } else { 128 };
        return Some(format!("{}/{bits}", range.low()));
    }
    let text = range.to_string();
    text.contains('/').then_some(text)
}

/// `17/1701`; ports are one or all.
fn protocol_and_port((protocol, ports): (u8, Ports)) -> Option<String> {
    if protocol == 0 {
        return None;
    }
    match (ports, ports.bounds()) {
        (Ports::OPAQUE, _) => Some(format!("{protocol}/%opaque")),
        (_, (low, high)) if low == high && low != 0 => Some(format!("{protocol}/{low}")),
        _ => Some(protocol.to_string()),
    }
}

/// Seconds that an SA is rekeyed before its end, where nothing is said.
const MARGIN: u64 = 9 * 60;

/// What is written again for every child of a connection but its first, in
/// bytes of its description.
const COPIED_MAX: usize = 32 << 20;
