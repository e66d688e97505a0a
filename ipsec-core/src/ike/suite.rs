//! Proposals between wire and configuration, and the algorithms of a choice
//! (RFC 7296 §3.3).

use crate::crypto::{CryptoProvider, Prf, suite};
use crate::keymat::KeySizes;
use crate::sa::proposal::{Proposal, Transform};
use crate::sa::sequence::Numbers;
use crate::wire::ike;
use crate::wire::registry::ike::{
    Encryption, Integrity, KeyExchange, Prf as PrfId, ProtocolId, SequenceNumbers, TransformType,
};
use alloc::vec::Vec;

/// The algorithms of an IKE SA.
#[derive(Clone, Copy, Debug)]
pub(super) struct IkeSuite {
    pub(super) cipher: Cipher,
    pub(super) prf: &'static dyn Prf,
    pub(super) group: KeyExchange,
}

/// The algorithms of a child SA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ChildSuite {
    pub(super) cipher: Cipher,
    pub(super) numbers: Numbers,
    /// `NONE` without perfect forward secrecy.
    pub(super) group: KeyExchange,
}

/// What protects packets or messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cipher {
    pub(super) encryption: Encryption,
    pub(super) integrity: Integrity,
    pub(super) sizes: KeySizes,
}

impl Cipher {
    fn of(chosen: &Proposal) -> Option<Self> {
        let encr = only(chosen, TransformType::ENCR)?;
        let encryption = Encryption(encr.id);
        let integrity =
            only(chosen, TransformType::INTEG).map_or(Integrity::NONE, |integ| Integrity(integ.id));
        let mac = suite::integrity(integrity);
        let sizes = KeySizes::negotiated(suite::encryption(encryption)?, encr.key_bits, mac)?;
        Some(Self {
            encryption,
            integrity,
            sizes,
        })
    }

    pub(super) fn mac(&self) -> Option<&'static suite::Mac> {
        suite::integrity(self.integrity).filter(|mac| mac.icv > 0)
    }

    pub(super) fn iv_len(&self) -> usize {
        suite::encryption(self.encryption).map_or(0, |cipher| cipher.iv)
    }
}

impl IkeSuite {
    /// The algorithms of an answer; `None` where one is missing or unknown.
    pub(super) fn of(provider: &CryptoProvider, chosen: &Proposal) -> Option<Self> {
        let prf = only(chosen, TransformType::PRF)?;
        Some(Self {
            cipher: Cipher::of(chosen)?,
            prf: provider.prf(PrfId(prf.id))?,
            group: group(chosen),
        })
    }
}

impl ChildSuite {
    pub(super) fn of(chosen: &Proposal) -> Option<Self> {
        let extended = only(chosen, TransformType::ESN)
            .is_some_and(|esn| SequenceNumbers(esn.id) == SequenceNumbers::ESN);
        Some(Self {
            cipher: Cipher::of(chosen)?,
            numbers: if extended {
                Numbers::Extended
            } else {
                Numbers::Short
            },
            group: group(chosen),
        })
    }
}

fn only(chosen: &Proposal, kind: TransformType) -> Option<&Transform> {
    let mut found = chosen.transforms.iter().filter(|found| found.kind == kind);
    found.next()
}

fn group(chosen: &Proposal) -> KeyExchange {
    only(chosen, TransformType::KE).map_or(KeyExchange::NONE, |ke| KeyExchange(ke.id))
}

/// What `proposals` offer of what `provider` can compute.
pub(super) fn usable(provider: &CryptoProvider, proposals: &[Proposal]) -> Vec<Proposal> {
    let usable = |proposal: &Proposal| Proposal {
        transforms: proposal
            .transforms
            .iter()
            .filter(|transform| can(provider, transform))
            .copied()
            .collect(),
        ..proposal.clone()
    };
    proposals.iter().map(usable).collect()
}

fn can(provider: &CryptoProvider, transform: &Transform) -> bool {
    let id = transform.id;
    match transform.kind {
        TransformType::ENCR => suite::encryption(Encryption(id)).is_some_and(|cipher| {
            provider.aead(cipher).is_some() || provider.cipher(cipher).is_some()
        }),
        TransformType::PRF => provider.prf(PrfId(id)).is_some(),
        TransformType::INTEG => {
            id == 0
                || suite::integrity(Integrity(id)).is_some_and(|mac| provider.mac(mac).is_some())
        }
        kind if kind.is_key_exchange() => id == 0 || provider.group(KeyExchange(id)).is_some(),
        _ => true,
    }
}

/// The groups of `proposals` in order of preference, each once.
pub(super) fn groups(proposals: &[Proposal]) -> Vec<KeyExchange> {
    let mut groups = Vec::new();
    let all = proposals.iter().flat_map(|proposal| &proposal.transforms);
    for transform in all.filter(|transform| transform.kind == TransformType::KE) {
        let group = KeyExchange(transform.id);
        if group != KeyExchange::NONE && !groups.contains(&group) {
            groups.push(group);
        }
    }
    groups
}

/// The same without key exchange methods: there is none in `IKE_AUTH`
/// (RFC 7296 §1.2).
pub(super) fn without_groups(proposals: &[Proposal]) -> Vec<Proposal> {
    let strip = |proposal: &Proposal| Proposal {
        transforms: proposal
            .transforms
            .iter()
            .filter(|transform| !transform.kind.is_key_exchange())
            .copied()
            .collect(),
        ..proposal.clone()
    };
    proposals.iter().map(strip).collect()
}

/// The SA payload that offers `proposals` under `spi`.
pub(super) fn offer<'a>(proposals: &[Proposal], spi: &'a [u8]) -> ike::Sa<'a> {
    let one = |proposal: &Proposal| {
        let transforms = proposal.transforms.iter().map(|transform| {
            let wire = ike::Transform::new(transform.kind, transform.id);
            match transform.key_bits {
                Some(bits) => wire.with_key_length(bits),
                None => wire,
            }
        });
        ike::Proposal::new(
            proposal.number,
            proposal.protocol,
            spi,
            transforms.collect(),
        )
    };
    ike::Sa::new(proposals.iter().map(one).collect())
}

/// A proposal of the peer and the SPI in it.
#[derive(Clone, Debug)]
pub(super) struct Offered {
    pub(super) proposal: Proposal,
    pub(super) spi: Vec<u8>,
}

impl Offered {
    /// The SPI of a child SA: four bytes, none of the reserved numbers
    /// (RFC 4303 §2.1).
    pub(super) fn child_spi(&self) -> Option<u32> {
        let spi = u32::from_be_bytes(self.spi.as_slice().try_into().ok()?);
        (spi >= CHILD_SPI_MIN).then_some(spi)
    }

    /// The SPI of an IKE SA: eight bytes, not zero.
    pub(super) fn ike_spi(&self) -> Option<u64> {
        let spi = u64::from_be_bytes(self.spi.as_slice().try_into().ok()?);
        (spi != 0).then_some(spi)
    }
}

/// What an SA payload offers. A proposal whose transforms have attributes that
/// are not understood, or of a protocol other than `protocol`, is left out: it
/// cannot be chosen (RFC 7296 §3.3.6).
pub(super) fn read(sa: &ike::Sa<'_>, protocol: ProtocolId) -> Vec<Offered> {
    let fits = |proposal: &&ike::Proposal<'_>| proposal.protocol == protocol;
    let understood = |transform: &&ike::Transform<'_>| {
        transform.attributes.len() == usize::from(transform.key_length().is_some())
            && transform.unread.is_none()
    };
    let one = |proposal: &ike::Proposal<'_>| Offered {
        proposal: Proposal {
            number: proposal.number,
            protocol: proposal.protocol,
            transforms: proposal
                .transforms
                .iter()
                .filter(understood)
                .map(|transform| Transform {
                    kind: transform.kind,
                    id: transform.id,
                    key_bits: transform.key_length(),
                })
                .collect(),
        },
        spi: proposal.spi.to_vec(),
    };
    sa.proposals.iter().filter(fits).map(one).collect()
}

/// SPIs below are reserved (RFC 4303 §2.1).
pub(super) const CHILD_SPI_MIN: u32 = 256;
