//! Findings as people and programs read them.
//!
//! A [`Report`] is what `ipsec why` prints: [`Report::to_json`] for programs
//! (schema in `ipsec-core/schema/report.schema.json`), [`Report::to_text`] for
//! people, [`Report::to_markdown`] for tickets, [`Report::to_sarif`] for code
//! scanners and [`Report::to_html`] as one page with pictures. [`tree`] shows
//! every field of one packet, [`ladder`] who said what to whom and when, and
//! [`timeline`] what happened in all inputs together.
//!
//! Whatever a peer chose (identities, vendor IDs, file names) is shown with
//! control characters and bidirectional marks escaped; no format lets it
//! become markup.

mod clock;
mod facts;
mod fields_html;
mod html;
pub(crate) mod json;
pub mod ladder;
mod markdown;
mod model;
mod paint;
mod picture;
mod place;
#[cfg(test)]
mod sample;
mod sarif;
mod text;
pub mod timeline;
pub mod tree;
mod words;

pub use model::{
    Entry, Input, InputKind, InputName, Lines, OpenQuestion, Outcome, Remedy, Report, SCHEMA,
    Sighting,
};
pub use text::TextOptions;

use std::borrow::Cow;

/// `text` with every character that can mislead a terminal written as an
/// escape.
#[must_use]
pub fn harmless(text: &str) -> Cow<'_, str> {
    use crate::wire::tree::misleads;
    if !text.contains(misleads) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if misleads(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn terminal_sequences_and_bidirectional_marks_become_escapes() {
        assert_eq!(harmless("plain → ü \"x\" \\"), "plain → ü \"x\" \\");
        assert_eq!(harmless("\u{1b}[2J\u{202e}\n"), "\\u{1b}[2J\\u{202e}\\n");
    }
}
