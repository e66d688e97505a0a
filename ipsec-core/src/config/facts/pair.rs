//! The two ends of one tunnel side by side: what [`compare`] finds between
//! them, with the values of both in words.

use super::ends::Tunnel;
use super::{Held, keys, repair, traffic, words};
use crate::config::Span;
use crate::config::compare::{self, Difference, Subject};
use crate::config::model::{
    Authentication, Child, Connection, End, Identity, Method, Setting, Versions,
};
use crate::evidence::{Configured, Effect, Topic, Written};
use crate::sa::proposal::{Preference, Proposal, WhyNot, choose};
use crate::wire::registry::ike::TransformType;
use crate::wire::tree::escaped;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

/// All that is told of a tunnel, and of its two ends that nothing is said
/// against.
pub(super) fn facts(tunnel: &Tunnel<'_>) -> Vec<Configured> {
    let mut found = one_way(tunnel);
    if tunnel.both_begin {
        let back = one_way(&tunnel.turned());
        let missing = |list: &[Configured], fact: &Configured| {
            let mut topics = list.iter().map(|one| one.topic);
            fact.effect == Effect::Fails && !topics.any(|topic| topic == fact.topic)
        };
        let [asking, answering] = tunnel.names();
        for fact in &mut found {
            if missing(&back, fact) {
                only_when(fact, &asking, &answering);
            }
        }
        for mut fact in back {
            if found.iter().any(|one| one.topic == fact.topic) {
                continue;
            }
            if missing(&found, &fact) {
                only_when(&mut fact, &answering, &asking);
            }
            found.push(fact);
        }
    }
    let two = Two::of(tunnel);
    found.extend(keys::facts(&two));
    found.extend(two.nat_traversal());
    found.extend(two.fragmentation());
    found.extend(two.dead_peer_detection());
    if !found.iter().any(|fact| fact.effect <= Effect::Narrows) {
        let agreed = compare::compare(two.asking(), two.answering());
        found.push(two.uncontested(&agreed));
    }
    found
}

/// What fails in one direction alone is no failure when the other end begins.
fn only_when(fact: &mut Configured, begins: &str, other: &str) {
    fact.effect = Effect::Differs;
    fact.detail = format!(
        "{}: nothing is agreed when {begins} begins, only when {other} does.",
        fact.detail.trim_end_matches('.')
    );
}

fn one_way(tunnel: &Tunnel<'_>) -> Vec<Configured> {
    let two = Two::of(tunnel);
    let found = compare::compare(two.asking(), two.answering());
    let each = found.differences.iter();
    each.map(|difference| {
        let mut fact = two.differing(difference, &found);
        if fact.effect <= Effect::Narrows || fact.topic == Topic::Lifetime {
            fact.repairs = repair::of(&two, difference, &found);
            smallest(&mut fact);
        }
        fact
    })
    .collect()
}

/// Names the best change in the sentence about proposals.
fn smallest(fact: &mut Configured) {
    let of_proposals = matches!(fact.topic, Topic::IkeProposal | Topic::ChildProposal);
    if let Some(best) = fact.repairs.first().filter(|_| of_proposals) {
        fact.detail = format!(
            "{}; smallest change: {}",
            fact.detail.trim_end_matches('.'),
            best.text
        );
    }
}

/// The two ends of a tunnel and what to call them.
pub(super) struct Two<'a, 't> {
    pub(super) tunnel: &'t Tunnel<'a>,
    pub(super) names: [String; 2],
}

impl<'a, 't> Two<'a, 't> {
    fn of(tunnel: &'t Tunnel<'a>) -> Self {
        Self {
            tunnel,
            names: tunnel.names(),
        }
    }

    pub(super) fn asking(&self) -> &'a Connection {
        self.tunnel.ends[0].connection
    }

    pub(super) fn answering(&self) -> &'a Connection {
        self.tunnel.ends[1].connection
    }

    /// A fact about this tunnel.
    pub(super) fn fact(&self, topic: Topic, effect: Effect, detail: String) -> Configured {
        let mut fact = Configured::new(topic, effect, self.tunnel.addresses(), detail);
        fact.connection = Some(escaped(self.asking().name.value.as_bytes()));
        fact
    }

    /// A fact about one setting of both ends.
    pub(super) fn settings<T>(
        &self,
        (topic, effect): (Topic, Effect),
        settings: [&Setting<T>; 2],
        show: impl Fn(&T) -> String,
        detail: String,
    ) -> Configured {
        let mut fact = self.fact(topic, effect, detail);
        let ends = self.tunnel.ends.into_iter().zip(settings);
        fact.places = ends
            .map(|(end, setting)| place(end, setting.span(), show(&setting.value)))
            .collect();
        fact
    }

    fn differing(&self, difference: &Difference, found: &compare::Comparison) -> Configured {
        let (a, b) = (self.asking(), self.answering());
        let [one, other] = &self.names;
        let effect = effect(difference.effect);
        let children = difference.child.and_then(|at| {
            let answered = found.children.get(at).and_then(|child| child.answered_by);
            Some((
                a.children.get(at)?,
                answered.and_then(|at| b.children.get(at)),
            ))
        });
        match (difference.subject, children) {
            (Subject::Version, _) => {
                let detail = format!(
                    "{one} speaks {}; {other} speaks {}.",
                    words::versions(a.versions.value),
                    words::versions(b.versions.value)
                );
                let show = |versions: &Versions| words::versions(*versions).into();
                self.settings(
                    (Topic::Version, effect),
                    [&a.versions, &b.versions],
                    show,
                    detail,
                )
            }
            (Subject::Phase1, _) => {
                let [ours, theirs] = [a, b].map(|end| words::phase1(end.phase1.value));
                let detail = format!("{one} begins in {ours}; {other} takes {theirs}.");
                let show = |phase1: &_| String::from(words::phase1(*phase1));
                self.settings(
                    (Topic::Phase1, effect),
                    [&a.phase1, &b.phase1],
                    show,
                    detail,
                )
            }
            (Subject::AskersMethod, _) => self.method(effect, (&a.local, &b.remote), difference),
            (Subject::AnswerersMethod, _) => self.method(effect, (&a.remote, &b.local), difference),
            (Subject::AskersIdentity, _) => {
                self.identity(effect, (&a.local, &b.remote), difference)
            }
            (Subject::AnswerersIdentity, _) => {
                self.identity(effect, (&a.remote, &b.local), difference)
            }
            (Subject::ChildProposal | Subject::Pfs, Some((ours, theirs))) => {
                self.protection(effect, difference, ours, theirs)
            }
            (Subject::AskersTraffic, Some((ours, Some(theirs)))) => {
                traffic::differing(self, effect, true, ours, theirs)
            }
            (Subject::AnswerersTraffic, Some((ours, Some(theirs)))) => {
                traffic::differing(self, effect, false, ours, theirs)
            }
            (Subject::Mode, Some((ours, Some(theirs)))) => {
                let [mine, yours] = [ours, theirs].map(|child| words::mode(child.mode.value));
                let detail = format!("{one} asks for {mine}; {other} has {yours}.");
                let show = |mode: &_| String::from(words::mode(*mode));
                self.settings(
                    (Topic::Mode, effect),
                    [&ours.mode, &theirs.mode],
                    show,
                    detail,
                )
            }
            (Subject::Lifetime, Some((ours, Some(theirs)))) => self.lifetime(effect, ours, theirs),
            _ => self.ike_proposal(effect, difference, &a.proposals, &b.proposals),
        }
    }

    fn ike_proposal(
        &self,
        effect: Effect,
        difference: &Difference,
        ours: &[Setting<Proposal>],
        theirs: &[Setting<Proposal>],
    ) -> Configured {
        let detail = self.no_common(ours, theirs);
        self.proposals(
            (Topic::IkeProposal, effect),
            difference,
            [ours, theirs],
            detail,
        )
    }

    /// What is offered, what is accepted, and in which kinds of algorithm the
    /// closest two have nothing in common.
    fn no_common(&self, ours: &[Setting<Proposal>], theirs: &[Setting<Proposal>]) -> String {
        let [one, other] = &self.names;
        let apart = match closest(ours, theirs).as_slice() {
            [] => String::from("nothing in common"),
            kinds => {
                let kinds: Vec<&str> = kinds.iter().map(|kind| words::kind(*kind)).collect();
                format!("no {} in common", kinds.join(", no "))
            }
        };
        format!(
            "{one} offers {}; {other} accepts only {}: {apart}.",
            words::proposals(ours),
            words::proposals(theirs)
        )
    }

    fn proposals(
        &self,
        (topic, effect): (Topic, Effect),
        difference: &Difference,
        lists: [&[Setting<Proposal>]; 2],
        detail: String,
    ) -> Configured {
        let mut fact = self.fact(topic, effect, detail);
        let spans = [difference.asking, difference.answering];
        let ends = self.tunnel.ends.into_iter().zip(spans).zip(lists);
        fact.places = ends
            .map(|((end, span), list)| place(end, span, words::proposals(list)))
            .collect();
        fact
    }

    fn protection(
        &self,
        effect: Effect,
        difference: &Difference,
        ours: &Child,
        theirs: Option<&Child>,
    ) -> Configured {
        let accepted = theirs.map_or(&[][..], |child| &child.proposals);
        let lists = [ours.proposals.as_slice(), accepted];
        if difference.subject == Subject::ChildProposal {
            let detail = self.no_common(lists[0], lists[1]);
            return self.proposals((Topic::ChildProposal, effect), difference, lists, detail);
        }
        let [one, other] = &self.names;
        let wants = [ours.has_pfs(), theirs.is_some_and(Child::has_pfs)];
        let group = |list: &[Setting<Proposal>]| groups(list);
        let later = if effect == Effect::FailsLater {
            ", which first matters when keys are renewed"
        } else {
            ""
        };
        let (topic, detail) = match wants {
            [true, true] => (
                Topic::PfsGroup,
                format!(
                    "PFS: {one} wants {}; {other} accepts only {}{later}.",
                    group(lists[0]),
                    group(lists[1])
                ),
            ),
            [true, false] => (
                Topic::Pfs,
                format!(
                    "{one} wants PFS with {}; {other} has none{later}.",
                    group(lists[0])
                ),
            ),
            _ => (
                Topic::Pfs,
                format!(
                    "{one} has no PFS; {other} wants {}{later}.",
                    group(lists[1])
                ),
            ),
        };
        self.proposals((topic, effect), difference, lists, detail)
    }

    fn method(
        &self,
        effect: Effect,
        (ours, theirs): (&'a End, &'a End),
        difference: &Difference,
    ) -> Configured {
        let rounds = [ours, theirs].map(|end| end.authentication.get(difference.round));
        let said = rounds.map(|round| {
            round.map_or_else(
                || String::from("no such round"),
                |round| words::methods(&round.methods.value),
            )
        });
        let asker = core::ptr::eq(ours, &raw const self.asking().local);
        let [one, other] = &self.names;
        let detail = match asker {
            true => format!(
                "{one} proves itself by {}; {other} expects {}.",
                said[0], said[1]
            ),
            false => format!(
                "{one} expects {} of {other}, which proves itself by {}.",
                said[0], said[1]
            ),
        };
        let mut fact = self.fact(Topic::Method, effect, detail);
        let spans =
            rounds.map(|round: Option<&Authentication>| round.and_then(|one| one.methods.span()));
        let ends = self.tunnel.ends.into_iter().zip(spans).zip(said);
        fact.places = ends
            .map(|((end, span), said)| place(end, span, said))
            .collect();
        fact
    }

    fn identity(
        &self,
        effect: Effect,
        (ours, theirs): (&'a End, &'a End),
        difference: &Difference,
    ) -> Configured {
        let rounds = [ours, theirs].map(|end| end.authentication.get(difference.round));
        let said = rounds.map(|round| {
            round.map_or_else(
                || String::from("nobody"),
                |round| round.identity.value.to_string(),
            )
        });
        let asker = core::ptr::eq(ours, &raw const self.asking().local);
        let [one, other] = &self.names;
        let detail = match asker {
            true => format!("{one} says it is {}; {other} expects {}.", said[0], said[1]),
            false => format!("{one} expects {}; {other} says it is {}.", said[0], said[1]),
        };
        let mut fact = self.fact(Topic::Identity, effect, detail);
        let spans = rounds.map(|round| round.and_then(|one| one.identity.span()));
        let ends = self.tunnel.ends.into_iter().zip(spans).zip(said);
        fact.places = ends
            .map(|((end, span), said)| place(end, span, said))
            .collect();
        fact
    }
}

/// A place of an end and what stands there; without a span what the device
/// fills in.
pub(super) fn place(end: Held<'_>, span: Option<Span>, shows: String) -> Written {
    match span {
        Some(span) => Written::new(
            span.input,
            u64::try_from(span.line).ok(),
            u64::try_from(span.column).unwrap_or(u64::MAX),
            shows,
        ),
        None => Written::new(end.input(), None, 1, format!("{shows}, by default")),
    }
}

/// The groups of several proposals.
fn groups(list: &[Setting<Proposal>]) -> String {
    let mut found = Vec::new();
    for one in list.iter().take(compare::PROPOSALS_MAX) {
        let transforms = one.value.transforms.iter();
        for group in transforms.filter(|one| one.kind == TransformType::KE && one.id != 0) {
            if !found.contains(group) {
                found.push(*group);
            }
        }
    }
    words::transforms(&found)
}

/// The kinds in which the closest two proposals have nothing in common.
fn closest(ours: &[Setting<Proposal>], theirs: &[Setting<Proposal>]) -> Vec<TransformType> {
    let list = |list: &[Setting<Proposal>]| -> Vec<Proposal> {
        let each = list.iter().take(compare::PROPOSALS_MAX);
        each.map(|one| one.value.clone()).collect()
    };
    let why: Option<WhyNot> = choose(&list(ours), &list(theirs), Preference::Offered).err();
    let kinds = why.as_ref().and_then(WhyNot::closest).map(|nearest| {
        let each = nearest.differences.iter();
        each.map(|one| one.kind).collect()
    });
    let mut kinds: Vec<TransformType> = kinds.unwrap_or_default();
    if kinds.contains(&TransformType::INTEG) {
        // The PRF follows from the hash.
        kinds.retain(|kind| *kind != TransformType::PRF);
    }
    kinds
}

const fn effect(effect: compare::Effect) -> Effect {
    match effect {
        compare::Effect::Fails => Effect::Fails,
        compare::Effect::FailsLater => Effect::FailsLater,
        compare::Effect::Narrows => Effect::Narrows,
        compare::Effect::Differs => Effect::Differs,
    }
}

/// Whether both use a pre-shared key to prove who one of them is.
pub(super) fn by_shared_key(proves: &End, wants: &End) -> bool {
    let has = |end: &End| {
        let mut rounds = end.authentication.iter();
        rounds.any(|round| round.methods.value.contains(&Method::Psk))
    };
    has(proves) && has(wants)
}

/// Who an end says it is.
pub(super) fn proven(end: &End) -> Option<Identity> {
    let written = end
        .authentication
        .first()
        .map(|round| &round.identity.value);
    match written {
        None | Some(Identity::Any) => {
            let [only] = super::ends::singles(&end.addresses)[..] else {
                return None;
            };
            Some(Identity::Address(only))
        }
        Some(Identity::FromCertificate) => None,
        Some(identity) => Some(identity.clone()),
    }
}
