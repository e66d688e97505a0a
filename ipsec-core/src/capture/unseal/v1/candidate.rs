//! Keys that may be those of an ISAKMP SA, gathered from all that a keyring
//! tells about its cookies, and set to work with the algorithms of the SA.

use super::phase1::{Chosen, Phase1};
use super::secrets;
use crate::capture::unseal::Keyring;
use crate::crypto::{Cipher, CipherKey, CryptoProvider, Failed, Hash, Prf, Secret, suite};
use crate::evidence::Tried;
use crate::keylog::Ikev1Keys;
use crate::keymat::ikev1::{self, Basis, Phase1Keys};
use crate::keymat::iv::Iv;
use crate::keymat::{Nonces, Spis};
use crate::sorted;
use crate::wire::registry::{ike, isakmp};
use core::fmt;

/// The algorithms of an ISAKMP SA.
#[derive(Clone, Copy, Debug)]
pub(super) struct Suite {
    cipher: &'static dyn Cipher,
    pub(super) prf: &'static dyn Prf,
    pub(super) hash: &'static dyn Hash,
}

/// Keys that may be those of an SA.
pub(super) struct Candidate {
    pub(super) suite: Suite,
    cipher: Box<dyn CipherKey>,
    /// The first IV of phase 1, where a log has it.
    first_iv: Option<Iv>,
    /// `SKEYID`.
    pub(super) skeyid: Option<Secret>,
    /// `SKEYID_d`.
    pub(super) skeyid_d: Option<Secret>,
    /// `SKEYID_a`.
    pub(super) skeyid_a: Option<Secret>,
    /// They were made for these cookies: when they do not fit, that tells
    /// something.
    pub(super) names_sa: bool,
    /// The pre-shared keys that were tried to find them.
    pub(super) tried: Option<Tried>,
}

/// What a keyring has for an SA.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub(super) candidates: Vec<Candidate>,
    /// There are keys for it, but not the algorithms to use them.
    pub(super) unsupported: bool,
    /// That of the keyring.
    pub(super) revision: usize,
}

/// Where candidates come from.
pub(super) struct Gatherer<'a> {
    pub(super) keyring: &'a Keyring,
    pub(super) cookies: Spis,
    pub(super) phase_1: &'a Phase1,
}

/// The keys that an entry has, or that follow from them.
struct Schedule {
    skeyid: Option<Secret>,
    skeyid_d: Option<Secret>,
    skeyid_a: Option<Secret>,
    skeyid_e: Option<Secret>,
}

impl From<Phase1Keys> for Schedule {
    fn from(keys: Phase1Keys) -> Self {
        Self {
            skeyid: Some(keys.skeyid),
            skeyid_d: Some(keys.skeyid_d),
            skeyid_a: Some(keys.skeyid_a),
            skeyid_e: Some(keys.skeyid_e),
        }
    }
}

impl Schedule {
    fn of(entry: &Ikev1Keys) -> Self {
        let own = |key: &Option<Secret>| key.as_ref().map(copy);
        Self {
            skeyid: own(&entry.skeyid),
            skeyid_d: own(&entry.skeyid_d),
            skeyid_a: own(&entry.skeyid_a),
            skeyid_e: own(&entry.skeyid_e),
        }
    }

    fn is_complete(&self) -> bool {
        self.skeyid_d.is_some() && self.skeyid_a.is_some() && self.skeyid_e.is_some()
    }

    /// No key that it has is another one in `keys`.
    fn agrees(&self, keys: &Phase1Keys) -> bool {
        let pairs = [
            (&self.skeyid_d, &keys.skeyid_d),
            (&self.skeyid_a, &keys.skeyid_a),
            (&self.skeyid_e, &keys.skeyid_e),
        ];
        pairs.into_iter().all(|(known, key)| {
            let known = known.as_ref();
            known.is_none_or(|known| known.ct_eq(key.dangerous_bytes()))
        })
    }
}

impl Candidate {
    /// Keys from the key schedule, for this SA alone.
    pub(super) fn derived(suite: Suite, chosen: &Chosen, keys: Phase1Keys) -> Option<Self> {
        let len = key_len(suite.cipher, Some(chosen))?;
        let key = ikev1::encryption_key(suite.prf, &keys.skeyid_e, len);
        let cipher = suite.cipher.with_key(key.dangerous_bytes()).ok()?;
        Some(Self {
            suite,
            cipher,
            first_iv: None,
            skeyid: Some(keys.skeyid),
            skeyid_d: Some(keys.skeyid_d),
            skeyid_a: Some(keys.skeyid_a),
            names_sa: true,
            tried: None,
        })
    }

    /// Bytes of a block of its cipher.
    pub(super) fn block(&self) -> usize {
        self.suite.cipher.suite().block
    }

    /// What phase 1 can have begun with.
    pub(super) fn first_ivs(&self, phase_1: &Phase1) -> Vec<Iv> {
        let computed = || {
            let (gxi, gxr) = (phase_1.i.ke.as_ref()?, phase_1.r.ke.as_ref()?);
            let digest = self.suite.hash.digest(&[gxi, gxr]);
            digest.as_bytes().get(..self.block()).map(Iv::new)
        };
        let mut ivs: Vec<_> = self.first_iv.into_iter().chain(computed()).collect();
        ivs.dedup();
        ivs
    }

    /// Whether this is the Diffie-Hellman secret of phase 1.
    pub(super) fn is_made_from(&self, shared: &Secret, cookies: Spis) -> bool {
        let (Some(skeyid), Some(skeyid_d)) = (&self.skeyid, &self.skeyid_d) else {
            return false;
        };
        let keys = Phase1Keys::derive(self.suite.prf, copy(skeyid), shared, cookies);
        keys.skeyid_d.ct_eq(skeyid_d.dangerous_bytes())
    }

    pub(super) fn decrypt(&self, iv: Iv, text: &mut [u8]) -> Result<(), Failed> {
        self.cipher.decrypt(iv.as_bytes(), text)
    }
}

/// Shows no key.
impl fmt::Debug for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Candidate")
            .field("suite", &self.suite)
            .field("names_sa", &self.names_sa)
            .finish_non_exhaustive()
    }
}

impl Gatherer<'_> {
    /// All that may open the SA without trying pre-shared keys; those that
    /// can check what they open come first.
    pub(super) fn gather(&self) -> Gathered {
        let mut gathered = Gathered {
            revision: self.keyring.revision(),
            ..Gathered::default()
        };
        for entry in self.keyring.ikev1(self.cookies.i) {
            if gathered.candidates.len() < CANDIDATES_MAX && self.is_for_responder(entry.cookie_r) {
                self.add(entry, &mut gathered);
            }
        }
        gathered.candidates.extend(self.by_signature());
        gathered.candidates.truncate(CANDIDATES_MAX);
        let unchecked = |candidate: &Candidate| candidate.skeyid_a.is_none();
        sorted::by_key(&mut gathered.candidates, unchecked);
        gathered
    }

    fn is_for_responder(&self, cookie_r: Option<[u8; 8]>) -> bool {
        cookie_r.is_none_or(|cookie| cookie == self.cookies.r)
    }

    fn add(&self, entry: &Ikev1Keys, gathered: &mut Gathered) {
        let suites = self.suites(entry);
        gathered.unsupported |= suites.is_empty() && entry.cookie_i.is_some();
        let candidates = suites.into_iter();
        let candidates = candidates.filter_map(|suite| self.candidate(entry, suite));
        gathered.candidates.extend(candidates);
    }

    fn candidate(&self, entry: &Ikev1Keys, suite: Suite) -> Option<Candidate> {
        let schedule = self.schedule(entry, suite.prf);
        let key = match &entry.key {
            Some(key) => copy(key),
            None => {
                let len = key_len(suite.cipher, self.phase_1.chosen())?;
                ikev1::encryption_key(suite.prf, schedule.skeyid_e.as_ref()?, len)
            }
        };
        let block = suite.cipher.suite().block;
        let iv = entry.iv.as_deref().filter(|iv| iv.len() == block);
        Some(Candidate {
            suite,
            cipher: suite.cipher.with_key(key.dangerous_bytes()).ok()?,
            first_iv: iv.map(Iv::new),
            skeyid: schedule.skeyid,
            skeyid_d: schedule.skeyid_d,
            skeyid_a: schedule.skeyid_a,
            names_sa: entry.cookie_i.is_some(),
            tried: None,
        })
    }

    /// What the entry has; with `SKEYID` and the Diffie-Hellman secret the
    /// rest follows.
    fn schedule(&self, entry: &Ikev1Keys, prf: &dyn Prf) -> Schedule {
        let known = Schedule::of(entry);
        let Some(skeyid) = entry.skeyid.as_ref().filter(|_| !known.is_complete()) else {
            return known;
        };
        let shared = secrets::of_phase_1(self.keyring, self.cookies, self.phase_1);
        let mut derived = shared
            .iter()
            .map(|shared| Phase1Keys::derive(prf, copy(skeyid), shared, self.cookies));
        let fitting = derived.find(|keys| known.agrees(keys));
        fitting.map_or(known, Schedule::from)
    }

    /// With signatures the Diffie-Hellman secret is all it takes.
    fn by_signature(&self) -> Vec<Candidate> {
        let Some(agreed) = Agreed::of(self.keyring.provider(), self.phase_1) else {
            return Vec::new();
        };
        if Basis::of(agreed.chosen.auth) != Some(Basis::Signature) {
            return Vec::new();
        }
        let (suite, nonces) = (agreed.suite, agreed.nonces);
        secrets::of_phase_1(self.keyring, self.cookies, self.phase_1)
            .iter()
            .filter_map(|shared| {
                let skeyid = ikev1::skeyid_signature(suite.prf, nonces, shared);
                let keys = Phase1Keys::derive(suite.prf, skeyid, shared, self.cookies);
                Candidate::derived(suite, agreed.chosen, keys)
            })
            .collect()
    }

    /// The algorithms: those on the wire and those that the log names; where
    /// neither tells, those that have keys of that length.
    fn suites(&self, entry: &Ikev1Keys) -> Vec<Suite> {
        let provider = self.keyring.provider();
        let chosen = self.phase_1.chosen();
        let named = || {
            let cipher = provider.cipher(suite::encryption(entry.encryption?)?)?;
            Suite::new(provider, cipher, provider.prf(entry.prf?)?)
        };
        let mut suites: Vec<_> = chosen
            .and_then(|chosen| Suite::of(provider, chosen))
            .into_iter()
            .chain(named())
            .collect();
        suites.dedup_by_key(|suite| suite.names());
        if suites.is_empty() && chosen.is_none() {
            suites = self.likely_suites(entry);
        }
        suites
    }

    fn likely_suites(&self, entry: &Ikev1Keys) -> Vec<Suite> {
        let provider = self.keyring.provider();
        let len = entry.key.as_ref().map(Secret::len);
        let fitting = LIKELY.iter().filter(|(key, _)| Some(*key) == len);
        let ids: Vec<_> = match entry.encryption {
            Some(named) => vec![named],
            None => fitting.map(|(_, id)| *id).collect(),
        };
        let ciphers = ids
            .iter()
            .filter_map(|id| provider.cipher(suite::encryption(*id)?));
        let prfs = HASHES.iter().filter_map(|id| provider.ikev1_prf(*id));
        let prfs = prfs.filter(|prf| entry.prf.is_none_or(|named| named == prf.ikev2()));
        ciphers
            .flat_map(|cipher| prfs.clone().map(move |prf| (cipher, prf)))
            .filter_map(|(cipher, prf)| Suite::new(provider, cipher, prf))
            .collect()
    }
}

impl Suite {
    /// The cipher, and the hash that `prf` is the HMAC of.
    fn new(
        provider: &CryptoProvider,
        cipher: &'static dyn Cipher,
        prf: &'static dyn Prf,
    ) -> Option<Self> {
        let hash = provider.ikev1_hash(prf.ikev1()?)?;
        Some(Self { cipher, prf, hash })
    }

    fn names(&self) -> (&'static str, &'static str) {
        (self.cipher.suite().name, self.hash.name())
    }

    /// The algorithms of a transform, where the provider has them all.
    pub(super) fn of(provider: &CryptoProvider, chosen: &Chosen) -> Option<Self> {
        let cipher = provider.cipher(suite::phase1_encryption(chosen.encryption)?)?;
        Self::new(provider, cipher, provider.ikev1_prf(chosen.hash)?)
    }
}

/// What both ends have said of a phase 1 that keys can be derived for.
pub(super) struct Agreed<'a> {
    pub(super) suite: Suite,
    pub(super) chosen: &'a Chosen,
    pub(super) nonces: Nonces<'a>,
}

impl<'a> Agreed<'a> {
    pub(super) fn of(provider: &CryptoProvider, phase_1: &'a Phase1) -> Option<Self> {
        let chosen = phase_1.chosen()?;
        Some(Self {
            suite: Suite::of(provider, chosen)?,
            chosen,
            nonces: Nonces {
                i: phase_1.i.nonce.as_ref()?,
                r: phase_1.r.nonce.as_ref()?,
            },
        })
    }
}

/// Bytes of the key that the transform asks for, or the longest there is.
fn key_len(cipher: &dyn Cipher, chosen: Option<&Chosen>) -> Option<usize> {
    let sizes = cipher.suite();
    let bits = match chosen {
        Some(chosen) => sizes.keys.negotiated(chosen.key_length)?,
        None => sizes.keys.default.unwrap_or(sizes.keys.most),
    };
    Some(sizes.key_material(bits))
}

pub(super) fn copy(key: &Secret) -> Secret {
    Secret::new(key.dangerous_bytes().to_vec())
}

/// Ciphers by the bytes of their keys, for keys of which nothing else is known.
const LIKELY: &[(usize, ike::Encryption)] = &[
    (8, ike::Encryption::ENCR_DES),
    (16, ike::Encryption::ENCR_AES_CBC),
    (24, ike::Encryption::ENCR_3DES),
    (24, ike::Encryption::ENCR_AES_CBC),
    (32, ike::Encryption::ENCR_AES_CBC),
];
/// Hashes, the likeliest first.
const HASHES: &[isakmp::Hash] = &[
    isakmp::Hash::SHA,
    isakmp::Hash::SHA2_256,
    isakmp::Hash::MD5,
    isakmp::Hash::SHA2_384,
    isakmp::Hash::SHA2_512,
];
/// Sets of keys that are tried on one SA.
const CANDIDATES_MAX: usize = 64;
