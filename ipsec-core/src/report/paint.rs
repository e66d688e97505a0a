//! Lines of text in several inks, and breaking them at a width.

use super::harmless;

/// What a piece of text is, to choose its colour by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ink {
    Plain,
    Error,
    Warning,
    Note,
    Good,
    Strong,
    Faint,
}

impl Ink {
    const fn code(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Error => "\u{1b}[1;31m",
            Self::Warning => "\u{1b}[1;33m",
            Self::Note => "\u{1b}[1;36m",
            Self::Good => "\u{1b}[1;32m",
            Self::Strong => "\u{1b}[1m",
            Self::Faint => "\u{1b}[2m",
        }
    }
}

/// One line of a report. Whatever is put into it is made harmless.
#[derive(Clone, Debug, Default)]
pub(super) struct Line {
    pieces: Vec<(Ink, String)>,
    width: usize,
}

impl Line {
    pub(super) fn of(ink: Ink, text: &str) -> Self {
        Self::default().and(ink, text)
    }

    pub(super) fn and(mut self, ink: Ink, text: &str) -> Self {
        let text = harmless(text);
        self.width = self.width.saturating_add(text.chars().count());
        self.pieces.push((ink, text.into_owned()));
        self
    }

    /// Characters in it.
    pub(super) const fn width(&self) -> usize {
        self.width
    }

    /// Appends it and a newline to `out`.
    pub(super) fn write(&self, out: &mut String, colour: bool) {
        for (ink, text) in &self.pieces {
            if colour && *ink != Ink::Plain {
                out.push_str(ink.code());
                out.push_str(text);
                out.push_str("\u{1b}[0m");
            } else {
                out.push_str(text);
            }
        }
        out.push('\n');
    }
}

/// Breaks `text` at blanks into lines of at most `width` characters.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0_usize;
    for word in text.split_whitespace() {
        let len = word.chars().count();
        if used > 0 && used.saturating_add(len).saturating_add(1) > width {
            lines.push(core::mem::take(&mut line));
            used = 0;
        }
        if used > 0 {
            line.push(' ');
            used = used.saturating_add(1);
        }
        line.push_str(word);
        used = used.saturating_add(len);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// `text`, or as much of it as fits into `width` characters, and an ellipsis.
pub(super) fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.into();
    }
    let mut short: String = text.chars().take(width.saturating_sub(1)).collect();
    short.truncate(short.trim_end().len());
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breaks_at_blanks_and_counts_characters() {
        assert_eq!(wrap("aä bb ccc d", 5), ["aä bb", "ccc d"]);
        assert_eq!(wrap("longerthanwidth a", 5), ["longerthanwidth", "a"]);
        assert_eq!(wrap("  ", 5), [""; 0]);
        assert_eq!(cut("äöü", 3), "äöü");
        assert_eq!(cut("äöü xyz", 5), "äöü…");
    }

    #[test]
    fn colours_only_when_asked_and_never_takes_any_from_a_peer() {
        let line = Line::of(Ink::Error, "failed").and(Ink::Plain, ": \u{1b}[0m");
        let (mut plain, mut painted) = (String::new(), String::new());
        line.write(&mut plain, false);
        line.write(&mut painted, true);
        assert_eq!(plain, "failed: \\u{1b}[0m\n");
        assert_eq!(painted, "\u{1b}[1;31mfailed\u{1b}[0m: \\u{1b}[0m\n");
    }
}
