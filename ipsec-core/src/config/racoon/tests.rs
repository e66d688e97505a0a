use super::*;
use crate::config::ConfigErrorKind as K;
use crate::config::model::{
    Connection, Fragmentation, Host, Method, Mode, NatTraversal, Phase1, Versions,
};
use crate::time::Duration;
use crate::wire::registry::ike::ProtocolId;
use alloc::format;
use alloc::string::{String, ToString as _};
use proptest::prelude::*;

const CONF: &str = include_str!("../../../tests/data/configs/racoon.conf");
const SETKEY: &str = include_str!("../../../tests/data/configs/setkey.conf");

fn model(file: &str) -> Model {
    read(0, file.as_bytes())
}

fn shown(proposals: &[Setting<crate::sa::proposal::Proposal>]) -> Vec<String> {
    let one = |transform: &crate::sa::proposal::Transform| {
        format!("{}/{}", transform.kind.0, transform.id)
    };
    let all = proposals.iter();
    all.map(|proposal| {
        let words: Vec<_> = proposal.value.transforms.iter().map(one).collect();
        words.join(" ")
    })
    .collect()
}

fn sides(connection: &Connection) -> Vec<String> {
    let children = connection.children.iter();
    let range = |side: &[Setting<crate::config::model::Traffic>]| {
        side[0]
            .value
            .addresses
            .map_or("self".into(), |range| range.to_string())
    };
    children
        .map(|child| format!("{}={}", range(&child.local), range(&child.remote)))
        .collect()
}

#[test]
fn racoon_alone() {
    let model = model(CONF);
    assert_eq!((&model.errors[..], &model.unknown[..]), (&[][..], &[][..]));
    assert_eq!(model.includes[0].value, "remote.conf");
    let [road, hq] = &model.connections[..] else {
        panic!("{:?}", model.connections);
    };
    assert_eq!(
        (road.phase1.value, &road.remote.addresses[0].value),
        (Phase1::Aggressive, &Host::Any)
    );
    assert_eq!(road.remote.authentication[1].methods.value, [Method::Xauth]);
    assert_eq!(road.nat_traversal, Setting::by_default(NatTraversal::Never));
    assert_eq!(road.fragmentation, Setting::by_default(Fragmentation::No));
    assert_eq!(
        (hq.phase1.value, hq.versions.value),
        (Phase1::Main, Versions::V1)
    );
    assert_eq!(
        hq.phase1.span().map(|span| (span.line, span.column)),
        Some((24, 16))
    );
    let at = |text: &str| Host::At(text.parse().unwrap());
    assert_eq!(hq.remote.addresses[0].value, at("192.0.2.1"));
    assert_eq!(
        hq.local.authentication[0].identity.value,
        Identity::Fqdn("branch.example".into())
    );
    assert_eq!(
        hq.remote.authentication[0].identity.value,
        Identity::Fqdn("hq.example".into())
    );
    assert_eq!(
        (hq.nat_traversal.value, hq.fragmentation.value),
        (NatTraversal::WhereSeen, Fragmentation::Yes)
    );
    let times = [
        hq.dead_peer_detection.value,
        hq.lifetimes.end.value,
        hq.children[0].lifetimes.end.value,
    ];
    assert_eq!(
        times,
        [20, 28_800, 3600].map(|time| Some(Duration::from_secs(time)))
    );
    assert_eq!(shown(&hq.proposals), ["1/12 3/12 2/5 4/14"]);
    assert_eq!(sides(hq), ["10.2.0.0/24=10.1.0.0/24", "self=self"]);
    assert_eq!(shown(&hq.children[0].proposals), ["1/12 1/3 3/12 3/2 4/14"]);
}

#[test]
fn both_files_are_one() {
    for files in [[CONF, SETKEY], [SETKEY, CONF]] {
        let model = read_all(&[(0, files[0].as_bytes()), (1, files[1].as_bytes())]);
        assert_eq!((&model.errors[..], &model.unknown[..]), (&[][..], &[][..]));
        let hq = &model.connections[1];
        assert_eq!(sides(hq), ["10.2.0.0/24=10.1.0.0/24"]);
        assert_eq!(shown(&hq.children[0].proposals), ["1/12 1/3 3/12 3/2 4/14"]);
        let local = &hq.local.addresses[0];
        assert_eq!(local.value, Host::At("198.51.100.1".parse().unwrap()));
        let road = &model.connections[0];
        assert_eq!(
            sides(road),
            ["198.51.100.1/32=0.0.0.0/0"],
            "no remote is nearer"
        );
        assert_eq!(road.children[0].mode.value, Mode::Transport);
        assert_eq!(
            shown(&road.children[0].proposals),
            ["1/12 3/2"],
            "sainfo anonymous"
        );
    }
}

#[test]
fn setkey_alone() {
    let model = model(SETKEY);
    assert_eq!((&model.errors[..], &model.unknown[..]), (&[][..], &[][..]));
    assert_eq!(model.connections.len(), 0);
    let told: Vec<_> = model
        .policies
        .iter()
        .map(|one| (one.outbound, one.action, one.optional, one.span.line))
        .collect();
    let expected = [
        (true, Mode::Tunnel, false, 4),
        (false, Mode::Tunnel, false, 6),
        (true, Mode::Transport, true, 8),
        (true, Mode::Pass, false, 9),
        (true, Mode::Drop, false, 10),
    ];
    assert_eq!(told, expected);
    let l2tp = model.policies[2].from.selector(None).unwrap();
    assert_eq!(l2tp.to_string(), "198.51.100.1/32[UDP/1701]");
    let spis: Vec<_> = model
        .associations
        .iter()
        .map(|one| (one.spi.value, one.spi.span.line))
        .collect();
    assert_eq!(spis, [(0x201, 11), (514, 14)]);
    assert_eq!(model.associations[0].to, "192.0.2.1".parse().ok());
    assert_eq!(model.associations[0].listed_by.value, "setkey");
}

#[test]
fn keys() {
    let (notes, errors) = read_secrets(
        0,
        b"# keys\n192.0.2.1\thunter2\n* two words\nroad@a.example 0x00ff\r\nx\n",
    );
    let told: Vec<_> = notes
        .iter()
        .map(|one| (one.len, one.owners.len(), one.span.line))
        .collect();
    assert_eq!(told, [(Some(7), 1, 2), (Some(9), 0, 3), (Some(2), 1, 4)]);
    let value = |at: usize| notes[at].value.as_ref().unwrap().secret();
    assert!(value(1).ct_eq(b"two words") && value(2).ct_eq(b"\x00\xff"));
    assert_eq!((errors.len(), errors[0].span.line), (1, 5));
    assert!(!format!("{notes:?} {errors:?}").contains("hunter"));
}

#[test]
fn secrets_are_in_no_text() {
    for file in [
        SETKEY.into(),
        SETKEY.replace('"', ""),
        SETKEY.replace("\";", ""),
        SETKEY.replace("-A hmac-md5", ";"),
    ] {
        let shown = format!("{:?}", model(&file));
        assert!(
            !shown.contains("sixteen") && !shown.contains("cdef"),
            "{shown}"
        );
    }
}

#[test]
fn faults_are_placed_and_the_rest_is_kept() {
    let faults = |file: &str| -> Vec<_> {
        let all = model(file).errors.into_iter();
        all.map(|one| (one.span.line, one.span.column, one.kind))
            .collect()
    };
    let remote = |line: &str| faults(&format!("remote 192.0.2.1 {{\n{line}\n}}\n"));
    assert_eq!(
        remote("proposal {\nencryption_algorithm aes 100;\nhash_algorithm sha1;\ndh_group 14;\n}"),
        [(3, 22, K::Algorithm)]
    );
    assert_eq!(
        remote("proposal { dh_group modp1; }"),
        [(2, 21, K::Algorithm)]
    );
    assert_eq!(remote("exchange_mode fast;"), [(2, 15, K::Value)]);
    assert_eq!(remote("lifetime time 3 fortnights;"), [(2, 10, K::Value)]);
    assert_eq!(remote("my_identifier uuid \"x\";"), [(2, 15, K::Value)]);
    assert_eq!(remote("dpd_delay 20"), [(3, 1, K::Unexpected)]);
    assert_eq!(faults("remote 192.0.2.1 {\n"), [(1, 1, K::Unclosed)]);
    assert_eq!(faults("}\nflush"), [(1, 1, K::Unopened), (2, 1, K::Alone)]);
    assert_eq!(
        faults("remote 192.0.2.1 inherit x {\n}"),
        [(1, 26, K::NoSuchSection)]
    );
    assert_eq!(
        faults("spdadd 10.0.0.0/33 10.0.0.0/8 any -P out none;"),
        [(1, 8, K::Value)]
    );
    assert_eq!(
        faults("spdadd 10.0.0.0/8 any -P out none;"),
        [(1, 1, K::Alone)]
    );
    assert_eq!(
        faults("spdadd 10.0.0.0/8 10.0.0.1 any -P out ipsec eps/tunnel/1/require;"),
        [(1, 45, K::Value), (1, 45, K::Value)]
    );
    assert_eq!(
        faults("add 192.0.2.1 192.0.2.2 esp 0xx;"),
        [(1, 29, K::Value)]
    );
    let unknown = model(
        "frob 1;\nfrobs { x; }\nremote 192.0.2.1 { frob_it on; deeper { } }\nsainfo anonymous { frobbed on; }\n",
    );
    let names: Vec<_> = unknown.unknown.into_iter().map(|one| one.value).collect();
    assert_eq!(names, ["frob", "frobs", "frob_it", "deeper", "frobbed"]);
    assert_eq!(read(0, b"flush;\xff").errors[0].kind, K::NotText);
    let kept = model(
        "sainfo adress x any { }\nsainfo anonymous { encryption_algorithm aes; }\nremote anonymous { }\n",
    );
    assert_eq!(
        (kept.errors.len(), kept.connections[0].children.len()),
        (1, 1)
    );
}

#[test]
fn limits() {
    let deep = |count: usize| {
        model(&format!(
            "{}{}",
            "listen { ".repeat(count),
            "} ".repeat(count)
        ))
        .errors
    };
    assert_eq!(deep(DEPTH_MAX), []);
    assert_eq!(deep(DEPTH_MAX + 1)[0].kind, K::TooDeep { limit: DEPTH_MAX });
    let chain = |count: usize| -> Vec<_> {
        let sections: String = (1..count)
            .map(|at| format!("remote \"{at}\" inherit \"{}\" {{ }}\n", at + 1))
            .collect();
        model(&format!("{sections}remote \"{count}\" {{ }}\n")).errors
    };
    let limit = tunnel::LAYERS_MAX;
    assert_eq!(chain(limit), []);
    assert_eq!(chain(limit + 1)[0].kind, K::TooDeep { limit });
    let circle = model("remote \"a\" inherit \"a\" { }\n").errors;
    assert_eq!(circle[0].kind, K::TooDeep { limit });
    let infos = "sainfo anonymous { }\n".repeat(200);
    let remotes: String = (0..100)
        .map(|at| format!("remote \"{at}\" {{ }}\n"))
        .collect();
    let children: usize = model(&[infos, remotes].concat())
        .connections
        .iter()
        .map(|one| one.children.len())
        .sum();
    assert_eq!(children, tunnel::CHILDREN_MAX);
    let policies =
        "spdadd 10.0.0.0/8 10.0.0.1 any -P out ipsec esp/tunnel/192.0.2.1-192.0.2.2/use;\n"
            .repeat(tunnel::CHILDREN_MAX + 1);
    let model = model(&[&policies, "remote anonymous { }"].concat());
    assert_eq!(model.connections[0].children.len(), tunnel::CHILDREN_MAX);
    assert_eq!(model.connections[0].children[0].proposals, []);
    assert_eq!(ProtocolId::ESP.0, 3);
}

#[test]
fn only_its_own_lines_show_it() {
    for line in [
        "remote anonymous {",
        "remote 192.0.2.1 [500] {",
        "remote \"hq\" {",
        "sainfo anonymous {",
        "spdflush;",
        "spdadd 10.0.0.0/8 10.0.0.1 any -P in none;",
        "path certificate \"/etc\";",
    ] {
        assert!(shows(line), "{line}");
    }
    for line in [
        "remote {",
        "remote vpn.example 1194",
        "remote-id x",
        "add a b c",
        "flush",
        "path x",
        "remote-1 {",
    ] {
        assert!(!shows(line), "{line}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn no_file_panics(words in prop::collection::vec(
        prop::sample::select(&[
            "remote", "anonymous", "192.0.2.1", "[500]", "{", "}", ";", ",", "\n", "inherit", "proposal", "sainfo", "address",
            "10.0.0.0/8", "any", "encryption_algorithm", "aes", "256", "hash_algorithm", "sha1", "lifetime", "time", "9", "hours",
            "spdadd", "-P", "out", "ipsec", "esp/tunnel/1.1.1.1-2.2.2.2/require", "esp/", "add", "esp", "0x1", "\"", "\\", "é",
        ][..]), 0..80)) {
        let file = words.join(" ");
        for error in model(&file).errors {
            prop_assert!(error.span.offset + error.span.len <= file.len());
        }
        let _ = read_secrets(0, file.as_bytes());
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = (read(0, &bytes), read_secrets(0, &bytes));
    }
}
