use super::*;
use crate::config::cisco::lines::COMMANDS_MAX;
use crate::config::model::{
    Attachment, Connection, Host, Identity, Method, Mode, Phase1, SharedSecret, Traffic, Versions,
};
use crate::sa::proposal::Proposal;
use crate::wire::registry::ike::ProtocolId;
use alloc::string::ToString as _;
use proptest::prelude::*;

const LEFT: &str = include_str!("../../../tests/data/configs/cisco/ios-left.cfg");
const V2: &str = include_str!("../../../tests/data/configs/cisco/ios-ikev2.cfg");
const SLIDES: &str = include_str!("../../../tests/data/configs/cisco/ios-slides.txt");
const TYPED: &str = include_str!("../../../tests/data/configs/cisco/ios-typed.txt");

fn model(file: &str) -> Model {
    read(0, file.as_bytes())
}

/// A model of which everything was understood.
fn clean(file: &str) -> Model {
    let model = model(file);
    assert_eq!((&model.errors[..], &model.unknown[..]), (&[][..], &[][..]));
    model
}

fn ids(proposal: &Proposal) -> Vec<(u8, u16)> {
    let transforms = proposal.transforms.iter();
    transforms.map(|one| (one.kind.0, one.id)).collect()
}

fn shown(side: &[Setting<Traffic>]) -> Vec<String> {
    let selectors = side.iter().map(|one| one.value.selector(None).unwrap());
    selectors.map(|one| one.to_string()).collect()
}

/// What a place holds, and its line.
fn cut(file: &str, span: Span) -> (usize, &str) {
    (span.line, &file[span.offset..][..span.len])
}

fn line_of(file: &str, text: &str) -> usize {
    file.lines().position(|line| line.contains(text)).unwrap() + 1
}

#[test]
fn a_running_configuration() {
    let model = clean(LEFT);
    assert_eq!(model.release.as_ref().unwrap().value, "15.7");
    assert_eq!(model.host.as_ref().unwrap().value, "left");
    let [one] = &model.connections[..] else {
        panic!("{:?}", model.connections);
    };
    assert_eq!(
        (one.name.value.as_str(), one.versions.value),
        ("outside 10", Versions::V1)
    );
    assert_eq!(cut(LEFT, one.name.span).1, "outside 10");
    let Attachment::At(interfaces) = &one.attachment else {
        panic!("{:?}", one.attachment);
    };
    assert_eq!(interfaces[0].value, "GigabitEthernet0/0");
    assert_eq!(cut(LEFT, interfaces[0].span), (50, "outside"));
    assert_eq!(
        one.local.addresses[0].value,
        Host::At("192.0.2.1".parse().unwrap())
    );
    assert_eq!(
        one.remote.addresses[0].value,
        Host::At("198.51.100.2".parse().unwrap())
    );
    assert_eq!(
        ids(&one.proposals[0].value),
        [(1, 12), (3, 12), (2, 5), (4, 14)]
    );
    assert_eq!(one.proposals[0].value.transforms[0].key_bits, Some(256));
    let policy = cut(LEFT, one.proposals[0].span().unwrap());
    assert_eq!(policy.1, "crypto isakmp policy 10");
    assert_eq!(
        ids(&one.proposals[1].value),
        [(1, 2), (3, 2), (2, 2), (4, 1)],
        "defaults"
    );
    let filled = model
        .filled
        .iter()
        .map(|one| (one.proposal.line, one.kind.0));
    assert_eq!(
        filled.collect::<Vec<_>>(),
        [(22, 1), (22, 3), (22, 2), (22, 4)]
    );
    assert_eq!(one.lifetimes.end.value, Some(Duration::from_secs(28_800)));
    assert_eq!(one.dead_peer_detection.value, Some(Duration::from_secs(10)));
    assert_eq!(one.local.authentication[0].methods.value, [Method::Psk]);
    let us = Identity::Address("192.0.2.1".parse().unwrap());
    assert_eq!(
        one.local.authentication[0].identity,
        Setting::by_default(us)
    );
}

#[test]
fn children_are_the_lines_of_the_access_list() {
    let model = clean(LEFT);
    let one = &model.connections[0];
    let [whole, web] = &one.children[..] else {
        panic!("{:?}", one.children);
    };
    assert_eq!(shown(&whole.local), ["10.1.0.0/16"]);
    assert_eq!(shown(&whole.remote), ["10.2.0.0/16"]);
    assert_eq!(
        (shown(&web.local), shown(&web.remote)),
        (
            Vec::from(["10.1.0.80/32[TCP/80]".to_string()]),
            Vec::from(["10.3.0.0/24[TCP]".to_string()]),
        )
    );
    let acl = cut(LEFT, whole.local[0].span().unwrap());
    assert_eq!(
        acl,
        (line_of(LEFT, " permit ip 10.1"), "10.1.0.0 0.0.255.255")
    );
    assert_eq!(
        cut(LEFT, whole.name.span),
        (line_of(LEFT, "match address"), "to-right")
    );
    assert_eq!(ids(&whole.proposals[0].value), [(1, 12), (3, 12), (4, 14)]);
    assert_eq!(whole.proposals.len(), 2);
    let set = cut(LEFT, whole.proposals[0].span().unwrap()).1;
    assert_eq!(set, "strong esp-aes 256 esp-sha256-hmac");
    assert_eq!(whole.lifetimes.end.value, Some(Duration::from_secs(1800)));
    assert_eq!(
        whole.lifetimes.bytes,
        Setting::by_default(Some(4_608_000 << 10))
    );
    let names: Vec<_> = model
        .filters
        .iter()
        .map(|one| one.name.value.as_str())
        .collect();
    assert_eq!(
        names,
        ["from-outside", "to-right"]
            .map(|one| one)
            .into_iter()
            .rev()
            .collect::<Vec<_>>()
    );
    let [crypto, outside] = &model.filters[..] else {
        panic!();
    };
    assert_eq!((crypto.rules.len(), crypto.interfaces.len()), (3, 0));
    assert_eq!(outside.interfaces[0].value, "GigabitEthernet0/0");
    let ports: Vec<_> = outside
        .rules
        .iter()
        .map(|one| one.to.ports.to_string())
        .collect();
    assert_eq!(ports, ["500", "4500", "any", "any", "any"]);
    assert!(!outside.rules[4].permits && outside.rules[4].from.addresses.is_none());
}

#[test]
fn keys_are_known_by_length_and_compared_unseen() {
    let model = clean(LEFT);
    let told: Vec<_> = model
        .secrets
        .iter()
        .map(|one| (one.len, one.owners.len()))
        .collect();
    assert_eq!(
        told,
        [(Some(13), 1), (None, 0)],
        "encrypted, and of a whole network"
    );
    let same = SharedSecret::new(b"open-sesame-1".to_vec());
    assert_eq!(model.secrets[0].value, Some(same));
    assert_eq!(model.secrets[1].value, None);
    let owner = &model.secrets[0].owners[0].value;
    assert_eq!(*owner, Identity::Address("198.51.100.2".parse().unwrap()));
    for file in [
        LEFT,
        V2,
        SLIDES,
        TYPED,
        "crypto isakmp key open-sesame\ncrypto isakmp key open-sesame open-sesame\n",
        "crypto keyring k\n pre-shared-key open-sesame\n  open-sesame\n open-sesame key\n",
        "crypto isakmp peer address 192.0.2.1\n set aggressive-mode password open-sesame\n open-sesame\n",
        "crypto ikev2 keyring k\n peer p\n  pre-shared-key\n   open-sesame\n  open-sesame x\n",
        "crypto ikev2 profile p\n authentication local pre-share key open-sesame open-sesame\n",
        "crypto isakmp key 0 open-sesame address open-sesame\nopen-sesame#\n open-sesame\n",
    ] {
        let shown = format!("{:?}", self::model(file));
        assert!(
            !shown.contains("sesame") && !shown.contains("not-for"),
            "{shown}"
        );
    }
    let hex = "crypto ikev2 keyring k\n peer p\n  pre-shared-key hex 0aff\n  address 192.0.2.1\n";
    let note = &self::model(hex).secrets[0];
    assert_eq!(note.value, Some(SharedSecret::new([0x0a, 0xff].into())));
    assert_eq!(note.owners.len(), 1, "its line stands behind the key's");
    let mode = "crypto isakmp peer address 192.0.2.1\n set aggressive-mode password abc\n\
        crypto map m 1 ipsec-isakmp\n set peer 192.0.2.1\n";
    let aggressive = clean(mode);
    assert_eq!(aggressive.secrets[0].len, Some(3));
    assert_eq!(aggressive.connections[0].phase1.value, Phase1::Aggressive);
    assert_eq!(aggressive.connections[0].phase1.span().unwrap().line, 2);
}

#[test]
fn ikev2_through_tunnel_interfaces() {
    let model = clean(V2);
    let [plain, gre] = &model.connections[..] else {
        panic!("{:?}", model.connections);
    };
    assert_eq!(
        (plain.name.value.as_str(), plain.versions.value),
        ("Tunnel0", Versions::V2)
    );
    assert_eq!(
        plain.proposals.len(),
        1,
        "what no policy links does not count"
    );
    let offered = &plain.proposals[0].value;
    assert_eq!(offered.protocol, ProtocolId::IKE);
    assert_eq!(
        ids(offered),
        [
            (1, 12),
            (1, 12),
            (3, 14),
            (3, 12),
            (4, 19),
            (4, 14),
            (2, 7),
            (2, 5)
        ]
    );
    let theirs = &plain.remote.authentication[0];
    assert_eq!(
        theirs.identity.value,
        Identity::Fqdn("branch.example".into())
    );
    assert_eq!(theirs.methods.value, [Method::Psk]);
    assert_eq!(cut(V2, theirs.methods.span().unwrap()).1, "pre-share");
    assert_eq!(
        plain.local.addresses[0].value,
        Host::At("192.0.2.7".parse().unwrap())
    );
    assert_eq!(
        plain.local.addresses,
        gre.local
            .addresses
            .iter()
            .map(|one| Setting {
                origin: plain.local.addresses[0].origin,
                ..one.clone()
            })
            .collect::<Vec<_>>()
    );
    assert_eq!(plain.fragmentation.value, Fragmentation::Yes);
    assert_eq!(
        plain.dead_peer_detection.value,
        Some(Duration::from_secs(20))
    );
    assert_eq!(plain.lifetimes.end.value, Some(Duration::from_secs(43_200)));
    let child = &plain.children[0];
    assert_eq!(shown(&child.local), ["0.0.0.0/0"]);
    assert_eq!(child.mode.value, Mode::Transport);
    assert_eq!(ids(&child.proposals[0].value), [(1, 20), (4, 19)]);
    assert!(matches!(&plain.attachment, Attachment::At(at) if at[0].value == "Tunnel0"));
    assert_eq!(shown(&gre.children[0].local), ["192.0.2.7/32[GRE]"]);
    assert_eq!(shown(&gre.children[0].remote), ["198.51.100.8/32[GRE]"]);
    let lens: Vec<_> = model.secrets.iter().map(|one| one.len).collect();
    assert_eq!(lens, [Some(13), Some(14)]);
}

#[test]
fn smart_defaults_by_release() {
    let map = "crypto map m 1 ipsec-isakmp\n set peer 192.0.2.1\n set ikev2-profile p\n";
    let profile = "crypto ikev2 profile p\n match identity remote any\n";
    let ciphers = |version: &str| -> Vec<_> {
        let file = [version, profile, map].concat();
        let offered = clean(&file).connections[0].proposals.clone();
        assert!(offered.len() == 1 && offered[0].span().is_none());
        ids(&offered[0].value)
            .into_iter()
            .filter(|(kind, _)| *kind == 4)
            .collect()
    };
    assert_eq!(ciphers("version 15.2\n"), [(4, 5), (4, 2)]);
    assert_eq!(
        ciphers("version 17.3\n"),
        [(4, 19), (4, 14), (4, 21), (4, 5)]
    );
    let v1 = "crypto map m 1 ipsec-isakmp\n set peer 192.0.2.1\n";
    let old = clean(&["version 12.2\n", v1].concat());
    assert_eq!(
        ids(&old.connections[0].proposals[0].value),
        [(1, 2), (3, 2), (2, 2), (4, 1)]
    );
    assert_eq!(old.connections[0].proposals.len(), 1);
    assert_eq!(old.connections[0].children[0].proposals, []);
    let new = clean(v1);
    assert_eq!(new.connections[0].proposals.len(), 4);
    assert_eq!(new.connections[0].attachment, Attachment::Nowhere);
    assert_eq!(
        new.connections[0].children[0].lifetimes.end,
        Setting::by_default(Some(Duration::from_secs(3600)))
    );
}

#[test]
fn slides_with_wrapped_commands() {
    let model = clean(SLIDES);
    let names: Vec<_> = model
        .connections
        .iter()
        .map(|one| one.name.value.as_str())
        .collect();
    assert_eq!(names, ["a-b 1", "b-a 1"]);
    for one in &model.connections {
        assert_eq!(one.attachment, Attachment::Nowhere);
        assert_eq!(
            ids(&one.proposals[0].value),
            [(1, 2), (3, 2), (2, 2), (4, 1)]
        );
        let child = &one.children[0];
        assert_eq!(ids(&child.proposals[0].value), [(1, 3), (3, 2)]);
        assert_eq!(shown(&child.remote), ["10.2.0.0/16"]);
    }
    assert_eq!((model.secrets.len(), model.secrets[0].len), (1, Some(11)));
    assert_eq!(model.secrets[0].owners.len(), 1);
    let shown: Vec<_> = model
        .associations
        .iter()
        .map(|one| {
            let network = one.destination.as_ref().unwrap().value.to_string();
            (
                one.spi.value,
                one.from.unwrap().to_string(),
                network,
                one.listed_by.value.as_str(),
            )
        })
        .collect();
    let [a, b] = ["192.0.2.9", "198.51.100.9"].map(ToString::to_string);
    assert_eq!(
        shown,
        [
            (4660, a, "10.2.0.0/24".to_string(), "a-router to b-router"),
            (22136, b, "10.0.1.0/24".to_string(), "a-router to b-router"),
        ]
    );
}

#[test]
fn keywords_cut_short_behind_prompts() {
    let model = clean(TYPED);
    assert_eq!(model.host.as_ref().unwrap().value, "edge");
    let one = &model.connections[0];
    assert_eq!(
        ids(&one.proposals[0].value),
        [(1, 3), (3, 2), (2, 2), (4, 2)]
    );
    assert_eq!(one.local.authentication[0].methods.value, [Method::Psk]);
    assert_eq!(ids(&one.children[0].proposals[0].value), [(1, 3), (3, 1)]);
    assert_eq!(shown(&one.children[0].remote), ["0.0.0.0/0"]);
    assert!(matches!(one.attachment, Attachment::At(_)));
    assert_eq!(model.secrets[0].owners.len(), 1);
}

#[test]
fn the_same_however_it_came() {
    fn plain(file: &str) -> (Vec<Connection>, Vec<usize>) {
        let model = clean(file);
        (
            model.connections,
            model.filters.iter().map(|one| one.rules.len()).collect(),
        )
    }
    fn told((connections, filters): &(Vec<Connection>, Vec<usize>)) -> String {
        let brief: Vec<_> = connections
            .iter()
            .map(|one| {
                let children: Vec<_> = one
                    .children
                    .iter()
                    .map(|child| {
                        (
                            shown(&child.local),
                            shown(&child.remote),
                            ids(&child.proposals[0].value),
                        )
                    })
                    .collect();
                (
                    &one.name.value,
                    ids(&one.proposals[0].value),
                    children,
                    one.remote.addresses[0].value.clone(),
                    matches!(one.attachment, Attachment::Nowhere),
                )
            })
            .collect();
        format!("{brief:?} {filters:?}")
    }
    let expected = told(&plain(LEFT));
    let crlf = LEFT.replace('\n', "\r\n");
    let flat: String = LEFT
        .lines()
        .map(|line| format!("{}\n", line.trim_start()))
        .collect();
    let pages = LEFT.replace(
        " set peer",
        " --More-- \u{8}\u{8}\u{8}\u{8}        \u{8}\u{8} set peer",
    );
    let block: String = LEFT.lines().map(|line| format!("    {line}\n")).collect();
    let marked = LEFT
        .replace('_', "\\_")
        .replace("transform-set", "transform\\-set");
    for (how, file) in [
        ("crlf", crlf),
        ("flat", flat),
        ("pages", pages),
        ("block", block),
        ("marked", marked),
    ] {
        assert_eq!(told(&plain(&file)), expected, "{how}");
    }
}

#[test]
fn dynamic_maps_profiles_and_sources() {
    let file = "\
crypto isakmp profile any
 match identity host domain example
 keepalive 20
 initiate mode aggressive
crypto dynamic-map dyn 5
 set transform-set ts
 set isakmp-profile any
crypto ipsec transform-set ts ah-sha-hmac
crypto map m 10 ipsec-isakmp dynamic dyn
crypto map m 20 ipsec-isakmp dynamic none
crypto map m local-address Loopback0
interface Loopback0
 ip address 192.0.2.9 255.255.255.255
interface Serial 0/1
 crypto map m
no crypto ipsec nat-transparency udp-encapsulation
crypto ipsec security-association lifetime kilobytes 1000
crypto ipsec security-association idle-time 600
crypto isakmp identity hostname
";
    let model = model(file);
    let [one] = &model.connections[..] else {
        panic!("{:?}", model.connections);
    };
    assert_eq!(one.name.value, "m 10 dyn 5");
    assert_eq!(one.remote.addresses, [Setting::by_default(Host::Any)]);
    assert_eq!(
        one.local.addresses[0].value,
        Host::At("192.0.2.9".parse().unwrap())
    );
    assert_eq!(one.phase1.value, Phase1::Aggressive);
    let peer = &one.remote.authentication[0].identity.value;
    assert_eq!(*peer, Identity::Fqdn("*.example".into()));
    assert_eq!(one.nat_traversal.value, NatTraversal::Never);
    assert_eq!(one.idle_timeout.value, Some(Duration::from_secs(600)));
    assert_eq!(one.dead_peer_detection.value, Some(Duration::from_secs(20)));
    assert!(matches!(&one.attachment, Attachment::At(at) if at[0].value == "Serial0/1"));
    let child = &one.children[0];
    assert_eq!(child.proposals[0].value.protocol, ProtocolId::AH);
    assert_eq!(
        child.local[0].value,
        Traffic::of(None),
        "takes what it is asked for"
    );
    assert_eq!(child.lifetimes.bytes.value, Some(1000 << 10));
    let [only] = &model.errors[..] else {
        panic!("{:?}", model.errors);
    };
    assert_eq!(
        (only.span.line, only.kind),
        (10, ConfigErrorKind::NoSuchSection)
    );
}

#[test]
fn faults_are_placed() {
    use ConfigErrorKind as K;
    let file = "\
crypto isakmp policy 1
 encr aes 100
 group 99
 frob 3
crypto isakmp policy x
crypto isakmp key only-a-key
crypto ipsec transform-set ts esp-rot13
crypto map m 1 ipsec-isakmp
 set peer 192.0.2.1
 set transform-set none
 set frob 1
 match address 150
access-list 101 permit ip 10.0.0.0 0.255.0.255 any
access-list 102 permit ip 10.0.0.0
router bgp 1
 frob 2
crypto frob
";
    let model = model(file);
    let faults: Vec<_> = model
        .errors
        .iter()
        .map(|error| (cut(file, error.span), error.kind))
        .collect();
    for expected in [
        ((2, "aes"), K::Algorithm),
        ((3, "99"), K::Algorithm),
        ((5, "x"), K::Value),
        ((6, "key"), K::Alone),
        ((7, "esp-rot13"), K::Algorithm),
        ((10, "none"), K::NoSuchSection),
        ((12, "150"), K::NoSuchSection),
        ((13, "0.255.0.255"), K::Value),
        ((14, "permit ip 10.0.0.0"), K::Alone),
    ] {
        assert!(faults.contains(&expected), "{expected:?} in {faults:?}");
    }
    assert_eq!(faults.len(), 9);
    let unknown: Vec<_> = model
        .unknown
        .iter()
        .map(|one| (one.span.line, one.value.as_str()))
        .collect();
    assert_eq!(unknown, [(4, "frob"), (11, "set"), (17, "frob")]);
    assert_eq!(
        read(0, b"crypto map m 1\n\xff\xfe").errors[0].kind,
        K::NotText
    );
}

#[test]
fn what_is_large_has_limits() {
    let limited = |file: &str, limit: usize| {
        let kind = ConfigErrorKind::TooMany { limit };
        let model = model(file);
        assert!(
            model.errors.iter().any(|error| error.kind == kind),
            "{limit}"
        );
        model
    };
    let many = "x\n".repeat(COMMANDS_MAX + 1);
    limited(&many, COMMANDS_MAX);
    let max = crate::config::cisco::connections::CONNECTIONS_MAX;
    let maps: String = (0..=max)
        .map(|n| format!("crypto map m {n} ipsec-isakmp\n"))
        .collect();
    assert_eq!(limited(&maps, max).connections.len(), max);
    let rules = "access-list 101 permit ip any any\n".repeat(access::RULES_MAX + 1);
    let file = [&rules, "crypto map m 1 ipsec-isakmp\n match address 101\ncrypto map m 2 ipsec-isakmp\n match address 101\n"].concat();
    let model = limited(&file, crate::config::cisco::connections::CHILDREN_MAX);
    assert_eq!(model.filters[0].rules.len(), access::RULES_MAX);
    let long = ["access-list 101 permit", &" tcp".repeat(100_000)].concat();
    assert_eq!(self::model(&long).errors.len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn no_file_panics(words in prop::collection::vec(
        prop::sample::select(&[
            "crypto", "isakmp", "ipsec", "map", "m", "10", "ipsec-isakmp", "set", "peer", "192.0.2.1", "\n", "\n ",
            "\n\n", "policy", "key", "address", "transform-set", "esp-", "sha-", "hmac", "esp-aes", "256", "match",
            "access-list", "100", "permit", "ip", "any", "host", "eq", "0.0.255.255", "interface", "e0", "tunnel",
            "protection", "profile", "ikev2", "keyring", "proposal", "group", "14", "r1#", "r(config)#", "\\_", "é",
            "--More--", "```", "!", "SPI", "1", "src", "gate", "\u{8}", "no", "lifetime", "seconds", "|",
        ][..]), 0..80)) {
        let file = words.join(" ");
        for error in model(&file).errors {
            prop_assert!(error.span.offset + error.span.len <= file.len());
        }
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(read(0, &bytes).connections.len() <= 200);
    }
}

#[test]
fn profiles_tell_where_they_hold() {
    let model = clean(
        "crypto isakmp profile a\n local-address 192.0.2.1\n match identity address 0.0.0.0\n\
         crypto ikev2 proposal p\n encryption aes-cbc-128\n integrity sha256\n group 19\n\
         crypto ikev2 policy p\n match address local 192.0.2.2\n proposal p\n\
         crypto ikev2 profile b\n match address local 192.0.2.2\n match identity remote address 0.0.0.0\n\
         crypto map m 10 ipsec-isakmp\n set peer 198.51.100.1\n set isakmp-profile a\n\
         crypto map m 20 ipsec-isakmp\n set peer 198.51.100.2\n set ikev2-profile b\n",
    );
    let [one, two] = &model.connections[..] else {
        panic!("{:?}", model.connections);
    };
    let at = |one: &Connection| one.local.addresses[0].value.clone();
    assert_eq!(at(one), Host::At("192.0.2.1".parse().unwrap()));
    assert_eq!(at(two), Host::At("192.0.2.2".parse().unwrap()));
    for one in [one, two] {
        let them = &one.remote.authentication[0].identity.value;
        assert_eq!(*them, Identity::Any, "0.0.0.0 is any");
    }
    assert_eq!(ids(&two.proposals[0].value)[0], (1, 12));
    assert!(two.proposals[0].span().is_some(), "by the address");
}
