//! Values as strongSwan and libreswan write them: both inherited their words
//! from FreeS/WAN. Times, truth values, identities, hosts, traffic.

use super::model::{Host, Identity, Setting, Traffic};
use super::{ConfigError, ConfigErrorKind, Span, Spanned};
use crate::sa::selector::{AddressRange, Ports};
use crate::time::Duration;
use crate::wire::registry::ip;
use alloc::vec::Vec;

/// What is wrong, noted while values are read.
pub(super) struct Faults(pub(super) Vec<ConfigError>);

impl Faults {
    pub(super) fn note(&mut self, span: Span, kind: ConfigErrorKind) {
        if self.0.len() < FAULTS_MAX {
            self.0.push(ConfigError { span, kind });
        }
    }

    /// What `read` makes of a value. The default stands in for one that is
    /// absent, and for one that is noted because it is not understood.
    pub(super) fn setting<T>(
        &mut self,
        found: Option<Spanned<&str>>,
        default: T,
        read: impl Fn(&str) -> Option<T>,
    ) -> Setting<T> {
        let Some(found) = found else {
            return Setting::by_default(default);
        };
        if let Some(value) = read(found.value) {
            return Setting::written(value, found.span);
        }
        self.note(found.span, ConfigErrorKind::Value);
        Setting::by_default(default)
    }

    /// What `read` makes of each item of a list.
    pub(super) fn list<T>(
        &mut self,
        found: Option<Spanned<&str>>,
        between: fn(char) -> bool,
        read: impl Fn(&str) -> Option<T>,
    ) -> Vec<Setting<T>> {
        let mut settings = Vec::new();
        for item in found.iter().flat_map(|found| items(*found, between)) {
            match read(item.value) {
                Some(value) => settings.push(Setting::written(value, item.span)),
                None => self.note(item.span, ConfigErrorKind::Value),
            }
        }
        settings
    }
}

/// The items of a list, each with its own place.
pub(super) fn items(
    found: Spanned<&str>,
    between: fn(char) -> bool,
) -> impl Iterator<Item = Spanned<&str>> {
    let Spanned { value: text, span } = found;
    // Within quotation marks places are not those of the bare text.
    let bare = span.len == text.len();
    let mut at = Place {
        span,
        text,
        read: 0,
    };
    text.split(between).filter_map(move |item| {
        let trimmed = item.trim();
        (!trimmed.is_empty()).then(|| Spanned {
            value: trimmed,
            span: if bare { at.of(trimmed) } else { span },
        })
    })
}

/// Places within a value, asked for from left to right: so that a long line is
/// counted once.
struct Place<'a> {
    /// From the first byte that is not yet counted.
    span: Span,
    text: &'a str,
    read: usize,
}

impl Place<'_> {
    /// The place of `part`, cut from the text.
    fn of(&mut self, part: &str) -> Span {
        let start = part
            .as_ptr()
            .addr()
            .saturating_sub(self.text.as_ptr().addr());
        let passed = self.text.get(self.read..start).unwrap_or_default();
        self.span.column = self.span.column.saturating_add(passed.chars().count());
        self.span.offset = self.span.offset.saturating_add(passed.len());
        self.read = start;
        Span {
            len: part.len(),
            ..self.span
        }
    }
}

/// `3600`, `60m`, `1h`, `1d`; 0 is none.
pub(super) fn duration(text: &str) -> Option<Option<Duration>> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match text.get(digits.len()..)? {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        "w" => 604_800,
        _ => return None,
    };
    let seconds = number(digits)?.checked_mul(unit)?;
    Some((seconds > 0).then(|| Duration::from_secs(seconds)))
}

/// A decimal number of seconds; 0 is none.
pub(super) fn count_seconds(text: &str) -> Option<Option<Duration>> {
    count(text).map(|count| count.map(Duration::from_secs))
}

/// A decimal number; 0 is none.
pub(super) fn count(text: &str) -> Option<Option<u64>> {
    number(text).map(|count| (count > 0).then_some(count))
}

fn number(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok())?
}

/// `yes`, `no` and their like.
pub(super) fn boolean(text: &str) -> Option<bool> {
    match text {
        "yes" | "true" | "1" | "on" | "enabled" => Some(true),
        "no" | "false" | "0" | "off" | "disabled" => Some(false),
        _ => None,
    }
}

/// Where an end is; a word with `%` but `%any` is one of the dialect.
pub(super) fn host(text: &str) -> Option<Host> {
    Some(match text {
        "%any" | "%any4" | "%any6" | "0.0.0.0" | "::" | "0.0.0.0/0" | "::/0" => Host::Any,
        _ => match text.parse() {
            Ok(range) => Host::At(range),
            Err(_) => Host::Named(text.into()),
        },
    })
}

/// strongSwan's identities: the kind is told from the form, or by a prefix.
pub(super) fn identity(text: &str) -> Option<Identity> {
    let (kind, rest) = text.split_once(':').unwrap_or(("", text));
    let rest = rest.trim();
    Some(match kind {
        "ipv4" | "ipv6" => Identity::Address(rest.parse().ok()?),
        "fqdn" | "dns" => Identity::Fqdn(rest.into()),
        "rfc822" | "email" | "userfqdn" => Identity::UserFqdn(rest.into()),
        "keyid" => Identity::KeyId(rest.into()),
        "asn1dn" => Identity::DistinguishedName(rest.into()),
        _ => plain_identity(text),
    })
}

fn plain_identity(text: &str) -> Identity {
    if matches!(text, "" | "%any" | "%any6" | "*" | "0.0.0.0" | "::") {
        Identity::Any
    } else if let Ok(address) = text.parse() {
        Identity::Address(address)
    } else if text.contains('=') {
        Identity::DistinguishedName(text.into())
    } else if let Some(hex) = text.strip_prefix("@#") {
        Identity::KeyId(hex.into())
    } else if let Some(user) = text.strip_prefix("@@") {
        Identity::UserFqdn(user.into())
    } else if let Some(name) = text.strip_prefix('@') {
        Identity::Fqdn(name.into())
    } else if text.contains('@') {
        Identity::UserFqdn(text.into())
    } else {
        Identity::Fqdn(text.into())
    }
}

/// `10.1.0.0/24`, `10.1.0.0/24[tcp/80]`, `dynamic[17/1701]`, `[udp]`.
pub(super) fn traffic(text: &str) -> Option<Traffic> {
    let (addresses, rest) = match text.split_once('[') {
        Some((addresses, rest)) => (addresses, rest.strip_suffix(']')?),
        None => (text, ""),
    };
    let addresses = match addresses.trim() {
        "" | "dynamic" => None,
        addresses => Some(addresses.parse::<AddressRange>().ok()?),
    };
    let mut traffic = Traffic::of(addresses);
    if !rest.is_empty() {
        (traffic.protocol, traffic.ports) = protocol_and_port(rest)?;
    }
    Some(traffic)
}

/// `tcp`, `17/1701`, `udp/1024-2047`, `tcp/%any`.
pub(super) fn protocol_and_port(text: &str) -> Option<(u8, Ports)> {
    let (name, ports) = match text.split_once('/') {
        Some((protocol, ports)) => (protocol, ports),
        None => (text, "%any"),
    };
    Some((protocol(name.trim())?, port_range(ports.trim())?))
}

fn protocol(name: &str) -> Option<u8> {
    Some(match name {
        "" | "%any" | "any" => 0,
        "icmp" => ip::Protocol::ICMP.0,
        "tcp" => ip::Protocol::TCP.0,
        "udp" => ip::Protocol::UDP.0,
        "gre" => ip::Protocol::GRE.0,
        "ipv6-icmp" | "icmpv6" => ip::Protocol::ICMPV6.0,
        "l2tp" => ip::Protocol::L2TP.0,
        "sctp" => ip::Protocol::SCTP.0,
        _ => u8::try_from(number(name)?).ok()?,
    })
}

fn port_range(text: &str) -> Option<Ports> {
    let port = |text: &str| u16::try_from(number(text)?).ok();
    match text {
        "" | "%any" | "any" | "0" => Some(Ports::ANY),
        "%opaque" | "opaque" => Some(Ports::OPAQUE),
        _ => match text.split_once('-') {
            Some((low, high)) => Ports::new(port(low)?, port(high)?),
            None => Ports::new(port(text)?, port(text)?),
        },
    }
}

/// Faults of one file.
const FAULTS_MAX: usize = 1000;
