//! A policy of IKEv1, as `crypto isakmp policy` and `crypto ikev1 policy` have it.

use super::algorithms;
use super::lines::Word;
use super::pick;
use crate::config::model::{Filled, Method, Setting};
use crate::config::values::{self, Faults};
use crate::config::{ConfigErrorKind, Span};
use crate::sa::proposal::{Proposal, Transform};
use crate::time::Duration;
use crate::wire::registry::ike::TransformType;

/// What is written of it.
pub(in crate::config) struct Policy {
    /// Its head.
    pub(in crate::config) span: Span,
    cipher: Option<Transform>,
    hash: Option<Transform>,
    group: Option<Transform>,
    pub(in crate::config) method: Option<Setting<Method>>,
    pub(in crate::config) lifetime: Option<Setting<Option<Duration>>>,
}

impl Policy {
    pub(in crate::config) const fn new(span: Span) -> Self {
        Self {
            span,
            cipher: None,
            hash: None,
            group: None,
            method: None,
            lifetime: None,
        }
    }

    /// Takes one of its lines; false for any other.
    pub(in crate::config) fn read(&mut self, words: &[Word<'_>], faults: &mut Faults) -> bool {
        let Some((first, rest)) = words.split_first() else {
            return false;
        };
        let Some(keyword) = pick(&first.text, &LINES) else {
            return false;
        };
        let Some(value) = rest.first() else {
            faults.note(first.span, ConfigErrorKind::Alone);
            return true;
        };
        let name = value.text.to_ascii_lowercase();
        let bits = rest.get(1).map(|word| &*word.text);
        let (place, found) = match keyword {
            "encryption" => (&mut self.cipher, algorithms::cipher(&name, bits)),
            "hash" => (&mut self.hash, algorithms::hash(&name)),
            "group" => (&mut self.group, algorithms::group(&name)),
            "authentication" => {
                match method(&name) {
                    Some(method) => self.method = Some(Setting::written(method, value.span)),
                    None => faults.note(value.span, ConfigErrorKind::Value),
                }
                return true;
            }
            "lifetime" => {
                let default = Some(IKE_LIFETIME);
                let read = |text: &str| match text {
                    "none" => Some(None),
                    _ => values::count_seconds(text),
                };
                self.lifetime = Some(faults.setting(Some(value.spanned()), default, read));
                return true;
            }
            _ => return true,
        };
        match found {
            Some(found) => *place = Some(found),
            None => faults.note(value.span, ConfigErrorKind::Algorithm),
        }
        true
    }

    /// What is not written, and which the device fills in.
    pub(in crate::config) fn filled(&self) -> impl Iterator<Item = Filled> {
        use TransformType as T;
        let lacks = [
            (self.cipher.is_none(), T::ENCR),
            (self.hash.is_none(), T::INTEG),
            (self.hash.is_none(), T::PRF),
            (self.group.is_none(), T::KE),
        ];
        let proposal = self.span;
        let lacks = lacks.into_iter().filter(|(lacks, _)| *lacks);
        lacks.map(move |(_, kind)| Filled { proposal, kind })
    }

    /// As a proposal behind so many others, with what is not written.
    pub(in crate::config) fn proposal(
        &self,
        before: usize,
        (cipher, hash, group): (Transform, Transform, Transform),
    ) -> Setting<Proposal> {
        let cipher = self.cipher.unwrap_or(cipher);
        let hash = self.hash.unwrap_or(hash);
        let group = self.group.unwrap_or(group);
        Setting::written(algorithms::ikev1(before, cipher, hash, group), self.span)
    }
}

fn method(name: &str) -> Option<Method> {
    match pick(
        name,
        &[
            "pre-share",
            "rsa-sig",
            "rsa-encr",
            "ecdsa-sig",
            "dsa-sig",
            "crack",
        ],
    )? {
        "pre-share" => Some(Method::Psk),
        "crack" => Some(Method::Xauth),
        _ => Some(Method::Signature),
    }
}

/// Of an IKE SA: a day.
pub(in crate::config) const IKE_LIFETIME: Duration = Duration::from_secs(86_400);

const LINES: [&str; 7] = [
    "encryption",
    "hash",
    "authentication",
    "group",
    "lifetime",
    "no",
    "default",
];
