//! AUTH payloads, recomputed: with pre-shared keys (RFC 7296 §2.15), by
//! signatures (RFC 7427, RFC 4754), after EAP (§2.16), NULL (RFC 7619).

use super::exchange::{Half, How, Origin};
use super::keys::Keys;
use super::sa::Opened;
use crate::capture::unseal::Keyring;
use crate::crypto::{CryptoProvider, Prf, Secret};
use crate::evidence::{Place, Proof, Proven, Tried, Verdict};
use crate::keylog::Psk;
use crate::keymat::auth::{IntAuth, Intermediate, SignedOctets};
use crate::keymat::ikev2::MixedKeys;
use crate::keymat::x509;
use crate::wire::ike::{Auth, AuthData, Body, CertData, Payload, RawPayloads};
use crate::wire::registry::ike::{AuthMethod, CertEncoding, ExchangeType, NotifyType, PayloadType};
use std::sync::Arc;

/// How far the two ends have come in proving who they are.
#[derive(Debug, Default)]
pub(super) struct Authentication {
    /// The first request that asks for a child SA.
    pub(super) asked: Option<Half>,
    /// Bodies of the identities.
    id_i: Option<Vec<u8>>,
    id_r: Option<Vec<u8>>,
    /// EAP has begun: from then on its key proves.
    eap: bool,
    /// The message ID of the first exchange.
    message_id: Option<u32>,
    intermediate: IntermediateAuth,
    /// The pre-shared key that was found right, by its place in the list.
    fits: Option<usize>,
}

/// What `IKE_INTERMEDIATE` exchanges add (RFC 9242 §3.3.2).
#[derive(Debug, Default)]
struct IntermediateAuth {
    i: IntAuth,
    r: IntAuth,
    requests: u32,
    answers: u32,
    /// One could not be added.
    broken: bool,
}

/// What an AUTH payload is computed from, as far as it is known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Inputs<'a> {
    pub(super) keyring: &'a Keyring,
    pub(super) origin: Option<&'a Origin>,
    pub(super) keys: Option<&'a Keys>,
}

/// All of that for one AUTH payload, but for `SK_p`.
#[derive(Clone, Copy)]
struct Known<'a> {
    prf: &'static dyn Prf,
    keys: &'a Keys,
    message: &'a [u8],
    nonce: &'a [u8],
    id: &'a [u8],
    intermediate: Option<Intermediate<'a>>,
    resumed: bool,
    /// EAP came before.
    eap: bool,
}

/// All of it.
struct Recomputed<'a> {
    prf: &'static dyn Prf,
    sk_p: &'a Secret,
    octets: SignedOctets<'a>,
    resumed: bool,
    eap: bool,
}

/// The AUTH payload, and what stands beside it.
#[derive(Clone, Copy)]
struct Claim<'a, 'p> {
    of: Proven,
    by_initiator: bool,
    auth: &'a Auth<'p>,
    payloads: &'a [Payload<'p>],
    /// A post-quantum preshared key is mixed in (RFC 8784 §3).
    with_ppk: bool,
}

type Judged = (Verdict, Option<Tried>);

/// What an `IKE_AUTH` message has shown.
#[derive(Debug, Default)]
pub(super) struct Shown {
    pub(super) proof: Option<Proof>,
    /// The keys that a post-quantum preshared key has made.
    pub(super) mixed: Option<MixedKeys>,
}

impl Authentication {
    /// Takes in a message of `IKE_AUTH`; recomputes its AUTH payload.
    pub(super) fn message(&mut self, inputs: Inputs<'_>, opened: &Opened<'_, '_>) -> Shown {
        self.message_id.get_or_insert(opened.way.message_id);
        for payload in RawPayloads::new(opened.first, opened.inner) {
            if payload.body.len() > ID_MAX {
                continue;
            }
            match payload.kind {
                PayloadType::IDI => self.id_i = Some(payload.body.to_vec()),
                PayloadType::IDR if opened.way.response => {
                    self.id_r = Some(payload.body.to_vec());
                }
                _ => {}
            }
        }
        let shown = match Claim::of(opened) {
            Some(claim) => self.prove(inputs, claim),
            None => Shown::default(),
        };
        let is_eap = |payload: &Payload<'_>| payload.kind == PayloadType::EAP;
        self.eap |= opened.payloads.iter().any(is_eap);
        shown
    }

    /// Takes in a message of `IKE_INTERMEDIATE`, opened by `keys`.
    pub(super) fn intermediate(&mut self, keys: Option<&Keys>, opened: &Opened<'_, '_>) {
        let by_initiator = opened.way.by_initiator;
        let IntermediateAuth {
            i,
            r,
            requests,
            answers,
            broken,
        } = &mut self.intermediate;
        let (chain, count) = match by_initiator {
            true => (i, requests),
            false => (r, answers),
        };
        *count = count.saturating_add(1);
        let added = keys.and_then(|keys| {
            let sk_p = keys.unmixed_sk_p(by_initiator);
            let (prf, sk_p) = (keys.prf?, sk_p.or(keys.sk_p(by_initiator))?);
            chain.add(prf, sk_p, opened.head, opened.inner).ok()
        });
        *broken |= added.is_none();
    }

    fn prove(&mut self, inputs: Inputs<'_>, claim: Claim<'_, '_>) -> Shown {
        let mut fits = self.fits;
        let mut mixed = None;
        let (verdict, tried) = match self.known(inputs, claim.by_initiator) {
            Err(why) => open(why),
            Ok(known) => known.judge(inputs, claim, &mut fits, &mut mixed),
        };
        self.fits = fits;
        let mut proof = Proof::new(claim.of, claim.by_initiator, verdict, Place::default());
        proof.tried = tried;
        Shown {
            proof: Some(proof),
            mixed,
        }
    }

    /// What one end signs, or what is missing to tell.
    fn known<'a>(&'a self, inputs: Inputs<'a>, by_initiator: bool) -> Result<Known<'a>, String> {
        let missing = |what: &str| Err(what.to_owned());
        let Some(origin) = inputs.origin else {
            return missing("the exchange that began the IKE SA is not in the capture");
        };
        let How::Init {
            request, answer, ..
        } = &origin.how
        else {
            return missing("the IKE SA was not authenticated when it began");
        };
        let Some((keys, prf)) = inputs.keys.and_then(|keys| Some((keys, keys.prf?))) else {
            return missing("the prf of the IKE SA is not known");
        };
        let (message, nonce, id) = match by_initiator {
            true => (request, &origin.nonce_r, &self.id_i),
            false => (answer, &origin.nonce_i, &self.id_r),
        };
        let Some(id) = id else {
            let end = end(by_initiator);
            return Err(format!("the message with ID{end} was not opened"));
        };
        Ok(Known {
            prf,
            keys,
            message,
            nonce,
            id,
            intermediate: self.added()?,
            resumed: request.get(EXCHANGE_AT) == Some(&RESUME),
            eap: self.eap,
        })
    }

    /// What the exchanges between the first and this one have added. They
    /// count from 1 on (RFC 7296 §2.2), so it shows when one was not opened.
    fn added(&self) -> Result<Option<Intermediate<'_>>, String> {
        let IntermediateAuth {
            i,
            r,
            requests,
            answers,
            broken,
        } = &self.intermediate;
        let auth_message_id = self.message_id.unwrap_or_default();
        let before = auth_message_id.saturating_sub(1);
        if *broken || *requests != before || *answers != before {
            return Err("an exchange before this one was not opened".to_owned());
        }
        Ok((before > 0).then_some(Intermediate {
            i,
            r,
            auth_message_id,
        }))
    }
}

impl<'a, 'p> Claim<'a, 'p> {
    fn of(opened: &Opened<'a, 'p>) -> Option<Self> {
        let auth = opened.payloads.iter().find_map(|payload| {
            let Body::Auth(auth) = &payload.body else {
                return None;
            };
            Some(auth)
        })?;
        let of = match auth.method {
            AuthMethod::SHARED_KEY => Proven::SharedKeyAuth,
            AuthMethod::NULL => Proven::NullAuth,
            _ => Proven::SignatureAuth,
        };
        let names_ppk = |payload: &Payload<'_>| {
            let Body::Notify(notify) = &payload.body else {
                return false;
            };
            notify.kind == NotifyType::PPK_IDENTITY
        };
        Some(Self {
            of,
            by_initiator: opened.way.by_initiator,
            auth,
            payloads: opened.payloads,
            with_ppk: opened.payloads.iter().any(names_ppk),
        })
    }
}

impl Known<'_> {
    /// Judges the claim with `SK_p`, or with what candidates for the
    /// post-quantum preshared key make of it.
    fn judge(
        &self,
        inputs: Inputs<'_>,
        claim: Claim<'_, '_>,
        fits: &mut Option<usize>,
        mixed: &mut Option<MixedKeys>,
    ) -> Judged {
        let by_initiator = claim.by_initiator;
        let unmixed = self.keys.unmixed_sk_p(by_initiator);
        let unmixed = unmixed.filter(|_| !claim.with_ppk);
        if let Some(sk_p) = unmixed.or(self.keys.sk_p(by_initiator)) {
            let judged = self.with(sk_p).judge(inputs.keyring, claim, fits);
            let may_be_mixed = inputs.origin.is_some_and(Origin::may_mix_ppk)
                && !claim.with_ppk
                && unmixed.is_none();
            if judged.0 == Verdict::Fails && may_be_mixed {
                return open("the keys may be those that a post-quantum preshared key made");
            }
            return judged;
        }
        for ppk in inputs.keyring.psks().iter().take(PPKS_MAX) {
            let Some(keys) = self.keys.mix(&ppk.key) else {
                break;
            };
            let sk_p = if by_initiator {
                &keys.sk_pi
            } else {
                &keys.sk_pr
            };
            let judged = self.with(sk_p).judge(inputs.keyring, claim, fits);
            if judged.0 == Verdict::Holds {
                *mixed = Some(keys);
                return judged;
            }
        }
        let end = end(by_initiator);
        open(match claim.with_ppk {
            true => format!("SK_p{end} depends on a post-quantum preshared key"),
            false => format!("SK_p{end} is not among the keys"),
        })
    }

    fn with<'b>(&'b self, sk_p: &'b Secret) -> Recomputed<'b> {
        let Self {
            prf,
            message,
            nonce,
            id,
            intermediate,
            resumed,
            eap,
            ..
        } = *self;
        Recomputed {
            prf,
            sk_p,
            octets: SignedOctets::new(prf, message, nonce, sk_p, id, intermediate),
            resumed,
            eap,
        }
    }
}

impl Recomputed<'_> {
    fn judge(&self, keyring: &Keyring, claim: Claim<'_, '_>, fits: &mut Option<usize>) -> Judged {
        match (claim.auth.data, claim.of) {
            (AuthData::Raw(value), Proven::SharedKeyAuth) if self.resumed => {
                judged(self.octets.keyed_auth(self.prf, self.sk_p).ct_eq(value))
            }
            (AuthData::Raw(value), Proven::SharedKeyAuth) if self.eap => self.eap(value),
            (AuthData::Raw(value), Proven::SharedKeyAuth) => self.psk(keyring.psks(), fits, value),
            (AuthData::Raw(value), Proven::NullAuth) => judged(self.by_sk_p(value)),
            _ => self.signature(keyring.provider(), claim.auth, claim.payloads),
        }
    }

    fn by_sk_p(&self, value: &[u8]) -> bool {
        let ours = self.octets.shared_key_auth(self.prf, self.sk_p);
        ours.ct_eq(value)
    }

    /// Tries the pre-shared keys, first the one that the other end had.
    fn psk(&self, psks: &[Arc<Psk>], fits: &mut Option<usize>, value: &[u8]) -> Judged {
        if psks.is_empty() {
            return open("no pre-shared key was given");
        }
        let likely = *fits;
        let others = (0..psks.len()).filter(|index| Some(*index) != likely);
        let mut tried = Tried {
            candidates: 0,
            fits: None,
        };
        for index in likely.into_iter().chain(others) {
            let Some(psk) = psks.get(index) else {
                continue;
            };
            tried.candidates = tried.candidates.saturating_add(1);
            let ours = self.octets.shared_key_auth(self.prf, &psk.key);
            if ours.ct_eq(value) {
                *fits = Some(index);
                tried.fits = Some(name_of(psk, index));
                break;
            }
        }
        let (verdict, _) = judged(tried.fits.is_some());
        (verdict, Some(tried))
    }

    /// A method that gives no key proves with `SK_p`; the key of one that
    /// gives one is in no packet (RFC 7296 §2.16).
    fn eap(&self, value: &[u8]) -> Judged {
        match self.by_sk_p(value) {
            true => judged(true),
            false => open("the key that the EAP method gave (MSK) is not known"),
        }
    }

    fn signature(
        &self,
        provider: &CryptoProvider,
        auth: &Auth<'_>,
        payloads: &[Payload<'_>],
    ) -> Judged {
        let (algorithm, signature) = match auth.data {
            AuthData::Raw(value) => (provider.ikev2_signature(auth.method), value),
            AuthData::Signature {
                algorithm,
                signature,
            } => (provider.signature(algorithm), signature),
        };
        let Some(algorithm) = algorithm else {
            return match auth.method {
                AuthMethod::DIGITAL_SIGNATURE => open("the signature algorithm is not supported"),
                method => open(format!("{method} is not supported")),
            };
        };
        let key = match public_key(payloads) {
            Ok(key) => key,
            Err(why) => return open(why),
        };
        let octets = &self.octets;
        let verified = octets.with_parts(|parts| algorithm.verify(&key, parts, signature));
        judged(verified.is_ok())
    }
}

/// The public key of the sender: that of the first certificate (RFC 7296
/// §3.6), or a raw one (RFC 7670).
fn public_key(payloads: &[Payload<'_>]) -> Result<Vec<u8>, &'static str> {
    let mut certificates = payloads.iter().filter_map(|payload| {
        let Body::Cert(certificate) = &payload.body else {
            return None;
        };
        Some(certificate)
    });
    let first = certificates.next().ok_or("no certificate came with it")?;
    match (first.encoding, first.data) {
        (CertEncoding::X509_SIGNATURE, CertData::Raw(der)) => x509::Certificate::read(der)
            .map(|certificate| certificate.spki().to_vec())
            .map_err(|_| "the certificate cannot be read"),
        (CertEncoding::RAW_PUBLIC_KEY, CertData::Raw(key)) => Ok(key.to_vec()),
        _ => Err("the certificate is not in the message"),
    }
}

/// Who the key is for, or its number among the candidates; never the key.
fn name_of(psk: &Psk, index: usize) -> String {
    let number = || format!("candidate {}", index.saturating_add(1));
    psk.identity.clone().unwrap_or_else(number)
}

const fn end(by_initiator: bool) -> &'static str {
    if by_initiator { "i" } else { "r" }
}

fn open(why: impl Into<String>) -> Judged {
    (Verdict::Open(why.into()), None)
}

const fn judged(holds: bool) -> Judged {
    let verdict = match holds {
        true => Verdict::Holds,
        false => Verdict::Fails,
    };
    (verdict, None)
}

/// Candidates for a post-quantum preshared key: with each of them, every
/// pre-shared key is tried.
const PPKS_MAX: usize = 16;

/// Bytes of an identity that is remembered.
const ID_MAX: usize = 4096;

/// Where the header has the exchange type, and that of resumption (RFC 5723).
const EXCHANGE_AT: usize = 18;
const RESUME: u8 = ExchangeType::IKE_SESSION_RESUME.0;
