//! Candidates for a pre-shared key, one a line: a wordlist, `ipsec.secrets`,
//! or the secrets of a `swanctl.conf` (strongSwan's manuals).

use super::entry::Psk;
use super::hex::{self, Result};
use super::secrets;
use super::swanctl::Swanctl;
use crate::crypto::Secret;
use alloc::vec::Vec;

/// The bytes of a pre-shared key as daemons write it: `0x` and hexadecimal,
/// `0s` and base64, or the text itself. `None` if the digits are none.
///
/// ```
/// use ipsec_core::keylog::psk_bytes;
/// assert!(psk_bytes("0x0102").unwrap().ct_eq(&[1, 2]));
/// assert!(psk_bytes("0sAQI=").unwrap().ct_eq(&[1, 2]));
/// assert!(psk_bytes("0 is text").unwrap().ct_eq(b"0 is text"));
/// assert!(psk_bytes("0xyz").is_none());
/// ```
#[must_use]
pub fn psk_bytes(text: &str) -> Option<Secret> {
    if text.starts_with("0x") {
        return hex::secret(text, "").ok().filter(|key| !key.is_empty());
    }
    match text.strip_prefix("0s") {
        Some(text) => base64(text),
        None => Some(Secret::new(text.as_bytes().to_vec())),
    }
}

/// Reads a file of candidates line by line, its form found by its first lines,
/// so that a wordlist of any length needs no second copy.
///
/// In a wordlist every line that is not empty is a candidate, whatever its
/// bytes; one whose `0x` or `0s` is followed by something else is text.
///
/// ```
/// use ipsec_core::keylog::PskLines;
/// let mut lines = PskLines::default();
/// let mut psks = Vec::new();
/// for line in ["# ours\n", "192.0.2.1 : PSK \"correct horse\"\n"] {
///     lines.line(line.as_bytes(), &mut |psk| psks.push(psk));
/// }
/// assert_eq!(psks.len(), 1);
/// assert!(psks[0].key.ct_eq(b"correct horse"));
/// ```
#[derive(Debug, Default)]
pub struct PskLines {
    form: Form,
    swanctl: Swanctl,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Form {
    #[default]
    Unknown,
    Words,
    Secrets,
    Swanctl,
}

impl PskLines {
    /// Takes the next line, with or without its end, and hands over the
    /// candidates that are complete with it.
    pub fn line(&mut self, line: &[u8], keep: &mut dyn FnMut(Psk)) {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let text = core::str::from_utf8(line).ok();
        if self.form == Form::Unknown {
            if line.trim_ascii().is_empty() || line.starts_with(b"#") {
                return;
            }
            self.form = text.map_or(Form::Words, form);
        }
        let mut keep_good = |psk: Result<Psk>| {
            if let Ok(psk) = psk {
                keep(psk);
            }
        };
        match (self.form, text) {
            (Form::Words | Form::Unknown, _) if line.is_empty() => {}
            (Form::Words | Form::Unknown, text) => keep_good(Ok(word(line, text))),
            (Form::Secrets, Some(text)) => {
                if let Some(psk) = secrets::line(text) {
                    keep_good(psk);
                }
            }
            (Form::Swanctl, Some(text)) => self.swanctl.read(text, &mut keep_good),
            (Form::Secrets | Form::Swanctl, None) => {}
        }
    }
}

fn word(line: &[u8], text: Option<&str>) -> Psk {
    let key = text.and_then(psk_bytes);
    Psk::for_anyone(key.unwrap_or_else(|| Secret::new(line.to_vec())))
}

fn form(text: &str) -> Form {
    let first = text.trim_start();
    if super::swanctl::begins(first) {
        return Form::Swanctl;
    }
    let kinds = [
        "PSK", "RSA", "ECDSA", "PKCS8", "P12", "EAP", "XAUTH", "PPKS",
    ];
    let after = first
        .split_once(':')
        .map_or("", |(_, rest)| rest.trim_start());
    let kind = after.split([' ', '\t', '"']).next().unwrap_or_default();
    if kinds.contains(&kind) || first.starts_with("include ") {
        return Form::Secrets;
    }
    Form::Words
}

/// RFC 4648 §4, padded or not.
fn base64(text: &str) -> Option<Secret> {
    let digits = text.trim_end_matches('=');
    let mut bytes = zeroize::Zeroizing::new(Vec::with_capacity(text.len()));
    for four in digits.as_bytes().chunks(4) {
        let mut word = 0_u32;
        for c in four {
            let digit = BASE64.iter().position(|known| known == c)?;
            word = word << 6 | u32::try_from(digit).ok()?;
        }
        let missing = 4_usize.checked_sub(four.len())?;
        let word = word << (6 * missing);
        let whole = 3_usize.checked_sub(missing).filter(|whole| *whole > 0)?;
        bytes.extend(word.to_be_bytes().iter().skip(1).take(whole));
    }
    (!bytes.is_empty()).then(|| Secret::new(core::mem::take(&mut *bytes)))
}

const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;

    fn read(file: &str) -> Vec<(Option<String>, Vec<u8>)> {
        let mut lines = PskLines::default();
        let mut psks = Vec::new();
        for line in file.split_inclusive('\n') {
            lines.line(line.as_bytes(), &mut |psk: Psk| {
                psks.push((psk.identity, psk.key.dangerous_bytes().to_vec()));
            });
        }
        psks
    }

    fn words(file: &str) -> Vec<Vec<u8>> {
        read(file).into_iter().map(|(_, key)| key).collect()
    }

    #[test]
    fn base64_of_every_length() {
        // RFC 4648 §10.
        for (text, bytes) in [
            ("Zg==", "f"),
            ("Zm8=", "fo"),
            ("Zm8", "fo"),
            ("Zm9v", "foo"),
            ("Zm9vYg==", "foob"),
            ("Zm9vYmFy", "foobar"),
        ] {
            assert!(base64(text).unwrap().ct_eq(bytes.as_bytes()), "{text}");
        }
        for wrong in ["", "Z", "Zm9vY", "Zm 9", "===="] {
            assert!(base64(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_wordlist_keeps_every_line_as_it_is() {
        let file = "# words\n\n secret \r\n0x0102\n0xhow\n0sAQI=\n#1 fan\n\"quoted\"\na : b\n";
        let expected: [&[u8]; 7] = [
            b" secret ",
            &[1, 2],
            b"0xhow",
            &[1, 2],
            b"#1 fan",
            b"\"quoted\"",
            b"a : b",
        ];
        assert_eq!(words(file), expected);
    }

    #[test]
    fn secrets_of_both_daemons() {
        let file = "# ipsec.secrets\n: RSA key.pem\n%any : PSK 'it is'\na b: PSK \"x\" # no\na : PSK 0sAQI= # mine\nb : PSK bare\n";
        let expected = [
            (Some("%any".into()), b"it is".to_vec()),
            (Some("a".into()), [1, 2].to_vec()),
        ];
        assert_eq!(read(file), expected);
        let file = "connections {\n  gw { local { id = no } }\n}\nsecrets {\n  ike-gw {\n    id-1 = moon.example\n    secret = \"say \\\"#\\\" {\" # why\n    id-2 = 192.0.2.1\n  }\n  eap { secret = not-this }\n  ike { secret = 0x0102 } ike-2 { secret = plain words }\n}\n";
        let expected = [
            (
                Some("moon.example 192.0.2.1".into()),
                b"say \"#\" {".to_vec(),
            ),
            (None, [1, 2].to_vec()),
            (None, b"plain words".to_vec()),
        ];
        assert_eq!(read(file), expected);
    }
}
