//! Numbers of the IANA registries as newtypes that know their names.
//!
//! A number without a name is still a value: it is kept, compared and written
//! back. One file per registry family; the IKEv1 and IKEv2 numbers are
//! separate types, so that one can never be taken for the other.

pub mod ike;
pub mod ip;
pub mod isakmp;

/// Declares a registry: a newtype, its named constants, and its names.
macro_rules! registry {
    ($(
        $(#[$doc:meta])*
        $type:ident($int:ty) {
            $( $konst:ident = $value:literal $(=> $name:literal)? ; )*
        }
    )*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema))]
        #[cfg_attr(feature = "serde", serde(transparent))]
        #[expect(clippy::exhaustive_structs, reason = "a number off the wire, whatever the registry will hold")]
        pub struct $type(pub $int);

        impl $type {
            $(
                #[doc = concat!("`", stringify!($value), "`")]
                pub const $konst: Self = Self($value);
            )*

            /// Every named value of the registry, in the order of its table.
            pub const ALL: &'static [Self] = &[$(Self($value)),*];

            /// The registry's name for it, if it has one.
            #[must_use]
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $( $value => Some($crate::wire::registry::registry!(@name $konst $($name)?)), )*
                    _ => None,
                }
            }

            /// The name of a number as a field of the tree holds it.
            #[must_use]
            #[allow(clippy::allow_attributes, clippy::unnecessary_fallible_conversions, reason = "one macro, several widths")]
            pub fn name_of(value: u64) -> Option<&'static str> {
                <$int>::try_from(value).ok().and_then(|value| Self(value).name())
            }
        }

        impl core::fmt::Display for $type {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                match self.name() {
                    Some(name) => f.pad(name),
                    None => write!(f, "{}", self.0),
                }
            }
        }

        impl core::fmt::Debug for $type {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                match self.name() {
                    Some(name) => write!(f, "{name}({})", self.0),
                    None => write!(f, concat!(stringify!($type), "({})"), self.0),
                }
            }
        }
    )*};
    (@name $konst:ident) => { stringify!($konst) };
    (@name $konst:ident $name:literal) => { $name };
}
pub(crate) use registry;

#[cfg(test)]
mod tests {
    use super::{ike, ip, isakmp};
    use alloc::collections::BTreeSet;
    use alloc::format;

    #[test]
    fn tables_ascend_and_no_name_is_given_twice() {
        macro_rules! check {
            ($($type:path),* $(,)?) => {$({
                type Registry = $type;
                let all = Registry::ALL;
                assert!(all.windows(2).all(|two| two[0] < two[1]), stringify!($type));
                let names: BTreeSet<_> = all.iter().map(|number| number.name()).collect();
                assert!(!names.contains(&None));
                assert_eq!(names.len(), all.len(), stringify!($type));
            })*};
        }
        check! {
            ike::AttributeType, ike::AuthMethod, ike::CertEncoding, ike::ConfigAttribute,
            ike::ConfigType, ike::DeviceIdentity, ike::EapCode, ike::EapType,
            ike::Encryption, ike::ExchangeType, ike::GatewayIdType,
            ike::GroupControllerAuth, ike::HashAlgorithm, ike::IdType, ike::Integrity,
            ike::IpcompTransform, ike::KeyExchange, ike::KeyWrap, ike::NotifyType,
            ike::PayloadType, ike::PpkIdType, ike::Prf, ike::ProtocolId, ike::RohcAttribute,
            ike::SecurePasswordMethod, ike::SequenceNumbers, ike::TransformType,
            ike::TsType, ip::AggfragSubtype, ip::EtherType, ip::IcmpType, ip::Icmpv6Type,
            ip::Ipv4Option, ip::Ipv6Option, ip::LinkType, ip::Protocol,
            ip::Unreachable6Code, ip::UnreachableCode, isakmp::AddressPreservation,
            isakmp::AhTransform, isakmp::AsymmetricAlgorithm, isakmp::AuthAlgorithm,
            isakmp::AuthMethod, isakmp::CertEncoding, isakmp::ConfigAttribute,
            isakmp::ConfigType, isakmp::Doi, isakmp::EcnTunnel, isakmp::EncapsulationMode,
            isakmp::Encryption, isakmp::EsnFlag, isakmp::EspTransform, isakmp::ExchangeType,
            isakmp::Group, isakmp::GroupType, isakmp::Hash, isakmp::IdType,
            isakmp::IpcompTransform, isakmp::KeyTransform, isakmp::LifeType,
            isakmp::NotifyType, isakmp::PayloadType, isakmp::Phase1Attribute,
            isakmp::Phase2Attribute, isakmp::Prf, isakmp::ProtocolId, isakmp::SaDirection,
            isakmp::SignatureEncoding, isakmp::XauthStatus, isakmp::XauthType,
            isakmp::gdoi::KekAttribute, isakmp::gdoi::KeyDownloadType,
            isakmp::gdoi::TekKeyAttribute, isakmp::gdoi::TekProtocol,
        }
    }

    #[test]
    fn transform_ids_are_named_by_their_type() {
        assert_eq!(ike::TransformType::ENCR.id_name(12), Some("ENCR_AES_CBC"));
        assert_eq!(ike::TransformType::KE.id_name(14), Some("MODP-2048"));
        assert_eq!(ike::TransformType::ADDKE1.id_name(36), Some("ML-KEM-768"));
        assert_eq!(ike::TransformType(99).id_name(1), None);
        let esp = isakmp::ProtocolId::PROTO_IPSEC_ESP;
        assert_eq!(esp.transform_name(3), Some("ESP_3DES"));
    }

    #[test]
    fn errors_end_where_status_types_begin() {
        assert!(ike::NotifyType::NO_PROPOSAL_CHOSEN.is_error());
        assert!(ike::NotifyType(16383).is_error());
        assert!(!ike::NotifyType::INITIAL_CONTACT.is_error());
        assert!(isakmp::NotifyType::NO_PROPOSAL_CHOSEN.is_error());
        assert!(!isakmp::NotifyType::CONNECTED.is_error());
    }

    #[test]
    fn unknown_numbers_keep_their_value() {
        assert_eq!(format!("{:?}", ike::ExchangeType(240)), "ExchangeType(240)");
        assert_eq!(format!("{}", ike::ExchangeType(240)), "240");
        assert_eq!(
            format!("{:?}", ike::ExchangeType::IKE_SA_INIT),
            "IKE_SA_INIT(34)"
        );
        assert_eq!(ike::ExchangeType::name_of(34), Some("IKE_SA_INIT"));
        assert_eq!(ike::ExchangeType::name_of(1 << 40), None);
    }
}
