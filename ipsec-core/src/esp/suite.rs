//! The algorithms of an ESP or AH SA, one of each kind, as a proposal names
//! them (RFC 7296 §3.3.2): how long keys and packets become, and what protects.

use super::authentication::AhTransform;
use super::overhead::{Overhead, Wrapping};
use super::transform::{EspTransform, Integrity, TransformError};
use crate::crypto::suite::{self, Cipher, Mac};
use crate::crypto::{CryptoProvider, Secret};
use crate::sa::proposal::{Proposal, Transform};
use crate::sa::sequence::Numbers;
use crate::wire::registry::ike::{self, SequenceNumbers, TransformType};
use core::fmt;

/// The algorithms of an SA.
///
/// ```
/// use ipsec_core::esp::suite::Suite;
/// use ipsec_core::sa::proposal::{Proposal, Transform};
/// use ipsec_core::wire::registry::ike::{Encryption, ProtocolId, TransformType};
/// let gcm = Transform::new(TransformType::ENCR, Encryption::ENCR_AES_GCM_16.0);
/// let proposal = Proposal {
///     number: 1,
///     protocol: ProtocolId::ESP,
///     transforms: vec![gcm.with_key_bits(256)],
/// };
/// assert_eq!(Suite::of(&proposal)?.key_lengths(), (36, 0));
/// # Ok::<(), ipsec_core::esp::suite::Unmeasured>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Suite {
    cipher: Option<Ciphering>,
    mac: Option<&'static Mac>,
    numbers: Numbers,
}

/// A cipher and the length of its key.
#[derive(Clone, Copy, Debug)]
struct Ciphering {
    id: ike::Encryption,
    cipher: &'static Cipher,
    bits: u16,
}

impl Suite {
    /// The algorithms that `proposal` names, of alternatives the first.
    ///
    /// # Errors
    ///
    /// The lengths of one are not known, or it has no key of that length.
    pub fn of(proposal: &Proposal) -> Result<Self, Unmeasured> {
        let first = |kind| {
            let mut transforms = proposal.transforms.iter();
            transforms.find(|found| found.kind == kind && (found.id != 0))
        };
        let cipher = first(TransformType::ENCR).map(ciphering).transpose()?;
        let mac = first(TransformType::INTEG).map(|found| {
            let mac = suite::integrity(ike::Integrity(found.id));
            mac.ok_or(Unmeasured { transform: *found })
        });
        let extended = first(TransformType::ESN)
            .is_some_and(|found| SequenceNumbers(found.id) == SequenceNumbers::ESN);
        Ok(Self {
            cipher,
            mac: mac.transpose()?,
            numbers: if extended {
                Numbers::Extended
            } else {
                Numbers::Short
            },
        })
    }

    /// Bytes of the key of the cipher, salt included, and of the integrity
    /// algorithm; 0 where there is none.
    #[must_use]
    pub fn key_lengths(&self) -> (usize, usize) {
        let cipher = self.cipher.map(|it| it.cipher.key_material(it.bits));
        (cipher.unwrap_or(0), self.mac.map_or(0, |mac| mac.key))
    }

    /// How many sequence numbers it has.
    #[must_use]
    pub const fn numbers(&self) -> Numbers {
        self.numbers
    }

    /// What ESP adds to each packet; `None` where this is no suite for ESP.
    #[must_use]
    pub fn overhead(&self, wrapping: Wrapping) -> Option<Overhead> {
        Overhead::esp(self.cipher?.cipher, self.mac, wrapping)
    }

    /// Sets up ESP.
    ///
    /// # Errors
    ///
    /// There is no cipher, a key has another length than the suite says, or
    /// for the reasons of [`EspTransform::new`].
    pub fn esp(
        &self,
        provider: &CryptoProvider,
        key: &Secret,
        integrity_key: &Secret,
    ) -> Result<EspTransform, TransformError> {
        let none = TransformError::Unknown(ike::Encryption(0));
        let Ciphering { id, cipher, .. } = self.cipher.ok_or(none)?;
        if key.len() != self.key_lengths().0 {
            return Err(TransformError::Key {
                algorithm: cipher.name,
                have: key.len(),
            });
        }
        let integrity = self.mac.map_or(Integrity::None, Integrity::Mac);
        EspTransform::new(provider, id, integrity, key, integrity_key)
    }

    /// Sets up AH.
    ///
    /// # Errors
    ///
    /// There is no integrity algorithm, or for the reasons of
    /// [`AhTransform::new`].
    pub fn ah(
        &self,
        provider: &CryptoProvider,
        key: &Secret,
    ) -> Result<AhTransform, TransformError> {
        let none = TransformError::Unsupported { algorithm: "NONE" };
        AhTransform::new(provider, self.mac.ok_or(none)?, key)
    }
}

fn ciphering(found: &Transform) -> Result<Ciphering, Unmeasured> {
    let id = ike::Encryption(found.id);
    let cipher = suite::encryption(id);
    let known = cipher.and_then(|cipher| {
        let bits = cipher.keys.negotiated(found.key_bits)?;
        Some(Ciphering { id, cipher, bits })
    });
    known.ok_or(Unmeasured { transform: *found })
}

/// An algorithm whose lengths are not known, or a key length it does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unmeasured {
    /// Which.
    pub transform: Transform,
}

impl fmt::Display for Unmeasured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Transform { kind, id, key_bits } = self.transform;
        write!(f, "{kind} {id}")?;
        match key_bits {
            Some(bits) => write!(f, " with a key of {bits} bits is unknown"),
            None => f.write_str(" without a key length is unknown"),
        }
    }
}

impl core::error::Error for Unmeasured {}

#[cfg(feature = "rustcrypto")]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::rustcrypto::provider;
    use crate::wire::registry::ike::ProtocolId;
    use alloc::vec::Vec;

    fn proposal(transforms: &[(TransformType, u16, u16)]) -> Proposal {
        let transform = |&(kind, id, bits): &(TransformType, u16, u16)| {
            let plain = Transform::new(kind, id);
            match bits {
                0 => plain,
                bits => plain.with_key_bits(bits),
            }
        };
        Proposal {
            number: 1,
            protocol: ProtocolId::ESP,
            transforms: transforms.iter().map(transform).collect::<Vec<_>>(),
        }
    }

    const CBC: (TransformType, u16, u16) = (TransformType::ENCR, 12, 256);
    const SHA: (TransformType, u16, u16) = (TransformType::INTEG, 12, 0);

    #[test]
    fn of_alternatives_the_first() {
        let other = (TransformType::ENCR, 12, 128);
        let esn = (TransformType::ESN, 1, 0);
        let suite = Suite::of(&proposal(&[CBC, other, SHA, esn])).unwrap();
        assert_eq!(suite.key_lengths(), (32, 32));
        assert_eq!(suite.numbers(), Numbers::Extended);
        let overhead = suite.overhead(Wrapping::TUNNEL_V4).unwrap();
        assert_eq!(overhead.inner_mtu(1500), Some(1438));
    }

    #[test]
    fn keys_have_the_length_that_was_agreed() {
        let suite = Suite::of(&proposal(&[CBC, SHA])).unwrap();
        let key = |len| Secret::new(alloc::vec![7; len]);
        let set_up = |cipher, mac| suite.esp(provider(), &key(cipher), &key(mac)).is_ok();
        assert!(set_up(32, 32));
        assert!(!set_up(16, 32) && !set_up(32, 20));
        assert!(suite.ah(provider(), &key(32)).is_ok());
        assert!(suite.ah(provider(), &key(20)).is_err());
    }

    #[test]
    fn what_is_missing_is_said() {
        let nothing = Suite::of(&proposal(&[])).unwrap();
        assert!(nothing.overhead(Wrapping::TUNNEL_V4).is_none());
        let key = Secret::new(Vec::new());
        assert!(nothing.esp(provider(), &key, &key).is_err());
        assert!(nothing.ah(provider(), &key).is_err());
        for unknown in [(TransformType::ENCR, 12, 0), (TransformType::INTEG, 999, 0)] {
            let refused = Suite::of(&proposal(&[unknown])).unwrap_err();
            assert_eq!(refused.transform.id, unknown.1);
        }
    }
}
