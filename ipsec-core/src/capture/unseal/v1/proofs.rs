//! The hashes in IKEv1 messages, recomputed: `HASH_I` and `HASH_R`, alone or
//! signed, of phase 1 (RFC 2409 §5), and those of phase 2 (§5.5, §5.7).

use super::candidate::{Agreed, Candidate};
use super::payloads::Payloads;
use super::phase1::Phase1;
use super::quick::Quick;
use crate::crypto::{CryptoProvider, Prf, Secret};
use crate::evidence::{Place, Proof, Proven, Tried, Verdict};
use crate::keylog::Psk;
use crate::keymat::ikev1::{self, Basis, Phase1Exchange};
use crate::keymat::x509;
use crate::keymat::{Nonces, Spis};
use crate::wire::registry::isakmp::{AuthMethod, CertEncoding, ExchangeType, PayloadType};
use std::sync::Arc;

/// What the hashes of one message are recomputed with.
#[derive(Clone, Copy)]
pub(super) struct Judge<'a> {
    pub(super) provider: &'static CryptoProvider,
    pub(super) cookies: Spis,
    pub(super) phase_1: &'a Phase1,
    /// Pre-shared keys to try.
    pub(super) psks: &'a [Arc<Psk>],
    /// The initiator sent the message.
    pub(super) by_initiator: bool,
}

impl Judge<'_> {
    /// The same without trying pre-shared keys.
    pub(super) const fn without_psks(self) -> Self {
        Self { psks: &[], ..self }
    }

    /// What a trial of all pre-shared keys proves.
    pub(super) fn preshared_key(&self, tried: Tried) -> Proof {
        let verdict = match tried.fits {
            Some(_) => Verdict::Holds,
            None => Verdict::Fails,
        };
        Proof {
            tried: Some(tried),
            ..self.proof(Proven::PresharedKey, verdict)
        }
    }

    /// What a phase 1 message proves of its sender, when `SKEYID` is one of
    /// those of `candidates`.
    pub(super) fn identity(
        &self,
        payloads: &Payloads<'_>,
        candidates: &[&Candidate],
    ) -> Vec<Proof> {
        let mut proofs = Vec::new();
        let skeyids: Vec<_> = candidates
            .iter()
            .filter_map(|candidate| Some((candidate.suite.prf, candidate.skeyid.as_ref()?)))
            .collect();
        let found = candidates
            .iter()
            .find_map(|candidate| candidate.tried.clone());
        if let Some(hash) = payloads.body(PayloadType::HASH) {
            let proof = self.hash(hash, payloads, &skeyids);
            match found {
                None => proofs.extend(proof.into_iter().chain(self.key_of(&skeyids))),
                tried => proofs.extend(proof.map(|proof| Proof { tried, ..proof })),
            }
        }
        // Without any keys nothing was asked of a message in the clear.
        if let Some(signature) = payloads.body(PayloadType::SIGNATURE)
            && !candidates.is_empty()
        {
            let verdict = self.signature(signature, payloads, &skeyids);
            proofs.push(self.proof(Proven::IdentitySignature, verdict));
        }
        proofs
    }

    /// `HASH_I` or `HASH_R`, under the keys known and then under candidates.
    fn hash(
        &self,
        hash: &[u8],
        payloads: &Payloads<'_>,
        skeyids: &[(&'static dyn Prf, &Secret)],
    ) -> Option<Proof> {
        if skeyids.is_empty() && self.psks.is_empty() {
            return None;
        }
        let Some(covered) = self.covered(payloads) else {
            let verdict = Verdict::Open("part of what it covers is not known".into());
            return Some(self.proof(Proven::Identity, verdict));
        };
        let is_right = |prf: &dyn Prf, skeyid: &Secret| {
            covered.hash(prf, skeyid, self.by_initiator).ct_eq(hash)
        };
        if skeyids.iter().any(|(prf, skeyid)| is_right(*prf, skeyid)) {
            return Some(self.proof(Proven::Identity, Verdict::Holds));
        }
        let tried = self.try_psks(is_right);
        let verdict = match &tried {
            Some(Tried { fits: Some(_), .. }) => Verdict::Holds,
            Some(_) => Verdict::Fails,
            None if !skeyids.is_empty() => Verdict::Fails,
            None => return None,
        };
        Some(Proof {
            tried,
            ..self.proof(Proven::Identity, verdict)
        })
    }

    /// Which candidate gives the `SKEYID` that a log has.
    fn key_of(&self, skeyids: &[(&'static dyn Prf, &Secret)]) -> Option<Proof> {
        let is_known = |skeyid: &Secret| {
            let mut known = skeyids.iter();
            known.any(|(_, known)| known.ct_eq(skeyid.dangerous_bytes()))
        };
        if skeyids.is_empty() {
            return None;
        }
        let tried = self.try_psks(|_, skeyid| is_known(skeyid))?;
        Some(self.preshared_key(tried))
    }

    /// Tries all pre-shared keys where one of them can be `SKEYID`'s basis.
    fn try_psks(&self, is_right: impl Fn(&dyn Prf, &Secret) -> bool) -> Option<Tried> {
        let agreed = Agreed::of(self.provider, self.phase_1)?;
        if self.psks.is_empty() || Basis::of(agreed.chosen.auth) != Some(Basis::PresharedKey) {
            return None;
        }
        let prf = agreed.suite.prf;
        let fitting = self.psks.iter().position(|psk| {
            let skeyid = ikev1::skeyid_psk(prf, &psk.key, agreed.nonces);
            is_right(prf, &skeyid)
        });
        Some(tried(self.psks, fitting))
    }

    fn signature(
        &self,
        signature: &[u8],
        payloads: &Payloads<'_>,
        skeyids: &[(&'static dyn Prf, &Secret)],
    ) -> Verdict {
        let open = |why: &str| Verdict::Open(why.into());
        let (Some(covered), Some(chosen)) = (self.covered(payloads), self.phase_1.chosen()) else {
            return open("part of what it covers is not known");
        };
        if skeyids.is_empty() {
            return open("SKEYID is not known");
        }
        let method = signature_method(chosen.auth);
        let Some(algorithm) = self.provider.ikev1_signature(method) else {
            return open("the signature algorithm is not supported");
        };
        let keys = public_keys(payloads);
        if keys.is_empty() {
            return open("the message has no X.509 certificate with the public key");
        }
        let holds = skeyids.iter().any(|(prf, skeyid)| {
            let hash = covered.hash(*prf, skeyid, self.by_initiator);
            let message = [hash.dangerous_bytes()];
            let mut keys = keys.iter();
            keys.any(|key| algorithm.verify(key, &message, signature).is_ok())
        });
        match holds {
            true => Verdict::Holds,
            false => Verdict::Fails,
        }
    }

    /// All that the hash of this end covers, with the identity in the message
    /// or an earlier one.
    fn covered<'a>(&'a self, payloads: &Payloads<'a>) -> Option<Covered<'a>> {
        let Phase1 { i, r, sai_b, .. } = self.phase_1;
        // Public-key encryption hides identities under the keys of the ends.
        let chosen = self.phase_1.chosen();
        let basis = chosen.and_then(|chosen| Basis::of(chosen.auth));
        if basis == Some(Basis::PublicKeyEncryption) {
            return None;
        }
        let own = if self.by_initiator { i } else { r };
        let id = payloads.body(PayloadType::ID).or(own.id.as_deref())?;
        let exchange = Phase1Exchange {
            gxi: i.ke.as_ref()?,
            gxr: r.ke.as_ref()?,
            cookies: self.cookies,
            sai_b: sai_b.as_ref()?,
        };
        Some(Covered { exchange, id })
    }

    /// The hash that a phase 2 message begins with; `None` where there is
    /// nothing to recompute.
    pub(super) fn phase_2(
        &self,
        message: Phase2<'_>,
        payloads: &Payloads<'_>,
        candidate: &Candidate,
    ) -> Option<Proof> {
        let (sent, rest) = payloads.hash_and_rest()?;
        let has_nonce = payloads.find(PayloadType::NONCE).is_some();
        let (number, hash) = message.hash(candidate, rest, has_nonce)?;
        let unknown = message.is_unknown() && has_nonce;
        let verdict = match hash.map(|hash| hash.ct_eq(sent.body)) {
            Some(true) => Verdict::Holds,
            Some(false) if !unknown => Verdict::Fails,
            Some(false) | None => Verdict::Open("the nonces it covers were not captured".into()),
        };
        let number = match &verdict {
            Verdict::Open(_) if unknown => 2,
            Verdict::Open(_) | Verdict::Holds | Verdict::Fails => number,
        };
        Some(self.proof(Proven::Hash(number), verdict))
    }

    fn proof(&self, of: Proven, verdict: Verdict) -> Proof {
        // Where it stands the reader of the whole packet knows.
        Proof::new(of, self.by_initiator, verdict, Place::default())
    }
}

/// A message of phase 2.
#[derive(Clone, Copy)]
pub(super) struct Phase2<'a> {
    pub(super) exchange: ExchangeType,
    pub(super) message_id: u32,
    pub(super) place: InQuickMode<'a>,
}

impl Phase2<'_> {
    /// The beginning of its quick mode was not captured.
    pub(super) const fn is_unknown(self) -> bool {
        matches!(self.place, InQuickMode::Unknown)
    }

    /// Number and value of the hash that it ought to begin with, where `rest`
    /// follows it: no value where what it covers was not seen, `None` without
    /// `SKEYID_a` or a rule for it.
    pub(super) fn hash(
        self,
        candidate: &Candidate,
        rest: &[u8],
        has_nonce: bool,
    ) -> Option<(u8, Option<Secret>)> {
        let skeyid_a = candidate.skeyid_a.as_ref()?;
        let (prf, id) = (candidate.suite.prf, self.message_id);
        let quick = self.exchange == ExchangeType::QUICK_MODE;
        Some(match self.place {
            InQuickMode::Answer(to) if quick && has_nonce => {
                let hash = ikev1::hash_2(prf, skeyid_a, id, &to.i.nonce, rest);
                (2, Some(hash))
            }
            InQuickMode::Third(nonces) if quick && rest.is_empty() => {
                let hash = nonces.map(|nonces| ikev1::hash_3(prf, skeyid_a, id, nonces));
                (3, hash)
            }
            // After a commit bit, of which no RFC says what its hash covers.
            InQuickMode::Third(_) if quick => return None,
            InQuickMode::First
            | InQuickMode::Answer(_)
            | InQuickMode::Third(_)
            | InQuickMode::Unknown => (1, Some(ikev1::hash_1(prf, skeyid_a, id, rest))),
        })
    }
}

/// Where in its quick mode a message stands.
#[derive(Clone, Copy)]
pub(super) enum InQuickMode<'a> {
    /// It is the first.
    First,
    /// It answers this one.
    Answer(&'a Quick),
    /// It has no nonce, so it follows both: these, where they were seen.
    Third(Option<Nonces<'a>>),
    /// Its beginning was not captured.
    Unknown,
}

/// What `HASH_I` and `HASH_R` cover.
struct Covered<'a> {
    exchange: Phase1Exchange<'a>,
    id: &'a [u8],
}

impl Covered<'_> {
    fn hash(&self, prf: &dyn Prf, skeyid: &Secret, by_initiator: bool) -> Secret {
        match by_initiator {
            true => self.exchange.hash_i(prf, skeyid, self.id),
            false => self.exchange.hash_r(prf, skeyid, self.id),
        }
    }
}

/// How a trial of candidates came out.
pub(super) fn tried(psks: &[Arc<Psk>], fitting: Option<usize>) -> Tried {
    let name = |at: usize| {
        let identity = psks.get(at).and_then(|psk| psk.identity.clone());
        identity.unwrap_or_else(|| format!("candidate {}", at.saturating_add(1)))
    };
    Tried {
        candidates: fitting.map_or(psks.len(), |at| at.saturating_add(1)),
        fits: fitting.map(name),
    }
}

/// The method by which a signature algorithm is known.
fn signature_method(auth: AuthMethod) -> AuthMethod {
    match auth {
        AuthMethod::HYBRID_INIT_RSA
        | AuthMethod::HYBRID_RESP_RSA
        | AuthMethod::XAUTH_INIT_RSA
        | AuthMethod::XAUTH_RESP_RSA => AuthMethod::RSA_SIGNATURES,
        other => other,
    }
}

/// The public keys of the certificates in a message.
fn public_keys(payloads: &Payloads<'_>) -> Vec<Vec<u8>> {
    let certificates = payloads
        .list
        .iter()
        .filter(|payload| payload.kind == PayloadType::CERT);
    let keys = certificates.filter_map(|payload| {
        let (encoding, der) = payload.body.split_first()?;
        let is_x509 = CertEncoding(*encoding) == CertEncoding::X509_SIGNATURE;
        let certificate = x509::Certificate::read(der).ok().filter(|_| is_x509)?;
        Some(certificate.spki().to_vec())
    });
    keys.take(CERTIFICATES_MAX).collect()
}

/// Certificates of one message whose keys are tried.
const CERTIFICATES_MAX: usize = 8;
