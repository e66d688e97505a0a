//! Pre-shared keys as they are written, and the bytes that IKE makes of them.

use super::model::SharedSecret;
use alloc::vec::Vec;
use base64ct::{Base64Unpadded, Encoding as _};
use zeroize::Zeroizing;

/// The key that a text stands for: `0x` and hexadecimal digits, `0s` and
/// base64, else the text itself (strongSwan and libreswan). `None` if the
/// digits are none.
pub(super) fn written(text: &[u8]) -> Option<SharedSecret> {
    let rest = |prefix: &[u8; 2]| {
        let (head, rest) = text.split_at_checked(2)?;
        head.eq_ignore_ascii_case(prefix).then_some(rest)
    };
    match (rest(b"0x"), rest(b"0s")) {
        (Some(digits), _) => hexadecimal(digits),
        (None, Some(digits)) => base64(digits),
        (None, None) => Some(as_it_is(text)),
    }
}

/// `0x` and hexadecimal digits, else the text itself (OpenIKED).
pub(super) fn hexadecimal_or_text(text: &[u8]) -> Option<SharedSecret> {
    match text.strip_prefix(b"0x") {
        Some(digits) => hexadecimal(digits),
        None => Some(as_it_is(text)),
    }
}

/// The text itself, as it is where quotation marks enclose it.
pub(super) fn as_it_is(text: &[u8]) -> SharedSecret {
    SharedSecret::new(text.to_vec())
}

/// Long enough from the start, so that growing leaves no copy.
fn hexadecimal(digits: &[u8]) -> Option<SharedSecret> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(digits.len().div_ceil(2)));
    let mut high = None;
    for digit in digits.iter().filter(|byte| !b" _:".contains(byte)) {
        let value = u8::try_from(char::from(*digit).to_digit(16)?).ok()?;
        high = match high.take() {
            Some(high) => {
                bytes.push(high << 4 | value);
                None
            }
            None => Some(value),
        };
    }
    high.is_none()
        .then(|| SharedSecret::new(core::mem::take(&mut bytes)))
}

fn base64(digits: &[u8]) -> Option<SharedSecret> {
    let digits = core::str::from_utf8(digits).ok()?.trim_end_matches('=');
    let mut bytes = Zeroizing::new(alloc::vec![0; digits.len()]);
    let len = Base64Unpadded::decode(digits, &mut bytes).ok()?.len();
    bytes.truncate(len);
    Some(SharedSecret::new(core::mem::take(&mut bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(text: &str) -> Option<Vec<u8>> {
        Some(written(text.as_bytes())?.secret().dangerous_bytes().into())
    }

    #[test]
    fn every_way_to_write_a_key() {
        assert_eq!(bytes("0x68:69"), Some(b"hi".into()));
        assert_eq!(bytes("0Xabc"), None, "half a byte");
        assert_eq!(bytes("0x6g"), None);
        assert_eq!(bytes("0saGk="), Some(b"hi".into()));
        assert_eq!(bytes("0saGk"), Some(b"hi".into()));
        assert_eq!(bytes("0s!"), None);
        assert_eq!(bytes("hi"), Some(b"hi".into()));
        assert_eq!(bytes("0"), Some(b"0".into()));
        assert_eq!(bytes(""), Some(Vec::new()));
        let iked = |text: &str| hexadecimal_or_text(text.as_bytes());
        assert_eq!(iked("0x6869"), Some(as_it_is(b"hi")));
        assert_eq!(iked("0saGk"), Some(as_it_is(b"0saGk")));
    }
}
