//! Configuration payload (RFC 7296 §3.15; RFC 5026, RFC 5739, RFC 7651,
//! RFC 8598, RFC 9464).
#![expect(clippy::exhaustive_structs, reason = "a fixed wire format")]

use super::super::layout::{Field, Layout, Show};
use super::super::leaf::{self, Fault, Parsed, located};
use super::fields::{DATA, RESERVED, exact, fields, numbers, octets2};
use super::unread::{Faults, Measure, Sequence, Unread};
use crate::wire::registry::ike::{ConfigAttribute, ConfigType};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::net::{Ipv4Addr, Ipv6Addr};
use smallvec::SmallVec;

mod dns;

pub use dns::{EncryptedDns, EncryptedDnsDigest, TrustAnchor};

/// Configuration asked for or given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config<'a> {
    /// Request, reply, set or acknowledgement.
    pub kind: ConfigType,
    /// Three bytes sent as zero.
    pub reserved: [u8; 3],
    /// The attributes.
    pub attributes: Vec<ConfigItem<'a>>,
    /// What follows the last attribute that could be read.
    pub unread: Option<Box<Unread<'a>>>,
}

/// A configuration attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigItem<'a> {
    /// What it configures; 15 bits.
    pub kind: ConfigAttribute,
    /// The bit before the type, sent as zero.
    pub reserved: bool,
    /// The value; empty bytes in most requests.
    pub value: ConfigValue<'a>,
}

/// The value of a configuration attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigValue<'a> {
    /// No value, a value without a known structure, or one of a wrong length.
    Raw(&'a [u8]),
    /// An IPv4 address or netmask.
    Ipv4(Ipv4Addr),
    /// An IPv6 address.
    Ipv6(Ipv6Addr),
    /// An IPv4 network.
    Ipv4Subnet {
        /// Its address.
        address: Ipv4Addr,
        /// Its netmask.
        mask: Ipv4Addr,
    },
    /// An IPv6 address or network with the length of its prefix.
    Ipv6Prefix {
        /// The address.
        address: Ipv6Addr,
        /// Bits of the prefix.
        length: u8,
    },
    /// A time in seconds.
    Seconds(u32),
    /// Text: a version, a domain name, a banner.
    Text(&'a [u8]),
    /// `SUPPORTED_ATTRIBUTES`
    Supported(SmallVec<[ConfigAttribute; 8]>),
    /// `MIP6_HOME_PREFIX` (RFC 5026 §8.2)
    HomePrefix {
        /// Lifetime in seconds.
        lifetime: u32,
        /// The home network prefix.
        prefix: Ipv6Addr,
        /// Bits of the prefix.
        length: u8,
    },
    /// `INTERNAL_IP6_LINK` (RFC 5739 §5.1)
    Link {
        /// Interface ID of the sender's link-local address.
        interface: u64,
        /// Names the virtual link.
        link_id: &'a [u8],
    },
    /// `INTERNAL_DNSSEC_TA`
    TrustAnchor(TrustAnchor<'a>),
    /// `ENCDNS_IP4`, `ENCDNS_IP6`
    EncryptedDns(Box<EncryptedDns<'a>>),
    /// `ENCDNS_DIGEST_INFO`
    EncryptedDnsDigest(Box<EncryptedDnsDigest<'a>>),
}

impl<'a> Config<'a> {
    /// A configuration payload of these attributes.
    #[must_use]
    pub const fn new(kind: ConfigType, attributes: Vec<ConfigItem<'a>>) -> Self {
        Self {
            kind,
            reserved: [0; 3],
            attributes,
            unread: None,
        }
    }

    pub(super) fn decode(
        payload: &'a [u8],
        i: &'a [u8],
        faults: &mut Faults<'a>,
    ) -> Result<Self, nom::Err<Fault<'a>>> {
        let (i, kind) = leaf::u8(i, "type")?;
        let (items, reserved) = leaf::array(i, "reserved")?;
        let room = items.len() / ATTRIBUTE_HEADER;
        let mut attributes = Vec::with_capacity(room.min(MAX_ATTRIBUTES));
        let sequence = Sequence {
            group: payload,
            items,
            limit: MAX_ATTRIBUTES,
            field: "attribute",
        };
        let unread = sequence.read(faults, |i, faults| {
            let (rest, attribute) = ConfigItem::decode(i, faults)?;
            attributes.push(attribute);
            Ok(rest)
        });
        let kind = ConfigType(kind);
        Ok(Self {
            kind,
            reserved,
            attributes,
            unread,
        })
    }

    pub(super) fn lay_out(&self, out: &mut impl Layout) {
        out.value(self.kind.0.into());
        out.u8(&TYPE, self.kind.0);
        out.bytes(&RESERVED, &self.reserved);
        for attribute in &self.attributes {
            attribute.lay_out(out);
        }
        if let Some(unread) = &self.unread {
            unread.lay_out(out);
        }
    }
}

impl<'a> ConfigItem<'a> {
    /// An attribute with a value.
    #[must_use]
    pub const fn new(kind: ConfigAttribute, value: ConfigValue<'a>) -> Self {
        let reserved = false;
        Self {
            kind,
            reserved,
            value,
        }
    }

    /// An attribute without a value, as in a request.
    #[must_use]
    pub const fn empty(kind: ConfigAttribute) -> Self {
        Self::new(kind, ConfigValue::Raw(&[]))
    }

    fn decode(i: &'a [u8], faults: &mut Faults<'a>) -> Parsed<'a, Self> {
        let (i, number) = leaf::u16(i, "type")?;
        let (i, length) = leaf::u16(i, "length")?;
        let (i, data) = leaf::bytes(i, length.into(), "value")?;
        let kind = ConfigAttribute(number & !RESERVED_BIT);
        let value = ConfigValue::decode(kind, data).unwrap_or_else(|error| {
            faults.note(&error);
            ConfigValue::Raw(data)
        });
        let reserved = number & RESERVED_BIT != 0;
        Ok((
            i,
            Self {
                kind,
                reserved,
                value,
            },
        ))
    }

    fn lay_out(&self, out: &mut impl Layout) {
        out.group(&ATTRIBUTE, |out| {
            let number = self.kind.0 & !RESERVED_BIT;
            let bit = if self.reserved { RESERVED_BIT } else { 0 };
            let mut size = Measure::default();
            self.value.lay_out(self.kind, &mut size);
            out.value(number.into());
            out.u16(&ATTRIBUTE_TYPE, number | bit);
            out.part(&RESERVED_PART, self.reserved.into());
            out.part(&KIND, number.into());
            out.u16(&LENGTH, octets2(size.0));
            self.value.lay_out(self.kind, out);
        });
    }
}

impl<'a> ConfigValue<'a> {
    fn decode(kind: ConfigAttribute, i: &'a [u8]) -> Result<Self, nom::Err<Fault<'a>>> {
        use ConfigAttribute as A;
        Ok(match kind {
            A::APPLICATION_VERSION
            | A::INTERNAL_DNS_DOMAIN
            | A::UNITY_BANNER
            | A::UNITY_DEF_DOMAIN
            | A::UNITY_SPLIT_DOMAIN
            | A::UNITY_DDNS_HOSTNAME => Self::Text(i),
            _ if i.is_empty() => Self::Raw(i),
            A::INTERNAL_IP4_ADDRESS
            | A::INTERNAL_IP4_NETMASK
            | A::INTERNAL_IP4_DNS
            | A::INTERNAL_IP4_NBNS
            | A::INTERNAL_IP4_DHCP
            | A::INTERNAL_IP4_SERVER
            | A::P_CSCF_IP4_ADDRESS => Self::Ipv4(exact::<4>(i)?.into()),
            A::INTERNAL_IP6_DNS
            | A::INTERNAL_IP6_NBNS
            | A::INTERNAL_IP6_DHCP
            | A::INTERNAL_IP6_SERVER
            | A::P_CSCF_IP6_ADDRESS => Self::Ipv6(exact::<16>(i)?.into()),
            A::INTERNAL_IP6_ADDRESS | A::INTERNAL_IP6_SUBNET | A::INTERNAL_IP6_PREFIX => {
                Self::ipv6_prefix(i)?
            }
            A::INTERNAL_IP4_SUBNET => Self::ipv4_subnet(i)?,
            A::INTERNAL_ADDRESS_EXPIRY | A::TIMEOUT_PERIOD_FOR_LIVENESS_CHECK => {
                Self::Seconds(u32::from_be_bytes(exact(i)?))
            }
            A::SUPPORTED_ATTRIBUTES => Self::Supported(numbers(i)?.map(ConfigAttribute).collect()),
            A::MIP6_HOME_PREFIX => Self::home_prefix(i)?,
            A::INTERNAL_IP6_LINK => Self::link(i)?,
            A::INTERNAL_DNSSEC_TA => Self::TrustAnchor(TrustAnchor::decode(i)?),
            A::ENCDNS_IP4 => Self::EncryptedDns(Box::new(EncryptedDns::decode(i, 4)?)),
            A::ENCDNS_IP6 => Self::EncryptedDns(Box::new(EncryptedDns::decode(i, 16)?)),
            A::ENCDNS_DIGEST_INFO => {
                Self::EncryptedDnsDigest(Box::new(EncryptedDnsDigest::decode(i)?))
            }
            _ => Self::Raw(i),
        })
    }

    fn ipv4_subnet(i: &[u8]) -> Result<Self, nom::Err<Fault<'_>>> {
        let [a, b, c, d, mask @ ..] = exact::<8>(i)?;
        let address = Ipv4Addr::new(a, b, c, d);
        let mask = Ipv4Addr::from(mask);
        Ok(Self::Ipv4Subnet { address, mask })
    }

    fn ipv6_prefix(i: &[u8]) -> Result<Self, nom::Err<Fault<'_>>> {
        let [address @ .., length] = exact::<17>(i)?;
        let address = Ipv6Addr::from(address);
        Ok(Self::Ipv6Prefix { address, length })
    }

    fn home_prefix(i: &[u8]) -> Result<Self, nom::Err<Fault<'_>>> {
        let [a, b, c, d, prefix @ .., length] = exact::<21>(i)?;
        Ok(Self::HomePrefix {
            lifetime: u32::from_be_bytes([a, b, c, d]),
            prefix: prefix.into(),
            length,
        })
    }

    fn link(i: &'a [u8]) -> Result<Self, nom::Err<Fault<'a>>> {
        let (link_id, interface) = leaf::u64(i, "interface")?;
        Ok(Self::Link { interface, link_id })
    }

    fn lay_out(&self, kind: ConfigAttribute, out: &mut impl Layout) {
        match self {
            Self::Raw(bytes) => {
                out.bytes(&DATA, bytes);
                if let Err(error) = Self::decode(kind, bytes) {
                    out.malformed(&located(&error, bytes).shifted(ATTRIBUTE_HEADER));
                }
            }
            Self::Ipv4(address) => out.bytes(&ADDRESS, &address.octets()),
            Self::Ipv6(address) => out.bytes(&ADDRESS, &address.octets()),
            Self::Ipv4Subnet { address, mask } => {
                out.bytes(&ADDRESS, &address.octets());
                out.bytes(&MASK, &mask.octets());
            }
            Self::Ipv6Prefix { address, length } => {
                out.bytes(&ADDRESS, &address.octets());
                out.u8(&PREFIX_LENGTH, *length);
            }
            Self::Seconds(seconds) => out.u32(&SECONDS, *seconds),
            Self::Text(text) => out.bytes(&TEXT, text),
            Self::Supported(attributes) => {
                for attribute in attributes {
                    out.u16(&SUPPORTED, attribute.0);
                }
            }
            Self::HomePrefix {
                lifetime,
                prefix,
                length,
            } => {
                out.u32(&SECONDS, *lifetime);
                out.bytes(&ADDRESS, &prefix.octets());
                out.u8(&PREFIX_LENGTH, *length);
            }
            Self::Link { interface, link_id } => {
                out.u64(&INTERFACE, *interface);
                out.bytes(&LINK_ID, link_id);
            }
            Self::TrustAnchor(anchor) => anchor.lay_out(out),
            Self::EncryptedDns(resolver) => resolver.lay_out(out),
            Self::EncryptedDnsDigest(digest) => digest.lay_out(out),
        }
    }
}

const RESERVED_BIT: u16 = 0x8000;
const ATTRIBUTE_HEADER: usize = 4;

/// The most attributes that are read from one payload.
const MAX_ATTRIBUTES: usize = 255;

static TYPE: Field = Field::new(
    "type",
    "CFG type",
    "Request and reply, or set and acknowledgement (RFC 7296 §3.15)",
    Show::Named(ConfigType::name_of),
);
static ATTRIBUTE: Field = Field::new(
    "attribute",
    "Configuration attribute",
    "One setting (RFC 7296 §3.15.1)",
    Show::Named(ConfigAttribute::name_of),
);
static ATTRIBUTE_TYPE: Field = Field::new(
    "type",
    "Attribute type",
    "The upper bit is reserved, the rest is the type (RFC 7296 §3.15.1)",
    Show::Hex,
);
static RESERVED_PART: Field = Field::new(
    "reserved",
    "Reserved",
    "Sent as zero and ignored when read",
    Show::Dec,
);
static KIND: Field = Field::new(
    "kind",
    "Attribute type",
    "What it configures (RFC 7296 §3.15.1)",
    Show::Named(ConfigAttribute::name_of),
);
static LENGTH: Field = Field::new(
    "length",
    "Value length",
    "Bytes of the value alone (RFC 7296 §3.15.1)",
    Show::Dec,
);

fields! {
    ADDRESS "address" "Address" "An address of a host, server or network" Show::Address;
    MASK "mask" "Netmask" "Netmask of the network" Show::Address;
    PREFIX_LENGTH "prefix_length" "Prefix length" "Bits of the prefix" Show::Dec;
    SECONDS "seconds" "Seconds" "A time in seconds" Show::Dec;
    TEXT "text" "Text" "Text of the peer's choice" Show::Text;
    SUPPORTED "supported" "Supported attribute"
        "An attribute the sender understands (RFC 7296 §3.15.1)"
        Show::Named(ConfigAttribute::name_of);
    INTERFACE "interface" "Interface ID"
        "Of the sender's link-local address (RFC 5739 §5.1)" Show::Hex;
    LINK_ID "link_id" "Link ID" "Names the virtual link (RFC 5739 §5.1)" Show::Bytes;
}
