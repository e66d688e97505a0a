//! Where the set-up of a tunnel was refused, and by what: the common ground
//! of the rules that explain the same encrypted refusal in different ways.

use super::case::{Case, IkeSa, Message};
use super::catalog::Scene;
use super::course::{Outcome1, Outcome2, Quick, Transaction, V1, V2, first_payload, inner_len};
use super::finding::{self, Question};
use super::inquiry::Inquiry;
use super::opened::inside;
use super::path::{self, Fate};
use super::rank::prior;
use super::{Citation, Finding, Severity};
use crate::evidence::{Notify, Proposal, TransformKind, UserAuth};
use crate::time::Duration;
use crate::wire::registry::ike::{Encryption, ExchangeType, Integrity, KeyExchange, NotifyType};
use crate::wire::registry::ike::{PayloadType, Prf};
use crate::wire::registry::isakmp;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// At which step the set-up was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// The first message was never answered.
    Silence,
    /// The first message was answered with an error.
    Offer,
    /// IKEv1: the third message was answered with INVALID-KEY-INFORMATION.
    KeyLookup,
    /// IKEv1: the initiator's authenticating message brought no answer that
    /// the initiator could make sense of.
    Deaf,
    /// The responder refused the initiator's authenticating message.
    Responder,
    /// The initiator turned down the responder after its last message.
    Initiator,
    /// IKEv2: the responder left out its authentication, and the initiator
    /// did not take that for a failed authentication.
    NoAnswer,
    /// EAP ended in a refusal.
    Eap,
    /// XAUTH ended in a refusal.
    Xauth,
    /// The first Child SA, or quick mode, was refused by the end that was asked.
    Child,
    /// Quick mode was answered, and the answer refused by the end that asked.
    ChildAnswer,
    /// A later CREATE_CHILD_SA was refused.
    Rekey,
}

/// What else is known about a refusal.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Signs {
    /// IKEv2.
    pub(super) v2: bool,
    /// Aggressive mode.
    pub(super) aggressive: bool,
    /// The refused message is, or asks for, certificate authentication.
    pub(super) certificates: bool,
    /// The responder asks for certificates, but none was sent.
    pub(super) certificates_wanted: bool,
    /// The offer holds what every implementation must support.
    pub(super) mandatory_offer: bool,
    /// The initiator announces signature authentication (RFC 7427).
    pub(super) signatures: bool,
    /// The responder repeats its message before the refused one.
    pub(super) responder_repeats: bool,
    /// The refused message was the first on port 4500.
    pub(super) first_on_4500: bool,
    /// The refused request is large enough for a key exchange of its own.
    pub(super) key_exchange: bool,
    /// The initiator does not send from port 500 or 4500.
    pub(super) odd_port: bool,
    /// The initiator sent a certificate that the responder did not ask for.
    pub(super) certificates_unwanted: bool,
    /// Addresses are translated between the ends.
    pub(super) nat: bool,
    /// The refused request is larger than some paths carry.
    pub(super) large: bool,
    /// A capture nearer to the receiver shows the request, or does not.
    pub(super) arrived: Option<bool>,
}

/// One refusal.
#[derive(Debug)]
pub(super) struct Refusal<'c, 'a> {
    pub(super) sa: &'c IkeSa<'a>,
    pub(super) stage: Stage,
    pub(super) request: &'c Message<'a>,
    pub(super) answer: Option<&'c Message<'a>>,
    /// The notification, where it can be read.
    pub(super) notify: Option<&'a Notify>,
    pub(super) signs: Signs,
}

/// All refusals of the case.
pub(super) fn refusals<'c, 'a>(case: &'c Case<'a>) -> Vec<Refusal<'c, 'a>> {
    let mut found: Vec<Refusal<'c, 'a>> = Vec::new();
    for sa in &case.sas {
        if is_probe(case, sa.peers) {
            continue;
        }
        if let Some(v2) = V2::new(sa) {
            found.extend(of_v2(&v2));
        } else if let Some(v1) = V1::new(sa) {
            found.extend(of_v1(&v1));
        }
        found.extend(abandoned(case, sa));
    }
    found.retain(|refusal| match refusal.stage {
        Stage::Silence => is_silence(case, refusal),
        Stage::Initiator => refusal.is_sized() && !is_used(case, refusal.sa),
        Stage::Offer | Stage::KeyLookup => true,
        Stage::Deaf
        | Stage::Responder
        | Stage::NoAnswer
        | Stage::Eap
        | Stage::Xauth
        | Stage::Child
        | Stage::ChildAnswer
        | Stage::Rekey => refusal.is_sized(),
    });
    for refusal in &mut found {
        refusal.signs.arrived = match path::fate(case, refusal.sa, refusal.request) {
            Fate::Lost => Some(false),
            Fate::Arrived => Some(true),
            Fate::Unknown => None,
        };
    }
    found
}

/// One finding of `code` for every refusal that it may explain; `dress` gives
/// it title, fixes and references.
pub(super) fn candidates(
    case: &Inquiry<'_, '_>,
    code: &'static str,
    dress: impl Fn(Finding, &Refusal<'_, '_>) -> Finding,
) -> Vec<Finding> {
    candidates_unless(case, code, |_| false, dress)
}

/// The same without the refusals that `ruled_out` says it does not explain.
pub(super) fn candidates_unless(
    case: &Inquiry<'_, '_>,
    code: &'static str,
    ruled_out: impl Fn(&Refusal<'_, '_>) -> bool,
    dress: impl Fn(Finding, &Refusal<'_, '_>) -> Finding,
) -> Vec<Finding> {
    let left = case.refusals().iter();
    let left = left.filter(|refusal| !ruled_out(refusal));
    let explained = left.filter_map(|refusal| {
        let prior = prior(code, refusal)?;
        let mut finding = Finding::new(code, refusal.sa.peers, Severity::Error, prior.confidence)
            .weight(prior.weight)
            .since(refusal.sa.begin())
            .why(prior.why);
        if let Some(notify) = refusal.notify {
            let message = refusal.answer.unwrap_or(refusal.request);
            let shows = format!("answered with {} ({})", notify.name, notify.number);
            finding = finding.cite(finding::at_place(message, &notify.place, shows));
            finding = finding.cite(refusal.request_cited());
        } else {
            finding = finding.cite(refusal.request_cited());
            let answer = refusal.answer.iter();
            let answer = answer.map(|answer| finding::message(answer, refusal.answered()));
            finding = answer.fold(finding, Finding::cite);
        }
        if let Some(question) = refusal.question() {
            finding = finding.open(question);
        }
        if let Some(counter) = refusal.counter(code) {
            finding = finding.counter(counter);
        }
        Some(dress(finding, refusal))
    });
    explained.collect()
}

impl Refusal<'_, '_> {
    /// Its ends, in words.
    pub(super) fn scene(&self) -> Scene {
        self.sa.scene()
    }

    /// The lengths of what was asked and answered are known: without them an
    /// encrypted message says nothing.
    fn is_sized(&self) -> bool {
        let messages = core::iter::once(self.request).chain(self.answer);
        messages.into_iter().all(|message| !message.ike.untold.len)
    }

    /// The message that was refused; its offer, where it holds one.
    fn request_cited(&self) -> Citation {
        match &self.request.ike.content.proposals_at {
            Some(place) => finding::at_place(self.request, place, self.asked()),
            None => finding::message(self.request, self.asked()),
        }
    }

    /// What speaks against `code` as the explanation.
    fn counter(&self, code: &str) -> Option<Citation> {
        let request = self.request;
        match code {
            "no-common-ike-proposal" if self.signs.mandatory_offer => {
                let place = request.ike.content.proposals_at.as_ref()?;
                let shows = "holds what every implementation must support (RFC 8247)";
                Some(finding::at_place(request, place, shows))
            }
            "psk-mismatch" if self.stage == Stage::Deaf && self.signs.first_on_4500 => {
                let shows = "the first message on port 4500: it may have been lost";
                Some(finding::message(request, shows))
            }
            "auth-method-mismatch" if self.stage == Stage::KeyLookup => Some(finding::message(
                request,
                "the method was agreed on in the messages before",
            )),
            _ => None,
        }
    }

    fn asked(&self) -> String {
        let exchange = self.request.ike.exchange;
        let copies = self.request.copies();
        let len = self.request.ike.len;
        if copies > 1 {
            format!("{exchange} of {len} bytes, sent {copies} times")
        } else {
            format!("{exchange} of {len} bytes")
        }
    }

    const fn answered(&self) -> &'static str {
        match self.stage {
            Stage::Responder | Stage::NoAnswer => {
                "an encrypted answer with room for a notification only"
            }
            Stage::Child if self.signs.v2 => {
                "the answer authenticates the responder, but has no room for a Child SA"
            }
            Stage::Initiator => "the initiator does not use the SA",
            Stage::ChildAnswer => "the end that asked refuses the answer",
            Stage::Deaf => "answered, but the initiator goes on as if it had not been",
            Stage::Rekey => "an encrypted answer too small for a new SA",
            Stage::Eap | Stage::Xauth => "the answer after which the exchange breaks off",
            Stage::Silence | Stage::Offer | Stage::KeyLookup | Stage::Child => "the answer",
        }
    }

    /// What would decide between the explanations; nothing where the
    /// notification can be trusted.
    fn question(&self) -> Option<Question> {
        let authenticated = self.notify.is_some_and(|notify| notify.authenticated);
        if authenticated {
            return None;
        }
        Some(match self.stage {
            Stage::Silence if self.signs.arrived == Some(false) => return None,
            Stage::Silence if self.signs.arrived == Some(true) => Question {
                question: "Why does the peer not answer what reaches it?",
                decided_by: &[
                    "the peer's log: an entry, or none, for this attempt",
                    "the peer's configuration: IKE version, mode, address of this end",
                ],
            },
            Stage::Silence => Question {
                question: "Does the first message reach the peer, and does an answer leave it?",
                decided_by: &[
                    "a capture at the peer's end, taken at the same time",
                    "the peer's log: an entry, or none, for this attempt",
                ],
            },
            Stage::Offer => Question {
                question: "Which of its conditions did the responder find unmet?",
                decided_by: &[
                    "the responder's log of this attempt",
                    "the responder's configuration: IKE version, peer address, proposals",
                ],
            },
            Stage::KeyLookup | Stage::Deaf | Stage::Responder => Question {
                question: "Why did the responder refuse to authenticate the initiator?",
                decided_by: &[
                    "the responder's log of this attempt",
                    "the keys of this IKE SA: they open the notification",
                    "the pre-shared key of one end, with the secret of its key exchange",
                    "identities and secrets in both configurations",
                ],
            },
            Stage::Initiator if self.signs.aggressive && !self.signs.certificates => Question {
                question: "Does the responder hold the same pre-shared key as the initiator?",
                decided_by: &[
                    "the pre-shared key of one end: HASH_R shows whether it fits",
                    "the initiator's log of this attempt",
                ],
            },
            Stage::Initiator | Stage::NoAnswer => Question {
                question: "Why did the initiator turn down the responder?",
                decided_by: &[
                    "the initiator's log of this attempt",
                    "the keys of this IKE SA: they open identities, certificates and the notification",
                ],
            },
            Stage::Eap | Stage::Xauth => Question {
                question: "Was the password wrong, or is the user not allowed?",
                decided_by: &["the log of the server that checks the password"],
            },
            Stage::Child | Stage::ChildAnswer | Stage::Rekey => Question {
                question: "Which part of the Child SA was refused?",
                decided_by: &[
                    "the log of the end that refused",
                    "the keys of this IKE SA: they open proposals, selectors and the notification",
                    "both configurations: ESP proposals, PFS group, protected networks",
                ],
            },
        })
    }
}

/// Nobody sets up a tunnel here: whoever asks, leaves every answer lying.
pub(super) fn is_probe(case: &Case<'_>, peers: usize) -> bool {
    let mut left_lying = 0;
    for sa in case.sas_of(peers) {
        let from_responder = sa.messages.iter().any(|m| {
            let content = &m.ike.content;
            let cookie = content
                .notifies
                .iter()
                .any(|n| n.number == NotifyType::COOKIE.0);
            !m.ike.by_initiator && (!content.proposals.is_empty() || cookie)
        });
        let mut asked = sa.messages.iter().filter(|m| m.ike.by_initiator);
        let (first, second) = (asked.next(), asked.next());
        if second.is_some() || first.is_some_and(|m| m.copies() > 1) {
            return false;
        }
        left_lying += usize::from(from_responder);
    }
    left_lying >= 2
}

/// Silence that means something: asked again, and not just the last thing
/// before the end of the capture or after a tunnel was taken down.
fn is_silence(case: &Case<'_>, refusal: &Refusal<'_, '_>) -> bool {
    let sa = refusal.sa;
    let mut others = case.sas_of(sa.peers).filter(|other| other.spi != sa.spi);
    let answered = others.any(|other| {
        let answers = other.messages.iter().any(|m| {
            let opened_by_same = other.initiator == sa.initiator;
            m.ike.by_initiator != opened_by_same
        });
        answers && other.begin() <= sa.begin()
    });
    !answered && refusal.request.copies() >= 2
}

/// The initiator sent protected packets after this SA was set up.
fn is_used(case: &Case<'_>, sa: &IkeSa<'_>) -> bool {
    let by_first = case.opened_by_first(sa);
    let mut flows = case.flows_of(sa.peers);
    flows.any(|flow| flow.from_first == by_first && flow.end > sa.begin())
}

fn of_v2<'c, 'a>(v2: &V2<'c, 'a>) -> Vec<Refusal<'c, 'a>> {
    let mut found = Vec::new();
    let signs = signs_v2(v2);
    let refusal = |stage, request, answer| Refusal {
        sa: v2.sa,
        stage,
        request,
        answer,
        notify: answer.and_then(readable_error),
        signs,
    };
    let init = v2.init().and_then(|turn| turn.request());
    let auth = v2.auth();
    let asked = auth.first().and_then(|turn| turn.request());
    match v2.outcome() {
        Outcome2::InitUnanswered => {
            found.extend(init.map(|init| refusal(Stage::Silence, init, None)));
        }
        Outcome2::InitRefused(answer) => {
            found.extend(init.map(|init| refusal(Stage::Offer, init, Some(answer))));
        }
        Outcome2::AuthRefused(answer) => {
            let stage = if initiator_protests(v2) {
                Stage::NoAnswer
            } else {
                Stage::Responder
            };
            found.extend(asked.map(|asked| refusal(stage, asked, Some(answer))));
        }
        Outcome2::ChildRefused(answer) => {
            found.extend(asked.map(|asked| refusal(Stage::Child, asked, Some(answer))));
        }
        Outcome2::EapBroken(answer) => {
            let last = auth.last().and_then(|turn| turn.request());
            found.extend(last.map(|last| refusal(Stage::Eap, last, Some(answer))));
        }
        Outcome2::Rejected(answer, rejection) => {
            found.push(refusal(Stage::Initiator, answer, rejection));
        }
        Outcome2::Up(_) => found.extend(rekeys(v2, signs)),
        Outcome2::AuthUnanswered => {
            let stage = if v2.has_eap() {
                Stage::Eap
            } else {
                Stage::Deaf
            };
            let last = auth.last().filter(|turn| turn.copies() >= 2);
            found.extend(last.and_then(|turn| Some(refusal(stage, turn.request()?, None))));
        }
        Outcome2::InitOpen | Outcome2::Unseen => {}
    }
    found
}

/// The initiator never uses the SA, and begins anew as soon as the responder
/// has authenticated itself: it turned the responder down without a word.
fn abandoned<'c, 'a>(case: &'c Case<'a>, sa: &'c IkeSa<'a>) -> Option<Refusal<'c, 'a>> {
    let (last, signs) = match (V2::new(sa), V1::new(sa)) {
        (Some(v2), _) => {
            let Outcome2::Up(answer) = v2.outcome() else {
                return None;
            };
            if answer.ike.untold.first_payload {
                return None;
            }
            (answer, signs_v2(&v2))
        }
        (None, Some(v1)) if v1.quick.is_empty() && v1.transactions.is_empty() => {
            (v1.step(6)?, signs_v1(&v1))
        }
        (None, _) => return None,
    };
    let used = sa
        .messages
        .iter()
        .any(|m| m.ike.by_initiator && m.at > last.at);
    let anew = case.sas_of(sa.peers).find(|other| {
        let begin = other.begin();
        other.initiator == sa.initiator
            && begin > last.last
            && begin.saturating_since(last.last) < RETRY_SOON
    })?;
    (!used).then(|| Refusal {
        sa,
        stage: Stage::Initiator,
        request: last,
        answer: anew.messages.first(),
        notify: None,
        signs,
    })
}

/// The initiator answers the bare notification with one of its own, which it
/// need not do when its authentication failed (RFC 7296 §2.21.2).
fn initiator_protests(v2: &V2<'_, '_>) -> bool {
    let mut later = v2
        .of(ExchangeType::INFORMATIONAL)
        .filter(|turn| turn.by_initiator);
    later.any(|turn| {
        let notify = |m: &&Message<'_>| first_payload(m) == Some(PayloadType::NOTIFY.0);
        turn.requests.iter().any(notify)
    })
}

/// CREATE_CHILD_SA requests that were refused and not mended.
fn rekeys<'c, 'a>(v2: &V2<'c, 'a>, signs: Signs) -> Vec<Refusal<'c, 'a>> {
    let turns: Vec<_> = v2.of(ExchangeType::CREATE_CHILD_SA).collect();
    let is_accepted = |responses: &[&Message<'_>]| {
        if let Some(inside) = inside(responses) {
            return !inside.proposals.is_empty();
        }
        responses.iter().any(|m| {
            let first = first_payload(m);
            first.is_some() && first != Some(PayloadType::NOTIFY.0)
                || inner_len(&[*m]).is_some_and(|len| *len.start() > 64)
        })
    };
    let last_accepted = turns
        .iter()
        .filter(|turn| is_accepted(&turn.responses))
        .map(|t| t.at())
        .max();
    let refused = turns.iter().filter(|turn| {
        turn.is_answered()
            && !is_accepted(&turn.responses)
            && last_accepted.is_none_or(|at| turn.at() > at)
    });
    let found = refused.filter_map(|turn| {
        let request = turn.request()?;
        let key_exchange = match inside(&turn.requests) {
            Some(inside) => inside.key_exchange.is_some(),
            None => inner_len(&turn.requests).is_none_or(|len| *len.end() > 220),
        };
        Some(Refusal {
            sa: v2.sa,
            stage: Stage::Rekey,
            request,
            answer: turn.response(),
            notify: turn.response().and_then(readable_error),
            signs: Signs {
                key_exchange,
                ..signs
            },
        })
    });
    found.take(1).collect()
}

fn readable_error<'a>(message: &Message<'a>) -> Option<&'a Notify> {
    message.ike.notifies().find(|notify| notify.is_error)
}

fn signs_v2(v2: &V2<'_, '_>) -> Signs {
    let init = v2.init().and_then(|turn| turn.request());
    let response = v2.accepted_init();
    let asks = response.is_some_and(|m| !m.ike.content.certificate_requests.is_empty());
    let signature_hashes = NotifyType::SIGNATURE_HASH_ALGORITHMS.0;
    let offers = init.map_or(&[][..], |m| &m.ike.content.proposals);
    Signs {
        v2: true,
        certificates: v2.has_certificates(),
        certificates_wanted: asks && !v2.initiator_sent_certificate(),
        certificates_unwanted: !asks && v2.initiator_sent_certificate(),
        mandatory_offer: offers.iter().any(is_mandatory_v2),
        signatures: init.is_some_and(|m| {
            let mut notifies = m.ike.content.notifies.iter();
            notifies.any(|notify| notify.number == signature_hashes)
        }),
        odd_port: init.is_some_and(has_odd_port),
        nat: !path::nat(v2.sa).is_empty(),
        large: v2
            .auth()
            .iter()
            .any(|turn| turn.requests.iter().any(|m| m.ike.len > LARGE)),
        ..Signs::default()
    }
}

fn of_v1<'c, 'a>(v1: &V1<'c, 'a>) -> Vec<Refusal<'c, 'a>> {
    let signs = signs_v1(v1);
    let refusal = |stage, request, answer| Refusal {
        sa: v1.sa,
        stage,
        request,
        answer,
        notify: answer.and_then(readable_error),
        signs,
    };
    let one = v1.step(1);
    match v1.outcome() {
        Outcome1::Unanswered => one
            .map(|one| refusal(Stage::Silence, one, None))
            .into_iter()
            .collect(),
        Outcome1::Refused(step, answer, notify) => {
            let lookup = notify.number == isakmp::NotifyType::INVALID_KEY_INFORMATION.0;
            let stage = if step == 1 {
                Stage::Offer
            } else if lookup {
                Stage::KeyLookup
            } else {
                Stage::Responder
            };
            let request = v1.step(step.into());
            request
                .map(|request| refusal(stage, request, Some(answer)))
                .into_iter()
                .collect()
        }
        Outcome1::AuthUnanswered(five) => {
            let again = five.copies() >= 2;
            again
                .then(|| refusal(Stage::Deaf, five, None))
                .into_iter()
                .collect()
        }
        Outcome1::AuthRefused(five, answer) => {
            let stage = if five.copies() >= 2 {
                Stage::Deaf
            } else {
                Stage::Responder
            };
            alloc::vec![refusal(stage, five, Some(answer))]
        }
        Outcome1::Rejected(answer, rejection) => {
            alloc::vec![refusal(Stage::Initiator, answer, Some(rejection))]
        }
        Outcome1::Done => phase2(v1, signs),
        Outcome1::Unseen => left(v1)
            .map(|two| refusal(Stage::Initiator, two, None))
            .into_iter()
            .collect(),
    }
}

/// Aggressive mode: the responder repeats its message, and the initiator, who
/// would repeat its own if it had got none, stays silent. A scanner does the
/// same, but does not announce what it supports.
fn left<'c, 'a>(v1: &V1<'c, 'a>) -> Option<&'c Message<'a>> {
    let (one, two) = (v1.step(1)?, v1.step(2)?);
    let announces = !one.ike.content.vendors.is_empty();
    (v1.aggressive && announces && one.copies() == 1 && two.copies() >= 2).then_some(two)
}

fn phase2<'c, 'a>(v1: &V1<'c, 'a>, signs: Signs) -> Vec<Refusal<'c, 'a>> {
    if let Some(refusal) = xauth(v1, signs) {
        return alloc::vec![refusal];
    }
    if v1.phase2_done() {
        return Vec::new();
    }
    let refused = v1.quick.iter().find_map(|quick: &Quick<'c, 'a>| {
        let (stage, request) = match (quick.two, quick.refused) {
            (None, None) if quick.one.copies() < 3 => return None,
            (None, _) => (Stage::Child, quick.one),
            (Some(_), None) => return None,
            (Some(two), Some(_)) => (Stage::ChildAnswer, two),
        };
        let key_exchange = match inside(&[quick.one]) {
            Some(inside) => inside.key_exchange.is_some(),
            None => inner_len(&[quick.one]).is_none_or(|len| *len.end() > 260),
        };
        Some(Refusal {
            sa: v1.sa,
            stage,
            request,
            answer: quick.refused,
            notify: quick.refused.and_then(readable_error),
            signs: Signs {
                key_exchange,
                ..signs
            },
        })
    });
    refused.into_iter().collect()
}

/// The responder asked for name and password and set a status, and then
/// neither mode-config nor quick mode followed.
fn xauth<'c, 'a>(v1: &V1<'c, 'a>, signs: Signs) -> Option<Refusal<'c, 'a>> {
    if let Some(refused) = xauth_status(v1) {
        let refused = refused?;
        return Some(Refusal {
            sa: v1.sa,
            stage: Stage::Xauth,
            request: refused.request,
            answer: Some(refused.request),
            notify: None,
            signs,
        });
    }
    let asked: Vec<_> = v1.transactions.iter().filter(|t| !t.by_initiator).collect();
    let went_on = !v1.quick.is_empty() || v1.transactions.iter().any(|t| t.by_initiator);
    let status = asked.get(1)?;
    let first = asked.first()?;
    let replied = first.reply.is_some();
    (replied && !went_on).then_some(Refusal {
        sa: v1.sa,
        stage: Stage::Xauth,
        request: first.reply.unwrap_or(first.request),
        answer: Some(status.request),
        notify: None,
        signs,
    })
}

/// The transaction whose status refuses the user, if one can be read at all.
fn xauth_status<'v, 'c, 'a>(v1: &'v V1<'c, 'a>) -> Option<Option<&'v Transaction<'c, 'a>>> {
    let status = |transaction: &&Transaction<'_, '_>| {
        let inside = inside(&[transaction.request])?;
        inside.user_auth.iter().find_map(|said| {
            let UserAuth::XauthStatus(accepted) = said else {
                return None;
            };
            Some(*accepted)
        })
    };
    let mut told = v1
        .transactions
        .iter()
        .filter(|t| status(t).is_some())
        .peekable();
    told.peek()?;
    Some(told.find(|transaction| status(transaction) == Some(false)))
}

fn signs_v1(v1: &V1<'_, '_>) -> Signs {
    let offers = v1.step(1).map_or(&[][..], |m| &m.ike.content.proposals);
    let (five, _) = v1.authenticating();
    let four = v1.step(4);
    let repeats = four.is_some_and(|four| {
        let asked_again = v1.step(3).map_or(0, |three| three.copies());
        four.copies() > asked_again
    });
    let port = |m: Option<&Message<'_>>| m.map_or(0, |m| m.ike.route.to.port());
    Signs {
        v2: false,
        aggressive: v1.aggressive,
        certificates: agreed_method(v1).is_some_and(is_signature),
        mandatory_offer: offers.iter().any(is_mandatory_v1),
        responder_repeats: repeats,
        first_on_4500: port(five) == 4500 && port(four) != 4500,
        odd_port: v1.step(1).is_some_and(has_odd_port),
        nat: !path::nat(v1.sa).is_empty(),
        large: five.is_some_and(|m| m.ike.len > LARGE),
        ..Signs::default()
    }
}

/// The authentication method that the responder chose, or else the only one
/// on offer.
pub(super) fn agreed_method(v1: &V1<'_, '_>) -> Option<isakmp::AuthMethod> {
    let chosen = v1.step(2).or(v1.step(1))?;
    let proposal = chosen.ike.content.proposals.first()?;
    let mut transforms = proposal.transforms.iter();
    let method = transforms.find(|t| t.kind == TransformKind::Authentication)?;
    u16::try_from(method.id).ok().map(isakmp::AuthMethod)
}

fn is_signature(method: isakmp::AuthMethod) -> bool {
    use isakmp::AuthMethod as Method;
    !matches!(
        method,
        Method::PRE_SHARED_KEY | Method::XAUTH_INIT_PRE_SHARED | Method::XAUTH_RESP_PRE_SHARED
    )
}

/// In one of the views: the NAT may stand between the captures.
fn has_odd_port(message: &Message<'_>) -> bool {
    let mut ports = message.views.iter().map(|view| view.fact.route.from.port());
    ports.any(|port| !matches!(port, 500 | 4500))
}

/// AES, SHA-2 and a group that RFC 8247 demands of every implementation.
fn is_mandatory_v2(proposal: &Proposal) -> bool {
    let has = |kind, ids: &[u16]| {
        let mut of_kind = proposal.transforms.iter().filter(|t| t.kind == kind);
        of_kind.any(|t| ids.iter().any(|&id| u64::from(id) == t.id))
    };
    let aead = [Encryption::ENCR_AES_GCM_16.0];
    let cipher = has(TransformKind::Encryption, &[Encryption::ENCR_AES_CBC.0])
        && has(
            TransformKind::Integrity,
            &[Integrity::AUTH_HMAC_SHA2_256_128.0],
        );
    (cipher || has(TransformKind::Encryption, &aead))
        && has(TransformKind::Prf, &[Prf::PRF_HMAC_SHA2_256.0])
        && has(
            TransformKind::KeyExchange,
            &[KeyExchange::MODP_2048.0, KeyExchange::ECP_256.0],
        )
}

/// The same for IKEv1.
fn is_mandatory_v1(proposal: &Proposal) -> bool {
    let has = |kind, ids: &[u16]| {
        let mut of_kind = proposal.transforms.iter().filter(|t| t.kind == kind);
        of_kind.any(|t| ids.iter().any(|&id| u64::from(id) == t.id))
    };
    has(TransformKind::Encryption, &[isakmp::Encryption::AES_CBC.0])
        && has(
            TransformKind::Prf,
            &[isakmp::Hash::SHA2_256.0, isakmp::Hash::SHA2_512.0],
        )
        && has(TransformKind::KeyExchange, &[isakmp::Group::MODP_2048.0])
}

/// Messages above this size may need fragments.
const LARGE: usize = 1200;

/// How soon a fresh attempt must follow to be the initiator's answer.
const RETRY_SOON: Duration = Duration::from_millis(500);
