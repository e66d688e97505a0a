//! What both versions say, mostly under encryption, of traffic, users and
//! settings: selectors (RFC 7296 §3.13, RFC 2407 §4.6.2), EAP and XAUTH
//! (RFC 7296 §3.16, draft-beaulieu-ike-xauth), configuration (RFC 7296 §3.15,
//! draft-dukes-ike-mode-cfg).
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "what has no plain value is shown as its bytes"
)]

use crate::evidence::{Selector, UserAuth};
use crate::wire::ike::{self, ConfigValue};
use crate::wire::isakmp::{self, Attribute, AttributeValue, IdValue};
use crate::wire::registry::ike::EapCode;
use crate::wire::registry::isakmp::{ConfigAttribute, ConfigType, XauthStatus};
use crate::wire::tree::{Value, escaped};
use crate::wire::vendor;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The selectors of a TS payload that are about IP.
pub(super) fn of_ts(ts: &ike::Ts<'_>) -> Vec<Selector> {
    let ip = |selector: &ike::Selector<'_>| match *selector {
        ike::Selector::Ipv4 {
            protocol,
            ports,
            addresses: (first, last),
        } => Some((protocol, ports, (first.into(), last.into()))),
        ike::Selector::Ipv6 {
            protocol,
            ports,
            addresses: (first, last),
        } => Some((protocol, ports, (first.into(), last.into()))),
        _ => None,
    };
    let selectors = ts.selectors.iter().filter_map(ip);
    let selectors = selectors.map(|(protocol, ports, addresses)| Selector {
        addresses,
        protocol: protocol.0,
        ports,
    });
    selectors.take(MAX_SELECTORS).collect()
}

/// The traffic that an identity of quick mode stands for.
pub(super) fn of_id(id: &isakmp::Id<'_>) -> Option<Selector> {
    let addresses: (IpAddr, IpAddr) = match id.value() {
        IdValue::Ipv4(one) => (one.into(), one.into()),
        IdValue::Ipv4Range(first, last) => (first.into(), last.into()),
        IdValue::Ipv4Subnet(net, mask) => {
            let (net, mask) = (net.to_bits(), mask.to_bits());
            let last = Ipv4Addr::from_bits(net | !mask);
            (Ipv4Addr::from_bits(net & mask).into(), last.into())
        }
        IdValue::Ipv6(one) => (one.into(), one.into()),
        IdValue::Ipv6Range(first, last) => (first.into(), last.into()),
        IdValue::Ipv6Subnet(net, mask) => {
            let (net, mask) = (net.to_bits(), mask.to_bits());
            let last = Ipv6Addr::from_bits(net | !mask);
            (Ipv6Addr::from_bits(net & mask).into(), last.into())
        }
        _ => return None,
    };
    let ports = match id.port {
        0 => (0, u16::MAX),
        port => (port, port),
    };
    Some(Selector {
        addresses,
        protocol: id.protocol,
        ports,
    })
}

/// An EAP message; its data stay out of the facts.
pub(super) fn of_eap(eap: &ike::Eap<'_>) -> Option<UserAuth> {
    let method = || eap.kind.map(|kind| kind.to_string()).unwrap_or_default();
    Some(match eap.code {
        EapCode::REQUEST => UserAuth::EapRequest(method()),
        EapCode::RESPONSE => UserAuth::EapResponse(method()),
        EapCode::SUCCESS => UserAuth::EapSuccess,
        EapCode::FAILURE => UserAuth::EapFailure,
        _ => return None,
    })
}

/// The XAUTH message that a transaction of IKEv1 carries, if it is one.
pub(super) fn of_xauth(config: &isakmp::Config<'_>) -> Option<UserAuth> {
    let status = config.attributes.find(ConfigAttribute::XAUTH_STATUS.0);
    if let Some(status) = status.and_then(|value| value.number()) {
        return Some(UserAuth::XauthStatus(
            status == u64::from(XauthStatus::OK.0),
        ));
    }
    let kinds = config.attributes.iter().map(|attribute| attribute.kind);
    let names: Vec<String> = kinds
        .filter(|kind| XAUTH.contains(kind))
        .map(|kind| ConfigAttribute(kind).to_string())
        .take(MAX_ATTRIBUTES)
        .collect();
    if names.is_empty() {
        return None;
    }
    Some(match config.kind {
        ConfigType::ISAKMP_CFG_REPLY => UserAuth::XauthReply(names),
        _ => UserAuth::XauthRequest(names),
    })
}

/// The attributes of mode-config, those of XAUTH left out.
pub(super) fn of_mode_config(config: &isakmp::Config<'_>) -> Vec<(String, String)> {
    let plain = config.attributes.iter();
    let plain = plain.filter(|attribute| !XAUTH.contains(&attribute.kind));
    let pair = |attribute: Attribute<'_>| {
        let name = ConfigAttribute(attribute.kind).to_string();
        let value = match attribute.value {
            AttributeValue::Short(number) => number.to_string(),
            AttributeValue::Long(bytes) => in_words(bytes),
        };
        (name, value)
    };
    plain.take(MAX_ATTRIBUTES).map(pair).collect()
}

/// The attributes of a configuration payload.
pub(super) fn of_configuration(config: &ike::Config<'_>) -> Vec<(String, String)> {
    let pair = |item: &ike::ConfigItem<'_>| {
        let value = match &item.value {
            ConfigValue::Ipv4(address) => address.to_string(),
            ConfigValue::Ipv6(address) => address.to_string(),
            ConfigValue::Ipv4Subnet { address, mask } => format!("{address}/{mask}"),
            ConfigValue::Ipv6Prefix { address, length } => format!("{address}/{length}"),
            ConfigValue::Seconds(seconds) => seconds.to_string(),
            ConfigValue::Text(text) => escaped(text),
            ConfigValue::Raw(bytes) => in_words(bytes),
            _ => String::new(),
        };
        (item.kind.to_string(), value)
    };
    let items = config.attributes.iter().take(MAX_ATTRIBUTES);
    items.map(pair).collect()
}

/// Four bytes as an address, text as text, anything else in hexadecimal.
fn in_words(bytes: &[u8]) -> String {
    if let Ok(address) = <[u8; 4]>::try_from(bytes) {
        return Ipv4Addr::from(address).to_string();
    }
    let shown = bytes.get(..MAX_VALUE).unwrap_or(bytes);
    if shown
        .iter()
        .all(|byte| byte.is_ascii_graphic() || *byte == b' ')
    {
        escaped(shown)
    } else {
        Value::Bytes(shown).to_string()
    }
}

/// A vendor ID by name, else in hexadecimal.
pub(in crate::capture) fn vendor_name(id: &[u8]) -> String {
    vendor::describe(id).unwrap_or_else(|| Value::Bytes(id).to_string())
}

/// The attributes of XAUTH.
const XAUTH: core::ops::RangeInclusive<u16> =
    ConfigAttribute::XAUTH_TYPE.0..=ConfigAttribute::XAUTH_ANSWER.0;

/// Selectors kept of one payload.
const MAX_SELECTORS: usize = 256;

/// Attributes kept of one payload.
const MAX_ATTRIBUTES: usize = 64;

/// Bytes kept of a value.
const MAX_VALUE: usize = 128;

/// Offers kept of one message.
pub(super) const MAX_PROPOSALS: usize = 64;

/// SPIs kept of one deletion.
pub(super) const MAX_SPIS: usize = 32;

/// Authorities kept of one certificate request.
pub(super) const MAX_AUTHORITIES: usize = 64;
