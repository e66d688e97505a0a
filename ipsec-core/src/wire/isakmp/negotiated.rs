//! What the attributes of transforms are called: phase 1 (RFC 2409 appendix A)
//! and phase 2 (RFC 2407 §4.5, RFC 6407 §5.5.1).

use super::super::layout::{Field, Show};
use super::super::registry::isakmp::{
    AddressPreservation, AsymmetricAlgorithm, AuthAlgorithm, AuthMethod, EcnTunnel,
    EncapsulationMode, Encryption, EsnFlag, Group, GroupType, Hash, LifeType, Phase1Attribute,
    Phase2Attribute, Prf, ProtocolId, SaDirection, SignatureEncoding,
};
use super::attrs::{Attributes, Meaning, Registry, plain};

impl Attributes<'_> {
    /// The lifetimes of a transform for `protocol`, each with its unit: a
    /// duration counts in the last life type before it (RFC 2409 appendix A,
    /// RFC 2407 §4.5). Durations of more than eight bytes are left out.
    pub fn lifetimes(&self, protocol: ProtocolId) -> impl Iterator<Item = (LifeType, u64)> {
        let (life_type, life_duration) = if protocol == ProtocolId::PROTO_ISAKMP {
            (
                Phase1Attribute::LIFE_TYPE.0,
                Phase1Attribute::LIFE_DURATION.0,
            )
        } else {
            (
                Phase2Attribute::SA_LIFE_TYPE.0,
                Phase2Attribute::SA_LIFE_DURATION.0,
            )
        };
        let mut unit = None;
        self.iter().filter_map(move |attribute| {
            let number = attribute.value.number();
            if attribute.kind == life_type {
                unit = number.and_then(|number| u16::try_from(number).ok());
            }
            let is_duration = attribute.kind == life_duration;
            Some((LifeType(unit?), number.filter(|_| is_duration)?))
        })
    }
}

/// The registry in force under `protocol`.
pub(super) fn registry_of(protocol: ProtocolId) -> &'static Registry {
    if protocol == ProtocolId::PROTO_ISAKMP {
        &PHASE_1
    } else {
        &PHASE_2
    }
}

static PHASE_1: Registry = Registry {
    number: &PHASE_1_NUMBER,
    meanings: PHASE_1_MEANINGS,
    unknown: &UNKNOWN,
};

static PHASE_2: Registry = Registry {
    number: &PHASE_2_NUMBER,
    meanings: PHASE_2_MEANINGS,
    unknown: &UNKNOWN,
};

static PHASE_1_NUMBER: Field = Field::new(
    "number",
    "Attribute",
    "Class of the attribute, RFC 2409 appendix A",
    Show::Named(Phase1Attribute::name_of),
);
static PHASE_2_NUMBER: Field = Field::new(
    "number",
    "Attribute",
    "Class of the attribute, RFC 2407 §4.5",
    Show::Named(Phase2Attribute::name_of),
);
pub(super) static UNKNOWN: Meaning = Meaning::number(
    "attribute",
    "Attribute",
    "An attribute without a meaning known here, RFC 2408 §3.3",
    Show::Dec,
);

static PHASE_1_MEANINGS: &[(u16, Meaning)] = &[
    (
        1,
        Meaning::number(
            "encryption",
            "Encryption algorithm",
            "Cipher of the ISAKMP SA, RFC 2409 appendix A",
            Show::Named(Encryption::name_of),
        ),
    ),
    (
        2,
        Meaning::number(
            "hash",
            "Hash algorithm",
            "Hash of the ISAKMP SA; its HMAC is the PRF, RFC 2409 appendix A",
            Show::Named(Hash::name_of),
        ),
    ),
    (
        3,
        Meaning::number(
            "auth_method",
            "Authentication method",
            "How both sides prove who they are, RFC 2409 appendix A",
            Show::Named(AuthMethod::name_of),
        ),
    ),
    (
        4,
        Meaning::number(
            "group",
            "Group description",
            "Diffie-Hellman group by number, RFC 2409 §6",
            Show::Named(Group::name_of),
        ),
    ),
    (
        5,
        Meaning::number(
            "group_type",
            "Group type",
            "Kind of a group given by its parameters, RFC 2409 appendix A",
            Show::Named(GroupType::name_of),
        ),
    ),
    (
        6,
        Meaning::long(
            "group_prime",
            "Group prime",
            "Prime or irreducible polynomial of a group, RFC 2409 appendix A",
            plain,
        ),
    ),
    (
        7,
        Meaning::long(
            "group_generator_one",
            "Group generator one",
            "Generator, or X coordinate of one, RFC 2409 appendix A",
            plain,
        ),
    ),
    (
        8,
        Meaning::long(
            "group_generator_two",
            "Group generator two",
            "Y coordinate of a generator, RFC 2409 appendix A",
            plain,
        ),
    ),
    (
        9,
        Meaning::long(
            "group_curve_a",
            "Group curve A",
            "Coefficient A of an elliptic curve, RFC 2409 appendix A",
            plain,
        ),
    ),
    (
        10,
        Meaning::long(
            "group_curve_b",
            "Group curve B",
            "Coefficient B of an elliptic curve, RFC 2409 appendix A",
            plain,
        ),
    ),
    (
        11,
        Meaning::number(
            "life_type",
            "Life type",
            "Unit of the life duration that follows, RFC 2409 appendix A",
            Show::Named(LifeType::name_of),
        ),
    ),
    (
        12,
        Meaning::number(
            "life_duration",
            "Life duration",
            "How long the ISAKMP SA may live, in units of the life type, RFC 2409 appendix A",
            Show::Dec,
        ),
    ),
    (
        13,
        Meaning::number(
            "prf",
            "PRF",
            "Pseudo-random function other than the HMAC of the hash, RFC 2409 appendix A",
            Show::Named(Prf::name_of),
        ),
    ),
    (
        14,
        Meaning::number(
            "key_length",
            "Key length",
            "Bits of the cipher's key, where the cipher has a choice, RFC 2409 appendix A",
            Show::Dec,
        ),
    ),
    (
        15,
        Meaning::number(
            "field_size",
            "Field size",
            "Bits of a Diffie-Hellman field, RFC 2409 appendix A",
            Show::Dec,
        ),
    ),
    (
        16,
        Meaning::long(
            "group_order",
            "Group order",
            "Order of an elliptic curve group, RFC 2409 appendix A",
            plain,
        ),
    ),
    (
        17,
        Meaning::number(
            "block_size",
            "Block size",
            "Bits of the cipher's block, where the cipher has a choice",
            Show::Dec,
        ),
    ),
    (
        20,
        Meaning::number(
            "asymmetric_algorithm",
            "Asymmetric algorithm",
            "Public-key algorithm of the Chinese profile GM/T 0022",
            Show::Named(AsymmetricAlgorithm::name_of),
        ),
    ),
];

static PHASE_2_MEANINGS: &[(u16, Meaning)] = &[
    (
        1,
        Meaning::number(
            "life_type",
            "SA life type",
            "Unit of the life duration that follows, RFC 2407 §4.5",
            Show::Named(LifeType::name_of),
        ),
    ),
    (
        2,
        Meaning::number(
            "life_duration",
            "SA life duration",
            "How long the SA may live, in units of the life type, RFC 2407 §4.5",
            Show::Dec,
        ),
    ),
    (
        3,
        Meaning::number(
            "group",
            "Group description",
            "Diffie-Hellman group of this Quick Mode: perfect forward secrecy, RFC 2407 §4.5",
            Show::Named(Group::name_of),
        ),
    ),
    (
        4,
        Meaning::number(
            "encapsulation_mode",
            "Encapsulation mode",
            "Tunnel or transport, with or without UDP around it, RFC 2407 §4.5, RFC 3947 §5.1",
            Show::Named(EncapsulationMode::name_of),
        ),
    ),
    (
        5,
        Meaning::number(
            "auth_algorithm",
            "Authentication algorithm",
            "Integrity of the packets, RFC 2407 §4.5",
            Show::Named(AuthAlgorithm::name_of),
        ),
    ),
    (
        6,
        Meaning::number(
            "key_length",
            "Key length",
            "Bits of the cipher's key, RFC 2407 §4.5",
            Show::Dec,
        ),
    ),
    (
        7,
        Meaning::number(
            "key_rounds",
            "Key rounds",
            "Rounds of the cipher, RFC 2407 §4.5",
            Show::Dec,
        ),
    ),
    (
        8,
        Meaning::number(
            "compress_dictionary_size",
            "Compress dictionary size",
            "log2 of the largest dictionary, RFC 2407 §4.5",
            Show::Dec,
        ),
    ),
    (
        9,
        Meaning::long(
            "compress_private_algorithm",
            "Compress private algorithm",
            "A vendor's compression, after its OUI, RFC 2407 §4.5",
            plain,
        ),
    ),
    (
        10,
        Meaning::number(
            "ecn_tunnel",
            "ECN tunnel",
            "Whether congestion marks cross the tunnel, RFC 3168 §9.2.1.1",
            Show::Named(EcnTunnel::name_of),
        ),
    ),
    (
        11,
        Meaning::number(
            "extended_sequence_number",
            "Extended sequence number",
            "Sequence numbers of 64 bits, RFC 4304 §2",
            Show::Named(EsnFlag::name_of),
        ),
    ),
    (
        12,
        Meaning::number(
            "auth_key_length",
            "Authentication key length",
            "Bits of the signature key, RFC 4359 §5",
            Show::Dec,
        ),
    ),
    (
        13,
        Meaning::number(
            "signature_encoding",
            "Signature encoding",
            "How packets are signed, RFC 4359 §5",
            Show::Named(SignatureEncoding::name_of),
        ),
    ),
    (
        14,
        Meaning::number(
            "address_preservation",
            "Address preservation",
            "Addresses kept in the outer header, RFC 6407 §5.5.1.3",
            Show::Named(AddressPreservation::name_of),
        ),
    ),
    (
        15,
        Meaning::number(
            "sa_direction",
            "SA direction",
            "Whether the group's SA is for sending or receiving, RFC 6407 §5.5.1.3",
            Show::Named(SaDirection::name_of),
        ),
    ),
    (
        32_001,
        Meaning::long(
            "security_context",
            "Security context",
            "SELinux label of the traffic (libreswan)",
            plain,
        ),
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn every_number_of_the_registries_has_a_meaning() {
        for number in Phase1Attribute::ALL {
            assert_ne!(
                PHASE_1.meaning(number.0).field.name,
                "attribute",
                "{number}"
            );
        }
        for number in Phase2Attribute::ALL {
            assert_ne!(
                PHASE_2.meaning(number.0).field.name,
                "attribute",
                "{number}"
            );
        }
    }

    #[test]
    fn lifetimes_in_seconds_and_kilobytes() {
        let mut offer = Attributes::new();
        offer.push_short(2, 9); // a duration without a unit
        offer.push_short(1, 1);
        offer.push_long(2, &3600_u32.to_be_bytes());
        offer.push_short(1, 2);
        offer.push_long(2, &[0x10, 0, 0, 0, 0]);
        let lifetimes: Vec<_> = offer.lifetimes(ProtocolId::PROTO_IPSEC_ESP).collect();
        assert_eq!(
            lifetimes,
            [(LifeType::SECONDS, 3600), (LifeType::KILOBYTES, 1 << 36)]
        );
        assert_eq!(offer.lifetimes(ProtocolId::PROTO_ISAKMP).count(), 0);
    }
}
