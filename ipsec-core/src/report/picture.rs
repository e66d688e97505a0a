//! What all pictures and pages have in common: the frame of an SVG picture,
//! its colours for light and for dark pages, and text that never becomes
//! markup.

use super::harmless;

/// A document of its own, of `size` (width and height), that holds `drawn`.
pub(super) fn document(size: (usize, usize), title: &str, about: &str, drawn: &str) -> String {
    let (width, height) = size;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         width=\"{width}\" height=\"{height}\" role=\"img\">\n\
         <title>{}</title>\n<desc>{}</desc>\n<style>\n{STYLE}</style>\n\
         <rect class=\"page\" width=\"100%\" height=\"100%\"/>\n{drawn}</svg>\n",
        text(title),
        text(about)
    )
}

/// An element of a page that has [`STYLE`] among its styles; `id` is unique in
/// the page.
pub(super) fn element(
    size: (usize, usize),
    id: &str,
    title: &str,
    about: &str,
    drawn: &str,
) -> String {
    let (width, height) = size;
    format!(
        "<svg viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         role=\"img\" aria-labelledby=\"{id}-title {id}-about\">\n\
         <title id=\"{id}-title\">{}</title>\n<desc id=\"{id}-about\">{}</desc>\n{drawn}</svg>\n",
        text(title),
        text(about)
    )
}

/// `text` with everything that means something to XML or HTML as an entity,
/// and what neither may hold as an escape.
pub(super) fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in harmless(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\u{fffe}' | '\u{ffff}' => out.extend(c.escape_default()),
            c => out.push(c),
        }
    }
    out
}

/// The first and the last of `all` that fit into `most` rows, one of which
/// tells how many there are between them.
pub(super) fn shown<T>(all: &[T], most: usize) -> (&[T], usize, &[T]) {
    if all.len() <= most {
        return (all, 0, &[]);
    }
    let last = most / 3;
    let first = most.saturating_sub(last).saturating_sub(1);
    let (head, rest) = all.split_at(first.min(all.len()));
    let (middle, tail) = rest.split_at(rest.len().saturating_sub(last));
    (head, middle.len(), tail)
}

/// The styles of what pictures are drawn with.
pub(super) const STYLE: &str = "\
svg text{font:12px ui-monospace,Menlo,Consolas,monospace;fill:#1f2430}
.page{fill:#fff}svg .faint{fill:#5b6270}svg .end{font-weight:bold;text-anchor:middle}
svg .label{text-anchor:middle}
path{fill:none;stroke:#374151;stroke-width:1.3}path.life{stroke:#9ca3af}
path.answer{stroke:#2563eb}path.data{stroke:#15803d;stroke-width:2.4}path.trouble{stroke:#b91c1c}
svg text.trouble{fill:#b91c1c}path.trouble:not(.head){stroke-dasharray:5 4}
circle{fill:#374151}circle.answer{fill:#2563eb}circle.data{fill:#15803d}
circle.trouble{fill:#b91c1c}circle.log{fill:#7c3aed}circle.lane{fill:#9ca3af}
@media(prefers-color-scheme:dark){
svg text{fill:#e5e7eb}.page{fill:#16181d}svg .faint{fill:#a3abb8}
path{stroke:#d1d5db}path.life{stroke:#4b5563}path.answer{stroke:#7aa2ff}path.data{stroke:#4ade80}
path.trouble{stroke:#f87171}svg text.trouble{fill:#f87171}
circle{fill:#d1d5db}circle.answer{fill:#7aa2ff}circle.data{fill:#4ade80}
circle.trouble{fill:#f87171}circle.log{fill:#c4a7ff}circle.lane{fill:#4b5563}
}
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_becomes_markup_or_breaks_a_document() {
        assert_eq!(
            text("<a href=\"x\">'&'\u{ffff}\u{1b}\n"),
            "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;\\u{ffff}\\u{1b}\\n"
        );
    }

    proptest::proptest! {
        #[test]
        fn any_text_stays_text(any in ".*") {
            let document = format!("<p title=\"{0}\">{0}</p>", text(&any));
            let document = roxmltree::Document::parse(&document).unwrap();
            let root = document.root_element();
            let shown = harmless(&any).replace('\u{fffe}', "\\u{fffe}");
            let shown = shown.replace('\u{ffff}', "\\u{ffff}");
            proptest::prop_assert_eq!(root.attribute("title"), Some(shown.as_str()));
            proptest::prop_assert_eq!(root.children().filter(|node| node.is_element()).count(), 0);
            proptest::prop_assert_eq!(root.text().unwrap_or_default(), shown);
        }
    }

    #[test]
    fn rows_between_the_first_and_the_last_are_counted() {
        let all: Vec<u8> = (0..10).collect();
        assert_eq!(shown(&all, 10), (&all[..], 0, &[][..]));
        assert_eq!(shown(&all, 9), (&all[..5], 2, &all[7..]));
        assert_eq!(shown(&all, 3), (&all[..1], 8, &all[9..]));
        assert_eq!(shown(&all, 0), (&[][..], 10, &[][..]));
    }
}
