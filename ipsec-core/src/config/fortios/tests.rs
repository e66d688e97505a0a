use super::*;
use crate::config::model::{
    Attachment, Host, Identity, Method, NatTraversal, Phase1, SecretKind, Versions,
};
use crate::config::words::WORDS_MAX;
use crate::time::Duration;
use crate::wire::registry::ike::TransformType;
use alloc::format;
use alloc::string::ToString as _;
use proptest::prelude::*;

const HQ: &str = include_str!("../../../tests/data/configs/fortios-hq.conf");

fn model(file: &str) -> Model {
    read(0, file.as_bytes())
}

#[test]
fn a_whole_configuration() {
    let model = model(HQ);
    assert_eq!((&model.errors[..], &model.unknown[..]), (&[][..], &[][..]));
    assert_eq!(model.host.unwrap().value, "hq-fw");
    let release = model.release.unwrap();
    assert_eq!(release.value, "FGT60F-7.2.8-FW-build1639-240313");
    assert_eq!((release.span.column, release.span.offset), (17, 16));
    let [branch, road] = &model.connections[..] else {
        panic!("{:?}", model.connections);
    };
    assert_eq!(branch.versions.value, Versions::V2);
    let span = branch.versions.span().unwrap();
    assert_eq!((span.line, span.column, span.len), (44, 25, 1));
    let at = |text: &str| Host::At(text.parse().unwrap());
    let local = &branch.local.addresses[0];
    assert_eq!(
        (&local.value, local.span().unwrap().line),
        (&at("192.0.2.1"), 10)
    );
    assert_eq!(branch.remote.addresses[0].value, at("198.51.100.1"));
    let peer = &branch.remote.authentication[0];
    assert_eq!(peer.identity.value, Identity::Fqdn("branch.example".into()));
    assert_eq!(peer.methods.value, [Method::Psk]);
    assert_eq!(branch.nat_traversal.value, NatTraversal::Always);
    let times = [
        branch.dead_peer_detection.value,
        branch.idle_timeout.value,
        branch.lifetimes.end.value,
    ];
    assert_eq!(
        times,
        [10, 900, 28_800].map(|time| Some(Duration::from_secs(time)))
    );
    let Attachment::At(interfaces) = &branch.attachment else {
        panic!("{:?}", branch.attachment);
    };
    assert_eq!(interfaces[0].value, "wan1");
    let ids = |at: usize| -> Vec<_> {
        let transforms = branch.proposals[at].value.transforms.iter();
        transforms.map(|one| (one.kind.0, one.id)).collect()
    };
    assert_eq!(ids(0), [(1, 12), (3, 12), (2, 5), (4, 19), (4, 14)]);
    assert_eq!(ids(1), [(1, 20), (2, 6), (4, 19), (4, 14)]);
    let second = branch.proposals[1].span().unwrap();
    assert_eq!((second.line, second.column), (48, 36));
    assert_eq!(road.phase1.value, Phase1::Aggressive);
    assert_eq!(road.remote.addresses[0].value, Host::Any);
    assert_eq!(road.remote.authentication[1].methods.value, [Method::Xauth]);
}

#[test]
fn children_and_what_they_refer_to() {
    let model = model(HQ);
    let shown = |traffic: &[crate::config::model::Setting<crate::config::model::Traffic>]| {
        let all = traffic.iter().map(|one| one.value.selector(None).unwrap());
        all.map(|one| one.to_string()).collect::<Vec<_>>()
    };
    let lan = &model.connections[0].children[0];
    assert_eq!(
        shown(&lan.local),
        ["10.1.0.0/24[TCP]", "10.1.8.10-10.1.8.20[TCP]"]
    );
    assert_eq!(shown(&lan.remote), ["10.2.0.1-10.2.0.99[TCP/443]"]);
    assert_eq!(lan.local[1].span().unwrap().line, 24);
    assert!(lan.has_pfs());
    let all = &model.connections[1].children[0];
    assert_eq!(shown(&all.local), ["10.1.0.0/16"]);
    assert_eq!(shown(&all.remote), ["0.0.0.0/0"]);
    assert_eq!(all.lifetimes.bytes.value, Some(10_240 * 1024));
    assert!(!all.has_pfs());
}

#[test]
fn secrets_are_known_by_kind_and_length() {
    let model = model(HQ);
    let told: Vec<_> = model
        .secrets
        .iter()
        .map(|note| (note.kind, note.len, note.value.is_some(), note.span.line))
        .collect();
    let psk = SecretKind::Psk;
    assert_eq!(told, [(psk, None, false, 56), (psk, Some(12), true, 68)]);
    let value = model.secrets[1].value.as_ref().unwrap();
    assert!(value.secret().ct_eq(b"it is \"open\""));
    assert_eq!(model.secrets[0].span.column, 13, "the key, not the value");
    for file in [
        HQ.into(),
        HQ.replace("set psksecret", "psksecret"),
        HQ.replace("set psksecret", "set psksecrets"),
        HQ.replace("    next\n", ""),
        HQ.replace('"', ""),
        HQ.replace("psksecret \"it", "psksecret \"open\n it"),
    ] {
        let shown = format!("{:?}", self::model(&file));
        for part in ["open", "aBcD", "kLmN", "MIIF"] {
            assert!(!shown.contains(part), "{part} of {shown}");
        }
    }
}

#[test]
fn defaults_stand_in() {
    let file = "config vpn ipsec phase1-interface\nedit a\nset interface w\nnext\nedit b\nset ike-version 2\nend\n\
        config vpn ipsec phase2-interface\nedit c\nset phase1name a\nend\n";
    let model = model(file);
    assert_eq!(model.errors, []);
    let a = &model.connections[0];
    assert_eq!(
        a.versions,
        crate::config::model::Setting::by_default(Versions::V1)
    );
    assert!(a.proposals.iter().all(|one| one.span().is_none()));
    assert_eq!(
        (a.proposals.len(), model.connections[1].proposals.len()),
        (4, 5)
    );
    let groups: Vec<_> = a.proposals[0]
        .value
        .transforms
        .iter()
        .filter(|one| one.kind == TransformType::KE)
        .collect();
    assert_eq!(groups.len(), 2);
    let times = [
        a.lifetimes.end.value,
        a.dead_peer_detection.value,
        a.children[0].lifetimes.end.value,
    ];
    assert_eq!(
        times,
        [86_400, 20, 43_200].map(|time| Some(Duration::from_secs(time)))
    );
}

#[test]
fn policy_based_tunnels_and_vdoms() {
    let one = |name: &str, net: u8| {
        format!(
            "edit {name}\nconfig vpn ipsec phase1\nedit gw\nset interface w\nset remote-gw 192.0.2.{net}\nnext\nend\n\
            config vpn ipsec phase2\nedit n\nset phase1name gw\nset src-subnet 10.{net}.0.0/24\nnext\nend\nnext\n"
        )
    };
    let file = format!(
        "config vdom\nedit a\nnext\nedit b\nnext\nend\nconfig vdom\n{}{}end\n",
        one("a", 1),
        one("b", 2)
    );
    let model = model(&file);
    assert_eq!(model.errors, []);
    let nets: Vec<_> = model
        .connections
        .iter()
        .map(|one| {
            one.children[0].local[0]
                .value
                .addresses
                .unwrap()
                .to_string()
        })
        .collect();
    assert_eq!(nets, ["10.1.0.0/24", "10.2.0.0/24"]);
}

#[test]
fn faults_are_placed_and_the_rest_is_kept() {
    use ConfigErrorKind as K;
    let faults = |file: &str| -> Vec<_> {
        let all = model(file).errors.into_iter();
        all.map(|one| (one.span.line, one.span.column, one.kind))
            .collect()
    };
    let start = "config vpn ipsec phase1-interface\nedit a\n";
    let with = |line: &str| faults(&[start, line, "\nnext\nend\n"].concat());
    assert_eq!(
        with("set proposal aes128-sha1 aes129-sha1 sha1-aes128"),
        [(3, 26, K::Algorithm), (3, 38, K::Algorithm)]
    );
    assert_eq!(with("set dhgrp 14 99"), [(3, 14, K::Value)]);
    assert_eq!(with("set ike-version 3"), [(3, 17, K::Value)]);
    assert_eq!(with("frobnicate"), [(3, 1, K::Unexpected)]);
    assert_eq!(faults(start), [(2, 6, K::Unclosed), (1, 1, K::Unclosed)]);
    assert_eq!(
        faults("next\nend\n"),
        [(1, 1, K::Unopened), (2, 1, K::Unopened)]
    );
    let lost = model(
        "config vpn ipsec phase1-interface\nedit a\nset interface w\nconfig vpn ipsec phase2-interface\nedit b\nset phase1name a\nset src-subnet 10.0.0.0 255.0.255.0\nnext\nedit c\nset phase1name x\nnext\nend\n",
    );
    let kinds: Vec<_> = lost.errors.iter().map(|one| one.kind).collect();
    assert_eq!(
        kinds,
        [K::Unclosed, K::Unclosed, K::Value, K::NoSuchSection]
    );
    assert_eq!(lost.connections[0].children.len(), 1);
    assert_eq!(
        model(&[start, "set frob 1\nset keylife 5\nend\n"].concat()).unknown[0].value,
        "frob"
    );
    assert_eq!(
        model("config system x\nedit 1\nset frob 1\nfrob\nnext\nend\n").unknown,
        []
    );
    assert_eq!(
        faults("config vpn ipsec phase1-interface\nedit \"a\nset interface w\nnext\nend\n"),
        [(2, 6, K::UnclosedQuote)]
    );
    assert_eq!(read(0, b"end\xff").errors[0].kind, K::NotText);
}

#[test]
fn limits() {
    let deep =
        |count: usize| model(&["config a\n".repeat(count), "end\n".repeat(count)].concat()).errors;
    assert_eq!(deep(DEPTH_MAX), []);
    assert_eq!(
        deep(DEPTH_MAX + 1)[0].kind,
        ConfigErrorKind::TooDeep { limit: DEPTH_MAX }
    );
    assert_eq!(deep(DEPTH_MAX + 1).len(), 1);
    let group = |count: usize| {
        let member = " g".repeat(count);
        model(&format!("config firewall addrgrp\nedit g\nset member{member}\nnext\nend\nconfig vpn ipsec phase1-interface\nedit a\nend\n\
            config vpn ipsec phase2-interface\nedit b\nset phase1name a\nset src-addr-type name\nset src-name g\nend\n")).errors
    };
    let limit = tunnel::MEMBERS_MAX;
    assert_eq!(group(1)[0].kind, ConfigErrorKind::TooMany { limit });
    let many = "x ".repeat(WORDS_MAX + 1);
    assert_eq!(
        model(&many).errors[0].kind,
        ConfigErrorKind::TooMany { limit: WORDS_MAX }
    );
    assert_eq!(model(&many[2..]).errors, []);
}

/// Marks that nothing closes are not searched for again and again.
#[test]
fn quotation_marks_take_linear_time() {
    let file = "\"\n\\".repeat(1_000_000);
    assert!(!model(&file).errors.is_empty());
}

#[test]
fn keywords_are_sorted() {
    for list in [keywords::PHASE1, keywords::PHASE2] {
        assert!(list.is_sorted());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn no_file_panics(words in prop::collection::vec(
        prop::sample::select(&[
            "config", "vpn", "ipsec", "phase1-interface", "phase2-interface", "\n", "edit", "a", "set", "next", "end",
            "\"", "\\", "#", "é", "firewall", "addrgrp", "member", "psksecret", "ENC", "src-name", "src-addr-type", "name",
            "src-subnet", "10.0.0.0", "255.0.0.0", "proposal", "aes128-sha1", "dhgrp", "99999999999999999999", "vdom", "unset",
        ][..]), 0..80)) {
        let file = words.join(" ");
        for error in model(&file).errors {
            prop_assert!(error.span.offset + error.span.len <= file.len());
        }
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(0, &bytes);
    }
}
