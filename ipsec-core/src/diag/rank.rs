//! From what the rules found to a diagnosis: order, consequences, verdict.
//!
//! # Priors
//!
//! One encrypted refusal has many possible causes, and the wire alone cannot
//! tell them apart. [`prior`] ranks them by what the message sizes, the offered
//! methods and the behaviour of both ends leave open, and then by how often
//! each cause is met in the field: a wrong secret before a wrong identity
//! before a missing entry; an unknown CA before a name that does not fit before
//! an expired certificate; selectors before algorithms before PFS.

use super::finding::Question;
use super::inquiry::Inquiry;
use super::opened;
use super::refusal::{Refusal, Stage};
use super::{Confidence, Diagnosis, Finding, Severity, State, Unknown, Verdict, catalog};
use crate::sorted;
use crate::wire::registry::ike::NotifyType;
use crate::wire::registry::isakmp;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::cmp::Reverse;

/// How probable a code is as the explanation of a refusal, and why.
#[derive(Clone, Copy, Debug)]
pub(super) struct Prior {
    pub(super) weight: u8,
    pub(super) confidence: Confidence,
    pub(super) why: &'static str,
}

pub(super) const fn possible(weight: u8, why: &'static str) -> Prior {
    Prior {
        weight,
        confidence: Confidence::Possible,
        why,
    }
}

pub(super) const fn likely(weight: u8, why: &'static str) -> Prior {
    Prior {
        weight,
        confidence: Confidence::Likely,
        why,
    }
}

pub(super) const fn proven(weight: u8, why: &'static str) -> Prior {
    Prior {
        weight,
        confidence: Confidence::Proven,
        why,
    }
}

/// How probable `code` is as the explanation of `refusal`; `None` when it is
/// none.
pub(super) fn prior(code: &str, refusal: &Refusal<'_, '_>) -> Option<Prior> {
    if let Some(decided) = decided_by_notify(code, refusal) {
        return decided;
    }
    if let Some(decided) = opened::decided(code, refusal) {
        return decided;
    }
    match refusal.stage {
        Stage::Silence => silence(code, refusal),
        Stage::Offer => offer(code, refusal),
        Stage::KeyLookup => key_lookup(code, refusal),
        Stage::Deaf => deaf(code, refusal),
        Stage::Responder => by_responder(code, refusal),
        Stage::Initiator => by_initiator(code, refusal),
        Stage::NoAnswer => no_answer(code),
        Stage::Eap if refusal.answer.is_none() => {
            (code == "eap-failure").then(|| possible(55, EAP_SILENT))
        }
        Stage::Eap => (code == "eap-failure").then(|| likely(60, EAP)),
        Stage::Xauth => (code == "xauth-failure").then(|| likely(60, XAUTH)),
        Stage::Child => child(code, refusal),
        Stage::ChildAnswer => child_answer(code),
        Stage::Rekey => rekey(code, refusal),
    }
}

/// A notification that came under the protection of the IKE SA and has one
/// meaning only: `Some(None)` rules the code out.
fn decided_by_notify(code: &str, refusal: &Refusal<'_, '_>) -> Option<Option<Prior>> {
    let notify = refusal.notify.filter(|notify| notify.authenticated)?;
    let means = match (refusal.signs.v2, notify.number) {
        (true, n) if n == NotifyType::TS_UNACCEPTABLE.0 => "traffic-selector-mismatch",
        (true, n) if n == NotifyType::INVALID_KE_PAYLOAD.0 => "pfs-group-mismatch",
        (false, n) if n == isakmp::NotifyType::INVALID_ID_INFORMATION.0 => {
            if refusal.stage == Stage::Child {
                "traffic-selector-mismatch"
            } else {
                "peer-id-mismatch"
            }
        }
        _ => return None,
    };
    Some(
        (code == means).then(|| proven(90, "The peer said so under the protection of the IKE SA.")),
    )
}

fn silence(code: &str, refusal: &Refusal<'_, '_>) -> Option<Prior> {
    let signs = refusal.signs;
    if signs.arrived == Some(false) {
        return match code {
            "peer-unreachable" => Some(proven(80, LOST)),
            "udp-500-blocked" => Some(possible(50, LOST_PORT)),
            _ => None,
        };
    }
    let arrived = signs.arrived == Some(true);
    Some(match code {
        "peer-unreachable" | "return-path-blocked" | "udp-500-blocked" if arrived => return None,
        "peer-unreachable" => possible(60, SILENT),
        "ike-source-port" if signs.odd_port && arrived => likely(70, ODD_PORT),
        "ike-source-port" if signs.odd_port => possible(62, ODD_PORT),
        "exchange-mode-mismatch" if signs.aggressive => possible(50, SILENT_MODE),
        "return-path-blocked" => possible(45, SILENT),
        "ike-version-mismatch" if !signs.aggressive => possible(40, SILENT_VERSION),
        "udp-500-blocked" => possible(38, SILENT),
        _ => return None,
    })
}

fn offer(code: &str, refusal: &Refusal<'_, '_>) -> Option<Prior> {
    let (signs, notify) = (refusal.signs, refusal.notify?);
    let no_proposal = notify.number == NotifyType::NO_PROPOSAL_CHOSEN.0;
    let version = notify.number == NotifyType::INVALID_MAJOR_VERSION.0;
    let auth = notify.number == NotifyType::AUTHENTICATION_FAILED.0;
    let exchange = [
        isakmp::NotifyType::INVALID_EXCHANGE_TYPE.0,
        isakmp::NotifyType::UNSUPPORTED_EXCHANGE_TYPE.0,
    ];
    Some(match code {
        "no-common-ike-proposal" if no_proposal && signs.mandatory_offer => {
            possible(55, OFFER_FULL)
        }
        "no-common-ike-proposal" if no_proposal => proven(70, OFFER_NARROW),
        "ike-version-mismatch" if version => likely(80, VERSION),
        "ike-version-mismatch" if no_proposal && signs.mandatory_offer => {
            possible(60, OFFER_VERSION)
        }
        "ike-version-mismatch" if no_proposal => possible(30, OFFER_VERSION),
        "cert-expired" if no_proposal && signs.mandatory_offer && signs.signatures => {
            possible(30, OFFER_CERTIFICATE)
        }
        "auth-method-mismatch" if no_proposal && !signs.v2 => possible(40, OFFER_METHOD),
        "peer-id-mismatch" if no_proposal => possible(20, OFFER_NOBODY),
        "exchange-mode-mismatch" if !signs.v2 && exchange.contains(&notify.number) => {
            likely(70, MODE_SAID)
        }
        "exchange-mode-mismatch" if !signs.v2 && auth => likely(65, MODE_AUTH),
        "peer-id-mismatch" if !signs.v2 && auth => possible(45, MODE_AUTH_ID),
        "psk-missing" if !signs.v2 && auth => possible(35, MODE_AUTH_ID),
        _ => return None,
    })
}

fn key_lookup(code: &str, refusal: &Refusal<'_, '_>) -> Option<Prior> {
    Some(match code {
        "psk-lookup-by-nat-address" if refusal.signs.nat => likely(62, KEY_NAT),
        "psk-missing" => likely(60, KEY_LOOKUP),
        "auth-method-mismatch" => possible(50, KEY_METHOD),
        _ => return None,
    })
}

fn deaf(code: &str, refusal: &Refusal<'_, '_>) -> Option<Prior> {
    let signs = refusal.signs;
    let silent = refusal.answer.is_none();
    if signs.v2 {
        return deaf_v2(code, refusal);
    }
    if signs.certificates {
        return Some(match code {
            "ip-fragments-dropped" if silent => possible(40, LARGE_FIVE),
            "udp-4500-blocked" if silent && signs.first_on_4500 => likely(60, FIRST_4500),
            "cert-unknown-ca" => possible(55, DEAF_CERTIFICATE),
            "cert-id-mismatch" => possible(50, DEAF_CERTIFICATE),
            "peer-id-mismatch" => possible(45, DEAF_CERTIFICATE),
            "cert-expired" => possible(42, DEAF_CERTIFICATE),
            _ => return None,
        });
    }
    Some(match code {
        "psk-mismatch" if !silent && !signs.responder_repeats => likely(70, DEAF_INFO),
        "psk-mismatch" if !silent => possible(60, DEAF_INFO),
        "psk-mismatch" if signs.first_on_4500 && !signs.responder_repeats => {
            possible(40, DEAF_SILENT)
        }
        "psk-mismatch" if signs.first_on_4500 => possible(60, DEAF_SILENT),
        "psk-mismatch" => likely(60, DEAF_SILENT),
        "udp-4500-blocked" if silent && signs.first_on_4500 && !signs.responder_repeats => {
            likely(60, FIRST_4500)
        }
        "udp-4500-blocked" if silent && signs.first_on_4500 => possible(50, FIRST_4500),
        "peer-id-mismatch" => possible(45, DEAF_ID),
        "auth-method-mismatch" => possible(30, DEAF_ID),
        _ => return None,
    })
}

/// A responder should answer what it refuses (RFC 7296 §2.21.2), but some drop
/// it without a word.
fn deaf_v2(code: &str, refusal: &Refusal<'_, '_>) -> Option<Prior> {
    let signs = refusal.signs;
    let elsewhere =
        refusal.request.ike.route.to.port() == 4500 || refusal.request.ike.ip_fragments > 1;
    if elsewhere {
        return None;
    }
    Some(match code {
        "ip-fragments-dropped" if signs.large => possible(60, LARGE_AUTH),
        "cert-unknown-ca" if signs.certificates => possible(52, DEAF_AUTH),
        "cert-id-mismatch" if signs.certificates => possible(46, DEAF_AUTH),
        "psk-mismatch" if !signs.certificates => possible(55, DEAF_AUTH),
        "peer-id-mismatch" => possible(48, DEAF_AUTH),
        "return-path-blocked" => possible(44, DEAF_AUTH),
        "auth-method-mismatch" => possible(40, DEAF_AUTH),
        _ => return None,
    })
}

fn by_responder(code: &str, refusal: &Refusal<'_, '_>) -> Option<Prior> {
    let signs = refusal.signs;
    if signs.certificates {
        return Some(match code {
            "auth-method-mismatch" if signs.certificates_unwanted => possible(62, METHOD_UNWANTED),
            "cert-unknown-ca" => possible(60, CERTIFICATE),
            "cert-id-mismatch" => possible(50, CERTIFICATE),
            "peer-id-mismatch" => possible(48, CERTIFICATE),
            "cert-expired" => possible(46, CERTIFICATE),
            "cert-revoked" => possible(35, CERTIFICATE),
            "auth-method-mismatch" => possible(34, CERTIFICATE),
            "cert-not-yet-valid" => possible(25, CERTIFICATE),
            "cert-ca-unreachable" => possible(20, CERTIFICATE),
            _ => return None,
        });
    }
    if !signs.v2 {
        return Some(match code {
            "peer-id-mismatch" => possible(58, KEYS_FIT),
            "auth-method-mismatch" => possible(50, KEYS_FIT),
            "exchange-mode-mismatch" => possible(45, KEYS_FIT),
            "psk-lookup-by-nat-address" if signs.nat => possible(42, KEYS_NAT),
            "psk-mismatch" => possible(40, ONE_NOTIFY),
            "psk-missing" => possible(20, ONE_NOTIFY),
            _ => return None,
        });
    }
    Some(match code {
        "auth-method-mismatch" if signs.certificates_wanted => possible(62, METHOD_WANTED),
        "psk-mismatch" => possible(60, ONE_NOTIFY),
        "peer-id-mismatch" => possible(52, ONE_NOTIFY),
        "psk-missing" => possible(45, ONE_NOTIFY),
        "auth-method-mismatch" => possible(40, ONE_NOTIFY),
        "cert-not-sent" if signs.certificates_wanted => possible(30, METHOD_WANTED),
        _ => return None,
    })
}

fn by_initiator(code: &str, refusal: &Refusal<'_, '_>) -> Option<Prior> {
    let signs = refusal.signs;
    if signs.certificates {
        return Some(match code {
            "cert-unknown-ca" => possible(60, TURNED_DOWN),
            "cert-id-mismatch" => possible(55, TURNED_DOWN),
            "cert-expired" => possible(50, TURNED_DOWN),
            "cert-revoked" => possible(35, TURNED_DOWN),
            "peer-id-mismatch" => possible(33, TURNED_DOWN),
            "cert-not-yet-valid" => possible(30, TURNED_DOWN),
            "cert-ca-unreachable" => possible(20, TURNED_DOWN),
            _ => return None,
        });
    }
    if signs.aggressive {
        return Some(match code {
            "psk-mismatch" if refusal.answer.is_none() => possible(60, HASH_R),
            "psk-mismatch" => likely(65, HASH_R),
            "peer-id-mismatch" => possible(45, TURNED_DOWN),
            _ => return None,
        });
    }
    Some(match code {
        "peer-id-mismatch" => possible(58, TURNED_DOWN),
        "psk-mismatch" if signs.v2 => possible(48, TURNED_DOWN),
        "auth-method-mismatch" => possible(45, TURNED_DOWN),
        "cert-not-sent" if signs.v2 => possible(25, TURNED_DOWN),
        _ => return None,
    })
}

fn no_answer(code: &str) -> Option<Prior> {
    Some(match code {
        "local-sa-install-failed" => possible(55, NO_AUTH),
        "no-common-esp-proposal" => possible(50, NO_AUTH),
        "traffic-selector-mismatch" => possible(45, NO_AUTH),
        "peer-id-mismatch" => possible(30, NO_AUTH),
        _ => return None,
    })
}

fn child(code: &str, refusal: &Refusal<'_, '_>) -> Option<Prior> {
    let signs = refusal.signs;
    Some(match code {
        "traffic-selector-mismatch" => possible(55, CHILD_REFUSED),
        "no-common-esp-proposal" => possible(50, CHILD_REFUSED),
        "pfs-mismatch" if !signs.v2 && !signs.key_exchange => possible(45, QUICK_NO_KE),
        "pfs-group-mismatch" if !signs.v2 && signs.key_exchange => possible(45, QUICK_KE),
        "local-sa-install-failed" => possible(20, CHILD_REFUSED),
        _ => return None,
    })
}

fn child_answer(code: &str) -> Option<Prior> {
    Some(match code {
        "local-sa-install-failed" => possible(55, ANSWER_REFUSED),
        "traffic-selector-mismatch" => possible(45, ANSWER_REFUSED),
        "no-common-esp-proposal" => possible(40, ANSWER_REFUSED),
        _ => return None,
    })
}

fn rekey(code: &str, refusal: &Refusal<'_, '_>) -> Option<Prior> {
    let with_ke = refusal.signs.key_exchange;
    Some(match code {
        "pfs-group-mismatch" if with_ke => likely(60, REKEY_KE),
        "pfs-mismatch" if !with_ke => likely(60, REKEY_NO_KE),
        "no-common-esp-proposal" => possible(45, REKEY_OTHER),
        "traffic-selector-mismatch" => possible(35, REKEY_OTHER),
        _ => return None,
    })
}

/// Orders `found`, hangs consequences under causes and draws the verdict.
pub(super) fn rank(case: &Inquiry<'_, '_>, found: Vec<Finding>) -> Diagnosis {
    let mut findings = found;
    for finding in &mut findings {
        let mended = finding
            .since
            .is_some_and(|at| case.came_up_after(finding.subject, at));
        if mended && finding.severity == Severity::Error {
            finding.severity = Severity::Warning;
            finding.why.push_str(" A later attempt came up.");
        }
    }
    let mut findings = merged(findings);
    findings.iter_mut().for_each(hedge);
    sorted::by_key(&mut findings, |finding| finding.subject);
    let mut ordered: Vec<(bool, Finding)> = Vec::new();
    for group in findings.chunk_by_mut(|one, other| one.subject == other.subject) {
        hang(group);
        ordered.extend(group.iter().map(|one| {
            let is_consequence = group.iter().any(|other| other.root_of.contains(&one.code));
            (is_consequence, one.clone())
        }));
    }
    sorted::by_key(&mut ordered, |(is_consequence, finding)| {
        (
            *is_consequence,
            Reverse((finding.severity, finding.confidence, finding.weight)),
            finding.subject,
            finding.code,
        )
    });
    let cause = ordered
        .iter()
        .find(|(is_consequence, finding)| !is_consequence && finding.severity > Severity::Info)
        .map(|(_, finding)| finding.code);
    let findings: Vec<Finding> = ordered.into_iter().map(|(_, finding)| finding).collect();
    Diagnosis {
        verdict: Verdict {
            state: state(case, &findings),
            cause,
        },
        unknowns: unknowns(case, &findings),
        findings,
        clocks: Vec::new(),
    }
}

/// What is only possible is not said as if it were so.
fn hedge(finding: &mut Finding) {
    if finding.confidence > Confidence::Possible {
        return;
    }
    let mut rest = finding.title.chars();
    let is_word = finding
        .title
        .chars()
        .nth(1)
        .is_none_or(|c| c.is_lowercase() || c == ' ');
    let first = rest.next().map_or_else(String::new, |first| {
        if is_word {
            first.to_ascii_lowercase().to_string()
        } else {
            first.to_string()
        }
    });
    finding.title = format!("Perhaps {first}{}", rest.as_str());
}

/// One finding for each code and pair of peers: the surest, which says how
/// often it was found.
fn merged(mut found: Vec<Finding>) -> Vec<Finding> {
    sorted::by_key(&mut found, |finding| {
        let first = finding.evidence.first().and_then(|citation| citation.at);
        let sureness = Reverse((finding.severity, finding.confidence, finding.weight));
        (finding.code, finding.subject, sureness, first)
    });
    let mut merged: Vec<Finding> = Vec::new();
    for finding in found {
        match merged.last_mut() {
            Some(last) if (last.code, last.subject) == (finding.code, finding.subject) => {
                last.times = last.times.saturating_add(1);
            }
            _ => merged.push(finding),
        }
    }
    for finding in &mut merged {
        let more = finding.times.saturating_sub(1);
        if more > 0 {
            let times = if more == 1 {
                "once".to_string()
            } else {
                format!("{more} times")
            };
            finding
                .why
                .push_str(&format!(" The same was found {times} more."));
        }
    }
    merged
}

/// Names in each cause the findings, all of the same peers, that follow from
/// it. A cause is at least as sure as what follows from it, but for symptoms.
fn hang(findings: &mut [Finding]) {
    let all: Vec<Finding> = findings.to_vec();
    for finding in findings.iter_mut() {
        let brings = catalog::rule(finding.code).map_or(&[][..], |rule| rule.brings);
        let follows = |other: &&Finding| {
            let surer = sureness(finding) >= sureness(other);
            let symptom = SYMPTOMS.contains(&other.code) && finding.severity == Severity::Error;
            let brought = brings.contains(&other.code) && surer;
            other.code != finding.code && other.severity <= finding.severity && (symptom || brought)
        };
        finding.root_of = all.iter().filter(follows).map(|other| other.code).collect();
    }
}

const fn sureness(finding: &Finding) -> (Confidence, u8) {
    (finding.confidence, finding.weight)
}

/// Worst first: a tunnel that failed outweighs one that stands.
fn state(case: &Inquiry<'_, '_>, findings: &[Finding]) -> State {
    let error = |finding: &&Finding| finding.severity == Severity::Error;
    if let Some(error) = findings.iter().find(error) {
        return if case.data_both_ways(error.subject) {
            State::Degraded
        } else {
            State::Failed
        };
    }
    let up = (0..case.peers.len()).any(|peers| case.came_up(peers));
    let works_badly = |finding: &Finding| {
        finding.severity == Severity::Warning && !ADVICE.contains(&finding.code)
    };
    match up {
        true if findings.iter().any(works_badly) => State::Degraded,
        true => State::Established,
        false => State::Inconclusive,
    }
}

fn unknowns(case: &Inquiry<'_, '_>, findings: &[Finding]) -> Vec<Unknown> {
    let mut unknowns: Vec<Unknown> = Vec::new();
    let up = (0..case.peers.len()).any(|peers| case.came_up(peers));
    let general = match (up, case.flows.is_empty(), findings.is_empty()) {
        (true, true, _) => Some(NO_TRAFFIC),
        (false, _, true) => Some(NOTHING),
        _ => None,
    };
    unknowns.extend(general.map(unknown));
    let undecided = findings
        .iter()
        .filter(|f| f.confidence < Confidence::Proven);
    for question in undecided.filter_map(|finding| finding.open) {
        if unknowns
            .iter()
            .all(|known| known.question != question.question)
        {
            unknowns.push(unknown(question));
        }
    }
    unknowns
}

fn unknown(question: Question) -> Unknown {
    Unknown {
        question: question.question.into(),
        decided_by: question.decided_by.iter().map(|&by| by.into()).collect(),
    }
}

/// A tunnel without traffic.
const NO_TRAFFIC: Question = Question {
    question: "Does the tunnel carry traffic? No protected packet went by.",
    decided_by: &[
        "a capture taken while hosts behind both ends talk to each other",
        "the packet counters of the SAs at both ends",
    ],
};

/// Neither a tunnel nor a fault.
const NOTHING: Question = Question {
    question: "What happened before or after? The set-up of a tunnel is not complete in here.",
    decided_by: &["a capture from the first message of the set-up to its end"],
};

/// What follows whenever the tunnel between the same peers does not stand.
const SYMPTOMS: &[&str] = &["exchange-failed", "plaintext-leak"];

/// Warnings about a tunnel that works as meant.
const ADVICE: &[&str] = &[
    "ah-contents-readable",
    "clock-unset",
    "crypto-map-per-site",
    "dynamic-address-main-mode-psk",
    "ike-fragmentation-one-sided",
    "ike-release-fault",
    "nat-traversal-one-sided",
    "pmtu-risk",
    "policy-defaults-weak",
    "policy-order",
    "port-protocol-confusion",
    "psk-exposed-by-aggressive",
    "psk-weak",
    "route-via-vpn",
    "suite-weak",
    "windows-l2tp-certificate",
];

const SILENT: &str = "Nothing came back, so the capture cannot tell whether the request never \
    arrived or the answer never returned.";
const LOST: &str = "A capture nearer to the peer was running and shows nothing of the request: it was \
    lost on the way.";
const LOST_PORT: &str = "The request was lost between the captures; whether only this port is blocked \
    there, other traffic would tell.";
const SILENT_MODE: &str = "Nothing came back. Many gateways drop aggressive mode without a word \
    when they are configured for main mode.";
const SILENT_VERSION: &str = "Nothing came back. Some daemons drop the other version of IKE \
    without a word.";
const ODD_PORT: &str = "Nothing came back, and the request does not come from port 500 or 4500: \
    some peers answer those ports only.";
const OFFER_NARROW: &str = "NO_PROPOSAL_CHOSEN to the first message means that no proposal was \
    acceptable, and the offer lacks what every implementation must support (RFC 8247). The \
    notification is not authenticated, and some daemons also send it to a peer they do not know.";
const OFFER_FULL: &str = "NO_PROPOSAL_CHOSEN says that no proposal was acceptable. But the offer \
    holds what every implementation must support (RFC 8247), and daemons send the same \
    notification when they have no connection for this peer or this version of IKE.";
const OFFER_VERSION: &str = "Daemons that have a connection for this peer in the other version of \
    IKE only answer with NO_PROPOSAL_CHOSEN. The more the offer has in common with every \
    implementation, the more this is so.";
const OFFER_CERTIFICATE: &str = "A daemon that could not load its connection, for instance because \
    its own certificate has expired, answers as if it had none.";
const OFFER_METHOD: &str = "In IKEv1 the authentication method is part of the proposal, and one \
    that the responder does not use makes it refuse the whole.";
const OFFER_NOBODY: &str = "A responder without a connection for this peer's address gives the \
    same answer.";
const VERSION: &str = "The peer says that it does not speak this version; the notification is not \
    authenticated.";
const MODE_SAID: &str =
    "The peer refuses this exchange type; the notification is not authenticated.";
const MODE_AUTH: &str = "AUTHENTICATION-FAILED to a first message, before anything could be \
    authenticated, is how strongSwan refuses the mode that it is not configured for.";
const MODE_AUTH_ID: &str = "Aggressive mode shows the identity in the first message, so a responder \
    that knows no such peer can refuse it right there.";
const KEY_LOOKUP: &str = "INVALID-KEY-INFORMATION to the third message comes when the responder \
    looks up the pre-shared key for this address and finds none. The notification is not \
    authenticated.";
const KEY_NAT: &str = "INVALID-KEY-INFORMATION to the third message comes when no pre-shared key \
    is found for the address, and the address that the responder sees is that of a NAT.";
const KEY_METHOD: &str = "A responder that has no pre-shared key for this address may be meant to \
    use another method.";
const DEAF_INFO: &str = "Each copy of the authenticating message is answered at once with an \
    encrypted notification, and the initiator repeats itself as if it could not read it: the keys \
    differ, and in main mode with pre-shared keys they hang on that secret (RFC 2409 §5).";
const DEAF_SILENT: &str = "The first encrypted message brings no answer, though everything before \
    it was answered: a responder that cannot decrypt it stays silent, and the keys hang on the \
    pre-shared key (RFC 2409 §5).";
const DEAF_ID: &str = "Some daemons repeat the authenticating message although they were told that \
    the identity was refused.";
const DEAF_CERTIFICATE: &str = "The authenticating message carries a certificate and brings no \
    answer that ends the exchange.";
const DEAF_AUTH: &str = "IKE_SA_INIT was answered, IKE_AUTH was not, on the same port. Some daemons \
    drop what they cannot authenticate without a word; else the answer was lost.";
const LARGE_AUTH: &str = "The first message larger than some paths carry is the first that is not \
    answered.";
const LARGE_FIVE: &str = "The message with the certificate is the first large one, and the first \
    that is not answered.";
const FIRST_4500: &str = "Everything on UDP 500 was answered; the first message on UDP 4500 was not, \
    and neither was any copy of it.";
const KEYS_FIT: &str = "The refusal comes encrypted and the initiator heeds it, so both ends have \
    the same keys; what is left are identity, method and mode. It cannot be read without keys.";
const KEYS_NAT: &str = "A NAT stands between the ends, and in main mode the pre-shared key is looked up \
    by the address that the responder sees.";
const ONE_NOTIFY: &str = "The answer has room for a notification only, and AUTHENTICATION_FAILED is \
    the one that RFC 7296 §2.21.2 wants for every failed authentication.";
const METHOD_WANTED: &str = "The responder asks for certificates (CERTREQ), and the initiator's \
    IKE_AUTH is too small for one; some daemons ask whenever they know a CA.";
const METHOD_UNWANTED: &str = "The initiator sends a certificate, and the responder did not ask for \
    one: it may want a pre-shared key.";
const CERTIFICATE: &str = "The refused message is large enough for a certificate. Which check of it \
    failed is encrypted.";
const TURNED_DOWN: &str = "The responder authenticated itself, and the initiator's next word was a \
    refusal. Which check failed is encrypted.";
const HASH_R: &str = "In aggressive mode the responder proves its key first, in message 2, and the \
    initiator refused right after it: HASH_R did not fit.";
const NO_AUTH: &str = "The answer has no room for IDr and AUTH, which RFC 7296 §1.2 demands even when \
    only the Child SA is refused; and the initiator protests. The responder gave up after \
    authentication, for a reason of its own.";
const CHILD_REFUSED: &str = "Authentication went well, and the answer to the request for the first \
    protected connection has room for a notification only. Which one is encrypted.";
const QUICK_NO_KE: &str = "Quick mode was refused, and the request is too small for a key exchange: \
    a responder that demands PFS refuses it.";
const QUICK_KE: &str = "Quick mode was refused, and the request is large enough for a key exchange: \
    the responder may want another group, or none.";
const ANSWER_REFUSED: &str = "Both ends agreed, and the end that asked then refused the answer: it \
    could not put the SA to work, or the answer is not what it asked for.";
const REKEY_KE: &str = "The same request was accepted in IKE_AUTH, which has no key exchange of its \
    own; CREATE_CHILD_SA adds one, and was refused (RFC 7296 §1.3). The notification is encrypted.";
const REKEY_NO_KE: &str = "The same request was accepted in IKE_AUTH, where PFS cannot be demanded; \
    this one is too small for a key exchange, and was refused. The notification is encrypted.";
const REKEY_OTHER: &str = "A later CREATE_CHILD_SA may ask for more than the first Child SA did.";
const EAP: &str = "EAP went on for several rounds and then ended in a refusal; what was refused is \
    encrypted.";
const EAP_SILENT: &str = "EAP began, and then a round was not answered: the server behind the responder \
    may not have answered it either.";
const XAUTH: &str = "The server asked for name and password, set the status, and nothing followed; \
    the status is encrypted.";

#[cfg(test)]
mod tests {
    use crate::diag::ladder::{codes, ladder};
    use crate::diag::{Confidence, State, diagnose};
    use alloc::vec::Vec;
    use proptest::prelude::*;

    const UP: &str = "0.0 a>b INIT q0
        0.1 b>a INIT r0
        0.2 a>b AUTH q1 in=35:230
        0.3 b>a AUTH r1 in=36:176";

    #[test]
    fn a_tunnel_without_traffic_is_established_and_says_what_it_did_not_see() {
        let diagnosis = diagnose(&ladder(UP));
        assert_eq!(diagnosis.verdict.state, State::Established);
        assert_eq!(diagnosis.verdict.cause, None);
        assert!(diagnosis.unknowns[0].question.contains("carry traffic"));
    }

    #[test]
    fn nothing_is_inconclusive() {
        let diagnosis = diagnose(&[]);
        assert_eq!(diagnosis.verdict.state, State::Inconclusive);
        assert_eq!(diagnosis.unknowns.len(), 1);
    }

    #[test]
    fn consequences_stand_behind_their_cause_and_candidates_beside_each_other() {
        let text = std::format!(
            "{UP}
            1.0 a>b ESP spi=7 x3
            1.0 b>a ESP spi=8 x3
            9.0 a>b CHILD q2 in=41:440
            9.1 b>a CHILD r2 in=41:10
            20.0 h>k CLEAR icmp"
        );
        let diagnosis = diagnose(&ladder(&text));
        let cause = &diagnosis.findings[0];
        assert_eq!(cause.code, "pfs-group-mismatch");
        assert_eq!(cause.root_of, ["plaintext-leak"]);
        assert_eq!(diagnosis.findings.last().unwrap().code, "plaintext-leak");
        assert_eq!(diagnosis.verdict.state, State::Degraded);
    }

    #[test]
    fn the_same_refusal_of_several_attempts_is_one_finding() {
        let text = "0.0 a>b INIT q0 sa=3des-md5-prfmd5-modp1024
            0.1 b>a INIT r0 n=14
            5.0 a>b INIT q0 spi=3 sa=3des-md5-prfmd5-modp1024
            5.1 b>a INIT r0 spi=3 n=14";
        let diagnosis = diagnose(&ladder(text));
        let of_code: Vec<_> = diagnosis
            .findings
            .iter()
            .filter(|f| f.code == "no-common-ike-proposal")
            .collect();
        assert_eq!(of_code.len(), 1);
        assert!(of_code[0].why.contains("once more"));
    }

    #[test]
    fn an_attempt_that_failed_before_the_tunnel_came_up_is_no_error() {
        let text = "0.0 a>b INIT q0 sa=3des-md5-prfmd5-modp1024
            0.1 b>a INIT r0 n=14
            5.0 a>b INIT q0 spi=3
            5.1 b>a INIT r0 spi=3
            5.2 a>b AUTH q1 spi=3 in=35:230
            5.3 b>a AUTH r1 spi=3 in=36:176";
        let diagnosis = diagnose(&ladder(text));
        assert!(
            diagnosis
                .findings
                .iter()
                .all(|f| f.severity < crate::diag::Severity::Error)
        );
        assert_eq!(diagnosis.verdict.state, State::Degraded);
    }

    #[test]
    fn what_is_not_authenticated_is_never_proven_but_for_the_offer() {
        let text = "0.0 a>b MAIN sa=aes256-sha256-psk-modp2048
            0.1 b>a MAIN sa=aes256-sha256-psk-modp2048
            0.2 a>b MAIN ke
            0.3 b>a INFO1 m5 n=17";
        let diagnosis = diagnose(&ladder(text));
        assert!(
            diagnosis
                .findings
                .iter()
                .all(|f| f.confidence < Confidence::Proven)
        );
    }

    /// Steps of every kind, in any order.
    fn step() -> impl Strategy<Value = String> {
        let ends = prop_oneof![
            Just("a>b"),
            Just("b>a"),
            Just("n>b"),
            Just("b>n"),
            Just("a>b@4500")
        ];
        let what = prop_oneof![
            Just("INIT q0"),
            Just("INIT r0"),
            Just("INIT r0 n=14"),
            Just("INIT r0 n=17:0013"),
            Just("INIT q0 spi=2 nat=src:bad x3 every=1"),
            Just("AUTH q1 in=35:230 x4 every=2"),
            Just("AUTH q1 in=35:900 part=1/2"),
            Just("AUTH r1 in=36:176"),
            Just("AUTH r1 in=41:8"),
            Just("AUTH r2 in=48:60"),
            Just("CHILD q2 in=41:400 x3 every=4"),
            Just("CHILD r2 in=41:8"),
            Just("INFO q3 in=42:8"),
            Just("INFO r3 in=0:0 x3 every=1"),
            Just("MAIN sa=3des-md5-psk-modp1024 spi=3"),
            Just("MAIN ke spi=3 x3 every=1"),
            Just("MAIN *108 spi=3 x3 every=1"),
            Just("AGGR sa=aes256-sha256-psk-modp2048 ke hash spi=5"),
            Just("QUICK m7 *188 spi=3"),
            Just("TRANS m8 *92 spi=3"),
            Just("INFO1 m9 *92 spi=3"),
            Just("INFO1 m10 n=24 spi=5"),
            Just("ESP spi=7 x9 until=70"),
            Just("ESP spi=8 x3 dup=2 missing=9"),
            Just("AH spi=9 x3"),
            Just("ICMP 3/3 about=a>b"),
            Just("ICMP 3/4 mtu=1400 about=a>b esp x4"),
            Just("CLEAR icmp reply"),
            Just("CLEAR tcp syn x3"),
            Just("LOST ike x3"),
            Just("KEEPALIVE"),
        ];
        (0_u32..90, ends, what).prop_map(|(at, ends, what)| std::format!("{at}.5 {ends} {what}"))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn no_order_of_events_panics_and_no_order_of_evidence_matters(
            steps in prop::collection::vec(step(), 0..14),
            more in prop::collection::vec(step(), 0..8),
            turn in 0_usize..40,
        ) {
            let text = std::format!("input 0\n{}\ninput 1\n{}", steps.join("\n"), more.join("\n"));
            let mut evidence = ladder(&text);
            let before = std::format!("{:?}", diagnose(&evidence));
            let middle = turn.min(evidence.len());
            evidence.rotate_left(middle);
            evidence.reverse();
            prop_assert_eq!(before, std::format!("{:?}", diagnose(&evidence)));
        }
    }

    #[test]
    fn silence_has_candidates_in_a_fixed_order() {
        assert_eq!(
            codes("0.0 a>b AGGR sa=aes256-sha256-psk-modp2048 ke x4 every=1"),
            [
                "peer-unreachable",
                "exchange-mode-mismatch",
                "return-path-blocked",
                "udp-500-blocked"
            ]
        );
    }
}
