//! Bytes written in hexadecimal, straight into a secret.

use super::error::LineErrorKind;
use crate::crypto::Secret;
use alloc::vec::Vec;
use zeroize::Zeroizing;

/// A field at fault, and its fault.
pub(super) type Complaint = (&'static str, LineErrorKind);

/// What reading a field gives.
pub(super) type Result<T> = core::result::Result<T, Complaint>;

/// Bytes in hexadecimal, with or without `0x`, colons, hyphens or blanks.
pub(super) fn secret(text: &str, field: &'static str) -> Result<Secret> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len() / 2));
    if !append(text, &mut bytes) {
        return Err((field, LineErrorKind::NotHex));
    }
    Ok(Secret::new(core::mem::take(&mut *bytes)))
}

/// Appends the bytes of `text`; false if it is not whole bytes in hexadecimal.
pub(super) fn append(text: &str, bytes: &mut Vec<u8>) -> bool {
    let text = unprefixed(text);
    let mut digits = text
        .bytes()
        .filter(|c| !matches!(c, b':' | b'-' | b' ' | b'\t' | b'_'))
        .map(digit);
    while let Some(high) = digits.next() {
        let (Some(high), Some(Some(low))) = (high, digits.next()) else {
            return false;
        };
        bytes.push(high << 4 | low);
    }
    true
}

/// A number of eight bytes: a cookie or an SPI.
pub(super) fn eight(text: &str, field: &'static str) -> Result<[u8; 8]> {
    let bytes = secret(text, field)?;
    let bytes = bytes.dangerous_bytes();
    <[u8; 8]>::try_from(bytes).map_err(|_| {
        let have = bytes.len();
        (field, LineErrorKind::Length { need: 8, have })
    })
}

/// `cookie/cookie` or `cookie:cookie`, sixteen digits each.
pub(super) fn pair(text: &str, between: char) -> Option<([u8; 8], [u8; 8])> {
    let (one, two) = text.split_once(between)?;
    let whole = |text: &str| text.len() == 16 && is_hex(text);
    if !whole(one) || !whole(two) {
        return None;
    }
    Some((eight(one, "").ok()?, eight(two, "").ok()?))
}

/// Whether every character is a hexadecimal digit, and there is one.
pub(super) fn is_hex(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|c| c.is_ascii_hexdigit())
}

/// An SPI of four bytes in hexadecimal, with or without `0x`.
pub(super) fn spi(text: &str) -> Option<u32> {
    let digits = unprefixed(text);
    if digits.len() > 8 || !is_hex(digits) {
        return None;
    }
    u32::from_str_radix(digits, 16).ok()
}

/// Without `0x`.
pub(super) fn unprefixed(text: &str) -> &str {
    text.strip_prefix("0x")
        .or_else(|| text.strip_prefix("0X"))
        .unwrap_or(text)
}

fn digit(c: u8) -> Option<u8> {
    match c {
        b'0'..=b'9' => Some(c.wrapping_sub(b'0')),
        b'a'..=b'f' => Some(c.wrapping_sub(b'a').wrapping_add(10)),
        b'A'..=b'F' => Some(c.wrapping_sub(b'A').wrapping_add(10)),
        _ => None,
    }
}
