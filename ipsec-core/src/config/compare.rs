//! Two configurations side by side: what their negotiation will come to,
//! predicted by the matchers of [`crate::sa`] (RFC 7296 §2.7, §2.9; RFC 2409
//! §5 for IKEv1, which neither narrows nor chooses).

use super::Span;
use super::model::{
    Authentication, Child, Connection, End, Identity, Method, Mode, Phase1, Setting, Traffic,
    Versions,
};
use crate::sa::proposal::{Choice, Preference, Proposal, Rejection, WhyNot, choose};
use crate::sa::selector::{Relation, Selector, relation};
use alloc::vec::Vec;

/// What becomes of a connection of one side with one of the other.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Comparison {
    /// The protection of the IKE SA, or why there is none.
    pub ike: Result<Choice, WhyNot>,
    /// For each child of the asking side, in order, up to [`CHILDREN_MAX`].
    pub children: Vec<ChildComparison>,
    /// All in which the sides differ, with consequences.
    pub differences: Vec<Difference>,
}

impl Comparison {
    /// Whether something in it keeps traffic from passing, at once or later.
    #[must_use]
    pub fn fails(&self) -> bool {
        let effects = self.differences.iter().map(|one| one.effect);
        effects
            .into_iter()
            .any(|effect| matches!(effect, Effect::Fails | Effect::FailsLater))
    }
}

/// A child of the asking side with the one that answers it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChildComparison {
    /// Index of the child that answers; `None` when there is none at all.
    pub answered_by: Option<usize>,
    /// The protection of its packets, or why there is none. Key exchanges
    /// count only for IKEv1: IKEv2 first needs them at the next rekeying.
    pub protection: Result<Choice, WhyNot>,
}

/// Something in which the sides differ.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// What it is about.
    pub subject: Subject,
    /// What comes of it.
    pub effect: Effect,
    /// The child of the asking side that it is about.
    pub child: Option<usize>,
    /// The round of authentication that it is about, from 0.
    pub round: usize,
    /// Where the asking side says its part; `None` for a default.
    pub asking: Option<Span>,
    /// Where the answering side says its part; `None` for a default.
    pub answering: Option<Span>,
}

/// What a difference is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Subject {
    /// The version of IKE.
    Version,
    /// Main or aggressive mode.
    Phase1,
    /// The protection of the IKE SA.
    IkeProposal,
    /// How the asking side proves who it is.
    AskersMethod,
    /// How the answering side proves who it is.
    AnswerersMethod,
    /// Who the asking side is.
    AskersIdentity,
    /// Who the answering side is.
    AnswerersIdentity,
    /// The protection of packets.
    ChildProposal,
    /// The key exchange of its own, or its group, that a child has.
    Pfs,
    /// The packets' addresses at the asking side.
    AskersTraffic,
    /// The packets' addresses at the answering side.
    AnswerersTraffic,
    /// Tunnel or transport.
    Mode,
    /// How long a child lives.
    Lifetime,
}

/// What comes of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Effect {
    /// Nothing is agreed.
    Fails,
    /// It works until keys are renewed.
    FailsLater,
    /// Less is agreed than is asked for.
    Narrows,
    /// Each side keeps its own.
    Differs,
}

/// What becomes of `asking` when it begins a negotiation with `answering`.
/// Secrets are not compared: a model does not hold them.
///
/// ```
/// use ipsec_core::config::{compare::{Subject, compare}, swanctl};
/// let conf = |version| format!("connections {{ gw {{\n version = {version}\n }} }}");
/// let [a, b] = [1, 2].map(|version| swanctl::read(0, conf(version).as_bytes()).model());
/// let result = compare(&a.connections[0], &b.connections[0]);
/// assert_eq!(result.differences[0].subject, Subject::Version);
/// assert_eq!(result.differences[0].asking.unwrap().line, 2);
/// ```
#[must_use]
pub fn compare(asking: &Connection, answering: &Connection) -> Comparison {
    let mut found = Differences {
        found: Vec::new(),
        round: 0,
    };
    let v1 = asking.versions.value == Versions::V1;
    if !asking
        .versions
        .value
        .is_answered_by(answering.versions.value)
    {
        found.settings(
            Subject::Version,
            Effect::Fails,
            None,
            &asking.versions,
            &answering.versions,
        );
    } else if v1 {
        found.phase1(&asking.phase1, &answering.phase1);
    }
    let ike = meet(&asking.proposals, &answering.proposals, true);
    if let Err(why) = &ike {
        let (ours, theirs) = (&asking.proposals, &answering.proposals);
        found.proposals(
            (Subject::IkeProposal, Effect::Fails),
            None,
            why,
            ours,
            theirs,
        );
    }
    found.authentication(
        (Subject::AskersMethod, Subject::AskersIdentity),
        &asking.local,
        &answering.remote,
        false,
    );
    found.authentication(
        (Subject::AnswerersMethod, Subject::AnswerersIdentity),
        &asking.remote,
        &answering.local,
        true,
    );
    let children = asking
        .children
        .iter()
        .enumerate()
        .take(CHILDREN_MAX)
        .map(|(index, child)| found.child(index, child, &answering.children, v1))
        .collect();
    Comparison {
        ike,
        children,
        differences: found.found,
    }
}

struct Differences {
    found: Vec<Difference>,
    /// The round of authentication that is compared.
    round: usize,
}

impl Differences {
    fn note(
        &mut self,
        (subject, effect): (Subject, Effect),
        child: Option<usize>,
        (asking, answering): (Option<Span>, Option<Span>),
    ) {
        self.found.push(Difference {
            subject,
            effect,
            child,
            round: self.round,
            asking,
            answering,
        });
    }

    fn settings<T>(
        &mut self,
        subject: Subject,
        effect: Effect,
        child: Option<usize>,
        ours: &Setting<T>,
        theirs: &Setting<T>,
    ) {
        self.note((subject, effect), child, (ours.span(), theirs.span()));
    }

    fn phase1(&mut self, ours: &Setting<Phase1>, theirs: &Setting<Phase1>) {
        if ours.value != theirs.value {
            self.settings(Subject::Phase1, Effect::Fails, None, ours, theirs);
        }
    }

    /// Notes that no two proposals meet, at the pair that comes closest.
    fn proposals(
        &mut self,
        what: (Subject, Effect),
        child: Option<usize>,
        why: &WhyNot,
        ours: &[Setting<Proposal>],
        theirs: &[Setting<Proposal>],
    ) {
        let at = |list: &[Setting<Proposal>], index: usize| list.get(index).and_then(Setting::span);
        let closest = why.closest();
        let asking = at(ours, closest.map_or(0, |one| one.offered));
        let accepted = closest.and_then(|one: &Rejection| one.accepted);
        self.note(what, child, (asking, at(theirs, accepted.unwrap_or(0))));
    }

    /// Compares what one end does with what the other end wants of it. Who is
    /// `expected` states a wish on the asking side.
    fn authentication(
        &mut self,
        (method, identity): (Subject, Subject),
        ours: &End,
        theirs: &End,
        expected: bool,
    ) {
        let rounds = ours.authentication.len().max(theirs.authentication.len());
        for round in 0..rounds {
            self.round = round;
            let pair = [ours, theirs].map(|end| end.authentication.get(round));
            match pair {
                [Some(a), Some(b)] => {
                    if !share(&a.methods.value, &b.methods.value) {
                        self.settings(method, Effect::Fails, None, &a.methods, &b.methods);
                    }
                    let (proven, wanted) = if expected { (b, a) } else { (a, b) };
                    if differ(&proven.identity.value, &wanted.identity.value) {
                        self.settings(identity, Effect::Fails, None, &a.identity, &b.identity);
                    }
                }
                [Some(one), None] | [None, Some(one)] if is_expected(one) => {
                    let span = one.methods.span();
                    let places = if pair[0].is_some() {
                        (span, None)
                    } else {
                        (None, span)
                    };
                    self.note((method, Effect::Fails), None, places);
                }
                _ => {}
            }
        }
        self.round = 0;
    }

    fn child(&mut self, index: usize, ours: &Child, all: &[Child], v1: bool) -> ChildComparison {
        let answered_by = answerer(ours, all);
        let theirs = answered_by.and_then(|at| all.get(at));
        let accepted = theirs.map_or(&[][..], |theirs| &theirs.proposals);
        let protection = meet(&ours.proposals, accepted, v1);
        let child = Some(index);
        let later = meet(&ours.proposals, accepted, true);
        let apart = meet(&ours.proposals, accepted, false).is_err();
        if let (Err(why), _) | (_, Err(why)) = (&protection, &later) {
            let subject = if apart {
                Subject::ChildProposal
            } else {
                Subject::Pfs
            };
            let effect = if apart || v1 {
                Effect::Fails
            } else {
                Effect::FailsLater
            };
            self.proposals((subject, effect), child, why, &ours.proposals, accepted);
        }
        if let Some(theirs) = theirs {
            self.traffic(
                Subject::AskersTraffic,
                index,
                &ours.local,
                &theirs.remote,
                v1,
            );
            self.traffic(
                Subject::AnswerersTraffic,
                index,
                &ours.remote,
                &theirs.local,
                v1,
            );
            if tunnels(ours) != tunnels(theirs) {
                let effect = if v1 { Effect::Fails } else { Effect::Differs };
                self.settings(Subject::Mode, effect, child, &ours.mode, &theirs.mode);
            }
            let (life, other) = (&ours.lifetimes.end, &theirs.lifetimes.end);
            if life.value != other.value {
                self.settings(Subject::Lifetime, Effect::Differs, child, life, other);
            }
        }
        ChildComparison {
            answered_by,
            protection,
        }
    }

    fn traffic(
        &mut self,
        subject: Subject,
        child: usize,
        ours: &[Setting<Traffic>],
        theirs: &[Setting<Traffic>],
        v1: bool,
    ) {
        let (Some(asked), Some(held)) = (selectors(ours), selectors(theirs)) else {
            return;
        };
        let effect = match relation(&asked, &held) {
            Relation::Equal => return,
            Relation::Disjoint => Effect::Fails,
            _ if v1 => Effect::Fails,
            Relation::Within => return,
            Relation::Around | Relation::Overlapping => Effect::Narrows,
        };
        let first = |list: &[Setting<Traffic>]| list.first().and_then(Setting::span);
        self.note((subject, effect), Some(child), (first(ours), first(theirs)));
    }
}

/// The child that answers: the first whose packets are of both sides', else
/// the first.
pub(super) fn answerer(ours: &Child, all: &[Child]) -> Option<usize> {
    let meets = |these: &[Setting<Traffic>], those: &[Setting<Traffic>]| {
        overlap(these, those) != Some(false)
    };
    let found = all.iter().take(CHILDREN_MAX).position(|theirs| {
        meets(&ours.local, &theirs.remote) && meets(&ours.remote, &theirs.local)
    });
    found.or((!all.is_empty()).then_some(0))
}

/// Whether some packet is of both; `None` when an address is not known here.
pub(super) fn overlap(these: &[Setting<Traffic>], those: &[Setting<Traffic>]) -> Option<bool> {
    let (these, those) = (selectors(these)?, selectors(those)?);
    let mut pairs = these
        .iter()
        .flat_map(|this| those.iter().map(move |that| (this, that)));
    Some(pairs.any(|(this, that)| this.intersection(that).is_some()))
}

/// The selectors; `None` when one stands for an address not known here, or
/// when there are more than a message takes.
pub(super) fn selectors(traffic: &[Setting<Traffic>]) -> Option<Vec<Selector>> {
    if traffic.len() > SELECTORS_MAX {
        return None;
    }
    traffic.iter().map(|one| one.value.selector(None)).collect()
}

/// What both can live with; without their key exchanges unless those count.
pub(super) fn meet(
    ours: &[Setting<Proposal>],
    theirs: &[Setting<Proposal>],
    with_key_exchange: bool,
) -> Result<Choice, WhyNot> {
    let list = |settings: &[Setting<Proposal>]| -> Vec<Proposal> {
        let mut proposals: Vec<_> = settings
            .iter()
            .take(PROPOSALS_MAX)
            .map(|one| one.value.clone())
            .collect();
        if !with_key_exchange {
            for proposal in &mut proposals {
                proposal
                    .transforms
                    .retain(|one| !one.kind.is_key_exchange());
            }
        }
        proposals
    };
    choose(&list(ours), &list(theirs), Preference::Offered)
}

pub(super) fn share(ours: &[Method], theirs: &[Method]) -> bool {
    ours.iter().any(|method| theirs.contains(method))
}

/// Whether a round may not be missing on the other side.
fn is_expected(round: &Authentication) -> bool {
    round.methods.span().is_some()
}

/// Whether somebody who proves to be the one is certainly not the other.
pub(super) fn differ(proven: &Identity, wanted: &Identity) -> bool {
    use Identity as I;
    match (proven, wanted) {
        (I::Any | I::FromCertificate | I::AddressOf(_), _) => false,
        (_, I::Any | I::FromCertificate | I::AddressOf(_)) => false,
        // Names in another order or spelling may be the same.
        (I::DistinguishedName(_), I::DistinguishedName(_)) => false,
        (I::Fqdn(one), I::Fqdn(other)) | (I::UserFqdn(one), I::UserFqdn(other)) => {
            !wanted_fits(one, other)
        }
        (one, other) => one != other,
    }
}

/// Whether a name is the wanted one, which may begin with `*`.
fn wanted_fits(name: &str, wanted: &str) -> bool {
    match wanted.strip_prefix('*') {
        Some(end) => {
            name.len() >= end.len()
                && name
                    .to_ascii_lowercase()
                    .ends_with(&end.to_ascii_lowercase())
        }
        None => name.eq_ignore_ascii_case(wanted),
    }
}

pub(super) fn tunnels(child: &Child) -> bool {
    child.mode.value == Mode::Tunnel
}

/// Children of each side that are compared.
pub const CHILDREN_MAX: usize = 64;

/// Selectors of each side that are compared: a message counts them in a byte
/// (RFC 7296 §3.13).
pub const SELECTORS_MAX: usize = 255;

/// Proposals of each side that are compared: they are numbered in a byte
/// (RFC 7296 §3.3.1).
pub const PROPOSALS_MAX: usize = 255;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::swanctl;
    use alloc::format;
    use alloc::string::String;

    fn read(more: &str, child: &str) -> Connection {
        let file = format!(
            "connections {{ c {{\nversion = 2\n{more}\nchildren {{ n {{\n{child}\n}} }} }} }}"
        );
        let model = swanctl::read(0, file.as_bytes()).model();
        assert_eq!(model.errors, [], "{file}");
        model.connections[0].clone()
    }

    /// Subject, effect and the two lines of each difference.
    fn told(
        a: &Connection,
        b: &Connection,
    ) -> Vec<(Subject, Effect, Option<usize>, Option<usize>)> {
        let line = |span: Option<Span>| span.map(|span| span.line);
        compare(a, b)
            .differences
            .iter()
            .map(|one| {
                (
                    one.subject,
                    one.effect,
                    line(one.asking),
                    line(one.answering),
                )
            })
            .collect()
    }

    #[test]
    fn the_closest_proposals_are_cited() {
        let a = read(
            "dpd_delay = 3s\nproposals = aes128-sha1-modp1024, aes256-sha256-ecp256",
            "",
        );
        let b = read("proposals = aes256-sha256-modp2048", "");
        let found = compare(&a, &b);
        assert!(found.fails() && found.ike.is_err());
        let [only] = &found.differences[..] else {
            panic!("{found:?}");
        };
        let (asking, answering) = (only.asking.unwrap(), only.answering.unwrap());
        assert_eq!((asking.line, asking.column), (4, 35));
        assert_eq!((answering.line, answering.column), (3, 13));
    }

    #[test]
    fn a_group_of_ikev2s_child_matters_later() {
        let a = read("", "esp_proposals = aes256-sha256-modp2048");
        let b = read("", "esp_proposals = aes256-sha256-ecp256");
        assert_eq!(
            told(&a, &b),
            [(Subject::Pfs, Effect::FailsLater, Some(5), Some(5))]
        );
        let c = read("", "esp_proposals = 3des-md5");
        let (subject, effect) = (Subject::ChildProposal, Effect::Fails);
        assert_eq!(told(&a, &c), [(subject, effect, Some(5), Some(5))]);
        assert_eq!(told(&a, &a), []);
    }

    #[test]
    fn traffic_is_narrowed_by_ikev2_alone() {
        let wide = "remote_ts = 10.2.0.0/16\nlocal_ts = 10.1.0.0/24";
        let a = read("", wide);
        let b = read("", "local_ts = 10.2.0.0/24\nremote_ts = 10.1.0.0/24");
        let subject = Subject::AnswerersTraffic;
        assert_eq!(told(&a, &b), [(subject, Effect::Narrows, Some(5), Some(5))]);
        assert_eq!(told(&b, &a), [], "a part of what is accepted");
        let far = read("", "local_ts = 10.9.0.0/24\nremote_ts = 10.1.0.0/24");
        assert_eq!(told(&a, &far)[0].1, Effect::Fails);
        let old = [&a, &b].map(|one| Connection {
            versions: Setting::by_default(Versions::V1),
            ..one.clone()
        });
        assert_eq!(told(&old[0], &old[1])[0].1, Effect::Fails);
        let many: String = (0..=SELECTORS_MAX)
            .map(|n| format!("10.7.{}.{}, ", n / 256, n % 256))
            .collect();
        let many = read("", &format!("remote_ts = {many}\nlocal_ts = 10.1.0.0/24"));
        assert_eq!(told(&many, &b), [], "not compared");
    }

    #[test]
    fn who_they_are_and_how_they_prove_it() {
        let a = read(
            "local { auth = psk\nid = A.example }\nremote { auth = pubkey\nid = b.example }",
            "",
        );
        let b = read(
            "remote { auth = psk\nid = *.example }\nlocal { auth = pubkey\nid = b.example }",
            "",
        );
        assert_eq!(told(&a, &b), []);
        let c = read(
            "remote { auth = eap\nid = c.example }\nlocal { auth = psk\nid = 192.0.2.1 }",
            "",
        );
        let subjects: Vec<_> = told(&a, &c).iter().map(|one| one.0).collect();
        let expected = [
            Subject::AskersMethod,
            Subject::AskersIdentity,
            Subject::AnswerersMethod,
            Subject::AnswerersIdentity,
        ];
        assert_eq!(subjects, expected);
        let d = read(
            "remote-1 { auth = psk\n}\nremote-2 { auth = xauth\n}\nlocal { auth = pubkey\n}",
            "",
        );
        assert_eq!(
            told(&a, &d),
            [(Subject::AskersMethod, Effect::Fails, None, Some(5))]
        );
    }
}
