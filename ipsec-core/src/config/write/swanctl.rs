//! A model as `swanctl.conf` of strongSwan 6.0.

use super::names;
use super::whole::{Names, Written, secret_kind};
use crate::config::model::{
    Authentication, Child, Connection, Dialect, End, Fragmentation, Host, Identity, Method, Mode,
    Model, NatTraversal, Origin, Phase1, SecretKind, Setting, Traffic, Versions,
};
use crate::config::values;
use crate::sa::proposal::Proposal;
use crate::sa::selector::Ports;
use crate::time::Duration;
use crate::wire::registry::ike::ProtocolId;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

/// `model` as a `swanctl.conf`. What strongSwan fills in by itself is left out
/// where the model was read from such a file, and written where it was not.
///
/// ```
/// use ipsec_core::config::{ipsec_conf, write};
/// let file = b"conn gw\n\tleft=192.0.2.1\n\tleftid=@a.example\n\tauthby=secret\n\tikev2=insist\n";
/// let written = write::swanctl(&ipsec_conf::read(0, file).model());
/// assert!(written.text.contains("id = \"a.example\""));
/// assert!(written.text.contains("version = 2"));
/// ```
#[must_use]
pub fn swanctl(model: &Model) -> Written {
    let mut writer = Writer {
        text: String::new(),
        depth: 0,
        unsaid: Vec::new(),
        own: model.dialect == Dialect::Swanctl,
    };
    if !model.connections.is_empty() {
        writer.open("connections");
        let mut names = Names::default();
        for connection in &model.connections {
            writer.connection(&names.take(&connection.name.value), connection);
        }
        writer.close();
    }
    if !model.secrets.is_empty() {
        writer.secrets(model);
    }
    let again = crate::config::swanctl::read(0, writer.text.as_bytes()).model();
    Written::new(writer.text, model, &again, writer.unsaid)
}

struct Writer {
    text: String,
    depth: usize,
    unsaid: Vec<String>,
    /// The model was read from this form: its defaults are those of this form.
    own: bool,
}

impl Writer {
    fn line(&mut self, line: &str) {
        for _ in 0..self.depth {
            self.text.push_str("  ");
        }
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn open(&mut self, name: &str) {
        self.line(&format!("{name} {{"));
        self.depth = self.depth.saturating_add(1);
    }

    fn close(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        self.line("}");
    }

    fn is_default(&self, origin: Origin) -> bool {
        self.own && origin == Origin::Default
    }

    /// A line, unless it is what the device fills in or has no word.
    fn say<T>(&mut self, key: &str, setting: &Setting<T>, word: impl Fn(&T) -> Option<String>) {
        if !self.is_default(setting.origin)
            && let Some(word) = word(&setting.value)
        {
            self.line(&format!("{key} = {word}"));
        }
    }

    /// The items of a list that can be said.
    fn list<T>(&mut self, key: &str, list: &[Setting<T>], word: impl Fn(&T) -> Option<String>) {
        let given = list.iter().any(|one| !self.is_default(one.origin));
        let words: Vec<String> = list.iter().filter_map(|one| word(&one.value)).collect();
        if given && !words.is_empty() {
            self.line(&format!("{key} = {}", words.join(", ")));
        }
    }

    fn connection(&mut self, name: &str, one: &Connection) {
        self.open(name);
        self.say("version", &one.versions, |versions| {
            Some(version(*versions).into())
        });
        let hosts = |host: &Host| self::host(host);
        self.list("local_addrs", &one.local.addresses, hosts);
        self.list("remote_addrs", &one.remote.addresses, hosts);
        self.list("proposals", &one.proposals, names::strongswan_proposal);
        self.say("aggressive", &one.phase1, |phase1| {
            Some(yes(*phase1 == Phase1::Aggressive))
        });
        self.say("encap", &one.nat_traversal, |what| match what {
            NatTraversal::Always => Some("yes".into()),
            NatTraversal::WhereSeen => Some("no".into()),
            NatTraversal::Never => None,
        });
        self.say("dpd_delay", &one.dead_peer_detection, seconds);
        self.say("fragmentation", &one.fragmentation, |what| {
            Some(fragmentation(*what).into())
        });
        self.ike_lifetimes(one);
        self.say("reauth_time", &one.reauthentication, seconds);
        self.rounds("local", &one.local);
        self.rounds("remote", &one.remote);
        if !one.children.is_empty() {
            self.open("children");
            let mut names = Names::default();
            for child in &one.children {
                self.child(&names.take(&child.name.value), child);
            }
            self.close();
        }
        self.close();
    }

    /// The SA ends when a time is over behind that of rekeying. One that is
    /// never rekeyed and ends all the same is rekeyed here, rather than left
    /// without an end.
    fn ike_lifetimes(&mut self, one: &Connection) {
        let times = &one.lifetimes;
        if self.is_default(times.rekey.origin) && self.is_default(times.end.origin) {
            return;
        }
        let end = times.end.value.map(|end| end.as_secs());
        let rekey = match (times.rekey.value.map(|rekey| rekey.as_secs()), end) {
            (None, Some(end)) => end.saturating_mul(10) / 11,
            (rekey, _) => rekey.unwrap_or(0),
        };
        self.line(&format!("rekey_time = {rekey}s"));
        if let Some(over) = end.and_then(|end| end.checked_sub(rekey)) {
            self.line(&format!("over_time = {over}s"));
        }
    }

    fn rounds(&mut self, side: &str, end: &End) {
        let many = end.authentication.len() > 1;
        for (at, round) in end.authentication.iter().enumerate() {
            let number = at.saturating_add(1);
            if many {
                self.open(&format!("{side}-{number}"));
                self.line(&format!("round = {number}"));
            } else {
                self.open(side);
            }
            self.round(round);
            self.close();
        }
    }

    fn round(&mut self, round: &Authentication) {
        let own = self.own;
        self.say("auth", &round.methods, |methods| {
            Some(method(*methods.first()?, own)?.into())
        });
        let id = |who: &Identity| identity(who);
        self.say("id", &round.identity, id);
        self.note_key_id(&round.identity.value);
    }

    /// Hexadecimal digits may stand for themselves or for bytes.
    fn note_key_id(&mut self, who: &Identity) {
        if let Identity::KeyId(text) = who
            && is_hex(text)
        {
            self.unsaid
                .push(format!("whether the key ID {text} is text or hexadecimal"));
        }
    }

    fn child(&mut self, name: &str, child: &Child) {
        self.open(name);
        for (key, protocol) in [
            ("ah_proposals", ProtocolId::AH),
            ("esp_proposals", ProtocolId::ESP),
        ] {
            let of = |one: &&Setting<Proposal>| one.value.protocol == protocol;
            let list: Vec<_> = child.proposals.iter().filter(of).cloned().collect();
            self.list(key, &list, names::strongswan_proposal);
        }
        self.say("mode", &child.mode, |mode| Some(self::mode(*mode).into()));
        self.list("local_ts", &child.local, traffic);
        self.list("remote_ts", &child.remote, traffic);
        self.say("rekey_time", &child.lifetimes.rekey, seconds);
        self.say("life_time", &child.lifetimes.end, seconds);
        self.say("life_bytes", &child.lifetimes.bytes, |bytes| {
            Some(bytes.unwrap_or(0).to_string())
        });
        self.say("ipcomp", &child.compression, |on| Some(yes(*on)));
        self.close();
    }

    fn secrets(&mut self, model: &Model) {
        self.open("secrets");
        for (at, note) in model.secrets.iter().enumerate() {
            let prefix = match note.kind {
                SecretKind::Psk => "ike",
                SecretKind::Ppk => "ppk",
                SecretKind::Password => "eap",
                SecretKind::PrivateKey => "private",
            };
            self.open(&format!("{prefix}-{}", at.saturating_add(1)));
            let kind = secret_kind(note.kind);
            self.line(&format!("secret = \"\"  # {kind}: to be filled in"));
            for (at, owner) in note.owners.iter().enumerate() {
                if let Some(id) = identity(&owner.value) {
                    self.line(&format!("id-{} = {id}", at.saturating_add(1)));
                    self.note_key_id(&owner.value);
                }
            }
            self.close();
        }
        self.close();
    }
}

const fn version(versions: Versions) -> &'static str {
    match versions {
        Versions::Both => "0",
        Versions::V1 => "1",
        Versions::V2 => "2",
    }
}

const fn fragmentation(what: Fragmentation) -> &'static str {
    match what {
        Fragmentation::No => "no",
        Fragmentation::Accept => "accept",
        Fragmentation::Yes => "yes",
        Fragmentation::Force => "force",
    }
}

const fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Tunnel => "tunnel",
        Mode::Transport => "transport",
        Mode::Beet => "beet",
        Mode::Pass => "pass",
        Mode::Drop => "drop",
    }
}

/// `any` accepts every method, and only its own reader takes it for none.
const fn method(method: Method, own: bool) -> Option<&'static str> {
    Some(match method {
        Method::Psk => "psk",
        Method::Signature => "pubkey",
        Method::Eap => "eap",
        Method::Xauth => "xauth",
        Method::Null if own => "any",
        Method::Null => return None,
    })
}

fn seconds(time: &Option<Duration>) -> Option<String> {
    Some(format!("{}s", time.map_or(0, |time| time.as_secs())))
}

fn yes(yes: bool) -> String {
    if yes { "yes" } else { "no" }.into()
}

/// An address, a range, or a name of letters and digits. The words of other
/// forms in `%` mean nothing here.
fn host(host: &Host) -> Option<String> {
    match host {
        Host::Any => Some("%any".into()),
        Host::At(range) if range.low() == range.high() => Some(range.low().to_string()),
        Host::At(range) => Some(range.to_string()),
        Host::Named(name) => {
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
            (!name.is_empty() && name.chars().all(plain)).then(|| name.clone())
        }
    }
}

/// In quotation marks, in the shortest way that is read as this identity.
fn identity(who: &Identity) -> Option<String> {
    let (prefix, text) = match who {
        Identity::Any => return Some("%any".into()),
        Identity::Address(address) => return Some(address.to_string()),
        Identity::Fqdn(text) => ("fqdn:", text),
        Identity::UserFqdn(text) => ("userfqdn:", text),
        Identity::DistinguishedName(text) => ("asn1dn:", text),
        Identity::KeyId(text) => ("keyid:", text),
        Identity::AddressOf(_) | Identity::FromCertificate => return None,
    };
    let spelled = [text.clone(), [prefix, text].concat()];
    let found = spelled
        .iter()
        .find(|text| values::identity(text).as_ref() == Some(who))?;
    quoted(found)
}

/// `None` for a text with characters that no configuration should have.
fn quoted(text: &str) -> Option<String> {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            _ if c.is_control() => return None,
            _ => quoted.push(c),
        }
    }
    quoted.push('"');
    Some(quoted)
}

/// Whether a key ID could be meant as hexadecimal.
pub(super) fn is_hex(text: &str) -> bool {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// `10.1.0.0/24[6/80]`, `dynamic[17]`.
fn traffic(one: &Traffic) -> Option<String> {
    let addresses = one
        .addresses
        .map_or_else(|| "dynamic".into(), |range| range.to_string());
    let protocol = match one.protocol {
        0 => "any".into(),
        number => number.to_string(),
    };
    Some(match (one.protocol, one.ports) {
        (0, Ports::ANY) => addresses,
        (_, Ports::ANY) => format!("{addresses}[{protocol}]"),
        (_, Ports::OPAQUE) => format!("{addresses}[{protocol}/opaque]"),
        (_, ports) => format!("{addresses}[{protocol}/{}]", port_range(ports)),
    })
}

/// A port alone would mean any if it is 0.
pub(super) fn port_range(ports: Ports) -> String {
    match ports.bounds() {
        (low, high) if low == high && low != 0 => low.to_string(),
        (low, high) => format!("{low}-{high}"),
    }
}
