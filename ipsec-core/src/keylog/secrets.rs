//! Pre-shared keys as `ipsec.secrets` writes them: `[identities] : PSK "text"`,
//! `0x` and hexadecimal or `0s` and base64 for bytes (strongSwan's and
//! libreswan's manuals).

use super::assembly::{Found, Reader};
use super::entry::{Keys, Psk};
use super::error::LineErrorKind;
use super::format::Format;
use super::hex::Result;
use super::psk::psk_bytes;
use crate::crypto::Secret;
use alloc::string::String;

#[derive(Debug, Default)]
pub(super) struct Secrets;

impl Reader for Secrets {
    fn line(&mut self, number: usize, text: &str, found: &mut Found) -> bool {
        let Some(psk) = line(text) else {
            return false;
        };
        found.result(number, Format::Secrets, psk.map(Keys::Psk));
        true
    }

    fn end(&mut self, _: &mut Found) {}
}

/// The key of such a line; none for another line.
pub(super) fn line(text: &str) -> Option<Result<Psk>> {
    let (identity, value) = split(text)?;
    let identity = (!identity.is_empty()).then(|| String::from(identity));
    Some(key(value).map(|key| Psk { identity, key }))
}

fn split(text: &str) -> Option<(&str, &str)> {
    if text.starts_with('#') {
        return None;
    }
    let (identity, rest) = match text.strip_prefix(':') {
        Some(rest) => ("", rest),
        None => text.split_once(" :").or_else(|| text.split_once("\t:"))?,
    };
    let rest = rest.trim_start();
    let (word, value) = rest.split_at_checked(3)?;
    let apart = value.starts_with([' ', '\t', '"']);
    (word.eq_ignore_ascii_case("psk") && apart).then(|| (identity.trim(), value.trim()))
}

fn key(value: &str) -> Result<Secret> {
    for quote in ['"', '\''] {
        if let Some(quoted) = value.strip_prefix(quote) {
            let inner = quoted.split_once(quote);
            let (inner, _) = inner.ok_or(("PSK", LineErrorKind::Quotes))?;
            return Ok(Secret::new(inner.as_bytes().to_vec()));
        }
    }
    // Words behind it are a remark.
    let value = value.split([' ', '\t']).next().unwrap_or_default();
    if value.starts_with("0x") || value.starts_with("0s") {
        return psk_bytes(value).ok_or(("PSK", LineErrorKind::NotHex));
    }
    Err(("PSK", LineErrorKind::Malformed))
}
