//! What opened messages decide about a refusal: the notification itself, the
//! identities and certificates that were refused, and what could be recomputed.
//!
//! Where nothing was opened, [`super::rank`] weighs what the wire alone leaves
//! possible.

use super::case::Message;
use super::rank::{Prior, likely, possible, proven};
use super::refusal::{Refusal, Stage};
use crate::evidence::{
    Certificate, CertificateFault, Content, IkeMessage, Notify, Proof, Proven, SaProtocol,
    Transform, TransformKind, UnsealFault, Unsealing, UserAuth, Verdict, X509,
};
use crate::wire::registry::ike::{AuthMethod, NotifyType};
use crate::wire::registry::isakmp;
use alloc::vec::Vec;

/// What the first of `messages` that was opened holds.
pub(super) fn inside<'a>(messages: &[&Message<'a>]) -> Option<&'a Content> {
    messages
        .iter()
        .find_map(|message| message.ike.inside.as_deref())
}

/// An informational message may say that something was refused: it does, or it
/// was not opened. One whose length is not told may say anything.
pub(super) fn may_refuse(message: &Message<'_>) -> bool {
    !message.ike.untold.len
        && message.ike.inside.as_ref().is_none_or(|inside| {
            let error = inside.notifies.iter().any(|notify| notify.is_error);
            error || !inside.deletes.is_empty()
        })
}

/// How probable `code` is, where opened messages tell; `Some(None)` rules it
/// out, `None` leaves it to what the wire shows.
pub(super) fn decided(code: &str, refusal: &Refusal<'_, '_>) -> Option<Option<Prior>> {
    let judged = judge(refusal)?;
    let found = judged.into_iter().find(|(judged, _)| *judged == code);
    Some(found.map(|(_, prior)| prior))
}

type Judged = Vec<(&'static str, Prior)>;

fn judge(refusal: &Refusal<'_, '_>) -> Option<Judged> {
    match refusal.stage {
        Stage::Deaf | Stage::Responder => by_responder(refusal),
        Stage::NoAnswer => unfinished(refusal).or_else(|| by_responder(refusal)),
        Stage::Initiator => by_initiator(refusal),
        Stage::Eap => eap(refusal),
        Stage::Xauth => xauth(refusal),
        Stage::Child => child(refusal),
        Stage::ChildAnswer => own_proposal(refusal).or_else(|| child(refusal)),
        Stage::Rekey => rekey(refusal),
        Stage::Silence | Stage::Offer | Stage::KeyLookup => None,
    }
}

/// The responder refused the initiator's credentials.
fn by_responder(refusal: &Refusal<'_, '_>) -> Option<Judged> {
    let asked = refusal.request.ike;
    let shown = credentials_in(refusal, true)?;
    if !refusal.signs.v2 && !refusal.signs.certificates {
        return Some(keys_of_main_mode(refusal, asked));
    }
    if shown.auth.is_none() && refusal.signs.v2 {
        return None;
    }
    Some(credentials(refusal, shown, &asked.proofs))
}

/// IKEv1 with a pre-shared key: the key makes the encryption, so an answer that
/// opens proves that it is the same at both ends.
fn keys_of_main_mode(refusal: &Refusal<'_, '_>, asked: &IkeMessage) -> Judged {
    let answer = refusal.answer.map(|answer| answer.ike);
    let sealed = answer.and_then(|answer| answer.sealed.as_ref()?.unsealing);
    let malformed = refusal
        .notify
        .is_some_and(|notify| MALFORMED.contains(&notify.number));
    let other_key = sealed == Some(Unsealing::Failed(UnsealFault::WrongKey));
    if other_key {
        return alloc::vec![
            ("psk-mismatch", likely(90, OTHER_KEY)),
            ("peer-id-mismatch", possible(30, OTHER_KEY)),
        ];
    }
    if malformed {
        return malformed_or_garbled(asked);
    }
    if let Some(judged) = no_candidate(&asked.proofs) {
        return judged;
    }
    if sealed == Some(Unsealing::Verified) {
        return alloc::vec![
            ("peer-id-mismatch", possible(58, SAME_KEY)),
            ("auth-method-mismatch", possible(50, SAME_KEY)),
            ("exchange-mode-mismatch", possible(45, SAME_KEY)),
            ("psk-lookup-by-nat-address", possible(20, SAME_KEY)),
        ];
    }
    let weight = if refusal.answer.is_none() { 62 } else { 70 };
    alloc::vec![
        ("psk-mismatch", likely(weight, UNHEARD)),
        ("peer-id-mismatch", possible(50, UNHEARD)),
        (
            "udp-4500-blocked",
            possible(if refusal.signs.first_on_4500 { 55 } else { 10 }, UNHEARD)
        ),
        ("auth-method-mismatch", possible(30, UNHEARD)),
    ]
}

/// The responder could not read what the initiator had sent: it was sent
/// broken, or it broke in the responder's hands.
fn malformed_or_garbled(asked: &IkeMessage) -> Judged {
    let faulty = asked.contents().any(|content| content.fault.is_some());
    if faulty || !asked.oddities.is_empty() {
        return alloc::vec![
            ("peer-malformed", likely(70, SENT_BROKEN)),
            ("psk-mismatch", possible(50, SENT_BROKEN)),
        ];
    }
    alloc::vec![("psk-mismatch", proven(94, GARBAGE))]
}

/// The initiator turned down the responder's credentials.
fn by_initiator(refusal: &Refusal<'_, '_>) -> Option<Judged> {
    let shown = credentials_in(refusal, false)?;
    let mut judged = credentials(refusal, shown, &refusal.request.ike.proofs);
    if let (Some(wanted), Some(got)) = (wanted_identity(refusal), identity(shown, false))
        && wanted != got
    {
        judged.retain(|(code, _)| *code != "peer-id-mismatch");
        judged.push(("peer-id-mismatch", proven(88, OTHER_ID)));
    }
    Some(judged)
}

/// The opened message in which one end authenticates itself.
fn credentials_in<'a>(refusal: &Refusal<'_, 'a>, by_initiator: bool) -> Option<&'a Content> {
    let own = |message: &&Message<'a>| message.ike.by_initiator == by_initiator;
    let shown = |message: &Message<'a>| {
        let mut contents = message.ike.inside.as_deref().into_iter();
        contents.find(|inside| !inside.identities.is_empty() || inside.auth.is_some())
    };
    let requested = Some(refusal.request).filter(own).and_then(shown);
    requested.or_else(|| refusal.sa.messages.iter().filter(own).find_map(shown))
}

/// The identity that the initiator asked the responder to have (IDr of its
/// request, RFC 7296 §1.2).
fn wanted_identity<'a>(refusal: &Refusal<'_, 'a>) -> Option<&'a str> {
    let mut asked = refusal.sa.messages.iter().filter(|m| m.ike.by_initiator);
    asked.find_map(|m| identity(m.ike.inside.as_deref()?, false))
}

fn identity(content: &Content, of_initiator: bool) -> Option<&str> {
    let mut all = content.identities.iter();
    let found = all.find(|identity| identity.of_initiator == of_initiator)?;
    Some(&found.value)
}

/// What may be wrong with the credentials in `shown`.
fn credentials(refusal: &Refusal<'_, '_>, shown: &Content, proofs: &[Proof]) -> Judged {
    let by_key = match shown.auth {
        Some(method) => method == AuthMethod::SHARED_KEY,
        None => shown.signature_len.is_none() && shown.certificates.is_empty(),
    };
    if by_key {
        return shared_key(refusal, proofs);
    }
    match shown.certificates.first() {
        None => alloc::vec![
            ("cert-not-sent", likely(70, NO_CERTIFICATE)),
            ("cert-unknown-ca", possible(50, NO_CERTIFICATE)),
            ("auth-method-mismatch", possible(45, NO_CERTIFICATE)),
            ("peer-id-mismatch", possible(40, NO_CERTIFICATE)),
        ],
        Some(certificate) => certificate_judged(refusal, certificate),
    }
}

/// What the requests for certificates tell of the authority behind a refused
/// one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Authority {
    /// The end that refused asks for it.
    Asked,
    /// The end that refused asks for others only.
    NotAsked,
    /// Nobody said.
    Untold,
}

/// In IKEv1 requests name the issuer. In IKEv2 they hold a hash of its key; an
/// end that asks for an authority that the other does not ask for mostly has
/// its own certificate from there.
fn authority(refusal: &Refusal<'_, '_>, x509: &X509) -> Authority {
    let by_initiator = refusal.stage == Stage::Initiator;
    let asked = |by_initiator| {
        let own = refusal.sa.messages.iter();
        let own = own.filter(move |message| message.ike.by_initiator == by_initiator);
        own.flat_map(|message| message.ike.contents())
            .flat_map(|content| &content.authorities)
    };
    let (mut refuser, mut refused) = (asked(by_initiator), asked(!by_initiator));
    if asked(by_initiator).next().is_none() {
        return Authority::Untold;
    }
    let known = if refusal.signs.v2 {
        if asked(!by_initiator).next().is_none() {
            return Authority::Untold;
        }
        refused.all(|authority| asked(by_initiator).any(|other| other == authority))
    } else {
        refuser.any(|authority| *authority == x509.issuer)
    };
    match known {
        true => Authority::Asked,
        false => Authority::NotAsked,
    }
}

fn shared_key(refusal: &Refusal<'_, '_>, proofs: &[Proof]) -> Judged {
    if let Some(judged) = no_candidate(proofs) {
        return judged;
    }
    let other = if holds(proofs) { ONE_CANDIDATE } else { BY_KEY };
    let wants_certificate = refusal.signs.certificates_wanted;
    let method = if wants_certificate { 64 } else { 40 };
    let mut judged = alloc::vec![
        ("psk-mismatch", likely(62, other)),
        ("peer-id-mismatch", possible(52, BY_KEY)),
        ("psk-missing", possible(45, BY_KEY)),
        ("auth-method-mismatch", possible(method, WANTS_CERTIFICATE)),
    ];
    if wants_certificate {
        judged.retain(|(code, _)| *code != "psk-mismatch");
        judged.push(("psk-mismatch", possible(58, other)));
    }
    judged
}

fn certificate_judged(refusal: &Refusal<'_, '_>, certificate: &Certificate) -> Judged {
    let Some(x509) = &certificate.x509 else {
        return alloc::vec![
            ("cert-type-unsupported", likely(60, NOT_X509)),
            ("cert-unknown-ca", possible(50, NOT_X509)),
        ];
    };
    let mut judged: Judged = x509.faults.iter().filter_map(of_fault).collect();
    if judged.iter().any(|(_, prior)| prior.weight >= DECISIVE) {
        return judged;
    }
    let (unknown, why) = match authority(refusal, x509) {
        Authority::Asked => (44, ASKED),
        Authority::NotAsked => {
            judged.push(("cert-unknown-ca", likely(80, NOT_ASKED)));
            (0, in_order(x509))
        }
        Authority::Untold => (60, in_order(x509)),
    };
    let undecided: [(&'static str, u8); 6] = [
        ("cert-unknown-ca", unknown),
        ("cert-revoked", 50),
        ("cert-id-mismatch", 47),
        ("peer-id-mismatch", 46),
        (
            "auth-method-mismatch",
            if refusal.signs.certificates_unwanted {
                62
            } else {
                34
            },
        ),
        ("cert-ca-unreachable", 20),
    ];
    for (code, weight) in undecided {
        if !judged.iter().any(|(known, _)| *known == code) {
            judged.push((code, possible(weight, why)));
        }
    }
    judged
}

const fn in_order(x509: &X509) -> &'static str {
    if x509.faults.is_empty() {
        IN_ORDER
    } else {
        NOT_DECISIVE
    }
}

fn of_fault(fault: &CertificateFault) -> Option<(&'static str, Prior)> {
    Some(match fault {
        CertificateFault::Revoked(_) => ("cert-revoked", proven(95, REVOKED)),
        CertificateFault::Expired => ("cert-expired", proven(94, EXPIRED)),
        CertificateFault::NotYetValid => ("cert-not-yet-valid", proven(93, NOT_YET)),
        CertificateFault::UnknownIssuer => ("cert-unknown-ca", proven(92, ISSUER)),
        CertificateFault::BadSignature => ("cert-unknown-ca", proven(91, SIGNATURE)),
        CertificateFault::OtherIdentity(_) => ("cert-id-mismatch", proven(90, NAME)),
        CertificateFault::IssuerInvalid(_) => ("cert-expired", likely(75, ISSUER_INVALID)),
        CertificateFault::IssuerNotCa => ("cert-unknown-ca", likely(70, NOT_CA)),
        CertificateFault::KeyUsage
        | CertificateFault::IssuerNotSeen
        | CertificateFault::Weak(_)
        | CertificateFault::Other(_) => return None,
    })
}

fn eap(refusal: &Refusal<'_, '_>) -> Option<Judged> {
    let said = refusal.answer?.ike.inside.as_deref()?;
    if said.user_auth.contains(&UserAuth::EapFailure) {
        return Some(alloc::vec![("eap-failure", proven(90, EAP_SAID))]);
    }
    let error = said.notifies.iter().any(|notify| notify.is_error);
    error.then(|| {
        alloc::vec![
            ("eap-failure", likely(60, EAP_ENDED)),
            ("auth-method-mismatch", possible(40, EAP_ENDED)),
        ]
    })
}

fn xauth(refusal: &Refusal<'_, '_>) -> Option<Judged> {
    let said = refusal.answer?.ike.inside.as_deref()?;
    let refused = said.user_auth.contains(&UserAuth::XauthStatus(false));
    refused.then(|| alloc::vec![("xauth-failure", proven(90, XAUTH_SAID))])
}

/// The notification that refuses a Child SA, if it was opened.
fn opened_notify<'a>(refusal: &Refusal<'_, 'a>) -> Option<&'a Notify> {
    let answer = refusal.answer?.ike.inside.as_deref()?;
    answer.notifies.iter().find(|notify| notify.is_error)
}

/// The responder refuses a Child SA without authenticating itself, which it
/// does when the proposal is not to its taste (RFC 7296 §1.2): something broke
/// behind its choice.
fn unfinished(refusal: &Refusal<'_, '_>) -> Option<Judged> {
    let notify = opened_notify(refusal)?;
    if notify.number == NotifyType::AUTHENTICATION_FAILED.0 {
        return None;
    }
    let mut judged = child(refusal)?;
    if notify.number == NotifyType::NO_PROPOSAL_CHOSEN.0 {
        judged = alloc::vec![
            ("local-sa-install-failed", likely(60, NO_AUTH)),
            ("no-common-esp-proposal", possible(55, NO_AUTH)),
        ];
    }
    Some(judged)
}

/// The end that proposed refuses what the other chose of it.
fn own_proposal(refusal: &Refusal<'_, '_>) -> Option<Judged> {
    let notify = opened_notify(refusal)?;
    let no_proposal = notify.number == NotifyType::NO_PROPOSAL_CHOSEN.0;
    no_proposal.then(|| {
        alloc::vec![
            ("local-sa-install-failed", likely(70, OWN_PROPOSAL)),
            ("no-common-esp-proposal", possible(40, OWN_PROPOSAL)),
        ]
    })
}

fn child(refusal: &Refusal<'_, '_>) -> Option<Judged> {
    let notify = opened_notify(refusal)?;
    let no_proposal = notify.number == NotifyType::NO_PROPOSAL_CHOSEN.0;
    let ts = match refusal.signs.v2 {
        true => notify.number == NotifyType::TS_UNACCEPTABLE.0,
        false => notify.number == isakmp::NotifyType::INVALID_ID_INFORMATION.0,
    };
    if ts {
        return Some(alloc::vec![("traffic-selector-mismatch", proven(90, SAID))]);
    }
    if !no_proposal {
        return None;
    }
    // The exchange that brings up the first Child SA of IKEv2 has no PFS.
    if refusal.signs.v2 {
        return Some(alloc::vec![
            ("no-common-esp-proposal", likely(75, SAID_PROPOSAL)),
            ("local-sa-install-failed", possible(35, SAID_PROPOSAL)),
        ]);
    }
    let common = offers_common(refusal.request.ike);
    let weight = if common { 66 } else { 58 };
    let pfs = match refusal.signs.key_exchange {
        true => "pfs-group-mismatch",
        false => "pfs-mismatch",
    };
    Some(alloc::vec![
        (
            pfs,
            possible(
                weight,
                if common {
                    COMMON_OFFER
                } else {
                    SAID_PROPOSAL_V1
                }
            )
        ),
        ("no-common-esp-proposal", possible(62, SAID_PROPOSAL_V1)),
        ("local-sa-install-failed", possible(30, SAID_PROPOSAL_V1)),
    ])
}

/// The offer for a Child SA holds algorithms that nearly every configuration
/// accepts: AES with SHA-1 or SHA-2, or AES-GCM (RFC 8221 §5, §6).
fn offers_common(message: &IkeMessage) -> bool {
    let proposals = message.contents().flat_map(|content| &content.proposals);
    let mut child = proposals.filter(|proposal| proposal.protocol == SaProtocol::Esp);
    child.any(|proposal| {
        let has = |kind, ids: &[u64]| {
            let of_kind = |t: &&Transform| t.kind == kind;
            let mut transforms = proposal.transforms.iter().filter(of_kind);
            transforms.any(|t| ids.contains(&t.id))
        };
        // The numbers of both versions: of ciphers they are the same.
        has(TransformKind::Encryption, &[18, 19, 20])
            || has(TransformKind::Encryption, &[12])
                && has(TransformKind::Integrity, &[2, 5, 6, 7, 12, 13, 14])
    })
}

/// A later exchange was refused, in which algorithms that were accepted before
/// stand beside a group that may be new.
fn rekey(refusal: &Refusal<'_, '_>) -> Option<Judged> {
    let notify = opened_notify(refusal)?;
    if PASSING.contains(&notify.number) {
        return Some(Vec::new());
    }
    if notify.number != NotifyType::NO_PROPOSAL_CHOSEN.0 {
        return child(refusal);
    }
    let pfs = match refusal.signs.key_exchange {
        true => "pfs-group-mismatch",
        false => "pfs-mismatch",
    };
    if accepted_before(refusal) {
        return Some(alloc::vec![(pfs, likely(80, SAME_ALGORITHMS))]);
    }
    Some(alloc::vec![
        (pfs, likely(65, REKEY_PROPOSAL)),
        ("no-common-esp-proposal", possible(55, REKEY_PROPOSAL)),
    ])
}

/// The cipher on offer is one that was chosen before for the same kind of SA.
fn accepted_before(refusal: &Refusal<'_, '_>) -> bool {
    let Some(asked) = refusal.request.ike.inside.as_deref() else {
        return false;
    };
    let ciphers = |content: &Content| -> Vec<(u64, Option<u16>)> {
        let proposals = content.proposals.iter();
        let child = proposals.filter(|proposal| proposal.protocol != SaProtocol::Ike);
        let transforms = child.flat_map(|proposal| &proposal.transforms);
        let ciphers = transforms.filter(|t| t.kind == TransformKind::Encryption);
        ciphers.map(|t| (t.id, t.key_bits)).collect()
    };
    let offered = ciphers(asked);
    let answers = refusal.sa.messages.iter().filter(|m| m.ike.response);
    let mut chosen = answers
        .filter_map(|m| m.ike.inside.as_deref())
        .flat_map(ciphers);
    chosen.any(|cipher| offered.contains(&cipher))
}

/// No candidate key makes the value: whoever sent it has another. Of a few
/// keys one is that of the other end, for whoever gives them knows it; a list
/// of words is a guess.
fn no_candidate(proofs: &[Proof]) -> Option<Judged> {
    let failed = proofs.iter().filter_map(|proof| {
        let candidates = proof.tried.as_ref()?.candidates;
        let fails = of_key(proof) && proof.verdict == Verdict::Fails && candidates > 0;
        fails.then_some(candidates)
    });
    Some(match failed.max()? {
        0..=CANDIDATES_KNOWN => alloc::vec![("psk-mismatch", proven(92, NO_CANDIDATE))],
        _ => alloc::vec![
            ("psk-mismatch", likely(66, NO_WORD)),
            ("peer-id-mismatch", possible(52, NO_WORD)),
            ("psk-missing", possible(45, NO_WORD)),
        ],
    })
}

fn holds(proofs: &[Proof]) -> bool {
    let tried = |proof: &&Proof| proof.tried.is_some() && of_key(proof);
    proofs
        .iter()
        .filter(tried)
        .any(|proof| proof.verdict == Verdict::Holds)
}

const fn of_key(proof: &Proof) -> bool {
    matches!(
        proof.of,
        Proven::SharedKeyAuth | Proven::Identity | Proven::PresharedKey
    )
}

/// What IKEv1 answers to a message that decrypts to garbage.
const MALFORMED: [u16; 3] = [
    isakmp::NotifyType::PAYLOAD_MALFORMED.0,
    isakmp::NotifyType::INVALID_PAYLOAD_TYPE.0,
    isakmp::NotifyType::UNEQUAL_PAYLOAD_LENGTHS.0,
];

/// Refusals that are over as soon as the other end is ready (RFC 7296 §2.25).
const PASSING: [u16; 2] = [
    NotifyType::TEMPORARY_FAILURE.0,
    NotifyType::CHILD_SA_NOT_FOUND.0,
];

/// Up to so many candidates are keys that the ends are known to have.
const CANDIDATES_KNOWN: usize = 8;

/// From this weight on a fault of a certificate explains the refusal alone.
const DECISIVE: u8 = 90;

const OTHER_KEY: &str = "The answer does not open with the key that opens the request: the pre-shared keys, which go into it, differ.";
const GARBAGE: &str = "The responder found garbage where the initiator had sent readable payloads: it decrypted with another key, and the pre-shared key goes into it.";
const SENT_BROKEN: &str =
    "The responder could not read the message, and what the initiator sent breaks its standard.";
const NO_CANDIDATE: &str = "None of the pre-shared keys that were given makes the value that was sent: its sender has another.";
const NO_WORD: &str = "None of the words that were tried is the key of the end that was refused.";
const ONE_CANDIDATE: &str = "The sender has one of the pre-shared keys that were tried, and was refused all the same: the other end has another key or looks for it under another identity.";
const SAME_KEY: &str = "The answer opens with the same keys, so the pre-shared keys are the same.";
const UNHEARD: &str =
    "The message opens, so what was sent is in order; nothing that opens answers it.";
const BY_KEY: &str = "The refused message authenticates with a pre-shared key.";
const WANTS_CERTIFICATE: &str =
    "The refused message authenticates with a pre-shared key; certificates were asked for.";
const NO_CERTIFICATE: &str = "The refused message is signed, but holds no certificate.";
const NOT_X509: &str = "The certificate is none that could be read.";
const IN_ORDER: &str = "The certificate is valid at the time of the capture and carries the identity; what the other end trusts is not known.";
const ASKED: &str = "The certificate comes from an authority that the other end asks for.";
const NOT_ASKED: &str = "The end that refused asks for certificates of other authorities only.";
const NOT_DECISIVE: &str = "The certificate has nothing that every peer would refuse.";
const REVOKED: &str = "The revocation list names the certificate.";
const EXPIRED: &str = "The certificate was over at the time of the capture.";
const NOT_YET: &str = "The certificate was not valid yet at the time of the capture.";
const ISSUER: &str = "No certificate of its issuer is among those that are trusted.";
const SIGNATURE: &str = "The issuer's key did not make the certificate's signature.";
const ISSUER_INVALID: &str =
    "The certificate of an issuer was not valid at the time of the capture.";
const NOT_CA: &str = "The certificate was issued by one that may not issue any.";
const NAME: &str = "The certificate does not carry the identity that its owner claims.";
const OTHER_ID: &str = "The initiator asked for another identity than the responder has.";
const EAP_SAID: &str = "EAP ended with a failure.";
const EAP_ENDED: &str = "The exchange was refused while EAP was under way.";
const XAUTH_SAID: &str = "The XAUTH status says that the user was refused.";
const SAID: &str = "The peer said so under the protection of the IKE SA.";
const SAID_PROPOSAL: &str = "The peer said NO_PROPOSAL_CHOSEN under the protection of the IKE SA.";
const SAID_PROPOSAL_V1: &str = "The peer said NO-PROPOSAL-CHOSEN under the protection of the ISAKMP SA; algorithms, mode and PFS group are all part of a proposal.";
const COMMON_OFFER: &str = "The peer said NO-PROPOSAL-CHOSEN under the protection of the ISAKMP SA, though the algorithms on offer are common: the PFS group is part of the proposal.";
const NO_AUTH: &str = "The responder authenticated the initiator, but neither itself nor the Child SA: it would do the former if it had only refused the proposal.";
const OWN_PROPOSAL: &str = "The end that proposed refuses what was chosen of its own proposal: its host could not install the SA.";
const SAME_ALGORITHMS: &str =
    "The same algorithms were accepted before, so it is the group that is refused.";
const REKEY_PROPOSAL: &str =
    "The peer said NO_PROPOSAL_CHOSEN; the group is what a later exchange adds.";

#[cfg(test)]
mod tests {
    use crate::diag::Confidence;
    use crate::diag::ladder::ladder;
    use alloc::format;
    use alloc::vec::Vec;

    /// Main mode with a pre-shared key up to the fifth message, and its answer.
    fn answered(five: &str, answer: &str) -> Vec<(&'static str, Confidence)> {
        let text = format!(
            "0.0 a>b MAIN sa=aes256-sha256-psk-modp2048
             0.1 b>a MAIN sa=aes256-sha256-psk-modp2048
             0.2 a>b MAIN ke
             0.3 b>a MAIN ke
             0.4 a>b MAIN *76 {five}
             0.5 b>a INFO1 m8 *76 {answer}"
        );
        let findings = crate::diag::diagnose(&ladder(&text)).findings;
        findings
            .iter()
            .map(|one| (one.code, one.confidence))
            .collect()
    }

    #[test]
    fn what_was_sent_in_order_and_read_as_garbage_was_decrypted_with_another_key() {
        let found = answered("{ idi=a.example }", "{ n=16 }");
        assert_eq!(found.first(), Some(&("psk-mismatch", Confidence::Proven)));
    }

    #[test]
    fn what_was_sent_broken_proves_nothing_of_the_key() {
        let found = answered("odd=reserved { idi=a.example }", "{ n=16 }");
        assert!(
            !found.contains(&("psk-mismatch", Confidence::Proven)),
            "{found:?}"
        );
    }

    #[test]
    fn an_answer_under_another_key_is_a_strong_sign() {
        let found = answered("{ idi=a.example }", "closed=wrongkey");
        assert_eq!(found.first(), Some(&("psk-mismatch", Confidence::Likely)));
    }
}
