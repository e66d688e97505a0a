//! # psk-mismatch
//!
//! The two ends hold different pre-shared keys.
//!
//! ## What happened
//!
//! Both ends authenticate with a pre-shared key, and the keys are not the same:
//! a typing error, a key changed on one side only, a trailing blank or newline,
//! a key given as text here and as hexadecimal there.
//!
//! ## How it is recognised
//!
//! - IKEv1 main mode: the keys that encrypt message 5 hang on the secret, so
//!   the responder cannot read it. It stays silent and repeats message 4, or
//!   answers each copy with a notification that the initiator cannot read
//!   either.
//!
//! - IKEv1 aggressive mode: the responder proves its key in message 2, and the
//!   initiator turns it down at once.
//!
//! - IKEv2: the answer to IKE_AUTH has room for AUTHENTICATION_FAILED only. A
//!   wrong identity, a missing key or another method look the same on the wire,
//!   so this is one of several candidates.
//!
//! - With candidate keys: the HASH or AUTH payload of each end is computed anew
//!   from each. That the two ends have different ones is proven; that both have
//!   the same rules this finding out.
//!
//! ## What to do
//!
//! Enter the key anew on both ends, from the same source. Compare length and
//! encoding, not only the look of it. If the tunnel worked before, ask who
//! changed the key and when.
//!
//! ## What would prove it
//!
//! `--psk` or `--psk-file` with the key of one end. Aggressive mode needs nothing
//! else: HASH_R in message 2 shows whether the responder has it. Main mode needs
//! the private or shared value of the key exchange, IKEv2 the keys of the IKE SA
//! (`--keys`). A message 5 that opens for nobody but the initiator, and an answer
//! that opens with another key, prove it as well. The log of the responder names
//! the check that failed.
//!
//! ## References
//!
//! RFC 7296 §2.15; RFC 7296 §2.21.2; RFC 2409 §5.

use crate::diag::case::{IkeSa, Message};
use crate::diag::catalog::Scene;
use crate::diag::finding;
use crate::diag::inquiry::Inquiry;
use crate::diag::refusal::{Refusal, Stage, candidates_unless};
use crate::diag::{Confidence, Finding, Who};
use crate::evidence::{Proof, Proven, Tried, Verdict};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

rule!(
    "psk-mismatch",
    "the two ends hold different pre-shared keys",
    check,
    "psk_mismatch.rs",
    advice: advice
);

fn check(case: &Inquiry<'_, '_>) -> Vec<Finding> {
    candidates_unless(case, RULE.code, same_key, |finding, refusal| {
        let [own, other] = trials(refusal.sa);
        let finding = advice(finding, &refusal.scene());
        let finding = [&own, &other]
            .into_iter()
            .flatten()
            .fold(finding, Trial::cited);
        proven(finding, refusal, own.as_ref(), other.as_ref())
    })
}

fn advice(finding: Finding, ends: &Scene) -> Finding {
    finding
        .title(format!(
            "{} and {} hold different pre-shared keys",
            ends.initiator, ends.responder
        ))
        .who(Who::Credentials)
        .fix(
            ends.at_responder(),
            "Enter the pre-shared key for this peer anew, from the same source as the other end.",
        )
        .fix(
            ends.at_initiator(),
            "Enter the pre-shared key for this peer anew; mind trailing blanks and the encoding.",
        )
        .refs(&["RFC 7296 §2.15", "RFC 7296 §2.21.2", "RFC 2409 §5"])
}

/// Both ends have the same one of the candidate keys.
fn same_key(refusal: &Refusal<'_, '_>) -> bool {
    match trials(refusal.sa) {
        [Some(one), Some(other)] => one.fits().is_some() && one.fits() == other.fits(),
        _ => false,
    }
}

/// What the candidate keys say of the initiator and of the responder.
fn trials<'c, 'a>(sa: &'c IkeSa<'a>) -> [Option<Trial<'c, 'a>>; 2] {
    [true, false].map(|by_initiator| Trial::of(sa, by_initiator))
}

/// The candidate keys held against what one end sent.
struct Trial<'c, 'a> {
    message: &'c Message<'a>,
    proof: &'a Proof,
    tried: &'a Tried,
}

impl<'c, 'a> Trial<'c, 'a> {
    /// The trial that decides about the key of one end of `sa`: one that
    /// succeeded, or else one that failed.
    fn of(sa: &'c IkeSa<'a>, by_initiator: bool) -> Option<Self> {
        let proofs = sa.messages.iter().flat_map(|message| {
            let proofs = message.ike.proofs.iter();
            proofs.map(move |proof| (message, proof))
        });
        let trials = proofs.filter_map(|(message, proof)| {
            let tried = proof.tried.as_ref().filter(|tried| tried.candidates > 0)?;
            let decided = matches!(proof.verdict, Verdict::Holds | Verdict::Fails);
            (decided && proof.by_initiator == by_initiator).then_some(Self {
                message,
                proof,
                tried,
            })
        });
        trials.max_by_key(|trial| trial.tried.fits.is_some())
    }

    /// Name of the key that this end has, where it is among the candidates.
    fn fits(&self) -> Option<&'a str> {
        self.tried.fits.as_deref()
    }

    fn cited(finding: Finding, trial: &Self) -> Finding {
        let what = match (trial.proof.of, trial.proof.by_initiator) {
            (Proven::Identity, true) => "HASH_I",
            (Proven::Identity, false) => "HASH_R",
            (Proven::PresharedKey, _) => "the key of the encryption",
            _ => "AUTH",
        };
        let count = finding::count(trial.tried.candidates.try_into().unwrap_or(0), "key");
        let shows = match trial.fits() {
            Some(name) => format!("{what} is made by {} ({count} tried)", quoted(name)),
            None => format!("{what} is made by none of the {count} that were tried"),
        };
        finding.cite_closer(finding::at_place(trial.message, &trial.proof.place, shows))
    }
}

/// What the candidates prove beyond what the refusal itself shows.
fn proven(
    mut finding: Finding,
    refusal: &Refusal<'_, '_>,
    own: Option<&Trial<'_, '_>>,
    other: Option<&Trial<'_, '_>>,
) -> Finding {
    let sa = refusal.sa;
    let has = |end, trial: &Trial<'_, '_>| match trial.fits() {
        Some(name) => format!("{end} has {}", quoted(name)),
        None => format!("{end} has none of those that were tried"),
    };
    if let (Some(own), Some(other)) = (own, other)
        && own.fits() != other.fits()
    {
        let (initiator, responder) = (has(sa.initiator, own), has(sa.responder, other));
        finding.title = format!("The pre-shared keys differ: {initiator}, {responder}");
        finding.why = "What each end sent is made by another key.".into();
        finding.confidence = Confidence::Proven;
        return finding.weight(97);
    }
    let Some(other) = other.filter(|_| refusal.stage == Stage::Initiator) else {
        return finding;
    };
    // The initiator turned down the proof that the responder has its key.
    if let Some(name) = other.fits() {
        let name = quoted(name);
        finding.why = format!(
            "The responder has {name}, and the initiator turned it down: it has another key, or expects another identity."
        );
        return finding.weight(80);
    }
    finding.title = format!(
        "{} has none of the pre-shared keys that were tried, and {} turned it down",
        sa.responder, sa.initiator
    );
    finding.why = "None of the keys makes the value that the responder sent; if the initiator's is among them, the two differ.".into();
    finding.confidence = Confidence::Proven;
    finding.weight(92)
}

fn quoted(name: &str) -> String {
    format!("the key of “{name}”")
}

#[cfg(test)]
mod tests {
    use crate::diag::Confidence;
    use crate::diag::ladder::{cause, codes, found};

    #[test]
    fn main_mode_where_the_initiator_cannot_read_the_answer() {
        let text = "0.0 a>b MAIN sa=aes256-sha256-psk-modp2048
                 0.1 b>a MAIN sa=aes256-sha256-psk-modp2048
                 0.2 a>b MAIN ke
                 0.3 b>a MAIN ke
                 0.4 a>b MAIN *108 x4 every=1
                 0.5 b>a INFO1 m1 *92
                 1.5 b>a INFO1 m2 *92";
        assert_eq!(cause(text), Some("psk-mismatch"));
    }
    #[test]
    fn main_mode_where_the_responder_stays_silent() {
        let text = "0.0 a>b MAIN sa=aes256-sha256-psk-modp2048
                 0.1 b>a MAIN sa=aes256-sha256-psk-modp2048
                 0.2 a>b MAIN ke
                 0.3 b>a MAIN ke x4 every=1
                 0.4 a>b MAIN *108 x4 every=1";
        assert_eq!(cause(text), Some("psk-mismatch"));
    }
    #[test]
    fn aggressive_mode_turned_down_by_the_initiator() {
        let text = "0.0 a>b AGGR sa=aes256-sha256-psk-modp2048 ke
                 0.1 b>a AGGR sa=aes256-sha256-psk-modp2048 ke hash
                 0.11 a>b INFO1 m1 *108";
        assert_eq!(cause(text), Some("psk-mismatch"));
    }
    #[test]
    fn a_refused_ike_auth_is_one_of_several_candidates() {
        let text = "0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=41:8";
        assert_eq!(cause(text), Some("psk-mismatch"));
        assert!(codes(text).contains(&"peer-id-mismatch"));
    }
    #[test]
    fn near_miss_an_accepted_ike_auth() {
        assert!(
            codes(
                "0.0 a>b INIT q0
                 0.1 b>a INIT r0
                 0.2 a>b AUTH q1 in=35:230
                 0.3 b>a AUTH r1 in=36:176"
            )
            .is_empty()
        );
    }
    #[test]
    fn near_miss_a_refusal_that_the_initiator_heeds() {
        let text = "0.0 a>b MAIN sa=aes256-sha256-psk-modp2048
                 0.1 b>a MAIN sa=aes256-sha256-psk-modp2048
                 0.2 a>b MAIN ke
                 0.3 b>a MAIN ke
                 0.4 a>b MAIN *108
                 0.5 b>a INFO1 m1 *92";
        assert_ne!(cause(text), Some("psk-mismatch"));
    }

    fn refused(proof_i: &str, proof_r: &str) -> String {
        format!(
            "0.0 a>b AGGR sa=aes256-sha256-psk-modp2048 ke
             0.1 b>a AGGR sa=aes256-sha256-psk-modp2048 ke hash {proof_r}
             0.11 a>b INFO1 m1 *108 {proof_i}"
        )
    }

    #[test]
    fn aggressive_mode_with_candidates_and_no_keys() {
        let found = |proof| found(&refused("", proof), "psk-mismatch");
        let none = found("proof=r:fails:3");
        assert_eq!(none.confidence, Confidence::Proven);
        assert!(
            none.evidence
                .iter()
                .any(|c| c.shows.contains("none of the 3 keys"))
        );
        let one = found("proof=r:holds:office");
        assert_eq!(one.confidence, Confidence::Likely);
        assert!(one.why.contains("has the key of “office”"));
    }

    #[test]
    fn each_end_has_another_of_the_candidates() {
        let text = refused("proof=i:holds:old", "proof=r:holds:new");
        let found = found(&text, "psk-mismatch");
        assert_eq!(found.confidence, Confidence::Proven);
        assert!(found.title.contains("192.0.2.10 has the key of “old”"));
        assert!(found.title.contains("198.51.100.20 has the key of “new”"));
    }

    #[test]
    fn the_responder_has_none_and_the_initiator_one() {
        let text = "0.0 a>b INIT q0
             0.1 b>a INIT r0
             0.2 a>b AUTH q1 in=35:230 { idi=a auth=2 } proof=i:holds:old
             0.3 b>a AUTH r1 in=36:176 { idr=b auth=2 } proof=r:fails:2
             0.31 a>b INFO q2 in=41:8 { n=24 }";
        let found = found(text, "psk-mismatch");
        assert_eq!(found.confidence, Confidence::Proven);
        assert!(found.title.contains("198.51.100.20 has none"));
    }

    #[test]
    fn near_miss_both_have_the_same_key() {
        let text = "0.0 a>b INIT q0
             0.1 b>a INIT r0
             0.2 a>b AUTH q1 in=35:230 { idi=a auth=2 } proof=i:holds:office
             0.3 b>a AUTH r1 in=36:176 { idr=b auth=2 } proof=r:holds:office
             0.31 a>b INFO q2 in=41:8 { n=24 }";
        assert!(!codes(text).contains(&"psk-mismatch"));
        assert!(codes(text).contains(&"peer-id-mismatch"));
    }
}
