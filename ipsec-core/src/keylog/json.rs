//! Our own form: `{"schema": "ipsec-core keylog 1", "keys": [{"type": …}, …]}`,
//! bytes in hexadecimal, algorithms by their registered names or numbers. It is
//! written down in `ipsec-core/schema/keylog.schema.json`.
//!
//! Beside it the lists `ike` and `esp_sa` of an object are read
//! (`json_lists`).
//!
//! The objects are told apart first, by their braces, and read each for itself:
//! one that is spoilt, or the cut end of a file, does not take the others away.

use super::algorithms::{Authentication, ICV_MAX, check_key, check_mac_key};
use super::assembly::{DUMP_MAX, Found};
use super::entry::{
    Ikev1Keys, Ikev2Keys, KeyExchangeSecret, Keys, Psk, SaKeys, SaMode, SaProtocol,
    UdpEncapsulation,
};
use super::error::LineErrorKind;
use super::format::Format;
use super::hex::{self, Result};
use super::json_lists;
use super::lines::LINE_MAX;
use crate::crypto::Secret;
use crate::sa::selector::AddressRange;
use crate::sorted::Map;
use crate::wire::registry::ike::{Encryption, Integrity, KeyExchange, Prf};
use crate::wire::registry::isakmp::AuthAlgorithm;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use zeroize::Zeroizing;

/// Where in the file the reader stands.
#[derive(Debug)]
pub(super) struct Scanner {
    line: usize,
    /// Braces that are open, and brackets among those of the first.
    depth: usize,
    brackets: usize,
    quoted: bool,
    escaped: bool,
    /// The object of the second depth so far, and where it began.
    object: Zeroizing<Vec<u8>>,
    start: usize,
    /// The last string between the members of the outermost object: before a
    /// list its name.
    name: Vec<u8>,
}

impl Default for Scanner {
    fn default() -> Self {
        Self {
            line: 1,
            depth: 0,
            brackets: 0,
            quoted: false,
            escaped: false,
            object: Zeroizing::default(),
            start: 0,
            name: Vec::new(),
        }
    }
}

impl Scanner {
    pub(super) fn push(&mut self, bytes: &[u8], found: &mut Found) {
        for byte in bytes {
            self.step(*byte, found);
        }
    }

    pub(super) fn end(&self, found: &mut Found) {
        if !found.formats().iter().any(|it| FORMS.contains(it)) {
            found.error(1, ("", LineErrorKind::Unrecognized));
        } else if self.depth != 0 || self.quoted {
            found.error(self.line, ("", LineErrorKind::Cut));
        }
    }

    fn step(&mut self, byte: u8, found: &mut Found) {
        if !self.quoted && byte == b'{' {
            self.depth = self.depth.saturating_add(1);
            if self.depth == 2 {
                // All at once, for a vector that grows leaves its bytes behind.
                self.object.clear();
                self.object.reserve_exact(LINE_MAX.saturating_add(1));
                self.start = self.line;
            }
        }
        // One byte too many, so that it is found too long.
        if self.depth > 1 && self.object.len() <= LINE_MAX {
            self.object.push(byte);
        }
        match byte {
            b'\n' => self.line = self.line.saturating_add(1),
            _ if self.escaped => self.escaped = false,
            b'\\' if self.quoted => self.escaped = true,
            b'"' => self.quote(found),
            _ if self.quoted => self.spell(byte),
            b'}' => {
                if self.depth == 2 {
                    member(&self.name, &self.object, self.start, found);
                }
                self.depth = self.depth.saturating_sub(1);
            }
            b'[' if self.depth == 1 => self.brackets = self.brackets.saturating_add(1),
            b']' if self.depth == 1 => self.brackets = self.brackets.saturating_sub(1),
            _ => {}
        }
    }

    const fn names_a_member(&self) -> bool {
        self.depth == 1 && self.brackets == 0
    }

    fn spell(&mut self, byte: u8) {
        if self.names_a_member() && self.name.len() < NAME_MAX {
            self.name.push(byte);
        }
    }

    fn quote(&mut self, found: &mut Found) {
        self.quoted = !self.quoted;
        if !self.names_a_member() {
            return;
        }
        if self.quoted {
            return self.name.clear();
        }
        match &*self.name {
            b"schema" | b"keys" => found.met(Format::Json),
            b"ike" | b"esp_sa" => found.met(Format::JsonLists),
            _ => {}
        }
    }
}

/// An object in the list, or under the name, `name`.
fn member(name: &[u8], object: &[u8], line: usize, found: &mut Found) {
    let fields = match name {
        b"keys" | b"ike" | b"esp_sa" => Fields::parse(object),
        _ => return,
    };
    match (name, fields) {
        (_, Err(complaint)) => found.error(line, complaint),
        (b"ike", Ok(fields)) => json_lists::ike(line, &fields, found),
        (b"esp_sa", Ok(fields)) => json_lists::esp_sa(line, &fields, found),
        (_, Ok(fields)) => found.result(line, Format::Json, object_keys(&fields)),
    }
}

fn object_keys(fields: &Fields) -> Result<Keys> {
    match fields.text("type")?.unwrap_or_default() {
        "ikev1" => fields.ikev1(),
        "ikev2" => fields.ikev2(),
        "esp" => fields.sa(SaProtocol::Esp),
        "ah" => fields.sa(SaProtocol::Ah),
        "key_exchange" => fields.key_exchange(),
        "psk" => fields.psk(),
        "" => Err(("type", LineErrorKind::Missing)),
        _ => Err(("type", LineErrorKind::Malformed)),
    }
}

/// A value, its strings overwritten on drop.
pub(super) enum Value {
    Text(Zeroizing<String>),
    Number(u64),
    Bool(bool),
    List(Vec<Self>),
    Map(Map<String, Self>),
    Null,
}

/// The members of an object.
pub(super) struct Fields(Map<String, Value>);

impl Fields {
    fn parse(object: &[u8]) -> Result<Self> {
        if object.len() > LINE_MAX {
            return Err(("", LineErrorKind::TooLong { limit: LINE_MAX }));
        }
        // What serde_json says of an error may quote the value.
        match serde_json::from_slice(object) {
            Ok(Value::Map(fields)) => Ok(Self(fields)),
            Ok(_) | Err(_) => Err(("", LineErrorKind::Malformed)),
        }
    }

    pub(super) fn get(&self, field: &str) -> Option<&Value> {
        self.0
            .get(field)
            .filter(|value| !matches!(value, Value::Null))
    }

    pub(super) fn text(&self, field: &'static str) -> Result<Option<&str>> {
        match self.get(field) {
            None => Ok(None),
            Some(Value::Text(text)) => Ok(Some(text)),
            Some(_) => Err((field, LineErrorKind::Malformed)),
        }
    }

    pub(super) fn secret(&self, field: &'static str) -> Result<Option<Secret>> {
        let Some(text) = self.text(field)? else {
            return Ok(None);
        };
        let secret = hex::secret(text, field)?;
        if secret.len() > DUMP_MAX {
            return Err((field, LineErrorKind::TooLong { limit: DUMP_MAX }));
        }
        Ok(Some(secret))
    }

    pub(super) fn bytes(&self, field: &'static str) -> Result<Option<Vec<u8>>> {
        let secret = self.secret(field)?;
        Ok(secret.map(|secret| secret.dangerous_bytes().to_vec()))
    }

    pub(super) fn eight(&self, field: &'static str) -> Result<Option<[u8; 8]>> {
        let text = self.text(field)?;
        text.map(|text| hex::eight(text, field)).transpose()
    }

    pub(super) fn range(&self, field: &'static str) -> Result<Option<AddressRange>> {
        let parse = |text: &str| text.parse().map_err(|_| (field, LineErrorKind::NotAddress));
        self.text(field)?.map(parse).transpose()
    }

    fn prf(&self) -> Result<Option<Prf>> {
        let known = |name: &str| Prf::ALL.iter().copied().find(|it| it.name() == Some(name));
        self.named("prf", known, Prf)
    }

    fn encryption(&self) -> Result<Option<Encryption>> {
        self.named("encryption", encryption_named, Encryption)
    }

    fn named<T>(
        &self,
        field: &'static str,
        known: impl Fn(&str) -> Option<T>,
        number: impl Fn(u16) -> T,
    ) -> Result<Option<T>> {
        let unknown = (field, LineErrorKind::UnknownAlgorithm);
        match self.get(field) {
            None => Ok(None),
            Some(Value::Text(name)) => known(name).map(Some).ok_or(unknown),
            Some(Value::Number(it)) => {
                let it = u16::try_from(*it).map_err(|_| unknown)?;
                Ok(Some(number(it)))
            }
            Some(_) => Err((field, LineErrorKind::Malformed)),
        }
    }

    fn integrity(&self) -> Result<Option<Authentication>> {
        if let Some(Value::Number(icv)) = self.get("icv_length") {
            let icv = usize::try_from(*icv).unwrap_or(usize::MAX);
            if icv > ICV_MAX {
                return Err(("icv_length", LineErrorKind::Malformed));
            }
            return Ok(Some(Authentication::Unchecked { icv }));
        }
        let number = |number| Authentication::Ikev2(Integrity(number));
        let found = self.named("integrity", integrity_named, number)?;
        let none = Authentication::Ikev2(Integrity::NONE);
        Ok(found.map(|it| if it == none { Authentication::None } else { it }))
    }

    fn ikev1(&self) -> Result<Keys> {
        let mut keys = Ikev1Keys {
            cookie_i: self.eight("cookie_i")?,
            cookie_r: self.eight("cookie_r")?,
            encryption: self.encryption()?,
            prf: self.prf()?,
            iv: self.bytes("iv")?,
            ..Ikev1Keys::default()
        };
        for (field, name) in IKEV1_FIELDS {
            if let Some(slot) = keys.slot(name) {
                *slot = self.secret(field)?;
            }
        }
        if let (Some(key), Some(id)) = (&keys.key, keys.encryption) {
            check_key(key, &[id], None, "key")?;
        }
        let any = IKEV1_FIELDS
            .iter()
            .any(|(field, _)| self.get(field).is_some());
        needed(any, "key")?;
        Ok(Keys::Ikev1(keys))
    }

    fn ikev2(&self) -> Result<Keys> {
        let mut keys = Ikev2Keys {
            spi_i: self.eight("spi_i")?,
            spi_r: self.eight("spi_r")?,
            encryption: self.encryption()?,
            authentication: self.integrity()?,
            prf: self.prf()?,
            ..Ikev2Keys::default()
        };
        for (field, name) in IKEV2_FIELDS {
            if let Some(slot) = keys.slot(name) {
                *slot = self.secret(field)?;
            }
        }
        let ids = keys.encryption.as_slice();
        for (key, field) in [(&keys.sk_ei, "sk_ei"), (&keys.sk_er, "sk_er")] {
            if let Some(key) = key {
                check_key(key, ids, None, field)?;
            }
        }
        let mac = keys.authentication.unwrap_or(Authentication::None);
        for (key, field) in [(&keys.sk_ai, "sk_ai"), (&keys.sk_ar, "sk_ar")] {
            if let Some(key) = key {
                check_mac_key(key, mac, field)?;
            }
        }
        let any = IKEV2_FIELDS
            .iter()
            .any(|(field, _)| self.get(field).is_some());
        needed(any, "sk_ei")?;
        Ok(Keys::Ikev2(keys))
    }

    fn sa(&self, protocol: SaProtocol) -> Result<Keys> {
        let none = || Secret::new(Vec::new());
        let authentication = self.integrity()?.unwrap_or(Authentication::None);
        let encryption = self.ciphers()?;
        let encryption_key = self.secret("encryption_key")?.unwrap_or_else(none);
        let authentication_key = self.secret("integrity_key")?.unwrap_or_else(none);
        check_key(&encryption_key, &encryption, None, "encryption_key")?;
        check_mac_key(&authentication_key, authentication, "integrity_key")?;
        let spi = match self.text("spi")? {
            None => None,
            Some(text) => Some(hex::spi(text).ok_or(("spi", LineErrorKind::NotSpi))?),
        };
        Ok(Keys::Sa(SaKeys {
            protocol,
            source: self.range("source")?,
            destination: self.range("destination")?,
            spi,
            mode: self.mode()?,
            encryption,
            authentication,
            encryption_key,
            authentication_key,
            encapsulation: self.encapsulation()?,
            extended_sequence: match self.get("extended_sequence") {
                None => None,
                Some(Value::Bool(it)) => Some(*it),
                Some(_) => return Err(("extended_sequence", LineErrorKind::Malformed)),
            },
            selector: self.selector()?,
        }))
    }

    fn ciphers(&self) -> Result<Vec<Encryption>> {
        let Some(Value::List(list)) = self.get("encryption") else {
            return Ok(self.encryption()?.into_iter().collect());
        };
        let unknown = ("encryption", LineErrorKind::UnknownAlgorithm);
        let one = |value: &Value| match value {
            Value::Text(name) => encryption_named(name).ok_or(unknown),
            Value::Number(it) => u16::try_from(*it).map(Encryption).map_err(|_| unknown),
            Value::Bool(_) | Value::List(_) | Value::Map(_) | Value::Null => {
                Err(("encryption", LineErrorKind::Malformed))
            }
        };
        list.iter().map(one).collect()
    }

    fn mode(&self) -> Result<Option<SaMode>> {
        Ok(match self.text("mode")? {
            None => None,
            Some("tunnel") => Some(SaMode::Tunnel),
            Some("transport") => Some(SaMode::Transport),
            Some("beet") => Some(SaMode::Beet),
            Some(_) => return Err(("mode", LineErrorKind::Malformed)),
        })
    }

    fn encapsulation(&self) -> Result<Option<UdpEncapsulation>> {
        let wrong = ("encapsulation", LineErrorKind::Malformed);
        let Some(inner) = self.get("encapsulation") else {
            return Ok(None);
        };
        let Value::Map(inner) = inner else {
            return Err(wrong);
        };
        let port = |field: &str| match inner.get(field) {
            Some(Value::Number(it)) => u16::try_from(*it).map_err(|_| wrong),
            _ => Err(wrong),
        };
        let original = match inner.get("original") {
            Some(Value::Text(text)) => Some(text.parse().map_err(|_| wrong)?),
            _ => None,
        };
        Ok(Some(UdpEncapsulation {
            source: port("source")?,
            destination: port("destination")?,
            original,
        }))
    }

    fn selector(&self) -> Result<Option<(AddressRange, AddressRange)>> {
        let wrong = ("selector", LineErrorKind::NotAddress);
        let Some(Value::Map(inner)) = self.get("selector") else {
            return Ok(None);
        };
        let range = |field: &str| match inner.get(field) {
            Some(Value::Text(text)) => text.parse().map_err(|_| wrong),
            _ => Err(wrong),
        };
        Ok(Some((range("source")?, range("destination")?)))
    }

    fn key_exchange(&self) -> Result<Keys> {
        let (private, shared) = (self.secret("private")?, self.secret("shared")?);
        needed(private.is_some() || shared.is_some(), "shared")?;
        Ok(Keys::KeyExchange(KeyExchangeSecret {
            spi_i: self.eight("spi_i")?,
            spi_r: self.eight("spi_r")?,
            group: self.named("group", |_| None, KeyExchange)?,
            private,
            public: self.bytes("public")?,
            shared,
        }))
    }

    fn psk(&self) -> Result<Keys> {
        let key = self.secret("key")?;
        Ok(Keys::Psk(Psk {
            identity: self.text("identity")?.map(String::from),
            key: key.ok_or(("key", LineErrorKind::Missing))?,
        }))
    }
}

fn needed(there: bool, field: &'static str) -> Result<()> {
    if there {
        Ok(())
    } else {
        Err((field, LineErrorKind::Missing))
    }
}

fn encryption_named(name: &str) -> Option<Encryption> {
    let mut all = Encryption::ALL.iter().copied();
    all.find(|it| it.name() == Some(name))
}

fn integrity_named(name: &str) -> Option<Authentication> {
    let mut v2 = Integrity::ALL.iter().copied();
    let mut v1 = AuthAlgorithm::ALL.iter().copied();
    v2.find(|it| it.name() == Some(name))
        .map(Authentication::Ikev2)
        .or_else(|| {
            v1.find(|it| it.name() == Some(name))
                .map(Authentication::Ikev1)
        })
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(from: D) -> core::result::Result<Self, D::Error> {
        from.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_str<E>(self, text: &str) -> core::result::Result<Value, E> {
        Ok(Value::Text(Zeroizing::new(String::from(text))))
    }

    fn visit_u64<E>(self, number: u64) -> core::result::Result<Value, E> {
        Ok(Value::Number(number))
    }

    fn visit_bool<E>(self, it: bool) -> core::result::Result<Value, E> {
        Ok(Value::Bool(it))
    }

    fn visit_unit<E>(self) -> core::result::Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> core::result::Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = from.next_element()? {
            if list.len() >= LIST_MAX {
                return Err(A::Error::custom("too many"));
            }
            list.push(value);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> core::result::Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some((name, value)) = from.next_entry::<String, Value>()? {
            if map.len() >= LIST_MAX {
                return Err(A::Error::custom("too many"));
            }
            map.insert(name, value);
        }
        Ok(Value::Map(map))
    }
}

const FORMS: [Format; 2] = [Format::Json, Format::JsonLists];

/// The names of IKEv1's keys here, and in their RFC.
pub(super) const IKEV1_FIELDS: [(&str, &str); 5] = [
    ("key", "Ka"),
    ("skeyid", "SKEYID"),
    ("skeyid_d", "SKEYID_d"),
    ("skeyid_a", "SKEYID_a"),
    ("skeyid_e", "SKEYID_e"),
];

/// The names of IKEv2's keys here, and in their RFC.
pub(super) const IKEV2_FIELDS: [(&str, &str); 8] = [
    ("skeyseed", "SKEYSEED"),
    ("sk_d", "SK_d"),
    ("sk_ai", "SK_ai"),
    ("sk_ar", "SK_ar"),
    ("sk_ei", "SK_ei"),
    ("sk_er", "SK_er"),
    ("sk_pi", "SK_pi"),
    ("sk_pr", "SK_pr"),
];

/// Bytes of a name that are looked at: one more than any known name has.
const NAME_MAX: usize = 8;

/// Values of one list, fields of one object.
const LIST_MAX: usize = 64;
