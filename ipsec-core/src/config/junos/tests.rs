use super::*;
use crate::config::ConfigErrorKind as K;
use crate::config::model::{
    Attachment, Connection, Host, Identity, Method, Mode, NatTraversal, Phase1, SecretKind,
    Versions,
};
use crate::time::Duration;
use alloc::format;
use alloc::string::{String, ToString as _};
use proptest::prelude::*;

const BRACES: &str = include_str!("../../../tests/data/configs/junos-branch.conf");
const LINES: &str = include_str!("../../../tests/data/configs/junos-branch.set");

fn model(file: &str) -> Model {
    read(0, file.as_bytes())
}

/// `1/12/256 3/12 …` of each proposal.
fn shown(
    proposals: &[crate::config::model::Setting<crate::sa::proposal::Proposal>],
) -> Vec<String> {
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

#[test]
fn both_forms_say_the_same() {
    for file in [BRACES, LINES] {
        let model = model(file);
        assert_eq!((&model.errors[..], &model.unknown[..]), (&[][..], &[][..]));
        assert_eq!(model.host.unwrap().value, "branch-srx");
        assert_eq!(model.release.unwrap().value, "22.4R3.25");
        let [hq] = &model.connections[..] else {
            panic!("{:?}", model.connections);
        };
        assert_eq!(
            (hq.versions.value, hq.phase1.value),
            (Versions::V2, Phase1::Main)
        );
        let at = |text: &str| Host::At(text.parse().unwrap());
        assert_eq!(hq.local.addresses[0].value, at("198.51.100.1"));
        assert_eq!(hq.remote.addresses[1].value, at("192.0.2.2"));
        assert_eq!(hq.nat_traversal.value, NatTraversal::Never);
        let remote = &hq.remote.authentication[0];
        assert_eq!(remote.identity.value, Identity::Fqdn("hq.example".into()));
        assert_eq!(remote.methods.value, [Method::Psk]);
        let times = [
            hq.dead_peer_detection.value,
            hq.lifetimes.end.value,
            hq.idle_timeout.value,
        ];
        assert_eq!(
            times,
            [20, 14_400, 900].map(|time| Some(Duration::from_secs(time)))
        );
        assert_eq!(
            shown(&hq.proposals),
            ["1/12 3/12 2/5 4/19", "1/20 2/6 4/20"]
        );
        let Attachment::At(interfaces) = &hq.attachment else {
            panic!("{:?}", hq.attachment);
        };
        assert_eq!(interfaces[0].value, "ge-0/0/0");
        let [lan, dmz] = &hq.children[..] else {
            panic!("{:?}", hq.children);
        };
        assert_eq!(
            (lan.name.value.as_str(), dmz.name.value.as_str()),
            ("lan", "dmz")
        );
        assert_eq!(shown(&lan.proposals), ["1/12 3/12 4/19"]);
        assert_eq!(
            dmz.local[0].value.addresses.unwrap().to_string(),
            "10.2.8.0/24"
        );
        assert_eq!(
            lan.remote[0].value.addresses.unwrap().to_string(),
            "10.1.0.0/24"
        );
        assert_eq!(lan.lifetimes.bytes.value, Some(1_024_000_000));
        assert_eq!(lan.mode.value, Mode::Tunnel);
        let note = &model.secrets[0];
        assert_eq!(
            (note.kind, note.len, &note.value),
            (SecretKind::Psk, None, &None)
        );
        assert_eq!(note.owners[0].value, Identity::Fqdn("hq.example".into()));
    }
}

#[test]
fn values_have_their_places() {
    let place = |file: &str, find: fn(&Connection) -> Option<crate::config::Span>| {
        let span = find(&model(file).connections[0]).unwrap();
        (span.line, span.column, span.len)
    };
    let version: fn(&Connection) -> _ = |one| one.versions.span();
    assert_eq!(place(BRACES, version), (56, 21, 7));
    assert_eq!(place(LINES, version), (28, 37, 7));
    let proposal: fn(&Connection) -> _ = |one| one.proposals[1].span();
    assert_eq!(place(BRACES, proposal), (38, 34, 11));
}

fn policy(proposals: &str) -> Model {
    model(&format!(
        "set security ike policy p {proposals}\nset security ike gateway g ike-policy p\n\
         set security ike gateway g address 192.0.2.1\nset security ipsec vpn v ike gateway g\n\
         set security ipsec policy q {proposals}\nset security ipsec vpn v ike ipsec-policy q\n"
    ))
}

#[test]
fn proposal_sets_and_defaults() {
    let standard = policy("proposal-set standard");
    assert_eq!(standard.errors, []);
    let g = &standard.connections[0];
    assert_eq!(shown(&g.proposals), ["1/3 3/2 4/2 2/2", "1/12 3/2 4/2 2/2"]);
    assert_eq!(
        shown(&g.children[0].proposals),
        ["1/3 3/2 4/2", "1/12 3/2 4/2"]
    );
    assert_eq!((g.versions.value, g.versions.span()), (Versions::V1, None));
    let times = [g.lifetimes.end.value, g.children[0].lifetimes.end.value];
    assert_eq!(
        times,
        [28_800, 3600].map(|time| Some(Duration::from_secs(time)))
    );
    assert_eq!(g.dead_peer_detection.value, None);
    let any = g.children[0].local[0].value.addresses.unwrap();
    assert_eq!(any.to_string(), "0.0.0.0/0");
    let remote = &g.remote.authentication[0].identity;
    assert_eq!(
        (&remote.value, remote.span()),
        (&Identity::Address("192.0.2.1".parse().unwrap()), None)
    );
    let sets = [
        "basic",
        "compatible",
        "prime-128",
        "prime-256",
        "suiteb-gcm-128",
        "suiteb-gcm-256",
    ];
    let counts = sets.map(|set| {
        policy(&format!("proposal-set {set}")).connections[0]
            .proposals
            .len()
    });
    assert_eq!(counts, [2, 4, 1, 1, 1, 1]);
    let signs = &policy("proposal-set prime-128").connections[0];
    assert_eq!(
        signs.local.authentication[0].methods.value,
        [Method::Signature]
    );
    assert_eq!(policy("proposal-set usual").errors.len(), 2);
}

#[test]
fn road_warriors() {
    let model = model(
        "set security ike gateway g dynamic user-at-hostname \"a@road.example\"\nset security ike gateway g dynamic ike-user-type group-ike-id\n\
         set security ike gateway g xauth access-profile x\nset security ike gateway g ike-policy p\n\
         set security ike policy p mode aggressive\nset security ike policy p pre-shared-key ascii-text \"in \\\"clear\"\n",
    );
    assert_eq!(model.errors, []);
    let g = &model.connections[0];
    assert_eq!(
        (g.phase1.value, &g.remote.addresses[0].value),
        (Phase1::Aggressive, &Host::Any)
    );
    let rounds = &g.remote.authentication;
    assert_eq!(
        rounds[0].identity.value,
        Identity::UserFqdn("a@road.example".into())
    );
    assert_eq!(rounds[1].methods.value, [Method::Xauth]);
    let note = &model.secrets[0];
    assert_eq!(
        (note.len, note.span.line, note.span.column),
        (Some(9), 6, 27)
    );
    assert!(note.value.as_ref().unwrap().secret().ct_eq(b"in \"clear"));
}

#[test]
fn faults_are_placed_and_the_rest_is_kept() {
    let faults = |file: &str| -> Vec<_> {
        let all = model(file).errors.into_iter();
        all.map(|one| (one.span.line, one.span.column, one.kind))
            .collect()
    };
    assert_eq!(
        faults("security { ike { gateway a { address 192.0.2.1; } }"),
        [(1, 1, K::Unclosed)]
    );
    assert_eq!(faults("security {\n}\n}\n"), [(3, 1, K::Unopened)]);
    let open = "security { ike { gateway a { address 192.0.2.1 } } }";
    assert_eq!(faults(open), [(1, 48, K::Unexpected)]);
    assert_eq!(model(open).connections.len(), 1);
    assert_eq!(faults("security { }\nfrob"), [(2, 1, K::Alone)]);
    let lines = "set security ike proposal a encryption-algorithm aes-100-cbc\nset security ike policy p proposals [ a b ]\n\
        set security ike gateway g ike-policy p\nset security ike gateway h ike-policy q\nset security ipsec vpn v ike gateway x\n\
        set security ike gateway g version v3\n";
    let expected = [
        (1, 50, K::Algorithm),
        (2, 41, K::NoSuchSection),
        (4, 39, K::NoSuchSection),
        (5, 38, K::NoSuchSection),
        (6, 36, K::Value),
    ];
    let found = faults(lines);
    assert!(expected.iter().all(|one| found.contains(one)), "{found:?}");
    assert_eq!((found.len(), model(lines).connections.len()), (5, 2));
    let unknown = model("set security ike gateway g frob 1\nset security ike gatway g\nset security zones frob\nset frob\n").unknown;
    let unknown: Vec<_> = unknown.into_iter().map(|one| one.value).collect();
    assert_eq!(unknown, ["frob", "gatway"]);
    assert_eq!(read(0, b"security { \xff").errors[0].kind, K::NotText);
}

#[test]
fn secrets_are_in_no_text() {
    for file in [
        BRACES.into(),
        LINES.into(),
        LINES.replace("ascii-text ", ""),
        LINES.replace('"', ""),
        BRACES.replace('"', ""),
        BRACES.replace("ascii-text \"", "ascii-text; \""),
        BRACES.replace("ascii-text \"$9$", "ascii-text; "),
        BRACES.replace("\"; ## SECRET-DATA", ""),
    ] {
        let shown = format!("{:?}", model(&file));
        assert!(!shown.contains("efgh"), "{shown}");
    }
}

#[test]
fn limits() {
    let deep =
        |count: usize| model(&format!("{}{}", "a { ".repeat(count), "} ".repeat(count))).errors;
    assert_eq!(deep(forms::DEPTH_MAX), []);
    assert_eq!(
        deep(forms::DEPTH_MAX + 1)[0].kind,
        K::TooDeep {
            limit: forms::DEPTH_MAX
        }
    );
    assert_eq!(deep(forms::DEPTH_MAX + 1).len(), 1);
    let selectors = |count: usize| {
        let lines: String = (0..count)
            .map(|at| {
                format!("set security ipsec vpn v traffic-selector t{at} local-ip 10.0.0.1\n")
            })
            .collect();
        let model = model(&format!(
            "{lines}set security ipsec vpn v ike gateway g\nset security ike gateway g address 192.0.2.1\n"
        ));
        model.connections[0].children.len()
    };
    assert_eq!(selectors(tunnel::SELECTORS_MAX), tunnel::SELECTORS_MAX);
    assert_eq!(selectors(tunnel::SELECTORS_MAX + 1), tunnel::SELECTORS_MAX);
}

#[test]
fn only_its_own_lines_show_it() {
    for line in [
        "set security ike gateway a",
        "version 22.4R1.10;",
        "security {",
        "set version 15.1X49-D75.5",
    ] {
        assert!(shows(line), "{line}");
    }
    for line in [
        "version 15.2",
        "version 2",
        "security",
        "set network ike",
        "groups x",
        "set peer 192.0.2.1",
        "version 15.1;",
    ] {
        assert!(!shows(line), "{line}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn no_file_panics(words in prop::collection::vec(
        prop::sample::select(&[
            "set", "security", "ike", "ipsec", "gateway", "policy", "proposal", "vpn", "{", "}", ";", "[", "]", "\n", "a",
            "\"", "\\", "#", "/*", "*/", "é", "address", "10.0.0.0/8", "pre-shared-key", "ascii-text", "traffic-selector",
            "local-ip", "inactive:", "deactivate", "groups", "apply-groups", "dh-group", "group99999", "interfaces", "unit",
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
