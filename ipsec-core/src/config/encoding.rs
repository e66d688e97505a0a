//! The bytes of a configuration as readers want them: UTF-8, lines that end
//! with a line feed.

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Deref;
use zeroize::Zeroizing;

/// A text of one's own, wiped when it goes, or somebody's as it is.
pub(crate) enum Text<'a> {
    Given(&'a [u8]),
    Own(Zeroizing<Vec<u8>>),
}

impl Deref for Text<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Given(text) => text,
            Self::Own(text) => text,
        }
    }
}

/// Text in UTF-16, told by its byte order mark, becomes UTF-8. Where no line
/// ends with a line feed, carriage returns end them; every other byte stays
/// where it is.
pub(crate) fn text(file: &[u8]) -> Text<'_> {
    let (order, rest): (fn([u8; 2]) -> u16, _) = match file {
        [0xff, 0xfe, rest @ ..] => (u16::from_le_bytes, rest),
        [0xfe, 0xff, rest @ ..] => (u16::from_be_bytes, rest),
        _ if !file.contains(&b'\n') && file.contains(&b'\r') => {
            return Text::Own(Zeroizing::new(with_line_feeds(file)));
        }
        _ => return Text::Given(file),
    };
    let (pairs, _) = rest.as_chunks::<2>();
    let units = pairs.iter().map(|pair| order(*pair));
    // Room for all of it, so that no part stays behind in memory given back.
    let mut text = String::with_capacity(rest.len().saturating_mul(2));
    text.extend(char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)));
    let text = Zeroizing::new(text.into_bytes());
    match text.contains(&b'\n') {
        true => Text::Own(text),
        false => Text::Own(Zeroizing::new(with_line_feeds(&text))),
    }
}

fn with_line_feeds(text: &[u8]) -> Vec<u8> {
    let ends = |byte: &u8| match byte {
        b'\r' => b'\n',
        byte => *byte,
    };
    text.iter().map(ends).collect()
}

#[cfg(test)]
mod tests {
    use super::text;
    use alloc::vec::Vec;

    #[test]
    fn encodings_and_line_ends() {
        let written = "a\u{e4}\u{1f511}\n";
        let units = || "\u{feff}".encode_utf16().chain(written.encode_utf16());
        let little: Vec<u8> = units().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = units().flat_map(u16::to_be_bytes).collect();
        assert_eq!(&*text(&little), written.as_bytes());
        assert_eq!(&*text(&big), written.as_bytes());
        assert_eq!(&*text(b"\xff\xfe\x00\xd8a"), "\u{fffd}".as_bytes());
        assert_eq!(&*text(b"\xff\xfe\x00\xd8a\0"), "\u{fffd}a".as_bytes());
        assert_eq!(&*text(b"a\rb\r"), b"a\nb\n");
        assert_eq!(&*text(b"\xff\xfea\0\r\0"), b"a\n");
        for same in ["a\r\nb\r\n", "a\rb\n", "", "a"] {
            assert_eq!(&*text(same.as_bytes()), same.as_bytes());
        }
    }
}
