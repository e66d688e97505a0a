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

use super::course::{Outcome1, Outcome2, V1, V2};
use super::refusal::{Refusal, Stage};
use super::{Case, Confidence, Diagnosis, Finding, Severity, State, Unknown, Verdict, catalog};
use crate::wire::registry::ike::NotifyType;
use crate::wire::registry::isakmp;
use alloc::format;
use alloc::string::ToString as _;
use alloc::vec::Vec;
use core::cmp::Reverse;

/// How probable a code is as the explanation of a refusal, and why.
#[derive(Clone, Copy, Debug)]
pub(super) struct Prior {
    pub(super) weight: u8,
    pub(super) confidence: Confidence,
    pub(super) why: &'static str,
}

const fn possible(weight: u8, why: &'static str) -> Prior {
    Prior {
        weight,
        confidence: Confidence::Possible,
        why,
    }
}

const fn likely(weight: u8, why: &'static str) -> Prior {
    Prior {
        weight,
        confidence: Confidence::Likely,
        why,
    }
}

const fn proven(weight: u8, why: &'static str) -> Prior {
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
    match refusal.stage {
        Stage::Silence => silence(code, refusal),
        Stage::Offer => offer(code, refusal),
        Stage::KeyLookup => key_lookup(code),
        Stage::Deaf => deaf(code, refusal),
        Stage::Responder => by_responder(code, refusal),
        Stage::Initiator => by_initiator(code, refusal),
        Stage::NoAnswer => no_answer(code),
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
        (false, n) if n == isakmp::NotifyType::INVALID_ID_INFORMATION.0 => match refusal.stage {
            Stage::Child => "traffic-selector-mismatch",
            _ => "peer-id-mismatch",
        },
        _ => return None,
    };
    Some(
        (code == means).then(|| proven(90, "The peer said so under the protection of the IKE SA.")),
    )
}

fn silence(code: &str, refusal: &Refusal<'_, '_>) -> Option<Prior> {
    let signs = refusal.signs;
    if signs.arrived == Some(false) {
        return (code == "peer-unreachable").then(|| proven(80, LOST));
    }
    let arrived = signs.arrived == Some(true);
    Some(match code {
        "peer-unreachable" | "return-path-blocked" if arrived => return None,
        "peer-unreachable" => possible(60, SILENT),
        "ike-source-port" if signs.odd_port => possible(62, ODD_PORT),
        "exchange-mode-mismatch" if signs.aggressive => possible(50, SILENT_MODE),
        "return-path-blocked" => possible(45, SILENT),
        "ike-version-mismatch" if !signs.aggressive => possible(40, SILENT_VERSION),
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

fn key_lookup(code: &str) -> Option<Prior> {
    Some(match code {
        "psk-missing" => likely(60, KEY_LOOKUP),
        "auth-method-mismatch" => possible(50, KEY_METHOD),
        _ => return None,
    })
}

fn deaf(code: &str, refusal: &Refusal<'_, '_>) -> Option<Prior> {
    let signs = refusal.signs;
    let silent = refusal.answer.is_none();
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

fn by_responder(code: &str, refusal: &Refusal<'_, '_>) -> Option<Prior> {
    let signs = refusal.signs;
    if signs.certificates {
        return Some(match code {
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
pub(super) fn rank(case: &Case<'_>, found: Vec<Finding>) -> Diagnosis {
    let mut findings = merged(found);
    hang(&mut findings);
    let is_consequence: Vec<bool> = findings
        .iter()
        .map(|one| findings.iter().any(|other| has_under(other, one)))
        .collect();
    let mut ordered: Vec<(bool, Finding)> = is_consequence.into_iter().zip(findings).collect();
    ordered.sort_by_key(|(is_consequence, finding)| {
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
        unknowns: unknowns(&findings),
        findings,
    }
}

/// One finding for each code and pair of peers: the surest, which says how
/// often it was found.
fn merged(mut found: Vec<Finding>) -> Vec<Finding> {
    found.sort_by_key(|finding| {
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

/// Names in each cause the findings of the same peers that follow from it.
fn hang(findings: &mut [Finding]) {
    let all: Vec<(&'static str, usize, Severity)> = findings
        .iter()
        .map(|f| (f.code, f.subject, f.severity))
        .collect();
    for finding in findings.iter_mut() {
        let Some(rule) = catalog::rule(finding.code) else {
            continue;
        };
        for &(code, subject, severity) in &all {
            let follows = rule.brings.contains(&code)
                || SYMPTOMS.contains(&code) && finding.severity == Severity::Error;
            if subject == finding.subject
                && follows
                && code != finding.code
                && severity <= finding.severity
                && !finding.root_of.contains(&code)
            {
                finding.root_of.push(code);
            }
        }
    }
}

fn has_under(cause: &Finding, one: &Finding) -> bool {
    cause.subject == one.subject && cause.root_of.contains(&one.code)
}

/// Worst first: a tunnel that failed outweighs one that stands.
fn state(case: &Case<'_>, findings: &[Finding]) -> State {
    let error = |finding: &&Finding| finding.severity == Severity::Error;
    if let Some(error) = findings.iter().find(error) {
        return if case.data_both_ways(error.subject) {
            State::Degraded
        } else {
            State::Failed
        };
    }
    let up = (0..case.peers.len()).any(|peers| came_up(case, peers));
    let works_badly = |finding: &Finding| {
        finding.severity == Severity::Warning && !ADVICE.contains(&finding.code)
    };
    match up {
        true if findings.iter().any(works_badly) => State::Degraded,
        true => State::Established,
        false => State::Inconclusive,
    }
}

/// What makes a tunnel was exchanged between these peers.
pub(super) fn came_up(case: &Case<'_>, peers: usize) -> bool {
    case.data_both_ways(peers)
        || case.sas_of(peers).any(|sa| {
            let v2 = V2::new(sa).is_some_and(|v2| matches!(v2.outcome(), Outcome2::Up(_)));
            let v1 = V1::new(sa)
                .is_some_and(|v1| v1.phase2_done() && matches!(v1.outcome(), Outcome1::Done));
            v2 || v1
        })
}

fn unknowns(findings: &[Finding]) -> Vec<Unknown> {
    let mut unknowns: Vec<Unknown> = Vec::new();
    let undecided = findings
        .iter()
        .filter(|f| f.confidence < Confidence::Proven);
    for question in undecided.filter_map(|finding| finding.open) {
        if unknowns
            .iter()
            .all(|known| known.question != question.question)
        {
            unknowns.push(Unknown {
                question: question.question.into(),
                decided_by: question.decided_by.iter().map(|&by| by.into()).collect(),
            });
        }
    }
    unknowns
}

/// What follows whenever the tunnel between the same peers does not stand.
const SYMPTOMS: &[&str] = &["plaintext-leak"];

/// Warnings about a tunnel that works as meant.
const ADVICE: &[&str] = &["suite-weak", "psk-exposed-by-aggressive"];

const SILENT: &str = "Nothing came back, so the capture cannot tell whether the request never \
    arrived or the answer never returned.";
const LOST: &str = "A capture nearer to the peer was running and shows nothing of the request: it was \
    lost on the way.";
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
const LARGE_FIVE: &str = "The message with the certificate is the first large one, and the first \
    that is not answered.";
const FIRST_4500: &str = "Everything on UDP 500 was answered; the first message on UDP 4500 was not, \
    and neither was any copy of it.";
const KEYS_FIT: &str = "The refusal comes encrypted and the initiator heeds it, so both ends have \
    the same keys; what is left are identity, method and mode. It cannot be read without keys.";
const ONE_NOTIFY: &str = "The answer has room for a notification only, and AUTHENTICATION_FAILED is \
    the one that RFC 7296 §2.21.2 wants for every failed authentication.";
const METHOD_WANTED: &str = "The responder asks for certificates (CERTREQ), and the initiator's \
    IKE_AUTH is too small for one; some daemons ask whenever they know a CA.";
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
const XAUTH: &str = "The server asked for name and password, set the status, and nothing followed; \
    the status is encrypted.";
