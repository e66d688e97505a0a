//! `ipsec.secrets`: whose secrets there are and of which kind; of the secrets
//! themselves pre-shared keys are kept, to be compared and never shown.

use crate::config::keys;
use crate::config::model::{Dialect, Identity, Model, SecretKind, SecretNote, Setting};
use crate::config::values::{self, Faults, items};
use crate::config::{ConfigError, ConfigErrorKind, Span, Spanned};
use alloc::vec::Vec;

/// What the file says of secrets, in order, and what is wrong with it. `input` is
/// its index among the inputs.
///
/// ```
/// use ipsec_core::config::ipsec_conf::read_secrets;
/// let (notes, errors) = read_secrets(0, b"@a.example 192.0.2.1 : PSK \"hunter2\"\n");
/// assert_eq!((notes[0].len, notes[0].owners.len(), errors.len()), (Some(7), 2, 0));
/// ```
#[must_use]
pub fn read_secrets(input: usize, file: &[u8]) -> (Vec<SecretNote>, Vec<ConfigError>) {
    let mut faults = Faults(Vec::new());
    let mut notes = Vec::new();
    let (mut line, mut offset) = (1, 0);
    for whole in file.split_inclusive(|byte| *byte == b'\n') {
        let span = Span {
            input,
            line,
            column: 1,
            offset,
            len: whole.len(),
        };
        match core::str::from_utf8(whole) {
            Ok(text) => notes.extend(note(text, span, &mut faults)),
            Err(_) => faults.note(span, ConfigErrorKind::NotText),
        }
        if notes.len() >= NOTES_MAX {
            faults.note(span, ConfigErrorKind::TooMany { limit: NOTES_MAX });
            break;
        }
        line = line.saturating_add(1);
        offset = offset.saturating_add(whole.len());
    }
    (notes, faults.0)
}

/// A model that says what such a file says: secrets and nothing else.
pub(in crate::config) fn read_secrets_alone(input: usize, file: &[u8]) -> Model {
    let mut words = file.split(|byte| byte.is_ascii_whitespace());
    let strongswans = words.any(|word| STRONGSWANS.iter().any(|kind| kind.as_bytes() == word));
    let (secrets, errors) = read_secrets(input, file);
    Model {
        secrets,
        errors,
        ..Model::new(match strongswans {
            true => Dialect::Starter,
            false => Dialect::Libreswan,
        })
    }
}

/// Whether a line tells of a secret.
pub(in crate::config) fn is_secret(line: &[u8]) -> bool {
    let Ok(line) = core::str::from_utf8(line) else {
        return false;
    };
    let rest = line.strip_prefix(':').or_else(|| {
        let found = line.split_once(" : ").or_else(|| line.split_once("\t: "));
        found.map(|(_, rest)| rest)
    });
    let word = rest.and_then(|rest| rest.split_whitespace().next());
    !line.starts_with('#') && word.is_some_and(|word| kind(word).is_some())
}

/// `identities : KIND secret`; the colon stands alone, as IPv6 addresses have
/// some.
fn note(line: &str, span: Span, faults: &mut Faults) -> Option<SecretNote> {
    let owners = match line.split_once(" : ").or_else(|| line.split_once("\t: ")) {
        _ if line.starts_with('#') => return None,
        Some((owners, _)) => owners,
        None if line.starts_with(':') => "",
        None => return None,
    };
    if owners.split_whitespace().any(|word| kind(word).is_some()) {
        // Two lines run together: an owner may be a secret.
        faults.note(span, ConfigErrorKind::Unexpected);
        return None;
    }
    let rest = line
        .get(owners.len()..)?
        .trim_start()
        .strip_prefix(':')?
        .trim();
    let (word, secret) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let Some(kind) = kind(word) else {
        faults.note(
            Span {
                len: owners.len(),
                ..span
            },
            ConfigErrorKind::Value,
        );
        return None;
    };
    let found = Spanned {
        value: owners,
        span: Span {
            len: owners.len(),
            ..span
        },
    };
    let owners = items(found, char::is_whitespace)
        .map(|owner| {
            let identity = values::identity(owner.value.trim_matches('"'));
            Setting::written(identity.unwrap_or(Identity::Any), owner.span)
        })
        .collect();
    let (secret, quoted) = unquoted(secret.trim());
    let value = match kind {
        SecretKind::Psk if quoted => Some(keys::as_it_is(secret.as_bytes())),
        SecretKind::Psk => keys::written(secret.as_bytes()),
        SecretKind::Ppk | SecretKind::Password | SecretKind::PrivateKey => None,
    };
    let len = (kind != SecretKind::PrivateKey).then_some(secret.len());
    Some(SecretNote {
        owners,
        value,
        ..SecretNote::new(kind, len, found.span)
    })
}

/// A text without the marks around it, and whether there were any.
fn unquoted(text: &str) -> (&str, bool) {
    for mark in ['"', '\''] {
        if let Some(rest) = text.strip_prefix(mark) {
            return (rest.split(mark).next().unwrap_or(rest), true);
        }
    }
    (text, false)
}

fn kind(word: &str) -> Option<SecretKind> {
    Some(match word {
        "PSK" => SecretKind::Psk,
        "PPKS" | "PPKS-STATIC" | "PPK" => SecretKind::Ppk,
        "XAUTH" | "EAP" | "NTLM" => SecretKind::Password,
        "RSA" | "ECDSA" | "P12" | "PKCS8" | "PIN" | "BLISS" => SecretKind::PrivateKey,
        _ => return None,
    })
}

/// Kinds that libreswan does not have.
const STRONGSWANS: [&str; 6] = ["ECDSA", "EAP", "NTLM", "P12", "PKCS8", "BLISS"];

/// Secrets of one file.
pub const NOTES_MAX: usize = 100_000;

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use proptest::prelude::*;

    #[test]
    fn kinds_owners_and_lengths() {
        let file = b"# PSK here\ninclude x\n@a.example 2001:db8::1 : PSK \"hunter2 x\"\r\n: RSA key.pem \"hunter2\"\n\
            alice\t: XAUTH hunter2\n@b : PZK hunter2\n";
        let (notes, errors) = read_secrets(0, file);
        let told: Vec<_> = notes
            .iter()
            .map(|note| (note.kind, note.len, note.owners.len(), note.span.line))
            .collect();
        let expected = [
            (SecretKind::Psk, Some(9), 2, 3),
            (SecretKind::PrivateKey, None, 0, 4),
            (SecretKind::Password, Some(7), 1, 5),
        ];
        assert_eq!(told, expected);
        assert_eq!(notes[0].owners[1].span().unwrap().column, 12);
        assert_eq!((errors.len(), errors[0].span.line), (1, 6));
        assert!(!format!("{notes:?} {errors:?}").contains("hunter"));
        assert_eq!(notes[0].value, Some(keys::as_it_is(b"hunter2 x")));
        assert_eq!((&notes[1].value, &notes[2].value), (&None, &None));
        let (notes, errors) = read_secrets(0, b"@a @b: PSK 'hunter2'\r@c : PSK hunter2\n");
        assert_eq!((notes.len(), errors.len()), (0, 1));
        let (notes, errors) = read_secrets(0, b"@a PSK hunter2\r@c : PSK hunter2\n");
        assert_eq!((notes.len(), errors.len()), (0, 1));
        let (notes, _) = read_secrets(0, b": PSK 0x6869\n: PSK \"0x6869\"\n: PSK 'hi'\n");
        assert_eq!(notes[0].value, notes[2].value);
        assert_ne!(notes[0].value, notes[1].value);
    }

    proptest! {
        #[test]
        fn no_file_panics(file in "([@: \t\n\"#a1]|PSK|RSA| : |é){0,80}") {
            let (notes, _) = read_secrets(0, file.as_bytes());
            for note in notes {
                prop_assert!(note.span.offset + note.span.len <= file.len());
            }
        }
    }
}
