//! What happens to log lines on their way to whoever asks about them: terminal
//! colours, the escapes of Markdown, the hard spaces of HTML, words that text
//! recognition tore apart.

use alloc::borrow::Cow;
use alloc::string::String;

/// `text` as the program wrote it.
pub(super) fn plain(text: Cow<'_, str>) -> Cow<'_, str> {
    let is_marked = memchr::memchr3(b'\\', ESCAPE, HARD_SPACE, text.as_bytes()).is_some();
    if !is_marked && !may_be_torn(&text) {
        return text;
    }
    let text = changed(text, |text| text.contains("\u{1b}["), uncoloured);
    let text = changed(text, |text| text.contains('\\'), unescaped);
    let text = changed(text, is_torn, mended);
    changed(text, has_hard_spaces, |text| text.replace('\u{a0}', " "))
}

fn changed<'a>(
    text: Cow<'a, str>,
    needed: impl Fn(&str) -> bool,
    change: impl Fn(&str) -> String,
) -> Cow<'a, str> {
    if needed(&text) {
        Cow::Owned(change(&text))
    } else {
        text
    }
}

/// `text` without the sequences that colour it on a terminal (ECMA-48 SGR).
fn uncoloured(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut plain = String::from(parts.next().unwrap_or_default());
    for part in parts {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
        match rest.strip_prefix('m') {
            Some(rest) => plain.push_str(rest),
            None => {
                plain.push_str("\u{1b}[");
                plain.push_str(part);
            }
        }
    }
    plain
}

/// `text` without the backslashes that keep Markdown from reading it as markup.
/// Before anything else a backslash stays.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('\\') {
        plain.push_str(before);
        match behind.strip_prefix(MARKUP) {
            Some(after) => {
                let mark = behind.strip_suffix(after).unwrap_or_default();
                plain.push_str(mark);
                rest = after;
            }
            None => {
                plain.push('\\');
                rest = behind;
            }
        }
    }
    plain.push_str(rest);
    plain
}

fn has_hard_spaces(text: &str) -> bool {
    !text.is_ascii() && text.contains('\u{a0}')
}

/// Whether [`is_torn`] is worth asking; few lines have an M there.
fn may_be_torn(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b'M', bytes).any(|at| {
        bytes
            .get(at.saturating_sub(1)..)
            .is_some_and(|rest| rest.starts_with(b"KMP"))
    })
}

fn is_torn(text: &str) -> bool {
    text.contains(" KMP") || text.contains("I SAKMP")
}

/// `text` with the names put together that text recognition takes apart at a
/// capital I.
fn mended(text: &str) -> String {
    TORN.iter().fold(String::from(text), |text, (torn, whole)| {
        text.replace(torn, whole)
    })
}

/// What a terminal takes for the beginning of a command.
const ESCAPE: u8 = 0x1b;

/// How a hard space begins in UTF-8.
const HARD_SPACE: u8 = 0xc2;

/// What Markdown escapes in a line of a log.
const MARKUP: [char; 13] = [
    '_', '*', '#', '[', ']', '<', '>', '(', ')', '-', '.', '!', '|',
];

const TORN: [(&str, &str); 4] = [
    ("I SA KMP", "ISAKMP"),
    ("ISA KMP", "ISAKMP"),
    ("I SAKMP", "ISAKMP"),
    ("I KMP", "IKMP"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lines_become_what_was_written() {
        let cases = [
            (
                "\\*Mar  1 00:34:06.187: I SA KMP \\(17\\): x",
                "*Mar  1 00:34:06.187: ISAKMP (17): x",
            ),
            (
                "%CRYPTO-6-I KMP\\_MODE\\_FAILURE:",
                "%CRYPTO-6-IKMP_MODE_FAILURE:",
            ),
            (
                "Sending NO\\_PROPOSAL\\_CHOSEN",
                "Sending NO_PROPOSAL_CHOSEN",
            ),
            ("I SAKMP and ISA KMP", "ISAKMP and ISAKMP"),
            ("OFFICE\\lisa C:\\log \\\\", "OFFICE\\lisa C:\\log \\\\"),
            ("\u{1b}[1;31mred\u{1b}[0m", "red"),
            ("\u{1b}[2J\u{1b}[mx\u{1b}[", "\u{1b}[2Jx\u{1b}["),
            ("my\u{a0}\u{a0}cookie", "my  cookie"),
            ("", ""),
        ];
        for (line, written) in cases {
            assert_eq!(plain(Cow::Borrowed(line)), written, "{line}");
        }
    }

    #[test]
    fn a_line_without_any_of_it_is_not_copied() {
        let line = "Nov 21 12:00:01 gw charon: 14[NET] ISAKMP waiting I SA";
        assert!(matches!(plain(Cow::Borrowed(line)), Cow::Borrowed(_)));
    }

    proptest! {
        #[test]
        fn no_line_panics_or_grows(line in "[\\\\_*a\u{1b}\\[m IKMPSA]{0,60}") {
            prop_assert!(plain(Cow::Borrowed(&line)).len() <= line.len());
        }
    }
}
