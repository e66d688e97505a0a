//! What several entries of one SA are together, and what an entry must be to
//! be one.

use super::algorithms::{Authentication, check_key, check_mac_key};
use super::assembly::{IKEV1_NAMES, IKEV2_NAMES};
use super::entry::{Entry, Ikev1Keys, Ikev2Keys, Keys, SaKeys, SaProtocol};
use super::error::LineErrorKind;
use super::hex::Complaint;
use crate::crypto::Secret;
use crate::sorted::Map;
use crate::wire::registry::ike::Encryption;
use alloc::vec::Vec;
use core::net::IpAddr;

/// Adds what the later entries of an SA know to an earlier one that says
/// nothing else. Gives back the line of each that contradicts all before it,
/// and the line of the first.
pub(super) fn merge(entries: Vec<Entry>, merged: &mut Vec<Entry>) -> Vec<(usize, usize)> {
    let mut contradictions = Vec::new();
    let mut known: Map<Identity, Vec<usize>> = Map::new();
    for mut entry in entries {
        let Some(identity) = identity(&entry.keys) else {
            merged.push(entry);
            continue;
        };
        let alike = known.entry(identity).or_default();
        let taken_in = alike
            .iter()
            .copied()
            .filter_map(|index| Some(merged.get_mut(index)?.keys.merge(&mut entry.keys)))
            .any(|taken_in| taken_in);
        if taken_in {
            continue;
        }
        if let Some(first) = alike.first().and_then(|index| merged.get(*index)) {
            contradictions.push((entry.line, first.line));
        }
        if alike.len() < VERSIONS_MAX {
            alike.push(merged.len());
        }
        merged.push(entry);
    }
    contradictions
}

/// What tells one SA from another.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Identity {
    Ikev1([u8; 8]),
    Ikev2([u8; 8], [u8; 8]),
    Sa(SaProtocol, u32, IpAddr, IpAddr),
}

fn identity(keys: &Keys) -> Option<Identity> {
    match keys {
        Keys::Ikev1(keys) => keys.cookie_i.map(Identity::Ikev1),
        Keys::Ikev2(keys) => Some(Identity::Ikev2(keys.spi_i?, keys.spi_r?)),
        Keys::Sa(keys) => Some(Identity::Sa(
            keys.protocol,
            keys.spi?,
            // Without them the two directions may look alike.
            keys.source?.low(),
            keys.destination?.low(),
        )),
        Keys::KeyExchange(_) | Keys::Psk(_) => None,
    }
}

impl Keys {
    /// Whether there is a key in it.
    pub(super) fn hold_any(&mut self) -> bool {
        let there = |slot: Option<&mut Option<Secret>>| slot.is_some_and(|key| key.is_some());
        match self {
            Self::Ikev1(keys) => IKEV1_NAMES.iter().any(|name| there(keys.slot(name))),
            Self::Ikev2(keys) => IKEV2_NAMES.iter().any(|name| there(keys.slot(name))),
            Self::Sa(_) | Self::Psk(_) => true,
            Self::KeyExchange(keys) => keys.private.is_some() || keys.shared.is_some(),
        }
    }

    /// Takes out keys of a length that their algorithm does not have.
    pub(super) fn drop_misfits(&mut self) -> Vec<Complaint> {
        match self {
            Self::Ikev1(keys) => {
                let misfit = misfit(keys.encryption, keys.key.as_ref());
                keys.key.take_if(|_| misfit.is_some());
                misfit.map(|kind| ("Ka", kind)).into_iter().collect()
            }
            Self::Ikev2(keys) => {
                let none = Ikev2Keys::default();
                let misfits = misfits(keys, &none, keys.encryption, keys.authentication);
                for (name, _) in &misfits {
                    if let Some(slot) = keys.slot(name) {
                        *slot = None;
                    }
                }
                misfits
            }
            Self::Sa(_) | Self::KeyExchange(_) | Self::Psk(_) => Vec::new(),
        }
    }

    /// The keys of ciphers, each with its cipher.
    pub(super) fn ciphers(&self) -> Vec<(&'static str, Option<Encryption>, &Secret)> {
        match self {
            Self::Ikev2(keys) => [("SK_ei", &keys.sk_ei), ("SK_er", &keys.sk_er)]
                .into_iter()
                .filter_map(|(name, key)| Some((name, keys.encryption, key.as_ref()?)))
                .collect(),
            Self::Sa(keys) => {
                let id = keys.encryption.first().copied();
                alloc::vec![("encryption key", id, &keys.encryption_key)]
            }
            Self::Ikev1(_) | Self::KeyExchange(_) | Self::Psk(_) => Vec::new(),
        }
    }

    /// Takes in what `other` knows, unless that says otherwise.
    fn merge(&mut self, other: &mut Self) -> bool {
        match (self, other) {
            (Self::Ikev1(known), Self::Ikev1(other)) => known.merge(other),
            (Self::Ikev2(known), Self::Ikev2(other)) => known.merge(other),
            (Self::Sa(known), Self::Sa(other)) => known.merge(other),
            _ => false,
        }
    }
}

impl Ikev1Keys {
    fn merge(&mut self, other: &mut Self) -> bool {
        let encryption = self.encryption.or(other.encryption);
        let key = self.key.as_ref().or(other.key.as_ref());
        let agree = told_alike(self.cookie_r, other.cookie_r)
            && told_alike(self.encryption, other.encryption)
            && misfit(encryption, key).is_none()
            && IKEV1_NAMES
                .iter()
                .all(|name| secrets_agree(self.slot(name), other.slot(name)));
        if !agree {
            return false;
        }
        for name in IKEV1_NAMES {
            fill(self.slot(name), other.slot(name));
        }
        self.cookie_r = self.cookie_r.or(other.cookie_r);
        self.encryption = encryption;
        self.prf = self.prf.or(other.prf);
        self.iv = self.iv.take().or(other.iv.take());
        true
    }
}

impl Ikev2Keys {
    fn merge(&mut self, other: &mut Self) -> bool {
        let encryption = self.encryption.or(other.encryption);
        let authentication = match (self.authentication, other.authentication) {
            (Some(one), Some(other)) => exacter(one, other),
            (one, other) => one.or(other),
        };
        let told =
            authentication.is_some() || self.authentication.or(other.authentication).is_none();
        let agree = told
            && told_alike(self.encryption, other.encryption)
            && misfits(self, other, encryption, authentication).is_empty()
            && IKEV2_NAMES
                .iter()
                .all(|name| secrets_agree(self.slot(name), other.slot(name)));
        if !agree {
            return false;
        }
        for name in IKEV2_NAMES {
            fill(self.slot(name), other.slot(name));
        }
        self.encryption = encryption;
        self.authentication = authentication;
        self.prf = self.prf.or(other.prf);
        true
    }
}

impl SaKeys {
    fn merge(&mut self, other: &Self) -> bool {
        let same = |one: &Secret, other: &Secret| one.ct_eq(other.dangerous_bytes());
        let encryption = common(&self.encryption, &other.encryption);
        let authentication = exacter(self.authentication, other.authentication);
        let (Some(encryption), Some(authentication)) = (encryption, authentication) else {
            return false;
        };
        let agree = same(&self.encryption_key, &other.encryption_key)
            && same(&self.authentication_key, &other.authentication_key)
            && check_key(&self.encryption_key, &encryption, None, "").is_ok()
            && check_mac_key(&self.authentication_key, authentication, "").is_ok();
        if !agree {
            return false;
        }
        self.encryption = encryption;
        self.authentication = authentication;
        self.mode = self.mode.or(other.mode);
        self.encapsulation = self.encapsulation.or(other.encapsulation);
        self.extended_sequence = self.extended_sequence.or(other.extended_sequence);
        self.selector = self.selector.or(other.selector);
        true
    }
}

fn misfit(encryption: Option<Encryption>, key: Option<&Secret>) -> Option<LineErrorKind> {
    let (_, kind) = check_key(key?, encryption.as_slice(), None, "").err()?;
    Some(kind)
}

/// The keys of either that do not fit the algorithms.
fn misfits(
    one: &Ikev2Keys,
    other: &Ikev2Keys,
    encryption: Option<Encryption>,
    authentication: Option<Authentication>,
) -> Vec<Complaint> {
    let mac = authentication.unwrap_or(Authentication::None);
    let of_cipher = [
        ("SK_ei", one.sk_ei.as_ref().or(other.sk_ei.as_ref())),
        ("SK_er", one.sk_er.as_ref().or(other.sk_er.as_ref())),
    ];
    let of_mac = [
        ("SK_ai", one.sk_ai.as_ref().or(other.sk_ai.as_ref())),
        ("SK_ar", one.sk_ar.as_ref().or(other.sk_ar.as_ref())),
    ];
    let ids = encryption.as_slice();
    let of_cipher = of_cipher
        .into_iter()
        .filter_map(|(name, key)| check_key(key?, ids, None, name).err());
    let of_mac = of_mac
        .into_iter()
        .filter_map(|(name, key)| check_mac_key(key?, mac, name).err());
    of_cipher.chain(of_mac).collect()
}

/// The one that says more, unless they differ.
fn exacter(one: Authentication, other: Authentication) -> Option<Authentication> {
    match (one, other) {
        (Authentication::Unchecked { icv }, known) | (known, Authentication::Unchecked { icv })
            if known.icv() == icv =>
        {
            Some(known)
        }
        (one, other) => (one == other).then_some(one),
    }
}

/// The ciphers that both lists allow, in the order of the first; an empty list
/// allows all.
fn common(one: &[Encryption], other: &[Encryption]) -> Option<Vec<Encryption>> {
    if one.is_empty() || other.is_empty() {
        return Some([one, other].concat());
    }
    let both: Vec<_> = one
        .iter()
        .copied()
        .filter(|id| other.contains(id))
        .collect();
    (!both.is_empty()).then_some(both)
}

fn told_alike<T: PartialEq>(one: Option<T>, other: Option<T>) -> bool {
    one.is_none() || other.is_none() || one == other
}

fn secrets_agree(one: Option<&mut Option<Secret>>, other: Option<&mut Option<Secret>>) -> bool {
    match (one, other) {
        (Some(Some(one)), Some(Some(other))) => one.ct_eq(other.dangerous_bytes()),
        _ => true,
    }
}

fn fill(place: Option<&mut Option<Secret>>, from: Option<&mut Option<Secret>>) {
    if let (Some(place @ None), Some(from)) = (place, from) {
        *place = from.take();
    }
}

/// Entries of one SA that later ones are compared with.
const VERSIONS_MAX: usize = 8;
