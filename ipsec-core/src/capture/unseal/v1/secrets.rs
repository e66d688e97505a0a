//! Diffie-Hellman secrets for the public values of an exchange: from a log, or
//! computed with the private value of one end.

use super::phase1::Phase1;
use crate::capture::unseal::Keyring;
use crate::crypto::{CryptoProvider, Secret};
use crate::keylog::KeyExchangeSecret;
use crate::keymat::Spis;
use crate::wire::registry::isakmp::Group;

/// Two public values, and the group they are of.
#[derive(Clone, Copy)]
pub(super) struct Public<'a> {
    pub(super) i: &'a [u8],
    pub(super) r: &'a [u8],
    pub(super) group: Option<Group>,
}

/// What can be `g^xy` of phase 1.
pub(super) fn of_phase_1(keyring: &Keyring, cookies: Spis, phase_1: &Phase1) -> Vec<Secret> {
    let (Some(i), Some(r)) = (&phase_1.i.ke, &phase_1.r.ke) else {
        return Vec::new();
    };
    let group = phase_1.chosen().map(|chosen| chosen.group);
    of(keyring, cookies, Public { i, r, group })
}

/// What can be the secret of these public values: those that are known to be,
/// before those of which a log says nothing but the secret.
pub(super) fn of(keyring: &Keyring, cookies: Spis, public: Public<'_>) -> Vec<Secret> {
    let is_ours = |known: &&KeyExchangeSecret| {
        known.spi_r.is_none_or(|cookie| cookie == cookies.r)
            && known
                .public
                .as_ref()
                .is_none_or(|value| value == public.i || value == public.r)
    };
    let ours = || keyring.exchanges(cookies.i).filter(is_ours);
    let computed = ours()
        .filter(|known| known.private.is_some())
        .take(COMPUTED_MAX)
        .filter_map(|known| compute(keyring.provider(), known, public));
    let told = |sure: bool| {
        ours()
            .filter(move |known| known.public.is_some() == sure)
            .filter_map(|known| known.shared.as_ref())
            .map(super::candidate::copy)
    };
    told(true)
        .chain(computed)
        .chain(told(false))
        .take(SECRETS_MAX)
        .collect()
}

/// The secret, where the private value belongs to one of the public ones.
fn compute(
    provider: &CryptoProvider,
    known: &KeyExchangeSecret,
    public: Public<'_>,
) -> Option<Secret> {
    let group = match known.group {
        Some(id) => provider.group(id),
        None => provider.ikev1_group(public.group?),
    }?;
    let own = known.private.as_ref()?.dangerous_bytes();
    let own = group.with_private(own).ok()?;
    let peer = match own.public() {
        value if value == public.i => public.r,
        value if value == public.r => public.i,
        _ => return None,
    };
    own.finish(peer).ok()
}

/// Private values that are tried on one exchange: each costs a key exchange.
const COMPUTED_MAX: usize = 16;
/// Secrets that are tried on one exchange.
const SECRETS_MAX: usize = 8;
