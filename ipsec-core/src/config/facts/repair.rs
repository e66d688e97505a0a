//! What would put a difference right: the smallest change at either end, as a
//! sentence and as lines in the form of that end's device.

use super::pair::Two;
use super::words;
use crate::config::algorithms::is_aead;
use crate::config::compare::{self, Comparison, Difference, Subject};
use crate::config::model::{
    Authentication, Child, End, Identity, Method, NatTraversal, Phase1, Setting, Traffic, Versions,
};
use crate::config::profile::strength;
use crate::config::write::{Change, patch};
use crate::evidence::Repair;
use crate::sa::proposal::{Preference, Proposal, Rejection, Transform, choose};
use crate::sorted;
use crate::wire::registry::ike::TransformType;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

/// A change, what to call it, and whether it makes the tunnel weaker.
struct Proposed {
    change: Change,
    text: String,
    weakens: bool,
}

impl Proposed {
    fn new(change: Change, text: String, weakens: bool) -> Self {
        Self {
            change,
            text,
            weakens,
        }
    }
}

/// The changes at the end that asks and at the one that answers that would put
/// `difference` right, those that weaken nothing first.
pub(super) fn of(two: &Two<'_, '_>, difference: &Difference, found: &Comparison) -> Vec<Repair> {
    let [asking, answering] = proposed(two, difference, found);
    let mut repairs: Vec<Repair> = [(true, asking), (false, answering)]
        .into_iter()
        .filter_map(|(is_asking, proposed)| Some(repair(two, is_asking, proposed?)))
        .collect();
    sorted::by_key(&mut repairs, |repair| repair.weakens);
    repairs
}

fn repair(two: &Two<'_, '_>, asking: bool, proposed: Proposed) -> Repair {
    let [first, second] = two.tunnel.ends;
    let [one, other] = &two.names;
    let (end, name) = if asking {
        (first, one)
    } else {
        (second, other)
    };
    let text = format!("At {name}: {}.", proposed.text);
    let patch = patch(end.model, end.connection, &proposed.change);
    let input = patch.as_ref().map_or(end.input(), |patch| patch.input);
    let mut repair = Repair::new(input, asking, text);
    repair.patch = patch.map(|patch| patch.lines);
    repair.weakens = proposed.weakens;
    repair
}

/// For an end that never, and one that always puts ESP into UDP.
pub(super) fn of_nat_traversal(two: &Two<'_, '_>) -> Vec<Repair> {
    let seen = NatTraversal::WhereSeen;
    let each = [(true, two.asking()), (false, two.answering())].into_iter();
    let each = each.filter(|(_, connection)| connection.nat_traversal.value != seen);
    each.map(|(asking, _)| {
        let text = "put ESP into UDP where a NAT is seen".into();
        repair(
            two,
            asking,
            Proposed::new(Change::NatTraversal(seen), text, false),
        )
    })
    .collect()
}

/// For keys, which no line shows.
pub(super) fn of_keys(two: &Two<'_, '_>, text: &str) -> Vec<Repair> {
    let each = [true, false]
        .into_iter()
        .zip(two.tunnel.ends)
        .zip(&two.names);
    each.map(|((asking, end), name)| {
        Repair::new(end.input(), asking, format!("At {name}: {text}."))
    })
    .collect()
}

fn proposed(
    two: &Two<'_, '_>,
    difference: &Difference,
    found: &Comparison,
) -> [Option<Proposed>; 2] {
    let (a, b) = (two.asking(), two.answering());
    let children = difference.child.and_then(|at| {
        let by = found.children.get(at)?.answered_by?;
        Some(((at, a.children.get(at)?), (by, b.children.get(by)?)))
    });
    match (difference.subject, children) {
        (Subject::Version, _) => versions(a.versions.value, b.versions.value).map(Some),
        (Subject::Phase1, _) => [b.phase1.value, a.phase1.value].map(|phase1| {
            let text = format!("use {}", words::phase1(phase1));
            let weakens = phase1 == Phase1::Aggressive;
            Some(Proposed::new(Change::Phase1(phase1), text, weakens))
        }),
        (Subject::IkeProposal, _) => closer(&a.proposals, &b.proposals).map(|new| {
            let (list, text, weakens) = new?;
            Some(Proposed::new(Change::IkeProposals(list), text, weakens))
        }),
        (Subject::AskersMethod, _) => methods(&a.local, &b.remote, difference.round, true),
        (Subject::AnswerersMethod, _) => methods(&a.remote, &b.local, difference.round, false),
        (Subject::AskersIdentity, _) => identities(&a.local, &b.remote, difference.round, true),
        (Subject::AnswerersIdentity, _) => identities(&a.remote, &b.local, difference.round, false),
        (Subject::ChildProposal, Some(((at, ours), (by, theirs)))) => {
            child_proposals((at, ours), (by, theirs))
        }
        (Subject::Pfs, Some((ours, theirs))) => pfs(ours, theirs),
        (Subject::AskersTraffic, Some(((at, ours), (by, theirs)))) => {
            traffic((at, &ours.local), (by, &theirs.remote), true)
        }
        (Subject::AnswerersTraffic, Some(((at, ours), (by, theirs)))) => {
            traffic((at, &ours.remote), (by, &theirs.local), false)
        }
        (Subject::Mode, Some(((at, ours), (by, theirs)))) => {
            [(at, theirs.mode.value), (by, ours.mode.value)].map(|(child, mode)| {
                let text = format!("use {}", words::mode(mode));
                Some(Proposed::new(Change::Mode(child, mode), text, false))
            })
        }
        (Subject::Lifetime, Some((ours, theirs))) => lifetimes(ours, theirs),
        _ => [None, None],
    }
}

/// Each end as the other, where its rekeying still comes first.
fn lifetimes((at, ours): (usize, &Child), (by, theirs): (usize, &Child)) -> [Option<Proposed>; 2] {
    let (mine, yours) = (&ours.lifetimes, &theirs.lifetimes);
    [(at, mine, yours), (by, yours, mine)].map(|(child, old, new)| {
        let time = new.end.value?;
        let in_time = |rekey| old.end.value == Some(rekey) || rekey < time;
        old.rekey.value.is_none_or(in_time).then(|| {
            let text = format!("let keys live {}", words::lifetime(Some(time)));
            Proposed::new(Change::Lifetime(child, time), text, false)
        })
    })
}

fn versions(asking: Versions, answering: Versions) -> [Proposed; 2] {
    let theirs = match asking {
        Versions::V1 => Versions::V1,
        Versions::V2 | Versions::Both => Versions::V2,
    };
    [answering, theirs].map(|version| {
        let text = format!("speak {}", words::versions(version));
        Proposed::new(Change::Versions(version), text, version == Versions::V1)
    })
}

fn values<T: Clone>(list: &[Setting<T>]) -> Vec<T> {
    let each = list.iter().take(compare::PROPOSALS_MAX);
    each.map(|one| one.value.clone()).collect()
}

/// The proposals of either end with the closest one changed so that the other
/// end has it: the list, what was changed in words, whether that is weaker.
fn closer(
    ours: &[Setting<Proposal>],
    theirs: &[Setting<Proposal>],
) -> [Option<(Vec<Proposal>, String, bool)>; 2] {
    let (offered, accepted) = (values(ours), values(theirs));
    let why = choose(&offered, &accepted, Preference::Offered).err();
    let nearest = why.as_ref().and_then(|why| why.closest());
    let (at, by) = nearest.map_or((0, 0), |one| (one.offered, one.accepted.unwrap_or(0)));
    let (Some(mine), Some(yours)) = (offered.get(at), accepted.get(by)) else {
        return [None, None];
    };
    let there = meeting(mine, yours, nearest, true);
    let here = meeting(yours, mine, nearest, false);
    [
        Some(with(ours, at, mine, there)),
        Some(with(theirs, by, yours, here)),
    ]
}

/// `own` with the kinds that differ taken from the other, so that both meet.
fn meeting(own: &Proposal, other: &Proposal, why: Option<&Rejection>, asking: bool) -> Proposal {
    let mut new = own.clone();
    for difference in why.into_iter().flat_map(|why| &why.differences) {
        new.transforms.retain(|one| one.kind != difference.kind);
        let wanted = if asking {
            &difference.accepted
        } else {
            &difference.offered
        };
        let said = wanted
            .iter()
            .filter(|one| one.id != 0 || one.kind == TransformType::ENCR);
        new.transforms.extend(said);
    }
    let pair = [core::slice::from_ref(&new), core::slice::from_ref(other)];
    if why.is_none() || choose(pair[0], pair[1], Preference::Offered).is_err() {
        new.transforms.clone_from(&other.transforms);
    }
    new
}

/// The written proposals with the one at `at` replaced.
fn with(
    list: &[Setting<Proposal>],
    at: usize,
    old: &Proposal,
    new: Proposal,
) -> (Vec<Proposal>, String, bool) {
    let weakens = is_weaker(old, &new);
    let text = format!(
        "write {} in place of {}",
        words::proposal(&new),
        words::proposal(old)
    );
    let mut written: Vec<Proposal> = Vec::new();
    let mut placed = false;
    for (index, one) in list.iter().enumerate().take(compare::PROPOSALS_MAX) {
        if one.span().is_some() {
            placed = placed || index == at;
            written.push(if index == at {
                new.clone()
            } else {
                one.value.clone()
            });
        }
    }
    if !placed {
        written.insert(0, new);
    }
    (written, text, weakens)
}

/// Whether the best of some kind is weaker than before.
fn is_weaker(old: &Proposal, new: &Proposal) -> bool {
    let best = |list: &Proposal, kind: TransformType| {
        let of_kind = list.transforms.iter().filter(|one| one.kind == kind);
        of_kind.map(strength).max().unwrap_or(0)
    };
    let aead = new.transforms.iter().any(is_aead);
    let kinds = [TransformType::ENCR, TransformType::INTEG, TransformType::KE];
    let mut kinds = kinds
        .iter()
        .filter(|kind| !(aead && **kind == TransformType::INTEG));
    kinds.any(|kind| best(new, *kind) < best(old, *kind))
}

fn child_proposals(
    (at, ours): (usize, &Child),
    (by, theirs): (usize, &Child),
) -> [Option<Proposed>; 2] {
    let [first, second] = closer(&ours.proposals, &theirs.proposals);
    let change = |child: usize, new: Option<(Vec<Proposal>, String, bool)>| {
        let (list, text, weakens) = new?;
        Some(Proposed::new(
            Change::ChildProposals(child, list),
            text,
            weakens,
        ))
    };
    [change(at, first), change(by, second)]
}

fn groups(child: &Child) -> Vec<Transform> {
    let mut groups = Vec::new();
    let transforms = child.proposals.iter().take(compare::PROPOSALS_MAX);
    for one in transforms.flat_map(|one| &one.value.transforms) {
        if one.kind == TransformType::KE && one.id != 0 && !groups.contains(one) {
            groups.push(*one);
        }
    }
    groups
}

/// One wants a key exchange of its own and the other none, or other groups.
fn pfs((at, ours): (usize, &Child), (by, theirs): (usize, &Child)) -> [Option<Proposed>; 2] {
    let (mine, yours) = (groups(ours), groups(theirs));
    if !mine.is_empty() && !yours.is_empty() {
        return child_proposals((at, ours), (by, theirs));
    }
    [(at, yours), (by, mine)].map(|(child, groups)| {
        let weakens = groups.is_empty();
        let text = match weakens {
            true => "drop PFS".into(),
            false => format!("use PFS with {}", words::transforms(&groups)),
        };
        Some(Proposed::new(Change::Pfs(child, groups), text, weakens))
    })
}

fn round<'a>(ours: &'a End, theirs: &'a End, round: usize) -> Option<[&'a Authentication; 2]> {
    Some([
        ours.authentication.get(round)?,
        theirs.authentication.get(round)?,
    ])
}

/// Each end does, or expects, what the other does.
fn methods(ours: &End, theirs: &End, at: usize, askers: bool) -> [Option<Proposed>; 2] {
    let Some([mine, yours]) = round(ours, theirs, at) else {
        return [None, None];
    };
    let rank = |method: Method| match method {
        Method::Signature => 3_u8,
        Method::Eap => 2,
        Method::Psk | Method::Xauth => 1,
        Method::Null => 0,
    };
    [(mine, yours, askers), (yours, mine, !askers)].map(|(old, new, local)| {
        let method = *new.methods.value.first()?;
        let before = old.methods.value.iter().map(|one| rank(*one)).max();
        let shown = words::methods(&[method]);
        let text = match local {
            true => format!("prove itself by {shown}"),
            false => format!("expect {shown} of the peer"),
        };
        let weakens = before.is_some_and(|before| rank(method) < before);
        let change = Change::Method {
            local,
            round: at,
            method,
        };
        Some(Proposed::new(change, text, weakens))
    })
}

fn identities(ours: &End, theirs: &End, at: usize, askers: bool) -> [Option<Proposed>; 2] {
    let Some([mine, yours]) = round(ours, theirs, at) else {
        return [None, None];
    };
    let pairs = [
        (&yours.identity.value, askers),
        (&mine.identity.value, !askers),
    ];
    pairs.map(|(identity, local): (&Identity, bool)| {
        let shown = identity.to_string();
        let text = match local {
            true => format!("say it is {shown}"),
            false => format!("expect {shown}"),
        };
        let change = Change::Identity {
            local,
            round: at,
            identity: identity.clone(),
        };
        Some(Proposed::new(change, text, false))
    })
}

fn traffic(
    (at, ours): (usize, &[Setting<Traffic>]),
    (by, theirs): (usize, &[Setting<Traffic>]),
    askers: bool,
) -> [Option<Proposed>; 2] {
    let pairs = [(at, ours, theirs, askers), (by, theirs, ours, !askers)];
    pairs.map(|(child, old, new, local)| {
        let text = format!(
            "write {} in place of {}",
            words::traffic(new),
            words::traffic(old)
        );
        let change = Change::Traffic {
            child,
            local,
            traffic: values(new),
        };
        Some(Proposed::new(change, text, false))
    })
}
