//! The configurations beside the shared captures: every keyword and value is
//! understood, and what the two ends say of each other agrees with what
//! happened between them.
#![cfg(feature = "config")]

#[path = "support/patched.rs"]
mod patched;

use ipsec_core::config::compare::{Effect, Subject, compare};
use ipsec_core::config::facts::{Side, evidence};
use ipsec_core::config::model::{Child, Connection, Model, Phase1, Setting, Traffic, Versions};
use ipsec_core::evidence::{self, Configured, Fact, Topic};
use ipsec_core::sa::proposal::{Preference, Proposal, choose};
use ipsec_core::sa::selector::{Relation, Selector, relation};
use std::fs;
use std::path::{Path, PathBuf};

/// Both ends of a tunnel, the initiator first, and what was the matter.
struct Tunnel {
    name: String,
    fault: String,
    ends: [Model; 2],
    files: [String; 2],
}

fn tunnels() -> Vec<Tunnel> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let root = std::env::var_os("IPSEC_SHARED").map_or_else(beside, PathBuf::from);
    let inside = |folder: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect()
    };
    let sets = inside(&root.join("captures"));
    let folders = sets.iter().flat_map(|set| inside(set));
    let tunnels: Vec<_> = folders.filter_map(|folder| tunnel(&folder)).collect();
    if tunnels.is_empty() {
        eprintln!("SKIPPED: no captures in ../shared (IPSEC_SHARED names another place)");
    }
    tunnels
}

fn tunnel(folder: &Path) -> Option<Tunnel> {
    let truth = fs::read(folder.join("truth.json")).ok()?;
    let truth: serde_json::Value = serde_json::from_slice(&truth).ok()?;
    let files = [file(folder, "a")?, file(folder, "b")?];
    Some(Tunnel {
        name: truth.get("name")?.to_string(),
        fault: truth.get("fault")?.as_str().unwrap_or("none").into(),
        ends: [model(0, &files[0])?, model(1, &files[1])?],
        files,
    })
}

fn file(folder: &Path, side: &str) -> Option<String> {
    let names = [".swanctl.conf", ".ipsec.conf", ".iked.conf"];
    let mut files = names.iter().map(|name| folder.join([side, name].concat()));
    files.find_map(|path| fs::read_to_string(path).ok())
}

fn model(input: usize, file: &str) -> Option<Model> {
    ipsec_core::config::read(input, file.as_bytes())
}

impl Tunnel {
    /// The first connection of each end; both have one.
    fn connections(&self) -> Option<[&Connection; 2]> {
        let [a, b] = &self.ends;
        Some([a.connections.first()?, b.connections.first()?])
    }

    fn children(&self) -> Option<[&Child; 2]> {
        let [a, b] = self.connections()?;
        Some([a.children.first()?, b.children.first()?])
    }
}

fn meet(ends: [&Vec<Setting<Proposal>>; 2]) -> bool {
    let [offered, accepted] =
        ends.map(|list| -> Vec<_> { list.iter().map(|one| one.value.clone()).collect() });
    choose(&offered, &accepted, Preference::Offered).is_ok()
}

/// The selectors of one side; none when an address is given out later.
fn selectors(traffic: &[Setting<Traffic>]) -> Option<Vec<Selector>> {
    traffic.iter().map(|one| one.value.selector(None)).collect()
}

#[test]
fn everything_is_understood() {
    for tunnel in tunnels() {
        for end in &tunnel.ends {
            assert_eq!(end.errors, [], "{}", tunnel.name);
            assert_eq!(end.unknown, [], "{}", tunnel.name);
            assert!(!format!("{end:?}").contains("horse"), "{}", tunnel.name);
        }
    }
}

#[test]
fn proposals_meet_where_they_met() {
    let mut compared = 0;
    for tunnel in tunnels() {
        let (name, fault) = (&tunnel.name, tunnel.fault.as_str());
        let ike = meet(
            tunnel
                .connections()
                .unwrap()
                .map(|connection| &connection.proposals),
        );
        assert_eq!(ike, fault != "no_common_ike_proposal", "{name}: IKE");
        let esp = meet(tunnel.children().unwrap().map(|child| &child.proposals));
        let apart = matches!(
            fault,
            "no_common_esp_proposal" | "pfs_mismatch" | "pfs_group_mismatch"
        );
        assert_eq!(esp, !apart, "{name}: ESP");
        compared += 1;
    }
    println!("{compared} tunnels");
}

#[test]
fn versions_and_modes_differ_where_that_was_the_fault() {
    for tunnel in tunnels() {
        let (name, fault) = (&tunnel.name, tunnel.fault.as_str());
        let [a, b] = tunnel.connections().unwrap();
        let answered = a.versions.value.is_answered_by(b.versions.value);
        assert_eq!(answered, fault != "ike_version_mismatch", "{name}");
        if a.versions.value == Versions::V1 && answered {
            let same = a.phase1.value == b.phase1.value;
            assert_eq!(same, fault != "exchange_mode_mismatch", "{name}");
        } else {
            assert_eq!(a.phase1.value, Phase1::Main, "{name}");
        }
    }
}

#[test]
fn selectors_differ_where_that_was_the_fault() {
    for tunnel in tunnels() {
        let [ours, theirs] = tunnel.children().unwrap();
        let asked = [&ours.local, &ours.remote].map(|side| selectors(side));
        let held = [&theirs.remote, &theirs.local].map(|side| selectors(side));
        for (asked, held) in asked.into_iter().zip(held) {
            let (Some(asked), Some(held)) = (asked, held) else {
                continue;
            };
            let relation = relation(&asked, &held);
            if relation != Relation::Equal {
                let narrowed = relation == Relation::Around && tunnel.fault == "none";
                let at_fault = tunnel.fault == "traffic_selector_mismatch";
                assert!(narrowed || at_fault, "{}: {relation:?}", tunnel.name);
            }
        }
    }
}

impl Tunnel {
    /// What the two configurations state; the first is input 0.
    fn facts(&self) -> Vec<Configured> {
        let facts = evidence(&Side::each(&self.ends)).into_iter();
        let configured = facts.map(|one| {
            let Fact::Configured(fact) = one.fact else {
                panic!("{}: {:?}", self.name, one.fact);
            };
            *fact
        });
        configured.collect()
    }
}

/// The topics by which configurations alone tell of a fault; none for a fault
/// that lies elsewhere.
fn topics_of(fault: &str) -> &'static [Topic] {
    match fault {
        "ike_version_mismatch" => &[Topic::Version],
        "exchange_mode_mismatch" => &[Topic::Phase1],
        "no_common_ike_proposal" => &[Topic::IkeProposal],
        "no_common_esp_proposal" => &[Topic::ChildProposal],
        "pfs_mismatch" => &[Topic::Pfs],
        "pfs_group_mismatch" => &[Topic::PfsGroup],
        "auth_method_mismatch" => &[Topic::Method],
        "peer_id_mismatch" => &[Topic::Identity],
        "psk_mismatch" => &[Topic::SharedKey],
        "psk_missing" => &[Topic::SharedKeyMissing],
        "traffic_selector_mismatch" => &[Topic::Selectors],
        "lifetime_mismatch" => &[Topic::Lifetime],
        "nat_without_nat_t" => &[Topic::NatTraversal],
        _ => &[],
    }
}

/// Configurations alone: every fault that lies in them is found, and healthy
/// ones fail nowhere.
#[test]
fn every_fault_of_configurations_is_a_fact() {
    let (mut faults, mut false_ones, mut all) = (0, 0, 0);
    for tunnel in tunnels() {
        let (name, fault) = (&tunnel.name, tunnel.fault.as_str());
        let facts = tunnel.facts();
        all += 1;
        assert!(!facts.is_empty(), "{name}: no tunnel");
        let expected = topics_of(fault);
        let secrets = tunnel.ends.iter().all(|end| !end.secrets.is_empty());
        let told = |topic: &Topic| facts.iter().any(|fact| fact.topic == *topic);
        if !expected.is_empty() && (secrets || !fault.starts_with("psk")) {
            faults += 1;
            assert!(expected.iter().any(told), "{name}: {fault}: {facts:#?}");
        }
        for fact in &facts {
            assert!(!format!("{fact:?}").contains("horse"), "{name}");
            let fails = fact.effect <= evidence::Effect::FailsLater;
            if fails && !expected.contains(&fact.topic) {
                eprintln!("{name}: {fault}: {fact:#?}");
                false_ones += 1;
            }
        }
    }
    eprintln!("{all} tunnels: {faults} faults of configurations, {false_ones} false");
    assert_eq!(false_ones, 0);
}

/// The patches of either end, applied to its file, make the tunnel fit.
#[test]
fn patches_of_either_end_put_it_right() {
    let (mut patched, mut without) = (0, Vec::new());
    let fails = |fact: &&Configured| fact.effect <= evidence::Effect::FailsLater;
    for tunnel in tunnels() {
        let facts = tunnel.facts();
        for input in [0, 1] {
            let repairs = facts.iter().filter(fails).flat_map(|fact| &fact.repairs);
            let repairs: Vec<_> = repairs.filter(|repair| repair.input == input).collect();
            let patches = repairs.iter().filter_map(|one| one.patch.as_deref());
            let mut patches: Vec<&str> = patches.collect();
            patches.dedup();
            if patches.is_empty() {
                if !repairs.is_empty() {
                    without.push(format!("{} {}", tunnel.name, tunnel.fault));
                }
                continue;
            }
            let mut files = tunnel.files.clone();
            for patch in patches {
                assert!(!patch.contains("horse"), "{patch}");
                files[input] = patched::applied(&files[input], patch);
            }
            let again = Tunnel {
                name: tunnel.name.clone(),
                fault: "none".into(),
                ends: [0, 1].map(|at| model(at, &files[at]).unwrap()),
                files,
            };
            let left = again.facts();
            let left: Vec<_> = left.iter().filter(fails).collect();
            let file = &again.files[input];
            assert!(left.is_empty(), "{}: {file}\n{left:#?}", tunnel.name);
            patched += 1;
        }
    }
    eprintln!("{patched} files patched; without a patch: {without:?}");
}

/// Whatever keeps two configurations apart is predicted, and nothing else.
#[test]
fn predictions_come_true_where_configurations_met_their_fault() {
    for tunnel in tunnels() {
        let [a, b] = tunnel.connections().unwrap();
        let found = compare(a, b);
        let least = match tunnel.fault.as_str() {
            "none" => Effect::FailsLater,
            _ => Effect::Narrows,
        };
        let serious = found.differences.iter().filter(|one| one.effect <= least);
        let mut subjects: Vec<_> = serious.map(|one| one.subject).collect();
        subjects.dedup();
        let expected: &[Subject] = match tunnel.fault.as_str() {
            "ike_version_mismatch" => &[Subject::Version],
            "exchange_mode_mismatch" => &[Subject::Phase1],
            "no_common_ike_proposal" => &[Subject::IkeProposal],
            "no_common_esp_proposal" => &[Subject::ChildProposal],
            "pfs_mismatch" | "pfs_group_mismatch" => &[Subject::Pfs],
            "auth_method_mismatch" => &[Subject::AskersMethod, Subject::AnswerersMethod],
            "peer_id_mismatch" => &[Subject::AskersIdentity, Subject::AnswerersIdentity],
            "traffic_selector_mismatch" => &[Subject::AskersTraffic, Subject::AnswerersTraffic],
            _ => &[],
        };
        let name = &tunnel.name;
        assert_eq!(
            subjects.is_empty(),
            expected.is_empty(),
            "{name}: {subjects:?}"
        );
        let all = subjects.iter().all(|one| expected.contains(one));
        assert!(all, "{name}: {subjects:?}");
    }
}
