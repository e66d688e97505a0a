//! The pre-shared keys of a `swanctl.conf`: `secret = …` in the sections
//! `ike…` of `secrets`, for those that its `id… = …` name (strongSwan's manual
//! of swanctl.conf).

use super::assembly::{Found, Reader};
use super::entry::{Keys, Psk};
use super::error::LineErrorKind;
use super::format::Format;
use super::hex::Result;
use super::psk::psk_bytes;
use crate::crypto::Secret;
use alloc::string::String;
use core::mem;
use zeroize::Zeroizing;

/// What is open: `secrets`, a section in it, and what that says so far.
#[derive(Debug, Default)]
pub(super) struct Swanctl {
    depth: usize,
    within: bool,
    ike: bool,
    identities: String,
    key: Option<Result<Secret>>,
}

/// Whether a file begins so.
pub(super) fn begins(text: &str) -> bool {
    let name: &str = text.split(['{', ' ', '\t']).next().unwrap_or_default();
    let rest = text.get(name.len()..).unwrap_or_default().trim_start();
    TOP.contains(&name) && rest.starts_with('{')
}

impl Reader for Swanctl {
    fn line(&mut self, number: usize, text: &str, found: &mut Found) -> bool {
        if self.depth == 0 && !(text.starts_with("secrets") && begins(text)) {
            return false;
        }
        self.read(text, &mut |psk| {
            found.result(number, Format::Swanctl, psk.map(Keys::Psk));
        });
        true
    }

    fn end(&mut self, _: &mut Found) {}
}

impl Swanctl {
    /// Reads a line of the file; keeps the keys of the sections that end in it.
    pub(super) fn read(&mut self, text: &str, keep: &mut dyn FnMut(Result<Psk>)) {
        let mut rest = text.trim_start();
        while !rest.is_empty() && !rest.starts_with('#') {
            let end = rest.find(['{', '}', '=', '#']).unwrap_or(rest.len());
            let (name, tail) = rest.split_at(end);
            let mut tail = tail.chars();
            let mark = tail.next();
            rest = tail.as_str().trim_start();
            match mark {
                Some('{') => self.open(name.trim()),
                Some('}') => self.close(keep),
                Some('=') => {
                    let (value, after) = value(rest);
                    self.value(name.trim(), value);
                    rest = after.trim_start();
                }
                _ => return,
            }
        }
    }

    fn open(&mut self, name: &str) {
        self.depth = self.depth.saturating_add(1);
        match self.depth {
            1 => self.within = name == "secrets",
            2 => self.ike = self.within && name.starts_with("ike"),
            _ => {}
        }
    }

    fn close(&mut self, keep: &mut dyn FnMut(Result<Psk>)) {
        if self.depth == 2 {
            let identities = mem::take(&mut self.identities);
            if let Some(key) = self.key.take() {
                let identity = (!identities.is_empty()).then_some(identities);
                keep(key.map(|key| Psk { identity, key }));
            }
            self.ike = false;
        }
        self.depth = self.depth.saturating_sub(1);
    }

    fn value(&mut self, key: &str, value: Result<Zeroizing<String>>) {
        if !self.ike || self.depth != 2 {
            return;
        }
        if key == "secret" {
            let secret =
                |text: Zeroizing<String>| psk_bytes(&text).ok_or(("secret", LineErrorKind::NotHex));
            self.key = Some(value.and_then(secret));
        } else if key.starts_with("id")
            && let Ok(value) = value
            && self.identities.len() < IDENTITIES_MAX
        {
            if !self.identities.is_empty() {
                self.identities.push(' ');
            }
            self.identities.push_str(&value);
        }
    }
}

/// A value, and what follows it.
fn value(text: &str) -> (Result<Zeroizing<String>>, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(['}', '#']).unwrap_or(text.len());
        let (value, rest) = text.split_at(end);
        return (Ok(Zeroizing::new(String::from(value.trim_end()))), rest);
    };
    let mut value = Zeroizing::new(String::with_capacity(quoted.len()));
    let mut chars = quoted.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => return (Ok(value), chars.as_str()),
            '\\' => match chars.next() {
                Some('n') => value.push('\n'),
                Some('r') => value.push('\r'),
                Some('t') => value.push('\t'),
                Some(c) => value.push(c),
                None => break,
            },
            c => value.push(c),
        }
    }
    (Err(("secret", LineErrorKind::Quotes)), "")
}

/// The sections of the first level.
const TOP: [&str; 4] = ["secrets", "connections", "pools", "authorities"];

/// Bytes of the names for whom one key is.
const IDENTITIES_MAX: usize = 4_096;
