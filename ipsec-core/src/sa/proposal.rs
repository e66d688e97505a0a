//! Choosing among the proposals of an SA payload, and saying why not
//! (RFC 7296 §2.7, §3.3; RFC 9370 §2.2.1 for additional key exchanges).
//!
//! A proposal offers, for each kind of transform, alternatives of which one is
//! to be chosen. An absent kind is the same as its NONE, so a proposal without
//! integrity meets one that lists `NONE`.

use crate::crypto::suite;
use crate::sorted;
use crate::wire::registry::ike::{Encryption, ProtocolId, TransformType};
use alloc::vec::Vec;
use core::iter;

/// One algorithm or parameter on offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a transform is these three things"
)]
pub struct Transform {
    /// What it is for.
    pub kind: TransformType,
    /// Its number in the registry of its kind.
    pub id: u16,
    /// Its Key Length attribute, in bits.
    pub key_bits: Option<u16>,
}

impl Transform {
    /// A transform without a key length.
    #[must_use]
    pub const fn new(kind: TransformType, id: u16) -> Self {
        Self {
            kind,
            id,
            key_bits: None,
        }
    }

    /// The same with a key length in bits.
    #[must_use]
    pub const fn with_key_bits(mut self, bits: u16) -> Self {
        self.key_bits = Some(bits);
        self
    }

    /// Whether both name the same algorithm with the same key: a length that
    /// the cipher implies need not be said (RFC 7296 §3.3.5).
    #[must_use]
    pub fn same_as(&self, other: &Self) -> bool {
        self.kind == other.kind && self.id == other.id && self.key() == other.key()
    }

    fn key(&self) -> Option<u16> {
        if self.kind != TransformType::ENCR {
            return self.key_bits;
        }
        suite::encryption(Encryption(self.id))
            .and_then(|cipher| cipher.keys.negotiated(self.key_bits))
            .or(self.key_bits)
    }

    fn is_aead(&self) -> bool {
        self.kind == TransformType::ENCR
            && suite::encryption(Encryption(self.id)).is_some_and(suite::Cipher::is_aead)
    }

    fn is_none(&self) -> bool {
        self.id == 0 && has_none(self.kind)
    }
}

/// Whether 0 stands for "nothing of this kind", so that leaving the kind out
/// means the same.
const fn has_none(kind: TransformType) -> bool {
    matches!(kind, TransformType::INTEG | TransformType::ESN) || kind.is_key_exchange()
}

/// One proposal: for each kind of transform the alternatives, in order of
/// preference.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a proposal is these three things, its SPI aside"
)]
pub struct Proposal {
    /// Its number; the answer repeats it.
    pub number: u8,
    /// What it is for.
    pub protocol: ProtocolId,
    /// Everything it offers.
    pub transforms: Vec<Transform>,
}

impl Proposal {
    /// The alternatives of one kind. Where the kind is absent and has a NONE,
    /// that is the only one.
    fn of_kind(&self, kind: TransformType) -> Vec<Transform> {
        let mut found: Vec<_> = self
            .transforms
            .iter()
            .filter(|transform| transform.kind == kind)
            .copied()
            .collect();
        if found.is_empty() && has_none(kind) {
            found.push(Transform::new(kind, 0));
        }
        found
    }
}

/// Whose order decides among several possibilities.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "there are two sides")]
pub enum Preference {
    /// The order of the proposals that were offered.
    Offered,
    /// The order of those that are accepted.
    Accepted,
}

/// A proposal that both sides can live with.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Choice {
    /// Index among the offered proposals.
    pub offered: usize,
    /// Index among the accepted proposals.
    pub accepted: usize,
    /// The answer: numbered as offered, one transform of each kind, as the
    /// offer wrote them. A NONE that the offer did not write is left out.
    pub proposal: Proposal,
}

/// Why no proposal was chosen: one answer per offered proposal, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WhyNot {
    /// The rejections.
    pub rejected: Vec<Rejection>,
}

impl WhyNot {
    /// The rejection with the fewest differences, the first such one.
    #[must_use]
    pub fn closest(&self) -> Option<&Rejection> {
        self.rejected
            .iter()
            .filter(|rejection| rejection.accepted.is_some())
            .min_by_key(|rejection| rejection.differences.len())
    }
}

/// Why one offered proposal was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rejection {
    /// Index among the offered proposals.
    pub offered: usize,
    /// Index of the accepted proposal that comes closest; `None` when none is
    /// for the offered protocol.
    pub accepted: Option<usize>,
    /// The kinds in which those two have nothing in common.
    pub differences: Vec<Difference>,
}

/// A kind of transform in which two proposals have nothing in common.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// The kind.
    pub kind: TransformType,
    /// What was offered; the kind's NONE when nothing was.
    pub offered: Vec<Transform>,
    /// What would have been accepted; the kind's NONE when nothing would.
    pub accepted: Vec<Transform>,
}

/// The first proposal that both sides can live with.
///
/// ```
/// use ipsec_core::sa::proposal::{Preference, Proposal, Transform, choose};
/// use ipsec_core::wire::registry::ike::{ProtocolId, TransformType};
/// let esp = |group| Proposal {
///     number: 1,
///     protocol: ProtocolId::ESP,
///     transforms: vec![
///         Transform::new(TransformType::ENCR, 20).with_key_bits(128),
///         Transform::new(TransformType::KE, group),
///     ],
/// };
/// let why = choose(&[esp(14)], &[esp(19)], Preference::Offered).unwrap_err();
/// let nearest = why.closest().unwrap();
/// assert_eq!(nearest.differences[0].kind, TransformType::KE);
/// ```
///
/// # Errors
///
/// [`WhyNot`] when no pair of proposals has a transform of each kind in
/// common.
pub fn choose(
    offered: &[Proposal],
    accepted: &[Proposal],
    preference: Preference,
) -> Result<Choice, WhyNot> {
    let pair = |outer, inner| match preference {
        Preference::Offered => (outer, inner),
        Preference::Accepted => (inner, outer),
    };
    let (outer, inner) = match preference {
        Preference::Offered => (offered.len(), accepted.len()),
        Preference::Accepted => (accepted.len(), offered.len()),
    };
    let chosen = (0..outer)
        .flat_map(|first| (0..inner).map(move |second| pair(first, second)))
        .find_map(|(ours, theirs)| {
            let proposal = meet(offered.get(ours)?, accepted.get(theirs)?, preference).ok()?;
            Some(Choice {
                offered: ours,
                accepted: theirs,
                proposal,
            })
        });
    chosen.ok_or_else(|| WhyNot {
        rejected: offered
            .iter()
            .enumerate()
            .map(|(index, proposal)| reject(index, proposal, accepted))
            .collect(),
    })
}

/// Says how the offered proposal differs from the accepted one nearest to it.
fn reject(index: usize, offered: &Proposal, accepted: &[Proposal]) -> Rejection {
    let nearest = accepted
        .iter()
        .enumerate()
        .filter(|(_, candidate)| candidate.protocol == offered.protocol)
        .filter_map(|(at, candidate)| {
            let differences = meet(offered, candidate, Preference::Offered).err()?;
            Some((at, differences))
        })
        .min_by_key(|(_, differences)| differences.len());
    let (accepted, differences) = nearest.map_or((None, Vec::new()), |(at, d)| (Some(at), d));
    Rejection {
        offered: index,
        accepted,
        differences,
    }
}

/// The answer to `offered` under `accepted`, or the kinds that rule it out.
fn meet(
    offered: &Proposal,
    accepted: &Proposal,
    preference: Preference,
) -> Result<Proposal, Vec<Difference>> {
    if offered.protocol != accepted.protocol {
        return Err(Vec::new());
    }
    let mut transforms = Vec::new();
    let mut differences = Vec::new();
    let mut kinds = kinds(offered, accepted).into_iter().peekable();
    // Encryption and integrity are chosen together: see `pair_ciphers`.
    if kinds.peek() == Some(&TransformType::ENCR) {
        kinds.next();
        match pair_ciphers(offered, accepted, preference) {
            Ok(pair) => transforms.extend(pair),
            Err(differing) => differences.extend(differing),
        }
    } else if let Err(differing) = pick(offered, accepted, TransformType::INTEG, preference)
        .map(|found| transforms.extend(found.first()))
    {
        differences.push(differing);
    }
    for kind in kinds.filter(|kind| *kind != TransformType::INTEG) {
        match pick(offered, accepted, kind, preference) {
            Ok(found) => transforms.extend(found.first()),
            Err(difference) => differences.push(difference),
        }
    }
    if !differences.is_empty() {
        return Err(differences);
    }
    let written = |transform: &Transform| offered.transforms.contains(transform);
    transforms.retain(|transform| !transform.is_none() || written(transform));
    Ok(Proposal {
        number: offered.number,
        protocol: offered.protocol,
        transforms,
    })
}

/// The kinds that either names, in the order of their numbers.
fn kinds(offered: &Proposal, accepted: &Proposal) -> Vec<TransformType> {
    let mut kinds: Vec<_> = offered
        .transforms
        .iter()
        .chain(&accepted.transforms)
        .map(|transform| transform.kind)
        .collect();
    sorted::sort(&mut kinds);
    kinds.dedup();
    kinds
}

/// What both have of one kind, in order of preference, never empty.
fn pick(
    offered: &Proposal,
    accepted: &Proposal,
    kind: TransformType,
    preference: Preference,
) -> Result<Vec<Transform>, Difference> {
    let (ours, theirs) = (offered.of_kind(kind), accepted.of_kind(kind));
    let among = |list: &[Transform], wanted: &Transform| {
        list.iter().find(|found| found.same_as(wanted)).copied()
    };
    let common: Vec<_> = match preference {
        Preference::Offered => ours
            .iter()
            .filter(|transform| among(&theirs, transform).is_some())
            .copied()
            .collect(),
        Preference::Accepted => theirs
            .iter()
            .filter_map(|transform| among(&ours, transform))
            .collect(),
    };
    if common.is_empty() {
        return Err(Difference {
            kind,
            offered: ours,
            accepted: theirs,
        });
    }
    Ok(common)
}

/// A cipher that both have with the integrity algorithm that fits it: for an
/// AEAD cipher none (RFC 7296 §3.3), whatever else `accepted` would take; for
/// any other the first that both have.
fn pair_ciphers(
    offered: &Proposal,
    accepted: &Proposal,
    preference: Preference,
) -> Result<[Transform; 2], Vec<Difference>> {
    let macs = pick(offered, accepted, TransformType::INTEG, preference);
    let ciphers = match pick(offered, accepted, TransformType::ENCR, preference) {
        Ok(ciphers) => ciphers,
        Err(difference) => return Err(iter::once(difference).chain(macs.err()).collect()),
    };
    let of_offer = offered.of_kind(TransformType::INTEG);
    let fitting = ciphers.iter().find_map(|cipher| {
        let mac = if cipher.is_aead() {
            of_offer.iter().find(|mac| mac.is_none())
        } else {
            macs.as_ref().ok()?.first()
        };
        Some([*cipher, *mac?])
    });
    fitting.ok_or_else(|| {
        alloc::vec![Difference {
            kind: TransformType::INTEG,
            offered: of_offer,
            accepted: accepted.of_kind(TransformType::INTEG),
        }]
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::registry::ike::{Integrity, KeyExchange, Prf, SequenceNumbers};
    use alloc::vec;
    use proptest::prelude::*;

    fn aes(bits: u16) -> Transform {
        Transform::new(TransformType::ENCR, Encryption::ENCR_AES_CBC.0).with_key_bits(bits)
    }

    fn gcm(bits: u16) -> Transform {
        Transform::new(TransformType::ENCR, Encryption::ENCR_AES_GCM_16.0).with_key_bits(bits)
    }

    fn triple_des() -> Transform {
        Transform::new(TransformType::ENCR, Encryption::ENCR_3DES.0)
    }

    fn integ(id: Integrity) -> Transform {
        Transform::new(TransformType::INTEG, id.0)
    }

    fn group(id: KeyExchange) -> Transform {
        Transform::new(TransformType::KE, id.0)
    }

    fn prf(id: Prf) -> Transform {
        Transform::new(TransformType::PRF, id.0)
    }

    const SHA1: Integrity = Integrity::AUTH_HMAC_SHA1_96;
    const MD5: Integrity = Integrity::AUTH_HMAC_MD5_96;
    const SHA2: Integrity = Integrity::AUTH_HMAC_SHA2_256_128;

    fn proposal(number: u8, protocol: ProtocolId, transforms: &[Transform]) -> Proposal {
        Proposal {
            number,
            protocol,
            transforms: transforms.to_vec(),
        }
    }

    fn esp(number: u8, transforms: &[Transform]) -> Proposal {
        proposal(number, ProtocolId::ESP, transforms)
    }

    fn kinds_of(rejection: &Rejection) -> Vec<TransformType> {
        rejection.differences.iter().map(|d| d.kind).collect()
    }

    /// A -> B  SA{1: 3DES MD5 PRF_MD5 MODP-1024; 2: AES-256 SHA2 PRF_SHA2 MODP-2048}
    /// A <- B  SA{2: AES-256 SHA2 PRF_SHA2 MODP-2048}
    #[test]
    fn the_second_proposal_is_taken_under_its_number() {
        let old = proposal(
            1,
            ProtocolId::IKE,
            &[
                triple_des(),
                integ(MD5),
                prf(Prf::PRF_HMAC_MD5),
                group(KeyExchange::MODP_1024),
            ],
        );
        let new = proposal(
            2,
            ProtocolId::IKE,
            &[
                aes(256),
                integ(SHA2),
                prf(Prf::PRF_HMAC_SHA2_256),
                group(KeyExchange::MODP_2048),
            ],
        );
        let chosen = choose(
            &[old, new.clone()],
            &[Proposal {
                number: 1,
                ..new.clone()
            }],
            Preference::Offered,
        )
        .unwrap();
        assert_eq!((chosen.offered, chosen.accepted), (1, 0));
        assert_eq!(chosen.proposal.number, 2);
        let mut kinds: Vec<_> = chosen.proposal.transforms.iter().map(|t| t.kind).collect();
        kinds.sort_unstable();
        assert_eq!(kinds.len(), 4);
        assert!(
            chosen
                .proposal
                .transforms
                .iter()
                .all(|t| new.transforms.contains(t))
        );
    }

    #[test]
    fn preference_decides_among_several() {
        let offer = [esp(1, &[aes(128), aes(256), integ(SHA1)])];
        let policy = [esp(1, &[aes(256), aes(128), integ(SHA1)])];
        let first = |preference| {
            choose(&offer, &policy, preference)
                .unwrap()
                .proposal
                .transforms[0]
        };
        assert_eq!(first(Preference::Offered), aes(128));
        assert_eq!(first(Preference::Accepted), aes(256));
    }

    #[test]
    fn key_lengths_are_part_of_the_algorithm() {
        let why = choose(
            &[esp(1, &[aes(128), integ(SHA1)])],
            &[esp(1, &[aes(256), integ(SHA1)])],
            Preference::Offered,
        )
        .unwrap_err();
        assert_eq!(kinds_of(why.closest().unwrap()), [TransformType::ENCR]);
        let said = esp(1, &[triple_des().with_key_bits(192), integ(SHA1)]);
        let unsaid = esp(1, &[triple_des(), integ(SHA1)]);
        assert!(choose(&[said], &[unsaid], Preference::Offered).is_ok());
    }

    /// PFS on one side only: the other offers no group at all.
    #[test]
    fn an_absent_kind_is_its_none() {
        let with = [esp(1, &[gcm(128), group(KeyExchange::MODP_2048)])];
        let without = [esp(1, &[gcm(128)])];
        let why = choose(&without, &with, Preference::Offered).unwrap_err();
        let differences = &why.closest().unwrap().differences;
        assert_eq!(differences[0].kind, TransformType::KE);
        assert_eq!(differences[0].offered, [group(KeyExchange::NONE)]);
        let optional = [esp(
            1,
            &[
                gcm(128),
                group(KeyExchange::MODP_2048),
                group(KeyExchange::NONE),
            ],
        )];
        let chosen = choose(&without, &optional, Preference::Offered).unwrap();
        assert_eq!(chosen.proposal.transforms, [gcm(128)], "nothing unasked");
        let chosen = choose(&optional, &without, Preference::Offered).unwrap();
        assert_eq!(
            chosen.proposal.transforms,
            [gcm(128), group(KeyExchange::NONE)]
        );
    }

    #[test]
    fn an_aead_cipher_takes_no_integrity() {
        let mixed = [esp(1, &[gcm(128), aes(128), integ(SHA1)])];
        let pure = [esp(1, &[gcm(128)])];
        assert!(choose(&pure, &mixed, Preference::Offered).is_ok());
        let why = choose(&mixed, &pure, Preference::Offered).unwrap_err();
        assert_eq!(kinds_of(why.closest().unwrap()), [TransformType::INTEG]);
        let chosen = choose(&mixed, &mixed, Preference::Offered).unwrap();
        assert_eq!(chosen.proposal.transforms, [aes(128), integ(SHA1)]);
    }

    #[test]
    fn the_closest_has_the_fewest_differences() {
        let offer = [
            esp(1, &[triple_des(), integ(MD5)]),
            esp(2, &[aes(128), integ(SHA1)]),
        ];
        let policy = [
            proposal(1, ProtocolId::AH, &[integ(SHA1)]),
            esp(2, &[aes(256), integ(SHA1)]),
        ];
        let why = choose(&offer, &policy, Preference::Offered).unwrap_err();
        let closest = why.closest().unwrap();
        assert_eq!((closest.offered, closest.accepted), (1, Some(1)));
        assert_eq!(kinds_of(closest), [TransformType::ENCR]);
        assert_eq!(why.rejected[0].differences.len(), 2);
        let ah = choose(&policy[..1], &offer, Preference::Offered).unwrap_err();
        assert_eq!(ah.closest(), None, "nothing for that protocol");
        assert!(choose(&[], &policy, Preference::Offered).is_err());
    }

    fn transform() -> impl Strategy<Value = Transform> {
        prop::sample::select(vec![
            aes(128),
            aes(256),
            gcm(128),
            triple_des(),
            triple_des().with_key_bits(192),
            integ(Integrity::NONE),
            integ(SHA1),
            integ(SHA2),
            group(KeyExchange::NONE),
            group(KeyExchange::MODP_2048),
            Transform::new(TransformType::ESN, SequenceNumbers::NO_ESN.0),
            Transform::new(TransformType::ESN, SequenceNumbers::ESN.0),
            Transform::new(TransformType::ADDKE1, KeyExchange::MODP_2048.0),
            Transform::new(TransformType(77), 0),
        ])
    }

    fn proposals() -> impl Strategy<Value = Vec<Proposal>> {
        let protocol = prop::sample::select(vec![ProtocolId::ESP, ProtocolId::ESP, ProtocolId::AH]);
        let one = (protocol, prop::collection::vec(transform(), 0..7));
        prop::collection::vec(one, 0..4).prop_map(|all| {
            let number = |at: usize| u8::try_from(at + 1).unwrap();
            all.iter()
                .enumerate()
                .map(|(at, (protocol, transforms))| proposal(number(at), *protocol, transforms))
                .collect()
        })
    }

    /// Every way to take one transform of each kind, NONE where it is absent.
    fn combinations(proposal: &Proposal, kinds: &[TransformType]) -> Vec<Vec<Transform>> {
        let mut all = vec![Vec::new()];
        for kind in kinds {
            let choices = proposal.of_kind(*kind);
            all = all
                .iter()
                .flat_map(|head| {
                    choices.iter().map(move |choice| {
                        let mut whole = head.clone();
                        whole.push(*choice);
                        whole
                    })
                })
                .collect();
        }
        all
    }

    fn acceptable(combination: &[Transform], policy: &Proposal) -> bool {
        let aead = combination.iter().any(Transform::is_aead);
        combination.iter().all(|transform| {
            if aead && transform.kind == TransformType::INTEG {
                return transform.is_none();
            }
            policy
                .of_kind(transform.kind)
                .iter()
                .any(|allowed| allowed.same_as(transform))
        })
    }

    fn brute_force(offer: &Proposal, policy: &Proposal) -> bool {
        let kinds = kinds(offer, policy);
        offer.protocol == policy.protocol
            && combinations(offer, &kinds)
                .iter()
                .any(|combination| acceptable(combination, policy))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn agrees_with_trying_every_combination(offer in proposals(), policy in proposals()) {
            for preference in [Preference::Offered, Preference::Accepted] {
                let possible = offer.iter().any(|o| policy.iter().any(|p| brute_force(o, p)));
                match choose(&offer, &policy, preference) {
                    Ok(choice) => {
                        prop_assert!(brute_force(&offer[choice.offered], &policy[choice.accepted]));
                        prop_assert!(acceptable(&choice.proposal.transforms, &policy[choice.accepted]));
                        let mut kinds: Vec<_> = choice.proposal.transforms.iter().map(|t| t.kind).collect();
                        kinds.sort_unstable();
                        prop_assert!(kinds.windows(2).all(|pair| pair[0] < pair[1]));
                        for transform in &choice.proposal.transforms {
                            prop_assert!(offer[choice.offered].transforms.contains(transform));
                        }
                        let earlier = match preference {
                            Preference::Offered => offer[..choice.offered].iter().any(|o| policy.iter().any(|p| brute_force(o, p))),
                            Preference::Accepted => policy[..choice.accepted].iter().any(|p| offer.iter().any(|o| brute_force(o, p))),
                        };
                        prop_assert!(!earlier, "the first that fits");
                    }
                    Err(why) => {
                        prop_assert!(!possible);
                        prop_assert_eq!(why.rejected.len(), offer.len());
                        for rejection in &why.rejected {
                            prop_assert_eq!(rejection.accepted.is_none(), rejection.differences.is_empty());
                        }
                    }
                }
            }
        }
    }
}
