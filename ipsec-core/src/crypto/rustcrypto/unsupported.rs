//! What has a number and is not computed here, and why not. It is decoded and
//! named all the same.

use crate::wire::registry::{ike, isakmp};

/// An algorithm that [`super::provider`] does not have.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Unsupported {
    /// The registry of its number.
    pub registry: Registry,
    /// Its number there.
    pub number: u16,
    /// Why it is not computed.
    pub reason: &'static str,
}

/// The registries that name algorithms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Registry {
    /// [`ike::Encryption`]
    Encryption,
    /// [`ike::Prf`]
    Prf,
    /// [`ike::Integrity`]
    Integrity,
    /// [`ike::KeyExchange`]
    KeyExchange,
    /// [`ike::AuthMethod`]
    AuthMethod,
    /// [`isakmp::Hash`]
    Ikev1Hash,
    /// [`isakmp::Encryption`]
    Ikev1Encryption,
}

impl Unsupported {
    /// Its name in the registry.
    #[must_use]
    pub fn name(&self) -> &'static str {
        let name = match self.registry {
            Registry::Encryption => ike::Encryption(self.number).name(),
            Registry::Prf => ike::Prf(self.number).name(),
            Registry::Integrity => ike::Integrity(self.number).name(),
            Registry::KeyExchange => ike::KeyExchange(self.number).name(),
            Registry::AuthMethod => ike::AuthMethod::name_of(self.number.into()),
            Registry::Ikev1Hash => isakmp::Hash(self.number).name(),
            Registry::Ikev1Encryption => isakmp::Encryption(self.number).name(),
        };
        name.unwrap_or("?")
    }
}

/// Every algorithm with a number and a specification that
/// [`super::provider`] does not have.
pub const UNSUPPORTED: &[Unsupported] = &[
    of(Registry::Encryption, 4, NO_CRATE),
    of(Registry::Encryption, 8, UNSPECIFIED),
    of(Registry::Encryption, 22, UNSPECIFIED),
    of(Registry::Encryption, 32, NO_CRATE),
    of(Registry::Encryption, 33, NO_CRATE),
    of(Registry::Encryption, 34, NO_CRATE),
    of(Registry::Encryption, 35, NO_CRATE),
    of(Registry::Prf, 3, NO_HMAC),
    of(Registry::Prf, 9, NO_HMAC),
    of(Registry::Integrity, 3, UNSPECIFIED),
    of(Registry::Integrity, 4, UNSPECIFIED),
    of(Registry::Integrity, 1030, NO_PEER),
    of(Registry::KeyExchange, 3, NO_CRATE),
    of(Registry::KeyExchange, 4, NO_CRATE),
    of(Registry::KeyExchange, 6, NO_CRATE),
    of(Registry::KeyExchange, 7, NO_CRATE),
    of(Registry::KeyExchange, 8, NO_CRATE),
    of(Registry::KeyExchange, 9, NO_CRATE),
    of(Registry::KeyExchange, 10, NO_CRATE),
    of(Registry::KeyExchange, 11, NO_CRATE),
    of(Registry::KeyExchange, 12, NO_CRATE),
    of(Registry::KeyExchange, 13, NO_CRATE),
    of(Registry::KeyExchange, 25, PRE_RELEASE),
    of(Registry::KeyExchange, 26, PRE_RELEASE),
    of(Registry::KeyExchange, 27, NO_CRATE),
    of(Registry::KeyExchange, 30, NO_CRATE),
    #[cfg(not(feature = "curve448"))]
    of(Registry::KeyExchange, 32, "behind the feature `curve448`"),
    of(Registry::KeyExchange, 33, NO_CRATE),
    of(Registry::KeyExchange, 34, NO_CRATE),
    of(Registry::KeyExchange, 1024, "no key exchange at all"),
    of(Registry::KeyExchange, 1030, NO_CRATE),
    of(Registry::KeyExchange, 1031, NO_CRATE),
    of(Registry::KeyExchange, 1032, NO_CRATE),
    of(Registry::KeyExchange, 1033, NO_CRATE),
    of(Registry::KeyExchange, 1040, NO_CRATE),
    #[cfg(not(feature = "rsa"))]
    of(Registry::AuthMethod, 1, "behind the feature `rsa`"),
    of(
        Registry::AuthMethod,
        3,
        "withdrawn (FIPS 186-5) and not met",
    ),
    of(Registry::Ikev1Hash, 3, NO_HMAC),
    of(Registry::Ikev1Hash, 20, NO_PEER),
    of(Registry::Ikev1Encryption, 127, NO_PEER),
    of(Registry::Ikev1Encryption, 128, "unpublished"),
    of(Registry::Ikev1Encryption, 129, NO_PEER),
];

const fn of(registry: Registry, number: u16, reason: &'static str) -> Unsupported {
    Unsupported {
        registry,
        number,
        reason,
    }
}

const NO_CRATE: &str = "no well-kept crate has it";
const PRE_RELEASE: &str = "its crate is a pre-release only";
const NO_HMAC: &str = "its HMAC was never met";
const NO_PEER: &str = "a crate has its parts, but nothing to check them against";
const UNSPECIFIED: &str = "registered but never specified for IPsec";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::{rustcrypto::provider, suite};

    fn listed(registry: Registry, number: u16) -> bool {
        UNSUPPORTED
            .iter()
            .any(|entry| entry.registry == registry && entry.number == number)
    }

    /// Each number is either computed or listed, never both or neither.
    #[test]
    fn every_number_is_served_or_listed() {
        let us = provider();
        for id in ike::Encryption::ALL {
            let served = suite::encryption(*id)
                .is_some_and(|suite| us.cipher(suite).is_some() || us.aead(suite).is_some());
            assert_ne!(served, listed(Registry::Encryption, id.0), "{id:?}");
        }
        for id in ike::Prf::ALL {
            let served = us.prf(*id).is_some();
            assert_ne!(served, listed(Registry::Prf, id.0), "{id:?}");
        }
        for id in ike::Integrity::ALL.iter().filter(|id| id.0 != 0) {
            let served = suite::integrity(*id).is_some_and(|suite| us.mac(suite).is_some());
            assert_ne!(served, listed(Registry::Integrity, id.0), "{id:?}");
        }
        for id in ike::KeyExchange::ALL.iter().filter(|id| id.0 != 0) {
            let served = us.group(*id).is_some();
            assert_ne!(served, listed(Registry::KeyExchange, id.0), "{id:?}");
        }
        for id in isakmp::Hash::ALL {
            let served = us.ikev1_hash(*id).is_some() && us.ikev1_prf(*id).is_some();
            assert_ne!(served, listed(Registry::Ikev1Hash, id.0), "{id:?}");
        }
        for id in isakmp::Encryption::ALL {
            let Some(suite) = suite::phase1_encryption(*id) else {
                continue;
            };
            let served = us.cipher(suite).is_some();
            let number = if id.0 == 4 {
                Registry::Encryption
            } else {
                Registry::Ikev1Encryption
            };
            assert_ne!(served, listed(number, id.0), "{id:?}");
        }
        for method in [1, 3, 9, 10, 11].map(ike::AuthMethod) {
            let served = us.ikev2_signature(method).is_some();
            assert_ne!(
                served,
                listed(Registry::AuthMethod, method.0.into()),
                "{method:?}"
            );
        }
    }

    #[test]
    fn every_entry_has_a_name() {
        for entry in UNSUPPORTED {
            assert_ne!(entry.name(), "?", "{entry:?}");
        }
    }
}
