use super::*;
use crate::config::model::{Attachment, Identity, Method, Versions};
use crate::sa::proposal::Proposal;
use alloc::string::ToString as _;
use proptest::prelude::*;

const LEFT: &str = include_str!("../../../tests/data/configs/cisco/asa-left.cfg");
const PIX: &str = include_str!("../../../tests/data/configs/cisco/pix.cfg");

fn clean(file: &str) -> Model {
    let model = read(0, file.as_bytes());
    assert_eq!((&model.errors[..], &model.unknown[..]), (&[][..], &[][..]));
    model
}

fn ids(proposal: &Proposal) -> Vec<(u8, u16)> {
    let transforms = proposal.transforms.iter();
    transforms.map(|one| (one.kind.0, one.id)).collect()
}

fn shown(side: &[Setting<super::super::model::Traffic>]) -> String {
    let selectors = side.iter().map(|one| one.value.selector(None).unwrap());
    selectors.map(|one| one.to_string()).collect()
}

#[test]
fn a_running_configuration() {
    let model = clean(LEFT);
    assert_eq!(model.release.as_ref().unwrap().value, "9.12(4)");
    assert_eq!(model.host.as_ref().unwrap().value, "edge");
    let [one, cloud] = &model.connections[..] else {
        panic!("{:?}", model.connections);
    };
    assert_eq!(
        (one.name.value.as_str(), one.versions.value),
        ("outside_map 10", Versions::V1)
    );
    assert!(matches!(&one.attachment, Attachment::At(at) if at[0].value == "outside"));
    assert_eq!(
        one.local.addresses[0].value,
        Host::At("192.0.2.1".parse().unwrap())
    );
    assert_eq!(
        ids(&one.proposals[0].value),
        [(1, 12), (3, 2), (2, 2), (4, 5)]
    );
    assert_eq!(one.lifetimes.end.value, Some(Duration::from_secs(28_800)));
    assert_eq!(one.idle_timeout.value, Some(Duration::from_secs(3600)));
    assert_eq!(one.dead_peer_detection.value, Some(Duration::from_secs(30)));
    assert_eq!(one.nat_traversal.value, NatTraversal::WhereSeen);
    let pairs: Vec<_> = one
        .children
        .iter()
        .map(|one| (shown(&one.local), shown(&one.remote)))
        .collect();
    let [here, there, host, web, tls] = [
        "10.1.0.0/16",
        "10.2.0.0/16",
        "10.9.0.1/32",
        "10.8.0.1/32[TCP/80]",
        "10.8.0.1/32[TCP/443]",
    ]
    .map(String::from);
    let tcp = "10.1.0.0/16[TCP]".to_string();
    assert_eq!(
        pairs,
        [
            (here.clone(), there),
            (here, host),
            (tcp.clone(), web),
            (tcp, tls)
        ]
    );
    let child = &one.children[0];
    assert_eq!(
        ids(&child.proposals[0].value),
        [(1, 12), (3, 2), (4, 2)],
        "the group of 9.12"
    );
    assert_eq!(child.lifetimes.end.value, Some(Duration::from_secs(7200)));
    assert_eq!(child.lifetimes.bytes.value, None);
    assert_eq!(
        (cloud.name.value.as_str(), cloud.versions.value),
        ("cloud", Versions::V2)
    );
    assert_eq!(
        ids(&cloud.proposals[0].value),
        [(1, 12), (1, 12), (3, 12), (4, 19), (4, 14), (2, 5)]
    );
    assert_eq!(
        ids(&cloud.children[0].proposals[0].value),
        [(1, 12), (1, 12), (3, 12), (4, 19)]
    );
    assert_eq!(cloud.local.authentication[0].methods.value, [Method::Psk]);
    let [_, outside] = &model.filters[..] else {
        panic!("{:?}", model.filters);
    };
    assert_eq!(
        (outside.rules.len(), outside.interfaces[0].value.as_str()),
        (2, "outside")
    );
}

#[test]
fn keys_hidden_or_not() {
    let model = clean(LEFT);
    let lens: Vec<_> = model.secrets.iter().map(|one| one.len).collect();
    assert_eq!(lens, [None, Some(13), Some(14)], "asterisks are no key");
    let owner = &model.secrets[0].owners[0].value;
    assert_eq!(*owner, Identity::Address("198.51.100.2".parse().unwrap()));
    for file in [
        LEFT,
        "tunnel-group x ipsec-attributes\n pre-shared-key open-sesame\n open-sesame\n",
        "crypto isakmp key open-sesame address open-sesame\nisakmp key open-sesame\n",
    ] {
        let shown = format!("{:?}", read(0, file.as_bytes()));
        assert!(!shown.contains("sesame"), "{shown}");
    }
}

#[test]
fn lines_of_pix() {
    let model = clean(PIX);
    let one = &model.connections[0];
    assert_eq!(one.name.value, "out 20");
    assert_eq!(
        ids(&one.proposals[0].value),
        [(1, 3), (3, 1), (2, 1), (4, 2)]
    );
    assert_eq!(one.nat_traversal, Setting::by_default(NatTraversal::Never));
    assert_eq!(
        one.local.addresses[0].value,
        Host::At("198.51.100.2".parse().unwrap())
    );
    assert_eq!(shown(&one.children[0].remote), "10.1.0.0/16");
    assert_eq!((model.secrets.len(), model.secrets[0].len), (1, None));
}

#[test]
fn faults_are_placed() {
    use ConfigErrorKind as K;
    let file = "\
crypto map m 10 match address none
crypto map m 10 set ikev1 transform-set none
crypto map m 10 frob
crypto ikev1 policy 1
 encryption rot13
 frob 2
access-list a extended permit ip object none any
access-list b extended permit ip 10.0.0.0 0.0.255.255 any
crypto map m 20 ipsec-isakmp dynamic none
pager frob
";
    let model = read(0, file.as_bytes());
    let faults: Vec<_> = model
        .errors
        .iter()
        .map(|one| (one.span.line, one.kind))
        .collect();
    for expected in [
        (1, K::NoSuchSection),
        (2, K::NoSuchSection),
        (5, K::Algorithm),
        (7, K::NoSuchSection),
        (8, K::Value),
        (9, K::NoSuchSection),
    ] {
        assert!(faults.contains(&expected), "{expected:?} in {faults:?}");
    }
    assert_eq!(faults.len(), 6);
    let unknown: Vec<_> = model.unknown.iter().map(|one| one.span.line).collect();
    assert_eq!(unknown, [3, 6]);
    assert_eq!(model.connections[0].attachment, Attachment::Nowhere);
}

#[test]
fn what_is_large_has_limits() {
    let max = crate::config::cisco::connections::CONNECTIONS_MAX;
    let maps: String = (0..=max)
        .map(|n| format!("crypto map m {n} set pfs\n"))
        .collect();
    let model = read(0, maps.as_bytes());
    assert_eq!(model.connections.len(), max);
    assert_eq!(
        model.errors[0].kind,
        ConfigErrorKind::TooMany { limit: max }
    );
    // Groups of groups double with each line, and rules multiply them.
    let mut file = String::from("object-group network g0\n network-object host 192.0.2.1\n");
    for n in 1..40 {
        let before = n - 1;
        file += &format!(
            "object-group network g{n}\n group-object g{before}\n group-object g{before}\n"
        );
    }
    for _ in 0..40 {
        file += "access-list a extended permit ip object-group g39 object-group g39\n";
    }
    file += "crypto map m 1 match address a\n";
    let model = read(0, file.as_bytes());
    let limit = crate::config::cisco::connections::CHILDREN_MAX;
    assert_eq!(model.connections[0].children.len(), limit);
    assert_eq!(model.filters[0].rules.len(), access::RULES_MAX);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn no_file_panics(words in prop::collection::vec(
        prop::sample::select(&[
            "crypto", "ikev1", "ikev2", "isakmp", "ipsec", "map", "m", "10", "set", "peer", "192.0.2.1", "\n", "\n ",
            "policy", "key", "address", "transform-set", "esp-aes", "match", "access-list", "extended", "permit", "ip",
            "any", "object", "object-group", "network", "service", "tcp", "a", "interface", "tunnel-group", "type",
            "ipsec-attributes", "pre-shared-key", "*****", "group-policy", "attributes", "ASA", "PIX", "Version", "9.1",
            "protocol", "esp", "encryption", "port-object", "eq", "range", "nameif", "tunnel", "protection", "no",
        ][..]), 0..80)) {
        let file = words.join(" ");
        for error in read(0, file.as_bytes()).errors {
            prop_assert!(error.span.offset + error.span.len <= file.len());
        }
    }
}
