//! The keys that one IKE SA may have, from everything at hand: `SK_*` as they
//! were logged, `SKEYSEED`, shared secrets, private values.
//!
//! What a log says need not be true. Candidates are tried, and the one under
//! which a check value is right has opened the message.

use super::exchange::{Agreement, How, Origin};
use super::keychain::Closed;
use crate::capture::unseal::Keyring;
use crate::crypto::{CryptoProvider, Prf, Secret, suite};
use crate::keylog::algorithms::missing_salt;
use crate::keylog::{Ikev2Keys, KeyExchangeSecret};
use crate::keymat::Spis;
use crate::keymat::ikev2::{self, IkeKeys, MixedKeys};
use crate::keymat::sealed::{Ikev2Body, NoBody, OpenFault};
use crate::wire::registry::ike::Encryption;
use core::ops::Range;

/// The keys of one IKE SA, or those of one key exchange of it (RFC 9370).
#[derive(Debug)]
pub(super) struct Keys {
    pub(super) prf: Option<&'static dyn Prf>,
    pub(super) sk_d: Option<Secret>,
    pub(super) sk_pi: Option<Secret>,
    pub(super) sk_pr: Option<Secret>,
    /// These three as they are before a post-quantum preshared key changes
    /// them, where one may (RFC 8784 §3).
    unmixed: Option<MixedKeys>,
    i: Protector,
    r: Protector,
}

/// What protects the messages of one end.
#[derive(Debug, Default)]
struct Protector {
    body: Option<Ikev2Body>,
    /// A key that lacks its salt, which the first message will tell.
    unsalted: Option<(&'static CryptoProvider, Secret)>,
    /// It has opened a message.
    proved: bool,
}

/// Keys that may be those of an SA.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) keys: Result<Keys, NoBody>,
    /// Nothing says that they are for it: if they do not fit, no key was
    /// wrong.
    pub(super) is_guess: bool,
}

/// Where the keys of an SA can come from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sources<'a> {
    pub(super) keyring: &'a Keyring,
    pub(super) spis: Spis,
    pub(super) origin: Option<&'a Origin>,
    /// The keys before the last additional key exchange, and its values.
    pub(super) before: Option<(&'a Keys, Option<&'a Agreement>)>,
    /// Private values may be used: each costs an exponentiation.
    pub(super) may_agree: bool,
}

impl Keys {
    /// Opens what one end has sent; `None` where its key is not known.
    pub(super) fn open(
        &mut self,
        closed: &Closed<'_>,
        plain: &mut Vec<u8>,
    ) -> Option<Result<usize, OpenFault>> {
        let end = match closed.by_initiator {
            true => &mut self.i,
            false => &mut self.r,
        };
        end.open(closed.message, closed.sealed.body.clone(), plain)
    }

    /// Messages of that end were opened.
    pub(super) const fn has_opened(&self, by_initiator: bool) -> bool {
        if by_initiator {
            self.i.proved
        } else {
            self.r.proved
        }
    }

    /// The three keys that `ppk` makes of those before it; `None` where these
    /// are not known.
    pub(super) fn mix(&self, ppk: &Secret) -> Option<MixedKeys> {
        let MixedKeys { sk_d, sk_pi, sk_pr } = self.unmixed.as_ref()?;
        let prf = self.prf?;
        let mix = |key: &Secret| {
            let seed = [key.dangerous_bytes()];
            ikev2::prf_plus(prf, ppk.dangerous_bytes(), &seed, key.len()).ok()
        };
        Some(MixedKeys {
            sk_d: mix(sk_d)?,
            sk_pi: mix(sk_pi)?,
            sk_pr: mix(sk_pr)?,
        })
    }

    /// Goes on with the keys that a PPK has made; with `None`, with those that
    /// none has changed, where they are known.
    pub(super) fn settle(&mut self, mixed: Option<MixedKeys>) {
        let settled = mixed.or_else(|| self.unmixed.take());
        if let Some(MixedKeys { sk_d, sk_pi, sk_pr }) = settled {
            (self.sk_d, self.sk_pi, self.sk_pr) = (Some(sk_d), Some(sk_pi), Some(sk_pr));
        }
    }

    /// `SK_pi` or `SK_pr` is known, if only before a PPK.
    pub(super) fn knows_sk_p(&self, by_initiator: bool) -> bool {
        self.sk_p(by_initiator).is_some() || self.unmixed.is_some()
    }

    /// `SK_d` before a PPK: additional key exchanges come earlier.
    fn unmixed_sk_d(&self) -> Option<&Secret> {
        let unmixed = self.unmixed.as_ref().map(|keys| &keys.sk_d);
        unmixed.or(self.sk_d.as_ref())
    }

    /// `SK_pi` or `SK_pr` before a PPK.
    pub(super) fn unmixed_sk_p(&self, by_initiator: bool) -> Option<&Secret> {
        let MixedKeys { sk_pi, sk_pr, .. } = self.unmixed.as_ref()?;
        Some(if by_initiator { sk_pi } else { sk_pr })
    }

    /// `SK_pi` or `SK_pr`.
    pub(super) const fn sk_p(&self, by_initiator: bool) -> Option<&Secret> {
        if by_initiator {
            self.sk_pi.as_ref()
        } else {
            self.sk_pr.as_ref()
        }
    }
}

impl Protector {
    /// A key of a wrong length is none.
    fn new(
        provider: &'static CryptoProvider,
        (encryption, mac): Algorithms,
        key: Secret,
        mac_key: Option<Secret>,
    ) -> Result<Self, NoBody> {
        let mac_key = mac_key.unwrap_or_else(|| Secret::new(Vec::new()));
        let body = match Ikev2Body::new(provider, encryption, &key, mac, &mac_key) {
            Ok(body) => Some(body),
            Err(NoBody::KeyLength) => None,
            Err(NoBody::Unsupported) => return Err(NoBody::Unsupported),
        };
        let lacks_salt =
            encryption == Encryption::ENCR_AES_GCM_16 && missing_salt(encryption, &key).is_some();
        Ok(Self {
            body,
            unsalted: lacks_salt.then_some((provider, key)),
            proved: false,
        })
    }

    const fn is_known(&self) -> bool {
        self.body.is_some() || self.unsalted.is_some()
    }

    fn open(
        &mut self,
        message: &[u8],
        body: Range<usize>,
        plain: &mut Vec<u8>,
    ) -> Option<Result<usize, OpenFault>> {
        if let Some((provider, key)) = &self.unsalted {
            let salted = Ikev2Body::with_salt_of(provider, key, message, body.clone());
            let Some(salted) = salted else {
                return Some(Err(OpenFault::Icv));
            };
            self.body = Some(salted);
            self.unsalted = None;
        }
        let opened = self.body.as_ref()?.open(message, body, plain);
        self.proved |= matches!(opened, Ok(_) | Err(OpenFault::Padding));
        Some(opened)
    }
}

impl<'a> Sources<'a> {
    /// Every candidate in turn: those that open the most first.
    pub(super) fn candidates(self) -> impl Iterator<Item = Candidate> + 'a {
        let is_whole = |entry: &&Ikev2Keys| entry.sk_d.is_some() || entry.skeyseed.is_some();
        let logged = move |whole| {
            self.entries()
                .filter(move |entry| is_whole(entry) == whole)
                .flat_map(move |entry| self.logged(entry))
                .map(|keys| Candidate {
                    keys,
                    is_guess: false,
                })
        };
        let computed = core::iter::once_with(move || self.computed()).flatten();
        logged(true).chain(computed).chain(logged(false))
    }

    fn provider(self) -> &'static CryptoProvider {
        self.keyring.provider()
    }

    /// The entries that may be of this SA.
    fn entries(self) -> impl Iterator<Item = &'a Ikev2Keys> {
        let Spis { i, r } = self.spis;
        self.keyring.ikev2(i, r).filter(move |entry| {
            entry.spi_i.is_none_or(|spi| spi == i) && entry.spi_r.is_none_or(|spi| spi == r)
        })
    }

    /// What an entry gives: under its own algorithms, and under those that
    /// were negotiated.
    fn logged(self, entry: &'a Ikev2Keys) -> impl Iterator<Item = Result<Keys, NoBody>> + 'a {
        let own = entry
            .encryption
            .map(|id| (id, entry.authentication.and_then(|it| it.mac())));
        let negotiated = self.negotiated();
        let second = negotiated.filter(|it| own.is_none_or(|own| !same(own, *it)));
        own.into_iter()
            .chain(second)
            .filter_map(move |algorithms| self.of_entry(entry, algorithms))
    }

    fn negotiated(self) -> Option<Algorithms> {
        let suite = self.origin?.suite?;
        Some((suite.encryption?, suite.mac()))
    }

    fn of_entry(self, entry: &Ikev2Keys, algorithms: Algorithms) -> Option<Result<Keys, NoBody>> {
        let prf = self.prf().or_else(|| self.provider().prf(entry.prf?));
        let expanded = || {
            let origin = self.origin?;
            origin.expand(prf?, entry.skeyseed.as_ref()?, self.spis)
        };
        let mut keys = match expanded() {
            Some(keys) => self.derived(keys),
            None => Logged::default(),
        };
        let pairs = [
            (&mut keys.sk_d, &entry.sk_d),
            (&mut keys.sk_ai, &entry.sk_ai),
            (&mut keys.sk_ar, &entry.sk_ar),
            (&mut keys.sk_ei, &entry.sk_ei),
            (&mut keys.sk_er, &entry.sk_er),
            (&mut keys.sk_pi, &entry.sk_pi),
            (&mut keys.sk_pr, &entry.sk_pr),
        ];
        for (slot, logged) in pairs {
            if let Some(key) = logged {
                *slot = Some(copy(key));
            }
        }
        keys.set_up(self.provider(), algorithms, prf)
    }

    fn prf(self) -> Option<&'static dyn Prf> {
        self.origin?.suite?.prf(self.provider())
    }

    /// What the secrets of key exchanges give. Those of a rekeying may be
    /// known under the SPIs of the old SA, where others are as well.
    fn computed(self) -> Vec<Candidate> {
        let old = match self.origin.map(|origin| &origin.how) {
            Some(How::Rekey { old, .. }) => Some(*old),
            Some(How::Init { .. }) | None => None,
        };
        let is_guess = self.before.is_some() || old.is_some();
        let mut found = Vec::new();
        for spis in [self.spis].into_iter().chain(old) {
            let secrets = |it| shared_secrets(self.keyring, spis, it, self.may_agree).collect();
            let lists: Vec<Vec<Secret>> = match (self.before, self.origin) {
                (Some((_, agreement)), _) => vec![secrets(agreement)],
                (None, Some(origin)) if !origin.agreements.is_empty() => {
                    origin.agreements.iter().map(Some).map(secrets).collect()
                }
                (None, _) => vec![secrets(None)],
            };
            let all = combinations(&lists);
            let keys = all.iter().filter_map(|shared| self.of_shared(shared));
            found.extend(keys.map(|keys| Candidate { keys, is_guess }));
        }
        found
    }

    fn of_shared(self, shared: &[&Secret]) -> Option<Result<Keys, NoBody>> {
        let (origin, prf) = (self.origin?, self.prf()?);
        let skeyseed = match (self.before, shared) {
            (None, _) => origin.skeyseed(prf, shared)?,
            (Some((before, _)), [shared]) => {
                let sk_d = before.unmixed_sk_d()?;
                ikev2::skeyseed_intermediate(prf, sk_d, origin.nonces(), shared)
            }
            (Some(_), _) => return None,
        };
        let keys = origin.expand(prf, &skeyseed, self.spis)?;
        let algorithms = self.negotiated()?;
        self.derived(keys)
            .set_up(self.provider(), algorithms, Some(prf))
    }

    /// Computed keys. Where a post-quantum preshared key may change three of
    /// them, these are set apart (RFC 8784 §3).
    fn derived(self, keys: IkeKeys) -> Logged {
        let mut logged = Logged {
            sk_ai: Some(keys.sk_ai),
            sk_ar: Some(keys.sk_ar),
            sk_ei: Some(keys.sk_ei),
            sk_er: Some(keys.sk_er),
            ..Logged::default()
        };
        let (sk_d, sk_pi, sk_pr) = (keys.sk_d, keys.sk_pi, keys.sk_pr);
        if self.origin.is_some_and(Origin::may_mix_ppk) {
            logged.unmixed = Some(MixedKeys { sk_d, sk_pi, sk_pr });
        } else {
            (logged.sk_d, logged.sk_pi, logged.sk_pr) = (Some(sk_d), Some(sk_pi), Some(sk_pr));
        }
        logged
    }
}

type Algorithms = (Encryption, Option<&'static suite::Mac>);

fn same(one: Algorithms, other: Algorithms) -> bool {
    let name = |mac: Option<&suite::Mac>| mac.map(|mac| mac.name);
    one.0 == other.0 && name(one.1) == name(other.1)
}

/// The keys of an SA as far as they are known.
#[derive(Default)]
struct Logged {
    sk_d: Option<Secret>,
    sk_ai: Option<Secret>,
    sk_ar: Option<Secret>,
    sk_ei: Option<Secret>,
    sk_er: Option<Secret>,
    sk_pi: Option<Secret>,
    sk_pr: Option<Secret>,
    unmixed: Option<MixedKeys>,
}

impl Logged {
    /// `None` where there is no key for either end, or one that is too short.
    fn set_up(
        self,
        provider: &'static CryptoProvider,
        (encryption, mac): Algorithms,
        prf: Option<&'static dyn Prf>,
    ) -> Option<Result<Keys, NoBody>> {
        let protector = |key: Option<Secret>, mac_key: Option<Secret>| match key {
            Some(key) => Protector::new(provider, (encryption, mac), key, mac_key),
            None => Ok(Protector::default()),
        };
        let i = protector(self.sk_ei, self.sk_ai);
        let r = protector(self.sk_er, self.sk_ar);
        let (i, r) = match (i, r) {
            (Ok(i), Ok(r)) => (i, r),
            (Err(error), _) | (_, Err(error)) => return Some(Err(error)),
        };
        (i.is_known() || r.is_known()).then_some(Ok(Keys {
            prf,
            sk_d: self.sk_d,
            sk_pi: self.sk_pi,
            sk_pr: self.sk_pr,
            unmixed: self.unmixed,
            i,
            r,
        }))
    }
}

/// The shared secrets that an exchange under the SA with these `spis` may have
/// had: the logged ones, and if `may_agree` those of logged private values,
/// where the two public values are known.
pub(super) fn shared_secrets<'a>(
    keyring: &'a Keyring,
    spis: Spis,
    agreement: Option<&'a Agreement>,
    may_agree: bool,
) -> impl Iterator<Item = Secret> + 'a {
    keyring
        .exchanges(spis.i)
        .filter(move |it| it.spi_r.is_none_or(|spi| spi == spis.r))
        .filter(move |it| fits(it, agreement))
        .filter_map(move |it| match &it.shared {
            Some(shared) => Some(copy(shared)),
            None if may_agree => agree(keyring.provider(), it, agreement?),
            None => None,
        })
        .take(EXCHANGES_MAX)
}

fn fits(secret: &KeyExchangeSecret, agreement: Option<&Agreement>) -> bool {
    let Some(Agreement { i, r }) = agreement else {
        return true;
    };
    let public = secret.public.as_ref();
    secret.group.is_none_or(|group| group == i.group)
        && public.is_none_or(|public| *public == i.value || *public == r.value)
}

/// The shared secret of a private value and the peer's public value.
fn agree(
    provider: &CryptoProvider,
    secret: &KeyExchangeSecret,
    Agreement { i, r }: &Agreement,
) -> Option<Secret> {
    let group = provider.group(i.group)?;
    let ours = group
        .with_private(secret.private.as_ref()?.dangerous_bytes())
        .ok()?;
    let peer = if ours.public() == i.value {
        &r.value
    } else if ours.public() == r.value {
        &i.value
    } else {
        return None;
    };
    ours.finish(peer).ok()
}

/// One secret of each list, in every combination.
pub(super) fn combinations(lists: &[Vec<Secret>]) -> Vec<Vec<&Secret>> {
    let mut all = vec![Vec::new()];
    for list in lists {
        let longer = all.iter().flat_map(|head: &Vec<&Secret>| {
            let append = |secret| head.iter().copied().chain([secret]).collect();
            list.iter().map(append)
        });
        all = longer.take(COMBINATIONS_MAX).collect();
    }
    all
}

/// A copy, overwritten on drop like the original.
pub(super) fn copy(secret: &Secret) -> Secret {
    Secret::new(secret.dangerous_bytes().to_vec())
}

/// Secrets of key exchanges tried for one SA: each may cost an exponentiation.
const EXCHANGES_MAX: usize = 32;

/// Combinations of them, where an SA has several key exchanges.
const COMBINATIONS_MAX: usize = 64;
