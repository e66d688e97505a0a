//! Main mode with a pre-shared key: the Diffie-Hellman secret is known, and
//! each candidate for the key is tried on a message (RFC 2409 §5.4).

use super::candidate::{Agreed, Candidate, copy};
use super::payloads::Payloads;
use super::proofs::tried;
use super::{Opened, Sa, Sent, secrets};
use crate::capture::unseal::Keyring;
use crate::crypto::Secret;
use crate::evidence::Tried;
use crate::keymat::ikev1::{self, Basis, Phase1Keys};

/// How the trial of all candidates came out.
pub(super) struct Trial {
    pub(super) tried: Tried,
    /// The keys under which a hash in the message is right.
    pub(super) found: Option<(Candidate, Opened)>,
}

impl Sa {
    /// Tries each pre-shared key on the message; `None` where they cannot
    /// decide.
    pub(super) fn try_psks(&self, keyring: &Keyring, sent: Sent<'_>) -> Option<Trial> {
        let agreed = Agreed::of(keyring.provider(), &self.phase_1)?;
        let by_psk = Basis::of(agreed.chosen.auth) == Some(Basis::PresharedKey);
        let shared = secrets::of_phase_1(keyring, self.cookies, &self.phase_1);
        if !by_psk || shared.is_empty() || keyring.psks().is_empty() {
            return None;
        }
        let mut text = Vec::with_capacity(sent.body.len());
        let mut found = None;
        let fitting = keyring.psks().iter().position(|psk| {
            let skeyid = ikev1::skeyid_psk(agreed.suite.prf, &psk.key, agreed.nonces);
            found = shared.iter().find_map(|shared| {
                self.try_skeyid(keyring, sent, &agreed, &skeyid, shared, &mut text)
            });
            found.is_some()
        });
        Some(Trial {
            tried: tried(keyring.psks(), fitting),
            found,
        })
    }

    fn try_skeyid(
        &self,
        keyring: &Keyring,
        sent: Sent<'_>,
        agreed: &Agreed<'_>,
        skeyid: &Secret,
        shared: &Secret,
        text: &mut Vec<u8>,
    ) -> Option<(Candidate, Opened)> {
        let keys = Phase1Keys::derive(agreed.suite.prf, copy(skeyid), shared, self.cookies);
        let candidate = Candidate::derived(agreed.suite, agreed.chosen, keys)?;
        let judge = self.judge(keyring, sent.by_initiator).without_psks();
        let tries = self.ivs(sent, &candidate);
        let opened = tries.into_iter().find_map(|attempt| {
            let payloads: Payloads<'_> = candidate.attempt(sent, attempt, text)?;
            let opened = Opened {
                candidate: self.candidates().len(),
                iv: attempt.iv,
                begins: attempt.begins,
                verified: true,
            };
            let proofs = self.proofs(judge, sent, opened, &candidate, &payloads);
            super::any_holds(&proofs).then_some(opened)
        })?;
        Some((candidate, opened))
    }
}
