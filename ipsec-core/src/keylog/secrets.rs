//! Pre-shared keys as `ipsec.secrets` writes them: `[identities] : PSK "text"`,
//! `0x` and hexadecimal for bytes (strongSwan's and libreswan's manuals).

use super::assembly::{Found, Reader};
use super::entry::{Keys, Psk};
use super::error::LineErrorKind;
use super::format::Format;
use super::hex::{self, Result};
use crate::crypto::Secret;
use alloc::string::String;

#[derive(Debug, Default)]
pub(super) struct Secrets;

impl Reader for Secrets {
    fn line(&mut self, number: usize, text: &str, found: &mut Found) -> bool {
        let Some((identity, value)) = split(text) else {
            return false;
        };
        let keys = key(value).map(|key| {
            let identity = (!identity.is_empty()).then(|| String::from(identity));
            Keys::Psk(Psk { identity, key })
        });
        found.result(number, Format::Secrets, keys);
        true
    }

    fn end(&mut self, _: &mut Found) {}
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
    if let Some(quoted) = value.strip_prefix('"') {
        let (inner, _) = quoted
            .split_once('"')
            .ok_or(("PSK", LineErrorKind::Quotes))?;
        return Ok(Secret::new(inner.as_bytes().to_vec()));
    }
    if value.starts_with("0x") {
        return hex::secret(value, "PSK");
    }
    Err(("PSK", LineErrorKind::Malformed))
}
