//! What a `swanctl.conf` says, as [`Model`]; defaults as charon 6.0 has them.

use super::Swanctl;
use crate::config::algorithms;
use crate::config::keys;
use crate::config::model::{
    Attachment, Authentication, Child, Connection, Dialect, End, Fragmentation, Host, Identity,
    Lifetimes, Method, Mode, Model, NatTraversal, Phase1, SecretKind, SecretNote, Setting, Traffic,
    Versions,
};
use crate::config::strongswan::{Entry, Section, Text};
use crate::config::values::{self, Faults};
use crate::config::{ConfigErrorKind, Spanned};
use crate::sa::proposal::Proposal;
use crate::sorted::{self, Map};
use crate::time::Duration;
use crate::wire::registry::ike::ProtocolId;
use alloc::string::String;
use alloc::vec::Vec;

pub(super) fn of(conf: &Swanctl) -> Model {
    let mut reader = Reader {
        root: &conf.root,
        work: 0,
        faults: Faults(conf.errors.clone()),
    };
    let connections = reader.inner(&[&conf.root], "connections");
    let connections = reader.all_inner(&connections);
    Model {
        connections: connections
            .iter()
            .map(|section| reader.connection(section))
            .collect(),
        secrets: secrets(&conf.root, &mut reader.faults),
        unknown: conf.unknown.clone(),
        includes: conf.includes.clone(),
        errors: reader.faults.0,
        ..Model::new(Dialect::Swanctl)
    }
}

/// A section with those it takes over: the first that has a key decides.
struct View<'a> {
    /// The name of the first; empty where there is none.
    name: &'a Spanned<String>,
    layers: Vec<&'a Section>,
}

impl<'a> View<'a> {
    fn value(&self, key: &str) -> Option<Spanned<&'a str>> {
        self.layers
            .iter()
            .find_map(|layer| layer.value(key))?
            .clear()
    }
}

struct Reader<'a> {
    root: &'a Section,
    /// Entries that were looked at.
    work: usize,
    faults: Faults,
}

impl<'a> Reader<'a> {
    /// Counts what there is to look at; false beyond the limit, when sections
    /// take over so much that a small file would take hours.
    fn worth(&mut self, section: &Section) -> bool {
        self.work = self.work.saturating_add(section.entries.len());
        let within = self.work <= WORK_MAX;
        if !within {
            let kind = ConfigErrorKind::TooMany { limit: WORK_MAX };
            self.faults.note(section.name.span, kind);
        }
        within
    }

    /// The sections themselves and all that they take over, in turn.
    fn view(&mut self, sections: &[&'a Section]) -> View<'a> {
        let name = sections
            .first()
            .map_or(&self.root.name, |section| &section.name);
        let mut layers: Vec<&Section> = Vec::new();
        let mut left: Vec<_> = sections.iter().rev().copied().collect();
        while let Some(section) = left.pop() {
            let known = layers.iter().any(|layer| core::ptr::eq(*layer, section));
            if known || layers.len() >= LAYERS_MAX || !self.worth(section) {
                continue;
            }
            layers.push(section);
            for name in section.references.iter().rev() {
                match self.find(&name.value) {
                    Some(found) => left.push(found),
                    None => self.faults.note(name.span, ConfigErrorKind::NoSuchSection),
                }
            }
        }
        View { name, layers }
    }

    /// The section of this path from the top, its parts joined by dots.
    fn find(&mut self, path: &'a str) -> Option<&'a Section> {
        let mut section = self.root;
        for name in path.split('.') {
            if !self.worth(section) {
                return None;
            }
            section = section.named(name).last()?;
        }
        Some(section)
    }

    /// The section of this name within all of these.
    fn inner(&mut self, layers: &[&'a Section], name: &str) -> View<'a> {
        let sections: Vec<_> = layers
            .iter()
            .flat_map(|layer| layer.sections())
            .filter(|section| section.name.value == name)
            .collect();
        self.view(&sections)
    }

    /// All sections within these, in order; those of one name are one.
    fn all_inner(&mut self, view: &View<'a>) -> Vec<View<'a>> {
        let mut names: Map<&str, usize> = Map::new();
        let mut groups: Vec<Vec<&Section>> = Vec::new();
        for section in view.layers.iter().flat_map(|layer| layer.sections()) {
            let at = *names.entry(&section.name.value).or_insert(groups.len());
            match groups.get_mut(at) {
                Some(group) => group.push(section),
                None => groups.push([section].into()),
            }
        }
        groups.iter().map(|group| self.view(group)).collect()
    }

    fn connection(&mut self, view: &View<'a>) -> Connection {
        let inner = self.all_inner(view);
        let faults = &mut self.faults;
        let rekey = faults.setting(
            view.value("rekey_time"),
            Some(IKE_REKEY_TIME),
            values::duration,
        );
        let over = rekey.value.map(tenth);
        let over = faults.setting(view.value("over_time"), over, values::duration);
        let found = view.value("proposals");
        let mut connection = Connection {
            name: view.name.clone(),
            versions: faults.setting(view.value("version"), Versions::Both, versions),
            phase1: faults.setting(view.value("aggressive"), Phase1::Main, phase1),
            local: end(view, &inner, "local", faults),
            remote: end(view, &inner, "remote", faults),
            proposals: algorithms::proposals(found, ProtocolId::IKE, faults),
            nat_traversal: faults.setting(
                view.value("encap"),
                NatTraversal::WhereSeen,
                nat_traversal,
            ),
            dead_peer_detection: faults.setting(view.value("dpd_delay"), None, values::duration),
            fragmentation: faults.setting(
                view.value("fragmentation"),
                Fragmentation::Yes,
                fragmentation,
            ),
            lifetimes: Lifetimes {
                end: sum(&rekey, &over),
                rekey,
                bytes: Setting::by_default(None),
            },
            reauthentication: faults.setting(view.value("reauth_time"), None, values::duration),
            children: Vec::new(),
            attachment: Attachment::Everywhere,
            idle_timeout: Setting::by_default(None),
        };
        let children = self.inner(&view.layers, "children");
        let children = self.all_inner(&children);
        connection.children = children
            .iter()
            .map(|child| self::child(child, &mut self.faults))
            .collect();
        connection
    }
}

/// One end: its addresses, and a round of authentication for each section
/// whose name begins with that of the end, in order of `round`.
fn end(view: &View<'_>, inner: &[View<'_>], side: &str, faults: &mut Faults) -> End {
    let key = if side == "local" {
        "local_addrs"
    } else {
        "remote_addrs"
    };
    let mut addresses = faults.list(view.value(key), |c| c == ',', values::host);
    if addresses.is_empty() {
        addresses.push(Setting::by_default(Host::Any));
    }
    let mut rounds: Vec<_> = inner
        .iter()
        .filter(|round| round.name.value.starts_with(side))
        .map(|round| {
            let number = faults.setting(round.value("round"), None, values::count);
            (number.value, authentication(round, faults))
        })
        .collect();
    sorted::by_key(&mut rounds, |(number, _)| number.unwrap_or(0));
    End {
        addresses,
        authentication: rounds.into_iter().map(|(_, round)| round).collect(),
    }
}

fn authentication(round: &View<'_>, faults: &mut Faults) -> Authentication {
    let methods = faults.setting(round.value("auth"), [Method::Signature].into(), |text| {
        method(text).map(|method| [method].into())
    });
    let id = ["id", "eap_id", "xauth_id"]
        .iter()
        .find_map(|key| round.value(key));
    Authentication {
        methods,
        identity: faults.setting(id, Identity::Any, values::identity),
    }
}

fn child(view: &View<'_>, faults: &mut Faults) -> Child {
    let rekey = faults.setting(
        view.value("rekey_time"),
        Some(CHILD_REKEY_TIME),
        values::duration,
    );
    let life = rekey.value.map(|rekey| rekey.saturating_add(tenth(rekey)));
    Child {
        name: view.name.clone(),
        proposals: child_proposals(view, faults),
        mode: faults.setting(view.value("mode"), Mode::Tunnel, mode),
        local: traffic(view, "local_ts", faults),
        remote: traffic(view, "remote_ts", faults),
        lifetimes: Lifetimes {
            end: faults.setting(view.value("life_time"), life, values::duration),
            rekey,
            bytes: faults.setting(view.value("life_bytes"), None, values::count),
        },
        compression: faults.setting(view.value("ipcomp"), false, values::boolean),
    }
}

/// AH where it is written; ESP where it is written, or where AH is not.
fn child_proposals(view: &View<'_>, faults: &mut Faults) -> Vec<Setting<Proposal>> {
    let (ah, esp) = (view.value("ah_proposals"), view.value("esp_proposals"));
    let mut proposals = match ah {
        Some(_) => algorithms::proposals(ah, ProtocolId::AH, faults),
        None => Vec::new(),
    };
    if ah.is_none() || esp.is_some() {
        proposals.extend(algorithms::proposals(esp, ProtocolId::ESP, faults));
    }
    proposals
}

fn traffic(view: &View<'_>, key: &str, faults: &mut Faults) -> Vec<Setting<Traffic>> {
    let found = view.value(key);
    let mut traffic = faults.list(found, |c| c == ',', values::traffic);
    if found.is_none() {
        traffic.push(Setting::by_default(Traffic::of(None)));
    }
    traffic
}

fn tenth(time: Duration) -> Duration {
    Duration::from_secs(time.as_secs() / 10)
}

/// The time of rekeying and what is left after it.
fn sum(
    rekey: &Setting<Option<Duration>>,
    over: &Setting<Option<Duration>>,
) -> Setting<Option<Duration>> {
    let value = rekey
        .value
        .map(|rekey| rekey.saturating_add(over.value.unwrap_or_default()));
    match over.span().or(rekey.span()) {
        Some(span) => Setting::written(value, span),
        None => Setting::by_default(value),
    }
}

/// What each section under `secrets` says of its secret.
fn secrets(root: &Section, faults: &mut Faults) -> Vec<SecretNote> {
    root.named("secrets")
        .flat_map(Section::sections)
        .filter_map(|section| {
            let kind = secret_kind(&section.name.value)?;
            let mut note = SecretNote::new(kind, None, section.name.span);
            for entry in &section.entries {
                let Entry::Value { key, value } = entry else {
                    continue;
                };
                match &value.value {
                    Text::Hidden(secret) => {
                        note.len = Some(secret.len());
                        if kind == SecretKind::Psk && key.value == "secret" {
                            note.value = keys::written(secret.dangerous_bytes());
                        }
                    }
                    Text::Clear(_) if key.value.starts_with("id") => {
                        let owner = value.clear();
                        note.owners
                            .push(faults.setting(owner, Identity::Any, values::identity));
                    }
                    Text::Clear(_) => {}
                }
            }
            Some(note)
        })
        .collect()
}

fn secret_kind(name: &str) -> Option<SecretKind> {
    let kinds = [
        ("ike", SecretKind::Psk),
        ("ppk", SecretKind::Ppk),
        ("eap", SecretKind::Password),
        ("xauth", SecretKind::Password),
        ("ntlm", SecretKind::Password),
        ("private", SecretKind::PrivateKey),
        ("rsa", SecretKind::PrivateKey),
        ("ecdsa", SecretKind::PrivateKey),
        ("pkcs", SecretKind::PrivateKey),
        ("token", SecretKind::PrivateKey),
    ];
    let found = kinds.iter().find(|(prefix, _)| name.starts_with(prefix));
    found.map(|(_, kind)| *kind)
}

fn versions(text: &str) -> Option<Versions> {
    Some(match text {
        "0" => Versions::Both,
        "1" => Versions::V1,
        "2" => Versions::V2,
        _ => return None,
    })
}

fn phase1(text: &str) -> Option<Phase1> {
    values::boolean(text).map(|aggressive| match aggressive {
        true => Phase1::Aggressive,
        false => Phase1::Main,
    })
}

fn nat_traversal(text: &str) -> Option<NatTraversal> {
    values::boolean(text).map(|always| match always {
        true => NatTraversal::Always,
        false => NatTraversal::WhereSeen,
    })
}

fn fragmentation(text: &str) -> Option<Fragmentation> {
    Some(match text {
        "force" => Fragmentation::Force,
        "accept" => Fragmentation::Accept,
        _ if values::boolean(text)? => Fragmentation::Yes,
        _ => Fragmentation::No,
    })
}

fn mode(text: &str) -> Option<Mode> {
    Some(match text {
        "tunnel" => Mode::Tunnel,
        "transport" | "transport_proxy" => Mode::Transport,
        "beet" => Mode::Beet,
        "pass" => Mode::Pass,
        "drop" => Mode::Drop,
        _ => return None,
    })
}

/// `psk`, `pubkey`, `eap-tls`, `xauth-pam`, `rsa-2048-sha256`,
/// `ike:ecdsa-384`.
fn method(text: &str) -> Option<Method> {
    let text = text.strip_prefix("ike:").unwrap_or(text);
    Some(match text.split(['-', ':']).next()? {
        "psk" => Method::Psk,
        "pubkey" | "rsa" | "rsa/pss" | "ecdsa" | "ed25519" | "ed448" | "bliss" => Method::Signature,
        "eap" => Method::Eap,
        "xauth" => Method::Xauth,
        "any" | "null" => Method::Null,
        _ => return None,
    })
}

const IKE_REKEY_TIME: Duration = Duration::from_secs(4 * 3600);

const CHILD_REKEY_TIME: Duration = Duration::from_secs(3600);

/// Sections that one takes over.
const LAYERS_MAX: usize = 64;

/// Entries looked at in all, those of sections that are taken over each time.
const WORK_MAX: usize = 1_000_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::model::Origin;
    use crate::config::swanctl;
    use crate::sa::proposal::{Preference, choose};
    use alloc::format;
    use alloc::string::ToString as _;
    use proptest::prelude::*;

    fn read(file: &str) -> Model {
        swanctl::read(0, file.as_bytes()).model()
    }

    /// The line and column at which a value is written.
    fn place<T>(setting: &Setting<T>) -> (usize, usize) {
        let span = setting.span().unwrap();
        (span.line, span.column)
    }

    const ROAD: &str = "\
connections {
  road {
    version = 2
    remote_addrs = vpn.example, 198.51.100.0/28
    proposals = aes256gcm16-prfsha384-x25519, aes256-sha256-modp2048
    dpd_delay = 30s
    rekey_time = 2h
    local-2 { auth = eap-tls
      round = 2 }
    local-1 {
      auth = pubkey
      id = \"C=CH, CN=road\"
    }
    remote { id = \"@#0102\" }
    children {
      lan {
        remote_ts = 10.2.0.0/24[tcp/443], 10.2.1.0/24[udp]
        esp_proposals = aes128gcm16-ecp256
        life_time = 20m
      }
    }
  }
}
secrets {
  ike-a { id-1 = a.example
    secret = hunter2 }
  private { file = key.pem
    secret = hunter2hunter2 }
}
";

    #[test]
    fn what_is_written_has_its_place() {
        let model = read(ROAD);
        assert_eq!(model.errors, []);
        let road = &model.connections[0];
        assert_eq!(
            (road.versions.value, place(&road.versions)),
            (Versions::V2, (3, 15))
        );
        let hosts = &road.remote.addresses;
        assert_eq!(hosts[0].value, Host::Named("vpn.example".into()));
        assert_eq!(place(&hosts[1]), (4, 33));
        let [first, second] = &road.local.authentication[..] else {
            panic!("{road:?}");
        };
        assert_eq!(first.methods.value, [Method::Signature]);
        let dn = Identity::DistinguishedName("C=CH, CN=road".into());
        assert_eq!(first.identity.value, dn);
        assert_eq!(second.methods.value, [Method::Eap]);
        assert_eq!(
            road.remote.authentication[0].identity.value,
            Identity::KeyId("0102".into())
        );
        let lan = &road.children[0];
        let remote: Vec<_> = lan
            .remote
            .iter()
            .map(|traffic| traffic.value.selector(None).unwrap().to_string())
            .collect();
        assert_eq!(remote, ["10.2.0.0/24[TCP/443]", "10.2.1.0/24[UDP]"]);
        assert_eq!(place(&lan.remote[1]), (17, 43));
        assert!(lan.has_pfs());
        assert_eq!(lan.lifetimes.end.value, Some(Duration::from_secs(1200)));
    }

    #[test]
    fn what_is_not_written_is_a_default() {
        let model = read("connections { c { children { d { } } } }");
        let c = &model.connections[0];
        assert_eq!(c.versions, Setting::by_default(Versions::Both));
        assert_eq!(c.fragmentation, Setting::by_default(Fragmentation::Yes));
        assert_eq!(c.lifetimes.end.value, Some(Duration::from_secs(15_840)));
        assert!(c.proposals.iter().all(|one| one.origin == Origin::Default));
        let d = &c.children[0];
        assert_eq!(d.local, [Setting::by_default(Traffic::of(None))]);
        assert_eq!(d.lifetimes.end.value, Some(Duration::from_secs(3960)));
        let accepted = |one: &Vec<Setting<Proposal>>| -> Vec<_> {
            one.iter().map(|proposal| proposal.value.clone()).collect()
        };
        let road = read(ROAD);
        let asked = accepted(&road.connections[0].proposals);
        let chosen = choose(&asked, &accepted(&c.proposals), Preference::Offered).unwrap();
        assert_eq!((chosen.offered, chosen.accepted), (0, 1));
        assert_eq!(model.dialect.defaults_of(), "strongSwan 6.0");
    }

    #[test]
    fn secrets_are_known_by_kind_and_length() {
        let model = read(ROAD);
        let told: Vec<_> = model
            .secrets
            .iter()
            .map(|note| (note.kind, note.len, note.owners.len(), note.span.line))
            .collect();
        let psk = (SecretKind::Psk, Some(7), 1, 25);
        assert_eq!(told, [psk, (SecretKind::PrivateKey, Some(14), 0, 27)]);
        assert!(!format!("{model:?}").contains("hunter"));
    }

    #[test]
    fn sections_take_over_others() {
        let model = read(
            "base { version = 1\n proposals = aes256-sha256-modp2048\n local { auth = psk }\n children { a { mode = transport } } }\n\
             connections { c : base { version = 2\n local { id = x }\n children { b { } a { ipcomp = yes } } } d : none, base { } }",
        );
        let [c, d] = &model.connections[..] else {
            panic!("{model:?}");
        };
        assert_eq!(
            (c.versions.value, d.versions.value),
            (Versions::V2, Versions::V1)
        );
        let local = &c.local.authentication[0];
        assert_eq!(local.methods.value, [Method::Psk]);
        assert_eq!(local.identity.value, Identity::Fqdn("x".into()));
        let names: Vec<_> = c
            .children
            .iter()
            .map(|child| child.name.value.as_str())
            .collect();
        assert_eq!(names, ["b", "a"]);
        assert_eq!(c.children[1].mode.value, Mode::Transport);
        assert!(c.children[1].compression.value);
        let kinds: Vec<_> = model.errors.iter().map(|error| error.kind).collect();
        assert_eq!(kinds, [ConfigErrorKind::NoSuchSection]);
    }

    #[test]
    fn values_that_are_not_understood_are_placed() {
        let model = read(
            "connections { c {\n version = 3\n dpd_delay = soon\n proposals = aes256-sha256-modp2049\n\
             children { d {\n remote_ts = 10.0.0.0/33, 10.1.0.0/16\n mode = tunel\n } } } }",
        );
        let faults: Vec<_> = model
            .errors
            .iter()
            .map(|error| (error.kind, error.span.line, error.span.column))
            .collect();
        use ConfigErrorKind as K;
        let expected = [
            (K::Value, 2, 12),
            (K::Algorithm, 4, 28),
            (K::Value, 3, 14),
            (K::Value, 7, 9),
            (K::Value, 6, 14),
        ];
        assert!(
            expected.iter().all(|one| faults.contains(one)),
            "{faults:?}"
        );
        assert_eq!(faults.len(), expected.len());
        assert_eq!(model.connections[0].children[0].remote.len(), 1);
    }

    /// Sections that take over each other, and many that take over a large
    /// one, end soon.
    #[test]
    fn taking_over_is_bounded() {
        let model =
            read("a : b { x = 1 }\nb : a { }\nconnections : a { c : a, b, connections { } }");
        assert_eq!(model.connections.len(), 1);
        let many: String = (0..20_000).map(|n| format!("c{n} : big {{ }}\n")).collect();
        let big = "version = 1\n".repeat(20_000);
        let model = read(&format!("big {{ {big} }}\nconnections {{ {many} }}"));
        let kind = ConfigErrorKind::TooMany { limit: WORK_MAX };
        assert!(model.errors.iter().any(|error| error.kind == kind));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]
        #[test]
        fn no_file_panics(words in prop::collection::vec(
            prop::sample::select(&[
                "connections", "{", "}", "\n", "c", ":", "a.b", ",", "=", "children", "local", "remote",
                "id", "auth", "psk", "version", "proposals", "aes256-sha1", "-", "local_ts", "10.0.0.0/8",
                "[tcp/", "]", "dynamic", "rekey_time", "99999999999999999999d", "\"", "é", "secrets", "ike", "secret",
            ][..]), 0..60)) {
            let file = words.join(" ");
            let model = read(&file);
            for error in &model.errors {
                prop_assert!(error.span.offset + error.span.len <= file.len());
            }
        }
    }
}
