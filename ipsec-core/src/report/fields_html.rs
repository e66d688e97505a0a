//! The field tree of one packet as one element of HTML, to be set into a page
//! such as a notebook: structures fold, and nothing in it runs.

use super::clock::rfc3339;
use super::html::element;
use super::picture::text;
use super::tree::{Packet, write_value};
use crate::wire::tree::{Node, NodeKind, SourceId, Value};
use core::fmt::Write as _;

impl Packet<'_> {
    /// Its fields as one element with its styles; of very many the first.
    #[must_use]
    pub fn to_html_element(&self) -> String {
        let mut out = element(FIELDS);
        let _ = writeln!(
            out,
            "<p>packet {}, {}, {} bytes</p>",
            self.number,
            rfc3339(self.at),
            self.frame.len()
        );
        self.rows(0..self.tree.nodes().len(), &mut out);
        out.push_str("</div>\n");
        out
    }

    /// Field `at` of the tree, and all in it, as one element with its styles;
    /// of very many the first.
    #[must_use]
    pub fn field_to_html_element(&self, at: usize) -> String {
        let mut out = element(FIELDS);
        self.rows(at..self.tree.subtree_end(at), &mut out);
        out.push_str("</div>\n");
        out
    }

    fn rows(&self, fields: core::ops::Range<usize>, out: &mut String) {
        let mut ends = Vec::new();
        let mut source = SourceId::FRAME;
        for at in fields.clone().take(FIELDS_MAX) {
            let Some(node) = self.tree.nodes().get(at) else {
                break;
            };
            close(&mut ends, at, out);
            if node.source() != source {
                source = node.source();
                self.source(source, out);
            }
            let end = self.tree.subtree_end(at);
            if end <= at.saturating_add(1) {
                self.row(node, out);
                continue;
            }
            let open = if ends.is_empty() { " open=\"\"" } else { "" };
            let _ = write!(out, "<details{open}><summary>");
            self.row(node, out);
            out.push_str("</summary>\n");
            ends.push(end);
        }
        close(&mut ends, usize::MAX, out);
        let more = fields.len().saturating_sub(FIELDS_MAX);
        if more > 0 {
            let _ = writeln!(out, "<p>{more} more fields</p>");
        }
    }

    fn source(&self, source: SourceId, out: &mut String) {
        let name = self.tree.origin(source).name();
        let len = self.tree.source_bytes(source, self.frame).len();
        let _ = writeln!(out, "<p>{name}, {len} bytes</p>");
    }

    fn row(&self, node: &Node, out: &mut String) {
        let _ = write!(
            out,
            "<span class=\"row\" title=\"{}\">",
            text(node.field.about)
        );
        if node.kind != NodeKind::Part {
            let range = node.range();
            let _ = write!(
                out,
                "<span class=\"place\">{}..{}</span> ",
                range.start, range.end
            );
        }
        out.push_str(&text(node.field.title));
        if node.kind == NodeKind::Malformed {
            out.push_str(" <mark>malformed</mark>");
        }
        let value = self.tree.value(node, self.frame);
        if value != Value::None {
            let mut shown = String::new();
            write_value(&value, &mut shown);
            let _ = write!(out, ": <strong>{}</strong>", text(&shown));
        }
        out.push_str("</span>\n");
    }
}

/// Ends the structures that field `at` does not stand in.
fn close(ends: &mut Vec<usize>, at: usize, out: &mut String) {
    while ends.pop_if(|end| *end <= at).is_some() {
        out.push_str("</details>\n");
    }
}

/// The styles of fields.
const FIELDS: &str = "\
.row{display:block}summary>.row{display:inline-block}
details{margin-left:.5rem;padding-left:.5rem;border-left:2px solid var(--rule)}
.place{font-family:ui-monospace,Menlo,Consolas,monospace;font-size:.875rem;color:var(--note)}
strong{font-weight:600}mark{background:var(--mark);color:inherit}p{margin:.3rem 0}
";

/// Fields that are shown.
const FIELDS_MAX: usize = 4_000;

#[cfg(test)]
mod tests {
    use super::super::sample::HOSTILE;
    use super::*;
    use crate::time::Instant;
    use crate::wire::{Field, Layout as _, Show, Tree, TreeBuilder};
    use roxmltree::Document;

    static TOP: Field = Field::new("top", "Top", "A <b>\"group\"</b>", Show::Group);
    static NAME: Field = Field::new("name", "Name", "", Show::Text);
    static NUMBER: Field = Field::new("number", "Number", "", Show::Dec);

    fn shown(frame: &[u8], lay_out: impl Fn(&mut TreeBuilder<'_>)) -> (String, String) {
        let mut tree = Tree::new();
        lay_out(&mut TreeBuilder::new(&mut tree, SourceId::FRAME, 0));
        let packet = Packet {
            number: 7,
            at: Instant::ZERO,
            original_len: 0,
            frame,
            tree: &tree,
        };
        (packet.to_html_element(), packet.field_to_html_element(0))
    }

    #[test]
    fn structures_fold_and_say_where_they_are() {
        let (html, _) = shown(&[1, 2, 3], |out| {
            out.group(&TOP, |out| {
                out.u8(&NUMBER, 1);
                out.group(&TOP, |out| out.u8(&NUMBER, 2));
            });
            out.u8(&NUMBER, 3);
        });
        let document = Document::parse(&html).unwrap();
        let details = document.descendants().filter(|n| n.has_tag_name("details"));
        assert_eq!(details.count(), 2);
        let open = document
            .descendants()
            .filter(|n| n.attribute("open").is_some());
        assert_eq!(open.count(), 1);
        assert!(html.contains("packet 7, 1970-01-01T00:00:00.000000Z, 3 bytes"));
        assert!(html.contains("<span class=\"place\">1..2</span> Number: <strong>2</strong>"));
    }

    #[test]
    fn nothing_that_a_peer_says_becomes_markup() {
        let (html, field) = shown(HOSTILE.as_bytes(), |out| {
            out.group(&TOP, |out| out.bytes(&NAME, HOSTILE.as_bytes()));
        });
        for html in [html, field] {
            assert!(!html.contains(['\u{1b}', '\u{202e}', '\u{ffff}']), "{html}");
            let document = Document::parse(&html).unwrap();
            for node in document.descendants().filter(roxmltree::Node::is_element) {
                let name = node.tag_name().name();
                let known = ["div", "style", "p", "details", "summary", "span", "strong"];
                assert!(known.contains(&name), "<{name}>");
                let plain = |name: &str| ["class", "title", "open"].contains(&name);
                assert!(node.attributes().all(|one| plain(one.name())), "{html}");
            }
        }
    }

    #[test]
    fn a_packet_of_very_many_fields_ends() {
        let fields = |n: usize| {
            let frame = vec![0; n];
            shown(&frame, |out| (0..n).for_each(|_| out.u8(&NUMBER, 0))).0
        };
        assert!(!fields(FIELDS_MAX).contains("more fields"));
        assert!(fields(FIELDS_MAX + 1).contains("<p>1 more fields</p>"));
    }
}
