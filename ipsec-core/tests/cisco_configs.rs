//! Cisco configurations by the front door: told from their lines, compared with
//! each other, and the one that the seed document shows.
#![cfg(feature = "config")]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may stop where a file says something else"
)]

use ipsec_core::config::compare::{Effect, Subject, compare};
use ipsec_core::config::model::{Attachment, Dialect, Model};
use std::fs;
use std::path::{Path, PathBuf};

const LEFT: &str = include_str!("data/configs/cisco/ios-left.cfg");
const RIGHT: &str = include_str!("data/configs/cisco/ios-right.cfg");

fn read(file: &str, dialect: Dialect) -> Model {
    let model = ipsec_core::config::read(0, file.as_bytes()).unwrap();
    assert_eq!(model.dialect, dialect);
    model
}

/// What keeps the first connections of two configurations apart or narrows
/// them, with the two lines.
fn apart(left: &str, right: &str) -> Vec<(Subject, Option<usize>, Option<usize>)> {
    let [a, b] = [left, right].map(|file| read(file, Dialect::CiscoIos));
    let found = compare(&a.connections[0], &b.connections[0]);
    let serious = found
        .differences
        .iter()
        .filter(|one| one.effect < Effect::Differs);
    let line = |span: Option<ipsec_core::config::Span>| span.map(|span| span.line);
    serious
        .map(|one| (one.subject, line(one.asking), line(one.answering)))
        .collect()
}

fn line_of(file: &str, text: &str) -> Option<usize> {
    Some(file.lines().position(|line| line.contains(text)).unwrap() + 1)
}

#[test]
fn two_ends_that_fit() {
    assert_eq!(apart(LEFT, RIGHT), []);
    assert_eq!(apart(RIGHT, LEFT), []);
    let [a, b] = [LEFT, RIGHT].map(|file| read(file, Dialect::CiscoIos));
    assert_eq!(a.secrets[0].value, b.secrets[0].value);
}

#[test]
fn one_changed_line_is_found() {
    let acl = RIGHT.replace(
        "10.2.0.0 0.0.255.255 10.1.0.0 0.0.255.255",
        "10.2.0.0 0.0.255.255 10.0.1.0 0.0.0.255",
    );
    let found = apart(LEFT, &acl);
    let theirs = line_of(RIGHT, "access-list 120 permit ip");
    assert!(
        found.contains(&(
            Subject::AskersTraffic,
            line_of(LEFT, " permit ip 10.1"),
            theirs
        )),
        "{found:?}"
    );
    let policy = RIGHT.replace("encryption aes 256", "encryption 3des");
    let heads = (line_of(LEFT, "policy 10"), line_of(RIGHT, "policy 5"));
    assert_eq!(
        apart(LEFT, &policy),
        [(Subject::IkeProposal, heads.0, heads.1)]
    );
    let sets = (
        line_of(LEFT, "transform-set strong"),
        line_of(RIGHT, "transform-set ESP-AES"),
    );
    let cipher = RIGHT.replace("esp-aes 256", "esp-aes");
    let both = |subject| [(subject, sets.0, sets.1); 2];
    assert_eq!(apart(LEFT, &cipher), both(Subject::ChildProposal));
    let pfs = RIGHT.replace(" set pfs group14\n", "");
    assert_eq!(apart(LEFT, &pfs), both(Subject::Pfs));
    let method = RIGHT.replace(" authentication pre-share\n", "");
    let ours = line_of(LEFT, "authentication pre-share");
    assert_eq!(
        apart(LEFT, &method),
        [
            (Subject::AskersMethod, ours, None),
            (Subject::AnswerersMethod, ours, None)
        ]
    );
}

#[test]
fn tables_are_told_from_configurations() {
    let table = read(
        include_str!("data/configs/cisco/ios-sa.txt"),
        Dialect::SaTable,
    );
    let told: Vec<_> = table
        .associations
        .iter()
        .map(|one| {
            let network = one.destination.map(|network| network.value.to_string());
            let ends = [one.from, one.to].map(|end| end.unwrap().to_string());
            (
                one.spi.value,
                ends,
                network.unwrap(),
                one.listed_by.value.as_str(),
            )
        })
        .collect();
    let [a, b] = ["192.0.2.1", "198.51.100.2"].map(String::from);
    assert_eq!(
        told,
        [
            (
                0x890a_3034,
                [b.clone(), a.clone()],
                "10.1.0.0/16".to_owned(),
                "left"
            ),
            (0x99d4_7d47, [a, b], "10.2.0.0/16".to_owned(), "left"),
        ]
    );
    let xfrm = read(
        include_str!("data/configs/cisco/xfrm.txt"),
        Dialect::SaTable,
    );
    let spis: Vec<_> = xfrm.associations.iter().map(|one| one.spi.value).collect();
    assert_eq!(spis, [0xc0ff_ee01, 0xc0ff_ee02]);
    assert_eq!(
        xfrm.associations[1].destination.unwrap().value.to_string(),
        "10.1.0.0/16"
    );
    let setkey = "192.0.2.1[4500] 192.0.2.2[4500] \n\tesp-udp mode=tunnel spi=3221225985(0xc0000201) reqid=0\n\tE: aes-cbc  00112233\n";
    let setkey = read(setkey, Dialect::SaTable);
    assert_eq!(setkey.associations[0].spi.value, 0xc000_0201);
    assert!(!format!("{setkey:?}").contains("00112233"));
}

/// The slides that this was made for: two routers, one key, one access list.
#[test]
fn the_configuration_of_the_seed_document() {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let root = std::env::var_os("IPSEC_SHARED").map_or_else(beside, PathBuf::from);
    let Ok(file) = fs::read(root.join("seeds/001_1f991939d7c97690.txt")) else {
        eprintln!("SKIPPED: no seeds in ../shared (IPSEC_SHARED names another place)");
        return;
    };
    let model = ipsec_core::config::read(0, &file).unwrap();
    assert_eq!(model.dialect, Dialect::CiscoIos);
    assert_eq!((&model.errors[..], &model.unknown[..]), (&[][..], &[][..]));
    let names: Vec<_> = model
        .connections
        .iter()
        .map(|one| one.name.value.as_str())
        .collect();
    assert_eq!(names, ["sj-oakland 1", "oakland-sj 1"]);
    for one in &model.connections {
        assert_eq!(one.attachment, Attachment::Nowhere);
        let [child] = &one.children[..] else {
            panic!("{:?}", one.children);
        };
        assert_eq!(
            child.local[0].value.selector(None).unwrap().to_string(),
            "10.1.0.0/16"
        );
        assert_eq!(child.proposals[0].value.transforms.len(), 2);
        assert!(!child.has_pfs());
    }
    assert_eq!((model.secrets.len(), model.secrets[0].len), (1, Some(9)));
    let spis: Vec<_> = model.associations.iter().map(|one| one.spi.value).collect();
    assert_eq!(spis, [12345, 67891, 12345, 67891]);
    let listed: Vec<_> = model
        .associations
        .iter()
        .map(|one| one.listed_by.value.as_str())
        .collect();
    assert_eq!(listed[0], "sj-router to oakland-router");
    assert_eq!(listed[2], "oakland-router to sj-router");
    let networks: Vec<_> = model
        .associations
        .iter()
        .filter_map(|one| one.destination)
        .collect();
    assert_eq!(networks.len(), 4);
}
