//! Values out of a log line in JSON (RFC 8259), whole or not, also inside a
//! field of CSV, where its quotation marks are doubled.

use alloc::string::String;
use core::iter::Peekable;
use core::str::Chars;

/// The first value of the member `key`: the text of a string, or the digits or
/// word of another value.
pub(super) fn member(line: &str, key: &str) -> Option<String> {
    line.match_indices(key).take(KEYS).find_map(|(at, _)| {
        let (before, rest) = line.split_at_checked(at)?;
        let rest = rest.strip_prefix(key)?;
        before.strip_suffix('"')?;
        let rest = rest.strip_prefix('"')?;
        let (rest, doubled) = match rest.strip_prefix('"') {
            Some(rest) => (rest, true),
            None => (rest, false),
        };
        let value = rest.trim_start().strip_prefix(':')?.trim_start();
        let quote = if doubled { "\"\"" } else { "\"" };
        match value.strip_prefix(quote) {
            Some(rest) => Some(string(rest, doubled)),
            None => {
                let end = value.find([',', '}', ']', ' ', '"']);
                value.get(..end.unwrap_or(value.len())).map(String::from)
            }
        }
    })
}

/// What stands before the quotation mark that ends a string.
fn string(rest: &str, doubled: bool) -> String {
    let mut text = String::new();
    let mut chars = rest.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if doubled && chars.peek() == Some(&'"') => break,
            '"' if !doubled => break,
            '\\' => text.push(unescaped(&mut chars, doubled)),
            c => text.push(c),
        }
    }
    text
}

fn unescaped(chars: &mut Peekable<Chars<'_>>, doubled: bool) -> char {
    match chars.next() {
        Some('n' | 'r' | 't' | 'b' | 'f') => ' ',
        Some('"') if doubled => chars.next_if_eq(&'"').unwrap_or('"'),
        Some('u') => {
            let mut number = 0_u32;
            for _ in 0..4 {
                let Some(digit) = chars.next_if(char::is_ascii_hexdigit) else {
                    break;
                };
                number = (number << 4) | digit.to_digit(16).unwrap_or_default();
            }
            char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER)
        }
        Some(other) => other,
        None => '\\',
    }
}

/// Places at which a key is looked for.
const KEYS: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn members_of_any_form() {
        let get = |line: &str| member(line, "k");
        let some = |text: &str| Some(String::from(text));
        assert_eq!(get(r#"{"a":1,"k":"v w","b":2}"#), some("v w"));
        assert_eq!(get(r#"{"k" : 12}"#), some("12"));
        assert_eq!(get(r#"{"k":true,"#), some("true"));
        assert_eq!(get(r#""k": "a \"b\" \u00e4\n\\","#), some("a \"b\" ä \\"));
        assert_eq!(
            get(r#"1,"{""k"":""a \""b\"" c"",""x"":1}""#),
            some("a \"b\" c")
        );
        assert_eq!(get(r#"{"kk":"no","k":"cut"#), some("cut"));
        assert_eq!(get(r#"{"k":"\ud800"}"#), some("\u{fffd}"));
        for none in ["", "k", "\"k\"", "\"k\" 1", "k:1", "'k':1"] {
            assert_eq!(get(none), None, "{none}");
        }
    }

    proptest! {
        #[test]
        fn no_line_panics(line in "[\"k:\\\\u0-9a-f ,}ä]{0,40}", any in "\\PC{0,40}") {
            for line in [line, any] {
                member(&line, "k");
            }
        }
    }
}
