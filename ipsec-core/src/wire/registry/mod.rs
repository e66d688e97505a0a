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
    use super::ike::ExchangeType;
    use alloc::format;

    #[test]
    fn unknown_numbers_keep_their_value() {
        assert_eq!(format!("{:?}", ExchangeType(240)), "ExchangeType(240)");
        assert_eq!(format!("{}", ExchangeType(240)), "240");
        assert_eq!(
            format!("{:?}", ExchangeType::IKE_SA_INIT),
            "IKE_SA_INIT(34)"
        );
        assert_eq!(ExchangeType::name_of(34), Some("IKE_SA_INIT"));
        assert_eq!(ExchangeType::name_of(1 << 40), None);
    }
}
