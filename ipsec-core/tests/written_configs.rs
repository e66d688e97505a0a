//! Configurations written out and read again say the same, or the writer
//! lists what they do not.
#![cfg(feature = "config")]

use core::net::{Ipv4Addr, Ipv6Addr};
use ipsec_core::config::model::{
    Authentication, Child, Connection, Dialect, End, Host, Identity, Lifetimes, Method, Mode,
    Model, NatTraversal, SecretKind, SecretNote, Setting, Traffic, Versions,
};
use ipsec_core::config::write::{self, Written};
use ipsec_core::config::{Span, Spanned, read};
use ipsec_core::sa::proposal::{Proposal, Transform};
use ipsec_core::sa::selector::{AddressRange, Ports};
use ipsec_core::time::Duration;
use ipsec_core::wire::registry::ike::{ProtocolId, TransformType};
use proptest::prelude::*;
use std::fs;
use std::path::{Path, PathBuf};

/// A form and what writes and reads it.
struct Form {
    dialect: Dialect,
    write: fn(&Model) -> Written,
    read: fn(&[u8]) -> Model,
}

const FORMS: &[Form] = &[
    Form {
        dialect: Dialect::Swanctl,
        write: write::swanctl,
        read: |file| ipsec_core::config::swanctl::read(0, file).model(),
    },
    Form {
        dialect: Dialect::Libreswan,
        write: write::libreswan,
        read: |file| ipsec_core::config::ipsec_conf::read(0, file).model(),
    },
    Form {
        dialect: Dialect::CiscoIos,
        write: write::cisco_ios,
        read: |file| ipsec_core::config::cisco_ios::read(0, file),
    },
];

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

fn own() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/configs")
}

/// What a model says, without places, origins and secrets; the transforms of
/// a proposal by kind, each once.
fn said(model: &Model) -> Vec<String> {
    let values = |list: &[Setting<Proposal>]| -> String {
        let each = list.iter().map(|one| {
            let mut transforms = Vec::new();
            for transform in &one.value.transforms {
                if !transforms.contains(transform) {
                    transforms.push(*transform);
                }
            }
            transforms.sort_by_key(|one| one.kind);
            format!("{:?} {transforms:?}", one.value.protocol)
        });
        each.collect::<Vec<_>>().join("; ")
    };
    let times = |of: &Lifetimes| (of.rekey.value, of.end.value, of.bytes.value);
    let end = |end: &End| {
        let hosts: Vec<_> = end.addresses.iter().map(|one| &one.value).collect();
        let rounds = end.authentication.iter();
        let rounds: Vec<_> = rounds
            .map(|one| (&one.methods.value, &one.identity.value))
            .collect();
        format!("{hosts:?} {rounds:?}")
    };
    let traffic = |list: &[Setting<Traffic>]| {
        let list: Vec<_> = list.iter().map(|one| one.value).collect();
        format!("{list:?}")
    };
    let mut said = Vec::new();
    for one in &model.connections {
        said.push(format!(
            "{} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
            one.name.value,
            one.versions.value,
            one.phase1.value,
            one.nat_traversal.value,
            one.dead_peer_detection.value,
            one.fragmentation.value,
            times(&one.lifetimes),
            one.reauthentication.value,
            one.idle_timeout.value,
            one.attachment,
        ));
        said.extend([values(&one.proposals), end(&one.local), end(&one.remote)]);
        for child in &one.children {
            said.push(format!(
                "{} {:?} {:?} {:?}",
                child.name.value,
                child.mode.value,
                times(&child.lifetimes),
                child.compression.value,
            ));
            said.push(values(&child.proposals));
            said.extend([traffic(&child.local), traffic(&child.remote)]);
        }
    }
    for note in &model.secrets {
        let owners: Vec<_> = note.owners.iter().map(|one| &one.value).collect();
        said.push(format!("{:?} {owners:?}", note.kind));
    }
    said
}

/// Reads `written` again: it has no faults, and says what `model` says unless
/// something is listed.
fn check(form: &Form, model: &Model, written: &Written, what: &str) {
    let again = (form.read)(written.text.as_bytes());
    let text = &written.text;
    assert!(
        again.errors.is_empty(),
        "{what}: {:?}\n{text}",
        again.errors
    );
    assert!(
        again.unknown.is_empty(),
        "{what}: {:?}\n{text}",
        again.unknown
    );
    assert!(again.includes.is_empty(), "{what}: {text}");
    let same = said(model) == said(&again);
    let (one, two) = (said(model), said(&again));
    let differs = one.iter().zip(&two).find(|(one, two)| one != two);
    assert!(
        same || !written.unsaid.is_empty(),
        "{what}: lost in silence: {differs:?}\n{text}"
    );
}

#[test]
fn own_fixtures_lose_nothing_in_silence() {
    let mut paths = Vec::new();
    files(&own(), &mut paths);
    let mut count = 0;
    for path in &paths {
        let Some(model) = read(0, &fs::read(path).unwrap()) else {
            continue;
        };
        for form in FORMS {
            check(form, &model, &(form.write)(&model), &format!("{path:?}"));
            count += 1;
        }
    }
    assert!(count >= 5, "{count} fixtures");
}

#[test]
fn shared_configurations_come_back_in_their_own_form() {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let root = std::env::var_os("IPSEC_SHARED").map_or_else(beside, PathBuf::from);
    let mut paths = Vec::new();
    files(&root.join("captures"), &mut paths);
    paths.retain(|path| path.extension().is_some_and(|end| end == "conf"));
    if paths.is_empty() {
        eprintln!("SKIPPED: no captures in ../shared (IPSEC_SHARED names another place)");
        return;
    }
    let mut whole = 0;
    for path in &paths {
        let Some(model) = read(0, &fs::read(path).unwrap()) else {
            continue;
        };
        for form in FORMS {
            let written = (form.write)(&model);
            check(form, &model, &written, &format!("{path:?}"));
            if model.dialect == form.dialect {
                assert_eq!(written.unsaid, [""; 0], "{path:?}\n{}", written.text);
                whole += 1;
            }
        }
    }
    eprintln!("{} files, {whole} in their own form", paths.len());
    assert!(whole > 0);
}

const AT: Span = Span {
    input: 0,
    line: 1,
    column: 1,
    offset: 0,
    len: 1,
};

fn named(name: &str) -> Spanned<String> {
    Spanned {
        value: name.into(),
        span: AT,
    }
}

fn written<T>(value: T) -> Setting<T> {
    Setting::written(value, AT)
}

/// Names that try to end the section, the value or the line they stand in.
const HOSTILE: &[&str] = &[
    "a { x = 1 }",
    "a\" }\nconnections { evil { version = 1 } }\n#",
    "a\nconn evil\n\tauthby=never",
    "a\r\ncrypto isakmp key x address 0.0.0.0",
    "include /etc/passwd",
    "include",
    "\\",
    "\\\"",
    "\u{0}\u{1b}[31m",
    "\u{2028}evil",
    "",
    " ",
    "#",
    "!",
    "%default",
    "é\u{202e}x",
    "a,b",
    "a=b",
    "@x",
    "fqdn:x",
    "{a}",
    "\"a\"",
];

#[test]
fn no_name_breaks_out() {
    for (at, name) in HOSTILE.iter().enumerate() {
        for kind in [
            Identity::Fqdn,
            Identity::UserFqdn,
            Identity::DistinguishedName,
            Identity::KeyId,
            Identity::AddressOf,
        ] {
            let mut connection = Connection::new(named(name));
            connection.versions = written(Versions::V2);
            connection.remote.addresses = vec![written(Host::Named((*name).into()))];
            let round = Authentication::new(
                written(vec![Method::Psk]),
                written(kind((*name).to_owned())),
            );
            connection.local.authentication = vec![round.clone()];
            connection.remote.authentication = vec![round];
            connection.children = vec![Child::new(named(name)), Child::new(named(name))];
            let mut model = Model::new(Dialect::Racoon);
            let mut note = SecretNote::new(SecretKind::Psk, Some(9), AT);
            note.owners = vec![written(kind((*name).to_owned()))];
            model.secrets = vec![note];
            model.connections = vec![connection.clone(), connection];
            for form in FORMS {
                let file = (form.write)(&model);
                check(form, &model, &file, &format!("{at} {name:?}"));
                let again = (form.read)(file.text.as_bytes());
                let text = &file.text;
                assert!(!text.contains(['\0', '\u{1b}']), "{name:?}: {text}");
                let names: Vec<_> = again
                    .connections
                    .iter()
                    .map(|one| &one.name.value)
                    .collect();
                assert!(
                    names.len() >= 2 && !names.iter().any(|one| *one == "evil"),
                    "{text}"
                );
                assert!(again.secrets.len() <= 1, "{text}");
            }
        }
    }
}

#[test]
fn libreswan_has_a_section_for_each_child() {
    let file = b"connections {\n gw {\n version = 2\n children {\n a {\n local_ts = 10.1.0.0/24\n }
        b {\n local_ts = 10.2.0.0/24, 10.3.0.0/24\n }\n }\n }\n}\n";
    let model = ipsec_core::config::swanctl::read(0, file).model();
    let written = write::libreswan(&model);
    let again = ipsec_core::config::ipsec_conf::read(0, written.text.as_bytes()).model();
    assert_eq!(again.dialect, Dialect::Libreswan);
    let names: Vec<_> = again
        .connections
        .iter()
        .map(|one| &one.name.value)
        .collect();
    assert_eq!(names, ["gw-a", "gw-b"]);
    let nets = |at: usize| again.connections[at].children[0].local.len();
    assert_eq!((nets(0), nets(1)), (1, 2));
    assert!(
        written
            .unsaid
            .contains(&"connection gw: name: gw; written: gw-a".into())
    );
}

/// What each section repeats of its connection is limited.
#[test]
fn libreswan_repeats_no_more_than_the_limit() {
    let mut connection = Connection::new(named("gw"));
    let long = "a".repeat(8 << 20);
    connection.remote.addresses = vec![written(Host::Named(long))];
    connection.children = vec![Child::new(named("net")); 6];
    let mut model = Model::new(Dialect::Junos);
    model.connections = vec![connection];
    let file = write::libreswan(&model);
    assert_eq!(
        file.text.matches("conn ").count(),
        4,
        "the first and three copies"
    );
    let beyond = "connection gw: its last 2 children";
    assert!(file.unsaid.iter().any(|line| line == beyond));
}

fn transforms(
    kind: TransformType,
    ids: &'static [(u16, Option<u16>)],
) -> BoxedStrategy<Vec<Transform>> {
    let pick = prop::sample::subsequence(ids, 1..=3.min(ids.len()));
    pick.prop_map(move |ids| {
        let ids = ids.into_iter().map(|(id, bits)| {
            let one = Transform::new(kind, id);
            bits.map_or(one, |bits| one.with_key_bits(bits))
        });
        ids.collect()
    })
    .boxed()
}

const CIPHERS: &[(u16, Option<u16>)] = &[
    (3, None),
    (11, None),
    (12, Some(128)),
    (12, Some(256)),
    (13, Some(192)),
    (20, Some(128)),
    (20, Some(256)),
    (28, None),
    (23, Some(256)),
];
const HASHES: &[(u16, Option<u16>)] = &[(1, None), (2, None), (12, None), (13, None), (14, None)];
const PRFS: &[(u16, Option<u16>)] = &[(1, None), (2, None), (5, None), (6, None), (7, None)];
const GROUPS: &[(u16, Option<u16>)] = &[(2, None), (14, None), (19, None), (31, None), (36, None)];

fn proposal(protocol: ProtocolId) -> BoxedStrategy<Setting<Proposal>> {
    let parts = (
        transforms(TransformType::ENCR, CIPHERS),
        transforms(TransformType::INTEG, HASHES),
        prop::option::of(transforms(TransformType::PRF, PRFS)),
        transforms(TransformType::KE, GROUPS),
    );
    parts
        .prop_map(move |(ciphers, hashes, prfs, groups)| {
            let ike = protocol == ProtocolId::IKE;
            let prfs = prfs.filter(|_| ike).unwrap_or_default();
            let transforms = [ciphers, hashes, prfs, groups].concat();
            written(Proposal {
                number: 1,
                protocol,
                transforms,
            })
        })
        .boxed()
}

fn range() -> BoxedStrategy<AddressRange> {
    let v4 = (any::<u32>(), 0..=32_u8)
        .prop_map(|(base, len)| AddressRange::from_prefix(Ipv4Addr::from(base).into(), len));
    let v6 = (any::<u128>(), 0..=128_u8)
        .prop_map(|(base, len)| AddressRange::from_prefix(Ipv6Addr::from(base).into(), len));
    let odd = (any::<u32>(), any::<u32>()).prop_map(|(one, two)| {
        let [low, high] = [one.min(two), one.max(two)].map(|bits| Ipv4Addr::from(bits).into());
        AddressRange::new(low, high)
    });
    prop_oneof![v4, v6, odd].prop_map(Option::unwrap).boxed()
}

fn traffic() -> BoxedStrategy<Setting<Traffic>> {
    let ports = (any::<u16>(), any::<u16>()).prop_map(|(low, high)| Ports::new(low, high));
    (prop::option::of(range()), any::<u8>(), ports)
        .prop_map(|(addresses, protocol, ports)| {
            let mut traffic = Traffic::of(addresses);
            traffic.protocol = protocol;
            traffic.ports = ports.unwrap_or(Ports::ANY);
            written(traffic)
        })
        .boxed()
}

fn identity() -> BoxedStrategy<Identity> {
    let text = || "[a-z@.=:# \"\\\\{}\n,]{0,12}|[a-z]{1,8}\\.example";
    prop_oneof![
        Just(Identity::Any),
        any::<u32>().prop_map(|bits| Identity::Address(Ipv4Addr::from(bits).into())),
        any::<u128>().prop_map(|bits| Identity::Address(Ipv6Addr::from(bits).into())),
        text().prop_map(Identity::Fqdn),
        text().prop_map(Identity::UserFqdn),
        text().prop_map(Identity::DistinguishedName),
        text().prop_map(Identity::KeyId),
        Just(Identity::FromCertificate),
    ]
    .boxed()
}

fn end() -> BoxedStrategy<End> {
    let method = prop::sample::select(vec![Method::Psk, Method::Signature, Method::Eap]);
    let round = (method, identity())
        .prop_map(|(method, who)| Authentication::new(written(vec![method]), written(who)));
    (
        prop::collection::vec(range(), 1..3),
        prop::collection::vec(round, 1..3),
    )
        .prop_map(|(ranges, authentication)| {
            let mut end = End::new();
            let hosts = ranges.into_iter().map(|range| written(Host::At(range)));
            end.addresses = hosts.collect();
            end.authentication = authentication;
            end
        })
        .boxed()
}

fn time() -> BoxedStrategy<Setting<Option<Duration>>> {
    let time = prop::option::of(1..1_000_000_u64);
    time.prop_map(|time| written(time.map(Duration::from_secs)))
        .boxed()
}

fn child() -> BoxedStrategy<Child> {
    let mode = prop::sample::select(vec![Mode::Tunnel, Mode::Transport]);
    (
        "[a-z0-9 {}.]{0,8}",
        prop::collection::vec(proposal(ProtocolId::ESP), 1..3),
        mode,
        prop::collection::vec(traffic(), 1..4),
        prop::collection::vec(traffic(), 1..4),
        (time(), time(), any::<bool>()),
    )
        .prop_map(
            |(name, proposals, mode, local, remote, (rekey, end, compression))| {
                let mut child = Child::new(named(&name));
                child.proposals = proposals;
                child.mode = written(mode);
                (child.local, child.remote) = (local, remote);
                (child.lifetimes.rekey, child.lifetimes.end) = (rekey, end);
                child.compression = written(compression);
                child
            },
        )
        .boxed()
}

fn connection() -> BoxedStrategy<Connection> {
    let versions = prop::sample::select(vec![Versions::V1, Versions::V2, Versions::Both]);
    let nat = prop::sample::select(vec![
        NatTraversal::WhereSeen,
        NatTraversal::Always,
        NatTraversal::Never,
    ]);
    (
        "[a-z0-9 {}.]{0,8}",
        versions,
        (end(), end()),
        prop::collection::vec(proposal(ProtocolId::IKE), 1..3),
        nat,
        (time(), time(), time()),
        prop::collection::vec(child(), 0..3),
    )
        .prop_map(
            |(name, versions, (local, remote), proposals, nat, times, children)| {
                let mut one = Connection::new(named(&name));
                one.versions = written(versions);
                (one.local, one.remote) = (local, remote);
                one.proposals = proposals;
                one.nat_traversal = written(nat);
                (
                    one.lifetimes.rekey,
                    one.lifetimes.end,
                    one.dead_peer_detection,
                ) = times;
                one.children = children;
                one
            },
        )
        .boxed()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn made_models_lose_nothing_in_silence(connections in prop::collection::vec(connection(), 0..3)) {
        let mut model = Model::new(Dialect::Junos);
        model.connections = connections;
        for form in FORMS {
            check(form, &model, &(form.write)(&model), "a made model");
        }
    }
}

/// A file as IOS, and what that is read as by the front door.
fn ios(file: &str) -> Option<(Written, Model)> {
    let written = write::cisco_ios(&read(0, file.as_bytes())?);
    let again = read(0, written.text.as_bytes())?;
    assert_eq!(again.dialect, Dialect::CiscoIos, "{}", written.text);
    Some((written, again))
}

#[test]
fn ios_comes_back_but_for_secrets_and_addresses_of_interfaces() {
    let (written, again) = ios(include_str!("data/configs/cisco/ios-ikev2.cfg")).unwrap();
    let key = "the place of a pre-shared key of 198.51.100.7";
    assert_eq!(written.unsaid, [key, key]);
    assert_eq!(again.host.unwrap().value, "hub");
    let (written, _) = ios(include_str!("data/configs/cisco/ios-right.cfg")).unwrap();
    assert_eq!(
        written.unsaid,
        [
            "connection VPN 1: local addresses: 198.51.100.2/32; written: anywhere",
            "connection VPN 1: local authentication: Psk as 198.51.100.2; written: Psk as anybody",
            "the place of a pre-shared key of 192.0.2.1",
        ]
    );
    assert!(
        written
            .text
            .contains("interface Serial0/0\n crypto map VPN\n"),
        "{}",
        written.text
    );
    assert!(!written.text.contains("open-sesame"));
}

/// Policies hold for the whole device: what one connection offers the others
/// do as well, unless they speak from another address.
#[test]
fn ios_policies_are_shared_and_told_apart_by_address() {
    let gateway = |name: &str, local: &str, cipher: &str, version: u8| {
        format!(
            " {name} {{\n version = {version}\n local_addrs = {local}\n remote_addrs = 198.51.100.7\n
             proposals = {cipher}-sha256-modp2048\n children {{\n n {{\n local_ts = 10.1.0.0/16\n
             remote_ts = 10.2.0.0/16\n }}\n }}\n }}\n"
        )
    };
    let ciphers = |again: &Model, at: usize| -> Vec<_> {
        let list = again.connections[at].proposals.iter();
        list.map(|one| one.value.transforms[0].key_bits.unwrap())
            .collect()
    };
    for version in [1, 2] {
        let shared = [
            gateway("a", "192.0.2.1", "aes128", version),
            gateway("b", "192.0.2.1", "aes256", version),
        ];
        let (written, again) = ios(&format!("connections {{\n{}}}\n", shared.concat())).unwrap();
        assert_eq!(ciphers(&again, 0), [128, 256]);
        assert_eq!(ciphers(&again, 1), [128, 256]);
        let line = "connection b: IKE proposals: aes256-prfsha256-sha256-modp2048; written: \
            aes128-prfsha256-sha256-modp2048, aes256-prfsha256-sha256-modp2048";
        assert!(
            written.unsaid.iter().any(|one| one == line),
            "{:?}",
            written.unsaid
        );
    }
    let apart = [
        gateway("a", "192.0.2.1", "aes128", 2),
        gateway("b", "192.0.2.2", "aes256", 2),
    ];
    let (written, again) = ios(&format!("connections {{\n{}}}\n", apart.concat())).unwrap();
    assert_eq!(
        (ciphers(&again, 0), ciphers(&again, 1)),
        (vec![128], vec![256])
    );
    assert!(
        written
            .text
            .contains(" match address local 192.0.2.2\n proposal ike-2\n")
    );
}

#[test]
fn ios_has_an_entry_for_each_protection_and_a_line_for_each_pair() {
    let (written, again) = ios(
        "connections {\n gw {\n version = 2\n remote_addrs = 198.51.100.7\n children {\n
         a {\n local_ts = 10.1.0.0/24, 10.1.1.0-10.1.1.2\n remote_ts = 10.2.0.0/24[tcp/443]\n
         esp_proposals = aes128-aes256-sha256-modp2048\n }\n
         b {\n local_ts = 10.1.0.0/24[tcp]\n remote_ts = 10.2.0.0/24[tcp/443]\n mode = transport\n }\n
         c {\n local_ts = 10.1.0.0/24\n remote_ts = 10.9.0.0/24\n mode = drop\n }\n }\n }\n}\n",
    ).unwrap();
    let names: Vec<_> = again
        .connections
        .iter()
        .map(|one| (one.name.value.as_str(), one.children.len()))
        .collect();
    assert_eq!(names, [("vpn 20", 1)], "{}", written.text);
    let lost =
        "connection gw: child a: some of its packets: 10.1.0.0/24[0/any] and 10.2.0.0/24[6/443]";
    for line in [lost, "connection gw: child c: all of it"] {
        assert!(
            written.unsaid.iter().any(|one| one == line),
            "{:#?}",
            written.unsaid
        );
    }
    let (written, again) = ios(
        "connections {\n gw {\n version = 2\n remote_addrs = 198.51.100.7\n children {\n
         a {\n local_ts = 10.1.0.0/24, 10.1.1.0-10.1.1.2\n remote_ts = 10.2.0.0/24\n
         esp_proposals = aes128-aes256-sha256-modp2048\n }\n
         b {\n local_ts = 10.1.0.0/24\n remote_ts = 10.3.0.0/24\n mode = transport\n }\n }\n }\n}\n",
    ).unwrap();
    let names: Vec<_> = again
        .connections
        .iter()
        .map(|one| (one.name.value.as_str(), one.children.len()))
        .collect();
    assert_eq!(names, [("vpn 10", 3), ("vpn 20", 1)], "{}", written.text);
    for line in [
        " permit ip 10.1.1.0 0.0.0.1 10.2.0.0 0.0.0.255\n permit ip host 10.1.1.2 10.2.0.0 0.0.0.255\n",
        " set transform-set aes-sha256 aes-256-sha256\n set pfs group14\n",
    ] {
        assert!(written.text.contains(line), "{}", written.text);
    }
}

#[test]
fn ios_has_a_tunnel_for_everything_and_a_dynamic_map_for_anybody() {
    let (written, again) = ios(
        "connections {\n road {\n version = 2\n children {\n n {\n local_ts = 10.1.0.0/16\n }\n }\n }\n
         all {\n version = 2\n local_addrs = 192.0.2.1\n remote_addrs = 198.51.100.7\n children {\n
         n {\n local_ts = 0.0.0.0/0\n remote_ts = 0.0.0.0/0\n }\n }\n }\n}\n",
    ).unwrap();
    let names: Vec<_> = again
        .connections
        .iter()
        .map(|one| one.name.value.as_str())
        .collect();
    assert_eq!(names, ["vpn 60001 vpn-60001 10", "Tunnel1"]);
    for line in [
        "crypto map vpn 60001 ipsec-isakmp dynamic vpn-60001\n",
        " permit ip 10.1.0.0 0.0.255.255 any\n",
        "interface Tunnel1\n tunnel source 192.0.2.1\n tunnel mode ipsec ipv4\n",
    ] {
        assert!(written.text.contains(line), "{}", written.text);
    }
}

/// What is written again for networks and groups of children is limited.
#[test]
fn ios_repeats_no_more_than_the_limit() {
    let mut child = Child::new(named(&"a".repeat(8 << 20)));
    let net = |text: &str| written(Traffic::of(Some(text.parse().unwrap())));
    child.local = vec![net("10.1.0.0/24"); 6];
    child.remote = vec![net("10.2.0.0/24")];
    let mut connection = Connection::new(named("gw"));
    connection.versions = written(Versions::V2);
    connection.remote.addresses = vec![written(Host::At("192.0.2.1".parse().unwrap()))];
    connection.children = vec![child];
    let mut model = Model::new(Dialect::Junos);
    model.connections = vec![connection];
    let file = write::cisco_ios(&model);
    assert_eq!(file.text.matches(" permit ip").count(), 3, "within 32 MiB");
    let beyond = |line: &String| line.ends_with(": its last networks");
    assert!(file.unsaid.iter().any(beyond));
}

/// What two ends agreed on they agree on with one end as IOS, or a line tells
/// what IOS does not say.
#[test]
fn ios_agrees_with_the_other_end() {
    use ipsec_core::config::compare::compare;
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let root = std::env::var_os("IPSEC_SHARED").map_or_else(beside, PathBuf::from);
    let mut paths = Vec::new();
    files(&root.join("captures"), &mut paths);
    let mut agreed = 0;
    for path in &paths {
        let name = path.file_name().unwrap().to_str().unwrap();
        let Some(other) = name.strip_prefix("a.").map(|rest| format!("b.{rest}")) else {
            continue;
        };
        let file = |path: &Path| fs::read(path).ok().and_then(|file| read(0, &file));
        let (Some(a), Some(b)) = (file(path), file(&path.with_file_name(other))) else {
            continue;
        };
        let written = write::cisco_ios(&a);
        let again = ipsec_core::config::cisco_ios::read(0, written.text.as_bytes());
        let ([a], [b], [as_ios]) = (
            &a.connections[..],
            &b.connections[..],
            &again.connections[..],
        ) else {
            continue;
        };
        if compare(a, b).fails() {
            continue;
        }
        if compare(as_ios, b).fails() {
            let why = [": local authentication: ", " proposals: ", " traffic: "];
            let told = |line: &String| why.iter().any(|why| line.contains(why));
            assert!(
                written.unsaid.iter().any(told),
                "{path:?}\n{}",
                written.text
            );
        } else {
            agreed += 1;
        }
    }
    assert!(paths.is_empty() || agreed >= 80, "{agreed}");
}
