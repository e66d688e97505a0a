//! SAs as bytes, so that another node can go on where this one stops
//! (RFC 6311): what is agreed, the keys, and how far numbers and lifetimes are
//! used up.
//!
//! The bytes hold keys in the clear: whoever moves them must protect them. They
//! begin with a version; a reader refuses another one.

mod bytes;

use super::{Child, DataPlane, NotInstalled, Protection};
use crate::crypto::{CryptoProvider, Secret, suite};
use crate::esp::ah::{AhReceiver, AhSender};
use crate::esp::authentication::AhTransform;
use crate::esp::sa::{EspReceiver, EspSender};
use crate::esp::transform::{EspTransform, Integrity, TransformError};
use crate::sa::sad::Handle;
use crate::sa::spd::Action;
use crate::time::Instant;
use crate::wire::DecodeError;
use crate::wire::registry::ike;
use alloc::vec::Vec;
use bytes::{Half, Reader, Saved, Writer};
use core::fmt;

/// The algorithms and keys that a pair of SAs was made of.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "what IKE agrees on for a pair")]
pub struct Material {
    /// The cipher; none for AH.
    pub encryption: Option<ike::Encryption>,
    /// The integrity algorithm; none where the cipher brings it.
    pub integrity: Option<ike::Integrity>,
    /// What we send by.
    pub sent: Keys,
    /// What we receive by.
    pub received: Keys,
}

/// The keys of one direction.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "an SA has these two keys")]
pub struct Keys {
    /// The cipher's, with its salt; empty for AH.
    pub encryption: Secret,
    /// The integrity algorithm's; empty where there is none.
    pub integrity: Secret,
}

/// SAs as bytes.
#[derive(Debug)]
#[non_exhaustive]
pub struct Snapshot {
    /// The bytes, with keys.
    pub bytes: Secret,
    /// SAs that are not in it: they were installed without
    /// [`Child::with_material`], or their policy is gone.
    pub left_out: Vec<Handle>,
}

/// What another node may have done since the snapshot was taken (RFC 6311 §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "an SA counts both ways")]
pub struct TakeOver {
    /// Numbers to leave out when sending: at least as many as the other node can
    /// have sent since. Too few, and a number, with it a nonce, is used twice.
    pub sent: u64,
    /// Numbers to take for received: with 0, packets that the other node
    /// received since may be replayed once.
    pub received: u64,
}

impl<P> DataPlane<P> {
    /// All SAs with their keys.
    #[must_use]
    pub fn dangerous_snapshot(&self, now: Instant) -> Snapshot {
        let mut left_out = Vec::new();
        let mut saved = Vec::new();
        for (handle, child) in self.children.iter() {
            let policy = child.policy().and_then(|at| self.spd.policies().get(at));
            match policy.zip(child.material()) {
                Some((policy, material)) => saved.push((&*policy.name, child, material)),
                None => left_out.push(handle),
            }
        }
        // Keys must not stay behind in memory that a growing list leaves.
        let room = saved.iter().map(|(name, child, material)| {
            let keys = material.sent.len().saturating_add(material.received.len());
            bytes::room(name, child).saturating_add(keys)
        });
        let room = room.fold(bytes::HEAD, usize::saturating_add);
        let mut out = Writer::new(room, saved.len());
        for (name, child, material) in saved {
            bytes::write(&mut out, now, name, child, material);
        }
        let bytes = Secret::new(out.into_bytes());
        Snapshot { bytes, left_out }
    }

    /// Puts in the SAs of a snapshot that another node took, with the
    /// algorithms of `provider`. Policies are known by their names.
    ///
    /// # Errors
    ///
    /// The bytes cannot be read, or an SA cannot be put in; those before it
    /// were. Nothing says whether the other node still sends: if it does, both
    /// use the same keys.
    pub fn restore(
        &mut self,
        now: Instant,
        provider: &CryptoProvider,
        bytes: &[u8],
        over: TakeOver,
    ) -> Result<Vec<Handle>, RestoreError> {
        let mut reader = Reader::new(bytes).map_err(RestoreError::Malformed)?;
        let mut restored = Vec::new();
        while let Some(saved) = reader.next().map_err(RestoreError::Malformed)? {
            let child = self.revived(now, provider, saved, over)?;
            let handle = self.install(now, child);
            restored.push(handle.map_err(RestoreError::NotInstalled)?);
        }
        Ok(restored)
    }

    fn revived(
        &self,
        now: Instant,
        provider: &CryptoProvider,
        saved: Saved,
        over: TakeOver,
    ) -> Result<Child, RestoreError> {
        let mut policies = self.spd.policies().iter();
        let policy = policies.position(|policy| {
            policy.name == saved.policy && matches!(policy.action, Action::Protect(_))
        });
        let policy = policy.ok_or(RestoreError::NoPolicy {
            spi: saved.received.spi,
        })?;
        let Saved {
            material,
            sent,
            received,
            ..
        } = saved;
        let protection = material.protection(now, provider, sent, received, over);
        let protection = protection.map_err(RestoreError::Transform)?;
        let child = Child::new(policy, saved.traffic, protection, saved.carriage);
        let mut child = child.with_path(saved.path).with_material(material);
        let (dscp, fragments, cut_before) = saved.choices;
        child.choose(dscp, fragments, cut_before);
        Ok(child)
    }
}

impl Material {
    fn protection(
        &self,
        now: Instant,
        provider: &CryptoProvider,
        sent: Half,
        mut received: Half,
        over: TakeOver,
    ) -> Result<Protection, TransformError> {
        received.window.skip(over.received);
        let jump = sent.number.saturating_add(over.sent);
        let (ours, theirs) = (sent.life(now), received.life(now));
        if self.encryption.is_none() {
            let transform = |keys| self.ah(provider, keys);
            let mut sender = AhSender::new(sent.spi, transform(&self.sent)?, sent.numbers, ours);
            sender.skip(jump);
            let (spi, transform) = (received.spi, transform(&self.received)?);
            let receiver = AhReceiver::new(spi, transform, received.numbers, 0, theirs);
            let receiver = receiver.with_window(received.window);
            return Ok(Protection::Ah { sender, receiver });
        }
        let transform = |keys| self.esp(provider, keys);
        let mut sender = EspSender::new(sent.spi, transform(&self.sent)?, sent.numbers, ours);
        sender.skip(jump);
        let (spi, transform) = (received.spi, transform(&self.received)?);
        let receiver = EspReceiver::new(spi, transform, received.numbers, 0, theirs);
        let receiver = receiver.with_window(received.window);
        Ok(Protection::Esp { sender, receiver })
    }

    /// The ESP transform of one direction.
    ///
    /// # Errors
    ///
    /// As [`EspTransform::new`].
    pub fn esp(
        &self,
        provider: &CryptoProvider,
        keys: &Keys,
    ) -> Result<EspTransform, TransformError> {
        let none = ike::Encryption(0);
        let cipher = self.encryption.unwrap_or(none);
        let integrity = match self.integrity {
            Some(integrity) => Integrity::Mac(mac(integrity)?),
            None => Integrity::None,
        };
        EspTransform::new(
            provider,
            cipher,
            integrity,
            &keys.encryption,
            &keys.integrity,
        )
    }

    /// The AH transform of one direction.
    ///
    /// # Errors
    ///
    /// As [`AhTransform::new`].
    pub fn ah(
        &self,
        provider: &CryptoProvider,
        keys: &Keys,
    ) -> Result<AhTransform, TransformError> {
        let integrity = mac(self.integrity.unwrap_or(ike::Integrity(0)))?;
        AhTransform::new(provider, integrity, &keys.integrity)
    }
}

impl Keys {
    fn len(&self) -> usize {
        self.encryption.len().saturating_add(self.integrity.len())
    }
}

fn mac(integrity: ike::Integrity) -> Result<&'static suite::Mac, TransformError> {
    let algorithm = "an integrity algorithm of no known number";
    suite::integrity(integrity).ok_or(TransformError::Unsupported { algorithm })
}

/// Why SAs were not restored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RestoreError {
    /// It is no snapshot, or one of another version.
    Malformed(DecodeError),
    /// No policy that protects has the name of an SA's.
    NoPolicy {
        /// SPI that the SA receives by.
        spi: u32,
    },
    /// An algorithm is not the provider's.
    Transform(TransformError),
    /// There is no place for an SA.
    NotInstalled(NotInstalled),
}

impl fmt::Display for RestoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(error) => error.fmt(f),
            Self::NoPolicy { spi } => write!(f, "no policy for the SA with the SPI 0x{spi:08x}"),
            Self::Transform(error) => error.fmt(f),
            Self::NotInstalled(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for RestoreError {}
