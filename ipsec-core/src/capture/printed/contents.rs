//! The payloads that `tcpdump -v` lists: parentheses in parentheses.
//!
//! Proposals, key exchange, nonces and notifications are read; with `-vvv` the
//! bytes of vendor IDs too. Names are those of tcpdump's tables (print-isakmp.c
//! of tcpdump 4.99), numbers without a name there stand as `#12`.

use super::head::{after, decimal, hex};
use crate::capture::facts::{transform, v1, v2, vendor_name};
use crate::evidence::{
    Content, Delete, Exchange, KeyExchange, Notify, Place, Proposal, SaProtocol,
};
use crate::wire::registry::ike::{self, KeyExchange as Group};
use crate::wire::registry::isakmp::{self, Phase1Attribute as Attribute};
use alloc::string::ToString as _;
use alloc::vec::Vec;

/// What a list of payloads states.
#[derive(Debug, Default)]
pub(super) struct Listed {
    pub(super) content: Content,
    /// Bytes of an encrypted payload (IKEv2).
    pub(super) sealed: Option<usize>,
    /// First payload of the encrypted part (IKEv1).
    pub(super) first_payload: Option<u8>,
}

/// Reads the list behind the name of an exchange.
pub(super) fn read(exchange: Exchange, text: &str) -> Listed {
    let mut list = List {
        second: matches!(exchange, Exchange::V2(_)),
        listed: Listed::default(),
        numbers: Vec::new(),
    };
    if let Some(name) = after(text, "[encrypted ") {
        let name = name.split(']').next().unwrap_or_default();
        list.listed.first_payload = payload_type(name, false);
    }
    let mut depth = 0_usize;
    let mut rest = text;
    while let Some(at) = rest.find(['(', ')']) {
        let (_, from) = rest.split_at_checked(at).unwrap_or(("", ""));
        let opens = from.starts_with('(');
        rest = from.get(1..).unwrap_or_default();
        if opens {
            depth = depth.saturating_add(1);
            let end = rest.find(['(', ')']).unwrap_or(rest.len());
            list.group(depth, rest.get(..end).unwrap_or_default().trim_end());
        } else {
            depth = depth.saturating_sub(1);
        }
    }
    list.end_transform();
    list.name_group();
    list.listed
}

struct List {
    second: bool,
    listed: Listed,
    /// Attributes of the transform that is being read (IKEv1).
    numbers: Vec<(u16, u64)>,
}

impl List {
    fn group(&mut self, depth: usize, text: &str) {
        let (name, value) = text.split_once(':').unwrap_or((text, ""));
        match (depth, name) {
            (1, _) => self.payload(name, value),
            (2, "p") => self.proposal(value),
            (3, "t") => self.transform(value),
            (4, _) => self.attribute(text),
            _ => {}
        }
    }

    fn payload(&mut self, name: &str, value: &str) {
        self.end_transform();
        let content = &mut self.listed.content;
        if content.payloads.len() >= PAYLOADS_MAX {
            return;
        }
        let Some(kind) = payload_type(name, self.second) else {
            return;
        };
        content.payloads.push(kind);
        let len = after(value, "len=").and_then(decimal::<usize>);
        match name {
            "sa" => content.proposals_at = None,
            "v2e" => self.listed.sealed = len,
            "ke" | "v2ke" => {
                let group = after(value, "group=").and_then(|name| number(name, &GROUPS));
                let group = group.and_then(|id| u16::try_from(id).ok()).map(Group);
                let ke = KeyExchange::new(group, len.unwrap_or(0), false, Place::default());
                content.key_exchange = Some(ke);
            }
            "nonce" => content.nonce_len = len,
            "hash" => content.hash_len = len,
            "sig" => content.signature_len = len,
            "n" => content.notifies.extend(notify(value, self.second)),
            "d" => content.deletes.extend(deletion(value)),
            "vid" | "v2vid" => {
                let bytes = after(value, "len=").and_then(|text| text.split_once(' '));
                content.vendors.extend(
                    bytes
                        .and_then(|(_, hex)| bytes_of(hex))
                        .map(|id| vendor_name(&id)),
                );
            }
            _ => {}
        }
    }

    fn proposal(&mut self, value: &str) {
        self.end_transform();
        let content = &mut self.listed.content;
        let protocol =
            after(value, "protoid=").map_or("", |text| text.split(' ').next().unwrap_or_default());
        let protocol = match protocol {
            "isakmp" => SaProtocol::Ike,
            "ipsec-ah" => SaProtocol::Ah,
            "ipsec-esp" => SaProtocol::Esp,
            "ipcomp" => SaProtocol::IpComp,
            _ => return,
        };
        if content.proposals.len() < PROPOSALS_MAX {
            content.proposals.push(Proposal {
                number: after(value, "#").and_then(decimal).unwrap_or(0),
                protocol,
                spi: after(value, "spi=").and_then(bytes_of).unwrap_or_default(),
                transforms: Vec::new(),
            });
        }
    }

    fn transform(&mut self, value: &str) {
        self.end_transform();
        let Some(proposal) = self.listed.content.proposals.last_mut() else {
            return;
        };
        if !self.second {
            // Each transform of IKEv1 is an offer of its own.
            self.numbers
                .push((TRANSFORM, after(value, "#").and_then(decimal).unwrap_or(0)));
            return;
        }
        let text = |mark| after(value, mark).unwrap_or_default();
        let kind = number(text("type="), &KINDS).and_then(|kind| u8::try_from(kind).ok());
        let kind = ike::TransformType(kind.unwrap_or(0));
        let names: &[(&str, u64)] = match kind.0 {
            1 => &ENCRYPTION,
            2 => &PRF,
            3 => &INTEGRITY,
            4 => &GROUPS,
            _ => &[],
        };
        let Some(id) = number(text(" id="), names) else {
            return;
        };
        if proposal.transforms.len() < TRANSFORMS_MAX {
            let known = u16::try_from(id)
                .ok()
                .and_then(|id| v2::transform_name(kind, id));
            let transform = transform(v2::kind_of(kind), id, None, known);
            proposal.transforms.push(transform);
        }
    }

    fn attribute(&mut self, text: &str) {
        let value = after(text, "value=").unwrap_or_default();
        let name = after(text, "type=").unwrap_or_default();
        let name = name.split(" value=").next().unwrap_or_default();
        let name = name.split(" len=").next().unwrap_or_default();
        if self.second {
            let proposal = self.listed.content.proposals.last_mut();
            let last = proposal.and_then(|proposal| proposal.transforms.last_mut());
            if let (Some(last), "keylen", Some(bits)) = (last, name, hex::<u16>(value))
                && last.key_bits.is_none()
            {
                last.key_bits = Some(bits);
                last.name = alloc::format!("{}-{bits}", last.name);
            }
            return;
        }
        let Some((_, kind, names)) = ATTRIBUTES.iter().find(|(known, ..)| *known == name) else {
            return;
        };
        let found = names.iter().find(|(known, _)| *known == value);
        let number = found.map(|(_, number)| *number).or_else(|| hex(value));
        if self.numbers.len() < ATTRIBUTES_MAX {
            self.numbers.extend(number.map(|number| (kind.0, number)));
        }
    }

    /// Makes an offer of the attributes of one transform.
    fn end_transform(&mut self) {
        let numbers = core::mem::take(&mut self.numbers);
        let proposals = &mut self.listed.content.proposals;
        let find = |kind: u16| {
            numbers
                .iter()
                .find(|(known, _)| *known == kind)
                .map(|(_, n)| *n)
        };
        let (Some(number), Some(last)) = (find(TRANSFORM), proposals.last()) else {
            return;
        };
        let offer = Proposal {
            number: u8::try_from(number).unwrap_or(u8::MAX),
            transforms: v1::phase1_transforms(|kind| find(kind.0)),
            ..last.clone()
        };
        if last.transforms.is_empty() {
            proposals.pop();
        }
        if proposals.len() < PROPOSALS_MAX {
            proposals.push(offer);
        }
    }

    /// IKEv1 names the group of a public value in the SA payload only.
    fn name_group(&mut self) {
        if !self.second {
            v1::group_of_proposal(&mut self.listed.content);
        }
    }
}

/// `doi=ipsec proto=isakmp type=NO-PROPOSAL-CHOSEN spi=…`, or
/// `prot_id=#0 type=14`.
fn notify(value: &str, second: bool) -> Option<Notify> {
    let name = after(value, "type=")?;
    let name = name.split(' ').next().unwrap_or_default();
    let spi = after(value, "spi=").and_then(bytes_of).unwrap_or_default();
    let number: u16 = match decimal(name.strip_prefix('#').unwrap_or(name)) {
        Some(number) => number,
        None => {
            let mut numbers = NOTIFY_NUMBERS.into_iter().flatten();
            numbers.find(|n| isakmp::NotifyType(*n).name() == Some(name))?
        }
    };
    let (name, error) = if second {
        let kind = ike::NotifyType(number);
        (kind.to_string(), kind.is_error())
    } else {
        let kind = isakmp::NotifyType(number);
        (kind.to_string(), kind.is_error())
    };
    Some(Notify::in_clear(
        number,
        name,
        error,
        &spi,
        &[],
        Place::default(),
    ))
}

/// `doi=ipsec proto=ipsec-esp spilen=4 nspi=1 spi=…`.
fn deletion(value: &str) -> Option<Delete> {
    let protocol = after(value, "proto=")?
        .split(' ')
        .next()
        .unwrap_or_default();
    let protocol = match protocol {
        "isakmp" => SaProtocol::Ike,
        "ipsec-ah" => SaProtocol::Ah,
        "ipsec-esp" => SaProtocol::Esp,
        _ => return None,
    };
    let spi = after(value, "spi=").and_then(bytes_of);
    Some(Delete::new(protocol, spi.into_iter().collect()))
}

/// A number by name, as `#12`, or in decimal.
fn number(text: &str, names: &[(&str, u64)]) -> Option<u64> {
    let word = text.split(' ').next().unwrap_or_default();
    let found = names.iter().find(|(known, _)| *known == word);
    found
        .map(|(_, number)| *number)
        .or_else(|| decimal(word.strip_prefix('#').unwrap_or(word)))
}

/// The bytes that `text` begins with in hexadecimal.
fn bytes_of(text: &str) -> Option<Vec<u8>> {
    let end = text
        .find(|c: char| !c.is_ascii_hexdigit())
        .unwrap_or(text.len());
    let digits = text.get(..end.min(HEX_MAX))?;
    let pairs = digits.as_bytes().chunks_exact(2);
    let bytes = pairs.map(|pair| u8::from_str_radix(core::str::from_utf8(pair).ok()?, 16).ok());
    bytes
        .collect::<Option<Vec<u8>>>()
        .filter(|bytes| !bytes.is_empty())
}

/// The type of a payload by the name that tcpdump gives it.
fn payload_type(name: &str, second: bool) -> Option<u8> {
    let numbered = name.strip_prefix("pay").or_else(|| name.strip_prefix('#'));
    if let Some(number) = numbered.and_then(|number| number.parse().ok()) {
        return Some(number);
    }
    let names: &[(&str, u8)] = if second { &V2_PAYLOADS } else { &V1_PAYLOADS };
    let found = names.iter().find(|(known, _)| *known == name);
    found.map(|(_, number)| *number)
}

const V1_PAYLOADS: [(&str, u8); 11] = [
    ("sa", isakmp::PayloadType::SA.0),
    ("ke", isakmp::PayloadType::KE.0),
    ("id", isakmp::PayloadType::ID.0),
    ("cert", isakmp::PayloadType::CERT.0),
    ("cr", isakmp::PayloadType::CERT_REQUEST.0),
    ("hash", isakmp::PayloadType::HASH.0),
    ("sig", isakmp::PayloadType::SIGNATURE.0),
    ("nonce", isakmp::PayloadType::NONCE.0),
    ("n", isakmp::PayloadType::NOTIFICATION.0),
    ("d", isakmp::PayloadType::DELETE.0),
    ("vid", isakmp::PayloadType::VENDOR_ID.0),
];

const V2_PAYLOADS: [(&str, u8); 14] = [
    ("sa", ike::PayloadType::SA.0),
    ("v2ke", ike::PayloadType::KE.0),
    ("v2IDi", ike::PayloadType::IDI.0),
    ("v2IDr", ike::PayloadType::IDR.0),
    ("v2cert", ike::PayloadType::CERT.0),
    ("v2cr", ike::PayloadType::CERTREQ.0),
    ("v2auth", ike::PayloadType::AUTH.0),
    ("nonce", ike::PayloadType::NONCE.0),
    ("n", ike::PayloadType::NOTIFY.0),
    ("d", ike::PayloadType::DELETE.0),
    ("v2vid", ike::PayloadType::VENDOR_ID.0),
    ("v2TSi", ike::PayloadType::TSI.0),
    ("v2TSr", ike::PayloadType::TSR.0),
    ("v2e", ike::PayloadType::SK.0),
];

const KINDS: [(&str, u64); 5] = [("encr", 1), ("prf", 2), ("integ", 3), ("dh", 4), ("esn", 5)];

const ENCRYPTION: [(&str, u64); 12] = [
    ("1des-iv64", 1),
    ("1des", 2),
    ("3des", 3),
    ("rc5", 4),
    ("idea", 5),
    ("cast", 6),
    ("blowfish", 7),
    ("3idea", 8),
    ("1des-iv32", 9),
    ("rc4", 10),
    ("null", 11),
    ("aes", 12),
];

const PRF: [(&str, u64); 4] = [
    ("hmac-md5", 1),
    ("hmac-sha", 2),
    ("hmac-tiger", 3),
    ("aes128_xcbc", 4),
];

const INTEGRITY: [(&str, u64); 5] = [
    ("hmac-md5", 1),
    ("hmac-sha", 2),
    ("dec-mac", 3),
    ("kpdk-md5", 4),
    ("aes-xcbc", 5),
];

const GROUPS: [(&str, u64); 8] = [
    ("modp768", 1),
    ("modp1024", 2),
    ("modp1536", 5),
    ("modp2048", 14),
    ("modp3072", 15),
    ("modp4096", 16),
    ("modp6144", 17),
    ("modp8192", 18),
];

type Names = &'static [(&'static str, u64)];

const ATTRIBUTES: [(&str, Attribute, Names); 7] = [
    (
        "enc",
        Attribute::ENCRYPTION_ALGORITHM,
        &[
            ("1des", 1),
            ("idea", 2),
            ("blowfish", 3),
            ("rc5", 4),
            ("3des", 5),
            ("cast", 6),
            ("aes", 7),
        ],
    ),
    (
        "hash",
        Attribute::HASH_ALGORITHM,
        &[
            ("md5", 1),
            ("sha1", 2),
            ("tiger", 3),
            ("sha2-256", 4),
            ("sha2-384", 5),
            ("sha2-512", 6),
        ],
    ),
    (
        "auth",
        Attribute::AUTHENTICATION_METHOD,
        &[
            ("preshared", 1),
            ("dss", 2),
            ("rsa sig", 3),
            ("rsa enc", 4),
            ("rsa enc revised", 5),
        ],
    ),
    ("group desc", Attribute::GROUP_DESCRIPTION, &GROUPS),
    ("lifetype", Attribute::LIFE_TYPE, &[("sec", 1), ("kb", 2)]),
    ("lifeduration", Attribute::LIFE_DURATION, &[]),
    ("keylen", Attribute::KEY_LENGTH, &[]),
];

/// Numbers of notifications that a name is looked for among.
const NOTIFY_NUMBERS: [core::ops::RangeInclusive<u16>; 4] =
    [1..=30, 16_384..=16_384, 24_576..=24_578, 36_136..=36_137];

/// Stands for the number of a transform among its attributes.
const TRANSFORM: u16 = u16::MAX;

/// Payloads kept of one message.
const PAYLOADS_MAX: usize = 256;

/// Offers kept of one message.
const PROPOSALS_MAX: usize = 64;

/// Transforms kept of one offer.
const TRANSFORMS_MAX: usize = 256;

/// Attributes kept of one transform.
const ATTRIBUTES_MAX: usize = 64;

/// Digits of a value in hexadecimal that are read.
const HEX_MAX: usize = 256;
