//! The ESP and AH SAs (RFC 4303, RFC 4302): those of key logs, and those that
//! an opened exchange created.

use super::{Keyring, Unsealed};
use crate::evidence::{Route, Unsealing};
use crate::keylog::SaKeys;
use crate::wire::ah::Ah;
use crate::wire::esp::Esp;

/// The SAs that are known.
#[derive(Debug, Default)]
pub(super) struct Sas {
    derived: Vec<SaKeys>,
}

impl Sas {
    /// Adds one direction of an SA that an opened exchange created.
    pub(super) fn add_derived(&mut self, keys: SaKeys) {
        self.derived.push(keys);
    }

    /// Opens an ESP packet into `plain`.
    pub(super) fn esp<'a>(
        &mut self,
        _keyring: &Keyring,
        _route: Route,
        _esp: &Esp<'a>,
        _plain: &'a mut Vec<u8>,
    ) -> Unsealed<'a> {
        Unsealed::closed(Unsealing::NoKey)
    }

    /// Verifies an AH packet; `ip` are its bytes from the IP header on.
    pub(super) fn ah<'a>(
        &mut self,
        _keyring: &Keyring,
        _route: Route,
        _ip: &[u8],
        _ah: &Ah<'a>,
    ) -> Unsealed<'a> {
        Unsealed::closed(Unsealing::NoKey)
    }
}
